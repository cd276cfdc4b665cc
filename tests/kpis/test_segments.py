"""Recency, frequency and money in fifths that share ties; segments that hold every customer once; who is inactive."""

import random
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.company import Segment
from revops.kpis.customers import activity, bought, rfm, segments
from revops.periods import add_months
from revops.problems import InputError

from .small import D, back, company, line, order, world

END = D(2026, 11, 1)
SCORES = ["recency", "frequency", "money"]


def windows(*rows):
    """Rows of `rfm.windows`: days since the last order, orders, net amount."""
    found = [
        (f"c{i:03}", D.fromordinal(END.toordinal() - days), orders, net) for i, (days, orders, net) in enumerate(rows)
    ]
    schema = {"customer_id": pl.String, "last_on": pl.Date, "orders": pl.Int64, "net_amount": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row")


def scores(*rows):
    return rfm.scored(windows(*rows)).sort("customer_id").select(SCORES).rows()


# --- scores -----------------------------------------------------------------------------------------------------------


def test_ten_different_customers_fill_each_fifth_twice():
    found = scores(*[(10 * i, i, 100 * i) for i in range(1, 11)])
    assert [row[0] for row in found] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1], "the latest order scores highest"
    assert [row[1] for row in found] == [row[2] for row in found] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([10, 10, 10, 10, 10], [3, 3, 3, 3, 3]),  # average rank 3 of 5: x = .6, 5x = 3
        ([10, 10, 20, 30, 40], [2, 2, 3, 4, 5]),  # average rank 1.5: 5x = 1.5 -> 2; ntile would split the two
        ([10, 20, 30, 40, 40], [1, 2, 3, 5, 5]),  # average rank 4.5: 5x = 4.5 -> 5
        ([7], [5]),
    ],
)
def test_equal_customers_share_a_score_by_the_average_of_their_ranks(amounts, expected):
    assert [row[2] for row in scores(*[(1, 2, amount) for amount in amounts])] == expected


@pytest.mark.parametrize("customers", [5, 10, 100])
def test_a_rank_on_the_bound_of_a_fifth_is_still_in_it(customers):
    money = [row[2] for row in scores(*[(1, 2, 1 + i) for i in range(customers)])]
    assert [money.count(score) for score in (1, 2, 3, 4, 5)] == [customers // 5] * 5


@pytest.mark.parametrize(("net", "score"), [(-5, 1), (0, 1), (1, 5)])
def test_who_brought_nothing_or_took_back_more_scores_lowest_for_money(net, score):
    others = [(1, 2, -10)] * 9
    assert scores(*others, (1, 2, net))[-1][2] == score


@pytest.mark.parametrize(("orders", "score"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (9, 4), (10, 5), (400, 5)])
def test_where_most_bought_once_fixed_bounds_count(orders, score):
    assert scores(*[(1, 1, 5)] * 6, *[(1, 2, 5)] * 4, (1, orders, 5))[-1][1] == score


@pytest.mark.parametrize(("once", "twice", "expected"), [(5, 5, 4), (6, 5, 2)], ids=["half", "more than half"])
def test_most_is_more_than_half(once, twice, expected):
    """Five of ten: fifths (average rank 8 of 10 -> 4). Six of eleven: fixed bounds (two orders -> 2)."""
    assert scores(*[(1, 1, 5)] * once, *[(1, 2, 5)] * twice)[-1][1] == expected


ROWS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 12), st.integers(-50, 50)), min_size=1, max_size=60)


@given(ROWS, st.randoms())
def test_scores_rise_with_the_value_and_the_order_of_rows_does_not_matter(rows, chance: random.Random):
    found = rfm.scored(windows(*rows))
    mixed = rfm.scored(windows(*rows).sample(fraction=1, shuffle=True, seed=chance.randrange(1000)))
    assert mixed.sort("customer_id").equals(found.sort("customer_id"))
    for value, score in (("last_on", "recency"), ("orders", "frequency"), ("net_amount", "money")):
        pairs = sorted(found.select(value, score).rows())
        assert all(a[1] <= b[1] if a[0] < b[0] else a[1] == b[1] for a, b in zip(pairs, pairs[1:], strict=False))
    assert found.select(pl.all_horizontal(pl.col(SCORES).is_between(1, 5)).all()).item()


