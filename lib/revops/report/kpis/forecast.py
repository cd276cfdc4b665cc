"""The months to come: where the year will end, by which channels and products, and what the open quarter brings."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import forecast, targets
from revops.kpis.catalogue import declared
from revops.kpis.facts import Facts
from revops.kpis.forecast import Outlook, backtest, extrapolate, outlook, quarter, told
from revops.kpis.measure import growth
from revops.kpis.spans import Spans
from revops.periods import add_months
from revops.report import charts
from revops.report.display import Html, row, text
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, name_of, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace

SHOWN = 6  # months before and after the last known one
DAY = timedelta(days=1)
UNBIASED = 0.10  # a bias below this is not told in a title


def year_end(ws: Workspace, facts: Facts, spans: Spans, ahead: Outlook | None) -> Shown:
    """Six months that came and six to come, with plan, last year and interval; beside it how the year will end."""
    if ahead is None:
        return missing(ws, "revenue")
    end = forecast.year_end(facts, spans, ahead, _year_plan(facts, spans), _left(facts, spans, ahead))
    drawing = charts.actual_plan(_months(facts, spans, ahead), ws.words)
    who = ws.t("forecast.who.months", start=ws.words.month(ahead.months[0]), method=_method(ws, ahead.trial.method(0)))
    parts, season = _year_table(ws, spans, end), text(_season(ws, ahead))
    ends = Html(parts.html + season.html, f"{parts.plain}\n{season.plain}")
    return row(figure(drawing, _year_title(ws, spans, end), who), ends, widths=(3, 1))


def _year_plan(facts: Facts, spans: Spans) -> int | None:
    year = spans.period.fiscal_year
    return targets.plan_total(facts.targets, "net_revenue", year.start, year.end)


def _left(facts: Facts, spans: Spans, ahead: Outlook) -> tuple[int, int]:
    """What is left of a running month, by the shape of the same month a year before."""
    gone, whole = targets.elapsed_share(facts.days, ahead.months[0], ahead.months[0], spans.now[1])
    return whole - gone, whole


def _months(facts: Facts, spans: Spans, ahead: Outlook) -> pl.DataFrame:
    """One row per month, by what `charts.actual_plan` takes; a running month stands as a forecast."""
    past, rows = ahead.trial.past, list[dict[str, Any]]()
    for place in range(max(0, past.length - SHOWN), past.length + SHOWN):
        month, lead = past.month(place), place - past.length
        values = {"plan": targets.plan_total(facts.targets, "net_revenue", month, add_months(month, 1))}
        values["previous_year"] = ahead.known(0, place - extrapolate.YEAR)
        if lead < 0:
            values["actual"] = ahead.known(0, place)
        else:
            values["forecast"] = ahead.values[0][lead]
            values["low"], values["high"] = ahead.interval(0, [lead]) or (None, None)
        rows.append({"month_on": month, **values})
    kinds: dict[str, Any] = {"month_on": pl.Date}
    names = ("actual", "plan", "previous_year", "forecast", "low", "high")
    return pl.DataFrame(rows, schema=kinds | dict.fromkeys(names, pl.Int64))


def _year_title(ws: Workspace, spans: Spans, end: dict[str, Any]) -> str:
    """A claim about the plan only where the interval lies wholly on one side of it."""
    if end["months"] == 0 or end["forecast"] is None:
        return ws.t("forecast.title.months")
    amount, year = ws.words.money_short(end["forecast"]), spans.period.fiscal_year.name
    if not end["plan"] or end["low"] is None:
        return ws.t("forecast.title.year", year=year, amount=amount)
    share = ws.words.percent(abs(growth(end["forecast"], end["plan"]) or 0))
    side = "below" if end["high"] < end["plan"] else "above" if end["low"] > end["plan"] else "near"
    return ws.t(f"forecast.title.year_{side}", year=year, amount=amount, share=share)


def _year_table(ws: Workspace, spans: Spans, end: dict[str, Any]) -> Html:
    """The year's end in parts: what came, what is to come, their sum with its interval, plan and last year."""
    names = ("actual", "to_come", "forecast", "low", "high", "plan", "previous_year")
    lines = [{"name": ws.t(f"forecast.year.{name}"), "amount": end[name], "is_sum": name == "forecast"}
             for name in names if end[name] is not None]  # fmt: skip
    columns = [
        Column("name", ws.t("forecast.column.part")),
        Column("amount", ws.t("forecast.column.amount"), "money_short", digits=2),
    ]
    who = ws.t("forecast.who.year", year=spans.period.fiscal_year.name)
    return table(lines, columns, ws.t("forecast.title.parts"), who, words=ws.words, mark="is_sum", fine=True)


