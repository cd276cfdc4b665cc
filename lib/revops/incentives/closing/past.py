"""What earlier closings, and adjustments by hand, bring to a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from revops.incentives.closing.closed import Closings

Key = tuple[str, date]
"""Person and pay month."""


@dataclass(frozen=True)
class Stood:
    """What a person's closed month stands at: its version, and what it came to before corrections."""

    version: int = 1
    amount: int = 0


@dataclass(frozen=True)
class Past:
    """What earlier closings, and people's own adjustments, bring to a run: by person and month."""

    first: date | None = None
    last: date | None = None
    stood: dict[Key, Stood] = field(default_factory=dict)
    paid: dict[Key, int] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    brought: dict[str, int] = field(default_factory=dict)
    by_hand: Mapping[Key, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Closings, rows: pl.DataFrame) -> "Past":
        """From the closings and the adjustments that a run sees."""
        by_hand: dict[Key, list[Mapping[str, Any]]] = {}
        for row in rows.filter(pl.col("person_id").is_not_null()).to_dicts():
            by_hand.setdefault((row["person_id"], _month(row["period"])), []).append(row)
        first, last = (_month(known.periods[n]) if known.periods else None for n in (0, -1))
        past = cls(first, last, by_hand=by_hand)
        for row in known.every("pay_versions").to_dicts():
            past._add(row)
        return past

    def _add(self, row: Mapping[str, Any]) -> None:
        person_id, key = row["person_id"], (row["person_id"], row["month_on"])
        self.stood[key], self.names[person_id] = Stood(row["version"], row["after_amount"]), row["name"]
        if row["before_version"] is None:
            self.paid[key], self.owed[person_id] = row["paid_amount"], row["owed_out_amount"]
            if row["month_on"] == self.first:
                self.brought[person_id] = row["owed_in_amount"]

    def is_closed(self, month: date) -> bool:
        """Whether a month was closed. Those before the first one were never: they are neither closed nor open."""
        return self.first is not None and self.last is not None and self.first <= month <= self.last

    def counts(self, month: date) -> bool:
        """Whether a month is one of those since closing began."""
        return self.first is None or month >= self.first

    def is_open(self, month: date) -> bool:
        """Whether a month comes after every closed one."""
        return self.last is None or month > self.last


def _month(period: str) -> date:
    return date.fromisoformat(f"{period}-01")
