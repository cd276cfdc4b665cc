"""Names and values in words, the same on every part of the KPI page."""

from datetime import date
from typing import Any

import polars as pl

from revops.kpis.contracts import KPI_TABLES
from revops.report.display import Html, text
from revops.words import NBSP
from revops.workspace import Workspace

Shown = Any


def name_of(ws: Workspace, value: str | None) -> str:
    """A product group, channel, region or stage at the head of a row; what carries none is named as such."""
    return ws.words.capital(named(ws, value)) if value is not None else ws.t("kpis.unassigned")


def row_name(ws: Workspace, line: dict[str, Any], key: str) -> str:
    """The name of a row by one dimension; without one it is a plan made for the whole, or a header's rounding."""
    if line[key] is not None:
        return name_of(ws, line[key])
    if line.get("plan"):
        return ws.t("kpis.planned_whole")
    return ws.t("kpis.unassigned" if key == "product_group" else "kpis.unnamed")


def named(ws: Workspace, value: str) -> str:
    """The same inside a sentence."""
    return ws.words.name("kpis.names", value)


def people_names(people: pl.DataFrame, day: date) -> dict[str, str]:
    """The names of people by id, as they were on a day."""
    return dict(people.filter(pl.col("start_on") <= day).sort("start_on").select("person_id", "name").iter_rows())


def missing(ws: Workspace, source: str) -> Html:
    """The line that stands where the company has no such table."""
    return text(ws.t(f"kpis.missing.{source}"))


def silent() -> Html:
    """Nothing to add where the line before has said that the source is missing."""
    return Html("", "", role="style")


def show_value(ws: Workspace, kind: str, value: float | int | None) -> str:
    """A metric's value in words: money short, a count, a share; 'n/a' where it is undefined."""
    if value is None:
        return ws.t("common.undefined")
    if kind == "money":
        return ws.words.money_short(int(value))
    return ws.words.percent(value, 2 if abs(value) < 0.1 else 1) if kind == "percent" else ws.words.number(value)


def show_change(ws: Workspace, kind: str, value: float | int | None, reference: float | int | None) -> str:
    """The change in words: points for a share, a percentage for the rest; nothing where a side is unknown."""
    if value is None or reference is None or (kind != "percent" and reference <= 0):
        return ws.t("common.nothing")
    if kind == "percent":
        change, text = value - reference, ws.words.points(value - reference, 2 if abs(value) < 0.1 else 1)
    else:
        change, text = value / reference - 1, ws.words.signed_percent(value / reference - 1)
    return f"{ws.words.arrow(change, shown=text)}{NBSP}{text}"


def save(ws: Workspace, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Save a table of `revops.kpis.contracts` once it keeps its contract; an empty one has the contract's columns."""
    contract = KPI_TABLES[name]
    whole = frame if frame.width else contract.create_empty()
    return ws.save(name, whole.select(contract.column_names()), contract)
