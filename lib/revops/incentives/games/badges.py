"""Badges: rules over the ledger of a month, with the rows that prove them; what comes back later takes one away again.

A badge is earned by what was known at the month's end. It is revoked on the day on which returns bring its count below
the rule (`returned`), or where the month's bookings passed a tier and came back (`flagged`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import dataframely as dy
import polars as pl

from revops.incentives.games.deals import counted
from revops.incentives.games.ranks import streak
from revops.incentives.games.rules import Badge
from revops.incentives.payouts import PersonMonth
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.tables import types_of

Doubts = Mapping[str, Mapping[date, date]]
"""People's months whose bookings came back, each with the day on which that was known."""


class LeagueBadges(dy.Schema):
    """One row per person, month and badge that was earned by what was known at the month's end."""

    person_id = dy.String(primary_key=True, description="person")
    month_on = dy.Date(primary_key=True, description="first day of the month")
    badge = dy.String(primary_key=True, description="key of the badge in games.yaml")
    earned_on = dy.Date(description="day on which the count was reached; else the month's last")
    value = dy.Float64(description="what was reached by the month's end")
    left = dy.Float64(nullable=True, description="what is left of it now")
    revoked_on = dy.Date(nullable=True, description="day on which it was lost; null: held")
    reason = dy.String(nullable=True, description="why: returned or flagged")


class LeagueEvidence(dy.Schema):
    """One row per piece of evidence of a badge or a flag: an order, or a month."""

    what = dy.String(primary_key=True, description="badge or flag")
    key = dy.String(primary_key=True, description="key of the badge, kind of the flag")
    person_id = dy.String(primary_key=True, description="person; of a flag over all people, whose month it is")
    month_on = dy.Date(primary_key=True, description="first day of the month that it speaks of")
    order_id = dy.String(primary_key=True, description="the order; empty for a whole month")
    day = dy.Date(primary_key=True, description="day of the sale or the return, first day of the month")
    value = dy.Float64(description="units, orders, amount, discount or attainment that it adds")
    file = dy.String(nullable=True, description="raw file")
    row = dy.Int64(nullable=True, description="row in it")


PLAIN = ("attainment", "change", "streak")


