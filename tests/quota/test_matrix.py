"""Matrix, balance, heads: worked numbers, nothing dropped."""

from datetime import date

import polars as pl
import pytest

from revops import tables
from revops.problems import InputError
from revops.quota import territory as t


def accounts(*rows):
    """Accounts from (id, group, size, region, person, potential, hours)."""
    names = ["account_id", "customer_group", "size", "region", "person_id", "potential_amount", "workload_hours"]
    schema = {name: tables.schema_of("accounts")[name] for name in names}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    rest = {"name": pl.col("account_id"), "industry": pl.lit(None, pl.String), "legal_entity": pl.lit(None, pl.String)}
    return frame.with_columns(**rest)


def revenue(*rows):
    return pl.DataFrame(
        rows, schema={"account_id": pl.String, "product_group": pl.String, "amount": pl.Int64}, orient="row"
    )


SHOP = accounts(
    ("a1", "dealers", "large", "North", "p1", 1000, 24.0),
    ("a2", "dealers", "small", "North", "p1", 300, 20.0),
    ("a3", "chains", "large", "South", "p2", 700, 16.0),
    ("a4", "chains", None, "South", "p2", 50, 1.0),
)
SOLD = revenue(
    ("a1", "Fans", 60), ("a1", "Water", 40), ("a2", "Fans", 0), ("a4", "Fans", 5), (None, "Fans", 7), ("a3", None, 1)
)
DIMS = ["customer_group", "size", "product_group"]


@pytest.fixture
def cells():
    return t.matrix(SHOP, SOLD, revenue(), DIMS, ["Fans", "Water"])


def test_the_matrix_is_whole_and_shows_its_empty_cells(cells):
    assert cells.height == 2 * 2 * 2
    got = cells.filter(pl.col("customers") > 0).select(*DIMS, "revenue_amount", "customers").rows()
    assert got == [("dealers", "large", "Fans", 60, 1), ("dealers", "large", "Water", 40, 1)]
    assert cells.filter(pl.col("accounts") == 0).select(DIMS).rows() == [
        ("chains", "small", "Fans"),
        ("chains", "small", "Water"),
    ]


def test_potential_and_hours_of_placed_accounts_sum_to_the_matrix(cells):
    assert cells["potential_amount"].sum() == 2000
    assert cells["workload_hours"].sum() == pytest.approx(60)


def test_an_account_that_misses_a_dimension_is_listed(cells):
    assert t.unplaced(SHOP, DIMS).rows() == [("a4", "a4", "p2", "size")]


def test_a_thousand_accounts_in_a_thousand_accounted_for():
    many = accounts(*((f"a{i}", "dealers" if i % 3 else None, "large", "North", "p", 1, 1.0) for i in range(1000)))
    placed = t.matrix(many, revenue(), revenue(), ["customer_group", "size"], [])["accounts"].sum()
    assert placed == 666
    assert placed + t.unplaced(many, ["customer_group", "size"]).height == 1000


def test_revenue_outside_the_matrix_is_named_and_sums_back(cells):
    parts = t.reconcile(SHOP, SOLD, DIMS, cells)
    assert parts == {"in_cells": 100, "without_account": 7, "not_placed": 5, "without_product": 1}
    assert sum(parts.values()) == SOLD["amount"].sum()


def test_the_order_of_rows_does_not_matter(cells):
    again = t.matrix(SHOP.reverse(), SOLD.reverse(), revenue(), DIMS, ["Water", "Fans"])
    assert again.equals(cells)


def test_no_account_gives_an_empty_matrix():
    assert t.matrix(accounts(), revenue(), revenue(), DIMS, ["Fans"]).height == 0


@pytest.mark.parametrize(
    ("dimensions", "told"),
    [
        (["customer_grup"], "found customer_grup (did you mean customer_group?)"),
        (["size", "size"], "found size (did you mean size?)"),
    ],
)
def test_wrong_dimensions_are_refused(dimensions, told):
    with pytest.raises(InputError, match="territory.dimensions") as error:
        t.check_dimensions(dimensions)
    assert told in str(error.value)


def test_one_more_two_way_dimension_doubles_the_cells(cells):
    more = t.one_more(SHOP, cells, DIMS)
    assert more.select("kind", "dimension", "cells", "filled", "people_needed").rows() == [
        ("today", None, 8, 2, 2),
        ("two_way", None, 16, None, 4),
        ("dimension", "region", 16, 2, 2),
    ]


@pytest.mark.parametrize(
    ("loads", "index", "cv"),
    [([120, 100, 80], [120, 100, 80], 0.16330), ([24, 24], [100, 100], 0.0)],
)
def test_balance(loads, index, cv):
    assert t.index(loads) == pytest.approx(index)
    assert t.spread(loads) == pytest.approx(cv, abs=5e-6)


