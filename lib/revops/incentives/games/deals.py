"""Deals: each person's part of an order, what was sold of it, what is left after returns, and what it repeats.

Made of the credit lines that pay is made of: direct and split credits, so that a shared order is each one's by share.
"""

from datetime import date, timedelta

import polars as pl

KEY = ["person_id", "order_id"]
OWN = ["direct", "split"]


def deal_events(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per person, order, product group and day on which it was sold or came back.

    Columns: person_id, order_id, product_group, moved_on, is_back, amount, units (negative where it came back), share
    (billionths), channel, region, buyer, file, row (the first of them).
    """
    own = lines.filter((pl.col("basis") == "booked") & pl.col("rule").is_in(OWN) & pl.col("order_id").is_not_null())
    named = own.with_columns(is_back=pl.col("kind") == "return", buyer=pl.coalesce("account_id", "customer_id"))
    first = [pl.col(name).sort_by("file", "row", nulls_last=True).first() for name in ("file", "row")]
    keys = [*KEY, "product_group", "moved_on", "is_back"]
    return (
        named.group_by(keys)
        .agg(
            pl.col("credit_amount").sum().alias("amount"), pl.col("quantity").sum().alias("units"),
            *[pl.col(name).max() for name in ("share", "channel", "region", "buyer")], *first,
        )
        .sort(keys, nulls_last=True)
    )  # fmt: skip


def deals(events: pl.DataFrame, first_orders: pl.DataFrame, reclose_days: int) -> pl.DataFrame:
    """One row per person and order sold, in order of the day.

    Columns: person_id, order_id, sold_on, month_on, buyer, share, sold, kept (amounts), back_on (the day on which
    nothing was left; null), is_new (the buyer's first order), repeats (order taken back whole that it repeats; null),
    file, row. `first_orders` has the column order_id. What came back of an order not sold here is left out.
    """
    sales = events.filter(~pl.col("is_back"))
    sold = sales.group_by(KEY).agg(
        pl.col("moved_on").min().alias("sold_on"), pl.col("amount").sum().alias("sold"),
        pl.col("buyer", "share").max(), pl.col("file", "row").sort_by("file", "row", nulls_last=True).first(),
    )  # fmt: skip
    back = events.filter("is_back").group_by(KEY).agg(pl.col("amount").sum().alias("back"), pl.col("moved_on").max())
    both = sold.join(back, on=KEY, how="left", validate="1:1").with_columns(
        kept=pl.col("sold") + pl.col("back").fill_null(0),
        month_on=pl.col("sold_on").dt.truncate("1mo"),
        is_new=pl.col("order_id").is_in(first_orders["order_id"].implode()),
    )
    gone = both.with_columns(back_on=pl.when((pl.col("kept") <= 0) & (pl.col("sold") > 0)).then("moved_on"))
    return _with_repeats(gone.drop("moved_on", "back"), reclose_days).sort("sold_on", *KEY)


def _with_repeats(found: pl.DataFrame, days: int) -> pl.DataFrame:
    """Deals with the order that each repeats: same person, buyer and amount, taken back whole at most `days` before."""
    gone = found.filter(pl.col("back_on").is_not_null() & pl.col("buyer").is_not_null())
    same = ["person_id", "buyer", "sold"]
    pairs = found.join(gone.select(*same, repeats="order_id", gone_on="back_on", first_on="sold_on"), on=same)
    near = (pl.col("gone_on") <= pl.col("sold_on")) & (pl.col("sold_on") <= pl.col("gone_on") + timedelta(days=days))
    later = (pl.col("repeats") != pl.col("order_id")) & (
        (pl.col("first_on") < pl.col("sold_on")) | (pl.col("repeats") < pl.col("order_id"))
    )
    again = pairs.filter(near & later) if days else pairs.clear()
    return found.join(again.group_by(KEY).agg(pl.col("repeats").min()), on=KEY, how="left", validate="1:1")


def first_orders(orders: pl.LazyFrame, since: date) -> pl.DataFrame:
    """One row per buyer whose first order, as far as the data go back, is on `since` or later: buyer, order_id."""
    buyer = pl.coalesce("account_id", "customer_id")
    bought = orders.filter(~pl.col("is_cancelled") & buyer.is_not_null())
    day, order = pl.col("ordered_on"), pl.col("order_id")
    first = bought.group_by(buyer.alias("buyer")).agg(
        day.min().alias("first_on"), order.filter(day == day.min()).min().alias("order_id")
    )
    return first.filter(pl.col("first_on") >= since).select("buyer", "order_id").sort("buyer").collect()


def orders_kept(found: pl.DataFrame) -> dict[tuple[str, date], int]:
    """Orders of each person and month of which something is left, shared ones too; repeats do not count."""
    kept = found.filter(pl.col("repeats").is_null() & (pl.col("kept") > 0))
    sums = kept.group_by("person_id", "month_on").agg(pl.len())
    return {(person, month): count for person, month, count in sums.rows()}


def counted(events: pl.DataFrame, found: pl.DataFrame, product_group: str | None = None) -> pl.DataFrame:
    """One row per deal and day on which a count changes: person_id, order_id, month_on (of the sale), day, units,
    orders (sold, and off again when nothing is left), new_customers (the same), file, row.

    Counts are by share, in billionths: a split deal counts once. Orders that repeat one taken back count nothing. With
    `product_group`, units of that group only.
    """
    live = found.filter(pl.col("repeats").is_null() & (pl.col("sold") > 0))
    of = events if product_group is None else events.filter(pl.col("product_group") == product_group)
    by_share = of.rename({"moved_on": "day"}).with_columns(units=pl.col("units") * pl.col("share"))
    units = by_share.join(live.select(*KEY, "month_on"), on=KEY, validate="m:1")
    sold = live.with_columns(day=pl.col("sold_on"), orders=pl.col("share"))
    gone = live.filter(pl.col("back_on").is_not_null()).with_columns(day=pl.col("back_on"), orders=-pl.col("share"))
    heads = pl.concat([sold, gone]).with_columns(new_customers=pl.col("orders") * pl.col("is_new"))
    columns = [*KEY, "month_on", "day", "units", "orders", "new_customers", "file", "row"]
    both = pl.concat([units, heads], how="diagonal").with_columns(
        pl.col("units", "orders", "new_customers").fill_null(0)
    )
    return both.select(columns).sort(*KEY, "day")
