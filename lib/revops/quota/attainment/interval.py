"""Between which amounts a person's year may end: the same projection, made at earlier month-ends, against what came.

A projection is actual ÷ pace. Moved back month by month, the same stretch of days has an outcome that is known by
now; outcome ÷ projection is one of the person's own errors. Of n errors in order, the interval reaches from the
floor((n + 1) ÷ 10)-th smallest to the one as far from the largest: it aims at 80 %, and needs nine.

>>> bounds([Fraction(8 + i, 12) for i in range(9)])
(Fraction(2, 3), Fraction(4, 3))

How often such intervals held is measured: each earlier projection against the errors known on its own day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from revops.periods import months_back
from revops.quota.attainment.spans import Spans, amount_in, earlier, pace
from revops.quota.shape import Shape

LEAST = 9  # errors that an interval of 80 % needs: fewer leave no tenth outside on either side
MOST = 60  # months that errors are sought in


@dataclass(frozen=True)
class Interval:
    """The bounds of outcome ÷ projection, null with `reason`; `held` of `tested` earlier intervals held the outcome."""

    low: Fraction | None
    high: Fraction | None
    reason: str | None
    held: int = 0
    tested: int = 0


def bounds(errors: Sequence[Fraction]) -> tuple[Fraction, Fraction] | None:
    """The smallest and largest error that an interval keeps; None where they are too few."""
    place = (len(errors) + 1) // 10
    ordered = sorted(errors)
    return (ordered[place - 1], ordered[-place]) if place else None


def intervals(
    spans: Mapping[str, Spans], days: pl.DataFrame, since: Mapping[str, date], cut: date,
    shape_on: Callable[[date], Shape],
) -> dict[str, Interval]:  # fmt: skip
    """person_id → Interval of the quota stretches in `spans`, with what is known before the day `cut`.

    `days` as `amount_in` reads them, `since` the first day of each person in their present work that data know,
    `shape_on` the season as it was known on a day. Reasons: complete (all days have come), short_history.
    """
    errors = _errors(spans, days, since, cut, shape_on)
    return {person: _interval(own, cut, errors.get(person, {})) for person, own in spans.items()}


def _interval(spans: Spans, cut: date, errors: Mapping[int, Fraction]) -> Interval:
    wait = _wait(spans, cut)
    found = bounds(list(errors.values()))
    if not wait or found is None:
        return Interval(None, None, "short_history" if wait else "complete")
    known = {back: bounds([error for other, error in errors.items() if other >= back + wait]) for back in errors}
    held = [low <= errors[back] <= high for back, (low, high) in ((b, k) for b, k in known.items() if k)]
    return Interval(*found, None, sum(held), len(held))


def _wait(spans: Spans, cut: date) -> int:
    """How many months the stretches must move back until they end before `cut`; MOST where that is too far."""
    return next((back for back in range(MOST) if months_back(spans[-1][1], back) <= cut), MOST)


def _errors(
    spans: Mapping[str, Spans], days: pl.DataFrame, since: Mapping[str, date], cut: date,
    shape_on: Callable[[date], Shape],
) -> dict[str, dict[int, Fraction]]:  # fmt: skip
    """person_id → months back → outcome ÷ projection; nothing where the projection was not above 0."""
    moved = {own: _moved(own, cut) for own in set(spans.values())}
    rows = [
        {"person_id": person, "back": back, "start_on": start, "end_on": end, "cut_on": max(start, min(end, day))}
        for person, own in spans.items() if person in since
        for back, (day, past) in moved[own].items() if past[0][0] >= since[person]
        for start, end in past
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=ROWS)
    sums = frame.with_columns(whole=amount_in(frame, days), done=amount_in(frame, days, end="cut_on"))
    found: dict[str, dict[int, Fraction]] = {}
    paces: dict[tuple[Spans, int], Fraction] = {}
    for person, back, whole, done in sums.group_by("person_id", "back").agg(pl.col("whole", "done").sum()).iter_rows():
        key = spans[person], back
        if key not in paces:
            day, past = moved[key[0]][back]
            paces[key] = pace(past, day, shape_on(day))
        if done > 0 and paces[key]:
            found.setdefault(person, {})[back] = whole * paces[key] / done
    return found


def _moved(spans: Spans, cut: date) -> dict[int, tuple[date, Spans]]:
    """Months back → the day `cut` and the stretches moved back, where the stretches ended before `cut`."""
    backs = range(_wait(spans, cut) or MOST, MOST)
    return {back: (months_back(cut, back), earlier(spans, back)) for back in backs}


ROWS: dict[str, Any] = {"person_id": pl.String, "back": pl.Int64, "start_on": pl.Date, "cut_on": pl.Date,
                        "end_on": pl.Date}  # fmt: skip
