"""Tables of whole numbers with both margins given: controlled rounding, for many tables at once.

A table has one row a child and one column a month; its rows must sum to the children's years, its columns to the
parent's months. The exact value of a cell is row × column ÷ total or, where some children are not there all the time,
the proportional fit of `seeds` to both margins. A cell is given its exact value rounded down or up, never more than one
unit away; a cell without seed stays 0. Such a table always exists: what is left over by rounding down is a flow between
rows and columns, and a flow whose bounds are whole has a whole solution (transportation problem).

Each row is rounded by largest remainder first; columns that then hold too much pass units on to columns that lack some,
in the rows where that costs least, directly or over columns between. Where remainders tie the first row gives first:
rows stand in the order of their keys, so that the same table has the same cells.

>>> controlled([600, 400], [[250, 250, 500]]).tolist()    # two regions, three months
[[150, 150, 300], [100, 100, 200]]
>>> controlled([3, 3, 3], [[4, 5]]).tolist()
[[2, 1], [1, 2], [1, 2]]
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from revops.quota.carry.apportion import Whole, quotients, segments

Real: TypeAlias = NDArray[np.float64]
Cells: TypeAlias = NDArray[np.bool_]
ROUNDS, CLOSE, FINE = 200, 0.01, 1e-14  # of proportional fitting: until columns are so near, in units or relative
FREE = np.iinfo(np.int64).max


class Unfillable(Exception):
    """Table `table` does not exist: `rows` are all that may stand in `columns`, and they carry too little."""

    def __init__(self, table: int, rows: Whole, columns: Whole):
        super().__init__(f"table {table}: the rows {rows.tolist()} cannot carry the columns {columns.tolist()}")
        self.table, self.rows, self.columns = table, rows, columns


def controlled(rows: ArrayLike, columns: ArrayLike, first: ArrayLike = (0,), seeds: ArrayLike | None = None) -> Whole:
    """The tables under each other, one row each of `rows`: whole cells with both margins.

    `columns` has one row a table, `first` the row each table begins with; none is empty. `seeds` (a row each of `rows`,
    none negative): cells with 0 stay 0, the others are fitted in proportion; level seeds are no seeds. All margins of a
    table have one sign. Raises ValueError where rows and columns of a table differ in sum or sign, Unfillable where the
    zeros of the seeds forbid every table.
    """
    sums, totals, starts = np.asarray(rows, np.int64), np.asarray(columns, np.int64), np.asarray(first)
    table = segments(starts, len(sums))
    sign = _sign(sums, totals, starts, table)
    sums, totals = np.abs(sums), np.abs(totals)
    down, rest = _product(sums, totals, table)
    if seeds is not None:
        _fit(down, rest, np.asarray(seeds, np.float64), sums, totals, table)
    value = _by_rows(down, rest, sums)
    over = np.add.reduceat(value, starts) - totals
    _pass_on(value, down, rest, over, starts, table)
    for left in np.flatnonzero(over.any(axis=1)):
        span = slice(starts[left], [*starts, len(sums)][left + 1])
        _repair(value[span], down[span], rest[span], over[left], int(left), int(starts[left]))
    return value * sign[table, None]


def _sign(sums: Whole, totals: Whole, starts: Whole, table: Whole) -> Whole:
    """1 or −1 for each table; all its margins have that sign, and agree."""
    whole = np.add.reduceat(sums, starts)
    sign = np.where(whole < 0, -1, 1)
    if (whole != totals.sum(axis=1)).any():
        raise ValueError("the rows and the columns of a table must have one sum")
    if (sums * sign[table] < 0).any() or (totals * sign[:, None] < 0).any():
        raise ValueError("the margins of a table must have one sign")
    return sign


def _product(sums: Whole, totals: Whole, table: Whole) -> tuple[Whole, Real]:
    """row × column ÷ total of every cell: whole part and remainder, a share of one unit; exact."""
    wide, whole = totals.shape[1], totals.sum(axis=1)[table]
    down, left = quotients(np.repeat(sums, wide), totals[table].ravel(), np.repeat(whole, wide))
    return np.array(down).reshape(-1, wide), left.reshape(-1, wide) / np.maximum(1, whole)[:, None]


def _fit(down: Whole, rest: Real, seeds: Real, sums: Whole, totals: Whole, table: Whole) -> None:
    """Put the proportional fit of the seeds into the tables whose seeds are not level."""
    uneven = np.bincount(table, (seeds != seeds[:, :1]).any(axis=1)) > 0
    mine = uneven[table]
    if not mine.any():
        return
    place = np.cumsum(uneven)[table[mine]] - 1
    goal = totals[uneven]
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    cells, factors = seeds[mine], goal.astype(float)
    for _ in range(ROUNDS):
        shares = cells * factors[place]
        fitted = shares * _ratio(sums[mine], shares.sum(axis=1))[:, None]
        found = np.add.reduceat(fitted, starts)
        if (np.abs(found - goal) <= np.maximum(CLOSE, FINE * goal.sum(axis=1, keepdims=True))).all():
            break
        factors *= _ratio(goal, found)
    down[mine] = fitted
    rest[mine] = fitted - down[mine]


def _ratio(above: NDArray[Any], below: Real) -> Real:
    """above ÷ below; 0 where nothing is below."""
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)


def _by_rows(down: Whole, rest: Real, sums: Whole) -> Whole:
    """Every row by largest remainder; what a rounded fit leaves open goes to the row's greatest cell."""
    open_units = sums - down.sum(axis=1)
    order = np.argsort(-rest, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(rest.shape[1])[None, :], axis=1)
    value = down + ((rank < open_units[:, None]) & (rest > 0))
    value[np.arange(len(sums)), (down + rest).argmax(axis=1)] += sums - value.sum(axis=1)
    return value


