"""Charts in one grammar, as Vega-Lite through Altair: actual solid, plan outlined, previous year grey, forecast hatched.

Colours are CSS variables, so one chart serves light, dark and print; the page's SVG renderer passes them through. A builder
returns a Drawing: the chart and, in words, the table behind it. Marks stay within Vega-Lite 5.6 (JupyterLab's own).
Amounts come as whole units and are scaled to one named unit only for the place of a mark.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # builds grammars at import, 2.7 s, never used

import altair as alt

from revops.report.tables import ATTAINMENT, rows_of
from revops.words import EVEN, Words

Frame = Any
FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif'
GOOD, BAD = "var(--good)", "var(--bad)"
GOOD_FILL, BAD_FILL = "var(--good-f)", "var(--bad-f)"
AC, PY, BG, INK, INK_2, INK_3 = (f"var(--{name})" for name in ("ac", "py", "bg", "ink", "ink-2", "ink-3"))
ACCENT = "var(--accent)"
HATCH = "url(#hatch)"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
LEFT = 74  # px kept for the names of stacked panels


@dataclass(frozen=True)
class Drawing:
    """A chart, and its data as a table of words for readers who do not see it."""

    chart: Any
    head: Sequence[str] = ()
    lines: Sequence[Sequence[str]] = field(default_factory=list)
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

    One row per month; amounts in whole units, null where there is none: actual in past months, forecast (with low and
    high of its interval) in those to come. Columns that the frame lacks count as null.
    """
    lines = rows_of(frame)
    names = (actual, plan, previous_year, forecast, low, high)
    largest = max((abs(x[n]) for x in lines for n in names if x.get(n) is not None), default=0)
    power, unit = words.unit(largest) if is_money else (0, "")

    def scaled(value: int | None) -> float | None:
        return words.in_unit(value, power) if is_money else value

    rows = [
        _month_row(words, line[month], better, *(scaled(line.get(n)) for n in names)) for line in lines
    ]
    pins = _panel(rows, words.t("common.chart.delta_plan_share"), "share", 46, _pins)
    deltas = _panel(rows, words.t("common.chart.delta_plan", unit=unit), "delta", 52, _columns)
    values = _values(rows, words.t("common.chart.values", unit=unit).split(" · "))
    chart = alt.vconcat(pins, deltas, values).resolve_scale(x="shared", y="independent")
    head = [words.t(f"common.chart.{n}") for n in ("month", "actual", "forecast", "plan", "previous_year")]
    show = words.money_short if is_money else words.number
    table = [
        [words.month(x[month]), *(show(x.get(n)) for n in (actual, forecast, plan, previous_year))] for x in lines
    ]
    return Drawing(chart, head, table, LEFT)


def bridge(
    frame: Frame,
    words: Words,
    *,
    name: str = "name",
    amount: str = "amount",
    start: str = "",
    end: str = "",
    better: str = "higher",
) -> Drawing:
    """From plan to actual by driver: horizontal bars of a running sum whose axis is Δ with plan = 0.

    One row per driver in the order shown; amounts are signed whole units of money and sum to actual − plan. `start` and
    `end` name the first and the last row, such as 'Plan ₫50.0bn' and 'Actual ₫49.2bn'.
    """
    lines = rows_of(frame)
    steps, unit = bridge_steps(lines, words, name, amount, start, end, better)
    order = [step["name"] for step in steps]
    base = alt.Chart(alt.Data(values=steps)).encode(y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)))
    span = _span([0.0, *(s["low"] for s in steps), *(s["high"] for s in steps)])
    x = alt.X("low:Q", scale=alt.Scale(domain=span, nice=False), axis=None)
    bars = base.mark_bar(height={"band": 0.74}).encode(x=x, x2="high:Q", fill=_raw("fill"))
    joints = base.mark_rule(strokeWidth=1, stroke=INK_2).encode(
        x=alt.X("sum:Q", axis=None), y=alt.Y("name:N", sort=order), y2=alt.Y2("next:N")
    )
    joints = joints.transform_filter("datum.next != null")
    left = _label(base.transform_filter("datum.amount < 0"), "low:Q", "label:N", "right", -6)
    right = _label(base.transform_filter("datum.amount >= 0 && datum.label != ''"), "high:Q", "label:N", "left", 6)
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(stroke=INK, strokeWidth=1.2).encode(x="x:Q")
    chart = alt.layer(joints, bars, zero, left, right).properties(height=alt.Step(26))
    head = [words.t("common.chart.category"), words.t("common.chart.change") + f", {unit}"]
    return Drawing(chart, head, [[s["name"], s["figure"]] for s in steps])


