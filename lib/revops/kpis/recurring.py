"""Recurring revenue: what happened to MRR between two moments, customer by customer.

    opening + new + expansion + reactivation − contraction − churn = closing

Every movement is signed here (contraction and churn negative), so that they simply add up. Active on a day: start_on
≤ day < end_on and MRR above 0. Churn is seen when the paid time has ended.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.fact_tables import FactTable
from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, missing, ratio
from revops.kpis.spans import Span, steps

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

MOVES = ("new", "expansion", "reactivation", "contraction", "churn")


def mrr_at(subscriptions: Frame, ends: Sequence[date]) -> Frame:
    """One row per customer and moment with MRR above 0; `end` is the first day after the moment, as in [start,
    end).
    """
    rows = opened(subscriptions).filter(nw.col("mrr") > 0)
    return native(nw.concat([_at(rows, end) for end in sorted(set(ends))], how="vertical"))


def _at(rows: Any, end: date) -> Any:
    day = nw.lit(end - timedelta(days=1)).cast(nw.Date)
    active = rows.filter((nw.col("start_on") <= day) & (nw.col("end_on").is_null() | (nw.col("end_on") > day)))
    summed = active.group_by("customer_id").agg(nw.col("mrr").sum())
    return summed.select("customer_id", nw.col("mrr").cast(nw.Int64), nw.lit(end).cast(nw.Date).alias("end"))


def first_paid(subscriptions: Frame) -> Frame:
    """One row per customer: first_on, the first paid day ever."""
    rows = opened(subscriptions).filter(nw.col("mrr") > 0)
    return native(rows.group_by("customer_id").agg(nw.col("start_on").min().alias("first_on")))


def mrr_moves(at: pl.DataFrame, firsts: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """One row per customer whose MRR changed between the ends `start` and `end`: movement, amount, before, after.

    new: nothing before and never paid; reactivation: nothing before, but paid at some time; churn: nothing after.
    """
    before = at.filter(pl.col("end") == start).select("customer_id", before="mrr")
    after = at.filter(pl.col("end") == end).select("customer_id", after="mrr")
    both = before.join(after, on="customer_id", how="full", coalesce=True).join(firsts, on="customer_id", how="left")
    both = both.with_columns(pl.col("before", "after").fill_null(0))
    movement = (
        pl.when((pl.col("before") == 0) & (pl.col("first_on") < start))
        .then(pl.lit("reactivation"))
        .when(pl.col("before") == 0)
        .then(pl.lit("new"))
        .when(pl.col("after") == 0)
        .then(pl.lit("churn"))
        .when(pl.col("after") > pl.col("before"))
        .then(pl.lit("expansion"))
        .otherwise(pl.lit("contraction"))
    )
    changed = both.filter(pl.col("before") != pl.col("after"))
    return changed.select(
        "customer_id", movement=movement, amount=pl.col("after") - pl.col("before"), before="before", after="after"
    ).sort("customer_id")


def mrr_bridge(subscriptions: pl.DataFrame, ends: Sequence[date]) -> pl.DataFrame:
    """One row per step between neighbouring ends: opening, the five movements, closing, customers, passing.

    `passing` counts customers who began and ended inside the step, whom no snapshot can see.
    """
    at, firsts = mrr_at(subscriptions, ends), first_paid(subscriptions)
    days = sorted(set(ends))
    rows = []
    for start, end in zip(days, days[1:], strict=False):
        moves = mrr_moves(at, firsts, start, end)
        sums = {name: int(moves.filter(pl.col("movement") == name)["amount"].sum()) for name in MOVES}
        counts = {f"{name}_customers": moves.filter(pl.col("movement") == name).height for name in MOVES}
        opening, closing = (at.filter(pl.col("end") == day) for day in (start, end))
        seen = set(opening["customer_id"]) | set(closing["customer_id"])
        inside = subscriptions.filter((pl.col("mrr") > 0) & (pl.col("start_on") >= start) & (pl.col("start_on") < end))
        rows.append(
            {"start_on": start, "end_on": end, "opening": int(opening["mrr"].sum()), **sums}
            | {"closing": int(closing["mrr"].sum()), "opening_customers": opening.height, **counts}
            | {"closing_customers": closing.height, "passing": len(set(inside["customer_id"]) - seen)}
        )
    return pl.DataFrame(rows)


def arr(bridge: pl.DataFrame) -> Value:
    """Annual run rate: 12 × MRR at the end of the last step."""
    return Value(12 * int(bridge["closing"][-1])) if bridge.height else missing("no_source")


def customer_churn(bridge: pl.DataFrame) -> Value:
    """Customers lost ÷ customers at the start, over the steps: Σ ÷ Σ, so a rate per step."""
    return ratio(int(bridge["churn_customers"].sum()), int(bridge["opening_customers"].sum()))


def gross_churn(bridge: pl.DataFrame) -> Value:
    """(churn + contraction) ÷ opening MRR, over the steps."""
    lost = int(bridge["churn"].sum()) + int(bridge["contraction"].sum())
    return ratio(-lost, int(bridge["opening"].sum()))


def kept(at: pl.DataFrame, start: date, end: date) -> tuple[Value, Value]:
    """(NRR, GRR): MRR at `end` of the customers active at `start`, and the same without growth, ÷ their MRR at
    `start`.
    """
    base = at.filter(pl.col("end") == start).select("customer_id", base="mrr")
    now = at.filter(pl.col("end") == end).select("customer_id", now="mrr")
    both = base.join(now, on="customer_id", how="left").with_columns(pl.col("now").fill_null(0))
    total = int(both["base"].sum())
    least = both.select(pl.min_horizontal("base", "now").sum()).item() if both.height else 0
    return ratio(int(both["now"].sum()), total), ratio(int(least), total)


def _stock(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """One row per customer with MRR on the last day of a span."""
    at = mrr_at(facts.subscriptions, [end for _, end in spans])
    starts = {end: start for start, end in spans}
    return at.with_columns(start_on=pl.col("end").replace_strict(starts, return_dtype=pl.Date))


def _movements(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """One row per span with the sums of its steps' bridges: a month's where the span is made of months."""
    parts = [
        mrr_bridge(facts.subscriptions, steps(span)).drop("start_on", "end_on").sum().with_columns(start_on=span[0])
        for span in spans
    ]
    return pl.concat(parts)


FACTS = {
    "mrr": FactTable(("subscriptions",), ("customer_id",), ("mrr",), _stock),
    "mrr_movements": FactTable(
        ("subscriptions",), (), ("opening", *MOVES, "opening_customers", *(f"{name}_customers" for name in MOVES)),
        _movements,
    ),
}  # fmt: skip
"""The fact tables that the catalogue's recurring metrics count."""
