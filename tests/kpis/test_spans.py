"""What a period is compared with, also while it runs."""

import pytest

from revops.kpis.spans import Spans, back, is_whole_months, steps
from revops.periods import Period

from .small import D


@pytest.mark.parametrize(
    ("period", "as_of", "now", "previous", "previous_year", "partial"),
    [
        (
            "2026-10",
            D(2026, 10, 31),
            (D(2026, 10, 1), D(2026, 11, 1)),
            (D(2026, 9, 1), D(2026, 10, 1)),
            (D(2025, 10, 1), D(2025, 11, 1)),
            False,
        ),
        (
            "2026-10",
            D(2026, 10, 30),
            (D(2026, 10, 1), D(2026, 10, 31)),
            (D(2026, 9, 1), D(2026, 10, 1)),
            (D(2025, 10, 1), D(2025, 10, 31)),
            True,
        ),
        (
            "2026-W43",
            D(2026, 10, 25),
            (D(2026, 10, 19), D(2026, 10, 26)),
            (D(2026, 10, 12), D(2026, 10, 19)),
            (D(2025, 10, 20), D(2025, 10, 27)),
            False,
        ),
        (
            "2026-Q4",
            D(2026, 10, 31),
            (D(2026, 10, 1), D(2026, 11, 1)),
            (D(2026, 7, 1), D(2026, 8, 1)),
            (D(2025, 10, 1), D(2025, 11, 1)),
            True,
        ),
        (
            "2026",
            D(2026, 12, 31),
            (D(2026, 1, 1), D(2027, 1, 1)),
            (D(2025, 1, 1), D(2026, 1, 1)),
            (D(2025, 1, 1), D(2026, 1, 1)),
            False,
        ),
    ],
)
def test_spans(period, as_of, now, previous, previous_year, partial):
    found = Spans.of(Period.parse(period), as_of)
    assert (found.now, found.previous, found.previous_year, found.is_partial) == (now, previous, previous_year, partial)
    assert len(found.trailing) == 13
    assert found.trailing[-1] == now


@pytest.mark.parametrize(
    ("last", "partial"), [(D(2026, 12, 28), False), (D(2026, 12, 27), True), (D(2026, 10, 31), True)]
)
def test_a_year_whose_data_stop_early_is_still_running(last, partial):
    found = Spans.of(Period.parse("2026"), D(2026, 12, 31), last)
    assert found.is_partial is partial
    assert found.last_day == (last if partial else D(2026, 12, 31))


def test_data_that_end_before_the_period_do_not_move_it():
    assert not Spans.of(Period.parse("2026-10"), D(2026, 10, 31), D(2026, 9, 3)).is_partial


def test_steps_of_months_and_of_a_week():
    assert steps((D(2026, 1, 1), D(2026, 4, 1))) == [D(2026, n, 1) for n in (1, 2, 3, 4)]
    assert steps((D(2026, 1, 5), D(2026, 1, 12))) == [D(2026, 1, 5), D(2026, 1, 12)]
    assert not is_whole_months((D(2026, 1, 1), D(2026, 1, 31)))


@pytest.mark.parametrize(
    ("end", "start"),
    [(D(2026, 11, 1), D(2026, 8, 1)), (D(2026, 10, 31), D(2026, 8, 1)), (D(2026, 10, 2), D(2026, 8, 1))],
)
def test_the_last_three_months_hold_the_running_one(end, start):
    assert back(end, 3) == (start, end)


@pytest.mark.parametrize(
    ("period", "as_of", "expected"),
    [
        # Tết: 17 February 2026, 29 January 2025, 10 February 2024
        ("2026-02", None, (D(2025, 1, 13), D(2025, 2, 10))),
        ("2026-02", D(2026, 2, 10), (D(2025, 1, 13), D(2025, 1, 23))),  # ten days against ten days
        ("2026-01", None, (D(2024, 12, 13), D(2025, 1, 13))),  # it was Tết last January
        ("2026-W07", None, (D(2025, 1, 21), D(2025, 1, 28))),
        ("2025-02", None, (D(2024, 2, 13), D(2024, 3, 12))),
        ("2026-03", None, None),
        ("2026-12", None, None),
        ("2026-10", None, None),
        ("2026-Q1", None, None),  # Tết lies in the first quarter of every year
    ],
)
def test_around_tet_a_year_ago_is_as_far_from_tet(period, as_of, expected):
    made = Spans.of(Period.parse(period), as_of or Period.parse(period).last_day)
    assert made.tet_year == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2026-02", ((D(2026, 1, 1), D(2026, 3, 1)), (D(2025, 1, 1), D(2025, 3, 1)))),
        ("2026-01", None),
        ("2026-03", None),
        ("2026-Q1", None),
    ],
)
def test_a_february_is_also_told_together_with_its_january(period, expected):
    assert Spans.of(Period.parse(period), Period.parse(period).last_day).both_months == expected
