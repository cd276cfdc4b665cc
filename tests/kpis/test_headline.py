"""The leading metrics: undefined is null with its reason, history is never counted twice."""

import polars as pl
import pytest

from revops.kpis import compare, headline, months_table
from revops.kpis.headline import METRICS, begins_on, value_of
from revops.kpis.periods import references

from .small import D, company, line, order, spans, world

TODAY = D(2026, 3, 31)


def test_a_company_that_only_has_orders_gets_reasons_never_0():
    facts = world(TODAY, orders=[order("a", D(2026, 3, 2))], order_lines=[line("a", 500)])
    rows = {row["metric"]: row for row in headline(facts, spans("2026-03")).to_dicts()}
    assert {key: row["value"] for key, row in rows.items() if row["value"] is not None} == {
        "net_revenue": 500,
        "orders": 1,
        "aov": 500,
    }
    assert {key: row["reason"] for key, row in rows.items() if row["reason"]} == {
        "web_conversion": "no_source",
        "win_rate": "no_source",
        "cac": "no_source",
        "clv": "no_history",
        "service_arr": "no_source",
        "service_churn": "no_source",
    }
    assert rows["net_revenue"]["previous"] is None
    assert rows["net_revenue"]["series"] == [None] * 12 + [500.0]


def test_a_company_without_anything_does_not_crash():
    rows = headline(world(TODAY), spans("2026-03"))
    assert rows["value"].to_list() == [None] * len(METRICS)
    assert rows["reason"].null_count() == 0


def history(start, end, net, orders=1):
    return {
        "start_on": start,
        "end_on": end,
        "product_group": "Fans",
        "channel": "Web",
        "region": "North",
        "orders": orders,
        "net_amount": net,
    }


PAST = [
    history(D(2025, 3, 1), D(2025, 4, 1), 300),
    history(D(2026, 2, 1), D(2026, 3, 1), 20),
    history(D(2026, 3, 1), D(2026, 4, 1), 9999),
    history(D(2024, 1, 1), D(2025, 1, 1), 1200),
    history(D(2025, 1, 1), D(2026, 1, 1), 7777),
]


def dated():
    return world(TODAY, orders=[order("a", D(2026, 3, 20))], order_lines=[line("a", 500)], history=PAST)


@pytest.mark.parametrize(
    ("start", "end", "value", "reason"),
    [
        (D(2026, 3, 1), D(2026, 4, 1), 500, None),
        (D(2026, 2, 1), D(2026, 4, 1), 520, None),
        (D(2025, 3, 1), D(2025, 4, 1), 300, None),
        (D(2024, 1, 1), D(2025, 1, 1), 1200, None),
        (D(2025, 1, 1), D(2026, 1, 1), None, "no_history"),
        (D(2025, 3, 1), D(2025, 3, 8), None, "no_history"),
        (D(2024, 2, 1), D(2024, 3, 1), None, "no_history"),
    ],
    ids=[
        "detail wins over history of its month",
        "history and detail",
        "a month of history",
        "a year of history",
        "a year whose months stand beside it in part",
        "a week is not in history",
        "a month of a yearly row",
    ],
)
def test_revenue_comes_from_detail_or_history_never_from_both(start, end, value, reason):
    found = value_of(dated(), "net_revenue", (start, end))
    assert (found.value, found.reason) == (value, reason)


def test_orders_of_history_count_unless_history_does_not_tell_them():
    assert value_of(dated(), "orders", (D(2026, 2, 1), D(2026, 4, 1))).value == 2
    facts = world(
        TODAY,
        orders=[order("a", D(2026, 3, 20))],
        order_lines=[line("a", 1)],
        history=[history(D(2026, 2, 1), D(2026, 3, 1), 20, None)],
    )
    assert value_of(facts, "orders", (D(2026, 2, 1), D(2026, 4, 1))).reason == "no_history"


def targets(**more):
    return [
        {
            "metric": "net_revenue",
            "month_on": D(2026, month, 1),
            "target": 100 * month,
            "product_group": "Fans",
            "channel": "Web",
            "region": "North",
        }
        | more
        for month in (1, 2, 3)
    ]


