"""Targets against actuals at any grain, without repeating a coarse target over fine rows.

A target row names a product group, a channel and a region, or leaves some of them null: then it covers all of them
together. Where a coarse row and finer rows cover the same thing, the coarse one counts for the total and the finer
ones for the split; nothing is counted twice.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from revops.kpis.measure import Value, ratio
from revops.kpis.pace import last_year
from revops.money import round_ratio
from revops.periods import add_months, months_between

DIMENSIONS = ("product_group", "channel", "region")


def plan_by(
    targets: pl.DataFrame,
    metric: str,
    start: date,
    end: date,
    by: Sequence[str] = (),
    days: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per cell of `by` with `target`: the additive metric's target in [start, end).

    A month that lies in it only in part counts by its share of last year's daily revenue (`days`: period_on,
    net_amount), or by its share of days. What is planned only more coarsely than `by` stands in one row whose
    dimensions are null.
    """
    rows = _in_months(targets, metric, start, end, days)
    fine = _maximal(rows.filter(pl.all_horizontal(pl.col(list(by)).is_not_null())) if by else rows, by)
    cells = fine.group_by(by).agg(pl.col("target").sum()) if by else fine.select(pl.col("target").sum())
    cells = cells.sort(by) if by else cells
    rest = int(_maximal(rows, ())["target"].sum()) - int(cells["target"].sum()) if by else 0
    if rest:
        cells = pl.concat([cells, pl.DataFrame({"target": [rest]})], how="diagonal")
    return cells if rows.height else cells.clear()


def plan_total(
    targets: pl.DataFrame, metric: str, start: date, end: date, days: pl.DataFrame | None = None
) -> int | None:
    """The whole target of an additive metric in [start, end); None where there is none."""
    cells = plan_by(targets, metric, start, end, (), days)
    return int(cells["target"][0]) if cells.height else None


def plan_rate(targets: pl.DataFrame, metric: str, start: date, end: date, *, last: bool = False) -> int | None:
    """The target of a rate or a price: the mean over its months (a plan carries no denominators), or the last
    month's.
    """
    months = months_between(start, end)
    rows = targets.filter((pl.col("metric") == metric) & pl.col("month_on").is_in(months)).filter(
        pl.all_horizontal(pl.col(DIMENSIONS).is_null()) | (pl.len().over("month_on") == 1)
    )
    values = rows.sort("month_on")["target"].to_list()
    if not values:
        return None
    return int(values[-1]) if last else round_ratio(sum(values), len(values))


def attainment(actual: int, target: int | None) -> Value:
    """actual ÷ target; undefined where the target is 0 or there is none.

    >>> attainment(45, 50).value, attainment(45, None).reason
    (0.9, 'no_target')
    """
    if target is None:
        return Value(None, actual, None, "no_target")
    return ratio(actual, target)


def elapsed_share(days: pl.DataFrame | None, month: date, start: date, end: date) -> tuple[int, int]:
    """(weight of the days of `month` in [start, end), weight of all its days): the seasonal share of the month.

    The weights are last year's revenue of the days that sell alike; 1 for each day where last year is not known.
    """
    count = (add_months(month, 1) - month).days
    weights = last_year(days, (month, add_months(month, 1))) or [1] * count
    inside = [weight for i, weight in enumerate(weights) if start <= month + timedelta(days=i) < end]
    return sum(inside), sum(weights)


def _in_months(targets: pl.DataFrame, metric: str, start: date, end: date, days: pl.DataFrame | None) -> pl.DataFrame:
    """The metric's rows of the months of [start, end), those of a partial month reduced to its share."""
    parts = []
    for month in months_between(start, end):
        rows = targets.filter((pl.col("metric") == metric) & (pl.col("month_on") == month))
        if start > month or end < add_months(month, 1):
            part, whole = elapsed_share(days, month, start, end)
            reduced = [round_ratio(target * part, whole) for target in rows["target"]]
            rows = rows.with_columns(target=pl.Series(reduced, dtype=pl.Int64))
        parts.append(rows)
    return pl.concat(parts).select("month_on", *DIMENSIONS, "target") if parts else targets.clear()


def _maximal(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The rows that no coarser row covers, among rows that all name the dimensions of `by`."""
    level = [pl.col(name).is_not_null().cast(pl.Int8) * 2**i for i, name in enumerate(DIMENSIONS)]
    rows = rows.with_columns(level=pl.sum_horizontal(level))
    kept = []
    for (number,), part in sorted(rows.group_by("level")):
        for other in sorted(rows["level"].unique()):
            if other != number and other & number == other:
                coarse = rows.filter(pl.col("level") == other)
                keys = ["month_on", *(name for i, name in enumerate(DIMENSIONS) if other >> i & 1)]
                part = part.join(coarse, on=keys, how="anti")
        kept.append(part)
    return pl.concat(kept) if kept else rows
