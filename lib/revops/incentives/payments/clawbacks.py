"""Clawbacks: what a return takes back of the pay for its sale, whole or what has not vested yet.

`original`: the returned part of what the sale's own lines were paid, after every step. 4,000 that were sold at 5 %:

>>> at_original(Fraction(4_000), pay=Fraction(200), returned=Fraction(4_000))
Fraction(200, 1)

`recomputed`: what the sale's window comes to, less what it comes to without the returned credit, one return after the
other. Of 120,000 at a quota of 100,000 (5 % below, 8 % above) 10,000 come back: 6,600 − 5,800 = 800.

Under such a plan a return lowers no measure. A sale that nobody was paid for takes nothing back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from revops.incentives.earnings import Payout, payouts_of
from revops.incentives.payments.items import TakenBack
from revops.incentives.payments.ledger import Line, of_window, parts
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


@dataclass(frozen=True)
class Past:
    """One person's pay so far: the last payout of each component and window, and the credit lines before `end`."""

    lines: Mapping[tuple[str, int], Sequence[Line]]
    plans: Mapping[str, Plan]
    payouts: Sequence[Payout]
    end: date

    def returns(self) -> list[Line]:
        """Every return that claws back, each once however many components count it, in event order."""
        found = {
            (one.moved_on, one.movement_id, one.rule, one.basis): one
            for lines in self.lines.values()
            for one in lines
            if one.is_apart and one.moved_on < self.end
        }
        return [found[key] for key in sorted(found)]

    def losses(self, back: Line, terms: Clawback) -> Iterator[Loss]:
        """What a return takes of every window that its sale was paid in."""
        seen: set[tuple[str, Span]] = set()
        for payout in self.payouts:
            lines = self._lines(payout)
            sold = [one for one in lines if payout.component.basis == back.basis and _is_sale_of(one, back)]
            window = (payout.plan, payout.window)
            if not sold or (terms.by == "recomputed" and window in seen):
                continue
            seen.add(window)
            pay = self._recomputed(window, back) if terms.by == "recomputed" else _original(payout, lines, sold, back)
            yield Loss(back, sold[0].moved_on, *pay, unvested(sold[0].moved_on, back.moved_on, terms.months))

    def _lines(self, payout: Payout) -> list[Line]:
        return of_window(self.lines, payout, self.end)

    def _recomputed(self, window: tuple[str, Span], back: Line) -> tuple[Fraction, Fraction]:
        """What the plan's window comes to without the returns before this one, and without this one too."""
        beside = [one for one in self.payouts if (one.plan, one.window) == window]
        gone = self.returns()
        gone = gone[: gone.index(back) + 1]
        return self._total(beside, gone[:-1]), self._total(beside, gone)

    def _total(self, payouts: Sequence[Payout], gone: Sequence[Line]) -> Fraction:
        stretches = [replace(one.stretch, now=self._without(one, gone)) for one in payouts]
        again = payouts_of(self.plans[payouts[0].plan], stretches, payouts[0].step)
        return sum((one.stages[-1].now for one in again), Fraction(0))

    def _without(self, payout: Payout, gone: Sequence[Line]) -> Sum:
        """A window's credits less what came back of its lines, also in the orders that may be windfalls."""
        now, lines = payout.stretch.now, self._lines(payout)
        for back in gone:
            if payout.component.basis == back.basis and any(_is_sale_of(one, back) for one in lines):
                order, deals = str(back.order_id), now.deals
                deals = {**deals, order: deals[order] + back.amount} if order in deals else deals
                now = replace(now, credit=now.credit + back.amount, deals=deals)
        return now


def _original(payout: Payout, lines: Sequence[Line], sold: Sequence[Line], back: Line) -> tuple[Fraction, Fraction]:
    """What the lines were paid, before and after the returned part of it is taken."""
    paid = dict(zip(lines, parts(payout, lines, payout.stages[-1].now), strict=True))
    before = sum((paid[one] for one in sold), Fraction(0))
    credit = Fraction(sum(one.amount for one in sold))
    return before, before - at_original(credit, before, Fraction(-back.amount))


def taken_back(past: Past, plan: Plan, since: date) -> list[TakenBack]:
    """What the returns from a day on take back, one entry an order, by the terms of the plan that holds now."""
    if plan.clawback is None:
        return []
    found: dict[str | None, list[Loss]] = {}
    for back in past.returns():
        if back.moved_on >= since:
            for loss in past.losses(back, plan.clawback):
                found.setdefault(back.order_id, []).append(loss)
    return [_of_order(order, losses, plan.clawback.by) for order, losses in sorted(found.items(), key=str)]


def _of_order(order: str | None, losses: Sequence[Loss], by: str) -> TakenBack:
    amount = sum((loss.amount for loss in losses), Fraction(0))
    credit = -sum(back.amount for back in {loss.back for loss in losses})
    figures = {
        "how": by,
        "month_on": losses[0].sold_on.replace(day=1),
        "credit_amount": credit,
        "rate_rate": amount / credit if credit else Fraction(0),
        "kept_share": losses[0].unvested,
    }
    if by == "recomputed":
        before, after = (sum(getattr(loss, name) for loss in losses) for name in ("before", "after"))
        figures |= {"before_amount": rounded(Fraction(before)), "after_amount": rounded(Fraction(after))}
    return TakenBack(order, amount, figures)


def _is_sale_of(one: Line, back: Line) -> bool:
    """Whether a line is what a return reverses: the line that it names, else any line of its order."""
    if one.is_return or one.rule != back.rule:
        return False
    return one.line_id == back.line_id if back.line_id else one.order_id is not None and one.order_id == back.order_id
