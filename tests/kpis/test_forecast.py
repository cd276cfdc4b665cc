"""Forecasts: methods, the choice of one, accuracy, intervals, parts that add up, the year's end."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.holidays import tet
from revops.kpis import forecast
from revops.kpis.forecast import backtest, outlook
from revops.kpis.forecast.extrapolate import ENOUGH, METHODS, Past, carry, usable
from revops.kpis.forecast.feasts import day_weights, tet_factors
from revops.periods import add_months

from .small import D, line, order, spans, world

START = D(2022, 1, 1)
SEASON = [120, 90, 95, 100, 105, 100, 95, 90, 95, 100, 105, 105]


def years(count: int, growth: float = 1.0, season: list[int] = SEASON) -> list[int]:
    """Whole years of one season, each `growth` times the year before."""
    return [round(1000 * value * growth**year) for year in range(count) for value in season]


def past(*rows: list[int]) -> Past:
    return Past.of(rows, START)


# --- ways to carry a series forward -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rows", "told"),
    [
        ("naive", [5, 7, 9], [9, 9]),
        ("drift", [5, 7, 9], [11, 13]),
        ("seasonal", list(range(1, 13)), [1, 2]),
        ("seasonal_growth", [10] * 12 + [20] * 12, [40, 40]),
    ],
)
def test_baselines_are_what_their_names_say(name, rows, told):
    assert METHODS[name](past(rows), 2)[0].tolist() == told


@pytest.mark.parametrize("name", ["seasonal_growth", "aligned", "damped", "theta"])
def test_methods_with_a_season_follow_it_where_nothing_else_moves(name):
    told = METHODS[name](past(years(3)), 12)[0]
    assert told == pytest.approx(np.array(SEASON) * 1000, rel=0.005)


def test_a_fading_trend_fades_and_theta_goes_on():
    rising = past([100 + 2 * month for month in range(36)])
    faded, straight = (METHODS[name](rising, 24)[0] for name in ("damped", "theta"))
    assert 0 <= faded[-1] - faded[-2] < faded[1] - faded[0]
    assert straight[-1] > straight[0]


@pytest.mark.parametrize(
    ("months", "names"), [(1, ["naive"]), (2, ["naive", "drift"]), (23, ["naive", "drift"]), (24, list(METHODS))]
)
def test_without_two_years_no_season_is_claimed(months, names):
    assert usable(months) == names


def test_what_was_never_below_zero_is_not_forecast_below_it_and_what_was_may_be():
    falling = [40 - month for month in range(30)]
    assert carry(past([50, 30, 10]), "drift", 3)[0].tolist() == [0, 0, 0]
    assert carry(past([*falling, *[-5] * 3]), "drift", 40)[0, -1] < 0


@given(st.lists(st.lists(st.integers(0, 10**12), min_size=30, max_size=30), min_size=2, max_size=4))
@settings(max_examples=20, deadline=None)
def test_each_series_is_carried_on_its_own_whatever_stands_beside_it(rows):
    for name in METHODS:
        together = carry(past(*rows), name, 3)
        alone = np.vstack([carry(past(row), name, 3) for row in rows])
        assert together == pytest.approx(alone, rel=1e-9, abs=1e-6), name
        assert not np.isnan(together).any()


# --- Tết --------------------------------------------------------------------------------------------------------------


def tet_days(first: date, last: date) -> pl.DataFrame:
    """100 a day; double in the four weeks before Tết, nothing in the week of it."""
    days = [first + timedelta(n) for n in range((last - first).days)]

    def sold(day: date) -> int:
        away = min(((tet(year) - day).days for year in (day.year, day.year + 1)), key=abs)
        return 0 if -5 <= away <= 1 else 200 if 2 <= away <= 28 else 100

    return pl.DataFrame({"period_on": days, "net_amount": [sold(day) for day in days]})


def months_of(days: pl.DataFrame) -> list[int]:
    return days.group_by(pl.col("period_on").dt.truncate("1mo")).agg(pl.col("net_amount").sum()).sort("period_on")[
        "net_amount"
    ].to_list()  # fmt: skip


def test_the_weight_of_a_day_around_tet_is_what_it_sold_against_the_level():
    weights = day_weights(dict(tet_days(D(2023, 1, 1), D(2024, 6, 1)).iter_rows()))
    assert (weights[10], weights[0], weights[-10], weights[40]) == (2.0, 0.0, 1.0, 1.0)


def test_without_a_whole_season_no_month_is_moved():
    factors = tet_factors(tet_days(D(2024, 1, 20), D(2024, 12, 1)), D(2024, 1, 1), 14)
    assert set(factors(D(2024, 12, 1))) == {1.0}
    assert set(tet_factors(pl.DataFrame(schema={"period_on": pl.Date, "net_amount": pl.Int64}), D(2024, 1, 1), 3)(
        D(2025, 1, 1))) == {1.0}  # fmt: skip


def test_a_factor_is_made_of_what_was_known_at_the_time():
    known = tet_factors(tet_days(D(2023, 1, 1), D(2026, 4, 1)), D(2023, 1, 1), 40)
    assert set(known(D(2024, 3, 1))) == {1.0}
    assert set(known(D(2024, 6, 1))) != {1.0}


@pytest.mark.parametrize("name", ["aligned", "damped", "theta"])
def test_our_methods_move_the_season_with_tet_and_last_year_alone_does_not(name):
    """Tết 2026 is on 17 February, that of 2025 on 29 January: January's buying moves into February."""
    days = tet_days(D(2022, 1, 1), D(2026, 3, 1))
    rows = months_of(days)
    known = Past(np.array([rows[:48]], dtype=float), START, tet_factors(days, START, 60))
    january, february = rows[48:50]
    told, blind = (METHODS[which](known, 2)[0] for which in (name, "seasonal_growth"))
    assert told == pytest.approx([january, february], rel=0.04)
    assert abs(blind[1] / february - 1) > 0.15


