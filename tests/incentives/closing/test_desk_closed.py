"""A small company month by month: a late order, a deleted plan, a person who vanished; what was closed stands."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from revops.incentives import Desk, explain, open_desk, save_tables
from revops.incentives.closing import closed, closings
from revops.report import incentives as page
from revops.report import statement
from revops.workspace import Workspace, open_workspace

from ..frames import frame
from ..test_desk import NOV, OCT, build, line, order


def close(ws: Workspace) -> None:
    """Close what a run of the period has saved."""
    row = {"period": ws.period.name, "made_on": "2026-12-01", "by": "M1", "as_of": ws.as_of, "inputs_id": "abc",
           "people": 4, "paid_amount": 0, "changes": 0, "held": None, "approved_by": None}  # fmt: skip

    def fill(place: Path) -> None:
        for path in (ws.build / "tables").glob("pay_*.parquet"):
            shutil.copyfile(path, place / path.name)

    closed.add(ws.folder, row, fill)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """October is closed: P1 has 740,007 of 700,000 and 59,201, P2 43,000, their manager 16,000, P3 no quota."""
    made = build(tmp_path)
    save_tables(made, open_desk(made))
    close(made)
    return made


def add(ws: Workspace, number: int, person: str, net: int, day: date) -> None:
    for name, row in (("orders", order(number, person, day)), ("order_lines", line(number, net))):
        ws.save(name, pl.concat([ws.read(name), frame(name, [row])]))


def november(ws: Workspace, language: str = "en") -> Workspace:
    """The next period on the same tables; nobody sells."""
    quota = {"measure": "revenue", "start_on": NOV, "end_on": date(2026, 12, 1), "quota_amount": 700_000}
    ws.save(
        "quotas", pl.concat([ws.read("quotas"), frame("quotas", [{**quota, "person_id": p} for p in ("P1", "P2")])])
    )
    return open_workspace("04_incentives", ws.folder, "2026-11", "", language, str(ws.build))


def paid(desk: Desk) -> dict[str, int | None]:
    return {person.person_id: person.paid for person in desk.current}


def test_a_late_order_is_a_line_of_november_and_october_stands(ws: Workspace) -> None:
    """100,000 more for P1: 8 % is 8,000, and 1 % for the manager."""
    statements = ws.read("pay_statements")
    add(ws, 9, "P1", 100_000, date(2026, 10, 30))
    after = november(ws)
    desk = open_desk(after)
    assert paid(desk) == {"M1": 1_000, "P1": 8_000, "P2": 0, "P3": None}
    save_tables(after, desk)
    lines = after.read("pay_lines").filter(pl.col("kind") == "adjustment")
    assert lines.sort("person_id").select("person_id", "pay_amount").rows() == [("M1", 1_000), ("P1", 8_000)]
    history = after.read("pay_history").filter((pl.col("month_on") == OCT) & (pl.col("person_id") != "P3"))
    assert history.sort("person_id")["paid_amount"].to_list() == [16_000, 59_201, 43_000]
    assert desk.settled.left == desk.settled.right
    assert closings(ws.folder).table("2026-10", "pay_statements").equals(statements)


def test_a_correction_is_walked_back_to_the_order_that_made_it(ws: Workspace) -> None:
    add(ws, 9, "P1", 100_000, date(2026, 10, 30))
    after = november(ws)
    save_tables(after, open_desk(after))
    changes = after.read("pay_changes").select("person_id", "month_on", "kind", "order_id", "cause", "after_amount")
    assert changes.rows() == [
        ("M1", OCT, "commission", "O9", "new", 1_000),
        ("P1", OCT, "commission", "O9", "new", 8_000),
    ]
    line = after.read("pay_lines").filter((pl.col("kind") == "adjustment") & (pl.col("person_id") == "P1"))["line"][0]
    walk = str(explain(after, line))
    assert "What makes Oct 2026 come out otherwise" in walk
    assert "Commission, O9: not there when the month was closed  (order_lines.csv, row " in walk
    said = page.closed(after, open_desk(after)).plain
    assert "Two orders and other lines of the payments make the difference" in said


def test_a_correction_by_other_terms_says_so(ws: Workspace) -> None:
    path = ws.folder / "plans" / "boss.yaml"
    path.write_text(path.read_text().replace("rate: 1%", "rate: 2%"), encoding="utf-8")
    cases = path.with_name("boss.cases.yaml")
    cases.write_text(cases.read_text().replace("10000}", "20000}"), encoding="utf-8")
    desk = open_desk(november(ws))
    assert set(desk.pay_changes["cause"]) == {"terms"}
    sums = desk.pay_changes.group_by("person_id").agg((pl.col("after_amount") - pl.col("before_amount")).sum())
    assert dict(sums.rows()) == {c.person_id: c.difference for c in desk.settled.changes if c.difference}


def test_a_run_of_the_closed_month_hands_out_what_was_closed(ws: Workspace) -> None:
    before = {path.stem: pl.read_parquet(path) for path in (ws.build / "tables").glob("pay_*.parquet")}
    told = {person: statement.render(ws, person) for person in ("P1", "M1")}
    add(ws, 9, "P1", 100_000, date(2026, 10, 30))
    desk = open_desk(ws)
    save_tables(ws, desk)
    assert all(ws.read(name).equals(table) for name, table in before.items())
    assert {person: statement.render(ws, person) for person in ("P1", "M1")} == told
    assert sum(person.paid or 0 for person in desk.current) == before["pay_statements"]["paid_amount"].sum()


def test_the_page_says_since_when_it_is_closed_and_what_waits(ws: Workspace) -> None:
    add(ws, 9, "P1", 100_000, date(2026, 10, 30))
    said = page.closed(ws, open_desk(ws)).plain.replace("\u00a0", " ")
    assert "October 2026 was closed on 1 Dec 2026 by Vũ Hồng Nhung: ₫0 stands as paid." in said
    assert "Two closed results come out otherwise today: +₫9,000 is paid in the month that is open" in said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Two closed results come out otherwise today: +₫9,000 is paid now"),
        ("vi", "Hai kết quả đã chốt nay tính ra khác: +9.000 ₫ được trả trong kỳ này"),
    ],
)
def test_the_page_of_the_open_month_shows_what_changed(ws: Workspace, language: str, said: str) -> None:
    add(ws, 9, "P1", 100_000, date(2026, 10, 30))
    after = november(ws, language)
    assert said in page.closed(after, open_desk(after)).plain.replace("\u00a0", " ")


def test_nothing_that_changed_is_said_too(ws: Workspace) -> None:
    after = november(ws)
    assert "everything that was closed comes out the same" in page.closed(after, open_desk(after)).plain


def told(desk: Desk) -> list[str]:
    return [str(fault) for fault in desk.faults if fault.where.startswith("closed 2026-10")]


STANDS = "expected what it was computed from; version 1 of {amount} stands and nothing is paid for it."


def test_a_plan_that_was_deleted_changes_nothing_that_was_closed_and_says_what_happened(ws: Workspace) -> None:
    path = ws.folder / "company.yaml"
    path.write_text(path.read_text().replace("plans/rep.yaml, ", ""), encoding="utf-8")
    desk = open_desk(november(ws))
    found = told(desk)
    assert [fault.split(":")[0] for fault in found] == ["closed 2026-10, P1", "closed 2026-10, P2"]
    assert f"no plan for role representative, {STANDS.format(amount=59201)}" in found[0]
    assert [item for person in desk.current if person.payment for item in person.payment.items] == []
    assert desk.settled.left == desk.settled.right


def test_a_person_who_vanished_keeps_what_was_paid(ws: Workspace) -> None:
    after = november(ws)
    ws.save("people", ws.read("people").filter(pl.col("person_id") != "P2"))
    found = next(fault for fault in told(open_desk(after)) if ", P2" in fault)
    assert found.startswith("closed 2026-10, P2: found sales of a person who is not with the company, expected ")
    assert STANDS.format(amount=43000) in found


def test_a_quota_that_is_gone_stands_and_one_that_comes_late_pays(ws: Workspace) -> None:
    """P3 had no quota in October and no sales; P2's is taken out of the sheet."""
    late = {"measure": "revenue", "start_on": OCT, "end_on": NOV, "person_id": "P3", "quota_amount": 100_000}
    add(ws, 9, "P3", 100_000, date(2026, 10, 30))
    quotas = ws.read("quotas").filter(pl.col("person_id") != "P2")
    ws.save(
        "quotas", pl.concat([quotas, frame("quotas", [late, {**late, "start_on": NOV, "end_on": date(2026, 12, 1)}])])
    )
    desk = open_desk(november(ws))
    assert paid(desk)["P3"] == 8_000
    assert len(told(desk)) == 1
    assert "closed 2026-10, P2: found no quota" in told(desk)[0]


def test_a_quarter_shows_its_closed_months_as_they_were_paid(ws: Workspace) -> None:
    add(ws, 9, "P1", 100_000, date(2026, 10, 30))
    november(ws)
    quarter = open_workspace("04_incentives", ws.folder, "2026-Q4", "2026-11-30", "en", str(ws.build))
    by_month = {(p.person_id, p.month_on): p.paid for p in open_desk(quarter).months}
    assert (by_month["P1", OCT], by_month["P1", NOV]) == (59_201, 8_000)
