"""The tables that 04_incentives leaves behind, each with its contract; those of pay lie under restricted/."""

from typing import Any

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
    ws.save("credit_lines", desk.now_credits, CreditLines)
    for name, contract in CONTRACTS.items():
        ws.save(name, desk.as_closed(name, getattr(desk, name)), contract)
    ws.save("pay_versions", desk.as_closed("pay_versions", desk.settled.versions), PayVersions)
    for name, frame, contract in desk.league.tables:
        ws.save(name, frame, contract)
    return ["credit_lines", *CONTRACTS, "pay_versions", *(name for name, _, _ in desk.league.tables)]
