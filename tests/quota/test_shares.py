"""To whom: the worked blend, each method's weights, and the rule for who has none of what a method weighs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.money import RATE_SCALE, rate_units
from revops.problems import InputError
from revops.quota.bases import starts
from revops.quota.carry import Leaf, Tree, carry
from revops.quota.shares import METHODS, blended, normal, shares

from .grounds import FOUND, base, ground

FANS, WATER = ("Fans",), ("Water",)


def shared(to_whom, found=FOUND, factors=(FANS, WATER), settings=None, **known):
    laid = ground(found, settings=settings, **known)
    weights = {method: rate_units(part) for method, part in to_whom.items()}
    return shares(laid, found, weights, starts(found, ["2026"]), factors)


def test_sixty_per_cent_history_and_forty_per_cent_potential():
    found = [base("a", y2026={"Fans": 50}), base("b", y2026={"Fans": 50})]
    got = shared({"history": "60%", "potential": "40%"}, found, [FANS], potential={"a": 20, "b": 80})[FANS]
    assert {person: 1_000_000 * share for person, share in got.items()} == {"a": 380_000, "b": 620_000}


@pytest.mark.parametrize(
    ("method", "known", "fans", "water"),
    [
        ("history", {}, (1, 0), (Fraction(1, 4), Fraction(3, 4))),
        ("equal", {}, (1, 0), (Fraction(1, 2), Fraction(1, 2))),  # b sells no fans
        ("equal", {"settings": {"full_time": {"b": "50%"}}}, (1, 0), (Fraction(2, 3), Fraction(1, 3))),
        ("capacity", {"capacity": {"a": 100, "b": 300}}, (1, 0), (Fraction(1, 4), Fraction(3, 4))),
        ("potential", {"potential": {"a": 700, "b": 100}}, (1, 0), (Fraction(1, 2), Fraction(1, 2))),  # × mix
        ("account_plans", {"plans": {"a": 1400, "b": 600}}, (1, 0), (Fraction(1, 4), Fraction(3, 4))),
        ("forecast", {"pipeline": {"a": 1400}}, (1, 0), (Fraction(1, 2), Fraction(1, 2))),  # 700 + 1400, 300
    ],
)
def test_the_weights_of_each_method(method, known, fans, water):
    got = shared({method: "100%"}, **known)
    assert got == {
        FANS: dict(zip("ab", map(Fraction, fans), strict=True)),
        WATER: dict(zip("ab", map(Fraction, water), strict=True)),
    }


def test_every_declared_method_is_here():
    from revops.planning import SHARES

    assert set(METHODS) == set(SHARES)


def test_who_has_no_accounts_keeps_the_share_of_history_where_potential_is_weighed():
    found = [base("a", y2026={"Fans": 100}), base("b", y2026={"Fans": 100}), base("shop", y2026={"Fans": 200})]
    got = shared({"potential": "100%"}, found, [FANS], potential={"a": 10, "b": 30})[FANS]
    assert got == {"a": Fraction(1, 8), "b": Fraction(3, 8), "shop": Fraction(1, 2)}


@pytest.mark.parametrize("method", ["potential", "account_plans", "capacity"])
def test_what_nobody_has_goes_by_history(method):
    assert shared({method: "100%"}, capacity={}) == shared({"history": "100%"})


def test_a_factor_that_nobody_sells_goes_by_whole_histories():
    assert shared({"history": "100%"}, factors=[("Vacuums",)]) == {
        ("Vacuums",): {"a": Fraction(7, 10), "b": Fraction(3, 10)}
    }


def test_who_has_no_history_stands_at_the_mean_of_the_team():
    found = [base("old", y2026={"Fans": 100}), base("new")]
    assert shared({"history": "100%"}, found, [FANS])[FANS] == {"old": Fraction(1, 2), "new": Fraction(1, 2)}


parts = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10**9).map(Fraction), min_size=1).filter(
    lambda claims: any(claims.values())
)


@given(parts, parts, st.integers(0, RATE_SCALE))
def test_a_blend_of_shares_sums_to_one(one, other, weight):
    got = blended([(normal(one), weight), (normal(other), RATE_SCALE - weight)])
    assert sum(got.values()) == 1
    assert min(got.values()) >= 0


@given(parts, parts, st.integers(0, RATE_SCALE), st.integers(0, 10**12), st.data())
def test_a_level_more_moves_nobodys_unrounded_share(one, other, weight, amount, data):
    """Blended once over the factor: teams in between sum their people, they are no place where shares are made."""
    weights = blended([(normal(one), weight), (normal(other), RATE_SCALE - weight)])
    teams = {person: data.draw(st.sampled_from(["x", "y", "x/z"])).split("/") for person in weights}
    flat = carry(amount, Tree.grow([Leaf(("f",), person, part) for person, part in weights.items()]))
    deep = carry(amount, Tree.grow([Leaf(("f", *teams[p]), p, part) for p, part in weights.items()]))
    exact = [{year.tree.names[i]: year.exact(i) for i in year.tree.people.tolist()} for year in (flat, deep)]
    if any(weights.values()):
        assert {p: e for p, e in exact[0].items() if weights[p]} == {p: e for p, e in exact[1].items() if weights[p]}


def test_weights_that_are_all_zero_are_refused_below():
    with pytest.raises(InputError, match="all zero"):
        Tree.grow([Leaf(("f",), "p", 0)])
