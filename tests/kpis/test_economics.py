"""Whether a customer pays back: the worked example, and what is undefined."""

import pytest

from revops.kpis.marketing.economics import capped_value, lifetime_value, payback_months, per_cost
from revops.kpis.measure import Value, missing, price, ratio

CAC, PAYS, MARGIN, CHURN = price(120_000_000, 40), price(20_000_000, 40), ratio(60, 100), ratio(5, 100)


def test_the_worked_example():
    ltv = lifetime_value(PAYS, MARGIN, CHURN)
    assert (CAC.value, PAYS.value) == (3_000_000, 500_000)
    assert payback_months(CAC, PAYS, MARGIN).value == 10
    assert ltv.value == 6_000_000
    assert per_cost(ltv, CAC).value == 2.0


def test_where_nobody_leaves_the_lifetime_value_is_undefined_and_a_capped_figure_stands_beside_it():
    assert lifetime_value(PAYS, MARGIN, ratio(0, 40)) == missing("no_churn")
    assert capped_value(PAYS, MARGIN).value == 60 * 300_000


@pytest.mark.parametrize(
    ("pays", "margin", "reason"),
    [
        (price(5, 0), MARGIN, "no_cases"),
        (missing("no_history"), MARGIN, "no_history"),
        (PAYS, missing("no_costs"), "no_costs"),
    ],
)
def test_what_is_not_known_gives_no_value_but_its_reason(pays, margin, reason):
    found = [lifetime_value(pays, margin, CHURN), payback_months(CAC, pays, margin), capped_value(pays, margin)]
    assert found == [missing(reason)] * 3


@pytest.mark.parametrize(("margin", "reason"), [(ratio(0, 100), "no_margin"), (ratio(-5, 100), "no_margin")])
def test_a_customer_without_margin_never_pays_back(margin, reason):
    assert payback_months(CAC, PAYS, margin) == missing(reason)


def test_without_new_customers_there_is_no_cost_of_one_and_nothing_against_it():
    nobody = price(120_000_000, 0)
    assert (nobody.value, nobody.reason) == (None, "no_cases")
    assert payback_months(nobody, PAYS, MARGIN) == missing("no_cases")
    assert per_cost(lifetime_value(PAYS, MARGIN, CHURN), nobody) == missing("no_cases")


def test_values_are_rounded_once():
    """1 ÷ 3 a month at a margin of one half and a churn of 1 ÷ 6: exactly one, not the product of rounded parts."""
    assert lifetime_value(Value(0, 1, 3), ratio(1, 2), ratio(1, 6)).value == 1
