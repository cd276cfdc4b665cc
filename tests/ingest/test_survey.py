"""What `revops check` says of sources before anything is loaded: what each finds, what none reads, what two read."""

from datetime import date

import pytest

from revops.company import load_company
from revops.ingest import survey
from revops.pipeline import check

from .small import HEAD, LINES

ROWS = HEAD + "A1,2026-10-05,X,2,1000,Stores\nA2,2026-10-31,X,1,1000,Stores\n"
KIOTVIET = "Mã hóa đơn,Thời gian,Mã KH,Khách hàng,Chi nhánh,Người bán,Trạng thái,Mã hàng,Số lượng,Đơn giá,Thành tiền\n"


def opened(shop):
    return shop.folder, load_company(shop.folder)


def test_each_source_says_its_files_rows_and_days(shop):
    shop.write({"raw/a.csv": ROWS, "raw/b.csv": ROWS.replace("2026-10", "2026-09").replace("31", "30")})
    (found,) = survey.survey(*opened(shop))
    assert str(found) == "shop: table, 2 files, 4 rows, 2026-09-05 to 2026-10-31"
    assert (found.first_on, found.last_on, found.is_exact) == (date(2026, 9, 5), date(2026, 10, 31), True)


def test_rows_of_a_long_file_are_said_to_be_about_so_many(shop, monkeypatch):
    monkeypatch.setattr(survey, "beginning", lambda path, encoding: _beginning(path, encoding, 600))
    shop.write(
        {"raw/a.csv": HEAD + "".join(f"A{i},2026-10-{i % 28 + 1:02},X,1,1000,Stores\n" for i in range(100, 200))}
    )
    (found,) = survey.survey(*opened(shop))
    assert found.rows == pytest.approx(100, rel=0.05)
    assert f"about {found.rows} rows, 2026-10-01 to 2026-10-28" in str(found)


_beginning = survey.beginning


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        ("A1,05/10/2026,X,2,1000,Stores\n", ""),
        ("A1,25/10/2026,X,2,1000,Stores\n", ", 2026-10-25 to 2026-10-25"),
        ("A1,soon,X,2,1000,Stores\n", ""),
    ],
    ids=["undecided", "decided", "no day"],
)
def test_days_are_said_where_they_are_known(shop, rows, days):
    shop.write({"raw/a.csv": HEAD + rows})
    assert str(survey.survey(*opened(shop))[0]) == f"shop: table, 1 file, 1 row{days}"


def test_a_file_that_cannot_be_read_counts_no_rows_and_is_told_by_check(shop):
    shop.write({"raw/a.csv": ""})
    assert str(survey.survey(*opened(shop))[0]) == "shop: table, 1 file, 0 rows"
    assert [problem.found for problem in check(shop.folder)] == ["an empty file"]


def test_a_query_is_named_and_not_run(shop):
    query = {"driver": "sqlite", "uri": "shop.db", "query": "SELECT 1"}
    shop.write({}, {"shop": {**{k: v for k, v in LINES.items() if k != "files"}, "database": query}})
    assert [str(found) for found in survey.survey(*opened(shop))] == ["shop: table, a query"]


def test_files_that_no_source_reads_are_named_with_what_they_may_be(shop, tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "hd.csv").write_text(KIOTVIET + "1" + ",1" * 10 + "\n", "utf-8")
    files = {"raw/a.csv": ROWS, "old/b.csv": ROWS, "market.csv": "a\n", "record/files.csv": "a\n", "README.md": "x"}
    shop.write(files, roots={"exports": str(tmp_path / "exports")})
    assert list(survey.unread(*opened(shop))) == [
        "company: 1 file that no source reads: old/b.csv",
        "root exports: 1 file that no source reads: hd.csv (kind kiotviet_invoices)",
    ]


def test_of_many_files_that_no_source_reads_some_are_named(shop):
    shop.write({"raw/a.csv": ROWS, **{f"old/{i}.csv": "x,y\n" for i in range(7)}})
    (line,) = survey.unread(*opened(shop))
    assert line == (
        "company: 7 files that no source reads: old/0.csv, old/1.csv, old/2.csv, old/3.csv, old/4.csv and 2 more"
    )


def test_files_of_look_ups_are_read(shop):
    lookups = {"channel": [{"file": "names.csv", "key": "k", "value": "v"}]}
    shop.write({"raw/a.csv": ROWS, "names.csv": "k,v\nStores,Shops\n"}, {"shop": {**LINES, "lookups": lookups}})
    assert list(survey.unread(*opened(shop))) == []


TWICE = (
    "company.yaml, sources.again.files: found a.csv, which source shop reads as well, expected each file in one source."
    " Next: narrow one of the two patterns."
)
RETURNS = {
    "kind": "table",
    "table": "returns",
    "files": "raw/*.csv",
    "columns": {"return_id": "order", "returned_on": "day", "quantity": "qty", "net_amount": "price"},
}


@pytest.mark.parametrize(
    ("again", "told"),
    [
        (LINES, [TWICE]),
        ({**LINES, "files": "raw/a.*"}, [TWICE]),
        ({**LINES, "files": "raw/b.csv"}, []),
        ({**LINES, "only": "order_id = 'A1'"}, []),
        (RETURNS, []),
    ],
    ids=["the same pattern", "another pattern", "another file", "other rows of the file", "another table"],
)
def test_a_file_that_two_sources_read_into_one_table_is_a_problem(shop, again, told):
    shop.write({"raw/a.csv": ROWS}, {"shop": LINES, "again": again})
    assert [str(problem) for problem in survey.read_twice(*opened(shop))] == told


def test_check_tells_it_all_at_once(shop):
    wrong = {**LINES, "columns": {**LINES["columns"], "quantity": "pieces"}}
    sources = {"shop": LINES, "again": LINES, "other": {**wrong, "files": "b/*.csv"}, "none": {**LINES, "files": "c/*"}}
    shop.write({"raw/a.csv": ROWS, "b/b.csv": ROWS}, sources)
    found = [problem.found for problem in check(shop.folder)]
    assert "a.csv, which source shop reads as well" in found
    assert "no file c/*" in found
