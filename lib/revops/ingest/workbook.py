"""A workbook's sheet as text, after a look at what its values do not tell.

A workbook is a zip of XML: its true size is measured before it is opened, and its sheet's XML tells of hidden rows,
merged cells, formulas without a stored value, errors, and numbers longer than the 15 digits that Excel keeps.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import fastexcel
import polars as pl

from revops.problems import InputError, Problem

UNPACKED = 2**30  # bytes; a full sheet of a million rows and 20 columns unpacks to about so much
CELLS = 30_000_000  # of the rectangle that holds all filled cells: it is held in memory, at about 60 bytes a cell
ROW_BYTES = 2**26  # a sheet's row is looked at whole
CHUNK = 2**20
EXACT = 2**53  # whole numbers above are not kept to the last digit
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TAG = rb"<(?:\w+:)?"
_CELL = re.compile(_TAG + rb"c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.S)
_CELL_START = re.compile(_TAG + rb"c[\s/>]")
_FILLED = re.compile(
    _TAG + rb"c\s[^>]*?\br=\"([A-Z]{1,3})(\d+)\"[^>]*>\s*"
    rb"(?:<(?:\w+:)?f[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?(?:is\b|v[^>]*>[^<])"
)
_PLAIN_COLUMN = re.compile(rb'<c r="([A-Z]+)\d+"[^>]*><[vi]')
_PLAIN_ROW = re.compile(rb'<c r="[A-Z]+(\d+)"[^>]*><[vi]')
_UNPLACED = re.compile(_TAG + rb"c(?=[\s/>])(?![^>]*\br=)")
_ROW_START = re.compile(_TAG + rb"row[\s/>]")
_HIDDEN = re.compile(_TAG + rb"row\b[^>]*?\bhidden=\"(?:1|true)\"")
_TALL = re.compile(_TAG + rb"mergeCell\s[^>]*?\bref=\"([A-Z]+)(\d+):[A-Z]+(\d+)\"")
_LONG = re.compile(rb">\d{16}")
_VALUE = re.compile(_TAG + rb"v[^>]*>([^<]+)<")


@dataclass
class Sheet:
    """A sheet's cells as text, blank rows and columns included, and what to know of it.

    `merged` are the merged cells that span several rows: column of the grid from 0, first and last row from 1.
    """

    name: str
    grid: pl.DataFrame
    warnings: list[str] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class _Seen:
    """What the XML of a sheet tells: its filled cells' last row and column and first column (`left`), all from 1.

    Texts are of cells (row, column) that the values do not show; `unplaced` counts rows of cells without a place.
    """

    rows: int = 0
    columns: int = 0
    left: int = 2**14
    unplaced: int = 0
    hidden: int = 0
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    rounded: dict[tuple[int, int], str] = field(default_factory=dict)


def read_sheet(data: bytes, sheet: str | None, name: str) -> Sheet:
    """A sheet of a workbook, the first visible one where none is named; `name` is the file's, for messages.

    Raises InputError where the workbook does not open, is too large, or has no such sheet.
    """
    parts = _parts(data, name) if data[:4] == ZIP else {}
    visible, paths, from_1904 = _contents(data, parts, name) if parts else ([], {}, False)
    first = sheet or next(iter(visible), "")
    seen = _looked_at(data, parts[paths[first]], name) if paths.get(first) in parts else _Seen()
    if seen.rows * seen.columns > CELLS:
        found = f"cells spread over {seen.rows:,} rows and {seen.columns:,} columns"
        next_step = "delete the stray cells far from the table, or save the sheet as CSV"
        raise InputError(Problem(name, found, f"at most {CELLS:,} cells", next_step))
    try:
        book = fastexcel.read_excel(data)
        names = book.sheet_names
    except Exception as error:
        raise _unopened(name, error) from None
    except BaseException as error:
        raise _panic(name, error) from None
    if sheet is not None and sheet not in names:
        raise InputError(Problem(name, f"sheets {', '.join(names)}", f"a sheet {sheet}", "set `sheet` of the source"))
    if not names:
        raise InputError(Problem(name, "no sheet", "a workbook with a sheet", "export it again"))
    chosen = first if first in names else names[0]
    if parts and chosen != first:
        raise _unopened(name, ValueError(f"sheets {', '.join(names)} under other names"))
    try:
        grid = book.load_sheet(chosen, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except Exception as error:
        raise _unopened(name, error) from None
    except BaseException as error:
        raise _panic(name, error) from None
    grid = _with_texts(grid.select(pl.all().str.normalize("NFC")), seen.errors | seen.rounded, seen.left)
    merged = [(column - seen.left, first, last) for column, first, last in seen.merged]
    return Sheet(chosen, grid, _warnings(seen, from_1904), merged)


def _unopened(name: str, error: Exception) -> InputError:
    found = next(iter(str(error).splitlines()), "") or type(error).__name__
    return InputError(Problem(name, found[:160], "a workbook that opens", "save it again as .xlsx"))


def _panic(name: str, error: BaseException) -> BaseException:
    """The reader of workbooks ends with a panic, which is no Exception, where a file is broken in an unforeseen way."""
    broken = type(error).__name__ == "PanicException"
    return _unopened(name, ValueError("a broken workbook")) if broken else error


def _parts(data: bytes, name: str) -> dict[str, zipfile.ZipInfo]:
    """The files of the zip by path, after their declared and their true sizes were added up."""
    too_large = Problem(
        name,
        f"a workbook that unpacks to more than {UNPACKED:,} bytes",
        "a smaller one",
        "split it, or save the sheet as CSV",
    )
    try:
        infos = zipfile.ZipFile(io.BytesIO(data)).infolist()
        if sum(info.file_size for info in infos) > UNPACKED:
            raise InputError(too_large)
        left = UNPACKED
        for info in infos:
            for chunk in _unpacked(data, info):
                left -= len(chunk)
                if left < 0:
                    raise InputError(too_large)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, OSError) as error:
        raise _unopened(name, error) from None
    return {info.filename.replace("\\", "/").lstrip("/"): info for info in infos}


def _unpacked(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A file of the zip, a chunk at a time, as long as it really is and not as it says."""
    names = sum(struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30]))
    start = info.header_offset + 30 + names
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + CHUNK]) for at in range(0, len(packed), CHUNK))
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("a compression that workbooks do not have")
    unpacker, rest = zlib.decompressobj(-15), bytes(packed)
    while rest and not unpacker.eof:
        yield unpacker.decompress(rest, CHUNK)
        rest = unpacker.unconsumed_tail


