"""Exact whole numbers over the columns of any engine: quotients, shares, ratios, without a binary fraction in a result.

`//` is a division of doubles on some engines, so nothing else divides. Products stay in 64 bits by cutting the amount
at the rate's scale; what needs more is cast to `wide` by the caller.
"""

from typing import Any

import narwhals.stable.v2 as nw

from revops.money import RATE_SCALE


def quotient(numerator: Any, denominator: Any) -> Any:
    """⌊numerator ÷ denominator⌋ of columns, numerator ≥ 0, denominator > 0, result below 2**51.

    Without its remainder the numerator divides evenly, so that the nearest whole number of the double is the quotient.

    >>> import polars as pl
    >>> numbers = nw.from_native(pl.DataFrame({"n": [7, 8_999_999_999_999_999_999], "d": [2, 10_000]}))
    >>> numbers.select(q=quotient(nw.col("n"), nw.col("d")))["q"].to_list()
    [3, 899999999999999]
    """
    return ((numerator - numerator % denominator) / denominator).round().cast(nw.Int64)


def share_of(amount: Any, share: Any) -> Any:
    """amount × share of columns, share in billionths from 0 to 1: rounded half away from zero once.

    >>> import polars as pl
    >>> lines = nw.from_native(pl.DataFrame({"a": [5, -5, 9_000_000_000_000], "s": [500_000_000] * 3}))
    >>> lines.select(part=share_of(nw.col("a"), nw.col("s")))["part"].to_list()
    [3, -3, 4500000000000]
    """
    whole, rest = cut(amount.abs(), share)
    size = whole + quotient(2 * rest + RATE_SCALE, 2 * RATE_SCALE)
    return nw.when(amount < 0).then(-size).otherwise(size)


def cut(size: Any, share: Any) -> tuple[Any, Any]:
    """size × share as whole units and a rest in billionths that is below 10**18: size ≥ 0, share up to 1."""
    low = size % RATE_SCALE
    return quotient(size, nw.lit(RATE_SCALE)) * share, low * share


def ratio(part: Any, whole: Any) -> Any:
    """part ÷ whole of columns in billionths, cut, between 0 and 1; whole below 10**15, 0 ≤ part.

    Anything over nothing is 1, nothing is 0: what is not owed is paid.

    >>> import polars as pl
    >>> paid = nw.from_native(pl.DataFrame({"p": [5_000, 999_999_999_999, 3, 0, 7], "w": [10_000, 10**12, 2, 0, 0]}))
    >>> paid.select(share=ratio(nw.col("p"), nw.col("w")))["share"].to_list()
    [500000000, 999999999, 1000000000, 0, 1000000000]
    """
    digits, rest, safe = part * 0, part, nw.when(whole > 0).then(whole).otherwise(nw.lit(1))
    for _ in range(3):
        digits, rest = digits * 1000 + quotient(rest * 1000, safe), rest * 1000 % safe
    return nw.when(part <= 0).then(nw.lit(0)).when(part >= whole).then(nw.lit(RATE_SCALE)).otherwise(digits)
