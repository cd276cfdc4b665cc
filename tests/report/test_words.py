"""Figures, dates and texts in both languages: the table of formats, both sides of each rounding."""

from datetime import date

import pytest

from revops.periods import Period
from revops.words import EVEN, FOLDER, Words, catalogue, placeholders

EN, VI, USD = Words("en", "VND", 0), Words("vi", "VND", 0), Words("en", "USD", 2)


def plain(text: str) -> str:
    """No-break spaces as spaces, so that a table of examples can be read."""
    return text.replace("\u00a0", " ")


FORMATS = [
    # what, English, Vietnamese
    (lambda w: w.money(1234567), "₫1,234,567", "1.234.567 ₫"),
    (lambda w: w.money(-1234567), "−₫1,234,567", "−1.234.567 ₫"),
    (lambda w: w.money_short(49_187_000_000), "₫49.2bn", "49,2 tỷ ₫"),
    (lambda w: w.money_short(566_400_000), "₫566m", "566 triệu ₫"),
    (lambda w: w.money_short(412_000), "₫412k", "412 nghìn ₫"),
    (lambda w: w.money_short(999), "₫999", "999 ₫"),
    (lambda w: w.money_short(1000), "₫1.00k", "1,00 nghìn ₫"),
    (lambda w: w.money_short(999_499), "₫999k", "999 nghìn ₫"),
    (lambda w: w.money_short(999_500), "₫1.00m", "1,00 triệu ₫"),
    (lambda w: w.money_short(1_234_000_000_000), "₫1,234bn", "1.234 tỷ ₫"),
    (lambda w: w.money_short(0), "₫0", "0 ₫"),
    (lambda w: w.money_short(-2_200_000_000, 2), "−₫2.2bn", "−2,2 tỷ ₫"),
    (lambda w: w.signed_money_short(566_000_000), "+₫566m", "+566 triệu ₫"),
    (lambda w: w.money_plain(13_440_000), "13,440,000", "13.440.000"),
    (lambda w: w.scaled(12_430_000_000, 9), "12.43", "12,43"),
    (lambda w: w.unit_name(9), "₫bn", "tỷ ₫"),
    (lambda w: w.percent(0.0164), "1.6%", "1,6%"),
    (lambda w: w.percent(0.0165), "1.7%", "1,7%"),
    (lambda w: w.signed_percent(0.101), "+10.1%", "+10,1%"),
    (lambda w: w.signed_percent(-0.0164), "−1.6%", "−1,6%"),
    (lambda w: w.signed_percent(-0.0004), "0.0%", "0,0%"),
    (lambda w: w.percent(None), "n/a", "không xác định"),
    (lambda w: w.points(-0.0029, 2), "−0.29 pp", "−0,29 điểm"),
    (lambda w: w.points(0.018), "+1.8 pp", "+1,8 điểm"),
    (lambda w: w.number(22418), "22,418", "22.418"),
    (lambda w: w.date(date(2026, 10, 31)), "31 Oct 2026", "31/10/2026"),
    (lambda w: w.date(date(2026, 9, 5)), "5 Sep 2026", "05/09/2026"),
    (lambda w: w.month(date(2026, 10, 1)), "Oct 2026", "T10/2026"),
    (lambda w: w.month_name(date(2026, 10, 1)), "October", "tháng 10"),
    (lambda w: w.period(Period.parse("2026-10")), "October 2026", "tháng 10/2026"),
    (lambda w: w.period(Period.parse("2026-Q4")), "Q4 2026", "quý 4/2026"),
    (lambda w: w.period(Period.parse("2026-W03")), "week 3 of 2026", "tuần 3/2026"),
    (lambda w: w.period(Period.parse("2026")), "2026", "năm 2026"),
    (lambda w: w.period_short(Period.parse("2026-10")), "Oct 2026", "T10/2026"),
    (lambda w: w.period_short(Period.parse("2026-Q4")), "Q4 2026", "Q4/2026"),
    (lambda w: w.period_short(Period.parse("2026-W43")), "W43 2026", "Tuần W43/2026".replace("W", "")),
    (lambda w: w.count(10), "ten", "mười"),
    (lambda w: w.count(11), "11", "11"),
    (lambda w: w.join(["A", "B", "C"]), "A, B and C", "A, B và C"),
    (lambda w: w.join(["A"]), "A", "A"),
]