def _contents(data: bytes, parts: dict[str, zipfile.ZipInfo], name: str) -> tuple[list[str], dict[str, str], bool]:
    """Visible sheets in order, the path of each sheet's XML, and whether days are counted from 1904."""
    if "xl/workbook.xml" not in parts:
        expected = "a workbook saved as .xlsx"
        raise InputError(Problem(name, "a zip archive of something else", expected, "unpack it, or save it as .xlsx"))
    try:
        book = _xml(data, parts, "xl/workbook.xml")
        links = _xml(data, parts, "xl/_rels/workbook.xml.rels")
    except ElementTree.ParseError as error:
        raise _unopened(name, error) from None
    targets = {link.get("Id"): (link.get("Target") or "").lstrip("/") for link in links}
    visible, paths = list[str](), dict[str, str]()
    for sheet in book.iterfind("{*}sheets/{*}sheet"):
        title = sheet.get("name") or ""
        link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        target = targets.get(link, "")
        paths[title] = target if target.startswith("xl/") else f"xl/{target}"
        if sheet.get("state", "visible") == "visible":
            visible.append(title)
    settings = book.find("{*}workbookPr")
    return visible, paths, settings is not None and settings.get("date1904") in ("1", "true")


def _xml(data: bytes, parts: dict[str, zipfile.ZipInfo], path: str) -> ElementTree.Element:
    return ElementTree.fromstring(b"".join(_unpacked(data, parts[path])) if path in parts else b"<none/>")


def _looked_at(data: bytes, info: zipfile.ZipInfo, name: str) -> _Seen:
    """What a sheet's XML tells, row by whole row."""
    seen, held, size = _Seen(), list[bytes](), 0
    for chunk in _unpacked(data, info):
        cut = chunk.rfind(b"row>") + 4
        held.append(chunk if cut < 4 else chunk[:cut])
        size += len(held[-1])
        if size > ROW_BYTES:
            raise InputError(
                Problem(name, f"a row of more than {ROW_BYTES:,} bytes", "rows of a table", "export it again")
            )
        if cut >= 4:
            _look(b"".join(held), seen)
            held, size = [chunk[cut:]], len(chunk) - cut
    _look(b"".join(held), seen)
    return seen


