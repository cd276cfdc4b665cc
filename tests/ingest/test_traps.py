"""The traps of real exports, one test each: what the reader makes of it, and what it says.

A file is read with two columns known, 'Mã đơn' and 'Số lượng', unless the table says otherwise.
"""

# ruff: noqa: E501  (rows of a file stand as they are)

import io
import re
import struct
import unicodedata
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from revops.company import Mapping
from revops.ingest.reader import EXTRA, decode, read_table
from revops.ingest.text import cleaned, day_order, decimal_mark, identifier, number_text, rounded, stamp
from revops.problems import InputError

from .small import HEAD, LINES

KNOWN = {"order_id": "Mã đơn", "quantity": "Số lượng"}
TOP = "Mã đơn,Số lượng\n"
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
SHEET = "xl/worksheets/sheet1.xml"


def read(data, columns=KNOWN, **mapping):
    return read_table(data if isinstance(data, bytes) else data.encode(), Mapping(columns=columns, **mapping), "f")


def cells(data, columns=KNOWN, **mapping):
    """Cells of the known columns by row, without row numbers."""
    table = read(data, columns, **mapping)
    return table.frame.select(table.find(wanted) for wanted in columns.values()).rows()


def one(expression, text):
    return pl.DataFrame({"v": [text]}, schema={"v": pl.String}).select(expression(pl.col("v"))).item()


# --- Encoding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text", "encoding", "warnings"),
    [
        ("Mã".encode("utf-8-sig"), "Mã", "utf-8-sig", []),
        ("Mã đơn,1\n".encode("utf-16"), "Mã đơn,1\n", "utf-16", []),
        ("Mã đơn,1\n".encode("utf-16-le"), "Mã đơn,1\n", "utf-16-le", []),
        ("Mã đơn,1\n".encode("utf-16-be"), "Mã đơn,1\n", "utf-16-be", []),
        ("Đường Trần Hưng Đạo, Huế\n".encode("utf-16-le"), "Đường Trần Hưng Đạo, Huế\n", "utf-16-le", []),
        (b"a\0,\0\0b\n", "a,b\n", "utf-8", ["NUL characters left out: 3"]),
        (b"Ma\xde \xf0\xf5n", "Mã đơn", "cp1258", []),
        (b"caf\xe9,na\xefve", "café,naïve", "cp1252", []),
        (b"S\xe3o Paulo", "São Paulo", "cp1252", ["encoding guessed as cp1252"]),
        (b"per\xf2", "però", "cp1252", ["encoding guessed as cp1252"]),
        ("Mã đơn,".encode() + b"\xff", "Mã đơn,\ufffd", "utf-8", ["characters that cannot be read as utf-8: 1, shown as \ufffd"]),
        ("Mã đơn Huế".encode()[:-1], "Mã đơn Hu\ufffd", "utf-8", ["characters that cannot be read as utf-8: 1, shown as \ufffd"]),
        ("Mã".encode("utf-16")[:-1], "M\ufffd", "utf-16", ["characters that cannot be read as utf-16: 1, shown as \ufffd"]),
        ("\ufeff\ufeffMã\ufeff".encode(), "Mã", "utf-8-sig", []),
        (unicodedata.normalize("NFD", "Mã đơn ế").encode(), "Mã đơn ế", "utf-8", []),
    ],
)  # fmt: skip
def test_an_encoding_is_found_and_what_cannot_be_read_is_told(data, text, encoding, warnings):
    assert decode(data) == (text, encoding, warnings)


# --- Header, separator, what stands above and below -------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["MÃ ĐƠN,số  lượng", "ma don,So luong", "Mã đơn *,Số lượng (*)", unicodedata.normalize("NFD", "Mã đơn,Số lượng"), "\u00a0Mã đơn\u200b,Số\u00a0lượng", '"Mã\nđơn",Số lượng'],
)  # fmt: skip
def test_a_header_is_known_however_it_is_written(header):
    assert cells(header + "\nA1,2\n") == [("A1", "2")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mã đơn;Số lượng\nA1;2,5\n", [("A1", "2,5")]),
        ("Sales, north, south, east, west\nMã đơn;Số lượng\nA1;2,5\n", [("A1", "2,5")]),
        ("sep=;\nMã đơn;Số lượng\nA1;2,5\n", [("A1", "2,5")]),
        ("Báo cáo\t\t\t\nMã đơn\tSố lượng\nA1\t2\n", [("A1", "2")]),
        ("# Start date: 20261001\n# x, y, z, Mã\nMã đơn|Số lượng\nA1|2\n", [("A1", "2")]),
    ],
)
def test_a_separator_is_found_on_the_header_below_titles(text, expected):
    assert cells(text) == expected


