"""Leads, win rate, stalls, cycle, slippage: worked examples and both sides of each bound."""

import polars as pl
import pytest

from revops.kpis.pipeline import funnel

from .deals import APR, JUL, JUN, MAR, STAGES, deal, deals
from .small import D, table


def test_win_rate_by_count_40_and_by_amount_60_percent():
    rows = [deal(f"w{i}", won=True, amount=225) for i in range(4)] + [
        deal(f"l{i}", won=False, amount=100) for i in range(6)
    ]
    count, amount = funnel.win_rate(deals(*rows, deal("open")), MAR, APR)
    assert (count.value, amount.value) == (0.4, 0.6)


@pytest.mark.parametrize("close", [D(2026, 2, 28), APR])
def test_deals_closed_outside_the_period_do_not_count_and_nothing_closed_is_undefined(close):
    count, amount = funnel.win_rate(deals(deal("w", won=True, close=close), deal("open")), MAR, APR)
    assert (count.value, count.reason, amount.value) == (None, "no_cases", None)


@pytest.mark.parametrize(("day", "won"), [(D(2026, 4, 1), 12), (D(2026, 4, 2), 0)], ids=["day 90", "day 91"])
def test_lead_conversion_is_a_cohort_with_a_window(day, won):
    leads = [
        {"lead_id": str(i), "created_on": D(2026, 1, 1), "opportunity_id": f"d{i}" if i < 12 else None}
        for i in range(100)
    ]
    rows = deals(*[deal(f"d{i}", won=True, close=day) for i in range(12)], deal("d99", won=True))
    outcomes = funnel.lead_outcomes(table("leads", leads), rows, 90)
    assert outcomes.rows() == [(D(2026, 1, 1), 100, won)]
    month, value = funnel.lead_conversion(outcomes, JUL, 90)
    assert (month, value.value) == (D(2026, 1, 1), won / 100)


@pytest.mark.parametrize(("end", "mature"), [(D(2026, 5, 2), True), (D(2026, 5, 1), False)])
def test_a_cohort_is_judged_once_its_window_has_passed(end, mature):
    outcomes = pl.DataFrame({"month_on": [D(2026, 1, 1)], "leads": [10], "won": [1]})
    row = funnel.lead_cohorts(outcomes, end, 90).filter(pl.col("leads") > 0).row(0, named=True)
    assert row["is_mature"] is mature
    assert (funnel.lead_conversion(outcomes, end, 90)[1].reason is None) is mature


@pytest.mark.parametrize(
    ("entered", "late"), [(D(2026, 6, 18), False), (D(2026, 6, 17), True)], ids=["at the line", "beyond"]
)
def test_a_deal_is_stalled_beyond_the_75th_percentile_of_those_that_moved_on(entered, late):
    moved = [
        {"opportunity_id": f"m{i}", "stage": "Offer", "entered_on": MAR, "left_on": D(2026, 3, 1 + n)}
        for i, n in enumerate([4, 8, 12, 16])
    ] + [
        {"opportunity_id": f"m{i}", "stage": "Contract", "entered_on": D(2026, 3, 20), "left_on": D(2026, 3, 25)}
        for i in range(4)
    ]
    history = [*moved, {"opportunity_id": "now", "stage": "Offer", "entered_on": entered}]
    rows = deals(*[deal(f"m{i}", won=False, stage="Closed") for i in range(4)], deal("now", stage="Offer"))
    found = funnel.stalled(funnel.visits(table("opportunity_stage_history", history), rows), rows, STAGES, JUL)
    assert (found.height == 1) is late
    if late:
        assert found.select("age_days", "line_days", "line_visits").row(0) == (13, 12.0, 4)


def test_sales_cycle_of_won_deals_and_a_negative_one_is_left_out():
    rows = deals(
        deal("a", won=True, created=D(2026, 2, 28)),
        deal("b", won=True, created=D(2026, 1, 9)),
        deal("c", won=False, created=D(2025, 1, 1)),
        deal("d", won=True, created=D(2026, 3, 11)),
    )
    assert funnel.sales_cycle(rows, MAR, APR) == {"median": 35.0, "mean": 35.0, "deals": 2, "left_out": 1}
    assert funnel.sales_cycle(rows, MAR, APR, won=False)["median"] == 433.0


def test_slippage_between_two_exports():
    before, after = D(2026, 2, 28), D(2026, 3, 31)
    rows = deals(
        deal("kept", close=D(2026, 3, 31), snapshot=before),
        deal("kept", close=D(2026, 3, 31), snapshot=after),
        deal("late", close=D(2026, 3, 20), amount=300, snapshot=before),
        deal("late", close=APR, amount=300, snapshot=after),
        deal("won", close=D(2026, 3, 20), snapshot=before),
        deal("won", won=True, close=D(2026, 3, 9), snapshot=after),
        deal("later", close=APR, snapshot=before),
        deal("later", close=JUN, snapshot=after),
    )
    found = funnel.slippage(rows, MAR, APR)
    assert found["reason"] is None
    assert (found["due"], found["slipped"], found["due_amount"], found["slipped_amount"]) == (3, 1, 500, 300)
    assert funnel.slippage(rows.filter(pl.col("snapshot_on") == after), MAR, APR)["reason"] == "no_history"
    assert funnel.slippage(rows.clear(), MAR, APR)["reason"] == "no_source"


@pytest.mark.parametrize(
    ("end", "day"), [(APR, D(2026, 3, 31)), (D(2026, 3, 31), D(2026, 2, 28)), (D(2025, 1, 1), D(2026, 2, 28))]
)
def test_the_pipeline_of_a_day_is_the_last_export_before_it(end, day):
    rows = deals(deal("a", snapshot=D(2026, 2, 28)), deal("a", snapshot=D(2026, 3, 31)))
    assert funnel.last_snapshot(rows, end)["snapshot_on"].to_list() == [day]
