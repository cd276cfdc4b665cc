"""The lines of payments: what each credit earns on its scale, each later step, what is earned beside, or held.

A payment's lines sum to what is paid. Credits stand in event order (day, then id) and take their payout's rounded scale
amount (see `lines`); what the scale pays beside them, such as a newly reached rate on earlier credits, follows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives import lines, reasons, scales
from revops.incentives.book import Book
from revops.incentives.contracts import PayLines
from revops.incentives.earnings import Payment, Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.statements import names, paid
from revops.incentives.windows import Span, overlap
from revops.money import RATE_SCALE
from revops.tables import types_of

Row = dict[str, Any]
KEY = ["person_id", "plan", "component", "start_on"]
LAST = 1_000_000  # a part after all payouts: the whole payment


@dataclass(frozen=True)
class Part:
    """A payout of somebody's payment, its number in it, and the days whose credits it pays."""

    person: PersonMonth
    number: int
    payout: Payout
    days: Span

    @property
    def rates(self) -> list[int]:
        """The rate of each piece of the scale, billionths, as `lines` counts them."""
        steps, whole = self.payout.scale.steps, self.payout.start + self.payout.credit
        if self.payout.scale.is_whole:
            return [int(self.payout.scale.at(whole).rate * RATE_SCALE)]
        return [int(step.rate * RATE_SCALE) for step in ([steps[0]] if steps[0].paid else []) + list(steps)]

    @property
    def head(self) -> Row:
        """What its credit lines take from it, by KEY."""
        payout, quota = self.payout, self.payout.quota
        key = {"person_id": self.person.person_id, "plan": payout.plan, "component": payout.number}
        each = float(Fraction(payout.component.factor, RATE_SCALE) / quota) if quota and quota > 0 else None
        return {**key, "start_on": self.days[0], "month_on": self.person.month_on, "part": self.number, "each": each,
                "rates": self.rates, "off": sorted(payout.off_scale)}  # fmt: skip


