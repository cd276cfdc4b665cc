"""The bundle for payroll: it sums to the lines, pays in its own currency, and holds no formula."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from revops.incentives.contracts import PayLines, PayStatements, PaySummary
from revops.problems import IdentityError
from revops.run.payroll import bundle, write_payroll
from revops.tables import types_of

OCT = date(2026, 10, 1)


def table(contract: Any, *rows: dict[str, Any]) -> pl.DataFrame:
    head = {"month_on": OCT, "role": "r", "team": "t", "currency": "USD", "pay_currency": "USD", "part": 0, "line": ""}
    return pl.DataFrame([{**head, **row} for row in rows], schema=types_of(contract))


def line(person: str, number: int, kind: str, amount: int, **more: Any) -> dict[str, Any]:
    base = {"person_id": person, "line_no": number, "line": f"2026-10/{person}/{number}", "kind": kind}
    return {**base, "pay_amount": amount, "part": 0 if kind == "commission" else -1, **more}


def write(folder: Path, lines: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    paid = table(
        PayStatements,
        {"person_id": "NV-2", "name": "=Bình", "plan": "A", "commission_amount": 100_00, "extra_amount": 0,
         "item_amount": -40_00, "paid_amount": 60_00, "payable_amount": 48_00, "pay_currency": "GBP"},
        {"person_id": "NV-1", "name": "An", "plan": "A", "commission_amount": 12345678901234567, "extra_amount": 0,
         "item_amount": 1, "paid_amount": 12345678901234568, "payable_amount": 12345678901234568},
        {"person_id": "NV-3", "name": "Chi", "plan": "A", "fault": "no quota"},
    )  # fmt: skip
    parts = [{"person_id": person, "plan": "A", "name_en": "Commission"} for person in ("NV-1", "NV-2")]
    for name, frame in (
        ("pay_statements", paid),
        ("pay_summary", table(PaySummary, *parts)),
        ("pay_lines", table(PayLines, *lines)),
        ("pay_liability", pl.DataFrame({"opening_amount": [1_00]})),
    ):
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


LINES = [
    line("NV-1", 1, "commission", 12345678901234567, customer_name="@SUM(A1)"),
    line("NV-1", 2, "adjustment", 1),
    line("NV-2", 1, "commission", 100_00),
    line("NV-2", 2, "held", -40_00),
]


def test_each_person_is_paid_to_the_last_unit_in_the_pay_currency(tmp_path: Path) -> None:
    write_payroll(write(tmp_path / "tables", LINES), tmp_path, 2)
    assert (tmp_path / "restricted" / "payroll.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "person_id,name,pay_month,paid,currency,paid_out,pay_currency",
        "NV-1,An,2026-10,123456789012345.68,USD,123456789012345.68,USD",
        "NV-2,'=Bình,2026-10,60.00,USD,48.00,GBP",
    ]


def test_the_workbook_has_a_sheet_for_each_question_and_no_formula(tmp_path: Path) -> None:
    write_payroll(write(tmp_path / "tables", LINES), tmp_path, 2)
    book = openpyxl.load_workbook(tmp_path / "restricted" / "payroll.xlsx")
    assert book.sheetnames == ["payroll", "components", "lines", "adjustments", "liability"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert {"'=Bình", "'@SUM(A1)"} <= {cell.value for cell in cells}
    assert [row[0] for row in book["adjustments"].values] == ["line", "2026-10/NV-1/2"]


def test_components_and_lines_sum_to_the_payroll(tmp_path: Path) -> None:
    sheets = bundle(write(tmp_path / "tables", LINES))
    total = sheets["payroll"]["paid_amount"].sum()
    assert [sheets[name]["pay_amount"].sum() for name in ("components", "lines")] == [total, total]
    assert sheets["components"].select("name", "kind", "pay_amount").rows()[-2:] == [
        ("Commission", "commission", 100_00), ("held", "held", -40_00)
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [LINES[:-1], [*LINES[:-1], line("NV-2", 2, "held", -39_99)]])
def test_lines_that_do_not_sum_to_a_payment_are_refused(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    with pytest.raises(
        IdentityError, match=r"payroll, lines, NV-2, 2026-10: 6000 against .*, expected equal; 1 in all"
    ):
        write_payroll(write(tmp_path / "tables", lines), tmp_path, 2)
    assert not (tmp_path / "restricted").exists()


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    tables = write(tmp_path / "tables", LINES)
    for place in ("a", "b"):
        write_payroll(tables, tmp_path / place, 2)
    assert [(tmp_path / place / "restricted" / "payroll.xlsx").read_bytes() for place in "ab"][0] == (
        tmp_path / "b" / "restricted" / "payroll.xlsx"
    ).read_bytes()


def test_no_payroll_without_statements(tmp_path: Path) -> None:
    write_payroll(tmp_path, tmp_path, 0)
    assert list(tmp_path.iterdir()) == []
