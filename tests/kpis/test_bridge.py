"""Volume, price, mix, discounts, returns and currency: each alone, all together, always summing to the difference."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.periods.bridge import EFFECTS, bridge, cells, plan_cells

BY = ["product_group"]


@pytest.mark.parametrize(
    ("why", "before", "now", "expected"),
    [
        ("metrics 1.2: q 100→120, p 10→9", [("a", 100, 1000, 0, 0)], [("a", 120, 1080, 0, 0)], (200, -120, 0, 0, 0, 0)),
        ("nothing moved", [("a", 10, 100, 5, 5)], [("a", 10, 100, 5, 5)], (0, 0, 0, 0, 0, 0)),
        (
            "more of the dear one, as many in all",
            [("a", 10, 100, 0, 0), ("b", 10, 300, 0, 0)],
            [("a", 5, 50, 0, 0), ("b", 15, 450, 0, 0)],
            (0, 0, 100, 0, 0, 0),
        ),
        ("discounts beyond their rate", [("a", 10, 100, 10, 0)], [("a", 10, 100, 25, 0)], (0, 0, 0, -15, 0, 0)),
        (
            "as much discount in per cent on more units",
            [("a", 10, 100, 10, 0)],
            [("a", 20, 200, 20, 0)],
            (90, 0, 0, 0, 0, 0),
        ),
        ("returns beyond their rate", [("a", 10, 100, 0, 10)], [("a", 10, 100, 0, 0)], (0, 0, 0, 0, 10, 0)),
        (
            "a new product is mix beside its volume",
            [("a", 10, 100, 0, 0)],
            [("a", 10, 100, 0, 0), ("b", 5, 80, 0, 0)],
            (50, 0, 30, 0, 0, 0),
        ),
        (
            "a product that is gone",
            [("a", 10, 100, 0, 0), ("b", 10, 300, 0, 0)],
            [("a", 10, 100, 0, 0)],
            (-200, 0, -100, 0, 0, 0),
        ),
        ("nothing sold now", [("a", 10, 100, 0, 0)], [], (-100, 0, 0, 0, 0, 0)),
        ("nothing sold before", [], [("a", 10, 100, 0, 0)], (0, 0, 100, 0, 0, 0)),
    ],
)
def test_each_cause_stands_where_it_belongs(why, before, now, expected):
    found = bridge(cells(now), cells(before), BY)
    assert found["effect"].to_list() == list(EFFECTS)
    assert tuple(found["amount"]) == expected, why


CELLS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 10**4),
        st.integers(0, 10**12),
        st.integers(0, 10**9),
        st.integers(0, 10**9),
    ),
    max_size=6,
)


@given(CELLS, CELLS)
def test_they_always_sum_to_the_difference(now, before):
    actual, reference = cells(now), cells(before)
    total = bridge(actual, reference, BY)["amount"].sum()
    assert total == actual["net_amount"].sum() - reference["net_amount"].sum()


def test_exchange_rates_stand_apart_from_the_price_they_would_else_be_in():
    moved = pl.DataFrame({"product_group": ["a"], "currency_amount": [40]})
    alone = bridge(cells([("a", 10, 1040, 0, 0)]), cells([("a", 10, 1000, 0, 0)]), BY, moved)
    assert tuple(alone["amount"]) == (0, 0, 0, 0, 0, 40)
    fell = bridge(cells([("a", 10, 1000, 0, 0)]), cells([("a", 10, 1000, 0, 0)]), BY, moved)
    assert tuple(fell["amount"]) == (0, -40, 0, 0, 0, 40)  # dearer dollars hid a lower price


@given(CELLS, CELLS, st.integers(-(10**9), 10**9))
def test_with_exchange_rates_they_still_sum_to_the_difference(now, before, amount):
    actual, reference = cells([("a", 5, 10**9, 0, 0), *now]), cells(before)
    moved = pl.DataFrame({"product_group": ["a"], "currency_amount": [amount]})
    total = bridge(actual, reference, BY, moved)["amount"].sum()
    assert total == actual["net_amount"].sum() - reference["net_amount"].sum()


def test_a_plan_in_money_buys_units_at_last_years_prices_and_rates():
    past = cells([("a", 10, 1000, 100, 100)])
    plan = pl.DataFrame({"product_group": ["a", "b"], "target": [1600, 500]})
    found = {row["product_group"]: row for row in plan_cells(plan, past, BY).to_dicts()}
    assert found["a"] == {
        "product_group": "a",
        "units": 20,
        "gross_amount": 2000,
        "discount_amount": 200,
        "returned_amount": 200,
        "net_amount": 1600,
    }
    assert found["b"]["units"] == 0
    assert sum(row["net_amount"] for row in found.values()) == 2100


def test_one_large_return_of_a_small_cell_does_not_multiply_the_units_that_a_plan_buys():
    """Of two fans sold in the South 190 of 200 came back; of all fans 190 of 1000."""
    rows = [("North", 8, 800, 0, 0), ("South", 2, 200, 0, 190)]
    past = cells([("fan", *row[1:]) for row in rows]).with_columns(region=pl.Series([row[0] for row in rows]))
    plan = pl.DataFrame({"product_group": ["fan"], "region": ["South"], "target": [810]})
    (row,) = plan_cells(plan, past, ["product_group", "region"]).to_dicts()
    assert (row["units"], row["gross_amount"], row["returned_amount"]) == (10, 1000, 190)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 10**10)), max_size=4, unique_by=lambda row: row[0]),
    CELLS,
)
def test_planned_cells_keep_the_plan_and_the_identity_of_net(plan, past):
    frame = pl.DataFrame(plan, schema={"product_group": pl.String, "target": pl.Int64}, orient="row")
    grouped = cells(past).group_by("product_group").agg(pl.exclude("product_group").sum())
    made = plan_cells(frame, grouped, BY)
    assert made["net_amount"].sum() == frame["target"].sum()
    assert (made["gross_amount"] - made["discount_amount"] - made["returned_amount"]).to_list() == made[
        "net_amount"
    ].to_list()
