"""Small canonical tables for tests: only what a case needs is named."""

from datetime import date
from typing import Any

import polars as pl

from revops import tables
from revops.incentives.events import EVENT_SCHEMA
from revops.money import RATE_SCALE

NUMBERS = {"quantity", "net_amount", "row"}


def movements(*rows: dict[str, Any]) -> pl.DataFrame:
    """Booked events with defaults: a sale on 5 October 2026 by P1 in the North, one line an order."""
    filled = []
    for n, row in enumerate(rows, start=1):
        base = dict.fromkeys(EVENT_SCHEMA)
        base |= {
            "movement_id": f"M{n}",
            "kind": "sale",
            "moved_on": date(2026, 10, 5),
            "order_id": f"O{n}",
            "line_id": f"O{n}-1",
        }
        base |= {"channel": "Dealers", "region": "North", "person_id": "P1", "quantity": 1, "net_amount": 100, "row": n}
        base |= {"source": "orders", "file": "orders.csv"} | row
        base |= {"rated_on": base["moved_on"], "basis": "booked", "currency": "VND"} | row
        filled.append(base)
    schema = {c: pl.Int64 if c in NUMBERS else pl.Date if c.endswith("_on") else pl.String for c in EVENT_SCHEMA}
    return pl.DataFrame(filled, schema=schema)


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    """People with defaults: a representative since 2020 without a manager."""
    base = {
        "start_on": date(2020, 1, 1),
        "role": "representative",
        "team": "Sales",
        "channel": None,
        "manager_id": None,
    }
    return frame("people", [{"name": row["person_id"], **base, **row} for row in rows])


def splits(*rows: tuple[str, str, float]) -> pl.DataFrame:
    """Shares of orders: (order, person, share)."""
    return frame(
        "credit_splits",
        [
            {"order_id": o, "person_id": p, "share": round(s * RATE_SCALE), "file": "splits.csv", "row": n}
            for n, (o, p, s) in enumerate(rows, start=2)
        ],
    )


def quotas(*rows: tuple[str, date, date, int]) -> pl.DataFrame:
    """Quotas of record: (person, start, end, amount)."""
    named = [
        {"person_id": p, "measure": "revenue", "start_on": a, "end_on": b, "quota_amount": q} for p, a, b, q in rows
    ]
    return frame("quotas", named)


def rates(*rows: tuple[str, date, date | None, int]) -> pl.DataFrame:
    """Stored rates: (person, start, end, billionths)."""
    return frame("person_rates", [{"person_id": p, "start_on": a, "end_on": b, "rate": r} for p, a, b, r in rows])


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows in the shape of a canonical table."""
    lineage = {"source": name, "file": f"{name}.csv", "row": 2}
    return pl.DataFrame([{**lineage, **row} for row in rows], schema=tables.schema_of(name))
