"""Tables as connectors copy them, by explicit mapping: what is counted, what waits and why, in which currency."""

import csv
from decimal import Decimal

import polars as pl
import pytest

from .exports import files

EXPORTS = files("REVOPS_EXPORTS_DATA", "exports")
pytestmark = EXPORTS.needed


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    for _, loaded in EXPORTS.read("connectors", "2025-05", tmp_path_factory.mktemp("connectors")):
        yield loaded


def fates(loaded, *sources):
    mine = loaded.fates.filter(pl.col("source").is_in(sources))
    return mine.select("source", "currency", "fate", "reason", "rows", "amount").rows()


def cells(path, column):
    with (EXPORTS.folder / path).open(encoding="utf-8-sig", newline="") as stream:
        return [row[column] for row in csv.DictReader(stream)]


def test_all_salesforce_deals_are_deleted_and_their_amount_stands_in_the_ledger(loaded):
    assert fates(loaded, "salesforce_deals") == [
        ("salesforce_deals", "USD", "quarantined", "deleted", 10, 245_300_010_000),
    ]  # fmt: skip
    assert Decimal(245_300_010_000).scaleb(-4) == Decimal("24530001.00")
    assert loaded.quarantine.filter(source="salesforce_deals")["reason"].to_list() == ["deleted"] * 10


def test_a_deal_without_amount_is_kept_and_its_amount_is_null(loaded):
    deals = loaded.tables["opportunities"]
    assert set(deals["source"]) == {"hubspot_deals"}
    assert (deals.height, deals["amount"].null_count(), set(deals["stage"])) == (44, 44, {"no stage"})


def test_orders_of_two_currencies_are_never_summed(loaded):
    assert fates(loaded, "shop_orders") == [
        ("shop_orders", "GBP", "quarantined", "no_rate", 3, 119_800),
        ("shop_orders", "USD", "kept", None, 5, 6_150_300),
    ]
    assert Decimal(119_800 + 6_150_300).scaleb(-4) == sum(
        map(Decimal, cells("fivetran_shopify/shopify_order_data.csv", "total_price"))
    )
    amounts = loaded.amounts.filter(source="shop_orders").select("currency", "amount_kept", "amount_quarantined")
    assert amounts.rows() == [("GBP", 0, 119_800), ("USD", 6_150_300, 0)]
    assert loaded.tables["orders"]["net_amount"].sum() == 61_503


def test_lines_wait_with_their_order(loaded):
    assert fates(loaded, "shop_lines") == [("shop_lines", "GBP", "quarantined", "no_rate", 3, 128_000)]


def test_a_byte_order_mark_is_no_part_of_the_first_header(loaded):
    log = loaded.log.filter(source="shop_orders")
    assert log.select("encoding", "rows_read", "rows_kept").rows() == [("utf-8-sig", 8, 5)]


def test_flags_count_in_any_case(loaded):
    """Accounts are 'true' and 'false', leads and tickets 'FALSE'."""
    assert fates(loaded, "salesforce_accounts", "salesforce_leads", "hubspot_tickets") == [
        ("hubspot_tickets", "USD", "kept", None, 25, 0),
        ("salesforce_accounts", "USD", "kept", None, 1, 0),
        ("salesforce_accounts", "USD", "quarantined", "deleted", 9, 0),
        ("salesforce_leads", "USD", "kept", None, 1, 0),
    ]


def test_timestamps_are_read_with_and_without_fractions_of_a_second(loaded):
    orders = loaded.tables["orders"].sort("ordered_at")["ordered_at"].cast(pl.String)
    assert orders.to_list()[0] == "2025-05-01 08:00:00.000000"
    tickets = loaded.tables["tickets"]
    assert tickets["opened_at"].null_count() == 0
    closed = cells("fivetran_hubspot/ticket_data.csv", "property_closed_date")
    unknown = closed.count("") + sum(day > "2025-05-31 23:59:59" for day in closed)
    assert tickets["closed_at"].null_count() == unknown == 3


def test_of_several_versions_of_a_subscription_the_newest_counts(loaded):
    assert fates(loaded, "subscriptions") == [
        ("subscriptions", "USD", "kept", None, 4, 58_930_000),
        ("subscriptions", "USD", "merged", "superseded", 1, 990_000),
    ]
    kept = loaded.tables["subscriptions"]
    assert kept.filter(pl.col("subscription_id").str.starts_with("2900"))["row"].to_list() == [4]
    assert kept["end_on"].null_count() == 2


def test_invoices_and_payments_of_the_billing_system(loaded):
    assert loaded.tables["invoices"]["net_amount"].to_list().count(0) == 1
    assert loaded.tables["invoices"]["net_amount"].sum() == 30_200
    assert fates(loaded, "payments") == [
        ("payments", "USD", "kept", None, 3, 50_000),
        ("payments", "USD", "left_out", "not_asked_for", 2, 1_000_000),
    ]


ADS = {
    "amazon": ("amazon_ads_campaign_level_report_data.csv", "cost", 1),
    "apple": ("apple_search_campaign_report_data.csv", "local_spend_amount", 1),
    "facebook": ("facebook_ads_basic_ad_data.csv", "spend", 1),
    "google": ("google_ads_campaign_stats_data.csv", "cost_micros", 1_000_000),
    "linkedin": ("linkedin_ad_analytics_by_campaign_data.csv", "cost_in_usd", 1),
    "microsoft": ("microsoft_ads_ad_performance_daily_report_data.csv", "spend", 1),
    "pinterest": ("pinterest_campaign_report_data.csv", "spend_in_micro_dollar", 1_000_000),
    "reddit": ("reddit_ads_campaign_report_data.csv", "spend", 1_000_000),
    "snapchat": ("snapchat_campaign_hourly_report_data.csv", "spend", 1_000_000),
    "tiktok": ("tiktok_campaign_report_hourly_data.csv", "SPEND", 1),
    "twitter": ("twitter_campaign_report_data.csv", "billed_charge_local_micro", 1_000_000),
}


@pytest.mark.parametrize("platform", ADS)
def test_what_an_ad_platform_says_was_spent(loaded, platform):
    """To a cent a row: amounts are rounded once, when they become the company's money."""
    path, column, unit = ADS[platform]
    told = [Decimal(cell) / unit for cell in cells(f"fivetran_ad_reporting/{path}", column) if cell]
    spent = loaded.tables["ad_spend"].filter(platform=platform)
    kept = loaded.fates.filter(source=platform, fate="kept")
    assert kept["rows"].item() == len(told)
    assert abs(Decimal(kept["amount"].item()).scaleb(-4) - sum(told)) <= Decimal("0.00005") * len(told)
    assert abs(Decimal(spent["spend_amount"].sum()).scaleb(-2) - sum(told)) <= Decimal("0.005") * len(told)


def test_hours_and_devices_of_one_day_are_one_row(loaded):
    spent = loaded.tables["ad_spend"]
    assert spent.select("spent_on", "platform", "campaign").is_unique().all()
    snapchat = spent.filter(platform="snapchat")
    assert snapchat.height < 10
    assert snapchat["impressions"].sum() == sum(
        map(int, cells("fivetran_ad_reporting/snapchat_campaign_hourly_report_data.csv", "impressions"))
    )


def test_a_cost_that_is_empty_waits_instead_of_counting_as_nothing(loaded):
    assert [row[2:5] for row in fates(loaded, "linkedin")] == [("kept", None, 11), ("quarantined", "empty", 9)]
