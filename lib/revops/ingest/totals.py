"""Total rows are no data, but they are a checksum: the rows of a file must sum to what its total row says."""

import polars as pl

from revops.company import Company
from revops.ingest.fields import FATE, kind_of, scale_of
from revops.ingest.intake import SourceRows
from revops.ingest.reader import RawTable
from revops.ingest.text import number_text, plain_number, scaled
from revops.problems import Problem


def disagreements(rows: SourceRows, company: Company) -> list[Problem]:
    """One fault per file and column whose largest total is not the sum of its rows, with or without quarantined ones.

    A file of which rows are left out is not judged: what is wrong with those rows is not known.
    """
    problems = []
    for file, table in rows.raw.items():
        mine = rows.frame.filter(pl.col("file") == file)
        if table.totals.height and not (mine[FATE] == "left_out").any():
            for field, header in _summed(rows, table):
                problems += _disagreement(file, table, mine, field, header, company)
    return problems


def _summed(rows: SourceRows, table: RawTable) -> list[tuple[str, str]]:
    """Fields that are amounts or counts, with their headers in the file."""
    fields = [(name.rstrip("?"), table.find(wanted)) for name, wanted in rows.mapping.columns.items()]
    return [(field, header) for field, header in fields if header and kind_of(field) in ("money", "count")]


def _disagreement(
    file: str, table: RawTable, mine: pl.DataFrame, field: str, header: str, company: Company
) -> list[Problem]:
    decimals = scale_of(company) if kind_of(field) == "money" else 0
    text, values = _largest(table, header, decimals)
    readable = mine.filter(pl.col(FATE).fill_null("kept") != "quarantined")
    sums = {int(frame[field].sum()) for frame in (mine, readable)}
    if not values or sums & values:
        return []
    shown = f"{max(sums) / 10**decimals:,.{0 if max(sums) % 10**decimals == 0 else 2}f}"
    found, expected = f"rows that sum to {shown}", f"{text}, as its total row says"
    return [Problem(f"{file}, column {header}", found, expected, "export the file again, whole")]


def _largest(table: RawTable, header: str, decimals: int) -> tuple[str, set[int]]:
    """The largest total of a column as written, and its value by either decimal mark; subtotals are smaller."""
    both = [scaled(plain_number(number_text(pl.col("text")), mark), decimals).alias(mark) for mark in ".,"]
    values = table.totals.select(pl.col(header).drop_nulls().alias("text")).with_columns(both)
    values = values.filter(pl.any_horizontal(pl.col(".", ",").is_not_null()))
    if values.is_empty():
        return "", set()
    text, *marks = values.sort(pl.max_horizontal(pl.col(".", ",").abs()), descending=True).row(0)
    return text, {value for value in marks if value is not None}
