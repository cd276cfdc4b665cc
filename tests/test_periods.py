"""Months, quarters, ISO weeks and years as half-open ranges of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.periods import Period, add_months, months_between, parse_range
from revops.problems import InputError

MONTHS = st.integers(1, 12)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def names(first_month: int) -> st.SearchStrategy[str]:
    years = st.integers(1990, 2090)
    return st.one_of(
        st.builds("{}-{:02}".format, years, MONTHS),
        st.builds("{}-Q{}".format, years, st.integers(1, 4)),
        st.builds("{}-W{:02}".format, years, st.integers(1, 52)),
        years.map(str),
    )


@pytest.mark.parametrize(
    ("text", "fiscal_year_starts", "kind", "start", "end"),
    [
        ("2026-10", 1, "month", "2026-10-01", "2026-11-01"),
        ("2026-12", 1, "month", "2026-12-01", "2027-01-01"),
        ("2024-02", 1, "month", "2024-02-01", "2024-03-01"),
        ("2026-Q4", 1, "quarter", "2026-10-01", "2027-01-01"),
        ("2014-Q1", 7, "quarter", "2013-07-01", "2013-10-01"),
        ("2014-Q4", 7, "quarter", "2014-04-01", "2014-07-01"),
        ("2026-Q2", 12, "quarter", "2026-03-01", "2026-06-01"),
        ("2026", 1, "year", "2026-01-01", "2027-01-01"),
        ("2014", 7, "year", "2013-07-01", "2014-07-01"),
        ("2026-W01", 1, "week", "2025-12-29", "2026-01-05"),
        ("2026-W53", 1, "week", "2026-12-28", "2027-01-04"),
        (" 2026-W1 ", 7, "week", "2025-12-29", "2026-01-05"),
        ("2013-07", 7, "month", "2013-07-01", "2013-08-01"),
    ],
)
def test_a_name_gives_kind_and_days(text, fiscal_year_starts, kind, start, end):
    period = Period.parse(text, fiscal_year_starts)
    assert (period.kind, str(period.start), str(period.end)) == (kind, start, end)


@pytest.mark.parametrize(
    "text",
    ["2026-13", "2026-00", "2026-1", "2026-Q0", "2026-Q5", "2026-W00", "2025-W53", "26-10", "", "october"],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InputError) as caught:
        Period.parse(text)
    assert str(caught.value) == (
        f"period: found {text}, expected a month 2026-10, a quarter 2026-Q4, an ISO week 2026-W43 or a year 2026. "
        "Next: correct the period."
    )


@given(st.data(), MONTHS)
def test_the_next_one_starts_where_this_one_ends(data, first_month):
    period = Period.parse(data.draw(names(first_month)), first_month)
    before = period.previous()
    assert before.end == period.start
    assert before.kind == period.kind
    assert Period.parse(period.name, first_month) == period
    assert period.last_day + timedelta(days=1) == period.end
    assert period.days == (period.end - period.start).days


@given(st.data(), MONTHS)
def test_the_year_before_is_the_same_place_in_its_year(data, first_month):
    period = Period.parse(data.draw(names(first_month)), first_month)
    earlier = period.previous_year()
    if period.kind == "week":
        assert period.start - earlier.start == timedelta(weeks=52)
    else:
        assert earlier.start == add_months(period.start, -12)
        assert earlier.end == add_months(period.end, -12)


@given(st.data(), MONTHS)
def test_the_fiscal_year_holds_the_first_day(data, first_month):
    period = Period.parse(data.draw(names(first_month)), first_month)
    year = period.fiscal_year
    assert year.start <= period.start < year.end
    assert year.start.month == first_month
    assert year.name == str((year.end - timedelta(days=1)).year)
    assert period.to_date() == (year.start, period.end)


@given(st.integers(1990, 2090), MONTHS)
def test_four_quarters_make_the_year(year, first_month):
    quarters = [Period.parse(f"{year}-Q{number}", first_month) for number in (1, 2, 3, 4)]
    whole = Period.parse(str(year), first_month)
    assert [month for quarter in quarters for month in quarter.months] == whole.months
    assert len(whole.months) == 12
    assert (quarters[0].start, quarters[3].end) == (whole.start, whole.end)


@given(DAYS)
def test_a_day_lies_in_its_month(day):
    month = Period.of_month(day)
    assert month.start <= day < month.end
    assert month.months == [day.replace(day=1)]


@given(DAYS, st.integers(-400, 400))
def test_months_add_up(day, months):
    assert add_months(add_months(day, months), -months) == day.replace(day=1)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 1), [date(2026, 1, 1)]),
        (date(2026, 1, 31), date(2026, 2, 2), [date(2026, 1, 1), date(2026, 2, 1)]),
        (date(2026, 1, 1), date(2026, 1, 1), []),
    ],
)
def test_months_touched_by_a_range(start, end, months):
    assert months_between(start, end) == months


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("2026-10", ["2026-10"]),
        ("2025-12..2026-02", ["2025-12", "2026-01", "2026-02"]),
        ("2026-Q4..2027-Q1", ["2026-Q4", "2027-Q1"]),
        ("2026-W53..2027-W01", ["2026-W53", "2027-W01"]),
        ("2025..2026", ["2025", "2026"]),
    ],
)
def test_a_range_is_read_in_order(text, periods):
    assert [period.name for period in parse_range(text)] == periods


@pytest.mark.parametrize("text", ["2026-02..2026-01", "2026-01..2026-Q2", "2026..2026-12"])
def test_a_range_of_two_kinds_or_backwards_is_refused(text):
    with pytest.raises(InputError, match="two periods of one kind, the earlier first"):
        parse_range(text)


@pytest.mark.parametrize("text", ["2026-01..", "..2026-01", "2026-01..2026-13"])
def test_a_range_with_an_unreadable_end_is_refused(text):
    with pytest.raises(InputError, match="expected a month 2026-10"):
        parse_range(text)


@given(st.data(), st.integers(1, 30))
def test_trailing_periods_touch_and_end_here(data, count):
    period = Period.parse(data.draw(names(1)))
    periods = period.trailing(count)
    assert len(periods) == count
    assert periods[-1] == period
    assert all(a.end == b.start for a, b in zip(periods, periods[1:], strict=False))