def bridge_steps(
    lines: list[dict[str, Any]], words: Words, name: str, amount: str, start: str, end: str, better: str = "higher"
) -> tuple[list[dict[str, Any]], str]:
    """The bars of a bridge in one unit: where each starts and ends, its label, its colour; and the unit's name."""
    power, unit = words.unit(max((abs(x[amount]) for x in lines), default=0))
    total = sum(x[amount] for x in lines)
    steps, running = [_step(start, 0, 0, 0, words, power, better)] if start else [], 0
    for line in lines:
        steps.append(_step(str(line[name]), running, running + line[amount], line[amount], words, power, better))
        running += line[amount]
    if end:
        steps.append(_step(end, 0, total, total, words, power, better) | {"fill": AC, "sum": 0.0})
    for here, following in zip(steps, steps[1:], strict=False):
        here["next"] = following["name"]
    return steps, unit


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
) -> Drawing:
    """Lines over time, named at their end; `chosen` is in accent, the others in ink. No legend.

    One row per day and series. `kind` is money, number or percent (a share).
    """
    rows_in = sorted(rows_of(frame), key=lambda r: (str(r.get(series, "")), r[x]))
    power, unit = _power(rows_in, y, kind, words)
    rows = [
        {
            "x": r[x].isoformat(),
            "y": _place(r[y], kind, power, words),
            "series": str(r.get(series, "")) if series else "",
            "label": _figure(r[y], kind, power, words),
        }
        for r in rows_in
        if r[y] is not None
    ]
    ends = list({r["series"]: r for r in rows}.values())
    colour = alt.condition(alt.datum.series == chosen, alt.value(ACCENT), alt.value(AC)) if chosen else alt.value(AC)
    base = alt.Chart(alt.Data(values=rows))
    axis_x = alt.Axis(labelExpr=_month_labels(words), tickCount=12, labelOverlap=True)
    encoded = base.encode(
        x=alt.X("x:T", axis=axis_x),
        y=alt.Y("y:Q", axis=alt.Axis(tickCount=4, title=unit or None), scale=alt.Scale(zero=kind != "percent")),
        detail="series:N",
        tooltip=["x:T", "series:N", "label:N"],
    )
    stroke = encoded.mark_line(strokeWidth=1.8).encode(stroke=colour)
    last = alt.Chart(alt.Data(values=ends)).encode(x="x:T", y="y:Q")
    dots = last.mark_point(filled=True, size=34, opacity=1).encode(fill=colour)
    text = last.transform_calculate(t="datum.series == '' ? datum.label : datum.series + ' ' + datum.label").mark_text(
        align="right", dy=-10
    ).encode(text="t:N")
    head = [words.t("common.chart.month"), series, words.t("common.chart.value")]
    table = [[words.date(r[x]), str(r.get(series, "")), _figure(r[y], kind, power, words)] for r in rows_in]
    return Drawing(alt.layer(stroke, dots, text).properties(height=height), head, table)


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
    power, unit = _power(rows_in, value, kind, words)
    rows = []
    for r in rows_in:
        tone = Words.tone(r[value], better)
        fill = {"good": GOOD_FILL, "bad": BAD_FILL}.get(tone, PY) if signed else AC
        fill = ACCENT if chosen and str(r[category]) == chosen else fill
        place = _place(r[value], kind, power, words)
        label = _figure(r[value], kind, power, words, signed=signed)
        rows.append({"name": str(r[category]), "v": place, "label": label, "fill": fill})
    order = [r["name"] for r in rows]
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)))
    span = _span([0.0, *(r["v"] for r in rows)])
    marks = base.mark_bar(height={"band": 0.62}).encode(
        x=alt.X("v:Q", axis=None, scale=alt.Scale(domain=span, nice=False)), fill=_raw("fill")
    )
    right = _label(base.transform_filter("datum.v >= 0"), "v:Q", "label:N", "left", 6)
    left = _label(base.transform_filter("datum.v < 0"), "v:Q", "label:N", "right", -6)
    head = [words.t("common.chart.category"), words.t("common.chart.value") + (f", {unit}" if unit else "")]
    chart = alt.layer(marks, right, left).properties(height=alt.Step(26))
    return Drawing(chart, head, [[r["name"], r["label"]] for r in rows])


