"""Tiny companies and notebooks, written into a temporary folder: what the run does with them is real."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from revops.workspace import NOTEBOOKS, root

from .helpers import command

PARAMETERS = """company: str = "data/demo"  # folder of the company
period: str = "2026-10"  # a month
as_of: str = ""  # a day
language: str = ""  # en or vi
build: str = ""  # folder for the tables
growth: float = 0.1  # the notebook's own"""
COMPANY = "name: Tí Hon\ncurrency: VND\nmoney_decimals: 0\n"
SAVE = """import polars as pl
from revops.workspace import open_workspace
ws = open_workspace("{name}", company, period, as_of, language, build)
ws.headline("{name} of " + period)
ws.save("{table}", pl.DataFrame({{"month": ["2026-10"], "net_amount": [growth * 100]}}))
ws.write_notes()"""


def write_notebook(path: Path, *cells: str, parameters: str = PARAMETERS, kernel: str = "python3") -> Path:
    code = [nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate([parameters, *cells])]
    code[0].metadata["tags"] = ["parameters"]
    title = nbformat.v4.new_markdown_cell("# Title", id="title")
    kernelspec = {"name": kernel, "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[title, *code], metadata={"kernelspec": kernelspec}), path)
    return path


class Tiny:
    """A company, four notebooks and the folders that a run fills."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.company = folder / "acme"
        self.notebooks = folder / "notebooks"
        self.company.mkdir()
        (self.company / "company.yaml").write_text(COMPANY, encoding="utf-8")
        for name, table in zip(NOTEBOOKS, ["import_log", "kpi_months", "quota_people", "pay_lines"], strict=True):
            write_notebook(self.notebooks / f"{name}.ipynb", SAVE.format(name=name, table=table))

    def replace(self, name: str, *cells: str, **kwargs: str) -> None:
        write_notebook(self.notebooks / f"{name}.ipynb", *cells, **kwargs)

    def revops(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The command, to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.environment(**environment), capture_output=True, text=True
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The command, at work."""
        return subprocess.Popen(
            self.command(*arguments), env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def command(self, *arguments: str) -> list[str]:
        return command(self.company, self.places, *arguments)

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(root() / "lib"), **more}

    @property
    def places(self) -> dict[str, Path]:
        return {"reports": self.folder / "reports", "build": self.folder / "build", "notebooks": self.notebooks}

    @property
    def report(self) -> Path:
        return self.folder / "reports" / "acme" / "2026-10"

    def files(self) -> set[str]:
        return {p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*")}


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    return Tiny(tmp_path)


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    return lambda *cells, **kwargs: write_notebook(tmp_path / "tiny.ipynb", *cells, **kwargs)
