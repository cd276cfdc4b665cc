"""The calendar of the shop: months, Tết, sale days, and how much each day sells."""

from datetime import date, timedelta

FIRST, LAST = date(2023, 11, 1), date(2026, 10, 31)
TET = [date(2021, 2, 12), date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17)]
SALE_DAYS = {(9, 9): 2.6, (10, 10): 1.6, (11, 11): 3.6, (12, 12): 3.2}
GROUP_SEASON = {
    "Air fryers": [1.05, 0.95, 0.92, 0.90, 0.92, 0.95, 0.96, 0.98, 1.02, 1.06, 1.14, 1.15],
    "Fans": [0.50, 0.60, 0.90, 1.40, 1.80, 1.70, 1.50, 1.20, 0.80, 0.60, 0.50, 0.50],
    "Rice cookers": [1.10, 1.00, 0.95, 0.95, 0.95, 0.95, 0.95, 1.00, 1.00, 1.00, 1.05, 1.10],
    "Vacuums": [1.20, 1.00, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 1.00, 1.00, 1.05, 1.05],
    "Water purifiers": [0.95, 0.92, 0.98, 1.02, 1.05, 1.05, 1.04, 1.02, 1.00, 1.00, 0.98, 0.99],
}
GROWTH = {"Air fryers": 0.09, "Fans": 0.065, "Rice cookers": 0.075, "Vacuums": 0.18, "Water purifiers": 0.22}


def month_starts(first: date, last: date) -> list[date]:
    """First days of the months from `first` to `last`."""
    out, month = [], first.replace(day=1)
    while month <= last:
        out.append(month)
        month = next_month(month)
    return out


def next_month(day: date) -> date:
    """The first day of the following month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def days_of(month: date) -> list[date]:
    """All days of a month."""
    return [month + timedelta(days=i) for i in range((next_month(month) - month).days)]


def day_weight(channel: str, day: date) -> float:
    """How much a day sells in a channel; about 1 on average."""
    online = channel in ("Web shop", "Marketplaces")
    if channel == "Dealers":
        workday = [1.15, 1.2, 1.2, 1.15, 1.1, 0.6, 0.0][day.weekday()]
        end = 1.25 if next_month(day) - day <= timedelta(days=6) else 1.0
        return workday * end * _tet(day, 1.4, 0.0)
    week = [0.95, 0.95, 1.0, 1.0, 1.05, 1.05, 1.0] if online else [0.85, 0.85, 0.9, 0.95, 1.05, 1.25, 1.2]
    sale = SALE_DAYS.get((day.month, day.day), 1.0) if online else 1.0
    return week[day.weekday()] * sale * _tet(day, 1.45, 0.3)


def _tet(day: date, before: float, during: float) -> float:
    """People buy in the four weeks before Tết, and not in the week of it."""
    for tet in TET:
        distance = (day - tet).days
        if -28 <= distance < -2:
            return before
        if -2 <= distance < 6:
            return during
        if 6 <= distance < 20:
            return 0.85
    return 1.0


def growth(group: str, month: date) -> float:
    """Level of a group in a month against October 2026: even growth by whole years, straight in between."""
    months = (2026 - month.year) * 12 + 10 - month.month
    years, rest = divmod(months, 12)
    level = 1.0
    for _ in range(years):
        level /= 1 + GROWTH[group]
    for _ in range(-years):
        level *= 1 + GROWTH[group]
    return level * (1 - rest / 12) + level / (1 + GROWTH[group]) * rest / 12
