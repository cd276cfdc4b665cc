"""Segments: the cells of the RFM scores under a few names, by rules that stand in a file.

Every known customer is in exactly one segment: the first whose ranges hold the three scores. Rules that leave a cell
without a segment are refused. The rules are those of segments.yaml, or a company's own under kpis.segments.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from pydantic import RootModel

from revops.company import Segment, load_model
from revops.kpis.customers import activity, buying, rfm
from revops.kpis.spans import back
from revops.problems import InputError, Problem

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

SCORES = ("recency", "frequency", "money")
CELLS = ((0, 0, 0), *product(range(1, 6), repeat=3))
FILE = Path(__file__).with_name("segments.yaml")


class Rules(RootModel[list[Segment]]):
    """A file of segments."""


@cache
def built_in() -> tuple[Segment, ...]:
    """The segments of segments.yaml."""
    return tuple(load_model(FILE, Rules, FILE.name).root)


def rules(own: Sequence[Segment]) -> tuple[Segment, ...]:
    """The company's own segments, else the built-in ones; refused where a key stands twice or a cell in none."""
    chosen = tuple(own) or built_in()
    keys = [rule.key for rule in chosen]
    double = sorted({key for key in keys if keys.count(key) > 1})
    problems = [Problem("company.yaml, kpis.segments", f"{key} twice", "each key once", "rename one") for key in double]
    left = [cell for cell in CELLS if segment_of(cell, chosen) is None]
    if left:
        found = f"no segment for {'-'.join(map(str, left[0]))} and {len(left) - 1} more of {len(CELLS)}"
        wanted = "a segment for each recency-frequency-money, 0-0-0 (no order in the window) among them"
        problems.append(Problem("company.yaml, kpis.segments", found, wanted, "widen a range or add a last segment"))
    if problems:
        raise InputError(problems)
    return chosen


def segment_of(scores: Sequence[int], chosen: Sequence[Segment]) -> str | None:
    """The key of the first segment whose ranges hold the scores.

    >>> segment_of((5, 5, 5), built_in()), segment_of((1, 5, 5), built_in()), segment_of((0, 0, 0), built_in())
    ('champions', 'at_risk', 'lapsed')
    """
    for rule in chosen:
        if all(low <= score <= high for score, (low, high) in zip(scores, rule.ranges(), strict=True)):
            return rule.key
    return None


def segments(scores: pl.DataFrame, known: pl.DataFrame, chosen: Sequence[Segment]) -> pl.DataFrame:
    """One row per known customer: `segment`, the scores and what they rest on.

    `known` is `buying.lives`: first_on, last_on, and life_orders and life_amount of all time. orders and net_amount
    are those of the window; they and the scores are 0 without an order in it.
    """
    named = {100 * r + 10 * f + m: segment_of((r, f, m), chosen) for r, f, m in CELLS}
    full = known.rename({"orders": "life_orders", "net_amount": "life_amount"})
    full = full.join(scores.drop("last_on"), on="customer_id", how="left").with_columns(
        pl.col("orders", "net_amount", *SCORES).fill_null(0)
    )
    cell = pl.col("recency") * 100 + pl.col("frequency") * 10 + pl.col("money")
    return full.with_columns(segment=cell.replace_strict(named, return_dtype=pl.String))


def of_customers(facts: "Facts", end: date) -> pl.DataFrame:
    """`segments` of all customers who ordered before `end`, by the orders of the company's window up to it."""
    bought = buying.bought(facts)
    scores = rfm.scored(rfm.windows(bought, *back(end, facts.company.kpis.rfm_months)))
    found, known = pl.collect_all([scores, buying.lives(bought, end)], engine="streaming")
    return segments(found, known, rules(facts.company.kpis.segments)).sort("customer_id")


def standing(facts: "Facts", end: date) -> pl.DataFrame:
    """`of_customers` with how long each has been away and whether they are inactive (`activity.with_state`)."""
    return activity.with_state(of_customers(facts, end), activity.limits(facts), end)


def summary(found: pl.DataFrame, own: Sequence[Segment] = ()) -> pl.DataFrame:
    """One row per segment that has customers, in the order of the `rules`, from `standing`: customers, accounts,
    inactive (counts), orders and net_amount of the window, life_amount.
    """
    counts = [pl.len().cast(pl.Int64).alias("customers")]
    counts += [
        pl.col(name).sum().cast(pl.Int64).alias(kept)
        for name, kept in (("is_account", "accounts"), ("is_inactive", "inactive"))
    ]
    sums = found.group_by("segment").agg(*counts, pl.col("orders", "net_amount", "life_amount").sum())
    place = {rule.key: place for place, rule in enumerate(rules(own))}
    return sums.sort(pl.col("segment").replace_strict(place, return_dtype=pl.Int64))


def slipping(found: pl.DataFrame) -> pl.DataFrame:
    """The rows of `standing` who ordered twice or more in the window and have gone quiet: longer away than T, or among
    the two fifths that ordered longest ago; most money first.
    """
    quiet = pl.col("is_inactive") | (pl.col("recency") <= 2)
    return found.filter((pl.col("orders") >= 2) & quiet).sort(pl.col("net_amount") * -1, "customer_id")
