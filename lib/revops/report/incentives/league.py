"""Who leads: the league, contests, points and badges. No pay; prizes of contests are listed here and paid elsewhere."""

from datetime import date
from typing import Any

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.games.points import by_rule
from revops.incentives.games.rules import Contest
from revops.incentives.terms import text_in
from revops.periods import add_months
from revops.report.display import Html, stack, text
from revops.report.incentives.words import name_of, t
from revops.report.leaderboard import LEVEL, contest_rule, contest_title, entrant
from revops.report.leaderboard import headline as league_headline
from revops.report.tables import Column, table
from revops.workspace import Workspace

FIRST = 4  # of a contest
TOP = 6  # of the league; the leaderboard has all


def league(ws: Workspace, desk: Desk) -> Html:
    """The league of the month: rank, move, attainment, improvement, streak, points, level, badges. No pay."""
    rules = desk.league.rules
    badges = {badge.key: text_in(badge.name, ws.language) for badge in rules.badges}
    levels = [text_in(level.name, ws.language) for level in rules.levels]
    rows = [
        {**line, "place": " · ".join(name_of(ws, p) for p in (line["region"], line["channel"]) if p),
         "names": ", ".join(badges[key] for key in line["badges"]),
         "level": "" if line["level"] is None else levels[line["level"]],
         "change": 0.0 if line["change"] is not None and abs(line["change"]) < LEVEL else line["change"]}
        for line in desk.league.standings.to_dicts()
    ]  # fmt: skip
    if not rows:
        return text(str(ws.t("league.nobody_why")))
    before = ws.words.month_short(add_months(desk.last_month, -1))
    heads = [
        _head(ws, "rank"),
        Column("move", _l(ws, "move", month=before), "number", signed=True, arrow=True),
        Column("name", t(ws, "head.person"), note="place"),
        Column("attainment", _l(ws, "attained"), "heat"),
        Column("change", _l(ws, "change", month=before), "points", digits=0, arrow=True),
        _head(ws, "improvement_rank", "number"),
        _head(ws, "streak", "number"),
        Column("orders", t(ws, "head.orders"), "number"),
        _head(ws, "points", "number"),
        Column("level", _l(ws, "level"), note="vested"),
        Column("names", _l(ws, "badge")),
    ]
    rows = [{**row, "vested": _l(ws, "vested", points=ws.words.number(row["vested"]))} for row in rows]
    shown = [{**line, "shown": line["name"]} for line in rows if line["rank"] is not None]
    title = league_headline(ws, rules, shown, is_open=True)
    month = ws.words.month_name(add_months(desk.last_month, -1))
    who = _with_more(ws, _l(ws, f"fair.{rules.league.by}", month=month), len(rows) - TOP)
    return table(rows[:TOP], heads, title, who, words=ws.words)


def _with_more(ws: Workspace, who: str, more: int) -> str:
    """The who-line, and how many more are ranked below those shown."""
    return f"{who} · {ws.words.n('league.more', more)}" if more > 0 else who


def _l(ws: Workspace, key: str, **values: Any) -> str:
    return str(ws.t(f"league.{key}", **values))


def _head(ws: Workspace, key: str, kind: Any = "text") -> Column:
    return Column(key, _l(ws, key), kind)


def contest(ws: Workspace, desk: Desk) -> Html:
    """Every contest that touches the month: entrants by what they sold and kept, with the prizes."""
    found = desk.league.contests.partition_by("contest", maintain_order=True)
    named = {contest.key: contest for contest in desk.league.rules.contests}
    shown = [_contest(ws, desk, named[frame["contest"][0]], frame) for frame in found]
    return stack(*shown) if shown else text(_l(ws, "no_contest"))


