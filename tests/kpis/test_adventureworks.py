"""AdventureWorks to the last digit: orders, revenue by year, channel and category, AOV, discounts, repeat buyers."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from revops import kpis
from revops.ingest import load
from revops.kpis.headline import value_of
from revops.money import to_decimal
from revops.periods import Period
from revops.workspace import open_workspace

from .small import D

pytestmark = pytest.mark.aw
START, END = D(2011, 5, 1), D(2014, 7, 1)
ALL = (START, END)


@pytest.fixture(scope="module")
def ws(aw_data, tmp_path_factory):
    build = str(tmp_path_factory.mktemp("aw"))
    load(open_workspace("01_ingest", "tests/adventureworks", "2014-06", build=build))
    return open_workspace("02_kpis", "tests/adventureworks", "2014-06", build=build)


@pytest.fixture(scope="module")
def facts(ws):
    return kpis.gather(ws.scan, ws.company, ws.as_of, ws.months())


def money(units):
    return to_decimal(int(units), 6)


def test_orders_customers_units_revenue_and_order_value(facts):
    assert value_of(facts, "orders", ALL).value == 31_465
    assert facts.firsts.height == 19_119
    assert facts.days["units"].sum() == 274_914
    assert money(value_of(facts, "net_revenue", ALL).value) == Decimal("109846381.4039")
    assert money(facts.canonical_revenue) == Decimal("109846381.4039")
    assert round(money(value_of(facts, "aov", ALL).value), 4) == Decimal("3491.0657")


@pytest.mark.parametrize(
    ("year", "revenue"),
    [(2011, "12641672.2129"), (2012, "33524301.3260"), (2013, "43622479.0537"), (2014, "20057928.8113")],
)
def test_revenue_by_calendar_year(facts, year, revenue):
    span = (max(START, D(year, 1, 1)), D(year + 1, 1, 1))
    assert money(value_of(facts, "net_revenue", span).value) == Decimal(revenue)


@pytest.mark.parametrize(
    ("channel", "count", "revenue"), [("Online", 27_659, "29358677.2207"), ("Reseller", 3_806, "80487704.1832")]
)
def test_online_and_reseller(facts, channel, count, revenue):
    here = facts.net_cells(ALL, ("channel",)).filter(pl.col("channel") == channel)
    assert money(here["net_amount"][0]) == Decimal(revenue)
    assert facts.orders.filter(pl.col("channel") == channel)["orders"].sum() == count


@pytest.mark.parametrize(
    ("category", "revenue"),
    [
        ("Bikes", "94651172.70"),
        ("Components", "11802593.29"),
        ("Clothing", "2120542.52"),
        ("Accessories", "1272072.88"),
    ],
)
def test_revenue_by_category(facts, category, revenue):
    here = facts.net_cells(ALL, ("product_group",)).filter(pl.col("product_group") == category)
    assert round(money(here["net_amount"][0]), 2) == Decimal(revenue)


def test_header_rounding_is_its_own_line_and_discounts_are_whole(facts):
    rounding = facts.days.filter(pl.col("product_group").is_null())
    assert money(rounding["net_amount"].sum()) == Decimal("0.004012")
    assert round(money(facts.days["discount_amount"].sum()), 2) == Decimal("527507.91")


def test_online_repeat_rate(facts, ws):
    known = kpis.counting.measure(facts, ["repeat_rate"], [ALL], where={"channel": "Online"})
    assert round(known["value"][0] * 100, 2) == 37.14


def test_fiscal_years_run_from_july(facts, ws):
    year = ws.period.fiscal_year
    assert (year.start, year.end) == (D(2013, 7, 1), END)
    months = kpis.months_table(facts, kpis.Spans.of(ws.period, ws.as_of, facts.last_day))
    assert months["month_on"][0] == D(2013, 7, 1)
    assert months["plan"].null_count() == months.height
    assert months["actual"].sum() == value_of(facts, "net_revenue", (year.start, END)).value


def test_what_the_company_has_no_source_for_is_undefined_with_its_reason(facts, ws):
    rows = kpis.headline(facts, kpis.Spans.of(ws.period, ws.as_of, facts.last_day))
    reasons = dict(rows.filter(pl.col("value").is_null()).select("metric", "reason").iter_rows())
    assert reasons == dict.fromkeys(("web_conversion", "win_rate", "cac", "service_arr", "service_churn"), "no_source")
    assert ws.as_of == END - timedelta(days=1)


def test_the_month_in_which_the_files_end_is_told_as_missing_data_and_not_as_a_fall(facts, ws):
    found = kpis.find(facts, kpis.Spans.of(ws.period, ws.as_of, facts.last_day))
    assert {item.place["product_group"] for item in found.items if item.watch == "sales"} == {
        "Bikes", "Components", "Accessories", "Clothing",
    }  # fmt: skip
    assert {item.name for item in found.items if item.watch == "sales"} == {"look_for_file"}


def test_without_a_plan_and_limits_nothing_is_found(facts, ws):
    may = kpis.Spans.of(Period.parse("2014-05", 7), D(2014, 5, 31), facts.last_day)
    assert kpis.find(facts, may).items == []
