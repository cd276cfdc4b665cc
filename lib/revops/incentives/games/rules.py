"""games.yaml: the rules of points, badges, levels, contests, what the wall shows, and what is watched.

A file in the company's folder (company.yaml, incentives.games). Without it the defaults hold: the league on attainment,
no badges, no contests. It is validated whole; every fault is named with file and line.
"""

from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from revops.company import Company, file_at, load_model
from revops.incentives.terms import Number, Rate, Text, Values
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.section import Section


class Ranked(Section):
    """Who is ranked, on what."""

    roles: list[str] = Field(default_factory=list, description="roles that are ranked; empty: all with a quota")
    by: Literal["attainment", "improvement"] = Field(
        "attainment", description="what the wall ranks on; improvement is attainment against the month before"
    )
    minimum_orders: int = Field(5, ge=0, description="orders kept in the month that are needed to be ranked")


class PointRule(Section):
    """So many points for something sold; what comes back takes its points back."""

    key: str = Field(description="short name in the ledger")
    name: Text = Field(description="shown name, or one per language")
    per: Literal["percent", "order", "new_customer", "unit"] = Field(
        description="each whole percent of quota, each order, each buyer's first order, each unit"
    )
    points: int = Field(gt=0, description="for each")
    product_group: str | None = Field(None, description="for unit: of this product group only")

    @model_validator(mode="after")
    def _group_of_units(self) -> Self:
        if self.product_group and self.per != "unit":
            raise ValueError("product_group only with per: unit")
        return self


PERCENT = PointRule(
    key="percent", name={"en": "Percent of quota", "vi": "Phần trăm chỉ tiêu"}, per="percent", points=10
)
ORDER = PointRule(key="order", name={"en": "Order", "vi": "Đơn hàng"}, per="order", points=5)


class Points(Section):
    """What gives points, how many a day, and when they are kept for good."""

    rules: list[PointRule] = Field(default=[PERCENT, ORDER], description="what gives points")
    daily_cap: int | None = Field(None, gt=0, description="most points of a person for one day's sales")
    vest_days: int = Field(14, ge=0, description="days after the sale from which points count towards levels")
    season: Literal["month", "quarter", "year"] = Field("year", description="levels start anew with each, fiscal")
    reclose_days: int = Field(
        30, ge=0, description="an order that repeats one taken back whole so many days before gives nothing; 0: off"
    )

    @field_validator("rules")
    @classmethod
    def _own_keys(cls, rules: list[PointRule]) -> list[PointRule]:
        _distinct([rule.key for rule in rules])
        return rules


class Level(Section):
    """A name for so many vested points."""

    name: Text = Field(description="shown name, or one per language")
    start: int = Field(alias="from", ge=0, description="vested points from which on it is held")


class Badge(Section):
    """A badge is a rule over the ledger of a month; what comes back later can take it away again."""

    key: str = Field(description="short name in the tables")
    name: Text = Field(description="shown name, or one per language")
    measure: Literal["attainment", "change", "streak", "orders", "new_customers", "units"] = Field(
        description="measure of the month; change is in points of attainment, streak in months with the quota reached"
    )
    at_least: Number = Field(description="a share for attainment and change, a count for the others")
    product_group: str | None = Field(None, description="for units: of this product group only")

    @model_validator(mode="after")
    def _group_of_units(self) -> Self:
        if self.product_group and self.measure != "units":
            raise ValueError("product_group only with measure: units")
        return self


class Pot(Section):
    """What a contest gives: an amount, or a share of all that it measured, by place.

    Ranks are shared. Places go by who got there first; who got there on the same day share their places' prizes evenly.
    """

    amount: Number | None = Field(None, description="in the currency")
    share: Rate | None = Field(None, description="of the revenue that all in the contest were credited with")
    places: list[Rate] = Field(min_length=1, description="share of the pot for the first, second, … place")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.amount is None) == (self.share is None):
            raise ValueError("one of amount and share")
        if sum(self.places) != RATE_SCALE or any(a < b for a, b in pairwise(self.places)):
            raise ValueError("places that do not rise and sum to 100%")
        return self


