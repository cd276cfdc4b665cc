"""A chart under its message: drawn by JupyterLab and by the page, told in words to everyone else."""

from dataclasses import dataclass
from typing import Any

from revops.report.charts import Drawing, config
from revops.report.display import with_unit
from revops.report.tables import rows_of

MIME = "application/vnd.vegalite.v5+json"
LAB = 760  # px, the width of a chart in a notebook


@dataclass(frozen=True)
class Figure:
    """One chart as a cell shows it. The specification carries message, who-line and data for the page."""

    spec: dict[str, Any]
    title: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return {MIME: self.spec, "text/plain": self.title}, {}


def figure(chart: Any, title: str = "", who: str = "", data: Any = None) -> Figure:
    """A chart (a Drawing, or an Altair chart with `data` for its table) under its message.

    Made as a specification at once: no renderer, no random identity, the same bytes on every run.
    """
    drawing = chart if isinstance(chart, Drawing) else Drawing(chart)
    spec = config(drawing.chart)
    if drawing.unit != "%" and not drawing.left:  # panels name their own units
        who = with_unit(who, drawing.unit)
    head, lines = list(drawing.head), [list(line) for line in drawing.lines]
    if data is not None:
        rows = rows_of(data)
        head = list(rows[0]) if rows else []
        lines = [["" if v is None else str(v) for v in row.values()] for row in rows]
    spec["title"] = {"text": title, "subtitle": who, "anchor": "start"}
    spec["usermeta"] = {
        "embedOptions": {"renderer": "svg", "actions": False},
        "revops": {
            "title": title,
            "who": who,
            "head": head,
            "lines": lines,
            "left": drawing.left,
            "widest": drawing.widest,
        },
    }
    _fit(spec, drawing.widest)
    return Figure(spec, title or who)


def _fit(spec: dict[str, Any], widest: int) -> None:
    """A width of its own for JupyterLab; a page lays the chart for the room it has.

    Never "container": JupyterLab's cell grows with its chart, so the two chase each other and the browser hangs.
    """
    for panel in spec.get("vconcat", []):
        panel.setdefault("width", LAB)
    if not {"vconcat", "hconcat", "facet"} & spec.keys():
        spec["width"] = min(widest, LAB) or LAB
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
