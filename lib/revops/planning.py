"""company.yaml's section `quota`: how much next year asks, who carries it, when it is due."""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from revops.money import RATE_SCALE, rate_units
from revops.section import Rate, Section, known, whole_blend

METHODS = (
    "last_year", "mean", "weighted_mean", "trend", "line", "mean_growth", "total", "market", "potential", "forecast",
    "account_plans",
)  # fmt: skip
SHARES = ("history", "potential", "capacity", "equal", "forecast", "account_plans")
SHAPES = ("season", "working_days", "pipeline", "equal")
Metric = Literal["net_revenue", "units", "recurring_revenue", "gross_margin", "new_customers"]
METRICS: tuple[Metric, ...] = get_args(Metric)
COUNTS: tuple[Metric, ...] = ("units", "new_customers")  # the others are money
FactorName = Literal["product_group", "channel", "region"]
FACTORS: tuple[FactorName, ...] = get_args(FactorName)


def _as_blend(value: Any) -> Any:
    return {value: 1.0} if isinstance(value, str) and value else value or {}


Blend = Annotated[dict[str, Rate], BeforeValidator(_as_blend)]


class HowMuch(Section):
    """One way to say how much, or a part of a blend of several."""

    method: str = Field(description=f"one of {', '.join(METHODS)}; mean, trend and line read the last three years")
    weight: Rate = Field(1.0, description="its share in a blend; they sum to 1")
    growth: Rate | None = Field(None, description="last_year: growth on it; empty: quota.growth")
    share_gain: Rate | None = Field(None, description="market: (1 + growth) × (1 + this); empty: quota.share_gain")
    share: Rate = Field(1.0, description="potential: the share of it that is aimed at")
    weights: tuple[int, int, int] = Field((1, 2, 3), description="weighted_mean: of the three years, oldest first")

    @field_validator("method")
    @classmethod
    def _known_method(cls, method: str) -> str:
        return known(method, METHODS)

    @field_validator("weights")
    @classmethod
    def _some_weight(cls, weights: tuple[int, int, int]) -> tuple[int, int, int]:
        if min(weights) < 0 or not any(weights):
            raise ValueError("weights that are not negative, one above 0")
        return weights


class QuotaScenario(Section):
    """One plan for next year, to be held against others: how much, to whom, how."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="what tables call it; letters A, B, C go by order")
    name: dict[str, str] = Field(default_factory=dict, description="shown name, one per language: {en: …, vi: …}")
    how_much: list[HowMuch] = Field(min_length=1, description="a method, or several as a blend: {method: last_year}")
    to_whom: Blend = Field(
        {"history": 1.0},
        description=f"shares that sum to 1, of {', '.join(SHARES)}, as {{history: 60%, potential: 40%}}",
    )
    years: int = Field(1, ge=1, le=3, description="history is the mean of so many years")
    how: Blend = Field(default_factory=dict, description="month shape in place of quota.how")

    @field_validator("how_much", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]

    @field_validator("how_much")
    @classmethod
    def _weights_sum(cls, parts: list[HowMuch]) -> list[HowMuch]:
        rates = [rate_units(part.weight) for part in parts]
        if min(rates) < 0 or sum(rates) != RATE_SCALE:
            raise ValueError("methods whose weights are not negative and sum to 100%")
        return parts

    @field_validator("to_whom")
    @classmethod
    def _known_shares(cls, parts: dict[str, Rate]) -> Any:
        return whole_blend(parts, SHARES)

    @field_validator("how")
    @classmethod
    def _known_shapes(cls, parts: dict[str, Rate]) -> Any:
        return whole_blend(parts, SHAPES) if parts else parts


class QuotaTop(Section):
    """A number of its own for one product group, channel or region: the other factors share what is left."""

    product_group: str | None = Field(None, description="product group")
    channel: str | None = Field(None, description="channel")
    region: str | None = Field(None, description="region")
    amount: str | int = Field(description="number of the year, in the currency or in pieces")


class QuotaVacancy(Section):
    """A place to be filled: it carries a number from its first day, by its team's mean or the history of who left."""

    name: str = Field(description="shown name, such as Vacancy North")
    team: str = Field(description="team path")
    start_on: date = Field(description="first day")
    after: str | None = Field(None, description="person_id whose place it takes")


class QuotaPay(Section):
    """What an attainment earns, for the cost of quotas not yet signed; the plans stay the rule that pays."""

    curve: list[tuple[str | float, str | float]] = Field(
        default_factory=list, description="points [attainment, share of target pay]; straight lines between them"
    )
    target: dict[str, str | int] = Field(
        default_factory=dict, description="variable pay of a year at 100 %, in the currency, by role or team path"
    )


