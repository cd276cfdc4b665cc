"""Stages of the funnel: who came to each, who moved on, how long it takes, where deals are lost.

A deal came to a stage on the first day that it stood in it or in a later one: a stage that was skipped was passed. It
moved on from a stage if it came further or was won; it was lost from the furthest stage that it came to, whatever the
last row of its history says. What does neither is open and stands apart:

    conversion = moved on ÷ (moved on + lost), of the deals that came to the stage in the span

Of 100 that came to a stage 60 moved on; of these 24, then 12: .6, .4, .5 (tests/kpis/test_stages.py). Days of a stage
are all its visits of a deal together; those still standing there count as running (`survival`).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis import survival
from revops.kpis.frames import Frame, day_number, native, opened, typed
from revops.kpis.measure import ratio
from revops.kpis.pipeline.funnel import open_deals, stall_lines, visits
from revops.periods import add_months

LUCK = 20  # cases below which a figure may be chance, and says so
CUTS = ("person_id", "region", "product_group", "lead_source")
COUNTS = ("entered", "moved", "lost", "open")
STAY_SCHEMA: dict[str, Any] = {
    "opportunity_id": nw.String, "index": nw.Int64, "stage": nw.String, "entered_on": nw.Date, "closed_on": nw.Date,
    **dict.fromkeys(COUNTS, nw.Int64), "is_won": nw.Boolean, "amount": nw.Int64, "days": nw.Int64,
    "running": nw.Int64, **dict.fromkeys(CUTS, nw.String),
}  # fmt: skip


def stays(history: Frame, deals: Frame, stages: Sequence[str], end: date) -> Frame:
    """One row per deal and open stage that it came to or passed, as known before `end`.

    entered is 1, one of moved, lost and open is 1; `days` is what its visits took together (null: passed over),
    `running` 1 where it stands there still; `closed_on` is null while the deal is open. Lazy, the same on every engine.
    """
    named = stages or [""]  # without stages: no rows, with all columns
    deal = opened(deals).join(_seen(history, deals, named, end), on="opportunity_id", how="left")
    deal = deal.with_columns(reached=_reached(named), closed_on=nw.when(nw.col("is_closed")).then(nw.col("close_on")))
    rows = nw.concat([_came_to(deal, i, stage, named) for i, stage in enumerate(named)], how="vertical")
    return native(rows if stages else rows.filter(nw.col("index") < 0))


def _seen(history: Frame, deals: Frame, stages: Sequence[str], end: date) -> Any:
    """One row per deal with a history: `seen`, its furthest place there, and of each place the first day that it stood
    there or later, the days of all visits together (null: none) and whether one is running.
    """
    marked: dict[str, Any] = {}
    counted = ~nw.col("days").is_null()
    for i in range(len(stages)):
        here = (nw.col("index") == i) & counted
        marked[_mark("on", i)] = nw.when(nw.col("index") >= i).then(nw.col("entered_on"))
        marked[_mark("days", i)] = nw.when(here).then(nw.col("days"))
        marked[_mark("running", i)] = nw.when(here).then(nw.col("running"))
    rows = _visits(history, deals, stages, end).with_columns(**marked)
    least = [nw.col(name).min() for name in marked if name.startswith("on")]
    sums = [nw.col(name).sum() for name in marked if name.startswith("days")]
    most = [nw.col(name).max() for name in marked if name.startswith("running")]
    return rows.group_by("opportunity_id").agg(nw.col("index").max().alias("seen"), nw.len().alias("visits"),
                                               *least, *sums, *most)  # fmt: skip


def _visits(history: Frame, deals: Frame, stages: Sequence[str], end: date) -> Any:
    """One row per visit: its place, entered_on, days and running; the days of a negative visit are null."""
    rows, last = opened(history).with_columns(index=_place(stages)), nw.lit(end - timedelta(days=1)).cast(nw.Date)
    ends = opened(deals).filter(nw.col("is_closed")).select("opportunity_id", until_on="close_on")
    ended = rows.filter(~nw.col("left_on").is_null()).with_columns(until_on=nw.col("left_on"), running=nw.lit(0))
    standing = rows.filter(nw.col("left_on").is_null()).join(ends, on="opportunity_id", how="left")
    standing = standing.with_columns(
        running=_one(nw.col("until_on").is_null()), until_on=nw.col("until_on").fill_null(last)
    )
    names = ("opportunity_id", "index", "entered_on", "until_on", "running")
    both = nw.concat(
        [part.select(*names[:4], nw.col("running").cast(nw.Int64)) for part in (ended, standing)], how="vertical"
    )
    days = day_number("until_on") - day_number("entered_on")
    return both.with_columns(days=nw.when(days >= 0).then(days))


def _reached(stages: Sequence[str]) -> Any:
    """The furthest place of a deal: len(stages) for a won one; where it stands for an open one without a history."""
    bare = nw.when(nw.col("visits").is_null() & ~nw.col("is_closed")).then(_place(stages))
    far = nw.max_horizontal(nw.col("seen"), bare, nw.lit(0).cast(nw.Int64))
    return nw.when(nw.col("is_won")).then(nw.lit(len(stages)).cast(nw.Int64)).otherwise(far)


def _came_to(deal: Any, place: int, stage: str, stages: Sequence[str]) -> Any:
    """The deals that came to one stage or passed it: when, how far they came in the end, how long they stood in it."""
    here = deal.filter(nw.col("reached") >= place)
    is_lost = nw.col("is_closed") & ~nw.col("is_won")
    won = nw.when(nw.col("is_won")).then(nw.col("close_on"))
    begun = nw.col("created_on") if place == 0 else _bare(place, stages)
    rows = here.with_columns(
        index=nw.lit(place),
        stage=nw.lit(stage),
        entered_on=nw.min_horizontal(nw.col(_mark("on", place)), begun, won),
        entered=nw.lit(1),
        moved=_one(nw.col("reached") > place),
        lost=_one(is_lost & (nw.col("reached") == place)),
        days=nw.when(~nw.col(_mark("running", place)).is_null()).then(nw.col(_mark("days", place))),
        running=nw.col(_mark("running", place)).fill_null(0),
        amount=nw.col("amount").fill_null(0),
    )
    rows = rows.with_columns(open=nw.lit(1) - nw.col("moved") - nw.col("lost"))
    return typed(rows, STAY_SCHEMA)


def _bare(place: int, stages: Sequence[str]) -> Any:
    """The day on which an open deal without a history came to a place: that of its creation."""
    is_bare = nw.col("visits").is_null() & ~nw.col("is_closed")
    return nw.when(is_bare & (_place(stages) >= place)).then(nw.col("created_on"))


def _mark(what: str, place: int) -> str:
    return f"{what}_{place}"


def _one(condition: Any) -> Any:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _place(stages: Sequence[str]) -> Any:
    """The place of a stage in the funnel; null for one that is not of it."""
    found: Any = nw.lit(None).cast(nw.Int64)
    for i, stage in enumerate(stages):
        found = nw.when(nw.col("stage") == stage).then(nw.lit(i).cast(nw.Int64)).otherwise(found)
    return found


def stage_cube(stood: Frame, start: date, end: date, baseline_months: int = 12) -> Frame:
    """The stays counted: one row per stage, days, fate, and whether entry and close lie `now` or `before`.

    now is [start, end), before the `baseline_months` up to `start`; anything else is null. deals and amount add up;
    closed is 1 for a deal that was won or lost.
    """
    back = add_months(start, -baseline_months)
    rows = opened(stood).with_columns(
        entry=_when("entered_on", start, end, back),
        close=_when("closed_on", start, end, back),
        deals=nw.lit(1),
        closed=nw.when(nw.col("closed_on").is_null()).then(nw.lit(0)).otherwise(nw.lit(1)),
    )
    keys = ["index", "stage", "entry", "close", "days", "running", "moved", "lost", "open", "closed", "is_won"]
    summed = rows.group_by(*keys).agg(nw.col("deals").sum(), nw.col("amount").sum())
    return native(summed.select(*keys, *(nw.col(name).cast(nw.Int64) for name in ("deals", "amount"))))


def _when(column: str, start: date, end: date, back: date) -> Any:
    day = nw.col(column)
    before = nw.when((day >= back) & (day < start)).then(nw.lit("before"))
    return nw.when((day >= start) & (day < end)).then(nw.lit("now")).otherwise(before)


def stage_table(
    history: pl.DataFrame, deals: pl.DataFrame, stages: Sequence[str], start: date, end: date, baseline_months: int = 12
) -> pl.DataFrame:
    """One row per open stage and one for won (stage null, entered: won in the span).

    entered, moved, dropped, still and conversion are those of deals that came to the stage in [start, end); days_* and
    visits are their days in it; baseline_* those of deals that came in the `baseline_months` before. lost and
    lost_amount are the deals closed in [start, end) that were lost from the stage. open_* tell of the deals that stand
    there at the end. line_days is the stall line (`funnel.stall_lines`); beyond_* and within_* are the
    closed deals that took longer than it, or not. At most one stage is_bottleneck: the highest by lost value and by
    median ÷ baseline together; could_be_luck where either median rests on fewer than 20.
    """
    stood = stays(history, deals, stages, end)
    cube = stage_cube(stood, start, end, baseline_months)
    stayed = visits(history, deals)
    standing, lines = open_deals(stayed, deals, end), stall_lines(stayed, deals, end)
    rows = [
        _row(i, cube.filter(pl.col("stage") == name), standing, name)
        | _line(cube.filter(pl.col("stage") == name), lines.filter(pl.col("stage") == name))
        for i, name in enumerate(stages)
    ]
    won = deals.filter("is_won" & pl.col("close_on").is_between(start, end, closed="left")).height
    if rows:
        rows.append(dict.fromkeys(rows[0]) | {"index": len(stages), "entered": won})
    table = pl.DataFrame(rows, schema=TABLE_SCHEMA)
    slow = bottleneck(table)
    few = (pl.col("ended") < LUCK) | (pl.col("baseline_visits") < LUCK)
    return table.with_columns(is_bottleneck=pl.col("index") == (-1 if slow is None else slow), could_be_luck=few)


TABLE_SCHEMA: dict[str, Any] = {
    "index": pl.Int64, "stage": pl.String, "entered": pl.Int64, "moved": pl.Int64, "dropped": pl.Int64,
    "still": pl.Int64, "conversion": pl.Float64, "ended": pl.Int64, "running": pl.Int64, "days_median": pl.Int64,
    "days_p75": pl.Int64, "days_p90": pl.Int64, "days_longest": pl.Int64, "baseline_visits": pl.Int64,
    "baseline_days": pl.Int64, "lost": pl.Int64, "lost_amount": pl.Int64, "open": pl.Int64, "open_amount": pl.Int64,
    "open_days": pl.Float64, "line_days": pl.Int64, "line_visits": pl.Int64, "beyond_closed": pl.Int64,
    "beyond_won": pl.Int64, "within_closed": pl.Int64, "within_won": pl.Int64,
}  # fmt: skip


def _row(index: int, here: pl.DataFrame, standing: pl.DataFrame, stage: str) -> dict[str, Any]:
    now, before = (here.filter(pl.col("entry") == name) for name in ("now", "before"))
    lost = here.filter((pl.col("close") == "now") & (pl.col("lost") == 1))
    moved, dropped, still = (_deals(now.filter(pl.col(name) == 1)) for name in ("moved", "lost", "open"))
    lives, past = survival.curve(lengths(now)), survival.curve(lengths(before))
    there = standing.filter(pl.col("stage") == stage)
    ages = there["age_days"].median()
    return {
        "index": index, "stage": stage, "entered": _deals(now), "moved": moved, "dropped": dropped, "still": still,
        "conversion": ratio(moved, moved + dropped).value,
        "ended": int(lengths(now)["ended"].sum()), "running": int(lengths(now)["running"].sum()),
        "days_median": survival.lasting(lives, 0.5), "days_p75": survival.lasting(lives, 0.75),
        "days_p90": survival.lasting(lives, 0.9), "days_longest": now["days"].max(),
        "baseline_visits": int(lengths(before)["ended"].sum()), "baseline_days": survival.lasting(past, 0.5),
        "lost": _deals(lost), "lost_amount": int(lost["amount"].sum()),
        "open": there.height, "open_amount": int(there["amount"].fill_null(0).sum()),
        "open_days": None if ages is None else float(ages),  # type: ignore[arg-type]
    }  # fmt: skip


def lengths(cube: pl.DataFrame) -> pl.DataFrame:
    """The days of stays as `survival` reads them: days, ended, running; what was passed over took none."""
    stood = cube.filter(pl.col("days").is_not_null())
    runs = pl.col("deals") * pl.col("running")
    return stood.select("days", ended=pl.col("deals") - runs, running=runs)


def _line(here: pl.DataFrame, lines: pl.DataFrame) -> dict[str, Any]:
    """The stall line of one stage, and the wins of the closed deals beyond and within it."""
    line = int(lines["line_days"][0]) if lines.height else None
    row: dict[str, Any] = {"line_days": line, "line_visits": int(lines["line_visits"].sum())}
    closed = here.filter((pl.col("closed") == 1) & pl.col("days").is_not_null())
    for name, part in (("beyond", pl.col("days") > (line or 0)), ("within", pl.col("days") <= (line or 0))):
        side = closed.filter(part) if line is not None else closed.clear()
        row |= {f"{name}_closed": _deals(side), f"{name}_won": _deals(side.filter("is_won"))}
    return row


def _deals(rows: pl.DataFrame) -> int:
    return int(rows["deals"].sum())


def bottleneck(table: pl.DataFrame) -> int | None:
    """Place of the stage whose ranks by lost value and by slowing sum to the least; None where no stage has both.

    Where less than half have left the stage its median is longer than anything seen: the longest stay stands for it.
    """
    days = pl.coalesce("days_median", "days_longest")
    known = table.filter((pl.col("baseline_days") > 0) & days.is_not_null())
    ranked = known.with_columns(
        place=pl.col("lost_amount").rank("min", descending=True)
        + (days / pl.col("baseline_days")).rank("min", descending=True)
    ).sort("place", pl.col("lost_amount") * -1, "index")
    return int(ranked["index"][0]) if ranked.height else None
