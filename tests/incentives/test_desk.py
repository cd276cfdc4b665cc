"""A whole month of a small company: the desk, the tables it saves, statements and the wall."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from revops import tables
from revops.incentives import Desk, open_desk, save_tables, uncounted
from revops.problems import InputError
from revops.report import frame as frames_of_page
from revops.report import incentives as page
from revops.report import leaderboard, statement
from revops.report.statement.sheet import read_sheet
from revops.report.statement.sums import sum_rows
from revops.workspace import Workspace, open_workspace

from .frames import frame

COMPANY = """name: Thử Nghiệm
currency: VND
money_decimals: 0
plans: [plans/rep.yaml, plans/boss.yaml]
incentives: {contact: M1}
"""
GAMES = """league: {roles: [representative], minimum_orders: 1}
"""
REP = """plan: REP
title: {en: Sales, vi: Bán hàng}
source: Sales policy 2026
checked_on: 2026-01-05
roles: [representative]
effective_from: 2026-01-01
measure: net_revenue
quota: revenue
period: month
components:
  - name: {en: Commission, vi: Hoa hồng}
    credit: direct
    scale: whole
    bounds: quota
    tiers: [{from: 0%, to: 100%, rate: 5%}, {from: 100%, to: null, rate: 8%}]
    note: why
"""
BOSS = """plan: BOSS
title: Team
source: Sales policy 2026
checked_on: 2026-01-05
roles: [region_manager]
effective_from: 2026-01-01
measure: net_revenue
period: month
components:
  - {name: Team, credit: rollup, scale: whole, rate: 1%, note: why}
