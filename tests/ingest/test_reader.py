"""Files as systems export them: encodings, separators, preambles, totals, footers, broken rows."""

import io
import unicodedata

import pytest
import xlsxwriter

from revops.company import Mapping
from revops.ingest.reader import EXTRA, decode, read_table
from revops.problems import InputError

MAPPING = Mapping(columns={"order_id": "Mã đơn", "quantity": "Số lượng"})
BODY = "Mã đơn,Số lượng\nA1,2\nA2,3\n"


def rows(data, mapping=MAPPING, headers=("Mã đơn", "Số lượng")):
    table = read_table(data if isinstance(data, bytes) else data.encode(), mapping, "file.csv")
    return table.frame.select("row", *headers).rows()


def vietnamese_windows(text: str) -> bytes:
    """cp1258 holds base letters and combining tones: what a Vietnamese Excel saves."""
    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            base = unicodedata.normalize("NFC", parts[:-1])
            out += base.encode("cp1258") + parts[-1].encode("cp1258")
    return out


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (BODY.encode(), "utf-8"),
        (BODY.encode("utf-8-sig"), "utf-8-sig"),
        (BODY.encode("utf-16"), "utf-16"),
        (BODY.encode("utf-16-le"), "utf-16-le"),
        (BODY.encode("utf-16-be"), "utf-16-be"),
        (vietnamese_windows(BODY), "cp1258"),
        (unicodedata.normalize("NFD", BODY).encode(), "utf-8"),
    ],
)
def test_encodings_are_found_and_text_is_composed(data, encoding):
    assert decode(data)[1] == encoding
    assert rows(data) == [(2, "A1", "2"), (3, "A2", "3")]


def test_a_byte_that_no_vietnamese_file_holds_is_read_with_a_warning():
    text, encoding, warnings = decode(b"caf\xe9 \xd2")
    assert (text, encoding, warnings) == ("café Ò", "cp1252", ["encoding guessed as cp1252"])


def test_a_declared_encoding_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="file: found .* expected text in ascii. Next: correct `encoding`"):
        decode("Mã".encode(), "ascii")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator):
    assert rows(BODY.replace(",", separator)) == [(2, "A1", "2"), (3, "A2", "3")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Báo cáo\nTừ 01/01, đến 31/10\n" + BODY, [(4, "A1", "2"), (5, "A2", "3")]),
        ("# Start date: 20261001\n# x\n" + BODY, [(4, "A1", "2"), (5, "A2", "3")]),
        (BODY + "\n\nGrand Totals (2 records)\nCopyright (c) 2000-2026 x\n", [(2, "A1", "2"), (3, "A2", "3")]),
        (BODY + ",Tổng cộng 5\n", [(2, "A1", "2"), (3, "A2", "3")]),
        (BODY + "Cộng,\n", [(2, "A1", "2"), (3, "A2", "3")]),
        (BODY + "Total Wine,7\n", [(2, "A1", "2"), (3, "A2", "3"), (4, "Total Wine", "7")]),
        (BODY + ",9\n", [(2, "A1", "2"), (3, "A2", "3"), (4, None, "9")]),
        ("Mã đơn,Số lượng\n\nA1,2\n", [(3, "A1", "2")]),
        ('Mã đơn,Số lượng\n"A\n1",2\nA2,3\n', [(2, "A\n1", "2"), (3, "A2", "3")]),
        ("Mã đơn,Số lượng\r\nA1,2\r\n", [(2, "A1", "2")]),
        ("Mã đơn,Số lượng\rA1,2\r", [(2, "A1", "2")]),
        ("Mã đơn,Số lượng", []),
    ],
)
def test_rows_of_data_keep_the_number_that_a_spreadsheet_shows(text, expected):
    assert rows(text) == expected


def test_a_total_whose_label_stands_in_the_day_column_is_no_data():
    mapping = Mapping(columns={"day_on": "Date", "sessions": "Sessions"})
    assert rows("Date,Sessions\n20261001,4\nGrand total,4\n", mapping, ("Date", "Sessions")) == [(2, "20261001", "4")]


def test_a_row_that_lacks_every_name_is_a_total():
    mapping = Mapping(
        columns={"campaign": "Name", "spent_on": "Day", "spend_amount": "Spent"}, total_lacks=["campaign", "spent_on"]
    )
    text = "Name,Day,Spent\n,,9\nA,2026-10-01,4\n,2026-10-02,5\n"
    assert rows(text, mapping, ("Name", "Spent")) == [(3, "A", "4"), (4, None, "5")]


def test_a_row_that_explains_the_columns_is_no_data():
    mapping = Mapping(columns=MAPPING.columns, not_data=["^Platform unique"])
    assert rows("Mã đơn,Số lượng\nPlatform unique order ID.,Sold.\nA1,2\n", mapping) == [(3, "A1", "2")]


def test_too_many_fields_are_seen_and_missing_ones_are_null():
    table = read_table(b"order,qty\nA1,2,9\nA2\n", Mapping(columns={"order_id": "order"}), "f")
    assert table.frame.select("order", "qty", EXTRA).rows() == [("A1", "2", "9"), ("A2", None, None)]


@pytest.mark.parametrize("text", ['order,qty\nA1,"2\nA2,3\nA3,4\n', 'order,qty\nA1,"2\nA2,3\nA3,4"5\n'])
def test_an_unclosed_quote_does_not_swallow_rows(text):
    table = read_table(text.encode(), Mapping(columns={"order_id": "order"}), "f")
    assert table.frame["order"].to_list() == ["A1", "A2", "A3"]
    assert table.warnings == ["a quote is not closed: read without quoting"]


def test_two_columns_of_one_name_are_told_apart():
    table = read_table(b"order,off,off\nA1,1,2\n", Mapping(columns={"order_id": "order"}), "f")
    assert table.headers == ["order", "off", "off (2)"]


def workbook(cells, sheet="orders"):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for i, line in enumerate(cells):
        page.write_row(i, 0, line)
    book.close()
    return buffer.getvalue()


def test_a_workbook_is_known_by_its_bytes_and_read_as_text():
    cells = [["SỔ BÁN HÀNG"], [], [unicodedata.normalize("NFD", "Mã đơn"), "Số lượng"], ["0012", 46023], ["A2", 1.5]]
    assert rows(workbook(cells)) == [(4, "0012", "46023"), (5, "A2", "1.5")]


def test_a_sheet_that_is_not_there_is_named():
    mapping = Mapping(columns=MAPPING.columns, sheet="data")
    with pytest.raises(InputError, match="file.xlsx: found sheets orders, expected a sheet data. Next: set `sheet`"):
        read_table(workbook([["Mã đơn"]]), mapping, "file.xlsx")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "f.csv: found an empty file, expected a header and rows."),
        (
            b"a,b\n1,2\n",
            "f.csv: found no row with known headers .*a, b.*, expected a header row with Mã đơn, Số lượng.",
        ),
        (b"PK\x03\x04broken", "f.csv: found .*, expected a workbook that opens."),
    ],
)
def test_files_that_cannot_be_read_say_why(data, message):
    with pytest.raises(InputError, match=message):
        read_table(data, MAPPING, "f.csv")
