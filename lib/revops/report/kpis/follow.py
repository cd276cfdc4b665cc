"""What became of the last findings, and what customers, sales and market say together."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from revops.kpis import findings
from revops.kpis.contracts import KeptFindings
from revops.kpis.facts import Facts
from revops.kpis.spans import Spans
from revops.market import growth_for, read_market
from revops.report.display import Html, text
from revops.report.kpis.findings import about, person
from revops.report.kpis.shown import name_of
from revops.report.tables import Column, table
from revops.workspace import Workspace

RECORD = "findings"  # the table of the company's record
GOOD = {"gone": "good", "smaller": "good", "same": "even", "larger": "bad"}  # of a problem; turned round of a success


def followed(ws: Workspace, facts: Facts, spans: Spans, looked: findings.Found) -> pl.DataFrame:
    """The findings of the period before with what became of them; those of this one are handed to the record."""
    limits = facts.company.findings
    ws.keep(RECORD, findings.to_keep(looked, limits.owners, spans.last_day), findings.KEY)
    least = max(1, limits.minimum_amount * 10**facts.company.money_decimals)
    return findings.follow(ws.kept(RECORD, KeptFindings), looked, ws.period.previous().name, least)


def follow_table(ws: Workspace, rows: pl.DataFrame, today: date) -> Html:
    """Each finding of the period before: money then and now, what became of it, who was to act, whether it was done."""
    before = ws.period.previous()
    if rows.is_empty():
        return text(ws.t("findings.follow.none", period=ws.words.period(before)))
    people = ws.read("people")
    lines = [_line(ws, people, line, today) for line in rows.to_dicts()]
    columns = [
        Column("about", ws.t("findings.follow.column.about"), strong=True),
        Column("then_amount", ws.t("findings.follow.column.then"), "delta"),
        Column("now_amount", ws.t("findings.follow.column.now"), "delta"),
        Column("status", ws.t("findings.follow.column.status"), tone="tone"),
        Column("owner", ws.t("findings.follow.column.owner"), note="due"),
        Column("done", ws.t("findings.follow.column.done")),
    ]
    counts = dict(rows.group_by("status").agg(pl.len()).iter_rows())
    said = [f"{ws.words.count(counts[name])} {ws.t(f'findings.follow.{name}')}" for name in GOOD if name in counts]
    period = ws.words.period(before)
    title = ws.words.n("findings.follow.title", rows.height, period=period, became=", ".join(said))
    who = ws.t("findings.follow.who", period=ws.words.capital(period), now=ws.words.period(ws.period))
    return table(lines, columns, ws.words.capital(title), who, words=ws.words)


def _line(ws: Workspace, people: pl.DataFrame, line: dict[str, Any], today: date) -> dict[str, Any]:
    tone = GOOD[line["status"]]
    if line["then_amount"] > 0:
        tone = {"good": "bad", "bad": "good"}.get(tone, tone)
    due = ws.t("common.index.findings.by", day=ws.words.day(line["due_on"]))
    return line | {
        "about": about(ws, line["watch"], line["metric"], json.loads(line["place"])),
        "status": ws.t(f"findings.follow.{line['status']}"),
        "tone": tone,
        "owner": person(people, line["owner"], today) or ws.t("findings.no_owner"),
        "due": due,
        "done": line["done"] or ws.t("common.nothing"),
    }


def trends(
    ws: Workspace, facts: Facts, spans: Spans, looked: findings.Found, told: Sequence[Mapping[str, Any]]
) -> Html:
    """Three to five themes with what customers, sales and market advise; each with the findings that belong to it."""
    known = read_market(ws.folder, ws.company)
    rows = findings.themes(facts, spans, looked, growth_for(known, ws.as_of))
    if rows.is_empty():
        return text(ws.t("findings.themes.no_history"))
    places = {line["key"]: i + 1 for i, line in enumerate(told)}
    actions = {line["key"]: line["action"] for line in told}
    lines = [
        line
        | {
            "name": name_of(ws, line["name"]),
            "note": ws.t(f"kpis.option.{line['dimension']}"),
            "findings": ", ".join(str(places[key]) for key in line["findings"]),
            "advice": _advice(ws, line["advice"], [actions[key] for key in line["findings"]]),
        }
        for line in rows.to_dicts()
    ]
    columns = [
        Column("name", ws.t("findings.themes.column.name"), strong=True, note="note"),
        Column("sales", ws.t("findings.themes.column.sales"), "percent", signed=True, arrow=True),
        Column("buyers", ws.t("findings.themes.column.buyers"), "percent", signed=True, arrow=True),
        Column("market", ws.t("findings.themes.column.market"), "percent", signed=True, better="none"),
        Column("findings", ws.t("findings.themes.column.findings"), right=True),
        Column("advice", ws.t("findings.themes.column.advice"), width=280),
    ]
    dated = known.filter(pl.col("dated_on") <= ws.as_of).sort("dated_on")
    who = ws.t("findings.themes.who_plain")
    if dated.height:
        who = ws.t("findings.themes.who", source=dated["source"][-1], day=ws.words.date(dated["dated_on"][-1]))
    return table(lines, columns, _title(ws, rows), who, words=ws.words)


def _advice(ws: Workspace, advice: str, actions: Sequence[str]) -> str:
    """What the trends advise; where something is to be mended first, what that is."""
    said = ws.t(f"findings.themes.{advice}")
    return " ".join([said, *actions[:1]]) if advice == "repair" else str(said)


def _title(ws: Workspace, rows: pl.DataFrame) -> str:
    """The themes to invest in and to mend, by name; neutral where there is none of either."""
    names = {
        key: [name_of(ws, name) for name in rows.filter(pl.col("advice") == key)["name"]]
        for key in ("invest", "repair")
    }
    shown = [ws.t(f"findings.themes.title_{key}", names=ws.words.join(found)) for key, found in names.items() if found]
    return ws.words.capital("; ".join(shown)) if shown else ws.t("findings.themes.title")
