"""The catalogue's customer metrics: worked numbers, who is new, who returns, who comes back; by any dimension."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.kpis import customers
from revops.kpis.catalogue import metrics
from revops.kpis.counting import measure

from .small import D, back, company, line, order, world

JAN, FEB, MAR, APR = (D(2026, month, 1) for month in (1, 2, 3, 4))
MARCH = (MAR, APR)
MINE = [key for key, one in metrics().items() if all(term.fact in customers.FACTS for term in one.terms())]


def shop(**more):
    """Four customers: x returns in March, y comes back after being inactive, z is new, w stays away; and a guest."""
    heads = [
        order("x1", D(2026, 2, 20), customer_id="x"),
        order("x2", D(2026, 3, 1), customer_id="x", channel="Shops"),
        order("x3", D(2026, 3, 31), customer_id="x"),
        order("y1", D(2026, 1, 1), customer_id="y"),
        order("y2", D(2026, 3, 3), customer_id="y", channel="Shops", region="South"),
        order("z1", D(2026, 3, 9), customer_id="z"),
        order("z2", D(2026, 3, 9), customer_id="z", is_cancelled=True),
        order("w1", D(2026, 1, 20), customer_id="w"),
        order("g1", D(2026, 3, 9), customer_id=None),
    ]
    return world(
        D(2026, 3, 31),
        company(kpis={"inactive_days": 60} | more),
        orders=heads,
        order_lines=[line(head["order_id"], 100) for head in heads],
        returns=[back("r", D(2026, 3, 20), "x1", 30)],
        customers=[{"customer_id": name, "customer_group": group} for name, group in zip("xyzw", "aabb", strict=True)],
    )


def value(facts, key, span=MARCH, **where):
    return measure(facts, [key], [span], where=where).select("value", "numerator", "denominator", "reason").row(0)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("active_customers", (3, 3, None, None)),
        ("new_customers", (1, 1, None, None)),
        ("returning_customers", (2, 2, None, None)),
        ("reactivated_customers", (1, 1, None, None)),
        ("known_customers", (4, 4, None, None)),
        ("repeat_rate", (2 / 4, 2, 4, None)),
        ("inactive_share", (1 / 4, 1, 4, None)),
        ("orders_per_customer", (4 / 3, 4, 3, None)),
        ("revenue_per_customer", (123, 370, 3, None)),
        ("value_to_date", (168, 670, 4, None)),
    ],
)
def test_worked_numbers_of_a_month(key, expected):
    assert value(shop(), key) == expected


@pytest.mark.parametrize(("days", "back_again"), [(61, 0), (60, 1)], ids=["as many", "more"])
def test_reactivated_is_who_was_away_for_longer_than_t(days, back_again):
    """y was away from 1 January to 3 March: 61 days."""
    assert value(shop(inactive_days=days), "reactivated_customers")[0] == back_again


@pytest.mark.parametrize(("days", "inactive"), [(70, 0), (69, 1)])
def test_inactive_is_who_has_been_away_for_longer_than_t(days, inactive):
    """w ordered on 20 January, 70 days before 31 March."""
    assert value(shop(inactive_days=days), "inactive_share")[1] == inactive


def test_each_order_counts_where_it_was_placed_and_each_customer_where_the_first_order_was():
    by_order = measure(shop(), ["active_customers"], [MARCH], ("channel",))
    assert dict(by_order.select("channel", "value").rows()) == {"Shops": 2, "Web": 2}, "x bought through both"
    by_first = measure(shop(), ["known_customers"], [MARCH], ("channel",))
    assert dict(by_first.select("channel", "value").rows()) == {"Web": 4}
    groups = measure(shop(), ["repeat_rate"], [MARCH], ("customer_group",))
    assert dict(groups.select("customer_group", "value").rows()) == {"a": 1.0, "b": 0.0}


def test_a_segment_is_that_of_the_periods_last_day():
    rows = measure(shop(), ["known_customers"], [(JAN, FEB), MARCH], ("segment",))
    counted = {(start, segment): value for start, segment, value in rows.select("start_on", "segment", "value").rows()}
    assert sum(n for (start, _), n in counted.items() if start == JAN) == 2
    assert sum(n for (start, _), n in counted.items() if start == MAR) == 4
    assert value(shop(), "active_customers", segment="nobody")[0] in (0, None)


def test_who_is_new_is_unknown_in_the_first_year_where_the_company_is_older():
    past = [{"start_on": D(2025, 1, 1), "end_on": D(2026, 1, 1), "orders": 9, "net_amount": 1, "channel": "Web",
             "region": "North", "product_group": "Fans"}]  # fmt: skip
    facts = world(D(2026, 3, 31), orders=[order("a", D(2026, 3, 1))], order_lines=[line("a", 1)], history=past)
    for key in ("new_customers", "returning_customers", "reactivated_customers"):
        assert value(facts, key)[3] == "no_history"
    assert value(facts, "active_customers")[0] == 1


def test_retention_asks_for_two_years():
    orders = [order("a", D(2024, 4, 5), customer_id="x"), order("b", D(2026, 3, 5), customer_id="x"),
              order("c", D(2025, 3, 31), customer_id="y"), order("d", D(2025, 4, 1), customer_id="z")]  # fmt: skip
    facts = world(D(2026, 3, 31), orders=orders)
    assert value(facts, "retention") == (0.5, 1, 2, None)
    assert value(facts, "retention", (D(2026, 2, 1), MAR))[3] == "no_history"


def test_predicted_value_says_why_it_is_refused():
    assert value(shop(), "predicted_clv") == (None, None, None, "few_repeaters")


@pytest.mark.parametrize("key", MINE)
def test_a_company_without_orders_has_a_reason(key):
    assert value(world(D(2026, 3, 31)), key)[3] == "no_source"


BUYS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 89)), min_size=1, max_size=30)


@given(BUYS)
@settings(max_examples=5)
def test_new_and_returning_are_the_active_and_reactivated_are_among_the_returning(buys):
    dated = [(who, D.fromordinal(JAN.toordinal() + day)) for who, day in buys]
    heads = [order(f"o{i}", day, customer_id=f"c{who}") for i, (who, day) in enumerate([(9, JAN), *dated])]
    facts = world(D(2026, 3, 31), company(kpis={"inactive_days": 20}), orders=heads,
                  order_lines=[line(f"o{i}", 10) for i in range(len(heads))])  # fmt: skip
    keys = ["active_customers", "new_customers", "returning_customers", "reactivated_customers", "known_customers"]
    for span in ((JAN, FEB), (FEB, MAR), MARCH, (JAN, APR)):
        found = dict(measure(facts, keys, [span]).select("metric", "value").rows())
        found = {key: found[key] or 0 for key in keys}
        assert found["new_customers"] + found["returning_customers"] == found["active_customers"]
        assert found["reactivated_customers"] <= found["active_customers"] <= found["known_customers"]
