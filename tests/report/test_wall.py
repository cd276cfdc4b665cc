"""The wall fills a screen of 1920 × 1080 and no more, dark there and in the reader's theme elsewhere."""

import pytest

from .reading import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("name", ["leaderboard.html", "vi/leaderboard.html"])
@pytest.mark.parametrize(
    ("size", "theme", "ground"),
    [
        ((1920, 1080), "light", "rgb(14, 17, 21)"),
        ((1440, 900), "light", "rgb(251, 250, 247)"),
        ((390, 844), "dark", "rgb(14, 17, 21)"),
    ],
)
def test_the_wall_fits_its_screen(browser, demo, name, size, theme, ground):
    with Visit(browser, demo / name, *size, color_scheme=theme) as visit:
        page = "document.documentElement"
        assert visit.page.evaluate(f"{page}.scrollWidth") == size[0]
        assert size[0] < 1920 or visit.page.evaluate(f"{page}.scrollHeight") == size[1]
        assert visit.page.evaluate(f"getComputedStyle({page}).backgroundColor") == ground
        assert not visit.page.query_selector("script")
