"""Each raw file is read once: its typed rows are kept under `files/`, by all that they depend on.

A file that has not changed is not read again, in no period; one that is gone is not asked for any more. What a column
leaves undecided may depend on the source's other files, so the evidence is kept apart from the rows.
"""

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from revops.company import Company, Mapping
from revops.ingest import quick
from revops.ingest.corrections import Corrections
from revops.ingest.derive import afterwards, complete, computed
from revops.ingest.fields import (
    DOCUMENTS,
    MARK,
    RECEIVED,
    TOLD,
    Evidence,
    FileFields,
    evidence,
    settled,
    text_fields,
    typed,
)
from revops.ingest.files import RawFile
from revops.ingest.reader import EXTRA, RawTable
from revops.ingest.rows import BY_ORDER, settle_rows
from revops.ingest.slices import SIZE, Torn, by_document, picked, slices
from revops.problems import InputError, Problem
from revops.tables import repeated
from revops.whole import whole

KEPT_DAYS = 14
WHOLE = {"opportunities", "opportunity_stage_history", "invoices"}  # whose rows speak of others anywhere in the file
Lookups = dict[tuple[str, str, str], dict[str, str]]


@dataclass(frozen=True)
class Reading:
    """How a file was read: what the ledger tells of it, its totals by field, and rows that were corrected by hand."""

    encoding: str
    separator: str
    header_row: int
    headers: dict[str, str]
    not_data: int
    warnings: list[str]
    totals: list[dict[str, str | None]]
    amended: int = 0
    rows: int = 0
    parts: int = 0


@dataclass(frozen=True)
class Staged:
    """One raw file, read: its typed rows lie in `parts`."""

    file: RawFile
    reading: Reading
    parts: list[Path]


class Stage:
    """The store of typed rows of one company."""

    def __init__(self, place: Path | None, company: Company, corrections: Corrections):
        self.place, self.company, self.corrections = place, company, corrections

    def of(
        self, name: str, mapping: Mapping, files: list[RawFile], lookups: Lookups
    ) -> tuple[list[Staged], list[Problem]]:
        """The files of a source with their typed rows; every problem of files and columns instead, if there is one."""
        problems = _without_day(mapping, files)
        return ([], problems) if problems else _Source(self, name, mapping, files, lookups).staged()

    def look(self, name: str, mapping: Mapping, files: list[RawFile], lookups: Lookups) -> list[Problem]:
        """What is wrong with the files of a source as far as their first slices tell; nothing is kept."""
        return _without_day(mapping, files) or _Source(self, name, mapping, files, lookups).looked()

    def raw_rows(self, mapping: Mapping, staged: Staged, rows: pl.Series) -> pl.DataFrame:
        """Rows of a raw file as they were read, by their numbers: `row` and a column for each header."""
        tables = picked(staged.file.path, mapping, staged.file.name, rows)
        found = [self.corrections.applied(staged.file, table).frame for table in tables]
        return pl.concat(found).drop(EXTRA)


@dataclass
class _Opened:
    """A file that is being read: its first slice, whose fields are text, and the rest."""

    first: FileFields
    rest: Iterator[RawTable]
    more: bool


