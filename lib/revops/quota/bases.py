"""What each person's quota starts from: their own past years, made comparable, and the stated rule where there is none.

Amounts stand by factor: a value for each of company.yaml's `quota.factors`, ("Fans",) or ("Fans", "North").

The base year is the fiscal year under way (once a quarter of its usual revenue has come in; the last full one before
that). Amounts of an unfinished year are projected by season: actual ÷ the share of the year that has usually come.

The rule for people without a usable history (joiners, nothing sold, more returned than sold) is one: they start from
the mean of their team, or of the company where nobody in the team has history, and they are listed. Someone who came
during a year counts with that year's full-year equivalent, and is listed too. A vacancy starts from the history of
whom it follows, or like a joiner.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

import polars as pl

from revops.money import round_ratio
from revops.periods import Period
from revops.planning import QuotaVacancy
from revops.quota import hierarchy
from revops.quota.shape import LEVEL, Shape

LEAST_SHARE = Fraction(1, 10)
ENOUGH_OF_YEAR = Fraction(1, 4)
REST = "(rest)"

Factor = tuple[str, ...]
Amounts = dict[Factor, int]
Shapes = Mapping[Factor | None, Shape]


@dataclass
class Base:
    """One person, by factor: `years` full-year equivalents by fiscal year, `projected` the base year's end.

    `first_on` and `left_on` bound the time in the company, [first_on, left_on); a vacancy is nobody yet.
    """

    person_id: str
    name: str
    team: str
    first_on: date
    left_on: date | None = None
    is_vacant: bool = False
    years: dict[str, Amounts] = field(default_factory=dict)
    projected: Amounts = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Start:
    """The number a person starts from, its mix over factors, and the rule that gave it."""

    amount: Fraction
    mix: Mapping[Factor, Fraction]
    rule: str


def base_year(as_of: date, fiscal_year_starts: int, shape: Shape) -> Period:
    """The fiscal year that scenarios start from, as of a day.

    >>> base_year(date(2026, 10, 31), 1, LEVEL).name, base_year(date(2026, 2, 28), 1, LEVEL).name
    ('2026', '2025')
    """
    year = Period.of_month(as_of, fiscal_year_starts).fiscal_year
    come = shape.share(year.start, as_of + timedelta(days=1), year.end)
    return year if come >= ENOUGH_OF_YEAR else year.previous()


def carriers(
    people: pl.DataFrame, days: pl.DataFrame, quotas: pl.DataFrame, as_of: date, managers: str
) -> pl.DataFrame:
    """One row per person at work on `as_of` who carries a quota: sells, or has a quota of record.

    With `managers` 'team' a manager carries the sum of the team and gets no number of their own.
    """
    here = hierarchy.on_day(people, as_of)
    sellers = set(days["person_id"].drop_nulls()) | set(quotas["person_id"])
    above = hierarchy.managers_on(people, as_of) if managers == "team" else set()
    return here.filter(pl.col("person_id").is_in(sorted(sellers - above)))


def by_factor(frame: pl.DataFrame, keys: Sequence[str], factors: Sequence[str]) -> dict[tuple[Any, ...], Amounts]:
    """key → factor → sum of `amount`; a factor that a row does not name is REST."""
    out: dict[tuple[Any, ...], Amounts] = defaultdict(dict)
    named = [pl.col(factor).fill_null(REST) for factor in factors]
    sums = frame.group_by(*keys, *named).agg(pl.col("amount").sum()).sort(*keys, *factors)
    for row in sums.iter_rows():
        out[row[: len(keys)]][row[len(keys) : -1]] = row[-1]
    return out


def year_amounts(
    days: pl.DataFrame, years: Sequence[Period], factors: Sequence[str]
) -> dict[tuple[str | None, str], Amounts]:
    """(person_id or null, fiscal year) → factor → amount."""
    out: dict[tuple[str | None, str], Amounts] = {}
    for year in years:
        inside = days.filter((pl.col("moved_on") >= year.start) & (pl.col("moved_on") < year.end))
        out |= {(person, year.name): sums for (person,), sums in by_factor(inside, ["person_id"], factors).items()}
    return out


def bases(
    amounts: Mapping[tuple[str | None, str], Amounts], who: pl.DataFrame, people: pl.DataFrame, years: Sequence[Period],
    cut: date, shapes: Shapes, vacancies: Sequence[QuotaVacancy] = (),
) -> list[Base]:  # fmt: skip
    """One Base per row of `who` and per vacancy, by team and person_id. `cut` is the day after the last one known."""
    firsts, lasts = hierarchy.first_days(people), dict(people.select("person_id", "left_on").drop_nulls().iter_rows())
    found = []
    for row in who.iter_rows(named=True):
        person = row["person_id"]
        base = Base(person, row["name"], row["team"], firsts[person], lasts.get(person))
        found.append(_with_years(base, person, firsts[person], min(cut, base.left_on or cut), amounts, years, shapes))
        _project(base, years[-1], amounts.get((person, years[-1].name), {}), cut, shapes)
    for place in vacancies:
        base = Base(place.name, place.name, place.team, place.start_on, is_vacant=True)
        if place.after is not None and place.after in firsts:
            until = min(cut, lasts.get(place.after) or cut)
            base = _with_years(base, place.after, firsts[place.after], until, amounts, years, shapes)
        found.append(base)
    return sorted(found, key=lambda base: (base.team, base.person_id))


def _shape(shapes: Shapes, factor: Factor) -> Shape:
    return shapes.get(factor) or shapes.get(None, LEVEL)


def _with_years(
    base: Base, person: str, first: date, last: date, amounts: Mapping[tuple[str | None, str], Amounts],
    years: Sequence[Period], shapes: Shapes,
) -> Base:  # fmt: skip
    """`base` with the years in which the person was there for a tenth of it or more, as full-year equivalents."""
    for year in years:
        start, end = max(year.start, first), min(year.end, last)
        if _part(shapes.get(None, LEVEL), start, end, year) >= LEAST_SHARE:
            base.years[year.name] = {
                factor: _divided(amount, _part(_shape(shapes, factor), start, end, year))
                for factor, amount in amounts.get((person, year.name), {}).items()
            }
            if start > year.start:
                base.partial.add(year.name)
    return base


def _part(shape: Shape, start: date, end: date, year: Period) -> Fraction:
    """The share of the year's weight that lies in [start, end)."""
    if end <= start:
        return Fraction(0)
    return _come(shape, year.start, end, year.end) - _come(shape, year.start, start, year.end)


