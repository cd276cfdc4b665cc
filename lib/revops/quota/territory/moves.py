"""What a proposal changes: one account after another, and person by person, in the figures that explain it."""

import polars as pl

from revops.quota.territory.balance import LOADS, index
from revops.quota.territory.solve import Placement


def moves(found: Placement, pipeline: pl.DataFrame) -> pl.DataFrame:
    """One row per account that changes hands, the most points first (then account_id).

    Columns: those of the accounts, `load` (points of the alignment index), new_person_id, pipeline_amount (open deals
    of the account), and `from_before`, `from_after`, `to_before`, `to_after`, the index of both people. An account
    that nobody of the people has today comes from nobody: person_id as the accounts say, from_… null. `pipeline` has
    account_id and amount.
    """
    rows = found.case.places(found.place).filter(pl.col("person_id").ne_missing(pl.col("new_person_id")))
    shifts = shares(found).select("person_id", before="alignment_index", after="new_alignment_index")
    open_ = pipeline.group_by("account_id").agg(pl.col("amount").sum().alias("pipeline_amount"))
    there = shifts.select(new_person_id="person_id", to_before="before", to_after="after")
    rows = rows.join(shifts.rename({"before": "from_before", "after": "from_after"}), on="person_id", how="left")
    rows = rows.join(there, on="new_person_id").join(open_, on="account_id", how="left")
    return rows.with_columns(pl.col("pipeline_amount").fill_null(0)).sort(
        "load", "account_id", descending=[True, False]
    )


def shares(found: Placement) -> pl.DataFrame:
    """One row per person, sorted by person_id: what they carry today and by the proposal (`new_…`).

    Columns: those of the people, group, fair (the fair share in points), and accounts, the loads, `<load>_index` and
    alignment_index, each twice.
    """
    case = found.case
    people = case.people.select("person_id", *(c for c in ("name", "team", "region") if c in case.people.columns))
    rows = people.with_columns(group=pl.Series(case.group), fair=pl.Series(case.shares[case.group]))
    for prefix, column, place in (("", "person_id", case.owner), ("new_", "new_person_id", found.place)):
        sums = case.places(found.place).group_by(pl.col(column).alias("person_id"))
        carried = sums.agg(
            pl.len().cast(pl.Int64).alias(f"{prefix}accounts"),
            *(pl.col(load).sum().alias(f"{prefix}{load}") for load in LOADS.values()),
        )
        rows = rows.join(carried, on="person_id", how="left", maintain_order="left")
        rows = rows.with_columns(pl.col(carried.columns[1:]).fill_null(0))
        rows = rows.with_columns(
            *(pl.Series(f"{prefix}{n}_index", index(rows[prefix + c].to_list()), pl.Float64) for n, c in LOADS.items()),
            pl.Series(f"{prefix}alignment_index", case.index(place), pl.Float64),
        )
    return rows
