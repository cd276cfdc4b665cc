"""Credited revenue: who carries a movement, on the day it happened.

An order counts for the person named on it. Where credit_splits names several, each movement of the order, returns
too, is shared by their shares with `money.split`, so that the parts sum to the movement and a return cancels its
sale for everyone.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.money import RATE_SCALE, split
from revops.problems import Problem

DAY_KEYS = ["person_id", "moved_on", "product_group", "channel", "region"]


def person_days(
    movements: Any, splits: pl.DataFrame, channels: Sequence[str], as_of: date, *, since: date = date.min,
    by: Sequence[str] = DAY_KEYS,
) -> pl.DataFrame:  # fmt: skip
    """One row per person, day, product group, channel and region: `amount`, credited net revenue in money units.

    person_id null: nobody carries it. `channels` limits to those channels (empty: all); days before `since` and after
    `as_of` are left out; `by` may add keys to DAY_KEYS. The sum of `amount` is the sum of the movements kept. Lazy
    over narwhals until the sums.
    """
    inside = (nw.col("moved_on") >= since) & (nw.col("moved_on") < as_of + timedelta(days=1))
    facts = nw.from_native(movements).lazy().filter(inside)
    if channels:
        facts = facts.filter(nw.col("channel").is_in(list(channels)))
    shared = fair_splits(splits)
    mine = facts.join(_orders_of(shared, facts), on="order_id", how="anti")
    sums = mine.group_by(by).agg(nw.col("net_amount").sum().alias("amount"))
    whole = pl.DataFrame(sums.collect("polars").to_native())
    parts = [whole.with_columns(pl.col("amount").cast(pl.Int64)), _shared_days(facts, shared, by)]
    days = pl.concat(parts).group_by(by).agg(pl.col("amount").sum())
    return days.select(*by, "amount").sort(by, nulls_last=True)


def hold_channels(days: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """`days` where what nobody stands on counts for who holds the whole channel on that day.

    Someone holds a channel whose people row names it and no region; where two do, or nobody, the row stays nobody's.
    """
    spans = people.filter(pl.col("channel").is_not_null() & pl.col("region").is_null())
    spans = spans.select("channel", "start_on", "end_on", "left_on", pl.col("person_id").alias("holder"))
    free = days.filter(pl.col("person_id").is_null()).with_row_index("nr")
    pairs = free.select("nr", "channel", "moved_on").join(spans, on="channel")
    until = pl.min_horizontal("end_on", "left_on")
    pairs = pairs.filter((pl.col("start_on") <= pl.col("moved_on")) & (until.is_null() | (until > pl.col("moved_on"))))
    one = pairs.group_by("nr").agg(pl.col("holder").n_unique().alias("count"), pl.col("holder").first())
    held = free.join(one.filter(pl.col("count") == 1).select("nr", "holder"), on="nr", how="left")
    held = held.with_columns(person_id=pl.col("holder")).select(days.columns)
    keys = [column for column in days.columns if column != "amount"]
    both = pl.concat([days.drop_nulls("person_id"), held]).group_by(keys).agg(pl.col("amount").sum())
    return both.select(days.columns).sort(keys, nulls_last=True)


def fair_splits(splits: pl.DataFrame) -> pl.DataFrame:
    """The splits of orders whose shares are positive and sum to 1; the other orders count for their own person."""
    good = splits.group_by("order_id").agg(pl.col("share").sum().alias("total"), pl.col("share").min().alias("least"))
    good = good.filter((pl.col("total") == RATE_SCALE) & (pl.col("least") >= 0))
    return splits.join(good, on="order_id", how="semi").sort("order_id", "person_id")


def scan_splits(splits: pl.DataFrame) -> Iterator[Problem]:
    """One problem per order whose credit shares do not sum to 100 %."""
    bad = splits.join(fair_splits(splits), on="order_id", how="anti")
    for row in bad.group_by("order_id").agg(pl.col("share").sum()).sort("order_id").iter_rows(named=True):
        yield Problem(
            f"credit_splits, order {row['order_id']}",
            f"shares of {row['share'] / RATE_SCALE:.1%}",
            "100 %",
            "correct the shares; until then the order counts for its own person",
        )


def _orders_of(shared: pl.DataFrame, facts: Any) -> Any:
    """The orders that are shared, in the engine of `facts`."""
    orders = shared.select("order_id").unique().sort("order_id")
    if nw.get_native_namespace(facts).__name__ == "polars":
        return nw.from_native(orders.lazy())
    return facts.filter(nw.col("order_id").is_in(orders["order_id"].to_list())).select("order_id").unique()


def _shared_days(facts: Any, shared: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The movements of shared orders, each split over its people."""
    ids = shared["order_id"].unique().to_list()
    keys = [key for key in by if key != "person_id"]
    columns = ["movement_id", "order_id", *keys, "net_amount"]
    rows = facts.filter(nw.col("order_id").is_in(ids)).select(columns).collect("polars").to_native()
    people = {key[0]: (list(part["person_id"]), list(part["share"])) for key, part in shared.group_by("order_id")}
    parts = [
        {**{key: row[key] for key in keys}, "person_id": person, "amount": amount}
        for row in rows.iter_rows(named=True)
        for person, amount in zip(
            people[row["order_id"]][0], _parts(row["net_amount"], *people[row["order_id"]]), strict=True
        )
    ]
    schema = {key: rows.schema.get(key, pl.String) for key in by} | {"amount": pl.Int64}
    return pl.DataFrame(parts, schema=schema)


def _parts(amount: int, persons: list[str], shares: list[int]) -> list[int]:
    return split(amount, shares, keys=persons)


def share_of_people(days: pl.DataFrame) -> tuple[int, int]:
    """(credited to somebody, credited to nobody); the two sum to the revenue of the channels."""
    nobody = days.filter(pl.col("person_id").is_null())["amount"].sum()
    return int(days["amount"].sum()) - int(nobody), int(nobody)
