"""Kinds of advertising and analytics: what their exports become, and what of them is refused."""

# ruff: noqa: E501  (exports stand as they are)

import io
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from revops.ingest.recognise import heads, recognise, rivals
from revops.problems import InputError

FILES = Path(__file__).parent / "files"
RATES = {
    "kind": "table", "table": "fx_rates", "files": "rates.csv",
    "columns": {"currency": "currency", "start_on": "from", "rate": "rate"},
}  # fmt: skip
GOOGLE = "Campaign report\n1 October 2026 - 31 October 2026\n"
FRENCH = "Rapport sur les campagnes\n1 octobre 2026 - 31 octobre 2026\nCampagne\tJour\tCode de devise\tImpr.\tClics\tCoût\tConversions\n"
GERMAN = "Kampagnenbericht\n1. Oktober 2026 - 31. Oktober 2026\nKampagne\tTag\tWährungscode\tImpr.\tKlicks\tKosten\tConversions\n"
VIETNAMESE = "Báo cáo chiến dịch\n1 tháng 10, 2026 - 31 tháng 10, 2026\nChiến dịch\tNgày\tMã đơn vị tiền tệ\tLượt hiển thị\tLượt nhấp\tChi phí\tLượt chuyển đổi\n"
EXPLORE = "# ----------------------------------------\n# Sao Mộc\n# Free form-Free form 1\n# {range}\n# ----------------------------------------\n\n"
REPORT = "# ----------------------------------------\n# Traffic acquisition: Session primary channel group (Default Channel Group)\n# Account: Sao Mộc\n# Property: Web shop\n# ----------------------------------------\n#\n# All Users\n# Start date: 20260928\n# End date: 20261004\n"


def load(shop, kind, content, name="raw/x.csv", **source):
    files = {name: content, "rates.csv": "currency,from,rate\nEUR,2026-01-01,28000\nUSD,2026-01-01,25400\n"}
    return shop.write(
        files, {"s": {"kind": kind, "files": "raw/*", "ended_on": "2026-10-02", **source}, "rates": RATES}
    ).load()


def spend(loaded):
    columns = ["spent_on", "platform", "campaign", "spend_amount", "impressions", "clicks", "conversions"]
    return loaded.tables["ad_spend"].sort(columns[:3]).select(columns).rows()


def sessions(loaded):
    columns = ["day_on", "channel", "traffic_source", "sessions", "purchases"]
    return loaded.tables["sessions"].sort(columns[:3]).select(columns).rows()


def log(loaded, file="raw/x.csv"):
    return loaded.log.filter(file=file).row(0, named=True)


def workbook(*rows):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("google_ads", "Campaign status,Campaign,Day,Currency code,Impr.,Clicks,Cost,Conversions"),
        ("google_ads", "Campagne,Jour,Code de devise,Impr.,Clics,Coût,Conversions"),
        ("google_ads", "Chiến dịch,Ngày,Mã đơn vị tiền tệ,Lượt hiển thị,Lượt nhấp,Chi phí,Lượt chuyển đổi"),
        ("meta_ads", "Campaign name,Day,Delivery level,Reach,Impressions,Results,Amount spent (USD),Link clicks"),
        (
            "meta_ads",
            "Tên chiến dịch,Ngày,Cấp độ phân phối,Người tiếp cận,Lượt hiển thị,Kết quả,Số tiền đã chi tiêu (VND)",
        ),
        ("tiktok_ads", "Campaign name,By Day,Currency,Cost,Impressions,Clicks (destination),Conversions"),
        ("tiktok_ads", "Tên chiến dịch,Theo ngày,Chi phí,Lượt hiển thị,Số lượt nhấp (điểm đến),Lượt chuyển đổi"),
        ("ga4", "Date,Session default channel group,Sessions,Transactions"),
        ("ga4_months", "Month,Session source / medium,Sessions"),
        ("ga4_nth_day", "Nth day,Session primary channel group (Default Channel Group),Sessions"),
    ],
)
def test_an_export_is_recognised_by_its_header(kind, header):
    found = recognise(heads(f"{header}\n".encode(), "x.csv"))
    assert [match.kind for match in found if not match.missing][0] == kind
    assert rivals(found) == []


