"""From the relaxation to whole units, and step by step to a better proposal.

A step hands one unit on or exchanges two, between two people of a group. Steps are weighed by the cost of the case
plus a little of the sum of squares, which leads out of standstills; only the best step of a person is taken, and only
where it wins. No clock: `STEPS` limits how many.
"""

from dataclasses import dataclass

import numpy as np

from revops.quota.territory.proposal import SPLIT, Floats, Place, Realignment
from revops.quota.territory.relax import Relaxation

STEPS = 2_000
SQUARES = 1e-3  # points that a mean squared deviation of 1 counts
HOUR = 1.0  # points that an hour above a hard capacity counts
NEAREST = 8  # people furthest from their share who are tried, each with so many furthest the other way
FEW = 30  # units of a person up to which two are handed on together
LEAST = 1e-9


def rounded(case: Realignment, found: Relaxation, budget: int) -> Place:
    """Whole units: those that leave by more than half, the surest first while the budget lasts, where load flows to."""
    place, left, flow = case.owner.copy(), budget, found.flow.copy()
    leaving = np.flatnonzero(found.leaves > 0.5)
    owned = case.owner >= 0
    must = ~case.reach[np.arange(len(owned)), case.owner] | ~owned
    cost = np.where(owned, case.value, 0)
    left -= int(cost[must].sum())
    for unit in leaving[np.lexsort((leaving, -found.leaves[leaving], -must[leaving].astype(int)))]:
        if not must[unit] and cost[unit] > left:
            leaving = leaving[leaving != unit]
        elif not must[unit]:
            left -= int(cost[unit])
    for unit in leaving[np.lexsort((leaving, -case.load[leaving]))]:
        wants = np.where(case.reach[unit], flow[found.pool[unit]], -np.inf)
        wants[case.owner[unit] if owned[unit] else []] = -np.inf
        place[unit] = wants.argmax()
        flow[found.pool[unit], place[unit]] -= case.load[unit]
    return place


def improved(case: Realignment, place: Place, budget: int) -> Place:
    """The place after as many winning steps as there are, at most `STEPS`; every unit has somebody before."""
    table = _Table(case, place.copy(), budget)
    for _ in range(STEPS):
        if not table.step():
            break
    return table.place


@dataclass(frozen=True)
class _Offer:
    """What a person may hand to a mate, nothing first: the units of each offer (−1: none) and their sums."""

    units: Place
    load: Floats
    hours: Floats
    value: Place
    family: Place
    splits: Place


class _Table:
    """A place with its sums, kept up to date step by step."""

    def __init__(self, case: Realignment, place: Place, budget: int):
        self.case, self.place, self.budget = case, place, budget
        self.weight = case.heads[case.group] / case.size
        self.free = case.reach.sum(axis=1) > 1
        self.count = np.zeros((int(case.family.max(initial=-1)) + 1, case.size), dtype=np.int64)
        kin = case.family >= 0
        np.add.at(self.count, (case.family[kin], place[kin]), 1)
        self._sum()

    def _sum(self) -> None:
        self.off = self.case.index(self.place) - self.case.shares[self.case.group]
        self.hours = self.case.sums(self.place, self.case.hours)
        self.moved = self.case.moved_amount(self.place)

    def step(self) -> bool:
        """Take the best step of the first person, from the one furthest off, who has one."""
        for person in np.lexsort((np.arange(self.case.size), -np.abs(self.off) * self.weight))[:NEAREST]:
            mates = np.flatnonzero(self.case.group == self.case.group[person])
            order = mates[np.lexsort((mates, self.off[mates] * np.sign(self.off[person])))]
            tried = [self._best(int(person), int(mate)) for mate in order[:NEAREST] if mate != person]
            if tried and min(tried)[0] < -LEAST:
                self._take(*min(tried)[1:])
                return True
        return False

    def _take(self, person: int, mate: int, there: tuple[int, ...], back: tuple[int, ...]) -> None:
        for units, old, new in ((there, person, mate), (back, mate, person)):
            for unit in units:
                self.place[unit] = new
                if self.case.family[unit] >= 0:
                    self.count[self.case.family[unit], [old, new]] += (-1, 1)
        self._sum()

    def _best(self, person: int, mate: int) -> tuple[float, int, int, tuple[int, ...], tuple[int, ...]]:
        """What the best step between two people changes, the units that go and those that come back."""
        there, back = self._offer(person, mate), self._offer(mate, person)
        shift = there.load[:, None] - back.load
        worth = there.value[:, None] + back.value
        off, off_ = self.off[person] - shift, self.off[mate] + shift
        others = (self.case.group == self.case.group[person]) & ~np.isin(np.arange(self.case.size), (person, mate))
        rest = float(np.abs(self.off[others]).max(initial=0))
        widest = np.maximum(np.maximum(np.abs(off), np.abs(off_)), rest)
        change = self.weight[person] * (widest - max(rest, abs(self.off[person]), abs(self.off[mate])))
        change += self.case.moving * 100 / max(self.case.total, 1) * worth
        change += SPLIT * (there.splits[:, None] + back.splits)
        change += SQUARES / self.case.size * (off**2 + off_**2 - self.off[person] ** 2 - self.off[mate] ** 2)
        if np.isfinite(self.case.capacity).any():
            change += HOUR * self._over(person, mate, there.hours[:, None] - back.hours)
        change[self.moved + worth > self.budget] = np.inf
        change[(there.family[:, None] == back.family) & (back.family >= 0)] = np.inf
        at, to = np.unravel_index(int(change.argmin()), change.shape)
        go, come = (tuple(int(unit) for unit in units if unit >= 0) for units in (there.units[at], back.units[to]))
        return float(change[at, to]), person, mate, go, come

    def _offer(self, person: int, mate: int) -> _Offer:
        """Nothing, each unit that may go, and where they are few each two that are of no family."""
        case = self.case
        units = np.flatnonzero((self.place == person) & self.free & case.reach[:, mate])
        owner, family = case.owner[units], case.family[units]
        kin = family >= 0
        value = case.value[units] * ((owner >= 0) * ((owner != mate).astype(int) - (owner != person)))
        splits = np.zeros(len(units), dtype=np.int64)
        splits[kin] = (self.count[family[kin], mate] == 0).astype(int) - (self.count[family[kin], person] == 1)
        one, two = (
            np.triu_indices(len(units) + 1, 1) if len(units) <= FEW else np.indices((1, len(units) + 1))[:, 0, 1:]
        )
        either = np.append(True, ~kin)
        pair = (one == 0) | (either[one] & either[two])
        one, two = np.append(0, one[pair]), np.append(0, two[pair])
        sums = [np.append(0, of) for of in (case.load[units], case.hours[units], value, splits)]
        load, hours, moved, split = (of[one] + of[two] for of in sums)
        named = np.append(-1, units)
        return _Offer(np.column_stack([named[one], named[two]]), load, hours, moved, np.append(-1, family)[two], split)

    def _over(self, person: int, mate: int, shift: Floats) -> Floats:
        """Hours above capacity that are added where a person hands hours to a mate."""
        room = self.case.capacity - self.hours
        more = np.maximum(-shift - room[person], 0) + np.maximum(shift - room[mate], 0)
        return np.asarray(more - max(-room[person], 0) - max(-room[mate], 0))
