"""What each cell should sell: plan and truth by month, product group, channel and region. Here the story is planted."""

from datetime import date

from catalogue import CHANNELS, GROUPS, REGIONS
from days import GROUP_SEASON, day_weight, days_of, growth
from dice import Dice

BASE = {"Stores": 540e6, "Web shop": 270e6, "Marketplaces": 880e6, "Dealers": 1_760e6}
REGION_SHARE = {
    "Stores": {"North": 0.40, "Central": 0.18, "South": 0.42},
    "Web shop": {"North": 0.42, "Central": 0.14, "South": 0.44},
    "Marketplaces": {"North": 0.39, "Central": 0.16, "South": 0.45},
    "Dealers": {"North": 0.40, "Central": 0.17, "South": 0.43},
}
MIX = {
    "Stores": [0.22, 0.14, 0.22, 0.19, 0.23],
    "Web shop": [0.23, 0.12, 0.19, 0.26, 0.20],
    "Marketplaces": [0.33, 0.13, 0.20, 0.21, 0.13],
    "Dealers": [0.23, 0.16, 0.19, 0.17, 0.25],
}
RETURN_SHARE = {"Stores": 0.022, "Web shop": 0.032, "Marketplaces": 0.034, "Dealers": 0.02}
CANCEL_SHARE = {"Stores": 0.03, "Web shop": 0.05, "Marketplaces": 0.055, "Dealers": 0.03}

# the month of the story is a plain one otherwise, and so is the one it is compared with
TIDE = {date(2026, 10, 1): 1.008, date(2025, 10, 1): 1.004}

Cell = tuple[str, str, str]
CELLS: list[Cell] = [(group, channel, region) for group in GROUPS for channel in CHANNELS for region in REGIONS]


def expected(cell: Cell, month: date) -> float:
    """What a cell sells in a month, before returns, as anybody would have planned it."""
    group, channel, region = cell
    season = GROUP_SEASON[group][month.month - 1] / GROUP_SEASON[group][9]
    share = REGION_SHARE[channel][region] * MIX[channel][GROUPS.index(group)]
    return BASE[channel] * share * growth(group, month) * season * _calendar(channel, month)


def plan(cell: Cell, month: date) -> int:
    """The target after returns, in steps of 100,000 đồng."""
    wish = 0.995 + 0.02 * Dice("plan" + "".join(cell)).unit()
    net = expected(cell, month) * (1 - RETURN_SHARE[cell[1]]) * wish
    return int(net / 100_000 + 0.5) * 100_000


def truth(cell: Cell, month: date) -> float:
    """What a cell really sells in a month, before returns: the expected, luck, and the story."""
    luck = 0.985 + 0.03 * Dice(f"luck {cell} {month}").unit()
    tide = TIDE.get(month) or 0.993 + 0.026 * Dice(f"tide {month}").unit()
    return expected(cell, month) * luck * tide * story(cell, month)


def story(cell: Cell, month: date) -> float:
    """The five planted deviations of revenue, as a factor."""
    group, channel, region = cell
    factor = 1.0
    if month == date(2026, 10, 1) and (group, channel) == ("Air fryers", "Marketplaces"):
        factor *= 0.67
    if channel == "Web shop" and month >= date(2026, 8, 1):
        factor *= 0.82
    if channel == "Dealers" and region == "Central" and month >= date(2026, 1, 1):
        factor *= 0.955
    if (group, region) == ("Water purifiers", "South") and month >= date(2026, 8, 1):
        factor *= {8: 1.05, 9: 1.09, 10: 1.16}[month.month]
    return factor


def bundle_share(month: date, region: str) -> float:
    """Share of purifiers sold together with a filter plan."""
    if region == "South" and month >= date(2026, 8, 1):
        return 0.41
    return 0.19 if month >= date(2025, 1, 1) else 0.08


def _calendar(channel: str, month: date) -> float:
    return _mean_weight(channel, month) / _mean_weight(channel, date(2026, 10, 1))


_CACHE: dict[tuple[str, date], float] = {}


def _mean_weight(channel: str, month: date) -> float:
    if (channel, month) not in _CACHE:
        days = days_of(month)
        # a short month sells less, a month that holds Tết moves half of it to the month before
        _CACHE[channel, month] = sum(day_weight(channel, day) for day in days) / 30
    return _CACHE[channel, month]
