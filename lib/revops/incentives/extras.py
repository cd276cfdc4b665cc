"""What is earned beside the components: spiffs with their budgets, objectives, and what a plan's cap takes.

A spiff awards an order of at least so many units; its budget is spent over everybody of the plan in event order, the
last award cut to what is left. Objectives pay target × Σ weight × score. The plan's cap comes last and leaves spiffs
alone, unless the plan says otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from revops.incentives import scales
from revops.incentives.earnings import Extra, Payout
from revops.incentives.plans import Plan
from revops.incentives.terms import Spiff
from revops.money import RATE_SCALE


@dataclass(frozen=True)
class Sold:
    """Units of one order that a spiff looks at: net in one pay period, on the day of its last line."""

    day: date
    order_id: str
    person_id: str
    units: Fraction
    period_on: date


@dataclass(frozen=True)
class Award:
    """One award of a spiff, in money units, after the budget."""

    sold: Sold
    amount: int


def awards(spiff: Spiff, sold: Iterable[Sold], decimals: int, step: int, spent: int = 0) -> list[Award]:
    """Every award of a spiff in event order (day, then order, then person). `spent`: of the budget, before all these.

    250 for at least 10 units and orders of 12, 9 and 10: every time 500, once a period 250.
    """
    each = scales.rounded(scales.units(spiff.pay, decimals), step)
    left = None if spiff.budget is None else int(scales.units(spiff.budget, decimals) // step) * step - spent
    found, once = list[Award](), set[tuple[str, date]]()
    for one in sorted(sold, key=lambda one: (one.day, one.order_id, one.person_id)):
        key = (one.person_id, one.period_on)
        if one.units < Fraction(spiff.at_least) or (spiff.every == "period" and key in once):
            continue
        amount = each if left is None else max(0, min(each, left))
        left = None if left is None else left - amount
        once.add(key)
        found.append(Award(one, amount))
    return found


def spiff_extras(plan: Plan, won: Mapping[str, Sequence[Award]], person_id: str, period_on: date) -> Iterator[Extra]:
    """One extra for each spiff that a person won in a pay period, with the orders that earned it."""
    for spiff in plan.spiffs:
        mine = [a for a in won.get(spiff.key, ()) if (a.sold.person_id, a.sold.period_on) == (person_id, period_on)]
        if mine:
            figures = {
                "count": len(mine),
                "units": int(sum(award.sold.units for award in mine)),
                "orders": ", ".join(award.sold.order_id for award in mine),
                "pay_amount": max(award.amount for award in mine),
            }
            yield Extra("spiff", plan.plan, spiff.key, spiff.name, sum(award.amount for award in mine), figures)


def objective_extras(
    plan: Plan, scores: Mapping[str, int], share: Fraction, decimals: int, step: int
) -> Iterator[Extra]:
    """What each objective pays, rounded together: scores in billionths by key, all there; `share` prorates the target.

    A target of 5,000, weights 50/30/20 and scores 100/50/0 % are 2,500 and 750.
    """
    if plan.objectives is None:
        return
    target = scales.units(plan.objectives.target, decimals) * share
    every = plan.objectives.objectives
    parts = [target * Fraction(one.weight) * Fraction(scores[one.key], RATE_SCALE) for one in every]
    for one, amount in zip(every, scales.allocate(parts, step), strict=True):
        figures = {
            "score_share": Fraction(scores[one.key], RATE_SCALE),
            "weight_share": Fraction(one.weight),
            "target_amount": scales.rounded(target),
        }
        yield Extra("objectives", plan.plan, one.key, one.name, amount, figures)


def plan_cap_extra(
    plan: Plan, payouts: Sequence[Payout], extras: Sequence[Extra], target: Fraction, decimals: int, step: int
) -> Iterator[Extra]:
    """What the plan's cap takes from components and objectives (and spiffs, where they are capped), below 0."""
    if plan.cap is None:
        return
    if plan.cap.amount is not None:
        cap = scales.rounded(scales.units(plan.cap.amount, decimals), step)
    else:
        cap = scales.rounded(Fraction(plan.cap.times_target or 0) * target, step)
    counted = [extra.amount for extra in extras if extra.kind == "objectives" or plan.is_spiff_capped]
    due = sum(payout.pay for payout in payouts) + sum(counted)
    if due > cap:
        yield Extra("plan_cap", plan.plan, "plan_cap", "", cap - due, {"cap_amount": cap, "due_amount": due})
