"""Territories on the page, in both languages: what the titles claim follows from rules, moves and cells."""

import pytest
from tests.quota.test_page import COMPANY, MARKET, frames

from revops import quota
from revops.pipeline import check
from revops.quota import territory
from revops.report import quota as view
from revops.workspace import open_workspace

HEAD = "customer_group,region,owner,priority,start_on,end_on\n"
HANDED = HEAD + "dealers,North,an,,,2026-04-01\ndealers,North,bi,,2026-04-01,\n,South,bi,,,\n"
MOVES = "account,owner,start_on,end_on,reason\na2,an,2026-06-01,,same buyer\n"
VIEWS = [view.matrix, view.held, view.placed, view.unplaced, view.owners, view.to_settle, view.rules, view.balance,
         view.by_region, view.ways_on]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "market.csv").write_text(MARKET, encoding="utf-8")
    (tmp_path / "build" / "tables").mkdir(parents=True)
    for name, frame in frames().items():
        frame.write_parquet(tmp_path / "build" / "tables" / f"{name}.parquet")
    return tmp_path


def desk_of(folder, language="en", **sheets):
    """A desk of the small company with these sheets beside its company.yaml."""
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    named = "".join(f"{name}: {name}.csv, " for name in sheets)
    text = COMPANY.replace("territory: {", "territory: {" + named)
    (folder / "company.yaml").write_text(text, encoding="utf-8")
    return quota.open_desk(
        open_workspace("03_quota", folder, "2026-06", language=language, build=str(folder / "build"))
    )


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("sheets", [{}, {"rules": HANDED, "overrides": MOVES}, {"rules": HEAD + ",,bi,,,\n"}])
def test_every_view_speaks_both_languages(folder, language, sheets):
    desk = desk_of(folder, language, **sheets)
    for show in VIEWS:
        assert "{" not in show(desk.ws, desk).html
    assert view.outside_text(desk.ws, desk)
    assert view.balance_text(desk.ws, desk)


@pytest.mark.parametrize(
    ("sheets", "owners", "settle"),
    [
        ({}, "All 3 accounts have one owner", "The list of accounts is the rule"),
        (
            {"rules": HANDED.replace(",South,bi,,,\n", ",,bi,,,\n").replace("North,bi", "North,an")},
            "All 3 accounts have one owner",
            "The rules and the list of accounts name the same owners",
        ),
        (
            {"rules": HANDED},
            "All 3 accounts have one owner",
            "One account should change hands, worth ₫100 of potential a year",
        ),
        ({"rules": HANDED, "overrides": MOVES}, "All 3", "Two accounts should change hands, worth ₫400"),
        ({"rules": HEAD + "dealers,,an,,,\n"}, "One of 3 accounts has no owner: x", "One account should change hands"),
        (
            {"rules": HEAD + "dealers,,an,,,\n,South,bi,,,\n"},
            "One of 3 accounts has no owner",
            "One account waits for an owner",
        ),
    ],
)
def test_who_has_no_owner_and_what_should_change_hands(folder, sheets, owners, settle):
    desk = desk_of(folder, **sheets)
    assert view.owners(desk.ws, desk).plain.startswith(owners)
    assert view.to_settle(desk.ws, desk).plain.startswith(settle)


def test_each_account_to_settle_says_why(folder):
    desk = desk_of(folder, rules=HEAD + "dealers,North,bi,,,\ndealers,,an,,,\n,South,bi,,,\n", overrides=MOVES)
    html = view.to_settle(desk.ws, desk).html
    assert "rule: Dealers · North" in html
    assert "moved by hand: same buyer" in html
    undecided = desk_of(folder, rules=HEAD + "dealers,,an,,,\n,South,bi,,,\n")
    assert "rules of one rank for An and Bi" in view.to_settle(undecided.ws, undecided).html


def test_what_is_wrong_with_rules_stands_among_the_faults(folder):
    desk = desk_of(folder, rules=HEAD + "dealers,,an,,,\n,South,zed,,,\nDealrs,,an,,,\n")
    assert territory.has_overlaps(desk.owned)
    assert [(problem["where"], problem["found"]) for problem in desk.ws.notes.faults] == [
        ("rules.csv, row 4, customer_group", "Dealrs (did you mean dealers?)"),
        ("territories, owner zed", "nobody at work on 2026-06-30 (accounts: 1)"),
        ("territory of account a2", "rules of one rank for an, zed"),
    ]


def test_a_change_of_owner_in_the_year_is_told_and_kept_as_stretches(folder):
    desk = desk_of(folder, rules=HANDED, overrides=MOVES)
    assert "Two accounts change their owner in 2026." in view.outside_text(desk.ws, desk)
    assert desk.ownership.height == 5


def test_without_quotas_the_matrix_compares_with_last_year(folder):
    desk = desk_of(folder)
    assert "below 90% of its quota to date" in view.matrix(desk.ws, desk).plain
    desk = desk_of(folder)
    desk.__dict__["quotas"] = desk.quotas.clear()
    assert "of last year" in view.matrix(desk.ws, desk).plain


def test_a_heavy_cell_has_its_sign(folder):
    """Who owns a1 carries 40 hours on a capacity of 30."""
    desk = desk_of(folder)
    assert desk.cells.filter("is_heavy")["region"].to_list() == ["North"]
    assert "▴ one cell whose people carry more than 115% of their capacity" in view.matrix(desk.ws, desk).html


def test_a_check_of_the_company_reads_the_sheets(folder):
    desk_of(folder, rules=HANDED)
    (folder / "rules.csv").write_text("regoin,owner\nNorth,an\n", encoding="utf-8")
    told = [str(problem) for problem in check(folder)]
    assert any("rules.csv: found a column regoin (did you mean region?)" in line for line in told), told
