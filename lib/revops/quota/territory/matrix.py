"""The territory matrix: cells of the declared dimensions, and what lies in them.

Each account lies in one cell of the account dimensions; with product_group among the dimensions it reaches one cell
per product group, its potential and hours shared over them by the company's mix. Nothing is dropped: accounts that
miss a dimension, and revenue that has no place in the matrix, are listed and sum back.

>>> [two_way_cells(n) for n in (3, 4)]
[8, 16]
"""

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.company import Territory
from revops.money import split
from revops.problems import InputError, Problem, nearest
from revops.quota.contracts import QuotaMatrix

PRODUCT = "product_group"
ACCOUNT_DIMENSIONS = ("customer_group", "industry", "size", "legal_entity", "region")


def check_dimensions(dimensions: Sequence[str]) -> list[str]:
    """The dimensions as a list, empty where no matrix is declared; an unknown or a double one is refused."""
    known = [*ACCOUNT_DIMENSIONS, PRODUCT]
    wrong = [d for i, d in enumerate(dimensions) if d not in known or d in dimensions[:i]]
    if wrong:
        found = ", ".join(wrong) + nearest(wrong[0], known)
        raise InputError(
            Problem(
                "company.yaml, territory.dimensions",
                found,
                f"each of {', '.join(known)} at most once",
                "correct territory.dimensions",
            )
        )
    return list(dimensions)


def check_territory(territory: Territory) -> list[Problem]:
    """What is wrong with company.yaml's section territory."""
    try:
        check_dimensions(territory.dimensions)
    except InputError as error:
        return error.problems
    return []


