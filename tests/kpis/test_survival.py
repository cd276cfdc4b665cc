"""How long things last, the running ones among them: worked examples and what must always hold."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import survival

LIVES = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60)


def seen(ended=(), running=()):
    rows = [(days, 1, 0) for days in ended] + [(days, 0, 1) for days in running]
    return pl.DataFrame(rows, schema={"days": pl.Int64, "ended": pl.Int64, "running": pl.Int64}, orient="row")


@pytest.mark.parametrize(
    ("ended", "running", "median", "p90"),
    [
        ([10], [], 10, 10),
        ([10, 20], [], 10, 20),
        (range(1, 11), [], 5, 9),
        ([10, 20], [30, 30], 20, None),
        ([10, 20], [30, 30, 30], None, None),
        ([10, 20, 30], [1, 1, 1], 20, 30),
        ([], [5], None, None),
        ([0, 0], [], 0, 0),
    ],
    ids=["one", "half is the first", "ten", "half have ended", "less than half", "young ones say nothing", "none", "0"],
)
def test_median_and_p90(ended, running, median, p90):
    lives = survival.curve(seen(ended, running))
    assert (survival.lasting(lives, 0.5), survival.lasting(lives, 0.9)) == (median, p90)


def test_the_published_leukaemia_trial_of_freireich_1963():
    """21 patients on 6-MP: 9 relapses, 12 censored; the textbook curve (.857, .807, …, .448), median 23 weeks."""
    lives = survival.curve(seen([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]))
    assert lives["at_risk"].to_list() == [21, 17, 15, 12, 11, 7, 6]
    assert [round(share, 3) for share in lives["kept"]] == [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]
    assert survival.lasting(lives, 0.5) == 23


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.sampled_from([0.5, 0.75, 0.9]))
def test_without_running_ones_it_is_the_nearest_rank(days, share):
    rank = sorted(days)[max(0, math.ceil(share * len(days)) - 1)]
    assert survival.lasting(survival.curve(seen(days)), share) == rank


@given(LIVES)
def test_the_curve_falls_and_leaving_out_what_runs_never_makes_it_longer(lives):
    ended = [days for days, has_ended in lives if has_ended]
    whole = survival.curve(seen(ended, [days for days, has_ended in lives if not has_ended]))
    assert whole["kept"].is_sorted(descending=True)
    assert whole["ended"].sum() == len(ended)
    if ended:
        naive, honest = (survival.lasting(c, 0.5) for c in (survival.curve(seen(ended)), whole))
        assert honest is None or honest >= naive


@given(LIVES)
def test_counts_and_rows_say_the_same_in_any_order(lives):
    rows = seen([d for d, e in lives if e], [d for d, e in lives if not e])
    counted = rows.group_by("days").agg(pl.col("ended", "running").sum())
    assert survival.curve(rows.reverse()).equals(survival.curve(counted))
