"""Attainment by territory and product group: quotas shared over what is sold, beside what was sold.

A quota of record has a person and no territory, so it is shared by a stated rule: over the accounts that the person
owns today, by channel, region and product group, in proportion to what these brought in the fiscal year before;
people without accounts over what they were credited then. Where that year tells nothing, this year to date does. The
parts sum to the quota exactly; one that nothing tells stands in a row of its own, all keys null.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from revops.money import split
from revops.quota.territory.matrix import SALE

SALES = {**dict.fromkeys(SALE, pl.String), "quota_amount": pl.Int64, "actual_amount": pl.Int64}


def by_sale(goals: Mapping[str, int], owners: pl.DataFrame, before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """One row per account, channel, region and product group, each may be null: quota due to date, actual to date.

    `goals` is person_id → quota due, `owners` account_id and person_id, `before` and `now` are credited `amount` by
    person_id (may be null) and the same four keys. The sums are those of `goals` and of `now`.
    """
    owned = owners.drop_nulls("person_id").select("account_id", pl.col("person_id").alias("owner"))
    claims = [_claims(rows, owned) for rows in (before, now)]
    parts = [row for person in sorted(goals) for row in _parts(person, goals[person], claims)]
    asked = pl.DataFrame(parts, schema={k: t for k, t in SALES.items() if k != "actual_amount"}, orient="row")
    sold = now.select(*SALE, pl.lit(0, pl.Int64).alias("quota_amount"), pl.col("amount").alias("actual_amount"))
    both = pl.concat([asked.with_columns(actual_amount=pl.lit(0, pl.Int64)), sold]).group_by(SALE)
    return both.agg(pl.col("quota_amount", "actual_amount").sum()).sort(SALE, nulls_last=True)


Claims = Mapping[str, tuple[list[tuple[str | None, ...]], list[int]]]


def _claims(rows: pl.DataFrame, owned: pl.DataFrame) -> Claims:
    """person_id → keys and amounts above 0: of the accounts that a person owns, whoever carried them then.

    People who own no account have what they carried themselves; of owners that would be another time or another role.
    """
    own = rows.join(owned, on="account_id").with_columns(who="owner").drop("owner")
    others = rows.drop_nulls("person_id").join(owned, left_on="person_id", right_on="owner", how="anti")
    spoken = pl.concat([own, others.with_columns(who="person_id")])
    sums = spoken.group_by("who", *SALE).agg(pl.col("amount").sum())
    found: dict[str, tuple[list[tuple[str | None, ...]], list[int]]] = {}
    for who, *key, amount in sums.filter(pl.col("amount") > 0).sort("who", *SALE).iter_rows():
        keys, amounts = found.setdefault(who, ([], []))
        keys.append(tuple(key))
        amounts.append(amount)
    return found


def _parts(person: str, goal: int, claims: Sequence[Claims]) -> list[tuple[str | int | None, ...]]:
    keys, amounts = next((told[person] for told in claims if person in told), ([(None,) * len(SALE)], [1]))
    return [(*key, part) for key, part in zip(keys, split(goal, amounts), strict=True)]


def by_dimensions(sales: pl.DataFrame, dimensions: Sequence[str]) -> pl.DataFrame:
    """One row per value of `dimensions` (columns of `sales`; null: no place there): quota, actual and `attainment`.

    attainment = actual ÷ quota, null with `reason` 'no_quota' where nothing was asked. Sorted by the dimensions.
    """
    sums = sales.group_by(dimensions).agg(pl.col("quota_amount", "actual_amount").sum())
    asked = pl.col("quota_amount") > 0
    return sums.with_columns(
        attainment=pl.when(asked).then(pl.col("actual_amount") / pl.col("quota_amount")),
        reason=pl.when(~asked).then(pl.lit("no_quota")),
    ).sort(dimensions, nulls_last=True)