def tier_ladder(
    tiers: Frame,
    words: Words,
    *,
    credited: int,
    attainment: float | None = None,
    next_deal: int = 0,
    whole: bool = False,
    start: str = "from_amount",
    end: str = "to_amount",
    rate: str = "rate",
) -> Drawing:
    """Tiers as steps, credited revenue across and rate up: the area is money.

    One row per tier: from and to in whole units of money (to is null for the last), `rate` as a share. Filled up to
    `credited`, hatched for `next_deal` more, outlined beyond. `whole`: the reached rate holds for every amount, so the
    filled part is one rectangle and the steps are cliffs.
    """
    steps = rows_of(tiers)
    edge = max([credited + next_deal, *(s[end] or int(s[start] * 1.2) for s in steps)])
    power, unit = words.unit(edge)
    rows = _ladder_whole(steps, credited, edge, start, end, rate) if whole else []
    rows = rows or _ladder(steps, credited, next_deal, edge, start, end, rate)
    places = [
        {
            "x": words.in_unit(r["low"], power),
            "x2": words.in_unit(r["high"], power),
            "y": r["rate"],
            "fill": {"done": AC, "next": "url(#hatch-accent)", "open": BG}[r["state"]],
            "stroke": {"done": AC, "next": ACCENT, "open": "var(--line-2)"}[r["state"]],
            "money": words.money(round((r["high"] - r["low"]) * r["rate"])) if r["state"] == "done" else "",
        }
        for r in rows
    ]
    heads = [
        {
            "x": words.in_unit(s[start], power),
            "y": s[rate],
            "label": words.percent(s[rate], 2 if round(s[rate] * 1000, 6) % 1 else 1),
        }
        for s in steps
    ]
    here_at = [{"x": words.in_unit(credited, power), "label": _here(words, attainment)}]
    ticks = sorted({words.in_unit(s[start], power) for s in steps} | {words.in_unit(edge, power)})
    axis = alt.Axis(values=ticks, format=",~f", labelOverlap=True)
    top = max(s[rate] for s in steps) * 1.35 or 1
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    area = alt.Chart(alt.Data(values=places)).mark_rect(strokeWidth=1).encode(
        x=alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False, domain=[0, ticks[-1]])),
        x2="x2:Q", y=y, y2=alt.datum(0), fill=_raw("fill"), stroke=_raw("stroke"),
    )  # fmt: skip
    inside = (
        alt.Chart(alt.Data(values=places))
        .transform_filter(f"datum.money != '' && (datum.x2 - datum.x) > {0.09 * ticks[-1]}")
        .transform_calculate(mid="(datum.x + datum.x2) / 2", half="datum.y / 2")
        .mark_text(fill=BG, fontWeight=600)
        .encode(x="mid:Q", y="half:Q", text="money:N")
    )
    rates = alt.Chart(alt.Data(values=heads)).mark_text(align="left", dx=4, dy=-8, fontWeight=600).encode(
        x="x:Q", y="y:Q", text="label:N"
    )
    here = alt.Chart(alt.Data(values=here_at)).encode(x="x:Q")
    rule = here.mark_rule(stroke=ACCENT, strokeWidth=2).encode(y=alt.datum(0), y2=alt.datum(top * 0.93))
    label = here.mark_text(fill=ACCENT, fontWeight=600, baseline="bottom", align=_side(here_at[0]["x"], ticks[-1])).encode(
        y=alt.datum(top * 0.94), text="label:N"
    )
    head = [words.t(f"common.chart.{n}") for n in ("from", "to", "rate")]
    table = [[words.money(s[start]), words.money(s[end]), words.percent(s[rate], 2)] for s in steps]
    return Drawing(alt.layer(area, inside, rates, rule, label).properties(height=170), head, table)


