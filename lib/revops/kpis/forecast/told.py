"""Forecasts as they were told month after month, kept in the company's record, against what came.

A run keeps the outlook of its last day for the next LEADS months; later runs read what was kept before their own day. A
forecast is frozen then: nobody can improve it afterwards. Where nothing was kept, the rolling origin of today's outlook
stands instead (`outlook.accuracy`), and the page says so.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from revops.kpis.fact_tables import FactTable, flow
from revops.kpis.facts import KEYS
from revops.kpis.forecast import outlook as months_ahead
from revops.kpis.forecast.backtest import wape
from revops.kpis.forecast.extrapolate import YEAR
from revops.kpis.forecast.outlook import ACCURACY, SCHEMA, Outlook
from revops.kpis.spans import Span
from revops.periods import months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

NAME = "forecasts"
LEADS = 6
KEY = ["metric", "level", *KEYS, "month_on"]


class Told(dy.Schema):
    """One row per period that told it, metric, node and month to come: what was told, before the month began."""

    period = dy.String(description="the period whose run told it")
    made_on = dy.Date(description="its as-of day")
    metric = dy.String(description="key of the metric")
    level = dy.String(description="total, or the dimension that is named")
    product_group = dy.String(nullable=True, description="product group; null: all")
    channel = dy.String(nullable=True, description="channel; null: all")
    region = dy.String(nullable=True, description="region; null: all")
    month_on = dy.Date(description="first day of the month that was forecast")
    lead = dy.Int64(description="months ahead; 1: the month after the last known one")
    forecast = dy.Int64(description="what was expected")
    low = dy.Int64(nullable=True, description="lower end of the 80 % interval; null: too few past errors")
    high = dy.Int64(nullable=True, description="upper end of it")
    method = dy.String(description="how the node's own series was carried forward")


def to_keep(outlooks: Sequence[Outlook]) -> pl.DataFrame:
    """The rows that a run keeps: the next LEADS months of the total and of each value of each dimension."""
    rows = pl.concat([pl.DataFrame(schema=SCHEMA), *(outlook.rows() for outlook in outlooks)])
    return rows.filter((pl.col("level") != "cell") & (pl.col("lead") <= LEADS))


def came(kept: pl.DataFrame, outlook: Outlook) -> pl.DataFrame:
    """The kept rows of the outlook's metric whose month has come, with `actual` and `year_before` (null: not known).

    A node that is unknown today has none.
    """
    past = outlook.trial.past
    mine = kept.filter((pl.col("metric") == outlook.metric) & (pl.col("month_on") < past.month(past.length)))
    places = {(level, *(node[name] for name in KEYS)): i
              for i, (node, level) in enumerate(zip(outlook.nodes, outlook.levels, strict=True))}  # fmt: skip
    sides: list[tuple[int | None, int | None]] = []
    for month, *node in mine.select("month_on", "level", *KEYS).iter_rows():
        row, column = places.get(tuple(node)), len(months_between(past.first, month))
        if row is None or month < past.first:
            sides.append((None, None))
        else:
            sides.append((outlook.known(row, column), outlook.known(row, column - YEAR)))
    told = mine.with_columns(
        actual=pl.Series([now for now, _ in sides], dtype=pl.Int64),
        year_before=pl.Series([before for _, before in sides], dtype=pl.Int64),
    )
    return told.drop_nulls("actual")


def fared(rows: pl.DataFrame) -> pl.DataFrame:
    """One row by ACCURACY per node and lead of `came`: how the kept forecasts fared."""
    found = []
    for (metric, level, *names, lead), part in rows.group_by("metric", "level", *KEYS, "lead", maintain_order=True):
        drawn = part.drop_nulls("low")
        hits = drawn.filter(pl.col("actual").is_between(pl.col("low"), pl.col("high"))).height
        node = dict(zip(KEYS, names, strict=True))
        before = None if part["year_before"].null_count() else part["year_before"].to_list()
        told = months_ahead.told_row(
            str(metric), str(level), node, "kept", int(str(lead)), part["actual"].to_list(), part["forecast"].to_list(),
            naive=None if before is None else wape(part["actual"].to_list(), before),
            hits=hits, judged=drawn.height, method=part["method"][-1],
        )  # fmt: skip
        found.append(told)
    return pl.DataFrame(found, schema=ACCURACY).sort("metric", "level", *KEYS, "lead", nulls_last=False)


def _month_ahead(facts: "Facts", spans: Sequence[Span]) -> Any:
    """One row per month that the rolling origin judged a month ahead: actual, error and absolute error."""
    outlook = months_ahead.net_revenue(facts, facts.end)
    rows = [] if outlook is None else _judged(outlook)
    kinds: dict[str, Any] = {"month_on": pl.Date} | dict.fromkeys(SUMS, pl.Int64)
    return flow(pl.DataFrame(rows, schema=kinds).lazy(), "month_on", spans)


def _judged(outlook: Outlook) -> list[dict[str, Any]]:
    """The months that were forecast a month ahead and have come."""
    rows = []
    for place, known in enumerate(outlook.trial.origins[:-1]):
        actual, told = (round(float(side[place, 0, 0])) for side in (outlook.trial.came, outlook.told))
        rows.append({"month_on": outlook.trial.past.month(known), "actual_amount": actual,
                     "error_amount": told - actual, "absolute_error_amount": abs(told - actual)})  # fmt: skip
    return rows


SUMS = ("actual_amount", "error_amount", "absolute_error_amount")
FACTS = {"forecasts": FactTable(("orders", "history"), (), SUMS, _month_ahead)}
"""The fact table that the catalogue's accuracy metrics count."""
