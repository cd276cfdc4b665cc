"""From plan to actual: a bridge whose axis is the difference, so that no bar's axis is cut."""

from typing import Any

import altair as alt

from revops.report.charts.grammar import (
    AC,
    BAD,
    BAD_FILL,
    GOOD,
    GOOD_FILL,
    INK,
    INK_2,
    Drawing,
    Frame,
    beside,
    raw,
    span_of,
)
from revops.report.tables import rows_of
from revops.words import Words

LABEL = 0.34  # the room of a label, as a share of the axis


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
    `end` name the first and the last row, such as 'Plan ₫50.0bn' and 'Actual ₫49.2bn'. A row may have its own `better`:
    what leaves the open pipeline because it is won is no loss.
    """
    lines = rows_of(frame)
    steps, unit = bridge_steps(lines, words, name, amount, start, end, better)
    order = [step["name"] for step in steps]
    base = alt.Chart(alt.Data(values=steps)).encode(y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)))
    span = span_of([0.0, *(s["low"] for s in steps), *(s["high"] for s in steps)], 0.36)
    x = alt.X("low:Q", scale=alt.Scale(domain=span, nice=False), axis=None)
    bars = base.mark_bar(height={"band": 0.74}).encode(x=x, x2="high:Q", fill=raw("fill"))
    joints = base.mark_rule(strokeWidth=1, stroke=INK_2).encode(
        x=alt.X("sum:Q", axis=None), y=alt.Y("name:N", sort=order), y2=alt.Y2("next:N")
    )
    joints = joints.transform_filter("datum.next != null")
    left = beside(base.transform_filter("datum.side == 'left'"), "anchor:Q", "label:N", "right", -6)
    right = beside(
        base.transform_filter("datum.side == 'right' && datum.label != ''"), "anchor:Q", "label:N", "left", 6
    )
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(stroke=INK, strokeWidth=1.2).encode(x="x:Q")
    chart = alt.layer(joints, bars, zero, left, right).properties(height=26 * len(steps))
    head = [words.t("common.chart.category"), words.t("common.chart.change") + f", {unit}"]
    return Drawing(chart, head, [[s["name"], s["figure"]] for s in steps], unit, 660)


def bridge_steps(
    lines: list[dict[str, Any]], words: Words, name: str, amount: str, start: str, end: str, better: str = "higher"
) -> tuple[list[dict[str, Any]], str]:
    """The bars of a bridge in one unit: where each starts and ends, its label, its colour; and the unit's name."""
    largest = max((abs(x[amount]) for x in lines), default=0)
    power, unit = words.unit(largest)
    shown = abs(words.in_unit(largest, power) or 0.0)
    digits = 0 if power == 0 or shown >= 100 else 1 if shown >= 10 else 2
    total = sum(x[amount] for x in lines)
    steps, running = [_step(start, 0, 0, 0, words, power, digits, better)] if start else [], 0
    for line in lines:
        steps.append(
            _step(
                str(line[name]),
                running,
                running + line[amount],
                line[amount],
                words,
                power,
                digits,
                line.get("better", better),
            )  # fmt: skip
        )
        running += line[amount]
    if end:
        steps.append(_step(end, 0, total, total, words, power, digits, better) | {"fill": AC, "sum": 0.0})
    for here, following in zip(steps, steps[1:], strict=False):
        here["next"] = following["name"]
    _place_labels(steps)
    return steps, unit


def _place_labels(steps: list[dict[str, Any]]) -> None:
    """Labels stand outside the end that the bar moved to, unless that is the edge of the drawing, and off the zero."""
    low, high = min([0.0, *(s["low"] for s in steps)]), max([0.0, *(s["high"] for s in steps)])
    for step in steps:
        has_room = high > 0 or step["high"] < high - 0.3 * (high - low)
        step["side"] = "right" if step["amount"] >= 0 and has_room else "left"
        near = LABEL * (high - low)
        if step["side"] == "left" and 0 < step["low"] < near and low == 0:
            step["side"] = "right"
        anchor = step["high" if step["side"] == "right" else "low"]
        struck = -near < anchor < 0 if step["side"] == "right" else 0 < anchor < near
        step["anchor"] = 0.0 if struck else anchor


def _step(
    name: str, start: int, end: int, amount: int, words: Words, power: int, digits: int, better: str
) -> dict[str, Any]:
    figure = words.scaled(amount, power, digits, signed=True)
    tone = Words.tone(amount, better, shown=figure)
    return {
        "name": name,
        "low": words.in_unit(min(start, end), power),
        "high": words.in_unit(max(start, end), power),
        "sum": words.in_unit(end, power),
        "amount": words.in_unit(amount, power),
        "figure": figure,
        "label": f"{Words.arrow(amount, shown=figure)} {figure}" if amount else "",
        "tone": tone,
        "fill": {"good": GOOD_FILL, "bad": BAD_FILL}.get(tone, AC),
        "ink": {"good": GOOD, "bad": BAD}.get(tone, INK),
        "next": None,
    }
