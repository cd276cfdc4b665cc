"""Months, quarters, ISO weeks, years: half-open ranges of days [start, end).

Months and ISO weeks are calendar; quarters and years are fiscal and named by the calendar year in which the fiscal
year ends. With a fiscal year from July, 2014-Q1 starts in July 2013:

>>> Period.parse("2014-Q1", fiscal_year_starts=7).start
datetime.date(2013, 7, 1)
>>> Period.parse("2026-10").end
datetime.date(2026, 11, 1)
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

from revops.problems import InputError, Problem

Kind = Literal["month", "quarter", "week", "year"]
FORMS = "a month 2026-10, a quarter 2026-Q4, an ISO week 2026-W43 or a year 2026"


def add_months(day: date, months: int) -> date:
    """The first day of the month that lies `months` after the month of `day`.

    >>> add_months(date(2026, 1, 31), -1)
    datetime.date(2025, 12, 1)
    """
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_back(day: date, months: int) -> date:
    """The same day so many months before, or that month's last where it is shorter.

    >>> months_back(date(2026, 3, 31), 1), months_back(date(2026, 3, 1), 0)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))
    """
    first = add_months(day, -months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def months_between(start: date, end: date) -> list[date]:
    """First days of the months that touch [start, end)."""
    months, month = [], start.replace(day=1)
    while month < end:
        months.append(month)
        month = add_months(month, 1)
    return months


def fiscal_quarter(day: date, fiscal_year_starts: int = 1) -> tuple[date, date]:
    """The fiscal quarter that holds a day, [start, end).

    >>> fiscal_quarter(date(2026, 11, 1)), fiscal_quarter(date(2026, 9, 30), fiscal_year_starts=3)[0]
    ((datetime.date(2026, 10, 1), datetime.date(2027, 1, 1)), datetime.date(2026, 9, 1))
    """
    start = add_months(day, -((day.month - fiscal_year_starts) % 3))
    return start, add_months(start, 3)


@dataclass(frozen=True)
class Period:
    """One reporting period: its name as typed, its kind, its days [start, end)."""

    name: str
    kind: Kind
    start: date
    end: date
    fiscal_year_starts: int = 1

    @classmethod
    def parse(cls, text: str, fiscal_year_starts: int = 1) -> Self:
        """Read '2026-10', '2026-Q4', '2026-W43' or '2026'; anything else is refused.

        >>> Period.parse("2026-13")
        Traceback (most recent call last):
            ...
        revops.problems.InputError: period: found 2026-13, expected a month 2026-10, ... Next: correct the period.
        """
        found = re.fullmatch(r"(\d{4})(?:-(?:(Q|W)?(\d{1,2})))?", str(text).strip())
        try:
            if not found or (found[3] and not found[2] and len(found[3]) != 2):
                raise ValueError(text)
            year, letter, number = int(found[1]), found[2], int(found[3] or 0)
            first = _fiscal_start(year, fiscal_year_starts)
            if letter == "W":
                start = date.fromisocalendar(year, number, 1)
                return cls(f"{year}-W{number:02}", "week", start, start + timedelta(days=7), fiscal_year_starts)
            if letter == "Q":
                if not 1 <= number <= 4:
                    raise ValueError(text)
                start = add_months(first, 3 * (number - 1))
                return cls(f"{year}-Q{number}", "quarter", start, add_months(start, 3), fiscal_year_starts)
            if found[3]:
                start = date(year, number, 1)
                return cls(f"{year}-{number:02}", "month", start, add_months(start, 1), fiscal_year_starts)
            return cls(f"{year}", "year", first, add_months(first, 12), fiscal_year_starts)
        except ValueError:
            raise InputError(
                Problem(
                    "period",
                    str(text),
                    FORMS,
                    "correct the period",
                )
            ) from None

    @classmethod
    def of_month(cls, day: date, fiscal_year_starts: int = 1) -> Self:
        """The calendar month that holds `day`."""
        return cls.parse(f"{day.year}-{day.month:02}", fiscal_year_starts)

    @property
    def last_day(self) -> date:
        """The last day inside the period."""
        return self.end - timedelta(days=1)

    @property
    def last_month(self) -> str:
        """The month of the last day.

        >>> Period.parse("2026-Q4").last_month
        '2026-12'
        """
        return f"{self.last_day:%Y-%m}"

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days

    @property
    def months(self) -> list[date]:
        """First days of the months that the period touches."""
        return months_between(self.start, self.end)

    def _moved(self, start: date) -> Self:
        if self.kind == "week":
            year, week, _ = start.isocalendar()
            return self.parse(f"{year}-W{week:02}", self.fiscal_year_starts)
        if self.kind == "month":
            return self.parse(f"{start.year}-{start.month:02}", self.fiscal_year_starts)
        year = add_months(start, -(self.fiscal_year_starts - 1)).year + (self.fiscal_year_starts > 1)
        if self.kind == "year":
            return self.parse(str(year), self.fiscal_year_starts)
        quarter = (start.month - self.fiscal_year_starts) % 12 // 3 + 1
        return self.parse(f"{year}-Q{quarter}", self.fiscal_year_starts)

    def previous(self) -> Self:
        """The period of the same kind just before this one.

        >>> Period.parse("2026-Q1").previous().name, Period.parse("2026-W01").previous().name
        ('2025-Q4', '2025-W52')
        """
        return self._moved(self.start - timedelta(days=1) if self.kind == "week" else _before(self))

    def previous_year(self) -> Self:
        """The same period one year earlier; for a week, 52 weeks earlier.

        >>> Period.parse("2026-10").previous_year().name
        '2025-10'
        """
        if self.kind == "week":
            return self._moved(self.start - timedelta(weeks=52))
        return self._moved(add_months(self.start, -12))

    def trailing(self, count: int) -> list[Self]:
        """`count` periods of the same kind, oldest first, this one last.

        >>> [p.name for p in Period.parse("2026-02").trailing(3)]
        ['2025-12', '2026-01', '2026-02']
        """
        periods = [self]
        while len(periods) < count:
            periods.append(periods[-1].previous())
        return periods[::-1]

    @property
    def fiscal_year(self) -> "Period":
        """The fiscal year that holds the period's first day.

        >>> Period.parse("2013-07", 7).fiscal_year.name
        '2014'
        """
        year = add_months(self.start, -(self.fiscal_year_starts - 1)).year + (self.fiscal_year_starts > 1)
        return Period.parse(str(year), self.fiscal_year_starts)

    def to_date(self) -> tuple[date, date]:
        """From the start of the fiscal year to the end of the period, [start, end)."""
        return self.fiscal_year.start, self.end


def parse_range(text: str, fiscal_year_starts: int = 1) -> list[Period]:
    """'2026-01..2026-10' as periods in order; a single period as a list of one.

    >>> [p.name for p in parse_range("2025-12..2026-02")]
    ['2025-12', '2026-01', '2026-02']
    """
    first, dots, last = text.partition("..")
    try:
        start = Period.parse(first, fiscal_year_starts)
        end = Period.parse(last, fiscal_year_starts) if dots else start
    except InputError:
        raise InputError(
            Problem("period", text, f"{FORMS}, or a range 2026-01..2026-10", "correct the period")
        ) from None
    if end.kind != start.kind or end.start < start.start:
        raise InputError(Problem("period", text, "two periods of one kind, the earlier first", "correct the range"))
    periods = [end]
    while periods[-1].start > start.start:
        periods.append(periods[-1].previous())
    return periods[::-1]


def _fiscal_start(year: int, month: int) -> date:
    return date(year if month == 1 else year - 1, month, 1)


def _before(period: Period) -> date:
    return add_months(period.start, {"month": -1, "quarter": -3, "year": -12}[period.kind])
