"""Customers: what each buys and when, the first order ever, repeat buying, what a customer has been worth so far.

Anonymous buyers (no customer_id) form no cohort and count as nobody's first order; `guests` counts them apart.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened, typed
from revops.kpis.measure import Value, missing, ratio
from revops.kpis.spans import back

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

MONTH_SCHEMA: dict[str, Any] = {
    "customer_id": nw.String,
    "month_on": nw.Date,
    "orders": nw.Int64,
    "net_amount": nw.Int64,
}
COST_SCHEMA: dict[str, Any] = {
    "customer_id": nw.String,
    "month_on": nw.Date,
    "cost_units": nw.Int64,
    "uncosted": nw.Int64,
}
COSTED = ("product_id", "quantity")
LIFE_SCHEMA: dict[str, Any] = {
    "customer_id": nw.String,
    "is_account": nw.Boolean,
    "first_on": nw.Date,
    "last_on": nw.Date,
    "orders": nw.Int64,
    "net_amount": nw.Int64,
}
BUYING_SCHEMA: dict[str, Any] = {
    "customer_id": nw.String,
    "account_id": nw.String,
    "channel": nw.String,
    "region": nw.String,
    "bought_on": nw.Date,
    "orders": nw.Int64,
    "sold_amount": nw.Int64,
    "net_amount": nw.Int64,
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


def buying(orders: Frame, lines: Frame, returns: Frame) -> Frame:
    """One row per order of a known customer, per line of an order whose header has no amount, and per return.

    customer_id, account_id, channel and region of the order, bought_on, orders (1 for an order, else 0), sold_amount,
    and net_amount, from which a return takes away on its own day. It sums to the revenue of known customers by a short
    way: a header's amount stands for its lines.
    """
    heads = opened(orders).filter(~nw.col("is_cancelled") & ~nw.col("customer_id").is_null())
    heads = heads.with_columns(bought_on=nw.col("ordered_on"), sold_amount=nw.col("net_amount"))
    who = heads.select("order_id", *list(BUYING_SCHEMA)[:4], "bought_on")
    bare = heads.filter(nw.col("sold_amount").is_null()).select(who.columns)
    amounts = opened(lines).select("order_id", "net_amount", sold_amount="net_amount")
    taken = opened(returns).select("order_id", "returned_on", net_amount=-nw.col("net_amount"))
    own = nw.col("sold_amount").fill_null(0)
    parts = [
        heads.with_columns(orders=nw.lit(1), sold_amount=own, net_amount=own),
        amounts.join(bare, on="order_id", how="inner").with_columns(orders=nw.lit(0)),
        taken.join(who.drop("bought_on"), on="order_id", how="inner").with_columns(
            orders=nw.lit(0), sold_amount=nw.lit(0), bought_on=nw.col("returned_on")
        ),
    ]
    return native(nw.concat([typed(part, BUYING_SCHEMA) for part in parts], how="vertical"))


def bought(facts: "Facts") -> Any:
    """`buying` of a company's tables; lazy."""
    return buying(facts.scan("orders"), facts.scan("order_lines"), facts.scan("returns"))


def lives(rows_: Frame, end: date) -> Frame:
    """One row per customer with an order before `end`: is_account, first_on, last_on, orders, net_amount, all of
    `buying` before `end`. An account is who ever ordered as one.
    """
    rows = opened(rows_).filter(nw.col("bought_on") < end)
    rows = rows.with_columns(ordered_on=nw.when(nw.col("orders") > 0).then(nw.col("bought_on")))
    summed = rows.group_by("customer_id").agg(
        nw.col("account_id").max(),
        nw.col("ordered_on").min().alias("first_on"),
        nw.col("ordered_on").max().alias("last_on"),
        nw.col("orders", "net_amount").sum(),
    )
    summed = summed.filter(nw.col("orders") > 0).with_columns(is_account=~nw.col("account_id").is_null())
    return native(typed(summed, LIFE_SCHEMA))


def in_turn(orders: Frame) -> Frame:
    """One row per order of a known customer with the day of the customer's order before it, `previous_on` (null: the
    first ever).

    Orders of one instant follow each other by order_id.
    """
    kept = opened(orders).filter(~nw.col("is_cancelled") & ~nw.col("customer_id").is_null())
    before = nw.col("ordered_on").shift(1).over("customer_id", order_by=["ordered_at", "order_id"])
    names = ("order_id", "customer_id", "account_id", "ordered_on", "channel", "region", "previous_on")
    return native(kept.with_columns(previous_on=before).select(*names))


