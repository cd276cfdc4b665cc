"""From executed notebooks and their notes to the pages of a report folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from revops.workspace import Notes, Workspace

if TYPE_CHECKING:
    from revops.run.call import Call

RESTRICTED = ("04_incentives",)


def notes(build: Path, notebook: str, language: str) -> Notes:
    """What a notebook told the index; empty where it told nothing."""
    path = build / "notes" / f"{notebook}.{language}.json"
    return Notes(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Notes()


def notebook(ws: Workspace, executed: Path, pages: Path) -> Path:
    """The page of one executed notebook; pay lies under restricted/."""
    from revops.report import page

    return _write(_place(ws, pages), page.render_notebook(executed, with_notes(ws)))


def failed(ws: Workspace, executed: Path, folder: Path) -> Path:
    """The page of a notebook that failed: as far as it came, with the reason."""
    from revops.report import page

    return _write(_place(ws, folder), page.render_notebook(executed, with_notes(ws)))


def with_notes(ws: Workspace) -> Workspace:
    """The workspace with the notes that its notebook has written."""
    ws.notes = notes(ws.build, ws.notebook, ws.language)
    return ws


def summary(call: "Call", language: str, build: Path, pages: Path) -> None:
    """Index, leaderboard and statements of one language."""


def _place(ws: Workspace, pages: Path) -> Path:
    return pages / ("restricted" if ws.notebook in RESTRICTED else "") / f"{ws.notebook}.html"


def _write(path: Path, html: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return path
