"""The funnel: stages, win rate, cycle, slippage, leads."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import compare, pipeline
from revops.kpis.facts import Facts
from revops.kpis.pipeline import funnel
from revops.kpis.spans import Span, Spans
from revops.report import grids
from revops.report.display import Html, text
from revops.report.kpis.deals import velocity_words
from revops.report.kpis.shown import Shown, missing, name_of, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace


def funnel_table(ws: Workspace, stages: pl.DataFrame, span: Span) -> Shown:
    """Deals by the stage they came to: how many moved on, days there, the stall line, what is lost; the bottleneck.

    `span`: `compare.deal_span`, of which `stages` tells.
    """
    if stages.is_empty() or not stages["entered"].max():
        return missing(ws, "opportunities")
    lines = [_stage_line(ws, line) for line in stages.iter_rows(named=True)]
    columns = [
        Column("name", ws.t("kpis.column.stage"), note="tag"),
        Column("entered", ws.t("pipeline.column.entered"), "share", money=False, width=150),
        Column("still", ws.t("pipeline.column.still"), "number"),
        Column("went", ws.t("pipeline.column.conversion"), right=True),
        Column("days", ws.t("kpis.column.days"), "number"),
        Column("slowing", ws.t("kpis.column.to_baseline"), "delta", money=False, better="lower", arrow=True),
        Column("line_days", ws.t("pipeline.column.line"), "number"),
        Column("wins", ws.t("pipeline.column.wins"), "number"),
        Column("lost_amount", ws.t("kpis.column.lost_here"), "money_short", digits=1),
        Column("open", ws.t("kpis.column.open"), "number"),
    ]
    who = ws.t("pipeline.who.funnel", start=ws.words.date(span[0]), end=ws.words.date(span[1] - timedelta(days=1)))
    return grids.funnel(lines, columns, _funnel_title(ws, stages), who, words=ws.words, bottleneck="is_bottleneck")


def _stage_line(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    if line["stage"] is None:
        return line | {"name": ws.t("kpis.won"), "days": "", "wins": "", "slowing": None, "tag": "", "went": ""}
    days = " / ".join(_days(ws, line[key]) for key in ("days_median", "days_p90"))
    known = line["days_median"] is not None and line["baseline_days"]
    slowing = round((line["days_median"] / line["baseline_days"] - 1) * 100) if known else None
    tags = [key for key in ("bottleneck", "luck") if line["is_bottleneck"] and (key != "luck" or line["could_be_luck"])]
    return line | {
        "name": name_of(ws, line["stage"]),
        "went": "" if line["conversion"] is None else ws.words.percent(line["conversion"], 0),
        "days": days,
        "wins": " / ".join(_share(ws, line[f"{side}_won"], line[f"{side}_closed"]) for side in ("beyond", "within")),
        "slowing": slowing,
        "tag": ", ".join(ws.t(f"pipeline.tag.{key}") for key in tags),
    }


def _days(ws: Workspace, value: float | None) -> str:
    return ws.t("common.nothing") if value is None else ws.words.number(value)


def _share(ws: Workspace, part: int, whole: int) -> str:
    return ws.words.number(100 * part / whole) if whole else ws.t("common.nothing")


def _funnel_title(ws: Workspace, stages: pl.DataFrame) -> str:
    """The bottleneck, where it is slower than its own past and no luck; else neutral."""
    slow = stages.filter("is_bottleneck")
    lost = int(stages["lost_amount"].drop_nulls().sum())
    if slow.is_empty() or not lost:
        return ws.t("pipeline.title.funnel")
    line = slow.row(0, named=True)
    days = line["days_median"] or line["days_longest"]
    if days <= line["baseline_days"] or line["could_be_luck"]:
        return ws.t("pipeline.title.funnel")
    return ws.t(
        "pipeline.title.bottleneck" if line["days_median"] else "pipeline.title.bottleneck_open",
        stage=name_of(ws, line["stage"]),
        days=ws.words.number(days),
        before=ws.words.number(line["baseline_days"]),
        share=ws.words.percent(line["lost_amount"] / lost, 0),
    )


def funnel_words(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """Leads won in time, the win rate by count and by amount, the sales cycle, and what slipped out of the period."""
    words, window = ws.words, facts.company.funnel.lead_window_days
    span = compare.deal_span(facts, spans)
    month, leads = funnel.lead_conversion(facts.outcomes, span[1], window)
    parts = []
    if leads.value is not None and month is not None:
        values = {"won": words.number(leads.numerator), "leads": words.number(leads.denominator), "days": window}
        parts.append(ws.t("kpis.say.leads", month=words.month(month), share=words.percent(leads.value), **values))
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
        lost = funnel.sales_cycle(facts.deals, *span, won=False)["median"]
        apart = ws.t("pipeline.say.lost_cycle", days=words.number(lost)) if lost is not None else ""
        parts += [ws.t("kpis.say.cycle", **days), apart]
    parts.append(velocity_words(ws, facts, spans))
    parts = [part for part in parts if part]
    return text(" ".join(parts)) if parts else silent()


def slipped(ws: Workspace, facts: Facts, spans: Spans) -> Html:
    """How many of the deals due in the period were pushed out of it, and how many open ones again and again."""
    slip = funnel.slippage(facts.opportunities, *spans.now)
    if slip["reason"] == "no_source":
        return silent()
    if slip["share"] is None:
        return text(ws.t(f"kpis.slip.{slip['reason']}"))
    words, often = ws.words, facts.company.hygiene.push_count
    pushed = pipeline.pushes(facts.opportunities, facts.end).filter(pl.col("pushes") >= often)
    amount = words.money_short(int(pushed["amount"].fill_null(0).sum()))
    again = ws.t(
        "pipeline.say.pushes", deals=words.capital(words.n("pipeline.open", pushed.height)), often=often, amount=amount
    )
    return text(
        ws.t(
            "kpis.slip.said",
            due=words.number(slip["due"]),
            slipped=words.number(slip["slipped"]),
            share=words.percent(slip["share"], 0),
            amount=words.money_short(slip["slipped_amount"]),
            total=words.money_short(slip["due_amount"]),
        )
        + (f" {again}" if pushed.height else "")
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