def test_balance_of_nothing_is_undefined():
    assert t.index([0, 0]) == [None, None]
    assert (t.spread([0, 0]), t.spread([]), t.most_over_least([1, 0])) == (None, None, None)


def test_twelve_visits_of_two_hours_are_a_day_of_work():
    assert t.workload_hours(visit=1.5, travel=0.5, visits=12) == 24


def test_most_over_least():
    assert t.most_over_least([120, 100, 80]) == pytest.approx(1.5)


@pytest.mark.parametrize(("total", "heads"), [(7_600_000, 6), (7_500_000, 5), (7_500_001, 6), (0, 0)])
def test_heads_needed(total, heads):
    assert t.heads_needed(total, 1_500_000) == heads


def test_a_capacity_of_nothing_is_refused():
    with pytest.raises(InputError, match=r"found 0, expected a capacity above 0"):
        t.heads_needed(1, 0)


PEOPLE = pl.DataFrame(
    {
        "person_id": ["p1", "p2", "p3"],
        "name": ["An", "Bình", "Chi"],
        "role": ["rep", "rep", "rep"],
        "team": ["S/North", "S/South", "S/South"],
        "region": ["North", "South", "South"],
    }
)


def test_someone_who_owns_nothing_stands_in_the_balance_with_nothing():
    loads = t.balance(SHOP, SOLD, PEOPLE)
    assert loads.select("person_id", "accounts", "workload_hours", "potential_amount", "sales_amount").rows() == [
        ("p1", 2, 44.0, 1300, 100),
        ("p2", 2, 17.0, 750, 6),
        ("p3", 0, 0.0, 0, 0),
    ]
    assert loads["workload_index"].mean() == pytest.approx(100)


def test_the_most_tilted_region_comes_first():
    first = t.unfair(t.balance(SHOP, SOLD, PEOPLE), "region", (0.85, 1.15)).row(0, named=True)
    assert (first["region"], first["is_outside"]) == ("North", True)
    assert first["tilt"] == pytest.approx(44 / 61 * 3 * 100 - 1300 / 2050 * 3 * 100)


def test_account_people_are_owners_and_those_in_roles_that_mostly_own():
    only_p1 = SHOP.with_columns(person_id=pl.lit("p1"))
    two_of_three = PEOPLE.with_columns(role=pl.Series(["rep", "lead", "rep"]))
    assert t.account_people(two_of_three, only_p1, [])["person_id"].to_list() == ["p1", "p3"]
    assert t.account_people(PEOPLE, only_p1, [])["person_id"].to_list() == ["p1"]  # one in three of the role
    assert t.account_people(PEOPLE, SHOP, ["p2"])["person_id"].to_list() == ["p1", "p3"]


def test_account_revenue_counts_days_channels_and_nobody():
    moves = pl.DataFrame(
        {
            "moved_on": [date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 1, 2)],
            "account_id": ["a1", "a1", "a1", None],
            "product_group": ["Fans"] * 4,
            "channel": ["dealers", "dealers", "dealers", "web"],
            "net_amount": [10, -3, 99, 5],
        }
    )
    both = t.account_revenue(moves.lazy(), [], date(2026, 1, 1), date(2026, 2, 1))
    assert both.rows() == [("a1", "Fans", 7), (None, "Fans", 5)]
    assert t.account_revenue(moves.lazy(), ["dealers"], date(2026, 1, 1), date(2026, 2, 1)).rows() == [
        ("a1", "Fans", 7)
    ]


def test_no_dimension_is_no_matrix_and_product_group_alone_is_one():
    assert t.check_dimensions([]) == []
    assert t.matrix(SHOP, SOLD, revenue(), [], ["Fans"]).height == 0
    assert t.unplaced(SHOP, ["product_group"]).height == 0
    cells = t.matrix(SHOP, SOLD, revenue(), ["product_group"], ["Fans", "Water"])
    assert cells.select("product_group", "accounts", "revenue_amount").rows() == [("Fans", 4, 65), ("Water", 4, 40)]
    assert sum(t.reconcile(SHOP, SOLD, ["product_group"], cells).values()) == SOLD["amount"].sum()
    assert t.one_more(SHOP, cells, ["product_group"]).filter(pl.col("dimension") == "size")["filled"].to_list() == [4]


def test_a_check_of_the_company_tells_a_wrong_dimension(tmp_path):
    from revops.pipeline import check

    text = "name: A\ncurrency: VND\nmoney_decimals: 0\nterritory: {dimensions: [product_grup]}\n"
    (tmp_path / "company.yaml").write_text(text, encoding="utf-8")
    told = [str(problem) for problem in check(tmp_path)]
    assert any("product_grup (did you mean product_group?)" in line for line in told), told
