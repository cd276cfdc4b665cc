"""Clawbacks: what a return takes back of the pay for its sale, whole or what has not vested yet.

`original`: the returned part of what the sale's own lines were paid, after all stages. 4,000 that were sold at 5 %:

>>> at_original([Sold(Fraction(4_000), Fraction(200))], Fraction(4_000))
Fraction(200, 1)

`recomputed`: what the sale's window pays, less what it would pay without the returned credit. Of 120,000 at a quota of
100,000 (5 % below, 8 % above) 10,000 come back: 6,600 − 5,800 = 800.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True)
class Sold:
    """A sold line as it was credited to a person, and what it was paid, exact."""

    credit: Fraction
    pay: Fraction


def at_original(lines: Sequence[Sold], returned: Fraction) -> Fraction:
    """The returned part of what the lines were paid; nothing where nobody was credited."""
    sold = sum((line.credit for line in lines), Fraction(0))
    return sum((line.pay for line in lines), Fraction(0)) * returned / sold if sold else Fraction(0)


def whole_months(start: date, end: date) -> int:
    """Whole months from one day to another.

    >>> whole_months(date(2026, 1, 15), date(2026, 2, 14)), whole_months(date(2026, 1, 15), date(2026, 2, 15))
    (0, 1)
    """
    return 12 * (end.year - start.year) + end.month - start.month - (end.day < start.day)


def unvested(sold_on: date, returned_on: date, months: int | None) -> Fraction:
    """The share that is taken back: 1 − whole months kept ÷ months, all where nothing vests.

    >>> unvested(date(2026, 1, 15), date(2026, 7, 20), 12)
    Fraction(1, 2)
    """
    if months is None:
        return Fraction(1)
    return max(Fraction(0), 1 - Fraction(whole_months(sold_on, returned_on), months))
