"""The territory matrix: cells of the declared dimensions, and what lies in them.

Each account lies in one cell of its own dimensions; with product_group among them it reaches a cell per product group,
its cell's potential and hours shared over them by the company's mix. Buyers who are no business account lie where
territory.buyers puts their channel. Nothing is dropped: accounts that miss a dimension, and revenue that has no place
in the matrix, are listed and sum back.

>>> [two_way_cells(n) for n in (3, 4)]
[8, 16]
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.company import Territory
from revops.money import split
from revops.problems import Problem, nearest, refuse_if_any
from revops.quota.contracts import QuotaMatrix
from revops.quota.territory.sheets import ANY
from revops.tables import types_of

PRODUCT = "product_group"
ACCOUNT_DIMENSIONS = ("customer_group", "industry", "size", "legal_entity", "region")
SALE = ["account_id", "channel", "region", PRODUCT]
OF_SALE = ("channel", "region")  # what a sale to no business account says itself
Cells = list[str]


def own_of(territory: Territory) -> list[str]:
    """The dimensions that an account has itself: all but product_group."""
    return [d for d in territory.dimensions if d != PRODUCT]


def check_dimensions(territory: Territory, columns: Iterable[str] = ()) -> None:
    """Refuse an unknown or a double dimension; `columns` are those that territory.accounts adds."""
    known = list(dict.fromkeys([*ACCOUNT_DIMENSIONS, PRODUCT, *columns]))
    dims = territory.dimensions
    wrong = [d for i, d in enumerate(dims) if territory.columns.get(d, d) not in known or d in dims[:i]]
    problems = (
        [_unknown("dimensions", ", ".join(wrong), nearest(wrong[0], known), known, " at most once")] if wrong else []
    )
    named = [("wildcards", rule) for rule in territory.wildcards] + [("buyers", v) for v in territory.buyers.values()]
    for setting, rule in [*named, ("values", dict.fromkeys(territory.values, "")), ("columns", territory.columns)]:
        others = [d for d in rule if d not in own_of(territory)]
        problems += [_unknown(setting, d, nearest(d, own_of(territory)), own_of(territory)) for d in others]
    refuse_if_any(problems)


def _unknown(setting: str, found: str, near: str, known: Sequence[str], once: str = "") -> Problem:
    where, expected = f"company.yaml, territory.{setting}", f"each of {', '.join(known)}{once}"
    return Problem(where, found + near, expected, f"correct territory.{setting}")


def with_dimensions(accounts: pl.DataFrame, further: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    """`accounts` with the columns of `further` and each dimension in the matrix's own values."""
    added = [c for c in further.columns if c == "account_id" or c not in accounts.columns]
    wide = accounts.join(further.select(added), on="account_id", how="left")
    grouped = wide.with_columns(
        _grouped(pl.col(territory.columns.get(d, d)), territory.values.get(d, {})).alias(d) for d in own_of(territory)
    )
    return _laid_over(grouped, territory)


def _grouped(column: pl.Expr, values: Mapping[str, str]) -> pl.Expr:
    """The column's values in those of the matrix; a missing one stays missing."""
    if not values:
        return column
    rest = column if values.get(ANY, ANY) == ANY else pl.when(column.is_not_null()).then(pl.lit(values[ANY]))
    return column.replace_strict({k: v for k, v in values.items() if k != ANY}, default=rest, return_dtype=pl.String)


