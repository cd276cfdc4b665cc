"""Costs of contracts: commission on new ones, spread over the months that they serve (ASC 340-40, IFRS 15.91).

Over a declared number of months, in equal parts; what is left is written off when a contract ends early. 2,400 over 24
months are 100 a month:

>>> spread(2_400, 24, 1), spread(2_400, 24, 2), spread(2_400, 24, 99)
(100, 200, 2400)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import dataframely as dy
import polars as pl

from revops.incentives.scales import rounded
from revops.periods import add_months, months_between
from revops.tables import types_of


class PayContracts(dy.Schema):
    """One row per contract, pay month and currency: commission on it, spread over months, as of the pay month."""

    contract_id = dy.String(primary_key=True, description="subscription")
    month_on = dy.Date(primary_key=True, description="pay month of the commission: the first month of the spread")
    currency = dy.String(primary_key=True, description="currency of the plan's amounts")
    months = dy.Int64(description="months that it is spread over")
    ended_on = dy.Date(nullable=True, description="day the contract ended; null: it runs")
    cost_amount = dy.Int64(description="commission, capitalised")
    spread_amount = dy.Int64(description="expensed by the spread so far")
    written_off_amount = dy.Int64(description="expensed because the contract ended")
    left_amount = dy.Int64(description="still capitalised")


class PaySchedule(dy.Schema):
    """One row per month and currency: capitalised contract costs as they moved, and as running contracts will move."""

    month_on = dy.Date(primary_key=True, description="first day of the month")
    currency = dy.String(primary_key=True, description="currency of the plans' amounts")
    opening_amount = dy.Int64(description="capitalised at the month's start")
    cost_amount = dy.Int64(description="commission on contracts, added")
    spread_amount = dy.Int64(description="expensed by the spread")
    written_off_amount = dy.Int64(description="expensed because contracts ended")
    closing_amount = dy.Int64(description="capitalised at the month's end")
    is_planned = dy.Bool(description="after the pay month: if all running contracts go on")

    @dy.rule()
    def closes(cls) -> pl.Expr:
        """Opening and movements give the closing."""
        gone = pl.col("spread_amount") + pl.col("written_off_amount")
        return pl.col("opening_amount") + pl.col("cost_amount") - gone == pl.col("closing_amount")


def spread(cost: int, months: int, passed: int, step: int = 1) -> int:
    """What of a cost is expensed after so many months, the first one counted: all in equal parts, to the last unit."""
    return rounded(Fraction(cost * min(passed, months), months), step)


@dataclass(frozen=True)
class Cost:
    """Commission on one contract in one pay month."""

    contract_id: str
    month_on: date
    currency: str
    amount: int
    ended_on: date | None = None

    def moved(self, month: date, months: int, step: int) -> tuple[int, int]:
        """What is expensed by the spread up to the end of a month, and what because the contract has ended."""
        end = self.ended_on.replace(day=1) if self.ended_on else None
        last = month if end is None or month < end else add_months(max(end, self.month_on), -1)
        passed = (last.year - self.month_on.year) * 12 + last.month - self.month_on.month + 1
        gone = spread(self.amount, months, max(0, passed), step)
        return gone, self.amount - gone if last != month else 0


def pay_contracts(costs: Sequence[Cost], months: int, month: date, step: int) -> pl.DataFrame:
    """One row per contract and pay month of commission up to a month; see PayContracts."""
    rows = []
    for one in costs:
        gone, written = one.moved(month, months, step)
        told = {"contract_id": one.contract_id, "month_on": one.month_on, "currency": one.currency, "months": months}
        moved = {"cost_amount": one.amount, "spread_amount": gone, "written_off_amount": written}
        rows.append({**told, **moved, "ended_on": one.ended_on, "left_amount": one.amount - gone - written})
    return pl.DataFrame(rows, schema=types_of(PayContracts)).sort("month_on", "contract_id", "currency")


def pay_schedule(costs: Sequence[Cost], months: int, month: date, step: int) -> pl.DataFrame:
    """One row per month from the first commission to the end of the last spread; see PaySchedule."""
    rows = []
    for currency in sorted({one.currency for one in costs}):
        mine = [one for one in costs if one.currency == currency]
        first, last = min(one.month_on for one in mine), max(one.month_on for one in mine)
        before = (0, 0, 0)
        for at in months_between(first, add_months(last, months)):
            begun = [one for one in mine if one.month_on <= at]
            moved = [one.moved(at, months, step) for one in begun]
            now = sum(one.amount for one in begun), sum(gone for gone, _ in moved), sum(off for _, off in moved)
            cost, gone, off = (a - b for a, b in zip(now, before, strict=True))
            opening, closing = before[0] - before[1] - before[2], now[0] - now[1] - now[2]
            told = {"month_on": at, "currency": currency, "opening_amount": opening, "cost_amount": cost}
            rows.append({**told, "spread_amount": gone, "written_off_amount": off, "closing_amount": closing,
                         "is_planned": at > month})  # fmt: skip
            before = now
    return pl.DataFrame(rows, schema=types_of(PaySchedule)).sort("month_on", "currency")


def ended(subscriptions: pl.DataFrame, end: date) -> dict[str, date]:
    """The day on which each contract ended before a day; one that goes on at another price has not ended."""
    last = subscriptions.sort("start_on").group_by("subscription_id").agg(pl.col("end_on").last())
    return dict(last.filter(pl.col("end_on") < end).rows())
