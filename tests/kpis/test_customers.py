"""First orders, repeat buying, cohorts, customer value."""

from datetime import datetime

import polars as pl
import pytest

from revops.kpis import customers
from revops.kpis.counting import measure
from revops.kpis.customers import cohorts
from revops.periods import add_months

from .small import PRODUCTS, D, back, company, line, order, table, world


def months(*rows):
    names = ["customer_id", "month_on", "orders", "net_amount", "cost_units", "uncosted"]
    filled = [dict(zip(names, [*row, *[0] * (6 - len(row))], strict=True)) for row in rows]
    return pl.DataFrame(
        filled, schema={"customer_id": pl.String, "month_on": pl.Date} | dict.fromkeys(names[2:], pl.Int64)
    )


def value(facts, key, span):
    return measure(facts, [key], [span]).select("value", "reason").row(0)


def test_the_first_order_is_the_earliest_that_was_not_cancelled_and_ties_go_to_the_smaller_id():
    at = datetime(2026, 3, 1, 9)
    heads = [
        order("b", D(2026, 3, 1), customer_id="x", channel="Shops"),
        order("a", D(2026, 3, 1), customer_id="x", ordered_at=at),
        order("0", D(2026, 1, 1), customer_id="x", is_cancelled=True),
        order("c", D(2026, 4, 1), customer_id="x"),
        order("d", D(2026, 4, 1), customer_id=None),
    ]
    found = customers.first_orders(table("orders", heads)).rows(named=True)
    assert found == [
        {
            "customer_id": "x",
            "first_order_id": "a",
            "channel": "Web",
            "region": "North",
            "first_on": D(2026, 3, 1),
            "orders": 3,
        }
    ]


@pytest.mark.parametrize(("start", "end", "new"), [(1, 2, 0), (2, 3, 1), (3, 4, 2), (4, 5, 0)])
def test_a_customer_is_new_once_in_the_month_of_the_first_order(start, end, new):
    firsts = pl.DataFrame({"customer_id": ["a", "b", "c"], "first_on": [D(2026, 2, 28), D(2026, 3, 1), D(2026, 3, 31)]})
    assert customers.new_customers(firsts, D(2026, start, 1), D(2026, end, 1)) == new


def test_repeat_rate_and_its_undefined_case():
    again = [
        order("a", D(2026, 3, 1), customer_id="x"),
        order("b", D(2026, 3, 2), customer_id="x"),
        order("c", D(2026, 3, 3)),
    ]
    march = (D(2026, 3, 1), D(2026, 4, 1))
    assert value(world(D(2026, 3, 31), orders=again), "repeat_rate", march) == (0.5, None)
    nobody = world(D(2026, 3, 31), orders=[order("a", D(2026, 3, 1), customer_id=None)], order_lines=[line("a", 100)])
    assert value(nobody, "repeat_rate", march) == (None, "no_cases")


def test_cohorts_have_a_full_spine_silent_months_are_0_and_future_months_null():
    rows = months(("a", D(2026, 1, 1), 1), ("a", D(2026, 4, 1), 1), ("b", D(2026, 1, 1), 2), ("c", D(2026, 3, 1), 1))
    table_ = cohorts.table(rows, D(2026, 5, 1), 4)
    cells = {
        (c.month, k): (a, s) for c, k, a, s in table_.select("cohort_on", "month_number", "active", "share").rows()
    }
    assert [cells[1, k] for k in range(5)] == [(2, 1.0), (0, 0.0), (0, 0.0), (1, 0.5), (None, None)]
    assert [cells[3, k][0] for k in range(4)] == [1, 0, None, None]
    assert set(table_["cohort_on"]) == {D(2026, 1, 1), D(2026, 3, 1)}


def test_a_month_with_only_a_return_is_not_a_month_of_buying():
    rows = months(("a", D(2026, 1, 1), 1), ("a", D(2026, 2, 1), 0))
    cells = cohorts.table(rows, D(2026, 3, 1), 2)
    assert cells.filter(pl.col("month_number") == 1)["active"].to_list() == [0]


@pytest.mark.parametrize(
    ("unit_cost", "expected"),
    [(300_000, (1000 - 60) // 2), (None, 500)],
    ids=["margin where each line has a cost", "revenue where one has none"],
)
def test_customer_value_is_what_buyers_brought_over_their_number(unit_cost, expected):
    facts = world(
        D(2026, 2, 28),
        company(kpis={"clv_months": 2}),
        orders=[order("a", D(2026, 1, 5)), order("b", D(2026, 2, 5))],
        order_lines=[line("a", 600), line("b", 400)],
        products=PRODUCTS.with_columns(unit_cost=pl.lit(unit_cost, pl.Int64)),
    )
    assert value(facts, "clv", (D(2026, 2, 1), D(2026, 3, 1))) == (expected, None)


def test_customer_value_over_a_window_that_begins_before_the_data_is_unknown():
    facts = world(D(2026, 2, 28), company(kpis={"clv_months": 3}), orders=[order("a", D(2026, 1, 5))])
    assert value(facts, "clv", (D(2026, 2, 1), D(2026, 3, 1))) == (None, "no_history")
    assert value(world(D(2026, 2, 28)), "clv", (D(2026, 2, 1), D(2026, 3, 1))) == (None, "no_source")


def test_retention_counts_last_years_buyers_who_came_again():
    rows = months(
        *[
            (name, add_months(D(2024, 1, 1), k), 1)
            for name, ks in (("a", (0, 13)), ("b", (5,)), ("c", (11, 12)), ("d", (20,)))
            for k in ks
        ]
    )
    found = customers.retention(rows, D(2026, 1, 1))
    assert (found.numerator, found.denominator) == (2, 3)
    assert customers.retention(rows, D(2025, 12, 1)).reason == "no_history"


def test_returns_reduce_what_a_customer_brought():
    facts = world(
        D(2026, 3, 31),
        orders=[order("a", D(2026, 2, 3), customer_id="x")],
        order_lines=[line("a", 1000, quantity=2)],
        returns=[back("r", D(2026, 3, 3), "a", 500)],
    )
    found = facts.customers.select("month_on", "orders", "net_amount", "cost_units").rows()
    assert found == [(D(2026, 2, 1), 1, 1000, 1_200_000), (D(2026, 3, 1), 0, -500, -600_000)]
