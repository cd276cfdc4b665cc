"""Invented books of a year: honest ones, and the same with one thing done to them."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from revops.incentives.games import flags
from revops.incentives.games.rules import Watch
from revops.incentives.games.watch import SCHEMA
from revops.money import RATE_SCALE

PEOPLE, ORDERS, BOUNDS = 20, 15, [1.0, 1.2]
MONTHS = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, m, 1) for m in range(1, 11))]
Orders = list[dict[str, Any]]
Deed = Callable[[np.random.Generator, str, Orders], Orders]
"""What is done to one person's orders of one month."""
REOPENED = {
    "person_id": pl.String,
    "month_on": pl.Date,
    "order_id": pl.String,
    "day": pl.Date,
    "file": pl.String,
    "row": pl.Int64,
}


def month_of(dice: np.random.Generator, person: str, month: date, talent: float) -> Orders:
    """Honest orders of a person and month: any day, any size, any discount."""
    days = monthrange(month.year, month.month)[1]
    count = max(int(dice.poisson(ORDERS)), 1)
    return [
        {
            "person_id": person, "month_on": month, "order_id": f"{person}-{month:%y%m}-{n}",
            "sold_on": month + timedelta(days=int(dice.integers(days))), "discount": round(float(dice.beta(2, 20)), 4),
            "sold": float(dice.lognormal(0, 0.4)) * talent / ORDERS,
            "share": RATE_SCALE if dice.random() > 0.1 else RATE_SCALE // 2,
        }
        for n in range(count)
    ]  # fmt: skip


def scanned(
    seed: int, deed: Deed | None = None, of: Callable[[str], bool] = lambda person: True, rules: Watch | None = None
) -> flags.Found:
    """The flags over books of twenty people and a year; `deed` is done to the orders of those who are `of`."""
    dice = np.random.default_rng(seed)
    orders: Orders = []
    for person in (f"P{n:02}" for n in range(PEOPLE)):
        talent = float(dice.normal(0.95, 0.1))
        for month in MONTHS:
            mine = month_of(dice, person, month, talent)
            orders += deed(dice, person, mine) if deed and of(person) else mine
    return scan(orders, rules)


def scan(orders: Orders, rules: Watch | None = None) -> flags.Found:
    """The flags over orders: person_id, month_on, order_id, sold_on, sold (share of the quota), share, discount."""
    frame = pl.DataFrame(orders).sort("person_id", "sold_on", "order_id")
    after = pl.col("sold").cum_sum().over("person_id", "month_on")
    deals = frame.with_columns(
        after=after, before=after - pl.col("sold"), kept=pl.col("sold"), repeats=pl.lit(None, pl.String),
        file=pl.lit("orders.csv"), row=pl.int_range(pl.len(), dtype=pl.Int64),
    )  # fmt: skip
    months = deals.group_by("person_id", "month_on").agg(pl.col("sold").sum().alias("attainment")).with_columns(
        name=pl.col("person_id"), role=pl.lit("representative"), plan=pl.lit("T"), bounds=pl.lit(BOUNDS)
    )  # fmt: skip
    none = pl.DataFrame(schema=SCHEMA), pl.DataFrame(schema=REOPENED)
    return flags.scan_flags(months, deals, none[0], frame.select("order_id", "discount"), none[1], rules or Watch())


def late(dice: np.random.Generator, person: str, mine: Orders) -> Orders:
    """Half of all orders are booked on the month's last day."""
    last = mine[0]["month_on"] + timedelta(days=monthrange(mine[0]["month_on"].year, mine[0]["month_on"].month)[1] - 1)
    return [{**o, "sold_on": last} if dice.random() < 0.5 else o for o in mine]


def cheap(dice: np.random.Generator, person: str, mine: Orders) -> Orders:
    """Orders that bring the month to the quota are sold at 15 points more discount."""
    made, reached = [], 0.0
    for o in sorted(mine, key=lambda o: (o["sold_on"], o["order_id"])):
        is_near = reached < BOUNDS[0] and reached + o["sold"] >= BOUNDS[0] - 0.08
        made.append({**o, "discount": o["discount"] + 0.15} if is_near else o)
        reached += o["sold"]
    return made


def rounded_up(dice: np.random.Generator, person: str, mine: Orders) -> Orders:
    """A month that ends a little below the quota is brought a little above it."""
    total = sum(o["sold"] for o in mine)
    lack = 1.005 - total if 0.9 <= total < 1 else 0
    return [{**mine[0], "sold": mine[0]["sold"] + lack}, *mine[1:]]


def lifted(dice: np.random.Generator, person: str, mine: Orders) -> Orders:
    """Months that would end short of the quota are lifted over it by a share of a colleague's order."""
    short = float(dice.uniform(0.8, 0.99))
    total = sum(o["sold"] for o in mine)
    own = [{**o, "sold": o["sold"] * short / total, "share": RATE_SCALE} for o in mine]
    return [*own, {**own[0], "order_id": f"{own[0]['order_id']}-s", "sold": 1.01 - short, "share": RATE_SCALE // 2}]
