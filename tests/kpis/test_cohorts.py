"""Cohorts by month and quarter, who came again in a month or after it, what they brought."""

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.customers import cohorts, guests
from revops.periods import add_months

from .small import D, order, world

JAN = D(2026, 1, 1)


def months(*rows):
    """customer, months after January 2026, orders, net amount."""
    found = [(who, add_months(JAN, k), orders, net) for who, k, orders, net in rows]
    schema = {"customer_id": pl.String, "month_on": pl.Date, "orders": pl.Int64, "net_amount": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row")


def column(found, cohort, name):
    return found.filter(pl.col("cohort_on") == cohort)[name].to_list()


SEEN = months(
    ("a", 0, 1, 50), ("a", 3, 1, 30), ("b", 0, 2, 20), ("b", 1, 0, -20), ("c", 2, 1, 9), ("d", 0, 1, 11), ("d", 1, 1, 4)
)  # fmt: skip


def test_a_customer_is_in_each_month_with_an_order_and_later_until_the_last():
    found = cohorts.table(SEEN, D(2026, 6, 1), 5)
    assert column(found, JAN, "customers") == [3] * 6
    assert column(found, JAN, "active") == [3, 1, 0, 1, 0, None]
    assert column(found, JAN, "later") == [3, 2, 1, 1, 0, None]
    assert column(found, JAN, "later_share")[1] == 2 / 3


def test_money_is_that_of_the_month_with_its_returns_for_each_customer_of_the_cohort():
    found = cohorts.table(SEEN, D(2026, 6, 1), 5)
    assert column(found, JAN, "net_amount") == [81, -16, 0, 30, 0, None]
    assert column(found, JAN, "net_per_customer") == [27, -5, 0, 10, 0, None], "rounded once, half away from zero"


@pytest.mark.parametrize(
    ("end", "active"),
    [(D(2026, 4, 1), [3, 1, 0, None]), (D(2026, 4, 2), [3, 1, 0, 1]), (D(2026, 5, 1), [3, 1, 0, 1])],
    ids=["a month that has not begun is empty", "one that runs counts as far as it got", "one that is over"],
)
def test_future_months_are_empty_and_silent_ones_0(end, active):
    assert column(cohorts.table(SEEN, end, 3 if active[-1] is None else 4), JAN, "active")[:4] == active


@pytest.mark.parametrize(
    ("starts", "cohort", "active"),
    [(1, D(2026, 1, 1), [4, 1, 0, None]), (2, D(2025, 11, 1), [3, 2, 0, 0])],
    ids=["calendar", "a fiscal year from February"],
)
def test_quarters_are_fiscal(starts, cohort, active):
    found = cohorts.table(SEEN, D(2026, 10, 1), 4, "quarter", starts)
    assert column(found, cohort, "active")[:4] == active
    assert column(found, cohort, "month_on")[1] == add_months(cohort, 3)


def test_only_the_last_cohorts_are_shown_and_one_without_customers_is_not():
    found = cohorts.table(SEEN, D(2026, 4, 1), 2)
    assert found["cohort_on"].unique().to_list() == [D(2026, 3, 1)]


def test_what_is_returned_before_the_first_known_order_belongs_to_no_cohort():
    rows = months(("a", 0, 0, -70), ("a", 1, 1, 100))
    assert cohorts.cells(rows)["net_amount"].sum() == 100


def test_guests_form_no_cohort_and_are_counted_apart():
    facts = world(
        D(2026, 2, 28),
        orders=[
            order("a", D(2026, 1, 5), customer_id="x"),
            order("b", D(2026, 1, 6), customer_id=None),
            order("c", D(2026, 2, 6), customer_id=None),
            order("d", D(2026, 2, 7), customer_id=None, is_cancelled=True),
        ],
    )
    found = cohorts.table(facts.customers, D(2026, 3, 1), 2)
    assert column(found, JAN, "customers") == [1, 1, 1]
    assert sorted(guests(facts.scan("orders")).collect().rows()) == [(JAN, 1, 2), (D(2026, 2, 1), 1, 1)]


ROWS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 11), st.integers(0, 3), st.integers(-90, 90)), max_size=50
)


@given(ROWS, st.randoms())
def test_cohorts_add_up_and_the_order_of_rows_does_not_matter(rows, chance: random.Random):
    seen = months(*{(who, k): (who, k, orders, net) for who, k, orders, net in rows}.values())
    found = cohorts.table(seen, D(2027, 1, 1), 12)
    mixed = seen.sample(fraction=1, shuffle=True, seed=chance.randrange(1000))
    assert cohorts.table(mixed, D(2027, 1, 1), 12).equals(found)
    past = found.filter(pl.col("active").is_not_null())
    buyers = seen.filter(pl.col("orders") > 0)
    assert past["active"].sum() == buyers.height, "each month of buying is in one cell"
    assert past.filter(pl.col("month_number") == 0)["customers"].sum() == buyers["customer_id"].n_unique()
    assert past.select(pl.all_horizontal(pl.col("active") <= pl.col("later")).all()).item()
    assert past.select((pl.col("later").diff().over("cohort_on").fill_null(0) <= 0).all()).item()


def test_a_cancelled_order_alone_makes_no_customer():
    rows = world(D(2026, 6, 30), orders=[order("a", JAN, is_cancelled=True)]).customers
    assert rows.is_empty()
    assert cohorts.table(rows, D(2026, 7, 1)).is_empty()
