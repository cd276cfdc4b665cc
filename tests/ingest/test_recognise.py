"""Which kind a file is: told by its header, wherever that stands, and never told where two kinds know as much."""

import io
import re
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.company import Mapping
from revops.ingest.guess import guess, header_of, lacking
from revops.ingest.kinds import PLAIN, known
from revops.ingest.patterns import alike, day_pattern, finds, pattern_of
from revops.ingest.reader import read_table
from revops.ingest.recognise import Head, Match, beginning, heads, kinds_of, needed, recognise, rivals
from revops.problems import InputError

FIXTURES = Path(__file__).parent / "kinds" / "files"
KIOTVIET = [headers[0] for headers in needed(known()["kiotviet_invoices"]).values()]


def matches_of(data: bytes, name="x.csv"):
    return kinds_of(data, name)


def text_of(separator=",", above="", headers=KIOTVIET) -> str:
    return above + separator.join(headers) + "\n" + separator.join("1" for _ in headers) + "\n"


def workbook(**sheets: list[list[str]]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return data.getvalue()


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.*")), ids=lambda path: path.name)
def test_each_kinds_own_files_are_that_kind_and_nothing_else_as_well(path):
    found = matches_of(path.read_bytes(), path.name)
    assert [match.kind for match in found[:1]] == [path.name.partition(".")[0]]
    assert found[0].missing == {}
    assert rivals(found) == []


@pytest.mark.parametrize("kind", sorted(set(known()) - {PLAIN}))
def test_the_signature_of_each_kind_is_its_own(kind):
    signature = needed(known()[kind])
    assert len(signature) >= 2, "a kind with one needed column would take other systems' files"
    plain = [headers[0] for headers in signature.values() if not headers[0].startswith("columns like ")]
    found = recognise([Head(tuple(plain), 1)])
    others = [match.kind for match in found if match.kind != kind and not match.missing and set(plain) <= _used(match)]
    assert [other for other in others if _stricter(other, kind)] == []


def _used(match: Match) -> set[str]:
    return set(match.headers.values())


def _stricter(other: str, kind: str) -> bool:
    """Whether `other` needs all that `kind` needs, and so would always go with it."""
    return len(needed(known()[other])) >= len(needed(known()[kind]))


@pytest.mark.parametrize(
    ("data", "row", "separator"),
    [
        (text_of().encode(), 1, ","),
        (text_of(";").encode("utf-8-sig"), 1, ";"),
        (text_of("\t").encode("utf-16"), 1, "\t"),
        (text_of("|").encode(), 1, "|"),
        (text_of(above="Danh sách hóa đơn\nTháng 10, năm 2026\n\n").encode(), 4, ","),
        (text_of(headers=[h.upper() for h in KIOTVIET]).encode(), 1, ","),
        (text_of(headers=list(reversed(KIOTVIET))).encode(), 1, ","),
        (text_of(headers=["STT", *KIOTVIET, "Ghi chú"]).encode(), 1, ","),
    ],
    ids=["plain", "semicolons", "utf-16", "bars", "below a title", "capitals", "other order", "more columns"],
)
def test_a_header_is_recognised_however_it_is_written(data, row, separator):
    best = matches_of(data)[0]
    assert (best.kind, best.missing, best.head.row, best.head.separator) == ("kiotviet_invoices", {}, row, separator)


def test_a_column_less_is_told_by_the_header_it_should_have():
    best = matches_of(text_of(headers=[h for h in KIOTVIET if h not in ("Mã hàng", "Thời gian")]).encode())[0]
    assert best.kind == "kiotviet_invoices"
    assert best.missing["product_id"] == "Mã hàng"
    assert best.missing["ordered_at"].startswith("Thời gian or ")


def test_a_file_of_which_less_than_half_is_there_is_no_kind():
    assert matches_of(text_of(headers=["Mã hóa đơn", "Ghi chú", "STT"]).encode()) == []


def test_a_row_of_data_with_words_of_a_header_is_none():
    assert matches_of(b"id,synced,window,currency\n1,2026-01-09 22:21:17,MONTH,USD\n") == []


def test_the_kind_that_knows_more_of_the_columns_goes_first():
    shopee = [headers[0] for headers in needed(known()["shopee_orders"]).values()]
    found = recognise([Head((*shopee, "Tỉnh/Thành phố", "Người Mua"), 1)])
    assert found[0].kind == "shopee_orders"
    assert found[0].score > found[-1].score or len(found) == 1


def test_kinds_that_know_as_much_are_rivals():
    head = Head(("a",), 1)
    one, other = Match("ga4", head, {"x": "a"}, {}), Match("meta_ads", head, {"x": "a"}, {})
    assert rivals([one, other]) == [other]
    assert rivals([one, Match("meta_ads", head, {"x": "a"}, {"day_on": "Date"})]) == []


def test_a_workbook_is_recognised_in_any_of_its_sheets():
    data = workbook(Ghi=[["a", "b"], ["1", "2"]], HD=[["Hóa đơn"], [], KIOTVIET, ["1"] * len(KIOTVIET)])
    best = matches_of(data, "x.xlsx")[0]
    assert (best.kind, best.head.sheet, best.head.row, best.head.is_first_sheet) == (
        "kiotviet_invoices",
        "HD",
        3,
        False,
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x: found an empty file, expected a header and rows. Next: export it again or remove the file."),
        (b"PK\x03\x04 no workbook", "expected a workbook that opens. Next: save it again as .xlsx."),
    ],
)
def test_a_file_without_rows_is_told(data, message):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        heads(data, "x")


