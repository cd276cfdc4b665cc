"""The watch over tiers: months whose last days' bookings pass a tier and come back afterwards.

A bunched month alone proves nothing; the returns that follow are the evidence.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives.games.deals import OWN
from revops.incentives.games.rules import Watch
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Component, Plan
from revops.periods import add_months

SCHEMA = {
    "person_id": pl.String, "name": pl.String, "month_on": pl.Date, "attainment": pl.Float64, "bound": pl.Float64,
    "last_amount": pl.Int64, "last_share": pl.Float64, "returned_amount": pl.Int64, "orders": pl.String,
    "returned_on": pl.Date, "is_proven": pl.Boolean,
}  # fmt: skip


def bounds_of(plan: Plan) -> list[Fraction]:
    """The attainments above 0 from which a plan pays otherwise: tiers, thresholds and points of a curve, rising.

    Of the first component, whose attainment it is, and of those that are measured alike.
    """
    found: set[Fraction] = set()
    for part in [part for part in plan.components if _measured(part) == _measured(plan.components[0])]:
        if part.bounds == "quota":
            found |= {Fraction(tier.start) for tier in part.tiers or []} | {Fraction(part.threshold or 0)}
        found |= {Fraction(at) for at, _ in part.curve or []}
    return sorted(bound for bound in found if bound > 0)


def _measured(part: Component) -> tuple[Any, ...]:
    return part.quota, part.credit, part.basis, part.window, sorted(part.where.items())


def bound_below(person: PersonMonth, near: Fraction) -> Fraction | None:
    """The bound that the month's attainment lies just above, None where it does not."""
    if person.plan is None or person.attainment is None:
        return None
    found = [bound for bound in bounds_of(person.plan) if 0 <= person.attainment - bound <= near]
    return found[-1] if found else None


def bunched(months: Iterable[PersonMonth], lines: pl.DataFrame, rules: Watch, until: date) -> pl.DataFrame:
    """One row per person and month whose bookings bunch in the last days, end just above a bound, and come back.

    Columns: person_id, name, month_on, attainment, bound, last_amount (booked in the last days), last_share (of the
    month's bookings), returned_amount (of those, given back in the two following months), orders (ids given back),
    returned_on (last day of that), is_proven (enough came back for the rule).
    A month that ends at `until` is listed when it bunches: its returns cannot be known yet.
    """
    own = lines.filter((pl.col("basis") == "booked") & pl.col("rule").is_in(OWN))
    sales = own.filter(pl.col("kind") == "sale").partition_by("person_id", "month_on", as_dict=True)
    returns = own.filter(pl.col("kind") == "return")
    rows = []
    for person in months:
        bound = bound_below(person, rules.near)
        booked = sales.get((person.person_id, person.month_on))
        if bound is None or booked is None:
            continue
        row = _bunched(person, bound, booked, returns, rules, until)
        if row:
            rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA).sort("person_id", "month_on")


def _bunched(
    person: PersonMonth, bound: Fraction, booked: pl.DataFrame, returns: pl.DataFrame, rules: Watch, until: date
) -> dict[str, Any] | None:
    end = add_months(person.month_on, 1)
    last = booked.filter(pl.col("moved_on") >= end - timedelta(days=rules.last_days))
    total, amount = int(booked["credit_amount"].sum()), int(last["credit_amount"].sum())
    if total <= 0 or amount < rules.minimum_share * total:
        return None
    back = returns.filter(
        (pl.col("person_id") == person.person_id)
        & (pl.col("moved_on") >= end)
        & (pl.col("moved_on") < add_months(end, 2))
    ).join(last.select("line_id", "rule"), on=["line_id", "rule"], how="semi")
    returned = -int(back["credit_amount"].sum())
    is_proven = returned >= rules.returned_share * amount
    if not is_proven and end < until:
        return None
    return {
        "person_id": person.person_id, "name": person.name, "month_on": person.month_on,
        "attainment": float(person.attainment or 0), "bound": float(bound), "last_amount": amount,
        "last_share": amount / total, "returned_amount": returned, "orders": ", ".join(sorted(set(back["order_id"]))),
        "returned_on": back["moved_on"].max(), "is_proven": is_proven,
    }  # fmt: skip


def flagged(found: pl.DataFrame) -> pl.DataFrame:
    """One row per person with at least one month that meets the whole rule: those months, amounts, last orders."""
    mine = found.filter("is_proven").sort("person_id", "month_on")
    return mine.group_by("person_id", maintain_order=True).agg(
        pl.col("name").first(),
        pl.len().cast(pl.Int64).alias("months"),
        pl.col("last_amount").sum(),
        pl.col("returned_amount").sum(),
        pl.col("month_on").min().alias("first_on"),
        pl.col("month_on").max().alias("last_on"),
        pl.col("orders").filter(pl.col("orders") != "").last(),
    )


def doubts(found: pl.DataFrame) -> dict[str, dict[date, date]]:
    """People's months whose bookings bunched above a bound and came back, each with the day of the last return."""
    known: dict[str, dict[date, date]] = {}
    for person_id, month_on, day in found.filter("is_proven").select("person_id", "month_on", "returned_on").rows():
        known.setdefault(person_id, {})[month_on] = day
    return known


def results(months: Sequence[PersonMonth]) -> pl.DataFrame:
    """One row per person and month with a quota: person_id, name, role, plan, month_on, attainment, bounds."""
    schema: dict[str, Any] = {
        "person_id": pl.String, "name": pl.String, "role": pl.String, "plan": pl.String, "month_on": pl.Date,
        "attainment": pl.Float64, "bounds": pl.List(pl.Float64),
    }  # fmt: skip
    rows = [
        (p.person_id, p.name, p.role, p.plan.plan, p.month_on, float(p.attainment), [*map(float, bounds_of(p.plan))])
        for p in months
        if p.plan is not None and p.attainment is not None
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
