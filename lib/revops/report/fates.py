"""What notebook 01 shows file by file: what became of the rows, what is to be corrected, and what came again."""

from pathlib import Path
from typing import Any

import polars as pl

from revops.ingest import Loaded
from revops.ingest.corrections import file_name
from revops.ingest.files import RawFile
from revops.ingest.ledger import FATES
from revops.report.display import Html
from revops.report.tables import Column, table
from revops.workspace import Workspace

FILES = 40  # files that stand by themselves; the others are summed in one row
DRIVERS = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "duckdb": "DuckDB"}
COUNTED = ["rows_read", *(f"rows_{fate}" for fate in FATES), "rows_replaced", "rows_amended"]


def by_file(ws: Workspace, loaded: Loaded) -> Html:
    """One row per file that was not simply kept, or gave no row; one for all others, and the sum."""
    apart = pl.col("rows_read") - pl.col("rows_kept") + pl.col("rows_amended")
    log = loaded.log.with_columns(apart.alias("apart"))
    noted = log.filter((pl.col("apart") > 0) | (pl.col("rows_read") == 0))
    noted = noted.sort("apart", "source", "file", descending=[True, False, False])
    first = noted.head(FILES)
    others = log.join(first.select("source", "file"), on=["source", "file"], how="anti")
    lines = [_line(ws, row) for row in first.iter_rows(named=True)]
    lines += [_sum(ws, others, COUNTED, "others")] if others.height else []
    lines.append(_sum(ws, log, COUNTED, "every"))
    columns = [_file(ws), *(_number(ws, name) for name in COUNTED)]
    files = ws.words.number(log.height)
    title = _title(ws, "by_file", noted.height, files=files) if noted.height else ws.t("ingest.title.all_kept")
    return table(lines, columns, title, ws.t("ingest.who.by_file"), words=ws.words, total=True)


def to_correct(ws: Workspace, loaded: Loaded) -> Html:
    """One row per raw file with rows in quarantine, or corrected by hand: the file to edit and how many rows."""
    numbers = ["rows_quarantined", "rows_amended"]
    rows = loaded.log.filter(pl.sum_horizontal(numbers) > 0)
    rows = rows.sort("rows_quarantined", "source", "file", descending=[True, False, False])
    lines = [{**_line(ws, row), "to_correct": _name(row)} for row in rows.head(FILES).iter_rows(named=True)]
    lines += [_sum(ws, rows[FILES:], numbers, "others")] if rows.height > FILES else []
    columns = [
        _file(ws),
        *(_number(ws, name) for name in numbers),
        Column("to_correct", ws.t("ingest.head.to_correct")),
    ]
    counts = {name: ws.words.number(int(rows[name].sum())) for name in numbers}
    title = _title(ws, "to_correct", rows.height, **counts) if lines else ws.t("ingest.title.nothing_to_correct")
    return table(
        lines, columns, title, ws.t("ingest.who.to_correct"), words=ws.words, empty=ws.t("ingest.empty.to_correct")
    )


def came_again(ws: Workspace, loaded: Loaded) -> Html:
    """One row per file with rows that came again, or that a later file says otherwise: its days and those rows."""
    merged = loaded.fates.filter((pl.col("fate") == "merged") & pl.col("reason").is_in(["duplicate", "corrected"]))
    again = [
        pl.when(pl.col("reason") == reason).then(pl.col("rows")).otherwise(0).sum().alias(name)
        for reason, name in (("duplicate", "rows_again"), ("corrected", "rows_replaced"))
    ]
    sums = merged.group_by("source", "file").agg(again)
    days = loaded.log.select("source", "file", "received_on", "first_on", "last_on", "rows_read", "warnings")
    rows = days.join(sums, on=["source", "file"]).with_columns(
        ((pl.col("rows_again") + pl.col("rows_replaced")) / pl.col("rows_read")).alias("share")
    )
    rows = rows.sort("share", "source", "file", descending=[True, False, False])
    lines = [_line(ws, row) for row in rows.head(FILES).iter_rows(named=True)]
    numbers = ["rows_read", "rows_again", "rows_replaced"]
    lines += [_sum(ws, rows[FILES:], numbers, "others")] if rows.height > FILES else []
    columns = [
        _file(ws),
        Column("first_on", ws.t("ingest.head.first"), "date"),
        Column("last_on", ws.t("ingest.head.last"), "date"),
        *(_number(ws, name) for name in numbers),
        Column("share", ws.t("ingest.head.share_again"), "percent"),
    ]
    title = _title(ws, "came_again", rows.height)
    return table(
        lines, columns, title, ws.t("ingest.who.came_again"), words=ws.words, empty=ws.t("ingest.empty.came_again")
    )


def shown(ws: Workspace, source: str, file: str) -> str:
    """A raw file as the page names it: its path, or that it is the query of a database."""
    driver = driver_of(ws, source)
    return ws.t("ingest.query", driver=driver) if driver else file


def driver_of(ws: Workspace, source: str) -> str | None:
    """The name of the database that a source reads; None where it reads files."""
    database = ws.company.sources[source].database
    return DRIVERS[database.driver] if database else None


def _name(row: dict[str, Any]) -> str:
    raw = RawFile(row["source"], row["file"], Path(), row["sha256"], row["bytes"], row["received_on"])
    return file_name(raw)


def _line(ws: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    received = ws.t("ingest.received", day=ws.words.date(row["received_on"])) if row["received_on"] else ""
    place, _, name = shown(ws, row["source"], row["file"]).rpartition("/")
    warnings = "" if row["rows_read"] else row["warnings"]
    return {**row, "file": name, "note": " · ".join(filter(None, [row["source"], place, received, warnings]))}


def _sum(ws: Workspace, rows: pl.DataFrame, numbers: list[str], name: str) -> dict[str, Any]:
    sums = rows.select(pl.col(numbers).sum()).row(0, named=True)
    return {"file": ws.words.n(f"ingest.{name}", rows.height, files=ws.words.number(rows.height)), **sums}


def _file(ws: Workspace) -> Column:
    return Column("file", ws.t("ingest.head.file"), note="note")


def _number(ws: Workspace, name: str) -> Column:
    return Column(name, ws.t(f"ingest.head.{name}"), "number")


def _title(ws: Workspace, key: str, count: int, **values: str) -> str:
    return ws.words.capital(ws.words.n(f"ingest.title.{key}", count, **values))
