"""One person's pay, month after month: what is earned, what is paid, what goes on to the next month."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .days import Span, calendar_window, day, month_of, whole_months
from .earning import Earner, Fault, Terms, line_parts
from .extras import awards, extras
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
    rows, state, paid_on = [], dict[str, Any](), list[Terms]()
    for n in range(count):
        month = month_of(first, n)
        period = calendar_window(plan["period"], month, fiscal_start)
        row: Terms = {"month": month, "paid": None}
        rows.append(row)
        if month_of(month, 1) != period[1] or not earner.is_here_in(period):
            continue
        try:
            row |= _month(earner, period, [person, *others], state, paid_on, places)
        except Fault as fault:
            row["fault"] = str(fault)
            continue
        state = row["state"]
        paid_on += row["lines"]
    return rows


def _month(
    earner: Earner, period: Span, people: Sequence[Terms], state: Terms, before: Sequence[Terms], places: int
) -> Terms:
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
    lines = [line for part in parts for line in _paid_lines(earner, part, period, places)]
    taken = _taken_back(earner, period, [*before, *lines], places)
    facts = {"taken": taken, "orders": _by_order(lines), "collected": _collected(person, period[1])}
    hired = month_of(earner.hired)
    length = 3 if plan["period"] == "quarter" else 1
    facts["number"] = (
        whole_months(calendar_window(plan["period"], hired, earner.fiscal_start)[0], period[0]) // length + 1
    )
    items, after = settle(plan, earned, state, facts, places)
    found = {"parts": parts, "extras": beside, "items": items, "state": after, "lines": lines}
    return {**found, "earned": earned, "paid": earned + sum(items.values(), ZERO)}


def _paid_lines(earner: Earner, row: Terms, period: Span, places: int) -> list[Terms]:
    """The credit lines of a component with what each was paid after all stages, exact and by order in whole cents."""
    part = earner.parts[row["key"]]
    parts = line_parts(earner, part, row["window"], period)
    scale, pay = row["stages"]["scale"], row["pay"]
    found = [
        {
            **line,
            "of": row["key"],
            "window": row["window"],
            "part": amount,
            "exact": amount * pay / scale if scale else amount,
        }
        for line, amount in parts
    ]
    orders = sorted({line["order"] for line in found if line.get("order") is not None})
    exact = [sum((x["exact"] for x in found if x.get("order") == order), ZERO) for order in orders]
    rest = pay - sum(exact, ZERO)
    cents = to_sum([*exact, rest], places)
    by_order = dict(zip(orders, cents, strict=False))
    for line in found:
        line["cents"] = by_order.pop(line.get("order"), ZERO)
    return found


def _by_order(lines: Sequence[Terms]) -> dict[str, Decimal]:
    found = dict[str, Decimal]()
    for line in lines:
        if line.get("order") is not None:
            found[line["order"]] = found.get(line["order"], ZERO) + line["cents"]
    return found


def _collected(person: Terms, until: date) -> dict[str, Decimal]:
    """The share of each order that has come in before a day."""
    found = dict[str, Decimal]()
    for row in sorted(person.get("collected", []), key=lambda row: day(row["on"])):
        if day(row["on"]) < until:
            found[row["order"]] = number(row["share"])
    return found


def _taken_back(earner: Earner, period: Span, sold: Sequence[Terms], places: int) -> dict[str, Decimal]:
    """What the returns of a pay period take back, by order, rounded once."""
    terms, found = earner.plan.get("clawback"), dict[str, Decimal]()
    if not terms:
        return found
    backs = [row for row in earner.person.get("credits", []) if row.get("kind") == "return"]
    backs = sorted(backs, key=lambda row: (day(row["on"]), str(row.get("id", ""))))
    for back in backs:
        on = day(back["on"])
        if not period[0] <= on < period[1]:
            continue
        for key, part in earner.parts.items():
            if back.get("of", key) != key:
                continue
            lines = [line for line in sold if line.get("order") == back["order"] and line["of"] == key]
            if not lines:
                continue
            credit = -number(back["amount"]) * number(part.get("factor", 1))
            if terms["by"] == "original":
                whole = sum((line["amount"] for line in lines), ZERO)
                amount = sum((line["exact"] for line in lines), ZERO) * credit / whole
            else:
                amount = _recomputed(earner, part, lines[0], backs, back, period)
            share = ONE
            if terms.get("months"):
                share = max(ZERO, ONE - Decimal(whole_months(lines[0]["on"], on)) / terms["months"])
            found[back["order"]] = found.get(back["order"], ZERO) + amount * share
    return {order: rounded(amount, places) for order, amount in found.items()}


def _recomputed(earner: Earner, part: Terms, sale: Terms, backs: Sequence[Terms], back: Terms, period: Span) -> Decimal:
    """What the sale's window pays without the earlier returns, less what it pays without this one too."""
    key, window = sale["of"], sale["window"]
    now = min(window[1], period[1])
    plan = {**earner.plan, "clawback": None}
    gone = [row for row in backs[: backs.index(back)] if row.get("of", key) == key]

    def pays(without: Sequence[Terms]) -> Decimal:
        sold = [row for row in earner.person["credits"] if row.get("kind") != "return"]
        at_sale = [{**row, "on": sale["on"], "kind": "back"} for row in without]
        again = Earner(plan, {**earner.person, "credits": [*sold, *at_sale]}, earner.fiscal_start, earner.places)
        return again.stages(again.parts[key], window, now)["cap"]

    return pays(gone) - pays([*gone, back])
