"""Statements: payments as lines that name their order, and what the next deal would be worth.

A person's lines of a month sum to what is paid: commission lines, the cap, what was carried in and what is carried out.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import dataframely as dy
import polars as pl

from revops.incentives import scales
from revops.incentives.earnings import Payment, Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.incentives.terms import text_in
from revops.money import RATE_SCALE
from revops.tables import types_of

RULES_OF = {"direct": ("direct", "split"), "channel": ("channel",), "rollup": ("rollup",)}


class PayLines(dy.Schema):
    """One row per person, pay month and line of the payment; lines sum to what is paid."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    line_no = dy.Int64(primary_key=True, description="1, 2, 3 … in event order, deductions last")
    kind = dy.String(description="commission, cap, carried_in or carried_out")
    component = dy.Int64(description="number of the plan's component, from 0; −1: the whole payment")
    rule = dy.String(nullable=True, description="direct, split, channel or rollup")
    movement_id = dy.String(nullable=True, description="movement credited")
    moved_on = dy.Date(nullable=True, description="day of the movement")
    movement = dy.String(nullable=True, description="sale, return or header_rounding")
    order_id = dy.String(nullable=True, description="order")
    line_id = dy.String(nullable=True, description="order line; for a return the line it reverses")
    product_id = dy.String(nullable=True, description="product")
    product_group = dy.String(nullable=True, description="product group")
    customer_id = dy.String(nullable=True, description="customer")
    account_id = dy.String(nullable=True, description="business account")
    customer_name = dy.String(nullable=True, description="name of the account or customer")
    share = dy.Int64(nullable=True, description="share of the movement, billionths")
    credit_amount = dy.Int64(nullable=True, description="credit, money units, before the component's factor")
    attained = dy.Float64(nullable=True, description="cumulated credit of the quota period ÷ quota after this line")
    rate_from = dy.Int64(nullable=True, description="rate at the line's beginning, billionths")
    rate_to = dy.Int64(nullable=True, description="rate at its end, billionths")
    pay_amount = dy.Int64(description="the line's part of the payment, money units, a multiple of the minor unit")
    source = dy.String(nullable=True, description="source")
    file = dy.String(nullable=True, description="raw file")
    row = dy.Int64(nullable=True, description="row in it")


