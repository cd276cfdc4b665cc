"""Pins, locks and bounds: between what and what each node may lie, and how a number is split inside that.

An interval comes from below: a node carries at least what its children must carry and at most what they may. Where
the children are over-assigned by h they sum to round(node × (1 + h)), and the interval is taken back through that.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from revops.money import RATE_SCALE, to_decimal
from revops.problems import Problem, refuse_if_any
from revops.quota.carry.apportion import Flags, Weights, Whole, quotients, segments, sums
from revops.quota.carry.tree import At, Tree

MOST = 2**62
Kind = Literal["top", "pin", "lock", "least", "most"]
NAMED = 5


@dataclass(frozen=True)
class Limit:
    """What a node carries: exactly (top: asked of it; pin: set by hand; lock: kept), at least, at most."""

    kind: Kind
    at: At
    amount: int

    def __str__(self) -> str:
        return f"{self.kind} {self.amount:,} on {self.at}"


@dataclass(frozen=True, eq=False)
class Bounds:
    """The interval of each node, its own limits and those below it taken together; `own` names its own ones."""

    least: Whole
    most: Whole
    own: dict[int, list[Limit]]


def bounds(tree: Tree, limits: Sequence[Limit], rates: Sequence[int]) -> Bounds:
    """The interval of every node; `rates[level]` is by how much the children of its nodes are over-assigned.

    Raises InputError for a negative limit, two pins on one node, and every node whose limits cannot be kept together.
    """
    own: dict[int, list[Limit]] = {}
    for limit in limits:
        own.setdefault(tree.at(limit.at), []).append(limit)
    refuse_if_any([*_unfit(limits), *_two_pins(own)])
    out = Bounds(np.zeros(len(tree), np.int64), np.full(len(tree), MOST), own)
    for node in own:
        _narrow(out, node)
    for level, nodes in _above(tree, own):
        _take(tree, out, nodes, rates[level])
        for node in own.keys() & set(nodes.tolist()):
            _narrow(out, node)
    refuse_if_any(_conflicts(tree, out, rates, np.flatnonzero(out.least > 0)))
    return out


def with_limit(tree: Tree, old: Bounds, limit: Limit, rates: Sequence[int]) -> tuple[Bounds, list[int]]:
    """The intervals with one more limit, and the nodes above it, whose children may now be split otherwise."""
    node = tree.at(limit.at)
    own = {**old.own, node: [*old.own.get(node, []), limit]}
    refuse_if_any([*_unfit([limit]), *_two_pins({node: own[node]})])
    out = Bounds(old.least.copy(), old.most.copy(), own)
    _narrow(out, node)
    path = [node]
    while path[-1]:
        path.append(int(tree.parent[path[-1]]))
        _take(tree, out, np.array(path[-1:]), rates[int(tree.level[path[-1]])])
        _narrow(out, path[-1])
    refuse_if_any(_conflicts(tree, out, rates, np.array(path)))
    return out, path[1:]


def _above(tree: Tree, own: Iterable[int]) -> Iterator[tuple[int, Whole]]:
    """The nodes above any of `own`, level by level from the lowest."""
    is_above = np.zeros(len(tree), bool)
    is_above[tree.parent[[node for node in own if node]]] = True
    for level in range(len(tree.levels) - 1, -1, -1):
        nodes = np.flatnonzero(is_above[tree.levels[level]]) + tree.levels[level].start
        if len(nodes):
            yield level, nodes
            is_above[tree.parent[nodes[nodes > 0]]] = True


def _take(tree: Tree, out: Bounds, nodes: Whole, rate: int) -> None:
    """Set the interval of `nodes` from their children."""
    rows, starts = children(tree, nodes)
    for side, back in ((out.least, _least_for), (out.most, _most_for)):
        total = sums(side[rows].astype(object), starts)
        side[nodes] = np.where(total >= MOST, MOST, back(total, rate)).astype(np.int64)


def _least_for(total: np.ndarray, rate: int) -> np.ndarray:
    """The smallest amount whose over-assigned children can sum to at least `total`."""
    return -((RATE_SCALE - 2 * RATE_SCALE * total) // (2 * (RATE_SCALE + rate)))


def _most_for(total: np.ndarray, rate: int) -> np.ndarray:
    """The largest amount whose over-assigned children sum to at most `total`."""
    return (2 * RATE_SCALE * total + RATE_SCALE - 1) // (2 * (RATE_SCALE + rate))


def _narrow(out: Bounds, node: int) -> None:
    """Take a node's own limits into its interval."""
    for limit in out.own.get(node, ()):
        if limit.kind != "most":
            out.least[node] = max(int(out.least[node]), limit.amount)
        if limit.kind != "least":
            out.most[node] = min(int(out.most[node]), limit.amount)


def children(tree: Tree, nodes: Whole) -> tuple[Whole, Whole]:
    """The children of all `nodes`, one after the other, and where each run of them starts.

    >>> from revops.quota.carry.tree import Leaf
    >>> tree = Tree.grow([Leaf(("A",), "p", 1), Leaf(("B",), "q", 1), Leaf(("B",), "r", 1)])
    >>> [part.tolist() for part in children(tree, np.array([0, 2]))]
    [[1, 2, 4, 5], [0, 2]]
    """
    count = tree.count[nodes]
    starts = np.cumsum(count) - count
    return np.arange(int(count.sum())) + np.repeat(tree.first[nodes] - starts, count), starts


