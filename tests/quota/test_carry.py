"""One number carried down a tree: worked numbers, limits, and what is refused."""

from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from revops.money import split
from revops.problems import InputError
from revops.quota.carry import At, Carried, Leaf, Limit, Tree, apportion, carry
from revops.quota.carry.apportion import quotients

FIVE = 50_000_000  # 5 %


def leaf(path: str, person: str, weight: int | Fraction) -> Leaf:
    return Leaf(tuple(path.split("/")) if path else (), person, weight)


def people(year: Carried) -> dict[str, int]:
    """Person → what they carry, over all paths."""
    out: dict[str, int] = {}
    for node in year.tree.people.tolist():
        out[year.tree.names[node]] = out.get(year.tree.names[node], 0) + int(year.street[node])
    return out


def amounts(year: Carried) -> dict[str, int]:
    return {str(year.tree.where(node)): int(year.street[node]) for node in range(len(year.tree))}


TWO = [leaf("Fans/North", "an", 3), leaf("Fans/North", "bo", 1), leaf("Fans/South", "chi", 4), leaf("Rice", "bo", 2)]


# --- worked numbers ---------------------------------------------------------------------------------------------------


def test_every_node_has_its_amount_and_its_parent_the_sum():
    assert amounts(carry(1000, Tree.grow(TWO))) == {
        "company": 1000, "Fans": 800, "Rice": 200, "Fans / North": 400, "Fans / South": 400, "Rice / bo": 200,
        "Fans / North / an": 300, "Fans / North / bo": 100, "Fans / South / chi": 400,
    }  # fmt: skip


def test_teams_of_one_name_under_two_parents_are_two_teams():
    tree = Tree.grow([leaf("Fans/North/DACH", "an", 1), leaf("Fans/South/DACH", "an", 3)])
    assert [tree.paths[i] for i in tree.people] == [("Fans", "North", "DACH", "an"), ("Fans", "South", "DACH", "an")]
    assert carry(100, tree).base[tree.people].tolist() == [25, 75]


def test_a_team_with_a_person_s_name_stays_apart():
    tree = Tree.grow([leaf("Fans", "An", 1), leaf("Fans/An", "bo", 3)])
    year = carry(100, tree)
    assert [int(year.base[tree.at(at)]) for at in (At(("Fans",), "An"), At(("Fans", "An")))] == [25, 75]


def test_ties_go_to_the_first_by_name_teams_before_people():
    year = carry(4, Tree.grow([leaf("", "a", 1), leaf("z", "b", 1), leaf("y", "c", 1)]))
    assert amounts(year) == {"company": 4, "y": 2, "z": 1, "a": 1, "z / b": 1, "y / c": 2}


def test_five_percent_on_three_levels_is_115_7625_on_100():
    year = carry(100_0000, Tree.grow([leaf("Fans/North/Dealers", "an", 1)]), over=[FIVE] * 3)
    assert year.street.tolist() == [100_0000, 100_0000, 105_0000, 110_2500, 115_7625]  # company → factors: never
    assert set(year.base.tolist()) == {100_0000}


def test_over_assigned_children_sum_to_the_rounded_more_of_each_parent():
    tree = Tree.grow([leaf("Fans/North", "an", 1), leaf("Fans/South", "bo", 2)])
    year = carry(101, tree, over=[FIVE, 2 * FIVE])
    assert amounts(year) == {
        "company": 101, "Fans": 101, "Fans / North": 35, "Fans / South": 71, "Fans / North / an": 39,
        "Fans / South / bo": 78,
    }  # fmt: skip
    assert year.base.tolist() == [101, 101, 34, 67, 34, 67]


def test_a_number_by_factor_stays_what_it_is():
    year = carry({("Fans",): 900, ("Rice",): 100}, Tree.grow(TWO))
    assert (int(year.base[0]), people(year)) == (1000, {"an": 338, "bo": 212, "chi": 450})


def test_numbers_of_two_factors_and_none_for_a_factor_of_nobody():
    tree = Tree.grow([leaf("Fans/Shops/North", "an", 1), leaf("Fans/Online", "bo", 9), leaf("Rice/Shops", "an", 1)])
    tops = {("Fans", "Shops"): 70, ("Fans", "Online"): 20, ("Rice", "Shops"): 10, ("Tea", "Shops"): 0}
    assert amounts(carry(tops, tree)) == {
        "company": 100, "Fans": 90, "Rice": 10, "Fans / Online": 20, "Fans / Shops": 70, "Rice / Shops": 10,
        "Fans / Online / bo": 20, "Fans / Shops / North": 70, "Rice / Shops / an": 10, "Fans / Shops / North / an": 70,
    }  # fmt: skip


