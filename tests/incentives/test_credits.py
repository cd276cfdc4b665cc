"""Credits: who is credited for a movement, and that nothing is lost or doubled."""

from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from revops.incentives import credits, hierarchy
from revops.incentives.plans import Plan
from revops.money import RATE_SCALE, split

from .frames import movements, people, splits

ALONE = people({"person_id": "P1"})
TEAM = people(
    {"person_id": "P1", "manager_id": "M1"},
    {"person_id": "P2", "manager_id": "M1"},
    {"person_id": "M1", "role": "region_manager", "manager_id": "TOP"},
    {"person_id": "TOP", "role": "director"},
)
NOBODY = splits()


def plan(role: str, rule: str, part: dict[str, Any] | None = None, **more: Any) -> Plan:
    part = {"name": "c", "credit": rule, "scale": "whole", "rate": "1%", "note": "n"} | (part or {})
    return Plan.model_validate(
        {"plan": role, "title": "t", "roles": [role], "effective_from": "2020-01-01", "measure": "net_revenue",
         "period": "month", "components": [part], "source": "Sales policy, 2", "checked_on": "2026-01-05"} | more
    )  # fmt: skip


REP, MANAGER, CHANNEL = (
    plan("representative", "direct"),
    plan("region_manager", "rollup"),
    plan("channel_manager", "channel"),
)


def ledger(moved: pl.DataFrame, who: pl.DataFrame, shares: pl.DataFrame = NOBODY) -> list[tuple[str, str, str, int]]:
    lines = credits.credit_lines(moved, who, shares, [REP, MANAGER, CHANNEL]).sort(credits.KEY)
    return lines.select("movement_id", "person_id", "rule", "credit_amount").rows()


def test_the_person_on_the_order_is_credited() -> None:
    assert ledger(movements({"net_amount": 100}), ALONE) == [("M1", "P1", "direct", 100)]


def test_an_order_without_a_person_is_credited_to_nobody() -> None:
    moved = movements({"person_id": None})
    assert ledger(moved, ALONE) == []
    assert credits.uncredited(moved, NOBODY)["reason"].to_list() == ["no_person"]


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
    assert credits.uncredited(moved, shares)["reason"].to_list() == ["faulty_split"]
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
    team = people(
        {"person_id": "P1", "manager_id": "M1"},
        {"person_id": "C1", "role": "channel_manager", "channel": "Dealers", "manager_id": "M1"},
        {"person_id": "M1", "role": "region_manager"},
    )
    for amount in (10_000, -10_000):
        lines = ledger(movements({"net_amount": amount}), team)
        assert [(line[1], line[3]) for line in lines] == [("C1", amount), ("M1", amount), ("P1", amount)]


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
    found = hierarchy.ancestors(TEAM).select("person_id", "above_id").rows()
    assert found == [("M1", "TOP"), ("P1", "M1"), ("P1", "TOP"), ("P2", "M1"), ("P2", "TOP")]


def test_a_circle_of_managers_ends() -> None:
    circle = people({"person_id": "A", "manager_id": "B"}, {"person_id": "B", "manager_id": "A"})
    assert hierarchy.ancestors(circle).select("person_id", "above_id").rows() == [("A", "B"), ("B", "A")]


def test_the_ledger_does_not_depend_on_the_order_of_rows() -> None:
    moved = movements(*({"net_amount": n * 37, "order_id": f"O{n % 3}"} for n in range(1, 9)))
    shares = splits(("O1", "P1", 0.5), ("O1", "P2", 0.5))
    assert ledger(moved, TEAM, shares) == ledger(moved.reverse(), TEAM.reverse(), shares.reverse())


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (10_001, (0.6, 0.4), [6_001, 4_000]),
        (10_000, (1 / 3, 1 / 3, 1 / 3), [3_334, 3_333, 3_333]),
        (-10_000, (1 / 3, 1 / 3, 1 / 3), [-3_334, -3_333, -3_333]),
        (-10_001, (0.6, 0.4), [-6_001, -4_000]),
        (1, (0.5, 0.5), [1, 0]),
    ],
    ids=["100.01 at 60/40", "100.00 in thirds", "its return", "a return at 60/40", "one count goes to the first"],
)
def test_a_split_sums_to_the_line_by_largest_remainder(amount, shares, parts) -> None:
    whole = [round(share * RATE_SCALE) for share in shares]
    whole[0] += RATE_SCALE - sum(whole)
    rows = splits(*(("O1", f"P{n}", share / RATE_SCALE) for n, share in enumerate(whole, start=1)))
    assert [line[3] for line in ledger(movements({"net_amount": amount}), ALONE, rows)] == parts


