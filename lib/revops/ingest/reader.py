"""One reader for every file: bytes become a frame of text with the row numbers that a spreadsheet shows.

Encoding, separator and the header's row are found, not assumed; nothing is guessed silently: what was chosen is kept
with the table. Cells are text here: what a number or a day is, is decided later for whole columns.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import fastexcel
import polars as pl

from revops.company import Mapping, Melt
from revops.ingest.text import cleaned, fold, matches
from revops.problems import InputError, Problem

SEPARATORS = ",;\t|"
HEADER_ROWS = 15
EXTRA = "_too_many"
ROW = "row"
_STRAY_TONE = re.compile("(?:^|[^A-Za-z\u00c0-\u024f])[\u0300\u0301\u0303\u0309\u0323]")
_TOTAL = (
    r"(?i)^(grand totals?\b|totals?\b|sub-?totals?\b|gesamt\b|tổng cộng\b|tổng\b|cộng\b|số dư|"
    r"confidential information|copyright \(c\))"
)


@dataclass(frozen=True)
class RawTable:
    """A file as text: `frame` has `row` and one text column per header; `not_data` counts rows that are no data.

    `totals` holds those of them that are totals, for comparison.
    """

    frame: pl.DataFrame
    headers: list[str]
    encoding: str
    separator: str
    header_row: int
    not_data: int
    warnings: list[str] = field(default_factory=list)
    totals: pl.DataFrame = field(default_factory=pl.DataFrame)

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
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        grid, sheet = _sheet(data, mapping.sheet, name)
        top = _rows_of(grid.head(HEADER_ROWS))
        at = _header_at(top, wanted, mapping.melt)
        headers = _headers(top[at]) if at is not None else []
        body = grid.slice((at or 0) + 1)
        encoding, separator, warnings = "xlsx", sheet, list[str]()
    else:
        text, encoding, warnings = decode(data, mapping.encoding, name)
        separator, at, lines, top = _csv_header(text, wanted, mapping)
        headers = _headers(top[at]) if at is not None else []
        body = pl.DataFrame() if at is None else _csv_body(text, separator, lines, len(headers), warnings)
    if at is None:
        raise InputError(_no_header(name, wanted, top))
    names = [*headers, EXTRA][: body.width]
    body = body.rename(dict(zip(body.columns, names, strict=False))).with_row_index(ROW, offset=at + 2)
    frame = body.select(pl.col(ROW).cast(pl.Int64), *(cleaned(pl.col(c)).alias(c) for c in body.columns[1:]))
    if EXTRA not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(EXTRA))
    no_data, total = _no_data(headers, mapping)
    kept, totals = frame.filter(~no_data), frame.filter(total)
    return RawTable(kept, headers, encoding, separator, at + 1, frame.height - kept.height, warnings, totals)


def decode(data: bytes, declared: str | None = None, name: str = "file") -> tuple[str, str, list[str]]:
    """Bytes as NFC text, the encoding used and warnings: a byte-order mark, then UTF-8, UTF-16, cp1258, cp1252."""
    if declared:
        try:
            return _nfc(data.decode(declared)), declared, []
        except (UnicodeError, LookupError) as error:
            raise InputError(
                Problem(name, str(error)[:120], f"text in {declared}", "correct `encoding` of the source")
            ) from None
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _nfc(data.decode(encoding, errors="replace")), encoding, []
    start = data[:4000]
    if start.count(0) * 4 > len(start):
        encoding = "utf-16-be" if start[::2].count(0) > start[1::2].count(0) else "utf-16-le"
        return _nfc(data.decode(encoding, errors="replace")), encoding, []
    try:
        return _nfc(data.decode("utf-8")), "utf-8", []
    except UnicodeError:
        return _older(data)


def _older(data: bytes) -> tuple[str, str, list[str]]:
    """cp1258, whose tones follow a letter; where one does not, the file is no Vietnamese one."""
    try:
        text = data.decode("cp1258")
        if not _STRAY_TONE.search(text):
            return _nfc(text), "cp1258", []
    except UnicodeError:
        pass
    return _nfc(data.decode("cp1252", errors="replace")), "cp1252", ["encoding guessed as cp1252"]


def _nfc(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _csv_header(text: str, wanted: Sequence[str], mapping: Mapping) -> tuple[str, int | None, int, list[list[str]]]:
    """Separator, index of the header's record, physical lines up to its end, and the first records."""
    best: tuple[int, int, str, int | None, int, list[list[str]]] | None = None
    for separator in mapping.separator or SEPARATORS:
        reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
        rows, ends = [], []
        for record in reader:
            rows.append([cell.strip() for cell in record])
            ends.append(reader.line_num)
            if len(rows) == HEADER_ROWS:
                break
        at = _header_at(rows, wanted, mapping.melt)
        score = 0 if at is None else _score(rows[at], wanted, mapping.melt)
        width = max((len(row) for row in rows), default=0)
        if best is None or (score, width) > best[:2]:
            best = (score, width, separator, at, ends[at] if at is not None else 0, rows)
    assert best is not None
    return best[2:]


