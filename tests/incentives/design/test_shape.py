"""The straight pieces of a rule are found exactly, with its jumps and flat pieces."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.incentives.design.shape import estimated, flats, jumps, traced
from revops.incentives.scales import curve, marginal, whole

Q = Fraction(100_000)
TIERS = [(Fraction(0), Fraction(5, 100)), (Q, Fraction(8, 100))]
POINTS = [(Fraction(0), Fraction(0)), (Q, Fraction(1))]


def of_quota(rule):
    """A rule of attainment from one of credits against a quota of 100,000."""
    return lambda share: rule(share * Q)


@pytest.mark.parametrize(
    ("scale", "steps", "jump"),
    [
        (marginal(TIERS), [(0, 5_000), (1, 8_000)], []),
        (whole(TIERS), [(0, 5_000), (1, 8_000)], [(1, 3_000)]),
        (curve([(Q / 2, Fraction(0)), (Q, Fraction(1000))]), [(0, 0), (Fraction(1, 2), 2_000)], []),
    ],
    ids=["marginal", "whole", "curve"],
)
def test_the_steps_of_a_scale_are_found_with_its_jumps(scale, steps, jump) -> None:
    found = traced(of_quota(scale.earned), [step.start / Q for step in scale.steps])
    assert [(step.start, step.rate) for step in found.steps] == steps
    assert jumps(found) == jump


def test_a_bend_that_nobody_named_is_found_where_it_is() -> None:
    """Marginal 5 % and 8 % of 100,000, at most 6,600: the cap is met at 120 %."""
    found = traced(of_quota(lambda credit: min(marginal(TIERS).earned(credit), Fraction(6_600))), [Fraction(1)])
    assert [(step.start, step.end) for step in flats(found)] == [(Fraction(6, 5), None)]


def test_a_jump_that_nobody_named_is_found_to_a_thousandth() -> None:
    found = traced(lambda share: Fraction(10 if share >= Fraction(7, 10) else 0), [])
    [(at, height)] = jumps(found, Fraction(1))
    assert (float(at), float(height)) == (pytest.approx(0.7, abs=0.001), pytest.approx(10, abs=0.1))


def test_a_rounded_rule_is_as_straight_as_its_rounding() -> None:
    found = traced(lambda share: Fraction(round(333 * share)), [], slack=Fraction(1))
    assert len(found.steps) == 1


@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(0, 9)), min_size=1, max_size=5, unique_by=lambda part: part[0]),
    st.integers(1, 2_000),
    st.lists(st.integers(0, 390), min_size=1, max_size=20),
)
def test_estimates_are_what_the_rule_pays(tiers: list[tuple[int, int]], cap: int, shares: list[int]) -> None:
    parts = [(Fraction(at, 100), Fraction(rate)) for at, rate in sorted({0: 1, **dict(tiers)}.items())]
    scale = marginal(parts)

    def rule(share: Fraction) -> Fraction:
        return min(scale.earned(share), Fraction(cap, 100))

    found = traced(rule, [at for at, _ in parts])
    told = estimated(found, np.array([share / 100 for share in shares]))
    assert told == pytest.approx([float(rule(Fraction(share, 100))) for share in shares], abs=1e-6)
