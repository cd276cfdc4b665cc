"""Customers: the first order ever, repeat buying, cohorts, what a customer has been worth so far.

Anonymous buyers (no customer_id) form no cohort and count as nobody's first order.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.fact_tables import FactTable, events, flow
from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, missing, price, ratio
from revops.kpis.spans import Span
from revops.money import PRICE_SCALE, round_ratio
from revops.periods import add_months, months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

MONTH_SCHEMA: dict[str, Any] = {
    "customer_id": nw.String,
    "month_on": nw.Date,
    "orders": nw.Int64,
    "net_amount": nw.Int64,
    "cost_units": nw.Int64,
    "uncosted": nw.Int64,
}


def first_orders(orders: Frame) -> Frame:
    """One row per customer with at least one order: first_on, first_order_id, channel of that order, orders in all.

    Two orders at the same instant: the smaller order_id is the first.
    """
    kept = opened(orders).filter(~nw.col("is_cancelled") & ~nw.col("customer_id").is_null())
    earliest = kept.group_by("customer_id").agg(nw.col("ordered_at").min().alias("first_at"), nw.len().alias("orders"))
    ties = kept.join(earliest.select("customer_id", "first_at"), on="customer_id", how="inner")
    ties = ties.filter(nw.col("ordered_at") == nw.col("first_at"))
    named = ties.group_by("customer_id").agg(nw.col("order_id").min().alias("first_order_id"))
    heads = kept.select("order_id", "ordered_on", "channel", "region")
    joined = named.join(earliest, on="customer_id", how="inner").join(
        heads, left_on="first_order_id", right_on="order_id", how="inner"
    )
    return native(
        joined.select(
            "customer_id",
            "first_order_id",
            "channel",
            "region",
            nw.col("ordered_on").alias("first_on"),
            nw.col("orders").cast(nw.Int64),
        )
    )


def customer_months(moves: Frame, products: Frame) -> Frame:
    """One row per customer and month with a movement: orders, net revenue, standard cost (1/10,000), lines without
    cost.
    """
    flow = opened(moves).filter(~nw.col("customer_id").is_null())
    costs = opened(products).select("product_id", "unit_cost")
    zero, sold = nw.col("net_amount") * 0, nw.col("kind") == "sale"
    bare = nw.col("unit_cost").is_null() & (nw.col("kind") != "header_rounding")
    flow = flow.join(costs, on="product_id", how="left").with_columns(
        month_on=nw.col("moved_on").dt.truncate("1mo").cast(nw.Date),
        sold_order=nw.when(sold).then(nw.col("order_id")),
        unsold=nw.when(sold).then(zero).otherwise(zero + 1),
        cost_units=nw.col("quantity") * nw.col("unit_cost").fill_null(0),
        uncosted=nw.when(bare).then(zero + 1).otherwise(zero),
    )
    summed = flow.group_by("customer_id", "month_on").agg(
        nw.col("sold_order").n_unique().alias("orders"),
        nw.col("unsold").max(),
        nw.col("net_amount").sum(),
        nw.col("cost_units").sum(),
        nw.col("uncosted").sum(),
    )
    summed = summed.with_columns(orders=nw.col("orders") - nw.col("unsold"))
    return native(summed.select(*(nw.col(name).cast(kind) for name, kind in MONTH_SCHEMA.items())))


def new_customers(firsts: pl.DataFrame, start: date, end: date) -> int:
    """Customers whose first order ever lies in [start, end)."""
    return firsts.filter(pl.col("first_on").is_between(start, end, closed="left")).height


def repeat_rate(firsts: pl.DataFrame) -> Value:
    """Customers with at least two orders ÷ customers, over the orders that `firsts` was made from."""
    return ratio(firsts.filter(pl.col("orders") >= 2).height, firsts.height)


def retention(months: pl.DataFrame, end: date, window: int = 12) -> Value:
    """Share of the buyers of the `window` months before last who bought again in the last `window` months."""
    middle, first = add_months(end, -window), add_months(end, -2 * window)
    if months.is_empty() or months["month_on"].min() > first:  # type: ignore[operator]
        return missing("no_history")
    bought = months.filter(pl.col("orders") > 0)
    before = bought.filter(pl.col("month_on").is_between(first, middle, closed="left"))["customer_id"].unique()
    after = bought.filter(pl.col("month_on").is_between(middle, end, closed="left"))["customer_id"].unique()
    return ratio(int(before.is_in(after.implode()).sum()), before.len())


def cohorts(months: pl.DataFrame, end: date, count: int = 12) -> pl.DataFrame:
    """One row per cohort (month of first order) and month number 0 … count: customers, active, share.

    Full spine: a month without orders is 0, a month at or after `end` is null. The last `count` cohorts before `end`.

    >>> rows = pl.DataFrame({"customer_id": ["a", "a", "b"], "orders": [1, 1, 1],
    ...     "month_on": [date(2026, 1, 1), date(2026, 3, 1), date(2026, 1, 1)]})
    >>> cohorts(rows, date(2026, 4, 1), 3).filter(pl.col("cohort_on") == date(2026, 1, 1))["active"].to_list()
    [2, 0, 1, None]
    """
    bought = months.filter((pl.col("orders") > 0) & (pl.col("month_on") < end))
    joined = bought.with_columns(cohort_on=pl.col("month_on").min().over("customer_id"))
    size = joined.group_by("cohort_on").agg(customers=pl.col("customer_id").n_unique())
    seen = joined.group_by("cohort_on", "month_on").agg(active=pl.col("customer_id").n_unique().cast(pl.Int64))
    month = end.replace(day=1) if end.day == 1 else add_months(end, 1)
    spine = pl.DataFrame(
        [
            {"cohort_on": cohort, "month_number": k, "month_on": add_months(cohort, k)}
            for cohort in months_between(add_months(month, -count), month)
            for k in range(count + 1)
        ],
        schema={"cohort_on": pl.Date, "month_number": pl.Int64, "month_on": pl.Date},
    )
    full = spine.join(size, on="cohort_on", how="inner").join(seen, on=["cohort_on", "month_on"], how="left")
    active = pl.when(pl.col("month_on") < month).then(pl.col("active").fill_null(0))
    return (
        full.with_columns(customers=pl.col("customers").cast(pl.Int64), active=active)
        .with_columns(share=pl.col("active") / pl.col("customers"))
        .sort("cohort_on", "month_number")
    )


def historic_clv(months: pl.DataFrame, start: date | None, end: date, decimals: int) -> Value:
    """What a known customer has brought in [start, end): gross margin, or net revenue where a cost is unknown.

    Σ over the customers who ordered in it ÷ their number, rounded once. `start` None: from the first row.
    """
    if months.is_empty() or (start is not None and months["month_on"].min() > start):  # type: ignore[operator]
        return missing("no_history" if not months.is_empty() else "no_source")
    inside = months.filter((pl.col("month_on") < end) & (pl.col("month_on") >= (start or date.min)))
    buyers = inside.filter(pl.col("orders") > 0)["customer_id"].unique()
    net = int(inside["net_amount"].sum())
    if has_costs(inside):
        net -= round_ratio(int(inside["cost_units"].sum()) * 10**decimals, 10_000)
    return price(net, buyers.len())


def has_costs(months: pl.DataFrame) -> bool:
    """Whether every line of these rows has a standard cost, so that margin can stand in for revenue."""
    return months.height > 0 and int(months["uncosted"].sum()) == 0

def _worth(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """The months of customers as they stand in each span: `worth` in 1/10,000 of the money's unit.

    Margin, or net revenue where any line of the span has no standard cost; a running month counts as a whole one.
    `buyer_id` is the customer where the month has an order.
    """
    rows = flow(facts.customers, "month_on", spans)
    unit = 10**facts.company.money_decimals
    cost = pl.when(pl.col("uncosted").sum().over("start_on") == 0).then(pl.col("cost_units") * unit).otherwise(0)
    buyer = pl.when(pl.col("orders") > 0).then("customer_id")
    return rows.with_columns(worth=pl.col("net_amount") * PRICE_SCALE - cost, buyer_id=buyer)


def _worth_known(facts: "Facts", span: tuple[date, date]) -> str | None:
    first = facts.customers["month_on"].min()
    return "no_history" if first is None or first > span[0] else None  # type: ignore[operator]


def _new_known(facts: "Facts", span: tuple[date, date]) -> str | None:
    """Who is new is not known in the first year of detailed lines where the company is older than they are."""
    if facts.first_month is None:
        return "no_source"
    return "no_history" if facts.past.height and span[0] < add_months(facts.first_month, 12) else None


FACTS = {
    "new_customers": FactTable(
        ("orders",), ("channel", "region"), (), events(lambda facts: facts.firsts, "first_on"), ("customer_id",),
        known=_new_known,
    ),
    "customer_worth": FactTable(
        ("orders",), ("customer_id",), ("worth",), _worth, ("buyer_id",), known=_worth_known,
    ),
}  # fmt: skip
"""The fact tables that the catalogue's customer metrics count."""
