"""Total cost as a distribution: the months of a replay with attainment drawn again. Estimates, named so.

Each window of each person is paid at the attainment drawn for its last month; a window that lies in the months only in
part counts by its days. Spiffs, objectives and what is settled between earned and paid are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from revops.incentives.design.asked import Asked
from revops.incentives.design.chance import Array, Attained, Chance, fit
from revops.incentives.design.shape import estimated
from revops.incentives.earnings import Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.windows import length, overlap
from revops.periods import add_months

DRAWS, SEED = 2000, 1


@dataclass(frozen=True)
class Spread:
    """What the months may cost, one amount a draw, by plan; the same draw of two spreads is the same luck."""

    by_plan: dict[str, Array]

    @property
    def total(self) -> Array:
        """All plans together."""
        return np.sum(list(self.by_plan.values()), axis=0) if self.by_plan else np.zeros(1)


def quantile(costs: Array, share: float) -> int:
    """The cost that is not passed in this share of the draws: 0.5 the middle, 0.9 a year that costs a lot."""
    return int(np.quantile(costs, share))


def history(months: Iterable[PersonMonth]) -> list[Attained]:
    """What everybody attained: one row for each window that ended, in its last month, by its first component.

    Where there is no quota, credits count as a share of the person's mean on that plan.
    """
    ended = [
        (person, payout)
        for person in months
        if person.payment and not person.problems
        for payout in _first(person.payment.payouts)
        if payout.window[1] <= add_months(person.month_on, 1)
    ]
    credits: dict[tuple[str, str], list[int]] = {}
    for person, payout in ended:
        credits.setdefault((person.person_id, payout.plan), []).append(payout.before + payout.credited)
    return [
        Attained(person.person_id, payout.plan, person.region or "", person.month_on, share)
        for person, payout in ended
        if (share := _share(person, payout, credits[person.person_id, payout.plan])) is not None
    ]


def _first(payouts: Sequence[Payout]) -> Sequence[Payout]:
    """The first that has a quota, else the first."""
    return [payout for payout in payouts if payout.attained is not None][:1] or payouts[:1]


def _share(person: PersonMonth, payout: Payout, credits: Sequence[int]) -> float | None:
    reached = person.attainment if payout.attained is None else payout.attained
    if reached is not None:
        return float(reached)
    mean = sum(credits) / len(credits)
    return (payout.before + payout.credited) / mean if mean > 0 else None


def fitted(past: Iterable[PersonMonth], windows: Sequence[Asked]) -> Chance:
    """The chances of everybody who is asked, from the past."""
    people = {one.person.person_id: (one.person.person_id, one.plan.plan, one.person.region or "") for one in windows}
    return fit(history(past), [people[who] for who in sorted(people)])


def costs(windows: Sequence[Asked], months: Sequence[date], chance: Chance, drawn: Array) -> Spread:
    """What the windows cost in each draw. `drawn`: attainment by (draw, month, person of the chance)."""
    column = {who: n for n, who in enumerate(chance.people)}
    within = (months[0], add_months(months[-1], 1))
    by_plan: dict[str, Array] = {}
    for one in windows:
        inside = overlap(one.window, within)
        if inside is None:
            continue
        last = min(n for n, month in enumerate(months) if inside[1] <= add_months(month, 1))
        shares = drawn[:, last, column[one.person.person_id]]
        paid = sum((estimated(shape, shares) for shape in one.shapes), np.zeros(len(drawn)))
        paid = paid if one.most is None else np.minimum(paid, float(one.most))
        part = paid * (length(inside) / length(one.window))
        by_plan[one.plan.plan] = by_plan.get(one.plan.plan, np.zeros(len(drawn))) + part
    return Spread(by_plan)