# --- accuracy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "told", "wape", "bias"),
    [
        ([100, 0, 50], [110, 10, 40], 0.20, 0.0667),
        ([100, 100], [100, 100], 0.0, 0.0),
        ([10], [35], 2.5, 2.5),
        ([0, 0], [1, 2], None, None),
        ([-50, 100], [-40, 100], 10 / 150, 0.2),
    ],
)
def test_error_is_weighted_and_undefined_where_nothing_happened(actual, told, wape, bias):
    assert backtest.wape(actual, told).value == pytest.approx(wape, abs=0.0001)
    assert backtest.bias(actual, told).value == pytest.approx(bias, abs=0.0001)
    if wape is None:
        assert backtest.wape(actual, told).reason == "no_cases"


@pytest.mark.parametrize(
    ("errors", "before", "value", "reason"),
    [
        ([5, -5], [100] * 12 + [110] * 12, 0.5, None),
        ([5], [100] * 12, None, "no_history"),
        ([5], [100] * 24, None, "no_cases"),
        ([], [100] * 12 + [110] * 12, None, "no_cases"),
    ],
)
def test_mase_is_against_the_same_month_a_year_before(errors, before, value, reason):
    found = backtest.mase(errors, before)
    assert (found.value, found.reason) == (value, reason)


def test_an_origin_knows_nothing_of_what_comes_after_it():
    rows = years(4, 1.1)
    changed = [*rows[:40], *(value * 7 for value in rows[40:])]
    one, other = (backtest.rolling(past(row), 3) for row in (rows, changed))
    early = [place for place, known in enumerate(one.origins) if known <= 40]
    assert (one.told[early] == other.told[early]).all()
    assert not (one.told[-1] == other.told[-1]).all()


def test_the_plain_baseline_stays_where_nothing_beats_it():
    """A season that repeats to the last đồng: the same month of last year is never off."""
    assert backtest.rolling(past(years(4)), 3).method(0) == "seasonal"


def test_a_method_is_taken_where_it_beats_the_same_month_of_last_year():
    trial = backtest.rolling(past(years(4, 1.2)), 3)
    assert trial.method(0) in ("seasonal_growth", "aligned", "damped", "theta")
    wrong = np.abs(trial.told[4:-1, 0, 0] - trial.came[4:-1, 0, 0]).sum()
    seasonal = trial.tried[backtest.NAMES.index("seasonal"), 4:-1, 0, 0]
    assert wrong < np.abs(seasonal - trial.came[4:-1, 0, 0]).sum() / 3


