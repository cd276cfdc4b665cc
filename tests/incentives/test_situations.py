"""Every situation three ways: the engine = the independent reference = what was typed by hand."""

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from revops.incentives import payouts
from revops.incentives.given import Given, pay
from revops.incentives.payments import Facts, Payable
from revops.incentives.payments.ledger import Ledger
from revops.incentives.payments.till import payable
from revops.incentives.payouts import PersonMonth

from .as_book import book_of, by_engine, cents
from .reference.days import calendar_window, month_of
from .reference.earning import Earner
from .reference.lines import on_scale_parts
from .reference.numbers import clean, in_fifty_digits, number, rounded
from .reference.timeline import timeline
from .told import Situation, situations

EXTRAS = {"spiff": "spiffs", "objectives": "objectives", "plan_cap": "plan_cap"}
ITEMS = (
    ("draw",),
    ("recovery",),
    ("clawback",),
    ("held", "released"),
    ("carried_in",),
    ("payment_cap",),
    ("carried_out",),
)
ALL = situations()
each = pytest.mark.parametrize("one", ALL, ids=[f"{one.file}: {one.told['name']}" for one in ALL])


def by_reference(one: Situation) -> list[dict[str, Any]]:
    return timeline(one.plan, one.person, one.first, one.count, one.others, one.fiscal_start)


@each
@in_fifty_digits
def test_the_reference_gives_what_is_told(one: Situation) -> None:
    rows = by_reference(one)
    if "fault" in one.told:
        assert one.told["fault"] in rows[0]["fault"]
        return
    assert [row.get("fault") for row in rows] == [None] * len(rows)
    check(one, "paid", [row["paid"] for row in rows])
    for key in ("carried", "balance", "held"):
        state = [row.get("state", {}).get(key, 0) for row in rows]
        check(one, key, [sum(x - y for x, y in at.values()) if isinstance(at, dict) else at for at in state])
    if "attainment" in one.told:
        assert rows[-1]["parts"][0]["attainment"] == number(one.told["attainment"])
    if "quota_counted" in one.told:
        assert rounded(rows[-1]["parts"][0]["quota"]) == number(one.told["quota_counted"])
    if "pays" in one.told:
        assert {part["key"]: part["pay"] for part in rows[-1]["parts"]} == {
            key: number(amount) for key, amount in one.told["pays"].items()
        }
    if "lines" in one.told:
        earner, (start, end) = Earner(one.plan, one.person), calendar_window("month", one.first)
        lines = on_scale_parts(earner, one.plan["components"][0], (start, end), end)
        assert [clean(amount) for _, amount in lines] == [number(amount) for amount in one.told["lines"]]


@each
def test_the_engine_gives_what_the_reference_gives(one: Situation) -> None:
    check_engine(one)


@in_fifty_digits
def check_engine(one: Situation) -> None:
    """Every month of the engine beside the reference's; after a fault the rest is another story."""
    for expected, found in zip(by_reference(one), by_engine(one), strict=True):
        if found is None:
            assert expected["paid"] is None
        elif "fault" in expected:
            assert found.problems
            assert found.paid is None
            return
        else:
            compare(expected, found)


@pytest.mark.parametrize("one", [one for one in ALL if "lines" in one.told], ids=lambda one: one.told["name"])
def test_the_engine_gives_every_line(one: Situation) -> None:
    rows = sorted(one.person["credits"], key=lambda row: (row["on"], row["id"]))
    scale = by_engine(one)[0].payment.payouts[0].scale
    assert scale.lines([Fraction(cents(row["amount"])) for row in rows]) == [100 * part for part in one.told["lines"]]


PLAIN = {"name", "plan", "why", "credits", "quota", "rate", "scores", "units", "paid", "carried", "attainment", "pays"}


def is_plain(one: Situation) -> bool:
    """Whether it is one month that begins from nothing."""
    windows = {part.get("window", "period") for part in one.plan["components"]}
    return not set(one.told) - PLAIN and one.count == 1 and windows == {"period"} and one.plan["period"] == "month"


@pytest.mark.parametrize("one", [one for one in ALL if is_plain(one)], ids=lambda one: one.told["name"])
def test_plain_sums_pay_the_same(one: Situation) -> None:
    """What worked cases, what-ifs and statements ask: a period from its sums."""
    book, person = book_of(one), one.person["id"]
    plan = book.plans[0]
    sums = {plan.components[key[2]].key: sum(amount for _, amount in rows) for key, rows in book.measures.items()}
    given = Given(
        credits=sums,
        quotas={measure: sum(quota.amount for quota in held) for (_, measure), held in book.quotas.items()},
        rate=next((rows[0][2] for rows in book.rates.values()), None),
        scores=book.scores.get((person, one.first), {}),
        sold={key: sold for (_, key), sold in book.spiffs.items()},
    )
    payment = pay(plan, given, facts=Facts(collected={}), decimals=2)
    assert money(payment.paid) == number(one.each("paid")[0])


