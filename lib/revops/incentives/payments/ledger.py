"""What was earned on each order: the credit lines of people whose plans hold pay or claw it back.

An order's part of a window is its lines' part of all that the window has come to, after every step. On tiers of 5 % up
to a quota of 100,000 and 8 % from there, orders of 60,000, 40,000 and 20,000 earn 3,000, 2,000 and 1,600; where a cap
leaves 3,300 of the 6,600, half of that each.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property

import polars as pl

from revops.incentives import scales
from revops.incentives.earnings import Payout
from revops.incentives.plans import Plan
from revops.incentives.windows import Span
from revops.money import RATE_SCALE

Part = tuple[str, int]
"""A plan's short name and the number of its component."""


@dataclass(frozen=True, slots=True)
class Line:
    """One credit line that a component counts. A return has the line that it reverses; with a clawback it is apart."""

    moved_on: date
    movement_id: str
    rule: str
    basis: str
    order_id: str | None
    line_id: str | None
    amount: int
    is_return: bool = False
    is_apart: bool = False


@dataclass(frozen=True)
class Ledger:
    """Lines in event order (day, then id) by person, then plan and component; how orders were paid, by day.

    `unbilled`: orders of channels whose orders never show a payment.
    """

    lines: Mapping[str, Mapping[Part, Sequence[Line]]] = field(default_factory=dict)
    collected: Mapping[str, Sequence[tuple[date, int]]] = field(default_factory=dict)
    unbilled: frozenset[str] = frozenset()

    def share(self, order: str, end: date) -> Fraction:
        """The share of an order that was paid before a day."""
        found = [share for day, share in self.collected.get(order, ()) if day < end]
        return Fraction(found[-1], RATE_SCALE) if found else Fraction(0)


def kept(plans: Sequence[Plan], people: pl.DataFrame) -> list[str]:
    """The plans whose credit lines the ledger keeps: whose pay is held, clawed back or earned on contracts, and those
    of every role that somebody with such a plan ever has.
    """
    asked = [
        plan for plan in plans if plan.hold or plan.clawback or any(c.basis == "recurring" for c in plan.components)
    ]
    named = pl.col("role").is_in([role for plan in asked for role in plan.roles])
    roles = set(people.filter(named.any().over("person_id"))["role"]) if asked else set()
    return [plan.plan for plan in plans if roles & set(plan.roles)]


def ledger_of(counted: pl.DataFrame, plans: Sequence[Plan], shares: pl.DataFrame) -> Ledger:
    """From the counted credits of the plans in `kept`, and the collected shares of orders, both over all of history."""
    rows = counted.sort("moved_on", "movement_id", "rule")
    names = ("moved_on", "movement_id", "rule", "basis", "order_id", "line_id", "credit_amount")
    apart = [plan.plan for plan in plans if plan.clawback]
    lines: dict[str, dict[Part, list[Line]]] = {}
    is_return = pl.col("kind") == "return"
    told = rows.select(
        "person_id",
        "plan",
        "component",
        *names,
        is_return.alias("back"),
        (is_return & pl.col("plan").is_in(apart)).alias("apart"),
    )
    for person, plan, number, *line in told.iter_rows():
        lines.setdefault(person, {}).setdefault((plan, number), []).append(Line(*line))
    mine = rows.filter(pl.col("order_id").is_not_null()).select("order_id", "channel").unique()
    paid = mine.join(shares.select("order_id").unique(), on="order_id", how="semi")["channel"].unique()
    unbilled = mine.filter(~pl.col("channel").is_in(paid.implode(), nulls_equal=True))["order_id"]
    collected: dict[str, list[tuple[date, int]]] = {}
    waiting = shares.join(mine, on="order_id", how="semi").sort("order_id", "paid_on")
    for order, day, share in waiting.select("order_id", "paid_on", "share").iter_rows():
        collected.setdefault(order, []).append((day, share))
    return Ledger(lines, collected, frozenset(unbilled))


