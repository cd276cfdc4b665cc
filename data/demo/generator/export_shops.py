"""KiotViet: invoices with their details, and the separate list of returns."""

from datetime import date
from pathlib import Path

from catalogue import NAMES
from dice import Dice
from orders import Line, Order
from sales import Market
from writing import Row, dmy, dots, half, write_csv

INVOICE = [
    "Mã hóa đơn", "Thời gian", "Mã KH", "Khách hàng", "Điện thoại", "Chi nhánh", "Người bán", "Tổng tiền hàng",
    "Trạng thái", "Mã hàng", "Tên hàng", "Số lượng", "Đơn giá", "Giảm giá", "Thành tiền",
]  # fmt: skip
RETURN = [
    "Mã trả hàng", "Ngày trả", "ID hóa đơn gốc", "Chi nhánh", "Mã hàng", "Tên hàng", "Số lượng", "Giá trả",
    "Thành tiền", "Phí trả hàng", "Tổng tiền trả",
]  # fmt: skip


def export_shops(market: Market, raw: Path) -> None:
    """Half-year invoice files (one re-sends the week before it) and yearly return lists."""
    files: dict[str, list[Row]] = {}
    for order in market.of("Stores"):
        rows: list[Row] = [_invoice(order, line) for line in order.lines]
        files.setdefault(half(order.at), []).extend(rows)
        if date(2026, 6, 24) <= order.at.date() <= date(2026, 6, 30):
            files.setdefault("2026-H2", []).extend(rows)
    _dirt(files)
    for name, rows in sorted(files.items()):
        write_csv(raw / "kiotviet" / f"hoa-don_{name}.csv", [INVOICE, *rows], encoding="utf-8-sig")
    _export_returns(market, raw)


def _invoice(order: Order, line: Line) -> list[str]:
    buyer, gross = order.buyer, sum(item.quantity * item.price for item in order.lines)
    return [
        order.number,
        f"{order.at:%d/%m/%Y %H:%M}",
        buyer.code if buyer else "",
        buyer.name if buyer else "Khách lẻ",
        buyer.phone if buyer else "",
        order.place,
        f"{order.person} {NAMES[order.person]}",
        dots(gross),
        "Đã hủy" if order.cancelled else "Hoàn thành",
        line.product.code,
        line.product.name,
        str(line.quantity),
        dots(line.price),
        dots(line.off),
        dots(line.net),
    ]


def _export_returns(market: Market, raw: Path) -> None:
    backs = [
        (line.returned_on, order, line) for order in market.of("Stores") for line in order.lines if line.returned_on
    ]
    years: dict[int, list[Row]] = {}
    for i, (day, order, line) in enumerate(sorted(backs, key=lambda b: (b[0], b[1].number, b[2].product.code))):
        unit = line.price - line.off
        amount = dots(unit * line.returned)
        years.setdefault(day.year, []).append(
            [f"TH{i + 1:06d}", dmy(day), order.number, order.place, line.product.code, line.product.name,
             line.returned, dots(unit), amount, 0, amount]
        )  # fmt: skip
    for year, rows in years.items():
        write_csv(raw / "kiotviet" / f"tra-hang_{year}.csv", [RETURN, *rows], encoding="utf-8-sig")


def _dirt(files: dict[str, list[Row]]) -> None:
    """Rows that cannot be used, and rows that came twice; none of them stands for a sale of its own."""
    dice = Dice("shop dirt")
    faults = [(1, "31/02/2026 10:15"), (1, "00/00/0000"), (0, ""), (9, "NC-99X"), (11, "-1"), (12, "liên hệ")]
    for name in ("2025-H1", "2025-H2", "2026-H1", "2026-H2"):
        rows = files[name]
        for i, (column, value) in enumerate(faults):
            row = list(dice.pick(rows[60:]))
            row[0] = f"HD9{name[2:4]}{name[-1]}{i:02d}"
            row[column] = value
            rows.insert(dice.whole(50, len(rows)), row)
        for _ in range(6):
            place = dice.whole(50, len(rows) - 1)
            rows.insert(place, rows[place])
