"""What Finance books: accrual, the liability's movement, contract costs; and that nothing is lost between the two."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.incentives import finance, payouts
from revops.incentives.contract_costs import (
    Cost,
    PayContracts,
    PaySchedule,
    ended,
    pay_contracts,
    pay_schedule,
    spread,
)
from revops.incentives.earnings import Payment
from revops.incentives.finance import Finance
from revops.incentives.payments import Item
from revops.incentives.payments.balances import PayBalances, pay_balances, to_date
from revops.incentives.payouts import PersonMonth

from .closing.months import Books, month, stopped
from .frames import frame, movements, people
from .test_till import DEC, JAN, MONTHS, NOV, OCT, back, book_of, plan, run, sale


def books(months: list[PersonMonth], month: date = DEC) -> Finance:
    class Book:
        currency, step = "VND", 1

    return Finance(months, Book(), month)  # type: ignore[arg-type]


def test_an_effective_rate_of_5_5_percent_on_10000_accrues_550_and_leaves_50_of_500_paid() -> None:
    assert finance.accrued(pay=5_500, credit=100_000, now=10_000) == 550
    assert finance.accrued(5_500, 100_000, 10_000) - 500 == 50


def test_the_accrual_takes_the_rate_of_twelve_months_and_this_months_credits() -> None:
    """October 110,000 earn 5,800, November 10,000 earn 500: 5.25 % of 10,000 are 525, of which 500 are paid."""
    months = run(movements(sale(110_000), sale(10_000, date(2026, 11, 5), "O2")), plan(), months=(OCT, NOV))
    row = books(months, NOV).accruals.row(0, named=True)
    assert row == {
        "plan": "T", "month_on": NOV, "currency": "VND", "people": 1, "credit_amount": 10_000,
        "effective_rate": 0.0525, "accrued_amount": 525, "paid_amount": 500, "liability_amount": 25,
    }  # fmt: skip


def test_without_credits_there_is_no_rate_and_nothing_is_accrued() -> None:
    row = books(run(movements(sale(1, date(2025, 1, 1))), plan(), months=(OCT,)), OCT).accruals.row(0, named=True)
    assert (row["effective_rate"], row["accrued_amount"], row["liability_amount"], row["paid_amount"]) == (
        None,
        None,
        None,
        0,
    )


def test_the_liability_moves_from_opening_to_closing() -> None:
    """10,000 sold for 500 in October, held; half is paid for in November, all in December."""
    shares = [("O1", date(2026, 11, 9), 0.5), ("O1", date(2026, 12, 9), 1.0)]
    months = run(movements(sale(10_000)), plan(hold="collected"), shares)
    amounts = ["opening_amount", "earned_amount", "paid_amount", "closing_amount"]
    assert books(months).liability.select("month_on", *amounts).rows() == [
        (OCT, 0, 500, 0, 500),
        (NOV, 500, 0, 250, 250),
        (DEC, 250, 0, 250, 0),
    ]


TERMS: list[dict[str, Any]] = [
    {},
    {"hold": "collected"},
    {"clawback": {"by": "original"}},
    {"payment_cap": {"amount": 300, "carry": True}},
    {"payment_cap": {"amount": 300, "carry": False}},
    {"draw": {"kind": "recoverable", "amount": 400}},
    {"draw": {"kind": "non_recoverable_guarantee", "amount": 900}},
]


@pytest.mark.parametrize("terms", TERMS)
def test_what_was_due_is_paid_or_still_owed(terms: dict[str, Any]) -> None:
    moved = movements(sale(10_000), sale(9_000, date(2026, 11, 5), "O2"), back(9_999, date(2026, 12, 5)))
    who = people({"person_id": "P1", "start_on": OCT, "hired_on": OCT})
    balances = pay_balances(run(moved, plan(**terms), [("O1", NOV, 0.5)], who), "VND")
    PayBalances.validate(balances)
    sums = to_date(balances)
    assert (sums.due, sums.unbalanced) == (sums.paid + sums.owed, 0)


AMOUNTS = st.lists(st.integers(-900, 900), min_size=3, max_size=3)


@given(AMOUNTS, AMOUNTS, st.sampled_from([(), (NOV,), (OCT, NOV)]), st.sampled_from([None, *MONTHS]))
def test_corrections_close_too_whatever_is_closed_stopped_or_gone(
    late: list[int], by_hand: list[int], closed: tuple[date, ...], without: date | None
) -> None:
    """Closed one after another, corrected late and by hand; one month may be stopped, or have nobody in it."""
    books, amounts = Books(), dict(zip(MONTHS, late, strict=True))
    for day, amount in zip(MONTHS, by_hand, strict=True):
        if amount:
            books.adjust(day, amount)
    for end in closed:
        books.close([_simple(day, 100) for day in MONTHS if day <= end])
    now = [_simple(day, amounts[day]) for day in MONTHS if day != without]
    if without in closed:
        now.append(stopped(without))
    sums = to_date(pay_balances(books.settle(now).months, "VND"))
    assert (sums.due, sums.unbalanced) == (sums.paid + sums.owed, 0)


def _simple(day: date, amount: int) -> PersonMonth:
    """A month that grants an advance; without earnings below zero, which a debt would carry."""
    return PersonMonth("An", "An", "rep", "Sales", None, None, day, None,
                       payment=Payment([], [], [Item("draw", abs(amount), {"how": "non_recoverable"})]))  # fmt: skip


def test_who_left_with_an_advance_and_is_corrected_later_still_closes() -> None:
    """500 advanced in October, left in November, 200 by hand in December: 500 stay to be paid back."""
    who = people({"person_id": "P1", "start_on": OCT, "hired_on": OCT, "left_on": NOV})
    draw = {"kind": "recoverable", "amount": 500}
    books = Books()
    books.adjust(DEC, 200, "P1")
    months = books.settle(run(movements(sale(1)), plan(draw=draw), (), who) + [month(DEC, 0, "Bình")]).months
    sums = to_date(pay_balances(months, "VND"))
    assert (sums.paid, sums.owed, sums.unbalanced) == (700, -500, 0)


def test_a_balance_that_does_not_close_is_counted() -> None:
    balances = pay_balances(run(movements(sale(10_000)), plan()), "VND")
    broken = balances.with_columns(closing_amount=pl.col("closing_amount") + 1)
    assert to_date(broken).unbalanced == 3


def test_2400_over_24_months_are_100_a_month() -> None:
    assert [spread(2_400, 24, n) - spread(2_400, 24, n - 1) for n in (1, 2, 24, 25)] == [100, 100, 100, 0]
    schedule = pay_schedule([Cost("C1", OCT, "VND", 2_400)], 24, OCT, 1)
    assert schedule["spread_amount"].to_list() == [100] * 24
    assert schedule.row(0, named=True)["closing_amount"] == 2_300
    assert schedule["closing_amount"][-1] == 0
    assert schedule["is_planned"].to_list() == [False] + [True] * 23


@pytest.mark.parametrize(
    ("end", "gone", "written"),
    [
        (None, 300, 0),
        (date(2027, 1, 1), 300, 0),
        (date(2026, 12, 31), 200, 2_200),
        (date(2026, 12, 1), 200, 2_200),
        (date(2026, 10, 20), 0, 2_400),
        (date(2026, 9, 20), 0, 2_400),
    ],
)
def test_what_is_left_of_a_contract_that_ends_early_is_written_off(end: date | None, gone: int, written: int) -> None:
    """2,400 from October on, as of December: in the month of the end everything that is left."""
    row = pay_contracts([Cost("C1", OCT, "VND", 2_400, end)], 24, DEC, 1).row(0, named=True)
    assert (row["spread_amount"], row["written_off_amount"]) == (gone, written)
    assert row["left_amount"] == 2_400 - gone - written


def test_a_contract_that_ran_its_time_has_nothing_to_write_off() -> None:
    row = pay_contracts([Cost("C1", OCT, "VND", 2_400, date(2027, 4, 1))], 2, date(2027, 4, 1), 1).row(0, named=True)
    assert (row["spread_amount"], row["written_off_amount"], row["left_amount"]) == (2_400, 0, 0)


def test_a_contract_that_goes_on_at_another_price_has_not_ended() -> None:
    span = {"customer_id": "K", "mrr": 1}
    rows = [
        {**span, "subscription_id": "C1", "start_on": OCT, "end_on": NOV},
        {**span, "subscription_id": "C1", "start_on": NOV, "end_on": None},
        {**span, "subscription_id": "C2", "start_on": OCT, "end_on": DEC},
        {**span, "subscription_id": "C3", "start_on": OCT, "end_on": JAN},
    ]
    assert ended(frame("subscriptions", rows), JAN) == {"C2": DEC}


COSTS = st.lists(
    st.builds(
        Cost,
        st.sampled_from("ABC"),
        st.sampled_from([OCT, NOV, DEC]),
        st.just("VND"),
        st.integers(-(10**6), 10**6),
        st.none() | st.dates(date(2026, 8, 1), date(2027, 6, 1)),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda cost: (cost.contract_id, cost.month_on),
)


@given(COSTS, st.integers(1, 30), st.sampled_from([1, 100]))
def test_a_schedule_ends_at_nothing_and_says_what_the_contracts_say(costs: list[Cost], months: int, step: int) -> None:
    costs = [Cost(c.contract_id, c.month_on, c.currency, c.amount * step, c.ended_on) for c in costs]
    schedule = PaySchedule.validate(pay_schedule(costs, months, DEC, step))
    contracts = PayContracts.validate(pay_contracts(costs, months, DEC, step))
    so_far = schedule.filter(pl.col("month_on") <= DEC)
    for name in ("cost_amount", "spread_amount", "written_off_amount"):
        assert so_far[name].sum() == contracts[name].sum()
    assert schedule["closing_amount"][-1] == 0
    assert so_far["closing_amount"][-1] == contracts["left_amount"].sum()


def test_commission_on_contracts_is_told_contract_by_contract_and_written_off_when_one_ends() -> None:
    """Two contracts of 1,000 and 3,000 a month, paid at 50 %, over ten months; the second ends in December."""
    parts = {"name": "c", "credit": "direct", "basis": "recurring", "scale": "whole", "rate": "50%", "note": "n"}
    begun = {"order_id": None, "kind": "start", "basis": "recurring"}
    moved = movements(
        *({**begun, "line_id": name, "movement_id": f"{name}:start", "net_amount": amount} for name, amount in
          (("C1", 1_000), ("C2", 3_000)))
    )  # fmt: skip
    book = book_of(moved, plan(components=[parts], quota=None))
    told = Finance(payouts.run(book, (OCT, NOV, DEC)), book, DEC, 10, {"C2": date(2026, 12, 9)}).contracts
    assert told.select("contract_id", "cost_amount", "spread_amount", "written_off_amount", "left_amount").rows() == [
        ("C1", 500, 150, 0, 350),
        ("C2", 1_500, 300, 1_200, 0),
    ]
    assert Finance(payouts.run(book, (OCT,)), book, OCT).contracts.is_empty()
