"""What quotas would cost: each person's target pay at the company's pay curve.

The curve says which share of the target pay an attainment earns: straight lines between its points, level beyond the
last. It stands for the plans, which are exact to the order and the month; here a year is weighed in one step.

>>> curve = PayCurve.of([["0%", 0], ["80%", "50%"], ["100%", 1], ["150%", 2]])
>>> curve.pay(20_000_000, actual=90, quota=100), curve.pay(20_000_000, actual=125, quota=100)
(15000000, 30000000)
>>> curve.pay(20_000_000, actual=-5, quota=100), curve.pay(20_000_000, actual=900, quota=100)
(0, 40000000)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Self

from revops.money import RATE_SCALE, rate_units, round_ratio
from revops.problems import InputError, Problem


@dataclass(frozen=True)
class PayCurve:
    """Points (attainment, share of target pay), both exact shares, attainment rising from 0, pay never falling."""

    points: tuple[tuple[Fraction, Fraction], ...]

    @classmethod
    def of(cls, pairs: Sequence[Sequence[str | float]]) -> Self | None:
        """The curve of company.yaml's `quota.pay.curve`, None where there is none.

        Raises InputError where it does not start at attainment 0, turns back or falls.
        """
        if not pairs:
            return None
        try:
            points = tuple((_share(attainment), _share(part)) for attainment, part in pairs)
        except (ValueError, OverflowError):
            points = ()
        rises = all(a < b and low <= high for (a, low), (b, high) in pairwise(points))
        if len(points) < 2 or points[0][0] != 0 or points[0][1] < 0 or not rises:
            raise InputError(
                Problem(
                    "company.yaml, quota.pay.curve",
                    str([list(pair) for pair in pairs]),
                    "points [attainment, share of target pay], from attainment 0, attainment rising, pay never falling",
                    "correct the points",
                )
            )
        return cls(points)

    def share(self, attainment: Fraction) -> Fraction:
        """The share of the target pay that an attainment earns; below 0 as at 0."""
        for (low, paid), (high, more) in pairwise(self.points):
            if attainment <= high:
                return paid + (more - paid) * max(Fraction(0), attainment - low) / (high - low)
        return self.points[-1][1]

    def pay(self, target: int | Fraction, actual: int, quota: int) -> int:
        """Target pay × the curve at actual ÷ quota (above 0), rounded once."""
        paid = target * self.share(Fraction(actual, quota))
        return round_ratio(paid.numerator, paid.denominator)


def _share(value: str | float) -> Fraction:
    return Fraction(rate_units(value), RATE_SCALE)
