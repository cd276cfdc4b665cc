"""Sales and returns as a test writes them, and what the games make of them."""

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives import credits
from revops.incentives.games import deals, points
from revops.incentives.games.rules import Games, Points
from revops.incentives.payouts import PersonMonth

from ..frames import movements, people, splits
from ..test_payouts import plan

AUG, SEP, OCT, NOV = (date(2026, month, 1) for month in (8, 9, 10, 11))
TEAM = people(*({"person_id": p, "region": r} for p, r in (("A", "North"), ("B", "North"), ("C", "South"))))
Row = dict[str, Any]


def sale(order: str, amount: int, day: date = date(2026, 10, 5), person: str = "A", **change: Any) -> Row:
    """An order of one line."""
    base = {"movement_id": f"{order}-1", "order_id": order, "line_id": f"{order}-1", "person_id": person}
    return {**base, "net_amount": amount, "moved_on": day, "account_id": f"K{order}", **change}


def back(
    order: str, amount: int, day: date = date(2026, 10, 9), person: str = "A", units: int = 1, **change: Any
) -> Row:
    """A return of so much of it."""
    row = sale(order, -amount, day, person, kind="return", quantity=-units, **change)
    return {**row, "movement_id": f"{order}-r{day:%m%d}"}


def lines(*rows: Row, shares: tuple[tuple[str, str, float], ...] = ()) -> pl.DataFrame:
    """Their credit lines."""
    return credits.credit_lines(movements(*rows), TEAM, splits(*shares), [plan()])


def quotas(amount: int = 100, *persons: str) -> pl.DataFrame:
    """The same quota of each month for each person."""
    spans = [(AUG, SEP), (SEP, OCT), (OCT, NOV)]
    rows = [(p, start, end, amount) for p in persons or ("A", "B", "C") for start, end in spans]
    return pl.DataFrame(rows, schema=["person_id", "start_on", "end_on", "quota_amount"], orient="row")


def first(*orders: str) -> pl.DataFrame:
    """Which orders are a buyer's first."""
    return pl.DataFrame({"order_id": list(orders)}, schema={"order_id": pl.String})


def made(
    credit_lines: pl.DataFrame, new: tuple[str, ...] = (), reclose_days: int = 30
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Deals and events."""
    events = deals.deal_events(credit_lines)
    return deals.deals(events, first(*new), reclose_days), events


def ledger(credit_lines: pl.DataFrame, rules: Points, new: tuple[str, ...] = (), quota: int = 100) -> pl.DataFrame:
    """The points of these lines."""
    found, events = made(credit_lines, new, rules.reclose_days)
    return points.ledger(rules, found, events, quotas(quota))


def points_rules(*rules: Row, **change: Any) -> Points:
    """Rules of points as games.yaml gives them."""
    named = [{"key": f"r{n}", "name": "x", **rule} for n, rule in enumerate(rules)]
    return Points.model_validate({"rules": named, **change})


def games(**change: Any) -> Games:
    """Rules of games, everybody ranked."""
    return Games.model_validate({"league": {"minimum_orders": 0}, **change})


def months(results: dict[str, dict[date, int | str | None]], **who: Any) -> list[PersonMonth]:
    """People's months by attainment in per cent, exact; None: no quota, as in a month of leave."""
    base = {"role": "representative", "team": "Sales", "region": "North", "channel": None, "plan": plan(), **who}
    return [
        PersonMonth(person_id=p, name=p, month_on=m, attainment=None if a is None else Fraction(a) / 100, **base)
        for p, held in results.items()
        for m, a in held.items()
    ]
