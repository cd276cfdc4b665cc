"""What the page says of targets and of other periods: titles hold what the rows show, neutral where they do not."""

import re

import polars as pl
import pytest

from revops import tables
from revops.kpis import gather
from revops.kpis.periods import references
from revops.kpis.targets.standing import standing
from revops.report import kpis as page
from revops.report.kpis.targets import span_name
from revops.workspace import open_workspace

from .small import PRODUCTS, D, line, order, spans, table

YAML = """
name: Gió Mộc
currency: VND
money_decimals: 0
targets:
"""
BEHIND = (
    "{name: {en: Web grows, vi: Web tăng}, metric: net_revenue, where: {channel: Web}, period: 2026-Q4, growth: 20%, "
    "owner: p1}"
)
AHEAD = "{name: Twice as much, metric: net_revenue, period: 2026-10, amount: 50}"
UNKNOWN = "{name: Too early, metric: net_revenue, period: 2026-10, growth: 5%, against: 2023-Q1}"
WEBS = [
    (D(2024, 10, 1), 1),
    *((D(2025, month, 5), 100) for month in (10, 11, 12)),
    (D(2026, 9, 3), 90),
    (D(2026, 10, 5), 60),
]


@pytest.fixture
def look(tmp_path):
    """The workspace, facts and spans of October 2026, with these targets and web orders."""

    def make(*targets, sold=WEBS, language="en", period="2026-10", plan=()):
        (tmp_path / "company.yaml").write_text(YAML + "".join(f"  - {one}\n" for one in targets), encoding="utf-8")
        if not targets:
            (tmp_path / "company.yaml").write_text(YAML.replace("targets:\n", ""), encoding="utf-8")
        found = {
            "orders": [order(str(i), day, customer_id=f"c{i % 2}") for i, (day, _) in enumerate(sold)],
            "order_lines": [line(str(i), net) for i, (_, net) in enumerate(sold)],
            "people": [{"person_id": "p1", "name": "Lê Thu Hà", "start_on": D(2025, 1, 1)}],
            "targets": list(plan),
        }
        place = tmp_path / "build" / "tables"
        place.mkdir(parents=True)
        for name in tables.CANONICAL:
            rows = PRODUCTS if name == "products" else table(name, found.get(name, []))
            rows.write_parquet(place / f"{name}.parquet")
        ws = open_workspace("02_kpis", str(tmp_path), period, "", language, str(tmp_path / "build"))
        facts = gather(ws.scan, ws.company, ws.as_of)
        return ws, facts, spans(period)

    return make


def words_of(shown):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", shown.html)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("targets", "title"),
    [
        ((BEHIND,), "“Web grows” falls short"),
        ((AHEAD,), "The target is met, ahead or on track"),
        ((BEHIND, AHEAD), "One of two targets falls short: “Web grows”"),
        ((UNKNOWN,), "What was promised"),
    ],
)
def test_the_title_of_the_targets_says_what_the_rows_show(look, targets, title):
    ws, facts, now = look(*targets)
    assert page.promised(ws, standing(facts, now), now).plain == title


def test_a_target_stands_with_its_owner_what_it_grows_from_and_what_the_days_left_must_bring(look):
    ws, facts, now = look(BEHIND)
    rows = standing(facts, now)
    shown = words_of(page.promised(ws, rows, now))
    assert "Net revenue · Web · Lê Thu Hà" in shown
    assert "+20.0% on ₫300" in shown
    assert "₫360" in shown
    said = page.asked(ws, rows).plain.replace("\u00a0", " ")
    assert said.startswith("“Web grows” is ₫300 away from its target. At the season's pace it ends")


def test_an_undefined_target_says_why(look):
    ws, facts, now = look(UNKNOWN)
    assert "nothing known of the period it grows from" in words_of(page.promised(ws, standing(facts, now), now))


