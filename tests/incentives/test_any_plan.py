"""What holds for any plan and any events: pay equals the reference, in any order of arrival, and nothing is lost."""

import os
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import hypothesis.strategies as st
import polars as pl
from hypothesis import HealthCheck, given, settings

from revops.incentives import lines
from revops.incentives.payments import State
from revops.incentives.payouts import PersonMonth
from revops.incentives.scales import rounded

from .any_plan import FIRST, situations_of_any_plan
from .as_book import by_engine, counted_lines
from .reference.days import calendar_window, month_of
from .test_situations import check_engine
from .told import Situation

MORE = "REVOPS_FUZZ_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("REVOPS_FUZZ_EXAMPLES", "500")) // 5
many = settings(max_examples=EXAMPLES, derandomize=not MORE, suppress_health_check=list(HealthCheck))
fewer = settings(many, max_examples=max(20, EXAMPLES // 2))  # of what the reference would find too


@many
@given(situations_of_any_plan())
def test_the_engine_pays_what_the_reference_pays(one: Situation) -> None:
    check_engine(one)


@fewer
@given(situations_of_any_plan(), st.integers(0, 2**32))
def test_events_in_any_order_pay_the_same(one: Situation, seed: int) -> None:
    rows = {key: list(one.person[key]) for key in ("credits", "quotas", "units", "collected")}
    for of in rows.values():
        Random(seed).shuffle(of)
    assert paid(replace(one, person={**one.person, **rows})) == paid(one)


@fewer
@given(situations_of_any_plan(), st.integers(1, 6))
def test_what_comes_later_changes_no_earlier_month(one: Situation, months: int) -> None:
    """A run at the end of a month, before anybody knew of what came after it, pays what the last run tells of it."""
    end = month_of(FIRST, months)
    known = {key: [row for row in one.person[key] if row["on"] < end] for key in ("credits", "units", "collected")}
    others = [{**other, "units": [row for row in other["units"] if row["on"] < end]} for other in one.others]
    early = replace(one, person={**one.person, **known}, others=others, count=months)
    assert paid(early) == paid(one)[:months]


@fewer
@given(situations_of_any_plan())
def test_what_was_earned_is_paid_carried_held_or_told(one: Situation) -> None:
    months = [month for month in by_engine(one) if month is not None]
    settled = [month.payment for month in months if month.payment and not month.problems]
    assert all(payment.paid >= 0 for payment in settled)
    cap = one.plan.get("payment_cap")
    told = ["draw", "recovery", "clawback", *(["payment_cap"] if cap and not cap["carry"] else [])]
    due = sum(payment.earned + payment.sum_of(*told) for payment in settled)
    left = last_state(months)
    assert due == sum(payment.paid for payment in settled) + left.carried + left.held_amount
    if one.plan.get("draw", {}).get("kind", "").startswith("recoverable"):
        assert left.draw == sum(payment.sum_of("draw", "recovery") for payment in settled)


@fewer
@given(situations_of_any_plan())
def test_the_months_of_a_window_sum_to_the_window(one: Situation) -> None:
    windows: dict[tuple[int, date], list[tuple[int, Fraction, int]]] = {}
    for month in by_engine(one):
        for payout in month.payment.payouts if month and month.payment and not month.problems else []:
            told = (payout.pay, payout.stages[-1].now, payout.step)
            windows.setdefault((payout.number, payout.window[0]), []).append(told)
    for rows in windows.values():
        assert sum(pay for pay, _, _ in rows) == rounded(rows[-1][1], rows[-1][2])


@settings(many, max_examples=max(20, EXAMPLES // 5))
@given(situations_of_any_plan())
def test_lines_sum_to_what_the_scales_pay(one: Situation) -> None:
    """Every payout: its lines, what no line of the period earns, and the steps after the scale are what it pays."""
    for month in by_engine(one):
        payouts = month.payment.payouts if month and month.payment and not month.problems else []
        for payout in payouts:
            period = calendar_window(one.plan["period"], month.month_on, one.fiscal_start)
            start, end = max(period[0], payout.window[0]), min(period[1], payout.window[1])
            steps = lines.steps_of(one.person["id"], start, end, payout)
            told = lines.pay_lines(counted_lines(one), [steps])
            beside = rounded(lines.beside_lines(payout), payout.step)
            credited = told.filter(~pl.col("order_id").is_in(list(payout.off_scale), nulls_equal=True))["credit_amount"]
            assert credited.sum() == payout.credited
            assert told.is_empty() or told["pay_amount"].sum() + beside == payout.rounded


def paid(one: Situation) -> list[int | None]:
    return [month.paid if month else None for month in by_engine(one)]


def last_state(months: list[PersonMonth]) -> State:
    states = [month.state for month in months if month.payment and not month.problems]
    return states[-1] if states else State()
