"""Real input: quotas on irregular dates, managers without territory, exact proposals; against SQL over raw files."""

import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import isqrt

import duckdb
import nbformat
import papermill
import polars as pl
import pytest

from revops import quota
from revops.money import round_ratio
from revops.quota.attainment import periods
from revops.workspace import open_workspace, root

pytestmark = pytest.mark.aw

QUOTAS = """
    WITH days AS (SELECT DISTINCT QuotaDate::DATE AS day FROM read_csv('{folder}/SalesPersonQuotaHistory.csv')),
    spans AS (SELECT day AS start_on, coalesce(lead(day) OVER (ORDER BY day), DATE '2014-06-01') AS end_on FROM days),
    quotas AS (
        SELECT BusinessEntityID::VARCHAR AS person_id, QuotaDate::DATE AS start_on, SalesQuota::DECIMAL(28, 6) AS quota
        FROM read_csv('{folder}/SalesPersonQuotaHistory.csv')),
    orders AS (
        SELECT SalesPersonID::VARCHAR AS person_id, OrderDate::DATE AS day, SubTotal::DECIMAL(28, 6) AS amount
        FROM read_csv('{folder}/SalesOrderHeader.csv', types = {{'SubTotal': 'VARCHAR'}})
        WHERE SalesPersonID IS NOT NULL)
    SELECT person_id, start_on, end_on, (quota * 1000000)::BIGINT AS quota_amount,
        coalesce((SELECT sum(amount * 1000000)::BIGINT FROM orders
            WHERE orders.person_id = quotas.person_id AND day >= start_on AND day < end_on), 0) AS actual_amount
    FROM quotas JOIN spans USING (start_on) ORDER BY person_id, start_on
"""


@pytest.fixture(scope="module")
def build(aw_loaded, tmp_path_factory):
    return shutil.copytree(aw_loaded, tmp_path_factory.mktemp("aw") / "build")


@pytest.fixture(scope="module")
def desk(build):
    return quota.open_desk(open_workspace("03_quota", "tests/adventureworks", "2014-05", build=str(build)))


def test_attainment_of_every_person_and_irregular_quota_period_equals_sql_over_the_raw_files(desk, aw_data):
    expected = duckdb.sql(QUOTAS.format(folder=aw_data)).pl()
    got = periods.by_period(desk.quotas, desk.standing.carried, date(2014, 5, 31))
    assert got.height == expected.height == 163
    assert got.select(expected.columns).equals(expected)
    days = (expected["end_on"] - expected["start_on"]).dt.total_days().unique().sort().to_list()
    assert len(days) > 1  # the dates are irregular: no quarter of a calendar serves
    assert got["is_complete"].all()


def test_attainment_of_the_year_is_that_of_its_quota_periods(desk, aw_data):
    begun = duckdb.sql(QUOTAS.format(folder=aw_data)).pl().filter(pl.col("start_on") >= date(2013, 7, 1))
    sums = begun.group_by("person_id").agg(pl.col("quota_amount", "actual_amount").sum()).sort("person_id")
    got = desk.standing.attained.sort("person_id")
    assert got.select(sums.columns).equals(sums)
    assert got["projected_amount"].equals(got["actual_amount"].rename("projected_amount"))  # every period has ended
    assert set(got["interval_reason"]) == {"complete"}


def test_in_the_middle_of_a_year_a_projection_has_bounds_where_history_is_long_enough(build):
    november = quota.open_desk(open_workspace("03_quota", "tests/adventureworks", "2013-11", build=str(build)))
    rows = november.standing.attained
    known = rows.drop_nulls("low")
    assert (known["low_amount"] <= known["high_amount"]).all()
    assert set(rows.filter(pl.col("low").is_null())["interval_reason"]) == {"short_history"}
    held, tested = november.standing.held
    assert 0.6 < held / tested < 0.95  # of 49 made at earlier month-ends; they aim at 80 % and more


def test_quotas_by_product_group_and_territory_sum_to_those_of_the_people_and_sales_to_revenue(desk):
    standing, goals = desk.standing, sum(desk.standing.goals.values())
    for rows in (standing.by_sale, standing.by_product, standing.by_cell):
        assert rows["quota_amount"].sum() == goals
        assert rows["actual_amount"].sum() == desk.revenue["amount"].sum()


def test_credited_revenue_is_the_resellers_revenue(desk, aw_data):
    total = duckdb.sql(
        f"SELECT (sum(SubTotal::DECIMAL(28, 6)) * 1000000)::BIGINT FROM read_csv('{aw_data}/SalesOrderHeader.csv', "
        "types = {'SubTotal': 'VARCHAR'}) WHERE OnlineOrderFlag = 0 AND OrderDate::DATE < DATE '2014-06-01'"
    ).fetchall()[0][0]
    assert desk.days["amount"].sum() == desk.revenue_of_channels == total


def test_managers_without_territory_are_there_and_measured_by_their_own_sales(desk):
    managers = desk.standing.attained.filter(pl.col("person_id").is_in(["274", "285", "287"]))
    assert managers.height == 3
    assert managers["region"].null_count() == 3
    assert managers["attainment"].null_count() == 0
    assert not managers["is_manager"].any()


