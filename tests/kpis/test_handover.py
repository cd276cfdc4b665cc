"""Hand-overs that leak and the way from lead to renewal: worked examples and both sides of each bound."""

import pytest

from revops.kpis.pipeline import handover, journey

from .deals import JAN, deal
from .small import D, company, order, world

END = D(2026, 6, 30)
SPAN = (D(2026, 4, 1), D(2026, 7, 1))
DAY = D(2026, 5, 4)


def lead(name="l", created=DAY, **more):
    return {"lead_id": name, "created_on": created, "person_id": "p1", "status": "Contacted"} | more


def leak_of(name, settings=None, **found):
    table, records = handover.leaks(world(END, settings or company(), **found), SPAN)
    row = table.filter(table["leak"] == name).row(0, named=True)
    return row | {"records": records.filter(records["leak"] == name)["record_id"].to_list()}


def told(name, **found):
    row = leak_of(name, **found)
    return row["cases"], row["of"], row["reason"]


def test_a_lead_without_owner():
    row = leak_of("without_owner", leads=[lead("a", person_id=None), lead("b")])
    assert (row["cases"], row["of"], row["records"], row["person_id"]) == (1, 2, ["a"], None)


@pytest.mark.parametrize("created", [D(2026, 3, 31), D(2026, 7, 1)])
def test_only_the_leads_of_the_span_are_judged(created):
    assert told("without_owner", leads=[lead(created=created, person_id=None), lead("b")]) == (0, 1, None)


@pytest.mark.parametrize(("done", "cases"), [(D(2026, 5, 7), 0), (D(2026, 5, 8), 1), (None, 1)])
def test_a_lead_is_answered_within_three_days(done, cases):
    activities = [{"activity_id": "x", "lead_id": "other", "done_on": D(2026, 4, 1)}]
    activities += [{"activity_id": "a", "lead_id": "l", "done_on": done}]
    assert told("unanswered", leads=[lead()], activities=activities) == (cases, 1, None)


@pytest.mark.parametrize(("created", "of"), [(D(2026, 6, 27), 1), (D(2026, 6, 28), 0)])
def test_a_lead_younger_than_the_limit_is_not_judged(created, of):
    activities = [{"activity_id": "x", "lead_id": "other", "done_on": D(2026, 4, 1)}]
    assert told("unanswered", leads=[lead(created=created)], activities=activities)[1] == of


@pytest.mark.parametrize(
    ("status", "found"),
    [("New", (1, 2, None)), (" new ", (1, 2, None)), ("Nurturing", (None, None, "not_recorded"))],
)
def test_without_activities_a_lead_still_new_is_unanswered_and_no_status_tells_nothing(status, found):
    assert told("unanswered", leads=[lead(status=status), lead("b")]) == found


def test_a_conversion_without_a_deal():
    leads = [
        lead("a", converted_on=DAY, opportunity_id="d1"), lead("b", converted_on=DAY),
        lead("c", status="Converted", opportunity_id="gone"), lead("d"),
    ]  # fmt: skip
    row = leak_of("into_nothing", leads=leads, opportunities=[deal("d1")])
    assert (row["cases"], row["of"], row["records"]) == (2, 3, ["b", "c"])
    assert told("into_nothing", leads=[lead()])[2] == "not_recorded"


