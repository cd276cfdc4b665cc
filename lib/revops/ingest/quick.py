"""Whole columns read fast: native parsers for plain cells, the rules of `text` for what these leave, distinct only.

Each function gives, cell by cell, what its rule in `text` gives; properties in tests/ingest/test_quick.py hold the two
together. Patterns over every cell of a large file would take most of the time of reading it.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from revops.ingest.text import BLANK, NULLS, cleaned, identifier, number_text, plain_number, scaled, spelled_out, stamp

_FORMATS = {
    "ymd": ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"),
    "dmy": ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    "mdy": ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"),
}
FEW = 1_000  # cells are read by rule at once
_ZONED = "%Y-%m-%d %H:%M:%S %z"
_FIRST, _LAST = datetime(1000, 1, 1), datetime.max


def by_rule(cells: pl.Series, rule: Callable[[pl.Expr], pl.Expr], known: pl.Series | None = None) -> pl.Series:
    """`known` where it is not null, else what `rule` makes of the cell, once for each distinct text."""
    if known is not None:
        unread = (cells.is_not_null() & known.is_null()).arg_true()
        return known if unread.is_empty() else known.clone().scatter(unread, by_rule(cells.gather(unread), rule))
    texts = cells.drop_nulls().unique()
    if texts.is_empty():
        return pl.select(rule(pl.lit(cells))).to_series()
    made = texts.to_frame("text").select(rule(pl.col("text")).alias("made"))["made"]
    return cells.replace_strict(texts, made, default=None, return_dtype=made.dtype)


def is_trimmed(data: bytes, separator: str) -> bool:
    """Whether no cell of a separated text begins or ends with a blank, or begins with ' or =; False where unsure."""
    if not data.isascii() or b'"' in data:
        return False
    every, mark = np.frombuffer(data, np.uint8), ord(separator)
    for sign in set(" \t'=") - {separator}:
        if sign.encode() not in data:
            continue
        at = np.flatnonzero(every == ord(sign))
        before, after = every[at - 1], every[np.minimum(at + 1, len(every) - 1)]
        starts = (before == mark) | (before == 10) | (at == 0)
        ends = (after == mark) | (after == 10) | (after == 13) | (at == len(every) - 1)
        if starts.any() or (sign in " \t" and ends.any()):
            return False
    return True


def clean(cells: pl.Series, is_trimmed: bool = False) -> pl.Series:
    """text.cleaned of every cell; of trimmed ones only tokens that mean nothing must go."""
    if cells.null_count() == cells.len():
        return cells
    if is_trimmed:
        tokens = cells.is_in(["", *NULLS])
        return cells.replace(["", *NULLS], [None] * (len(NULLS) + 1)) if tokens.any() else cells
    if _are_whole_numbers(cells):
        return cells
    bare = cells.str.strip_chars(BLANK)
    plain = (bare == cells) & ~(bare.is_in(["", *NULLS]) | bare.str.starts_with("'") | bare.str.starts_with("="))
    if plain.all(ignore_nulls=True):
        return cells
    marked = cells.filter(~plain.fill_null(True)).unique()
    made = marked.to_frame("text").select(cleaned(pl.col("text"))).to_series()
    return cells.replace(marked, made)


def _are_whole_numbers(cells: pl.Series) -> bool:
    """Whether every cell is a plain whole number."""
    first = cells.first(ignore_nulls=True)
    if not isinstance(first, str) or not first.isdecimal():
        return False
    return cells.cast(pl.Int64, strict=False).null_count() == cells.null_count()


def identifiers(cells: pl.Series) -> pl.Series:
    """text.identifier of every cell."""
    if not _may_be_numbers(cells):
        return cells
    written = cells.str.contains(".0", literal=True).any() or cells.str.contains("+", literal=True).any()
    return by_rule(cells, identifier) if written else cells


def may_be_rounded(cells: pl.Series) -> bool:
    """Whether text.rounded could say so of any cell."""
    if not _may_be_numbers(cells):
        return False
    return bool((cells.str.len_bytes() > 15).any() or cells.str.contains("+", literal=True).any())


def _may_be_numbers(cells: pl.Series) -> bool:
    """Whether any cell may begin with a digit: none does where each is after all digits and their signs."""
    return bool((cells < ":").any())


