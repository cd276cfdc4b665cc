"""The wall: how points are made, long streaks, no change, nobody in the league, and the way back."""

from pathlib import Path

import polars as pl
import pytest

from revops.incentives import open_desk
from revops.report import incentives as page
from revops.report import leaderboard
from revops.workspace import Workspace

from .test_desk import build, save_all


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
    desk.__dict__["leaderboard"] = desk.leaderboard.with_columns(change=pl.lit(-0.004))
    html = page.league(ws, desk).html
    assert "●" in html
    assert "▼" not in html


@pytest.mark.parametrize(
    ("language", "head", "points"),
    [
        ("en", "Months in a row", "the rank follows attainment, not points"),
        ("vi", "Số tháng liền", "hạng xếp theo mức đạt, không theo điểm"),
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
