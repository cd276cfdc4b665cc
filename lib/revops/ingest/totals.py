"""Total rows are no data, but they are a checksum: the rows of a file must sum to what its total row says."""

import polars as pl

from revops.company import Company
from revops.ingest.fields import FATE, kind_of, scale_of
from revops.ingest.intake import SourceRows
from revops.ingest.stage import Staged
from revops.ingest.text import number_text, plain_number, scaled
from revops.problems import Problem


def disagreements(rows: SourceRows, company: Company) -> list[Problem]:
    """One fault per file and column whose largest total is not the sum of its rows, with or without quarantined ones.

    A file of which rows are left out is not judged: what is wrong with those rows is not known.
    """
    problems = []
    for staged in rows.files:
        fields = [f for f in staged.reading.headers if kind_of(f) in ("money", "count") and f in rows.have]
        if not staged.reading.totals or not fields:
            continue
        mine = rows.fates().filter(pl.col("file") == staged.file.name)
        fate = pl.col(FATE).fill_null("kept")
        sums = mine.select(
            (fate == "left_out").any().alias("_left"),
            *(pl.col(f).sum().alias(f"{f}:all") for f in fields),
            *(pl.col(f).filter(fate != "quarantined").sum().alias(f"{f}:read") for f in fields),
        ).collect(engine="streaming").row(0, named=True)  # fmt: skip
        if not sums["_left"]:
            for field in fields:
                problems += _disagreement(
                    staged, field, {int(sums[f"{field}:all"]), int(sums[f"{field}:read"])}, company
                )
    return problems


def _disagreement(staged: Staged, field: str, sums: set[int], company: Company) -> list[Problem]:
    decimals = scale_of(company) if kind_of(field) == "money" else 0
    text, values = _largest([row.get(field) for row in staged.reading.totals], decimals)
    if not values or sums & values:
        return []
    shown = f"{max(sums) / 10**decimals:,.{0 if max(sums) % 10**decimals == 0 else 2}f}"
    where = f"{staged.file.name}, column {staged.reading.headers[field]}"
    found, expected = f"rows that sum to {shown}", f"{text}, as its total row says"
    return [Problem(where, found, expected, "export the file again, whole")]


def _largest(texts: list[str | None], decimals: int) -> tuple[str, set[int]]:
    """The largest total of a column as written, and its value by either decimal mark; subtotals are smaller."""
    both = [scaled(plain_number(number_text(pl.col("text")), mark), decimals).alias(mark) for mark in ".,"]
    values = pl.DataFrame({"text": texts}, schema={"text": pl.String}).drop_nulls().with_columns(both)
    values = values.filter(pl.any_horizontal(pl.col(".", ",").is_not_null()))
    if values.is_empty():
        return "", set()
    text, *marks = values.sort(pl.max_horizontal(pl.col(".", ",").abs()), descending=True).row(0)
    return text, {value for value in marks if value is not None}
