"""The matrix: its cells, what lies in them, what lies outside; nothing is dropped."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops import tables
from revops.company import Territory
from revops.problems import InputError
from revops.quota import territory as t

DIMS = ["customer_group", "size", "product_group"]


def accounts(*rows):
    """Accounts from (id, group, size, region, person, potential, hours)."""
    names = ["account_id", "customer_group", "size", "region", "person_id", "potential_amount", "workload_hours"]
    schema = {name: tables.schema_of("accounts")[name] for name in names}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    rest = {"name": pl.col("account_id"), "industry": pl.lit(None, pl.String), "legal_entity": pl.lit(None, pl.String)}
    return frame.with_columns(**rest)


def sold(*rows):
    """Sales from (account, product group, amount[, channel, region])."""
    full = [(account, *(place or ("dealers", None)), group, amount, 1) for account, group, amount, *place in rows]
    schema = dict.fromkeys(["account_id", "channel", "region", "product_group"], pl.String)
    return pl.DataFrame(full, schema={**schema, "amount": pl.Int64, "buyers": pl.Int64}, orient="row")


def cells_of(frame, now, settings, products=("Fans", "Water")):
    return t.matrix(t.with_dimensions(frame, frame.select("account_id"), settings), now, sold(), settings, products)


SHOP = accounts(
    ("a1", "dealers", "large", "North", "p1", 1000, 24.0),
    ("a2", "dealers", "small", "North", "p1", 300, 20.0),
    ("a3", "chains", "large", "South", "p2", 700, 16.0),
    ("a4", "chains", None, "South", "p2", 50, 1.0),
)
SOLD = sold(
    ("a1", "Fans", 60), ("a1", "Water", 40), ("a2", "Fans", 0), ("a4", "Fans", 5), (None, "Fans", 7), ("a3", None, 1)
)
PLAIN = Territory(dimensions=DIMS, capacity_hours=40)


@pytest.fixture
def cells():
    return cells_of(SHOP, SOLD, PLAIN)


# --- cells ------------------------------------------------------------------------------------------------------------


def test_the_matrix_is_whole_and_shows_its_empty_cells(cells):
    assert cells.height == 2 * 2 * 2
    got = cells.filter(~pl.col("is_empty")).select(*DIMS, "revenue_amount", "customers").rows()
    assert got == [("dealers", "large", "Fans", 60, 1), ("dealers", "large", "Water", 40, 1)]
    assert cells.filter(pl.col("accounts") == 0).select(DIMS).rows() == [
        ("chains", "small", "Fans"),
        ("chains", "small", "Water"),
    ]


def test_a_cell_is_heavy_where_its_people_carry_more_than_the_band_of_their_capacity(cells):
    """p1: 44 of 40 hours = 1.10, within 1.15; p2: 16 of 40 (a4 misses its size)."""
    load = dict(
        cells.select(pl.concat_str("customer_group", "size", "product_group", separator=" "), "load").iter_rows()
    )
    assert (load["dealers large Fans"], load["chains large Fans"], load["chains small Fans"]) == (1.1, 0.4, None)
    assert not cells["is_heavy"].any()
    tight = cells_of(SHOP, SOLD, PLAIN.model_copy(update={"capacity_hours": 38}))
    assert tight.filter("is_heavy")["customer_group"].unique().to_list() == ["dealers"]


def test_potential_and_hours_of_placed_accounts_sum_to_the_matrix(cells):
    assert cells["potential_amount"].sum() == 2000
    assert cells["workload_hours"].sum() == pytest.approx(60)


def test_the_order_of_rows_does_not_matter(cells):
    assert cells_of(SHOP.reverse(), SOLD.reverse(), PLAIN, ["Water", "Fans"]).equals(cells)


def test_without_accounts_or_dimensions_there_is_no_cell():
    assert cells_of(accounts(), sold(), PLAIN).height == 0
    assert cells_of(SHOP, SOLD, Territory()).height == 0


def test_product_group_alone_is_a_matrix():
    alone = Territory(dimensions=["product_group"])
    cells = cells_of(SHOP, SOLD, alone)
    assert cells.select("product_group", "accounts", "revenue_amount").rows() == [("Fans", 4, 72), ("Water", 4, 40)]
    assert t.unplaced(SHOP, alone).height == 0


# --- dimensions -------------------------------------------------------------------------------------------------------


def test_values_are_grouped_and_a_missing_one_stays_missing():
    two_way = Territory(
        dimensions=["scale"], columns={"scale": "size"}, values={"scale": {"large": "key", "*": "rest"}}
    )
    wide = t.with_dimensions(SHOP, SHOP.select("account_id"), two_way)
    assert wide["scale"].to_list() == ["key", "rest", "key", None]
    assert wide["size"].to_list() == SHOP["size"].to_list()


def test_all_values_can_be_one():
    settings = Territory(dimensions=["size"], values={"size": {"*": "any"}})
    assert t.with_dimensions(SHOP, SHOP.select("account_id"), settings)["size"].to_list() == ["any"] * 3 + [None]


def test_a_column_of_another_sheet_is_a_dimension():
    further = pl.DataFrame({"account_id": ["a1", "a3"], "channel": ["web", "field"], "name": ["x", "y"]})
    settings = Territory(dimensions=["channel", "region"])
    wide = t.with_dimensions(SHOP, further, settings)
    assert wide.select("account_id", "channel", "name").rows() == [
        ("a1", "web", "a1"), ("a2", None, "a2"), ("a3", "field", "a3"), ("a4", None, "a4"),
    ]  # fmt: skip
    assert t.unplaced(wide, settings)["account_id"].to_list() == ["a2", "a4"]


def test_a_wildcard_makes_one_territory_of_all_sizes():
    settings = Territory(dimensions=["customer_group", "size"], wildcards=[{"customer_group": "chains", "size": "*"}])
    cells = cells_of(SHOP, SOLD, settings)
    assert cells.select("customer_group", "size", "accounts").rows() == [
        ("chains", "*", 2), ("dealers", "large", 1), ("dealers", "small", 1),
    ]  # fmt: skip
    assert t.unplaced(t.with_dimensions(SHOP, SHOP.select("account_id"), settings), settings).height == 0


def test_buyers_without_an_account_lie_where_their_channel_is_put():
    """The web's 9 in the South and 2 without a region: the region is the sale's own, a missing one has no place."""
    settings = Territory(dimensions=["customer_group", "size", "region"], buyers={"web": {"customer_group": "online"}})
    now = pl.concat([sold(("a1", "Fans", 60)), sold((None, "Fans", 9, "web", "South"), (None, "Fans", 2, "web", None))])
    cells = cells_of(SHOP, now, settings)
    assert cells.filter(customer_group="online").select("size", "region", "revenue_amount").rows() == [
        ("*", "North", 0), ("*", "South", 9),
    ]  # fmt: skip
    assert t.reconcile(SHOP, now, settings, cells) == {
        "in_cells": 69, "without_account": 2, "not_placed": 0, "without_product": 0,
    }  # fmt: skip


def test_where_the_channel_is_a_dimension_buyers_lie_in_their_own():
    settings = Territory(dimensions=["channel", "region"], buyers={"web": {}})
    wide = t.with_dimensions(SHOP, SHOP.select("account_id").with_columns(channel=pl.lit("field")), settings)
    now = sold(
        ("a1", "Fans", 60, "web", "South"), (None, "Fans", 9, "web", "North"), (None, "Fans", 1, "shop", "North")
    )
    cells = t.matrix(wide, now, sold(), settings, [])
    assert cells.select("channel", "region", "revenue_amount").rows() == [
        ("field", "North", 60), ("field", "South", 0), ("web", "North", 9), ("web", "South", 0),
    ]  # fmt: skip
    assert t.reconcile(wide, now, settings, cells)["without_account"] == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"dimensions": ["customer_grup"]}, "territory.dimensions: found customer_grup (did you mean customer_group?)"),
        ({"dimensions": ["size", "size"]}, "territory.dimensions: found size (did you mean size?)"),
        ({"dimensions": ["size"], "values": {"sise": {}}}, "territory.values: found sise (did you mean size?)"),
        ({"dimensions": ["size"], "wildcards": [{"region": "*"}]}, "territory.wildcards: found region"),
        ({"dimensions": ["size"], "buyers": {"web": {"region": "*"}}}, "territory.buyers: found region"),
        ({"dimensions": ["scale"], "columns": {"scale": "siz"}}, "territory.dimensions: found scale"),
    ],
)
def test_wrong_dimensions_are_refused(settings, told):
    with pytest.raises(InputError) as error:
        t.check_dimensions(Territory(**settings))
    assert told in str(error.value)


def test_a_check_of_the_company_tells_a_wrong_dimension(tmp_path):
    from revops.pipeline import check

    text = "name: A\ncurrency: VND\nmoney_decimals: 0\nterritory: {dimensions: [product_grup]}\n"
    (tmp_path / "company.yaml").write_text(text, encoding="utf-8")
    told = [str(problem) for problem in check(tmp_path)]
    assert any("product_grup (did you mean product_group?)" in line for line in told), told


# --- nothing is dropped -----------------------------------------------------------------------------------------------


def test_an_account_that_misses_a_dimension_is_listed():
    assert t.unplaced(SHOP, PLAIN).rows() == [("a4", "a4", "p2", "size")]


def test_a_thousand_accounts_in_a_thousand_accounted_for():
    many = accounts(*((f"a{i}", "dealers" if i % 3 else None, "large", "North", "p", 1, 1.0) for i in range(1000)))
    settings = Territory(dimensions=["customer_group", "size"])
    placed = cells_of(many, sold(), settings)["accounts"].sum()
    assert placed == 666
    assert placed + t.unplaced(many, settings).height == 1000


def test_revenue_outside_the_matrix_is_named_and_sums_back(cells):
    parts = t.reconcile(SHOP, SOLD, PLAIN, cells)
    assert parts == {"in_cells": 100, "without_account": 7, "not_placed": 5, "without_product": 1}
    assert sum(parts.values()) == SOLD["amount"].sum()


GROUPS = st.sampled_from(["dealers", "chains", None])
SALES = st.lists(
    st.tuples(
        st.sampled_from([*"abc", None]), st.sampled_from(["Fans", "Water", None]), st.integers(-9, 99),
        st.sampled_from(["dealers", "web"]), st.sampled_from(["North", "East", None]),
    ),
    max_size=12,
)  # fmt: skip


@given(st.lists(st.tuples(GROUPS, st.sampled_from(["North", None])), min_size=3, max_size=3), SALES)
def test_accounts_and_revenue_are_all_accounted_for_whatever_comes(places, sales):
    frame = accounts(
        *((a, group, "large", region, "p", 7, 1.0) for a, (group, region) in zip("abc", places, strict=True))
    )
    settings = Territory(
        dimensions=["customer_group", "region", "product_group"], buyers={"web": {"customer_group": "online"}},
        wildcards=[{"customer_group": "chains", "region": "*"}],
    )  # fmt: skip
    wide, now = t.with_dimensions(frame, frame.select("account_id"), settings), sold(*sales)
    cells = t.matrix(wide, now, sold(), settings, ["Fans", "Water"])
    assert cells.filter(product_group="Fans")["accounts"].sum() + t.unplaced(wide, settings).height == 3
    assert sum(t.reconcile(wide, now, settings, cells).values()) == now["amount"].sum()
    placed = t.place(now, wide, settings).drop_nulls(["customer_group", "region", "product_group"])
    assert cells["revenue_amount"].sum() == placed["amount"].sum()


def test_sales_count_days_channels_and_nobody():
    moves = pl.DataFrame(
        {
            "moved_on": [date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 1, 2)],
            "account_id": ["a1", "a1", "a1", None],
            "customer_id": ["c1", "c1", "c1", "c2"],
            "product_group": ["Fans"] * 4,
            "channel": ["dealers", "dealers", "dealers", "web"],
            "region": ["North"] * 4,
            "net_amount": [10, -3, 99, 5],
        }
    )
    january = date(2026, 1, 1), date(2026, 2, 1)
    both = t.sales(moves.lazy(), [], *january)
    assert both.rows() == [("a1", "dealers", "North", "Fans", 7, 1), (None, "web", "North", "Fans", 5, 1)]
    assert t.sales(moves.lazy(), ["dealers"], *january).height == 1


# --- one dimension more or less ---------------------------------------------------------------------------------------


def test_n_two_way_dimensions_make_two_to_the_n_cells():
    assert [t.two_way_cells(n) for n in (0, 1, 3, 4)] == [1, 2, 8, 16]


def test_one_dimension_more_or_less():
    """Today 2 of 8 cells hold customers, for 2 people under 1 manager: 1 cell a person, 2 people a manager."""
    ways = t.ways_on(SHOP, SOLD, PLAIN, ["Fans", "Water"], people=2, managers=1)
    columns = ["kind", "dimension", "cells", "filled", "placed", "people_needed", "managers_needed"]
    assert ways.select(columns).rows() == [
        ("today", None, 8, 2, 3, 2, 1),
        ("two_way", None, 16, None, 3, 4, 2),
        ("more", "region", 16, 2, 3, 2, 1),
        ("less", "customer_group", 4, 2, 3, 2, 1),
        ("less", "size", 4, 3, 4, 3, 2),
        ("less", "product_group", 4, 2, 3, 2, 1),
    ]
    assert ways["accounts_per_person"].to_list() == [1.5, 0.75, 1.5, 1.5, 4 / 3, 1.5]


def test_a_column_that_rules_name_is_a_way_on_too():
    wide = SHOP.with_columns(province=pl.Series(["Huế", "Huế", "Hà Nội", "Hà Nội"]))
    ways = t.ways_on(wide, SOLD, PLAIN, ["Fans", "Water"], people=2, managers=1, known=["province"])
    assert ways.filter(dimension="province").select("kind", "cells").rows() == [("more", 16)]


def test_where_nobody_looks_after_accounts_no_span_is_known():
    ways = t.ways_on(SHOP, SOLD, PLAIN, ["Fans", "Water"], people=0, managers=0)
    assert ways["people_needed"].null_count() == ways["managers_needed"].null_count() == ways.height
