"""The standings: ranks on attainment or improvement, moves, streaks, points, levels; and what of them may be shown."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import dataframely as dy
import polars as pl

from revops.incentives.games.badges import PLAIN, reached
from revops.incentives.games.points import level_at
from revops.incentives.games.ranks import competition_ranks, improvement, streak
from revops.incentives.games.rules import Games, Privacy
from revops.incentives.payouts import PersonMonth
from revops.periods import add_months
from revops.tables import types_of

People = Mapping[str, Mapping[date, PersonMonth]]
FIGURES = ("attainment", "change", "improvement", "streak", "points", "level")  # left out where only ranks are shown


class LeagueStandings(dy.Schema):
    """One row per person in the league in the pay month, with names. No pay."""

    person_id = dy.String(primary_key=True, description="person")
    name = dy.String(description="name")
    team = dy.String(description="team path")
    region = dy.String(nullable=True, description="region")
    channel = dy.String(nullable=True, description="channel")
    rank = dy.Int64(nullable=True, description="competition rank on what the league ranks; null: not ranked")
    reached_on = dy.Date(nullable=True, description="day on which the result stood: the earlier stands first")
    move = dy.Int64(nullable=True, description="places gained since the month before; null: not ranked then")
    attainment = dy.Float64(nullable=True, description="measure ÷ quota")
    change = dy.Float64(nullable=True, description="attainment less the month before's, as a difference of shares")
    improvement = dy.Float64(nullable=True, description="that change ÷ the month before's; null: nothing before")
    attainment_rank = dy.Int64(nullable=True, description="competition rank on attainment")
    improvement_rank = dy.Int64(nullable=True, description="competition rank on improvement")
    streak = dy.Int64(description="months in a row with the quota reached, up to this one")
    best_streak = dy.Int64(description="longest such row")
    orders = dy.Int64(description="orders of the month that are kept")
    points = dy.Int64(description="points for the month's sales, less what was taken back")
    vested = dy.Int64(description="points of the season that have vested")
    level = dy.Int64(nullable=True, description="number of the level in games.yaml, from 0")
    badges = dy.List(dy.String(), description="keys of the month's badges that are held")


class Leaderboard(dy.Schema):
    """One row per person in the league, in the order of the wall, as the privacy settings show it. No pay."""

    line = dy.Int64(primary_key=True, description="place on the page, from 1")
    shown = dy.String(description="name, initials or team")
    place = dy.List(dy.String(), description="region and channel; empty where only the team is shown")
    rank = dy.Int64(nullable=True, description="competition rank; null: below the minimum of orders")
    move = dy.Int64(nullable=True, description="places gained since the month before; null: not ranked then")
    attainment = dy.Float64(nullable=True, description="measure ÷ quota; null where only ranks are shown")
    change = dy.Float64(
        nullable=True, description="attainment less the month before's; null where only ranks are shown"
    )
    improvement = dy.Float64(nullable=True, description="change ÷ the month before's; null where only ranks are shown")
    streak = dy.Int64(
        nullable=True, description="months in a row with the quota reached; null where only ranks are shown"
    )
    points = dy.Int64(nullable=True, description="points of the month; null where only ranks are shown")
    level = dy.Int64(nullable=True, description="number of the level in games.yaml; null where only ranks are shown")
    badges = dy.List(
        dy.String(), description="keys of the month's badges that are held; of counts where ranks are shown"
    )


def league(months: Sequence[PersonMonth], roles: Collection[str]) -> dict[str, dict[date, PersonMonth]]:
    """The people of the league by person and month: those of the named roles, or all whose plan has a quota."""
    found: dict[str, dict[date, PersonMonth]] = {}
    for person in months:
        if (person.role in roles) if roles else (person.plan is not None and person.plan.quota is not None):
            found.setdefault(person.person_id, {})[person.month_on] = person
    return found


def standings(
    people: People, month: date, rules: Games, *, orders: Mapping[tuple[str, date], int], points: Mapping[str, int],
    vested: Mapping[str, int], badges: Mapping[str, list[str]], stood: Mapping[str, date],
) -> pl.DataFrame:  # fmt: skip
    """The league in `month`, best first (LeagueStandings). `orders` kept go by person and month, the rest by person."""
    now = {p: held[month] for p, held in people.items() if month in held}
    ranks = {by: _ranks(people, month, by, orders, rules.league.minimum_orders) for by in ("attainment", "improvement")}
    rank = ranks[rules.league.by]
    old = _ranks(people, add_months(month, -1), rules.league.by, orders, rules.league.minimum_orders)
    rows = [
        {
            **_who(person), **_results(people[p], month), "orders": orders.get((p, month), 0),
            "rank": rank.get(p), "move": old[p] - rank[p] if p in rank and p in old else None,
            "reached_on": stood.get(p), "points": points.get(p, 0), "vested": vested.get(p, 0),
            "level": level_at(rules.levels, vested.get(p, 0)), "badges": badges.get(p, []),
            **{f"{by}_rank": found.get(p) for by, found in ranks.items()},
        }
        for p, person in now.items()
    ]  # fmt: skip
    schema = types_of(LeagueStandings)
    return pl.DataFrame(rows, schema=schema).sort("rank", "reached_on", "person_id", nulls_last=True)


def _who(person: PersonMonth) -> dict[str, Any]:
    return {name: getattr(person, name) for name in ("person_id", "name", "team", "region", "channel")}


def _results(held: Mapping[date, PersonMonth], month: date) -> dict[str, Any]:
    now, then = attained(held, month), attained(held, add_months(month, -1))
    better = improvement(now, then)
    current, best = streak([reached(held[m]) for m in sorted(held) if m <= month])
    return {
        "attainment": None if now is None else float(now),
        "change": None if now is None or then is None else float(now - then),
        "improvement": None if better is None else float(better),
        "streak": current,
        "best_streak": best,
    }


def attained(held: Mapping[date, PersonMonth], month: date) -> Fraction | None:
    """A person's attainment in a month; None where there is none."""
    return held[month].attainment if month in held else None