RECEIVABLES = {"a": "Số chứng từ", "b": "Phát sinh Nợ", "c": "PS Có", "d": "Số dư Có"}
TWO_ROWS = [["CHI TIẾT CÔNG NỢ"], ["Số chứng từ", "Ngày", "Phát sinh", "", "Số dư", ""], ["", "", "Nợ", "PS Có", "Nợ", "Có"], ["BH1", "46023", "5", "4", "3", "2"]]  # fmt: skip


@pytest.mark.parametrize("made", [lambda rows: "\n".join(map(",".join, rows)), lambda rows: workbook(rows)])
def test_a_header_of_two_rows_is_read_as_one(made):
    assert cells(made(TWO_ROWS), RECEIVABLES) == [("BH1", "5", "4", "2")]
    assert read(made(TWO_ROWS), RECEIVABLES).header_row == 3


def test_a_header_of_one_row_does_not_take_in_the_row_beside_it():
    assert read("Kho\n" + TOP + "Nợ,Có\n").headers == ["Mã đơn", "Số lượng"]


@pytest.mark.parametrize(
    ("header", "names", "warnings"),
    [
        ("Mã đơn,Mã đơn,Số lượng", ["Mã đơn", "Mã đơn (2)", "Số lượng"], ["column Mã đơn stands twice: the first is read"]),
        ("Mã đơn,x,x,x (2)", ["Mã đơn", "x", "x (2)", "x (2) (2)"], []),
        ("Mã đơn,row,_too_many", ["Mã đơn", "row ", "_too_many "], []),
        ("Mã đơn,*,^.*$", ["Mã đơn", "* ", "^.*$ "], []),
        ("Mã đơn,,", ["Mã đơn", "column 2", "column 3"], []),
    ],
)  # fmt: skip
def test_every_column_gets_a_name_of_its_own(header, names, warnings):
    table = read(header + "\nA1,2,3\n")
    assert (table.headers, table.warnings, table.frame["Mã đơn"].to_list()) == (names, warnings, ["A1"])


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Total: Account,5", 1), (",Total : compte", 0), (",Gesamt: Konto", 0), ("Grand total,", 0), ("Cộng,", 0),
        (",Tổng cộng", 0), ("Total Wine,5", 1), ("Số dư đầu kỳ,", 0), ("Grand Totals (2 records),", 0),
        ("Confidential Information - Do Not Distribute", 0), ("Copyright (c) 2000-2026 example", 0), (",", 0),
        ("Mã đơn,Số lượng", 0), ("Mã đơn,5", 1),
    ],
)  # fmt: skip
def test_totals_footers_and_a_header_that_comes_again_are_no_data(line, kept):
    table = read(TOP + "A1,2\n" + line + "\n")
    assert (table.frame.height, table.not_data) == (1 + kept, 1 - kept)


def test_an_opening_balance_is_no_total_to_check_against():
    table = read(TOP + "A1,2\n,Số dư đầu kỳ 9\n,Tổng 2\n")
    assert table.totals.is_empty()
    wide = read("Mã đơn,Số lượng,x\nA1,2,\n,9,Số dư\n,2,Tổng\n")
    assert wide.totals["Số lượng"].to_list() == ["2"]