def test_until_enough_has_come_the_baseline_stands():
    trial = backtest.rolling(past(years(4, 1.2)), 3)
    first = [backtest.NAMES[trial.chosen[place, 0]] for place in range(2)]
    assert first == ["seasonal", "seasonal"]


def test_a_short_history_is_judged_too_and_by_plain_methods_only():
    trial = backtest.rolling(past([100 + 10 * month for month in range(14)]), 2)
    assert trial.method(0) == "drift"
    assert backtest.rolling(past([7]), 2).told[-1].tolist() == [[7, 7]]


def noisy(count: int, spread: float, seed: int) -> list[int]:
    """A season with growth and luck."""
    luck = np.random.default_rng(seed).normal(0, spread, count * 12)
    return [round(value * float(np.exp(error))) for value, error in zip(years(count, 1.1), luck, strict=True)]


def test_intervals_hold_about_what_they_claim():
    """Over fifty series of luck alone, a month ahead: 80 % claimed."""
    trial = backtest.rolling(past(*(noisy(6, 0.08, seed) for seed in range(50))), 1)
    counts = [trial.coverage(series, 1) for series in range(50)]
    share = sum(hits for hits, _ in counts) / sum(cases for _, cases in counts)
    assert sum(cases for _, cases in counts) > 500
    assert 0.74 <= share <= 0.88, share


def test_too_few_errors_draw_no_interval():
    assert backtest.rolling(past(years(2)), 1).width(0, 1) is None
    assert backtest.rolling(past(years(4, 1.1)), 1).width(0, 1) is not None


# --- parts that add up ------------------------------------------------------------------------------------------------


KEYS = ("product_group", "channel", "region")
CELLS = [("Fans", "Web", "North"), ("Fans", "Shops", "South"), ("Pots", "Web", "South")]


def monthly(rows: list[list[int]], cells: list[tuple] = CELLS) -> pl.DataFrame:
    found = [
        {"month_on": add_months(START, month), **dict(zip(KEYS, cell, strict=True)), "net_amount": amount}
        for cell, row in zip(cells, rows, strict=True)
        for month, amount in enumerate(row)
    ]
    return pl.DataFrame(found, schema={"month_on": pl.Date, **dict.fromkeys(KEYS, pl.String), "net_amount": pl.Int64})


@given(
    st.lists(st.lists(st.integers(0, 10**10), min_size=26, max_size=26), min_size=3, max_size=3),
    st.sampled_from([0, 1, 13]),
)
@settings(max_examples=25, deadline=None)
def test_every_cut_of_every_month_sums_to_the_total(rows, short):
    table = monthly([row[short:] for row in rows])
    ahead = forecast.project(table, "net_revenue", add_months(START, 26 - short), by=KEYS, horizon=3)
    whole = ahead.rows()
    for month in ahead.months:
        mine = whole.filter(month_on=month)
        sums = dict(mine.group_by("level").agg(pl.col("forecast").sum()).iter_rows())
        assert len(set(sums.values())) == 1, sums
        assert set(sums) == {"total", "cell", *KEYS}


def test_the_order_of_rows_changes_nothing():
    table = monthly([years(3, 1.1), years(3, 0.9), years(3)])
    one, other = (forecast.project(rows, "net_revenue", add_months(START, 36), by=KEYS)
                  for rows in (table, table.reverse()))  # fmt: skip
    assert one.rows().equals(other.rows())


def test_what_lies_at_or_after_the_end_is_not_known():
    table = monthly([years(3, 1.1), years(3, 0.9), years(3)])
    end = add_months(START, 30)
    one = forecast.project(table, "net_revenue", end, by=KEYS)
    other = forecast.project(table.filter(pl.col("month_on") < end), "net_revenue", D(2024, 7, 19), by=KEYS)
    assert one.months[0] == end
    assert one.rows().equals(other.rows())
    assert forecast.project(table, "net_revenue", START) is None


