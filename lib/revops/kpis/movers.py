"""Which customers moved revenue: new ones, ones that came back, that bought more, less, or no more.

Each customer is one of them, by what they bought in the period and in the reference:

    new        the first order ever lies after the reference's last day
    back       no order in the reference, one in the period, an older one before
    more, less an order in both, and more (or less) revenue now; also a return of an older order
    lost       an order in the reference and none in the period
    anonymous  buyers whom no order names

The amounts sum to the difference of revenue exactly: each customer's own difference stands in one row.
"""

from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened
from revops.kpis.spans import Span

KINDS = ("new", "back", "more", "less", "lost", "anonymous")
SCHEMA: dict[str, Any] = {"kind": pl.String, "customers": pl.Int64, "actual": pl.Int64, "reference": pl.Int64,
                          "amount": pl.Int64}  # fmt: skip


def customer_kinds(moves: Frame, firsts: Frame, now: Span, before: Span) -> Frame:
    """One row per kind that occurs: kind, customers, actual, reference (net revenue of both spans); lazy.

    `moves` as `revenue.movements`, `firsts` with customer_id and first_on. The spans do not overlap.
    """
    day, sold = nw.col("moved_on"), nw.col("kind") == "sale"
    is_now, was = (day >= now[0]) & (day < now[1]), (day >= before[0]) & (day < before[1])
    zero = nw.col("net_amount") * 0
    flow = opened(moves).filter(is_now | was)
    flow = flow.with_columns(
        actual=nw.when(is_now).then(nw.col("net_amount")).otherwise(zero),
        reference=nw.when(was).then(nw.col("net_amount")).otherwise(zero),
        bought=nw.when(is_now & sold).then(zero + 1).otherwise(zero),
        had_bought=nw.when(was & sold).then(zero + 1).otherwise(zero),
    )
    people = flow.group_by("customer_id").agg(nw.col("actual", "reference").sum(), nw.col("bought", "had_bought").max())
    known = opened(firsts).select("customer_id", "first_on")
    people = people.join(known, on="customer_id", how="left")
    people = people.with_columns(kind=_kind(before), customers=nw.col("bought") * 0 + 1)
    summed = people.group_by("kind").agg(nw.col("customers", "actual", "reference").sum())
    return native(summed.with_columns(nw.col("customers", "actual", "reference").cast(nw.Int64)))


def _kind(before: Span) -> Any:
    bought, had_bought = nw.col("bought") > 0, nw.col("had_bought") > 0
    rose = nw.col("actual") >= nw.col("reference")
    kind = nw.when(rose).then(nw.lit("more")).otherwise(nw.lit("less"))
    kind = nw.when(~bought & had_bought).then(nw.lit("lost")).otherwise(kind)
    kind = nw.when(bought & ~had_bought).then(nw.lit("back")).otherwise(kind)
    kind = nw.when(bought & ~had_bought & (nw.col("first_on") >= before[1])).then(nw.lit("new")).otherwise(kind)
    return nw.when(nw.col("customer_id").is_null()).then(nw.lit("anonymous")).otherwise(kind)


def bridge(kinds: pl.DataFrame) -> pl.DataFrame:
    """One row per kind in the order of KINDS, absent ones as 0: customers, actual, reference, amount (their change).

    Anonymous buyers cannot be counted: their `customers` is null.
    """
    spine = pl.DataFrame({"kind": KINDS})
    rows = spine.join(kinds, on="kind", how="left", maintain_order="left").with_columns(pl.col(pl.Int64).fill_null(0))
    counted = pl.when(pl.col("kind") != "anonymous").then("customers")
    whole = rows.with_columns(customers=counted, amount=pl.col("actual") - pl.col("reference"))
    return whole.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
