"""Which visits brought an order: paths, five rules, weights that sum to one, money that sums to the order's."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.kpis.marketing import attribution
from revops.kpis.marketing.attribution import RULES
from revops.money import RATE_SCALE

from .small import PRODUCTS, D, back, line, order, table, touch, world

DAY = D(2026, 3, 20)


def path(*touches, orders=(("o", DAY),), lookback=30):
    """The paths of some orders, oldest visit first."""
    heads = table("orders", [order(key, day) for key, day in orders])
    visits = attribution.order_touches(table("touches", list(touches)))
    found = attribution.paths(attribution.order_conversions(heads), visits, lookback)
    return found.sort("conversion_id", "place")


def visits(*campaigns, gap=1):
    """Visits of one visitor on following days, the last one on the day of the order."""
    days = [DAY - timedelta(days=gap * n) for n in reversed(range(len(campaigns)))]
    last = len(campaigns) - 1
    return [touch("o" if n == last else None, day, name, visitor="v")
            for n, (name, day) in enumerate(zip(campaigns, days, strict=True))]  # fmt: skip


def weights(found):
    """Weights of each rule in the order of the path, of 100."""
    rows = attribution.weighted(found).with_columns(weight=(pl.col("ends") - pl.col("begins")) * 100 / RATE_SCALE)
    places = rows.join(found.select("conversion_id", "touch_id", "place"), on=["conversion_id", "touch_id"])
    return {rule: places.filter(pl.col("rule") == rule).sort("place")["weight"].to_list() for rule in RULES}


@pytest.mark.parametrize(
    ("count", "first", "last", "linear", "position"),
    [
        (1, [100], [100], [100], [100]),
        (2, [100, 0], [0, 100], [50, 50], [50, 50]),
        (3, [100, 0, 0], [0, 0, 100], pytest.approx([100 / 3] * 3), [40, 20, 40]),
        (4, [100, 0, 0, 0], [0, 0, 0, 100], [25] * 4, [40, 10, 10, 40]),
    ],
)
def test_the_worked_weights_of_each_rule(count, first, last, linear, position):
    found = weights(path(*visits(*"abcd"[:count])))
    assert [found[rule] for rule in ("first", "last", "linear", "position")] == [first, last, linear, position]


@pytest.mark.parametrize(("gap", "expected"), [(7, [1 / 3, 2 / 3]), (14, [0.2, 0.8]), (0, [0.5, 0.5])])
def test_a_visit_counts_half_for_each_seven_days_before_the_order(gap, expected):
    assert weights(path(*visits("a", "b", gap=gap)))["decay"] == pytest.approx([100 * part for part in expected])


@pytest.mark.parametrize(
    ("days", "lookback", "counts"), [(30, 30, True), (31, 30, False), (1, 0, False), (0, 0, True), (31, 31, True)]
)
def test_a_visit_counts_within_the_look_back(days, lookback, counts):
    early = touch(None, DAY - timedelta(days=days), "early", visitor="v")
    found = path(early, touch("o", DAY, "own", visitor="v"), lookback=lookback)
    assert ("early" in found["campaign"]) is counts


@pytest.mark.parametrize(("hour", "counts"), [(8, True), (9, True), (10, False)])
def test_a_visit_after_the_order_did_not_lead_to_it(hour, counts):
    """The order is placed at nine."""
    found = path(touch("o", DAY, "made", visitor="v"), touch(None, DAY, "other", visitor="v", hour=hour))
    assert ("other" in found["campaign"]) is counts


def test_at_one_instant_the_larger_id_is_the_later():
    found = path(touch("o", DAY, "b", visitor="v", touch_id="2"), touch(None, DAY, "a", visitor="v", touch_id="10"))
    assert found["campaign"].to_list() == ["a", "b"]  # as texts: "10" < "2"


@pytest.mark.parametrize(
    ("given_", "credited"),
    [
        ([("ad", False), (None, True)], ["ad"]),
        ([(None, True), ("ad", False)], ["ad"]),
        ([(None, True), (None, True)], ["(direct)", "(direct)"]),
    ],
    ids=["the last is direct", "the first is direct", "nothing but direct"],
)
def test_a_direct_visit_counts_only_where_there_is_no_other(given_, credited):
    made = [touch("o" if n else None, DAY - timedelta(days=1 - n), name, visitor="v", is_direct=direct)
            for n, (name, direct) in enumerate(given_)]  # fmt: skip
    assert path(*made)["campaign"].to_list() == credited


def test_what_names_no_campaign_goes_by_its_platform():
    assert path(touch("o", DAY, None, visitor="v", platform="Email"))["campaign"].to_list() == ["Email"]


def test_the_orders_own_record_counts_only_where_no_visit_names_it():
    own = [touch("o", DAY, "own"), touch("p", DAY, "own")]
    found = path(*own, touch("o", DAY, "seen", visitor="v"), orders=[("o", DAY), ("p", DAY)])
    assert found.select("conversion_id", "campaign").rows() == [("o", "seen"), ("p", "own")]


def test_a_visit_leads_to_every_order_of_its_visitor_that_follows_in_time():
    later = DAY + timedelta(days=5)
    found = path(touch(None, DAY - timedelta(days=3), "ad", visitor="v"), touch("o", DAY, "x", visitor="v"),
                 touch("p", later, "y", visitor="v"), orders=[("o", DAY), ("p", later)])  # fmt: skip
    assert found.select("conversion_id", "campaign").rows() == [
        ("o", "ad"), ("o", "x"), ("p", "ad"), ("p", "x"), ("p", "y"),
    ]  # fmt: skip


def test_a_cancelled_order_and_an_order_of_nobody_known_have_no_path():
    heads = table("orders", [order("o", DAY, is_cancelled=True), order("p", DAY)])
    visits_ = attribution.order_touches(table("touches", [touch("o", DAY, "a", visitor="v")]))
    assert attribution.paths(attribution.order_conversions(heads), visits_, 30).is_empty()


def test_a_lead_has_its_path_and_its_own_campaign_where_no_visit_names_it():
    leads = table("leads", [{"lead_id": name, "created_on": DAY, "campaign": "form"} for name in ("seen", "bare")])
    made = [touch(None, DAY, "ad", visitor="v", hour=23, lead_id="seen")]
    found = attribution.paths(
        attribution.lead_conversions(leads), attribution.lead_touches(table("touches", made), leads), 30
    )
    assert found.sort("campaign").select("conversion_id", "campaign").rows() == [("seen", "ad"), ("bare", "form")]


VISITS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["A", "B", None]), st.booleans(), st.integers(0, 9)), max_size=7
)
ORDERS = st.lists(st.tuples(st.integers(-(10**13), 10**13), st.integers(0, 10**4), VISITS), min_size=1, max_size=4)


@settings(max_examples=60)
@given(ORDERS)
def test_by_every_rule_weights_sum_to_the_orders_and_parts_to_their_money(given_):
    touches, orders, lines, returns = [], [], [], []
    for i, (net, returned, seen) in enumerate(given_):
        orders.append(order(f"o{i}", DAY))
        lines.append(line(f"o{i}", net))
        returns.append(back(f"r{i}", DAY + timedelta(days=2), f"o{i}", returned))
        for n, (age, name, is_direct, hour) in enumerate(seen):
            day = DAY - timedelta(days=age)
            touches.append(touch(f"o{i}" if n == 0 else None, day, name, visitor=f"v{i}", hour=hour,
                                 touch_id=f"{i}-{n}", is_direct=is_direct, platform="P"))  # fmt: skip
    tables = {"orders": orders, "order_lines": lines, "returns": returns, "touches": touches}
    facts = world(DAY + timedelta(days=9), **tables)
    traced = facts.traced.select(pl.col("net_amount", "orders").sum()).row(0)
    for rule in RULES:
        mine = facts.credits.filter(pl.col("rule") == rule)
        assert (mine["net_amount"].sum(), mine["orders"].sum()) == (traced[0], RATE_SCALE * traced[1])
        assert mine["new_customers"].sum() == mine["orders"].sum()
        assert (mine["orders"] >= 0).all()


def test_the_order_of_rows_does_not_matter():
    made = visits("a", "b", "c", "a")
    assert weights(path(*made)) == weights(path(*reversed(made)))


def test_a_return_takes_back_from_the_visits_what_its_order_gave_them():
    made = visits("a", "b", "c")
    facts = world(DAY + timedelta(days=9), orders=[order("o", DAY)], order_lines=[line("o", 1001)], touches=made,
                  returns=[back("r", DAY + timedelta(days=3), "o", 1001)], products=PRODUCTS)  # fmt: skip
    sums = facts.credits.group_by("rule", "campaign").agg(pl.col("net_amount").sum())
    assert set(sums["net_amount"]) == {0}
