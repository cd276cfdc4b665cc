"""What each part contributed: amounts and rates, by any dimension, always summing to the difference."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import contributions as told_by
from revops.problems import InputError

from .small import D, line, order, world

FEB, MAR, APR = D(2026, 2, 1), D(2026, 3, 1), D(2026, 4, 1)


def parts(rows):
    return pl.DataFrame(rows, schema={"channel": pl.String, "amount": pl.Int64}, orient="row")


def cases(rows):
    kinds = {"channel": pl.String, "numerator": pl.Int64, "denominator": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def test_parts_stand_by_their_difference_and_share_it():
    found = told_by.amounts(parts([("Web", 70), ("Shops", 50)]), parts([("Web", 100), ("Dealers", 5)]), "channel")
    assert found.rows() == [
        ("Shops", 50, 0, 50, 50 / 15),
        ("Web", 70, 100, -30, -2.0),
        ("Dealers", 0, 5, -5, -5 / 15),
    ]


def test_no_difference_has_no_shares_instead_of_a_division_by_0():
    found = told_by.amounts(parts([("Web", 70), ("Shops", 30)]), parts([("Web", 30), ("Shops", 70)]), "channel")
    assert found["delta"].to_list() == [-40, 40]
    assert found["share"].null_count() == 2


def test_what_has_no_part_is_a_part_of_its_own():
    assert told_by.amounts(parts([(None, 7)]), parts([(None, 2)]), "channel").rows() == [(None, 7, 2, 5, 1.0)]


@pytest.mark.parametrize(
    ("why", "now", "before", "expected"),
    [
        ("its own rate rose", [("a", 20, 100), ("b", 10, 100)], [("a", 10, 100), ("b", 10, 100)], {"a": 0.05, "b": 0}),
        ("more cases in the better part: weight alone moves the rate",
         [("a", 30, 150), ("b", 5, 50)], [("a", 20, 100), ("b", 10, 100)], {"a": 0.0125, "b": 0.0125}),
        ("a part that is new", [("a", 10, 100), ("b", 40, 100)], [("a", 10, 100)], {"a": 0, "b": 0.15}),
        ("a part that is gone", [("a", 10, 100)], [("a", 10, 100), ("b", 40, 100)], {"a": -0.075, "b": -0.075}),
    ],
)  # fmt: skip
def test_a_rate_moves_by_a_parts_own_rate_and_by_its_weight(why, now, before, expected):
    found = told_by.rates(cases(now), cases(before), "channel")
    whole = [sum(row[1] for row in rows) / sum(row[2] for row in rows) for rows in (now, before)]
    assert found["delta"].sum() == pytest.approx(whole[0] - whole[1]), why
    assert dict(found.select("channel", "delta").iter_rows()) == pytest.approx(expected), why


def test_a_rate_without_cases_on_one_side_is_not_shared_out():
    assert told_by.rates(cases([("a", 1, 2)]), cases([("a", 0, 0)]), "channel").height == 0
    assert told_by.rates(cases([]), cases([("a", 1, 2)]), "channel").height == 0


SIDES = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 10**6), st.integers(1, 10**6)), min_size=1
)


@given(SIDES, SIDES)
def test_parts_of_a_rate_sum_to_its_difference(now, before):
    whole = [Fraction(sum(row[1] for row in rows), sum(row[2] for row in rows)) for rows in (now, before)]
    found = told_by.rates(cases(now), cases(before), "channel")
    assert found["delta"].sum() == pytest.approx(float(whole[0] - whole[1]), abs=1e-9)


MONEY = st.lists(st.tuples(st.sampled_from([*"abcdefghijklmn", None]), st.integers(-(10**12), 10**12)))


@given(MONEY, MONEY, st.integers(1, 6))
def test_what_is_told_still_sums_to_the_difference(now, before, count):
    rows = told_by.amounts(parts(now), parts(before), "channel")
    told = told_by.told(rows, "channel", count)
    assert told["delta"].sum() == sum(a for _, a in now) - sum(a for _, a in before)
    assert told["actual"].sum() == sum(a for _, a in now)
    assert told.height <= 2 * count + 1
    assert told["is_rest"].sum() <= 1


def test_the_five_that_rose_most_and_the_five_that_fell_most_are_named_the_rest_is_one_row():
    rows = told_by.amounts(parts([(f"p{i:02}", i) for i in range(-8, 9)]), parts([]), "channel")
    found = told_by.told(rows, "channel")
    assert found["delta"].to_list() == [8, 7, 6, 5, 4, 0, -4, -5, -6, -7, -8]
    assert found.filter("is_rest").select("channel", "delta").rows() == [("rest", 0)]
    named = told_by.told(rows.filter(pl.col("delta") > 2), "channel")
    assert not named["is_rest"].any()  # a single part left over is told by its name


def facts():
    return world(
        D(2026, 3, 31),
        orders=[order("a", FEB), order("b", MAR), order("c", MAR, channel="Shops")],
        order_lines=[line("a", 100), line("b", 70), line("c", 50), line("c", 30, product="pot", n=2)],
    )


def test_any_metric_of_the_catalogue_by_any_of_its_dimensions():
    by = {
        name: told_by.of_metric(facts(), "net_revenue", name, (MAR, APR), (FEB, MAR))
        for name in ("channel", "region", "product_group")
    }
    assert {name: int(rows["delta"].sum()) for name, rows in by.items()} == dict.fromkeys(by, 50)
    assert by["channel"].select("channel", "delta").rows() == [("Shops", 80), ("Web", -30)]


def test_the_average_order_is_shared_out_by_channel_though_it_is_a_ratio():
    found = told_by.of_metric(facts(), "aov", "channel", (MAR, APR), (FEB, MAR))
    assert found["delta"].sum() == pytest.approx(150 / 2 - 100)


def test_a_span_before_the_first_day_has_no_contributions():
    assert told_by.of_metric(facts(), "net_revenue", "channel", (FEB, MAR), (D(2025, 2, 1), D(2025, 3, 1))).height == 0


def test_what_is_counted_once_does_not_add_up_and_is_refused():
    message = "by product_group: found orders, which counts each case once, expected a metric whose parts add up"
    with pytest.raises(InputError, match=message):
        told_by.of_metric(facts(), "orders", "product_group", (MAR, APR), (FEB, MAR))
