"""How much of a target should have come by a day: the season's share, from last year's days or from working days.

A day weighs what last year's day that sells alike brought (`holidays.same_day_last_year`: near Tết the day as far from
it), in the same product group, channel and region where these sold on most days, else in the whole company. What is not
sold, such as leads, goes by its own months. Where last year is not known, each working day weighs 1. After 20 of 26
working days, with 45 of 50 reached:

>>> pace(45, 50, (20, 26)).value
1.17
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from revops.holidays import calendar, same_date, same_day_last_year
from revops.kpis import commerce
from revops.kpis.catalogue import declared
from revops.kpis.counting import measure
from revops.kpis.facts import KEYS, Facts
from revops.kpis.measure import Value, ratio
from revops.kpis.spans import Span
from revops.money import round_ratio
from revops.periods import add_months, months_between

EVEN = 1_000_000  # days of a month share its weight to so many parts of one
SOLD = 0.5  # a cell lends its own shape where it sold on so many of last year's days


@dataclass(frozen=True)
class Elapsed:
    """The weight of the days that have come and of all days; `rule`: own, company, months, working_days."""

    come: int
    whole: int
    rule: str

    @property
    def share(self) -> float:
        """The share of the span that has usually come; 0 where it has no weight at all."""
        return self.come / self.whole if self.whole else 0.0


def pace(actual: int, target: int, elapsed: tuple[int, int]) -> Value:
    """actual ÷ (target × elapsed share of the period); 1 is exactly on pace."""
    return ratio(actual * elapsed[1], target * elapsed[0])


def elapsed(facts: Facts, key: str, span: Span, cut: date, where: Mapping[str, Any] | None = None) -> Elapsed:
    """The share of a span that a metric has usually reached before `cut`.

    What is sold goes by the days of last year's revenue, anything else by its own months of last year.
    """
    rule, weights = shape(facts, key, span, where)
    come = sum(weight for day, weight in zip(_days(span), weights, strict=True) if day < cut)
    return Elapsed(come, sum(weights), rule)


def shape(facts: Facts, key: str, span: Span, where: Mapping[str, Any] | None = None) -> tuple[str, list[int]]:
    """The rule that applies, and one weight per day of the span."""
    found = ((rule, weights) for rule, weights in _shapes(facts, key, span, where or {}) if weights is not None)
    return next(found, ("working_days", working(facts, span)))


def _shapes(facts: Facts, key: str, span: Span, where: Mapping[str, Any]) -> Iterator[tuple[str, list[int] | None]]:
    """Rules with their weights, the best first; None where a rule does not apply."""
    if not is_sold(key):
        yield "months", _own_months(facts, key, span, where)
        return
    own = {name: value for name, value in where.items() if name in KEYS}
    days = facts.days.filter(pl.col(name) == value for name, value in own.items()) if own else facts.days
    keeps_tet = facts.company.keeps_tet
    weights = last_year(days, span, keeps_tet=keeps_tet)
    is_dense = weights is not None and sum(weight > 0 for weight in weights) >= SOLD * len(weights)
    yield "own", weights if is_dense or not own else None
    yield "company", last_year(facts.days, span, keeps_tet=keeps_tet)


def _own_months(facts: Facts, key: str, span: Span, where: Mapping[str, Any]) -> list[int] | None:
    """One weight per day: its month's value last year, even over the month's days; None for less than two months."""
    months = months_between(*span)
    past = [(add_months(month, -12), add_months(month, -11)) for month in months]
    values = measure(facts, [key], past, (), where).sort("start_on")["value"].to_list() if months[1:] else [None]
    known = [max(0, int(value)) for value in values if value is not None]
    if len(known) < len(values) or not any(known):
        return None
    even = {month: round_ratio(value * EVEN, (add_months(month, 1) - month).days)
            for month, value in zip(months, known, strict=True)}  # fmt: skip
    return [even[day.replace(day=1)] for day in _days(span)]


def is_sold(key: str) -> bool:
    """Whether a metric counts sales, so that the days of revenue are its season."""
    return all(term.fact in commerce.FACTS for term in declared(key).terms())


def last_year(days: pl.DataFrame | None, span: Span, *, keeps_tet: bool = True) -> list[int] | None:
    """One weight per day of the span: what the day that sells alike brought last year, 0 where it lost money.

    Where the company does not keep Tết, that is the day of the same date.
    `days` has period_on and net_amount. None where last year is not known from its first day on, or brought nothing.
    """
    alike = [same_day_last_year(day) if keeps_tet else same_date(day) for day in _days(span)]
    if days is None or days.is_empty() or not alike or days["period_on"].min().replace(day=1) > min(alike):  # type: ignore
        return None
    sums = dict(days.group_by("period_on").agg(pl.col("net_amount").sum()).iter_rows())
    weights = [max(0, int(sums.get(day, 0))) for day in alike]
    return weights if sum(weights) else None


def working(facts: Facts, span: Span) -> list[int]:
    """One weight per day of the span: 1 on a working day; where it has none, 1 on every day."""
    feasts = calendar(*span, facts.company.calendar).filter(pl.col("kind").is_in(["tet", "holiday"]))["day_on"]
    off = set(feasts) if facts.company.keeps_tet else set()
    weights = [int(day.weekday() < facts.company.working_week and day not in off) for day in _days(span)]
    return weights if sum(weights) else [1] * len(weights)


def _days(span: Span) -> list[date]:
    return [span[0] + timedelta(days=i) for i in range((span[1] - span[0]).days)]
