"""Draws: advances of four kinds, the balance that the recoverable ones run up, and how later earnings pay it back.

A guarantee of 1,000 a pay period that is recovered from the fourth on:

>>> from revops.incentives.terms import Draw
>>> draw = Draw(kind="recoverable_guarantee", amount=1000, recover_from=4)
>>> paid, balance = [], 0
>>> for number, earned in enumerate([500, 700, 400, 1600, 2000, 900], start=1):
...     got, back = advance(draw, 1000, number, earned), recovery(draw, 1000, number, earned, balance)
...     balance += owed(draw, got) - back
...     paid.append((earned + got - back, balance))
>>> paid
[(1000, 500), (1000, 800), (1000, 1400), (1000, 800), (1200, 0), (1000, 100)]
"""

from revops.incentives.terms import Draw


def advance(draw: Draw | None, amount: int, number: int, earned: int) -> int:
    """What the draw adds in the person's pay period `number`, counted from 1: the amount, or what is missing to it.

    >>> [advance(Draw(kind=kind, amount=100), 100, 1, 50) for kind in ("recoverable", "non_recoverable_guarantee")]
    [100, 50]
    """
    if draw is None or (draw.periods is not None and number > draw.periods):
        return 0
    return max(0, amount - earned) if draw.kind.endswith("guarantee") else amount


def owed(draw: Draw | None, advanced: int) -> int:
    """How much of an advance has to be paid back."""
    return 0 if draw is None or draw.kind.startswith("non_") else advanced


def recovery(draw: Draw | None, amount: int, number: int, earned: int, balance: int) -> int:
    """What is paid back of the balance before: all of it, or what exceeds the amount, whichever is less.

    On a plan without a draw nothing is left out of reach.
    """
    if draw is not None and number < draw.recover_from:
        return 0
    return min(balance, max(0, earned - amount))