# --- what cannot be kept --------------------------------------------------------------------------------------------


def _conflicts(tree: Tree, found: Bounds, rates: Sequence[int], nodes: Whole) -> list[Problem]:
    """One problem per lowest node whose interval is empty, with the slack and the limits that make it."""
    bad = nodes[found.least[nodes] > found.most[nodes]]
    lowest = np.setdiff1d(bad, tree.parent[bad])
    return [_conflict(tree, found, node, rates[int(tree.level[node])]) for node in lowest.tolist()]


def _conflict(tree: Tree, found: Bounds, node: int, rate: int) -> Problem:
    need, there = int(found.least[node]), int(found.most[node])
    low, high = _makers(tree, found, node, "least"), _makers(tree, found, node, "most")
    more = f" (those below are asked for {to_decimal(rate, 7).normalize():f} % more)" if rate else ""
    return Problem(
        f"quota, limits, {tree.where(node)}",
        f"at least {need:,} needed ({_list(low)}), at most {there:,} available ({_list(high)})",
        f"limits that leave room{more}: {need - there:,} too much",
        f"release one of them by {need - there:,}",
    )


def _makers(tree: Tree, found: Bounds, node: int, side: Literal["least", "most"]) -> list[Limit]:
    """The limits that make one end of a node's interval: its own, else those of its children."""
    end, other = (found.least, "most") if side == "least" else (found.most, "least")
    own = [limit for limit in found.own.get(node, ()) if limit.kind != other and limit.amount == end[node]]
    if own or not tree.count[node]:
        return own
    rows = range(int(tree.first[node]), int(tree.first[node] + tree.count[node]))
    bound = [row for row in rows if (end[row] > 0 if side == "least" else end[row] < MOST)]
    return [limit for row in bound for limit in _makers(tree, found, row, side)]


def _list(limits: list[Limit]) -> str:
    shown = ", ".join(map(str, limits[:NAMED]))
    return shown + (f" and {len(limits) - NAMED} more" if len(limits) > NAMED else "")


def _two_pins(own: dict[int, list[Limit]]) -> list[Problem]:
    exact = [[limit for limit in mine if limit.kind not in ("least", "most")] for mine in own.values()]
    return [
        Problem(f"quota, limits, {pins[0].at}", _list(pins), "one pin or lock on a node", "keep one of them")
        for pins in exact
        if len(pins) > 1
    ]


def _unfit(limits: Sequence[Limit]) -> list[Problem]:
    return [
        Problem(f"quota, limits, {limit.at}", str(limit), f"an amount from 0 to {MOST:,}", "correct the amount")
        for limit in limits
        if not 0 <= limit.amount <= MOST
    ]


# --- inside the limits ----------------------------------------------------------------------------------------------


class Filled(NamedTuple):
    """Exact shares: whole parts and remainders; rows held at an end of their interval, rows that share equally."""

    floors: Whole
    rests: Weights
    is_held: Flags
    is_equal: Flags


def fill(totals: Whole, weights: Weights, starts: Whole, least: Whole, most: Whole) -> Filled:
    """Each segment's total in proportion to weights, inside [least, most]: λ × weight, cut at both ends, sums exactly.

    Where the rows that are still free have no weight, they share equally (`is_equal`). Totals lie inside the sums of
    the intervals.

    >>> filled = fill(np.array([100]), np.array([1, 1, 2]), np.array([0]), np.array([0, 30, 0]), np.array([7, 90, 90]))
    >>> filled.floors.tolist(), filled.is_held.tolist()
    ([7, 31, 62], [True, False, False])
    """
    segment = segments(starts, len(weights))
    low, high = np.zeros((2, len(weights)), bool)
    is_bound = bool(least.any() or (most < MOST).any())
    while True:
        free = ~(low | high)
        left = totals - sums(np.where(low, least, 0) + np.where(high, most, 0), starts)
        weight = np.where(free, weights, 0)
        equal = free & ((sums(weight, starts) == 0) & (left > 0))[segment]
        weight = np.where(equal, 1, weight)
        whole = sums(weight, starts)
        floors, rests = quotients(left[segment], weight, whole[segment])
        if not is_bound:
            return Filled(floors, rests, low, equal)
        under, over = free & (floors < least), free & ((floors > most) | ((floors == most) & (rests > 0)))
        if not (under | over).any():
            floors = np.where(low, least, np.where(high, most, floors))
            return Filled(floors, rests, low | high, equal)
        excess = _excess(left, weight, whole, starts, np.where(over, most, 0) + np.where(under, least, 0), over | under)
        low |= under & (excess <= 0)[segment]
        high |= over & (excess >= 0)[segment]


def _excess(left: Whole, weight: Weights, whole: Weights, starts: Whole, ends: Whole, cut: Flags) -> Whole:
    """The sign, by segment, of what cutting at `most` frees less what cutting at `least` takes."""
    share = left.astype(object) * sums(np.where(cut, weight, 0), starts).astype(object)
    return np.sign(share - sums(ends, starts).astype(object) * whole.astype(object)).astype(np.int64)
