"""The months of a carried year: years and quarters exact, both margins at every node, ramp, steps, over-assignment."""

from datetime import date
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.periods import add_months
from revops.problems import InputError
from revops.quota.carry import At, Leaf, Limit, Tree, carry
from revops.quota.carry.check import check_months
from revops.quota.carry.months import months

YEAR = [date(2027, month, 1) for month in range(1, 13)]
QUARTERS = YEAR[::3]
SHAPE = [8, 9, 10, 13]
PATHS = ["Fans", "Fans/North", "Fans/North/Dealers", "Fans/South", "Fans/South/Dealers", "Heaters", "Heaters/North"]


@st.composite
def leaves(draw):
    """People on paths of two factors; a name may stand under several."""
    found = {}
    for _ in range(draw(st.integers(1, 12))):
        path, person = draw(st.sampled_from(PATHS)), draw(st.sampled_from("abcdef"))
        found[path, person] = draw(st.integers(0, 1000))
    first = next(iter(found))
    return [Leaf(tuple(path.split("/")), person, weight) for (path, person), weight in (found | {first: 7}).items()]


SHAPES = st.lists(st.integers(0, 50), min_size=12, max_size=12).filter(any)
OVER = st.sampled_from([(), (50_000_000,) * 3, (0, 120_000_000)])


def factors(tree):
    return [tree.paths[node] for node in range(len(tree)) if tree.level[node] == 1]


def tops(tree, amount):
    """A number for each factor, none by chance the same."""
    return {path: amount + place for place, path in enumerate(factors(tree))}


@given(leaves(), SHAPES, SHAPES, st.integers(0, 10**12), OVER, st.sampled_from([1, 1000]))
def test_every_node_sums_to_its_year_and_every_month_to_its_children(people, fans, heaters, amount, over, step):
    tree = Tree.grow(people)
    year = carry(tops(tree, amount), tree, over=over, step=step)
    shapes = {path: {"Fans": fans, "Heaters": heaters}[path[0]] for path in factors(tree)}
    given_ = months(year, shapes, YEAR, step=step)
    checks = check_months(given_)
    assert checks["parents_that_differ"].sum() == 0
    assert set(checks["measure"]) == {"base", "street"}
    assert (given_.base >= 0).all()
    assert (given_.street >= 0).all()
    assert (given_.base.sum(axis=1) == year.base).all()
    assert (given_.street.sum(axis=1) == year.street).all()


@given(leaves(), SHAPES, st.integers(0, 10**12))
def test_every_child_lies_within_one_unit_of_its_part_of_the_parents_month(people, shape, amount):
    tree = Tree.grow(people)
    year = carry(tops(tree, amount), tree)
    found = months(year, {(): shape}, YEAR).base
    for node in range(1, len(tree)):
        above = int(tree.parent[node])
        for place in range(12):
            exact = Fraction(int(year.base[node]) * int(found[above, place]), int(year.base[above]) or 1)
            assert int(found[node, place]) in (floor(exact), ceil(exact))


@given(st.data(), leaves(), SHAPES)
def test_the_order_of_leaves_does_not_matter(data, people, shape):
    other = data.draw(st.permutations(people))
    frames = []
    for rows in (people, other):
        tree = Tree.grow(rows)
        frames.append(months(carry(tops(tree, 1_000_003), tree), {(): shape}, YEAR).frame())
    assert frames[0].equals(frames[1])


@given(leaves(), st.data())
def test_nobody_has_a_number_in_a_month_without_them(people, data):
    """Somebody who is there all year takes what the others cannot."""
    tree = Tree.grow([*people, *(Leaf(("Fans", *team), "whole", 1) for team in ((), ("North",), ("South",)))])
    starts = {At(leaf.path, leaf.person_id): data.draw(st.integers(0, 11)) for leaf in people if leaf.path[0] == "Fans"}
    active = {name: [0] * start + [1] * (12 - start) for name, start in starts.items()}
    weights = {name: 0 if start else 1 for name, start in starts.items()}
    lean = [Leaf(leaf.path, leaf.person_id, weights.get(At(leaf.path, leaf.person_id), 1)) for leaf in people]
    whole = [Leaf(("Fans", *team), "whole", 5) for team in ((), ("North",), ("South",))]
    tree = Tree.grow([*lean, *whole])
    year = carry(tops(tree, 10**6), tree)
    found = months(year, {path: [1] * 12 for path in factors(tree)}, YEAR, active=active)
    assert check_months(found)["parents_that_differ"].sum() == 0
    for name, start in starts.items():
        assert not found.base[tree.at(name), :start].any()


