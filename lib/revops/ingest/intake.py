"""One source's files become rows with a fate: kept, quarantined, merged or left out, each with its reason.

Every row of data that was read has exactly one fate, so the ledger adds up by construction and is checked nevertheless.
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date

import polars as pl

from revops import tables
from revops.company import Company, Mapping
from revops.ingest.derive import complete, computed, feeds, judged, with_sql
from revops.ingest.fields import FATE, FIELD, FOUND, REASON, RECEIVED, reject, text_fields, typed
from revops.ingest.files import RawFile
from revops.ingest.reader import ROW, RawTable
from revops.problems import Problem

SUMMED = {"ad_spend", "sessions", "costs"}
BY_ORDER = {"orders", "order_lines", "touches"}


@dataclass
class SourceRows:
    """One source's rows of data, typed, with their fate."""

    name: str
    mapping: Mapping
    frame: pl.DataFrame
    raw: dict[str, RawTable]

    def kept(self, table: str) -> pl.DataFrame:
        """The rows that feed a table, in its columns, with lineage; amounts in the source's currency."""
        rows = self.frame.filter(pl.col(FATE).is_null() & pl.col(feeds(table)))
        columns = [c for c in tables.schema_of(table) if c not in ("source", "file", ROW)]
        names = [pl.col(f"{table}.{c}").alias(c) for c in columns]
        extra = [pl.col(c) for c in ("_day", "_currency", "_received") if c in rows.columns]
        return rows.select(*names, pl.lit(self.name).alias("source"), "file", ROW, *extra)

    def reject(self, bad: pl.Expr, fate: str, reason: str, field: str, found: pl.Expr | None = None) -> None:
        """Give rows a fate; see fields.reject."""
        self.frame = reject(self.frame, bad, fate, reason, field, found)


def take_in(
    name: str,
    mapping: Mapping,
    raw: dict[RawFile, RawTable],
    lookups: Map[tuple[str, str, str], dict[str, str]],
    company: Company,
    as_of: date,
    seen: dict[str, date],
) -> tuple[SourceRows | None, list[Problem]]:
    """Read the fields of all files of a source, complete them, and settle what the source alone can settle."""
    problems = [_no_day(file) for file in raw if RECEIVED in mapping.constants.values() and not file.received_on]
    parts = []
    for file, table in raw.items():
        part, faults = text_fields(file, table, mapping, lookups)
        parts.append(part)
        problems += faults
    if problems:
        return None, problems
    frame, problems = typed(parts, mapping, company)
    if problems:
        return None, problems
    received = {file.name: file.received_on or seen.get(file.sha256, date.max) for file in raw}
    frame = frame.with_columns(
        pl.col("file").replace_strict(received, return_dtype=pl.Date).alias("_received"),
    )
    frame, problems = complete(computed(frame, mapping, name), mapping, name, company)
    if problems:
        return None, problems
    rows = SourceRows(name, mapping, frame, {file.name: table for file, table in raw.items()})
    _settle(rows, as_of)
    return rows, []


def _settle(rows: SourceRows, as_of: date) -> None:
    """Rows not asked for, old versions, empty required fields, days after as_of, then rows that came twice."""
    mapping = rows.mapping
    if mapping.only:
        rows.frame = with_sql(rows.frame, "_only", mapping.only, f"company.yaml, sources.{rows.name}.only", pl.Boolean)
        rows.reject(~pl.col("_only").fill_null(False), "left_out", "not_asked_for", "")
    rows.frame = judged(rows.frame, mapping, rows.name, as_of)
    for field in mapping.required:
        rows.reject(pl.col(field).is_null(), "quarantined", "empty", field)
    for table in mapping.tables:
        contract = tables.CANONICAL[table].columns()
        for column in tables.schema_of(table):
            name = f"{table}.{column}"
            if name in rows.frame.columns and not contract[column].nullable:
                rows.reject(pl.col(feeds(table)) & pl.col(name).is_null(), "quarantined", "empty", column)
    for table in sorted({"order_lines", "returns"} & set(mapping.tables)):
        count = pl.col(f"{table}.quantity")
        wrong = pl.col(feeds(table)) & ((count < 0) | ((count == 0) & (table == "order_lines")))
        rows.reject(wrong, "quarantined", "not_positive", "quantity", count)
    rows.reject(pl.col("_day") > as_of, "left_out", "after_as_of", "", pl.col("_day"))
    rows.frame = _without_repeats(_by_order_total(rows.frame), mapping)


def _by_order_total(frame: pl.DataFrame) -> pl.DataFrame:
    """Equal lines of one order are legal, unless the order's own total says that the repeats are none."""
    if "order_total_amount" not in frame.columns:
        return frame
    good, order = pl.col(FATE).is_null(), ("file", "order_id")
    nth = pl.int_range(pl.len()).over(*order, "_content", good)
    total = pl.col("order_total_amount")
    gross, net = pl.col("order_lines.gross_amount"), pl.col("order_lines.net_amount")

    def fits(amount: pl.Expr) -> pl.Expr:
        whole = pl.when(good).then(amount).otherwise(0).sum().over(order)
        once = pl.when(good & (nth == 0)).then(amount).otherwise(0).sum().over(order)
        return (whole != total) & (once == total)

    return reject(frame, good & (nth > 0) & (fits(gross) | fits(net)), "merged", "duplicate")


