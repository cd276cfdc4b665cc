"""The book: all that payments are computed from, as plain values by person, plan and component."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate

import polars as pl
from babel.numbers import get_currency_precision

from revops.incentives.extras import Award, Sold, awards
from revops.incentives.payments import Exchange
from revops.incentives.payments.ledger import Ledger
from revops.incentives.plans import Plan
from revops.incentives.windows import Career, Quota, Span, Sum, careers, pay_period
from revops.problems import Problem

Key = tuple[str, str, int]
"""Person, plan, number of the component."""
Rates = Sequence[tuple[date, date | None, int]]
"""Stored rates of a person: [start_on, end_on) and the rate in billionths, in order."""


def payable_step(currency: str, money_decimals: int) -> int:
    """The currency's minor unit in money units: pay is a multiple of it.

    >>> payable_step("VND", 0), payable_step("USD", 6)
    (1, 10000)
    """
    return int(10 ** max(0, money_decimals - get_currency_precision(currency)))


class Days:
    """Amounts by day, so that the sum of any stretch of days is two look-ups."""

    def __init__(self, days: Iterable[tuple[date, int]]):
        ordered = sorted(days)
        self.days = [day for day, _ in ordered]
        self.sums = [0, *accumulate(amount for _, amount in ordered)]

    def between(self, start: date, end: date) -> int:
        """The sum of [start, end)."""
        return self.sums[bisect_left(self.days, end)] - self.sums[bisect_left(self.days, start)]


@dataclass(frozen=True)
class Book:
    """All that payments are computed from.

    `measures`: credits a day of each component, on the days on which the person held its plan · `deals`: of orders that
    may be windfalls (day, order, credit) · `spiffs`: units sold by (plan, spiff) · `direct`: direct credits by person
    and month, plan or not · `scores`: by (person, first day of the pay period), by objective · `released`: windfalls
    whose review is over · `ledger`: the lines of pay that is held or clawed back · `rates_abroad`: by currency, oldest
    first.
    """

    plans: Sequence[Plan]
    people: pl.DataFrame
    quotas: Mapping[tuple[str, str], Sequence[Quota]]
    rates: Mapping[str, Rates]
    measures: Mapping[Key, Sequence[tuple[date, int]]]
    direct: Mapping[tuple[str, date], int]
    currency: str
    money_decimals: int
    stopped: Mapping[tuple[str, date], Sequence[Problem]] = field(default_factory=dict)
    fiscal_year_starts: int = 1
    unpaid_roles: Sequence[str] = ()
    absences: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    scores: Mapping[tuple[str, date], Mapping[str, int]] = field(default_factory=dict)
    deals: Mapping[Key, Sequence[tuple[date, str, int]]] = field(default_factory=dict)
    spiffs: Mapping[tuple[str, str], Sequence[Sold]] = field(default_factory=dict)
    released: frozenset[str] = frozenset()
    ledger: Ledger = Ledger()
    rates_abroad: Mapping[str, Sequence[tuple[date, int]]] = field(default_factory=dict)

    @property
    def exchange(self) -> Exchange:
        """What an amount of one currency is in another."""
        return Exchange(self.currency, self.rates_abroad)

    @property
    def step(self) -> int:
        """The minor unit of the company's currency, in money units."""
        return payable_step(self.currency, self.money_decimals)

    def step_of(self, plan: Plan) -> int:
        """The minor unit of a plan's currency, in money units."""
        return payable_step(self.currency_of(plan), self.money_decimals)

    def currency_of(self, plan: Plan) -> str:
        """The currency of a plan's amounts."""
        return plan.currency or self.currency

    @cached_property
    def careers(self) -> dict[str, Career]:
        """Everybody's plans over time."""
        return careers(self.people.to_dicts(), self.plans, self.absences)

    @cached_property
    def days(self) -> dict[Key, Days]:
        """The measures, ready to be summed."""
        return {key: Days(days) for key, days in self.measures.items()}

    @cached_property
    def awards(self) -> dict[str, dict[str, list[Award]]]:
        """What every spiff awarded, by plan and spiff: its budget is one for everybody and all its periods."""
        return {
            plan.plan: {
                spiff.key: awards(
                    spiff, self.spiffs.get((plan.plan, spiff.key), ()), self.money_decimals, self.step_of(plan)
                )
                for spiff in plan.spiffs
            }
            for plan in self.plans
        }

    @cached_property
    def _reviewed(self) -> set[tuple[str, int]]:
        """Plan and number of the components whose large deals wait for a review."""
        every = ((plan.plan, n, part.windfall) for plan in self.plans for n, part in enumerate(plan.components))
        return {(plan, n) for plan, n, windfall in every if windfall and windfall.treat == "review"}

    def sum_of(self, key: Key, window: Span, until: date) -> Sum:
        """The credits of a component in a window up to a day, and each large deal's part of them."""
        start, end = window[0], min(window[1], until)
        deals: dict[str, int] = {}
        done = self.released if key[1:] in self._reviewed else frozenset[str]()
        for day, order, credit in self.deals.get(key, ()):
            if start <= day < end and order not in done:
                deals[order] = deals.get(order, 0) + credit
        return Sum(self.days[key].between(start, end) if key in self.days else 0, deals)

    def period_of(self, plan: Plan, day: date) -> Span:
        """The pay period of a plan that holds a day."""
        return pay_period(plan, day.replace(day=1), self.fiscal_year_starts)


def quotas_of(quotas: pl.DataFrame) -> dict[tuple[str, str], list[Quota]]:
    """Quotas of record by (person, measure), in order of their first day."""
    found: dict[tuple[str, str], list[Quota]] = {}
    rows = quotas.sort("person_id", "measure", "start_on").select(
        "person_id", "measure", "start_on", "end_on", "quota_amount"
    )
    for person, measure, start, end, amount in rows.rows():
        found.setdefault((person, measure), []).append(Quota(start, end, amount))
    return found


def rates_of(rates: pl.DataFrame) -> dict[str, list[tuple[date, date | None, int]]]:
    """Stored rates by person, in order."""
    found: dict[str, list[tuple[date, date | None, int]]] = {}
    for person, start, end, rate in (
        rates.sort("person_id", "start_on").select("person_id", "start_on", "end_on", "rate").rows()
    ):
        found.setdefault(person, []).append((start, end, rate))
    return found


def absences_of(absences: pl.DataFrame) -> dict[str, list[Span]]:
    """Days away by person."""
    found: dict[str, list[Span]] = {}
    for person, start, end in absences.select("person_id", "start_on", "end_on").rows():
        found.setdefault(person, []).append((start, end))
    return found


def scores_of(scores: pl.DataFrame) -> dict[tuple[str, date], dict[str, int]]:
    """Scores in billionths by (person, first day of the pay period), by objective."""
    found: dict[tuple[str, date], dict[str, int]] = {}
    for person, period, objective, score in scores.select("person_id", "period_on", "objective", "score").rows():
        found.setdefault((person, period), {})[objective] = score
    return found


def measures_of(daily: pl.DataFrame) -> dict[Key, list[tuple[date, int]]]:
    """Credits a day of each component, in order, from rows of `credits.daily`."""
    found: dict[Key, list[tuple[date, int]]] = {}
    for person, plan, number, day, amount in daily.sort("person_id", "plan", "component", "moved_on").rows():
        found.setdefault((person, plan, number), []).append((day, amount))
    return found
