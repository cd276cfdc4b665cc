"""The tier ladder of a statement: rate by credit as static SVG, so that area is money.

Filled is what the month earned, grey what earlier months of the same window did, hatched what more sales would add.
"""

from dataclasses import dataclass
from fractions import Fraction

from revops.incentives.reasons import rate as rate_text
from revops.incentives.scales import Scale, Step, rounded
from revops.report.statement.marks import line, share_text, short, svg, text
from revops.words import Words

ZERO = Fraction(0)


@dataclass(frozen=True)
class Ladder:
    """The scale, the window's credit and more of it, in money units or counts; `start`: its credit before the month."""

    scale: Scale
    credit: Fraction
    more: Fraction
    attainment: float | None
    quota: int | None
    cap: Fraction | None = None
    start: Fraction = ZERO

    @property
    def done(self) -> Fraction:
        """The credit that fills the drawing."""
        return max(self.credit, ZERO)

    @property
    def has_jumps(self) -> bool:
        """Whether something is paid for reaching a step, so that areas are not all of the money."""
        steps = self.scale.steps
        ends = [ZERO, *(step.earned(step.end) for step in steps if step.end is not None)]
        return not self.scale.is_whole and any(step.paid != end for step, end in zip(steps, ends, strict=True))

    @property
    def paid_more(self) -> Fraction:
        """The part of `more` that is still paid: up to the credit at which the cap is reached."""
        return min(self.more, max(up_to(self) - self.done, ZERO))

    @property
    def is_cut(self) -> bool:
        """Whether the cap bites within `more`."""
        return self.cap is not None and self.scale.earned(self.credit + self.more) > self.cap

    @property
    def bounds(self) -> list[float]:
        """The tiers' bounds as shares of the quota."""
        return [float(step.start / self.quota) for step in self.scale.steps if step.start > 0] if self.quota else []

    @property
    def edge(self) -> Fraction:
        """Where the axis ends: past the last bound and past the next deal."""
        bound = max(step.start for step in self.scale.steps)
        return max(
            bound * Fraction(5, 4), (self.done + self.more) * Fraction(21, 20), Fraction(self.quota or 0), Fraction(1)
        )


def up_to(ladder: Ladder) -> Fraction:
    """The least credit whose commission reaches the cap; the reach of the next deal where it does not."""
    reach = ladder.done + ladder.more
    if ladder.cap is None:
        return reach
    for step in ladder.scale.steps:
        if step.paid >= ladder.cap:
            return step.start
        needed = step.start + (ladder.cap - step.paid) / step.rate if step.rate > 0 else None
        if needed is not None and (step.end is None or needed < step.end):
            return needed
    return reach


@dataclass(frozen=True)
class Box:
    """A rectangle of the ladder in credit and rate; state: earlier, done, next or open."""

    start: Fraction
    end: Fraction
    low: Fraction
    high: Fraction
    state: str


def boxes(ladder: Ladder, edge: Fraction) -> list[Box]:
    """The rectangles whose area is money: earned before the month and in it, added by the next deal, still open.

    On a whole scale more credit may lift the rate of everything before: that strip is part of what it adds.
    """
    start, done = max(min(ladder.start, ladder.done), ZERO), ladder.done
    marks = [("earlier", ZERO, start), ("done", start, done), ("next", done, done + ladder.paid_more)]
    steps = ladder.scale.steps
    found = [Box(s.start, s.end if s.end is not None else edge, ZERO, s.rate, "open") for s in steps]
    if ladder.scale.is_whole:
        before = ZERO
        for state, low, high in marks:
            rate = _reached(ladder, high) if high > low else before
            found += [Box(low, high, ZERO, rate, state)]
            found += [Box(ZERO, low, before, rate, state)] if rate > before and low > 0 else []
            before = rate if high > low else before
    else:
        for step in steps:
            top = step.end if step.end is not None else max(edge, done + ladder.paid_more)
            found += [Box(max(step.start, low), min(top, high), ZERO, step.rate, state) for state, low, high in marks]
    return [box for box in found if box.end > box.start and box.high > box.low]


