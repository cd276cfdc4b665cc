"""The one place that knows the engine: what makes the same rows cheaper on one, and what is worked month by month.

Everything else is the same on polars, DuckDB and Spark; nothing here changes a value.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import collected, native, opened


def in_parts(parts: Iterable[Sequence[Any]], make: Callable[..., Any], keys: Sequence[str]) -> pl.DataFrame:
    """What `make` gives of each part (its tables in order), added up by `keys`: one part in memory at a time.

    For what adds up: every column that is no key is a sum, and nothing counted in one part is counted in another.

    >>> months = [(pl.DataFrame({"k": ["a", "b"], "n": [1, 2]}),), (pl.DataFrame({"k": ["a"], "n": [3]}),)]
    >>> in_parts(months, lambda part: part, ["k"]).sort("k").rows()
    [('a', 4), ('b', 2)]
    """
    cells = pl.concat([collected([make(*part)])[0] for part in parts])
    return cells.group_by(keys).agg(pl.exclude(keys).sum())


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


def beside(frame: Any, few: pl.DataFrame) -> Any:
    """A few rows of memory on the engine of a frame, to be joined with it.

    >>> beside(opened(pl.LazyFrame({"n": [1]})), pl.DataFrame({"k": ["a"]})).collect()["k"].to_list()
    ['a']
    """
    kind = frame.implementation
    if kind.is_polars():
        return opened(few.lazy() if isinstance(native(frame), pl.LazyFrame) else few)
    if kind.is_duckdb():
        rows = few.to_arrow()  # noqa: F841  (the query finds it by its name)
        return opened(native(frame).query("frame", "SELECT * FROM rows"))
    return opened(native(frame).sparkSession.createDataFrame(few.rows(), _spark_types(few)))


def joined(frame: Any, few: Any, on: str) -> Any:
    """The rows, in the order in which they stand, with what a few rows say of `on`; null where they say nothing."""
    if frame.implementation.is_polars():
        return opened(native(frame).join(native(few), on=on, how="left", maintain_order="left"))
    return frame.join(few, on=on, how="left")


def running(frame: Any, by: Sequence[str], order: Sequence[str], **amounts: str) -> Any:
    """The rows with sums so far within `by`, name=column, in an order that tells them apart: sorted once."""
    if frame.implementation.is_polars():
        so_far = {name: pl.col(column).cum_sum().over(by) for name, column in amounts.items()}
        return opened(native(frame).sort(*by, *order).with_columns(**so_far))
    sums = {name: nw.col(column).cum_sum().over(*by, order_by=list(order)) for name, column in amounts.items()}
    return frame.with_columns(**sums)


def placed(frame: Any, name: str, by: str, first: str, then: str) -> Any:
    """The rows with their place within `by`, from 1 on: by `first`, equals by `then`, in whose order the rows stand."""
    if frame.implementation.is_polars():
        return opened(native(frame).with_columns(pl.col(first).rank("ordinal").over(by).cast(pl.Int64).alias(name)))
    return running(frame.with_columns(nw.lit(1).alias("_one")), [by], [first, then], **{name: "_one"}).drop("_one")


def wide(frame: Any) -> Any:
    """The type of whole numbers beyond 64 bits: 128 bits, 38 digits where the engine has no such integers."""
    return nw.Decimal(38, 0) if frame.implementation.is_spark_like() else nw.Int128()


def _spark_types(few: pl.DataFrame) -> str:
    kinds = {pl.String: "string", pl.Int64: "bigint", pl.Date: "date", pl.Boolean: "boolean"}
    return ", ".join(f"`{name}` {kinds[type(dtype)]}" for name, dtype in few.schema.items())
