"""A plan with its terms moved: what finance turns before a draft is written."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from revops.incentives.plans import Component, Plan
from revops.incentives.terms import Tier

LEAST = Decimal("0.01")
"""A bound is never moved to 0 or below."""


@dataclass(frozen=True)
class Moves:
    """What is moved: rates, amounts, shares of the target and caps by a share of themselves; bounds by points."""

    rates: Decimal = Decimal(0)
    bounds: Decimal = Decimal(0)
    cap: Decimal = Decimal(0)


def changed(plan: Plan, moves: Moves) -> Plan:
    """The plan with all its components moved; its own cap moves as theirs do."""
    parts = [part.model_copy(update=_moved(part, moves)) for part in plan.components]
    return plan.model_copy(update={"components": parts, **_cap(plan.cap, moves)})


def _moved(part: Component, moves: Moves) -> dict[str, Any]:
    new: dict[str, Any] = _cap(part.cap, moves)
    if isinstance(part.rate, int):
        new["rate"] = _times(part.rate, moves.rates)
    if part.tiers:
        new["tiers"] = [_tier(tier, part.bounds == "quota", moves) for tier in part.tiers]
    if part.curve:
        new["curve"] = [(_bound(at, moves), share * (1 + moves.rates)) for at, share in part.curve]
    if part.matrix:
        pays = [[share * (1 + moves.rates) for share in row] for row in part.matrix.pays]
        new["matrix"] = part.matrix.model_copy(update={"pays": pays})
    if part.threshold and part.bounds == "quota":
        new["threshold"] = _bound(part.threshold, moves)
    return new


def _tier(tier: Tier, is_share: bool, moves: Moves) -> Tier:
    ways = {name: getattr(tier, name) for name in ("rate", "each", "times", "pay")}
    new: dict[str, Any] = {name: _times(way, moves.rates) for name, way in ways.items() if way is not None}
    if is_share:
        new |= {"start": _bound(tier.start, moves), "to": None if tier.to is None else _bound(tier.to, moves)}
    return tier.model_copy(update=new)


def _times(value: int | Decimal, share: Decimal) -> int | Decimal:
    """A rate stays a whole number of billionths."""
    return value * (1 + share) if isinstance(value, Decimal) else int(round(value * (1 + share)))


def _bound(at: Decimal, moves: Moves) -> Decimal:
    return max(LEAST, at + moves.bounds) if at > 0 else at


def _cap(cap: Any, moves: Moves) -> dict[str, Any]:
    if cap is None:
        return {}
    size = {name: value * (1 + moves.cap) for name in ("amount", "times_target") if (value := getattr(cap, name))}
    return {"cap": cap.model_copy(update=size)}
