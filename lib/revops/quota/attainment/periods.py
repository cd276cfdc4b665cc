"""Attainment by quota period, on the period's own days, and what is wrong with quotas of record."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from revops.periods import Period
from revops.problems import Problem
from revops.quota.attainment.spans import amount_in


def by_period(quotas: pl.DataFrame, days: pl.DataFrame, as_of: date, measure: str = "revenue") -> pl.DataFrame:
    """One row per person and quota period that has begun: quota, `actual_amount` of its days up to `as_of`.

    `attainment` is actual ÷ quota, null where the quota is not above 0 (`reason` says so); `is_complete` where the
    period has ended. Sorted by person_id and start_on.
    """
    cut = as_of + timedelta(days=1)
    begun = quotas.filter((pl.col("measure") == measure) & (pl.col("start_on") < cut))
    rows = begun.select("person_id", "start_on", "end_on", "quota_amount").sort("person_id", "start_on", "end_on")
    until = rows.with_columns(until=pl.min_horizontal("end_on", pl.lit(cut)))
    above = pl.col("quota_amount") > 0
    return rows.with_columns(amount_in(until, days, end="until").alias("actual_amount")).with_columns(
        attainment=pl.when(above).then(pl.col("actual_amount") / pl.col("quota_amount")),
        reason=pl.when(~above).then(pl.lit("no_quota")),
        is_complete=pl.col("end_on") <= cut,
    )


def quota_window(quotas: pl.DataFrame, year: Period, measure: str = "revenue") -> pl.DataFrame:
    """The quota periods of a fiscal year, whole: those that begin in it."""
    inside = (pl.col("start_on") >= year.start) & (pl.col("start_on") < year.end)
    return quotas.filter((pl.col("measure") == measure) & inside).sort("person_id", "start_on")


def scan_quotas(quotas: pl.DataFrame) -> Iterator[Problem]:
    """One problem per quota that is not above 0, and per quota that overlaps another of its person and measure."""
    rows = quotas.sort("person_id", "measure", "start_on").with_columns(
        before=pl.col("end_on").cum_max().shift().over("person_id", "measure")
    )
    for row in rows.filter(pl.col("quota_amount") <= 0).iter_rows(named=True):
        yield Problem(_where(row), f"quota {row['quota_amount']}", "a quota above 0", "correct the quota")
    for row in rows.filter(pl.col("before") > pl.col("start_on")).iter_rows(named=True):
        found, until = f"a quota that still runs until {row['before']}", f"end the earlier quota on {row['start_on']}"
        yield Problem(_where(row), found, "one quota a day", until)


def _where(row: dict[str, object]) -> str:
    return f"quotas, {row['person_id']}, {row['start_on']}"
