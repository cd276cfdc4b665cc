"""How attainment comes about, learnt from its history, and drawn again and again. Everything here is an estimate.

A month of a person is own level + own spread × z. The z of two people of one region go together, and so do, less, those
of two regions: z = √c × the company's month + √(r − c) × the region's month + √(1 − r) × the person's own.
Levels and spreads of people with little history are drawn to those of their plan (shrinkage).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PRIOR = 12
"""So many months of the plan's spread a person's own spread is mixed with."""


@dataclass(frozen=True)
class Attained:
    """What one person attained in one month: a share of the quota."""

    person_id: str
    group: str
    region: str
    month_on: date
    share: float


@dataclass(frozen=True)
class Chance:
    """The fitted model; arrays run over `people`. `doubt`: standard deviation of what is not known of a level."""

    people: tuple[str, ...]
    regions: tuple[str, ...]
    level: Array
    doubt: Array
    spread: Array
    within: float
    across: float
    scores: Array
    quantiles: Array

    def draw(self, draws: int, months: int, seed: int, kind: Literal["empirical", "normal"] = "empirical") -> Array:
        """Attainment by (draw, month, person), never below 0; the same seed draws the same.

        `empirical` bends z to the quantiles of the past, so that no month is further out than one that was seen.
        """
        random = np.random.default_rng(seed)
        regions = sorted(set(self.regions))
        place = np.array([regions.index(region) for region in self.regions], dtype=np.intp)
        company = random.standard_normal((draws, months, 1))
        region = random.standard_normal((draws, months, len(regions)))[:, :, place]
        own = random.standard_normal((draws, months, len(self.people)))
        level = self.level + self.doubt * random.standard_normal((draws, 1, len(self.people)))
        z = np.sqrt(self.across) * company + np.sqrt(self.within - self.across) * region
        z += np.sqrt(1 - self.within) * own
        if kind == "empirical" and len(self.quantiles) > 1:
            z = np.interp(z, self.scores, self.quantiles)
        return np.maximum(0.0, level + self.spread * z)


def fit(history: Iterable[Attained], people: Sequence[tuple[str, str, str]]) -> Chance:
    """The model of `people` (id, group, region) from what was attained; rows in any order give the same.

    Groups are plans: their mean and spread stand in where a person has little history. Without any, everybody is at
    100 % without spread.
    """
    rows = sorted(history, key=lambda row: (row.person_id, row.month_on))
    known = {who: np.array([row.share for row in rows if row.person_id == who]) for who in {r.person_id for r in rows}}
    group_of = {row.person_id: row.group for row in rows} | {who: group for who, group, _ in people}
    groups = {name: _Group.of([known[who] for who in sorted(known) if group_of[who] == name])
              for name in {*group_of.values()}}  # fmt: skip
    everybody = _Group.of([known[who] for who in sorted(known)])
    fitted = {who: groups[group_of[who]].person(known.get(who, np.array([])), everybody) for who in group_of}
    z = [(row, _z(row.share, known[row.person_id], fitted[row.person_id][2])) for row in rows]
    within, across = _correlations([(row, value) for row, value in z if value is not None])
    residuals = np.sort(np.array([value for _, value in z if value is not None]))
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((n + 0.5) / len(residuals)) for n in range(len(residuals))])
    chosen = [fitted[who] for who, _, _ in people]
    level, doubt, spread = (np.array([part[n] for part in chosen], dtype=np.float64) for n in range(3))
    ids, regions = tuple(who for who, _, _ in people), tuple(region or who for who, _, region in people)
    return Chance(ids, regions, level, doubt, spread, within, across, scores, residuals)


@dataclass(frozen=True)
class _Group:
    """Mean of a group, variance between its people, variance of one person's months (null: not known)."""

    mean: float | None
    between: float
    inside: float | None

    @classmethod
    def of(cls, people: Sequence[Array]) -> "_Group":
        means = np.array([months.mean() for months in people])
        freedom = sum(len(months) - 1 for months in people)
        squares = sum(float(((months - months.mean()) ** 2).sum()) for months in people)
        inside = squares / freedom if freedom else None
        noise = float(np.mean([(inside or 0.0) / len(months) for months in people])) if people else 0.0
        between = float(max(0.0, means.var(ddof=1) - noise)) if len(means) > 1 else 0.0
        return cls(float(means.mean()) if len(means) else None, between, inside)

    def person(self, months: Array, everybody: "_Group") -> tuple[float, float, float]:
        """Level, its doubt, spread of one person of the group."""
        mean = self.mean if self.mean is not None else 1.0 if everybody.mean is None else everybody.mean
        inside = self.inside if self.inside is not None else everybody.inside or 0.0
        count = len(months)
        if not count:
            return mean, float(np.sqrt(self.between)), float(np.sqrt(inside))
        noise = inside / count
        weight = self.between / (self.between + noise) if self.between + noise else 1.0
        own = float(((months - months.mean()) ** 2).sum())
        spread = np.sqrt((PRIOR * inside + own) / (PRIOR + count - 1))
        return mean + weight * (float(months.mean()) - mean), float(np.sqrt(weight * noise)), float(spread)


def _z(share: float, months: Array, spread: float) -> float | None:
    """How far a month lay from the person's mean, in spreads; null where one month tells nothing."""
    count = len(months)
    return (share - float(months.mean())) / spread * np.sqrt(count / (count - 1)) if count > 1 and spread else None


def _correlations(rows: Sequence[tuple[Attained, float]]) -> tuple[float, float]:
    """Mean product of the z of two people in one month: of one region, and of two regions."""
    totals: dict[date, dict[str, list[float]]] = {}
    for row, value in rows:
        totals.setdefault(row.month_on, {}).setdefault(row.region or row.person_id, []).append(value)
    inside, outside = [0.0, 0.0], [0.0, 0.0]
    for regions in totals.values():
        every = [value for values in regions.values() for value in values]
        pairs = [_pairs(values) for values in regions.values()]
        same = (sum(product for product, _ in pairs), sum(count for _, count in pairs))
        both = _pairs(every)
        inside = [inside[0] + same[0], inside[1] + same[1]]
        outside = [outside[0] + both[0] - same[0], outside[1] + both[1] - same[1]]
    within, across = (float(min(0.95, max(0.0, s / n))) if n else 0.0 for s, n in (inside, outside))
    return max(within, across), across


def _pairs(values: Sequence[float]) -> tuple[float, int]:
    """Sum of the products of all pairs, and their number."""
    return (sum(values) ** 2 - sum(value**2 for value in values)) / 2, len(values) * (len(values) - 1) // 2
