"""What if we are wrong: each case is the scenario proposed again, and what it moves is told exactly."""

from dataclasses import replace
from types import SimpleNamespace

import polars as pl
import pytest
from tests.quota.grounds import KNOBS, base, ground

from revops.money import rate_units
from revops.quota.compare import sensitivity
from revops.quota.compare.sensitivity import CASES
from revops.quota.quotas import propose

A = {"key": "a", "how_much": {"method": "last_year"}}
FOUND = [
    base("a", "S/North", y2026={"Fans": 600}), base("b", "S/North", y2026={"Fans": 300}),
    base("c", "S/South", y2026={"Fans": 700}),
]  # fmt: skip
NO_ACCOUNTS = SimpleNamespace(revenue=pl.DataFrame(schema={"account_id": pl.String, "amount": pl.Int64}))


def _moved(scenario=A, knobs=KNOBS, settings=None, found=FOUND, **known):
    given = {"scenarios": [scenario], "chosen": "a"} | (settings or {})
    proposal = propose(ground(found, {"2026": {"Fans": 1600}}, given, **known), knobs)
    rows = sensitivity(NO_ACCOUNTS, proposal, "a")
    return proposal, {(row["case"], row["value"]): row for row in rows.iter_rows(named=True)}


@pytest.mark.parametrize(("rate", "total"), [("6%", 1696), ("10%", 1760)])
def test_growth_two_points_either_way(rate, total):
    _, rows = _moved()  # last year + 8 %: 1,728
    row = rows["growth", rate_units(rate) - rate_units("8%")]
    assert (row["total_amount"], row["change_amount"], row["people"]) == (total, total - 1728, 3)
    assert row["moved_amount"] == abs(total - 1728)


def test_the_scenarios_own_growth_is_the_one_that_moves():
    _, rows = _moved(A | {"how_much": {"method": "last_year", "growth": "50%"}})
    assert rows["growth", rate_units("2%")]["total_amount"] == 2432  # 1,600 + 52 %


def test_a_case_that_moves_nothing_is_not_told():
    _, rows = _moved(A | {"how_much": {"method": "potential", "share": "100%"}}, potential={"a": 800, "b": 800})
    assert not [case for case in rows if case[0] == "growth"]


def test_over_assignment_is_moved_from_what_it_is_and_never_below_none():
    assert [value for case, value in _moved()[1] if case == "over"] == [rate_units("2%")]
    _, rows = _moved(knobs=replace(KNOBS, over=(0, rate_units("5%"))))
    assert sorted(value for case, value in rows if case == "over") == [rate_units("3%"), rate_units("7%")]


def test_potential_weighs_more_or_less_and_the_total_stays():
    blend = A | {"to_whom": {"history": "90%", "potential": "10%"}}
    _, rows = _moved(blend, potential={"a": 100, "b": 100, "c": 100})
    assert sorted(value for case, value in rows if case == "blend") == [0, rate_units("30%")]
    assert {row["change_amount"] for (case, _), row in rows.items() if case == "blend"} == {0}


def test_the_largest_of_a_team_leaves_and_the_others_carry_it():
    proposal, rows = _moved(knobs=replace(KNOBS, pins={"a": 800}))
    row = rows["leaver", None]  # c has more but no colleague; a's pin goes with a
    without = propose(proposal.ground, replace(KNOBS, without=frozenset({"a"}))).scenario("a").by_person()
    assert (row["about"], row["change_amount"], row["total_amount"]) == ("a", 0, sum(without.values()))
    before = proposal.scenario("a").by_person()
    assert row["moved_amount"] == sum(abs(without[person] - before[person]) for person in without)
    assert "a" not in without


def test_of_one_person_alone_nobody_leaves():
    _, rows = _moved(found=FOUND[:1])
    assert {case for case, _ in rows} == {"growth", "over"}


def test_a_case_that_limits_refuse_is_last_and_says_so():
    locked = replace(KNOBS, locks=frozenset({"b", "c"}), pins={"a": 1728 - 1000})
    _, rows = _moved(knobs=locked)
    row = rows["growth", rate_units("2%")]
    assert (row["moved_amount"], row["reason"]) == (None, "refused")
    assert list(rows.values())[-1]["reason"] == "refused"


def test_the_largest_movement_comes_first_and_nobody_gives_nothing():
    amounts = [row["moved_amount"] for row in _moved()[1].values()]
    assert amounts == sorted(amounts, reverse=True)
    nobody = propose(ground([], {"2026": {"Fans": 1600}}), KNOBS)
    assert sensitivity(NO_ACCOUNTS, nobody, "last_year").schema == pl.Schema(CASES)
