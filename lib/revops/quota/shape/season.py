"""The shape of a year: how much of it each calendar month usually brings.

A shape weighs the twelve calendar months; a day weighs its month's weight ÷ the month's days. Pace, projection and
the months of a quota all come from it, so that a weak January is not called a miss.

>>> quarter = Shape((8, 9, 10, 13, 0, 0, 0, 0, 0, 0, 0, 0))
>>> quarter.spread(1_000_000, [date(2026, month, 1) for month in (1, 2, 3, 4)])
[200000, 225000, 250000, 325000]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import polars as pl

from revops.money import split
from revops.periods import add_months, months_between


@dataclass(frozen=True)
class Shape:
    """Weights of January to December, none negative. `is_flat`: no past year told, all months alike."""

    weights: tuple[int, ...]
    is_flat: bool = False

    def weight(self, start: date, end: date) -> Fraction:
        """The weight of the days [start, end): whole months their weight, parts of a month by days."""
        return sum((self._part(month, start, end) for month in months_between(start, end)), Fraction(0))

    def _part(self, month: date, start: date, end: date) -> Fraction:
        after = add_months(month, 1)
        days = (min(end, after) - max(start, month)).days
        return Fraction(self.weights[month.month - 1] * days, (after - month).days)

    def share(self, start: date, cut: date, end: date) -> Fraction:
        """The share of [start, end) that has usually come by `cut`, from 0 to 1.

        >>> LEVEL.share(date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1))
        Fraction(1, 2)
        """
        cut = max(start, min(cut, end))
        whole = self.weight(start, end)
        return self.weight(start, cut) / whole if whole else Fraction((cut - start).days, max(1, (end - start).days))

    def spread(self, amount: int, months: Sequence[date], step: int = 1) -> list[int]:
        """`amount` over `months` by their weights, in multiples of `step`, summing to `amount` exactly."""
        weights = [self.weights[month.month - 1] for month in months]
        if not any(weights):
            weights = [1] * len(months)
        whole, rest = divmod(abs(amount), step)
        parts = [step * part for part in split(whole, weights, keys=list(months))]
        parts[weights.index(max(weights))] += rest
        return parts if amount >= 0 else [-part for part in parts]


LEVEL = Shape((1,) * 12, is_flat=True)


def seasonality(months: pl.DataFrame, start: date, end: date) -> dict[str | None, Shape]:
    """product_group → Shape from the whole years [start, end); the key null is the shape of everything together.

    `months` has one row per month_on and product_group with `amount`. A month that lost money weighs 0. Where the
    range is empty or brought nothing, the shape is flat and says so.
    """
    inside = months.filter((pl.col("month_on") >= start) & (pl.col("month_on") < end))
    sums = inside.group_by(pl.col("month_on").dt.month().alias("month"), "product_group").agg(pl.col("amount").sum())
    shapes: dict[str | None, Shape] = {
        None: _shape(dict(sums.group_by("month").agg(pl.col("amount").sum()).iter_rows()))
    }
    for group in sorted(sums["product_group"].drop_nulls().unique()):
        own = sums.filter(pl.col("product_group") == group).select("month", "amount")
        shapes[group] = _shape(dict(own.iter_rows()))
    return shapes


def _shape(amounts: Mapping[int, int]) -> Shape:
    weights = tuple(max(0, amounts.get(month, 0)) for month in range(1, 13))
    return Shape(weights) if any(weights) else LEVEL
