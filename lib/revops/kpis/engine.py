"""The one place that knows the engine: what makes the same rows cheaper on one, and what is worked month by month.

Everything else is the same on polars, DuckDB and Spark; nothing here changes a value.
"""

from typing import Any

import polars as pl

from revops.kpis.frames import native, opened


def numbered(frame: Any, name: str, key: str) -> Any:
    """The rows with a number each, so that counting them apart counts numbers; `key` tells them apart already."""
    if frame.implementation.is_polars():
        return opened(native(frame).with_row_index(name))
    return frame.with_row_index(name, order_by=key)


def compact(frame: Any, *columns: str) -> Any:
    """The rows with few-valued text in codes where the engine has them; cast to String what comes out."""
    if frame.implementation.is_polars():
        return opened(native(frame).with_columns(pl.col(columns).cast(pl.Categorical)))
    return frame
