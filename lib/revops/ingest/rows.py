"""What the rows of one file settle among themselves: rows not asked for, empty or impossible fields, repeats."""

import polars as pl

from revops import tables
from revops.company import Mapping
from revops.ingest.derive import LINEAGE, feeds, given, judged, with_sql
from revops.ingest.fields import TOLD, quarantine, reject
from revops.ingest.reader import ROW

BY_ORDER = {"orders", "order_lines"}
LEAD = "_lead"


def settle_rows(frame: pl.DataFrame, name: str, mapping: Mapping) -> pl.DataFrame:
    """Give rows their first fates, and mark the first good row of each order with `_lead`.

    `frame` holds whole documents of whole or sliced files, with the column `file`.
    """
    if mapping.only:
        frame = with_sql(frame, "_only", mapping.only, f"company.yaml, sources.{name}.only", pl.Boolean)
        frame = reject(frame, ~pl.col("_only").fill_null(False), "left_out", "not_asked_for").drop("_only")
    frame = judged(frame, mapping, name)
    for field in mapping.required:
        if frame[field].null_count():
            frame = reject(frame, pl.col(field).is_null(), "quarantined", "empty", field)
    frame = _without_impossible(frame, mapping)
    frame = _by_order_total(frame, mapping)
    for table in sorted({"order_lines", "returns"} & set(mapping.tables)):
        frame = _once(frame, table, mapping)
    if "orders" not in mapping.tables:
        return frame
    order = given("orders", "order_id", frame.columns, mapping)
    good = pl.when(pl.col(TOLD).is_null() & pl.col(feeds("orders"))).then(order).otherwise(None)
    key = good if _is_one_file(frame) else pl.when(good.is_not_null()).then(pl.format("{} {}", "file", good))
    return frame.with_columns((key.is_first_distinct() & key.is_not_null()).alias(LEAD))


def _is_one_file(frame: pl.DataFrame) -> bool:
    """Whether all rows are of one file: those of a file stand together."""
    return bool(frame.select((pl.col("file").first() == pl.col("file").last()).fill_null(True)).item())


def _without_impossible(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Rows whose columns break what a table asks of them."""
    checks = list[tuple[pl.Expr, str, str, pl.Expr | None]]()
    for table in mapping.tables:
        fed = pl.col(feeds(table))
        for column in tables.schema_of(table):
            if column in LINEAGE or tables.may_be_null(table, column):
                continue
            own = next((c for c in (f"{table}.{column}", column) if c in frame.columns), None)
            value = given(table, column, frame.columns, mapping)
            if value is not None and (own is None or frame[own].null_count()):
                checks.append((fed & value.is_null(), "empty", column, None))
    for table in sorted({"order_lines", "returns"} & set(mapping.tables)):
        count, fed = given(table, "quantity", frame.columns, mapping), pl.col(feeds(table))
        wrong = fed & ((count < 0) | ((count == 0) & (table == "order_lines")))  # type: ignore[operator]
        checks.append((wrong, "not_positive", "quantity", count))
    return quarantine(frame, checks)


def _by_order_total(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Equal lines of one order are legal, unless the order's own total says that the repeats are none."""
    if "order_total_amount" not in frame.columns or "order_lines" not in mapping.tables:
        return frame
    frame = frame.with_columns(_content(frame.drop("line_id", "returns.return_id", strict=False)))
    good, order = pl.col(TOLD).is_null(), ("file", "order_id")
    if not frame.filter(good).select(pl.struct(*order, "_content").is_duplicated().any()).item():
        return frame.drop("_content")
    nth = pl.int_range(pl.len()).over(*order, "_content", good)
    total = pl.col("order_total_amount")

    def fits(column: str) -> pl.Expr:
        amount = given("order_lines", column, frame.columns, mapping)
        whole = pl.when(good).then(amount).otherwise(0).sum().over(order)
        once = pl.when(good & (nth == 0)).then(amount).otherwise(0).sum().over(order)
        return (whole != total) & (once == total)

    repeated = good & (nth > 0) & (fits("gross_amount") | fits("net_amount"))
    return reject(frame, repeated, "merged", "duplicate").drop("_content")


def _once(frame: pl.DataFrame, table: str, mapping: Mapping) -> pl.DataFrame:
    """A key that a file gives twice: the same row again is merged, another one waits."""
    (column,) = tables.key_of(table)
    good = pl.col(TOLD).is_null() & pl.col(feeds(table))
    key = pl.when(good).then(given(table, column, frame.columns, mapping)).otherwise(None)
    key = (key if _is_one_file(frame) else pl.format("{} {}", "file", key)).alias("_key")
    hashed = frame.select(key.hash(seed=0).alias("h"), key.is_not_null().alias("is_good"))
    later = tables.repeated(hashed.filter("is_good")["h"])
    if later.is_empty():
        return frame
    may_be = hashed["is_good"] & hashed["h"].is_in(later.implode())
    twice = frame.with_row_index("_n").filter(may_be).with_columns(key)
    first = pl.col("_content").first().over("_key")
    told = twice.with_columns(_content(twice.drop("_n"))).with_columns((pl.col("_content") == first).alias("_same"))
    again = told.filter(~pl.col("_key").is_first_distinct())
    for same, fate, reason in ((True, "merged", "duplicate"), (False, "quarantined", "key_twice")):
        rows = again.filter(pl.col("_same") == same)
        bad = pl.Series([False]).new_from_index(0, frame.height).scatter(rows["_n"], True)
        found = None if same else given(table, column, frame.columns, mapping)
        frame = reject(frame, pl.lit(bad), fate, reason, "" if same else column, found) if rows.height else frame
    return frame


def _content(frame: pl.DataFrame) -> pl.Expr:
    """A hash of all that a row says."""
    said = [c for c in frame.columns if not c.startswith("_") and c not in ("file", ROW)]
    return pl.struct(said).hash(seed=0).alias("_content")
