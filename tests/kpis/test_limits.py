"""What is usual and what lies outside: limits that keep their rate of false alarms, breaks, seasons, the calendar."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.findings import limits
from revops.kpis.findings.limits import FALSE_ALARMS, broken, carried, comparable, is_outside, residual, spread

from .small import D

STEADY = [0.01, -0.01, 0.02, -0.02, 0.0, 0.01, -0.01, 0.0, 0.01, -0.01, 0.02, -0.02]  # MAD 0.01, twelve: 3 × 2 spreads
EDGE = 6 * 1.4826 * 0.01


@pytest.mark.parametrize(("count", "factor"), [(8, 3.0), (12, 2.0), (20, 1.5), (36, 1.25)])
def test_limits_are_three_spreads_and_wider_for_a_short_past(count, factor):
    past = [0.01 * (-1) ** i for i in range(count)]
    edge = 3 * factor * spread(past)
    assert is_outside(edge * 1.0001, past) is True
    assert is_outside(edge * 0.9999, past) is False
    assert is_outside(-edge * 1.0001, past) is True


def test_seven_periods_tell_no_limits_and_eight_do():
    assert is_outside(9.0, STEADY[:7]) is None
    assert is_outside(9.0, STEADY[:8]) is True
    assert is_outside(9.0, [*STEADY[:7], None]) is None


def test_one_outlier_in_the_past_does_not_widen_the_limits():
    assert is_outside(-0.2, [*STEADY[:11], 5.0]) is True


def test_against_a_plan_the_limits_lie_around_the_plan_and_not_around_the_habit_of_missing_it():
    late = [value - 0.3 for value in STEADY]
    assert is_outside(-0.3, late) is False
    assert is_outside(-0.3, late, centre=0) is True


def test_nothing_where_something_was_expected_is_outside():
    assert residual(0, 100) is None
    assert is_outside(None, STEADY) is True


@pytest.mark.parametrize("count", [8, 12, 24, 36])
def test_false_alarms_keep_their_rate_whatever_the_length_of_the_past(count):
    """Gauss's noise alone, 20,000 looks: 0.27 % of them lie outside, give or take what chance allows (0.15 points)."""
    dice = random.Random(count)
    looks = [[dice.gauss(0, 1) for _ in range(count + 1)] for _ in range(20_000)]
    rate = sum(bool(is_outside(look[-1], look[:-1])) for look in looks) / len(looks)
    print(f"{count} periods: {rate:.2%} false alarms")
    assert rate == pytest.approx(FALSE_ALARMS, abs=0.0015)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([10.0] * 12, None),
        ([*[10.0] * 11, 9.4], 11),
        ([*[10.0] * 11, 9.6], None),
        ([*[10.0] * 9, 9.0, 9.0, 9.0], 9),
        ([*[10.0] * 9, 9.0, 10.0, 9.0], 11),
        ([*[10.0] * 9, 11.0, 9.0, 9.0], 10),
        ([*[10.0] * 7, 5.0], None),
        ([*[10.0] * 8, 5.0], 8),
        ([*[10.0] * 10, None, 5.0], 11),
        ([*[10.0] * 10, 5.0, None], None),
        ([*[10.0] * 9, 12.0, 12.0, 12.0], 9),
    ],
    ids=[
        "steady", "a fall of six per cent", "of four: under the least", "three months down", "it came back in between",
        "up, then down: since it turned", "seven periods before tell nothing", "eight do", "a hole before the run",
        "now is unknown", "a rise",
    ],
)  # fmt: skip
def test_a_break_is_the_longest_run_up_to_now_on_one_side_of_what_was_usual(values, found):
    run = broken(values, 0.05)
    assert (run.first if run else None) == found


def test_a_break_must_lie_outside_the_swings_before_it():
    wild = [10.0, 6.0, 14.0, 9.0, 13.0, 7.0, 12.0, 8.0, 11.0, 10.0]
    assert broken([*wild, 8.0], 0.05) is None
    assert broken([*wild, 0.5], 0.05).first == 10


def test_a_season_is_claimed_only_after_a_season_and_three_growths():
    assert carried([100.0] * 3, [None, None, None]) == [None, None, None]
    assert carried([100.0] * 4, [1.1, 1.1, 1.1, 1.5])[-1] == pytest.approx(110)


def test_a_period_that_cannot_be_compared_is_expected_to_be_nothing_and_teaches_nothing():
    rates = [1.1, 1.1, None, 1.1, 1.1]
    assert carried([100.0] * 5, rates)[2] is None
    assert carried([100.0] * 5, rates)[4] == pytest.approx(110)


@pytest.mark.parametrize(
    ("span", "past", "fits"),
    [
        ((D(2026, 10, 1), D(2026, 11, 1)), (D(2025, 10, 1), D(2025, 11, 1)), True),
        ((D(2026, 1, 1), D(2026, 2, 1)), (D(2025, 1, 1), D(2025, 2, 1)), False),
        ((D(2026, 2, 1), D(2026, 3, 1)), (D(2025, 2, 1), D(2025, 3, 1)), False),
        ((D(2026, 1, 1), D(2026, 3, 1)), (D(2025, 1, 1), D(2025, 3, 1)), True),
        ((D(2026, 11, 9), D(2026, 11, 16)), (D(2025, 11, 10), D(2025, 11, 17)), True),
        ((D(2026, 11, 2), D(2026, 11, 9)), (D(2025, 11, 10), D(2025, 11, 17)), False),
    ],
    ids=["October", "January: Tết lay in it a year before", "February", "both together",
         "weeks of 11.11", "a week without 11.11"],
)  # fmt: skip
def test_periods_compare_where_tet_and_sale_days_lie_alike(span, past, fits):
    assert comparable(span, past, {}) is fits


def test_a_companys_own_day_counts_like_a_sale_day():
    june = (D(2026, 6, 1), D(2026, 7, 1)), (D(2025, 6, 1), D(2025, 7, 1))
    assert comparable(*june, {}) is True
    assert comparable(*june, {"Sinh nhật cửa hàng": [D(2026, 6, 15)]}) is False
    assert comparable(*june, {"Sinh nhật cửa hàng": [D(2026, 6, 15), D(2025, 6, 20)]}) is True


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=30), st.floats(-5, 5), st.floats(-3, 3))
def test_limits_move_with_the_past_and_do_not_care_for_its_order(past, value, shift):
    known = is_outside(value, past)
    assert is_outside(value, sorted(past)) is known
    width = 3 * (1 + 8 / (len(past) - 4)) * spread(past)
    far = abs(abs(value - sorted(past)[len(past) // 2]) - width)
    if far > 1e-6 and len(past) % 2:  # not within rounding of the limit itself
        assert is_outside(value + shift, [one + shift for one in past]) is known


def test_residuals_are_logarithms():
    assert residual(110, 100) == pytest.approx(math.log(1.1))
    assert limits.residual(100, 0) is None
