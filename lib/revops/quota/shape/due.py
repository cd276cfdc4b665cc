"""The month weights of one year: by season, working days, pipeline, all alike, or a blend of them.

>>> months = [date(2026, 9, 1), date(2026, 10, 1)]
>>> by_working_days(months)    # 30 days, 4 Sundays, 2 September; 31 days, 4 Sundays
[25, 27]
>>> year_weights({"working_days": 500_000_000, "equal": 500_000_000}, {"working_days": [25, 27], "equal": [1, 1]})
[Fraction(51, 104), Fraction(53, 104)]
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from revops.holidays import WEEK, working_days
from revops.kpis.pipeline.funnel import last_export
from revops.periods import add_months

Weights = Sequence[int | Fraction]


def by_working_days(
    months: Sequence[date],
    own: Mapping[str, Sequence[date]] | None = None,
    week: int = WEEK,
    keeps_tet: bool = True,
) -> list[int]:
    """Days worked in each month: the week's days but Tết and public holidays (half days are whole days).

    `own`: the company's days (company.yaml `calendar`). Where the company does not keep Tết, only the week counts.
    """
    if keeps_tet:
        return [working_days(month, add_months(month, 1), own, week) for month in months]
    return [_weekdays(month, add_months(month, 1), week) for month in months]


def _weekdays(start: date, end: date, week: int) -> int:
    whole, rest = divmod((end - start).days, 7)
    return whole * min(week, 7) + sum((start.weekday() + day) % 7 < week for day in range(rest))


def due_months(opportunities: pl.DataFrame, as_of: date, by: str = "product_group") -> dict[Any, dict[date, Fraction]]:
    """Value of `by` → month → amount of the open deals due in it × the win rate; null for all together.

    The last export up to `as_of` speaks: deals open in it, at the share in money of those closed in it and won, each
    value's own where it closed any. Deals without an amount count nothing.
    """
    last = last_export(opportunities, as_of).filter(pl.col("amount") > 0)
    rates = {value: _win_rate(part) for (value,), part in last.group_by(by)}
    whole = _win_rate(last) or Fraction(1)
    open_deals = last.filter(~pl.col("is_closed")).group_by(by, pl.col("close_on").dt.truncate("1mo"))
    found: dict[Any, dict[date, Fraction]] = {None: {}}
    for value, month, amount in open_deals.agg(pl.col("amount").sum()).sort(by, "close_on").iter_rows():
        likely = amount * (rates[value] or whole)
        for key in {value, None}:
            own = found.setdefault(key, {})
            own[month] = own.get(month, Fraction(0)) + likely
    return found


def _win_rate(deals: pl.DataFrame) -> Fraction | None:
    """Won ÷ closed in money; undefined where nothing closed."""
    closed = deals.filter("is_closed")
    whole = int(closed["amount"].sum())
    return Fraction(int(closed.filter("is_won")["amount"].sum()), whole) if whole else None


def by_pipeline(months: Sequence[date], due: Mapping[date, int | Fraction], season: Weights) -> list[Fraction]:
    """The months up to the last in which a deal is due share what the season gives them by what is due in each.

    The months beyond the pipeline have the season's own weight; so have all where no deal is due in the year.

    >>> by_pipeline([date(2027, m, 1) for m in (1, 2, 3)], {date(2027, 2, 1): 30}, [1, 3, 4])
    [Fraction(0, 1), Fraction(4, 1), Fraction(4, 1)]
    """
    amounts = [due.get(month, 0) for month in months]
    known = max((place + 1 for place, amount in enumerate(amounts) if amount), default=0)
    ours = sum(season[:known], Fraction(0))
    parts = [ours * Fraction(amount) / Fraction(sum(amounts)) for amount in amounts[:known]]
    return parts + [Fraction(weight) for weight in season[known:]]


def year_weights(how: Mapping[str, int], parts: Mapping[str, Weights]) -> list[Fraction]:
    """The blend of month weights: each way's shares of the year × its part of the blend (`how`, billionths).

    A way whose weights are all zero counts as all months alike.
    """
    whole = sum(how.values())
    blend = [Fraction(0)] * len(next(iter(parts.values())))
    for key, part in how.items():
        weights = parts[key] if any(parts[key]) else [1] * len(blend)
        blend = [
            have + Fraction(part, whole) * weight / sum(weights) for have, weight in zip(blend, weights, strict=True)
        ]
    return blend
