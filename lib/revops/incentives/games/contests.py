"""Contests: people against each other, or teams by head, over a stretch of days, on what was sold and kept.

A prize in money is listed, not paid: pay comes from plans. It is paid by an adjustment of that amount, or by a bonus of
the plan itself.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import dataframely as dy
import polars as pl

from revops.incentives import scales
from revops.incentives.games.deals import counted
from revops.incentives.games.ranks import competition_ranks, per_head, prizes
from revops.incentives.games.rules import Contest, Pot
from revops.incentives.payouts import PersonMonth
from revops.incentives.terms import Values
from revops.money import RATE_SCALE, round_ratio
from revops.tables import types_of


class LeagueContests(dy.Schema):
    """One row per contest and who competes: a person, or a team."""

    contest = dy.String(primary_key=True, description="key of the contest in games.yaml")
    start_on = dy.Date(description="first day")
    end_on = dy.Date(description="first day no longer in it")
    entrant = dy.String(primary_key=True, description="person_id, or name of the region, channel or team")
    people = dy.Int64(description="people; 1 for a person")
    value = dy.Int64(description="what the entrant sold and kept: an amount, or a count by shares, rounded for display")
    score = dy.Int64(description="value by head, rounded for display")
    rank = dy.Int64(description="competition rank by value by head, exact")
    reached_on = dy.Date(nullable=True, description="first day on which the value stood")
    pot_amount = dy.Int64(nullable=True, description="what the contest gives in all; null: no prizes")
    prize_amount = dy.Int64(nullable=True, description="the entrant's prize, listed and not paid; null: no prizes")


def contest(
    rules: Contest,
    span: tuple[date, date],
    people: Sequence[PersonMonth],
    daily: pl.DataFrame,
    decimals: int,
    step: int,
) -> pl.DataFrame:
    """The standing of one contest, best first. `daily`: see there; `people`: who is in it, once each."""
    entrant = {p.person_id: p.person_id if rules.of == "people" else getattr(p, rules.of) for p in people}
    heads = {e: sum(other == e for other in entrant.values()) for e in entrant.values() if e}
    named = pl.col("person_id").replace_strict(entrant, default=None, return_dtype=pl.String)
    own = daily.with_columns(entrant=named).filter(pl.col("entrant").is_not_null())
    standing = _standing(own)
    lines = [(name, heads[name], *standing.get(name, (0, None))) for name in sorted(heads)]
    unit = 1 if rules.measure in ("credit", "points") else RATE_SCALE
    scores = [per_head(value, count * unit) or Fraction(0) for _, count, value, _ in lines]
    pot = None if rules.pot is None else pot_of(rules.pot, sum(value for _, _, value, _ in lines), decimals, step)
    stood = [(score, day or span[1]) for score, (*_, day) in zip(scores, lines, strict=True)]
    parts = zip(lines, scores, competition_ranks(scores), _won(rules.pot, pot, stood, step), strict=True)
    rows = [
        {"contest": rules.key, "start_on": span[0], "end_on": span[1], "entrant": name, "people": count,
         "value": scales.rounded(Fraction(value, unit)), "score": scales.rounded(score), "rank": rank,
         "reached_on": day, "pot_amount": pot, "prize_amount": prize}
        for (name, count, value, day), score, rank, prize in parts
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=types_of(LeagueContests))
    return frame.sort("rank", "reached_on", "entrant", nulls_last=True)


def _won(rules: Pot | None, pot: int | None, stood: list[tuple[Fraction, date]], step: int) -> list[int] | list[None]:
    """What each entrant wins, in payable units; nothing to win without a pot."""
    if rules is None or pot is None:
        return [None] * len(stood)
    return [step * part for part in prizes(pot // step, rules.places, stood)]


def pot_of(pot: Pot, total: int, decimals: int, step: int) -> int:
    """What a contest gives: 5 % of 400,000 is 20,000; never less than nothing.

    >>> pot_of(Pot(share="5%", places=["50%", "30%", "20%"]), 400_000, 0, 1)
    20000
    """
    if pot.share is not None:
        return step * round_ratio(max(total, 0) * pot.share, RATE_SCALE * step)
    return int(scales.units(pot.amount or Decimal(0), decimals))


def _standing(own: pl.DataFrame) -> dict[str, tuple[int, date]]:
    """Each entrant's value, and the first day on which it stood and was not lost again."""
    days = own.group_by("entrant", "day").agg(pl.col("value").sum()).sort("entrant", "day")
    run = days.with_columns(
        sofar=pl.col("value").cum_sum().over("entrant"), total=pl.col("value").sum().over("entrant")
    )
    first = run.group_by("entrant").agg(
        pl.col("total").first(), pl.col("day").filter(pl.col("sofar") >= pl.col("total")).min()
    )
    return {name: (total, day) for name, total, day in first.rows()}


def daily(
    rules: Contest, span: tuple[date, date], events: pl.DataFrame, found: pl.DataFrame, ledger: pl.DataFrame
) -> pl.DataFrame:
    """What each person sold and kept in a contest, by day: person_id, day, value (counts by share, in billionths)."""
    start, end = span
    if rules.measure == "points":
        inside = ledger.filter((pl.col("earned_on") >= start) & (pl.col("earned_on") < end))
        return inside.select("person_id", day="moved_on", value="points")
    within = _where(events, rules.where)
    mine = found.filter((pl.col("sold_on") >= start) & (pl.col("sold_on") < end))
    orders = mine.join(within.select("person_id", "order_id").unique(), on=["person_id", "order_id"], how="semi")
    if rules.measure == "credit":
        own = within.join(orders.filter(pl.col("repeats").is_null()), on=["person_id", "order_id"], how="semi")
        return own.select("person_id", day="moved_on", value="amount")
    return counted(within, orders).select("person_id", "day", value=rules.measure)


def _where(events: pl.DataFrame, where: Values) -> pl.DataFrame:
    for name, values in where.items():
        events = events.filter(pl.col(name).is_in([values] if isinstance(values, str) else list(values)))
    return events
