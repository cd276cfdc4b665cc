"""Revenue as movements: each sold line, each returned line, each header difference is one signed row.

Everything that counts money starts from this one table, so every cube sums to the same revenue: sales on the order
day, returns on the return day, cancelled orders in neither.
"""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from revops.kpis.engine import compact, numbered
from revops.kpis.frames import Frame, native, opened, typed

NO_GROUP = "(no product group)"  # what is sold without a group; null is left to header differences alone
MOVEMENT_COLUMNS = [
    "movement_id",
    "kind",
    "moved_on",
    "order_id",
    "line_id",
    "product_id",
    "product_group",
    "channel",
    "region",
    "customer_id",
    "account_id",
    "person_id",
    "quantity",
    "gross_amount",
    "discount_amount",
    "net_amount",
    "source",
    "file",
    "row",
]


def movements(orders: Frame, lines: Frame, returns: Frame, products: Frame, heads: Sequence[str] = ()) -> Frame:
    """One row per revenue movement: kind 'sale', 'return' (negative) or 'header_rounding'.

    Columns as in MOVEMENT_COLUMNS, and further ones of the order in `heads` (a day `ordered_on`, texts). A sale stands
    on its order's day, a return on its own day with the order's customer, account and person. Where an order carries
    its own net amount, the difference to the sum of its lines is a movement 'header_rounding' without product, so that
    movements sum to the headers. Lazy, the same on every engine.
    """
    order, line = opened(orders), opened(lines)
    back, product = opened(returns), opened(products)
    groups = product.select("product_id", "product_group")
    kept, columns = order.filter(~nw.col("is_cancelled")), [*MOVEMENT_COLUMNS, *heads]
    buyer = {"customer_id", "account_id", "person_id", *heads}
    who = kept.select("order_id", *({"ordered_on", "channel", "region"} | buyer))
    sold = line.join(who, on="order_id", how="inner").join(groups, on="product_id", how="left")
    sales = sold.with_columns(
        movement_id=nw.col("line_id"),
        kind=nw.lit("sale"),
        moved_on=nw.col("ordered_on"),
    ).select(columns)
    buyers = who.select("order_id", *buyer)
    taken = back.join(buyers, on="order_id", how="left").join(groups, on="product_id", how="left")
    returned = taken.with_columns(
        movement_id=nw.col("return_id"),
        kind=nw.lit("return"),
        moved_on=nw.col("returned_on"),
        quantity=-nw.col("quantity"),
        gross_amount=-nw.col("net_amount"),
        discount_amount=nw.col("net_amount") * 0,
        net_amount=-nw.col("net_amount"),
    ).select(columns)
    parts = [sales, returned, _header_rounding(kept, line).select(columns)]
    return native(nw.concat([_as_declared(part, columns) for part in parts], how="vertical"))


def _as_declared(flow: Any, columns: Sequence[str]) -> Any:
    """Engines differ in the width of sums and literals; movements do not."""
    whole, days = ("quantity", "gross_amount", "discount_amount", "net_amount", "row"), ("moved_on", "ordered_on")
    kinds = {name: nw.Int64 if name in whole else nw.Date if name in days else nw.String for name in columns}
    return typed(flow, kinds)


def _header_rounding(heads: Any, line: Any) -> Any:
    """One row per order whose header differs from the sum of its lines."""
    sums = line.group_by("order_id").agg(nw.col("net_amount").sum().alias("line_amount"))
    both = heads.filter(~nw.col("net_amount").is_null()).join(sums, on="order_id", how="left")
    both = both.with_columns(
        net_amount=nw.col("net_amount") - nw.col("line_amount").fill_null(0),
    ).filter(nw.col("net_amount") != 0)
    text = nw.lit(None).cast(nw.String)
    return both.with_columns(
        movement_id=nw.concat_str([nw.lit("header:"), nw.col("order_id")]),
        kind=nw.lit("header_rounding"),
        moved_on=nw.col("ordered_on"),
        line_id=text,
        product_id=text,
        product_group=text,
        quantity=(nw.col("net_amount") * 0).cast(nw.Int64),
        gross_amount=nw.col("net_amount"),
        discount_amount=nw.col("net_amount") * 0,
    )


