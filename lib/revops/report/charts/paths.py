"""Lines over any number, named at their ends, with single places marked: pay by attainment, the chance of a cost."""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from revops.report.charts.grammar import AC, ACCENT, INK_3, Drawing, Frame, figure_of, place_of, power_of
from revops.report.tables import rows_of
from revops.words import Words

Kind = Literal["percent", "money"]
LINE = 14  # px between two names
LONGEST = 18  # characters of a name beside its line; in full it stands in the table


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

    `across` and `up` say what the axes count (up None: nothing that is read off; lines are named at their peaks).
    `heads` names x, the lines and y in the table behind the chart. `marks`: places on x with what stands there.
    """
    rows_in = rows_of(frame)
    x_power, x_unit = power_of(rows_in, "x", across, words)
    power, unit = power_of(rows_in, "y", up or "", words)
    rows = [
        {"n": n, "x": place_of(row["x"], across, x_power, words), "y": place_of(row["y"], up or "", power, words),
         "series": row["series"], "name": _short(row["series"])}
        for n, row in enumerate(rows_in)
    ]  # fmt: skip
    colour = alt.condition(alt.datum.series == chosen, alt.value(ACCENT), alt.value(AC))
    unit_across = "'%'" if across == "percent" else f"' {x_unit}'"
    domain = [min((row["x"] for row in rows), default=0), max((row["x"] for row in rows), default=1)]
    x = alt.X("x:Q", scale=alt.Scale(domain=domain, nice=False),
              axis=alt.Axis(tickCount=6, labelExpr=f"datum.label + {unit_across}", labelOverlap=True))  # fmt: skip
    y = alt.Y("y:Q", axis=alt.Axis(tickCount=4) if up else None)
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, detail="series:N", order="n:Q", tooltip=["x:Q", "y:Q"])
    named = [
        alt.Chart(alt.Data(values=[row])).mark_text(align="right" if dx < 0 else "left", dx=dx, dy=dy, fontWeight=600)
        .encode(x=x, y=y, text="name:N", fill=colour)
        for row, dx, dy in (_peaks(rows) if up is None else _ends(rows, height))
    ]  # fmt: skip
    rules = _marked([(place_of(at, across, x_power, words), name) for at, name in marks], x)
    room = 14 + 7 * max((len(row["name"]) for row in rows if up), default=0)
    layers = [*rules, base.mark_line(strokeWidth=1.8).encode(stroke=colour), *named]
    chart = alt.layer(*layers).properties(height=height, padding={"left": 0, "top": 8, "bottom": 0, "right": room})
    table = [
        [figure_of(row["x"], across, x_power, words), row["series"], figure_of(row["y"], up or "", power, words)]
        for row in rows_in
    ]
    return Drawing(chart, list(heads), table, unit if up else "", 640)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _ends(rows: Sequence[dict[str, Any]], height: int) -> list[tuple[dict[str, Any], int, int]]:
    """The end of each line, and how far right and down its name stands, so that no two stand on each other."""
    pixel = height / (max((row["y"] for row in rows), default=1) or 1)
    found, lowest = list[tuple[dict[str, Any], int, int]](), -height - LINE
    for row in sorted({row["series"]: row for row in rows}.values(), key=lambda row: (-row["y"], row["n"])):
        at = round(-row["y"] * pixel)
        lowest = max(at, lowest + LINE)
        found.append((row, 8, lowest - at))
    return found


def _peaks(rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], int, int]]:
    """The peak of each line: the name of the first stands to its left, the others' to the right."""
    peaks = {row["series"]: row for row in sorted(rows, key=lambda row: row["y"])}
    placed = sorted(peaks.values(), key=lambda row: (row["x"], row["n"]))
    return [(row, 12 if n else -12, -6) for n, row in enumerate(placed)]


def _marked(marks: Sequence[tuple[Any, str]], x: Any) -> list[Any]:
    """Dashed rules at places on x, each with its name beside it, one below the other."""
    rows = [{"x": at, "t": name, "n": LINE * n} for n, (at, name) in enumerate(marks)]
    if not rows:
        return []
    base = alt.Chart(alt.Data(values=rows)).encode(x=x)
    text = base.mark_text(align="left", baseline="top", dx=5, fill=INK_3)
    return [
        base.mark_rule(stroke=INK_3, strokeDash=[3, 3]),
        text.encode(y=alt.Y("n:Q", scale=None, axis=None), text="t:N"),
    ]
