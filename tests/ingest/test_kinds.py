"""Each declared kind on a few rows of its export: what they become in the canonical tables."""

# ruff: noqa: E501  (headers and messages stand as they are)

from datetime import date, datetime

import pytest

from revops.ingest.kinds import FOLDER, known
from revops.tables import CANONICAL

from .small import pick

SHOPIFY = "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem price,Lineitem sku,Lineitem discount,Note Attributes,Cancelled at,Refunded Amount,Phone,Billing Name,Shipping Province Name\n"
TIKTOK = "Order ID,Order Status,Cancelation/Return Type,Seller SKU,Quantity,Sku Quantity of return,SKU Unit Original Price,SKU Subtotal Before Discount,SKU Seller Discount,Created Time,Delivered Time,Buyer Username,Phone #,Province\n"
SHOPEE = "Mã đơn hàng,Ngày đặt hàng,Trạng Thái Đơn Hàng,Trạng thái Trả hàng/Hoàn tiền,SKU sản phẩm,Giá gốc,Giá ưu đãi,Số lượng,Thời gian hoàn thành đơn hàng,Người Mua,Số điện thoại,Tỉnh/Thành phố\n"
MISA = "SỔ CHI TIẾT BÁN HÀNG\nTháng 10 năm 2026\nNgày chứng từ,Số chứng từ,Số hóa đơn,Mã khách hàng,Tên khách hàng,Mã hàng,Tổng số lượng bán,Đơn giá,Doanh số bán,Chiết khấu,Tổng số lượng trả lại,Giá trị trả lại,Giá trị giảm giá,Mã nhân viên bán hàng\n"
KIOTVIET = "Mã hóa đơn,Thời gian,Mã KH,Khách hàng,Điện thoại,Chi nhánh,Người bán,Tổng tiền hàng,Trạng thái,Mã hàng,Số lượng,Đơn giá,Giảm giá,Thành tiền\n"


def load(shop, kind, text, name="raw/x.csv", **source):
    return shop.write({name: text}, {"s": {"kind": kind, "files": "raw/*", **source}}).load()


def test_every_kind_is_valid_and_feeds_canonical_tables():
    assert {file.stem for file in FOLDER.glob("*.yaml")} < set(known())
    for name, mapping in known().items():
        assert set(mapping.tables) <= set(CANONICAL), name


def test_shopify_order_fields_stand_on_the_first_line_only(shop):
    text = SHOPIFY + (
        "#1,An@X.vn,paid,VND,2026-10-31 20:00:00 +0000,2,100000.00,A,5000.00,utm_campaign: TET,,0.00,912345678,An,Huế\n"
        "#1,,,,2026-10-31 20:00:00 +0000,1,50000.00,B,0.00,,,,,,\n"
        "#2,b@x.vn,voided,VND,2026-10-05 10:00:00 +0700,1,70000.00,A,0.00,,2026-10-05 12:00:00 +0700,0.00,,,Huế\n"
    )
    loaded = shop.write({"raw/x.csv": text}, {"s": {"kind": "shopify_orders", "files": "raw/*"}}).load(
        as_of="2026-11-01"
    )
    assert pick(loaded, "orders", "order_id", "ordered_at", "customer_id", "is_cancelled") == [
        ("#1", datetime(2026, 11, 1, 3), "shopify:an@x.vn", False),
        ("#2", datetime(2026, 10, 5, 10), "shopify:b@x.vn", True),
    ]
    assert pick(loaded, "order_lines", "line_id", "gross_amount", "discount_amount", "net_amount") == [
        ("#1-A", 200000, 5000, 195000), ("#1-B", 50000, 0, 50000), ("#2-A", 70000, 0, 70000),
    ]  # fmt: skip
    assert pick(loaded, "touches", "order_id", "campaign") == [("#1", "TET")]
    assert pick(loaded, "customers", "customer_id", "phone") == [
        ("shopify:an@x.vn", "+84912345678"),
        ("shopify:b@x.vn", None),
    ]


