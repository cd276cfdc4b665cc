"""SMART targets: what is promised, how it stands today, where it will end, and whether the answer could be luck.

A target is specific (metric and place), measurable (a metric of the catalogue), achievable (beside last year and the
trend), relevant (an owner and a reason) and time-bound (its days). It is a number, or a growth against an earlier
period whose exact actual it is reckoned from: with no actual there, or none above 0, it is undefined and says why.

Amounts are whole counts of 10 ** -money_decimals, counts as they are, shares and ratios billionths:

>>> of_growth(415_000_000, 1, "20%")    # +20 % on 415 million
498000000
>>> status(45, 50, 0.77, "higher", is_over=False), status(30, 50, 0.77, "higher", is_over=False)
('ahead', 'behind')
"""

from dataclasses import dataclass, field, replace
from datetime import date
from math import sqrt
from typing import Any

import polars as pl

from revops.company import Goal
from revops.kpis import targets
from revops.kpis.catalogue import declared, measure, metrics
from revops.kpis.facts import KEYS, Facts
from revops.kpis.headline import PLANS, daily
from revops.kpis.measure import Value
from revops.kpis.pace import Elapsed, elapsed
from revops.kpis.spans import Span, Spans
from revops.money import RATE_SCALE, rate_units, round_ratio, to_units
from revops.periods import add_months, parse_range
from revops.problems import InputError, Problem

ON_TRACK = 0.02  # within so much of what should have come, a target is on track
LUCK = 2  # a difference below so many times the noise of the days could be luck
BILLIONTHS = ("share", "ratio", "days")


@dataclass(frozen=True)
class Target:
    """One target with its number in exact units, or the `reason` why it has none. `origin`: goal, or plan (a sheet)."""

    name: str
    metric: str
    span: Span
    amount: int | None
    where: dict[str, str] = field(default_factory=dict)
    origin: str = "goal"
    reason: str | None = None
    owner: str | None = None
    base: float | int | None = None
    against: str | None = None


def declared_targets(facts: Facts) -> list[Target]:
    """The targets of company.yaml, in its order, relative ones reckoned from their base period's actual."""
    return [_resolved(facts, goal) for goal in facts.company.targets]


def planned_targets(facts: Facts, spans: Spans) -> list[Target]:
    """The plan sheet's targets of the whole company: each metric in the period, revenue also in quarter and year."""
    found = []
    for key in sorted(set(facts.targets["metric"]) & set(metrics()), key=list(metrics()).index):
        year = spans.period.fiscal_year
        wider = [_quarter(spans), (year.start, year.end)] if PLANS[declared(key).over_time] == "sum" else []
        for span in dict.fromkeys([(spans.period.start, spans.period.end), *wider]):
            amount = _planned(facts, key, span)
            if amount is not None and span[1] - span[0] >= spans.period.end - spans.period.start:
                found.append(Target(key, key, span, amount, origin="plan"))
    return found