class Contest(Section):
    """People or teams against each other from `start_on` until before `end_on`; without dates, each pay month."""

    key: str = Field(description="short name in the tables")
    name: Text = Field(description="shown name, or one per language")
    of: Literal["people", "region", "channel", "team"] = Field(description="who competes; teams by head")
    measure: Literal["credit", "orders", "new_customers", "units", "points"] = Field(
        description="what is counted, of what was sold in its days and kept; credit is revenue"
    )
    start_on: date | None = Field(None, description="first day")
    end_on: date | None = Field(None, description="first day no longer in it")
    where: Values = Field(default_factory=dict, description="which lines count, as {product_group: Fans}")
    pot: Pot | None = None

    @field_validator("where")
    @classmethod
    def _known(cls, where: Values) -> Values:
        for name in where:
            if name not in ("product_group", "channel", "region"):
                raise ValueError(f"product_group, channel or region, not {name}")
        return where

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.start_on is None) != (self.end_on is None):
            raise ValueError("both days or none")
        if self.start_on and self.end_on and not self.start_on < self.end_on <= add_months(self.start_on, 12):
            raise ValueError("an end_on after start_on, within a year")
        if self.pot and self.pot.share is not None and self.measure != "credit":
            raise ValueError("measure: credit, since the pot is a share of it")
        if self.measure == "points" and self.where:
            raise ValueError("where only with what is sold, not with points")
        return self


class Privacy(Section):
    """What the leaderboard shows of people; never what they earn."""

    names: Literal["full", "initials", "team"] = Field("full", description="the person as name, initials or team")
    attainment: bool = Field(True, description="attainment, its change, streaks and points; false: ranks only")
    not_named: list[str] = Field(default_factory=list, description="person_ids of those who are shown by team only")


class Watch(Section):
    """When something looks gamed. A flag is a reason to look, with its rows; it changes no payment."""

    lookback_months: int = Field(12, ge=1, le=12, description="months looked back from the period")
    alarm: Number = Field("1%", validate_default=True, description="chance that honest books raise a kind of flag")
    last_days: int = Field(3, ge=1, description="days at the end of a month")
    minimum_share: float = Field(0.25, description="share of the month's bookings in those days")
    above: float = Field(0.08, description="attainment at most so far above a bound")
    returned_share: float = Field(0.30, description="share of the last days' bookings returned in the next two months")

    @property
    def near(self) -> Fraction:
        """`above` as an exact share."""
        return Fraction(str(self.above))


class Games(Section):
    """The whole of games.yaml."""

    league: Ranked = Ranked()
    points: Points = Points()
    levels: list[Level] = Field(default_factory=list, description="by vested points of the season, from 0 up")
    badges: list[Badge] = Field(default_factory=list, description="the badges that can be earned")
    contests: list[Contest] = Field(default_factory=list, description="the contests, past and to come")
    privacy: Privacy = Privacy()
    watch: Watch = Watch()

    @field_validator("levels")
    @classmethod
    def _rising(cls, levels: list[Level]) -> list[Level]:
        starts = [level.start for level in levels]
        if starts and (starts[0] != 0 or any(a >= b for a, b in pairwise(starts))):
            raise ValueError("levels from 0 that rise")
        return levels

    @field_validator("badges", "contests")
    @classmethod
    def _own_keys(cls, parts: list[Any]) -> list[Any]:
        _distinct([part.key for part in parts])
        return parts


def _distinct(keys: list[str]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"a key of its own for each, not {key} twice")


def load_games(folder: Path, company: Company) -> Games:
    """The rules of a company, or the defaults where it has no file; every fault is raised at once as InputError."""
    path = file_at(folder, company, company.incentives.games, "company.yaml, incentives.games")
    return load_model(path, Games, company.incentives.games) if path.is_file() else Games()
