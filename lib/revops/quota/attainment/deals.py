"""Open deals by person, as they stand in the last export: what may still close the gap to a quota."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from revops.kpis import pipeline
from revops.quota import hierarchy

DEALS = {"person_id": pl.String, "opportunity_id": pl.String, "close_on": pl.Date, "weighted_amount": pl.Int64,
         "amount": pl.Int64}  # fmt: skip
ZERO = pl.lit(0, pl.Int64)


def open_deals(export: pl.DataFrame, stood: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per owner and open deal of the export: its amount, and × its stage's own win rate as known before `end`.

    `stood` as `stages.stays`. Everyone who owns a deal, closed ones too, has one row without a deal, so that nothing
    open is 0 and no deals at all is unknown. Deals without an owner or an amount above 0 are left out; weighted_amount
    is null where the rate is unknown.
    """
    worth = pipeline.weighted(export, stood, end).filter(pl.col("amount") > 0)
    nothing = [pl.lit(None, DEALS[name]).alias(name) for name in ("opportunity_id", "close_on")]
    owners = export.select("person_id").unique().with_columns(*nothing, weighted_amount=ZERO, amount=ZERO)
    rows = pl.concat([worth.select(list(DEALS)), owners.select(list(DEALS))]).drop_nulls("person_id")
    return rows.sort("person_id", "opportunity_id")


def with_teams(deals: pl.DataFrame, people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The same with the deals of the managers' teams, by the hierarchy of `as_of`."""
    return hierarchy.roll_up(deals.with_columns(moved_on=pl.lit(as_of)), people).select(list(DEALS))


def due(deals: pl.DataFrame, ends: Mapping[str, date]) -> dict[str, tuple[int, int | None]]:
    """person_id → (amount, weighted amount) of the deals due before the person's day in `ends`.

    A due day that has passed counts, the deal is still open. Who works without deals is not there; the weighted amount
    is None where the rate of a deal is unknown.
    """
    limits = pl.DataFrame(list(ends.items()), schema={"person_id": pl.String, "end_on": pl.Date}, orient="row")
    inside = pl.col("close_on").is_null() | (pl.col("close_on") < pl.col("end_on"))
    amounts = pl.col("weighted_amount", "amount")
    rows = deals.join(limits, on="person_id").with_columns(pl.when(inside).then(amounts).otherwise(0))
    known = pl.when(pl.col("weighted_amount").null_count() == 0).then(pl.col("weighted_amount").sum())
    sums = rows.group_by("person_id").agg(pl.col("amount").sum(), known.alias("weighted_amount"))
    return {person: (amount, weighted) for person, amount, weighted in sums.sort("person_id").iter_rows()}
