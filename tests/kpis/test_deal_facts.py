"""Metrics of the pipeline by the catalogue: worked examples, what is not known, sums over dimensions."""

import pytest

from revops.kpis import compare, counting

from .deals import STAGES, deal, visit
from .small import D, company, spans, world

JAN = (D(2026, 1, 1), D(2026, 2, 1))
MAR, APR = (D(2026, 3, 1), D(2026, 4, 1)), (D(2026, 4, 1), D(2026, 5, 1))
AS_OF = D(2026, 6, 30)
SETTINGS = company(funnel={"stages": STAGES, "lead_window_days": 90})


def value(key, span, as_of=AS_OF, **found):
    row = counting.measure(world(as_of, SETTINGS, **found), [key], [span]).row(0, named=True)
    return row["value"] if row["reason"] is None else row["reason"]


def leads(count, won):
    return [
        {"lead_id": str(i), "created_on": D(2026, 1, 9), "opportunity_id": f"d{i}" if i < won else None}
        for i in range(count)
    ]


def test_of_100_leads_of_january_12_won_within_90_days_are_12_percent():
    deals = [deal(f"d{i}", won=True, close=D(2026, 4, 9 if i < 12 else 10)) for i in range(15)]
    assert value("lead_conversion", JAN, leads=leads(100, 15), opportunities=deals) == 0.12


@pytest.mark.parametrize(("as_of", "expected"), [(D(2026, 4, 30), "not_mature"), (D(2026, 5, 1), 0.5)])
def test_a_cohort_of_leads_is_judged_once_its_window_has_passed(as_of, expected):
    found = {"leads": leads(2, 1), "opportunities": [deal("d0", won=True, close=D(2026, 2, 9))]}
    assert value("lead_conversion", JAN, as_of, **found) == expected


CLOSED = [deal(f"w{i}", won=True, amount=225) for i in range(4)] + [deal(f"l{i}", won=False) for i in range(6)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [("win_rate", 0.4), ("win_rate_amount", 0.6), ("won_deals", 4), ("won_amount", 900), ("lost_amount", 600),
     ("deal_size", 225), ("sales_cycle", 64.0), ("deals_created", "no_history")],
)  # fmt: skip
def test_4_of_10_deals_and_900_of_1_500_are_won(key, expected):
    assert value(key, MAR if key != "deals_created" else (D(2025, 12, 1), JAN[0]), opportunities=CLOSED) == expected


@pytest.mark.parametrize("key", ["deal_size", "sales_cycle", "slippage"])
def test_where_nothing_closed_or_was_due_a_ratio_is_undefined_never_0(key):
    later = [deal("o", close=D(2026, 9, 1), snapshot=day) for day in (D(2026, 3, 31), D(2026, 4, 30))]
    assert value(key, APR, opportunities=later) == "no_cases"


def test_a_deal_that_closed_before_it_was_created_has_no_cycle():
    rows = [deal("a", won=True), deal("b", won=True, created=D(2026, 3, 11))]
    assert value("sales_cycle", MAR, opportunities=rows) == 64.0


@pytest.mark.parametrize("key", ["win_rate", "stage_conversion", "open_pipeline"])
def test_after_the_last_export_nothing_is_known(key):
    seen = [visit("w0", "Offer", D(2026, 3, 2))]
    found = {"opportunities": CLOSED, "opportunity_stage_history": seen}
    assert value(key, APR, **found) == "no_export"


def test_the_open_pipeline_is_that_of_the_last_export_of_the_period_and_adds_up_over_stages():
    rows = [deal(f"{d}{i}", stage=STAGES[i], amount=10 * i, snapshot=D(2026, 3, d)) for d in (9, 31) for i in range(3)]
    facts = world(D(2026, 6, 30), SETTINGS, opportunities=rows)
    assert value("open_pipeline", MAR, opportunities=rows) == 30
    parts = counting.measure(facts, ["open_pipeline"], [MAR], by=["stage"])
    assert dict(parts.select("stage", "value").rows()) == {"Qualified": 0, "Demo": 10, "Offer": 20}


def test_slippage_is_deals_pushed_out_to_deals_due():
    before, after = D(2026, 2, 28), D(2026, 3, 31)
    rows = [deal(f"d{i}", snapshot=before) for i in range(4)]
    rows += [deal("d0", close=APR[0], snapshot=after), deal("d1", won=True, snapshot=after)]
    rows += [deal("d2", snapshot=after), deal("d3", won=False, snapshot=after)]
    assert value("slippage", MAR, opportunities=rows) == 0.25
    assert value("slippage", MAR, opportunities=rows[4:]) == "no_history"


def test_stage_conversion_by_stage_leaves_open_deals_out():
    deals = [deal("w", won=True, created=MAR[0]), deal("l", won=False, created=MAR[0]), deal("o", created=MAR[0])]
    seen = [visit(name, "Qualified", MAR[0]) for name in "wlo"]
    facts = world(D(2026, 3, 31), SETTINGS, opportunities=deals, opportunity_stage_history=seen)
    rows = counting.measure(facts, ["stage_conversion"], [MAR], by=["stage"])
    assert dict(rows.select("stage", "value").rows())["Qualified"] == 0.5


@pytest.mark.parametrize(
    ("as_of", "left_on", "end"),
    [(D(2026, 4, 10), None, APR[0]), (D(2026, 4, 30), D(2026, 4, 5), D(2026, 5, 1))],
    ids=["before the next export", "with it"],
)
def test_stages_end_with_the_export_that_the_deals_come_from(as_of, left_on, end):
    """A move of 5 April is known by the export of April alone, in which the deal is closed."""
    moved = [visit("d", "Offer", D(2026, 3, 20), D(2026, 4, 5)), visit("d", "Contract", D(2026, 4, 5), D(2026, 4, 9))]
    rows = [deal("d", close=D(2026, 4, 30)), deal("d", won=True, close=D(2026, 4, 9), snapshot=D(2026, 4, 30))]
    facts = world(as_of, opportunities=rows, opportunity_stage_history=moved)
    assert facts.stages.filter(stage="Offer")["left_on"].to_list() == [left_on]
    assert compare.deal_span(facts, spans("2026-04", as_of))[1] == end
