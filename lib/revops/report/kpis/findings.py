"""Findings in words: money, cause, action, owner, day."""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

import polars as pl

from revops.kpis import findings
from revops.kpis.facts import KEYS, Facts
from revops.kpis.spans import Spans
from revops.report.display import Html, heading, text
from revops.report.index import finding_html
from revops.report.kpis.shown import named
from revops.workspace import Workspace

PAGE = "02_kpis.html"
NOTED = ("amount", "basis", "title", "why", "action", "owner", "due_on", "href", "is_good")


def told(ws: Workspace, facts: Facts, spans: Spans, items: Sequence[findings.Finding]) -> list[dict[str, Any]]:
    """The findings in words, ranked; the index shows them too."""
    people = ws.read("people")
    lines = [finding_line(ws, facts, people, item, spans.last_day) for item in items]
    for line in lines:
        ws.finding(**{key: line[key] for key in NOTED})
    return lines


def found(ws: Workspace, lines: Sequence[dict[str, Any]]) -> Html:
    """The findings as the index shows them, each with money, cause, action, owner and day."""
    if not lines:
        return text(ws.t("common.index.findings.none"))
    heads = zip(("at_stake", "what", "next", "owner"), (" class='m'", "", "", ""), strict=True)
    head = "".join(f"<th scope='col'{css}>{escape(ws.t(f'common.index.findings.{name}'))}</th>" for name, css in heads)
    here = [line | {"href": line["href"].removeprefix(PAGE)} for line in lines]
    body = "".join(finding_html(ws, line) for line in here)
    good = sum(bool(line["is_good"]) for line in lines)
    title = ws.t(
        "kpis.title.findings",
        problems=ws.words.capital(ws.words.n("kpis.problems", len(lines) - good)),
        good=ws.words.n("kpis.successes", good),
    )
    table_html = f"<table class='find'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return Html(heading(title, ws.t("kpis.who.findings")) + table_html, title)


def finding_line(
    ws: Workspace, facts: Facts, people: pl.DataFrame, item: findings.Finding, today: date
) -> dict[str, Any]:
    """One finding in words."""
    limits = facts.company.findings
    values = _said(ws, item.values)
    place = _place(ws, item.values)
    why = " ".join(ws.t(f"kpis.why.{key}", **{**values, **_said(ws, said)}) for key, said in item.why)
    if findings.could_be_luck(item, limits.minimum_count):
        why += " " + ws.t("kpis.why.luck", cases=ws.words.number(item.cases))
    if not why:
        why = ws.t("kpis.why.none")
    owner = findings.owner_of(item, limits.owners)
    return {
        "amount": item.amount,
        "basis": ws.t(f"kpis.basis.{item.basis}", **values),
        "title": ws.words.capital(ws.t(f"kpis.finding.{item.rule}", place=place, **values)),
        "why": why,
        "action": ws.t(f"kpis.action.{item.action}", place=place, **values),
        "owner": person(people, owner, today) or ws.t("kpis.no_owner"),
        "due_on": findings.due_on(item, today),
        "href": f"{PAGE}#{item.evidence}",
        "is_good": item.is_good,
        "rule": item.rule,
        "product_group": item.values.get("product_group"),
        "channel": item.values.get("channel"),
    }


def person(people: pl.DataFrame, person_id: str | None, day: date) -> str | None:
    """A person's name on a day; the id where people do not know it, None where nobody is named."""
    if person_id is None:
        return None
    rows = people.filter((pl.col("person_id") == person_id) & (pl.col("start_on") <= day)).sort("start_on")
    return str(rows["name"][-1]) if rows.height else person_id


_MONEY = ("amount", "cac", "reference", "difference", "mrr", "slipped_amount", "due_amount")
_SHARES = {  # digits of a share
    **dict.fromkeys(("price", "units", "growth", "elsewhere", "rise", "change", "customers_growth"), 0),
    **dict.fromkeys(("discount_now", "discount_before", "share_here", "share_there"), 0),
    **dict.fromkeys(("share", "win_rate"), 1),
    **dict.fromkeys(("now", "before", "rate"), 2),
}


def _said(ws: Workspace, values: dict[str, Any]) -> dict[str, str]:
    """Values of a finding as words: money short, shares as percentages without sign, counts, days, names."""
    out: dict[str, str] = {}
    for key, value in values.items():
        if value is None:
            out[key] = ws.t("common.undefined")
        elif key == "reference" and isinstance(value, float):
            out[key] = ws.words.percent(value, 2)
        elif key in _SHARES and isinstance(value, float):
            out[key] = ws.words.percent(abs(value), _SHARES[key])
            out[f"{key}_sign"] = ws.words.signed_percent(value, _SHARES[key])
        elif key in _MONEY:
            out[key] = ws.words.money_short(abs(round(value)))
        elif isinstance(value, float):
            out[key] = ws.words.number(value, 1)
        elif isinstance(value, int):
            out[key] = ws.words.number(value)
        elif isinstance(value, date):
            out[key] = ws.words.month(value) if key == "since_month" else ws.words.date(value)
        else:
            out[key] = named(ws, str(value))
    return out


def _place(ws: Workspace, values: dict[str, Any]) -> str:
    """'Air fryers on Marketplaces in the South', as far as the finding names them."""
    parts = {key: values.get(key) for key in KEYS}
    if parts["product_group"] is None:
        return ""
    shown = "_".join(key for key in KEYS if parts[key] is not None)
    return ws.t(f"kpis.place.{shown}", **{key: named(ws, value) for key, value in parts.items() if value is not None})


def findings_frame(lines: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """One row per finding, ranked: place, rule, amount, basis, title, why, action, owner, due_on, is_good."""
    names = ("rule", "basis", "title", "why", "action", "owner")
    kinds: dict[str, Any] = {"place": pl.Int64, "amount": pl.Int64, **dict.fromkeys(names, pl.String)}
    kinds |= {"due_on": pl.Date, "is_good": pl.Boolean}
    return pl.DataFrame([{"place": i + 1} | {key: line[key] for key in kinds if key != "place"}
                         for i, line in enumerate(lines)], schema=kinds)  # fmt: skip
