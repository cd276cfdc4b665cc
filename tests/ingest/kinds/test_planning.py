"""Kinds of planning sheets: targets, budgets, quotas, people, products, exchange rates, costs, accounts."""

# ruff: noqa: E501  (sheets stand as they are)

import io
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
import yaml

from revops.ingest.kinds import FOLDER
from revops.ingest.recognise import heads, recognise, rivals
from revops.problems import InputError

from ..small import pick

FILES = Path(__file__).parent / "files"
FORMS = ("utf-8", "utf-8-sig", "utf-16", "xlsx")
TICKETS = {
    "kind": "table", "table": "tickets", "files": "tickets.csv",
    "columns": {"ticket_id": "id", "opened_at": "at"},
}  # fmt: skip
OCT, NOV = date(2026, 10, 1), date(2026, 11, 1)


def sheet(rows, form="utf-8", name="Sheet1"):
    """Rows as a file: text separated by commas (UTF-16: tabs), or a workbook, where None is an empty cell."""
    if form == "xlsx":
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"default_date_format": "mmm yyyy"}) as book:
            page = book.add_worksheet(name)
            for i, row in enumerate(rows):
                page.write_row(i, 0, row)
        return buffer.getvalue()
    mark = "\t" if form == "utf-16" else ","
    cells = [["" if cell is None else f'"{cell}"' if mark in str(cell) else str(cell) for cell in row] for row in rows]
    return "\n".join(mark.join(row) for row in cells).encode(form)


def load(shop, kind, rows, form="utf-8", name="plan", period="2026-10", **source):
    ending = {"xlsx": "xlsx", "utf-16": "tsv"}.get(form, "csv")
    content = rows if isinstance(rows, bytes) else sheet(rows, form)
    files = {f"{name}.{ending}": content, "tickets.csv": "id,at\n1,2026-10-05\n"}
    settings = source.pop("company", {})
    sources = {"s": {"kind": kind, "files": f"{name}.*", **source}, "tickets": TICKETS}
    return shop.write(files, sources, **settings).load(period)


def counts(loaded):
    row = loaded.log.filter(source="s").row(0, named=True)
    return row["rows_read"], row["rows_kept"], row["rows_not_data"]


