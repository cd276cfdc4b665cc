"""One value of a metric: numerator, denominator and, where it is undefined, the reason. Never 0 for 'unknown'.

>>> ratio(4, 10).value, ratio(0, 0).value, ratio(0, 0).reason
(0.4, None, 'no_cases')
>>> price(120_000_000, 40).value, price(5, 0).value
(3000000, None)
>>> growth(80, 100), growth(80, 0), growth(-50, -100)
(-0.2, None, 0.5)
"""

from dataclasses import dataclass

from revops.money import round_ratio


@dataclass(frozen=True)
class Value:
    """A metric's value with what it was made of. `value` is null exactly where `reason` says why.

    Reasons are keys of the catalogue: no_cases (0 in the denominator), no_source (the company has no such table),
    no_history (the data begin later), not_mature.
    """

    value: float | int | None
    numerator: int | None = None
    denominator: int | None = None
    reason: str | None = None


def missing(reason: str) -> Value:
    """An undefined value with its reason."""
    return Value(None, reason=reason)


def amount(value: int) -> Value:
    """A sum of money or a count."""
    return Value(value)


def ratio(numerator: int, denominator: int) -> Value:
    """A share: Σ numerator ÷ Σ denominator; undefined where the denominator is 0."""
    if denominator == 0:
        return Value(None, numerator, denominator, "no_cases")
    return Value(numerator / denominator, numerator, denominator)


def price(money: int, count: int) -> Value:
    """Money for one case, rounded once to the company's unit; undefined where there is no case."""
    if count == 0:
        return Value(None, money, count, "no_cases")
    return Value(round_ratio(money, count), money, count)


def growth(now: float | int | None, before: float | int | None) -> float | None:
    """(now − before) ÷ |before|; null where either is unknown or before is 0."""
    if now is None or not before:
        return None
    return (now - before) / abs(before)


def annual_rate(monthly: float) -> float:
    """A monthly rate of loss as a yearly one: what is lost cannot be lost again.

    >>> round(annual_rate(0.03), 3)
    0.306
    """
    return 1 - (1 - monthly) ** 12
