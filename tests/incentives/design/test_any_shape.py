"""For any plan that the terms allow: what is estimated is what the engine pays, and moving nothing changes nothing."""

from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from revops.incentives.design.asked import Asked, asked
from revops.incentives.design.moved import Moves, changed
from revops.incentives.design.shape import estimated
from revops.incentives.plans import Plan

from ..any_plan import situations_of_any_plan
from ..as_book import by_engine
from ..told import Situation

many = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def windows_of(one: Situation) -> list[Asked]:
    return asked([month for month in by_engine(one) if month is not None], [Plan.model_validate(one.plan)])


@many
@given(situations_of_any_plan(), st.lists(st.integers(0, 390), min_size=1, max_size=8))
def test_the_shape_of_any_component_estimates_what_it_pays(one: Situation, shares: list[int]) -> None:
    for window in windows_of(one):
        for number, shape in enumerate(window.shapes):
            told = estimated(shape, np.array([share / 100 for share in shares]))
            paid = [float(window.each(Fraction(share, 100))[number]) for share in shares]
            assert told == pytest.approx(paid, rel=1e-6, abs=1e-3)


@many
@given(situations_of_any_plan())
def test_a_plan_of_which_nothing_is_moved_pays_the_same(one: Situation) -> None:
    for window in windows_of(one):
        moved = window.moved(changed(window.plan, Moves()), Fraction(1))
        assert [part.pay for part in moved.parts] == [part.pay for part in window.parts]
        assert window.more(0, window.open) == 0
