"""The two drawings of a statement as static SVG: the tier ladder, where area is money, and the months behind.

Colours are the page's CSS variables, so one drawing serves light, dark and print. Each is drawn for a wide and for a
narrow place, never scaled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from revops.incentives.scales import Scale, Step
from revops.report.tables import attainment_class
from revops.words import Words

FONT = 'font-family="var(--font)"'


@dataclass(frozen=True)
class Ladder:
    """What the ladder shows: the scale, credit and the next deal in money units, the attainment."""

    scale: Scale
    credit: Fraction
    more: Fraction
    attainment: float | None
    quota: int | None
    cap: Fraction | None = None

    @property
    def paid_more(self) -> Fraction:
        """The part of `more` that is still paid: up to the credit at which the cap is reached."""
        return min(self.more, max(up_to(self) - max(self.credit, Fraction(0)), Fraction(0)))

    @property
    def is_cut(self) -> bool:
        """Whether the cap bites within `more`."""
        return self.cap is not None and self.scale.earned(self.credit + self.more) > self.cap

    @property
    def bounds(self) -> list[float]:
        """The tiers' bounds as shares of the quota."""
        return [float(step.start / self.quota) for step in self.scale.steps if step.start > 0] if self.quota else []


def up_to(ladder: Ladder) -> Fraction:
    """The least credit whose commission reaches the cap; the reach of the next deal where it does not."""
    reach = max(ladder.credit, Fraction(0)) + ladder.more
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
    """A rectangle of the ladder in money units and rate; state: done, next or open."""

    start: Fraction
    end: Fraction
    low: Fraction
    high: Fraction
    state: str


def boxes(ladder: Ladder, edge: Fraction) -> list[Box]:
    """The rectangles whose area is money: earned, added by the next deal, still open.

    On a whole scale the next deal may lift the rate of everything before: that strip is part of what it adds.
    """
    done = max(ladder.credit, Fraction(0))
    end = done + ladder.paid_more
    steps = ladder.scale.steps
    found = [Box(s.start, s.end if s.end is not None else edge, Fraction(0), s.rate, "open") for s in steps]
    if ladder.scale.is_whole:
        now, then = ladder.scale.at(done).rate, ladder.scale.at(end).rate
        if ladder.cap is not None and end > 0:  # a jump past the cap is paid up to the cap only
            then = min(then, max(ladder.cap / end, now))
        found += [Box(Fraction(0), done, Fraction(0), now, "done"), Box(done, end, Fraction(0), then, "next")]
        return found + ([Box(Fraction(0), done, now, then, "next")] if then > now else [])
    for step in steps:
        top = step.end if step.end is not None else max(edge, end)
        found.append(Box(step.start, min(top, done), Fraction(0), step.rate, "done"))
        found.append(Box(max(step.start, done), min(top, end), Fraction(0), step.rate, "next"))
    return found


def ladder_svg(ladder: Ladder, words: Words, width: int, height: int) -> str:
    """The ladder: rate by credited revenue, filled what is earned, hatched what the next deal adds."""
    edge = edge_of(ladder)
    drawn = _Drawing(ladder, words, width, height, edge)
    parts = [drawn.box(box) for box in boxes(ladder, edge) if box.end > box.start and box.high > box.low]
    parts += [drawn.cliffs(), drawn.axis(), drawn.rates(), drawn.money(), drawn.here()]
    label = escape(words.t("incentives.statement.ladder_label"))
    return (
        f'<svg class="marks" role="img" aria-label="{label}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" {FONT}>{"".join(parts)}</svg>'
    )


def edge_of(ladder: Ladder) -> Fraction:
    """Where the axis ends: past the last bound and past the next deal."""
    bound = max(step.start for step in ladder.scale.steps)
    reach = max(ladder.credit, Fraction(0)) + ladder.more
    return max(bound * Fraction(5, 4), reach * Fraction(21, 20), Fraction(ladder.quota or 0), Fraction(1))