def _reached(ladder: Ladder, credit: Fraction) -> Fraction:
    """The rate of everything at a credit; a jump past the cap is paid up to the cap only."""
    rate = ladder.scale.at(credit).rate
    if ladder.cap is None or credit <= ladder.done:
        return rate
    return min(rate, max(ladder.cap / credit, ladder.scale.at(ladder.done).rate))


def ladder_svg(ladder: Ladder, units: Words, words: Words, width: int, height: int) -> str:
    """The ladder; `units` tell credits (money or what is counted), `words` money."""
    drawn = _Drawing(ladder, units, words, width, height)
    parts = [*map(drawn.box, drawn.boxes), drawn.cliffs(), drawn.axis(), drawn.rates(), drawn.money(), drawn.here()]
    return svg(words.t("incentives.statement.ladder_label"), width, height, parts)


FILLS = {
    "earlier": 'fill="var(--py)" stroke="var(--py)"',
    "done": 'fill="var(--ac)" stroke="var(--ac)"',
    "next": 'fill="url(#hatch-accent)" stroke="var(--accent)"',
    "open": 'fill="none" stroke="var(--line-2)"',
}


class Axis:
    """Places across: credits from 0 to the edge, with the bounds of the scale below the line."""

    FOOT = 18

    def __init__(self, ladder: Ladder, units: Words, words: Words, width: int, height: int):
        self.ladder, self.units, self.words, self.width, self.height = ladder, units, words, width, height
        self.edge = ladder.edge

    def x(self, credit: Fraction) -> float:
        """The place of a credit."""
        return round(float(credit / self.edge) * (self.width - 2) + 1, 1)

    def axis(self) -> str:
        """The line with the bounds of the scale that have room."""
        base = self.height - self.FOOT
        parts, free = [line(1, base, self.width - 1, base)], -1.0
        for step in self.ladder.scale.steps:
            label = self._bound(step.start)
            half = 3.2 * len(label)
            x = min(max(self.x(step.start), half), self.width - half)
            if x - half > free:
                parts.append(text(x, self.height - 4, label, "ink-2"))
                free = x + half
        return "".join(parts)

    def _bound(self, credit: Fraction) -> str:
        if credit == 0:
            return "0"
        power, _ = unit_of(self.ladder, self.units)
        digits = 0 if self.edge >= 50 * 10 ** (power + self.units.money_decimals) else 1
        share = self.words.percent(float(credit / self.ladder.quota), 0) if self.ladder.quota else ""
        if share and self.width < 500:
            return share
        return " · ".join(filter(None, [share, self.units.scaled(int(credit), power, digits)]))

    def here(self) -> str:
        """The upright at the person's place, with the attainment."""
        share = self.ladder.attainment
        if share is None:
            label = self.units.money_short(int(self.ladder.credit))
        else:
            shown = share_text(self.words, share, self.ladder.bounds)
            label = self.words.t("common.chart.you_are_here", attainment=shown)
        x, half = self.x(self.ladder.done), 3.6 * len(label)
        mark = line(x, 18, x, self.height - self.FOOT, "accent", ' stroke-width="2"')
        return mark + text(min(max(x, half), self.width - half), 12, label, "accent", 12.5, 700)


