"""Any metric of the catalogue by any of its dimensions, as the knobs of the notebook say; what each metric means."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import polars as pl

from revops.kpis.catalogue import Metric, browse, declared, metrics
from revops.kpis.counting import measure
from revops.kpis.facts import Facts
from revops.kpis.spans import Span, Spans, back, year_before
from revops.report.display import Html, heading, text
from revops.report.knobs import Knob, choice
from revops.report.kpis.shown import missing, row_name
from revops.report.tables import Column, Kind, table
from revops.workspace import Workspace

SPANS = ("period", "quarter", "year", "trailing")
MOST = 40  # rows that a person still reads; the rest is summed in one
FIRST = ("net_revenue", "channel")
KINDS: dict[str, Kind] = {"money": "money_short", "percent": "percent", "number": "number"}


def looker(ws: Workspace, facts: Facts, spans: Spans) -> Callable[..., Html]:
    """For `report.interact`: the table for the values of `knobs`."""

    def look(metric: str, dimension: str, span: str, segment: str) -> Html:
        where = {"customer_group": segment} if segment else {}
        return cut(ws, facts, metric, dimension, *_pair(spans, span), where)

    return look


def knobs(ws: Workspace, facts: Facts) -> dict[str, Knob]:
    """The knobs: which metric, by which dimension, over which span, of which customer group.

    They start with FIRST where the company knows it, else with what it knows first.
    """
    cuttable = {key: one for key, one in metrics().items() if one.dimensions()}
    known = {key: one for key, one in cuttable.items() if one.is_there(facts)} or cuttable
    names = {key: ws.words.said(one.name) for key, one in known.items()}
    first = FIRST[0] if FIRST[0] in known else next(iter(known))
    own = known[first].dimensions()
    dimensions = dict.fromkeys(name for one in known.values() for name in one.dimensions())
    groups = facts.scan("customers").select(pl.col("customer_group").drop_nulls().unique().sort()).collect()
    everyone = {"": ws.t("kpis.total")} | {name: name for name in groups["customer_group"]}
    return {
        "metric": choice(first, names, ws.t("kpis.knob.metric")),
        "dimension": choice(FIRST[1] if FIRST[1] in own else own[0],
                            {d: ws.words.name("kpis.option", d) for d in dimensions}, ws.t("kpis.knob.dimension")),
        "span": choice("period", {name: ws.t(f"kpis.option.{name}") for name in SPANS}, ws.t("kpis.knob.span")),
        "segment": choice("", everyone, ws.t("kpis.knob.segment")),
    }  # fmt: skip


def cut(
    ws: Workspace, facts: Facts, key: str, dimension: str, now: Span, past: Span, where: dict[str, Any] | None = None
) -> Html:
    """One metric by one dimension in a span beside the same span a year earlier."""
    one = declared(key)
    for name in (dimension, *(where or {})):
        if name not in one.dimensions():
            return text(_refusal(ws, one, name))
    lines = [_beside(measure(facts, [key], [now, past], by, where), by, now, past) for by in ((dimension,), ())]
    if not lines[0]:
        return missing(ws, "cells")
    names = _names(facts, dimension)
    named = [line | {"name": names.get(line[dimension]) or row_name(ws, line, dimension)} for line in lines[0][:MOST]]
    named += [line | {"name": ws.t("kpis.total")} for line in lines[1]]
    told = [line | _reasons(ws, line) for line in named]
    columns = [Column("name", ws.words.capital(ws.words.name("kpis.option", dimension))), *_figures(ws, one)]
    span = ws.t("kpis.explore.span", start=ws.words.date(now[0]), end=ws.words.date(now[1]))
    who = f"{span} · {ws.words.said(one.convention)}"
    return table(told, columns, ws.words.said(one.name), who, words=ws.words, total=True, fine=True)


def _figures(ws: Workspace, one: Metric) -> list[Column]:
    """Last year, now, and the difference as a metric of its kind is compared: money as bars, shares in points."""
    kind, digits = KINDS[one.kind], 1 if one.unit in ("ratio", "days") else None
    head, better = ws.t("kpis.column.delta_year"), "none" if one.better == "neither" else one.better
    columns = [
        Column("past", ws.t("kpis.column.previous_year"), kind, digits=digits, reason="past_reason"),
        Column("now", ws.t("kpis.column.actual"), kind, digits=digits, strong=True, reason="reason"),
    ]
    if one.kind == "percent":
        return [*columns, Column("delta", head, "points", signed=True, better=better)]
    bar = [Column("delta", head, "bar", width=160, better=better)] if one.kind == "money" else []
    return [*columns, *bar, Column("share", head, "pin", width=150, better=better)]


def definitions(ws: Workspace, facts: Facts) -> Html:
    """What each metric means, as the catalogue says it: formula, convention, day, source; what this company lacks."""
    items, plain = [], []
    for one in metrics().values():
        name, formula, convention, day = (
            ws.words.said(said) for said in (one.name, one.formula, one.convention, one.date)
        )
        lacks = [] if one.is_there(facts) else [ws.t("kpis.explore.lacks", tables=ws.words.join(one.needs()))]
        said = [f"{formula}.", convention, ws.t("kpis.explore.day", day=day), *lacks]
        items.append(f"<div><dt>{escape(name)}</dt><dd>{escape(' '.join(said))}</dd></div>")
        plain.append(f"{name}: {' '.join(said)}")
    head = heading(ws.t("kpis.title.definitions", metrics=ws.words.number(len(items))))
    return Html(f"{head}<dl class='definitions'>{''.join(items)}</dl>", "\n".join(plain))


def _refusal(ws: Workspace, one: Metric, name: str) -> str:
    known = [ws.words.name("kpis.option", dimension) for dimension in one.dimensions()]
    key = "kpis.explore.not_by" if known else "kpis.explore.whole"
    names = {"metric": ws.words.said(one.name), "dimension": ws.words.name("kpis.option", name)}
    return ws.t(key, dimensions=ws.words.join(known), **names)


def _names(facts: Facts, dimension: str) -> dict[str, str]:
    """The names of what a dimension gives only the numbers of."""
    tables = {"product_id": "products", "customer_id": "customers", "account_id": "accounts", "person_id": "people"}
    if dimension not in tables:
        return {}
    rows = facts.scan(tables[dimension]).select(dimension, "name").drop_nulls().collect()
    return dict(rows.sort(dimension).iter_rows())


def _reasons(ws: Workspace, line: dict[str, Any]) -> dict[str, str]:
    return {key: ws.t(f"kpis.reason.{line[key]}") for key in ("reason", "past_reason") if line[key]}


def _pair(spans: Spans, name: str) -> tuple[Span, Span]:
    """The span that a knob names, and the same a year earlier."""
    start, end = spans.now
    if name == "period":
        return spans.now, spans.previous_year
    whole = {"quarter": back(end, 3), "year": spans.to_date, "trailing": back(end, 12)}[name]
    return whole, year_before(whole)


def _beside(rows: pl.DataFrame, by: Sequence[str], now: Span, past: Span) -> list[dict[str, Any]]:
    """One dict per cell of `by` with its value now and a year earlier; the largest first."""
    sides = [
        rows.filter((pl.col("start_on") == span[0]) & (pl.col("end_on") == span[1])).select(
            *by, pl.lit(0).alias("all"), pl.col("value").alias(name), pl.col("reason").alias(reason)
        )
        for span, name, reason in ((now, "now", "reason"), (past, "past", "past_reason"))
    ]
    both = sides[0].join(sides[1], on=["all", *by], how="left", nulls_equal=True)
    delta = pl.col("now") - pl.col("past")
    both = both.with_columns(delta=delta, share=pl.when(pl.col("past") > 0).then(delta / pl.col("past")))
    return both.sort(pl.col("now") * -1, *by, nulls_last=True).to_dicts()


def listed(ws: Workspace, facts: Facts) -> Html:
    """The catalogue to look a metric up in: its key, its name, by what it can be cut, which tables are missing."""
    rows = browse(facts, ws.language).to_dicts()
    heads = ("metric", "name", "by", "missing")
    columns = [Column(key, ws.t(f"kpis.explore.column.{key}")) for key in heads]
    return table(rows, columns, ws.t("kpis.explore.listed"), words=ws.words)
