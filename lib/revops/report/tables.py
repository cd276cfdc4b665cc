"""Tables: hairline rows, figures to the right, units in the head, variances as bars and pins around one zero line.

All money columns of a table share one unit and all its bars one scale, so that lengths can be compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any, Literal

from revops.report.display import Html, heading, scrolled
from revops.words import EVEN, Words

Kind = Literal[
    "text", "number", "percent", "points", "money", "money_short", "date", "month", "delta", "bar", "pin", "share",
    "bullet", "heat",
]  # fmt: skip
Line = Mapping[str, Any]
MONEY = {"money_short", "delta", "bar", "bullet"}
ATTAINMENT = (0.80, 0.90, 0.97, 1.03, 1.10, 1.20)  # d1…d7
ROOM = 27.0  # per cent of a bar cell kept for the figure on each side


@dataclass(frozen=True)
class Column:
    """One column: which field, what stands over it, how it is shown.

    kinds: text · number · percent · points (a difference of shares) · money (in full) · money_short (common unit) ·
    date · month · delta (signed money in the common unit) · bar (delta as a bar) · pin (relative variance as a pin) ·
    share (a plain bar of a number or amount from 0) · bullet (actual in the frame of `plan`, triangle at `last`,
    hatched to a projected `end`, an accent rule at what is `due`) · heat (attainment, seven colours).
    `signed` gives a figure its sign, arrow and colour; `better` is 'higher', 'lower' or 'none'.
    `reason` names the field that says why a ratio is undefined. `money=False` makes bars of plain numbers.
    `note` names a field that stands small under the cell, `tone` one that holds 'good', 'bad' or 'even'; `right` puts
    text that is a figure to the right; `link` names a field with the address that the cell leads to.
    """

    key: str
    head: str
    kind: Kind = "text"
    digits: int | None = None
    better: str = "higher"
    signed: bool = False
    arrow: bool = False
    strong: bool = False
    money: bool = True
    plan: str = ""
    last: str = ""
    end: str = ""
    due: str = ""
    reason: str = ""
    note: str = ""
    tone: str = ""
    link: str = ""
    right: bool = False
    width: int = 0


def table(
    frame: Any,
    columns: list[Column],
    title: str = "",
    who: str = "",
    *,
    words: Words,
    total: bool = False,
    level: str = "",
    mark: str = "",
    you: str = "",
    empty: str = "",
    fine: bool = False,
) -> Html:
    """A table of a frame (or of a list of rows) under its message.

    `total`: the last row is the sum. `level` names a whole-number field: 0 for a group's own row, 1 for what is under
    it. `mark` names a true/false field for rows to notice, `you` one for the reader's own row. `empty` is said where
    there are no rows. `fine` takes the next smaller unit where the largest amount but the sum has one digit.
    """
    lines = rows_of(frame)
    if not lines:
        return Html(heading(title, who) + f"<p class='say mut'>{escape(empty or words.t('common.nothing'))}</p>", title)
    scale = Scale(lines, columns, words, fine=max(len(lines) - total, 1) if fine else 0)
    head = "".join(_head(column, scale) for column in columns)
    body = "".join(
        f"<tr{_row_class(line, total and i == len(lines) - 1, level, mark, you)}>"
        + "".join(
            cell(line, column, scale, first=j == 0, is_total=total and i == len(lines) - 1)
            for j, column in enumerate(columns)
        )
        + "</tr>"
        for i, line in enumerate(lines)
    )
    html = scrolled(f"<tr>{head}</tr>", body)
    return Html(heading(title, who) + html, title or columns[0].head)


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Rows of a polars or pandas frame, or a list of mappings, as dicts."""
    if hasattr(frame, "to_dicts"):
        return list(frame.to_dicts())
    if hasattr(frame, "to_dict"):
        return list(frame.to_dict("records"))
    return [dict(line) for line in frame]


