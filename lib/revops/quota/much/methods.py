"""The ways to say how much: each gives an exact number from what is known, rounded once by `rounded`.

A number is a Fraction, so that a blend of methods rounds once, half away from zero. A root is irrational: the trend
takes it to fifty digits before that one rounding. Three years of 900k, 1.0m and 1.2m, in cents:

>>> years = [90_000_000, 100_000_000, 120_000_000]
>>> rounded(mean(years)), rounded(weighted_mean(years, [1, 2, 3]))
(103333333, 108333333)
>>> rounded(trend(years)), rounded(line(years))
(138564065, 133333333)
>>> rounded(mean_growth(years)), rounded(total(years))
(138666667, 310000000)
>>> rounded(last_year(1_200_000, rate_units("8%"))), rounded(market(1_200_000, rate_units("5%"), rate_units("2%")))
(1296000, 1285200)
>>> rounded(of_potential(5_000_000, rate_units("25%")))
1250000
>>> rounded(blended([(Fraction(100), rate_units("60%")), (Fraction(200), rate_units("40%"))]))
140
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from revops.money import RATE_SCALE, rate_units, round_ratio

DIGITS = 50
__all__ = ["blended", "last_year", "line", "market", "mean", "mean_growth", "of_potential", "rate_units", "rounded",
           "total", "trend", "weighted_mean"]  # fmt: skip


class Undefined(ValueError):
    """The years do not allow the method; the message is the key of the reason."""


def rounded(amount: Fraction) -> int:
    """The one rounding of a top number: half away from zero."""
    return round_ratio(amount.numerator, amount.denominator)


def last_year(amount: int, growth: int) -> Fraction:
    """Last year × (1 + growth); growth in billionths."""
    return amount * _more(growth)


def mean(years: Sequence[int]) -> Fraction:
    """The plain mean of the years."""
    return Fraction(sum(years), len(years))


def weighted_mean(years: Sequence[int], weights: Sequence[int]) -> Fraction:
    """The mean of the years by weights, oldest first: 1:2:3 leans on the last."""
    return Fraction(sum(amount * weight for amount, weight in zip(years, weights, strict=True)), sum(weights))


def trend(years: Sequence[int]) -> Fraction:
    """The last year × the yearly growth that leads from the first year to it (CAGR). Undefined unless both are > 0."""
    if len(years) < 2 or years[0] <= 0 or years[-1] <= 0:
        raise Undefined("needs_positive_years")
    with localcontext(prec=DIGITS):
        growth = (Decimal(years[-1]) / Decimal(years[0])) ** (Decimal(1) / (len(years) - 1))
    return years[-1] * Fraction(growth)


def line(years: Sequence[int]) -> Fraction:
    """The next point of the straight line through the years (least squares).

    >>> line([1, 2, 3])
    Fraction(4, 1)
    """
    count = len(years)
    if count < 2:
        raise Undefined("needs_two_years")
    middle = Fraction(count - 1, 2)
    slope = sum((i - middle) * amount for i, amount in enumerate(years)) / sum((i - middle) ** 2 for i in range(count))
    return mean(years) + Fraction(slope) * (count - middle)


def mean_growth(years: Sequence[int]) -> Fraction:
    """The last year × (1 + the mean of the growths from each year to the next): three years have two growths."""
    if len(years) < 2 or min(years[:-1]) <= 0:
        raise Undefined("needs_positive_years")
    growths = [Fraction(after, before) - 1 for before, after in zip(years, years[1:], strict=False)]
    return years[-1] * (1 + sum(growths, Fraction(0)) / len(growths))


def total(years: Sequence[int]) -> Fraction:
    """The plain sum of the years: how 'the last three years' can be read, far too much as one year's number."""
    return Fraction(sum(years))


def market(amount: int, growth: int, share_gain: int) -> Fraction:
    """Last year × (1 + growth of the market) × (1 + gain in share of it); both in billionths."""
    return amount * _more(growth) * _more(share_gain)


def of_potential(potential: int | Fraction, share: int) -> Fraction:
    """What the accounts could buy in a year × the share of it that is aimed at, in billionths."""
    return Fraction(potential) * share / RATE_SCALE


def blended(parts: Sequence[tuple[Fraction, int]]) -> Fraction:
    """Several methods' numbers by weights in billionths that sum to 1."""
    return sum((amount * Fraction(weight, RATE_SCALE) for amount, weight in parts), Fraction(0))


def _more(rate: int) -> Fraction:
    return 1 + Fraction(rate, RATE_SCALE)
