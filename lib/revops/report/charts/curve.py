"""A share that only falls with age, as steps: of those who began, how many are still there after so many months."""

import altair as alt

from revops.report.charts.grammar import AC, INK_3, Drawing, Frame
from revops.report.tables import rows_of
from revops.words import Words


def curve(frame: Frame, words: Words, *, x: str, y: str, head: str, unit: str, every: int = 6) -> Drawing:
    """One row per whole number of `x` with the share `y`; the share stands at every `every`th and at the last one.

    `head` names x in the table behind the chart, `unit` stands at the axis' numbers.
    """
    rows = [
        {"x": row[x], "y": row[y] * 100, "label": words.percent(row[y], 0), "told": row[x] > 0 and row[x] % every == 0}
        for row in rows_of(frame)
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("x:Q", axis=alt.Axis(values=list(range(0, len(rows), every)), labelExpr=f"datum.label + ' {unit}'")),
        y=alt.Y("y:Q", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=3, labelExpr="datum.label + '%'")),
        tooltip=["x:Q", "label:N"],
    )
    steps = base.mark_line(interpolate="step-after", strokeWidth=1.8).encode(stroke=alt.value(AC))
    told = base.transform_filter("datum.told")
    dots = told.mark_point(filled=True, size=34, opacity=1).encode(fill=alt.value(AC))
    labels = told.mark_text(dy=-12, align="center", fontWeight=600).encode(text="label:N")
    half = alt.Chart(alt.Data(values=[{"y": 50}])).mark_rule(strokeDash=[2, 4]).encode(y="y:Q", stroke=alt.value(INK_3))
    table = [[words.number(row["x"]), row["label"]] for row in rows]
    chart = alt.layer(half, steps, dots, labels).properties(height=190)
    return Drawing(chart, [head, words.t("common.chart.value")], table, "%", 520)
