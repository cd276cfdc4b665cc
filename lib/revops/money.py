"""Exact money: whole numbers inside, named rounding, splits that sum back.

An amount is an integer count of the company's smallest unit, `10 ** -money_decimals` of its currency
(VND has 0 decimals, USD 2, a source with finer amounts more). A price is an integer count of 1/10,000 of
the currency, a rate or share an integer count of one billionth. Nothing here is a binary float.

The one rounding is *half away from zero*, so that a return cancels its sale exactly:

>>> round_ratio(5, 2), round_ratio(-5, 2)
(3, -3)
>>> split(10001, [60, 40])
[6001, 4000]
>>> split(10000, [1, 1, 1]), split(-10000, [1, 1, 1])
([3334, 3333, 3333], [-3334, -3333, -3333])
"""

from collections.abc import Hashable, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any

import polars as pl

PRICE_SCALE = 10_000
RATE_SCALE = 1_000_000_000
_MAX = 2**63 - 1
_EXACT = Context(prec=60, traps=[Inexact])


def round_ratio(numerator: int, denominator: int) -> int:
    """The quotient of two integers, rounded half away from zero.

    >>> round_ratio(66666, 100), round_ratio(-150, 100), round_ratio(149, 100)
    (667, -2, 1)
    """
    if denominator == 0:
        raise ZeroDivisionError("a ratio with denominator 0 is undefined: decide the case before rounding")
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def to_units(value: str | int | Decimal, decimals: int) -> int:
    """A decimal number as a whole count of 10 ** -decimals; a finer number is refused, never rounded.

    >>> to_units("1234.50", 2), to_units(Decimal("-3"), 0)
    (123450, -3)
    >>> to_units("0.015", 2)
    Traceback (most recent call last):
        ...
    ValueError: 0.015 is finer than 2 decimals
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a decimal number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a decimal number")
    try:
        scaled = number.scaleb(decimals, _EXACT)
    except Inexact:
        raise ValueError(f"{value} has more digits than money can hold") from None
    if scaled.copy_abs() > _MAX:
        raise OverflowError(f"{value} with {decimals} decimals does not fit 64 bits")
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} is finer than {decimals} decimals")
    return int(scaled)


def to_decimal(units: int, decimals: int) -> Decimal:
    """A whole count of 10 ** -decimals as an exact decimal number.

    >>> to_decimal(123450, 2)
    Decimal('1234.50')
    """
    return Decimal(units).scaleb(-decimals)


def rate_units(value: str | int | float | Decimal) -> int:
    """A rate or share as a whole count of one billionth. Reads 0.012 (also a YAML float) and '1.2%'.

    >>> rate_units("1.2%"), rate_units(0.012), rate_units("1")
    (12000000, 12000000, 1000000000)
    """
    text = str(value).strip()
    if text.endswith("%"):
        return to_units(text[:-1].strip(), 7)
    return to_units(text, 9)


def apply_rate(amount: int, rate: int) -> int:
    """amount × rate, rounded half away from zero once. `rate` counts billionths.

    >>> apply_rate(4_000, rate_units("5%"))
    200
    """
    return round_ratio(amount * rate, RATE_SCALE)


def split(amount: int, weights: Sequence[int | Fraction], keys: Sequence[Hashable] | None = None) -> list[int]:
    """Parts of `amount` in proportion to `weights`, each within one unit of its exact share, summing to `amount`.

    Largest remainder; ties go to the smallest key (by default the position), so the result does not depend on
    the order of rows when keys are given. Symmetric in sign. Weights are not negative and not all zero.

    >>> split(100, [1, 1, 1], keys=["b", "c", "a"])
    [33, 33, 34]
    >>> split(7, [0, 0])
    Traceback (most recent call last):
        ...
    ValueError: cannot split 7 over weights that are all zero
    """
    order = list(range(len(weights))) if keys is None else list(keys)
    if len(set(order)) != len(weights):
        raise ValueError("split needs one distinct key for each weight")
    if any(weight < 0 for weight in weights):
        raise ValueError("split weights must not be negative")
    exact_weights = [Fraction(weight) for weight in weights]
    total = sum(exact_weights, Fraction(0))
    if total == 0:
        raise ValueError(f"cannot split {amount} over weights that are all zero")
    size = abs(amount)
    shares = [size * weight / total for weight in exact_weights]
    parts = [share.numerator // share.denominator for share in shares]
    left = size - sum(parts)
    ranked = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], order[i]))
    for i in ranked[:left]:
        parts[i] += 1
    return parts if amount >= 0 else [-part for part in parts]


def times_rate(amount: pl.Expr, rate: pl.Expr, scale: int | pl.Expr = RATE_SCALE) -> pl.Expr:
    """amount × rate ÷ scale over polars columns, rounded half away from zero once, computed in 128 bits.

    >>> pl.DataFrame({"a": [4000], "r": [50_000_000]}).select(times_rate(pl.col("a"), pl.col("r"))).item()
    200
    """
    product = amount.cast(pl.Int128) * rate.cast(pl.Int128)
    size = ((product.abs() * 2 + scale) // (2 * scale)).cast(pl.Int64)
    return pl.when(product < 0).then(-size).otherwise(size)


def less_cost(net_amount: Any, cost_units: Any, money_decimals: int) -> Any:
    """Money less standard cost (1/10,000 of the currency), in 1/10,000 of the money's unit: of numbers or of columns.

    >>> less_cost(1_600_000, 2_200_000, 0)
    15997800000
    """
    return net_amount * PRICE_SCALE - cost_units * 10**money_decimals
