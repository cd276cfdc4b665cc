"""Causes, each planted alone: those of the data before those of the business; and what the rule then advises."""

from datetime import timedelta

import pytest

from revops.kpis.findings import find
from revops.kpis.findings.cases import Case
from revops.kpis.findings.causes import CAUSES, explain
from revops.kpis.findings.rules import defaults

from .small import D, back, company, line, order, spans, world

TODAY = D(2026, 3, 31)
DAYS = [D(2025, 12, 1) + timedelta(days=i) for i in range(121)]
MARCH = "2026-03"
WHERE = {"product_group": "Fans", "channel": "Web", "region": None}


def sold(units=lambda day: 10, **more):
    """One order a day through Web in North, 100 a unit."""
    heads = [order(f"o{day}", day, source="shop", **more) for day in DAYS if units(day)]
    lines = [line(f"o{day}", units(day) * 100, quantity=units(day)) for day in DAYS if units(day)]
    return {"orders": heads, "order_lines": lines}


def doubled():
    """The orders of March once more under other numbers."""
    rows = sold(customer_id="c1")
    march = [head for head in rows["orders"] if in_march(head["ordered_on"])]
    again = [head | {"order_id": f"again-{head['order_id']}"} for head in march]
    lines = [one | {"order_id": f"again-{one['order_id']}", "line_id": f"again-{one['line_id']}"}
             for one in rows["order_lines"] if "2026-03" in one["order_id"]]  # fmt: skip
    return {"orders": [*rows["orders"], *again], "order_lines": [*rows["order_lines"], *lines]}


def visits(count=lambda day: 100, bought=lambda day: 5, source="Ads"):
    return [
        {"day_on": day, "channel": "Web", "traffic_source": source, "sessions": count(day), "purchases": bought(day)}
        for day in DAYS
    ]


def told(cause, delta=-10_000, where=WHERE, tables=("orders",), settings=None, period=MARCH, today=TODAY, **found):
    facts = world(today, settings or company(funnel={"stages": ["Offer"], "lead_window_days": 90}), **found)
    return CAUSES[cause].look(Case(facts, spans(period), where, delta, tables))


def in_march(day):
    return day >= D(2026, 3, 1)


def test_a_steady_source_that_fell_silent_is_named_with_its_first_day():
    quiet = sold(lambda day: 0 if day > D(2026, 3, 20) else 10)
    assert told("silent_source", **quiet) == {"source": "shop", "first_on": D(2026, 3, 21), "days": 11}


@pytest.mark.parametrize(
    ("last", "is_silent"), [(D(2026, 3, 24), False), (D(2026, 3, 23), True)], ids=["seven days behind", "eight days"]
)
def test_a_source_may_be_a_week_behind(last, is_silent):
    quiet = sold(lambda day: 0 if day > last else 10)
    assert (told("silent_source", **quiet) is not None) is is_silent


def test_a_source_that_is_silent_for_weeks_at_other_times_too_counts_where_it_has_nothing_in_the_period():
    assert told("silent_source", **sold(lambda day: 10 if day.day == 1 else 0)) is None
    rare = sold(lambda day: 10 if day.day == 1 and day.month != 3 else 0)
    assert told("silent_source", **rare) == {"source": "shop", "first_on": D(2026, 2, 2), "days": 58}


def test_only_sources_of_the_parts_own_channel_count():
    quiet = sold(lambda day: 0 if day > D(2026, 3, 20) else 10)
    assert told("silent_source", where={"channel": "Stores"}, **quiet) is None


def test_orders_that_stand_twice_explain_too_much_revenue():
    assert told("repeated_orders", delta=31_000, **doubled()) == {"orders": 31, "amount": 31_000}
    assert told("repeated_orders", delta=-31_000, **doubled()) is None
    assert told("repeated_orders", delta=31_000, **sold(customer_id="c1")) is None


@pytest.mark.parametrize(("delta", "is_told"), [(155_000, True), (155_001, False)], ids=["a fifth", "less"])
def test_a_cause_must_make_up_a_fifth_of_the_deviation(delta, is_told):
    assert (told("repeated_orders", delta=delta, **doubled()) is not None) is is_told


