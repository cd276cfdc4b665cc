"""What Finance books for incentives: the accrual of a month, the liability's movement, costs of contracts over time.

An accrual spreads pay over the credits that earn it: the plan's effective rate of the last twelve months × the month's
credits. What is accrued and not paid is a liability:

>>> accrued(pay=5_500, credit=100_000, now=10_000), accrued(pay=5_500, credit=100_000, now=10_000) - 500
(550, 50)

Commission on new contracts is spread over months: see `contract_costs`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property

import dataframely as dy
import polars as pl

from revops.incentives.book import Book
from revops.incentives.contract_costs import Cost, PayContracts, PaySchedule, pay_contracts, pay_schedule
from revops.incentives.payments.balances import MOVES, PayBalances, ToDate, pay_balances, to_date
from revops.incentives.payments.ledger import Lines, shared
from revops.incentives.payouts import PersonMonth
from revops.incentives.scales import rounded
from revops.periods import add_months
from revops.tables import types_of


class PayAccruals(dy.Schema):
    """One row per plan in a pay month: what its credits cost by the effective rate, against what is paid."""

    plan = dy.String(primary_key=True, description="short name of the plan")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    currency = dy.String(description="currency of the plan's amounts")
    people = dy.Int64(description="people paid")
    credit_amount = dy.Int64(description="the month's credits of the first component × factor; a count where it counts")
    effective_rate = dy.Float64(
        nullable=True, description="earned ÷ credits of twelve months, for display; null: no credits"
    )
    accrued_amount = dy.Int64(nullable=True, description="effective rate × credits")
    paid_amount = dy.Int64(description="what is paid")
    liability_amount = dy.Int64(nullable=True, description="accrued and not paid; < 0: paid ahead")


class PayLiability(dy.Schema):
    """One row per pay month, plan and currency: how what is owed to people moved; see PayBalances for the terms.

    A person counts by the plan of the month: over all plans each closing is the next month's opening.
    """

    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    plan = dy.String(primary_key=True, description="short name of the plan; empty: on none any more")
    currency = dy.String(primary_key=True, description="currency of the plan's amounts")
    opening_amount = dy.Int64(description="owed to people at the month's start")
    earned_amount = dy.Int64(description="earned in the month")
    granted_amount = dy.Int64(description="advances that are not paid back")
    clawback_amount = dy.Int64(description="taken back for returns, ≤ 0")
    lost_amount = dy.Int64(description="above a payment cap that does not carry, ≤ 0")
    corrected_amount = dy.Int64(description="differences of closed months and adjustments by hand")
    paid_amount = dy.Int64(description="what is paid")
    closing_amount = dy.Int64(description="owed to people at the month's end")
    held_amount = dy.Int64(description="of it: waits until orders are paid")
    carried_amount = dy.Int64(description="of it: above payment caps, less debts")
    advanced_amount = dy.Int64(description="advances to be paid back, taken off")
    owed_amount = dy.Int64(description="what corrections could not take, taken off")

    @dy.rule()
    def closes(cls) -> pl.Expr:
        """Opening and movements give the closing."""
        moved = pl.sum_horizontal("opening_amount", "earned_amount", *MOVES) - pl.col("paid_amount")
        return moved == pl.col("closing_amount")


def accrued(pay: int, credit: int, now: int, step: int = 1) -> int:
    """What credits cost by the rate at which others earned: pay ÷ credit × now, rounded once."""
    return rounded(Fraction(pay * now, credit), step)


def pay_accruals(months: Iterable[PersonMonth], month: date, currency: str, step: int) -> pl.DataFrame:
    """One row per plan of a pay month, by what the plan earned on its credits in the twelve months up to it."""
    plans: dict[str, _Year] = {}
    for person in months:
        plan, payment = person.plan, person.payment
        if plan and payment and not person.problems and add_months(month, -11) <= person.month_on <= month:
            year = plans.setdefault(plan.plan, _Year(plan.currency or currency))
            credit = sum((one.credit for one in payment.payouts if one.number == 0), Fraction(0))
            year.add(payment.earned, rounded(credit), payment.paid if person.month_on == month else None)
    rows = [{"plan": name, "month_on": month, **plans[name].row(step)} for name in sorted(plans) if plans[name].people]
    return pl.DataFrame(rows, schema=types_of(PayAccruals))


@dataclass
class _Year:
    """A plan's twelve months in sum, and the last one apart."""

    currency: str
    earned: int = 0
    credit: int = 0
    now: int = 0
    paid: int = 0
    people: int = 0

    def add(self, earned: int, credit: int, paid: int | None) -> None:
        self.earned += earned
        self.credit += credit
        if paid is not None:
            self.now += credit
            self.paid += paid
            self.people += 1

    def row(self, step: int) -> dict[str, object]:
        booked = accrued(self.earned, self.credit, self.now, step) if self.credit > 0 else None
        return {
            "currency": self.currency,
            "people": self.people,
            "credit_amount": self.now,
            "effective_rate": self.earned / self.credit if self.credit > 0 else None,
            "accrued_amount": booked,
            "paid_amount": self.paid,
            "liability_amount": None if booked is None else booked - self.paid,
        }


