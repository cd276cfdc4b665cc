"""Incentive plans: one readable YAML file each, validated whole, with its worked cases beside it.

A plan says who (roles, [effective_from, effective_to)), what is measured, and how it is paid: components, each with the
credits it counts, a scale of its own and a note that says why it is so. A scale names its kind, `marginal` (each rate
only inside its tier) or `whole` (the reached rate on everything), and has no default.

Tiers are half-open [from, to), in shares of the quota or in amounts of the currency, and cover [0, ∞): a gap or an
overlap is refused with file, line and both bounds.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from revops.company import Company, file_at, line_numbers, load_model
from revops.incentives.terms import (
    Cap,
    Clawback,
    Draw,
    Hurdle,
    Matrix,
    Multiplier,
    Number,
    Objectives,
    PaymentCap,
    Proration,
    Rate,
    Sourced,
    Spiff,
    Target,
    Text,
    Tier,
    Values,
    Windfall,
)
from revops.money import RATE_SCALE
from revops.problems import InputError, Problem, refuse_if_any

Basis = Literal[
    "booked", "invoiced", "collected", "margin", "units", "recurring", "orders", "new_customers", "meetings"
]
COUNTS = ("units", "orders", "new_customers", "meetings")
Window = Literal["period", "quarter", "year", "quota"]


class Component(Sourced):
    """One way of earning: which credits count, by which rate, tiers, curve or matrix, up to which cap, and why.

    A curve goes through points (attainment, share of the target) by straight lines, nothing before the first, the last
    slope goes on. A threshold pays nothing below it and everything from the first unit on once it is reached.
    """

    key: str = Field("", description="short name by which other components refer to it")
    name: Text
    credit: Literal["direct", "channel", "rollup", "overlay"]
    basis: Basis = Field("booked", description="what is credited: net revenue when booked, invoiced or collected, …")
    where: Values = Field(
        default_factory=dict,
        description="which of it: product_group, channel, region, customer_group, each one value or several",
    )
    factor: Rate = RATE_SCALE
    quota: str | None = Field(None, description="measure of the quotas table, where it is not the plan's")
    window: Window = Field(
        "period",
        description="what attainment and tiers run over: the pay period, or cumulated in the fiscal quarter, year or "
        "the quota's own period; a pay period then pays what it adds",
    )
    scale: Literal["marginal", "whole"] | None = None
    rate: Rate | Literal["person"] | None = None
    bounds: Literal["quota", "amount"] | None = None
    tiers: list[Tier] | None = None
    curve: list[tuple[Number, Number]] | None = Field(None, min_length=2)
    matrix: Matrix | None = None
    threshold: Number | None = Field(None, gt=0)
    weight: Number | None = Field(None, gt=0, description="share of the plan's target that is this component's target")
    target: Number | None = Field(None, description="its own target of a pay period, where the plan has none")
    windfall: Windfall | None = None
    hurdle: Hurdle | None = None
    multiplier: Multiplier | None = None
    cap: Cap | None = None
    note: Text

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        ways = (self.rate, self.tiers, self.curve, self.matrix)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("one of rate, tiers, curve and matrix")
        if (self.scale is None) != (self.curve is not None or self.matrix is not None):
            raise ValueError("a scale (marginal or whole) with rate or tiers, none with a curve or a matrix")
        if (self.bounds is None) != (self.tiers is None and self.threshold is None):
            raise ValueError("bounds (quota or amount) together with tiers or a threshold, and only there")
        if self.target is not None and self.weight is not None:
            raise ValueError("one of target and weight")
        if self.curve and any(a[0] >= b[0] or a[1] > b[1] for a, b in pairwise(self.curve)):
            raise ValueError("a curve whose points rise")
        if any(t.times is not None for t in self.tiers or []) and self.bounds != "quota":
            raise ValueError("bounds: quota, since times pays for attainment")
        if not self.has_target and self.pays_by_target:
            raise ValueError("a target, since it is what attainment pays")
        if not self.has_target and (self.hurdle or (self.cap and self.cap.times_target is not None)):
            raise ValueError("a target, since the cap or hurdle is a multiple of it")
        return self

    @property
    def has_target(self) -> bool:
        """Whether it has a target of its own or a part of the plan's."""
        return self.target is not None or self.weight is not None

    @property
    def pays_by_target(self) -> bool:
        """Whether what it pays is a multiple of its target."""
        return bool(self.curve or self.matrix or any(t.times is not None for t in self.tiers or []))

    @property
    def shape(self) -> str:
        """marginal, whole, curve or matrix."""
        return self.scale or ("curve" if self.curve else "matrix")

    @property
    def looks_at(self) -> list[str]:
        """Keys of the components whose attainment it looks at."""
        return [term.of for term in (self.hurdle, self.multiplier, self.matrix) if term is not None]

    @property
    def counts(self) -> bool:
        """Whether its credits are counts, not money."""
        return self.basis in COUNTS

    @property
    def needs_quota(self) -> bool:
        """Whether its scale depends on a quota."""
        return self.bounds == "quota" or self.curve is not None or self.matrix is not None


class Plan(Sourced):
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
    period: Literal["month", "quarter"] = Field(description="pay period")
    target: Target | None = Field(None, description="target incentive; components take it by their weight")
    proration: Proration = Proration()
    components: list[Component] = Field(min_length=1)
    objectives: Objectives | None = None
    spiffs: list[Spiff] = Field(default_factory=list)
    cap: Cap | None = Field(None, description="the most of components and objectives together in a pay period")
    is_spiff_capped: bool = Field(False, description="whether the cap counts spiffs too")
    draw: Draw | None = None
    clawback: Clawback | None = None
    hold: Literal["collected"] | None = Field(None, description="pay waits until the order is paid, share by share")
    payment_cap: PaymentCap | None = None
    currency: str | None = Field(None, description="currency of the plan's amounts; null: the company's")
    rates: dict[str, Number] = Field(
        default_factory=dict, description="plan-constant rates: company currency for one unit of a foreign currency"
    )
    pay_currency: str | None = Field(None, description="currency that is paid, at the rate of the period's last day")
    note: Text = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.quota is None and any(c.needs_quota and c.quota is None for c in self.components):
            raise ValueError("a quota, since tiers are shares of it")
        weights = [c.weight for c in self.components if c.weight is not None]
        if weights and self.target is None:
            raise ValueError("a target, since components have a weight of it")
        if self.target is not None and sum(weights) != 1:
            raise ValueError(f"weights that sum to 100%, not {sum(weights) * 100:f}%")
        keys = [c.key for c in self.components if c.key]
        if len(set(keys)) != len(keys):
            raise ValueError("a key of its own for each component")
        for part in self.components:
            for term in (part.hurdle, part.multiplier, part.matrix):
                if term is not None and term.of not in keys:
                    raise ValueError(f"the key of a component ({', '.join(keys) or 'none has one'}), not {term.of}")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the plan is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def takes_quota(self, component: Component) -> bool:
        """Whether the attainment of a component is needed: by its own scale, or by one that looks at it."""
        looked_at = {key for part in self.components for key in part.looks_at}
        return component.needs_quota or (bool(component.key) and component.key in looked_at)

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
