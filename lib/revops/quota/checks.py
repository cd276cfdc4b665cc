"""The identities that notebook 03 asserts of its scenarios before anything is saved."""

from collections.abc import Sequence

import polars as pl

from revops.planning import COUNTS
from revops.quota.carry import Tree, check, check_months
from revops.quota.contracts import QuotaChecks
from revops.quota.quotas import Proposal, Scenario
from revops.tables import types_of
from revops.workspace import Workspace


def check_proposal(ws: Workspace, proposal: Proposal) -> pl.DataFrame:
    """QuotaChecks of all scenarios, asserted: top = Σ factors = Σ people and months, and each node what is below."""
    schema = types_of(QuotaChecks)
    checks = pl.concat([pl.DataFrame(schema=schema), *map(scenario_checks, proposal.had)])
    top = sum(scenario.amount or 0 for scenario in proposal.had)
    is_money = ws.company.quota.metric not in COUNTS
    ws.check("sums.check.factors", sum(sum(s.tops.values()) for s in proposal.had), top, money=is_money)
    ws.check("sums.check.people", sum(int(s.months["base_amount"].sum()) for s in proposal.had), top, money=is_money)
    parents = int(checks["parents"].sum())
    ws.check("sums.check.parents", parents - int(checks["parents_that_differ"].sum()), parents)
    return checks


def scenario_checks(scenario: Scenario) -> pl.DataFrame:
    """QuotaChecks of one scenario that can be had."""
    assert scenario.spread is not None
    year = scenario.spread.year
    years = check(year).with_columns(against=pl.lit("children"))
    is_year = pl.col("month_on").is_null()
    months = check_months(scenario.spread).with_columns(
        against=pl.when(is_year).then(pl.lit("months")).otherwise(pl.lit("children"))
    )
    levels = [level_of(year.tree, scenario.names, depth) for depth in range(len(year.tree.levels))]
    return pl.concat([years, months.select(years.columns)]).select(
        pl.lit(scenario.key).alias("scenario"),
        pl.col("depth").replace_strict(list(range(len(levels))), levels, return_dtype=pl.String).alias("level"),
        pl.exclude("level"),
    )[list(QuotaChecks.columns())]


def level_of(tree: Tree, names: Sequence[str], depth: int) -> str:
    """'company', the names of the factors, then 'team 1', 'team 2' …; 'person' where nobody but people stands."""
    if tree.is_person[tree.levels[depth]].all():
        return "person"
    return ["company", *names][depth] if depth <= len(names) else f"team {depth - len(names)}"
