"""Amounts split over weights, many at once: whole parts that sum exactly, each within one unit of its exact share.

A *segment* is a run of rows that share one amount: rows `starts[k]` up to `starts[k + 1]` are the children of
`amounts[k]`. Everything is a 64-bit whole number; weights too large for that come as an array of Python integers
(dtype object) and are computed as such. Nothing is ever a binary float.

>>> apportion([100, -100], [1, 1, 1, 3, 1], starts=[0, 3]).tolist()
[34, 33, 33, -75, -25]
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Weights: TypeAlias = NDArray[Any]  # 64-bit, or Python integers (dtype object)


def apportion(amounts: ArrayLike, weights: Sequence[int] | Weights, starts: ArrayLike) -> Whole:
    """One part for each weight, the parts of a segment summing to its amount: largest remainder.

    The same parts as `money.split` of each segment by position: ties go to the first row, and the parts of −a are
    those of a with the other sign. Weights are not negative. Raises ValueError where an amount other than 0 meets
    weights that are all zero.
    """
    whole, weight, start = np.asarray(amounts, np.int64), whole_weights(weights), np.asarray(starts, np.int64)
    segment = segments(start, len(weight))
    totals = sums(weight, start)
    if np.any((totals == 0) & (whole != 0)):
        raise ValueError("cannot split an amount over weights that are all zero")
    size = np.abs(whole)
    if size.min(initial=0) < 0:
        raise OverflowError(f"{whole.min()} has no opposite in 64 bits")
    floors, rests = quotients(size[segment], weight, totals[segment])
    return np.sign(whole)[segment] * round_up(floors, rests, size, start)


def whole_weights(weights: Sequence[int] | Weights) -> Weights:
    """Weights as 64-bit numbers where their sum fits, else as Python integers; negative ones are refused.

    >>> whole_weights([1, 2]).dtype, whole_weights([1, 2**62, 2**62]).dtype
    (dtype('int64'), dtype('O'))
    """
    array = weights if isinstance(weights, np.ndarray) else np.array(weights, dtype=object)
    if len(array) and array.min() < 0:
        raise ValueError("split weights must not be negative")
    fits = not len(array) or int(array.max()) * len(array) < 2**62 or sum(array.tolist()) < 2**62
    return array.astype(np.int64 if fits else object)


def segments(starts: Whole, rows: int) -> Whole:
    """The segment of each row.

    >>> segments(np.array([0, 2]), 5).tolist()
    [0, 0, 1, 1, 1]
    """
    return np.repeat(np.arange(len(starts)), np.diff(starts, append=rows))


def sums(values: Weights, starts: Whole) -> Weights:
    """The sum of each segment; no segment is empty."""
    return np.add.reduceat(values, starts) if len(starts) else values[:0]


def quotients(amounts: Whole, weights: Weights, totals: Weights) -> tuple[Whole, Weights]:
    """floor(amount × weight ÷ total) and the remainder of that division, row by row, exact at any size.

    Nothing is negative; a total of 0 gives 0. Where 64 bits hold the products they are divided. Up to quotients of 2⁵⁰
    and totals of 2⁶¹ a floating quotient is at most one off, which the remainder tells: it is exact, being computed
    modulo 2⁶⁴. Beyond, Python's integers are taken.

    >>> [part.tolist() for part in quotients(np.array([2**62, 10]), np.array([2**61, 1]), np.array([2**61, 3]))]
    [[4611686018427387904, 3], [0, 1]]
    """
    if not len(amounts):
        return amounts, weights
    totals = np.where(totals == 0, 1, totals)
    if weights.dtype == object or int(amounts.max()) * int(weights.max()) < 2**63:
        return _divided(amounts * weights, totals)
    near = amounts * (weights / totals)
    if near.max() >= 2**50 or totals.max() >= 2**61:
        return _divided(amounts.astype(object) * weights, totals)
    floors = near.astype(np.int64)
    rests = amounts * weights - floors * totals
    off = (rests >= totals).astype(np.int64) - (rests < 0)
    return floors + off, rests - off * totals


def _divided(products: Weights, totals: Weights) -> tuple[Whole, Weights]:
    floors = products // totals
    return floors.astype(np.int64), products - floors * totals


def round_up(
    floors: Whole,
    rests: Weights,
    amounts: Whole,
    starts: Whole,
    step: int | Whole = 1,
    bounds: tuple[Whole, Whole] | None = None,
) -> Whole:
    """Exact shares (`floors` and, below one unit, `rests` over one total a segment) as whole parts that sum to amounts.

    Each share is cut to a multiple of `step`, then the largest remainders are raised to the next multiple until the
    amount is used up; ties go to the first row. What no whole step divides (the odd part) goes to the row that is
    next in that order. A row stays inside its `bounds`, before it is a multiple of `step`.

    >>> round_up(np.array([33, 33, 34]), np.zeros(3, int), np.array([100]), np.array([0]), step=10).tolist()
    [30, 30, 40]
    >>> round_up(np.array([33, 33, 39]), np.zeros(3, int), np.array([105]), np.array([0]), step=10).tolist()
    [35, 30, 40]
    """
    low = floors - floors % step
    high = low + step
    if bounds:
        low, high = np.maximum(low, bounds[0]), np.minimum(high, bounds[1])
    segment = segments(starts, len(floors))
    order = _order(rests, low - floors, starts, segment)
    room = (high - low)[order]
    before = np.cumsum(room) - room
    left = (amounts - sums(low, starts)) + before[starts]
    low[order] += np.clip(left[segment] - before, 0, room)
    return low


def _order(rests: Weights, below: Whole, starts: Whole, segment: Whole) -> Whole:
    """Rows by segment, then furthest below their share (`below` is not above 0), then as they stand.

    One number a row is sorted where 64 bits hold segment, remainder and place; the same order by three keys otherwise.
    """
    if rests.dtype == object:
        rests = np.unique(rests, return_inverse=True)[1]
    place = np.arange(len(rests)) - starts[segment]
    most = int(rests.max(initial=0))
    wide, deep = most.bit_length(), int(place.max(initial=0)).bit_length()
    if below.any() or len(starts).bit_length() + wide + deep > 63:
        return np.lexsort((-rests, below, segment))
    return np.argsort((((segment << wide) + most - rests) << deep) + place)
