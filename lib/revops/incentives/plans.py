"""Incentive plans: one readable YAML file each, validated whole, with its worked cases beside it.

A plan says who (roles, [effective_from, effective_to)), what is measured, and how it is paid: components, each with the
credits it counts, a scale of its own and a note that says why it is so. A scale names its kind, `marginal` (each rate
only inside its tier) or `whole` (the reached rate on everything), and has no default.

Tiers are half-open [from, to), in shares of the quota or in amounts of the currency, and cover [0, ∞): a gap or an
overlap is refused with file, line and both bounds.
"""

from datetime import date
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

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
    name: Text = Field(description="as statements call it, one text or one by language")
    credit: Literal["direct", "channel", "rollup", "overlay"] = Field(
        description="own orders and shares of them, the channel's, the team's, or what `where` takes besides others"
    )
    basis: Basis = Field("booked", description="what is credited: net revenue when booked, invoiced or collected, …")
    where: Values = Field(
        default_factory=dict,
        description="which of it: product_group, channel, region, customer_group, each one value or several",
    )
    factor: Rate = Field(RATE_SCALE, description="so much of each credit counts, in billionths or as 50%")
    quota: str | None = Field(None, description="measure of the quotas table, where it is not the plan's")
    window: Window = Field(
        "period",
        description="what attainment and tiers run over: the pay period, or cumulated in the fiscal quarter, year or "
        "the quota's own period; a pay period then pays what it adds",
    )
    scale: Literal["marginal", "whole"] | None = Field(
        None, description="each rate inside its tier only, or the reached one on everything; no default"
    )
    rate: Rate | Literal["person"] | None = Field(
        None, description="one rate on everything, or the one of person_rates"
    )
    bounds: Literal["quota", "amount"] | None = Field(None, description="what tiers and threshold are measured in")
    tiers: list[Tier] | None = Field(None, description="steps that cover everything from 0 on")
    curve: list[tuple[Number, Number]] | None = Field(
        None, min_length=2, description="points (attainment, share of the target), straight between them"
    )
    matrix: Matrix | None = None
    threshold: Number | None = Field(None, gt=0, description="below it nothing, from it on everything")
    weight: Number | None = Field(None, gt=0, description="share of the plan's target that is this component's target")
    target: Number | None = Field(None, description="its own target of a pay period, where the plan has none")
    windfall: Windfall | None = None
    hurdle: Hurdle | None = None
    multiplier: Multiplier | None = None
    cap: Cap | None = None
    note: Text = Field(description="why it is so, in plain words")

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
    title: Text = Field(description="as pages call it, one text or one by language")
    roles: list[str] = Field(min_length=1, description="roles of the people table that it pays")
    effective_from: date = Field(description="first day")
    effective_to: date | None = Field(None, description="first day on which it no longer pays; null: open")
    measure: Literal["net_revenue"] = Field(
        description="net revenue credits: sales less discounts and returns, without VAT"
    )
    quota: str | None = Field(None, description="measure of the quotas table that attainment is taken against")
    period: Literal["month", "quarter"] = Field(description="pay period")
    target: Target | None = Field(None, description="target incentive; components take it by their weight")
    proration: Proration = Proration()
    components: list[Component] = Field(min_length=1, description="the ways of earning")
    objectives: Objectives | None = None
    spiffs: list[Spiff] = Field(default_factory=list, description="bonuses for a while")
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
    note: Text = Field("", description="why the plan is so, in plain words")

    def takes_quota(self, component: Component) -> bool:
        """Whether the attainment of a component is needed: by its own scale, or by one that looks at it."""
        looked_at = {key for part in self.components for key in part.looks_at}
        is_part = component.windfall is not None and component.windfall.treat == "part"
        return component.needs_quota or is_part or (bool(component.key) and component.key in looked_at)

    @property
    def rules(self) -> set[str]:
        """Kinds of credit that the plan pays for."""
        return {component.credit for component in self.components}
