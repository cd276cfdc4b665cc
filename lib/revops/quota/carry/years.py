"""The year carried down a tree: base, whose parents are the exact sum of their children, and street beside it.

*Street* is what people carry: the children of a node sum to round(street of the node × (1 + h of its level)).
*Base* is what finance counts, without h. Both split by the same weights; without over-assignment they are equal.
A limit binds what a node carries, so a signed number stays that number whatever the others are asked for more;
the children of a node where a limit binds share its base as they share its street.

>>> tree = Tree.grow([Leaf(("Fans", "North", "Dealers"), "p1", 3), Leaf(("Fans", "South", "Dealers"), "p2", 1)])
>>> carried = carry(100_0000, tree, over=[50_000_000] * 3)
>>> carried.base.tolist()
[1000000, 1000000, 750000, 250000, 750000, 250000, 750000, 250000]
>>> sum(carried.street[tree.people].tolist())  # 5 % on three levels: 115.7625 on 100
1157625
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import zip_longest
from math import prod

import numpy as np
import polars as pl

from revops.money import RATE_SCALE
from revops.quota.carry.apportion import Flags, Whole, quotients, round_up, segments, sums
from revops.quota.carry.limits import MOST, Bounds, Limit, bounds, children, fill, with_limit
from revops.quota.carry.tree import At, Leaf, Path, Tree, refusal

__all__ = ["At", "Carried", "Leaf", "Limit", "Tree", "carry"]


@dataclass(frozen=True, eq=False)
class Carried:
    """A year on a tree, by node: `base` and `street` amounts. `rates[level]`: what children of its nodes sum to more.

    `held` and `is_equal` mark nodes at an end of their interval, and nodes that share equally for want of weights.
    """

    tree: Tree
    limits: Bounds
    rates: tuple[int, ...]
    step: int
    base: Whole
    street: Whole
    held: Flags
    is_equal: Flags

    @cached_property
    def binds(self) -> list[str | None]:
        """Why a node does not carry its plain share: its own limit's kind, 'below' (limits below it), 'no_weights'."""
        out: list[str | None] = [None] * len(self.tree)
        for node in np.flatnonzero(self.is_equal).tolist():
            out[node] = "no_weights"
        for node in np.flatnonzero(self.held).tolist():
            out[node] = "below"
        for node, own in self.limits.own.items():
            kinds = [limit.kind for limit in own if limit.amount == self.street[node]]
            is_narrow = self.held[node] or self.held[self.tree.parent[node]]  # or all beside it stand at their ends too
            if kinds and (is_narrow or self.limits.least[node] == self.limits.most[node]):
                out[node] = kinds[0]
        return out

    def exact(self, node: int) -> Fraction:
        """The base share before any rounding and limit: the top number above × weight ÷ the weight of that top."""
        own = [limit.amount for limit in self.limits.own.get(node, ()) if limit.kind == "top"]
        if own:
            return Fraction(own[0])
        above = int(self.tree.parent[node])
        whole = int(self.tree.weight[above])
        part = Fraction(int(self.tree.weight[node]), whole) if whole else Fraction(1, int(self.tree.count[above]))
        return self.exact(above) * part

    def frame(self) -> pl.DataFrame:
        """One row a node: `level`, `path`, `person_id` (null: no person), `base_amount`, `quota_amount`, `bind`."""
        tree = self.tree
        places = [tree.where(node) for node in range(len(tree))]
        return pl.DataFrame(
            {
                "level": tree.level,
                "path": pl.Series([list(place.path) for place in places], dtype=pl.List(pl.String)),
                "person_id": pl.Series([place.person_id for place in places], dtype=pl.String),
                "base_amount": self.base,
                "quota_amount": self.street,
                "bind": pl.Series(self.binds, dtype=pl.String),
            }
        )

    def with_limit(self, limit: Limit) -> "Carried":
        """The same year with one more limit; only nodes whose number can change are computed again."""
        found, above = with_limit(self.tree, self.limits, limit, self.rates)
        names = ("base", "street", "held", "is_equal")
        again = replace(self, limits=found, **{name: getattr(self, name).copy() for name in names})
        marked = np.zeros(len(self.tree), bool)
        marked[above] = True
        _descend(again, marked)
        return again