def unplaced(accounts: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """One row per account that misses a dimension: `missing` names what it misses. Sorted by account_id."""
    own = [d for d in dimensions if d != PRODUCT]
    misses: list[pl.Expr] = [pl.when(pl.col(d).is_null()).then(pl.lit(d)) for d in own]
    missing = pl.concat_str(misses, separator=", ", ignore_nulls=True) if own else pl.lit("")
    rows = accounts.with_columns(missing=missing).filter(pl.col("missing") != "")
    return rows.select("account_id", "name", "person_id", "missing").sort("account_id")


def account_revenue(movements: Any, channels: Sequence[str], start: date, end: date) -> pl.DataFrame:
    """One row per account and product group (either may be null): net `amount` of [start, end)."""
    facts = nw.from_native(movements).lazy().filter((nw.col("moved_on") >= start) & (nw.col("moved_on") < end))
    if channels:
        facts = facts.filter(nw.col("channel").is_in(list(channels)))
    sums = facts.group_by("account_id", PRODUCT).agg(nw.col("net_amount").sum().alias("amount"))
    frame = pl.DataFrame(sums.collect("polars").to_native()).with_columns(pl.col("amount").cast(pl.Int64))
    return frame.sort("account_id", PRODUCT, nulls_last=True)


def matrix(
    accounts: pl.DataFrame,
    revenue: pl.DataFrame,
    before: pl.DataFrame,
    dimensions: Sequence[str],
    products: Sequence[str],
) -> pl.DataFrame:
    """One row per cell, empty ones too, sorted by the dimensions.

    Columns: the dimensions, `accounts`, `customers` (accounts that bought), `revenue_amount`, `before_amount` (the
    year before), `potential_amount`, `workload_hours`, `people` (owners). `revenue` and `before` as account_revenue.
    Without dimensions there is no cell.
    """
    dims = check_dimensions(dimensions)
    if not dims:
        return pl.DataFrame(schema={name: column.dtype for name, column in QuotaMatrix.columns().items()})
    own = [d for d in dims if d != PRODUCT]
    placed = _complete(accounts, own).select("account_id", *own, "person_id", "potential_amount", "workload_hours")
    claims = _shared(placed, _mix(revenue, products)) if PRODUCT in dims else placed
    keys = ["account_id", PRODUCT] if PRODUCT in dims else ["account_id"]
    for name, frame in (("revenue_amount", revenue), ("before_amount", before)):
        sums = frame.drop_nulls(keys).group_by(keys).agg(pl.col("amount").sum().alias(name))
        claims = claims.join(sums, on=keys, how="left")
    cells = claims.group_by(dims).agg(
        accounts=pl.col("account_id").n_unique().cast(pl.Int64),
        customers=pl.col("account_id").filter(pl.col("revenue_amount") > 0).n_unique().cast(pl.Int64),
        revenue_amount=pl.col("revenue_amount").sum(),
        before_amount=pl.col("before_amount").sum(),
        potential_amount=pl.col("potential_amount").sum(),
        workload_hours=pl.col("workload_hours").sum().round(6),
        people=pl.col("person_id").drop_nulls().n_unique().cast(pl.Int64),
    )
    whole = pl.DataFrame(
        list(product(*_values(placed, products, dims))), schema=dict.fromkeys(dims, pl.String), orient="row"
    )
    return (
        whole.join(cells, on=dims, how="left").with_columns(pl.col(cells.columns[len(dims) :]).fill_null(0)).sort(dims)
    )


def _complete(accounts: pl.DataFrame, own: Sequence[str]) -> pl.DataFrame:
    """The accounts that have a value in each of the dimensions `own`; all of them where there is none."""
    return accounts.drop_nulls(list(own)) if own else accounts


def _values(placed: pl.DataFrame, products: Sequence[str], dims: Sequence[str]) -> list[list[str]]:
    return [sorted(products) if d == PRODUCT else sorted(placed[d].unique()) for d in dims]


def _mix(revenue: pl.DataFrame, products: Sequence[str]) -> dict[str, int]:
    sums = dict(revenue.drop_nulls(PRODUCT).group_by(PRODUCT).agg(pl.col("amount").sum()).iter_rows())
    weights = {group: max(0, sums.get(group, 0)) for group in sorted(products)}
    return weights if any(weights.values()) else dict.fromkeys(weights, 1)


def _shared(placed: pl.DataFrame, mix: dict[str, int]) -> pl.DataFrame:
    """One row per account and product group; potential split exactly, hours by the same shares."""
    groups, weights = list(mix), list(mix.values())
    rows = [
        {
            **row,
            PRODUCT: group,
            "potential_amount": part,
            "workload_hours": (row["workload_hours"] or 0.0) * weight / sum(weights),
        }
        for row in placed.sort("account_id").iter_rows(named=True)
        for group, weight, part in zip(
            groups, weights, split(row["potential_amount"] or 0, weights, keys=groups), strict=True
        )
    ]
    return pl.DataFrame(rows, schema={**placed.schema, PRODUCT: pl.String})


def reconcile(
    accounts: pl.DataFrame, revenue: pl.DataFrame, dimensions: Sequence[str], cells: pl.DataFrame
) -> dict[str, int]:
    """Where the revenue of the channels lies: in cells, without account, account not placed, without product group."""
    own = [d for d in dimensions if d != PRODUCT]
    placed = _complete(accounts, own)["account_id"].to_list()
    known = pl.col("account_id").is_in(placed)
    here = pl.col(PRODUCT).is_not_null() if PRODUCT in dimensions else pl.lit(True)
    none = pl.col("account_id").is_null()
    return {
        "in_cells": int(cells["revenue_amount"].sum()),
        "without_account": int(revenue.filter(none)["amount"].sum()),
        "not_placed": int(revenue.filter(~none & ~known)["amount"].sum()),
        "without_product": int(revenue.filter(~none & known & ~here)["amount"].sum()),
    }


def one_more(accounts: pl.DataFrame, cells: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """One row per way on: the matrix today, with a two-way dimension more, with each unused account dimension.

    `cells`, `filled` (cells with a customer; null where nobody can know), `accounts_per_cell`, `people_needed` at
    today's number of filled cells a person. A dimension that some account misses counts only the others.
    """
    filled = cells.filter(pl.col("customers") > 0)
    owners = accounts["person_id"].drop_nulls().n_unique()
    span = filled.height / owners if owners else 0
    found: list[tuple[str, str | None, int, int | None]] = [
        ("today", None, cells.height, filled.height),
        ("two_way", None, cells.height * 2, None),
    ]
    for extra in (d for d in ACCOUNT_DIMENSIONS if d not in dimensions):
        values = accounts[extra].drop_nulls().n_unique()
        if values > 1:
            found.append(("dimension", extra, cells.height * values, _filled(accounts, filled, dimensions, extra)))
    placed = accounts.height - unplaced(accounts, dimensions).height
    frame = pl.DataFrame(found, schema=["kind", "dimension", "cells", "filled"], orient="row")
    used = pl.col("filled").fill_null(filled.height * 2)
    return frame.with_columns(
        accounts_per_cell=pl.when(pl.col("cells") > 0).then(placed / pl.col("cells")),
        people_needed=(used / span).ceil().cast(pl.Int64) if span else pl.lit(None, dtype=pl.Int64),
    )


def _filled(accounts: pl.DataFrame, filled: pl.DataFrame, dimensions: Sequence[str], extra: str) -> int:
    """Filled cells of today that hold accounts, counted once per value of the extra dimension."""
    own = [d for d in dimensions if d != PRODUCT]
    known = accounts.drop_nulls([*own, extra])
    if not own:
        return filled.height * known[extra].n_unique()
    values = known.group_by(own).agg(pl.col(extra).n_unique())
    return int(filled.join(values, on=own, how="inner")[extra].sum())


def two_way_cells(dimensions: int) -> int:
    """Cells of a matrix of two-way dimensions: 2 to the number of them."""
    return int(2**dimensions)
