"""The raw row behind a line: the cells of the file as they stand there."""

import hashlib
from pathlib import Path
from typing import Any

import polars as pl

from revops.company import file_at
from revops.ingest.kinds import mapping_of
from revops.ingest.reader import EXTRA, ROW
from revops.ingest.slices import picked
from revops.problems import InputError
from revops.workspace import Workspace


def told(ws: Workspace, row: dict[str, Any]) -> list[tuple[str, str]]:
    """Where a line comes from and each filled cell of its row; says so where the file is gone or has changed."""
    if row["file"] is None:
        return []
    where = ws.words.t("pay.explain.at_row", file=row["file"], row=row["row"])
    lines = [(f"{row['source']}: {where}", "")]
    try:
        path = file_at(ws.folder, ws.company, row["file"])
        mapping, _ = mapping_of(row["source"], ws.company.sources[row["source"]])
        tables = list(picked(path, mapping, row["file"], pl.Series([row["row"]])))
    except (InputError, OSError, KeyError):
        return [*lines, (ws.words.t("pay.explain.gone"), "")]
    log = ws.scan("import_log").filter(pl.col("file") == row["file"]).collect()
    if log.height and "sha256" in log.columns and log["sha256"][0] != _hash(path):
        lines.append((ws.words.t("pay.explain.changed"), ""))
    cells = next((table.frame.row(0, named=True) for table in tables if table.frame.height), {})
    shown = {name: value for name, value in cells.items() if value and name not in (ROW, EXTRA)}
    return lines + [(ws.words.t("pay.explain.cells", name=name, value=value), "") for name, value in shown.items()]


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