def _look(xml: bytes, seen: _Seen) -> None:
    """Add what a stretch of whole rows tells. Most writers write cells in one plain way, which is faster looked at."""
    is_plain = xml.count(b'<c r="') == xml.count(b"<c ") and not any(other in xml for other in (b"<c>", b":c ", b"<f"))
    filled = {(column, b"1") for column in _PLAIN_COLUMN.findall(xml)} if is_plain else set(_FILLED.findall(xml))
    rows = _PLAIN_ROW.findall(xml) if is_plain else [row for _, row in filled]
    columns = [_number(column) for column in {column for column, _ in filled}]
    seen.left = min([seen.left, *columns])
    seen.columns = max([seen.columns, *columns])
    seen.rows = max([seen.rows, *map(int, set(rows))])
    if not is_plain and _UNPLACED.search(xml):
        seen.unplaced += len(_ROW_START.findall(xml))
        seen.rows = max(seen.rows, seen.unplaced)
        seen.columns = max(seen.columns, *(len(_CELL_START.findall(row)) for row in xml.split(b"row>")))
    if b" hidden=" in xml:
        seen.hidden += len(_HIDDEN.findall(xml))
    if b"mergeCell " in xml:
        tall = [(_number(column), int(first), int(last)) for column, first, last in _TALL.findall(xml)]
        seen.merged += [spans for spans in tall if spans[1] != spans[2]]
    if any(sign in xml for sign in (b't="e"', b"<f", b":f", b"E+")) or _LONG.search(xml):
        _look_at_cells(xml, seen)


def _look_at_cells(xml: bytes, seen: _Seen) -> None:
    """Errors, formulas without a value, and numbers that are not kept to the last digit."""
    for attributes, inside in _CELL.findall(xml):
        place = re.search(rb"\br=\"([A-Z]+)(\d+)\"", attributes)
        kind, value = re.search(rb"\bt=\"(\w+)\"", attributes), _VALUE.search(inside)
        if not place or (kind and kind[1] not in (b"e", b"n")):
            continue
        at, text = (int(place[2]), _number(place[1])), value[1].decode("ascii", "replace").strip() if value else ""
        if kind and kind[1] == b"e":
            seen.errors[at] = text
        elif not text and re.search(_TAG + rb"f[\s/>]", inside):
            seen.empty.append(place[0][3:-1].decode())
        elif re.fullmatch(r"-?\d{16,}|-?\d(?:\.\d+)?[Ee]\+?(?:1[5-9]|[2-9]\d)", text) and abs(float(text)) > EXACT:
            seen.rounded[at] = f"{float(text):.14E}"


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _place(at: tuple[int, int]) -> str:
    letters, number = "", at[1]
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{at[0]}"


def _with_texts(grid: pl.DataFrame, texts: dict[tuple[int, int], str], left: int) -> pl.DataFrame:
    """The grid, which begins at column `left`, with some cells' texts in place."""
    columns: dict[int, dict[int, str]] = {}
    for (row, column), text in texts.items():
        if row <= grid.height and left <= column < left + grid.width:
            columns.setdefault(column - left, {})[row - 1] = text
    changed = [grid.to_series(c).scatter(list(cells), list(cells.values())) for c, cells in columns.items()]
    return grid.with_columns(changed)


def _warnings(seen: _Seen, from_1904: bool) -> list[str]:
    told = []
    if seen.hidden:
        told.append(f"hidden rows are read too: {seen.hidden}")
    if seen.errors:
        at, text = next(iter(seen.errors.items()))
        told.append(f"cells with an error: {len(seen.errors)}, first {_place(at)} {text}")
    if seen.empty:
        told.append(f"formulas without a stored value, read as empty: {len(seen.empty)}, first {seen.empty[0]}")
    if seen.rounded:
        told.append(f"numbers cut to 15 digits: {len(seen.rounded)}, first {_place(next(iter(seen.rounded)))}")
    if from_1904:
        told.append("days are counted from 1904: a day written as a plain number is 1,462 days off")
    return told
