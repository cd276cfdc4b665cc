"""The season of a year: how much of it each month usually brings, Tết standing where it falls.

Months are weighed as if no feast fell into them, and days by their distance to Tết; a month of a given year weighs its
level × the mean weight of its days. So the weeks before Tết lift January in a year of an early Tết and February in a
year of a late one, whichever months history saw them in. Pace, projection and the months of a quota all come from it,
so that a weak month is not called a miss.

>>> quarter = Shape((8, 9, 10, 13, 0, 0, 0, 0, 0, 0, 0, 0))
>>> quarter.spread(1_000_000, [date(2026, month, 1) for month in (1, 2, 3, 4)])
[200000, 225000, 250000, 325000]
>>> fair = Shape((1,) * 12, tet=feast({day: 2 for day in range(1, 29)}))    # twice as much in the four weeks before
>>> [round(float(weight), 2) for weight in fair.of([date(2025, 1, 1), date(2025, 2, 1)])]    # Tết on 29 January
[1.9, 1.0]
>>> [round(float(weight), 2) for weight in fair.of([date(2026, 1, 1), date(2026, 2, 1)])]    # on 17 February
[1.39, 1.57]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

import numpy as np
import polars as pl

from revops.holidays import SEASON, days_to_tet
from revops.money import round_ratio, split
from revops.periods import add_months, months_between

FINE = 1_000_000  # one ordinary day
AWAY = range(1 - SEASON[1], SEASON[0] + 1)  # days to mùng 1, above 0 before it, on which Tết makes or stops sales
TURNS = 20
Feast = tuple[int, ...]


@dataclass(frozen=True)
class Shape:
    """Levels of January to December without feasts, none negative, and what Tết makes of the days around it.

    `tet`: the weight of each day of `AWAY`, in millionths of an ordinary day's; empty: no feast.
    """

    weights: tuple[int, ...]
    tet: Feast = ()

    def of(self, months: Sequence[date]) -> list[Fraction]:
        """The weight of each whole month."""
        return [self.weight(month, add_months(month, 1)) for month in months]

    def weight(self, start: date, end: date) -> Fraction:
        """The weight of the days [start, end): whole months their weight, parts of a month by their days."""
        return sum((self._part(month, start, end) for month in months_between(start, end)), Fraction(0))

    def _part(self, month: date, start: date, end: date) -> Fraction:
        after = add_months(month, 1)
        weight = days_weight(max(start, month), min(end, after), self.tet)
        return Fraction(self.weights[month.month - 1] * weight, FINE * (after - month).days)

    def share(self, start: date, cut: date, end: date) -> Fraction:
        """The share of [start, end) that has usually come by `cut`, from 0 to 1.

        >>> LEVEL.share(date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1))
        Fraction(1, 2)
        """
        cut = max(start, min(cut, end))
        whole = self.weight(start, end)
        return self.weight(start, cut) / whole if whole else Fraction((cut - start).days, max(1, (end - start).days))

    def spread(self, amount: int, months: Sequence[date], step: int = 1) -> list[int]:
        """`amount` over `months` by their weights, in multiples of `step`, summing to `amount` exactly.

        What no step divides stands in the month of the largest weight.
        """
        weights = self.of(months)
        if not any(weights):
            weights = [Fraction(1)] * len(months)
        whole, rest = divmod(abs(amount), step)
        parts = [step * part for part in split(whole, weights, keys=list(months))]
        parts[weights.index(max(weights))] += rest
        return parts if amount >= 0 else [-part for part in parts]


LEVEL = Shape((1,) * 12)


@cache
def days_weight(start: date, end: date, tet: Feast) -> int:
    """The weight of the days [start, end) by their distance to Tết, in millionths of an ordinary day."""
    if not tet:
        return FINE * (end - start).days
    away = (days_to_tet(start + timedelta(days=day)) for day in range((end - start).days))
    return sum(tet[far - AWAY[0]] if far in AWAY else FINE for far in away)


def feast(weights: Mapping[int, float]) -> Feast:
    """`Shape.tet` from weights by days to Tết (above 0: before it), 1 where none is given; () where there is none."""
    return tuple(max(0, round(FINE * weights.get(away, 1.0))) for away in AWAY) if weights else ()


def feast_of(days: pl.DataFrame) -> Feast:
    """What Tết makes of the days around it, from the days (moved_on, amount) of every Tết season that is whole.

    A distance to Tết weighs what its days brought ÷ what their calendar months usually bring on a day, and a calendar
    month brings its amount ÷ the weights of its days: the two are found in turns, so that a strong December is not
    taken for Tết, nor Tết for a strong January.
    """
    daily = days.group_by("moved_on").agg(pl.col("amount").sum()).sort("moved_on")
    if not daily.height:
        return ()
    known = daily.upsample("moved_on", every="1d").with_columns(pl.col("amount").fill_null(0))
    away = np.array([days_to_tet(day) for day in known["moved_on"]])
    whole = np.flatnonzero(away == AWAY[-1])
    whole = whole[whole + len(AWAY) <= known.height]
    if not len(whole):
        return ()
    season = whole[:, None] + np.arange(len(AWAY))[None, ::-1]
    amounts, month = known["amount"].to_numpy().astype(float), known["moved_on"].dt.month().to_numpy() - 1
    weights = np.ones(known.height)
    for _ in range(TURNS):
        level = np.bincount(month, amounts, 12) / np.maximum(np.bincount(month, weights, 12), 1 / FINE)
        usual = level[month[season]].sum(axis=0)
        found = np.divide(amounts[season].sum(axis=0), usual, out=np.ones(len(AWAY)), where=usual > 0)
        weights[season] = found
    return feast(dict(zip(AWAY, found.tolist(), strict=True)))


def seasonality(months: pl.DataFrame, start: date, end: date, tet: Feast = ()) -> dict[str | None, Shape]:
    """product_group → Shape from the whole years [start, end); the key null is the shape of everything together.

    `months` has one row per month_on and product_group with `amount`. A month that lost money weighs 0. Where the
    range is empty or brought nothing, the shape is flat and says so.
    """
    inside = months.filter((pl.col("month_on") >= start) & (pl.col("month_on") < end))
    sums = inside.group_by(pl.col("month_on").dt.month().alias("month"), "product_group").agg(pl.col("amount").sum())
    feasts = {month: _feast_days(month, start, end, tet) for month in range(1, 13)}
    shapes: dict[str | None, Shape] = {
        None: _shape(dict(sums.group_by("month").agg(pl.col("amount").sum()).iter_rows()), feasts, tet)
    }
    for group in sorted(sums["product_group"].drop_nulls().unique()):
        own = sums.filter(pl.col("product_group") == group).select("month", "amount")
        shapes[group] = _shape(dict(own.iter_rows()), feasts, tet)
    return shapes


def _feast_days(month: int, start: date, end: date, tet: Feast) -> Fraction:
    """The mean weight of a day of this calendar month over the years [start, end); 1 is an ordinary day."""
    spans = [(first, add_months(first, 1)) for first in months_between(start, end) if first.month == month]
    days = sum((after - first).days for first, after in spans)
    return Fraction(sum(days_weight(*span, tet) for span in spans), FINE * days) if days else Fraction(1)


def _shape(amounts: Mapping[int, int], feasts: Mapping[int, Fraction], tet: Feast) -> Shape:
    levels = [Fraction(max(0, amounts.get(month, 0))) / (feasts[month] or 1) for month in range(1, 13)]
    weights = tuple(round_ratio(level.numerator, level.denominator) for level in levels)
    return Shape(weights, tet=tet) if any(weights) else LEVEL
