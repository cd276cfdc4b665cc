"""One source's files become rows with a fate: kept, quarantined, merged or left out, each with its reason.

Every row of data that was read has exactly one fate, so the ledger adds up by construction and is checked nevertheless.
Rows stay in the files of the stage; what later steps find is kept beside them by row, since that is little.
"""

from dataclasses import dataclass, field
from datetime import date

import polars as pl
from polars.lazyframe.group_by import LazyGroupBy

from revops import tables
from revops.company import Mapping, Versions
from revops.ingest.derive import afterwards, feeds, given, main_columns
from revops.ingest.fields import FATE, FIELD, FOUND, REASON, TOLD, fate_text, fates_told, kind_of
from revops.ingest.reader import ROW
from revops.ingest.rows import BY_ORDER
from revops.ingest.stage import Staged

SUMMED = {"ad_spend", "sessions", "costs", "budget_actuals"}
ID = "_id"
FILE_SIZE = 1 << 32  # rows that a file has at most
SMALL = 500_000  # rows of a source that stay in memory
FATES = {FATE: pl.String, REASON: pl.String, FIELD: pl.String, FOUND: pl.String}


@dataclass
class SourceRows:
    """One source's rows of data, typed: `rows` with what their files settled, `later` with what came after.

    `_id` numbers the rows over all files in the order of their names; amounts are in the source's currency.
    """

    name: str
    mapping: Mapping
    files: list[Staged]
    rows: pl.LazyFrame
    have: list[str]
    is_foreign: bool  # whether any amount is in another currency than the company's, or may be until that is looked at
    later: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={ID: pl.Int64, **FATES}))

    def given(self, table: str, column: str) -> pl.Expr:
        """What gives a column of a table that the source feeds."""
        value = given(table, column, self.have, self.mapping)
        assert value is not None, f"{table}.{column}"
        return value

    def fed(self, *wanted: str) -> set[str]:
        """The tables that the source feeds; of `wanted` only."""
        return set(self.mapping.tables) & set(wanted) if wanted else set(self.mapping.tables)

    def good(self, table: str | None = None) -> pl.LazyFrame:
        """Rows without a fate; of those that feed a table only."""
        rows = self.rows.filter(pl.col(TOLD).is_null())
        rows = rows if table is None else rows.filter(pl.col(feeds(table)))
        if self.later.is_empty():
            return rows
        return rows.join(self.later.lazy().select(ID), on=ID, how="anti", maintain_order="left")

    def kept(self, table: str) -> pl.DataFrame:
        """The rows that feed a table, in its columns, with lineage; amounts in the source's currency."""
        columns = [c for c in tables.schema_of(table) if c not in ("source", "file", ROW)]
        names = [self.given(table, c).alias(c) for c in columns]
        return self.good(table).select(*names, pl.lit(self.name).alias("source"), "file", ROW).collect()

    def reject(self, bad: pl.Expr, fate: str, reason: str, name: str, found: pl.Expr) -> None:
        """Give the good rows where `bad` holds a fate; a row keeps the first fate it got."""
        told = {FATE: pl.lit(fate), REASON: pl.lit(reason), FIELD: pl.lit(name), FOUND: found.cast(pl.String)}
        hit = self.good().filter(bad).select(ID, *(value.alias(column) for column, value in told.items()))
        self.add(hit.collect(engine="streaming"))

    def add(self, fates: pl.DataFrame) -> None:
        """Keep fates of rows that have none yet."""
        new = fates.filter(pl.col(FATE).is_not_null()).join(self.later, on=ID, how="anti", maintain_order="left")
        self.later = pl.concat([self.later, new.select(ID, *FATES).cast(FATES)])  # type: ignore[arg-type]

    def fates(self) -> pl.LazyFrame:
        """All rows with the fate they ended with."""
        if self.later.is_empty():
            return self.rows
        joined = self.rows.join(self.later.lazy(), on=ID, how="left", suffix=":later", maintain_order="left")
        ended = [pl.when(pl.col(FATE).is_null()).then(f"{c}:later").otherwise(c).alias(c) for c in (*FATES,)[::-1]]
        return joined.with_columns(ended).drop(f"{c}:later" for c in FATES)


