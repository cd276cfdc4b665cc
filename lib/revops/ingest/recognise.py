"""Which kind a file is: the one whose needed columns all stand in one row of the file's beginning.

    matches = kinds_of(beginning(path)[0], path.name)
    matches[0].kind, matches[0].missing     # 'kiotviet_invoices', {}

Of several kinds that fit, the one that knows most of the file's columns goes first; `rivals` tells where two know as
many, so that nobody has to guess in silence.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import fastexcel

from revops.company import Mapping
from revops.ingest.kinds import PLAIN, known
from revops.ingest.reader import HEAD, HEADER_ROWS, SEPARATORS, WIDEST, decode, read_table
from revops.ingest.text import fold, matches
from revops.ingest.workbook import OLE, ZIP, read_sheet
from revops.problems import InputError, Problem

SAMPLE = 1 << 20
SHEETS = 20  # of a workbook, the first ones
_INSTANT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[ T](?!00:00(?::00)?$)\d{1,2}:\d{2}")
LIKELY, SHOWN = 0.5, 3


@dataclass(frozen=True)
class Head:
    """A row that could be a file's header, with the separator or the sheet that shows it so."""

    cells: tuple[str, ...]
    row: int
    separator: str = ""
    sheet: str = ""
    is_first_sheet: bool = True

    @cached_property
    def folded(self) -> dict[str, str]:
        """The cells by what is compared of them; of equal ones the first."""
        return {fold(cell): cell for cell in reversed(self.cells)}

    def find(self, wanted: str | Sequence[str]) -> str | None:
        """The cell meant by a header or the first of its alternatives, or null."""
        for pattern in [wanted] if isinstance(wanted, str) else wanted:
            if "*" not in pattern:
                found = self.folded.get(fold(pattern))
            else:
                found = next((cell for cell in self.cells if matches(pattern, cell)), None)
            if found is not None:
                return found
        return None


@dataclass(frozen=True)
class Match:
    """How a header fits a kind: the column of each field it has, and the needed ones that it lacks."""

    kind: str
    head: Head
    headers: dict[str, str]
    missing: dict[str, str]

    @property
    def score(self) -> tuple[bool, int, int]:
        """Whether nothing is missing; columns of the file that the kind knows; those written exactly as it has them."""
        wanted = {w for header in known()[self.kind].columns.values() for w in alternatives(header)}
        columns = set(self.headers.values())
        return not self.missing, len(columns) - len(self.missing), len(columns & wanted)


def recognise(candidates: Iterable[Head]) -> list[Match]:
    """Kinds that the header may be, best first; a kind of which less than half is there is none."""
    best: dict[str, Match] = {}
    for head in candidates:
        for kind, mapping in known().items():
            match = _match(kind, mapping, head) if kind != PLAIN else None
            if match and (kind not in best or match.score > best[kind].score):
                best[kind] = match
    return sorted(best.values(), key=lambda match: match.score, reverse=True)


def kinds_of(data: bytes, name: str) -> list[Match]:
    """Kinds that a file may be, best first: by its rows as they are, and where none is whole, as the reader joins them.

    So a header of two rows is known, and one that stands below another table.
    """
    candidates = heads(data, name)
    found = recognise(candidates)
    if found and not found[0].missing:
        return found
    likely = [match.kind for match in found[:SHOWN]] + [kind for kind, mapping in known().items() if mapping.apart]
    joined = [head for kind in dict.fromkeys(likely) if (head := _as_read(kind, data, name))]
    again = recognise(joined)
    rest = [match for match in found if match.kind not in {other.kind for other in again}]
    return sorted([*again, *rest], key=lambda match: match.score, reverse=True)


def _as_read(kind: str, data: bytes, name: str) -> Head | None:
    try:
        table = read_table(data, known()[kind], name)
    except InputError:
        return None
    separator, sheet = ("", table.separator) if is_workbook(data) else (table.separator, "")
    head = Head(tuple(table.headers), table.header_row, separator, sheet)
    return head if _may_be_header(head) else None


def rivals(found: Sequence[Match]) -> list[Match]:
    """The kinds that fit a header as well as the first one does."""
    return [match for match in found[1:] if match.score == found[0].score and not match.missing]


def needed(mapping: Mapping) -> dict[str, list[str]]:
    """The signature of a kind: each field it cannot do without, and the headers that may stand for it."""
    columns = {f: alternatives(wanted) for f, wanted in mapping.columns.items() if not f.endswith("?")}
    melted = {} if mapping.melt is None or mapping.melt.keeps_row else mapping.melt.like()
    return columns | {field: [f"columns like {like}"] for field, like in melted.items()}


