"""An executed notebook as one self-contained HTML page; `revops.report.index` renders the summary of a run.

What notebooks write into their notes for these pages (ws.headline, ws.tile, ws.finding, ws.notes.extra):

    ws.headline(text, subline)           every notebook: the page's h1 and the who/what/when line
    ws.tile(name=, basis=, value=, kind='money' | 'number' | 'percent', series=[13 numbers], plan_series=[…] or None,
            plan=, previous=, previous_year=, better='higher' | 'lower', digits=None)
                                         eight of them by 02_kpis; shares as 0.023; percent tiles vary in points
    ws.finding(amount=, basis=, title=, why=, action=, owner=, due_on=, href=, is_good=)   ranked by |amount|
    ws.notes.extra['bridge'] = {'title':, 'who':, 'plan': amount, 'actual': amount, 'rows': [{'name':, 'amount':}, …]}
    ws.notes.extra['bullets'] = {'title':, 'groups': [[{'name':, 'actual':, 'plan':, 'previous_year':}, …], […]]}
    ws.notes.extra['findings_title'] = sentence         optional
    ws.notes.extra['pay'] = [{'name':, 'value': shown text}, …]     04_incentives: totals only, never a person
    ws.notes.extra['stamp'] = {'data_through': '2026-10-31', 'read':, 'kept':, 'quarantined':, 'merged':}     01_ingest
    ws.check(name, left, right)          identities; `name` is a key of the catalogue; those of 01 stand in the stamp
    ws.fault(problem)                    stands at the top of the index

A finding's href is 'page.html#cell-id': every cell of a page has its id as an anchor. A cell with id `definitions` in
02_kpis is what the run stamp's word 'definitions' points to.
"""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import mistune
import nbformat

from revops.report import runtime
from revops.report.display import MARK
from revops.report.figures import MIME
from revops.report.frame import FILES, document, stamp
from revops.workspace import Workspace

OWN = '<div class="rv">'  # only fragments that this library made are put on a page as they are


def render_notebook(path: Path, ws: Workspace, *, when: str = "") -> str:
    """The page of an executed notebook in the language of `ws`; `when` is the run's time in words.

    Code is hidden; every text that does not come from this library is escaped. A failed notebook renders too: its error
    stands where it happened.
    """
    notebook = nbformat.read(path, as_version=4)
    notes = read_notes(ws)
    page = _Page(ws)
    content = "".join(page.cells(notebook.cells))
    title = notes.get("headline") or page.first_title or ws.notebook
    return document(
        ws,
        current=ws.notebook,
        title=title,
        subline=notes.get("subline") or ws.t("common.index.subline", company=ws.company.name, period=_scope(ws)),
        body=f'<div class="content">{content}</div>',
        before=stamp(ws, when=when, only_bad=True),
        after=stamp(ws, when=when),
        script=runtime.script() if page.charts else "",
        up="../" if "/" in FILES[ws.notebook] else "",
    )


def read_notes(ws: Workspace, notebook: str = "") -> dict[str, Any]:
    """The notes that a notebook wrote, in the language of `ws` or else in any; {} where it has not run."""
    folder = ws.build / "notes"
    name = notebook or ws.notebook
    for path in [folder / f"{name}.{ws.language}.json", *sorted(folder.glob(f"{name}.*.json"))]:
        if path.is_file():
            return dict(json.loads(path.read_text(encoding="utf-8")))
    return {}


def markdown(text: str, cell_id: str, page: "_Page | None" = None) -> str:
    """Markdown as HTML, everything in it escaped. The notebook's own title is left to the page's headline."""
    renderer = _Renderer(cell_id, page)
    made = mistune.create_markdown(renderer=renderer, plugins=["table"])(text)
    return str(made).strip()


class _Renderer(mistune.HTMLRenderer):
    """Headings become questions: `#` is dropped, `##` is an h2, `###` an h3."""

    def __init__(self, cell_id: str, page: "_Page | None"):
        super().__init__(escape=True)
        self.cell_id, self.page = cell_id, page

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        if level == 1:
            if self.page is not None and not self.page.first_title:
                self.page.first_title = text
            return ""
        size = min(level, 3)
        if self.page is not None:
            self.page.has_h2 |= size == 2
        return f'<h{size} class="ask">{text}</h{size}>\n'


