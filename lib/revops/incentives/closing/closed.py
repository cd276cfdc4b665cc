"""What was closed: record/closed/<period>/ holds the tables of pay as they were paid, record/closed.csv a row for each.

A closing counts from the moment that its row stands in record/closed.csv, which is replaced in one step. Its files are
complete before that, in a folder with a dot before its name, and lose the dot after it: killed at any moment, a period
is closed whole or not at all, and whoever reads next finds its files under one of the two names. Each row carries a
hash over itself, its files and the row before, so that a change by hand is noticed.

Closing begins with any period; from then on periods are closed one after another. There is no way back: what was wrong
is corrected in the period that is open.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from revops import record
from revops.incentives.closing.contracts import Closed
from revops.periods import add_months
from revops.problems import InputError, Problem
from revops.whole import flush

NAME = "closed"
ALL = "9999-12"
COLUMNS = [column for column in Closed.columns() if column != "sha256"]


@dataclass(frozen=True)
class Closings:
    """The closed periods that a run sees, in order, each with its tables."""

    folder: Path
    index: pl.DataFrame

    @property
    def periods(self) -> list[str]:
        """Closed pay months, oldest first."""
        return self.index["period"].to_list()

    def of(self, period: str) -> dict[str, Any] | None:
        """The row of one period; None while it is open."""
        rows = self.index.filter(pl.col("period") == period).to_dicts()
        return rows[0] if rows else None

    def table(self, period: str, name: str) -> pl.DataFrame:
        """A table of a closed period as it was paid."""
        return pl.read_parquet(_place(self.folder, period) / f"{name}.parquet")

    def every(self, name: str) -> pl.DataFrame:
        """A table of all closed periods, with the `period` that each row was closed with."""
        frames = [self.table(p, name).with_columns(period=pl.lit(p)) for p in self.periods]
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def closings(folder: Path, through: str = ALL) -> Closings:
    """The closings of periods up to `through`, as 2026-10. Raises InputError where the record was changed by hand."""
    rows = record.seen(folder, NAME, record.EVER, Closed).filter(pl.col("period") <= through)
    _refuse_changed(folder, rows)
    return Closings(folder, rows)


def add(folder: Path, row: Mapping[str, object], fill: Callable[[Path], None]) -> pl.DataFrame:
    """Close a period: `fill` writes its files into a folder; gives the index's new row.

    Whole or not at all, and one at a time. Raises InputError where the period may not be closed now.
    """
    period = str(row["period"])
    staged = _staged(folder, period)

    def made(_: pl.DataFrame) -> pl.DataFrame:
        known = closings(folder)
        refuse_unless_next(known, period)
        for earlier in known.periods:
            _finish(folder, earlier)
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        fill(staged)
        flush(staged)
        text = {column: _text(row[column]) for column in COLUMNS}
        before = known.index["sha256"].to_list()[-1:]
        return pl.DataFrame([{**text, "sha256": _fingerprint("".join(before), text, staged)}])

    new = record.extend(folder, NAME, made)
    _finish(folder, period)
    return new


def refuse_unless_next(known: Closings, period: str) -> None:
    """Raise InputError where a period is closed already, or is not the one that follows those closed so far."""
    if not known.periods:
        return
    first, following = known.periods[0], next_of(known.periods[-1])
    if (row := known.of(period)) is not None:
        correct = f"correct it in the open period: revops adjust … --period {following}"
        raise InputError(Problem(f"period {period}", told(row), "an open period", correct))
    if period < first:
        found = f"a period before {first}, with which closing began"
        again = f"correct what it paid in the open period: revops adjust … --period {following}"
        raise InputError(Problem(f"period {period}", found, f"{following}, the open period", again))
    if period != following:
        expected = "periods closed one after another"
        close = f"close it first: revops close … --period {following}"
        raise InputError(Problem(f"period {period}", f"{following} is not closed yet", expected, close))


def next_of(period: str) -> str:
    """The pay month after one.

    >>> next_of("2026-12")
    '2027-01'
    """
    return f"{add_months(date.fromisoformat(f'{period}-01'), 1):%Y-%m}"


def told(row: Mapping[str, object]) -> str:
    """When a period was closed, and by whom."""
    return f"closed on {row['made_on']}" + (f" by {row['by']}" if row["by"] else "")


def _refuse_changed(folder: Path, rows: pl.DataFrame) -> None:
    before, restore = "", "restore it from a backup; what was closed is corrected by revops adjust"
    for row in rows.to_dicts():
        text = {column: _text(row[column]) for column in COLUMNS}
        place = _place(folder, row["period"])
        if not place.is_dir() or _fingerprint(before, text, place) != row["sha256"]:
            where = f"{record.FOLDER}/{NAME}/{row['period']}, {record.FOLDER}/{NAME}.csv"
            raise InputError(Problem(where, "not what was closed", f"what was {told(row)}", restore))
        before = row["sha256"]
    known = set(record.read(folder / record.FOLDER / f"{NAME}.csv")["period"])
    for place in sorted((folder / record.FOLDER / NAME).glob("[!.]*")):
        if place.name not in known:
            where = f"{record.FOLDER}/{NAME}/{place.name}"
            expected = f"its row in {record.FOLDER}/{NAME}.csv"
            raise InputError(Problem(where, "a closed period without its row", expected, restore))


def _fingerprint(before: str, text: Mapping[str, str], place: Path) -> str:
    total = hashlib.sha256(repr([before, *text.values()]).encode())
    for path in sorted(place.iterdir()):
        total.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _staged(folder: Path, period: str) -> Path:
    return folder / record.FOLDER / NAME / f".{period}"


def _place(folder: Path, period: str) -> Path:
    final = folder / record.FOLDER / NAME / period
    return final if final.exists() else _staged(folder, period)


def _finish(folder: Path, period: str) -> None:
    with suppress(FileNotFoundError):  # the usual: it has its name already
        os.rename(_staged(folder, period), folder / record.FOLDER / NAME / period)


def _text(value: object) -> str:
    return "" if value is None else str(value)
