"""The months behind: what was paid in each, and attainment in seven colours below."""

from html import escape
from typing import Any

from revops.report.statement.marks import NARROW, WIDE, attainment_row, history_svg
from revops.report.statement.sheet import Sheet


def section(sheet: Sheet) -> str:
    """The last twelve months; nothing where there is one alone."""
    words, rows = sheet.words, sheet.history
    if len(rows) < 2:
        return ""
    first = max(sheet.ws.period.fiscal_year.start, rows[0]["month_on"])
    paid = sum(row["paid_amount"] or 0 for row in rows if row["month_on"] >= first)
    known = [row["attainment"] for row in rows if row["attainment"] is not None]
    title = sheet.t("history_title", amount=words.money(paid), month=words.month_name(first))
    if known:
        reached, months = sum(share >= 1 for share in known), len(known)
        key = "history_reached" if reached else "history_none"
        title += sheet.t(key, reached=_count(sheet, reached), months=_count(sheet, months))
    power, unit = words.unit(max(row["paid_amount"] or 0 for row in rows))
    span = sheet.t(
        "history_who", unit=unit, first=words.month(rows[0]["month_on"]), last=words.month(rows[-1]["month_on"])
    )
    return (
        f"<section><h2>{escape(title)}</h2><p class='who'>{escape(span)}</p>"
        f'<div class="wide">{_drawn(sheet, rows, power, WIDE[0])}</div>'
        f'<div class="narrow">{_drawn(sheet, rows[-6:], power, NARROW[0])}</div></section>'
    )


def _count(sheet: Sheet, count: int) -> str:
    """A number of months as a word, where it is a whole year too."""
    return sheet.t("twelve") if count == 12 else sheet.words.count(count)


def _drawn(sheet: Sheet, rows: list[dict[str, Any]], power: int, width: int) -> str:
    words = sheet.words
    bars = [
        (
            words.month_short(row["month_on"]),
            words.scaled(row["paid_amount"], power, 1 if power else 0)
            if row["paid_amount"] is not None
            else words.t("common.undefined"),
            words.in_unit(row["paid_amount"], power),
            "",
            row is rows[-1],
        )
        for row in rows
    ]
    bounds = sheet.ladder.bounds if sheet.ladder else []
    return history_svg(bars, words, width, 92) + attainment_row([row["attainment"] for row in rows], words, bounds)
