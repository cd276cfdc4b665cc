"""What was closed against what today's tables give: step 19, after caps, guarantees and everything else.

Every month is computed again from today's tables. A closed month that comes out otherwise gets a new version, and the
difference is an item of the payment in the period that is open; the closed statement stays as it is:

>>> stood = Past(date(2026, 9, 1), date(2026, 9, 1), {("An", date(2026, 9, 1)): Stood(1, 6_600)})
>>> now = {date(2026, 9, 1): 7_000, date(2026, 10, 1): 1_000}
>>> months = [PersonMonth("An", "An", "", "", None, None, m, None, payment=Payment([], [], [Item("draw", a)]))
...           for m, a in now.items()]
>>> found = settled(months, stood, date(2026, 10, 1))
>>> found.versions.select("version", "before_amount", "after_amount", "paid_amount").rows()
[(2, 6600, 7000, 0), (1, 0, 1000, 1400)]

Pay is never negative: what a payment cannot take is owed and goes on to the next one. So whatever arrives when, over
all periods what is paid and still owed is what is earned. Where a closed month can no longer be computed, what was
closed stands, and a fault says why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from revops.incentives.closing.contracts import PayVersions
from revops.incentives.closing.past import Key, Past, Stood
from revops.incentives.earnings import Payment
from revops.incentives.payments.items import Item
from revops.incentives.payouts import PersonMonth
from revops.money import to_decimal
from revops.periods import add_months, months_between
from revops.problems import Problem
from revops.tables import types_of

CORRECTIONS = ("adjustment", "manual", "owed_in", "owed_out")


@dataclass(frozen=True)
class Change:
    """A closed month of a person that comes out otherwise today, or cannot be computed again (`problem`)."""

    person_id: str
    month_on: date
    name: str
    before: Stood
    after: int
    problem: Problem | None = None

    @property
    def difference(self) -> int:
        """What is still to be paid for it."""
        return self.after - self.before.amount

    @property
    def version(self) -> int:
        """The version that stands with it."""
        return self.before.version + (self.problem is None)

    @property
    def item(self) -> Item:
        """The line of the open period's payment."""
        figures = {"month_on": self.month_on, "before_version": self.before.version, "version": self.version}
        amounts = {"before_amount": self.before.amount, "after_amount": self.after}
        return Item("adjustment", self.difference, {**figures, **amounts})


@dataclass(frozen=True)
class Settled:
    """All months as they are paid; the versions of the run's last month and of what changed; what came out otherwise.

    `left`: what was paid and is still owed · `right`: what was earned, as computed today, and adjusted by hand; less
    differences that wait. Both since closing began; they are equal.
    """

    months: list[PersonMonth]
    versions: pl.DataFrame
    changes: list[Change]
    left: int
    right: int

    @property
    def faults(self) -> list[Problem]:
        """Closed months that cannot be computed again."""
        return [change.problem for change in self.changes if change.problem]


def settled(
    months: Sequence[PersonMonth], past: Past, last: date, money_decimals: int = 0, currency: str = ""
) -> Settled:
    """The months up to `last` as they are paid: closed ones as they were, open ones with what changed before them.

    `currency`: the company's, of plans that name none.
    """
    known = {(person.person_id, person.month_on): person for person in months}
    changes = list(_changes(known, past, money_decimals))
    waiting = _by_person(change for change in changes if not change.problem)
    till = _Till(known, past, dict(past.owed), waiting, currency)
    first = min((month for _, month in known), default=last)
    opened = [month for month in months_between(min(first, last), add_months(last, 1)) if past.is_open(month)]
    rows = [_row_of(change) for change in changes if change.problem or not opened]
    for month in opened:
        new = till.pay(month, is_first=month == opened[0])
        rows += new if month == last else []
    every = {**known, **dict(_as_closed(known, past)), **till.paid}
    open_pay = sum(person.paid or 0 for (_, month), person in every.items() if past.is_open(month))
    return Settled(
        sorted(every.values(), key=lambda person: person.month_on),
        pl.DataFrame(rows, schema=types_of(PayVersions)).sort("person_id", "month_on"),
        changes,
        left=sum(past.paid.values()) + sum(till.owed.values()) + open_pay,
        right=_earned(known, past, changes) - till.unpaid,
    )


