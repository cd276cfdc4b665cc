"""Findings in words: money, cause, action, owner, day; and what became of the last ones."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import polars as pl

from revops.kpis import findings
from revops.kpis.catalogue import declared
from revops.kpis.facts import KEYS, Facts
from revops.kpis.findings.causes import CAUSES, NAMED
from revops.kpis.findings.limits import FALSE_ALARMS
from revops.kpis.spans import Spans
from revops.report.display import Html, heading, text
from revops.report.index import finding_html
from revops.report.kpis.shown import named, people_names, show_value
from revops.workspace import Workspace

PAGE = "02_kpis.html"
NOTED = ("amount", "basis", "title", "why", "action", "owner", "due_on", "href", "is_good")


def told(ws: Workspace, facts: Facts, spans: Spans, found: findings.Found) -> list[dict[str, Any]]:
    """The findings in words, ranked; the index shows them too."""
    people = ws.read("people")
    lines = [finding_line(ws, facts, people, item, spans.last_day) for item in found.items]
    for line in lines:
        ws.finding(**{key: line[key] for key in NOTED})
    return lines


def found(ws: Workspace, lines: Sequence[dict[str, Any]], looked: findings.Found) -> Html:
    """The findings as the index shows them, with where to look, and how much of it chance alone would show."""
    if not lines:
        return text(ws.t("common.index.findings.none"))
    heads = zip(("at_stake", "what", "next", "owner"), (" class='m'", "", "", ""), strict=True)
    head = "".join(f"<th scope='col'{css}>{escape(ws.t(f'common.index.findings.{name}'))}</th>" for name, css in heads)
    here = [line | {"href": line["href"].removeprefix(PAGE), "hint": line["look_at"]} for line in lines]
    body = "".join(finding_html(ws, line) for line in here)
    good = sum(bool(line["is_good"]) for line in lines)
    title = ws.t(
        "findings.message",
        problems=ws.words.capital(ws.words.n("findings.problems", len(lines) - good)),
        good=ws.words.n("findings.successes", good),
    )
    count = len(looked.looks)
    chance = ws.words.number(FALSE_ALARMS * count, 1)
    who = ws.t("findings.who", looks=ws.words.number(count), chance=chance)
    table_html = f"<table class='find'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return Html(heading(title, who) + table_html, title)


def finding_line(
    ws: Workspace, facts: Facts, people: pl.DataFrame, item: findings.Finding, today: date
) -> dict[str, Any]:
    """One finding in words."""
    limits = facts.company.findings
    values = _said(ws, item, item.filled())
    owner = findings.owner_of(item, limits.owners)
    rule = item.rule
    return {
        "key": item.key,
        "amount": item.amount,
        "basis": ws.t(_first(ws, "basis", f"{item.watch}_{item.basis}", item.basis), **values),
        "title": ws.words.capital(ws.t(_title(ws, item), **values)),
        "why": _why(ws, item, limits.minimum_count),
        "look_at": _looks(ws, item),
        "action": rule.said(ws.language).format(**values) if rule else "",
        "owner": person(people, owner, today) or ws.t("findings.no_owner"),
        "due_on": findings.due_on(item, today),
        "href": f"{PAGE}#{item.evidence}",
        "is_good": item.is_good,
        "rule": item.name,
        "product_group": item.where.get("product_group"),
        "channel": item.where.get("channel"),
    }


def _looks(ws: Workspace, item: findings.Finding) -> str:
    """Where to look, and the metric that shows afterwards whether it helped."""
    if item.rule is None:
        return ""
    areas, key = [ws.t(f"findings.area.{area}") for area in item.rule.look_at], item.rule.check or item.metric
    said = [ws.t("findings.look_at", areas=ws.words.join(areas))] if areas else []
    said += [ws.t("findings.then_watch", metric=ws.words.said(declared(key).name))] if key else []
    return " · ".join(said)


def about(ws: Workspace, watch: str, metric: str | None, place: Mapping[str, str]) -> str:
    """What a finding was about, in a few words: 'Net revenue · Air fryers through Marketplaces'."""
    where = {key: named(ws, value) for key, value in place.items()}
    if ws.words.has(f"findings.about.{watch}"):
        return ws.words.capital(ws.t(f"findings.about.{watch}", **where))
    name = ws.words.said(declared(metric).name) if metric else watch
    shown = _place(ws, where)
    return ws.words.capital(ws.t("findings.about.metric_place", metric=name, place=shown) if shown else name)


def _title(ws: Workspace, item: findings.Finding) -> str:
    """The watch's own title for the direction and basis, else the one of every metric."""
    way = "up" if (item.values.get("share") or 0) > 0 else "down"
    basis = item.basis.removeprefix("vs_")
    return _first(ws, "title", f"{item.watch}_{item.basis}_{way}", f"{item.watch}_{way}", item.watch, f"{basis}_{way}")


