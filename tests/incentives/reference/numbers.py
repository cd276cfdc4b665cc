"""Decimals of fifty digits: reading, rounding half away from zero, sharing out by largest remainder."""

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps
from typing import Any

FIFTY = Context(prec=50, rounding=ROUND_HALF_UP)
CLEAN = Decimal("1e-30")
ZERO, ONE = Decimal(0), Decimal(1)


def in_fifty_digits(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, counting with fifty digits whatever its caller counts with."""

    @wraps(function)
    def counted(*args: Any, **kwargs: Any) -> Any:
        with localcontext(FIFTY):
            return function(*args, **kwargs)

    return counted


def number(value: Any) -> Decimal:
    """'60%' as 0.6, everything else as it reads."""
    text = str(value).strip()
    return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)


def clean(value: Decimal) -> Decimal:
    """A result without the dust of a division: a third of three is one again, and lies on its bound."""
    return value.quantize(CLEAN).normalize() + 0


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Half away from zero, after the dust is gone."""
    return clean(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def share_out(amount: Decimal, weights: Sequence[Decimal], places: int = 2) -> list[Decimal]:
    """Parts of an amount by weight that sum to it: largest remainder, first of equals, the amount's sign."""
    step, total = Decimal(1).scaleb(-places), sum(weights, ZERO)
    exact = [clean(abs(amount) * weight / total) for weight in weights]
    parts = [part.quantize(step, rounding=ROUND_DOWN) for part in exact]
    left = int((abs(amount) - sum(parts, ZERO)) / step)
    for i in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[:left]:
        parts[i] += step
    return [part.copy_sign(amount) if part else ZERO for part in parts]


def to_sum(parts: Sequence[Decimal], total: Decimal, places: int = 2) -> list[Decimal]:
    """Every part in whole cents, so that all sum to a total: cut towards zero, then the largest remainders."""
    step = Decimal(1).scaleb(-places)
    cut = [clean(part).quantize(step, rounding=ROUND_DOWN) for part in parts]
    left = int((total - sum(cut, ZERO)) / step)
    sign = 1 if left > 0 else -1
    ranked = sorted(range(len(cut)), key=lambda i: (-sign * (clean(parts[i]) - cut[i]), i))
    for i in ranked[: abs(left)]:
        cut[i] += sign * step
    return cut
