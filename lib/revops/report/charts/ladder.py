"""The tier ladder of a plan: credited revenue across, rate up, so that area is money."""

from typing import Any, Literal

import altair as alt

from revops.money import RATE_SCALE, apply_rate, rate_units
from revops.report.charts.grammar import AC, ACCENT, BG, Drawing, Frame, raw
from revops.report.tables import rows_of
from revops.words import Words


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

    One row per tier: from and to in whole units of money (to is null for the last), `rate` as a share or in
    billionths. Filled up to
    `credited`, hatched for `next_deal` more, outlined beyond. `whole`: the reached rate holds for every amount, so the
    filled part is one rectangle and the steps are cliffs.
    """
    steps = [{**tier, rate: _billionths(tier[rate])} for tier in rows_of(tiers)]
    edge = max([credited + next_deal, *(s[end] or int(s[start] * 1.2) for s in steps)])
    power, unit = words.unit(min((s[start] for s in steps if s[start] > 0), default=edge))
    rows = _ladder_whole(steps, credited, edge, start, end, rate) if whole else []
    rows = rows or _ladder(steps, credited, next_deal, edge, start, end, rate)
    places = [
        {
            "x": words.in_unit(r["low"], power),
            "x2": words.in_unit(r["high"], power),
            "y": r["rate"] / RATE_SCALE,
            "fill": {"done": AC, "next": "url(#hatch-accent)", "open": BG}[r["state"]],
            "stroke": {"done": AC, "next": ACCENT, "open": "var(--line-2)"}[r["state"]],
            "money": words.money(apply_rate(r["high"] - r["low"], r["rate"])) if r["state"] == "done" else "",
        }
        for r in rows
    ]
    heads = [
        {"x": words.in_unit(s[start], power), "y": s[rate] / RATE_SCALE, "label": _rate_text(s[rate], words)}
        for s in steps
    ]
    at = words.in_unit(credited, power) or 0.0
    ticks = sorted({words.in_unit(x, power) or 0.0 for x in [edge, *(s[start] for s in steps)]})
    for label in heads:  # a rate that the rule of the reader's place would strike through stands beyond it
        label["x"] = at if 0 <= at - (label["x"] or 0.0) < 0.1 * ticks[-1] else label["x"]
    axis = alt.Axis(values=ticks, format=",~f", labelOverlap=True)
    top = max(s[rate] for s in steps) / RATE_SCALE * 1.35 or 1
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    area = alt.Chart(alt.Data(values=places)).mark_rect(strokeWidth=1).encode(
        x=alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False, domain=[0, ticks[-1]])),
        x2="x2:Q", y=y, y2=alt.datum(0), fill=raw("fill"), stroke=raw("stroke"),
    )  # fmt: skip
    inside = (
        alt.Chart(alt.Data(values=places))
        .transform_filter(f"datum.money != '' && (datum.x2 - datum.x) > {0.09 * ticks[-1]}")
        .transform_calculate(mid="(datum.x + datum.x2) / 2", half="datum.y / 2")
        .mark_text(fill=BG, fontWeight=600)
        .encode(x="mid:Q", y="half:Q", text="money:N")
    )
    rates = (
        alt.Chart(alt.Data(values=heads))
        .mark_text(align="left", dx=4, dy=-8, fontWeight=600)
        .encode(x="x:Q", y="y:Q", text="label:N")
    )
    here = alt.Chart(alt.Data(values=[{"x": at, "label": _here(words, attainment)}])).encode(x="x:Q")
    rule = here.mark_rule(stroke=ACCENT, strokeWidth=2).encode(y=alt.datum(0), y2=alt.datum(top * 0.93))
    label = here.mark_text(fill=ACCENT, fontWeight=600, baseline="bottom", align=_side(at, ticks[-1])).encode(
        y=alt.datum(top * 0.94), text="label:N"
    )
    head = [words.t(f"common.chart.{n}") for n in ("from", "to", "rate")]
    table = [[words.money(s[start]), words.money(s[end]), _rate_text(s[rate], words)] for s in steps]
    return Drawing(alt.layer(area, inside, rates, rule, label).properties(height=170), head, table, unit, 900)


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


def _side(at: float, edge: float) -> Literal["left", "center", "right"]:
    share = at / edge if edge else 0.0
    return "left" if share < 0.15 else "right" if share > 0.85 else "center"


def _billionths(rate: float | int) -> int:
    """A whole number counts billionths already; anything else is a share."""
    return rate if isinstance(rate, int) else rate_units(rate)


def _rate_text(rate: int, words: Words) -> str:
    """As many decimals as the rate has, at least one, at most three."""
    digits = next((d for d in (1, 2) if rate % 10 ** (7 - d) == 0), 3)
    return words.percent(rate / RATE_SCALE, digits)