class _Page:
    """The state of one page while its cells are rendered: which heads and charts it already has."""

    def __init__(self, ws: Workspace):
        self.ws = ws
        self.charts = 0
        self.has_h2 = False
        self.first_title = ""

    def cells(self, cells: list[Any]) -> Iterator[str]:
        for cell in cells:
            if cell.cell_type == "markdown":
                yield self._markdown(cell)
            elif cell.cell_type == "code":
                yield self._outputs(cell)

    def _markdown(self, cell: Any) -> str:
        own = None if self.ws.language == "en" else self.ws.words.cell(self.ws.notebook, cell.id)
        made = markdown(own or cell.source, cell.id, self)
        if not made:
            return ""
        heads, rest = [], made
        while rest.startswith("<h"):
            head, _, rest = rest.partition("\n")
            heads.append(head)
        rest = rest.strip()
        language = "" if own or self.ws.language == "en" else ' lang="en"'
        text = f'<div class="md"{language}>{rest}</div>' if rest else ""
        return f'<div class="anchor" id="{escape(cell.id)}"></div>{"".join(heads)}{text}'

    def _outputs(self, cell: Any) -> str:
        shown = [(self._output(o), o.get("metadata", {}).get(MARK, {})) for o in cell.get("outputs", [])]
        made = "".join(_in_rows([(html, place) for html, place in shown if html]))
        return f'<div class="out" id="{escape(cell.id)}">{made}</div>' if made else ""

    def _output(self, output: Any) -> str:
        if output.output_type == "stream":
            return f'<pre class="plain">{escape(output.text)}</pre>' if output.name == "stdout" else ""
        if output.output_type == "error":
            return f'<div class="fault"><pre class="plain">{escape(f"{output.ename}: {output.evalue}")}</pre></div>'
        data, role = output.data, output.get("metadata", {}).get(MARK, {}).get("role")
        if role == "style":
            return ""
        if MIME in data:
            return self._chart(data[MIME])
        if str(data.get("text/html", "")).startswith(OWN):
            return self._fragment(str(data["text/html"])[len(OWN) : -len("</div>")])
        return f'<pre class="plain">{escape(str(data.get("text/plain", "")))}</pre>'

    def _fragment(self, html: str) -> str:
        """A fragment's message is an h3 below a question, an h2 where no question has been asked."""
        if self.has_h2:
            return html
        return html.replace("<h3 class='msg'>", "<h2 class='msg'>").replace("</h3>", "</h2>")

    def _chart(self, spec: dict[str, Any]) -> str:
        self.charts += 1
        html = chart_html(spec, f"chart-{self.charts}", self.ws)
        return self._fragment(html)


def chart_html(spec: dict[str, Any], chart_id: str, ws: Workspace) -> str:
    """A chart's place, its message as label, its specification as data and its table in words."""
    about = spec.get("usermeta", {}).get("revops", {})
    bare = {key: value for key, value in spec.items() if key not in ("title", "usermeta", "$schema")}
    label = " · ".join(filter(None, [about.get("title", ""), about.get("who", "")]))
    message = f"<h3 class='msg'>{escape(about['title'])}</h3>" if about.get("title") else ""
    who = f"<p class='who'>{escape(about['who'])}</p>" if about.get("who") else ""
    data = json.dumps(bare, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    widest = f' style="max-width:{int(about["widest"])}px"' if about.get("widest") else ""
    return (
        f'<section class="keep">{message}{who}'
        f'<div class="chart" id="{chart_id}" role="img" aria-label="{escape(label)}"{widest}></div>'
        f'<script type="application/json" data-chart="{chart_id}" data-left="{int(about.get("left", 0))}">{data}'
        f"</script>{_data_table(about, ws)}</section>"
    )


def _data_table(about: dict[str, Any], ws: Workspace) -> str:
    if not about.get("lines"):
        return ""
    head = "".join(f"<th scope='col'>{escape(str(h))}</th>" for h in about.get("head", []))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in line) + "</tr>" for line in about["lines"]
    )
    summary = escape(ws.t("common.chart.data"))
    return (
        f"<details><summary>{summary}</summary><div class='scroll'><table class='fit'><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div></details>"
    )


def _in_rows(outputs: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Outputs of one `report.row` share a row of the page; all others stand alone."""
    waiting: list[tuple[str, float]] = []
    for html, place in [*outputs, ("", {})]:
        if waiting and place.get("place", 0) == 0:
            columns = " ".join(f"minmax(0,{width:g}fr)" for _, width in waiting)
            yield f'<div class="row" style="grid-template-columns:{columns}">'
            yield "".join(f"<div>{inner}</div>" for inner, _ in waiting) + "</div>"
            waiting = []
        if "place" in place:
            waiting.append((html, float(place["width"])))
        else:
            yield html


def _scope(ws: Workspace) -> str:
    return ws.words.period(ws.period)
