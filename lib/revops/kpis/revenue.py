"""Revenue as movements: each sold line, each returned line, each header difference is one signed row.

Everything that counts money starts from this one table, so every cube sums to the same revenue: sales on the order day,
returns on the return day, cancelled orders in neither.
"""

from typing import Any

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrameT

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


def movements(orders: IntoFrameT, lines: IntoFrameT, returns: IntoFrameT, products: IntoFrameT) -> IntoFrameT:
    """One row per revenue movement: kind 'sale', 'return' (negative) or 'header_rounding'.

    Columns as in MOVEMENT_COLUMNS. A sale stands on its order's day, a return on its own day with the order's customer,
    account and person. Where an order carries its own net amount, the difference to the sum of its lines is a movement
    'header_rounding' without product, so that movements sum to the headers. Lazy, the same on every engine.
    """
    order, line = nw.from_native(orders), nw.from_native(lines)
    back, product = nw.from_native(returns), nw.from_native(products)
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
    return nw.to_native(nw.concat([sales, returned, _header_rounding(heads, line)], how="vertical"))


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
