"""Windfalls: orders whose credits in the window pass a size, and what their treatment adds or takes away.

Carved out, or under review, they are not in the measure; `part` leaves them in it and takes off the scale what lies
beyond a share of the quota.
"""

from fractions import Fraction

from revops.incentives import scales
from revops.incentives.plans import Component
from revops.incentives.windows import Stretch, Sum
from revops.money import RATE_SCALE


def counted(part: Component, credit: int) -> Fraction:
    """A credit × the component's factor."""
    return Fraction(credit * part.factor, RATE_SCALE)


def large(stretch: Stretch, at: Sum) -> dict[str, int]:
    """The orders that are windfalls, with their credits."""
    rule = stretch.component.windfall
    if rule is None:
        return {}
    over = Fraction(rule.over) * scales.one_unit(stretch.component, stretch.decimals)
    return {order: part for order, part in sorted(at.deals.items()) if counted(stretch.component, part) > over}


def off_scale(stretch: Stretch, at: Sum) -> dict[str, int]:
    """Those that are out of measure and scale."""
    rule = stretch.component.windfall
    return large(stretch, at) if rule and rule.treat in ("carve_out", "review") else {}


def added(stretch: Stretch, at: Sum, scale: scales.Scale, on_scale: Fraction) -> Fraction:
    """What the treatment adds to what the credits on the scale earn, or takes from it."""
    part, rule = stretch.component, stretch.component.windfall
    if rule is None or rule.treat not in ("carve_out", "part"):
        return Fraction(0)
    deals = [counted(part, amount) for amount in large(stretch, at).values()]
    rate = Fraction(rule.rate or 0, RATE_SCALE)
    if rule.treat == "carve_out":
        return sum(deals, Fraction(0)) * rate
    most = Fraction(rule.quota_share or 0) * (stretch.quota or 0)
    beyond = sum((deal - min(deal, most) for deal in deals), Fraction(0))
    return scale.earned(on_scale - beyond) - scale.earned(on_scale) + beyond * rate


def told(stretch: Stretch, at: Sum) -> dict[str, object]:
    """The figures of it: how they are treated, which orders, how many, how much, and the plan's terms for them."""
    found, rule = large(stretch, at), stretch.component.windfall
    if rule is None:
        return {}
    unit = scales.one_unit(stretch.component, stretch.decimals)
    return {
        "how": rule.treat,
        "orders": ", ".join(found),
        "count": len(found),
        "deal_amount": scales.rounded(counted(stretch.component, sum(found.values()))),
        "over_amount": scales.rounded(Fraction(rule.over) * unit),
        "quota_share": None if rule.quota_share is None else Fraction(rule.quota_share),
        "rate_rate": None if rule.rate is None else Fraction(rule.rate, RATE_SCALE),
    }
