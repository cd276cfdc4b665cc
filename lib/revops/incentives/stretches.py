"""From the book to what is paid from: the stretches of a person, plan and pay period, or the faults that stop them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from revops.incentives.book import Book, Key, Rates
from revops.incentives.plans import Component, Plan
from revops.incentives.scales import units
from revops.incentives.windows import Career, Quota, Span, Stretch, Sum, length, overlap, periods_in, window_spans
from revops.problems import Problem


@dataclass(frozen=True)
class PayPeriod:
    """One person's pay period on a plan: [start, end), credits counted before `until`."""

    book: Book
    career: Career
    plan: Plan
    span: Span
    until: date

    @property
    def where(self) -> str:
        """How its faults name it."""
        return f"plan {self.plan.plan}, {self.career.person_id}, {self.until - timedelta(days=1):%Y-%m}"


def stretches(period: PayPeriod) -> tuple[list[Stretch], list[Problem]]:
    """The stretches of every component, and every fault: a quota or a rate that is missing or cannot be used."""
    found: list[Stretch] = []
    problems: dict[Problem, None] = {}
    for number, component in enumerate(period.plan.components):
        for part in _of_component(period, number, component):
            if isinstance(part, Problem):
                problems[part] = None
            else:
                found.append(part)
    return found, list(problems) or list(_scan_windows(period, found))


def _scan_windows(period: PayPeriod, found: Sequence[Stretch]) -> Iterator[Problem]:
    """A component that looks at another's attainment in a window that this one does not have."""
    known = {(one.component.key, one.window) for one in found}
    for one in found:
        for key in one.component.looks_at:
            if (key, one.window) not in known:
                days = f"{one.window[0]} to {one.window[1]}"
                expected = f"its attainment over the same days, since component {one.number + 1} looks at it"
                step = "give both quotas of the same days, and rates that hold over them; the payment waits"
                yield Problem(period.where, f"no attainment of {key} over {days}", expected, step)


def _of_component(period: PayPeriod, number: int, component: Component) -> Iterator[Stretch | Problem]:
    quotas = _known_quotas(period, component)
    windows = window_spans(component, period.plan, period.span, period.book.fiscal_year_starts, quotas)
    if not windows:
        yield _no_quota(period, component)
    for whole in windows:
        for window, rate in _cut(period, component, whole):
            if not period.career.days(period.plan, overlap(window, period.span) or (window[0], window[0])):
                continue
            if component.rate == "person" and rate is None:
                yield Problem(
                    period.where, "no stored rate", "a rate in person_rates", "add the rate; the payment waits"
                )
                continue
            yield from _stretch(period, number, component, window, rate, quotas)


def _stretch(
    period: PayPeriod, number: int, component: Component, window: Span, rate: int | None, quotas: Sequence[Quota]
) -> Iterator[Stretch | Problem]:
    book, plan, career = period.book, period.plan, period.career
    key = (career.person_id, plan.plan, number)
    now = book.sum_of(key, window, period.until)
    share = career.share(plan, window)
    quota: Fraction | None = None
    if plan.takes_quota(component):
        faults = list(_scan_quotas(period, component, window, quotas))
        yield from faults
        if faults:
            return
        quota = sum((_prorated(career, plan, q) for q in _held(career, plan, window, quotas)), Fraction(0))
        quota /= 10**book.money_decimals if component.counts else 1
        if quota == 0 and not _on_ramp(plan, career, window) and now.credit:
            yield Problem(period.where, "credits, and no active day in the quota's period", "active days",
                          "correct the absences or the orders; the payment waits")  # fmt: skip
            return
    periods = periods_in(window, plan)
    yield Stretch(
        number=number,
        component=component,
        window=window,
        now=now,
        before=_before(period, key, window),
        quota=quota,
        target=target_of(plan, component, book.money_decimals) * periods * (share if plan.proration.target else 1),
        periods=periods,
        rate=rate,
        share=share,
        decimals=book.money_decimals,
    )


