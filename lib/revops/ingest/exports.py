"""What lies in a folder of exports: each table in each file, as a known kind or as a guess, and why a file is none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from revops.company import Mapping
from revops.ingest.files import SEEN
from revops.ingest.guess import Guess, guess, header_of
from revops.ingest.kinds import PLAIN, known
from revops.ingest.patterns import alike
from revops.ingest.reader import RawTable, read_table
from revops.ingest.recognise import Head, Match, beginning, heads, kinds_of, recognise
from revops.problems import InputError

TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm"}
PACKED, AS_TABLE = "packed: unpack it here", "not read: save it as .csv or .xlsx"
NOT_READ = {
    **dict.fromkeys((".zip", ".gz", ".7z", ".rar"), PACKED),
    **dict.fromkeys((".ods", ".numbers", ".xlsb", ".pdf", ".json", ".xml", ".docx"), AS_TABLE),
}
WITH_IT = "export it with that, or complete the source that is written as a remark"
Guesses = dict[tuple[str, ...], Guess | None]


@dataclass(frozen=True)
class Seen:
    """One table in one file, with its first and last rows: a kind that it fits, or else a guess.

    `lacks` says why it cannot be a source yet.
    """

    name: str
    path: Path
    table: RawTable
    fits: list[Match] = field(default_factory=list)
    guess: Guess | None = None
    sheet: str = ""
    lacks: str = ""

    @property
    def kind(self) -> str:
        """The kind of its source."""
        return self.fits[0].kind if self.fits else PLAIN

    @property
    def tables(self) -> set[str]:
        """The canonical tables that it feeds."""
        return {self.guess.table} if self.guess else set(known()[self.kind].tables)

    @property
    def missing(self) -> list[str]:
        """The fields that nothing gives."""
        return self.guess.missing if self.guess else list(self.fits[0].missing)

    @property
    def group(self) -> tuple[str, ...]:
        """What one source can hold together."""
        return (self.kind, self.sheet, alike(self.name), *(self.table.headers if self.guess else ()))


def look_at(folder: Path) -> tuple[list[Seen], dict[str, str]]:
    """The tables below a folder by name, and why each other file is none."""
    seen, others, guesses = list[Seen](), dict[str, str](), Guesses()
    for name, path in files_below(folder).items():
        if path.suffix.lower() in NOT_READ:
            others[name] = NOT_READ[path.suffix.lower()]
            continue
        try:
            for found in _tables(path, name, guesses):
                if isinstance(found, Seen):
                    seen.append(found)
                else:
                    others[name] = found
        except InputError as error:
            others[name] = "; ".join(f"found {p.found}, expected {p.expected}: {p.next_step}" for p in error.problems)
    return seen, others


def files_below(folder: Path) -> dict[str, Path]:
    """Every file below a folder that is a table or should be one, by its path from there; hidden ones are none."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    endings = {*TABLES, *NOT_READ}
    return {
        name: path
        for name, path in paths.items()
        if path.suffix.lower() in endings and name != SEEN and not _is_hidden(name)
    }


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "~$")) for part in name.split("/"))


def _tables(path: Path, name: str, guesses: Guesses) -> Iterator[Seen | str]:
    """The tables of one file: of a workbook every sheet of a known kind, else the first; or why there is none."""
    data, _ = beginning(path)
    by_sheet = {sheet: list(rows) for sheet, rows in groupby(heads(data, name), lambda head: head.sheet)}
    found = {sheet: fits for sheet, rows in by_sheet.items() if (fits := recognise(rows))}
    complete = {sheet: fits for sheet, fits in found.items() if not fits[0].missing}
    if not complete and (fits := kinds_of(data, name)) and not fits[0].missing:
        complete = {fits[0].head.sheet: fits}
    for sheet, fits in complete.items():
        mapping = known()[fits[0].kind]
        own = "" if fits[0].head.is_first_sheet or mapping.sheet == sheet else sheet
        read = read_table(data, mapping.model_copy(update={"sheet": sheet or None}), name)
        yield Seen(name, path, read, fits, sheet=own)
    if not complete:
        nearly = next((fits[0] for fits in found.values()), None)
        yield _unknown(path, name, data, next(iter(by_sheet.values()), []), nearly, guesses)


def _unknown(
    path: Path, name: str, data: bytes, first: list[Head], nearly: Match | None, guesses: Guesses
) -> Seen | str:
    """A table of no known kind as a guess; or why there is none. Files of one header share one of the `guesses`."""
    head, found = header_of(first), None
    if head is not None:
        columns: dict[str, str | list[str]] = {f"column {i}": cell for i, cell in enumerate(head.cells)}
        read = read_table(data, Mapping(columns=columns, separator=head.separator or None), name)
        if tuple(read.headers) not in guesses:
            guesses[tuple(read.headers)] = guess(read)
        found = guesses[tuple(read.headers)]
        if found and not found.missing:
            return Seen(name, path, read, guess=found)
    if nearly and (not found or len(nearly.headers) >= len(found.columns)):
        lacks = f"nearly {nearly.kind}, but without {', '.join(nearly.missing.values())}: {WITH_IT}"
        return Seen(name, path, read_table(data, known()[nearly.kind], name), [nearly], lacks=lacks)
    if found:
        lacks = f"would fit table {found.table}, but nothing gives {', '.join(found.missing)}: {WITH_IT}"
        return Seen(name, path, read, guess=found, lacks=lacks)
    widest = max(first, key=lambda head: len(head.cells), default=None)
    return f"no known header (first row: {', '.join(widest.cells if widest else ())[:80]}): write the source by hand"
