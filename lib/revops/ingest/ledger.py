"""The conservation ledger: what came in is kept, quarantined, merged or left out, in rows and in money.

Rows of data only; headers, blank rows, footers and totals are counted apart as `rows_not_data`. A file whose columns
are melted counts the rows that they become, and its own rows where they stay. Amounts are whole counts of
10 ** -max(4, money_decimals) of the source's currency.
"""

import polars as pl

from revops.company import Company
from revops.ingest.derive import AMOUNT
from revops.ingest.fields import scale_of
from revops.ingest.files import RawFile
from revops.ingest.intake import SourceRows, fates
from revops.ingest.reader import RawTable
from revops.problems import IdentityError

FATES = ("kept", "quarantined", "merged", "left_out")


def fate_table(sources: list[SourceRows]) -> pl.DataFrame:
    """One row per file, main table, currency, fate and reason: rows, amount."""
    every = pl.concat([fates(source) for source in sources])
    return every.sort("source", "file", "table", "currency", "fate", "reason")


def import_log(
    files: list[RawFile], raw: dict[RawFile, RawTable], sources: list[SourceRows], kinds: dict[str, str]
) -> pl.DataFrame:
    """One row per raw file: hash, how it was read, first and last day, rows by fate."""
    rows = []
    counted = fate_table(sources).group_by("source", "file", "fate").agg(pl.col("rows").sum())
    counts = {tuple(key): n for *key, n in counted.iter_rows()}
    days = pl.concat([s.frame.select(pl.lit(s.name).alias("source"), "file", "_day") for s in sources])
    first, last = pl.col("_day").min().alias("first"), pl.col("_day").max().alias("last")
    span = {(s, f): (low, high) for s, f, low, high in days.group_by("source", "file").agg(first, last).iter_rows()}
    read = rows_read(raw, sources)
    for file in files:
        table = raw[file]
        fate_counts = {f"rows_{fate}": counts.get((file.source, file.name, fate), 0) for fate in FATES}
        first_on, last_on = span.get((file.source, file.name), (None, None))
        rows.append(
            {
                "source": file.source, "kind": kinds[file.source], "file": file.name, "sha256": file.sha256,
                "bytes": file.size, "received_on": file.received_on, "encoding": table.encoding,
                "separator": table.separator, "header_row": table.header_row, "first_on": first_on, "last_on": last_on,
                "rows_read": read[file], **fate_counts, "rows_not_data": table.not_data,
                "warnings": " · ".join(table.warnings),
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"received_on": pl.Date, "first_on": pl.Date, "last_on": pl.Date}).sort(
        "source", "file"
    )


def import_amounts(sources: list[SourceRows]) -> pl.DataFrame:
    """One row per file, main table and currency of rows that have an amount: read and by fate."""
    long = fate_table(sources).filter(pl.col("table").is_in(list(AMOUNT)))
    by_fate = [
        pl.when(pl.col("fate") == fate).then(pl.col("amount")).otherwise(0).alias(f"amount_{fate}") for fate in FATES
    ]
    wide = long.with_columns(by_fate).group_by("source", "file", "table", "currency").agg(
        pl.col("amount").sum().alias("amount_read"), *(pl.col(f"amount_{fate}").sum() for fate in FATES)
    )  # fmt: skip
    return wide.sort("source", "file", "table", "currency")


def rows_read(raw: dict[RawFile, RawTable], sources: list[SourceRows]) -> dict[RawFile, int]:
    """Rows of data of each file as the reader gave them; of one whose columns are melted the rows these become."""
    wide = {
        (s.name, file): n for s in sources if s.mapping.melt for file, n in s.frame.group_by("file").len().iter_rows()
    }
    return {file: wide.get((file.source, file.name), table.frame.height) for file, table in raw.items()}


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
