"""The cells of a notebook as the content of its page: questions, words, and what is shown beside each other."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

import mistune

from revops.report.display import MARK, scrolled
from revops.report.figures import MIME
from revops.workspace import Workspace

NOT_WEEKLY = "not-weekly"
DETAIL = "detail"  # a cell that is told by its message alone until the reader opens it
WIDE = 9  # columns
LONG = 10  # a page with so many questions begins with a list of them
OWN = '<div class="rv">'  # only fragments that this library made are put on a page as they are


@dataclass
class Block:
    """One question with its words and what is shown; an h3 asks a smaller one inside the h2's."""

    level: int = 2
    parts: list[str] = field(default_factory=list)
    has_figure: bool = False


def markdown(text: str, cell_id: str, page: "Content | None" = None) -> str:
    """Markdown as HTML, everything in it escaped. The notebook's own title is left to the page's headline."""
    renderer = _Renderer(cell_id, page)
    made = mistune.create_markdown(renderer=renderer, plugins=["table"])(text)
    return str(made).strip()


class _Renderer(mistune.HTMLRenderer):
    """Headings become questions: `#` is dropped, `##` is an h2, `###` an h3."""

    def __init__(self, cell_id: str, page: "Content | None"):
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


class Content:
    """The state of one page while its cells are rendered: which heads and charts it already has."""

    def __init__(self, ws: Workspace):
        self.ws = ws
        self.charts = 0
        self.has_h2 = False
        self.has_identities = False
        self.has_checks = False
        self.first_title = ""
        self.questions: list[tuple[str, str]] = []

    def render(self, cells: list[Any]) -> str:
        """One section for each question: its words, then what is shown, side by side where there is room."""
        blocks = [Block()]
        for cell in filter(self._is_wanted, cells):
            if cell.cell_type == "markdown":
                made = self._markdown(cell)
                asked = re.search(r'<h([23]) class="ask">', made)
                if asked:
                    blocks.append(Block(level=int(asked[1])))
                blocks[-1].parts.append(made)
            elif cell.cell_type == "code":
                self._outputs(cell, blocks[-1])
        first, *rest = map(_section, _by_question(blocks))
        return "".join([first, self._contents(), *rest])

    def _contents(self) -> str:
        """The page's questions as links, where there are many."""
        if len(self.questions) < LONG:
            return ""
        items = "".join(f'<li><a href="#{escape(cell_id)}">{text}</a></li>' for cell_id, text in self.questions)
        return f'<nav class="toc" aria-label="{escape(self.ws.t("common.contents"))}"><ol>{items}</ol></nav>'

    def _is_wanted(self, cell: Any) -> bool:
        """A week's page is short: a cell tagged so is left out of it, unless it failed."""
        has_failed = any(output.output_type == "error" for output in cell.get("outputs", []))
        return self.ws.period.kind != "week" or NOT_WEEKLY not in cell.metadata.get("tags", []) or has_failed

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
        asked = re.match(r'<h2 class="ask">(.*)</h2>', heads[0]) if heads else None
        if asked:
            self.questions.append((cell.id, asked[1]))
        language = "" if own or self.ws.language == "en" else ' lang="en"'
        text = f'<div class="md"{language}>{rest}</div>' if rest else ""
        return f'<div class="anchor" id="{escape(cell.id)}"></div>{"".join(heads)}{text}'

    def _outputs(self, cell: Any, block: Block) -> None:
        """Add what a cell shows; a sentence before the first figure stands alone, later ones may stand beside."""
        shown = [(self._output(o), o.get("metadata", {}).get(MARK, {})) for o in cell.get("outputs", [])]
        name = f' id="{escape(cell.id)}"'
        for piece in _in_rows([(html, place) for html, place in shown if html]):
            is_text = piece.startswith("<p")
            if DETAIL in cell.metadata.get("tags", []) and not is_text:
                piece = _folded(piece)
            block.has_figure |= not is_text
            block.parts.append(f'<div class="out{_width(piece, not block.has_figure)}{name}>{piece}</div>')
            name = ""

    def _output(self, output: Any) -> str:
        if output.output_type == "stream":
            return f'<pre class="plain">{escape(output.text)}</pre>' if output.name == "stdout" else ""
        if output.output_type == "error":
            return f'<div class="fault"><pre class="plain">{escape(f"{output.ename}: {output.evalue}")}</pre></div>'
        data, role = output.data, output.get("metadata", {}).get(MARK, {}).get("role")
        if role in ("style", "headline") or (role == "stamp" and self.has_identities):
            return ""
        self.has_identities |= role == "identities"
        if MIME in data:
            return self._chart(data[MIME])
        if str(data.get("text/html", "")).startswith(OWN):
            html = str(data["text/html"])[len(OWN) : -len("</div>")]
            return self._fragment(self._anchored(html) if role in ("identities", "stamp") else html)
        return f'<pre class="plain">{escape(str(data.get("text/plain", "")))}</pre>'

    def _anchored(self, html: str) -> str:
        """The first list of identities gets the anchor that the run stamp leads to."""
        if self.has_checks or "<li>" not in html:
            return html
        self.has_checks = True
        return html.replace("<ul class='checks'>", "<ul class='checks' id='proofs'>", 1)

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
    return f"<details><summary>{summary}</summary>{scrolled(f'<tr>{head}</tr>', body, 'fit')}</details>"


