"""The league: who is ranked, what takes points back, badges as rules, and bookings bunched above a tier."""

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from revops.company import Badge, Gaming, Incentives, Points
from revops.incentives import credits, gamification, payouts
from revops.incentives.payouts import PersonMonth

from .frames import movements, people, quotas, splits
from .test_payouts import NOV, OCT, plan

SEP = date(2026, 9, 1)
TEAM = people(
    {"person_id": "A", "region": "North"}, {"person_id": "B", "region": "North"}, {"person_id": "C", "region": "South"}
)


def month(person: str, attained: int, start: date = OCT) -> dict[str, Any]:
    return {"person_id": person, "net_amount": attained, "moved_on": start.replace(day=5)}


def run(*rows: dict[str, Any], months: tuple[date, ...] = (SEP, OCT)) -> tuple[list[PersonMonth], pl.DataFrame]:
    ledger = credits.credit_lines(movements(*rows), TEAM, splits(), [plan()])
    held = quotas(*((p, m, date(m.year, m.month + 1, 1), 100) for p in "ABC" for m in months))
    sums, days = payouts.credit_sums(ledger), payouts.daily_sums(ledger)
    book = payouts.Book([plan()], TEAM, payouts.quotas_of(held), {}, sums, days, {}, 0, 1)
    return payouts.run(book, months), ledger


def board(*rows: dict[str, Any], **settings: Any) -> pl.DataFrame:
    people_months, ledger = run(*rows)
    chosen = Incentives(minimum_orders=1, **settings)
    return gamification.leaderboard(people_months, ledger, {}, chosen, OCT)


def test_ranks_are_shared_and_moves_are_against_the_month_before() -> None:
    rows = [
        month("A", 80, SEP),
        month("B", 90, SEP),
        month("C", 100, SEP),
        month("A", 120),
        month("B", 110),
        month("C", 110),
    ]
    shown = board(*rows).select("person_id", "rank", "move").rows()
    assert shown == [("A", 1, 2), ("B", 2, 0), ("C", 2, -1)]


def test_the_change_is_in_points_of_attainment() -> None:
    shown = board(month("A", 80, SEP), month("A", 120)).filter(pl.col("person_id") == "A")
    assert shown["change"].to_list() == [0.4]


@pytest.mark.parametrize(("minimum", "rank"), [(2, 1), (3, None)])
def test_a_minimum_of_orders_is_needed_to_be_ranked(minimum: int, rank: int | None) -> None:
    months, ledger = run(month("A", 60), month("A", 60))
    shown = gamification.leaderboard(months, ledger, {}, Incentives(minimum_orders=minimum), OCT)
    assert shown.filter(pl.col("person_id") == "A")["rank"].to_list() == [rank]


def test_an_order_taken_back_whole_gives_its_points_back() -> None:
    back = {"kind": "return", "order_id": "O1", "line_id": "O1-1", "person_id": "A", "moved_on": date(2026, 10, 9)}
    kept = board(month("A", 60), month("A", 40)).row(0, named=True)
    taken = board(month("A", 60), month("A", 40), {**back, "net_amount": -60}).row(0, named=True)
    assert (kept["orders"], kept["points"]) == (2, 1_010)
    assert (taken["orders"], taken["points"]) == (1, 405)


def test_a_split_order_counts_once_over_its_people() -> None:
    shares = splits(("O1", "A", 0.5), ("O1", "B", 0.5))
    ledger = credits.credit_lines(movements(month("A", 100)), TEAM, shares, [plan()])
    kept = gamification.orders_kept(ledger)
    assert kept["shared"].sum() == 1_000_000_000


@pytest.mark.parametrize(
    ("attained", "expected"), [(Fraction(1999, 1000), 1990), (Fraction(2), 2000), (None, 0), (Fraction(-1), 0)]
)
def test_points_count_whole_percents(attained: Fraction | None, expected: int) -> None:
    assert gamification.points(Points(per_percent=10, per_order=0), attained, Fraction(3)) == expected


BADGES = [
    Badge(name={"en": "Top tier", "vi": "Bậc cao nhất"}, measure="attainment", at_least=1.2),
    Badge(name="Fans 20", measure="units", at_least=20, product_group="Fans"),
]


