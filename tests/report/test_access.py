"""No page breaks a rule of accessibility that axe-core can see: in light and dark, wide and on a phone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from .reading import Visit
from .test_demo_pages import BOTH, statements

pytestmark = pytest.mark.browser
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light")]


def broken(browser, path: Path, width: int, theme: str) -> list[str]:
    """The rules that a page breaks, each with the first place where it does."""
    with Visit(browser, path, width, color_scheme=theme) as visit:
        found = Axe().run(visit.page).response["violations"]
    return [f"{rule['id']}: {rule['help']} ({rule['nodes'][0]['html'][:160]})" for rule in found]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("name", ["index.html", "02_kpis.html", "vi/02_kpis.html"])
def test_a_small_page(browser, pages, name, width, theme):
    assert broken(browser, pages / name, width, theme) == []


@pytest.mark.slow
@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("name", [*BOTH, "leaderboard.html"])
def test_a_page_of_the_demo(browser, demo, name, width, theme):
    assert broken(browser, demo / name, width, theme) == []


@pytest.mark.slow
def test_a_statement(browser, demo):
    for width, theme in LOOKS:
        assert broken(browser, statements(demo)[0], width, theme) == []


def test_a_page_that_breaks_a_rule_is_told(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text("<html lang=en><title>x</title><main><h1>x</h1><img src='data:,'></main></html>", encoding="utf-8")
    assert any(rule.startswith("image-alt") for rule in broken(browser, path, 1440, "light"))
