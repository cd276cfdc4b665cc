"""Files as systems write them: CSV in any encoding, workbooks with fixed bytes, amounts and dates in any notation."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

Row = Sequence[Any]
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def write_csv(
    path: Path, rows: Iterable[Row], separator: str = ",", encoding: str = "utf-8", quote_all: bool = False
) -> None:
    """Rows as delimited text; line ends are CRLF, as exports have them."""
    text = io.StringIO()
    csv.writer(
        text, delimiter=separator, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, lineterminator="\r\n"
    ).writerows(rows)
    data = cp1258(text.getvalue()) if encoding == "cp1258" else text.getvalue().encode(encoding)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xfe" + data if encoding == "utf-16-le" else data)


def write_xlsx(path: Path, sheet: str, rows: Iterable[Row], formats: dict[int, str] | None = None) -> None:
    """Rows as a workbook; nothing in it depends on the clock. `formats`: column number to number format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 11, 1), "author": "Sao Mộc Home"})
    page = book.add_worksheet(sheet)
    looks = {column: book.add_format({"num_format": look}) for column, look in (formats or {}).items()}
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, (int, float)):
                page.write_number(i, j, value, looks.get(j))
            else:
                page.write_string(i, j, str(value))
    book.close()
    with zipfile.ZipFile(made) as loose, zipfile.ZipFile(path, "w") as tight:
        for part in loose.infolist():
            tight.writestr(part, loose.read(part), zipfile.ZIP_DEFLATED, compresslevel=9)


def cp1258(text: str) -> bytes:
    """Vietnamese Windows bytes: a tone is a character of its own after its letter."""
    return b"".join(_cp1258_character(character) for character in unicodedata.normalize("NFC", text))


def _cp1258_character(character: str) -> bytes:
    try:
        return character.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", character)
        letter = "".join(part for part in parts if part not in _TONES)
        tones = "".join(part for part in parts if part in _TONES)
        return unicodedata.normalize("NFC", letter).encode("cp1258") + tones.encode("cp1258")


def dots(amount: int) -> str:
    """1234567 as 1.234.567.

    >>> dots(1234567)
    '1.234.567'
    """
    return f"{amount:,}".replace(",", ".")


def comma_decimal(cents: int) -> str:
    """123450 hundredths as 1.234,50."""
    return f"{dots(cents // 100)},{cents % 100:02d}"


def dmy(day: date | None) -> str:
    """A day as dd/mm/yyyy, nothing for none."""
    return f"{day:%d/%m/%Y}" if day else ""


def serial(day: date) -> int:
    """A day as Excel counts it.

    >>> serial(date(2026, 1, 1))
    46023
    """
    return (day - date(1899, 12, 30)).days


def half(day: date) -> str:
    """'2026-H2' for a day of the second half of 2026."""
    return f"{day.year}-H{1 if day.month <= 6 else 2}"
