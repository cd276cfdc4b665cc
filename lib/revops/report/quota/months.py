"""When it is due, on a page: the chosen scenario's months beside those of past years, by product group and person."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from revops.holidays import tet
from revops.periods import Period, add_months
from revops.quota import past
from revops.quota.carry import At
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal, Scenario
from revops.report import charts
from revops.report.display import Html, text
from revops.report.figures import Figure, figure
from revops.report.quota.names import dimension, factor_name, groups, needs_people, share, short_path
from revops.report.tables import Column, table
from revops.workspace import Workspace

FULL = 1000  # whole numbers from here on


def season(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str) -> Figure | Html:
    """The chosen scenario's months as shares of its year over those of the whole years before; where Tết falls."""
    if not proposal.bases:
        return text(ws.t("quota.no_people"))
    picked, target = proposal.scenario(chosen), proposal.target
    years = {year.name: _past(desk, year) for year in _years(desk)}
    years[target.name] = _shares(_company(picked))
    months = [ws.words.month_short(month) for month in target.months]
    feasts = {year: _feast(ws, year, target) for year in years} if ws.company.keeps_tet else {}
    drawing = charts.seasons(years, months, ws.words, feasts=feasts)
    before = [year for year in years if year != target.name]
    who = ws.t(
        "due.who" if before else "due.who_alone", letter=picked.letter, year=target.name, years=ws.words.join(before)
    )
    return figure(drawing, _title(ws, picked, target), f"{who} · {ws.t('due.tet')}" if feasts else who)


def _years(desk: Desk) -> list[Period]:
    """The whole fiscal years that the season was read from."""
    start, end = desk.shape_range
    starts = [add_months(start, place) for place in range(0, (end.year - start.year) * 12, 12)]
    return [Period.of_month(first, desk.year.fiscal_year_starts).fiscal_year for first in starts]


def _past(desk: Desk, year: Period) -> list[float]:
    known = past.month_amounts(desk.days, desk.before, ["product_group"])
    sums = dict(known.group_by("month_on").agg(pl.col("amount").sum()).iter_rows())
    return _shares([sums.get(month, 0) for month in year.months])


def _company(picked: Scenario) -> list[int]:
    assert picked.spread is not None
    return [int(amount) for amount in picked.spread.base[0]]


def _shares(amounts: Sequence[int]) -> list[float]:
    return [share(amount, sum(amounts)) or 0.0 for amount in amounts]


def _feast(ws: Workspace, name: str, target: Period) -> tuple[float, str]:
    """Where Tết falls in a fiscal year, in months from its beginning, and its name."""
    year = Period.parse(name, target.fiscal_year_starts)
    day = next(day for day in map(tet, range(year.start.year, year.end.year + 1)) if year.start <= day < year.end)
    month = day.replace(day=1)
    part = (day.day - 0.5) / (add_months(month, 1) - month).days
    return year.months.index(month) + part, ws.t("due.tet_on")


def _title(ws: Workspace, picked: Scenario, target: Period) -> str:
    """What Tết makes of January and February; without it the largest month."""
    parts = dict(zip(target.months, _shares(_company(picked)), strict=True))
    told = {month.month: ws.words.percent(part) for month, part in parts.items()}
    if ws.company.keeps_tet:
        day = next(day for day in map(tet, (target.start.year, target.end.year)) if target.start <= day < target.end)
        names = {place: ws.words.month_name(date(day.year, place, 1)) for place in (1, 2)}
        return str(ws.t("due.title_tet", day=ws.words.day(day), year=target.name, first=names[1], second=names[2],
                        before=told[1], after=told[2]))  # fmt: skip
    peak = max(parts, key=lambda month: parts[month])
    month = ws.words.capital(ws.words.month_name(peak))
    return str(ws.t("due.title", month=month, share=told[peak.month], year=target.name))


@needs_people
def due(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    """The chosen scenario by factor and month; the company is the exact sum in every month."""
    picked = proposal.scenario(chosen)
    assert picked.spread is not None
    tree, amounts = picked.spread.year.tree, picked.spread.base
    rows = [_row(factor_name(ws, factor), 0, amounts[tree.at(At(factor))].tolist()) for factor in sorted(picked.tops)]
    rows.append(_row(ws.t("quota.strips.company"), 0, _company(picked)))
    head = " · ".join(dimension(ws, name) for name in proposal.ground.names)
    return _table(ws, proposal, rows, head, _strongest(ws, proposal, rows[:-1]), picked)


def _strongest(ws: Workspace, proposal: Proposal, rows: Sequence[Mapping[str, Any]]) -> str:
    """The factor that leans most on one month."""
    parts = [
        (share(row[f"m{place}"], row["year"]) or 0.0, -place, row["name"])
        for row in rows
        for place in range(len(proposal.target.months))
    ]
    part, place, name = max(parts)
    month = ws.words.month_name(proposal.target.months[-place])
    return str(ws.t("due.factors", factor=name, month=month, share=ws.words.percent(part)))


@needs_people
def months(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    """The same by person, what they carry; groups are the sums of their people."""
    picked = proposal.scenario(chosen)
    by_month = picked.months.group_by("person_id", "month_on").agg(pl.col("quota_amount").sum())
    known: Mapping[tuple[str, date], int] = {(p, month): amount for p, month, amount in by_month.iter_rows()}

    def row(name: str, level: int, people: Sequence[str]) -> dict[str, Any]:
        return _row(name, level, [sum(known.get((p, m), 0) for p in people) for m in proposal.target.months])

    rows: list[dict[str, Any]] = []
    for group, members in groups(proposal.bases):
        rows.append(row(short_path(ws, group), 0, [b.person_id for b in members]))
        rows += [row(b.name, 1, [b.person_id]) for b in members]
    rows.append(row(ws.t("quota.strips.company"), 0, [b.person_id for b in proposal.bases]))
    return _table(ws, proposal, rows, ws.t("quota.head.team_person"), ws.t("due.people"), picked)


def _row(name: str, level: int, amounts: Sequence[int]) -> dict[str, Any]:
    parts = {f"m{place}": amount for place, amount in enumerate(amounts)}
    return {"name": name, "level": level, **parts, "year": sum(amounts)}


def _table(
    ws: Workspace, proposal: Proposal, rows: Sequence[dict[str, Any]], head: str, title: str, picked: Scenario
) -> Html:
    """Rows with a column a month and one for the year, in one unit."""
    power, unit = ws.words.unit(min((row["year"] for row in rows if row["year"] > 0), default=0))
    digits = 0 if (ws.words.in_unit(rows[-1]["year"], power) or 0) >= FULL else 2
    keys = [f"m{place}" for place in range(len(proposal.target.months))]
    shown = [row | {key: ws.words.in_unit(row[key], power) for key in (*keys, "year")} for row in rows]
    columns = [Column("name", head)]
    columns += [
        Column(key, ws.words.month_short(month), "number", digits)
        for key, month in zip(keys, proposal.target.months, strict=True)
    ]
    columns.append(Column("year", proposal.target.name, "number", digits, strong=True))
    who = ws.t("due.table", letter=picked.letter, unit=unit)
    level = "level" if any(row["level"] for row in rows) else ""
    return table(shown, columns, title, who, words=ws.words, total=True, level=level)