def _season(ws: Workspace, ahead: Outlook) -> str:
    """Whether a season can be told from the history at all, and whether errors tell an interval."""
    known = ws.words.number(ahead.trial.past.length)
    if not ahead.has_season:
        return ws.t("forecast.say.no_season", months=known, least=ws.words.number(extrapolate.ENOUGH))
    key = "season" if ahead.interval(0, [0]) else "no_interval"
    return ws.t(f"forecast.say.{key}", months=known, covers=ws.words.percent(backtest.COVERS, 0))


def _method(ws: Workspace, name: str) -> str:
    return ws.t(f"forecast.method.{name}")


def nodes(ws: Workspace, ahead: Outlook | None) -> Shown:
    """The next three months by channel, product group and region, against the same months a year before."""
    if ahead is None:
        return silent()
    lines: list[dict[str, Any]] = []
    for place, level in enumerate(ahead.levels):
        if level in ahead.by and level != ahead.levels[place - 1]:
            lines.append({"name": ws.words.capital(ws.t(f"kpis.option.{level}")), "level": 0})
        is_rounding = level in ahead.by and ahead.nodes[place][level] is None and not sum(ahead.values[place])
        if level != "cell" and not is_rounding:
            lines.append(_node_line(ws, ahead, place))
    columns = [
        Column("name", ws.t("forecast.column.node"), note="method"),
        Column("forecast", ws.t("forecast.column.forecast"), "money_short", strong=True),
        Column("low", ws.t("forecast.column.low"), "money_short"),
        Column("high", ws.t("forecast.column.high"), "money_short"),
        Column("before", ws.t("forecast.column.year_before"), "money_short"),
        Column("share", ws.t("forecast.column.delta_year"), "pin"),
    ]
    span = {"start": ws.words.month(ahead.months[0]), "end": ws.words.month(ahead.months[2])}
    who = ws.t("forecast.who.nodes", **span)
    shown = table(lines, columns, ws.t("forecast.title.nodes"), who, words=ws.words, level="level", fine=True)
    ws.check("forecast.check.adds_up", *_adds_up(ahead), money=True)
    return shown


def _node_line(ws: Workspace, ahead: Outlook, place: int) -> dict[str, Any]:
    level, node, past = ahead.levels[place], ahead.nodes[place], ahead.trial.past
    leads = [0, 1, 2]
    low, high = ahead.interval(place, leads) or (None, None)
    year_before = [ahead.known(place, past.length + lead - extrapolate.YEAR) for lead in leads]
    before = None if None in year_before else sum(amount or 0 for amount in year_before)
    amount = sum(ahead.values[place][lead] for lead in leads)
    name = ws.t("kpis.total") if level == outlook.TOTAL else name_of(ws, node[level])
    return {"name": name, "level": int(level != outlook.TOTAL), "forecast": amount, "low": low, "high": high,
            "before": before, "share": growth(amount, before) if before and before > 0 else None,
            "method": _method(ws, ahead.trial.method(place))}  # fmt: skip


def _adds_up(ahead: Outlook) -> tuple[int, int]:
    """All months of all cells, and of the total."""
    cells = sum(sum(row) for row, level in zip(ahead.values, ahead.levels, strict=True) if level == "cell")
    return cells, sum(ahead.values[0])