def _before(period: PayPeriod, key: Key, window: Span) -> Sum | None:
    """The window's credits before the pay period; None where the plan was not held in it before."""
    first = min(span[0] for span in period.career.days(period.plan, window))
    return period.book.sum_of(key, window, period.span[0]) if first < period.span[0] else None


def target_of(plan: Plan, component: Component, decimals: int) -> Fraction:
    """A component's target of one pay period, in money units: its own, or by its weight its part of the plan's."""
    if component.target is not None:
        return units(component.target, decimals)
    return plan_target(plan, decimals) * Fraction(component.weight or 0)


def plan_target(plan: Plan, decimals: int) -> Fraction:
    """The plan's target of one pay period, in money units."""
    if plan.target is None:
        return Fraction(0)
    parts = {"month": 12, "quarter": 4}[plan.period] if plan.target.per == "year" else 1
    return units(plan.target.amount, decimals) / parts


def _known_quotas(period: PayPeriod, component: Component) -> Sequence[Quota]:
    measure = component.quota or period.plan.quota
    return period.book.quotas.get((period.career.person_id, measure), ()) if measure else ()


def _held(career: Career, plan: Plan, window: Span, quotas: Sequence[Quota]) -> list[Quota]:
    """The quotas of days in the window on which the plan is held."""
    return [q for q in quotas if (both := overlap(q.span, window)) and career.days(plan, both)]


def _prorated(career: Career, plan: Plan, quota: Quota) -> Fraction:
    return quota.amount * (career.share(plan, quota.span) if plan.proration.quota else Fraction(1))


def _on_ramp(plan: Plan, career: Career, window: Span) -> bool:
    return bool(plan.proration.ramp) and career.active(plan, window) > 0


def _scan_quotas(period: PayPeriod, component: Component, window: Span, quotas: Sequence[Quota]) -> Iterator[Problem]:
    """A quota that reaches out of the window, is not above 0, or is missing on a day on which the plan is held."""
    held = _held(period.career, period.plan, window, quotas)
    outside = [q for q in held if overlap(q.span, window) != q.span]
    expected = f"a quota of {component.quota or period.plan.quota} for {_named(period, component, window)} above 0"
    if outside:
        found = " and ".join(f"a quota for {q.start_on} to {q.end_on}" for q in held)
        yield Problem(period.where, found, expected, "give quotas that fit the window of the plan; the payment waits")
        return
    for quota in held:
        if quota.amount <= 0:
            yield Problem(period.where, f"a quota of {quota.amount}", expected, "correct the quota; the payment waits")
    days = period.career.days(period.plan, window)
    if sum(length(span) for span in days) > sum(
        length(both) for q in held for s in days if (both := overlap(q.span, s))
    ):
        yield _no_quota(period, component, expected)


def _named(period: PayPeriod, component: Component, window: Span) -> str:
    month = period.until - timedelta(days=1)
    return (
        f"{month:%Y-%m}"
        if component.window == "period" and period.plan.period == "month"
        else f"{window[0]} to {window[1]}"
    )


def _no_quota(period: PayPeriod, component: Component, expected: str = "") -> Problem:
    expected = expected or f"a quota of {component.quota or period.plan.quota} for {period.span[0]:%Y-%m} above 0"
    add = "add it to the planning sheet, or sign a version with it where quotas are signed; the payment waits"
    return Problem(period.where, "no quota", expected, add)


def _cut(period: PayPeriod, component: Component, window: Span) -> Iterator[tuple[Span, int | None]]:
    """The window, cut where the stored rate changes, each piece with its rate; whole where the rate is the plan's."""
    if component.rate != "person":
        yield window, None
        return
    rates: Rates = period.book.rates.get(period.career.person_id, ())
    day = window[0]
    for start, end, rate in rates:
        piece = overlap((start, end or date.max), window)
        if piece and day < piece[0]:
            yield (day, piece[0]), None
        if piece:
            yield piece, rate
            day = piece[1]
    if day < window[1]:
        yield (day, window[1]), None
