"""The terms of a plan in words: how a component pays, what limits it, what stands beside and behind it."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from revops.incentives.plans import Component, Plan
from revops.incentives.reasons import rate as rate_text
from revops.incentives.scales import units
from revops.incentives.terms import Cap, Tier, text_in
from revops.money import RATE_SCALE
from revops.report.incentives.words import name_of
from revops.workspace import Workspace


def _t(ws: Workspace, key: str, **values: Any) -> str:
    return str(ws.t(f"plans.{key}", **values))


def credited(ws: Workspace, part: Component) -> str:
    """Whose sales count, what of them, over which window: Direct · net revenue when booked · over the quarter."""
    found = [str(ws.t(f"incentives.rule.{part.credit}")), _t(ws, f"basis.{part.basis}")]
    wanted = [value for values in part.where.values() for value in ([values] if isinstance(values, str) else values)]
    found += [ws.words.join([name_of(ws, value) for value in wanted])] if wanted else []
    found += [_t(ws, f"window.{part.window}")] if part.window != "period" else []
    return " · ".join(found)


def scale(ws: Workspace, part: Component, plan: Plan) -> str:
    """How a component pays: each tier with its bound and rate, the points of a curve, the cells of a matrix."""
    if part.rate == "person":
        return _t(ws, "scale.person")
    if part.rate is not None:
        return _t(ws, "scale.flat", rate=_rate(ws, part.rate))
    if part.curve is not None:
        points = [f"{_percent(ws, at)} → {_percent(ws, share)}" for at, share in part.curve]
        return _t(ws, "scale.curve", points=", ".join(points))
    if part.matrix is not None:
        return _t(ws, "scale.matrix", of=name(ws, plan, part.matrix.of))
    steps = ", ".join(f"{_bound(ws, part, tier.start)} → {_tier(ws, tier)}" for tier in part.tiers or [])
    return _t(ws, f"scale.{part.scale}", steps=steps)


def limits(ws: Workspace, part: Component, plan: Plan) -> Iterator[str]:
    """What stands before or after the scale: threshold, windfall, hurdle, multiplier, cap."""
    if part.threshold is not None:
        yield _t(ws, "limit.threshold", at=_bound(ws, part, part.threshold))
    if part.windfall is not None:
        over = ws.words.number(float(part.windfall.over)) if part.counts else _amount(ws, part.windfall.over)
        rate = _rate(ws, part.windfall.rate) if part.windfall.rate is not None else ""
        share = _percent(ws, part.windfall.quota_share) if part.windfall.quota_share is not None else ""
        yield _t(ws, f"limit.windfall_{part.windfall.treat}", over=over, rate=rate, share=share)
    if part.hurdle is not None:
        below, most = _percent(ws, part.hurdle.below), _percent(ws, part.hurdle.limit)
        yield _t(ws, "limit.hurdle", of=name(ws, plan, part.hurdle.of), below=below, limit=most)
    if part.multiplier is not None:
        steps = ", ".join(f"{_percent(ws, one.start)} → {_times(ws, one.times)}" for one in part.multiplier.tiers)
        yield _t(ws, "limit.multiplier", of=name(ws, plan, part.multiplier.of), steps=steps)
    if part.cap is not None:
        yield _t(ws, "limit.cap", most=_cap(ws, part.cap))


def beside(ws: Workspace, plan: Plan) -> Iterator[str]:
    """What a plan has beside its components: objectives, spiffs, cap, draw, clawback, hold, payment cap, currency."""
    if plan.objectives:
        yield _t(ws, "beside.objectives", amount=_amount(ws, plan.objectives.target))
    for spiff in plan.spiffs:
        yield _t(ws, "beside.spiff", name=text_in(spiff.name, ws.language), end=ws.words.date(spiff.end_on))
    if plan.cap:
        yield _t(ws, "beside.cap", most=_cap(ws, plan.cap))
    if plan.draw:
        yield _t(ws, f"beside.{plan.draw.kind}", amount=_amount(ws, plan.draw.amount))
    if plan.clawback:
        yield _t(ws, f"beside.clawback_{plan.clawback.by}")
    if plan.hold:
        yield _t(ws, "beside.hold")
    if plan.payment_cap:
        kind = "carry" if plan.payment_cap.carry else "lost"
        yield _t(ws, f"beside.payment_cap_{kind}", most=_amount(ws, plan.payment_cap.amount))
    if plan.proration.ramp:
        yield _t(ws, "beside.ramp", months=ws.words.count(len(plan.proration.ramp)))
    if plan.pay_currency:
        yield _t(ws, "beside.currency", currency=plan.pay_currency)


def name(ws: Workspace, plan: Plan, key: str) -> str:
    """The name of the component that a key means."""
    return next((text_in(part.name, ws.language) for part in plan.components if part.key == key), key)


def _tier(ws: Workspace, tier: Tier) -> str:
    if tier.rate is not None:
        return _rate(ws, tier.rate)
    if tier.times is not None:
        return _times(ws, tier.times)
    if tier.each is not None:
        return _t(ws, "scale.each", amount=_amount(ws, tier.each))
    return _amount(ws, tier.pay or Decimal(0))


def _bound(ws: Workspace, part: Component, bound: Decimal) -> str:
    if part.bounds == "quota":
        return _percent(ws, bound)
    return ws.words.number(float(bound)) if part.counts else _amount(ws, bound)


def _cap(ws: Workspace, cap: Cap) -> str:
    if cap.amount is not None:
        return _amount(ws, cap.amount)
    return _t(ws, "limit.target", times=_times(ws, cap.times_target or Decimal(0)))


def _rate(ws: Workspace, rate: int) -> str:
    return rate_text(ws.words, Fraction(rate, RATE_SCALE))


def _percent(ws: Workspace, share: Decimal) -> str:
    return rate_text(ws.words, Fraction(share))


def _times(ws: Workspace, times: Decimal) -> str:
    digits = max(0, -int(times.normalize().as_tuple().exponent))
    return f"{ws.words.number(float(times), digits)}×"


def _amount(ws: Workspace, amount: Decimal) -> str:
    return ws.words.money(int(units(amount, ws.company.money_decimals)))
