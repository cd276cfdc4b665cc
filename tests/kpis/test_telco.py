"""Subscribers of a telephone company, published figures through the catalogue: MRR, who left, by contract."""

from datetime import date

import polars as pl
import pytest

from ingest.exports import files
from revops import kpis, tables
from revops.kpis.headline import value_of
from revops.kpis.recurring.retention import lives, survival_by_month

TELCO = files("REVOPS_TELCO_DATA", "telco")
pytestmark = TELCO.needed
OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    for ws, loaded in TELCO.read("telco", "2026-10", tmp_path_factory.mktemp("telco")):
        found = loaded.tables
        yield kpis.gather(lambda name, found=found: found.get(name, tables.empty(name)).lazy(), ws.company, ws.as_of)


def test_what_they_paid_before_and_what_left(facts):
    """456,116.60 a month in all, 11 of them in their first month; 139,130.85 of it left."""
    found = {key: value_of(facts, key, OCTOBER).value for key in ("mrr", "new_mrr", "churn_mrr")}
    assert found["churn_mrr"] == -139_130_85
    assert found["mrr"] - found["churn_mrr"] == 456_116_60
    at_start = kpis.recurring.mrr_bridge(facts.subscriptions, OCTOBER)
    assert at_start["opening"][0] + found["new_mrr"] == 456_116_60
    assert (at_start["churn_customers"][0], at_start["new_customers"][0]) == (1_869, 11)


def test_1869_of_7043_left(facts):
    seen = lives(facts.subscriptions, facts.end)
    assert (seen.height, seen["ended"].sum()) == (7_043, 1_869)
    assert round(100 * seen["ended"].sum() / seen.height, 3) == 26.537


@pytest.mark.parametrize(("contract", "share"), [("Month-to-month", 42.71), ("One year", 11.27), ("Two year", 2.83)])
def test_who_left_by_contract(facts, contract, share):
    seen = lives(facts.subscriptions, facts.end).filter(pl.col("product_group") == contract)
    assert round(100 * seen["ended"].sum() / seen.height, 2) == share


def test_the_rate_of_the_month_leaves_out_who_began_in_it(facts):
    found = value_of(facts, "service_churn", OCTOBER)
    assert (found.numerator, found.denominator) == (1_869, 7_043 - 11)
    cells = kpis.metric(facts, "service_churn", "2026-10", by="product_group")
    assert cells["numerator"].sum() == 1_869


def test_contracts_by_age(facts):
    """Few leave after the first years: the curve falls fastest at its beginning."""
    kept = dict(survival_by_month(facts.subscriptions, facts.end, 60).select("month", "kept").iter_rows())
    assert 1 > kept[12] > kept[24] > kept[48] > 0.5
    assert kept[0] - kept[12] > kept[12] - kept[24] > kept[36] - kept[48]
