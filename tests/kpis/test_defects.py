"""Defects of published packages of metrics: each is named here with an example on which it would show, and does not."""

import pytest

from revops.kpis.catalogue import declared
from revops.kpis.counting import measure
from revops.kpis.recurring.mrr import MOVES, mrr_bridge

from .deals import STAGES, deal
from .small import D, back, company, contracts, line, order, table, world

FEB, MAR, APR, MAY = (D(2026, month, 1) for month in (2, 3, 4, 5))
AS_OF = D(2026, 6, 30)


def counted(key, span=(MAR, APR), by=(), **found):
    """The value of each cell, or the reason why it has none."""
    facts = world(AS_OF, company(funnel={"stages": STAGES}), **found)
    rows = measure(facts, [key], [span], by).iter_rows(named=True)
    values = [row["value"] if row["reason"] is None else row["reason"] for row in rows]
    return values if by else values[0]


def test_dbt_recurly_calls_churn_contraction_and_a_return_expansion():
    """It asks whether MRR fell or rose before it asks whether it went to or came from 0, over months with a charge."""
    rows = contracts(("a", D(2026, 1, 1), D(2026, 2, 15), 100), ("a", D(2026, 8, 1), None, 120))
    steps = mrr_bridge(rows, [D(2026, month, 1) for month in range(2, 10)])
    found = {name: steps[name].to_list() for name in MOVES if any(steps[name])}
    assert found == {"churn": [-100, 0, 0, 0, 0, 0, 0], "reactivation": [0, 0, 0, 0, 0, 0, 120]}


def test_dbt_recurly_takes_a_yearly_invoice_for_the_revenue_of_one_month():
    steps = mrr_bridge(contracts(("a", D(2026, 1, 1), D(2027, 1, 1), 50)), [D(2026, m, 1) for m in range(2, 13)])
    assert set(steps["closing"]) == {50}
    assert not any(any(steps[name]) for name in MOVES)


@pytest.mark.parametrize("key", ["win_rate", "win_rate_amount"])
def test_dbt_salesforce_has_a_win_rate_of_0_where_nothing_was_closed(key):
    """By owner it writes 0, by snapshot NULL: 0 % and 'nothing closed' are different facts."""
    assert counted(key, opportunities=[deal("a", won=True, close=D(2026, 4, 9), snapshot=AS_OF)]) == "no_cases"
    assert counted(key, opportunities=[deal("a", won=False, snapshot=AS_OF)]) == 0


def test_dbt_salesforce_counts_all_that_was_created_since_the_month_began_as_created_in_it():
    days = {"before": D(2026, 2, 28), "first": MAR, "last": D(2026, 3, 31), "after": APR}
    rows = [deal(name, close=None, created=day, snapshot=AS_OF) for name, day in days.items()]
    assert counted("deals_created", opportunities=rows) == 2


def test_dbt_salesforce_counts_the_days_to_close_backwards():
    rows = [deal("a", won=True, created=D(2026, 3, 1), close=D(2026, 3, 10), snapshot=AS_OF)]
    assert counted("sales_cycle", opportunities=rows) == 9


def test_dbt_salesforce_drops_open_deals_whose_forecast_category_it_does_not_know():
    names = ["Pipeline", "Best Case", "Commit", "Most Likely", "Omitted", "Dự kiến", None]
    rows = [deal(f"d{i}", close=MAY, amount=10, forecast_category=name) for i, name in enumerate(names)]
    assert counted("open_pipeline", opportunities=rows) == 70


def test_mrr_playbook_never_sees_a_contract_inside_one_month():
    """It looks only at the first of each month."""
    step = mrr_bridge(contracts(("a", D(2026, 3, 15), D(2026, 3, 28), 20)), [MAR, APR]).row(0, named=True)
    assert (step["passing"], step["closing"], step["new"], step["churn"]) == (1, 0, 0, 0)


def test_mrr_playbook_loses_customers_whose_contracts_have_no_end():
    steps = mrr_bridge(contracts(("a", D(2026, 1, 1), None, 20)), [FEB, MAR, APR])
    assert steps["closing"].to_list() == [20, 20]


def test_dbt_shopify_takes_a_return_out_of_an_order_in_one_table_and_out_of_a_day_in_another():
    """One view, and it says which: returns lower the revenue of their own day and never the value of an order."""
    sold = {
        "orders": [order("a", D(2026, 3, 10))], "order_lines": [line("a", 100)],
        "returns": [back("r", D(2026, 4, 2), "a", 40)],
    }  # fmt: skip
    assert [counted("net_revenue", span, **sold) for span in ((MAR, APR), (APR, MAY))] == [100, -40]
    assert counted("aov", **sold) == 100
    assert "returns on the day of the return" in declared("net_revenue").date.en
    assert "before returns" in declared("aov").convention.en


@pytest.mark.parametrize(("key", "day"), [("orders", "order day"), ("net_revenue", "order day"), ("aov", "order day")])
def test_dbt_shopify_dates_orders_by_another_stamp_than_the_shop_and_does_not_say_so(key, day):
    assert day in declared(key).date.en


def test_dbt_ad_reporting_adds_up_days_and_conversions_that_platforms_count_differently():
    rows = [
        {"spent_on": D(2026, 3, 9), "platform": name, "campaign": name, "spend_amount": 2_100_000, "conversions": 50}
        for name in ("Google", "TikTok")
    ]
    ads = {"ad_spend": table("ad_spend", rows)}
    assert counted("cpa", **ads) == "not_added"
    assert counted("cpa", by=["platform"], **ads) == [42_000, 42_000]
    assert "some in UTC" in declared("ad_spend").convention.en


def test_the_stripe_glossary_counts_600_a_year_as_800():
    """100 customers at 100 a month and 50 at 600 a year: 10,000 + 50 × 600 ÷ 12 = 12,500."""
    rows = [(f"m{i}", D(2026, 1, 1), None, 100) for i in range(100)]
    rows += [(f"y{i}", D(2026, 1, 1), None, 600 // 12) for i in range(50)]
    assert counted("mrr", subscriptions=contracts(*rows)) == 12_500
