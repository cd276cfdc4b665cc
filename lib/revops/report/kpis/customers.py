"""How customers buy: order value, conversion, retention."""

from typing import Any

import polars as pl

from revops.kpis.facts import Facts
from revops.kpis.findings import drivers, limits
from revops.kpis.spans import Spans
from revops.report import charts
from revops.report.display import Html
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, name_of, show_change, show_value
from revops.report.tables import Column, table
from revops.workspace import Workspace


def trade(ws: Workspace, rows: pl.DataFrame, window: int) -> Html:
    """Orders, order value, lead conversion, retention, repeat rate: value, what it rests on, last year."""
    lines = []
    for line in rows.iter_rows(named=True):
        basis = ws.t(
            f"kpis.trade.{line['metric']}.basis",
            numerator=ws.words.number(line["numerator"]),
            denominator=ws.words.number(line["denominator"]),
            days=window,
            month=ws.words.month(line["month_on"]),
        )
        if line["value"] is None:
            basis = ws.t(f"kpis.reason.{line['reason']}")
        lines.append(
            {
                "name": ws.t(f"kpis.trade.{line['metric']}.name"),
                "basis": basis,
                "value": show_value(ws, line["kind"], line["value"]),
                "year": show_value(ws, line["kind"], line["previous_year"]),
                "change": show_change(ws, line["kind"], line["value"], line["previous_year"]),
                "tone": _tone(ws, line),
            }
        )
    columns = [
        Column("name", ws.t("kpis.column.metric"), note="basis"),
        Column("value", ws.t("kpis.column.actual"), strong=True, right=True),
        Column("year", ws.words.period_short(ws.period.previous_year()), right=True),
        Column("change", ws.t("kpis.column.change"), tone="tone", right=True),
    ]
    return table(lines, columns, ws.t("kpis.title.trade"), ws.t("kpis.who.trade"), words=ws.words)


def conversion(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """Conversion of visits by channel, month by month."""
    rows = drivers.monthly_conversion(facts.sessions, spans.now[1])
    if rows.is_empty():
        return missing(ws, "sessions")
    rows = rows.with_columns(channel=pl.col("channel").map_elements(lambda c: name_of(ws, c), return_dtype=pl.String))
    drawing = charts.lines(rows, ws.words, y="rate", series="channel", kind="percent")
    return figure(drawing, _conversion_title(ws, facts, spans), ws.t("kpis.who.conversion"))


def _conversion_title(ws: Workspace, facts: Facts, spans: Spans) -> str:
    """The channel that has been down for longest; neutral where none is."""
    rows = drivers.monthly_conversion(facts.sessions, spans.now[1], 24)
    down = []
    for (channel,), part in sorted(rows.group_by("channel")):
        found = limits.broken(part["rate"].to_list(), facts.company.findings.minimum_share)
        if found and part["rate"][-1] < found.usual:
            down.append((part["month_on"][found.first], str(channel), found.usual, part["rate"][-1]))
    if not down:
        return ws.t("kpis.title.conversion")
    since, channel, before, now = min(down)
    shares = {"before": ws.words.percent(before, 2), "now": ws.words.percent(now, 2)}
    return ws.t("kpis.title.conversion_fell", channel=name_of(ws, channel), since=ws.words.month(since), **shares)


def _tone(ws: Workspace, line: dict[str, Any]) -> str:
    """The colour of a change: more is better for every figure of this table."""
    if line["value"] is None or line["previous_year"] is None:
        return ""
    text = show_change(ws, line["kind"], line["value"], line["previous_year"])
    return ws.words.tone(line["value"] - line["previous_year"], shown=text)
