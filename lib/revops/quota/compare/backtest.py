"""Scenarios as if at the end of earlier fiscal years: their quotas against what came.

A year is tested where credited detail covers the whole year before it, and as far as its months are over. Only what
was known on the last day before it is used, but for two things that no table dates: the potential of accounts and
their owners are today's. Pins, locks and limits belong to next year and are left out, the other settings are today's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import polars as pl

from revops.money import round_ratio, to_units
from revops.periods import Period, add_months
from revops.quota import hierarchy
from revops.quota.compare.cost import PayCurve
from revops.quota.compare.scores import Outcome, Score, least_luck
from revops.quota.desk import Desk
from revops.quota.ground import Ground
from revops.quota.quotas import Knobs, Proposal, propose
from revops.quota.shape import LEVEL

FLAT = "flat"
OUTCOMES = {
    "scenario": pl.String,
    "year": pl.String,
    "person_id": pl.String,
    "months": pl.Int64,
    "quota_amount": pl.Int64,
    "actual_amount": pl.Int64,
    "potential_amount": pl.Int64,
    "pay_amount": pl.Int64,
}


@dataclass(frozen=True)
class Backtest:
    """What the scenarios would have asked in earlier years: `outcomes` (OUTCOMES), and each year's months tested."""

    outcomes: pl.DataFrame
    spans: list[tuple[Period, list[date]]]

    @cached_property
    def years(self) -> set[str]:
        """The fiscal years in which every scenario was tested that was tested at all, so that like is held to like."""
        tested = self.outcomes.filter(pl.col("scenario") != FLAT).group_by("scenario").agg(pl.col("year").unique())
        return set.intersection(*map(set, tested["year"])) if tested.height else set()

    @cached_property
    def scores(self) -> dict[str, Score]:
        """scenario → Score over `years` and people, `pay` as the mean of a year; the flat rule last."""
        parts = self.outcomes.filter(pl.col("year").is_in(sorted(self.years))).group_by("scenario", maintain_order=True)
        found = {str(key): _score(part) for (key,), part in parts}
        return dict(sorted(found.items(), key=lambda item: item[0] == FLAT))

    @cached_property
    def recommended(self) -> str | None:
        """The scenario with the least luck in it; the flat rule is not ranked, and one scenario alone is no choice."""
        ranked = {key: score for key, score in self.scores.items() if key != FLAT}
        return least_luck(ranked) if len(ranked) > 1 else None


def backtest(desk: Desk, knobs: Knobs) -> Backtest:
    """Every scenario and the flat rule on all years that can be tested."""
    spans = [(year, months_over(year, desk.cut)) for year in years_tested(desk)]
    return Backtest(outcomes(desk, knobs), spans)


def years_tested(desk: Desk) -> list[Period]:
    """The fiscal years that can be tested, oldest first; the last is the one under way, once a month of it is over."""
    first = desk.days["moved_on"].min()
    years: list[Period] = []
    year = desk.year
    while isinstance(first, date) and first < add_months(year.previous().start, 1):
        years.append(year)
        year = year.previous()
    return [year for year in reversed(years) if months_over(year, desk.cut)]


def months_over(year: Period, cut: date) -> list[date]:
    """First days of the year's months that have ended by `cut`."""
    return [month for month in year.months if add_months(month, 1) <= cut]


def outcomes(desk: Desk, knobs: Knobs) -> pl.DataFrame:
    """One row per scenario (the flat rule last), fiscal year and person: OUTCOMES, quotas above 0 only.

    Quota and actual are of the same `months`: those that are over, up to the person's last whole month.
    `pay_amount` is a year's pay at that attainment, for a part of the year the same part; null where none is declared.
    """
    plain = replace(knobs, pins={}, locks=frozenset(), without=frozenset())
    frames = [_outcomes(desk, year, plain) for year in years_tested(desk)]
    return pl.concat([pl.DataFrame(schema=OUTCOMES), *frames])


