"""Tables: what a cell says, what all cells share, and that data stay text."""

import re

import polars as pl
import pytest

from revops import report
from revops.report import style
from revops.report.tables import Column, Scale, attainment_class, bullet_html, cell, geometry
from revops.words import Words

from .small import BN, HOSTILE, PRODUCTS, told

EN, VI = Words("en", "VND", 0), Words("vi", "VND", 0)


def shown(value: object, column: Column, words: Words = EN, **others: object) -> str:
    """The text of one cell alone in its table, tags taken away."""
    line = {column.key: value, **others}
    return re.sub(r"<[^>]+>", " ", cell(line, column, Scale([line], [column], words))).strip().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "column", "english"),
    [
        ("Stores", Column("x", "X"), "Stores"),
        (1234, Column("x", "X", "number"), "1,234"),
        (0.348, Column("x", "X", "percent"), "34.8%"),
        (-0.0029, Column("x", "X", "points", digits=2), "−0.29 pp"),
        (13_440_000, Column("x", "X", "money"), "13,440,000"),
        (12_430_000_000, Column("x", "X", "money_short"), "12.43"),
        (-1_210_000_000, Column("x", "X", "delta"), "−1.21"),
        (-1_210_000_000, Column("x", "X", "bar"), "−1.21"),
        (-0.0887, Column("x", "X", "pin"), "−8.9"),
        (0.75, Column("x", "X", "heat", digits=0), "75%"),
        (None, Column("x", "X", "money"), ""),
        (None, Column("x", "X", "percent"), "n/a"),
        (None, Column("x", "X", "heat"), "–"),
        (True, Column("x", "X"), "True"),
    ],
)
def test_what_a_cell_says(value, column, english):
    assert shown(value, column) == english


def test_an_undefined_ratio_says_why():
    column = Column("rate", "Win rate", "percent", reason="why")
    assert shown(None, column, why="nothing closed").split() == ["n/a", "nothing", "closed"]


@pytest.mark.parametrize(
    ("share", "css"),
    [
        (0.7999, "d1"), (0.80, "d2"), (0.8999, "d2"), (0.90, "d3"), (0.9699, "d3"), (0.97, "d4"), (1.0299, "d4"),
        (1.03, "d5"), (1.0999, "d5"), (1.10, "d6"), (1.1999, "d6"), (1.20, "d7"), (None, "none"),
    ],
)  # fmt: skip
def test_attainment_colours_at_their_breaks(share, css):
    assert attainment_class(share) == css


def test_units_stand_in_heads_and_not_in_cells():
    html = report.table(PRODUCTS, [Column("product", "Product"), Column("plan", "PL", "money_short")], words=VI).html
    assert "PL, tỷ\u00a0₫" in html
    assert html.count("₫") == 1


@pytest.mark.parametrize(
    ("span", "zero", "end"),
    [((-2.0, 0.0), 99.0, 27.0), ((0.0, 4.0), 1.0, 73.0), ((-1.0, 1.0), 50.0, 73.0), ((0.0, 0.0), 1.0, 1.0)],
)
def test_zero_is_always_inside_a_bar_cell(span, zero, end):
    place, width = geometry(span)
    far = span[0] if abs(span[0]) > span[1] else span[1]
    assert (place, place + far * width) == pytest.approx((zero, end))


def test_bars_of_a_table_share_one_scale():
    frame = pl.DataFrame({"name": ["a", "b"], "x": [-2 * BN, BN], "y": [BN, None]})
    columns = [Column("name", ""), Column("x", "X", "bar"), Column("y", "Y", "bar")]
    html = report.table(frame, columns, words=EN).html
    assert html.count("--z:57.67%") == 3  # zero at the same place in every cell
    assert html.count("width:15.33%") == 2  # one billion is equally long in both columns
    assert html.count("width:30.67%") == 1


def test_totals_groups_and_marks():
    lines = [{"n": "a", "under": 0, "late": True}, {"n": "b", "under": 1, "late": False}, {"n": "all", "under": 0}]
    html = report.table(lines, [Column("n", "N")], words=EN, total=True, level="under", mark="late").html
    assert [part.split("'")[0] for part in html.split("<tr class='")[1:]] == ["group mark", "under", "total"]


def test_an_empty_table_says_so():
    made = report.table(
        pl.DataFrame({"n": []}), [Column("n", "N")], "No fault", words=EN, empty="All dealers are clean."
    )
    assert "All dealers are clean." in made.html
    assert "<table" not in made.html


def test_polars_pandas_and_rows_make_the_same_table():
    frame = pl.DataFrame({"n": ["a", "b"], "x": [1, 2]})
    columns = [Column("n", "N"), Column("x", "X", "number")]
    made = [report.table(f, columns, words=EN).html for f in (frame, frame.to_pandas(), frame.to_dicts())]
    assert len(set(made)) == 1


@pytest.mark.parametrize("name", sorted(told(EN)))
def test_data_stay_text(name):
    html = told(EN)[name].html
    assert "<script>" not in html
    assert "<img" not in html


def test_a_sentence_is_escaped():
    assert report.text(HOSTILE).html == (
        "<p class='say'>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &amp; "
        "&quot;Tân Mai&quot;</p>"
    )


def test_every_row_and_column_has_its_head():
    html = told(EN)["table-products"].html
    assert html.count("<th scope='row'") == len(PRODUCTS)
    assert html.count("<th scope='col'") == 6


@pytest.mark.parametrize(
    ("end", "due", "marks"),
    [
        (0.8, 0.5, ["pl", "fb", "ab", "at", "lt"]),  # hatched to where it ends, a rule at what is due
        (None, None, ["pl", "ab", "lt"]),
        (0.3, None, ["pl", "ab", "lt"]),  # it ends where it stands
        (None, 0.5, ["pl", "ab", "at", "lt"]),
    ],
)
def test_a_bullet_shows_its_end_and_what_is_due_where_they_are_known(end, due, marks):
    html = bullet_html(0.3, 1.0, 0.7, 2.0, end, due)
    assert re.findall(r"<i class='(\w+)'", html) == marks
    assert ("left:15.00%;width:25.00%" in html) == ("fb" in marks)


@pytest.mark.parametrize(("plan", "head", "share"), [(14 * BN, "of plan", "107.1%"), (None, "of last year", "115.4%")])
def test_bullets_are_of_plan_or_where_there_is_none_of_last_year(plan, head, share):
    rows = [{"name": "Stores", "actual": 15 * BN, "plan": plan, "previous_year": 13 * BN}]
    html = report.bullets([rows], "Stores", words=EN).html
    assert head in html
    assert share in html
    assert ("class='pl'" in html) is (plan is not None)


def test_a_notebook_outweighs_the_style_of_jupyterlab_and_a_page_does_not_need_to():
    in_lab, on_page = style.notebook_css(), style.page_css()
    assert ".rv.rv td{" in in_lab
    assert not re.search(r"\.rv [a-z.]", in_lab.replace(".rv.rv", ""))
    assert ".rv td{" in on_page
    assert ".rv.rv" not in on_page