@st.composite
def shared_lines(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sales of some orders and returns in pieces on later days, and shares of some of them."""
    rows, shares = [], []
    for n in range(draw(st.integers(1, 3))):
        amount, day = draw(st.integers(0, 10**12)), date(2026, 10, 1) + timedelta(days=n)
        pieces = draw(st.lists(st.integers(0, amount), max_size=3))
        line = {"order_id": f"O{n}", "line_id": f"O{n}-1"}
        rows.append({**line, "movement_id": f"O{n}-1", "net_amount": amount, "moved_on": day})
        for k, piece in enumerate(pieces):
            later = day + timedelta(days=1 + draw(st.integers(0, 60)))
            rows.append({**line, "movement_id": f"R{n}{k}", "kind": "return", "net_amount": -piece, "moved_on": later})
        weights = draw(st.lists(st.integers(1, 10**9), max_size=4))
        if weights:
            parts = split(RATE_SCALE, weights)
            shares += [(f"O{n}", f"P{i}", part / RATE_SCALE) for i, part in enumerate(parts)]
    return movements(*rows), splits(*shares)


@settings(max_examples=60, deadline=None)
@given(shared_lines(), st.randoms())
def test_credits_sum_to_their_events_in_any_order_of_rows(given_: tuple[pl.DataFrame, pl.DataFrame], random) -> None:
    moved, shares = given_
    own = credits.credit_lines(moved, TEAM, shares, [REP])
    sums = own.group_by("movement_id").agg(pl.col("credit_amount").sum(), pl.col("net_amount").first())
    assert sums["credit_amount"].to_list() == sums["net_amount"].to_list()
    assert set(sums["movement_id"]) == set(moved["movement_id"])
    order = random.sample(range(moved.height), moved.height)
    assert ledger(moved[order], TEAM, shares.reverse()) == ledger(moved, TEAM, shares)


@settings(max_examples=60, deadline=None)
@given(shared_lines())
def test_a_line_that_came_back_leaves_nothing_with_anybody(given_: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """What is left of each line returns at the end: every person, manager and rule stands at 0."""
    moved, shares = given_
    left = moved.group_by("order_id", "line_id").agg(-pl.col("net_amount").sum())
    rest = [
        {"order_id": o, "line_id": i, "movement_id": f"X{i}", "kind": "return", "net_amount": a,
         "moved_on": date(2027, 1, 1)}
        for o, i, a in left.rows()
    ]  # fmt: skip
    lines = credits.credit_lines(pl.concat([moved, movements(*rest)]), TEAM, shares, [REP, MANAGER])
    sums = lines.group_by("person_id", "rule", "order_id").agg(pl.col("credit_amount").sum())
    assert set(sums["credit_amount"]) == {0}


FAN = {"name": "f", "credit": "overlay", "where": {"product_group": ["Fans", "Pans"]}, "scale": "whole", "rate": "1%"}
SPECIALIST = plan("specialist", "overlay", FAN)


@pytest.mark.parametrize(
    ("event", "who", "is_credited"),
    [
        ({"product_group": "Fans"}, {}, True),
        ({"product_group": "Pans"}, {}, True),
        ({"product_group": "Pots"}, {}, False),
        ({"product_group": None}, {}, False),
        ({"product_group": "Fans"}, {"region": "North"}, True),
        ({"product_group": "Fans"}, {"region": "South"}, False),
        ({"product_group": "Fans"}, {"channel": "Dealers"}, True),
        ({"product_group": "Fans"}, {"channel": "Web"}, False),
        ({"product_group": "Fans"}, {"end_on": date(2026, 10, 5)}, False),
        ({"product_group": "Fans"}, {"start_on": date(2026, 10, 5)}, True),
    ],
)
def test_a_specialist_is_credited_with_what_the_component_names_in_the_own_region_and_channel(event, who, is_credited):
    team = people({"person_id": "P1", "manager_id": "M1"}, {"person_id": "S1", "role": "specialist", **who})
    lines = credits.credit_lines(movements({"net_amount": 700, **event}), team, NOBODY, [REP, SPECIALIST])
    found = [row for row in lines.select("person_id", "rule", "credit_amount").rows() if row[1] == "overlay"]
    assert found == ([("S1", "overlay", 700)] if is_credited else [])


def test_an_overlay_pushes_the_credits_above_the_order_and_rolls_up_to_nobody() -> None:
    team = people(
        {"person_id": "P1", "manager_id": "M1"},
        {"person_id": "S1", "role": "specialist", "manager_id": "M1"},
        {"person_id": "M1", "role": "region_manager"},
    )
    moved = movements({"net_amount": 10_000, "product_group": "Fans"})
    lines = credits.credit_lines(moved, team, NOBODY, [REP, SPECIALIST, MANAGER])
    assert sorted(lines.select("person_id", "credit_amount").rows()) == [("M1", 10_000), ("P1", 10_000), ("S1", 10_000)]


def found(moved: pl.DataFrame, who: pl.DataFrame, *plans: Plan) -> list[tuple[str, str, int, int]]:
    """Person, plan, component and credit of what components count."""
    bases = sorted(set(moved["basis"]))
    lines = [credits.credit_lines(moved.filter(basis=basis), who, NOBODY, plans, basis) for basis in bases]
    rows = credits.counted(pl.concat(lines), who, plans).sort("moved_on", "plan", "component")
    return rows.select("person_id", "plan", "component", "credit_amount").rows()


def test_a_component_counts_its_kind_of_credit_its_basis_and_its_where() -> None:
    parts = [
        {"name": "all", "credit": "direct", "scale": "whole", "rate": "1%", "note": "n"},
        {"name": "fans", "credit": "direct", "scale": "whole", "rate": "1%", "where": {"product_group": "Fans"},
         "note": "n"},
        {"name": "pieces", "credit": "direct", "scale": "marginal", "bounds": "amount", "basis": "units",
         "tiers": [{"from": 0, "each": 5}], "note": "n"},
    ]  # fmt: skip
    both = plan("representative", "direct", components=parts)
    moved = movements({"net_amount": 100, "product_group": "Fans"}, {"net_amount": 7, "product_group": "Pots"},
                      {"net_amount": 3, "basis": "units"})  # fmt: skip
    assert sorted(found(moved, ALONE, both), key=lambda row: row[2:]) == [
        ("P1", "representative", 0, 7), ("P1", "representative", 0, 100), ("P1", "representative", 1, 100),
        ("P1", "representative", 2, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "counted_by"),
    [(date(2026, 6, 30), "old"), (date(2026, 7, 1), "new"), (date(2026, 9, 1), "hunter"), (date(2026, 10, 1), None)],
)
def test_the_role_and_plan_on_the_day_of_the_event_count_it(day: date, counted_by: str | None) -> None:
    old = plan("representative", "direct", plan="old", effective_to="2026-07-01")
    new = plan("representative", "direct", plan="new", effective_from="2026-07-01")
    hunter = plan("hunter", "direct")
    who = people(
        {"person_id": "P1", "end_on": date(2026, 9, 1)},
        {"person_id": "P1", "role": "hunter", "start_on": date(2026, 9, 1), "end_on": date(2026, 10, 1)},
    )
    lines = found(movements({"moved_on": day}), who, old, new, hunter)
    assert [line[1] for line in lines] == ([counted_by] if counted_by else [])


def test_returns_under_a_clawback_lower_no_measure() -> None:
    moved = movements({"net_amount": 100}, {"net_amount": -30, "kind": "return"})
    for terms, amount in (({}, 70), ({"clawback": {"by": "original"}}, 100)):
        mine = plan("representative", "direct", **terms)
        rows = credits.counted(credits.credit_lines(moved, ALONE, NOBODY, [mine]), ALONE, [mine])
        assert credits.daily(credits.measured(rows, [mine]))["credit_amount"].to_list() == [amount]
