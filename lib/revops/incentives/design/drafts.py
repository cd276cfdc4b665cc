"""Today's plans against a draft: the last months of the same people, replayed on both from a clean start.

The draft takes its roles over from the plans of today for the whole replay, whatever day it is meant to start.
"""

from collections.abc import Iterable
from datetime import date

import dataframely as dy
import polars as pl

from revops.incentives.earnings import Payment
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.tables import types_of

TERMS = ("column", "windfall", "hurdle", "multiplier")


class Compared(dy.Schema):
    """One row per person whom the draft would pay: the same months on today's plan and on the draft.

    The parts of the difference sum to it.
    """

    person_id = dy.String(primary_key=True, description="who is paid")
    name = dy.String(description="name")
    plan = dy.String(description="today's plan; the last one of several")
    months = dy.Int64(description="pay months that both plans pay")
    low_months = dy.Int64(description="of them, below 100 % of the quota")
    now_amount = dy.Int64(description="paid by today's plans")
    then_amount = dy.Int64(description="paid by the draft")
    difference = dy.Int64(description="then less now")
    low_amount = dy.Int64(description="its part from rates, tiers and curves in months below the quota")
    high_amount = dy.Int64(description="… in months from the quota on, or without a quota")
    terms_amount = dy.Int64(description="… from windfalls, hurdles and multipliers")
    cap_amount = dy.Int64(description="… from caps")
    extra_amount = dy.Int64(description="… from spiffs and objectives")
    settled_amount = dy.Int64(description="… from draws, clawbacks, holds and what is carried")


def replaced(plans: Iterable[Plan], draft: Plan) -> list[Plan]:
    """The plans that pay a role of the draft."""
    return [plan for plan in plans if set(plan.roles) & set(draft.roles)]


def in_force(draft: Plan, plans: Iterable[Plan], since: date) -> Plan:
    """The draft from `since` on.

    Spiffs are of their time, not of a design: those of today's plans go on under a draft that has none.
    """
    spiffs = draft.spiffs or [spiff for plan in replaced(plans, draft) for spiff in plan.spiffs]
    return draft.model_copy(update={"effective_from": since, "effective_to": None, "spiffs": spiffs})


def compare(today: Iterable[PersonMonth], drafted: Iterable[PersonMonth], plans: Iterable[str]) -> pl.DataFrame:
    """Today against the draft, person by person over the same months; see Compared.

    `plans`: those that the draft replaces. Stopped payments, and months that another plan pays too, are left out.
    """
    now, then = _by_month(today), _by_month(drafted)
    alone = {key for key, (_, pay) in now.items() if {payout.plan for payout in pay.payouts} <= set(plans)}
    rows = [_row(*now[key], then[key][1]) for key in sorted(alone & then.keys())]
    whole = pl.DataFrame(rows, schema=types_of(Compared)).group_by("person_id", maintain_order=True)
    return whole.agg(pl.col("name", "plan").last(), pl.exclude("name", "plan").sum()).select(*types_of(Compared))


def _by_month(months: Iterable[PersonMonth]) -> dict[tuple[str, date], tuple[PersonMonth, Payment]]:
    return {(p.person_id, p.month_on): (p, p.payment) for p in months if p.payment and not p.problems}


def _row(person: PersonMonth, now: Payment, then: Payment) -> dict[str, object]:
    """One person-month of Compared."""
    is_low = person.attainment is not None and person.attainment < 1
    before, after = parts(now), parts(then)
    change = {key: after[key] - before[key] for key in before}
    return {
        "person_id": person.person_id, "name": person.name, "plan": person.plan.plan if person.plan else "",
        "months": 1, "low_months": int(is_low), "now_amount": now.paid, "then_amount": then.paid,
        "difference": then.paid - now.paid, "low_amount": change["scale"] if is_low else 0,
        "high_amount": 0 if is_low else change["scale"], "terms_amount": change["terms"], "cap_amount": change["cap"],
        "extra_amount": change["extra"], "settled_amount": change["settled"],
    }  # fmt: skip


def parts(payment: Payment) -> dict[str, int]:
    """What a payment is made of: scale, terms, cap, extra, settled; they sum to what is paid."""
    found = dict.fromkeys(("scale", "terms", "cap", "extra", "settled"), 0)
    for payout in payment.payouts:
        before = 0
        for stage in payout.stages:
            found["terms" if stage.key in TERMS else stage.key] += stage.rounded(payout.step) - before
            before = stage.rounded(payout.step)
    for extra in payment.extras:
        found["cap" if extra.kind == "plan_cap" else "extra"] += extra.amount
    found["settled"] += sum(item.amount for item in payment.items)
    return found