def carry(
    amount: int | Mapping[Path, int],
    tree: Tree,
    *,
    step: int = 1,
    limits: Sequence[Limit] = (),
    over: Sequence[int] = (),
) -> Carried:
    """One number, or one for each factor path, carried down to every node.

    `over[0]` is, in billionths, by how much more the children of the nodes on level 1 are asked for, `over[1]` of
    level 2, …; the company's number goes to its factors without. Each node splits over its children by weight, inside
    the limits, in multiples of `step`: largest remainder, ties to the first child; what no step divides goes to the
    child next in that order, and a limit comes before the step. Children without any weight share equally.

    Raises InputError for a negative or missing number, a factor nobody carries, and limits that cannot be kept.
    """
    tops = _tops(amount, tree)
    rates = (0, *(rate for rate, _ in zip_longest(over, range(len(tree.levels)), fillvalue=0)))
    _check(sum(top.amount for top in tops), rates, step, tree)
    found = bounds(tree, [*tops, *limits], rates)
    size, start = len(tree), int(found.least[0])
    year = np.full(size, start), np.full(size, start), np.zeros(size, bool), np.zeros(size, bool)
    out = Carried(tree, found, rates, step, *year)
    _descend(out, np.ones(size, bool))
    return out


def _tops(amount: int | Mapping[Path, int], tree: Tree) -> list[Limit]:
    """The top number, or one for each factor, as what these nodes must carry; a factor of nobody carries nothing."""
    tops = dict(amount) if isinstance(amount, Mapping) else {(): amount}
    for path, part in tops.items():
        if not isinstance(part, int) or part < 0:
            found = "no number" if part is None else f"the number {part}"
            raise refusal(f"top number of {At(path)}", found, "a whole amount, 0 or more", "check the base year")
    depths = set(map(len, tops))
    here = tree.levels[depths.pop()] if len(depths) == 1 and max(depths) < len(tree.levels) else slice(0)
    known = {tree.where(node) for node in range(here.start or 0, here.stop)}
    missing = sorted(str(at) for at in known if at.path not in tops or at.person_id)
    homeless = sorted(str(At(path)) for path, part in tops.items() if At(path) not in known and part)
    if missing or homeless or not known:
        raise refusal(
            "top numbers",
            "; ".join([*(f"{at}: no number" for at in missing), *(f"{at}: nobody" for at in homeless)]) or "no number",
            "a number for each factor that has people, and people for each number",
            "give each factor its number, or its people",
        )
    return [Limit("top", At(path), part) for path, part in tops.items() if At(path) in known]


def _check(total: int, rates: Sequence[int], step: int, tree: Tree) -> None:
    """Refuse what cannot be computed: a negative rate, a step below 1, and sizes that 64 bits do not hold."""
    if min(rates) < 0:
        raise refusal("over-assignment", f"{min(rates)} billionths", "0 or more", "correct the rate")
    if step < 1:
        raise refusal("step", str(step), "1 or more", "correct the step")
    if max(total, step * len(tree)) * prod(1 + Fraction(rate, RATE_SCALE) for rate in rates) > MOST:
        raise refusal("top number", f"{total} in steps of {step}", f"amounts up to {MOST}", "count in larger units")


def _descend(year: Carried, marked: Flags) -> None:
    """Fill in the children of the marked nodes, and of every node whose own number thereby changes."""
    for here in year.tree.levels[:-1]:
        nodes = np.flatnonzero(marked[here] & (year.tree.count[here] > 0)) + here.start
        if len(nodes):
            rows, starts = children(year.tree, nodes)
            before = year.base[rows], year.street[rows]
            _split(year, nodes, rows, starts)
            marked[rows] |= (year.base[rows] != before[0]) | (year.street[rows] != before[1])


def _split(year: Carried, nodes: Whole, rows: Whole, starts: Whole) -> None:
    """Split the numbers of `nodes`, all of one level, over their children `rows`."""
    weights, limits = year.tree.weight[rows], (year.limits.least[rows], year.limits.most[rows])
    totals = asked(year.street[nodes], year.rates[int(year.tree.level[nodes[0]])])
    filled = fill(totals, weights, starts, *limits)
    parts = round_up(filled.floors, filled.rests, totals, starts, year.step, limits)
    year.street[rows], year.held[rows], year.is_equal[rows] = parts, filled.is_held, filled.is_equal
    if any(year.rates):
        segment = segments(starts, len(rows))
        bound = np.logical_or.reduceat(filled.is_held | filled.is_equal, starts)[segment]
        weights = np.where(bound, parts, weights)
        base = quotients(year.base[nodes][segment], weights, sums(weights, starts)[segment])
        parts = round_up(*base, year.base[nodes], starts, np.where(bound, 1, year.step))
    year.base[rows] = parts


def asked(amounts: Whole, rate: int) -> Whole:
    """What the children of nodes with these street amounts sum to: × (1 + rate), half away from zero.

    >>> asked(np.array([100, 110]), 50_000_000).tolist()
    [105, 116]
    """
    if not rate:
        return amounts
    scale = np.full(len(amounts), RATE_SCALE)
    floors, rests = quotients(amounts, scale + rate, scale)
    return floors + (2 * rests >= RATE_SCALE)