def _first(ws: Workspace, group: str, *names: str) -> str:
    return next(key for key in (f"findings.{group}.{name}" for name in names) if ws.words.has(key))


def _why(ws: Workspace, item: findings.Finding, minimum_count: int) -> str:
    """Evidence of the watch, then causes, each a sentence; and that it could be luck."""
    own = f"findings.evidence.{item.watch}"
    said = [ws.t(own, **_said(ws, item, item.values))] if ws.words.has(own) else []
    causes = [ws.t(_cause(ws, key, values), **_said(ws, item, values)) for key, values in item.why]
    is_data = bool(item.why) and CAUSES[item.why[0][0]].is_data
    said = causes + said if is_data else said + causes
    if item.is_sure is False:
        said.append(ws.t("findings.why.luck_limits"))
    elif findings.could_be_luck(item, minimum_count):
        said.append(ws.t("findings.why.luck_cases", count=ws.words.number(item.cases)))
    return " ".join(said) or ws.t("findings.why.none")


def _cause(ws: Workspace, cause: str, values: Mapping[str, Any]) -> str:
    """The text of a cause, the longer one where a value is known that it names."""
    longer = (f"findings.why.{cause}_{name}" for name, value in values.items() if value is not None)
    return next((key for key in longer if ws.words.has(key)), f"findings.why.{cause}")


def person(people: pl.DataFrame, person_id: str | None, day: date) -> str | None:
    """A person's name on a day; the id where people do not know it, None where nobody is named."""
    return None if person_id is None else people_names(people, day).get(person_id, person_id)


_MONEY = ("amount", "slipped_amount", "due_amount")
_METRIC = ("now", "reference")  # shown as the watched metric is
_TWO_DIGITS = ("now", "before", "source_now", "source_before", "returned_now", "returned_before")


def _said(ws: Workspace, item: findings.Finding, values: Mapping[str, Any]) -> dict[str, str]:
    """Values of a finding as words: money short, shares as percentages without sign, counts, days, names."""
    kind = declared(item.metric).kind if item.metric else ""
    where = {key: named(ws, value) for key, value in item.place.items()}
    place = _place(ws, where)
    out = {name: ws.t(f"findings.all.{name}") for name in NAMED} | where | {"of_place": ""}
    if place:
        out |= {"place": place, "of_place": ws.t("findings.of_place", place=place)}
    if item.metric:
        out["metric"] = ws.words.said(declared(item.metric).name)
    for key, value in values.items():
        if value is None:
            out[key] = ws.t("common.undefined")
        elif key in _METRIC and item.values.get(key) == value:
            out[key] = show_value(ws, kind, value)
        elif key in _MONEY:
            out[key] = ws.words.money_short(abs(round(value)))
        elif isinstance(value, float) and not key.endswith("_roas") and not key.endswith("_days"):
            digits = 2 if key in _TWO_DIGITS else 1 if key in ("share", "win_rate") else 0
            out[key] = ws.words.percent(abs(value), digits)
            out[f"{key}_sign"] = ws.words.signed_percent(value, digits)
        elif isinstance(value, float):
            out[key] = ws.words.number(value, 1)
        elif isinstance(value, int):
            out[key] = ws.words.number(value)
        elif isinstance(value, date):
            out[key] = ws.words.month(value) if key == "since_month" else ws.words.date(value)
        else:
            out[key] = named(ws, str(value))
    return out


def _place(ws: Workspace, where: Mapping[str, str]) -> str:
    """'Air fryers on Marketplaces in the South', as far as the finding names them."""
    shown = "_".join(key for key in KEYS if key in where)
    known = ws.t(f"findings.place.{shown}", **where) if shown else ""
    return " · ".join([*([known] if known else []), *(value for key, value in where.items() if key not in KEYS)])


def findings_frame(lines: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """One row per finding, ranked: place, key, rule, amount, basis, title, why, look_at, action, owner, due_on,
    is_good.
    """
    names = ("key", "rule", "basis", "title", "why", "look_at", "action", "owner")
    kinds: dict[str, Any] = {"place": pl.Int64, "amount": pl.Int64, **dict.fromkeys(names, pl.String)}
    kinds |= {"due_on": pl.Date, "is_good": pl.Boolean}
    return pl.DataFrame([{"place": i + 1} | {key: line[key] for key in kinds if key != "place"}
                         for i, line in enumerate(lines)], schema=kinds)  # fmt: skip
