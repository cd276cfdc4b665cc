"""How each target stands: attainment, pace, gap, projected end, state, and whether the answer could be luck.

What adds up over time goes by its season (`pace.elapsed`); a level, such as recurring revenue, in a straight line from
where it stood when the target began; a rate is held against its target as it stands.

>>> status(45, 50, 0.77, "higher", is_over=False), status(30, 50, 0.77, "higher", is_over=False)
('ahead', 'behind')
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

import polars as pl

from revops.kpis.catalogue import declared
from revops.kpis.contracts import TargetStanding
from revops.kpis.facts import KEYS, Facts
from revops.kpis.headline import values_of
from revops.kpis.measure import Value, missing
from revops.kpis.spans import Span, Spans, year_before
from revops.kpis.targets.goals import BILLIONTHS, Target, declared_targets, planned_targets
from revops.kpis.targets.pace import elapsed, is_sold
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.tables import types_of

ON_TRACK = 0.02  # within so much of what should have come, a target is on track
LUCK = 2  # a difference below so many times the noise of the days could be luck
COLUMNS = types_of(TargetStanding)
Counted = dict[tuple[str, Span], Value]


def standing(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per target that runs in the period or ended in it; columns as
    `contracts.TargetStanding`.
    """
    every = [*declared_targets(facts), *planned_targets(facts, spans)]
    running = [one for one in every if one.span[0] < spans.now[1] and one.span[1] > spans.period.start]
    places: dict[tuple[tuple[str, str], ...], list[Target]] = {}
    for one in running:
        places.setdefault(tuple(sorted(one.where.items())), []).append(one)
    counted = {place: _counted(facts, found, spans.now[1], dict(place)) for place, found in places.items()}
    rows = [_Standing(facts, one, spans.now[1], counted[tuple(sorted(one.where.items()))]).row() for one in running]
    return pl.DataFrame(rows, schema=COLUMNS)


def _counted(facts: Facts, found: Sequence[Target], cut: date, where: Mapping[str, str]) -> Counted:
    """Every value that the targets of one place ask for, in one pass over the facts."""
    wanted = [span for one in found for span in _wanted(one, cut)]
    return values_of(facts, list(dict.fromkeys(one.metric for one in found)), list(dict.fromkeys(wanted)), where)


def _wanted(one: Target, cut: date) -> list[Span]:
    """The spans that a target is judged by: so far, a year before, the day before, and two years for its trend."""
    spans = [(one.span[0], min(one.span[1], cut)), year_before(one.span)]
    if declared(one.metric).over_time == "last":
        spans.append((one.span[0] - timedelta(days=1), one.span[0]))
    return spans + (_two_years(one, cut) if declared(one.metric).over_time == "sum" else [])


def _two_years(one: Target, cut: date) -> list[Span]:
    """The last twelve whole months before the target's first day, and the twelve before them."""
    middle = min(one.span[0], cut).replace(day=1)
    return [(add_months(middle, -12), middle), (add_months(middle, -24), add_months(middle, -12))]


