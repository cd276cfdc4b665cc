"""The tables that 04_incentives leaves behind, each with its contract; those of pay lie under restricted/."""

from typing import Any

from revops.incentives.closing import PayChanges
from revops.incentives.closing.contracts import PayVersions
from revops.incentives.contracts import PayLines, PayNext, PayStatements, PaySteps, PaySummary
from revops.incentives.credits import CreditLines
from revops.incentives.desk import Desk
from revops.workspace import Workspace

CONTRACTS: dict[str, Any] = {
    "pay_statements": PayStatements,
    "pay_summary": PaySummary,
    "pay_steps": PaySteps,
    "pay_lines": PayLines,
    "pay_history": PayStatements,
    "pay_next": PayNext,
}


def save_tables(ws: Workspace, desk: Desk) -> list[str]:
    """Save every table of the desk by its name; gives the names."""
    tables: list[tuple[str, Any, Any]] = [("credit_lines", desk.now_credits, CreditLines)]
    tables += [(name, getattr(desk, name), contract) for name, contract in CONTRACTS.items()]
    tables.append(("pay_versions", desk.as_closed("pay_versions", lambda: desk.settled.versions), PayVersions))
    tables.append(("pay_changes", desk.pay_changes, PayChanges))
    tables += [(name, desk.as_closed(name, rows.clone), kind) for name, rows, kind in desk.finance.tables]
    tables += desk.league.tables
    for name, frame, contract in tables:
        ws.save(name, frame, contract)
    return [name for name, _, _ in tables]
