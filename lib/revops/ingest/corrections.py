"""Rows in quarantine that were corrected by hand: `corrections/<source>.<file>.csv` in the company's folder.

It is the file of the same name in the build's folder `quarantine`, edited: its column `raw row` says which row of the
raw file each of its rows stands for, its column `raw file hash` which content that file had. The raw file stays.
"""

import hashlib
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import polars as pl

from revops.company import Mapping
from revops.ingest.files import RawFile
from revops.ingest.reader import EXTRA, ROW, RawTable, read_table
from revops.problems import InputError, Problem

FOLDER = "corrections"
RAW_ROW, RAW_HASH = "raw row", "raw file hash"
NOTES = ("quarantine reason", "quarantine field", "quarantine found")


def file_name(file: RawFile) -> str:
    """The name that quarantined rows of a raw file are written to, and corrected ones are read from."""
    return f"{file.source}.{file.name.replace(':', '_').replace('/', '_').removesuffix('.csv')}.csv"


def hash_of(file: RawFile) -> str:
    """What stands beside quarantined rows, so that they correct no other file of the same name."""
    return file.sha256[:16]


class Corrections:
    """The corrected rows of one company's raw files."""

    def __init__(self, folder: Path):
        self.folder, self._read = folder / FOLDER, dict[RawFile, pl.DataFrame | None]()

    @cached_property
    def _data(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.glob("*.csv"))}

    def digest(self, file: RawFile) -> str:
        """A hash of the corrections of a file; empty where there are none."""
        data = self._data.get(file_name(file))
        return hashlib.sha256(data).hexdigest() if data is not None else ""

    def count(self, file: RawFile) -> int:
        """How many rows of the file were corrected."""
        rows = self._rows(file)
        return 0 if rows is None else rows.height

    def unclaimed(self, files: list[RawFile]) -> list[Problem]:
        """One problem for each file of corrections that no raw file has."""
        known = {file_name(file) for file in files}
        return [
            Problem(f"{FOLDER}/{name}", "no raw file of that name", "a name as in the folder quarantine", "rename it")
            for name in self._data
            if name not in known
        ]

    def applied(self, file: RawFile, table: RawTable) -> RawTable:
        """The table with the cells of its corrected rows in the place of those that were read."""
        rows = self._rows(file)
        if rows is None or table.frame.is_empty():
            return table
        here = rows.join(table.frame.select(ROW), on=ROW, how="semi")
        cells = [pl.col(h) if h in here.columns else pl.lit(None, pl.String).alias(h) for h in table.headers]
        new = here.select(ROW, *cells, pl.lit(None, pl.String).alias(EXTRA)).select(table.frame.columns)
        frame = pl.concat([table.frame.join(here, on=ROW, how="anti", maintain_order="left"), new]).sort(ROW)
        return replace(table, frame=frame)

    def _rows(self, file: RawFile) -> pl.DataFrame | None:
        """The corrected rows of a file, read once however many slices it has."""
        if file not in self._read:
            self._read[file] = self._from_file(file)
        return self._read[file]

    def _from_file(self, file: RawFile) -> pl.DataFrame | None:
        name = file_name(file)
        if name not in self._data:
            return None
        shown = f"{FOLDER}/{name}"
        try:
            read = read_table(self._data[name], Mapping(columns={ROW: RAW_ROW}), shown)
        except InputError as error:
            found, expected = error.problems[0].found, f"the columns as in the folder quarantine, with {RAW_ROW}"
            raise InputError(Problem(shown, found, expected, "restore the file's header")) from None
        numbers = read.frame[RAW_ROW].cast(pl.Int64, strict=False)
        if numbers.null_count() or numbers.is_duplicated().any():
            found, next_step = f"{RAW_ROW} missing or twice", f"correct the column {RAW_ROW}"
            raise InputError(Problem(shown, found, "the number of a raw row, each once", next_step))
        known = set(read.frame[RAW_HASH].drop_nulls()) if RAW_HASH in read.headers and file.sha256 else set()
        if known - {hash_of(file)}:
            found, expected = f"rows of another {file.name}", f"{RAW_HASH} {hash_of(file)}, as the file is now"
            raise InputError(Problem(shown, found, expected, "correct the rows of the folder quarantine anew"))
        cells = read.frame.drop(ROW, RAW_ROW, RAW_HASH, EXTRA, *NOTES, strict=False)
        return cells.with_columns(numbers.alias(ROW))
