"""What the open quarter will bring by its deals: booked, weighted, and what has not been created yet.

    booked    won in the quarter so far
    weighted  open deals due before its end × their stage's own win rate (`pipeline.weighted`)
    new       won by the end of past quarters with deals created after the same day of the quarter: the mean of four

Kept CRM exports tell how such forecasts would have fared: each is taken back to its own day.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis import pipeline
from revops.kpis.pipeline import facts as deal_facts
from revops.kpis.pipeline import funnel
from revops.kpis.spans import Span
from revops.money import round_ratio
from revops.periods import add_months, fiscal_quarter

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

QUARTERS = 4  # past quarters that tell what is still to be created
SCHEMA: dict[str, Any] = {
    "known_to": pl.Date, "start_on": pl.Date, "end_on": pl.Date, "booked": pl.Int64, "weighted": pl.Int64,
    "new": pl.Int64, "forecast": pl.Int64, "actual": pl.Int64,
}  # fmt: skip


def outlook(deals: pl.DataFrame, worth: pl.DataFrame, span: Span, known_to: date) -> dict[str, Any]:
    """One row by SCHEMA without `actual`: what is known before `known_to` of the quarter `span`.

    `deals`: the export of the time; `worth`: `pipeline.weighted` of it. `forecast` is null where no past quarter tells
    what is still to be created.
    """
    won = deals.filter("is_won")
    booked = _amount(won.filter(funnel.inside("close_on", span[0], known_to)))
    due = worth.filter(pl.col("close_on") < span[1])
    weighted = int(due["weighted_amount"].sum())
    new = _still_to_come(deals, span, known_to)
    told = None if new is None else booked + weighted + new
    return {"known_to": known_to, "start_on": span[0], "end_on": span[1], "booked": booked, "weighted": weighted,
            "new": new, "forecast": told}  # fmt: skip


def open_quarter(facts: "Facts") -> dict[str, Any] | None:
    """`outlook` of the quarter that is open after the day of the last export; None without one."""
    known_to = facts.pipeline_end
    if known_to is None:
        return None
    worth = pipeline.weighted(facts.deals, deal_facts.stays(facts), known_to)
    return outlook(facts.deals, worth, fiscal_quarter(known_to, facts.company.fiscal_year_starts), known_to)


def tried(facts: "Facts") -> pl.DataFrame:
    """One row by SCHEMA per kept export of a quarter that has ended: what was told on its day and what came."""
    last = facts.pipeline_end
    if last is None:
        return pl.DataFrame(schema=SCHEMA)
    stood, rows = deal_facts.stays(facts), []
    for day in facts.opportunities["snapshot_on"].unique().sort():
        known_to = day + timedelta(days=1)
        span = fiscal_quarter(day, facts.company.fiscal_year_starts)
        if known_to < span[1] <= last:
            deals = funnel.last_snapshot(facts.opportunities, known_to)
            row = outlook(deals, pipeline.weighted(deals, stood, known_to), span, known_to)
            came = facts.deals.filter(pl.col("is_won") & funnel.inside("close_on", *span))
            rows.append(row | {"actual": _amount(came)})
    return pl.DataFrame(rows, schema=SCHEMA)


def _still_to_come(deals: pl.DataFrame, span: Span, known_to: date) -> int | None:
    """The mean, over past quarters, of what deals created after the same day of the quarter had won by its end."""
    first = deals["created_on"].min()
    sums = []
    for back in range(1, QUARTERS + 1):
        start, end = add_months(span[0], -3 * back), add_months(span[1], -3 * back)
        if first is not None and first <= start:  # type: ignore[operator]
            since = min(start + (known_to - span[0]), end)
            late = deals.filter(pl.col("is_won") & funnel.inside("created_on", since, end))
            sums.append(_amount(late.filter(funnel.inside("close_on", start, end))))
    return round_ratio(sum(sums), len(sums)) if sums else None


def _amount(rows: pl.DataFrame) -> int:
    return int(rows["amount"].sum())
