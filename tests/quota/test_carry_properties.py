"""One number carried down a tree: what holds for any tree, weights, limits and over-assignment."""

from fractions import Fraction

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.money import RATE_SCALE, round_ratio, split
from revops.problems import InputError
from revops.quota.carry import At, Carried, Leaf, Limit, Tree, apportion, carry, check

WEIGHTS = st.one_of(st.integers(0, 9), st.integers(0, 10**15), st.fractions(0, 9, max_denominator=12))


@st.composite
def trees(draw) -> list[Leaf]:
    """A jagged tree: up to 4 steps of few names, which repeat under many parents."""
    paths = st.lists(st.sampled_from("ABC"), max_size=4).map(tuple)
    keys = draw(st.lists(st.tuples(paths, st.sampled_from("ABxyz")), min_size=1, max_size=12, unique=True))
    leaves = [Leaf(path, person, draw(WEIGHTS)) for path, person in keys]
    return leaves if any(leaf.weight for leaf in leaves) else [leaves[0]._replace(weight=1), *leaves[1:]]


TOPS = st.one_of(st.integers(0, 100), st.integers(0, 2**58))
OVER = st.lists(st.integers(0, RATE_SCALE), max_size=4)


@st.composite
def limited(draw) -> tuple[list[Leaf], int, list[Limit]]:
    """A tree, an amount and limits that can be kept: they stand around some year that could be."""
    leaves, amount = draw(trees()), draw(TOPS)
    tree = Tree.grow(leaves)
    other = carry(amount, Tree.grow([one._replace(weight=draw(st.integers(1, 9))) for one in leaves]))
    limits = []
    for node in draw(st.sets(st.integers(1, len(tree) - 1), max_size=5)):
        here, kind = int(other.base[node]), draw(st.sampled_from(["pin", "lock", "least", "most"]))
        slack = draw(st.integers(0, 5)) * {"least": -1, "most": 1}.get(kind, 0)
        limits.append(Limit(kind, tree.where(node), max(0, here + slack)))
    return leaves, amount, limits


def kept(year: Carried, limit: Limit) -> bool:
    amount = int(year.street[year.tree.at(limit.at)])
    return amount >= limit.amount if limit.kind == "least" else (
        amount <= limit.amount if limit.kind == "most" else amount == limit.amount
    )  # fmt: skip


@given(trees(), TOPS, OVER, st.sampled_from([1, 1, 10, 1000]))
def test_children_sum_to_their_parent_at_every_node(leaves, amount, over, step):
    year = carry(amount, Tree.grow(leaves), over=over, step=step)
    assert check(year)["parents_that_differ"].sum() == 0
    for node in range(len(year.tree)):
        below = slice(int(year.tree.first[node]), int(year.tree.first[node] + year.tree.count[node]))
        if year.tree.count[node]:
            h = [0, *over, 0, 0, 0, 0, 0][int(year.tree.level[node])]
            wanted = round_ratio(int(year.street[node]) * (RATE_SCALE + h), RATE_SCALE)
            assert sum(year.base[below].tolist()) == year.base[node]
            assert sum(year.street[below].tolist()) == wanted


@given(limited(), st.sampled_from([1, 7, 100]))
def test_any_number_of_limits_is_kept_and_the_sums_stay_exact(case, step):
    leaves, amount, limits = case
    year = carry(amount, Tree.grow(leaves), limits=limits, step=step)
    assert all(kept(year, limit) for limit in limits)
    assert check(year)["parents_that_differ"].sum() == 0
    assert year.street.min() >= 0


@given(limited())
def test_what_limits_leave_is_split_by_weight_over_the_others(case):
    """A node's held children lie beyond the common λ × weight of the free ones, who split the rest as `money.split`."""
    leaves, amount, limits = case
    year = carry(amount, Tree.grow(leaves), limits=limits)
    tree = year.tree
    for node in np.flatnonzero(tree.count).tolist():
        rows = range(int(tree.first[node]), int(tree.first[node] + tree.count[node]))
        free = [row for row in rows if not year.held[row]]
        weights = [int(year.is_equal[row]) or int(tree.weight[row]) for row in free]
        left = sum(int(year.street[row]) for row in free)
        assert not any(weights) or [int(year.street[row]) for row in free] == split(left, weights)
        for row in rows if any(weights) else ():
            if year.held[row] and year.limits.least[row] < year.limits.most[row]:
                plain, here = Fraction(left * int(tree.weight[row]), sum(weights)), int(year.street[row])
                assert plain <= here == year.limits.least[row] or plain >= here == year.limits.most[row]


