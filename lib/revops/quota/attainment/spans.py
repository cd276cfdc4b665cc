"""Sums of days inside [start, end): one running sum by person, looked up at both ends, so that many ranges cost little.

>>> sold = pl.DataFrame({"person_id": ["a", "a"], "moved_on": [date(2026, 1, 1), date(2026, 2, 1)], "amount": [5, 7]})
>>> rows = pl.DataFrame({"person_id": ["a", "b"], "start_on": [date(2026, 1, 1)] * 2, "end_on": [date(2026, 2, 1)] * 2})
>>> amount_in(rows, sold).to_list()
[5, 0]
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

import polars as pl

from revops.periods import months_back
from revops.quota.shape import Shape

Spans = tuple[tuple[date, date], ...]


def amount_in(rows: pl.DataFrame, days: pl.DataFrame, start: str = "start_on", end: str = "end_on") -> pl.Series:
    """For each row of `rows` the `amount` of its person_id's `days` from `start` until before `end`, 0 where none."""
    sums = days.group_by("person_id", "moved_on").agg(pl.col("amount").sum()).sort("person_id", "moved_on")
    running = sums.select("person_id", "moved_on", upto=pl.col("amount").cum_sum().over("person_id"))
    return (_upto(rows, running, end) - _upto(rows, running, start)).alias("amount")


def _upto(rows: pl.DataFrame, running: pl.DataFrame, day: str) -> pl.Series:
    """The sum of all days before `day`, in the order of `rows`."""
    asked = rows.select("person_id", pl.col(day).alias("on")).with_row_index("nr").sort("on")
    found = asked.join_asof(
        running.sort("moved_on"), left_on="on", right_on="moved_on", by="person_id", strategy="backward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    return found.sort("nr")["upto"].fill_null(0)


def stretches(quotas: pl.DataFrame) -> pl.DataFrame:
    """One row per person and stretch without a gap, start_on and end_on: quota periods that touch are one."""
    before = pl.col("end_on").cum_max().shift().over("person_id")
    rows = quotas.select("person_id", "start_on", "end_on").sort("person_id", "start_on", "end_on")
    rows = rows.with_columns(new=before.is_null() | (pl.col("start_on") > before))
    nr = pl.col("new").cum_sum().over("person_id")
    ends = rows.group_by("person_id", nr.alias("nr")).agg(pl.col("start_on").min(), pl.col("end_on").max())
    return ends.select("person_id", "start_on", "end_on").sort("person_id", "start_on")


def spans_of(quotas: pl.DataFrame) -> dict[str, Spans]:
    """person_id → stretches of the quota periods, first to last."""
    found: dict[str, list[tuple[date, date]]] = {}
    for person, start, end in stretches(quotas).iter_rows():
        found.setdefault(person, []).append((start, end))
    return {person: tuple(spans) for person, spans in found.items()}


def pace(spans: Iterable[tuple[date, date]], cut: date, shape: Shape) -> Fraction:
    """The season's share of the stretches' days that lies before `cut`; by days where the season weighs nothing."""
    spans = tuple(spans)
    come = [(start, min(end, cut)) for start, end in spans if start < cut]
    whole = sum((shape.weight(*span) for span in spans), Fraction(0))
    if whole:
        return sum((shape.weight(*span) for span in come), Fraction(0)) / whole
    return Fraction(sum((end - start).days for start, end in come), sum((end - start).days for start, end in spans))


def earlier(spans: Spans, months: int) -> Spans:
    """The same stretches so many months before; the 31st becomes the last day of a shorter month."""
    return tuple((months_back(start, months), months_back(end, months)) for start, end in spans)
