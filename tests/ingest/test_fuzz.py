"""Files nobody would write: the reader refuses them in words or reads them, and loses no row in silence.

`make fuzz` runs the same properties for longer, with REVOPS_FUZZ_EXAMPLES examples each and a seed that it prints.
"""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from revops import ingest
from revops.company import Mapping
from revops.ingest.ledger import FATES
from revops.ingest.reader import EXTRA, read_table
from revops.ingest.slices import slices
from revops.ingest.text import cleaned
from revops.problems import InputError

from .small import HEAD, Shop
from .test_traps import SHEET, biff, edited, workbook

MORE = "REVOPS_FUZZ_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("REVOPS_FUZZ_EXAMPLES", "150"))
fuzzed = settings(max_examples=EXAMPLES, derandomize=not MORE)
loaded_whole = settings(max_examples=max(8, EXAMPLES // 20), derandomize=not MORE)

MAPPING = Mapping(columns={"order_id": "Mã đơn", "quantity": "Số lượng"})
ROWS = [["Mã đơn", "Số lượng", "Ghi chú"], ["A1", "2", "Huế"], ["A2", "3", "Đà Nẵng, gấp"], ["A3", "4", 'Quạt "Gió"']]
WORKBOOKS = [workbook(ROWS), biff(ROWS)]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
TEXT = st.text(st.sampled_from(list("aĐế1 .,;|\t\"'\n=-\u00a0")), max_size=8)


def written(rows, separator=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return buffer.getvalue()


def outcome(data, mapping=MAPPING):
    """What was read, or null where the file was refused in words."""
    try:
        return read_table(data, mapping, "f")
    except InputError as error:
        return None if str(error) else pytest.fail("refused without words")


def rows_of(table):
    """All rows of the file that the reader counted."""
    return table.frame.height + table.not_data


@fuzzed
@given(
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf"]),
    st.sampled_from([b"", "Mã đơn,Số lượng\n".encode(), "Mã đơn,Số lượng\n".encode("utf-16-le")]),
    st.binary(max_size=400),
)
def test_any_bytes_are_read_or_refused(start, header, soup):
    outcome(start + header + soup)


@fuzzed
@given(st.sampled_from(ENCODINGS), st.integers(0, 200))
def test_a_text_cut_anywhere_keeps_its_whole_lines(encoding, cut):
    data = written(ROWS).encode(encoding)[:cut]
    table = outcome(data)
    if table is not None and encoding == "utf-8":
        whole = data.decode(errors="replace").split("\n")[1:]
        assert rows_of(table) == sum(line != "" for line in whole)


@fuzzed
@given(st.data())
def test_a_workbook_cut_or_changed_anywhere_is_read_or_refused(data):
    whole = data.draw(st.sampled_from(WORKBOOKS))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        outcome(whole[:at])
    else:
        outcome(whole[:at] + data.draw(st.binary(min_size=1, max_size=4)) + whole[at + 4 :])


@fuzzed
@given(st.integers(0, 2000), st.sampled_from([b"", b"<", b">", b'"', b"9999999", b"<c><v>1</v></c>", b"<row>", b"\0"]))
def test_the_xml_of_a_sheet_changed_anywhere_is_read_or_refused(at, patch):
    outcome(edited(workbook(ROWS), SHEET, lambda xml: xml[: at % len(xml)] + patch + xml[at % len(xml) + len(patch) :]))


@fuzzed
@given(
    st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(ENCODINGS),
)
@example([["a", "5\n6", "c"]], ",", "\n", csv.QUOTE_MINIMAL, "utf-8")
@example([['"', "a,b", "\n"]], ",", "\r\n", csv.QUOTE_ALL, "utf-16")
def test_what_a_writer_wrote_is_read_back(rows, separator, end, quoting, encoding):
    table = outcome(written([ROWS[0], *rows], separator, end, quoting).encode(encoding))
    if table.warnings:
        assert rows_of(table) >= len(rows)
        return
    assert rows_of(table) == len(rows)
    expected = (
        pl.DataFrame(rows, schema=dict.fromkeys(ROWS[0], pl.String), orient="row")
        .select(cleaned(pl.col(c)).alias(c) for c in ROWS[0])
        .rows()
    )
    kept = [(row - 2, cells) for row, *cells in table.frame.select("row", *ROWS[0]).iter_rows()]
    assert [tuple(cells) for _, cells in kept] == [expected[at] for at, _ in kept]
    assert table.frame[EXTRA].null_count() == table.frame.height


@fuzzed
@given(st.permutations([0, 1, 2]), st.booleans(), st.booleans())
def test_the_order_of_columns_does_not_matter_and_a_column_that_stands_twice_is_told(order, twice, in_excel):
    order = [*order, order[0]] if twice else order
    rows = [[row[i] for i in order] for row in ROWS]
    table = outcome(workbook(rows) if in_excel else written(rows).encode())
    assert table.frame.select(ROWS[0]).rows() == [tuple(row) for row in ROWS[1:]]
    assert table.warnings == (
        [f"column {ROWS[0][order[0]]} stands twice: the first is read"] if twice and order[0] < 2 else []
    )


LINE = st.sampled_from(
    ["A1,2026-10-05,X,2,1000,Stores", "A1,2026-10-05,X,2,1000,Stores", "A2,2026-10-06,Y,1,2500,Stores",
     '"A3",2026-10-07,"X, big",1,700,Stores', 'A4,2026-10-08,5" fan,1,900,Stores', 'A5,2026-10-09,"X,1,1000,Stores',
     "A6,2026-10-10,X,-1,1000,Stores", "A7,never,X,1,1000,Stores", "A8,2026-10-11,X,1,abc,Stores",
     "A9,2026-10-12,X,1,1000,Stores,more", "A9,2026-10-12,X", "B1,2026-12-24,X,1,1000,Stores", "", ",,,,,", ",,,,9,Sum",
     "5.76E+17,2026-10-05,X,1,1000,Stores", HEAD.strip(), "\0", "Copyright (c) example"]
)  # fmt: skip  # noqa: E501


@loaded_whole
@given(st.lists(st.tuples(LINE, st.sampled_from(["\n", "\r\n", "\r"])), min_size=1, max_size=25))
@example([('A5,2026-10-09,"X,1,1000,Stores', "\n"), ('"A3",2026-10-07,"X, big",1,700,Stores', "\r")])
def test_every_line_of_a_file_has_one_fate(tmp_path_factory, lines):
    text = HEAD + "A0,2026-10-05,X,1,1000,Stores\n" + "".join(line + end for line, end in lines)
    joined = [end + after + then for (_, end), (after, then) in pairwise(lines)]
    assume(not {"\r\n", "\r\0\n"} & set(joined))  # a '\r' and the '\n' of an empty line are one end of a line
    shop = Shop(tmp_path_factory.mktemp("fuzz") / "company").write({"raw/a.csv": text})
    try:
        loaded = ingest.load(shop.open())
    except InputError:
        return
    log = loaded.log.row(0, named=True)
    assert log["rows_read"] + log["rows_not_data"] == 1 + len(lines)
    assert log["rows_read"] == sum(log[f"rows_{fate}"] for fate in FATES)
    for row in loaded.amounts.iter_rows(named=True):
        assert row["amount_read"] == sum(row[f"amount_{fate}"] for fate in FATES)
    kept = loaded.tables["order_lines"].height
    assert kept == log["rows_kept"]


BOMBS = """
import io, json, resource, sys, zipfile
from revops.company import Mapping
from revops.ingest import reader, workbook
from revops.problems import InputError

def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            with made.open(name, "w", force_zip64=False) as stream:
                for piece in data:
                    stream.write(piece)
    return out.getvalue()

BOOK = [b'<workbook xmlns:r="x"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>']
LINKS = [b'<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>']

def book(*sheet):
    return packed({"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": LINKS, "xl/worksheets/sheet1.xml": sheet})

def lying(data):
    at = data.rindex(b"PK\\x01\\x02")
    return data[: at + 24] + (100).to_bytes(4, "little") + data[at + 28 :]

MB = b" " * 2**20
FAR = b'<worksheet><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
MADE = {
    "declared": lambda: book(*[MB] * 80),
    "lying": lambda: lying(book(*[MB] * 80)),
    "far cell": lambda: book(FAR),
    "long row": lambda: book(b"<worksheet><sheetData><row>", *[MB] * 30),
    "wide": lambda: b"order" + b",x" * 10**6 + b"\\n1\\n",
    "long cell": lambda: b'order,x\\n"' + b"a,\\n" * 1_000_000 + b'",1\\nb,2\\n',
    "long line": lambda: b"order,x\\n" + b"a" * 10**7 + b",1\\nb,2\\n",
}
workbook.UNPACKED, workbook.ROW_BYTES = 2**26, 2**24
data = MADE[sys.argv[1]]()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    said = f"rows {reader.read_table(data, Mapping(columns={'order_id': 'order'}), 'f').frame.height}"
except InputError as error:
    said = str(error)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps([said, grown]))
"""


@pytest.mark.parametrize(
    ("bomb", "said", "mb"),
    [
        ("declared", "f: found a workbook that unpacks to more than 67,108,864 bytes, expected a smaller one.", 50),
        ("lying", "f: found a workbook that unpacks to more than 67,108,864 bytes, expected a smaller one.", 50),
        ("far cell", "f: found cells spread over 1,048,576 rows and 16,384 columns, expected at most 30,000,000", 50),
        ("long row", "f: found a row of more than 16,777,216 bytes, expected rows of a table.", 150),
        ("wide", "f: found a header of more than 16,384 columns or 2,000,000 characters", 200),
        ("long cell", "rows 2", 700),
        ("long line", "rows 2", 300),
    ],
)
def test_a_file_that_would_fill_the_memory_is_refused_or_read_in_bounds(root, bomb, said, mb):
    pytest.importorskip("resource", reason="this system does not tell a process's peak of memory")
    run = [sys.executable, "-c", BOMBS, bomb]
    done = subprocess.run(run, cwd=root / "lib", capture_output=True, text=True, check=True)
    found, grown = json.loads(done.stdout)
    assert found.startswith(said)
    assert grown < mb


def test_a_workbook_of_a_thousand_sheets_is_read():
    def more(book, sheet):
        for i in range(999):
            book.add_worksheet(f"s{i}")

    assert outcome(workbook(ROWS, more)).frame.height == 3


def test_a_zip_within_a_zip_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("orders.xlsx", workbook(ROWS))
    assert outcome(out.getvalue()) is None


@pytest.mark.parametrize("strange", ['5" fan', '"5,\nfan"', '"5""\r\nfan"', "Lê Lợi", '"x'])
def test_a_file_read_in_slices_gives_the_rows_of_the_whole(tmp_path, strange):
    lines = [f"A{i},{strange if i % 7 == 3 else 'X'},note {i}" for i in range(60_000)]
    path = tmp_path / "a.csv"
    path.write_bytes(("Mã đơn,Số lượng,Ghi chú\n" + "\n".join(lines) + "\n").encode())
    parts = list(slices(path, MAPPING, "f", size=2**18))
    whole = outcome(path.read_bytes())
    assert len(parts) > 1
    assert pl.concat([part.frame for part in parts]).equals(whole.frame)
    assert sum(rows_of(part) for part in parts) == rows_of(whole) == len(lines)
