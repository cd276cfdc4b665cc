"""The Vietnamese year: Tết and the lunar feasts, public holidays, gift days, sale days, and a company's own days.

Lunar days are computed, not listed: a month begins on the day of the new moon in Vietnam (UTC+7), the month of the
winter solstice is the eleventh, and in a year of thirteen months the first one without a principal solar term is the
leap month (new moons and the sun's longitude by Meeus, Astronomical Algorithms, chapters 25 and 49; good to minutes for
1900–2100). A list would have to be typed for the feasts of every year; a library of all countries' holidays is
megabytes and knows no sale days.

>>> tet(2026), days_to_tet(date(2026, 2, 10)), days_to_tet(date(2026, 2, 20))
(datetime.date(2026, 2, 17), 7, -3)
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from math import floor, pi, radians, sin

import polars as pl

ZONE = 7 / 24  # Vietnam's clock in days ahead of UTC
CLOCK = 70 / 86400  # days that astronomy's even time is ahead of the clock: within a minute from 1950 to 2060
SYNODIC = 29.530588861  # mean days from new moon to new moon
JULIAN = 1721424.5  # Julian date of the midnight at which day 0 of date.fromordinal begins
WEEK = 6  # days worked a week, from Monday, where a company says nothing else

SOLAR = {
    "new_year": ("holiday", 1, 1),
    "valentine": ("gift", 2, 14),
    "womens_day": ("gift", 3, 8),
    "reunification": ("holiday", 4, 30),
    "labour_day": ("holiday", 5, 1),
    "national_day": ("holiday", 9, 2),
    "sale_9_9": ("sale", 9, 9),
    "sale_10_10": ("sale", 10, 10),
    "vietnamese_womens_day": ("gift", 10, 20),
    "sale_11_11": ("sale", 11, 11),
    "teachers_day": ("gift", 11, 20),
    "culture_day": ("holiday", 11, 24),
    "sale_12_12": ("sale", 12, 12),
    "christmas": ("gift", 12, 24),
}
"""Event: kind, month, day. Public holidays by article 112 of the Labour Code of 2019; moved days are the company's."""
SINCE = {"culture_day": 2026}  # the year an event begins: resolution 80-NQ/TW of January 2026
LUNAR = {"hung_kings": ("holiday", 3, 10), "mid_autumn": ("gift", 8, 15)}
SEASON = (28, 14)  # days before and after mùng 1 in which Tết makes or stops sales
AROUND = (45, 30)  # days before and after mùng 1 beyond which sales are ordinary in any year
TET_DAYS = range(-1, 4)  # the five days off: New Year's Eve to mùng 4
KINDS = ("tet", "holiday", "gift", "sale", "own")
SCHEMA = {"day_on": pl.Date, "event": pl.String, "kind": pl.String}


def calendar(start: date, end: date, own: Mapping[str, Sequence[date]] | None = None) -> pl.DataFrame:
    """One row per event and day in [start, end): day_on, event, kind (one of KINDS); sorted by day and event.

    `own` are the company's days by name (company.yaml `calendar`), kind 'own'. Tết is five rows: 'tet' on mùng 1,
    'tet_eve' the day before, 'tet_days' after it.

    >>> calendar(date(2026, 11, 1), date(2026, 11, 28))["event"].to_list()
    ['sale_11_11', 'teachers_day', 'culture_day', 'black_friday']
    """
    rows = [row for year in range(start.year, end.year + 1) for row in _events(year)]
    rows += [(day, name, "own") for name, days in (own or {}).items() for day in days]
    inside = sorted({row for row in rows if start <= row[0] < end})
    return pl.DataFrame(inside, schema=SCHEMA, orient="row")


def worked(start: date, end: date, own: Mapping[str, Sequence[date]] | None = None, week: int = WEEK) -> list[date]:
    """The days worked in [start, end): the first `week` days of each week but Tết and public holidays."""
    off = set(calendar(start, end, own).filter(pl.col("kind").is_in(["tet", "holiday"]))["day_on"])
    days = (start + timedelta(days=i) for i in range((end - start).days))
    return [day for day in days if day.weekday() < week and day not in off]


def working_days(start: date, end: date, own: Mapping[str, Sequence[date]] | None = None, week: int = WEEK) -> int:
    """The number of days worked in [start, end).

    >>> working_days(date(2026, 9, 1), date(2026, 10, 1))    # 30 days, 4 Sundays, 2 September
    25
    """
    return len(worked(start, end, own, week))


@cache
def tet(year: int) -> date:
    """Mùng 1 Tết: the first day of the lunar year that begins in `year`."""
    return lunar(year, 1, 1)


def days_to_tet(day: date) -> int:
    """Days to the nearest Tết: positive before it, 0 on mùng 1, negative after it."""
    return min(((tet(year) - day).days for year in (day.year, day.year + 1)), key=abs)


