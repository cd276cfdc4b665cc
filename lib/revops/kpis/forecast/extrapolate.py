"""Ways to carry monthly series forward, from the plainest to those that must beat them: one row a series.

Each method takes a `Past` (series × months known) and a horizon and gives series × horizon. Baselines are naive, drift,
seasonal naive and seasonal naive × growth; `aligned`, `damped` and `theta` are ours. Methods with a season need two
whole years: with less, nobody can tell a season from a trend.

Feasts that move, such as Tết, come as factors of months (`Past.feasts`): our methods free the months of them before
they look for a season, and put those of the months to come back in.

>>> past = Past.of([[100, 110, 120]], date(2026, 1, 1))
>>> naive(past, 2).tolist(), drift(past, 2).tolist()
([[120.0, 120.0]], [[130.0, 140.0]])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revops.periods import add_months

Matrix = NDArray[Any]
YEAR = 12
ENOUGH = 2 * YEAR  # months without which no season is claimed
DAMPING = (0.8, 0.9, 0.98)
LEVELS = (0.1, 0.3, 0.5, 0.8)
TRENDS = (0.05, 0.2)


@dataclass(frozen=True)
class Past:
    """Series × months, the first month's first day, and what moving feasts make of each month.

    `feasts(first day not known)` gives one factor a month from the first one on, as far as it was known then; months
    beyond have the factor 1.
    """

    values: Matrix
    first: date
    feasts: Callable[[date], Sequence[float]] = lambda known_to: ()

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], first: date) -> "Past":
        """From whole numbers, without moving feasts."""
        return cls(np.asarray(rows, dtype=float), first)

    @property
    def length(self) -> int:
        """Months known."""
        return int(self.values.shape[1])

    def until(self, months: int) -> "Past":
        """What was known when only the first `months` months had passed."""
        return Past(self.values[:, :months], self.first, self.feasts)

    def month(self, place: int) -> date:
        """The month at a place, also beyond what is known."""
        return add_months(self.first, place)

    def calendar(self, months: int) -> Matrix:
        """The factors of the first `months` months."""
        factors = np.ones(months)
        told = list(self.feasts(self.month(self.length)))[:months]
        factors[: len(told)] = told
        return factors


def naive(past: Past, horizon: int) -> Matrix:
    """The last month, again and again."""
    return np.repeat(past.values[:, -1:], horizon, axis=1)


def drift(past: Past, horizon: int) -> Matrix:
    """The straight line through the first and the last month."""
    slope = (past.values[:, -1] - past.values[:, 0]) / max(1, past.length - 1)
    return past.values[:, -1:] + slope[:, None] * np.arange(1, horizon + 1)


def seasonal(past: Past, horizon: int) -> Matrix:
    """The same month of the last known year."""
    return past.values[:, [past.length - YEAR + step % YEAR for step in range(horizon)]]


def seasonal_growth(past: Past, horizon: int) -> Matrix:
    """The same month of the last known year × the last twelve months ÷ the twelve before them.

    >>> flat = [100] * 12 + [110] * 12
    >>> seasonal_growth(Past.of([flat], date(2024, 1, 1)), 1).round(6).tolist()
    [[121.0]]
    """
    now, before = past.values[:, -YEAR:].sum(axis=1), past.values[:, -2 * YEAR : -YEAR].sum(axis=1)
    return seasonal(past, horizon) * _ratio(now, before)[:, None]


def aligned(past: Past, horizon: int) -> Matrix:
    """Seasonal naive × growth of the series freed of moving feasts, which come back with the months ahead."""
    factors = past.calendar(past.length + horizon)
    free = Past(past.values / factors[: past.length], past.first)
    return seasonal_growth(free, horizon) * factors[past.length :]


def damped(past: Past, horizon: int) -> Matrix:
    """Level and fading trend of the series freed of its season, put back into the season.

    Smoothing and damping are the ones of a small grid with the least squared error one month ahead.
    """
    season, ahead = seasons(past, horizon)
    flat = past.values / season
    tries = [(alpha, beta, phi) for alpha in LEVELS for beta in TRENDS for phi in DAMPING]
    return _smooth(flat, tries, horizon) * ahead


def theta(past: Past, horizon: int) -> Matrix:
    """Exponential smoothing with half the slope of the straight line through all months, in the season.

    The theta method in the form of Hyndman and Billah (2003), for series that multiply by their season.
    """
    season, ahead = seasons(past, horizon)
    flat = past.values / season
    steps = np.arange(past.length) - (past.length - 1) / 2
    slope = (flat * steps).sum(axis=1) / (steps**2).sum() / 2
    smoothed = _smooth(flat, [(alpha, 0.0, 0.0) for alpha in LEVELS], horizon)
    return (smoothed + slope[:, None] * np.arange(1, horizon + 1)) * ahead


METHODS: dict[str, Callable[[Past, int], Matrix]] = {
    "naive": naive,
    "drift": drift,
    "seasonal": seasonal,
    "seasonal_growth": seasonal_growth,
    "aligned": aligned,
    "damped": damped,
    "theta": theta,
}


def usable(length: int) -> list[str]:
    """The methods that a history of so many months allows: without two years no season is claimed.

    >>> usable(1), usable(23), len(usable(24))
    (['naive'], ['naive', 'drift'], 7)
    """
    if length >= ENOUGH:
        return list(METHODS)
    return ["naive", "drift"] if length > 1 else ["naive"]


def carry(past: Past, name: str, horizon: int) -> Matrix:
    """One method's values, never below 0 where the series never was."""
    floor = np.where(past.values.min(axis=1) >= 0, 0.0, -np.inf)
    return np.maximum(METHODS[name](past, horizon), floor[:, None])


