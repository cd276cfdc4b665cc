"""Whether a customer is worth what it costs to win: payback, lifetime value, and the two against each other.

Each is made of other values by their exact counts and rounded once. With 120m spent on 40 customers who pay 0.5m a
month at a margin of 60 %, of whom 5 % leave each month:

>>> cost, pays = price(120_000_000, 40), price(20_000_000, 40)
>>> margin, churn = ratio(60, 100), ratio(5, 100)
>>> cost.value, payback_months(cost, pays, margin).value, lifetime_value(pays, margin, churn).value
(3000000, 10.0, 6000000)
>>> per_cost(lifetime_value(pays, margin, churn), cost).value
2.0
"""

from datetime import date
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.customers import has_costs, retention
from revops.kpis.headline import values_of
from revops.kpis.measure import Value, missing, price, ratio
from revops.kpis.spans import Span, back
from revops.money import PRICE_SCALE, less_cost, round_ratio
from revops.periods import add_months

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

CAP_MONTHS = 60


def exact(value: Value) -> Fraction | None:
    """A ratio before it was rounded; None where it is undefined."""
    if value.value is None or value.numerator is None or not value.denominator:
        return None
    return Fraction(value.numerator, value.denominator)


def payback_months(cac: Value, arpa: Value, margin: Value) -> Value:
    """CAC ÷ (what a customer pays a month × margin rate): months until its margin has earned what it cost."""
    earned = _product(arpa, margin)
    cost = exact(cac)
    if isinstance(earned, Value) or cost is None:
        return earned if isinstance(earned, Value) else missing(cac.reason or "no_cases")
    return Value(float(cost / earned)) if earned > 0 else missing("no_margin")


def lifetime_value(arpa: Value, margin: Value, churn: Value) -> Value:
    """What a customer pays × margin rate ÷ churn, all three by the same unit of time; undefined where nobody leaves."""
    earned, lost = _product(arpa, margin), exact(churn)
    if isinstance(earned, Value) or lost is None:
        return earned if isinstance(earned, Value) else missing(churn.reason or "no_cases")
    return _money(earned / lost) if lost > 0 else missing("no_churn")


def capped_value(arpa: Value, margin: Value, months: int = CAP_MONTHS) -> Value:
    """What a customer's margin is in `months` months if it stays: the figure beside one that churn leaves undefined."""
    earned = _product(arpa, margin)
    return earned if isinstance(earned, Value) else _money(earned * months)


def per_cost(value: Value, cac: Value) -> Value:
    """Lifetime value ÷ CAC. Both are printed beside it: 3 is folklore, no bound."""
    worth, cost = exact(value), exact(cac)
    if worth is None or cost is None:
        return missing((value.reason if worth is None else cac.reason) or "no_cases")
    return Value(float(worth / cost)) if cost > 0 else missing("no_cases")


def _product(*values: Value) -> Fraction | Value:
    """The exact product, or the first undefined value's reason."""
    parts = [exact(value) for value in values]
    for value, part in zip(values, parts, strict=True):
        if part is None:
            return missing(value.reason or "no_cases")
    return prod((part for part in parts if part is not None), start=Fraction(1))


def _money(amount: Fraction) -> Value:
    """An exact amount rounded once, with what it was made of."""
    return Value(round_ratio(amount.numerator, amount.denominator), amount.numerator, amount.denominator)


def customer_worth(facts: "Facts", span: Span) -> pl.DataFrame:
    """One row per measure of `worth_of` with its value and reason."""
    kinds: dict[str, Any] = {"metric": pl.String, "value": pl.Float64, "reason": pl.String}
    rows = worth_of(facts, span).items()
    return pl.DataFrame([{"metric": k, "value": v.value, "reason": v.reason} for k, v in rows], schema=kinds)


def worth_of(facts: "Facts", span: Span) -> dict[str, Value]:
    """cac, paid_cac, payback, ltv, capped_ltv, ltv_cac of a span.

    CAC is of the span. What a buyer pays and its margin are of the twelve months up to the span's end, churn is the
    share of the buyers of the twelve months before who did not come back in them: the unit of time is a year.
    """
    costs = values_of(facts, ["cac", "paid_cac"], [span])
    cac = costs["cac", span]
    last = span[1] if span[1].day == 1 else add_months(span[1], 1)
    yearly, margin = yearly_pay(facts, last)
    lost = churn_of_buyers(facts, last)
    monthly = yearly if yearly.denominator is None else price(yearly.numerator or 0, 12 * yearly.denominator)
    ltv = lifetime_value(yearly, margin, lost)
    return {
        "cac": cac,
        "paid_cac": costs["paid_cac", span],
        "payback": payback_months(cac, monthly, margin),
        "ltv": ltv,
        "capped_ltv": capped_value(monthly, margin),
        "ltv_cac": per_cost(ltv, cac),
    }


def yearly_pay(facts: "Facts", end: date) -> tuple[Value, Value]:
    """(net revenue per known buyer, margin rate) of the twelve months before `end`; the rate needs all costs."""
    start, _ = back(end, 12)
    months = facts.customers
    if months.is_empty() or months["month_on"].min() > start:  # type: ignore[operator]
        return (missing("no_history"),) * 2
    rows = months.filter(pl.col("month_on").is_between(start, end, closed="left"))
    net, cost = int(rows["net_amount"].sum()), int(rows["cost_units"].sum())
    pay = price(net, rows.filter(pl.col("orders") > 0)["customer_id"].n_unique())
    if not has_costs(rows):
        return pay, missing("no_costs")
    return pay, ratio(less_cost(net, cost, facts.company.money_decimals), net * PRICE_SCALE)


def churn_of_buyers(facts: "Facts", end: date) -> Value:
    """Share of the buyers of a year who bought nothing in the twelve months before `end`: they are inactive."""
    kept = retention(facts.customers, end)
    if kept.denominator is None or kept.numerator is None:
        return kept
    return ratio(kept.denominator - kept.numerator, kept.denominator)
