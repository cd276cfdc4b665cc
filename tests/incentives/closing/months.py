"""A company of one sum a person and month, and its closings in memory: what step 19 needs, and no more."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from revops.incentives.closing import Past, Settled, settled
from revops.incentives.earnings import Payment
from revops.incentives.payments.items import Item
from revops.incentives.payouts import PersonMonth
from revops.problems import Problem

SEP, OCT, NOV, DEC = (date(2026, month, 1) for month in (9, 10, 11, 12))
NO_QUOTA = Problem("plan A, An, 2026-09", "no quota", "one", "add it")


def month(on: date, amount: int | None, person: str = "An", problem: Problem | None = None) -> PersonMonth:
    """A person's month that comes to an amount before step 19; None: nothing is paid."""
    payment = None if amount is None else Payment([], [], [Item("draw", amount)])
    return PersonMonth(person, person, "rep", "Sales", None, None, on, None, payment=payment,
                       problems=[problem] if problem else [])  # fmt: skip


def stopped(on: date, person: str = "An") -> PersonMonth:
    return month(on, None, person, NO_QUOTA)


class Books:
    """Closings in memory, as closing.closed keeps them in files."""

    def __init__(self) -> None:
        self.versions: dict[str, pl.DataFrame] = {}
        self.by_hand: list[dict[str, object]] = []

    @property
    def periods(self) -> list[str]:
        return list(self.versions)

    def every(self, _: str) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(), *self.versions.values()], how="diagonal_relaxed")

    def adjust(self, on: date, amount: int, person: str = "An") -> None:
        told = {"reason": "why", "by": "NV-9", "made_on": on, "dispute": None}
        self.by_hand.append({"period": f"{on:%Y-%m}", "person_id": person, "adjusted_amount": amount, **told})

    def settle(self, months: Sequence[PersonMonth], last: date | None = None) -> Settled:
        last = last or max(p.month_on for p in months)
        rows = [row for row in self.by_hand if row["period"] <= f"{last:%Y-%m}"]
        schema = {"period": pl.String, "person_id": pl.String, "adjusted_amount": pl.Int64, "reason": pl.String,
                  "by": pl.String, "made_on": pl.Date, "dispute": pl.Int64}  # fmt: skip
        past = Past.of(self, pl.DataFrame(rows, schema=schema))
        return settled(months, past, last, currency="VND")

    def close(self, months: Sequence[PersonMonth], last: date | None = None) -> Settled:
        found = self.settle(months, last)
        self.versions[f"{last or max(p.month_on for p in months):%Y-%m}"] = found.versions
        return found


def paid(found: Settled, on: date, person: str = "An") -> int | None:
    return next(p.paid for p in found.months if (p.person_id, p.month_on) == (person, on))


def items(found: Settled, on: date, person: str = "An") -> list[tuple[str, int]]:
    """What step 19 adds to a payment."""
    mine = next(p for p in found.months if (p.person_id, p.month_on) == (person, on))
    return [(item.kind, item.amount) for item in mine.payment.items if item.kind != "draw"] if mine.payment else []