@pytest.mark.parametrize(
    ("file", "table", "column", "total", "read"),
    [
        ("google_ads.csv", "ad_spend", "spend_amount", 368_158, (3, 3, 4)),
        ("google_ads.french.csv", "ad_spend", "spend_amount", 284_079, (1, 1, 1)),
        ("meta_ads.csv", "ad_spend", "spend_amount", 284_079, (3, 1, 0)),
        ("meta_ads.vietnamese.csv", "ad_spend", "spend_amount", 368_158, (2, 2, 1)),
        ("tiktok_ads.xlsx", "ad_spend", "spend_amount", 200_000, (2, 2, 1)),
        ("ga4.csv", "sessions", "sessions", 55, (3, 3, 1)),
        ("ga4_months.csv", "sessions", "sessions", 200, (2, 2, 1)),
        ("ga4_nth_day.csv", "sessions", "sessions", 15, (3, 3, 3)),
    ],
)
def test_a_file_as_exported(shop, file, table, column, total, read):
    kind, ending = file.split(".")[0], file.split(".")[-1]
    loaded = load(shop, kind, (FILES / file).read_bytes(), f"raw/x.{ending}", ended_on="2026-10-31")
    row = log(loaded, f"raw/x.{ending}")
    assert loaded.tables[table][column].sum() == total
    assert (row["rows_read"], row["rows_kept"], row["rows_not_data"]) == read
    assert loaded.faults == []


# --- Google Ads -------------------------------------------------------------------------------------------------------
def test_google_ads_in_utf16_with_two_title_lines_and_seven_totals(shop):
    text = GOOGLE + (
        "Campaign status\tCampaign\tDay\tCurrency code\tImpr.\tClicks\tCost\tConversions\n"
        "Enabled\tTotal Wine\t2026-10-01\tVND\t6,072\t88\t284,079\t1.00\n"
        "Paused\tTết\t2026-10-02\tVND\t1,111\t --\t84,079\t --\n"
        "Total: Campaigns\t --\t --\tVND\t7,183\t88\t368,158\t1.00\n"
        "Total: Account\t --\t --\tVND\t7,183\t88\t368,158\t1.00\n"
        "Total: Search campaigns\t --\t --\tVND\t6,072\t88\t284,079\t1.00\n"
        "Total: Display campaigns\t --\t --\tVND\t0\t0\t0\t0.00\n"
        "Total: Shopping campaigns\t --\t --\tVND\t1,111\t --\t84,079\t0.00\n"
        "Total: Video campaigns\t --\t --\tVND\t0\t0\t0\t0.00\n"
        "Total: Performance Max campaigns\t --\t --\tVND\t0\t0\t0\t0.00\n"
    )
    loaded = load(shop, "google_ads", b"\xff\xfe" + text.encode("utf-16-le"))
    assert spend(loaded) == [
        (date(2026, 10, 1), "Google Ads", "Total Wine", 284_079, 6_072, 88, 1),
        (date(2026, 10, 2), "Google Ads", "Tết", 84_079, 1_111, None, None),
    ]
    read = log(loaded)
    assert (read["header_row"], read["rows_read"], read["rows_not_data"]) == (3, 2, 7)
    assert (read["encoding"], read["separator"]) == ("utf-16", "\t")
    assert loaded.faults == []


def test_a_day_split_by_device_is_summed(shop):
    text = "Campaign,Day,Device,Impr.,Clicks,Cost,Conversions\n" + "".join(
        f"A,2026-10-01,{device},100,0,0,0.40\n" for device in ("Computers", "Mobile phones", "Tablets")
    )
    loaded = load(shop, "google_ads", text + "A,2026-10-01,TV screens,50,2,7500,2.60\n")
    assert [row[3:] for row in spend(loaded)] == [(7_500, 350, 2, 3)]
    assert (log(loaded)["rows_read"], log(loaded)["rows_kept"]) == (4, 4)


@pytest.mark.parametrize(
    ("conversions", "counted"),
    [("0.49", 0), ("0.50", 1), ("12.5", 13), ("12.49", 12), ("1,234.00", 1234), (" --", None)],
)
def test_conversions_of_a_row_are_rounded(shop, conversions, counted):
    text = f"Campaign\tDay\tCost\tConversions\nA\t2026-10-01\t1,000,000\t{conversions}\n"
    assert [row[6] for row in spend(load(shop, "google_ads", text))] == [counted]


