"""Who carries how much of which month: joiners, leavers, new people's ramp, vacancies."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.money import rate_units
from revops.quota.shape import there

YEAR = [date(2027, month, 1) for month in range(1, 13)]
RAMP = [rate_units(f"{percent}%") for percent in (0, 25, 50, 75, 100)]
DAYS = st.dates(date(2025, 1, 1), date(2029, 12, 31))


@pytest.mark.parametrize(
    ("first", "left", "ramp", "parts"),
    [
        (date(2020, 1, 1), None, [], "1 1 1 1 1 1 1 1 1 1 1 1"),  # here all year
        (date(2027, 3, 1), None, [], "0 0 1 1 1 1 1 1 1 1 1 1"),  # a joiner, or a vacancy filled on 1 March
        (date(2020, 1, 1), date(2027, 7, 1), [], "1 1 1 1 1 1 0 0 0 0 0 0"),  # a leaver: the last day is 30 June
        (date(2027, 3, 1), None, RAMP, "0 0 0 1/4 1/2 3/4 1 1 1 1 1 1"),
        (date(2026, 11, 15), None, RAMP, "1/2 3/4 1 1 1 1 1 1 1 1 1 1"),  # January is the third month of service
        (date(2027, 4, 16), None, [], "0 0 0 1/2 1 1 1 1 1 1 1 1"),  # half of 30 days
        (date(2027, 4, 16), None, [1_000_000_000, 500_000_000], "0 0 0 1/2 1/2 1 1 1 1 1 1 1"),
        (date(2028, 1, 1), None, [], "0 0 0 0 0 0 0 0 0 0 0 0"),
        (date(2027, 2, 1), date(2027, 2, 8), [], "0 1/4 0 0 0 0 0 0 0 0 0 0"),
    ],
)
def test_the_share_of_each_month(first, left, ramp, parts):
    assert there(first, left, YEAR, ramp) == tuple(Fraction(part) for part in parts.split())


@given(DAYS, st.none() | DAYS, st.lists(st.integers(0, 1_000_000_000), max_size=8))
def test_a_share_lies_between_nothing_and_the_whole(first, left, ramp):
    assert all(0 <= part <= 1 for part in there(first, left, YEAR, ramp))


@given(DAYS)
def test_who_goes_and_who_follows_are_one_person_together(day):
    before, after = there(date(2020, 1, 1), day, YEAR), there(day, None, YEAR)
    assert [a + b for a, b in zip(before, after, strict=True)] == [1] * 12
