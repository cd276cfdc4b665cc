"""Laying the ground of a proposal from a desk's tables: as known today, or as if on an earlier day.

Two things no table dates: the potential of accounts with their owners, and account plans, are always today's.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.forecast import project
from revops.market import growth_for
from revops.money import round_ratio, to_units
from revops.periods import Period, add_months
from revops.planning import Quota
from revops.quota import bases, hierarchy, past
from revops.quota.bases import REST, Amounts, Factor
from revops.quota.ground import Ground
from revops.quota.much.metrics import STOCK
from revops.quota.recorded import quota_of
from revops.quota.shape import LEVEL, Shape, by_working_days, due_months

if TYPE_CHECKING:
    from revops.quota.desk import Desk


def lay(desk: "Desk", day: date, metric: str, factors: Sequence[str]) -> Ground:
    """The ground of a metric by factors as it was known on `day`; the people are those at work on it."""
    given = desk.ws.company.quota
    own: dict[str, Any] = {} if metric == given.metric and factors == given.factors else {"tops": []}
    settings = given.model_copy(update={"metric": metric, "factors": list(factors), **own})
    days = desk.counted(metric).filter(pl.col("moved_on") <= day)
    before = desk.before if metric == "net_revenue" else desk.before.clear()
    year = Period.of_month(day, desk.year.fiscal_year_starts).fiscal_year
    months, tet = past.month_amounts(days, before, factors), desk.feast_before(year.start)
    shapes: bases.Shapes = {None: _at_end(year)} if metric == STOCK else past.shapes_of(months, year, factors, tet)
    years = bases.base_year(day, year.fiscal_year_starts, LEVEL if metric == STOCK else shapes[None]).trailing(3)
    cut = years[-1].end if metric == STOCK else min(day + timedelta(days=1), years[-1].end)
    who = bases.carriers(desk.people, days, desk.quotas, day, settings.managers)
    amounts = bases.year_amounts(days, years, factors)
    found = bases.bases(amounts, who, desk.people, years, cut, shapes, settings.vacancies if day == desk.as_of else ())
    totals = past.year_totals(days, before, found, desk.people, years, cut, shapes, factors)
    target, opportunities = (years[-1].end, add_months(years[-1].end, 12)), desk.ws.read("opportunities")
    deals = due_months(opportunities, day, "person_id")
    return Ground(
        settings, settings.decimals(desk.ws.company.money_decimals), day, years, found, totals, shapes,
        growth=growth_for(desk.market, day),
        potential=desk.potential,
        pipeline={person: _until(due, target[1]) for person, due in deals.items() if person is not None},
        plans=desk.plans,
        capacity=_capacity(settings, found, desk.people, settings.decimals(desk.ws.company.money_decimals)),
        recorded=_recorded(desk, years[-1]),
        forecast={} if metric == STOCK else _forecast(months, day, target, factors),
        working_days=_working_days(desk, target),
        due=due_months(opportunities, day),
    )  # fmt: skip


def _at_end(year: Period) -> Shape:
    """A stock is what stands at the end of the fiscal year: its last month has all the weight."""
    last = add_months(year.end, -1).month
    return Shape(tuple(int(month == last) for month in range(1, 13)))


def _until(due: dict[date, Fraction], end: date) -> int:
    total = sum((amount for month, amount in due.items() if month < end), Fraction(0))
    return round_ratio(total.numerator, total.denominator)


def _capacity(settings: Quota, found: Sequence[bases.Base], people: pl.DataFrame, decimals: int) -> dict[str, int]:
    """person_id → what they can bring in a year, by their team or role; 1 for everyone where nothing is declared."""
    declared = {key: to_units(str(amount), decimals) for key, amount in settings.capacity.productivity.items()}
    if not declared:
        return {base.person_id: 1 for base in found}
    roles = dict(people.sort("start_on").select("person_id", "role").iter_rows())
    return {b.person_id: hierarchy.of_person(declared, b.team, roles.get(b.person_id, "")) or 0 for b in found}


def _recorded(desk: "Desk", year: Period) -> dict[str, int]:
    """person_id → their quotas of record in a fiscal year."""
    sums = quota_of(desk.quotas, year.start, year.end)
    return dict(sums.select("person_id", "quota_amount").iter_rows())


def _forecast(months: pl.DataFrame, day: date, target: tuple[date, date], factors: Sequence[str]) -> Amounts:
    """The target year by factor, as the page of KPIs forecasts months; empty where too little is known."""
    end = (day + timedelta(days=1)).replace(day=1)
    ahead = (target[1].year - end.year) * 12 + target[1].month - end.month
    outlook = project(months.with_columns(pl.col(factors).fill_null(REST)), "net_revenue", end, by=factors,
                      value="amount", horizon=ahead)  # fmt: skip
    if outlook is None or not outlook.has_season:
        return {}
    found: Amounts = {}
    for node, level, values in zip(outlook.nodes, outlook.levels, outlook.values, strict=True):
        if level == "cell":
            factor: Factor = tuple(str(node[name]) for name in factors)
            found[factor] = sum(v for v, month in zip(values, outlook.months, strict=True) if month >= target[0])
    return found


def _working_days(desk: "Desk", target: tuple[date, date]) -> list[int]:
    company = desk.ws.company
    months = [add_months(target[0], place) for place in range(12)]
    return by_working_days(months, company.calendar, company.working_week, company.keeps_tet)
