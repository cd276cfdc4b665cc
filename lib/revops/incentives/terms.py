"""The terms that a plan is made of: numbers and texts, the ways of earning, and what happens between earned and paid.

Each is a part of a plan's YAML file. What they mean for the money, and in which order, is told where they are applied:
earning in `earnings`, paying in `payments`.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from revops.money import rate_units
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


Rate = Annotated[int, BeforeValidator(_rate), Field(ge=0)]
Number = Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
Text = str | dict[str, str]
Values = dict[Literal["product_group", "channel", "region", "customer_group"], str | list[str]]


def text_in(text: Text, language: str) -> str:
    """A plan's own words in a language, else in the first one it gives.

    >>> text_in({"en": "Dealers", "vi": "Đại lý"}, "vi"), text_in("Dealers", "vi")
    ('Đại lý', 'Dealers')
    """
    return text if isinstance(text, str) else text.get(language, next(iter(text.values())))


class Sourced(Section):
    """Where the numbers of a part of the plan come from, and the day somebody last compared them with it."""

    source: Text = Field("", description="the document they come from, as 'Sales policy 2026, section 3'")
    checked_on: date | None = Field(None, description="day on which they were last compared with it")


class Tier(Section):
    """One step of a scale: [from, to), an open end is null, and one way it pays.

    `rate` of the credit; `each`: an amount for each unit counted; `times`: so many times the target for the attainment
    inside it; `pay`: an amount, spread evenly over it, nothing in an open tier.
    """

    start: Number = Field(alias="from", description="lower bound, in it")
    to: Number | None = Field(None, description="upper bound, no longer in it; the last tier has none")
    rate: Rate | None = Field(None, description="share of the credit, for credits of money")
    each: Number | None = Field(None, description="amount for each unit, for credits that are counted")
    times: Number | None = Field(None, description="so many times the target for the attainment inside the tier")
    pay: Number | None = Field(None, description="amount, spread evenly over the tier")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.rate, self.each, self.times, self.pay)) != 1:
            raise ValueError("one of rate, each, times and pay")
        if self.pay and self.to is None:
            raise ValueError("an upper bound, since the amount is spread over the tier")
        return self


class Cap(Section):
    """The most that is paid in a period: an amount, or a multiple of the target."""

    amount: Number | None = Field(None, description="so much a pay period")
    times_target: Number | None = Field(None, description="so many times the target")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.amount is None) == (self.times_target is None):
            raise ValueError("one of amount and times_target")
        return self


class Hurdle(Section):
    """While component `of` attains less than a bound, at most `limit` times the target is paid; 0%: nothing."""

    of: str = Field(description="key of the component that must reach the bound")
    below: Number = Field(description="attainment that must be reached; on it the hurdle is taken")
    limit: Number = Field(description="share of the target that is paid at most before")


class Times(Section):
    """A step of a multiplier: attainment [from, to) multiplies what was earned."""

    start: Number = Field(alias="from", description="lower bound of the attainment, in it")
    to: Number | None = Field(None, description="upper bound, no longer in it; the last has none")
    times: Number = Field(description="the factor")


class Multiplier(Section):
    """What was earned, times a factor that is looked up by the attainment of component `of`."""

    of: str = Field(description="key of the component whose attainment is looked up")
    tiers: list[Times] = Field(min_length=1, description="factors by attainment, from 0% on without a gap")


class Matrix(Section):
    """The share of the target by two attainments: rows by the component's own, columns by that of component `of`."""

    of: str = Field(description="key of the component that chooses the column")
    rows: list[Number] = Field(min_length=1, description="lower bounds of the rows, from 0% on; the last is open")
    columns: list[Number] = Field(min_length=1, description="lower bounds of the columns, from 0% on; the last is open")
    pays: list[list[Number]] = Field(description="one list a row: the share of the target in each column")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for name, bounds in (("rows", self.rows), ("columns", self.columns)):
            if bounds[0] != 0 or any(a >= b for a, b in pairwise(bounds)):
                raise ValueError(f"{name} that start at 0% and rise")
        if [len(row) for row in self.pays] != [len(self.columns)] * len(self.rows):
            raise ValueError(f"{len(self.rows)} lists of {len(self.columns)} shares each")
        return self


