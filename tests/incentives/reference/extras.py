"""What is earned beside the components: spiffs with a budget over everybody, objectives, and the cap of the plan."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .days import Span, calendar_window, day
from .earning import Earner, Fault, Terms
from .numbers import ZERO, number, rounded


def awards(spiff: Terms, plan: Terms, people: Sequence[Terms], fiscal_start: int = 1) -> list[Terms]:
    """Every award of a spiff over all people, in event order, the last one cut to what the budget holds."""
    due: list[tuple[date, str, str, Span]] = []
    for person in people:
        orders: dict[tuple[str, Span], list[tuple[date, Decimal]]] = {}
        for row in person.get("units", []):
            on = day(row["on"])
            if day(spiff["start_on"]) <= on < day(spiff["end_on"]) and _matches(spiff.get("where") or {}, row):
                period = calendar_window(plan["period"], on, fiscal_start)
                orders.setdefault((row["order"], period), []).append((on, number(row["units"])))
        for (order, period), rows in orders.items():
            if sum((units for _, units in rows), ZERO) >= number(spiff["at_least"]):
                due.append((max(on for on, _ in rows), order, person["id"], period))
    left = number(spiff["budget"]) if spiff.get("budget") is not None else None
    found, had = [], set[tuple[str, Span]]()
    for on, order, who, period in sorted(due):
        if spiff["every"] == "period" and (who, period) in had:
            continue
        had.add((who, period))
        amount = number(spiff["pay"]) if left is None else min(number(spiff["pay"]), left)
        left = None if left is None else left - amount
        found.append({"person": who, "order": order, "on": on, "period": period, "amount": amount})
    return found


def _matches(where: Terms, row: Terms) -> bool:
    wanted = {key: value if isinstance(value, list) else [value] for key, value in where.items()}
    return all(row.get(key) in values for key, values in wanted.items())


def objectives_amount(plan: Terms, scores: dict[str, Any]) -> Decimal:
    """Target × Σ weight × score."""
    terms = plan["objectives"]
    missing = [row["key"] for row in terms["objectives"] if row["key"] not in scores]
    if missing:
        raise Fault(f"no score for {', '.join(missing)}")
    reached = sum((number(row["weight"]) * number(scores[row["key"]]) for row in terms["objectives"]), ZERO)
    return number(terms["target"]) * reached


def extras(earner: Earner, period: Span, components: Decimal, won: Decimal, places: int = 2) -> dict[str, Decimal]:
    """Spiffs, objectives and what the cap of the plan takes (≤ 0), each rounded."""
    plan = earner.plan
    mbo = ZERO
    if plan.get("objectives"):
        scores = earner.person.get("scores", {}).get(period[0], {})
        mbo = rounded(earner.shrunk(objectives_amount(plan, scores), period, earner.shrinks_target), places)
    spiffs, cap = rounded(won, places), plan.get("cap")
    counted = components + mbo + (spiffs if plan.get("is_spiff_capped") else ZERO)
    limit = counted
    if cap and cap.get("amount") is not None:
        limit = number(cap["amount"])
    elif cap:
        target = number(plan["target"]["amount"])
        target = target * (3 if plan["period"] == "quarter" else 1) / 12 if plan["target"]["per"] == "year" else target
        limit = number(cap["times_target"]) * earner.shrunk(target, period, earner.shrinks_target)
    return {"spiffs": spiffs, "objectives": mbo, "plan_cap": rounded(min(ZERO, limit - counted), places)}
