"""From credits to money: scales, slices, lines that sum back. Exact fractions inside, one rounding at the end.

Every way of paying is one function of the credits, made of steps: in a step each further unit earns the step's rate.
The same credits under two kinds of scale, quota 100,000, 5 % below it and 8 % from it on:

>>> tiers = [(Fraction(0), Fraction(5, 100)), (Fraction(100_000), Fraction(8, 100))]
>>> [int(scale.earned(Fraction(120_000))) for scale in (marginal(tiers), whole(tiers))]
[6600, 9600]

A bound belongs to the higher tier, so a whole scale has a cliff at the quota:

>>> [int(whole(tiers).earned(Fraction(credit))) for credit in (99_999, 100_000)]
[4999, 8000]
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from revops.incentives.plans import Component
from revops.incentives.terms import Matrix, Tier
from revops.money import RATE_SCALE, round_ratio


@dataclass(frozen=True)
class Step:
    """One step of a scale, [start, end) in money units, open where None: `paid` at its start, then `rate` a unit."""

    start: Fraction
    end: Fraction | None
    rate: Fraction
    paid: Fraction = Fraction(0)

    def earned(self, credit: Fraction) -> Fraction:
        """What a credit inside the step earns, everything before it included."""
        return self.paid + self.rate * (credit - self.start)


@dataclass(frozen=True)
class Slice:
    """The part of a credit that lies in one step, and what it earns, unrounded."""

    step: Step
    credit: Fraction
    commission: Fraction


@dataclass(frozen=True)
class Scale:
    """What credits earn: steps from 0 on without a gap. `is_whole`: the reached rate holds for every credit alike."""

    steps: tuple[Step, ...]
    is_whole: bool = False

    def at(self, credit: Fraction) -> Step:
        """The step that holds a credit; a bound belongs to the higher step."""
        return next((s for s in self.steps if s.start <= credit and (s.end is None or credit < s.end)), self.steps[0])

    def earned(self, credit: Fraction) -> Fraction:
        """What a credit earns, unrounded; below 0 (more taken back than sold) at the first rate."""
        return self.steps[0].rate * credit if credit < 0 else self.at(credit).earned(credit)

    def slices(self, credit: Fraction) -> list[Slice]:
        """How a credit is cut: by every step it reaches into, or, on a whole scale, by the one step it lies in.

        What a step pays for being reached at all stands with its slice.
        """
        if credit <= 0 or self.is_whole:
            return [Slice(self.at(credit), credit, self.earned(credit))]
        found, before = list[Slice](), Fraction(0)
        for step in self.steps:
            if credit > step.start or (credit == step.start and step.paid != before):
                top = credit if step.end is None else min(credit, step.end)
                found.append(Slice(step, top - step.start, step.earned(top) - before))
                before = step.earned(top)
        return found

    def lines(self, credits: Sequence[Fraction]) -> list[Fraction]:
        """What each line adds, in the given order (event day, then id): f(cumulated) − f(cumulated before).

        On a whole scale every line is paid at what the sum of all lines earns a unit.

        >>> bounds = [(Fraction(a), Fraction(r, 100)) for a, r in ((0, 1), (1000, 2), (3000, 3), (8000, 5))]
        >>> deals = [Fraction(x) for x in (200, 300, 1500, 1200, 2000, 4500)]
        >>> [int(x) for x in marginal(bounds).lines(deals)]
        [2, 3, 25, 26, 60, 169]
        >>> [int(x) for x in whole(bounds).lines(deals)]
        [10, 15, 75, 60, 100, 225]
        """
        total = sum(credits, Fraction(0))
        if self.is_whole:
            each = self.earned(total) / total if total else self.steps[0].rate
            return [credit * each for credit in credits]
        parts, before, paid = [], Fraction(0), Fraction(0)
        for credit in credits:
            before += credit
            now = self.earned(before)
            parts.append(now - paid)
            paid = now
        return parts


NOTHING = Scale((Step(Fraction(0), None, Fraction(0)),))
"""The scale of a window in which the quota has ramped up to nothing yet, or no day was active."""

Tiers = Iterable[tuple[Fraction, Fraction]]
"""(where a tier starts, its rate), from 0 on."""


def marginal(tiers: Tiers) -> Scale:
    """Each rate holds inside its tier only."""
    steps, paid = list[Step](), Fraction(0)
    for step in _bounded(tiers):
        steps.append(replace(step, paid=paid))
        paid = step.rate * ((step.end or step.start) - step.start) + paid
    return Scale(tuple(steps))


def whole(tiers: Tiers) -> Scale:
    """The reached rate holds for everything.

    >>> bands = [(Fraction(a), Fraction(r, 100)) for a, r in ((0, 1), (25_000, 2), (50_000, 3))]
    >>> int(whole(bands).earned(Fraction(50_000)))
    1500
    """
    return Scale(tuple(replace(step, paid=step.rate * step.start) for step in _bounded(tiers)), is_whole=True)


def curve(points: Sequence[tuple[Fraction, Fraction]]) -> Scale:
    """Straight lines from point to point, (credit, earned); nothing before the first, the last slope goes on.

    >>> line = curve([(Fraction(50), Fraction(0)), (Fraction(100), Fraction(100)), (Fraction(120), Fraction(150))])
    >>> [int(line.earned(Fraction(x))) for x in (49, 90, 110, 130)]
    [0, 80, 125, 175]
    """
    steps = [Step(Fraction(0), points[0][0], Fraction(0))] if points[0][0] > 0 else []
    for (start, low), (end, high) in zip(points, points[1:], strict=False):
        steps.append(Step(start, end, (high - low) / (end - start), low))
    return Scale((*steps[:-1], replace(steps[-1], end=None)))


def from_threshold(scale: Scale, threshold: Fraction) -> Scale:
    """Nothing below the threshold; once it is reached, all that the scale earns from the first unit on."""
    kept = [step for step in scale.steps if step.end is None or step.end > threshold]
    first = replace(kept[0], start=threshold, paid=kept[0].earned(threshold))
    return replace(scale, steps=(Step(Fraction(0), threshold, Fraction(0)), first, *kept[1:]))


def _bounded(tiers: Tiers) -> list[Step]:
    starts = list(tiers)
    ends = [*(start for start, _ in starts[1:]), None]
    return [Step(start, end, rate) for (start, rate), end in zip(starts, ends, strict=True)]


def units(amount: Decimal, money_decimals: int) -> Fraction:
    """An amount of the currency in money units.

    >>> units(Decimal("12.5"), 2)
    Fraction(1250, 1)
    """
    return Fraction(amount) * 10**money_decimals


def scale_of(
    component: Component,
    quota: Fraction | int | None,
    person_rate: int | None,
    money_decimals: int,
    target: Fraction | None = None,
    column: Fraction | None = None,
) -> Scale:
    """The scale of a component, over its credits. Where shares of the quota stand in it, the quota is above 0.

    A tier pays a rate of the credit, an amount for each unit counted, a multiple of the target at that attainment
    (`times`), or an amount spread evenly over it (`pay`). A matrix is a scale once the other measure's attainment has
    chosen the `column`. `target` in money units; None: the component's own.
    """
    if component.needs_quota and (quota is None or quota <= 0):
        raise ValueError("tiers in shares of the quota need a quota above 0")
    unit = Fraction(quota or 0) if component.needs_quota else one_unit(component, money_decimals)
    paid = units(component.target or Decimal(0), money_decimals) if target is None else target
    if component.curve is not None:
        made = curve([(Fraction(at) * unit, Fraction(share) * paid) for at, share in component.curve])
    elif component.matrix is not None:
        made = _matrix(component.matrix, unit, paid, column or Fraction(0))
    elif component.tiers is not None:
        kind = whole if component.scale == "whole" else marginal
        made = kind([(Fraction(t.start) * unit, _rate(t, unit, paid, money_decimals)) for t in component.tiers])
    else:
        rate = person_rate if component.rate == "person" else component.rate
        if rate is None:
            raise ValueError("a rate stored with the person is needed")
        made = (whole if component.scale == "whole" else marginal)([(Fraction(0), Fraction(rate, RATE_SCALE))])
    return from_threshold(made, Fraction(component.threshold) * unit) if component.threshold else made


def one_unit(component: Component, money_decimals: int) -> Fraction:
    """What 1 in a component's bounds is in its credits: one of what it counts, or one whole unit of the currency."""
    return Fraction(1) if component.counts else Fraction(10**money_decimals)


