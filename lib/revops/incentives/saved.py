"""The tables that 04_incentives leaves behind, each with its contract; those of pay lie under restricted/."""

from typing import Any

from revops.incentives.closing.contracts import PayVersions
from revops.incentives.contracts import PayLines, PayNext, PayStatements, PaySteps, PaySummary
from revops.incentives.credits import CreditLines
from revops.incentives.desk import Desk
from revops.incentives.finance import PayAccruals, PayContracts, PayLiability, PaySchedule
from revops.incentives.payments.balances import PayBalances
from revops.workspace import Workspace

CONTRACTS: dict[str, Any] = {
    "pay_statements": PayStatements,
    "pay_summary": PaySummary,
    "pay_steps": PaySteps,
    "pay_lines": PayLines,
    "pay_history": PayStatements,
    "pay_next": PayNext,
}
FINANCE: dict[str, Any] = {
    "balances": PayBalances,
    "accruals": PayAccruals,
    "liability": PayLiability,
    "contracts": PayContracts,
    "schedule": PaySchedule,
}


def save_tables(ws: Workspace, desk: Desk) -> list[str]:
    """Save every table of the desk by its name; gives the names."""
    tables = [("credit_lines", desk.now_credits, CreditLines)]
    tables += [(name, getattr(desk, name), contract) for name, contract in CONTRACTS.items()]
    tables.append(("pay_versions", desk.as_closed("pay_versions", lambda: desk.settled.versions), PayVersions))
    tables += [(f"pay_{name}", getattr(desk.finance, name), contract) for name, contract in FINANCE.items()]
    tables += desk.league.tables
    for name, frame, contract in tables:
        ws.save(name, frame, contract)
    return [name for name, _, _ in tables]
