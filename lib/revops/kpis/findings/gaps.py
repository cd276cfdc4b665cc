"""Causes in the data themselves, looked for before any of the business: what is missing, late, or there twice."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from revops.holidays import working_days
from revops.ingest.silence import DAYS, rhythms
from revops.kpis import headline, targets
from revops.kpis.facts import KEYS, Facts
from revops.kpis.findings.cases import Case, is_in, length
from revops.kpis.pipeline.funnel import inside
from revops.kpis.spans import Span, Spans, back

STEADY = 0.6  # a cell that sold on fewer days is silent often enough by itself
CHANCE = 0.01
LATE_DAYS = 7  # a source that was never silent for longer is steady; an export older than that tells too little


def missing_days(case: Case) -> dict[str, Any] | None:
    """A run of days without any order in the part's channel or region, too long for chance."""
    if case.delta >= 0:
        return None
    wide = {key: case.of(key) for key in KEYS[1:]}
    here = case.facts.days.filter(is_in(wide))
    rows = silent_days(here, case.spans.now, back(case.spans.now[0], 3), KEYS[1:]).sort("silent", descending=True)
    for row in rows.iter_rows(named=True):
        known = shortfall(case.facts, case.spans, {key: row[key] for key in KEYS[1:]})
        if known is None or known >= row["silent"] * row["daily_amount"] / 2:
            return {
                "channel": row["channel"],
                "region": row["region"],
                "days": row["silent"],
                "first_on": row["first_on"],
            }
    return None


def silent_source(case: Case) -> dict[str, Any] | None:
    """A source of the metric's tables that fell silent before the period's end, or that misses a stretch of it.

    One that is silent for weeks at other times, too, must have no row in the period at all.
    """
    for table in (name for name in case.tables if name in DAYS):
        rows = case.facts.scan(table)
        channel = case.of("channel")
        if channel is not None and "channel" in rows.collect_schema().names():
            rows = rows.filter(pl.col("channel") == channel)
        for found in rhythms({table: rows}, case.spans.last_day):
            is_steady = found.gap is not None and found.gap <= LATE_DAYS
            if found.gap is None or not (is_steady or found.last_on < case.spans.now[0]):
                continue  # it is silent for weeks at other times, too
            if found.is_late:
                return {"source": found.source, "first_on": found.last_on + timedelta(days=1), "days": found.behind}
            for first, last in found.holes:
                if first < case.spans.now[1] and last >= case.spans.now[0]:
                    return {"source": found.source, "first_on": first, "days": (last - first).days + 1}
    return None


def late_export(case: Case) -> dict[str, Any] | None:
    """The CRM's last export was made more than a week before the period's last day."""
    end = case.facts.pipeline_end
    if end is None or (case.spans.now[1] - end).days <= LATE_DAYS:
        return None
    return {"made_on": end - timedelta(days=1), "days": (case.spans.now[1] - end).days}


def repeated_orders(case: Case) -> dict[str, Any] | None:
    """Orders that stand twice under different numbers: same instant, channel, region, buyer, and the same goods.

    An import that came in again under another name makes a channel look good.
    """
    if case.delta <= 0:
        return None
    kept = case.facts.scan("orders").filter(inside("ordered_on", *case.spans.now) & ~pl.col("is_cancelled"))
    lines = case.facts.scan("order_lines").group_by("order_id").agg(pl.col("quantity", "net_amount").sum())
    who = ["ordered_at", "channel", "region", "customer_id", "quantity", "line_amount"]
    orders = kept.drop("net_amount").join(lines.rename({"net_amount": "line_amount"}), on="order_id")
    twice = orders.group_by(who).agg(pl.len().cast(pl.Int64).alias("count")).collect(engine="streaming")
    more = case.here(twice).filter(pl.col("count") > 1).select((pl.col("count") - 1).alias("count"), "line_amount")
    amount = int((more["count"] * more["line_amount"]).sum())
    return {"orders": int(more["count"].sum()), "amount": amount} if case.explains(amount) else None


def fewer_days(case: Case) -> dict[str, Any] | None:
    """Fewer days were worked than in the same span of last year: Tết and other holidays lay otherwise."""
    own, week = case.facts.company.calendar, case.facts.company.working_week
    days, before = (working_days(*span, own, week) for span in (case.spans.now, case.spans.previous_year))
    least = 1 if length(case.spans.now) < 28 else 2
    return {"days": days, "days_before": before} if case.delta < 0 and before - days >= least else None


def silent_product(case: Case) -> dict[str, Any] | None:
    """Days on which a product group that usually sells daily in a channel and region sold nothing there."""
    if case.delta >= 0 or any(case.of(key) is None for key in KEYS):
        return None
    rows = silent_days(case.here(case.facts.days), case.spans.now, case.spans.before, KEYS)
    return {"days": rows["silent"][0], "first_on": rows["first_on"][0]} if rows.height else None


def shortfall(facts: Facts, spans: Spans, where: Mapping[str, str | None]) -> int | None:
    """How much less the part brought than its plan, or than last year without a plan; None where neither is known."""
    by = tuple(key for key in KEYS if where.get(key) is not None)
    plan = targets.plan_by(facts.targets, "net_revenue", *spans.now, by, headline.daily(facts)).filter(is_in(where, by))
    actual = int(facts.net_cells(spans.now).filter(is_in(where))["net_amount"].sum())
    if plan.height:
        return int(plan["target"].sum()) - actual
    if not facts.knows(spans.previous_year):
        return None
    return int(facts.net_cells(spans.previous_year).filter(is_in(where))["net_amount"].sum()) - actual


def silent_days(days: pl.DataFrame, now: Span, before: Span, by: Sequence[str]) -> pl.DataFrame:
    """One row per cell of `by` with a run of days without an order that is too long for chance.

    silent: days of the longest run, first_on: its first day, daily_amount: the cell's average net revenue a day
    before. A run of L days is too long where so many days with an average of m orders would show one less than once
    in a hundred times: days × e^(−m × L) < 0.01, and only where the cell sold on `STEADY` of the days before.
    """
    sold = days.filter((pl.col("units") > 0) & pl.all_horizontal(pl.col(name).is_not_null() for name in by))
    usual = (
        sold.filter(inside("period_on", *before))
        .group_by(by)
        .agg(seen=pl.col("period_on").n_unique(), orders=pl.col("orders").sum(), net=pl.col("net_amount").sum())
    )
    rows = []
    for cell in usual.filter(pl.col("seen") >= STEADY * length(before)).sort(by).to_dicts():
        here = sold.filter(pl.all_horizontal(pl.col(name) == cell[name] for name in by))
        first_on, run = _longest_gap(set(here["period_on"]), now)
        chance = length(now) * math.exp(-cell["orders"] / length(before) * run)
        if run >= 2 and chance < CHANCE and first_on is not None:
            keys = {name: cell[name] for name in by}
            rows.append(keys | {"silent": run, "first_on": first_on, "daily_amount": cell["net"] // length(before)})
    kinds: dict[str, Any] = {"silent": pl.Int64, "first_on": pl.Date, "daily_amount": pl.Int64}
    return pl.DataFrame(rows, schema=dict.fromkeys(by, pl.String) | kinds)


def _longest_gap(sold: set[date], now: Span) -> tuple[date | None, int]:
    """First day and length of the longest run of days in the span that are not in `sold`; the earliest of equals."""
    best: tuple[date | None, int] = (None, 0)
    first, run = None, 0
    for n in range(length(now)):
        day = now[0] + timedelta(days=n)
        first, run = (None, 0) if day in sold else (first or day, run + 1)
        if run > best[1]:
            best = (first, run)
    return best