def test_weights_may_be_fractions():
    year = carry(100, Tree.grow([leaf("A", "a", Fraction(1, 3)), leaf("B", "b", Fraction(2, 7)), leaf("C", "c", 0)]))
    assert people(year) == {"a": 54, "b": 46, "c": 0}


def test_weights_and_amounts_beyond_64_bits_are_exact():
    huge = 10**30
    year = carry(2**61, Tree.grow([leaf("A", "a", huge), leaf("A", "b", 2 * huge + 1), leaf("B", "c", 1)]))
    assert people(year) == dict(zip("abc", split(2**61, [huge, 2 * huge + 1, 1]), strict=True))


@pytest.mark.parametrize(("step", "amount", "expected"), [
    (10, 100, [50, 50]), (10, 105, [55, 50]), (100, 100, [100, 0]), (7, 100, [51, 49]), (1, 101, [51, 50]),
])  # fmt: skip
def test_parts_are_multiples_of_the_step_and_one_child_takes_the_odd_part(step, amount, expected):
    assert (
        list(people(carry(amount, Tree.grow([leaf("A", "a", 1), leaf("A", "b", 1)]), step=step)).values()) == expected
    )


# --- pins, locks, bounds ----------------------------------------------------------------------------------------------

FLAT = [leaf("A", name, weight) for name, weight in zip("abcd", (1, 1, 2, 0), strict=True)]


@pytest.mark.parametrize(("limits", "expected"), [
    ([], (25, 25, 50, 0)),
    ([("pin", "a", 40)], (40, 20, 40, 0)),
    ([("lock", "a", 40), ("pin", "c", 0)], (40, 60, 0, 0)),
    ([("least", "a", 25)], (25, 25, 50, 0)),
    ([("least", "a", 26)], (26, 25, 49, 0)),
    ([("most", "c", 50)], (25, 25, 50, 0)),
    ([("most", "c", 49)], (26, 25, 49, 0)),
    ([("most", "c", 10), ("least", "a", 60)], (60, 30, 10, 0)),
    ([("most", "a", 10), ("most", "b", 10), ("most", "c", 10)], (10, 10, 10, 70)),  # who has no weight takes the rest
])  # fmt: skip
def test_what_a_limit_holds_the_others_share(limits, expected):
    year = carry(100, Tree.grow(FLAT), limits=[Limit(kind, At(("A",), who), amount) for kind, who, amount in limits])
    assert tuple(people(year).values()) == expected


def test_a_limit_deep_in_the_tree_holds_every_node_above():
    leaves = [leaf("N/x", "a", 1), leaf("N/x", "b", 1), leaf("N/y", "c", 1), leaf("S", "d", 1)]
    year = carry(100, Tree.grow(leaves), limits=[Limit("pin", At(("N", "x"), "a"), 90)])
    assert amounts(year) == {
        "company": 100, "N": 90, "S": 10, "S / d": 10, "N / x": 90, "N / y": 0, "N / x / a": 90, "N / x / b": 0,
        "N / y / c": 0,
    }  # fmt: skip
    assert dict(zip(amounts(year), year.binds, strict=True))["N / x"] == "below"


def test_a_pin_is_what_people_carry_and_the_base_follows_in_proportion():
    tree = Tree.grow([leaf("A", "a", 1), leaf("A", "b", 1)])
    year = carry(1000, tree, over=[100_000_000], limits=[Limit("pin", At(("A",), "a"), 550)])
    assert (people(year), year.base[tree.people].tolist()) == ({"a": 550, "b": 550}, [500, 500])
    year = carry(1000, tree, over=[100_000_000], limits=[Limit("pin", At(("A",), "a"), 880)])
    assert (people(year), year.base[tree.people].tolist()) == ({"a": 880, "b": 220}, [800, 200])


def test_a_pin_need_not_be_a_multiple_of_the_step():
    leaves = [leaf("A", "a", 1), leaf("A", "b", 2), leaf("A", "c", 2)]
    year = carry(1000, Tree.grow(leaves), step=100, limits=[Limit("pin", At(("A",), "a"), 333)])
    assert people(year) == {"a": 333, "b": 367, "c": 300}


def test_nothing_to_share_is_no_want_of_weights():
    year = carry(9, Tree.grow([leaf("N", "a", 1), leaf("S", "b", 0), leaf("S", "c", 0)]))
    assert year.binds == ["top", *[None] * 5]


def test_where_a_limit_binds_the_base_follows_the_street_unit_by_unit():
    leaves = [leaf("A", "a", 1), leaf("A", "b", 2), leaf("A", "c", 2)]
    limit = Limit("pin", At(("A",), "a"), 333)
    year = carry(1000, Tree.grow(leaves), step=100, over=[100_000_000], limits=[limit])
    assert people(year) == {"a": 333, "b": 400, "c": 367}
    assert year.base[year.tree.people].tolist() == [303, 364, 333]