# --- every kind, in every encoding it names ---------------------------------------------------------------------------
TARGETS = ["metric", "month_on", "product_group", "channel", "region", "target"]
KINDS = {
    "targets_wide": (
        [
            ["Chỉ tiêu", "Nhóm hàng", "Kênh", "Khu vực", "Tháng 10/2026", "Nov-26", "2026"],
            ["Doanh thu thuần", "Quạt", "Cửa hàng", "-", "1,500,000", "1,600,000", "3,100,000"],
            [None, "Nồi", "Tất cả", "Miền Bắc", "700,000", "-", "700,000"],
            ["win_rate", None, None, None, "33%", "34%", None],
        ],
        "targets", TARGETS,
        [
            ("net_revenue", OCT, "Nồi", None, "Miền Bắc", 700_000), ("net_revenue", OCT, "Quạt", "Cửa hàng", None, 1_500_000),
            ("net_revenue", NOV, "Quạt", "Cửa hàng", None, 1_600_000),
            ("win_rate", OCT, None, None, None, 330_000_000), ("win_rate", NOV, None, None, None, 340_000_000),
        ],
        (5, 5, 0),
    ),
    "targets_long": (
        [
            ["KPI", "Month", "Product group", "Channel", "Region", "Plan"],
            ["net revenue", "10/2026", "Fans", "Stores", "All", "1,500,000"],
            ["orders", "Oct 2026", "-", "-", "-", "1,200"],
            ["Tỷ lệ thắng", "2026-10-31", "-", "-", "-", "33.5%"],
        ],
        "targets", TARGETS,
        [
            ("net_revenue", OCT, "Fans", "Stores", None, 1_500_000), ("orders", OCT, None, None, None, 1_200),
            ("win_rate", OCT, None, None, None, 335_000_000),
        ],
        (3, 3, 0),
    ),
    "budgets_wide": (
        [
            ["Ngân sách 2026", None, None, None, None],
            ["Phòng ban", "Khoản mục", "T10", "T11", "Quý 4"],
            ["Kinh doanh", "Đi lại", "500,000", "(20,000)", "480,000"],
            ["Kinh doanh", "Tổng", "500,000", "(20,000)", "480,000"],
            ["Toàn công ty", "Thuê nhà", "9,000,000", "-", "9,000,000"],
            [None, None, "9,500,000", "(20,000)", "9,480,000"],
        ],
        "budgets", ["month_on", "budget_line", "department", "organisation", "budget_amount"],
        [
            (OCT, "Thuê nhà", None, None, 9_000_000), (OCT, "Đi lại", "Kinh doanh", None, 500_000),
            (NOV, "Đi lại", "Kinh doanh", None, -20_000),
        ],
        (3, 3, 2),
    ),
    "budgets_long": (
        [
            ["Company", "Department", "Line item", "Account type", "Month", "Year", "Budget"],
            ["Sao Mộc JSC", "Sales", "Travel", "Expenses", "Oct", "2026", "500,000"],
            ["Sao Mộc JSC", "Sales", "Rent", "Revenue", "11", "2026", "-20,000"],
            [None, None, "Total", None, None, None, "480,000"],
        ],
        "budgets", ["month_on", "budget_line", "department", "organisation", "account_type", "budget_amount"],
        [
            (OCT, "Travel", "Sales", "Sao Mộc JSC", "cost", 500_000),
            (NOV, "Rent", "Sales", "Sao Mộc JSC", "income", -20_000),
        ],
        (2, 2, 1),
    ),
    "costs_long": (
        [
            ["Tháng", "Loại chi phí", "Số tiền"],
            ["01/09/2026", "sự kiện", "12 000 000 ₫"], ["Tháng 10/2026", "công cụ", "1 500 000 ₫"],
            ["10/2026", "công cụ", "500 000 ₫"], ["Cộng", None, "14 000 000 ₫"],
        ],
        "costs", ["month_on", "cost_type", "cost_amount"],
        [(date(2026, 9, 1), "sự kiện", 12_000_000), (OCT, "công cụ", 2_000_000)],
        (3, 3, 1),
    ),
    "costs_wide": (
        [["Cost type", "Sep 2026", "Oct 2026"], ["tools", "1,500,000", "500,000"], ["events", None, "7,000,000"], ["Total", "1,500,000", "7,500,000"]],
        "costs", ["month_on", "cost_type", "cost_amount"],
        [(date(2026, 9, 1), "tools", 1_500_000), (OCT, "events", 7_000_000), (OCT, "tools", 500_000)],
        (3, 3, 1),
    ),
    "quotas_wide": (
        [["Mã NV", "Họ tên", "10/2026", "11/2026"], ["NV-1", "Lê Na", "2.054.000.000", "2.100.000.000"], ["NV-2", "Vũ An", "0", None]],
        "quotas", ["person_id", "measure", "start_on", "end_on", "quota_amount"],
        [
            ("NV-1", "revenue", OCT, NOV, 2_054_000_000), ("NV-1", "revenue", NOV, date(2026, 12, 1), 2_100_000_000),
            ("NV-2", "revenue", OCT, NOV, 0),
        ],
        (3, 3, 0),
    ),
    "quotas_long": (
        [["Employee ID", "Month", "Quota", "Measure"], ["NV-1", "2026-10", "2,054,000,000", "Doanh số"], ["NV-1", "2026-11", "2,100,000,000", None]],
        "quotas", ["person_id", "measure", "start_on", "end_on", "quota_amount"],
        [("NV-1", "revenue", OCT, NOV, 2_054_000_000), ("NV-1", "revenue", NOV, date(2026, 12, 1), 2_100_000_000)],
        (2, 2, 0),
    ),
    "quotas_periods": (
        [["Mã nhân viên", "Từ ngày", "Đến ngày", "Chỉ tiêu doanh số"], ["NV-1", "01/10/2026", "31/12/2026", "6,000,000,000"]],
        "quotas", ["person_id", "measure", "start_on", "end_on", "quota_amount"],
        [("NV-1", "revenue", OCT, date(2027, 1, 1), 6_000_000_000)],
        (1, 1, 0),
    ),
    "people": (
        [
            ["Mã nhân viên", "Họ và tên", "Chức danh", "Phòng ban", "Mã quản lý", "Khu vực", "Ngày hiệu lực", "Đến ngày", "Ngày vào làm", "Ngày nghỉ việc"],
            ["NV-1", "Lê Na", "rep", "Sales/North", "NV-9", "Miền Bắc", "01/01/2026", "30/06/2026", "15/03/2020", None],
            ["NV-1", "Lê Na", "manager", "Sales/North", None, "Miền Bắc", "01/07/2026", None, "15/03/2020", "31/12/2026"],
        ],
        "people", ["person_id", "start_on", "end_on", "role", "team", "manager_id", "region", "hired_on", "left_on"],
        [
            ("NV-1", date(2026, 1, 1), date(2026, 7, 1), "rep", "Sales/North", "NV-9", "Miền Bắc", date(2020, 3, 15), None),
            ("NV-1", date(2026, 7, 1), None, "manager", "Sales/North", None, "Miền Bắc", date(2020, 3, 15), date(2027, 1, 1)),
        ],
        (2, 2, 0),
    ),
    "absences": (
        [["Mã NV", "Từ ngày", "Đến ngày", "Loại nghỉ"], ["NV-1", "01/10/2026", "10/10/2026", "thai sản"], ["NV-2", "13/11/2026", "13/11/2026", "phép năm"]],
        "absences", ["person_id", "start_on", "end_on", "kind"],
        [("NV-1", OCT, date(2026, 10, 11), "thai sản"), ("NV-2", date(2026, 11, 13), date(2026, 11, 14), "phép năm")],
        (2, 2, 0),
    ),
    "scores": (
        [["Mã nhân viên", "Tháng", "Mục tiêu", "Kết quả"], ["NV-1", "10/2026", "listings", "100%"], ["NV-1", "10/2026", "reviews", "52.5%"]],
        "scores", ["person_id", "period_on", "objective", "score"],
        [("NV-1", OCT, "listings", 1_000_000_000), ("NV-1", OCT, "reviews", 525_000_000)],
        (2, 2, 0),
    ),
    "products": (
        [["Mã hàng", "Tên hàng", "Nhóm hàng(3 Cấp)", "Giá bán", "Giá vốn"], ["0012", "Quạt Mộc 40", "Quạt", "1.490.000", "860.000"], ["N-1", "Nồi", "Nồi", "2.000.000", None]],
        "products", ["product_id", "name", "product_group", "list_price", "unit_cost"],
        [("0012", "Quạt Mộc 40", "Quạt", 14_900_000_000, 8_600_000_000), ("N-1", "Nồi", "Nồi", 20_000_000_000, None)],
        (2, 2, 0),
    ),
    "fx_rates_long": (
        [["Mã ngoại tệ", "Ngày", "Tỷ giá"], ["USD", "2026-10-01", "25,412.5"], ["EUR", "2026-10-01", "28,000.00"]],
        "fx_rates", ["currency", "start_on", "rate"],
        [("EUR", OCT, 28_000_000_000_000), ("USD", OCT, 25_412_500_000_000)],
        (2, 2, 0),
    ),
    "fx_rates_wide": (
        [["Date", "USD", "EUR/VND", "Note"], ["2026-10-01", "25,412.5", "28,000.0", "closing"], ["2026-10-02", "25,400.0", None, None]],
        "fx_rates", ["currency", "start_on", "rate"],
        [("EUR", OCT, 28_000_000_000_000), ("USD", OCT, 25_412_500_000_000), ("USD", date(2026, 10, 2), 25_400_000_000_000)],
        (3, 3, 0),
    ),
    "accounts_sheet": (
        [
            ["Mã khách hàng", "Tên khách hàng", "Nhóm khách hàng", "Ngành", "Quy mô", "Khu vực", "Nhân viên phụ trách", "Tiềm năng năm", "Số giờ phục vụ", "MST"],
            ["DL1", "Đại lý Minh Châu", "Đại lý", "Gia dụng", "lớn", "Miền Bắc", "NV-1", "1,671,000,000", "123.5", "0312345678"],
        ],
        "accounts", ["account_id", "name", "customer_group", "size", "region", "person_id", "potential_amount", "workload_hours", "tax_code"],
        [("DL1", "Đại lý Minh Châu", "Đại lý", "lớn", "Miền Bắc", "NV-1", 1_671_000_000, 123.5, "0312345678")],
        (1, 1, 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_planning_sheet_in_each_form(shop, kind, form):
    rows, table, columns, expected, read = KINDS[kind]
    loaded = load(shop, kind, rows, form)
    assert pick(loaded, table, *columns) == expected
    assert counts(loaded) == read


@pytest.mark.parametrize("kind", KINDS)
def test_a_planning_sheet_is_recognised_by_its_header(kind):
    found = recognise(heads(sheet(KINDS[kind][0]), "plan.csv"))
    assert [match.kind for match in found if not match.missing][0] == kind
    assert rivals(found) == []


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("targets_wide", ["metric", "2026-10"]),
        ("budgets_wide", ["Budget line", "2026-10"]),
        ("costs_wide", ["Cost type", "2026-10"]),
        ("quotas_wide", ["Staff no", "2026-10"]),
    ],
)
def test_dimensions_may_be_missing(shop, kind, header):
    loaded = load(shop, kind, [header, ["revenue", "5"], ["orders", "6"]])
    assert counts(loaded)[1] == 2


@pytest.mark.parametrize(
    ("file", "table", "column", "total", "read"),
    [
        ("targets_wide.csv", "targets", "target", 1_500_000 + 1_600_000 + 330_000_000 + 340_000_000, (4, 4, 0)),
        ("targets_long.csv", "targets", "target", 1_501_200, (2, 2, 0)),
        ("budgets_wide.xlsx", "budgets", "budget_amount", 9_480_000, (3, 3, 1)),
        ("budgets_long.csv", "budgets", "budget_amount", 480_000, (2, 2, 0)),
        ("costs_long.csv", "costs", "cost_amount", 13_500_000, (2, 2, 1)),
        ("costs_wide.csv", "costs", "cost_amount", 2_000_000, (2, 2, 0)),
        ("quotas_wide.csv", "quotas", "quota_amount", 4_154_000_000, (2, 2, 0)),
        ("quotas_long.csv", "quotas", "quota_amount", 2_054_000_000, (1, 1, 0)),
        ("quotas_periods.csv", "quotas", "quota_amount", 6_162_000_000, (1, 1, 0)),
        ("products.xlsx", "products", "list_price", 34_900_000_000, (2, 2, 0)),
        ("fx_rates_long.csv", "fx_rates", "rate", 53_412_500_000_000, (2, 2, 0)),
        ("fx_rates_wide.csv", "fx_rates", "rate", 53_582_750_000_000, (3, 3, 0)),
        ("accounts_sheet.csv", "accounts", "potential_amount", 1_671_000_000, (1, 1, 0)),
    ],
)
def test_a_sheet_as_exported(shop, file, table, column, total, read):
    kind, ending = file.split(".")
    loaded = load(shop, kind, (FILES / file).read_bytes(), "xlsx" if ending == "xlsx" else "utf-8")
    assert loaded.tables[table][column].sum() == total
    assert counts(loaded) == read
    assert loaded.faults == []


@pytest.mark.parametrize(
    ("kind", "other", "keys"),
    [
        ("targets_wide", "targets_long", ["values", "units", "preamble"]),
        ("budgets_wide", "budgets_long", ["values", "preamble", "not_data", "total_lacks"]),
        ("costs_wide", "costs_long", ["preamble", "not_data", "total_lacks"]),
        ("quotas_wide", "quotas_long", ["values", "preamble", "compute", "ranges"]),
    ],
)
def test_wide_and_long_sheets_speak_alike(kind, other, keys):
    first, second = (yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")) for name in (kind, other))
    assert {key: first[key] for key in keys} == {key: second[key] for key in keys}


# --- months and their years -------------------------------------------------------------------------------------------
def budget(months, above=()):
    return [*([line] for line in above), ["Budget line", *months], ["Travel", *range(1, len(months) + 1)]]


def months_of(loaded):
    return [f"{month:%Y-%m}" for month in loaded.tables["budgets"]["month_on"]]


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("2026-10", "2026-10"), ("2026/10", "2026-10"), ("10/2026", "2026-10"), ("T10/2026", "2026-10"),
        ("Tháng 10 năm 2026", "2026-10"), ("Thg 10/2026", "2026-10"), ("Oct 2026", "2026-10"), ("October, 2026", "2026-10"),
        ("Oct-26", "2026-10"), ("Oct'26", "2026-10"), ("01/10/2026", "2026-10"), ("10/1/2026", "2026-10"),
        ("2026-10-01", "2026-10"), ("202610", "2026-10"),
    ],
)  # fmt: skip
def test_a_column_is_a_month_however_it_is_written(shop, written, month):
    assert months_of(load(shop, "budgets_wide", budget([written]))) == [month]


