"""The planning desk in JupyterLab: a person moves the widgets of notebook 03 and sees everybody's number redrawn."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import pytest

from revops.workspace import root

pytestmark = pytest.mark.browser
CELLS = ("parameters", "setup", "plan", "proposal-desk", "try")
IDLE = "text=/ipykernel.*Idle/"
HEADLINE = "[...document.querySelectorAll('.jp-OutputArea h3.msg')].pop()"
CELL = "() => [...document.querySelectorAll('.jp-OutputArea td')].some(cell => cell.innerText === {!r})"


@pytest.fixture(scope="module")
def folder(build, tmp_path_factory):
    """A folder with the desk's cells of notebook 03 as committed, on the demo's tables."""
    return desk_of("03_quota", CELLS, build, tmp_path_factory.mktemp("lab"))


def desk_of(notebook, cells, build, place):
    """A folder with some cells of a notebook, not yet run, on the tables of a build."""
    made = nbformat.read(root() / "notebooks" / f"{notebook}.ipynb", 4)
    made.cells = [cell for cell in made.cells if cell["id"] in cells]
    for cell in made.cells:
        cell.outputs, cell.execution_count = [], None
    given = made.cells[0]
    given.source = given.source.replace('build: str = ""', f'build: str = "{build}"')
    nbformat.write(made, place / "desk.ipynb")
    return place


@pytest.fixture(scope="module")
def address(folder):
    """JupyterLab at work in that folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    call = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    call += ["--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}"]
    environment = {**os.environ, "PYTHONPATH": str(root() / "lib"), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(call, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}/lab/tree/desk.ipynb?reset"
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(port, server):
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, "JupyterLab has ended"
        time.sleep(0.1)
    raise AssertionError("JupyterLab does not answer")


@pytest.fixture(scope="module")
def page(address, browser):
    """The notebook opened, all its cells run."""
    with browser.new_page(viewport={"width": 1300, "height": 1400}) as shown:
        shown.goto(address, timeout=120_000)
        shown.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        shown.wait_for_selector(IDLE, timeout=120_000)
        shown.click(".lm-MenuBar-itemLabel:text-is('Run')")
        shown.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
        shown.wait_for_function(f"() => {HEADLINE}", timeout=180_000)
        shown.wait_for_selector(IDLE, timeout=120_000)
        yield shown


@contextmanager
def redrawn(page):
    """Waits until the headline over the table is another."""
    before = page.evaluate(f"{HEADLINE}.innerText")
    yield
    page.wait_for_function(f"before => {HEADLINE}?.innerText !== before", arg=before, timeout=60_000, polling=10)


def pick(page, label):
    """The list with this label."""
    return page.locator(".widget-dropdown", has_text=label).locator("select")


def test_a_slider_redraws_everybody(page):
    pick(page, "Scenario").select_option(index=0)
    for _ in range(2):
        page.locator(".widget-hslider", has_text="Growth on last year").locator(".noUi-handle").focus()
        with redrawn(page):
            page.keyboard.press("ArrowRight")
    assert "numbers move" in page.evaluate(f"{HEADLINE}.innerText")
    assert "quota:\n" in page.locator(".jp-OutputArea pre").last.inner_text()


def test_a_pin_and_a_lock_are_picked_from_lists_hold_and_are_taken_off(page):
    pick(page, "Pin a person's number").select_option(label="Nguyễn Thị Minh Anh")
    page.wait_for_function(CELL.format("a pin"), timeout=20_000)
    field = page.locator(".widget-text input[type=number]").first
    field.fill("2500")
    field.press("Enter")
    page.wait_for_function(CELL.format("2.50"), timeout=20_000)
    pick(page, "Lock a person").select_option(label="Ngô Hải Đăng")
    page.wait_for_function(CELL.format("a lock"), timeout=20_000)
    field.fill("900000")
    field.press("Enter")
    page.wait_for_selector("text=This cannot be had: quota", timeout=20_000)
    assert page.locator("text=Traceback").count() == 0
    page.locator("button[title='Take off Nguyễn Thị Minh Anh']").click()
    page.wait_for_function(f"() => {HEADLINE}?.innerText.includes('asks')", timeout=20_000)


def test_the_budget_of_disruption_redraws_the_territories(page):
    told = page.locator("text=/Moving [0-9.]+% of the value/").first
    before = told.inner_text()
    page.locator(".widget-hslider", has_text="Value that may change hands").locator(".noUi-handle").focus()
    page.keyboard.press("Home")
    page.wait_for_selector("text=/Moving 0.0% of the value/", timeout=20_000)
    assert "Moving 0.0%" not in before