class PaySummary(dy.Schema):
    """One row per person, pay month and component."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    component = dy.Int64(primary_key=True, description="number of the plan's component, from 0")
    plan = dy.String(description="short name of the plan")
    credit_amount = dy.Int64(description="sum of the credits counted, money units, before the component's factor")
    quota_amount = dy.Int64(nullable=True, description="quota of record of the quota period")
    uncapped_amount = dy.Int64(description="commission before the cap, rounded")
    cap_amount = dy.Int64(description="what the cap takes, ≤ 0")
    pay_amount = dy.Int64(description="commission after the cap")
    exact_amount = dy.String(description="commission before cap and rounding: a decimal or fraction of the currency")


class PayStatements(dy.Schema):
    """One row per person on a plan and pay month: what is paid, or why not."""

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    name = dy.String(description="name")
    role = dy.String(description="role")
    team = dy.String(description="team path")
    region = dy.String(nullable=True, description="region")
    channel = dy.String(nullable=True, description="channel")
    plan = dy.String(nullable=True, description="short name of the plan; null: no plan")
    credit_amount = dy.Int64(nullable=True, description="credits of the first component")
    quota_amount = dy.Int64(nullable=True, description="quota of record")
    person_rate = dy.Int64(nullable=True, description="rate stored with the person, billionths, where the plan uses it")
    attainment = dy.Float64(nullable=True, description="measure of the quota period to date ÷ quota, for display")
    commission_amount = dy.Int64(nullable=True, description="sum of the components after caps")
    carried_in_amount = dy.Int64(nullable=True, description="debt from earlier months, ≤ 0")
    carried_out_amount = dy.Int64(nullable=True, description="left to take from later pay, ≤ 0")
    paid_amount = dy.Int64(nullable=True, description="what is paid; null: stopped")
    fault = dy.String(nullable=True, description="why the payment is stopped")


def pay_lines(months: Iterable[PersonMonth], credits: pl.DataFrame, step: int) -> pl.DataFrame:
    """One row per line of every payment that is not stopped; see PayLines."""
    grouped = {
        (str(key[0]), key[1]): frame.sort("moved_on", "movement_id", "rule")
        for key, frame in credits.group_by("person_id", "month_on")
    }
    rows: list[dict[str, object]] = []
    for person in months:
        if person.payment and not person.problems:
            mine = grouped.get((person.person_id, person.month_on))
            rows += lines_of(person, person.payment, mine, step)
    frame = pl.DataFrame(rows, schema=types_of(PayLines))
    return frame.sort("person_id", "month_on", "line_no")


def with_names(lines: pl.DataFrame, accounts: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """The lines with the name of the account, else of the customer; each key holds at most once."""
    account = accounts.select("account_id", pl.col("name").alias("account_name"))
    buyer = customers.select("customer_id", pl.col("name").alias("buyer_name"))
    named = lines.join(account, on="account_id", how="left", validate="m:1").join(
        buyer, on="customer_id", how="left", validate="m:1"
    )
    named = named.with_columns(customer_name=pl.coalesce("account_name", "buyer_name"))
    return named.select(lines.columns).sort("person_id", "month_on", "line_no")


def lines_of(person: PersonMonth, payment: Payment, credits: pl.DataFrame | None, step: int) -> list[dict[str, object]]:
    """The lines of one payment; their pay_amount sums to what is paid."""
    rows: list[dict[str, object]] = []
    for payout in payment.payouts:
        if credits is not None:
            rules = RULES_OF[payout.component.credit]
            rows += _component_lines(person, payout, credits.filter(pl.col("rule").is_in(rules)), step)
        rows += _deduction("cap", payout.number, payout.cut_by_cap)
    rows += _deduction("carried_in", -1, payment.carried_in)
    rows += _deduction("carried_out", -1, -payment.carried_out)
    head = {"person_id": person.person_id, "month_on": person.month_on}
    return [{**head, "line_no": n, **row} for n, row in enumerate(rows, start=1)]


def _component_lines(person: PersonMonth, payout: Payout, credits: pl.DataFrame, step: int) -> list[dict[str, object]]:
    events = credits.to_dicts()
    counted = [Fraction(event["credit_amount"] * payout.component.factor, RATE_SCALE) for event in events]
    exact = payout.scale.lines(counted)
    amounts = scales.allocate(exact, step)
    rows, before = [], Fraction(0)
    earlier = payout.start if payout.number == 0 else None
    for event, credit, amount in zip(events, counted, amounts, strict=True):
        after = before + credit
        rates = _rates(payout, before, after)
        kept = {key: event[key] for key in _COPIED}
        rows.append(
            {
                **kept,
                "kind": "commission",
                "component": payout.number,
                "movement": event["kind"],
                "attained": _attained(person, earlier, after),
                "rate_from": rates[0],
                "rate_to": rates[1],
                "pay_amount": amount,
            }
        )
        before = after
    return rows


_COPIED = ["rule", "movement_id", "moved_on", "order_id", "line_id", "product_id", "product_group", "customer_id",
           "account_id", "share", "credit_amount", "source", "file", "row"]  # fmt: skip


def _rates(payout: Payout, before: Fraction, after: Fraction) -> tuple[int, int]:
    """Rates at both ends of a line: on a whole scale the one rate that the month reached."""
    scale = payout.scale
    if scale.is_whole:
        rate = scale.at(payout.credit).rate
        return int(rate * RATE_SCALE), int(rate * RATE_SCALE)
    low, high = sorted((before, after))
    start = scale.at(max(low, Fraction(0))).rate
    inside = [s for s in scale.steps if s.start < high]
    end = inside[-1].rate if inside else scale.steps[0].rate
    first, last = (start, end) if after >= before else (end, start)
    return int(first * RATE_SCALE), int(last * RATE_SCALE)


def _attained(person: PersonMonth, earlier: Fraction | None, credit: Fraction) -> float | None:
    if person.quota is None or person.quota.amount <= 0 or earlier is None:
        return None
    return float((earlier + credit) / person.quota.amount)


def _deduction(kind: str, component: int, amount: int) -> list[dict[str, object]]:
    return [{"kind": kind, "component": component, "pay_amount": amount}] if amount else []


def pay_summary(months: Iterable[PersonMonth], money_decimals: int) -> pl.DataFrame:
    """One row per person, month and component of every payment that is not stopped; see PaySummary."""
    rows = [
        {
            "person_id": person.person_id,
            "month_on": person.month_on,
            "component": payout.number,
            "plan": person.plan.plan,
            "credit_amount": payout.credited,
            "quota_amount": person.quota.amount if person.quota else None,
            "uncapped_amount": payout.rounded,
            "cap_amount": payout.cut_by_cap,
            "pay_amount": payout.pay,
            "exact_amount": exact_text(payout.earned / 10**money_decimals),
        }
        for person in months
        if person.plan and person.payment and not person.problems
        for payout in person.payment.payouts
    ]
    return pl.DataFrame(rows, schema=types_of(PaySummary)).sort("person_id", "month_on", "component")


def exact_text(value: Fraction) -> str:
    """An exact number: as a decimal where it ends, else as a fraction.

    >>> exact_text(Fraction(12345, 1000)), exact_text(Fraction(-1, 3)), exact_text(Fraction(6600))
    ('12.345', '-1/3', '6600')
    """
    places = next((n for n in range(40) if 10**n % value.denominator == 0), None)
    if places is None:
        return str(value)
    digits = abs(value.numerator) * (10**places // value.denominator)
    text = f"{digits:0{places + 1}d}"
    sign = "-" if value < 0 else ""
    return sign + (text if places == 0 else f"{text[:-places]}.{text[-places:]}")


def pay_statements(months: Iterable[PersonMonth]) -> pl.DataFrame:
    """One row per person and month with a plan or a fault; see PayStatements."""
    rows = [_statement(person) for person in months if person.plan or person.problems]
    return pl.DataFrame(rows, schema=types_of(PayStatements)).sort("person_id", "month_on")


def _statement(person: PersonMonth) -> dict[str, object]:
    payment = person.payment if not person.problems else None
    first = payment.payouts[0] if payment else None
    return {
        "person_id": person.person_id,
        "month_on": person.month_on,
        "name": person.name,
        "role": person.role,
        "team": person.team,
        "region": person.region,
        "channel": person.channel,
        "plan": person.plan.plan if person.plan else None,
        "credit_amount": first.credited if first else None,
        "quota_amount": person.quota.amount if person.quota else None,
        "person_rate": person.rate if person.plan and any(c.rate == "person" for c in person.plan.components) else None,
        "attainment": None if person.attainment is None else float(person.attainment),
        "commission_amount": sum(payout.pay for payout in payment.payouts) if payment else None,
        "carried_in_amount": payment.carried_in if payment else None,
        "carried_out_amount": payment.carried_out if payment else None,
        "paid_amount": person.paid,
        "fault": "; ".join(map(str, person.problems)) or None,
    }


def next_worth(payout: Payout, amount: int, money_decimals: int, step: int) -> int:
    """What a further credit of `amount` adds to this component's pay of the month, with its cap, rounded.

    Up to 120 % at 2 %, beyond at 2.5 %: 150 more after 1,296 of a quota of 1,200 earn 144 × 2 % + 6 × 2.5 %.
    """
    counted = Fraction(amount * payout.component.factor, RATE_SCALE)
    now, then = payout.earned, payout.scale.earned(payout.credit + counted)
    cap = payout.cap
    if cap is not None:
        now, then = min(now, cap), min(then, cap)
    return scales.rounded(then, step) - scales.rounded(now, step)


def next_deals(deals: pl.DataFrame, stages: Sequence[str]) -> pl.DataFrame:
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


def to_next_step(payout: Payout) -> tuple[Fraction, scales.Step] | None:
    """How much credit is missing to the next step of the scale, and that step; None on the last one."""
    counted = max(payout.credit, Fraction(0))
    following = [step for step in payout.scale.steps if step.start > counted]
    if not following:
        return None
    return (following[0].start - counted) * RATE_SCALE / (payout.component.factor or RATE_SCALE), following[0]


def arithmetic(payout: Payout, plan: Plan, language: str) -> list[dict[str, object]]:
    """One row per slice of a payout: the tier, the credit in it, the rate, the commission (exact)."""
    name = text_in(plan.components[payout.number].name, language)
    return [
        {
            "component": name,
            "start": part.step.start,
            "end": part.step.end,
            "credit": part.credit,
            "rate": part.step.rate,
            "commission": part.commission,
        }
        for part in payout.scale.slices(payout.credit)
    ]
