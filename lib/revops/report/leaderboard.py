"""The league on a wall screen of 1920 × 1080, dark: ranks on attainment, never money earned.

    leaderboard.render(ws) -> str                the whole HTML file, in the workspace's language, no script

Reads what 04_incentives saved in the build (leaderboard, leaderboard_contest, leaderboard_news), and no table of pay.
"""

from datetime import timedelta
from html import escape
from typing import Any

from revops.incentives.terms import text_in
from revops.periods import add_months
from revops.report import style
from revops.report.frame import other_language
from revops.report.statement_marks import attained_text
from revops.words import Words
from revops.workspace import Workspace

SHOWN = 10  # rows that fit the screen
TOP = 3
BOXES = 8  # months of the streak
LEVEL = 0.005  # below half a point the change shown is 0


def render(ws: Workspace) -> str:
    """The league of the period's last pay month."""
    rows = ws.read("leaderboard").to_dicts()
    ranked = [row for row in rows if row["rank"] is not None]
    title = headline(ws, ranked)
    points = f"<p>{escape(_points(ws))}</p>" if ranked else ""
    body = (
        f'<div class="gr"><div class="tbl" tabindex="0">{_table(ws, ranked[:SHOWN])}</div>{_aside(ws, ranked)}</div>'
        if ranked
        else f'<p class="none">{escape(ws.t("incentives.league.nobody_why"))}</p>'
    )
    page = f"{ws.t('common.pages.leaderboard')} · {ws.words.period(ws.period)} · {ws.company.name}"
    return (
        f'<!doctype html>\n<html lang="{ws.language}" data-theme="dark"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="dark">'
        f'<link rel="icon" href="data:,"><title>{escape(page)}</title>'
        f"<style>{style.notebook_css()}{style.own_css('leaderboard')}</style></head>\n"
        f'<body class="rv wall"><main class="lb"><header><div><h1>{escape(title)}</h1>'
        f"<p>{escape(_rules(ws))}</p>{points}</div>{_days(ws, ranked)}</header>"
        f"{body}"
        f"{_foot(ws, rows, ranked)}</main></body></html>\n"
    )


def headline(ws: Workspace, ranked: list[dict[str, Any]]) -> str:
    """Who leads, with how much, and how many of those shown have reached the quota."""
    if not ranked:
        return str(ws.t("incentives.league.nobody"))
    words, first = ws.words, [row for row in ranked if row["rank"] == 1]
    shown = ranked[:SHOWN]
    past = sum(row["attainment"] >= 1 for row in shown)
    values = {"name": words.join([row["name"] for row in first]), "share": attained_text(words, first[0]["attainment"])}
    lead = ws.t("incentives.league.lead" if len(first) == 1 else "incentives.league.lead_shared", **values)
    top = words.count(len(shown))
    tail = words.n("incentives.league.past", past, top=top) if past else ws.t("incentives.league.none_past", top=top)
    return f"{lead}; {tail}"


def _rules(ws: Workspace) -> str:
    minimum = ws.company.incentives.minimum_orders
    period = Words.capital(ws.words.period(ws.period))
    parts = [ws.t("incentives.league.league", period=period), ws.t("incentives.league.fair")]
    return " · ".join([*parts, ws.words.n("incentives.league.minimum", minimum)])


def _points(ws: Workspace) -> str:
    """How points are made, and that the rank does not follow them."""
    rules, words = ws.company.incentives.points, ws.words
    percent, each = words.number(rules.per_percent), words.number(rules.per_order)
    return str(ws.t("incentives.league.points_rule", percent=percent, order=each))


def _days(ws: Workspace, ranked: list[dict[str, Any]]) -> str:
    """Days left in the month; after its end, how many have reached the quota."""
    month_end = add_months(min(ws.as_of, ws.period.last_day), 1)
    left = (month_end - min(ws.as_of, ws.period.last_day) - timedelta(days=1)).days
    if left > 0:
        text = ws.words.n("incentives.league.days_left", left, month=ws.words.month_name(ws.as_of))
        return f'<div class="cd"><b>{left}</b><span>{escape(text)}</span></div>'
    past = sum(row["attainment"] >= 1 for row in ranked)
    text = ws.t("incentives.league.of_ranked", count=len(ranked))
    return f'<div class="cd"><b>{past}</b><span>{escape(text)}</span></div>' if ranked else ""


def _table(ws: Workspace, rows: list[dict[str, Any]]) -> str:
    words = ws.words
    full = max([1.4, *(row["attainment"] for row in rows)])
    before = words.month_short(add_months(min(ws.as_of, ws.period.last_day), -1))
    keys = ("rank", "move", "person", "quota", "attained", "change", "streak", "points", "badge")
    texts = [ws.t(f"incentives.league.{key}", month=before) for key in keys]
    heads = "".join(_head(key, text, full) for key, text in zip(keys, texts, strict=True))
    body = "".join(_row(ws, row, full, n < TOP or row["rank"] <= TOP) for n, row in enumerate(rows))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _head(key: str, text: str, full: float) -> str:
    if key == "rank":
        return f'<th scope="col"><span class="vh">{escape(text)}</span></th>'
    if key == "quota":
        return (
            f'<th scope="col" class="brc"><span class="q100" style="left:{100 / full:.1f}%">{escape(text)}</span></th>'
        )
    css = {"move": "mv", "attained": "num", "change": "num", "points": "num"}.get(key, "")
    return f'<th scope="col" class="{css}">{escape(text)}</th>'


