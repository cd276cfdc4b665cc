"""What if: the same month under moved rates, moved sales or the other kind of scale. Nothing is saved."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives import scales
from revops.incentives.earnings import Payment, payouts_of
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Component, Plan
from revops.incentives.terms import Tier
from revops.money import RATE_SCALE


def changed(plan: Plan, rates: float = 0.0, scale: str | None = None) -> Plan:
    """A plan with all its rates, amounts and targets moved by a share (0.1 = 10 % more) and, where given, another kind
    of scale.
    """
    factor = 1 + Decimal(str(rates))

    def moved(part: Component | Tier, *names: str) -> dict[str, Any]:
        held = {name: value for name in names if isinstance(value := getattr(part, name), int | Decimal)}
        return {
            name: value * factor if isinstance(value, Decimal) else scales.rounded(Fraction(value) * Fraction(factor))
            for name, value in held.items()
        }

    parts = []
    for part in plan.components:
        new: dict[str, Any] = {"scale": scale} if scale and part.tiers else {}
        by_target = part.curve is not None or any(tier.times is not None for tier in part.tiers or [])
        new |= moved(part, "target") if by_target else moved(part, "rate")
        if part.tiers:
            new["tiers"] = [tier.model_copy(update=moved(tier, "rate", "pay")) for tier in part.tiers]
        parts.append(part.model_copy(update=new))
    return plan.model_copy(update={"components": parts})


def again(
    person: PersonMonth, step: int, *, rates: float = 0.0, sales: float = 0.0, scale: str | None = None
) -> Payment | None:
    """The person's payment with moved rates and sales; None where the payment is stopped. Debts stay out of it."""
    if person.plan is None or person.payment is None or person.problems:
        return None
    plan, growth, dearer = changed(person.plan, rates, scale), 1 + Fraction(str(sales)), 1 + Fraction(str(rates))
    stretches = []
    for given in (payout.stretch for payout in person.payment.payouts if payout.plan == plan.plan):
        part, before = plan.components[given.number], given.before.credit if given.before else 0
        now = replace(given.now, credit=before + scales.rounded((given.now.credit - before) * growth))
        target = given.target * (dearer if part.pays_by_target else 1)
        rate = None if given.rate is None else scales.rounded(given.rate * dearer)
        stretches.append(replace(given, component=part, now=now, target=target, rate=rate))
    return Payment(payouts_of(plan, stretches, step))


def cost(people: Sequence[PersonMonth], decimals: int, step: int, **moved: Any) -> pl.DataFrame:
    """One row per plan: people paid, credits counted, cost as it is and with what is moved; commission after caps.

    Columns: plan, people, credit_amount, now_amount, then_amount, difference.
    """
    rows: dict[str, list[int]] = {}
    for person in people:
        now, then = again(person, step), again(person, step, **moved)
        if person.plan is None or now is None or then is None:
            continue
        row = rows.setdefault(person.plan.plan, [0, 0, 0, 0])
        values = [1, now.payouts[0].credited, sum(p.pay for p in now.payouts), sum(p.pay for p in then.payouts)]
        rows[person.plan.plan] = [a + b for a, b in zip(row, values, strict=True)]
    schema = ["plan", "people", "credit_amount", "now_amount", "then_amount"]
    frame = pl.DataFrame(
        [[plan, *values] for plan, values in sorted(rows.items())],
        schema={name: pl.String if name == "plan" else pl.Int64 for name in schema},
        orient="row",
    )
    return frame.with_columns(difference=pl.col("then_amount") - pl.col("now_amount"))


def side_by_side(people: Sequence[PersonMonth], decimals: int, step: int) -> pl.DataFrame:
    """One row per person paid: pay as it is, and on a marginal and on a whole scale of the same tiers.

    Columns: person_id, name, plan, scale (the plan's own), attainment, now_amount, marginal_amount, whole_amount,
    difference (whole less now). Plans without tiers pay the same on every scale. Empty where no plan has tiers.
    """
    rows: list[tuple[Any, ...]] = []
    tiered = any(part.tiers for person in people if person.plan for part in person.plan.components)
    for person in people if tiered else ():
        kinds = [again(person, step, scale=scale) for scale in (None, "marginal", "whole")]
        if person.plan is None or any(payment is None for payment in kinds):
            continue
        sums = [sum(p.pay for p in payment.payouts) for payment in kinds if payment]
        share = None if person.attainment is None else float(person.attainment)
        own = person.plan.components[0].shape
        rows.append((person.person_id, person.name, person.plan.plan, own, share, *sums, sums[2] - sums[0]))
    schema = {
        "person_id": pl.String, "name": pl.String, "plan": pl.String, "scale": pl.String, "attainment": pl.Float64,
        "now_amount": pl.Int64, "marginal_amount": pl.Int64, "whole_amount": pl.Int64, "difference": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").sort("plan", "person_id")


def curve(component: Component, quota: int, decimals: int, shares: Sequence[float]) -> list[tuple[float, int, int]]:
    """(attainment, marginal pay, whole pay) of a component's tiers at some attainments, before caps, rounded."""
    kinds = [component.model_copy(update={"scale": kind}) for kind in ("marginal", "whole")]
    both = [scales.scale_of(kind, quota, RATE_SCALE, decimals) for kind in kinds]
    found = []
    for share in shares:
        credit = Fraction(Decimal(str(share))) * quota
        part, whole = (scales.rounded(scale.earned(credit)) for scale in both)
        found.append((share, part, whole))
    return found
