"""Customers, sales and market together: by product group and channel, what the three trends advise.

A theme is compared with its market where the market file names it, else with the company as a whole: the last twelve
months against the twelve before. The findings about a theme come with it; their money is never summed.
"""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.commerce import FACTS
from revops.kpis.counting import measure
from revops.kpis.facts import Facts
from revops.kpis.findings.found import Found
from revops.kpis.frames import collected, native, opened
from revops.kpis.measure import growth
from revops.kpis.spans import Span, Spans, back
from revops.money import RATE_SCALE
from revops.periods import add_months

DIMENSIONS = ("product_group", "channel")
LEAST, MOST = 3, 5
ALIKE = 2  # themes told with the same advice: not everything can come first
APART = 0.02  # growths within two points of each other are the same
SCHEMA: dict[str, Any] = {
    "dimension": pl.String, "name": pl.String, "sales": pl.Float64, "buyers": pl.Float64, "market": pl.Float64,
    "moved_amount": pl.Int64, "findings": pl.List(pl.String), "advice": pl.String,
}  # fmt: skip


def themes(facts: Facts, spans: Spans, found: Found, market: Mapping[str | None, int]) -> pl.DataFrame:
    """One row per theme, at most five, those whose revenue moved most first: growths, findings (keys), advice.

    Left out are a third theme of the same advice, a theme whose findings all stand under one before it, and one that
    only moves with its market, unless fewer than three are left. `market` is the yearly growth by product group in
    billionths. No rows where two years are not known.
    """
    end = spans.now[1]
    years = [back(end, 12), back(add_months(end, -12), 12)]
    if not all(facts.knows(year) for year in years):
        return pl.DataFrame(schema=SCHEMA)
    whole = _pair(measure(facts, ["net_revenue"], years), years)
    rows = [row for dimension in DIMENSIONS for row in _rows(facts, years, dimension, found, market, growth(*whole))]
    chosen = list[dict[str, Any]]()
    for row in sorted(rows, key=lambda row: (row["advice"] == "hold", -abs(row["moved_amount"]), row["name"])):
        told = {key for other in chosen for key in other["findings"]}
        alike = sum(other["advice"] == row["advice"] for other in chosen)
        is_told = row["findings"] and set(row["findings"]) <= told and row["advice"] != "invest"
        if not is_told and alike < ALIKE and (row["advice"] != "hold" or len(chosen) < LEAST):
            chosen.append(row)
    return pl.DataFrame(chosen[:MOST], schema=SCHEMA)


def _rows(
    facts: Facts, years: list[Span], dimension: str, found: Found, market: Mapping[str | None, int], whole: float | None
) -> list[dict[str, Any]]:
    sums, bought = measure(facts, ["net_revenue"], years, [dimension]), _buyers(facts, years, dimension)
    rows = []
    for (name,), cells in sums.filter(pl.col(dimension).is_not_null()).group_by(dimension, maintain_order=True):
        now, past = _pair(cells, years)
        buyers = growth(*_pair(bought.filter(pl.col(dimension) == name), years))
        outside = market.get(str(name)) if dimension == "product_group" else None
        about = [item for item in found.items if item.where.get(dimension) == name]
        sales, pace = growth(now, past), outside / RATE_SCALE if outside is not None else None
        if sales is not None:
            is_hurt = any(not item.is_good for item in about)
            rows.append({
                "dimension": dimension, "name": name, "sales": sales, "buyers": buyers, "market": pace,
                "moved_amount": round(now - past), "findings": [item.key for item in about],
                "advice": advice(sales, buyers, pace if pace is not None else whole, is_hurt),
            })  # fmt: skip
    return rows


def _buyers(facts: Facts, years: list[Span], dimension: str) -> pl.DataFrame:
    """Known customers who bought in the part, each counted once a year."""
    rows = opened(FACTS["sales"].rows(facts, years)).select("start_on", dimension, "customer_id")
    once = rows.filter(~nw.col("customer_id").is_null()).unique()
    counted = once.group_by("start_on", dimension).agg(nw.len().alias("value"))
    return collected([native(counted)])[0]


def _pair(cells: pl.DataFrame, years: list[Span]) -> tuple[float, float]:
    sums = dict(cells.select("start_on", "value").iter_rows())
    return sums.get(years[0][0]) or 0, sums.get(years[1][0]) or 0


def advice(sales: float, buyers: float | None, pace: float | None, is_hurt: bool) -> str:
    """What the trends advise; `pace` is the growth of the market, or of the company where no market is known.

    >>> [advice(*case) for case in ((-0.05, -0.1, 0.04, False), (0.1, 0.1, 0.04, True), (0.01, 0.1, 0.04, False),
    ...  (0.1, 0.1, 0.04, False), (0.1, -0.01, 0.04, False), (0.05, 0.1, 0.04, False))]
    ['turn', 'repair', 'defend', 'invest', 'price', 'hold']
    """
    if sales < 0 and (buyers is None or buyers < 0):
        return "turn"
    if is_hurt:
        return "repair"
    if pace is not None and sales < pace - APART:
        return "defend"
    if buyers is not None and sales > 0 >= buyers:
        return "price"
    return "invest" if pace is not None and sales > pace + APART else "hold"
