"""Chance that is the same on every machine: one seeded stream of random() and plain arithmetic on it."""

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """Draws named by a seed; two dice with one name throw the same."""

    def __init__(self, name: str) -> None:
        self._stream = random.Random("sao-moc:" + name)

    def unit(self) -> float:
        """A number in [0, 1)."""
        return self._stream.random()

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in `share` of the throws."""
        return self.unit() < share

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[int(self.unit() * len(items))]

    def weighted(self, items: Sequence[Item], weights: Sequence[float]) -> Item:
        """One of the items, as likely as its weight."""
        sums = list(accumulate(weights))
        return items[min(bisect_right(sums, self.unit() * sums[-1]), len(items) - 1)]

    def bell(self, middle: float, spread: float) -> float:
        """A number around `middle`, about normal: the sum of six throws."""
        return middle + spread * 1.41421356 * (sum(self.unit() for _ in range(6)) - 3)

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in another order."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = int(self.unit() * (i + 1))
            out[i], out[j] = out[j], out[i]
        return out

    def digits(self, count: int) -> str:
        """So many digits."""
        return "".join(str(self.whole(0, 9)) for _ in range(count))
