"""Charts: what is drawn adds up, colours are the page's, and a specification is the same bytes each time."""

import json
import re
import subprocess
import sys

import pytest

from revops.report import charts, marks
from revops.report.charts import plain
from revops.report.charts.ladder import _ladder, _ladder_whole
from revops.words import Words

from .small import BN, DRIVERS, TIERS, drawn, months

WORDS = Words("en", "VND", 0)
MARKS = {"arc", "area", "bar", "line", "point", "rect", "rule", "square", "text", "tick", "trail", "circle"}


@pytest.mark.parametrize("name", sorted(drawn(WORDS)))
def test_no_chart_asks_jupyterlab_for_its_containers_width(name):
    # JupyterLab's cell grows with its chart: the two would chase each other until the browser hangs
    assert "container" not in found(drawn(WORDS)[name].spec, "width")


def found(node: object, key: str) -> list:
    """Every value under a key, wherever it stands."""
    if isinstance(node, list):
        return [value for part in node for value in found(part, key)]
    if isinstance(node, dict):
        return [v for k, v in node.items() if k == key] + [x for v in node.values() for x in found(v, key)]
    return []


@pytest.mark.parametrize("name", sorted(drawn(WORDS)))
def test_marks_and_colours(name):
    spec = drawn(WORDS)[name].spec
    assert {mark["type"] if isinstance(mark, dict) else mark for mark in found(spec, "mark")} <= MARKS
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", json.dumps(spec))
    assert "var(--" in json.dumps(spec)


@pytest.mark.parametrize("name", sorted(drawn(WORDS)))
def test_a_chart_tells_its_data_in_words(name):
    about = drawn(WORDS)[name].spec["usermeta"]["revops"]
    assert about["title"]
    assert about["lines"]
    assert {len(line) for line in about["lines"]} == {len(about["head"])}


def test_specifications_are_the_same_in_another_process():
    code = (
        "import hashlib, json, sys; sys.path[:0] = ['tests/report', 'lib']\n"
        "from small import drawn; from revops.words import Words\n"
        "specs = {k: f.spec for k, f in drawn(Words('en', 'VND', 0)).items()}\n"
        "print(hashlib.sha256(json.dumps(specs).encode()).hexdigest())"
    )
    seeds = ("1", "2")
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in seeds
    }
    assert len(runs) == 1


def test_a_bridge_starts_at_plan_and_ends_at_actual():
    steps, unit = charts.bridge_steps(DRIVERS, WORDS, "name", "amount", "Plan", "Actual")
    assert unit == "₫bn"
    assert [(s["name"], s["low"], s["high"], s["label"]) for s in steps] == [
        ("Plan", 0, 0, ""),
        ("Volume", -1.0, 0, "▼ −1.00"),
        ("Price", -1.0, -0.59, "▲ +0.41"),
        ("Mix", -0.59, -0.4, "▲ +0.19"),
        ("Discounts", -0.69, -0.4, "▼ −0.29"),
        ("Returns", -0.81, -0.69, "▼ −0.12"),
        ("Actual", -0.81, 0, "▼ −0.81"),
    ]
    assert [s["next"] for s in steps[:-1]] == [s["name"] for s in steps[1:]]


def test_a_label_at_the_edge_of_a_bridge_stands_inside():
    rows = [{"name": "Volume", "amount": -10}, {"name": "Price", "amount": 4}, {"name": "Mix", "amount": 5}]
    steps, _ = charts.bridge_steps(rows, WORDS, "name", "amount", "", "")
    assert [s["side"] for s in steps] == ["left", "right", "left"]


def test_where_lower_is_better_a_rise_is_bad():
    steps, _ = charts.bridge_steps([{"name": "Cost", "amount": 5}], WORDS, "name", "amount", "", "", "lower")
    assert steps[0]["tone"] == "bad"


def area(rows: list[dict], state: str) -> float:
    return sum((r["high"] - r["low"]) * r["rate"] for r in rows if r["state"] == state)


@pytest.mark.parametrize(
    ("credited", "earned"),
    [
        (0, 0),
        (720_000_000, 5_760_000),
        (720_000_001, 5_760_000.012),
        (1_296_000_000, 13_440_000),
        (2_000_000_000, 5_760_000 + 5_760_000 + 4_800_000 + 14_000_000),
    ],
)
def test_the_filled_area_of_a_ladder_is_the_commission(credited, earned):
    rows = _ladder(TIERS, credited, 0, 2_500_000_000, "from_amount", "to_amount", "rate")
    assert area(rows, "done") == pytest.approx(earned)


def test_the_hatched_area_is_the_next_deal():
    rows = _ladder(TIERS, 1_296_000_000, 150_000_000, 2_500_000_000, "from_amount", "to_amount", "rate")
    assert area(rows, "next") == pytest.approx(144_000_000 * 0.02 + 6_000_000 * 0.025)


