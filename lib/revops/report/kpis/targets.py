"""How targets stand: what was promised, how far it is, where it ends, and which answers could be luck."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from revops.incentives.terms import text_in
from revops.kpis.catalogue import declared
from revops.kpis.spans import Spans
from revops.money import RATE_SCALE, rate_units
from revops.periods import Period
from revops.report.display import Html, text
from revops.report.kpis.findings import person
from revops.report.kpis.shown import Shown, named, show_value, silent
from revops.report.tables import Column, table
from revops.words import NBSP
from revops.workspace import Workspace

GOOD = {"met": "good", "ahead": "good", "on": "even", "behind": "bad", "missed": "bad"}
FAR = 2.0  # a year before at more than so many times the target would only stretch the scale
NAMED = 2  # targets that a title names


def promised(ws: Workspace, standing: pl.DataFrame, spans: Spans) -> Shown:
    """The targets of company.yaml that run in the period: each with its bullet, pace, projected end and owner."""
    rows = standing.filter(pl.col("origin") == "goal")
    if rows.is_empty():
        return text(ws.t("targets.none"))
    goals = {goal.key: goal for goal in ws.company.targets}
    people = ws.read("people")
    lines = []
    for row in rows.iter_rows(named=True):
        goal = goals[row["name"]]
        owner = person(people, goal.owner, spans.last_day)
        reason = [text_in(goal.why, ws.language)] if goal.why else []
        about = " · ".join([_metric(ws, row), *([owner] if owner else []), *reason])
        name = {"name": text_in(goal.name, ws.language), "about": about, "basis": _basis(ws, row, goal.growth)}
        lines.append(_line(ws, row) | name)
    return _table(ws, lines, _title(ws, lines, "promised"), spans)


def planned(ws: Workspace, standing: pl.DataFrame, spans: Spans) -> Shown:
    """What the target sheets plan for the whole company, by period, quarter and year."""
    rows = standing.filter(pl.col("origin") == "plan")
    if rows.is_empty():
        return text(ws.t("targets.no_plan"))
    lines = [_line(ws, row) | {"name": _metric(ws, row), "about": None} for row in rows.iter_rows(named=True)]
    return _table(ws, lines, _title(ws, lines, "planned"), spans)


def asked(ws: Workspace, standing: pl.DataFrame) -> Html:
    """What the target that ends furthest from its number asks of the days left."""
    behind = standing.filter((pl.col("origin") == "goal") & (pl.col("status") == "behind")).drop_nulls("needed")
    if behind.is_empty():
        return silent()
    row = behind.sort("projected_share").row(0, named=True)
    goal = next(goal for goal in ws.company.targets if goal.key == row["name"])
    short = _value(ws, row, row["target"] - row["projected"])
    times, gap = ws.words.number(row["needed"], 2), _value(ws, row, row["gap"])
    return text(ws.t("targets.asked", name=text_in(goal.name, ws.language), times=times, short=short, gap=gap))


def _table(ws: Workspace, lines: Sequence[dict[str, Any]], title: str, spans: Spans) -> Html:
    keys = ("name", "span", "target", "actual", "bullet", "attainment", "pace", "projected", "before", "status")
    head = {key: ws.t(f"targets.column.{key}") for key in keys}
    columns = [
        Column("name", head["name"], note="about"),
        Column("span", head["span"]),
        Column("target", head["target"], right=True, note="basis"),
        Column("actual", head["actual"], right=True, strong=True),
        Column("bullet", head["bullet"], "bullet", money=False, plan="full", last="last", end="end", due="due"),
        Column("attainment", head["attainment"], "percent", strong=True, reason="reason"),
        Column("pace", head["pace"], right=True),
        Column("projected", head["projected"], right=True, note="needs"),
        Column("before", head["before"], right=True, note="asks"),
        Column("status", head["status"], tone="tone", note="luck"),
    ]
    who = ws.t("targets.who", day=ws.words.date(spans.last_day))
    return table(lines, columns, title, who, words=ws.words)


def _line(ws: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    words, before = ws.words, row["previous_year"]
    share = None if before is None or not row["target"] else before / row["target"]
    runs = row["status"] in ("ahead", "on", "behind")
    return {
        "span": span_name(ws, row["start_on"], row["end_on"]),
        "target": _value(ws, row, row["target"]),
        "actual": _value(ws, row, row["actual"]),
        "bullet": row["attainment"],
        "full": 1.0 if row["attainment"] is not None else None,
        "last": share if share is not None and 0 <= share <= FAR else None,
        "end": row["projected_share"] if runs else None,
        "due": row["due"] if runs else None,
        "attainment": row["attainment"],
        "pace": words.percent(row["pace"], 0) if runs and row["pace"] is not None else words.t("common.nothing"),
        "projected": _value(ws, row, row["projected"]) if runs else words.t("common.nothing"),
        "needs": ws.t("targets.needs", times=words.number(row["needed"], 2)) if (row["needed"] or 0) > 1 else None,
        "before": _value(ws, row, before),
        "asks": _asks(ws, row),
        "status": ws.t(f"targets.status.{row['status']}") if row["status"] else words.t("common.undefined"),
        "state": row["status"],
        "tone": GOOD.get(row["status"] or "", "even"),
        "luck": ws.t("targets.luck") if row["is_luck"] and row["status"] != "on" else None,
        "far": row["projected_share"] or 0.0,
        "better": row["better"],
        "reason": ws.t(f"targets.reason.{row['reason']}") if row["reason"] else None,
    }


def _metric(ws: Workspace, row: dict[str, Any]) -> str:
    """The metric's name, with its place and the direction that is unusual."""
    name = [ws.words.said(declared(row["metric"]).name)]
    name += [named(ws, part) for part in (row["place"] or "").split(" · ") if part]
    return " · ".join(name + ([ws.t("targets.lower")] if row["better"] == "lower" else []))


