"""One person's pay, month after month: what is earned, what is paid, what goes on to the next month."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .days import Span, calendar_window, day, month_of, whole_months
from .earning import Earner, Fault, Terms
from .extras import awards, extras
from .lines import paid_parts
from .numbers import ONE, ZERO, in_fifty_digits, number, rounded, to_sum
from .paying import settle


@in_fifty_digits
def timeline(
    plan: Terms,
    person: Terms,
    first: date,
    count: int,
    others: Sequence[Terms] = (),
    fiscal_start: int = 1,
    places: int = 2,
) -> list[Terms]:
    """One row per month: paid (None where nothing is due or a fault stops it), components, extras, items, state."""
    earner = Earner(plan, person, fiscal_start, places)
    rows, state = [], dict[str, Any]()
    for n in range(count):
        month = month_of(first, n)
        period = calendar_window(plan["period"], month, fiscal_start)
        row: Terms = {"month": month, "paid": None}
        rows.append(row)
        is_here = earner.is_here_in(period)
        if month_of(month, 1) != period[1] or not (is_here or _is_open(state)):
            continue
        try:
            row |= (
                _month(earner, period, [person, *others], state, places) if is_here else _after(earner, period, state)
            )
        except Fault as fault:
            row["fault"] = str(fault)
            continue
        state = row["state"]
    return rows


def _month(earner: Earner, period: Span, people: Sequence[Terms], state: Terms, places: int) -> Terms:
    plan, person = earner.plan, earner.person
    parts = earner.earned(period)
    components = sum((part["pay"] for part in parts), ZERO)
    won = sum(
        (
            award["amount"]
            for spiff in plan.get("spiffs") or []
            for award in awards(spiff, plan, people, earner.fiscal_start)
            if award["person"] == person["id"] and award["period"] == period
        ),
        ZERO,
    )
    beside = extras(earner, period, components, won, places)
    earned = components + sum(beside.values(), ZERO)
    facts = {
        "number": _number(earner, period),
        "is_active": earner.is_here_in((month_of(period[1], -1), period[1])),
        "taken": _taken_back(earner, period, places) if plan.get("clawback") else {},
        "orders": _by_order(earner, parts, period, places) if plan.get("hold") else {},
        "collected": _collected(person, period[1]),
    }
    items, after = settle(plan, earned, state, facts, places)
    found = {"parts": parts, "extras": beside, "items": items, "state": after, "earned": earned}
    return {**found, "paid": earned + sum(items.values(), ZERO)}


def _is_open(state: Terms) -> bool:
    return bool(state.get("carried") or any(earned - due for earned, due in state.get("held", {}).values()))


def _after(earner: Earner, period: Span, state: Terms) -> Terms:
    """A month after the person has left: only what is carried or held, without a draw."""
    plan = earner.plan
    facts = {"is_active": False, "taken": {}, "orders": {}, "collected": _collected(earner.person, period[1])}
    if plan.get("clawback"):
        facts["taken"] = _taken_back(earner, period, earner.places)
    items, after = settle(plan, ZERO, state, facts, earner.places)
    nothing = {"spiffs": ZERO, "objectives": ZERO, "plan_cap": ZERO}
    found = {"parts": [], "extras": nothing, "items": items, "state": after, "earned": ZERO}
    return {**found, "paid": sum(items.values(), ZERO)}


def _number(earner: Earner, period: Span) -> int:
    """The person's pay period, counted from 1 at hiring."""
    first = calendar_window(earner.plan["period"], earner.hired, earner.fiscal_start)[0]
    return whole_months(first, period[0]) // (3 if earner.plan["period"] == "quarter" else 1) + 1


def _by_order(earner: Earner, parts: Sequence[Terms], period: Span, places: int) -> dict[str, Decimal]:
    """What each order earned in the pay period, every component shared out in whole cents."""
    found = dict[str, Decimal]()
    for row in parts:
        part, window = earner.parts[row["key"]], row["window"]
        exact = dict[Any, Decimal]()
        for sign, until in ((1, min(window[1], period[1])), (-1, max(window[0], period[0]))):
            for line, amount in paid_parts(earner, part, window, until):
                exact[line.get("order")] = exact.get(line.get("order"), ZERO) + sign * amount
        orders = sorted(exact, key=str)
        shared = to_sum([exact[order] for order in orders], row["pay"], places) if orders else []
        for order, amount in zip(orders, shared, strict=True):
            if order is not None:
                found[order] = found.get(order, ZERO) + amount
    return found


