"""The web shop (Shopify), Shopee and TikTok Shop."""

import unicodedata
from datetime import date, datetime, timedelta
from pathlib import Path

from dice import Dice
from orders import Line, Order
from people import Buyer, plain, written
from sales import VOUCHER_ENDS, Market
from writing import Row, half, write_csv, write_xlsx

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Phone,Shipping Name,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Phone,Receipt Number,Duties,"
    "Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
).split(",")
SHOPEE = [
    "Mã đơn hàng", "Ngày đặt hàng", "Trạng Thái Đơn Hàng", "Lý do hủy", "Đơn Vị Vận Chuyển",
    "Trạng thái Trả hàng/Hoàn tiền", "SKU sản phẩm", "Tên sản phẩm", "SKU phân loại hàng", "Giá gốc",
    "Người bán trợ giá", "Được Shopee trợ giá", "Tổng số tiền được người bán trợ giá", "Giá ưu đãi", "Số lượng",
    "Tổng giá bán (sản phẩm)", "Tổng giá trị đơn hàng (VND)", "Mã giảm giá của Shop", "Mã giảm giá của Shopee",
    "Phí vận chuyển mà người mua trả", "Tổng số tiền người mua thanh toán", "Thời gian hoàn thành đơn hàng",
    "Phí cố định", "Người Mua", "Số điện thoại", "Tỉnh/Thành phố", "Quốc gia",
]  # fmt: skip
TIKTOK = [
    "Order ID", "Order Status", "Order Substatus", "Cancelation/Return Type", "Normal or Pre-order", "SKU ID",
    "Seller SKU", "Product Name", "Variation", "Quantity", "Sku Quantity of return", "SKU Unit Original Price",
    "SKU Subtotal Before Discount", "SKU Platform Discount", "SKU Seller Discount", "SKU Subtotal After Discount",
    "Order Amount", "Order Refund Amount", "Created Time", "Delivered Time", "Cancelled Time", "Cancel Reason",
    "Buyer Username", "Phone #", "Province",
]  # fmt: skip
TIKTOK_NOTE = [
    "Platform unique order ID.", "Current order status.", "Current order substatus.", "Cancel or Return/Refund.",
    "Normal order or pre-order.", "Platform unique SKU ID.", "Seller SKU.", "Product name.", "SKU variation.",
    "SKU sold quantity in the order.", "SKU returned quantity in the order.", "SKU original price.",
    "Before discounts.", "Discount paid by the platform.", "Discount paid by the seller.", "After all discounts.",
    "Total order amount.", "Total refund amount.", "Order created time.", "Order delivered time.",
    "Order cancelled time.", "Cancel reason.", "Buyer's username.", "Buyer's phone.", "Province.",
]  # fmt: skip
PROVINCES = {
    "North": ["Hà Nội", "Hải Phòng", "Quảng Ninh"],
    "Central": ["Đà Nẵng", "Huế", "Khánh Hòa"],
    "South": ["TP. Hồ Chí Minh", "Cần Thơ", "Đồng Nai"],
}


def export_web(market: Market, raw: Path) -> None:
    """Half-year files of the web shop; fields of the order stand on its first line only."""
    dice = Dice("web export")
    files: dict[str, list[list[str]]] = {}
    for order in market.of("Web shop"):
        rows = files.setdefault(half(order.at), [])
        rows.extend(_shopify(order, line, i == 0, dice) for i, line in enumerate(order.lines))
    _web_dirt(files)
    for name, rows in files.items():
        write_csv(raw / "web" / f"orders_export_{name}.csv", [SHOPIFY, *rows])


def _shopify(order: Order, line: Line, is_first: bool, dice: Dice) -> list[str]:
    row = dict.fromkeys(SHOPIFY, "")
    row |= {
        "Name": order.number,
        "Created at": _zone(order.at),
        "Lineitem quantity": str(line.quantity),
        "Lineitem name": line.product.name,
        "Lineitem price": f"{line.price}.00",
        "Lineitem sku": line.product.code,
        "Lineitem discount": f"{line.off * line.quantity}.00",
    }
    return list((row | _shopify_head(order, dice) if is_first else row).values())


