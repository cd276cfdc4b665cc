"""Actual against plan and last year by any cut of the product × channel × region cube; the tables the page shows."""

from datetime import date
from typing import Any

import polars as pl

from revops.kpis import customers, recurring, targets
from revops.kpis.catalogue import declared
from revops.kpis.facts import KEYS, Facts
from revops.kpis.headline import daily, values_of
from revops.kpis.pipeline import funnel, stages
from revops.kpis.spans import Span, Spans, wide, year_before
from revops.periods import add_months, fiscal_quarter


def by_cell(facts: Facts, spans: Spans, by: tuple[str, ...] = KEYS) -> pl.DataFrame:
    """One row per cell of `by`: actual, plan, previous_year, delta_plan, delta_plan_share, delta_year_share.

    Null dimensions stand for what carries none, such as a header's rounding. A plan made only for coarser cells is
    no row's plan: it stands in a row of its own whose dimensions are null.
    """
    actual = facts.net_cells(spans.now, by).rename({"net_amount": "actual"})
    plan = targets.plan_by(facts.targets, "net_revenue", *spans.now, by, daily(facts)).rename({"target": "plan"})
    table = actual.join(plan, on=by, how="full", coalesce=True, nulls_equal=True)
    if facts.knows(spans.previous_year):
        past = facts.net_cells(spans.previous_year, by).rename({"net_amount": "previous_year"})
        table = table.join(past, on=by, how="full", coalesce=True, nulls_equal=True)
        table = table.with_columns(pl.col("previous_year").fill_null(0))
    else:
        table = table.with_columns(previous_year=pl.lit(None, dtype=pl.Int64))
    table = table.with_columns(pl.col("actual").fill_null(0))
    if plan.height:
        table = table.with_columns(pl.col("plan").fill_null(0))
    return with_deltas(table).sort(by, nulls_last=True)


def with_deltas(table: pl.DataFrame) -> pl.DataFrame:
    """The same rows with differences; a relative one is null where its reference is not above 0."""
    plan, past = pl.col("plan"), pl.col("previous_year")
    return table.with_columns(
        delta_plan=pl.col("actual") - plan,
        delta_plan_share=pl.when(plan > 0).then((pl.col("actual") - plan) / plan),
        delta_year=pl.col("actual") - past,
        delta_year_share=pl.when(past > 0).then((pl.col("actual") - past) / past),
    )


def summed(table: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """The rows of `by_cell` added up to a coarser cut; a sum of unknowns stays unknown."""
    sums = [pl.when(pl.col(c).is_not_null().any()).then(pl.col(c).sum()) for c in ("actual", "plan", "previous_year")]
    grouped = table.group_by(by).agg(sums) if by else table.select(sums)
    return with_deltas(grouped)


def to_date(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per span from the period to the year to date: span, start_on, end_on, actual, plan, previous_year,
    deltas.
    """
    wider = [(name, span, spans.previous_year if name == "period" else year_before(span))
             for name, span in _growing(spans)]  # fmt: skip
    values = values_of(facts, ["net_revenue"], [span for _, *pair in wider for span in pair])
    rows = [
        {
            "span": name,
            "start_on": span[0],
            "end_on": span[1],
            "actual": values["net_revenue", span].value,
            "plan": targets.plan_total(facts.targets, "net_revenue", *span, daily(facts)),
            "previous_year": values["net_revenue", past].value,
        }
        for name, span, past in wider
    ]
    kinds: dict[str, Any] = {"span": pl.String, "start_on": pl.Date, "end_on": pl.Date}
    return with_deltas(pl.DataFrame(rows, schema=kinds | dict.fromkeys(("actual", "plan", "previous_year"), pl.Int64)))


def _growing(spans: Spans) -> list[tuple[str, Span]]:
    """The period, its quarter to date and its year to date, each that is a longer kind than the period's own."""
    (start, end), year = spans.now, spans.period.fiscal_year.start
    quarter, _ = fiscal_quarter(start, spans.period.fiscal_year_starts)
    wider = [("period", (start, end)), ("quarter", (quarter, end)), ("year", (year, end))]
    longer = {"year": 1, "quarter": 1}.get(spans.period.kind, 2)
    return [row for i, row in enumerate(wider) if row[1][0] < start or i < longer]


TRADE = ("orders", "aov", "retention", "repeat_rate")


def trade(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per small KPI of the page: metric, kind, value, numerator, denominator, reason, previous_year,
    month_on.
    """
    window = facts.company.funnel.lead_window_days
    both = spans.now, spans.previous_year
    values = values_of(facts, TRADE, both)
    rows = [_trade_row(key, declared(key).kind, *(values[key, span] for span in both)) for key in TRADE]
    month, now = funnel.lead_conversion(facts.outcomes, spans.now[1], window)
    _, past = funnel.lead_conversion(facts.outcomes, spans.previous_year[1], window)
    rows.insert(2, _trade_row("lead_conversion", "percent", now, past) | {"month_on": month})
    kinds: dict[str, Any] = {"metric": pl.String, "kind": pl.String, "value": pl.Float64, "numerator": pl.Int64,
                             "denominator": pl.Int64, "reason": pl.String, "previous_year": pl.Float64,
                             "month_on": pl.Date}  # fmt: skip
    return pl.DataFrame([{"month_on": None} | row for row in rows], schema=kinds)


def _trade_row(key: str, kind: str, now: Any, past: Any) -> dict[str, Any]:
    return {
        "metric": key,
        "kind": kind,
        "value": now.value,
        "numerator": now.numerator,
        "denominator": now.denominator,
        "reason": now.reason,
        "previous_year": past.value if past else None,
    }


def stage_table(facts: Facts, spans: Spans) -> pl.DataFrame:
    """`stages.stage_table` of the deals closed in the three months up to what the CRM export in use knows."""
    return stages.stage_table(facts.stages, facts.deals, facts.company.funnel.stages, *deal_span(facts, spans))


def deal_span(facts: Facts, spans: Spans) -> Span:
    """`wide`, up to the last day of which the CRM export in use knows: what came later stands in none of its deals."""
    return wide((spans.now[0], min(spans.now[1], facts.pipeline_end or spans.now[1])))


def mrr_table(facts: Facts, spans: Spans, months: int = 12) -> pl.DataFrame:
    """`recurring.mrr_bridge` of the last months up to the period's end."""
    last = spans.now[1] if spans.now[1].day == 1 else add_months(spans.now[1], 1)
    ends = [add_months(last, -i) for i in range(months, 0, -1)] + [spans.now[1]]
    return recurring.mrr_bridge(facts.subscriptions, ends, recurring.rates_of(facts))


def cohort_table(facts: Facts, spans: Spans, count: int = 12) -> pl.DataFrame:
    """`customers.cohorts.table` up to the period's end."""
    end: date = spans.now[1]
    return customers.cohorts.table(facts.customers, end, count)
