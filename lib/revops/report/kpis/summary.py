"""The sentence of the period, the tiles of the index, the year by month."""

from collections.abc import Sequence
from html import escape
from typing import Any

import polars as pl

from revops import kpis
from revops.kpis import compare
from revops.kpis.catalogue import declared
from revops.kpis.facts import Facts
from revops.kpis.headline import TILES, begins_on
from revops.kpis.measure import growth
from revops.kpis.spans import Spans
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import figure
from revops.report.index import tile_html
from revops.report.kpis.shown import name_of, show_value
from revops.report.kpis.where import COMPARABLE, reference_of
from revops.report.tables import Column, table
from revops.workspace import Workspace

REMARKS = 4  # findings told beside the chart of the year
NEAR = 2000  # a difference below a part of plan as small as this shows as 0.0 %


def headline(ws: Workspace, facts: Facts, spans: Spans, numbers: pl.DataFrame) -> Html:
    """The sentence of the period, here and on the index: what, how much, against plan and last year, the one reason."""
    main = numbers.row(by_predicate=pl.col("metric") == "net_revenue", named=True)
    if main["value"] is None:
        sentence = ws.t("kpis.headline.nothing", period=ws.words.period(ws.period))
    else:
        against = ", ".join(
            _versus(ws, main["value"], main["plan"], "plan") + _versus(ws, main["value"], main["previous_year"], "year")
        )
        amount = ws.words.money_short(int(main["value"]))
        key = "kpis.headline.part" if spans.is_partial else "kpis.headline.whole"
        period = ws.words.capital(ws.words.period(ws.period)) if ws.language == "en" else ws.words.period(ws.period)
        first = ws.t(key, period=period, amount=amount, day=ws.words.date(spans.last_day))
        sentence = (
            first + (ws.t("kpis.headline.colon") + against if against else "") + ". " + _reason(ws, facts, spans)
        ).strip()
    ws.headline(sentence, _subline(ws, spans, reference_of(facts, spans) == "plan"))
    return Html(text(sentence).html, sentence, role="style")  # a page has it as its head already


def _versus(ws: Workspace, value: float, reference: float | None, name: str) -> list[str]:
    change = growth(value, reference) if reference and reference > 0 else None
    if change is None:
        return []
    if abs(change) < 0.0005:
        return [ws.t(f"kpis.headline.{name}.level")]
    return [ws.t(f"kpis.headline.{name}.{'above' if change > 0 else 'below'}", share=ws.words.percent(abs(change)))]


def _reason(ws: Workspace, facts: Facts, spans: Spans) -> str:
    """The channel that moved the total most, with a second one that is short too, and what the others did together."""
    cells = compare.by_cell(facts, spans, ("channel",)).drop_nulls("channel")
    column = "delta_plan" if cells["delta_plan"].drop_nulls().len() else "delta_year"
    known = cells.drop_nulls(column)
    total = int(known[column].sum())
    if known.height < 2 or total == 0:
        return ""
    top = known.sort(pl.col(column) * (1 if total < 0 else -1), "channel").row(0, named=True)
    named = _short_too(known, top, column, facts.company.findings.minimum_share)
    rest, sign = total - sum(line[column] for line in named), "fell" if top[column] < 0 else "rose"
    other = "alone" if known.height == len(named) else "fell" if rest < 0 else "rose"
    key = f"kpis.headline.reason.{'plan' if column == 'delta_plan' else 'year'}.{'two' if named[1:] else sign}_{other}"
    amounts = [ws.words.money_short(abs(line[column]), 2) for line in named]
    return ws.t(
        key,
        channel=name_of(ws, top["channel"]),
        amount=amounts[0],
        second=name_of(ws, named[-1]["channel"]),
        second_amount=amounts[-1],
        rest=ws.words.money_short(abs(rest), 2),
    )


def _short_too(rows: pl.DataFrame, top: dict[str, Any], column: str, least: float) -> list[dict[str, Any]]:
    """`top`, and the next channel that is short by `least` of its reference or more and by a third of top's gap."""
    if top[column] >= 0:
        return [top]
    deep = (pl.col(column) * COMPARABLE <= top[column]) & (pl.col(f"{column}_share") <= -least)
    others = rows.filter(deep & (pl.col("channel") != top["channel"])).sort(column, "channel")
    return [top, *others.head(1).to_dicts()]


def _subline(ws: Workspace, spans: Spans, is_planned: bool) -> str:
    words, with_plan = ws.words, "kpis.subline_part" if spans.is_partial else "kpis.subline"
    key = with_plan if is_planned else "kpis.subline_no_plan"
    before = dict.fromkeys(words.period_short(p) for p in (ws.period.previous(), ws.period.previous_year()))
    return ws.t(
        key,
        company=ws.company.name,
        period=words.period(ws.period),
        against=words.join([*([ws.t("kpis.option.plan")] if is_planned else []), *before]),
        day=words.date(ws.as_of),
    )