def test_the_worked_year_by_quarters():
    """0.8, 0.9, 1.0, 1.3 of one million."""
    tree = Tree.grow([Leaf(("Fans", "North"), "a", 1)])
    found = months(carry(1_000_000, tree), {("Fans",): SHAPE}, QUARTERS)
    assert found.base.tolist() == [[200_000, 225_000, 250_000, 325_000]] * 4


def test_quarters_are_the_sums_of_their_months_and_four_of_them_the_year():
    tree = Tree.grow([Leaf(("Fans", "North"), "a", 2), Leaf(("Fans", "South"), "b", 1)])
    found = months(carry(1_000_001, tree), {("Fans",): [n for n in SHAPE for _ in range(3)]}, YEAR)
    quarters = found.base.reshape(len(tree), 4, 3).sum(axis=2)
    assert abs(quarters[0] - [200_000, 225_000, 250_000, 325_000]).max() <= 1
    assert (quarters.sum(axis=1) == found.year.base).all()
    assert (quarters[tree.at(At(("Fans", "North")))] + quarters[tree.at(At(("Fans", "South")))] == quarters[0]).all()


def test_region_by_month_keeps_both_margins():
    """The company's months and the regions' years are given; the table between them has both."""
    tree = Tree.grow([Leaf((region,), region[0], 1) for region in ("Central", "North", "South")])
    regions = {("Central",): 199_999, ("North",): 500_000, ("South",): 300_001}
    wanted = [200_000, 225_000, 250_000, 325_000]
    found = months(carry(regions, tree), {(): wanted}, QUARTERS).base
    assert found[0].tolist() == wanted
    assert found[tree.level == 1].sum(axis=0).tolist() == wanted
    assert found[tree.level == 1].sum(axis=1).tolist() == list(regions.values())
    assert found[1].tolist() == [40_000, 45_000, 50_000, 64_999]


def test_months_of_the_company_are_the_sum_of_its_factors_shapes():
    tree = Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Heaters",), "a", 1)])
    shapes = {("Fans",): [1, 3], ("Heaters",): [3, 1]}
    found = months(carry({("Fans",): 100, ("Heaters",): 20}, tree), shapes, YEAR[:2]).base
    assert found[0].tolist() == [25 + 15, 75 + 5]


def test_over_assigned_months_follow_the_year_that_people_carry():
    tree = Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Fans",), "b", 1)])
    found = months(carry(1_000_000, tree, over=[50_000_000]), {("Fans",): SHAPE}, QUARTERS)
    assert found.base[tree.people].sum(axis=0).tolist() == [200_000, 225_000, 250_000, 325_000]
    assert found.street[tree.people].sum(axis=0).tolist() == [210_000, 236_250, 262_500, 341_250]
    assert found.street[0].tolist() == [200_000, 225_000, 250_000, 325_000]


# --- who is there when ----------------------------------------------------------------------------------------------


def test_who_is_not_there_in_a_month_leaves_it_to_the_others():
    """b comes in July with half a year's number: a carries the first half alone, and less of the second."""
    tree = Tree.grow([Leaf(("Fans",), "a", 2), Leaf(("Fans",), "b", 1)])
    active = {At(("Fans",), "b"): [0, 0, 1, 1]}
    found = months(carry(1_200, tree), {("Fans",): [1, 1, 1, 1]}, QUARTERS, active=active).base
    assert found[tree.people].tolist() == [[300, 300, 100, 100], [0, 0, 200, 200]]


def test_a_ramp_gives_new_people_less_of_their_first_months():
    tree = Tree.grow([Leaf(("Fans",), "a", 4), Leaf(("Fans",), "new", Fraction(10, 4))])
    active = {At(("Fans",), "new"): [Fraction(n, 4) for n in (0, 1, 2, 3, 4)]}
    found = months(carry(6_500, tree), {(): [1] * 5}, YEAR[:5], active=active)
    new = found.base[tree.at(At(("Fans",), "new"))].tolist()
    assert new == sorted(new)
    assert new[0] == 0
    assert sum(new) == 2_500
    assert found.base[0].tolist() == [1_300] * 5


def test_teams_have_months_only_when_their_people_do():
    """A team whose only person leaves in June has nothing after it; the other team has all of it."""
    tree = Tree.grow([Leaf(("Fans", "North"), "a", 3), Leaf(("Fans", "South"), "b", 1)])
    found = months(carry(400, tree), {(): [1] * 4}, QUARTERS, active={At(("Fans", "South"), "b"): [1, 1, 0, 0]}).base
    assert found[tree.at(At(("Fans", "South")))].tolist() == [50, 50, 0, 0]
    assert found[tree.at(At(("Fans", "North")))].tolist() == [50, 50, 100, 100]


def test_people_who_are_there_alike_in_every_month_change_nothing():
    tree = Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Fans",), "b", 2)])
    year = carry(1_001, tree)
    half = {At(("Fans",), "a"): [Fraction(1, 2)] * 4}
    assert (months(year, {(): SHAPE}, QUARTERS, active=half).base == months(year, {(): SHAPE}, QUARTERS).base).all()


