"""What a rule says: one row per record and problem that it judged, or why it could judge nothing.

A row without `problem` is a record that was judged and is clean. `found` against `expected` is the evidence; `unit`
says what both are: text, days, count, date, money or share. A row may stand for all records of facts that say the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from revops.ingest.hygiene.records import Records

Severity = Literal["high", "medium", "low", "info"]
Category = Literal["duplicates", "completeness", "activity", "consistency", "references"]
Unit = Literal["text", "days", "count", "date", "money", "share"]


@dataclass(frozen=True)
class Unjudged:
    """Why a rule is not applicable: a key of the texts, and the table or column that it lacks."""

    reason: Literal["empty_table", "empty_column", "no_records", "few_cases", "no_exports", "no_funnel"]
    what: str = ""


Verdict = pl.DataFrame | Unjudged


@dataclass(frozen=True)
class Rule:
    """One rule of hygiene: what it judges, how grave a hit is, and the problems it can name.

    A rule over a table of facts lists only what it hits, once for all records that say the same, and tells by `among`
    how many it judged.
    """

    id: str
    object: str
    category: Category
    severity: Severity
    judge: Callable[[Records], Verdict]
    problems: tuple[str, ...]
    among: Callable[[Records], int] | None = None


def judged(
    frame: pl.DataFrame,
    problem: str,
    bad: pl.Expr,
    found: pl.Expr | None = None,
    expected: pl.Expr | None = None,
    unit: Unit = "text",
    severity: Severity | pl.Expr | None = None,
    stands_for: pl.Expr | None = None,
) -> pl.DataFrame:
    """One row per record of `frame`: the problem where `bad` holds, its evidence, and the records it stands for."""
    hit = bad.fill_null(False)
    grave = severity if isinstance(severity, pl.Expr) else pl.lit(severity, pl.String)
    values = {"problem": pl.lit(problem), "found": found, "expected": expected, "unit": pl.lit(unit), "severity": grave}
    return frame.select(
        "record_id",
        *(
            pl.when(hit).then(pl.lit(None) if value is None else value).cast(pl.String).alias(name)
            for name, value in values.items()
        ),
        (pl.lit(1) if stands_for is None else stands_for).cast(pl.Int64).alias("stands_for"),
    )


def together(*parts: Verdict) -> Verdict:
    """The verdicts of a rule's parts as one; not applicable where none of them is."""
    frames = [part for part in parts if isinstance(part, pl.DataFrame)]
    return pl.concat(frames) if frames else parts[0]


def lacking(frame: pl.DataFrame, table: str, *columns: str) -> Unjudged | None:
    """Why these columns of a table cannot be judged: there are no rows, or one is empty in every row."""
    if frame.is_empty():
        return Unjudged("empty_table", table)
    blank = [column for column in columns if frame[column].null_count() == frame.height]
    return Unjudged("empty_column", f"{table}.{blank[0]}") if blank else None


def folded(column: str) -> pl.Expr:
    """A text column for comparison, as text.fold has it; null where nothing is left.

    >>> titles = pl.DataFrame({"t": ["  Đã Huỷ (*)", "Giảm giá %", "(*)"]})
    >>> titles.select(folded("t")).to_series().to_list()
    ['da huy', 'giam gia %', None]
    """
    plain = pl.col(column).str.to_lowercase().str.normalize("NFD").str.replace_all(r"\p{M}", "")
    bare = plain.str.replace_all("đ", "d").str.replace_all("[^a-z0-9%]+", " ").str.strip_chars()
    return pl.when(bare != "").then(bare)