def strips(
    frame: Frame,
    words: Words,
    *,
    person: str = "name",
    marks: Sequence[str] = ("scenario_a", "scenario_b", "scenario_c"),
    letters: Sequence[str] = ("A", "B", "C"),
    chosen: str = "C",
    flat: str = "flat",
    now: str = "this_year",
) -> Drawing:
    """Quota scenarios, one strip per person on one scale: circle A, square B, a disc with its letter for the chosen one,
    × for the flat rule, a tick for this year. Amounts in whole units of money.
    """
    rows_in = rows_of(frame)
    fields = [*marks, flat, now]
    amounts = [r[f] for r in rows_in for f in fields if r.get(f) is not None]
    power, unit = words.unit(max(amounts, default=0))
    rows = [
        {"name": str(r[person]), "at": words.in_unit(r[f], power), "what": what}
        for r in rows_in
        for f, what in zip(fields, [*letters, "flat", "now"], strict=True)
        if r.get(f) is not None
    ]
    order = [str(r[person]) for r in rows_in]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)),
        x=alt.X("at:Q", axis=alt.Axis(orient="top", tickCount=5), scale=alt.Scale(zero=False)),
    )
    thread = base.mark_line(strokeWidth=1, stroke="var(--line-2)").encode(detail="name:N")
    others = [(w, s) for w, s in zip(letters, ("circle", "square", "diamond"), strict=True) if w != chosen]
    open_marks = [
        base.transform_filter(alt.datum.what == w).mark_point(shape=s, size=62, fill=BG, stroke=INK_2, strokeWidth=1.4, opacity=1)
        for w, s in others
    ]
    tick = base.transform_filter(alt.datum.what == "now").mark_tick(thickness=2, size=15, color=AC)
    cross = base.transform_filter(alt.datum.what == "flat").mark_text(text="×", fill=BAD, fontSize=17, fontWeight=700)
    pick = base.transform_filter(alt.datum.what == chosen)
    disc = pick.mark_point(filled=True, size=230, fill=ACCENT, opacity=1)
    letter = pick.mark_text(text=chosen, fill=BG, fontWeight=700, fontSize=11)
    chart = alt.layer(thread, tick, *open_marks, cross, disc, letter).properties(height=alt.Step(24))
    head = [words.t("common.chart.category"), *(f"{n}, {unit}" for n in [*letters, flat, now])]
    table = [[str(r[person]), *(words.scaled(r.get(f), power, 1) for f in fields)] for r in rows_in]
    return Drawing(chart, head, table)


