"""The statement's words and areas: what is promised can be earned, and the cap is where it bites."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from revops.incentives.scales import Scale, curve, from_threshold, marginal, whole
from revops.report import statement
from revops.report.statement import ladder as ladders
from revops.report.statement.curve import curve_svg
from revops.report.statement.lines import appendix, order_rows, shown_rows
from revops.report.statement.sheet import read_sheet
from revops.words import Words
from revops.workspace import open_workspace

from .test_desk import build, save_all

TIERS = [(Fraction(0), Fraction(1, 100)), (Fraction(100), Fraction(2, 100)), (Fraction(200), Fraction(3, 100))]
SCALES = {"marginal": marginal(TIERS), "whole": whole(TIERS)}
PROMISES = {
    "en": ("Your next ₫", "takes you to", "is your next deal", "would have earned", "would have reached"),
    "vi": ("doanh số tiếp theo đem về", "là tới", "thương vụ kế tiếp", "đã được thêm", "bạn đã đạt"),
}


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize(("as_of", "is_over"), [("2026-10-30", False), ("2026-10-31", True), ("2026-11-02", True)])
def test_after_the_months_last_day_nothing_more_is_promised(
    tmp_path: Path, as_of: str, is_over: bool, language: str
) -> None:
    made = build(tmp_path, language)
    ws = open_workspace("04_incentives", made.folder, "2026-10", as_of, language, str(made.build))
    save_all(ws)
    html = statement.render(ws, "P2")
    now, later = PROMISES[language][:3], PROMISES[language][3:]
    assert [text in html for text in (*now, *later)] == [not is_over] * 3 + [is_over] * 2


def ladder(scale: str, credit: int, more: int, cap: int | None) -> ladders.Ladder:
    return ladders.Ladder(
        SCALES[scale], Fraction(credit), Fraction(more), None, None, None if cap is None else Fraction(cap)
    )


def area(drawn: ladders.Ladder) -> Fraction:
    found = [box for box in ladders.boxes(drawn, drawn.edge) if box.state == "next"]
    return sum(((box.end - box.start) * (box.high - box.low) for box in found), Fraction(0))


@pytest.mark.parametrize(
    ("scale", "credit", "more", "cap", "paid_more", "earned"),
    [
        pytest.param("marginal", 50, 250, None, 250, Fraction(11, 2), id="no cap: 0.5 + 2 + 3"),
        pytest.param("marginal", 50, 250, 6, 250, Fraction(11, 2), id="the cap is just reached"),
        pytest.param("marginal", 50, 251, 6, 250, Fraction(11, 2), id="one more is not paid"),
        pytest.param("marginal", 50, 250, 2, 100, Fraction(3, 2), id="the cap inside a tier"),
        pytest.param("marginal", 250, 50, 2, 0, Fraction(0), id="at the cap already"),
        pytest.param("whole", 50, 100, 10, 100, Fraction(5, 2), id="whole, below the cap"),
        pytest.param("whole", 150, 100, 5, 50, Fraction(2), id="whole, the jump passes the cap: 3 to 5"),
    ],
)
def test_the_striped_area_is_what_would_be_paid(
    scale: str, credit: int, more: int, cap: int | None, paid_more: int, earned: Fraction
) -> None:
    drawn = ladder(scale, credit, more, cap)
    assert drawn.paid_more == paid_more
    assert area(drawn) == earned


@pytest.mark.parametrize(("more", "is_cut"), [(250, False), (251, True)])
def test_the_cap_is_named_only_where_it_cuts(more: int, is_cut: bool) -> None:
    assert ladder("marginal", 50, more, 6).is_cut is is_cut


def test_the_arithmetic_ends_at_the_cap() -> None:
    words = Words("en", "VND", 0)
    assert ladders.next_terms(ladder("marginal", 50, 900, 6), words, words) == "₫50 × 1% + ₫100 × 2% + ₫100 × 3%"


def test_where_the_cap_bites_the_sentence_names_it_and_its_sum(tmp_path: Path) -> None:
    ws = build(tmp_path)
    plan = ws.folder / "plans" / "rep.yaml"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("    note: why", "    cap: {amount: 50000}\n    note: why")
    )
    save_all(ws)
    html = re.sub("<[^>]*>", "", statement.render(ws, "P2"))
    assert "₫900k × 8% − ₫860k × 5% (up to the cap of ₫50,000) = ₫7,000." in html.replace("\u00a0", " ")


def test_lines_stand_in_the_order_of_their_days(tmp_path: Path) -> None:
    ws = build(tmp_path)
    save_all(ws)
    sheet = read_sheet(ws, "P1")
    days = [row["first_on"] for row in order_rows(sheet)]
    assert len(days) == 3
    assert days == sorted(days)
    twice = pl.concat([sheet.lines, sheet.lines.with_columns(part=pl.lit(1, dtype=pl.Int64))])
    two = replace(sheet, lines=twice, parts=[*sheet.parts, {**sheet.parts[0], "part": 1}])
    days = [(row["part"], row["first_on"]) for row in order_rows(two)]
    assert len(days) == 6
    assert days == sorted(days)


def test_the_recipient_is_told_whom_to_ask_for_the_lines(tmp_path: Path) -> None:
    ws = build(tmp_path)
    save_all(ws)
    html = statement.render(ws, "P2")
    assert "Every line can be traced to order, file and row; ask Vũ Hồng Nhung" in html
    assert "pay_lines" not in html
    assert "Of quota" in html


def test_a_statement_needs_no_plan_and_stays_what_it_was(tmp_path: Path) -> None:
    """All it shows is saved: plans may change or go, as after a month is closed."""
    ws = build(tmp_path)
    save_all(ws)
    before = {person: statement.render(ws, person) for person in statement.people(ws)}
    for path in (ws.folder / "plans").iterdir():
        path.unlink()
    assert {person: statement.render(ws, person) for person in statement.people(ws)} == before


@pytest.mark.parametrize(
    ("scale", "has_jumps"),
    [
        pytest.param(marginal(TIERS), False, id="tiers"),
        pytest.param(whole(TIERS), False, id="whole: drawn as one area"),
        pytest.param(from_threshold(marginal(TIERS), Fraction(50)), True, id="a threshold pays all before it at once"),
        pytest.param(curve([(Fraction(50), Fraction(0)), (Fraction(100), Fraction(9))]), False, id="a curve from 0"),
        pytest.param(curve([(Fraction(50), Fraction(5)), (Fraction(100), Fraction(9))]), True, id="a curve from 5"),
    ],
)
def test_a_scale_that_pays_for_being_reached_is_drawn_with_its_jumps(scale: Scale, has_jumps: bool) -> None:
    drawn = ladders.Ladder(scale, Fraction(60), Fraction(10), None, None)
    words = Words("en", "VND", 0)
    assert drawn.has_jumps is has_jumps
    if has_jumps:
        svg = curve_svg(drawn, words, words, 694, 136)
        assert svg.count("stroke-dasharray") == 1
        assert f"+{words.money_short(int(scale.steps[1].paid))}" in svg


def test_what_earlier_months_of_the_window_earned_is_drawn_apart() -> None:
    drawn = ladders.Ladder(SCALES["marginal"], Fraction(150), Fraction(0), None, None, start=Fraction(100))
    found = {box.state: (box.start, box.end) for box in ladders.boxes(drawn, drawn.edge) if box.state != "open"}
    assert found == {"earlier": (0, 100), "done": (100, 150)}


def test_each_line_is_numbered_as_explain_takes_it(tmp_path: Path) -> None:
    ws = build(tmp_path)
    save_all(ws)
    numbers = [row["first_no"] for row in order_rows(read_sheet(ws, "P1"))]
    known = set(ws.read("pay_lines")["line"])
    assert {f"2026-10/P1/{number}" for number in numbers} <= known


def test_many_lines_stand_by_week_and_each_on_further_pages(tmp_path: Path) -> None:
    ws = build(tmp_path)
    save_all(ws)
    sheet = read_sheet(ws, "P2")
    many = pl.concat([sheet.lines.head(1).with_columns(order_id=pl.lit(f"O{n}")) for n in range(20)])
    busy = replace(sheet, lines=many)
    assert len(order_rows(busy)) == 20
    assert len(shown_rows(busy)) == 1
    assert "Each of 20 lines" in appendix(busy)
    assert appendix(sheet) == ""