@pytest.mark.parametrize(
    ("period", "found"),
    [("2026-02", {"days": 19, "days_before": 23}), ("2026-03", None)],
    ids=["Tết in February, in January a year before", "March"],
)
def test_fewer_days_worked_than_a_year_before(period, found):
    assert told("fewer_days", period=period, **sold()) == found


def test_visits_that_fell_at_the_same_conversion_are_traffic():
    rows = visits(lambda day: 60 if in_march(day) else 100, lambda day: 3 if in_march(day) else 5)
    assert told("traffic", sessions=rows, **sold()) == {"visits": pytest.approx(-0.4)}
    assert told("conversion", sessions=rows, **sold()) is None
    assert told("traffic", delta=10_000, sessions=rows, **sold()) is None


def test_conversion_that_fell_at_the_same_visits_is_no_traffic():
    rows = visits(bought=lambda day: 3 if in_march(day) else 5)
    assert told("traffic", sessions=rows, **sold()) is None
    assert told("conversion", sessions=rows, **sold())["change"] == pytest.approx(-0.4)


@pytest.mark.parametrize(("spend", "change"), [(79, -0.21), (81, None)], ids=["a fifth less", "not quite"])
def test_advertising_explains_the_web_channel_alone(spend, change):
    ads = [{"spent_on": day, "platform": "Meta", "campaign": "A", "spend_amount": spend if in_march(day) else 100}
           for day in DAYS]  # fmt: skip
    settings = company(kpis={"web_channel": "Web"})
    found = told("ads", settings=settings, ad_spend=ads, **sold())
    assert found == (None if change is None else {"spend": pytest.approx(change)})
    assert told("ads", settings=settings, where=WHERE | {"channel": "Stores"}, ad_spend=ads, **sold()) is None


def test_one_source_of_visits_that_fell_alone_is_named():
    rows = [*visits(bought=lambda day: 1 if in_march(day) else 5, source="Ads"), *visits(source="Search")]
    found = told("one_source", where={"channel": "Web"}, sessions=rows, **sold())
    assert (found["traffic_source"], found["source_now"]) == ("Ads", 0.01)
    both = [*rows[: len(DAYS)], *visits(bought=lambda day: 1 if in_march(day) else 5, source="Search")]
    assert told("one_source", where={"channel": "Web"}, sessions=both, **sold()) is None


def test_goods_that_came_back_explain_revenue_that_is_missing():
    rows = sold()
    came = [back(f"r{day}", day, f"o{day}", 300) for day in DAYS if in_march(day)]
    found = told("returns", returns=came, **rows)
    assert found == {"returned_now": pytest.approx(0.3), "returned_before": 0.0}
    assert told("returns", delta=-100_000, returns=came, **rows) is None


def test_accounts_that_bought_every_month_and_stopped():
    heads, lines = [], []
    for month in (12, 1, 2, 3):
        for name in ("a", "b"):
            if (name, month) != ("b", 3):
                day = D(2025 if month == 12 else 2026, month, 9)
                heads.append(order(f"{name}{month}", day, account_id=name))
                lines.append(line(f"{name}{month}", 6000))
    found = told("lost_accounts", orders=heads, order_lines=lines)
    assert found == {"accounts": 1, "amount": 6000}
    paused = [head for head in heads if head["order_id"] != "b2"]
    assert told("lost_accounts", orders=paused, order_lines=lines) is None


def deals(close):
    """A deal that was due in March by the export before, and its close day by the export of the end."""
    base = {"opportunity_id": "d", "stage": "Offer", "product_group": "Fans", "region": "North", "amount": 9000,
            "created_on": D(2026, 1, 1)}  # fmt: skip
    before, after = (D(2026, 2, 28), D(2026, 3, 20)), (TODAY, close)
    return [base | {"snapshot_on": made, "close_on": due} for made, due in (before, after)]


def test_deals_that_slipped_explain_what_accounts_did_not_buy():
    found = told("slipped", opportunities=deals(D(2026, 4, 20)), **sold(account_id="a"))
    assert found == {"deals": 1, "amount": 9000}
    assert told("slipped", opportunities=deals(D(2026, 3, 25)), **sold(account_id="a")) is None
    assert told("slipped", opportunities=deals(D(2026, 4, 20)), **sold()) is None