@pytest.mark.parametrize(
    ("refund", "returned"),
    [
        ("0.00", []),
        ("50000.00", [("return:#1-B", 1, 50000)]),
        ("250000.00", [("return:#1-A", 2, 200000), ("return:#1-B", 1, 50000)]),
        ("280000.00", [("return:#1-A", 2, 200000), ("return:#1-B", 1, 50000)]),
        ("33333.00", [("return:#1-A", 0, 26666), ("return:#1-B", 0, 6667)]),
    ],
)
def test_a_shopify_refund_is_split_over_its_lines_exactly(shop, refund, returned):
    head = f"#1,a@x.vn,refunded,VND,2026-10-05 10:00:00 +0700,2,100000.00,A,0.00,,,{refund},,,\n"
    text = SHOPIFY + head + "#1,,,,2026-10-05 10:00:00 +0700,1,50000.00,B,0.00,,,,,,\n"
    loaded = load(shop, "shopify_orders", text)
    assert pick(loaded, "returns", "return_id", "quantity", "net_amount") == returned


@pytest.mark.parametrize("refund", [1, 2, 100_001, 200_000, 299_999, 300_001, 333_333])
def test_a_refund_is_returned_to_the_last_unit(shop, refund):
    head = f"#1,a@x.vn,refunded,VND,2026-10-05 10:00:00 +0700,1,100000.00,A,0.00,,,{refund}.00,,,\n"
    rest = "#1,,,,2026-10-05 10:00:00 +0700,1,100001.00,B,0.00,,,,,,\n#1,,,,2026-10-05 10:00:00 +0700,1,133332.00,C,0.00,,,,,,\n"
    assert load(shop, "shopify_orders", SHOPIFY + head + rest).tables["returns"]["net_amount"].sum() == refund


def test_tiktok_ids_end_in_a_tab_and_the_platforms_discount_is_revenue(shop):
    text = TIKTOK + (
        "Platform unique order ID.,Status.,Type.,SKU.,Qty.,Ret.,P.,B.,D.,C.,D.,U.,P.,P.\n"
        "576461413038785752\t,Đã hoàn tất,Return/Refund,A,3,1,100000,300000,30000,13/10/2026 07:00:00,16/10/2026 07:00:00,an1,(+84)***95,Huế\n"
        "576461413038785753\t,Đã hủy,Cancel,A,1,0,100000,100000,0,14/10/2026 07:00:00,,an1,,Huế\n"
    )
    loaded = load(shop, "tiktok_orders", text)
    assert pick(loaded, "orders", "order_id", "is_cancelled") == [
        ("576461413038785752", False),
        ("576461413038785753", True),
    ]
    assert pick(loaded, "order_lines", "net_amount") == [(270000,), (100000,)]
    assert pick(loaded, "returns", "returned_on", "quantity", "net_amount") == [(date(2026, 10, 16), 1, 90000)]
    assert loaded.log["rows_not_data"].to_list() == [1]


def test_shopee_return_goes_before_cancellation(shop):
    text = SHOPEE + (
        "A1,2026-10-02 10:00,Đã hủy,Đã Chấp Thuận Yêu Cầu,X,100000,90000,2,2026-10-09 18:00,an,******1,Huế\n"
        "A2,2026-10-03 10:00,Đã huỷ,,X,100000,90000,1,,an,******1,Huế\n"
        "A3,2026-10-04 10:00,Hoàn thành,,X,100000,90000,1,,an,******1,Huế\n"
    )
    loaded = load(shop, "shopee_orders", text)
    assert pick(loaded, "orders", "order_id", "is_cancelled") == [("A1", False), ("A2", True), ("A3", False)]
    assert pick(loaded, "order_lines", "net_amount") == [(180000,), (90000,), (90000,)]
    assert pick(loaded, "returns", "order_id", "line_id", "returned_on", "net_amount") == [
        ("A1", "A1-X", date(2026, 10, 9), 180000)
    ]


def test_a_shopee_status_that_nobody_listed_waits_in_quarantine(shop):
    text = SHOPEE + (
        "A1,2026-10-02 10:00,Hoàn thành,,X,1000,1000,1,,an,,Huế\n"
        "A2,2026-10-02 10:00,Đang luân chuyển,,X,1000,1000,1,,an,,Huế\n"
    )
    quarantine = load(shop, "shopee_orders", text).quarantine
    assert quarantine.select("row", "reason", "field", "found").rows() == [
        (3, "unknown_value", "status", "Đang luân chuyển")
    ]


