"""Real input: a representative's and a manager's plan on AdventureWorks, against SQL over the raw files."""

import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import nbformat
import papermill
import polars as pl
import pytest

from revops.incentives import Desk, open_desk
from revops.report import leaderboard, statement
from revops.workspace import open_workspace, root

pytestmark = pytest.mark.aw

# Whole-amount commission by person and month: CommissionPct × SubTotal, rounded to cents once.
COMMISSION = """
    WITH months AS (
        SELECT o.SalesPersonID::VARCHAR AS person_id, date_trunc('month', o.OrderDate::DATE)::DATE AS month_on,
            sum(o.SubTotal::DECIMAL(28, 4)) AS credit, any_value(p.CommissionPct::DECIMAL(9, 6)) AS pct
        FROM read_csv('{folder}/SalesOrderHeader.csv', types = {{'SubTotal': 'VARCHAR'}}) o
        JOIN read_csv('{folder}/SalesPerson.csv', types = {{'CommissionPct': 'VARCHAR'}}) p
            ON p.BusinessEntityID = o.SalesPersonID
        GROUP BY ALL)
    SELECT person_id, month_on, credit * pct AS exact, round(credit * pct, 2) AS paid FROM months WHERE pct > 0
"""


@pytest.fixture(scope="module")
def build(aw_loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(aw_loaded, tmp_path_factory.mktemp("aw") / "build")


@pytest.fixture(scope="module")
def desk(build: Path) -> Desk:
    return open_desk(open_workspace("04_incentives", "tests/adventureworks", "2014-05", build=str(build)))


def test_commission_of_all_people_and_months(desk: Desk) -> None:
    payments = [p.payment for p in desk.months if p.payment and p.plan and p.plan.plan == "REP"]
    exact = sum(payout.earned for payment in payments for payout in payment.payouts)
    assert round(Decimal(exact.numerator) / exact.denominator / 10**6, 4) == Decimal("1101643.4626")
    assert Decimal(sum(payment.paid for payment in payments)).scaleb(-6) == Decimal("1101643.50")
    assert {payment.paid % 10_000 for payment in payments} == {0}


def test_every_person_and_month_equals_sql_over_the_raw_files(desk: Desk, aw_data: Path) -> None:
    expected = {(p, m): paid for p, m, _, paid in duckdb.sql(COMMISSION.format(folder=aw_data)).fetchall()}
    found = {
        (p.person_id, p.month_on): Decimal(p.paid).scaleb(-6)
        for p in desk.months
        if p.plan and p.plan.plan == "REP" and p.paid
    }
    assert found == {key: paid for key, paid in expected.items() if paid}
    assert sum(expected.values()) == Decimal("1101643.50")


def test_credits_of_all_lines_are_the_resellers_revenue(desk: Desk) -> None:
    own = desk.credits.filter(pl.col("rule") == "direct")
    assert Decimal(int(own["credit_amount"].sum())).scaleb(-6) == Decimal("80487704.1832")


def test_a_manager_is_paid_a_thousandth_of_the_team(desk: Desk) -> None:
    """North America in May 2014: the representatives under person 274 on the day of each order."""
    team = desk.people.filter((pl.col("manager_id") == "274") & pl.col("end_on").is_null())["person_id"].unique()
    sold = desk.credits.filter(
        (pl.col("rule") == "direct")
        & (pl.col("month_on") == desk.last_month)
        & pl.col("person_id").is_in(team.implode())
    )
    manager = desk.person("274")
    assert manager.payment is not None
    assert manager.payment.payouts[0].credited == sold["credit_amount"].sum()
    assert manager.paid == round(sold["credit_amount"].sum() / 1000 / 10_000) * 10_000


def test_nobody_is_stopped(desk: Desk) -> None:
    assert [str(problem) for person in desk.months for problem in person.problems] == []


def test_the_notebook_runs_and_its_statements_and_wall_render(build: Path, tmp_path: Path) -> None:
    values = {"company": "tests/adventureworks", "period": "2014-05", "build": str(build)}
    notebook, done = root() / "notebooks" / "04_incentives.ipynb", tmp_path / "out.ipynb"
    papermill.execute_notebook(notebook, done, values, kernel_name="python3", progress_bar=False)
    assert "No payment is stopped" in str(nbformat.read(done, as_version=4).cells)
    ws = open_workspace("index", "tests/adventureworks", "2014-05", build=str(build))
    assert len(statement.people(ws)) == 17
    assert "$4,440.08" in statement.render(ws, "275")
    assert "David Campbell leads with 94% of quota" in leaderboard.render(ws)