def _pass_on(value: Whole, down: Whole, rest: Real, over: Whole, starts: Whole, table: Whole) -> None:
    """Units from columns that hold too much straight to columns that lack some, all tables at once."""
    wide = over.shape[1]
    for a, b in ((a, b) for a in range(wide) for b in range(wide) if a != b):
        asked = np.minimum(over[:, a], -over[:, b])
        rows = np.flatnonzero((asked > 0)[table])
        rows = rows[(value[rows, a] > down[rows, a]) & (value[rows, b] == down[rows, b]) & (rest[rows, b] > 0)]
        if len(rows):
            rows = rows[np.lexsort((rest[rows, a] - rest[rows, b], table[rows]))]
            mine = table[rows]
            rows = rows[np.arange(len(rows)) - np.searchsorted(mine, mine) < asked[mine]]
            value[rows, a] -= 1
            value[rows, b] += 1
            moved = np.bincount(table[rows], minlength=len(over))
            over[:, a] -= moved
            over[:, b] += moved


def _repair(value: Whole, down: Whole, rest: Real, over: Whole, table: int, first: int) -> None:
    """Units of one table over columns between, within one unit of the exact cells as long as that goes.

    Where a fit did not come near enough to its margins, cells may then move further, but never one without seed.
    """
    up = down + (rest > 0)
    for low, high in ((down, up), (np.zeros_like(down), np.where(up > 0, FREE, 0))):
        while over.any():
            way = _way(value > low, value < high, rest, over)
            if not way:
                break
            units = min(over[way[0][1]], -over[way[-1][2]])
            units = min([units, *(min(value[i, a] - low[i, a], high[i, b] - value[i, b]) for i, a, b in way)])
            for i, a, b in way:
                value[i, a] -= units
                value[i, b] += units
            over[way[0][1]] -= units
            over[way[-1][2]] += units
    if over.any():
        raise _unfillable(value, up > 0, over, table, first)


def _way(give: Cells, take: Cells, rest: Real, over: Whole) -> list[tuple[int, int, int]]:
    """The shortest way from a column that holds too much to one that lacks some: (row, from, to) by step; or none."""
    linked = give.T.astype(np.int64) @ take > 0
    before: dict[int, int | None] = dict.fromkeys(np.flatnonzero(over > 0).tolist())
    queue = list(before)
    for here in queue:
        for other in np.flatnonzero(linked[here]).tolist():
            if other not in before:
                before[other] = here
                queue.append(other)
    b: int | None = next((column for column in queue if over[column] < 0), None)
    way: list[tuple[int, int, int]] = []
    while b is not None and (a := before[b]) is not None:
        rows = np.flatnonzero(give[:, a] & take[:, b])
        way.insert(0, (int(rows[np.argmin(rest[rows, a] - rest[rows, b])]), a, b))
        b = a
    return way


def _unfillable(value: Whole, may: Cells, over: Whole, table: int, first: int) -> Unfillable:
    """Columns that nothing more can reach, and the rows that may stand there: all they have is there already."""
    linked = (value > 0).T.astype(np.int64) @ may > 0
    reached = over > 0
    while (more := reached | linked[reached].any(axis=0)).sum() > reached.sum():
        reached = more
    short = ~reached
    return Unfillable(table, first + np.flatnonzero(may[:, short].any(axis=1)), np.flatnonzero(short))
