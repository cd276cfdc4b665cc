"""Privacy: what a person's paper, a manager's page and the page for everybody hold of anybody else: nothing.

Scanned is the whole file: text, attributes, drawings, comments, embedded data.
"""

import html as markup
import re
from pathlib import Path

import polars as pl
import pytest

from revops.incentives import open_desk
from revops.report import incentives as page
from revops.report import index, statement, team
from revops.workspace import Workspace, open_workspace

from .test_desk import build, save_all

LEAST = 10_000  # a figure below may stand in two people's papers by chance


def figures(ws: Workspace, person: str) -> set[str]:
    """Every amount of pay, credit and quota of somebody, as it would be written."""
    mine = pl.col("person_id") == person
    found = set[int]()
    for name in ("pay_statements", "pay_summary", "pay_lines", "pay_history"):
        own = ws.read(name).filter(mine)
        for column in own.columns:
            if column.endswith("_amount") and own[column].dtype == pl.Int64:
                found |= {abs(value) for value in own[column].drop_nulls() if abs(value) >= LEAST}
    return {ws.words.money_plain(amount) for amount in found}


def everybody(ws: Workspace) -> dict[str, str]:
    return dict(ws.read("people").select("person_id", "name").rows())


def leaks(ws: Workspace, shown: str, own: set[str], allowed: set[str]) -> list[str]:
    """Names, ids and figures of people that a page may not show, as far as no shown person has the same."""
    told = markup.unescape(shown)
    mine = {figure for person in own for figure in figures(ws, person)}
    found = list[str]()
    for person, name in everybody(ws).items():
        if person not in own:
            named = [] if person in allowed else [name, person]
            found += [part for part in [*named, *(figures(ws, person) - mine)] if stands(part, told)]
    return found


def stands(part: str, text: str) -> bool:
    """Whether a name, id or figure stands in a text, and not as a piece of a longer one."""
    return re.search(rf"(?<![\w.,]){re.escape(part)}(?![\w]|[.,]\d)", text) is not None


@pytest.fixture(scope="module", params=["en", "vi"])
def ws(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = build(tmp_path_factory.mktemp(request.param), request.param)
    save_all(made)
    return made


@pytest.mark.parametrize("person", ["P1", "P2", "P3", "M1"])
def test_a_statement_holds_one_persons_name_and_figures(ws: Workspace, person: str) -> None:
    """M1 is named on every paper as who answers questions."""
    assert leaks(ws, statement.render(ws, person), {person}, {"M1"}) == []


def test_the_scan_finds_what_it_looks_for(ws: Workspace) -> None:
    both = statement.render(ws, "P1") + f"<!-- {statement.render(ws, 'P2')} -->"
    assert {"P2", "Võ Thanh Tùng", ws.words.money_plain(43_000)} <= set(leaks(ws, both, {"P1"}, {"M1"}))


def test_a_managers_page_holds_the_own_reports_only(ws: Workspace) -> None:
    assert team.managers(ws) == ["M1"]
    shown = team.render(ws, "M1")
    assert leaks(ws, shown, {"P1", "P2", "P3"}, {"M1"}) == []
    assert all(name in markup.unescape(shown) for name in ("Nguyễn <b>Minh</b> Anh", "Võ Thanh Tùng", "Hoàng Mai Chi"))


def test_a_report_of_another_manager_is_not_on_the_page(tmp_path: Path) -> None:
    made = build(tmp_path)
    moved = pl.when(pl.col("person_id") == "P2").then(pl.lit("M2")).otherwise("manager_id")
    made.save("people", made.read("people").with_columns(manager_id=moved))
    save_all(made)
    assert team.managers(made) == ["M1", "M2"]
    assert leaks(made, team.render(made, "M1"), {"P1", "P3"}, {"M1"}) == []
    assert "Võ Thanh Tùng" in team.render(made, "M2")


def test_the_page_for_everybody_shows_no_pay(ws: Workspace) -> None:
    desk = open_desk(ws)
    page.answer(ws, desk)
    ws.write_notes()
    shown = index.render_totals(ws, when="")
    assert leaks(ws, shown, set(), {"M1"}) == []


def test_only_a_pay_month_has_managers_pages(tmp_path: Path) -> None:
    made = build(tmp_path)
    save_all(made)
    assert team.managers(open_workspace("04_incentives", made.folder, "2026-Q4", "", "en", str(made.build))) == []
