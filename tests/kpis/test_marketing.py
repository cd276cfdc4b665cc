"""What new customers cost, what campaigns bring, how visits convert."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import marketing
from revops.kpis.marketing import UNATTRIBUTED

from .small import D, table

MAR, APR = D(2026, 3, 1), D(2026, 4, 1)


def spend(*rows):
    names = ("spent_on", "platform", "campaign", "spend_amount")
    return table("ad_spend", [dict(zip(names, row, strict=True)) for row in rows])


def days(*rows):
    return marketing.spend_days(spend(*rows))


def test_cac_is_all_cost_over_new_customers():
    costs = table("costs", [{"month_on": MAR, "cost_type": "salaries", "cost_amount": 90_000_000}])
    ads = days((D(2026, 3, 31), "Google", "A", 30_000_000), (APR, "Google", "A", 7))
    assert marketing.cac(ads, costs, 40, MAR, APR).value == 3_000_000


@pytest.mark.parametrize(("customers", "has_costs", "reason"), [(0, True, "no_cases"), (5, False, "no_source")])
def test_cac_without_customers_or_without_costs_is_undefined(customers, has_costs, reason):
    ads = days((MAR, "Google", "A", 100)) if has_costs else days()
    found = marketing.cac(ads, table("costs", []), customers, MAR, APR)
    assert (found.value, found.reason) == (None, reason)


@pytest.mark.parametrize(
    ("start", "end", "cost"), [(1, 32, 3100), (1, 8, 700), (31, 32, 100)], ids=["whole", "a week", "a day"]
)
def test_a_part_of_a_month_carries_its_days_of_the_costs(start, end, cost):
    costs = table("costs", [{"month_on": MAR, "cost_type": "tools", "cost_amount": 3100}])
    first = MAR.toordinal() - 1
    assert marketing.costs_in(costs, D.fromordinal(first + start), D.fromordinal(first + end)) == cost


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
    assert marketing.web_conversion(visits, "Web", MAR, APR).value == 0.04
    assert marketing.web_conversion(visits, "Web", D(2026, 2, 1), MAR).reason == "no_cases"
    assert marketing.web_conversion(visits.clear(), "Web", MAR, APR).reason == "no_source"


def touched(*rows):
    kinds = {"moved_on": pl.Date, "order_id": pl.String, "campaign": pl.String, "net_amount": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(1, 5)), min_size=1, max_size=8))
def test_the_parts_of_an_order_sum_to_its_revenue(orders):
    rows = [(MAR, f"o{i}", f"c{k}", net) for i, (net, count) in enumerate(orders) for k in range(count)]
    parts = marketing.credited(touched(*rows)).group_by("order_id").agg(pl.col("credited_amount").sum())
    assert dict(parts.rows()) == {f"o{i}": net for i, (net, _) in enumerate(orders)}


def test_campaigns_with_spend_and_return_and_what_nobody_named_sum_to_revenue():
    ads = days((MAR, "Google", "A", 1000), (MAR, "Meta", "B", 500), (MAR, "Meta", "Dealers", 200))
    orders = touched((D(2026, 3, 2), "1", "A", 3000), (D(2026, 3, 3), "2", "A", 400), (D(2026, 3, 3), "2", "B", 400))
    touches = table(
        "touches",
        [{"order_id": "1", "campaign": "A"}, {"order_id": "2", "campaign": "A"}, {"order_id": "2", "campaign": "B"}],
    )
    firsts = pl.DataFrame({"customer_id": ["x"], "first_order_id": ["1"], "first_on": [D(2026, 3, 2)]})
    leads = table("leads", [{"lead_id": "l", "campaign": "Dealers", "created_on": D(2026, 3, 9)}])
    found = marketing.campaigns(ads, orders, touches, firsts, leads, 10_000, MAR, APR)
    rows = {row["campaign"]: row for row in found.to_dicts()}
    assert found["net_amount"].sum() == 10_000
    assert {name: (row["net_amount"], row["roas"]) for name, row in rows.items()} == {
        "A": (3200, 3.2),
        "B": (200, 0.4),
        "Dealers": (0, None),
        UNATTRIBUTED: (6600, None),
    }
    assert (rows["A"]["new_customers"], rows["A"]["cac"], rows["B"]["cac"], rows["Dealers"]["leads"]) == (
        1,
        1000.0,
        None,
        1,
    )


def test_platforms_by_the_rise_of_their_spend():
    ads = days(
        (D(2026, 2, 5), "Google", "A", 100),
        (D(2026, 2, 5), "Meta", "B", 100),
        (MAR, "Google", "A", 90),
        (MAR, "Meta", "B", 131),
    )
    found = marketing.platform_changes(ads, MAR, APR, (D(2026, 2, 1), MAR))
    assert found.select("platform", "difference").rows() == [("Meta", 31), ("Google", -10)]
    assert found["growth"].to_list() == pytest.approx([0.31, -0.1])
