"""Lines over time and bars from zero, named at their ends."""

from datetime import date
from typing import Any

import altair as alt

from revops.report.charts.grammar import (
    AC,
    ACCENT,
    BAD,
    BAD_FILL,
    GOOD,
    GOOD_FILL,
    INK,
    INK_3,
    PY,
    Drawing,
    Frame,
    beside,
    figure_of,
    place_of,
    power_of,
    raw,
    span_of,
)
from revops.report.tables import rows_of
from revops.words import Words


def lines(
    frame: Frame,
    words: Words,
    *,
    x: str = "month_on",
    y: str = "value",
    series: str = "",
    chosen: str = "",
    kind: str = "money",
    height: int = 220,
    since: tuple[date, str] | None = None,
) -> Drawing:
    """Lines over time, named at their end; `chosen` is in accent, the others in ink. No legend.

    One row per day and series. `kind` is money, number or percent (a share). `since` is a day with what begins on it: a
    dashed rule with its name.
    """
    rows_in = sorted(rows_of(frame), key=lambda r: (str(r.get(series, "")), r[x]))
    power, unit = power_of(rows_in, y, kind, words)
    rows = [
        {
            "x": r[x].isoformat(),
            "y": place_of(r[y], kind, power, words),
            "series": str(r.get(series, "")) if series else "",
            "label": figure_of(r[y], kind, power, words),
        }
        for r in rows_in
        if r[y] is not None
    ]
    ends = list({r["series"]: r for r in rows}.values())
    colour = alt.condition(alt.datum.series == chosen, alt.value(ACCENT), alt.value(AC)) if chosen else alt.value(AC)
    base = alt.Chart(alt.Data(values=rows))
    axis_x = alt.Axis(labelExpr=_month_labels(words), tickCount=_month_ticks([r["x"] for r in rows]), labelOverlap=True)
    encoded = base.encode(
        x=alt.X("x:T", axis=axis_x),
        y=alt.Y("y:Q", axis=_share_axis(kind), scale=alt.Scale(zero=kind != "percent")),
        detail="series:N",
        tooltip=["x:T", "series:N", "label:N"],
    )
    stroke = encoded.mark_line(strokeWidth=1.8).encode(stroke=colour)
    last = alt.Chart(alt.Data(values=ends)).encode(x="x:T", y="y:Q")
    dots = last.mark_point(filled=True, size=34, opacity=1).encode(fill=colour)
    text = (
        last.transform_calculate(t="datum.series == '' ? datum.label : datum.series + ' ' + datum.label")
        .mark_text(align="left", dx=8)
        .encode(text="t:N")
    )
    head = [words.t("common.chart.month"), series, words.t("common.chart.value")]
    table = [[words.date(r[x]), str(r.get(series, "")), figure_of(r[y], kind, power, words)] for r in rows_in]
    room = 8 + 7 * max((len(f"{r['series']} {r['label']}".strip()) for r in ends), default=0)
    chart = alt.layer(*_rule(since), stroke, dots, text).properties(
        height=height, padding={"left": 0, "top": 8, "bottom": 0, "right": room}
    )
    return Drawing(chart, head, table, unit, 900)


def _rule(since: tuple[date, str] | None) -> list[Any]:
    """A dashed rule at a day, with its name at the top."""
    if since is None:
        return []
    at = alt.Chart(alt.Data(values=[{"x": since[0].isoformat(), "label": since[1]}])).encode(x="x:T")
    name = at.mark_text(align="left", baseline="top", dx=6, fill=INK_3).encode(y=alt.value(0), text="label:N")
    return [at.mark_rule(stroke=INK_3, strokeDash=[3, 3]), name]


def bars(
    frame: Frame,
    words: Words,
    *,
    category: str = "name",
    value: str = "amount",
    kind: str = "money",
    chosen: str = "",
    signed: bool = False,
    better: str = "higher",
) -> Drawing:
    """Horizontal bars from zero, in the order of the rows, figures at their ends; `chosen` names the row in accent."""
    rows_in = [r for r in rows_of(frame) if r[value] is not None]
    power, unit = power_of(rows_in, value, kind, words)
    rows = []
    for r in rows_in:
        tone = Words.tone(r[value], better)
        fill = {"good": GOOD_FILL, "bad": BAD_FILL}.get(tone, PY) if signed else AC
        fill = ACCENT if chosen and str(r[category]) == chosen else fill
        place = place_of(r[value], kind, power, words)
        label = figure_of(r[value], kind, power, words, signed=signed)
        ink = {"good": GOOD, "bad": BAD}.get(tone, INK) if signed else INK
        rows.append({"name": str(r[category]), "v": place, "label": label, "fill": fill, "ink": ink})
    order = [r["name"] for r in rows]
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)))
    span = span_of([0.0, *(r["v"] for r in rows)])
    marks = base.mark_bar(height={"band": 0.62}).encode(
        x=alt.X("v:Q", axis=None, scale=alt.Scale(domain=span, nice=False)), fill=raw("fill")
    )
    right = beside(base.transform_filter("datum.v >= 0"), "v:Q", "label:N", "left", 6)
    left = beside(base.transform_filter("datum.v < 0"), "v:Q", "label:N", "right", -6)
    head = [words.t("common.chart.category"), words.t("common.chart.value") + (f", {unit}" if unit else "")]
    chart = alt.layer(marks, right, left).properties(height=26 * len(rows))
    return Drawing(chart, head, [[r["name"], r["label"]] for r in rows], unit, 660)


def _share_axis(kind: str) -> alt.Axis:
    return alt.Axis(tickCount=4, labelExpr="datum.label + '%'") if kind == "percent" else alt.Axis(tickCount=4)


def _month_ticks(days: list[str]) -> Any:
    """Every month, third, sixth or twelfth month, so that about six labels stand below the axis."""
    first, last = (date.fromisoformat(day[:10]) for day in (min(days), max(days))) if days else (date.min, date.min)
    months = 12 * (last.year - first.year) + last.month - first.month
    return {"interval": "month", "step": next((step for step in (1, 3, 6) if months / step <= 6), 12)}


def _month_labels(words: Words) -> str:
    if words.language == "vi":
        return "'T' + timeFormat(datum.value, '%-m/%y')"
    return "timeFormat(datum.value, '%b %y')"