def test_the_window_counts_its_own_orders_and_returns_alone():
    facts = world(
        D(2026, 10, 31),
        orders=[
            order("old", D(2024, 10, 31), customer_id="x"),
            order("in", D(2024, 11, 1), customer_id="x"),
            order("twice", D(2026, 10, 31), customer_id="x"),
            order("gone", D(2026, 10, 31), customer_id="x", is_cancelled=True),
            order("guest", D(2026, 10, 31), customer_id=None),
            order("was", D(2024, 1, 1), customer_id="y"),
        ],
        order_lines=[line("old", 1000), line("in", 100), line("twice", 30), line("gone", 7), line("guest", 9)],
        returns=[back("r", D(2026, 1, 1), "old", 1), back("s", D(2026, 1, 1), "was", 5)],
    )
    found = rfm.windows(bought(facts), D(2024, 11, 1), END).collect()
    assert found.rows() == [("x", D(2026, 10, 31), 2, 129)]


def test_a_header_with_an_amount_stands_for_its_lines():
    facts = world(
        D(2026, 10, 31),
        orders=[
            order("a", D(2026, 10, 1), customer_id="x", net_amount=99),
            order("b", D(2026, 10, 2), customer_id="x"),
        ],
        order_lines=[line("a", 100), line("b", 50)],
    )
    assert bought(facts).collect()["net_amount"].sum() == 149 == facts.customers["net_amount"].sum()


# --- segments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "segment"),
    [
        ((5, 5, 5), "champions"),
        ((4, 4, 4), "champions"),
        ((4, 4, 3), "loyal"),
        ((3, 5, 5), "loyal"),
        ((1, 5, 5), "at_risk"),
        ((2, 3, 1), "at_risk"),
        ((3, 3, 1), "loyal"),
        ((1, 1, 5), "big_and_quiet"),
        ((3, 2, 5), "big_and_quiet"),
        ((3, 2, 4), "cooling"),
        ((5, 2, 5), "promising"),
        ((5, 1, 5), "fresh"),
        ((2, 2, 4), "asleep"),
        ((0, 0, 0), "lapsed"),
    ],
)
def test_the_built_in_segment_of_a_cell(cell, segment):
    assert segments.segment_of(cell, segments.built_in()) == segment


def test_the_built_in_segments_hold_every_cell_and_are_six_to_ten():
    found = {segments.segment_of(cell, segments.built_in()) for cell in segments.CELLS}
    assert None not in found
    assert found == {rule.key for rule in segments.built_in()}, "each of them occurs"
    assert 6 <= len(found) <= 10


def own(key, **ranges):
    return Segment.model_validate({"key": key, "name": {"en": key}, "action": {"en": "Call."}} | ranges)


def test_a_company_may_have_its_own_segments():
    mine = [own("good", recency=(4, 5)), own("rest", recency=(0, 3), frequency=(0, 5), money=(0, 5))]
    assert [rule.key for rule in segments.rules(mine)] == ["good", "rest"]
    assert segments.segment_of((4, 1, 1), mine) == "good"


def test_segments_that_leave_a_cell_out_are_refused():
    with pytest.raises(InputError) as refused:
        segments.rules([own("good", recency=(2, 5)), own("good", recency=(0, 0), frequency=(0, 0), money=(0, 0))])
    text = str(refused.value)
    assert "company.yaml, kpis.segments: found good twice, expected each key once" in text
    assert "no segment for 1-1-1 and 24 more of 126" in text


BUYS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1400), st.integers(0, 900)), min_size=1, max_size=40)


