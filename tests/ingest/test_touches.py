"""Visits that lead to orders: an order's own record, and a web-analytics export of what a visitor came by."""

from datetime import date, datetime

import pytest

from .small import LINES

VISITS = {"columns": {"visitor_id": "visitor", "touched_at": "time", "platform": "source", "campaign": "campaign",
                      "order_id": "transaction"}}  # fmt: skip
HEAD = "visitor,time,source,campaign,transaction\n"


def pick(loaded, table, *columns):
    return loaded.tables[table].select(columns).rows()


def load(shop, text, as_of="2026-10-31"):
    source = {"kind": "table", "table": "touches", "files": "raw/*", "formats": {"dates": "ymd"}} | VISITS
    files = {"raw/paths.csv": HEAD + text, "sold.csv": "order,day,item,qty,price,channel\n#7,2026-10-05,A,1,9,Web\n"}
    return shop.write(files, {"sold": LINES | {"files": "sold.csv"}, "paths": source}).load(as_of=as_of)


def test_a_visit_says_who_came_when_from_where_and_what_was_ordered(shop):
    loaded = load(
        shop,
        "81,2026-10-01 09:30:00,Meta,Kitchen,\n"
        "81,2026-10-05 20:10:00,Google,Brand,#7\n",
    )  # fmt: skip
    assert pick(loaded, "touches", "visitor_id", "touched_at", "touched_on", "platform", "campaign", "order_id") == [
        ("81", datetime(2026, 10, 1, 9, 30), date(2026, 10, 1), "Meta", "Kitchen", None),
        ("81", datetime(2026, 10, 5, 20, 10), date(2026, 10, 5), "Google", "Brand", "#7"),
    ]
    assert pick(loaded, "touches", "touch_id")[0] == ("81 · 2026-10-01 09:30:00 · Meta · Kitchen",)


@pytest.mark.parametrize(
    ("source", "campaign", "is_direct"),
    [("(direct)", "", True), ("Direct", "", True), ("Trực tiếp", "", True), ("", "", True), ("", "TET", False),
     ("Email", "", False), ("Directory", "", False), ("Google", "direct mail", False)],
)  # fmt: skip
def test_direct_is_a_visit_that_came_from_nowhere_known(shop, source, campaign, is_direct):
    loaded = load(shop, f"81,2026-10-01 09:30:00,{source},{campaign},\n")
    assert pick(loaded, "touches", "is_direct") == [(is_direct,)]


def test_the_same_visit_twice_is_one_and_a_visit_after_the_as_of_day_is_none(shop):
    loaded = load(
        shop,
        "81,2026-10-01 09:30:00,Meta,Kitchen,\n"
        "81,2026-10-01 09:30:00,Meta,Kitchen,\n"
        "81,2026-11-01 00:00:00,Meta,Kitchen,\n",
    )  # fmt: skip
    assert len(pick(loaded, "touches", "touch_id")) == 1


def test_an_order_that_names_its_campaign_is_a_visit_of_its_own(shop):
    text = (
        "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem price,Lineitem sku,"
        "Note Attributes\n"
        "#1,a@x.example,paid,VND,2026-10-05 10:00:00 +0700,1,70000.00,A,utm_campaign: TET\n"
        "#1,,,,,1,50000.00,B,\n"
        "#2,b@x.example,paid,VND,2026-10-06 10:00:00 +0700,1,70000.00,A,\n"
    )
    loaded = shop.write({"raw/x.csv": text}, {"s": {"kind": "shopify_orders", "files": "raw/*"}}).load()
    assert pick(loaded, "touches", "touch_id", "visitor_id", "order_id", "touched_at", "campaign", "is_direct") == [
        ("#1", "#1", "#1", datetime(2026, 10, 5, 10), "TET", False)
    ]
