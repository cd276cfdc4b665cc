"""Pay that waits until its order is paid: released share by share, as the money comes.

An order that earned 500 is held as long as nobody has paid it; 5,000 of 10,000 collected release 50 %:

>>> held, items = hold({}, {"O1": 500}, {})
>>> items[0].kind, items[0].amount
('held', -500)
>>> held, items = hold(held, {}, {"O1": Fraction(1, 2)})
>>> items[0].kind, items[0].amount, held["O1"].amount
('released', 250, 250)
"""

from collections.abc import Mapping
from fractions import Fraction

from revops.incentives.payments.items import Held, Item
from revops.incentives.scales import rounded

ALL = Fraction(1)


def hold(
    before: Mapping[str, Held],
    orders: Mapping[str, int],
    collected: Mapping[str, Fraction],
    step: int = 1,
) -> tuple[dict[str, Held], list[Item]]:
    """The orders that still wait, and one item for each whose waiting pay has changed, by order.

    `orders`: what was earned now on orders whose pay is held, less what was taken back. One paid in full is settled.
    """
    after: dict[str, Held] = {}
    items: list[Item] = []
    for order in sorted({*before, *orders}):
        old = before.get(order, Held())
        share = min(ALL, max(Fraction(0), collected.get(order, Fraction(0))))
        earned = old.earned + orders.get(order, 0)
        new = Held(earned, rounded(earned * share, step) if earned > 0 else earned)
        if change := old.amount - new.amount:
            figures = {"order_id": order, "commission_amount": earned, "collected_share": share}
            items.append(Item("released" if change > 0 else "held", change, figures))
        if share < ALL:
            after[order] = new
    return after, items
