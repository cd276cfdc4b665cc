"""What new customers cost, what campaigns bring, how visits convert."""

import pytest

from revops.kpis import counting
from revops.kpis.headline import value_of
from revops.kpis.marketing.spend import (
    acquisition_cost,
    costs_in,
    platform_changes,
    platform_results,
    spend_days,
    web_conversion,
)
from revops.kpis.measure import missing

from .small import D, company, line, order, table, world

MAR, APR = D(2026, 3, 1), D(2026, 4, 1)


def spend(*rows):
    names = ("spent_on", "platform", "campaign", "spend_amount")
    return table("ad_spend", [dict(zip(names, row, strict=True)) for row in rows])


def days(*rows):
    return spend_days(spend(*rows))


def shop(*ads, buyers=40, costs=90_000_000, **more):
    """Facts as of the end of March: ad spend, costs of March, orders of so many new customers on the 2nd."""
    return world(
        D(2026, 3, 31),
        company(**more),
        ad_spend=spend(*ads),
        costs=[{"month_on": MAR, "cost_type": "salaries", "cost_amount": costs}] if costs else [],
        orders=[order(str(i), D(2026, 3, 2)) for i in range(buyers)],
        order_lines=[line(str(i), 100) for i in range(buyers)],
    )


def value(facts, key, span=(MAR, APR)):
    return value_of(facts, key, span)


def test_cac_is_all_cost_over_new_customers():
    facts = shop((D(2026, 3, 31), "Google", "A", 30_000_000), (APR, "Google", "A", 7))
    assert value(facts, "cac").value == 3_000_000


def test_cac_without_new_customers_is_undefined_and_never_0():
    """The only buyer of March bought in February before."""
    bought = [order(key, day, customer_id="c") for key, day in (("1", D(2026, 2, 3)), ("2", D(2026, 3, 3)))]
    facts = world(D(2026, 3, 31), orders=bought, order_lines=[line("1", 9)], ad_spend=spend((MAR, "Google", "A", 5)))
    assert (value(facts, "cac").value, value(facts, "cac").reason) == (None, "no_cases")


def test_cac_without_any_cost_is_undefined():
    assert value(shop(costs=0), "cac") == missing("no_source")


@pytest.mark.parametrize(("lag", "cost"), [(0, 3000), (1, 500)])
def test_costs_may_lag_behind_the_customers_they_win(lag, cost):
    costs = table("costs", [{"month_on": MAR, "cost_type": "tools", "cost_amount": 1000},
                            {"month_on": D(2026, 2, 1), "cost_type": "tools", "cost_amount": 200}])  # fmt: skip
    ads = days((D(2026, 3, 31), "Google", "A", 2000), (D(2026, 2, 28), "Google", "A", 300))
    assert acquisition_cost(ads, costs, MAR, APR, lag) == cost


def test_the_platforms_cost_per_conversion_and_no_sum_over_platforms():
    rows = [("Google", 2_100_000, 50), ("Meta", 900_000, 30), ("Radio", 100, None)]
    named = {"spent_on": MAR, "campaign": "A"}
    ads = table("ad_spend", [named | {"platform": p, "spend_amount": a, "conversions": n} for p, a, n in rows])
    found = platform_results(spend_days(ads), MAR, APR)
    assert found.select("platform", "conversions", "cpa").rows() == [
        ("Google", 50, 42_000), ("Meta", 30, 30_000), ("Radio", 0, None),
    ]  # fmt: skip
    facts = world(D(2026, 3, 31), ad_spend=ads)
    assert value(facts, "cpa") == missing("not_added")
    cells = counting.measure(facts, ["cpa"], [(MAR, APR)], by=("platform",))
    assert dict(cells.select("platform", "value").rows()) == {"Google": 42_000, "Meta": 30_000, "Radio": None}


@pytest.mark.parametrize(
    ("start", "end", "cost"), [(1, 32, 3100), (1, 8, 700), (31, 32, 100)], ids=["whole", "a week", "a day"]
)
def test_a_part_of_a_month_carries_its_days_of_the_costs(start, end, cost):
    costs = table("costs", [{"month_on": MAR, "cost_type": "tools", "cost_amount": 3100}])
    first = MAR.toordinal() - 1
    assert costs_in(costs, D.fromordinal(first + start), D.fromordinal(first + end)) == cost


def test_web_conversion_is_visits_with_a_purchase_over_visits_of_the_channel():
    visits = table(
        "sessions",
        [
            {"day_on": D(2026, 3, 5), "channel": "Web", "traffic_source": "Ads", "sessions": 600, "purchases": 30},
            {"day_on": D(2026, 3, 5), "channel": "Web", "traffic_source": "Direct", "sessions": 400, "purchases": 10},
            {"day_on": D(2026, 3, 5), "channel": "Web", "traffic_source": "Unknown", "sessions": 900},
            {"day_on": D(2026, 3, 5), "channel": "Market", "traffic_source": "Ads", "sessions": 100, "purchases": 50},
            {"day_on": APR, "channel": "Web", "traffic_source": "Ads", "sessions": 100, "purchases": 50},
        ],
    )
    assert web_conversion(visits, "Web", MAR, APR).value == 0.04
    assert web_conversion(visits, "Web", D(2026, 2, 1), MAR).reason == "no_cases"
    assert web_conversion(visits.clear(), "Web", MAR, APR).reason == "no_source"


def test_platforms_by_the_rise_of_their_spend():
    ads = days(
        (D(2026, 2, 5), "Google", "A", 100),
        (D(2026, 2, 5), "Meta", "B", 100),
        (MAR, "Google", "A", 90),
        (MAR, "Meta", "B", 131),
    )
    found = platform_changes(ads, MAR, APR, (D(2026, 2, 1), MAR))
    assert found.select("platform", "difference").rows() == [("Meta", 31), ("Google", -10)]
    assert found["growth"].to_list() == pytest.approx([0.31, -0.1])
