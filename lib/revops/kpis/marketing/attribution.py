"""Which visits brought an order or a lead: five rules whose weights sum to exactly one for each.

A path is the visits of whoever converted, within the look-back before the conversion, oldest first; at one instant the
larger id is the later. A direct visit counts only where the path has no other. Weights are whole billionths, cut from
a running total, so that they sum to one and an amount's parts to the amount:

>>> import polars as pl
>>> path = opened(pl.DataFrame({"place": [1, 2, 3, 4], "visits": [4] * 4, "paid": [1009] * 4}))
>>> bounds = path.select("paid", begins=upto("position", -1), ends=upto("position"))
>>> bounds.select(weight=nw.col("ends") - nw.col("begins"))["weight"].to_list()
[400000000, 100000000, 100000000, 400000000]
>>> _with_parts(native(bounds), ["paid"])["paid"].to_list()
[403, 101, 101, 404]

first: all to the oldest visit · last: all to the youngest · linear: equal parts · position: 40 % to the oldest and the
youngest, 20 % between the others (two visits: half each) · decay: 2 ** (−days before ÷ 7).
"""

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from revops.kpis.frames import Frame, day_number, native, opened, typed
from revops.money import RATE_SCALE

RULES = ("first", "last", "linear", "position", "decay")
HALF_LIFE_DAYS = 7
DIRECT = "(direct)"
ENDS_SHARE = 4 * RATE_SCALE // 10
_PULL = 1_000_000
KEYS = ("rule", "day_on", "campaign")
EVENT_SUMS = ("net_amount", "cost_units", "uncosted", "orders", "new_customers")
EVENT: dict[str, Any] = {"conversion_id": nw.String, "day_on": nw.Date} | dict.fromkeys(EVENT_SUMS, nw.Int64)
SUMS = (*EVENT_SUMS, "leads")
CREDIT: dict[str, Any] = dict(zip(KEYS, (nw.String, nw.Date, nw.String), strict=True)) | dict.fromkeys(SUMS, nw.Int64)


def order_conversions(orders: Frame) -> Frame:
    """One row per order that is not cancelled: conversion_id, converted_at, converted_on."""
    kept = opened(orders).filter(~nw.col("is_cancelled"))
    return native(kept.select(conversion_id="order_id", converted_at="ordered_at", converted_on="ordered_on"))


def lead_conversions(leads: Frame) -> Frame:
    """One row per lead, converted when its day ends: a visit of that day came before it."""
    after = nw.col("created_on").dt.offset_by("1d").cast(nw.Datetime)
    return native(opened(leads).select(conversion_id="lead_id", converted_at=after, converted_on="created_on"))


def lead_touches(touches: Frame, leads: Frame) -> Frame:
    """The visits by the lead they made, and the campaign that a lead itself names as a visit of its own."""
    named = opened(leads).filter(~nw.col("campaign").is_null())
    text, key = nw.lit(None).cast(nw.String), nw.col("lead_id")
    day = nw.col("created_on")
    own = named.select("campaign", touch_id=key, visitor_id=key, conversion_id=key, touched_on=day,
                       touched_at=day.cast(nw.Datetime), platform=text, is_direct=nw.lit(False))  # fmt: skip
    visits = opened(touches).select(*VISIT, conversion_id="lead_id")
    return native(nw.concat([visits, own.select(*visits.collect_schema().names())], how="vertical"))


VISIT = ("touch_id", "visitor_id", "touched_at", "touched_on", "platform", "campaign", "is_direct")


def order_touches(touches: Frame) -> Frame:
    """The visits by the order they made."""
    return native(opened(touches).select(*VISIT, conversion_id="order_id"))


