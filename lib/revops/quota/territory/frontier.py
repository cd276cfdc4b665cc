"""What balance costs: the best proposal at each budget of disruption, and what one head more or less would change.

>>> from revops.company import Territory
>>> from revops.quota.territory.proposal import realign
>>> accounts = pl.DataFrame(
...     {"account_id": ["a", "b", "c"], "person_id": ["p", "p", "q"], "sales_amount": [500, 150, 350]}
... )
>>> settings = Territory(weights={"sales": 1}, keep=[], disruption=0.2)
>>> found = frontier(realign(accounts, pl.DataFrame({"person_id": ["p", "q"]}), settings), settings.disruption)
>>> [(point.balance, point.disruption) for point in found.points], found.chosen.balance, found.knee
([(30.0, 0.0), (0.0, 0.15)], 0.0, 1)
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from revops.problems import InputError
from revops.quota.territory.balance import heads_needed
from revops.quota.territory.proposal import NOBODY, Realignment
from revops.quota.territory.relax import relax
from revops.quota.territory.solve import FAR, FEW, NODES, Placement, propose

BUDGETS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.10, 0.15, 0.20, 0.30, 0.50, 1.0)
VACANCY = "(vacancy)"
WHAT_IF = {"hours": pl.Float64, "balance": pl.Float64, "accounts": pl.Int64}
HEADS: dict[str, Any] = {
    "group": pl.Int64, "people": pl.List(pl.String), "heads": pl.Int64, "accounts": pl.Int64, "hours": pl.Float64,
    "needed": pl.Int64, "index": pl.Float64, "hours_each": pl.Float64,
    **{f"{name}_{what}": kind for name in ("more", "fewer") for what, kind in WHAT_IF.items()},
}  # fmt: skip


@dataclass(frozen=True)
class Frontier:
    """Proposals by rising budget, none worse than the one before, the last as good as any budget buys."""

    points: tuple[Placement, ...]
    budget: float

    @cached_property
    def chosen(self) -> Placement:
        """The proposal of the company's budget: the last that moves no more."""
        most = self.points[0].case.budget(self.budget)
        return [point for point in self.points if point.moved_amount <= most or point is self.points[0]][-1]

    @cached_property
    def knee(self) -> int:
        """Where more disruption begins to buy less: the point furthest below the line from first to last."""
        x = np.array([point.disruption for point in self.points])
        y = np.array([point.balance for point in self.points])
        if x[-1] == x[0] or y[-1] == y[0]:
            return 0
        below = (y[0] - y) / (y[0] - y[-1]) - (x - x[0]) / (x[-1] - x[0])
        return len(x) - 1 - int(np.argmax(below[::-1].round(9)))

    def frame(self) -> pl.DataFrame:
        """One row per point: budget and disruption (shares), accounts and value moved, balance, the least balance that
        any proposal of the budget can have (`least`), gap, is_chosen, is_knee.
        """
        rows = [
            {
                "budget": point.budget / max(point.case.total, 1), "disruption": point.disruption,
                "accounts": point.moved, "moved_amount": point.moved_amount, "balance": point.balance,
                "least": least(point), "gap": point.gap, "is_chosen": point is self.chosen, "is_knee": at == self.knee,
            }
            for at, point in enumerate(self.points)
        ]  # fmt: skip
        return pl.DataFrame(rows)


def frontier(case: Realignment, budget: float, nodes: int = NODES) -> Frontier:
    """A proposal at each of `BUDGETS` and at `budget`, up to the first that no further disruption makes better.

    Each begins at the one before; the company's own is searched the longest.
    Budgets at which nothing fits (capacity, pins) are left out; InputError where nothing fits at any.
    """
    points: list[Placement] = []
    best = relax(case, case.total).bound
    for share in sorted({*BUDGETS, budget}):
        try:
            few, start = FEW if share == budget else 0, points[-1].place if points else None
            found = propose(case, share, nodes, few, start)
        except InputError:
            if share == 1:
                raise
            continue
        if points and case.cost(points[-1].place) <= case.cost(found.place):
            same = points.pop()
            found = replace(same, budget=found.budget, bound=min(found.bound, case.cost(same.place)))
        points.append(found)
        if case.cost(found.place) <= best + FAR and share >= budget:
            break
    return Frontier(tuple(points), budget)