def badges(
    rules: Sequence[Badge], people: Mapping[str, Mapping[date, PersonMonth]], events: pl.DataFrame, found: pl.DataFrame,
    doubts: Doubts, since: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Badges (LeagueBadges) and their evidence (LeagueEvidence) of all months from `since` on."""
    held, proof = [], []
    for badge in rules:
        if badge.measure in PLAIN:
            rows = [row for person in people.values() for row in _of_months(badge, person, doubts, since)]
            held.append(pl.DataFrame([row for row, _ in rows], schema=types_of(LeagueBadges)))
            proof.append(pl.DataFrame([p for _, rows_of in rows for p in rows_of], schema=types_of(LeagueEvidence)))
        else:
            moves = counted(events, found, badge.product_group).filter(pl.col("month_on") >= since)
            mine = _of_counts(badge, moves.filter(pl.col("person_id").is_in(list(people))))
            held.append(mine)
            proof.append(_orders_of(badge, moves, mine))
    empty = [pl.DataFrame(schema=types_of(LeagueBadges)), pl.DataFrame(schema=types_of(LeagueEvidence))]
    return (
        pl.concat([empty[0], *held]).sort("person_id", "month_on", "badge"),
        pl.concat([empty[1], *proof]).sort(LeagueEvidence.primary_key()),
    )


def _of_counts(badge: Badge, moves: pl.DataFrame) -> pl.DataFrame:
    """Badges on a count of orders, units or new customers: at the month's end, now, and the day it fell below."""
    end = pl.col("month_on").dt.offset_by("1mo")
    keys, least = ["person_id", "month_on"], int(badge.at_least * RATE_SCALE)
    days = moves.group_by(*keys, "day").agg(pl.col(badge.measure).sum().alias("add")).sort(*keys, "day")
    run = days.with_columns(count=pl.col("add").cum_sum().over(keys))
    below = (pl.col("day") >= end) & (pl.col("count") < least)
    sums = run.group_by(keys).agg(
        pl.col("add").filter(pl.col("day") < end).sum().alias("value"),
        pl.col("add").sum().alias("left"),
        pl.col("day").filter(below).min().alias("revoked_on"),
        pl.col("day").filter(pl.col("count") >= least).min().alias("earned_on"),
    )
    lost = pl.col("left") < least
    return sums.filter(pl.col("value") >= least).select(
        *keys[:1], "month_on", pl.lit(badge.key).alias("badge"), "earned_on", pl.col("value", "left") / RATE_SCALE,
        revoked_on=pl.when(lost).then("revoked_on"), reason=pl.when(lost).then(pl.lit("returned")),
    )  # fmt: skip


def _orders_of(badge: Badge, moves: pl.DataFrame, mine: pl.DataFrame) -> pl.DataFrame:
    own = moves.filter(pl.col(badge.measure) != 0).join(
        mine.select("person_id", "month_on"), on=["person_id", "month_on"]
    )
    keys = ["person_id", "month_on", "order_id", "day"]
    sums = own.group_by(keys).agg(
        (pl.col(badge.measure).sum() / RATE_SCALE).alias("value"),
        pl.col("file", "row").sort_by("file", "row", nulls_last=True).first(),
    )
    named = sums.with_columns(what=pl.lit("badge"), key=pl.lit(badge.key))
    return named.select(LeagueEvidence.column_names()).cast(pl.Schema(types_of(LeagueEvidence)))


def _of_months(
    badge: Badge, held: Mapping[date, PersonMonth], doubts: Doubts, since: date
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Badges on attainment, change or streak, with the months that prove them."""
    for month in sorted(held):
        person = held[month]
        own = doubts.get(person.person_id, {})
        value, months = _value(badge, held, month, {})
        left, _ = _value(badge, held, month, own)
        if month < since or value is None or value < badge.at_least:
            continue
        is_lost = left is None or left < badge.at_least
        row = {
            "person_id": person.person_id, "month_on": month, "badge": badge.key,
            "earned_on": add_months(month, 1) - timedelta(days=1), "value": float(value),
            "left": None if left is None else float(left), "reason": "flagged" if is_lost else None,
            "revoked_on": max(own[m] for m in own if m <= month) if is_lost else None,
        }  # fmt: skip
        yield row, [_month_row(badge, held[m], month) for m in months]


def _value(
    badge: Badge, held: Mapping[date, PersonMonth], month: date, doubtful: Mapping[date, date]
) -> tuple[Any, list[date]]:
    """The measure of a month, and the months that it comes from; None in a doubtful month."""
    now = held[month].attainment if month not in doubtful else None
    if badge.measure == "attainment":
        return now, [month]
    if badge.measure == "change":
        before = held.get(add_months(month, -1))
        then = before.attainment if before else None
        return (None if now is None or then is None else now - then), [add_months(month, -1), month]
    past = [m for m in sorted(held) if m <= month]
    current = streak([reached(held[m], m in doubtful) for m in past])[0]
    counted_months = [m for m in past if held[m].attainment is not None]
    return current, counted_months[len(counted_months) - current :]


def reached(person: PersonMonth, is_doubtful: bool = False) -> bool | None:
    """Whether the month's quota was reached by bookings that stayed; None without a quota, as in a month of leave."""
    return None if person.attainment is None else person.attainment >= 1 and not is_doubtful


def _month_row(badge: Badge, person: PersonMonth, month: date) -> dict[str, Any]:
    return {
        "what": "badge", "key": badge.key, "person_id": person.person_id, "month_on": month, "order_id": "",
        "day": person.month_on, "value": float(person.attainment or 0), "file": None, "row": None,
    }  # fmt: skip