def _csv_body(text: str, separator: str, lines: int, width: int, warnings: list[str]) -> pl.DataFrame:
    """The rows below the header; one column more than the header has shows rows with too many fields."""
    columns = [f"c{i}" for i in range(width + 1)]
    body = text if "\n" in text else text.replace("\r", "\n")
    if len(body.split("\n", lines)) <= lines or not body.split("\n", lines)[lines].strip():
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))

    def read(quote: str | None) -> pl.DataFrame:
        return pl.read_csv(
            body.encode(),
            separator=separator,
            has_header=False,
            skip_lines=lines,
            quote_char=quote,
            schema=dict.fromkeys(columns, pl.String),
            missing_columns="insert",
            extra_columns="ignore",
            infer_schema=False,
        )

    try:
        frame = read('"')
        if not _swallowed(frame, separator, width):
            return frame
    except pl.exceptions.ComputeError:
        pass
    warnings.append("a quote is not closed: read without quoting")
    return read(None).with_columns(pl.all().str.strip_chars('"'))


def _swallowed(frame: pl.DataFrame, separator: str, width: int) -> bool:
    """Whether an unclosed quote took following lines into one cell."""
    text = pl.all().str
    lines = text.contains("\n") & (text.count_matches(separator, literal=True) >= max(width - 1, 1))
    return bool(frame.select(pl.any_horizontal(lines).any()).item())


def _sheet(data: bytes, sheet: str | None, name: str) -> tuple[pl.DataFrame, str]:
    try:
        book = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise InputError(
            Problem(name, str(error).splitlines()[0], "a workbook that opens", "save it again as .xlsx")
        ) from None
    if sheet is not None and sheet not in book.sheet_names:
        raise InputError(
            Problem(name, f"sheets {', '.join(book.sheet_names)}", f"a sheet {sheet}", "set `sheet` of the source")
        )
    chosen = sheet or book.sheet_names[0]
    grid = book.load_sheet(chosen, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return grid.select(pl.all().str.normalize("NFC")), chosen


def _rows_of(grid: pl.DataFrame) -> list[list[str]]:
    return [[(cell or "").strip() for cell in row] for row in grid.iter_rows()]


def _headers(cells: list[str]) -> list[str]:
    """Header texts, made distinct: the second 'Giảm giá' is 'Giảm giá (2)'."""
    seen: dict[str, int] = {}
    names = []
    for i, cell in enumerate(cells):
        text = _nfc(" ".join(cell.split())) or f"column {i + 1}"
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return names


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


def _no_data(headers: list[str], mapping: Mapping) -> tuple[pl.Expr, pl.Expr]:
    """Which rows are no data (blank, called so by the kind, totals, footers), and which of these are totals.

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
    return (filled == 0) | is_total | pl.any_horizontal([pl.lit(False), *known]), is_total & (filled > 1)


def _no_header(name: str, wanted: Sequence[str], top: list[list[str]]) -> Problem:
    widest = max(top, key=len, default=[])
    return Problem(
        name,
        f"no row with known headers (first: {', '.join(filter(None, widest))[:120]})",
        f"a header row with {', '.join(wanted[:6])}",
        "export it again, or correct kind or columns of the source",
    )
