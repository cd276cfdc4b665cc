"""What is signed, and what goes out of the house: versions of the quotas of record, letters, files for a CRM."""

from datetime import timedelta

import polars as pl

from revops.quota.signed import versions
from revops.report.display import Html, text
from revops.report.tables import Column, table
from revops.workspace import Workspace


def signed(ws: Workspace) -> Html:
    """The versions signed before the as-of day, the latest in force on each day; how to sign where there are none."""
    rows = versions(ws.folder, ws.as_of).with_columns(pl.col("end_on") - timedelta(days=1)).to_dicts()
    if not rows:
        return text(ws.t("handed.none", period=ws.period.name))
    people = dict(ws.read("people").sort("start_on").select("person_id", "name").iter_rows())
    names = {scenario.key: scenario.name.get(ws.words.language) for scenario in ws.company.quota.scenarios}
    told = {key: name or key.replace("_", " ") for key, name in names.items()}
    shown = [
        row | {"by": people.get(row["by"], row["by"]), "scenario": told.get(row["scenario"], row["scenario"])}
        for row in rows
    ]
    columns = [
        Column("version", ws.t("handed.head.version"), "number"),
        Column("made_on", ws.t("handed.head.signed_on"), "date"),
        Column("by", ws.t("handed.head.by"), note="reason"),
        Column("scenario", ws.t("quota.head.scenario")),
        Column("start_on", ws.t("quota.head.first"), "date"),
        Column("end_on", ws.t("quota.head.last"), "date"),
        Column("people", ws.t("quota.head.people"), "number"),
        Column("base_amount", ws.t("handed.head.base"), "money_short"),
        Column("quota_amount", ws.t("handed.head.carried"), "money_short", strong=True),
    ]
    latest = rows[-1]
    title = ws.t(
        "handed.title",
        version=latest["version"],
        first=ws.words.date(latest["start_on"]),
        last=ws.words.date(latest["end_on"]),
    )
    return table(shown, columns, title, ws.t("handed.who"), words=ws.words)


def out(ws: Workspace) -> Html:
    """Where the letters and the files of the chosen scenario lie in the report."""
    people = ws.read("quota_proposed").filter("is_chosen")["person_id"].n_unique()
    return text(ws.t("handed.out", people=ws.words.n("attainment.people", people)))
