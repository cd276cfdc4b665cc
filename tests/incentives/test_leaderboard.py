"""The wall: how points are made, streaks, no change, nobody in the league, what privacy allows, and the way back."""

import re
from datetime import date
from html import escape
from pathlib import Path

import polars as pl
import pytest

from revops.incentives import open_desk
from revops.report import incentives as page
from revops.report import leaderboard
from revops.run.exports import is_pay
from revops.workspace import Workspace

from .test_desk import GAMES, build, save_all


def wall(folder: Path, language: str = "en", **values: float) -> str:
    """The wall with some values of its first row replaced."""
    ws = build(folder, language)
    save_all(ws)
    first = pl.col("rank") == 1
    told = [pl.when(first).then(value).otherwise(pl.col(name)).alias(name) for name, value in values.items()]
    ws.save("leaderboard", ws.read("leaderboard").with_columns(told))
    return leaderboard.render(ws)


@pytest.mark.parametrize(("streak", "boxes", "number"), [(7, 7, False), (8, 8, False), (9, 8, True)])
def test_a_streak_beyond_the_boxes_shows_its_number(tmp_path: Path, streak: int, boxes: int, number: bool) -> None:
    html = wall(tmp_path, streak=streak)
    assert html.count('<i class="on">') == boxes
    assert (f"<b>{streak}</b></span></td>" in html) is number


@pytest.mark.parametrize(("change", "tone"), [(0.0049, "even"), (-0.0049, "even"), (0.0051, "good"), (-0.0051, "bad")])
def test_a_change_that_shows_as_none_is_grey(tmp_path: Path, change: float, tone: str) -> None:
    mark = {"even": "●", "good": "▲", "bad": "▼"}[tone]
    assert f'<td class="im num"><span class="{tone}">{mark} ' in wall(tmp_path, change=change)


def test_in_the_notebook_a_change_that_shows_as_none_is_grey(tmp_path: Path) -> None:
    ws = build(tmp_path)
    desk = open_desk(ws)
    desk.league.__dict__["standings"] = desk.league.standings.with_columns(change=pl.lit(-0.004))
    html = page.league(ws, desk).html
    assert "●" in html
    assert "▼" not in html


@pytest.mark.parametrize(
    ("language", "head", "points"),
    [
        ("en", "Months in a row", "Percent of quota 10, Order 5; they do not decide the rank"),
        ("vi", "Số tháng liền", "Phần trăm chỉ tiêu 10, Đơn hàng 5; điểm không quyết định thứ hạng"),
    ],
)
def test_the_wall_says_how_points_are_made_and_leads_back(
    tmp_path: Path, language: str, head: str, points: str
) -> None:
    html = wall(tmp_path, language)
    assert head in html
    assert points in html
    assert '<a href="index.html">' in html


def empty(folder: Path) -> Workspace:
    ws = build(folder)
    ws.save("people", ws.read("people").clear())
    ws.save("credit_splits", ws.read("credit_splits").clear())
    return ws


def test_without_people_the_wall_says_so_and_shows_no_table(tmp_path: Path) -> None:
    ws = empty(tmp_path)
    save_all(ws)
    html = leaderboard.render(ws)
    assert "Nobody in the league has a quota and enough orders in this period." in html
    assert "<table" not in html


def test_without_people_the_notebook_says_so_and_shows_no_table(tmp_path: Path) -> None:
    ws = empty(tmp_path)
    desk = open_desk(ws)
    assert "<table" not in page.league(ws, desk).html + page.contest(ws, desk).html


BADGE = "badges: [{key: one, name: Reached, measure: attainment, at_least: 100%}]\n"
PRIVACY = {
    "full": ("{names: full}", ["Nguyễn <b>Minh</b> Anh"], ["N. <. A."], True),
    "initials": ("{names: initials}", ["N. <. A.", "North"], ["Minh"], True),
    "team": ("{names: team}", ["Sales · North"], ["Minh", "Anh"], True),
    "not by name": ("{not_named: [P1]}", ["Sales · North"], ["Minh", "Anh"], True),
    "ranks only": ("{attainment: false}", ["Nguyễn <b>Minh</b> Anh"], [], False),
}


@pytest.mark.parametrize(("setting", "shown", "hidden", "figures"), PRIVACY.values(), ids=PRIVACY)
def test_the_wall_shows_what_the_settings_allow(
    tmp_path: Path, setting: str, shown: list[str], hidden: list[str], figures: bool
) -> None:
    """On the page and in the tables that everybody may read, and in no attribute of them."""
    ws = build(tmp_path, "en", GAMES + BADGE + f"privacy: {setting}\n")
    save_all(ws)
    html = leaderboard.render(ws)
    public = {
        path.stem: ws.read(path.stem)
        for path in (ws.build / "tables").glob("*.parquet")
        if path.stem.startswith("leaderboard")
    }
    assert set(public) == {"leaderboard", "leaderboard_contest", "leaderboard_news"}
    texts = [html, *(frame.write_json() for frame in public.values())]
    assert all(escape(name) in html for name in shown)
    assert [name for name in hidden for text in texts if name in text] == []
    assert not any("P1" in text for text in texts)
    assert (public["leaderboard"]["attainment"].is_not_null().any(), "%" in body(html)) == (figures, figures)
    assert ("Reached" in body(html)) is figures


def body(html: str) -> str:
    """What a reader sees."""
    return re.sub(r"<style>.*?</style>|<[^>]+>", "", html, flags=re.DOTALL)


def test_everything_else_of_the_games_lies_with_pay(tmp_path: Path) -> None:
    ws = build(tmp_path)
    desk = open_desk(ws)
    names = [name for name, _, _ in desk.league.tables]
    assert [name for name in names if not is_pay(name)] == ["leaderboard", "leaderboard_contest", "leaderboard_news"]


CONTESTS = """contests:
  - {key: teams, name: Teams, of: region, measure: credit}
  - {key: fans, name: Fan month, of: people, measure: units, pot: {amount: 1000, places: [100%]}}
"""


def test_contests_stand_beside_the_league_without_their_prizes(tmp_path: Path) -> None:
    ws = build(tmp_path, "en", GAMES + CONTESTS)
    save_all(ws)
    html = body(leaderboard.render(ws))
    assert "Teams: North leads" in html
    assert "Fan month: " in html
    assert "1,000" not in html
    assert "prizes of ₫1,000 in all" in body(page.contest(ws, open_desk(ws)).html)


@pytest.mark.parametrize(("by", "told"), [("attainment", "leads with"), ("improvement", "improved most: ")])
def test_the_wall_ranks_on_what_the_rules_say(tmp_path: Path, by: str, told: str) -> None:
    ws = build(tmp_path, "en", f"league: {{roles: [representative], minimum_orders: 0, by: {by}}}\n")
    quota = ws.read("quotas")
    ws.save(
        "quotas",
        pl.concat([quota, quota.with_columns(start_on=pl.lit(date(2026, 9, 1)), end_on=pl.lit(date(2026, 10, 1)))]),
    )
    save_all(ws)
    assert told in leaderboard.render(ws)
