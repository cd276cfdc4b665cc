"""The basis of tiers: the same deals paid each alone, cumulated, or at the one rate that their sum reaches.

Deals of 200, 300, 1500, 1200, 2000 and 4500 with 0–1000 at 1 %, 1000–3000 at 2 %, 3000–8000 at 3 % and 5 % beyond:

>>> from revops.incentives.scales import marginal, whole
>>> tiers = [(Fraction(a), Fraction(r, 100)) for a, r in ((0, 1), (1000, 2), (3000, 3), (8000, 5))]
>>> deals = [Fraction(x) for x in (200, 300, 1500, 1200, 2000, 4500)]
>>> [int(amount) for amount in three(marginal(tiers), whole(tiers), deals)]
[164, 285, 485]
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import polars as pl

from revops.incentives.design.asked import Asked
from revops.incentives.design.deals import Deals
from revops.incentives.earnings import Payout
from revops.incentives.scales import Scale, rounded, scale_of
from revops.money import RATE_SCALE

SCHEMA = {"person_id": pl.String, "name": pl.String, "plan": pl.String, "scale": pl.String, "deals": pl.Int64,
          "attainment": pl.Float64, "alone_amount": pl.Int64, "marginal_amount": pl.Int64,
          "whole_amount": pl.Int64}  # fmt: skip


def three(tiers: Scale, at_once: Scale, deals: Iterable[Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """What deals earn each alone, cumulated on a marginal scale, and at the rate that their sum reaches."""
    deals = list(deals)
    total = sum(deals, Fraction(0))
    alone = sum((tiers.earned(deal) for deal in deals), Fraction(0))
    return alone, tiers.earned(total), at_once.earned(total)


def side_by_side(windows: Iterable[Asked], deals: Deals) -> pl.DataFrame:
    """One row per person, window and component with tiers: what its scale pays of the deals on the three bases.

    Before windfalls, hurdles, multipliers and caps. Columns: see SCHEMA; `scale` is the plan's own.
    """
    found = [
        (one.person.person_id, one.person.name, one.plan.plan, part.component.shape, *_row(part, orders))
        for one in windows
        for part in one.parts
        if part.component.tiers
        if (orders := deals.get((one.person.person_id, one.plan.plan, part.number, one.window)))
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort("plan", "person_id")


def _row(part: Payout, orders: Sequence[tuple[str, int]]) -> tuple[object, ...]:
    given, own = part.stretch, part.component
    counted = [Fraction(credit * own.factor, RATE_SCALE) for _, credit in orders]
    tiers, at_once = (
        scale_of(
            part.component.model_copy(update={"scale": kind}), given.quota, given.rate, given.decimals, given.target
        )
        for kind in ("marginal", "whole")
    )
    amounts = (rounded(amount, part.step) for amount in three(tiers, at_once, counted))
    return len(orders), None if part.attained is None else float(part.attained), *amounts
