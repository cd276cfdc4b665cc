"""From lead to customer: conversion by cohort, win rate, stages, days in stage, slippage.

Rows of `opportunities` are one CRM export (snapshot): take the last one at or before the as-of day with
`last_snapshot`. Nothing here knows today: every function is told [start, end).
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.fact_tables import FactTable, events
from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, missing, ratio
from revops.kpis.spans import begins
from revops.periods import add_months, months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts


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


def closed_in(deals: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """The deals won or lost in [start, end), by their actual close."""
    return deals.filter(pl.col("is_closed") & inside("close_on", start, end))


def win_rate(deals: pl.DataFrame, start: date, end: date) -> tuple[Value, Value]:
    """(by count, by amount): won ÷ (won + lost) of the deals closed in [start, end); open deals are left out."""
    closed = closed_in(deals, start, end)
    won = closed.filter("is_won")
    money = [int(frame["amount"].fill_null(0).sum()) for frame in (won, closed)]
    return ratio(won.height, closed.height), ratio(money[0], money[1])


def lead_outcomes(leads: Frame, deals: Frame, window_days: int) -> Frame:
    """One row per month of creation: leads, and those won within `window_days` of the lead's creation."""
    won = opened(deals).filter(nw.col("is_won")).select("opportunity_id", "close_on")
    joined = opened(leads).join(won, on="opportunity_id", how="left")
    limit = nw.col("created_on").dt.offset_by(f"{window_days}d")
    joined = joined.with_columns(
        month_on=nw.col("created_on").dt.truncate("1mo").cast(nw.Date),
        won=nw.when(nw.col("close_on") <= limit).then(nw.lit(1)).otherwise(nw.lit(0)),
    )
    counted = joined.group_by("month_on").agg(nw.len().alias("leads"), nw.col("won").sum().alias("won"))
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


def furthest(history: pl.DataFrame, deals: pl.DataFrame, stages: Sequence[str]) -> pl.DataFrame:
    """The deals with `reached`: the index of the furthest open stage they were in; a won deal passed all of them."""
    order = pl.DataFrame(
        {"stage": list(stages), "index": range(len(stages))}, schema={"stage": pl.String, "index": pl.Int64}
    )
    seen = pl.concat([history.select("opportunity_id", "stage"), deals.select("opportunity_id", "stage")])
    best = seen.join(order, on="stage").group_by("opportunity_id").agg(reached=pl.col("index").max())
    joined = deals.join(best, on="opportunity_id", how="left")
    won = pl.when(pl.col("is_won")).then(len(stages)).otherwise(pl.col("reached").fill_null(0))
    return joined.with_columns(reached=won.cast(pl.Int64))


def stage_table(
    history: pl.DataFrame, deals: pl.DataFrame, stages: Sequence[str], start: date, end: date, baseline_months: int = 12
) -> pl.DataFrame:
    """One row per open stage and one for won.

    reached, resolved and conversion are over the deals closed in [start, end) (nothing of them is open); days_median
    and days_p90 over the `visits` that ended there; baseline_days over those of the `baseline_months` before
    `start`; lost_amount is the value of the deals lost from the stage; open, open_amount and open_days tell of the
    deals that stand there at the end; is_bottleneck marks one stage at most: the highest by lost value and by days ÷
    baseline together.
    """
    far = furthest(history, deals, stages)
    closed = closed_in(far, start, end)
    stays = visits(history, deals)
    rows = [_stage_row(i, stage, closed, stays, deals, start, end, baseline_months) for i, stage in enumerate(stages)]
    won = closed.filter("is_won").height
    rows.append(dict.fromkeys(rows[0]) | {"stage": None, "reached": won, "index": len(stages)} if rows else {})
    table = pl.DataFrame([row for row in rows if row], schema=_STAGE_SCHEMA)
    before = pl.col("reached").shift(1)
    table = table.with_columns(conversion=pl.when(before > 0).then(pl.col("reached") / before))
    return table.with_columns(is_bottleneck=pl.col("index") == (_bottleneck(table) if table.height else -1))


_STAGE_SCHEMA: dict[str, Any] = {
    "index": pl.Int64,
    "stage": pl.String,
    "reached": pl.Int64,
    "visits": pl.Int64,
    "days_median": pl.Float64,
    "days_p90": pl.Float64,
    "baseline_visits": pl.Int64,
    "baseline_days": pl.Float64,
    "lost": pl.Int64,
    "lost_amount": pl.Int64,
    "open": pl.Int64,
    "open_amount": pl.Int64,
    "open_days": pl.Float64,
}


def _stage_row(
    index: int,
    stage: str,
    closed: pl.DataFrame,
    stays: pl.DataFrame,
    deals: pl.DataFrame,
    start: date,
    end: date,
    back: int,
) -> dict[str, Any]:
    here = stays.filter(pl.col("stage") == stage)
    recent = here.filter(inside("left_on", start, end))["days"]
    baseline = here.filter(inside("left_on", add_months(start, -back), start))["days"]
    lost = closed.filter(~pl.col("is_won") & (pl.col("reached") == index))
    standing = open_deals(stays, deals, end).filter(pl.col("stage") == stage)
    return {
        "index": index,
        "stage": stage,
        "reached": closed.filter(pl.col("reached") >= index).height,
        "visits": recent.len(),
        "days_median": recent.median(),
        "days_p90": nearest_rank(recent, 0.9),
        "baseline_visits": baseline.len(),
        "baseline_days": baseline.median(),
        "lost": lost.height,
        "lost_amount": int(lost["amount"].fill_null(0).sum()),
        "open": standing.height,
        "open_amount": int(standing["amount"].fill_null(0).sum()),
        "open_days": standing["age_days"].median(),
    }


