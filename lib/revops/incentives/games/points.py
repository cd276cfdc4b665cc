"""Points: a ledger of what each order gave and what came back took, by the rules of games.yaml.

A sale gives points on its day; its returns take back exactly what it gave, whole when nothing is left of the order. A
shared order counts once, by shares in whole points. Points are rounded down, so nobody has points for less than was
sold, and who is called what changes nothing:

>>> left_of(7, kept=2, sold=3), left_of(7, kept=0, sold=3), left_of(7, kept=3, sold=3)
(4, 0, 7)
"""

from collections.abc import Sequence
from datetime import date, timedelta

import dataframely as dy
import polars as pl

from revops.incentives.games.deals import KEY
from revops.incentives.games.rules import Level, PointRule, Points
from revops.money import RATE_SCALE
from revops.tables import types_of


class LeaguePoints(dy.Schema):
    """One row per person, order, rule and day on which points were earned or taken back."""

    person_id = dy.String(primary_key=True, description="person")
    order_id = dy.String(primary_key=True, description="the order that gave them")
    rule = dy.String(primary_key=True, description="key of the rule in games.yaml")
    moved_on = dy.Date(primary_key=True, description="day of the sale, or of the return")
    kind = dy.String(primary_key=True, description="earned or taken_back")
    points = dy.Int64(description="points; negative where taken back")
    earned_on = dy.Date(description="day of the sale")
    vests_on = dy.Date(description="day from which they count towards a level")
    taken_back_on = dy.Date(nullable=True, description="day on which nothing was left of what was earned")
    file = dy.String(nullable=True, description="raw file of the sale or the return")
    row = dy.Int64(nullable=True, description="row in it")


def left_of(points: int, kept: int, sold: int) -> int:
    """Points left of a sale of which something came back: in proportion, rounded down."""
    return points * max(kept, 0) // sold


def ledger(rules: Points, deals: pl.DataFrame, events: pl.DataFrame, quotas: pl.DataFrame) -> pl.DataFrame:
    """The ledger, see LeaguePoints. `quotas`: person_id, start_on, end_on, quota_amount, for percents of quota."""
    live = deals.filter(pl.col("repeats").is_null() & (pl.col("sold") > 0))
    given = pl.concat([_given(rule, live, events, quotas).with_columns(rule=pl.lit(rule.key)) for rule in rules.rules])
    order = {rule.key: n for n, rule in enumerate(rules.rules)}
    kept = _capped(given.filter(pl.col("points") > 0), rules.daily_cap, order)
    back = [_taken_back(rule, kept.filter(pl.col("rule") == rule.key), events) for rule in rules.rules]
    rows = pl.concat([kept.with_columns(kind=pl.lit("earned"), moved_on=pl.col("earned_on")), *back], how="diagonal")
    gone = rows.filter(pl.col("is_all").fill_null(False)).select(*KEY, "rule", taken_back_on="moved_on")
    whole = rows.join(gone, on=[*KEY, "rule"], how="left", validate="m:1").with_columns(
        vests_on=pl.col("earned_on") + timedelta(days=rules.vest_days)
    )
    shaped = whole.select(LeaguePoints.column_names()).cast(pl.Schema(types_of(LeaguePoints)))
    return shaped.sort(*KEY, "rule", "moved_on", "kind")