def test_the_reference_shares_no_code_with_what_it_checks() -> None:
    for path in (Path(__file__).parent / "reference").glob("*.py"):
        assert not re.search(r"^\s*(from|import) revops", path.read_text("utf-8"), re.MULTILINE), path


def test_who_changes_plans_within_a_quarter_is_paid_by_both() -> None:
    """7,500 × 31 ÷ 90 by the old plan and 9,000 × 59 ÷ 90 by the new one, in the quarter's last month."""
    days = [one for one in ALL if one.told["name"] in ("the old plan's 31 days", "the new plan's 59 days")]
    books = [book_of(one) for one in days]
    both = replace(
        books[0],
        plans=[plan for book in books for plan in book.plans],
        measures={key: amounts for book in books for key, amounts in book.measures.items()},
        ledger=Ledger(),
    )
    months = [month_of(days[0].first, n) for n in range(3)]
    assert [month.paid for month in payouts.run(both, months)] == [None, None, 2_583_33 + 5_900_00]


@pytest.mark.parametrize("one", [one for one in ALL if "currency" in one.told], ids=lambda one: one.told["name"])
@in_fifty_digits
def test_what_is_paid_in_another_currency(one: Situation) -> None:
    (currency, rate), expected = next(iter(one.told["currency"].items())), number(one.told["paid_in_currency"])
    assert rounded(by_reference(one)[0]["paid"] / number(rate)) == expected
    book = book_of(one)
    assert payable(book, book.plans[0], one.first, by_engine(one)[0].paid) == Payable(
        currency, int(expected * 100), 1 / Fraction(str(rate))
    )


def compare(expected: dict[str, Any], found: PersonMonth) -> None:
    """One month of the engine, in cents, beside one of the reference."""
    assert [str(problem) for problem in found.problems] == []
    assert money(found.paid) == expected["paid"]
    if found.payment is None:
        return
    assert [money(payout.pay) for payout in found.payment.payouts] == [part["pay"] for part in expected["parts"]]
    for payout, part in zip(found.payment.payouts, expected["parts"], strict=True):
        assert not payout.quota or rounded(fraction(payout.attained), 20) == rounded(part["attainment"], 20)
    extras = {kind: sum(x.amount for x in found.payment.extras if x.kind == kind) for kind in EXTRAS}
    assert {EXTRAS[kind]: money(amount) for kind, amount in extras.items()} == expected["extras"]
    items = {kinds[0]: found.payment.sum_of(*kinds) for kinds in ITEMS}
    assert {kind: money(amount) for kind, amount in items.items() if amount} == {
        kind: amount for kind, amount in expected["items"].items() if amount
    }


def money(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount).scaleb(-2)


def fraction(value: Fraction | None) -> Decimal | None:
    return None if value is None else clean(Decimal(value.numerator) / value.denominator)


def check(one: Situation, key: str, found: list[Any]) -> None:
    expected = one.each(key)
    if expected is not None:
        assert found == [None if amount is None else number(amount) for amount in expected], key


def test_there_are_more_than_two_hundred() -> None:
    assert len(ALL) > 200
    assert len({one.told["name"] for one in ALL}) == len(ALL)


def test_every_worked_number_is_a_test() -> None:
    """Each line of worked.yaml names a situation, or a text in a file of tests; no number is left out."""
    folder = Path(__file__).parent
    worked = yaml.safe_load((folder / "worked.yaml").read_text("utf-8"))
    credited = yaml.safe_load((folder / "situations" / "credits" / "credits.yaml").read_text("utf-8"))["situations"]
    known = {one.told["name"] for one in ALL} | {told["name"] for told in credited}
    missing = [
        (number, where)
        for numbers in worked.values()
        for number, where in numbers.items()
        if where not in known and not _stands_in(folder, where)
    ]
    assert missing == []
    counts = {section: len(numbers) for section, numbers in worked.items()}
    assert counts == {"money and intervals": 9, "credits": 3, "earnings": 33, "payments": 28, "gamification": 7}


def _stands_in(folder: Path, where: str) -> bool:
    file, _, text = where.partition("::")
    return bool(text) and text in (folder / file).read_text("utf-8")
