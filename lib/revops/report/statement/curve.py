"""Pay by credit as static SVG, for scales that pay for being reached: thresholds, matrices; and for curves.

The line is what the window pays at each credit; a jump is a dashed upright with what reaching it pays. Solid up to the
person's place, striped where the next deal lies, thin beyond.
"""

from fractions import Fraction

from revops.incentives.scales import rounded
from revops.report.statement.ladder import ZERO, Axis, Ladder
from revops.report.statement.marks import line, svg, text
from revops.words import Words


def curve_svg(ladder: Ladder, units: Words, words: Words, width: int, height: int) -> str:
    """The curve; `units` tell credits (money or what is counted), `words` money."""
    drawn = _Curve(ladder, units, words, width, height)
    parts = [drawn.pieces(), drawn.axis(), drawn.jumps(), drawn.here(), drawn.place()]
    return svg(words.t("incentives.statement.curve_label"), width, height, parts)


class _Curve(Axis):
    """Places of one curve: credits across, pay up."""

    HEAD = 36

    def __init__(self, ladder: Ladder, units: Words, words: Words, width: int, height: int):
        super().__init__(ladder, units, words, width, height)
        self.top = max(ladder.scale.earned(self.edge), ladder.scale.earned(ladder.done)) or Fraction(1)

    def y(self, pay: Fraction) -> float:
        base = self.height - self.FOOT
        return round(base - float(pay / self.top) * (base - self.HEAD), 1)

    def pieces(self) -> str:
        """The line in three parts: earned, added by the next deal, beyond."""
        done, reach = self.ladder.done, self.ladder.done + self.ladder.paid_more
        looks = [(ZERO, done, "ac", 3.0), (done, reach, "accent", 3.0), (reach, self.edge, "line-2", 1.5)]
        return "".join(self._drawn(*look) for look in looks if look[1] > look[0])

    def _drawn(self, low: Fraction, high: Fraction, colour: str, thick: float) -> str:
        paths = []
        for step in self.ladder.scale.steps:
            start, end = max(step.start, low), min(step.end if step.end is not None else high, high)
            if end > start:
                points = f"M{self.x(start)} {self.y(step.earned(start))}L{self.x(end)} {self.y(step.earned(end))}"
                paths.append(f'<path d="{points}" fill="none" stroke="var(--{colour})" stroke-width="{thick}"/>')
        return "".join(paths)

    def jumps(self) -> str:
        """Each step that pays for being reached: an upright from what was earned before to what is then."""
        parts, before = [], ZERO
        for step in self.ladder.scale.steps:
            if step.paid > before:
                x, low, high = self.x(step.start), self.y(before), self.y(step.paid)
                parts.append(line(x, low, x, high, "ink-3", ' stroke-dasharray="3 3"'))
                label = f"+{self.words.money_short(int(step.paid - before))}"
                parts.append(text(x - 5, min(high + 12, low - 4), label, "ink", 12, 600, "end"))
            before = step.earned(step.end) if step.end is not None else before
        return "".join(parts)

    def place(self) -> str:
        """A dot where the person is, with what the window has earned there."""
        ladder = self.ladder
        earned = ladder.scale.earned(ladder.done)
        x, y = self.x(ladder.done), self.y(earned)
        label = self.words.money(rounded(earned))
        side = "end" if x > self.width / 2 else "start"
        away = -9 if side == "end" else 9
        dot = f'<circle cx="{x}" cy="{y}" r="4.5" fill="var(--accent)" stroke="var(--bg)" stroke-width="1.5"/>'
        return dot + text(x + away, y - 7, label, "ink", 12, 600, side)
