"""What is wrong and what is unusual: payments that are stopped, months that look gamed."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.games.watch import flagged
from revops.report.display import Html, text
from revops.report.incentives.words import scope, t
from revops.report.tables import Column, table
from revops.workspace import Workspace


def faults(ws: Workspace, desk: Desk) -> Html:
    """Every fault that stops a payment, for this page and the top of the index."""
    found = desk.faults
    for problem in found:
        ws.fault(problem)
    if not found:
        return text(t(ws, "say.no_faults"))
    heads = [Column(key, str(ws.t(f"common.index.faults.{key}"))) for key in ("where", "found", "expected")]
    heads.append(Column("next_step", str(ws.t("common.index.faults.next"))))
    title = ws.words.capital(ws.words.n("incentives.title.faults", len(found)))
    return table([problem.as_dict() for problem in found], heads, title, scope(ws), words=ws.words)


def gaming(ws: Workspace, desk: Desk) -> Html:
    """Months whose bookings bunch in the last days, end just above a tier and come back; a finding for each person."""
    people = flagged(desk.league.bunched)
    for person in people.to_dicts():
        ws.finding(**_gaming_finding(ws, desk, person))
    if people.is_empty():
        return text(t(ws, "say.no_gaming"))
    mine = desk.league.bunched.filter(pl.col("person_id").is_in(people["person_id"].implode()))
    rows = [
        {**line, "orders": line["orders"] if line["is_proven"] else t(ws, "say.not_known_yet")}
        for line in mine.to_dicts()
    ]
    heads = [
        Column("name", t(ws, "head.person")),
        Column("month_on", t(ws, "head.month"), "month"),
        Column("attainment", t(ws, "head.attained"), "percent"),
        Column("last_amount", t(ws, "head.last_days", days=desk.league.rules.watch.last_days), "money"),
        Column("last_share", t(ws, "head.of_month"), "percent", digits=0),
        Column("returned_amount", t(ws, "head.given_back"), "money"),
        Column("orders", t(ws, "head.orders_back")),
    ]
    return table(rows, heads, _gaming_title(ws, people), t(ws, "who.gaming", **_gaming_rule(ws, desk)), words=ws.words)


def flags(ws: Workspace, desk: Desk) -> Html:
    """One row per pattern that honest books would seldom show: whose, when, found against expected, and the chance."""
    rows = [_flag(ws, desk, row) for row in desk.league.found.flags.to_dicts() if row["kind"] != "returned"]
    if not rows:
        return text(t(ws, "say.no_flags"))
    heads = [
        Column("what", str(ws.t("league.flag.head")), note="rule"),
        Column("name", t(ws, "head.person")),
        Column("month_on", t(ws, "head.month"), "month"),
        Column("found", str(ws.t("league.flag.found")), right=True),
        Column("expected", str(ws.t("league.flag.expected")), right=True),
        Column("of", str(ws.t("league.flag.of")), "number"),
        Column("chance", str(ws.t("league.flag.chance")), right=True),
    ]
    title = ws.words.capital(ws.words.n("league.flag.title", len(rows)))
    alarm = ws.words.percent(float(desk.league.rules.watch.alarm), 1)
    return table(rows, heads, title, str(ws.t("league.flag.who", alarm=alarm)), words=ws.words)


def _flag(ws: Workspace, desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    words, kind = ws.words, row["kind"]
    names = {p.person_id: p.name for p in desk.months}
    bound = words.percent(row["bound"], 0)
    everybody = str(ws.t("league.flag.everybody", plan=row["plan"]))
    shares = kind in ("last_days", "discounts")
    value = {key: _figure(ws, row[key], is_share=shares) for key in ("found", "expected")}
    return {
        **row, **value, "what": str(ws.t(f"league.flag.{kind}.name", bound=bound)),
        "rule": str(ws.t(f"league.flag.{kind}.rule", days=words.count(desk.league.rules.watch.last_days))),
        "name": names.get(row["person_id"], everybody), "chance": _chance(ws, row["chance"]),
    }  # fmt: skip


def _figure(ws: Workspace, value: float | None, *, is_share: bool) -> str:
    if value is None:
        return str(ws.t("common.nothing"))
    return str(ws.words.percent(value, 0) if is_share else ws.words.number(round(value)))


def _chance(ws: Workspace, chance: float | None) -> str:
    """A chance as 1 in so many."""
    if chance is None:
        return str(ws.t("common.nothing"))
    return str(ws.t("league.flag.one_in", n=ws.words.number(round(1 / max(chance, 1e-9)))))


def flag_rows(ws: Workspace, desk: Desk) -> Html:
    """The rows behind the flags: orders and months, with file and row."""
    names = {p.person_id: p.name for p in desk.months}
    rows = [
        {
            **row,
            "what": str(ws.t(f"league.flag.{row['key']}.name", bound="")).strip(),
            "name": names.get(row["person_id"]),
            "value": _evidence(ws, row["key"], row["value"]),
            "where": f"{row['file']}, {row['row']}" if row["file"] else str(ws.t("common.nothing")),
        }
        for row in desk.league.found.evidence.to_dicts()
    ]
    if not rows:
        return text(t(ws, "say.no_flags"))
    heads = [
        Column("what", str(ws.t("league.flag.head"))),
        Column("name", t(ws, "head.person")),
        Column("month_on", t(ws, "head.month"), "month"),
        Column("order_id", str(ws.t("league.flag.order"))),
        Column("day", str(ws.t("league.flag.day")), "date"),
        Column("value", str(ws.t("league.flag.value")), right=True),
        Column("where", str(ws.t("league.flag.where"))),
    ]
    title = ws.words.capital(ws.words.n("league.flag.rows_title", len(rows)))
    return table(rows, heads, title, scope(ws), words=ws.words)


def _evidence(ws: Workspace, kind: str, value: float) -> str:
    if kind in ("threshold", "discounts"):
        return str(ws.words.percent(value, 1))
    return str(ws.words.number(1) if kind == "reopened" else ws.words.money(round(value)))


def _gaming_title(ws: Workspace, people: pl.DataFrame) -> str:
    """The restricted page names the person where it is one; months are those that meet the whole rule."""
    words, months = ws.words, int(people["months"].sum())
    values = {"months": words.count(months), "returned": words.money_short(int(people["returned_amount"].sum()))}
    if people.height == 1:
        form = "one" if months == 1 else "other"
        return t(ws, f"title.gaming_named.{form}", name=people["name"][0], **values)
    return str(words.capital(words.n("incentives.title.gaming", people.height, **values)))


def _gaming_rule(ws: Workspace, desk: Desk) -> dict[str, str]:
    rules, words = desk.league.rules.watch, ws.words
    return {
        "share": words.percent(rules.minimum_share, 0),
        "days": words.count(rules.last_days),
        "above": words.number(rules.above * 100),
        "returned": words.percent(rules.returned_share, 0),
    }


def _gaming_finding(ws: Workspace, desk: Desk, person: dict[str, Any]) -> dict[str, Any]:
    """The finding for everybody's page: it names nobody and no order; the owner is the top of the hierarchy."""
    words = ws.words
    values = {
        "months": words.count(person["months"]),
        "first": words.month(person["first_on"]),
        "last": words.month(person["last_on"]),
        "amount": words.money_short(person["last_amount"]),
        "returned": words.money_short(person["returned_amount"]),
        "days": words.count(desk.league.rules.watch.last_days),
    }
    return {
        "amount": -person["returned_amount"],
        "basis": t(ws, "finding.gaming.basis"),
        "title": words.n("incentives.finding.gaming.title", person["months"], **values),
        "why": t(ws, "finding.gaming.why", **values),
        "action": t(ws, "finding.gaming.action", **values),
        "owner": _owner(desk, person["person_id"]),
        "due_on": ws.as_of + timedelta(days=10),
        "href": "",
        "is_good": False,
    }


def _owner(desk: Desk, person_id: str) -> str:
    """The top of the hierarchy; nobody where the person has no manager, for that would name the person."""
    top = desk.top_of(person_id)
    names = {p.person_id: p.name for p in desk.months}
    return names.get(top, top) if top else ""
