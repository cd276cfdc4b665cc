"""Findings are found by rules: a planted situation each, and the same world without it."""

from datetime import timedelta

import polars as pl
import pytest

from revops.kpis import findings
from revops.kpis.findings import Finding, could_be_luck, drivers, due_on, owner_of, parts
from revops.kpis.findings.cases import Case
from revops.kpis.findings.rules import defaults

from .small import D, company, line, order, spans, table, touch, world

TODAY = D(2026, 3, 31)
DAYS = [D(2025, 12, 1) + timedelta(days=i) for i in range(121)]
LIMITS = {"minimum_amount": 1000, "minimum_share": 0.05, "minimum_count": 20}
STAGES = ["Qualified", "Offer"]


def settings(**more):
    return company(findings=LIMITS, funnel={"stages": STAGES, "lead_window_days": 90}, **more)


def shop(units=lambda day, region: 10, discount=lambda day: 10, days=DAYS, buyers=1):
    """One order a day, region and buyer: price 100 a unit, some discount a unit."""
    heads, lines = [], []
    for day in days:
        for region in ("North", "South"):
            count = units(day, region)
            for name in [f"{region}{day}"] + [f"{region}{day}-{n}" for n in range(2, buyers + 1)] if count else []:
                heads.append(order(name, day, region=region))
                lines.append(line(name, count * (100 - discount(day)), quantity=count, discount=count * discount(day)))
    return {"orders": heads, "order_lines": lines}


def plan(north, south):
    return [
        {
            "metric": "net_revenue",
            "month_on": D(2026, 3, 1),
            "product_group": "Fans",
            "channel": "Web",
            "region": region,
            "target": target,
        }
        for region, target in (("North", north), ("South", south))
    ]


USUAL = 31 * 10 * 90


def find(facts, when):
    return findings.find(facts, when).items


def names(item):
    return [key for key, _ in item.why]


def test_on_plan_nothing_is_found():
    assert find(world(TODAY, settings(), **shop(), targets=plan(USUAL, USUAL)), spans("2026-03")) == []


@pytest.mark.parametrize(("group", "found"), [(None, 0), ("Pots", 1)], ids=["may be Fans", "are not Fans"])
def test_what_the_revenue_without_a_product_group_could_make_up_for_is_no_shortfall(group, found):
    """The South sold only what the list of products does not know, or knows as another group."""
    sold = shop()
    own = [one | {"product_id": "new"} if one["order_id"].startswith("South") else one for one in sold["order_lines"]]
    products = [
        {"product_id": key, "product_group": name, "name": key} for key, name in (("fan", "Fans"), ("new", group))
    ]
    facts = world(TODAY, settings(), **sold | {"order_lines": own}, products=products, targets=plan(USUAL, USUAL))
    assert len([item for item in find(facts, spans("2026-03")) if item.amount < 0]) == found


def test_a_plan_without_any_revenue_is_no_shortfall():
    """Without orders nothing is known, which is not 0."""
    assert find(world(TODAY, settings(), targets=plan(USUAL, USUAL)), spans("2026-03")) == []


def test_a_shortfall_names_its_part_its_price_and_the_day_the_discount_ended():
    ended = D(2026, 3, 6)
    facts = world(
        TODAY,
        settings(),
        **shop(lambda day, region: 10 if day < ended else 5, lambda day: 10 if day < ended else 1),
        targets=plan(USUAL, USUAL),
    )
    (item,) = find(facts, spans("2026-03"))
    actual = sum(10 * 90 if day < ended else 5 * 99 for day in DAYS if day.month == 3) * 2
    assert (item.watch, item.amount, item.basis) == ("sales", actual - 2 * USUAL, "vs_plan")
    assert item.place == {"product_group": "Fans", "channel": "Web"}
    cause, values = item.why[0]
    assert (cause, values["since_on"], item.name) == ("discount", ended, "fund_voucher")
    assert values["price"] == pytest.approx(0.065, abs=0.01)
    assert values["discount_before"] == pytest.approx(0.10)
    assert values["units"] < -0.3


