"""What a period is compared with: the period before, the same a year earlier, the trailing thirteen.

A period that is still running is compared with as many days of the others, never with whole ones:

>>> spans = Spans.of(Period.parse("2026-10"), date(2026, 10, 15))
>>> spans.now, spans.previous, spans.is_partial
((datetime.date(2026, 10, 1), datetime.date(2026, 10, 16)), (datetime.date(2026, 9, 1), datetime.date(2026, 9, 16)),
True)
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from revops.holidays import days_to_tet, in_season, same_date, tet
from revops.periods import Period, add_months

Span = tuple[date, date]
SILENT_DAYS = 3  # so many days without any order at the end do not make a period a partial one


@dataclass(frozen=True)
class Spans:
    """Ranges of days [start, end) around one period as it stands at the end of the as-of day."""

    period: Period
    now: Span
    previous: Span
    previous_year: Span
    trailing: tuple[Span, ...]
    is_partial: bool

    @classmethod
    def of(cls, period: Period, as_of: date, data_end: date | None = None, count: int = 13) -> "Spans":
        """The spans of a period; `trailing` are `count` periods of its kind, oldest first, this one last.

        `data_end` is the last day with an order: where data stop well before the as-of day, the period is still
        running.
        """
        end = min(period.end, as_of + timedelta(days=1))
        if data_end is not None and period.start <= data_end < end - timedelta(days=SILENT_DAYS + 1):
            end = data_end + timedelta(days=1)
        end = max(end, period.start)
        days, is_partial = (end - period.start).days, end < period.end

        def same_days(other: Period) -> Span:
            return other.start, min(other.end, other.start + timedelta(days=days)) if is_partial else other.end

        now = (period.start, end)
        trailing = [(other.start, other.end) for other in period.trailing(count)[:-1]] + [now]
        return cls(
            period,
            now,
            same_days(period.previous()),
            same_days(period.previous_year()),
            tuple(trailing),
            is_partial,
        )

    @property
    def last_day(self) -> date:
        """The last day that counts."""
        return self.now[1] - timedelta(days=1)

    @property
    def to_date(self) -> Span:
        """From the start of the fiscal year to the end of the period."""
        return self.period.fiscal_year.start, self.now[1]

    @property
    def tet_year(self) -> Span | None:
        """The days of last year as far from Tết as these; None for a span that Tết hardly touches in either year.

        Half the days of a week or month in the season of Tết (see `holidays.SEASON`), this year or last, make it one.

        >>> Spans.of(Period.parse("2026-01"), date(2026, 1, 31)).tet_year    # Tết: 17 February 2026, 29 January 2025
        (datetime.date(2024, 12, 13), datetime.date(2025, 1, 13))
        """
        if self.period.kind not in ("week", "month") or not any(map(_is_festive, (self.now, self.previous_year))):
            return None
        middle = self.now[0] + (self.now[1] - self.now[0]) // 2
        feast = middle + timedelta(days=days_to_tet(middle))
        moved = feast - tet(feast.year - 1)
        return self.now[0] - moved, self.now[1] - moved

    @property
    def both_months(self) -> tuple[Span, Span] | None:
        """January and February together, this year and last, for a February: Tết always lies in one of them."""
        if self.period.kind != "month" or self.period.start.month != 2:
            return None
        past = self.previous_year
        return (add_months(self.now[0], -1), self.now[1]), (add_months(past[0], -1), past[1])

    @property
    def before(self) -> Span:
        """The three months before the period: what prices and conversion are compared with."""
        return add_months(self.now[0], -3), self.now[0]


def _is_festive(span: Span) -> bool:
    """Whether more than half the days lie in the season of Tết."""
    days = [span[0] + timedelta(days=i) for i in range((span[1] - span[0]).days)]
    return 2 * sum(map(in_season, days)) > len(days)


def back(end: date, months: int) -> Span:
    """The `months` months that end with the month of the last day before `end`; a running month counts as one.

    >>> back(date(2026, 11, 1), 3)
    (datetime.date(2026, 8, 1), datetime.date(2026, 11, 1))
    """
    return add_months(end - timedelta(days=1), 1 - months), end


def year_before(span: Span) -> Span:
    """The same dates a year earlier."""
    return same_date(span[0]), same_date(span[1])


def wide(span: Span) -> Span:
    """The span itself where it has three months or more, else the three months up to its end: deals are rare."""
    return min(back(span[1], 3)[0], span[0]), span[1]


def begins(days: pl.Series) -> date | None:
    """The first day of the month in which a source begins; None without any row.

    >>> begins(pl.Series([date(2024, 11, 3), date(2025, 1, 9)]))
    datetime.date(2024, 11, 1)
    """
    first = days.min()
    return first.replace(day=1) if isinstance(first, date) else None


def covers(days: pl.Series, span: Span) -> bool:
    """Whether a source reaches back to the start of a span: less of it is never compared with a whole one."""
    first = begins(days)
    return first is not None and first <= span[0]


def is_whole_months(span: Span) -> bool:
    """Whether the span starts and ends with a month."""
    return span[0].day == 1 and span[1].day == 1


def steps(span: Span) -> list[date]:
    """The month boundaries of a span of whole months; otherwise just its two ends."""
    if not is_whole_months(span):
        return list(span)
    days = [span[0]]
    while days[-1] < span[1]:
        days.append(add_months(days[-1], 1))
    return days