def _without_repeats(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The last received file speaks for a whole order, or for a key; within a file the first row of a key does."""
    unit = _unit(mapping)
    good = frame.filter(pl.col(FATE).is_null())
    if good.is_empty():
        return frame
    latest = good.with_columns(unit.alias("_unit")).sort("_received", "file", maintain_order=True)
    last = latest.group_by("_unit", maintain_order=True).agg(pl.col("file").last().alias("_last"))
    frame = frame.with_columns(unit.alias("_unit")).join(last, on="_unit", how="left", maintain_order="left")
    stays = pl.col("file") == pl.col("_last")
    same = frame.filter(pl.col(FATE).is_null() & stays).select("_unit", "_content").unique().with_columns(_same=True)
    frame = frame.join(same, on=["_unit", "_content"], how="left", maintain_order="left")
    frame = reject(frame, ~stays & pl.col("_same").fill_null(False), "merged", "duplicate")
    frame = reject(frame, ~stays, "merged", "corrected", "", pl.col("_last"))
    if not BY_ORDER & set(mapping.tables) and not SUMMED & set(mapping.tables) and "returns" not in mapping.tables:
        good_row = pl.col(FATE).is_null()
        nth = pl.int_range(pl.len()).over("_unit", good_row)
        first = pl.col("_content").first().over("_unit", good_row)
        again = good_row & (nth > 0)
        frame = reject(frame, again & (pl.col("_content") == first), "merged", "duplicate")
        frame = reject(frame, again, "quarantined", "key_twice", "", pl.col("_unit"))
    return frame.drop("_last", "_same", "_unit")


def _unit(mapping: Mapping) -> pl.Expr:
    """What a later file replaces as a whole: an order, a return's document, else the key of the table."""
    if BY_ORDER & set(mapping.tables):
        return pl.col("order_id")
    if "returns" in mapping.tables:
        return pl.col("return_id") if "return_id" in mapping.columns else pl.col("order_id")
    keys = {
        table: pl.concat_str(
            [pl.col(f"{table}.{c}").cast(pl.String).fill_null("") for c in tables.key_of(table)], separator=" · "
        )
        for table in mapping.tables
    }
    first, *further = keys
    if not further:
        return keys[first]
    fed = [pl.when(pl.col(feeds(table))).then(pl.format("{}: {}", pl.lit(table), key)) for table, key in keys.items()]
    return pl.coalesce(*fed, keys[first])


def fates(rows: SourceRows) -> pl.DataFrame:
    """One row per file, main table, currency, fate and reason: rows, amount (10 ** -scale of the source's currency)."""
    return (
        rows.frame.with_columns(pl.col(FATE).fill_null("kept"), pl.lit(rows.name).alias("source"))
        .group_by("source", "file", "_table", "_currency", FATE, REASON)
        .agg(pl.len().cast(pl.Int64).alias("rows"), pl.col("_amount").sum().alias("amount"))
        .rename({"_table": "table", "_currency": "currency", FATE: "fate", REASON: "reason"})
    )


def quarantined(rows: SourceRows) -> pl.DataFrame:
    """One row per quarantined row: reason, field, what stood there, amount, and the row as it was read."""
    bad = rows.frame.filter(pl.col(FATE) == "quarantined")
    bad = bad.select(
        pl.lit(rows.name).alias("source"), "file", ROW,
        pl.col(REASON).alias("reason"), pl.col(FIELD).alias("field"), pl.col(FOUND).alias("found"),
        pl.col("_amount").alias("amount"), pl.col("_currency").alias("currency"), pl.col("_day").alias("day_on"),
        pl.col("_table").alias("table"),
    )  # fmt: skip
    texts = [_as_read(rows.raw[file], file, bad) for file in bad["file"].unique().sort()]
    if not texts:
        return bad.with_columns(pl.lit(None, pl.String).alias("as_read"))
    return bad.join(pl.concat(texts), on=["file", ROW], how="left", maintain_order="left")


def _as_read(table: RawTable, file: str, bad: pl.DataFrame) -> pl.DataFrame:
    wanted = bad.filter(pl.col("file") == file).select(ROW).unique()
    rows = table.frame.join(wanted, on=ROW, how="semi")
    cells = [pl.format("{}={}", pl.lit(h), pl.col(h)) for h in table.headers]
    text = pl.concat_str(cells, separator=" | ", ignore_nulls=True)
    return rows.select(pl.lit(file).alias("file"), ROW, text.alias("as_read"))


def _no_day(file: RawFile) -> Problem:
    return Problem(
        file.name,
        "no day of receipt",
        "the day of the export in the file's name",
        f"set sources.{file.source}.received_on to a pattern such as '(\\d{{4}}-\\d{{2}}-\\d{{2}})'",
    )
