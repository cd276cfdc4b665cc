"""The conservation ledger: what came in is kept, quarantined, merged or left out, in rows and in money.

Rows of data only; headers, blank rows, footers and totals are counted apart as `rows_not_data`. A file whose columns
are melted counts the rows that they become, and its own rows where they stay. Amounts are whole counts of
10 ** -max(4, money_decimals) of the source's currency.
"""

import polars as pl

from revops.company import Company
from revops.ingest.derive import AMOUNT
from revops.ingest.fields import scale_of
from revops.ingest.intake import SourceRows, fates
from revops.problems import IdentityError

FATES = ("kept", "quarantined", "merged", "left_out")


def fate_table(sources: list[SourceRows]) -> pl.DataFrame:
    """One row per file, main table, currency, fate and reason: rows, amount, first and last day."""
    every = pl.concat([fates(source) for source in sources])
    return every.sort("source", "file", "table", "currency", "fate", "reason")


def import_log(sources: list[SourceRows], told: pl.DataFrame, company: Company) -> pl.DataFrame:
    """One row per raw file: hash, how it was read, first and last day, rows by fate; a database for its encoding.

    `rows_replaced` are those merged rows that a later file says otherwise, `rows_amended` those corrected by hand.
    """
    counted = told.group_by("source", "file", "fate").agg(pl.col("rows").sum())
    counts = {tuple(key): n for *key, n in counted.iter_rows()}
    late = told.filter((pl.col("fate") == "merged") & (pl.col("reason") == "corrected"))
    replaced = {(s, f): n for s, f, n in late.group_by("source", "file").agg(pl.col("rows").sum()).iter_rows()}
    days = told.group_by("source", "file").agg(pl.col("first_on").min(), pl.col("last_on").max())
    span = {(s, f): (low, high) for s, f, low, high in days.iter_rows()}
    rows = []
    for source in sources:
        for staged in source.files:
            file, reading, key = staged.file, staged.reading, (source.name, staged.file.name)
            fate_counts = {f"rows_{fate}": counts.get((*key, fate), 0) for fate in FATES}
            first_on, last_on = span.get(key, (None, None))
            origin = company.sources[source.name]
            encoding = origin.database.driver if origin.database else reading.encoding
            rows.append(
                {
                    "source": source.name, "kind": origin.kind, "file": file.name, "sha256": file.sha256,
                    "bytes": file.size, "received_on": file.received_on, "encoding": encoding,
                    "separator": reading.separator, "header_row": reading.header_row, "first_on": first_on,
                    "last_on": last_on, "rows_read": reading.rows, **fate_counts,
                    "rows_replaced": replaced.get(key, 0), "rows_amended": reading.amended,
                    "rows_not_data": reading.not_data, "warnings": " · ".join(reading.warnings),
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"received_on": pl.Date, "first_on": pl.Date, "last_on": pl.Date}).sort(
        "source", "file"
    )


def import_amounts(told: pl.DataFrame) -> pl.DataFrame:
    """One row per file, main table and currency of rows that have an amount: read and by fate."""
    long = told.filter(pl.col("table").is_in(list(AMOUNT)))
    by_fate = [
        pl.when(pl.col("fate") == fate).then(pl.col("amount")).otherwise(0).alias(f"amount_{fate}") for fate in FATES
    ]
    wide = long.with_columns(by_fate).group_by("source", "file", "table", "currency").agg(
        pl.col("amount").sum().alias("amount_read"), *(pl.col(f"amount_{fate}").sum() for fate in FATES)
    )  # fmt: skip
    return wide.sort("source", "file", "table", "currency")


def check_files(log: pl.DataFrame, amounts: pl.DataFrame) -> None:
    """Assert the ledger file by file: rows and amounts that were read against the sum of their fates."""
    for row in log.iter_rows(named=True):
        total = sum(row[f"rows_{fate}"] for fate in FATES)
        if total != row["rows_read"]:
            raise IdentityError(f"{row['file']}: {row['rows_read']} rows read, {total} accounted for")
    for row in amounts.iter_rows(named=True):
        total = sum(row[f"amount_{fate}"] for fate in FATES)
        if total != row["amount_read"]:
            raise IdentityError(f"{row['file']}: amount read {row['amount_read']}, accounted for {total}")


def own_units(amount: int, company: Company) -> int:
    """A ledger amount in the company's money units, rounded half away from zero, for display."""
    base = 10 ** (scale_of(company) - company.money_decimals)
    size = (abs(amount) * 2 + base) // (2 * base)
    return size if amount >= 0 else -size
