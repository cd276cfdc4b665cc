"""A signed scenario is the quota of record: `add` writes one version of it into <company>/record/quotas.csv.

A version holds from its first day to the end of the quota year. One that starts within the year changes the days from
there on and no earlier ones. Versions are never taken back: another is signed over them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from revops import record
from revops.ingest.signed import FILE, NAME, SignedQuotas, signed, until
from revops.problems import InputError, Problem, refuse_if_any


def measure_of(metric: str) -> str:
    """What the quotas table calls a metric of the planning desk.

    >>> measure_of("net_revenue"), measure_of("units")
    ('revenue', 'units')
    """
    return "revenue" if metric == "net_revenue" else metric


@dataclass(frozen=True)
class Signature:
    """Who signs which scenario of which run, on which day, and why."""

    period: str
    made_on: date
    by: str
    reason: str
    scenario: str
    inputs_id: str
    measure: str = "revenue"


def add(folder: Path, months: pl.DataFrame, signature: Signature, start: date | None = None) -> pl.DataFrame:
    """Sign a scenario by person and month (person_id, month_on, base_amount, quota_amount, is_manager) from `start` on.

    Gives the version's rows. A month without a quota is no quota period. Raises InputError where `start` is not in the
    months, or another version begins within the new one and outlasts it.
    """
    rows = _from(_periods(months), start)

    def made(_: pl.DataFrame) -> pl.DataFrame:
        known = signed(folder)
        refuse_if_any(scan_outlasting(known.filter(pl.col("measure") == signature.measure), rows))
        told = vars(signature) | {"version": max(known["version"], default=0) + 1}
        named = rows.with_columns(pl.lit(value).alias(name) for name, value in told.items())
        return named.select(name for name in SignedQuotas.column_names() if name != "row")

    return record.extend(folder, NAME, made)


def _periods(months: pl.DataFrame) -> pl.DataFrame:
    """Quota periods of a month each."""
    has_quota = months.filter(pl.col("quota_amount") != 0).rename({"month_on": "start_on"})
    return has_quota.with_columns(end_on=pl.col("start_on").dt.offset_by("1mo")).sort("person_id", "start_on")


def _from(periods: pl.DataFrame, start: date | None) -> pl.DataFrame:
    """The periods from `start` on; of the one it lies in the part from there on, by days."""
    if start is None:
        return periods
    if periods.filter((pl.col("start_on") <= start) & (pl.col("end_on") > start)).is_empty():
        first, end = min(periods["start_on"], default=None), max(periods["end_on"], default=None)
        raise InputError(Problem("--from", str(start), f"a day from {first} to before {end}", "correct the day"))
    day, is_cut = pl.lit(start), pl.col("start_on") < start
    rest = [
        pl.when(is_cut).then(pl.col(name) - until(day, name)).otherwise(name).alias(name)
        for name in ("base_amount", "quota_amount")
    ]
    return periods.filter(pl.col("end_on") > day).with_columns(*rest, pl.max_horizontal("start_on", day))


def scan_outlasting(known: pl.DataFrame, rows: pl.DataFrame) -> Iterator[Problem]:
    """One problem per version that begins within the new rows' days and runs on: one over it must cover it whole."""
    spans = known.group_by("version").agg(pl.col("start_on").min(), pl.col("end_on").max()).sort("version")
    start, end = min(rows["start_on"]), max(rows["end_on"])
    for version, first, last in spans.iter_rows():
        if start < first < end < last:
            found = f"version {version} from {first} to before {last}, in part under one from {start} to before {end}"
            yield Problem(FILE, found, "a version that covers it whole, or starts with it", f"sign with --from {first}")


def versions(folder: Path, before: date = date.max) -> pl.DataFrame:
    """One row per version signed before a day, in order: who, when, why, its days, people, sums without managers."""
    own = ~pl.col("is_manager")
    return (
        signed(folder, before)
        .group_by("version", "made_on", "by", "reason", "scenario", "period")
        .agg(
            pl.col("start_on").min(),
            pl.col("end_on").max(),
            pl.col("person_id").n_unique().alias("people"),
            pl.col("base_amount", "quota_amount").filter(own).sum(),
        )
        .sort("version")
    )
