"""Kinds of commerce, billing and accounting: a small file that looks like the export, and what it becomes."""

import csv
import io
import unicodedata
from datetime import date, datetime
from pathlib import Path

import fastexcel
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from revops.company import Company, Mapping
from revops.ingest.derive import complete
from revops.ingest.fields import TOLD
from revops.ingest.kinds import known
from revops.ingest.reader import decode
from revops.tables import key_of

from ..small import LINES

FILES = Path(__file__).parent / "files"
KINDS = [
    "shopify_orders", "shopee_orders", "tiktok_orders", "lazada_orders", "kiotviet_invoices", "kiotviet_returns",
    "pos_generic", "woocommerce_analytics", "woocommerce_orders", "misa_sales", "misa_receivables", "einvoices",
    "stripe_subscriptions", "stripe_invoices",
]  # fmt: skip
BESIDE = {
    "raw/beside/one.csv": "order,day,item,qty,price,channel\nbeside,2026-10-01,A,1,5,x\n",
    "raw/rates/usd.csv": "currency,start_on,rate\nUSD,2026-01-01,25400\n",
}
RATES = {"kind": "table", "table": "fx_rates", "files": "raw/rates/*.csv",
         "columns": {"currency": "currency", "start_on": "start_on", "rate": "rate"}}  # fmt: skip


def load(shop, *names, **source):
    """The files of one kind, beside a sale (so that the period has one) and a rate of the dollar."""
    kind = names[0].split(".")[0]
    files = {f"raw/mine/{name}": (FILES / name).read_bytes() for name in names}
    return read(shop, files, kind=kind, **source)


def read(shop, files, **source):
    mine = {"files": "raw/mine/*", **source}
    sources = {"mine": mine, "beside": {**LINES, "files": "raw/beside/*.csv"}, "rates": RATES}
    return shop.write({**BESIDE, **files}, sources).load(as_of="2026-11-10")


def pick(loaded, table, *columns):
    return loaded.tables[table].sort(key_of(table)).filter(pl.col("source") == "mine").select(columns).rows()


def fates(loaded):
    """(fate, reason, rows) of the source."""
    mine = loaded.fates.filter(pl.col("source") == "mine")
    return mine.group_by("fate", "reason").agg(pl.col("rows").sum()).sort("fate", "reason").rows()


def windows(text):
    """cp1258: letters with their hat or horn, tones behind them."""
    tones = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
    letters = (unicodedata.normalize("NFD", letter) for letter in text)
    parts = ((unicodedata.normalize("NFC", "".join(c for c in d if ord(c) not in tones)), d) for d in letters)
    return "".join(base + "".join(c for c in d if ord(c) in tones) for base, d in parts).encode("cp1258")


def grid(name):
    """A fixture's cells as text."""
    data = (FILES / name).read_bytes()
    if data.startswith(b"PK"):
        sheet = fastexcel.read_excel(data).load_sheet(0, header_row=None, dtypes="string").to_polars()
        return [[cell or "" for cell in row] for row in sheet.rows()]
    text = decode(data)[0]
    return list(csv.reader(io.StringIO(text), delimiter="\t" if "\t" in text.splitlines()[0] else ","))