def _row(ws: Workspace, row: dict[str, Any], full: float, is_top: bool) -> str:
    words, share = ws.words, row["attainment"]
    bar = f'<i style="width:{100 * max(share, 0) / full:.1f}%"></i><s style="left:{100 / full:.1f}%"></s>'
    place = words.capital(" · ".join(words.name("kpis.names", p) for p in (row["region"], row["channel"]) if p))
    lit = "".join(f'<i class="{"on" if n < row["streak"] else ""}"></i>' for n in range(BOXES))
    label = escape(words.n("incentives.league.streak_label", row["streak"]))
    beyond = f"<b>{escape(words.number(row['streak']))}</b>" if row["streak"] > BOXES else ""
    cells = [
        f'<td class="rk">{row["rank"]}</td><td class="mv">{_move(ws, row["move"])}</td>',
        f'<th scope="row" class="nm"><b>{escape(row["name"])}</b><span>{escape(place or row["team"])}</span></th>',
        f'<td class="brc"><div class="br">{bar}</div></td>',
        f'<td class="at num">{escape(attained_text(words, share))}</td>',
        f'<td class="im num">{_change(ws, row["change"])}</td>',
        f'<td class="sk"><span class="str" role="img" aria-label="{label}">{lit}{beyond}</span></td>',
        f'<td class="pt num">{escape(words.number(row["points"]))}</td><td>{_badges(ws, row["badges"][:1])}</td>',
    ]
    return f'<tr class="{"top" if is_top else ""}">{"".join(cells)}</tr>'


def _move(ws: Workspace, move: int | None) -> str:
    if move is None:
        return f'<span class="even">{escape(ws.t("incentives.league.new"))}</span>'
    return f'<span class="{Words.tone(move)}">{Words.arrow(move)} {abs(move)}</span>'


def _change(ws: Workspace, change: float | None) -> str:
    if change is None:
        return f'<span class="even">{escape(ws.t("common.nothing"))}</span>'
    text = escape(ws.words.points(change, 0))
    return f'<span class="{Words.tone(change, level=LEVEL)}">{Words.arrow(change, level=LEVEL)} {text}</span>'


def _badges(ws: Workspace, numbers: list[int]) -> str:
    badges = ws.company.incentives.badges
    return "".join(f'<span class="bd">{escape(text_in(badges[n].name, ws.language))}</span>' for n in numbers)


def _aside(ws: Workspace, ranked: list[dict[str, Any]]) -> str:
    return f"<aside>{_contest(ws)}{_climb(ws, ranked)}{_news(ws)}</aside>"


def _contest(ws: Workspace) -> str:
    words, teams = ws.words, ws.read("leaderboard_contest").to_dicts()[:5]
    if not teams:
        return ""
    best = max(team["per_head_amount"] for team in teams) or 1
    rows = "".join(
        f"<li><div><b>{escape(words.capital(words.name('kpis.names', team['team'])))}</b>"
        f"<span>{escape(words.n('incentives.league.people', team['people']))}</span></div>"
        f'<div class="tb"><i style="width:{62 * max(team["per_head_amount"], 0) / best:.0f}%"></i>'
        f"<em>{escape(words.money_short(team['per_head_amount']))}</em></div></li>"
        for team in teams
    )
    title = ws.t("incentives.league.contest", team=words.capital(words.name("kpis.names", teams[0]["team"])))
    why = ws.t("incentives.league.per_head")
    return f'<section><h2>{escape(title)}</h2><p>{escape(why)}</p><ul class="tm">{rows}</ul></section>'


def _climb(ws: Workspace, ranked: list[dict[str, Any]]) -> str:
    climbers = [row for row in ranked if (row["move"] or 0) > 0]
    if not climbers:
        return ""
    best = max(climbers, key=lambda row: (row["move"], row["change"] or 0, row["person_id"]))
    form = "one" if best["move"] == 1 else "other"
    places = ws.t(f"incentives.league.places.{form}", n=ws.words.number(best["move"]))
    month = ws.words.month_name(add_months(min(ws.as_of, ws.period.last_day), -1))
    why = ws.t("incentives.league.climb_why", change=ws.words.points(best["change"], 0), month=month)
    return (
        f"<section><h2>{escape(ws.t('incentives.league.climb'))}</h2>"
        f'<p class="cl"><b>{escape(best["name"])}</b><span class="good">▲ {escape(places)}</span></p>'
        f"<p>{escape(why)}</p></section>"
    )


def _news(ws: Workspace) -> str:
    rows = ws.read("leaderboard_news").to_dicts()
    if not rows:
        return ""
    items = "".join(
        f'<p class="nw"><b>{escape(ws.words.day(row["moved_on"]))}</b>'
        f"{escape(ws.t('incentives.league.' + row['kind'], name=row['name'], customer=row['customer']))}</p>"
        for row in rows
    )
    return f"<section><h2>{escape(ws.t('incentives.league.news'))}</h2>{items}</section>"


def _foot(ws: Workspace, rows: list[dict[str, Any]], ranked: list[dict[str, Any]]) -> str:
    parts = [ws.t("incentives.league.updated", day=ws.words.date(ws.as_of)), ws.t("incentives.league.taken_back")]
    parts.append(ws.t("incentives.league.same"))
    more = len(ranked) - SHOWN
    if more > 0:
        parts.append(ws.words.n("incentives.league.more", more))
    if len(rows) > len(ranked):
        parts.append(ws.words.n("incentives.league.unranked", len(rows) - len(ranked)))
    index = f'<a href="index.html">{escape(ws.t("common.pages.summary"))}</a>'
    links = " · ".join(filter(None, [index, other_language(ws, "leaderboard", "")]))
    return f"<footer>{''.join(f'<span>{escape(part)}</span>' for part in parts)}<span>{links}</span></footer>"
