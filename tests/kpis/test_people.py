"""Sales people: presence, ramp, selling days; worked examples and both sides of each bound."""

import polars as pl
import pytest

from revops.kpis import counting, people

from .deals import deal
from .small import D, line, order, world

MAY = (D(2026, 5, 1), D(2026, 6, 1))
AS_OF = D(2026, 5, 31)


def person(name, start=D(2024, 1, 1), **more):  # noqa: B008
    base = {"person_id": name, "start_on": start, "name": f"Bà {name}", "role": "rep", "team": "Sales"}
    return base | {"hired_on": start} | more


def sale(name, day, net, person_id="a", discount=0):
    return order(name, day, person_id=person_id), line(name, net, discount=discount)


def shop(*sales, **more):
    orders, lines = ([one[side] for one in sales] for side in (0, 1))
    return world(more.pop("as_of", AS_OF), orders=orders, order_lines=lines, **more)


def days_of(*staff, span=MAY):
    facts = shop(
        *[sale(f"o{i}", D(2026, 5, 4), 10, row["person_id"]) for i, row in enumerate(staff)], people=list(staff)
    )
    days = people.FACTS["person_days"].rows(facts, [span]).collect()
    return dict(days.group_by("person_id").agg(pl.col("days").sum()).rows())


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, 31),
        ({"start": D(2026, 5, 31)}, 1),
        ({"start": D(2026, 6, 1)}, None),
        ({"left_on": D(2026, 5, 1)}, None),
        ({"left_on": D(2026, 5, 16)}, 15),
        ({"start": D(2026, 5, 4), "left_on": D(2026, 5, 16)}, 12),
        ({"end_on": D(2026, 5, 11)}, 10),
        ({"start": D(2026, 4, 1), "hired_on": D(2026, 5, 22)}, 10),
    ],
    ids=[
        "all",
        "the last day",
        "later",
        "left before",
        "left",
        "came and left",
        "role ended",
        "hired later than listed",
    ],
)
def test_days_present(more, days):
    assert days_of(person("a", **more)).get("a") == days


def test_two_roles_of_one_person_count_each_day_once():
    staff = [person("a", end_on=D(2026, 5, 11)), person("a", D(2026, 5, 11), hired_on=D(2024, 1, 1), role="lead")]
    assert days_of(*staff) == {"a": 31}


def test_working_days_follow_the_companys_week_and_the_holidays():
    facts = shop(sale("o", D(2026, 5, 4), 10), people=[person("a")])
    assert people.FACTS["person_days"].rows(facts, [MAY]).collect()["work_days"].to_list() == [
        25
    ]  # 31, 5 Sundays, 1 May


def test_a_person_whom_no_order_deal_or_activity_names_does_not_sell():
    staff = [person("seller"), person("dealer"), person("caller"), person("driver")]
    facts = shop(
        sale("o", D(2026, 5, 4), 10, "seller"), people=staff, opportunities=[deal("d", person_id="dealer")],
        activities=[{"activity_id": "x", "person_id": "caller", "done_on": D(2026, 5, 5)}],
    )  # fmt: skip
    assert people.sellers(facts)["person_id"].to_list() == ["caller", "dealer", "seller"]


def test_a_line_per_person_with_what_each_figure_rests_on():
    deals = [
        deal(f"d{i}", won=won, person_id="a", close=close, amount=100, created=D(2026, 4, 1))
        for i, (won, close) in enumerate(
            [(True, D(2026, 5, 1)), (True, D(2026, 5, 11)), (False, D(2026, 5, 2)), (None, MAY[0])]
        )
    ]
    facts = shop(
        sale("o", D(2026, 5, 4), 900, discount=100), sale("p", D(2026, 4, 30), 50), sale("q", D(2026, 5, 5), 70, "b"),
        people=[person("a", left_on=D(2026, 5, 16)), person("b")], opportunities=deals,
        activities=[
            {"activity_id": str(i), "person_id": "a", "done_on": day}
            for i, day in enumerate([D(2026, 4, 2), D(2026, 5, 4), D(2026, 5, 4), D(2026, 5, 5), D(2026, 5, 3), None])
        ],
    )  # fmt: skip
    rows = {row["person_id"]: row for row in people.person_table(facts, MAY, (D(2026, 3, 1), MAY[1])).to_dicts()}
    keys = ("days", "net_amount", "gross_amount", "discount_amount", "closed", "won", "won_amount", "cycle_days")
    assert tuple(rows["a"][key] for key in keys) == (15, 900, 1000, 100, 3, 2, 200, 35.0)
    assert rows["a"]["active_days"] == 2  # 3 May 2026 is a Sunday; two calls of a day are one day
    assert (rows["b"]["closed"], rows["b"]["cycle_days"], rows["b"]["active_days"]) == (0, None, None)


