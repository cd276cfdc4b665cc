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
        mine = rows.frame.filter(pl.col("file") == file) if table.totals.height else None
        for name, wanted in rows.mapping.columns.items():
            field, header = name.rstrip("?"), table.find(wanted)
            if mine is None or header is None or kind_of(field) not in ("money", "count"):
                continue
            if (mine[FATE] == "left_out").any():
                break
            decimals = scale_of(company) if kind_of(field) == "money" else 0
            readable = mine.filter(pl.col(FATE).fill_null("kept") != "quarantined")
            sums = {int(frame[field].sum()) for frame in (mine, readable)}
            said = _largest(table, header, decimals)
            if said and not sums & set(said.values()):
                problems.append(_problem(file, header, next(iter(said)), max(sums), decimals))
    return problems


def _largest(table: RawTable, header: str, decimals: int) -> dict[str, int]:
    """The text of the largest total in a column with its value, by either decimal mark; subtotals are smaller."""
    texts = table.totals.select(pl.col(header).drop_nulls().alias("text"))
    values = texts.with_columns(
        scaled(plain_number(number_text(pl.col("text")), mark), decimals).alias(mark) for mark in ".,"
    )
    values = values.filter(pl.any_horizontal(pl.col(".", ",").is_not_null()))
    if values.is_empty():
        return {}
    text, point, comma = values.sort(pl.max_horizontal(pl.col(".", ",").abs()), descending=True).row(0)
    return {f"{text}": point if point is not None else comma, f"{text} ": comma if comma is not None else point}


def _problem(file: str, header: str, said: str, found: int, decimals: int) -> Problem:
    shown = f"{found / 10**decimals:,.{0 if found % 10**decimals == 0 else 2}f}"
    return Problem(
        f"{file}, column {header}",
        f"rows that sum to {shown}",
        f"{said}, as its total row says",
        "export the file again, whole",
    )