@pytest.mark.parametrize(
    ("header", "row", "total"),
    [
        (FRENCH, "Été\t2026-10-01\tEUR\t6\u202f072\t88\t1\u202f234,56\t1,00", "Total : compte\t --\tEUR\t6\u202f072\t88\t1\u202f234,56\t1,00"),
        (FRENCH, "Été\t2026-10-01\tEUR\t6\u00a0072\t88\t1\u00a0234,56 €\t1,00", "Total : campagnes\t --\tEUR\t6\u00a0072\t88\t1\u00a0234,56 €\t1,00"),
        (GERMAN, "Été\t2026-10-01\tEUR\t6.072\t88\t1.234,56\t1,00", "Gesamt: Konto\t --\tEUR\t6.072\t88\t1.234,56\t1,00"),
        (VIETNAMESE, "Été\t2026-10-01\tEUR\t6.072\t88\t1.234,56\t1,00", "Tổng: Tài khoản\t --\tEUR\t6.072\t88\t1.234,56\t1,00"),
    ],
)  # fmt: skip
def test_google_ads_in_other_languages(shop, header, row, total):
    loaded = load(shop, "google_ads", (header + row + "\n" + total + "\n").encode("utf-16"))
    assert spend(loaded) == [(date(2026, 10, 1), "Google Ads", "Été", 34_567_680, 6_072, 88, 1)]
    assert log(loaded)["rows_not_data"] == 1
    assert loaded.faults == []


def test_a_cost_without_its_day_waits(shop):
    loaded = load(shop, "google_ads", "Campaign\tDay\tCost\nA\t2026-10-01\t284,079\nB\t --\t84,079\n")
    assert loaded.quarantine.select("row", "reason", "field", "amount").rows() == [
        (3, "empty", "spent_on", 84_079_0000)
    ]


def test_google_ads_as_workbook(shop):
    data = workbook(["Campaign report"], ["October 2026"], ["Campaign", "Day", "Cost"], ["A", "2026-10-01", 284079])
    assert [row[2:4] for row in spend(load(shop, "google_ads", data, "raw/x.xlsx"))] == [("A", 284_079)]


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (
            "google_ads", GOOGLE + "Campaign,Campaign type,Clicks,Cost\nA,Search,1,5\n",
            "raw/x.csv, row 3: found no column Day or Jour or Tag or Ngày among Campaign, Campaign type, Clicks, Cost, expected a column"
            " for spent_on. Next: add the segment Day (Segment › Time › Day) and export the report again; without it a cost has no month.",
        ),
        (
            "meta_ads", "Campaign name,Reporting starts,Reporting ends,Amount spent (VND)\nA,2026-10-01,2026-10-31,5\n",
            "raw/x.csv, row 1: found no column Ngày or Day among Campaign name, Reporting starts, Reporting ends, Amount spent (VND), expected"
            " a column for spent_on. Next: add the breakdown Day (Breakdown › Time › Day, 'Theo thời gian › Ngày') and export the report again.",
        ),
    ],
)  # fmt: skip
def test_a_report_without_days_is_refused_with_advice(shop, kind, text, message):
    with pytest.raises(InputError) as refused:
        load(shop, kind, text)
    assert [str(problem) for problem in refused.value.problems] == [message]


# --- Meta Ads ---------------------------------------------------------------------------------------------------------
META_VN = "Tên chiến dịch,Ngày,Trạng thái phân phối,Cấp độ phân phối,Người tiếp cận,Lượt hiển thị,Tần suất,Loại kết quả,Kết quả,Số tiền đã chi tiêu (VND),Lượt click vào liên kết,Bắt đầu báo cáo,Kết thúc báo cáo\n"
META_EN = "Campaign name,Ad set name,Ad name,Day,Delivery level,Reach,Impressions,Results,Amount spent (USD),Link clicks,Reporting starts,Reporting ends\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_meta_ads_in_vietnamese_with_a_total_that_has_no_name(shop, encoding):
    text = META_VN + (
        ",,,,9000,7183,1.3,,1,368158,96,2026-10-01,2026-10-31\n"
        "Tết,2026-10-01,active,campaign,5000,6072,1.2,Tin nhắn,1,284079,88,2026-10-01,2026-10-01\n"
        "Hè,2026-10-01,inactive,campaign,4000,1111,1.1,Tin nhắn,,84079,8,2026-10-01,2026-10-01\n"
    )
    loaded = load(shop, "meta_ads", text.encode(encoding))
    assert spend(loaded) == [
        (date(2026, 10, 1), "Meta Ads", "Hè", 84_079, 1_111, 8, None),
        (date(2026, 10, 1), "Meta Ads", "Tết", 284_079, 6_072, 88, 1),
    ]
    assert log(loaded)["rows_not_data"] == 1
    assert loaded.faults == []


