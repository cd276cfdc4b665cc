"""What customers without a contract will buy: BG/NBD for how often, Gamma-Gamma for how much.

BG/NBD (Fader, Hardie and Lee 2005): while alive a customer buys at a rate of his own, Gamma(r, alpha) over customers,
and after each purchase leaves for good with a probability of his own, Beta(a, b). What is known of a customer is x, the
days with a repeat purchase, t_x, the age at the last of them, and T, the age at the end, both in weeks since the first
purchase. Gamma-Gamma (Fader and Hardie 2013): the values of a customer's purchases scatter around a mean of his own,
and that mean is independent of how often he buys, which must be checked before it is used.

The fit maximises the likelihood in the logarithms of the parameters, from three starts by L-BFGS and then once by
Nelder–Mead; no chance is in it, so the same rows give the same parameters.
"""

import os
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

# Read when scipy is loaded: on vectors so short, threads of linear algebra only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

Vector = Any
STARTS = (0.0, -1.0, 1.0)  # logarithms of the parameters
LARGEST = 8.0  # e to it is 3,000: beyond it customers no longer differ in what the parameters tell


@dataclass(frozen=True)
class Buying:
    """Parameters of BG/NBD in weeks, and the log-likelihood they reach."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected(self, weeks: Vector) -> Vector:
        """Repeat purchases of a new customer in so many weeks."""
        from scipy.special import hyp2f1

        r, alpha, a, b, _ = astuple(self)
        t = np.asarray(weeks, float)
        part = (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
        return (a + b - 1) / (a - 1) * (1 - part)

    def expected_of(self, x: Vector, t_x: Vector, age: Vector, weeks: float) -> Vector:
        """Purchases in the next weeks of a customer of whom x, t_x and the age are known."""
        from scipy.special import hyp2f1

        r, alpha, a, b, _ = astuple(self)
        z = weeks / (alpha + age + weeks)
        part = ((alpha + age) / (alpha + age + weeks)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
        return (a + b + x - 1) / (a - 1) * (1 - part) * self._alive(x, t_x, age)

    def alive(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        """The probability that a customer will still buy; not a number where x is 0, for the model calls it 1 there."""
        return np.where(np.asarray(x) > 0, self._alive(x, t_x, age), np.nan)

    def _alive(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        r, alpha, a, b, _ = astuple(self)
        x = np.asarray(x, float)
        gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * (np.log(alpha + age) - np.log(alpha + t_x))
        return np.where(x > 0, 1 / (1 + np.exp(np.where(x > 0, gone, 0.0))), 1.0)


@dataclass(frozen=True)
class Spending:
    """Parameters of Gamma-Gamma in the unit of the values, and the log-likelihood they reach."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    def expected_of(self, x: Vector, mean: Vector) -> Vector:
        """The mean value of a customer's purchases to come: his own drawn to that of all the less he bought.

        Where x is 0 it is that of all customers, p × gamma ÷ (q − 1); not a number where q is 1 or less.
        """
        weight = self.p * np.asarray(x, float)
        under = weight + self.q - 1
        value = self.p * (self.gamma + np.asarray(x) * np.where(np.asarray(x) > 0, mean, 0.0)) / under
        return np.where(under > 0, value, np.nan)


def fit_buying(x: Vector, t_x: Vector, age: Vector) -> Buying:
    """The BG/NBD parameters of greatest likelihood; equal customers are counted together."""
    from scipy.special import betaln, gammaln, psi

    rows, weight = np.unique(np.column_stack([x, t_x, age]).astype(float), axis=0, return_counts=True)
    x, t_x, age = rows.T
    counts, at = np.unique(x, return_inverse=True)
    again = x > 0

    def loss(logs: Vector) -> tuple[float, Vector]:
        r, alpha, a, b = np.exp(logs)
        before = np.maximum(b + counts - 1, 1e-300)
        base = gammaln(r + counts) - gammaln(r) + r * np.log(alpha) + betaln(a, b + counts) - betaln(a, b)
        log_age, log_last = np.log(alpha + age), np.log(alpha + t_x)
        stays = -(r + x) * log_age
        left = np.where(again, np.log(a) - np.log(before)[at] - (r + x) * log_last, -np.inf)
        both = np.logaddexp(stays, left)
        here = np.exp(stays - both)  # the share of the likelihood in which the customer is still alive
        gone = 1 - here
        slopes = (
            (psi(r + counts) - psi(r))[at] + np.log(alpha) - here * log_age - gone * log_last,
            r / alpha - (r + x) * (here / (alpha + age) + gone / (alpha + t_x)),
            (psi(a + b) - psi(a + b + counts))[at] + gone / a,
            (psi(b + counts) - psi(a + b + counts) - psi(b) + psi(a + b))[at] - gone / before[at],
        )
        slope = np.array([weight @ one for one in slopes]) * np.exp(logs)
        return -float(weight @ (base[at] + both)), -slope

    logs, value = _least(loss, 4)
    r, alpha, a, b = map(float, np.exp(logs))
    return Buying(r, alpha, a, b, -value)


def fit_spending(x: Vector, mean: Vector) -> Spending:
    """The Gamma-Gamma parameters of greatest likelihood, over customers with a repeat purchase and a value above 0."""
    from scipy.special import gammaln, psi

    used = (np.asarray(x) > 0) & (np.asarray(mean) > 0)
    x, mean = np.asarray(x, float)[used], np.asarray(mean, float)[used]
    middle = float(np.median(mean))
    z = mean / middle  # near 1, so that starts and steps fit any currency

    def loss(logs: Vector) -> tuple[float, Vector]:
        p, q, gamma = np.exp(logs)
        px, pool = p * x, gamma + x * z
        total = (gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma) + (px - 1) * np.log(z)
                 + px * np.log(x) - (px + q) * np.log(pool))  # fmt: skip
        both = psi(px + q) - np.log(pool)
        slopes = (
            x * (both - psi(px) + np.log(z) + np.log(x)),
            both - psi(q) + np.log(gamma),
            q / gamma - (px + q) / pool,
        )
        return -float(total.sum()), -np.array([one.sum() for one in slopes]) * np.exp(logs)

    logs, value = _least(loss, 3)
    p, q, gamma = np.exp(logs)
    return Spending(float(p), float(q), float(gamma) * middle, -value - len(z) * float(np.log(middle)))


def _least(loss: Callable[[Vector], tuple[float, Vector]], count: int) -> tuple[Vector, float]:
    """Where a function of so many logarithms, which gives its slope too, is least: L-BFGS from each start, then
    Nelder–Mead from the best.
    """
    from scipy.optimize import minimize

    bounds, exact = [(-LARGEST, LARGEST)] * count, {"ftol": 1e-13, "gtol": 1e-7}
    starts = [np.full(count, start) for start in STARTS]
    found = [minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=exact) for start in starts]
    best = min(found, key=lambda one: one.fun)
    near = best.x + np.vstack([np.zeros(count), 0.01 * np.eye(count)])
    last = minimize(lambda logs: loss(logs)[0], best.x, method="Nelder-Mead", bounds=bounds,
                    options={"initial_simplex": near, "xatol": 1e-4, "fatol": 1e-6})  # fmt: skip
    return (last.x, float(last.fun)) if last.fun < best.fun else (best.x, float(best.fun))
