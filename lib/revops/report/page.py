"""An executed notebook as one self-contained HTML page; `revops.report.index` renders the summary of a run.

What notebooks write into their notes for these pages (ws.headline, ws.tile, ws.finding, ws.notes.extra):

    ws.headline(text, subline)           every notebook: the page's h1 and the who/what/when line
    ws.tile(name=, basis=, value=, kind='money' | 'number' | 'percent', series=[13 numbers], plan_series=[…] or None,
            plan=, previous=, previous_year=, better='higher' | 'lower', digits=None)
                                         eight of them by 02_kpis; shares as 0.023; percent tiles vary in points
    ws.finding(amount=, basis=, title=, why=, action=, owner=, due_on=, href=, is_good=)   ranked by |amount|
    ws.notes.extra['bridge'] = {'title':, 'who':, 'ends': [first label, last label], 'zero': 'plan = 0',
                                'rows': [{'name':, 'amount':}, …]}
    ws.notes.extra['bullets'] = {'title':, 'groups': [[{'name':, 'actual':, 'plan':, 'previous_year':}, …], […]]}
    ws.notes.extra['findings_title'] = sentence         optional
    ws.notes.extra['pay_title'] = sentence              04_incentives: totals only
    ws.notes.extra['pay'] = [{'name':, 'value': shown text}, …]     04_incentives: totals only, never a person
    ws.notes.extra['stamp'] = {'data_through': '2026-10-31', 'read':, 'kept':, 'quarantined':, 'merged':}     01_ingest
    ws.check(name, left, right)          identities; `name` is a key of the catalogue; those of 01 stand in the stamp
    ws.fault(problem)                    stands at the top of the index

A finding's href is 'page.html#cell-id': every cell of a page has its id as an anchor. A cell with id `definitions` in
02_kpis is what the run stamp's word 'definitions' points to.
"""

import json
from pathlib import Path
from typing import Any

import nbformat

from revops.report import runtime
from revops.report.cells import Content
from revops.report.frame import FILES, document, stamp
from revops.workspace import Workspace


def render_notebook(path: Path, ws: Workspace, *, when: str = "") -> str:
    """The page of an executed notebook in the language of `ws`; `when` is the run's time in words.

    Code is hidden; every text that does not come from this library is escaped. A failed notebook renders too: its error
    stands where it happened.
    """
    notebook = nbformat.read(path, as_version=4)
    up = "../" if "/" in FILES[ws.notebook] else ""
    notes = read_notes(ws)
    page = Content(ws)
    content = page.render(notebook.cells)
    title = notes.get("headline") or page.first_title or ws.notebook
    return document(
        ws,
        current=ws.notebook,
        title=title,
        subline=notes.get("subline") or ws.t("common.index.subline", company=ws.company.name, period=_scope(ws)),
        body=f'<div class="content">{content}</div>',
        before=stamp(ws, when=when, only_bad=True),
        after=stamp(ws, when=when, up=up, listed="#proofs" if page.has_checks else ""),
        script=runtime.script() if page.charts else "",
        up=up,
    )


def read_notes(ws: Workspace, notebook: str = "") -> dict[str, Any]:
    """The notes that a notebook wrote, in the language of `ws` or else in any; {} where it has not run."""
    folder = ws.build / "notes"
    name = notebook or ws.notebook
    for path in [folder / f"{name}.{ws.language}.json", *sorted(folder.glob(f"{name}.*.json"))]:
        if path.is_file():
            return dict(json.loads(path.read_text(encoding="utf-8")))
    return {}


def _scope(ws: Workspace) -> str:
    return ws.words.period(ws.period)
