"""Real input: AdventureWorks paid by its stored percentages, against SQL over the raw files, and by richer plans."""

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

from .reference.adventureworks import paid

pytestmark = pytest.mark.aw
COMPANY = "tests/adventureworks"
MONTHS = 37

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
    """By the richer plans: representatives, managers of groups, the director."""
    return open_desk(open_workspace("04_incentives", COMPANY, "2014-05", build=str(build)))


@pytest.fixture(scope="module")
def stored(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """By the plans of plans/stored: the percentage that is stored with each person, and a thousandth of the team."""
    company = shutil.copytree(root() / COMPANY, tmp_path_factory.mktemp("stored") / "adventureworks")
    told = (company / "company.yaml").read_text("utf-8")
    plans = "plans: [plans/stored/representative.yaml, plans/stored/manager.yaml]\n"
    plans += "incentives: {unpaid_roles: [director]}\n"
    (company / "company.yaml").write_text(told[: told.index("plans: [")] + plans, "utf-8")
    return open_desk(open_workspace("04_incentives", str(company), "2014-05", build=str(build)))


def test_commission_of_all_people_and_months(stored: Desk) -> None:
    payments = [p.payment for p in stored.months if p.payment and p.plan and p.plan.plan == "REP"]
    exact = sum(payout.earned for payment in payments for payout in payment.payouts)
    assert round(Decimal(exact.numerator) / exact.denominator / 10**6, 4) == Decimal("1101643.4626")
    assert Decimal(sum(payment.paid for payment in payments)).scaleb(-6) == Decimal("1101643.50")
    assert {payment.paid % 10_000 for payment in payments} == {0}


def test_every_person_and_month_equals_sql_over_the_raw_files(stored: Desk, aw_data: Path) -> None:
    expected = {(p, m): paid for p, m, _, paid in duckdb.sql(COMMISSION.format(folder=aw_data)).fetchall()}
    found = {
        (p.person_id, p.month_on): Decimal(p.paid).scaleb(-6)
        for p in stored.months
        if p.plan and p.plan.plan == "REP" and p.paid
    }
    assert found == {key: paid for key, paid in expected.items() if paid}
    assert sum(expected.values()) == Decimal("1101643.50")


def test_a_manager_is_paid_a_thousandth_of_the_team(stored: Desk) -> None:
    """North America in May 2014: the representatives under person 274 on the day of each order."""
    team = stored.people.filter((pl.col("manager_id") == "274") & pl.col("end_on").is_null())["person_id"].unique()
    sold = stored.credits.filter(
        (pl.col("rule") == "direct")
        & (pl.col("month_on") == stored.last_month)
        & pl.col("person_id").is_in(team.implode())
    )
    manager = stored.person("274")
    assert manager.payment is not None
    assert manager.payment.payouts[0].credited == sold["credit_amount"].sum()
    assert manager.paid == round(sold["credit_amount"].sum() / 1000 / 10_000) * 10_000


@pytest.fixture(scope="module")
def expected(aw_data: Path) -> dict[str, list[dict[str, object]]]:
    """What the independent reference pays everybody by the richer plans, month after month."""
    return dict(paid(aw_data, root() / COMPANY, MONTHS))


def test_the_richer_plans_pay_what_the_reference_pays(desk: Desk, expected: dict[str, list[dict[str, object]]]) -> None:
    found = {(p.person_id, p.month_on): p for p in desk.months}
    total = Decimal(0)
    for person, rows in expected.items():
        for row in rows:
            month = found.get((person, row["month"]))
            assert (row["paid"] is None) == (month is None or month.paid is None), (person, row["month"])
            if row["paid"] is not None:
                assert Decimal(month.paid).scaleb(-6) == row["paid"], (person, row["month"])
                total += row["paid"]
    assert total == Decimal("1518341.56")


def test_every_component_of_the_richer_plans_pays_and_is_cut_somewhere(desk: Desk) -> None:
    """Bonus, accelerator, guarantee, both caps: no term stands there for nothing."""
    payments = [p.payment for p in desk.months if p.payment]
    paying = {(payout.plan, payout.component.key) for x in payments for payout in x.payouts if payout.pay}
    assert paying == {(plan.plan, part.key) for plan in desk.plans for part in plan.components}
    assert {item.kind for x in payments for item in x.items} == {"draw", "payment_cap", "carried_in"}


def test_nobody_is_stopped(desk: Desk, stored: Desk) -> None:
    assert [str(problem) for of in (desk, stored) for person in of.months for problem in person.problems] == []


def test_the_notebook_runs_and_its_statements_and_wall_render(build: Path, tmp_path: Path) -> None:
    values = {"company": COMPANY, "period": "2014-05", "build": str(build)}
    notebook, done = root() / "notebooks" / "04_incentives.ipynb", tmp_path / "out.ipynb"
    papermill.execute_notebook(notebook, done, values, kernel_name="python3", progress_bar=False)
    assert "No payment is stopped" in str(nbformat.read(done, as_version=4).cells)
    ws = open_workspace("index", COMPANY, "2014-05", build=str(build))
    assert len(statement.people(ws)) == 18
    assert "David Campbell leads with 94% of quota" in leaderboard.render(ws)
