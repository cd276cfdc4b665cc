"""A period against the plan, the period before, last year and last year by Tết: by effect and by customer."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.kpis.periods import bridge, currency, movers, references

from .small import D, back, company, line, order, spans, table, world

JAN, FEB, MAR = D(2026, 1, 1), D(2026, 2, 1), D(2026, 3, 1)


def amounts(frame, key="effect"):
    return dict(frame.select(key, "amount").iter_rows())


def sold(*rows):
    """Orders and their lines from (id, day, net, more of the order)."""
    return {
        "orders": [order(name, day, **more) for name, day, _, more in rows],
        "order_lines": [line(name, net) | {"source_net_amount": net * 10_000} for name, _, net, _ in rows],
    }


# --- which references there are --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "first", "names"),
    [
        ("2026-10", D(2024, 1, 5), ["previous", "previous_year"]),
        ("2026-10", D(2026, 9, 5), ["previous"]),
        ("2026-10", D(2026, 10, 5), []),
        ("2026-02", D(2024, 1, 5), ["previous", "previous_year", "tet", "both_months"]),
    ],
)
def test_a_reference_that_is_not_known_in_detail_is_left_out(period, first, names):
    facts = world(D(2026, 10, 31), **sold(("a", first, 5, {}), ("b", D(2026, 10, 30), 5, {})))
    assert [one.name for one in references.known(facts, spans(period))] == names


def test_a_company_elsewhere_keeps_no_tet():
    there = company(time_zone="America/Los_Angeles")
    facts = world(D(2026, 2, 28), there, **sold(("a", D(2024, 1, 5), 5, {}), ("b", FEB, 5, {})))
    assert [one.name for one in references.known(facts, spans("2026-02"))] == ["previous", "previous_year"]


def test_a_running_month_is_held_against_the_same_days():
    facts = world(D(2026, 3, 10), **sold(("a", FEB, 7, {}), ("b", D(2026, 2, 11), 100, {}), ("c", MAR, 9, {})))
    found = references.revenue_bridge(facts, spans("2026-03", D(2026, 3, 10)), "previous")
    assert found["amount"].sum() == 9 - 7


def test_february_by_tet_is_held_against_as_many_days_around_tet_and_with_january_against_both():
    facts = world(D(2026, 2, 28), **sold(
        ("old", D(2025, 1, 1), 1, {}),
        ("run-up 2025", D(2025, 1, 20), 100, {}),  # nine days before Tết
        ("late 2025", D(2025, 2, 20), 5, {}),
        ("run-up 2026", D(2026, 2, 8), 110, {}),  # nine days before Tết
    ))  # fmt: skip
    found = references.bridges(facts, spans("2026-02"))
    sums = dict(found.group_by("reference").agg(pl.col("amount").sum()).iter_rows())
    assert sums == {"previous": 110, "previous_year": 110 - 5, "tet": 110 - 100, "both_months": 110 - 106}


# --- currency --------------------------------------------------------------------------------------------------------


def abroad(name, day, dollars, rate, **more):
    head = order(name, day, currency="USD", **more)
    return head, line(name, dollars * rate) | {"source_net_amount": dollars * 10_000}


def test_currency_is_this_periods_sales_at_the_references_rate():
    rows = [abroad("a", JAN, 20, 25_000), abroad("b", FEB, 10, 26_000)]
    facts = world(D(2026, 2, 28), orders=[r[0] for r in rows], order_lines=[r[1] for r in rows])
    found = amounts(references.revenue_bridge(facts, spans("2026-02"), "previous"))
    assert found["currency"] == 10 * 1_000
    assert found["price"] + found["volume"] + found["mix"] == -10 * 25_000
    assert sum(found.values()) == 260_000 - 500_000


@pytest.mark.parametrize(
    ("why", "net_now", "source_now", "net_before", "source_before", "amount"),
    [
        ("the rate rose by 4 %", 260, 10, 500, 20, 10),
        ("the rate fell", 240, 10, 500, 20, -10),
        ("as before", 250, 10, 500, 20, 0),
        ("never sold before in this currency", 250, 10, 0, 0, 0),
        ("nothing sold now", 0, 0, 500, 20, 0),
        ("half a unit goes away from zero", 1, 1, 1, 2, 0),
    ],
)
def test_what_exchange_rates_moved(why, net_now, source_now, net_before, source_before, amount):
    row = {"currency": "USD", "net_now": net_now, "source_now": source_now, "net_before": net_before}
    found = currency.effect(pl.DataFrame([row | {"source_before": source_before}]), [])
    assert found["currency_amount"].to_list() == [amount], why


def test_the_home_currency_cancelled_orders_and_other_days_move_nothing():
    rows = [
        (order("vnd", FEB), line("vnd", 5)),
        abroad("cancelled", FEB, 10, 26_000, is_cancelled=True),
        abroad("later", MAR, 10, 26_000),
        abroad("now", FEB, 10, 26_000, channel="Dealers", region=None),
    ]
    heads, lines = table("orders", [r[0] for r in rows]), table("order_lines", [r[1] for r in rows])
    products = table("products", [{"product_id": "fan", "product_group": None, "name": "Fan"}])
    found = currency.foreign_sales(heads.lazy(), lines.lazy(), products.lazy(), "VND", (FEB, MAR), (JAN, FEB)).collect()
    assert found.rows() == [("(no product group)", "Dealers", None, "USD", 260_000, 100_000, 0, 0)]


# --- customers -------------------------------------------------------------------------------------------------------

TOLD = [
    ("new", [("Hà", FEB, 50)], ("new", 50)),
    ("back after a pause", [("Hà", D(2025, 6, 1), 70), ("Hà", FEB, 50)], ("back", 50)),
    ("more", [("Hà", JAN, 30), ("Hà", FEB, 50)], ("more", 20)),
    ("as much counts as more", [("Hà", JAN, 50), ("Hà", FEB, 50)], ("more", 0)),
    ("less", [("Hà", JAN, 80), ("Hà", FEB, 50)], ("less", -30)),
    ("lost", [("Hà", JAN, 80)], ("lost", -80)),
    ("nobody's name", [(None, JAN, 80), (None, FEB, 50)], ("anonymous", -30)),
    ("the reference's last day", [("Hà", D(2026, 1, 31), 80), ("Hà", FEB, 90)], ("more", 10)),
    ("the period's last day", [("Hà", D(2026, 2, 28), 80)], ("new", 80)),
]


def customers(rows, returns=()):
    facts = world(
        D(2026, 12, 31),
        orders=[order(str(i), day, customer_id=who) for i, (who, day, _) in enumerate(rows)],
        order_lines=[line(str(i), net) for i, (_, _, net) in enumerate(rows)],
        returns=[back(f"r{i}", day, str(of), net) for i, (of, day, net) in enumerate(returns)],
    )
    return references.customer_bridge(facts, references.Reference("previous", (FEB, MAR), (JAN, FEB)))


@pytest.mark.parametrize(("why", "rows", "expected"), TOLD, ids=[case[0] for case in TOLD])
def test_each_customer_is_one_kind(why, rows, expected):
    found = customers(rows)
    assert found["kind"].to_list() == list(movers.KINDS)
    assert amounts(found, "kind") == dict.fromkeys(movers.KINDS, 0) | dict([expected])
    assert found["customers"].sum() == (expected[0] != "anonymous")


def test_a_return_alone_makes_a_customer_less_or_lost_never_more():
    found = customers([("Hà", D(2025, 6, 1), 70), ("Lê", JAN, 50)], [(0, FEB, 70), (1, FEB, 50)])
    assert amounts(found, "kind") == {"new": 0, "back": 0, "more": 0, "less": -70, "lost": -100, "anonymous": 0}


def test_who_began_since_last_years_reference_is_new_not_back():
    facts = world(
        D(2026, 2, 28), **sold(("a", D(2025, 8, 1), 10, {"customer_id": "Hà"}), ("b", FEB, 20, {"customer_id": "Hà"}))
    )
    year = references.Reference("previous_year", (FEB, MAR), (D(2025, 2, 1), D(2025, 3, 1)))
    assert amounts(references.customer_bridge(facts, year), "kind")["new"] == 20


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Hà", "Lê", "Vũ", None]), st.dates(D(2025, 12, 1), D(2026, 3, 31)), st.integers(0, 10**9)
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(
    ROWS,
    st.lists(st.tuples(st.integers(0, 11), st.dates(D(2026, 1, 1), D(2026, 3, 31)), st.integers(1, 10**9)), max_size=4),
)
def test_customers_sum_to_the_difference_in_any_order_of_rows(rows, returns):
    kept = [one for one in returns if one[0] < len(rows)]
    found, turned = customers(rows, kept), customers(rows, kept[::-1])
    inside = {
        month: sum(net for _, day, net in rows if day.month == month and day.year == 2026)
        - sum(net for _, day, net in kept if day.month == month)
        for month in (1, 2)
    }
    assert found["amount"].sum() == inside[2] - inside[1]
    assert found.equals(turned)


# --- all effects together --------------------------------------------------------------------------------------------


def test_every_effect_is_told_even_at_0_and_all_sum_to_the_difference():
    facts = world(D(2026, 2, 28), **sold(("a", JAN, 100, {}), ("b", FEB, 250, {})))
    found = references.bridges(facts, spans("2026-02"))
    assert found["effect"].to_list() == list(bridge.EFFECTS)
    assert found["amount"].sum() == 150


def test_a_plan_is_a_reference_only_where_last_years_prices_are_known():
    plan = table("targets", [{"metric": "net_revenue", "month_on": FEB, "target": 90}])
    for first, names in ((D(2025, 2, 1), ["plan", "previous", "previous_year"]), (JAN, ["previous"])):
        facts = world(D(2026, 2, 28), **sold(("a", first, 100, {}), ("b", FEB, 250, {})), targets=plan)
        told = [
            one.name for one in references.known(facts, spans("2026-02")) if one.name in names or one.name == "plan"
        ]
        assert told == names


def test_against_the_plan_the_difference_is_the_plans():
    plan = table("targets", [{"metric": "net_revenue", "month_on": FEB, "target": 90}])
    facts = world(D(2026, 2, 28), **sold(("a", D(2025, 2, 1), 100, {}), ("b", FEB, 250, {})), targets=plan)
    assert references.revenue_bridge(facts, spans("2026-02"))["amount"].sum() == 250 - 90
