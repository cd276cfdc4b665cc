"""The months of several years over one another, each as a share of its year, with the day on which a feast falls."""

from collections.abc import Mapping, Sequence
from typing import Any

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
            "low": _is_low(shares, place),
        }
        for year, shares in years.items()
        for place, share in enumerate(shares)
    ]  # fmt: skip
    marks = [
        {
            "x": at, "y": _on_line(years[year], at) * 100, "t": name if year == chosen else "",
            "line": ACCENT if year == chosen else INK_3,
            "falls": _on_line(years[year], at + 0.01) < _on_line(years[year], at),
        }
        for year, (at, name) in (feasts or {}).items()
    ]  # fmt: skip
    names = ", ".join(f"'{name}'" for name in months)
    axis = alt.Axis(values=[place + 0.5 for place in range(len(months))], labelExpr=f"[{names}][floor(datum.value)]")
    scale = alt.Scale(domain=[0, len(months)], nice=False)
    x = alt.X("x:Q", axis=axis, scale=scale)
    y = alt.Y(
        "y:Q",
        axis=alt.Axis(tickCount=4, labelExpr="datum.label + '%'"),
        scale=alt.Scale(domain=_room(years), nice=False),
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)
    lines = base.mark_line().encode(
        detail="year:N",
        stroke=raw("line"),
        strokeWidth=alt.StrokeWidth("wide:Q", scale=None),
        tooltip=["year:N", "month:N", "label:N"],
    )
    mine = base.transform_filter(alt.datum.year == chosen)
    points = mine.mark_point(filled=True, size=30, opacity=1, fill=ACCENT)
    fall = alt.Chart(alt.Data(values=marks)).encode(x="x:Q", y="y:Q")
    diamonds = fall.mark_point(shape="diamond", size=90, opacity=1, fill=BG, strokeWidth=1.6).encode(stroke=raw("line"))
    texts = [
        *_clear(mine.transform_filter("!datum.low"), "label:N", dy=-12, fontWeight=600),
        *_clear(mine.transform_filter("datum.low"), "label:N", dy=13, fontWeight=600),
        *_clear(fall.transform_filter("datum.falls"), "t:N", align="right", dx=-10, dy=12, fill=ACCENT),
        *_clear(fall.transform_filter("!datum.falls"), "t:N", align="right", dx=-10, dy=-10, fill=ACCENT),
    ]
    head = [words.t("common.chart.month"), *years]
    table = [[month, *(words.percent(shares[i]) for shares in years.values())] for i, month in enumerate(months)]
    return Drawing(alt.layer(lines, points, diamonds, *texts).properties(height=205), head, table, "%", 900)


def _room(years: Mapping[str, Sequence[float]]) -> list[float]:
    """From the least to the largest share in per cent, with room for figures below and above."""
    every = [share * 100 for shares in years.values() for share in shares]
    room = (max(every) - min(every)) * 0.14 or 1.0
    return [max(0.0, min(every) - room), max(every) + room]


def _clear(base: Any, text: str, **style: Any) -> list[Any]:
    """A text on a ground of its own, so that lines do not run through it."""
    ground = base.mark_text(**style | {"fill": BG}, stroke=BG, strokeWidth=4, strokeJoin="round")
    return [mark.encode(text=text) for mark in (ground, base.mark_text(**style))]


def _is_low(shares: Sequence[float], place: int) -> bool:
    """Whether both months beside this one are higher."""
    beside = [shares[i] for i in (place - 1, place + 1) if 0 <= i < len(shares)]
    return shares[place] < min(beside, default=0)


def _on_line(shares: Sequence[float], at: float) -> float:
    """The height of a year's line at a place between the middles of two months."""
    left = min(max(int(at - 0.5), 0), len(shares) - 2)
    return shares[left] + (shares[left + 1] - shares[left]) * (at - 0.5 - left)
