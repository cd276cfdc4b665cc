"""Credits in the plan's currency: each at the exchange rate of its event's day, a return at that of the sale it
reverses, or at the plan's own constant rates.

Exact in whole numbers; rounded is what a line has come to, so that a sale and its returns cancel. Money of every
currency counts 10 ** -money_decimals of it, pieces have none.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.exact import quotient
from revops.incentives.plans import COUNTS, Plan
from revops.kpis.engine import beside, wide
from revops.kpis.frames import Frame, collected, native, opened
from revops.money import RATE_SCALE

Rates = Mapping[str, Sequence[tuple[date, int]]]
"""By currency, oldest first: (first day, billionths of the company's currency for one unit)."""
KEY = ["plan", "currency", "rated_on"]
CASE = {"plan": pl.String, "currency": pl.String, "rated_on": pl.Date, "up": pl.String, "down": pl.String}


def in_plan_currency(counted: Frame, rates: Rates, plans: Sequence[Plan], home: str) -> Frame:
    """The counted credits with `credit_amount` in the currency of their plan; null where an exchange rate is missing.

    Of a plan with constant rates, a credit in a foreign currency is taken at these, whatever the day's rate was.
    """
    abroad = {plan.plan: plan for plan in plans if plan.rates or plan.currency not in (None, home)}
    rows = opened(counted)
    if not abroad:
        return counted
    mine = nw.col("plan").is_in(list(abroad)) & ~nw.col("basis").is_in(list(COUNTS))
    cases = collected([native(rows.filter(mine).select(KEY).unique())])[0].sort(KEY)
    told = [(*case, *_as_text(times(abroad[case[0]], case[1], case[2], rates, home))) for case in cases.rows()]
    table = beside(rows, pl.DataFrame(told, schema=CASE, orient="row").with_columns(pl.col("currency").fill_null(home)))
    names = rows.collect_schema().names()
    rows = rows.with_columns(is_mine=mine, of=nw.coalesce("line_id", "movement_id"), named=nw.col("currency"))
    rows = rows.with_columns(currency=nw.col("currency").fill_null(home)).join(table, on=KEY, how="left")
    so_far = nw.col("credit_amount").cum_sum()
    rows = rows.with_columns(
        after=so_far.over("of", "person_id", "plan", "component", order_by=["moved_on", "movement_id"])
    )
    size = wide(rows)
    exact = _times(nw.col("after"), size) - _times(nw.col("after") - nw.col("credit_amount"), size)
    amount = nw.when(nw.col("is_mine")).then(exact).otherwise(nw.col("credit_amount"))
    return native(rows.with_columns(credit_amount=amount, currency=nw.col("named")).select(names))


def times(plan: Plan, currency: str | None, day: date, rates: Rates, home: str) -> Fraction | None:
    """What one unit of the company's money, booked in a currency on a day, is in a plan's; None without a rate.

    An order of 10,000 EUR was booked as 11,000 USD at 1.10; a plan with a constant 1.20 counts it as 12,000:

    >>> from types import SimpleNamespace as Terms
    >>> euros = {"EUR": [(date(2026, 1, 1), 1_100_000_000)]}
    >>> plan = Terms(currency=None, rates={"EUR": Fraction(12, 10)})
    >>> 11_000 * times(plan, "EUR", date(2026, 5, 1), euros, "USD")
    Fraction(12000, 1)
    """
    to, found = plan.currency or home, Fraction(1)
    if currency in plan.rates:
        found *= Fraction(plan.rates[currency]) / (rate_on(rates, currency, day) or 1)
        if rate_on(rates, currency, day) is None:
            return None
    if to == home:
        return found
    rate = Fraction(plan.rates[to]) if to in plan.rates else rate_on(rates, to, day)
    return None if rate is None else found / rate


def rate_on(rates: Rates, currency: str, day: date) -> Fraction | None:
    """The rate that holds on a day; None before the first."""
    known = rates.get(currency, ())
    n = bisect_right(known, day, key=lambda row: row[0])
    return Fraction(known[n - 1][1], RATE_SCALE) if n else None


def _as_text(value: Fraction | None) -> tuple[str | None, str | None]:
    return (None, None) if value is None else (str(value.numerator), str(value.denominator))


def _times(amount: Any, size: Any) -> Any:
    """amount × up ÷ down, rounded half away from zero."""
    up, down = nw.col("up").cast(size), nw.col("down").cast(size)
    whole = quotient(2 * amount.abs().cast(size) * up + down, 2 * down)
    return nw.when(amount < 0).then(-whole).otherwise(whole)
