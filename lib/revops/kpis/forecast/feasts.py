"""What Tết makes of months: it moves between 21 January and 20 February, and what is sold around it moves along.

Each day's distance to Tết has a weight: revenue of the days at that distance ÷ the daily level of the weeks before and
after, over all Tết seasons known. A month's factor is the mean weight of its days; 1 without a whole season known.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import polars as pl

from revops.holidays import AROUND, days_to_tet, tet
from revops.periods import add_months

LEVEL = 45  # days before and after the season from which a year's daily level is taken


def tet_factors(days: pl.DataFrame, first: date, months: int) -> Callable[[date], list[float]]:
    """The factors of `months` months from the first one on, by what was known before a day.

    `days`: period_on, net_amount; several rows a day are added up.
    """
    daily = dict(days.group_by("period_on").agg(pl.col("net_amount").sum()).iter_rows())

    @cache
    def known_before(end: date) -> list[float]:
        weights = day_weights({day: amount for day, amount in daily.items() if day < end})
        return [_month_factor(add_months(first, place), weights) for place in range(months)]

    return known_before


def day_weights(daily: dict[date, int]) -> dict[int, float]:
    """The weight of each number of days to Tết (above 0: before it); {} without a whole season.

    >>> season = {date(2026, 2, 17) + timedelta(days): 100 for days in range(-90, 76)}
    >>> weights = day_weights(season | {date(2026, 2, 17): 0, date(2026, 2, 10): 200})
    >>> weights[0], weights[7], weights[8]
    (0.0, 2.0, 1.0)
    """
    if not daily:
        return {}
    begin, end = min(daily), max(daily)
    before, after = AROUND
    wide = timedelta(before + LEVEL), timedelta(after + LEVEL)
    years = [y for y in range(begin.year, end.year + 1) if begin <= tet(y) - wide[0] and tet(y) + wide[1] <= end]
    apart = [*range(-before - LEVEL, -before), *range(after + 1, after + LEVEL + 1)]
    around = [tet(year) + timedelta(step) for year in years for step in apart]
    level = sum(daily.get(day, 0) for day in around) / max(1, len(around))
    if level <= 0:
        return {}
    return {step: sum(daily.get(tet(year) - timedelta(step), 0) for year in years) / (level * len(years))
            for step in range(-after, before + 1)}  # fmt: skip


def _month_factor(month: date, weights: dict[int, float]) -> float:
    days = (add_months(month, 1) - month).days
    return sum(weights.get(days_to_tet(month + timedelta(day)), 1.0) for day in range(days)) / days