def pace(
    frame: Frame,
    words: Words,
    *,
    person: str = "name",
    attainment: str = "attainment",
    projected: str = "projected",
    pace_share: float | None = None,
    quota_name: str = "",
) -> Drawing:
    """Attainment against pace: solid to date, hatched projection, the frame is quota (100 %), an accent rule at the pace.

    One row per person; `attainment` and `projected` are shares of quota.
    """
    rows_in = [r for r in rows_of(frame) if r.get(attainment) is not None]
    rows = [
        {
            "name": str(r[person]),
            "done": r[attainment],
            "end": max(r.get(projected) or r[attainment], r[attainment]),
            "full": 1,
            "label": words.percent(r[attainment], 0),
        }
        for r in rows_in
    ]
    order = [r["name"] for r in rows]
    top = max([1.1, *(r["end"] for r in rows)]) * 1.06
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)))
    x = alt.X("full:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    frame_marks = base.mark_bar(height={"band": 0.6}, fill="transparent", stroke=AC, strokeWidth=1.2).encode(x=x)
    to_come = base.mark_bar(height={"band": 0.28}, fill=HATCH, stroke=AC).encode(x="done:Q", x2="end:Q")
    done = base.mark_bar(height={"band": 0.28}, fill=AC).encode(x="done:Q")
    text = base.mark_text(align="left", dx=7, fontWeight=600).encode(x="end:Q", text="label:N")
    layers = [frame_marks, to_come, done, text]
    if pace_share is not None:
        point = alt.Chart(alt.Data(values=[{"x": pace_share, "t": words.t("common.chart.pace", share=words.percent(pace_share, 0))}]))
        layers.append(point.mark_rule(stroke=ACCENT, strokeWidth=2).encode(x="x:Q"))
        layers.append(point.mark_text(fill=ACCENT, fontWeight=600, baseline="bottom", dy=-4).encode(x="x:Q", y=alt.value(0), text="t:N"))
    head = [words.t("common.chart.category"), words.t("common.chart.actual"), words.t("common.chart.forecast")]
    table = [[str(r[person]), words.percent(r[attainment]), words.percent(r.get(projected))] for r in rows_in]
    return Drawing(alt.layer(*layers).properties(height=alt.Step(26)), head, table)


def svg(drawing: Drawing, width: int = 700) -> str:
    """The chart as static SVG with CSS variables, for statements and letters that carry no script."""
    import vl_convert

    spec = config(drawing.chart)
    _set_width(spec, width - drawing.left)
    return str(vl_convert.vegalite_to_svg(spec, vl_version="5.21"))


def _set_width(spec: dict[str, Any], width: int) -> None:
    for part in spec.get("vconcat", [spec]):
        part["width"] = width
    if "vconcat" not in spec:
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}


def _month_row(
    words: Words, day: Any, better: str, actual: Any, plan: Any, last: Any, forecast: Any, low: Any, high: Any
) -> dict[str, Any]:
    value = actual if actual is not None else forecast
    is_forecast = actual is None
    delta = None if value is None or plan is None else value - plan
    share = delta / plan if delta is not None and plan and plan > 0 else None
    good = Words.tone(delta, better) != "bad"
    fill = "url(#hatch-good)" if good and is_forecast else GOOD_FILL if good else "url(#hatch-bad)" if is_forecast else BAD_FILL
    return {
        "m": words.month(day), "mm": words.month_short(day), "ac": actual, "fc": forecast if is_forecast else None,
        "pl": plan, "py": last, "lo": low if is_forecast else None, "hi": high if is_forecast else None,
        "v": value, "vt": "" if value is None else words.number(value, 1 if value < 1000 else 0),
        "delta": delta, "deltat": _delta_text(delta, words), "share": share,
        "sharet": "" if share is None or abs(share) < EVEN else words.number(share * 100, 1, signed=True),
        "fill": fill, "tone": GOOD if good else BAD, "line": GOOD_FILL if good else BAD_FILL,
        "head": BG if is_forecast else AC,
    }  # fmt: skip


def _delta_text(delta: float | None, words: Words) -> str:
    return "" if delta is None or abs(delta) < 0.05 else words.number(delta, 1, signed=True)


