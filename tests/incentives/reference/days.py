"""Months, fiscal quarters and years, windows: [start, end)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

Span = tuple[date, date]
FAR = date(9999, 1, 1)


def day(value: Any) -> date:
    """A day as YAML reads it, or as text."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def month_of(on: date, later: int = 0) -> date:
    """First day of a day's month, or of a later one."""
    count = on.year * 12 + on.month - 1 + later
    return date(count // 12, count % 12 + 1, 1)


def months(start: date, end: date) -> list[date]:
    """First days of all months that [start, end) touches."""
    found, at = [], month_of(start)
    while at < end:
        found.append(at)
        at = month_of(at, 1)
    return found


def calendar_window(kind: str, on: date, fiscal_start: int = 1) -> Span:
    """The month, fiscal quarter or fiscal year that holds a day."""
    length = {"month": 1, "quarter": 3, "year": 12}[kind]
    start = month_of(on, -((on.month - fiscal_start) % 12 % length))
    return start, month_of(start, length)


def in_months(span: Span) -> Decimal:
    """How many months a span is long; a part of a month counts by its days."""
    whole = [(month, month_of(month, 1)) for month in months(*span)]
    return sum((Decimal(meet(span, month)) / meet(month, month) for month in whole), Decimal(0))


def meet(one: Span, other: Span) -> int:
    """Days that two spans share."""
    return max(0, (min(one[1], other[1]) - max(one[0], other[0])).days)


def spans(rows: Any, start: str = "start_on", end: str = "end_on") -> Iterator[Span]:
    """Rows with a first day and a first day no longer in it, an open end far away."""
    for row in rows or []:
        yield day(row[start]), day(row[end]) if row.get(end) else FAR


def whole_months(first: date, last: date) -> int:
    """Whole months from one day to another."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
