"""How far this year's quotas of record are, each question about it a property of `desk.standing`."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from revops.kpis.pipeline import stages
from revops.kpis.pipeline.funnel import last_export
from revops.periods import Period, months_back
from revops.quota import actuals, hierarchy
from revops.quota.attainment import cells, deals, interval, people, periods, spans, teams
from revops.quota.attainment.spread import Spread
from revops.quota.recorded import quota_of
from revops.quota.shape import LEVEL, Shape
from revops.quota.territory import place

if TYPE_CHECKING:
    from revops.quota.desk import Desk


@dataclass(frozen=True)
class Standing:
    """The fiscal year's quotas of record on the desk's day; everything is derived once and kept."""

    desk: "Desk"

    @cached_property
    def record(self) -> pl.DataFrame:
        """The quota periods that begin in the fiscal year."""
        return periods.quota_window(self.desk.quotas, self.desk.year)

    @cached_property
    def carried(self) -> pl.DataFrame:
        """Revenue that counts for each person's quota; a manager's is the team's, where the company says so."""
        return people.carried_days(self.desk.days, self.desk.people, self.desk.ws.company.quota.managers)

    @cached_property
    def attained(self) -> pl.DataFrame:
        """One row per person with quotas of record in the year: to date, projected, coverage, and who they are.

        `is_manager` marks those whose figures are the sum of others; sorted by attainment, highest first.
        """
        desk = self.desk
        rows = people.attainment(self.record, self.carried, desk.as_of, self._shape, self.deals, self.intervals)
        names = _who(desk.people, desk.as_of).select("person_id", "name", "team", "region", "manager_id")
        above = sorted(hierarchy.managers_on(desk.people, desk.as_of)) if self._by_team else []
        here = hierarchy.on_day(desk.people, desk.as_of)["person_id"].to_list()
        out = rows.join(names, on="person_id", how="left").with_columns(
            pl.col("name").fill_null(pl.col("person_id")),
            is_manager=pl.col("person_id").is_in(above),
            is_here=pl.col("person_id").is_in(here),
        )
        return out.sort("attainment", "person_id", descending=[True, False], nulls_last=True)

    @cached_property
    def sellers(self) -> pl.DataFrame:
        """`attained` of people at work with a quota of their own: those whose pace is counted."""
        return self.attained.filter(pl.col("is_here") & ~pl.col("is_manager") & pl.col("attainment").is_not_null())

    @cached_property
    def spread(self) -> Spread:
        """How the sellers' projected attainment is distributed."""
        return Spread.of(self.sellers["projected"])

    @cached_property
    def periods(self) -> pl.DataFrame:
        """One row per person and quota period of the year that has begun."""
        return periods.by_period(self.record, self.carried, self.desk.as_of)

    @cached_property
    def teams(self) -> pl.DataFrame:
        """Quota and actual to date by team path, managers' own quotas left out."""
        return teams.by_team(self.record, self.desk.days, self.desk.people, self._managers, self.desk.as_of)

    # --- what covers the gap, and how sure the projection is ----------------------------------------------------------

    @cached_property
    def deals(self) -> dict[str, tuple[int, int | None]]:
        """Open deals due before each person's last period ends: amount, and × win rates; managers have their team's."""
        desk, ends = self.desk, self.record.group_by("person_id").agg(pl.col("end_on").max())
        last = last_export(desk.ws.read("opportunities"), desk.as_of)
        history, names = desk.ws.read("opportunity_stage_history"), desk.ws.company.funnel.stages
        rows = deals.open_deals(last, stages.stays(history, last, names, desk.cut), desk.cut)
        owned = deals.with_teams(rows, desk.people, desk.as_of) if self._by_team else rows
        return deals.due(owned, dict(ends.iter_rows()))

    @cached_property
    def intervals(self) -> dict[str, interval.Interval]:
        """Bounds of each person's projection, from earlier months of the same work."""
        firsts = _since(self.desk.people, self.desk.as_of)
        known = self.desk.days["moved_on"].min() if self.desk.days.height else None
        since = {person: max(day, known) for person, day in firsts.items() if isinstance(known, date)}
        return interval.intervals(spans.spans_of(self.record), self.carried, since, self.desk.cut, self._shape_on)

    @cached_property
    def held(self) -> tuple[int, int]:
        """(intervals that held what came, intervals tested) of the sellers, each as if made at an earlier month-end."""
        own = [self.intervals[person] for person in self.sellers["person_id"]]
        return sum(one.held for one in own), sum(one.tested for one in own)

    # --- by territory and product -------------------------------------------------------------------------------------

    @cached_property
    def goals(self) -> dict[str, int]:
        """person_id → quota due in the year up to the desk's day, by season; managers of teams stand apart."""
        own = self.desk.quotas.filter(~pl.col("person_id").is_in(self._managers))
        due = quota_of(own, self.desk.year.start, self.desk.cut, shape=self._shape, by_days=False)
        return dict(due.select("person_id", "quota_amount").iter_rows())

    @cached_property
    def by_sale(self) -> pl.DataFrame:
        """`cells.by_sale` of the year to date."""
        desk, year = self.desk, self.desk.year
        splits, channels = desk.ws.read("credit_splits"), desk.ws.company.quota.channels
        by, since = [*actuals.DAY_KEYS, "account_id"], year.previous().start
        rows = actuals.person_days(desk.facts, splits, channels, desk.as_of, since=since, by=by)
        rows = actuals.hold_channels(rows, desk.people)
        is_now = pl.col("moved_on") >= year.start
        owners = desk.accounts.select("account_id", "person_id")
        return cells.by_sale(self.goals, owners, rows.filter(~is_now), rows.filter(is_now))

    @cached_property
    def by_cell(self) -> pl.DataFrame:
        """Attainment by cell of the territory matrix; the row without a place, if any, is last."""
        territory = self.desk.ws.company.territory
        return cells.by_dimensions(place(self.by_sale, self.desk.accounts, territory), territory.dimensions)

    @cached_property
    def by_product(self) -> pl.DataFrame:
        """Attainment by product group, quotas shared as `cells` says."""
        return cells.by_dimensions(self.by_sale, ["product_group"])

    # --- shared -------------------------------------------------------------------------------------------------------

    @property
    def _by_team(self) -> bool:
        return self.desk.ws.company.quota.managers == "team"

    @property
    def _managers(self) -> list[str]:
        return self.attained.filter("is_manager")["person_id"].sort().to_list()

    @property
    def _shape(self) -> Shape:
        return self.desk.shapes.get(None, LEVEL)

    def _shape_on(self, day: date) -> Shape:
        """The season as it was known on a day: from whole years before that day's."""
        return self._seasons[self._year_of(day - timedelta(days=1)).name]

    @cached_property
    def _seasons(self) -> dict[str, Shape]:
        """Fiscal year → the season known when it began, as far back as intervals look."""
        back = self._year_of(months_back(self.desk.as_of, interval.MOST))
        years = self.desk.year.trailing(int(self.desk.year.name) - int(back.name) + 1)
        return {year.name: self.desk.shapes_before(year).get(None, LEVEL) for year in years}

    def _year_of(self, day: date) -> Period:
        return Period.of_month(day, self.desk.year.fiscal_year_starts).fiscal_year


def _who(people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per person: as of the day, or the last one before it for those who left."""
    known = people.filter(pl.col("start_on") <= as_of).sort("person_id", "start_on")
    return known.group_by("person_id", maintain_order=True).last()


def _since(people: pl.DataFrame, as_of: date) -> dict[str, date]:
    """person_id → first day in the present role and team."""
    rows = people.filter(pl.col("start_on") <= as_of).sort("person_id", "start_on")
    work = pl.struct("role", "team")
    moved = rows.filter((work != work.shift().over("person_id")).fill_null(True))
    return dict(moved.group_by("person_id").agg(pl.col("start_on").max()).iter_rows())