# --- Lines and quotes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected", "warned"),
    [
        ("A1,2\r\nA2,3\nA3,4\rA4,5\r\n", ["A1 2", "A2 3", "A3 4", "A4 5"], False),
        ("A1,2\rA2,3\r", ["A1 2", "A2 3"], False),
        ("A1,2\nA2,3", ["A1 2", "A2 3"], False),
        ('"Lê Lợi,\nHuế",2\nA2,3\n', ["Lê Lợi,\nHuế 2", "A2 3"], False),
        ('"a\r\nb",2\r\nA2,3\r\n', ["a\r\nb 2", "A2 3"], False),
        ('5" fan,2\n6" fan,3\n', ['5" fan 2', '6" fan 3'], False),
        ('"Quạt ""Gió""",2\n', ['Quạt "Gió" 2'], False),
        ('A1,"2\nA2,3"\nA3,4\n', ["A1 2", 'A2 3"', "A3 4"], True),
        ('A1,"2\nA2,3\n"A,3",4\n', ["A1 2", "A2 3", "A,3 4"], True),
        ('"A" x,2\nA2,3\n', ['A" x 2', "A2 3"], True),
        ('A1,2\n"A2,3', ["A1 2", "A2 3"], True),
    ],
)  # fmt: skip
def test_a_quote_joins_only_what_it_encloses(body, expected, warned):
    table = read(TOP + body)
    assert [" ".join(row) for row in table.frame.select("Mã đơn", "Số lượng").rows()] == expected
    assert ("a quote is not closed: read without quoting" in table.warnings) == warned


@pytest.mark.parametrize(("body", "told"), [("A1,2\nA2,3\n", False), ("A1,2\rA2,3\r", False), ("A1,2\nA2,8", True)])
def test_a_file_whose_last_row_has_no_line_end_may_be_broken_off(body, told):
    assert ("no line end after the last row: the file may be broken off" in read(TOP + body).warnings) == told


@pytest.mark.parametrize(("line", "extra"), [("A1,2,9", "9"), ("A1,2,,9", "9"), ("A1,2,,", None), ("A1,2,8,9", "8,9")])
def test_a_cell_beyond_the_header_is_seen_however_far_it_stands(line, extra):
    assert read(TOP + line + "\nA2,3\n").frame[EXTRA].to_list() == [extra, None]


def test_a_long_cell_is_read_and_a_header_wider_than_a_spreadsheet_is_refused():
    assert len(cells(TOP + '"' + "x" * 1_000_000 + '",2\n')[0][0]) == 1_000_000
    with pytest.raises(InputError, match="f: found a header of more than 16,384 columns or 2,000,000 characters"):
        read(TOP.strip() + ",x" * 16_383 + "\n")


