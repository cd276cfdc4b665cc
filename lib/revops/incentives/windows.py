"""Windows: the days that attainment and tiers run over, and how much of them counts for a person.

A window is a pay period, a fiscal quarter, a fiscal year or the period of a quota of record, [start, end). A person
holds a plan on the days on which the role is paid by it. Quota and target shrink, where the plan says so, to the days
held without leave: hired on 15 February 2026, 45 of 90 days; with a ramp, month by month.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from revops.incentives.plans import Component, Plan
from revops.money import RATE_SCALE
from revops.periods import add_months, fiscal_quarter, months_between

Span = tuple[date, date]
"""Days [start, end)."""


@dataclass(frozen=True)
class Held:
    """Days [start, end) on which a role is paid by a plan; None: by none."""

    start: date
    end: date
    role: str
    plan: Plan | None


@dataclass(frozen=True)
class Career:
    """One person's plans over time, in order, the first working day, and the days away."""

    person_id: str
    held: Sequence[Held]
    hired_on: date
    away: Sequence[Span] = ()

    def days(self, plan: Plan, window: Span) -> list[Span]:
        """The days of a window on which the person holds the plan."""
        spans = (overlap((held.start, held.end), window) for held in self.held if held.plan is plan)
        return [span for span in spans if span]

    def active(self, plan: Plan, window: Span) -> int:
        """How many of them are not leave."""
        return sum(length(span) - _covered(span, self.away) for span in self.days(plan, window))

    def share(self, plan: Plan, window: Span) -> Fraction:
        """The part of a window that counts: active days, or, with a ramp, months by their share of the ramp.

        From March 2026 with 0/25/50/75/100 % of a ramp, a target of 10,000 a month is 75,000 of the year's 120,000.
        """
        if not plan.proration.ramp:
            return Fraction(self.active(plan, window), length(window))
        whole = counted = Fraction(0)
        for month in months_between(*window):
            part = overlap((month, add_months(month, 1)), window)
            if part:
                days = length((month, add_months(month, 1)))
                whole += Fraction(length(part), days)
                counted += self._ramp(plan, month) * Fraction(self.active(plan, part), days)
        return counted / whole

    def _ramp(self, plan: Plan, month: date) -> Fraction:
        n = (month.year - self.hired_on.year) * 12 + month.month - self.hired_on.month
        ramp = plan.proration.ramp
        return Fraction(ramp[n], RATE_SCALE) if 0 <= n < len(ramp) else Fraction(1)


@dataclass(frozen=True)
class Quota:
    """A quota of record: [start_on, end_on) and its amount."""

    start_on: date
    end_on: date
    amount: int

    @property
    def span(self) -> Span:
        """Its days."""
        return self.start_on, self.end_on


@dataclass(frozen=True)
class Sum:
    """Credits of one component in a window up to a day; of orders that may be windfalls also each order's part."""

    credit: int = 0
    deals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Stretch:
    """What one component pays from in one window and pay period.

    `now`: credits up to the pay period's end; `before`: up to its start, None while nothing of the window was paid.
    `quota` and `target` are of the whole window, prorated; `share` of its days count; it holds so many pay `periods`,
    and money so many `decimals`.
    """

    number: int
    component: Component
    window: Span
    now: Sum
    before: Sum | None = None
    quota: Fraction | None = None
    target: Fraction = Fraction(0)
    periods: Fraction = Fraction(1)
    rate: int | None = None
    share: Fraction = Fraction(1)
    decimals: int = 0


def careers(
    people: Iterable[Mapping[str, Any]], plans: Sequence[Plan], away: Mapping[str, Sequence[Span]]
) -> dict[str, Career]:
    """Everybody's plans from rows of the people table."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(people, key=lambda row: (row["person_id"], row["start_on"])):
        rows.setdefault(row["person_id"], []).append(row)
    found = {}
    for person, mine in rows.items():
        held = [part for row in mine for part in _held(row, plans)]
        hired = mine[0]["hired_on"] or mine[0]["start_on"]
        found[person] = Career(person, held, hired, away.get(person, ()))
    return found


def _held(row: Mapping[str, Any], plans: Sequence[Plan]) -> Iterator[Held]:
    """One row's days, cut by the plans that pay its role one after another."""
    ends = [day for day in (row["end_on"], row["left_on"]) if day is not None]
    day, last, role = row["start_on"], min(ends, default=date.max), row["role"]
    mine = sorted((plan for plan in plans if role in plan.roles), key=lambda plan: plan.effective_from)
    for plan in mine:
        part = overlap((day, last), (plan.effective_from, plan.effective_to or date.max))
        if part:
            if day < part[0]:
                yield Held(day, part[0], role, None)
            yield Held(*part, role, plan)
            day = part[1]
    if day < last:
        yield Held(day, last, role, None)


def pay_period(plan: Plan, month: date, fiscal_year_starts: int) -> Span:
    """The pay period of a plan that holds a month.

    A quarter is fiscal; it is paid in its last month.
    """
    return fiscal_quarter(month, fiscal_year_starts) if plan.period == "quarter" else (month, add_months(month, 1))


def window_spans(
    component: Component, plan: Plan, period: Span, fiscal_year_starts: int, quotas: Sequence[Quota]
) -> list[Span]:
    """The windows of a component that a pay period touches."""
    if component.window == "quota":
        return [quota.span for quota in quotas if overlap(quota.span, period)]
    if component.window == "period":
        return [period]
    if component.window == "quarter":
        return [fiscal_quarter(period[0], fiscal_year_starts)]
    start = add_months(period[0], -((period[0].month - fiscal_year_starts) % 12))
    return [(start, add_months(start, 12))]


def periods_in(window: Span, plan: Plan) -> Fraction:
    """How many pay periods a window holds; a part of a month counts by its days.

    Two months and 15 days of November are two and a half.
    """
    months = Fraction(0)
    for month in months_between(*window):
        whole = (month, add_months(month, 1))
        part = overlap(whole, window)
        months += Fraction(length(part), length(whole)) if part else 0
    return months / (3 if plan.period == "quarter" else 1)


def overlap(one: Span, other: Span) -> Span | None:
    """The days in both; None where there are none.

    >>> overlap((date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1))) is None
    True
    """
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def length(span: Span) -> int:
    """How many days."""
    return (span[1] - span[0]).days


def _covered(span: Span, away: Sequence[Span]) -> int:
    """Days of a span that lie in any of others, each once."""
    parts = sorted(part for one in away if (part := overlap(span, one)))
    days, reached = 0, span[0]
    for start, end in parts:
        days += max(0, (end - max(start, reached)).days)
        reached = max(reached, end)
    return days
