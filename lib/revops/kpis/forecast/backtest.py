"""How good forecasts would have been: made anew at the end of every past month, from what was known then.

A rolling origin repeats the whole procedure, the choice of a method for each series included, so that accuracy is that
of the forecasts people would have seen. A method is chosen where its errors so far are less than those of the seasonal
naive; with less than two years of months the plain naive is what must be beaten, and no season is claimed.

WAPE = Σ|F − A| ÷ Σ|A|, bias = Σ(F − A) ÷ ΣA, MASE = mean |F − A| ÷ mean error of the seasonal naive before:

>>> a, f = [100, 0, 50], [110, 10, 40]
>>> wape(a, f).value, round(bias(a, f).value, 3), wape([0, 0], [1, 2]).reason
(0.2, 0.067, 'no_cases')
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from revops.kpis.forecast.extrapolate import ENOUGH, METHODS, YEAR, Matrix, Past, carry, usable
from revops.kpis.measure import Value, ratio

MOST = 24  # origins looked back on
FEW = 3  # forecasts whose month has come without which no method is chosen by its errors
FEWEST = 8  # errors without which no interval is drawn
NAMES = list(METHODS)
COVERS = 0.8


def wape(actual: Sequence[int], forecast: Sequence[int]) -> Value:
    """Σ|F − A| ÷ Σ|A|; undefined where nothing happened. Accuracy is 1 − WAPE and may be below 0."""
    return ratio(sum(abs(f - a) for a, f in zip(actual, forecast, strict=True)), sum(map(abs, actual)))


def bias(actual: Sequence[int], forecast: Sequence[int]) -> Value:
    """Σ(F − A) ÷ ΣA: above 0, too much was expected."""
    return ratio(sum(forecast) - sum(actual), sum(actual))


def mase(errors: Sequence[float], past: Sequence[int]) -> Value:
    """Mean |F − A| ÷ mean |month − same month a year before| of the past; undefined with no year to compare, or 0.

    >>> mase([10, 10], [100] * 12 + [120] * 12).value, mase([10], [100] * 12).reason
    (0.5, 'no_history')
    """
    steps = [abs(now - before) for before, now in zip(past, past[YEAR:], strict=False)]
    if not steps:
        return Value(None, reason="no_history")
    if not errors or sum(steps) == 0:
        return Value(None, reason="no_cases")
    return Value((sum(map(abs, errors)) / len(errors)) / (sum(steps) / len(steps)))


@dataclass(frozen=True)
class Trial:
    """Forecasts of series at every origin by every method, and which one is in use.

    `origins` are the months known at each; the last is today's. `tried` is method × origin × series × lead, `came` what
    followed (nan: not yet), `chosen` the place of the method in use: origin × series.
    """

    past: Past
    origins: list[int]
    tried: Matrix
    came: Matrix
    chosen: Matrix

    @cached_property
    def told(self) -> Matrix:
        """What was told at each origin by the method then in use: origin × series × lead."""
        return np.take_along_axis(self.tried, self.chosen[None, :, :, None], axis=0)[0]

    def method(self, series: int) -> str:
        """The method in use today."""
        return NAMES[self.chosen[-1, series]]

    def width(self, series: int, lead: int, *, months: int = 1, origin: int = -1) -> float | None:
        """The relative half-width of the interval for the month `lead` months ahead, or for the sum of the `months` up
        to it, from the errors that the method in use had at the origins before; None with too few.
        """
        known = self.origins[origin]
        before = [place for place, other in enumerate(self.origins) if other + lead <= known]
        told = self.tried[self.chosen[origin, series], before, series, lead - months : lead].sum(axis=1)
        return half_width(told, self.came[before, series, lead - months : lead].sum(axis=1))

    def coverage(self, series: int, lead: int) -> tuple[int, int]:
        """(hits, cases): how often what came lay inside the interval that was drawn at its origin."""
        hits = cases = 0
        for origin, known in enumerate(self.origins):
            half = self.width(series, lead, origin=origin)
            told, came = self.told[origin, series, lead - 1], self.came[origin, series, lead - 1]
            if half is not None and known + lead <= self.past.length:
                cases += 1
                hits += bool(abs(came - told) <= half * told)
        return hits, cases


def rolling(past: Past, horizon: int, most: int = MOST) -> Trial:
    """Every method at the last origins, each with what was known at its time, and the choice of one for each series."""
    least = ENOUGH if past.length > ENOUGH else max(1, past.length // 2)
    origins = list(range(max(least, past.length - most), past.length + 1))
    tried = np.full((len(NAMES), len(origins), len(past.values), horizon), np.nan)
    came = np.full(tried.shape[1:], np.nan)
    for place, known in enumerate(origins):
        for name in usable(known):
            tried[NAMES.index(name), place] = carry(past.until(known), name, horizon)
        later = past.values[:, known : known + horizon]
        came[place, :, : later.shape[1]] = later
    return Trial(past, origins, tried, came, choose(past, origins, tried, came))


def choose(past: Past, origins: Sequence[int], tried: Matrix, came: Matrix) -> Matrix:
    """The place of the method in use at each origin, for each series: origin × series.

    It is the one with the least Σ|F − A| over all forecasts whose month had come by then, if that is less than the
    baseline's; the baseline where none is or fewer than FEW have come. Where moving feasts are known, last year ×
    growth is no candidate as it stands: its aligned twin is.
    """
    error = np.abs(tried - came)
    leads = np.arange(1, error.shape[3] + 1)
    chosen = np.zeros(error.shape[1:3], dtype=int)
    for place, known in enumerate(origins):
        names = usable(known)
        base = NAMES.index("seasonal" if "seasonal" in names else "naive")
        judged = (np.asarray(origins)[:, None] + leads <= known)[None, :, None, :] & ~np.isnan(error[base])
        sums = np.where(judged, error, 0).sum(axis=(1, 3))
        blind = {"seasonal_growth"} if (past.until(known).calendar(known) != 1).any() else set()
        sums[[index for index, name in enumerate(NAMES) if name not in names or name in blind]] = np.inf
        best = np.nan_to_num(sums, nan=np.inf).argmin(axis=0)
        beats = sums[best, np.arange(sums.shape[1])] < sums[base]
        chosen[place] = np.where(beats & (judged.sum(axis=(0, 1, 3)) >= FEW), best, base)
    return chosen


def half_width(told: Matrix, came: Matrix) -> float | None:
    """The relative half-width that COVERS of past errors stay within, by the rule for new cases; None with too few.

    The share is taken of n + 1, so that a new error stays inside with the chance that is claimed.

    >>> told, came = np.full(9, 100.0), np.array([100.0, 101, 98, 103, 96, 105, 94, 107, 92])
    >>> round(half_width(told, came), 2), half_width(told[:7], came[:7])
    (0.07, None)
    """
    known = ~np.isnan(told) & ~np.isnan(came) & (told > 0)
    errors = np.sort(np.abs(came[known] / told[known] - 1))
    if len(errors) < FEWEST:
        return None
    place = int(np.ceil(COVERS * (len(errors) + 1))) - 1
    return float(errors[min(place, len(errors) - 1)])