def _panel(rows: list[dict[str, Any]], name: str, key: str, height: int, draw: Any) -> Any:
    """One variance panel: its marks around a zero line, figures outside the ends, its name to the left."""
    values = [r[key] for r in rows if r[key] is not None]
    base = alt.Chart(alt.Data(values=rows)).encode(x=_months(rows, axis=None))
    y = alt.Y(f"{key}:Q", axis=_name_axis(name), scale=alt.Scale(domain=_span([0.0, *values], 0.42), nice=False))
    zero = alt.Chart(alt.Data(values=[{"z": 0}])).mark_rule(stroke=INK_2).encode(y=alt.Y("z:Q"))
    above = base.transform_filter(f"datum.{key} >= 0").mark_text(dy=-9, fontWeight=600, fontSize=11.5)
    below = base.transform_filter(f"datum.{key} < 0").mark_text(dy=10, fontWeight=600, fontSize=11.5)
    texts = [t.encode(y=y, text=f"{key}t:N", fill=_raw("tone")) for t in (above, below)]
    return alt.layer(*draw(base, y, key), zero, *texts).properties(height=height)


def _pins(base: Any, y: Any, key: str) -> list[Any]:
    stem = base.mark_rule(strokeWidth=2.2).encode(y=y, y2=alt.datum(0), stroke=_raw("line"))
    head = base.mark_point(shape="square", size=52, opacity=1, stroke=AC, strokeWidth=1.4)
    return [stem.transform_filter(f"datum.{key} != null"), head.encode(y=y, fill=_raw("head")).transform_filter(f"datum.{key} != null")]


def _columns(base: Any, y: Any, key: str) -> list[Any]:
    return [base.mark_bar(width={"band": 0.5}).encode(y=y, y2=alt.datum(0), fill=_raw("fill"), stroke=_raw("line"))]


def _values(rows: list[dict[str, Any]], name: list[str]) -> Any:
    every = [r[k] for r in rows for k in ("ac", "fc", "pl", "py", "hi") if r[k] is not None]
    base = alt.Chart(alt.Data(values=rows)).encode(x=_months(rows, alt.Axis(labelAngle=0, labelOverlap=True)))
    scale = alt.Scale(domain=[min([0.0, *every]), max([0.0, *every]) * 1.1 or 1], nice=False)

    def y(key: str, axis: Any = None) -> Any:
        return alt.Y(f"{key}:Q", axis=axis, scale=scale)

    size = {"band": 0.5}
    past = base.mark_bar(width=size, fill=PY, xOffset=-9).encode(y=y("py", _name_axis(name)))
    plan = base.mark_bar(width=size, fill=BG, stroke=AC, strokeWidth=1.3, xOffset=7).encode(y=y("pl"))
    actual = base.mark_bar(width=size, fill=AC).encode(y=y("ac"), tooltip=["m:N", "vt:N", "deltat:N", "sharet:N"])
    future = base.mark_bar(width=size, fill=HATCH, stroke=AC, strokeWidth=1.2).encode(y=y("fc"))
    halo = base.mark_rule(stroke=BG, strokeWidth=7).encode(y=y("lo"), y2="hi:Q").transform_filter("datum.lo != null")
    span = base.mark_rule(stroke=ACCENT, strokeWidth=2.2).encode(y=y("lo"), y2="hi:Q").transform_filter("datum.lo != null")
    text = base.mark_text(dy=-8, fontWeight=600).encode(y=y("top"), text="vt:N")
    text = text.transform_calculate(top="max(datum.v, datum.hi == null ? datum.v : datum.hi)")
    return alt.layer(past, plan, actual, future, halo, span, text).properties(height=170)


def _months(rows: list[dict[str, Any]], axis: Any) -> Any:
    short = len({r["mm"] for r in rows}) == len(rows)
    return alt.X(f"{'mm' if short else 'm'}:N", sort=[r["mm" if short else "m"] for r in rows], axis=axis)


def _name_axis(name: str | list[str]) -> Any:
    return alt.Axis(
        title=name, titleAngle=0, titleAlign="left", titleBaseline="middle", titleX=-LEFT, titleFontSize=11.5,
        titleFontWeight="normal", titleColor=INK_3, labels=False, domain=False, minExtent=LEFT, maxExtent=LEFT,
    )  # fmt: skip


def _raw(key: str) -> Any:
    """A colour that stands in the data, drawn as it is."""
    channel = {"fill": alt.Fill, "stroke": alt.Stroke, "tone": alt.Fill, "head": alt.Fill, "line": alt.Stroke}[key]
    return channel(f"{key}:N", scale=None, legend=None)


