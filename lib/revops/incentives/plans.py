"""Incentive plans: one readable YAML file each, validated whole, with its worked cases beside it.

A plan says who (roles, [effective_from, effective_to)), what is measured, and how it is paid: components, each with the
credits it counts, a scale of its own and a note that says why it is so. A scale names its kind, `marginal` (each rate
only inside its tier) or `whole` (the reached rate on everything), and has no default.

Tiers are half-open [from, to), in shares of the quota or in amounts of the currency, and cover [0, ∞): a gap or an
overlap is refused with file, line and both bounds.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from revops.company import Company, file_at, line_numbers, load_model
from revops.money import RATE_SCALE, rate_units
from revops.problems import InputError, Problem, refuse_if_any
from revops.section import Section


def _rate(value: Any) -> Any:
    return value if value == "person" else rate_units(value)


def _number(value: Any) -> Any:
    """'60%' as 0.6, 25000 and '25000.50' as they are: a bound or an amount, exact."""
    if value is None:
        return None
    text = str(value).strip()
    try:
        return Decimal(text[:-1]).scaleb(-2) if text.endswith("%") else Decimal(text)
    except InvalidOperation:
        raise ValueError("a number as 25000, 0.6 or '60%'") from None


Rate = Annotated[int, BeforeValidator(_rate)]
Number = Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
Text = str | dict[str, str]


def text_in(text: Text, language: str) -> str:
    """A plan's own words in a language, else in the first one it gives.

    >>> text_in({"en": "Dealers", "vi": "Đại lý"}, "vi"), text_in("Dealers", "vi")
    ('Đại lý', 'Dealers')
    """
    return text if isinstance(text, str) else text.get(language, next(iter(text.values())))


class Tier(Section):
    """One step of a scale: [from, to), an open end is null, and one way it pays.

    `rate` of the credit; `times`: so many times the target for the attainment inside it; `pay`: an amount, spread
    evenly over it, nothing in an open tier.
    """

    start: Number = Field(alias="from")
    to: Number | None = None
    rate: Rate | None = None
    times: Number | None = None
    pay: Number | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.rate, self.times, self.pay)) != 1:
            raise ValueError("one of rate, times and pay")
        if self.pay and self.to is None:
            raise ValueError("an upper bound, since the amount is spread over the tier")
        return self


class Cap(Section):
    """The most that a component pays in a period: an amount, or a multiple of the component's target."""

    amount: Number | None = None
    times_target: Number | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.amount is None) == (self.times_target is None):
            raise ValueError("one of amount and times_target")
        return self


class Component(Section):
    """One way of earning: which credits count, by which rate, tiers or curve, up to which cap, and why.

    A curve goes through points (attainment, share of the target) by straight lines, nothing before the first, the last
    slope goes on. A threshold pays nothing below it and everything from the first unit on once it is reached.
    """

    name: Text
    credit: Literal["direct", "channel", "rollup"]
    factor: Rate = RATE_SCALE
    scale: Literal["marginal", "whole"] | None = None
    rate: Rate | Literal["person"] | None = None
    bounds: Literal["quota", "amount"] | None = None
    tiers: list[Tier] | None = None
    curve: list[tuple[Number, Number]] | None = Field(None, min_length=2)
    threshold: Number | None = Field(None, gt=0)
    target: Number | None = None
    cap: Cap | None = None
    note: Text

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if sum(way is not None for way in (self.rate, self.tiers, self.curve)) != 1:
            raise ValueError("one of rate, tiers and curve")
        if (self.scale is None) != (self.curve is not None):
            raise ValueError("a scale (marginal or whole) with rate or tiers, none with a curve")
        if (self.bounds is None) != (self.tiers is None and self.threshold is None):
            raise ValueError("bounds (quota or amount) together with tiers or a threshold, and only there")
        if self.target is None and (self.curve or any(t.times is not None for t in self.tiers or [])):
            raise ValueError("a target, since it is what attainment pays")
        if self.cap and self.cap.times_target is not None and self.target is None:
            raise ValueError("a target, since the cap is a multiple of it")
        if self.curve and any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(self.curve)):
            raise ValueError("a curve whose points rise")
        if any(t.times is not None for t in self.tiers or []) and self.bounds != "quota":
            raise ValueError("bounds: quota, since times pays for attainment")
        return self

    @property
    def shape(self) -> str:
        """marginal, whole or curve."""
        return self.scale or "curve"

    @property
    def needs_quota(self) -> bool:
        """Whether pay depends on a quota."""
        return self.bounds == "quota" or self.curve is not None


