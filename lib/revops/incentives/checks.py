"""What a plan's file must fulfil beyond the form of each part, every fault with its line: one reading mends all.

The form (one way of paying, rising bounds, weights) is checked where the parts are defined; here stands what takes two
parts of the plan together, and what only a file owes: where its numbers come from and when somebody compared them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from revops.incentives.plans import COUNTS, Component, Plan
from revops.incentives.terms import Spiff, Tier, Times
from revops.problems import Problem

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class File:
    """A plan's file as faults name it: its name and the line of each of its parts."""

    shown: str
    lines: Mapping[tuple[Any, ...], int]

    def fault(self, place: Place, found: str, expected: str, next_step: str) -> Problem:
        """One fault at a part of the file, or at the part that should hold it."""
        held = next((place[:n] for n in range(len(place), 0, -1) if place[:n] in self.lines), ())
        where = f"{self.shown}, line {self.lines.get(held, 1)}, {'.'.join(map(str, place))}"
        return Problem(where, found, expected, next_step)


def scan_plan_faults(plan: Plan, file: File) -> Iterator[Problem]:
    """Every fault of a plan, in the order of the file."""
    yield from _scan_source(plan, file)
    if plan.effective_to is not None and plan.effective_to <= plan.effective_from:
        found = f"{plan.effective_from} to {plan.effective_to}"
        yield file.fault(("effective_to",), found, "a day after effective_from", "correct the days")
    if plan.cap is not None and plan.cap.times_target is not None and plan.target is None:
        yield file.fault(("cap",), "a multiple of the target, and no target", "target: of the plan", "add the target")
    if plan.is_spiff_capped and plan.cap is None:
        yield file.fault(("is_spiff_capped",), "no cap", "a cap of the plan", "add the cap or remove is_spiff_capped")
    yield from _scan_weights(plan, file)
    yield from _scan_keys([part.key for part in plan.components], file, ("components",))
    for n, part in enumerate(plan.components):
        yield from _scan_component(plan, part, file, ("components", n))
    yield from _scan_measures(plan, file)
    for n, spiff in enumerate(plan.spiffs):
        yield from _scan_spiff(plan, spiff, file, ("spiffs", n))
    yield from _scan_keys([spiff.key for spiff in plan.spiffs], file, ("spiffs",))
    if plan.objectives:
        keys = [one.key for one in plan.objectives.objectives]
        yield from _scan_keys(keys, file, ("objectives", "objectives"))


def _scan_source(plan: Plan, file: File) -> Iterator[Problem]:
    if not plan.source:
        yield file.fault(("source",), "nothing", "the document that the numbers come from", "add source to the plan")
    if plan.checked_on is None:
        expected = "the day on which the numbers were last compared with it"
        yield file.fault(("checked_on",), "nothing", expected, "add checked_on to the plan")


def _scan_weights(plan: Plan, file: File) -> Iterator[Problem]:
    weights = [part.weight for part in plan.components if part.weight is not None]
    if weights and plan.target is None:
        yield file.fault(("target",), "nothing", "a target, since components have a weight of it", "add the target")
    if plan.target is not None and sum(weights) != 1:
        found = f"weights that sum to {_shown(sum(weights, Decimal(0)), True)}"
        yield file.fault(("components",), found, "weights that sum to 100%", "correct the weights")


def _scan_component(plan: Plan, part: Component, file: File, place: Place) -> Iterator[Problem]:
    if part.tiers:
        yield from scan_tier_faults(part.tiers, file, (*place, "tiers"), part.bounds == "quota")
    if part.multiplier:
        yield from scan_tier_faults(part.multiplier.tiers, file, (*place, "multiplier", "tiers"), True)
    yield from _scan_units(part, file, place)
    if plan.takes_quota(part) and part.quota is None and plan.quota is None:
        expected = "a measure of the quotas table, since attainment is taken against it"
        yield file.fault((*place, "quota"), "no quota", expected, "add quota to the component or to the plan")
    if part.window == "quota" and part.quota is None and plan.quota is None:
        yield file.fault((*place, "window"), "quota, and no quota", "a measure of the quotas table", "add quota")
    for name in ("hurdle", "multiplier", "matrix"):
        if term := getattr(part, name):
            yield from _scan_reference(plan, part, term.of, file, (*place, name, "of"))


