"""Clawbacks: what a return takes back of the pay for its sale, whole or what has not vested yet.

`original`: the returned part of what the sale's own lines were paid, after every step. 4,000 that were sold at 5 %:

>>> at_original(Fraction(4_000), pay=Fraction(200), returned=Fraction(4_000))
Fraction(200, 1)

`recomputed`: what the sale's window comes to, less what it comes to without the returned credit, one return after the
other. Of 120,000 at a quota of 100,000 (5 % below, 8 % above) 10,000 come back: 6,600 − 5,800 = 800.

Under such a plan a return lowers no measure. Each is taken back once, by the terms of the plan of its own day, when its
sale has been paid; a sale that nobody was paid for takes nothing back.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

from revops.incentives.earnings import Payout, payouts_of
from revops.incentives.payments.items import TakenBack
from revops.incentives.payments.ledger import Line, Lines, Part, parts
from revops.incentives.plans import Plan
from revops.incentives.scales import rounded
from revops.incentives.terms import Clawback
from revops.incentives.windows import Span, Sum


def at_original(sold: Fraction, pay: Fraction, returned: Fraction) -> Fraction:
    """The returned part of what was paid for credits sold; nothing where nobody was credited."""
    return pay * returned / sold if sold else Fraction(0)


def whole_months(start: date, end: date) -> int:
    """Whole months from one day to another.

    >>> whole_months(date(2026, 1, 15), date(2026, 2, 14)), whole_months(date(2026, 1, 15), date(2026, 2, 15))
    (0, 1)
    """
    return 12 * (end.year - start.year) + end.month - start.month - (end.day < start.day)


def unvested(sold_on: date, returned_on: date, months: int | None) -> Fraction:
    """The share that is taken back: 1 − whole months kept ÷ months, all where nothing vests.

    >>> unvested(date(2026, 1, 15), date(2026, 7, 20), 12)
    Fraction(1, 2)
    """
    if months is None:
        return Fraction(1)
    return max(Fraction(0), 1 - Fraction(whole_months(sold_on, returned_on), months))


@dataclass(frozen=True)
class Loss:
    """What one return takes of one window: the pay before and after it, exact, and the share that has not vested."""

    back: Line
    sold_on: date
    before: Fraction
    after: Fraction
    unvested: Fraction

    @property
    def amount(self) -> Fraction:
        """What is taken back."""
        return (self.before - self.after) * self.unvested


Window = tuple[str, Span]
"""A plan's short name, and days [start, end)."""


