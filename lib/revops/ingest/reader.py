"""One reader for every file: bytes become a frame of text with the row numbers that a spreadsheet shows.

Encoding, separator and the header's row are found, not assumed; nothing is guessed silently: what was chosen is kept
with the table. Cells are text here: what a number or a day is, is decided later for whole columns.
"""

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from revops.company import Mapping, Melt
from revops.ingest.quick import clean, is_trimmed
from revops.ingest.text import fold, matches
from revops.ingest.workbook import OLE, ZIP, read_sheet
from revops.problems import InputError, Problem

SEPARATORS = ",;\t|"
HEADER_ROWS = 15
NO_LINE = -1
HEAD = 2_000_000  # characters in which a header is looked for: the widest one, of Excel's 16,384 columns, has fewer
WIDEST = 16_384  # columns; no spreadsheet has more
EXTRA = "_too_many"
ROW = "row"
PARQUET = b"PAR1"
LOST = "\ufffd"
csv.field_size_limit(2**31 - 1)  # a cell may be as long as its file
_VOWELS = "AaĂăÂâEeÊêIiOoÔôƠơUuƯưYy"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STRAY_TONE = re.compile(f"(?<![{_VOWELS}])[{_TONES}]")
_FOOTER = r"(?i)^(số dư|confidential information|copyright \(c\))"
_TOTAL = (
    r"(?i)^(grand totals?\b|totals?\b|sub-?totals?\b|gesamt\b|tổng cộng\b|tổng\b|cộng\b|số dư|"
    r"confidential information|copyright \(c\))"
)


@dataclass(frozen=True)
class RawTable:
    """A file as text: `frame` has `row` and one text column per header; `not_data` counts rows that are no data.

    `totals` holds those of them that are totals, for comparison; `above` is the text above the header;
    `merged` are cells that span several rows: header, first and last row; `height` counts all rows below the header.
    """

    frame: pl.DataFrame
    headers: list[str]
    encoding: str
    separator: str
    header_row: int
    not_data: int
    warnings: list[str] = field(default_factory=list)
    totals: pl.DataFrame = field(default_factory=pl.DataFrame)
    above: str = ""
    merged: list[tuple[str, int, int]] = field(default_factory=list)
    height: int = 0

    def find(self, wanted: str | Sequence[str]) -> str | None:
        """The column meant by a header or the first of its alternatives, or null; an exact match goes first."""
        for pattern in [wanted] if isinstance(wanted, str) else wanted:
            if pattern in self.headers:
                return pattern
            for header in self.headers:
                if matches(pattern, header):
                    return header
        return None


def read_table(data: bytes, mapping: Mapping, name: str) -> RawTable:
    """Read one file's bytes; `name` is for messages. The header is the row that holds most of the mapping's headers.

    Raises InputError where the file is empty, no row looks like the header, or a workbook has no such sheet.
    """
    if not data.strip(b"\0 \r\n\t"):
        raise InputError(Problem(name, "an empty file", "a header and rows", "export it again or remove the file"))
    wanted = [w for header in mapping.columns.values() for w in ([header] if isinstance(header, str) else header)]
    above, skipped, others, merged = "", 0, 0, list[tuple[str, int, int]]()
    if data[:4] == data[-4:] == PARQUET:
        at: int | None = NO_LINE
        body, top = _clean(_parquet(data, name)), list[list[str]]()
        headers = _headers(body.columns)
        encoding, separator, warnings = "parquet", "", list[str]()
    elif data.startswith((ZIP, OLE)):
        sheet = read_sheet(data, mapping.sheet, name)
        top = _rows_of(sheet.grid.head(HEADER_ROWS))
        at = NO_LINE if mapping.headers else _header_at(top, wanted, mapping.melt)
        top, at = (top, at) if mapping.headers else _with_groups(top, at, wanted, mapping.melt)
        headers = mapping.headers or (_headers(top[at]) if at is not None else [])
        body = _clean(sheet.grid.slice(at + 1) if at is not None else sheet.grid)
        encoding, separator, warnings = "xlsx", sheet.name, sheet.warnings
        below = [spans for spans in sheet.merged if spans[1] > (at or 0) + 1 and 0 <= spans[0] < len(headers)]
        merged = [(headers[column], first, last) for column, first, last in below]
        if merged:
            warnings.append(f"merged cells below the header: {len(merged)}; a text holds for all rows, a figure once")
    else:
        text, encoding, warnings = decode(data, mapping.encoding, name)
        warnings += _broken_off(text)
        if mapping.apart:
            text, above, skipped, others = _one_table(text, wanted, mapping, warnings)
        if mapping.separator == " ":
            text = _unaligned(text)
        separator, at, end, top = _csv_header(text, wanted, mapping)
        at, end = (NO_LINE, 0) if mapping.headers else (at, end)
        headers = mapping.headers or (_headers(top[at]) if at is not None else [])
        if len(headers) > WIDEST or end >= HEAD:
            found = f"a header of more than {WIDEST:,} columns or {HEAD:,} characters"
            expected = "a table no wider than a spreadsheet"
            raise InputError(Problem(name, found, expected, "export it again with fewer columns"))
        body = pl.DataFrame() if at is None else _csv_body(text[end:].encode(), separator, len(headers), warnings)
    if at is None:
        raise InputError(_no_header(name, wanted, top))
    twice = [h for h in headers if f"{h} (2)" in headers and any(matches(pattern, h) for pattern in wanted)]
    warnings += [f"column {header} stands twice: the first is read" for header in twice]
    frame, kept, totals = _rows(body, headers, skipped + at + 2, mapping)
    above = "\n".join([above, *(" ".join(filter(None, row)) for row in top[: max(at, 0)])])
    not_data = frame.height - kept.height + others
    return RawTable(
        kept, headers, encoding, separator, skipped + at + 1, not_data, warnings, totals, above, merged, frame.height
    )