def _shopify_head(order: Order, dice: Dice) -> dict[str, str]:
    assert order.buyer
    back = sum(line.returned * (line.price - line.off) for line in order.lines)
    status = (
        "voided"
        if order.cancelled
        else "paid"
        if not back
        else "refunded"
        if back == order.net
        else "partially_refunded"
    )
    phone = written(order.buyer.phone, dice)
    return {
        "Email": order.buyer.email if dice.chance(0.85) else order.buyer.email.title(),
        "Financial Status": status,
        "Paid at": "" if order.cancelled else _zone(order.at + timedelta(minutes=3)),
        "Currency": "VND",
        "Subtotal": f"{order.net}.00",
        "Shipping": "30000.00",
        "Taxes": "0.00",
        "Total": f"{order.net + 30_000}.00",
        "Discount Amount": f"{sum(line.off * line.quantity for line in order.lines)}.00",
        "Billing Name": order.buyer.name,
        "Note Attributes": f"utm_campaign: {order.campaign}" if order.campaign else "",
        "Cancelled at": _zone(order.at + timedelta(hours=5)) if order.cancelled else "",
        "Refunded Amount": f"{back}.00",
        "Phone": phone,
        "Shipping Province Name": province(order.buyer),
    }


def province(buyer: Buyer) -> str:
    """Where a buyer lives."""
    return PROVINCES[buyer.region][(buyer.number * buyer.number) % 5 % 3]


def _zone(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} +0700"


def _web_dirt(files: dict[str, list[list[str]]]) -> None:
    dice = Dice("web dirt")
    rows = files["2026-H2"]
    heads = [row for row in rows if row[1]]
    faults = {"Created at": "chưa rõ", "Lineitem sku": "OLD-SKU", "Lineitem quantity": "-2", "Lineitem price": "N/A"}
    for i, (column, value) in enumerate(list(faults.items()) * 3):
        row = list(dice.pick(heads))
        row[0] = f"#SM99{i:03d}"
        row[SHOPIFY.index(column)] = value
        rows.append(row)
    overlap = [row for row in files["2026-H1"] if "2026-06-29" in row[15] or "2026-06-30" in row[15]]
    files["2026-H2"] = overlap + rows


def export_shopee(market: Market, raw: Path) -> None:
    """Half-year workbooks of Shopee; the headers of one came in decomposed Unicode."""
    files: dict[str, list[Row]] = {}
    for order in market.of("Marketplaces"):
        if order.place == "Shopee":
            files.setdefault(half(order.at), []).extend(_shopee(order, line) for line in order.lines)
    _shopee_dirt(files)
    for name, rows in files.items():
        head = [unicodedata.normalize("NFD", text) for text in SHOPEE] if name == "2025-H1" else SHOPEE
        write_xlsx(raw / "shopee" / f"Order.all.{_span(name)}.xlsx", "orders", [head, *rows])


def _shopee(order: Order, line: Line) -> list[str | int]:
    assert order.buyer
    back = line.returned_on
    unit, fryer = line.price - line.off, line.product.group == "Air fryers"
    voucher = unit * 3 // 100 if fryer and order.at.date() < VOUCHER_ENDS else 0
    return [
        order.number,
        f"{order.at:%Y-%m-%d %H:%M}",
        "Đã hủy" if order.cancelled else "Hoàn thành",
        "Người mua đổi ý" if order.cancelled else "",
        "SPX Express",
        "Đã Chấp Thuận Yêu Cầu" if back else "",
        line.product.code,
        line.product.name,
        line.product.code,
        line.price,
        line.off,
        voucher,
        line.off * line.quantity,
        unit,
        line.quantity,
        line.net,
        order.net,
        0,
        voucher * line.quantity,
        0,
        order.net - voucher * line.quantity,
        f"{back:%Y-%m-%d} 18:00" if back else "",
        line.net * 4 // 100,
        username(order.buyer),
        "******" + order.buyer.phone[-1],
        province(order.buyer),
        "VN",
    ]


