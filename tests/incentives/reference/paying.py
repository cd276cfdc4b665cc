"""From what was earned to what is paid: draws, holds, the payment cap, what is carried."""

from decimal import Decimal
from typing import Any

from .numbers import ONE, ZERO, number, rounded

Terms = dict[str, Any]


def draw(terms: Terms, period_number: int, earned: Decimal, balance: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Advance, recovery (≤ 0) and the new balance of one pay period, counted from 1 since hiring."""
    amount, kind = number(terms["amount"]), terms["kind"]
    is_on = terms.get("periods") is None or period_number <= terms["periods"]
    recovers = not kind.startswith("non_")
    back = ZERO
    if recovers and period_number >= terms.get("recover_from", 2):
        back = min(balance, max(ZERO, earned - amount))
    advance = (max(ZERO, amount - earned) if kind.endswith("guarantee") else amount) if is_on else ZERO
    return advance, -back, balance + advance - back if recovers else ZERO


def hold(
    before: dict[str, Any], orders: dict[str, Decimal], collected: dict[str, Decimal], places: int
) -> tuple[dict[str, Any], Decimal]:
    """Every order's pay so far and what of it is due, and by how much the waiting pay of all of them rose."""
    after, rose = dict[str, Any](), ZERO
    for order in {*before, *orders}:
        earned, due = before.get(order, (ZERO, ZERO))
        now = earned + orders.get(order, ZERO)
        share = min(ONE, max(ZERO, collected.get(order, ZERO)))
        now_due = rounded(now * share, places) if now > 0 else now
        rose += (now - now_due) - (earned - due)
        if share < 1:
            after[order] = (now, now_due)
    return after, rose


def settle(plan: Terms, earned: Decimal, state: Terms, facts: Terms, places: int = 2) -> tuple[Terms, Terms]:
    """Items of one pay period, as what each adds, and the state that goes on: balance, carried, held."""
    items = dict[str, Decimal]()
    balance, carried, held = state.get("balance", ZERO), state.get("carried", ZERO), state.get("held", {})
    if plan.get("draw") and facts["is_active"]:
        items["draw"], items["recovery"], balance = draw(plan["draw"], facts["number"], earned, balance)
    elif balance:
        items["recovery"] = -min(balance, max(ZERO, earned))
        balance += items["recovery"]
    items["clawback"] = -sum(facts["taken"].values(), ZERO)
    if plan.get("hold"):
        orders = dict(facts["orders"])
        for order, amount in facts["taken"].items():
            orders[order] = orders.get(order, ZERO) - amount
        held, rose = hold(held, orders, facts["collected"], places)
        items["held"] = -rose
    items["carried_in"], cap = carried, plan.get("payment_cap")
    due = earned + sum(items.values(), ZERO)
    over = max(ZERO, due - number(cap["amount"])) if cap else ZERO
    items["payment_cap"], items["carried_out"] = -over, max(ZERO, -due)
    carried = min(ZERO, due) + (over if cap and cap["carry"] else ZERO)
    return items, {"balance": balance, "carried": carried, "held": held}