def _collected(person: Terms, until: date) -> dict[str, Decimal]:
    """The share of each order that has come in before a day."""
    found = dict[str, Decimal]()
    for row in sorted(person.get("collected", []), key=lambda row: day(row["on"])):
        if day(row["on"]) < until:
            found[row["order"]] = number(row["share"])
    return found


def _taken_back(earner: Earner, period: Span, places: int) -> dict[str, Decimal]:
    """What the returns of a pay period take back, by order, rounded once."""
    terms, found = earner.plan["clawback"], dict[str, Decimal]()
    backs = [row for row in earner.person["credits"] if row.get("kind") == "return"]
    backs = sorted(backs, key=lambda row: (day(row["on"]), str(row.get("id", ""))))
    for n, back in enumerate(backs):
        on = day(back["on"])
        if not period[0] <= on < period[1] or not earner.is_here(on):
            continue
        paid = _paid_in(earner, back, period)
        for window in sorted({window for _, window in paid}):
            until = min(window[1], period[1])
            sold_on = _sold_on(earner, back, window, until)
            if sold_on is None:
                continue
            parts = [earner.parts[key] for key, at in paid if at == window]
            if terms["by"] == "original":
                amount = sum((_original(earner, part, window, until, back) for part in parts), ZERO)
            else:
                keys = [key for key, at in paid if at == window]
                amount = _without(earner, keys, window, until, backs[:n])
                amount -= _without(earner, keys, window, until, backs[: n + 1])
            kept = Decimal(whole_months(sold_on, on)) / terms["months"] if terms.get("months") else ZERO
            found[back["order"]] = found.get(back["order"], ZERO) + amount * max(ZERO, ONE - kept)
    return {order: rounded(amount, places) for order, amount in found.items()}


def _paid_in(earner: Earner, back: Terms, period: Span) -> list[tuple[str, Span]]:
    """The components and windows in which the returned order was sold."""
    sales = [row for row in earner.person["credits"] if row.get("order") == back["order"] and row is not back]
    days = [day(row["on"]) for row in sales if row.get("kind") != "return" and day(row["on"]) < period[1]]
    found = set[tuple[str, Span]]()
    for on in days:
        at = calendar_window(earner.plan["period"], on, earner.fiscal_start)
        for key, part in earner.parts.items():
            found |= {(key, window) for window in earner.windows(part, at) if window[0] <= on < window[1]}
    return sorted(found)


def _sold_on(earner: Earner, back: Terms, window: Span, until: date) -> date | None:
    """The first day of the order's credits in a window."""
    lines = [line for part in earner.parts.values() for line in earner.credits(part, window, until)]
    return min((line["on"] for line in lines if line.get("order") == back["order"]), default=None)


def _original(earner: Earner, part: Terms, window: Span, until: date, back: Terms) -> Decimal:
    """The returned part of what the order's lines were paid after every stage."""
    lines = [row for row in paid_parts(earner, part, window, until) if row[0].get("order") == back["order"]]
    credit = sum((line["amount"] for line, _ in lines), ZERO)
    returned = -number(back["amount"]) * number(part.get("factor", 1))
    return sum((amount for _, amount in lines), ZERO) * returned / credit if credit else ZERO


def _without(earner: Earner, keys: Sequence[str], window: Span, until: date, backs: Sequence[Terms]) -> Decimal:
    """What the components of a window come to, had some returns never been sold."""
    credits = earner.person["credits"]
    sold = [row for row in credits if row.get("kind") != "return"]
    days = {row.get("order"): row["on"] for row in sold if window[0] <= day(row["on"]) < until}
    gone = [{**row, "on": days[row["order"]], "kind": "back"} for row in backs if row["order"] in days]
    again = Earner(earner.plan, {**earner.person, "credits": [*sold, *gone]}, earner.fiscal_start, earner.places)
    return sum((again.stages(again.parts[key], window, until)["cap"] for key in keys), ZERO)
