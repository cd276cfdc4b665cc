"""What happened to the pipeline since the last export, what it is worth, whether it reaches."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import pipeline
from revops.kpis.facts import Facts
from revops.kpis.pipeline import cover, funnel, stages, worth
from revops.kpis.pipeline import facts as deal_facts
from revops.kpis.spans import Spans, back
from revops.money import round_ratio
from revops.report import charts
from revops.report.display import Html, row, text
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, name_of, people_names, save, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace


def pipeline_since(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """The open pipeline between two CRM exports as a bridge, beside what was due in the period; saved and checked."""
    flow = pipeline.waterfall(facts.opportunities, *spans.now)
    if flow is None:
        save(ws, "kpi_pipeline_moves", pl.DataFrame())
        return missing(ws, "opportunities") if facts.opportunities.is_empty() else text(ws.t("pipeline.one_export"))
    moves = pipeline.moves(facts.opportunities, flow["opened_on"], flow["closed_on"])
    save(ws, "kpi_pipeline_moves", moves)
    ws.check("pipeline.check.moves", flow["opening"] + int(moves["amount"].sum()), flow["closing"], money=True)
    due = pipeline.waterfall(facts.opportunities, *spans.now, due_before=spans.now[1])
    return row(_bridge(ws, flow), _due(ws, due or flow, spans), widths=(3, 2))


def _bridge(ws: Workspace, flow: dict[str, Any]) -> Shown:
    lines = [
        {"name": ws.t(f"pipeline.move.{name}"), "amount": flow[name], "better": "lower" if name == "won" else "higher"}
        for name in pipeline.MOVES
        if flow[name]
    ]
    ends = [
        ws.t("pipeline.open_on", day=ws.words.day(flow[f"{name}_on"]), amount=ws.words.money_short(flow[amount]))
        for name, amount in (("opened", "opening"), ("closed", "closing"))
    ]
    change = flow["closing"] - flow["opening"]
    key = "grew" if change > 0 else "shrank" if change < 0 else "same"
    title = ws.t(
        f"pipeline.title.{key}",
        amount=ws.words.money_short(abs(change)),
        came=ws.words.money_short(sum(flow[name] for name in pipeline.MOVES if flow[name] > 0)),
        went=ws.words.money_short(-sum(flow[name] for name in pipeline.MOVES if flow[name] < 0)),
    )
    days = {name: ws.words.date(flow[f"{name}_on"]) for name in ("opened", "closed")}
    return figure(charts.bridge(lines, ws.words, start=ends[0], end=ends[1]), title, ws.t("pipeline.who.since", **days))


def _due(ws: Workspace, flow: dict[str, Any], spans: Spans) -> Html:
    lines = [{"name": ws.t("pipeline.due.opening"), "amount": flow["opening"]}]
    lines += [
        {"name": ws.t(f"pipeline.move.{name}"), "deals": flow[f"{name}_deals"], "amount": flow[name]}
        for name in pipeline.MOVES
        if flow[name]
    ]
    lines.append({"name": ws.t("pipeline.due.closing"), "amount": flow["closing"]})
    columns = [
        Column("name", ws.t("pipeline.column.move")),
        Column("deals", ws.t("pipeline.column.deals"), "number"),
        Column("amount", ws.t("pipeline.column.amount"), "money_short"),
    ]
    pushed, opening = -flow["pushed_out"], flow["opening"]
    key = "pipeline.title.pushed" if pushed and opening else "pipeline.title.due"
    title = ws.t(
        key, share=ws.words.percent(pushed / opening, 0) if opening else "", amount=ws.words.money_short(pushed)
    )
    who = ws.t("pipeline.who.due", day=ws.words.date(spans.last_day))
    return table(lines, columns, title, who, words=ws.words, total=True, fine=True)


def pipeline_worth(ws: Workspace, facts: Facts) -> Shown:
    """The open deals by stage: amount, own win rate, what they are worth by it and by the CRM; saved deal by deal."""
    stood = deal_facts.stays(facts)
    worth = pipeline.weighted(facts.deals, stood, facts.end)
    save(ws, "kpi_open_deals", worth)
    if worth.is_empty():
        return silent()
    rates = pipeline.stage_rates(stood, facts.end)
    sums = worth.group_by("stage").agg(
        deals=pl.len().cast(pl.Int64), amount=pl.col("amount").sum(), weighted_amount=pl.col("weighted_amount").sum(),
        crm_amount=pl.col("crm_amount").sum(),
    )  # fmt: skip
    order = {name: i for i, name in enumerate(facts.company.funnel.stages)}
    lines = sorted(
        sums.join(rates, on="stage", how="left").to_dicts(), key=lambda r: (order.get(r["stage"], 99), r["stage"])
    )
    for line in lines:
        line["name"] = name_of(ws, line["stage"])
        line["share"] = line["won"] / line["closed"] if line["closed"] else None
        cases = ws.words.number(line["closed"] or 0)
        line["cases"] = ws.t("pipeline.of_closed", closed=cases)
    whole = {
        name: sum(line[name] or 0 for line in lines) for name in ("deals", "amount", "weighted_amount", "crm_amount")
    }
    lines.append({"name": ws.t("kpis.total")} | whole)
    columns = [
        Column("name", ws.t("kpis.column.stage")),
        Column("deals", ws.t("kpis.column.open"), "number"),
        Column("amount", ws.t("pipeline.column.amount"), "money_short"),
        Column("share", ws.t("pipeline.column.own_rate"), "percent", digits=0, note="cases"),
        Column("weighted_amount", ws.t("pipeline.column.weighted"), "money_short", strong=True),
        Column("crm_amount", ws.t("pipeline.column.by_crm"), "money_short"),
    ]
    amounts = {name: ws.words.money_short(whole[name]) for name in ("amount", "weighted_amount")}
    title = ws.t("pipeline.title.worth", **amounts)
    who = ws.t("pipeline.who.worth", day=ws.words.date(facts.deals["snapshot_on"].max()))  # type: ignore[arg-type]
    return table(lines, columns, title, who, words=ws.words, total=True, fine=True)


def calibration(ws: Workspace, facts: Facts) -> Shown:
    """What deals of each probability were expected to bring and what they brought."""
    rows = pipeline.calibration(facts.opportunities, deal_facts.stays(facts), facts.end)
    own, crm = (rows.filter((pl.col("basis") == name) & (pl.col("deals") > 0)) for name in ("own", "crm"))
    if own.is_empty():
        return silent()
    lines = [line | {"name": _bin(ws, line)} for line in own.to_dicts()]
    lines += [_whole(ws, part, basis) for part, basis in ((own, "own"), (crm, "crm")) if part.height]
    columns = [
        Column("name", ws.t("pipeline.column.chance")),
        Column("deals", ws.t("pipeline.column.closed"), "number"),
        Column("expected", ws.t("pipeline.column.expected"), "number", digits=1),
        Column("won", ws.t("pipeline.column.won"), "number", strong=True),
        Column("expected_amount", ws.t("pipeline.column.expected_amount"), "money_short"),
        Column("won_amount", ws.t("pipeline.column.won_amount"), "money_short", strong=True),
    ]
    expected, brought = int(own["expected_amount"].sum()), int(own["won_amount"].sum())
    is_told = int(own["deals"].sum()) >= stages.LUCK and expected
    key = "pipeline.title.calibration" if is_told else "pipeline.title.calibration_plain"
    share = ws.words.percent(brought / expected, 0) if expected else ""
    who = ws.t("pipeline.who.calibration", least=stages.LUCK)
    return table(lines, columns, ws.t(key, share=share), who, words=ws.words, fine=True)


def _bin(ws: Workspace, line: dict[str, Any]) -> str:
    low, high = (ws.words.number(100 * line[name]) for name in ("low", "high"))
    return ws.t("pipeline.bin", low=low, high=high)


def _whole(ws: Workspace, rows: pl.DataFrame, basis: str) -> dict[str, Any]:
    names = ("deals", "expected", "won", "expected_amount", "won_amount")
    return {"name": ws.t(f"pipeline.basis.{basis}")} | {name: rows[name].sum() for name in names}


def coverage(ws: Workspace, facts: Facts, spans: Spans) -> Shown:
    """Whether the deals due by the quarter's end reach for what is left of the quotas, person by person."""
    rows = cover.cover_table(facts, spans.now)
    save(ws, "kpi_coverage", rows)
    if rows.is_empty():
        return silent()
    names = people_names(facts.scan("people").collect(), spans.last_day)
    lines = [
        line | {"name": names.get(line["person_id"], line["person_id"]) if line["person_id"] else ws.t("kpis.total"),
                "why": ws.t(f"kpis.reason.{line['reason']}") if line["reason"] else ""}
        for line in rows.to_dicts()
    ]  # fmt: skip
    columns = [
        Column("name", ws.t("pipeline.column.person")),
        Column("quota_amount", ws.t("pipeline.column.quota"), "money_short"),
        Column("revenue_amount", ws.t("pipeline.column.so_far"), "money_short"),
        Column("left_amount", ws.t("pipeline.column.left"), "money_short"),
        Column("due_deals", ws.t("pipeline.column.due_deals"), "number"),
        Column("due_amount", ws.t("pipeline.column.due_amount"), "money_short"),
        Column("weighted_amount", ws.t("pipeline.column.weighted"), "money_short"),
        Column("coverage", ws.t("pipeline.column.coverage"), "number", digits=1, strong=True, reason="why"),
    ]
    start, end = cover.quarter_of(facts, spans.now)
    days = {"start": ws.words.date(start), "end": ws.words.date(end - timedelta(days=1))}
    title = _cover_title(ws, facts, spans, rows.row(-1, named=True))
    return table(lines, columns, title, ws.t("pipeline.who.coverage", **days), words=ws.words, total=True, fine=True)


def _cover_title(ws: Workspace, facts: Facts, spans: Spans, whole: dict[str, Any]) -> str:
    """How often the pipeline covers what is left, and how often it has to at the win rate of twelve months."""
    won = funnel.win_rate(facts.deals, *back(spans.now[1], 12))[0]
    if whole["coverage"] is None or not won.value:
        return ws.t("pipeline.title.coverage_plain")
    return ws.t(
        "pipeline.title.coverage",
        times=ws.words.number(whole["coverage"], 1),
        needed=ws.words.number(1 / won.value, 1),
        rate=ws.words.percent(won.value, 0),
    )


def velocity_words(ws: Workspace, facts: Facts, spans: Spans) -> str:
    """What the open deals bring a day at the win rate, value and cycle of the last months; '' where unknown."""
    found, parts = worth.speed(facts, spans.now)
    if found.value is None:
        return ""
    return ws.t(
        "pipeline.say.velocity",
        amount=ws.words.money_short(int(found.value)),
        open=ws.words.number(parts["open"]),
        rate=ws.words.percent(parts["won"] / parts["closed"], 0),
        size=ws.words.money_short(round_ratio(parts["amount"], parts["won"])),
        days=ws.words.number(parts["cycle"]),
    )
