"""The identities of a carried year: what each level's nodes ask for, and what their children carry."""

import numpy as np
import polars as pl

from revops.quota.carry.apportion import Whole, sums
from revops.quota.carry.limits import children
from revops.quota.carry.years import Carried, asked

SCHEMA = {
    "measure": pl.String, "depth": pl.Int64, "parents": pl.Int64, "children": pl.Int64, "parent_amount": pl.Int64,
    "children_amount": pl.Int64, "parents_that_differ": pl.Int64,
}  # fmt: skip


def check(year: Carried) -> pl.DataFrame:
    """One row per measure (base, street) and level with children: what its nodes ask for, what the children sum to.

    A node's base asks for itself, its street for round(street × (1 + h)). `parents_that_differ` is 0 everywhere.

    >>> from revops.quota.carry.years import Leaf, Tree, carry
    >>> check(carry(7, Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Fans",), "b", 1)]), over=[100_000_000])).rows()
    [('base', 0, 1, 1, 7, 7, 0), ('base', 1, 1, 2, 7, 7, 0), ('street', 0, 1, 1, 7, 7, 0), ('street', 1, 1, 2, 8, 8, 0)]
    """
    rows = []
    for measure, amounts in (("base", year.base), ("street", year.street)):
        for depth, here in enumerate(year.tree.levels[:-1]):
            nodes = np.flatnonzero(year.tree.count[here]) + here.start
            wanted = asked(amounts[nodes], year.rates[depth] if measure == "street" else 0)
            rows.append((measure, depth, *_compared(year, amounts, nodes, wanted)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _compared(year: Carried, amounts: Whole, nodes: Whole, wanted: Whole) -> tuple[int, int, int, int, int]:
    """Parents, children, their sums, and how many parents differ from their own children."""
    below, starts = children(year.tree, nodes)
    carried = sums(amounts[below], starts)
    return len(nodes), len(below), sum(wanted.tolist()), sum(carried.tolist()), int((wanted != carried).sum())
