"""What stands between earned and paid: items of a payment, what goes on to the next one, and what settling needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

Kind = Literal[
    "draw", "recovery", "clawback", "held", "released", "carried_in", "payment_cap", "carried_out",
    "adjustment", "manual", "owed_in", "owed_out", "closed",
]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One step from earned to paid: `amount` is what it adds to the payment, `figures` say why, by name and unit."""

    kind: Kind
    amount: int
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """One order's pay so far: `earned` on it less what was taken back, and how much of that is `due` by now."""

    earned: int = 0
    due: int = 0

    @property
    def amount(self) -> int:
        """What waits until the order is paid."""
        return self.earned - self.due


@dataclass(frozen=True)
class State:
    """What a person's payment leaves for the next: advances not paid back (≥ 0), what is carried, what is held.

    `carried` > 0 is pay above the payment cap that waits, < 0 a debt that later pay settles.
    """

    draw: int = 0
    carried: int = 0
    held: Mapping[str, Held] = field(default_factory=dict)

    @property
    def held_amount(self) -> int:
        """What waits for orders to be paid."""
        return sum(held.amount for held in self.held.values())

    @property
    def is_open(self) -> bool:
        """Whether a later payment has something to settle even where nothing more is earned."""
        return bool(self.carried or any(held.amount for held in self.held.values()))


@dataclass(frozen=True)
class TakenBack:
    """What the returns of one order take back, exact, ≥ 0 where its sale paid, and why; rounded once."""

    order_id: str | None
    amount: Fraction
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What a pay period brings beside what is earned in it.

    `number`: the person's pay period, counted from 1 at hiring · `orders`: what was earned on each order whose pay is
    held · `collected`: the share of an order that is paid by the period's end, none: nothing.
    """

    number: int = 1
    is_active: bool = True
    clawbacks: Sequence[TakenBack] = ()
    orders: Mapping[str, int] = field(default_factory=dict)
    collected: Mapping[str, Fraction] = field(default_factory=dict)
