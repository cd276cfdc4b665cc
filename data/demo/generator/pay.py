"""What pay needs beside sales: money received from dealers, scores of objectives, days of leave."""

from datetime import date, timedelta
from pathlib import Path

from days import LAST, month_starts
from dice import Dice
from orders import Order
from sales import Market
from writing import Row, dmy, write_csv

FIRST_PAID = date(2026, 7, 1)
OBJECTIVES = {"stock": ("NV-0020", "NV-0021"), "ratings": ("NV-0020", "NV-0021")}
LEAVE = [("NV-0031", "2026-08-03", "2026-08-13", "leave"), ("NV-0105", "2026-06-15", "2026-06-22", "leave")]


def export_pay(market: Market, folder: Path) -> None:
    """Receipts by order, without VAT; scores by month; leave by days."""
    head = ["Số phiếu thu", "Ngày thu", "Số chứng từ", "Mã khách hàng", "Tiền hàng"]
    write_csv(folder / "raw" / "misa" / "thu-tien_2026.csv", [head, *_receipts(market)], separator=";")
    lists = folder / "raw" / "planning"
    write_csv(lists / "scores.csv", [["person", "month", "objective", "score"], *_scores()])
    write_csv(lists / "absences.csv", [["staff_no", "from", "to", "kind"], *LEAVE])


def _receipts(market: Market) -> list[Row]:
    """Most orders are paid within a month, some in two parts, a few not at all; what came back before is not paid."""
    dice, found = Dice("receipts"), list[tuple[date, Order, int]]()
    for order in market.of("Dealers"):
        if order.at.date() >= FIRST_PAID and not order.cancelled:
            found += _paid(order, dice)
    known = sorted((entry for entry in found if entry[0] <= LAST), key=lambda entry: (entry[0], entry[1].number))
    return [
        [f"PT{day:%y%m}-{i + 1:05d}", dmy(day), order.number, order.account.code if order.account else "", amount]
        for i, (day, order, amount) in enumerate(known)
    ]


def _paid(order: Order, dice: Dice) -> list[tuple[date, Order, int]]:
    day = order.at.date()
    if order.place == "USD":
        return [(day, order, order.net)]
    kept = sum(line.net - line.returned * (line.price - line.off) for line in order.lines)
    delay, share = dice.weighted([dice.whole(2, 20), dice.whole(25, 45), dice.whole(50, 80)], [7, 3, 1]), dice.unit()
    if kept <= 0:
        return []
    if share < 0.12:
        first = kept * 6 // 10
        return [(day + timedelta(days=delay), order, first), (day + timedelta(days=delay + 30), order, kept - first)]
    return [(day + timedelta(days=delay), order, kept)]


def _scores() -> list[Row]:
    dice = Dice("scores")
    return [
        [person, f"{month:%Y-%m}", objective, f"{dice.pick([60, 80, 90, 100, 100])}%"]
        for month in month_starts(date(2026, 7, 1), LAST)
        for objective, people in OBJECTIVES.items()
        for person in people
    ]
