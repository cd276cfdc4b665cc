"""The territory proposal: the least imbalance that a budget of disruption buys, and the proof of how good it is.

The relaxation is rounded, then improved step by step. Where that leaves a gap, the relaxation in which units leave
whole is; where that leaves one too and units are few, an integer programme is given the result to beat. Limits count
nodes and steps, never seconds: same input, same proposal.

>>> import polars as pl
>>> from revops.company import Territory
>>> from revops.quota.territory.proposal import realign
>>> accounts = pl.DataFrame(
...     {"account_id": ["a", "b", "c"], "person_id": ["p", "p", "q"], "sales_amount": [500, 150, 350]}
... )
>>> case = realign(accounts, pl.DataFrame({"person_id": ["p", "q"]}), Territory(weights={"sales": 1}, keep=[]))
>>> found = propose(case, disruption=0.15)
>>> found.balance, found.disruption, found.gap
(0.0, 0.15, 0.0)
>>> propose(case, disruption=0.14).balance
30.0
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from revops.problems import InputError
from revops.quota.territory.improve import improved, rounded
from revops.quota.territory.proposal import SPLIT, Place, Realignment
from revops.quota.territory.relax import LIFT, NEAR, none_fits, relax, rows_of

FEW = 500  # units up to which more is tried: steps from today's owners, an integer programme
NODES = 20  # of a search tree
FAR = 1.0  # points above the bound from which more is tried


@dataclass(frozen=True)
class Placement:
    """A proposal: the person of each unit, the budget of value that could move, and a cost that none can be below."""

    case: Realignment
    place: Place
    budget: int
    bound: float

    @property
    def balance(self) -> float:
        """Points between the fair share and the person furthest from it, the mean over groups by people."""
        return self.case.balance(self.place)

    @property
    def moved_amount(self) -> int:
        """The value that changes hands."""
        return self.case.moved_amount(self.place)

    @property
    def disruption(self) -> float:
        """Value moved ÷ value."""
        return self.moved_amount / self.case.total if self.case.total else 0.0

    @property
    def moved(self) -> int:
        """Accounts that leave one person for another."""
        return int(self.case.moved(self.place)[self.case.accounts["unit"].to_numpy()].sum())

    @property
    def gap(self) -> float:
        """Points that the cost may lie above the best there is; 0 where it is proved best."""
        return round(max(self.case.cost(self.place) - self.bound, 0.0), 6)

    @property
    def index(self) -> NDArray[np.float64]:
        """The alignment index of each person."""
        return self.case.index(self.place)


def propose(
    case: Realignment, disruption: str | float | Fraction = 1, nodes: int = NODES, few: int = FEW,
    start: Place | None = None,
) -> Placement:  # fmt: skip
    """The best placement found that moves at most this share of the value (1: any).

    Never worse than today's where today's is allowed, nor than `start`. `nodes` limits the search trees, 0 goes without
    them; `few` is the number of units up to which the integer programme is tried. Raises InputError where capacity is
    hard or accounts are pinned, and nothing fits.
    """
    budget = case.budget(disruption)
    best, bound = None, -np.inf
    for place in (case.owner, start):
        if place is not None and _fits(case, place, budget):
            is_small = len(case.load) <= FEW
            best = _better(case, best, improved(case, place, budget) if is_small else place)
    for tree in (0, nodes) if nodes else (0,):
        found = relax(case, budget, tree)
        bound = max(bound, found.bound)
        place = improved(case, rounded(case, found, budget), budget)
        best = _better(case, best, place if _fits(case, place, budget) else None)
        if best is not None and case.cost(best) <= bound + FAR:
            break
    else:
        if nodes and len(case.load) <= few:
            best, bound = _searched(case, budget, nodes, best, bound)
    if best is None:
        raise InputError(none_fits(case, budget))
    return Placement(case, best, budget, min(bound, case.cost(best)))


def _better(case: Realignment, one: Place | None, other: Place | None) -> Place | None:
    """The cheaper of two places, of which there may be none."""
    return min((place for place in (one, other) if place is not None), key=case.cost, default=None)


def _fits(case: Realignment, place: Place, budget: int) -> bool:
    """Whether everybody is within reach, capacity and budget."""
    reached = (place >= 0).all() and case.reach[np.arange(len(place)), place].all()
    return bool(reached and not case.over_hours(place) and case.moved_amount(place) <= budget)


def _searched(
    case: Realignment, budget: int, nodes: int, best: Place | None, bound: float
) -> tuple[Place | None, float]:
    """The better of `best` and what branch and bound finds below it, and the bound it proves."""
    from scipy.optimize import Bounds, milp

    ceiling = np.inf if best is None else case.cost(best) - NEAR
    units, persons = np.nonzero(case.reach)
    pairs, families = len(units), int(case.family.max(initial=-1)) + 1
    gap, lift = pairs + families * case.size, LIFT + families
    width = gap + len(case.heads) + 1
    nr = np.arange(pairs)
    moves = np.where((persons != case.owner[units]) & (case.owner[units] >= 0), case.value[units], 0) / max(
        case.total, 1
    )
    cost = np.zeros(width)
    cost[:pairs], cost[pairs:gap], cost[gap:-1], cost[-1] = case.moving * 100 * moves, SPLIT, case.heads / case.size, 1
    wide, fair = (np.arange(case.size), gap + case.group), case.shares[case.group]
    held = (persons, nr, case.load[units])
    rows = [
        rows_of([(units, nr, 1)], 1, 1, len(case.load), width),
        rows_of([held, (*wide, -1)], -np.inf, fair, case.size, width),
        rows_of([held, (*wide, 1)], fair, np.inf, case.size, width),
        rows_of([(np.zeros(pairs, dtype=int), nr, moves)], -np.inf, budget / max(case.total, 1), 1, width),
        rows_of([(np.zeros(width, dtype=int), np.arange(width), cost)], -np.inf, ceiling + lift, 1, width),
    ]
    if np.isfinite(case.capacity).all():
        rows.append(rows_of([(persons, nr, case.hours[units])], -np.inf, case.capacity, case.size, width))
    if families:
        at = np.flatnonzero(case.family[units] >= 0)
        column = pairs + case.family[units[at]] * case.size + persons[at]
        each = np.arange(len(at))
        rows.append(rows_of([(each, nr[at], 1), (each, column, -1)], -np.inf, 0, len(at), width))
    low, high, whole = np.zeros(width), np.ones(width), np.arange(width) < pairs
    low[gap:-1], high[gap:-1], low[-1], high[-1] = case.largest, np.inf, LIFT, LIFT
    found = milp(
        cost, constraints=rows, bounds=Bounds(low, high), integrality=whole,
        options={"node_limit": nodes, "mip_rel_gap": NEAR / lift, "presolve": False},
    )  # fmt: skip
    proved = ceiling if found.status == 2 else (found.mip_dual_bound or 0) - lift
    bound = max(bound, proved) if np.isfinite(proved) else bound
    if found.x is None:
        return best, bound
    taken = found.x[:pairs] > 0.5
    place = case.owner.copy()
    place[units[taken]] = persons[taken]
    return (place if _fits(case, place, budget) else best), bound
