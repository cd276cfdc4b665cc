"""Credits: who is credited for a movement, and that nothing is lost or doubled."""

from datetime import date

import polars as pl
import pytest

from revops.incentives import credits
from revops.incentives.plans import Plan

from .frames import movements, people, splits

ALONE = people({"person_id": "P1"})
TEAM = people(
    {"person_id": "P1", "manager_id": "M1"},
    {"person_id": "P2", "manager_id": "M1"},
    {"person_id": "M1", "role": "region_manager", "manager_id": "TOP"},
    {"person_id": "TOP", "role": "director"},
)
NOBODY = splits()


def plan(role: str, rule: str) -> Plan:
    part = {"name": "c", "credit": rule, "scale": "whole", "rate": "1%", "note": "n"}
    return Plan.model_validate(
        {"plan": role, "title": "t", "roles": [role], "effective_from": "2020-01-01", "measure": "net_revenue",
         "period": "month", "components": [part]}
    )  # fmt: skip


REP, MANAGER, CHANNEL = (
    plan("representative", "direct"),
    plan("region_manager", "rollup"),
    plan("channel_manager", "channel"),
)


def ledger(moved: pl.DataFrame, who: pl.DataFrame, shares: pl.DataFrame = NOBODY) -> list[tuple[str, str, str, int]]:
    lines = credits.credit_lines(moved, who, shares, [REP, MANAGER, CHANNEL])
    return lines.select("movement_id", "person_id", "rule", "credit_amount").rows()


def test_the_person_on_the_order_is_credited() -> None:
    assert ledger(movements({"net_amount": 100}), ALONE) == [("M1", "P1", "direct", 100)]


def test_an_order_without_a_person_is_credited_to_nobody() -> None:
    moved = movements({"person_id": None})
    assert ledger(moved, ALONE) == []
    assert credits.uncredited(moved, ALONE, NOBODY)["reason"].to_list() == ["no_person"]


def test_a_split_goes_before_the_person_on_the_order() -> None:
    shares = splits(("O1", "P1", 0.6), ("O1", "P2", 0.4))
    assert ledger(movements({"net_amount": 10_001}), ALONE, shares) == [
        ("M1", "P1", "split", 6_001),
        ("M1", "P2", "split", 4_000),
    ]


def test_a_return_in_two_pieces_takes_the_shares_of_its_sale() -> None:
    shares = splits(("O1", "P1", 0.6), ("O1", "P2", 0.4))
    back = {"kind": "return", "order_id": "O1", "line_id": "O1-1", "person_id": "P1"}
    moved = movements(
        {"net_amount": 10_001},
        {**back, "net_amount": -5_000, "moved_on": date(2026, 11, 2)},
        {**back, "net_amount": -5_001, "moved_on": date(2026, 12, 2)},
    )
    lines = credits.credit_lines(moved, ALONE, shares, [REP])
    assert lines.group_by("person_id").agg(pl.col("credit_amount").sum()).sort("person_id").rows() == [
        ("P1", 0),
        ("P2", 0),
    ]
    assert lines.filter(pl.col("kind") == "return")["line_id"].unique().to_list() == ["O1-1"]
    sums = lines.group_by("movement_id").agg(pl.col("credit_amount").sum(), pl.col("net_amount").first())
    assert sums["credit_amount"].to_list() == sums["net_amount"].to_list()


def test_shares_that_do_not_sum_to_one_credit_nobody_and_are_listed() -> None:
    shares = splits(("O1", "P1", 0.6), ("O1", "P2", 0.3))
    moved = movements({})
    assert ledger(moved, ALONE, shares) == []
    assert credits.uncredited(moved, ALONE, shares)["reason"].to_list() == ["faulty_split"]
    faults = credits.scan_split_faults(shares).row(0, named=True)
    assert str(credits.split_problem("O1", faults["share"], faults["file"], faults["row"])) == (
        "splits.csv, row 2, order O1: found shares that sum to 90%, expected shares that sum to 100%. "
        "Next: correct the shares; the people named are not paid until then."
    )


def test_a_manager_gets_the_teams_orders_once() -> None:
    shares = splits(("O1", "P1", 0.5), ("O1", "P2", 0.5))
    lines = ledger(movements({"net_amount": 10_000}), TEAM, shares)
    assert [line for line in lines if line[2] == "rollup"] == [("M1", "M1", "rollup", 10_000)]


def test_two_people_with_all_of_an_order_give_their_manager_one_order() -> None:
    """Two representatives with 100 % each of 10,000 → manager 10,000."""
    both = pl.concat(
        [credits.direct_credits(movements({"net_amount": 10_000, "person_id": p}), NOBODY) for p in ("P1", "P2")]
    )
    rolled = credits.rollup_credits(both, TEAM, ["region_manager"])
    assert rolled["credit_amount"].to_list() == [10_000]
    back = both.with_columns(pl.col("credit_amount", "net_amount") * -1)
    assert credits.rollup_credits(back, TEAM, ["region_manager"])["credit_amount"].to_list() == [-10_000]


def test_a_channel_manager_is_credited_with_the_channel_and_rolls_up_once() -> None:
    who = people(
        {"person_id": "P1", "manager_id": "M1"},
        {"person_id": "C1", "role": "channel_manager", "channel": "Dealers", "manager_id": "M1"},
        {"person_id": "M1", "role": "region_manager"},
    )
    assert ledger(movements({"net_amount": 700}), who) == [
        ("M1", "C1", "channel", 700),
        ("M1", "M1", "rollup", 700),
        ("M1", "P1", "direct", 700),
    ]


@pytest.mark.parametrize(
    ("day", "manager"), [(date(2026, 6, 30), "M1"), (date(2026, 7, 1), "M2"), (date(2027, 1, 1), "M2")]
)
def test_the_hierarchy_on_the_day_decides(day: date, manager: str) -> None:
    who = people(
        {"person_id": "P1", "manager_id": "M1", "end_on": date(2026, 7, 1)},
        {"person_id": "P1", "manager_id": "M2", "start_on": date(2026, 7, 1)},
        {"person_id": "M1", "role": "region_manager"},
        {"person_id": "M2", "role": "region_manager"},
    )
    rolled = [line for line in ledger(movements({"moved_on": day}), who) if line[2] == "rollup"]
    assert [line[1] for line in rolled] == [manager]


def test_ancestors_are_merged_over_changes_of_others() -> None:
    found = credits.ancestors(TEAM).select("person_id", "above_id").rows()
    assert found == [("M1", "TOP"), ("P1", "M1"), ("P1", "TOP"), ("P2", "M1"), ("P2", "TOP")]


def test_a_circle_of_managers_ends() -> None:
    circle = people({"person_id": "A", "manager_id": "B"}, {"person_id": "B", "manager_id": "A"})
    assert credits.ancestors(circle).select("person_id", "above_id").rows() == [("A", "B"), ("B", "A")]


def test_the_ledger_does_not_depend_on_the_order_of_rows() -> None:
    moved = movements(*({"net_amount": n * 37, "order_id": f"O{n % 3}"} for n in range(1, 9)))
    shares = splits(("O1", "P1", 0.5), ("O1", "P2", 0.5))
    assert ledger(moved, TEAM, shares) == ledger(moved.reverse(), TEAM.reverse(), shares.reverse())
