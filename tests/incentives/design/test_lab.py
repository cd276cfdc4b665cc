"""The designer's desk in JupyterLab: a person turns the terms of a plan in notebook 04 and sees the month redrawn."""

import pytest

from quota.conftest import build
from quota.test_lab import HEADLINE, address, desk_of, page, pick, redrawn

__all__ = ["address", "build", "page"]
pytestmark = pytest.mark.browser
CELLS = ("parameters", "setup", "desk", "cost-curve", "turn-table")


@pytest.fixture(scope="module")
def folder(build, tmp_path_factory):
    return desk_of("04_incentives", CELLS, build, tmp_path_factory.mktemp("lab"))


def test_a_slider_and_a_draft_redraw_everybody(page):
    for _ in range(2):
        page.locator(".widget-hslider", has_text="Rates, %").locator(".noUi-handle").focus()
        with redrawn(page):
            page.keyboard.press("ArrowRight")
    assert "the month would cost +" in page.evaluate(f"{HEADLINE}.innerText")
    with redrawn(page):
        pick(page, "Plan").last.select_option(label="D3 · Dealer sales 2027, draft")
    assert page.locator("text=/Dealer sales 2027, draft: the month would cost/").count() == 1
    assert page.locator("text=Traceback").count() == 0
