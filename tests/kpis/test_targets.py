"""Targets at any grain: never repeated over finer rows, never counted twice."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.targets import attainment, elapsed_share, plan_by, plan_rate, plan_total

from .small import D, table

MAR, APR = D(2026, 3, 1), D(2026, 4, 1)


def targets(*rows, metric="net_revenue", month=MAR):
    names = ("product_group", "channel", "region", "target")
    return table(
        "targets", [{"metric": metric, "month_on": month} | dict(zip(names, row, strict=True)) for row in rows]
    )


FINE = [("Fans", "Web", "North", 10), ("Fans", "Web", "South", 20), ("Pots", "Web", "North", 30)]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((), [(60,)]),
        (("product_group",), [("Fans", 30), ("Pots", 30)]),
        (("region",), [("North", 40), ("South", 20)]),
        (("product_group", "channel", "region"), FINE),
    ],
)
def test_fine_targets_add_up_to_every_coarser_grain(by, expected):
    assert plan_by(targets(*FINE), "net_revenue", MAR, APR, by).rows() == sorted(expected)


def test_a_coarse_target_beside_its_own_split_is_not_counted_twice():
    both = targets(*FINE, ("Fans", "Web", None, 30), ("Pots", "Web", None, 30), (None, None, None, 60))
    assert plan_total(both, "net_revenue", MAR, APR) == 60
    assert plan_by(both, "net_revenue", MAR, APR, ("product_group",)).rows() == [("Fans", 30), ("Pots", 30)]
    assert plan_by(both, "net_revenue", MAR, APR, ("region",)).rows() == [("North", 40), ("South", 20)]


def test_targets_of_different_grain_that_cover_different_things_add_up():
    mixed = targets(("Fans", None, None, 30), ("Pots", "Web", "North", 12), ("Pots", "Shops", "North", 8))
    assert plan_total(mixed, "net_revenue", MAR, APR) == 50
    assert plan_by(mixed, "net_revenue", MAR, APR, ("product_group",)).rows() == [("Fans", 30), ("Pots", 20)]


def test_what_is_planned_more_coarsely_than_asked_stands_in_a_row_of_its_own_and_is_never_repeated():
    coarse = targets((None, None, None, 100), ("Fans", "Web", "North", 40), ("Fans", "Web", "South", 50))
    assert plan_by(coarse, "net_revenue", MAR, APR, ("region",)).rows() == [("North", 40), ("South", 50), (None, 10)]


def test_no_target_is_no_target_not_0():
    assert plan_total(targets(*FINE), "net_revenue", APR, D(2026, 5, 1)) is None
    assert plan_total(targets(*FINE), "orders", MAR, APR) is None
    assert plan_by(targets(), "net_revenue", MAR, APR, ("region",)).height == 0


LEVELS = st.lists(
    st.tuples(
        st.sampled_from(["Fans", "Pots", None]),
        st.sampled_from(["Web", None]),
        st.sampled_from(["North", "South", None]),
        st.integers(0, 10**9),
    ),
    max_size=10,
    unique_by=lambda row: row[:3],
)


@given(LEVELS, st.sampled_from([("region",), ("product_group",), ("product_group", "channel", "region")]))
def test_every_split_sums_to_the_total_whatever_the_grain_of_the_targets(rows, by):
    made = targets(*rows)
    assert plan_by(made, "net_revenue", MAR, APR, by)["target"].sum() == (
        plan_total(made, "net_revenue", MAR, APR) or 0
    )


@pytest.mark.parametrize(
    ("end", "target"), [(D(2026, 3, 8), 70), (D(2026, 3, 31), 300), (APR, 310)], ids=["a week", "30 of 31 days", "all"]
)
def test_a_part_of_a_month_is_planned_by_its_days_where_last_year_is_unknown(end, target):
    assert plan_total(targets((None, None, None, 310)), "net_revenue", MAR, end) == target


def days_sold(rows):
    return pl.DataFrame(rows, schema={"period_on": pl.Date, "net_amount": pl.Int64}, orient="row")


def test_a_part_of_a_month_is_planned_by_last_years_days_where_they_are_known():
    days = days_sold([(D(2025, 7, day), 300 if day <= 10 else 0 if day < 31 else 1000) for day in range(1, 32)])
    plan = targets((None, None, None, 4000), month=D(2026, 7, 1))
    assert plan_total(plan, "net_revenue", D(2026, 7, 1), D(2026, 7, 11), days) == 3000
    assert plan_total(plan, "net_revenue", D(2026, 7, 11), D(2026, 7, 31), days) == 0
    assert plan_total(plan, "net_revenue", D(2026, 7, 31), D(2026, 8, 1), days) == 1000
    assert elapsed_share(days, D(2026, 7, 1), D(2026, 7, 1), D(2026, 8, 1)) == (4000, 4000)


def test_a_part_of_february_is_planned_by_the_days_as_far_from_tet():
    run_up = [(D(2025, 1, day), 100) for day in range(1, 29)]  # before Tết of 29 January 2025
    days = days_sold([*run_up, *((D(2025, 1, 29) + timedelta(days=i), 0) for i in range(30))])
    assert elapsed_share(days, D(2026, 2, 1), D(2026, 2, 1), D(2026, 2, 17)) == (1600, 1600)  # Tết: 17 February 2026
    assert elapsed_share(days, D(2026, 2, 1), D(2026, 2, 17), D(2026, 3, 1)) == (0, 1600)


def test_a_quarter_sums_amounts_averages_rates_and_takes_the_last_of_a_stock():
    rates = pl.concat([targets((None, None, None, n), metric="win_rate", month=D(2026, n, 1)) for n in (1, 2, 3)])
    assert plan_rate(rates, "win_rate", D(2026, 1, 1), APR) == 2
    assert plan_rate(rates, "win_rate", D(2026, 1, 1), APR, last=True) == 3
    assert plan_total(rates, "win_rate", D(2026, 1, 1), APR) == 6
    assert plan_rate(rates, "cac", D(2026, 1, 1), APR) is None


@pytest.mark.parametrize(
    ("actual", "target", "share", "reason"),
    [(45, 50, 0.9, None), (45, None, None, "no_target"), (45, 0, None, "no_cases")],
)
def test_attainment(actual, target, share, reason):
    found = attainment(actual, target)
    assert (found.value, found.reason) == (share, reason)
