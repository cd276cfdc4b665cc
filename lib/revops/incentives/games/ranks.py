"""Ranks, improvement, streaks and scores by head. Ranked is attainment, never money, so a large territory has no start.

>>> competition_ranks([130, 124, 124, 117])
[1, 2, 2, 4]
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from revops.money import split


def competition_ranks(values: Sequence[Any]) -> list[int]:
    """The rank of each value, highest first; equals share a rank and the next ranks are left out."""
    place: dict[Any, int] = {}
    for position, value in enumerate(sorted(values, reverse=True), start=1):
        place.setdefault(value, position)
    return [place[value] for value in values]


def improvement(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """How much better than before, as a share of before; None without something above 0 before.

    >>> improvement(Fraction(130), Fraction(100)), improvement(Fraction(1), Fraction(0))
    (Fraction(3, 10), None)
    """
    return None if now is None or before is None or before <= 0 else (now - before) / before


def streak(months: Sequence[bool | None]) -> tuple[int, int]:
    """(current, best) row of reached months, oldest first; a month of leave (None) neither counts nor breaks.

    >>> streak([True, True, False, True, True, True]), streak([True, None, True])
    ((3, 3), (2, 2))
    """
    current = best = 0
    for reached in months:
        if reached is not None:
            current = current + 1 if reached else 0
            best = max(best, current)
    return current, best


def per_head(total: int, people: int) -> Fraction | None:
    """A team's score: its total by head, so that small teams can win. None without people.

    >>> per_head(500_000, 5) < per_head(240_000, 2)
    True
    """
    return Fraction(total, people) if people else None


def prizes(pot: int, places: Sequence[int], standing: Sequence[tuple[Any, Any]]) -> list[int]:
    """What each of `standing`, pairs of (score, day on which it was reached), wins of a pot.

    Places go by score, then by who got there first; equals in both share the prizes of their places evenly, rounded
    down. Who has no score above 0 wins nothing; what nobody wins stays in the pot.

    >>> prizes(20_000, [50, 30, 20], [(9, 1), (8, 1), (7, 1), (6, 1)])
    [10000, 6000, 4000, 0]
    >>> prizes(20_000, [50, 30, 20], [(9, 5), (9, 2), (7, 3), (7, 3)])
    [6000, 10000, 2000, 2000]
    """
    amounts = split(pot, places)
    order = sorted(range(len(standing)), key=lambda i: (-standing[i][0], standing[i][1]))
    won, place = [0] * len(standing), 0
    for (score, _), group in groupby(order, key=lambda i: standing[i]):
        equals = list(group)
        for i in equals if score > 0 else []:
            won[i] = sum(amounts[place : place + len(equals)]) // len(equals)
        place += len(equals)
    return won