def test_who_stands_at_a_limit_because_all_beside_them_do_is_told_so():
    limits = [Limit("pin", At(("N",), "a"), 10), Limit("most", At(("N",), "b"), 40)]
    year = carry(200, Tree.grow([leaf("N", "a", 1), leaf("N", "b", 1), leaf("S", "c", 2)]), limits=limits)
    assert people(year) == {"a": 10, "b": 40, "c": 150}
    assert dict(zip(amounts(year), year.binds, strict=True)) == {
        "company": "top", "N": "below", "S": None, "N / a": "pin", "N / b": "most", "S / c": None,
    }  # fmt: skip


def test_binds_tell_why_a_node_has_not_its_plain_share():
    limits = [Limit("most", At(("N",), "a"), 10), Limit("least", At(("S",)), 60), Limit("most", At(("S",)), 99)]
    leaves = [leaf("N", "a", 3), leaf("N", "b", 1), leaf("S", "c", 0), leaf("S", "d", 0)]
    year = carry(100, Tree.grow(leaves), limits=limits)
    assert dict(zip(amounts(year), year.binds, strict=True)) == {
        "company": "top", "N": None, "S": "least", "N / a": "most", "N / b": None, "S / c": "no_weights",
        "S / d": "no_weights",
    }  # fmt: skip
    assert year.frame().select("level", "path", "person_id", "quota_amount", "bind").row(3) == (
        2,
        ["N"],
        "a",
        10,
        "most",
    )


# --- refusals ---------------------------------------------------------------------------------------------------------


TABLE = pl.DataFrame(
    [("North", "x", "an", 1), (None, "x", "bo", 2)], schema=["team", "region", "person_id", "weight"], orient="row"
)


def pin(path: str, person: str | None, amount: int) -> Limit:
    return Limit("pin", At(tuple(path.split("/")), person), amount)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: carry(-1, Tree.grow(TWO)), "top number of company: found the number -1, expected a whole amount"),
    (lambda: carry(None, Tree.grow(TWO)), "top number of company: found no number"),
    (lambda: carry({("Fans",): 5}, Tree.grow(TWO)), "top numbers: found Rice: no number"),
    (lambda: carry({}, Tree.grow(TWO)), "top numbers: found no number, expected a number for each factor"),
    (lambda: carry({("Fans", "North"): 5}, Tree.grow(TWO)), "found Fans / South: no number; Rice / bo: no number"),
    (lambda: carry({("Fans",): 5, ("Rice",): 5, ("Tea",): 1}, Tree.grow(TWO)), "found Tea: nobody"),
    (lambda: carry(5, Tree.grow(TWO), step=0), "step: found 0, expected 1 or more"),
    (lambda: carry(5, Tree.grow(TWO), over=[-1]), "over-assignment: found -1 billionths"),
    (lambda: carry(2**62, Tree.grow(TWO), over=[FIVE]), "expected amounts up to"),
    (lambda: Tree.grow([]), "weights: found nobody"),
    (lambda: Tree.grow([leaf("A", "a", 0)]), "found weights that are all zero"),
    (lambda: Tree.grow([leaf("A", "a", -1)]), "A / a: found the weight -1, expected a whole number or fraction"),
    (lambda: Tree.grow([leaf("A", "a", float("nan"))]), "A / a: found the weight nan"),
    (lambda: Tree.grow([leaf("A", "a", 1), leaf("A", "a", 2)]), "A / a: found two leaves"),
    (lambda: Tree.of(TABLE.with_columns(weight=0.5), ["team"]), "column weight: found the type Float64"),
    (lambda: Tree.of(TABLE.with_columns(weight=-1), ["team"]), "column weight: found the weight -1"),
    (lambda: Tree.of(TABLE.with_columns(weight=pl.lit(None, pl.Int64)), ["team"]), "found the weight None"),
    (lambda: Tree.of(TABLE, ["region"], person="team"), "column team: found nobody in a row, expected a person"),
    (lambda: Tree.of(TABLE, ["team", "region"]), "column region: found a step below nothing in team, expected whole"),
    (lambda: Tree.from_edges([("a", "b"), ("b", "c"), ("c", "a")], {"a": 1}), "a: found below itself: a → b → c → a"),
    (lambda: Tree.from_edges([("a", "b"), ("a", "c")], {"a": 1}), "a: found two parents, b and c"),
    (lambda: carry(5, Tree.grow(TWO), limits=[pin("Fans", None, -1)]), "Fans: found pin -1 on Fans, expected"),
    (lambda: carry(5, Tree.grow(TWO), limits=[pin("Fan", None, 1)]), r"Fan: found no node Fan \(did you mean Fans\?\)"),
    (lambda: carry(9, Tree.grow(TWO), limits=[pin("Fans", None, 1), Limit("lock", At(("Fans",)), 2)]),
     "Fans: found pin 1 on Fans, lock 2 on Fans, expected one pin or lock on a node"),
    (lambda: carry(9, Tree.grow(TWO), limits=[pin("Fans", None, 10)]),
     r"company: found at least 10 needed \(pin 10 on Fans\), at most 9 available \(top 9 on company\), "
     "expected limits that leave room: 1 too much"),
    (lambda: carry(99, Tree.grow(TWO), limits=[pin("Fans/North", None, 30), pin("Fans/North", "an", 31)]),
     r"Fans / North: found at least 31 needed \(pin 31 on Fans / North / an\), at most 30 available"),
    (lambda: carry(99, Tree.grow(FLAT), limits=[Limit("least", At(("A",), who), 25) for who in "abcd"]),
     r"company: found at least 100 needed \(least 25 on A / a, .*least 25 on A / d\), at most 99 available"),
    (lambda: carry(99, Tree.grow(FLAT), limits=[Limit("most", At(("A",), who), 24) for who in "abcd"]),
     r"company: found at least 99 needed \(top 99 on company\), at most 96 available .*: 3 too much. Next: release"),
    (lambda: carry(20, Tree.grow(FLAT), limits=[Limit("least", At(("A",), "a"), 9), Limit("most", At(("A",), "a"), 8)]),
     r"A / a: found at least 9 needed \(least 9 on A / a\), at most 8 available \(most 8 on A / a\)"),
    (lambda: carry(109, Tree.grow([leaf("A", "a", 1)]), over=[FIVE], limits=[pin("A", "a", 115)]),  # 114 or 116
     r"A: found at least 110 needed .*, at most 109 .* room \(those below are asked for 5 % more\): 1 too much"),
    (lambda: carry(9, Tree.grow(TWO)).with_limit(pin("Fans", None, 10)), r"company: found at least 10 needed \(pin 10"),
    (lambda: carry(9, Tree.grow(TWO), limits=[pin("Rice", None, 3)]).with_limit(pin("Rice", None, 3)), "one pin or"),
    (lambda: Tree.grow([leaf("A", "a", 0.5)]), "A / a: found the weight 0.5, expected a whole number or fraction"),
])  # fmt: skip
def test_what_is_refused_and_how_it_is_told(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_table_of_parents_makes_the_tree_and_a_manager_who_sells_is_a_leaf_below_their_own_node():
    edges = [("lan", "mai"), ("nam", "mai"), ("mai", "ha")]
    tree = Tree.from_edges(edges, {"mai": 2, "lan": 1, "nam": 1})
    assert [tree.paths[node] for node in tree.people] == [("ha", "mai", who) for who in ("lan", "mai", "nam")]
    assert people(carry(100, tree)) == {"lan": 25, "mai": 50, "nam": 25}


# --- many splits at once ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amounts", "weights", "message"), [
    ([1], [0, 0], "all zero"), ([1], [1, -1], "must not be negative"),
])  # fmt: skip
def test_what_cannot_be_split(amounts, weights, message):
    with pytest.raises(ValueError, match=message):
        apportion(amounts, weights, [0])