def _contest(ws: Workspace, desk: Desk, rules: Contest, frame: pl.DataFrame) -> Html:
    names = {p.person_id: p.name for p in desk.current}
    rows = [
        {**line, "shown": (name := names.get(line["entrant"], line["entrant"])), "name": entrant(ws, rules, name),
         "prize_amount": line["prize_amount"] or None}
        for line in frame.to_dicts()
    ]  # fmt: skip
    kind: Any = "money" if rules.measure == "credit" else "number"
    heads = [Column("rank", _l(ws, "rank")), Column("name", _l(ws, f"of.{rules.of}"))]
    if rules.of != "people":
        heads += [Column("people", t(ws, "head.people"), "number"), Column("value", _l(ws, "in_all"), kind)]
    is_money = rules.measure == "credit"
    heads.append(
        Column("score", t(ws, "head.per_head") if rules.of != "people" else _l(ws, "kept"), "share", money=is_money)
    )
    heads.append(Column("reached_on", _l(ws, "stood"), "date"))
    who = contest_rule(ws, rules)
    if rules.pot:
        heads.append(Column("prize_amount", _l(ws, "prize"), "money"))
        who = f"{who} · {_l(ws, 'pot', amount=ws.words.money(frame['pot_amount'][0]))}"
    return table(
        rows[:FIRST], heads, contest_title(ws, rules, rows), _with_more(ws, who, len(rows) - FIRST), words=ws.words
    )


def points(ws: Workspace, desk: Desk) -> Html:
    """One row per rule of points: what the month's sales earned, what came back took, what is left."""
    league, words = desk.league, ws.words
    sums = by_rule(league.month_ledger)
    named = {rule.key: text_in(rule.name, ws.language) for rule in league.rules.points.rules}
    rows = [{**line, "name": named[line["rule"]]} for line in sums.to_dicts()]
    if not rows:
        return text(_l(ws, "no_points"))
    total: dict[str, Any] = {key: sum(row[key] for row in rows) for key in ("earned", "taken", "points")}
    rows.append({**total, "orders": None, "name": t(ws, "statement.total")})
    heads = [
        Column("name", _l(ws, "for_what")),
        Column("orders", t(ws, "head.orders"), "number"),
        Column("earned", _l(ws, "earned"), "number"),
        Column("taken", _l(ws, "taken"), "number"),
        Column("points", _l(ws, "points"), "number"),
    ]
    values = {"points": words.number(total["points"]), "taken": words.number(-total["taken"])}
    title = _l(ws, "points_title", month=words.month_name(league.month), **values)
    return table(rows, heads, title, _vesting(ws, desk), words=words, total=True)


def _vesting(ws: Workspace, desk: Desk) -> str:
    rules = desk.league.rules.points
    parts = [ws.words.n("league.vesting", rules.vest_days)]
    if rules.daily_cap:
        parts.append(_l(ws, "capped", points=ws.words.number(rules.daily_cap)))
    return " · ".join(map(str, parts))


def revoked(ws: Workspace, desk: Desk) -> Html:
    """One row per badge of the season that was taken away again, with the reason."""
    lost = desk.league.badges[0].filter(pl.col("revoked_on").is_not_null())
    if lost.is_empty():
        return text(_l(ws, "none_revoked"))
    names = {p.person_id: p.name for p in desk.months}
    badges = {badge.key: badge for badge in desk.league.rules.badges}
    rows = [
        {**line, "name": names[line["person_id"]], "badge": text_in(badges[line["badge"]].name, ws.language),
         "value": _value(ws, badges[line["badge"]].measure, line["value"]),
         "left": _value(ws, badges[line["badge"]].measure, line["left"]), "why": _l(ws, f"why.{line['reason']}")}
        for line in lost.to_dicts()
    ]  # fmt: skip
    heads = [
        Column("name", t(ws, "head.person")),
        Column("month_on", t(ws, "head.month"), "month"),
        Column("badge", _l(ws, "badge")),
        Column("value", _l(ws, "at_end"), right=True),
        Column("left", _l(ws, "left_now"), right=True),
        Column("revoked_on", _l(ws, "revoked_on"), "date"),
        Column("why", _l(ws, "reason")),
    ]
    title = ws.words.capital(ws.words.n("league.revoked_title", lost.height))
    return table(rows, heads, title, _season(ws, desk.league.season), words=ws.words)


def _value(ws: Workspace, measure: str, value: float | None) -> str:
    if value is None:
        return str(ws.t("common.nothing"))
    if measure in ("attainment", "change"):
        return str(ws.words.percent(value, 0))
    return str(ws.words.number(int(value)))


def _season(ws: Workspace, since: date) -> str:
    return _l(ws, "season", day=ws.words.date(since))
