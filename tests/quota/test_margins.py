"""Tables with both margins given: every cell its exact value rounded down or up, both margins exact."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.quota.carry.margins import Unfillable, controlled

SIZES = st.integers(0, 10**13) | st.integers(0, 3)


@st.composite
def tables(draw, sizes=SIZES):
    """Rows and columns of several tables under each other, and the row each begins with."""
    wide = draw(st.integers(1, 12))
    rows: list[int] = []
    columns, first = [], []
    for _ in range(draw(st.integers(1, 3))):
        mine = draw(st.lists(sizes, min_size=1, max_size=6))
        cuts = sorted(draw(st.lists(st.integers(0, sum(mine)), min_size=wide - 1, max_size=wide - 1)))
        columns.append([b - a for a, b in zip([0, *cuts], [*cuts, sum(mine)], strict=True)])
        first.append(len(rows))
        rows += mine
    return rows, columns, first


def parts(rows, first):
    """The rows of each table."""
    return [range(a, b) for a, b in zip(first, [*first[1:], len(rows)], strict=True)]


@given(tables())
def test_every_cell_lies_within_one_unit_of_its_exact_value_and_both_margins_hold(case):
    rows, columns, first = case
    cells = controlled(rows, columns, first).tolist()
    for span, goals in zip(parts(rows, first), columns, strict=True):
        assert [sum(cells[i][m] for i in span) for m in range(len(goals))] == goals
        for i in span:
            assert sum(cells[i]) == rows[i]
            for cell, goal in zip(cells[i], goals, strict=True):
                exact = Fraction(rows[i] * goal, sum(goals) or 1)
                assert cell in (floor(exact), ceil(exact))


@given(tables())
def test_negative_tables_are_the_mirror_of_positive_ones(case):
    rows, columns, first = case
    mirrored = controlled([-row for row in rows], [[-c for c in cells] for cells in columns], first)
    assert (mirrored == -controlled(rows, columns, first)).all()


@given(tables())
def test_a_table_does_not_depend_on_those_beside_it(case):
    rows, columns, first = case
    together = controlled(rows, columns, first)
    for span, goals in zip(parts(rows, first), columns, strict=True):
        assert (together[span.start : span.stop] == controlled(rows[span.start : span.stop], [goals])).all()


@given(st.permutations(range(5)))
def test_rows_may_stand_in_any_order_where_no_remainders_tie(order):
    rows = [311, 1_234, 87, 2_003, 555]
    table = controlled(rows, [[517, 1_201, 1_399, 1_073]])
    assert (controlled([rows[i] for i in order], [[517, 1_201, 1_399, 1_073]]) == table[list(order)]).all()


@given(st.data())
def test_fitted_cells_lie_within_one_unit_of_the_proportional_fit(data):
    """Fitted again here, cell by cell, until rows and columns hold."""
    wide, tall = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 5))
    line = st.lists(st.integers(1, 100), min_size=wide, max_size=wide)
    seeds = np.array(data.draw(st.lists(line, min_size=tall, max_size=tall)), float)
    rows = np.array(data.draw(st.lists(st.integers(0, 10**6), min_size=tall, max_size=tall)))
    cuts = sorted(data.draw(st.lists(st.integers(0, int(rows.sum())), min_size=wide - 1, max_size=wide - 1)))
    columns = np.diff([0, *cuts, rows.sum()])
    exact = seeds.copy()
    for _ in range(300):
        exact *= (rows / np.maximum(exact.sum(axis=1), 1e-300))[:, None]
        exact *= columns / np.maximum(exact.sum(axis=0), 1e-300)
    cells = controlled(rows, [columns], seeds=seeds)
    assert (cells.sum(axis=0) == columns).all()
    assert abs(cells - exact).max() < 1.05


@given(st.data())
def test_cells_without_seed_stay_zero_and_a_table_that_exists_is_found(data):
    wide, tall = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 6))
    grid = st.lists(st.lists(st.integers(0, 1), min_size=wide, max_size=wide), min_size=tall, max_size=tall)
    may = np.array(data.draw(grid))
    some = may * np.array(data.draw(st.lists(SIZES, min_size=wide, max_size=wide)))
    seeds = may * np.array(data.draw(st.lists(st.integers(1, 100), min_size=tall, max_size=tall)))[:, None] / 100
    cells = controlled(some.sum(axis=1), [some.sum(axis=0)], seeds=seeds)
    assert (cells.sum(axis=0) == some.sum(axis=0)).all()
    assert (cells.sum(axis=1) == some.sum(axis=1)).all()
    assert (cells >= 0).all()
    assert (cells[may == 0] == 0).all()


@pytest.mark.parametrize(
    ("rows", "columns", "cells"),
    [
        ([600, 400], [250, 250, 500], [[150, 150, 300], [100, 100, 200]]),  # region × month
        ([1, 1], [1, 1], [[0, 1], [1, 0]]),  # ties: the first row gives first
        ([7], [3, 0, 4], [[3, 0, 4]]),  # one child is its parent
        ([2, 0, 5], [7], [[2], [0], [5]]),  # one month is the year
        ([0, 0], [0, 0], [[0, 0], [0, 0]]),
        ([-3, -1], [-2, -2], [[-1, -2], [-1, 0]]),
    ],
)
def test_small_tables(rows, columns, cells):
    assert controlled(rows, [columns]).tolist() == cells


def test_units_go_over_a_column_between_where_no_straight_way_is_free():
    rows, columns = [20, 6, 6, 21, 10], [10, 6, 20, 9, 7, 11]
    cells = controlled(rows, [columns])
    assert cells.sum(axis=0).tolist() == columns
    assert (abs(cells - np.outer(rows, columns) / 63) < 1).all()


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ([1, 2], [2, 2], "one sum"),
        ([3, -1], [1, 1], "one sign"),
        ([1, 1], [3, -1], "one sign"),
    ],
)
def test_margins_that_do_not_agree_are_refused(rows, columns, message):
    with pytest.raises(ValueError, match=message):
        controlled(rows, [columns])


@pytest.mark.parametrize(
    ("seeds", "rows", "columns", "who", "when"),
    [
        ([[0, 1], [0, 1]], [3, 3], [1, 5], [], [0]),  # nobody is there in the first month
        ([[1, 0, 0], [1, 1, 1]], [50, 50], [33, 33, 34], [1], [1, 2]),  # one alone is to carry more than their year
    ],
)
def test_what_cannot_be_carried_names_rows_and_columns(seeds, rows, columns, who, when):
    with pytest.raises(Unfillable) as error:
        controlled(rows, [columns], seeds=seeds)
    assert (error.value.table, error.value.rows.tolist(), error.value.columns.tolist()) == (0, who, when)


def test_a_fit_that_only_its_bounds_allow_is_found():
    """The first has exactly what January to June ask, so the second has nothing there."""
    seeds = [[1] * 6 + [0] * 6, [1] * 12]
    assert controlled([48, 52], [[8] * 11 + [12]], seeds=seeds).tolist() == [
        [8] * 6 + [0] * 6,
        [0] * 6 + [8] * 5 + [12],
    ]


def test_seeds_are_fitted_in_proportion():
    """Who comes in the second half leaves the first half to the other: 50 and 50 of 100, a quarter each quarter."""
    cells = controlled([60, 40], [[25, 25, 25, 25]], seeds=[[1, 1, 1, 1], [0, 0, 1, 1]])
    assert cells.tolist() == [[25, 25, 5, 5], [0, 0, 20, 20]]
