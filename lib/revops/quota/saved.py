"""The tables that notebook 03 leaves behind, and the identities that it asserts before it does."""

import dataframely as dy
import polars as pl

from revops.quota.allocation import check_tree
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal
from revops.workspace import Workspace


class QuotaScenarios(dy.Schema):
    """One row per person and scenario: the quota of the next year, and where it starts from."""

    scenario = dy.String(primary_key=True, description="last_year, three_years, market or flat")
    person_id = dy.String(primary_key=True, description="person")
    team = dy.String(description="team path on the day of planning")
    base_year = dy.String(description="fiscal year that scenarios start from")
    projected_amount = dy.Int64(description="the person's base year, projected to its end")
    quota_year = dy.String(description="fiscal year of the quota")
    quota_amount = dy.Int64(description="quota")
    rule = dy.String(nullable=True, description="own, part_year, fewer_years, joiner, zero, negative; null: flat rule")
    is_chosen = dy.Bool(description="the scenario that quota_proposed carries out")


class QuotaProposed(dy.Schema):
    """One row per person and month: the chosen scenario's quota."""

    person_id = dy.String(primary_key=True, description="person")
    month_on = dy.Date(primary_key=True, description="first day of the month")
    scenario = dy.String(description="the chosen scenario")
    quota_amount = dy.Int64(description="quota, the sum over product groups")


class QuotaChecks(dy.Schema):
    """One row per scenario, level and month (null: the year), all three the key: parents against their children."""

    scenario = dy.String(description="scenario")
    depth = dy.Int64(description="0 the company, then down the tree")
    month_on = dy.Date(nullable=True, description="first day of the month; null: the year")
    level = dy.String(description="name of the level")
    parents = dy.Int64(description="nodes with children")
    children = dy.Int64(description="their children")
    parent_amount = dy.Int64(description="sum of the parents")
    children_amount = dy.Int64(description="sum of the children")
    parents_that_differ = dy.Int64(description="parents that are not the sum of their children: 0")
    difference = dy.Int64(description="parent_amount − children_amount: 0")


def check_proposal(ws: Workspace, proposal: Proposal) -> pl.DataFrame:
    """QuotaChecks of all scenarios, asserted: every parent of every level and month is the sum of its children."""
    had = [scenario for scenario in proposal.scenarios if scenario.amount is not None]
    frames = [check_tree(s.nodes, s.months).with_columns(scenario=pl.lit(s.key)) for s in had]
    schema = {name: column.dtype for name, column in QuotaChecks.columns().items()}
    checks = pl.concat([pl.DataFrame(schema=schema), *(frame.select(list(schema)) for frame in frames)])
    for scenario in had:
        ws.check(
            f"quota.check.{scenario.key}", int(scenario.months["quota_amount"].sum()), scenario.amount or 0, money=True
        )
    parents = int(checks["parents"].sum())
    ws.check("quota.check.parents", parents - int(checks["parents_that_differ"].sum()), parents)
    return checks


def scenario_table(proposal: Proposal, chosen: str) -> pl.DataFrame:
    """QuotaScenarios, the flat rule last."""
    rows = []
    for key, amounts, starts in [
        *((s.key, s.by_person(), s.starts) for s in proposal.scenarios if s.amount is not None),
        ("flat", proposal.flat, {}),
    ]:
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
                    "quota_amount": amounts.get(base.person_id, 0),
                    "rule": start.rule if start else None,
                    "is_chosen": key == chosen,
                }
            )
    return pl.DataFrame(rows, schema={name: c.dtype for name, c in QuotaScenarios.columns().items()})


def proposed_table(proposal: Proposal, chosen: str) -> pl.DataFrame:
    """QuotaProposed: the chosen scenario by person and month, sorted by both."""
    if not proposal.bases:
        return pl.DataFrame(schema={name: column.dtype for name, column in QuotaProposed.columns().items()})
    months = proposal.scenario(chosen).months.group_by("person_id", "month_on").agg(pl.col("quota_amount").sum())
    return (
        months.with_columns(scenario=pl.lit(chosen)).select(list(QuotaProposed.columns())).sort("person_id", "month_on")
    )


def save_tables(
    ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, checks: pl.DataFrame
) -> list[tuple[str, int]]:
    """Write 03's tables, each sorted by its key; returns name and rows of each."""
    saved = {
        "quota_matrix": (desk.cells, None),
        "quota_balance": (desk.loads.sort("person_id"), None),
        "quota_scenarios": (scenario_table(proposal, chosen).sort("scenario", "person_id"), QuotaScenarios),
        "quota_proposed": (proposed_table(proposal, chosen), QuotaProposed),
        "quota_attainment": (desk.attained.sort("person_id"), None),
        "quota_periods": (desk.periods, None),
        "quota_teams": (desk.teams, None),
        "quota_checks": (checks, QuotaChecks),
    }
    return [(name, ws.save(name, frame, contract).height) for name, (frame, contract) in saved.items()]
