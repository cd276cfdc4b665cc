"""What a proposal is made from: points, fair shares, units, who may take what, and settings that contradict."""

import numpy as np
import polars as pl
import pytest
from tests.quota.proposals import accounts, case, people, sold

from revops.problems import InputError


def test_points_of_an_account_are_its_weighted_shares_and_sum_to_the_index() -> None:
    rows = accounts(
        {"account_id": "a", "person_id": "p", "workload_hours": 110.0, "potential_amount": 90, "sales_amount": 100},
        {"account_id": "b", "person_id": "q", "workload_hours": 90.0, "potential_amount": 110, "sales_amount": 100},
    )
    found = case(rows, people("p", "q"), weights={"workload": 0.5, "potential": 0.3, "sales": 0.2})
    # .5 × 110 + .3 × 90 + .2 × 100 = 102
    assert found.index(found.owner).tolist() == [102.0, 98.0]


def test_a_load_that_nobody_has_is_left_out_and_the_other_weights_stand_for_all() -> None:
    rows = accounts(
        {"account_id": "a", "person_id": "p", "sales_amount": 150},
        {"account_id": "b", "person_id": "q", "sales_amount": 50},
    )
    found = case(rows, people("p", "q"), weights={"workload": 0.5, "potential": 0.3, "sales": 0.2})
    assert found.index(found.owner).tolist() == [150.0, 50.0]


def test_what_is_missing_or_negative_counts_nothing() -> None:
    found = case(sold("pqq", [100, 100, -50]), people("p", "q"))
    assert (found.index(found.owner).tolist(), found.total) == ([100.0, 100.0], 200)


def test_disruption_is_value_moved_by_value() -> None:
    found = case(sold("ppq", [150, 350, 500]), people("p", "q"))
    assert found.moved_amount(np.array([1, 0, 1])) / found.total == 0.15  # 150 of 1,000


@pytest.mark.parametrize(("share", "amount"), [(0.15, 150), (0.1499, 149), ("0.1", 100), (0, 0), (1, 1000)])
def test_a_budget_is_exact(share: float | str, amount: int) -> None:
    assert case(sold("ppq", [150, 350, 500]), people("p", "q")).budget(share) == amount


def test_each_region_has_its_own_fair_share() -> None:
    rows = sold("pqrr", [30, 10, 20, 40]).with_columns(region=pl.Series(["N", "N", "S", "S"]))
    found = case(rows, people("p", "q", "r", region=["N", "N", "S"]), keep=["region"])
    assert found.group.tolist() == [0, 0, 1]
    assert found.shares.tolist() == [60.0, 180.0]  # 40 of 100 on two people, 60 of 100 on one; the mean of all is 100
    assert found.widest(found.owner).tolist() == [30.0, 0.0]
    assert found.balance(found.owner) == 20.0  # (2 × 30 + 1 × 0) ÷ 3


def test_a_person_without_a_region_takes_what_they_have_today() -> None:
    rows = sold("pq.", [10, 10, 10]).with_columns(region=pl.Series(["N", "S", "N"]))
    found = case(rows, people("p", "q", region=[None, None]), keep=["region"])
    assert found.reach.tolist() == [[True, False], [False, True], [True, False]]


def test_everybody_may_keep_what_lies_outside_their_region_and_it_counts_where_it_belongs() -> None:
    rows = sold("qp", [10, 10]).with_columns(region=pl.Series(["N", "N"]))
    found = case(rows, people("p", "q", region=["N", "S"]), keep=["region"])
    assert found.reach.tolist() == [[True, True], [True, False]]
    assert (found.home.tolist(), found.group.tolist()) == ([0, 0], [0, 1])


def test_an_account_that_misses_the_kept_dimension_stays() -> None:
    found = case(sold("pq", [10, 10]).with_columns(region=pl.Series([None, "N"])), people("p", "q"), keep=["region"])
    assert found.reach.tolist() == [[True, False], [False, True]]


def test_who_is_left_out_is_listed_with_the_reason() -> None:
    rows = sold("pq.", [10, 10, 10]).with_columns(region=pl.Series(["N", "N", "S"]))
    found = case(rows, people("p", "q"), keep=["region"], excluded=["a1"])
    assert found.outside.rows() == [("a1", "excluded"), ("a2", "nobody_reaches")]
    assert (found.accounts["account_id"].to_list(), found.total) == (["a0"], 10)


def test_a_family_at_one_person_is_one_unit_and_at_two_it_is_split() -> None:
    rows = sold("ppq", [10, 20, 30]).with_columns(tax_code=pl.lit("t"))
    found = case(rows, people("p", "q"))
    assert found.accounts["unit"].to_list() == [0, 0, 1]
    assert (found.value.tolist(), found.family.tolist()) == ([30, 30], [0, 0])
    assert (found.splits(found.owner), found.splits(np.array([1, 1]))) == (1, 0)


def test_a_locked_account_has_its_owner_only_and_a_pinned_one_its_new_person() -> None:
    found = case(sold("ppp", [10, 10, 10]), people("p", "q"), locks=["a0"], pinned={"a1": "q"})
    assert found.reach.tolist() == [[True, False], [False, True], [True, True]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"locks": ["x"]}, "company.yaml, territory.locks: found x, expected an account of the accounts file. "
         "Next: correct territory.locks."),
        ({"excluded": ["x"]}, "company.yaml, territory.excluded: found x, expected an account"),
        ({"pinned": {"a0": "z"}}, "territory.pinned: found a0: z, expected a person who looks after accounts"),
        ({"pinned": {"a0": "q"}, "locks": ["a0"]}, "found a0, expected an account that is neither locked nor excluded"),
        ({"locks": ["a2"]}, "company.yaml, territory.locks: found a2, owner None, expected an owner who looks after"),
    ],
)  # fmt: skip
def test_settings_that_name_nobody_or_contradict_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(InputError) as refused:
        case(sold("pq.", [10, 10, 10]), people("p", "q"), **settings)
    assert message in str(refused.value)


def test_an_account_that_stands_twice_and_no_people_at_all_are_refused_together() -> None:
    with pytest.raises(InputError) as refused:
        case(pl.concat([sold("p", [10]), sold("p", [10])]), people().cast(pl.String))
    assert [problem.where for problem in refused.value.problems] == ["territory proposal", "accounts"]
