"""A table of leaves laid out as the arrays of a tree: level by level, siblings in the order of their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from revops.quota.carry.apportion import Flags, Weights, Whole, sums

BYTES = 8


class Level(NamedTuple):
    """The nodes of one level: name, parent (as a node of the tree), whether a person."""

    labels: pl.Series
    parent: Whole
    is_person: Flags


@dataclass(frozen=True, eq=False)
class Layout:
    """One entry a node in every array, level by level; index 0 is the company.

    The children of node i are `first[i]` up to `first[i] + count[i]`: `teams[i]` teams by name, then people by id, so
    that ties are the same whatever the order of leaves. `labels` are a node's own names, `weight` is the sum of the
    leaves below, over one denominator; `rows` is the node of each leaf, in the order they were given.
    """

    labels: pl.Series
    parent: Whole
    level: Whole
    is_person: Flags
    first: Whole
    count: Whole
    teams: Whole
    weight: Weights
    rows: Whole


def lay_out(steps: Sequence[pl.Series], people: pl.Series, weights: Weights) -> Layout:
    """The arrays over leaves with these steps from the top (null: the path ends above), people and weights."""
    depth = sum((step.is_not_null().to_numpy() for step in steps), np.zeros(len(people), np.int64))
    rank = np.empty(len(people), np.int64)
    rank[_order(people)] = np.arange(len(people))
    levels = [Level(pl.Series([""]), np.array([-1]), np.array([False]))]
    above, rows = np.zeros((2, len(people)), np.int64)
    begin, end = 0, 1
    for deep in range(len(steps) + 1):
        goes, ends = np.flatnonzero(depth > deep), np.flatnonzero(depth == deep)
        ends = ends[np.argsort((above[ends] - begin) * len(people) + rank[ends])]
        names, teams, place = _teams(steps[deep].drop_nulls() if len(goes) else people[:0], above[goes] - begin)
        parent = np.concatenate([teams // max(len(names), 1) + begin, above[ends]])
        order = np.argsort(parent * 2 + (np.arange(len(parent)) >= len(teams)), kind="stable")
        node = np.empty(len(order), np.int64)
        node[order] = np.arange(end, end + len(order))
        above[goes], rows[ends] = node[place], node[len(teams) :]
        labels = pl.concat([names.gather(teams % max(len(names), 1)), people.gather(ends)]).gather(order)
        levels.append(Level(labels, parent[order], order >= len(teams)))
        begin, end = end, end + len(order)
    return _joined(levels, weights, rows)


def _order(names: pl.Series) -> Whole:
    """The rows in the order of their names; names of up to eight bytes are compared as one number each."""
    if (names.str.len_bytes() > BYTES).any():
        return names.arg_sort().to_numpy()
    padded = (names + "\0" * BYTES).cast(pl.Binary).bin.slice(0, BYTES)
    return np.argsort(padded.bin.reinterpret(dtype=pl.UInt64, endianness="big").to_numpy())


def _teams(steps: pl.Series, above: Whole) -> tuple[pl.Series, Whole, Whole]:
    """The names of one level in order; its teams as above × names + name, in order; the team of each row."""
    names = steps.unique().sort()
    if not len(names):
        return names, above, above
    codes = above * len(names) + steps.cast(pl.Enum(names)).to_physical().to_numpy()
    size = int(codes.max()) + 1
    if size > 4 * len(codes):
        return names, *np.unique(codes, return_inverse=True)
    is_there = np.zeros(size, bool)
    is_there[codes] = True
    return names, np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[codes]


def _joined(levels: list[Level], weights: Weights, rows: Whole) -> Layout:
    """All levels as one, with the children of each node and the weights below it."""
    levels = [level for level in levels if len(level.parent)]
    parent = np.concatenate([level.parent for level in levels])
    is_person = np.concatenate([level.is_person for level in levels])
    count = np.bincount(parent[1:], minlength=len(parent))
    teams = np.bincount(parent[1:][~is_person[1:]], minlength=len(parent))
    first = np.cumsum(count) - count + 1
    weight: Weights = np.zeros(len(parent), weights.dtype)
    weight[rows] = weights
    sizes = [len(level.parent) for level in levels]
    bounds = np.cumsum([0, *sizes])
    for here, below in zip(range(len(sizes) - 2, -1, -1), range(len(sizes) - 1, 0, -1), strict=True):
        nodes = np.flatnonzero(count[bounds[here] : bounds[below]]) + bounds[here]
        weight[nodes] = sums(weight[bounds[below] : bounds[below + 1]], first[nodes] - bounds[below])
    labels = pl.concat([level.labels for level in levels])
    level = np.repeat(np.arange(len(sizes)), sizes)
    return Layout(labels, parent, level, is_person, first, count, teams, weight, rows)
