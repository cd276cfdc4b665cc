"""What one component's credit earns: rate, tiers, curve, matrix, threshold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .numbers import ONE, ZERO, clean, number

Terms = dict[str, Any]


def scale_amount(part: Terms, credit: Decimal, quota: Decimal | None, target: Decimal, rate: Decimal | None) -> Decimal:
    """What a credit earns on the component's own scale, unrounded; `rate` is the one stored with the person."""
    unit = quota if part.get("curve") or part.get("bounds") == "quota" else ONE
    if part.get("threshold") is not None and clean(credit / unit) < number(part["threshold"]):
        return ZERO
    if part.get("curve"):
        return _on_curve(part["curve"], clean(credit / unit)) * target
    if part.get("tiers"):
        return _on_tiers(part, credit, unit, target)
    own = rate if part["rate"] == "person" else number(part["rate"])
    return credit * own


def _on_tiers(part: Terms, credit: Decimal, unit: Decimal, target: Decimal) -> Decimal:
    tiers = part["tiers"]
    if credit < 0:
        return credit * _each(tiers[0], unit, target)
    if part["scale"] == "whole":
        return credit * _each(_reached(tiers, clean(credit / unit)), unit, target)
    earned = ZERO
    for tier in tiers:
        low, high = number(tier["from"]) * unit, tier.get("to")
        top = credit if high is None else min(credit, number(high) * unit)
        if top > low:
            earned += (top - low) * _each(tier, unit, target)
    return earned


def _reached(tiers: Sequence[Terms], at: Decimal) -> Terms:
    return [tier for tier in tiers if number(tier["from"]) <= at][-1]


def _each(tier: Terms, unit: Decimal, target: Decimal) -> Decimal:
    """What one more unit of credit earns inside a tier."""
    if tier.get("rate") is not None:
        return number(tier["rate"])
    if tier.get("each") is not None:
        return number(tier["each"])
    if tier.get("times") is not None:
        return target * number(tier["times"]) / unit
    if tier.get("to") is None:
        return ZERO
    return number(tier["pay"]) / ((number(tier["to"]) - number(tier["from"])) * unit)


def _on_curve(points: Sequence[Sequence[Any]], at: Decimal) -> Decimal:
    known = [(number(x), number(y)) for x, y in points]
    if at < known[0][0]:
        (x0, y0), (x1, y1) = known[:2]
        return at * (y1 - y0) / (x1 - x0) if x0 == 0 else ZERO
    (x0, y0), (x1, y1) = next(
        (pair for pair in zip(known, known[1:], strict=False) if at < pair[1][0]), (known[-2], known[-1])
    )
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


def matrix_amount(matrix: Terms, own: Decimal, other: Decimal, target: Decimal) -> Decimal:
    """The share of the target where the row of the own attainment meets the column of the other's; below 0 nothing."""
    if own < 0:
        return ZERO
    row = _last_reached(matrix["rows"], own)
    return number(matrix["pays"][row][_last_reached(matrix["columns"], other)]) * target


def _last_reached(bounds: Sequence[Any], at: Decimal) -> int:
    return max([i for i, bound in enumerate(bounds) if number(bound) <= at], default=0)
