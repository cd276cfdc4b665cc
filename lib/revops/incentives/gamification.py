"""The league: ranks on attainment, streaks, points, badges, a team contest, and a watch over tiers.

Ranked is attainment, never money, so a large territory has no start. Same attainment, same rank:

>>> competition_ranks([130, 124, 124, 117])
[1, 2, 2, 4]
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import dataframely as dy
import polars as pl

from revops.company import Badge, Gaming, Points
from revops.incentives import scales
from revops.incentives.payouts import PersonMonth
from revops.periods import add_months
from revops.tables import types_of


class Leaderboard(dy.Schema):
    """One row per person in the league. No pay."""

    person_id = dy.String(primary_key=True, description="person")
    name = dy.String(description="name")
    team = dy.String(description="team path")
    region = dy.String(nullable=True, description="region")
    channel = dy.String(nullable=True, description="channel")
    rank = dy.Int64(nullable=True, description="competition rank on attainment; null: below the minimum of orders")
    move = dy.Int64(nullable=True, description="places gained since the month before; null: not ranked then")
    attainment = dy.Float64(nullable=True, description="measure ÷ quota")
    change = dy.Float64(nullable=True, description="attainment less the month before's")
    streak = dy.Int64(description="months in a row with the quota reached, up to this one")
    best_streak = dy.Int64(description="longest such row")
    orders = dy.Int64(description="orders kept")
    points = dy.Int64(description="points by the league's rules")
    badges = dy.List(dy.Int64(), description="numbers of the badges in company.yaml, from 0")


def competition_ranks(values: Sequence[Any]) -> list[int]:
    """The rank of each value, highest first; equals share a rank and the next ranks are left out."""
    return [1 + sum(other > value for other in values) for value in values]


def streak(months: Sequence[bool | None]) -> tuple[int, int]:
    """(current, best) row of reached months, oldest first; a month of leave (None) neither counts nor breaks.

    >>> streak([True, True, False, True, True, True]), streak([True, None, True])
    ((3, 3), (2, 2))
    """
    current = best = 0
    for reached in months:
        if reached is not None:
            current = current + 1 if reached else 0
            best = max(best, current)
    return current, best


def per_head(total: int, people: int) -> Fraction | None:
    """A team's score: its total by head, so that small teams can win. None without people."""
    return Fraction(total, people) if people else None


def points(rules: Points, attainment: Fraction | None, orders: Fraction) -> int:
    """Points of a month: whole percents of attainment and orders kept; a shared order counts by its share."""
    percents = max(0, int((attainment or Fraction(0)) * 100))
    return rules.per_percent * percents + int(rules.per_order * orders)


def orders_kept(credits: pl.DataFrame) -> pl.DataFrame:
    """One row per person: orders credited (not by roll-up) of which something is left after returns.

    Columns: person_id, orders, shared (sum of shares, billionths: a split order counts once over its people).
    """
    own = credits.filter(pl.col("rule") != "rollup")
    left = own.group_by("person_id", "order_id").agg(
        pl.col("credit_amount").sum(), pl.col("share").max(), (pl.col("kind") == "sale").any().alias("is_sold")
    )
    kept = left.filter(pl.col("is_sold") & (pl.col("credit_amount") > 0))
    return (
        kept.group_by("person_id")
        .agg(pl.len().cast(pl.Int64).alias("orders"), pl.col("share").sum().alias("shared"))
        .sort("person_id")
    )


def badges_earned(badges: Sequence[Badge], facts: Mapping[str, float | None], units: Mapping[str, int]) -> list[int]:
    """Numbers (from 0) of the badges that a month earns: rules over the ledger, so a return takes them back."""
    earned = []
    for number, badge in enumerate(badges):
        value = units.get(badge.product_group or "", 0) if badge.measure == "units" else facts.get(badge.measure)
        if value is not None and value >= badge.at_least:
            earned.append(number)
    return earned


def league(months: Sequence[PersonMonth], roles: Sequence[str]) -> dict[str, dict[date, PersonMonth]]:
    """The people of the league by person and month: those of the named roles, or all whose plan has a quota."""
    found: dict[str, dict[date, PersonMonth]] = {}
    for person in months:
        if (person.role in roles) if roles else (person.plan is not None and person.plan.quota is not None):
            found.setdefault(person.person_id, {})[person.month_on] = person
    return found