@dataclass
class _Till:
    """What goes from one open month to the next: who is owed what, and the differences that are not paid yet."""

    known: Mapping[Key, PersonMonth]
    past: Past
    owed: dict[str, int]
    waiting: dict[str, list[Change]]
    currency: str
    paid: dict[Key, PersonMonth] = field(default_factory=dict)
    stopped: int = 0

    def pay(self, month: date, *, is_first: bool) -> list[dict[str, Any]]:
        """Everybody in an open month; differences are paid in the first one. Gives the rows of its versions."""
        there = {person_id for person_id, at in [*self.known, *self.past.by_hand] if at == month}
        there |= {person_id for person_id, amount in self.owed.items() if amount}
        there |= set(self.waiting) if is_first else set()
        return [row for person_id in sorted(there) for row in self._pay(person_id, month, is_first)]

    def _pay(self, person_id: str, month: date, is_first: bool) -> Iterator[dict[str, Any]]:
        key = person_id, month
        person = self._in_its_currency(self.known.get(key) or _gone(self.known, self.past, key), is_first)
        mine = self.waiting.pop(person_id, []) if is_first and not person.problems else []
        items = _items(mine, self.past.by_hand.get(key, []), self.owed.get(person_id, 0))
        if not person.problems and (person.payment or items):
            self.paid[key] = person = _with(person, items)
        if person.problems or person.payment:
            row = _row(person, items)
            self.owed[person_id] = row["owed_out_amount"]
            yield from [*map(_row_of, mine), row]

    def _in_its_currency(self, person: PersonMonth, is_first: bool) -> PersonMonth:
        """With the last plan, where a correction falls on who is on none; stopped, where it is of another currency."""
        person_id, month = person.person_id, person.month_on
        days = [change.month_on for change in self.waiting.get(person_id, [])] if is_first else []
        before = [at for who, at in self.known if who == person_id and at < month and self.known[who, at].plan]
        days += [max(before)] if before and (person.plan is None or self.owed.get(person_id)) else []
        plans = [one.plan for day in days if (one := self.known.get((person_id, day))) and one.plan]
        if person.plan is None and plans:
            person = replace(person, plan=plans[-1])
        own, *others = dict.fromkeys(plan.currency or self.currency for plan in (person.plan, *plans) if plan) or [""]
        if others and not person.problems:
            found = f"corrections in {' and '.join(others)} of a payment in {own}"
            where = f"plan {person.plan.plan if person.plan else ''}, {person_id}, {month:%Y-%m}"
            give = "give the plans one currency, or correct the closed month by what changed it; the payment waits"
            self.stopped += person.paid or 0
            self.paid[person_id, month] = person = replace(
                person, problems=[Problem(where, found, "one currency", give)]
            )
        return person

    @property
    def unpaid(self) -> int:
        """Differences of people whose payment is stopped, or of a run of a closed month; and what these stop."""
        return self.stopped + sum(change.difference for mine in self.waiting.values() for change in mine)


def _earned(known: Mapping[Key, PersonMonth], past: Past, changes: Sequence[Change]) -> int:
    """What all months since closing began come to today, or stand at, with what was adjusted by hand."""
    computed = sum(p.paid or 0 for (_, month), p in known.items() if past.counts(month))
    stands = sum(change.before.amount for change in changes if change.problem)
    by_hand = (
        row["adjusted_amount"] for (_, month), rows in past.by_hand.items() for row in rows if past.counts(month)
    )
    return computed + stands + sum(past.brought.values()) + sum(by_hand)


def _changes(known: Mapping[Key, PersonMonth], past: Past, decimals: int) -> Iterator[Change]:
    last = {person.person_id: person for _, person in sorted(known.items(), key=lambda one: one[0][1])}
    for key in sorted({*past.stood, *(key for key in known if past.is_closed(key[1]))}):
        person, before = known.get(key), past.stood.get(key, Stood())
        name = person.name if person else past.names[key[0]]
        if person and person.payment and not person.problems:
            if person.payment.paid != before.amount:
                yield Change(*key, name, before, person.payment.paid)
        elif before.amount and key[0] in last and _is_settled(last[key[0]], key[1]):
            yield Change(*key, name, before, 0)
        elif before.amount or (person and person.problems):
            yield Change(*key, name, before, before.amount, _lost(key, person, before, decimals))


