"""Exact money: one rounding, splits that sum back, and nothing finer than it can hold."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.money import RATE_SCALE, apply_rate, rate_units, round_ratio, split, times_rate, to_decimal, to_units

AMOUNTS = st.integers(-(10**15), 10**15)
RATES = st.integers(-2 * RATE_SCALE, 2 * RATE_SCALE)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (149, 100, 1),
        (150, 100, 2),
        (151, 100, 2),
        (-149, 100, -1),
        (-150, 100, -2),
        (150, -100, -2),
        (-150, -100, 2),
        (0, 7, 0),
        (10**30 + 5, 10, 10**29 + 1),
    ],
)
def test_a_half_rounds_away_from_zero(numerator, denominator, rounded):
    assert round_ratio(numerator, denominator) == rounded


def test_a_ratio_without_denominator_is_refused():
    with pytest.raises(ZeroDivisionError, match="denominator 0 is undefined"):
        round_ratio(1, 0)


@given(AMOUNTS, st.integers(1, 10**12))
def test_rounding_is_within_a_half_and_symmetric_in_sign(numerator, denominator):
    rounded = round_ratio(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
    assert round_ratio(-numerator, denominator) == -rounded


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("1234.50", 2, 123450),
        ("-0.01", 2, -1),
        ("1e3", 0, 1000),
        (7, 6, 7_000_000),
        (Decimal("0.000001"), 6, 1),
        ("9223372036854775807", 0, 2**63 - 1),
    ],
)
def test_a_number_becomes_units(text, decimals, units):
    assert to_units(text, decimals) == units
    assert to_decimal(units, decimals) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("0.015", ValueError, "0.015 is finer than 2 decimals"),
        ("1.234,50", ValueError, "'1.234,50' is not a decimal number"),
        ("", ValueError, "'' is not a decimal number"),
        ("NaN", ValueError, "'NaN' is not a decimal number"),
        ("-Infinity", ValueError, "'-Infinity' is not a decimal number"),
        ("1." + "0" * 60 + "1", ValueError, "has more digits than money can hold"),
        ("92233720368547758.08", OverflowError, "does not fit 64 bits"),
        ("1e40", OverflowError, "does not fit 64 bits"),
    ],
)
def test_what_money_cannot_hold_is_refused(text, error, message):
    with pytest.raises(error, match=message):
        to_units(text, 2)


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(0, 8))
def test_units_to_decimal_and_back(units, decimals):
    assert to_units(to_decimal(units, decimals), decimals) == units
    assert to_units(str(to_decimal(units, decimals)), decimals) == units


@pytest.mark.parametrize(
    ("text", "units"), [("5%", 50_000_000), (" 1.25 % ", 12_500_000), (0.012, 12_000_000), ("-1", -RATE_SCALE), (0, 0)]
)
def test_a_rate_is_read_as_share_or_percentage(text, units):
    assert rate_units(text) == units


def test_a_rate_finer_than_a_billionth_is_refused():
    with pytest.raises(ValueError, match="finer than 9 decimals"):
        rate_units("0.0000000001")


@given(AMOUNTS, RATES)
def test_columns_and_single_amounts_round_alike(amount, rate):
    frame = pl.DataFrame({"amount": [amount], "rate": [rate]})
    assert frame.select(times_rate(pl.col("amount"), pl.col("rate"))).item() == apply_rate(amount, rate)


def test_a_column_product_beyond_64_bits_is_refused():
    frame = pl.DataFrame({"amount": [2**62], "rate": [4 * RATE_SCALE]})
    with pytest.raises(pl.exceptions.InvalidOperationError):
        frame.select(times_rate(pl.col("amount"), pl.col("rate")))


def test_an_unknown_amount_stays_unknown():
    frame = pl.DataFrame({"amount": [None], "rate": [RATE_SCALE]}, schema={"amount": pl.Int64, "rate": pl.Int64})
    assert frame.select(times_rate(pl.col("amount"), pl.col("rate"))).item() is None


@given(AMOUNTS, WEIGHTS)
def test_parts_sum_to_the_amount_and_lie_within_one_unit(amount, weights):
    parts = split(amount, weights)
    total = sum(weights)
    assert sum(parts) == amount
    assert all(abs(part - Fraction(amount * weight, total)) < 1 for part, weight in zip(parts, weights, strict=True))
    assert split(-amount, weights) == [-part for part in parts]


@given(AMOUNTS, WEIGHTS, st.randoms())
def test_with_keys_the_order_of_rows_does_not_matter(amount, weights, random):
    keyed = dict(zip(range(len(weights)), split(amount, weights, list(range(len(weights)))), strict=True))
    keys = list(keyed)
    random.shuffle(keys)
    shuffled = split(amount, [weights[key] for key in keys], keys)
    assert dict(zip(keys, shuffled, strict=True)) == keyed


@pytest.mark.parametrize(
    ("weights", "keys", "message"),
    [
        ([0, 0], None, "cannot split 7 over weights that are all zero"),
        ([], None, "cannot split 7 over weights that are all zero"),
        ([1, -1, 3], None, "must not be negative"),
        ([1, 1], ["a", "a"], "one distinct key for each weight"),
        ([1, 1], ["a"], "one distinct key for each weight"),
    ],
)
def test_a_split_that_has_no_answer_is_refused(weights, keys, message):
    with pytest.raises(ValueError, match=message):
        split(7, weights, keys)