def test_no_target_and_no_plan_are_said_in_one_line(look):
    ws, facts, now = look()
    rows = standing(facts, now)
    assert page.promised(ws, rows, now).plain == "No target of this period stands in company.yaml."
    assert page.planned(ws, rows, now).plain == "No target sheet plans this period."


def test_the_plan_is_judged_by_month_quarter_and_year(look):
    months = [{"metric": "net_revenue", "month_on": D(2026, m, 1), "target": 100} for m in range(1, 13)]
    ws, facts, now = look(plan=months)
    shown = page.planned(ws, standing(facts, now), now)
    assert shown.plain == "Three of three planned figures fall short"
    assert all(name in words_of(shown) for name in ("Oct 2026", "Q4 2026"))


def test_each_reference_is_a_row_whose_effects_sum_to_its_difference(look):
    ws, facts, now = look()
    shown = page.against(ws, facts, now, references.bridges(facts, now))
    assert shown.plain == "₫30 below the period before (price most), ₫40 below last year (price most)"
    assert "Sep 2026" in words_of(shown)


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        (D(2026, 10, 1), D(2026, 11, 1), "Oct 2026"),
        (D(2026, 10, 1), D(2027, 1, 1), "Q4 2026"),
        (D(2026, 1, 1), D(2027, 1, 1), "2026"),
        (D(2025, 12, 29), D(2026, 1, 5), "W01 2026"),
        (D(2026, 10, 1), D(2026, 10, 16), "1 Oct 2026 – 15 Oct 2026"),
    ],
)
def test_a_span_is_named_as_the_period_it_is(look, start, end, name):
    assert span_name(look()[0], start, end).replace("\u00a0", " ") == name


def test_what_cannot_be_compared_says_so(look):
    ws, facts, now = look(sold=[(D(2026, 10, 5), 60)])
    effects, moves = references.bridges(facts, now), page.save(ws, "kpi_customer_moves", pl.DataFrame())
    text = "No earlier period is known in detail, so there is nothing to compare with."
    assert page.against(ws, facts, now, effects).plain == text
    assert page.customer_moves(ws, facts, now, moves).plain == text
    assert page.contributed(ws, facts, now, page.save(ws, "kpi_contributions", references.parts(facts, now))).html == ""


def test_customers_and_parts_sum_to_the_difference_on_every_page(look):
    ws, facts, now = look()
    moves, parts = references.customer_moves(facts, now), references.parts(facts, now)
    page.check_periods(ws, facts, now, moves, parts)
    assert len(ws.notes.checks) == 2 + len(references.DIMENSIONS)
    assert all(check["difference"] == 0 for check in ws.notes.checks)
    for name in ("kpi_customer_moves", "kpi_contributions"):
        page.save(ws, name, {"kpi_customer_moves": moves, "kpi_contributions": parts}[name])


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("period", ["2026-10", "2026-Q4", "2026", "2026-W41", "2025-02"])
def test_every_kind_of_period_in_both_languages(look, period, language):
    tet = [(D(2024, 2, 5), 80), (D(2025, 1, 10), 50), (D(2025, 2, 3), 70)]
    ws, facts, now = look(
        BEHIND, AHEAD, UNKNOWN, sold=[(D(2023, 12, 1), 1), *tet, *WEBS], language=language, period=period
    )
    rows = page.save(ws, "kpi_targets", standing(facts, now))
    page.promised(ws, rows, now), page.asked(ws, rows), page.planned(ws, rows, now)
    moves = page.save(ws, "kpi_customer_moves", references.customer_moves(facts, now))
    parts = page.save(ws, "kpi_contributions", references.parts(facts, now))
    page.against(ws, facts, now, page.save(ws, "kpi_bridges", references.bridges(facts, now)))
    page.customer_moves(ws, facts, now, moves), page.contributed(ws, facts, now, parts)
    page.check_periods(ws, facts, now, moves, parts)
    assert all(check["difference"] == 0 for check in ws.notes.checks)
