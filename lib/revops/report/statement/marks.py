"""What a person's drawings share: text and bars as static SVG, attainment and short amounts in words.

Colours are the page's CSS variables, so one drawing serves light, dark and print. Each is drawn for a wide and for a
narrow place, never scaled.
"""

from collections.abc import Sequence
from html import escape

from revops.report.tables import attainment_class
from revops.words import Words

WIDE, NARROW = (694, 136), (344, 190)


def svg(label: str, width: int, height: int, parts: Sequence[str]) -> str:
    """A drawing of its own size, named for who cannot see it."""
    return (
        f'<svg class="marks" role="img" aria-label="{escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="var(--font)">{"".join(parts)}</svg>'
    )


def text(
    x: float, y: float, content: str, fill: str = "ink", size: float = 11.5, weight: int = 400, anchor: str = "middle"
) -> str:
    """A text in a colour of the page."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="var(--{fill})" font-size="{size}" '
        f'font-weight="{weight}">{escape(content)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = "ink-2", more: str = "") -> str:
    """A straight line in a colour of the page."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="var(--{stroke})"{more}/>'


def history_svg(
    months: list[tuple[str, str, float | None, str, bool]], words: Words, width: int, height: int, label: str = ""
) -> str:
    """Bars of months: (month, figure, amount or None, attainment text, is this month) oldest first."""
    top = max([paid or 0 for _, _, paid, _, _ in months] + [0.0]) or 1.0
    step, base = width / max(len(months), 1), height - 18
    parts = [line(0, base, width, base)]
    for n, (month, figure, paid, _, is_now) in enumerate(months):
        middle = round((n + 0.5) * step, 1)
        tall = round((paid or 0) / top * (base - 18), 1)
        parts.append(
            f'<rect x="{middle - step * 0.35:.1f}" y="{base - tall:.1f}" width="{step * 0.7:.1f}" height="{tall}" '
            f'fill="var(--{"ac" if is_now else "py"})"/>'
        )
        parts.append(text(middle, base - tall - 5, figure, weight=600))
        parts.append(text(middle, height - 4, month, "ink-2"))
    return svg(label or words.t("incentives.statement.history_label"), width, height, parts)


def attainment_row(shares: list[float | None], words: Words, bounds: Sequence[float] = ()) -> str:
    """One row of cells under the months: attainment in seven colours."""
    cells = "".join(
        f'<td class="{attainment_class(share)}">'
        f"{escape(attained_text(words, share, bounds) if share is not None else words.t('common.nothing'))}</td>"
        for share in shares
    )
    return f'<table class="at"><tbody><tr>{cells}</tr></tbody></table>'


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


def short(words: Words, amount: int) -> str:
    """A short amount with as few digits as name it, at most three: ₫8m, ₫85m, ₫12.4m."""
    size = len(str(abs(amount)))
    digits = next((n for n in (1, 2) if size > n and amount % 10 ** (size - n) == 0), 3)
    return words.money_short(amount, digits)
