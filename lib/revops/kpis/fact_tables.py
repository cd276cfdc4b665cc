"""What metrics count: tables of events and states, each with its dimensions and the columns that add up.

A fact table gives its rows span by span: an event stands in the span that holds its day, a state (recurring revenue,
open deals) in every span at whose end it holds. The column `start_on` names the span; everything else is a dimension,
an Int64 column that adds up, or an id that is counted once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened
from revops.kpis.spans import Span, is_whole_months
from revops.periods import add_months

if TYPE_CHECKING:
    from revops.kpis.facts import Facts


@dataclass(frozen=True)
class FactTable:
    """One kind of event or state.

    `tables`: the canonical tables without which it is empty. `rows(facts, spans)`: the rows of spans that do not
    overlap. `first(facts)`: a day of the month in which it begins, None where it has no beginning. `known(facts,
    span)`: why the span cannot be told otherwise (a key of kpis.reason), or None. `summed`: the same facts already
    added up, for cuts by its own few dimensions. `raw(facts, spans)`: where `rows` has added raw rows up, these, each
    with its file and row.
    """

    tables: tuple[str, ...]
    dimensions: tuple[str, ...]
    sums: tuple[str, ...]
    rows: Callable[["Facts", Sequence[Span]], Any]
    distinct: tuple[str, ...] = ()
    first: Callable[["Facts"], date | None] = lambda facts: None
    known: Callable[["Facts", Span], str | None] = lambda facts, span: None
    summed: "FactTable | None" = None
    raw: Callable[["Facts", Sequence[Span]], Any] | None = None

    def columns(self) -> tuple[str, ...]:
        """What a metric may count."""
        return (*self.sums, *self.distinct)

    def fit(self, names: Sequence[str]) -> "FactTable":
        """The cheapest form of the fact table that knows these dimensions."""
        return self.summed if self.summed and set(names) <= set(self.summed.dimensions) else self

    def is_there(self, facts: "Facts") -> bool:
        """Whether any of its canonical tables has a row."""
        return any(map(facts.has, self.tables))

    def reason(self, facts: "Facts", span: Span) -> str | None:
        """Why the fact table cannot tell the span: no_source, no_history or what `known` says; None where it can."""
        if not self.is_there(facts):
            return "no_source"
        first = self.first(facts)
        is_early = first is not None and span[0] < first.replace(day=1)
        return "no_history" if is_early else self.known(facts, span)


def events(frame: Callable[["Facts"], Any], day: str) -> Callable[["Facts", Sequence[Span]], Any]:
    """The `rows` of a fact table whose rows are events with a day."""
    return lambda facts, spans: flow(frame(facts), day, spans)


def first_of(table: str, day: str) -> Callable[["Facts"], date | None]:
    """The `first` of a fact table that begins with a canonical table's first day, looked up once."""

    def first(facts: "Facts") -> date | None:
        key = f"first {day} of {table}"
        if key not in facts.memo:
            facts.memo[key] = facts.scan(table).select(pl.col(day).cast(pl.Date).min()).collect().item()
        found: date | None = facts.memo[key]
        return found

    return first


def flow(frame: Frame, day: str, spans: Sequence[Span]) -> Frame:
    """The rows whose `day` lies in one of the spans, with `start_on`, the span's first day; spans do not overlap.

    >>> rows = pl.DataFrame({"day_on": [date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1)]})
    >>> flow(rows, "day_on", [(date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1))])["start_on"]
    ... # doctest: +NORMALIZE_WHITESPACE
    shape: (2,)
    Series: 'start_on' [date]
    [ 2026-01-01 2026-02-01 ]
    """
    ordered = sorted(spans)
    rows = opened(frame).filter((nw.col(day) >= ordered[0][0]) & (nw.col(day) < ordered[-1][1]))
    if _are_all_months(ordered):
        return native(rows.with_columns(start_on=nw.col(day).dt.truncate("1mo").cast(nw.Date)))
    start: Any = nw.lit(None).cast(nw.Date)
    for first, end in ordered:
        inside = (nw.col(day) >= first) & (nw.col(day) < end)
        start = nw.when(inside).then(nw.lit(first).cast(nw.Date)).otherwise(start)
    return native(rows.with_columns(start_on=start).filter(~nw.col("start_on").is_null()))


def _are_all_months(ordered: Sequence[Span]) -> bool:
    """Whether the spans are neighbouring whole months, so that a day's month names its span."""
    months = [span for span in ordered if is_whole_months(span) and add_months(span[0], 1) == span[1]]
    return len(months) == len(ordered) and all(a[1] == b[0] for a, b in zip(ordered, ordered[1:], strict=False))