def _ranks(
    people: People, month: date, by: str, orders: Mapping[tuple[str, date], int], minimum: int
) -> dict[str, int]:
    """Ranks of those with enough orders and a result."""
    found = {}
    for person, held in people.items():
        value = attained(held, month)
        if by == "improvement":
            value = improvement(value, attained(held, add_months(month, -1)))
        if value is not None and orders.get((person, month), 0) >= minimum:
            found[person] = value
    return dict(zip(found, competition_ranks(list(found.values())), strict=True))


def shown(standings: pl.DataFrame, rules: Games) -> pl.DataFrame:
    """The standings as everybody may see them (Leaderboard): who by the setting, figures or ranks only."""
    privacy = rules.privacy
    told = [badge.key for badge in rules.badges if privacy.attainment or badge.measure not in PLAIN]
    rows = []
    for line, row in enumerate(standings.to_dicts(), start=1):
        named = name_shown(privacy, row["person_id"], row["name"], row["team"])
        place = [] if named == _team(row["team"]) else [p for p in (row["region"], row["channel"]) if p]
        hidden = {} if privacy.attainment else dict.fromkeys(FIGURES)
        badges = [key for key in row["badges"] if key in told]
        rows.append({**row, "line": line, "shown": named, "place": place, "badges": badges, **hidden})
    columns = Leaderboard.column_names()
    return pl.DataFrame([{name: row[name] for name in columns} for row in rows], schema=types_of(Leaderboard))


def name_shown(privacy: Privacy, person_id: str, name: str, team: str) -> str:
    """How a person is named on the wall.

    >>> name_shown(Privacy(names="initials"), "P1", "Nguyễn Minh Anh", "Sales/North")
    'N. M. A.'
    >>> name_shown(Privacy(not_named=["P1"]), "P1", "Nguyễn Minh Anh", "Sales/North")
    'Sales · North'
    """
    if privacy.names == "team" or person_id in privacy.not_named:
        return _team(team)
    return name if privacy.names == "full" else " ".join(f"{part[0]}." for part in name.split())


def _team(path: str) -> str:
    return path.replace("/", " · ")