def test_next_years_proposals_sum_exactly_for_every_scenario_that_history_allows(desk):
    proposal = desk.propose(quota.knobs_of(desk.ws.company.quota, 6, "7.3%"))
    assert {s.key: s.why_not for s in proposal.scenarios} == {
        "last_year": "", "three_years": "", "trend": "", "forecast": "", "market": "needs_market",
        "potential": "needs_potential",
    }  # fmt: skip
    assert (proposal.base.name, proposal.target.months[0]) == ("2014", date(2014, 7, 1))
    checks = quota.check_proposal(desk.ws, proposal)
    assert checks["parents_that_differ"].sum() == 0
    assert set(checks["month_on"].drop_nulls()) == set(proposal.target.months)
    for scenario in proposal.had:
        people, months = scenario.base_by_person(), scenario.months
        assert sum(people.values()) == sum(scenario.tops.values()) == months["base_amount"].sum() == scenario.amount
        assert set(people) == {base.person_id for base in proposal.bases}
        assert months.group_by("person_id").agg(pl.col("base_amount").sum()).sort("person_id").rows() == sorted(
            people.items()
        )


def test_the_top_numbers_are_those_of_the_resellers_years(desk):
    """Fiscal years 2012 and 2013 by SQL's own sums; the year under way is projected, so it is only bounded."""
    years = desk.ground.company.years
    sold = desk.days.with_columns(year=(pl.col("moved_on").dt.offset_by("6mo")).dt.year())
    sums = dict(sold.group_by("year").agg(pl.col("amount").sum()).iter_rows())
    assert years[:2] == (sums[2012], sums[2013])
    assert years[2] > sums[2014]
    proposal = desk.propose(replace(quota.knobs_of(desk.ws.company.quota, 6, "0%"), step=1))
    assert proposal.scenario("three_years").amount == round_ratio(sum(years), 3)
    assert proposal.scenario("trend").amount == isqrt_of(years)


def isqrt_of(years):
    """last × √(last ÷ first), rounded half up, by whole numbers only."""
    square = Fraction(years[2] ** 3, years[0]) * 4
    return (isqrt(square.numerator // square.denominator) + 1) // 2


MEASURES = """
    WITH lines AS (
        SELECT h.SalesOrderID AS id, h.OrderDate::DATE AS day, h.CustomerID AS customer, d.OrderQty AS quantity,
            (d.LineTotal::DECIMAL(28, 6) * 1000000)::BIGINT AS net,
            (p.StandardCost::DECIMAL(28, 6) * 1000000)::BIGINT AS cost
        FROM read_csv('{folder}/SalesOrderHeader.csv', types = {{'SubTotal': 'VARCHAR'}}) h
        JOIN read_csv('{folder}/SalesOrderDetail.csv', types = {{'LineTotal': 'VARCHAR'}}) d USING (SalesOrderID)
        JOIN read_csv('{folder}/Product.csv', types = {{'StandardCost': 'VARCHAR'}}) p USING (ProductID)
        WHERE h.OnlineOrderFlag = 0 AND h.OrderDate::DATE < DATE '2014-06-01')
    SELECT sum(quantity)::BIGINT, sum(net - quantity * cost)::BIGINT, count(DISTINCT customer) FROM lines
"""


def test_other_measures_are_those_of_the_resellers_lines(desk, aw_data):
    units, margin, customers = duckdb.sql(MEASURES.format(folder=aw_data)).fetchall()[0]
    assert desk.counted("units")["amount"].sum() == units
    assert desk.counted("new_customers")["amount"].sum() == customers
    assert desk.counted("gross_margin")["amount"].sum() == margin


def test_the_same_number_stands_by_product_channel_and_region(desk):
    for names in (["product_group"], ["channel"], ["region"], ["product_group", "region"]):
        years = desk.ground_for("net_revenue", names).totals.years
        sums = {year: sum(parts.values()) for year, parts in list(years.items())[:-1]}
        assert sums == {"2012": desk.ground.totals.of("2012"), "2013": desk.ground.totals.of("2013")}


def test_the_base_year_is_the_sum_of_its_people(desk):
    known = desk.days.filter(pl.col("moved_on") >= date(2013, 7, 1))["amount"].sum()
    assert desk.ground.totals.of("2013") == desk.days.filter(
        pl.col("moved_on").is_between(date(2012, 7, 1), date(2013, 6, 30))
    )["amount"].sum()  # fmt: skip
    assert desk.ground.totals.of("2014") >= known


def test_every_account_is_in_a_cell_or_listed(desk):
    own = desk.accounts.drop_nulls(["customer_group", "region"])
    assert desk.accounts.height == 701
    assert desk.cells.group_by("product_group").agg(pl.col("accounts").sum())["accounts"].unique().to_list() == [
        own.height
    ]


def test_the_notebook_runs(build, tmp_path):
    done = tmp_path / "out.ipynb"
    values = {"company": "tests/adventureworks", "period": "2014-05", "build": str(build), "growth": "5%"}
    papermill.execute_notebook(
        root() / "notebooks" / "03_quota.ipynb", done, values, kernel_name="python3", progress_bar=False
    )
    notebook = nbformat.read(done, as_version=4)
    assert "people reached the quotas of 2014" in str(notebook.cells)
    proposed = pl.read_parquet(build / "tables" / "quota_proposed.parquet")
    scenarios = pl.read_parquet(build / "tables" / "quota_scenarios.parquet").filter("is_chosen")
    chosen = proposed.filter("is_chosen", ~pl.col("is_manager"))
    assert chosen["quota_amount"].sum() == scenarios["quota_amount"].sum()
    assert proposed.select("scenario", "person_id", "month_on").is_duplicated().any() is False
