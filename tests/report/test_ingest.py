"""What notebook 01 shows of a company with files sent again, rows to correct, a database and shared values."""

import re
import sqlite3
from html import unescape

import pytest

from revops import ingest
from revops.report import fates
from revops.report import ingest as page
from revops.workspace import open_workspace

COMPANY = """name: Mộc Lan
currency: VND
money_decimals: 0
identity: {too_many: 2}
sources:
  shop:
    kind: table
    table: order_lines
    files: raw/shop_*.csv
    received_on: '_(\\d{8})\\.csv$'
    columns: &lines
      order_id: order
      ordered_on: day
      quantity: qty
      unit_price: price
      customer_id: customer
      phone: phone
    constants: &shop {channel: Shop}
  kiosk:
    kind: table
    table: order_lines
    database: {driver: sqlite, uri: kiosk.db, query: "SELECT * FROM sales ORDER BY 1"}
    columns: *lines
    constants: *shop
"""
HEAD = "order,day,qty,price,customer,phone\n"
FIRST = [
    "1,2026-09-01,1,100,A1,0912000111",
    "2,2026-09-02,1,100,A2,0912000222",
    "3,2026-09-03,1,100,A3,0912000111",
    "4,2026-09-04,x,100,A4,0912000444",
    "5,2026-09-05,y,100,A5,0912000444",
]
SECOND = [FIRST[0], "2,2026-09-02,3,100,A2,0912000222", "6,2026-10-02,1,100,A6,0912000444",
          "7,2026-10-03,1,100,A7,0912000444", "8,2026-10-04,1,100,A8,0912000444"]  # fmt: skip
FIRST_FILE, SECOND_FILE = "raw/shop_20260930.csv", "raw/shop_20261031.csv"


