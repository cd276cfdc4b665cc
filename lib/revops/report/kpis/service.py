"""Whether service keeps customers: tickets, how long they take, contracts due while somebody waits."""

from typing import Any

import polars as pl

from revops.kpis import catalogue, counting, service
from revops.kpis.facts import Facts
from revops.kpis.pipeline import stages
from revops.kpis.spans import Spans, back, wide
from revops.report.display import Html, text
from revops.report.kpis.shown import Shown, name_of, save, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace

METRICS = ("tickets_per_100", "first_reply_hours", "reopen_rate", "satisfaction")


def tickets(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """The tickets of the last months by topic: how many, how many still open, hours to close, satisfaction."""
    span = wide(spans.now)
    rows = service.topic_table(counted(facts), span, facts.end)
    save(ws, "kpi_tickets", rows)
    if rows.is_empty():
        return text(ws.t("service.missing"))
    lines = [_topic(ws, line) for line in rows.to_dicts()]
    columns = [
        Column("name", ws.t("service.column.topic")),
        Column("opened", ws.t("service.column.opened"), "share", money=False, width=120),
        Column("open", ws.t("service.column.open"), "number"),
        Column("hours", ws.t("service.column.hours"), right=True),
        Column("satisfaction", ws.t("service.column.satisfaction"), "number", digits=1, note="few"),
    ]
    days = {"start": ws.words.date(span[0]), "end": ws.words.date(spans.last_day)}
    whole = rows.row(-1, named=True)
    known = whole["hours_p90"] is not None
    title = ws.t("service.title.tickets" if known else "service.title.tickets_plain",
                 median=ws.words.number(whole["hours_p50"]), most=ws.words.number(whole["hours_p90"]))  # fmt: skip
    return table(lines, columns, title, ws.t("service.who.tickets", **days), words=ws.words, total=True)


def counted(facts: Facts) -> pl.DataFrame:
    """The tickets as they are known at the end of the as-of day."""
    return service.counted(facts.scan("tickets"), facts.end).collect()


def _topic(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    shown = [
        ws.t("common.nothing") if line[k] is None else ws.words.number(line[k]) for k in ("hours_p50", "hours_p90")
    ]
    name = ws.t("kpis.total") if line["topic"] is None else ws.words.name("service.topic", line["topic"])
    few = 0 < line["rated"] < stages.LUCK
    return line | {
        "name": name if line["topic"] != "" else ws.t("service.no_topic"),
        "hours": " / ".join(shown),
        "few": ws.t("service.few", rated=ws.words.number(line["rated"])) if few else "",
    }


def service_words(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """Tickets per 100 customers, first reply, reopening and satisfaction, each with last year or why it is unknown."""
    if not facts.has("tickets"):
        return silent()
    rows = counting.measure(facts, METRICS, [spans.now, spans.previous_year])
    parts = []
    for key in METRICS:
        now, before = (_value(rows, key, span[0]) for span in (spans.now, spans.previous_year))
        values = {"name": ws.words.said(catalogue.declared(key).name), "now": _shown(ws, key, now["value"])}
        if now["value"] is None:
            parts.append(ws.t("service.say.unknown", why=ws.t(f"kpis.reason.{now['reason']}"), **values))
        elif before["value"] is None:
            parts.append(ws.t("service.say.now", **values))
        else:
            parts.append(ws.t("service.say.both", before=_shown(ws, key, before["value"]), **values))
    return text(" ".join(parts))


def _value(rows: pl.DataFrame, key: str, start: Any) -> dict[str, Any]:
    return rows.filter((pl.col("metric") == key) & (pl.col("start_on") == start)).row(0, named=True)


def _shown(ws: Workspace, key: str, value: float | None) -> str:
    return ws.words.percent(value) if catalogue.declared(key).kind == "percent" else ws.words.number(value, 1)


def waiting(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """The contracts that are due soon while their customer waits for an answer."""
    rows = service.endangered(facts.subscriptions, counted(facts), facts.end)
    save(ws, "kpi_renewals_at_risk", rows)
    if not facts.has("tickets") or not facts.has("subscriptions"):
        return silent()
    if rows.is_empty():
        return text(ws.t("service.nobody_waits", days=service.LONG_DAYS))
    topics = {topic: ws.words.name("service.topic", topic) for topic in rows["topic"].drop_nulls().unique()}
    lines = [line | {"about": topics.get(line["topic"], ws.t("service.no_topic")),
                     "place": name_of(ws, line["region"])} for line in rows.to_dicts()]  # fmt: skip
    columns = [
        Column("renews_on", ws.t("service.column.renews"), "date"),
        Column("subscription_id", ws.t("service.column.contract"), note="place"),
        Column("mrr", ws.t("service.column.monthly"), "money"),
        Column("ticket_id", ws.t("service.column.ticket"), note="about"),
        Column("days", ws.t("service.column.waiting"), "number"),
    ]
    year = ws.words.money_short(12 * int(rows["mrr"].sum()))
    title = ws.t(
        "service.title.waiting", contracts=ws.words.capital(ws.words.n("service.contracts", rows.height)), amount=year
    )
    return table(lines, columns, title, ws.t("service.who.waiting", days=service.LONG_DAYS), words=ws.words)


def churn_words(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """Contracts that ended at their turn of the year, after a long wait and without one."""
    if not facts.has("tickets") or not facts.has("subscriptions"):
        return silent()
    rows = service.churn_after_wait(facts.subscriptions, counted(facts), back(spans.now[1], 12))
    waited, others = rows.to_dicts()
    if not waited["contracts"] or not others["contracts"]:
        return silent()
    said = ws.t(
        "service.say.churn",
        days=service.LONG_DAYS,
        waited=ws.words.number(waited["contracts"]),
        rate=ws.words.percent(waited["ended"] / waited["contracts"], 0),
        others=ws.words.percent(others["ended"] / others["contracts"], 0),
        rest=ws.words.number(others["contracts"]),
    )
    return text(said + (" " + ws.t("service.say.luck") if waited["contracts"] < stages.LUCK else ""))