@dataclass(frozen=True)
class _Standing:
    """One target with what was counted of its metric and place."""

    facts: Facts
    one: Target
    cut: date
    counted: Counted

    def row(self) -> dict[str, Any]:
        """The target's row of `standing`."""
        one, metric, now = self.one, declared(self.one.metric), self.now
        scale = RATE_SCALE if metric.unit in BILLIONTHS else 1
        target, before = (None if one.amount is None else one.amount / scale), self.of(year_before(one.span)).value
        row = {
            "name": one.name, "origin": one.origin, "metric": one.metric, "owner": one.owner,
            "place": " · ".join(one.where.values()) or None, "start_on": one.span[0], "end_on": one.span[1],
            "kind": metric.kind, "better": metric.better, "target": target, "actual": now.value,
            "previous_year": before, "against": one.against, "base": one.base, "trend": self.trend(),
            "asked_growth": _growth(target, before),
        }  # fmt: skip
        if target is None or now.value is None or not target > 0:
            return row | {"reason": one.reason or now.reason or "no_cases"}
        return row | self.judged(float(now.value), target)

    def of(self, span: Span) -> Value:
        """The metric's value in a span; undefined where nothing was counted."""
        return self.counted.get((self.one.metric, span), missing("no_source"))

    @property
    def now(self) -> Value:
        """The value of the days so far."""
        return self.of((self.one.span[0], min(self.one.span[1], self.cut)))

    def trend(self) -> float | None:
        """Growth of the last twelve whole months before the target's first day; None of what does not add up."""
        if declared(self.one.metric).over_time != "sum":
            return None
        now, before = (self.of(span).value for span in _two_years(self.one, self.cut))
        return _growth(now, before)

    def judged(self, actual: float, target: float) -> dict[str, Any]:
        """What a target with a number and an actual says."""
        due, end, share, rule = self.course(actual, target)
        left = target * (1 - share) if share is not None and rule != "straight" else 0.0
        better, is_over = declared(self.one.metric).better, self.cut >= self.one.span[1]
        return {
            "attainment": actual / target,
            "elapsed": share,
            "rule": rule,
            "due": due / target if rule else None,
            "pace": actual / due if rule and due > 0 else None,
            "gap": target - actual,
            "needed": (target - actual) / left if left > 0 and actual < target else None,
            "projected": end,
            "projected_share": None if end is None else end / target,
            "status": status(actual, target, due / target, better, is_over=is_over),
            "is_luck": self.could_be_luck(due),
            "reason": None if end is not None else "not_begun",
        }

    def course(self, actual: float, target: float) -> tuple[float, float | None, float | None, str | None]:
        """What should have come by now, where it ends at this pace, the share of the time gone, and the rule."""
        one, over_time = self.one, declared(self.one.metric).over_time
        until = min(one.span[1], self.cut)
        if over_time == "sum":
            gone = elapsed(self.facts, one.metric, one.span, until, one.where)
            return target * gone.share, actual / gone.share if gone.share else None, gone.share, gone.rule
        start = self.of((one.span[0] - timedelta(days=1), one.span[0])).value if over_time == "last" else None
        if start is None:
            return target, actual, None, None
        share = (until - one.span[0]).days / (one.span[1] - one.span[0]).days
        return start + (target - start) * share, start + (actual - start) / share, share, "straight"

    def could_be_luck(self, due: float) -> bool:
        """Whether the distance to what should have come lies within the noise of the cases behind it.

        A share by its cases, a count as chance events, money by how its days scatter; else under the minimum count.
        """
        metric, now = declared(self.one.metric), self.now
        distance = abs(float(now.value or 0) - due)
        if metric.unit == "share" and now.denominator:
            return distance < LUCK * sqrt(max(due * (1 - due), 0) / now.denominator)
        if metric.unit == "count":
            return distance < LUCK * sqrt(max(due, 0))
        if metric.unit == "money" and metric.over_time == "sum" and is_sold(self.one.metric):
            return distance < LUCK * self.scatter()
        return now.denominator is not None and abs(now.denominator) < self.facts.company.findings.minimum_count

    def scatter(self) -> float:
        """The standard error of the sum of the days so far: what their scatter around their mean leaves open."""
        start, end = self.one.span[0], min(self.one.span[1], self.cut)
        rows = self.facts.days.filter(pl.col("period_on").is_between(start, end, closed="left"))
        for key in sorted(set(KEYS) & set(self.one.where)):
            rows = rows.filter(pl.col(key) == self.one.where[key])
        sums, days = rows.group_by("period_on").agg(pl.col("net_amount").sum())["net_amount"], (end - start).days
        mean = sums.sum() / days if days else 0.0
        return sqrt(sum((amount - mean) ** 2 for amount in sums) + (days - len(sums)) * mean**2)


def status(actual: float, target: float, share: float, better: str, *, is_over: bool) -> str:
    """met or missed once it is over; before, ahead, on or behind what should have come (`share` of the target).

    Where less is better, the target is a ceiling.

    >>> [status(actual, 100, 0.5, "higher", is_over=False) for actual in (48.9, 49, 51, 51.1, 100)]
    ['behind', 'on', 'on', 'ahead', 'met']
    >>> [status(actual, 100, 1, "lower", is_over=True) for actual in (100, 101)]
    ['met', 'missed']
    """
    is_met = actual <= target if better == "lower" else actual >= target
    if is_over or (is_met and better != "lower" and share < 1):
        return "met" if is_met else "missed"
    due = target * share
    if abs(actual - due) <= ON_TRACK * due:
        return "on"
    return "ahead" if (actual > due) != (better == "lower") else "behind"


def _growth(value: float | None, base: float | None) -> float | None:
    return None if value is None or base is None or base <= 0 else value / base - 1
