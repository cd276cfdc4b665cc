"""Pages to look at, small ones and those of the demo company."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from revops.report import index, page
from revops.workspace import root

from .small import executed, workspace, write_notes


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> Path:
    """A folder with index.html and 02_kpis.html in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    for language in ("en", "vi"):
        build = folder / "build"
        write_notes(build, language)
        ws = workspace(build, language=language)
        place = folder if language == "en" else folder / language
        place.mkdir(exist_ok=True)
        source = executed(folder / f"{language}.ipynb", ws.words)
        (place / "02_kpis.html").write_text(page.render_notebook(source, ws), encoding="utf-8")
        (place / "index.html").write_text(index.render_index(ws), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The report folder of one run of the demo company in both its languages."""
    place = tmp_path_factory.mktemp("demo")
    company = place / "demo"
    shutil.copytree(root() / "data" / "demo", company, ignore=shutil.ignore_patterns("generator", "record"))
    call = [sys.executable, "-m", "revops.cli", "run", str(company), "--period", "2026-10"]
    call += ["--reports", str(place / "reports"), "--build", str(place / "build")]
    done = subprocess.run(
        call, env={**os.environ, "PYTHONPATH": str(root() / "lib")}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (place / "reports" / "demo" / "2026-10").resolve()
