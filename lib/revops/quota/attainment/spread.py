"""How attainment is distributed: how many people lie in each band, the median, and the middle half.

Quartiles lie between two people in proportion, as (n − 1) × share counts from the lowest:

>>> quantile([0.5, 0.7, 0.9, 1.3], 0.5), quantile([0.5, 0.7, 0.9, 1.3], 0.25)
(0.8, 0.65)
>>> Spread.of([0.4999, 0.5, 0.9, 1.2, None]).counts, Spread.of([0.4999, 0.5, 0.9, 1.2, None]).unknown
((1, 1, 1, 0, 1), 1)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BANDS = (0.5, 0.8, 1.0, 1.2)  # each band begins with its bound


@dataclass(frozen=True)
class Spread:
    """People by band (below 50 %, from 50, from 80, from 100, from 120 %), quartiles; None where nobody is known."""

    counts: tuple[int, ...]
    low: float | None
    median: float | None
    high: float | None
    unknown: int

    @classmethod
    def of(cls, shares: Iterable[float | None]) -> "Spread":
        """The spread of some attainments; undefined ones are only counted."""
        told = list(shares)
        known = sorted(share for share in told if share is not None)
        places = [sum(share >= bound for bound in BANDS) for share in known]
        counts = tuple(places.count(place) for place in range(len(BANDS) + 1))
        low, median, high = (quantile(known, part) if known else None for part in (0.25, 0.5, 0.75))
        return cls(counts, low, median, high, len(told) - len(known))

    @property
    def people(self) -> int:
        """How many lie in any band."""
        return sum(self.counts)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share of the ordered values lies."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 12)
