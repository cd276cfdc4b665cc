"""What exchange rates moved: this period's foreign sales at their own rates less the same sales at the reference's.

The rate of a period is what its sales were booked at: Σ net in the company's currency ÷ Σ net in the source's. A
currency that the reference never sold in has no rate to compare with: its sales moved nothing here.

>>> rows = [{"currency": "USD", "net_now": 260, "source_now": 10, "net_before": 500, "source_before": 20}]
>>> effect(pl.DataFrame(rows), [])["currency_amount"].to_list()    # 10 dollars at 26 instead of 25
[10]
"""

from collections.abc import Sequence

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened
from revops.kpis.revenue import NO_GROUP
from revops.kpis.spans import Span
from revops.money import round_ratio

SUMS = ("net_now", "source_now", "net_before", "source_before")


def foreign_sales(orders: Frame, lines: Frame, products: Frame, home: str, now: Span, before: Span) -> Frame:
    """One row per product group, channel, region and currency other than `home`, of sales in either span.

    `net_*` in the company's currency, `source_*` in 10 ** -max(4, money_decimals) of the order's own; lazy, the same on
    every engine. Cancelled orders count nowhere; returns carry no currency of their own.
    """
    day = nw.col("ordered_on")
    is_now, was = (day >= now[0]) & (day < now[1]), (day >= before[0]) & (day < before[1])
    abroad = opened(orders).filter(~nw.col("is_cancelled") & (nw.col("currency") != home) & (is_now | was))
    heads = abroad.select("order_id", "ordered_on", "channel", "region", "currency")
    sold = opened(lines).join(heads, on="order_id", how="inner")
    sold = sold.join(opened(products).select("product_id", "product_group"), on="product_id", how="left")
    zero = nw.col("net_amount") * 0
    sold = sold.with_columns(
        product_group=nw.col("product_group").fill_null(NO_GROUP),
        net_now=nw.when(is_now).then(nw.col("net_amount")).otherwise(zero),
        source_now=nw.when(is_now).then(nw.col("source_net_amount")).otherwise(zero),
        net_before=nw.when(was).then(nw.col("net_amount")).otherwise(zero),
        source_before=nw.when(was).then(nw.col("source_net_amount")).otherwise(zero),
    )
    summed = sold.group_by("product_group", "channel", "region", "currency").agg(nw.col(*SUMS).sum())
    return native(summed.with_columns(nw.col(*SUMS).cast(nw.Int64)))


def effect(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """One row per cell of `by` of `foreign_sales`: `currency_amount`, rounded once per row of `rows`."""
    rates = {
        currency: (int(net), int(source))
        for currency, net, source in rows.group_by("currency")
        .agg(pl.col("net_before", "source_before").sum())
        .iter_rows()
    }
    moved = [_moved(row["net_now"], row["source_now"], *rates[row["currency"]]) for row in rows.to_dicts()]
    cells = rows.with_columns(currency_amount=pl.Series(moved, dtype=pl.Int64))
    return (
        cells.group_by(by).agg(pl.col("currency_amount").sum()) if by else cells.select(pl.col("currency_amount").sum())
    )


def _moved(net_now: int, source_now: int, net_before: int, source_before: int) -> int:
    return net_now - round_ratio(source_now * net_before, source_before) if source_before else 0