class _Drawing:
    """Places of one ladder: money units across, rates up."""

    HEAD, FOOT = 34, 18

    def __init__(self, ladder: Ladder, words: Words, width: int, height: int, edge: Fraction):
        self.ladder, self.words, self.width, self.height, self.edge = ladder, words, width, height, edge
        self.top = max((step.rate for step in ladder.scale.steps), default=Fraction(0)) or Fraction(1)

    def x(self, amount: Fraction) -> float:
        return round(float(amount / self.edge) * (self.width - 2) + 1, 1)

    def y(self, rate: Fraction) -> float:
        base = self.height - self.FOOT
        return round(base - float(rate / self.top) * (base - self.HEAD), 1)

    def box(self, box: Box) -> str:
        style = {
            "done": 'fill="var(--ac)" stroke="var(--ac)"',
            "next": 'fill="url(#hatch-accent)" stroke="var(--accent)"',
            "open": 'fill="none" stroke="var(--line-2)"',
        }[box.state]
        left, top = self.x(box.start), self.y(box.high)
        width, height = self.x(box.end) - left, self.y(box.low) - top
        return f'<rect x="{left}" y="{top}" width="{width:.1f}" height="{height:.1f}" {style}/>'

    def passed(self, step: Step) -> bool:
        """Whether a whole scale has left this step behind: its rate no longer pays anything."""
        return self.ladder.scale.is_whole and step.rate < self.ladder.scale.at(self.ladder.credit).rate

    def cliffs(self) -> str:
        """The lower steps of a whole scale inside the filled area: where the rate of everything jumped."""
        parts = []
        for step in self.ladder.scale.steps:
            if self.passed(step) and step.end is not None:
                left, right, top = self.x(step.start), self.x(step.end), self.y(step.rate)
                line = f"M{left} {top}H{right}V{self.height - self.FOOT}"
                parts.append(f'<path d="{line}" fill="none" stroke="var(--bg)" stroke-dasharray="3 3" opacity=".8"/>')
        return "".join(parts)

    def axis(self) -> str:
        base = self.height - self.FOOT
        line = f'<line x1="1" x2="{self.width - 1}" y1="{base}" y2="{base}" stroke="var(--ink-2)"/>'
        labels, free = [], -1.0
        for step in self.ladder.scale.steps:
            text = self._bound(step.start)
            half = 3.2 * len(text)
            x = min(max(self.x(step.start), half), self.width - half)
            if x - half > free:
                labels.append(self.text(x, self.height - 4, text, "var(--ink-2)", 11.5, 400))
                free = x + half
        return line + "".join(labels)

    def _bound(self, amount: Fraction) -> str:
        words, quota = self.words, self.ladder.quota
        if amount == 0:
            return "0"
        power, _ = unit_of(self.ladder, words)
        figure = words.scaled(int(amount), power, 0 if self.edge >= 50 * 10 ** (power + words.money_decimals) else 1)
        share = words.percent(float(amount / quota), 0) if quota else ""
        narrow = self.width < 500
        return share if share and narrow else " · ".join(filter(None, [share, figure]))

    def rates(self) -> str:
        steps, parts = self.ladder.scale.steps, []
        for step in steps:
            text = rate_text(self.words, step.rate)
            left, right = self.x(step.start), self.x(step.end if step.end is not None else self.edge)
            x = min(max((left + right) / 2 if step is steps[-1] else left + 22, 14), self.width - 16)
            here = self.x(max(self.ladder.credit, Fraction(0)))
            if abs(x - here) < 22:
                x = here + 24 if here + 46 < right else here - 24
            fill = "var(--bg)" if self.passed(step) else "var(--ink)"
            parts.append(self.text(x, self.y(step.rate) - 5, text, fill, 13, 700))
        return "".join(parts)

    def money(self) -> str:
        """Money inside each filled box; where the last is too narrow, its money stands left of it with an arrow."""
        parts, before = [], 0.0
        filled = [b for b in boxes(self.ladder, self.edge) if b.state == "done" and b.end > b.start]
        for box in filled:
            text = self.words.money(int((box.end - box.start) * (box.high - box.low)))
            left, right = self.x(box.start), self.x(box.end)
            tall = self.y(box.low) - self.y(box.high)
            if right - left > 7 * len(text) and tall > 16:
                parts.append(self.text((left + right) / 2, self.y(box.high) + tall / 2 + 4, text, "var(--bg)", 12, 600))
            elif box is filled[-1] and left - before > 7.5 * len(text) + 60 and tall > 40:
                parts.append(self.text(left - 6, self.y(box.high) + 18, f"{text} →", "var(--ink)", 12, 600, "end"))
            before = left
        return "".join(parts)

    def here(self) -> str:
        share = self.ladder.attainment
        if share is None:
            text = self.words.money_short(int(self.ladder.credit))
        else:
            shown = share_text(self.words, share, self.ladder.bounds)
            text = self.words.t("common.chart.you_are_here", attainment=shown)
        x = self.x(max(self.ladder.credit, Fraction(0)))
        half = 3.6 * len(text)
        place = min(max(x, half), self.width - half)
        line = (
            f'<line x1="{x}" x2="{x}" y1="18" y2="{self.height - self.FOOT}" stroke="var(--accent)" stroke-width="2"/>'
        )
        return line + self.text(place, 12, text, "var(--accent)", 12.5, 700)

    @staticmethod
    def text(x: float, y: float, text: str, fill: str, size: float, weight: int, anchor: str = "middle") -> str:
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size}" '
            f'font-weight="{weight}">{escape(text)}</text>'
        )


