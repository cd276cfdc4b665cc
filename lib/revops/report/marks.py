"""Small static drawings as inline SVG with the page's colours: sparkline and bridge. No script, a few hundred bytes."""

from collections.abc import Sequence
from html import escape
from typing import Any

WIDE, TALL = 144.0, 30.0


def sparkline_svg(series: Sequence[float | None], plan: Sequence[float | None] = ()) -> str:
    """A line of the last periods with a dot at its end and the plan dotted behind; decoration beside the figure."""
    known = [float(v) for v in [*series, *plan] if v is not None]
    if len([v for v in series if v is not None]) < 2:
        return f'<svg viewBox="0 0 {WIDE:g} {TALL:g}" aria-hidden="true"></svg>'
    low, high = min(known), max(known)

    def points(values: Sequence[float | None]) -> list[tuple[float, float]]:
        step = (WIDE - 4) / max(len(values) - 1, 1)
        return [
            (2 + i * step, 26 - 22 * ((float(v) - low) / (high - low) if high > low else 0.5))
            for i, v in enumerate(values)
            if v is not None
        ]

    line, dotted = points(series), points(plan)
    x, y = line[-1]
    behind = _polyline(dotted, 'stroke="var(--ink-3)" stroke-width="1" stroke-dasharray="2 2.5"') if dotted else ""
    front = _polyline(line, 'stroke="var(--ac)" stroke-width="1.6" stroke-linejoin="round"')
    dot = (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--ac)" stroke-width="6" '
        'stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
    )
    return (
        f'<svg viewBox="0 0 {WIDE:g} {TALL:g}" preserveAspectRatio="none" aria-hidden="true">{behind}{front}{dot}</svg>'
    )


def bridge_svg(steps: Sequence[dict[str, Any]], width: int, label: str, zero_name: str) -> str:
    """Horizontal bars of a running sum around plan = 0, connected from row to row; see charts.bridge_steps."""
    names = max(len(step["name"]) for step in steps) * 6.4 + 8
    left, right = min(names, width * 0.38), 4.0
    low = min(0.0, *(s["low"] for s in steps))
    high = max(0.0, *(s["high"] for s in steps))
    room_left, room_right = (62.0 if low < 0 else 4.0), (62.0 if high > 0 or low == high else 4.0)
    unit = (width - left - right - room_left - room_right) / ((high - low) or 1)
    tall = min(25.6, 7 * 25.6 / len(steps))  # the summary is one screen, however many effects there are

    def at(value: float) -> float:
        return left + room_left + (value - low) * unit

    parts = []
    for row, step in enumerate(steps):
        y = row * tall
        middle = y + tall / 2
        parts.append(_text(left - 6, middle, step["name"], "end", "var(--ink)"))
        a, b = at(step["low"]), at(step["high"])
        if b - a > 0:
            parts.append(
                f'<rect x="{a:.1f}" y="{y + 4:.1f}" width="{b - a:.1f}" height="{tall - 8:.1f}" '
                f'style="fill:{step["fill"]}"/>'
            )
        if step["label"]:
            to_left, place = _label_place(step, a, b, at(0.0), left)
            tone = {"good": "var(--good)", "bad": "var(--bad)"}.get(step["tone"], "var(--ink-3)")
            parts.append(_text(place, middle, step["label"], "end" if to_left else "start", tone, 600))
        if step["next"] is not None and row + 1 < len(steps):
            x = at(step["sum"])
            parts.append(
                f'<path d="M{x:.1f} {y + tall - 4:.1f}V{y + tall + 4:.1f}" style="stroke:var(--ink-2);stroke-width:1"/>'
            )
    zero, bottom = at(0.0), len(steps) * tall
    parts.append(f'<path d="M{zero:.1f} 0V{bottom:.1f}" style="stroke:var(--ink);stroke-width:1.2"/>')
    anchor = "end" if zero > width / 2 else "start"
    parts.append(_text(zero + (-7 if anchor == "end" else 7), tall / 2, zero_name, anchor, "var(--ink-3)", size=11))
    return (
        f'<svg class="bridge" viewBox="0 0 {width} {bottom:.0f}" width="{width}" height="{bottom:.0f}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _label_place(step: dict[str, Any], a: float, b: float, zero: float, edge: float) -> tuple[bool, float]:
    """Whether a label stands to the left, and where: outside its bar, never across the zero line."""
    wide = 7.0 * len(step["label"]) + 8
    if step["side"] == "left":
        if not a - wide < zero < a - 1:
            return True, a - 6
        return (True, zero - 6) if zero - wide > edge else (False, b + 6)
    return False, zero + 6 if b + 1 < zero < b + wide else b + 6


def _polyline(points: list[tuple[float, float]], stroke: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" {stroke} vector-effect="non-scaling-stroke"/>'


def _text(x: float, y: float, text: str, anchor: str, fill: str, weight: int = 400, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" dy=".36em" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'style="fill:{fill}">{escape(text)}</text>'
    )