def _matrix(matrix: Matrix, quota: Fraction, target: Fraction, column: Fraction) -> Scale:
    """One column of a matrix: what each row pays for being reached."""
    at = max(n for n, bound in enumerate(matrix.columns) if bound <= max(column, Fraction(0)))
    ends = [*matrix.rows[1:], None]
    return Scale(
        tuple(
            Step(
                Fraction(start) * quota,
                None if end is None else Fraction(end) * quota,
                Fraction(0),
                Fraction(row[at]) * target,
            )
            for start, end, row in zip(matrix.rows, ends, matrix.pays, strict=True)
        )
    )


def _rate(tier: Tier, unit: Fraction, target: Fraction, money_decimals: int) -> Fraction:
    if tier.rate is not None:
        return Fraction(tier.rate, RATE_SCALE)
    if tier.each is not None:
        return units(tier.each, money_decimals)
    if tier.times is not None:
        return target * Fraction(tier.times) / unit
    if tier.to is None:
        return Fraction(0)
    return units(tier.pay or Decimal(0), money_decimals) / (Fraction(tier.to - tier.start) * unit)


def rounded(amount: Fraction, step: int = 1) -> int:
    """A money amount rounded half away from zero to a multiple of `step` units (the currency's minor unit).

    >>> rounded(Fraction(25, 2)), rounded(Fraction(-25, 2)), rounded(Fraction(149), 100)
    (13, -13, 100)
    """
    return round_ratio(amount.numerator, amount.denominator * step) * step


def allocate(parts: Sequence[Fraction], step: int = 1, total: int | None = None) -> list[int]:
    """Every part rounded so that all sum to the rounded sum: cut towards zero, then largest remainder, first of equals.

    `total`: another sum to reach, within one unit of it, such as the difference of two rounded ones.

    Parts of both signs are fine; with all signs turned the result turns its signs.

    >>> allocate([Fraction(10, 3)] * 3), allocate([Fraction(-10, 3)] * 3)
    ([4, 3, 3], [-4, -3, -3])
    >>> allocate([Fraction(5, 2), Fraction(-1, 2)])
    [2, 0]
    """
    cut = [_towards_zero(part / step) for part in parts]
    rest = [part / step - whole for part, whole in zip(parts, cut, strict=True)]
    reached = rounded(sum(parts, Fraction(0)), step) if total is None else total
    left = reached // step - sum(cut)
    sign = 1 if left > 0 else -1
    ranked = sorted(range(len(parts)), key=lambda i: (-sign * rest[i], i))
    for i in ranked[: abs(left)]:
        cut[i] += sign
    return [whole * step for whole in cut]


def _towards_zero(value: Fraction) -> int:
    size = abs(value.numerator) // value.denominator
    return size if value >= 0 else -size
