"""Revenue as movements: each sold line, each returned line, each header difference is one signed row.

Everything that counts money starts from this one table, so every cube sums to the same revenue: sales on the order
day, returns on the return day, cancelled orders in neither.
"""

from typing import Any

import narwhals.stable.v2 as nw

from revops.kpis.frames import Frame, native, opened

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


def movements(orders: Frame, lines: Frame, returns: Frame, products: Frame) -> Frame:
    """One row per revenue movement: kind 'sale', 'return' (negative) or 'header_rounding'.

    Columns as in MOVEMENT_COLUMNS. A sale stands on its order's day, a return on its own day with the order's
    customer, account and person. Where an order carries its own net amount, the difference to the sum of its lines
    is a movement 'header_rounding' without product, so that movements sum to the headers. Lazy, the same on every
    engine.
    """
    order, line = opened(orders), opened(lines)
    back, product = opened(returns), opened(products)
    groups = product.select("product_id", "product_group")
    heads = order.filter(~nw.col("is_cancelled"))
    who = heads.select("order_id", "ordered_on", "channel", "region", "customer_id", "account_id", "person_id")
    sold = line.join(who, on="order_id", how="inner").join(groups, on="product_id", how="left")
    sales = sold.with_columns(
        movement_id=nw.col("line_id"),
        kind=nw.lit("sale"),
        moved_on=nw.col("ordered_on"),
    ).select(MOVEMENT_COLUMNS)
    buyers = who.select("order_id", "customer_id", "account_id", "person_id")
    taken = back.join(buyers, on="order_id", how="left").join(groups, on="product_id", how="left")
    returned = taken.with_columns(
        movement_id=nw.col("return_id"),
        kind=nw.lit("return"),
        moved_on=nw.col("returned_on"),
        quantity=-nw.col("quantity"),
        gross_amount=-nw.col("net_amount"),
        discount_amount=nw.col("net_amount") * 0,
        net_amount=-nw.col("net_amount"),
    ).select(MOVEMENT_COLUMNS)
    parts = [sales, returned, _header_rounding(heads, line)]
    return native(nw.concat([_as_declared(part) for part in parts], how="vertical"))


def _as_declared(flow: Any) -> Any:
    """Engines differ in the width of sums and literals; movements do not."""
    whole, days = ("quantity", "gross_amount", "discount_amount", "net_amount", "row"), ("moved_on",)
    kinds = {name: nw.Int64 if name in whole else nw.Date if name in days else nw.String for name in MOVEMENT_COLUMNS}
    return flow.select(*(nw.col(name).cast(kind) for name, kind in kinds.items()))


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
    ).select(MOVEMENT_COLUMNS)


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


def cube(moves: Frame, products: Frame, every: str = "month") -> Frame:
    """One row per month (or day), product group, channel and region: `period_on` is the first day.

    A product without a group counts under NO_GROUP; only header differences have none (null).
    Money in company units: gross − discount − returned = net, always. `orders` counts the orders that have a line in
    the cell: it adds up over time, channel and region, but not over product groups (use `order_days`). `cost_units` is
    the standard cost of units kept, in 1/10,000 of the currency, over the `cost_rows` of all `rows` whose product
    has a cost.
    """
    zero = nw.col("net_amount") * 0
    flow = opened(measured(moves, products)).with_columns(
        period_on=nw.col("moved_on") if every == "day" else nw.col("moved_on").dt.truncate("1mo").cast(nw.Date),
        unsold=nw.when(nw.col("kind") == "sale").then(zero).otherwise(zero + 1),
    )
    summed = flow.group_by("period_on", "product_group", "channel", "region").agg(
        nw.col("sold_order").n_unique().alias("orders"),
        nw.col("unsold").max().alias("unsold"),
        *(nw.col(name).sum() for name in SUMS),
        nw.len().alias("rows"),
    )
    summed = summed.with_columns(orders=nw.col("orders") - nw.col("unsold"))  # n_unique counts null as one
    return native(summed.select(*(nw.col(name).cast(kind) for name, kind in CUBE_SCHEMA.items())))


def measured(moves: Frame, products: Frame) -> Frame:
    """The movements with what is counted of each as columns of their own, so that plain sums are enough.

    sold_order is the order of a sale, null otherwise; the others are the sums of `cube`, each 0 where it does not apply.
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


def product_days(moves: Frame) -> Frame:
    """One row per day, product, channel and region: units sold, gross and discount of the sales (no returns)."""
    keys = ("moved_on", "product_id", "channel", "region")
    sold = opened(moves).filter(nw.col("kind") == "sale").with_columns(product_group=_group())
    sums = ("quantity", "gross_amount", "discount_amount")
    summed = sold.group_by(*keys, "product_group").agg(nw.col(*sums).sum())
    return native(summed.select(*keys, "product_group", *(nw.col(name).cast(nw.Int64) for name in sums)))


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
