"""Capacity against quota: what the people of next year can bring, ramped or still ramping.

Ten ramped people of 1m each at 85 % and four who bring 37.5 % of it in their first year, against a quota of 9m:

>>> able = capacity([(10, 1_000_000, Fraction(85, 100)), (4, 1_000_000, Fraction(3, 8))])
>>> able, round(able / 9_000_000, 2)
(10000000, 1.11)
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import polars as pl

from revops.money import RATE_SCALE, rate_units, round_ratio, to_units
from revops.quota import hierarchy
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal

ABLE = {
    "team": pl.String,
    "person_id": pl.String,
    "is_ramped": pl.Boolean,
    "able_amount": pl.Int64,
    "base_amount": pl.Int64,
}
SUMS = [
    pl.col("is_ramped").sum().cast(pl.Int64).alias("ramped"),
    (~pl.col("is_ramped")).sum().cast(pl.Int64).alias("ramping"),
    pl.when(pl.col("able_amount").is_null().any())
    .then(None)
    .otherwise(pl.col("able_amount").sum())
    .alias("able_amount"),
    pl.col("base_amount").sum(),
]


def capacity(people: Iterable[tuple[int, int, Fraction]]) -> int:
    """Σ heads × productivity of a ramped person a year × the share of it that is expected, rounded once."""
    total = sum((heads * amount * share for heads, amount, share in people), Fraction(0))
    return round_ratio(total.numerator, total.denominator)


def cover(desk: Desk, proposal: Proposal, key: str) -> pl.DataFrame:
    """One row per team path, the company last (team null): what its people can bring against their base quotas.

    Ramped people (there and at full rate all year) bring their declared productivity × `quota.capacity.ramped`, the
    others × the part of the year that they carry. `cover` = able ÷ base, null with a reason: 'no_productivity' where
    somebody has none declared, 'no_cases' where nothing is asked.
    """
    settings, quota = desk.ws.company.quota.capacity, desk.ws.company.quota
    decimals = quota.decimals(desk.ws.company.money_decimals)
    declared = {name: to_units(amount, decimals) for name, amount in settings.productivity.items()}
    people = able(proposal, key, declared, Fraction(rate_units(settings.ramped), RATE_SCALE), _roles(desk, proposal))
    teams = people.group_by("team").agg(*SUMS).sort("team")
    whole = people.select(pl.lit(None, dtype=pl.String).alias("team"), *SUMS)
    missing, asked = pl.col("able_amount").is_null(), pl.col("base_amount") > 0
    return pl.concat([teams, whole] if people.height else [teams]).with_columns(
        cover=pl.when(asked).then(pl.col("able_amount") / pl.col("base_amount")),
        reason=pl.when(missing).then(pl.lit("no_productivity")).when(~asked).then(pl.lit("no_cases")),
    )


def able(
    proposal: Proposal, key: str, declared: Mapping[str, int], ramped: Fraction, roles: Mapping[str, str]
) -> pl.DataFrame:
    """One row per person of a scenario: `able_amount` (null where no productivity is declared), `base_amount`."""
    asked, rows = proposal.scenario(key).base_by_person() if proposal.bases else {}, []
    for base in proposal.bases:
        amount = hierarchy.of_person(declared, base.team, roles[base.person_id])
        there = proposal.ground.there(base)
        is_ramped = all(month == 1 for month in there)
        share = ramped if is_ramped else sum(there, Fraction(0)) / len(there)
        brings = None if amount is None else capacity([(1, amount, share)])
        rows.append((base.team, base.person_id, is_ramped, brings, asked.get(base.person_id, 0)))
    return pl.DataFrame(rows, schema=ABLE, orient="row").sort("team", "person_id")


def _roles(desk: Desk, proposal: Proposal) -> dict[str, str]:
    """person_id → role, the last one known; a vacancy takes that of a colleague in its team."""
    roles = dict(desk.people.sort("start_on").select("person_id", "role").iter_rows())
    teams = {b.team: roles[b.person_id] for b in reversed(proposal.bases) if b.person_id in roles}
    return {b.person_id: roles.get(b.person_id) or teams.get(b.team, "") for b in proposal.bases}
