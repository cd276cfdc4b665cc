"""What if we are wrong: what one other assumption moves, and whether the people can bring what is asked."""

from typing import Any

import polars as pl

from revops.money import RATE_SCALE, rate_units
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal
from revops.report.display import Html, text
from revops.report.quota.names import needs_people, short_path
from revops.report.tables import Column, table
from revops.workspace import Workspace


@needs_people
def wrong(ws: Workspace, desk: Desk, proposal: Proposal, chosen: str, moved: pl.DataFrame) -> Html:
    """`compare.sensitivity` as a tornado: the case that moves most is the first row."""
    rows = [_case(ws, desk, row) for row in moved.iter_rows(named=True)]
    columns = [
        Column("case", ws.t("compare.head.case")),
        Column("change_amount", ws.t("compare.head.change"), "bar", better="none", reason="why", width=260),
        Column("moved_amount", ws.t("compare.head.moved"), "share", width=200),
        Column("people", ws.t("compare.head.people"), "number"),
        Column("most", ws.t("compare.head.most")),
    ]
    who = ws.t("compare.wrong.who", letter=proposal.scenario(chosen).letter)
    title = ws.t("compare.wrong.none")
    if rows and rows[0]["moved_amount"]:
        first = rows[0]
        title = ws.t(
            "compare.wrong.title",
            case=first["case"],
            moved=ws.words.money_short(first["moved_amount"]),
            people=ws.words.count(first["people"]),
        )
    return table(rows, columns, title, who, words=ws.words)


def _case(ws: Workspace, desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    rate = (row["value"] or 0) / RATE_SCALE
    accounts = dict(desk.accounts.select("account_id", "name").iter_rows())
    values = {
        "rate": ws.words.percent(rate, 0),
        "step": ws.words.points(rate, 0),
        "name": accounts.get(row["about"]) or desk.name_of(row["about"]),
    }
    shown = {**row, "case": ws.t(f"compare.wrong.{row['case']}", **values)}
    if row["reason"]:
        return shown | {"why": ws.t("compare.reason.refused")}
    most = ws.words.money_short(row["person_amount"], signed=True)
    return shown | {"most": ws.t("compare.wrong.most", name=desk.name_of(row["person_id"]), change=most)}


@needs_people
def covered(ws: Workspace, proposal: Proposal, cover: pl.DataFrame) -> Html:
    """`compare.cover` by team, the company last: what ramped and ramping people can bring against the base quotas."""
    if cover["able_amount"].null_count() == cover.height:
        return text(ws.t("compare.cover.none"))
    rows = [
        row | {"name": ws.t("quota.strips.company") if row["team"] is None else short_path(ws, row["team"])}
        | {"why": ws.t(f"compare.reason.{row['reason']}") if row["reason"] else None}
        for row in cover.iter_rows(named=True)
    ]  # fmt: skip
    columns = [
        Column("name", ws.t("quota.head.team")),
        Column("ramped", ws.t("compare.head.ramped"), "number"),
        Column("ramping", ws.t("compare.head.ramping"), "number"),
        Column("able_amount", ws.t("compare.head.able"), "money_short", reason="why"),
        Column("base_amount", ws.t("compare.head.asked"), "money_short"),
        Column("cover", ws.t("compare.head.cover"), "number", 2, strong=True, reason="why"),
    ]
    ramped = ws.words.percent(rate_units(ws.company.quota.capacity.ramped) / RATE_SCALE, 0)
    who = ws.t("compare.cover.who", ramped=ramped, year=proposal.target.name)
    return table(rows, columns, _cover_title(ws, cover), who, words=ws.words, total=True)


def _cover_title(ws: Workspace, cover: pl.DataFrame) -> str:
    teams = cover.filter(pl.col("team").is_not_null() & pl.col("cover").is_not_null()).sort("cover", "team")
    whole = cover.filter(pl.col("team").is_null())["cover"].to_list()
    if not whole or whole[0] is None:
        return str(ws.t("compare.cover.none"))
    low = teams.row(0, named=True) if teams.height > 1 else None
    least = (
        ws.t("compare.cover.least", team=short_path(ws, low["team"]), cover=ws.words.number(low["cover"], 2))
        if low
        else ""
    )
    return str(ws.t("compare.cover.title", cover=ws.words.number(whole[0], 2), least=least))
