"""A line of a payment walked back: every section adds up, rules and rows are named, an unknown line finds its like."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from revops.incentives.explain import Explanation, explain
from revops.problems import IdentityError, InputError
from revops.words import Words
from revops.workspace import Workspace

from .test_desk import build, save_all

CAP = "    cap: {amount: 50000}\n    note: why"
LARGE = "    windfall: {over: 400000, treat: carve_out, rate: 0.5%}\n    note: why"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    made = build(tmp_path)
    save_all(made)
    return made


def line_of(ws: Workspace, person: str, **wanted: Any) -> str:
    """The first line of a person with such values."""
    return str(ws.read("pay_lines").filter(person_id=person, **wanted).sort("line_no")["line"][0])


def section(told: Explanation, head: str) -> list[tuple[str, str]]:
    return next(part.rows for part in told.sections if part.title.startswith(head))


def amount(figure: str) -> float:
    return float(figure.replace(",", "").replace("−", "-"))


def test_a_direct_line_is_walked_from_the_payment_to_its_order_line(ws: Workspace) -> None:
    """P1 sells 300,007 in O3 at the rate of 8 % that 740,007 of 700,000 reach: 24,000.56, in whole đồng 24,001."""
    told = explain(ws, line_of(ws, "P1", order_id="O3"))
    assert told.title.startswith("2026-10/P1/2: ₫24,001 of the ₫59,201 that Nguyễn <b>Minh</b> Anh is paid for October")
    assert [part.title.split(":")[0] for part in told.sections] == [
        "The payment", "The component", "The line", "The credit", "The order line", "The source",
        "What else changed it",
    ]  # fmt: skip
    assert section(told, "The payment") == [("Commission, three lines  ← this line", "59,201"), ("Paid", "59,201")]
    assert ("Attained", "105.72%") in section(told, "The component")
    assert section(told, "The line")[1:] == [
        ("300,007 × 8%", "24,000.56"),
        ("Exact", "24,000.56"),
        ("Rounded, so that the lines sum to the payment", "0.44"),
        ("The line pays", "24,001"),
    ]
    assert ("Nguyễn <b>Minh</b> Anh (P1) is the person on the order", "") in section(told, "The credit")
    assert section(told, "The order line")[0] == ("Order O3, line O3-1, 5 Oct 2026", "")


def test_the_plans_file_and_line_are_named(ws: Workspace) -> None:
    text = (ws.folder / "plans" / "rep.yaml").read_text(encoding="utf-8").splitlines()
    told = explain(ws, "2026-10/P1/1")
    title = next(part.title for part in told.sections if part.title.startswith("The component"))
    found = re.search(r"\(plans/rep.yaml, line (\d+)\)", title)
    assert found
    assert "name: {en: Commission" in text[int(found[1]) - 1]


def test_a_split_names_everybodys_share(ws: Workspace) -> None:
    rows = section(explain(ws, line_of(ws, "P1", order_id="O2")), "The credit: Split")
    assert [text.partition(" by ")[0] for text, _ in rows[:2]] == [
        "Nguyễn <b>Minh</b> Anh (P1) has 60% of order O2",
        "Võ Thanh Tùng (P2) has 40% of order O2",
    ]
    assert ("Share", "60%") in rows
    assert ("Credit of Nguyễn <b>Minh</b> Anh", "540,000") in rows


def test_a_roll_up_names_the_rows_of_the_hierarchy(ws: Workspace) -> None:
    rows = section(explain(ws, line_of(ws, "M1", order_id="O4")), "The credit: Team")
    assert rows[0][0].startswith("Võ Thanh Tùng (P2) reported to Vũ Hồng Nhung (M1) on 5 Oct 2026")
    assert ("Credited too: Võ Thanh Tùng (P2), Direct", "500,000") in rows


def test_a_return_is_told_with_the_line_that_it_reverses(ws: Workspace) -> None:
    told = explain(ws, line_of(ws, "P1", movement="return"))
    assert section(told, "The order line")[0] == ("Return of order O1, line O1-1, 20 Oct 2026", "")


def test_every_section_of_every_line_adds_up(ws: Workspace) -> None:
    """Rows above the last sum to it: the payment by kinds, the component's steps, the line's slices and rounding."""
    for line in ws.read("pay_lines")["line"]:
        told = explain(ws, line)
        payment = [amount(figure) for _, figure in section(told, "The payment")]
        assert sum(payment[:-1]) == payment[-1]
        *parts, (_, pays) = [row for row in section(told, "The line") if row[1]]
        exact = [
            amount(figure)
            for text, figure in parts
            if text not in ("Exact", "Rounded, so that the lines sum to the payment")
        ]
        rounding = sum(amount(figure) for text, figure in parts if text.startswith("Rounded"))
        assert sum(exact) + rounding == pytest.approx(amount(pays), abs=1e-6)


def test_a_cap_explains_itself_and_stands_with_the_component(tmp_path: Path) -> None:
    made = build(tmp_path)
    path = made.folder / "plans" / "rep.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    note: why", CAP), encoding="utf-8")
    save_all(made)
    told = explain(made, line_of(made, "P1", kind="cap"))
    assert section(told, "Why") == [
        ("The plan pays at most 50,000 here", ""), ("cap", "50,000"), ("The line pays", "−9,201")
    ]  # fmt: skip
    assert ("Cap: The plan pays at most 50,000 here", "−9,201") in section(told, "The component")


def test_a_very_large_order_is_explained_with_the_plans_terms_for_it(tmp_path: Path) -> None:
    made = build(tmp_path)
    path = made.folder / "plans" / "rep.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    note: why", LARGE), encoding="utf-8")
    save_all(made)
    rows = section(explain(made, line_of(made, "P1", kind="windfall")), "Why")
    assert {("windfall above", "400,000"), ("rate", "0.5%")} < set(rows)


def test_an_unknown_line_finds_the_nearest(ws: Workspace) -> None:
    with pytest.raises(InputError, match=r"found no such line \(did you mean 2026-10/P1/\d\?\), expected a line as"):
        explain(ws, "2026-10/P1/l")


def test_lines_that_do_not_sum_to_the_payment_are_told(ws: Workspace) -> None:
    ws.save("pay_lines", ws.read("pay_lines").with_columns(pay_amount=pl.col("pay_amount") + 1))
    with pytest.raises(IdentityError, match="2026-10/P2/1: found a sum of 43002, expected 43000"):
        explain(ws, "2026-10/P2/1")


def test_the_walk_speaks_vietnamese(tmp_path: Path) -> None:
    made = build(tmp_path, "vi")
    save_all(made)
    told = str(explain(made, "2026-10/P1/1"))
    assert "Khoản trả" in told
    assert "Tỷ lệ" in told


def test_a_raw_row_is_shown_as_it_stands_and_told_where_it_is_gone(ws: Workspace) -> None:
    from revops.incentives.explain import raw

    row = {"source": "people", "file": "raw/people.csv", "row": 3}
    source = {"kind": "people", "files": "raw/people.csv"}
    company = type(ws.company).model_validate(
        {**ws.company.model_dump(exclude_unset=True), "sources": {"people": source}}
    )
    here = replace(ws, company=company)
    assert raw.told(here, row)[-1] == ("the file lies no longer there", "")
    (ws.folder / "raw").mkdir()
    (ws.folder / "raw" / "people.csv").write_text("person_id,name,role\nP1,An,rep\nP2,Bình,rep\n", encoding="utf-8")
    assert ("name: Bình", "") in raw.told(here, row)


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("kind", ["sale", "return", "header_rounding", "start", "change", "end", "meeting"])
def test_every_kind_of_movement_is_told(kind: str, language: str) -> None:
    values = {"order": "O1", "line": "L1", "day": "5 Oct 2026"}
    assert "5 Oct 2026" in Words(language, "VND", 0).t(f"pay.explain.{kind}", **values)
