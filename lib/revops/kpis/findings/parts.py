"""Revenue part by part: what each part of the cube was expected to bring, and the narrowest parts that deviate."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import polars as pl

from revops.kpis import headline, targets
from revops.kpis.facts import KEYS, Facts
from revops.kpis.findings import limits
from revops.kpis.revenue import NO_GROUP
from revops.kpis.spans import Span, Spans

_CELLS = dict.fromkeys(KEYS, pl.String) | dict.fromkeys(("net_amount", "target", "at"), pl.Int64)
HELD = 0.8  # a narrower part stands for a wider one when it holds four fifths of its deviation
PAST = {"week": 26, "month": 24, "quarter": 12, "year": 5}  # periods whose residuals make the limits


def expected_cells(facts: Facts, spans: Spans) -> tuple[str, pl.DataFrame]:
    """('plan' or 'usual', rows): one row per period and cell of the cube, net_amount and target; `at` 0 is now.

    Without a plan of cells a cell is expected to bring what it brought a season before × the growth of its product
    group; periods around Tết or with other sale days than a season before are left out.
    """
    stretches = [(p.start, p.end) for p in spans.period.trailing(PAST[spans.period.kind] + 1)[:-1]] + [spans.now]
    days = headline.daily(facts)
    plans = [targets.plan_by(facts.targets, "net_revenue", *span, KEYS, days) for span in stretches]
    plans = [plan.filter(pl.all_horizontal(pl.col(KEYS).is_not_null())) for plan in plans]
    if not plans[-1].height:
        return "usual", usual_cells(facts, spans, stretches)
    frames = []
    for at, (span, plan) in enumerate(zip(reversed(stretches), reversed(plans), strict=True)):
        both = facts.net_cells(span).join(plan, on=KEYS, how="full", coalesce=True).drop_nulls(KEYS)
        if plan.height and facts.knows(span):
            frames.append(both.with_columns(pl.col("net_amount", "target").fill_null(0), at=pl.lit(at, dtype=pl.Int64)))
    return "plan", pl.concat([pl.DataFrame(schema=_CELLS), *frames])


def usual_cells(facts: Facts, spans: Spans, stretches: Sequence[Span]) -> pl.DataFrame:
    """The cells of `expected_cells` where nobody planned: from the same period a season before."""
    frames = []
    for at, span in enumerate(stretches):
        past = _season_before(spans, span)
        if facts.knows(past) and limits.comparable(span, past, facts.company.calendar):
            both = facts.net_cells(span).join(facts.net_cells(past), on=KEYS, how="full", coalesce=True, suffix="_past")
            frames.append(both.drop_nulls(KEYS).with_columns(at=pl.lit(at, dtype=pl.Int64)))
    if not frames:
        return pl.DataFrame(schema=_CELLS)
    cells = pl.concat(frames).with_columns(pl.col("net_amount", "net_amount_past").fill_null(0))
    growth = _carried_growth(cells, len(stretches))
    known = cells.join(growth, on=["product_group", "at"]).drop_nulls("rate")
    target = (pl.col("rate") * pl.col("net_amount_past")).round().cast(pl.Int64)
    return known.select(*KEYS, "net_amount", target=target, at=len(stretches) - 1 - pl.col("at"))


def _carried_growth(cells: pl.DataFrame, count: int) -> pl.DataFrame:
    """One row per product group and period: the growth over its season that the periods before it carry on."""
    sums = cells.group_by("product_group", "at").agg(pl.col("net_amount", "net_amount_past").sum())
    rows = []
    for (group,), part in sums.filter(pl.col("net_amount_past") > 0).group_by("product_group"):
        found = {at: now / past for at, now, past in part.select("at", "net_amount", "net_amount_past").iter_rows()}
        series = limits.carried([1] * count, [found.get(at) for at in range(count)])
        rows += [{"product_group": group, "at": at, "rate": rate} for at, rate in enumerate(series)]
    return pl.DataFrame(rows, schema={"product_group": pl.String, "at": pl.Int64, "rate": pl.Float64})


def _season_before(spans: Spans, span: Span) -> Span:
    if span == spans.now:
        return spans.previous_year
    first = next(p for p in [spans.period, *spans.period.trailing(PAST[spans.period.kind] + 1)] if p.start == span[0])
    return first.previous_year().start, first.previous_year().end


def parts_of(cells: pl.DataFrame) -> pl.DataFrame:
    """All parts of the cells in each period: a product group, alone or with a channel or a region or both (null: all).

    width counts the cells of a part.
    """
    sums, frames = (pl.col("net_amount", "target").sum(), pl.len().cast(pl.Int64).alias("width")), []
    for count in range(3):
        for extra in combinations(KEYS[1:], count):
            frames.append(cells.group_by(KEYS[0], *extra, "at").agg(*sums))
    return pl.concat(frames, how="diagonal").select(*KEYS, "at", "net_amount", "target", "width")


def judged(parts: pl.DataFrame, is_plan: bool) -> pl.DataFrame:
    """The parts of now (`at` 0) that something was expected of: with delta, and is_outside by their own past.

    A plan is a promise: where the past is too short for limits, is_outside is null and the gap is told. What is merely
    usual is no promise: without limits nothing is told.
    """
    sums = (*KEYS, "net_amount", "target")
    past: dict[tuple[Any, ...], list[float | None]] = {}
    for *key, net, target in parts.filter(pl.col("at") > 0).sort("at").select(sums).iter_rows():
        past.setdefault(tuple(key), []).append(limits.residual(net, target))
    now = parts.filter((pl.col("at") == 0) & (pl.col("target") > 0)).drop("at").sort(KEYS, nulls_last=True)
    centre = 0.0 if is_plan else None
    outside = [
        limits.is_outside(limits.residual(net, target), past.get(tuple(key), []), centre=centre)
        for *key, net, target in now.select(sums).iter_rows()
    ]
    delta = pl.col("net_amount") - pl.col("target")
    known = [told if is_plan else bool(told) for told in outside]
    return now.with_columns(delta=delta, is_outside=pl.Series(known, dtype=pl.Boolean))


def unexplained(parts: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """The parts without those whose shortfall is no larger than the revenue of `cells` that may be theirs.

    Revenue that names no product group, channel or region may be of any that its other names allow.
    """
    names = cells.with_columns(product_group=pl.col("product_group").replace(NO_GROUP, None))
    unnamed = names.filter(pl.any_horizontal(pl.col(KEYS).is_null()))
    return (
        parts.filter(
            [part["delta"] >= 0 or -part["delta"] > _may_be_of(part, unnamed) for part in parts.iter_rows(named=True)]
        )
        if unnamed.height
        else parts
    )


def _may_be_of(part: dict[str, Any], unnamed: pl.DataFrame) -> int:
    allowed = [pl.col(key).is_null() | (pl.col(key) == part[key]) for key in KEYS if part[key] is not None]
    return int(unnamed.filter(pl.all_horizontal(allowed))["net_amount"].sum())


def focus(parts: pl.DataFrame, minimum: int, minimum_share: float) -> Iterator[dict[str, Any]]:
    """Parts with a deviation of at least `minimum` and `minimum_share` of their target, the largest first.

    Of parts of one product group that hold at least four fifths of its largest deviation, the narrowest is taken. What
    overlaps with it is then set aside, so no đồng is told twice.
    """
    large = (pl.col("delta").abs() >= minimum) & (pl.col("delta").abs() >= pl.col("target") * minimum_share)
    parts = parts.filter(large & pl.col("is_outside").fill_null(True))
    while parts.height:
        top = parts.sort(pl.col("delta").abs() * -1, "width", *KEYS, nulls_last=True).row(0, named=True)
        held = pl.col("delta") * (1 if top["delta"] > 0 else -1) >= abs(top["delta"]) * HELD
        same = parts.filter((pl.col("product_group") == top["product_group"]) & held)
        narrow = same.sort("width", pl.col("delta").abs() * -1, *KEYS, nulls_last=True).row(0, named=True)
        yield narrow
        shares = [pl.col(key).is_null() | (pl.col(key) == narrow[key]) for key in KEYS if narrow[key] is not None]
        parts = parts.filter(~pl.all_horizontal(shares))
