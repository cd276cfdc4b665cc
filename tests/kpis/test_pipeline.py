"""What the open pipeline is worth and what happened to it: worked examples, identities, both sides of each bound."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis import pipeline
from revops.kpis.pipeline import stages
from revops.money import round_ratio

from .deals import APR, JAN, MAR, STAGES, deal, deals, history, visit
from .small import D

FEB28, MAR31 = D(2026, 2, 28), D(2026, 3, 31)


def stood_of(rows, seen=()):
    return stages.stays(history(*seen), rows, STAGES, APR)


def past(stage, won, lost):
    """Closed deals that came no further than the stage, or were won from it."""
    fates = [True] * won + [False] * lost
    made = [deal(f"{stage}-{i}", won=fate, close=D(2026, 2, 1), created=JAN) for i, fate in enumerate(fates)]
    return made, [visit(row["opportunity_id"], stage, JAN) for row in made]


def test_100_at_10_percent_200_at_50_and_50_at_90_are_worth_155():
    open_ = [
        deal(f"o{i}", amount=amount, stage=stage, probability=probability)
        for i, (amount, stage, probability) in enumerate(
            [(100, "Qualified", 100_000_000), (200, "Demo", 500_000_000), (50, "Offer", 900_000_000)]
        )
    ]
    rates = pl.DataFrame({"stage": ["Qualified", "Demo", "Offer"], "closed": [10, 10, 10], "won": [1, 5, 9]})
    fates = [("Qualified", 1, 9), ("Demo", 5, 5), ("Offer", 9, 1)]
    stood = pl.DataFrame(
        [(s, D(2026, 2, 1), i < won) for s, won, lost in fates for i in range(won + lost)],
        schema=["stage", "closed_on", "is_won"],
        orient="row",
    )
    assert pipeline.stage_rates(stood, APR).sort("won").equals(rates.cast({"won": pl.Int64}))
    found = pipeline.weighted(deals(*open_), stood, APR)
    assert found["weighted_amount"].to_list() == [10, 100, 45]
    assert (found["weighted_amount"].sum(), found["crm_amount"].sum()) == (155, 155)


def test_the_own_rate_of_a_stage_counts_all_that_came_to_it_or_passed_it():
    made, seen = past("Offer", 3, 1)
    early, first = past("Qualified", 1, 3)
    rates = pipeline.stage_rates(stood_of(deals(*made, *early), seen + first), APR)
    assert {row[0]: row[1:] for row in rates.rows()} == {
        "Qualified": (8, 4), "Demo": (5, 4), "Offer": (5, 4), "Contract": (4, 4),
    }  # fmt: skip


@pytest.mark.parametrize(("before", "closed"), [(D(2026, 2, 1), 0), (D(2026, 2, 2), 4)])
def test_only_what_had_closed_by_then_is_known(before, closed):
    made, seen = past("Offer", 3, 1)
    rates = pipeline.stage_rates(stood_of(deals(*made), seen), before)
    assert int(rates["closed"].max() or 0) == closed


def test_without_a_closed_deal_or_a_probability_a_deal_has_no_worth_rather_than_0():
    found = pipeline.weighted(deals(deal("o")), stood_of(deals(deal("o"))), APR)
    assert found.select("amount", "share", "weighted_amount", "crm_amount").row(0) == (100, None, None, None)


def test_closed_deals_are_not_in_the_pipeline_whatever_the_forecast_category_says():
    rows = deals(deal("o", forecast_category="Omitted"), deal("w", won=True), deal("l", won=False))
    assert pipeline.weighted(rows, stood_of(rows), APR)["opportunity_id"].to_list() == ["o"]


@given(st.lists(st.none() | st.tuples(st.integers(0, 10**12), st.integers(1, 9)), max_size=12))
def test_parts_sum_to_the_exact_sum_rounded_once(pairs):
    parts = [None if pair is None else Fraction(*pair) for pair in pairs]
    exact = sum((part for part in parts if part is not None), Fraction(0))
    found = pipeline.whole(parts)
    assert sum(part for part in found if part is not None) == round_ratio(exact.numerator, exact.denominator)
    assert [part is None for part in found] == [part is None for part in parts]
    assert all(abs(a - b) < 1 for a, b in zip(found, parts, strict=True) if a is not None and b is not None)


def test_calibration_counts_each_deal_once_by_the_first_export_that_shows_it_open():
    made, seen = past("Offer", 1, 3)
    known = [row | {"snapshot_on": day} for row in made for day in (FEB28, D(2026, 3, 15), MAR31)]
    open_ = [
        deal("a", stage="Offer", snapshot=FEB28, probability=500_000_000, amount=400),
        deal("a", stage="Contract", snapshot=D(2026, 3, 15), probability=900_000_000, amount=400),
        deal("a", won=True, close=D(2026, 3, 20), snapshot=MAR31, amount=500),
        deal("b", stage="Offer", snapshot=D(2026, 3, 15), probability=500_000_000),
        deal("b", won=False, close=D(2026, 3, 20), snapshot=MAR31),
        deal("c", stage="Offer", snapshot=D(2026, 3, 15), probability=500_000_000),
        deal("c", stage="Offer", snapshot=MAR31),
    ]
    rows = deals(*known, *open_)
    stood = stood_of(rows.filter(pl.col("snapshot_on") == MAR31), seen)
    found = pipeline.calibration(rows, stood, APR)
    columns = ("basis", "low", "deals", "expected", "won", "expected_amount", "won_amount", "open")
    assert found.select(columns).rows() == [
        ("crm", 0.4, 2, 1.0, 1, 250, 400, 1),
        ("own", 0.2, 2, 0.5, 1, 125, 400, 1),
    ]


@pytest.mark.parametrize(("chance", "low"), [(0, 0.0), (199_999_999, 0.0), (200_000_000, 0.2), (1_000_000_000, 0.8)])
def test_a_fifth_begins_with_its_lower_bound(chance, low):
    rows = deals(deal("a", snapshot=FEB28, probability=chance), deal("a", won=True, snapshot=MAR31))
    assert pipeline.calibration(rows, stood_of(rows.tail(1)), APR)["low"].to_list() == [low]


def test_one_export_alone_calibrates_nothing():
    rows = deals(deal("a", probability=1))
    assert pipeline.calibration(rows, stood_of(rows), APR).is_empty()


def test_velocity_50_deals_at_25_percent_of_12_000_in_45_days_are_3_333_a_day():
    assert pipeline.velocity(50, 25, 100, 25 * 12_000, 45).value == 3_333
    assert pipeline.velocity(50, 25, 100, 25 * 12_000, 44.5).value == 3_371


@pytest.mark.parametrize(("won", "days"), [(0, 45.0), (5, None), (5, 0)], ids=["no win", "no cycle", "0 days"])
def test_velocity_without_a_win_or_a_day_is_undefined(won, days):
    assert pipeline.velocity(50, won, 10, 0, days).reason == "no_cases"


@pytest.mark.parametrize(
    ("won", "value", "reason"),
    [(200, 3.0, None), (499, 900.0, None), (500, None, "target_met"), (600, None, "target_met")],
)
def test_coverage_is_open_pipeline_to_what_is_left_of_the_quota(won, value, reason):
    found = pipeline.coverage(900, 500, won)
    assert (found.value, found.reason) == (value, reason)


def side(snapshot, *rows):
    return [row | {"snapshot_on": snapshot} for row in rows]


MOVES = {
    "created": ([], [deal("d", amount=70)], {"created": 70}),
    "created and won": ([], [deal("d", won=True, amount=70)], {"created": 70, "won": -70}),
    "created and lost": ([], [deal("d", won=False, amount=70)], {"created": 70, "lost": -70}),
    "more": ([deal("d")], [deal("d", amount=130)], {"more": 30}),
    "less": ([deal("d")], [deal("d", amount=80)], {"less": -20}),
    "won for more": ([deal("d")], [deal("d", won=True, amount=130)], {"more": 30, "won": -130}),
    "lost": ([deal("d")], [deal("d", won=False)], {"lost": -100}),
    "pushed out": ([deal("d")], [deal("d", close=APR)], {"pushed_out": -100}),
    "pushed out and cut": ([deal("d")], [deal("d", close=APR, amount=80)], {"less": -20, "pushed_out": -80}),
    "pulled in": ([deal("d", close=APR)], [deal("d")], {"pulled_in": 100}),
    "pulled in and won": ([deal("d", close=APR)], [deal("d", won=True)], {"pulled_in": 100, "won": -100}),
    "pulled in for less": ([deal("d", close=APR)], [deal("d", amount=80)], {"pulled_in": 100, "less": -20}),
    "reopened": ([deal("d", won=False)], [deal("d")], {"reopened": 100}),
    "gone": ([deal("d")], [], {"gone": -100}),
    "later all the time": ([deal("d", close=APR)], [deal("d", close=D(2026, 5, 1))], {}),
    "later and closed later": ([deal("d", close=APR)], [], {}),
    "without a date": ([deal("d", close=None)], [deal("d")], {"pulled_in": 100}),
    "without an amount": ([deal("d", amount=None)], [deal("d", amount=50)], {"more": 50}),
    "closed before": ([deal("d", won=True)], [deal("d", won=True)], {}),
    "as it was": ([deal("d")], [deal("d")], {}),
}


@pytest.mark.parametrize("name", MOVES)
def test_movements_of_the_pipeline_due_by_the_end_of_march(name):
    old, new, expected = MOVES[name]
    rows = deals(*side(FEB28, *old, deal("x")), *side(MAR31, *new, deal("x")))
    found = pipeline.waterfall(rows, MAR, APR, due_before=APR)
    assert {move: found[move] for move in pipeline.MOVES if found[move]} == expected
    assert {move for move in pipeline.MOVES if found[f"{move}_deals"]} == set(expected)
    assert found["opening"] + sum(found[move] for move in pipeline.MOVES) == found["closing"]


STATE = st.none() | st.tuples(
    st.sampled_from([None, True, False]), st.sampled_from([MAR, MAR31, APR, None]), st.none() | st.integers(0, 900)
)


@given(st.lists(st.tuples(STATE, STATE), max_size=8), st.sampled_from([None, APR]))
def test_opening_and_movements_are_the_closing_whatever_happens(states, due_before):
    rows = [
        deal(f"d{i}", won=state[0], close=state[1], amount=state[2], snapshot=day)
        for i, pair in enumerate(states)
        for state, day in zip(pair, (FEB28, MAR31), strict=True)
        if state is not None
    ]
    rows += [deal("x", snapshot=day) for day in (FEB28, MAR31)]
    found = pipeline.waterfall(deals(*rows), MAR, APR, due_before)
    assert found["opening"] + sum(found[move] for move in pipeline.MOVES) == found["closing"]
    assert due_before or found["pulled_in"] == found["pushed_out"] == 0


@pytest.mark.parametrize("days", [[], [FEB28], [MAR31], [FEB28, APR]], ids=["none", "before", "after", "too late"])
def test_without_two_exports_nothing_is_said(days):
    assert pipeline.waterfall(deals(*[deal("d", snapshot=day) for day in days]), MAR, APR) is None


def test_an_export_of_the_periods_first_day_belongs_to_the_period():
    rows = deals(deal("d", snapshot=FEB28), deal("d", snapshot=MAR, amount=150))
    found = pipeline.waterfall(rows, MAR, APR)
    assert (found["opened_on"], found["closed_on"], found["more"]) == (FEB28, MAR, 50)


def test_pushes_count_each_export_that_shows_a_later_date():
    dates = [D(2026, 3, 1), D(2026, 3, 20), D(2026, 3, 10), D(2026, 4, 9)]
    exports = [D(2026, 1, 31), FEB28, D(2026, 3, 15), MAR31]
    rows = [deal("d", close=close, snapshot=day) for close, day in zip(dates, exports, strict=True)]
    rows += [deal("w", won=True, snapshot=MAR31), deal("still", snapshot=MAR31), deal("gone", snapshot=FEB28)]
    found = pipeline.pushes(deals(*rows), APR)
    assert found.select("opportunity_id", "pushes", "days").rows() == [("d", 2, 39), ("still", 0, 0)]
