"""From executed notebooks, their notes and tables to the pages of a report folder."""

import json
from datetime import datetime
from pathlib import Path

from revops.workspace import Notes, Workspace

RESTRICTED = "restricted"
PAY = "04_incentives"


def notes(build: Path, notebook: str, language: str) -> Notes:
    """What a notebook told the index; empty where it told nothing."""
    path = build / "notes" / f"{notebook}.{language}.json"
    return Notes(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Notes()


def notebook(ws: Workspace, executed: Path, pages: Path) -> Path:
    """The page of one executed notebook, also of one that failed; pay lies under restricted/."""
    from revops.report import page

    place = pages / (RESTRICTED if ws.notebook == PAY else "") / f"{ws.notebook}.html"
    return _write(place, page.render_notebook(executed, ws, when=_now(ws)))


def pay(ws: Workspace, pages: Path) -> None:
    """What 04 makes besides its page: totals, leaderboard; under restricted/ a statement each and a page a manager."""
    from revops.report import index, leaderboard, statement, team

    _write(pages / "incentives.html", index.render_totals(ws, when=_now(ws)))
    if _has(ws, "leaderboard"):
        _write(pages / "leaderboard.html", leaderboard.render(ws))
    if _has(ws, "pay_statements"):
        for person in statement.people(ws):
            _write(pages / RESTRICTED / statement.file_of(person), statement.render(ws, person))
        for manager in team.managers(ws):
            _write(pages / RESTRICTED / team.file_of(manager), team.render(ws, manager))


def letters(ws: Workspace, report: Path) -> None:
    """What 03 makes besides its page: one quota letter a person, in the language of `ws`."""
    from revops.report.quota import letters as made

    if _has(ws, "quota_proposed"):
        made.write(ws, report / "quota_letters")


def summary(ws: Workspace, pages: Path) -> None:
    """The index, from the notes of all notebooks."""
    from revops.report import index

    _write(pages / "index.html", index.render_index(ws, when=_now(ws)))


def _has(ws: Workspace, table: str) -> bool:
    return (ws.build / "tables" / f"{table}.parquet").exists()


def _now(ws: Workspace) -> str:
    """When the run is made, in the company's zone: the one thing on a page that is not in its inputs."""
    now = datetime.now(ws.company.zone)
    return f"{ws.words.date(now.date())} {now:%H:%M}"


def _write(path: Path, html: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return path
