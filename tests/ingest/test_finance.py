"""A general ledger with budget and actual in one list: the budgeted year, its totals and its sign."""

from datetime import date

import polars as pl
import pytest

from revops.kpis.forecast import budget

from .exports import files

FINANCE = files("REVOPS_AWF_DATA", "aw_finance_budget")
pytestmark = FINANCE.needed
WHOLE = (date(2010, 1, 1), date(2014, 1, 1))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    for _, loaded in FINANCE.read("finance", "2013-12", tmp_path_factory.mktemp("finance")):
        yield loaded


@pytest.fixture(scope="module")
def rows(loaded) -> pl.DataFrame:
    return budget.against(loaded.tables["budgets"], loaded.tables["budget_actuals"])


def test_the_budget_is_of_twelve_months_and_has_its_totals(loaded):
    plans = loaded.tables["budgets"]
    assert (plans["month_on"].min(), plans["month_on"].max()) == (date(2010, 12, 1), date(2011, 11, 1))
    sums = dict(plans.group_by("account_type").agg(pl.col("budget_amount").sum()).iter_rows())
    assert sums == {"income": 2_535_480_000, "cost": 1_705_705_000}


def test_negative_rows_are_kept_and_nothing_waits(loaded):
    sides = loaded.tables["budgets"]["budget_amount"], loaded.tables["budget_actuals"]["actual_amount"]
    assert sum(int((side < 0).sum()) for side in sides) == 1_039
    assert loaded.quarantine.is_empty()


def test_only_budgeted_months_are_compared_and_each_type_alone(rows):
    told = {line["account_type"]: line for line in budget.compared(rows, WHOLE).iter_rows(named=True)}
    assert (told["income"]["budget"], told["cost"]["budget"]) == (2_535_480_000, 1_705_705_000)
    assert rows["month_on"].n_unique() == 12
    assert told["income"]["is_good"] == (told["income"]["actual"] > told["income"]["budget"])
    assert told["cost"]["is_good"] == (told["cost"]["actual"] < told["cost"]["budget"])
    assert told["Assets"]["is_good"] is None


@pytest.mark.parametrize("by", ["budget_line", "department", "organisation"])
def test_every_cut_sums_to_its_types_whole(rows, by):
    whole = budget.compared(rows, WHOLE).select("account_type", "budget", "actual", "variance")
    parts = (
        budget.compared(rows, WHOLE, (by,)).group_by("account_type").agg(pl.col("budget", "actual", "variance").sum())
    )
    assert parts.sort("account_type").equals(whole.sort("account_type"))
