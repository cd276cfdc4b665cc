"""What one good costs of another, as steps: at each price the best found, and below it what nobody can beat."""

from collections.abc import Mapping, Sequence

import altair as alt

from revops.report.charts.grammar import AC, ACCENT, BG, INK_3, Drawing, raw
from revops.report.tables import rows_of
from revops.words import Words


def frontier(
    frame: object, words: Words, *, x: str, y: str, least: str, limit: str, chosen: str, told: str,
    heads: Sequence[str], unit: str,
) -> Drawing:  # fmt: skip
    """One row per point: price `x` (a share), `y` found, `least` possible up to the price `limit`; less is better.

    `chosen` names the true/false field of the point that is carried out, `told` the text that stands at a point (empty:
    none); `heads` names price, figure and bound in the table behind the chart, `unit` stands over the figures.
    """
    rows = [_point(row, words, x, y, least, limit, chosen, told) for row in rows_of(frame)]
    right = max([row["x"] for row in rows] + [row["limit"] for row in rows[:-1]]) or 1.0
    # A bound holds up to its budget; the last budget may lie far beyond what anybody would move.
    for row in rows:
        row["limit"] = min(row["limit"], right)
    across = alt.Axis(tickCount=6, labelExpr="datum.label + '%'")
    top = max(row["y"] for row in rows) * 1.15 or 1
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("x:Q", scale=alt.Scale(domain=[0, right * 1.12]), axis=across),
        y=alt.Y("y:Q", scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=4)),
        tooltip=["price:N", "figure:N", "bound:N"],
    )
    bound = base.mark_line(interpolate="step-before", strokeDash=[3, 3], strokeWidth=1.3).encode(
        x="limit:Q", y="least:Q", stroke=alt.value(INK_3)
    )
    steps = base.mark_line(interpolate="step-after", strokeWidth=1.8).encode(stroke=alt.value(AC))
    dots = base.mark_point(filled=True, opacity=1, strokeWidth=1.5).encode(
        fill=raw("fill"), stroke=raw("stroke"), size=alt.Size("size:Q", scale=None)
    )
    said = base.mark_text(align="left", dx=9, dy=-10, fontWeight=600).encode(text="told:N")
    table = [[row["price"], row["figure"], row["bound"]] for row in rows]
    return Drawing(alt.layer(bound, steps, dots, said).properties(height=230), list(heads), table, unit, 620)


def _point(row: Mapping, words: Words, x: str, y: str, least: str, limit: str, chosen: str, told: str) -> dict:
    is_chosen = bool(row[chosen])
    return {
        "x": row[x] * 100, "y": row[y], "least": row[least], "limit": row[limit] * 100, "told": row[told],
        "price": words.percent(row[x]), "figure": words.number(row[y], 1), "bound": words.number(row[least], 1),
        "fill": ACCENT if is_chosen else BG, "stroke": ACCENT if is_chosen else AC, "size": 130 if is_chosen else 46,
    }  # fmt: skip