# --- Cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " --", "--", "-", "—", "(not set)", "n/a", "#N/A", "\u00a0\u202f", "'", '=""'])
def test_what_means_nothing_is_null(text):
    assert one(cleaned, text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1\u00a0234\u202f567\u2009000", "1234567000"), ("500.000.000 đ", "500.000.000"), ("500.000 đồng", "500.000"),
        ("₫1,000", "1,000"), ("1000VNÐ", "1000"), ("10%", "10"), ("(1,234)", "-1,234"), ("1,234-", "-1,234"),
        ("\u22125", "-5"), ("$(5.50)", "-5.50"), ("1'234.50", "1234.50"), ("US$5", "5"), ("+7", "7"),
    ],
)  # fmt: skip
def test_what_stands_around_a_number_is_taken_off(text, number):
    assert one(number_text, text) == number


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.000"], None),
        (["1.000", "1.234.567"], ","),
        (["1,000.5"], "."),
        (["1,5"] * 9 + ["1.5"], ","),
        (["1,5"] * 8 + ["1.5"], None),
    ],
)
def test_a_column_that_contradicts_itself_is_not_decided(texts, mark):
    assert decimal_mark(pl.Series(texts)) == mark


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026"], None),
        (["13/04/2026"] * 9 + ["04/13/2026"], "dmy"),
        (["13/04/2026"] * 8 + ["04/13/2026"], None),
        (["31/13/2026", "04/13/2026"], "mdy"),
        (["2026-03-04", "2026-12-12", "13/04/2026", "31/01/2026"], None),
        (["2026-03-04", "2026-12-12", "13/04/2026"], "dmy"),
        (["2026-03-14", "13/04/2026"], "dmy"),
        (["10:30 13/04/2026"], "dmy"),
    ],
)
def test_days_of_a_column_that_contradict_each_other_are_not_decided(texts, order):
    assert day_order(pl.Series(texts)) == order


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("28 Feb 2026 23:30", datetime(2026, 2, 28, 23, 30)),
        ("Feb 28, 2026 23:30", datetime(2026, 2, 28, 23, 30)),
        ("2026-05-31 18:00 (UTC)", datetime(2026, 6, 1, 1)),
        ("2026-05-14 11:23:45 +0100", datetime(2026, 5, 14, 17, 23, 45)),
        ("2026-05-14 11:23:45+07", datetime(2026, 5, 14, 11, 23, 45)),
        ("2026-05-14 11:23 (GMT+7)", datetime(2026, 5, 14, 11, 23)),
        ("2026-05-14 11:23 UTC-08:30", datetime(2026, 5, 15, 2, 53)),
        ("06/10/2026 07:00:00 PM", datetime(2026, 10, 6, 19)),
        ("06/10/2026 12:30 AM", datetime(2026, 10, 6, 0, 30)),
        ("06/10/2026 07:00 CH", datetime(2026, 10, 6, 19)),
        ("06/10/2026 07:00 SA", datetime(2026, 10, 6, 7)),
        ("10:30 06/10/2026", datetime(2026, 10, 6, 10, 30)),
        ("46023", datetime(2026, 1, 1)),
        ("60", None),
        ("2026-10-05-07", None),
    ],
)
def test_moments_as_systems_write_them(text, moment):
    assert one(lambda cell: stamp(cell, "dmy", VIETNAM), text) == moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [('="0012"', "0012"), ("'0912", "0912"), ("576461413038785752\t", "576461413038785752"), ("12.0", "12"), ("0012", "0012"), ("\u2009A1\u202f\u200e", "A1"), ("8.4912345678E+10", "84912345678")],
)  # fmt: skip
def test_an_identifier_is_text(text, expected):
    assert one(lambda cell: identifier(cleaned(cell)), text) == expected


@pytest.mark.parametrize(
    ("ids", "cut"),
    [
        (["5.76E+17"], [True]),
        (["5.7646141303878E+17", "A1"], [True, False]),
        (["8.4912345678E+10"], [False]),
        (["8.491E+10"], [True]),
        (["5E+17"], [True]),
        (["576461413038785000"], [True]),
        (["576461413038785752", "576461413038785000", "576461413038785753"], [False, False, False]),
        (["1234567890123450"], [False]),
        (["1234567890123450", "1234567890123460"], [True, True]),
        (["123456789012345"], [False]),
        ([None, "E+17"], [False, False]),
    ],
)
def test_an_identifier_that_a_spreadsheet_cut_is_seen(ids, cut):
    column = pl.DataFrame({"v": ids}, schema={"v": pl.String})
    assert column.select(rounded(pl.col("v"))).to_series().to_list() == cut


def test_an_order_whose_number_was_cut_waits_in_quarantine(shop):
    line = ",2026-10-05,X,2,1000,Stores\n"
    loaded = shop.write({"raw/a.csv": HEAD + "5.76461E+17" + line + "576461413038785752" + line}).load()
    assert loaded.tables["orders"]["order_id"].to_list() == ["576461413038785752"]
    assert loaded.quarantine.select("row", "reason", "field", "found").rows() == [(2, "rounded_id", "order_id", "5.76461E+17")]  # fmt: skip


@pytest.mark.parametrize(("lines", "kept"), [(1, 1), (2, 2)])
def test_equal_lines_of_an_order_are_legal(shop, lines, kept):
    loaded = shop.write({"raw/a.csv": HEAD + "A1,2026-10-05,X,2,1000,Stores\n" * lines}).load()
    assert loaded.tables["order_lines"].height == kept


def test_an_order_in_two_files_that_overlap_counts_once(shop):
    text = HEAD + "A1,2026-10-05,X,2,1000,Stores\n" * 2
    loaded = shop.write({"raw/a.csv": text, "raw/b.csv": text}).load()
    assert (loaded.tables["order_lines"].height, loaded.log["rows_merged"].sum()) == (2, 2)


