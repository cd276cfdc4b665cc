"""The calendar: lunar days against almanacs, public holidays, gift and sale days, a company's own."""

from datetime import date as D
from datetime import timedelta

import polars as pl
import pytest

from revops.holidays import (
    KINDS,
    calendar,
    days_to_tet,
    in_season,
    lunar,
    same_day_last_year,
    tet,
    working_days,
)
from revops.words import Words

ALMANAC = """
1968-01-29 1984-02-02 1985-01-21 1987-01-29 1990-01-27 1991-02-15 1996-02-19 1999-02-16 2000-02-05 2004-01-22
2007-02-17 2012-01-23 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 2022-02-01
2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-02 2034-02-19 2053-02-18
""".split()
"""Mùng 1 by Vietnam's clock; 1968, 1985, 2007, 2030 and 2053 differ from China's, which is an hour ahead."""


@pytest.mark.parametrize("day", [D.fromisoformat(day) for day in ALMANAC], ids=str)
def test_tet_is_the_day_of_the_almanac(day):
    assert tet(day.year) == day


@pytest.mark.parametrize(
    ("year", "month", "day", "is_on"),
    [
        (2019, 3, 10, D(2019, 4, 14)),
        (2023, 3, 10, D(2023, 4, 29)),  # after a second month twice
        (2025, 3, 10, D(2025, 4, 7)),
        (2025, 8, 15, D(2025, 10, 6)),  # after a sixth month twice
        (2026, 8, 15, D(2026, 9, 25)),
        (2026, 12, 23, D(2027, 1, 30)),  # the kitchen gods leave at the end of the lunar year
        (2033, 12, 1, D(2034, 1, 20)),  # the eleventh month twice
    ],
)
def test_a_lunar_day(year, month, day, is_on):
    assert lunar(year, month, day) == is_on


def test_months_follow_each_other_through_a_century():
    for year in range(1950, 2051):
        starts = [lunar(year, month, 1) for month in range(1, 13)] + [tet(year + 1)]
        lengths = [(b - a).days for a, b in zip(starts, starts[1:], strict=False)]
        assert all(length in (29, 30, 58, 59, 60) for length in lengths), year
        assert sum(length > 30 for length in lengths) == ((tet(year + 1) - tet(year)).days > 360), year


def test_days_to_tet_counts_down_and_then_up():
    assert [days_to_tet(tet(2026) + timedelta(days=away)) for away in (-1, 0, 1)] == [1, 0, -1]
    assert days_to_tet(D(2026, 12, 31)) == (tet(2027) - D(2026, 12, 31)).days


def test_a_year_has_every_kind_of_day_in_order():
    days = calendar(D(2026, 1, 1), D(2027, 1, 1), {"Sinh nhật cửa hàng": [D(2026, 6, 15), D(2027, 6, 15)]})
    assert set(days["kind"]) == set(KINDS)
    assert days.equals(days.sort("day_on", "event"))
    assert not days.is_duplicated().any()
    found = {event: day for day, event, _ in days.iter_rows() if event != "tet_days"}
    expected = {
        "tet_eve": D(2026, 2, 16), "tet": D(2026, 2, 17), "womens_day": D(2026, 3, 8), "hung_kings": D(2026, 4, 26),
        "reunification": D(2026, 4, 30), "labour_day": D(2026, 5, 1), "national_day": D(2026, 9, 2),
        "sale_9_9": D(2026, 9, 9), "sale_11_11": D(2026, 11, 11), "black_friday": D(2026, 11, 27),
        "sale_12_12": D(2026, 12, 12), "Sinh nhật cửa hàng": D(2026, 6, 15),
    }  # fmt: skip
    assert found.items() >= expected.items()
    assert days.filter(pl.col("event") == "tet_days").height == 3


@pytest.mark.parametrize(("year", "day"), [(2018, 23), (2019, 29), (2024, 29), (2025, 28)])
def test_black_friday_follows_the_fourth_thursday(year, day):
    found = calendar(D(year, 11, 1), D(year, 12, 1)).filter(pl.col("event") == "black_friday")
    assert found["day_on"].to_list() == [D(year, 11, day)]


def test_a_holiday_begins_in_its_first_year():
    culture = [calendar(D(y, 11, 24), D(y, 11, 25))["event"].to_list() for y in (2025, 2026)]
    assert culture == [[], ["culture_day"]]


@pytest.mark.parametrize(
    ("start", "end", "week", "days"),
    [
        (D(2026, 6, 1), D(2026, 7, 1), 6, 26),
        (D(2026, 6, 1), D(2026, 7, 1), 5, 22),
        (D(2026, 2, 1), D(2026, 3, 1), 6, 19),  # 24 days but Sundays, five of them Tết
        (D(2026, 6, 1), D(2026, 6, 1), 6, 0),
    ],
)
def test_working_days(start, end, week, days):
    assert working_days(start, end, None, week) == days


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_event_has_a_name_in_words(language):
    words = Words(language, "VND", 0)
    events = calendar(D(2026, 1, 1), D(2027, 1, 1))["event"].unique()
    assert [event for event in events if not words.has(f"holidays.event.{event}")] == []


@pytest.mark.parametrize(
    ("away", "is_in"), [(-29, False), (-28, True), (0, True), (13, True), (14, False)], ids=lambda value: str(value)
)
def test_the_season_of_tet_is_four_weeks_before_and_two_from_it(away, is_in):
    assert in_season(tet(2026) + timedelta(days=away)) is is_in


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (D(2026, 2, 17), D(2025, 1, 29)),  # mùng 1
        (D(2026, 1, 20), D(2025, 1, 1)),  # 28 days before: the season begins
        (D(2026, 1, 19), D(2024, 12, 31)),  # an ordinary day, whose date was nine days before Tết
        (D(2026, 1, 1), D(2024, 12, 13)),  # Tết is 19 days later: 28 + 19 days before it
        (D(2025, 12, 31), D(2024, 12, 31)),
        (D(2026, 3, 2), D(2025, 2, 11)),  # 13 days after
        (D(2026, 3, 3), D(2025, 3, 3)),
        (D(2025, 1, 1), D(2024, 1, 13)),  # Tết is earlier: 28 days before it
        (D(2024, 12, 31), D(2023, 12, 31)),
        (D(2025, 2, 22), D(2024, 3, 5)),  # 24 days after: its date was still Tết in 2024
        (D(2025, 2, 23), D(2024, 2, 23)),
        (D(2026, 11, 11), D(2025, 11, 11)),  # a sale of the solar year
        (D(2024, 2, 29), D(2023, 2, 28)),
        (D(2026, 12, 24), D(2025, 12, 24)),
    ],
)
def test_a_year_before_keeps_the_distance_to_tet_near_it_and_the_date_elsewhere(day, before):
    assert same_day_last_year(day) == before