def test_a_shortfall_of_one_region_is_told_of_that_region_alone():
    facts = world(
        TODAY,
        settings(),
        **shop(lambda day, region: 8 if region == "North" and day.month == 3 else 10),
        targets=plan(USUAL, USUAL),
    )
    (item,) = find(facts, spans("2026-03"))
    assert (item.place["product_group"], item.place["region"]) == ("Fans", "North")
    assert item.amount == -2 * 31 * 90


@pytest.mark.parametrize(("target", "found"), [(29_368, 0), (29_369, 1)], ids=["under 5 percent", "5 percent"])
def test_a_deviation_counts_from_the_minimum_share_on(target, found):
    less = {"minimum_amount": 1, "minimum_share": 0.05}
    short = shop(lambda day, region: 10 if region == "North" else 0)
    facts = world(TODAY, company(findings=less), **short, targets=plan(target, 0))
    assert len(find(facts, spans("2026-03"))) == found


@pytest.mark.parametrize(("amount", "found"), [(558, 1), (559, 0)], ids=["at the minimum", "under it"])
def test_a_deviation_counts_from_the_minimum_amount_on(amount, found):
    limits = {"minimum_amount": amount, "minimum_share": 0.0}
    facts = world(TODAY, company(findings=limits), **shop(), targets=plan(USUAL + 558, USUAL))
    assert len(find(facts, spans("2026-03"))) == found


def test_a_success_names_the_product_that_sells_more_there():
    rows = shop()
    for i, row in enumerate(list(rows["order_lines"])):
        if "South2026-03" in row["order_id"]:
            rows["order_lines"].append({**row, "line_id": f"more{i}", "product_id": "dear"})
    products = table(
        "products",
        [
            {"product_id": "fan", "product_group": "Fans", "name": "Fan"},
            {"product_id": "dear", "product_group": "Fans", "name": "Dear fan"},
        ],
    )
    (item,) = find(world(TODAY, settings(), **rows, products=products, targets=plan(USUAL, USUAL)), spans("2026-03"))
    assert (item.watch, item.is_good, item.place["region"]) == ("sales", True, "South")
    assert item.why[0] == ("product_share", {"product": "Dear fan", "share_here": 0.5, "share_there": 0.0})
    assert item.name == "copy_product"


def test_days_without_any_order_are_told_as_missing_data_before_any_other_cause():
    silent = {D(2026, 3, 10), D(2026, 3, 11), D(2026, 3, 12)}
    sold = shop(lambda day, region: 0 if day in silent and region == "North" else 2, buyers=5)
    found = find(world(TODAY, settings(), **sold, targets=plan(USUAL, USUAL)), spans("2026-03"))
    gap = next(item for item in found if item.watch == "missing_days")
    assert (gap.values["days"], gap.values["first_on"], gap.place["channel"]) == (3, D(2026, 3, 10), "Web")
    assert gap.amount == -3 * 900
    below = next(item for item in found if item.watch == "sales")
    assert (below.why[0][0], below.name) == ("missing_days", "look_for_file")


def gaps_of(facts):
    return [item for item in find(facts, spans("2026-03")) if item.watch == "missing_days"]


@pytest.mark.parametrize(
    ("silent", "buyers", "found"),
    [((10,), 9, 0), ((10, 11), 5, 2), ((10, 11), 4, 0), ((10, 20, 30), 5, 0), ((10, 11, 12), 3, 2)],
    ids=[
        "one day",
        "two days of five orders",
        "two days of four: could be chance",
        "days apart",
        "three days of three",
    ],
)
def test_a_run_of_days_too_long_for_chance_is_a_gap(silent, buyers, found):
    days = {D(2026, 3, day) for day in silent}
    facts = world(TODAY, settings(), **shop(lambda day, region: 0 if day in days else 2, buyers=buyers))
    assert len(gaps_of(facts)) == found


