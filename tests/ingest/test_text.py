"""Numbers, days, telephones and headers as systems write them; conventions are decided by the column."""

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.ingest.text import (
    cleaned,
    day_order,
    decimal_mark,
    fold,
    identifier,
    matches,
    number_text,
    phone,
    plain_number,
    scaled,
    spelled_out,
    stamp,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def one(expression, value):
    return pl.DataFrame({"v": [value]}, schema={"v": pl.String}).select(expression(pl.col("v"))).item()


def numbers(texts, *, zero_decimal=False, whole=False, decimals=2):
    """The column read as the library does, or None where its convention cannot be told."""
    column = pl.Series("v", texts)
    plain = column.to_frame().select(number_text(pl.col("v")))
    mark = decimal_mark(plain.to_series(), zero_decimal, whole)
    if mark is None:
        return None
    return (
        spelled_out(plain.to_series())
        .to_frame()
        .select(scaled(plain_number(pl.col("v"), mark), decimals))
        .to_series()
        .to_list()
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,234,567"], [123456700]),
        (["1.234.567", "1.000"], [123456700, 100000]),
        (["1.234,56"], [123456]),
        (["1,234.56"], [123456]),
        (["(123)", "-4", "5-"], [-12300, -400, -500]),
        (["500.000.000 đ"], [50000000000]),
        (["61 000 000 ₫", "1 000 ₫"], [6100000000, 100000]),
        (["VND 1.500.000", "12"], [150000000, 1200]),
        (["108,90", "1.090,50"], [10890, 109050]),
        (["0.5", "12.25"], [50, 1225]),
        (["12.345"], None),
        (["1.000", "2,000"], None),
        (["1.2345E+7"], [1234500000]),
        (["1234567.8899999999"], [123456789]),
        (["0.005", "-0.005", "0.0049"], [1, -1, 0]),
        (["12.5", "1.234.567"], None),
        (["12.5"] * 9 + ["1.234.567"], [1250] * 9 + [None]),
        (["12.5"] * 8 + ["1.234.567"], None),
    ],
)  # fmt: skip
def test_a_column_of_numbers_has_one_convention(texts, expected):
    assert numbers(texts) == expected


def test_a_lone_thousand_is_decided_by_a_currency_without_decimals_or_by_whole_numbers():
    assert numbers(["12.345"], zero_decimal=True) == [1234500]
    assert numbers(["6,072", "1,000"], whole=True, decimals=0) == [6072, 1000]
    assert numbers(["1,000"], whole=True) is None


@given(st.integers(-(10**12), 10**12), st.sampled_from([(",", "."), (".", ",")]))
def test_what_a_locale_writes_is_read_back_exactly(cents, marks):
    group, point = marks
    text = f"{abs(cents) // 100:,}".replace(",", group) + f"{point}{abs(cents) % 100:02d}"
    assert numbers(["-" + text if cents < 0 else text]) == [cents]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-14", datetime(2026, 5, 14)),
        ("2026-05-14 11:23:45 +0100", datetime(2026, 5, 14, 17, 23, 45)),
        ("2026-05-31 18:00 (UTC)", datetime(2026, 6, 1, 1, 0)),
        ("2026-05-14T17:00:00Z", datetime(2026, 5, 15)),
        ("14/05/2026 23:05", datetime(2026, 5, 14, 23, 5)),
        ("06/10/2026 07:00:00 PM", datetime(2026, 10, 6, 19)),
        ("06/10/2026 12:00:00 AM", datetime(2026, 10, 6)),
        ("28 Feb 2026 23:30", datetime(2026, 2, 28, 23, 30)),
        ("20260901", datetime(2026, 9, 1)),
        ("46023", datetime(2026, 1, 1)),
        ("46023.4375", datetime(2026, 1, 1, 10, 30)),
        ("2026-10", datetime(2026, 10, 1)),
        ("10/2026", datetime(2026, 10, 1)),
        ("Tháng 9/2026", datetime(2026, 9, 1)),
        ("2021", datetime(2021, 1, 1)),
        ("29/02/2024", datetime(2024, 2, 29)),
        ("29/02/2026", None),
        ("00/00/0000", None),
        ("hôm qua", None),
    ],
)
def test_days_and_instants(text, expected):
    assert one(lambda cell: stamp(cell, "dmy", VIETNAM), text) == expected


def test_an_instant_without_zone_can_be_declared_utc():
    assert one(lambda c: stamp(c, "ymd", VIETNAM, ZoneInfo("UTC")), "2026-10-31 18:00") == datetime(2026, 11, 1, 1)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "13/04/2026"], "dmy"),
        (["03/04/2026", "04/13/2026"], "mdy"),
        (["03/04/2026", "12/12/2026"], None),
        (["2026-04-03"], "ymd"),
        ([], "ymd"),
    ],
)
def test_only_a_value_above_twelve_tells_day_from_month(texts, order):
    assert day_order(pl.Series("v", texts, dtype=pl.String)) == order


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0912 345 678", "+84912345678"),
        ("912345678", "+84912345678"),
        ("(+84) 912.345.678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("'0912345678", "+84912345678"),
        ("02838221234", "+842838221234"),
        ("+1 415 555 0100", "+14155550100"),
        ("(+84)*******95", None),
        ("12345", None),
        ("", None),
    ],
)
def test_telephones_become_e164(text, expected):
    assert one(phone, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("576461413038785752\t", "576461413038785752"),
        ('="00123"', "00123"),
        ("'0912345678", "0912345678"),
        ("123.0", "123"),
        ("NC-80.0", "NC-80.0"),
        ("  \u00a0x ", "x"),
    ],
)
def test_identifiers_stay_text(text, expected):
    assert one(lambda cell: identifier(cleaned(cell)), text) == expected


@pytest.mark.parametrize("text", ["", "  ", " --", "--", "-", "(not set)", "n/a", "NULL"])
def test_tokens_that_mean_nothing_are_null(text):
    assert one(cleaned, text) is None


@pytest.mark.parametrize(
    ("pattern", "header", "same"),
    [
        ("Số lượng", "SO LUONG", True),
        ("Mã hàng", "Mã hàng (*)", True),
        ("Ngày hóa đơn", "Ngày hoá đơn", True),
        ("Trạng Thái Đơn Hàng", "Trang thai đơn hàng", True),
        ("Giảm giá", "Giảm giá %", False),
        ("Số tiền đã chi tiêu (*)", "Số tiền đã chi tiêu (VND)", True),
        ("Day", "Birthday", False),
    ],
)
def test_headers_are_compared_without_accents_case_and_punctuation(pattern, header, same):
    assert matches(pattern, header) is same
    assert fold(fold(header)) == fold(header)