def leaderboard(
    months: Sequence[PersonMonth],
    credits: pl.DataFrame,
    new_customers: Mapping[str, int],
    settings: Any,
    month: date,
    doubtful: Mapping[str, Collection[date]] | None = None,
) -> pl.DataFrame:
    """One row per person of the league in `month`, best first; `credits` hold this month and the one before.

    `doubtful` are people's months whose bookings came back: they break the streak that a badge needs.
    """
    people = league(months, settings.league_roles)
    before = add_months(month, -1)
    now_orders, then_orders = _orders(credits, month), _orders(credits, before)
    now = {p: held[month] for p, held in people.items() if month in held}
    then = {p: held[before] for p, held in people.items() if before in held}
    ranks, old = _ranks(now, now_orders, settings.minimum_orders), _ranks(then, then_orders, settings.minimum_orders)
    units = _units(credits.filter(pl.col("month_on") == month))
    rows = []
    for person_id, person in now.items():
        row = _league_row(person, people[person_id], now_orders.get(person_id, (0, 0)), settings.points, month)
        row["rank"] = ranks.get(person_id)
        row["move"] = old[person_id] - ranks[person_id] if person_id in ranks and person_id in old else None
        kept = _streak(people[person_id], month, (doubtful or {}).get(person_id, ()))[0]
        facts = {**row, "streak": kept, "new_customers": new_customers.get(person_id, 0)}
        row["badges"] = badges_earned(settings.badges, facts, units.get(person_id, {}))
        rows.append(row)
    schema = types_of(Leaderboard)
    return pl.DataFrame(rows, schema=schema).sort("rank", "person_id", nulls_last=True)


def _league_row(
    person: PersonMonth, held: Mapping[date, PersonMonth], orders: tuple[int, int], rules: Points, month: date
) -> dict[str, Any]:
    before = held.get(add_months(month, -1))
    current, best = _streak(held, month)
    now, then = person.attainment, before.attainment if before else None
    return {
        "person_id": person.person_id,
        "name": person.name,
        "team": person.team,
        "region": person.region,
        "channel": person.channel,
        "attainment": None if now is None else float(now),
        "change": None if now is None or then is None else float(now - then),
        "streak": current,
        "best_streak": best,
        "orders": orders[0],
        "points": points(rules, now, Fraction(orders[1], 1_000_000_000)),
    }


def _streak(held: Mapping[date, PersonMonth], month: date, doubtful: Collection[date] = ()) -> tuple[int, int]:
    past = [(m, held[m].attainment) for m in sorted(held) if m <= month]
    return streak([None if a is None else a >= 1 and m not in doubtful for m, a in past])


def _orders(credits: pl.DataFrame, month: date) -> dict[str, tuple[int, int]]:
    kept = orders_kept(credits.filter(pl.col("month_on") == month))
    return {person: (orders, shared) for person, orders, shared in kept.rows()}


def _ranks(people: Mapping[str, PersonMonth], orders: Mapping[str, tuple[int, int]], minimum: int) -> dict[str, int]:
    able = {
        p: person.attainment
        for p, person in people.items()
        if person.attainment is not None and orders.get(p, (0, 0))[0] >= minimum
    }
    return dict(zip(able, competition_ranks(list(able.values())), strict=True))


def _units(credits: pl.DataFrame) -> dict[str, dict[str, int]]:
    own = credits.filter((pl.col("rule") != "rollup") & pl.col("product_group").is_not_null())
    sums = own.group_by("person_id", "product_group").agg(pl.col("quantity").sum())
    found: dict[str, dict[str, int]] = {}
    for person, group, quantity in sums.rows():
        found.setdefault(person, {})[group] = quantity
    return found


def new_customers(credits: pl.DataFrame, month: date) -> dict[str, int]:
    """People's customers and accounts whose first order ever, as far as the data go back, is in `month`."""
    own = credits.filter((pl.col("rule") != "rollup") & (pl.col("kind") == "sale"))
    buyer = own.with_columns(buyer=pl.coalesce("account_id", "customer_id")).filter(pl.col("buyer").is_not_null())
    first = buyer.group_by("buyer").agg(pl.col("month_on").min().alias("first_on"))
    fresh = buyer.join(first.filter(pl.col("first_on") == month), on="buyer").filter(pl.col("month_on") == month)
    return dict(fresh.group_by("person_id").agg(pl.col("buyer").n_unique()).rows())


def first_orders(credits: pl.DataFrame, accounts: pl.DataFrame, names: Mapping[str, str], month: date) -> pl.DataFrame:
    """One row per business account that bought for the first time in `month`, the three latest; kind 'first_order'.

    Columns: moved_on, name (of who sold), kind, customer.
    """
    own = credits.filter((pl.col("rule").is_in(["direct", "split"])) & (pl.col("kind") == "sale"))
    first = own.sort("moved_on", "movement_id").unique("account_id", keep="first", maintain_order=True)
    fresh = first.filter(pl.col("account_id").is_not_null() & (pl.col("month_on") == month)).join(
        accounts.select("account_id", pl.col("name").alias("customer")), on="account_id", how="inner", validate="m:1"
    )
    latest = fresh.sort(["moved_on", "movement_id"], descending=True).head(3)
    name = pl.col("person_id").replace_strict(dict(names), default=pl.col("person_id"), return_dtype=pl.String)
    return latest.select("moved_on", name.alias("name"), pl.lit("first_order").alias("kind"), "customer")


