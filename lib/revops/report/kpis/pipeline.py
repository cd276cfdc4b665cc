"""The funnel: stages, win rate, cycle, slippage, leads."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import compare, funnel
from revops.kpis.facts import Facts
from revops.kpis.spans import Spans
from revops.report import grids
from revops.report.display import Html, text
from revops.report.kpis.shown import Shown, missing, name_of, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace


def funnel_table(ws: Workspace, stages: pl.DataFrame, spans: Spans) -> Shown:
    """Deals closed in the last months by the furthest stage they reached, days in stage, the bottleneck marked."""
    if stages.is_empty() or not stages["reached"].max():
        return missing(ws, "opportunities")
    lines = [_stage_line(ws, line) for line in stages.iter_rows(named=True)]
    columns = [
        Column("name", ws.t("kpis.column.stage"), note="tag"),
        Column("reached", ws.t("kpis.column.reached"), "share", money=False, width=190),
        Column("from_above", ws.t("kpis.column.from_above"), "number"),
        Column("days", ws.t("kpis.column.days"), "number"),
        Column("slowing", ws.t("kpis.column.to_baseline"), "delta", money=False, better="lower", arrow=True),
        Column("lost_amount", ws.t("kpis.column.lost_here"), "money_short", digits=1),
        Column("open", ws.t("kpis.column.open"), "number"),
    ]
    start, end = compare.wide(spans)
    who = ws.t("kpis.who.funnel", start=ws.words.date(start), end=ws.words.date(spans.last_day))
    return grids.funnel(lines, columns, _funnel_title(ws, stages), who, words=ws.words, bottleneck="is_bottleneck")


def _stage_line(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    def days(value: float | None) -> str:
        return ws.t("common.nothing") if value is None else ws.words.number(value)

    known = line["days_median"] is not None and line["baseline_days"]
    slowing = round((line["days_median"] / line["baseline_days"] - 1) * 100) if known else None
    name = ws.t("kpis.won") if line["stage"] is None else name_of(ws, line["stage"])
    shown = "" if line["stage"] is None else f"{days(line['days_median'])} / {days(line['days_p90'])}"
    tag = ws.t("kpis.bottleneck") if line["is_bottleneck"] else ""
    above = "" if line["conversion"] is None else ws.words.percent(line["conversion"], 0)
    return line | {
        "name": name,
        "days": shown,
        "from_above": above,
        "slowing": slowing,
        "tag": tag,
    }


def _funnel_title(ws: Workspace, stages: pl.DataFrame) -> str:
    slow = stages.filter("is_bottleneck")
    lost = int(stages["lost_amount"].drop_nulls().sum())
    if slow.is_empty() or not lost or (slow["days_median"][0] or 0) <= (slow["baseline_days"][0] or 0):
        return ws.t("kpis.title.funnel")
    line = slow.row(0, named=True)
    return ws.t(
        "kpis.title.bottleneck",
        stage=name_of(ws, line["stage"]),
        days=ws.words.number(line["days_median"]),
        before=ws.words.number(line["baseline_days"]),
        share=ws.words.percent(line["lost_amount"] / lost, 0),
    )


def funnel_words(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """Leads won in time, the win rate by count and by amount, the sales cycle, and what slipped out of the period."""
    words, window = ws.words, facts.company.funnel.lead_window_days
    month, leads = funnel.lead_conversion(facts.outcomes, spans.now[1], window)
    parts = []
    if leads.value is not None and month is not None:
        values = {"won": words.number(leads.numerator), "leads": words.number(leads.denominator), "days": window}
        parts.append(ws.t("kpis.say.leads", month=words.month(month), share=words.percent(leads.value), **values))
    span = compare.wide(spans)
    count, value = funnel.win_rate(facts.deals, *span)
    if count.value is not None:
        shares = {"count": words.percent(count.value), "amount": words.percent(value.value)}
        last_day = span[1] - timedelta(days=1)
        parts.append(
            ws.t(
                "kpis.say.win_rate",
                won=words.number(count.numerator),
                closed=words.number(count.denominator),
                start=words.date(span[0]),
                end=words.date(last_day),
                **shares,
            )
        )
    cycle = funnel.sales_cycle(facts.deals, *span)
    if cycle["median"] is not None:
        days = {key: words.number(cycle[key]) for key in ("median", "mean", "deals")}
        parts.append(ws.t("kpis.say.cycle", **days))
    return text(" ".join(parts)) if parts else silent()


def slipped(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """How many of the deals due in the period were pushed out of it, by two CRM exports."""
    slip = funnel.slippage(facts.opportunities, *spans.now)
    if slip["reason"] == "no_source":
        return silent()
    if slip["share"] is None:
        return text(ws.t(f"kpis.slip.{slip['reason']}"))
    words = ws.words
    return text(
        ws.t(
            "kpis.slip.said",
            due=words.number(slip["due"]),
            slipped=words.number(slip["slipped"]),
            share=words.percent(slip["share"], 0),
            amount=words.money_short(slip["slipped_amount"]),
            total=words.money_short(slip["due_amount"]),
        )
    )


def lead_cohorts(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """Leads by month of creation with those won in time; a month whose window is still open is marked."""
    window = facts.company.funnel.lead_window_days
    if facts.outcomes.is_empty():
        return missing(ws, "leads")
    rows = funnel.lead_cohorts(facts.outcomes, spans.now[1], window).with_columns(
        note=pl.when("is_mature").then(pl.lit("")).otherwise(pl.lit(ws.t("kpis.still_open")))
    )
    columns = [
        Column("month_on", ws.t("kpis.column.created"), "month", note="note"),
        Column("leads", ws.t("kpis.column.leads"), "share", money=False, width=160),
        Column("won", ws.t("kpis.column.won_in_time"), "number"),
        Column("share", ws.t("kpis.column.conversion"), "percent"),
    ]
    return table(rows, columns, ws.t("kpis.title.leads"), ws.t("kpis.who.leads", days=window), words=ws.words)
