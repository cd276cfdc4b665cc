"""The proof that scenarios add up: every level of the tree against what is below it, in the year and in each month."""

import polars as pl

from revops.quota.quotas import Proposal
from revops.report.display import Html
from revops.report.quota.names import needs_people
from revops.report.tables import Column, table
from revops.workspace import Workspace


@needs_people
def checks(ws: Workspace, proposal: Proposal, frame: pl.DataFrame) -> Html:
    """One row per level: its nodes, what they sum to in each scenario, sums compared, those that differ (0).

    Street stands beside base where something is over-assigned.
    """  # fmt: skip
    is_over = any(scenario.base_by_person() != scenario.by_person() for scenario in proposal.had)
    measures = ("base", "street") if is_over else ("base",)
    year = pl.col("month_on").is_null() & (pl.col("measure") == "base")
    whole = (pl.col("against") == "months") & pl.col("month_on").is_null()
    amounts = {
        f"{measure}_{scenario.letter}": pl.col("parent_amount")
        .filter(whole & (pl.col("scenario") == scenario.key) & (pl.col("measure") == measure))
        .sum()
        for measure in measures
        for scenario in proposal.had
    }
    rows = frame.group_by("depth", "level", maintain_order=True).agg(
        nodes=pl.col("parents").filter(year & (pl.col("against") == "months")).max(),
        children=pl.col("children").filter(year & (pl.col("against") == "children")).max(),
        compared=pl.col("parents").sum(),
        differ=pl.col("parents_that_differ").sum(),
        **amounts,
    )
    columns = [Column("level", ws.t("sums.head.level"))]
    columns += [Column(key, ws.t(f"sums.head.{key}"), "number") for key in ("nodes", "children")]
    columns += [Column(key, ws.t("sums.head." + key[:-2], letter=key[-1]), "money_short") for key in amounts]
    columns += [Column(key, ws.t(f"sums.head.{key}"), "number") for key in ("compared", "differ")]
    return table(
        [row | {"level": level_name(ws, row["level"])} for row in rows.sort("depth").iter_rows(named=True)],
        columns,
        ws.t("sums.title", parents=ws.words.number(int(rows["compared"].sum()))),
        ws.t("sums.who.over" if is_over else "sums.who.plain"),
        words=ws.words,
    )


def level_name(ws: Workspace, level: str) -> str:
    """A level of the tree in words: company, product group, team level 1 …, person."""
    kind, _, number = level.partition(" ")
    return str(ws.t(f"sums.level.{kind}", n=number))
