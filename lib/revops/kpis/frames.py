"""The door between an engine's own frame and the calculations: polars, DuckDB and Spark come in and go out as they
are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import narwhals.stable.v2 as nw
import polars as pl

Frame = TypeVar("Frame")
"""Any frame that Narwhals knows: what goes in as a DuckDB relation comes out as one."""


def opened(frame: Any) -> Any:
    """The frame as a Narwhals frame."""
    return nw.from_native(frame)


def native(frame: Any) -> Any:
    """A Narwhals frame as the engine's own."""
    return nw.to_native(frame)


def typed(frame: Any, schema: Mapping[str, Any]) -> Any:
    """A Narwhals frame with the columns of a schema, as it declares them: engines differ in the width of sums."""
    return frame.select(*(nw.col(name).cast(kind) for name, kind in schema.items()))


def collected(queries: Sequence[Any]) -> list[pl.DataFrame]:
    """The results of queries of one engine as polars frames; polars plans run together."""
    if queries and all(isinstance(query, pl.LazyFrame) for query in queries):
        return pl.collect_all(list(queries), engine="streaming")
    return [nw.from_native(query).lazy().collect("polars").to_native() for query in queries]


def day_number(day: str) -> Any:
    """The days from 1 January 1970 to the day in a column, for any day of 1901 to 2099; the same on every engine.

    >>> import polars as pl; from datetime import date
    >>> days = pl.DataFrame({"day_on": [date(1970, 1, 1), date(2024, 2, 29), date(2026, 10, 31), None]})
    >>> native(opened(days).select(day_number("day_on")))["day_on"].to_list()
    [0, 19782, 20757, None]
    """
    year, of_year = nw.col(day).dt.year().cast(nw.Int64), nw.col(day).dt.ordinal_day().cast(nw.Int64)
    leap_days = ((year - 1969) / 4).floor().cast(nw.Int64)
    return ((year - 1970) * 365 + leap_days + of_year - 1).alias(day)
