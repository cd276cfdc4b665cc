"""Capacity against quota: what the people of next year can bring, ramped or still ramping.

Ten ramped people of 1m each at 85 % and four who bring 37.5 % of it in their first year, against a quota of 9m:

>>> able = capacity([(10, 1_000_000, Fraction(85, 100)), (4, 1_000_000, Fraction(3, 8))])
>>> able, round(able / 9_000_000, 2)
(10000000, 1.11)
"""

from collections.abc import Iterable
from fractions import Fraction

from revops.money import round_ratio


def capacity(people: Iterable[tuple[int, int, Fraction]]) -> int:
    """Σ heads × productivity of a ramped person a year × the share of it that is expected, rounded once."""
    total = sum((heads * amount * share for heads, amount, share in people), Fraction(0))
    return round_ratio(total.numerator, total.denominator)
