"""A deviation that asks for its cause: which part, how much, in which spans; and the ways to look at its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from revops.kpis.facts import KEYS, Facts
from revops.kpis.pipeline.funnel import inside
from revops.kpis.spans import Span, Spans

EFFECT = 0.2  # a cause that explains less than a fifth of a deviation is not told


@dataclass(frozen=True)
class Case:
    """One deviation: `where` names its part by dimension, `delta` is the money (signed), `values` what is known of it.

    `tables` are the canonical tables that its metric is counted from.
    """

    facts: Facts
    spans: Spans
    where: Mapping[str, str | None]
    delta: int
    tables: tuple[str, ...] = ("orders",)
    values: Mapping[str, Any] | None = None

    def of(self, name: str) -> str | None:
        """The value of a dimension; None: all of it."""
        return self.where.get(name)

    def here(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame that lie in the part, as far as the frame knows its dimensions."""
        return frame.filter(is_in(self.where, frame.columns))

    def days(self, span: Span) -> pl.DataFrame:
        """The part's days of the cube in a span."""
        return self.here(self.facts.days.filter(inside("period_on", *span)))

    def explains(self, effect: float) -> bool:
        """Whether an effect goes the way of the deviation and makes up enough of it."""
        return effect * self.delta > 0 and abs(effect) >= EFFECT * abs(self.delta)


@dataclass(frozen=True)
class Cause:
    """What may go with a deviation: `look` gives its evidence or None, `gives` names values that actions may use."""

    look: Callable[[Case], dict[str, Any] | None]
    gives: tuple[str, ...] = ()
    is_data: bool = False


def is_in(where: Mapping[str, str | None], columns: Sequence[str] = KEYS) -> pl.Expr:
    """Whether a row lies in a part, by the dimensions that the part names and the frame has."""
    named = [pl.col(key) == value for key, value in where.items() if value is not None and key in columns]
    return pl.all_horizontal(named) if named else pl.lit(True)


def length(span: Span) -> int:
    """Days of a span."""
    return (span[1] - span[0]).days
