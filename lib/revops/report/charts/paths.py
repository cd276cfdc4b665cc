"""Lines over any number, named at their ends, with single places marked: pay by attainment, the chance of a cost."""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from revops.report.charts.grammar import AC, ACCENT, INK_3, Drawing, Frame, figure_of, place_of, power_of
from revops.report.tables import rows_of
from revops.words import Words

Kind = Literal["percent", "money"]


def paths(
    frame: Frame,
    words: Words,
    heads: Sequence[str],
    *,
    chosen: str = "",
    across: Kind = "percent",
    up: Kind | None = "money",
    marks: Sequence[tuple[int | float, str]] = (),
    height: int = 230,
) -> Drawing:
    """One row per point of a line: `x`, `y`, `series`; a jump is two points with one x.

    `across` and `up` say what the axes count (None: nothing that is read off). `heads` names x, the lines and y in the
    table behind the chart. `marks`: places on x with what stands there.
    """
    rows_in = rows_of(frame)
    x_power, x_unit = power_of(rows_in, "x", across, words)
    power, unit = power_of(rows_in, "y", up or "", words)
    rows = [
        {"n": n, "x": place_of(row["x"], across, x_power, words), "y": place_of(row["y"], up or "", power, words),
         "series": row["series"]}
        for n, row in enumerate(rows_in)
    ]  # fmt: skip
    ends = list({row["series"]: row for row in rows}.values())
    colour = alt.condition(alt.datum.series == chosen, alt.value(ACCENT), alt.value(AC))
    unit_across = "'%'" if across == "percent" else f"' {x_unit}'"
    domain = [min((row["x"] for row in rows), default=0), max((row["x"] for row in rows), default=1)]
    x = alt.X("x:Q", scale=alt.Scale(domain=domain, nice=False),
              axis=alt.Axis(tickCount=6, labelExpr=f"datum.label + {unit_across}", labelOverlap=True))  # fmt: skip
    y = alt.Y("y:Q", axis=alt.Axis(tickCount=4) if up else None)
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, detail="series:N", order="n:Q", tooltip=["x:Q", "y:Q"])
    stroke = base.mark_line(strokeWidth=1.8).encode(stroke=colour)
    last = alt.Chart(alt.Data(values=ends)).encode(x="x:Q", y="y:Q")
    names = last.mark_text(align="left", dx=8, fontWeight=600).encode(text="series:N", fill=colour)
    room = 14 + 7 * max((len(row["series"]) for row in ends), default=0)
    layers = [*_marked(marks, across, x_power, words), stroke, names]
    chart = alt.layer(*layers).properties(height=height, padding={"left": 0, "top": 8, "bottom": 0, "right": room})
    table = [
        [figure_of(row["x"], across, x_power, words), row["series"], figure_of(row["y"], up or "", power, words)]
        for row in rows_in
    ]
    return Drawing(chart, list(heads), table, unit if up else "", 640)


def _marked(marks: Sequence[tuple[int | float, str]], kind: Kind, power: int, words: Words) -> list[Any]:
    """Dashed rules at places on x, each with its name beside it, one below the other."""
    rows = [{"x": place_of(at, kind, power, words), "t": name, "n": 12 * n} for n, (at, name) in enumerate(marks)]
    if not rows:
        return []
    base = alt.Chart(alt.Data(values=rows)).encode(x="x:Q")
    text = base.mark_text(align="left", baseline="top", dx=5, fill=INK_3)
    return [
        base.mark_rule(stroke=INK_3, strokeDash=[3, 3]),
        text.encode(y=alt.Y("n:Q", scale=None, axis=None), text="t:N"),
    ]
