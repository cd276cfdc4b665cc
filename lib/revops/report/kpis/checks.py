"""The identities of the page."""

import polars as pl

from revops.kpis import compare, recurring, references
from revops.kpis.facts import KEYS, Facts
from revops.kpis.spans import Spans
from revops.report.kpis.where import reference_of
from revops.workspace import Workspace


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
        moved = sum(int(mrr_steps[name].sum()) for name in recurring.EFFECTS)
        opening, closing = int(mrr_steps["opening"][0]), int(mrr_steps["closing"][-1])
        ws.check("kpis.check.mrr", opening + moved, closing, money=True)
