"""Why a number is what it is: from the person's base year to the quota in steps that sum exactly.

Each step switches one more rule on and proposes again; its part is what the person's number moves by.

    base year      what the person brings in the base year, projected where it is under way
    growth         the same, grown like the company's top number
    share          the scenario's weights in place of last year's (history of more years, potential, the team's mean …)
    presence       joiners, leavers and ramp: the part of the year in which the person carries a quota
    over           over-assignment of the levels above
    limits         pins, locks, least and most, and what they leave to the others
    step           rounding to the step

>>> parts_of([100, 112, 120, 90, 95, 95, 100])
[100, 12, 8, -30, 5, 0, 5]
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

import polars as pl

from revops.money import round_ratio
from revops.quota.quotas import Proposal, Scenario, propose

PARTS = ("base", "growth", "share", "presence", "over", "limits", "step")
LIMITS = ("pin", "lock", "least", "most")
BRIDGE = {
    "person_id": pl.String,
    **{f"{part}_amount": pl.Int64 for part in PARTS},
    "quota_amount": pl.Int64,
    "present": pl.Float64,
    "bind": pl.String,
    "by": pl.String,
    "rules": pl.String,
    "base_part": pl.Float64,
    "potential_part": pl.Float64,
}


def parts_of(levels: Sequence[int]) -> list[int]:
    """The first level, then what each step adds; the parts sum to the last level."""
    return [levels[0], *(after - before for before, after in pairwise(levels))]


def bridge(proposal: Proposal, key: str) -> pl.DataFrame:
    """One row per person of a scenario, sorted by person_id: `<part>_amount` of PARTS and `quota_amount`, their sum.

    `present` is the share of the year the person carries, `bind` the limit that holds the number (null: none), `by` the
    weights of the scenario and `rules` what the person is listed for, both joined by commas. Of the people with
    potential, `potential_part` is the person's share of it, `base_part` of their base year; null for the others.
    """
    if not proposal.bases:
        return pl.DataFrame(schema=BRIDGE)
    picked = proposal.scenario(key)
    levels, binds = _levels(proposal, picked), _binds(picked)
    owners = [b.person_id for b in proposal.bases if proposal.ground.potential.get(b.person_id, 0) > 0]
    by = ",".join(name for name, share in picked.setting.to_whom.items() if share)
    ground, rows = proposal.ground, []
    for base in sorted(proposal.bases, key=lambda base: base.person_id):
        person, there = base.person_id, ground.there(base)
        parts = parts_of([level.get(person, 0) for level in levels])
        present = float(sum(there, Fraction(0)) / len(there))
        rules = ",".join(picked.listed.get(person, []))
        shares = (_part(levels[0], person, owners), _part(ground.potential, person, owners))
        rows.append((person, *parts, sum(parts), present, binds.get(person), by, rules, *shares))
    return pl.DataFrame(rows, schema=BRIDGE, orient="row")


def _part(amounts: Mapping[str, int], person: str, of: Collection[str]) -> float | None:
    """The person's share of what the people `of` have together; null for others, and where they have nothing."""
    whole = sum(amounts[other] for other in of)
    return amounts[person] / whole if person in of and whole > 0 else None


def _binds(picked: Scenario) -> dict[str, str]:
    """person_id → the limit that holds the number, the firmest where product groups differ."""
    found: dict[str, str] = {}
    for person, bind in picked.leaves.select("person_id", "bind").iter_rows():
        if bind in LIMITS:
            found[person] = min(bind, found.get(person, bind), key=LIMITS.index)
    return found


def _levels(proposal: Proposal, picked: Scenario) -> list[dict[str, int]]:
    """person_id → amount after each of PARTS, the base year first, the quota last."""
    now = {base.person_id: sum(base.projected.values()) for base in proposal.bases}
    whole, top = proposal.totals.of(proposal.base.name), picked.amount or 0
    grown = {person: round_ratio(amount * top, whole) if whole > 0 else amount for person, amount in now.items()}
    return [now, grown, *_proposed(proposal, picked), picked.by_person()]


def _proposed(proposal: Proposal, picked: Scenario) -> list[dict[str, int]]:
    """The scenario proposed again with one rule more each time, the rounding to the step last of all."""
    ground, knobs = proposal.ground, proposal.knobs
    one = ground.settings.model_copy(update={"scenarios": [picked.setting]})
    unbound = one.model_copy(update={"least_change": None, "most_change": None, "tops": []})
    unramped = unbound.model_copy(update={"ramp": []})
    always = [replace(base, first_on=date.min, left_on=None) for base in ground.bases]
    free = replace(knobs, over=(), pins={}, locks=frozenset(), step=1)
    tried = [
        (replace(ground, settings=unramped, bases=always), free),
        (replace(ground, settings=unbound), free),
        (replace(ground, settings=unbound), replace(free, over=knobs.over)),
        (replace(ground, settings=one), replace(knobs, step=1)),
    ]
    return [propose(*given).scenarios[0].by_person() for given in tried]