class _Drawing(Axis):
    """Places of one ladder: credits across, rates up."""

    HEAD = 34

    def __init__(self, ladder: Ladder, units: Words, words: Words, width: int, height: int):
        super().__init__(ladder, units, words, width, height)
        self.boxes = boxes(ladder, self.edge)
        self.top = max((step.rate for step in ladder.scale.steps), default=ZERO) or Fraction(1)

    def y(self, rate: Fraction) -> float:
        base = self.height - self.FOOT
        return round(base - float(rate / self.top) * (base - self.HEAD), 1)

    def box(self, box: Box) -> str:
        left, top = self.x(box.start), self.y(box.high)
        width, height = self.x(box.end) - left, self.y(box.low) - top
        return f'<rect x="{left}" y="{top}" width="{width:.1f}" height="{height:.1f}" {FILLS[box.state]}/>'

    def passed(self, step: Step) -> bool:
        """Whether a whole scale has left this step behind: its rate no longer pays anything."""
        return self.ladder.scale.is_whole and step.rate < self.ladder.scale.at(self.ladder.credit).rate

    def lifted(self, step: Step) -> bool:
        """Whether a whole scale stands on this step and more credit lifts the rate of everything: stripes lie above."""
        ladder = self.ladder
        now, then = (ladder.scale.at(credit).rate for credit in (ladder.done, ladder.done + ladder.paid_more))
        return ladder.scale.is_whole and step.rate == now < then

    def cliffs(self) -> str:
        """The lower steps of a whole scale inside the filled area: where the rate of everything jumped."""
        parts = []
        for step in self.ladder.scale.steps:
            if self.passed(step) and step.end is not None:
                left, right, top = self.x(step.start), self.x(step.end), self.y(step.rate)
                path = f"M{left} {top}H{right}V{self.height - self.FOOT}"
                parts.append(f'<path d="{path}" fill="none" stroke="var(--bg)" stroke-dasharray="3 3" opacity=".8"/>')
        return "".join(parts)

    def rates(self) -> str:
        steps, parts = self.ladder.scale.steps, []
        here = self.x(self.ladder.done)
        for step in steps:
            left, right = self.x(step.start), self.x(step.end if step.end is not None else self.edge)
            x = min(max((left + right) / 2 if step is steps[-1] else left + 22, 14), self.width - 16)
            if abs(x - here) < 22:
                x = here + 24 if here + 46 < right else here - 24
            is_below, fill = self.lifted(step), "bg" if self.passed(step) or self.lifted(step) else "ink"
            x = min(x, here - 24) if is_below else x
            y = self.y(step.rate) + (15 if is_below else -5)
            parts.append(text(x, y, rate_of(step.rate, self.units, self.words), fill, 13, 700))
        return "".join(parts)

    def money(self) -> str:
        """Money inside each filled box; where the last is too narrow, its money stands left of it with an arrow."""
        parts, before, roof = [], 0.0, 0.0
        filled = [box for box in self.boxes if box.state == "done"]
        for box in filled:
            label = self.words.money(rounded((box.end - box.start) * (box.high - box.low)))
            left, right = self.x(box.start), self.x(box.end)
            tall = self.y(box.low) - self.y(box.high)
            if right - left > 7 * len(label) and tall > 16:
                parts.append(text((left + right) / 2, self.y(box.high) + tall / 2 + 4, label, "bg", 12, 600))
            elif box is filled[-1] and left - before > 7.5 * len(label) + 60 and roof - self.y(box.high) > 24:
                parts.append(text(left - 6, self.y(box.high) + 18, f"{label} →", "ink", 12, 600, "end"))
            before, roof = left, self.y(box.high)
        return "".join(parts)


def rate_of(rate: Fraction, units: Words, words: Words) -> str:
    """A rate of money as a share; what a counted unit earns as money."""
    return rate_text(words, rate) if units is words else words.money_short(int(rate))


def unit_of(ladder: Ladder, units: Words) -> tuple[int, str]:
    """The unit of the axis: that of the scale's smallest bound."""
    return units.unit(int(min((step.start for step in ladder.scale.steps if step.start > 0), default=ladder.edge)))


def next_terms(ladder: Ladder, units: Words, words: Words) -> str:
    """The next deal's arithmetic: '₫144m × 2% + ₫6m × 2.5%', or both amounts where a whole scale lifts the rate."""
    done, more = ladder.done, ladder.paid_more

    def term(credit: Fraction, rate: Fraction) -> str:
        return f"{short(units, int(credit))} × {rate_of(rate, units, words)}"

    if ladder.scale.is_whole:
        now, then = ladder.scale.at(done).rate, ladder.scale.at(done + more).rate
        return term(more, now) if then == now else f"{term(done + more, then)} − {term(done, now)}"
    return " + ".join(term(box.end - box.start, box.high) for box in boxes(ladder, done + more) if box.state == "next")