def _by_question(blocks: list[Block]) -> Iterator[list[Block]]:
    """Blocks in groups: each h2 with the smaller questions under it."""
    group: list[Block] = []
    for block in blocks:
        if block.level == 2 and group:
            yield group
            group = []
        group.append(block)
    yield group


def _section(group: list[Block]) -> str:
    """A single question lets its figures flow; several stand as blocks beside each other where there is room."""
    inner = ["".join(block.parts) for block in group]
    if not any(inner):
        return ""
    if len(group) == 1:
        return f'<section class="flow">{inner[0]}</section>'
    wide = [" full" if 'class="out full"' in html else "" for html in inner]
    blocks = "".join(f'<div class="block{w}">{html}</div>' for html, w in zip(inner, wide, strict=True) if html)
    return f'<section class="flow">{blocks}</section>'


def _folded(piece: str) -> str:
    """A piece behind its own messages: closed on a screen, open on paper."""
    found = re.findall(r"<h([23]) class='msg'>(.*?)</h\1>", piece)
    if not found:
        return piece
    bare = re.sub(r"<h([23]) class='msg'>.*?</h\1>", "", piece)
    messages = " · ".join(message for _, message in found) if len(found) < 3 else found[0][1]
    return f'<details class="more"><summary>{messages}</summary>{piece if len(found) > 1 else bare}</details>'


def _width(piece: str, is_first_text: bool) -> str:
    """The rest of an output's class attribute, and its style: how wide it stands in its section."""
    widest = re.search(r'<div class="chart"[^>]* style="max-width:(\d+)px"', piece)
    if piece.startswith('<details class="more"'):
        return '"'
    if (
        "class='tiles" in piece
        or 'class="tiles' in piece
        or piece.startswith('<div class="row"')
        or ('<div class="chart"' in piece and not widest)
        or _is_wide(piece)
    ):
        return ' full"'
    if widest:
        return f'" style="flex-basis:{widest[1]}px"'
    if piece.startswith("<p"):
        return ' say-only first"' if is_first_text else ' say-only"'
    return '"'


def _is_wide(piece: str) -> bool:
    """Whether a piece is a table of so many columns that it takes the page's width."""
    head = piece.partition("</thead>")[0]
    return head.count("<th ") >= WIDE and "class='heat'" not in head


def _in_rows(outputs: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Outputs of one `report.row` share a row of the page; all others stand alone."""
    waiting: list[tuple[str, float]] = []
    for html, place in [*outputs, ("", {})]:
        if waiting and place.get("place", 0) == 0:
            columns = " ".join(f"minmax(0,{width:g}fr)" for _, width in waiting)
            inner = "".join(f"<div>{part}</div>" for part, _ in waiting)
            yield f'<div class="row" style="grid-template-columns:{columns}">{inner}</div>'
            waiting = []
        if "place" in place:
            waiting.append((html, float(place["width"])))
        elif html:
            yield html
