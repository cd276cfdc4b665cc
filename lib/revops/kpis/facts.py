"""Everything the measures need, small enough for memory: made once from the canonical tables, lazily, in one pass.

Rows of orders and lines never leave the engine; what comes out has a row per day and cell, per customer and month,
per deal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from revops.company import Company
from revops.kpis import customers, marketing, revenue
from revops.kpis.engine import in_parts
from revops.kpis.marketing import attribution
from revops.kpis.pipeline import funnel
from revops.kpis.spans import Span

KEYS = ("product_group", "channel", "region")
Scan = Callable[[str], pl.LazyFrame]
IS_MONTH = pl.col("end_on") == pl.col("start_on").dt.offset_by("1mo")


@dataclass(frozen=True)
class Facts:
    """Small frames of one company; `past` is history before the detailed lines begin.

    `scan` gives any canonical table, `end` is the first day after the as-of day: nothing from then on is known.
    """

    company: Company
    days: pl.DataFrame
    orders: pl.DataFrame
    products: pl.DataFrame
    firsts: pl.DataFrame
    customers: pl.DataFrame
    outcomes: pl.DataFrame
    opportunities: pl.DataFrame
    leads: pl.DataFrame
    deals: pl.DataFrame
    stages: pl.DataFrame
    subscriptions: pl.DataFrame
    spend: pl.DataFrame
    costs: pl.DataFrame
    sessions: pl.DataFrame
    credits: pl.DataFrame
    traced: pl.DataFrame
    targets: pl.DataFrame
    past: pl.DataFrame
    names: dict[str, str]
    canonical_revenue: int
    scan: Scan
    end: date
    memo: dict[str, Any] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a canonical table has any row."""
        if name not in self.memo:
            self.memo[name] = self.scan(name).head(1).collect().height > 0
        return bool(self.memo[name])

    @property
    def last_day(self) -> date | None:
        """The last day with an order or a return; None without any."""
        return None if self.days.is_empty() else self.days["period_on"].max()  # type: ignore

    @property
    def pipeline_end(self) -> date | None:
        """The first day that the CRM export in use knows nothing of; None without an export."""
        return None if self.deals.is_empty() else self.deals["snapshot_on"].max() + timedelta(days=1)  # type: ignore

    @property
    def first_month(self) -> date | None:
        """The first month with detailed lines; None without any."""
        return None if self.days.is_empty() else self.days["period_on"].min().replace(day=1)  # type: ignore

    def monthly(self) -> pl.DataFrame:
        """One row per month, product group, channel and region: net revenue and its `origin`, detail or history."""
        month = pl.col("period_on").dt.truncate("1mo").alias("month_on")
        detail = self.days.group_by(month, *KEYS).agg(pl.col("net_amount").sum(), origin=pl.lit("detail").first())
        older = self.past.filter(IS_MONTH).select(
            pl.col("start_on").alias("month_on"), *KEYS, "net_amount", origin=pl.lit("history")
        )
        return pl.concat([detail, older]).sort("month_on", *KEYS)

    def knows(self, span: Span) -> bool:
        """Whether revenue of the span is known: from detail, or from history rows that tile what lies before it."""
        detail_from = self.first_month or date.max
        if span[0] >= detail_from:
            return True
        stretches = self.past_in(span).select("start_on", "end_on").unique()
        days = int((stretches["end_on"] - stretches["start_on"]).dt.total_days().sum())
        return days == (min(span[1], detail_from) - span[0]).days

    def past_in(self, span: Span) -> pl.DataFrame:
        """The history rows that lie wholly in the span."""
        return self.past.filter((pl.col("start_on") >= span[0]) & (pl.col("end_on") <= span[1]))

    def net_cells(self, span: Span, by: tuple[str, ...] = KEYS) -> pl.DataFrame:
        """One row per cell of `by`: net_amount in the span, from detail or history, never both for a day."""
        detail = self.days.filter(funnel.inside("period_on", *span)).select(*KEYS, "net_amount")
        rows = pl.concat([detail, self.past_in(span).select(*KEYS, "net_amount")])
        if not by:
            return rows.select(pl.col("net_amount").sum())
        return rows.group_by(by).agg(pl.col("net_amount").sum()).sort(by)

    def cells(self, span: Span, by: tuple[str, ...] = KEYS) -> pl.DataFrame:
        """One row per cell of `by` with all sums of the cube in the span, from detailed lines only."""
        sums = pl.col("orders", *revenue.SUMS, "rows").sum()
        rows = self.days.filter(funnel.inside("period_on", *span))
        return rows.group_by(by).agg(sums).sort(by) if by else rows.select(sums)


