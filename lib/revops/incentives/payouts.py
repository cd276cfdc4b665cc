"""Payouts: from a month's credits to one person's payment, exact until the one rounding.

Order: credits × factor → scale → cap → rounding, once per (person, component, month), half away from zero to the
currency's minor unit → carried debt of earlier months → paid. Pay is never negative: what is left is carried. A
missing quota, rate or plan stops that person's payment as a listed fault; the others go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
from babel.numbers import get_currency_precision

from revops.incentives import scales
from revops.incentives.plans import Component, Plan
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.problems import Problem

NO_PEOPLE = Problem(
    "people", "no people, and sales of persons", "a row for each person who sells",
    "add a source of people; nothing is paid until then",
)  # fmt: skip
RULES_OF = {"direct": ("direct", "split"), "channel": ("channel",), "rollup": ("rollup",)}


def payable_step(currency: str, money_decimals: int) -> int:
    """The currency's minor unit in money units: pay is a multiple of it.

    >>> payable_step("VND", 0), payable_step("USD", 6)
    (1, 10000)
    """
    return int(10 ** max(0, money_decimals - get_currency_precision(currency)))


@dataclass(frozen=True)
class Quota:
    """A quota of record: [start_on, end_on) and its amount, as given."""

    start_on: date
    end_on: date
    amount: int


@dataclass(frozen=True)
class Payout:
    """What one component pays for a month: `credited` × factor = `credit`, exact; `earned` unrounded; `pay` payable."""

    number: int
    component: Component
    credited: int
    credit: Fraction
    scale: scales.Scale
    rounded: int
    pay: int

    @property
    def earned(self) -> Fraction:
        """Unrounded, before the cap."""
        return self.scale.earned(self.credit)

    @property
    def cut_by_cap(self) -> int:
        """What the cap takes, ≤ 0."""
        return self.pay - self.rounded


@dataclass(frozen=True)
class Payment:
    """One person's payment for one month: payouts + carried_in = paid + carried_out, paid ≥ 0 ≥ carried_out."""

    payouts: list[Payout]
    carried_in: int = 0

    @property
    def due(self) -> int:
        """The sum of the components and of what was carried in."""
        return sum(payout.pay for payout in self.payouts) + self.carried_in

    @property
    def paid(self) -> int:
        """What is paid now, never negative."""
        return max(0, self.due)

    @property
    def carried_out(self) -> int:
        """What is left to take from later pay, ≤ 0."""
        return min(0, self.due)


def pay(
    plan: Plan,
    credit: Mapping[str, int],
    quota: int | None = None,
    person_rate: int | None = None,
    carried_in: int = 0,
    money_decimals: int = 0,
    step: int = 1,
) -> Payment:
    """The payment of one month from the sums of its credits by kind (direct, channel, rollup)."""
    payouts = [
        _payout(n, c, credit.get(c.credit, 0), quota, person_rate, money_decimals, step)
        for n, c in enumerate(plan.components)
    ]
    return Payment(payouts, carried_in)


def _payout(
    number: int, component: Component, credit: int, quota: int | None, rate: int | None, decimals: int, step: int
) -> Payout:
    counted = Fraction(credit * component.factor, RATE_SCALE)
    scale = scales.scale_of(component, quota, rate, decimals)
    amount = scale.earned(counted)
    cap = scales.cap_of(component, decimals)
    capped = amount if cap is None else min(amount, cap)
    return Payout(number, component, credit, counted, scale, scales.rounded(amount, step), scales.rounded(capped, step))


@dataclass(frozen=True)
class PersonMonth:
    """One person in one month: who, on which plan, with which quota, and the payment or the fault that stops it."""

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
    measure: Fraction | None = None
    payment: Payment | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def attainment(self) -> Fraction | None:
        """Measure of the quota period to date ÷ quota, exact; None without a quota above 0."""
        if self.quota is None or self.quota.amount <= 0 or self.measure is None:
            return None
        return self.measure / self.quota.amount

    @property
    def paid(self) -> int | None:
        """What is paid; None while the payment is stopped or no plan pays."""
        return self.payment.paid if self.payment and not self.problems else None