def username(buyer: Buyer) -> str:
    """The name a buyer has on the marketplaces."""
    return f"{plain(buyer.name.split()[-1])}{buyer.number}"


def _shopee_dirt(files: dict[str, list[Row]]) -> None:
    dice = Dice("shopee dirt")
    for name in ("2026-H1", "2026-H2"):
        rows = files[name]
        for i, (column, value) in enumerate(
            [(1, "2026-13-05 10:00"), (6, "KHONG-CO"), (14, -1), (9, "miễn phí"), (0, "")] * 2
        ):
            row = list(dice.pick(rows))
            row[0] = f"26ZZ{name[-1]}{i:03d}XX"
            row[column] = value
            rows.append(row)


def _span(name: str) -> str:
    year, first = int(name[:4]), name.endswith("H1")
    start = date(year, 1, 1) if first else date(year, 7, 1)
    end = date(year, 6, 30) if first else date(year, 12, 31)
    start, end = max(start, date(2023, 11, 1)), min(end, date(2026, 10, 31))
    return f"{start:%Y%m%d}_{end:%Y%m%d}"


def export_tiktok(market: Market, raw: Path) -> None:
    """Half-year files of TikTok Shop, the last two of which overlap by two weeks."""
    files: dict[str, list[Row]] = {}
    for order in market.of("Marketplaces"):
        if order.place == "TikTok":
            rows: list[Row] = [_tiktok(order, line) for line in order.lines]
            files.setdefault(_span(half(order.at)), []).extend(rows)
            if date(2026, 6, 17) <= order.at.date() <= date(2026, 6, 30):
                files.setdefault("20260701_20261031", []).extend(rows)
    _tiktok_dirt(files)
    for name, rows in files.items():
        name = "20260617_20261031" if name == "20260701_20261031" else name
        write_csv(raw / "tiktok" / f"tiktok_orders_{name}.csv", [TIKTOK, TIKTOK_NOTE, *rows], encoding="utf-8-sig")


def _tiktok(order: Order, line: Line) -> list[str]:
    assert order.buyer
    unit, fryer = line.price - line.off, line.product.group == "Air fryers"
    platform = unit * line.quantity * 3 // 100 if fryer and order.at.date() < VOUCHER_ENDS else 0
    stamp = "%d/%m/%Y %H:%M:%S"
    number = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789")
    sku = "17299" + "".join(f"{number.index(c):02d}" for c in line.product.code) + "00"
    return [
        order.number + "\t",
        "Đã hủy" if order.cancelled else "Đã hoàn tất",
        "",
        "Cancel" if order.cancelled else "Return/Refund" if line.returned else "",
        "Normal",
        sku + "\t",
        line.product.code,
        line.product.name,
        "Default",
        str(line.quantity),
        str(line.returned),
        str(line.price),
        str(line.price * line.quantity),
        str(platform),
        str(line.off * line.quantity),
        str(line.net - platform),
        str(order.net - platform),
        str(line.returned * unit),
        order.at.strftime(stamp),
        "" if order.cancelled else (order.at + timedelta(days=3)).strftime(stamp),
        (order.at + timedelta(hours=9)).strftime(stamp) if order.cancelled else "",
        "Đổi ý" if order.cancelled else "",
        username(order.buyer),
        f"(+84)*******{order.buyer.phone[-2:]}",
        province(order.buyer),
    ]


def _tiktok_dirt(files: dict[str, list[Row]]) -> None:
    dice = Dice("tiktok dirt")
    rows = files["20260101_20260630"]
    for i, (column, value) in enumerate([(18, "40/05/2026 07:00:00"), (6, "TEST-SKU"), (9, "-3"), (11, "free")] * 3):
        row = list(dice.pick(rows))
        row[0] = f"5799{i:014d}\t"
        row[column] = value
        rows.append(row)