def _bottleneck(table: pl.DataFrame) -> int:
    """Index of the stage whose ranks by lost value and by slowing sum to the least; −1 where no stage has both."""
    slowing = pl.col("days_median") / pl.col("baseline_days")
    known = table.filter((pl.col("baseline_days") > 0) & pl.col("days_median").is_not_null()).with_columns(slow=slowing)
    ranked = known.with_columns(
        place=pl.col("lost_amount").rank("min", descending=True) + pl.col("slow").rank("min", descending=True)
    ).sort("place", pl.col("lost_amount") * -1, "index")
    return int(ranked["index"][0]) if ranked.height else -1


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
    """One row per open deal that stands longer in its stage than the stall line: P75 of the days of deals that moved
    on.

    The line comes from visits that ended before `end` and led to a later stage or a win; columns line_days,
    line_visits.
    """
    order = {stage: i for i, stage in enumerate(stages)}
    won = deals.filter("is_won").select("opportunity_id", pl.lit(True).alias("won"))
    last = pl.col("entered_on") == pl.col("entered_on").max().over("opportunity_id")
    moved = stays.filter(pl.col("days").is_not_null() & (pl.col("left_on") < end))
    moved = moved.with_columns(is_last=last).join(won, on="opportunity_id", how="left")
    moved = moved.filter(~pl.col("is_last") | pl.col("won").fill_null(False))
    lines = pl.DataFrame(
        [
            {"stage": name, "line_days": nearest_rank(days, 0.75), "line_visits": days.len()}
            for name, days in _days(moved)
        ],
        schema={"stage": pl.String, "line_days": pl.Float64, "line_visits": pl.Int64},
    )
    standing = open_deals(stays, deals, end).join(lines, on="stage", how="inner")
    return standing.filter((pl.col("age_days") > pl.col("line_days")) & pl.col("stage").is_in(list(order)))


def _days(moved: pl.DataFrame) -> list[tuple[str, pl.Series]]:
    return [(str(key[0]), part["days"]) for key, part in sorted(moved.group_by("stage"), key=lambda item: str(item[0]))]


def sales_cycle(deals: pl.DataFrame, start: date, end: date) -> dict[str, float | int | None]:
    """Days from creation to close of the deals won in [start, end): median, mean, deals; a negative cycle is left
    out.
    """
    won = closed_in(deals, start, end).filter("is_won")
    days = (won["close_on"] - won["created_on"]).dt.total_days()
    days = days.filter(days >= 0)
    return {
        "median": as_float(days.median()),
        "mean": as_float(days.mean()),
        "deals": days.len(),
        "left_out": won.height - days.len(),
    }


def as_float(value: Any) -> float | None:
    """A polars aggregate as a float, null stays null."""
    return None if value is None else float(value)


def slippage(opportunities: pl.DataFrame, start: date, end: date) -> dict[str, Any]:
    """Deals that were due in [start, end) at its start and are due later at its end, by two CRM exports.

    due, slipped (counts), due_amount, slipped_amount, share; all null with a reason where an export is missing.
    """
    days = opportunities["snapshot_on"].unique().sort()
    before, after = days.filter(days <= start), days.filter((days > start) & (days <= end))
    if before.is_empty() or after.is_empty():
        keys = ("due", "slipped", "due_amount", "slipped_amount", "share")
        return dict.fromkeys(keys) | {"reason": "no_history" if days.len() else "no_source"}
    old = opportunities.filter(
        (pl.col("snapshot_on") == before[-1]) & ~pl.col("is_closed") & inside("close_on", start, end)
    )
    new = opportunities.filter(pl.col("snapshot_on") == after[-1]).select("opportunity_id", "is_closed", now="close_on")
    due = old.drop("is_closed").join(new, on="opportunity_id", how="left")
    late = due.filter(~pl.col("is_closed") & (pl.col("now") >= end))
    money = [int(frame["amount"].fill_null(0).sum()) for frame in (due, late)]
    share = ratio(late.height, due.height)
    return {
        "due": due.height,
        "slipped": late.height,
        "due_amount": money[0],
        "slipped_amount": money[1],
        "share": share.value,
        "reason": share.reason,
    }


def coverage(open_amount: int, quota_amount: int, won_amount: int) -> Value:
    """Open pipeline due in the period ÷ (quota − won so far); undefined once the quota is met.

    >>> coverage(900, 500, 200).value, coverage(900, 500, 500).reason
    (3.0, 'target_met')
    """
    left = quota_amount - won_amount
    if left <= 0:
        return Value(None, open_amount, left, "target_met")
    return ratio(open_amount, left)


def _closed(facts: "Facts") -> pl.DataFrame:
    """The closed deals of the export in use: deals and money, all and won."""
    closed = facts.deals.filter("is_closed").with_columns(pl.col("amount").fill_null(0), closed=pl.lit(1, pl.Int64))
    won = pl.col("is_won").cast(pl.Int64)
    return closed.with_columns(won=won, won_amount=pl.col("amount") * won)


def _closed_known(facts: "Facts", span: tuple[date, date]) -> str | None:
    """A span after the last export cannot be told."""
    return "no_export" if facts.pipeline_end is not None and span[0] >= facts.pipeline_end else None


FACTS = {
    "closed_deals": FactTable(
        ("opportunities",), ("person_id", "product_group", "region", "lead_source", "account_id", "pipeline"),
        ("closed", "won", "amount", "won_amount"), events(_closed, "close_on"),
        first=lambda facts: begins(facts.deals["created_on"]), known=_closed_known,
    ),
}  # fmt: skip
"""The fact tables that the catalogue's pipeline metrics count."""
