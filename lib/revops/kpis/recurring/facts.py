"""The fact tables of recurring revenue: what stands, what moved it, what stayed of a year before."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.fact_tables import FactTable
from revops.kpis.recurring.mrr import MOVES, mrr_at, mrr_moves, rates_of, standing, summed
from revops.kpis.recurring.retention import DIMENSIONS, MONTHS, kept_in_year
from revops.kpis.spans import Span, begins, steps
from revops.periods import add_months

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

COUNTS = ("opening", *MOVES)
SUMS = ("opening", *MOVES, "fx", "closing", *(f"{name}_customers" for name in COUNTS))


def _stock(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """One row per customer, product group and region with MRR on the last day of a span."""
    at, rates = mrr_at(facts.subscriptions, [end for _, end in spans]), rates_of(facts)
    parts = [standing(at, end, rates, end, DIMENSIONS).with_columns(start_on=pl.lit(start)) for start, end in spans]
    return pl.concat(parts)


def _movements(facts: "Facts", spans: Sequence[Span], by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per span, step and cell of `by`: a month's steps where the span is made of months.

    A customer's contracts in one cell are netted against each other, so that the cells' movements tell more than the
    whole's; openings and closings are the same.
    """
    rates, rows = rates_of(facts), list[dict[str, Any]]()
    paid = facts.subscriptions.filter(pl.col("mrr") > 0)
    firsts = paid.group_by("customer_id", *by).agg(first_on=pl.col("start_on").min())
    for span in spans:
        days = steps(span)
        at = mrr_at(facts.subscriptions, days)
        for start, end in zip(days, days[1:], strict=False):
            moves = mrr_moves(at, firsts, start, end, rates, by)
            cells = moves.group_by(by, maintain_order=True) if by else [((), moves)]
            rows += [{"start_on": span[0], **dict(zip(by, key, strict=True)), **summed(part)} for key, part in cells]
    kinds: dict[str, Any] = {"start_on": pl.Date, **dict.fromkeys(by, pl.String), **dict.fromkeys(SUMS, pl.Int64)}
    return pl.DataFrame(rows, schema=kinds)


def _retention(facts: "Facts", spans: Sequence[Span], by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per span and cell of `by`: base, now, least and customers of the twelve months up to the span's end."""
    parts = [kept_in_year(facts, end, by).with_columns(start_on=pl.lit(start)) for start, end in spans]
    return pl.concat(parts).with_columns(left=pl.col("customers") - pl.col("stayed"))


def _began(facts: "Facts") -> date | None:
    return begins(facts.subscriptions["start_on"])


def _year_known(facts: "Facts", span: Span) -> str | None:
    """A year's retention needs contracts of a year before."""
    first = _began(facts)
    return "no_history" if first is not None and add_months(span[1], -MONTHS) < first else None


_TABLES, _KEPT = ("subscriptions",), ("base", "now", "least", "customers", "left")
FACTS = {
    "mrr": FactTable(_TABLES, ("customer_id", *DIMENSIONS), ("mrr",), _stock, ("customer_id",)),
    "mrr_movements": FactTable(
        _TABLES, DIMENSIONS, SUMS, lambda facts, spans: _movements(facts, spans, DIMENSIONS),
        summed=FactTable(_TABLES, (), SUMS, _movements),
    ),
    "retention": FactTable(
        _TABLES, DIMENSIONS, _KEPT, lambda facts, spans: _retention(facts, spans, DIMENSIONS), known=_year_known,
        summed=FactTable(_TABLES, (), _KEPT, _retention, known=_year_known),
    ),
}  # fmt: skip
"""The fact tables that the catalogue's recurring metrics count."""