@pytest.mark.parametrize(("made", "days"), [(D(2026, 3, 24), None), (D(2026, 3, 23), 8)], ids=["a week", "longer"])
def test_an_export_of_the_crm_that_is_older_than_a_week_is_told_first(made, days):
    rows = [deals(D(2026, 4, 20))[0] | {"snapshot_on": made}]
    found = told("late_export", opportunities=rows)
    assert (found["days"] if found else None) == days


def closed(day, reason, count=1):
    base = {"stage": "Lost", "is_closed": True, "created_on": D(2025, 1, 1), "snapshot_on": TODAY}
    return [
        base | {"opportunity_id": f"{day}{reason}{n}", "lost_reason": reason, "close_on": day} for n in range(count)
    ]


@pytest.mark.parametrize(("price", "named"), [(3, None), (4, "Price")], ids=["30 %: five points more", "40 %"])
def test_a_reason_of_lost_deals_that_grew_by_ten_points_is_named(price, named):
    before = [*closed(D(2025, 6, 9), "Price", 5), *closed(D(2025, 6, 9), "Budget", 15)]
    now = [*closed(D(2026, 3, 9), "Price", price), *closed(D(2026, 3, 9), "Budget", 10 - price)]
    found = told("lost_reason", where={}, opportunities=[*before, *now])
    assert (found["lost_reason"] if found else None) == named


def test_at_most_three_causes_are_told_and_growth_only_where_there_is_no_other():
    rows = sold(lambda day: 5 if in_march(day) else 10)
    facts = world(TODAY, company(), sessions=visits(lambda day: 50 if in_march(day) else 100), **rows)
    case = Case(facts, spans(MARCH), WHERE, -15_500)
    assert [name for name, _ in explain(case, ["traffic"], ["growth"])] == ["traffic"]
    assert [name for name, _ in explain(case, [], ["growth"])] == []  # last year is not known
    assert len(explain(case, ["traffic"] * 5)) == 3


def without_plan(last=0.7):
    """39 months without any plan; the last one brings `last` of what its season and growth let expect."""
    heads, lines = [], []
    for n in range(39):
        year, month = 2023 + n // 12, n % 12 + 1
        season = (1 + 0.5 * (month in (6, 7))) * 1.01**n * (last if n == 38 else 1)
        for day in (5, 15, 25):
            heads.append(order(f"{n}-{day}", D(year, month, day)))
            lines.append(line(f"{n}-{day}", round(10_000 * season)))
    return {"orders": heads, "order_lines": lines}


@pytest.mark.parametrize(("last", "found"), [(1.0, []), (0.7, ["sales"])], ids=["as expected", "less"])
def test_without_a_plan_revenue_is_held_against_its_season_and_growth(last, found):
    facts = world(TODAY, company(findings={"minimum_amount": 1000}), **without_plan(last))
    items = find(facts, spans(MARCH)).items
    assert [item.watch for item in items] == found
    if items:
        assert (items[0].basis, round(items[0].values["share"], 2)) == ("vs_usual", -0.3)


def test_a_sum_is_watched_against_its_season():
    watched = defaults().watch["sales"].model_copy(update={"metric": "gross_sales", "by": ["channel"]})
    facts = world(TODAY, company(findings={"minimum_amount": 1000}), **without_plan(0.7))
    (item,) = find(facts, spans(MARCH), defaults().model_copy(update={"watch": {"sales": watched}})).items
    assert (item.basis, item.place, item.values["since_month"]) == ("vs_before", {"channel": "Web"}, D(2026, 3, 1))
    assert item.amount == pytest.approx(-0.3 * 3 * 10_000 * 1.01**38, rel=0.01)


def test_what_is_merely_usual_is_no_promise_without_limits_of_its_own_past():
    rows = without_plan(0.7)
    young = {"orders": [one for one in rows["orders"] if one["ordered_on"] >= D(2024, 9, 1)]}
    kept = {one["order_id"] for one in young["orders"]}
    young["order_lines"] = [one for one in rows["order_lines"] if one["order_id"] in kept]
    facts = world(TODAY, company(findings={"minimum_amount": 1000}), **young)
    assert find(facts, spans(MARCH)).items == []
