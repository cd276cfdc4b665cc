"""Payouts: every person in every pay month, from the book to the payment, or the fault that stops it.

Each plan that a person holds pays for its own days. A plan of quarters pays in the fiscal quarter's last month and
shows what it comes to before. A missing quota, rate, score or plan stops that person's payment as a listed fault; the
others go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives import extras
from revops.incentives.book import Book
from revops.incentives.earnings import Extra, Payment, Payout, attained, payouts_of
from revops.incentives.given import Given as Given
from revops.incentives.given import pay as pay
from revops.incentives.payments import State
from revops.incentives.payments.till import Due, Till
from revops.incentives.plans import Plan
from revops.incentives.scales import rounded
from revops.incentives.stretches import PayPeriod, plan_target, stretches
from revops.incentives.windows import Career, Held, Quota, Stretch, overlap
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.problems import Problem

NO_PEOPLE = Problem(
    "people", "no people, and sales of persons", "a row for each person who sells",
    "add a source of people; nothing is paid until then",
)  # fmt: skip


@dataclass(frozen=True)
class PersonMonth:
    """One person in one month: who, on which plan, with which quota, and the payment or the fault that stops it.

    `quota` is what attainment is taken against, prorated and rounded; `to_date`: what a plan of quarters comes to yet.
    """

    person_id: str
    name: str
    role: str
    team: str
    region: str | None
    channel: str | None
    month_on: date
    plan: Plan | None
    quota: Quota | None = None
    rate: int | None = None
    attainment: Fraction | None = None
    payment: Payment | None = None
    state: State = State()
    to_date: Sequence[Payout] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def paid(self) -> int | None:
        """What is paid; None while the payment is stopped or no plan pays."""
        return self.payment.paid if self.payment and not self.problems else None


@dataclass(frozen=True)
class Earned:
    """What one plan comes to for a person and pay period, or why it cannot be told."""

    plan: Plan
    period: PayPeriod
    stretches: Sequence[Stretch]
    payouts: Sequence[Payout]
    extras: Sequence[Extra]
    problems: Sequence[Problem]


def run(book: Book, months: Sequence[date], until: date | None = None) -> list[PersonMonth]:
    """Every person in every month, in order; what is open goes from month to month. `until`: first day not counted."""
    till = Till(book)
    result = []
    for month in months:
        end = min(add_months(month, 1), until or date.max)
        active = active_people(book.people, month)
        gone = _left_in_period(book, month, {row["person_id"] for row in active})
        result += [_wound_up(till, _settled(till, _person_month(book, row, month, end))) for row in active]
        result += [_settled(till, _person_month(book, row, month, end), False) for row in gone]
        there = {row["person_id"] for row in [*active, *gone]}
        strangers = _strangers(book, month, there)
        result += _leavers(till, month, there | {person.person_id for person in strangers}) + strangers
    return result


def active_people(people: pl.DataFrame, month: date) -> list[dict[str, Any]]:
    """The row of each person who is with the company on a day of the month: the last that holds in it."""
    after = add_months(month, 1)
    held = people.filter((pl.col("start_on") < after) & (pl.col("end_on").is_null() | (pl.col("end_on") > month)))
    held = held.filter(pl.col("left_on").is_null() | (pl.col("left_on") > month))
    return held.sort("person_id", "start_on").unique("person_id", keep="last", maintain_order=True).to_dicts()


def _left_in_period(book: Book, month: date, active: set[str]) -> list[dict[str, Any]]:
    """The last row of each person who left in the course of a longer pay period that ends with the month."""
    due = [
        person
        for person, career in sorted(book.careers.items())
        if person not in active
        and any(book.period_of(plan, month)[1] == add_months(month, 1) for plan in _plans(book, career, month))
    ]
    rows = book.people.filter(pl.col("person_id").is_in(due)).sort("person_id", "start_on")
    return rows.unique("person_id", keep="last", maintain_order=True).to_dicts()


def _plans(book: Book, career: Career, month: date) -> list[Plan]:
    """The plans that a person holds on a day of the pay period that the month lies in, in order."""
    after = add_months(month, 1)
    held = [one.plan for one in career.held if one.plan and one.start < after and _meets(book, one, month)]
    return list({plan.plan: plan for plan in held}.values())


def _meets(book: Book, held: Held, month: date) -> bool:
    return bool(held.plan and overlap((held.start, held.end), book.period_of(held.plan, month)))


def _person_month(book: Book, row: Mapping[str, Any], month: date, end: date) -> PersonMonth:
    career = book.careers[row["person_id"]]
    held = [one for one in career.held if overlap((one.start, one.end), (month, add_months(month, 1)))]
    every = [_earned(book, career, plan, month, end) for plan in _plans(book, career, month)]
    problems = [*book.stopped.get((career.person_id, month), []), *_gaps(book, career, held, month)]
    problems += [problem for earned in every for problem in earned.problems]
    due = [earned for earned in every if earned.period.span[1] == add_months(month, 1)]
    last = every[-1] if every else None
    who = {key: row[key] for key in ("person_id", "name", "role", "team", "region", "channel")}
    return PersonMonth(
        **who,
        month_on=month,
        plan=last.plan if last else None,
        quota=_quota_shown(last, month) if last else None,
        rate=next((s.rate for e in reversed(every) for s in reversed(e.stretches) if s.rate is not None), None),
        attainment=_attainment(last, month) if last else None,
        payment=_payment(due) if due and not problems else None,
        to_date=[] if problems else [payout for one in every if one not in due for payout in one.payouts],
        problems=list(dict.fromkeys(problems)),
    )


def _earned(book: Book, career: Career, plan: Plan, month: date, end: date) -> Earned:
    span = book.period_of(plan, month)
    period = PayPeriod(book, career, plan, span, min(span[1], end))
    found, problems = stretches(period)
    scores = book.scores.get((career.person_id, span[0]), {})
    is_due = span[1] == add_months(month, 1)
    problems += _missing_scores(period, scores) if is_due else []
    if problems:
        return Earned(plan, period, found, [], [], problems)
    paid = payouts_of(plan, found, book.step_of(plan))
    return Earned(plan, period, found, paid, list(_extras(period, paid, scores)) if is_due else [], [])


def _extras(period: PayPeriod, paid: Sequence[Payout], scores: Mapping[str, int]) -> Iterator[Extra]:
    """Spiffs, objectives, and what the plan's cap takes from what it counts."""
    book, plan, person = period.book, period.plan, period.career.person_id
    share = period.career.share(plan, period.span) if plan.proration.target else Fraction(1)
    step, decimals = book.step_of(plan), book.money_decimals
    found = list(extras.spiff_extras(plan, book.awards[plan.plan], person, period.span[0]))
    found += extras.objective_extras(plan, scores, share, decimals, step)
    yield from found
    yield from extras.plan_cap_extra(plan, paid, found, plan_target(plan, decimals) * share, decimals, step)


