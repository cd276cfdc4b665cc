"""Who carries a movement on its day: splits, channels, managers; hierarchies that are no tree are refused."""

from datetime import date

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops import tables
from revops.money import RATE_SCALE
from revops.problems import InputError
from revops.quota import actuals, hierarchy

PEOPLE = [
    "person_id",
    "start_on",
    "end_on",
    "name",
    "role",
    "team",
    "manager_id",
    "region",
    "channel",
    "hired_on",
    "left_on",
]


def people(*rows):
    """People from (id, start, end, team, manager) and optionally channel."""
    full = [(r[0], r[1], r[2], r[0], "rep", r[3], r[4], None, r[5] if len(r) > 5 else None, None, None) for r in rows]
    return pl.DataFrame(full, schema={c: tables.schema_of("people")[c] for c in PEOPLE}, orient="row")


def moves(*rows):
    """Movements from (order, person, day of January 2026, amount) and optionally channel."""
    full = [
        (f"m{i}", r[0], r[1], date(2026, 1, r[2]), "Fans", r[4] if len(r) > 4 else "Dealers", "North", r[3])
        for i, r in enumerate(rows)
    ]
    names = ["movement_id", "order_id", "person_id", "moved_on", "product_group", "channel", "region", "net_amount"]
    types = dict.fromkeys(names, pl.String) | {"net_amount": pl.Int64, "moved_on": pl.Date}
    return pl.DataFrame(full, schema=types, orient="row")


def splits(*rows):
    schema = {"order_id": pl.String, "person_id": pl.String, "share": pl.Int64}
    return pl.DataFrame([(o, p, int(s * RATE_SCALE)) for o, p, s in rows], schema=schema, orient="row")


def amounts(days):
    return {row[0]: row[1] for row in days.group_by("person_id").agg(pl.col("amount").sum()).iter_rows()}


DAY = date(2026, 1, 31)


def test_a_split_order_counts_by_shares_and_its_return_cancels_it():
    facts = moves(("o1", "a", 1, 10001), ("o1", "a", 2, -10001), ("o2", "a", 3, 10000))
    shared = splits(("o1", "a", 0.6), ("o1", "b", 0.4))
    assert amounts(actuals.person_days(facts.lazy(), shared, [], date(2026, 1, 1))) == {"a": 6001, "b": 4000}
    assert amounts(actuals.person_days(facts.lazy(), shared, [], DAY)) == {"a": 10000, "b": 0}


def test_splits_that_do_not_sum_count_for_the_orders_own_person_and_are_told():
    facts, shared = moves(("o1", "a", 1, 100)), splits(("o1", "b", 0.6), ("o1", "c", 0.3))
    assert amounts(actuals.person_days(facts.lazy(), shared, [], DAY)) == {"a": 100}
    assert [str(p) for p in actuals.scan_splits(shared)] == [
        "credit_splits, order o1: found shares of 90.0%, expected 100 %. "
        "Next: correct the shares; until then the order counts for its own person."
    ]


def test_only_the_declared_channels_count():
    facts = moves(("o1", "a", 1, 100), ("o2", "a", 1, 7, "Web"))
    assert amounts(actuals.person_days(facts.lazy(), splits(), ["Web"], DAY)) == {"a": 7}


def test_the_sum_stays_and_nobody_is_named():
    days = actuals.person_days(moves(("o1", None, 1, 100), ("o2", "a", 1, 7)).lazy(), splits(), [], DAY)
    assert actuals.share_of_people(days) == (7, 100)


def test_what_nobody_stands_on_counts_for_who_holds_the_channel():
    days = actuals.person_days(moves(("o1", None, 1, 100, "Web"), ("o2", None, 9, 7, "Web")).lazy(), splits(), [], DAY)
    one = people(
        ("w", date(2026, 1, 5), None, "S/Web", None, "Web"), ("v", date(2020, 1, 1), date(2026, 1, 5), "S", None, "Web")
    )
    assert amounts(actuals.hold_channels(days, one)) == {"v": 100, "w": 7}
    two = people(("w", date(2020, 1, 1), None, "S/Web", None, "Web"), ("v", date(2020, 1, 1), None, "S", None, "Web"))
    assert amounts(actuals.hold_channels(days, two)) == {None: 107}
    north = one.with_columns(region=pl.lit("North"))
    assert amounts(actuals.hold_channels(days, north)) == {None: 107}


