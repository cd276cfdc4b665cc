"""Whole numbers of days, the same on every engine."""

from datetime import date

import duckdb
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.frames import day_number, native, opened

DAYS = st.lists(st.dates(date(1901, 1, 1), date(2099, 12, 31)), min_size=1, max_size=20)


@given(DAYS)
def test_day_numbers_count_the_days_since_1970(days):
    frame = pl.DataFrame({"day_on": days})
    expected = [(day - date(1970, 1, 1)).days for day in days]
    assert native(opened(frame).select(day_number("day_on")))["day_on"].to_list() == expected


def test_duckdb_counts_the_same():
    frame = pl.DataFrame({"day_on": [date(1969, 12, 31), date(2000, 2, 29), date(2026, 10, 31), None]})
    with duckdb.connect() as connection:
        connection.register("t", frame.to_arrow())
        found = native(opened(connection.sql("select * from t")).select(day_number("day_on"))).pl()
    assert found.equals(native(opened(frame).select(day_number("day_on"))))
