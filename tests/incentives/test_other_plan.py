"""Who goes on to another plan, or to none: nothing is paid or taken back twice, nothing that waits is lost."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest

from revops.incentives import credits, payouts
from revops.incentives.book import Book, quotas_of
from revops.incentives.payments.ledger import kept, ledger_of
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.money import RATE_SCALE

from .frames import movements, people, quotas, splits
from .test_till import SHARES, back, kinds, paid, sale

JAN, FEB, MAR, APR, MAY = (date(2026, month, 1) for month in range(1, 6))
MONTHS = (JAN, FEB, MAR, APR)
CLAWED: dict[str, Any] = {"clawback": {"by": "original"}}


def plan(name: str, since: date = JAN, until: date | None = None, **terms: Any) -> Plan:
    part = {"name": "c", "credit": "direct", "scale": "whole", "rate": "5%", "note": "n"}
    base = {"plan": name, "title": "t", "roles": ["representative"], "measure": "net_revenue", "period": "month"}
    base |= {"effective_from": since, "effective_to": until, "components": [part]}
    return Plan.model_validate(base | terms)


def run(
    moved: pl.DataFrame,
    plans: Sequence[Plan],
    who: pl.DataFrame | None = None,
    shares: Sequence[tuple[str, date, float]] = (),
    months: Sequence[date] = MONTHS,
    **more: Any,
) -> list[PersonMonth]:
    who = people({"person_id": "P1"}) if who is None else who
    lines = credits.counted(credits.credit_lines(moved, who, splits(), plans), who, plans)
    measures: dict[Any, list[Any]] = {}
    for *key, day, amount in credits.daily(credits.measured(lines, plans)).rows():
        measures.setdefault(tuple(key), []).append((day, amount))
    rows = [(order, day, round(share * RATE_SCALE)) for order, day, share in shares]
    ledger = ledger_of(lines, plans, pl.DataFrame(rows, schema=SHARES, orient="row"))
    terms: dict[str, Any] = {"currency": "VND", "money_decimals": 0, "ledger": ledger, "unpaid_roles": ["director"]}
    return payouts.run(Book(plans, who, quotas_of(quotas()), {}, measures, {}, **terms | more), months)


def taken(months: Sequence[PersonMonth]) -> list[int]:
    return [sum(amount for kind, amount in kinds(month) if kind == "clawback") for month in months]


SOLD = sale(10_000, date(2026, 1, 5))
QUARTER: dict[str, Any] = {"period": "quarter"}


@pytest.mark.parametrize(
    ("old", "new", "day", "expected"),
    [
        ({}, {}, date(2026, 1, 20), [-500, 0, 0, 0]),
        ({}, QUARTER, date(2026, 1, 20), [-500, 0, 0, 0]),
        (QUARTER, {}, date(2026, 1, 20), [0, 0, -500, 0]),
        (QUARTER, QUARTER, date(2026, 1, 20), [0, 0, -500, 0]),
        (QUARTER, {}, date(2026, 2, 20), [0, 0, -500, 0]),
        ({}, QUARTER, date(2026, 2, 20), [0, 0, -500, 0]),
    ],
)
def test_a_return_is_taken_back_once_whatever_the_pay_periods_of_two_plans(
    old: dict[str, Any], new: dict[str, Any], day: date, expected: list[int]
) -> None:
    moved = movements(SOLD, sale(20_000, date(2026, 2, 5), "O2"), back(10_000, day))
    plans = [plan("A", JAN, FEB, **CLAWED, **old), plan("B", FEB, **CLAWED, **new)]
    assert taken(run(moved, plans)) == expected


def test_a_return_is_taken_back_by_the_plan_of_its_own_day() -> None:
    """The next plan, from the middle of the month on, takes nothing back: it lowers its credits instead."""
    moved = movements(SOLD, sale(20_000, date(2026, 1, 25), "O2"), back(10_000, date(2026, 1, 10)))
    middle = date(2026, 1, 16)
    for old, new, pay in ((CLAWED, {}, 1_000), ({}, CLAWED, 1_000), (CLAWED, CLAWED, 1_000), ({}, {}, 1_000)):
        assert run(moved, [plan("A", JAN, middle, **old), plan("B", middle, **new)])[0].paid == pay


def test_who_goes_on_to_another_role_has_the_pay_of_the_old_one_taken_back() -> None:
    moved = movements(SOLD, sale(20_000, date(2026, 2, 5), "O2"), back(10_000, date(2026, 2, 20)))
    who = people({"person_id": "P1", "end_on": FEB}, {"person_id": "P1", "role": "dealer", "start_on": FEB})
    plans = [plan("A"), plan("B", roles=["dealer"], **CLAWED)]
    assert kept(plans, who) == ["A", "B"]
    assert paid(run(moved, plans, who)) == [500, 500, 0, 0]


def test_who_goes_on_to_a_role_that_is_not_paid_gets_what_waits() -> None:
    who = people(
        {"person_id": "P1", "end_on": FEB}, {"person_id": "P1", "role": "director", "start_on": FEB},
    )  # fmt: skip
    months = run(movements(SOLD), [plan("A", hold="collected")], who, [("O1", date(2026, 3, 9), 1.0)])
    assert paid(months)[:3] == [0, 0, 500]
    capped = plan("A", payment_cap={"amount": 300, "carry": True})
    assert paid(run(movements(SOLD), [capped], who))[:2] == [300, 200]


def test_pay_of_two_currencies_in_one_payment_is_refused() -> None:
    middle = date(2026, 1, 16)
    moved = movements(SOLD, sale(20_000, date(2026, 1, 25), "O2"))
    plans = [plan("A", JAN, middle), plan("B", middle, currency="USD")]
    months = run(moved, plans)
    assert [str(problem) for problem in months[0].problems] == [
        "plan B, P1, 2026-01: found amounts in VND in a payment in USD, expected one currency for all plans that a "
        "person goes through. Next: give them one currency, and pay_currency where it is paid out in another; the "
        "payment waits."
    ]
    assert months[0].paid is None


def test_a_balance_of_another_currency_is_refused() -> None:
    plans = [plan("A", JAN, FEB, payment_cap={"amount": 300, "carry": True}), plan("B", FEB, currency="USD")]
    months = run(movements(SOLD), plans)
    assert paid(months) == [300, None, None, None]
    assert "amounts in VND in a payment in USD" in str(months[1].problems[0])
    assert months[3].state.carried == 200


def test_the_plans_cap_is_a_whole_number_of_minor_units() -> None:
    """A target of 100 for 17 of 31 days, in money units of a millionth."""
    terms = {"target": {"amount": 100, "per": "period"}, "cap": {"times_target": 1}, "proration": {"target": True}}
    part = {"name": "c", "credit": "direct", "scale": "whole", "rate": "50%", "note": "n", "weight": "100%"}
    who = people({"person_id": "P1", "start_on": date(2026, 1, 15), "hired_on": date(2026, 1, 15)})
    moved = movements(sale(900_000_000, date(2026, 1, 25)))
    months = run(moved, [plan("A", components=[part], **terms)], who, currency="USD", money_decimals=6)
    assert months[0].paid == 54_840_000


def test_a_component_that_looks_at_another_window_is_refused() -> None:
    """A stored rate that changes cuts the window; the hurdle's component keeps its own."""
    rate = {"key": "a", "rate": "person", "target": 100, "hurdle": {"of": "b", "below": "50%", "limit": "0%"}}
    first = {"name": "c", "credit": "direct", "scale": "whole", "note": "n", **rate}
    other = {"key": "b", "name": "c", "credit": "direct", "scale": "whole", "rate": "1%", "note": "n", "quota": "q"}
    stored = {"P1": [(JAN, date(2026, 1, 16), 50_000_000), (date(2026, 1, 16), None, 60_000_000)]}
    quota = {("P1", "q"): quotas_of(quotas(("P1", JAN, FEB, 4)))["P1", "revenue"]}
    every = [plan("A", components=[first, other])]
    who = people({"person_id": "P1"})
    lines = credits.counted(credits.credit_lines(movements(SOLD), who, splits(), every), who, every)
    sums: dict[Any, list[Any]] = {}
    for *key, day, amount in credits.daily(lines).rows():
        sums.setdefault(tuple(key), []).append((day, amount))
    month = payouts.run(Book(every, who, quota, stored, sums, {}, "VND", 0), (JAN,))[0]
    assert [str(problem) for problem in month.problems] == [
        f"plan A, P1, 2026-01: found no attainment of b over {days}, expected its attainment over the same days, since "
        "component 1 looks at it. Next: give both quotas of the same days, and rates that hold over them; the payment "
        "waits."
        for days in ("2026-01-01 to 2026-01-16", "2026-01-16 to 2026-02-01")
    ]
