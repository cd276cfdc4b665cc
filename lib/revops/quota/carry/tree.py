"""Who stands below whom: company → factors → team path → person, as flat arrays, level by level.

Nodes are paths, never names: 'Dealers' under two regions is two nodes. The tree may be jagged: people stand at any
depth, and a manager who also sells is a leaf under their own node.

>>> tree = Tree.grow([Leaf(("Fans", "North", "Dealers"), "p1", 3), Leaf(("Fans", "South", "Dealers"), "p2", 1)])
>>> [(int(level), name) for level, name in zip(tree.level, tree.names)]
[(0, ''), (1, 'Fans'), (2, 'North'), (2, 'South'), (3, 'Dealers'), (3, 'Dealers'), (4, 'p1'), (4, 'p2')]
>>> tree.weight.tolist()
[4, 4, 3, 1, 3, 1, 3, 1]
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import lcm
from numbers import Rational
from typing import NamedTuple

import numpy as np
import polars as pl

from revops.problems import InputError, Problem, nearest
from revops.quota.carry.apportion import Weights, Whole, whole_weights
from revops.quota.carry.layout import Layout, lay_out

Path = tuple[str, ...]


class Leaf(NamedTuple):
    """A person's claim below one path: factors, then the steps of the team."""

    path: Path
    person_id: str
    weight: int | Fraction


class At(NamedTuple):
    """The name of a node: the company At(), a factor or team by its path, a person by path and id."""

    path: Path = ()
    person_id: str | None = None

    def __str__(self) -> str:
        return " / ".join([*self.path, *([self.person_id] if self.person_id else [])]) or "company"


@dataclass(frozen=True, eq=False)
class Tree(Layout):
    """The nodes as `Layout` has them, found by name and told by name."""

    @classmethod
    def grow(cls, leaves: Sequence[Leaf]) -> "Tree":
        """The tree over these leaves, in any order.

        Raises InputError where there is no leaf, a weight is negative or no exact number, all weights are zero, or
        two leaves share path and person.
        """
        weights = _whole([leaf.weight for leaf in leaves], leaves)
        paths = [leaf.path for leaf in leaves]
        steps = [
            pl.Series([path[deep] if len(path) > deep else None for path in paths], dtype=pl.String)
            for deep in range(max(map(len, paths), default=0))
        ]
        return grown(steps, pl.Series([leaf.person_id for leaf in leaves], dtype=pl.String), weights)

    @classmethod
    def of(cls, frame: pl.DataFrame, path: Sequence[str], person: str = "person_id", weight: str = "weight") -> "Tree":
        """The tree of a table with one row a leaf: the columns of its path from the top (null: it ends above), the
        person, and the weight as a whole number. Raises as `grow` does.

        >>> frame = pl.DataFrame({"team": ["South", "North"], "person_id": ["a", "b"], "weight": [1, 2]})
        >>> tree = Tree.of(frame, ["team"])
        >>> frame.with_columns(node=tree.rows, below=tree.weight[tree.rows]).rows()
        [('South', 'a', 1, 4, 1), ('North', 'b', 2, 3, 2)]
        """  # fmt: skip
        weights = frame[weight]
        if not weights.dtype.is_integer() or (bad := weights.filter(weights.is_null() | (weights < 0))).len():
            told = f"the weight {bad[0]}" if weights.dtype.is_integer() else f"the type {weights.dtype}"
            raise refusal(f"column {weight}", told, "whole numbers, 0 or more", "correct the weights")
        return grown([frame[name] for name in path], frame[person], whole_weights(weights.to_numpy()))

    @classmethod
    def from_edges(cls, edges: Iterable[tuple[str, str]], weights: Mapping[str, int | Fraction]) -> "Tree":
        """The tree of a table of (child, parent); `weights` names the people, by the ids of the table.

        Somebody with people below is a node, and a leaf under it. A parent who is nobody's child stands below the
        company. Raises InputError for a circle or two parents, naming them.
        """
        above = _parents(edges)
        nodes = set(above.values())
        paths = {who: _path(who, above) for who in weights}
        return cls.grow(
            [Leaf(paths[who] if who in nodes else paths[who][:-1], who, weight) for who, weight in weights.items()]
        )

    def __len__(self) -> int:
        return len(self.parent)

    @cached_property
    def names(self) -> list[str]:
        """The last step of each node: a team's name, a person's id."""
        return self.labels.to_list()

    @cached_property
    def people(self) -> Whole:
        """The indices of the leaves."""
        return np.flatnonzero(self.is_person)

    @cached_property
    def levels(self) -> list[slice]:
        """The nodes of each level."""
        bounds = np.searchsorted(self.level, np.arange(int(self.level[-1]) + 2)).tolist()
        return [slice(start, end) for start, end in zip(bounds, bounds[1:], strict=False)]

    @cached_property
    def paths(self) -> list[Path]:
        """The steps from the company to each node; a person's ends with the id."""
        paths: list[Path] = [()]
        for name, above in zip(self.names[1:], self.parent[1:].tolist(), strict=True):
            paths.append((*paths[above], name))
        return paths

    def where(self, node: int) -> At:
        """The name of a node."""
        steps: list[str] = []
        above = node
        while above:
            steps.append(self.names[above])
            above = int(self.parent[above])
        path = tuple(reversed(steps))
        return At(path[:-1], path[-1]) if self.is_person[node] else At(path)

    def at(self, name: At) -> int:
        """The index of a node; refuses a name that is not in the tree."""
        node = 0
        for step in name.path:
            node = self._child(node, step, False, name)
        return node if name.person_id is None else self._child(node, name.person_id, True, name)

    def _child(self, node: int, step: str, is_person: bool, name: At) -> int:
        begin = int(self.first[node])
        split, end = begin + int(self.teams[node]), begin + int(self.count[node])
        begin, end = (split, end) if is_person else (begin, split)
        found = bisect_left(self.names, step, begin, end)
        if found == end or self.names[found] != step:
            did_you_mean = nearest(step, self.names[begin:end])
            raise refusal(str(name), f"no node {step}{did_you_mean}", "a node of the tree", "correct the name")
        return found