@given(BUYS)
@settings(max_examples=12)
def test_segments_hold_every_known_customer_once_and_all_that_they_brought(buys):
    heads = [
        order(f"o{i}", D.fromordinal(END.toordinal() - 1 - days), customer_id=f"c{who}")
        for i, (who, days, _) in enumerate(buys)
    ]
    facts = world(D(2026, 10, 31), orders=heads, order_lines=[line(f"o{i}", net) for i, (_, _, net) in enumerate(buys)])
    found = segments.standing(facts, END)
    assert sorted(found["customer_id"]) == sorted({f"c{who}" for who, _, _ in buys})
    assert found["life_amount"].sum() == sum(net for _, _, net in buys)
    assert found["segment"].null_count() == 0
    summed = segments.summary(found)
    assert summed["customers"].sum() == found.height
    assert summed["net_amount"].sum() == found["net_amount"].sum()


def test_segments_look_back_from_the_day_they_are_asked_for():
    facts = world(
        D(2026, 10, 31),
        orders=[order("a", D(2024, 3, 1), customer_id="x"), order("b", D(2026, 9, 1), customer_id="y")],
    )
    assert segments.of_customers(facts, END).select("customer_id", "segment").rows() == [
        ("x", "lapsed"),
        ("y", "fresh"),
    ]
    early = segments.of_customers(facts, D(2024, 4, 1))
    assert early.select("customer_id", "segment").rows() == [("x", "fresh")], "y is not known yet"


# --- inactivity -------------------------------------------------------------------------------------------------------


def buyer(name, *days, **more):
    return [order(f"{name}{i}", day, customer_id=name, **more) for i, day in enumerate(days)]


def test_gaps_are_between_purchases_on_different_days_of_one_customer():
    facts = world(
        D(2026, 10, 31),
        orders=buyer("x", D(2026, 1, 1), D(2026, 1, 31), D(2026, 1, 31), D(2026, 3, 2)) + buyer("y", D(2026, 1, 5)),
    )
    assert activity.gaps(activity.turns(facts)).collect().rows() == [(False, 30, 2)]


@pytest.mark.parametrize(("long", "limit"), [(1, 10), (2, 99)], ids=["nine of ten", "eight of ten"])
def test_inactive_are_those_away_longer_than_nine_of_ten_reorders_took(long, limit):
    found = pl.DataFrame({"days": [10, 99], "gaps": [10 - long, long]})
    assert activity.inactive_after(found) == limit
    assert activity.inactive_after(found.clear()) is None


def test_business_accounts_have_a_limit_of_their_own_and_a_company_may_set_it():
    weekly = buyer("b", D(2026, 1, 1), D(2026, 1, 8), D(2026, 1, 15), account_id="A")
    orders = weekly + buyer("c", D(2026, 1, 1), D(2026, 6, 1))
    assert activity.limits(world(D(2026, 10, 31), orders=orders)).rows() == [(False, 151), (True, 7)]
    fixed = company(kpis={"inactive_days": 60})
    assert activity.limits(world(D(2026, 10, 31), fixed, orders=orders)).rows() == [(False, 60), (True, 60)]


def test_nobody_is_inactive_where_nobody_ever_came_back():
    facts = world(D(2026, 10, 31), orders=buyer("x", D(2020, 1, 1)))
    assert segments.standing(facts, END).select("inactive_days", "is_inactive").rows() == [(None, False)]


def test_who_came_back_before_and_is_quiet_now_is_slipping_away():
    steady = [add_months(D(2026, 5, 1), k) for k in range(6)]
    facts = world(
        D(2026, 10, 31),
        company(kpis={"inactive_days": 90}),
        orders=buyer("quiet", D(2026, 1, 1), D(2026, 2, 1)) + buyer("once", D(2026, 1, 1)) + buyer("steady", *steady),
    )
    assert segments.slipping(segments.standing(facts, END))["customer_id"].to_list() == ["quiet"]


def test_every_score_has_a_segment_in_both_languages():
    for rule, language in product(segments.built_in(), ("en", "vi")):
        assert rule.name[language]
        assert rule.action[language]