@pytest.mark.parametrize("written", ["Q4 2026", "2026", "Total", "10", "13/2026", "Market", "15/10/2026", "Ngân sách"])
def test_other_columns_are_no_months(shop, written):
    assert months_of(load(shop, "budgets_wide", budget(["2026-10", written]))) == ["2026-10"]


def test_months_and_amounts_as_a_workbook_holds_them(shop):
    rows = [["Budget line", datetime(2026, 10, 1), datetime(2026, 11, 1)], ["Travel", 500_000, 1_250_000.0]]
    loaded = load(shop, "budgets_wide", rows, "xlsx")
    assert pick(loaded, "budgets", "month_on", "budget_amount") == [(OCT, 500_000), (NOV, 1_250_000)]


@pytest.mark.parametrize(
    ("above", "page", "name", "year"),
    [
        (["Kế hoạch năm 2027"], "2026", "plan_2025", 2027),
        (["Kế hoạch"], "Ngân sách 2026", "plan_2025", 2026),
        ([], "Sheet1", "budget_2025", 2025),
        ([], "Sheet1", "FY2025 budget v3", 2025),
        ([], "Sheet1", "2025/plan", 2025),
    ],
    ids=["the title", "the sheet's name", "the file's name", "the file's name with a word", "the folder"],
)
def test_months_without_a_year_take_it_from(shop, above, page, name, year):
    loaded = load(shop, "budgets_wide", sheet(budget(["T1", "T12"], above), "xlsx", page), "xlsx", name)
    assert months_of(loaded) == [f"{year}-01", f"{year}-12"]


