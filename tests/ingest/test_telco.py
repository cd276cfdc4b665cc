"""One snapshot of subscribers as subscriptions: who left, what the others pay, and a total that is blank text."""

from decimal import Decimal

import polars as pl
import pytest

from .exports import files

TELCO = files("REVOPS_TELCO_DATA", "telco")
pytestmark = TELCO.needed


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    for _, loaded in TELCO.read("telco", "2026-10", tmp_path_factory.mktemp("telco")):
        yield loaded


def test_mrr_and_who_left(loaded):
    subscriptions = loaded.tables["subscriptions"]
    left = subscriptions.filter(pl.col("end_on").is_not_null())
    assert (subscriptions.height, left.height) == (7_043, 1_869)
    assert (subscriptions["mrr"].sum(), left["mrr"].sum()) == (45_611_660, 13_913_085)
    assert f"{Decimal(100 * left.height) / subscriptions.height:.3f}" == "26.537"
    assert subscriptions.filter(pl.col("end_on") < pl.col("start_on")).is_empty()


@pytest.mark.parametrize(
    ("contract", "churn"), [("Month-to-month", "42.71"), ("One year", "11.27"), ("Two year", "2.83")]
)
def test_churn_by_contract(loaded, contract, churn):
    subscriptions = loaded.tables["subscriptions"]
    mine = subscriptions.filter(product_group=contract)
    assert f"{Decimal(100 * mine['end_on'].count()) / mine.height:.2f}" == churn
    assert set(subscriptions["product_group"]) == {"Month-to-month", "One year", "Two year"}


def test_a_blank_total_is_no_payment_and_no_fault(loaded):
    assert loaded.quarantine.is_empty()
    assert loaded.fates.select("source", "fate", "reason", "rows").rows() == [
        ("paid", "kept", None, 7_032),
        ("paid", "left_out", "not_asked_for", 11),
        ("subscribers", "kept", None, 7_043),
    ]
    started = loaded.tables["subscriptions"].filter(
        ~pl.col("customer_id").is_in(loaded.tables["payments"]["customer_id"].implode())
    )
    assert set(started["start_on"].cast(pl.String)) == {"2026-10-01"}
