"""What the notebook tells of flags and points: every kind in both languages, with its rows."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from revops.incentives import open_desk
from revops.incentives.games.badges import LeagueEvidence
from revops.incentives.games.flags import Found, LeagueFlags
from revops.report import incentives as page
from revops.tables import types_of

from ..test_desk import build

OCT = date(2026, 10, 1)
KINDS = {
    "last_days": (0.5, 0.1, 1e-5, "50%", "10%", "1 in 100,000"),
    "discounts": (0.2, 0.05, 0.0004, "20%", "5%", "1 in 2,500"),
    "threshold": (9.0, 4.4, 0.004, "9", "4", "1 in 250"),
    "split": (8.0, 4.0, 0.0039, "8", "4", "1 in 256"),
    "reclosed": (2.0, None, None, "2", "–", "–"),
    "reopened": (1.0, None, None, "1", "–", "–"),
}


def told(folder: Path, kind: str, language: str) -> tuple[str, str]:
    """The flags and their rows as text, of one flag."""
    ws = build(folder, language)
    desk = open_desk(ws)
    found, expected, chance, *_ = KINDS[kind]
    person = "" if kind == "threshold" else "P2"
    flag: dict[str, Any] = {"kind": kind, "person_id": person, "month_on": OCT, "plan": "REP", "bound": 1.0, "of": 10}
    flag |= {"found": found, "expected": expected, "chance": chance}
    row = {"what": "flag", "key": kind, "person_id": "P2", "month_on": OCT, "order_id": "O4", "day": OCT, "value": 0.5,
           "file": "orders.csv", "row": 7}  # fmt: skip
    frames = [pl.DataFrame([one], schema=types_of(of)) for one, of in ((flag, LeagueFlags), (row, LeagueEvidence))]
    desk.league.__dict__["found"] = Found(*frames)
    views = (page.flags(ws, desk), page.flag_rows(ws, desk))
    flags, rows = (re.sub(r"<[^>]+>", " ", view.html) for view in views)
    return flags, rows


@pytest.mark.parametrize("kind", KINDS)
def test_a_flag_says_what_was_found_expected_and_how_likely_it_is(tmp_path: Path, kind: str) -> None:
    flags, rows = told(tmp_path, kind, "en")
    assert "One pattern is not what honest books usually show" in flags
    assert all(f" {value} " in flags for value in KINDS[kind][3:])
    assert ("all on REP" if kind == "threshold" else "Võ Thanh Tùng") in flags
    assert "orders.csv, 7" in rows
    assert "Võ Thanh Tùng" in rows


@pytest.mark.parametrize("kind", KINDS)
def test_in_vietnamese_too(tmp_path: Path, kind: str) -> None:
    flags, rows = told(tmp_path, kind, "vi")
    assert "Một dấu hiệu khác với sổ sách bình thường" in flags
    assert "orders.csv, 7" in rows


def test_points_by_rule_sum_to_the_board(tmp_path: Path) -> None:
    """840,007 of 700,000 is 120 %, 860,000 of 900,000 95 %; an order gives 5, the split one 3 and 2."""
    ws = build(tmp_path)
    league = open_desk(ws).league
    assert league.standings.select("person_id", "points").sort("person_id").rows() == [
        ("P1", 1208),
        ("P2", 957),
        ("P3", 0),
    ]
    assert league.month_ledger["points"].sum() == league.standings["points"].sum()
    text = re.sub(r"<[^>]+>", " ", page.points(ws, open_desk(ws)).html)
    assert "2,165 points for sales of October; 0 were taken back" in text
