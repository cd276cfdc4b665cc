"""Reading whole columns fast gives, cell by cell, what the rules of `text` give."""

# ruff: noqa: E501  (examples stand in one list)

from unittest.mock import patch
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.ingest import quick, text

HANOI, UTC = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("UTC")
NUMBERS = [
    "12", "-5", "+7", "1.5", "1,000.5", "1.000", "1.234.567", "abc", "", None, " 3", "12.", ".5", "(5)", "5-", "0012", "-",
    "99999999999999999999", "9000000000000000000", "900000000000000", "5 đ", "1.23456", "1.00005", "-1.00005", "10%", "1_000",
]  # fmt: skip
DAYS = [
    "2026-01-02", "2026-1-2", "26-01-02", "02026-01-02", "2026-01-02 10:00", "2026-01-02T10:00:00", "03/04/2026",
    "13/04/2026 5:06", "13/04/26", "2026-05-14 11:23:45 +0100", "2026-05-14 11:23:45 UTC", "46023", "20260901", "2026-10",
    "28 Feb 2026 23:30", "2026-02-30", "31/02/2026", "x", None, "06/10/2026 07:00:00 PM", "2026-01-02 10:02:60",
]  # fmt: skip
CELLS = [
    "a", " a", "a\t", "a b", "\u00a0x", "\u200bx", "='x'", '="007"', '"x"', "'0912", "-", "--", "null", "n/a", "", None, "=1+1",
    "-5", "0012",
]  # fmt: skip


def by_rule(cells: pl.Series, rule) -> list:
    return cells.to_frame("c").select(rule(pl.col("c")).alias("c"))["c"].to_list()


def texts(values: list) -> pl.Series:
    return pl.Series("c", values, dtype=pl.String)


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("decimals", [0, 2, 4])
@given(st.lists(st.sampled_from(NUMBERS) | st.from_regex(r"-?\d{1,6}([.,]\d{1,6})?", fullmatch=True), min_size=1))
@settings(max_examples=60, deadline=None)
def test_amounts_are_what_the_rule_reads(mark, decimals, values):
    cells = texts(values)
    rule = by_rule(cells, lambda c: text.scaled(text.plain_number(text.number_text(c), mark), decimals))
    assert quick.amounts(cells, mark, decimals).to_list() == rule


@pytest.mark.parametrize("order", ["ymd", "dmy", "mdy"])
@pytest.mark.parametrize("written_in", [None, UTC])
@pytest.mark.parametrize("few", [0, 1_000])
@given(st.lists(st.sampled_from(DAYS), min_size=1))
@settings(max_examples=40, deadline=None)
def test_moments_are_what_the_rule_reads(order, written_in, few, values):
    cells = texts(values)
    rule = by_rule(cells, lambda c: text.stamp(c, order, HANOI, written_in))
    with patch.object(quick, "FEW", few):
        assert quick.moments(cells, order, HANOI, written_in).to_list() == rule


@given(st.lists(st.sampled_from(CELLS) | st.text(max_size=4), min_size=1))
@settings(max_examples=200, deadline=None)
def test_cells_are_cleaned_as_the_rule_cleans_them(values):
    cells = texts(values)
    assert quick.clean(cells).to_list() == by_rule(cells, text.cleaned)


@given(st.lists(st.sampled_from([c for c in CELLS if c]) | st.from_regex(r"[ -~]{1,4}", fullmatch=True), min_size=1))
@settings(max_examples=200, deadline=None)
def test_what_is_called_trimmed_needs_no_trimming(values):
    if quick.is_trimmed(",".join(values).encode(), ","):
        cells = texts([cell for value in values for cell in value.split(",")])
        assert quick.clean(cells, is_trimmed=True).to_list() == by_rule(cells, text.cleaned)


@pytest.mark.parametrize(
    ("line", "is_trimmed"),
    [
        (b"a,b\nc d,e\n", True), (b"a, b\n", False), (b"a ,b\n", False), (b" a,b\n", False), (b"a,b \n", False),
        (b"a,b \r\n", False), (b"a,'b\n", False), (b"a,b'c\n", True), (b"=a,b\n", False), (b"a\t,b\n", False),
        (b'"a",b\n', False), ("ả,b\n".encode(), False),
    ],
)  # fmt: skip
def test_where_a_blank_or_mark_stands_decides(line, is_trimmed):
    assert quick.is_trimmed(line, ",") is is_trimmed


@given(st.lists(st.sampled_from(["12.0", "A-1", "8.4912345678E+10", "5.76E+17", "1.50", None]), min_size=1))
def test_identifiers_are_what_the_rule_reads(values):
    assert quick.identifiers(texts(values)).to_list() == by_rule(texts(values), text.identifier)
    if by_rule(texts(values), text.rounded) != [False] * len(values):
        assert quick.may_be_rounded(texts(values)) or None in values