def lines(shown) -> list[list[str]]:
    """The table's rows as a reader sees them: cells, a note after a bar."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", shown.html, re.DOTALL)[1:]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", cell.replace("<small>", " | "))) for cell in row] for row in cells]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    (folder / "company.yaml").write_text(COMPANY, "utf-8")
    (folder / "raw").mkdir()
    for name, rows in ((FIRST_FILE, FIRST), (SECOND_FILE, SECOND)):
        (folder / name).write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    (folder / "corrections").mkdir()
    corrected = "raw row," + HEAD + "5,4,2026-09-04,1,100,A4,0912000444\n"
    (folder / "corrections" / "shop.raw_shop_20260930.csv").write_text(corrected, "utf-8")
    with sqlite3.connect(folder / "kiosk.db") as database:
        database.execute('CREATE TABLE sales ("order", day, qty, price, customer, phone)')
        database.execute("INSERT INTO sales VALUES ('K1', '2026-10-05', '0', '100', 'B1', '0912000222')")
        database.execute("INSERT INTO sales VALUES ('K2', '2026-10-05', '1', '100', 'B2', '0912000222')")
    return folder


@pytest.fixture(scope="module", params=["en", "vi"])
def opened(request, folder):
    ws = open_workspace("01_ingest", folder, "2026-10", "", request.param, str(folder / "build"))
    return ws, ingest.load(ws)


@pytest.fixture
def english(folder):
    ws = open_workspace("01_ingest", folder, "2026-10", "", "en", str(folder / "build"))
    return ws, ingest.load(ws)


def test_each_files_rows_sum_to_what_was_read(english):
    shown = fates.by_file(*english)
    assert shown.plain == "Two of 3 files have rows that were not simply kept"
    # read = kept + quarantined + merged + left out, of which replaced by a later file and corrected by hand
    assert lines(shown) == [
        ["shop_20260930.csv | shop · raw · received 30 Sep 2026", "5", "2", "1", "2", "0", "1", "1"],
        ["query of the SQLite database | kiosk", "2", "1", "1", "0", "0", "0", "0"],
        ["One other file", "5", "5", "0", "0", "0", "0", "0"],
        ["All 3 files", "12", "8", "2", "2", "0", "1", "1"],
    ]


def test_the_file_to_correct_is_named_as_it_lies_in_the_folder_quarantine(english, folder):
    shown = fates.to_correct(*english)
    assert shown.plain == "Rows to correct in two files: 2; corrected by hand: 1"
    found = lines(shown)
    assert found == [
        ["query of the SQLite database | kiosk", "1", "0", "kiosk.kiosk_query.csv"],
        ["shop_20260930.csv | shop · raw · received 30 Sep 2026", "1", "1", "shop.raw_shop_20260930.csv"],
    ]
    written = sorted(path.name for path in (folder / "build" / "quarantine").glob("*.csv"))
    assert [row[-1] for row in found] == written


def test_a_file_that_overlaps_says_how_much_of_it_came_again(english):
    shown = fates.came_again(*english)
    assert shown.plain == "One file has rows that came again"
    assert lines(shown) == [
        ["shop_20260930.csv | shop · raw · received 30 Sep 2026", "1 Sep 2026", "5 Sep 2026", "5", "1", "1", "40.0%"]
    ]


def test_a_database_has_no_files_and_names_itself(english):
    found = {row[0]: row[1:4] for row in lines(page.inventory(*english))}
    assert found["kiosk | table, from a SQLite database"] == ["", "", "2"]
    assert found["shop | table"] == ["2", "0", "10"]


def test_both_sides_of_a_merge_say_where_they_were_read(english):
    assert lines(page.customer_examples(*english)) == [
        ["A3 | raw/shop_20260930.csv, row 4", "A1 | raw/shop_20261031.csv, row 2", "Telephone", "…0111"],
        ["B2 | query of the SQLite database, row 2", "A2 | raw/shop_20261031.csv, row 3", "Telephone", "…0222"],
    ]


def test_a_value_that_too_many_share_is_told_without_being_shown(english):
    shown = page.doubts(*english)
    assert shown.plain == "One shared value joins nobody"
    assert lines(shown) == [["Telephone", "…0444", "4 customer numbers share it: more than belong to one customer"]]
    assert "912000444" not in shown.html


@pytest.mark.parametrize("part", [
    page.inventory, page.reading, page.ledger, fates.by_file, fates.to_correct, fates.came_again, page.customers,
    page.customer_examples, page.doubts, page.conversion, page.made, page.findings,
])  # fmt: skip
def test_every_part_speaks_both_languages(opened, part):
    shown = part(*opened)
    assert shown.plain
    assert "ingest." not in shown.html


def test_nothing_to_tell_is_told_as_well(tmp_path):
    text = COMPANY.partition("  kiosk:")[0]
    (tmp_path / "company.yaml").write_text(text, "utf-8")
    (tmp_path / "raw").mkdir()
    (tmp_path / SECOND_FILE).write_text(HEAD + SECOND[2] + "\n", "utf-8")
    ws = open_workspace("01_ingest", tmp_path, "2026-10", "", "en", str(tmp_path / "build"))
    loaded = ingest.load(ws)
    parts = [fates.by_file, fates.to_correct, fates.came_again, page.doubts]
    assert [part(ws, loaded).plain for part in parts] == [
        "Every row of every file is kept", "No file has rows to correct", "No files have rows that came again",
        "Every shared value belongs to one customer",
    ]  # fmt: skip
    assert lines(fates.by_file(ws, loaded))[-1] == ["One file", "1", "1", "0", "0", "0", "0", "0"]


def test_more_files_than_fit_are_summed_in_one_row(english, monkeypatch):
    monkeypatch.setattr(fates, "FILES", 1)
    rows = lines(fates.by_file(*english))
    assert [row[0].partition(" | ")[0] for row in rows] == ["shop_20260930.csv", "2 other files", "All 3 files"]
    assert [int(a) + int(b) for a, b in zip(rows[0][1:], rows[1][1:], strict=True)] == [int(n) for n in rows[2][1:]]
