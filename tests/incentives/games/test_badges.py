"""Badges: rules over a month's ledger, their evidence, and what takes one away again."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from revops.incentives.games import badges, board
from revops.incentives.games.rules import Badge

from .ledger import AUG, OCT, SEP, Row, back, lines, made, months, sale


def earned(badge: Row, rows: list[Row], results: Any = None, doubts: Any = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    rule = Badge.model_validate({"key": "b", "name": "x", **badge})
    found, events = made(lines(*rows), new=("O1", "O2"))
    people = board.league(months(results or {"A": {SEP: 100, OCT: 100}}), [])
    return badges.badges([rule], people, events, found, doubts or {}, SEP)


FANS = {"measure": "units", "at_least": 3, "product_group": "Fans"}
COUNTS = [
    {"measure": "orders", "at_least": 2},
    {"measure": "new_customers", "at_least": 2},
    {"measure": "units", "at_least": 4},
]
SOLD = [sale("O1", 60, date(2026, 9, 5), quantity=2), sale("O2", 40, date(2026, 9, 9), quantity=2)]


@pytest.mark.parametrize("badge", COUNTS, ids=lambda badge: badge["measure"])
def test_a_count_earns_a_badge_on_the_day_it_is_reached(badge: Row) -> None:
    held, proof = earned(badge, SOLD)
    assert held.select("person_id", "month_on", "earned_on", "revoked_on").rows() == [
        ("A", SEP, date(2026, 9, 9), None)
    ]
    assert proof.select("order_id", "day", "file", "row").rows() == [
        ("O1", date(2026, 9, 5), "orders.csv", 1), ("O2", date(2026, 9, 9), "orders.csv", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("badge", COUNTS, ids=lambda badge: badge["measure"])
def test_one_less_earns_none(badge: Row) -> None:
    assert earned({**badge, "at_least": badge["at_least"] + 1}, SOLD)[0].is_empty()


@pytest.mark.parametrize("badge", COUNTS, ids=lambda badge: badge["measure"])
def test_what_comes_back_later_takes_it_away(badge: Row) -> None:
    held, proof = earned(badge, [*SOLD, back("O2", 40, date(2026, 10, 7), units=2)])
    assert held.select("value", "left", "revoked_on", "reason").rows() == [
        (float(badge["at_least"]), badge["at_least"] / 2, date(2026, 10, 7), "returned")
    ]
    assert proof.filter(pl.col("day") == date(2026, 10, 7))["value"].to_list() == [-badge["at_least"] / 2]


@pytest.mark.parametrize("badge", COUNTS, ids=lambda badge: badge["measure"])
def test_what_comes_back_in_the_month_never_earned_it(badge: Row) -> None:
    assert earned(badge, [*SOLD, back("O2", 40, date(2026, 9, 30), units=2)])[0].is_empty()


def test_units_are_of_one_group() -> None:
    rows = [
        sale("O1", 60, date(2026, 9, 5), quantity=3, product_group="Fans"),
        sale("O2", 60, date(2026, 9, 6), quantity=9),
    ]
    assert earned(FANS, rows)[0]["value"].to_list() == [3.0]


@pytest.mark.parametrize(
    ("badge", "results", "expected"),
    [
        ({"measure": "attainment", "at_least": "120%"}, {OCT: 120}, [OCT]),
        ({"measure": "attainment", "at_least": "120%"}, {OCT: "119.99"}, []),
        ({"measure": "attainment", "at_least": "120%"}, {OCT: None}, []),
        ({"measure": "change", "at_least": "14%"}, {SEP: 100, OCT: 114}, [OCT]),
        ({"measure": "change", "at_least": "14%"}, {SEP: 100, OCT: 113}, []),
        ({"measure": "change", "at_least": "14%"}, {OCT: 200}, []),
        ({"measure": "streak", "at_least": 3}, {AUG: 100, SEP: 100, OCT: 100}, [OCT]),
        ({"measure": "streak", "at_least": 3}, {AUG: 100, SEP: 99, OCT: 100}, []),
        ({"measure": "streak", "at_least": 2}, {AUG: 100, SEP: None, OCT: 100}, [OCT]),
    ],
)
def test_results_earn_badges(badge: Row, results: Any, expected: list[date]) -> None:
    exact = {m: None if a is None else f"{round(float(a) * 100)}/100" for m, a in results.items()}
    assert earned(badge, [], {"A": exact})[0]["month_on"].to_list() == expected


def test_the_months_prove_a_streak() -> None:
    _, proof = earned({"measure": "streak", "at_least": 3}, [], {"A": {AUG: 100, SEP: 110, OCT: 100}})
    assert proof.select("month_on", "day", "value").rows() == [(OCT, AUG, 1.0), (OCT, SEP, 1.1), (OCT, OCT, 1.0)]


@pytest.mark.parametrize(
    ("doubtful", "expected"),
    [
        ({}, (None, None)),
        ({"A": {SEP: date(2026, 10, 4)}}, (date(2026, 10, 4), "flagged")),
        ({"B": {SEP: OCT}}, (None, None)),
    ],
)
def test_a_month_whose_bookings_came_back_takes_a_streak_away(doubtful: Any, expected: Any) -> None:
    held, _ = earned({"measure": "streak", "at_least": 2}, [], {"A": {SEP: 100, OCT: 100}}, doubtful)
    assert held.select("revoked_on", "reason").rows() == [expected]
