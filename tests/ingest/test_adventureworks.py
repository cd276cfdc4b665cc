"""AdventureWorks through the canonical tables: the figures that its own README gives, to the last digit."""

import os
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from revops import ingest
from revops.kpis.revenue import movements
from revops.workspace import open_workspace, root

DATA = Path(os.environ.get("REVOPS_AW_DATA", root().parent / "shared" / "data" / "adventureworks"))
pytestmark = [
    pytest.mark.aw,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no AdventureWorks files in {DATA}: set REVOPS_AW_DATA"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REVOPS_AW_DATA", str(DATA))
        build = str(tmp_path_factory.mktemp("aw"))
        ws = open_workspace("01_ingest", "tests/adventureworks", "2014-06", build=build)
        ingest.reconcile(ws, ingest.load(ws))
        yield ws


@pytest.fixture(scope="module")
def moved(workspace):
    names = ("orders", "order_lines", "returns", "products")
    return movements(*(workspace.scan(name) for name in names)).collect()


def money(amounts: pl.Series) -> Decimal:
    return Decimal(int(amounts.sum())).scaleb(-6)


def by(moved, column) -> dict:
    return {key[0]: money(part["net_amount"]) for key, part in moved.group_by(column)}


def test_everything_that_was_read_is_kept_but_the_people_named_elsewhere(workspace):
    log = workspace.read("import_log")
    assert log["rows_quarantined"].sum() == log["rows_merged"].sum() == 0
    assert dict(log.filter(pl.col("rows_left_out") > 0).select("source", "rows_left_out").iter_rows()) == {
        "managers": 14,
        "representative_between": 16,
    }


def test_orders_lines_customers_and_units(workspace, moved):
    orders, lines = workspace.read("orders"), workspace.read("order_lines")
    assert (orders.height, lines.height, orders["customer_id"].n_unique()) == (31_465, 121_317, 19_119)
    assert lines["quantity"].sum() == moved["quantity"].sum() == 274_914


def test_revenue_in_total_and_by_year(workspace, moved):
    assert money(moved["net_amount"]) == money(workspace.read("orders")["net_amount"]) == Decimal("109846381.403900")
    assert by(moved, pl.col("moved_on").dt.year()) == {
        2011: Decimal("12641672.212900"),
        2012: Decimal("33524301.326000"),
        2013: Decimal("43622479.053700"),
        2014: Decimal("20057928.811300"),
    }
    assert (money(moved["net_amount"]) / 31_465).quantize(Decimal("0.0001")) == Decimal("3491.0657")


def test_online_and_reseller(workspace, moved):
    assert by(moved, "channel") == {"Online": Decimal("29358677.220700"), "Reseller": Decimal("80487704.183200")}
    assert Counter(workspace.read("orders")["channel"]) == {"Online": 27_659, "Reseller": 3_806}
    online = workspace.read("orders").filter(channel="Online")
    assert online["person_id"].null_count() == online["account_id"].null_count() == online.height


def test_header_rounding_is_a_movement_of_its_own(workspace, moved):
    assert by(moved, "kind") == {"sale": Decimal("109846381.399888"), "header_rounding": Decimal("0.004012")}
    check = workspace.notes.checks[-1]
    assert (check["name"], check["explained"], check["difference"]) == ("ingest.check.revenue", 4012, 0)


def test_categories_and_discounts(moved):
    groups = {name: amount.quantize(Decimal("0.01")) for name, amount in by(moved, "product_group").items() if name}
    assert groups == {
        "Bikes": Decimal("94651172.70"),
        "Components": Decimal("11802593.29"),
        "Clothing": Decimal("2120542.52"),
        "Accessories": Decimal("1272072.88"),
    }
    assert money(moved["discount_amount"]).quantize(Decimal("0.01")) == Decimal("527507.91")


def test_quota_periods_are_the_irregular_ones(workspace):
    quotas = workspace.read("quotas").filter(pl.col("measure") == "revenue")
    spans = quotas.select("start_on", "end_on").unique().sort("start_on")
    assert quotas.height == 163
    assert spans["end_on"].to_list() == [*spans["start_on"].to_list()[1:], date(2014, 6, 1)]
    assert spans["start_on"].to_list()[:3] == [date(2011, 5, 31), date(2011, 8, 31), date(2011, 12, 1)]


def test_people_have_a_manager_on_every_day_they_sold(workspace):
    people, orders = workspace.read("people"), workspace.read("orders").filter(pl.col("person_id").is_not_null())
    on_the_day = orders.join(people, on="person_id").filter(
        (pl.col("ordered_on") >= pl.col("start_on"))
        & (pl.col("ordered_on") < pl.col("end_on").fill_null(date(9999, 1, 1)))
    )
    assert on_the_day["order_id"].n_unique() == on_the_day.height == orders.height
    assert on_the_day["manager_id"].null_count() == 0
    assert dict(people.filter(role="manager").select("person_id", "team").sort("person_id").iter_rows()) == {
        "274": "Sales/North America",
        "285": "Sales/Pacific",
        "287": "Sales/Europe",
    }


def test_a_commission_rate_of_each_person(workspace):
    rates = dict(workspace.read("person_rates").select("person_id", "rate").iter_rows())
    assert (len(rates), rates["275"], rates["289"], rates["274"]) == (17, 12_000_000, 20_000_000, 0)


def test_no_name_of_these_people_is_in_the_repository():
    names = pl.read_csv(DATA / "SalesPersonName.csv")["Name"].to_list()
    paths = [p for p in Path(root() / "tests" / "adventureworks").rglob("*") if p.suffix in {".yaml", ".csv", ".md"}]
    assert [name for name in names for path in paths if name in path.read_text("utf-8")] == []
