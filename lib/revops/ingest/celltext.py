"""Typed cells of a database as exact text: what a number, a day or a flag is when it stands in a raw file.

Whole numbers and decimals as plain digits with '.', floats as the shortest text that reads back to the same number,
days as 2026-10-31, instants in UTC as 2026-10-31T20:00:00+00:00 (without offset where the column has no zone), flags as
true and false, null as null. A type without one plain text is refused, never guessed.
"""

from decimal import Decimal

import polars as pl
import pyarrow as pa

from revops.ingest.text import spelled_out

FAR = "outside the years 1 to 9999"
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31, as days since 1970
_UUID = r"^(.{8})(.{4})(.{4})(.{4})(.{12})$"
_PLAIN = (
    pa.types.is_integer, pa.types.is_float32, pa.types.is_float64, pa.types.is_string, pa.types.is_large_string,
    pa.types.is_string_view, pa.types.is_boolean, pa.types.is_date, pa.types.is_timestamp, pa.types.is_time,
    pa.types.is_null,
)  # fmt: skip


def refused_types(schema: pa.Schema) -> dict[str, str]:
    """Columns whose cells have no exact text, each with the name of its type."""
    return {field.name: _type_name(field) for field in schema if not _is_plain(field)}


def as_text(batch: pa.RecordBatch) -> pl.DataFrame:
    """A chunk of rows as text columns of the same names; the types are those that `refused_types` lets through."""
    return pl.DataFrame([_text(name, batch.column(i)) for i, name in enumerate(batch.schema.names)])


def cell_text(value: int | float | str | None) -> str | None:
    """One cell of a database without column types.

    >>> cell_text(9007199254740993), cell_text(0.1), cell_text(1e-7), cell_text(1e22), cell_text(None)
    ('9007199254740993', '0.1', '0.0000001', '10000000000000000000000', None)
    """
    if isinstance(value, float) and "e" in repr(value):
        return format(Decimal(repr(value)), "f")
    return None if value is None else str(value)


def _is_plain(field: pa.Field) -> bool:
    kind = _storage(field.type)
    if isinstance(field.type, pa.UuidType):
        return True
    if pa.types.is_decimal128(kind):
        return kind.scale >= 0
    if pa.types.is_dictionary(kind):
        return pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    return _type_name(field) != "money" and any(is_kind(kind) for is_kind in _PLAIN)


def _type_name(field: pa.Field) -> str:
    """What the database calls the type, else what it is in memory."""
    return (field.metadata or {}).get(b"POSTGRESQL:type", str(_storage(field.type)).encode()).decode()


def _storage(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _text(name: str, column: pa.Array) -> pl.Series:
    cells = pl.Series(name, column.storage if isinstance(column.type, pa.BaseExtensionType) else column)
    if isinstance(column.type, pa.UuidType):
        return cells.bin.encode("hex").str.replace(_UUID, "$1-$2-$3-$4-$5")
    if isinstance(cells.dtype, (pl.Date, pl.Datetime)):
        return _moments(cells)
    if isinstance(cells.dtype, pl.Time):
        return _without_zeros(cells.dt.to_string("iso:strict"))
    return spelled_out(cells.cast(pl.String)) if cells.dtype.is_float() else cells.cast(pl.String)


def _moments(cells: pl.Series) -> pl.Series:
    """Days and instants; one that no calendar shows, such as 'infinity', as words that no reader takes for a day."""
    per_day = {"ns": 86_400 * 10**9, "us": 86_400 * 10**6, "ms": 86_400 * 10**3}[
        getattr(cells.dtype, "time_unit", "ms")
    ]
    step = per_day if isinstance(cells.dtype, pl.Datetime) else 1
    day = cells.to_physical().cast(pl.Int64) // step
    known = cells.zip_with(day.is_between(_FIRST_DAY, _LAST_DAY), pl.Series([None], dtype=cells.dtype))
    if getattr(cells.dtype, "time_zone", None):
        known = known.dt.convert_time_zone("UTC")
    text = _without_zeros(known.dt.to_string("iso:strict"))
    return text.zip_with(known.is_not_null() | cells.is_null(), pl.Series([FAR]))


def _without_zeros(text: pl.Series) -> pl.Series:
    return text.str.replace(r"\.0+([+-]|$)", "$1")