def _given(rule: PointRule, live: pl.DataFrame, events: pl.DataFrame, quotas: pl.DataFrame) -> pl.DataFrame:
    """What each deal gives by one rule, before the daily cap; `base` is what a return takes a part of."""
    if rule.per == "percent":
        found = _percents(live, quotas).with_columns(points=pl.col("percents") * rule.points, base=pl.col("sold"))
    elif rule.per == "unit":
        units = _units(rule, events).filter(~pl.col("is_back")).group_by(KEY).agg(pl.col("units").sum().alias("base"))
        found = live.join(units, on=KEY, validate="1:1").with_columns(
            points=pl.col("base") * rule.points * pl.col("share") // RATE_SCALE
        )
    else:
        which = live if rule.per == "order" else live.filter("is_new")
        found = which.with_columns(points=pl.col("share") * rule.points // RATE_SCALE, base=pl.col("sold"))
    return found.select(*KEY, pl.col("sold_on").alias("earned_on"), "points", "base", "file", "row")


def _percents(live: pl.DataFrame, quotas: pl.DataFrame) -> pl.DataFrame:
    """Deals with the whole percents of quota that each adds to its quota's period."""
    quota = pl.col("quota_amount")
    now, before = (pl.col(name) * 100 // quota for name in ("reached", "reached_before"))
    return along_quota(live, quotas).with_columns(percents=now - before)


def along_quota(live: pl.DataFrame, quotas: pl.DataFrame) -> pl.DataFrame:
    """Deals inside a quota's period, by day and order, with quota_amount and what was sold of it before and with it.

    Adds start_on, end_on, quota_amount, reached_before, reached (amounts). `quotas`: person_id, start_on, end_on,
    quota_amount; those of 0 are left out.
    """
    held = live.sort("sold_on").join_asof(
        quotas.filter(pl.col("quota_amount") > 0).sort("start_on"), left_on="sold_on", right_on="start_on",
        by="person_id", check_sortedness=False,
    )  # fmt: skip
    inside = held.filter(pl.col("sold_on") < pl.col("end_on")).sort("person_id", "sold_on", "order_id")
    reached = pl.col("sold").cum_sum().over("person_id", "start_on")
    return inside.with_columns(reached_before=reached - pl.col("sold"), reached=reached)


def _capped(given: pl.DataFrame, cap: int | None, order: dict[str, int]) -> pl.DataFrame:
    """What the daily cap leaves: in order of orders and rules, the last one cut to what is left."""
    if cap is None:
        return given
    place = pl.col("rule").replace_strict(order, return_dtype=pl.Int64)
    ranked = given.sort("person_id", "earned_on", "order_id", place)
    upto = pl.min_horizontal(pl.col("points").cum_sum().over("person_id", "earned_on"), pl.lit(cap, pl.Int64))
    cut = ranked.with_columns(upto=upto)
    before = pl.col("upto").shift(1, fill_value=0).over("person_id", "earned_on")
    return cut.with_columns(points=pl.col("upto") - before).drop("upto").filter(pl.col("points") > 0)


def _taken_back(rule: PointRule, kept: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """What returns take back of one rule's points, a row for each day of returns that takes something."""
    moves = _units(rule, events) if rule.per == "unit" else events
    counted = "units" if rule.per == "unit" else "amount"
    back = moves.filter("is_back").group_by(*KEY, "moved_on").agg(
        pl.col(counted).sum().alias("back"), pl.col("file", "row").sort_by("file", "row", nulls_last=True).first()
    )  # fmt: skip
    both = back.join(kept.drop("file", "row"), on=KEY, validate="m:1").sort(*KEY, "moved_on")
    left = pl.max_horizontal(pl.col("base") + pl.col("back").cum_sum().over(KEY), pl.lit(0, pl.Int64))
    rest = pl.when(left > 0).then("points").otherwise(0) if rule.per in ("order", "new_customer") else (
        pl.col("points") * left // pl.col("base")
    )  # fmt: skip
    stepped = both.with_columns(rest=rest, kind=pl.lit("taken_back"))
    taken = pl.col("rest") - pl.coalesce(pl.col("rest").shift(1).over(KEY), "points")
    return stepped.with_columns(points=taken, is_all=pl.col("rest") == 0).filter(pl.col("points") != 0)


def _units(rule: PointRule, events: pl.DataFrame) -> pl.DataFrame:
    return events.filter(pl.col("product_group") == rule.product_group) if rule.product_group else events


def points_of(ledger: pl.DataFrame) -> dict[str, int]:
    """Points of each person: what was earned, less what was taken back since."""
    return dict(ledger.group_by("person_id").agg(pl.col("points").sum()).sort("person_id").rows())


def vested(ledger: pl.DataFrame, start: date, until: date) -> dict[str, int]:
    """Points of each person since `start` that had vested before `until` and were not taken back."""
    return points_of(ledger.filter((pl.col("earned_on") >= start) & (pl.col("vests_on") < until)))


def by_rule(ledger: pl.DataFrame) -> pl.DataFrame:
    """One row per rule: orders that gave points, points earned, taken (≤ 0), points left."""
    is_earned = pl.col("kind") == "earned"
    return (
        ledger.group_by("rule")
        .agg(
            pl.struct(KEY).filter(is_earned).n_unique().cast(pl.Int64).alias("orders"),
            pl.col("points").filter(is_earned).sum().alias("earned"),
            pl.col("points").filter(~is_earned).sum().alias("taken"),
            pl.col("points").sum(),
        )
        .sort("points", "rule", descending=[True, False])
    )


def level_at(levels: Sequence[Level], points: int) -> int | None:
    """The number of the highest level (from 0) that so many points reach; None where there are no levels.

    >>> steps = [Level.model_validate({"name": name, "from": at}) for name, at in (("Bronze", 0), ("Silver", 9))]
    >>> level_at(steps, 8), level_at(steps, 9), level_at([], 9)
    (0, 1, None)
    """
    reached = [number for number, level in enumerate(levels) if level.start <= points]
    return reached[-1] if reached else None
