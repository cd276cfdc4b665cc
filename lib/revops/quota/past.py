"""Years before and with detail, as one: the history table serves the days before detailed data begin.

History has no people, so it speaks for the company's totals and for seasonality only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from revops.periods import Period, add_months
from revops.quota import hierarchy
from revops.quota.bases import REST, Amounts, Base, Factor, Shapes, by_factor, project, year_amounts
from revops.quota.shape import LEVEL, Shape, seasonality
from revops.quota.shape.season import Feast


@dataclass(frozen=True)
class Totals:
    """The company's amounts: fiscal year → factor → amount; the last year is the base year, projected."""

    years: Mapping[str, Mapping[Factor, int]]

    def of(self, year: str) -> int:
        """One year, all factors."""
        return sum(self.years[year].values())


def before_detail(history: pl.DataFrame, days: pl.DataFrame, channels: Sequence[str]) -> pl.DataFrame:
    """The rows of `history` that end before the first day of detail, none counted twice.

    Where months and a year cover the same days, the months speak.
    """
    rows = history.filter(pl.col("channel").is_in(list(channels))) if channels else history
    first = days["moved_on"].min() if days.height else None
    if isinstance(first, date):
        rows = rows.filter(pl.col("end_on") <= first.replace(day=1))
    months = rows.filter(pl.col("end_on") <= pl.col("start_on").dt.offset_by("1mo"))
    told = months["start_on"].unique().to_list()
    years = rows.filter(pl.col("end_on") > pl.col("start_on").dt.offset_by("1mo"))
    covered = [
        any(start <= month < end for month in told) for start, end in years.select("start_on", "end_on").iter_rows()
    ]
    return pl.concat([months, years.filter(~pl.Series(covered, dtype=pl.Boolean))]).sort(
        "start_on", "product_group", "channel", "region"
    )


def month_amounts(days: pl.DataFrame, before: pl.DataFrame, factors: Sequence[str]) -> pl.DataFrame:
    """One row per month and cell of `factors`: `amount`; yearly history rows have no months and stay out."""
    recent = days.select(pl.col("moved_on").dt.truncate("1mo").alias("month_on"), *factors, "amount")
    monthly = before.filter(pl.col("end_on") <= pl.col("start_on").dt.offset_by("1mo"))
    old = monthly.select(pl.col("start_on").alias("month_on"), *factors, pl.col("net_amount").alias("amount"))
    both = pl.concat([old, recent]).group_by("month_on", *factors).agg(pl.col("amount").sum())
    return both.sort("month_on", *factors, nulls_last=True)


def shapes_of(
    months: pl.DataFrame, year: Period, factors: Sequence[str], tet: Feast = ()
) -> dict[Factor | None, Shape]:
    """factor → the season of the whole years before `year` that the months cover; the key null: of everything."""
    span = shape_years(months, year)
    named = months.with_columns(pl.col(factors).fill_null(REST))
    shapes: dict[Factor | None, Shape] = {None: _season(months, span, tet)}
    for key, part in named.group_by(factors):
        if REST not in key:
            shapes[key] = _season(part, span, tet)
    return shapes


def _season(months: pl.DataFrame, span: tuple[date, date], tet: Feast) -> Shape:
    return seasonality(months.with_columns(product_group=pl.lit(None, pl.String)), *span, tet)[None]


def shape_years(months: pl.DataFrame, year: Period) -> tuple[date, date]:
    """The whole fiscal years before `year` that the months cover, three at most: [start, end), empty where none."""
    if months.height == 0:
        return year.start, year.start
    first = min(months["month_on"])
    start = year.start
    while start > add_months(year.start, -36) and add_months(start, -12) >= first:
        start = add_months(start, -12)
    return start, year.start


def begins(days: pl.DataFrame, before: pl.DataFrame) -> date | None:
    """The first day that detail or history speaks for; null where there is neither."""
    firsts = [*days["moved_on"].to_list(), *before["start_on"].to_list()]
    return min(firsts) if firsts else None


def year_totals(
    days: pl.DataFrame, before: pl.DataFrame, found: Sequence[Base], people: pl.DataFrame, years: Sequence[Period],
    cut: date, shapes: Shapes, factors: Sequence[str],
) -> Totals:  # fmt: skip
    """The company's years that data cover from their first day; the last is projected, the sum of its people's ends.

    People who left stand with what they sold, revenue that nobody carries is projected by season.
    """
    first = begins(days, before)
    covered = [year for year in years if first is not None and first <= _slack(year.start)]
    amounts = year_amounts(days, years, factors)
    out: dict[str, Amounts] = {}
    for year in covered:
        sums: Amounts = _history_of(before, year, factors)
        for (_, name), parts in amounts.items():
            if name == year.name and year is not years[-1]:
                _add(sums, parts)
        out[year.name] = sums
    last = out.setdefault(years[-1].name, _history_of(before, years[-1], factors))
    for base in found:
        _add(last, base.projected)
    for parts in others(amounts, found, people, years[-1], cut, shapes).values():
        _add(last, parts)
    return Totals({year.name: dict(sorted(out[year.name].items())) for year in years if year.name in out})


def _slack(start: date) -> date:
    """A year counts as covered when data begin in its first month: shops may sell nothing on the first days."""
    return add_months(start, 1) - timedelta(days=1)


def _history_of(before: pl.DataFrame, year: Period, factors: Sequence[str]) -> Amounts:
    inside = before.filter((pl.col("start_on") >= year.start) & (pl.col("end_on") <= year.end))
    sums = by_factor(inside.with_columns(amount=pl.col("net_amount")), [], factors)
    return dict(sums.get((), {}))


def _add(sums: Amounts, parts: Mapping[Factor, int]) -> None:
    for factor, amount in parts.items():
        sums[factor] = sums.get(factor, 0) + amount


def others(
    amounts: Mapping[tuple[str | None, str], Amounts], found: Sequence[Base], people: pl.DataFrame, year: Period,
    cut: date, shapes: Shapes,
) -> dict[str | None, Amounts]:  # fmt: skip
    """person_id (null: nobody) → factor → the year's end, for all who carry no quota of their own."""
    known = {base.person_id for base in found}
    here = set(hierarchy.on_day(people, cut - timedelta(days=1))["person_id"])
    out: dict[str | None, Amounts] = {}
    for (person, name), parts in amounts.items():
        if name == year.name and person not in known:
            goes_on = person is None or person in here
            whole = shapes.get(None, LEVEL)
            out[person] = {
                factor: project(amount, shapes.get(factor, whole), year.start, cut, year.end) if goes_on else amount
                for factor, amount in parts.items()
            }
    return out
