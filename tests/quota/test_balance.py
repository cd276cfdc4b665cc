"""How fair territories are: the worked numbers, people who own nothing, the most tilted region."""

import polars as pl
import pytest
from tests.quota.test_matrix import SHOP, SOLD

from revops.company import Territory
from revops.problems import InputError
from revops.quota import territory as t


@pytest.mark.parametrize(
    ("loads", "index", "cv"),
    [([120, 100, 80], [120, 100, 80], 0.16330), ([24, 24], [100, 100], 0.0)],
)
def test_an_index_is_load_by_mean_and_its_spread_the_population_coefficient_of_variation(loads, index, cv):
    assert t.index(loads) == pytest.approx(index)
    assert t.spread(loads) == pytest.approx(cv, abs=5e-6)


def test_balance_of_nothing_is_undefined():
    assert t.index([0, 0]) == [None, None]
    assert (t.spread([0, 0]), t.spread([]), t.most_over_least([1, 0])) == (None, None, None)


def test_the_most_loaded_carries_one_and_a_half_times_the_least():
    assert t.most_over_least([120, 100, 80]) == pytest.approx(1.5)


def test_twelve_visits_of_two_hours_are_a_day_of_work():
    assert t.workload_hours(visit=1.5, travel=0.5, visits=12) == 24


@pytest.mark.parametrize(
    ("weights", "index"),
    [
        ({"workload": 0.5, "potential": 0.3, "sales": 0.2}, 102),
        ({"workload": 1.0}, 110),
        ({"potential": 0.5, "sales": 0.5}, 95),
    ],
)
def test_the_alignment_index_weighs_the_three_loads(weights, index):
    assert t.alignment({"workload": 110, "potential": 90, "sales": 100}, weights) == index


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"weights": {"workload": 0.5, "potential": 0.3}}, "weights that are not negative and sum to 1"),
        ({"weights": {"workload": 1.5, "potential": -0.5}}, "weights that are not negative and sum to 1"),
        ({"band": (1.1, 1.2)}, "a band around 1"),
        ({"band": (0.0, 1.2)}, "a band around 1"),
        ({"capacity_hours": 0}, "greater than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, told):
    with pytest.raises(ValueError, match=told):
        Territory(**setting)


@pytest.mark.parametrize(("total", "heads"), [(7_600_000, 6), (7_500_000, 5), (7_500_001, 6), (0, 0)])
def test_heads_needed(total, heads):
    assert t.heads_needed(total, 1_500_000) == heads


def test_a_capacity_of_nothing_is_refused():
    with pytest.raises(InputError, match=r"found 0, expected a capacity above 0"):
        t.heads_needed(1, 0)


# --- people and territories -------------------------------------------------------------------------------------------

PEOPLE = pl.DataFrame(
    {
        "person_id": ["p1", "p2", "p3"],
        "name": ["An", "Bình", "Chi"],
        "role": ["rep", "rep", "rep"],
        "team": ["S/North", "S/South", "S/South"],
        "region": ["North", "South", "South"],
    }
)
SETTINGS = Territory(capacity_hours=20)


def test_someone_who_owns_nothing_stands_in_the_balance_with_nothing():
    loads = t.balance(SHOP, SOLD, PEOPLE, SETTINGS)
    assert loads.select("person_id", "accounts", "workload_hours", "potential_amount", "sales_amount").rows() == [
        ("p1", 2, 44.0, 1300, 100),
        ("p2", 2, 17.0, 750, 6),
        ("p3", 0, 0.0, 0, 0),
    ]
    assert loads["workload_index"].mean() == pytest.approx(100)
    assert loads["is_outside"].to_list() == [True, True, True]


def test_the_alignment_index_of_a_person_is_undefined_where_a_load_is():
    loads = t.balance(SHOP, SOLD.clear(), PEOPLE, SETTINGS)
    assert loads["sales_index"].null_count() == loads["alignment_index"].null_count() == 3


def test_a_load_within_the_band_is_not_outside():
    """116, 100, 84 of 15 % around 100: the first and the last lie outside, 115 and 85 do not."""
    for hours, outside in ([116.0, 100.0, 84.0], [True, False, True]), ([115.0, 100.0, 85.0], [False] * 3):
        frame = SHOP.head(3).with_columns(
            person_id=PEOPLE["person_id"], workload_hours=pl.Series(hours), potential_amount=pl.lit(7)
        )
        sold = SOLD.clear().vstack(SOLD.head(1)).clear()
        assert t.balance(frame, sold, PEOPLE, SETTINGS)["is_outside"].to_list() == outside


def test_territories_are_balanced_by_any_column_with_the_people_and_the_heads_they_need():
    rows = t.balance_by(SHOP, SOLD, "region", SETTINGS)
    assert rows.select("region", "accounts", "people", "workload_hours", "heads").rows() == [
        ("North", 2, 1, 44.0, 3),
        ("South", 2, 1, 17.0, 1),
    ]
    assert rows["workload_index"].to_list() == pytest.approx([44 / 30.5 * 100, 17 / 30.5 * 100])


def test_an_account_without_the_column_stands_in_a_row_of_its_own():
    rows = t.balance_by(SHOP, SOLD, "size", SETTINGS)
    assert rows["size"].to_list() == ["large", "small", None]
    assert rows["accounts"].sum() == SHOP.height


def test_the_most_tilted_region_comes_first():
    first = t.unfair(t.balance(SHOP, SOLD, PEOPLE, SETTINGS), "region", (0.85, 1.15)).row(0, named=True)
    assert (first["region"], first["is_outside"]) == ("North", True)
    assert first["tilt"] == pytest.approx(44 / 61 * 3 * 100 - 1300 / 2050 * 3 * 100)


def test_account_people_are_owners_and_those_in_roles_that_mostly_own():
    only_p1 = SHOP.with_columns(person_id=pl.lit("p1"))
    two_of_three = PEOPLE.with_columns(role=pl.Series(["rep", "lead", "rep"]))
    assert t.account_people(two_of_three, only_p1, [])["person_id"].to_list() == ["p1", "p3"]
    assert t.account_people(PEOPLE, only_p1, [])["person_id"].to_list() == ["p1"]  # one in three of the role
    assert t.account_people(PEOPLE, SHOP, ["p2"])["person_id"].to_list() == ["p1", "p3"]