def _laid_over(frame: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    """`frame` with * in the dimensions that do not matter for what a row is."""
    for rule in territory.wildcards:
        if any(d not in frame.columns for d, v in rule.items() if v != ANY):
            continue
        hit = pl.all_horizontal(pl.lit(True), *(pl.col(d) == v for d, v in rule.items() if v != ANY))
        blind = [d for d, v in rule.items() if v == ANY and d in frame.columns]
        frame = frame.with_columns(pl.when(hit).then(pl.lit(ANY)).otherwise(pl.col(d)).alias(d) for d in blind)
    return frame


def place(rows: pl.DataFrame, accounts: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    """`rows` (account_id, channel, region, product_group and more) with the own dimensions of the cell they lie in.

    Null in a dimension: the row has no place. The row's own channel and region give way to the account's.
    """
    own = own_of(territory)
    sold = rows.with_columns(pl.col(d).alias(f"_{d}") for d in OF_SALE).drop(own, strict=False)
    out = sold.join(accounts.select("account_id", *own), on="account_id", how="left", maintain_order="left")
    for channel, fixed in territory.buyers.items():
        here = pl.col("account_id").is_null() & (pl.col("_channel") == channel)
        puts = {d: pl.col(f"_{d}") if d in OF_SALE and d not in fixed else pl.lit(fixed.get(d, ANY)) for d in own}
        out = out.with_columns(pl.when(here).then(value).otherwise(pl.col(d)).alias(d) for d, value in puts.items())
    return out.drop(f"_{d}" for d in OF_SALE)


def unplaced(accounts: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    """One row per account that misses a dimension: `missing` names what it misses. Sorted by account_id."""
    misses: list[pl.Expr] = [pl.when(pl.col(d).is_null()).then(pl.lit(d)) for d in own_of(territory)]
    missing = pl.concat_str(misses, separator=", ", ignore_nulls=True) if misses else pl.lit("")
    rows = accounts.with_columns(missing=missing).filter(pl.col("missing") != "")
    return rows.select("account_id", "name", "person_id", "missing").sort("account_id")


def sales(movements: Any, channels: Sequence[str], start: date, end: date) -> pl.DataFrame:
    """One row per account, channel, region and product group (each may be null), of [start, end).

    `amount` is net revenue; `buyers` counts customers, one who buys in two channels in both.
    """
    facts = nw.from_native(movements).lazy().filter((nw.col("moved_on") >= start) & (nw.col("moved_on") < end))
    if channels:
        facts = facts.filter(nw.col("channel").is_in(list(channels)))
    sums = facts.group_by(SALE).agg(
        nw.col("net_amount").sum().alias("amount"), nw.col("customer_id").n_unique().alias("buyers")
    )
    frame = pl.DataFrame(sums.collect("polars").to_native()).with_columns(pl.col("amount", "buyers").cast(pl.Int64))
    return frame.sort(SALE, nulls_last=True)


def matrix(
    accounts: pl.DataFrame,
    revenue: pl.DataFrame,
    before: pl.DataFrame,
    territory: Territory,
    products: Sequence[str],
) -> pl.DataFrame:
    """One row per cell, empty ones too, sorted by the dimensions; columns as in QuotaMatrix.

    `accounts` as of with_dimensions, `revenue` and `before` (the same days a year before) as of sales. Without
    dimensions there is no cell.
    """
    dims, own = territory.dimensions, own_of(territory)
    if not dims:
        return pl.DataFrame(schema=types_of(QuotaMatrix))
    placed = _complete(accounts, own)
    held = _shared(_held(placed, own, territory.capacity_hours), dims, _mix(revenue, products))
    sold = _sold(_complete(place(revenue, accounts, territory), dims), dims)
    past = _complete(place(before, accounts, territory), dims).group_by(dims).agg(before_amount=pl.col("amount").sum())
    known = [frame.select(dims) for frame in (held, sold, past)]
    whole = pl.concat([_whole(placed, revenue, territory, products), *known]).unique()
    cells = whole.join(held, on=dims, how="left").join(sold, on=dims, how="left").join(past, on=dims, how="left")
    counts = pl.col(
        "accounts", "customers", "revenue_amount", "before_amount", "potential_amount", "workload_hours", "people"
    )
    return cells.select(
        *dims,
        counts.fill_null(0),
        "load",
        is_empty=pl.col("customers").fill_null(0) == 0,
        is_heavy=(pl.col("load") > territory.band[1]).fill_null(False),
    ).sort(dims)


def _complete(frame: pl.DataFrame, dims: Sequence[str]) -> pl.DataFrame:
    """The rows that have a value in each of the dimensions; all of them where there is none."""
    return frame.drop_nulls(list(dims)) if dims else frame


def _held(placed: pl.DataFrame, own: Cells, capacity: float) -> pl.DataFrame:
    """One row per cell of the own dimensions: accounts, people, potential, hours, and the `load` of who serves it.

    `load` is hours ÷ capacity of the cell's people over all their accounts, weighted by their hours in the cell.
    """
    hours = pl.col("workload_hours").fill_null(0.0)
    full = pl.when(pl.col("person_id").is_not_null()).then(hours.sum().over("person_id") / capacity)
    known = hours.filter(pl.col("_full").is_not_null()).sum()
    return (
        placed.sort("account_id")
        .with_columns(_full=full, _all=pl.lit(""))
        .group_by(own or ["_all"])
        .agg(
            accounts=pl.col("account_id").n_unique().cast(pl.Int64),
            potential_amount=pl.col("potential_amount").sum(),
            workload_hours=hours.sum(),
            people=pl.col("person_id").drop_nulls().n_unique().cast(pl.Int64),
            load=pl.when(known > 0).then((hours * pl.col("_full")).sum() / known).round(9),
        )
    )


def _shared(held: pl.DataFrame, dims: Cells, mix: Mapping[str, int]) -> pl.DataFrame:
    """The cells shared over the product groups by the mix where they are a dimension; potential sums back exactly."""
    if PRODUCT not in dims:
        return held.with_columns(pl.col("workload_hours").round(6))
    groups, weights = list(mix), list(mix.values())
    parts = [split(amount, weights, keys=groups) for amount in held["potential_amount"]]
    shares = [weight / sum(weights) for weight in weights]
    wide = held.with_columns(
        pl.Series("potential_amount", parts, dtype=pl.List(pl.Int64)),
        pl.lit(groups, dtype=pl.List(pl.String)).alias(PRODUCT),
        pl.lit(shares, dtype=pl.List(pl.Float64)).alias("_share"),
    )
    rows = wide.explode("potential_amount", PRODUCT, "_share") if groups else wide.clear()
    return rows.with_columns((pl.col("workload_hours") * pl.col("_share")).round(6)).drop("_share")


def _mix(revenue: pl.DataFrame, products: Sequence[str]) -> dict[str, int]:
    sums = dict(revenue.drop_nulls(PRODUCT).group_by(PRODUCT).agg(pl.col("amount").sum()).iter_rows())
    weights = {group: max(0, sums.get(group, 0)) for group in sorted(products)}
    return weights if any(weights.values()) else dict.fromkeys(weights, 1)


def _sold(placed: pl.DataFrame, dims: Cells) -> pl.DataFrame:
    """One row per cell: revenue, and customers: accounts whose revenue is above 0, and buyers who are no account."""
    nets = placed.group_by(*dims, "account_id").agg(pl.col("amount", "buyers").sum())
    bought = (
        pl.when(pl.col("account_id").is_null()).then(pl.col("buyers")).otherwise((pl.col("amount") > 0).cast(pl.Int64))
    )
    return nets.group_by(dims).agg(revenue_amount=pl.col("amount").sum(), customers=bought.sum())


def _whole(placed: pl.DataFrame, revenue: pl.DataFrame, territory: Territory, products: Sequence[str]) -> pl.DataFrame:
    """Every cell there can be: each value of an account with each other, and each region that buyers can lie in."""
    dims, own = territory.dimensions, own_of(territory)
    values = [sorted(set(placed[d]) - {ANY}) or sorted(set(placed[d])) for d in own]
    cells = _laid_over(
        pl.DataFrame(list(product(*values)), schema=dict.fromkeys(own, pl.String), orient="row"), territory
    )
    channels = set(revenue["channel"])
    regions = sorted(placed["region"].unique()) if "region" in own else []
    for channel, fixed in sorted((c, f) for c, f in territory.buyers.items() if c in channels):
        said = {"channel": [channel], "region": regions}
        puts = [[fixed[d]] if d in fixed else said.get(d, [ANY]) for d in own]
        cells = pl.concat([cells, pl.DataFrame(list(product(*puts)), schema=cells.schema, orient="row")])
    cells = cells.unique() if own else pl.DataFrame({"_": [""]})
    if PRODUCT in dims:
        cells = cells.join(pl.DataFrame({PRODUCT: sorted(products)}, schema={PRODUCT: pl.String}), how="cross")
    return cells.select(dims)


def reconcile(
    accounts: pl.DataFrame, revenue: pl.DataFrame, territory: Territory, cells: pl.DataFrame
) -> dict[str, int]:
    """Where the revenue of the channels lies: in cells, without account, account not placed, without product group."""
    rows = place(revenue, accounts, territory)
    here = pl.all_horizontal(pl.lit(True), *(pl.col(d).is_not_null() for d in own_of(territory)))
    known = pl.col(PRODUCT).is_not_null() if PRODUCT in territory.dimensions else pl.lit(True)
    nobody = pl.col("account_id").is_null()
    return {
        "in_cells": int(cells["revenue_amount"].sum()),
        "without_account": int(rows.filter(~here & nobody)["amount"].sum()),
        "not_placed": int(rows.filter(~here & ~nobody)["amount"].sum()),
        "without_product": int(rows.filter(here & ~known)["amount"].sum()),
    }


def ways_on(
    accounts: pl.DataFrame,
    revenue: pl.DataFrame,
    territory: Territory,
    products: Sequence[str],
    people: int,
    managers: int,
    known: Sequence[str] = ACCOUNT_DIMENSIONS,
) -> pl.DataFrame:
    """One row per way on: the matrix today, a two-way dimension more, each dimension of `known` more, each one less.

    `cells`, `filled` (with a customer; null where nobody can know), `accounts_per_cell`, `people_needed` at today's
    filled cells a person, `accounts_per_person`, `managers_needed` at today's people a manager. An account that misses
    the dimension lies in no cell of that matrix: `placed` counts the others.
    """
    nothing = revenue.clear()
    dims = territory.dimensions
    more = [d for d in known if d not in dims and accounts[d].drop_nulls().n_unique() > 1]
    ways: list[tuple[str, str | None, list[str]]] = [("today", None, dims)]
    ways += [("more", d, [*dims, d]) for d in more] + [("less", d, [x for x in dims if x != d]) for d in dims]
    found: list[tuple[str, str | None, int, int | None, int]] = []
    for kind, name, chosen in ways:
        other = territory.model_copy(update={"dimensions": chosen})
        cells = matrix(accounts, revenue, nothing, other, products)
        filled = cells.filter(~pl.col("is_empty")).height if chosen else 1
        found.append((kind, name, max(cells.height, 1), filled, accounts.height - unplaced(accounts, other).height))
    today = found[0]
    found.insert(1, ("two_way", None, today[2] * 2, None, today[4]))
    frame = pl.DataFrame(found, schema=["kind", "dimension", "cells", "filled", "placed"], orient="row")
    now = today[3] or 0
    span = now / people if people and now else None
    needed = (pl.col("filled").fill_null(now * 2) / span).ceil().cast(pl.Int64) if span else pl.lit(None, pl.Int64)
    per_manager = people / managers if managers else None
    return frame.with_columns(accounts_per_cell=pl.col("placed") / pl.col("cells"), people_needed=needed).with_columns(
        accounts_per_person=pl.col("placed") / pl.col("people_needed"),
        managers_needed=(pl.col("people_needed") / per_manager).ceil().cast(pl.Int64)
        if per_manager
        else pl.lit(None, pl.Int64),
    )


def two_way_cells(dimensions: int) -> int:
    """Cells of a matrix of two-way dimensions: 2 to the number of them."""
    return int(2**dimensions)
