"""Sources of events that fell silent, or that miss a stretch in between: what is missing there is not nothing sold.

A source is measured by its own longest gap. A stretch without rows is a hole where it is longer than a month and four
times as long as the next longest gap; holes do not count as usual.

>>> usual_gap([1, 3, 2, 92]), usual_gap([30, 31, 58]), usual_gap([])
(3, 58, None)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from revops.company import Source
from revops.problems import Problem

DAYS = {
    "orders": "ordered_on", "returns": "returned_on", "leads": "created_on", "ad_spend": "spent_on",
    "invoices": "issued_on", "sessions": "day_on", "tickets": "opened_at", "opportunity_stage_history": "entered_on",
    "touches": "touched_on",
}  # fmt: skip
LATE_DAYS, HOLE_DAYS, HOLE_TIMES = 7, 31, 4


@dataclass(frozen=True)
class Rhythm:
    """One source's days up to as_of: the last one, days behind, its usual longest gap (None: one day only), holes.

    A hole is the first and the last day that are missing.
    """

    source: str
    last_on: date
    behind: int
    gap: int | None
    holes: list[tuple[date, date]]

    @property
    def is_late(self) -> bool:
        """Whether it lies more than a week behind, and longer than it was ever silent before."""
        return self.behind > max(LATE_DAYS, self.gap or 0)


def rhythms(loaded: Mapping[str, pl.LazyFrame], as_of: date) -> list[Rhythm]:
    """The rhythm of every source of events that has a day up to as_of, by name."""
    days = [
        loaded[name].select("source", pl.col(column).cast(pl.Date).alias("day")).drop_nulls().unique()
        for name, column in DAYS.items()
        if name in loaded
    ]
    if not days:
        return []
    until = pl.concat(days).filter(pl.col("day") <= as_of).unique().collect(engine="streaming")
    seen = until.group_by("source").agg(pl.col("day").sort()).sort("source")
    return [_rhythm(source, found, as_of) for source, found in seen.iter_rows()]


def usual_gap(gaps: Iterable[int]) -> int | None:
    """The longest gap that is no hole."""
    bound = None
    for gap in sorted(gaps):
        if bound is not None and gap > max(HOLE_DAYS, HOLE_TIMES * bound):
            break
        bound = gap
    return bound


def silences(found: list[Rhythm], sources: Mapping[str, Source], as_of: date) -> list[Problem]:
    """A fault for every source that fell silent and for every hole; one for all where all ended together."""
    late = [r for r in found if r.is_late and r.gap is not None and not _has_ended(sources.get(r.source), r)]
    problems = [_all_ended(late, as_of)] if len(late) == len(found) > 1 else [_silent(r, as_of) for r in late]
    return problems + [_hole(r, *hole) for r in found for hole in r.holes]


def _rhythm(source: str, days: list[date], as_of: date) -> Rhythm:
    steps = list(zip(days, days[1:], strict=False))
    gap = usual_gap((b - a).days for a, b in steps)
    one = timedelta(days=1)
    holes = [(a + one, b - one) for a, b in steps if (b - a).days > (gap or 0)]
    return Rhythm(source, days[-1], (as_of - days[-1]).days, gap, holes)


def _has_ended(source: Source | None, rhythm: Rhythm) -> bool:
    return source is not None and source.ended_on is not None and source.ended_on >= rhythm.last_on


def _silent(rhythm: Rhythm, as_of: date) -> Problem:
    return Problem(
        f"source {rhythm.source}",
        f"no row after {rhythm.last_on}, {rhythm.behind} days before {as_of}",
        f"rows up to {as_of}: it was never silent for more than {rhythm.gap} days before",
        f"add the missing export, or set sources.{rhythm.source}.ended_on where the source has ended",
    )


def _all_ended(late: list[Rhythm], as_of: date) -> Problem:
    last = max(rhythm.last_on for rhythm in late)
    names = ", ".join(rhythm.source for rhythm in late)
    return Problem(
        f"sources {names}",
        f"no row after {last}",
        f"rows up to {as_of}",
        f"add the missing exports, or run with --as-of {last}",
    )


def _hole(rhythm: Rhythm, first: date, last: date) -> Problem:
    return Problem(
        f"source {rhythm.source}",
        f"no row from {first} to {last}",
        f"rows in between: it was never silent for more than {rhythm.gap} days otherwise",
        "add the missing export, or confirm that nothing happened",
    )