@pytest.mark.parametrize(
    ("attainment", "fans", "expected"),
    [(1.2, 0, [0]), (1.19, 20, [1]), (1.19, 19, []), (None, 0, []), (1.3, 25, [0, 1])],
)
def test_a_badge_is_a_rule_over_the_ledger(attainment: float | None, fans: int, expected: list[int]) -> None:
    assert gamification.badges_earned(BADGES, {"attainment": attainment}, {"Fans": fans}) == expected


def test_the_team_contest_is_by_head() -> None:
    months, ledger = run(month("A", 100), month("B", 50), month("C", 90))
    teams = gamification.contest(ledger, [p for p in months if p.month_on == OCT], "region")
    assert teams.rows() == [("South", 1, 90, 90), ("North", 2, 150, 75)]


def test_new_customers_are_counted_in_the_month_of_their_first_order() -> None:
    rows = [
        {**month("A", 10, SEP), "account_id": "X"},
        {**month("A", 10), "account_id": "X"},
        {**month("A", 10), "account_id": "Y"},
    ]
    assert gamification.new_customers(run(*rows)[1], OCT) == {"A": 1}


def bunched(late: int, returned: int, attained: int = 102) -> list[dict[str, Any]]:
    last = {"person_id": "A", "net_amount": late, "moved_on": date(2026, 9, 30)}
    back = {"kind": "return", "order_id": "O2", "line_id": "O2-1", "person_id": "A", "moved_on": date(2026, 10, 4)}
    return [month("A", attained - late, SEP), last, {**back, "net_amount": -returned}]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(bunched(30, 20), [("A", SEP, 30, 20, "O2")], id="bunched just above and given back"),
        pytest.param(bunched(20, 20), [], id="too little in the last days"),
        pytest.param(bunched(30, 8), [], id="kept by the customers"),
        pytest.param(bunched(30, 20, attained=109), [], id="not just above the bound"),
        pytest.param(bunched(30, 20, attained=99), [], id="below the bound"),
    ],
)
def test_bookings_bunched_above_a_tier_and_given_back_are_flagged(rows: Any, expected: Any) -> None:
    months, ledger = run(*rows)
    found = gamification.scan_gaming(months, ledger, Gaming(), NOV)
    shown = found.select("person_id", "month_on", "last_amount", "returned_amount", "orders").rows()
    assert [row for row in shown if row[1] == SEP] == expected


def test_a_person_is_flagged_once_with_all_months() -> None:
    months, ledger = run(*bunched(30, 20))
    flagged = gamification.flagged(gamification.scan_gaming(months, ledger, Gaming(), NOV))
    assert flagged.select("person_id", "months", "returned_amount", "orders").rows() == [("A", 1, 20, "O2")]


@pytest.mark.parametrize(("returned", "months"), [(9, 1), (8, 0)])
def test_only_months_that_meet_the_whole_rule_are_counted(returned: int, months: int) -> None:
    """30 booked in October's last days; nothing can have come back of them: they are listed and never summed."""
    late = {"person_id": "A", "net_amount": 30, "moved_on": date(2026, 10, 31)}
    rows = [*bunched(30, returned), month("A", 72 + returned), late]
    found = gamification.scan_gaming(*run(*rows), Gaming(), NOV)
    assert found.filter(~pl.col("is_proven"))["month_on"].to_list() == [OCT]
    told = gamification.flagged(found).select("months", "last_amount", "returned_amount", "last_on").rows()
    assert told == [(1, 30, 9, SEP)] * months


@pytest.mark.parametrize(("doubtful", "badges"), [({}, [0]), ({"A": {SEP}}, []), ({"B": {SEP}}, [0])])
def test_a_month_whose_bookings_came_back_breaks_the_streak_of_a_badge(doubtful: Any, badges: list[int]) -> None:
    months, ledger = run(month("A", 100, SEP), month("A", 100))
    settings = Incentives(minimum_orders=1, badges=[Badge(name="Two in a row", measure="streak", at_least=2)])
    shown = gamification.leaderboard(months, ledger, {}, settings, OCT, doubtful).filter(pl.col("person_id") == "A")
    assert shown["badges"].to_list() == [badges]