def pay_liability(balances: pl.DataFrame) -> pl.DataFrame:
    """One row per pay month, plan and currency of the people's balances; see PayLiability."""
    keys = ["month_on", "plan", "currency"]
    amounts = [name for name in PayLiability.column_names() if name not in keys]
    named = balances.with_columns(pl.col("plan").fill_null(""))
    return named.group_by(keys).agg(pl.col(amounts).sum()).select(PayLiability.column_names()).sort(keys)


@dataclass(frozen=True)
class Finance:
    """The books of a pay month, from everybody's months up to it: `ended` holds the day that each contract ended."""

    months: Sequence[PersonMonth]
    book: Book
    month: date
    contract_months: int | None = None
    ended: Mapping[str, date] = field(default_factory=dict)

    @property
    def tables(self) -> list[tuple[str, pl.DataFrame, type[dy.Schema]]]:
        """What is saved: name, rows, contract; balances and liability of twelve months."""
        since = pl.col("month_on") > add_months(self.month, -12)
        return [
            ("pay_balances", self.balances.filter(since), PayBalances),
            ("pay_liability", self.liability.filter(since), PayLiability),
            ("pay_accruals", self.accruals, PayAccruals),
            ("pay_contracts", self.contracts, PayContracts),
            ("pay_schedule", self.schedule, PaySchedule),
        ]

    @property
    def to_date(self) -> ToDate:
        """All pay months in sum: due = paid + owed."""
        return to_date(self.balances)

    @cached_property
    def balances(self) -> pl.DataFrame:
        """PayBalances of all pay months up to this one."""
        return pay_balances((one for one in self.months if one.month_on <= self.month), self.book.currency)

    @cached_property
    def accruals(self) -> pl.DataFrame:
        """PayAccruals."""
        return pay_accruals(self.months, self.month, self.book.currency, self.book.step)

    @cached_property
    def liability(self) -> pl.DataFrame:
        """PayLiability of all pay months up to this one."""
        return pay_liability(self.balances)

    @cached_property
    def contracts(self) -> pl.DataFrame:
        """PayContracts; without rows where the company spreads no costs."""
        return pay_contracts(self._costs, self.contract_months or 1, self.month, self.book.step)

    @cached_property
    def schedule(self) -> pl.DataFrame:
        """PaySchedule; without rows where the company spreads no costs."""
        return pay_schedule(self._costs, self.contract_months or 1, self.month, self.book.step)

    @cached_property
    def _costs(self) -> list[Cost]:
        """Commission by contract, pay month and currency: the parts of components that count recurring revenue.

        What is taken back when a contract ends is no cost of a contract: it lowers the month's expense.
        """
        if self.contract_months is None:
            return []
        sums: dict[tuple[date, str, str], int] = {}
        plans = {plan.plan: plan for plan in self.book.plans}
        known: dict[str, Lines] = {}
        for person in self.months:
            payouts = person.payment.payouts if person.payment and person.month_on <= self.month else ()
            for one in payouts:
                if one.component.basis == "recurring":
                    if person.person_id not in known:
                        known[person.person_id] = Lines(self.book.ledger.lines.get(person.person_id, {}))
                    paid = [(one, self.book.period_of(plans[one.plan], person.month_on))]
                    for contract, amount in shared(known[person.person_id], paid, lambda line: line.line_id).items():
                        key = person.month_on, contract, plans[one.plan].currency or self.book.currency
                        sums[key] = sums.get(key, 0) + amount
        return [
            Cost(contract, month, currency, amount, self.ended.get(contract))
            for (month, contract, currency), amount in sorted(sums.items())
            if amount > 0
        ]