@dataclass(frozen=True)
class Book:
    """All that payouts are computed from: plans, people, quotas of record, stored rates, credit sums."""

    plans: Sequence[Plan]
    people: pl.DataFrame
    quotas: Mapping[tuple[str, str], Sequence[Quota]]
    rates: Mapping[str, Sequence[tuple[date, date | None, int]]]
    credits: Mapping[tuple[str, date, str], int]
    daily: Mapping[tuple[str, str], Sequence[tuple[date, int]]]
    stopped: Mapping[tuple[str, date], Sequence[Problem]]
    money_decimals: int
    step: int
    unpaid_roles: Sequence[str] = ()


def credit_sums(credits: pl.DataFrame) -> dict[tuple[str, date, str], int]:
    """Credits by (person, month, kind): kind direct (with splits), channel, rollup."""
    grouped = credits.group_by("person_id", "month_on", _kind()).agg(pl.col("credit_amount").sum())
    return {(person, month, kind): amount for person, month, kind, amount in grouped.rows()}


def daily_sums(credits: pl.DataFrame) -> dict[tuple[str, str], list[tuple[date, int]]]:
    """Credits by (person, kind): each day with its sum, in order."""
    days = credits.group_by("person_id", _kind(), "moved_on").agg(pl.col("credit_amount").sum())
    sums: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for person, kind, day, amount in days.sort("person_id", "kind", "moved_on").rows():
        sums.setdefault((person, kind), []).append((day, amount))
    return sums


def _kind() -> pl.Expr:
    return pl.col("rule").replace({"split": "direct"}).alias("kind")


def quotas_of(quotas: pl.DataFrame) -> dict[tuple[str, str], list[Quota]]:
    """Quotas of record by (person, measure), in order of their first day."""
    found: dict[tuple[str, str], list[Quota]] = {}
    rows = quotas.sort("person_id", "measure", "start_on").select(
        "person_id", "measure", "start_on", "end_on", "quota_amount"
    )
    for person, measure, start, end, amount in rows.rows():
        found.setdefault((person, measure), []).append(Quota(start, end, amount))
    return found


def rates_of(rates: pl.DataFrame) -> dict[str, list[tuple[date, date | None, int]]]:
    """Stored rates by person: [start_on, end_on) and the rate in billionths."""
    found: dict[str, list[tuple[date, date | None, int]]] = {}
    for person, start, end, rate in (
        rates.sort("person_id", "start_on").select("person_id", "start_on", "end_on", "rate").rows()
    ):
        found.setdefault(person, []).append((start, end, rate))
    return found


def run(book: Book, months: Sequence[date], until: date | None = None) -> list[PersonMonth]:
    """Every person in every month, in order, with debts carried from month to month. `until`: first day not counted."""
    debts: dict[str, int] = {}
    result = []
    for month in months:
        end = min(add_months(month, 1), until or date.max)
        active = active_people(book.people, month)
        for row in active:
            person = _person_month(book, row, month, end, debts.get(row["person_id"], 0))
            if person.payment and not person.problems:
                debts[person.person_id] = person.payment.carried_out
            result.append(person)
        result += _strangers(book, month, {row["person_id"] for row in active})
    return result


def active_people(people: pl.DataFrame, month: date) -> list[dict[str, Any]]:
    """The row of each person who is with the company on a day of the month: the last that holds in it."""
    after = add_months(month, 1)
    held = people.filter((pl.col("start_on") < after) & (pl.col("end_on").is_null() | (pl.col("end_on") > month)))
    held = held.filter(pl.col("left_on").is_null() | (pl.col("left_on") > month))
    return held.sort("person_id", "start_on").unique("person_id", keep="last", maintain_order=True).to_dicts()


def _strangers(book: Book, month: date, active: set[str]) -> list[PersonMonth]:
    """People with sales in a month in which the people table does not hold them: a fault each, never in silence.

    One fault for all where there are no people at all.
    """
    found = []
    for person, at, kind in sorted(book.credits, key=lambda key: (key[1], key[0], key[2])):
        if at == month and kind == "direct" and person not in active and book.credits[person, at, kind] > 0:
            where = f"people, {person}, {month:%Y-%m}"
            problem = Problem(where, "sales of a person who is not with the company", "a row in people that holds then",
                              "correct people or the orders; nothing is paid for them until then")  # fmt: skip
            problem = NO_PEOPLE if book.people.is_empty() else problem
            found.append(PersonMonth(person, person, "", "", None, None, month, None, problems=[problem]))
    return found


def plan_of(plans: Iterable[Plan], role: str, day: date) -> Plan | None:
    """The plan that pays a role on a day."""
    return next((plan for plan in plans if role in plan.roles and plan.holds_on(day)), None)