@pytest.mark.parametrize(
    ("active", "limits", "where", "found"),
    [
        (
            {"a": [0, 1, 1, 1], "b": [0, 1, 1, 1]},
            [],
            "quota, months of Fans",
            "2027-01: 250 asked; those there then (nobody) carry 0 in the whole year",
        ),
        (
            {"a": [0, 1, 1, 1]},
            [Limit("pin", At(("Fans",), "b"), 100)],
            "quota, months of Fans",
            "2027-01: 250 asked; those there then (b) carry 100 in the whole year",
        ),
        (
            {"a": [0, 0, 0, 0]},
            [],
            "quota, months of Fans / a",
            "500 for somebody who is there in no month that weighs",
        ),
    ],
)
def test_months_that_nobody_can_carry_are_refused(active, limits, where, found):
    tree = Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Fans",), "b", 1)])
    year = carry(1_000, tree, limits=limits)
    with pytest.raises(InputError) as error:
        months(
            year, {("Fans",): [1] * 4}, QUARTERS, active={At(("Fans",), who): parts for who, parts in active.items()}
        )
    (problem,) = error.value.problems
    assert (problem.where, problem.found) == (where, found)


# --- steps ----------------------------------------------------------------------------------------------------------


def test_months_are_multiples_of_the_step_but_for_what_no_step_divides():
    """The pinned 12,345 of b is no multiple of 1,000: its 345 stand in b's greatest month, the last quarter."""
    tree = Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Fans",), "b", 1)])
    year = carry(100_000, tree, step=1_000, limits=[Limit("pin", At(("Fans",), "b"), 12_345)])
    found = months(year, {("Fans",): SHAPE}, QUARTERS, step=1_000)
    assert found.base[tree.at(At(("Fans",), "b"))].tolist() == [2_000, 3_000, 3_000, 4_345]
    assert (found.base[tree.people][:, :3] % 1_000 == 0).all()
    assert check_months(found)["parents_that_differ"].sum() == 0


def test_the_odd_part_stands_in_a_month_in_which_the_person_is_there():
    tree = Tree.grow([Leaf(("Fans",), "a", 3), Leaf(("Fans",), "b", 1)])
    year = carry(4_005, tree)
    found = months(year, {("Fans",): SHAPE}, QUARTERS, step=100, active={At(("Fans",), "b"): [1, 1, 0, 0]})
    mine = found.base[tree.at(At(("Fans",), "b"))]
    assert (mine % 100).tolist() == [0, 1, 0, 0]
    assert check_months(found)["parents_that_differ"].sum() == 0


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shapes", "where", "found"),
    [
        ({("Fans",): [1] * 4}, "quota, months of Heaters / b", "no month weights above"),
        ({(): [1] * 4, ("Fans",): [1] * 4}, "quota, months of Fans / a", "month weights twice above"),
        ({(): [0] * 4}, "quota, months of company", "weights that are all zero, or negative"),
        ({(): [1, -1, 1, 1]}, "quota, months of company", "weights that are all zero, or negative"),
        ({("Lamps",): [1] * 4}, "quota, Lamps", "no node Lamps"),
    ],
)
def test_shapes_that_do_not_cover_everybody_once_are_refused(shapes, where, found):
    tree = Tree.grow([Leaf(("Fans",), "a", 1), Leaf(("Heaters",), "b", 1)])
    with pytest.raises(InputError) as error:
        months(carry(100, tree), shapes, QUARTERS)
    assert (error.value.problems[0].where, error.value.problems[0].found) == (where, found)


def test_the_frame_has_a_row_for_each_person_path_and_month():
    tree = Tree.grow([Leaf(("Fans", "South", "North", "Dealers"), "a", 1), Leaf(("Fans", "South", "North"), "b", 1)])
    frame = months(carry(40, tree), {(): SHAPE}, QUARTERS).frame(["product_group", "region"])
    assert frame.columns == ["product_group", "region", "team", "person_id", "month_on", "base_amount", "quota_amount"]
    assert frame["team"].unique().sort().to_list() == ["North", "North/Dealers"]
    assert frame.filter(person_id="a").rows()[0] == ("Fans", "South", "North/Dealers", "a", date(2027, 1, 1), 4, 4)
    assert frame["base_amount"].sum() == 40


def test_months_follow_the_calendar_they_are_given():
    """A fiscal year from July: the columns are its months."""
    tree = Tree.grow([Leaf(("Fans",), "a", 1)])
    fiscal = [add_months(date(2026, 7, 1), place) for place in range(12)]
    assert np.array_equal(months(carry(12, tree), {(): [1] * 12}, fiscal).base[0], [1] * 12)
