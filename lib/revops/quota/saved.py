"""The tables that notebook 03 leaves behind."""

import dataframely as dy
import polars as pl

from revops.quota.compare import Compared
from revops.quota.contracts import (
    QuotaAttainment,
    QuotaBalance,
    QuotaChecks,
    QuotaHandovers,
    QuotaMatrix,
    QuotaOwners,
    QuotaParts,
    QuotaPeriods,
    QuotaProposed,
    QuotaSales,
    QuotaScenarios,
    QuotaTeams,
)
from revops.quota.desk import Desk
from revops.quota.proposed import parts_table, proposed_table
from revops.quota.quotas import Proposal
from revops.tables import types_of
from revops.workspace import Workspace


def scenario_table(proposal: Proposal, chosen: str) -> pl.DataFrame:
    """QuotaScenarios, the flat rule last."""
    plans = [(s.key, s.by_person(), s.base_by_person(), s.starts) for s in proposal.had]
    rows = []
    for key, amounts, bases, starts in [*plans, ("flat", proposal.flat, proposal.flat, {})]:
        for base in proposal.bases:
            start = starts.get(base.person_id)
            rows.append(
                {
                    "scenario": key,
                    "person_id": base.person_id,
                    "team": base.team,
                    "base_year": proposal.base.name,
                    "projected_amount": sum(base.projected.values()),
                    "quota_year": proposal.target.name,
                    "base_amount": bases.get(base.person_id, 0),
                    "quota_amount": amounts.get(base.person_id, 0),
                    "rule": start.rule if start else None,
                    "is_chosen": key == chosen,
                }
            )
    return pl.DataFrame(rows, schema=types_of(QuotaScenarios))


def save_tables(
    ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, checks: pl.DataFrame, compared: Compared
) -> list[tuple[str, int]]:
    """Write 03's tables, each sorted by its key; returns name and rows of each."""
    saved: dict[str, tuple[pl.DataFrame, type[dy.Schema]]] = {
        "quota_matrix": (desk.cells, QuotaMatrix),
        "quota_owners": (desk.ownership.select(list(QuotaOwners.columns())), QuotaOwners),
        "quota_balance": (desk.loads.sort("person_id"), QuotaBalance),
        "quota_handovers": (desk.handovers.select(list(QuotaHandovers.columns())).sort("account_id"), QuotaHandovers),
        "quota_scenarios": (scenario_table(proposal, chosen).sort("scenario", "person_id"), QuotaScenarios),
        "quota_proposed": (proposed_table(desk, proposal, chosen), QuotaProposed),
        "quota_parts": (parts_table(proposal), QuotaParts),
        "quota_attainment": (desk.standing.attained.sort("person_id"), QuotaAttainment),
        "quota_periods": (desk.standing.periods, QuotaPeriods),
        "quota_teams": (desk.standing.teams, QuotaTeams),
        "quota_sales": (desk.standing.by_sale, QuotaSales),
        "quota_checks": (checks, QuotaChecks),
        **compared.tables(),
    }
    return [(name, ws.save(name, frame, contract).height) for name, (frame, contract) in saved.items()]