def test_kiotviet_repeats_the_invoice_on_each_line(shop):
    text = KIOTVIET + (
        "HD1,13/10/2026 08:53,KH1,An,935570168,Sao Mộc Huế,NV-07 Lê Na,6.000.000,Hoàn thành,A,1,2.000.000,0,2.000.000\n"
        "HD1,13/10/2026 08:53,KH1,An,935570168,Sao Mộc Huế,NV-07 Lê Na,6.000.000,Hoàn thành,B,2,2.000.000,100.000,3.800.000\n"
        "HD2,14/10/2026 08:53,,Khách lẻ,,Sao Mộc Huế,NV-07 Lê Na,2.000.000,Đã hủy,A,1,2.000.000,0,2.000.000\n"
    )
    loaded = load(shop, "kiotviet_invoices", text)
    assert pick(loaded, "orders", "order_id", "customer_id", "person_id", "is_cancelled") == [
        ("HD1", "kiotviet:KH1", "NV-07", False), ("HD2", None, "NV-07", True),
    ]  # fmt: skip
    assert pick(loaded, "order_lines", "gross_amount", "discount_amount", "net_amount") == [
        (2000000, 0, 2000000), (4000000, 200000, 3800000), (2000000, 0, 2000000),
    ]  # fmt: skip
    assert pick(loaded, "customers", "phone") == [("+84935570168",)]


@pytest.mark.parametrize(("total", "kept"), [("4.000.000", 2), ("2.000.000", 1), ("9.000.000", 2)])
def test_two_equal_lines_of_an_order_are_legal_unless_its_total_says_otherwise(shop, total, kept):
    line = f"HD1,13/10/2026 08:53,KH1,An,,Huế,NV,{total},Hoàn thành,A,1,2.000.000,0,2.000.000\n"
    loaded = load(shop, "kiotviet_invoices", KIOTVIET + line + line)
    assert loaded.tables["order_lines"].height == kept
    assert loaded.log["rows_merged"].to_list() == [2 - kept]


def test_kiotviet_returns_name_the_invoice_they_take_back(shop):
    invoices = KIOTVIET + "HD1,13/10/2026 08:53,KH1,An,,Huế,NV-07 Na,2.000.000,Hoàn thành,A,1,2.000.000,0,2.000.000\n"
    returns = "Mã trả hàng,Ngày trả,ID hóa đơn gốc,Mã hàng,Số lượng,Thành tiền\nTH1,15/10/2026,HD1,A,1,2.000.000\n"
    sources = {
        "stores": {"kind": "kiotviet_invoices", "files": "raw/hd.csv"},
        "back": {"kind": "kiotviet_returns", "files": "raw/th.csv"},
    }
    loaded = shop.write({"raw/hd.csv": invoices, "raw/th.csv": returns}, sources).load()
    assert pick(loaded, "returns", "return_id", "order_id", "line_id", "region", "net_amount") == [
        ("TH1-A", "HD1", "HD1-A", "Huế", 2000000)
    ]


def test_misa_totals_are_no_data_and_returns_are_vouchers_of_their_own(shop):
    text = MISA + (
        "46296,BH1,BH1,DL1,Đại lý Một,A,5,1000000,5000000,200000,0,0,50000,NV1\n"
        "46300,TL1,BH1,DL1,Đại lý Một,A,0,1000000,0,0,2,1900000,0,NV1\n"
        "Cộng,,,,,,,,5000000,200000,,1900000,50000,\n"
    )
    loaded = load(shop, "misa_sales", text)
    assert pick(loaded, "orders", "order_id", "ordered_on", "account_id", "customer_id") == [
        ("BH1", date(2026, 10, 1), "DL1", "misa:DL1")
    ]
    assert pick(loaded, "order_lines", "gross_amount", "discount_amount", "net_amount") == [(5000000, 250000, 4750000)]
    assert pick(loaded, "returns", "return_id", "order_id", "line_id", "quantity", "net_amount") == [
        ("TL1-A", "BH1", "BH1-A", 2, 1900000)
    ]
    assert loaded.log.select("header_row", "rows_read", "rows_not_data").rows() == [(3, 2, 1)]


