"""The months of a carried year: every node's sum to its year, and children's to their parent's month.

Nodes that are given month weights (factors, or the company) have their months by largest remainder, the nodes above
them the sum. Below, the children of a node and its months are one table with both margins exact (`margins.controlled`):
a child has its parent's months in proportion to its year. People who are not there in some months, or only in part,
have none or less there; the others have it then, by proportional fitting.

Where the children of a node are over-assigned, what they sum to is shared over its months as the node's own year is.

Months are multiples of `step`. What no step divides of a person's year stands in that person's greatest month.

>>> from revops.quota.carry.tree import Leaf
>>> from revops.quota.carry.years import carry
>>> year = carry({("Fans",): 1_000_000}, Tree.grow([Leaf(("Fans", "North"), "a", 3), Leaf(("Fans", "South"), "b", 2)]))
>>> quarters = [date(2027, month, 1) for month in (1, 4, 7, 10)]
>>> given = months(year, {("Fans",): [8, 9, 10, 13]}, quarters)    # 0.8, 0.9, 1.0, 1.3
>>> given.base.tolist()[1:4]
[[200000, 225000, 250000, 325000], [120000, 135000, 150000, 195000], [80000, 90000, 100000, 130000]]
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl

from revops.money import split
from revops.quota.carry.apportion import Whole, apportion, sums
from revops.quota.carry.limits import children
from revops.quota.carry.margins import Real, Unfillable, controlled
from revops.quota.carry.tree import At, Path, Tree, refusal
from revops.quota.carry.years import Carried

Weights = Sequence[int | Fraction]


@dataclass(frozen=True, eq=False)
class Months:
    """A carried year by month: `base` and `street`, one row a node of the tree, one column a month of `when`."""

    year: Carried
    when: Sequence[date]
    base: Whole
    street: Whole

    def frame(self, factors: Sequence[str] = ("product_group",)) -> pl.DataFrame:
        """One row a person on a path and month: a column for each factor, `team`, `person_id`, `month_on`,
        `base_amount`, `quota_amount`; sorted by these.
        """  # fmt: skip
        tree, people = self.year.tree, self.year.tree.people
        paths = [tree.paths[node] for node in people.tolist()]
        who = {name: [path[place] for path in paths] for place, name in enumerate(factors)}
        who |= {
            "team": ["/".join(path[len(factors) : -1]) for path in paths],
            "person_id": [path[-1] for path in paths],
        }
        rows = np.repeat(np.arange(len(people)), len(self.when))
        return (
            pl.DataFrame(who, schema=dict.fromkeys(who, pl.String))[rows]
            .with_columns(
                month_on=pl.Series(list(self.when) * len(people), dtype=pl.Date),
                base_amount=pl.Series(self.base[people].ravel()),
                quota_amount=pl.Series(self.street[people].ravel()),
            )
            .sort(*who, "month_on")
        )


def months(
    year: Carried,
    shapes: Mapping[Path, Weights],
    when: Sequence[date],
    *,
    active: Mapping[At, Weights] | None = None,
    step: int = 1,
) -> Months:
    """The year on the months `when`.

    `shapes`: month weights of the nodes at these paths, one above each person; exact month totals are weights that sum
    to the year. `active`: the share of each month, from 0 to 1, that a person carries; who is not named is there.
    Raises InputError for a person below no shape or two, weights that are all zero, a person who is nowhere but
    carries a number, and months for which those there do not carry enough.
    """
    heads = _heads(year.tree, shapes)
    shares = _shares(year.tree, active or {}, len(when))
    plan = _Plan(year.tree, heads, shares, when, step)
    base = plan.given(year.base)
    street = base if (year.base == year.street).all() else plan.given(year.street)
    return Months(year, when, base, street)


def _heads(tree: Tree, shapes: Mapping[Path, Weights]) -> dict[int, Weights]:
    """node → month weights; each person lies below exactly one of these nodes."""
    heads = {tree.at(At(path)): weights for path, weights in sorted(shapes.items())}
    for node, weights in heads.items():
        if not any(weights) or min(weights) < 0:
            raise refusal(
                f"months of {tree.where(node)}",
                "weights that are all zero, or negative",
                "a month that weighs",
                "correct them",
            )
    found = np.zeros(len(tree), np.int64)
    found[list(heads)] = 1
    for here in tree.levels[1:]:
        found[here] += found[tree.parent[here]]
    for node in tree.people[found[tree.people] != 1][:1].tolist():
        told = "no month weights above" if found[node] == 0 else "month weights twice above"
        raise refusal(
            f"months of {tree.where(node)}", told, "one set of month weights for each person", "name the factor"
        )
    return heads


def _shares(tree: Tree, active: Mapping[At, Weights], wide: int) -> Real | None:
    """The share of each month that every node's person is there; null where all are there as much in each month."""
    if all(len(set(parts)) == 1 and parts[0] for parts in active.values()):
        return None
    shares = np.ones((len(tree), wide))
    for name, parts in active.items():
        shares[tree.at(name)] = [float(part) for part in parts]
    return shares