def test_what_company_yaml_says_of_the_year_goes_first(shop):
    loaded = load(shop, "budgets_wide", budget(["Jan"], ["Budget 2027"]), constants={"year": "2026"})
    assert months_of(loaded) == ["2026-01"]


def test_a_column_of_years_goes_before_the_title(shop):
    rows = [["Budget 2027"], ["Budget line", "Year", "Jan"], ["Travel", "2026", "5"], ["Rent", None, "5"]]
    assert months_of(load(shop, "budgets_wide", rows)) == ["2026-01", "2027-01"]


@pytest.mark.parametrize(
    ("above", "months"),
    [
        (["Budget FY2026/27"], ["Apr", "Dec"]),
        (["Printed 05/11/2025"], ["Apr", "Dec"]),
        (["Budget 2026"], ["Apr", "Dec", "Jan", "Mar"]),
        (["Budget 2026"], ["T12", "T1"]),
    ],
    ids=["a fiscal year's name", "the day of printing", "a fiscal year", "a turn of the year"],
)
def test_months_that_may_be_of_either_year_are_asked_for(shop, above, months):
    message = f"found months without a year: {months[0]}, {months[-1]}, expected the year of each month"
    with pytest.raises(InputError, match=message):
        load(shop, "budgets_wide", budget(months, above))