@pytest.mark.parametrize(("make", "english", "vietnamese"), FORMATS)
def test_formats(make, english, vietnamese):
    assert (plain(make(EN)), plain(make(VI))) == (english, vietnamese)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda w: w.money(123450), "$1,234.50"),
        (lambda w: w.money_short(5_000_000_00), "$5.00m"),
        (lambda w: w.money_short(-99_99), "−$99.99"),
        (lambda w: Words("en", "USD", 6).money(1_999_999), "$2.00"),
        (lambda w: Words("en", "USD", 6).money(-1_995_000), "−$2.00"),
        (lambda w: Words("vi", "USD", 2).money(123450), "1.234,50 $"),
        (lambda w: Words("en", "CHF", 2).money(100), "CHF 1.00"),
    ],
)
def test_other_currencies(make, expected):
    assert plain(make(USD)) == expected


def test_units_are_held_to_their_figure_by_a_no_break_space():
    for text in (VI.money(5), VI.money_short(49_000_000_000), VI.points(0.1), EN.points(0.1)):
        assert " " not in text
        assert "\u00a0" in text


@pytest.mark.parametrize(
    ("change", "better", "arrow", "tone"),
    [
        (0.0051, "higher", "▲", "good"),
        (0.005, "higher", "●", "even"),
        (-0.005, "higher", "●", "even"),
        (-0.0051, "higher", "▼", "bad"),
        (0.0051, "lower", "▲", "bad"),
        (-0.0051, "lower", "▼", "good"),
        (0.5, "none", "▲", "even"),
        (None, "higher", "", "even"),
    ],
)
def test_arrow_is_direction_and_tone_is_good_or_bad(change, better, arrow, tone):
    assert (Words.arrow(change, better, level=EVEN), Words.tone(change, better, level=EVEN)) == (arrow, tone)


def test_an_unknown_key_names_the_file_to_mend():
    with pytest.raises(KeyError, match=r"no text 'kpis\.nothing' in vi: add it to words/vi/kpis\.yaml"):
        VI.t("kpis.nothing")


def test_a_missing_value_is_named():
    with pytest.raises(KeyError, match=r"text 'common\.stamp\.through' \(en\) needs the value 'day'"):
        EN.t("common.stamp.through")


def test_counts_choose_their_form():
    key = "common.index.findings.problems"
    assert [EN.n(key, n) for n in (0, 1, 4, 11)] == ["no problems", "one problem", "four problems", "11 problems"]
    assert VI.n(key, 1) == "một vấn đề"


ENGLISH, VIETNAMESE = catalogue(FOLDER, "en"), catalogue(FOLDER, "vi")


def without_cells(texts: dict[str, str]) -> set[str]:
    """Keys of messages; Markdown cells exist in Vietnamese only."""
    return {key for key in texts if key.split(".")[1] != "cells"}


def test_both_languages_have_every_key():
    assert without_cells(ENGLISH) == without_cells(VIETNAMESE)


def test_both_languages_ask_for_the_same_values():
    both = without_cells(ENGLISH) & without_cells(VIETNAMESE)
    assert [key for key in sorted(both) if placeholders(ENGLISH[key]) != placeholders(VIETNAMESE[key])] == []


@pytest.mark.parametrize(
    ("shown", "arrow", "tone"),
    [("0.00 pp", "●", "even"), ("0%", "●", "even"), ("−0.01 pp", "▼", "bad"), ("", "▼", "bad"), ("−10%", "▼", "bad")],
)
def test_a_change_that_is_shown_as_zero_is_level(shown, arrow, tone):
    assert (Words.arrow(-0.00004, shown=shown), Words.tone(-0.00004, shown=shown)) == (arrow, tone)