@pytest.mark.parametrize(
    ("more", "cases"),
    [
        ({}, 1),
        ({"orders": [order("o", D(2026, 4, 30), account_id="A")]}, 1),
        ({"orders": [order("o", D(2026, 5, 1), account_id="A")]}, 0),
        ({"orders": [order("o", D(2026, 6, 30), account_id="A")]}, 0),
        ({"orders": [order("o", D(2026, 5, 9), account_id="B")]}, 1),
        ({"orders": [order("o", D(2026, 5, 9), account_id="A", is_cancelled=True)]}, 1),
        ({"orders": [order("o", D(2026, 5, 9), customer_id="c1")]}, 0),
        ({"subscriptions": [{"subscription_id": "s", "customer_id": "c1", "start_on": D(2026, 5, 9), "mrr": 1}]}, 0),
        ({"activities": [{"activity_id": "a", "opportunity_id": "w", "done_on": D(2026, 5, 2)}]}, 0),
        ({"activities": [{"activity_id": "a", "opportunity_id": "w", "done_on": D(2026, 5, 1)}]}, 1),
    ],
    ids=[
        "nothing", "an order before", "an order that day", "at the limit", "of another account", "cancelled",
        "by the account's customer", "a contract", "an activity after", "an activity that day",
    ],
)  # fmt: skip
def test_a_won_deal_that_nothing_followed_within_60_days(more, cases):
    found = {"orders": [order("x", JAN, account_id="X")], "activities": [{"activity_id": "x", "done_on": JAN}]}
    found = {name: found.get(name, []) + more.get(name, []) for name in {*found, *more}}
    won = deal("w", won=True, close=D(2026, 5, 1), account_id="A", person_id="p1", amount=700)
    row = leak_of("nothing_followed", opportunities=[won],
                  accounts=[{"account_id": "A", "customer_id": "c1", "name": "A"}], **found)  # fmt: skip
    assert (row["cases"], row["of"], row["amount"]) == (cases, 1, 700 * cases)


@pytest.mark.parametrize(("close", "of"), [(D(2026, 5, 1), 1), (D(2026, 5, 2), 0), (D(2026, 1, 30), 0)])
def test_a_won_deal_is_judged_once_its_60_days_are_over(close, of):
    orders = [order("x", JAN, account_id="X")]
    assert (
        told("nothing_followed", opportunities=[deal("w", won=True, close=close, account_id="A")], orders=orders)[1]
        == of
    )


BEGAN = D(2025, 5, 4)


def contract(name="s", end=DAY, customer="c1", start=BEGAN, mrr=100):
    return {"subscription_id": name, "customer_id": customer, "start_on": start, "end_on": end, "mrr": mrr}


@pytest.mark.parametrize(
    ("activity", "more", "cases"),
    [
        (D(2026, 3, 5), [], 0),
        (D(2026, 3, 4), [], 1),
        (DAY, [], 0),
        (D(2026, 5, 5), [], 1),
        (D(2025, 9, 1), [contract("t", None, start=DAY)], 0),
        (D(2025, 9, 1), [contract("t", None, start=D(2026, 6, 30))], 0),
        (D(2025, 9, 1), [contract("t", None, start=D(2026, 1, 1))], 0),
        (D(2025, 9, 1), [contract("t", D(2026, 2, 1), start=JAN)], 1),
    ],
    ids=[
        "60 days before",
        "61 days",
        "that day",
        "after",
        "goes on",
        "within 60 days",
        "another runs",
        "another ended",
    ],
)
def test_a_contract_that_ended_and_nobody_spoke_to_the_customer(activity, more, cases):
    row = leak_of(
        "not_spoken_to",
        subscriptions=[contract(), *more],
        accounts=[{"account_id": "A", "customer_id": "c1", "name": "A", "person_id": "p9"}],
        activities=[{"activity_id": "a", "account_id": "A", "done_on": activity}],
    )
    assert (row["cases"], row["of"], row["amount"]) == (cases, 1, 1200 * cases)
    assert row["person_id"] == ("p9" if cases else None)


def test_where_no_activity_belongs_to_a_customer_nothing_is_said_of_renewals():
    activities = [{"activity_id": "a", "opportunity_id": "d", "done_on": DAY}]
    assert told("not_spoken_to", subscriptions=[contract()], activities=activities) == (None, None, "not_recorded")


def test_an_account_on_which_two_work_apart():
    rows = [
        deal("a", account_id="A", person_id="p1"), deal("b", account_id="A", person_id="p2", amount=300),
        deal("c", account_id="B", account_name="Bến Gỗ", person_id="p1"),
        deal("d", account_id="C", person_id="p1"), deal("e", account_id="C", person_id="p1"),
        deal("f", account_id="C", person_id="p2", won=True),
    ]  # fmt: skip
    leads = [lead(account_name="Bến Gỗ", person_id="p3"), lead("own", account_name="Bến Gỗ")]
    row = leak_of("two_apart", opportunities=rows, leads=leads)
    assert (row["cases"], row["of"], row["amount"], row["records"]) == (2, 3, 500, ["A", "B"])