CUBE_SCHEMA: dict[str, Any] = {
    "period_on": nw.Date,
    "product_group": nw.String,
    "channel": nw.String,
    "region": nw.String,
    "orders": nw.Int64,
    "units": nw.Int64,
    "returned_units": nw.Int64,
    "gross_amount": nw.Int64,
    "discount_amount": nw.Int64,
    "returned_amount": nw.Int64,
    "net_amount": nw.Int64,
    "cost_units": nw.Int64,
    "cost_rows": nw.Int64,
    "rows": nw.Int64,
}
PRODUCT_KEYS = ["period_on", "product_id", "channel", "region"]
PRODUCT_SCHEMA: dict[str, Any] = {
    "moved_on": nw.Date,
    "product_id": nw.String,
    "channel": nw.String,
    "region": nw.String,
    "product_group": nw.String,
    "quantity": nw.Int64,
    "gross_amount": nw.Int64,
    "discount_amount": nw.Int64,
}
PRODUCT_DAY = list(PRODUCT_SCHEMA)[:5]
CUBE_KEYS = ["period_on", "product_group", "channel", "region"]
SUMS = [
    "units",
    "returned_units",
    "gross_amount",
    "discount_amount",
    "returned_amount",
    "net_amount",
    "cost_units",
    "cost_rows",
]


def cube(orders: Frame, lines: Frame, returns: Frame, products: Frame, every: str = "month") -> Frame:
    """One row per month (or day), product group, channel and region: `period_on` is the first day.

    The sums of `movements`, by a shorter way. A product without a group counts under NO_GROUP; only header differences
    have none (null). Money in company units: gross − discount − returned = net, always. `orders` counts the orders that
    have a line in the cell: it adds up over time, channel and region, but not over product groups (use `order_days`).
    `cost_units` is the standard cost of units kept, in 1/10,000 of the currency, over the `cost_rows` of the `rows`,
    sold and returned lines, whose product has a cost.
    """
    goods = compact(opened(products), "product_group").select("product_id", "product_group", "unit_cost")
    heads = _heads(orders, every)
    sold = opened(lines).join(heads, on="order_id", how="inner").join(goods, on="product_id", how="left")
    back = compact(opened(returns), "channel", "region").join(goods, on="product_id", how="left")
    sales = _cells(_sold(sold), nw.col("order_number").n_unique().alias("orders"), nw.col("headed_amount").sum())
    taken = _cells(_taken(back, every)).with_columns(orders=nw.lit(0))
    parts = [typed(part, CUBE_SCHEMA) for part in (sales, taken, _differences(heads, sales))]
    summed = nw.concat(parts, how="vertical").group_by(CUBE_KEYS).agg(nw.col("orders", *SUMS, "rows").sum())
    return native(typed(summed, CUBE_SCHEMA))


def _heads(orders: Frame, every: str) -> Any:
    """One row per order that counts: its number, period, channel, region, and the amount of its header."""
    kept = opened(orders).filter(~nw.col("is_cancelled")).with_columns(period_on=_period("ordered_on", every))
    kept = kept.select("order_id", "period_on", "channel", "region", header_amount=nw.col("net_amount"))
    return numbered(compact(kept, "channel", "region"), "order_number", "order_id")


def _period(day: str, every: str) -> Any:
    return nw.col(day) if every == "day" else nw.col(day).dt.truncate("1mo").cast(nw.Date)


def _sold(sold: Any) -> Any:
    """Sold lines with what is counted of each."""
    zero = nw.col("net_amount") * 0
    return sold.with_columns(
        units=nw.col("quantity"), returned_units=zero, returned_amount=zero, **_costs(),
        headed_amount=nw.when(nw.col("header_amount").is_null()).then(zero).otherwise(nw.col("net_amount")),
    )  # fmt: skip


def _taken(back: Any, every: str) -> Any:
    """Returned lines with what is counted of each; they are no order."""
    zero = nw.col("net_amount") * 0
    return back.with_columns(quantity=-nw.col("quantity")).with_columns(
        period_on=_period("returned_on", every), units=zero, returned_units=-nw.col("quantity"), gross_amount=zero,
        discount_amount=zero, returned_amount=nw.col("net_amount"), net_amount=-nw.col("net_amount"), **_costs(),
    )  # fmt: skip


def _costs() -> dict[str, Any]:
    """The standard cost of what a line moved, and whether there is one."""
    zero, cost = nw.col("net_amount") * 0, nw.col("unit_cost")
    units = nw.col("quantity") * cost.fill_null(0)
    return {"cost_units": units, "cost_rows": nw.when(cost.is_null()).then(zero).otherwise(zero + 1)}


