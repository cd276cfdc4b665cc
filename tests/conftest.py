"""Shared by all tests: where optional things are found, and the switch under which a skipped test fails.

Environment: REVOPS_NO_SKIPS=1 turns every skip into a failure (so that nothing is left out in silence),
REVOPS_AW_DATA names the folder of the AdventureWorks files, REVOPS_EXPORTS_DATA that of the connector tables,
REVOPS_TELCO_DATA and REVOPS_CDNOW_DATA those of the subscribers and of the CD shop, REVOPS_AWF_DATA that of the ledger
with its budget, REVOPS_CHROMIUM a browser.
"""

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# A shell that starts tests in the background leaves Ctrl-C ignored: tests that send it need it heard.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("house", deadline=None, derandomize=True, database=None, max_examples=100)
settings.load_profile("house")


def _failed_instead(report):
    if os.environ.get("REVOPS_NO_SKIPS") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: {reason}\nREVOPS_NO_SKIPS=1 does not allow a skipped test."
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _failed_instead((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _failed_instead((yield))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def aw_data() -> Path:
    """The folder of the AdventureWorks files, named in the environment for company.yaml too."""
    folder = Path(os.environ.get("REVOPS_AW_DATA") or ROOT.parent / "shared" / "data" / "adventureworks").resolve()
    if not folder.is_dir():
        pytest.skip("the AdventureWorks files are not here: set REVOPS_AW_DATA to their folder")
    os.environ["REVOPS_AW_DATA"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def aw_loaded(aw_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder with the canonical tables of AdventureWorks up to May 2014: to be copied, not written into."""
    from revops.ingest import load
    from revops.workspace import open_workspace

    folder = tmp_path_factory.mktemp("aw")
    load(open_workspace("01_ingest", "tests/adventureworks", "2014-05", build=str(folder)))
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    named = os.environ.get("REVOPS_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("no Chromium was found: install one or set REVOPS_CHROMIUM to its path")
    return found


@pytest.fixture(scope="session")
def browser(chromium):
    """The one browser of a process: a second one cannot start beside it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield made
        made.close()