def least(point: Placement) -> float:
    """A balance, in points, that no proposal within the point's budget is below: proved, not found."""
    case = point.case
    most = case.moving * case.per_cent(point.budget)
    free = relax(replace(case, moving=0.0), point.budget).bound
    return max(point.bound - most, min(free, point.balance), 0.0)


def heads(case: Realignment, capacity: float) -> pl.DataFrame:
    """One row per group: what it carries, the people its work needs, and balance with one person more and one fewer.

    Columns: group, people (ids), heads, accounts, hours, needed (ceil(hours ÷ capacity)), index (the fair share),
    hours_each; and for `more` and `fewer`: `_hours` a person, `_balance` (points between the fair share of the group
    and the person furthest from it after the best moves), `_accounts` that change hands or get somebody. `fewer` is
    null where the group has one person; who goes is the one with the least load.
    """
    index = case.index(case.owner)
    rows = []
    for group in range(len(case.heads)):
        inside = np.flatnonzero(case.group == group)
        hours = float(case.hours[case.home == group].sum())
        row = {
            "group": group, "people": case.people["person_id"].gather(inside).to_list(), "heads": len(inside),
            "accounts": int((case.home[case.accounts["unit"].to_numpy()] == group).sum()), "hours": hours,
            "needed": heads_needed(hours, capacity), "index": float(case.shares[group]),
            "hours_each": hours / len(inside),
        }  # fmt: skip
        row |= _what_if("more", with_one_more(case, group), group, hours / (len(inside) + 1))
        if len(inside) > 1:
            goes = int(inside[index[inside].argmin()])
            row |= _what_if("fewer", without(case, goes), group, hours / (len(inside) - 1))
        rows.append(row)
    return pl.DataFrame(rows, schema=HEADS)


def with_one_more(case: Realignment, group: int) -> Realignment:
    """The same accounts with a vacancy in a group: a person who has nothing today and may take what others may."""
    free = (case.home == group) & ~case.fixed
    return replace(
        case,
        people=pl.concat([case.people, pl.DataFrame({"person_id": [VACANCY]})], how="diagonal"),
        load=case.load * (case.size + 1) / case.size,
        reach=np.column_stack([case.reach, free]),
        group=np.append(case.group, group),
        capacity=np.append(case.capacity, case.capacity.max()),
    )


def without(case: Realignment, person: int) -> Realignment:
    """The same accounts without a person whose group has others: theirs are nobody's until somebody takes them."""
    stay = np.arange(case.size) != person
    reach = case.reach[:, stay]
    reach[~reach.any(axis=1)] = case.group[stay] == case.group[person]
    return replace(
        case,
        people=case.people.filter(pl.Series(stay)),
        load=case.load * (case.size - 1) / case.size,
        owner=np.where(case.owner == person, NOBODY, case.owner - (case.owner > person)),
        reach=reach,
        group=case.group[stay],
        capacity=case.capacity[stay],
    )


def _what_if(name: str, case: Realignment, group: int, hours: float) -> dict[str, float | int]:
    soft = replace(case, capacity=np.full(case.size, np.inf))
    found = propose(soft, nodes=0)
    changed = (found.place != soft.owner)[soft.accounts["unit"].to_numpy()]
    return {
        f"{name}_hours": hours,
        f"{name}_balance": round(float(soft.widest(found.place)[group]), 6),
        f"{name}_accounts": int((changed & (soft.home[soft.accounts["unit"].to_numpy()] == group)).sum()),
    }
