"""Ranks, improvement, pots: worked numbers, and that names change nothing."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.incentives.games import board, contests, ranks
from revops.incentives.games.rules import Contest, Level, Pot
from revops.money import RATE_SCALE

from .ledger import AUG, OCT, SEP, games, months

HALVES = [50, 30, 20]


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(130, 100, Fraction(3, 10)), (100, 130, Fraction(-3, 13)), (130, 0, None), (None, 100, None), (130, None, None)],
)
def test_improvement_is_the_change_by_what_was_before(now: Any, before: Any, expected: Any) -> None:
    assert ranks.improvement(*(None if v is None else Fraction(v) for v in (now, before))) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        pytest.param([(9, 1), (8, 1), (7, 1)], [10_000, 6_000, 4_000], id="in order"),
        pytest.param([(7, 1), (9, 1), (8, 1)], [4_000, 10_000, 6_000], id="in any order of rows"),
        pytest.param([(9, 2), (9, 1), (8, 1)], [6_000, 10_000, 4_000], id="equals: who got there first"),
        pytest.param([(9, 1), (9, 1), (8, 1)], [8_000, 8_000, 4_000], id="equals on one day share their places"),
        pytest.param([(9, 1), (7, 3), (7, 3), (7, 3)], [10_000, 3_333, 3_333, 3_333], id="shared, rounded down"),
        pytest.param([(9, 1)], [10_000], id="what nobody wins stays"),
        pytest.param([(9, 1), (0, 1), (-5, 1)], [10_000, 0, 0], id="nothing sold wins nothing"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_a_pot_of_20000_at_50_30_20(standing: Any, expected: list[int]) -> None:
    assert ranks.prizes(20_000, HALVES, standing) == expected


@pytest.mark.parametrize(("total", "expected"), [(400_000, 20_000), (0, 0), (-400_000, 0), (10, 1), (9, 0)])
def test_a_pot_of_five_per_cent(total: int, expected: int) -> None:
    pot = Pot.model_validate({"share": "5%", "places": ["50%", "30%", "20%"]})
    assert contests.pot_of(pot, total, 0, 1) == expected
    if total == 400_000:
        assert ranks.prizes(expected, pot.places, [(3, 1), (2, 1), (1, 1)]) == [10_000, 6_000, 4_000]


@given(
    standing=st.lists(st.tuples(st.integers(-3, 9), st.integers(1, 5)), max_size=9),
    pot=st.integers(0, 10**9), seed=st.randoms(),
)  # fmt: skip
def test_prizes_are_at_most_the_pot_and_follow_the_standing(standing: Any, pot: int, seed: Any) -> None:
    won = ranks.prizes(pot, HALVES, standing)
    assert 0 <= sum(won) <= pot
    mixed = seed.sample(range(len(standing)), len(standing))
    assert ranks.prizes(pot, HALVES, [standing[i] for i in mixed]) == [won[i] for i in mixed]


RESULTS = {"A": {SEP: 80, OCT: 120}, "B": {SEP: 90, OCT: 110}, "C": {SEP: 100, OCT: 110}}
MANY = dict.fromkeys([(p, m) for p in "ABCX" for m in (AUG, SEP, OCT)], 9)


def standings(results: Any, by: str = "attainment", minimum: int = 0, **change: Any) -> list[dict[str, Any]]:
    rules = games(league={"by": by, "minimum_orders": minimum})
    people = board.league(months(results), [])
    given_more: dict[str, Any] = {"orders": MANY, "points": {}, "vested": {}, "badges": {}, "stood": {}, **change}
    return board.standings(people, OCT, rules, **given_more).to_dicts()


def test_ranks_are_shared_and_moves_are_against_the_month_before() -> None:
    shown = [(row["person_id"], row["rank"], row["move"]) for row in standings(RESULTS)]
    assert shown == [("A", 1, 2), ("B", 2, 0), ("C", 2, -1)]


def test_on_improvement_a_small_start_is_no_drawback() -> None:
    shown = {row["person_id"]: (row["rank"], row["improvement"]) for row in standings(RESULTS, "improvement")}
    assert shown == {"A": (1, 0.5), "B": (2, pytest.approx(2 / 9)), "C": (3, 0.1)}


def test_who_has_nothing_before_is_not_ranked_on_improvement() -> None:
    shown = {row["person_id"]: row["rank"] for row in standings({**RESULTS, "X": {OCT: 200}}, "improvement")}
    assert shown["X"] is None


def test_equals_stand_in_the_order_in_which_they_got_there() -> None:
    rows = standings(RESULTS, stood={"B": date(2026, 10, 20), "C": date(2026, 10, 10)})
    assert [row["person_id"] for row in rows] == ["A", "C", "B"]


@pytest.mark.parametrize(("minimum", "rank"), [(9, 1), (10, None)])
def test_a_minimum_of_orders_is_needed_to_be_ranked(minimum: int, rank: int | None) -> None:
    assert standings({"A": {OCT: 60}}, minimum=minimum)[0]["rank"] == rank


def test_the_change_is_in_points_of_attainment() -> None:
    assert standings({"A": {SEP: 80, OCT: 120}})[0]["change"] == 0.4


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({AUG: 100, SEP: 100, OCT: 100}, (3, 3)),
        ({AUG: 100, SEP: None, OCT: 100}, (2, 2)),
        ({AUG: 100, SEP: "999/10", OCT: 100}, (1, 1)),
    ],
)
def test_a_streak_counts_months_that_reached_the_quota(held: Any, expected: Any) -> None:
    row = standings({"A": held})[0]
    assert (row["streak"], row["best_streak"]) == expected


@given(
    st.dictionaries(st.sampled_from("ABCX"), st.tuples(st.integers(1, 200), st.integers(1, 200))),
    st.permutations("ABCX"),
)
def test_ranks_are_stable_under_renaming(results: Any, names: Any) -> None:
    called = dict(zip("ABCX", names, strict=True))
    plain = standings({p: {SEP: then, OCT: now} for p, (then, now) in results.items()})
    renamed = standings({called[p]: {SEP: then, OCT: now} for p, (then, now) in results.items()})
    ranked = {row["person_id"]: (row["rank"], row["move"]) for row in renamed}
    assert {row["person_id"]: ranked[called[row["person_id"]]] for row in plain} == {
        row["person_id"]: (row["rank"], row["move"]) for row in plain
    }


LEVELS = [Level.model_validate({"name": n, "from": at}) for n, at in (("Bronze", 0), ("Silver", 100))]


@pytest.mark.parametrize(("vested", "level"), [(0, 0), (99, 0), (100, 1)])
def test_a_level_is_reached_by_vested_points(vested: int, level: int) -> None:
    people = board.league(months({"A": {OCT: 100}}), [])
    rules = games(levels=[level.model_dump(by_alias=True) for level in LEVELS])
    rows = board.standings(
        people, OCT, rules, orders=MANY, points={"A": 999}, vested={"A": vested}, badges={}, stood={}
    )
    assert rows["level"].to_list() == [level]


def test_shares_of_the_places_count_as_rates() -> None:
    contest = Contest.model_validate({"key": "c", "name": "c", "of": "people", "measure": "orders",
                                      "pot": {"amount": 100, "places": ["60%", "40%"]}})  # fmt: skip
    assert contest.pot is not None
    assert sum(contest.pot.places) == RATE_SCALE