class Plan(Section):
    """Who is paid, for what, from when to when: [effective_from, effective_to)."""

    plan: str = Field(description="short name, unique in the company")
    title: Text
    roles: list[str] = Field(min_length=1)
    effective_from: date
    effective_to: date | None = None
    measure: Literal["net_revenue"] = Field(
        description="net revenue credits: sales less discounts and returns, without VAT"
    )
    quota: str | None = Field(None, description="measure of the quotas table that attainment is taken against")
    period: Literal["month"] = Field(description="pay period")
    components: list[Component] = Field(min_length=1)
    note: Text = ""

    @model_validator(mode="after")
    def _quota_is_named(self) -> Self:
        if self.quota is None and any(c.needs_quota for c in self.components):
            raise ValueError("a quota, since tiers are shares of it")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the plan is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    @property
    def rules(self) -> set[str]:
        """Kinds of credit that the plan pays for."""
        return {component.credit for component in self.components}


def load_plan(path: Path, shown: str = "") -> Plan:
    """One plan file; every fault is raised at once as InputError with file and line."""
    shown = shown or path.name
    if not path.is_file():
        raise InputError(Problem(shown, "no such file", "a plan file", "correct plans in company.yaml"))
    plan = load_model(path, Plan, shown)
    lines = line_numbers(path)
    faults: list[Problem] = []
    for i, component in enumerate(plan.components):
        if component.tiers:
            faults += scan_tier_faults(
                component.tiers, shown, lines, ("components", i, "tiers"), component.bounds == "quota"
            )
    refuse_if_any(faults)
    return plan


def plan_at(folder: Path, company: Company, name: str) -> Path:
    """The file of a plan that company.yaml names."""
    return file_at(folder, company, name, "company.yaml, plans")


def load_plans(folder: Path, company: Company) -> list[Plan]:
    """All plans of a company in the order of company.yaml; no two hold for one role on one day."""
    plans, problems = [], []
    for name in company.plans:
        try:
            plans.append(load_plan(plan_at(folder, company, name), name))
        except InputError as error:
            problems += error.problems
    refuse_if_any(problems)
    refuse_if_any(_scan_overlaps(plans, company.plans))
    return plans


def scan_tier_faults(
    tiers: Sequence[Tier], shown: str, lines: dict[tuple[Any, ...], int], path: tuple[Any, ...], is_share: bool
) -> Iterator[Problem]:
    """Every place where tiers do not cover [0, ∞) once: a first bound above 0, a gap, an overlap, a closed end."""
    reached: Decimal | None = Decimal(0)
    for i, tier in enumerate(tiers):
        where = f"{shown}, line {lines.get((*path, i), 1)}, {'.'.join(map(str, (*path, i)))}"
        if reached is None:
            yield Problem(
                where,
                f"a tier from {_shown(tier.start, is_share)} after an open end",
                "no tier after the open end",
                "give the earlier tier its upper bound",
            )
        elif tier.start != reached:
            kind = "a gap" if tier.start > reached else "an overlap"
            yield Problem(
                where,
                f"{kind} between tiers: one ends at {_shown(reached, is_share)}, the next starts at "
                f"{_shown(tier.start, is_share)}",
                "tiers that cover [0, ∞) with no gap and no overlap",
                f"start this tier at {_shown(reached, is_share)}",
            )
        if tier.to is not None and tier.to <= tier.start:
            yield Problem(
                where,
                f"from {_shown(tier.start, is_share)} to {_shown(tier.to, is_share)}",
                "an upper bound above the lower",
                "correct the bounds",
            )
        reached = tier.to
    if reached is not None:
        where = f"{shown}, line {lines.get((*path, len(tiers) - 1), 1)}, {'.'.join(map(str, (*path, len(tiers) - 1)))}"
        yield Problem(
            where,
            f"the last tier ends at {_shown(reached, is_share)}",
            "an open end (to: null)",
            "remove its upper bound",
        )


def _scan_overlaps(plans: Sequence[Plan], names: Sequence[str]) -> Iterator[Problem]:
    for i, (one, name) in enumerate(zip(plans, names, strict=True)):
        for other, other_name in zip(plans[:i], names, strict=False):
            if one.plan == other.plan:
                yield Problem(
                    name,
                    f"the plan {one.plan}, which {other_name} is called too",
                    "a name of its own",
                    "rename one of them",
                )
            roles = sorted(set(one.roles) & set(other.roles))
            if roles and _meet(one, other):
                since = max(one.effective_from, other.effective_from)
                yield Problem(
                    name,
                    f"role {', '.join(roles)}, which {other_name} pays too from {since}",
                    "one plan for a role and day",
                    "end the earlier plan where the later starts",
                )


def _meet(one: Plan, other: Plan) -> bool:
    far = date.max
    return max(one.effective_from, other.effective_from) < min(one.effective_to or far, other.effective_to or far)


def _shown(bound: Decimal, is_share: bool) -> str:
    return f"{(bound * 100).normalize():f}%" if is_share else f"{bound.normalize():f}"
