"""From earned to paid, one person and pay period: draw, recovery, clawback, hold, what was carried, payment cap, floor.

    earned + Σ items = paid ≥ 0
    what is carried, held and advanced goes on in the state, so that nothing is lost but what a cap without carry cuts

25,000 earned under a payment cap of 20,000 that carries:

>>> plan = Plan.model_construct(payment_cap=PaymentCap(amount=20_000, carry=True))
>>> items, state = settle(25_000, plan, State(), Facts())
>>> [(item.kind, item.amount) for item in items], state.carried
([('payment_cap', -5000)], 5000)

Pay is never negative; the rest is taken from the next payment:

>>> plan = Plan.model_construct()
>>> items, state = settle(-80, plan, State(), Facts())
>>> [(item.kind, item.amount) for item in items], state.carried
([('carried_out', 80)], -80)
>>> [(item.kind, item.amount) for item in settle(200, plan, state, Facts())[0]]
[('carried_in', -80)]
"""

from collections.abc import Iterable, Iterator

from revops.incentives.payments import draws
from revops.incentives.payments.holds import hold
from revops.incentives.payments.items import Facts, Item, State, TakenBack
from revops.incentives.plans import Plan
from revops.incentives.scales import rounded, units
from revops.incentives.terms import Draw, PaymentCap


def settle(
    earned: int, plan: Plan, state: State, facts: Facts, decimals: int = 0, step: int = 1
) -> tuple[list[Item], State]:
    """The items between what is earned and what is paid, in the order of operations, and what goes on to the next.

    `earned`: components and extras, in money units and whole steps. earned + Σ items ≥ 0.
    """
    drawn, draw = _draw(earned, plan.draw if facts.is_active else None, state.draw, facts.number, decimals, step)
    taken = list(_taken_back(facts.clawbacks, step))
    orders = dict(facts.orders)
    for item in taken:
        order = str(item.figures["order_id"])
        if order in orders or order in state.held:
            orders[order] = orders.get(order, 0) + item.amount
    held, waiting = hold(state.held, orders, facts.collected, step)
    items = [*drawn, *taken, *waiting]
    if state.carried:
        items.append(Item("carried_in", state.carried, {"how": "cap" if state.carried > 0 else "debt"}))
    capped = list(_payment_cap(earned + _sum(items), plan.payment_cap, decimals, step))
    carried = -_sum(capped) if plan.payment_cap is not None and plan.payment_cap.carry else 0
    items += capped
    due = earned + _sum(items)
    if due < 0:
        items.append(Item("carried_out", -due, {"how": "debt"}))
        carried += due
    return items, State(draw, carried, held)


def _draw(
    earned: int, draw: Draw | None, balance: int, number: int, decimals: int, step: int
) -> tuple[list[Item], int]:
    amount = rounded(units(draw.amount, decimals), step) if draw else 0
    got = draws.advance(draw, amount, number, earned)
    back = draws.recovery(draw, amount, number, earned, balance)
    after = balance + draws.owed(draw, got) - back
    items = []
    if got and draw:
        figures = {"how": draw.kind, "draw_amount": amount, "earned_amount": earned, "balance_amount": after}
        items.append(Item("draw", got, figures))
    if back:
        items.append(Item("recovery", -back, {"balance_amount": balance, "left_amount": after}))
    return items, after


def _taken_back(clawbacks: Iterable[TakenBack], step: int) -> Iterator[Item]:
    for taken in clawbacks:
        if amount := rounded(-taken.amount, step):
            yield Item("clawback", amount, {**taken.figures, "order_id": taken.order_id})


def _payment_cap(due: int, cap: PaymentCap | None, decimals: int, step: int) -> Iterator[Item]:
    if cap is None:
        return
    most = rounded(units(cap.amount, decimals), step)
    if due > most:
        yield Item("payment_cap", most - due, {"cap_amount": most, "how": "carried" if cap.carry else "lost"})


def _sum(items: Iterable[Item]) -> int:
    return sum(item.amount for item in items)