class QuotaCapacity(Section):
    """What people can bring, to be held against the quotas."""

    productivity: dict[str, str | int] = Field(
        default_factory=dict,
        description="what a ramped person can bring in a year, in the currency, by role or team path",
    )
    ramped: Rate = Field(1.0, description="share of it that is expected of ramped people")


def _usual() -> list[QuotaScenario]:
    return [
        QuotaScenario(key="last_year", how_much=[HowMuch(method="last_year")]),
        QuotaScenario(key="three_years", how_much=[HowMuch(method="mean")], years=3),
        QuotaScenario(key="market", how_much=[HowMuch(method="market")]),
    ]


class Quota(Section):
    """How much next year asks, of whom and when: where the planning desk starts; its knobs move it."""

    metric: Metric = Field("net_revenue", description="what next year's number counts")
    factors: list[FactorName] = Field(
        ["product_group"], description="what the company's number is parted by, before teams"
    )
    scenarios: list[QuotaScenario] = Field(
        default_factory=_usual,
        description="plans side by side; without any: last_year, three_years (their mean) and market",
    )
    chosen: str = Field("last_year", description="key of the scenario that is carried out")
    growth: Rate = Field(0.10, description="of the method last_year, where the scenario names none")
    share_gain: Rate = Field(0.0, description="of the method market, where the scenario names none")
    flat: Rate = Field(0.20, description="the rule 'everyone + x' shown for comparison")
    how: Blend = Field({"season": 1.0}, description=f"month shape: {', '.join(SHAPES)}, or shares of them")
    over: list[Rate] = Field(
        default_factory=list,
        description="what the street quotas of a level sum to above their parent: first the teams of a factor, and so "
        "on down to people, as [0%, 0%, 5%]",
    )
    ramp: list[Rate] = Field(
        default_factory=list, description="share of a full number in the first months of service, as [0%, 25%, 50%]"
    )
    least_change: Rate | None = Field(None, description="least change on a person's base year, as -10%")
    most_change: Rate | None = Field(None, description="greatest change on a person's base year, as 35%")
    pins: dict[str, str | int] = Field(default_factory=dict, description="person_id: number of the year, before all")
    locks: list[str] = Field(default_factory=list, description="person_ids who keep the number of their base year")
    tops: list[QuotaTop] = Field(default_factory=list, description="factors with a number of their own")
    vacancies: list[QuotaVacancy] = Field(default_factory=list, description="places to be filled that carry a number")
    full_time: dict[str, Rate] = Field(
        default_factory=dict, description="person_id: share of a full-time year, for capacity and equal; else 1"
    )
    step: str = Field("1", description="quotas are rounded to this step of the currency")
    channels: list[str] = Field(default_factory=list, description="channels whose revenue people carry; empty: all")
    managers: Literal["team", "own"] = Field(
        "team", description="what a manager's quota of record measures: the team's revenue, or only their own"
    )
    market: str = Field(
        "market.csv",
        description="sheet of the market (product_group, growth, source, as_of), below the company's folder",
    )
    account_plans: str = Field(
        "account_plans.csv", description="sheet of account plans (account, person, amount), below the company's folder"
    )
    pay: QuotaPay = Field(default_factory=QuotaPay, description="what the quotas would cost")
    capacity: QuotaCapacity = Field(default_factory=QuotaCapacity, description="what the people can bring")

    @field_validator("how")
    @classmethod
    def _known_shapes(cls, parts: dict[str, Rate]) -> Any:
        return whole_blend(parts, SHAPES)

    @field_validator("factors")
    @classmethod
    def _each_once(cls, factors: list[str]) -> list[str]:
        if not factors or len(set(factors)) < len(factors):
            raise ValueError(f"one or more of {', '.join(FACTORS)}, each once")
        return factors

    @field_validator("scenarios")
    @classmethod
    def _own_keys(cls, scenarios: list[QuotaScenario]) -> list[QuotaScenario]:
        keys = [scenario.key for scenario in scenarios]
        if not keys or len(set(keys)) < len(keys) or "flat" in keys:
            raise ValueError("scenarios with a key each, none of them flat")
        return scenarios

    @field_validator("chosen")
    @classmethod
    def _declared(cls, chosen: str, info: ValidationInfo) -> str:
        return known(chosen, [scenario.key for scenario in info.data.get("scenarios", [])] or [chosen])

    def decimals(self, money_decimals: int) -> int:
        """Decimals of planned amounts: the money's, none of pieces and customers."""
        return 0 if self.metric in COUNTS else money_decimals
