"""What a notebook works in: one company, one period, one build folder.

`open_workspace` checks the parameters before any work. Everything a notebook makes goes through the workspace: tables
(`save`), identities (`check`), and what the index tells (`headline`, `tile`, `finding`, `fault`). `finish` writes these
notes beside the tables, one file per notebook and language, from which the pipeline renders index.html and run.json.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import dataframely as dy
import polars as pl

from revops import record, tables
from revops.company import Company, load_company
from revops.money import to_decimal
from revops.periods import Period
from revops.problems import IdentityError, InputError, Problem, refuse_if_any
from revops.whole import whole
from revops.words import Words

NOTEBOOKS = ("01_ingest", "02_kpis", "03_quota", "04_incentives")
LANGUAGES = ("en", "vi")
ROW_GROUP = 100_000
PART = 500_000  # orders that are worked at once where they are kept by month
SPOOL = "spool"  # below the build: rows of databases as raw files
HELD = ".held"  # there while a run is at work: its one reading of the databases is not made again
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def root() -> Path:
    """The repository's root, whatever the working folder: relative paths of parameters start here."""
    return Path(__file__).resolve().parents[2]


def files_beside(build: Path, folder: Path) -> Path:
    """Where the rows and hashes of a company's raw files are kept, for a build below <build>/<company>."""
    places = [place for place in (build, *build.parents)[:3] if place.name == folder.name]
    return (places[0] if places and places[0] != folder else build) / "files"


@dataclass
class Notes:
    """What one notebook tells the index and the manifest."""

    headline: str = ""
    subline: str = ""
    tiles: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, str]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Workspace:
    """One company, period and build folder, as a notebook sees them."""

    notebook: str
    folder: Path
    company: Company
    period: Period
    as_of: date
    language: str
    build: Path
    words: Words
    notes: Notes = field(default_factory=Notes)

    @property
    def t(self) -> Any:
        """Text of the catalogue in the run's language: `t("common.stamp.through", day=…)`."""
        return self.words.t

    def scan(self, name: str, months: Sequence[str] = ("*",)) -> pl.LazyFrame:
        """A table of the build: a canonical one, empty where the company has no such source, or one saved before.

        A table of many rows may be a folder with a file for each month, by its name: `tables/orders/2026-10.parquet`.
        In a report folder tables of pay lie apart, under restricted/.
        """
        path, folder = self.build / "tables" / f"{name}.parquet", self.build / "tables" / name
        apart = self.build / "restricted" / "tables" / path.name
        path = apart if apart.exists() else path
        if files := [file for month in months for file in sorted(folder.glob(f"{month}.parquet"))]:
            return pl.scan_parquet(files)
        if path.exists():
            return pl.scan_parquet(path)
        if name in tables.CANONICAL and (self.build / "tables" / "import_log.parquet").exists():
            return tables.empty(name).lazy()
        raise InputError(
            Problem(str(path), "no such table", f"table {name} made by an earlier notebook", "run 01_ingest first")
        )

    def months(self) -> list[partial[pl.LazyFrame]]:
        """A `scan` for each month where orders are kept by month, for several where they are small; else none."""
        parts: list[list[str]] = []
        filled = PART
        for file in sorted((self.build / "tables" / "orders").glob("*.parquet")):
            if filled >= PART:
                parts.append([])
                filled = 0
            parts[-1].append(file.stem)
            filled += pl.scan_parquet(file).select(pl.len()).collect().item()
        return [partial(self.scan, months=part) for part in parts]

    def read(self, name: str) -> pl.DataFrame:
        """The same as a frame in memory."""
        return self.scan(name).collect()

    @property
    def files(self) -> Path:
        """Where the rows of raw files are kept: once for all periods that are built beside each other."""
        return files_beside(self.build, self.folder)

    def save(self, name: str, frame: Frame, contract: type[dy.Schema] | None = None) -> Frame:
        """Write a table, or what a plan gives, whole or not at all; it keeps the contract, where one is given."""
        path = self.build / "tables" / f"{name}.parquet"
        with whole(path) as partial:
            if isinstance(frame, pl.DataFrame):
                frame.write_parquet(partial, compression="zstd", statistics=True)
            else:
                by_day = pl.Date in frame.collect_schema().dtypes()  # least and greatest text would help no reader
                ranges = {"null_count": True, "min": by_day, "max": by_day}
                frame.sink_parquet(
                    partial, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, statistics=ranges
                )
            if contract is not None:
                tables.check_contract(pl.scan_parquet(partial), contract)
        return frame

    def keep(self, name: str, frame: pl.DataFrame, key: Sequence[str]) -> None:
        """Hand over rows that later runs read by `kept`, with the period and the as-of day; see revops.record.

        Nothing is kept before the period has ended: what is told then is not final.
        """
        if self.as_of >= self.period.last_day:
            record.offer(self.build, name, frame, key, self.period.name, self.as_of)

    def kept(self, name: str, contract: type[dy.Schema]) -> pl.DataFrame:
        """The rows that runs before this one's as-of day have kept; their contract names `period` and `made_on`."""
        return record.seen(self.folder, name, self.as_of, contract)

    def check(self, name: str, left: int, right: int, *, money: bool = False, explained: int = 0) -> None:
        """Assert left − right = explained exactly and keep the line for the report; `name` is a key of the catalogue.

        `explained` is a named reconciling difference, such as header rounding. Raises IdentityError otherwise.
        """
        difference = left - right - explained
        self.notes.checks.append(
            {
                "name": name,
                "left": left,
                "right": right,
                "explained": explained,
                "money": money,
                "difference": difference,
            }
        )
        if difference != 0:
            self.write_notes()
            decimals = self.company.money_decimals if money else 0
            raise IdentityError(
                f"{self.notebook}, {name}: {to_decimal(left, decimals)} against {to_decimal(right, decimals)}, "
                f"difference {to_decimal(difference, decimals)}, expected 0"
            )

    def headline(self, text: str, subline: str = "") -> None:
        """The sentence at the top of this notebook's page: what, how much, against what, the one reason."""
        self.notes.headline, self.notes.subline = text, subline

    def tile(self, **values: Any) -> None:
        """One KPI tile of the index; see report.page for its fields."""
        self.notes.tiles.append(values)

    def finding(self, **values: Any) -> None:
        """One finding: amount, basis, title, why, action, owner, due_on, evidence, is_good."""
        self.notes.findings.append(values)

    def fault(self, problem: Problem) -> None:
        """A fault that does not stop the run: it stands at the top of the index (exit status 1 with --strict)."""
        self.notes.faults.append(problem.as_dict())

    def write_notes(self) -> Path:
        """Write this notebook's notes beside the tables, whole or not at all."""
        path = self.build / "notes" / f"{self.notebook}.{self.language}.json"
        text = json.dumps(vars(self.notes), ensure_ascii=False, indent=1, default=_plain)
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
        return path