def _label(base: Any, x: str, text: str, align: str, dx: int) -> Any:
    return base.mark_text(align=align, dx=dx, fontWeight=600).encode(x=x, text=text)


def _step(
    name: str, start: int, end: int, amount: int, words: Words, power: int, better: str
) -> dict[str, Any]:
    tone = Words.tone(amount, better)
    figure = words.scaled(amount, power, 2, signed=True)
    return {
        "name": name,
        "low": words.in_unit(min(start, end), power),
        "high": words.in_unit(max(start, end), power),
        "sum": words.in_unit(end, power),
        "amount": words.in_unit(amount, power),
        "figure": figure,
        "label": f"{Words.arrow(amount)} {figure}" if amount else "",
        "tone": tone,
        "fill": {"good": GOOD_FILL, "bad": BAD_FILL}.get(tone, AC),
        "next": None,
    }


def _ladder(
    steps: list[dict[str, Any]], credited: int, more: int, edge: int, start: str, end: str, rate: str
) -> list[dict[str, Any]]:
    rows = []
    for step in steps:
        low, high = step[start], step[end] if step[end] is not None else edge
        for state, first, last in (
            ("done", 0, credited), ("next", credited, credited + more), ("open", credited + more, edge),
        ):  # fmt: skip
            a, b = max(low, first), min(high, last)
            if b > a:
                rows.append({"low": a, "high": b, "rate": step[rate], "state": state})
    return rows


def _ladder_whole(
    steps: list[dict[str, Any]], credited: int, edge: int, start: str, end: str, rate: str
) -> list[dict[str, Any]]:
    reached = [s for s in steps if s[start] <= credited][-1]
    rows = [{"low": 0, "high": credited, "rate": reached[rate], "state": "done"}] if credited > 0 else []
    for step in steps:
        high = step[end] if step[end] is not None else edge
        if high > credited:
            rows.append({"low": max(step[start], credited), "high": high, "rate": step[rate], "state": "open"})
    return rows


def _here(words: Words, attainment: float | None) -> str:
    return words.t("common.chart.you_are_here", attainment=words.percent(attainment, 0))


def _side(at: float | None, edge: float | None) -> str:
    share = (at or 0) / edge if edge else 0
    return "left" if share < 0.15 else "right" if share > 0.85 else "center"


def _span(values: Sequence[float], room: float = 0.28) -> list[float]:
    """The domain of a signed axis with room for labels beyond its ends; zero is always inside."""
    low, high = min(values), max(values)
    size = (high - low) or 1
    return [low - (room * size if low < 0 else 0), high + (room * size if high > 0 else 0.02 * size)]


def _power(rows: list[dict[str, Any]], key: str, kind: str, words: Words) -> tuple[int, str]:
    if kind != "money":
        return 0, "%" if kind == "percent" else ""
    return words.unit(max((abs(r[key]) for r in rows if r[key] is not None), default=0))


def _place(value: Any, kind: str, power: int, words: Words) -> Any:
    return words.in_unit(value, power) if kind == "money" else value * 100 if kind == "percent" else value


def _figure(value: Any, kind: str, power: int, words: Words, *, signed: bool = False) -> str:
    if kind == "money":
        return words.scaled(value, power, 0 if power == 0 else 2, signed=signed)
    return words.percent(value, signed=signed) if kind == "percent" else words.number(value, signed=signed)


def _month_labels(words: Words) -> str:
    if words.language == "vi":
        return "'T' + timeFormat(datum.value, '%-m/%y')"
    return "timeFormat(datum.value, '%b %y')"


ATTAINMENT_COLOURS = [f"var(--d{i})" for i in range(1, 8)]


def attainment_scale() -> Any:
    """The seven colours of attainment as a threshold scale: variables cannot be interpolated."""
    return alt.Scale(type="threshold", domain=list(ATTAINMENT), range=ATTAINMENT_COLOURS)