def test_the_year_by_month_knows_plan_and_last_year_where_they_are_known():
    facts = world(
        TODAY, orders=[order("a", D(2026, 3, 20))], order_lines=[line("a", 500)], history=PAST, targets=targets()
    )
    assert months_table(facts, spans("2026-03")).rows() == [
        (D(2026, 1, 1), None, 100, None),
        (D(2026, 2, 1), 20, 200, None),
        (D(2026, 3, 1), 500, 300, 300),
    ]


def test_cells_against_plan_add_up_at_every_cut():
    facts = world(
        TODAY,
        orders=[order("a", D(2026, 3, 2)), order("b", D(2026, 3, 3), channel="Shops", region="South")],
        order_lines=[line("a", 500), line("b", 70, product="pot")],
        targets=targets(),
    )
    cells = compare.by_cell(facts, spans("2026-03"))
    assert cells.select("product_group", "actual", "plan", "delta_plan").rows() == [
        ("Fans", 500, 300, 200),
        ("Pots", 70, 0, 70),
    ]
    for key in ("product_group", "channel", "region"):
        assert compare.summed(cells, (key,))["delta_plan"].sum() == 270
    whole = compare.summed(cells, ()).row(0, named=True)
    assert (whole["actual"], whole["plan"], whole["delta_plan_share"], whole["previous_year"]) == (570, 300, 0.9, None)


def test_targets_do_not_fan_out_over_cells():
    facts = world(
        TODAY,
        orders=[order(name, D(2026, 3, 2), region=region) for name, region in (("a", "North"), ("b", "South"))],
        order_lines=[line("a", 10), line("b", 20)],
        targets=targets(region=None, channel=None),
    )
    cells = compare.by_cell(facts, spans("2026-03"), ("region",))
    assert cells["plan"].sum() == 300
    assert cells.filter(pl.col("region").is_null())["plan"].to_list() == [300]


def test_the_bridge_against_the_plan_sums_to_the_difference():
    year = [order("p", D(2025, 3, 2)), order("a", D(2026, 3, 2))]
    facts = world(
        TODAY, orders=year, order_lines=[line("p", 200, quantity=2), line("a", 500, quantity=4)], targets=targets()
    )
    found = dict(references.revenue_bridge(facts, spans("2026-03")).rows())
    assert found == {"volume": 100, "price": 100, "mix": 0, "discounts": 0, "returns": 0, "currency": 0}
    past = dict(references.revenue_bridge(facts, spans("2026-03"), "previous_year").rows())
    assert sum(past.values()) == 300
    assert references.revenue_bridge(facts, spans("2025-03"), "previous_year").height == 0


def test_a_metric_without_detail_of_its_whole_window_is_unknown():
    facts = world(
        TODAY, company(kpis={"clv_months": 1}), orders=[order("a", D(2026, 3, 2))], order_lines=[line("a", 500)]
    )
    assert value_of(facts, "clv", (D(2026, 3, 1), D(2026, 4, 1))).value == 500 - 60
    assert value_of(facts, "clv", (D(2026, 2, 1), D(2026, 3, 1))).value is None


def test_a_week_after_the_last_crm_export_has_no_win_rate_and_a_week_has_no_monthly_plan():
    deals = [
        {
            "opportunity_id": "a",
            "snapshot_on": D(2026, 2, 28),
            "is_closed": True,
            "is_won": True,
            "close_on": D(2026, 2, 9),
        }
    ]
    contracts = [{"subscription_id": "s", "customer_id": "c", "start_on": D(2025, 1, 1), "mrr": 10}]
    goal = [{"metric": "service_churn", "month_on": D(2026, 3, 1), "target": 20_000_000}]
    facts = world(TODAY, opportunities=deals, subscriptions=contracts, targets=goal)
    week, month = (
        headline(facts, spans(name)).rows_by_key("metric", named=True, unique=True) for name in ("2026-W10", "2026-02")
    )
    assert (week["win_rate"]["reason"], month["win_rate"]["value"]) == ("no_export", 1.0)
    assert (week["service_churn"]["plan"], week["service_churn"]["value"]) == (None, 0.0)