def contest(credits: pl.DataFrame, people: Sequence[PersonMonth], by: str) -> pl.DataFrame:
    """One row per team: its direct credits of the month by head of its people, best first.

    Columns: team, people, credit_amount, per_head_amount (rounded for display).
    """
    team_of = {p.person_id: getattr(p, by) for p in people if getattr(p, by)}
    own = credits.filter(pl.col("rule").is_in(["direct", "split"]) & pl.col("person_id").is_in(list(team_of)))
    sums = dict(own.group_by("person_id").agg(pl.col("credit_amount").sum()).rows())
    rows = []
    for team in sorted(set(team_of.values())):
        members = [p for p, t in team_of.items() if t == team]
        total = sum(sums.get(p, 0) for p in members)
        rows.append((team, len(members), total, scales.rounded(per_head(total, len(members)) or Fraction(0))))
    schema = {"team": pl.String, "people": pl.Int64, "credit_amount": pl.Int64, "per_head_amount": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("per_head_amount", "team", descending=[True, False])


def scan_gaming(months: Sequence[PersonMonth], credits: pl.DataFrame, rules: Gaming, until: date) -> pl.DataFrame:
    """One row per person and month whose bookings bunch in the last days, end just above a tier, and come back.

    Columns: person_id, name, month_on, attainment, bound, last_amount (booked in the last days), last_share (of the
    month's bookings), returned_amount (of those, given back in the two following months), orders (ids given back),
    is_proven (enough came back for the rule).
    A month that ends at `until` is listed when it bunches: its returns cannot be known yet.
    """
    own = credits.filter(pl.col("rule").is_in(["direct", "split"]))
    sales = own.filter(pl.col("kind") == "sale").partition_by("person_id", "month_on", as_dict=True)
    returns = own.filter(pl.col("kind") == "return")
    rows = []
    for person in months:
        bound = _bound_below(person, rules.above)
        booked = sales.get((person.person_id, person.month_on))
        if bound is None or booked is None:
            continue
        row = _bunched(person, bound, booked, returns, rules, until)
        if row:
            rows.append(row)
    schema = {
        "person_id": pl.String, "name": pl.String, "month_on": pl.Date, "attainment": pl.Float64, "bound": pl.Float64,
        "last_amount": pl.Int64, "last_share": pl.Float64, "returned_amount": pl.Int64, "orders": pl.String,
        "is_proven": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema).sort("person_id", "month_on")


def _bound_below(person: PersonMonth, above: float) -> Fraction | None:
    """The tier bound that the month's attainment lies just above, None where it does not."""
    if person.plan is None or person.attainment is None or not person.plan.components[0].needs_quota:
        return None
    bounds = [Fraction(tier.start) for tier in person.plan.components[0].tiers or [] if tier.start > 0]
    near = [bound for bound in bounds if 0 <= person.attainment - bound <= Fraction(str(above))]
    return near[-1] if near else None


def _bunched(
    person: PersonMonth, bound: Fraction, booked: pl.DataFrame, returns: pl.DataFrame, rules: Gaming, until: date
) -> dict[str, Any] | None:
    end = add_months(person.month_on, 1)
    last = booked.filter(pl.col("moved_on") >= end - timedelta(days=rules.last_days))
    total, amount = int(booked["credit_amount"].sum()), int(last["credit_amount"].sum())
    if total <= 0 or amount < rules.minimum_share * total:
        return None
    back = returns.filter(
        (pl.col("person_id") == person.person_id)
        & (pl.col("moved_on") >= end)
        & (pl.col("moved_on") < add_months(end, 2))
    ).join(last.select("line_id", "rule"), on=["line_id", "rule"], how="semi")
    returned = -int(back["credit_amount"].sum())
    is_proven = returned >= rules.returned_share * amount
    if not is_proven and end < until:
        return None
    return {
        "person_id": person.person_id, "name": person.name, "month_on": person.month_on,
        "attainment": float(person.attainment or 0), "bound": float(bound), "last_amount": amount,
        "last_share": amount / total, "returned_amount": returned, "orders": ", ".join(sorted(set(back["order_id"]))),
        "is_proven": is_proven,
    }  # fmt: skip


def flagged(bunched: pl.DataFrame) -> pl.DataFrame:
    """One row per person with at least one month that meets the whole rule: those months, amounts, last orders."""
    mine = bunched.filter("is_proven").sort("person_id", "month_on")
    return mine.group_by("person_id", maintain_order=True).agg(
        pl.col("name").first(),
        pl.len().cast(pl.Int64).alias("months"),
        pl.col("last_amount").sum(),
        pl.col("returned_amount").sum(),
        pl.col("month_on").min().alias("first_on"),
        pl.col("month_on").max().alias("last_on"),
        pl.col("orders").filter(pl.col("orders") != "").last(),
    )
