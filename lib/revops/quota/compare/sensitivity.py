"""What if we are wrong: one assumption moved at a time, everything proposed again, and what moves by how much."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from revops.money import RATE_SCALE, rate_units, split, to_decimal
from revops.planning import Quota
from revops.problems import InputError
from revops.quota import actuals
from revops.quota.desk import Desk
from revops.quota.quotas import Knobs, Proposal, propose

POINTS = rate_units("2%")  # growth and over-assignment are moved by two points either way
BLEND = rate_units("20%")  # potential's share in the weights by twenty
CASES = {
    "case": pl.String,
    "value": pl.Int64,
    "about": pl.String,
    "total_amount": pl.Int64,
    "change_amount": pl.Int64,
    "moved_amount": pl.Int64,
    "people": pl.Int64,
    "person_id": pl.String,
    "person_amount": pl.Int64,
    "reason": pl.String,
}


@dataclass(frozen=True)
class Case:
    """One assumption moved: `value` is the move or the new rate in billionths, `about` a person or an account."""

    name: str
    knobs: Knobs
    settings: Quota
    value: int | None = None
    about: str | None = None


def sensitivity(desk: Desk, proposal: Proposal, key: str) -> pl.DataFrame:
    """One row per case that moves anything, CASES, the largest movement first.

    `total_amount` is the sum of what people carry then, `change_amount` its change, `moved_amount` Σ|change| of
    persons, `people` how many of them change, `person_id` whose number changes most and by how much; who leaves is not
    among them. Where limits cannot be kept then, the figures are null and `reason` is 'refused'; these rows come last.
    """
    if not proposal.bases:
        return pl.DataFrame(schema=CASES)
    before = proposal.scenario(key).by_person()
    rows = [_row(case, before, _after(desk, proposal, case)) for case in cases(desk, proposal, key)]
    found = pl.DataFrame(rows, schema=CASES, orient="row").filter(pl.col("moved_amount").ne_missing(0))
    return found.sort("moved_amount", "case", "value", descending=[True, False, False], nulls_last=True)


def cases(desk: Desk, proposal: Proposal, key: str) -> Iterator[Case]:
    """Growth, over-assignment and potential's weight either way; a large quota leaves; the largest account goes."""
    picked, knobs = proposal.scenario(key), proposal.knobs
    one = proposal.ground.settings.model_copy(update={"scenarios": [picked.setting]})
    for step in (-POINTS, POINTS):
        yield Case("growth", knobs, _grown(one, knobs, step), step)
        over = _hedged(knobs.over, step)
        yield Case("over", replace(knobs, over=over), one, over[-1])
    potential = _units(picked.setting.to_whom.get("potential", 0)) if knobs.blend is None else knobs.blend
    for blend in sorted({max(0, potential - BLEND), min(RATE_SCALE, potential + BLEND)} - {potential}):
        yield Case("blend", replace(knobs, blend=None), _blended(one, blend), blend)
    if len(proposal.bases) > 1:
        yield _leaver(proposal, picked.by_person(), one)
    sums = desk.revenue.drop_nulls("account_id").group_by("account_id").agg(pl.col("amount").sum())
    for account in sums.sort("amount", "account_id", descending=[True, False])["account_id"][:1]:
        yield Case("account", knobs, one, about=account)


def _grown(one: Quota, knobs: Knobs, step: int) -> Quota:
    """The scenario's growth and share gain, its own or the desk's, moved by a step."""
    rates = {"growth": knobs.growth, "share_gain": knobs.share_gain}
    parts = [
        part.model_copy(
            update={name: _share(_units(getattr(part, name), default) + step) for name, default in rates.items()}
        )
        for part in one.scenarios[0].how_much
    ]
    return _changed(one, how_much=parts)


def _blended(one: Quota, potential: int) -> Quota:
    """The scenario's weights with that share of potential, the others in proportion (history where there is none)."""
    others = {name: _units(share) for name, share in one.scenarios[0].to_whom.items() if name != "potential"}
    weights = others if any(others.values()) else {"history": 1}
    parts = split(RATE_SCALE - potential, list(weights.values()), keys=list(weights))
    shares = {"potential": potential, **dict(zip(weights, parts, strict=True))}
    return _changed(one, to_whom={name: _share(units) for name, units in shares.items() if units})


def _changed(one: Quota, **update: object) -> Quota:
    return one.model_copy(update={"scenarios": [one.scenarios[0].model_copy(update=update)]})


def _units(rate: str | float | None, default: int = 0) -> int:
    return default if rate is None else rate_units(rate)


def _share(units: int) -> str:
    return str(to_decimal(units, 9))


def _hedged(over: tuple[int, ...], step: int) -> tuple[int, ...]:
    """Over-assignment with its lowest level moved by a step, never below none."""
    levels = over or (0,)
    return (*levels[:-1], max(0, levels[-1] + step))


def _leaver(proposal: Proposal, quotas: Mapping[str, int], one: Quota) -> Case:
    """The largest quota goes of those who have colleagues in their team; a pin or a lock of theirs goes with them."""
    knobs, teams = proposal.knobs, Counter(base.team for base in proposal.bases)
    shared = [base.person_id for base in proposal.bases if teams[base.team] > 1]
    gone = max(sorted(shared or quotas), key=lambda person: quotas.get(person, 0))
    pins = {person: amount for person, amount in knobs.pins.items() if person != gone}
    left = replace(knobs, pins=pins, locks=knobs.locks - {gone}, without=knobs.without | {gone})
    return Case("leaver", left, one, about=gone)


def _after(desk: Desk, proposal: Proposal, case: Case) -> dict[str, int] | None:
    """person_id → what they carry then; null where limits cannot be kept."""
    ground = without_account(desk, case.about).ground if case.name == "account" and case.about else proposal.ground
    try:
        again = propose(replace(ground, settings=case.settings), case.knobs)
        return again.scenario(case.settings.scenarios[0].key).by_person()
    except InputError:
        return None


def without_account(desk: Desk, account_id: str) -> Desk:
    """The desk as if the account had never bought."""
    facts = desk.facts.filter(pl.col("account_id").ne_missing(account_id))
    days = actuals.person_days(facts, desk.ws.read("credit_splits"), desk.ws.company.quota.channels, desk.ws.as_of)
    return replace(desk, facts=facts, days=actuals.hold_channels(days, desk.people))


def _row(case: Case, before: Mapping[str, int], after: Mapping[str, int] | None) -> tuple[object, ...]:
    if after is None:
        return (case.name, case.value, case.about, *[None] * 6, "refused")
    moved = {p: after.get(p, 0) - amount for p, amount in sorted(before.items()) if p not in case.knobs.without}
    most = max(moved, key=lambda person: abs(moved[person]))
    total = sum(after.values())
    return (
        case.name, case.value, case.about, total, total - sum(before.values()), sum(map(abs, moved.values())),
        sum(change != 0 for change in moved.values()), most, moved[most], None,
    )  # fmt: skip
