"""What an analyst turns, and what holds people: pins, locks, least and most change, as limits of the tree.

A person's limit is of all they carry. It is shared over their factors as they carry the year without it, in steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import Literal

from revops.money import RATE_SCALE, rate_units, split, to_decimal
from revops.problems import Problem, nearest, refuse_if_any
from revops.quota.bases import Base, Factor, Start
from revops.quota.carry import Carried, Limit, carry
from revops.quota.ground import Ground
from revops.quota.much.methods import rounded

Kind = Literal["pin", "lock", "least", "most"]
HOLDS: tuple[Kind, ...] = ("pin", "lock", "least", "most")


@dataclass(frozen=True)
class Knobs:
    """What an analyst turns; rates in billionths, `step` and amounts in money units.

    `blend` is the potential's part of every scenario that weighs potential (None: as declared), `over` the
    over-assignment by level, `pins` what a person carries in the year, `locks` who keeps the number of the base year,
    `without` who is planned as gone.
    """

    growth: int
    share_gain: int
    flat: int
    step: int = 1
    blend: int | None = None
    over: tuple[int, ...] = ()
    pins: Mapping[str, int] = field(default_factory=dict)
    locks: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()


def more(amount: Fraction, rate: int) -> int:
    """amount × (1 + rate in billionths), rounded once."""
    return rounded(amount * (RATE_SCALE + rate) / RATE_SCALE)


def limited(plain: Carried, ground: Ground, knobs: Knobs, found: Sequence[Base], begin: Mapping[str, Start]) -> Carried:
    """The year with everybody's pins, locks and bounds, each shared over the person's leaves as they carry the year."""
    tree, depth = plain.tree, len(ground.names)
    room = {tree.paths[i]: int(plain.base[i]) for i in range(len(tree)) if tree.level[i] == depth}
    mine: dict[str, list[int]] = {}
    sellers: dict[Factor, list[int]] = {}
    for node in tree.people.tolist():
        mine.setdefault(tree.names[node], []).append(node)
        sellers.setdefault(tree.paths[node][:depth], []).append(node)
    alone = {nodes[0] for nodes in sellers.values() if len(nodes) == 1}
    rooms = {node: room[tree.paths[node][:depth]] for nodes in mine.values() for node in nodes}
    held = [(base.person_id, *bound) for base in found for bound in _bounds(ground, knobs, base, begin[base.person_id])]
    asked = {person: grown(sum(rooms[node] for node in nodes), knobs.over) for person, nodes in mine.items()}
    refuse_if_any(_beyond(held, asked, ground.decimals))
    limits = [
        Limit(kind, tree.where(node), part)
        for person, kind, amount in held
        for node, part in _over_leaves(plain, mine.get(person, []), amount, knobs.step, alone, rooms)
    ]
    return carry(room, tree, step=knobs.step, limits=limits, over=knobs.over) if limits else plain


def grown(amount: int, over: Sequence[int]) -> int:
    """What an amount can grow to where every level is over-assigned, rounded up.

    >>> grown(100, [rate_units("5%")] * 3)
    116
    """
    whole = amount * prod((RATE_SCALE + rate for rate in over), start=1)
    return -(-whole // RATE_SCALE ** len(over))


def _beyond(held: Sequence[tuple[str, Kind, int]], asked: Mapping[str, int], decimals: int) -> Iterator[Problem]:
    """A pin or lock below 0, or above all that is asked of everybody for what the person sells."""
    for person, kind, amount in held:
        most, told = asked.get(person, 0), f"{to_decimal(amount, decimals):,}"
        where = f"quota.{kind}s, {person}"
        if kind in ("pin", "lock") and amount < 0:
            yield Problem(where, told, "an amount of 0 or more", "correct the amount")
        elif kind in ("pin", "lock") and amount > most:
            room, over = (f"{to_decimal(units, decimals):,}" for units in (most, amount - most))
            found = f"{told} where {room} is asked of all who sell the same"
            yield Problem(where, found, f"{room} at most: {over} too much", f"lower it by {over} or more")


def check_people(ground: Ground, knobs: Knobs) -> None:
    """Refuse pins and locks of people who carry no quota, and a least change above the greatest."""
    known = [base.person_id for base in ground.bases]
    least, most = ground.settings.least_change, ground.settings.most_change
    if least is not None and most is not None and rate_units(least) > rate_units(most):
        found = f"{least} above most_change {most}"
        refuse_if_any([Problem("quota.least_change", found, "at most most_change", "correct one of them")])
    refuse_if_any(
        Problem(f"quota.{where}", person + nearest(person, known), "someone who carries a quota", "correct the person")
        for where, people in (("pins", knobs.pins), ("locks", knobs.locks))
        for person in sorted(people)
        if person not in known
    )


def _over_leaves(
    plain: Carried, nodes: Sequence[int], amount: int, step: int, alone: set[int], rooms: Mapping[int, int]
) -> list[tuple[int, int]]:
    """An amount over a person's leaves as they carry the year, in steps; what no step divides on the largest.

    A factor that nobody else sells stays theirs whole, and no leaf takes more than its factor has; where that cannot
    be, the plain parts are given, and the carrying refuses them.
    """
    free = [node for node in nodes if node not in alone]
    left = amount - sum(int(plain.street[node]) for node in nodes if node in alone)
    if left < 0 or left > sum(rooms[node] for node in free):
        free, left, rooms = list(nodes), amount, dict.fromkeys(nodes, amount)
    found: dict[int, int] = {}
    while free:
        weights = [int(plain.street[node]) for node in free]
        parts = split(left // step, weights if any(weights) else [1] * len(free), keys=free)
        parts = [part * step for part in parts]
        parts[max(range(len(parts)), key=lambda place: parts[place])] += left % step
        full = {node: rooms[node] for node, part in zip(free, parts, strict=True) if part > rooms[node]}
        found |= full or dict(zip(free, parts, strict=True))
        free, left = [node for node in free if full and node not in full], left - sum(full.values())
    return sorted(found.items())


def _bounds(ground: Ground, knobs: Knobs, base: Base, start: Start) -> list[tuple[Kind, int]]:
    """What binds a person: a pin, else a lock, else the least and most change on their own base, inside by steps."""
    person, step = base.person_id, knobs.step
    if person in knobs.pins:
        return [("pin", knobs.pins[person])]
    if person in knobs.locks:
        return [("lock", ground.recorded.get(person, sum(base.projected.values())))]
    if start.rule not in ("own", "part_year", "fewer_years"):
        return []
    least, most = ground.settings.least_change, ground.settings.most_change
    found: list[tuple[Kind, int]] = []
    if least is not None:
        found.append(("least", -(-more(start.amount, rate_units(least)) // step) * step))
    if most is not None:
        found.append(("most", more(start.amount, rate_units(most)) // step * step))
    return found


def binds_of(carried: Carried) -> dict[str, list[str]]:
    """person_id → the limits that hold their number."""
    found: dict[str, list[str]] = {}
    for node in carried.tree.people.tolist():
        bind, kinds = carried.binds[node], found.setdefault(carried.tree.names[node], [])
        if bind in HOLDS and bind not in kinds:
            kinds.append(bind)
    return found
