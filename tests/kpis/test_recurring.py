"""Recurring revenue: every movement can occur, the identity always holds."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.measure import annual_rate
from revops.kpis.recurring.mrr import (
    EFFECTS,
    HOME,
    MOVES,
    Rates,
    arr,
    customer_churn,
    gross_churn,
    mrr_at,
    mrr_bridge,
    net_churn,
    quick_ratio,
)
from revops.kpis.recurring.retention import kept

from .small import D, contracts, table

FEB, MAR, APR = D(2026, 2, 1), D(2026, 3, 1), D(2026, 4, 1)


@pytest.mark.parametrize(
    ("movement", "amount", "rows"),
    [
        ("new", 30, [("a", D(2026, 3, 20), None, 30)]),
        ("expansion", 10, [("a", D(2026, 1, 1), D(2026, 3, 9), 50), ("a", D(2026, 3, 9), None, 60)]),
        ("contraction", -10, [("a", D(2026, 1, 1), D(2026, 3, 9), 30), ("a", D(2026, 3, 9), None, 20)]),
        ("churn", -20, [("a", D(2026, 1, 1), D(2026, 3, 31), 20)]),
        ("reactivation", 25, [("a", D(2025, 6, 1), D(2025, 9, 1), 20), ("a", D(2026, 3, 2), None, 25)]),
        ("contraction", -20, [("a", D(2026, 1, 1), None, 30), ("a", D(2026, 1, 1), D(2026, 3, 5), 20)]),
    ],
)
def test_each_movement_occurs_and_only_it(movement, amount, rows):
    step = mrr_bridge(contracts(*rows), [MAR, APR]).row(0, named=True)
    assert {name: step[name] for name in EFFECTS if step[name]} == {movement: amount}
    assert step["opening"] + sum(step[name] for name in MOVES) == step["closing"]


@pytest.mark.parametrize(
    ("end_on", "churned_in"), [(D(2026, 3, 31), "March"), (APR, "April"), (D(2026, 4, 2), "April")]
)
def test_churn_is_seen_when_the_paid_time_has_ended(end_on, churned_in):
    steps = mrr_bridge(contracts(("a", D(2026, 1, 1), end_on, 20)), [MAR, APR, D(2026, 5, 1)])
    assert steps["churn"].to_list() == ([-20, 0] if churned_in == "March" else [0, -20])


def test_a_customer_who_had_nothing_but_a_passing_contract_comes_back_as_reactivation():
    rows = contracts(("a", D(2026, 3, 15), D(2026, 3, 28), 20), ("a", D(2026, 4, 2), None, 20))
    assert mrr_bridge(rows, [MAR, APR, D(2026, 5, 1)])["reactivation"].to_list() == [0, 20]


EXAMPLE = (
    ("a", D(2025, 1, 1), MAR, 50),
    ("a", MAR, None, 60),
    ("b", D(2025, 1, 1), MAR, 30),
    ("b", MAR, None, 20),
    ("c", D(2025, 1, 1), MAR, 20),
)


def test_rates_of_the_worked_example():
    """100 at the start: one grows by 10, one falls by 10, one of 20 leaves."""
    steps = mrr_bridge(contracts(*EXAMPLE), [MAR, APR])
    assert gross_churn(steps).value == pytest.approx(0.30)
    assert net_churn(steps).value == pytest.approx(0.20)
    assert customer_churn(steps).value == pytest.approx(1 / 3)
    found = kept(mrr_at(contracts(*EXAMPLE), [MAR, APR]), MAR, APR, HOME).row(0, named=True)
    assert (found["nrr"], found["grr"], found["logo_churn"]) == (0.8, 0.7, pytest.approx(1 / 3))
    assert arr(steps).value == 12 * 80


def test_the_quick_ratio_is_what_came_over_what_went():
    """30 new and 10 more against 10 lost and 5 less: 40 ÷ 15 = 2.67."""
    rows = contracts(
        ("n", D(2026, 3, 9), None, 30),
        ("e", D(2025, 1, 1), MAR, 20), ("e", MAR, None, 30),
        ("l", D(2025, 1, 1), MAR, 10),
        ("c", D(2025, 1, 1), MAR, 15), ("c", MAR, None, 10),
    )  # fmt: skip
    assert quick_ratio(mrr_bridge(rows, [MAR, APR])).value == pytest.approx(2.67, abs=0.005)


def test_the_quick_ratio_is_undefined_where_nothing_was_lost():
    found = quick_ratio(mrr_bridge(contracts(("n", D(2026, 3, 9), None, 30)), [MAR, APR]))
    assert (found.value, found.reason) == (None, "no_churn")


def test_a_monthly_rate_of_3_percent_is_30_6_percent_a_year():
    assert annual_rate(0.03) == pytest.approx(0.306, abs=5e-4)


def test_without_customers_at_the_start_churn_is_undefined():
    steps = mrr_bridge(contracts(("a", D(2026, 3, 20), None, 30)), [MAR, APR])
    assert (customer_churn(steps).value, customer_churn(steps).reason) == (None, "no_cases")


DOLLARS = Rates(0, {"USD": [(D(2025, 1, 1), 25_000 * 10**9), (MAR, 26_000 * 10**9)]})


def dollars(*rows):
    """Contracts by customer, start, end and whole dollars a month, booked at 25,000 đồng."""
    names = ("customer_id", "start_on", "end_on", "usd")
    found = [dict(zip(names, row, strict=True)) | {"subscription_id": str(i)} for i, row in enumerate(rows)]
    more = [{"currency": "USD", "source_mrr": 10_000 * row["usd"], "mrr": 25_000 * row["usd"]} for row in found]
    return table("subscriptions", [row | extra for row, extra in zip(found, more, strict=True)])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", D(2025, 1, 1), None, 10)], {"fx": 10_000}),
        ([("a", D(2025, 1, 1), MAR, 10), ("a", MAR, None, 12)], {"expansion": 50_000, "fx": 12_000}),
        ([("a", D(2025, 1, 1), MAR, 10), ("a", MAR, None, 8)], {"contraction": -50_000, "fx": 8_000}),
        ([("a", D(2025, 1, 1), MAR, 10)], {"churn": -250_000}),
        ([("a", MAR, None, 10)], {"new": 260_000}),
    ],
)
def test_what_the_exchange_rate_moves_is_no_expansion(rows, expected):
    """A dollar is worth 25,000 đồng until February and 26,000 from March on."""
    step = mrr_bridge(dollars(*rows), [MAR, APR], DOLLARS).row(0, named=True)
    assert {name: step[name] for name in EFFECTS if step[name]} == expected
    assert step["opening"] + sum(step[name] for name in EFFECTS) == step["closing"]


def test_who_stays_is_measured_at_the_rates_of_then():
    found = kept(mrr_at(dollars(("a", D(2025, 1, 1), None, 10)), [MAR, APR]), MAR, APR, DOLLARS).row(0, named=True)
    assert (found["base"], found["now"], found["nrr"]) == (250_000, 250_000, 1.0)


@pytest.mark.parametrize(
    ("day", "rate"),
    [(D(2024, 6, 1), 25_000), (D(2025, 1, 1), 25_000), (D(2026, 2, 28), 25_000), (MAR, 26_000)],
    ids=["before the first: the first", "its first day", "the last day of it", "the next"],
)
def test_a_rate_holds_until_the_next(day, rate):
    assert DOLLARS.on(day) == {"USD": rate * 10**9}


SPANS = st.tuples(st.sampled_from("abc"), st.integers(0, 300), st.integers(1, 200) | st.none(), st.integers(0, 10**6))


@given(st.lists(SPANS, max_size=12))
def test_opening_and_movements_always_make_the_closing_and_the_next_opening(spans):
    start = D(2025, 1, 1).toordinal()
    rows = contracts(
        *[(c, D.fromordinal(start + s), None if n is None else D.fromordinal(start + s + n), m) for c, s, n, m in spans]
    )
    steps = mrr_bridge(rows, [D(2025, month, 1) for month in range(1, 13)])
    moved = steps.select(pl.sum_horizontal("opening", *EFFECTS))["opening"]
    assert moved.to_list() == steps["closing"].to_list()
    assert steps["closing"][:-1].to_list() == steps["opening"][1:].to_list()
    assert (steps["churn"] <= 0).all()
    assert (steps["new"] >= 0).all()