@dataclass(frozen=True, eq=False)
class _Plan:
    """What base and street have in common: where month weights stand, who is there when, the step."""

    tree: Tree
    heads: Mapping[int, Weights]
    shares: Real | None
    when: Sequence[date]
    step: int

    def given(self, year: Whole) -> Whole:
        """The months of every node, from the nodes' years."""
        weights = self._weights()
        seeds = None if self.shares is None else self._seeds(year, weights)
        odd = self._odd(year, (weights if seeds is None else seeds * weights).argmax(axis=1))
        steps = np.zeros_like(odd)
        whole = (year - odd.sum(axis=1)) // self.step
        for node, own in self.heads.items():
            steps[node] = split(int(whole[node]), own)
        known = np.zeros(len(self.tree), bool)
        known[list(self.heads)] = True
        for here in self.tree.levels[:-1]:
            nodes = np.flatnonzero(known[here] & (self.tree.count[here] > 0)) + here.start
            if len(nodes):
                rows, starts = children(self.tree, nodes)
                steps[rows] = self._below(nodes, rows, starts, whole, steps, None if seeds is None else seeds[rows])
                known[rows] = True
        return self._above(steps * self.step + odd, year, known)

    def _below(self, nodes: Whole, rows: Whole, starts: Whole, whole: Whole, steps: Whole, seeds: Real | None) -> Whole:
        """The months of the children `rows` of `nodes`, in steps."""
        wide = len(self.when)
        totals = sums(whole[rows], starts)
        shape = np.where(steps[nodes].any(axis=1, keepdims=True), steps[nodes], 1)
        columns = apportion(totals, shape.ravel(), np.arange(len(nodes)) * wide).reshape(-1, wide)
        try:
            return controlled(whole[rows], columns, starts, seeds)
        except Unfillable as error:
            raise self._refusal(error, int(nodes[error.table]), rows, whole, columns) from None

    def _weights(self) -> Real:
        """The month weights that hold for each node, as shares of a year."""
        weights = np.ones((len(self.tree), len(self.when)))
        for node, own in self.heads.items():
            whole = sum(map(Fraction, own))
            weights[node] = [float(weight / whole) for weight in own]
        for here in self.tree.levels[1:]:
            below = np.setdiff1d(np.arange(here.start, here.stop), list(self.heads))
            weights[below] = weights[self.tree.parent[below]]
        return weights

    def _seeds(self, year: Whole, weights: Real) -> Real:
        """What every node would have in a month of weight 1, from the shares and years of its people."""
        assert self.shares is not None
        people = self.tree.people
        there = (self.shares[people] * weights[people]).sum(axis=1)
        for node in people[(there == 0) & (year[people] > 0)][:1].tolist():
            raise refusal(
                f"months of {self.tree.where(node)}",
                f"{year[node]} for somebody who is there in no month that weighs",
                "a month to carry it in",
                "give the number to somebody else",
            )
        seeds = np.zeros(self.shares.shape)
        seeds[people] = self.shares[people] * (year[people] / np.where(there > 0, there, 1))[:, None]
        for nodes, rows, starts in _upwards(self.tree):
            seeds[nodes] = np.add.reduceat(seeds[rows], starts)
        return seeds

    def _odd(self, year: Whole, peak: Whole) -> Whole:
        """What is no multiple of the step, by node and month: a person's in the greatest month, a node's the sum below.

        Where an over-assigned node is not the sum of its people, the difference stands in its own greatest month.
        """
        odd = np.zeros((len(self.tree), len(self.when)), np.int64)
        if self.step == 1:
            return odd
        people = self.tree.people
        odd[people, peak[people]] = year[people] % self.step
        for nodes, rows, starts in _upwards(self.tree):
            below = np.add.reduceat(odd[rows], starts)
            below[below.sum(axis=1) > year[nodes]] = 0
            below[np.arange(len(nodes)), peak[nodes]] += (year[nodes] - below.sum(axis=1)) % self.step
            odd[nodes] = below
        return odd

    def _above(self, found: Whole, year: Whole, known: np.ndarray) -> Whole:
        """`found` with the months of the nodes above those with month weights: the sum of their children's."""
        for nodes, rows, starts in _upwards(self.tree):
            if known[nodes].all():
                continue
            below = np.add.reduceat(found[rows], starts)
            places = np.arange(len(nodes)) * len(self.when)
            summed = apportion(year[nodes], below.ravel(), places).reshape(below.shape)
            found[nodes] = np.where(known[nodes, None], found[nodes], summed)
        return found

    def _refusal(self, error: Unfillable, node: int, rows: Whole, whole: Whole, columns: Whole) -> Exception:
        short = ", ".join(f"{self.when[place]:%Y-%m}" for place in error.columns)
        names = ", ".join(self.tree.names[row] for row in rows[error.rows]) or "nobody"
        asked = int(columns[error.table, error.columns].sum()) * self.step
        there = int(whole[rows[error.rows]].sum()) * self.step
        return refusal(
            f"months of {self.tree.where(node)}",
            f"{short}: {asked} asked; those there then ({names}) carry {there} in the whole year",
            "people in each month who carry as much as it asks for",
            "fill the vacancy earlier, move the numbers, or choose another shape",
        )


def _upwards(tree: Tree) -> Iterator[tuple[Whole, Whole, Whole]]:
    """The nodes with children of each level, from the lowest, their children, and where each one's begin."""
    for here in tree.levels[-2::-1]:
        nodes = np.flatnonzero(tree.count[here]) + here.start
        yield nodes, *children(tree, nodes)