@pytest.mark.parametrize("weights", [(2**59, 2**59 + 1, 3), (10**17, 1, 10**17 - 1), (1, 2**60, 2**60)])
@pytest.mark.parametrize("amount", [2**50 - 1, 2**50, 2**50 + 1, 3 * 2**48, 2**49 + 1, 10**15 + 7])
def test_floating_quotients_are_put_right_on_both_sides_of_what_they_hold(amount, weights):
    assert apportion([amount, -amount], [*weights, *weights], [0, 3]).tolist() == [
        sign * part for sign in (1, -1) for part in split(amount, weights)
    ]


@pytest.mark.parametrize(("amount", "weight", "total"), [
    (2**50 - 1, 2**59 - 1, 2**59), (10**15, 10**17 - 1, 10**17), (3 * 10**14, 10**17 // 3, 10**17),
    (2**61, 2**60 - 1, 2**60), (7, 2**62 - 1, 2**62),
])  # fmt: skip
def test_floors_and_remainders_are_those_of_whole_numbers(amount, weight, total):
    floors, rests = quotients(np.array([amount]), np.array([weight]), np.array([total]))
    assert (int(floors[0]), int(rests[0])) == divmod(amount * weight, total)


def test_people_are_in_the_order_of_their_ids_short_or_long():
    names = ["b", "a", "ab", "Đỗ", "z12345678", "z1234567", "10", "9"]
    for found in (names, [name for name in names if len(name.encode()) <= 8]):
        tree = Tree.grow([leaf("A", name, 1) for name in found])
        assert tree.names[2:] == sorted(found)


def test_nothing_is_split_over_nothing():
    assert apportion([0], [0, 0], [0]).tolist() == [0, 0]
