"""The year's budget by department and line, and what accounting has booked against it."""

from datetime import date
from pathlib import Path

from days import LAST, month_starts
from dice import Dice
from service import Stretch, arr
from writing import Row, dmy, dots, write_csv

YEAR = 2026
# department, line, income or cost, millions a month, how far a month may lie from it
LINES: list[tuple[str, str, str, float, float]] = [
    ("Sales and marketing", "Salaries", "Chi phí", 112, 0.01),
    ("Sales and marketing", "Advertising", "Chi phí", 93, 0.0),
    ("Sales and marketing", "Tools", "Chi phí", 13, 0.05),
    ("Sales and marketing", "Events", "Chi phí", 9, 0.3),
    ("Shops", "Salaries", "Chi phí", 148, 0.015),
    ("Shops", "Rent", "Chi phí", 96, 0.0),
    ("Shops", "Utilities", "Chi phí", 17, 0.08),
    ("Logistics", "Freight", "Chi phí", 64, 0.06),
    ("Logistics", "Packaging", "Chi phí", 15, 0.05),
    ("Logistics", "Delivery fees", "Doanh thu", 21, 0.05),
    ("Service", "Salaries", "Chi phí", 38, 0.01),
    ("Service", "Spare parts", "Chi phí", 12, 0.1),
    ("Service", "Service contracts", "Doanh thu", 0, 0.0),
    ("Administration", "Salaries", "Chi phí", 72, 0.01),
    ("Administration", "Rent", "Chi phí", 30, 0.0),
    ("Administration", "Insurance", "Chi phí", 6, 0.0),
]
# fuel has cost more since April: freight runs over its budget
DEARER = {"Freight": (4, 1.09)}


def export_budget(
    costs: dict[tuple[date, str], int], spent: dict[date, int], contracts: list[Stretch], raw: Path
) -> None:
    """A budget with the months as columns, as planners keep it; bookings as accounting exports them."""
    months = month_starts(date(YEAR, 1, 1), date(YEAR, 12, 1))
    head = ["Bộ phận", "Khoản mục", "Thu chi", *(f"{month:%m/%Y}" for month in months)]
    opening = arr(contracts, date(YEAR - 1, 12, 31)) // 12
    rows: list[Row] = [
        [department, line, kind, *(dots(_planned(line, level, opening, month)) for month in months)]
        for department, line, kind, level, _ in LINES
    ]
    write_csv(raw / "planning" / f"ngan-sach_{YEAR}.csv", [head, *rows], separator=";")
    booked = [
        [dmy(month), *row[:3], dots(_booked(*row, month, costs, spent, contracts))]
        for month in months
        if month <= LAST
        for row in LINES
    ]
    head = ["Tháng", "Bộ phận", "Khoản mục", "Thu chi", "Số thực hiện"]
    write_csv(raw / "misa" / f"thuc-chi_{YEAR}.csv", [head, *booked], separator=";")


def _planned(line: str, level: float, opening: int, month: date) -> int:
    if line == "Service contracts":
        return int(opening * (1 + 0.02 * month.month) / 100_000) * 100_000
    return int(level * 1_000_000)


def _booked(
    department: str, line: str, _: str, level: float, swing: float, month: date, costs: dict[tuple[date, str], int],
    spent: dict[date, int], contracts: list[Stretch],
) -> int:  # fmt: skip
    """Sales and marketing books what the list of costs and the ad platforms say; the others what the year brings."""
    if line == "Service contracts":
        return arr(contracts, month) // 12
    if line == "Advertising":
        return spent[month]
    if department == "Sales and marketing":
        return costs[month, line.lower()]
    since, factor = DEARER.get(line, (13, 1.0))
    luck = Dice(f"booked {department} {line} {month}").between(1 - swing, 1 + swing)
    return int(level * luck * (factor if month.month >= since else 1.0) * 1000) * 1000
