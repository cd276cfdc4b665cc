"""How it is given, on a page: the chosen scenario by month."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from revops.quota.quotas import Proposal
from revops.report.display import Html
from revops.report.quota.names import groups, needs_people, share, short_path
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