class Windfall(Section):
    """A deal (all lines of one order) above a size, and how it is treated.

    `none`: flagged only · `review`: its credits wait until somebody releases the order · `carve_out`: out of measure
    and scale, paid at `rate` · `part`: up to `quota_share` of the quota on the scale, the rest at `rate`.
    """

    over: Number = Field(description="a deal of more than this amount is a windfall")
    treat: Literal["none", "review", "carve_out", "part"] = Field(description="what happens to it")
    quota_share: Number | None = Field(None, description="for part: share of the quota that runs on the scale")
    rate: Rate | None = Field(None, description="for carve_out and part: flat rate of what does not")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.quota_share is None) == (self.treat == "part"):
            raise ValueError("quota_share with treat: part, and only there")
        if (self.rate is None) == (self.treat in ("carve_out", "part")):
            raise ValueError("rate with treat: carve_out or part, and only there")
        return self


class Spiff(Sourced):
    """A bonus for a while: so much each time (or once a period) that one order sells at least so many units.

    A budget is spent over everybody of the plan in event order (day, then id); the last award is cut to what is left.
    """

    key: str = Field(description="short name, unique in the plan")
    name: Text = Field(description="as statements call it, one text or one by language")
    start_on: date = Field(description="first day")
    end_on: date = Field(description="first day no longer in it")
    where: Values = Field(default_factory=dict, description="which lines count, as {product_group: Fans}")
    at_least: Number = Field(description="units in one order that earn it")
    pay: Number = Field(description="amount of one award")
    every: Literal["time", "period"] = Field(description="for each such order, or once a pay period")
    budget: Number | None = Field(None, description="the most that all awards together pay")
    note: Text = Field("", description="why it is so")


class Objective(Section):
    """One objective of an MBO: its weight; the score (0% to 100%, or more) is a row of the table `scores`."""

    key: str = Field(description="as the table scores names it")
    name: Text = Field(description="as statements call it, one text or one by language")
    weight: Number = Field(description="share of the target; all weights sum to 100%")


class Objectives(Sourced):
    """Management by objectives: target × Σ weight × score; a missing score is a fault, not 0."""

    target: Number = Field(description="amount of a pay period at 100 % of all objectives")
    objectives: list[Objective] = Field(min_length=1, description="the objectives and their weights")

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Self:
        if sum(objective.weight for objective in self.objectives) != 1:
            raise ValueError("weights that sum to 100%")
        return self


class Target(Section):
    """Target incentive of a person: what is paid at 100 % of everything; components take it by their weight."""

    amount: Number = Field(description="in the plan's currency")
    per: Literal["period", "year"] = Field(description="of a pay period, or of a fiscal year")


class Draw(Section):
    """An advance up to `amount` a pay period, by kind.

    `recoverable` and `non_recoverable` are paid on top of what is earned, `…_guarantee` only up to the amount; the
    recoverable ones run up a balance that later earnings pay back: balance, or what exceeds the amount, whichever is
    less, from the pay period `recover_from` on. Pay periods are counted since hiring, so that only new people draw.
    """

    kind: Literal["recoverable", "non_recoverable", "recoverable_guarantee", "non_recoverable_guarantee"] = Field(
        description="on top of what is earned or up to an amount, paid back or not"
    )
    amount: Number = Field(description="so much a pay period")
    periods: int | None = Field(None, ge=1, description="so many first pay periods since hiring; null: all")
    recover_from: int = Field(2, ge=1, description="pay period since hiring, counted from 1, that recovers first")


class Clawback(Section):
    """How a return or cancellation takes back pay, instead of lowering the credits of its own period.

    `original`: at the rate its sale was paid · `recomputed`: the sale's period is computed again without it. With
    `months` it vests: only 1 − whole months kept ÷ months of it is taken back.
    """

    by: Literal["original", "recomputed"] = Field(description="how much a return takes back")
    months: int | None = Field(None, ge=1, description="after so many months nothing is taken back; null: always all")


class PaymentCap(Section):
    """The most that is paid out in a pay period; what is above it is carried to the next, or lost."""

    amount: Number = Field(description="so much a pay period")
    carry: bool = Field(description="whether what is above it waits for the next pay period, or is lost")


class Proration(Section):
    """What shrinks with the days a person is active on the plan in the window (days of leave are not active)."""

    quota: bool = Field(False, description="whether quotas shrink to the active days")
    target: bool = Field(True, description="whether targets do, and caps that are multiples of them")
    ramp: list[Rate] = Field(
        default_factory=list, description="share of quota and target in the first, second, … month after hiring"
    )
