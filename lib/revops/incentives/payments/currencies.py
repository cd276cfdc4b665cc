"""Currencies: dated rates of the company, and what an amount of one currency is in another on a day.

A rate tells how much of the company's currency one unit of a foreign one is; it holds until the next. Amounts of every
currency count the same unit, 10 ** -money_decimals. In a company that counts in USD, 10,000 EUR at 1.10 pay 5 %:

>>> rates = Exchange("USD", {"EUR": [(date(2026, 1, 1), 1_100_000_000)], "GBP": [(date(2026, 1, 1), 1_250_000_000)]})
>>> sold = rates.convert(Fraction(10_000_00), "EUR", "USD", date(2026, 10, 5))
>>> pay = sold * Fraction(5, 100)
>>> int(sold), int(pay), rates.payable(int(pay), "USD", "GBP", date(2026, 10, 31)).amount
(1100000, 55000, 44000)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import polars as pl

from revops.incentives.scales import rounded
from revops.money import RATE_SCALE
from revops.problems import Problem


class NoRate(ValueError):
    """No rate of a currency holds on a day."""

    def __init__(self, currency: str, day: date):
        super().__init__(f"no rate of {currency} on {day}")
        self.currency, self.day = currency, day

    def problem(self, where: str) -> Problem:
        """The fault that stops one person's payment."""
        return Problem(
            where, str(self), f"a row of fx_rates for {self.currency} that holds then", "add it; the payment waits"
        )


@dataclass(frozen=True)
class Payable:
    """What is paid out: an amount of the pay currency, a multiple of its minor unit, and the rate that made it."""

    currency: str
    amount: int
    rate: Fraction = Fraction(1)


def rates_abroad(rates: pl.DataFrame) -> dict[str, list[tuple[date, int]]]:
    """The canonical table `fx_rates` by currency, oldest first."""
    known: dict[str, list[tuple[date, int]]] = {}
    for currency, day, rate in rates.sort("start_on").select("currency", "start_on", "rate").iter_rows():
        known.setdefault(currency, []).append((day, rate))
    return known


@dataclass(frozen=True)
class Exchange:
    """The company's currency and the rates of the others, oldest first: (first day, billionths for one unit)."""

    home: str
    known: Mapping[str, Sequence[tuple[date, int]]] = field(default_factory=dict)

    def rate(self, currency: str, day: date) -> Fraction:
        """How much of the company's currency one unit is on a day. Raises NoRate before the first one."""
        if currency == self.home:
            return Fraction(1)
        found = [rate for start, rate in self.known.get(currency, ()) if start <= day]
        if not found or found[-1] <= 0:
            raise NoRate(currency, day)
        return Fraction(found[-1], RATE_SCALE)

    def convert(self, amount: Fraction, source: str, target: str, day: date) -> Fraction:
        """An amount of one currency in another at the day's rates, exact. Raises NoRate."""
        return amount if source == target else amount * self.rate(source, day) / self.rate(target, day)

    def payable(self, amount: int, source: str, target: str, day: date, step: int = 1) -> Payable:
        """A payment in the currency that is paid out, rounded once more, to its minor unit `step`. Raises NoRate."""
        if source == target:
            return Payable(target, amount)
        rate = self.convert(Fraction(1), source, target, day)
        return Payable(target, rounded(amount * rate, step), rate)
