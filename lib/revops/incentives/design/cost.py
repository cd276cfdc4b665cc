"""What a plan costs at every attainment: everybody of the plan in one pay period, all at the same attainment."""

from collections.abc import Sequence
from fractions import Fraction

import polars as pl

from revops.incentives.design.asked import Asked
from revops.incentives.scales import rounded

SHARES = tuple(Fraction(n, 20) for n in range(41))
"""0 %, 5 % … 200 %."""
ALL = -1
COLUMNS = {"share": pl.Float64, "component": pl.Int64, "people": pl.Int64, "credit_amount": pl.Int64,
           "pay_amount": pl.Int64, "rate": pl.Float64}  # fmt: skip


def at(windows: Sequence[Asked], shares: Sequence[Fraction] = SHARES) -> pl.DataFrame:
    """One row per attainment and component (−1: all, after the plan's cap), sums over the people of one plan.

    Columns: share, component, people, credit_amount (of the first component), pay_amount, rate (pay ÷ credit, null
    without credit). A window longer than the pay period counts by the part of one pay period.
    """
    rows = [row for share in shares for row in _rows(windows, share)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _rows(windows: Sequence[Asked], share: Fraction) -> list[tuple[object, ...]]:
    pays: dict[int, Fraction] = {}
    credit = Fraction(0)
    for one in windows:
        each = one.each(share)
        for part, amount in zip(one.parts, each, strict=True):
            pays[part.number] = pays.get(part.number, Fraction(0)) + amount / one.periods
        total = sum(each, Fraction(0))
        kept = total if one.most is None else min(total, one.most)
        pays[ALL] = pays.get(ALL, Fraction(0)) + kept / one.periods
        credit += one.credit(share) / one.periods if one.parts[0].number == 0 else 0
    people = len({one.person.person_id for one in windows})
    return [
        (float(share), number, people, rounded(credit), rounded(amount), float(amount / credit) if credit else None)
        for number, amount in sorted(pays.items())
    ]