def open_workspace(
    notebook: str,
    company: str | Path,
    period: str,
    as_of: str = "",
    language: str = "",
    build: str = "",
) -> Workspace:
    """Check the parameters and open the workspace; every fault of the call is raised at once as InputError.

    `company` and `build` are paths, relative ones from the repository's root; empty strings mean the defaults: `as_of`
    the period's last day, `language` company.yaml's, `build` build/<company>/<period>.
    """
    folder = root() / company
    settings = load_company(folder)
    refuse_if_any(_wrong_parameters(period, as_of, language))
    span = Period.parse(period, settings.fiscal_year_starts)
    place = root() / build if build else root() / "build" / folder.name / span.name
    chosen = language or settings.language
    return Workspace(
        notebook=notebook,
        folder=folder,
        company=settings,
        period=span,
        as_of=date.fromisoformat(as_of) if as_of else span.last_day,
        language=chosen,
        build=place,
        words=Words(chosen, settings.currency, settings.money_decimals),
    )


def _wrong_parameters(period: str, as_of: str, language: str) -> Iterator[Problem]:
    try:
        Period.parse(period)
    except InputError as error:
        yield from error.problems
    if language and language not in LANGUAGES:
        yield Problem("parameter language", language, " or ".join(LANGUAGES), "correct the parameter")
    if as_of:
        try:
            date.fromisoformat(as_of)
        except ValueError:
            yield Problem("parameter as_of", as_of, "a day as 2026-10-31", "correct the parameter")


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in notes")
