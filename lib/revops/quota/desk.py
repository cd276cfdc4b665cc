"""The planning desk: everything notebook 03 asks of one workspace, each question a property or one call.

    desk = quota.open_desk(ws)          what goes in, read once and checked
    desk.cells · desk.loads             the territory matrix, the balance of its people
    desk.propose(knobs)                 the scenarios of the next year, carried down to person and month
    desk.standing                       the year's quotas of record, to date

Nothing here looks at a clock: `as_of` is the workspace's, or the last day that the data know. Tables are sorted by key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from revops.kpis.revenue import movements
from revops.market import growth_for, read_market
from revops.money import rate_units, to_units
from revops.periods import Period, add_months
from revops.planning import Quota
from revops.problems import InputError, Problem, nearest, refuse_if_any
from revops.quota import actuals, attainment, bases, hierarchy, past, territory
from revops.quota.quotas import LETTERS, Knobs, Proposal, Totals, propose
from revops.quota.shape import Shape, feast_of, seasonality
from revops.workspace import Workspace

QUIET = timedelta(days=7)


def open_desk(ws: Workspace) -> "Desk":
    """Read what 01 made. A hierarchy that is no tree is refused; doubtful splits and quotas become faults."""
    people = hierarchy.check_people(ws.read("people"))
    splits, quotas = ws.read("credit_splits"), ws.read("quotas")
    for problem in [*actuals.scan_splits(splits), *attainment.scan_quotas(quotas)]:
        ws.fault(problem)
    facts = movements(ws.scan("orders"), ws.scan("order_lines"), ws.scan("returns"), ws.scan("products"))
    days = actuals.person_days(facts, splits, ws.company.quota.channels, ws.as_of)
    known_on = known_until(ws.scan("orders"), ws.as_of)
    return Desk(ws, people, quotas, actuals.hold_channels(days, people), facts, known_on)


def known_until(orders: pl.LazyFrame, as_of: date) -> date:
    """`as_of`, or the last order's day where orders end more than a week before: what is not known is not nothing."""
    last = orders.filter(pl.col("ordered_on") <= as_of).select(pl.col("ordered_on").max()).collect().item()
    return last if isinstance(last, date) and as_of - last > QUIET else as_of


def check_settings(settings: Quota, decimals: int) -> None:
    """Refuse rates of company.yaml that are finer than nine decimals, and a step that is no amount above 0."""
    problems = []
    for name in ("growth", "share_gain", "flat", "step"):
        value, is_step = getattr(settings, name), name == "step"
        expected = f"an amount above 0 with at most {decimals} decimals" if is_step else "a rate of up to nine decimals"
        try:
            is_good = to_units(value, decimals) > 0 if is_step else rate_units(value) is not None
        except (ValueError, OverflowError):
            is_good = False
        if not is_good:
            problems.append(Problem(f"company.yaml, quota.{name}", str(value), expected, "correct the value"))
    refuse_if_any(problems)


def knobs_of(settings: Quota, decimals: int, growth: str = "") -> Knobs:
    """What company.yaml sets, growth replaced where the notebook's parameter names one."""
    try:
        rate = rate_units(growth or settings.growth)
    except (ValueError, OverflowError):
        raise InputError(
            Problem("parameter growth", growth, "a rate as 12% or 0.12", "correct the parameter")
        ) from None
    return Knobs(rate, rate_units(settings.share_gain), rate_units(settings.flat), to_units(settings.step, decimals))


def chosen_of(settings: Quota, scenario: str = "") -> str:
    """The scenario to carry out: the notebook's parameter, else company.yaml's; an unknown name is refused."""
    if scenario and scenario not in LETTERS:
        known = ", ".join(LETTERS)
        raise InputError(
            Problem(
                "parameter scenario", scenario + nearest(scenario, LETTERS), f"one of {known}", "correct the parameter"
            )
        )
    return scenario or settings.chosen