def paths(conversions: Frame, visits: Frame, lookback_days: int) -> Frame:
    """One row per conversion and visit of its path: campaign, place from 1, visits, and what the rules need of them.

    `visits` name the conversion made in the visit; the other visits of its visitor belong to the path. Its own record
    (the visitor is the conversion) counts only where no visit names it. `campaign` is the campaign, else the platform,
    else '(direct)'. `pull` weighs a visit by its age, `pulled` adds these up along the path, `pulls` is their sum.
    """
    seen = opened(visits)
    met = _made_by(seen).join(opened(conversions), on="conversion_id", how="inner")
    met = met.join(seen.drop("conversion_id"), on="visitor_id", how="inner")
    early = nw.col("converted_on").dt.offset_by(f"-{lookback_days}d").cast(nw.Date)
    met = met.filter((nw.col("touched_at") <= nw.col("converted_at")) & (nw.col("touched_on") >= early))
    met = met.with_columns(known=nw.when(nw.col("is_direct")).then(nw.lit(0)).otherwise(nw.lit(1)), visit=nw.lit(1))
    met = met.with_columns(knows=nw.col("known").max().over("conversion_id"))
    met = met.filter((nw.col("known") == 1) | (nw.col("knows") == 0)).with_columns(pull=_pull())
    running = [nw.col(name).cum_sum().over("conversion_id", order_by=["touched_at", "touch_id"]).alias(alias)
               for name, alias in (("visit", "place"), ("pull", "pulled"))]  # fmt: skip
    totals = [nw.col(name).sum().over("conversion_id").alias(f"{name}s") for name in ("visit", "pull")]
    counts = ("place", "visits", "pull", "pulled", "pulls")
    return native(
        met.with_columns(*running, *totals).select(
            "conversion_id",
            "converted_on",
            "touch_id",
            nw.coalesce("campaign", "platform", nw.lit(DIRECT)).alias("campaign"),
            *(nw.col(name).cast(nw.Int64) for name in counts),
        )
    )


def _made_by(visits: Any) -> Any:
    """One row per conversion and visitor who made it."""
    led = visits.filter(~nw.col("conversion_id").is_null()).select("conversion_id", "visitor_id").unique()
    others = led.filter(nw.col("visitor_id") != nw.col("conversion_id"))
    own = led.filter(nw.col("visitor_id") == nw.col("conversion_id"))
    own = own.join(others.select("conversion_id"), on="conversion_id", how="anti")
    return nw.concat([others, own], how="vertical")


def _pull() -> Any:
    """2 ** (−days before ÷ 7) in millionths."""
    days = day_number("converted_on") - day_number("touched_on")
    return ((nw.lit(0.5) ** (days / HALF_LIFE_DAYS)) * _PULL).round().cast(nw.Int64)


