"""Actual, plan, previous year and forecast by month: variance pins, variance columns and values over one another."""

from typing import Any

import altair as alt

from revops.report.charts.grammar import (
    AC,
    ACCENT,
    BAD,
    BAD_FILL,
    BG,
    GOOD,
    GOOD_FILL,
    HATCH,
    INK_2,
    INK_3,
    PY,
    Drawing,
    Frame,
    raw,
    span_of,
)
from revops.report.tables import rows_of
from revops.words import EVEN, Words

LEFT = 74  # px kept for the names of the panels


def actual_plan(
    frame: Frame,
    words: Words,
    *,
    month: str = "month_on",
    actual: str = "actual",
    plan: str = "plan",
    previous_year: str = "previous_year",
    forecast: str = "forecast",
    low: str = "low",
    high: str = "high",
    better: str = "higher",
    is_money: bool = True,
) -> Drawing:
    """Three stacked panels over months: ΔPL % as pins, ΔPL as columns, and AC/FC with PL and PY behind.

    Where no month has a plan, the differences are those to the previous year.

    One row per month; amounts in whole units, null where there is none: actual in past months, forecast (with low and
    high of its interval) in those to come. Columns that the frame lacks count as null.
    """
    lines = rows_of(frame)
    names = (actual, plan, previous_year, forecast, low, high)
    largest = max((abs(x[n]) for x in lines for n in names if x.get(n) is not None), default=0)
    power, unit = words.unit(largest) if is_money else (0, "")

    def scaled(value: int | None) -> float | None:
        return words.in_unit(value, power) if is_money else value

    against = plan if any(line.get(plan) is not None for line in lines) else previous_year
    rows = [
        _month_row(words, line[month], better, [scaled(line.get(n)) for n in names], scaled(line.get(against)))
        for line in lines
    ]
    _label(rows, "v", words, signed=False)
    moved = max((abs(row["delta"]) for row in rows if row["delta"] is not None), default=0.0)
    fine = power - 3 if power and moved < 1 else power
    _label(rows, "delta", words, factor=10 ** (power - fine))
    _label(rows, "share", words, factor=100)
    name = "plan" if against == plan else "year"
    pins = _panel(rows, words.t(f"common.chart.delta_{name}_share"), "share", 46, _pins)
    deltas = _panel(
        rows,
        words.t(f"common.chart.delta_{name}", unit=words.unit_name(fine) if is_money else ""),
        "delta",
        52,
        _columns,
    )
    key = "values_forecast" if any(line.get(forecast) is not None for line in lines) else "values"
    values = _values(rows, words.t(f"common.chart.{key}", unit=unit).split(" · "))
    chart = alt.vconcat(pins, deltas, values).resolve_scale(x="shared", y="independent")
    head = [words.t(f"common.chart.{n}") for n in ("month", "actual", "forecast", "plan", "previous_year")]
    show = words.money_short if is_money else words.number
    table = [[words.month(x[month]), *(show(x.get(n)) for n in (actual, forecast, plan, previous_year))] for x in lines]
    return Drawing(chart, head, table, unit, left=LEFT)


def _month_row(
    words: Words, day: Any, better: str, places: list[float | None], against: float | None
) -> dict[str, Any]:
    """What is drawn of one month: actual (or forecast), plan, previous year, interval, and the variance."""
    actual, plan, last, forecast, low, high = places
    is_forecast = actual is None
    value = forecast if is_forecast else actual
    delta = None if value is None or against is None else value - against
    share = delta / against if delta is not None and against and against > 0 else None
    tone = "bad" if Words.tone(delta, better) == "bad" else "good"
    line = {"good": GOOD_FILL, "bad": BAD_FILL}[tone]
    return {
        "m": words.month(day), "mm": words.month_short(day), "ac": actual, "fc": forecast if is_forecast else None,
        "pl": plan, "py": last, "lo": low if is_forecast else None, "hi": high if is_forecast else None,
        "v": value, "delta": delta, "share": share,
        "fill": f"url(#hatch-{tone})" if is_forecast else line, "line": line, "tone": {"good": GOOD, "bad": BAD}[tone],
        "head": BG if is_forecast else AC,
    }  # fmt: skip


def _label(rows: list[dict[str, Any]], key: str, words: Words, *, factor: float = 1, signed: bool = True) -> None:
    """The figures of one panel as text, all to the same digits; whole numbers on a phone; blank below display."""
    largest = max((abs(row[key] * factor) for row in rows if row[key] is not None), default=0.0)
    wide = 2 if largest < 1 else 1 if largest < (20 if key == "delta" else 300) else 0
    narrow = wide if largest < 10 else 0
    for row in rows:
        value = None if row[key] is None else row[key] * factor
        level = EVEN * factor if key == "share" else 0.0
        row[f"{key}t"] = _figure(value, wide, level, words, signed)
        row[f"{key}_narrow"] = _figure(value, narrow, level, words, signed)


