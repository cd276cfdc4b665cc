"""The league on a wall screen of 1920 × 1080, dark: ranks on attainment or improvement, never money earned.

    leaderboard.render(ws) -> str                the whole HTML file, in the workspace's language, no script

Reads what 04_incentives saved in the build (leaderboard, leaderboard_contest, leaderboard_news), in which people stand
as the privacy settings of games.yaml show them, and no table of pay. On smaller screens it follows the reader's theme.
"""

from datetime import timedelta
from html import escape
from typing import Any

from revops.incentives.games.rules import Badge, Contest, Games, load_games
from revops.incentives.terms import text_in
from revops.periods import add_months
from revops.report import style
from revops.report.frame import other_language
from revops.report.statement.marks import attained_text
from revops.words import Words
from revops.workspace import Workspace

SHOWN = 10  # rows that fit the screen
TOP = 3
TEAMS = 5
BOXES = 8  # months of the streak
COLUMNS = ("rank", "move", "person", "quota", "attained", "change", "streak", "points", "badge")
FIGURES = ("quota", "attained", "change", "streak", "points")  # left out where only ranks are shown
LEVEL = 0.005  # below half a point the change shown is 0


def render(ws: Workspace) -> str:
    """The league of the period's last pay month."""
    rules, rows = load_games(ws.folder, ws.company), ws.read("leaderboard").to_dicts()
    ranked = [row for row in rows if row["rank"] is not None]
    title = headline(ws, rules, ranked)
    body = (
        f'<div class="gr"><div class="tbl" tabindex="0">{_table(ws, rules, ranked[:SHOWN])}</div>'
        f"{_aside(ws, rules, ranked)}</div>"
        if ranked
        else f'<p class="none">{escape(ws.t("league.nobody_why"))}</p>'
    )
    page = f"{ws.t('common.pages.leaderboard')} · {ws.words.period(ws.period)} · {ws.company.name}"
    return (
        f'<!doctype html>\n<html lang="{ws.language}" data-screen="wall"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="data:,"><title>{escape(page)}</title>'
        f"<style>{style.notebook_css()}{style.own_css('leaderboard')}</style></head>\n"
        f'<body class="rv wall"><main class="lb"><header><div><h1>{escape(title)}</h1>'
        f"<p>{escape(_rules(ws, rules))}</p></div>{_days(ws, rules, ranked)}</header>"
        f"{body}"
        f"{_foot(ws, rules, rows, ranked)}</main></body></html>\n"
    )


def headline(ws: Workspace, rules: Games, ranked: list[dict[str, Any]], *, is_open: bool = False) -> str:
    """Who leads, with how much, and how many of those shown have reached the quota; only who, where ranks are shown.

    `is_open`: for a page that may show everything.
    """
    if not ranked:
        return str(ws.t("league.nobody"))
    words, first = ws.words, [row for row in ranked if row["rank"] == 1]
    form = "" if len(first) == 1 else "_shared"
    name = words.join([row["shown"] for row in first])
    if not (is_open or rules.privacy.attainment):
        return str(ws.t(f"league.first{form}", name=name))
    if rules.league.by == "improvement":
        better = words.signed_percent(first[0]["improvement"], 0)
        return str(ws.t(f"league.better{form}", name=name, change=better, month=_before(ws)))
    shown = ranked[:SHOWN]
    past, top = sum(row["attainment"] >= 1 for row in shown), words.count(len(shown))
    lead = ws.t(f"league.lead{form}", name=name, share=attained_text(words, first[0]["attainment"]))
    tail = words.n("league.past", past, top=top) if past else ws.t("league.none_past", top=top)
    return f"{lead}; {tail}"


def _before(ws: Workspace) -> str:
    return ws.words.month_name(add_months(min(ws.as_of, ws.period.last_day), -1))


def _rules(ws: Workspace, rules: Games) -> str:
    league = Words.capital(ws.t("league.league", period=ws.words.period(ws.period)))
    parts = [league, ws.t(f"league.fair.{rules.league.by}", month=_before(ws))]
    return " · ".join([*parts, ws.words.n("league.minimum", rules.league.minimum_orders)])


def _points(ws: Workspace, rules: Games) -> str:
    """How points are made, and that the rank does not follow them."""
    each = [f"{text_in(rule.name, ws.language)} {ws.words.number(rule.points)}" for rule in rules.points.rules]
    return str(ws.t("league.points_rule", rules=", ".join(each)))


def _days(ws: Workspace, rules: Games, ranked: list[dict[str, Any]]) -> str:
    """Days left in the month; after its end, how many have reached the quota."""
    month_end = add_months(min(ws.as_of, ws.period.last_day), 1)
    left = (month_end - min(ws.as_of, ws.period.last_day) - timedelta(days=1)).days
    if left > 0:
        text = ws.words.n("league.days_left", left, month=ws.words.month_name(ws.as_of))
        return f'<div class="cd"><b>{left}</b><span>{escape(text)}</span></div>'
    if not ranked or not rules.privacy.attainment:
        return ""
    past = sum(row["attainment"] >= 1 for row in ranked)
    text = ws.t("league.of_ranked", count=len(ranked))
    return f'<div class="cd"><b>{past}</b><span>{escape(text)}</span></div>'


