"""Years before and with detail, as one: the history table serves the days before detailed data begin.

History has no people, so it speaks for the company's totals and for seasonality only.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from revops.periods import Period, add_months
from revops.quota import hierarchy
from revops.quota.bases import REST, Amounts, Base, project, year_amounts
from revops.quota.quotas import Totals
from revops.quota.shape import LEVEL, Shape


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


def month_amounts(days: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """One row per month and product group: `amount`; yearly history rows have no months and stay out."""
    recent = days.select(pl.col("moved_on").dt.truncate("1mo").alias("month_on"), "product_group", "amount")
    monthly = before.filter(pl.col("end_on") <= pl.col("start_on").dt.offset_by("1mo"))
    old = monthly.select(pl.col("start_on").alias("month_on"), "product_group", pl.col("net_amount").alias("amount"))
    both = pl.concat([old, recent]).group_by("month_on", "product_group").agg(pl.col("amount").sum())
    return both.sort("month_on", "product_group", nulls_last=True)


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
    cut: date, shapes: Mapping[str | None, Shape],
) -> Totals:  # fmt: skip
    """The company's years that data cover from their first day; the last is projected, the sum of its people's ends.

    People who left stand with what they sold, revenue that nobody carries is projected by season.
    """
    first = begins(days, before)
    covered = [year for year in years if first is not None and first <= _slack(year.start)]
    amounts = year_amounts(days, years)
    out: dict[str, Amounts] = {}
    for year in covered:
        sums: Amounts = dict(_history_of(before, year))
        for (_, name), groups in amounts.items():
            if name == year.name and year is not years[-1]:
                _add(sums, groups)
        out[year.name] = sums
    last = out.setdefault(years[-1].name, dict(_history_of(before, years[-1])))
    for base in found:
        _add(last, base.projected)
    for groups in others(amounts, found, people, years[-1], cut, shapes).values():
        _add(last, groups)
    return Totals({year.name: dict(sorted(out[year.name].items())) for year in years if year.name in out})


def _slack(start: date) -> date:
    """A year counts as covered when data begin in its first month: shops may sell nothing on the first days."""
    return add_months(start, 1) - timedelta(days=1)


def _history_of(before: pl.DataFrame, year: Period) -> list[tuple[str, int]]:
    inside = before.filter((pl.col("start_on") >= year.start) & (pl.col("end_on") <= year.end))
    return sorted(inside.group_by("product_group").agg(pl.col("net_amount").sum()).iter_rows())


def _add(sums: Amounts, groups: Mapping[str, int]) -> None:
    for group, amount in groups.items():
        sums[group] = sums.get(group, 0) + amount


def others(
    amounts: Mapping[tuple[str | None, str], Amounts], found: Sequence[Base], people: pl.DataFrame, year: Period,
    cut: date, shapes: Mapping[str | None, Shape],
) -> dict[str | None, Amounts]:  # fmt: skip
    """person_id (null: nobody) → product group → the year's end, for all who carry no quota of their own."""
    known = {base.person_id for base in found}
    here = set(hierarchy.on_day(people, cut - timedelta(days=1))["person_id"])
    out: dict[str | None, Amounts] = {}
    for (person, name), groups in amounts.items():
        if name == year.name and person not in known:
            goes_on = person is None or person in here
            whole = shapes.get(None, LEVEL)
            out[person] = {
                group: project(amount, shapes.get(None if group == REST else group, whole), year.start, cut, year.end)
                if goes_on
                else amount
                for group, amount in groups.items()
            }
    return out
