"""Revenue as movements and as a cube: worked examples, any order of rows."""

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import revenue
from revops.kpis.facts import KEYS, gather
from revops.kpis.headline import value_of
from revops.tables import empty

from .small import PRODUCTS, D, back, company, line, order, table, world

JAN, MAR, APR = D(2026, 1, 1), D(2026, 3, 1), D(2026, 4, 1)


def test_net_revenue_is_gross_less_discounts_less_returns():
    facts = world(
        D(2026, 3, 31),
        orders=[order("a", D(2026, 3, 2))],
        order_lines=[line("a", 900_000, discount=100_000), line("a", 1_000_000, n=2)],
        returns=[back("r", D(2026, 3, 9), "a", 300_000)],
    )
    assert value_of(facts, "net_revenue", (MAR, APR)).value == 1_600_000
    sums = facts.cells((MAR, APR), ()).row(0, named=True)
    parts = ("gross_amount", "discount_amount", "returned_amount", "net_amount")
    assert [sums[key] for key in parts] == [2_000_000, 100_000, 300_000, 1_600_000]


def test_a_cancelled_order_counts_nowhere_and_one_that_came_back_whole_counts_as_an_order():
    facts = world(
        D(2026, 3, 31),
        orders=[order(name, D(2026, 3, 5)) for name in "abcd"] + [order("e", D(2026, 3, 5), is_cancelled=True)],
        order_lines=[line(name, 475_000) for name in "abcde"],
        returns=[back("r", D(2026, 3, 6), "a", 475_000)],
    )
    assert value_of(facts, "orders", (MAR, APR)).value == 4
    assert value_of(facts, "aov", (MAR, APR)).value == 475_000
    assert value_of(facts, "net_revenue", (MAR, APR)).value == 3 * 475_000


@pytest.mark.parametrize(
    ("day", "month"),
    [(D(2026, 3, 31), MAR), (D(2026, 4, 1), APR), (D(2026, 2, 28), D(2026, 2, 1))],
)
def test_a_return_lies_in_the_month_of_the_return_not_of_the_sale(day, month):
    facts = world(
        D(2026, 4, 30),
        orders=[order("a", D(2026, 2, 10))],
        order_lines=[line("a", 100)],
        returns=[back("r", day, "a", 40)],
    )
    by_month = dict(facts.monthly().group_by("month_on").agg(pl.col("net_amount").sum()).iter_rows())
    expected = {D(2026, 2, 1): 100}
    expected[month] = expected.get(month, 0) - 40
    assert by_month == expected


def test_the_difference_between_a_header_and_its_lines_is_a_movement_of_its_own():
    facts = world(D(2026, 3, 31), orders=[order("a", D(2026, 3, 2), net_amount=101)], order_lines=[line("a", 100)])
    rounding = facts.days.filter(pl.col("product_group").is_null())
    assert rounding["net_amount"].to_list() == [1]
    assert facts.canonical_revenue == facts.days["net_amount"].sum() == 101


def test_an_order_with_two_lines_of_a_group_counts_once_and_a_return_never():
    facts = world(
        D(2026, 3, 31),
        orders=[order("a", D(2026, 3, 2))],
        order_lines=[line("a", 10), line("a", 20, n=2), line("a", 5, product="pot", n=3)],
        returns=[back("r", D(2026, 3, 2), "a", 10)],
    )
    counted = facts.days.sort("product_group").select("product_group", "orders", "units", "returned_units").rows()
    assert counted == [("Fans", 1, 2, 1), ("Pots", 1, 1, 0)]


def test_nothing_after_the_as_of_day_is_counted():
    facts = world(
        D(2026, 3, 15),
        orders=[order("a", D(2026, 3, 15)), order("b", D(2026, 3, 16))],
        order_lines=[line("a", 1), line("b", 10)],
        returns=[back("r", D(2026, 3, 16), "a", 1)],
    )
    assert facts.canonical_revenue == facts.days["net_amount"].sum() == 1


SALES = st.lists(
    st.tuples(
        st.integers(0, 80),
        st.sampled_from(["Web", "Shops"]),
        st.sampled_from(["North", None]),
        st.sampled_from(["fan", "pot"]),
        st.integers(1, 5),
        st.integers(0, 10**9),
        st.integers(0, 10**8),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


def tables_of(sales):
    heads, lines, returns = [], [], []
    for i, (day, channel, region, product, quantity, net, discount, comes_back) in enumerate(sales):
        on = D.fromordinal(JAN.toordinal() + day)
        heads.append(order(f"o{i}", on, channel=channel, region=region, is_cancelled=i % 7 == 6))
        lines.append(line(f"o{i}", net, product=product, quantity=quantity, discount=discount))
        if comes_back and i % 7 != 6:
            returns.append(back(f"r{i}", on, f"o{i}", net // 2))
    return table("orders", heads), table("order_lines", lines), table("returns", returns)


@given(SALES, st.randoms())
def test_cube_and_movements_sum_to_the_same_and_the_order_of_rows_does_not_matter(sales, chance: random.Random):
    made = tables_of(sales)
    moves = revenue.movements(*(frame.lazy() for frame in made), PRODUCTS.lazy())
    total = moves.collect()["net_amount"].sum()
    months, days = (revenue.cube(*made, PRODUCTS, every=every) for every in ("month", "day"))
    assert months["net_amount"].sum() == days["net_amount"].sum() == total
    assert total == revenue.canonical_revenue(*made)["net_amount"].sum()
    assert (months["gross_amount"] - months["discount_amount"] - months["returned_amount"]).to_list() == months[
        "net_amount"
    ].to_list()
    measured = pl.DataFrame(revenue.measured(moves, PRODUCTS.lazy()).collect()).filter(
        pl.col("kind") != "header_rounding"
    )
    keys, cells = ["moved_on", *KEYS], days.drop_nulls("product_group").rename({"period_on": "moved_on"})
    sums = measured.group_by(keys).agg(
        pl.col("sold_order").drop_nulls().n_unique().cast(pl.Int64).alias("orders"), pl.col(*revenue.SUMS).sum()
    )
    assert sums.sort(keys).equals(cells.drop("rows").sort(keys))
    seed = chance.randrange(1000)
    mixed = [frame.sample(fraction=1, shuffle=True, seed=seed) for frame in made]
    again = revenue.cube(*mixed, PRODUCTS)
    keys = ["period_on", *KEYS]
    assert again.sort(keys).equals(months.sort(keys))


@given(SALES)
def test_lines_read_month_by_month_give_the_same_facts(sales):
    heads, lines, returns = tables_of(sales)
    month_of = dict(heads.select("order_id", pl.col("ordered_on").dt.truncate("1mo")).iter_rows())
    month = pl.col("order_id").replace_strict(month_of, return_dtype=pl.Date)

    def one_month(day):
        parts = {
            "orders": heads.filter(pl.col("ordered_on").dt.truncate("1mo") == day),
            "order_lines": lines.filter(month == day),
            "returns": returns.filter(pl.col("returned_on").dt.truncate("1mo") == day),
        }
        return lambda name: parts[name].lazy()

    made = {"orders": heads, "order_lines": lines, "returns": returns, "products": PRODUCTS}
    months = [one_month(day) for day in sorted(set(month_of.values()))]
    found, whole = (
        gather(lambda name: made.get(name, empty(name)).lazy(), company(), D(2026, 3, 31), parts)
        for parts in (months, ())
    )
    assert found.days.equals(whole.days)
    assert found.products.equals(whole.products)
    assert whole.days["net_amount"].sum() == whole.canonical_revenue