def _table(ws: Workspace, rules: Games, rows: list[dict[str, Any]]) -> str:
    words = ws.words
    full = max([1.4, *(row["attainment"] or 0 for row in rows)])
    before = words.month_short(add_months(min(ws.as_of, ws.period.last_day), -1))
    keys = [key for key in COLUMNS if rules.privacy.attainment or key not in FIGURES]
    texts = [ws.t(f"league.{key}", month=before) for key in keys]
    heads = "".join(_head(key, text, full) for key, text in zip(keys, texts, strict=True))
    lines = "".join(
        f'<tr class="{"top" if n < TOP or row["rank"] <= TOP else ""}">'
        f"{''.join(_cell(ws, rules, row, key, full) for key in keys)}</tr>"
        for n, row in enumerate(rows)
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _head(key: str, text: str, full: float) -> str:
    if key == "rank":
        return f'<th scope="col"><span class="vh">{escape(text)}</span></th>'
    if key == "quota":
        place = f"left:{100 / full:.1f}%"
        return f'<th scope="col" class="brc"><span class="q100" style="{place}">{escape(text)}</span></th>'
    css = {"move": "mv", "attained": "num", "change": "num", "points": "num"}.get(key, "")
    return f'<th scope="col" class="{css}">{escape(text)}</th>'


def _cell(ws: Workspace, rules: Games, row: dict[str, Any], key: str, full: float) -> str:
    """One cell of the table, by its column."""
    words = ws.words
    if key == "rank":
        return f'<td class="rk">{row["rank"]}</td>'
    if key == "move":
        return f'<td class="mv">{_move(ws, row["move"])}</td>'
    if key == "person":
        place = words.capital(" · ".join(words.name("kpis.names", p) for p in row["place"]))
        return f'<th scope="row" class="nm"><b>{escape(row["shown"])}</b><span>{escape(place)}</span></th>'
    if key == "quota":
        width = 100 * max(row["attainment"], 0) / full
        bar = f'<i style="width:{width:.1f}%"></i><s style="left:{100 / full:.1f}%"></s>'
        return f'<td class="brc"><div class="br">{bar}</div></td>'
    if key == "attained":
        return f'<td class="at num">{escape(attained_text(words, row["attainment"]))}</td>'
    if key == "change":
        return f'<td class="im num">{_change(ws, rules, row)}</td>'
    if key == "streak":
        return f'<td class="sk">{_streak(ws, row["streak"])}</td>'
    level = "" if row["level"] is None else text_in(rules.levels[row["level"]].name, ws.language)
    if key == "points":
        return f'<td class="pt num"><b>{escape(words.number(row["points"]))}</b><span>{escape(level)}</span></td>'
    return f"<td>{_badges(ws, rules.badges, row['badges'][:1])}</td>"


def _streak(ws: Workspace, streak: int) -> str:
    lit = "".join(f'<i class="{"on" if n < streak else ""}"></i>' for n in range(BOXES))
    label = escape(ws.words.n("league.streak_label", streak))
    beyond = f"<b>{escape(ws.words.number(streak))}</b>" if streak > BOXES else ""
    return f'<span class="str" role="img" aria-label="{label}">{lit}{beyond}</span>'


def _move(ws: Workspace, move: int | None) -> str:
    if move is None:
        return f'<span class="even">{escape(ws.t("league.new"))}</span>'
    return f'<span class="{Words.tone(move)}">{Words.arrow(move)} {abs(move)}</span>'


def _change(ws: Workspace, rules: Games, row: dict[str, Any]) -> str:
    """The change in points of attainment, or the improvement where the league ranks on it."""
    by_change = rules.league.by == "attainment"
    change = row["change"] if by_change else row["improvement"]
    if change is None:
        return f'<span class="even">{escape(ws.t("common.nothing"))}</span>'
    text = escape(ws.words.points(change, 0) if by_change else ws.words.signed_percent(change, 0))
    return f'<span class="{Words.tone(change, level=LEVEL)}">{Words.arrow(change, level=LEVEL)} {text}</span>'


def _badges(ws: Workspace, badges: list[Badge], keys: list[str]) -> str:
    named = {badge.key: text_in(badge.name, ws.language) for badge in badges}
    return "".join(f'<span class="bd">{escape(named[key])}</span>' for key in keys)


def _aside(ws: Workspace, rules: Games, ranked: list[dict[str, Any]]) -> str:
    found = ws.read("leaderboard_contest").partition_by("contest", maintain_order=True)
    named = {contest.key: contest for contest in rules.contests}
    tables = [_contest(ws, named[frame["contest"][0]], frame.to_dicts()) for frame in found]
    return f"<aside>{''.join(tables)}{_climb(ws, rules, ranked)}{_news(ws, rules)}</aside>"


def _contest(ws: Workspace, contest: Contest, entrants: list[dict[str, Any]]) -> str:
    """The teams of a contest by head as bars, or its first three people as lines."""
    is_team = contest.of != "people"
    best = max([row["score"] or 0 for row in entrants]) or 1
    rows = "".join(
        _team(ws, contest, row, best) if is_team else _one(ws, contest, row)
        for row in entrants[: TEAMS if is_team else TOP]
    )
    why, title = contest_rule(ws, contest), contest_title(ws, contest, entrants)
    css = "tm" if is_team else "pl"
    return f'<section><h2>{escape(title)}</h2><p>{escape(why)}</p><ul class="{css}">{rows}</ul></section>'


def _team(ws: Workspace, contest: Contest, row: dict[str, Any], best: int) -> str:
    people = escape(ws.words.n("league.people", row["people"]))
    return (
        f"<li><div><b>{escape(entrant(ws, contest, row['shown']))}</b><span>{people}</span></div>"
        f'<div class="tb"><i style="width:{62 * max(row["score"], 0) / best:.0f}%"></i>'
        f"<em>{escape(_score(ws, contest, row['score']))}</em></div></li>"
    )


def _one(ws: Workspace, contest: Contest, row: dict[str, Any]) -> str:
    score = "" if row["score"] is None else _score(ws, contest, row["score"])
    return f"<li><span>{row['rank']}</span><b>{escape(row['shown'])}</b><em>{escape(score)}</em></li>"


def _score(ws: Workspace, contest: Contest, score: int) -> str:
    return str(ws.words.money_short(score) if contest.measure == "credit" else ws.words.number(score))


def entrant(ws: Workspace, contest: Contest, shown: str) -> str:
    """A region, channel or team by its name in the language; a person as shown."""
    return shown if contest.of == "people" else ws.words.capital(ws.words.name("kpis.names", shown))


def contest_title(ws: Workspace, contest: Contest, entrants: list[dict[str, Any]]) -> str:
    """Who leads the contest."""
    first = ws.words.join([entrant(ws, contest, row["shown"]) for row in entrants if row["rank"] == 1])
    return str(ws.t("league.contest", team=first, contest=text_in(contest.name, ws.language)))


def contest_rule(ws: Workspace, contest: Contest) -> str:
    """What counts in a contest, and until when."""
    per = "" if contest.of == "people" else "_head"
    parts = [str(ws.t(f"league.counts{per}.{contest.measure}"))]
    if contest.end_on:
        parts.append(str(ws.t("league.until", day=ws.words.date(contest.end_on - timedelta(days=1)))))
    return " · ".join(parts)


def _climb(ws: Workspace, rules: Games, ranked: list[dict[str, Any]]) -> str:
    climbers = [row for row in ranked if (row["move"] or 0) > 0]
    if not climbers:
        return ""
    best = max(climbers, key=lambda row: (row["move"], row["change"] or 0, -row["line"]))
    places = ws.words.n("league.places", best["move"])
    why = ws.t("league.climb_why", change=ws.words.points(best["change"], 0), month=_before(ws))
    told = f"<p>{escape(why)}</p>" if rules.privacy.attainment else ""
    return (
        f"<section><h2>{escape(ws.t('league.climb'))}</h2>"
        f'<p class="cl"><b>{escape(best["shown"])}</b><span class="good">▲ {escape(places)}</span></p>'
        f"{told}</section>"
    )


def _news(ws: Workspace, rules: Games) -> str:
    rows = ws.read("leaderboard_news").to_dicts()
    if not rows:
        return ""
    named = {badge.key: text_in(badge.name, ws.language) for badge in rules.badges}
    items = "".join(
        f'<p class="nw"><b>{escape(ws.words.day(row["moved_on"]))}</b>'
        f"{escape(ws.t('league.' + row['kind'], name=row['name'], what=named.get(row['what'], row['what'])))}</p>"
        for row in rows
    )
    return f"<section><h2>{escape(ws.t('league.news'))}</h2>{items}</section>"


def _foot(ws: Workspace, rules: Games, rows: list[dict[str, Any]], ranked: list[dict[str, Any]]) -> str:
    parts = [ws.t("league.updated", day=ws.words.date(ws.as_of))]
    if ranked and rules.privacy.attainment:
        parts.append(_points(ws, rules))
        parts.append(ws.words.n("league.vesting", rules.points.vest_days))
    parts.append(ws.t("league.same"))
    more = len(ranked) - SHOWN
    if more > 0:
        parts.append(ws.words.n("league.more", more))
    if len(rows) > len(ranked):
        parts.append(ws.words.n("league.unranked", len(rows) - len(ranked)))
    index = f'<a href="index.html">{escape(ws.t("common.pages.summary"))}</a>'
    links = " · ".join(filter(None, [index, other_language(ws, "leaderboard", "")]))
    return f"<footer>{''.join(f'<span>{escape(part)}</span>' for part in parts)}<span>{links}</span></footer>"
