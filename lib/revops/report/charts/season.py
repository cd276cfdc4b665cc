"""The months of several years over one another, each as a share of its year, with the day on which a feast falls."""

from collections.abc import Mapping, Sequence

import altair as alt

from revops.report.charts.grammar import ACCENT, BG, INK_3, PY, Drawing, raw
from revops.words import Words


def seasons(
    years: Mapping[str, Sequence[float]],
    months: Sequence[str],
    words: Words,
    *,
    feasts: Mapping[str, tuple[float, str]] | None = None,
) -> Drawing:
    """One line a year over its months, the last year in accent with its figures, the earlier ones grey.

    `years`: name → share of the year by month; `months` their names below. `feasts`: year → where the feast falls, in
    months from the year's beginning, and its name; drawn as a diamond on the year's line.
    """
    *_, chosen = years
    rows = [
        {
            "x": place + 0.5, "y": share * 100, "year": year, "month": months[place], "label": words.percent(share),
            "line": ACCENT if year == chosen else PY, "wide": 2.4 if year == chosen else 1.6,
        }
        for year, shares in years.items()
        for place, share in enumerate(shares)
    ]  # fmt: skip
    marks = [
        {"x": at, "y": _on_line(years[year], at) * 100, "t": name if year == chosen else "",
         "line": ACCENT if year == chosen else INK_3}
        for year, (at, name) in (feasts or {}).items()
    ]  # fmt: skip
    names = ", ".join(f"'{name}'" for name in months)
    axis = alt.Axis(values=[place + 0.5 for place in range(len(months))], labelExpr=f"[{names}][floor(datum.value)]")
    scale = alt.Scale(domain=[0, len(months)], nice=False)
    x = alt.X("x:Q", axis=axis, scale=scale)
    y = alt.Y("y:Q", axis=alt.Axis(tickCount=4, labelExpr="datum.label + '%'"), scale=alt.Scale(zero=False))
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)
    lines = base.mark_line().encode(
        detail="year:N",
        stroke=raw("line"),
        strokeWidth=alt.StrokeWidth("wide:Q", scale=None),
        tooltip=["year:N", "month:N", "label:N"],
    )
    mine = base.transform_filter(alt.datum.year == chosen)
    points = mine.mark_point(filled=True, size=30, opacity=1, fill=ACCENT)
    texts = mine.mark_text(dy=-11, fontWeight=600).encode(text="label:N")
    fall = alt.Chart(alt.Data(values=marks)).encode(x="x:Q", y="y:Q")
    diamonds = fall.mark_point(shape="diamond", size=90, opacity=1, fill=BG, strokeWidth=1.6).encode(stroke=raw("line"))
    told = fall.mark_text(align="left", dx=9, dy=4, fill=ACCENT).encode(text="t:N")
    head = [words.t("common.chart.month"), *years]
    table = [[month, *(words.percent(shares[i]) for shares in years.values())] for i, month in enumerate(months)]
    return Drawing(alt.layer(lines, points, texts, diamonds, told).properties(height=220), head, table, "%", 900)


def _on_line(shares: Sequence[float], at: float) -> float:
    """The height of a year's line at a place between the middles of two months."""
    left = min(max(int(at - 0.5), 0), len(shares) - 2)
    return shares[left] + (shares[left + 1] - shares[left]) * (at - 0.5 - left)
