"""The hold-out check of the buying model: fitted on what was known some weeks ago, held against what came since.

Two looks: repeat purchases of each week, before the cut (where the model was fitted) and after it (where it was not),
and those after the cut by how often a customer had bought again before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from revops.kpis.customers import lifetime
from revops.kpis.customers.clv import Buying

WEEKS = 26
MOST = 4  # the last bin: so many repeat purchases or more


@dataclass(frozen=True)
class HoldOut:
    """`weeks`: week_on, actual, expected, is_after; `bins`: repeats, customers, actual, expected (after the cut)."""

    cut_on: date
    weeks: pl.DataFrame
    bins: pl.DataFrame

    @property
    def error(self) -> float | None:
        """Expected ÷ actual − 1 over the weeks after the cut; None where nobody came."""
        actual = int(self.bins["actual"].sum())
        return float(self.bins["expected"].sum()) / actual - 1 if actual else None


def hold_out(days: pl.DataFrame, end: date, weeks: int = WEEKS) -> HoldOut | None:
    """The check at `end` with the last weeks held out; None where the model of the time before them is refused.

    `days` is `lifetime.purchase_days`.
    """
    cut = end - timedelta(weeks=weeks)
    known = lifetime.histories(days, cut)
    model = lifetime.outlook(known).buying
    if model is None:
        return None
    bought = days.filter(pl.col("bought_on") < end).join(
        known.select("customer_id", "first_on"), on="customer_id", how="inner"
    )
    again = bought.filter(pl.col("bought_on") > pl.col("first_on"))
    return HoldOut(cut, by_week(again, known, model, cut, end), by_repeats(again, known, model, cut, weeks))


def by_week(again: pl.DataFrame, known: pl.DataFrame, model: Buying, cut: date, end: date) -> pl.DataFrame:
    """One row per week from the first purchase on, the cut being the start of one: actual and expected repeat
    purchases of the customers known at the cut. A first part of a week is left out.
    """
    first: date = known["first_on"].min()  # type: ignore[assignment]
    size = (end - first).days
    came = np.zeros(size)
    for day, customers in known.group_by("first_on").len().iter_rows():
        came[(day - first).days] = customers
    total = np.concatenate([[0.0], np.convolve(came, model.expected(np.arange(size) / 7))[:size]])
    edges = np.arange((cut - first).days % 7, size + 1, 7)
    starts = [first + timedelta(days=int(edge)) for edge in edges[:-1]]
    expected = pl.DataFrame({"week_on": starts, "expected": np.diff(total[edges])})
    place = (pl.col("bought_on") - pl.lit(starts[0])).dt.total_days() // 7 * 7
    week = pl.lit(starts[0]) + pl.duration(days=place)
    actual = again.group_by(week_on=week.cast(pl.Date)).agg(actual=pl.len().cast(pl.Int64))
    joined = expected.join(actual, on="week_on", how="left", maintain_order="left")
    return joined.select("week_on", pl.col("actual").fill_null(0), "expected", is_after=pl.col("week_on") >= cut)


def by_repeats(again: pl.DataFrame, known: pl.DataFrame, model: Buying, cut: date, weeks: int) -> pl.DataFrame:
    """One row per number of repeat purchases before the cut: customers, actual and expected purchases after it."""
    came = again.filter(pl.col("bought_on") >= cut).group_by("customer_id").agg(actual=pl.len().cast(pl.Int64))
    x, t_x, age = (known[name].to_numpy() for name in ("repeats", "recency", "age"))
    rows = known.with_columns(expected=model.expected_of(x, t_x, age, weeks)).join(came, on="customer_id", how="left")
    grouped = rows.group_by(repeats=pl.min_horizontal("repeats", pl.lit(MOST, dtype=pl.Int64))).agg(
        customers=pl.len().cast(pl.Int64), actual=pl.col("actual").fill_null(0).sum(), expected=pl.col("expected").sum()
    )
    return grouped.sort("repeats")