def take_in(
    name: str, mapping: Mapping, files: list[Staged], currency: str, as_of: date, seen: dict[str, date]
) -> SourceRows:
    """The rows of a source's files; events after as_of are left out, of what came twice the last received stays."""
    scans = [
        pl.scan_parquet(staged.parts).with_row_index(ID).with_columns(
            (pl.col(ID).cast(pl.Int64) + n * FILE_SIZE).alias(ID), pl.lit(staged.file.name).alias("file")
        )
        for n, staged in enumerate(files)
    ]  # fmt: skip
    every = pl.concat(scans).with_columns(fates_told())
    further = afterwards(every.collect_schema().names(), mapping, currency)
    for column, value in further.items():
        every = every.with_columns(value.alias(column))
    have = every.collect_schema().names()
    rows = every.with_columns(main_columns(have, mapping))
    free = pl.col(FATE).is_null() | pl.col(REASON).is_in(list(mapping.reject) if mapping.versions else [])
    late = pl.col(TOLD).is_null() & (pl.col("_day") > as_of)
    if mapping.versions and kind_of(mapping.versions.newest) in ("day", "stamp"):
        late = late | (free & (pl.col(mapping.versions.newest).cast(pl.Date) > as_of))
    if sum(staged.reading.rows for staged in files) <= SMALL:
        rows = rows.collect().lazy()
    if rows.select(late.any()).collect(engine="streaming").item():
        why = fate_text("left_out", "after_as_of", found=pl.col("_day"))
        rows = rows.with_columns(pl.when(late).then(why).otherwise(TOLD).alias(TOLD)).with_columns(fates_told())
    source = SourceRows(name, mapping, files, rows, have, is_foreign="currency" not in further)
    received = {s.file.name: s.file.received_on or seen.get(s.file.sha256, date.max) for s in files}
    if mapping.versions:
        _newest(source, mapping.versions, free, received)
    _without_repeats(source, received)
    return source


def _newest(source: SourceRows, versions: Versions, free: pl.Expr, received: dict[str, date]) -> None:
    """One version of each record: the newest by its field, of equal ones the last that was received and read.

    A record whose newest version the mapping rejects is rejected, whatever its older ones say.
    """
    known = source.rows.filter(free & (pl.col(FATE).is_null() | (pl.col(FATE) == "quarantined")))
    told = known.select(ID, "file", FATE, *versions.of, versions.newest).collect(engine="streaming")
    dated = told.with_columns(pl.col("file").replace_strict(received, return_dtype=pl.Date).alias("_received"))
    order = dated.sort(versions.newest, "_received", ID)
    last = order.group_by(versions.of).agg(
        pl.col(ID).last().alias("_stays"), pl.col(versions.newest).last().alias("_at")
    )
    older = dated.join(last, on=versions.of).filter((pl.col(ID) != pl.col("_stays")) & pl.col(FATE).is_null())
    fates = {
        FATE: pl.lit("merged"), REASON: pl.lit("superseded"), FIELD: pl.lit(versions.newest),
        FOUND: pl.col("_at").cast(pl.String),
    }  # fmt: skip
    source.add(older.sort(ID).select(ID, *(value.alias(column) for column, value in fates.items())))


