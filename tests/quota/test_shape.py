"""How a year is given over its months: season with a Tết that moves, working days, pipeline, and blends of them."""

from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.holidays import days_to_tet, tet
from revops.periods import add_months
from revops.quota.shape import (
    LEVEL,
    Shape,
    by_pipeline,
    by_working_days,
    due_months,
    feast_of,
    seasonality,
    year_weights,
)

YEARS = {2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26)}


def year(number: int) -> list[date]:
    return [date(number, month, 1) for month in range(1, 13)]


def sold(day: date) -> int:
    """A shop that sells 100 a day, half as much again in the last quarter, twice as much in the four weeks before Tết
    and nothing in the week after it.
    """
    away = days_to_tet(day)
    feast = 2 if 0 < away <= 28 else 0 if -7 < away <= 0 else 1
    return feast * (150 if day.month >= 10 else 100)


def history(first: int, last: int) -> pl.DataFrame:
    """Its days of whole years."""
    start = date(first, 1, 1)
    days = [start + timedelta(days=i) for i in range((date(last + 1, 1, 1) - start).days)]
    return pl.DataFrame({"moved_on": days, "amount": [sold(day) for day in days], "product_group": "Fans"})


def months_of(days: pl.DataFrame) -> pl.DataFrame:
    month = pl.col("moved_on").dt.truncate("1mo").alias("month_on")
    return days.group_by(month, "product_group").agg(pl.col("amount").sum())


def shares(weights) -> list[float]:
    return [float(weight / sum(weights)) for weight in weights]


def true_shares(number: int) -> list[float]:
    sums = [
        sum(sold(month + timedelta(days=i)) for i in range((add_months(month, 1) - month).days))
        for month in year(number)
    ]
    return shares([Fraction(amount) for amount in sums])


# --- season ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "day"), YEARS.items())
def test_new_years_day_of_the_four_years(number, day):
    assert tet(number) == day


@pytest.mark.parametrize("number", YEARS)
def test_each_year_has_its_own_months_wherever_tet_falls(number):
    """Read from 2022 to 2024, Tết on 1 February, 22 January and 10 February, the shape knows every later year."""
    days = history(2022, 2024)
    shape = seasonality(months_of(days), date(2022, 1, 1), date(2025, 1, 1), feast_of(days))["Fans"]
    assert shares(shape.of(year(number))) == pytest.approx(true_shares(number), abs=0.002)


def test_without_tet_january_and_february_are_those_that_history_saw():
    days = history(2022, 2024)
    shape = seasonality(months_of(days), date(2022, 1, 1), date(2025, 1, 1))["Fans"]
    january = [shares(shape.of(year(number)))[0] for number in YEARS]
    assert len(set(january)) == 1
    assert max(abs(true_shares(number)[0] - january[0]) for number in YEARS) > 0.015


def test_an_early_tet_lifts_january_a_late_one_february():
    days = history(2022, 2024)
    shape = seasonality(months_of(days), date(2022, 1, 1), date(2025, 1, 1), feast_of(days))["Fans"]
    (january_28, february_28), (january_26, february_26) = (shape.of(year(n))[:2] for n in (2028, 2026))
    assert january_28 > january_26
    assert february_28 < february_26


def test_a_season_that_is_not_known_whole_tells_nothing_of_tet():
    days = history(2024, 2024).filter(pl.col("moved_on") > date(2024, 1, 15))
    assert feast_of(days) == ()
    assert feast_of(days.clear()) == ()


def test_parts_of_a_month_weigh_by_their_days_around_tet():
    """Before Tết 2027 (6 February) twice as much, then nothing for a week: five days × 2, seven × 0, sixteen × 1."""
    days = history(2022, 2024)
    shape = seasonality(months_of(days), date(2022, 1, 1), date(2025, 1, 1), feast_of(days))["Fans"]
    part = shape.share(date(2027, 2, 1), date(2027, 2, 6), date(2027, 3, 1))
    assert float(part) == pytest.approx(10 / 26, abs=0.001)


