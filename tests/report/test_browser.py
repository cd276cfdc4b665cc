"""Pages in a real browser: drawn, quiet, self-contained, readable on a phone, in the dark and on paper."""

import re

import pytest

from .reading import Visit
from .small import drawn

pytestmark = pytest.mark.browser
NAMES = ["index.html", "02_kpis.html", "vi/02_kpis.html"]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks_for_nothing_and_says_nothing(browser, pages, name):
    with Visit(browser, pages / name) as visit:
        assert visit.asked == [(pages / name).as_uri()]
        assert visit.said == []


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_every_chart_is_drawn_for_its_width(browser, pages, width, theme):
    with Visit(browser, pages / "02_kpis.html", width, color_scheme=theme) as visit:
        charts = visit.charts()
    assert len(charts) == len(drawn_names())
    for chart in charts:
        assert chart["marks"] > 8, chart
        assert 0 < chart["width"] <= chart["room"] + 1, chart


def drawn_names() -> list[str]:
    from revops.words import Words

    return list(drawn(Words("en", "VND", 0)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [390, 720, 1024, 1440])
def test_the_page_never_scrolls_sideways(browser, pages, name, width):
    with Visit(browser, pages / name, width, 844) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_charts_are_laid_again_when_the_window_changes(browser, pages):
    with Visit(browser, pages / "02_kpis.html", 1440) as visit:
        visit.page.set_viewport_size({"width": 390, "height": 844})
        visit.page.wait_for_function("document.querySelector('.chart').dataset.drawn < 390")
        assert all(chart["width"] <= chart["room"] + 1 for chart in visit.charts())


@pytest.mark.parametrize(
    ("theme", "forced", "ground", "ink"),
    [
        ("light", "", "rgb(251, 250, 247)", "rgb(21, 24, 28)"),
        ("dark", "", "rgb(14, 17, 21)", "rgb(237, 239, 242)"),
        ("dark", "light", "rgb(251, 250, 247)", "rgb(21, 24, 28)"),
        ("light", "dark", "rgb(14, 17, 21)", "rgb(237, 239, 242)"),
    ],
)
def test_the_page_follows_its_reader_unless_forced(browser, pages, theme, forced, ground, ink):
    with Visit(browser, pages / "index.html", color_scheme=theme) as visit:
        if forced:
            visit.page.evaluate("t => document.documentElement.dataset.theme = t", forced)
        assert (visit.colour("body", "backgroundColor"), visit.colour("h1")) == (ground, ink)


def test_charts_take_the_colours_of_the_page(browser, pages):
    fills = {}
    for theme in ("light", "dark"):
        with Visit(browser, pages / "02_kpis.html", color_scheme=theme) as visit:
            fills[theme] = visit.page.evaluate(
                """() => [...new Set([...document.querySelectorAll('#chart-bars, .chart')].flatMap(
                    c => [...c.querySelectorAll('.mark-rect path')].map(p => getComputedStyle(p).fill)))]"""
            )
    assert "rgb(222, 106, 59)" in fills["light"]
    assert "rgb(240, 138, 92)" in fills["dark"]
    assert any("hatch" in fill for fill in fills["light"])


def test_the_index_fits_one_screen_without_faults(browser, pages, tmp_path):
    html = (pages / "index.html").read_text(encoding="utf-8")
    calm = re.sub(r'<section class="faults">.*?</section>', "", html, flags=re.DOTALL)
    path = tmp_path / "index.html"
    path.write_text(calm, encoding="utf-8")
    with Visit(browser, path) as visit:
        assert visit.page.evaluate("document.documentElement.scrollHeight") <= 960  # room for one hostile long name


def test_a_page_prints_on_white_paper(browser, pages, tmp_path):
    with Visit(browser, pages / "02_kpis.html", color_scheme="dark") as visit:
        visit.page.emulate_media(media="print")
        assert visit.colour("body", "backgroundColor") == "rgb(255, 255, 255)"
        assert visit.colour(".bar nav", "display") == "none"
        pdf = visit.page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf


def test_all_findings_are_on_paper_the_folded_ones_too(browser, pages):
    with Visit(browser, pages / "index.html") as visit:
        folded = "[...document.querySelectorAll('details.more td')].filter(x => x.checkVisibility({%s})).length"
        asked = folded % "contentVisibilityAuto: true"
        assert visit.page.evaluate(asked) == 0
        visit.page.emulate_media(media="print")
        visit.page.wait_for_function(f"{asked} == 4")  # a page lays out anew when it is next drawn
        assert visit.colour("details.more > summary", "display") == "none"


def test_charts_shrink_to_the_paper_without_shrinking_their_letters(browser, pages):
    with Visit(browser, pages / "02_kpis.html") as visit:
        visit.page.emulate_media(media="print")
        visit.page.wait_for_function("document.querySelector('.chart').dataset.drawn == 690")


@pytest.mark.parametrize("width", [390, 1440])
def test_what_a_finger_must_hit_is_large_enough(browser, pages, width):
    with Visit(browser, pages / "index.html", width, 844) as visit:
        sizes = visit.page.evaluate(
            "() => [...document.querySelectorAll('.bar a')].map(a => a.getBoundingClientRect().height)"
        )
    assert min(sizes) >= (44 if width == 390 else 16)
