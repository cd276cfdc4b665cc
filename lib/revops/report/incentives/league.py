"""Who leads: the league and the team contest. No pay."""

from datetime import timedelta
from typing import Any

from revops.incentives.desk import Desk
from revops.incentives.terms import text_in
from revops.report.display import Html, text
from revops.report.incentives.words import name_of, t
from revops.report.leaderboard import LEVEL
from revops.report.leaderboard import headline as league_headline
from revops.report.tables import Column, table
from revops.workspace import Workspace


def league(ws: Workspace, desk: Desk) -> Html:
    """The league of the month: rank, move, attainment, streak, points, badges. No pay."""
    badges = ws.company.incentives.badges
    rows = [
        {**line, "place": " · ".join(name_of(ws, p) for p in (line["region"], line["channel"]) if p),
         "names": ", ".join(text_in(badges[n].name, ws.language) for n in line["badges"]),
         "change": 0.0 if line["change"] is not None and abs(line["change"]) < LEVEL else line["change"]}
        for line in desk.leaderboard.to_dicts()
    ]  # fmt: skip
    if not rows:
        return text(t(ws, "league.nobody_why"))
    heads = [
        Column("rank", t(ws, "league.rank"), "number"),
        Column(
            "move", t(ws, "league.move", month=ws.words.month_short(_before(desk))), "number", signed=True, arrow=True
        ),
        Column("name", t(ws, "head.person"), note="place"),
        Column("attainment", t(ws, "league.attained"), "heat"),
        Column(
            "change", t(ws, "league.change", month=ws.words.month_short(_before(desk))), "points", digits=0, arrow=True
        ),
        Column("streak", t(ws, "league.streak"), "number"),
        Column("orders", t(ws, "head.orders"), "number"),
        Column("points", t(ws, "league.points"), "number"),
        Column("names", t(ws, "league.badge")),
    ]
    title = league_headline(ws, [line for line in rows if line["rank"] is not None])
    return table(rows, heads, title, t(ws, "league.fair"), words=ws.words, empty=t(ws, "league.nobody"))


def _before(desk: Desk) -> Any:
    return (desk.last_month - timedelta(days=1)).replace(day=1)


def contest(ws: Workspace, desk: Desk) -> Html:
    """Teams by credited revenue a head."""
    rows = [{**line, "name": name_of(ws, line["team"])} for line in desk.contest.to_dicts()]
    if not rows:
        return text(t(ws, "say.no_teams"))
    heads = [
        Column("name", t(ws, "head.team")),
        Column("people", t(ws, "head.people"), "number"),
        Column("credit_amount", t(ws, "head.credit"), "money"),
        Column("per_head_amount", t(ws, "head.per_head"), "share"),
    ]
    title = t(ws, "league.contest", team=rows[0]["name"])
    return table(rows, heads, title, t(ws, "league.per_head"), words=ws.words)
