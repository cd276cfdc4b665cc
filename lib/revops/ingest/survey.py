"""What a company's sources find before anything is loaded: files, rows, days; files that none reads, or two do."""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

import polars as pl

from revops.company import Company, Mapping, expand_root, file_at, find_files
from revops.ingest.corrections import FOLDER as CORRECTIONS
from revops.ingest.derive import DAY
from revops.ingest.exports import files_below
from revops.ingest.kinds import mapping_of
from revops.ingest.reader import RawTable, read_table
from revops.ingest.recognise import beginning, kinds_of
from revops.ingest.text import day_order, stamp
from revops.problems import InputError, Problem
from revops.record import FOLDER as RECORD

SHOWN = 5


@dataclass(frozen=True)
class Found:
    """One source: its files, the rows in them (`is_exact`: all were read, not only the first and last) and days."""

    source: str
    kind: str
    files: int
    rows: int
    is_exact: bool
    first_on: date | None
    last_on: date | None

    def __str__(self) -> str:
        if not self.files:
            return f"{self.source}: {self.kind}, a query"
        rows = f"{'' if self.is_exact else 'about '}{self.rows:,} row{'' if self.rows == 1 else 's'}"
        days = f", {self.first_on} to {self.last_on}" if self.first_on else ""
        return f"{self.source}: {self.kind}, {self.files} file{'' if self.files == 1 else 's'}, {rows}{days}"


def survey(folder: Path, company: Company) -> list[Found]:
    """One entry per source that has files or a query, in the order of company.yaml.

    What cannot be read counts no rows; a query is not run.
    """
    claimed, found = claims(folder, company), list[Found]()
    for name, paths in claimed.items():
        mapping, kind = mapping_of(name, company.sources[name])[0], company.sources[name].kind
        if not paths and not company.sources[name].database:
            continue
        read = [part for path in paths if (part := _read(path, mapping)) is not None]
        days = [day for table, _ in read for day in _days(table, mapping, company)]
        rows = sum(round(table.frame.height / share) for table, share in read)
        exact = all(share == 1 for _, share in read)
        found.append(Found(name, kind, len(paths), rows, exact, min(days, default=None), max(days, default=None)))
    return found


def claims(folder: Path, company: Company) -> dict[str, list[Path]]:
    """The files of each source; a source whose pattern is wrong has none."""
    found = dict[str, list[Path]]()
    for name, source in company.sources.items():
        try:
            found[name] = find_files(folder, company, source.files) if source.files else []
        except (InputError, ValueError, NotImplementedError):
            found[name] = []
    return found


def read_twice(folder: Path, company: Company) -> list[Problem]:
    """Files that two sources read into one table, so that their rows would count twice."""
    claimed = claims(folder, company)
    mappings = {name: mapping_of(name, source)[0] for name, source in company.sources.items()}
    problems = []
    for one, other in combinations(claimed, 2):
        both = sorted(set(claimed[one]) & set(claimed[other]))
        if both and _overlap(mappings[one], mappings[other]):
            shown = ", ".join(path.name for path in both[:SHOWN]) + (", …" if len(both) > SHOWN else "")
            where, found = f"company.yaml, sources.{other}.files", f"{shown}, which source {one} reads as well"
            problems.append(Problem(where, found, "each file in one source", "narrow one of the two patterns"))
    return problems


def _overlap(one: Mapping, other: Mapping) -> bool:
    """Whether two sources take the same rows of a file into the same table."""
    tables = [t for t in one.tables if t in other.tables and not (one.tables[t] or other.tables[t])]
    return bool(tables) and one.sheet == other.sheet and not (one.only or other.only)


def unread(folder: Path, company: Company) -> Iterator[str]:
    """A line on the files below the company's folder and below each root that no source reads, and what they may be."""
    used = {path.resolve() for paths in claims(folder, company).values() for path in paths}
    used |= {path.resolve() for path in _others(folder, company)}
    for shown, base in _bases(folder, company).items():
        files = {name: path for name, path in files_below(base).items() if path.resolve() not in used}
        if files:
            named = [f"{name}{_kind_of(path)}" for name, path in list(files.items())[:SHOWN]]
            more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
            what = "file that no source reads" if len(files) == 1 else "files that no source reads"
            yield f"{shown}: {len(files)} {what}: {', '.join(named)}{more}"


def _bases(folder: Path, company: Company) -> dict[str, Path]:
    bases = {folder.name: folder}
    for name, value in company.roots.items():
        try:
            bases[f"root {name}"] = Path(expand_root(name, value))
        except InputError:
            continue
    return {name: base for name, base in bases.items() if base.is_dir()}


def _others(folder: Path, company: Company) -> Iterator[Path]:
    """Files read without being raw files: look-ups, databases, corrections, market, territories, the record."""
    kept = (
        company.quota.market,
        company.quota.account_plans,
        company.territory.accounts,
        company.territory.rules,
        company.territory.overrides,
    )
    folders = (RECORD, CORRECTIONS)
    yield from (path for name in folders for path in (folder / name).glob("*.csv"))
    yield from (folder / name for name in kept if name)
    for source in company.sources.values():
        named = [step.file for steps in source.lookups.values() for step in steps]
        if source.database and source.database.driver != "postgresql":
            named.append(source.database.uri)
        for name in named:
            try:
                yield file_at(folder, company, name)
            except InputError:
                continue


def _kind_of(path: Path) -> str:
    try:
        fits = kinds_of(beginning(path)[0], path.name)
    except InputError:
        return ""
    return f" (kind {fits[0].kind})" if fits and not fits[0].missing else ""


def _read(path: Path, mapping: Mapping) -> tuple[RawTable, float] | None:
    data, share = beginning(path, mapping.encoding)
    try:
        plain = mapping if share == 1 else mapping.model_copy(update={"encoding": None})
        return read_table(data, plain, path.name), share
    except InputError:
        return None


def _days(table: RawTable, mapping: Mapping, company: Company) -> Iterator[date]:
    """First and last day of the column that decides the period."""
    fields = [DAY[name] for name in mapping.tables if name in DAY]
    wanted: Map[str, str | list[str]] = {name.rstrip("?"): header for name, header in mapping.columns.items()}
    for name in (spelled for field in fields for spelled in (field, field.replace("_on", "_at"))):
        header = table.find(wanted[name]) if name in wanted else None
        if header is None:
            continue
        texts = table.frame[header].drop_nulls().rechunk()
        order = mapping.formats.get(name) or mapping.formats.get("dates") or day_order(texts)
        if order is None:
            return
        days = texts.alias("day").to_frame().select(stamp(pl.col("day"), order, company.zone).dt.date()).to_series()
        first, last = days.min(), days.max()
        yield from (day for day in (first, last) if isinstance(day, date))
        return
