"""The shape of pay: what any rule pays as steps between which it is a straight line, found by asking the rule.

A rule is a function of one number, attainment. With tiers, curves, hurdles, multipliers and caps it is made of straight
pieces; `traced` finds them exactly, so that jumps and flat pieces can be named and many values be estimated at once.

>>> step = traced(lambda x: Fraction(5 if x < 1 else 8) * x, [Fraction(0), Fraction(1)])
>>> jumps(step)
[(Fraction(1, 1), Fraction(3, 1))]
>>> capped = traced(lambda x: min(5 * x, Fraction(7)), [Fraction(0), Fraction(1)])
>>> [(piece.start, piece.end) for piece in flats(capped)]
[(Fraction(7, 5), None)]
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from revops.incentives.design.chance import Array
from revops.incentives.scales import Scale, Step

Rule = Callable[[Fraction], Fraction]
NEAR = Fraction(1, 10**9)  # what lies so near below the end of a piece stands for the value just before it
DEPTH = 12  # halvings after which what is not yet straight is a jump


def traced(rule: Rule, bounds: Sequence[Fraction], top: Fraction = Fraction(4), slack: Fraction = Fraction(0)) -> Scale:
    """The steps of a rule from 0 on; `bounds` are where it may jump or bend, further bends are found up to `top`.

    `slack`: how far a rounded rule may lie off a straight line.
    """
    edges = [*sorted({bound for bound in bounds if 0 <= bound < top} | {Fraction(0)}), top]
    found: list[Step] = []
    for start, end in zip(edges, edges[1:], strict=False):
        found += _pieces(rule, start, end, slack, DEPTH)
    joined = [found[0]]
    for step in found[1:]:
        last = joined[-1]
        if abs(last.earned(step.start) - step.paid) <= slack and abs(last.rate - step.rate) <= slack:
            joined[-1] = Step(last.start, step.end, last.rate, last.paid)
        else:
            joined.append(step)
    last = joined[-1]
    return Scale((*joined[:-1], Step(last.start, None, last.rate, last.paid)))


def _pieces(rule: Rule, start: Fraction, end: Fraction, slack: Fraction, depth: int) -> list[Step]:
    width = end - start
    last = end - width * NEAR
    middle = start + width / 2
    low, half, high = rule(start), rule(middle), rule(last)
    rate = (high - low) / (last - start)
    if abs(low + rate * (middle - start) - half) <= slack:
        return [Step(start, end, rate, low)]
    if depth == 0:  # a jump that no bound named, now within a thousandth
        return [Step(start, end, Fraction(0), low)]
    at = _bend(rule, start, last, low, high) or middle
    return _pieces(rule, start, at, slack, depth - 1) + _pieces(rule, at, end, slack, depth - 1)


def _bend(rule: Rule, start: Fraction, end: Fraction, low: Fraction, high: Fraction) -> Fraction | None:
    """Where the line from the start meets the line to the end; None where they do not meet between."""
    little = (end - start) / 64
    first, last = (rule(start + little) - low) / little, (high - rule(end - little)) / little
    if first == last:
        return None
    at = start + (high - low - last * (end - start)) / (first - last)
    return at if start < at < end else None


def jumps(scale: Scale, slack: Fraction = Fraction(0)) -> list[tuple[Fraction, Fraction]]:
    """Where a step starts at another amount than the step before ends: (where, how much more at once)."""
    pairs = zip(scale.steps, scale.steps[1:], strict=False)
    found = [(step.start, step.paid - before.earned(step.start)) for before, step in pairs]
    return [(at, more) for at, more in found if abs(more) > slack]


def flats(scale: Scale) -> list[Step]:
    """The steps in which more credit pays nothing more."""
    return [step for step in scale.steps if step.rate == 0]


def estimated(scale: Scale, values: Array) -> Array:
    """What a scale pays at many values at once, in binary floating point: for estimates, never for a payment."""
    starts, rates, paid = (
        np.array([float(getattr(step, name)) for step in scale.steps]) for name in ("start", "rate", "paid")
    )
    place = np.clip(np.searchsorted(starts, values, side="right") - 1, 0, None)
    return np.asarray(paid[place] + rates[place] * (values - starts[place]), dtype=np.float64)
