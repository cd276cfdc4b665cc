"""Balance against disruption, point by point; what one head more or fewer would change."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from tests.quota.proposals import case, cases, people, sold

from revops.company import Territory
from revops.problems import InputError
from revops.quota.territory.frontier import frontier, heads, with_one_more, without
from revops.quota.territory.proposal import Realignment, realign


def _uneven() -> Realignment:
    """p stands at 80, q at 20 of a fair 50: thirty must move, in accounts of 20, 10 and 5."""
    return case(sold("ppppq", [45, 20, 10, 5, 20]), people("p", "q"))


def test_every_point_moves_more_and_leaves_less() -> None:
    frame = frontier(_uneven(), 0.10).frame()
    assert frame.select("disruption", "accounts", "balance").rows() == [
        (0.0, 0, 60.0),
        (0.05, 1, 50.0),
        (0.1, 1, 40.0),
        (0.15, 2, 30.0),
        (0.2, 1, 20.0),
        (0.3, 2, 0.0),
    ]
    assert frame["gap"].max() <= 0.2


@pytest.mark.parametrize(("budget", "balance"), [(0, 60.0), (0.0499, 60.0), (0.05, 50.0), (0.299, 10.0), (1, 0.0)])
def test_the_company_chooses_by_its_budget(budget: float, balance: float) -> None:
    found = frontier(_uneven(), budget)
    assert found.chosen.balance == balance
    assert found.frame()["is_chosen"].sum() == 1


def test_the_knee_is_where_more_disruption_begins_to_buy_less() -> None:
    # the first tenth buys 20 points a side, what follows hardly any
    found = frontier(case(sold("ppppqq", [40, 10, 6, 4, 38, 2]), people("p", "q")), 1)
    assert found.points[found.knee].disruption == 0.1
    straight = frontier(case(sold("ppq", [1, 1, 2]), people("p", "q")), 1)
    assert (len(straight.points), straight.knee) == (1, 0)


def test_budgets_at_which_nothing_fits_are_left_out_and_none_at_all_is_refused() -> None:
    rows = sold("pppq", [10, 10, 10, 70]).with_columns(workload_hours=pl.lit(40.0))
    found = frontier(case(rows, people("p", "q"), is_capacity_hard=True, capacity_hours=80), 0.1)
    assert found.points[0].disruption == 0.1
    with pytest.raises(InputError, match="160 hours of customer work"):
        frontier(case(rows, people("p", "q"), is_capacity_hard=True, capacity_hours=70), 0.1)


@settings(max_examples=10, deadline=None)
@given(cases(most=8))
def test_a_larger_budget_is_never_worse_and_no_point_lies_below_its_bound(
    drawn: tuple[Any, Any, dict[str, Any]],
) -> None:
    rows, who, chosen = drawn
    points = frontier(realign(rows, who, Territory(**chosen)), 0.1).points
    costs = [point.case.cost(point.place) for point in points]
    assert costs == sorted(costs, reverse=True)
    frame = frontier(realign(rows, who, Territory(**chosen)), 0.1).frame()
    assert (frame["least"] <= frame["balance"] + 1e-6).all()


def test_heads_by_group_with_one_more_and_one_fewer() -> None:
    rows = sold("pppqr", [20, 20, 20, 60, 80]).with_columns(
        region=pl.Series(["N", "N", "N", "N", "S"]), workload_hours=pl.Series([500.0, 500.0, 500.0, 1600.0, 1000.0])
    )
    found = heads(case(rows, people("p", "q", "r", region=["N", "N", "S"]), keep=["region"]), 1500)
    north, south = found.rows(named=True)
    assert (north["heads"], north["accounts"], north["hours"], north["needed"]) == (2, 4, 3100.0, 3)
    assert (north["hours_each"], north["more_hours"], north["fewer_hours"]) == (1550.0, 3100 / 3, 3100.0)
    # 120 of 200 on three people of four: fair 80 points each, the 60 alone is 120
    assert north["more_balance"] == 40.0
    assert (south["heads"], south["needed"], south["fewer_hours"]) == (1, 1, None)


def test_a_vacancy_relieves_somebody_who_stood_alone_but_takes_nothing_locked() -> None:
    row = heads(case(sold("pppp", [10, 10, 10, 10]), people("p"), locks=["a0"]), 1500).row(0, named=True)
    assert (row["more_balance"], row["more_accounts"], row["fewer_balance"]) == (0.0, 2, None)
    found = with_one_more(case(sold("pp", [10, 10]), people("p"), locks=["a0"]), 0)
    assert found.reach.tolist() == [[True, False], [True, True]]


def test_a_vacancy_has_nothing_today_and_the_mean_is_a_hundred_again() -> None:
    found = with_one_more(_uneven(), 0)
    assert found.index(found.owner).tolist() == [240.0, 60.0, 0.0]
    assert np.isclose(found.index(found.owner).mean(), 100)


def test_who_goes_leaves_their_accounts_to_the_others_even_locked_ones() -> None:
    found = without(case(sold("pqq", [20, 50, 30]), people("p", "q"), locks=["a0"]), 0)
    assert (found.owner.tolist(), found.reach.tolist()) == ([-1, 0, 0], [[True], [True], [True]])