def test_each_salesforce_export_is_a_snapshot_of_its_day(shop):
    head = '"Opportunity ID","Opportunity Name","Stage","Amount","Probability (%)","Close Date","Created Date"\n'
    files = {
        "raw/opp_2026-09-30.csv": head
        + '"1","Fans","Proposal","100","60","20/10/2026","01/09/2026"\n"Grand Totals (1 records)"\n',
        "raw/opp_2026-10-31.csv": head + '"1","Fans","Closed Won","120","100","20/10/2026","01/09/2026"\n',
    }
    source = {"kind": "salesforce_opportunities", "files": "raw/*", "received_on": r"(\d{4}-\d{2}-\d{2})"}
    lead = {"kind": "salesforce_leads", "files": "leads/*"}
    files["leads/x.csv"] = (
        "Lead ID,Lead Status,Create Date,Converted Date,Opportunity ID\nL1,Converted,13/09/2026,15/10/2026,1\n"
    )
    shop.write(files, {"crm": source, "leads": lead})
    loaded = shop.load("2026-10")
    assert pick(loaded, "opportunities", "snapshot_on", "stage", "amount", "probability", "is_won", "is_closed") == [
        (date(2026, 9, 30), "Proposal", 100, 600000000, False, False),
        (date(2026, 10, 31), "Closed Won", 120, 1000000000, True, True),
    ]
    earlier = shop.load("2026-09", build="earlier")
    assert pick(earlier, "opportunities", "snapshot_on") == [(date(2026, 9, 30),)]
    assert pick(earlier, "leads", "converted_on", "opportunity_id") == [(None, None)]
    assert earlier.log.filter(file="raw/opp_2026-10-31.csv")["warnings"].item() == "received after as_of: not read"


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (
            "google_ads",
            "Campaign report\n1 October 2026\nCampaign\tDay\tCurrency code\tImpr.\tClicks\tCost\tConversions\n"
            "Tết\t2026-10-01\tVND\t6,072\t88\t284,079\t1\nTotal Wine\t2026-10-01\tVND\t1,111\t8\t84,079\t --\n"
            "Total: Account\t\tVND\t7,183\t96\t368,158\t1\n",
            [("Total Wine", 84079, 1111, None), ("Tết", 284079, 6072, 1)],
        ),
        (
            "meta_ads",
            "Tên chiến dịch,Ngày,Số tiền đã chi tiêu (VND),Lượt hiển thị,Kết quả\n,,368158,7183,1\n"
            "A,2026-10-01,284079,6072,1\nA,2026-10-01,84079,1111,\n",
            [("A", 368158, 7183, 1)],
        ),
    ],
)
def test_ads_by_day_without_their_totals(shop, kind, data, expected):
    loaded = load(shop, kind, data.encode("utf-16") if kind == "google_ads" else data)
    assert pick(loaded, "ad_spend", "campaign", "spend_amount", "impressions", "conversions") == expected
    assert loaded.log["rows_not_data"].to_list() == [1]


@pytest.mark.parametrize(
    ("total", "faults"),
    [
        ("368,158", []),
        (
            "368,159",
            [
                "raw/x.csv, column Cost: found rows that sum to 368,158, expected 368,159, as its total row says."
                " Next: export the file again, whole."
            ],
        ),
    ],
)
def test_a_total_row_is_a_checksum_of_its_file(shop, total, faults):
    text = f"Campaign\tDay\tCost\nA\t2026-10-01\t284,079\nB\t2026-10-01\t84,079\nTotal: Account\t\t{total}\n"
    loaded = load(shop, "google_ads", text)
    assert [str(fault) for fault in loaded.faults] == faults


def test_ga4_sessions_below_the_preamble(shop):
    text = "# Start date: 20261001\nDate,Session default channel group,Sessions,Transactions\n20261001,Direct,40,0\nGrand total,,40,0\n"
    loaded = load(shop, "ga4", text)
    assert pick(loaded, "sessions", "day_on", "channel", "sessions") == [(date(2026, 10, 1), "Web shop", 40)]


def test_targets_stand_in_month_columns_and_each_metric_has_its_unit(shop):
    text = (
        "metric,product group,channel,region,2026-10,2026-11\n"
        'net_revenue,Fans,Stores,North,"1,500,000","1,600,000"\norders,-,-,-,"1,200",-\nwin_rate,-,-,-,33%,34%\n'
    )
    sources = {
        "targets": {"kind": "targets_wide", "files": "targets.csv"},
        "tickets": {
            "kind": "table",
            "table": "tickets",
            "files": "t.csv",
            "columns": {"ticket_id": "id", "opened_at": "at"},
        },
    }
    loaded = shop.write({"targets.csv": text, "t.csv": "id,at\n1,2026-10-05\n"}, sources).load()
    assert pick(loaded, "targets", "metric", "month_on", "product_group", "target") == [
        ("net_revenue", date(2026, 10, 1), "Fans", 1500000),
        ("net_revenue", date(2026, 11, 1), "Fans", 1600000),
        ("orders", date(2026, 10, 1), None, 1200),
        ("win_rate", date(2026, 10, 1), None, 330000000),
        ("win_rate", date(2026, 11, 1), None, 340000000),
    ]