def _without_repeats(source: SourceRows, received: dict[str, date]) -> None:
    """The last received file speaks for a whole order, or for a key; within a file the first row of a key does."""
    by_file = bool(source.fed(*BY_ORDER, *SUMMED, "returns"))
    unit = _unit(source)
    if by_file and len(source.files) < 2:
        return
    hashed = unit.hash(seed=0).alias("_unit")
    good = source.good()
    units = good.select(hashed, pl.col(ID) // FILE_SIZE).unique() if by_file else good.select(hashed)
    met = units.group_by("_unit").agg(pl.len().alias("n")).filter(pl.col("n") > 1).collect(engine="streaming")["_unit"]
    if met.is_empty():
        return
    said = [c for c in source.have if not c.startswith("_") and c not in ("file", ROW, ID)]
    content = pl.struct(said).hash(seed=0).alias("_content")
    twice = good.filter(hashed.is_in(met.implode())).select(ID, "file", unit.alias("_unit"), content)
    frame = (
        twice.collect(engine="streaming")
        .sort(ID)
        .with_columns(pl.col("file").replace_strict(received, return_dtype=pl.Date).alias("_received"))
    )
    last = frame.sort("_received", ID).group_by("_unit").agg(pl.col("file").last().alias("_last"))
    frame = frame.join(last, on="_unit", maintain_order="left")
    stays = pl.col("file") == pl.col("_last")
    same = frame.filter(stays).select("_unit", "_content").unique().with_columns(_same=True)
    frame = frame.join(same, on=["_unit", "_content"], how="left", maintain_order="left")
    again = stays & (pl.int_range(pl.len()).over("_unit", "file") > 0) & pl.lit(not by_file)
    alike = pl.col("_content") == pl.col("_content").first().over("_unit", "file")
    reason = (
        pl.when(~stays & pl.col("_same")).then(pl.lit("duplicate")).when(~stays).then(pl.lit("corrected"))
        .when(again & alike).then(pl.lit("duplicate")).when(again).then(pl.lit("key_twice"))
    )  # fmt: skip
    told = frame.with_columns(reason.alias(REASON))
    waits = pl.col(REASON) == "key_twice"
    fate = pl.when(waits).then(pl.lit("quarantined")).when(pl.col(REASON).is_not_null()).then(pl.lit("merged"))
    found = pl.when(pl.col(REASON) == "corrected").then("_last").when(waits).then("_unit")
    source.add(told.select(ID, fate.alias(FATE), REASON, pl.lit("").alias(FIELD), found.alias(FOUND)))


def _unit(source: SourceRows) -> pl.Expr:
    """What a later file replaces as a whole: an order, a return's document, else the key of the table."""
    mapping = source.mapping
    if source.fed(*BY_ORDER):
        return pl.col("order_id")
    if source.fed("returns"):
        return pl.col("return_id") if "return_id" in mapping.columns else pl.col("order_id")
    keys = {
        table: pl.concat_str(
            [source.given(table, c).cast(pl.String).fill_null("") for c in tables.key_of(table)], separator=" · "
        )
        for table in mapping.tables
    }
    first, *further = keys
    if not further:
        return keys[first]
    fed = [pl.when(pl.col(feeds(table))).then(pl.format("{}: {}", pl.lit(table), key)) for table, key in keys.items()]
    return pl.coalesce(*fed, keys[first])


def fates(source: SourceRows) -> pl.DataFrame:
    """One row per file, main table, currency, fate and reason: rows, amount (10 ** -scale), first and last day."""
    columns = ("file", "_table", "_currency", FATE, REASON)
    sums = _summed(source.rows.group_by(columns))
    if source.later.height:
        late = source.later.lazy()
        moved = source.rows.filter(pl.col(ID).is_in(source.later[ID].implode())).select(
            ID, "file", "_table", "_currency", "_amount", "_day"
        )
        moved = moved.join(late.select(ID, FATE, REASON), on=ID).collect(engine="streaming").lazy()
        gone = moved.with_columns(pl.lit(None, pl.String).alias(FATE), pl.lit(None, pl.String).alias(REASON))
        less = _summed(gone.group_by(columns)).with_columns(-pl.col("rows"), -pl.col("amount"))
        sums = pl.concat([sums, less, _summed(moved.group_by(columns))])
        sums = sums.group_by(columns).agg(
            pl.col("rows", "amount").sum(), pl.col("first_on").min(), pl.col("last_on").max()
        ).filter(pl.col("rows") > 0)  # fmt: skip
    return sums.with_columns(pl.col(FATE).fill_null("kept"), pl.lit(source.name).alias("source")).rename(
        {"_table": "table", "_currency": "currency", FATE: "fate", REASON: "reason"}
    )


def _summed(rows: LazyGroupBy) -> pl.DataFrame:
    return rows.agg(
        pl.len().cast(pl.Int64).alias("rows"), pl.col("_amount").sum().alias("amount"),
        pl.col("_day").min().alias("first_on"), pl.col("_day").max().alias("last_on"),
    ).collect(engine="streaming")  # fmt: skip


def quarantined(source: SourceRows) -> pl.DataFrame:
    """One row per quarantined row: reason, field, what stood there, amount, and where it stood."""
    columns = [ID, "file", ROW, "_amount", "_currency", "_day", "_table"]
    own = source.rows.filter(pl.col(TOLD).is_not_null(), pl.col(FATE) == "quarantined").select(*columns, *FATES)
    later = source.later.filter(pl.col(FATE) == "quarantined")
    rest = source.rows.filter(pl.col(ID).is_in(later[ID].implode())).select(columns).join(later.lazy(), on=ID)
    both = pl.concat([own.collect(engine="streaming"), rest.collect(engine="streaming").select(*columns, *FATES)])
    return both.sort("file", ROW, ID).select(
        pl.lit(source.name).alias("source"), "file", ROW,
        pl.col(REASON).alias("reason"), pl.col(FIELD).alias("field"), pl.col(FOUND).alias("found"),
        pl.col("_amount").alias("amount"), pl.col("_currency").alias("currency"), pl.col("_day").alias("day_on"),
        pl.col("_table").alias("table"),
    )  # fmt: skip