def amounts(cells: pl.Series, mark: str, decimals: int) -> pl.Series:
    """text.scaled of text.plain_number: exact whole counts of 10 ** -decimals."""
    most = 9 * 10 ** (18 - decimals)
    whole = cells.cast(pl.Int64, strict=False)
    quick = whole.to_frame("n").select(
        pl.when(pl.col("n").is_between(-most, most)).then(pl.col("n") * 10**decimals).alias("n")
    )["n"]
    if mark == "." and quick.null_count() - cells.null_count() > FEW:
        quick = _decimals(cells, quick, decimals)
    if quick.null_count() == cells.null_count():
        return quick
    return by_rule(
        plain_texts(cells, quick), lambda text: scaled(plain_number(number_text(text), mark), decimals), quick
    )


def _decimals(cells: pl.Series, quick: pl.Series, decimals: int) -> pl.Series:
    """Numbers with a decimal point and no digit beyond `decimals`."""
    frame = pl.DataFrame({"text": cells, "n": quick})
    plain = pl.col("n").is_null() & pl.col("text").str.contains(r"^-?\d{1,9}\.\d+$")
    here = frame.select(pl.when(plain).then("text").alias("text"))["text"]
    exact, finer = here.str.to_decimal(scale=decimals), here.str.to_decimal(scale=decimals + 4)
    value = pl.DataFrame({"a": exact, "b": finer}).select(
        pl.when(pl.col("a") == pl.col("b")).then(pl.col("a").to_physical().cast(pl.Int64, strict=False))
    )["a"]
    return quick.zip_with(quick.is_not_null(), value)


def counts(cells: pl.Series, mark: str) -> pl.Series:
    """Whole numbers; null where a number has a fraction."""

    def rule(text: pl.Expr) -> pl.Expr:
        plain = plain_number(number_text(text), mark)
        return pl.when(plain.str.contains(r"^-?\d+(\.0*)?$")).then(scaled(plain, 0))

    quick = cells.cast(pl.Int64, strict=False)
    within = quick.is_between(-9 * 10**18, 9 * 10**18)
    quick = quick if within.all(ignore_nulls=True) else quick.zip_with(within, pl.Series([None], dtype=pl.Int64))
    return quick if quick.null_count() == cells.null_count() else by_rule(plain_texts(cells, quick), rule, quick)


def moments(cells: pl.Series, order: str, zone: ZoneInfo, written_in: ZoneInfo | None = None) -> pl.Series:
    """text.stamp of every cell."""

    def rule(text: pl.Expr) -> pl.Expr:
        return stamp(text, order, zone, written_in)

    known = pl.Series(cells.name, [None], dtype=pl.Datetime("us")).new_from_index(0, cells.len())
    formats = _FORMATS["ymd"] + _FORMATS.get(order, ()) if order != "ymd" else _FORMATS["ymd"]
    for pattern in (*formats, _ZONED) if written_in is None else (_ZONED,):
        unread = known.null_count() - cells.null_count()
        if unread <= FEW and known.null_count() < cells.len():
            break
        if known.null_count() == cells.len():
            known = _parsed(cells, pattern, zone)
        else:
            left = cells.zip_with(known.is_null(), _blank(cells))
            known = known.zip_with(known.is_not_null(), _parsed(left, pattern, zone))
    return known if known.null_count() == cells.null_count() else by_rule(cells, rule, known)


def _parsed(cells: pl.Series, pattern: str, zone: ZoneInfo) -> pl.Series:
    """Cells of one format; null where they are of another, or their year has not four digits."""
    read = cells.str.to_datetime(pattern, time_unit="us", strict=False)
    if pattern == _ZONED:
        read = read.dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)
    within = read.is_between(_FIRST, _LAST)
    return read if within.all() else read.zip_with(within.fill_null(False), _blank(read))


def _blank(like: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=like.dtype).new_from_index(0, like.len())


def plain_texts(texts: pl.Series, known: pl.Series | None = None) -> pl.Series:
    """text.spelled_out of every cell that is not `known`."""
    left = texts if known is None else texts.filter(known.is_null())
    written = left.str.contains("e", literal=True) | left.str.contains("E", literal=True)
    return spelled_out(texts) if written.any() else texts
