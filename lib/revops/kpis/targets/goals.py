"""SMART targets: what is promised, where, until when, by whom, and in which number.

A target is specific (metric and place), measurable (a metric of the catalogue), achievable (beside last year and the
trend), relevant (an owner and a reason) and time-bound (its days). It is a number, or a growth against an earlier
period whose exact actual it is reckoned from: with no actual there, or none above 0, it is undefined and says why.

Amounts are whole counts of 10 ** -money_decimals, counts as they are, shares and ratios billionths:

>>> of_growth(415_000_000, 1, "20%")    # +20 % on 415 million
498000000
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from revops.company import Company, Goal
from revops.kpis import facts as facts_of
from revops.kpis.catalogue import declared, metrics
from revops.kpis.facts import Facts, Scan
from revops.kpis.headline import PLANS, planned, values_of
from revops.kpis.measure import Value
from revops.kpis.spans import Span, Spans, is_whole_months, year_before
from revops.kpis.targets import plan
from revops.kpis.targets.pace import shape
from revops.money import RATE_SCALE, rate_units, round_ratio, split, to_units
from revops.periods import add_months, fiscal_quarter, months_between, parse_range
from revops.problems import InputError, Problem

GOALS = "company.yaml"  # the source of planned rows that no sheet has
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


def gather(scan: Scan, company: Company, as_of: date, months: Sequence[Scan] = ()) -> Facts:
    """`facts.gather`, with the whole company's targets of company.yaml as the plan where no sheet has one."""
    return with_goals(facts_of.gather(scan, company, as_of, months))


def with_goals(facts: Facts) -> Facts:
    """The facts in which the whole company's targets of company.yaml are the plan of months that no sheet plans.

    Of what adds up, a longer target is spread over its months by their season, less what a shorter one or a sheet has
    already given them, so that months sum to it; of a rate each month has the number itself, of a level the last.
    """
    rows: dict[tuple[str, date], int] = {}
    sheet = set(facts.targets.select("metric", "month_on").iter_rows())
    whole = [_resolved(facts, goal) for goal in facts.company.targets if not goal.where]
    for one in sorted((one for one in whole if one.amount is not None), key=lambda one: one.span[1] - one.span[0]):
        rows = _spread(facts, one, sheet, rows) | rows
    schema = facts.targets.schema
    made = [{"metric": key, "month_on": month, "target": amount, "source": GOALS, "file": GOALS, "row": 0}
            for (key, month), amount in sorted(rows.items())]  # fmt: skip
    return replace(facts, targets=pl.concat([facts.targets, pl.DataFrame(made, schema=schema)])) if made else facts


def _spread(
    facts: Facts, one: Target, sheet: set[tuple[str, date]], rows: Mapping[tuple[str, date], int]
) -> dict[tuple[str, date], int]:
    """What a target leaves to each of its months that has no number yet; nothing where its span cuts a month."""
    key, months = one.metric, months_between(*one.span)
    left = [month for month in months if (key, month) not in sheet and (key, month) not in rows]
    if not is_whole_months(one.span) or not left:
        return {}
    how, amount = PLANS[declared(key).over_time], int(one.amount or 0)
    if how != "sum":
        return {(key, month): amount for month in left if how == "mean" or month == months[-1]}
    given = sum(rows.get((key, month), 0) for month in months)
    given += sum(plan.plan_total(facts.targets, key, month, add_months(month, 1)) or 0 for month in months)
    days = [one.span[0] + timedelta(days=i) for i in range((one.span[1] - one.span[0]).days)]
    season = dict.fromkeys(months, 0)
    for day, weight in zip(days, shape(facts, key, one.span)[1], strict=True):
        season[day.replace(day=1)] += weight
    weights = [season[month] for month in left] if any(season[month] for month in left) else [1] * len(left)
    return dict(zip([(key, month) for month in left], split(amount - given, weights), strict=True))


def planned_targets(facts: Facts, spans: Spans) -> list[Target]:
    """The plan sheet's targets of the whole company: each metric in the period, revenue also in quarter and year."""
    found, year = [], spans.period.fiscal_year
    quarter = fiscal_quarter(spans.period.start, spans.period.fiscal_year_starts)
    sheet = facts.targets.filter(pl.col("source") != GOALS)
    for key in sorted(set(sheet["metric"]) & set(metrics()), key=list(metrics()).index):
        is_sum = PLANS[declared(key).over_time] == "sum"
        wider = [quarter, (year.start, year.end)] if is_sum else []
        for span in dict.fromkeys([(spans.period.start, spans.period.end), *wider]):
            amount = planned(facts, key, span)
            if amount is not None and span[1] - span[0] >= spans.period.end - spans.period.start:
                found.append(Target(key, key, span, amount, origin="plan"))
    return found


def _resolved(facts: Facts, goal: Goal) -> Target:
    """One target of company.yaml with its number; what cannot be reckoned has none and says why."""
    shown, one = f"targets, {goal.key}", declared(goal.metric)
    span = _span(facts, goal.period)
    made = Target(goal.key, goal.metric, span, None, dict(goal.where), owner=goal.owner, against=goal.against)
    if goal.amount is not None:
        return replace(made, amount=units(goal.amount, one.unit, facts.company.money_decimals, shown))
    before = _span(facts, goal.against) if goal.against else year_before(span)
    found = values_of(facts, [goal.metric], [before], made.where)[goal.metric, before]
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


def _span(facts: Facts, text: str) -> Span:
    periods = parse_range(text, facts.company.fiscal_year_starts)
    return periods[0].start, periods[-1].end