@given(st.binary(max_size=300) | st.text(",;\t|\n\"'ab1 ", max_size=300).map(str.encode))
@settings(max_examples=60)
def test_whatever_a_file_holds_it_is_looked_at_or_refused(data):
    try:
        found = kinds_of(data, "x.csv")
    except InputError:
        return
    assert all(match.missing for match in found)


def test_a_wide_header_is_looked_at():
    wide = [f"c{i}" for i in range(3_000)]
    assert matches_of(text_of(headers=[*wide, *KIOTVIET]).encode())[0].kind == "kiotviet_invoices"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1258"])
def test_of_a_long_file_whole_lines_of_both_ends_are_read(tmp_path, encoding):
    lines = ["ngày,tên", *(f"{i:02}/10/2026,Bà Sáu {i}" for i in range(1, 32))]
    path = tmp_path / "x.csv"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    data, share = beginning(path, encoding if encoding in ("utf-16-be", "cp1258") else None, limit=201)
    read = data.decode().removeprefix("\ufeff").splitlines()
    assert read[0] == lines[0]
    assert read[-1] == lines[-1]
    assert set(read) < set(lines)
    assert share == pytest.approx(len(read) / len(lines), abs=0.05)


@pytest.mark.parametrize(("size", "is_whole"), [(200, True), (201, False)])
def test_a_file_up_to_twice_the_limit_is_read_whole(tmp_path, size, is_whole):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" * (size // 4) + b"\n" * (size % 4))
    assert (beginning(path, limit=100)[1] == 1) == is_whole


# ---- names of files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "others", "pattern"),
    [
        (["orders_2026-09.csv", "orders_2026-10.csv"], [], "orders_*.csv"),
        (["orders_2026-10.csv"], [], "orders_*.csv"),
        (["orders_2026-10.csv"], ["orders_notes.csv"], "orders_[0-9]*.csv"),
        (["orders_2026-10.csv"], ["orders_2025-10.csv"], None),
        (["hd_2025-H2.csv", "hd_2026-H1.csv"], [], "hd_*.csv"),
        (["Order.all.20260101_20260630.xlsx"], [], "Order.all.*.xlsx"),
        (["2026-09/pos.csv", "2026-10/pos.csv"], [], "*/pos.csv"),
        (["orders.csv", "orders (1).csv"], [], "orders*.csv"),
        (["orders.csv", "orders_2.csv"], ["orders_old_notes.csv"], None),
        (["sales Sep 2026.csv", "sales Oct 2026.csv"], [], "sales *.csv"),
        (["orders_1.csv", "orders_2.xlsx"], [], "orders*.*"),
        (["ga4_2026.csv"], [], "ga4_*.csv"),
        (["b2b.csv"], [], "b2b.csv"),
        (["hóa đơn [Q7].csv"], [], "hóa đơn [[]Q7].csv"),
    ],
)
def test_one_pattern_finds_files_whose_names_differ_by_their_days(names, others, pattern):
    assert pattern_of(names, others) == pattern
    assert len({alike(name) for name in names}) == 1


def test_names_that_differ_in_words_are_not_alike():
    names = ["orders.csv", "orders_returns.csv", "north/orders.csv", "branch1.csv", "branch2.csv"]
    assert len({alike(name) for name in names}) == len(names)


def test_a_star_stays_within_a_folder():
    assert finds("raw/*.csv", "raw/a.csv")
    assert not finds("raw/*.csv", "raw/web/a.csv")