def _basis(ws: Workspace, row: dict[str, Any], growth: str | float | None) -> str | None:
    """Of a relative target: what it was reckoned from."""
    if row["base"] is None or growth is None:
        return None
    share = ws.words.signed_percent(rate_units(growth) / RATE_SCALE)
    return ws.t("targets.basis", growth=share, base=_value(ws, row, row["base"]))


def _asks(ws: Workspace, row: dict[str, Any]) -> str | None:
    """What the target asks against last year, and what the last twelve months gave."""
    if row["asked_growth"] is None:
        return None
    asks = ws.t("targets.asks", growth=ws.words.signed_percent(row["asked_growth"], 0))
    if row["trend"] is None:
        return asks
    return f"{asks}, {ws.t('targets.trend', growth=ws.words.signed_percent(row['trend'], 0))}"


def _value(ws: Workspace, row: dict[str, Any], value: float | None) -> str:
    if value is not None and declared(row["metric"]).unit in ("ratio", "days"):
        return ws.words.number(value, 1)
    return show_value(ws, row["kind"], value)


def _title(ws: Workspace, lines: Sequence[dict[str, Any]], which: str) -> str:
    """How many targets are behind, and the first or the furthest of them by name; neutral where none can be judged."""
    judged = [line for line in lines if line["state"]]
    behind = [line for line in judged if line["tone"] == "bad"]
    if not judged:
        return ws.t(f"targets.title.{which}")
    counts = {"all": ws.words.count(len(judged)), "behind": ws.words.capital(ws.words.count(len(behind)))}
    form = "one" if len(judged) == 1 else "other"
    if not behind:
        return ws.t(f"targets.title.{which}_none.{form}", **counts)
    if which == "planned":
        return ws.t(f"targets.title.planned_short.{'one' if len(behind) == 1 else 'other'}", **counts)
    if len(behind) > NAMED:
        return ws.t("targets.title.promised_many", name=_furthest(behind)["name"], **counts)
    names = ws.words.join([ws.t("targets.quoted", name=line["name"]) for line in behind])
    form = "alone" if len(judged) == 1 else "one" if len(behind) == 1 else "other"
    return ws.t(f"targets.title.promised_short.{form}", names=names, **counts)


def _furthest(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The line that ends furthest from its target on the wrong side."""
    return min(lines, key=lambda line: 1 - line["far"] if line["better"] == "lower" else line["far"] - 1)


def span_name(ws: Workspace, start: date, end: date) -> str:
    """The period that a span is: 'Oct 2026', 'W43 2026', 'Q4 2026', '2026'; else its first and last day."""
    starts = ws.company.fiscal_year_starts
    year = Period.of_month(start, starts).fiscal_year
    quarters = [Period.parse(f"{year.name}-Q{number}", starts) for number in (1, 2, 3, 4)]
    week = Period.parse("{}-W{:02}".format(*start.isocalendar()), starts)
    for period in (Period.of_month(start, starts), week, *quarters, year):
        if (period.start, period.end) == (start, end):
            return ws.words.period_short(period).replace(" ", NBSP)
    last = date.fromordinal(end.toordinal() - 1)
    return ws.t("targets.days", first=ws.words.date(start), last=ws.words.date(last))
