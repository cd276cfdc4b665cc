"""What the person is told beside the figures: which version this is, and what became of disputes about it."""

from html import escape
from typing import Any

from revops.report.statement.sheet import Sheet


def version(sheet: Sheet) -> str:
    """The version and the day it was closed on; before that the last day that it knows."""
    if sheet.closed is None:
        return sheet.t("as_of", day=sheet.words.date(sheet.ws.as_of))
    return sheet.t("closed", day=sheet.words.date(sheet.closed["made_on"]))


def section(sheet: Sheet) -> str:
    """Disputes about the month, each with its answer; nothing where there are none."""
    if not sheet.disputes:
        return ""
    rows = "".join(f"<li>{escape(_told(sheet, row))}</li>" for row in sheet.disputes)
    return f'<section><h2>{escape(sheet.t("disputes"))}</h2><ul class="note">{rows}</ul></section>'


def _told(sheet: Sheet, row: dict[str, Any]) -> str:
    """'Line 7, 12 Nov 2026: why. Accepted on …, +500,000: because.'"""
    words = sheet.words
    asked = sheet.t("dispute_asked", line=row["line"], day=words.date(row["made_on"]), reason=row["reason"])
    if row["state"] == "open":
        return f"{asked} {sheet.t('dispute_open')}"
    amount = words.money(row["adjusted_amount"], signed=True) if row["adjusted_amount"] is not None else ""
    answer = {"day": words.date(row["answered_on"]), "by": row["answered_by"], "answer": row["answer"]}
    return f"{asked} {sheet.t('dispute_' + row['state'], amount=amount, **answer)}"
