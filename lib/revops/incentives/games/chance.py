"""How likely honest books are to look like this: tails of three classic tests, exact where counts allow.

>>> round(binomial_tail(10, 9, 0.5), 4), round(hypergeometric_tail(20, 10, 5, 5), 4)
(0.0107, 0.0163)
"""

from collections import Counter
from collections.abc import Sequence
from math import erfc, exp, lgamma, log, sqrt


def binomial_tail(n: int, k: int, p: float) -> float:
    """Chance of at least `k` of `n` where each has the chance `p`, 0 < p < 1."""
    each = (exp(_choose(n, i) + i * log(p) + (n - i) * log(1 - p)) for i in range(k, n + 1))
    return min(1.0, sum(each))


def hypergeometric_tail(total: int, marked: int, drawn: int, k: int) -> float:
    """Chance of at least `k` marked among `drawn` of `total`, of which `marked` are."""
    least, most = max(k, drawn - (total - marked)), min(marked, drawn)
    ways = (_choose(marked, i) + _choose(total - marked, drawn - i) for i in range(least, most + 1))
    return min(1.0, sum(exp(way - _choose(total, drawn)) for way in ways))


def rank_sum_tail(some: Sequence[float], others: Sequence[float]) -> float:
    """Chance that `some` rank so high among `others` by luck: Mann and Whitney's test, normal, ties counted half.

    >>> rank_sum_tail([5, 6, 7, 8], [1, 2, 3, 4]) < 0.02 < 0.5 <= rank_sum_tail([1, 2], [1, 2])
    True
    """
    n, m = len(some), len(others)
    counts = Counter([*some, *others])
    rank, below = {}, 0
    for value in sorted(counts):
        rank[value] = below + (counts[value] + 1) / 2
        below += counts[value]
    u = sum(rank[value] for value in some) - n * (n + 1) / 2
    total = n + m
    ties = sum(count**3 - count for count in counts.values()) / (total * (total - 1))
    spread = sqrt(max(n * m / 12 * (total + 1 - ties), 0))
    return 0.5 * erfc((u - n * m / 2 - 0.5) / (spread * sqrt(2))) if spread else 1.0


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
