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
from math import lcm
from numbers import Rational
from typing import NamedTuple

import numpy as np
import polars as pl

from revops.problems import InputError, Problem, nearest
from revops.quota.carry.apportion import Weights, Whole, sums, whole_weights

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
class Tree:
    """One entry a node in every array, level by level; index 0 is the company.

    The children of node i are `first[i]` up to `first[i] + count[i]`: `teams[i]` teams by name, then people by id, so
    that ties are the same whatever the order of leaves. `weight` is the sum of the leaves below, over one denominator.
    """

    names: list[str]
    parent: Whole
    level: Whole
    is_person: np.ndarray
    first: Whole
    count: Whole
    teams: Whole
    weight: Weights

    @classmethod
    def grow(cls, leaves: Sequence[Leaf]) -> "Tree":
        """The tree over these leaves, in any order.

        Raises InputError where there is no leaf, a weight is negative or no exact number, all weights are zero, or
        two leaves share path and person.
        """
        weights = _whole([leaf.weight for leaf in leaves], leaves)
        teams = _teams({leaf.path for leaf in leaves})
        rank = {path: place for place, path in enumerate(teams)}
        people = pl.DataFrame(
            {"parent": [rank[leaf.path] for leaf in leaves], "name": [leaf.person_id for leaf in leaves]}
        )
        return _rooted(teams, rank, people, weights)

    @classmethod
    def of(cls, frame: pl.DataFrame, path: Sequence[str], person: str, weight: str) -> "Tree":
        """The tree of a table with one row a leaf: path columns (null below a path's end), person, whole weight.

        The same tree as `grow` of its rows, and the same refusals, without an object a row.

        >>> table = pl.DataFrame({"factor": ["Fans", "Fans"], "team": ["North", None], "who": ["a", "b"], "n": [3, 1]})
        >>> Tree.of(table, ["factor", "team"], "who", "n").names
        ['', 'Fans', 'North', 'b', 'a']
        """
        values = frame[weight]
        if not (values.dtype.is_integer() and values.null_count() == 0 and (values >= 0).all() and (values > 0).any()):
            rows = frame.select(*path, person, weight).rows()
            return cls.grow([Leaf(_ended(row[:-2]), row[-2], row[-1]) for row in rows])
        distinct = frame.select(path).unique().sort(path)
        paths = [_ended(row) for row in distinct.rows()]
        teams = _teams(paths)
        rank = {path: place for place, path in enumerate(teams)}
        ranks = distinct.with_columns(parent=pl.Series([rank[path] for path in paths], dtype=pl.Int64))
        people = frame.join(ranks, on=path, how="left", nulls_equal=True, maintain_order="left")
        return _rooted(teams, rank, people.select("parent", name=person), whole_weights(values.to_numpy()))

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
        return len(self.names)

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
        path = self.paths[node]
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


def _teams(paths: Iterable[Path]) -> list[Path]:
    """Every node that is no person, level by level, siblings by name."""
    found: dict[Path, None] = {(): None}
    for path in paths:
        while path not in found:
            found[path] = None
            path = path[:-1]
    return sorted(sorted(found), key=len)


def _ended(steps: Sequence[str | None]) -> Path:
    """A path without the nulls after its end."""
    return tuple([step for step in steps if step is not None])


def _rooted(teams: list[Path], rank: Mapping[Path, int], people: pl.DataFrame, weights: Weights) -> Tree:
    """The tree of these teams and `people` (the team's rank as `parent`, id as `name`), weights in their order.

    Sorted by the rank of the parent, teams before people, all nodes stand level by level.
    """
    people = people.with_row_index("row").sort("parent", "name")
    _refuse_twins(people, teams)
    ranks = np.concatenate([np.array([rank[path[:-1]] for path in teams[1:]], np.int64), people["parent"].to_numpy()])
    order = np.argsort(ranks, kind="stable")
    is_person = np.concatenate([[False], order >= len(teams) - 1])
    place = np.zeros(len(teams), np.int64)
    place[1:] = np.flatnonzero(~is_person)[1:]
    parent = np.concatenate([[-1], place[ranks[order]]])
    level = np.concatenate([[0], np.array([len(path) for path in teams])[ranks[order]] + 1])
    count = np.bincount(parent[1:], minlength=len(parent))
    weight: Weights = np.zeros(len(parent), weights.dtype)
    weight[is_person] = weights[people["row"].to_numpy()]
    names = np.array([path[-1] for path in teams[1:]] + people["name"].to_list(), dtype=object)[order].tolist()
    first = np.where(count > 0, np.cumsum(count) - count + 1, 0)
    below = np.bincount(parent[~is_person][1:], minlength=len(parent))
    tree = Tree(["", *names], parent, level, is_person, first, count, below, weight)
    for here, under in zip(tree.levels[-2::-1], tree.levels[:0:-1], strict=True):
        above = np.flatnonzero(count[here]) + here.start
        weight[above] = sums(weight[under], first[above] - under.start)
    return tree


def _whole(weights: list[int | Fraction], leaves: Sequence[Leaf]) -> Weights:
    """Weights as whole numbers over their one denominator."""
    kinds = set(map(type, weights))
    if not all(issubclass(kind, Rational) for kind in kinds) or min(weights, default=0) < 0:
        bad = next(i for i, weight in enumerate(weights) if not (isinstance(weight, Rational) and weight >= 0))
        where = At(leaves[bad].path, leaves[bad].person_id)
        raise refusal(str(where), f"the weight {weights[bad]}", "a whole number or fraction, 0 or more", "correct it")
    if not any(weights):
        raise refusal(
            "weights",
            "weights that are all zero" if weights else "nobody",
            "at least one person with history or potential",
            "give the people a base or choose another scenario",
        )
    scale = 1 if kinds == {int} else lcm(*{weight.denominator for weight in weights})
    return whole_weights([weight.numerator * (scale // weight.denominator) for weight in weights])


def _refuse_twins(people: pl.DataFrame, teams: list[Path]) -> None:
    """Two leaves of one person on one path would be one number told twice."""
    is_twin = (pl.col("parent") == pl.col("parent").shift()) & (pl.col("name") == pl.col("name").shift())
    twins = people.filter(is_twin)
    if twins.height:
        where = At(teams[twins["parent"][0]], twins["name"][0])
        raise refusal(str(where), "two leaves", "one leaf for each path and person", "add their weights up")


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