def test_a_month_without_a_row_is_nothing_sold():
    rows = monthly([[5] * 30, [5] * 30, [5] * 30]).filter(
        (pl.col("channel") != "Shops") | (pl.col("month_on") < D(2024, 1, 1))
    )
    ahead = forecast.project(rows, "net_revenue", add_months(START, 30), by=KEYS, horizon=1)
    assert ahead.known(ahead.node("channel", "Shops"), 29) == 0


def test_an_interval_of_months_together_is_narrower_than_its_parts_side_by_side():
    row = noisy(6, 0.08, 1)
    ahead = forecast.project(monthly([row], CELLS[:1]), "net_revenue", add_months(START, 72), by=KEYS)
    low, high = ahead.interval(0, [0, 1, 2])
    parts = [ahead.interval(0, [lead]) for lead in range(3)]
    assert high - low < sum(part[1] for part in parts) - sum(part[0] for part in parts)


def test_accuracy_tells_how_the_shown_numbers_would_have_fared():
    ahead = forecast.project(monthly([noisy(5, 0.05, 2)], CELLS[:1]), "net_revenue", add_months(START, 60), by=KEYS)
    row = outlook.accuracy(ahead, 1)
    trial = ahead.trial
    told, came = trial.told[:-1, 0, 0], trial.came[:-1, 0, 0]
    assert row["months"] == len(trial.origins) - 1
    assert row["wape"] == pytest.approx(np.abs(told - came).sum() / came.sum(), rel=1e-3)
    assert row["wape"] < row["naive_wape"]
    assert (row["level"], row["origin"], row["judged"] > 0) == ("total", "backtest", True)


def test_half_a_year_in_no_season_is_told():
    ahead = forecast.project(monthly([[10] * 7], CELLS[:1]), "net_revenue", add_months(START, 7), by=KEYS)
    assert (ahead.has_season, ENOUGH) == (False, 24)
    assert {ahead.trial.method(node) for node in range(len(ahead.nodes))} <= {"naive", "drift"}


# --- the company's own months -----------------------------------------------------------------------------------------


def shop(months: int, as_of: date, per_month: int = 300, first: date = START):
    """One order on the first day of each month."""
    days = [add_months(first, month) for month in range(months)]
    orders = [order(f"o{n}", day if n else first) for n, day in enumerate(days)]
    return world(as_of, orders=orders, order_lines=[line(f"o{n}", per_month) for n in range(months)])


def test_a_first_month_that_begins_late_is_no_month():
    early, late = (shop(30, D(2024, 6, 30), first=day) for day in (D(2022, 1, 3), D(2022, 1, 4)))
    assert outlook.whole_months(early)["month_on"].min() == START
    assert outlook.whole_months(late)["month_on"].min() == D(2022, 2, 1)


def test_the_year_ends_with_what_came_and_what_is_to_come():
    facts = shop(34, D(2024, 10, 31))
    ahead = forecast.net_revenue(facts, D(2024, 11, 1))
    end = forecast.year_end(facts, spans("2024-10"), ahead, plan=4000)
    assert (end["actual"], end["to_come"], end["forecast"], end["months"]) == (3000, 600, 3600, 2)
    assert (end["low"], end["high"], end["plan"], end["previous_year"]) == (3600, 3600, 4000, 3600)


def test_of_a_running_month_only_the_rest_is_to_come():
    facts = shop(34, D(2024, 10, 15))
    ahead = forecast.net_revenue(facts, D(2024, 10, 16))
    end = forecast.year_end(facts, spans("2024-10", D(2024, 10, 15)), ahead, left=(16, 31))
    assert (end["actual"], end["to_come"]) == (3000, 155 + 600)


def test_a_year_that_is_over_has_nothing_to_come():
    facts = shop(36, D(2024, 12, 31))
    end = forecast.year_end(facts, spans("2024-12"), forecast.net_revenue(facts, D(2025, 1, 1)))
    assert (end["months"], end["to_come"], end["forecast"], end["low"]) == (0, 0, 3600, None)


def test_nothing_sold_has_no_outlook():
    assert forecast.net_revenue(world(D(2024, 12, 31)), D(2025, 1, 1)) is None
