"""Scenarios on a page: how much, to whom and why, by product group and month, and the proof that it adds up."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from revops.quota.quotas import Proposal
from revops.report.display import Html
from revops.report.quota.names import groups, needs_people, scenario_name, share, short_path
from revops.report.tables import Column, table
from revops.workspace import Workspace


@needs_people
def months(ws: Workspace, proposal: Proposal, chosen: str) -> Html:
    """How it is given: the chosen scenario by month and person, groups as the sums of their people."""
    picked = proposal.scenario(chosen)
    sums = picked.months.group_by("person_id", "month_on").agg(pl.col("quota_amount").sum())
    known = {(person, month): amount for person, month, amount in sums.iter_rows()}
    when = proposal.target.months
    rows: list[dict[str, Any]] = []
    for group, members in groups(proposal.bases):
        rows.append(_month_row(short_path(ws, group), 0, [b.person_id for b in members], known, when))
        rows += [_month_row(b.name, 1, [b.person_id], known, when) for b in members]
    rows.append(_month_row(ws.t("quota.strips.company"), 0, [b.person_id for b in proposal.bases], known, when))
    power, unit = ws.words.unit(max(row["year"] for row in rows))
    keys = [*(f"m{month:%m}" for month in when), "year"]
    shown = [row | {key: ws.words.in_unit(row[key], power) for key in keys} for row in rows]
    columns = [Column("name", ws.t("quota.head.team_person"))]
    columns += [Column(f"m{month:%m}", ws.words.month_short(month), "number", 2) for month in when]
    columns.append(Column("year", proposal.target.name, "number", 2, strong=True))
    peak = max(when, key=lambda month: rows[-1][f"m{month:%m}"])
    title = ws.t(
        "quota.months.title",
        month=ws.words.capital(ws.words.month_name(peak)),
        share=ws.words.percent(share(rows[-1][f"m{peak:%m}"], rows[-1]["year"])),
    )
    return table(
        shown,
        columns,
        title,
        ws.t("quota.months.who", letter=picked.letter, unit=unit),
        words=ws.words,
        total=True,
        level="level",
    )


def _month_row(
    label: str, level: int, persons: Sequence[str], known: Mapping[tuple[str, Any], int], when: Sequence[Any]
) -> dict[str, Any]:
    parts = {f"m{month:%m}": sum(known.get((p, month), 0) for p in persons) for month in when}
    return {"name": label, "level": level, **parts, "year": sum(parts.values())}


@needs_people
def checks(ws: Workspace, proposal: Proposal, frame: pl.DataFrame) -> Html:
    """Children against parents at every level: the year, and each month; the differences are asserted to be 0."""
    rows: list[dict[str, Any]] = []
    for (scenario, level), part in frame.group_by("scenario", "level", maintain_order=True):
        rows.append(
            {
                "scenario": scenario_name(ws, proposal, str(scenario)),
                "level": level_name(ws, str(level)),
                "months": part["month_on"].drop_nulls().n_unique() or len(proposal.target.months),
                "parents": int(part["parents"].sum()),
                "children": int(part["children"].sum()),
                "amount": int(part.filter(pl.col("month_on").is_null())["parent_amount"].sum()),
                "differ": int(part["parents_that_differ"].sum()),
                "difference": int(part["difference"].abs().sum()),
            }
        )
    columns = [
        Column("scenario", ws.t("quota.head.scenario")),
        Column("level", ws.t("quota.head.parent")),
        Column("parents", ws.t("quota.head.parents"), "number"),
        Column("children", ws.t("quota.head.children"), "number"),
        Column("months", ws.t("quota.head.months"), "number"),
        Column("amount", ws.t("quota.head.year_amount"), "money_short"),
        Column("differ", ws.t("quota.head.differ"), "number"),
        Column("difference", ws.t("quota.head.difference"), "money"),
    ]
    total = sum(row["parents"] for row in rows)
    return table(
        rows,
        columns,
        ws.t("quota.checks.title", parents=ws.words.number(total)),
        ws.t("quota.checks.who"),
        words=ws.words,
    )


def level_name(ws: Workspace, level: str) -> str:
    """A level of the tree in words: company, product group, team level 1 …, person."""
    kind, _, number = level.partition(" ")
    return str(ws.t(f"quota.level.{kind}", n=number))
