"""Balances: what is owed to people between earned and paid, month after month.

    opening + earned + granted + taken back + lost + corrected − paid = closing
    closing = held + carried − advanced − owed

So over any months of a person, what is earned is paid, waits, is carried, or was lost above a cap that does not carry.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from revops.incentives.earnings import Payment
from revops.incentives.payouts import PersonMonth
from revops.tables import types_of


class PayBalances(dy.Schema):
    """One row per person and pay month of every payment that is not stopped: what goes from earned to paid."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    plan = dy.String(nullable=True, description="short name of the plan; null: who is on none any more")
    currency = dy.String(description="currency of the plan's amounts")
    opening_amount = dy.Int64(description="owed to the person at the month's start; < 0: the person owes")
    earned_amount = dy.Int64(description="components, spiffs and objectives, after all caps of the plan")
    granted_amount = dy.Int64(description="advances that are not paid back")
    clawback_amount = dy.Int64(description="taken back for returns, ≤ 0")
    lost_amount = dy.Int64(description="above a payment cap that does not carry, ≤ 0")
    corrected_amount = dy.Int64(description="differences of closed months and adjustments by hand")
    paid_amount = dy.Int64(description="what is paid")
    closing_amount = dy.Int64(description="owed to the person at the month's end")
    held_amount = dy.Int64(description="of it: waits until orders are paid")
    carried_amount = dy.Int64(description="of it: above the payment cap (> 0) or a debt (< 0)")
    advanced_amount = dy.Int64(description="advances to be paid back, taken off")
    owed_amount = dy.Int64(description="what corrections could not take, taken off")

    @dy.rule()
    def closes(cls) -> pl.Expr:
        """Opening and movements give the closing."""
        moved = pl.sum_horizontal("opening_amount", "earned_amount", *MOVES) - pl.col("paid_amount")
        return moved == pl.col("closing_amount")

    @dy.rule()
    def is_explained(cls) -> pl.Expr:
        """The closing is held, carried, and less what is advanced or owed."""
        kept = pl.col("held_amount") + pl.col("carried_amount")
        return kept - pl.col("advanced_amount") - pl.col("owed_amount") == pl.col("closing_amount")


MOVES = ("granted_amount", "clawback_amount", "lost_amount", "corrected_amount")


def pay_balances(months: Iterable[PersonMonth], currency: str) -> pl.DataFrame:
    """One row per person and pay month, from each person's first month on; see PayBalances."""
    before: dict[str, dict[str, Any]] = {}
    rows = []
    for person in sorted(months, key=lambda one: (one.month_on, one.person_id)):
        if person.payment and not person.problems:
            row = _row(person, person.payment, before.get(person.person_id, {}), currency)
            before[person.person_id] = row
            rows.append(row)
    return pl.DataFrame(rows, schema=types_of(PayBalances)).sort("month_on", "person_id")


@dataclass(frozen=True)
class ToDate:
    """All pay months of everybody in sum: what was to be paid, what was, and what is still owed."""

    due: int
    paid: int
    owed: int
    unbalanced: int


def to_date(balances: pl.DataFrame) -> ToDate:
    """due = paid + owed in all; `unbalanced` counts the people's months that do not close."""
    due = int(balances.select(pl.sum_horizontal("earned_amount", *MOVES).sum()).item())
    last = balances.sort("month_on").group_by("person_id").agg(pl.col("closing_amount").last())
    wrong = len(PayBalances.filter(balances).failure)
    return ToDate(due, int(balances["paid_amount"].sum()), int(last["closing_amount"].sum()), wrong)


def _row(person: PersonMonth, payment: Payment, before: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The month's movements from the items, its closing from the state. What corrections of stopped months left unpaid
    comes in with what is owed.
    """
    state, owed = person.state, payment.sum_of("owed_out")
    left = payment.sum_of("owed_in") + before.get("owed_amount", 0)
    return {
        "person_id": person.person_id,
        "month_on": person.month_on,
        "plan": person.plan.plan if person.plan else None,
        "currency": (person.plan.currency if person.plan else None) or currency,
        "opening_amount": before.get("closing_amount", 0),
        "earned_amount": payment.earned,
        "granted_amount": sum(_told(payment, "draw", "non_")),
        "clawback_amount": payment.sum_of("clawback"),
        "lost_amount": sum(_told(payment, "payment_cap", "lost")),
        "corrected_amount": payment.sum_of("adjustment", "manual", "closed") + left,
        "paid_amount": payment.paid,
        "closing_amount": state.held_amount + state.carried - state.draw - owed,
        "held_amount": state.held_amount,
        "carried_amount": state.carried,
        "advanced_amount": state.draw,
        "owed_amount": owed,
    }


def _told(payment: Payment, kind: str, how: str) -> Iterator[int]:
    """The items of a kind whose reason begins so."""
    for item in payment.items:
        if item.kind == kind and str(item.figures.get("how", "")).startswith(how):
            yield item.amount