def tiles(ws: Workspace, facts: Facts, numbers: pl.DataFrame) -> Html:
    """The eight tiles, here and on the index."""
    lines = [_tile(ws, facts, numbers.row(by_predicate=pl.col("metric") == key, named=True)) for key in TILES]
    for line in lines:
        ws.tile(**line)
    strip = "".join(tile_html(ws, line) for line in lines)
    plain = "\n".join(f"{line['name']} {show_value(ws, line['kind'], line['value'])}" for line in lines)
    return Html(f'<section class="tiles" aria-label="{escape(ws.t("common.index.tiles"))}">{strip}</section>', plain)


def _tile(ws: Workspace, facts: Facts, line: dict[str, Any]) -> dict[str, Any]:
    whole = line["kind"] != "percent"
    figures = {key: line[key] if line[key] is None or not whole else int(line[key])
               for key in ("value", "plan", "previous", "previous_year")}  # fmt: skip
    basis = ws.t(
        f"kpis.tile.{line['metric']}.basis",
        numerator=ws.words.number(line["numerator"]),
        denominator=ws.words.number(line["denominator"]),
        months=facts.company.kpis.clv_months,
        worth=ws.t("kpis.worth.margin" if kpis.customers.has_costs(facts.customers) else "kpis.worth.revenue"),
        step=ws.t(f"kpis.step.{'week' if ws.period.kind == 'week' else 'month'}"),
        costs=ws.t(f"kpis.costs.{next((name for name in ('ad_spend', 'costs') if not facts.has(name)), 'all')}"),
    )
    first = begins_on(facts, line["metric"]) or facts.first_month
    begins = ws.t("kpis.reason.begins", day=ws.words.date(first)) if first else ""
    if line["value"] is None:
        is_late = line["reason"] == "no_history" and first is not None and first > ws.period.start
        basis = begins if is_late else ws.t(f"kpis.reason.{line['reason']}")
    name = ws.words.said(declared(line["metric"]).name)
    return {key: line[key] for key in ("kind", "better", "series")} | {
        "name": name,
        "basis": basis,
        "begins": begins if first and first > ws.period.previous_year().start else "",
        **figures,
    }


def year(ws: Workspace, facts: Facts, spans: Spans, months: pl.DataFrame, lines: Sequence[dict[str, Any]] = ()) -> Row:
    """The fiscal year by month: AC, PL, PY with differences; beside it what stands out, and the year to date."""
    drawing = charts.actual_plan(months, ws.words)
    who = ws.t("kpis.who.year", year=ws.period.fiscal_year.name)
    beside = Html(_remarks(ws, lines) + _to_date(ws, facts, spans).html, ws.t("kpis.title.to_date"))
    return row(figure(drawing, _year_title(ws, months), who), beside, widths=(3, 1))


def _remarks(ws: Workspace, lines: Sequence[dict[str, Any]]) -> str:
    """The largest findings, numbered as in the table of products."""
    if not lines:
        return ""
    items = "".join(
        f"<li><span class='mark'>{i + 1}</span><span><b>{escape(line['title'])}.</b> {escape(line['why'])}</span></li>"
        for i, line in enumerate(lines[:REMARKS])
    )
    return f"<h3 class='msg'>{escape(ws.t('kpis.title.remarks'))}</h3><ol class='notes'>{items}</ol>"


def _year_title(ws: Workspace, months: pl.DataFrame) -> str:
    known = months.drop_nulls(["actual", "plan"])
    if known.is_empty() or int(known["plan"].sum()) <= 0:
        return ws.t("kpis.title.year")
    delta = int(known["actual"].sum()) - int(known["plan"].sum())
    last = known.tail(5)
    short = last.filter(pl.col("actual") < pl.col("plan")).height
    is_near = abs(delta) * NEAR < int(known["plan"].sum())
    return ws.t(
        f"kpis.title.year_{'on' if is_near else 'ahead' if delta >= 0 else 'behind'}",
        amount=ws.words.money_short(abs(delta), 2),
        months=ws.words.n("kpis.months", known.height),
        short=ws.words.count(short) if short else ws.t("kpis.none_short"),
        last=ws.words.count(last.height),
    )


def _to_date(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    lines = compare.to_date(facts, spans).to_dicts()
    for line in lines:
        line["name"] = ws.words.period(ws.period) if line["span"] == "period" else ws.t(f"kpis.span.{line['span']}")
        line["name"] = ws.words.capital(line["name"])
    columns = [
        Column("name", ws.t("kpis.column.span")),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column("delta_plan_share", ws.t("kpis.column.delta_plan"), "percent", signed=True, arrow=True),
        Column("delta_year_share", ws.t("kpis.column.delta_year"), "percent", signed=True, arrow=True),
    ]
    return table(lines, columns, ws.t("kpis.title.to_date"), words=ws.words)