@dataclass
class Past:
    """One person's pay before `end`: the credit lines, the last payout of each component and window, the returns that
    were `taken` back already.
    """

    lines: Lines
    plans: Mapping[str, Plan]
    payouts: Sequence[Payout]
    end: date
    taken: AbstractSet[Line] = frozenset()

    @cached_property
    def by_part(self) -> dict[Part, list[Payout]]:
        """The payouts of each component."""
        found: dict[Part, list[Payout]] = {}
        for one in self.payouts:
            found.setdefault((one.plan, one.number), []).append(one)
        return found

    def sold(self, back: Line) -> dict[int, tuple[Payout, list[Line]]]:
        """The payouts that paid what a return reverses, by their place, each with the lines it paid."""
        found: dict[int, tuple[Payout, list[Line]]] = {}
        for part, one in self.lines.reversed_by(back):
            for payout in self.by_part.get(part, ()):
                if payout.window[0] <= one.moved_on < min(payout.window[1], self.end):
                    found.setdefault(id(payout), (payout, []))[1].append(one)
        return found

    @cached_property
    def returns(self) -> list[Line]:
        """Every return that claws back before `end`, in event order."""
        return [one for one, _ in self.lines.returns if one.moved_on < self.end]

    @cached_property
    def due(self) -> list[tuple[Line, Clawback]]:
        """The returns that are to be taken back now, each with the terms of the plan of its day."""
        told = ((one, self.plans[plan].clawback) for one, plan in self.lines.returns if one.moved_on < self.end)
        return [(one, terms) for one, terms in told if terms and one not in self.taken and self.sold(one)]

    @cached_property
    def gone(self) -> dict[Window, list[Line]]:
        """The returns of each window, in event order."""
        found: dict[Window, list[Line]] = {}
        for back in self.returns:
            for window in dict.fromkeys((one.plan, one.window) for one, _ in self.sold(back).values()):
                found.setdefault(window, []).append(back)
        return found

    @cached_property
    def _parts(self) -> dict[int, dict[Line, Fraction]]:
        return {}

    def paid(self, payout: Payout) -> dict[Line, Fraction]:
        """What each line of a payout's window has been paid, exact."""
        if id(payout) not in self._parts:
            lines = self.lines.of_window(payout, self.end)
            told = parts(payout, lines, payout.stages[-1].now)
            self._parts[id(payout)] = dict(zip(lines, told, strict=True))
        return self._parts[id(payout)]

    def total(self, window: Window, count: int) -> Fraction:
        """What a plan's window comes to without its first so many returns."""
        gone = self.gone[window][:count]
        beside = [one for one in self.payouts if (one.plan, one.window) == window]
        stretches = [replace(one.stretch, now=self._without(one, gone)) for one in beside]
        again = payouts_of(self.plans[window[0]], stretches, beside[0].step)
        return sum((one.stages[-1].now for one in again), Fraction(0))

    def _without(self, payout: Payout, gone: Sequence[Line]) -> Sum:
        """A window's credits less what came back of its lines, also in the orders that may be windfalls."""
        mine = [back for back in gone if id(payout) in self.sold(back)]
        now, deals = payout.stretch.now, dict(payout.stretch.now.deals)
        for back in mine:
            if back.order_id in deals:
                deals[back.order_id] += back.amount
        return replace(now, credit=now.credit + sum(back.amount for back in mine), deals=deals)


def losses(past: Past, back: Line, terms: Clawback) -> Iterator[Loss]:
    """What a return takes of every window that its sale was paid in."""
    seen: set[Window] = set()
    for payout, sold in past.sold(back).values():
        window = (payout.plan, payout.window)
        if terms.by == "recomputed":
            if window in seen:
                continue
            seen.add(window)
            place = past.gone[window].index(back)
            before, after = past.total(window, place), past.total(window, place + 1)
        else:
            before = sum((past.paid(payout)[one] for one in sold), Fraction(0))
            credit = Fraction(sum(one.amount for one in sold))
            after = before - at_original(credit, before, Fraction(-back.amount))
        first = sold[0].moved_on
        yield Loss(back, first, before, after, unvested(first, back.moved_on, terms.months))


def taken_back(past: Past) -> list[TakenBack]:
    """What the returns that are due take back, one entry an order and way of taking back."""
    found: dict[tuple[str | None, str], list[Loss]] = {}
    for back, terms in past.due:
        for loss in losses(past, back, terms):
            found.setdefault((back.order_id, terms.by), []).append(loss)
    return [_of_order(order, lost, by) for (order, by), lost in sorted(found.items(), key=str)]


def _of_order(order: str | None, lost: Sequence[Loss], by: str) -> TakenBack:
    amount = sum((loss.amount for loss in lost), Fraction(0))
    credit = -sum(back.amount for back in {loss.back for loss in lost})
    figures = {
        "how": by,
        "month_on": lost[0].sold_on.replace(day=1),
        "credit_amount": credit,
        "rate_rate": amount / credit if credit else Fraction(0),
        "kept_share": lost[0].unvested,
    }
    if by == "recomputed":
        before, after = (sum(getattr(loss, name) for loss in lost) for name in ("before", "after"))
        figures |= {"before_amount": rounded(Fraction(before)), "after_amount": rounded(Fraction(after))}
    return TakenBack(order, amount, figures)