def _missing_scores(period: PayPeriod, scores: Mapping[str, int]) -> list[Problem]:
    objectives = period.plan.objectives.objectives if period.plan.objectives else []
    missing = [one.key for one in objectives if one.key not in scores]
    expected = f"a score of each objective for the pay period from {period.span[0]}"
    found = f"no score of {', '.join(missing)}"
    return [Problem(period.where, found, expected, "add it to scores; the payment waits")] if missing else []


def _payment(due: Sequence[Earned]) -> Payment:
    return Payment([p for one in due for p in one.payouts], [extra for one in due for extra in one.extras])


def _settled(till: Till, person: PersonMonth, is_active: bool = True) -> PersonMonth:
    """The payment with what stands between earned and paid, and what goes on to the next; or why it is stopped."""
    payment, problems = person.payment, person.problems
    if payment and person.plan:
        hired = till.book.careers[person.person_id].hired_on
        months = (person.month_on.year - hired.year) * 12 + person.month_on.month - hired.month
        number = months // (3 if person.plan.period == "quarter" else 1) + 1
        payment, problems = till.pay(Due(person.person_id, person.plan, person.month_on, payment, number, is_active))
    state = till.state(person.person_id)
    return replace(person, payment=None if problems else payment, problems=problems, state=state)


def _leavers(till: Till, month: date, others: set[str]) -> list[PersonMonth]:
    """Who has left while something is carried or held."""
    found = []
    for person in sorted(set(till.last) - others):
        row = till.book.people.filter(pl.col("person_id") == person).sort("start_on").row(-1, named=True)
        who = {key: row[key] for key in ("person_id", "name", "role", "team", "region", "channel")}
        found.append(_wound_up(till, PersonMonth(**who, month_on=month, plan=None)))
    return [person for person in found if person.plan]


