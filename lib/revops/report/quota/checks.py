"""The proof that scenarios add up: every level of the tree against what is below it, in the year and in each month."""

import polars as pl

from revops.quota.quotas import Proposal
from revops.report.display import Html
from revops.report.quota.names import needs_people, scenario_name
from revops.report.tables import Column, Kind, table
from revops.workspace import Workspace

COLUMNS: dict[str, Kind] = {
    "scenario": "text", "level": "text", "parents": "number", "children": "number", "compared": "number",
    "base": "money_short", "street": "money_short", "differ": "number",
}  # fmt: skip


@needs_people
def checks(ws: Workspace, proposal: Proposal, frame: pl.DataFrame) -> Html:
    """One row per scenario and level: sums compared, base and street of the year, sums that differ (asserted: 0)."""
    year = pl.col("month_on").is_null() & (pl.col("against") == "children")
    base, street = (year & (pl.col("measure") == measure) for measure in ("base", "street"))
    levels = frame.group_by("scenario", "depth", "level", maintain_order=True).agg(
        parents=pl.col("parents").filter(base).sum(),
        children=pl.col("children").filter(base).sum(),
        compared=pl.col("parents").sum(),
        base=pl.col("parent_amount").filter(base).sum(),
        street=pl.col("parent_amount").filter(street).sum(),
        differ=pl.col("parents_that_differ").sum(),
    )
    rows = [
        row | {"scenario": scenario_name(ws, proposal, row["scenario"]), "level": level_name(ws, row["level"])}
        for row in levels.iter_rows(named=True)
    ]
    columns = [Column(key, ws.t(f"sums.head.{key}"), kind) for key, kind in COLUMNS.items()]
    title = ws.t("sums.title", parents=ws.words.number(int(levels["compared"].sum())))
    return table(rows, columns, title, ws.t("sums.who"), words=ws.words)


def level_name(ws: Workspace, level: str) -> str:
    """A level of the tree in words: company, product group, team level 1 …, person."""
    kind, _, number = level.partition(" ")
    return str(ws.t(f"sums.level.{kind}", n=number))
