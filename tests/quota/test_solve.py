"""The proposal itself: worked cases, the proof beside each, and what holds for any case."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.quota.proposals import accounts, case, cases, has, people, shuffled, sold

from revops.company import Territory
from revops.problems import InputError
from revops.quota.territory.proposal import realign
from revops.quota.territory.relax import relax
from revops.quota.territory.solve import FAR, NEAR, propose


@pytest.mark.parametrize(
    ("budget", "balance", "moved"),
    [
        (0, 30.0, 0),  # nothing may move
        (0.1499, 30.0, 0),  # one unit short of the account that mends it
        (0.15, 0.0, 150),  # 150 of 1,000
        (1, 0.0, 150),  # no more than it takes
    ],
)
def test_the_budget_of_disruption_decides(budget: float, balance: float, moved: int) -> None:
    found = propose(case(sold("ppq", [500, 150, 350]), people("p", "q"), moving=0.01), budget)
    assert (found.balance, found.moved_amount) == (balance, moved)
    assert found.gap <= NEAR


def test_one_huge_account_sets_the_bound_and_no_proposal_is_below() -> None:
    found = propose(case(sold("pppq", [60, 20, 10, 10]), people("p", "q")))
    # shares of 50 each; who holds the 60 stands 20 points off whatever the others do
    assert (found.case.largest.tolist(), found.balance, found.gap) == ([20.0], 20.0, 0.0)


def test_accounts_of_nobody_are_given_to_somebody_and_cost_no_disruption() -> None:
    found = propose(case(sold("pq..", [30, 10, 10, 10]), people("p", "q")), 0)
    assert (has(found.case, found.place)["a2"], found.balance, found.disruption) == ("q", 0.0, 0.0)


def test_no_move_leaves_the_kept_dimension() -> None:
    rows = sold("ppppq", [10, 10, 10, 10, 2]).with_columns(region=pl.Series(["N", "N", "N", "N", "S"]))
    found = propose(case(rows, people("p", "q", "r", region=["N", "S", "N"]), keep=["region"]))
    assert found.balance == 0.0
    assert {has(found.case, found.place)[f"a{at}"] for at in range(4)} == {"p", "r"}


def test_a_family_moves_as_one_and_a_split_one_is_brought_together_where_that_costs_less() -> None:
    rows = sold("pppq", [20, 20, 20, 20]).with_columns(tax_code=pl.Series(["t", "t", None, None]))
    found = has(*_placed(propose(case(rows, people("p", "q")))))
    assert found["a0"] == found["a1"]
    split = sold("ppqq", [30, 20, 20, 30]).with_columns(tax_code=pl.Series([None, "t", "t", None]))
    found = propose(case(split, people("p", "q")))
    assert (found.case.splits(found.case.owner), found.balance) == (1, 0.0)  # together would stand 40 off for one point
    loose = sold("ppqqqq", [49, 1, 1, 49, 50, 50]).with_columns(tax_code=pl.Series([None, "t", "t", None, None, None]))
    assert propose(case(loose, people("p", "q"))).case.splits(propose(case(loose, people("p", "q"))).place) == 0


def _placed(found: Any) -> tuple[Any, Any]:
    return found.case, found.place


def test_pinned_accounts_go_where_they_are_pinned_within_the_budget() -> None:
    settings = {"pinned": {"a0": "q"}}
    found = propose(case(sold("ppqq", [100, 100, 100, 100]), people("p", "q"), **settings), 0.5)
    assert (has(found.case, found.place)["a0"], found.balance) == ("q", 0.0)
    with pytest.raises(
        InputError, match=r"found pinned accounts that move 25\.0 % of the value, expected at most 24\.0 %"
    ):
        propose(case(sold("ppqq", [100, 100, 100, 100]), people("p", "q"), **settings), 0.24)


def _hours(owners: str, hours: list[float], **settings: Any) -> Any:
    rows = sold(owners, [1] * len(owners)).with_columns(workload_hours=pl.Series(hours))
    return case(rows, people("p", "q"), is_capacity_hard=True, capacity_hours=100, **settings)


def test_a_hard_capacity_is_kept() -> None:
    found = propose(_hours("ppp", [60.0, 60.0, 30.0]))
    assert found.case.over_hours(found.place) == 0
    assert sorted(found.case.sums(found.place, found.case.hours).tolist()) in ([60.0, 90.0],)


@pytest.mark.parametrize(
    ("case_", "budget", "message"),
    [
        (lambda: _hours("ppq", [90.0, 90.0, 90.0]), 1, "territory proposal, p, q: found 270 hours of customer work, "
         "expected at most 200 hours, their capacity together. Next: add a person"),
        (lambda: _hours("ppq", [90.0, 90.0, 1.0], locks=["a0", "a1"]), 1, "territory proposal, p: found 180 hours"),
        (lambda: _hours("ppq", [90.0, 90.0, 1.0]), 0, "territory proposal, p: found 180 hours today that"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_refused_with_who_and_how_much(case_: Any, budget: float, message: str) -> None:
    with pytest.raises(InputError) as refused:
        propose(case_(), budget)
    assert message in str(refused.value)


def test_hours_that_fit_in_sum_but_in_no_whole_accounts_are_refused() -> None:
    with pytest.raises(InputError, match="hours"):
        propose(_hours("ppq", [66.0, 66.0, 66.0]))


@settings(max_examples=40, deadline=None)
@given(cases(), st.sampled_from([0.0, 0.05, 0.2, 1.0]), st.integers(0, 5))
def test_what_holds_for_any_case(drawn: tuple, budget: float, seed: int) -> None:
    rows, who, chosen = drawn
    settings_ = Territory(**chosen)
    found = propose(realign(rows, who, settings_), budget)
    case_, place = found.case, found.place
    new = has(case_, place)
    owner = dict(rows.select("account_id", "person_id").iter_rows())
    # every account once: with one person, or listed with the reason
    assert sorted([*new, *case_.outside["account_id"]]) == sorted(owner)
    assert set(new.values()) <= set(who["person_id"])
    # locked ones stay, excluded ones are absent
    assert all(new[account] == owner[account] for account in chosen["locks"])
    assert not set(new) & set(chosen["excluded"])
    # within reach and budget
    assert case_.reach[np.arange(len(place)), place].all()
    assert found.moved_amount <= case_.budget(budget)
    # never worse than today where everybody has an owner, never better than proved
    if (case_.owner >= 0).all():
        assert case_.cost(place) <= case_.cost(case_.owner) + 1e-9
    assert found.bound <= case_.cost(place) + 1e-6
    # the order of rows does not matter
    again = propose(realign(shuffled(rows, seed), shuffled(who, seed), settings_), budget)
    assert has(again.case, again.place) == new


@settings(max_examples=40, deadline=None)
@given(cases(most=6), st.sampled_from([0.1, 0.5, 1.0]))
def test_no_placement_at_all_is_below_the_bound_and_the_best_is_within_the_gap(drawn: tuple, budget: float) -> None:
    rows, who, chosen = drawn
    found = propose(realign(rows, who, Territory(**chosen)), budget)
    case_ = found.case
    reach = [np.flatnonzero(row) for row in case_.reach]
    every = (np.array(place, dtype=np.int64) for place in product(*reach))
    costs = [case_.cost(place) for place in every if case_.moved_amount(place) <= found.budget]
    assert found.bound <= min(costs) + 1e-5
    assert case_.cost(found.place) <= min(costs) + FAR + 1e-6


@settings(max_examples=25, deadline=None)
@given(cases(most=10))
def test_pooled_flows_have_the_optimum_of_the_relaxation_written_out(drawn: tuple) -> None:
    """One variable for each unit and person, no pools: the textbook form."""
    from scipy.optimize import Bounds, milp

    from revops.quota.territory.relax import rows_of

    rows, who, chosen = drawn
    case_ = realign(rows, who, Territory(**{**chosen, "moving": 0.0}))
    units, persons = np.nonzero(case_.reach)
    nr, gap = np.arange(len(units)), len(units) + case_.group
    width = len(units) + len(case_.heads)
    held, fair = (persons, nr, case_.load[units]), case_.shares[case_.group]
    wide = np.arange(case_.size)
    text = [
        rows_of([(units, nr, 1)], 1, 1, len(case_.load), width),
        rows_of([held, (wide, gap, -1)], -np.inf, fair, case_.size, width),
        rows_of([held, (wide, gap, 1)], fair, np.inf, case_.size, width),
    ]
    low = np.append(np.zeros(len(units)), case_.largest)
    cost = np.append(np.zeros(len(units)), case_.heads / case_.size)
    plain = milp(cost, constraints=text, bounds=Bounds(low, np.inf)) if len(units) else None
    assert relax(case_, case_.total).bound == pytest.approx(plain.fun if plain else 0.0, abs=1e-5)


def test_thousands_of_accounts_are_placed_with_a_proved_gap_below_a_point() -> None:
    draw = np.random.default_rng(7)
    count, heads = 2_000, 20
    sales = draw.lognormal(18, 1.2, count).astype(int).tolist()
    owners = draw.choice(heads, count, p=draw.dirichlet(np.ones(heads) * 2))
    rows = accounts(
        *(
            {"account_id": f"a{at:04d}", "person_id": f"p{owners[at]:02d}", "sales_amount": sales[at]}
            for at in range(count)
        )
    )
    case_ = case(rows, people(*(f"p{at:02d}" for at in range(heads))), moving=0.01)
    for budget in (0.05, 1):
        assert propose(case_, budget).gap < 1