def _figure(value: float | None, digits: int, level: float, words: Words, signed: bool) -> str:
    is_blank = value is None or (signed and abs(value) < max(level, 0.5 * 10**-digits))
    return "" if is_blank else words.number(value, digits, signed=signed)


def _panel(rows: list[dict[str, Any]], name: str, key: str, height: int, draw: Any) -> Any:
    """One variance panel: its marks around a zero line, figures outside the ends, its name to the left."""
    values = [r[key] for r in rows if r[key] is not None]
    base = alt.Chart(alt.Data(values=rows)).encode(x=_months(rows, axis=None))
    y = alt.Y(f"{key}:Q", axis=_name_axis(name), scale=alt.Scale(domain=span_of([0.0, *values], 0.42), nice=False))
    zero = alt.Chart(alt.Data(values=[{"z": 0}])).mark_rule(stroke=INK_2).encode(y=alt.Y("z:Q"))
    away = 13 if draw is _pins else 9
    above = base.transform_filter(f"datum.{key} >= 0").mark_text(dy=-away, fontWeight=600, fontSize=11.5)
    below = base.transform_filter(f"datum.{key} < 0").mark_text(dy=away, fontWeight=600, fontSize=11.5)
    texts = [t.encode(y=y, text=f"{key}t:N", fill=raw("tone")) for t in (above, below)]
    return alt.layer(*draw(base, y, key), zero, *texts).properties(height=height)


def _pins(base: Any, y: Any, key: str) -> list[Any]:
    stem = base.mark_rule(strokeWidth=2.2).encode(y=y, y2=alt.datum(0), stroke=raw("line"))
    head = base.mark_point(shape="square", size=52, opacity=1, stroke=AC, strokeWidth=1.4)
    told = f"datum.{key}t != ''"
    return [stem.transform_filter(told), head.encode(y=y, fill=raw("head")).transform_filter(told)]


def _columns(base: Any, y: Any, key: str) -> list[Any]:
    return [base.mark_bar(width={"band": 0.5}).encode(y=y, y2=alt.datum(0), fill=raw("fill"), stroke=raw("line"))]


def _values(rows: list[dict[str, Any]], name: list[str]) -> Any:
    every = [r[k] for r in rows for k in ("ac", "fc", "pl", "py", "hi") if r[k] is not None]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=_months(rows, alt.Axis(labelAngle=0, labelOverlap=True, labelSeparation=5))
    )
    scale = alt.Scale(domain=[min([0.0, *every]), max([0.0, *every]) * 1.1 or 1], nice=False)

    def y(key: str) -> Any:
        return alt.Y(f"{key}:Q", axis=_name_axis(name), scale=scale)

    size = {"band": 0.5}
    past = base.mark_bar(width=size, fill=PY, xOffset=-9).encode(y=y("py"))
    plan = base.mark_bar(width=size, fill=BG, stroke=AC, strokeWidth=1.3, xOffset=7).encode(y=y("pl"))
    actual = base.mark_bar(width=size, fill=AC).encode(y=y("ac"), tooltip=["m:N", "vt:N", "deltat:N", "sharet:N"])
    future = base.mark_bar(width=size, fill=HATCH, stroke=AC, strokeWidth=1.2).encode(y=y("fc"))
    halo = base.mark_rule(stroke=BG, strokeWidth=7).encode(y=y("lo"), y2="hi:Q").transform_filter("datum.lo != null")
    span = (
        base.mark_rule(stroke=ACCENT, strokeWidth=2.2).encode(y=y("lo"), y2="hi:Q").transform_filter("datum.lo != null")
    )
    text = base.mark_text(dy=-8, fontWeight=600).encode(y=y("top"), text="vt:N")
    text = text.transform_calculate(top="max(datum.v, datum.hi, datum.pl, datum.py)")
    return alt.layer(past, plan, actual, future, halo, span, text).properties(height=170)


def _months(rows: list[dict[str, Any]], axis: Any) -> Any:
    short = len({r["mm"] for r in rows}) == len(rows)
    return alt.X(f"{'mm' if short else 'm'}:N", sort=[r["mm" if short else "m"] for r in rows], axis=axis)


def _name_axis(name: str | list[str]) -> Any:
    return alt.Axis(
        title=name, titleAngle=0, titleAlign="left", titleBaseline="middle", titleX=-LEFT, titleFontSize=11.5,
        titleFontWeight="normal", titleColor=INK_3, labels=False, domain=False, minExtent=LEFT, maxExtent=LEFT,
    )  # fmt: skip