def _cells(rows: Any, *more: Any) -> Any:
    """The sums of the cells of lines."""
    cells = rows.group_by(CUBE_KEYS).agg(*(nw.col(name).sum() for name in SUMS), nw.len().alias("rows"), *more)
    cells = cells.with_columns(*(nw.col(name).cast(nw.String) for name in CUBE_KEYS[1:]))
    return cells.with_columns(product_group=nw.col("product_group").fill_null(NO_GROUP))


def _differences(heads: Any, sales: Any) -> Any:
    """What headers say beyond the lines of their orders: a row per period, channel and region where it is not 0."""
    keys = {"period_on": nw.Date, "channel": nw.String, "region": nw.String}
    told = heads.group_by(list(keys)).agg(nw.col("header_amount").sum().alias("net_amount"))
    lines = sales.with_columns(net_amount=-nw.col("headed_amount"))
    both = nw.concat([typed(part, keys | {"net_amount": nw.Int64}) for part in (told, lines)], how="vertical")
    both = both.group_by(list(keys)).agg(nw.col("net_amount").sum()).filter(nw.col("net_amount") != 0)
    zeros = {name: nw.lit(0) for name in CUBE_SCHEMA if name not in (*keys, "net_amount")}
    return both.with_columns(**zeros | {"product_group": nw.lit(None), "gross_amount": nw.col("net_amount")})


def measured(moves: Frame, products: Frame) -> Frame:
    """The movements with what is counted of each as columns of their own, so that plain sums are enough.

    sold_order is the order of a sale, null otherwise; the others are the sums of `cube`, 0 where they do not apply.
    """
    flow, costs = opened(moves), opened(products).select("product_id", "unit_cost")
    sold, back = nw.col("kind") == "sale", nw.col("kind") == "return"
    zero = nw.col("net_amount") * 0
    return native(
        flow.join(costs, on="product_id", how="left").with_columns(
            product_group=_group(),
            sold_order=nw.when(sold).then(nw.col("order_id")),
            units=nw.when(sold).then(nw.col("quantity")).otherwise(zero),
            returned_units=nw.when(back).then(-nw.col("quantity")).otherwise(zero),
            gross_amount=nw.when(back).then(zero).otherwise(nw.col("gross_amount")),
            returned_amount=nw.when(back).then(-nw.col("net_amount")).otherwise(zero),
            cost_units=nw.col("quantity") * nw.col("unit_cost").fill_null(0),
            cost_rows=nw.when(nw.col("unit_cost").is_null()).then(zero).otherwise(zero + 1),
        )
    )


def _group() -> Any:
    """The product group of a movement; NO_GROUP for what is sold or returned without one."""
    group = nw.col("product_group")
    return nw.when(nw.col("kind") == "header_rounding").then(group).otherwise(group.fill_null(NO_GROUP))


def order_days(orders: Frame) -> Frame:
    """One row per day, channel and region with the number of orders that are not cancelled: adds up over
    everything.
    """
    kept = opened(orders).filter(~nw.col("is_cancelled"))
    counted = kept.group_by("ordered_on", "channel", "region").agg(nw.len().alias("orders"))
    return native(counted.with_columns(orders=nw.col("orders").cast(nw.Int64)))


def product_days(orders: Frame, lines: Frame, products: Frame) -> Frame:
    """One row per day, product, channel and region: units sold, gross and discount of the sales (no returns)."""
    groups = opened(products).select("product_id", "product_group")
    sold = opened(lines).join(_heads(orders, "day"), on="order_id", how="inner")
    summed = sold.group_by(*PRODUCT_KEYS).agg(nw.col("quantity", "gross_amount", "discount_amount").sum())
    summed = summed.rename({"period_on": "moved_on"}).join(groups, on="product_id", how="left")
    return native(typed(summed.with_columns(nw.col("product_group").fill_null(NO_GROUP)), PRODUCT_SCHEMA))


def canonical_revenue(orders: Frame, lines: Frame, returns: Frame) -> Frame:
    """Rows whose net_amount sums to revenue by the shortest way: headers, lines where there is none, less returns.

    It shares no step with `movements`, so that the two can be held against each other.
    """
    kept = opened(orders).filter(~nw.col("is_cancelled"))
    heads = kept.filter(~nw.col("net_amount").is_null()).select(nw.col("net_amount").sum())
    bare = kept.filter(nw.col("net_amount").is_null()).select("order_id")
    sold = opened(lines).join(bare, on="order_id", how="semi").select(nw.col("net_amount").sum())
    back = opened(returns).select(-nw.col("net_amount").sum())
    parts = [part.select(nw.col("net_amount").cast(nw.Int64)) for part in (heads, sold, back)]
    return native(nw.concat(parts, how="vertical"))
