"""Service: tickets, how long they take, what waiting does to renewals; worked examples, both sides of each bound."""

from datetime import datetime

import pytest

from revops.kpis import counting, service

from .small import D, order, table, world

END = D(2026, 7, 1)
MAY = (D(2026, 5, 1), D(2026, 6, 1))
OPENED = D(2026, 5, 4)


def at(day, hour=9, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute)


def ticket(name, opened=OPENED, closed=None, **more):
    return {"ticket_id": name, "opened_at": at(opened), "closed_at": closed and at(closed), "customer_id": "c"} | more


def tickets(*rows, end=END):
    return service.counted(table("tickets", list(rows)), end)


def test_time_to_close_counts_open_tickets_as_running():
    rows = [ticket("a", closed=D(2026, 5, 5)), ticket("b", closed=D(2026, 5, 6)), ticket("c", closed=D(2026, 5, 8))]
    row = service.topic_table(tickets(*rows, ticket("d")), MAY, END).row(-1, named=True)
    assert (row["opened"], row["open"], row["hours_p50"], row["hours_p90"]) == (4, 1, 48, None)
    row = service.topic_table(tickets(*rows), MAY, END).row(-1, named=True)
    assert (row["hours_p50"], row["hours_p90"]) == (48, 96)


def test_a_ticket_closed_after_the_as_of_day_is_still_open():
    rows = tickets(ticket("a", closed=D(2026, 5, 20)), ticket("b", opened=D(2026, 5, 15)), end=D(2026, 5, 15))
    assert rows.select("ticket_id", "opened", "closed").rows() == [("a", 1, 0)]


@pytest.mark.parametrize(("opened", "counts"), [(D(2026, 4, 30), 0), (D(2026, 5, 1), 1), (D(2026, 6, 1), 0)])
def test_a_ticket_counts_in_the_period_in_which_it_was_opened(opened, counts):
    found = service.topic_table(tickets(ticket("a", opened)), MAY, END)
    assert (found["opened"][-1] if found.height else 0) == counts


def test_satisfaction_is_the_sum_of_scores_over_those_who_rated():
    rows = [ticket(str(i), closed=D(2026, 5, 5), satisfaction=s) for i, s in enumerate([5, 4, 1, None])]
    found = service.topic_table(tickets(*rows, ticket("open", satisfaction=1)), MAY, END).row(-1, named=True)
    assert (found["rated"], found["satisfaction"]) == (3, 10 / 3)
    assert tickets(*rows)["content"].sum() == 2
    assert service.topic_table(tickets(ticket("a")), MAY, END)["satisfaction"][-1] is None


def test_topics_stand_by_their_number_and_all_of_them_last():
    rows = [ticket("a", topic="Leak"), ticket("b", topic="Noise"), ticket("c", topic="Noise"), ticket("d")]
    found = service.topic_table(tickets(*rows), MAY, END)
    assert found.select("topic", "opened").rows() == [("Noise", 2), ("", 1), ("Leak", 1), (None, 4)]
    assert service.topic_table(tickets(), MAY, END).is_empty()


def contract(name="s", start=D(2025, 5, 20), end=None, customer="c", mrr=100):  # noqa: B008
    return {"subscription_id": name, "customer_id": customer, "start_on": start, "end_on": end, "mrr": mrr}


def contracts(*rows):
    return table("subscriptions", list(rows))


@pytest.mark.parametrize(
    ("start", "end", "day", "expected"),
    [
        (D(2025, 5, 20), None, D(2026, 5, 20), D(2026, 5, 20)),
        (D(2025, 5, 20), None, D(2026, 5, 21), D(2027, 5, 20)),
        (D(2025, 5, 20), D(2026, 8, 1), D(2026, 5, 21), D(2026, 8, 1)),
        (D(2024, 2, 29), None, D(2027, 1, 1), D(2027, 2, 28)),
        (D(2024, 2, 29), None, D(2028, 1, 1), D(2028, 2, 29)),
    ],
)
def test_a_contract_is_renewed_on_its_anniversary_or_ends(start, end, day, expected):
    assert service.renewal_on(start, end, day) == expected


@pytest.mark.parametrize(
    ("opened", "start", "found"),
    [
        (D(2026, 6, 15), D(2025, 7, 20), 1),
        (D(2026, 6, 16), D(2025, 7, 20), 0),
        (D(2026, 6, 1), D(2025, 9, 28), 1),
        (D(2026, 6, 1), D(2025, 9, 29), 0),
    ],
    ids=["15 days open", "14 days", "renewed in 90 days", "in 91"],
)
def test_contracts_that_are_renewed_soon_while_their_customer_waits(opened, start, found):
    waits = tickets(ticket("late", opened), ticket("new", D(2026, 6, 30)), ticket("x", D(2026, 1, 1), customer_id="y"))
    assert service.endangered(contracts(contract(start=start)), waits, END).height == found


