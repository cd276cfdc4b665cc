"""The top number of a scenario: one for the company, parted exactly over its factors.

The company's number is the method's on the company's own years, rounded once, to the step. Each factor weighs what the
same method gives on its own years (what falls below 0 weighs nothing); a factor whose years do not allow the method
weighs its last year. The market is a sum by itself: each product group × the growth of its market.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from revops.money import rate_units, round_ratio, split
from revops.planning import HowMuch
from revops.problems import InputError, Problem, nearest
from revops.quota.bases import REST, Amounts, Factor
from revops.quota.much import methods
from revops.quota.much.methods import Undefined

Amount = TypeVar("Amount", int, Fraction)
THREE = ("mean", "weighted_mean", "trend", "line", "mean_growth", "total")


@dataclass(frozen=True)
class Known:
    """What a method may read of the company or of one factor; None: not known.

    `years` are the fiscal years that data cover, oldest first, three at most, the last one projected to its end;
    `growth` (billionths) is its market's, the other amounts speak of the year to come.
    """

    years: tuple[int, ...]
    growth: int | None = None
    potential: Fraction | None = None
    forecast: Fraction | None = None
    plans: Fraction | None = None


@dataclass(frozen=True)
class Rates:
    """What a method takes where its scenario names none, in billionths."""

    growth: int
    share_gain: int


def number(part: HowMuch, known: Known, rates: Rates) -> Fraction:
    """The method's exact number. Raises Undefined with the key of the reason where its data are not there."""
    if part.method in THREE:
        return _of_three(part, known.years)
    if part.method == "last_year":
        return methods.last_year(known.years[-1], _rate(part.growth, rates.growth))
    if part.method == "market":
        growth = _had(known.growth, "needs_market")
        return methods.market(known.years[-1], growth, _rate(part.share_gain, rates.share_gain))
    if part.method == "potential":
        return methods.of_potential(_had(known.potential, "needs_potential"), rate_units(part.share))
    return _had(known.forecast, "needs_history") if part.method == "forecast" else _had(known.plans, "needs_plans")


def _of_three(part: HowMuch, years: Sequence[int]) -> Fraction:
    if len(years) < 3:
        raise Undefined("needs_three_years")
    if part.method == "weighted_mean":
        return methods.weighted_mean(years, part.weights)
    plain = {"mean": methods.mean, "trend": methods.trend, "line": methods.line, "mean_growth": methods.mean_growth,
             "total": methods.total}  # fmt: skip
    return plain[part.method](years)


def _rate(own: str | float | None, usual: int) -> int:
    return usual if own is None else rate_units(own)


def _had(value: Amount | None, reason: str) -> Amount:
    if value is None:
        raise Undefined(reason)
    return value


def company_number(parts: Sequence[HowMuch], company: Known, factors: Mapping[Factor, Known], rates: Rates) -> Fraction:
    """The blend of the methods on the company's years; of the market the sum of its factors."""

    def of(part: HowMuch) -> Fraction:
        if part.method == "market":
            return sum((number(part, known, rates) for known in factors.values()), Fraction(0))
        return number(part, company, rates)

    return methods.blended([(of(part), rate_units(part.weight)) for part in parts])


def parted(
    amount: int, parts: Sequence[HowMuch], factors: Mapping[Factor, Known], rates: Rates, step: int,
    own: Mapping[Factor, int] | None = None,
) -> Amounts:  # fmt: skip
    """`amount` over the factors, in steps, summing to it; `own` are those with a number of their own.

    Rows without a factor (REST) are no factor where there are others. Where every factor has its own number the
    company's is their sum. Raises InputError where own numbers leave less than nothing.
    """
    fixed = dict(own or {})
    named = {factor: known for factor, known in factors.items() if REST not in factor} or dict(factors)
    free = sorted(set(named) - set(fixed))
    left = amount - sum(fixed.values())
    if not free:
        return dict(sorted(fixed.items()))
    if left < 0:
        told = f"own numbers of {sum(fixed.values())} in a top number of {amount}: {-left} too many"
        raise InputError(Problem("quota.tops", told, "own numbers within the company's", "lower them or raise the top"))
    weights = [_weight(parts, named[factor], rates) for factor in free]
    shares = split(left // step, weights if any(weights) else [1] * len(free), keys=free)
    found = {factor: share * step for factor, share in zip(free, shares, strict=True)}
    found[max(free, key=lambda factor: (found[factor], factor))] += left % step
    return dict(sorted((found | fixed).items()))


def _weight(parts: Sequence[HowMuch], known: Known, rates: Rates) -> Fraction:
    def of(part: HowMuch) -> Fraction:
        try:
            return number(part, known, rates)
        except Undefined:
            return Fraction(known.years[-1])

    return max(Fraction(0), methods.blended([(of(part), rate_units(part.weight)) for part in parts]))


def own_tops(tops: Sequence[tuple[Mapping[str, str], int]], names: Sequence[str], factors: Mapping[Factor, Known],
             weigh: Mapping[Factor, int]) -> Amounts:  # fmt: skip
    """factor → its own number; one that fits several factors is parted over them by `weigh`.

    Refused: a top that fits no factor, two on one factor.
    """
    found: Amounts = {}
    for wanted, amount in tops:
        fits = sorted(f for f in factors if all(f[names.index(name)] == value for name, value in wanted.items()))
        told = ", ".join(f"{name} {value}" for name, value in wanted.items())
        if not fits:
            near = nearest(next(iter(wanted.values())), [value for factor in factors for value in factor])
            raise InputError(Problem("quota.tops", told + near, "a factor that is sold", "correct the name"))
        if any(factor in found for factor in fits):
            raise InputError(Problem("quota.tops", f"{told}, a second number", "one number a factor", "remove one"))
        weights = [max(0, weigh.get(factor, 0)) for factor in fits]
        found |= zip(fits, split(amount, weights if any(weights) else [1] * len(fits), keys=fits), strict=True)
    return found


def to_step(amount: int, step: int) -> int:
    """The nearest multiple of `step`, half away from zero.

    >>> to_step(1_296_499, 1_000), to_step(-1_500, 1_000)
    (1296000, -2000)
    """
    return round_ratio(amount, step) * step