def test_before_activities_begin_selling_days_are_unknown_not_0():
    later = [{"activity_id": "1", "person_id": "a", "done_on": D(2026, 6, 4)}]
    facts = shop(sale("o", D(2026, 5, 4), 10), people=[person("a")], activities=later, as_of=D(2026, 6, 30))
    assert people.person_table(facts, MAY, MAY)["active_days"].to_list() == [None]


HIRED = D(2026, 2, 10)


def team(new, old=100, hired=HIRED, **more):
    """A newcomer with so much revenue a month from February on, two old hands with `old` and `old` + 20."""
    sales = [sale(f"n{i}", D(2026, 2 + i, 20), net, "new") for i, net in enumerate(new)]
    for month in range(1, 6):
        sales += [sale(f"{p}{month}", D(2026, month, 9), old + extra, p) for p, extra in (("a", 0), ("b", 20))]
    facts = shop(*sales, people=[person("a"), person("b"), person("new", hired, **more)])
    return people.ramp(facts, people.person_months(facts)).select("person_id", "months", "running").rows()


@pytest.mark.parametrize(
    ("new", "months", "running"),
    [([110], 1, 0), ([109, 110], 2, 0), ([0, 0, 109, 110], 4, 0), ([109, 109, 109, 109], 4, 1), ([0], 4, 1)],
    ids=["at the median in the month of hiring", "just below, then at it", "in the fourth", "never", "nothing sold"],
)
def test_ramp_is_the_months_until_the_median_of_the_team_is_reached(new, months, running):
    assert team(new) == [("new", months, running)]


def test_who_left_before_reaching_it_counts_as_running_up_to_then():
    assert team([0, 0], left_on=D(2026, 4, 1)) == [("new", 2, 1)]


@pytest.mark.parametrize(("hired", "known"), [(D(2025, 12, 31), False), (D(2026, 1, 1), True)])
def test_who_was_hired_before_detailed_lines_begin_tells_nothing_of_ramp(hired, known):
    assert bool(team([110], hired=hired)) is known


def test_ramp_time_of_all_counts_those_still_on_the_way():
    ramps = pl.DataFrame({"months": [3, 5, 9, 2], "running": [0, 0, 1, 1]})
    assert people.ramp_time(ramps) == {"median": 5, "reached": 2, "running": 2}


def test_who_was_there_for_half_of_the_period_counts_half():
    facts = shop(sale("o", D(2026, 5, 4), 60), sale("p", D(2026, 5, 5), 30, "b"),
                 people=[person("a"), person("b", D(2026, 5, 17))])  # fmt: skip
    row = counting.measure(facts, ["revenue_per_person"], [MAY]).row(0, named=True)
    assert (row["value"], row["numerator"], row["denominator"]) == (61, 90 * 31, 31 + 15)


def test_discounts_of_a_person_against_the_team():
    facts = shop(sale("o", D(2026, 5, 4), 90, discount=10), sale("p", D(2026, 5, 5), 300, "b"),
                 people=[person("a"), person("b")])  # fmt: skip
    own = counting.measure(facts, ["discount_share"], [MAY], by=["person_id"])
    assert dict(own.select("person_id", "value").rows()) == {"a": 0.1, "b": 0.0}
    assert counting.measure(facts, ["discount_share"], [MAY])["value"].to_list() == [0.025]
