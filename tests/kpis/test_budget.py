"""Budget against actual: the sign is the account type's, types are never added together, coarse lines stand apart."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.counting import measure
from revops.kpis.forecast import budget

from .small import D, table, world

YEAR = (D(2026, 1, 1), D(2027, 1, 1))
JANUARY = (D(2026, 1, 1), D(2026, 2, 1))


def planned(line: str, amount: int, month: int = 1, kind: str | None = "cost", **more) -> dict:
    return {"month_on": D(2026, month, 1), "budget_line": line, "account_type": kind, "budget_amount": amount, **more}


def booked(line: str, amount: int, month: int = 1, kind: str | None = "cost", **more) -> dict:
    return {"month_on": D(2026, month, 1), "budget_line": line, "account_type": kind, "actual_amount": amount, **more}


def against(plans: list[dict], actuals: list[dict]) -> pl.DataFrame:
    return budget.against(table("budgets", plans), table("budget_actuals", actuals))


PLANS = [planned("Rent", 100), planned("Pay", 200), planned("Fees", 50, kind="income"), planned("Rent", 100, 2)]
ACTUALS = [booked("Rent", 90), booked("Pay", 230), booked("Fees", 60, kind="income"), booked("Rent", 105, 2),
           booked("Rent", 70, 3)]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "variance", "good"),
    [("income", 1, True), ("income", -1, False), ("cost", 1, False), ("cost", -1, True), (None, 1, False),
     ("cost", 0, None), ("Assets", 5, None), ("Assets", -5, None)],
)  # fmt: skip
def test_more_income_and_less_cost_are_good_and_of_other_types_nobody_can_say(kind, variance, good):
    assert budget.is_good(kind, variance) is good


def test_each_account_type_stands_alone():
    rows = budget.compared(against(PLANS, ACTUALS), JANUARY)
    assert rows.select("account_type", "budget", "actual", "variance", "is_good").rows() == [
        ("income", 50, 60, 10, True),
        ("cost", 300, 320, 20, False),
    ]


def test_months_without_a_budget_are_not_compared():
    rows = budget.compared(against(PLANS, ACTUALS), YEAR, ("budget_line",)).filter(budget_line="Rent")
    assert rows.select("budget", "actual", "variance").rows() == [(200, 195, -5)]


def test_a_line_that_nobody_planned_or_nobody_booked_is_there_with_its_other_side():
    rows = against([planned("Rent", 100)], [booked("Fines", 7)])
    assert rows.select("budget_line", "budget_amount", "actual_amount").rows() == [
        ("Fines", None, 7),
        ("Rent", 100, None),
    ]
    told = budget.compared(rows, JANUARY, ("budget_line",))
    assert told.select("budget", "actual", "share").rows() == [(0, 7, None), (100, 0, -1.0)]


def test_a_cost_may_leave_its_type_out():
    rows = budget.compared(against([planned("Rent", 100, kind=None)], [booked("Rent", 90)]), JANUARY)
    assert rows.select("account_type", "variance").rows() == [("cost", -10)]


def test_what_is_planned_for_all_departments_is_no_departments_plan():
    rows = against(
        [planned("Rent", 100), planned("Pay", 50, department="Shops")],
        [
            booked("Rent", 40, department="Shops"),
            booked("Rent", 40, department="Office"),
            booked("Pay", 55, department="Shops"),
        ],
    )
    told = budget.compared(rows, JANUARY, ("department",))
    assert told.select("department", "budget", "actual").rows() == [
        ("Office", 0, 40),
        ("Shops", 50, 95),
        (None, 100, 0),
    ]
    assert budget.compared(rows, JANUARY).select("budget", "actual").rows() == [(150, 135)]


def test_negative_amounts_are_kept_as_they_are():
    rows = budget.compared(against([planned("Returns", -1600)], [booked("Returns", -1500)]), JANUARY)
    assert rows.select("variance", "share", "is_good").rows() == [(100, None, False)]


def test_used_is_actual_of_budget_and_undefined_without_one():
    rows = against(PLANS, ACTUALS)
    assert budget.used(rows, JANUARY).value == pytest.approx(320 / 300)
    assert budget.used(rows, JANUARY, "income").value == 1.2
    assert budget.used(rows.clear(), JANUARY).reason == "no_source"
    assert budget.used(against([planned("Rent", 0)], [booked("Rent", 5)]), JANUARY).reason == "no_cases"


amounts = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 3), st.integers(-(10**12), 10**12)), max_size=9)


@given(amounts, amounts)
def test_cuts_sum_to_the_whole_of_their_type(plans, actuals):
    once = {(line, month): amount for line, month, amount in plans}
    summed: dict[tuple[str, int], int] = {}
    for line, month, amount in actuals:
        summed[line, month] = summed.get((line, month), 0) + amount
    rows = against([planned(*key[:1], amount, key[1]) for key, amount in once.items()],
                   [booked(*key[:1], amount, key[1]) for key, amount in summed.items()])  # fmt: skip
    whole, parts = budget.compared(rows, YEAR), budget.compared(rows, YEAR, ("budget_line",))
    assert whole["variance"].sum() == parts["variance"].sum()
    assert whole["budget"].sum() == sum(once.values())


@pytest.mark.parametrize(
    ("metric", "value"),
    [("budget_cost_used", 320 / 300), ("budget_cost_variance", 20), ("budget_income_reached", 1.2)],
)
def test_the_catalogue_counts_the_same(metric, value):
    facts = world(D(2026, 1, 31), budgets=PLANS, budget_actuals=ACTUALS)
    row = measure(facts, [metric], [JANUARY]).row(0, named=True)
    assert row["value"] == pytest.approx(value)


def test_the_catalogue_cuts_by_department_and_says_why_it_cannot():
    facts = world(D(2026, 1, 31), budgets=[planned("Rent", 100, department="Shops")],
                  budget_actuals=[booked("Rent", 90, department="Shops")])  # fmt: skip
    rows = measure(facts, ["budget_cost_used"], [JANUARY], ("department",))
    assert rows.select("department", "value").rows() == [("Shops", 0.9)]
    nothing = measure(world(D(2026, 1, 31)), ["budget_cost_used"], [JANUARY]).row(0, named=True)
    assert (nothing["value"], nothing["reason"]) == (None, "no_source")
