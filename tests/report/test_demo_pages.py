"""The pages of the demo company, as a run leaves them, in a real browser."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from .reading import Outline, Visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]
NOTEBOOK_PAGES = ["01_ingest.html", "02_kpis.html", "03_quota.html", "restricted/04_incentives.html"]
PAGES = ["index.html", "incentives.html", *NOTEBOOK_PAGES]
BOTH = PAGES + [f"vi/{name}" for name in PAGES]


def statements(demo: Path) -> list[Path]:
    found = sorted(demo.rglob("statements/*.html"))
    assert found
    return found


@pytest.mark.parametrize("name", BOTH)
def test_the_form_of_a_page(demo, name):
    html = (demo / name).read_text(encoding="utf-8")
    outline = Outline(html)
    assert outline.language == ("vi" if name.startswith("vi/") else "en")
    assert outline.heads.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(outline.heads, outline.heads[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.asked == []
    assert len(html.encode()) < 1_400_000


@pytest.mark.parametrize("name", BOTH)
def test_every_link_leads_somewhere(demo, name):
    page = demo / name
    for link in Outline(page.read_text(encoding="utf-8")).links:
        path, anchor = urldefrag(unquote(link))
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        if anchor:
            assert anchor in Outline(target.read_text(encoding="utf-8")).ids, link


@pytest.mark.parametrize("name", BOTH)
def test_in_the_browser_a_page_is_quiet_drawn_and_fits(browser, demo, name):
    for width in (1440, 390):
        with Visit(browser, demo / name, width, 844) as visit:
            assert visit.asked == [(demo / name).as_uri()]
            assert visit.said == []
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
            for chart in visit.charts():
                assert chart["marks"] > 3, chart
                assert 0 < chart["width"] <= chart["room"] + 1, chart


def test_the_kpi_page_has_its_charts_and_tables(demo):
    html = (demo / "02_kpis.html").read_text(encoding="utf-8")
    assert html.count('class="chart"') >= 3
    assert html.count("<table") >= 6


@pytest.mark.parametrize("name", ["index.html", "vi/index.html"])
def test_the_summary_is_one_screen(browser, demo, name):
    fonts = subprocess.run(["fc-list"], capture_output=True, text=True).stdout if shutil.which("fc-list") else ""
    if not re.search(r"Inter|Roboto|Noto Sans|Liberation Sans|Segoe UI|Helvetica Neue", fonts):
        pytest.skip("none of the page's fonts is installed; a wider one needs more room")
    with Visit(browser, demo / name) as visit:
        assert visit.page.evaluate("document.documentElement.scrollHeight") <= 900
        assert len(visit.page.query_selector_all(".tile")) == 8


def test_the_vietnamese_pages_hold_no_english_markdown(demo):
    for name in NOTEBOOK_PAGES:
        assert '<div class="md" lang="en">' not in (demo / "vi" / name).read_text(encoding="utf-8")


def test_a_statement_is_small_and_has_no_script(demo):
    for path in statements(demo):
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html
        assert len(html.encode()) < 100_000
        assert Outline(html).asked == []


def test_what_everybody_reads_of_the_longest_statements_is_one_page_of_paper(browser, demo):
    """Further pages list each order where the first one groups them."""
    for path in sorted(statements(demo), key=lambda p: p.stat().st_size)[-4:]:
        with Visit(browser, path) as visit:
            visit.page.add_style_tag(content=".each { display: none }")
            pdf = visit.page.pdf(prefer_css_page_size=True)
            assert visit.said == []
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1, path.name


def test_open_pages_link_no_pay(demo):
    for path in [p for p in demo.rglob("*.html") if "restricted" not in p.parts]:
        assert "restricted/" not in "".join(Outline(path.read_text(encoding="utf-8")).links).replace(
            "vi/restricted", "restricted"
        ), path.name
