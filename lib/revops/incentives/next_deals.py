"""What a person's next deal would be worth: the open deal that is furthest along, else the way to the next step.

Worth is asked from the engine itself (`design.asked`), so that hurdles, multipliers and caps count.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import polars as pl

from revops.incentives.contracts import PayNext
from revops.incentives.design.asked import Asked, asked
from revops.incentives.earnings import Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.tables import types_of

Row = dict[str, object]


def open_deals(deals: pl.DataFrame, stages: Sequence[str]) -> pl.DataFrame:
    """One row per person with an open deal: the one that is furthest along, the larger of equals.

    Columns: person_id, account_name, stage, amount. `deals`: the last snapshot of open opportunities.
    """
    order = {stage: n for n, stage in enumerate(stages)}
    depth = pl.col("stage").replace_strict(order, default=-1, return_dtype=pl.Int64)
    ranked = deals.filter(pl.col("amount").is_not_null() & (pl.col("amount") > 0) & pl.col("person_id").is_not_null())
    best = (
        ranked.with_columns(depth=depth)
        .sort(["depth", "amount", "opportunity_id"], descending=[True, True, False])
        .unique("person_id", keep="first", maintain_order=True)
    )
    name = pl.coalesce("account_name", "name").alias("account_name")
    return best.select("person_id", name, "stage", "amount").sort("person_id")


def pay_next(months: Iterable[PersonMonth], plans: Iterable[Plan], deals: pl.DataFrame, whole: int) -> pl.DataFrame:
    """One row per person of a month who is paid by a scale; see PayNext. `whole`: money units of a currency unit."""
    by_person = {row["person_id"]: row for row in deals.to_dicts()}
    windows: dict[str, list[Asked]] = {}
    for one in asked(months, plans):
        windows.setdefault(one.person.person_id, []).append(one)
    rows = [_row(mine, by_person.get(person), whole) for person, mine in windows.items()]
    return pl.DataFrame(rows, schema=types_of(PayNext)).sort("person_id")


def _row(mine: Sequence[Asked], deal: Row | None, whole: int) -> Row:
    """What is told of the last window: its first component that pays own sales of money, for which a deal counts.

    The worth is that of all components which count the same sales, also of those with other windows that are open.
    """
    one = mine[-1]
    own = next((p for p in one.parts if p.component.credit == "direct" and not p.component.counts), None)
    payout = own or max(one.parts, key=lambda part: part.pay)
    found = deal if own else None
    more = int(str(found["amount"])) if found else way_on(payout, 1 if payout.component.counts else whole)
    payouts = one.person.payment.payouts if one.person.payment else ()
    return {
        "person_id": one.person.person_id,
        "month_on": one.person.month_on,
        "part": next(n for n, paid in enumerate(payouts) if paid is payout),
        "more_amount": more,
        "worth_amount": sum(each.more(more, _alike(each, payout)) for each in _open(mine)),
        "account_name": found["account_name"] if found else None,
        "stage": found["stage"] if found else None,
        "deal_amount": found["amount"] if found else None,
    }


def _open(mine: Sequence[Asked]) -> list[Asked]:
    """The windows that a sale at the month's end would count in."""
    end = add_months(mine[-1].person.month_on, 1)
    return [one for one in mine if one is mine[-1] or one.window[1] >= end]


def _alike(one: Asked, payout: Payout) -> list[int]:
    """The components of a window that count the same sales as a payout's."""
    told = [(p.number, (p.component.credit, p.component.basis, p.component.where)) for p in (*one.parts, payout)]
    return [number for number, sales in told[:-1] if sales == told[-1][1]]


def way_on(payout: Payout, whole: int) -> int:
    """A round credit that passes the next step where it is near, else a tenth of what is credited, one unit at least.

    870 of 1,000 to the next step: 130 more; 100 of 1,000: 10 more.
    """
    counted = max(payout.start + payout.credit, Fraction(0))
    following = next((step.start for step in payout.scale.steps if step.start > counted), None)
    near = following is not None and following - counted <= counted
    missing = following - counted if following is not None and near else counted / 10
    credit = missing * RATE_SCALE / (payout.component.factor or RATE_SCALE)
    return round_up(max(-(-credit.numerator // credit.denominator), whole), whole)


def round_up(amount: int, whole: int) -> int:
    """Up to two significant digits of the currency: a round figure that surely passes the bound.

    >>> round_up(8_612_345, 1), round_up(7, 1)
    (8700000, 7)
    """
    step = whole * 10 ** max(0, len(str(amount // whole)) - 2)
    return -(-amount // step) * step
