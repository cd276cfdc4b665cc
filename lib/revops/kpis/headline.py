"""The leading metrics of a period: value with its convention, plan, the period before, the year before, thirteen
periods.

What is planned under a metric's own name in the targets is its plan.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from revops.kpis import targets
from revops.kpis.catalogue import declared
from revops.kpis.counting import measure
from revops.kpis.facts import Facts
from revops.kpis.measure import Value
from revops.kpis.spans import Span, Spans, is_whole_months
from revops.money import RATE_SCALE
from revops.periods import add_months

TILES = ("net_revenue", "orders", "web_conversion", "win_rate", "cac", "clv", "service_arr", "service_churn")
METRICS = (*TILES, "aov")
PLANS = {"sum": "sum", "last": "last", "none": "mean"}  # how monthly targets make a longer period's


def values_of(
    facts: Facts, keys: Sequence[str], spans: Sequence[Span], where: Mapping[str, Any] | None = None
) -> dict[tuple[str, Span], Value]:
    """The value of each metric in each span, counted in one pass over the facts; of a plain sum the exact number."""
    found = {}
    for row in measure(facts, keys, spans, (), where).iter_rows(named=True):
        key, value = row["metric"], row["value"]
        if value is not None and row["denominator"] is None and not declared(key).of and declared(key).scale == 1:
            value = row["numerator"]
        elif value is not None and declared(key).kind != "percent" and value == int(value):
            value = int(value)
        found[key, (row["start_on"], row["end_on"])] = Value(value, row["numerator"], row["denominator"], row["reason"])
    return found


def value_of(facts: Facts, key: str, span: Span) -> Value:
    """One metric in one span."""
    return values_of(facts, [key], [span])[key, span]


def begins_on(facts: Facts, key: str) -> date | None:
    """The first month of which all sources of a metric tell something; None where none of them bounds it."""
    days = [table.first(facts) for table in declared(key).fact_tables()]
    return max((day.replace(day=1) for day in days if day is not None), default=None)


def plan_of(facts: Facts, key: str, span: Span) -> float | int | None:
    """The metric's own target in the span: money units, a count, or a share; None where nobody planned it."""
    if key == "service_churn" and not is_whole_months(span):
        return None  # planned by the month, here it is a week's
    found = planned(facts, key, span)
    return found / RATE_SCALE if found is not None and declared(key).kind == "percent" else found


def planned(facts: Facts, key: str, span: Span) -> int | None:
    """The same in the units of the targets: a share in billionths."""
    how = PLANS[declared(key).over_time]
    if how == "sum":
        return targets.plan_total(facts.targets, key, *span, daily(facts))
    return targets.plan_rate(facts.targets, key, *span, last=how == "last")


def headline(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per metric: value, numerator, denominator, reason, plan, previous, previous_year, series, kind,
    better.
    """
    wanted = [*spans.trailing, spans.previous, spans.previous_year]
    values = values_of(facts, METRICS, wanted)
    return pl.DataFrame([_row(facts, spans, key, values) for key in METRICS], schema=_SCHEMA)


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


def _row(facts: Facts, spans: Spans, key: str, values: dict[tuple[str, Span], Value]) -> dict[str, Any]:
    now, one = values[key, spans.now], declared(key)
    series = [values[key, span].value for span in spans.trailing]
    return {
        "metric": key,
        "kind": one.kind,
        "better": one.better,
        "value": now.value,
        "numerator": now.numerator if one.denominator else None,
        "denominator": now.denominator,
        "reason": now.reason,
        "plan": plan_of(facts, key, spans.now),
        "previous": values[key, spans.previous].value,
        "previous_year": values[key, spans.previous_year].value,
        "series": [None if value is None else float(value) for value in series],
    }


def daily(facts: Facts) -> pl.DataFrame:
    """One row per day: net revenue of all cells."""
    return facts.days.group_by("period_on").agg(pl.col("net_amount").sum())


def months_table(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per month of the fiscal year up to the period's end: actual, plan, previous_year (null where
    unknown).
    """
    start, end = spans.to_date
    pairs = [_month_and_before(month, end) for month in _months(start, end)]
    values = values_of(facts, ["net_revenue"], [span for pair in pairs for span in pair])
    rows = [
        {
            "month_on": span[0],
            "actual": values["net_revenue", span].value,
            "plan": targets.plan_total(facts.targets, "net_revenue", *span, daily(facts)),
            "previous_year": values["net_revenue", before].value,
        }
        for span, before in pairs
    ]
    kinds = {"month_on": pl.Date, "actual": pl.Int64, "plan": pl.Int64, "previous_year": pl.Int64}
    return pl.DataFrame(rows, schema=kinds)


def _month_and_before(month: date, end: date) -> tuple[Span, Span]:
    """A month as far as it is known, and as many days of the same month a year before."""
    span = (month, min(end, add_months(month, 1)))
    before = (add_months(month, -12), add_months(month, -11))
    if span[1] < add_months(month, 1):
        before = (before[0], before[0].replace(day=(span[1] - month).days + 1))
    return span, before


def _months(start: date, end: date) -> list[date]:
    months = [start]
    while add_months(months[-1], 1) < end:
        months.append(add_months(months[-1], 1))
    return months
