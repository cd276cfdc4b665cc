"""The identities of a carried year: what each level's nodes ask for, and what their children and their months carry."""

import numpy as np
import polars as pl

from revops.quota.carry.apportion import Whole, sums
from revops.quota.carry.limits import children
from revops.quota.carry.months import Months
from revops.quota.carry.years import Carried, asked

SCHEMA = {
    "measure": pl.String, "depth": pl.Int64, "month_on": pl.Date, "parents": pl.Int64, "children": pl.Int64,
    "parent_amount": pl.Int64, "children_amount": pl.Int64, "parents_that_differ": pl.Int64,
}  # fmt: skip


def check(year: Carried) -> pl.DataFrame:
    """One row per measure (base, street) and level with children: what its nodes ask for, what the children sum to.

    A node's base asks for itself, its street for round(street × (1 + h)). `month_on` is null, `parents_that_differ` 0
    everywhere.

    >>> from revops.quota.carry.years import Leaf, Tree, carry
    >>> year = carry(7, Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Fans",), "b", 1)]), over=[100_000_000])
    >>> check(year).select("measure", "depth", "parent_amount", "children_amount").rows()
    [('base', 0, 7, 7), ('base', 1, 7, 7), ('street', 0, 7, 7), ('street', 1, 8, 8)]
    """
    rows = [
        (measure, depth, None, *_below(year, depth, amounts, year.rates[depth] if measure == "street" else 0))
        for measure, amounts in (("base", year.base), ("street", year.street))
        for depth in range(len(year.tree.levels) - 1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def check_months(given: Months) -> pl.DataFrame:
    """One row per measure, level and month: nodes with children against the sum of their children.

    `month_on` null: each node's year against the sum of its own months. Street has a row a month only where nothing
    is over-assigned on that level. `parents_that_differ` is 0 everywhere.
    """
    year = given.year
    rows: list[tuple[object, ...]] = []
    for measure, whole, cells in (("base", year.base, given.base), ("street", year.street, given.street)):
        for depth, here in enumerate(year.tree.levels):
            rows.append((measure, depth, None, *_compared(whole[here], cells[here].sum(axis=1), cells[here].size)))
            if depth + 1 < len(year.tree.levels) and (measure == "base" or not year.rates[depth]):
                for place, month in enumerate(given.when):
                    rows.append((measure, depth, month, *_below(year, depth, cells[:, place], 0)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _below(year: Carried, depth: int, amounts: Whole, rate: int) -> tuple[int, int, int, int, int]:
    """The nodes of a level that have children, over-assigned by `rate`, against these."""
    here = year.tree.levels[depth]
    nodes = np.flatnonzero(year.tree.count[here]) + here.start
    rows, starts = children(year.tree, nodes)
    return _compared(asked(amounts[nodes], rate), sums(amounts[rows], starts), len(rows))


def _compared(above: Whole, below: Whole, count: int) -> tuple[int, int, int, int, int]:
    """Parents, children, their sums, and how many parents differ from their own children."""
    return len(above), count, sum(above.tolist()), sum(below.tolist()), int((above != below).sum())