def test_a_lead_is_worth_what_the_judged_ones_of_a_year_brought():
    old = [lead(f"o{i}", D(2025, 9, 1), opportunity_id="w" if i == 0 else None) for i in range(4)]
    won = deal("w", won=True, amount=1000, close=D(2025, 10, 1))
    row = leak_of("without_owner", leads=[*old, lead(person_id=None)], opportunities=[won])
    assert row["amount"] == 250
    assert leak_of("without_owner", leads=[lead(person_id=None)])["amount"] is None


def test_without_any_source_every_leak_says_so():
    table, records = handover.leaks(world(END), SPAN)
    assert set(table["reason"]) == {"no_source"}
    assert table["cases"].null_count() == table.height == len(handover.HANDOVERS)
    assert records.is_empty()


def test_who_holds_most_of_the_cases():
    leads = [lead(f"{p}{i}", person_id=p, status="New") for p, n in (("p1", 1), ("p2", 3)) for i in range(n)]
    row = leak_of("unanswered", leads=leads)
    assert (row["cases"], row["person_id"], row["person_cases"]) == (4, "p2", 3)


def way(**found):
    rows = journey.journey(world(END, **found), (D(2026, 1, 1), D(2026, 7, 1)))
    return {row.pop("step"): row for row in rows.to_dicts()}


LEADS = [
    lead("young", D(2026, 6, 1)), lead("old", JAN),
    *[lead(f"{i}", JAN, converted_on=D(2026, 1, 11), opportunity_id=f"d{i}") for i in range(4)],
]  # fmt: skip
DEALS = [
    deal("d0", created=D(2026, 1, 11)), deal("d1", won=False, created=D(2026, 1, 11)),
    deal("d2", won=True, close=D(2026, 3, 1), created=D(2026, 1, 11), account_id="A"),
    deal("d3", won=True, close=D(2026, 6, 1), created=D(2026, 1, 11), account_id="B"),
]  # fmt: skip
ORDERS = [order("a", D(2026, 3, 6), account_id="A"), order("b", D(2026, 5, 6), account_id="A")]


def test_from_lead_to_renewal_step_by_step():
    steps = way(leads=LEADS, opportunities=DEALS, orders=ORDERS)
    counts = {name: tuple(row[k] for k in ("reached", "passed", "open", "dropped")) for name, row in steps.items()}
    assert counts == {
        "lead": (6, 4, 1, 1), "qualified": (4, 4, 0, 0), "deal": (4, 2, 1, 1), "won": (2, 1, 1, 0),
        "customer": (1, 1, 0, 0), "renewed": (1, None, None, None),
    }  # fmt: skip
    assert [steps[name]["conversion"] for name in ("lead", "deal")] == [0.8, 2 / 3]
    assert [steps[name]["days_median"] for name in ("lead", "qualified", "deal", "won")] == [10, 0, 49, 5]
    assert steps["lead"]["open_days"] == 29.0


@pytest.mark.parametrize(("day", "again"), [(D(2026, 5, 5), 0), (D(2026, 5, 6), 1)], ids=["60 days", "61 days"])
def test_who_orders_again_after_60_days_is_renewed(day, again):
    orders = [ORDERS[0], order("b", day, account_id="A")]
    assert way(leads=LEADS, opportunities=DEALS, orders=orders)["renewed"]["reached"] == again


def test_orders_that_name_no_account_tell_nothing_of_customers():
    steps = way(leads=LEADS, opportunities=DEALS, orders=[order("x", JAN)])
    assert (steps["won"]["reached"], steps["won"]["conversion"]) == (2, None)
    assert steps["customer"]["reason"] == steps["renewed"]["reason"] == "not_recorded"


def test_without_leads_there_is_no_way():
    assert way(opportunities=DEALS) == {}
