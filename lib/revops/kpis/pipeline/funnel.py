"""From lead to customer: conversion by cohort, win rate, sales cycle, deals that stand still, slippage.

Rows of `opportunities` are one CRM export (snapshot): take the last one at or before the as-of day with
`last_snapshot`. Nothing here knows today: every function is told [start, end).
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, missing, ratio
from revops.periods import add_months, months_between


def inside(column: str, start: date, end: date) -> pl.Expr:
    """Whether a day lies in [start, end)."""
    return pl.col(column).is_between(start, end, closed="left")


def last_snapshot(opportunities: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per opportunity: the last export dated before `end`; the first export where all are later."""
    days = opportunities["snapshot_on"].unique().sort()
    if days.is_empty():
        return opportunities
    past = days.filter(days < end)
    return opportunities.filter(pl.col("snapshot_on") == (past[-1] if past.len() else days[0]))


def last_export(opportunities: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The deals as the last export up to `as_of` knows them; no rows where all are later."""
    known = opportunities.filter(pl.col("snapshot_on") <= as_of)
    return known.filter(pl.col("snapshot_on") == pl.col("snapshot_on").max())


def closed_in(deals: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """The deals won or lost in [start, end), by their actual close."""
    return deals.filter(pl.col("is_closed") & inside("close_on", start, end))


def win_rate(deals: pl.DataFrame, start: date, end: date) -> tuple[Value, Value]:
    """(by count, by amount): won ÷ (won + lost) of the deals closed in [start, end); open deals are left out."""
    closed = closed_in(deals, start, end)
    won = closed.filter("is_won")
    money = [int(frame["amount"].fill_null(0).sum()) for frame in (won, closed)]
    return ratio(won.height, closed.height), ratio(money[0], money[1])


def won_leads(leads: Frame, deals: Frame, window_days: int) -> Frame:
    """The leads with `leads` (1), `converted` and `won` (0 or 1): became a deal; was won within `window_days` of its
    creation.
    """
    won = opened(deals).filter(nw.col("is_won")).select("opportunity_id", "close_on")
    joined = opened(leads).join(won, on="opportunity_id", how="left")
    limit = nw.col("created_on").dt.offset_by(f"{window_days}d")
    one, none = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
    return native(
        joined.with_columns(
            leads=one,
            converted=nw.when(nw.col("opportunity_id").is_null()).then(none).otherwise(one),
            won=nw.when(nw.col("close_on") <= limit).then(one).otherwise(none),
        )
    )


def lead_outcomes(leads: Frame, deals: Frame, window_days: int) -> Frame:
    """One row per month of creation: leads, and those won within `window_days` of the lead's creation."""
    joined = opened(won_leads(leads, deals, window_days))
    joined = joined.with_columns(month_on=nw.col("created_on").dt.truncate("1mo").cast(nw.Date))
    counted = joined.group_by("month_on").agg(nw.col("leads").sum(), nw.col("won").sum())
    return native(counted.select("month_on", *(nw.col(name).cast(nw.Int64) for name in ("leads", "won"))))


def lead_cohorts(outcomes: pl.DataFrame, end: date, window_days: int, count: int = 13) -> pl.DataFrame:
    """One row per month of the last `count` before `end`: leads, won, share, is_mature (its window has passed).

    A month without leads has a null share. An immature month's share will still rise.
    """
    last = end if end.day == 1 else add_months(end, 1)
    spine = pl.DataFrame({"month_on": months_between(add_months(last, -count), last)}, schema={"month_on": pl.Date})
    full = spine.join(outcomes, on="month_on", how="left").with_columns(pl.col("leads", "won").fill_null(0))
    closes = pl.col("month_on").dt.offset_by("1mo") + timedelta(days=window_days)
    share = pl.when(pl.col("leads") > 0).then(pl.col("won") / pl.col("leads"))
    return full.with_columns(share=share, is_mature=closes <= end).sort("month_on")


def lead_conversion(outcomes: pl.DataFrame, end: date, window_days: int) -> tuple[date | None, Value]:
    """(month, conversion) of the youngest cohort of leads whose window has passed before `end`."""
    rows = lead_cohorts(outcomes, end, window_days).filter(pl.col("is_mature") & (pl.col("leads") > 0))
    if rows.is_empty():
        return None, missing("not_mature" if outcomes.height else "no_source")
    return rows["month_on"][-1], ratio(int(rows["won"][-1]), int(rows["leads"][-1]))


def visits(history: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """One row per visit of a deal to a stage with its days; a closed deal left its last stage when it closed.

    `left_on` stays null, and `days` with it, where the deal is still there. A negative stay is dropped as a data
    fault.
    """
    ends = deals.filter("is_closed").select("opportunity_id", "close_on")
    joined = history.join(ends, on="opportunity_id", how="left")
    left = pl.coalesce("left_on", "close_on")
    joined = joined.with_columns(left_on=left).with_columns(days=(left - pl.col("entered_on")).dt.total_days())
    return joined.filter(pl.col("days").is_null() | (pl.col("days") >= 0)).drop("close_on")


def nearest_rank(values: pl.Series, share: float) -> float | None:
    """The smallest value with at least `share` of the values at or below it; null without values."""
    ordered = values.drop_nulls().sort()
    if ordered.is_empty():
        return None
    return float(ordered[max(0, math.ceil(share * ordered.len()) - 1)])


def open_deals(stays: pl.DataFrame, deals: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per open deal with the stage it stands in and age_days there, as of the last day before `end`.

    Stage and entry come from the deal's last visit; a deal without history counts from its creation.
    """
    last = stays.sort("entered_on", "stage").group_by("opportunity_id", maintain_order=True).last()
    entered = last.select("opportunity_id", "entered_on")
    standing = deals.filter(~pl.col("is_closed")).join(entered, on="opportunity_id", how="left")
    since = pl.coalesce("entered_on", "created_on")
    age = (pl.lit(end - timedelta(days=1)) - since).dt.total_days()
    return standing.with_columns(entered_on=since, age_days=age).sort("opportunity_id")


def stalled(stays: pl.DataFrame, deals: pl.DataFrame, stages: Sequence[str], end: date) -> pl.DataFrame:
    """One row per open deal that stands longer in its stage than its stall line (`stall_lines`)."""
    standing = open_deals(stays, deals, end).join(stall_lines(stays, deals, end), on="stage", how="inner")
    return standing.filter((pl.col("age_days") > pl.col("line_days")) & pl.col("stage").is_in(list(stages)))


def stall_lines(stays: pl.DataFrame, deals: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per stage: line_days, P75 of the days of the visits that ended before `end` and led on or to a win, and
    line_visits, their number.
    """
    won = deals.filter("is_won").select("opportunity_id", pl.lit(True).alias("won"))
    last = pl.col("entered_on") == pl.col("entered_on").max().over("opportunity_id")
    moved = stays.filter(pl.col("days").is_not_null() & (pl.col("left_on") < end))
    moved = moved.with_columns(is_last=last).join(won, on="opportunity_id", how="left")
    moved = moved.filter(~pl.col("is_last") | pl.col("won").fill_null(False))
    return pl.DataFrame(
        [
            {"stage": name, "line_days": nearest_rank(days, 0.75), "line_visits": days.len()}
            for name, days in _days(moved)
        ],
        schema={"stage": pl.String, "line_days": pl.Float64, "line_visits": pl.Int64},
    )


def _days(moved: pl.DataFrame) -> list[tuple[str, pl.Series]]:
    return [(str(key[0]), part["days"]) for key, part in sorted(moved.group_by("stage"), key=lambda item: str(item[0]))]


def sales_cycle(deals: pl.DataFrame, start: date, end: date, *, won: bool = True) -> dict[str, float | int | None]:
    """Days from creation to close of the deals won (or lost) in [start, end): median, mean, deals; a negative cycle
    is left out.
    """
    ended = closed_in(deals, start, end).filter(pl.col("is_won") == won)
    days = (ended["close_on"] - ended["created_on"]).dt.total_days()
    days = days.filter(days >= 0)
    return {
        "median": as_float(days.median()),
        "mean": as_float(days.mean()),
        "deals": days.len(),
        "left_out": ended.height - days.len(),
    }


def as_float(value: Any) -> float | None:
    """A polars aggregate as a float, null stays null."""
    return None if value is None else float(value)


def due_deals(opportunities: pl.DataFrame, start: date, end: date) -> pl.DataFrame | None:
    """One row per deal that was open and due in [start, end) by the last export up to `start`; None without exports.

    slipped: it is still open and due later by the last export up to `end`.
    """
    days = opportunities["snapshot_on"].unique().sort()
    before, after = days.filter(days <= start), days.filter((days > start) & (days <= end))
    if before.is_empty() or after.is_empty():
        return None
    was_open = (pl.col("snapshot_on") == before[-1]) & ~pl.col("is_closed")
    old = opportunities.filter(was_open & inside("close_on", start, end)).drop("is_closed")
    new = opportunities.filter(pl.col("snapshot_on") == after[-1]).select("opportunity_id", "is_closed", now="close_on")
    late = ~pl.col("is_closed") & (pl.col("now") >= end)
    joined = old.join(new, on="opportunity_id", how="left").with_columns(slipped=late.fill_null(False))
    return joined.with_columns(pl.col("amount").fill_null(0)).sort("opportunity_id")


def slippage(opportunities: pl.DataFrame, start: date, end: date) -> dict[str, Any]:
    """Deals that were due in [start, end) at its start and are due later at its end, by two CRM exports.

    due, slipped (counts), due_amount, slipped_amount, share; all null with a reason where an export is missing.
    """
    due = due_deals(opportunities, start, end)
    if due is None:
        keys = ("due", "slipped", "due_amount", "slipped_amount", "share")
        return dict.fromkeys(keys) | {"reason": "no_history" if opportunities.height else "no_source"}
    late = due.filter("slipped")
    share = ratio(late.height, due.height)
    return {
        "due": due.height,
        "slipped": late.height,
        "due_amount": int(due["amount"].sum()),
        "slipped_amount": int(late["amount"].sum()),
        "share": share.value,
        "reason": share.reason,
    }