def grown(steps: Sequence[pl.Series], people: pl.Series, weights: Weights) -> Tree:
    """The tree over leaves given as columns; refuses nobody, weights that are all zero, gaps, and twins."""
    if not weights.any():
        raise refusal(
            "weights",
            "weights that are all zero" if len(weights) else "nobody",
            "at least one person with history or potential",
            "give the people a base or choose another scenario",
        )
    if people.null_count():
        raise refusal(f"column {people.name}", "nobody in a row", "a person in each row", "fill it")
    for above, below in pairwise(steps):
        if (above.is_null() & below.is_not_null()).any():
            raise refusal(f"column {below.name}", f"a step below nothing in {above.name}", "whole paths", "fill it")
    tree = Tree(**vars(lay_out(steps, people, weights)))
    twins = tree.labels.eq_missing(tree.labels.shift()).to_numpy() & tree.is_person
    twins[1:] &= (tree.parent[1:] == tree.parent[:-1]) & tree.is_person[:-1]
    for node in np.flatnonzero(twins)[:1].tolist():
        raise refusal(str(tree.where(node)), "two leaves", "one leaf for each path and person", "add their weights up")
    return tree


def _whole(weights: list[int | Fraction], leaves: Sequence[Leaf]) -> Weights:
    """Weights as whole numbers over their one denominator."""
    kinds = set(map(type, weights))
    if not all(issubclass(kind, Rational) for kind in kinds) or min(weights, default=0) < 0:
        bad = next(i for i, weight in enumerate(weights) if not (isinstance(weight, Rational) and weight >= 0))
        where = At(leaves[bad].path, leaves[bad].person_id)
        raise refusal(str(where), f"the weight {weights[bad]}", "a whole number or fraction, 0 or more", "correct it")
    scale = 1 if kinds == {int} else lcm(*{weight.denominator for weight in weights})
    return whole_weights([weight.numerator * (scale // weight.denominator) for weight in weights])


def _parents(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """child → parent; refuses a child with two."""
    above: dict[str, str] = {}
    for child, parent in sorted(edges):
        if above.setdefault(child, parent) != parent:
            raise refusal(child, f"two parents, {above[child]} and {parent}", "one parent", "keep one of the rows")
    return above


def _path(who: str, above: Mapping[str, str]) -> Path:
    """The steps from the top to `who`; refuses a circle."""
    path = [who]
    while path[-1] in above:
        path.append(above[path[-1]])
        if path[-1] in path[:-1]:
            circle = " → ".join(path[path.index(path[-1]) :])
            raise refusal(path[-1], f"below itself: {circle}", "a tree", "correct one of the parents")
    return tuple(reversed(path))


def refusal(where: str, found: str, expected: str, next_step: str) -> InputError:
    """What cannot be carried, and why."""
    return InputError(Problem(f"quota, {where}", found, expected, next_step))
