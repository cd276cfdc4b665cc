"""What is usual, and what lies outside of it: robust control limits, a seasonal baseline, a break that lasts.

A residual is the logarithm of actual ÷ expected. The limits are median ± 3 × 1.4826 × MAD of the residuals of the past,
median and MAD being those of Gauss's curve; of a short past both are known badly, so the limits widen by
1 + 8 ÷ (n − 4), which keeps false alarms at 0.27 % per look from eight periods on (a simulation in the tests holds it).

>>> past = [0.02, -0.01, 0.03, 0.0, -0.02, 0.01, 0.02, -0.03, 0.01, 0.0, -0.01, 0.02]
>>> is_outside(-0.20, past), is_outside(-0.05, past), is_outside(-0.20, past[:7])
(True, False, None)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from revops.holidays import calendar, days_to_tet
from revops.kpis.spans import Span

LEAST = 8  # fewer periods of the past tell no limits
FALSE_ALARMS = 0.0027  # share of looks at a usual value that fall outside three spreads
WINDOW = 12  # known periods that tell what is usual
LONGEST = 6  # periods that a break is followed back
RECENT = 6  # periods whose growth over their own season is carried on
TET_SHIFT = 3  # days around Tết that two periods may differ in and still be compared

Series = Sequence[float | None]


def residual(actual: float, expected: float) -> float | None:
    """log(actual ÷ expected); None where there is no such logarithm.

    >>> round(residual(90, 100), 3), residual(0, 100), residual(5, 0)
    (-0.105, None, None)
    """
    return math.log(actual / expected) if actual > 0 and expected > 0 else None


def spread(past: Sequence[float]) -> float:
    """1.4826 × the median distance from the median: the standard deviation of what is not an outlier.

    >>> spread([1.0, 2.0, 3.0, 4.0, 100.0])
    1.4826
    """
    centre = median(past)
    return 1.4826 * median(abs(value - centre) for value in past)


def is_outside(value: float | None, past: Series, *, centre: float | None = None) -> bool | None:
    """Whether a residual lies outside the limits of the past, None where the past is too short to tell.

    `centre` stands for the median where the expected value is a promise, such as a plan. A value without a residual
    (nothing where something was expected) is outside.
    """
    known = [one for one in past if one is not None]
    if len(known) < LEAST:
        return None
    if value is None:
        return True
    middle = median(known) if centre is None else centre
    return abs(value - middle) > 3 * (1 + 8 / (len(known) - 4)) * spread(known)


@dataclass(frozen=True)
class Break:
    """A run of periods up to the last one that all lie on one side of what was usual before it."""

    first: int
    usual: float


def broken(values: Series, least: float, longest: int = LONGEST) -> Break | None:
    """The longest run up to the last value in which each one differs by more than `least` from what was usual before.

    Usual is the median of the last twelve known before the run; the run's mean must lie outside their limits, too. None
    where there is no such run, or too little before it.

    >>> broken([2.6, 2.5, 2.6, 2.7, 2.6, 2.6, 2.5, 2.6, 2.7, 1.9, 1.9], 0.05)
    Break(first=9, usual=2.6)
    """
    found = None
    for first in range(len(values) - 1, max(-1, len(values) - 1 - longest), -1):
        run = values[first:]
        past = [one for one in values[:first] if one][-WINDOW:]
        if len(past) < LEAST or any(one is None for one in run):
            break
        usual = median(past)
        apart = [one / usual - 1 for one in run if one is not None]
        mean = residual(sum(one or 0 for one in run) / len(run), usual)
        one_side = all(one < -least for one in apart) or all(one > least for one in apart)
        if one_side and is_outside(mean, [residual(one, usual) for one in past]):
            found = Break(first, usual)
    return found


def carried(before: Series, rates: Series) -> list[float | None]:
    """What each value was expected to be: that of a season before × the median growth of the six periods before it.

    `rates` are the growths of the whole over its own season, None where a period cannot be compared with the one a
    season before; such a period has no expected value, nor one with fewer than three growths before it.

    >>> carried([100, 100, 100, 100, 200], [1.1, 1.1, 1.2, 1.1, 1.3])
    [None, None, None, 110.00000000000001, 220.00000000000003]
    """
    out: list[float | None] = []
    for i, past in enumerate(before):
        recent = [rate for rate in rates[max(0, i - RECENT) : i] if rate is not None]
        known = past is not None and rates[i] is not None and len(recent) >= RECENT / 2
        out.append(past * median(recent) if known and past is not None else None)
    return out


def comparable(span: Span, past: Span, own: Mapping[str, Sequence[date]]) -> bool:
    """Whether two spans hold the same sale days and as many days of the weeks around Tết.

    >>> comparable((date(2026, 10, 1), date(2026, 11, 1)), (date(2025, 10, 1), date(2025, 11, 1)), {})
    True
    >>> comparable((date(2026, 2, 1), date(2026, 3, 1)), (date(2025, 2, 1), date(2025, 3, 1)), {})
    False
    """
    sales, near = [], []
    for start, end in (span, past):
        days = calendar(start, end, own)
        sales.append(sorted(days.filter(days["kind"].is_in(["sale", "own"]))["event"]))
        near.append(sum(-7 < days_to_tet(date.fromordinal(n)) <= 28 for n in range(start.toordinal(), end.toordinal())))
    return sales[0] == sales[1] and abs(near[0] - near[1]) <= TET_SHIFT