def test_a_week_is_compared_with_the_week_52_weeks_before_everywhere():
    days = [D(2025, 3, 2), D(2025, 3, 3), D(2026, 3, 2)]
    facts = world(
        TODAY,
        orders=[order(str(d), d) for d in days],
        order_lines=[line(str(d), n) for d, n in zip(days, (7, 50, 80), strict=True)],
    )
    table = compare.to_date(facts, spans("2026-W10")).row(0, named=True)
    assert (table["span"], table["actual"], table["previous_year"]) == ("period", 80, 50)


@pytest.mark.parametrize(("last", "before"), [(27, 1), (28, 3), (30, 7)])
def test_a_month_to_date_is_compared_with_the_same_dates_of_the_year_before(last, before):
    past = {D(2024, 12, 31): 16, D(2025, 10, 27): 1, D(2025, 10, 28): 2, D(2025, 10, 30): 4, D(2025, 10, 31): 8}
    days = [*past.items(), (D(2026, 10, 1), 9)]
    facts = world(
        D(2026, 10, last),
        orders=[order(str(day), day) for day, _ in days],
        order_lines=[line(str(day), amount) for day, amount in days],
    )
    table = compare.to_date(facts, spans("2026-10", D(2026, 10, last)))
    year = table.filter(pl.col("span") == "year").row(0, named=True)
    assert (year["actual"], year["previous_year"]) == (9, before)


def test_a_period_that_only_history_knows_has_its_revenue():
    facts = world(D(2024, 12, 31), history=PAST)
    assert value_of(facts, "net_revenue", (D(2024, 1, 1), D(2025, 1, 1))).value == 1200
    assert value_of(facts, "orders", (D(2024, 1, 1), D(2025, 1, 1))).value == 1
    assert value_of(facts, "net_revenue", (D(2023, 1, 1), D(2024, 1, 1))).reason == "no_source"


def day_of(day, **more):
    return {"day_on": day, "channel": "Web", "traffic_source": "ads", "sessions": 100, "purchases": 2} | more


@pytest.mark.parametrize(
    ("begins", "value"), [(D(2025, 3, 31), 0.02), (D(2025, 4, 1), None)], ids=["in its first month", "a month later"]
)
def test_a_span_that_a_source_does_not_cover_has_no_value(begins, value):
    visits = [day_of(begins), day_of(D(2026, 3, 9))]
    facts = world(TODAY, company(kpis={"web_channel": "Web"}), sessions=visits)
    rows = headline(facts, spans("2026-03")).rows_by_key("metric", named=True, unique=True)
    assert (rows["web_conversion"]["value"], rows["web_conversion"]["previous_year"]) == (0.02, value)


def test_a_year_of_which_a_source_tells_two_months_says_why_it_has_no_value():
    visits = [day_of(D(2025, 11, 1)), day_of(D(2026, 3, 9), channel="Shops")]
    facts = world(D(2026, 12, 31), company(kpis={"web_channel": "Web"}), sessions=visits)
    found = {
        name: headline(facts, spans(name)).row(by_predicate=pl.col("metric") == "web_conversion", named=True)
        for name in ("2025", "2026")
    }
    assert (found["2025"]["value"], found["2025"]["reason"]) == (None, "no_history")
    assert (found["2026"]["reason"], found["2026"]["previous"]) == ("no_cases", None)
    assert begins_on(facts, "web_conversion") == D(2025, 11, 1)


def test_only_header_differences_have_no_product_group():
    facts = world(
        TODAY,
        orders=[order("a", D(2026, 3, 2), net_amount=501), order("b", D(2026, 3, 3))],
        order_lines=[line("a", 500), line("b", 70, product="unlisted")],
    )
    cells = compare.by_cell(facts, spans("2026-03"), ("product_group",))
    assert dict(cells.select("product_group", "actual").rows()) == {"Fans": 500, "(no product group)": 70, None: 1}


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("2026-01", ["period", "quarter"]),
        ("2026-02", ["period", "quarter", "year"]),
        ("2026-W10", ["period", "quarter", "year"]),
        ("2026-Q1", ["period"]),
        ("2026-Q2", ["period", "year"]),
        ("2026", ["period"]),
    ],
)
def test_to_date_shows_the_quarter_beside_every_month(period, found):
    facts = world(TODAY, orders=[order("a", D(2026, 3, 2))], order_lines=[line("a", 500)])
    assert compare.to_date(facts, spans(period))["span"].to_list() == found
