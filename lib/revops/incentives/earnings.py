"""Earnings: what one component makes of its credits, step by step, exact until the one rounding.

The order of operations: scale (tiers, curve or matrix) → windfall → hurdle → multiplier → cap. Every step is a function
of the window's credits so far, so a pay period pays what it adds: the total at its end less the total before it. The
months of a window therefore sum to what the window earns, in whatever pieces it is run. A carved-out windfall, and one
that waits for review, are taken out before attainment; everything else counts in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from revops.incentives import scales
from revops.incentives.plans import Component, Plan
from revops.incentives.terms import Text
from revops.incentives.windfalls import added, counted, off_scale, told
from revops.incentives.windows import Span, Stretch, Sum
from revops.money import RATE_SCALE

if TYPE_CHECKING:
    from revops.incentives.payments.items import Item

Figures = Mapping[str, object]
"""What tells the reason: names end in _amount (money units), _share, _rate (Fraction), _on (day); texts by language."""


@dataclass(frozen=True)
class Stage:
    """One step of the order of operations: what the window comes to after it, at the period's end and before it."""

    key: Literal["scale", "column", "windfall", "hurdle", "multiplier", "cap"]
    now: Fraction
    before: Fraction
    figures: Figures = field(default_factory=dict)

    @property
    def amount(self) -> Fraction:
        """What the pay period comes to after it, unrounded."""
        return self.now - self.before

    def rounded(self, step: int) -> int:
        """The same, rounded so that the periods of a window sum to the window rounded."""
        return scales.rounded(self.now, step) - scales.rounded(self.before, step)


@dataclass(frozen=True)
class Payout:
    """What one component pays for a pay period out of one window.

    `credited` are the period's credits on the scale, `before` those of the window before it, both before the factor.
    Lines of the orders in `off_scale` earn nothing on the scale: the windfall pays them, or they wait.
    """

    plan: str
    stretch: Stretch
    before: int
    credited: int
    scale: scales.Scale
    stages: Sequence[Stage]
    attained: Fraction | None
    step: int
    off_scale: frozenset[str] = frozenset()

    @property
    def number(self) -> int:
        """Number of the component in its plan, from 0."""
        return self.stretch.number

    @property
    def component(self) -> Component:
        """The component."""
        return self.stretch.component

    @property
    def window(self) -> Span:
        """Its days [start, end)."""
        return self.stretch.window

    @property
    def quota(self) -> Fraction | None:
        """The window's quota, prorated."""
        return self.stretch.quota

    @property
    def target(self) -> Fraction:
        """The window's target, prorated, in money units."""
        return self.stretch.target

    @property
    def cap(self) -> Fraction | None:
        """The most that it pays in the window, in money units; None without a cap."""
        return cap_of(self.stretch)

    @property
    def credit(self) -> Fraction:
        """The period's credits × factor."""
        return Fraction(self.credited * self.component.factor, RATE_SCALE)

    @property
    def start(self) -> Fraction:
        """The window's credits before the period × factor: where the scale is taken up."""
        return Fraction(self.before * self.component.factor, RATE_SCALE)

    @property
    def earned(self) -> Fraction:
        """What the scale pays, unrounded."""
        return self.stages[0].amount

    @property
    def rounded(self) -> int:
        """What the scale pays, rounded: the sum of the credit lines."""
        return self.stages[0].rounded(self.step)

    @property
    def pay(self) -> int:
        """What is paid after all steps."""
        return self.stages[-1].rounded(self.step)

    @property
    def cut_by_cap(self) -> int:
        """What the steps after the scale add or take."""
        return self.pay - self.rounded


@dataclass(frozen=True)
class Extra:
    """What is earned beside the components: a spiff's award, objectives; or what the plan's cap takes, below 0."""

    kind: Literal["spiff", "objectives", "plan_cap"]
    plan: str
    key: str
    name: str | dict[str, str]
    amount: int
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class Payment:
    """One person's payment: payouts + extras + items = paid, never negative."""

    payouts: Sequence[Payout]
    extras: Sequence[Extra] = ()
    items: Sequence["Item"] = ()

    @property
    def earned(self) -> int:
        """The components and what is earned beside them."""
        return sum(payout.pay for payout in self.payouts) + sum(extra.amount for extra in self.extras)

    @property
    def paid(self) -> int:
        """What is paid now."""
        return self.earned + sum(item.amount for item in self.items)

    def sum_of(self, *kinds: str) -> int:
        """The items of some kinds."""
        return sum(item.amount for item in self.items if item.kind in kinds)

    @property
    def carried_in(self) -> int:
        """Debt of earlier periods, ≤ 0."""
        return self.sum_of("carried_in")

    @property
    def carried_out(self) -> int:
        """What is left to take from later pay, ≤ 0."""
        return -self.sum_of("carried_out")


def payouts_of(plan: Plan, stretches: Sequence[Stretch], step: int) -> list[Payout]:
    """The payouts of one plan and pay period; a component that refers to another finds it in the same window."""
    by_key = {(s.component.key, s.window): s for s in stretches if s.component.key}
    return [_payout(plan, stretch, by_key, step) for stretch in stretches]