def _is_settled(last: PersonMonth, month: date) -> bool:
    """Whether a month comes after all that a person who has left was still to be paid."""
    return last.month_on < month and not last.problems and not last.state.is_open


def _lost(key: Key, person: PersonMonth | None, before: Stood, decimals: int) -> Problem:
    why = person.problems[0].found if person and person.problems else "no payment to compare with"
    stands = f"version {before.version} of {to_decimal(before.amount, decimals)} stands and nothing is paid for it"
    return Problem(
        f"closed {key[1]:%Y-%m}, {key[0]}",
        why,
        f"what it was computed from; {stands}",
        "restore what is missing, or correct the payment by revops adjust",
    )


def _as_closed(known: Mapping[Key, PersonMonth], past: Past) -> Iterator[tuple[Key, PersonMonth]]:
    """Closed months as they were paid: what today's tables give otherwise is an item of its own."""
    for key in {*past.paid, *(key for key in known if past.is_closed(key[1]))}:
        person, then = known.get(key) or _gone(known, past, key), past.paid.get(key, 0)
        if person.payment and not person.problems:
            if gap := then - person.payment.paid:
                yield key, _with(person, [Item("closed", gap)])
        elif then:
            yield key, replace(person, payment=Payment([], [], [Item("closed", then)]), problems=[])


def _items(changes: Sequence[Change], by_hand: Sequence[Mapping[str, Any]], owed: int) -> list[Item]:
    items = [change.item for change in changes]
    for row in by_hand:
        figures = {name: row[name] for name in ("reason", "by", "made_on", "dispute") if row[name] is not None}
        items.append(Item("manual", row["adjusted_amount"], figures))
    return [*items, Item("owed_in", owed)] if owed else items


def _with(person: PersonMonth, items: Sequence[Item]) -> PersonMonth:
    """The payment with further items; what it cannot take is left for later."""
    payment = person.payment or Payment([])
    payment = replace(payment, items=[*payment.items, *items])
    if payment.paid < 0:
        payment = replace(payment, items=[*payment.items, Item("owed_out", -payment.paid)])
    return replace(person, payment=payment)


def _gone(known: Mapping[Key, PersonMonth], past: Past, key: Key) -> PersonMonth:
    """Somebody who is no longer there, as last known, with what was left then; something is still to be paid."""
    last = max((person for (who, _), person in known.items() if who == key[0]), key=lambda p: p.month_on, default=None)
    if last is None:
        return PersonMonth(key[0], past.names.get(key[0], key[0]), "", "", None, None, key[1], None)
    then = max((m for who, m in known if who == key[0] and m <= key[1]), default=last.month_on)
    who = last.person_id, last.name, last.role, last.team, last.region, last.channel
    return PersonMonth(*who, key[1], None, state=known[key[0], then].state)


def _row_of(change: Change) -> dict[str, Any]:
    """The row of a closed month that changed."""
    return {
        "person_id": change.person_id,
        "month_on": change.month_on,
        "name": change.name,
        "version": change.version,
        "before_version": change.before.version,
        "before_amount": change.before.amount,
        "after_amount": change.after,
        **dict.fromkeys(("adjusted_amount", "owed_in_amount", "paid_amount", "owed_out_amount"), 0),
        "fault": str(change.problem) if change.problem else None,
    }


def _row(person: PersonMonth, items: Sequence[Item]) -> dict[str, Any]:
    """The row of an open month; a stopped payment takes nothing and leaves everything for later."""
    owed, adjusted = (sum(item.amount for item in items if item.kind == kind) for kind in ("owed_in", "manual"))
    payment = person.payment if not person.problems else None
    return {
        "person_id": person.person_id,
        "month_on": person.month_on,
        "name": person.name,
        "version": 1,
        "before_version": None,
        "before_amount": 0,
        "after_amount": payment.paid - payment.sum_of(*CORRECTIONS) if payment else 0,
        "adjusted_amount": adjusted,
        "owed_in_amount": owed,
        "paid_amount": payment.paid if payment else 0,
        "owed_out_amount": -payment.sum_of("owed_out") if payment else owed + adjusted,
        "fault": "; ".join(f"{problem.found} ({problem.where})" for problem in person.problems) or None,
    }


def _by_person(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.person_id, []).append(change)
    return found
