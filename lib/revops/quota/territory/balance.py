"""How evenly work, potential and sales lie on people, and how many people the work needs.

An index is load ÷ mean × 100; the alignment index is their weighted mean:

>>> index([24, 20, 16]), round(spread([24, 20, 16]) or 0, 4), most_over_least([24, 20, 16])
([120.0, 100.0, 80.0], 0.1633, 1.5)
>>> alignment({"workload": 110, "potential": 90, "sales": 100}, {"workload": 0.5, "potential": 0.3, "sales": 0.2})
102.0
>>> workload_hours(visit=1.5, travel=0.5, visits=12), heads_needed(7_600_000, 1_500_000)
(24.0, 6)
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from revops.company import Territory
from revops.problems import InputError, Problem

LOADS = {"workload": "workload_hours", "potential": "potential_amount", "sales": "sales_amount"}


def index(loads: Sequence[float]) -> list[float | None]:
    """Load ÷ mean × 100; undefined where nobody carries anything."""
    total = sum(loads)
    return [load * len(loads) * 100 / total if total else None for load in loads]


def alignment(indices: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The weighted mean of the indices; weights sum to 1."""
    return round(sum(weights.get(load, 0) * value for load, value in indices.items()), 9)


def spread(loads: Sequence[float]) -> float | None:
    """Coefficient of variation: population standard deviation ÷ mean; undefined where the mean is 0."""
    mean = sum(loads) / len(loads) if loads else 0.0
    return math.sqrt(sum((load - mean) ** 2 for load in loads) / len(loads)) / mean if mean else None


def most_over_least(loads: Sequence[float]) -> float | None:
    """The largest load ÷ the smallest; undefined where somebody carries nothing."""
    return max(loads) / min(loads) if loads and min(loads) > 0 else None


def workload_hours(visit: float, travel: float, visits: float) -> float:
    """Hours a year of one account: each visit with its way.

    >>> workload_hours(visit=1.5, travel=0.5, visits=12)
    24.0
    """
    return (visit + travel) * visits


def heads_needed(total: int | float, capacity: int | float) -> int:
    """People whose capacity covers the total, rounded up."""
    if capacity <= 0:
        raise InputError(
            Problem("territory.capacity_hours", str(capacity), "a capacity above 0", "correct company.yaml")
        )
    return math.ceil(total / capacity)


def balance(accounts: pl.DataFrame, revenue: pl.DataFrame, people: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    """One row per person of `people`: accounts, workload, potential and sales of the accounts they own, with indices.

    Columns: person_id, name, team, region, accounts, workload_hours, potential_amount, sales_amount, `<load>_index`
    (load ÷ mean × 100), alignment_index, and is_outside: workload or potential lies outside the band. Sorted by team
    and person_id. Accounts without hours or potential count 0.
    """
    owned = _carried(accounts, revenue, "person_id")
    rows = people.select("person_id", "name", "team", "region").join(owned, on="person_id", how="left")
    rows = rows.with_columns(pl.col("accounts", *LOADS.values()).fill_null(0)).drop("people").sort("team", "person_id")
    return _indexed(rows, territory)


def balance_by(accounts: pl.DataFrame, revenue: pl.DataFrame, by: str, territory: Territory) -> pl.DataFrame:
    """One row per value of the accounts' column `by` (null last): the same loads and indices, `people`, `heads`.

    `heads` is the number of people whose capacity covers the hours.
    """
    rows = _indexed(_carried(accounts, revenue, by).sort(by, nulls_last=True), territory)
    heads = [heads_needed(hours, territory.capacity_hours) for hours in rows["workload_hours"]]
    return rows.with_columns(pl.Series("heads", heads, dtype=pl.Int64))


def _carried(accounts: pl.DataFrame, revenue: pl.DataFrame, by: str) -> pl.DataFrame:
    sums = revenue.drop_nulls("account_id").group_by("account_id").agg(pl.col("amount").sum().alias("sales_amount"))
    return (
        accounts.sort("account_id")
        .join(sums, on="account_id", how="left", maintain_order="left")
        .group_by(by)
        .agg(
            accounts=pl.col("account_id").n_unique().cast(pl.Int64),
            people=pl.col("person_id").drop_nulls().n_unique().cast(pl.Int64),
            workload_hours=pl.col("workload_hours").sum().round(6),
            potential_amount=pl.col("potential_amount").sum(),
            sales_amount=pl.col("sales_amount").sum(),
        )
    )


def _indexed(rows: pl.DataFrame, territory: Territory) -> pl.DataFrame:
    low, high = _bounds(territory.band)
    known = rows.with_columns(
        pl.Series(f"{load}_index", index(rows[column].to_list()), dtype=pl.Float64) for load, column in LOADS.items()
    )
    mean = pl.sum_horizontal(
        (pl.col(f"{load}_index") * weight for load, weight in territory.weights.items()), ignore_nulls=False
    )
    out = [~pl.col(f"{load}_index").round(9).is_between(low, high) for load in ("workload", "potential")]
    return known.with_columns(alignment_index=mean.round(9), is_outside=pl.any_horizontal(out).fill_null(False))


def _bounds(band: tuple[float, float]) -> tuple[float, float]:
    return round(band[0] * 100, 9), round(band[1] * 100, 9)


def account_people(people: pl.DataFrame, accounts: pl.DataFrame, managers: Iterable[str]) -> pl.DataFrame:
    """The people whose balance is judged: owners of accounts, and the others in roles that mostly own some.

    Managers stand apart: they look after people.
    """
    rows = people.filter(~pl.col("person_id").is_in(sorted(managers)))
    owns = pl.col("person_id").is_in(accounts["person_id"].drop_nulls().unique().to_list())
    return rows.filter(owns | (owns.mean().over("role") >= 0.5))


def unfair(loads: pl.DataFrame, by: str, band: tuple[float, float]) -> pl.DataFrame:
    """One row per value of `by`: people, mean of each index, and `tilt`, workload index − potential index.

    The first row is the most unfair: much work on little potential (this one first where two are alike), or the other
    way round. `is_outside` says whether
    workload or potential lies outside the band.
    """
    low, high = _bounds(band)
    means = loads.group_by(by).agg(
        pl.len().cast(pl.Int64).alias("people"), *(pl.col(f"{load}_index").mean().round(6) for load in LOADS)
    )
    out = [~pl.col(f"{load}_index").is_between(low, high) for load in ("workload", "potential")]
    tilted = means.with_columns(
        tilt=(pl.col("workload_index") - pl.col("potential_index")).round(6), is_outside=pl.any_horizontal(out)
    )
    return tilted.sort(pl.col("tilt").abs(), "tilt", by, descending=[True, True, False], nulls_last=True)