def test_the_currency_stands_in_the_header(shop):
    text = META_EN + "Sale,Set,Ad 1,2026-10-01,ad,10,1000,2,12.34,5,2026-10-01,2026-10-01\n"
    loaded = load(shop, "meta_ads", text)
    assert [row[3] for row in spend(loaded)] == [313_436]
    assert loaded.amounts.filter(table="ad_spend").select("currency", "amount_read").rows() == [("USD", 123_400)]


@pytest.mark.parametrize(
    ("rows", "kept", "left_out"),
    [
        ("A,,,2026-10-01,campaign,1,30,3,3,3,,\nA,S,,2026-10-01,adset,1,30,3,3,3,,\nA,S,1,2026-10-01,ad,1,10,1,1,1,,\nA,S,2,2026-10-01,ad,1,20,2,2,2,,\n", 3, 3),
        ("A,S,1,2026-10-01,ad,1,10,1,1,1,,\nA,S,2,2026-10-01,ad,1,20,2,2,2,,\n", 3, 0),
        ("A,,,2026-10-01,campaign,1,10,1,1,1,,\nA,S,2,2026-10-02,ad,1,20,2,2,2,,\n", 3, 0),
        ("A,S,1,2026-10-01,Ad,1,10,1,1,1,,\nA,S,,2026-10-01,Ad set,1,30,3,3,3,,\n", 3, 1),
    ],
    ids=["three levels", "ads alone", "levels of different days", "in the interface's words"],
)  # fmt: skip
def test_rows_of_several_levels_say_the_same_money_once(shop, rows, kept, left_out):
    loaded = load(shop, "meta_ads", META_EN.replace("USD", "VND") + rows)
    assert loaded.tables["ad_spend"]["spend_amount"].sum() == kept
    assert log(loaded)["rows_left_out"] == left_out
    reasons = loaded.fates.filter(fate="left_out")["reason"].unique().to_list()
    assert reasons == (["finer_level"] if left_out else [])


# --- TikTok Ads -------------------------------------------------------------------------------------------------------
def test_tiktok_ads_as_workbook_with_its_total(shop):
    data = workbook(
        ["Campaign name", "Ad group name", "By Day", "Currency", "Cost", "Impressions", "Clicks (destination)", "Conversions"],
        ["Livestream", "G1", "2026-10-01", "VND", 150000, 2000, 30, 2],
        ["Livestream", "G2", "2026-10-01", "VND", 50000, 1000, 10, 0],
        ["Total of 2 results", "-", "-", "VND", 200000, 3000, 40, 2],
    )  # fmt: skip
    loaded = load(shop, "tiktok_ads", data, "raw/x.xlsx")
    assert spend(loaded) == [(date(2026, 10, 1), "TikTok Ads", "Livestream", 200_000, 3_000, 40, 2)]
    assert log(loaded, "raw/x.xlsx")["rows_not_data"] == 1
    assert loaded.faults == []


def test_tiktok_ads_in_vietnamese(shop):
    text = "Tên chiến dịch,Theo ngày,Chi phí,Lượt hiển thị,Số lượt nhấp (điểm đến),Lượt chuyển đổi\nPhát trực tiếp,2026-10-01,150000,2000,30,2\n"
    assert [row[2:] for row in spend(load(shop, "tiktok_ads", text.encode("utf-8-sig")))] == [
        ("Phát trực tiếp", 150_000, 2_000, 30, 2)
    ]