def attained(stretch: Stretch, at: Sum) -> Fraction | None:
    """Measure ÷ quota, exact, from all credits that count in it; None where there is no quota above 0."""
    if not stretch.quota or stretch.quota <= 0:
        return None
    return counted(stretch.component, at.credit - sum(off_scale(stretch, at).values())) / stretch.quota


@dataclass(frozen=True)
class _At:
    """One moment of a window: its credits, and the attainment of the other component that this one looks at."""

    stretch: Stretch
    sum: Sum
    other: Mapping[str, Fraction | None]
    names: Mapping[str, Text]

    def scale(self) -> scales.Scale:
        """The scale as it is at this moment: a matrix has the column that the other component reached."""
        given, part = self.stretch, self.stretch.component
        if part.needs_quota and not given.quota:
            return scales.NOTHING
        column = self.other.get(part.matrix.of) if part.matrix else None
        return scales.scale_of(part, given.quota, given.rate, given.decimals, given.target, column)

    def on_scale(self, off: frozenset[str]) -> Fraction:
        left = self.sum.credit - sum(self.sum.deals.get(order, 0) for order in off)
        return counted(self.stretch.component, left)

    @property
    def off(self) -> frozenset[str]:
        return frozenset(off_scale(self.stretch, self.sum))


def _payout(plan: Plan, stretch: Stretch, others: Mapping[tuple[str, Span], Stretch], step: int) -> Payout:
    part = stretch.component
    looked_up = {key: others[key, stretch.window] for key in part.looks_at if (key, stretch.window) in others}
    names = {key: other.component.name for key, other in looked_up.items()}
    now = _At(stretch, stretch.now, {key: attained(other, other.now) for key, other in looked_up.items()}, names)
    then = None
    if stretch.before is not None:
        other = {key: attained(other, other.before or Sum()) for key, other in looked_up.items()}
        then = _At(stretch, stretch.before, other, names)
    base = 0 if then is None else then.sum.credit - sum(then.sum.deals.get(order, 0) for order in now.off)
    scale = now.scale()
    return Payout(
        plan=plan.plan,
        stretch=stretch,
        before=base,
        credited=now.sum.credit - sum(now.sum.deals.get(order, 0) for order in now.off) - base,
        scale=scale,
        stages=list(_stages(now, then, scale, base)),
        attained=attained(stretch, stretch.now),
        step=step,
        off_scale=now.off,
    )


def _stages(now: _At, then: _At | None, scale: scales.Scale, base: int) -> Iterator[Stage]:
    """Every step that the component has. The first is one scale from where it was taken up to where it is now.

    What that scale gives another value to than the one that was paid (a column that changed, a deal that became a
    windfall) stands in a step of its own.
    """
    part = now.stretch.component
    totals = list(_totals(now, scale))
    earlier = [(key, Fraction(0), {}) for key, *_ in totals] if then is None else list(_totals(then, then.scale()))
    taken_up = Fraction(0) if then is None else scale.earned(counted(part, base))
    yield Stage("scale", totals[0][1], taken_up)
    if taken_up != earlier[0][1] and part.windfall is None:
        yield Stage("column", totals[0][1], earlier[0][1], totals[0][2])
    for (key, total, figures), (_, before, _) in zip(totals[1:], earlier[1:], strict=True):
        yield Stage(key, total, before, figures)


Total = tuple[Literal["scale", "column", "windfall", "hurdle", "multiplier", "cap"], Fraction, dict[str, object]]


def _totals(at: _At, scale: scales.Scale) -> Iterator[Total]:
    """What the window comes to after each step at one moment."""
    stretch, part = at.stretch, at.stretch.component
    amount = scale.earned(at.on_scale(at.off))
    yield "scale", amount, {f"{key}_share": share for key, share in at.other.items()}
    if part.windfall:
        amount += added(stretch, at.sum, scale, at.on_scale(at.off))
        yield "windfall", amount, told(stretch, at.sum)
    if part.hurdle:
        reached = at.other.get(part.hurdle.of) or Fraction(0)
        limit = Fraction(part.hurdle.limit) * stretch.target
        amount = min(amount, limit) if reached < part.hurdle.below else amount
        yield "hurdle", amount, {
            "of": at.names.get(part.hurdle.of, part.hurdle.of), "attained_share": reached,
            "below_share": Fraction(part.hurdle.below), "limit_share": Fraction(part.hurdle.limit),
            "limit_amount": scales.rounded(limit),
        }  # fmt: skip
    if part.multiplier:
        reached = max(at.other.get(part.multiplier.of) or Fraction(0), Fraction(0))
        times = Fraction(next(t.times for t in reversed(part.multiplier.tiers) if t.start <= reached))
        amount *= times
        of = at.names.get(part.multiplier.of, part.multiplier.of)
        yield "multiplier", amount, {"of": of, "attained_share": reached, "times_share": times}
    cap = cap_of(stretch)
    if cap is not None:
        amount = min(amount, cap)
        yield "cap", amount, {"cap_amount": scales.rounded(cap)}


def cap_of(stretch: Stretch) -> Fraction | None:
    """The most that a component pays in its window: the cap of a pay period × pay periods, or × the window's target."""
    cap = stretch.component.cap
    if cap is None:
        return None
    if cap.amount is not None:
        return scales.units(cap.amount, stretch.decimals) * stretch.periods
    return Fraction(cap.times_target or 0) * stretch.target
