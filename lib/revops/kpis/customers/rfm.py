"""RFM: how recently, how often and for how much each customer bought in a window, scored 1 to 5.

A score is the fifth in which a customer's rank lies: rank ÷ customers × 5, rounded up, where equal customers share the
average of their ranks, so that no order of rows tells them apart. In a window in which most bought once, fifths of the
number of orders would tell nothing: then fixed bounds count (1, 2, 3–4, 5–9, 10 or more). Who brought nothing, or took
back more than was paid, scores 1 for money.
"""

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from revops.kpis.frames import Frame, native, opened, typed

SCORES: dict[str, Any] = {
    "customer_id": nw.String,
    "last_on": nw.Date,
    "orders": nw.Int64,
    "net_amount": nw.Int64,
    "recency": nw.Int64,
    "frequency": nw.Int64,
    "money": nw.Int64,
}
ORDER_BOUNDS = (2, 3, 5, 10)  # the orders from which a customer scores 2, 3, 4, 5 where most bought once


def windows(bought: Frame, start: date, end: date) -> Frame:
    """One row per customer with an order in [start, end): last_on, orders, net_amount, all of the window alone.

    `bought` is `buying.buying`.
    """
    rows = opened(bought).filter((nw.col("bought_on") >= start) & (nw.col("bought_on") < end))
    rows = rows.with_columns(last_on=nw.when(nw.col("orders") > 0).then(nw.col("bought_on")))
    summed = rows.group_by("customer_id").agg(nw.col("last_on").max(), nw.col("orders", "net_amount").sum())
    declared = [nw.col(name).cast(kind) for name, kind in list(SCORES.items())[:4]]
    return native(summed.select(*declared).filter(nw.col("orders") > 0))


def scored(found: Frame) -> Frame:
    """The rows of `windows` with the three scores: recency, frequency, money.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"customer_id": list("abcde"), "orders": [1, 2, 3, 4, 5], "net_amount": [0, 20, 20, 40, 50],
    ...     "last_on": [date(2026, 1, day) for day in (5, 4, 3, 2, 1)]})
    >>> scored(rows).select("recency", "frequency", "money").rows()
    [(5, 1, 1), (4, 2, 3), (3, 3, 3), (2, 4, 4), (1, 5, 5)]
    """
    one, zero = nw.lit(1), nw.lit(0)
    rows = opened(found).with_columns(once=nw.when(nw.col("orders") == 1).then(one).otherwise(zero))
    rows = rows.with_columns(
        customers=nw.len(),
        most_once=nw.col("once").sum() * 2 > nw.len(),
        **{f"{name}_rank": nw.col(name).rank("average") for name in ("last_on", "orders", "net_amount")},
    )
    bounds = _steps([nw.col("orders") >= bound for bound in ORDER_BOUNDS])
    scored_ = rows.with_columns(
        recency=_fifth("last_on_rank"),
        frequency=nw.when(nw.col("most_once")).then(bounds).otherwise(_fifth("orders_rank")),
        money=nw.when(nw.col("net_amount") > 0).then(_fifth("net_amount_rank")).otherwise(one),
    )
    return native(typed(scored_, SCORES))


def _fifth(rank: str) -> Any:
    """The fifth that an average rank lies in, by whole numbers: 1 and one more for each bound it is above."""
    return _steps([nw.col(rank) * 5 > nw.col("customers") * step for step in (1, 2, 3, 4)])


def _steps(conditions: list[Any]) -> Any:
    one, zero = nw.lit(1), nw.lit(0)
    score: Any = one
    for condition in conditions:
        score = score + nw.when(condition).then(one).otherwise(zero)
    return score
