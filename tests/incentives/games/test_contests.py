"""Contests: who counts, what counts, and by head."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from revops.incentives.games import contests
from revops.incentives.games.rules import Contest

from .ledger import NOV, OCT, Row, back, ledger, lines, made, months, points_rules, sale

SPAN = (OCT, NOV)
PEOPLE = months({"A": {OCT: 100}, "B": {OCT: 100}}) + months({"C": {OCT: 100}}, region="South")


def standing(
    rows: list[Row], of: str = "people", measure: str = "credit", span: Any = SPAN, **change: Any
) -> pl.DataFrame:
    rules = Contest.model_validate({"key": "c", "name": "c", "of": of, "measure": measure, **change})
    found, events = made(lines(*rows), new=("O1",))
    earned = ledger(lines(*rows), points_rules({"per": "order", "points": 5}))
    return contests.contest(rules, span, PEOPLE, contests.daily(rules, span, events, found, earned), 0, 1)


SOLD = [sale("O1", 300), sale("O2", 200, person="B"), sale("O3", 240, person="C")]


def test_the_team_contest_is_by_head() -> None:
    """500k by five is 100k, 240k by two 120k: the small team wins."""
    north = months({p: {OCT: 100} for p in "ABDEF"})
    south = months({p: {OCT: 100} for p in "CG"}, region="South")
    rows = [sale("O1", 500_000), sale("O2", 240_000, person="C")]
    rules = Contest.model_validate({"key": "c", "name": "c", "of": "region", "measure": "credit"})
    found, events = made(lines(*rows))
    daily = contests.daily(rules, SPAN, events, found, pl.DataFrame())
    shown = contests.contest(rules, SPAN, north + south, daily, 0, 1).select(
        "entrant", "people", "value", "score", "rank"
    )
    assert shown.rows() == [("South", 2, 240_000, 120_000, 1), ("North", 5, 500_000, 100_000, 2)]


@pytest.mark.parametrize(
    ("measure", "expected"), [("credit", 300), ("orders", 1), ("new_customers", 1), ("units", 1), ("points", 5)]
)
def test_what_is_measured(measure: str, expected: int) -> None:
    assert standing(SOLD, measure=measure).filter(pl.col("entrant") == "A")["value"].to_list() == [expected]


@pytest.mark.parametrize("measure", ["credit", "orders", "new_customers", "units", "points"])
def test_what_comes_back_ranks_again(measure: str) -> None:
    shown = standing([*SOLD, back("O1", 300, date(2026, 11, 9))], measure=measure).filter(pl.col("entrant") == "A")
    last = 1 if measure == "new_customers" else 3  # nobody else has a new customer
    assert shown.select("value", "rank").rows() == [(0, last)]


@pytest.mark.parametrize(("measure", "expected"), [("orders", [3, 2]), ("units", [6, 4]), ("credit", [60, 40])])
def test_a_split_deal_counts_once_by_shares(measure: str, expected: list[int]) -> None:
    """Five orders of two units at 60 to 40."""
    rows = [sale(f"O{n}", 20, quantity=2) for n in range(5)]
    rules = Contest.model_validate({"key": "c", "name": "c", "of": "people", "measure": measure})
    found, events = made(
        lines(*rows, shares=tuple((f"O{n}", p, s) for n in range(5) for p, s in (("A", 0.6), ("B", 0.4))))
    )
    shown = contests.contest(rules, SPAN, PEOPLE[:2], contests.daily(rules, SPAN, events, found, pl.DataFrame()), 0, 1)
    assert shown["value"].to_list() == expected


@pytest.mark.parametrize(("day", "value"), [(date(2026, 9, 30), 0), (OCT, 300), (date(2026, 10, 31), 300), (NOV, 0)])
def test_only_its_days_count(day: date, value: int) -> None:
    assert standing([sale("O1", 300, day)]).filter(pl.col("entrant") == "A")["value"].to_list() == [value]


def test_only_what_it_asks_for_counts() -> None:
    rows = [sale("O1", 300, product_group="Fans"), sale("O2", 200, product_group="Lamps")]
    assert standing(rows, where={"product_group": "Fans"})["value"].to_list() == [300, 0, 0]


def test_an_order_that_repeats_one_taken_back_does_not_count() -> None:
    again = sale("O9", 300, date(2026, 10, 12), account_id="KO1")
    assert standing([sale("O1", 300), back("O1", 300), again])["value"].to_list() == [0, 0, 0]


def test_prizes_go_to_who_got_there_first() -> None:
    rows = [sale("O1", 240, date(2026, 10, 9)), sale("O3", 240, date(2026, 10, 5), person="C")]
    shown = standing(rows, pot={"amount": 100, "places": ["60%", "40%"]}).select(
        "entrant", "rank", "reached_on", "prize_amount"
    )
    assert shown.rows() == [("C", 1, date(2026, 10, 5), 60), ("A", 1, date(2026, 10, 9), 40), ("B", 3, None, 0)]


def test_a_pot_can_be_a_share_of_what_was_sold() -> None:
    shown = standing(SOLD, pot={"share": "10%", "places": ["50%", "30%", "20%"]})
    assert shown.select("pot_amount", "prize_amount").rows() == [(74, 37), (74, 22), (74, 15)]
