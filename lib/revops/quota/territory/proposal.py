"""What a territory proposal is made from: units of accounts, the people who may look after them, and what counts.

A unit is an account, or the accounts of one family that one person looks after today: it is never split further. The
load of an account in points of the alignment index is

    100 × people × Σ over the loads (weight × its load ÷ the load of all accounts)

so that a person's index is the sum over their accounts and the mean over all people is 100. People who may take each
other's accounts form a group; each has the fair share of the group. Balance is how far the person furthest from the
fair share stands, in points, the mean over groups by their people: with one group the largest |index − 100|.

>>> accounts = pl.DataFrame(
...     {"account_id": ["a", "b", "c"], "person_id": ["p", "p", "q"], "sales_amount": [500, 150, 350]}
... )
>>> case = realign(accounts, pl.DataFrame({"person_id": ["p", "q"]}), Territory(weights={"sales": 1}, keep=[]))
>>> case.index(case.owner).tolist(), case.balance(case.owner)
([130.0, 70.0], 30.0)
>>> moved = np.array([0, 1, 1])
>>> case.index(moved).tolist(), case.moved_amount(moved) / case.total
([100.0, 100.0], 0.15)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from revops.company import Territory
from revops.problems import Problem, refuse_if_any
from revops.quota.territory.balance import LOADS

Place = NDArray[np.int64]
Floats = NDArray[np.float64]
Reach = NDArray[np.bool_]
NOBODY = -1
SPLIT = 1.0  # points of balance that one person more on a family costs


@dataclass(frozen=True)
class Realignment:
    """Units × people, both in the order of their ids; a place is one person's position by unit.

    accounts: one row per account that counts, with `unit`; outside: account_id and reason of those that do not. By
    unit: load in points, hours, value (money of a year, not negative), owner (−1: nobody of `people`), reach (who may
    have it), fixed (locked, pinned or without a kept dimension), home (its group), family. By person: group, capacity
    in hours (infinite where it does not bind).
    """

    accounts: pl.DataFrame
    outside: pl.DataFrame
    people: pl.DataFrame
    load: Floats
    hours: Floats
    value: Place
    owner: Place
    reach: Reach
    fixed: Reach
    home: Place
    family: Place
    group: Place
    capacity: Floats
    moving: float

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.group)

    @cached_property
    def total(self) -> int:
        """Value of all accounts that count."""
        return int(self.value.sum())

    @cached_property
    def heads(self) -> Place:
        """People of each group."""
        return np.bincount(self.group)

    @cached_property
    def shares(self) -> Floats:
        """The fair share of each group: its load ÷ its people."""
        return np.bincount(self.home, self.load, len(self.heads)) / self.heads

    @cached_property
    def largest(self) -> Floats:
        """By group: what its largest unit alone puts above the fair share. No proposal is better balanced."""
        most = np.zeros(len(self.heads))
        np.maximum.at(most, self.home, self.load)
        return np.maximum(most - self.shares, 0.0)

    def sums(self, place: Place, of: Floats) -> Floats:
        """By person: the sum over the units they have."""
        here = place >= 0
        return _added(place[here], of[here], self.size)

    def index(self, place: Place) -> Floats:
        """The alignment index of each person."""
        return self.sums(place, self.load).round(9)

    def widest(self, place: Place) -> Floats:
        """By group: points between the fair share and the person furthest from it."""
        most = np.zeros(len(self.heads))
        np.maximum.at(most, self.group, np.abs(self.index(place) - self.shares[self.group]))
        return most

    def balance(self, place: Place) -> float:
        """The mean of `widest` over groups by people; 0 where everybody has the fair share."""
        return self.mean(self.widest(place))

    def mean(self, points: Floats) -> float:
        """Points by group as one figure: the mean by people."""
        return round(float(points @ self.heads) / self.size, 9)

    def moved(self, place: Place) -> Reach:
        """The units that leave one of `people` for another."""
        return (place != self.owner) & (self.owner >= 0)

    def moved_amount(self, place: Place) -> int:
        """The value that changes hands; ÷ `total` it is the disruption."""
        return int(self.value[self.moved(place)].sum())

    def splits(self, place: Place) -> int:
        """People beyond the first, over all families."""
        here = (self.family >= 0) & (place >= 0)
        return len(np.unique(self.family[here] * self.size + place[here])) - len(np.unique(self.family[here]))

    def over_hours(self, place: Place) -> float:
        """Hours above capacity, over all people."""
        return round(float(np.maximum(self.sums(place, self.hours) - self.capacity, 0).sum()), 6)

    def cost(self, place: Place) -> float:
        """What is minimised, in points: balance + moving × per cent of value moved + split families."""
        return self.balance(place) + self.moving * self.per_cent(self.moved_amount(place)) + SPLIT * self.splits(place)

    def per_cent(self, value: int) -> float:
        """A value in per cent of all."""
        return 100 * value / self.total if self.total else 0.0

    def budget(self, disruption: str | float | Fraction) -> int:
        """The value that may move at this share of all value, exactly."""
        return int(Fraction(str(disruption)) * self.total)

    def places(self, place: Place) -> pl.DataFrame:
        """`accounts` with `new_person_id`."""
        ids = self.people["person_id"].to_numpy()
        return self.accounts.with_columns(new_person_id=pl.Series(ids[place[self.accounts["unit"]]], dtype=pl.String))


def realign(accounts: pl.DataFrame, people: pl.DataFrame, settings: Territory) -> Realignment:
    """The case of these accounts and people; the order of rows does not matter.

    accounts: account_id, person_id, and as far as known the loads, `settings.keep` and `settings.family`; people:
    person_id and as far as known `settings.keep`. An account that nobody of `people` has or may take lies outside.
    Raises InputError where the settings name what is not there, or contradict each other.
    """
    people = people.sort("person_id")
    ids = {person: at for at, person in enumerate(people["person_id"])}
    refuse_if_any(_scan(accounts, ids, settings))
    rows = accounts.sort("account_id").filter(~pl.col("account_id").is_in(settings.excluded))
    owner = np.array([ids.get(person, NOBODY) for person in rows["person_id"]], dtype=np.int64)
    reach, group = _reach(rows, people, owner, settings.keep)
    fixed = _bind(reach, rows["account_id"].to_list(), owner, ids, settings)
    known = reach.any(axis=1)
    left = rows.filter(pl.Series(~known)).select("account_id", reason=pl.lit("nobody_reaches"))
    out = accounts.filter(pl.col("account_id").is_in(settings.excluded)).select("account_id", reason=pl.lit("excluded"))
    inside = _with_points(rows.filter(pl.Series(known)), people.height, settings.weights)
    outside = pl.concat([out, left]).sort("account_id")
    return _gather(inside, outside, people, owner[known], reach[known], fixed[known], group, settings)


def _scan(accounts: pl.DataFrame, ids: Mapping[str, int], settings: Territory) -> Iterator[Problem]:
    """One problem per account or person that the settings name and nobody knows, and per contradiction."""
    owners = dict(accounts.select("account_id", "person_id").iter_rows())
    if not ids:
        yield Problem("territory proposal", "no person", "people who look after accounts", "check the people file")
    if len(owners) != accounts.height:
        yield Problem("accounts", "an account_id that stands twice", "one row per account", "correct the accounts file")
    for name, listed in (("locks", settings.locks), ("excluded", settings.excluded), ("pinned", list(settings.pinned))):
        for account in sorted(set(listed) - set(owners)):
            yield _setting(name, account, "an account of the accounts file")
    for account, person in sorted(settings.pinned.items()):
        if person not in ids:
            yield _setting("pinned", f"{account}: {person}", "a person who looks after accounts")
        if account in settings.locks or account in settings.excluded:
            yield _setting("pinned", account, "an account that is neither locked nor excluded")
    for account in sorted(set(settings.locks) & set(owners) - set(settings.excluded)):
        if owners[account] not in ids:
            yield _setting("locks", f"{account}, owner {owners[account]}", "an owner who looks after accounts")


def _setting(name: str, found: str, expected: str) -> Problem:
    return Problem(f"company.yaml, territory.{name}", found, expected, f"correct territory.{name}")


def _reach(rows: pl.DataFrame, people: pl.DataFrame, owner: Place, keep: Sequence[str]) -> tuple[Reach, Place]:
    """Who may take an account, accounts × people, and the group of each person.

    A person takes accounts that have, in each kept dimension, the person's own value, or where the people table knows
    none, a value among the accounts they have. An account without a value is nobody's to take.
    """
    from scipy.sparse.csgraph import connected_components

    reach = np.ones((rows.height, people.height), dtype=bool)
    meet = np.ones((people.height, people.height), dtype=bool)
    for dimension in (d for d in keep if d in rows.columns):
        values = rows[dimension].drop_nulls().unique().sort().to_list()
        code = rows[dimension].replace_strict(values, range(len(values)), default=-1).to_numpy()
        takes = np.zeros((people.height, len(values) + 1), dtype=bool)
        takes[owner[owner >= 0], code[owner >= 0]] = True
        for at, own in enumerate(people[dimension] if dimension in people.columns else []):
            if own is not None:
                takes[at] = [value == own for value in [*values, None]]
        takes[:, -1] = False
        reach &= takes[:, code].T
        meet &= (takes.astype(int) @ takes.T.astype(int)) > 0
    return reach, connected_components(meet)[1].astype(np.int64)


def _bind(reach: Reach, accounts: Sequence[str], owner: Place, ids: Mapping[str, int], settings: Territory) -> Reach:
    """Everybody may keep what they have; a locked or a pinned account has one person only. Which can have no other."""
    fixed: Reach = np.logical_not(reach.any(axis=1))
    reach[owner >= 0, owner[owner >= 0]] = True
    only = {account: ids[person] for account, person in settings.pinned.items()}
    locked = set(settings.locks)
    for at, account in enumerate(accounts):
        if account in only or account in locked:
            reach[at], fixed[at] = np.arange(len(ids)) == only.get(account, owner[at]), True
    return fixed


def _with_points(rows: pl.DataFrame, people: int, weights: Mapping[Any, float]) -> pl.DataFrame:
    """`rows` with the loads, what is missing or negative as 0, and `load` in points. A load nobody has is left out."""
    columns = [pl.col(name) if name in rows.columns else pl.lit(0).alias(name) for name in LOADS.values()]
    rows = rows.with_columns(column.fill_null(0).clip(0) for column in columns)
    totals = {name: float(rows[column].sum()) for name, column in LOADS.items()}
    shares = {name: weight / totals[name] for name, weight in sorted(weights.items()) if totals[name] > 0}
    scale = 100 * people / (sum(weights[name] for name in shares) or 1.0)
    points = (pl.col(LOADS[name]) * (share * scale) for name, share in shares.items())
    return rows.with_columns(load=pl.sum_horizontal(pl.lit(0.0), *points))


def _gather(
    rows: pl.DataFrame, outside: pl.DataFrame, people: pl.DataFrame, owner: Place, reach: Reach, fixed: Reach,
    group: Place, settings: Territory,
) -> Realignment:  # fmt: skip
    """The accounts of one family at one person as one unit, the locked and pinned apart."""
    own = pl.concat_str(pl.lit("\0"), "account_id")
    family = rows.select(pl.coalesce(settings.family, own) if settings.family in rows.columns else own).to_series()
    only = np.where(reach.sum(axis=1) == 1, reach.argmax(axis=1), NOBODY)
    keys = [f"{name}\1{owner[at]}\1{only[at]}" for at, name in enumerate(family)]
    _, first, unit = np.unique(np.array(keys, dtype=object), return_index=True, return_inverse=True)
    within = np.ones((len(first), len(group)), dtype=bool)
    np.logical_and.at(within, unit, reach)
    apart = ~within.any(axis=1)
    within[apart] = reach[first[apart]]
    value = np.zeros(len(first), dtype=np.int64)
    np.add.at(value, unit, rows["sales_amount"].cast(pl.Int64).to_numpy())
    capacity = settings.capacity_hours if settings.is_capacity_hard else np.inf
    return Realignment(
        rows.with_columns(unit=pl.Series(unit, dtype=pl.Int64)), outside, people,
        _added(unit, rows["load"], len(first)), _added(unit, rows["workload_hours"], len(first)),
        value, owner[first], within, np.bincount(unit, fixed, len(first)) > 0, _home(within, owner[first], group),
        _kin(family.to_numpy()[first]), group, np.full(len(group), capacity), settings.moving,
    )  # fmt: skip


def _added(to: Place, of: Any, size: int) -> Floats:
    return np.asarray(np.bincount(to, of, size), dtype=np.float64)


def _kin(names: Any) -> Place:
    """Numbers of the families that stand at several units, −1 for the others."""
    _, number, count = np.unique(names, return_inverse=True, return_counts=True)
    several = np.cumsum(count > 1) - 1
    return np.where(count > 1, several, NOBODY)[number]


def _home(reach: Reach, owner: Place, group: Place) -> Place:
    """The group of each unit: that of those who may take it, the owner's where nobody else may."""
    others = reach & (np.arange(len(group)) != owner[:, None])
    return group[np.where(others.any(axis=1), others.argmax(axis=1), reach.argmax(axis=1))]
