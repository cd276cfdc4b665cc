"""A situation as the engine reads it: a plan, a book, pay months."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from revops.incentives import payouts
from revops.incentives.book import Book
from revops.incentives.extras import Sold
from revops.incentives.payments.ledger import Ledger, Line
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan
from revops.incentives.terms import Spiff
from revops.incentives.windows import Quota
from revops.money import rate_units

from . import frames
from .reference.days import calendar_window, day, month_of, spans
from .told import Row, Situation

LINE = {"person_id": pl.String, "plan": pl.String, "component": pl.Int64, "moved_on": pl.Date,
        "movement_id": pl.String, "order_id": pl.String, "credit_amount": pl.Int64}  # fmt: skip
COUNTS = ("units", "orders", "new_customers", "meetings")


def by_engine(one: Situation) -> list[PersonMonth | None]:
    """The person in each pay month; None where the engine knows nobody."""
    months = [month_of(one.first, n) for n in range(one.count)]
    found = {row.month_on: row for row in payouts.run(book_of(one), months) if row.person_id == one.person["id"]}
    return [found.get(month) for month in months]


def book_of(one: Situation) -> Book:
    """All that the situation gives, in cents. That no other plan pays before and after the one given is as meant."""
    plan = Plan.model_validate(one.plan)
    person = one.person
    quotas: dict[tuple[str, str], list[Quota]] = {}
    for row in sorted(person["quotas"], key=lambda row: day(row["start_on"])):
        start, end = next(spans([row]))
        quotas.setdefault((person["id"], row["measure"]), []).append(Quota(start, end, cents(row["amount"])))
    rate = person.get("rate")
    return Book(
        plans=[plan],
        people=frames.people(*(_who(row) for row in (person, *one.others))),
        quotas=quotas,
        rates={} if rate is None else {person["id"]: [(date(2000, 1, 1), None, rate_units(str(rate)))]},
        measures=_measures(one, plan),
        direct={},
        currency="USD",
        money_decimals=2,
        fiscal_year_starts=one.fiscal_start,
        unpaid_roles=["seller"],
        absences={person["id"]: list(spans(person.get("absences")))},
        scores={
            (person["id"], period): {key: rate_units(str(score)) for key, score in scores.items()}
            for period, scores in person.get("scores", {}).items()
        },
        deals=_deals(one, plan),
        spiffs={(plan.plan, spiff.key): _sold(one, plan, spiff) for spiff in plan.spiffs},
        released=frozenset(person.get("released", [])),
        ledger=_ledger(one, plan),
        rates_abroad={of: [(date(2000, 1, 1), rate_units(rate))] for of, rate in one.told.get("currency", {}).items()},
    )


def cents(amount: Any) -> int:
    """An amount of the currency in cents."""
    return int(Decimal(str(amount)) * 100)


def _who(person: Row) -> dict[str, Any]:
    hired = day(person.get("hired_on", date(2020, 1, 1)))
    left = day(person["left_on"]) if person.get("left_on") else None
    return {"person_id": person["id"], "role": "seller", "start_on": hired, "hired_on": hired, "left_on": left,
            "end_on": left}  # fmt: skip


def _is_here(person: Row, on: date) -> bool:
    return day(person.get("hired_on", date.min)) <= on and (not person.get("left_on") or on < day(person["left_on"]))


def _counted(one: Situation, plan: Plan) -> list[tuple[tuple[str, str, int], Row, int]]:
    """Every credit and component that counts it, with its amount in cents or pieces."""
    return [
        ((one.person["id"], plan.plan, n), row, int(row["amount"]) if part.basis in COUNTS else cents(row["amount"]))
        for row in one.person["credits"]
        if _is_here(one.person, row["on"])
        for n, part in enumerate(plan.components)
        if row.get("of", part.key) == part.key
    ]


def _measures(one: Situation, plan: Plan) -> dict[tuple[str, str, int], list[tuple[date, int]]]:
    found: dict[tuple[str, str, int], list[tuple[date, int]]] = {}
    start, end = plan.effective_from, plan.effective_to or date.max
    for key, row, amount in _counted(one, plan):
        if start <= row["on"] < end and not _is_apart(row, plan):
            found.setdefault(key, []).append((row["on"], amount))
    return found


def counted_lines(one: Situation) -> pl.DataFrame:
    """What `credits.counted` would give of the situation, as far as its measures count it."""
    plan = Plan.model_validate(one.plan)
    rows = [
        {"person_id": key[0], "plan": key[1], "component": key[2], "moved_on": row["on"], "movement_id": row["id"],
         "order_id": row.get("order"), "credit_amount": amount}
        for key, row, amount in _counted(one, plan)
        if not _is_apart(row, plan)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LINE, orient="row")


def _is_apart(row: Row, plan: Plan) -> bool:
    """Whether a return takes back pay instead of lowering the measure."""
    return plan.clawback is not None and row.get("kind") == "return"


def _deals(one: Situation, plan: Plan) -> dict[tuple[str, str, int], list[tuple[date, str, int]]]:
    found: dict[tuple[str, str, int], list[tuple[date, str, int]]] = {}
    for key, row, amount in _counted(one, plan):
        if plan.components[key[2]].windfall and row.get("order") is not None and not _is_apart(row, plan):
            found.setdefault(key, []).append((row["on"], row["order"], amount))
    return found


def _ledger(one: Situation, plan: Plan) -> Ledger:
    lines: dict[tuple[str, int], list[Line]] = {}
    for key, row, amount in sorted(_counted(one, plan), key=lambda counted: (counted[1]["on"], counted[1]["id"])):
        back = row.get("kind") == "return"
        told = (row["on"], row["id"], "direct", plan.components[key[2]].basis, row.get("order"), None, amount)
        lines.setdefault(key[1:], []).append(Line(*told, back, _is_apart(row, plan)))
    collected: dict[str, list[tuple[date, int]]] = {}
    for row in sorted(one.person["collected"], key=lambda row: row["on"]):
        collected.setdefault(row["order"], []).append((row["on"], rate_units(str(row["share"]))))
    return Ledger({one.person["id"]: lines}, collected)


def _sold(one: Situation, plan: Plan, spiff: Spiff) -> list[Sold]:
    found = []
    for person in (one.person, *one.others):
        orders: dict[tuple[str, date], list[Row]] = {}
        for row in person["units"]:
            where = {key: [value] if isinstance(value, str) else value for key, value in spiff.where.items()}
            is_it = all(row[key] in values for key, values in where.items())
            if is_it and spiff.start_on <= row["on"] < spiff.end_on:
                period = calendar_window(plan.period, row["on"], one.fiscal_start)[0]
                orders.setdefault((row["order"], period), []).append(row)
        found += [
            Sold(max(row["on"] for row in rows), order, person["id"], sum(row["units"] for row in rows), period)
            for (order, period), rows in orders.items()
        ]
    return found
