"""How much, to whom, how: the top number of each scenario, carried down exactly, and the quotas of record.

Three readings of how much, and the flat rule beside them:

>>> last_year(1_200_000, rate_units("8%"))
1296000
>>> three_years([90_000_000, 100_000_000, 120_000_000])  # cents
103333333
>>> market({"all": 1_200_000}, {None: rate_units("5%")}, rate_units("2%"))
1285200
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

import polars as pl

from revops.money import RATE_SCALE, apply_rate, rate_units, round_ratio
from revops.periods import Period
from revops.problems import InputError, Problem
from revops.quota.allocation import Member, Node, by_month, carry_down, to_step
from revops.quota.bases import REST, Base, Start, starts
from revops.quota.shape import LEVEL, Shape

Key = Literal["last_year", "three_years", "market"]
LETTERS: dict[Key, str] = {"last_year": "A", "three_years": "B", "market": "C"}
__all__ = ["LETTERS", "Proposal", "Scenario", "last_year", "market", "propose", "quota_of", "rate_units", "three_years"]


def last_year(amount: int, growth: int) -> int:
    """Last year + growth (billionths), rounded once."""
    return apply_rate(amount, RATE_SCALE + growth)


def three_years(amounts: Sequence[int]) -> int:
    """The mean of three years, rounded once."""
    return round_ratio(sum(amounts), len(amounts))


def market(amounts: Mapping[str, int], growth: Mapping[str | None, int], share_gain: int) -> int:
    """Each product group × (1 + its market's growth), all × (1 + share gain), rounded once.

    `growth` (billionths) by product group; null is the market as a whole, for groups without their own.
    """
    grown = sum(amount * (RATE_SCALE + growth_of(group, growth)) for group, amount in amounts.items())
    return round_ratio(grown * (RATE_SCALE + share_gain), RATE_SCALE**2)


def growth_of(group: str, growth: Mapping[str | None, int]) -> int:
    """The growth of a product group's market, or of the market as a whole."""
    return growth.get(group, growth.get(None, 0))


@dataclass(frozen=True)
class Scenario:
    """One way to say how much, carried down. `why_not` says why it cannot be had; then there are no nodes."""

    key: Key
    amount: int | None
    nodes: list[Node] = field(default_factory=list)
    months: pl.DataFrame = field(default_factory=pl.DataFrame)
    starts: Mapping[str, Start] = field(default_factory=dict)
    why_not: str = ""

    @property
    def letter(self) -> str:
        """A, B or C, as charts mark it."""
        return LETTERS[self.key]

    def by_person(self) -> dict[str, int]:
        """person_id → quota of the year, over all factors."""
        sums: dict[str, int] = {}
        for node in self.nodes:
            if node.person_id is not None:
                sums[node.person_id] = sums.get(node.person_id, 0) + node.amount
        return sums


@dataclass(frozen=True)
class Totals:
    """The company's amounts: fiscal year → product group → amount; the last year is the base year, projected."""

    years: Mapping[str, Mapping[str, int]]

    def of(self, year: str) -> int:
        """One year, all product groups."""
        return sum(self.years[year].values())


@dataclass(frozen=True)
class Knobs:
    """What an analyst turns; rates in billionths, `step` in money units."""

    growth: int
    share_gain: int
    flat: int
    step: int = 1


@dataclass(frozen=True)
class Proposal:
    """All scenarios of the target year beside the flat rule, from one set of bases."""

    base: Period
    target: Period
    bases: list[Base]
    totals: Totals
    scenarios: list[Scenario]
    flat: dict[str, int]
    knobs: Knobs

    def scenario(self, key: str) -> Scenario:
        """The scenario of that name; refuses one that cannot be had."""
        found = next((scenario for scenario in self.scenarios if scenario.key == key), None)
        if found is None or found.amount is None:
            reason = found.why_not if found else "no such scenario"
            known = ", ".join(s.key for s in self.scenarios if s.amount is not None)
            raise InputError(Problem("quota.chosen", f"{key} ({reason})", f"one of {known}", "choose another scenario"))
        return found


def propose(
    found: Sequence[Base],
    totals: Totals,
    years: Sequence[Period],
    knobs: Knobs,
    growth: Mapping[str | None, int],
    shapes: Mapping[str | None, Shape],
) -> Proposal:
    """The scenarios of the year after `years[-1]` for the people in `found`; children sum to parents everywhere.

    A scenario that its history does not allow has no amount and says why. Raises InputError where a top number is
    negative. Where nobody carries a quota no scenario can be had.
    """
    target = _next_year(years[-1])
    if not found:
        nobody = [Scenario(key, None, why_not="needs_people") for key in LETTERS]
        return Proposal(years[-1], target, [], totals, nobody, {}, knobs)
    base = years[-1].name
    last_three = [year.name for year in years[-3:] if year.name in totals.years]
    own = starts(found, [base])
    scenarios = [
        _carried("last_year", last_year(totals.of(base), knobs.growth), own, found, target, shapes, knobs.step),
        _carried(
            "three_years",
            three_years([totals.of(year) for year in last_three]),
            starts(found, last_three),
            found,
            target,
            shapes,
            knobs.step,
        )
        if len(last_three) == 3
        else Scenario("three_years", None, why_not="needs_three_years"),
        _carried(
            "market",
            market(totals.years[base], growth, knobs.share_gain),
            own,
            found,
            target,
            shapes,
            knobs.step,
            growth,
        )
        if growth
        else Scenario("market", None, why_not="needs_market"),
    ]
    flat = {person: to_step(_grown(start.amount, knobs.flat), knobs.step) for person, start in own.items()}
    return Proposal(years[-1], target, list(found), totals, scenarios, flat, knobs)


def _grown(amount: Fraction, rate: int) -> int:
    grown = amount * (RATE_SCALE + rate) / RATE_SCALE
    return round_ratio(grown.numerator, grown.denominator)


def _next_year(year: Period) -> Period:
    return Period.parse(str(int(year.name) + 1), year.fiscal_year_starts)


def _carried(
    key: Key,
    amount: int,
    begin: Mapping[str, Start],
    found: Sequence[Base],
    target: Period,
    shapes: Mapping[str | None, Shape],
    step: int,
    growth: Mapping[str | None, int] | None = None,
) -> Scenario:
    if amount < 0:
        raise InputError(
            Problem(
                f"quota, scenario {key}",
                f"the negative top number {amount}",
                "0 or more",
                "check the base year or choose another scenario",
            )
        )
    members = [member for base in found for member in _claims(base, begin[base.person_id], growth or {})]
    nodes = carry_down(to_step(amount, step), members, step)
    return Scenario(key, to_step(amount, step), nodes, by_month(nodes, target.months, shapes, step), begin)


def _claims(base: Base, start: Start, growth: Mapping[str | None, int]) -> list[Member]:
    """The person's weight on each product group: start × mix, × the market's growth where that scenario asks."""
    mix = start.mix if any(start.mix.values()) else {REST: Fraction(1)}
    whole = sum(mix.values(), Fraction(0))
    return [
        Member(group, base.team, base.person_id, start.amount * part / whole * (RATE_SCALE + growth_of(group, growth)))
        for group, part in mix.items()
    ]


def quota_of(
    quotas: pl.DataFrame,
    start: date,
    end: date,
    person: str | None = None,
    *,
    measure: str = "revenue",
    shape: Shape = LEVEL,
    by_days: bool = True,
) -> pl.DataFrame:
    """One row per person with a quota of record in [start, end): `quota_amount`, `covered_days`, sorted by person_id.

    A quota period inside the range counts whole. Of one that reaches over a bound, the part inside counts: by days,
    or with `by_days` false by the months' usual weights (`shape`). Parts of adjoining ranges sum to the whole quota.

    >>> record = pl.DataFrame({"person_id": ["a"], "measure": ["revenue"], "start_on": [date(2026, 1, 1)],
    ...                        "end_on": [date(2026, 4, 1)], "quota_amount": [900]})
    >>> quota_of(record, date(2026, 1, 1), date(2026, 2, 1)).rows()
    [('a', 310, 31)]
    """
    rows = quotas.filter((pl.col("measure") == measure) & (pl.col("start_on") < end) & (pl.col("end_on") > start))
    if person is not None:
        rows = rows.filter(pl.col("person_id") == person)
    sums: dict[str, tuple[int, int]] = {}
    for row in rows.sort("person_id", "start_on").iter_rows(named=True):
        first, last = max(start, row["start_on"]), min(end, row["end_on"])
        amount = _up_to(row, last, shape, by_days) - _up_to(row, first, shape, by_days)
        before = sums.get(row["person_id"], (0, 0))
        sums[row["person_id"]] = (before[0] + amount, before[1] + (last - first).days)
    schema = {"person_id": pl.String, "quota_amount": pl.Int64, "covered_days": pl.Int64}
    return pl.DataFrame([(p, *values) for p, values in sorted(sums.items())], schema=schema, orient="row")


def _up_to(row: Mapping[str, object], day: date, shape: Shape, by_days: bool) -> int:
    """The part of a quota that lies before `day`, rounded once, so that differences of it sum exactly."""
    start, end, amount = row["start_on"], row["end_on"], row["quota_amount"]
    assert isinstance(start, date)
    assert isinstance(end, date)
    assert isinstance(amount, int)
    part = Fraction((day - start).days, (end - start).days) if by_days else shape.share(start, day, end)
    return round_ratio(amount * part.numerator, part.denominator)