@pytest.mark.parametrize(
    ("above", "name", "message"),
    [
        (
            [], "plan",
            "plan.csv: found months without a year: T1, T2, expected the year of each month."
            " Next: write it with the months, or set sources.s.constants.year.",
        ),
        (
            [], "export_2026-11-05",
            "export_2026-11-05.csv: found months without a year: T1, T2, expected the year of each month."
            " Next: write it with the months, or set sources.s.constants.year.",
        ),
        (
            ["Budget 2027 against 2026"], "plan",
            "plan.csv, above the header: found 2027, 2026 for year, expected one value for year."
            " Next: set sources.s.constants.year.",
        ),
    ],
    ids=["no year", "the day of an export is no year", "two years"],
)  # fmt: skip
def test_a_year_that_is_not_sure_is_asked_for(shop, above, name, message):
    with pytest.raises(InputError) as refused:
        load(shop, "budgets_wide", budget(["T1", "T2"], above), name=name)
    assert str(refused.value.problems[0]) == message


# --- amounts ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cells", "amounts"),
    [
        (["$500,000", "$1,250.50"], [500_000_00, 1_250_50]),
        (["500,000", "-", "0.5"], [500_000_00, 50]),
        (["(1,500.00)", "0"], [-1_500_00, 0]),
        (["500 000,00", "1,5"], [500_000_00, 1_50]),
        (["1.500.000", "2.000"], [1_500_000_00, 2_000_00]),
    ],
)
def test_amounts_as_planners_write_them(shop, cells, amounts):
    rows = [["Budget line", "2026-10"], *([f"line {i}", cell] for i, cell in enumerate(cells))]
    loaded = load(shop, "budgets_wide", rows, company={"currency": "USD", "money_decimals": 2})
    assert [row[0] for row in pick(loaded, "budgets", "budget_amount")] == amounts


