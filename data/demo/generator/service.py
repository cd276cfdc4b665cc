"""Service of water purifiers: contracts with a monthly price, and tickets."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from catalogue import REGIONS
from days import LAST, month_starts, next_month
from dice import Dice
from people import Buyer, written
from sales import Market
from writing import Row, dmy, dots, write_csv

PLANS = [99_000, 139_000, 189_000, 259_000]
CONTRACT = [
    "Mã hợp đồng", "Mã khách hàng", "Tên khách hàng", "Điện thoại", "Khu vực", "Ngày bắt đầu", "Ngày kết thúc",
    "Phí tháng",
]  # fmt: skip
TICKET = ["ticket", "opened", "closed", "customer", "phone", "group", "region", "topic", "satisfaction"]
TOPICS = ["Filter change", "Installation", "Leak", "Noise", "Delivery", "Invoice", "Warranty"]
VN_REGION = {"North": "Miền Bắc", "Central": "Miền Trung", "South": "Miền Nam"}


@dataclass
class Stretch:
    """A contract at one price from `start` until `end`."""

    contract: str
    buyer: Buyer
    start: date
    end: date | None
    price: int


def contracts(market: Market) -> list[Stretch]:
    """New contracts every month since 2023; about two in a hundred end each month, a few come back or change plan."""
    dice, out, number = Dice("contracts"), [], 0
    for month in month_starts(date(2023, 1, 1), LAST):
        count = 17 + (month.year - 2023) * 5 + dice.whole(-2, 3)
        for _ in range(count):
            number += 1
            region = dice.weighted(REGIONS, [4, 2, 5])
            buyer = market.buyers.anyone(region)
            start = month + timedelta(days=dice.whole(0, 27))
            out += _life(f"HDDV{number:05d}", buyer, start, dice)
    return out


def _life(contract: str, buyer: Buyer, start: date, dice: Dice) -> list[Stretch]:
    stretches: list[Stretch] = []
    plan, since, day = dice.weighted([0, 1, 2, 3], [4, 4, 2, 1]), start, start
    while True:
        day = next_month(day).replace(day=min(start.day, 28))
        if day > LAST:
            return [*stretches, Stretch(contract, buyer, since, None, PLANS[plan])]
        throw = dice.unit()
        if throw < 0.0195:
            stretches.append(Stretch(contract, buyer, since, day, PLANS[plan]))
            if not dice.chance(0.12):
                return stretches
            since = day = next_month(day) + timedelta(days=63)
            if since > LAST:
                return stretches
        elif throw < 0.034 and (plan < 3 if throw < 0.029 else plan > 0):
            stretches.append(Stretch(contract, buyer, since, day, PLANS[plan]))
            plan, since = plan + (1 if throw < 0.029 else -1), day


def arr(stretches: list[Stretch], day: date) -> int:
    """Twelve times what runs on a day."""
    return 12 * sum(s.price for s in stretches if s.start <= day and (s.end is None or day < s.end))


def export_service(market: Market, stretches: list[Stretch], raw: Path) -> None:
    """Contracts as a Vietnamese Excel saves them, tickets as the help desk does."""
    dice = Dice("service export")
    rows: list[Row] = [
        [s.contract, s.buyer.code, s.buyer.name, "0" + s.buyer.phone, VN_REGION[s.buyer.region], dmy(s.start),
         dmy(s.end), dots(s.price) + " đ"]
        for s in stretches
    ]  # fmt: skip
    for i, (column, value) in enumerate([(5, "30/02/2026"), (7, "miễn phí"), (1, "")] * 4):
        row = list(dice.pick(rows))
        row[0], row[column] = f"HDDV9{i:04d}", value
        rows.append(row)
    write_csv(raw / "service" / "hop-dong.csv", [CONTRACT, *rows], separator=";", encoding="cp1258")
    write_csv(raw / "service" / "tickets.csv", [TICKET, *_tickets(stretches, dice)], separator="|")


def _tickets(stretches: list[Stretch], dice: Dice) -> list[Row]:
    rows: list[Row] = []
    for month in month_starts(date(2024, 11, 1), LAST):
        running = [s for s in stretches if s.start <= month and (s.end is None or s.end > month)]
        for _ in range(len(running) // 12 + dice.whole(0, 6)):
            buyer = dice.pick(running).buyer
            day = month + timedelta(days=dice.whole(0, 27))
            opened = datetime(day.year, day.month, day.day, dice.whole(8, 20), dice.whole(0, 59))
            closed = opened + timedelta(hours=dice.whole(2, 40) + (60 if dice.chance(0.12) else 0))
            done = closed.date() <= LAST and not dice.chance(0.02)
            rated = dice.weighted(["", 5, 4, 3, 2, 1], [4, 5, 4, 2, 1, 1]) if done else ""
            rows.append(
                [opened.isoformat(" "), closed.isoformat(" ") if done else "", buyer.code, written(buyer.phone, dice),
                 "Water purifiers", buyer.region, dice.weighted(TOPICS, [6, 2, 2, 1, 2, 1, 2]), rated]
            )  # fmt: skip
    rows.sort(key=lambda row: (row[0], row[2]))
    return [[f"T{i + 1:05d}", *row] for i, row in enumerate(rows)]