def guests(orders: Frame) -> Frame:
    """One row per month with orders that name no customer: guest_orders, and all orders beside them."""
    kept = opened(orders).filter(~nw.col("is_cancelled"))
    one, zero = nw.lit(1), nw.lit(0)
    kept = kept.with_columns(
        month_on=nw.col("ordered_on").dt.truncate("1mo").cast(nw.Date),
        guest_orders=nw.when(nw.col("customer_id").is_null()).then(one).otherwise(zero),
        orders=one,
    )
    summed = kept.group_by("month_on").agg(nw.col("guest_orders").sum(), nw.col("orders").sum())
    return native(typed(summed, {"month_on": nw.Date, "guest_orders": nw.Int64, "orders": nw.Int64}))


def customer_months(rows_: Frame) -> Frame:
    """One row per customer and month with an order or a return: orders, net_amount, all of `buying`."""
    rows = opened(rows_).with_columns(month_on=nw.col("bought_on").dt.truncate("1mo").cast(nw.Date))
    summed = rows.group_by("customer_id", "month_on").agg(nw.col("orders", "net_amount").sum())
    return native(typed(summed, MONTH_SCHEMA))


def customer_costs(orders: Frame, lines: Frame, returns: Frame, products: Frame) -> Frame:
    """One row per customer and month with a line sold or taken back: standard cost (1/10,000), lines without cost."""
    heads = opened(orders).filter(~nw.col("is_cancelled") & ~nw.col("customer_id").is_null())
    heads = heads.select("order_id", "customer_id", day_on="ordered_on")
    back_ = opened(returns).with_columns(quantity=-nw.col("quantity"))
    rows = nw.concat(
        [
            opened(lines).join(heads, on="order_id", how="inner").select("customer_id", "day_on", *COSTED),
            back_.join(heads.drop("day_on"), on="order_id", how="inner").select(
                "customer_id", nw.col("returned_on").alias("day_on"), *COSTED
            ),
        ],
        how="vertical",
    ).join(opened(products).select("product_id", "unit_cost"), on="product_id", how="left")
    rows = rows.with_columns(
        month_on=nw.col("day_on").dt.truncate("1mo").cast(nw.Date),
        cost_units=nw.col("quantity") * nw.col("unit_cost").fill_null(0),
        uncosted=nw.when(nw.col("unit_cost").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)),
    )
    summed = rows.group_by("customer_id", "month_on").agg(nw.col("cost_units", "uncosted").sum())
    return native(typed(summed, COST_SCHEMA))


def new_customers(firsts: pl.DataFrame, start: date, end: date) -> int:
    """Customers whose first order ever lies in [start, end)."""
    return firsts.filter(pl.col("first_on").is_between(start, end, closed="left")).height


def kept_customers(months: pl.DataFrame, end: date, window: int = 12) -> pl.DataFrame:
    """One row per customer who ordered in the `window` months before the last `window` up to `end`: customer_id, kept,
    1 where they ordered in the last ones too. A running month counts as one.
    """
    (middle, _), (first, _) = back(end, window), back(end, 2 * window)
    inside = months.filter((pl.col("orders") > 0) & (pl.col("month_on") >= first) & (pl.col("month_on") < end))
    seen = inside.group_by("customer_id").agg(first=pl.col("month_on").min(), last=pl.col("month_on").max())
    return seen.filter(pl.col("first") < middle).select("customer_id", kept=(pl.col("last") >= middle).cast(pl.Int64))


def retention(months: pl.DataFrame, end: date, window: int = 12) -> Value:
    """Share of the buyers of the `window` months before last who bought again in the last `window` months."""
    if months.is_empty() or months["month_on"].min() > back(end, 2 * window)[0]:  # type: ignore[operator]
        return missing("no_history")
    kept = kept_customers(months, end, window)
    return ratio(int(kept["kept"].sum()), kept.height)


def has_costs(months: pl.DataFrame) -> bool:
    """Whether every line of these rows has a standard cost, so that margin can stand in for revenue."""
    return months.height > 0 and int(months["uncosted"].sum()) == 0
