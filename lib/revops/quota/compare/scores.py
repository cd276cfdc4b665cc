"""How fair quotas were against what came: who reached them, error, spread, and how much of it was the territory.

Three people, quotas of 100 each: attainments of 90 %, 100 % and 130 % with potentials of 1, 2 and 4:

>>> rows = [Outcome(100, 90, 1), Outcome(100, 100, 2), Outcome(100, 130, 4)]
>>> score = Score.of(rows)
>>> score.people, score.reached, score.within, round(score.wape.value, 4), score.bias.value
(3, 2, 2, 0.125, -0.0625)
>>> round(score.spread.value, 4), round(score.correlation.value, 3)
(0.17, 0.996)
>>> Score.of(rows[:2]).correlation.reason
'few_people'
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import correlation, pstdev

from revops.kpis.forecast.backtest import bias, wape
from revops.kpis.measure import Value, missing

FEWEST = 3  # people without whom no correlation is told
NEAR = (80, 120)  # per cent of the quota, both ends included


@dataclass(frozen=True)
class Outcome:
    """One person's quota above 0 and what came in the same months; `potential` of their accounts, null where unknown.

    `pay` is what the attainment earns in a year, null where the company declares no pay for the person.
    """

    quota: int
    actual: int
    potential: int | None = None
    pay: int | None = None

    @property
    def attainment(self) -> float:
        """actual ÷ quota."""
        return self.actual / self.quota


@dataclass(frozen=True)
class Score:
    """One scenario on all its outcomes.

    `within` counts 80 to 120 %. `wape` = Σ|quota − actual| ÷ Σ|actual|, `bias` = Σ(quota − actual) ÷ Σ actual, `spread`
    the population standard deviation of attainment, `correlation` Pearson's of it with potential, `pay` the sum.
    """

    people: int
    reached: int
    within: int
    wape: Value
    bias: Value
    spread: Value
    correlation: Value
    pay: Value

    @property
    def follows(self) -> bool:
        """Whether attainment follows potential by more than chance: |t| of the correlation is 2 or more.

        t = r × √((n − 2) ÷ (1 − r²)); an undefined correlation follows nothing.
        """
        r, count = self.correlation.value, self.correlation.denominator
        return r is not None and count is not None and r * r * (count - 2) >= 4 * (1 - r * r)

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Score":
        """Undefined figures say why: no_cases, few_people, no_potential, no_variation, no_pay."""
        actual, quota = [o.actual for o in outcomes], [o.quota for o in outcomes]
        low, high = NEAR
        return cls(
            people=len(outcomes),
            reached=sum(o.actual >= o.quota for o in outcomes),
            within=sum(low * o.quota <= 100 * o.actual <= high * o.quota for o in outcomes),
            wape=wape(actual, quota),
            bias=bias(actual, quota),
            spread=Value(pstdev(o.attainment for o in outcomes)) if outcomes else missing("no_cases"),
            correlation=pearson([(o.potential, o.attainment) for o in outcomes if o.potential is not None]),
            pay=_pay([o.pay for o in outcomes]),
        )


def pearson(pairs: Sequence[tuple[float, float]]) -> Value:
    """Pearson's correlation of pairs (`denominator`: how many); undefined below three, or where a side does not vary.

    >>> pearson([(1, 2), (2, 4), (3, 6)]).value, pearson([(1, 2), (1, 4), (1, 6)]).reason, pearson([]).reason
    (1.0, 'no_variation', 'no_potential')
    """
    if len(pairs) < FEWEST:
        return missing("few_people" if pairs else "no_potential")
    ours, theirs = zip(*sorted(pairs), strict=True)
    if len(set(ours)) == 1 or len(set(theirs)) == 1:
        return missing("no_variation")
    return Value(correlation(ours, theirs), denominator=len(pairs))


def _pay(pays: Sequence[int | None]) -> Value:
    known = [pay for pay in pays if pay is not None]
    return Value(sum(known)) if known and len(known) == len(pays) else missing("no_pay")


def least_luck(scores: Mapping[str, Score]) -> str | None:
    """The scenario with the least luck in it; null where none was tested.

    The smallest spread of those whose attainment does not follow potential is recommended, the first of equals; where
    all follow it, the smallest |correlation|.
    """
    tested = {key: score for key, score in scores.items() if score.spread.value is not None}
    free = {key: score.spread.value or 0.0 for key, score in tested.items() if not score.follows}
    order = free or {key: abs(score.correlation.value or 0.0) for key, score in tested.items()}
    return min(order, key=lambda key: order[key], default=None)