def _quarter(spans: Spans) -> Span:
    """The fiscal quarter that holds the period's first day."""
    start = spans.period.fiscal_year.start
    months = (spans.period.start.year - start.year) * 12 + spans.period.start.month - start.month
    first = add_months(start, months // 3 * 3)
    return first, add_months(first, 3)


def _planned(facts: Facts, key: str, span: Span) -> int | None:
    how = PLANS[declared(key).over_time]
    if how == "sum":
        return targets.plan_total(facts.targets, key, *span, daily(facts))
    return targets.plan_rate(facts.targets, key, *span, last=how == "last")


def _resolved(facts: Facts, goal: Goal) -> Target:
    """One target of company.yaml with its number; what cannot be reckoned has none and says why."""
    shown, one = f"targets, {goal.key}", declared(goal.metric)
    span = _span(facts, goal.period)
    made = Target(goal.key, goal.metric, span, None, dict(goal.where), owner=goal.owner, against=goal.against)
    if goal.amount is not None:
        return replace(made, amount=units(goal.amount, one.unit, facts.company.money_decimals, shown))
    before = _span(facts, goal.against) if goal.against else (_year_back(span[0]), _year_back(span[1]))
    found = _actual(facts, goal.metric, before, made.where)
    reason = _no_base(found, is_over=before[1] <= facts.end)
    if reason:
        return replace(made, reason=reason)
    amount = of_growth(*_exact(found, one.unit, one.scale), goal.growth or 0)
    return replace(made, amount=amount, base=found.value)


def _no_base(found: Value, *, is_over: bool) -> str | None:
    """Why a relative target cannot be reckoned: its base still runs, is not known, or is not above 0."""
    if not is_over:
        return "base_runs"
    if found.value is None:
        return "no_base"
    return None if found.value > 0 else "base_zero"


def _exact(found: Value, unit: str, scale: int) -> tuple[int, int]:
    """The base as a fraction of whole numbers, in the units of targets."""
    if found.denominator is None:
        return round(found.value or 0), 1
    return (found.numerator or 0) * (RATE_SCALE if unit in BILLIONTHS else 1), found.denominator * scale


def of_growth(numerator: int, denominator: int, growth: str | float) -> int:
    """base × (1 + growth), rounded once; the base is numerator ÷ denominator."""
    return round_ratio(numerator * (RATE_SCALE + rate_units(growth)), denominator * RATE_SCALE)


def units(text: str | float, unit: str, decimals: int, shown: str = "target") -> int:
    """A target as people write it in the units of targets.

    >>> units("500,000,000", "money", 0), units("2.6%", "share", 0), units(12000, "count", 0), units("3.5", "ratio", 0)
    (500000000, 26000000, 12000, 3500000000)
    """
    bare = str(text).replace(",", "").replace("_", "").strip()
    try:
        if unit in BILLIONTHS:
            return rate_units(bare)
        return to_units(bare, decimals if unit in ("money", "price") else 0)
    except ValueError:
        raise InputError(Problem(shown, str(text), f"an amount that is a {unit}", "correct the amount")) from None


# --- how a target stands ---------------------------------------------------------------------------------------------

COLUMNS: dict[str, Any] = {
    "name": pl.String, "origin": pl.String, "metric": pl.String, "place": pl.String, "owner": pl.String,
    "start_on": pl.Date, "end_on": pl.Date, "kind": pl.String, "better": pl.String, "target": pl.Float64,
    "actual": pl.Float64, "attainment": pl.Float64, "elapsed": pl.Float64, "rule": pl.String, "pace": pl.Float64,
    "gap": pl.Float64, "needed": pl.Float64, "projected": pl.Float64, "projected_share": pl.Float64,
    "previous_year": pl.Float64, "asked_growth": pl.Float64, "trend": pl.Float64, "against": pl.String,
    "base": pl.Float64, "status": pl.String, "is_luck": pl.Boolean, "reason": pl.String,
}  # fmt: skip


def standing(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per target that runs in the period or ended in it; columns as COLUMNS.

    `target`, `actual`, `gap` (target − actual), `projected`, `previous_year` and `base` are money units, counts, shares
    or ratios. `attainment` = actual ÷ target, `elapsed` the share of the days' weight that has come by `rule`, `pace` =
    attainment ÷ elapsed; `needed` = what is left ÷ what the season still brings of the target. Only what adds up over
    time has a pace; a rate is held against its target as it stands.
    """
    cut = spans.now[1]
    every = [*declared_targets(facts), *planned_targets(facts, spans)]
    running = [one for one in every if one.span[0] < cut and one.span[1] > spans.period.start]
    return pl.DataFrame([_standing(facts, one, cut) for one in running], schema=COLUMNS)


def _standing(facts: Facts, one: Target, cut: date) -> dict[str, Any]:
    metric, span, until = declared(one.metric), one.span, min(one.span[1], cut)
    now = _actual(facts, one.metric, (span[0], until), one.where)
    before = _actual(facts, one.metric, (_year_back(span[0]), _year_back(span[1])), one.where)
    adds_up, is_over = metric.over_time == "sum", cut >= span[1]
    gone = elapsed(facts, one.metric, span, until, one.where) if adds_up else None
    scale = RATE_SCALE if metric.unit in BILLIONTHS else 1
    target, actual = (None if one.amount is None else one.amount / scale), now.value
    row = {
        "name": one.name, "origin": one.origin, "metric": one.metric, "owner": one.owner,
        "place": " · ".join(one.where.values()) or None, "start_on": span[0], "end_on": span[1],
        "kind": metric.kind, "better": metric.better, "target": target, "actual": actual,
        "previous_year": before.value, "against": one.against, "base": one.base,
        "trend": _trend(facts, one) if adds_up else None,
        "asked_growth": _share(target, before.value, -1),
    }  # fmt: skip
    if target is None or actual is None or not target > 0:
        return row | {"reason": one.reason or now.reason or "no_cases"}
    return row | _judged(facts, one, now, target, gone, is_over)


def _judged(
    facts: Facts, one: Target, now: Value, target: float, gone: Elapsed | None, is_over: bool
) -> dict[str, Any]:
    actual, better = float(now.value or 0), declared(one.metric).better
    share = gone.share if gone else 1.0
    projected = actual / share if share else None
    left = target * (1 - share)
    return {
        "attainment": actual / target,
        "elapsed": gone.share if gone else None,
        "rule": gone.rule if gone else None,
        "pace": actual / (target * share) if gone and share else None,
        "gap": target - actual,
        "needed": (target - actual) / left if gone and left > 0 and actual < target else None,
        "projected": projected,
        "projected_share": None if projected is None else projected / target,
        "status": status(actual, target, share, better, is_over=is_over),
        "is_luck": _could_be_luck(facts, one, now, target * share),
        "reason": None if share else "not_begun",
    }


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


def _could_be_luck(facts: Facts, one: Target, now: Value, due: float) -> bool:
    """Whether the distance to what should have come lies within the noise of the cases behind it.

    A share by its cases, a count as chance events, money by how its days scatter; else under the minimum count.
    """
    unit, distance = declared(one.metric).unit, abs(float(now.value or 0) - due)
    if unit == "share" and now.denominator:
        return distance < LUCK * sqrt(max(due * (1 - due), 0) / now.denominator)
    if unit == "count":
        return distance < LUCK * sqrt(max(due, 0))
    if unit == "money" and declared(one.metric).over_time == "sum":
        return distance < LUCK * _scatter(facts, one)
    return now.denominator is not None and abs(now.denominator) < facts.company.findings.minimum_count


def _scatter(facts: Facts, one: Target) -> float:
    """The standard error of the sum of the days so far: what their scatter around their mean leaves open."""
    end = min(one.span[1], facts.end)
    rows = facts.days.filter(pl.col("period_on").is_between(one.span[0], end, closed="left"))
    for key in set(KEYS) & set(one.where):
        rows = rows.filter(pl.col(key) == one.where[key])
    sums = rows.group_by("period_on").agg(pl.col("net_amount").sum())["net_amount"].to_list()
    days = (end - one.span[0]).days
    mean = sum(sums) / days if days else 0.0
    around = sum((amount - mean) ** 2 for amount in sums) + (days - len(sums)) * mean**2
    return sqrt(around)


def _trend(facts: Facts, one: Target) -> float | None:
    """Growth of the last twelve whole months before the target's first day against the twelve before them."""
    middle = min(one.span[0].replace(day=1), facts.end.replace(day=1))
    spans = [(add_months(middle, -12), middle), (add_months(middle, -24), add_months(middle, -12))]
    now, before = (_actual(facts, one.metric, span, one.where).value for span in spans)
    return _share(now, before, -1)


def _share(value: float | None, base: float | None, less: float = 0) -> float | None:
    return None if value is None or base is None or base <= 0 else value / base + less


def _actual(facts: Facts, key: str, span: Span, where: dict[str, str]) -> Value:
    """The metric's value in a span; of a plain sum the exact whole number."""
    row = measure(facts, [key], [span], (), where).row(0, named=True)
    is_whole = row["value"] is not None and row["denominator"] is None and declared(key).scale == 1
    value = row["numerator"] if is_whole else row["value"]
    return Value(value, row["numerator"], row["denominator"], row["reason"])


def _span(facts: Facts, text: str) -> Span:
    periods = parse_range(text, facts.company.fiscal_year_starts)
    return periods[0].start, periods[-1].end


def _year_back(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)