# --- GA4 --------------------------------------------------------------------------------------------------------------
def test_ga4_by_day_keeps_other_and_unknown_sources_and_drops_the_grand_total(shop):
    text = EXPLORE.format(range="20261001-20261031") + (
        "Date,Session default channel group,Sessions,Session key event rate,Transactions\n"
        ",,55,0.0363,2,Grand total\n"
        "20261001,Direct,40,0.025,1\n20261001,(other),5,0,0\n20261002,(not set),10,0.1,1\n"
    )
    loaded = load(shop, "ga4", text)
    assert sessions(loaded) == [
        (date(2026, 10, 1), "Web shop", "(other)", 5, 0),
        (date(2026, 10, 1), "Web shop", "Direct", 40, 1),
        (date(2026, 10, 2), "Web shop", "(not set)", 10, 1),
    ]
    read = log(loaded)
    assert (read["header_row"], read["rows_read"], read["rows_not_data"]) == (7, 3, 1)
    assert loaded.faults == []


@pytest.mark.parametrize("wanted_first", [True, False])
def test_of_several_tables_in_one_file_the_one_meant_is_read(shop, wanted_first):
    mine = "Date,Session default channel group,Sessions\n20261001,Direct,40\n20261002,Direct,2\n"
    other = "Device category,Active users\n" + "".join(f"device {i},{i}\n" for i in range(40))
    text = REPORT + "\n" + ("\n".join([mine, other]) if wanted_first else "\n".join([other, mine]))
    loaded = load(shop, "ga4", text)
    assert [row[3] for row in sessions(loaded)] == [40, 2]
    read = log(loaded)
    assert (read["rows_read"], read["rows_not_data"]) == (2, 41)
    assert read["warnings"] == "another table was not read: Device category,Active users (40 rows)"
    assert read["header_row"] == (11 if wanted_first else 53)
    assert sorted(loaded.tables["sessions"]["row"]) == [read["header_row"] + 1, read["header_row"] + 2]


@pytest.mark.parametrize(
    "preamble",
    [EXPLORE.format(range="20260901-20261031"), REPORT.replace("20260928", "20260901")],
    ids=["exploration", "report"],
)
def test_a_bare_month_takes_the_year_of_the_preamble(shop, preamble):
    text = preamble + "Month,Session source / medium,Sessions\n10,google / organic,120\n09,google / organic,80\n"
    loaded = load(shop, "ga4_months", text)
    assert [(row[0], row[3]) for row in sessions(loaded)] == [(date(2026, 9, 1), 80), (date(2026, 10, 1), 120)]


def test_a_month_with_its_year_needs_no_preamble(shop):
    text = "Year month,Session source / medium,Sessions\n202610,google / organic,120\n"
    assert [row[0] for row in sessions(load(shop, "ga4_months", text))] == [date(2026, 10, 1)]


def test_a_bare_month_in_a_range_of_two_years_is_refused(shop):
    text = (
        EXPLORE.format(range="20251101-20261031") + "Month,Session source / medium,Sessions\n10,google / organic,120\n"
    )
    message = (
        "raw/x.csv: found months without a year: 10, expected the year of each month."
        " Next: export one calendar year at a time, or with the dimension Date."
    )
    with pytest.raises(InputError) as refused:
        load(shop, "ga4_months", text)
    assert [str(problem) for problem in refused.value.problems] == [message]


def test_days_of_a_standard_report_are_counted_from_its_start(shop):
    text = REPORT + (
        "Nth day,Session primary channel group (Default Channel Group),Sessions\n0000,Direct,3\n0003,Direct,5\n0003,Email,7\n\n"
        "Session primary channel group (Default Channel Group),Users,Sessions,Key events\nDirect,6,8,0\nEmail,7,7,0\n"
    )
    loaded = load(shop, "ga4_nth_day", text)
    assert [(row[0], row[2], row[3]) for row in sessions(loaded)] == [
        (date(2026, 9, 28), "Direct", 3), (date(2026, 10, 1), "Direct", 5), (date(2026, 10, 1), "Email", 7),
    ]  # fmt: skip
    assert log(loaded)["rows_not_data"] == 3


def test_counted_days_without_a_start_are_refused(shop):
    with pytest.raises(
        InputError,
        match=r"above the header: found nothing like .*, expected one value for start_on. Next: export the report again",
    ):
        load(shop, "ga4_nth_day", "Nth day,Session default channel group,Sessions\n0000,Direct,3\n")
