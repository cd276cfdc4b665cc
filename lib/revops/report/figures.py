"""A chart under its message: drawn by JupyterLab and by the page, told in words to everyone else."""

from dataclasses import dataclass
from typing import Any

from revops.report.charts import Drawing, config
from revops.report.tables import rows_of

MIME = "application/vnd.vegalite.v5+json"


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
    _fit(spec)
    return Figure(spec, title or who)


def _fit(spec: dict[str, Any]) -> None:
    """A single view fills its container; stacked panels get a width, which the page replaces by its own."""
    if "vconcat" in spec:
        for panel in spec["vconcat"]:
            panel.setdefault("width", 760)
    elif "hconcat" not in spec and "facet" not in spec:
        spec["width"] = "container"
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
