"""The interval of a projection: the person's own earlier errors, measured on what was known then."""

from datetime import date
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.periods import add_months, months_back
from revops.quota.attainment.interval import LEAST, Interval, bounds, intervals
from revops.quota.attainment.spans import earlier, pace
from revops.quota.shape import LEVEL, Shape

FIRST = date(2023, 1, 1)


def sold(amounts, person="a"):
    """One amount on the first day of each month from January 2023."""
    rows = [(person, add_months(FIRST, month), amount) for month, amount in enumerate(amounts)]
    return pl.DataFrame(rows, schema={"person_id": pl.String, "moved_on": pl.Date, "amount": pl.Int64}, orient="row")


QUARTER = {"a": ((date(2026, 1, 1), date(2026, 4, 1)),)}
MARCH = date(2026, 3, 1)  # two of three months have come


def asked(amounts, spans=QUARTER, cut=MARCH, since=FIRST, shape=lambda day: LEVEL):
    return intervals(spans, sold(amounts), {"a": since}, cut, shape)["a"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(8, None), (9, (1, 9)), (18, (1, 18)), (19, (2, 18)), (29, (3, 27))],
)
def test_an_interval_of_80_per_cent_leaves_a_tenth_of_n_plus_1_on_each_side(count, expected):
    errors = [Fraction(i) for i in range(count, 0, -1)]
    assert bounds(errors) == expected
    assert (count >= LEAST) == (expected is not None)


def test_steady_months_leave_no_doubt():
    got = asked([100] * 38)
    assert (got.low, got.high, got.reason) == (1, 1, None)
    assert got.held == got.tested > 0


def test_the_bounds_are_outcome_over_projection_of_the_persons_own_months():
    """Months 100, 100, 130 again and again: a projection from two of three months sees 300, 345 or 345."""
    got = asked([100, 100, 130] * 12)
    seen = {Fraction(330, 300), Fraction(330, 345)}
    assert {got.low, got.high} == seen


def test_a_season_that_explains_the_months_takes_the_doubt_away():
    got = asked([100, 100, 130] * 12, shape=lambda day: Shape((100, 100, 130) * 4))
    assert (got.low, got.high) == (1, 1)


def test_the_season_is_asked_for_as_it_was_known_on_the_earlier_day():
    told = []
    asked([100] * 36, shape=lambda day: told.append(day) or LEVEL)
    assert max(told) == date(2026, 2, 1)
    assert min(told) == date(2023, 3, 1)


@pytest.mark.parametrize(("months", "reason"), [(11, None), (10, "short_history")])
def test_history_counts_from_the_first_day_in_the_present_work(months, reason):
    """The quarter moved back 1 to 9 months begins in December 2025 to April 2025: eleven whole months are needed."""
    since = add_months(MARCH, -months)
    assert asked([100] * 38, since=since).reason == reason


def test_an_error_is_known_only_when_its_last_day_has_come():
    """Of what is known on 1 March the quarter until 1 March is the last; an unfinished month would change it."""
    steady, odd, nine = [100] * 38, [100] * 37 + [9999], date(2025, 4, 1)
    assert asked(steady, since=nine).high == 1
    assert asked(odd, since=nine).high > 1  # February belongs to the quarter December to February
    assert asked([*steady, 10**6], since=nine) == asked(steady, since=nine)  # March has not come


def test_months_without_a_projection_tell_nothing():
    got = asked([0] * 30 + [100] * 8)
    assert got == Interval(None, None, "short_history")


def test_a_quota_that_ends_too_far_ahead_has_no_interval():
    assert asked([100] * 38, {"a": ((date(2026, 1, 1), date(2040, 1, 1)),)}).reason == "short_history"


def test_a_year_that_has_ended_is_complete():
    assert asked([100] * 39, cut=date(2026, 4, 1)) == Interval(None, None, "complete")


def test_intervals_are_tested_only_with_errors_that_were_known_then():
    got = asked([100] * 38)
    errors = 38 - 3 + 1
    assert got.tested == errors - LEAST  # the first that can be tested has nine before it, all ended
    assert got.held == got.tested


@given(st.lists(st.integers(50, 150), min_size=36, max_size=38), st.randoms())
def test_the_order_of_rows_does_not_matter_and_no_more_hold_than_are_tested(amounts, chance):
    rows = sold(amounts)
    mixed = rows.sample(fraction=1, shuffle=True, seed=chance.randrange(10**6))
    got = intervals(QUARTER, rows, {"a": FIRST}, MARCH, lambda day: LEVEL)["a"]
    assert got == intervals(QUARTER, mixed, {"a": FIRST}, MARCH, lambda day: LEVEL)["a"]
    assert got.low <= got.high
    assert 0 <= got.held <= got.tested


def test_people_are_judged_each_by_their_own_months():
    both = pl.concat([sold([100] * 38), sold([100, 200] * 19, "b")])
    spans = {"a": QUARTER["a"], "b": QUARTER["a"]}
    got = intervals(spans, both, {"a": FIRST, "b": FIRST}, MARCH, lambda day: LEVEL)
    assert got["a"].high == 1 < got["b"].high


def test_a_quota_in_two_stretches_moves_back_as_two():
    spans = ((date(2026, 1, 31), date(2026, 2, 1)), (date(2026, 5, 1), date(2026, 6, 1)))
    assert earlier(spans, 2) == ((date(2025, 11, 30), date(2025, 12, 1)), (date(2026, 3, 1), date(2026, 4, 1)))
    assert pace(spans, date(2026, 3, 1), LEVEL) == Fraction(1, 32)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 1), 12, date(2025, 1, 1)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_a_day_moves_back_to_the_same_day_or_the_months_last(day, months, expected):
    assert months_back(day, months) == expected