def test_an_amount_that_may_mean_two_things_is_asked_for(shop):
    rows = [["Budget line", "2026-10"], ["Travel", "1.500"]]
    with pytest.raises(InputError, match=r"only 1\.500, expected a number that tells '\.' from ','"):
        load(shop, "budgets_wide", rows, company={"currency": "USD", "money_decimals": 2})


# --- what stands twice, or in merged cells ----------------------------------------------------------------------------
def test_a_target_that_stands_twice_waits(shop):
    rows = [["metric", "2026-10"], ["orders", "5"], ["orders", "6"], ["Số đơn hàng", "5"]]
    loaded = load(shop, "targets_wide", rows)
    assert pick(loaded, "targets", "target") == [(5,)]
    assert loaded.fates.filter(source="s").select("fate", "reason", "rows").rows() == [
        ("kept", None, 1), ("merged", "duplicate", 1), ("quarantined", "key_twice", 1),
    ]  # fmt: skip


def test_a_metric_may_stand_above_its_rows(shop):
    rows = [
        ["KPI", "Channel", "2026-10"],
        ["orders", None, None],
        [None, "Web", "5"],
        ["leads", None, None],
        [None, "Web", "6"],
    ]
    assert pick(load(shop, "targets_wide", rows), "targets", "metric", "target") == [("leads", 6), ("orders", 5)]


def test_a_metric_that_nobody_knows_waits(shop):
    loaded = load(shop, "targets_wide", [["metric", "2026-10"], ["happiness", "5"], ["orders", "6"]])
    assert loaded.quarantine.select("row", "reason", "field", "found").rows() == [
        (2, "unreadable_metric", "target", "5")
    ]


def merged_sheet():
    """Two departments in merged cells, a line for the whole company, and a figure that two lines share."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        page.merge_range("A1:D1", "Ngân sách 2026")
        page.write_row("A2", ["Phòng ban", "Khoản mục", "T10", "T11"])
        page.merge_range("A3:A4", "Kinh doanh")
        page.write_row("B3", ["Đi lại", 5, 6])
        page.write("B4", "Công cụ")
        page.merge_range("C4:C5", 9)
        page.write_row("B5", ["Thuê nhà", None, 7])
    return buffer.getvalue()


def test_a_merged_text_of_a_workbook_holds_for_its_rows_and_a_merged_figure_once(shop):
    loaded = load(shop, "budgets_wide", merged_sheet(), "xlsx")
    assert sorted(pick(loaded, "budgets", "row", "department", "budget_line", "month_on", "budget_amount")) == [
        (3, "Kinh doanh", "Đi lại", OCT, 5), (3, "Kinh doanh", "Đi lại", NOV, 6), (4, "Kinh doanh", "Công cụ", OCT, 9),
        (5, None, "Thuê nhà", NOV, 7),
    ]  # fmt: skip
    assert loaded.log.filter(source="s")["warnings"].item() == (
        "merged cells below the header: 2; a text holds for all rows, a figure once"
    )


def test_a_merged_cell_of_a_text_file_is_filled_where_company_yaml_asks_for_it(shop):
    rows = [["Department", "Budget line", "2026-10"], ["Sales", "Travel", "5"], [None, "Tools", "6"]]
    assert pick(load(shop, "budgets_wide", rows), "budgets", "department") == [(None,), ("Sales",)]
    filled = load(shop, "budgets_wide", rows, fill_down=["department"])
    assert pick(filled, "budgets", "department") == [("Sales",), ("Sales",)]


@pytest.mark.parametrize(
    ("header", "end"), [("to", date(2026, 6, 30)), ("Until", date(2026, 6, 30)), ("End date", date(2026, 7, 1)), ("Đến ngày", date(2026, 7, 1))]
)  # fmt: skip
def test_the_end_of_a_stretch_is_a_first_day_or_a_last_day_by_its_header(shop, header, end):
    rows = [
        ["Staff no", "Name", "Role", "Team", "From", header],
        ["NV-1", "Lê Na", "rep", "Sales", "2026-01-01", "2026-06-30"],
    ]
    assert pick(load(shop, "people", rows), "people", "end_on") == [(end,)]