sales = st.tuples(
    st.sampled_from(["o1", "o2", "o3"]),
    st.sampled_from(["a", "b", None]),
    st.integers(1, 28),
    st.integers(-(10**9), 10**9),
)


@given(st.lists(sales, max_size=8))
def test_credits_sum_to_the_movements_on_polars_and_duckdb(rows):
    facts = moves(*rows)
    shared = splits(("o1", "a", 0.25), ("o1", "b", 0.5), ("o1", "c", 0.25), ("o3", "c", 1))
    days = actuals.person_days(facts.lazy(), shared, [], DAY)
    assert days["amount"].sum() == facts["net_amount"].sum()
    assert actuals.person_days(facts.reverse().lazy(), shared, [], DAY).equals(days)
    with duckdb.connect() as connection:
        connection.register("facts", facts.to_arrow())
        assert actuals.person_days(connection.table("facts"), shared, [], DAY).equals(days)


# --- managers ---------------------------------------------------------------------------------------------------

TREE = people(
    ("boss", date(2020, 1, 1), None, "S", None),
    ("north", date(2020, 1, 1), None, "S/North", "boss"),
    ("south", date(2020, 1, 1), None, "S/South", "boss"),
    ("a", date(2020, 1, 1), date(2026, 1, 15), "S/North", "north"),
    ("a", date(2026, 1, 15), None, "S/South", "south"),
)


def test_managers_carry_their_team_on_each_day():
    days = actuals.person_days(
        moves(("o1", "a", 14, 100), ("o2", "a", 15, 20), ("o3", "north", 1, 3)).lazy(), splits(), [], DAY
    )
    assert amounts(hierarchy.roll_up(days, TREE)) == {"a": 120, "north": 103, "south": 20, "boss": 123}


def test_a_manager_without_a_team_row_does_not_crash():
    lone = people(("m", date(2020, 1, 1), None, "S", None), ("a", date(2020, 1, 1), None, "S", "gone"))
    days = actuals.person_days(moves(("o1", "a", 1, 5), ("o2", "x", 1, 2)).lazy(), splits(), [], DAY)
    assert amounts(hierarchy.roll_up(days, lone)) == {"a": 5, "gone": 5, "x": 2}


def test_a_circle_of_managers_is_refused():
    circle = people(
        ("a", date(2020, 1, 1), None, "S", "b"),
        ("b", date(2021, 1, 1), None, "S", "c"),
        ("c", date(2020, 1, 1), None, "S", "a"),
    )
    with pytest.raises(InputError) as error:
        hierarchy.check_people(circle)
    assert str(error.value) == (
        "people, a, 2021-01-01: found reports to itself: a → b → c → a, expected a tree of managers. "
        "Next: correct manager_id."
    )


def test_two_managers_on_one_day_are_refused():
    two = people(("a", date(2020, 1, 1), date(2026, 1, 2), "S", "b"), ("a", date(2026, 1, 1), None, "S", "c"))
    with pytest.raises(InputError, match=r"people, a, 2026-01-01: found a row from 2020-01-01 that still holds"):
        hierarchy.check_people(two)


def test_rows_that_meet_do_not_overlap():
    assert hierarchy.check_people(TREE) is TREE


@pytest.mark.parametrize(("day", "team"), [(date(2026, 1, 14), "S/North"), (date(2026, 1, 15), "S/South")])
def test_where_somebody_stood(day, team):
    asked = pl.DataFrame({"person_id": ["a", "x"], "day": [day, day]})
    assert hierarchy.place(asked, TREE, "day", ["team"])["team"].to_list() == [team, None]


def test_who_left_is_not_here():
    left = TREE.with_columns(left_on=pl.lit(date(2026, 1, 20)))
    assert hierarchy.on_day(left, date(2026, 1, 19)).height == 4
    assert hierarchy.on_day(left, date(2026, 1, 20)).height == 0