def _scan_reference(plan: Plan, part: Component, of: str, file: File, place: Place) -> Iterator[Problem]:
    """Whose attainment is looked at must be there, over the same window; its quota is asked for at its own place."""
    keys = [one.key for one in plan.components if one.key]
    other = next((one for one in plan.components if one.key == of), None)
    if other is None:
        expected = f"the key of a component ({', '.join(keys) or 'none has one'})"
        yield file.fault(place, of, expected, "correct the key, or give the component one")
    elif other.window != part.window:
        found = f"{of}, which runs over the {other.window}, not the {part.window}"
        yield file.fault(place, found, "a component of the same window", "give both one window")


def _scan_units(part: Component, file: File, place: Place) -> Iterator[Problem]:
    """Counts are paid by the piece, money by a rate."""
    wrong, right = ("rate", "each") if part.counts else ("each", "rate")
    what = "a count" if part.counts else "money"
    paid = [(*place, "tiers", n, wrong) for n, tier in enumerate(part.tiers or []) if getattr(tier, wrong) is not None]
    if part.counts and part.rate is not None:
        paid.append((*place, "rate"))
    for found in paid:
        expected = f"{right}, since {part.basis} is {what}"
        yield file.fault(found, wrong, expected, f"pay {part.basis} by {right}")


def _scan_measures(plan: Plan, file: File) -> Iterator[Problem]:
    """A quota counts what the credits count: one measure is not of money and of counts, nor of two counts."""
    first: dict[str, str] = {}
    for n, part in enumerate(plan.components):
        measure = part.quota or plan.quota
        if measure is None or not plan.takes_quota(part):
            continue
        unit = part.basis if part.basis in COUNTS else "money"
        if part.counts and part.quota is None or first.setdefault(measure, unit) != unit:
            found = f"the quota {measure} for {part.basis}"
            expected = f"a quota of its own, since {part.basis} are counted"
            yield file.fault(("components", n, "quota"), found, expected, "name a measure of the quotas table for it")


def _scan_spiff(plan: Plan, spiff: Spiff, file: File, place: Place) -> Iterator[Problem]:
    if spiff.end_on <= spiff.start_on:
        found = f"{spiff.start_on} to {spiff.end_on}"
        yield file.fault((*place, "end_on"), found, "a day after start_on", "correct the days")
    if spiff.start_on < plan.effective_from or spiff.end_on > (plan.effective_to or date.max):
        found = f"{spiff.start_on} to {spiff.end_on}"
        expected = f"days of the plan, {plan.effective_from} to {plan.effective_to or 'open'}"
        yield file.fault((*place, "start_on"), found, expected, "correct the days")


def _scan_keys(keys: Sequence[str], file: File, place: Place) -> Iterator[Problem]:
    for n, key in enumerate(keys):
        if key and key in keys[:n]:
            yield file.fault((*place, n, "key"), f"{key} again", "a key of its own", "rename one of them")


def scan_tier_faults(tiers: Sequence[Tier | Times], file: File, place: Place, is_share: bool) -> Iterator[Problem]:
    """Every place where tiers do not cover [0, ∞) once: a first bound above 0, a gap, an overlap, a closed end."""
    reached: Decimal | None = Decimal(0)
    for n, tier in enumerate(tiers):
        start = _shown(tier.start, is_share)
        if reached is None:
            found, expected = f"a tier from {start} after an open end", "no tier after the open end"
            yield file.fault((*place, n), found, expected, "give the earlier tier its upper bound")
        elif tier.start != reached:
            kind = "a gap" if tier.start > reached else "an overlap"
            found = f"{kind} between tiers: one ends at {_shown(reached, is_share)}, the next starts at {start}"
            expected = "tiers that cover [0, ∞) with no gap and no overlap"
            yield file.fault((*place, n), found, expected, f"start this tier at {_shown(reached, is_share)}")
        if tier.to is not None and tier.to <= tier.start:
            found = f"from {start} to {_shown(tier.to, is_share)}"
            yield file.fault((*place, n), found, "an upper bound above the lower", "correct the bounds")
        reached = tier.to
    if reached is not None:
        found = f"the last tier ends at {_shown(reached, is_share)}"
        yield file.fault((*place, len(tiers) - 1), found, "an open end (to: null)", "remove its upper bound")


def _shown(bound: Decimal, is_share: bool) -> str:
    return f"{(bound * 100).normalize():f}%" if is_share else f"{bound.normalize():f}"
