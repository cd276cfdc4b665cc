"""Marks that stand in the cells of the quota tables: the strip of scenarios, the bar of pace; decoration only."""

from collections.abc import Mapping
from html import escape

from revops.report.tables import bullet_html
from revops.words import Words

WIDE, TALL = 300, 24
LINE, RAISED = 14.0, 4.8  # where marks stand, and where those stand that would be hidden
NEAR = 11.0  # px within which one mark hides another
FAR = 2.0  # a person beyond so many times the next is drawn off the scale
SHAPES = {"A": "circle", "B": "square", "C": "diamond"}  # further scenarios are marked by their letters
LETTER = 'style="fill:var(--ink-2);stroke:var(--bg);stroke-width:2.5;paint-order:stroke"'


class Strip:
    """One scale for all strips of a table: from the least to the largest amount of `people`, a list each.

    One person far beyond all others would press everybody else together: such a one is drawn as an arrow.
    """

    def __init__(self, people: list[list[int]], words: Words):
        self.words = words
        tops = sorted(max(amounts) for amounts in people if amounts)
        self.low = min((amount for amounts in people for amount in amounts), default=0)
        self.largest = tops[-1] if tops else 1
        self.high = tops[-2] if len(tops) > 2 and tops[-1] > FAR * tops[-2] > 0 else self.largest
        self.power, self.unit = words.unit(self.largest)

    @property
    def is_cut(self) -> bool:
        """Whether somebody stands beyond the scale."""
        return self.largest > self.high

    def at(self, amount: int) -> float:
        """Place on the strip in px, 12 px clear of both ends."""
        return 12 + (WIDE - 24) * (amount - self.low) / max(1, self.high - self.low)

    def head(self) -> str:
        """The scale over the strips: round amounts of the table's unit at their places."""
        ticks = "".join(
            f'<text x="{self.at(tick):.1f}" y="12" text-anchor="middle" font-size="11" style="fill:var(--ink-3)">'
            f"{escape(self.words.scaled(tick, self.power, self._digits))}</text>"
            for tick in self._ticks()
        )
        return _svg(ticks, 16)

    @property
    def _digits(self) -> int:
        return 0 if (self.words.in_unit(self.high - self.low, self.power) or 0) >= 4 else 1

    def _ticks(self) -> list[int]:
        room = max(1, self.high - self.low)
        steps = [base * 10**power for power in range(24) for base in (1, 2, 5)]
        step = next(step for step in steps if step * 5 >= room)
        return list(range(-(-self.low // step) * step, self.high + 1, step))

    def row(self, marks: Mapping[str, int], chosen: str) -> str:
        """One person: a tick for this year ('now'), open marks for the scenarios, × for flat, a disc for the chosen."""
        if max(marks.values()) > self.high:
            return _svg(ARROW, TALL)
        thread = _line(self.at(min(marks.values())), self.at(max(marks.values())))
        now = _mark("now", self.at(marks["now"]), False) if "now" in marks else ""
        letters = sorted(key for key in marks if key not in (chosen, "now", "flat"))
        order = [key for key in (chosen, *letters, "flat") if key in marks]
        places = _apart([self.at(marks[key]) for key in order])
        parts = "".join(_mark(key, x, key == chosen, y) for key, (x, y) in zip(order, places, strict=True))
        return _svg(thread + now + parts, TALL)


ARROW = (
    f'<path d="M{WIDE - 40} {TALL / 2}h28m-6 -4.5l6 4.5l-6 4.5" '
    'style="stroke:var(--ink-2);stroke-width:1.4;fill:none"/>'
)  # fmt: skip


def _apart(places: list[float]) -> list[tuple[float, float]]:
    """Marks at these places, the first in its own; one that would hide or be hidden is raised, then set aside."""
    found: list[tuple[float, float]] = []
    for place in places:
        tried = [(place, LINE), (place, RAISED), (place + NEAR, RAISED), (place - NEAR, RAISED)]
        free = (
            at for at in tried if 6 <= at[0] <= WIDE - 6 and all(y != at[1] or abs(x - at[0]) >= NEAR for x, y in found)
        )
        found.append(next(free, tried[1]))
    return found


def symbol(key: str, chosen: bool) -> str:
    """A mark as the caption shows it."""
    return _svg(_mark(key, 8, chosen, 8, 7), 16, 16, "style='vertical-align:-3px'")


def _svg(inner: str, tall: int, wide: int = WIDE, more: str = "style='display:block'") -> str:
    return f'<svg width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}" aria-hidden="true" {more}>{inner}</svg>'


def _line(start: float, end: float) -> str:
    return f'<path d="M{start:.1f} {LINE}H{end:.1f}" style="stroke:var(--line-2);stroke-width:1"/>'


def _mark(key: str, x: float, is_chosen: bool, y: float = LINE, reach: float = 10) -> str:
    if is_chosen:
        disc = f'<circle cx="{x:.1f}" cy="{y}" r="7.5" style="fill:var(--accent)"/>'
        return disc + (
            f'<text x="{x:.1f}" y="{y + 3.6}" text-anchor="middle" font-size="10" font-weight="700" '
            f'style="fill:var(--bg)">{escape(key)}</text>'
        )
    if key == "now":
        return f'<path d="M{x:.1f} {y - reach}v{2 * reach}" style="stroke:var(--ac);stroke-width:2"/>'
    if key == "flat":
        return f'<path d="M{x - 4:.1f} {y - 4}l8 8m0 -8l-8 8" style="stroke:var(--bad);stroke-width:2;fill:none"/>'
    open_ = 'style="fill:var(--bg);stroke:var(--ink-2);stroke-width:1.3"'
    if key not in SHAPES:
        return f'<text x="{x:.1f}" y="{y + 4}" text-anchor="middle" font-size="11" {LETTER}>{escape(key)}</text>'
    if SHAPES[key] == "circle":
        return f'<circle cx="{x:.1f}" cy="{y}" r="4.3" {open_}/>'
    if SHAPES[key] == "square":
        return f'<rect x="{x - 4:.1f}" y="{y - 4}" width="8" height="8" {open_}/>'
    return f'<path d="M{x:.1f} {y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5z" {open_}/>'


def pace_bar(done: float, end: float | None, pace: float, top: float, bounds: tuple[float, float] | None = None) -> str:
    """Solid to date, hatched to the projected end, its interval as a whisker; framed quota, accent rule at the pace."""
    return bullet_html(done, 1, None, top, end, pace, bounds)


def pace_head(pace: float | None, pace_text: str, quota_text: str, top: float) -> str:
    """The names over the bars: the common pace in accent, the quota at 100 %; aside where they would touch."""
    apart = 100.0 if pace is None else abs(pace - 1) * 100 / top
    near = apart < 25
    names = _name_at(100 / top, quota_text, "0" if near else "-50%", "aim")
    if pace is not None and apart >= 5:
        names += _name_at(100 * pace / top, pace_text, "-100%" if near else "-50%", "due")
    return f"<div style='position:relative;height:17px'>{names}</div>"


def _name_at(left: float, text: str, shift: str, css: str) -> str:
    style = f"position:absolute;left:{left:.2f}%;transform:translateX({shift});white-space:nowrap"
    return f"<span class='{css}' style='{style}'>{escape(text)}</span>"
