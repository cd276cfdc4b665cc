"""The metrics that lead a report: each with its convention, its plan, the period before, the year before, thirteen
periods.

A metric's function takes the facts and a span of days and returns one Value. What is planned under the metric's own
name in the targets is its plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from revops.kpis import customers, funnel, marketing, recurring, targets
from revops.kpis.facts import Facts
from revops.kpis.measure import Value, amount, missing, price
from revops.kpis.spans import Span, Spans, begins, is_whole_months, steps
from revops.money import RATE_SCALE
from revops.periods import add_months

Kind = Literal["money", "number", "percent"]


@dataclass(frozen=True)
class Metric:
    """One metric: how it is shown, which direction is better, how its monthly targets make a longer period's."""

    key: str
    kind: Kind
    of: Callable[[Facts, Span], Value]
    better: Literal["higher", "lower"] = "higher"
    plan: Literal["sum", "mean", "last"] = "sum"


def net_revenue(facts: Facts, span: Span) -> Value:
    """Gross − discounts − returns in the span, from detail or history."""
    if not facts.knows(span):
        return missing("no_history" if facts.days.height else "no_source")
    return amount(int(facts.net_cells(span, ())["net_amount"][0]))


def orders(facts: Facts, span: Span) -> Value:
    """Orders that are not cancelled, by order day."""
    if not facts.knows(span):
        return missing("no_history" if facts.days.height else "no_source")
    counted = int(facts.orders.filter(funnel.inside("ordered_on", *span))["orders"].sum())
    older = facts.past_in(span)["orders"]
    return missing("no_history") if older.null_count() else amount(counted + int(older.sum()))


def aov(facts: Facts, span: Span) -> Value:
    """Sales before returns ÷ orders, over the detailed lines."""
    if facts.first_month is None or span[0] < facts.first_month:
        return missing("no_history" if facts.days.height else "no_source")
    sums = facts.cells(span, ())
    return price(int(sums["gross_amount"][0]) - int(sums["discount_amount"][0]), int(orders(facts, span).value or 0))


def web_conversion(facts: Facts, span: Span) -> Value:
    """Visits with a purchase ÷ visits of the web channel."""
    return marketing.web_conversion(facts.sessions, facts.company.kpis.web_channel, *span)


def win_rate(facts: Facts, span: Span) -> Value:
    """Won ÷ closed, by count."""
    if facts.pipeline_end is None:
        return missing("no_source")
    if span[0] >= facts.pipeline_end:
        return missing("no_export")
    return funnel.win_rate(facts.deals, *span)[0]


def cac(facts: Facts, span: Span) -> Value:
    """(Ad spend + sales and marketing costs) ÷ new customers."""
    if facts.first_month is None:
        return missing("no_source")
    if facts.past.height and span[0] < add_months(facts.first_month, 12):
        return missing("no_history")  # who is new is not known in the first year of detailed lines
    new = customers.new_customers(facts.firsts, *span)
    return marketing.cac(facts.spend, facts.costs, new, *span)


def clv(facts: Facts, span: Span) -> Value:
    """Margin (or revenue) of the last months per known customer who bought in them."""
    end = span[1] if span[1].day == 1 else add_months(span[1], 1)
    start = add_months(end, -facts.company.kpis.clv_months)
    return customers.historic_clv(facts.customers, start, end, facts.company.money_decimals)


def service_arr(facts: Facts, span: Span) -> Value:
    """12 × MRR on the last day of the span."""
    if facts.subscriptions.is_empty():
        return missing("no_source")
    return recurring.arr(recurring.mrr_bridge(facts.subscriptions, span))


def service_churn(facts: Facts, span: Span) -> Value:
    """Service customers lost ÷ customers at the start; per month where the span is made of months."""
    if facts.subscriptions.is_empty():
        return missing("no_source")
    return recurring.customer_churn(recurring.mrr_bridge(facts.subscriptions, steps(span)))


METRICS = (
    Metric("net_revenue", "money", net_revenue),
    Metric("orders", "number", orders),
    Metric("web_conversion", "percent", web_conversion, plan="mean"),
    Metric("win_rate", "percent", win_rate, plan="mean"),
    Metric("cac", "money", cac, better="lower", plan="mean"),
    Metric("clv", "money", clv, plan="last"),
    Metric("service_arr", "money", service_arr, plan="last"),
    Metric("service_churn", "percent", service_churn, better="lower", plan="mean"),
    Metric("aov", "money", aov, plan="mean"),
)
TILES = tuple(metric.key for metric in METRICS[:8])
METRIC = {metric.key: metric for metric in METRICS}


