"""Flags: what was planted is found, with its rows; honest books are seldom flagged; and how a month is proven."""

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from revops.incentives.games import flags, watch
from revops.incentives.games.rules import Watch
from revops.incentives.payouts import PersonMonth

from ..test_payouts import plan
from . import books
from .ledger import NOV, OCT, SEP, Row, back, lines, made, months, sale


def one(person: str) -> bool:
    return person == "P03"


PLANTED: dict[str, Any] = {
    "last_days": (books.late, one, "P03"),
    "discounts": (books.cheap, one, "P03"),
    "threshold": (books.rounded_up, lambda person: True, ""),
    "split": (books.lifted, one, "P03"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_what_was_planted_is_found(kind: str) -> None:
    """In at least four of five years, the right person by the right flag; each flag has rows behind it."""
    deed, of, person = PLANTED[kind]
    years = [books.scanned(seed, deed, of) for seed in range(10)]
    found = [year.flags.filter((pl.col("kind") == kind) & (pl.col("person_id") == person)) for year in years]
    assert sum(frame.height > 0 for frame in found) >= 8
    proof = years[0].evidence.filter(pl.col("key") == kind)
    assert proof.height >= years[0].flags.filter(pl.col("kind") == kind).height > 0


def test_honest_books_are_seldom_flagged() -> None:
    """Forty honest years, four tests each: 1 % alarms at most are expected, 1.6; seven would be one chance in 1,000."""
    kinds = Counter(kind for seed in range(100, 140) for kind in set(books.scanned(seed).flags["kind"]))
    assert sum(kinds.values()) < 7, kinds


def test_a_stricter_alarm_finds_less() -> None:
    found = [
        books.scanned(0, books.late, one, Watch.model_validate({"alarm": alarm})).flags.height for alarm in ("1%", "0%")
    ]
    assert found[0] > 0
    assert found[1] == 0


def test_the_order_of_rows_does_not_matter() -> None:
    orders = [
        o for m in books.MONTHS for p in ("A", "B") for o in books.month_of(books.np.random.default_rng(1), p, m, 1)
    ]
    plain, mixed = books.scan(orders), books.scan(orders[::-1])
    assert plain.flags.equals(mixed.flags)
    assert plain.evidence.drop("row").equals(mixed.evidence.drop("row"))


def results(*persons: str) -> pl.DataFrame:
    return watch.results(months({p: {OCT: 90} for p in persons}))


NONE = pl.DataFrame(schema={"order_id": pl.String, "discount": pl.Float64})


def test_an_order_that_repeats_one_taken_back_is_told_without_a_test() -> None:
    rows = [
        sale("O1", 60, account_id="K"),
        back("O1", 60, account_id="K"),
        sale("O2", 60, date(2026, 10, 12), account_id="K"),
    ]
    found, _ = made(lines(*rows))
    around = found.with_columns(before=pl.lit(0.0), after=pl.lit(0.1))
    none = pl.DataFrame(schema=watch.SCHEMA), pl.DataFrame(schema=books.REOPENED)
    told = flags.scan_flags(results("A"), around, none[0], NONE, none[1], Watch())
    assert told.flags.select("kind", "person_id", "month_on", "found", "chance").rows() == [
        ("reclosed", "A", OCT, 1.0, None)
    ]
    assert told.evidence.select("order_id", "value", "row").rows() == [("O2", 60.0, 3)]


def snapshots(*won: bool) -> pl.DataFrame:
    days = [date(2026, month, 28) for month in range(1, len(won) + 1)]
    rows = [("D1", day, "A", is_won, "crm.csv", n) for n, (day, is_won) in enumerate(zip(days, won, strict=True))]
    schema = ["opportunity_id", "snapshot_on", "person_id", "is_won", "file", "row"]
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("won", "expected"),
    [
        ((False, True, False, True), [("A", date(2026, 4, 1), "D1")]),
        ((False, True, True, True), []),
        ((True, False, False), []),
        ((True, False, True, False, True), [("A", date(2026, 3, 1), "D1"), ("A", date(2026, 5, 1), "D1")]),
    ],
)
def test_a_deal_that_is_won_again_is_told(won: Any, expected: Any) -> None:
    assert flags.reopened(snapshots(*won).lazy()).select("person_id", "month_on", "order_id").rows() == expected


TWO = [{"from": 0, "to": 2, "rate": "1%"}, {"from": 2, "to": None, "rate": "2%"}]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [1]),
        ({"bounds": "quota", "tiers": TWO}, [1, 2]),
        ({"quota": "units", "bounds": "quota", "tiers": TWO}, [1]),
        ({"scale": None, "curve": [["50%", 0], ["90%", 1]], "target": 5}, [Fraction(1, 2), Fraction(9, 10), 1]),
        ({"bounds": "amount", "tiers": TWO}, [1]),
    ],
    ids=["alone", "measured alike", "another quota", "a curve", "amounts"],
)  # fmt: skip
def test_the_bounds_are_those_of_the_attainment_shown(more: Row, expected: list[Any]) -> None:
    first = {"name": "c", "credit": "direct", "scale": "marginal", "bounds": "quota", "note": "n"}
    first["tiers"] = [{"from": 0, "to": 1, "rate": "5%"}, {"from": 1, "to": None, "rate": "8%"}]
    other = {
        key: value
        for key, value in {"name": "d", "credit": "direct", "scale": "marginal", "note": "n", **more}.items()
        if value is not None
    }
    plan_of_two = plan(components=[first, other] if more else [first])
    assert watch.bounds_of(plan_of_two) == expected


