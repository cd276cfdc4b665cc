"""The deals of a window: all credit lines of one order together, for each component that counts them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from revops.incentives.design.asked import Asked
from revops.incentives.windows import Span

Deals = Mapping[tuple[str, str, int, Span], Sequence[tuple[str, int]]]
"""Orders with their credits, before the factor, by person, plan, component and window."""


def deals_of(windows: Iterable[Asked], days: pl.DataFrame) -> Deals:
    """`days`: one row per person_id, plan, component, order_id and moved_on with its credit_amount."""
    known: dict[tuple[str, str, int], list[tuple[date, str, int]]] = {}
    columns = ("person_id", "plan", "component", "moved_on", "order_id", "credit_amount")
    for person, plan, component, day, order, credit in days.select(columns).sort(columns).rows():
        known.setdefault((person, plan, component), []).append((day, order, credit))
    found: dict[tuple[str, str, int, Span], Sequence[tuple[str, int]]] = {}
    for one in windows:
        for part in one.parts:
            key, (start, end) = (one.person.person_id, one.plan.plan, part.number), one.window
            orders: dict[str, int] = {}
            for day, order, credit in known.get(key, ()):
                if start <= day < end:
                    orders[order] = orders.get(order, 0) + credit
            found[*key, one.window] = sorted(orders.items())
    return found
