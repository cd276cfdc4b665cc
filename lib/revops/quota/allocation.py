"""One number carried down a tree: company → factor → team path → person → month, nothing lost at any node.

Each node is split over its children with `money.split` by the sum of the weights below them, so every parent is the
exact sum of its children. Nodes are paths, never names: 'Dealers' under two regions stays two nodes.

>>> members = [Member("Fans", "Sales/North", "a", 3), Member("Fans", "Sales/South", "b", 1)]
>>> [(node.path, node.amount) for node in carry_down(100, members) if node.person_id]
[(('Fans', 'Sales', 'North', 'a'), 75), (('Fans', 'Sales', 'South', 'b'), 25)]
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import polars as pl

from revops.money import round_ratio, split
from revops.problems import InputError, Problem
from revops.quota.shape import LEVEL, Shape


@dataclass(frozen=True)
class Member:
    """A person's claim on one factor (a product group): the weight by which the number reaches them."""

    factor: str
    team: str
    person_id: str
    weight: int | Fraction


@dataclass(frozen=True)
class Node:
    """One node of the tree with its amount for the year; `person_id` where it is a person."""

    path: tuple[str, ...]
    amount: int
    person_id: str | None = None

    @property
    def level(self) -> int:
        """0 company, 1 factor, 2 … team path, last the person."""
        return len(self.path)


def carry_down(amount: int, members: Sequence[Member], step: int = 1) -> list[Node]:
    """All nodes below the company, parents before children; `amount` and every part are multiples of `step`.

    The order of `members` does not matter. Raises InputError where all weights of the tree are zero.
    """
    if not any(member.weight for member in members):
        raise InputError(
            Problem(
                "quota, weights",
                "weights that are all zero",
                "at least one person with history or potential",
                "give the people a base or choose another scenario",
            )
        )
    return [Node((), amount), *_below((), amount, members, step)]