def test_the_oldest_open_ticket_stands_beside_the_contract_and_a_closed_one_does_not():
    waits = tickets(
        ticket("old", D(2026, 5, 2), topic="Leak"), ticket("older", D(2026, 4, 1), D(2026, 4, 2)), ticket("b")
    )
    rows = contracts(contract(start=D(2025, 7, 20)), contract("t", D(2025, 7, 1), D(2026, 6, 1)))
    found = service.endangered(rows, waits, END)
    assert found.select("subscription_id", "ticket_id", "topic", "days", "renews_on").rows() == [
        ("s", "old", "Leak", 59, D(2026, 7, 20))
    ]


@pytest.mark.parametrize(
    ("opened", "closed", "waited"),
    [
        (D(2026, 4, 1), D(2026, 4, 15), False),
        (D(2026, 4, 1), D(2026, 4, 16), True),
        (D(2026, 5, 5), None, True),
        (D(2026, 5, 6), None, False),
        (D(2026, 1, 1), D(2026, 2, 19), False),
        (D(2026, 1, 1), D(2026, 2, 20), True),
    ],
    ids=["14 days", "15 days", "15 days by the end", "14 days by the end", "90 days before", "89 days before"],
)
def test_who_waited_for_long_before_a_contract_ended(opened, closed, waited):
    found = service.churn_after_wait(
        contracts(contract(end=D(2026, 5, 20))), tickets(ticket("a", opened, closed)), (D(2026, 1, 1), END)
    )
    assert found.rows() == [(True, int(waited), int(waited)), (False, int(not waited), int(not waited))]


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        (D(2025, 5, 20), None, (1, 0)),
        (D(2026, 5, 20), None, (0, 0)),
        (D(2025, 8, 1), None, (0, 0)),
        (D(2026, 1, 1), D(2026, 6, 30), (1, 1)),
        (D(2025, 3, 1), D(2026, 6, 30), (1, 1)),
        (D(2024, 5, 1), D(2025, 12, 31), (0, 0)),
        (D(2024, 5, 1), D(2026, 7, 1), (1, 0)),
    ],
    ids=["renewed", "began", "renewed later", "ended", "renewed and ended", "ended before", "ends later"],
)
def test_each_contract_counts_once_with_its_end_or_its_anniversary(start, end, counted):
    found = service.churn_after_wait(contracts(contract(start=start, end=end)), tickets(), (D(2026, 1, 1), END))
    assert tuple(found.row(1)[1:]) == counted


def served(span=MAY, **found):
    return sorted(service.served(world(D(2026, 6, 30), **found), [span]).collect()["customer_id"].unique())


def test_customers_served_hold_a_contract_on_a_day_of_the_period():
    rows = [
        contract("a", end=D(2026, 5, 1), customer="ended"), contract("b", end=D(2026, 5, 2), customer="till 1 May"),
        contract("c", D(2026, 5, 31), customer="from 31 May"), contract("d", D(2026, 6, 1), customer="later"),
        contract("e", mrr=0, customer="free"),
    ]  # fmt: skip
    assert served(subscriptions=rows) == ["from 31 May", "till 1 May"]


def test_without_contracts_those_are_served_who_bought_within_a_year():
    orders = [order("a", D(2025, 6, 1)), order("b", D(2025, 5, 31)), order("c", D(2026, 5, 31), is_cancelled=True)]
    assert served(orders=orders) == ["c-a"]


def test_tickets_per_100_customers():
    contracts_ = [contract(f"s{i}", customer=f"c{i}") for i in range(50)]
    facts = world(D(2026, 6, 30), subscriptions=contracts_, tickets=[ticket("a"), ticket("b")])
    row = counting.measure(facts, ["tickets_per_100"], [MAY]).row(0, named=True)
    assert (row["value"], row["numerator"], row["denominator"]) == (4.0, 200, 50)


@pytest.mark.parametrize("key", ["first_reply_hours", "reopen_rate", "satisfaction"])
def test_what_the_help_desk_does_not_record_is_not_0(key):
    row = counting.measure(world(D(2026, 6, 30), tickets=[ticket("a")]), [key], [MAY]).row(0, named=True)
    assert (row["value"], row["reason"]) == (None, "not_recorded")


def test_first_reply_and_reopening_where_they_are_recorded():
    rows = [
        ticket("a", closed=D(2026, 5, 9), first_reply_at=at(D(2026, 5, 4), 10, 30), reopens=2),
        ticket("b", closed=D(2026, 5, 9), first_reply_at=at(D(2026, 5, 4), 9, 30), reopens=0),
        ticket("c"),
    ]
    found = counting.measure(world(D(2026, 6, 30), tickets=rows), ["first_reply_hours", "reopen_rate"], [MAY])
    assert found["value"].to_list() == [1.0, 0.5]
