"""The fact tables of the pipeline: leads, deals as they begin, close and stand, visits to stages, dates that slip."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis import pipeline
from revops.kpis.fact_tables import FactTable, events
from revops.kpis.pipeline import funnel, stages
from revops.kpis.spans import Span, begins

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

DEAL = (*stages.CUTS, "account_id")
ONE = pl.lit(1, pl.Int64)


def _leads(facts: "Facts") -> Any:
    return funnel.won_leads(facts.leads.lazy(), facts.deals.lazy(), facts.company.funnel.lead_window_days)


def _deals(facts: "Facts") -> pl.LazyFrame:
    """The deals of the export in use with what is counted of them; a cycle below 0 is a fault and counts nowhere."""
    closed, won = pl.col("is_closed").cast(pl.Int64), pl.col("is_won").cast(pl.Int64)
    amount, days = pl.col("amount").fill_null(0), (pl.col("close_on") - pl.col("created_on")).dt.total_days()
    is_cycle = (pl.col("is_won") & (days >= 0)).fill_null(False)
    return facts.deals.lazy().with_columns(
        created=ONE, closed=closed, won=won, lost=closed - won, amount=amount, closed_amount=amount * closed,
        won_amount=amount * won, lost_amount=amount * (closed - won),
        cycles=is_cycle.cast(pl.Int64), cycle_days=pl.when(is_cycle).then(days).otherwise(0),
    )  # fmt: skip


def stays(facts: "Facts") -> pl.DataFrame:
    """`stages.stays` of the export in use: one row per deal and stage it came to."""
    names = facts.company.funnel.stages
    return stages.stays(facts.stages, facts.deals, names, facts.end).sort("opportunity_id", "index")


def open_deals(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """The open deals of the last export before each span's end, with what they are worth by `pipeline.weighted`."""
    stood, parts = stays(facts), []
    for start, end in spans:
        export = funnel.last_snapshot(facts.opportunities, end)
        worth = pipeline.weighted(export, stood, end)
        parts.append(worth.with_columns(start_on=pl.lit(start, pl.Date), deals=ONE))
    return pl.concat(parts).lazy()


def _due(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """The deals due in each span, and those that slipped out of it."""
    parts = []
    for span in spans:
        due = funnel.due_deals(facts.opportunities, *span)
        rows = facts.opportunities.clear().with_columns(slipped=pl.lit(False)) if due is None else due
        late = pl.col("slipped").cast(pl.Int64)
        parts.append(rows.select(*DEAL, "amount", start_on=pl.lit(span[0], pl.Date), due=ONE, slipped=late,
                                 slipped_amount=pl.col("amount") * late))  # fmt: skip
    return pl.concat(parts).lazy()


def _closed_known(facts: "Facts", span: Span) -> str | None:
    """A span after the last export cannot be told."""
    return "no_export" if facts.pipeline_end is not None and span[0] >= facts.pipeline_end else None


def _open_known(facts: "Facts", span: Span) -> str | None:
    """Open deals are those of an export made in the span: an older one tells of another time."""
    days = facts.opportunities["snapshot_on"]
    return None if days.is_between(*span, closed="left").any() else "no_export"


def _due_known(facts: "Facts", span: Span) -> str | None:
    """Slippage needs an export from before the span and one from it."""
    return "no_history" if funnel.due_deals(facts.opportunities, *span) is None else None


def _first(table: str, day: str) -> Callable[["Facts"], date | None]:
    return lambda facts: begins(getattr(facts, table)[day])


FACTS = {
    "leads": FactTable(
        ("leads",), ("lead_source", "campaign", "region", "person_id"), ("leads", "converted", "won"),
        events(_leads, "created_on"), first=_first("leads", "created_on"),
    ),
    "created_deals": FactTable(
        ("opportunities",), DEAL, ("created", "closed", "won", "amount"), events(_deals, "created_on"),
        first=_first("deals", "created_on"), known=_closed_known,
    ),
    "closed_deals": FactTable(
        ("opportunities",), (*DEAL, "pipeline"),
        ("closed", "won", "lost", "closed_amount", "won_amount", "lost_amount", "cycles", "cycle_days"),
        events(lambda facts: _deals(facts).filter("is_closed"), "close_on"),
        first=_first("deals", "created_on"), known=_closed_known,
    ),
    "open_deals": FactTable(
        ("opportunities",), (*DEAL, "stage"), ("deals", "amount", "weighted_amount", "crm_amount"), open_deals,
        known=_open_known,
    ),
    "due_deals": FactTable(
        ("opportunities",), DEAL, ("due", "amount", "slipped", "slipped_amount"), _due, known=_due_known
    ),
    "stage_visits": FactTable(
        ("opportunity_stage_history",), (*stages.CUTS, "stage"), stages.COUNTS,
        events(lambda facts: stays(facts).lazy(), "entered_on"), first=_first("stages", "entered_on"),
        known=_closed_known,
    ),
}  # fmt: skip
"""The fact tables that the catalogue's pipeline metrics count."""