def bunched(late: int, returned: int, attained: int = 102) -> tuple[list[PersonMonth], list[Row]]:
    """A September of so much, `late` of it on its last day, of which `returned` comes back in October."""
    rows = [sale("O1", attained - late, date(2026, 9, 5)), sale("O2", late, date(2026, 9, 30))]
    return months({"A": {SEP: attained, OCT: 50}}), [*rows, back("O2", returned, date(2026, 10, 4))]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(
            bunched(30, 20), [("A", SEP, 30, 20, "O2", date(2026, 10, 4))], id="bunched just above and given back"
        ),
        pytest.param(bunched(20, 20), [], id="too little in the last days"),
        pytest.param(bunched(30, 8), [], id="kept by the customers"),
        pytest.param(bunched(30, 20, attained=109), [], id="not just above the bound"),
        pytest.param(bunched(30, 20, attained=99), [], id="below the bound"),
    ],
)
def test_bookings_bunched_above_a_tier_and_given_back_are_flagged(case: Any, expected: Any) -> None:
    people, rows = case
    found = watch.bunched(people, lines(*rows), Watch(), NOV)
    assert (
        found.select("person_id", "month_on", "last_amount", "returned_amount", "orders", "returned_on").rows()
        == expected
    )


def test_a_proven_month_is_a_flag_with_its_orders_and_a_doubt() -> None:
    people, rows = bunched(30, 20)
    found = watch.bunched(people, lines(*rows), Watch(), NOV)
    sold, _ = made(lines(*rows))
    around = sold.with_columns(before=pl.lit(0.0), after=pl.lit(0.1))
    told = flags.scan_flags(watch.results(people), around, found, NONE, pl.DataFrame(schema=books.REOPENED), Watch())
    assert told.flags.select("kind", "person_id", "month_on", "bound", "of").rows() == [("returned", "A", SEP, 1.0, 1)]
    assert told.evidence.select("order_id", "value").rows() == [("O2", 20.0)]
    assert watch.doubts(found) == {"A": {SEP: date(2026, 10, 4)}}


@pytest.mark.parametrize(("returned", "expected"), [(9, [("A", 1, 30, 9)]), (8, [])])
def test_a_person_is_told_once_with_the_months_that_meet_the_whole_rule(returned: int, expected: Any) -> None:
    """30 booked in October's last days: nothing can have come back of them; they are listed and never summed."""
    people, rows = bunched(30, returned)
    people = [people[0], *months({"A": {OCT: 102}})]
    late = [*rows, sale("O3", 72 + returned, date(2026, 10, 5)), sale("O4", 30, date(2026, 10, 31))]
    found = watch.bunched(people, lines(*late), Watch(), NOV)
    assert found.filter(~pl.col("is_proven"))["month_on"].to_list() == [OCT]
    assert watch.flagged(found).select("person_id", "months", "last_amount", "returned_amount").rows() == expected