class Lines:
    """One person's credit lines by plan and component, ready to be looked up by window, line and order."""

    def __init__(self, by: Mapping[Part, Sequence[Line]]):
        self.counted = {key: [one for one in lines if not one.is_apart] for key, lines in by.items()}
        self.days = {key: [one.moved_on for one in lines] for key, lines in self.counted.items()}
        apart = {(one.moved_on, one.movement_id, one.rule, one.basis): (one, plan) for (plan, _), lines in by.items()
                 for one in lines if one.is_apart}  # fmt: skip
        self.returns = [apart[key] for key in sorted(apart)]

    def of_window(self, payout: Payout, end: date) -> list[Line]:
        """The lines that a payout's window counts before a day; returns that claw back stand apart."""
        key, (start, last) = (payout.plan, payout.number), payout.window
        days = self.days.get(key, [])
        return self.counted.get(key, [])[bisect_left(days, start) : bisect_left(days, min(last, end))]

    @cached_property
    def sales(self) -> dict[str, list[tuple[Part, Line]]]:
        """What each order line was credited for, by plan and component."""
        return self._by(lambda one: one.line_id)

    @cached_property
    def orders(self) -> dict[str, list[tuple[Part, Line]]]:
        """The same by order."""
        return self._by(lambda one: one.order_id)

    def reversed_by(self, back: Line) -> list[tuple[Part, Line]]:
        """What a return reverses, in event order: the line that it names, else every line of its order."""
        found = self.sales.get(back.line_id, ()) if back.line_id else self.orders.get(back.order_id or "", ())
        return [(key, one) for key, one in found if (one.rule, one.basis) == (back.rule, back.basis)]

    def _by(self, name: Callable[[Line], str | None]) -> dict[str, list[tuple[Part, Line]]]:
        found: dict[str, list[tuple[Part, Line]]] = {}
        for key, lines in self.counted.items():
            for one in lines:
                if not one.is_return and (named := name(one)) is not None:
                    found.setdefault(named, []).append((key, one))
        return found


def parts(payout: Payout, lines: Sequence[Line], total: Fraction) -> list[Fraction]:
    """Every line's exact part of what its window has come to.

    By what it adds to the scale, a carved-out windfall by its flat rate; by its credit where the scale gives nothing.
    """
    part = payout.component
    flat = Fraction(part.windfall.rate or 0, RATE_SCALE) if part.windfall else Fraction(0)
    counted = [Fraction(one.amount * part.factor, RATE_SCALE) for one in lines]
    on_scale = [one.order_id not in payout.off_scale for one in lines]
    added = iter(payout.scale.lines([credit for credit, is_on in zip(counted, on_scale, strict=True) if is_on]))
    weights = [next(added) if is_on else credit * flat for credit, is_on in zip(counted, on_scale, strict=True)]
    weights = weights if sum(weights) else counted
    whole = sum(weights, Fraction(0))
    if whole == total:
        return weights
    return [total * weight / whole for weight in weights] if whole else [Fraction(0)] * len(weights)


def shared(
    lines: Lines,
    payouts: Iterable[tuple[Payout, Span]],
    key: Callable[[Line], str | None],
) -> dict[str, int]:
    """What each order, contract, … earned in payouts and their pay periods [start, end), in whole steps, by its key.

    Every payout is shared out by largest remainder; lines without a key have their part, which nobody is told.
    """
    found: dict[str, int] = {}
    for payout, span in payouts:
        exact: dict[str | None, Fraction] = {}
        last = payout.stages[-1]
        for sign, end, total in ((1, span[1], last.now), (-1, span[0], last.before)):
            mine = lines.of_window(payout, end)
            for one, part in zip(mine, parts(payout, mine, total), strict=True):
                exact[key(one)] = exact.get(key(one), Fraction(0)) + sign * part
        names = sorted(exact, key=str)
        amounts = scales.allocate([exact[name] for name in names], payout.step, payout.pay) if names else []
        for name, amount in zip(names, amounts, strict=True):
            if name is not None and amount:
                found[name] = found.get(name, 0) + amount
    return found