def pay_lines(months: Iterable[PersonMonth], counted: pl.DataFrame, book: Book) -> pl.DataFrame:
    """One row per line of every payment that is not stopped; see PayLines. `counted`: credits by component."""
    payments = list(paid(months))
    parts = [part for person, payment in payments for part in _parts(person, payment, book)]
    others = [row for person, payment in payments for row in _others(person, payment)]
    found = pl.concat([_scaled(parts, counted, book), _frame(others)], how="diagonal")
    order: list[Any] = [
        "person_id",
        "month_on",
        pl.when(pl.col("part") < 0).then(LAST).otherwise("part"),
        "group",
        "place",
    ]
    numbered = found.sort(order).with_columns(line_no=pl.int_range(1, pl.len() + 1).over("person_id", "month_on"))
    name = pl.format("{}/{}/{}", pl.col("month_on").dt.strftime("%Y-%m"), "person_id", "line_no")
    shape = types_of(PayLines)
    named = numbered.with_columns(line=name)
    return named.select(
        (pl.col(column) if column in named.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in shape.items()
    )


def _parts(person: PersonMonth, payment: Payment, book: Book) -> Iterator[Part]:
    for number, payout in enumerate(payment.payouts):
        plan = next(plan for plan in book.plans if plan.plan == payout.plan)
        yield Part(
            person, number, payout, overlap(payout.window, book.period_of(plan, person.month_on)) or payout.window
        )


def _scaled(parts: Sequence[Part], counted: pl.DataFrame, book: Book) -> pl.DataFrame:
    """A row per credit; returns that a plan claws back stand apart, orders off the scale earn nothing there."""
    apart = [plan.plan for plan in book.plans if plan.clawback]
    events = counted.filter(~((pl.col("kind") == "return") & pl.col("plan").is_in(apart)))
    if not parts or events.is_empty():
        return _frame([])
    steps = [lines.steps_of(part.person.person_id, *part.days, part.payout) for part in parts]
    made: Any = lines.pay_lines(events, steps)
    shape: dict[str, Any] = {"person_id": pl.String, "plan": pl.String, "component": pl.Int64, "start_on": pl.Date,
             "month_on": pl.Date, "part": pl.Int64, "each": pl.Float64, "rates": pl.List(pl.Int64),
             "off": pl.List(pl.String)}  # fmt: skip
    heads = pl.DataFrame([part.head for part in parts], schema=shape)
    told = made.drop("month_on", strict=False).join(heads, on=KEY, how="left", validate="m:1")
    is_off = pl.col("off").list.contains(pl.col("order_id")).fill_null(False)

    def rate(step: str) -> pl.Expr:
        return pl.when(~is_off).then(pl.col("rates").list.get(pl.col(step), null_on_oob=True))

    return told.with_columns(
        movement="kind", kind=pl.lit("commission"), attained=pl.col("after_amount") * pl.col("each"),
        rate_from=rate("step_from"), rate_to=rate("step_to"), group=pl.lit(0), place="line_no",
    ).drop("line_no", "rates", "off", "each", "plan")  # fmt: skip


def _frame(rows: Sequence[Row]) -> pl.DataFrame:
    shape: dict[str, Any] = {**types_of(PayLines), "group": pl.Int32, "place": pl.Int64}
    return pl.DataFrame(rows, schema={key: kind for key, kind in shape.items() if key not in ("line_no", "line")})


def _others(person: PersonMonth, payment: Payment) -> Iterator[Row]:
    """The lines of a payment that no credit earns, in their order."""
    whole = {"part": -1, "component": -1}
    found: list[Row] = []
    for part, payout in enumerate(payment.payouts):
        head = {"part": part, "component": payout.number}
        found += [{**head, **row} for row in [*_beside(payout), *_steps(payout)]]
    found += [
        {**whole, **_change(extra.kind, extra.amount, extra.figures), "key": extra.key, **names(extra.name)}
        for extra in payment.extras
        if extra.amount
    ]
    found += [{**whole, **_change(item.kind, item.amount, item.figures)} for item in payment.items if item.amount]
    base = {"person_id": person.person_id, "month_on": person.month_on, "group": 1}
    return ({**base, "place": n, **row} for n, row in enumerate(found))


def _change(kind: str, amount: int, figures: Mapping[str, Any]) -> Row:
    return {"kind": kind, "figures": reasons.kept(figures), "pay_amount": amount}


def _beside(payout: Payout) -> Iterator[Row]:
    """What the scale pays beside the period's credits."""
    if amount := scales.rounded(lines.beside_lines(payout), payout.step):
        yield {"kind": "true_up", "pay_amount": amount}


def _steps(payout: Payout) -> Iterator[Row]:
    """What each step after the scale adds or takes, in whole units; they sum to what the component pays."""
    before = payout.rounded
    for stage in payout.stages[1:]:
        after = stage.rounded(payout.step)
        if after != before:
            yield _change(stage.key, after - before, stage.figures)
        before = after


def uncounted(lines: pl.DataFrame, summary: pl.DataFrame) -> int:
    """Payouts whose credit lines do not sum to the credits that their scale was paid on: PayLines, PaySummary; 0.

    Measures come from sums over all of history, lines from the period's events: two ways to one amount.
    """
    keys = ["person_id", "month_on", "part"]
    on_scale = lines.filter((pl.col("kind") == "commission") & pl.col("rate_from").is_not_null())
    sums = on_scale.group_by(keys).agg(counted=pl.col("credit_amount").sum())
    both = summary.select(*keys, "credit_amount").join(sums, on=keys, how="full", coalesce=True)
    return both.filter(pl.col("credit_amount").fill_null(0) != pl.col("counted").fill_null(0)).height


def with_names(lines: pl.DataFrame, accounts: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """The lines with the name of the account, else of the customer; each key holds at most once."""
    account = accounts.select("account_id", pl.col("name").alias("account_name"))
    buyer = customers.select("customer_id", pl.col("name").alias("buyer_name"))
    named = lines.join(account, on="account_id", how="left", validate="m:1").join(
        buyer, on="customer_id", how="left", validate="m:1"
    )
    named = named.with_columns(customer_name=pl.coalesce("account_name", "buyer_name"))
    return named.select(lines.columns).sort("person_id", "month_on", "line_no")
