"""Points: what gives them, what takes them back, and when they count."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.incentives.games import points

from .ledger import OCT, Row, back, ledger, lines, made, points_rules, quotas, sale

PERCENT, ORDER = {"per": "percent", "points": 10}, {"per": "order", "points": 5}
NEW, UNIT = {"per": "new_customer", "points": 20}, {"per": "unit", "points": 2, "product_group": "Fans"}


def total(rows: pl.DataFrame, person: str = "A") -> int:
    return points.points_of(rows).get(person, 0)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [(PERCENT, 600), (ORDER, 5), (NEW, 20), (UNIT, 6)],
    ids=["sixty percent of the quota", "an order", "a buyer's first order", "three fans"],
)
def test_what_gives_points(rule: Row, expected: int) -> None:
    sold = sale("O1", 60, quantity=3, product_group="Fans")
    assert total(ledger(lines(sold), points_rules(rule), new=("O1",))) == expected


@pytest.mark.parametrize(("amount", "expected"), [(1_999, 190), (2_000, 200), (2_001, 200)])
def test_only_whole_percents_count(amount: int, expected: int) -> None:
    assert total(ledger(lines(sale("O1", amount)), points_rules(PERCENT), quota=10_000)) == expected


def test_percents_run_over_the_quotas_period_by_day() -> None:
    sold = [sale("O2", 6, date(2026, 10, 7)), sale("O1", 5, date(2026, 10, 5)), sale("O3", 9, date(2026, 9, 30))]
    rows = ledger(lines(*sold), points_rules(PERCENT), quota=1_000)
    assert dict(rows.select("order_id", "points").rows()) == {"O2": 10}  # 0.5 % and 1.1 %; September's 0.9 % apart


@pytest.mark.parametrize(("shares", "expected"), [((0.6, 0.4), (3, 2)), ((0.5, 0.5), (2, 2)), ((1.0, 0.0), (5, 0))])
def test_a_split_deal_counts_once_by_shares(shares: tuple[float, float], expected: tuple[int, int]) -> None:
    parted = tuple(("O1", p, s) for p, s in zip("AB", shares, strict=True))
    rows = ledger(lines(sale("O1", 100), shares=parted), points_rules(ORDER))
    assert (total(rows, "A"), total(rows, "B")) == expected


@pytest.mark.parametrize(
    ("rule", "given_back", "left"),
    [
        (PERCENT, 20, 400), (PERCENT, 60, 0), (PERCENT, 59, 10),
        (ORDER, 59, 5), (ORDER, 60, 0), (NEW, 59, 20), (NEW, 60, 0),
    ],
)  # fmt: skip
def test_what_comes_back_takes_its_points_back(rule: Row, given_back: int, left: int) -> None:
    rows = ledger(lines(sale("O1", 60), back("O1", given_back)), points_rules(rule), new=("O1",))
    assert total(rows) == left


@pytest.mark.parametrize(("units", "left"), [(1, 4), (3, 0)])
def test_units_that_come_back_take_theirs(units: int, left: int) -> None:
    rows = [sale("O1", 60, quantity=3, product_group="Fans"), back("O1", 20 * units, units=units, product_group="Fans")]
    assert total(ledger(lines(*rows), points_rules(UNIT))) == left


def test_what_is_taken_back_names_its_day_file_and_row() -> None:
    rows = ledger(lines(sale("O1", 60), back("O1", 60, row=9)), points_rules(ORDER))
    shown = rows.select("kind", "moved_on", "points", "earned_on", "vests_on", "taken_back_on", "row").rows()
    sold_on, gone_on, vests_on = date(2026, 10, 5), date(2026, 10, 9), date(2026, 10, 19)
    assert shown == [
        ("earned", sold_on, 5, sold_on, vests_on, gone_on, 1),
        ("taken_back", gone_on, -5, sold_on, vests_on, gone_on, 9),
    ]


@pytest.mark.parametrize(("until", "vested"), [(date(2026, 10, 19), 0), (date(2026, 10, 20), 5)])
def test_points_vest_after_fourteen_days(until: date, vested: int) -> None:
    rows = ledger(lines(sale("O1", 60)), points_rules(ORDER))
    assert points.vested(rows, OCT, until).get("A", 0) == vested


def test_vested_points_are_taken_back_too() -> None:
    rows = ledger(lines(sale("O1", 60), back("O1", 60, date(2026, 10, 30))), points_rules(ORDER))
    assert points.vested(rows, OCT, date(2026, 11, 1)) == {"A": 0}


@pytest.mark.parametrize(("cap", "expected"), [(None, 610), (609, 609), (610, 610), (3, 3)])
def test_a_daily_cap_cuts_the_last_award(cap: int | None, expected: int) -> None:
    rows = [sale("O1", 30), sale("O2", 30)]
    assert total(ledger(lines(*rows), points_rules(PERCENT, ORDER, daily_cap=cap))) == expected


def test_what_the_cap_cut_is_not_given_when_another_order_comes_back() -> None:
    rows = [sale("O1", 30), sale("O2", 30), back("O1", 30)]
    assert total(ledger(lines(*rows), points_rules(PERCENT, daily_cap=400))) == 100


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        pytest.param(sale("O2", 60, date(2026, 10, 12), account_id="K"), 0, id="closed again"),
        pytest.param(sale("O2", 60, date(2026, 11, 8), account_id="K"), 0, id="on the thirtieth day"),
        pytest.param(sale("O2", 60, date(2026, 11, 9), account_id="K"), 5, id="after thirty days"),
        pytest.param(sale("O2", 61, date(2026, 10, 12), account_id="K"), 5, id="another amount"),
        pytest.param(sale("O2", 60, date(2026, 10, 12), account_id="L"), 5, id="another buyer"),
        pytest.param(sale("O2", 60, date(2026, 10, 8), account_id="K"), 5, id="before the first came back"),
    ],
)
def test_an_order_that_repeats_one_taken_back_gives_nothing(again: Row, expected: int) -> None:
    rows = [sale("O1", 60, account_id="K"), back("O1", 60, date(2026, 10, 9), account_id="K"), again]
    assert total(ledger(lines(*rows), points_rules(ORDER))) == expected


def test_the_rule_of_repeats_can_be_off() -> None:
    rows = [
        sale("O1", 60, account_id="K"),
        back("O1", 60, account_id="K"),
        sale("O2", 60, date(2026, 10, 12), account_id="K"),
    ]
    assert total(ledger(lines(*rows), points_rules(ORDER, reclose_days=0))) == 5


def test_a_return_of_something_sold_before_takes_nothing() -> None:
    assert ledger(lines(back("O1", 60)), points_rules(ORDER)).is_empty()


def test_the_rules_sum_to_the_points() -> None:
    rows = ledger(lines(sale("O1", 30), sale("O2", 30), back("O1", 30)), points_rules(PERCENT, ORDER))
    sums = points.by_rule(rows).select("rule", "orders", "earned", "taken", "points").rows()
    assert sums == [("r0", 2, 600, -300, 300), ("r1", 2, 10, -5, 5)]


ORDERS = st.lists(
    st.tuples(st.integers(1, 90), st.integers(1, 28), st.sampled_from("AB"), st.integers(0, 90)), min_size=1, max_size=8
)
ALL = points_rules(PERCENT, ORDER, NEW, {"per": "unit", "points": 2}, daily_cap=350)


def told(orders: list[tuple[int, int, str, int]], without: int | None = None) -> list[Row]:
    """Orders by amount, day, person and the part that comes back later; of `without`, everything."""
    rows = []
    for n, (amount, day, person, part) in enumerate(orders):
        given_back = amount if n == without else min(part, amount - 1)
        rows.append(sale(f"O{n}", amount, date(2026, 10, day), person))
        if given_back:
            units = 1 if given_back == amount else 0
            rows.append(back(f"O{n}", given_back, date(2026, 10, day + 2), person, units=units))
    return rows


@settings(max_examples=40)
@given(orders=ORDERS, seed=st.randoms())
def test_the_order_of_rows_does_not_matter(orders: Any, seed: Any) -> None:
    rows = told(orders)
    mixed = lines(*seed.sample(rows, len(rows))).with_columns(row=pl.lit(None, pl.Int64))
    plain = lines(*rows).with_columns(row=pl.lit(None, pl.Int64))
    assert ledger(mixed, ALL, new=("O0",)).equals(ledger(plain, ALL, new=("O0",)))


@settings(max_examples=40)
@given(orders=ORDERS, which=st.integers(0, 7))
def test_a_return_undoes_exactly_what_its_sale_gave(orders: Any, which: int) -> None:
    """Of an order that comes back whole nothing is left; the points of all others stay as they were."""
    gone = which % len(orders)
    before, after = (ledger(lines(*told(orders, without)), ALL, new=("O0",)) for without in (None, gone))
    sums = [dict(rows.group_by("order_id").agg(pl.col("points").sum()).rows()) for rows in (before, after)]
    assert sums[1].get(f"O{gone}", 0) == 0
    assert {k: v for k, v in sums[0].items() if k != f"O{gone}"} == {
        k: v for k, v in sums[1].items() if k != f"O{gone}"
    }


@settings(max_examples=40)
@given(orders=ORDERS)
def test_nobody_has_points_for_less_than_was_sold(orders: Any) -> None:
    rows = ledger(lines(*told(orders)), ALL)
    left = rows.group_by("person_id", "order_id", "rule").agg(pl.col("points").sum())
    assert left.filter(pl.col("points") < 0).is_empty()


def test_deals_hold_what_is_left_and_the_day_it_was_gone() -> None:
    found, _ = made(lines(sale("O1", 60), back("O1", 20), back("O1", 40, date(2026, 10, 12)), sale("O2", 5)))
    assert found.select("order_id", "sold", "kept", "back_on").rows() == [
        ("O1", 60, 0, date(2026, 10, 12)), ("O2", 5, 5, None),
    ]  # fmt: skip


def test_attainment_before_and_with_each_order() -> None:
    found, _ = made(lines(sale("O1", 30), sale("O2", 50, date(2026, 10, 6))))
    along = points.along_quota(found, quotas())
    assert along.select("order_id", "reached_before", "reached").rows() == [("O1", 0, 30), ("O2", 30, 80)]