def _person_month(book: Book, row: Mapping[str, Any], month: date, end: date, debt: int) -> PersonMonth:
    person, role = str(row["person_id"]), str(row["role"])
    plan = plan_of(book.plans, role, month)
    who = {key: row[key] for key in ("name", "team", "region", "channel")}
    base = {**who, "person_id": person, "role": role, "month_on": month, "plan": plan}
    if plan is None:
        return PersonMonth(**base, problems=_without_plan(book, person, role, month))
    held = quotas_in(book, plan, person, month)
    quota = held[-1] if held else None
    rate = rate_on(book.rates.get(person, []), month)
    credit = {kind: book.credits.get((person, month, kind), 0) for kind in RULES_OF}
    problems = [*book.stopped.get((person, month), []), *scan_faults(plan, person, month, held, rate)]
    payment = None
    if not problems:
        amount = quota.amount if quota else None
        payment = pay(plan, credit, amount, rate, debt, book.money_decimals, book.step)
    measure = _measure(book, plan, person, quota, end)
    return PersonMonth(**base, quota=quota, rate=rate, measure=measure, payment=payment, problems=problems)


def quotas_in(book: Book, plan: Plan, person: str, month: date) -> list[Quota]:
    """The quotas of record whose periods touch the month, in order; none where the plan takes no quota."""
    after = add_months(month, 1)
    known = book.quotas.get((person, plan.quota), []) if plan.quota else []
    return [quota for quota in known if quota.start_on < after and month < quota.end_on]


def rate_on(rates: Sequence[tuple[date, date | None, int]], day: date) -> int | None:
    """The stored rate that holds on a day (the month's first), else the first that starts within its month."""
    held = [rate for start, end, rate in rates if start < add_months(day, 1) and (end is None or day < end)]
    return held[0] if held else None


def _measure(book: Book, plan: Plan, person: str, quota: Quota | None, end: date) -> Fraction | None:
    """Credits of the plan's first component in the quota period up to `end`."""
    if quota is None:
        return None
    component = plan.components[0]
    days = book.daily.get((person, component.credit), [])
    total = sum(amount for day, amount in days if quota.start_on <= day < end)
    return Fraction(total * component.factor, RATE_SCALE)


def scan_faults(plan: Plan, person: str, month: date, quotas: Sequence[Quota], rate: int | None) -> list[Problem]:
    """What stops this person's payment: a quota missing, ≤ 0 or of another length than the month; a missing rate."""
    where = f"plan {plan.plan}, {person}, {month:%Y-%m}"
    problems = []
    if any(component.needs_quota for component in plan.components):
        expected = f"a quota of {plan.quota} for {month:%Y-%m} above 0"
        outside = [q for q in quotas if q.start_on < month or q.end_on > add_months(month, 1)]
        if not quotas:
            add = "add it to the planning sheet, or sign a version with it where quotas are signed; the payment waits"
            problems.append(Problem(where, "no quota", expected, add))
        elif outside or len(quotas) > 1:
            found = " and ".join(f"a quota for {q.start_on} to {q.end_on}" for q in quotas)
            problems.append(Problem(where, found, expected, "give one quota for each pay period; the payment waits"))
        elif (quota := quotas[0]).amount <= 0:
            problems.append(
                Problem(where, f"a quota of {quota.amount}", expected, "correct the quota; the payment waits")
            )
    if rate is None and any(component.rate == "person" for component in plan.components):
        problems.append(Problem(where, "no stored rate", "a rate in person_rates", "add the rate; the payment waits"))
    return problems


def _without_plan(book: Book, person: str, role: str, month: date) -> list[Problem]:
    """A fault where a plan is expected: the role has one at other times, or the person carries a quota.

    A company that names no plans at all does not pay by this workspace: nobody is at fault.
    """
    if not book.plans:
        return []
    ends = [q for (who, _), quotas in book.quotas.items() if who == person for q in quotas]
    has_quota = any(q.start_on < add_months(month, 1) and month < q.end_on for q in ends)
    if role in book.unpaid_roles or not (has_quota or any(role in plan.roles for plan in book.plans)):
        return []
    where = f"plans, {person}, {month:%Y-%m}"
    return [
        Problem(where, f"no plan for role {role}", "a plan in force for this role", "add a plan; the payment waits")
    ]
