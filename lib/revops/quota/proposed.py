"""The scenarios as people and other programs take them: by person and month, and by the parts of a person's number.

A manager's number is what the node of the manager's own team carries at its level, summed over the factors; where
nothing is over-assigned that is the sum of its people.
"""

from collections.abc import Iterator

import polars as pl

from revops.quota import hierarchy
from revops.quota.contracts import QuotaParts, QuotaProposed
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal, Scenario
from revops.tables import types_of

SUMMED = ("base_amount", "quota_amount")


def proposed_table(desk: Desk, proposal: Proposal, chosen: str) -> pl.DataFrame:
    """QuotaProposed: every scenario that can be had, sorted by its key."""
    there = _there(proposal)
    frames = [
        pl.concat(
            [_people(scenario).join(there, on=["person_id", "month_on"]), _managers(desk, scenario)], how="diagonal"
        ).with_columns(scenario=pl.lit(scenario.key), quota_year=pl.lit(proposal.target.name))
        for scenario in proposal.had
    ]
    schema = types_of(QuotaProposed)
    rows = pl.concat([pl.DataFrame(schema=schema), *frames], how="diagonal")
    return rows.with_columns(is_chosen=pl.col("scenario") == chosen).select(list(schema)).sort(list(schema)[:3])


def parts_table(proposal: Proposal) -> pl.DataFrame:
    """QuotaParts: every scenario that can be had, sorted by its key."""
    schema = types_of(QuotaParts)
    sums = [
        scenario.months.with_columns(scenario=pl.lit(scenario.key), factor=pl.concat_str(scenario.names, separator="/"))
        .group_by("scenario", "person_id", "factor", "month_on")
        .agg(pl.col("quota_amount").sum())
        for scenario in proposal.had
    ]
    return pl.concat([pl.DataFrame(schema=schema), *(frame.select(list(schema)) for frame in sums)]).sort(
        list(schema)[:4]
    )


def _people(scenario: Scenario) -> pl.DataFrame:
    sums = scenario.months.group_by("person_id", "month_on").agg(pl.col(SUMMED).sum())
    return sums.with_columns(is_manager=pl.lit(False))


def _there(proposal: Proposal) -> pl.DataFrame:
    """person_id, month_on → `present`."""
    rows = [
        (base.person_id, month, float(part))
        for base in proposal.bases
        for month, part in zip(proposal.target.months, proposal.ground.there(base), strict=True)
    ]
    return pl.DataFrame(rows, {"person_id": pl.String, "month_on": pl.Date, "present": pl.Float64}, orient="row")


def _managers(desk: Desk, scenario: Scenario) -> pl.DataFrame:
    """The numbers of those who lead a team, where the company gives them the team's."""
    rows = list(_of_teams(desk, scenario)) if desk.ws.company.quota.managers == "team" else []
    schema = {"person_id": pl.String, "month_on": pl.Date, "base_amount": pl.Int64, "quota_amount": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row").with_columns(is_manager=pl.lit(True))


def _of_teams(desk: Desk, scenario: Scenario) -> Iterator[tuple[object, ...]]:
    spread, carried = scenario.spread, scenario.carried
    assert spread is not None
    assert carried is not None
    tree, depth = carried.tree, len(scenario.names)
    nodes: dict[tuple[str, ...], list[int]] = {}
    for node in range(len(tree)):
        if not tree.is_person[node] and tree.level[node] >= depth:
            nodes.setdefault(tuple(tree.paths[node][depth:]), []).append(node)
    above = hierarchy.managers_on(desk.people, desk.as_of)
    for person in hierarchy.on_day(desk.people, desk.as_of).filter(pl.col("person_id").is_in(sorted(above))).to_dicts():
        mine = nodes.get(tuple((person["team"] or "").split("/")), [])
        if not mine:
            continue
        sums = (spread.base[mine].sum(axis=0), spread.street[mine].sum(axis=0))
        for month, base, street in zip(spread.when, *(amounts.tolist() for amounts in sums), strict=True):
            yield person["person_id"], month, base, street
