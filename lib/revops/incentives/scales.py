"""From credits to money: scales, slices, lines that sum back. Exact fractions inside, one rounding at the end.

The same credits under the two kinds of scale, quota 100,000, 5 % below it and 8 % from it on:

>>> steps = [Step(Fraction(0), Fraction(100_000), Fraction(5, 100)), Step(Fraction(100_000), None, Fraction(8, 100))]
>>> [int(earned("marginal", steps, Fraction(120_000))), int(earned("whole", steps, Fraction(120_000)))]
[6600, 9600]

A bound belongs to the higher tier, so a whole scale has a cliff at the quota:

>>> [int(earned("whole", steps, Fraction(credit))) for credit in (99_999, 100_000)]
[4999, 8000]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from revops.incentives.plans import Component
from revops.money import RATE_SCALE, round_ratio


@dataclass(frozen=True)
class Step:
    """One step of a scale, [start, end) in money units; an open end is None. The rate is exact."""

    start: Fraction
    end: Fraction | None
    rate: Fraction


@dataclass(frozen=True)
class Slice:
    """The part of a credit that one step pays: credit × rate = commission."""

    step: Step
    credit: Fraction

    @property
    def commission(self) -> Fraction:
        """Unrounded."""
        return self.credit * self.step.rate


def units(amount: Decimal, money_decimals: int) -> Fraction:
    """An amount of the currency in money units.

    >>> units(Decimal("12.5"), 2)
    Fraction(1250, 1)
    """
    return Fraction(amount) * 10**money_decimals


def steps_of(component: Component, quota: int | None, person_rate: int | None, money_decimals: int) -> list[Step]:
    """The steps of a component in money units. A quota is needed where tiers are shares of it; it is positive."""
    if component.tiers is None:
        rate = person_rate if component.rate == "person" else component.rate
        if rate is None:
            raise ValueError("a rate stored with the person is needed")
        return [Step(Fraction(0), None, Fraction(rate, RATE_SCALE))]
    if component.needs_quota and (quota is None or quota <= 0):
        raise ValueError("tiers in shares of the quota need a quota above 0")
    scale = Fraction(quota or 0) if component.needs_quota else Fraction(10**money_decimals)
    return [
        Step(
            Fraction(tier.start) * scale,
            None if tier.to is None else Fraction(tier.to) * scale,
            Fraction(tier.rate, RATE_SCALE),
        )
        for tier in component.tiers
    ]


def slices(scale: str, steps: Sequence[Step], credit: Fraction) -> list[Slice]:
    """How a credit is cut: marginal by every step it reaches into, whole by the one step it lies in.

    A credit below 0 (more taken back than sold) is paid at the first rate.
    """
    if credit < 0:
        return [Slice(steps[0], credit)]
    if scale == "whole":
        return [Slice(step_at(steps, credit), credit)]
    return [
        Slice(step, min(credit, step.end if step.end is not None else credit) - step.start)
        for step in steps
        if credit > step.start
    ] or [Slice(steps[0], credit)]


def step_at(steps: Sequence[Step], credit: Fraction) -> Step:
    """The step that holds a credit; a bound belongs to the higher step."""
    return next((s for s in steps if s.start <= credit and (s.end is None or credit < s.end)), steps[0])


def earned(scale: str, steps: Sequence[Step], credit: Fraction) -> Fraction:
    """What a credit earns, unrounded.

    >>> bands = [(0, 25_000, 1), (25_000, 50_000, 2), (50_000, None, 3)]
    >>> steps = [Step(Fraction(a), None if b is None else Fraction(b), Fraction(r, 100)) for a, b, r in bands]
    >>> int(earned("whole", steps, Fraction(50_000)))
    1500
    """
    return sum((part.commission for part in slices(scale, steps, credit)), Fraction(0))


def line_commissions(scale: str, steps: Sequence[Step], credits: Sequence[Fraction]) -> list[Fraction]:
    """What each line adds, in the given order (event day, then id): f(cumulated) − f(cumulated before).

    On a whole scale every line is paid at the rate that the sum of all lines reaches.

    >>> bands = [(0, 1000, 1), (1000, 3000, 2), (3000, 8000, 3), (8000, None, 5)]
    >>> steps = [Step(Fraction(a), None if b is None else Fraction(b), Fraction(r, 100)) for a, b, r in bands]
    >>> deals = [Fraction(x) for x in (200, 300, 1500, 1200, 2000, 4500)]
    >>> [int(x) for x in line_commissions("marginal", steps, deals)]
    [2, 3, 25, 26, 60, 169]
    >>> [int(x) for x in line_commissions("whole", steps, deals)]
    [10, 15, 75, 60, 100, 225]
    """
    total = sum(credits, Fraction(0))
    if scale == "whole":
        rate = (steps[0] if total < 0 else step_at(steps, total)).rate
        return [credit * rate for credit in credits]
    parts, before, paid = [], Fraction(0), Fraction(0)
    for credit in credits:
        before += credit
        now = earned("marginal", steps, before)
        parts.append(now - paid)
        paid = now
    return parts


def rounded(amount: Fraction, step: int = 1) -> int:
    """A money amount rounded half away from zero to a multiple of `step` units (the currency's minor unit).

    >>> rounded(Fraction(25, 2)), rounded(Fraction(-25, 2)), rounded(Fraction(149), 100)
    (13, -13, 100)
    """
    return round_ratio(amount.numerator, amount.denominator * step) * step


def allocate(parts: Sequence[Fraction], step: int = 1) -> list[int]:
    """Every part rounded so that all sum to the rounded sum: cut towards zero, then largest remainder, first of equals.

    Parts of both signs are fine; with all signs turned the result turns its signs.

    >>> allocate([Fraction(10, 3)] * 3), allocate([Fraction(-10, 3)] * 3)
    ([4, 3, 3], [-4, -3, -3])
    >>> allocate([Fraction(5, 2), Fraction(-1, 2)])
    [2, 0]
    """
    cut = [_towards_zero(part / step) for part in parts]
    rest = [part / step - whole for part, whole in zip(parts, cut, strict=True)]
    total = sum(parts, Fraction(0)) / step
    left = round_ratio(total.numerator, total.denominator) - sum(cut)
    sign = 1 if left > 0 else -1
    ranked = sorted(range(len(parts)), key=lambda i: (-sign * rest[i], i))
    for i in ranked[: abs(left)]:
        cut[i] += sign
    return [whole * step for whole in cut]


def cap_of(component: Component, money_decimals: int) -> Fraction | None:
    """The most a component pays in a period, in money units; None without a cap."""
    if component.cap is None:
        return None
    if component.cap.amount is not None:
        return units(component.cap.amount, money_decimals)
    return units((component.target or Decimal(0)) * (component.cap.times_target or Decimal(0)), money_decimals)


def _towards_zero(value: Fraction) -> int:
    size = abs(value.numerator) // value.denominator
    return size if value >= 0 else -size
