"""MISA: the detailed sales ledger with its titles, subtotals and return vouchers; export invoices in US dollars."""

from datetime import date
from pathlib import Path

from dice import Dice
from export_online import PROVINCES
from orders import Line, Order
from sales import Market
from writing import Row, comma_decimal, dmy, serial, write_csv, write_xlsx

LEDGER = [
    "Ngày hạch toán", "Ngày chứng từ", "Số chứng từ", "Ngày hóa đơn", "Số hóa đơn", "Diễn giải", "Mã khách hàng",
    "Tên khách hàng", "Mã hàng", "Tên hàng", "ĐVT", "Tổng số lượng bán", "Đơn giá", "Doanh số bán", "Chiết khấu",
    "Tổng số lượng trả lại", "Giá trị trả lại", "Giá trị giảm giá", "Thuế GTGT", "Tổng thanh toán", "Giá vốn",
    "Mã nhân viên bán hàng", "Tỉnh/Thành phố",
]  # fmt: skip
ABROAD = [
    "Số chứng từ", "Ngày chứng từ", "Mã khách hàng", "Tên khách hàng", "Mã hàng", "Số lượng", "Đơn giá (USD)",
    "Thành tiền (USD)", "Tỷ giá", "Mã nhân viên", "Khu vực",
]  # fmt: skip
_SUMMED = [13, 14, 16, 18, 19]


def export_dealers(market: Market, raw: Path) -> None:
    """One workbook a year; months end with a row 'Cộng', the year with 'Tổng cộng'."""
    years: dict[int, list[tuple[date, str, Row]]] = {}
    for day, key, row in sorted(_sales(market) + _returns(market), key=lambda entry: entry[:2]):
        years.setdefault(day.year, []).append((day, key, row))
    for year, entries in years.items():
        last = "31/10/2026" if year == 2026 else f"31/12/{year}"
        title: list[Row] = [["SỔ CHI TIẾT BÁN HÀNG"], [f"Từ ngày 01/01/{year} đến ngày {last}"], [], LEDGER]
        body = _with_totals(entries) + _dirt(year, [row for _, _, row in entries])
        write_xlsx(raw / "misa" / f"so-chi-tiet-ban-hang_{year}.xlsx", "Sheet1", title + body)
    _export_abroad(market, raw)


def _sales(market: Market) -> list[tuple[date, str, Row]]:
    good = [o for o in market.of("Dealers") if not o.cancelled and o.place != "USD"]
    return [
        (o.at.date(), f"{o.number}{i:02d}", _voucher(o, line, o.number, o.at.date(), False))
        for o in good
        for i, line in enumerate(o.lines)
    ]


def _returns(market: Market) -> list[tuple[date, str, Row]]:
    backs = [
        (line.returned_on, order, line)
        for order in market.of("Dealers")
        for line in order.lines
        if line.returned_on and order.place != "USD"
    ]
    backs.sort(key=lambda back: (back[0], back[1].number, back[2].product.code, back[2].off))
    out = []
    for i, (day, order, line) in enumerate(backs):
        number = f"TL{day:%y%m}-{i + 1:05d}"
        out.append((day, number, _voucher(order, line, number, day, True)))
    return out


def _voucher(order: Order, line: Line, number: str, day: date, is_return: bool) -> Row:
    assert order.account
    gross, net = line.quantity * line.price, line.net
    back = line.returned * (line.price - line.off) if is_return else 0
    sold = 0 if is_return else gross
    off = 0 if is_return else gross - net
    tax = (sold - off - back) * 8 // 100
    return [
        serial(day),
        serial(day),
        number,
        serial(order.at.date()),
        order.number,
        f"Hàng bán trả lại theo {order.number}" if is_return else f"Bán hàng {order.account.name}",
        order.account.code,
        order.account.name,
        line.product.code,
        line.product.name,
        "Cái",
        0 if is_return else line.quantity,
        line.price,
        sold,
        off,
        line.returned if is_return else 0,
        back,
        0,
        tax,
        sold - off - back + tax,
        line.product.cost * (line.returned if is_return else line.quantity),
        order.person,
        PROVINCES[order.region][int(order.account.code[2:]) % 3],
    ]


def _with_totals(entries: list[tuple[date, str, Row]]) -> list[Row]:
    out: list[Row] = []
    month: list[Row] = []
    for i, (day, _, row) in enumerate(entries):
        month.append(row)
        if i + 1 == len(entries) or entries[i + 1][0].month != day.month:
            out += [*month, _total("Cộng", month)]
            month = []
    return [*out, _total("Tổng cộng", [row for _, _, row in entries])]


def _total(label: str, rows: list[Row]) -> Row:
    total: list[str | int] = [""] * len(LEDGER)
    total[0] = label
    for column in _SUMMED:
        total[column] = sum(row[column] for row in rows)
    return total


def _dirt(year: int, rows: list[Row]) -> list[Row]:
    """Vouchers typed by hand below the total: without a day, with an unknown item, with words for figures."""
    if year != 2026:
        return []
    dice = Dice("misa dirt")
    out: list[Row] = []
    for i, (column, value) in enumerate([(1, "hôm qua"), (8, "XX-00"), (11, -4), (13, "tạm tính")] * 3):
        row = list(dice.pick(rows[:400]))
        row[2] = row[4] = f"BH26ZZ-{i:05d}"
        row[column] = value
        row[0] = row[0] if column != 1 else ""
        out.append(row)
    return out


def _export_abroad(market: Market, raw: Path) -> None:
    files: dict[int, list[Row]] = {}
    for order in market.of("Dealers"):
        if order.place == "USD":
            files.setdefault(order.at.year, []).extend(_abroad(order, line) for line in order.lines)
    for year, rows in files.items():
        write_csv(raw / "misa" / f"xuat-khau_{year}.csv", [ABROAD, *rows], separator=";")


def _abroad(order: Order, line: Line) -> Row:
    assert order.account
    return [
        order.number, dmy(order.at), order.account.code, order.account.name, line.product.code, line.quantity,
        comma_decimal(line.cents), comma_decimal(line.cents * line.quantity), "", order.person,
        {"North": "Miền Bắc", "Central": "Miền Trung", "South": "Miền Nam"}[order.region],
    ]  # fmt: skip