class Scale:
    """What all cells of a table share: the unit of money (the next smaller by `fine` rows), bars, pins, bullets."""

    def __init__(self, lines: list[dict[str, Any]], columns: Iterable[Column], words: Words, *, fine: int = 0):
        self.words = words
        columns = list(columns)
        keys = [c.key for c in columns if c.kind in MONEY | {"share"} and c.money]
        amounts = [abs(line.get(key) or 0) for line in lines for key in keys]
        largest = max(amounts, default=0)
        self.power, self.unit = words.unit(max(amounts[: fine * len(keys)], default=0) // 10 if fine else largest)
        self.digits = self._digits(largest)
        self.bar = self._range(lines, [c for c in columns if c.kind == "bar"])
        self.pin = self._range(lines, [c for c in columns if c.kind == "pin"])
        self.bullet = max(
            (abs(line[k]) for line in lines for c in columns for k in _bullet_keys(c) if line.get(k) is not None),
            default=0,
        )
        self.share = {
            c.key: max((line[c.key] for line in lines if line.get(c.key) is not None), default=0)
            for c in columns
            if c.kind == "share"
        }

    def _digits(self, largest: int) -> int:
        shown = abs(self.words.in_unit(largest, self.power) or 0)
        return 0 if self.power == 0 else (2 if shown < 100 else 1)

    @staticmethod
    def _range(lines: list[dict[str, Any]], columns: list[Column]) -> tuple[float, float]:
        values = [line[c.key] for line in lines for c in columns if line.get(c.key) is not None]
        return min([0.0, *values]), max([0.0, *values])


def cell(line: Line, column: Column, scale: Scale, *, first: bool = False, is_total: bool = False) -> str:
    """One cell; the first of a row is its head. A total leaves blank what cannot be summed."""
    value = line.get(column.key)
    tag, scope = ("th", " scope='row'") if first else ("td", "")
    tone = str(line.get(column.tone) or "") if column.tone else ""
    names = ["num" if _is_figure(column) else "", "strong" if column.strong else "", tone]
    classes = " ".join(filter(None, names))
    if column.kind == "heat" and not (is_total and value is None):
        classes += f" h {attainment_class(value)}"
    style = f" style='min-width:{column.width}px'" if column.width else ""
    if value is None:
        content = "" if is_total and not line.get(column.reason) else _undefined(line, column, scale.words)
    else:
        content = _content(line, value, column, scale)
    if column.link and line.get(column.link):
        content = f"<a href='{escape(str(line[column.link]))}'>{content}</a>"
    if column.note and line.get(column.note):
        content += f"<small>{escape(str(line[column.note]))}</small>"
    return f"<{tag}{scope} class='{classes.strip()}'{style}>{content}</{tag}>"


def figure_text(value: Any, column: Column, scale: Scale) -> str:
    """The figure of a cell as text, without colour or bar."""
    words, digits = scale.words, column.digits
    signed = column.signed or column.kind in ("delta", "bar", "pin")
    if column.kind in ("delta", "bar", "money_short", "share", "bullet") and column.money:
        return words.scaled(value, scale.power, scale.digits if digits is None else digits, signed=signed)
    if column.kind == "money":
        return words.money_plain(value, signed=signed)
    if column.kind in ("percent", "heat", "bullet"):
        return words.percent(value, 1 if digits is None else digits, signed=signed)
    if column.kind == "pin":
        return words.number(value * 100, 1 if digits is None else digits, signed=True)
    if column.kind == "points":
        return words.points(value, 1 if digits is None else digits)
    if column.kind == "date":
        return words.date(value)
    if column.kind == "month":
        return words.month(value)
    if isinstance(value, bool | str | date) or column.kind == "text":
        return str(value)
    return words.number(value, digits or 0, signed=signed)


def attainment_class(share: float | None) -> str:
    """d1…d7 by the breaks 80, 90, 97, 103, 110, 120 %; hatched where there is nothing.

    >>> attainment_class(0.7999), attainment_class(0.80), attainment_class(1.0), attainment_class(1.2)
    ('d1', 'd2', 'd4', 'd7')
    """
    return "none" if share is None else f"d{1 + sum(share >= step for step in ATTAINMENT)}"


def signed_html(text: str, change: float | int | None, better: str, *, level: float = 0.0) -> str:
    """A change with its arrow and colour; the arrow is decoration beside the sign."""
    tone = Words.tone(change, better, level=level, shown=text)
    arrow = Words.arrow(change, level=level, shown=text)
    return f"<span class='{tone}'><span aria-hidden='true'>{arrow}</span>&nbsp;{escape(text)}</span>"


def bar_html(value: float, text: str, span: tuple[float, float], tone: str, kind: str) -> str:
    """A bar or a pin around its zero line, with the figure outside its end."""
    zero, width = geometry(span)
    low, high = sorted((zero, zero + value * width))
    beside = f"left:calc({high:.2f}% + 5px)" if value >= 0 else f"right:calc({100 - low:.2f}% + 5px)"
    if kind == "pin":
        beside = beside.replace("5px", "8px")
    mark = f"<i class='{tone}-f' style='left:{low:.2f}%;width:{high - low:.2f}%'></i>"
    head = f"<u style='left:{zero + value * width:.2f}%'></u>" if kind == "pin" else ""
    css = "vb" if kind == "bar" else "pin"
    return (
        f"<div class='{css}' style='--z:{zero:.2f}%'>{mark}{head}<em class='{tone}' style='{beside}'>{text}</em></div>"
    )


def geometry(span: tuple[float, float]) -> tuple[float, float]:
    """Where zero stands in a bar cell, and the length of one unit, both in per cent of the cell."""
    low, high = span
    left = ROOM if low < 0 else 1.0
    right = ROOM if high > 0 else 1.0
    width = (100 - left - right) / (high - low) if high > low else 0.0
    return left - low * width, width


def bullet_html(
    actual: float, plan: float | None, last: float | None, largest: float, end: float | None = None,
    due: float | None = None, bounds: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    """Actual solid in the outlined frame of plan, a small triangle at last year; one maximum for all rows.

    Where they are known, hatched up to the projected end with a whisker between its `bounds`, and an accent rule at
    what should have come by now.
    """

    def at(value: float) -> str:
        return f"{100 * max(value, 0) / largest if largest else 0:.2f}%"

    frame = f"<i class='pl' style='width:{at(plan)}'></i>" if plan is not None else ""
    before = f"<i class='lt' style='left:{at(last)}'></i>" if last is not None else ""
    hatched = f"<i class='fb' style='left:{at(actual)};width:{at(end - actual)}'></i>" if end and end > actual else ""
    rule = f"<i class='at' style='left:{at(due)}'></i>" if due is not None else ""
    whisker = f"<i class='iv' style='left:{at(bounds[0])};width:{at(bounds[1] - bounds[0])}'></i>" if bounds else ""
    marks = f"{frame}{hatched}<i class='ab' style='width:{at(actual)}'></i>{rule}{before}{whisker}"
    return f"<div class='bul' aria-hidden='true'>{marks}</div>"


def _content(line: Line, value: Any, column: Column, scale: Scale) -> str:
    text = figure_text(value, column, scale)
    if column.kind in ("bar", "pin"):
        tone = Words.tone(value, column.better, shown=text)
        return bar_html(value, text, scale.bar if column.kind == "bar" else scale.pin, tone, column.kind)
    if column.kind == "share":
        part = 62 * max(value, 0) / scale.share[column.key] if scale.share[column.key] else 0
        return (
            f"<div class='hb'><i style='width:{part:.2f}%'></i><em style='left:{part:.2f}%'>{escape(text)}</em></div>"
        )
    if column.kind == "bullet":
        plan, last, end, due = (line.get(key) for key in (column.plan, column.last, column.end, column.due))
        return bullet_html(value, plan, last, scale.bullet, end, due) + f"<span class='vh'>{escape(text)}</span>"
    if column.arrow:
        return signed_html(text, value, column.better, level=EVEN if column.kind == "percent" else 0.0)
    if column.signed or column.kind in ("delta", "points"):
        return f"<span class='{Words.tone(value, column.better, shown=text)}'>{escape(text)}</span>"
    return escape(text)


def _undefined(line: Line, column: Column, words: Words) -> str:
    reason = str(line.get(column.reason) or "") if column.reason else ""
    if column.kind == "heat":
        return words.t("common.nothing")
    if not reason and column.kind not in ("percent", "points"):
        return ""
    note = f"<small>{escape(reason)}</small>" if reason else ""
    return f"<span class='mut'>{escape(words.t('common.undefined'))}</span>{note}"


def _head(column: Column, scale: Scale) -> str:
    unit = ""
    if column.kind in MONEY | {"share"} and column.money:
        unit = scale.unit
    elif column.kind == "money":
        unit = scale.words.symbol
    elif column.kind == "pin":
        unit = "%"
    head = f"{column.head}, {unit}" if unit and column.head and unit not in column.head else column.head
    css = " class='num'" if _is_figure(column) else " class='mid'" if column.kind in ("bar", "pin") else ""
    return f"<th scope='col'{css}>{escape(head)}</th>"


def _is_figure(column: Column) -> bool:
    return column.right or column.kind not in ("text", "share", "bullet", "bar", "pin", "date", "month")


def _row_class(line: Line, is_total: bool, level: str, mark: str, you: str) -> str:
    names = []
    if is_total:
        names.append("total")
    elif level:
        names.append("under" if line.get(level) else "group")
    names += [css for css, key in (("mark", mark), ("you", you)) if key and line.get(key)]
    return f" class='{' '.join(names)}'" if names else ""


def _bullet_keys(column: Column) -> list[str]:
    return [k for k in (column.key, column.plan, column.last, column.end) if k] if column.kind == "bullet" else []