def upto(rule: str, step: int = 0) -> Any:
    """The weight of a path's visits up to and with this one, billionths; with `step` −1 without this one."""
    place, visits = nw.col("place") + step, nw.col("visits")
    one, none = nw.lit(RATE_SCALE), nw.lit(0)
    if rule == "first":
        return nw.when(place >= 1).then(one).otherwise(none)
    if rule == "last":
        return nw.when(place >= visits).then(one).otherwise(none)
    if rule == "linear":
        return whole(place * RATE_SCALE, visits)
    if rule == "decay":
        pulled = nw.col("pulled") if step == 0 else nw.col("pulled") - nw.col("pull")
        return whole(pulled * RATE_SCALE, nw.col("pulls"))
    between = nw.when(visits > 2).then(visits - 2).otherwise(nw.lit(1))
    middle = ENDS_SHARE + whole((place - 1) * (RATE_SCALE - 2 * ENDS_SHARE), between)
    within = nw.when(visits == 2).then(nw.lit(RATE_SCALE // 2)).otherwise(middle)
    return nw.when(place <= 0).then(none).when(place >= visits).then(one).otherwise(within)


def weighted(path: Frame) -> Frame:
    """One row per rule, conversion and visit: `begins` and `ends`, between which its share of the conversion lies."""
    rows = opened(path)
    parts = [
        rows.select(
            nw.lit(rule).alias("rule"),
            "conversion_id",
            "converted_on",
            "touch_id",
            "campaign",
            upto(rule, -1).cast(nw.Int64).alias("begins"),
            upto(rule).cast(nw.Int64).alias("ends"),
        )
        for rule in RULES
    ]
    return native(nw.concat(parts, how="vertical"))


def _with_parts(rows: Frame, amounts: Sequence[str]) -> Frame:
    """The rows with each amount cut to its part between `begins` and `ends` (billionths of it).

    What lies below a bound is rounded towards zero, so that the parts of a path sum to the amount; exact in 64 bits.
    """
    cut = opened(rows)
    for name in amounts:
        cut = cut.with_columns(_size=nw.col(name).abs())
        cut = cut.with_columns(_bulk=whole(nw.col("_size"), nw.lit(RATE_SCALE)))
        cut = cut.with_columns(_rest=nw.col("_size") - nw.col("_bulk") * RATE_SCALE)
        part = nw.col("_bulk") * (nw.col("ends") - nw.col("begins")) + _below("ends") - _below("begins")
        cut = cut.with_columns(nw.when(nw.col(name) < 0).then(-part).otherwise(part).alias(name))
    return native(cut.drop("_size", "_bulk", "_rest"))


def _below(bound: str) -> Any:
    return whole(nw.col("_rest") * nw.col(bound), nw.lit(RATE_SCALE))


def whole(amount: Any, count: Any) -> Any:
    """amount ÷ count rounded down, both ≥ 0, below 2 ** 53: exact also where an engine divides as doubles."""
    return ((amount - amount % count) / count).round().cast(nw.Int64)


def credits(
    moves: Frame, products: Frame, firsts: Frame, conversions: Frame, order_weights: Frame, lead_weights: Frame
) -> Frame:
    """One row per rule, day and campaign, columns as in CREDIT: what the rule credits to the campaign.

    net_amount and cost_units (standard cost, 1/10,000) on the day of the movement, of `uncosted` lines without a cost;
    orders and new_customers (first orders ever) on the order's day and leads on theirs, all three in billionths.
    """
    happened = [_order_money(moves, products), _orders_made(conversions, firsts)]
    events = nw.concat([_filled(part, EVENT) for part in happened], how="vertical")
    weight = nw.col("ends") - nw.col("begins")
    met = opened(order_weights).join(events, on="conversion_id", how="inner")
    cut = opened(_with_parts(native(met), ("net_amount", "cost_units")))
    won = cut.with_columns(orders=nw.col("orders") * weight, new_customers=nw.col("new_customers") * weight)
    asked = opened(lead_weights).with_columns(day_on=nw.col("converted_on"), leads=weight)
    rows = nw.concat([_filled(part, CREDIT) for part in (won, asked)], how="vertical")
    summed = rows.group_by(*KEYS).agg(nw.col(*SUMS).sum())
    return native(typed(summed, CREDIT))


def _filled(rows: Any, kinds: dict[str, Any]) -> Any:
    """The columns of `kinds`, 0 where these rows tell nothing of one."""
    have = rows.collect_schema().names()
    return rows.select(
        (nw.col(name) if name in have else nw.lit(0)).cast(kind).alias(name) for name, kind in kinds.items()
    )


def _order_money(moves: Frame, products: Frame) -> Any:
    """One row per order and day of a movement: net revenue, its standard cost, lines without a cost."""
    costs = opened(products).select("product_id", "unit_cost")
    bare = nw.col("unit_cost").is_null() & (nw.col("kind") != "header_rounding")
    flow = opened(moves).join(costs, on="product_id", how="left").with_columns(
        cost_units=nw.col("quantity") * nw.col("unit_cost").fill_null(0),
        uncosted=nw.when(bare).then(nw.lit(1)).otherwise(nw.lit(0)),
    )  # fmt: skip
    summed = flow.group_by("order_id", "moved_on").agg(nw.col("net_amount", "cost_units", "uncosted").sum())
    return summed.rename({"order_id": "conversion_id", "moved_on": "day_on"})


def _orders_made(conversions: Frame, firsts: Frame) -> Any:
    """One row per order: that it was made, and whether it was its customer's first ever."""
    first = opened(firsts).select(conversion_id="first_order_id", is_first=nw.lit(1))
    made = opened(conversions).join(first, on="conversion_id", how="left")
    return made.select(
        "conversion_id", day_on="converted_on", orders=nw.lit(1), new_customers=nw.col("is_first").fill_null(0)
    )


def traced(moves: Frame, path: Frame) -> Frame:
    """One row per day: net revenue and number of the orders that have a path, counted without any weight."""
    known = opened(path).select("conversion_id", "converted_on").unique()
    flow = opened(moves).select("moved_on", "net_amount", conversion_id="order_id")
    money = flow.join(known, on="conversion_id", how="semi").select(
        day_on="moved_on", net_amount="net_amount", orders=nw.lit(0)
    )
    count = known.select(day_on="converted_on", net_amount=nw.lit(0), orders=nw.lit(1))
    kinds: dict[str, Any] = {"day_on": nw.Date, "net_amount": nw.Int64, "orders": nw.Int64}
    rows = nw.concat(
        [part.select(nw.col(name).cast(kind) for name, kind in kinds.items()) for part in (money, count)],
        how="vertical",
    )
    summed = rows.group_by("day_on").agg(nw.col("net_amount", "orders").sum())
    return native(summed.select(nw.col(name).cast(kind) for name, kind in kinds.items()))
