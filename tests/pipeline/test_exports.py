"""The workbook and the table copies of a report folder."""

import openpyxl
import polars as pl
import pytest

from revops.kpis.catalogue import metrics
from revops.run.exports import copy_tables, is_pay, readable, write_workbook

TEXTS = [
    ("=1+1", "'=1+1"),
    ("+84 900", "'+84 900"),
    ("-5", "'-5"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("Tủ lạnh", "Tủ lạnh"),
    ("a=b", "a=b"),
    ("", ""),
    (None, None),
]


@pytest.fixture
def tables(tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    frame = pl.DataFrame(
        {"product": ["=1+1", "Tủ lạnh"], "net_amount": [150, -5], "orders": [2, 3], "rate": [0.5, None]}
    )
    for name in ("kpi_products", "quota_people", "import_log", "pay_lines", "credit_lines", "orders", "kpi_customers"):
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


@pytest.mark.parametrize(("text", "written"), TEXTS)
def test_text_is_no_formula(text, written):
    assert readable(pl.DataFrame({"t": [text]}, {"t": pl.String}), 0)["t"].item() == written


@pytest.mark.parametrize(("decimals", "shown"), [(0, 150), (2, 1.5), (6, 0.00015)])
def test_amounts_are_in_whole_currency(decimals, shown):
    assert readable(pl.DataFrame({"net_amount": [150]}), decimals)["net_amount"].item() == shown


def test_nested_values_stand_in_one_cell():
    frame = pl.DataFrame({"series": [[1.5, 2.0], []], "pair": [{"a": 1}, {"a": None}]})
    assert readable(frame, 0).rows() == [("1.5; 2.0", '{"a":1}'), ("", '{"a":null}')]


def test_the_workbook_holds_no_pay_no_customers_and_no_formula(tables, tmp_path):
    write_workbook(tables, tmp_path / "workbook.xlsx", 2, "en")
    book = openpyxl.load_workbook(tmp_path / "workbook.xlsx")
    assert book.sheetnames == ["import_log", "kpi_products", "quota_people", "definitions"]
    rows = list(book["kpi_products"].iter_rows())
    assert [[cell.value for cell in row] for row in rows] == [
        ["product", "net_amount", "orders", "rate"],
        ["'=1+1", 1.5, 2, 0.5],
        ["Tủ lạnh", -0.05, 3, None],
    ]
    assert {cell.data_type for row in rows for cell in row} == {"s", "n"}


def test_the_same_tables_give_the_same_bytes(tables, tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tables, tmp_path / name, 2, "en")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_build_without_tables_gives_a_workbook_all_the_same(tmp_path):
    write_workbook(tmp_path, tmp_path / "workbook.xlsx", 0, "vi")
    assert openpyxl.load_workbook(tmp_path / "workbook.xlsx").sheetnames == ["definitions"]


@pytest.mark.parametrize(("language", "name"), [("en", "Net revenue"), ("vi", "Doanh thu thuần")])
def test_the_workbook_says_what_each_metric_means(language, name, tmp_path):
    write_workbook(tmp_path, tmp_path / "workbook.xlsx", 0, language)
    rows = list(openpyxl.load_workbook(tmp_path / "workbook.xlsx")["definitions"].values)
    told = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert set(told) == set(metrics())
    assert told["net_revenue"]["name"] == name
    assert all(row[column] for row in told.values() for column in ("formula", "convention", "date", "unit", "source"))


@pytest.mark.parametrize(
    ("name", "pay"), [("pay_lines", True), ("credit_lines", True), ("quota_people", False), ("payments", False)]
)
def test_pay_is_told_by_its_name(name, pay):
    assert is_pay(name) is pay


def test_pay_lies_apart(tables, tmp_path):
    copy_tables(tables, tmp_path / "report")
    assert sorted(p.relative_to(tmp_path / "report").as_posix() for p in (tmp_path / "report").rglob("*.parquet")) == [
        "restricted/tables/credit_lines.parquet",
        "restricted/tables/pay_lines.parquet",
        "tables/import_log.parquet",
        "tables/kpi_customers.parquet",
        "tables/kpi_products.parquet",
        "tables/orders.parquet",
        "tables/quota_people.parquet",
    ]