def _below(path: tuple[str, ...], amount: int, members: Sequence[Member], step: int) -> Iterator[Node]:
    children: dict[tuple[int, str], list[Member]] = {}
    for member in members:
        children.setdefault(_next(member, len(path)), []).append(member)
    keys = sorted(children)
    weights = [sum((Fraction(m.weight) for m in children[key]), Fraction(0)) for key in keys]
    if not any(weights):
        weights = [Fraction(1)] * len(keys)
    for key, part in zip(keys, split(amount // step, weights, keys=keys), strict=True):
        is_person, name = key
        node = Node((*path, name), part * step, name if is_person else None)
        yield node
        if not is_person:
            yield from _below(node.path, node.amount, children[key], step)


def _next(member: Member, depth: int) -> tuple[int, str]:
    """The child a member lies under at a depth: (0, factor or team) or (1, person)."""
    steps = [member.factor, *member.team.split("/")]
    return (0, steps[depth]) if depth < len(steps) else (1, member.person_id)


def to_step(amount: int, step: int) -> int:
    """The nearest multiple of `step`, half away from zero.

    >>> to_step(1_296_499, 1_000), to_step(-1_500, 1_000)
    (1296000, -2000)
    """
    return round_ratio(amount, step) * step


def by_month(
    nodes: Sequence[Node], months: Sequence[date], shapes: Mapping[str | None, Shape], step: int = 1
) -> pl.DataFrame:
    """One row per person, factor and month: `team`, `quota_amount`; a person's months sum to the person's node.

    Each factor has its own shape, where past years tell one; the others take the shape of everything together.
    """
    whole = shapes.get(None, LEVEL)
    rows = [
        {
            "factor": node.path[0],
            "team": "/".join(node.path[1:-1]),
            "person_id": node.person_id,
            "month_on": month,
            "quota_amount": part,
        }
        for node in nodes
        if node.person_id is not None
        for month, part in zip(months, shapes.get(node.path[0], whole).spread(node.amount, months, step), strict=True)
    ]
    schema = {
        "factor": pl.String,
        "team": pl.String,
        "person_id": pl.String,
        "month_on": pl.Date,
        "quota_amount": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema).sort("factor", "team", "person_id", "month_on")


def check_tree(nodes: Sequence[Node], months: pl.DataFrame) -> pl.DataFrame:
    """One row per level and month (null: the year): parents' amount, children's amount, parents that differ.

    The year of every parent is compared with the sum of its children's years, every person with the sum of their
    months, and each month's column with the sum of its leaves over the whole tree.
    """
    return pl.concat([_years(nodes), _persons(nodes, months), _months(nodes, months)]).with_columns(
        difference=pl.col("parent_amount") - pl.col("children_amount")
    )


CHECK_SCHEMA = {
    "level": pl.String,
    "depth": pl.Int64,
    "month_on": pl.Date,
    "parents": pl.Int64,
    "children": pl.Int64,
    "parent_amount": pl.Int64,
    "children_amount": pl.Int64,
    "parents_that_differ": pl.Int64,
}


def _check_row(
    level: str, depth: int, month: date | None, pairs: Sequence[tuple[int, int]], children: int
) -> pl.DataFrame:
    row = {
        "level": level, "depth": depth, "month_on": month, "parents": len(pairs), "children": children,
        "parent_amount": sum(a for a, _ in pairs), "children_amount": sum(b for _, b in pairs),
        "parents_that_differ": sum(a != b for a, b in pairs),
    }  # fmt: skip
    return pl.DataFrame([row], schema=CHECK_SCHEMA)


def _sums(amounts: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """parent path → sum of its children."""
    sums: dict[tuple[str, ...], int] = {}
    for path, amount in amounts.items():
        if path:
            sums[path[:-1]] = sums.get(path[:-1], 0) + amount
    return sums


def level_name(depth: int) -> str:
    """'company' above the factors, 'factor', then 'team 1', 'team 2' … down the path."""
    return ("company", "factor")[depth] if depth < 2 else f"team {depth - 1}"


def _years(nodes: Sequence[Node]) -> pl.DataFrame:
    amounts = {_key(node): node.amount for node in nodes}
    sums = _sums(amounts)
    parents = {_key(node): node.amount for node in nodes if node.person_id is None}
    frames = []
    for depth in sorted({len(path) for path in parents}):
        here = [path for path in parents if len(path) == depth]
        count = sum(len(path) == depth + 1 for path in amounts)
        frames.append(_check_row(level_name(depth), depth, None, [(parents[p], sums[p]) for p in here], count))
    return pl.concat(frames)


def _key(node: Node) -> tuple[str, ...]:
    """The node's path; a person is marked, so that a team with a person's name stays apart."""
    return node.path if node.person_id is None else (*node.path[:-1], "\x00" + node.path[-1])


def _persons(nodes: Sequence[Node], months: pl.DataFrame) -> pl.DataFrame:
    keys = ["factor", "team", "person_id"]
    sums = {tuple(row[:3]): row[3] for row in months.group_by(keys).agg(pl.col("quota_amount").sum()).iter_rows()}
    pairs = [
        (node.amount, sums.get((node.path[0], "/".join(node.path[1:-1]), node.person_id), 0))
        for node in nodes
        if node.person_id is not None
    ]
    depth = max((node.level for node in nodes), default=0)
    return _check_row("person", depth, None, pairs, months.height)


def _months(nodes: Sequence[Node], months: pl.DataFrame) -> pl.DataFrame:
    """Every parent of every level in every month: its own rows summed at once against the sum of its children."""
    leaves: dict[tuple[date, tuple[str, ...]], int] = {}
    for row in months.iter_rows(named=True):
        path = (row["factor"], *row["team"].split("/"), "\x00" + row["person_id"])
        leaves[row["month_on"], path] = row["quota_amount"]
    frames = []
    for month in sorted({month for month, _ in leaves}):
        level = {path: amount for (on, path), amount in leaves.items() if on == month}
        frames += _levels_of(month, level)
    return pl.concat(frames) if frames else pl.DataFrame(schema=CHECK_SCHEMA)


def _levels_of(month: date, leaves: Mapping[tuple[str, ...], int]) -> list[pl.DataFrame]:
    totals: dict[tuple[str, ...], int] = {}
    for path, amount in leaves.items():
        for depth in range(len(path)):
            totals[path[:depth]] = totals.get(path[:depth], 0) + amount
    sums = _sums({**totals, **leaves})
    rows = []
    for depth in sorted({len(path) for path in totals}):
        here = sorted(path for path in totals if len(path) == depth)
        count = sum(len(path) == depth + 1 for path in {**totals, **leaves})
        rows.append(_check_row(level_name(depth), depth, month, [(totals[p], sums[p]) for p in here], count))
    return rows