@given(limited(), OVER)
def test_under_over_assignment_limits_are_kept_or_refused(case, over):
    leaves, amount, limits = case
    try:
        year = carry(amount, Tree.grow(leaves), limits=limits, over=over)
    except InputError:
        return
    assert all(kept(year, limit) for limit in limits)
    assert check(year)["parents_that_differ"].sum() == 0


@given(limited(), st.sampled_from([1, 10]), OVER)
def test_one_more_limit_computes_the_same_as_all_at_once(case, step, over):
    leaves, amount, limits = case
    tree = Tree.grow(leaves)
    try:
        whole = carry(amount, tree, limits=limits, step=step, over=over)
    except InputError:
        return
    year = carry(amount, tree, step=step, over=over)
    for limit in limits:
        year = year.with_limit(limit)
    assert year.street.tolist() == whole.street.tolist()
    assert year.base.tolist() == whole.base.tolist()
    assert year.binds == whole.binds


@given(limited(), OVER, st.randoms())
def test_the_order_of_people_and_limits_does_not_matter(case, over, random):
    leaves, amount, limits = case
    other, others = list(leaves), list(limits)
    random.shuffle(other)
    random.shuffle(others)
    try:
        year = carry(amount, Tree.grow(leaves), limits=limits, over=over)
    except InputError:
        return
    assert carry(amount, Tree.grow(other), limits=others, over=over).frame().equals(year.frame())


@given(trees(), TOPS)
def test_a_child_lies_strictly_within_one_unit_of_its_share_of_the_parent(leaves, amount):
    tree = Tree.grow(leaves)
    year = carry(amount, tree)
    for node in range(1, len(tree)):
        above = int(tree.parent[node])
        if tree.weight[above]:
            share = Fraction(int(year.base[above]) * int(tree.weight[node]), int(tree.weight[above]))
            assert abs(year.base[node] - share) < 1


@given(trees(), TOPS, st.lists(st.sampled_from("AB"), min_size=12, max_size=12))
def test_one_more_level_changes_no_share_and_moves_nobody_by_a_unit_a_level(leaves, amount, groups):
    """Whatever the levels between: equal exact shares, and whole numbers less than one unit a level away from them."""
    flat, deep = Tree.grow(leaves), Tree.grow([
        one._replace(path=(group, *one.path)) for one, group in zip(leaves, groups, strict=False)
    ])  # fmt: skip
    before, after = carry(amount, flat), carry(amount, deep)
    for node in deep.people.tolist():
        path, person = deep.where(node)
        same = flat.at(At(path[1:], person))
        assert after.exact(node) == before.exact(same)
        assert abs(after.base[node] - after.exact(node)) < deep.level[node]
        assert abs(before.base[same] - before.exact(same)) < flat.level[same]


@given(trees(), TOPS)
def test_repeated_names_lose_nothing(leaves, amount):
    year = carry(amount, Tree.grow(leaves))
    assert len(year.tree.people) == len(leaves)
    assert sum(year.base[year.tree.people].tolist()) == amount


@given(trees(), TOPS)
def test_exact_shares_of_people_sum_to_the_top(leaves, amount):
    year = carry(amount, Tree.grow(leaves))
    assert sum(year.exact(node) for node in year.tree.people.tolist()) == amount


@given(trees())
def test_a_table_grows_the_same_tree(leaves):
    steps = [f"step_{place}" for place in range(4)]
    rows = [(*one.path, *[None] * (4 - len(one.path)), one.person_id, int(one.weight) + 1) for one in leaves]
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys([*steps, "person_id"], pl.String) | {"weight": pl.Int64}, orient="row"
    )
    tree = Tree.grow([one._replace(weight=int(one.weight) + 1) for one in leaves])
    other = Tree.of(frame, steps)
    assert other.paths == tree.paths
    assert other.weight.tolist() == tree.weight.tolist()
    assert [other.where(node) for node in other.rows.tolist()] == [At(one.path, one.person_id) for one in leaves]


SEGMENTS = st.lists(
    st.tuples(
        st.one_of(st.integers(-100, 100), st.integers(-(2**52), 2**52), st.integers(-(2**61), 2**61)),
        st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**59)), min_size=1, max_size=6).filter(any),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=200)
@given(SEGMENTS, st.sampled_from([1, 10**9, 10**30]))
def test_many_splits_at_once_are_the_splits_one_by_one(cases, scale):
    starts = [sum(len(weights) for _, weights in cases[:i]) for i in range(len(cases))]
    weights = [weight * scale for _, row in cases for weight in row]
    parts = apportion([amount for amount, _ in cases], weights, starts).tolist()
    assert parts == [part for amount, row in cases for part in split(amount, row)]
    assert apportion([-amount for amount, _ in cases], weights, starts).tolist() == [-part for part in parts]