@pytest.mark.parametrize(
    ("names", "days"),
    [
        (["leads_2026-10-31.csv", "leads_2026-09-30.csv"], ["2026-10-31", "2026-09-30"]),
        (["Order.all.20260701_20261031.xlsx"], ["20261031"]),
        (["x_2026_10_31.csv"], ["2026_10_31"]),
        (["leads_2026-10-31.csv", "leads.csv"], None),
        (["leads_2026-13-31.csv"], None),
        (["order_12345678.csv"], None),
        (["leads_2026-10.csv"], None),
    ],
)
def test_the_day_of_an_export_is_found_where_every_name_has_one(names, days):
    pattern = day_pattern(names)
    assert (pattern and [re.search(pattern, name)[1] for name in names]) == days


# ---- files of no known kind ---------------------------------------------------------------------------------------


def guessed(text: str):
    head = header_of(heads(text.encode(), "x.csv"))
    columns = {f"c{i}": cell for i, cell in enumerate(head.cells)} if head else {}
    return guess(read_table(text.encode(), Mapping(columns=columns), "x.csv")) if head else None


@pytest.mark.parametrize(
    ("text", "table", "columns"),
    [
        (
            "Voucher,Date,Article,Pcs,Turnover\nA1,13/10/2026,X,2,\"1,500.50\"\n",
            "order_lines",
            {"order_id": "Voucher", "product_id": "Article", "quantity": "Pcs", "net_amount": "Turnover",
             "ordered_on": "Date"},
        ),
        (
            "Số phiếu;Ngày bán;Mã hàng;SL;Đơn giá;Mã KH\nA1;13/10/2026;X;2;1.500.000;C1\n",
            "order_lines",
            {"order_id": "Số phiếu", "product_id": "Mã hàng", "quantity": "SL", "unit_price": "Đơn giá",
             "ordered_on": "Ngày bán", "customer_id": "Mã KH"},
        ),
        (
            "Hợp đồng,Mã khách hàng,Từ ngày,Đến ngày,Phí tháng\nH1,C1,2026-01-01,,99000\n",
            "subscriptions",
            {"subscription_id": "Hợp đồng", "start_on": "Từ ngày", "end_on": "Đến ngày",
             "customer_id": "Mã khách hàng", "mrr": "Phí tháng"},
        ),
        (
            "ticket,opened,closed,topic\n1,2026-10-01 08:00,2026-10-02 09:00,Warranty\n",
            "tickets",
            {"ticket_id": "ticket", "opened_at": "opened", "closed_at": "closed", "topic": "topic"},
        ),
        (
            "SalesOrderID,OrderDate,ProductID,OrderQty,UnitPrice\n1,2026-10-05,X,2,5.5\n",
            "order_lines",
            {"order_id": "SalesOrderID", "product_id": "ProductID", "quantity": "OrderQty", "unit_price": "UnitPrice",
             "ordered_on": "OrderDate"},
        ),
        (
            "Month,Expense type,Cost\n2026-10,Events,500\n",
            "costs",
            {"month_on": "Month", "cost_type": "Expense type", "cost_amount": "Cost"},
        ),
    ],
)  # fmt: skip
def test_a_table_of_no_kind_is_guessed_from_the_words_of_its_header(text, table, columns):
    found = guessed(text)
    assert (found.table, {name: column.header for name, column in found.columns.items()}) == (table, columns)
    assert found.missing == []


def test_a_column_is_taken_only_for_what_its_values_can_be():
    found = guessed("Voucher,Date,Article,Pcs,Turnover\nA1,soon,X,two,1500\n")
    assert {column.header for column in found.columns.values()} == {"Voucher", "Article", "Turnover"}
    assert "quantity" in found.missing


def test_the_evidence_of_a_guess_is_a_word_and_a_value():
    column = guessed("Voucher,Date,Article,Pcs,Turnover (net)\nA1,13/10/2026,X,2,1500\n").columns["net_amount"]
    assert (column.header, column.word, column.example) == ("Turnover (net)", "turnover", "1500")


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "Date,Remark\n2026-10-01,rain\n", "name,note\nAn,tall\n"])
def test_few_known_words_are_no_guess(text):
    assert guessed(text) is None


@pytest.mark.parametrize(
    ("table", "columns", "constants", "missing"),
    [
        ("order_lines", ["order_id", "ordered_on", "quantity", "unit_price"], {"channel": "x"}, []),
        ("order_lines", ["order_id", "ordered_on", "quantity", "unit_price"], {}, ["channel"]),
        ("quotas", ["person_id", "start_on", "quota_amount"], {}, ["end_on"]),
        ("people", ["person_id", "name", "role", "team", "start_on"], {}, []),
    ],
)
def test_what_a_table_lacks_is_what_the_contract_says(table, columns, constants, missing):
    assert lacking(table, columns, constants) == missing
