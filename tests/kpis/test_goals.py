"""SMART targets: absolute and relative, at any grain; attainment, pace, projected end, status, luck."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from revops.company import Goal
from revops.kpis.targets import goals
from revops.kpis.targets.pace import elapsed, pace, working
from revops.kpis.targets.standing import standing, status
from revops.problems import InputError

from .small import D, company, line, order, spans, table, world

OCT, TODAY = D(2026, 10, 1), D(2026, 10, 31)


def facts_with(*declared, as_of=TODAY, sold=(), targets=(), **more):
    """Facts of a company with these targets and the orders `sold` as (day, net, more of the order)."""
    return world(
        as_of,
        company(targets=[{"name": "Promise", "metric": "net_revenue", "period": "2026-10"} | one for one in declared]),
        orders=[order(str(i), day, **kw) for i, (day, _, kw) in enumerate(sold)],
        order_lines=[line(str(i), net) for i, (_, net, _) in enumerate(sold)],
        targets=table("targets", list(targets)),
        **more,
    )


def only(facts, period="2026-10", as_of=None):
    found = standing(facts, spans(period, as_of or facts.end - timedelta(days=1)))
    assert found.height == 1
    return found.row(0, named=True)


def every_day(first, last, net):
    return [(first + timedelta(days=i), net, {}) for i in range((last - first).days + 1)]


# --- how much is promised --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "declared", "sold", "target", "base"),
    [
        ("500 million online in July", {"period": "2026-07", "amount": "500,000,000"}, [], 500_000_000, None),
        ("+20 % in Q3 against Q2", {"period": "2026-Q3", "growth": "20%", "against": "2026-Q2"},
         [(D(2026, 4, 1), 300, {}), (D(2026, 6, 30), 115, {}), (D(2026, 7, 1), 1, {})], 498, 415),
        ("against a year before where no period is named", {"growth": "10%"}, [(D(2025, 10, 5), 1000, {})], 1100, 1000),
        ("less on purpose", {"growth": "-10%"}, [(D(2025, 10, 5), 1000, {})], 900, 1000),
        ("rounded once, half away from zero", {"growth": "50%"}, [(D(2025, 10, 5), 5, {})], 8, 5),
        ("in one channel only", {"growth": "10%", "where": {"channel": "Web"}},
         [(D(2025, 10, 5), 1000, {}), (D(2025, 10, 6), 9000, {"channel": "Shops"})], 1100, 1000),
        ("of one person", {"growth": "10%", "where": {"person_id": "NV-1"}},
         [(D(2025, 10, 5), 200, {"person_id": "NV-1"}), (D(2025, 10, 6), 900, {"person_id": "NV-2"})], 220, 200),
        ("over a range of months", {"period": "2026-09..2026-10", "growth": "0%", "against": "2026-07..2026-08"},
         [(D(2026, 7, 31), 40, {}), (D(2026, 8, 31), 2, {})], 42, 42),
    ],
)  # fmt: skip
def test_a_target_is_a_number_or_a_growth_of_an_exact_actual(why, declared, sold, target, base):
    made = goals.declared_targets(facts_with(declared, sold=[(D(2024, 1, 2), 1, {}), *sold]))[0]
    assert (made.amount, made.base, made.reason) == (target, base, None), why


@pytest.mark.parametrize(
    ("why", "declared", "reason"),
    [
        ("nothing is known of the base", {"growth": "20%", "against": "2023-Q2"}, "no_base"),
        ("the base is 0", {"growth": "20%", "against": "2026-08"}, "base_zero"),
        ("the base still runs", {"period": "2026-Q4", "growth": "20%", "against": "2026-10"}, "base_runs"),
        ("the metric has no source", {"metric": "win_rate", "growth": "20%"}, "no_base"),
    ],
)
def test_a_relative_target_without_a_base_is_undefined_and_says_why(why, declared, reason):
    facts = facts_with(declared, sold=[(D(2024, 1, 2), 1, {}), (OCT, 5, {})], as_of=D(2026, 10, 15))
    row = only(facts)
    assert (row["target"], row["attainment"], row["status"], row["reason"]) == (None, None, None, reason), why


@pytest.mark.parametrize(
    ("text", "unit", "decimals", "amount"),
    [("500_000_000", "money", 0, 500_000_000), ("12.50", "price", 2, 1250), (0.026, "share", 0, 26_000_000),
     ("2.6%", "share", 0, 26_000_000), ("3.5", "ratio", 0, 3_500_000_000), (40, "count", 2, 40)],
)  # fmt: skip
def test_an_amount_is_read_in_the_unit_of_its_metric(text, unit, decimals, amount):
    assert goals.units(text, unit, decimals) == amount


@pytest.mark.parametrize(("text", "unit"), [("1.5", "count"), ("12.345", "money"), ("many", "count")])
def test_an_amount_that_its_unit_cannot_hold_is_refused(text, unit):
    with pytest.raises(InputError, match=f"targets, X: found {text}, expected an amount that is a {unit}"):
        goals.units(text, unit, 2, "targets, X")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "one of amount and growth"),
        ({"amount": 5, "growth": "5%"}, "one of amount and growth"),
        ({"amount": 5, "against": "2026-Q2"}, "growth beside against"),
        ({"growth": "5%", "against": "last year"}, "a month 2026-10, a quarter 2026-Q4"),
        ({"growth": "a lot"}, "a lot"),
        ({"amount": 5, "period": "2026-13"}, "a month 2026-10, a quarter 2026-Q4"),
    ],
)
def test_a_target_that_does_not_say_how_much_until_when_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        Goal.model_validate({"name": "X", "metric": "net_revenue", "period": "2026-10"} | given)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"metric": "net_revenu", "amount": 5}, r"found net_revenu \(did you mean net_revenue\?\)"),
        ({"amount": 5, "where": {"chanel": "Web"}}, r"found chanel \(did you mean channel\?\)"),
    ],
)
def test_a_metric_or_a_place_that_does_not_exist_is_refused_with_the_nearest(declared, message):
    with pytest.raises(InputError, match=message):
        standing(facts_with(declared, sold=[(OCT, 5, {})]), spans("2026-10"))


# --- how it stands ---------------------------------------------------------------------------------------------------


def test_45_of_50_after_20_of_26_working_days_is_90_percent_and_a_pace_of_117():
    day = D(2026, 6, 23)  # June 2026 has 26 days but Sundays; 20 of them are gone
    facts = facts_with({"period": "2026-06", "amount": 50}, as_of=day, sold=[(D(2026, 6, 1), 45, {})])
    row = only(facts, "2026-06")
    assert (row["attainment"], row["elapsed"], row["rule"]) == (0.9, 20 / 26, "working_days")
    assert row["pace"] == pytest.approx(1.17) == pace(45, 50, (20, 26)).value
    assert row["projected"] == pytest.approx(58.5)
    assert (row["gap"], row["status"]) == (5, "ahead")
    assert row["needed"] == pytest.approx(5 / (50 * 6 / 26))


def test_the_season_of_last_year_sets_the_pace_where_it_is_known():
    past = [(D(2025, 10, day), 300 if day <= 10 else 100, {}) for day in range(1, 32)]  # 3,000 of 5,100 in ten days
    facts = facts_with({"amount": 10_200}, as_of=D(2026, 10, 10), sold=[*past, (D(2026, 10, 5), 6000, {})])
    row = only(facts)
    assert (row["rule"], row["elapsed"]) == ("own", 3000 / 5100)
    assert (row["status"], row["projected"]) == ("on", pytest.approx(10_200))


def test_a_place_that_sells_on_few_days_borrows_the_companys_season():
    past = every_day(D(2025, 10, 1), D(2025, 10, 31), 10)
    rare = [(D(2025, 10, 2), 500, {"channel": "Dealers"}), (D(2026, 10, 3), 700, {"channel": "Dealers"})]
    made = facts_with({"amount": 1000, "where": {"channel": "Dealers"}}, as_of=D(2026, 10, 15), sold=[*past, *rare])
    assert only(made)["rule"] == "company"


def test_february_goes_by_tet_not_by_the_date():
    past = [*every_day(D(2024, 12, 1), D(2025, 1, 28), 100), *every_day(D(2025, 1, 29), D(2025, 3, 31), 1)]
    facts = facts_with({"period": "2026-02", "amount": 1000}, as_of=D(2026, 2, 16), sold=past)
    come = elapsed(facts, "net_revenue", (D(2026, 2, 1), D(2026, 3, 1)), D(2026, 2, 17))
    assert (come.come, come.whole) == (16 * 100, 16 * 100 + 12)  # mùng 1 Tết is 17 February 2026


def test_elsewhere_february_goes_by_the_date_and_every_weekday_is_worked():
    past = [*every_day(D(2025, 1, 1), D(2025, 2, 14), 100), *every_day(D(2025, 2, 15), D(2025, 2, 28), 1)]
    facts = replace(facts_with(sold=past, as_of=D(2026, 2, 14)), company=company(time_zone="America/Los_Angeles"))
    come = elapsed(facts, "net_revenue", (D(2026, 2, 1), D(2026, 3, 1)), D(2026, 2, 15))
    assert (come.come, come.whole) == (14 * 100, 14 * 100 + 14)
    assert sum(working(facts, (D(2026, 9, 1), D(2026, 10, 1)))) == 26  # 2 September is a day like any other


def test_what_is_not_sold_goes_by_its_own_months():
    leads = [
        {"lead_id": f"{m}-{i}", "created_on": D(2025, m, 3)}
        for m, n in ((10, 30), (11, 20), (12, 10))
        for i in range(n)
    ]
    facts = facts_with({"metric": "leads", "period": "2026-Q4", "amount": 60}, leads=leads, sold=[(OCT, 1, {})])
    row = only(facts)
    assert row["rule"] == "months"
    assert row["elapsed"] == pytest.approx(0.5, abs=1e-4)
    assert row["previous_year"] == 60


def test_a_rate_has_no_pace_and_is_held_against_its_target_as_it_stands():
    sold = [(OCT, 400, {}), (OCT, 100, {})]
    row = only(facts_with({"metric": "aov", "amount": 200}, sold=sold, as_of=D(2026, 10, 15)))
    assert (row["actual"], row["attainment"], row["pace"], row["elapsed"]) == (250, 1.25, None, None)
    assert (row["projected"], row["status"]) == (250, "ahead")


def contracts(first, last):
    """Service contracts that make `first` of MRR from the start of 2025 and `last` from 1 July 2026."""
    stretch = {"subscription_id": "a", "customer_id": "Hà"}
    return {"subscriptions": [
        stretch | {"start_on": D(2025, 1, 1), "end_on": D(2026, 7, 1), "mrr": first},
        stretch | {"start_on": D(2026, 7, 1), "end_on": None, "mrr": last},
    ]}  # fmt: skip


def test_a_level_goes_in_a_straight_line_from_where_it_stood():
    declared = {"metric": "service_arr", "period": "2026-Q3", "amount": 2400}
    row = only(facts_with(declared, as_of=D(2026, 8, 15), sold=[(OCT, 1, {})], **contracts(100, 150)), "2026-Q3")
    assert (row["actual"], row["elapsed"], row["rule"]) == (1800, 0.5, "straight")  # 46 of 92 days
    assert (row["due"], row["projected"]) == (1800 / 2400, 2400)
    assert (row["status"], row["needed"]) == ("on", None)


@pytest.mark.parametrize(
    ("actual", "share", "better", "is_over", "expected"),
    [
        (97.9, 1, "higher", False, "behind"), (98, 1, "higher", False, "on"), (99.9, 1, "higher", False, "on"),
        (48.9, 0.5, "higher", False, "behind"), (49, 0.5, "higher", False, "on"), (51, 0.5, "higher", False, "on"),
        (51.1, 0.5, "higher", False, "ahead"), (100, 0.5, "higher", False, "met"), (99.9, 1, "higher", True, "missed"),
        (100, 0.5, "higher", True, "met"), (51.1, 0.5, "lower", False, "behind"), (48.9, 0.5, "lower", False, "ahead"),
        (51, 0.5, "lower", False, "on"), (100, 1, "lower", True, "met"), (100.1, 1, "lower", True, "missed"),
    ],
)  # fmt: skip
def test_status(actual, share, better, is_over, expected):
    assert status(actual, 100, share, better, is_over=is_over) == expected


def test_a_finished_target_is_judged_whole_and_needs_no_projection():
    sold = [(D(2024, 1, 2), 1, {}), (D(2026, 9, 10), 80, {}), (OCT, 500, {})]
    row = only(facts_with({"period": "2026-09", "amount": 100}, sold=sold), "2026-09")
    assert (row["actual"], row["status"], row["projected"], row["needed"], row["elapsed"]) == (
        80,
        "missed",
        80,
        None,
        1,
    )


def test_targets_of_other_times_are_not_on_the_page():
    facts = facts_with(
        {"name": "over", "period": "2026-Q3", "amount": 1}, {"name": "runs", "period": "2026", "amount": 1},
        {"name": "to come", "period": "2026-11", "amount": 1}, sold=[(OCT, 5, {})],
    )  # fmt: skip
    assert standing(facts, spans("2026-10"))["name"].to_list() == ["runs"]


def test_beside_a_target_stand_last_year_what_it_asks_and_what_the_trend_gives():
    sold = [(D(2024, 10, 5), 800, {}), (D(2025, 10, 5), 1000, {}), (D(2026, 10, 5), 10, {})]
    row = only(facts_with({"amount": 1200}, sold=[(D(2024, 1, 2), 1, {}), *sold]))
    assert (row["previous_year"], row["asked_growth"], row["trend"]) == (1000, pytest.approx(0.2), pytest.approx(0.25))


@pytest.mark.parametrize(
    ("why", "daily", "is_luck"),
    [
        ("every day the same: a distance is none", [90] * 31, False),
        ("three days in ten make the month", [300, 0, 0] * 10, True),
    ],
)
def test_a_distance_within_the_scatter_of_the_days_could_be_luck(why, daily, is_luck):
    sold = [(OCT + timedelta(days=i), net, {}) for i, net in enumerate(daily)]
    assert only(facts_with({"amount": 3100}, sold=sold))["is_luck"] is is_luck, why


@pytest.mark.parametrize(("orders", "is_luck"), [(4, True), (400, False)])
def test_a_count_could_be_luck_by_the_noise_of_counting(orders, is_luck):
    sold = [(OCT, 1, {})] * orders
    assert (
        only(facts_with({"metric": "orders", "amount": orders + max(2, orders // 4)}, sold=sold))["is_luck"] is is_luck
    )


# --- the plan's own targets ------------------------------------------------------------------------------------------


def test_the_plan_stands_by_month_quarter_and_year_and_rates_by_the_period():
    months = [{"metric": "net_revenue", "month_on": D(2026, m, 1), "target": 100} for m in range(1, 13)]
    rates = [{"metric": "win_rate", "month_on": D(2026, m, 1), "target": 300_000_000} for m in range(1, 13)]
    facts = facts_with(
        sold=[(OCT, 5, {})], targets=[*months, *rates, {"metric": "unheard_of", "month_on": OCT, "target": 1}]
    )
    found = standing(facts, spans("2026-10"))
    assert found.select("metric", "start_on", "end_on", "target").rows() == [
        ("net_revenue", OCT, D(2026, 11, 1), 100),
        ("net_revenue", OCT, D(2027, 1, 1), 300),
        ("net_revenue", D(2026, 1, 1), D(2027, 1, 1), 1200),
        ("win_rate", OCT, D(2026, 11, 1), 0.3),
    ]


def sheet(month, target, metric="net_revenue"):
    return {"metric": metric, "month_on": D(2026, month, 1), "target": target}


def months_of(facts, metric="net_revenue"):
    """What each month of Q4 is planned to bring."""
    rows = facts.targets.filter(pl.col("metric") == metric).sort("month_on")
    return {row["month_on"].month: row["target"] for row in rows.to_dicts()}


Q4 = {"period": "2026-Q4", "amount": 780}  # 27, 24 and 27 working days


@pytest.mark.parametrize(
    ("why", "declared", "rows", "expected"),
    [
        ("spread by working days where no year is known", [Q4], [], {10: 270, 11: 240, 12: 270}),
        ("a sheet's month keeps its number", [Q4], [sheet(10, 10)], {10: 10, 11: 362, 12: 408}),
        ("a sheet that plans it all leaves nothing", [Q4], [sheet(m, 5) for m in (10, 11, 12)], {10: 5, 11: 5, 12: 5}),
        ("the shorter target first", [Q4, {"period": "2026-12", "amount": 310}], [], {10: 249, 11: 221, 12: 310}),
        ("of one channel only: no plan of the company's", [Q4 | {"where": {"channel": "Web"}}], [], {}),
        ("undefined: no plan", [{"period": "2026-Q4", "growth": "5%"}], [], {}),
        ("a week cuts its month: no plan", [{"period": "2026-W43", "amount": 7}], [], {}),
    ],
)
def test_the_companys_own_targets_are_the_plan_of_months_that_no_sheet_plans(why, declared, rows, expected):
    assert months_of(facts_with(*declared, targets=rows, sold=[(OCT, 1, {})])) == expected, why


def test_a_year_is_spread_by_last_years_season():
    sold = [*every_day(D(2025, 10, 1), D(2025, 10, 31), 300), *every_day(D(2025, 11, 1), D(2025, 12, 31), 100)]
    assert months_of(facts_with(Q4 | {"amount": 15_400}, sold=sold)) == {10: 9300, 11: 3000, 12: 3100}


def test_a_rate_holds_in_each_month_a_level_at_the_end():
    rate, level = {"metric": "win_rate", "period": "2026-Q4", "amount": "30%"}, {"metric": "service_arr"}
    facts = facts_with(rate, level | {"period": "2026-Q4", "amount": 900}, sold=[(OCT, 1, {})])
    assert months_of(facts, "win_rate") == dict.fromkeys((10, 11, 12), 300_000_000)
    assert months_of(facts, "service_arr") == {12: 900}


def test_a_target_that_is_the_plan_is_told_once():
    facts = facts_with(Q4, sold=[(OCT, 1, {})])
    assert standing(facts, spans("2026-10"))["origin"].to_list() == ["goal"]


@settings(max_examples=25)
@given(
    st.integers(1, 10**12),
    st.lists(st.tuples(st.dates(D(2025, 1, 1), D(2025, 12, 31)), st.integers(1, 10**9)), max_size=5),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 10**9)), max_size=4, unique_by=lambda row: row[0]),
)
def test_months_sum_to_the_year_whatever_season_and_sheet(amount, sold, rows):
    days = [(D(2025, 1, 1), 1, {}), *((day, net, {}) for day, net in sold)]
    facts = facts_with({"period": "2026", "amount": amount}, sold=days, targets=[sheet(*row) for row in rows])
    assert sum(months_of(facts).values()) == amount


AMOUNTS = st.lists(
    st.tuples(st.dates(D(2025, 1, 1), D(2026, 10, 31)), st.integers(1, 10**10), st.sampled_from(["Web", "Shops"])),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=20)
@given(AMOUNTS, st.integers(0, 10**9))
def test_targets_of_the_parts_that_grow_alike_sum_to_the_wholes_growth(rows, growth):
    sold = [(day, net, {"channel": channel}) for day, net, channel in rows]
    text = f"{growth}".rjust(10, "0")
    asked = {"growth": f"{text[:-9]}.{text[-9:]}", "against": "2025-01..2026-10", "period": "2026-Q4"}
    parts = [asked | {"where": {"channel": channel}} for channel in ("Web", "Shops")]
    made = goals.declared_targets(facts_with(*parts, asked, sold=[(D(2025, 1, 1), 1, {}), *sold]))
    known = [one.amount for one in made[:2] if one.amount is not None]
    assert abs(sum(known) - made[2].amount) <= 1  # each rounded once


@settings(max_examples=20)
@given(AMOUNTS)
def test_actuals_of_the_parts_sum_to_the_whole(rows):
    sold = [(day, net, {"channel": channel}) for day, net, channel in rows]
    year = {"period": "2026", "amount": 1}
    facts = facts_with(
        *(year | {"where": {"channel": c}} for c in ("Web", "Shops")), year, sold=[(D(2026, 1, 1), 1, {}), *sold]
    )
    actual = standing(facts, spans("2026-10"))["actual"].to_list()
    assert actual[0] + actual[1] == actual[2]
