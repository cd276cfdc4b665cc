"""From lead to renewal step by step, and where hand-overs leak."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis.facts import Facts
from revops.kpis.pipeline import handover, journey, stages
from revops.kpis.spans import Spans, back, wide
from revops.report import grids
from revops.report.display import Html
from revops.report.kpis.shown import Shown, missing, people_names, save
from revops.report.tables import Column, table
from revops.workspace import Workspace


def lead_journey(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """What became of the leads of twelve months: came to each step, went on, still may, days between."""
    span = back(spans.now[1], 12)
    rows = journey.journey(facts, span)
    save(ws, "kpi_journey", rows)
    if rows.is_empty() or not rows["reached"][0]:
        return missing(ws, "leads")
    lines = [_step(ws, line) for line in rows.to_dicts()]
    columns = [
        Column("name", ws.t("handover.column.step"), note="why"),
        Column("reached", ws.t("handover.column.reached"), "share", money=False, width=130),
        Column("open", ws.t("handover.column.open"), "number"),
        Column("went", ws.t("handover.column.went_on"), right=True),
        Column("days", ws.t("handover.column.days"), right=True),
        Column("open_days", ws.t("handover.column.waiting"), "number"),
    ]
    days = {"start": ws.words.date(span[0]), "end": ws.words.date(spans.now[1] - timedelta(days=1))}
    title, who = _journey_title(ws, rows), ws.t("handover.who.journey", **days)
    return grids.funnel(lines, columns, title, who, words=ws.words)


def _step(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    shown = [
        ws.t("common.nothing") if line[k] is None else ws.words.number(line[k]) for k in ("days_median", "days_p90")
    ]
    has_days = line["days_median"] is not None
    return line | {
        "name": ws.t(f"handover.step.{line['step']}"),
        "went": "" if line["conversion"] is None else ws.words.percent(line["conversion"], 0),
        "days": " / ".join(shown) if has_days else "",
        "why": ws.t(f"handover.why.{line['reason']}") if line["reason"] else "",
    }


def _journey_title(ws: Workspace, rows: pl.DataFrame) -> str:
    """The step at which most of those who came are lost, where it rests on enough; else neutral."""
    known = rows.filter(pl.col("conversion").is_not_null() & (pl.col("passed") + pl.col("dropped") >= stages.LUCK))
    if known.is_empty():
        return ws.t("handover.title.journey_plain")
    weak = known.sort("conversion", maintain_order=True).row(0, named=True)
    if weak["conversion"] == 1:
        return ws.t("handover.title.journey_plain")
    step = ws.t(f"handover.step.{weak['step']}")
    return ws.t("handover.title.journey", step=step, share=ws.words.percent(weak["conversion"], 0))


def leaks(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """The hand-overs between marketing, sales and service: what nobody took over, of how many, its worth, whose."""
    span = wide(spans.now)
    rows, cases = handover.leaks(facts, span)
    save(ws, "kpi_handovers", rows)
    save(ws, "kpi_handover_cases", cases)
    names = people_names(facts.scan("people").collect(), spans.last_day)
    lines = [_leak(ws, line, names) for line in rows.to_dicts()]
    columns = [
        Column("name", ws.t("handover.column.leak"), note="teams"),
        Column("cases", ws.t("handover.column.cases"), "number", strong=True, reason="why"),
        Column("of", ws.t("handover.column.of"), "number"),
        Column("part", ws.t("handover.column.share"), right=True),
        Column("amount", ws.t("handover.column.amount"), "money_short"),
        Column("owner", ws.t("handover.column.owner"), note="held"),
    ]
    days = {"start": ws.words.date(span[0]), "end": ws.words.date(spans.last_day)}
    return table(lines, columns, _leaks_title(ws, rows), ws.t("handover.who.leaks", **days), words=ws.words)


def _leak(ws: Workspace, line: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    teams = [ws.t(f"handover.team.{line[side]}") for side in ("giver", "taker")]
    held = ws.words.n("handover.held", line["person_cases"]) if line["person_cases"] else ""
    return line | {
        "name": ws.t(f"handover.leak.{line['leak']}"),
        "teams": " → ".join(teams) if teams[0] != teams[1] else teams[0],
        "part": ws.words.percent(line["cases"] / line["of"], 0) if line["of"] and line["cases"] is not None else "",
        "amount": line["amount"] or None,
        "why": ws.t(f"handover.why.{line['reason']}") if line["reason"] else "",
        "owner": names.get(line["person_id"], line["person_id"]) if line["person_id"] else "",
        "held": held,
    }


def _leaks_title(ws: Workspace, rows: pl.DataFrame) -> str:
    """The leak with the most money (or, where none is known, the most cases); neutral where nothing leaks."""
    found = rows.filter(pl.col("cases") > 0).sort(pl.col("amount").fill_null(0) * -1, pl.col("cases") * -1)
    if found.is_empty():
        known = rows.filter(pl.col("cases").is_not_null()).height
        return ws.t("handover.title.none" if known else "handover.title.leaks")
    top = found.row(0, named=True)
    return ws.t(f"handover.title.{top['leak']}", cases=ws.words.number(top["cases"]), of=ws.words.number(top["of"]))