def read_on(data: bytes, mapping: Mapping, like: RawTable, first: int) -> RawTable:
    """Further rows (UTF-8) of a text file of which `like` is the beginning; `first` is the number of the first row."""
    data = _unaligned(data.decode()).encode() if mapping.separator == " " else data
    body = _csv_body(data, like.separator, len(like.headers), like.warnings)
    like.warnings.extend(_broken_off(data[-1:].decode(errors="replace")))
    frame, kept, totals = _rows(body, like.headers, first, mapping)
    return replace(like, frame=kept, totals=totals, not_data=frame.height - kept.height, height=frame.height)


def _broken_off(text: str) -> list[str]:
    return [] if text.endswith(("\n", "\r")) else ["no line end after the last row: the file may be broken off"]


def _rows(
    body: pl.DataFrame, headers: list[str], first: int, mapping: Mapping
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All rows with their numbers, those of them that are data, and those that are totals."""
    names = [*headers, EXTRA][: body.width]
    cells = [column.alias(name) for column, name in zip(body, names, strict=False)]
    if EXTRA not in names:
        cells.append(pl.Series(EXTRA, [None], dtype=pl.String).new_from_index(0, body.height))
    numbers = pl.int_range(first, first + body.height, dtype=pl.Int64, eager=True).alias(ROW)
    frame = pl.DataFrame([numbers, *cells])
    may_be, no_data, total = _no_data(headers, mapping)
    looked_at = frame.filter(may_be)
    if looked_at.is_empty():
        return frame, frame, looked_at
    out = looked_at.filter(no_data)
    kept = frame.join(out.select(ROW), on=ROW, how="anti", maintain_order="left")
    footer = pl.any_horizontal(pl.col(h).str.contains(_FOOTER).fill_null(False) for h in headers)
    return frame, kept, looked_at.filter(total & ~footer)


def decode(data: bytes, declared: str | None = None, name: str = "file") -> tuple[str, str, list[str]]:
    """Bytes as NFC text, the encoding used and warnings: a byte-order mark, then UTF-16, UTF-8, cp1258, cp1252."""
    if declared:
        try:
            return _readable(data.decode(declared), declared)
        except (UnicodeError, LookupError) as error:
            raise InputError(
                Problem(name, str(error)[:120], f"text in {declared}", "correct `encoding` of the source")
            ) from None
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _readable(data.decode(encoding, errors="replace"), encoding)
    start = data[:4000]
    first, second = start[::2].count(0), start[1::2].count(0)
    if max(first, second) * 10 > len(start) and min(first, second) * 10 < max(first, second):
        encoding = "utf-16-be" if first > second else "utf-16-le"
        return _readable(data.decode(encoding, errors="replace"), encoding)
    try:
        return _readable(data.decode("utf-8"), "utf-8")
    except UnicodeError:
        return _damaged(data) or _older(data)


def _damaged(data: bytes) -> tuple[str, str, list[str]] | None:
    """UTF-8 of which a few bytes are broken; in an older encoding hardly any letters look like UTF-8."""
    text = data.decode("utf-8", errors="replace")
    lost = text.count(LOST)
    return _readable(text, "utf-8") if len(re.findall(r"[^\x00-\x7f]", text)) > 2 * lost else None


def _older(data: bytes) -> tuple[str, str, list[str]]:
    """cp1258, whose tones follow a vowel; where none does, or one follows something else, cp1252 (or ISO-8859-1)."""
    western = data.decode("cp1252", errors="replace")
    try:
        text = data.decode("cp1258")
    except UnicodeError:
        text = ""
    if re.search(f"[{_TONES}]", text) and not _STRAY_TONE.search(text):
        return _readable(text, "cp1258")
    warnings = [] if text == western else ["encoding guessed as cp1252"]
    composed, encoding, more = _readable(western, "cp1252")
    return composed, encoding, warnings + more


def _readable(text: str, encoding: str) -> tuple[str, str, list[str]]:
    """Text composed and without NUL characters and further marks of byte order; says what could not be read."""
    warnings = []
    if lost := text.count(LOST):
        warnings.append(f"characters that cannot be read as {encoding}: {lost}, shown as {LOST}")
    if "\0" in text:
        warnings.append(f"NUL characters left out: {text.count(chr(0))}")
        text = text.replace("\0", "")
    return _nfc(text.replace("\ufeff", "")), encoding, warnings


def _unaligned(text: str) -> str:
    """Columns that spaces align, with one space between two cells and none at the ends of a line."""
    return re.sub(r"[ \t]{2,}|\t", " ", re.sub(r"(?m)^[ \t]+|[ \t]+(?=\r?$)", "", text))


def _nfc(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _parquet(data: bytes, name: str) -> pl.DataFrame:
    """A Parquet file of text: its rows are numbered from 1, for it has no header row."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except pl.exceptions.PolarsError as error:
        raise InputError(
            Problem(name, str(error).splitlines()[0][:120], "a Parquet file that opens", "write it again")
        ) from None
    if typed := [column for column, dtype in frame.schema.items() if dtype != pl.String]:
        raise InputError(
            Problem(name, f"columns that are no text: {', '.join(typed)[:120]}", "text columns", "write them as text")
        )
    return frame.select(pl.all().str.normalize("NFC"))


def _csv_header(text: str, wanted: Sequence[str], mapping: Mapping) -> tuple[str, int | None, int, list[list[str]]]:
    """Separator, index of the header's record, characters up to its end, and the first records."""
    best: tuple[int, int, str, int | None, int, list[list[str]]] | None = None
    lines = list(io.StringIO(text[:HEAD], newline=""))
    for separator in mapping.separator or SEPARATORS:
        reader = csv.reader(lines, delimiter=separator)
        rows, ends = [], []
        for record in itertools.islice(reader, HEADER_ROWS):
            rows.append([cell.strip() for cell in record[: WIDEST + 1]])
            ends.append(reader.line_num)
        rows, at = _with_groups(rows, _header_at(rows, wanted, mapping.melt), wanted, mapping.melt)
        score = 0 if at is None else _score(rows[at], wanted, mapping.melt)
        width = max((len(row) for row in rows), default=0)
        if best is None or (score, width) > best[:2]:
            end = sum(map(len, lines[: ends[at]])) if at is not None else 0
            best = (score, width, separator, at, end, rows)
    assert best is not None
    return best[2:]


def _csv_body(data: bytes, separator: str, width: int, warnings: list[str]) -> pl.DataFrame:
    """The rows of a text below its header, cells cleaned; one column more than headers shows what is too many."""
    columns = [f"c{i}" for i in range(width + 1)]
    schema = dict.fromkeys(columns, pl.String)
    if not data:
        return pl.DataFrame(schema=schema)
    body = data if b"\n" in data else data.replace(b"\r", b"\n")
    try:
        frame = pl.read_csv(
            body,
            separator=separator,
            has_header=False,
            quote_char='"',
            schema=schema,
            missing_columns="insert",
            extra_columns="raise",
            infer_schema=False,
        )
        if _is_plain(frame, body, separator):
            return _clean(frame, is_trimmed(body, separator))
    except pl.exceptions.PolarsError:
        pass
    rows, broken = _by_line(body.decode(), separator, width)
    if broken:
        warnings.append("a quote is not closed: read without quoting")
    return _clean(pl.DataFrame(rows, schema=schema, orient="row"))


def _clean(frame: pl.DataFrame, is_trimmed: bool = False) -> pl.DataFrame:
    return frame.with_columns(clean(column, is_trimmed) for column in frame)


def _is_plain(frame: pl.DataFrame, body: bytes, separator: str) -> bool:
    """Whether every line is a row or within a cell, and no cell took lines in that look like rows."""
    lines = np.count_nonzero(np.frombuffer(body, np.uint8) == 10) + (not body.endswith(b"\n"))
    if frame.height == lines and b'"' not in body and b"\r" not in body:
        return True
    cells = pl.all().str
    inside = int(frame.select(pl.sum_horizontal(cells.count_matches("\n", literal=True).sum())).item() or 0)
    if frame.height + inside != lines:
        return False
    if not inside and b"\r" not in body:
        return True
    taken_in = cells.contains("\n", literal=True) & (cells.contains(separator, literal=True) | cells.contains('"'))
    return not frame.select(pl.any_horizontal((taken_in | cells.contains("\r([^\n]|$)")).any())).item()


def _by_line(body: str, separator: str, width: int) -> tuple[list[list[str | None]], int]:
    """Rows found line by line, so that an unclosed quote spoils its own line only; and how many lines it spoiled.

    A quoted cell goes on over following lines where it is closed at last, unless each of them is a row by itself.
    """
    lines = list(io.StringIO(body, newline=""))
    rows, broken, at = list[list[str | None]](), 0, 0
    while at < len(lines):
        plain = lines[at].rstrip("\r\n").split(separator)
        record, used = plain, 1
        if '"' in lines[at]:
            reader = csv.reader(map(lines.__getitem__, range(at, len(lines))), delimiter=separator, strict=True)
            try:
                record, used = next(reader), reader.line_num
                if used > 1 and width > 1 and _are_rows(lines[at : at + used], separator, width):
                    raise csv.Error
            except csv.Error:
                record, used, broken = [cell.strip('"') for cell in plain], 1, broken + 1
        extra = separator.join(record[width:]).strip(separator + " ")
        rows.append([*record[:width], *[None] * (width - len(record)), extra or None])
        at += used
    return rows, broken


def _are_rows(lines: list[str], separator: str, width: int) -> bool:
    """Whether each line by itself has as many cells as the header, the outermost filled."""
    rows = [line.rstrip("\r\n").split(separator) for line in lines]
    return all(len(row) == width and row[0].strip() and row[-1].strip() for row in rows)


def _rows_of(grid: pl.DataFrame) -> list[list[str]]:
    return [[(cell or "").strip() for cell in row] for row in grid.iter_rows()]


def _headers(cells: list[str]) -> list[str]:
    """Header texts, made distinct: the second 'Giảm giá' is 'Giảm giá (2)'.

    One that the frame's own columns or polars would take for something else gets a space at its end.
    """
    seen: dict[str, int] = {}
    names = dict[str, None]()
    for i, cell in enumerate(cells):
        text = _nfc(" ".join(cell.split())) or f"column {i + 1}"
        text += " " if text in (ROW, EXTRA) or re.fullmatch(r"\*|\^.*\$", text) else ""
        name, nth = text, seen.get(text, 0)
        while not nth or name in names:
            nth += 1
            name = text if nth == 1 else f"{text} ({nth})"
        seen[text] = nth
        names[name] = None
    return list(names)


def _score(cells: Iterable[str], wanted: Sequence[str], melt: Melt | None) -> int:
    plain = {fold(pattern) for pattern in wanted if "*" not in pattern}
    open_ended = [pattern for pattern in wanted if "*" in pattern]
    melted = melt.columns.values() if melt else ()
    return sum(
        fold(cell) in plain
        or any(matches(pattern, cell) for pattern in open_ended)
        or any(re.search(pattern, cell) for pattern in melted)
        for cell in cells
        if cell
    )


def _header_at(rows: list[list[str]], wanted: Sequence[str], melt: Melt | None) -> int | None:
    scores = [_score(row, wanted, melt) for row in rows]
    best = max(scores, default=0)
    return scores.index(best) if best else None


def _with_groups(
    rows: list[list[str]], at: int | None, wanted: Sequence[str], melt: Melt | None
) -> tuple[list[list[str]], int | None]:
    """The first rows and the header's index; a header of two rows becomes one, where that has more known headers.

    A cell of the upper row stands for those on its right that are blank: 'Phát sinh' over 'Nợ' and 'Có'. A row that
    fills cells below known headers is no second row of them but data.
    """
    best = (0, rows, at) if at is None else (_score(rows[at], wanted, melt), rows, at)
    for bottom in () if at is None else (at, at + 1):
        if not 0 < bottom < len(rows):
            continue
        group, joined, is_data = "", list[str](), False
        for above, below in itertools.zip_longest(rows[bottom - 1], rows[bottom], fillvalue=""):
            group = above or (group if below else "")
            texts = [f"{group} {below}".strip(), below, above]
            joined.append(next((text for text in texts if _score([text], wanted, melt)), texts[0]))
            is_data |= bottom != at and bool(below) and joined[-1] != texts[0] and bool(_score([above], wanted, melt))
        score = _score(joined, wanted, melt)
        if score > best[0] and not is_data:
            best = (score, [*rows[:bottom], joined, *rows[bottom + 1 :]], bottom)
    return best[1:]


def _no_data(headers: list[str], mapping: Mapping) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Which rows must be looked at, which of them are no data (blank, header, called so, total, footer), which totals.

    A total needs a cell that looks like one, and an empty key cell or no other cell: a campaign 'Total Wine' stays.
    Where the key is a day, the label may stand in its place.
    """

    def column(field: str) -> str | None:
        header = mapping.columns.get(field, mapping.columns.get(f"{field}?", []))
        patterns = [header] if isinstance(header, str) else header
        return next((h for pattern in patterns for h in headers if matches(pattern, h)), None)

    cells = [pl.col(header) for header in headers]
    filled = pl.sum_horizontal(cell.is_not_null() for cell in cells)
    total = pl.any_horizontal(cell.str.contains(_TOTAL).fill_null(False) for cell in cells)
    first = next(iter(mapping.columns), "").rstrip("?")
    key = pl.col(column(first) or headers[0])
    no_key = key.is_null() | (filled == 1)
    if first.endswith(("_on", "_at")):
        no_key = no_key | key.str.contains(_TOTAL)
    known = [cell.str.contains(pattern).fill_null(False) for pattern in mapping.not_data for cell in cells]
    lacking = [pl.col(name).is_null() for field in mapping.total_lacks if (name := column(field))]
    sums = pl.all_horizontal(lacking) if lacking else pl.lit(False)
    is_total = (total & no_key.fill_null(True)) | (sums & (filled > 0))
    again = pl.all_horizontal([(pl.col(header) == header).fill_null(False) for header in headers[:3]])
    called_so = pl.any_horizontal([pl.lit(False), *known])
    scant = pl.any_horizontal(cell.is_null() for cell in (key, *cells[:2]))  # a row with one cell lacks one of any two
    worded = ~key.str.contains(r"^\d").fill_null(False) if first.endswith(("_on", "_at")) else pl.lit(False)
    may_be = scant | worded | again | sums | called_so
    return may_be, (filled == 0) | again | is_total | called_so, is_total & (filled > 1)


def _one_table(text: str, wanted: Sequence[str], mapping: Mapping, warnings: list[str]) -> tuple[str, str, int, int]:
    """Of several tables in a text the one whose header is known best: its text, the lines that stand between tables
    above it, the number of lines before it, and the rows of the others, which the warnings name.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    between = [bool(re.search(mapping.apart or "", line)) for line in lines]
    starts = [i for i, is_between in enumerate(between) if not is_between and (i == 0 or between[i - 1])]

    def score(start: int) -> int:
        cells = [next(csv.reader([lines[start]], delimiter=mark)) for mark in mapping.separator or SEPARATORS]
        return max(_score(row, wanted, mapping.melt) for row in cells)

    tables = {start: next((i for i in range(start, len(lines)) if between[i]), len(lines)) for start in starts}
    first = max(tables, key=score, default=0)
    for start in tables.keys() - {first}:
        warnings.append(f"another table was not read: {lines[start][:60]} ({tables[start] - start - 1} rows)")
    others = sum(end - start for start, end in tables.items() if start != first)
    above = "\n".join(line for line, is_between in zip(lines[:first], between, strict=False) if is_between)
    return "\n".join(lines[first : tables.get(first)]), above, first, others


def _no_header(name: str, wanted: Sequence[str], top: list[list[str]]) -> Problem:
    if re.match(r"(?i)<(!doctype|html|table|\?xml)", next((cell for row in top for cell in row if cell), "")):
        expected, next_step = "a workbook or a text file", "open it in a spreadsheet and save it as .xlsx"
        return Problem(name, "a web page or XML, whatever its name says", expected, next_step)
    widest = max(top, key=len, default=[])
    return Problem(
        name,
        f"no row with known headers (first: {', '.join(filter(None, widest))[:120]})",
        f"a header row with {', '.join(wanted[:6])}",
        "export it again, or correct kind or columns of the source",
    )
