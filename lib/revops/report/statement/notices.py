"""What the person is told beside the figures: which version this is, what was adjusted by hand, what is disputed."""

from revops.report.statement.sheet import Sheet


def version(sheet: Sheet) -> str:
    """The version and the day it was closed; before that the day that it knows."""
    return sheet.t("as_of", day=sheet.words.date(sheet.ws.as_of))


def section(sheet: Sheet) -> str:
    """Disputes about the month and what became of them."""
    return ""