def open_quarter(ws: Workspace, facts: Facts) -> Shown:
    """The open quarter by its deals: booked, weighted, still to be created; and how such forecasts fared."""
    told_now = quarter.open_quarter(facts)
    if told_now is None:
        return missing(ws, "opportunities")
    lines = [
        {
            "name": ws.t(f"forecast.quarter.{name}"),
            "amount": told_now[name],
            "why": ws.t(f"forecast.quarter.{name}_why"),
        }
        for name in ("booked", "weighted", "new", "forecast")
        if told_now[name] is not None
    ]
    columns = [
        Column("name", ws.t("forecast.column.part"), note="why"),
        Column("amount", ws.t("forecast.column.amount"), "share", width=220),
    ]
    span = {
        "start": ws.words.date(told_now["start_on"]),
        "day": ws.words.date(told_now["known_to"] - DAY),
        "end": ws.words.month(add_months(told_now["end_on"], -1)),
    }
    rows = quarter.tried(facts).drop_nulls("forecast")
    title = _quarter_title(ws, told_now, rows)
    who, is_whole = ws.t("forecast.who.quarter", **span), told_now["new"] is not None
    shown = table(lines, columns, title, who, words=ws.words, total=is_whole)
    return Html(shown.html + text(_quarter_fared(ws, rows)).html, shown.plain)


def _quarter_title(ws: Workspace, told_now: dict[str, Any], rows: pl.DataFrame) -> str:
    """The sum, and that such sums were too high or too low before where they were."""
    if told_now["forecast"] is None:
        return ws.t("forecast.title.quarter_part", amount=ws.words.money_short(told_now["booked"]))
    bias = backtest.bias(rows["actual"].to_list(), rows["forecast"].to_list()).value
    side = "" if bias is None or abs(bias) < UNBIASED else "_high" if bias > 0 else "_low"
    share = ws.words.percent(abs(bias or 0), 0)
    return ws.t(f"forecast.title.quarter{side}", amount=ws.words.money_short(told_now["forecast"]), share=share)


def _quarter_fared(ws: Workspace, rows: pl.DataFrame) -> str:
    if rows.is_empty():
        return ws.t("forecast.say.quarter_untried")
    sides = rows["actual"].to_list(), rows["forecast"].to_list()
    wape, bias = backtest.wape(*sides).value, backtest.bias(*sides).value
    values = {"wape": ws.words.percent(wape, 0), "bias": ws.words.signed_percent(bias, 0)}
    return ws.t("forecast.say.quarter_fared", exports=ws.words.count(rows.height), **values)


def others(ws: Workspace, outlooks: Sequence[Outlook]) -> Shown:
    """Orders, leads, recurring revenue: next month, a year before, and how far a month ahead was off."""
    lines = []
    for one in outlooks:
        metric, past = declared(one.metric), one.trial.past
        show = ws.words.money_short if metric.kind == "money" else ws.words.number
        before, span = one.known(0, past.length - extrapolate.YEAR), one.interval(0, [0])
        lines.append({
            "name": ws.words.said(metric.name), "method": _method(ws, one.trial.method(0)),
            "last": show(one.known(0, past.length - 1)), "next": show(one.values[0][0]), "before": show(before),
            "span": f"{show(span[0])} – {show(span[1])}" if span else "",
            "share": growth(one.values[0][0], before) if before and before > 0 else None,
            "wape": outlook.accuracy(one, 1)["wape"],
        })  # fmt: skip
    if not lines:
        return silent()
    columns = [
        Column("name", ws.t("forecast.column.metric"), note="method"),
        Column("last", ws.words.month(add_months(outlooks[0].months[0], -1)), right=True),
        Column("next", ws.words.month(outlooks[0].months[0]), right=True, strong=True),
        Column("span", ws.t("forecast.column.interval"), right=True),
        Column("before", ws.t("forecast.column.year_before"), right=True),
        Column("share", ws.t("forecast.column.delta_year"), "pin"),
        Column("wape", ws.t("forecast.column.wape"), "percent"),
    ]
    who = ws.t("forecast.who.others", month=ws.words.month(outlooks[0].months[0]))
    return table(lines, columns, ws.t("forecast.title.others"), who, words=ws.words)


def keep_forecasts(ws: Workspace, spans: Spans, outlooks: Sequence[Outlook | None]) -> Html:
    """Hand a whole month's forecasts to the company's record, for the months to come to be judged by."""
    known = [one for one in outlooks if one is not None]
    if known and ws.period.kind == "month" and not spans.is_partial:
        ws.keep(told.NAME, told.to_keep(known), told.KEY)
    return silent()


def forecast_frame(outlooks: Sequence[Outlook | None]) -> pl.DataFrame:
    """The outlooks as a table; no rows where nothing is known."""
    return pl.concat([pl.DataFrame(schema=outlook.SCHEMA), *(one.rows() for one in outlooks if one is not None)])
