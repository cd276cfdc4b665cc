"""The grammar that all charts share: colours by name, the house style, units, labels.

Colours are CSS variables, so one chart serves light, dark and print; an SVG renderer passes them through. Marks stay
within Vega-Lite 5.6 (JupyterLab's own). Amounts are scaled to one named unit only for the place of a mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from revops.words import Words

Frame = Any
FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif'
GOOD, BAD = "var(--good)", "var(--bad)"
GOOD_FILL, BAD_FILL = "var(--good-f)", "var(--bad-f)"
AC, PY, BG, INK, INK_2, INK_3 = (f"var(--{name})" for name in ("ac", "py", "bg", "ink", "ink-2", "ink-3"))
ACCENT = "var(--accent)"
HATCH = "url(#hatch)"
LOCALES = {"vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", ""]}}
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


@dataclass(frozen=True)
class Drawing:
    """A chart, and its data as a table of words for readers who do not see it.

    `unit` names the unit of its figures, for the who-line; `widest` bounds its width on a page, `left` is the room that
    stacked panels keep for their names, both in px.
    """

    chart: Any
    head: Sequence[str] = ()
    lines: Sequence[Sequence[str]] = field(default_factory=list)
    unit: str = ""
    widest: int = 0
    left: int = 0


def config(chart: Any) -> dict[str, Any]:
    """The chart as a Vega-Lite specification in the house style: no frame, no grid, no legend."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    datasets: dict[str, Any] = spec.pop("datasets", {})
    _share_data(spec, datasets)
    spec["datasets"] = datasets
    spec["$schema"] = SCHEMA
    spec["background"] = "transparent"
    spec["config"] = {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "grid": False,
            "ticks": False,
            "title": None,
            "labelFontSize": 12,
            "labelColor": INK_2,
            "domainColor": INK_2,
            "labelPadding": 6,
            "labelLimit": 220,
            "titleFontWeight": "normal",
            "titleFontSize": 11.5,
            "titleColor": INK_3,
        },
        "axisY": {"domain": False},
        "text": {"fontSize": 12, "fill": INK, "font": FONT},
        "legend": {"disable": True},
        "title": {"anchor": "start", "fontSize": 15, "color": INK, "subtitleColor": INK_3, "subtitleFontSize": 12},
        "concat": {"spacing": 14},
    }
    return spec


def _share_data(node: Any, datasets: dict[str, Any]) -> None:
    """Rows that several layers repeat are kept once, under names in order of appearance."""
    if isinstance(node, list):
        for part in node:
            _share_data(part, datasets)
    elif isinstance(node, dict):
        values = node.get("data", {}).get("values") if isinstance(node.get("data"), dict) else None
        if values is not None:
            known = next((name for name, rows in datasets.items() if rows == values), f"rows{len(datasets)}")
            datasets[known] = values
            node["data"] = {"name": known}
        for key, part in node.items():
            if key != "data":
                _share_data(part, datasets)


def svg(drawing: Drawing, width: int = 700, language: str = "en") -> str:
    """The chart as static SVG with CSS variables, for statements and letters that carry no script."""
    import vl_convert

    spec = config(drawing.chart)
    _set_width(spec, width - drawing.left)
    return str(vl_convert.vegalite_to_svg(spec, format_locale=LOCALES.get(language)))


def _set_width(spec: dict[str, Any], width: int) -> None:
    for part in spec.get("vconcat", [spec]):
        part["width"] = width
    if "vconcat" not in spec:
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}


def raw(key: str) -> Any:
    """A colour that stands in the data, drawn as it is."""
    channel = {
        "fill": alt.Fill,
        "ink": alt.Fill,
        "stroke": alt.Stroke,
        "tone": alt.Fill,
        "head": alt.Fill,
        "line": alt.Stroke,
    }[key]
    return channel(f"{key}:N", scale=None, legend=None)


def beside(base: Any, x: str, text: str, align: str, dx: int) -> Any:
    """A figure beside the end of a bar, in the colour that the row names."""
    return base.mark_text(align=align, dx=dx, fontWeight=600).encode(x=x, text=text, fill=raw("ink"))


def span_of(values: Sequence[float], room: float = 0.28) -> list[float]:
    """The domain of a signed axis with room for labels beyond its ends; zero is always inside."""
    low, high = min(values), max(values)
    size = (high - low) or 1
    return [low - (room * size if low < 0 else 0), high + (room * size if high > 0 else 0.02 * size)]


def power_of(rows: list[dict[str, Any]], key: str, kind: str, words: Words) -> tuple[int, str]:
    """The common unit of a column of figures: its power of ten and its name."""
    if kind != "money":
        return 0, "%" if kind == "percent" else ""
    return words.unit(max((abs(r[key]) for r in rows if r[key] is not None), default=0))


def place_of(value: Any, kind: str, power: int, words: Words) -> Any:
    """Where a value stands on its axis."""
    return words.in_unit(value, power) if kind == "money" else value * 100 if kind == "percent" else value


def figure_of(value: Any, kind: str, power: int, words: Words, *, signed: bool = False) -> str:
    """A value as text in the common unit."""
    if kind == "money":
        return words.scaled(value, power, 0 if power == 0 else 2, signed=signed)
    return words.percent(value, signed=signed) if kind == "percent" else words.number(value, signed=signed)