@dataclass(frozen=True)
class Desk:
    """One workspace's people, quotas of record and credited days; everything else is derived and kept."""

    ws: Workspace
    people: pl.DataFrame
    quotas: pl.DataFrame
    days: pl.DataFrame
    facts: Any
    as_of: date

    # --- when -----------------------------------------------------------------------------------------------------

    @property
    def cut(self) -> date:
        """The day after the last one known."""
        return self.as_of + timedelta(days=1)

    @cached_property
    def year(self) -> Period:
        """The fiscal year under way on `as_of`."""
        return Period.of_month(self.as_of, self.ws.company.fiscal_year_starts).fiscal_year

    @cached_property
    def years(self) -> list[Period]:
        """Three fiscal years, the base year last."""
        return bases.base_year(self.as_of, self.year.fiscal_year_starts, self.shapes[None]).trailing(3)

    # --- the past -------------------------------------------------------------------------------------------------

    @cached_property
    def revenue_of_channels(self) -> int:
        """Net revenue of the channels up to `as_of`, summed from the movements themselves."""
        inside = self.facts.filter(pl.col("moved_on") < self.cut)
        channels = self.ws.company.quota.channels
        kept = inside.filter(pl.col("channel").is_in(channels)) if channels else inside
        return int(kept.select(pl.col("net_amount").sum()).collect().item() or 0)

    @cached_property
    def before(self) -> pl.DataFrame:
        """History before the detailed data begin."""
        return past.before_detail(self.ws.read("history"), self.days, self.ws.company.quota.channels)

    @cached_property
    def shapes(self) -> dict[str | None, Shape]:
        """Seasonality by product group from up to three whole years before this one."""
        return self.shapes_before(self.year)

    def shapes_before(self, year: Period) -> dict[str | None, Shape]:
        """The same as it was known when a fiscal year began."""
        months = past.month_amounts(self.days, self.before)
        known = self.days.filter(pl.col("moved_on") < year.start)
        tet = feast_of(known) if self.ws.company.keeps_tet else ()
        return seasonality(months, *past.shape_years(months, year), tet)

    @cached_property
    def shape_range(self) -> tuple[date, date]:
        """The days that seasonality was read from; empty where no whole year is known."""
        return past.shape_years(past.month_amounts(self.days, self.before), self.year)

    # --- territories ----------------------------------------------------------------------------------------------

    @property
    def dimensions(self) -> list[str]:
        """The declared dimensions of the matrix; empty where none is declared."""
        return self.ws.company.territory.dimensions

    @cached_property
    def _further(self) -> pl.DataFrame:
        """Columns by account that a planner keeps beside the accounts table."""
        return territory.read_columns(self.ws.folder, self.ws.company)

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """The business accounts, with each declared dimension as a column."""
        territory.check_dimensions(self.ws.company.territory, self._further.columns)
        return territory.with_dimensions(self.ws.read("accounts"), self._further, self.ws.company.territory)

    @cached_property
    def owned(self) -> pl.DataFrame:
        """Who owns each account by the rules on `as_of`; the rules see every account as it is, before wildcards."""
        rules, moves = territory.read_territory(self.ws.folder, self.ws.company, self._further)
        bare = self.ws.company.territory.model_copy(update={"wildcards": []})
        accounts = territory.with_dimensions(self.ws.read("accounts"), self._further, bare)
        owned = territory.owners(accounts, rules, moves, self.products, self.as_of)
        scans = [
            territory.scan_unknown(rules, moves, accounts, self.ws.company),
            territory.scan_absent(owned, self.people, self.as_of),
            territory.scan_overlaps(owned),
        ]
        for problem in (problem for scan in scans for problem in scan):
            self.ws.fault(problem)
        return owned

    @cached_property
    def revenue(self) -> pl.DataFrame:
        """Revenue of the fiscal year to date by account, channel, region and product group."""
        return territory.sales(self.facts, self.ws.company.quota.channels, self.year.start, self.cut)

    @cached_property
    def revenue_before(self) -> pl.DataFrame:
        """The same days of the year before."""
        start, end = add_months(self.year.start, -12), _year_earlier(self.cut)
        return territory.sales(self.facts, self.ws.company.quota.channels, start, end)

    @cached_property
    def products(self) -> list[str]:
        """The product groups."""
        return sorted(self.ws.read("products")["product_group"].unique())

    @cached_property
    def cells(self) -> pl.DataFrame:
        """The territory matrix of the year to date."""
        settings = self.ws.company.territory
        return territory.matrix(self.accounts, self.revenue, self.revenue_before, settings, self.products)

    @cached_property
    def span(self) -> tuple[int, int]:
        """People at work who look after accounts or a channel's buyers, and how many they report to."""
        here = hierarchy.on_day(self.people, self.as_of)
        owns = pl.col("person_id").is_in(self.accounts["person_id"].drop_nulls().unique().to_list())
        buyers = pl.col("channel").is_in(list(self.ws.company.territory.buyers)).fill_null(False)
        above = sorted(hierarchy.managers_on(self.people, self.as_of))
        mine = here.filter((owns | buyers) & ~pl.col("person_id").is_in(above))
        return mine.height, mine["manager_id"].drop_nulls().n_unique()

    @cached_property
    def loads(self) -> pl.DataFrame:
        """Workload, potential and sales of each person who looks after accounts, with indices."""
        here = hierarchy.on_day(self.people, self.as_of)
        managers = hierarchy.managers_on(self.people, self.as_of)
        carriers = territory.account_people(here, self.accounts, managers)
        return territory.balance(self.accounts, self.revenue, carriers, self.ws.company.territory)

    # --- quotas to come -------------------------------------------------------------------------------------------

    @cached_property
    def carriers(self) -> pl.DataFrame:
        """The people who get a number of their own."""
        return bases.carriers(self.people, self.days, self.quotas, self.as_of, self.ws.company.quota.managers)

    @cached_property
    def found(self) -> list[bases.Base]:
        """What each of them starts from."""
        return bases.bases(self.days, self.carriers, self.people, self.years, self.base_cut, self.shapes)

    @property
    def base_cut(self) -> date:
        """Where knowledge of the base year ends."""
        return min(self.cut, self.years[-1].end)

    @cached_property
    def totals(self) -> Totals:
        """The company's years."""
        return past.year_totals(self.days, self.before, self.found, self.people, self.years, self.base_cut, self.shapes)

    @cached_property
    def growth(self) -> dict[str | None, int]:
        """The market's growth by product group, as far as it is known on `as_of`."""
        return growth_for(read_market(self.ws.folder, self.ws.company), self.as_of)

    def propose(self, knobs: Knobs) -> Proposal:
        """The scenarios of the year after the base year beside the flat rule."""
        return propose(self.found, self.totals, self.years, knobs, self.growth, self.shapes)

    # --- attainment -----------------------------------------------------------------------------------------------

    @cached_property
    def standing(self) -> attainment.Standing:
        """How far the year's quotas of record are."""
        return attainment.Standing(self)

    def name_of(self, person_id: str | None) -> str:
        """The person's name, or the id where nobody knows it."""
        return self._names.get(person_id or "", person_id or "")

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return dict(self.people.sort("start_on").select("person_id", "name").iter_rows())


def _year_earlier(day: date) -> date:
    """The same day a year earlier; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)