def test_a_total_that_its_rows_do_not_reach_is_a_fault(shop):
    columns = {"spent_on": "Day", "campaign": "Name", "spend_amount": "Cost"}
    source = {**LINES, "table": "ad_spend", "columns": columns, "constants": {"platform": "A"}}
    loaded = shop.write(
        {"raw/a.csv": "Day,Name,Cost\n2026-10-01,A,5\n2026-10-02,B,6\nTotal,,12\n"}, {"s": source}
    ).load()
    assert "12, as its total row says" in [fault.expected for fault in loaded.faults]


# --- Workbooks -------------------------------------------------------------------------------------------------------


def workbook(rows=(), write=None, **options):
    """A workbook of rows of text, with more written by write(book, sheet)."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    sheet = book.add_worksheet("orders")
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            if text != "":
                sheet.write_string(i, j, text)
    if write:
        write(book, sheet)
    book.close()
    return buffer.getvalue()


def edited(data, path, change):
    """The workbook with one of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == path else old.read(name))
    return out.getvalue()


ORDERS = [["Mã đơn", "Số lượng"], ["0012", "2"], ["A2", "3"]]


def test_a_sheet_that_declares_a_wrong_dimension_is_read_whole():
    data = edited(workbook(ORDERS), SHEET, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', xml))
    assert b'ref="A1"' in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    assert cells(data) == [("0012", "2"), ("A2", "3")]


@pytest.mark.parametrize("name", ["raw/a.xls", "raw/a.csv"])
def test_a_workbook_is_known_by_its_bytes_whatever_its_name(shop, name):
    rows = [HEAD.strip().split(","), ["A1", "2026-10-05", "X", "2", "1000", "Stores"]]
    loaded = shop.write({name: workbook(rows)}, {"shop": {**LINES, "files": "raw/*"}}).load()
    assert loaded.tables["order_lines"]["net_amount"].to_list() == [2000]


def by_hand(book, sheet):
    """Row 2: a formula's value and a day; 3: an error; 4: a true number too long; 5: the same as text; 6: hidden."""
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 1, ["Mã đơn", "Số lượng", "Ngày"])
    sheet.write(1, 1, "A1")
    sheet.write_formula(1, 2, "=1+1", None, 2)
    sheet.write_datetime(1, 3, datetime(2026, 10, 5), day)
    sheet.write(2, 1, "A2")
    sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    sheet.write_number(3, 1, 576461413038785752)
    sheet.write_string(4, 1, "576461413038785752")
    sheet.write_row(5, 1, ["A5", True])
    sheet.set_row(5, None, None, {"hidden": True})


def test_cells_of_every_type_become_text_and_what_they_hide_is_told():
    table = read(workbook(write=by_hand), {**KNOWN, "ordered_on": "Ngày"})
    assert table.frame.select("Mã đơn", "Số lượng", "Ngày").rows() == [
        ("A1", "2", "2026-10-05 00:00:00"), ("A2", "#DIV/0!", None), ("5.76461413038786E+17", None, None),
        ("576461413038785752", None, None), ("A5", "true", None),
    ]  # fmt: skip
    assert table.warnings == [
        "hidden rows are read too: 1", "cells with an error: 1, first C3 #DIV/0!",
        "numbers cut to 15 digits: 1, first B4",
    ]  # fmt: skip


def test_a_formula_without_a_stored_value_is_empty_and_told():
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (["Mã đơn", "Số lượng"], ["A1", "=1+1"], ["A2", 3]):
        book.active.append(row)
    book.save(buffer)
    table = read(buffer.getvalue())
    assert table.frame["Số lượng"].to_list() == [None, "3"]
    assert table.warnings == ["formulas without a stored value, read as empty: 1, first B2"]


def test_days_that_a_workbook_counts_from_1904_are_the_same_days_and_told():
    table = read(workbook(write=by_hand, date_1904=True), {**KNOWN, "ordered_on": "Ngày"})
    assert table.frame["Ngày"][0] == "2026-10-05 00:00:00"
    assert table.warnings[-1] == "days are counted from 1904: a day written as a plain number is 1,462 days off"