class _Source:
    def __init__(self, stage: Stage, name: str, mapping: Mapping, files: list[RawFile], lookups: Lookups):
        self.stage, self.name, self.mapping, self.files, self.lookups = stage, name, mapping, files, lookups
        self.company, self.place, self.is_kept = stage.company, stage.place or Path(), stage.place is not None
        self.together = _reads_together(mapping)
        self.keys = self._keys()
        self.opened: dict[RawFile, _Opened] = {}
        self.problems: list[Problem] = []
        self.fields: list[str] = []

    def staged(self) -> tuple[list[Staged], list[Problem]]:
        found = {file: self._evidence(file) for file in self.files}
        if self.problems:
            return [], self.problems
        conventions, self.problems = settled(self.files, [found[file] for file in self.files], self.mapping)
        if self.problems:
            return [], self.problems
        marks = dict(zip(self.files, conventions, strict=True))
        known = {file: self._known(file, marks[file]) for file in self.files}
        if self.together and None in known.values():
            known = dict.fromkeys(known)
        self._make([file for file in self.files if known[file] is None], marks)
        if self.problems:
            return [], self.problems
        result = [known[file] or self._known(file, marks[file]) for file in self.files]
        return [staged for staged in result if staged is not None], []

    def looked(self) -> list[Problem]:
        """The problems that the first slices show."""
        found = [self._evidence(file) for file in self.files]
        if self.problems:
            return self.problems
        conventions, problems = settled(self.files, found, self.mapping)
        if problems:
            return problems
        try:
            rows = [
                self._finished(typed([self.opened[file].first], marks, self.mapping, self.company))
                for file, marks in zip(self.files, conventions, strict=True)
            ]
        except InputError as error:
            return error.problems
        is_whole = not any(self.opened[file].more for file in self.files)
        return self._asked_for_nothing(pl.concat(frame[TOLD] for frame in rows)) if is_whole and rows else []

    def _asked_for_nothing(self, told: pl.Series) -> list[Problem]:
        """A problem where the source's condition `only` leaves every row out."""
        out = told.str.starts_with(MARK.join(["left_out", "not_asked_for", ""])).fill_null(False)
        if not self.mapping.only or out.is_empty() or not out.all():
            return []
        where, found = f"company.yaml, sources.{self.name}.only", f"{self.mapping.only}: none of {out.len()} rows"
        return [Problem(where, found, "a condition that some rows meet", "correct its field or its value")]

    def _keys(self) -> dict[RawFile, str]:
        """What each file's rows depend on, but for conventions."""
        company = self.company
        common: list[Any] = [
            code_id(), pl.__version__, self.name, self.mapping.model_dump(mode="json"), company.currency,
            company.money_decimals, company.time_zone, self.lookups and _digest(sorted(map(str, self.lookups.items()))),
            [file.sha256 for file in self.files] if self.together else [],
        ]  # fmt: skip
        dated = RECEIVED in self.mapping.constants.values()
        return {
            file: _digest([
                *common, file.name, file.sha256, str(file.received_on) if dated else "",
                self.stage.corrections.digest(file),
            ])
            for file in self.files
        }  # fmt: skip

    def _key(self, file: RawFile, marks: dict[str, str]) -> str:
        """What the file's rows depend on, conventions among it."""
        return _digest([self.keys[file], marks])

    def _evidence(self, file: RawFile) -> dict[str, Evidence]:
        path = self.place / f"{self.keys[file]}.json"
        with suppress(OSError, ValueError, TypeError):
            stored = json.loads(path.read_text("utf-8") if self.is_kept else "")
            os.utime(path)
            return {field: Evidence(**told) for field, told in stored.items()}
        try:
            opened = self._open(file)
        except InputError as error:
            self.problems += error.problems
            return {}
        if self.problems:
            return {}
        found = evidence(opened.first, self.mapping, self.company)
        if opened.more and any(told.convention is None for told in found.values()):
            found = self._further(file, found)
        if self.is_kept:
            _write_json(path, {field: asdict(told) for field, told in found.items()})
        return found

    def _further(self, file: RawFile, found: dict[str, Evidence]) -> dict[str, Evidence]:
        """What later slices decide where the first did not."""
        for table in self._tables(file):
            part, _ = text_fields(file, table, self.mapping, self.lookups)
            here = evidence(part, self.mapping, self.company)
            found = {
                field: told
                if told.convention is not None
                else replace(here[field], examples=told.examples or here[field].examples)
                for field, told in found.items()
            }
            if all(told.convention is not None for told in found.values()):
                break
        return found

    def _open(self, file: RawFile) -> _Opened:
        tables = self._tables(file)
        first = next(tables)
        second = next(tables, None)
        rest = chain([second], tables) if second is not None else iter(())
        part, problems = text_fields(file, first, self.mapping, self.lookups)
        self.problems += problems
        self.opened[file] = _Opened(part, rest, second is not None)
        return self.opened[file]

    def _tables(self, file: RawFile, uncut: bool = False) -> Iterator[RawTable]:
        uncut = uncut or self.together or bool(WHOLE & set(self.mapping.tables))
        tables = slices(file.path, self.mapping, file.name, file.size + 1 if uncut else SIZE)
        header = self._document()
        if header is not None:
            tables = by_document(tables, header)
        corrected = self.stage.corrections
        return (corrected.applied(file, table) for table in tables)

    def _document(self) -> str | list[str] | None:
        """The column whose value keeps rows together."""
        by_document = (BY_ORDER | {"returns"}) & set(self.mapping.tables)
        return self.mapping.columns.get(self._document_field()) if by_document else None

    def _document_field(self) -> str:
        return "order_id" if "order_id" in self.mapping.columns else "return_id"

    def _known(self, file: RawFile, marks: dict[str, str]) -> Staged | None:
        key = self._key(file, marks)
        path = self.place / f"{key}.rows.json"
        try:
            reading = Reading(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        parts = [self.place / f"{key}.{n}.parquet" for n in range(reading.parts)]
        if not all(part.exists() for part in parts):
            return None
        for used in (path, *parts):
            os.utime(used)
        return Staged(file, reading, parts)

    def _make(self, files: list[RawFile], marks: dict[RawFile, dict[str, str]]) -> None:
        groups: dict[str, list[RawFile]] = {}
        for file in files:
            opened = self.opened.get(file) or self._open(file)
            if opened.more:
                self._make_large(file, marks[file])
            else:
                shares = ["%" in header for header in opened.first.headers.values()]
                groups.setdefault("" if self.together else _digest([marks[file], shares]), []).append(file)
        for group in groups.values():
            self._make_small(group, marks)

    def _make_small(self, files: list[RawFile], marks: dict[RawFile, dict[str, str]]) -> None:
        """Files of one slice, of the same conventions unless they are read together, in one pass."""
        by_marks: dict[str, list[RawFile]] = {}
        for file in files:
            by_marks.setdefault(_digest([marks[file]]), []).append(file)
        parts = [
            typed([self.opened[f].first for f in same], marks[same[0]], self.mapping, self.company)
            for same in by_marks.values()
        ]
        frame = self._finished(pl.concat(parts, how="vertical"))
        for file in files:
            mine = frame.filter(pl.col("file") == file.name) if len(files) > 1 else frame
            table = self.opened[file].first.table
            key = self._key(file, marks[file])
            self._write(key, 0, mine)
            self._describe(key, self.opened[file].first, [table], self._height(self.opened.pop(file).first), 1)

    def _make_large(self, file: RawFile, marks: dict[str, str]) -> None:
        """A file of several slices; documents that more than one has are read together, all of it where it must be."""
        key = self._key(file, marks)
        opened = self.opened.pop(file)
        first = opened.first
        try:
            tables, height, documents = self._in_slices(key, file, marks, opened)
            seen = pl.concat([pl.Series(dtype=pl.UInt64), *documents])
            torn = repeated(seen)
            if torn.len() * 4 > seen.len():
                raise Torn
            more = self._mend(key, file, marks, len(tables), torn) if torn.len() else 0
            self._describe(key, first, tables, height, len(tables) + more)
        except Torn:
            table = next(self._tables(file, uncut=True))
            part, _ = text_fields(file, table, self.mapping, self.lookups)
            self._write(key, 0, self._finished(typed([part], marks, self.mapping, self.company)))
            self._describe(key, part, [table], self._height(part), 1)

    def _mend(self, key: str, file: RawFile, marks: dict[str, str], parts: int, torn: pl.Series) -> int:
        """Documents that several slices have leave their parts for one of their own; gives how many parts it adds."""
        found, document = list[pl.DataFrame](), self._document_field()
        for n, table in enumerate(self._tables(file)):
            part, _ = text_fields(file, table, self.mapping, self.lookups)
            theirs = quick.identifiers(part.frame[document]).hash().is_in(torn.implode())
            if theirs.any():
                found.append(part.frame.filter(theirs))
                path = self.place / f"{key}.{n}.parquet"
                _write_parquet(path, pl.read_parquet(path).filter(~pl.col(document).hash().is_in(torn.implode())))
        together = replace(part, frame=pl.concat(found))
        self._write(key, parts, self._finished(typed([together], marks, self.mapping, self.company)))
        return 1

    def _in_slices(
        self, key: str, file: RawFile, marks: dict[str, str], opened: _Opened
    ) -> tuple[list[RawTable], int, list[pl.Series]]:
        """Write the rows slice by slice; gives the emptied tables, the number of rows and each slice's documents."""

        def work(n: int, table: RawTable, part: FileFields | None) -> tuple[int, pl.Series | None]:
            part = part or text_fields(file, table, self.mapping, self.lookups)[0]
            frame = self._finished(typed([part], marks, self.mapping, self.company))
            self._write(key, n, frame)
            documents = frame[self._document_field()].hash() if self._document() is not None else None
            own = None if documents is None else pl.Series(np.unique(documents.to_numpy()))
            return self._height(part), own

        tables, results = list[RawTable](), list[tuple[int, pl.Series | None]]()
        with ThreadPoolExecutor(2) as pool:
            waiting: deque[Future[tuple[int, pl.Series | None]]] = deque()
            every = chain([(opened.first.table, opened.first)], ((table, None) for table in opened.rest))
            del opened
            for n, (table, part) in enumerate(every):
                waiting.append(pool.submit(work, n, table, part))
                tables.append(replace(table, frame=pl.DataFrame()))
                del table, part
                if len(waiting) > 1:
                    results.append(waiting.popleft().result())
            results += [future.result() for future in waiting]
        return tables, sum(height for height, _ in results), [told for _, told in results if told is not None]

    def _height(self, part: FileFields) -> int:
        """Rows of data as the reader gave them; of a file whose columns are melted the rows that they become."""
        return part.frame.height if self.mapping.melt else part.table.frame.height

    def _finished(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = computed(frame, self.mapping, self.name)
        self.fields = frame.columns
        frame, problems = complete(frame, self.mapping, self.name, self.company)
        if problems:
            raise InputError(problems)
        return settle_rows(frame, self.name, self.mapping)

    def _write(self, key: str, n: int, frame: pl.DataFrame) -> None:
        """Keep rows, but for what follows from their fields."""
        spare = frame.columns & afterwards(self.fields, self.mapping, self.company.currency).keys()
        _write_parquet(self.place / f"{key}.{n}.parquet", frame.drop("file", *spare))

    def _describe(self, key: str, first: FileFields, tables: list[RawTable], rows: int, parts: int) -> None:
        """What is known of a file's reading; written last, so that rows without it do not count."""
        kept = dict(first.headers)
        totals = [
            {field: row.get(header) for field, header in kept.items()}
            for table in tables
            if table.totals.height
            for row in table.totals.iter_rows(named=True)
        ]
        reading = Reading(
            tables[0].encoding, tables[0].separator, tables[0].header_row, kept, sum(t.not_data for t in tables),
            list(dict.fromkeys(chain.from_iterable(t.warnings for t in tables))), totals,
            self.stage.corrections.count(first.file), rows, parts,
        )  # fmt: skip
        _write_json(self.place / f"{key}.rows.json", asdict(reading))


def tidy(place: Path) -> None:
    """Remove what no run has asked for in a fortnight."""
    limit = time.time() - KEPT_DAYS * 86_400
    for path in place.glob("*"):
        with suppress(OSError):
            if path.stat().st_mtime < limit:
                path.unlink()


@cache
def code_id() -> str:
    """A hash of the code that rows depend on."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.rglob("*.py"), *here.glob("kinds/*.yaml"), *here.parent.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _reads_together(mapping: Mapping) -> bool:
    """Whether a row's meaning depends on rows of the source's other files, or on rows far away in its own."""
    first = next(iter(mapping.columns), "").rstrip("?")
    below = first in mapping.fill_down or (mapping.fill_down and not DOCUMENTS & set(mapping.tables))
    far = any(span.span == "next" for span in mapping.ranges.values())
    return bool(below or far or mapping.heads or mapping.levels or mapping.absorbs)


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def _write_parquet(path: Path, frame: pl.DataFrame) -> None:
    with whole(path) as partial:
        frame.write_parquet(partial, compression="lz4", statistics=False)


def _write_json(path: Path, data: Any) -> None:
    with whole(path) as partial:
        partial.write_text(json.dumps(data, ensure_ascii=False), "utf-8")


def _without_day(mapping: Mapping, files: list[RawFile]) -> list[Problem]:
    """A problem for each file without a day of receipt, where the mapping asks for one."""
    return [
        Problem(
            file.name,
            "no day of receipt",
            "the day of the export in the file's name",
            f"set sources.{file.source}.received_on to a pattern such as '(\\d{{4}}-\\d{{2}}-\\d{{2}})'",
        )
        for file in files
        if RECEIVED in mapping.constants.values() and not file.received_on
    ]
