"""How much, to whom, how: the scenarios of next year, each carried down to every person and month, beside a flat rule.

    top number → factors (much.top) → teams and people (shares, each month among those there) → months (carry.months)

Base is what finance counts: every parent is the exact sum of its children. Street is what people carry: it is more
where company.yaml over-assigns. A person's pin, lock or bound holds what they carry over all factors; it is shared over
the factors as the person's number is without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import polars as pl

from revops.money import RATE_SCALE, rate_units, split, to_decimal
from revops.periods import Period
from revops.planning import HowMuch, QuotaScenario
from revops.problems import InputError, Problem, nearest
from revops.quota.bases import Amounts, Base, Factor, Start, starts
from revops.quota.carry import At, Carried, Leaf, Tree, carry
from revops.quota.carry.months import Months, months
from revops.quota.ground import Ground
from revops.quota.held import Knobs, binds_of, check_people, limited, more
from revops.quota.much.methods import Undefined, rounded
from revops.quota.much.top import Rates, company_number, own_tops, parted, to_step
from revops.quota.past import Totals
from revops.quota.shares import Claims, has_own, shares

__all__ = ["Knobs", "Proposal", "Scenario", "Totals", "propose"]


@dataclass(frozen=True)
class Scenario:
    """One declared plan, carried down. `why_not` says why it cannot be had; then there is nothing but the names.

    `tops` are the numbers of the factors, `carried` the year by node, `spread` the months by node, `starts` what people
    start from; `listed` names for each person what is not plain about their number.
    """

    setting: QuotaScenario
    letter: str
    amount: int | None = None
    tops: Mapping[Factor, int] = field(default_factory=dict)
    carried: Carried | None = None
    spread: Months | None = None
    starts: Mapping[str, Start] = field(default_factory=dict)
    listed: Mapping[str, list[str]] = field(default_factory=dict)
    names: Sequence[str] = ()
    why_not: str = ""
    refused: InputError | None = None

    @property
    def key(self) -> str:
        """What tables call it."""
        return self.setting.key

    @cached_property
    def leaves(self) -> pl.DataFrame:
        """One row per person and factor: the factor's columns, team, person_id, base_amount, quota_amount, bind."""
        if self.carried is None:
            return pl.DataFrame()
        frame = self.carried.frame().filter(pl.col("person_id").is_not_null())
        return frame.select(*_placed(self.names), "person_id", "base_amount", "quota_amount", "bind")

    @cached_property
    def months(self) -> pl.DataFrame:
        """One row per person, factor and month: the factor's columns, team, person_id, month_on and both amounts."""
        if self.spread is None:
            return pl.DataFrame()
        return self.spread.frame(self.names)

    def by_person(self, amount: str = "quota_amount") -> dict[str, int]:
        """person_id → what they carry in the year, over all factors; `amount` names the base instead."""
        if self.carried is None:
            return {}
        sums = self.leaves.group_by("person_id").agg(pl.col(amount).sum()).sort("person_id")
        return dict(sums.select("person_id", amount).iter_rows())

    def base_by_person(self) -> dict[str, int]:
        """person_id → base of the year, over all factors."""
        return self.by_person("base_amount")


def _placed(names: Sequence[str]) -> list[pl.Expr]:
    """The factors as columns and the team as a path, from a node's `path`."""
    path = pl.col("path")
    return [
        *(path.list.get(place).alias(name) for place, name in enumerate(names)),
        path.list.slice(len(names)).list.join("/").alias("team"),
    ]


@dataclass(frozen=True)
class Proposal:
    """All scenarios of the target year beside the flat rule, from one ground."""

    ground: Ground
    scenarios: list[Scenario]
    flat: Mapping[str, int]
    knobs: Knobs

    @property
    def base(self) -> Period:
        """The fiscal year that scenarios start from."""
        return self.ground.base

    @property
    def target(self) -> Period:
        """The fiscal year that is planned."""
        return self.ground.target

    @cached_property
    def bases(self) -> list[Base]:
        """The people who carry a number."""
        return [base for base in self.ground.bases if base.person_id not in self.knobs.without]

    @property
    def totals(self) -> Totals:
        """The company's years."""
        return self.ground.totals

    @property
    def had(self) -> list[Scenario]:
        """The scenarios that can be had."""
        return [scenario for scenario in self.scenarios if scenario.amount is not None]

    def scenario(self, key: str) -> Scenario:
        """The scenario of that name; refuses one that cannot be had."""
        found = next((scenario for scenario in self.scenarios if scenario.key == key), None)
        if found is not None and found.refused is not None:
            raise found.refused
        if found is None or found.amount is None:
            reason = found.why_not if found else "no such scenario"
            known = ", ".join(s.key for s in self.had) or "none today"
            near = nearest(key, [s.key for s in self.had])
            raise InputError(
                Problem("quota.chosen", f"{key} ({reason}){near}", f"one of {known}", "choose another scenario")
            )
        return found