def _outcomes(desk: Desk, year: Period, knobs: Knobs) -> pl.DataFrame:
    day = year.start - timedelta(days=1)
    proposal = propose(_as_if(desk.ground_at(day)), knobs)
    over = months_over(year, desk.cut)
    left = desk.people.group_by("person_id").agg(pl.col("left_on").max())
    quotas = pl.concat(list(_month_quotas(proposal))).filter(pl.col("month_on").is_in(over)).join(left, "person_id")
    quotas = quotas.filter(pl.col("left_on").is_null() | (pl.col("month_on").dt.offset_by("1mo") <= pl.col("left_on")))
    came = desk.counted(proposal.ground.settings.metric).group_by(
        "person_id", pl.col("moved_on").dt.truncate("1mo").alias("month_on")
    )
    both = quotas.join(came.agg(pl.col("amount").sum()), on=["person_id", "month_on"], how="left")
    sums = both.group_by("scenario", "person_id", maintain_order=True).agg(
        year=pl.lit(year.name),
        months=pl.len().cast(pl.Int64),
        quota_amount=pl.col("quota_amount").sum(),
        actual_amount=pl.col("amount").sum(),
    )
    found = sums.filter(pl.col("quota_amount") > 0).with_columns(
        potential_amount=pl.col("person_id").replace_strict(
            proposal.ground.potential, default=None, return_dtype=pl.Int64
        )
    )
    pays = _pays(desk, day, found, len(over))
    return found.with_columns(pl.Series("pay_amount", pays, dtype=pl.Int64)).select(list(OUTCOMES))


def _as_if(ground: Ground) -> Ground:
    """Without what is of next year only: bounds, own numbers of factors, and days of leaving that nobody knew."""
    settings = ground.settings.model_copy(update={"least_change": None, "most_change": None, "tops": []})
    return replace(ground, settings=settings, bases=[replace(base, left_on=None) for base in ground.bases])


def _month_quotas(proposal: Proposal) -> Iterator[pl.DataFrame]:
    """scenario, person_id, month_on, quota_amount (what people carry), a scenario at a time, the flat rule last."""
    keys = ["person_id", "month_on"]
    for scenario in proposal.had:
        sums = scenario.months.group_by(keys).agg(pl.col("quota_amount").sum()).sort(keys)
        yield sums.select(pl.lit(scenario.key).alias("scenario"), *keys, "quota_amount")
    shape, months = proposal.ground.shapes.get(None, LEVEL), proposal.target.months
    rows = [
        (FLAT, person, month, part)
        for person, amount in sorted(proposal.flat.items())
        for month, part in zip(months, shape.spread(amount, months), strict=True)
    ]
    schema = {"scenario": pl.String, "person_id": pl.String, "month_on": pl.Date, "quota_amount": pl.Int64}
    yield pl.DataFrame(rows, schema=schema, orient="row")


def _pays(desk: Desk, day: date, found: pl.DataFrame, months: int) -> list[int | None]:
    pay, decimals = desk.ws.company.quota.pay, desk.ws.company.money_decimals
    curve = PayCurve.of(pay.curve)
    if curve is None:
        return [None] * found.height
    declared = {key: to_units(amount, decimals) for key, amount in pay.target.items()}
    here = hierarchy.on_day(desk.people, day).select("person_id", "team", "role").iter_rows()
    target = {person: hierarchy.of_person(declared, team, role) for person, team, role in here}
    rows = found.select("person_id", "months", "actual_amount", "quota_amount").iter_rows()
    return [
        None if target.get(person) is None else curve.pay(Fraction(target[person] * part, months), actual, quota)
        for person, part, actual, quota in rows
    ]


def _score(part: pl.DataFrame) -> Score:
    columns = ("quota_amount", "actual_amount", "potential_amount", "pay_amount")
    score = Score.of([Outcome(*row) for row in part.select(columns).iter_rows()])
    if score.pay.value is None:
        return score
    return replace(score, pay=replace(score.pay, value=round_ratio(int(score.pay.value), part["year"].n_unique())))
