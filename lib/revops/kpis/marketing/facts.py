"""The fact tables of marketing: visits, spend, what it costs to win customers, what campaigns are credited with."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from revops.kpis.fact_tables import FactTable, events
from revops.kpis.marketing.spend import COUNTS, acquisition_cost, earlier, named_by_orders, platforms_of
from revops.kpis.pipeline.funnel import inside
from revops.kpis.pipeline.worth import whole
from revops.kpis.spans import Span, begins
from revops.money import PRICE_SCALE, less_cost
from revops.periods import add_months, months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts


def _visits(facts: "Facts") -> pl.DataFrame:
    """The visits of the company's web channel whose purchases are known; of every channel where it names none."""
    web = facts.company.kpis.web_channel
    rows = facts.sessions.filter(pl.col("purchases").is_not_null())
    return rows.filter(pl.col("channel") == web) if web else rows


def _acquisition(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """One row per span with `cost_amount`: what it cost to win customers, by the company's lag."""
    lag = facts.company.kpis.cost_lag_months
    rows = [(span[0], acquisition_cost(facts.spend, facts.costs, *span, lag)) for span in spans]
    return pl.DataFrame(rows, schema={"start_on": pl.Date, "cost_amount": pl.Int64}, orient="row")


def _acquisition_begins(facts: "Facts") -> date | None:
    """The first month of which spend and costs both tell, moved by the lag."""
    days = [begins(facts.spend["spent_on"]), begins(facts.costs["month_on"])]
    first = max((day for day in days if day is not None), default=None)
    return None if first is None else add_months(first, facts.company.kpis.cost_lag_months)


def _cost_rows(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """The rows of spend and of costs behind `_acquisition`; of a month in part its costs by days, which still sum."""
    spend, frames = _ads(facts), []
    for span in spans:
        first, last = earlier(span, facts.company.kpis.cost_lag_months)
        for month in months_between(first, last):
            after = add_months(month, 1)
            share = Fraction((min(last, after) - max(first, month)).days, (after - month).days)
            rows = facts.costs.filter(pl.col("month_on") == month)
            parts = whole([share * amount for amount in rows["cost_amount"]])
            frames.append(rows.select("file", "row", cost_amount=pl.Series(parts, dtype=pl.Int64), start_on=span[0]))
        ads = spend.filter(inside("spent_on", first, last))
        frames.append(ads.select("file", "row", cost_amount="spend_amount", start_on=pl.lit(span[0])))
    return pl.concat(frames)


def _ads(facts: "Facts") -> pl.DataFrame:
    """The rows of spend as they were read."""
    rows: pl.DataFrame = facts.scan("ad_spend").filter(pl.col("spent_on") < facts.end).collect()
    return rows.with_columns(pl.col(COUNTS).fill_null(0))


def _told(facts: "Facts", spend: pl.DataFrame) -> pl.DataFrame:
    """Rows of spend with the part whose return can be traced (`_units`: 1/10,000)."""
    traced = pl.col("campaign").is_in(named_by_orders(facts.credits).implode())
    rows = spend.with_columns(traced_amount=pl.when(traced).then(pl.col("spend_amount")).otherwise(0))
    return rows.with_columns(traced_units=pl.col("traced_amount") * PRICE_SCALE)


def _credits(facts: "Facts") -> pl.DataFrame:
    """The company's own rule: what it credits by day and campaign, and the part of campaigns with spend.

    `worth` is revenue less standard cost in 1/10,000 of the smallest unit of money.
    """
    rows = facts.credits.filter(pl.col("rule") == facts.company.kpis.attribution)
    rows = rows.join(platforms_of(facts.spend), on="campaign", how="left")
    paid = [
        pl.when(pl.col("platform").is_not_null()).then(pl.col(name)).otherwise(0).alias(f"paid_{name}")
        for name in ("net_amount", "worth", "new_customers")
    ]
    worth = less_cost(pl.col("net_amount"), pl.col("cost_units"), facts.company.money_decimals)
    return rows.with_columns(worth=worth).with_columns(paid)


def _is_costed(facts: "Facts", span: Span) -> str | None:
    """Margins are unknown where an order that a visit led to holds a product without a cost."""
    return "no_costs" if facts.credits.filter(inside("day_on", *span))["uncosted"].sum() else None


_CREDITED = ("net_amount", "orders", "new_customers", "leads", "paid_net_amount", "paid_new_customers")
FACTS = {
    "web_visits": FactTable(
        ("sessions",), ("channel", "traffic_source"), ("sessions", "purchases"),
        events(_visits, "day_on"), first=lambda facts: begins(_visits(facts)["day_on"]),
    ),
    "spend": FactTable(
        ("ad_spend",), ("platform", "campaign"), ("spend_amount", "traced_amount", "traced_units", *COUNTS),
        events(lambda facts: _told(facts, facts.spend), "spent_on"),
        first=lambda facts: begins(facts.spend["spent_on"]),
        raw=events(lambda facts: _told(facts, _ads(facts)), "spent_on"),
    ),
    "acquisition": FactTable(
        ("ad_spend", "costs"), (), ("cost_amount",), _acquisition, first=_acquisition_begins, raw=_cost_rows
    ),
    "credits": FactTable(
        ("touches",), ("campaign", "platform"), _CREDITED, events(_credits, "day_on"),
        first=lambda facts: begins(facts.credits["day_on"]),
    ),
    "credited_margins": FactTable(
        ("touches",), ("campaign", "platform"), ("worth", "paid_worth"), events(_credits, "day_on"),
        first=lambda facts: begins(facts.credits["day_on"]), known=_is_costed,
    ),
}  # fmt: skip
"""The fact tables that the catalogue's marketing metrics count."""
