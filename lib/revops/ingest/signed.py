"""Signed quotas: versions of the quotas of record that a person has put their name to, laid over the planning sheet.

A version is the whole quota of its measure from its first to its last day: on those days it takes the place of the
sheet and of every version before it. A period that it cuts keeps the part outside by days; the parts sum exactly to
what they were. Nothing is deleted: <company>/record/quotas.csv only grows, and a run sees the versions that were
signed before its own as-of day.
"""

from datetime import date
from pathlib import Path

import dataframely as dy
import polars as pl

from revops import record
from revops.money import times_rate

NAME = "quotas"
FILE = f"{record.FOLDER}/{NAME}.csv"
SOURCE = "signed"


class SignedQuotas(dy.Schema):
    """One row per version, person and quota period [start_on, end_on); amounts as in the canonical tables."""

    period = dy.String(description="period of the run that proposed it")
    made_on = dy.Date(description="day it was signed on")
    version = dy.Int64(primary_key=True, description="1, 2, …: the latest holds")
    by = dy.String(description="person who signed")
    reason = dy.String(description="why, in the signer's words")
    scenario = dy.String(description="scenario of the planning desk")
    inputs_id = dy.String(description="hash of all that the run read, as in its run.json")
    person_id = dy.String(primary_key=True, description="person who carries it")
    measure = dy.String(description="what is measured: revenue")
    start_on = dy.Date(primary_key=True, description="first day")
    end_on = dy.Date(description="first day no longer in it")
    base_amount = dy.Int64(description="quota without over-assignment: what finance counts")
    quota_amount = dy.Int64(description="quota of the person")
    is_manager = dy.Bool(description="the quota of a team: it counts its people's again")
    row = dy.Int64(description="row number in the file, as a spreadsheet shows it")


def signed(folder: Path, before: date = date.max) -> pl.DataFrame:
    """SignedQuotas that were signed before a day. Raises InputError on a broken file."""
    return record.seen(folder, NAME, before, SignedQuotas)


def in_force(quotas: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """The quotas of record: those of the sheet, with each version in order in place of what its days cover.

    >>> span = {"start_on": [date(2026, 1, 1)], "end_on": [date(2026, 4, 1)]}  # 31 + 28 + 31 days
    >>> sheet = pl.DataFrame({"person_id": "a", "measure": "revenue", **span, "quota_amount": [900], "row": [2]})
    >>> new = sheet.with_columns(start_on=date(2026, 2, 1), quota_amount=pl.lit(700, pl.Int64), version=1)
    >>> for row in in_force(sheet, new).select("start_on", "end_on", "quota_amount").iter_rows():
    ...     print(*row)
    2026-01-01 2026-02-01 310
    2026-02-01 2026-04-01 700
    """
    for version in sorted(versions["version"].unique()):
        rows = versions.filter(pl.col("version") == version)
        named = rows.with_columns(source=pl.lit(SOURCE), file=pl.lit(FILE)).select(quotas.columns)
        quotas = pl.concat([_outside(quotas, rows), named])
    return quotas.sort("person_id", "measure", "start_on")


def _outside(quotas: pl.DataFrame, version: pl.DataFrame) -> pl.DataFrame:
    """What a version leaves of earlier quotas of its measure: the parts before its first and after its last day."""
    first, last = pl.lit(version["start_on"].min()), pl.lit(version["end_on"].max())
    measured = pl.col("measure").is_in(version["measure"].unique().implode())
    touched = measured & (pl.col("start_on") < last) & (pl.col("end_on") > first)
    cut = quotas.filter(touched)
    before = cut.filter(pl.col("start_on") < first).with_columns(until(first), end_on=first)
    after = cut.filter(pl.col("end_on") > last)
    after = after.with_columns(pl.col("quota_amount") - until(last), start_on=last)
    return pl.concat([quotas.filter(~touched), before, after])


def until(day: pl.Expr, amount: str = "quota_amount") -> pl.Expr:
    """The part of a period's amount that lies before a day, by days, rounded once: differences of it sum exactly."""
    come, whole = ((end - pl.col("start_on")).dt.total_days() for end in (day, pl.col("end_on")))
    return times_rate(pl.col(amount), come, whole.cast(pl.Int128))