def in_season(day: date) -> bool:
    """Whether a day lies in the four weeks before mùng 1, when people buy, or the two from it, when shops are shut."""
    return -SEASON[1] < days_to_tet(day) <= SEASON[0]


def same_day_last_year(day: date) -> date:
    """The day a year before that sells alike: as far from Tết in its season, else of the same date.

    Where the date would fall into last year's season, and the day itself lies outside its own, it moves along too.

    >>> same_day_last_year(date(2026, 2, 10)), same_day_last_year(date(2026, 10, 10))
    (datetime.date(2025, 1, 22), datetime.date(2025, 10, 10))
    """
    away = days_to_tet(day)
    feast = day + timedelta(days=away)
    later = (feast - tet(feast.year - 1)).days - 365
    if -SEASON[1] + min(0, later) < away <= SEASON[0] + max(0, later):
        return tet(feast.year - 1) - timedelta(days=away)
    return same_date(day)


def same_date(day: date) -> date:
    """The same date a year before; 28 February for the 29th."""
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


@cache
def lunar(year: int, month: int, day: int) -> date:
    """The day of a lunar date, never one of a leap month; `year` is the one in which that lunar year begins.

    >>> lunar(2026, 3, 10), lunar(2026, 8, 15)
    (datetime.date(2026, 4, 26), datetime.date(2026, 9, 25))
    """
    solstice, place = year - (month < 11), (month + 1) % 12
    first = _eleventh(solstice)
    if _eleventh(solstice + 1) - first == 13 and place >= _leap_place(first):
        place += 1
    return _day_of(first + place) + timedelta(days=day - 1)


def _events(year: int) -> Iterator[tuple[date, str, str]]:
    for away in TET_DAYS:
        name = "tet_eve" if away < 0 else "tet_days" if away else "tet"
        yield tet(year) + timedelta(days=away), name, "tet"
    for event, (kind, month, day) in SOLAR.items():
        if year >= SINCE.get(event, year):
            yield date(year, month, day), event, kind
    for event, (kind, month, day) in LUNAR.items():
        yield lunar(year, month, day), event, kind
    first = date(year, 11, 1)
    yield first + timedelta(days=(3 - first.weekday()) % 7 + 22), "black_friday", "sale"  # after the fourth Thursday


@cache
def _eleventh(year: int) -> int:
    """Number of the new moon that begins the month of the winter solstice of `year`."""
    number = _moon_before(date(year, 12, 31))
    return number - 1 if _term(_day_of(number)) >= 9 else number


def _leap_place(first: int) -> int:
    """Place, from the eleventh month as 0, of the first month in which the sun enters no new twelfth of its way."""
    terms = [_term(_day_of(first + place)) for place in range(15)]
    return next(place for place in range(1, 14) if terms[place] == terms[place + 1])


def _moon_before(day: date) -> int:
    """Number of the last new moon on or before a day."""
    number = floor((day.toordinal() + JULIAN - 2451550.1) / SYNODIC) + 1
    while _day_of(number) > day:
        number -= 1
    return number


@cache
def _day_of(number: int) -> date:
    """The day in Vietnam of the new moon with this number; 0 is the one of 6 January 2000."""
    t = number / 1236.85
    sun, moon = radians(2.5534 + 29.1053567 * number), radians(201.5643 + 385.81693528 * number)
    node, eccentric = radians(160.7108 + 390.67050284 * number), 1 - 0.002516 * t
    mean = 2451550.09766 + SYNODIC * number + 0.00015437 * t * t
    moved = (
        -0.40720 * sin(moon) + 0.17241 * eccentric * sin(sun) + 0.01608 * sin(2 * moon) + 0.01039 * sin(2 * node)
        + 0.00739 * eccentric * sin(moon - sun) - 0.00514 * eccentric * sin(moon + sun)
        + 0.00208 * eccentric**2 * sin(2 * sun) - 0.00111 * sin(moon - 2 * node) - 0.00057 * sin(moon + 2 * node)
        + 0.00056 * eccentric * sin(2 * moon + sun) - 0.00042 * sin(3 * moon)
        + 0.00042 * eccentric * sin(sun + 2 * node) + 0.00038 * eccentric * sin(sun - 2 * node)
        - 0.00024 * eccentric * sin(2 * moon - sun)
    )  # fmt: skip
    return date.fromordinal(floor(mean + moved - CLOCK + ZONE - JULIAN))


def _term(day: date) -> int:
    """The twelfth of its way, from the spring equinox as 0, that the sun stands in when a day in Vietnam begins."""
    t = (day.toordinal() + JULIAN - ZONE + CLOCK - 2451545) / 36525
    far = radians(357.52911 + 35999.05029 * t)
    middle = (1.914602 - 0.004817 * t) * sin(far) + (0.019993 - 0.000101 * t) * sin(2 * far) + 0.000289 * sin(3 * far)
    node = radians(125.04 - 1934.136 * t)
    seen = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + middle - 0.00569 - 0.00478 * sin(node)
    return floor(radians(seen) % (2 * pi) / (pi / 6))