"""


def order(number: int, person: str | None, day: date) -> dict[str, Any]:
    head = {
        "order_id": f"O{number}",
        "ordered_at": datetime(day.year, day.month, day.day),
        "ordered_on": day,
        "channel": "Dealers",
        "region": "North",
    }
    return {
        **head,
        "customer_id": "K1",
        "account_id": "A1",
        "person_id": person,
        "is_cancelled": False,
        "currency": "VND",
    }


def line(number: int, net: int) -> dict[str, Any]:
    money = {"gross_amount": net, "discount_amount": 0, "net_amount": net, "source_net_amount": net}
    return {
        "line_id": f"O{number}-1",
        "order_id": f"O{number}",
        "product_id": "X",
        "quantity": 1,
        "unit_price": 0,
        **money,
    }


def person(person_id: str, name: str, role: str, manager: str | None) -> dict[str, Any]:
    base = {"person_id": person_id, "start_on": date(2020, 1, 1), "name": name, "role": role, "team": "Sales/North"}
    return {**base, "manager_id": manager, "region": "North", "channel": None}


SEP, OCT, NOV = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
PEOPLE = [
    person("P1", "Nguyễn <b>Minh</b> Anh", "representative", "M1"),
    person("P2", "Võ Thanh Tùng", "representative", "M1"),
    person("P3", "Hoàng Mai Chi", "representative", "M1"),
    person("M1", "Vũ Hồng Nhung", "region_manager", None),
]
SALES = [
    (1, "P1", 600_000, SEP),
    (2, "P1", 900_000, OCT),
    (3, "P1", 300_007, OCT),
    (4, "P2", 500_000, OCT),
    (5, None, 70_000, OCT),
]


def build(folder: Path, language: str = "en", games: str = GAMES) -> Workspace:
    company = folder / "company"
    (company / "plans").mkdir(parents=True)
    (company / "company.yaml").write_text(COMPANY, encoding="utf-8")
    (company / "games.yaml").write_text(games, encoding="utf-8")
    for name, text, case in (
        ("rep", REP, "{name: at quota, credits: {direct: 100}, quota: 100, pay: 8}"),
        ("boss", BOSS, "{name: a million, credits: {rollup: 1000000}, pay: 10000}"),
    ):
        (company / "plans" / f"{name}.yaml").write_text(text, encoding="utf-8")
        (company / "plans" / f"{name}.cases.yaml").write_text(f"cases:\n  - {case}\n", encoding="utf-8")
    ws = open_workspace("04_incentives", company, "2026-10", "", language, str(folder / "build"))
    back = {
        "return_id": "R1",
        "returned_on": date(2026, 10, 20),
        "order_id": "O1",
        "line_id": "O1-1",
        "product_id": "X",
    }
    quota = {"measure": "revenue", "start_on": OCT, "end_on": NOV}
    saved = {
        "orders": [order(n, who, month.replace(day=5)) for n, who, _, month in SALES],
        "order_lines": [line(n, net) for n, _, net, _ in SALES],
        "returns": [{**back, "channel": "Dealers", "region": "North", "quantity": 1, "net_amount": 100_000}],
        "products": [{"product_id": "X", "name": "Quạt", "product_group": "Fans"}],
        "people": PEOPLE,
        "credit_splits": [
            {"order_id": "O2", "person_id": p, "share": s} for p, s in (("P1", 6 * 10**8), ("P2", 4 * 10**8))
        ],
        "quotas": [
            {**quota, "person_id": "P1", "quota_amount": 700_000},
            {**quota, "person_id": "P2", "quota_amount": 900_000},
        ],
        "accounts": [{"account_id": "A1", "name": "Điện máy Hoa Sen"}],
    }
    for name, rows in saved.items():
        ws.save(name, frame(name, rows))
    ws.save("import_log", pl.DataFrame({"file": [""]}))
    return ws


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return build(tmp_path)


def save_all(ws: Workspace) -> Desk:
    desk = open_desk(ws)
    save_tables(ws, desk)
    return desk


def test_the_month_is_paid_and_the_fault_of_one_stops_nobody_else(ws: Workspace) -> None:
    """P1: 540,000 + 300,007 − 100,000 = 740,007 of 700,000 at 8 %; P2: 860,000 of 900,000 at 5 %; P3 has no quota."""
    desk = open_desk(ws)
    paid = dict(desk.pay_statements.select("person_id", "paid_amount").rows())
    assert paid == {"M1": 16_000, "P1": 59_201, "P2": 43_000, "P3": None}
    assert [problem.found for problem in desk.faults] == ["no quota"]


def test_lines_sum_to_statements_and_credits_to_movements(ws: Workspace) -> None:
    desk = open_desk(ws)
    sums = desk.pay_lines.group_by("person_id").agg(pl.col("pay_amount").sum())
    assert sorted(sums.rows()) == [("M1", 16_000), ("P1", 59_201), ("P2", 43_000)]
    assert desk.unbalanced == 0
    assert desk.uncredited.select("order_id", "reason").rows() == [("O5", "no_person")]


def test_a_line_that_is_missing_or_one_too_many_breaks_the_check_of_its_component(ws: Workspace) -> None:
    desk = open_desk(ws)
    lines, summary = desk.pay_lines, desk.pay_summary
    assert uncounted(lines, summary) == 0
    is_first = pl.int_range(pl.len()) == lines["kind"].to_list().index("commission")
    assert uncounted(lines.filter(~is_first), summary) == 1
    assert uncounted(pl.concat([lines, lines.filter(is_first)]), summary) == 1
    assert uncounted(lines, summary.clear()) > 1


def test_the_returned_line_of_last_month_names_its_sale(ws: Workspace) -> None:
    back = open_desk(ws).pay_lines.filter((pl.col("movement") == "return") & (pl.col("person_id") == "P1"))
    assert back.select("order_id", "line_id", "credit_amount", "pay_amount").rows() == [
        ("O1", "O1-1", -100_000, -8_000)
    ]


def test_the_desk_is_the_same_for_rows_in_any_order(ws: Workspace) -> None:
    before = open_desk(ws).pay_lines
    for name in ("orders", "order_lines", "people", "quotas", "credit_splits"):
        ws.save(name, ws.read(name).reverse())
    assert open_desk(ws).pay_lines.equals(before)


def test_days_after_as_of_do_not_count(tmp_path: Path) -> None:
    ws = build(tmp_path)
    early = open_workspace("04_incentives", ws.folder, "2026-10", "2026-10-19", "en", str(ws.build))
    assert open_desk(early).pay_lines.filter(pl.col("movement") == "return").is_empty()


@pytest.mark.parametrize("period", ["2026-W41", "2026-Q4", "2026"])
def test_only_months_have_statements(tmp_path: Path, period: str) -> None:
    ws = build(tmp_path)
    wider = open_workspace("04_incentives", ws.folder, period, "", "en", str(ws.build))
    desk = save_all(wider)
    assert not desk.is_payable
    assert desk.last_month == OCT
    assert statement.people(wider) == []


def test_a_plan_whose_case_does_not_come_out_stops_the_run(ws: Workspace) -> None:
    cases = ws.folder / "plans" / "boss.cases.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("10000}", "9999}"), encoding="utf-8")
    with pytest.raises(InputError, match="plans/boss.cases.yaml, line 2, a million: found pay 10000, expected 9999"):
        open_desk(ws)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_statement_shows_one_person_and_nobody_else(tmp_path: Path, language: str) -> None:
    ws = build(tmp_path, language)
    save_all(ws)
    assert statement.people(ws) == ["M1", "P1", "P2", "P3"]
    html = statement.render(ws, "P2")
    assert "Võ Thanh Tùng" in html
    assert ws.words.money(43_000) in html
    assert not re.search("Minh|Hoàng Mai Chi|59.201|16.000", html)
    assert f'lang="{language}"' in html


def test_a_statement_is_one_small_file_without_script_or_request(ws: Workspace) -> None:
    save_all(ws)
    html = statement.render(ws, "P1")
    assert len(html.encode()) <= 100_000
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|@import|src=", html)


def test_text_from_data_is_escaped(ws: Workspace) -> None:
    save_all(ws)
    for html in (statement.render(ws, "P1"), leaderboard.render(ws)):
        assert "&lt;b&gt;Minh&lt;/b&gt;" in html
        assert "<b>Minh" not in html


def test_a_stopped_payment_says_so_and_shows_no_amount(ws: Workspace) -> None:
    save_all(ws)
    html = statement.render(ws, "P3")
    assert "no quota" in html
    assert "waits" in html


def test_the_sum_table_of_a_statement_sums_to_the_payment(ws: Workspace) -> None:
    save_all(ws)
    rows = sum_rows(read_sheet(ws, "P1"))
    assert [amount for _, _, amount in rows] == [67_201, -8_000]
    assert sum(amount for _, _, amount in rows) == 59_201


def test_the_wall_shows_ranks_and_no_pay(ws: Workspace) -> None:
    save_all(ws)
    html = leaderboard.render(ws)
    assert "leads with 106% of quota; one of the top two is past 100%" in html
    assert not re.search("59,201|43,000|16,000|<script", html)


def test_every_table_of_pay_is_named_so_that_it_lies_apart(ws: Workspace) -> None:
    save_all(ws)
    for path in (ws.build / "tables").glob("*.parquet"):
        if path.stem not in tables.CANONICAL and not path.stem.startswith("pay_"):
            assert not {"pay_amount", "paid_amount", "commission_amount"} & set(pl.read_parquet_schema(path))


def test_the_flag_for_everybody_names_nobody_and_the_restricted_table_does(tmp_path: Path) -> None:
    """P1 books 250,000 of 705,000 on 31 August, quota 700,000; 200,000 of it come back in September."""
    ws = build(tmp_path)
    more = [(11, "P1", 455_000, date(2026, 8, 5)), (12, "P1", 250_000, date(2026, 8, 31))]
    back = {"return_id": "R2", "returned_on": date(2026, 9, 2), "order_id": "O12", "line_id": "O12-1", "quantity": 1}
    back |= {"product_id": "X", "channel": "Dealers", "region": "North", "net_amount": 200_000}
    quota = {"measure": "revenue", "start_on": date(2026, 8, 1), "end_on": SEP, "person_id": "P1"}
    added = {
        "orders": [order(n, who, day) for n, who, _, day in more],
        "order_lines": [line(n, net) for n, _, net, _ in more],
        "returns": [back],
        "quotas": [{**quota, "quota_amount": 700_000}],
    }
    for name, rows in added.items():
        ws.save(name, pl.concat([ws.read(name), frame(name, rows)]))
    desk = open_desk(ws)
    html = page.gaming(ws, desk).html
    told = ws.notes.findings[0]
    assert told["title"] == "Bookings of one person passed a tier in one month and came back"
    assert (told["owner"], told["amount"]) == ("Vũ Hồng Nhung", -200_000)
    assert not re.search("Minh|P1|O12", f"{told}")
    assert "Minh" in html
    assert "O12" in html
    assert "in one month by bookings of which ₫200k came back" in html.replace("\u00a0", " ")


def test_the_restricted_page_links_every_statement(ws: Workspace) -> None:
    html = page.payments(ws, open_desk(ws)).html
    assert re.findall("href='([^']*)'", html) == [
        f"statements/{person_id}.html" for person_id in ("M1", "P1", "P2", "P3")
    ]


def test_a_week_has_no_statements_to_link(tmp_path: Path) -> None:
    ws = build(tmp_path)
    week = open_workspace("04_incentives", ws.folder, "2026-W41", "", "en", str(ws.build))
    assert "href" not in page.payments(week, open_desk(week)).html


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No plan pays anybody."), ("vi", "Không chính sách nào trả cho ai.")]
)
def test_without_plans_the_page_says_that_nobody_is_paid(tmp_path: Path, language: str, said: str) -> None:
    made = build(tmp_path, language)
    path = made.folder / "company.yaml"
    path.write_text(COMPANY.replace("[plans/rep.yaml, plans/boss.yaml]", "[]"), encoding="utf-8")
    ws = open_workspace("04_incentives", made.folder, "2026-10", "", language, str(made.build))
    desk = open_desk(ws)
    assert page.payments(ws, desk).plain == said
    assert said in page.answer(ws, desk).plain
    assert "<table" not in page.plans(ws, desk).html


def test_the_page_for_everybody_says_where_pay_lies_and_names_nobody(ws: Workspace) -> None:
    page.answer(ws, open_desk(ws))
    told = ws.notes.extra["pay"]
    assert told[-1] == {"name": "Pay of each person", "value": "apart, under restricted/"}
    assert not re.search("Minh|Tùng|59.201|43.000", f"{told}")


def test_the_active_tab_of_the_restricted_page_is_the_page_itself(ws: Workspace) -> None:
    html = frames_of_page.bar(ws, "04_incentives", "../")
    assert re.findall('href="([^"]*)" aria-current', html) == ["../restricted/04_incentives.html"]
    assert re.findall('href="([^"]*)" aria-current', frames_of_page.bar(ws, "index", "")) == ["index.html"]
