"""The lines of payments: what each credit earns on its scale, each later step, what is earned beside, or held.

A payment's lines sum to what is paid. Credits stand in event order (day, then id); a line's part of a scale is what the
window has come to with it, less what it had come to before, and the lines take the rounded sum by largest remainder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import polars as pl

from revops.incentives import reasons, scales
from revops.incentives.book import Book
from revops.incentives.contracts import PayLines
from revops.incentives.earnings import Payment, Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.statements import names, paid
from revops.incentives.windows import overlap
from revops.money import RATE_SCALE
from revops.tables import types_of

Row = dict[str, Any]
COPIED = ["rule", "movement_id", "moved_on", "order_id", "line_id", "product_id", "product_group", "customer_id",
          "account_id", "share", "credit_amount", "source", "file", "row"]  # fmt: skip


def pay_lines(months: Iterable[PersonMonth], counted: pl.DataFrame, book: Book) -> pl.DataFrame:
    """One row per line of every payment that is not stopped; see PayLines. `counted`: credits by component."""
    grouped = {
        key: frame.sort("moved_on", "movement_id", "rule")
        for key, frame in counted.group_by("person_id", "plan", "component")
    }
    rows = [row for person, payment in paid(months) for row in _lines(person, payment, grouped, book)]
    return pl.DataFrame(rows, schema=types_of(PayLines)).sort("person_id", "month_on", "line_no")


def _lines(
    person: PersonMonth, payment: Payment, counted: Mapping[tuple[object, ...], pl.DataFrame], book: Book
) -> list[Row]:
    """The lines of one payment, numbered; their pay_amount sums to what is paid."""
    rows: list[Row] = []
    for part, payout in enumerate(payment.payouts):
        mine = _events(person, payout, counted.get((person.person_id, payout.plan, payout.number)), book)
        head = {"part": part, "component": payout.number}
        rows += [{**head, **row} for row in [*_scaled(payout, mine), *_steps(payout)]]
    whole = {"part": -1, "component": -1}
    rows += [
        {**whole, **_change(extra.kind, extra.amount, extra.figures), "key": extra.key, **names(extra.name)}
        for extra in payment.extras
        if extra.amount
    ]
    rows += [{**whole, **_change(item.kind, item.amount, item.figures)} for item in payment.items if item.amount]
    base = {"person_id": person.person_id, "month_on": person.month_on}
    name = f"{person.month_on:%Y-%m}/{person.person_id}"
    return [{**base, "line_no": n, "line": f"{name}/{n}", **row} for n, row in enumerate(rows, start=1)]


def _change(kind: str, amount: int, figures: Mapping[str, Any]) -> Row:
    return {"kind": kind, "figures": reasons.kept(figures), "pay_amount": amount}


def _steps(payout: Payout) -> Iterator[Row]:
    """What each step after the scale adds or takes, in whole units; they sum to what the component pays."""
    before = payout.rounded
    for stage in payout.stages[1:]:
        after = stage.rounded(payout.step)
        if after != before:
            yield _change(stage.key, after - before, stage.figures)
        before = after


def _events(person: PersonMonth, payout: Payout, counted: pl.DataFrame | None, book: Book) -> list[Row]:
    """The credits of the pay period in the payout's window; returns that the plan claws back stand apart."""
    if counted is None:
        return []
    plan = next(plan for plan in book.plans if plan.plan == payout.plan)
    days = overlap(payout.window, book.period_of(plan, person.month_on)) or payout.window
    inside = counted.filter(pl.col("moved_on").is_between(*days, closed="left"))
    return inside.filter(pl.col("kind") != "return").to_dicts() if plan.clawback else inside.to_dicts()


def _scaled(payout: Payout, events: Sequence[Row]) -> Iterator[Row]:
    """A row per credit; orders that do not run on the scale earn nothing there."""
    on_scale = [event["order_id"] not in payout.off_scale for event in events]
    exact = _exact(payout, [event["credit_amount"] for event, is_on in zip(events, on_scale, strict=True) if is_on])
    amounts = iter(scales.allocate(exact, payout.step, payout.rounded))
    credit = payout.before
    for event, is_on in zip(events, on_scale, strict=True):
        before = credit
        credit += event["credit_amount"] if is_on else 0
        rates = _rates(payout, before, credit) if is_on else (None, None)
        told = {key: event[key] for key in COPIED} | {"movement": event["kind"], "kind": "commission"}
        yield {
            **told,
            "attained": _attained(payout, credit),
            "rate_from": rates[0],
            "rate_to": rates[1],
            "pay_amount": next(amounts) if is_on else 0,
        }
    for rest in amounts:  # what the rate that is reached now adds to the window's earlier credits
        yield {"kind": "true_up", "pay_amount": rest}


def _exact(payout: Payout, credits: Iterable[int]) -> list[Fraction]:
    """What each line adds, from where the window stood; on a whole scale at the reached rate, then the earlier rest."""
    counted = [Fraction(credit * payout.component.factor, RATE_SCALE) for credit in credits]
    scale = payout.scale
    if scale.is_whole:
        rate = scale.at(payout.start + payout.credit).rate
        lines = [credit * rate for credit in counted]
        rest = payout.earned - sum(lines, Fraction(0))
        return [*lines, rest] if rest else lines
    reached = [scale.earned(credit) for credit in accumulate(counted, initial=payout.start)]
    return [after - before for before, after in pairwise(reached)]


def _rates(payout: Payout, before: int, after: int) -> tuple[int, int]:
    """Rates at both ends of a line, billionths: on a whole scale the one rate that the window reached."""
    scale, factor = payout.scale, Fraction(payout.component.factor, RATE_SCALE)
    if scale.is_whole:
        rate = int(scale.at(payout.start + payout.credit).rate * RATE_SCALE)
        return rate, rate
    low, high = sorted((before * factor, after * factor))
    first = scale.at(max(low, Fraction(0))).rate
    inside = [step for step in scale.steps if step.start < high]
    last = inside[-1].rate if inside else scale.steps[0].rate
    ends = (first, last) if after >= before else (last, first)
    return int(ends[0] * RATE_SCALE), int(ends[1] * RATE_SCALE)


def _attained(payout: Payout, credit: int) -> float | None:
    if not payout.quota or payout.quota <= 0:
        return None
    return float(Fraction(credit * payout.component.factor, RATE_SCALE) / payout.quota)


def with_names(lines: pl.DataFrame, accounts: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """The lines with the name of the account, else of the customer; each key holds at most once."""
    account = accounts.select("account_id", pl.col("name").alias("account_name"))
    buyer = customers.select("customer_id", pl.col("name").alias("buyer_name"))
    named = lines.join(account, on="account_id", how="left", validate="m:1").join(
        buyer, on="customer_id", how="left", validate="m:1"
    )
    named = named.with_columns(customer_name=pl.coalesce("account_name", "buyer_name"))
    return named.select(lines.columns).sort("person_id", "month_on", "line_no")
