"""Small deals and their visits to stages."""

from typing import Any

import polars as pl

from .small import D, table

STAGES = ["Qualified", "Demo", "Offer", "Contract"]
CREATED, CLOSED, EXPORT = D(2026, 1, 5), D(2026, 3, 10), D(2026, 3, 31)
JAN, MAR, APR, JUN, JUL = D(2026, 1, 1), D(2026, 3, 1), D(2026, 4, 1), D(2026, 6, 1), D(2026, 7, 1)


def deal(
    name: str,
    *,
    won: bool | None = None,
    close: D | None = CLOSED,
    amount: int | None = 100,
    stage: str = "Qualified",
    created: D = CREATED,
    snapshot: D = EXPORT,
    **more: Any,
) -> dict[str, Any]:
    """One deal of one export: `won` None is open."""
    return more | {
        "opportunity_id": name,
        "snapshot_on": snapshot,
        "is_closed": won is not None,
        "is_won": bool(won),
        "stage": stage,
        "close_on": close,
        "amount": amount,
        "created_on": created,
    }


def deals(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of the opportunities table."""
    return table("opportunities", list(rows))


def visit(name: str, stage: str, entered: D, left: D | None = None) -> dict[str, Any]:
    """One visit of a deal to a stage."""
    return {"opportunity_id": name, "stage": stage, "entered_on": entered, "left_on": left}


def history(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of the stage history."""
    return table("opportunity_stage_history", list(rows))


def stays(
    days: list[int], since: D = MAR, stage: str = "Offer", first: int = 0, **more: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Visits to one stage and their deals, each lost after so many days."""
    rows = [
        visit(f"{stage}{first + i}", stage, since, D.fromordinal(since.toordinal() + n)) for i, n in enumerate(days)
    ]
    closed = [
        deal(row["opportunity_id"], won=False, close=row["left_on"], stage="Closed", created=since, **more)
        for row in rows
    ]
    return rows, closed