@pytest.mark.parametrize(
    ("north", "found"), [(USUAL - 1350, 1), (USUAL - 1351, 0)], ids=["not planned for", "planned for"]
)
def test_silent_days_that_the_plan_expected_are_a_holiday_not_a_gap(north, found):
    silent = {D(2026, 3, 10), D(2026, 3, 11), D(2026, 3, 12)}
    sold = shop(lambda day, region: 0 if day in silent and region == "North" else 2, buyers=5)
    facts = world(TODAY, settings(), **sold, targets=plan(north, USUAL))
    assert len(gaps_of(facts)) == found


def sessions(rate, source="Ads", channel="Web"):
    """A visit report of 26 months: 1000 visits a month."""
    months = [D(2024 + n // 12, n % 12 + 1, 1) for n in range(27)]
    return [
        {"day_on": month, "channel": channel, "traffic_source": source, "sessions": 1000, "purchases": rate(month)}
        for month in months
    ]


def test_a_conversion_that_fell_and_stayed_down_is_dated_and_priced():
    visits = sessions(lambda month: 19 if month >= D(2026, 1, 1) else 26)
    (item,) = find(world(TODAY, settings(), **shop(), sessions=visits), spans("2026-03"))
    assert (item.key, item.values["since_month"]) == ("conversion · channel Web", D(2026, 1, 1))
    assert item.amount == -round(900 * (0.026 - 0.019) * 1000)
    assert could_be_luck(item, 20)
    assert not could_be_luck(item, 19)


@pytest.mark.parametrize(
    "rate",
    [lambda m: 26, lambda m: 19 if m == D(2026, 1, 1) else 26, lambda m: 25 if m >= D(2026, 1, 1) else 26],
    ids=["steady", "one bad month in the past", "within five per cent"],
)
def test_a_conversion_that_did_not_fall_or_came_back_is_no_finding(rate):
    assert find(world(TODAY, settings(), **shop(), sessions=sessions(rate)), spans("2026-03")) == []


def test_a_fall_of_one_product_group_alone_is_not_told_of_the_channel():
    fans = sessions(lambda month: 10 if month >= D(2026, 3, 1) else 26, "Site · Fans")
    pots = sessions(lambda month: 26, "Site · Pots")
    facts = world(TODAY, settings(), **shop(), sessions=[*fans, *pots])
    assert find(facts, spans("2026-03")) == []
    case = Case(facts, spans("2026-03"), {"product_group": "Fans", "channel": "Web"}, -1)
    moved = drivers.conversion(case)
    assert (moved["now"], round(moved["before"], 3)) == (0.01, 0.026)


def pipeline(late, fresh):
    """Twenty deals moved on from Offer in 1 to 20 days; some stand there for 16 days, some for 15."""
    history, rows = [], []
    for i in range(20):
        entered = D(2026, 1, 1)
        history += [
            {
                "opportunity_id": f"m{i}",
                "stage": "Offer",
                "entered_on": entered,
                "left_on": entered + timedelta(days=i + 1),
            }
        ]
        rows.append(
            {
                "opportunity_id": f"m{i}",
                "is_closed": True,
                "is_won": True,
                "stage": "Won",
                "amount": 10**5,
                "close_on": entered + timedelta(days=i + 1),
                "created_on": entered,
                "snapshot_on": TODAY,
            }
        )
    for i in range(late + fresh):
        entered = D(2026, 3, 15 if i < late else 16)
        history.append({"opportunity_id": f"s{i}", "stage": "Offer", "entered_on": entered})
        rows.append(
            {
                "opportunity_id": f"s{i}",
                "stage": "Offer",
                "amount": 10**6,
                "created_on": entered,
                "snapshot_on": TODAY,
                "close_on": D(2026, 5, 1),
            }
        )
    return {"opportunities": rows, "opportunity_stage_history": history}


@pytest.mark.parametrize(
    ("late", "fresh", "found"), [(2, 3, 1), (1, 2, 0), (0, 5, 0)], ids=["two fifths", "a third", "none"]
)
def test_deals_are_stuck_where_two_fifths_stand_beyond_the_line(late, fresh, found):
    facts = world(TODAY, settings(), **pipeline(late, fresh))
    items = [item for item in find(facts, spans("2026-03")) if item.watch == "stuck_deals"]
    assert len(items) == found
    if items:
        assert (items[0].amount, items[0].values["deals"], items[0].values["line_days"]) == (-late * 10**6, late, 15)


def test_stuck_deals_are_worth_what_such_deals_bring_by_amount():
    """Twenty deals of 100,000 are won, one of 8,000,000 is lost: 20 of 21 in number, a fifth in money."""
    lost = {"opportunity_id": "l", "is_closed": True, "is_won": False, "stage": "Lost", "amount": 8 * 10**6,
            "close_on": D(2026, 2, 1), "created_on": D(2026, 1, 1), "snapshot_on": TODAY}  # fmt: skip
    deals = pipeline(3, 2)
    facts = world(TODAY, settings(), **deals | {"opportunities": [*deals["opportunities"], lost]})
    (item,) = [item for item in find(facts, spans("2026-03")) if item.watch == "stuck_deals"]
    assert (item.amount, item.values["win_rate"]) == (-3 * 10**6 // 5, 0.2)


def test_customers_that_cost_more_than_planned_name_the_platform_that_spent_more():
    days = {month: D(2026, month, 9) for month in (2, 3)}
    ads = [
        {"spent_on": days[m], "platform": p, "campaign": p, "spend_amount": s, "clicks": 1}
        for m, p, s in ((2, "Meta", 10_000), (2, "Google", 10_000), (3, "Meta", 13_100), (3, "Google", 10_000))
    ]
    targets = [{"metric": "cac", "month_on": D(2026, 3, 1), "target": 300}]
    facts = world(TODAY, settings(), **shop(), ad_spend=ads, targets=targets)
    (item,) = find(facts, spans("2026-03"))
    assert (item.watch, item.basis, item.name) == ("cac", "vs_plan", "cut_spend")
    assert item.amount == -round((373 - 300) * 62)
    assert (item.why[0][1]["platform"], item.why[0][1]["rise"]) == ("Meta", pytest.approx(0.31))
    assert (
        find(world(TODAY, settings(), **shop(), ad_spend=ads, targets=[targets[0] | {"target": 373}]), spans("2026-03"))
        == []
    )


@pytest.mark.parametrize(("costs", "found"), [(0, []), (1, ["cac"])], ids=["salaries unknown", "all costs known"])
def test_costs_of_which_a_source_is_missing_are_no_success(costs, found):
    ads = [{"spent_on": D(2026, 3, 9), "platform": "Meta", "campaign": "A", "spend_amount": 23_000, "clicks": 1}]
    more = {"costs": [{"month_on": D(2026, 3, 1), "cost_type": "tools", "cost_amount": 100}]} if costs else {}
    targets = [{"metric": "cac", "month_on": D(2026, 3, 1), "target": 1000}]
    facts = world(TODAY, settings(), **shop(), **more, ad_spend=ads, targets=targets)
    assert [item.watch for item in find(facts, spans("2026-03"))] == found


def test_service_that_loses_customers_faster_than_planned():
    contracts = [
        {
            "subscription_id": str(i),
            "customer_id": f"c{i}",
            "start_on": D(2025, 1, 1),
            "mrr": 1000,
            "end_on": D(2026, 3, 15) if i < 4 else None,
        }
        for i in range(100)
    ]
    targets = [{"metric": "service_churn", "month_on": D(2026, 3, 1), "target": 20_000_000}]
    (item,) = find(world(TODAY, settings(), subscriptions=contracts, targets=targets), spans("2026-03"))
    assert (item.watch, item.amount, item.cases) == ("churn", -24_000, 4)
    assert (
        find(
            world(TODAY, settings(), subscriptions=contracts, targets=[targets[0] | {"target": 40_000_000}]),
            spans("2026-03"),
        )
        == []
    )


def test_no_money_is_told_twice():
    rows = {
        "product_group": ["a"] * 4,
        "channel": ["x", "x", "y", "y"],
        "region": ["n", "s"] * 2,
        "net_amount": [50, 60, 130, 100],
        "target": [100] * 4,
        "at": [0] * 4,
    }
    judged = parts.judged(parts.parts_of(pl.DataFrame(rows)), is_plan=True)
    told = list(parts.focus(judged, 1, 0.05))
    assert [(p["channel"], p["region"], p["delta"]) for p in told] == [("x", None, -90), ("y", "n", 30)]


def finding(**more):
    return Finding("x", -1, "vs_plan", **more)


def rule(days=7, topic="product"):
    return defaults().rules["review_mix"].model_copy(update={"due_days": days, "topic": topic})


@pytest.mark.parametrize(
    ("days", "due"), [(6, D(2026, 11, 6)), (7, D(2026, 11, 9)), (8, D(2026, 11, 9)), (9, D(2026, 11, 9))]
)
def test_a_day_to_act_until_is_never_on_a_weekend(days, due):
    assert due_on(finding(rule=rule(days)), D(2026, 10, 31)) == due


@pytest.mark.parametrize(
    ("owners", "owner"),
    [
        ({"Web": "1", "product": "2", "default": "3"}, "1"),
        ({"product": "2", "default": "3"}, "2"),
        ({"default": "3"}, "3"),
        ({}, None),
    ],
)
def test_the_owner_of_the_channel_goes_before_the_topic_and_the_default(owners, owner):
    assert owner_of(finding(rule=rule(), where={"channel": "Web"}), owners) == owner


@pytest.mark.parametrize(("begins", "named"), [(D(2026, 2, 28), True), (D(2026, 3, 1), False)])
def test_a_platform_that_begins_later_than_the_period_before_has_no_growth(begins, named):
    ads = [
        {"spent_on": day, "platform": p, "campaign": p, "spend_amount": s, "clicks": 1}
        for day, p, s in (
            (D(2026, 2, 9), "Google", 10_000),
            (begins, "Meta", 1_000),
            (D(2026, 3, 9), "Meta", 13_100),
            (D(2026, 3, 9), "Google", 10_000),
        )
    ]
    targets = [{"metric": "cac", "month_on": D(2026, 3, 1), "target": 300}]
    (item,) = find(world(TODAY, settings(), **shop(), ad_spend=ads, targets=targets), spans("2026-03"))
    assert names(item) == (["platform_spend"] if named else [])


def test_budget_moves_to_the_campaign_that_returned_most_in_the_period_itself():
    rows = shop()
    march = [line for line in rows["order_lines"] if "2026-03" in line["order_id"]]
    february = [line for line in rows["order_lines"] if "2026-02" in line["order_id"]]
    brought = {"Poor": march[:5], "Now": march[5:25], "Once": [*march[25:40], *february]}
    touches = [
        touch(line["order_id"], D.fromisoformat(line["order_id"][-10:]), name)
        for name, lines in brought.items()
        for line in lines
    ]
    ads = [
        {"spent_on": day, "platform": "Meta", "campaign": name, "spend_amount": amount, "clicks": 1}
        for name in brought
        for day, amount in ((D(2026, 2, 9), 1_000), (D(2026, 3, 9), 10_000))
    ]
    targets = [{"metric": "cac", "month_on": D(2026, 3, 1), "target": 300}]
    facts = world(TODAY, settings(), **rows, ad_spend=ads, touches=touches, targets=targets)
    (item,) = find(facts, spans("2026-03"))
    returned = dict(item.why)["campaign_return"]
    assert (item.name, returned["poor"], returned["good"]) == ("move_spend", "Poor", "Now")
    assert (returned["poor_roas"], returned["good_roas"]) == (0.45, 1.8)