@lru_cache(maxsize=4096)
def _come(shape: Shape, start: date, cut: date, end: date) -> Fraction:
    """`shape.share`: most people are there for the same days."""
    return shape.share(start, cut, end)


def _divided(amount: int, share: Fraction) -> int:
    return round_ratio(amount * share.denominator, share.numerator) if share else amount


def _project(base: Base, year: Period, amounts: Amounts, cut: date, shapes: Shapes) -> None:
    """The year's end for the days the person works in it; where too little is known, what there is."""
    start, end = max(year.start, base.first_on), min(year.end, base.left_on or year.end)
    is_known = year.name in base.years and end > cut
    base.projected = {
        factor: project(amount, _shape(shapes, factor), start, cut, end) if is_known else amount
        for factor, amount in amounts.items()
    }


def project(amount: int, shape: Shape, start: date, cut: date, end: date) -> int:
    """`amount` earned in [start, cut), carried by season to `end`.

    >>> project(600, LEVEL, date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1))
    1200
    """
    return _divided(amount, _come(shape, start, cut, end)) if cut < end else amount


def starts(found: Sequence[Base], years: Iterable[str]) -> dict[str, Start]:
    """person_id → Start: the mean of the given years that the person has, or the stated rule.

    Rules: 'own', 'part_year' (some year is a full-year equivalent), 'fewer_years', 'vacancy' (with the history of whom
    it follows), and without usable history 'joiner', 'zero', 'negative', 'vacancy': these start from their team's mean.
    """
    wanted = list(years)
    own = {base.person_id: _own(base, wanted) for base in found}
    usable = {person: start for person, start in own.items() if start.amount > 0}
    return {
        base.person_id: usable.get(base.person_id) or _of_team(base, own[base.person_id], found, usable)
        for base in found
    }


def _own(base: Base, wanted: Sequence[str]) -> Start:
    have = [year for year in wanted if year in base.years]
    if not have:
        return Start(Fraction(0), {}, "vacancy" if base.is_vacant else "joiner")
    factors = sorted({factor for year in have for factor in base.years[year]})
    mix = {factor: Fraction(sum(base.years[year].get(factor, 0) for year in have), len(have)) for factor in factors}
    amount = sum(mix.values(), Fraction(0))
    if base.is_vacant or amount <= 0:
        rule = "vacancy" if base.is_vacant else "negative" if amount < 0 else "zero"
    else:
        rule = "part_year" if base.partial & set(have) else "own" if len(have) == len(wanted) else "fewer_years"
    return Start(amount, {factor: max(Fraction(0), part) for factor, part in mix.items() if REST not in factor}, rule)


def _of_team(base: Base, own: Start, found: Sequence[Base], usable: Mapping[str, Start]) -> Start:
    """The mean of the nearest team above that has history: amount and mix."""
    parts = base.team.split("/")
    for depth in range(len(parts), -1, -1):
        near = [
            usable[other.person_id]
            for other in found
            if other.person_id in usable and other.team.split("/")[:depth] == parts[:depth]
        ]
        if near:
            factors = sorted({factor for start in near for factor in start.mix})
            mix = {one: sum((start.mix.get(one, Fraction(0)) for start in near), Fraction(0)) for one in factors}
            return Start(sum((start.amount for start in near), Fraction(0)) / len(near), mix, own.rule)
    return Start(Fraction(1), {}, own.rule)