def propose(ground: Ground, knobs: Knobs) -> Proposal:
    """The declared scenarios of the target year for the people of `ground`.

    A scenario that its history does not allow, or whose limits cannot be kept, has no amount and says why; where nobody
    carries a quota none can be had. Raises InputError where a top number is negative, a limit names nobody.
    """
    check_people(ground, knobs)
    found = [base for base in ground.bases if base.person_id not in knobs.without]
    letters = [chr(ord("A") + place) for place in range(len(ground.settings.scenarios))]
    declared = list(zip(ground.settings.scenarios, letters, strict=True))
    if not found:
        return Proposal(ground, [Scenario(s, letter, why_not="needs_people") for s, letter in declared], {}, knobs)
    begun = {count: _starts(ground, found, count) for count in (1, 2, 3)}
    scenarios = [_scenario(ground, knobs, setting, letter, found, begun) for setting, letter in declared]
    flat = {
        person: to_step(more(start.amount, knobs.flat), knobs.step) for person, start in begun[1].items()
    }  # fmt: skip
    return Proposal(ground, scenarios, flat, knobs)


def _starts(ground: Ground, found: Sequence[Base], count: int) -> dict[str, Start]:
    years = [year.name for year in ground.years[-count:]]
    return ground.kept(("starts", count, _ids(found)), lambda: starts(found, years))


def _ids(found: Sequence[Base]) -> tuple[str, ...]:
    return tuple(base.person_id for base in found)


def top_numbers(
    ground: Ground, knobs: Knobs, how_much: Sequence[HowMuch], where: str, step: int = 1
) -> tuple[int, Amounts]:
    """The company's number and that of each factor, in steps. Raises Undefined where its data are not there."""
    rates = Rates(knobs.growth, knobs.share_gain)
    exact = rounded(company_number(how_much, ground.company, ground.factors, rates))
    amount = to_step(exact, step)
    if exact > 0 and not amount:
        told = f"{to_decimal(step, ground.decimals):,f}, of a number of {to_decimal(exact, ground.decimals):,f}"
        raise InputError(Problem("company.yaml, quota.step", told, "a step that the number holds", "lower the step"))
    if amount < 0:
        told = f"the negative top number {to_decimal(amount, ground.decimals):,}"
        raise InputError(Problem(where, told, "0 or more", "check the base year or choose another scenario"))
    base = ground.totals.years[ground.base.name]
    tops = [
        ({name: value for name in ground.names if (value := getattr(top, name)) is not None}, ground.units(top.amount))
        for top in ground.settings.tops
    ]
    own = own_tops(tops, ground.names, ground.factors, base)
    found = parted(amount, how_much, ground.factors, rates, step, own)
    return sum(found.values()), found


def _scenario(
    ground: Ground, knobs: Knobs, setting: QuotaScenario, letter: str, found: Sequence[Base],
    begun: Mapping[int, Mapping[str, Start]],
) -> Scenario:  # fmt: skip
    try:
        amount, tops = top_numbers(ground, knobs, setting.how_much, f"quota, scenario {setting.key}", knobs.step)
    except Undefined as error:
        return Scenario(setting, letter, why_not=str(error))
    try:
        return _carried(ground, knobs, Scenario(setting, letter, amount, tops, names=ground.names), found, begun)
    except InputError as error:
        return Scenario(setting, letter, why_not="limits", refused=error)


