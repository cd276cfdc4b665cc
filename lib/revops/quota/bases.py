"""What each person's quota starts from: their own past years, made comparable, and the stated rule where there is none.

The base year is the fiscal year under way (once a quarter of its usual revenue has come in; the last full one before
that). Amounts of an unfinished year are projected by season: actual ÷ the share of the year that has usually come.

The rule for people without a usable history (joiners, nothing sold, more returned than sold) is one: they start from
the mean of their team, or of the company where nobody in the team has history, and they are listed. Someone who came
during a year counts with that year's full-year equivalent, and is listed too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from revops.money import round_ratio
from revops.periods import Period
from revops.quota import hierarchy
from revops.quota.shape import LEVEL, Shape

LEAST_SHARE = Fraction(1, 10)
ENOUGH_OF_YEAR = Fraction(1, 4)
REST = "(rest)"

Amounts = dict[str, int]


@dataclass
class Base:
    """One person, by product group: `years` full-year equivalents by fiscal year, `projected` the base year's end."""

    person_id: str
    name: str
    team: str
    first_on: date
    years: dict[str, Amounts] = field(default_factory=dict)
    projected: Amounts = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Start:
    """The number a scenario gives a person to start from, its mix over product groups, and why it is so."""

    amount: Fraction
    mix: Mapping[str, Fraction]
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


def year_amounts(days: pl.DataFrame, years: Sequence[Period]) -> dict[tuple[str | None, str], Amounts]:
    """(person_id or null, fiscal year) → product group → amount. Rows without a product group count as REST."""
    out: dict[tuple[str | None, str], Amounts] = defaultdict(dict)
    for year in years:
        inside = days.filter((pl.col("moved_on") >= year.start) & (pl.col("moved_on") < year.end))
        keys = ["person_id", pl.col("product_group").fill_null(REST)]
        for person, group, amount in inside.group_by(keys).agg(pl.col("amount").sum()).iter_rows():
            out[person, year.name][group] = amount
    return out


def bases(
    days: pl.DataFrame, who: pl.DataFrame, people: pl.DataFrame, years: Sequence[Period], cut: date,
    shapes: Mapping[str | None, Shape],
) -> list[Base]:  # fmt: skip
    """One Base per row of `who`, sorted by team and person_id. `cut` is the day after the last one known."""
    amounts = year_amounts(days, years)
    firsts = hierarchy.first_days(people)
    rows = who.sort("team", "person_id").iter_rows(named=True)
    found = [Base(row["person_id"], row["name"], row["team"], firsts[row["person_id"]]) for row in rows]
    for base in found:
        for year in years:
            _add_year(base, year, amounts.get((base.person_id, year.name), {}), cut, shapes)
        base.projected = _project(base, years[-1], amounts.get((base.person_id, years[-1].name), {}), cut, shapes)
    return found


def _shape(shapes: Mapping[str | None, Shape], group: str) -> Shape:
    return shapes.get(group) or shapes.get(None, LEVEL)


def _add_year(base: Base, year: Period, amounts: Amounts, cut: date, shapes: Mapping[str | None, Shape]) -> None:
    """Keep the year as a full-year equivalent, where the person was there for a tenth of it."""
    start, end = max(year.start, base.first_on), min(year.end, cut)
    here = _part(_shape(shapes, REST), start, end, year)
    if here < LEAST_SHARE:
        return
    base.years[year.name] = {
        group: _divided(amount, _part(_shape(shapes, group), start, end, year)) for group, amount in amounts.items()
    }
    if start > year.start:
        base.partial.add(year.name)


def _part(shape: Shape, start: date, end: date, year: Period) -> Fraction:
    """The share of the year's weight that lies in [start, end)."""
    if end <= start:
        return Fraction(0)
    return shape.share(year.start, end, year.end) - shape.share(year.start, start, year.end)


def _divided(amount: int, share: Fraction) -> int:
    return round_ratio(amount * share.denominator, share.numerator) if share else amount


def _project(base: Base, year: Period, amounts: Amounts, cut: date, shapes: Mapping[str | None, Shape]) -> Amounts:
    """The year's end for the days the person works in it; where too little is known, what there is."""
    start = max(year.start, base.first_on)
    if year.name not in base.years:
        return dict(amounts)
    return {group: project(amount, _shape(shapes, group), start, cut, year.end) for group, amount in amounts.items()}


def project(amount: int, shape: Shape, start: date, cut: date, end: date) -> int:
    """`amount` earned in [start, cut), carried by season to `end`.

    >>> project(600, LEVEL, date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1))
    1200
    """
    return _divided(amount, shape.share(start, cut, end)) if cut < end else amount


def starts(found: Sequence[Base], years: Iterable[str]) -> dict[str, Start]:
    """person_id → Start: the mean of the given years that the person has, or the stated rule.

    Rules: 'own', 'part_year' (some year is a full-year equivalent), 'fewer_years', and without usable history
    'joiner', 'zero', 'negative': these start from their team's mean.
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
        return Start(Fraction(0), {}, "joiner")
    groups = sorted({group for year in have for group in base.years[year]})
    mix = {group: Fraction(sum(base.years[year].get(group, 0) for year in have), len(have)) for group in groups}
    amount = sum(mix.values(), Fraction(0))
    if amount <= 0:
        return Start(amount, {}, "negative" if amount < 0 else "zero")
    rule = "part_year" if base.partial & set(have) else "own" if len(have) == len(wanted) else "fewer_years"
    return Start(amount, {group: max(Fraction(0), part) for group, part in mix.items() if group != REST}, rule)


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
            groups = sorted({group for start in near for group in start.mix})
            mix = {group: sum((start.mix.get(group, Fraction(0)) for start in near), Fraction(0)) for group in groups}
            return Start(sum((start.amount for start in near), Fraction(0)) / len(near), mix, own.rule)
    return Start(Fraction(1), {}, own.rule)