def rate_text(words: Words, rate: Fraction) -> str:
    """A rate with as many digits as it needs, at least one from 1 % on: 0.8 %, 2 %, 0.15 %."""
    percent = rate * 100
    digits = next((n for n in range(5) if (percent * 10**n).denominator == 1), 4)
    return words.percent(float(rate), digits)


def history_svg(
    months: list[tuple[str, str, float | None, str, bool]], words: Words, width: int, height: int, label: str = ""
) -> str:
    """Bars of months: (month, figure, amount or None, attainment text, is this month) oldest first."""
    top = max([paid or 0 for _, _, paid, _, _ in months] + [0.0]) or 1.0
    step, base = width / max(len(months), 1), height - 18
    parts = [f'<line x1="0" x2="{width}" y1="{base}" y2="{base}" stroke="var(--ink-2)"/>']
    for n, (month, figure, paid, _, is_now) in enumerate(months):
        middle = round((n + 0.5) * step, 1)
        tall = round((paid or 0) / top * (base - 18), 1)
        fill = "var(--ac)" if is_now else "var(--py)"
        parts.append(
            f'<rect x="{middle - step * 0.35:.1f}" y="{base - tall:.1f}" width="{step * 0.7:.1f}" height="{tall}" '
            f'fill="{fill}"/>'
        )
        parts.append(_Drawing.text(middle, base - tall - 5, figure, "var(--ink)", 11.5, 600))
        parts.append(_Drawing.text(middle, height - 4, month, "var(--ink-2)", 11.5, 400))
    label = label or words.t("incentives.statement.history_label")
    return (
        f'<svg class="marks" role="img" aria-label="{escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" {FONT}>{"".join(parts)}</svg>'
    )


def attainment_row(shares: list[float | None], words: Words, bounds: Sequence[float] = ()) -> str:
    """One row of cells under the months: attainment in seven colours."""
    cells = "".join(
        f'<td class="{attainment_class(share)}">'
        f"{escape(attained_text(words, share, bounds) if share is not None else words.t('common.nothing'))}</td>"
        for share in shares
    )
    return f'<table class="at"><tbody><tr>{cells}</tr></tbody></table>'


def next_terms(ladder: Ladder, words: Words) -> str:
    """The next deal's arithmetic: '₫144m × 2% + ₫6m × 2.5%', or both amounts where a whole scale lifts the rate."""
    done = max(ladder.credit, Fraction(0))

    def figure(amount: Fraction) -> str:
        return short(words, int(amount))

    if ladder.scale.is_whole:
        more = ladder.paid_more
        now, then = ladder.scale.at(done).rate, ladder.scale.at(done + more).rate
        if then == now:
            return f"{figure(more)} × {rate_text(words, now)}"
        after = f"{figure(done + more)} × {rate_text(words, then)}"
        return f"{after} − {figure(done)} × {rate_text(words, now)}"
    parts = [box for box in boxes(ladder, done + ladder.paid_more) if box.state == "next" and box.end > box.start]
    return " + ".join(f"{figure(box.end - box.start)} × {rate_text(words, box.high)}" for box in parts)


def attained_text(words: Words, share: float, bounds: Sequence[float] = ()) -> str:
    """Attainment in whole percents; what is just below the quota, or another bound, never reads as reached.

    >>> from revops.words import Words
    >>> [attained_text(Words("en", "VND", 0), share) for share in (0.9993, 1.0, 1.0849)]
    ['99.9%', '100%', '108%']
    >>> attained_text(Words("en", "VND", 0), 0.896, [0.9])
    '89.6%'
    """
    if any(share < bound <= round(share, 2) for bound in (1, *bounds)):
        return share_text(words, share, bounds)
    return words.percent(share, 0)


def share_text(words: Words, share: float, bounds: Sequence[float] = ()) -> str:
    """Attainment with one decimal, cut where rounding would pass the quota or another bound.

    >>> from revops.words import Words
    >>> [share_text(Words("en", "VND", 0), share, [0.9]) for share in (0.8959, 0.8998, 0.9, 0.9999)]
    ['89.6%', '89.9%', '90.0%', '99.9%']
    """
    passed = [bound for bound in (1, *bounds) if share < bound <= round(share, 3)]
    return words.percent(min(passed) - 0.001 if passed else share, 1)


def unit_of(ladder: Ladder, words: Words) -> tuple[int, str]:
    """The unit of the ladder's axis: that of its smallest bound."""
    return words.unit(int(min((step.start for step in ladder.scale.steps if step.start > 0), default=edge_of(ladder))))


def short(words: Words, amount: int) -> str:
    """A short amount with as few digits as name it, at most three: ₫8m, ₫85m, ₫12.4m."""
    size = len(str(abs(amount)))
    digits = next((n for n in (1, 2) if size > n and amount % 10 ** (size - n) == 0), 3)
    return words.money_short(amount, digits)
