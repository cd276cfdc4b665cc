"""Payments of people and months: quotas, rates, debts, and the faults that stop one person and nobody else."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from revops.incentives import credits, payouts
from revops.incentives.book import Book, absences_of, measures_of, quotas_of, rates_of, scores_of
from revops.incentives.contracts import PayLines
from revops.incentives.design.asked import asked
from revops.incentives.given import Given
from revops.incentives.given import pay as paid_from
from revops.incentives.pay_lines import pay_lines
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan

from .frames import frame, movements, people, quotas, rates, splits

OCT, NOV, DEC = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def plan(**change: Any) -> Plan:
    part = {"name": "c", "credit": "direct", "scale": "marginal", "bounds": "quota", "note": "n"}
    part["tiers"] = [{"from": 0, "to": 1, "rate": "5%"}, {"from": 1, "to": None, "rate": "8%"}]
    part |= change.pop("component", {})
    kept = {key: value for key, value in part.items() if value is not None}
    base = {"plan": "T", "title": "t", "roles": ["representative"], "effective_from": "2026-01-01", "quota": "revenue"}
    return Plan.model_validate({**base, "measure": "net_revenue", "period": "month", "components": [kept], **change})


PERSON_RATE = {"tiers": None, "bounds": None, "rate": "person", "scale": "whole"}
ONE = people({"person_id": "P1"})
TWO = people({"person_id": "P1"}, {"person_id": "P2"})
QUOTA = quotas(("P1", OCT, NOV, 100_000), ("P2", OCT, NOV, 100_000))


def pay(
    moved: pl.DataFrame,
    who: pl.DataFrame = ONE,
    *,
    plans: Sequence[Plan] = (plan(),),
    quota: pl.DataFrame = QUOTA,
    rate: pl.DataFrame | None = None,
    months: Sequence[date] = (OCT,),
    unpaid: Sequence[str] = (),
    stopped: Any = None,
    **more: Any,
) -> tuple[list[PersonMonth], pl.DataFrame]:
    ledger = credits.credit_lines(moved, who, splits(), plans)
    direct = ledger.filter(rule="direct").group_by("person_id", "month_on").agg(pl.col("credit_amount").sum())
    stored = rates_of(rates() if rate is None else rate)
    book = Book(
        plans=plans,
        people=who,
        quotas=quotas_of(quota),
        rates=stored,
        measures=measures_of(credits.daily(credits.counted(ledger, who, plans))),
        direct={(person, month): amount for person, month, amount in direct.rows()},
        currency="VND",
        money_decimals=0,
        stopped=stopped or {},
        unpaid_roles=unpaid,
        **more,
    )
    found = payouts.run(book, months)
    return found, pay_lines(found, credits.counted(ledger, who, plans), book)


def paid(result: tuple[list[PersonMonth], pl.DataFrame]) -> list[int | None]:
    return [person.paid for person in result[0]]


def found(result: tuple[list[PersonMonth], pl.DataFrame]) -> list[str]:
    return [str(problem) for person in result[0] for problem in person.problems]


@pytest.mark.parametrize(
    ("credit", "attained", "amount"),
    [
        (99_999, Fraction(99_999, 100_000), 5_000),
        (100_000, Fraction(1), 5_000),
        (100_007, Fraction(100_007, 100_000), 5_001),
    ],
)
def test_attainment_is_the_exact_ratio_and_decides_the_tier(credit: int, attained: Fraction, amount: int) -> None:
    result = pay(movements({"net_amount": credit}))
    assert [person.attainment for person in result[0]] == [attained]
    assert paid(result) == [amount]


def test_a_return_of_an_earlier_month_is_taken_back_and_the_rest_is_carried() -> None:
    back = {"kind": "return", "order_id": "O1", "line_id": "O1-1"}
    moved = movements(
        {"net_amount": 50_000},
        {**back, "net_amount": -50_000, "moved_on": NOV},
        {"net_amount": 80_000, "moved_on": DEC},
    )
    quota = quotas(*(("P1", start, end, 100_000) for start, end in ((OCT, NOV), (NOV, DEC), (DEC, date(2027, 1, 1)))))
    result = pay(moved, quota=quota, months=(OCT, NOV, DEC))
    assert paid(result) == [2_500, 0, 1_500]
    assert [p.payment.carried_out for p in result[0] if p.payment] == [0, -2_500, 0]


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        (quotas(), "no quota"),
        (quotas(("P1", OCT, NOV, 0)), "a quota of 0"),
        (quotas(("P1", OCT, NOV, -5)), "a quota of -5"),
        (quotas(("P1", OCT, DEC, 9)), "a quota for 2026-10-01 to 2026-12-01"),
        (quotas(("P1", OCT, date(2026, 10, 9), 9)), "no quota"),
    ],
)
def test_a_quota_that_cannot_be_used_stops_the_payment(quota: pl.DataFrame, expected: str) -> None:
    result = pay(movements({}), quota=quota)
    assert paid(result) == [None]
    assert found(result)[0].startswith(
        f"plan T, P1, 2026-10: found {expected}, expected a quota of revenue for 2026-10 above 0."
    )


def test_a_quota_of_a_part_of_the_month_counts_for_who_came_in_it() -> None:
    came = people({"person_id": "P1", "start_on": date(2026, 10, 12)})
    result = pay(
        movements({"net_amount": 50, "moved_on": date(2026, 10, 20)}),
        came,
        quota=quotas(("P1", date(2026, 10, 12), NOV, 100)),
    )
    assert [person.attainment for person in result[0]] == [Fraction(1, 2)]


def test_one_persons_fault_does_not_stop_the_other() -> None:
    moved = movements({"net_amount": 1_000}, {"net_amount": 1_000, "person_id": "P2"})
    result = pay(moved, TWO, quota=quotas(("P2", OCT, NOV, 100_000)))
    assert paid(result) == [None, 50]


def test_a_missing_stored_rate_stops_the_payment() -> None:
    result = pay(movements({}), plans=[plan(component=PERSON_RATE)])
    assert found(result) == [
        "plan T, P1, 2026-10: found no stored rate, expected a rate in person_rates. "
        "Next: add the rate; the payment waits."
    ]


@pytest.mark.parametrize(("month", "amount"), [(OCT, 10), (NOV, 20)])
def test_the_stored_rate_of_the_month_pays(month: date, amount: int) -> None:
    stored = rates(("P1", date(2020, 1, 1), NOV, 10_000_000), ("P1", NOV, None, 20_000_000))
    moved = movements({"net_amount": 1_000, "moved_on": month})
    assert paid(pay(moved, plans=[plan(component=PERSON_RATE)], rate=stored, months=[month])) == [amount]


def test_outside_its_dates_a_plan_does_not_pay_and_says_so() -> None:
    result = pay(movements({}), plans=[plan(effective_to="2026-10-01")])
    assert paid(result) == [None]
    assert found(result) == [
        "plans, P1, 2026-10: found no plan for role representative, expected a plan in force for this role. "
        "Next: add a plan; the payment waits."
    ]


def test_a_person_with_a_quota_but_no_plan_is_a_fault_unless_the_role_is_not_paid() -> None:
    boss = people({"person_id": "P1", "role": "director"})
    assert len(found(pay(movements({}), boss))) == 1
    assert found(pay(movements({}), boss, unpaid=["director"])) == []


def test_a_company_without_plans_has_no_faults() -> None:
    assert found(pay(movements({}), plans=[])) == []


def test_a_role_that_no_plan_names_and_without_quota_is_no_fault() -> None:
    assert found(pay(movements({"person_id": None}), people({"person_id": "P9", "role": "accountant"}))) == []


def test_someone_who_left_before_the_month_is_not_paid_in_it() -> None:
    gone = people({"person_id": "P1", "end_on": OCT}, {"person_id": "P2", "left_on": OCT})
    assert pay(movements({"person_id": None}), gone)[0] == []


def test_sales_of_someone_who_is_gone_are_a_fault_and_returns_are_not() -> None:
    gone = people({"person_id": "P1", "end_on": OCT})
    assert found(pay(movements({"net_amount": -5}), gone)) == []
    assert found(pay(movements({"net_amount": 5}), gone)) == [
        "people, P1, 2026-10: found sales of a person who is not with the company, expected a row in people that holds "
        "then. Next: correct people or the orders; nothing is paid for them until then."
    ]


def test_without_people_there_is_one_fault_however_many_sell_and_when() -> None:
    moved = movements(
        {"net_amount": 5},
        {"net_amount": 7, "person_id": "P2"},
        {"net_amount": 9, "moved_on": date(2026, 9, 15)},
    )
    told = found(pay(moved, people().clear(), months=(date(2026, 9, 1), OCT)))
    assert len(told) == 3
    assert set(told) == {
        "people: found no people, and sales of persons, expected a row for each person who sells."
        " Next: add a source of people; nothing is paid until then."
    }
    assert found(pay(movements({"person_id": None}), people().clear())) == []


def test_a_changed_role_is_paid_by_the_plan_of_the_later_role() -> None:
    moved = people(
        {"person_id": "P1", "role": "helper", "end_on": date(2026, 10, 10)},
        {"person_id": "P1", "start_on": date(2026, 10, 10)},
    )
    assert [p.role for p in pay(movements({}), moved)[0]] == ["representative"]


def test_attainment_of_a_longer_quota_period_counts_from_its_start() -> None:
    moved = movements({"net_amount": 30, "moved_on": date(2026, 9, 15)}, {"net_amount": 20})
    quota = quotas(("P1", date(2026, 8, 31), date(2026, 11, 30), 100))
    stored = rates(("P1", date(2020, 1, 1), None, 10_000_000))
    result = pay(moved, plans=[plan(component=PERSON_RATE)], quota=quota, rate=stored)
    assert [person.attainment for person in result[0]] == [Fraction(50, 100)]


def test_the_lines_of_every_payment_sum_to_it() -> None:
    back = {"kind": "return", "order_id": "O1", "line_id": "O1-1", "moved_on": date(2026, 10, 20)}
    moved = movements({"net_amount": 70_001}, {"net_amount": 60_003}, {**back, "net_amount": -20_000})
    capped = plan(component={"cap": {"amount": 5_000}})
    result, lines = pay(moved, plans=[capped])
    assert lines.select("kind", "movement", "rate_from", "rate_to", "pay_amount").rows() == [
        ("commission", "sale", 50_000_000, 50_000_000, 3_500),
        ("commission", "sale", 50_000_000, 80_000_000, 3_900),
        ("commission", "return", 80_000_000, 80_000_000, -1_600),
        ("cap", None, None, None, -800),
    ]
    assert lines["pay_amount"].sum() == result[0].paid == 5_000
    PayLines.validate(lines)


def test_a_stopped_payment_has_no_lines_and_names_its_fault() -> None:
    result, lines = pay(movements({}), quota=quotas())
    assert lines.is_empty()
    assert found((result, lines))[0].startswith("plan T, P1, 2026-10: found no quota,")


@pytest.mark.parametrize(("more", "worth"), [(0, 0), (80, 4), (150, 10), (3_000, 149)])
def test_what_the_next_deal_is_worth(more: int, worth: int) -> None:
    """1,120 of 1,200 earn 56; the next 80 earn 5 %, what lies beyond 8 %, and the cap of 205 leaves 149."""
    capped = plan(component={"cap": {"amount": 205}})
    result, _ = pay(movements({"net_amount": 1_120}), plans=[capped], quota=quotas(("P1", OCT, NOV, 1_200)))
    assert asked(result, [capped])[0].more(more, [0]) == worth


def test_the_bounds_of_the_payout_say_where_the_next_tier_begins() -> None:
    payout = paid_from(plan(), Given({"direct": 1_000}, {"revenue": 1_200})).payouts[0]
    assert [(step.start, step.rate) for step in payout.scale.steps] == [(0, Fraction(1, 20)), (1_200, Fraction(2, 25))]


WINDOWED = {"window": "quarter"}
Q4 = (OCT, NOV, DEC)
JAN = date(2027, 1, 1)


def month_quotas(amount: int) -> pl.DataFrame:
    return quotas(*(("P1", start, end, amount) for start, end in ((OCT, NOV), (NOV, DEC), (DEC, JAN))))


@pytest.mark.parametrize(
    ("window", "plan_change", "expected"),
    [
        ("period", {}, [4_000, 1_000, 6_600]),
        ("quarter", {}, [4_000, 1_000, 6_000]),
        ("quarter", {"period": "quarter"}, [None, None, 11_000]),
    ],
)
def test_a_month_pays_what_it_adds_to_its_window(window: str, plan_change: dict[str, Any], expected: list[Any]) -> None:
    """Credits of 80,000, 20,000 and 120,000; quotas of 100,000 a month are one of 300,000 a quarter."""
    moved = movements(
        *(
            {"net_amount": amount, "moved_on": day.replace(day=9)}
            for day, amount in zip(Q4, (80_000, 20_000, 120_000), strict=True)
        )
    )
    one = plan(component={"window": window}, **plan_change)
    result = pay(moved, plans=[one], quota=month_quotas(100_000), months=Q4)
    assert paid(result) == expected
    assert [person.attainment for person in result[0]][-1] == (
        Fraction(6, 5) if window == "period" else Fraction(11, 15)
    )


def test_a_plan_of_quarters_shows_what_it_comes_to_before_it_pays() -> None:
    moved = movements({"net_amount": 80_000})
    result, _ = pay(moved, plans=[plan(period="quarter")], quota=month_quotas(100_000), months=Q4)
    assert [[payout.pay for payout in person.to_date] for person in result] == [[4_000], [4_000], []]
    assert [person.paid for person in result] == [None, None, 4_000]


def test_two_quotas_in_a_month_are_two_windows_of_their_own() -> None:
    split_on = date(2026, 10, 11)
    moved = movements({"net_amount": 120, "moved_on": date(2026, 10, 10)}, {"net_amount": 120, "moved_on": split_on})
    both = quotas(("P1", OCT, split_on, 100), ("P1", split_on, NOV, 200))
    result, _ = pay(moved, plans=[plan(component={"window": "quota", "tiers": HIGH})], quota=both)
    assert [(one.window, one.pay) for one in result[0].payment.payouts] == [
        ((OCT, split_on), 58),
        ((split_on, NOV), 48),
    ]


HIGH = [{"from": 0, "to": 1, "rate": "40%"}, {"from": 1, "to": None, "rate": "90%"}]


def test_a_role_that_changes_in_the_month_is_paid_by_each_plan_for_its_own_days() -> None:
    change_on = date(2026, 10, 11)
    moved = movements(
        {"net_amount": 1_000, "moved_on": date(2026, 10, 10)}, {"net_amount": 1_000, "moved_on": change_on}
    )
    who = people({"person_id": "P1", "end_on": change_on}, {"person_id": "P1", "role": "senior", "start_on": change_on})
    flat = {"tiers": None, "bounds": None, "scale": "whole"}
    both = [plan(component={**flat, "rate": "1%"}), plan(plan="S", roles=["senior"], component={**flat, "rate": "2%"})]
    result, lines = pay(moved, who, plans=both)
    assert [(one.plan, one.credited, one.pay) for one in result[0].payment.payouts] == [
        ("T", 1_000, 10),
        ("S", 1_000, 20),
    ]
    assert result[0].plan.plan == "S"
    assert lines["pay_amount"].sum() == 30


@pytest.mark.parametrize(("rates_from", "amount"), [(OCT, 30), (date(2026, 10, 11), None)])
def test_a_stored_rate_that_changes_pays_each_day_at_its_own(rates_from: date, amount: int | None) -> None:
    """1 % to 10 October and 2 % from the 11th on; without the first, the credits of the 10th have no rate."""
    change_on = date(2026, 10, 11)
    moved = movements(
        {"net_amount": 1_000, "moved_on": date(2026, 10, 10)}, {"net_amount": 1_000, "moved_on": change_on}
    )
    known = [("P1", rates_from, change_on, 10_000_000)] if rates_from < change_on else []
    stored = rates(*known, ("P1", change_on, None, 20_000_000))
    result = pay(moved, plans=[plan(component=PERSON_RATE)], rate=stored)
    assert paid(result) == [amount]
    assert ("found no stored rate" in "".join(found(result))) == (amount is None)


def test_who_leaves_in_the_quarter_is_paid_by_its_plan_at_its_end() -> None:
    moved = movements({"net_amount": 80_000})
    gone = people({"person_id": "P1", "end_on": NOV, "left_on": NOV})
    result = pay(moved, gone, plans=[plan(period="quarter")], quota=month_quotas(100_000), months=Q4)
    assert [(person.month_on, person.paid) for person in result[0]] == [(OCT, None), (DEC, 4_000)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("P1", date(2026, 9, 15), date(2026, 11, 15), 100)], "a quota for 2026-09-15 to 2026-11-15"),
        ([("P1", OCT, NOV, 100), ("P1", NOV, DEC, 100)], "no quota"),
        ([("P1", OCT, NOV, 100), ("P1", NOV, DEC, 0), ("P1", DEC, JAN, 100)], "a quota of 0"),
    ],
)  # fmt: skip
def test_a_quarter_needs_a_quota_on_all_its_days(given: Any, told: str) -> None:
    result = pay(movements({}), plans=[plan(component=WINDOWED)], quota=quotas(*given))
    assert paid(result) == [None]
    assert found(result)[0].startswith(
        f"plan T, P1, 2026-10: found {told}, expected a quota of revenue for 2026-10-01 to 2027-01-01 above 0."
    )


OBJECTIVES = {"target": 100, "objectives": [{"key": "list", "name": "L", "weight": "100%"}]}


def test_a_score_pays_its_share_of_the_target() -> None:
    told = frame("scores", [{"person_id": "P1", "period_on": OCT, "objective": "list", "score": 800_000_000}])
    result = pay(movements({"net_amount": 1_000}), plans=[plan(objectives=OBJECTIVES)], scores=scores_of(told))
    assert paid(result) == [50 + 80]
    assert [(extra.kind, extra.key, extra.amount) for extra in result[0][0].payment.extras] == [
        ("objectives", "list", 80)
    ]


def test_days_of_leave_lower_the_quota_where_the_plan_says_so() -> None:
    away = [{"person_id": "P1", "start_on": date(2026, 10, 12), "end_on": date(2026, 10, 22), "kind": "leave"}]
    given = {"quota": quotas(("P1", OCT, NOV, 3_100)), "absences": absences_of(frame("absences", away))}
    results = [pay(movements({"net_amount": 2_100}), plans=[plan(proration=p)], **given) for p in ({}, {"quota": True})]
    assert [result[0][0].attainment for result in results] == [Fraction(21, 31), Fraction(1)]
    assert [result[0][0].quota.amount for result in results] == [3_100, 2_100]


def test_credits_without_an_active_day_are_a_fault() -> None:
    away = [{"person_id": "P1", "start_on": OCT, "end_on": NOV, "kind": "leave"}]
    given = {"plans": [plan(proration={"quota": True})], "absences": absences_of(frame("absences", away))}
    assert found(pay(movements({}), **given))[0].startswith(
        "plan T, P1, 2026-10: found credits, and no active day in the"
    )
    assert paid(pay(movements({"person_id": None}), **given)) == [0]


def test_a_missing_score_stops_the_payment_and_is_not_0() -> None:
    result = pay(movements({}), plans=[plan(objectives=OBJECTIVES)])
    assert paid(result) == [None]
    assert found(result) == [
        "plan T, P1, 2026-10: found no score of list, expected a score of each objective for the pay period from "
        "2026-10-01. Next: add it to scores; the payment waits."
    ]


def test_what_a_scale_pays_for_being_there_stands_beside_the_lines() -> None:
    """A curve that pays 10 of 100 at 0 %: 50,000 of 100,000 earn 55, of which the credits earn 45."""
    part = {"tiers": None, "bounds": None, "scale": None, "target": 100, "curve": [["0%", "10%"], ["100%", "100%"]]}
    result, lines = pay(movements({"net_amount": 20_000}, {"net_amount": 30_000}), plans=[plan(component=part)])
    assert lines.select("line_no", "kind", "pay_amount").rows() == [
        (1, "commission", 18), (2, "commission", 27), (3, "true_up", 10)
    ]  # fmt: skip
    assert result[0].paid == 55