def begins_on(facts: Facts, key: str) -> date | None:
    """The first month of which all sources of a metric tell something; None where none of them bounds it."""
    sessions = facts.sessions.filter(pl.col("purchases").is_not_null())
    web = facts.company.kpis.web_channel
    days = {
        "web_conversion": [sessions.filter(pl.col("channel") == web)["day_on"] if web else sessions["day_on"]],
        "win_rate": [facts.deals["created_on"]],
        "cac": [facts.spend["spent_on"], facts.costs["month_on"]],
    }
    return max((first for first in map(begins, days.get(key, [])) if first is not None), default=None)


def value_of(facts: Facts, metric: Metric, span: Span) -> Value:
    """The metric in a span; unknown where one of its sources begins later than the span does."""
    first = begins_on(facts, metric.key)
    return missing("no_history") if first is not None and span[0] < first else metric.of(facts, span)


def plan_of(facts: Facts, metric: Metric, span: Span) -> float | int | None:
    """The metric's own target in the span: money units, a count, or a share; None where nobody planned it."""
    if metric.key == "service_churn" and not is_whole_months(span):
        return None  # planned by the month, here it is a week's
    if metric.plan == "sum":
        return targets.plan_total(facts.targets, metric.key, *span, daily(facts))
    found = targets.plan_rate(facts.targets, metric.key, *span, last=metric.plan == "last")
    return found / RATE_SCALE if found is not None and metric.kind == "percent" else found


def headline(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per metric: value, numerator, denominator, reason, plan, previous, previous_year, series, kind,
    better.
    """
    return pl.DataFrame([_row(facts, spans, metric) for metric in METRICS], schema=_SCHEMA)


_SCHEMA: dict[str, Any] = {
    "metric": pl.String,
    "kind": pl.String,
    "better": pl.String,
    "value": pl.Float64,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "reason": pl.String,
    "plan": pl.Float64,
    "previous": pl.Float64,
    "previous_year": pl.Float64,
    "series": pl.List(pl.Float64),
}


def _row(facts: Facts, spans: Spans, metric: Metric) -> dict[str, Any]:
    now = value_of(facts, metric, spans.now)
    values = {name: value_of(facts, metric, getattr(spans, name)).value for name in ("previous", "previous_year")}
    series = [value_of(facts, metric, span).value for span in spans.trailing[:-1]] + [now.value]
    return {
        "metric": metric.key,
        "kind": metric.kind,
        "better": metric.better,
        "value": now.value,
        "numerator": now.numerator,
        "denominator": now.denominator,
        "reason": now.reason,
        "plan": plan_of(facts, metric, spans.now),
        "series": [None if value is None else float(value) for value in series],
        **values,
    }


def daily(facts: Facts) -> pl.DataFrame:
    """One row per day: net revenue of all cells."""
    return facts.days.group_by("period_on").agg(pl.col("net_amount").sum())


def months_table(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per month of the fiscal year up to the period's end: actual, plan, previous_year (null where
    unknown).
    """
    start, end = spans.to_date
    rows = []
    for month in _months(start, end):
        span = (month, min(end, add_months(month, 1)))
        year_before = (add_months(month, -12), add_months(month, -11))
        if span[1] < add_months(month, 1):
            year_before = (year_before[0], year_before[0].replace(day=(span[1] - month).days + 1))
        rows.append(
            {
                "month_on": month,
                "actual": net_revenue(facts, span).value,
                "plan": targets.plan_total(facts.targets, "net_revenue", *span, daily(facts)),
                "previous_year": net_revenue(facts, year_before).value,
            }
        )
    kinds = {"month_on": pl.Date, "actual": pl.Int64, "plan": pl.Int64, "previous_year": pl.Int64}
    return pl.DataFrame(rows, schema=kinds)


def _months(start: date, end: date) -> list[date]:
    months = [start]
    while add_months(months[-1], 1) < end:
        months.append(add_months(months[-1], 1))
    return months