def seasons(past: Past, horizon: int) -> tuple[Matrix, Matrix]:
    """What each known month, and each of the horizon, is of an average one: series × months, mean 1 over a year."""
    factors = past.calendar(past.length + horizon)
    values = past.values / factors[: past.length]
    trend = _trend(values)
    share = np.where(trend > 0, values / np.where(trend > 0, trend, 1), np.nan)
    months = np.array([past.month(place).month for place in range(past.length + horizon)])
    index = np.ones((len(past.values), YEAR + 1))
    for month in range(1, YEAR + 1):
        known = share[:, months[: past.length] == month]
        count = (~np.isnan(known)).sum(axis=1)
        index[:, month] = np.where(count > 0, np.nansum(known, axis=1) / np.maximum(count, 1), 1)
    index = np.maximum(index / np.maximum(index[:, 1:].mean(axis=1, keepdims=True), 1e-9), 1e-3)
    found = index[:, months]
    found = found * factors
    return found[:, : past.length], found[:, past.length :]


def _trend(values: Matrix) -> Matrix:
    """The straight line of least squares through each series."""
    steps = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    slope = (values * steps).sum(axis=1, keepdims=True) / (steps**2).sum()
    return values.mean(axis=1, keepdims=True) + slope * steps


def _smooth(flat: Matrix, tries: Sequence[tuple[float, float, float]], horizon: int) -> Matrix:
    """The values ahead by Holt's smoothing with a fading trend: of all tries, each series' best one month ahead.

    A try is (alpha, beta, phi): how fast the level and the trend follow, and what is left of the trend each month. The
    best has the least squared error, the first of equals.
    """
    alpha, beta, phi = (np.array(part)[:, None] for part in zip(*tries, strict=True))
    level = np.repeat(flat[None, :, 0], len(tries), axis=0)
    trend, error = np.zeros_like(level), np.zeros_like(level)
    for place in range(1, flat.shape[1]):
        told = level + phi * trend
        missed = flat[:, place] - told
        error += missed**2
        trend = phi * trend + beta * alpha * missed
        level = told + alpha * missed
    best, every = error.argmin(axis=0), np.arange(flat.shape[0])
    fading = np.cumsum(phi ** np.arange(1, horizon + 1), axis=1)[best]
    return level[best, every][:, None] + trend[best, every][:, None] * fading


def _ratio(over: Matrix, under: Matrix, otherwise: float = 1.0) -> Matrix:
    """Elementwise quotient; `otherwise` where there is nothing to divide by."""
    return np.where(under > 0, over / np.where(under > 0, under, 1), otherwise)
