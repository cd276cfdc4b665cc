"""What campaigns cost and bring: the table by every rule sums to revenue; returns, and where they are unknown."""

import pytest

from revops.kpis import counting
from revops.kpis.headline import value_of
from revops.kpis.marketing.attribution import RULES
from revops.kpis.marketing.campaigns import UNATTRIBUTED, campaign_table, openers
from revops.kpis.measure import missing

from .small import PRODUCTS, D, company, line, order, table, touch, world

MAR, APR, DAY = D(2026, 3, 1), D(2026, 4, 1), D(2026, 3, 20)
SPAN = (MAR, APR)
HALF = table("products", [{"product_id": "half", "product_group": "Rest", "unit_cost": 6_000_000}])


def facts(orders, touches, ads=(), *, product="fan", leads=(), **settings):
    """Facts as of the end of March: orders (id, net), visits, ads (campaign, spend on 9 March)."""
    return world(
        D(2026, 3, 31),
        company(**settings),
        orders=[order(key, DAY) for key, _ in orders],
        order_lines=[line(key, net, product=product) for key, net in orders],
        touches=list(touches),
        ad_spend=[{"spent_on": D(2026, 3, 9), "platform": "Meta", "campaign": name, "spend_amount": amount}
                  for name, amount in ads],
        leads=list(leads),
        products=PRODUCTS.vstack(HALF),
    )  # fmt: skip


def rows(found):
    return {row["campaign"]: row for row in campaign_table(found, SPAN).to_dicts()}


def two_visits(order_id="1", first="Opens", last="Closes"):
    return [
        touch(None, D(2026, 3, 10), first, visitor=f"v{order_id}"),
        touch(order_id, DAY, last, visitor=f"v{order_id}"),
    ]


def test_every_rule_sums_to_the_revenue_of_the_period():
    found = facts([("1", 1000), ("2", 500), ("3", 77)], [*two_visits(), touch("2", DAY, "Own")], [("Opens", 400)])
    table_ = campaign_table(found, SPAN)
    assert {rule: table_[f"{rule}_amount"].sum() for rule in RULES} == dict.fromkeys(RULES, 1577)
    named = rows(found)
    assert (named["Opens"]["first_amount"], named["Opens"]["last_amount"], named["Opens"]["net_amount"]) == (
        1000,
        0,
        500,
    )
    assert (named["Closes"]["first_amount"], named["Closes"]["last_amount"]) == (0, 1000)
    assert (named[UNATTRIBUTED]["net_amount"], named[UNATTRIBUTED]["orders"]) == (77, 1)


@pytest.mark.parametrize(("rule", "credited"), [("first", 1000), ("last", 0), ("linear", 500), ("position", 500)])
def test_the_company_chooses_the_rule_that_returns_are_judged_by(rule, credited):
    found = facts([("1", 1000)], two_visits(), [("Opens", 500)], kpis={"attribution": rule})
    assert rows(found)["Opens"]["net_amount"] == credited
    assert rows(found)["Opens"]["roas"] == credited / 500
    assert value_of(found, "roas", SPAN).value == credited / 500
    assert value_of(found, "attributed_revenue", SPAN).value == 1000


def test_return_on_ad_spend_is_30_by_10():
    found = facts([("1", 30)], [touch("1", DAY, "A")], [("A", 10)])
    assert rows(found)["A"]["roas"] == 3.0


def test_a_campaign_returns_20_percent_at_margin_and_not_the_200_of_revenue():
    """Revenue 3,000 at a margin of 40 % against 1,000 spent; a cost of 600 a unit on three units of 1,000."""
    orders = [(key, 1000) for key in "123"]
    found = facts(orders, [touch(key, DAY, "A") for key in "123"], [("A", 1000)], product="half")
    assert rows(found)["A"]["profit_amount"] == 1200
    assert rows(found)["A"]["roi"] == pytest.approx(0.20)
    assert value_of(found, "campaign_roi", SPAN).value == pytest.approx(0.20)


def test_where_a_product_has_no_cost_the_return_at_margin_is_unknown():
    found = facts([("1", 3000)], [touch("1", DAY, "A")], [("A", 1000)], product="unknown")
    assert (rows(found)["A"]["roas"], rows(found)["A"]["profit_amount"], rows(found)["A"]["roi"]) == (3.0, None, None)
    assert value_of(found, "campaign_roi", SPAN) == missing("no_costs")


def test_a_campaign_that_no_order_ever_named_has_no_return_rather_than_0():
    lead = {"lead_id": "l", "campaign": "Dealers", "created_on": D(2026, 3, 9)}
    found = facts([("1", 30)], [touch("1", DAY, "A")], [("A", 10), ("Dealers", 20)], leads=[lead])
    dealers = rows(found)["Dealers"]
    assert (dealers["roas"], dealers["roi"], dealers["cac"], dealers["leads"]) == (None, None, None, 1)
    assert value_of(found, "roas", SPAN).value == 3.0  # of the spend that can be traced
    cells = counting.measure(found, ["roas"], [SPAN], by=("campaign",))
    assert dict(cells.select("campaign", "reason").rows()) == {"A": None, "Dealers": "no_cases"}


def test_new_customers_are_shared_by_the_same_weights():
    found = facts([("1", 30), ("2", 30)], [*two_visits("1", "A", "B"), touch("2", DAY, "A")], [("A", 30), ("B", 10)])
    assert {name: rows(found)[name]["new_customers"] for name in "AB"} == {"A": 1.5, "B": 0.5}
    assert {name: rows(found)[name]["cac"] for name in "AB"} == {"A": 20.0, "B": 20.0}
    assert value_of(found, "paid_cac", SPAN).value == 20


def test_paid_cac_without_a_customer_that_advertising_led_to_is_undefined():
    found = facts([("1", 30)], [touch("1", DAY, None, visitor="v", platform="Email")], [("A", 30)])
    assert (value_of(found, "paid_cac", SPAN).value, rows(found)["A"]["cac"]) == (None, None)


def test_without_any_visit_all_revenue_is_unattributed():
    found = facts([("1", 30)], [])
    assert campaign_table(found, SPAN).select("campaign", "net_amount", "orders").rows() == [(UNATTRIBUTED, 30, 1.0)]


def test_the_campaign_that_opens_what_others_close_is_named():
    found = facts(
        [("1", 1000), ("2", 100)], [*two_visits(), *two_visits("2", "Closes", "Opens")], [("Opens", 5), ("Closes", 5)]
    )
    assert openers(campaign_table(found, SPAN)).rows() == [("Opens", 1000, 100, 10.0)]