@given(st.lists(st.integers(0, 1000), min_size=12, max_size=12), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_months_weigh_what_their_days_weigh(weights, day):
    shape = Shape(tuple(weights), tet=feast_of(history(2022, 2024)))
    first, after = day.replace(day=1), add_months(day.replace(day=1), 1)
    assert shape.weight(first, day) + shape.weight(day, after) == shape.of([first])[0]


def test_a_year_of_which_nothing_is_known_is_level():
    nothing = months_of(history(2024, 2024)).clear()
    assert seasonality(nothing, date(2024, 1, 1), date(2024, 1, 1))[None] == LEVEL


# --- working days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "days"),
    [
        (date(2026, 2, 1), 19),  # 28 days, 4 Sundays, Tết from Monday 16 to Friday 20
        (date(2025, 1, 1), 22),  # 31 days, 4 Sundays, New Year, Tết from Tuesday 28 to Friday 31 (and 1 February)
        (date(2026, 9, 1), 25),
        (date(2026, 10, 1), 27),
    ],
)
def test_working_days_leave_out_sundays_tet_and_public_holidays(month, days):
    assert by_working_days([month]) == [days]


def test_a_company_that_does_not_keep_tet_works_the_weeks_days():
    assert by_working_days([date(2026, 2, 1), date(2026, 3, 1)], week=5, keeps_tet=False) == [20, 22]


def test_the_companys_own_days_are_worked():
    assert by_working_days([date(2026, 10, 1)], own={"stocktaking": [date(2026, 10, 12)]}) == [27]


# --- pipeline -------------------------------------------------------------------------------------------------------


def deal(amount, close_on, state="open", group="Fans", snapshot=date(2026, 10, 31)):
    return {
        "snapshot_on": snapshot, "product_group": group, "amount": amount, "close_on": close_on,
        "is_closed": state != "open", "is_won": state == "won",
    }  # fmt: skip


DEALS = pl.DataFrame(
    [
        deal(100, date(2027, 1, 10)),
        deal(300, date(2027, 3, 20)),
        deal(None, date(2027, 4, 1)),
        deal(60, date(2026, 5, 1), "won"),
        deal(40, date(2026, 6, 1), "lost"),
        deal(80, date(2027, 1, 5), group="Heaters"),
        deal(999, date(2027, 6, 1), snapshot=date(2026, 9, 30)),
        deal(999, date(2027, 6, 1), snapshot=date(2026, 11, 30)),
    ]
)


def test_what_is_due_is_open_in_the_last_export_and_counts_by_the_win_rate():
    """Fans win 60 of 100; heaters never closed a deal and take the rate of all."""
    due = due_months(DEALS, date(2026, 10, 31))
    assert due["Fans"] == {date(2027, 1, 1): 60, date(2027, 3, 1): 180}
    assert due["Heaters"] == {date(2027, 1, 1): 48}
    assert due[None] == {date(2027, 1, 1): 108, date(2027, 3, 1): 180}


def test_months_of_the_pipeline_share_their_season_the_others_keep_theirs():
    season = [10, 20, 30, 40]
    due = {date(2027, 1, 1): 60, date(2027, 3, 1): 180}
    assert by_pipeline(year(2027)[:4], due, season) == [15, 0, 45, 40]


def test_without_a_deal_due_the_pipeline_is_the_season():
    assert by_pipeline(year(2027)[:3], {date(2026, 12, 1): 5}, [1, 2, 3]) == [1, 2, 3]


# --- blends ---------------------------------------------------------------------------------------------------------


def test_a_blend_is_of_shares_so_that_the_size_of_weights_does_not_matter():
    how = {"season": 750_000_000, "working_days": 250_000_000}
    parts = {"season": [1, 3], "working_days": [26, 26], "equal": [1, 1]}
    assert year_weights(how, parts) == [Fraction(5, 16), Fraction(11, 16)]
    assert year_weights(how, parts | {"season": [1000, 3000]}) == [Fraction(5, 16), Fraction(11, 16)]


def test_a_way_without_weights_counts_as_all_months_alike():
    assert year_weights({"pipeline": 1}, {"pipeline": [0, 0]}) == [Fraction(1, 2), Fraction(1, 2)]