@pytest.mark.parametrize(("credited", "rate"), [(719_999_999, 0.008), (720_000_000, 0.012), (1_440_000_000, 0.025)])
def test_a_whole_tier_pays_one_rate_for_everything(credited, rate):
    rows = _ladder_whole(TIERS, credited, 2_500_000_000, "from_amount", "to_amount", "rate")
    assert [(r["low"], r["high"], r["rate"]) for r in rows if r["state"] == "done"] == [(0, credited, rate)]


def test_money_in_a_ladder_is_exact():
    ladder = charts.tier_ladder(TIERS, WORDS, credited=1_296_000_000, attainment=1.08)
    shown = {
        row["money"] for rows in charts.config(ladder.chart)["datasets"].values() for row in rows if "money" in row
    }
    assert shown == {"₫5,760,000", "₫1,920,000", ""}


def test_months_to_come_are_hatched_and_those_past_are_not():
    rows = charts.config(charts.actual_plan(months(), WORDS).chart)["datasets"]
    by_month = {row["m"]: row for part in rows.values() for row in part if "m" in row}
    assert by_month["Oct 2026"]["fc"] is None
    assert by_month["Oct 2026"]["fill"].startswith("var(")
    assert (by_month["Nov 2026"]["ac"], by_month["Nov 2026"]["fc"], by_month["Nov 2026"]["lo"]) == (None, 54.0, 50.0)
    assert by_month["Nov 2026"]["fill"] == "url(#hatch-bad)"


def test_a_month_without_plan_has_no_variance():
    frame = [{"month_on": months()[0]["month_on"], "actual": 5 * BN, "plan": None}]
    rows = charts.config(charts.actual_plan(frame, WORDS).chart)["datasets"]
    row = next(row for part in rows.values() for row in part if "m" in row)
    assert (row["delta"], row["share"], row["deltat"], row["sharet"]) == (None, None, "", "")


def test_a_static_chart_keeps_the_colours_of_its_page():
    svg = charts.svg(charts.bridge(DRIVERS, WORDS, start="Plan", end="Actual"), 600)
    assert svg.startswith("<svg")
    assert 'fill="var(--bad-f)"' in svg
    assert "<script" not in svg


def test_without_any_plan_the_differences_are_those_to_last_year():
    frame = [{"month_on": months()[0]["month_on"], "actual": 6 * BN, "plan": None, "previous_year": 5 * BN}]
    spec = charts.config(charts.actual_plan(frame, WORDS).chart)
    row = next(row for part in spec["datasets"].values() for row in part if "m" in row)
    assert (row["delta"], row["deltat"], row["sharet"]) == (1.0, "+1.0", "+20.0")
    assert "ΔPY, ₫bn" in json.dumps(spec, ensure_ascii=False)


@pytest.mark.parametrize(
    ("side", "low", "high", "expected"),
    [
        ("left", 300.0, 340.0, (True, 294.0)),  # far from the zero line at 200
        ("left", 220.0, 300.0, (True, 194.0)),  # would cross it: beyond it
        ("right", 100.0, 190.0, (False, 206.0)),
        ("right", 100.0, 120.0, (False, 126.0)),
        ("right", 200.0, 240.0, (False, 246.0)),
    ],
)
def test_labels_of_a_small_bridge_never_cross_the_zero_line(side, low, high, expected):
    assert marks._label_place({"side": side, "label": "▲ +61.4"}, low, high, 200.0, 40.0) == expected


def test_labels_of_a_bridge_near_zero_stand_beyond_it():
    rows = [{"name": "a", "amount": -100 * BN}, {"name": "b", "amount": 93 * BN}, {"name": "c", "amount": 20 * BN}]
    steps, _ = charts.bridge_steps(rows, WORDS, "name", "amount", "Plan", "Actual")
    assert [step["anchor"] for step in steps[1:3]] == [-100.0, 0.0]


@pytest.mark.parametrize(
    ("first", "last", "step"),
    [("2026-05-01", "2026-10-01", 1), ("2025-10-01", "2026-10-01", 3), ("2021-01-01", "2026-10-01", 12)],
)
def test_a_time_axis_names_about_six_months(first, last, step):
    assert plain._month_ticks([first, last]) == {"interval": "month", "step": step}


@pytest.mark.parametrize(("credited", "place"), [(60, 60.0), (80, 50.0)])
def test_a_rate_stands_beyond_the_rule_that_would_strike_it(credited, place):
    tiers = [
        {"from_amount": 0, "to_amount": 50 * BN, "rate": 0.01},
        {"from_amount": 50 * BN, "to_amount": 110 * BN, "rate": 0.02},
    ]
    spec = charts.config(charts.tier_ladder(tiers, WORDS, credited=credited * BN, attainment=1.0).chart)
    heads = next(rows for rows in spec["datasets"].values() if rows and rows[-1].get("label") == "2.0%")
    assert heads[-1]["x"] == place