def written(cells, encoding):
    """Cells as a file of one of the encodings that `about` names."""
    if encoding == "xlsx":
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for row, texts in enumerate(cells):
                sheet.write_row(row, 0, texts)
        return buffer.getvalue()
    buffer = io.StringIO()
    csv.writer(buffer, delimiter="\t" if encoding.endswith("with tabs") else ",").writerows(cells)
    name = encoding.split()[0]
    return windows(buffer.getvalue()) if name == "cp1258" else buffer.getvalue().encode(name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_are_told_of_a_kind_is_whole(kind):
    about = known()[kind].about
    assert about is not None
    assert all((about.system, about.export, about.grain, about.date, about.cancelled, about.returned, about.encodings))


@pytest.mark.parametrize(
    ("kind", "encoding"), [(kind, encoding) for kind in KINDS for encoding in known()[kind].about.encodings]
)
def test_every_encoding_that_a_kind_names_gives_the_same_tables(shop, kind, encoding):
    name = next(path.name for path in sorted(FILES.glob(f"{kind}.*")) if path.name.count(".") == 1)
    cells, start = grid(name), {"raw/mine/x.bin": (FILES / name).read_bytes()}
    as_is = read(shop, start, kind=kind).tables
    again = read(shop, {"raw/mine/x.bin": written(cells, encoding)}, kind=kind)
    assert again.log.filter(pl.col("source") == "mine")["encoding"].to_list() == [encoding.split()[0]]
    for table in as_is:
        assert again.tables[table].equals(as_is[table]), table


# --- Shopify ---------------------------------------------------------------------------------------------------------


def test_shopify_takes_a_discount_code_off_all_lines_of_its_order(shop):
    """#1001: lines 850,000 + 290,000 against a subtotal of 1,040,000, so 100,000 off: 74,561 and 25,439."""
    loaded = load(shop, "shopify_orders.csv")
    assert pick(loaded, "orders", "order_id", "ordered_at", "customer_id", "region", "is_cancelled") == [
        ("#1001", datetime(2026, 10, 5, 9, 10), "shopify:lan.pham@khach.example", "Huế", False),
        ("#1002", datetime(2026, 10, 31, 23, 30), "shopify:minh@khach.example", "Hà Nội", False),
        ("#1003", datetime(2026, 10, 12, 8), "shopify:hoa@khach.example", "Hà Nội", True),
    ]
    assert pick(loaded, "order_lines", "line_id", "gross_amount", "discount_amount", "net_amount") == [
        ("#1001-FAN-40", 900000, 124561, 775439),
        ("#1001-KET-17", 290000, 25439, 264561),
        ("#1002-FAN-40", 450000, 0, 450000),
        ("#1002-KET-17", 290000, 0, 290000),
        ("#1003-FAN-40", 450000, 0, 450000),
    ]


def test_shopify_refunds_and_campaigns(shop):
    loaded = load(shop, "shopify_orders.csv")
    assert pick(loaded, "returns", "order_id", "product_id", "returned_on", "quantity", "net_amount") == [
        ("#1002", "KET-17", date(2026, 10, 31), 1, 290000)
    ]
    assert pick(loaded, "touches", "order_id", "campaign") == [("#1001", "THU_2026")]
    assert pick(loaded, "customers", "name", "phone")[1] == ("Phạm Lan", "+84912345678")


@pytest.mark.parametrize(
    ("total", "refund", "net", "returned"),
    [
        ("1110000", "0", [648149, 351851], []),  # 1,080,000 + shipping: the prices have the 80,000 in them
        ("1190000", "0", [700000, 380000], []),  # taxes on top
        ("1110000", "1110000", [648149, 351851], [648149, 351851]),
        ("1110000", "380000", [648149, 351851], [351851]),  # the whole second line
        ("1110000", "108000", [648149, 351851], [64814, 35186]),
        ("1190000", "108000", [700000, 380000], [65172, 35380]),  # 108,000 with 7,448 of taxes
    ],
)
def test_shopify_prices_without_the_tax_in_them(shop, total, refund, net, returned):
    head = "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem price,Lineitem sku,Refunded Amount\n"  # noqa: E501
    first = f"#1,a@x.vn,paid,VND,1080000.00,30000.00,80000.00,{total}.00,2026-10-05 10:00:00 +0700,1,700000.00,A,{refund}.00\n"  # noqa: E501
    text = head + first + "#1,,,,,,,,,1,380000.00,B,\n"
    loaded = read(shop, {"raw/mine/x.csv": text}, kind="shopify_orders")
    assert pick(loaded, "order_lines", "gross_amount", "net_amount") == [(amount, amount) for amount in net]
    assert [amount for (amount,) in pick(loaded, "returns", "net_amount")] == returned


# --- Shopee ----------------------------------------------------------------------------------------------------------


def test_shopee_takes_the_shops_voucher_once_though_each_line_repeats_it(shop):
    """261002AAA1: lines 800,000 + 300,000, voucher 50,000 and combo 10,000 on both: 60,000 off, not 120,000."""
    loaded = load(shop, "shopee_orders.xlsx")
    assert pick(loaded, "order_lines", "line_id", "quantity", "gross_amount", "net_amount") == [
        ("261002AAA1-AN-17", 1, 320000, 283636),
        ("261002AAA1-QD-12", 2, 900000, 756364),
        ("261003AAA2-QD-12", 1, 450000, 400000),
        ("261004AAA3-QD-12", 1, 450000, 400000),
        ("261005AAA4-AN-17", 1, 320000, 300000),
        ("261006AAA5-AN-17-DO", 1, 320000, 300000),
    ]


def test_shopee_returns_go_before_cancellations_and_a_lost_parcel_came_back(shop):
    loaded = load(shop, "shopee_orders.xlsx")
    assert pick(loaded, "orders", "order_id", "is_cancelled") == [
        ("261002AAA1", False),  # Hoàn thành
        ("261003AAA2", True),  # Đã hủy: the buyer's mind
        ("261004AAA3", False),  # Đã hủy: Giao hàng thất bại
        ("261005AAA4", False),  # Đã hủy, but the return was accepted
        ("261006AAA5", False),  # received, return refused
    ]
    assert pick(loaded, "returns", "order_id", "returned_on", "quantity", "net_amount") == [
        ("261004AAA3", date(2026, 10, 4), 1, 400000),
        ("261005AAA4", date(2026, 10, 11), 1, 300000),
    ]


def test_shopee_of_old_with_decomposed_headers_and_without_a_line_total(shop):
    loaded = load(shop, "shopee_orders.old.xlsx")
    assert pick(loaded, "orders", "order_id", "is_cancelled") == [
        ("200102OLD1", False), ("200103OLD2", True), ("200104OLD3", False),
    ]  # fmt: skip
    assert pick(loaded, "order_lines", "net_amount") == [(800000,), (400000,), (400000,)]
    assert pick(loaded, "returns", "order_id", "net_amount") == [("200104OLD3", 400000)]


@pytest.mark.parametrize(
    ("status", "returned"),
    [
        ("", False),
        ("Đã Chấp Thuận Yêu Cầu", True),
        ("Yêu cầu được chấp thuận một phần", True),
        ("Hoàn tiền thành công", True),
        ("Đã từ chối yêu cầu trả hàng", False),
        ("Đã huỷ yêu cầu trả hàng", False),
        ("Yêu cầu trả hàng đang được xem xét", False),
    ],
)
def test_shopee_returns_in_other_words(shop, status, returned):
    head = "Mã đơn hàng,Ngày đặt hàng,Trạng Thái Đơn Hàng,Trạng thái Trả hàng/Hoàn tiền,SKU sản phẩm,Giá gốc,Giá ưu đãi,Số lượng,Người Mua\n"  # noqa: E501
    text = head + f"A1,2026-10-02 10:00,Hoàn thành,{status},X,1000,1000,1,an\n"
    loaded = read(shop, {"raw/mine/x.csv": text}, kind="shopee_orders")
    assert len(pick(loaded, "returns", "order_id")) == returned


# --- TikTok Shop -----------------------------------------------------------------------------------------------------


def test_tiktok_reads_lines_and_never_the_orders_own_amounts(shop):
    loaded = load(shop, "tiktok_orders.csv")
    assert pick(loaded, "order_lines", "order_id", "quantity", "gross_amount", "net_amount") == [
        ("577046141303878575", 1, 300000, 280000),
        ("577046141303878575", 3, 1200000, 1110000),
        ("577046141303878576", 1, 300000, 300000),
        ("577046141303878577", 1, 300000, 300000),
        ("577046141303878578", 1, 300000, 300000),
    ]
    assert loaded.log.filter(pl.col("source") == "mine")["rows_not_data"].to_list() == [1]


def test_tiktok_cancelled_lines_return_nothing_unless_the_row_is_a_return(shop):
    loaded = load(shop, "tiktok_orders.csv")
    assert pick(loaded, "orders", "order_id", "is_cancelled") == [
        ("577046141303878575", False),
        ("577046141303878576", True),  # Đã hủy, Cancel, though all its units are told as returned
        ("577046141303878577", False),  # Đã hủy, Trả hàng/Hoàn tiền
        ("577046141303878578", True),  # Chưa thanh toán
    ]
    assert pick(loaded, "returns", "order_id", "returned_on", "quantity", "net_amount") == [
        ("577046141303878575", date(2026, 10, 9), 1, 370000),
        ("577046141303878577", date(2026, 10, 11), 1, 300000),
    ]


def test_tiktok_with_the_month_first_is_read_where_the_source_says_so(shop):
    text = decode((FILES / "tiktok_orders.csv").read_bytes())[0].replace(
        "13/10/2026 08:30:00", "10/13/2026 08:30:00 PM"
    )
    loaded = read(shop, {"raw/mine/x.csv": text}, kind="tiktok_orders", formats={"dates": "mdy"})
    assert pick(loaded, "orders", "ordered_at")[-1] == (datetime(2026, 10, 13, 20, 30),)


# --- Lazada ----------------------------------------------------------------------------------------------------------


def test_lazada_sells_a_unit_a_row_and_leaves_out_a_cancelled_unit_of_an_order_that_stands(shop):
    loaded = load(shop, "lazada_orders.xlsx")
    assert pick(loaded, "orders", "order_id", "ordered_at", "is_cancelled") == [
        ("4870001", datetime(2026, 10, 28, 23, 30), False),
        ("4870002", datetime(2026, 10, 5, 8), True),
        ("4870003", datetime(2026, 10, 6, 8), False),
    ]
    assert pick(loaded, "order_lines", "line_id", "product_id", "quantity", "gross_amount", "net_amount") == [
        ("48700010001", "QD-12", 1, 450000, 400000),
        ("48700010002", "QD-12", 1, 450000, 400000),
        ("48700020001", "AN-17", 1, 300000, 300000),
        ("48700030001", "AN-17", 1, 300000, 270000),
        ("48700030002", "QD-12", 1, 450000, 450000),
    ]
    assert pick(loaded, "returns", "line_id", "returned_on", "quantity", "net_amount") == [
        ("48700030001", date(2026, 10, 15), 1, 270000)
    ]
    assert fates(loaded) == [("kept", None, 5), ("left_out", "line_cancelled", 1)]


def test_lazada_with_spaced_headers_counts_what_the_buyer_paid(shop):
    loaded = load(shop, "lazada_orders.csv")
    assert pick(loaded, "order_lines", "line_id", "gross_amount", "net_amount") == [
        ("48800010001", 450000, 420000), ("48800020001", 300000, 300000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "order_id", "returned_on", "net_amount") == [
        ("4880002", date(2026, 10, 9), 300000)  # failed: the parcel came back
    ]


def test_both_layouts_of_lazada_are_one_source(shop):
    assert len(pick(load(shop, "lazada_orders.xlsx", "lazada_orders.csv"), "orders", "order_id")) == 5


# --- KiotViet --------------------------------------------------------------------------------------------------------


def test_kiotviet_takes_the_invoices_discount_off_its_lines(shop):
    """HD000101: lines 1,000,000 + 2,800,000, 190,000 (5 %) off the whole invoice, under the first 'Giảm giá'."""
    loaded = load(shop, "kiotviet_invoices.xlsx")
    assert pick(loaded, "order_lines", "line_id", "quantity", "gross_amount", "discount_amount", "net_amount") == [
        ("HD000101-NC-65", 2, 3000000, 340000, 2660000),
        ("HD000101-QD-12", 1, 1000000, 50000, 950000),
        ("HD000102-QD-12", 1, 1000000, 0, 1000000),
        ("HD000103-NC-65", 1, 1500000, 0, 1500000),
    ]


def test_kiotviet_buyers_without_a_name_are_nobody(shop):
    loaded = load(shop, "kiotviet_invoices.xlsx")
    assert pick(loaded, "orders", "order_id", "customer_id", "person_id", "is_cancelled") == [
        ("HD000101", "kiotviet:KH000077", "NV-07", False),
        ("HD000102", None, "NV-07", False),  # Khách lẻ, although KiotViet numbers it
        ("HD000103", "kiotviet:KH000078", "NV-07", True),
    ]
    assert pick(loaded, "customers", "name", "phone") == [("Trần An", "+84935570168"), ("Võ Bình", "+84905123456")]


@pytest.mark.parametrize(
    ("name", "returns"),
    [
        ("kiotviet_returns.csv", [("TH000011-NC-65", date(2026, 10, 20), "HD000101", "NC-65", 1, 1330000)]),
        ("kiotviet_returns.list.csv", [("TH000013-?", date(2026, 10, 22), "HD000101", None, 0, 1000000)]),
    ],
)
def test_kiotviet_returns_with_and_without_details(shop, name, returns):
    columns = "return_id", "returned_on", "order_id", "product_id", "quantity", "net_amount"
    assert pick(load(shop, name), "returns", *columns) == returns


def test_a_cancelled_kiotviet_return_is_left_out(shop):
    assert fates(load(shop, "kiotviet_returns.csv")) == [("kept", None, 1), ("left_out", "not_asked_for", 1)]


# --- A plain point of sale -------------------------------------------------------------------------------------------


def test_a_receipt_with_a_discount_on_the_bill(shop):
    loaded = load(shop, "pos_generic.csv")
    assert pick(loaded, "orders", "order_id", "ordered_at", "region", "person_id", "customer_id", "is_cancelled") == [
        ("1-1001", datetime(2026, 10, 13, 8, 53), "Huế", "NV-07", "pos:C-17", False),
        ("1-1003", datetime(2026, 10, 15, 10), "Huế", "NV-08", None, True),
    ]
    assert pick(loaded, "order_lines", "line_id", "quantity", "net_amount") == [
        ("1-1001-FAN-40", 2, 866250), ("1-1001-KET-17", 1, 288750), ("1-1003-FAN-40", 1, 450000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "return_id", "returned_on", "order_id", "quantity", "net_amount") == [
        ("1-1002-FAN-40", date(2026, 10, 14), None, 1, 433125)
    ]


def test_vietnamese_receipts_in_utf_16_with_a_negative_line(shop):
    loaded = load(shop, "pos_generic.vi.txt")
    assert pick(loaded, "order_lines", "line_id", "quantity", "net_amount") == [
        ("P0001-QD-12", 1, 450000), ("P0002-AN-17", 2, 600000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "return_id", "returned_on", "quantity", "net_amount") == [
        ("P0001-AN-17", date(2026, 10, 3), 1, 300000)
    ]
    assert pick(loaded, "orders", "order_id", "region", "is_cancelled") == [
        ("P0001", "Cầu Giấy", False), ("P0002", "Cầu Giấy", True),
    ]  # fmt: skip
    log = loaded.log.filter(pl.col("source") == "mine")
    assert log.select("encoding", "header_row", "rows_read", "rows_not_data").rows() == [("utf-16", 3, 3, 1)]


# --- WooCommerce -----------------------------------------------------------------------------------------------------


def test_woocommerce_analytics_counts_net_sales_and_refunds_on_their_own_day(shop):
    loaded = load(shop, "woocommerce_analytics.csv")
    assert pick(loaded, "orders", "order_id", "ordered_on", "is_cancelled") == [
        ("2001", date(2026, 10, 5), False), ("2002", date(2026, 10, 6), False), ("2003", date(2026, 10, 8), True),
    ]  # fmt: skip
    assert pick(loaded, "order_lines", "line_id", "product_id", "quantity", "net_amount") == [
        ("2001", None, 3, 870000), ("2002", None, 1, 300000), ("2003", None, 1, 300000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "return_id", "returned_on", "order_id", "quantity", "net_amount") == [
        ("refund:2001 2026-10-25 08:00:00", date(2026, 10, 25), "2001", 0, 92593),
        ("refund:2002 2026-10-20 14:30:00", date(2026, 10, 20), "2002", 1, 300000),
    ]


def test_a_refund_in_next_months_file_leaves_the_order_of_this_months_alone(shop):
    cells = grid("woocommerce_analytics.csv")
    files = {
        "raw/mine/2026-10-06.csv": written([cells[0], *cells[2:3]], "utf-8"),
        "raw/mine/2026-10-20.csv": written([cells[0], *cells[3:4]], "utf-8"),
    }
    loaded = read(shop, files, kind="woocommerce_analytics", received_on=r"(\d{4}-\d{2}-\d{2})\.csv")
    assert pick(loaded, "order_lines", "order_id", "net_amount") == [("2002", 300000)]
    assert pick(loaded, "returns", "order_id", "net_amount") == [("2002", 300000)]


def test_woocommerce_orders_without_tax_and_shipping(shop):
    loaded = load(shop, "woocommerce_orders.csv")
    assert pick(loaded, "orders", "order_id", "customer_id", "is_cancelled") == [
        ("3001", "woocommerce:17", False),
        ("3002", "woocommerce:minh@khach.example", False),  # a guest
        ("3003", "woocommerce:18", False),
        ("3004", "woocommerce:19", True),
    ]
    assert pick(loaded, "order_lines", "order_id", "net_amount") == [
        ("3001", 1000000), ("3002", 500000), ("3003", 500000), ("3004", 300000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "order_id", "returned_on", "net_amount") == [
        ("3002", date(2026, 10, 6), 500000),  # refunded whole, no amount told
        ("3003", date(2026, 10, 7), 92593),  # 100,000 with the order's VAT, 40,000 on 500,000
    ]
    assert loaded.quarantine.select("row", "reason").rows() == [(6, "not_positive")]  # a refund as an order
    assert pick(loaded, "customers", "name", "phone")[0] == ("Lan Phạm", "+84912345678")


def test_woocommerce_orders_by_item_never_sum_the_orders_total(shop):
    loaded = load(shop, "woocommerce_orders.items.csv")
    assert pick(loaded, "order_lines", "line_id", "quantity", "net_amount") == [
        ("3011-FAN-40", 2, 800000), ("3011-KET-17", 1, 200000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "line_id", "net_amount") == [("3011-FAN-40", 370370), ("3011-KET-17", 92593)]


# --- Accounting ------------------------------------------------------------------------------------------------------


def test_misa_returns_and_price_reductions_are_vouchers_of_their_own(shop):
    loaded = load(shop, "misa_sales.xlsx")
    assert pick(loaded, "orders", "order_id", "ordered_on", "account_id", "customer_id", "person_id", "region") == [
        ("BH2610-001", date(2026, 10, 1), "DL085", "misa:DL085", "NV-11", "Cần Thơ")
    ]
    assert pick(loaded, "order_lines", "line_id", "quantity", "gross_amount", "net_amount") == [
        ("BH2610-001-LN-DB", 2, 4940000, 4900000), ("BH2610-001-QT-16", 10, 5100000, 5000000),
    ]  # fmt: skip
    assert pick(loaded, "returns", "return_id", "returned_on", "order_id", "line_id", "quantity", "net_amount") == [
        ("GG2610-001-LN-DB", date(2026, 10, 17), None, None, 0, 200000),  # its invoice is one of its own
        ("TL2610-001-QT-16", date(2026, 10, 15), "BH2610-001", "BH2610-001-QT-16", 2, 1000000),
    ]


def test_misa_titles_groups_and_totals_are_no_data(shop):
    loaded = load(shop, "misa_sales.xlsx")
    log = loaded.log.filter(pl.col("source") == "mine")
    assert log.select("header_row", "rows_read", "rows_kept", "rows_not_data").rows() == [(4, 4, 4, 3)]
    assert [str(fault) for fault in loaded.faults if "total row" in str(fault)] == []


def test_misa_receivables_are_invoices_with_their_vat_and_payments(shop):
    loaded = load(shop, "misa_receivables.xlsx")
    company, dealer = "misa:Công ty CP Điện lạnh Cửu Long", "misa:Đại lý Minh Châu"
    columns = "invoice_id", "issued_on", "customer_id", "net_amount", "tax_amount", "total_amount"
    assert pick(loaded, "invoices", *columns) == [
        ("BH2610-001", date(2026, 10, 1), company, 9900000, 792000, 10692000),
        ("BH2610-002", date(2026, 10, 5), dealer, 2000000, 200000, 2200000),
        ("TL2610-001", date(2026, 10, 15), company, -1000000, -80000, -1080000),  # a return
    ]
    assert pick(loaded, "payments", "payment_id", "paid_on", "customer_id", "payment_amount") == [
        ("NTTK-0009", date(2026, 10, 20), company, 8000000), ("PT-0003", date(2026, 10, 6), dealer, 2200000),
    ]  # fmt: skip


def test_a_row_that_heads_a_group_says_its_customer_to_the_rows_below_and_is_left_out(shop):
    loaded = load(shop, "misa_receivables.xlsx")
    assert fates(loaded) == [
        ("kept", None, 5),
        ("left_out", "heads_group", 2),
        ("left_out", "not_asked_for", 1),  # offset against what the company owes
        ("merged", "line_of_invoice", 3),  # the VAT of a voucher
    ]


def test_einvoice_lines_become_one_row_an_invoice_with_its_sign(shop):
    loaded = load(shop, "einvoices.xlsx")
    columns = "invoice_id", "issued_on", "is_cancelled", "corrects_id", "customer_id", "net_amount", "tax_amount"
    seller, buyer = "0312345678/1C26TSM", "einvoice:1801234567"
    assert pick(loaded, "invoices", *columns) == [
        (f"{seller}/301", date(2026, 10, 5), False, None, buyer, 5200000, 400000),  # 5,000,000 at 8 % + 200,000 KCT
        (f"{seller}/302", date(2026, 10, 13), True, None, None, 2000000, 200000),  # Hóa đơn đã bị hủy
        (f"{seller}/303", date(2026, 10, 20), False, f"{seller}/301", buyer, -500000, -40000),  # điều chỉnh giảm
        (f"{seller}/304", date(2026, 10, 21), False, f"{seller}/302", buyer, 500000, 40000),  # thay thế
    ]
    assert fates(loaded) == [("kept", None, 4), ("merged", "line_of_invoice", 1)]


def test_the_tax_portals_list_gives_the_same_numbers_to_invoices(shop):
    loaded = load(shop, "einvoices.list.xlsx")
    columns = "invoice_id", "is_cancelled", "net_amount", "tax_amount", "total_amount"
    assert pick(loaded, "invoices", *columns) == [
        ("0312345678/1C26TSM/301", False, 5200000, 400000, 5600000),  # adjusted: it stays
        ("0312345678/1C26TSM/302", True, 2000000, 200000, 2200000),  # replaced
        ("0312345678/1C26TSM/303", False, -500000, -40000, -540000),
    ]


def test_an_invoice_of_which_a_line_cannot_be_read_waits_whole(shop):
    cells = grid("einvoices.xlsx")
    cells[2][cells[0].index("Thành tiền")] = "hai trăm nghìn"
    loaded = read(shop, {"raw/mine/x.csv": written(cells, "utf-8")}, kind="einvoices")
    assert loaded.quarantine.select("row", "reason", "found").rows() == [
        (2, "line_not_kept", "0312345678/1C26TSM/301"), (3, "unreadable_money", "hai trăm nghìn"),
    ]  # fmt: skip
    assert len(pick(loaded, "invoices", "invoice_id")) == 3


# --- Stripe ----------------------------------------------------------------------------------------------------------


def test_stripe_subscriptions_as_months_and_ends(shop):
    loaded = load(shop, "stripe_subscriptions.csv")
    assert pick(loaded, "subscriptions", "subscription_id", "start_on", "end_on", "mrr") == [
        ("sub_dollar", date(2026, 6, 1), None, 4127500),  # 12.50 × 3 a week × 52 ÷ 12 = 162.50 dollars at 25,400
        ("sub_gone", date(2026, 5, 10), date(2026, 9, 10), 250000),  # Ended At, not Canceled At
        ("sub_in_trial", date(2026, 11, 8), None, 250000),  # first paid day
        ("sub_leaving", date(2026, 5, 10), date(2026, 11, 10), 250000),  # runs to the end of the paid period
        ("sub_month", date(2026, 4, 1), None, 500000),  # 31 March 18:30 UTC is 1 April in Vietnam; 2 × 250,000
        ("sub_trial", date(2026, 9, 15), None, 250000),
        ("sub_unpaid", date(2026, 5, 10), date(2026, 9, 10), 250000),  # paid until its period began
        ("sub_year", date(2026, 1, 15), None, 83333),  # 1,000,000 ÷ 12; past due runs on
    ]
    assert fates(loaded)[-1] == ("left_out", "not_asked_for", 2)  # never paid, left in the trial
    assert pick(loaded, "subscriptions", "currency", "source_mrr")[:2] == [
        ("USD", 162_5000), ("VND", 250_000_0000),  # in 1/10,000 of the price's own currency
    ]  # fmt: skip


def test_stripe_invoices_and_their_payments(shop):
    loaded = load(shop, "stripe_invoices.csv")
    columns = "invoice_id", "issued_on", "due_on", "is_cancelled", "subscription_id", "net_amount", "total_amount"
    assert pick(loaded, "invoices", *columns) == [
        ("in_001", date(2026, 10, 1), date(2026, 10, 7), False, "sub_month", 500000, 540000),  # 30 Sept 17:30 UTC
        ("in_002", date(2026, 10, 5), date(2026, 11, 4), False, "sub_month", 250000, 270000),
        ("in_003", date(2026, 10, 6), None, True, "sub_month", 250000, 270000),  # void
        ("in_004", date(2026, 10, 7), None, True, "sub_month", 250000, 270000),  # uncollectible
        ("in_006", date(2026, 10, 8), None, False, "sub_month", 317500, 317500),  # 12.50 dollars
    ]
    assert pick(loaded, "payments", "payment_id", "paid_on", "invoice_id", "payment_amount") == [
        ("in_001", date(2026, 10, 2), "in_001", 540000), ("in_006", date(2026, 10, 8), "in_006", 317500),
    ]  # fmt: skip
    assert fates(loaded)[-1] == ("left_out", "not_asked_for", 1)  # a draft


# --- What kinds share: amounts of the whole order --------------------------------------------------------------------

ORDER = {
    **{key: LINES[key] for key in ("kind", "table")},
    "columns": {**LINES["columns"], "order_discount_amount?": "off", "order_subtotal_amount?": "subtotal"},
}


def lines(shop, column, *cells, prices=(100, 100, 100)):
    rows = "".join(f"1,2026-10-05,{item},1,{price},x,{cell}\n" for item, price, cell in zip("ABC", prices, cells))  # noqa: B905
    head = f"order,day,item,qty,price,channel,{column}\n"
    source = {**ORDER, "columns": {k: v for k, v in ORDER["columns"].items() if v == column or not k.endswith("?")}}
    return read(shop, {"raw/mine/x.csv": head + rows}, **source)


@pytest.mark.parametrize(
    ("column", "cells", "prices", "net"),
    [
        ("off", ("10", "10", "10"), (100, 100, 100), [97, 97, 96]),  # on every line: once; the parts sum to 10
        ("off", ("10", "", ""), (100, 100, 100), [97, 97, 96]),  # on the first line only
        ("off", ("0", "0", "0"), (100, 100, 100), [100, 100, 100]),
        ("off", ("999", "999", "999"), (100, 200, 300), [0, 0, 0]),  # never more than the lines
        ("off", ("60", "60", "60"), (100, 200, 300), [90, 180, 270]),
        ("off", ("7", "7", "7"), (0, 100, 0), [0, 93, 0]),  # nothing off what costs nothing
        ("subtotal", ("540", "", ""), (100, 200, 300), [90, 180, 270]),
        ("subtotal", ("600", "", ""), (100, 200, 300), [100, 200, 300]),
        ("subtotal", ("700", "", ""), (100, 200, 300), [100, 200, 300]),  # lines are missing: no discount
    ],
)
def test_a_discount_on_the_whole_order_is_taken_off_once_and_to_the_last_unit(shop, column, cells, prices, net):
    loaded = lines(shop, column, *cells, prices=prices)
    assert [amount for (amount,) in pick(loaded, "order_lines", "net_amount")] == net


@pytest.mark.parametrize("decimals", [0, 2, 4])
@given(prices=st.lists(st.integers(0, 10**9), min_size=1, max_size=8), off=st.integers(0, 10**10))
def test_the_parts_of_a_discount_sum_to_it_and_stay_within_their_lines(decimals, prices, off):
    frame = pl.DataFrame({"file": "f", "row": range(len(prices)), "order_id": "1", "product_id": None, "quantity": 1})
    cells = {"net_amount": prices, "order_discount_amount": [off] * len(prices), TOLD: None}
    amounts = frame.with_columns(pl.Series(name, value) if value else pl.lit(None, pl.String).alias(name)
                                 for name, value in cells.items())  # fmt: skip
    company = Company(name="-", currency="VND", money_decimals=decimals)
    made = complete(amounts, Mapping(tables={"order_lines": ""}), "shop", company)[0]
    net = made["order_lines.net_amount"].to_list()
    assert sum(net) == max(sum(prices) - off, 0)
    assert all(0 <= after <= before for after, before in zip(net, prices, strict=True))


def test_an_order_whose_lines_name_different_discounts_waits(shop):
    loaded = lines(shop, "off", "10", "20.50", "10")
    assert loaded.quarantine.select("row", "reason", "field", "found").rows() == [
        (2, "order_amount_differs", "order_discount_amount", "10"),
        (3, "order_amount_differs", "order_discount_amount", "20.5"),
        (4, "order_amount_differs", "order_discount_amount", "10"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Đã giao", "done"), ("ĐÃ GIAO hôm qua", "done"), ("Đã giao, bị trả", "back"), ("Mới", "Mới")],
)
def test_a_star_in_a_value_stands_for_anything_and_the_first_that_fits_counts(shop, value, expected):
    plain = {key: LINES[key] for key in ("kind", "table", "columns")}
    source = {**plain, "values": {"channel": {"*trả*": "back", "Đã giao*": "done", "*": "*"}}}
    text = f'order,day,item,qty,price,channel\n1,2026-10-05,A,1,5,"{value}"\n'
    assert pick(read(shop, {"raw/mine/x.csv": text}, **source), "orders", "channel") == [(expected,)]
