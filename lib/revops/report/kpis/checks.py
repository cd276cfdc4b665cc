"""Another cut by two knobs, and the identities of the page."""

from collections.abc import Callable, Sequence

import polars as pl

from revops.kpis import compare, recurring, references
from revops.kpis.facts import KEYS, Facts
from revops.kpis.spans import Spans
from revops.report.display import Html
from revops.report.knobs import Knob, choice
from revops.report.kpis.shown import row_name
from revops.report.kpis.where import reference_of
from revops.report.tables import Column, table
from revops.workspace import Workspace

REFERENCES = ("plan", "previous_year")


def cut(ws: Workspace, facts: Facts, spans: Spans, dimension: str, reference: str) -> Html:
    """Net revenue by one dimension against the plan or last year: what the knobs of the notebook move."""
    rows = compare.by_cell(facts, spans, (dimension,))
    key = "plan" if reference == "plan" and rows["plan"].drop_nulls().len() else "previous_year"
    delta = "delta_plan" if key == "plan" else "delta_year"
    lines = rows.sort(delta, dimension, nulls_last=True).to_dicts()
    lines = [line | {"name": row_name(ws, line, dimension)} for line in lines]
    lines.append(compare.summed(rows, ()).row(0, named=True) | {"name": ws.t("kpis.total")})
    head = ws.t(f"kpis.column.{delta}")
    columns = [
        Column("name", ws.t(f"kpis.column.{dimension}")),
        Column(key, ws.t(f"kpis.column.{key}"), "money_short"),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column(delta, head, "bar", width=160),
        Column(f"{delta}_share", head, "pin", width=150),
    ]
    who = ws.t("kpis.who.cut", period=ws.words.period(ws.period))
    return table(lines, columns, ws.t("kpis.title.cut"), who, words=ws.words, total=True, fine=True)


def looker(ws: Workspace, facts: Facts, spans: Spans) -> Callable[[str, str], Html]:
    """What the two knobs move, for `report.interact`: the cut for their values as `knobs` names them."""
    dimensions, references = _options(ws, KEYS), _options(ws, REFERENCES)

    def look(dimension: str, reference: str) -> Html:
        return cut(ws, facts, spans, dimensions[dimension], references[reference])

    return look


def knobs(ws: Workspace) -> dict[str, Knob]:
    """The two knobs: by which dimension to cut, and against what."""
    dimensions, references = _options(ws, KEYS), _options(ws, REFERENCES)
    return {
        "dimension": choice(list(dimensions)[1], list(dimensions), ws.t("kpis.knob.dimension")),
        "reference": choice(list(references)[1], list(references), ws.t("kpis.knob.reference")),
    }


def _options(ws: Workspace, keys: Sequence[str]) -> dict[str, str]:
    return {ws.t(f"kpis.option.{key}"): key for key in keys}


def check_revenue(ws: Workspace, facts: Facts, spans: Spans, cells: pl.DataFrame, campaign_rows: pl.DataFrame) -> None:
    """Revenue by the shortest way against the cube, its months, the period's cells and the campaigns."""
    total = int(facts.days["net_amount"].sum())
    ws.check("kpis.check.revenue_cube", facts.canonical_revenue, total, money=True)
    detail = facts.monthly().filter(pl.col("origin") == "detail")
    ws.check("kpis.check.revenue_months", int(detail["net_amount"].sum()), total, money=True)
    inside = int(facts.cells(spans.now, ())["net_amount"][0])
    ws.check("kpis.check.campaigns", int(campaign_rows["net_amount"].sum()), inside, money=True)
    for key in KEYS:
        part = compare.summed(cells, (key,))
        whole = compare.summed(cells, ()).row(0, named=True)
        column = "delta_plan" if whole["delta_plan"] is not None else "actual"
        left = int(part[column].sum())
        ws.check(f"kpis.check.contributions_{key}", left, int(whole[column] or 0), money=True)


def check_bridges(ws: Workspace, facts: Facts, spans: Spans, effects: pl.DataFrame, mrr_steps: pl.DataFrame) -> None:
    """The revenue bridge sums to its difference; every step of the MRR bridge closes, and leads to the next."""
    reference = references.named(facts, spans, reference_of(facts, spans))
    if reference is not None:
        was = int(references.cells_of(facts, reference)["net_amount"].sum())
        difference = int(facts.cells(spans.now, ())["net_amount"][0]) - was
        ws.check("kpis.check.bridge", int(effects["amount"].sum()), difference, money=True)
    if facts.subscriptions.height:
        moved = sum(int(mrr_steps[name].sum()) for name in recurring.MOVES)
        opening, closing = int(mrr_steps["opening"][0]), int(mrr_steps["closing"][-1])
        ws.check("kpis.check.mrr", opening + moved, closing, money=True)