def gather(scan: Scan, company: Company, as_of: date, months: Sequence[Scan] = ()) -> Facts:
    """The facts of a company up to and with the as-of day, from its canonical tables.

    `months` scan one month each where sales are kept by month: lines are then read month by month.
    """
    end = as_of + timedelta(days=1)
    products, parts = scan("products"), [_sold(month, end) for month in months or [scan]]
    orders, *_ = sold = _sold(scan, end)
    lazy = {
        "orders": revenue.order_days(orders),
        "firsts": customers.first_orders(orders),
        "customers": customers.customer_months(customers.buying.buying(*sold)),
        "cost": customers.customer_costs(*sold, products),
        "spend": marketing.spend_days(scan("ad_spend").filter(pl.col("spent_on") < end)),
        "total": revenue.canonical_revenue(*sold),
    }
    made = dict(zip(lazy, pl.collect_all(list(lazy.values()), engine="streaming"), strict=True))
    who = ["customer_id", "month_on"]
    costed = (
        made["customers"]
        .join(made["cost"], on=who, how="left")
        .with_columns(pl.col("cost_units", "uncosted").fill_null(0))
    )
    credits, traced = _attributed(scan, company, sold, made["firsts"], end)
    days = in_parts(parts, lambda *part: revenue.cube(part[0], part[1], part[2], products, "day"), revenue.CUBE_KEYS)
    days = days.sort(revenue.CUBE_KEYS)
    by_product = in_parts(parts, lambda *part: revenue.product_days(part[0], part[1], products), revenue.PRODUCT_DAY)
    opportunities = scan("opportunities").collect()
    deals = funnel.last_snapshot(opportunities, end)
    known: date = end if deals.is_empty() else deals["snapshot_on"].max() + timedelta(days=1)  # type: ignore
    leads = scan("leads").filter(pl.col("created_on") < end).collect()
    return Facts(
        company=company,
        days=days,
        orders=made["orders"].sort("ordered_on", "channel", "region"),
        products=by_product.sort(revenue.PRODUCT_DAY),
        firsts=made["firsts"].sort("customer_id"),
        customers=costed.sort(who),
        outcomes=funnel.lead_outcomes(leads, deals, company.funnel.lead_window_days).sort("month_on"),
        opportunities=opportunities,
        leads=leads,
        deals=deals.sort("opportunity_id"),
        stages=_visits_until(scan("opportunity_stage_history"), known).collect(),
        subscriptions=scan("subscriptions").filter(pl.col("start_on") < end).collect(),
        spend=made["spend"].sort("spent_on", "platform", "campaign"),
        costs=scan("costs").collect(),
        sessions=scan("sessions").filter(pl.col("day_on") < end).collect(),
        credits=credits.sort("rule", "day_on", "campaign"),
        traced=traced.sort("day_on"),
        targets=scan("targets").collect(),
        past=older(scan("history").collect(), days),
        names=dict(products.select("product_id", "name").collect().sort("product_id").iter_rows()),
        canonical_revenue=int(made["total"]["net_amount"].sum()),
        scan=scan,
        end=end,
    )


def _sold(scan: Scan, end: date) -> tuple[pl.LazyFrame, pl.LazyFrame, pl.LazyFrame]:
    """Orders, lines and returns before `end`."""
    orders = scan("orders").filter(pl.col("ordered_on") < end)
    return orders, scan("order_lines"), scan("returns").filter(pl.col("returned_on") < end)


def _attributed(
    scan: Scan, company: Company, sold: Sequence[pl.LazyFrame], firsts: pl.DataFrame, end: date
) -> list[pl.DataFrame]:
    """`attribution.credits` and `attribution.traced` of what was known before `end`, over orders that a visit names."""
    touches = scan("touches").filter(pl.col("touched_on") < end)
    leads = scan("leads").filter(pl.col("created_on") < end)
    named = touches.select("order_id").drop_nulls().unique().collect(engine="streaming").lazy()
    orders, lines, returns = (table.join(named, on="order_id", how="semi") for table in sold)
    moves, days = revenue.movements(orders, lines, returns, scan("products")), company.kpis.lookback_days
    placed = attribution.order_conversions(orders)
    bought = attribution.paths(placed, attribution.order_touches(touches), days)
    asked = attribution.paths(attribution.lead_conversions(leads), attribution.lead_touches(touches, leads), days)
    weights = [attribution.weighted(path) for path in (bought, asked)]
    credited = attribution.credits(moves, scan("products"), firsts.lazy(), placed, *weights)
    return pl.collect_all([credited, attribution.traced(moves, bought)], engine="streaming")


def _visits_until(history: pl.LazyFrame, end: date) -> pl.LazyFrame:
    """The stage visits as they stood before `end`: what was left later is still open."""
    begun = history.filter(pl.col("entered_on") < end)
    return begun.with_columns(left_on=pl.when(pl.col("left_on") < end).then("left_on"))


def older(history: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """The rows of `history` that end before the month of the first detailed day: months, and years without months.

    A year whose months stand beside it is left out, so that nothing is counted twice.
    """
    first = pl.lit(days["period_on"].min() if days.height else date.max).dt.truncate("1mo")
    rows = history.filter(pl.col("end_on") <= first).select("start_on", "end_on", *KEYS, "orders", "net_amount")
    rows = rows.with_columns(pl.col("product_group").fill_null(revenue.NO_GROUP))
    months = rows.filter(IS_MONTH)["start_on"].unique().to_list()
    inside = [pl.lit(month).is_between(pl.col("start_on"), pl.col("end_on"), closed="left") for month in months]
    doubled = pl.any_horizontal(inside) if inside else pl.lit(False)
    return rows.filter(IS_MONTH | ~doubled).sort("start_on", "end_on", *KEYS)
