"""What the log of imports gives reason to doubt: a source that mostly waits, foreign money that does, versions whose
order nothing tells.
"""

import re

import polars as pl

from revops.money import to_decimal
from revops.problems import Problem

FEWEST = 20
DECLARED = ("deleted", "test")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d")


def doubts(log: pl.DataFrame, fates: pl.DataFrame) -> list[Problem]:
    """One fault per source of which most rows are in quarantine, per currency without a rate, and per file that
    another one overrules by its name.

    Rows that the source itself declares deleted or tests are no fault; names with a year are in the order of time.
    """
    return [*_waiting(log, fates), *_unrated(fates), *_undated(log)]


def _waiting(log: pl.DataFrame, fates: pl.DataFrame) -> list[Problem]:
    read = dict(log.group_by("source").agg(pl.col("rows_read").sum()).rows())
    waiting = fates.filter(pl.col("fate") == "quarantined", ~pl.col("reason").is_in(DECLARED))
    reasons = waiting.group_by("source", "reason").agg(pl.col("rows").sum()).sort("source", -pl.col("rows"), "reason")
    found = reasons.group_by("source", maintain_order=True).agg(pl.col("rows").sum(), pl.col("reason").first())
    return [
        Problem(
            f"source {source}",
            f"{rows:,} of {read[source]:,} rows in quarantine, most as {reason}",
            "most rows of a source in use",
            f"look at its rows in the folder quarantine, and correct sources.{source} in company.yaml",
        )
        for source, rows, reason in found.iter_rows()
        if rows >= FEWEST and 2 * rows > read[source]
    ]


def _unrated(fates: pl.DataFrame) -> list[Problem]:
    """Money that stands in no figure, because nothing says what it is worth."""
    waiting = fates.filter(pl.col("fate") == "quarantined", pl.col("reason") == "no_rate")
    sums = waiting.group_by("source", "currency").agg(pl.col("rows", "amount").sum()).sort("source", "currency")
    return [
        Problem(
            f"source {source}",
            f"{to_decimal(amount, 4).normalize():,f} {currency} that no figure holds, of {rows:,} row{'s'[: rows > 1]}",
            "an exchange rate for each day",
            f"add {currency} to the exchange rates",
        )
        for source, currency, rows, amount in sums.iter_rows()
    ]


def _undated(log: pl.DataFrame) -> list[Problem]:
    replaced = log.filter(pl.col("rows_replaced") > 0, pl.col("received_on").is_null()).sort("source", "file")
    return [
        Problem(
            file,
            f"{rows:,} row{'' if rows == 1 else 's'} that a file further down by name has with other values",
            "a day in the files' names that tells which one is newer",
            f"rename them to …_2026-10-31 and give sources.{source}.received_on, or remove the older file",
        )
        for source, file, rows in replaced.select("source", "file", "rows_replaced").iter_rows()
        if not _YEAR.search(file)
    ]
