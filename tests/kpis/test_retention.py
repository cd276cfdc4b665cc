"""What stays of recurring revenue, how long contracts last, what is due: both sides of every bound."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import counting
from revops.kpis.headline import value_of
from revops.kpis.measure import missing
from revops.kpis.recurring.mrr import EFFECTS, HOME, mrr_at
from revops.kpis.recurring.retention import anniversary, kept, lives, renewals, retention_table, survival_by_month

from .small import D, company, table, world

MAR, APR = D(2026, 3, 1), D(2026, 4, 1)
NAMES = ("subscription_id", "customer_id", "start_on", "end_on", "mrr", "region")


def contracts(*rows):
    return table("subscriptions", [dict(zip(NAMES, row, strict=False)) for row in rows])


def facts(*rows, **settings):
    return world(D(2026, 3, 31), company(**settings), subscriptions=contracts(*rows))


MOVED = st.tuples(st.sampled_from("abcd"), st.integers(0, 500), st.integers(1, 400) | st.none(), st.integers(1, 10**6),
                  st.sampled_from(["North", "South", None]))  # fmt: skip


@given(st.lists(MOVED, min_size=1, max_size=12))
def test_gross_retention_is_never_above_one_nor_above_net(given_):
    first = D(2025, 1, 1)
    rows = contracts(
        *[(str(i), c, first + timedelta(days=s), None if n is None else first + timedelta(days=s + n), m, r)
          for i, (c, s, n, m, r) in enumerate(given_)]
    )  # fmt: skip
    start, end = D(2025, 6, 1), D(2026, 6, 1)
    at = mrr_at(rows, [start, end])
    for by in ((), ("region",)):
        found = kept(at, start, end, HOME, by).drop_nulls("nrr")
        assert (found["grr"] <= 1).all()
        assert (found["grr"] <= found["nrr"]).all()
        assert found["base"].sum() == kept(at, start, end, HOME)["base"][0]


def test_by_dimension_the_parts_of_the_base_sum_to_the_whole():
    year = D(2025, 3, 1)
    made = facts(("1", "a", year, None, 50, "North"), ("2", "b", year, D(2026, 2, 1), 30, "North"),
                 ("3", "c", year, None, 20, "South"), ("4", "d", MAR, None, 99, "South"))  # fmt: skip
    rows = retention_table(made, APR).select("dimension", "cell", "customers", "base", "nrr", "logo_churn").rows()
    assert rows == [
        ("region", "North", 2, 80, 0.625, 0.5),
        ("region", "South", 1, 20, 1.0, 0.0),
        ("all", None, 3, 100, 0.7, pytest.approx(1 / 3)),
    ]
    cells = counting.measure(made, ["nrr"], [(MAR, APR)], by=("region",))
    assert dict(cells.select("region", "value").rows()) == {"North": 0.625, "South": 1.0}
    assert value_of(made, "nrr", (MAR, APR)).value == 0.7


def test_a_year_needs_contracts_of_a_year_before():
    made = facts(("1", "a", D(2025, 5, 1), None, 50))
    assert value_of(made, "grr", (MAR, APR)) == missing("no_history")


def test_who_left_and_came_back_counts_with_what_it_pays_now_and_who_is_new_counts_nowhere():
    year = D(2025, 1, 1)
    made = facts(("1", "a", year, D(2025, 9, 1), 50), ("1", "a", D(2026, 2, 1), None, 40), ("2", "b", MAR, None, 999))
    assert (value_of(made, "nrr", (MAR, APR)).value, value_of(made, "grr", (MAR, APR)).value) == (0.8, 0.8)


def test_movements_of_a_dimension_sum_to_its_own_closing():
    """a moves from North to South and is one customer with the same money: a movement in each region, none in all."""
    made = facts(("1", "a", D(2025, 1, 1), MAR, 50, "North"), ("2", "a", MAR, None, 50, "South"))
    whole = counting.measure(made, ["churn_mrr", "new_mrr"], [(MAR, APR)])
    assert whole["value"].to_list() == [0, 0]
    cells = counting.measure(made, ["churn_mrr", "new_mrr"], [(MAR, APR)], by=("region",)).filter(pl.col("value") != 0)
    assert cells.select("metric", "region", "value").rows() == [("churn_mrr", "North", -50), ("new_mrr", "South", 50)]


@pytest.mark.parametrize("key", ["mrr", "nrr", "gross_mrr_churn", "quick_ratio", "recurring_customers"])
def test_without_contracts_nothing_is_0(key):
    assert value_of(world(D(2026, 3, 31)), key, (MAR, APR)) == missing("no_source")


def test_the_catalogue_counts_the_worked_example():
    year = D(2025, 1, 1)
    made = facts(("1", "a", year, MAR, 50), ("1", "a", MAR, None, 60), ("2", "b", year, MAR, 30),
                 ("2", "b", MAR, None, 20), ("3", "c", year, MAR, 20))  # fmt: skip
    found = {key: value_of(made, key, (MAR, APR)).value for key in ("gross_mrr_churn", "net_mrr_churn", "nrr", "grr")}
    assert found == pytest.approx({"gross_mrr_churn": 0.3, "net_mrr_churn": 0.2, "nrr": 0.8, "grr": 0.7})
    assert value_of(made, "service_arr", (MAR, APR)).value == 12 * 80
    sums = sum(value_of(made, f"{name}_mrr", (MAR, APR)).value for name in EFFECTS)
    assert 100 + sums == value_of(made, "mrr", (MAR, APR)).value


def test_the_run_rate_is_12_times_the_last_month_and_not_the_sum_of_the_year():
    made = facts(("1", "a", D(2025, 12, 1), None, 10), ("2", "b", MAR, None, 5))
    assert value_of(made, "service_arr", (D(2026, 1, 1), APR)).value == 180


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("1", "a", D(2026, 1, 1), D(2026, 2, 1), 5)], [(31, 1, 0)]),
        ([("1", "a", D(2026, 1, 1), None, 5)], [(90, 0, 1)]),
        ([("1", "a", D(2026, 1, 1), APR, 5)], [(90, 0, 1)]),
        ([("1", "a", D(2026, 1, 1), D(2026, 2, 1), 5), ("1", "a", D(2026, 2, 1), None, 9)], [(90, 0, 1)]),
        ([("1", "a", D(2026, 1, 1), D(2026, 2, 1), 5), ("1", "a", D(2026, 2, 2), None, 9)], [(31, 1, 0), (58, 0, 1)]),
        ([("1", "a", D(2026, 1, 1), None, 0)], []),
    ],
    ids=["ended", "open", "ends later", "a change of price", "a gap", "free"],
)
def test_a_contract_lives_until_a_gap(rows, expected):
    assert lives(contracts(*rows), APR).select("days", "ended", "running").rows() == expected


def test_running_contracts_count_as_long_as_they_have_been_seen():
    """Of four, one ends after 31 days; one is 10 days old and is not at risk of that; two go on."""
    rows = contracts(("1", "a", D(2026, 1, 1), D(2026, 2, 1), 5), ("2", "b", D(2026, 1, 1), None, 5),
                     ("3", "c", D(2026, 1, 1), None, 5), ("4", "d", D(2026, 3, 22), None, 5))  # fmt: skip
    assert survival_by_month(rows, APR).rows() == [(0, 1.0, 4), (1, 1.0, 3), (2, pytest.approx(2 / 3), 2)]


@pytest.mark.parametrize(
    ("start", "end", "due"),
    [
        (D(2025, 4, 1), None, D(2026, 4, 1)),
        (D(2025, 3, 31), None, None),
        (D(2024, 6, 29), None, D(2026, 6, 29)),
        (D(2024, 6, 30), None, None),
        (D(2026, 1, 5), D(2026, 4, 1), D(2026, 4, 1)),
        (D(2026, 1, 5), D(2026, 6, 30), None),
        (D(2025, 6, 5), D(2026, 3, 31), None),
    ],
    ids=["the first day", "the day before", "the last day", "the day after", "ends", "ends later", "has ended"],
)
def test_a_contract_is_due_within_90_days(start, end, due):
    found = renewals(facts(("1", "a", start, end, 100)))
    assert found["due_on"].to_list() == ([] if due is None else [due])
    assert found["is_ending"].to_list() == ([] if due is None else [end is not None])
    assert found["term_amount"].sum() == (0 if due is None else 1200)


def test_the_company_sets_the_term():
    made = facts(("1", "a", D(2026, 1, 15), None, 100), kpis={"contract_months": 3})
    assert renewals(made).select("due_on", "term_amount").rows() == [(D(2026, 4, 15), 300)]


@pytest.mark.parametrize(
    ("began", "day", "due"),
    [(D(2024, 2, 29), D(2026, 2, 1), D(2026, 2, 28)), (D(2026, 3, 5), D(2026, 3, 1), D(2026, 3, 5)),
     (D(2025, 3, 5), D(2026, 3, 5), D(2026, 3, 5)), (D(2025, 3, 5), D(2026, 3, 6), D(2027, 3, 5))],
)  # fmt: skip
def test_the_next_anniversary(began, day, due):
    assert anniversary(began, 12, day) == due
