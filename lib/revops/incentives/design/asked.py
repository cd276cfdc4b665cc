"""What a person's components would pay at any attainment: the engine itself is asked, with other credits.

All components of a plan and window stand at the same attainment: a component with a quota has that share of it, one
without is credited with that share of what it was credited with at 100 % (its credits ÷ the attainment reached). Deals
have no sizes here, so no windfall is among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import cast

from revops.incentives.design.shape import traced
from revops.incentives.earnings import Payout, cap_of, payouts_of
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.incentives.scales import Scale, rounded, units
from revops.incentives.windows import Span, Stretch, Sum
from revops.money import RATE_SCALE


@dataclass(frozen=True)
class Asked:
    """One person's components of one plan and window, and the month they were last paid in."""

    person: PersonMonth
    plan: Plan
    window: Span
    parts: tuple[Payout, ...]

    def payouts(self, share: Fraction) -> list[Payout]:
        """What the whole window would be paid at an attainment."""
        exact = (cast(int, share * full) for full in self._full)  # between two whole units of credit, too
        stretches = [replace(p.stretch, now=Sum(now), before=None) for p, now in zip(self.parts, exact, strict=True)]
        return payouts_of(self.plan, stretches, self.parts[0].step)

    def each(self, share: Fraction) -> tuple[Fraction, ...]:
        """The same by component, unrounded."""
        if share not in self._known:
            self._known[share] = tuple(payout.stages[-1].now for payout in self.payouts(share))
        return self._known[share]

    @property
    def key(self) -> tuple[str, str, Span]:
        """Person, plan and window."""
        return self.person.person_id, self.plan.plan, self.window

    @property
    def earned(self) -> int:
        """What its components are paid for the month, rounded, after the plan's cap."""
        total = sum(part.pay for part in self.parts)
        return total if self.most is None else min(total, rounded(self.most))

    def more(self, credit: int, numbers: Iterable[int], order: str = "") -> int:
        """What a further credit (below 0: less) of some components would add to what is paid.

        It is one deal, of a new order or of one that is there, and may be a windfall.
        """
        chosen = set(numbers)
        stretches = [
            replace(part.stretch, now=_with_deal(part.stretch.now, credit, order))
            if part.number in chosen
            else part.stretch
            for part in self.parts
        ]
        return self._with(self.plan, stretches).earned - self.earned

    def moved(self, plan: Plan, quotas: Fraction) -> "Asked":
        """The same credits under another plan of the same components, with quotas times a factor."""
        stretches = [
            replace(p.stretch, component=plan.components[p.number], quota=p.quota * quotas if p.quota else p.quota)
            for p in self.parts
        ]
        return self._with(plan, stretches)

    @property
    def open(self) -> list[int]:
        """The components that count every booked deal of the person."""
        counts = ((part.number, part.component) for part in self.parts)
        return [n for n, part in counts if (part.credit, part.basis, part.where) == ("direct", "booked", {})]

    def _with(self, plan: Plan, stretches: Sequence[Stretch]) -> "Asked":
        return replace(self, plan=plan, parts=tuple(payouts_of(plan, stretches, self.parts[0].step)))

    def credit(self, share: Fraction) -> int:
        """The credits at an attainment, of its first component, before the factor."""
        return int(share * self._full[0])

    @cached_property
    def shapes(self) -> list[Scale]:
        """What each of its components pays by attainment, as straight pieces."""
        return [self._shape(number) for number in range(len(self.parts))]

    @cached_property
    def most(self) -> Fraction | None:
        """What the plan's own cap leaves of all components together; None without one."""
        cap = self.plan.cap
        if cap is None:
            return None
        if cap.amount is not None:
            return units(cap.amount, self.parts[0].stretch.decimals) * self.periods
        return Fraction(cap.times_target or 0) * sum((part.target for part in self.parts), Fraction(0))

    @property
    def periods(self) -> Fraction:
        """How many pay periods the window holds."""
        return self.parts[0].stretch.periods

    def _shape(self, number: int) -> Scale:
        """A component that looks at no other and has no windfall is its scale up to its cap: no need to ask further."""
        part, full = self.parts[number], self.counted[number]
        if part.component.looks_at or part.component.windfall:
            return traced(lambda share: self.each(share)[number], self._bounds)
        most = cap_of(part.stretch)
        if most is None:
            return traced(lambda share: part.scale.earned(share * full), self._bounds)
        return traced(lambda share: min(part.scale.earned(share * full), most), self._bounds)

    @cached_property
    def _known(self) -> dict[Fraction, tuple[Fraction, ...]]:
        return {}

    @cached_property
    def _full(self) -> list[Fraction]:
        """The credits of each component at 100 %, before the factor."""
        known = [part.attained for part in self.parts] + [self.person.attainment]
        reached = next((share for share in known if share and share > 0), Fraction(1))
        return [
            part.quota * RATE_SCALE / (part.component.factor or RATE_SCALE)
            if part.quota and part.quota > 0
            else (part.before + part.credited) / reached
            for part in self.parts
        ]

    @property
    def counted(self) -> list[Fraction]:
        """The same after the factor, as scales count it."""
        pairs = zip(self.parts, self._full, strict=True)
        return [full * part.component.factor / RATE_SCALE for part, full in pairs]

    @cached_property
    def _bounds(self) -> list[Fraction]:
        """Every attainment at which a component may jump or bend."""
        found: set[Fraction] = set()
        for part, counted in zip(self.parts, self.counted, strict=True):
            found |= {step.start / counted for step in part.scale.steps if counted > 0}
            component = part.component
            found |= {Fraction(component.hurdle.below)} if component.hurdle else set()
            found |= {Fraction(tier.start) for tier in component.multiplier.tiers} if component.multiplier else set()
            found |= {Fraction(column) for column in component.matrix.columns} if component.matrix else set()
        return sorted(found)


def _with_deal(now: Sum, credit: int, order: str) -> Sum:
    return Sum(now.credit + credit, {**now.deals, order: now.deals.get(order, 0) + credit})


def asked(months: Iterable[PersonMonth], plans: Iterable[Plan]) -> list[Asked]:
    """One for each person, plan and window that was paid, by its last month; whose payment is stopped is left out."""
    by_name = {plan.plan: plan for plan in plans}
    found: dict[tuple[str, str, Span], Asked] = {}
    for person in months:
        groups: dict[tuple[str, Span], list[Payout]] = {}
        for payout in person.payment.payouts if person.payment and not person.problems else ():
            groups.setdefault((payout.plan, payout.window), []).append(payout)
        for (plan, window), parts in groups.items():
            one = Asked(person, by_name[plan], window, tuple(parts))
            found[one.key] = one
    return list(found.values())