def test_a_merged_cell_is_told():
    data = workbook(ORDERS, lambda book, sheet: sheet.merge_range(3, 0, 4, 0, "A3"))
    assert "merged cells below the header: 1" in read(data).warnings[0]


def test_the_first_visible_sheet_is_read():
    def more(book, sheet):
        sheet.hide()
        page = book.add_worksheet("data")
        page.write_row(0, 0, ["Mã đơn", "Số lượng"])
        page.write_row(1, 0, ["B1", "7"])
        page.activate()

    assert cells(workbook(ORDERS, more)) == [("B1", "7")]
    assert cells(workbook(ORDERS, more), sheet="orders") == [("0012", "2"), ("A2", "3")]


def biff(rows):
    """A workbook of Excel 97: records in one stream of a compound file of 512-byte sectors."""

    def record(kind, data):
        return struct.pack("<HH", kind, len(data)) + data

    def string(text):
        return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")

    begin = struct.pack("<HHHHII", 0x600, 0x10, 0xDBB, 0x7CC, 0, 6)
    sheet = record(0x809, begin) + record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            place = struct.pack("<HHH", i, j, 0)
            sheet += record(0x204, place + string(cell)) if isinstance(cell, str) else record(0x203, place + struct.pack("<d", cell))  # fmt: skip
    sheet += record(0xA, b"")
    start = record(0x809, struct.pack("<HHHHII", 0x600, 0x5, 0xDBB, 0x7CC, 0, 6)) + record(
        0x42, struct.pack("<H", 1200)
    )
    bound = len(start) + 4 + 8 + 2 * len("orders") + 4
    stream = start + record(0x85, struct.pack("<IBBBB", bound, 0, 0, 6, 1) + "orders".encode("utf-16-le")) + record(0xA, b"") + sheet  # fmt: skip
    stream += b"\0" * max(4096 - len(stream), -len(stream) % 512)
    sectors = len(stream) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))

    def entry(name, kind, child, first, size):
        title = (name + "\0").encode("utf-16-le")
        body = title.ljust(64, b"\0") + struct.pack("<HBBIII", len(title), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return body + b"\0" * 36 + struct.pack("<IQ", first, size)

    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0) + b"\xff" * 432  # fmt: skip
    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    return head + struct.pack("<128I", *fat) + folder.ljust(512, b"\0") + stream


def test_a_workbook_of_excel_97_is_read():
    assert cells(biff([["Mã đơn", "Số lượng"], ["0012", 2.0], ["A2", 2.5]])) == [("0012", "2"), ("A2", "2.5")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: edited(workbook(ORDERS), "xl/workbook.xml", lambda xml: b"<a"), "a workbook that opens"),
        (lambda: edited(workbook(ORDERS), SHEET, lambda xml: xml[: len(xml) // 2]), "a workbook that opens"),
        (lambda: workbook(ORDERS)[:-50], "found File is not a zip file, expected a workbook that opens"),
        (lambda: edited(workbook(), "", None).replace(b"xl/workbook.xml", b"xl/another.xml_"), "found a zip archive of something else, expected a workbook saved as .xlsx. Next: unpack it"),
        (lambda: biff([["Mã đơn"]])[:1500], "a workbook that opens"),
        (lambda: workbook(ORDERS, lambda book, sheet: sheet.write("XFD1048576", "x")), "found cells spread over 1,048,576 rows and 16,384 columns, expected at most 30,000,000 cells. Next: delete the stray cells"),
    ],
)  # fmt: skip
def test_a_workbook_that_cannot_be_read_says_why(data, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read(data())


@pytest.mark.parametrize("start", ["<html><body><table>", "\n<!DOCTYPE html>\n", '<?xml version="1.0"?>\n<Workbook>'])
def test_a_web_page_that_is_called_a_workbook_is_refused_by_what_it_is(start):
    with pytest.raises(
        InputError, match="f: found a web page or XML, .* Next: open it in a spreadsheet and save it as"
    ):
        read(start + "<tr><td>Mã đơn hàng</td></tr>\n")
