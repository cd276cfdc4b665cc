"""What one good costs of another, as steps: at each price the best found, and below it what nobody can beat."""

from collections.abc import Sequence

import altair as alt

from revops.report.charts.grammar import AC, ACCENT, BG, INK_3, Drawing, Frame, raw
from revops.report.tables import rows_of
from revops.words import Words


def frontier(frame: Frame, words: Words, heads: Sequence[str]) -> Drawing:
    """One row per point by rising price: name, price (a share), found, least, limit, told, is_chosen.

    Less of `found` is better; `least` is the bound for prices up to `limit` (a share); `told` stands at the point
    (empty: nothing). `heads` names name, price, found and least in the table behind the chart.
    """
    rows = rows_of(frame)
    right = max([row["price"] for row in rows] + [row["limit"] for row in rows[:-1]]) or 0.01
    top = max(row["found"] for row in rows) * 1.15 or 1
    marks = [
        {
            "x": row["price"] * 100, "y": row["found"], "least": row["least"], "limit": min(row["limit"], right) * 100,
            "told": row["told"], "name": row["name"], "price": words.percent(row["price"]),
            "fill": ACCENT if row["is_chosen"] else BG, "stroke": ACCENT if row["is_chosen"] else AC,
            "size": 130 if row["is_chosen"] else 46,
        }
        for row in rows
    ]  # fmt: skip
    across = alt.Axis(tickCount=6, labelExpr="datum.label + '%'")
    base = alt.Chart(alt.Data(values=marks)).encode(
        x=alt.X("x:Q", scale=alt.Scale(domain=[0, right * 125]), axis=across),
        y=alt.Y("y:Q", scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=4)),
        tooltip=["name:N", "price:N", "y:Q"],
    )
    bound = base.mark_line(interpolate="step-before", strokeDash=[3, 3], strokeWidth=1.3).encode(
        x="limit:Q", y="least:Q", stroke=alt.value(INK_3)
    )
    steps = base.mark_line(interpolate="step-after", strokeWidth=1.8).encode(stroke=alt.value(AC))
    dots = base.mark_point(filled=True, opacity=1, strokeWidth=1.5).encode(
        fill=raw("fill"), stroke=raw("stroke"), size=alt.Size("size:Q", scale=None)
    )
    said = base.mark_text(align="left", dx=9, dy=-10, fontWeight=600).encode(text="told:N")
    table = [
        [row["name"], words.percent(row["price"]), words.number(row["found"], 1), words.number(row["least"], 1)]
        for row in rows
    ]
    return Drawing(alt.layer(bound, steps, dots, said).properties(height=230), list(heads), table, "%", 620)
