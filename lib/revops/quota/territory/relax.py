"""The linear relaxation of a territory proposal: units may be cut. What no proposal can beat, and where to begin.

Units of one person with the same reach differ in load and value only, so the load that leaves them is pooled: one
variable for each unit (its share that leaves) and one for each pool and receiver. Ten thousand units and fifty people
are then some ten thousand variables instead of half a million. With a hard capacity the hours flow beside the load,
which keeps the bound a bound.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from revops.problems import InputError, Problem
from revops.quota.territory.proposal import Floats, Place, Realignment

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint

NEAR = 0.05  # points within which a proposal is taken for the best
LIFT = 100  # added to the cost, so that the solver's relative gap is one in points


@dataclass(frozen=True)
class Relaxation:
    """bound: the least cost in points; leaves: the share of each unit that leaves; flow: load, pools × people."""

    bound: float
    leaves: Floats
    pool: Place
    flow: Floats


def relax(case: Realignment, budget: int, nodes: int = 0) -> Relaxation:
    """The optimum where units may be cut and at most `budget` of value moves.

    With `nodes` of a search tree units leave whole, and only what they carry is handed on in parts: closer to the
    best there is, and still a bound.
    Raises InputError where even that puts somebody above a hard capacity, or pinned accounts alone exceed the budget.
    """
    from scipy.optimize import Bounds, milp

    units, people = len(case.load), case.size
    pool, giver, pairs_pool, pairs_person = _pools(case)
    pools, pairs = len(giver), len(pairs_pool)
    hard = bool(np.isfinite(case.capacity).all())
    flow, hours = units + np.arange(pairs), units + pairs + np.arange(pairs * hard)
    gap = units + pairs * (1 + hard)
    width = gap + len(case.heads) + 1
    owned = np.flatnonzero(case.owner >= 0)
    mine = case.owner[owned]

    def carried(of: Floats, given: Place) -> "list[LinearConstraint]":
        """Each pool hands on what leaves its units."""
        return [rows_of([(pairs_pool, given, 1), (pool, np.arange(units), -of)], 0, 0, pools, width)]

    def held(of: Floats, given: Place) -> list[tuple[ArrayLike, ArrayLike, ArrayLike]]:
        """What each person receives less what leaves them."""
        return [(pairs_person, given, 1), (mine, owned, -of[owned])]

    short = case.shares[case.group] - case.sums(case.owner, case.load)
    wide = (np.arange(people), gap + case.group)
    share = case.value[owned] / max(case.total, 1)
    rows = [
        *carried(case.load, flow),
        rows_of([*held(case.load, flow), (*wide, -1)], -np.inf, short, people, width),
        rows_of([*held(case.load, flow), (*wide, 1)], short, np.inf, people, width),
        rows_of([(np.zeros(len(owned), dtype=int), owned, share)], -np.inf, budget / max(case.total, 1), 1, width),
    ]
    if hard:
        room = case.capacity - case.sums(case.owner, case.hours)
        rows += [*carried(case.hours, hours), rows_of(held(case.hours, hours), -np.inf, room, people, width)]
    stays = case.reach[np.arange(units), case.owner] & (case.owner >= 0)
    low, high = np.zeros(width), np.full(width, np.inf)
    low[:units], low[gap:-1], low[-1], high[-1] = ~stays, case.largest, LIFT, LIFT
    high[:units] = case.reach.sum(axis=1) > stays
    cost = np.zeros(width)
    cost[owned], cost[gap:-1], cost[-1] = case.moving * 100 * share, case.heads / people, 1
    whole = (np.arange(width) < units) & bool(nodes)
    limits = {"node_limit": nodes, "mip_rel_gap": NEAR / LIFT} if nodes else {}
    found = milp(cost, constraints=rows, bounds=Bounds(low, high), integrality=whole, options=limits)
    if found.x is None:
        raise InputError(none_fits(case, budget))
    table = np.zeros((pools, people))
    table[pairs_pool, pairs_person] = found.x[flow]
    bound = found.mip_dual_bound if nodes else found.fun
    return Relaxation(round(float(bound) - LIFT, 6), found.x[:units], pool, table)


def _pools(case: Realignment) -> tuple[Place, Place, Place, Place]:
    """Pool of each unit, person of each pool, and the pairs pool → receiver."""
    keys = np.column_stack([case.owner, np.packbits(case.reach, axis=1)])
    _, first, pool = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    gives = case.reach[first] & (np.arange(case.size) != case.owner[first][:, None])
    pairs_pool, pairs_person = np.nonzero(gives)
    return pool.ravel(), case.owner[first], pairs_pool, pairs_person


def rows_of(
    blocks: list[tuple[ArrayLike, ArrayLike, ArrayLike]], low: ArrayLike, high: ArrayLike, count: int, width: int
) -> "LinearConstraint":
    """low ≤ the sum of the blocks (row, column, value) ≤ high."""
    from scipy.optimize import LinearConstraint
    from scipy.sparse import coo_array, csr_array

    at = [np.broadcast_arrays(*block) for block in blocks]
    rows, columns, values = (np.concatenate([block[part] for block in at]) for part in range(3))
    matrix = csr_array(coo_array((values.astype(float), (rows, columns)), shape=(count, width)))
    return LinearConstraint(matrix, np.broadcast_to(low, count), np.broadcast_to(high, count))


def none_fits(case: Realignment, budget: int) -> Problem:
    """Why there is no proposal: the pinned accounts, the hours of a group, or the few that may move."""
    pinned = case.value[(case.owner >= 0) & ~case.reach[np.arange(len(case.owner)), case.owner]].sum()
    if pinned > budget:
        return Problem(
            "territory proposal",
            f"pinned accounts that move {case.per_cent(int(pinned)):.1f} % of the value",
            f"at most {case.per_cent(budget):.1f} %",
            "pin fewer accounts or raise territory.disruption",
        )
    names = case.people["person_id"].to_list()
    hours, room = np.bincount(case.home, case.hours, len(case.heads)), np.bincount(case.group, case.capacity)
    for group in np.flatnonzero(hours > room):
        who = ", ".join(name for name, at in zip(names, case.group, strict=True) if at == group)
        return Problem(
            f"territory proposal, {who}",
            f"{hours[group]:,.0f} hours of customer work",
            f"at most {room[group]:,.0f} hours, their capacity together",
            "add a person, exclude accounts or set territory.is_capacity_hard to false",
        )
    over = case.sums(case.owner, case.hours) - case.capacity
    at = int(over.argmax())
    return Problem(
        f"territory proposal, {names[at]}",
        f"{over[at] + case.capacity[at]:,.0f} hours today that no allowed move brings below capacity",
        f"at most {case.capacity[at]:,.0f} hours",
        "unlock accounts, raise territory.disruption or set territory.is_capacity_hard to false",
    )