def _carried(
    ground: Ground, knobs: Knobs, bare: Scenario, found: Sequence[Base], begun: Mapping[int, Mapping[str, Start]]
) -> Scenario:
    """The scenario with its numbers carried down; raises InputError where limits or months cannot be kept."""
    setting, tops, begin = bare.setting, bare.tops, begun[bare.setting.years]
    to_whom = blended(setting, knobs)
    how = {way: rate_units(part) for way, part in (setting.how or ground.settings.how).items()}
    present = {base.person_id: ground.there(base) for base in found}
    key = ("shares", setting.years, *to_whom.items(), *tops, _ids(found))
    parts = ground.kept(key, lambda: shares(ground, found, to_whom, begin, list(tops)))
    due, leaves = dict[Factor, list[Fraction]](), list[Leaf]()
    for factor in tops:
        years, due[factor] = by_presence(parts[factor], present, _month_weights(ground, how, factor))
        weights = whole_weights(years, 10 ** (18 - len(str(len(tops)))))
        leaves += [
            Leaf((*factor, *base.team.split("/")), base.person_id, weights[base.person_id])
            for base in found
            if weights.get(base.person_id)
        ]
    carried = limited(carry(tops, Tree.grow(leaves), step=knobs.step, over=knobs.over), ground, knobs, found, begun[1])
    active = {At(leaf.path, leaf.person_id): present[leaf.person_id] for leaf in leaves}
    spread = months(carried, due, ground.target.months, active=active, step=knobs.step)
    binds = binds_of(carried)
    listed = {
        base.person_id: _listed(ground, base, to_whom, begin, present[base.person_id]) + binds.get(base.person_id, [])
        for base in found
    }
    return replace(bare, carried=carried, spread=spread, starts=begin, listed=listed)


def _month_weights(ground: Ground, how: Mapping[str, int], factor: Factor) -> list[Fraction]:
    return ground.kept(("months", *how.items(), factor), lambda: ground.month_weights(how, factor))


def whole_weights(shares: Claims, fine: int) -> dict[str, int]:
    """Shares as whole numbers that sum to `fine`, so that trees of any size reckon in plain integers.

    >>> whole_weights({"a": Fraction(1, 3), "b": Fraction(2, 3)}, 10**6)
    {'a': 333333, 'b': 666667}
    """
    if not any(shares.values()):
        return {}
    return dict(zip(shares, split(fine, list(shares.values()), keys=list(shares)), strict=True))


def by_presence(
    parts: Claims, present: Mapping[str, Sequence[Fraction]], weights: Sequence[Fraction]
) -> tuple[Claims, list[Fraction]]:
    """Shares of a factor's year, and its month weights: each month goes to those who are there, by their shares.

    So a month asks of nobody who is not there, and the others have more of it. A month in which nobody is there
    carries nothing.

    >>> half = [Fraction(1), Fraction(0)]
    >>> {p: str(share) for p, share in by_presence({"a": Fraction(1), "b": Fraction(1)}, {"b": half, "a": [1, 1]},
    ...                                            [Fraction(1, 2)] * 2)[0].items()}
    {'a': '3/4', 'b': '1/4'}
    """
    if all(min(present[person]) == 1 for person in parts):
        return parts, list(weights)
    here = [sum(part * present[p][month] for p, part in parts.items()) for month in range(len(weights))]
    due = [weight if total else Fraction(0) for weight, total in zip(weights, here, strict=True)]
    scale = [weight / total if total else Fraction(0) for weight, total in zip(due, here, strict=True)]
    whole = sum(due, Fraction(0))
    years = {
        person: part * sum(a * b for a, b in zip(present[person], scale, strict=True)) / whole if whole else Fraction(0)
        for person, part in parts.items()
    }
    return years, due


def blended(setting: QuotaScenario, knobs: Knobs) -> dict[str, int]:
    """The share methods with their weights; the knob `blend` sets the potential's, the others share the rest."""
    parts = {method: rate_units(part) for method, part in setting.to_whom.items()}
    if knobs.blend is None or "potential" not in parts:
        return parts
    others = {method: part for method, part in parts.items() if method != "potential"} or {"history": 1}
    rest = split(RATE_SCALE - knobs.blend, list(others.values()), keys=list(others))
    return {"potential": knobs.blend, **dict(zip(others, rest, strict=True))}


def _listed(
    ground: Ground, base: Base, to_whom: Mapping[str, int], begin: Mapping[str, Start], there: Sequence[Fraction]
) -> list[str]:
    """What is not plain about a person's number: the rule of the start, methods that do not know them, a part year."""
    rule = begin[base.person_id].rule
    part = "leaver" if base.left_on else "ramp"
    return [
        *([rule] if rule != "own" else []),
        *(f"no_{method}" for method in to_whom if not has_own(ground, method, base.person_id)),
        *([part] if min(there) < 1 else []),
    ]