def _wound_up(till: Till, person: PersonMonth) -> PersonMonth:
    """Who is on no plan any more while something is carried or held: settled by the last one, with nothing earned."""
    plan = till.last.get(person.person_id)
    if person.plan or person.problems or plan is None or not till.state(person.person_id).is_open:
        return person
    if till.book.period_of(plan, person.month_on)[1] != add_months(person.month_on, 1):
        return person
    return _settled(till, replace(person, plan=plan, payment=Payment([])), False)


def _attainment(earned: Earned, month: date) -> Fraction | None:
    """Attainment of the first component so far; of one that pays without a quota, in the period of the quota it has."""
    first = [one for one in earned.stretches if one.number == 0]
    if earned.plan.takes_quota(earned.plan.components[0]):
        return attained(first[-1], first[-1].now) if first else None
    quota = _quota_of_record(earned, month)
    if quota is None or quota.amount <= 0:
        return None
    part = earned.plan.components[0]
    total = earned.period.book.sum_of(
        (earned.period.career.person_id, earned.plan.plan, 0), quota.span, earned.period.until
    )
    return Fraction(total.credit * part.factor, RATE_SCALE) / quota.amount


def _quota_shown(earned: Earned, month: date) -> Quota | None:
    """The quota that attainment is taken against."""
    first = [one for one in earned.stretches if one.number == 0 and one.quota is not None]
    if first and first[-1].quota is not None:
        return Quota(*first[-1].window, rounded(first[-1].quota))
    return _quota_of_record(earned, month)


def _quota_of_record(earned: Earned, month: date) -> Quota | None:
    """The last quota of record that touches the month."""
    part = earned.plan.components[0]
    measure = part.quota or earned.plan.quota
    known = earned.period.book.quotas.get((earned.period.career.person_id, measure), ()) if measure else ()
    touching = [quota for quota in known if overlap(quota.span, (month, add_months(month, 1)))]
    return touching[-1] if touching else None


def _strangers(book: Book, month: date, active: set[str]) -> list[PersonMonth]:
    """People with sales in a month in which the people table does not hold them: a fault each, never in silence.

    One fault for all where there are no people at all.
    """
    found = []
    for person, at in sorted(book.direct, key=lambda key: (key[1], key[0])):
        if at == month and person not in active and book.direct[person, at] > 0:
            where = f"people, {person}, {month:%Y-%m}"
            problem = Problem(where, "sales of a person who is not with the company", "a row in people that holds then",
                              "correct people or the orders; nothing is paid for them until then")  # fmt: skip
            problem = NO_PEOPLE if book.people.is_empty() else problem
            found.append(PersonMonth(person, person, "", "", None, None, month, None, problems=[problem]))
    return found


def _gaps(book: Book, career: Career, held: Sequence[Held], month: date) -> list[Problem]:
    """A fault where a plan is expected and none pays: the role has one on other days, or a quota and no plan at all.

    A company that names no plans at all does not pay by this workspace: nobody is at fault.
    """
    if not book.plans:
        return []
    window = (month, add_months(month, 1))
    mine = [q for (who, _), quotas in book.quotas.items() if who == career.person_id for q in quotas]
    has_quota = any(overlap(q.span, window) for q in mine) and not any(one.plan for one in held)
    where = f"plans, {career.person_id}, {month:%Y-%m}"
    return [
        Problem(where, f"no plan for role {one.role}", "a plan in force for this role", "add a plan; the payment waits")
        for one in held
        if one.plan is None and one.role not in book.unpaid_roles
        if has_quota or any(one.role in plan.roles for plan in book.plans)
    ]
