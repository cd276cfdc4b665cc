"""The planning desk: everything notebook 03 asks of one workspace, each question a property or one call.

    desk = quota.open_desk(ws)          what goes in, read once and checked
    desk.cells · desk.loads             the territory matrix, the balance of its people
    desk.propose(knobs)                 the scenarios of the next year, carried down to person and month
    desk.standing                       the year's quotas of record, to date

Nothing here looks at a clock: `as_of` is the workspace's, or the last day that the data know. Tables are sorted by key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from revops.kpis.pipeline.funnel import last_export
from revops.kpis.revenue import movements
from revops.market import growth_for, read_market
from revops.periods import Period, add_months
from revops.quota import actuals, attainment, bases, hierarchy, past, territory
from revops.quota.contracts import QuotaHandovers
from revops.quota.ground import Ground
from revops.quota.groundwork import lay
from revops.quota.much.metrics import credited
from revops.quota.much.plans import read_plans
from revops.quota.quotas import Knobs, Proposal, propose
from revops.quota.shape import feast_of
from revops.quota.shape.season import Feast
from revops.quota.signed import measure_of
from revops.tables import types_of
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
    quotas = quotas.filter(pl.col("measure") == measure_of("net_revenue"))  # others are plans' own
    return Desk(ws, people, quotas, actuals.hold_channels(days, people), facts, known_on)


def known_until(orders: pl.LazyFrame, as_of: date) -> date:
    """`as_of`, or the last order's day where orders end more than a week before: what is not known is not nothing."""
    last = orders.filter(pl.col("ordered_on") <= as_of).select(pl.col("ordered_on").max()).collect().item()
    return last if isinstance(last, date) and as_of - last > QUIET else as_of


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
    def shapes(self) -> bases.Shapes:
        """Seasonality by product group from up to three whole years before this one."""
        return self.shapes_before(self.year)

    def shapes_before(self, year: Period) -> bases.Shapes:
        """The same as it was known when a fiscal year began."""
        return past.shapes_of(self._months, year, ["product_group"], self.feast_before(year.start))

    def feast_before(self, day: date) -> Feast:
        """What Tết made of the days around it before a day, where the company lives by it."""
        if not self.ws.company.keeps_tet:
            return ()
        return feast_of(self.days.filter(pl.col("moved_on") < day))

    @cached_property
    def _months(self) -> pl.DataFrame:
        return past.month_amounts(self.days, self.before, ["product_group"])

    @cached_property
    def shape_range(self) -> tuple[date, date]:
        """The days that seasonality was read from; empty where no whole year is known."""
        return past.shape_years(self._months, self.year)

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
    def _sheets(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        return territory.read_territory(self.ws.folder, self.ws.company, self._further)

    @property
    def rules(self) -> pl.DataFrame:
        """The rules that give accounts their owners; no rows where none are declared."""
        return self._sheets[0]

    @property
    def moves(self) -> pl.DataFrame:
        """The moves by hand that go before the rules."""
        return self._sheets[1]

    @cached_property
    def _bare(self) -> pl.DataFrame:
        """The accounts as rules see them: in the matrix's values, before wildcards."""
        bare = self.ws.company.territory.model_copy(update={"wildcards": []})
        return territory.with_dimensions(self.ws.read("accounts"), self._further, bare)

    @cached_property
    def owned(self) -> pl.DataFrame:
        """Who owns each account by the rules on `as_of`; what is wrong with them becomes faults."""
        owned = territory.owners(self._bare, self.rules, self.moves, self.products, self.as_of)
        scans = [
            territory.scan_unknown(self.rules, self.moves, self._bare, self.ws.company),
            territory.scan_absent(owned, self.people, self.as_of),
            territory.scan_overlaps(owned),
        ]
        for problem in (problem for scan in scans for problem in scan):
            self.ws.fault(problem)
        return owned

    @cached_property
    def ownership(self) -> pl.DataFrame:
        """The same through the fiscal year, one row per account and stretch with one owner."""
        return territory.spans(self._bare, self.rules, self.moves, self.products, self.year.start, self.year.end)

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

    # --- territories to come --------------------------------------------------------------------------------------

    @cached_property
    def case(self) -> territory.Realignment | None:
        """Accounts and people as a proposal of territories sees them; null where there are none."""
        if not (self.loads.height and self.accounts.height):
            return None
        sums = self.revenue.drop_nulls("account_id").group_by("account_id").agg(sales_amount=pl.col("amount").sum())
        accounts = self.accounts.join(sums, on="account_id", how="left")
        people = self.loads.select("person_id", "name", "team", "region")
        return territory.realign(accounts, people, self.ws.company.territory)

    @cached_property
    def frontier(self) -> territory.Frontier | None:
        """The best proposals by budget of disruption; `chosen` is the company's own."""
        return territory.frontier(self.case, self.ws.company.territory.disruption) if self.case else None

    @cached_property
    def handovers(self) -> pl.DataFrame:
        """The accounts that change hands by the chosen proposal, with their open deals."""
        if self.frontier is None:
            return pl.DataFrame(schema=types_of(QuotaHandovers))
        deals = last_export(self.ws.read("opportunities"), self.as_of)
        return territory.moves(self.frontier.chosen, deals.filter(~pl.col("is_closed") & (pl.col("amount") > 0)))

    # --- quotas to come -------------------------------------------------------------------------------------------

    @cached_property
    def ground(self) -> Ground:
        """What next year's proposal stands on."""
        return self.ground_at(self.as_of)

    def ground_at(self, day: date) -> Ground:
        """The same as if on an earlier day."""
        settings = self.ws.company.quota
        return lay(self, day, settings.metric, settings.factors)

    def ground_for(self, metric: str, factors: Sequence[str]) -> Ground:
        """The same of another metric, or by other factors; made once."""
        key = (metric, *factors)
        if key not in self._grounds:
            self._grounds[key] = lay(self, self.as_of, metric, factors)
        return self._grounds[key]

    @cached_property
    def _grounds(self) -> dict[tuple[str, ...], Ground]:
        return {(self.ws.company.quota.metric, *self.ws.company.quota.factors): self.ground}

    def counted(self, metric: str) -> pl.DataFrame:
        """A metric credited to people by day; read once."""
        if metric not in self._counted:
            self._counted[metric] = credited(self, metric)
        return self._counted[metric]

    @cached_property
    def _counted(self) -> dict[str, pl.DataFrame]:
        return {}

    @cached_property
    def market(self) -> pl.DataFrame:
        """How fast the market grows, as told by day."""
        return read_market(self.ws.folder, self.ws.company)

    @cached_property
    def growth(self) -> dict[str | None, int]:
        """The market's growth by product group, as far as it is known on `as_of`."""
        return growth_for(self.market, self.as_of)

    @cached_property
    def potential(self) -> dict[str, int]:
        """person_id → what the accounts they own could buy in a year."""
        owned = self.ws.read("accounts").drop_nulls(["person_id", "potential_amount"])
        sums = owned.group_by("person_id").agg(pl.col("potential_amount").sum()).sort("person_id")
        return dict(sums.iter_rows())

    @cached_property
    def plans(self) -> dict[str, int]:
        """person_id → what their account plans say of next year."""
        owners = dict(self.ws.read("accounts").select("account_id", "person_id").iter_rows())
        return read_plans(self.ws.folder, self.ws.company, owners)

    def propose(self, knobs: Knobs) -> Proposal:
        """The scenarios of the year after the base year beside the flat rule."""
        return propose(self.ground, knobs)

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