def alternatives(wanted: str | list[str]) -> list[str]:
    """The headers that may stand for a field."""
    return [wanted] if isinstance(wanted, str) else wanted


def _match(kind: str, mapping: Mapping, head: Head) -> Match | None:
    headers, missing = dict[str, str](), dict[str, str]()
    for field, wanted in mapping.columns.items():
        header = head.find(wanted)
        if header is not None:
            headers[field.rstrip("?")] = header
        elif not field.endswith("?"):
            missing[field] = " or ".join(alternatives(wanted)[:SHOWN])
    for field, pattern in mapping.melt.columns.items() if mapping.melt else ():
        melted = [cell for cell in head.cells if re.search(pattern, cell)]
        headers |= {cell: cell for cell in melted}
        if not melted and not (mapping.melt and mapping.melt.keeps_row):
            missing[field] = needed(mapping)[field][0]
    there = len(needed(mapping)) - len(missing)
    likely = there >= max(2, LIKELY * len(needed(mapping))) or not missing
    return Match(kind, head, headers, missing) if likely and headers else None


def heads(data: bytes, name: str) -> list[Head]:
    """The rows at a file's beginning that may be its header, by every separator and sheet; InputError if unreadable."""
    if not data.strip(b"\0 \r\n\t"):
        raise InputError(Problem(name, "an empty file", "a header and rows", "export it again or remove the file"))
    if is_workbook(data):
        return _heads_of_workbook(data, name)
    text = decode(data, name=name)[0][:HEAD]
    found = []
    for separator in SEPARATORS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            first = enumerate(islice(rows, HEADER_ROWS), start=1)
            found += [_head(record, i, separator=separator) for i, record in first]
        except csv.Error:
            continue
    return [head for head in found if _may_be_header(head)]


def _heads_of_workbook(data: bytes, name: str) -> list[Head]:
    first = read_sheet(data, None, name)
    names = fastexcel.read_excel(data).sheet_names
    others = [sheet for sheet in names if sheet != first.name][: SHEETS - 1]
    found = []
    for sheet in (first, *(read_sheet(data, other, name) for other in others)):
        rows = enumerate(sheet.grid.head(HEADER_ROWS).iter_rows(), start=1)
        place: dict[str, str | bool] = {"sheet": sheet.name, "is_first_sheet": sheet is first}
        found += [_head([cell or "" for cell in row], i, **place) for i, row in rows]
    return [head for head in found if _may_be_header(head)]


def _head(cells: Iterable[str], row: int, **place: str | bool) -> Head:
    """A row's filled cells; the second 'Giảm giá' is 'Giảm giá (2)', as the reader has it."""
    times, named = Counter[str](), list[str]()
    for cell in islice(cells, WIDEST):
        if text := unicodedata.normalize("NFC", " ".join(cell.split())):
            times[text] += 1
            named.append(text if times[text] == 1 else f"{text} ({times[text]})")
    return Head(tuple(named), row, **place)  # type: ignore[arg-type]


def _may_be_header(head: Head) -> bool:
    """Two cells at least, none of them an instant: a row of data can have words of a header too."""
    return len(head.cells) > 1 and not any(_INSTANT.match(cell) for cell in head.cells)


def is_workbook(data: bytes) -> bool:
    """Whether bytes are a workbook, whatever the file is called."""
    return data.startswith((ZIP, OLE))


def beginning(path: Path, encoding: str | None = None, limit: int = SAMPLE) -> tuple[bytes, float]:
    """A file's bytes and 1.0; of a text longer than twice `limit` its first and last lines as UTF-8, and their share.

    The end is taken too because files are written in the order of days: there the day tells itself from the month.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(limit)
        if size <= 2 * limit or is_workbook(start):
            return start + stream.read(), 1.0
        wide = start.startswith((b"\xff\xfe", b"\xfe\xff")) or start[:4000].count(0) * 4 > len(start[:4000])
        stream.seek(-(limit - limit % 2) - size % 2, io.SEEK_END)
        end = stream.read()
    first = start[: _after(start.rfind(b"\n"), wide)]
    last = end[_after(end.find(b"\n"), wide) :]
    text, found, _ = decode(first, encoding, path.name)
    if found == "utf-16":
        found = "utf-16-le" if start.startswith(b"\xff\xfe") else "utf-16-be"
    both = text + decode(last, found.removesuffix("-sig"), path.name)[0]
    return both.encode(), (len(first) + len(last)) / size


def _after(newline: int, wide: bool) -> int:
    """The place after a newline; two bytes make a character of a wide text."""
    return newline + 1 + (newline + 1) % 2 * wide
