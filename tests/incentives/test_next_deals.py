"""What the next deal is worth, and how far the next step is."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from revops.incentives.given import Given, pay
from revops.incentives.next_deals import open_deals, pay_next, way_on
from revops.incentives.payouts import PersonMonth
from revops.incentives.plans import Plan

from .test_payouts import OCT, plan

NOBODY = pl.DataFrame(
    schema={"person_id": pl.String, "account_name": pl.String, "stage": pl.String, "amount": pl.Int64}
)


def month(made: Plan, credit: int, **given: Any) -> PersonMonth:
    payment = pay(made, Given({"direct": credit}, {"revenue": 1_200}, **given))
    return PersonMonth("P1", "An", "representative", "", None, None, OCT, made, payment=payment)


def deal(amount: int) -> pl.DataFrame:
    row = {"person_id": "P1", "account_name": "Hoa Sen", "stage": "Proposal", "amount": amount}
    return pl.DataFrame([row], schema=NOBODY.schema)


@pytest.mark.parametrize(("more", "worth"), [(80, 4), (150, 10), (3_000, 149)])
def test_a_deal_is_worth_what_the_plan_pays_for_it(more: int, worth: int) -> None:
    """1,120 of 1,200 earn 56; the next 80 earn 5 %, what lies beyond 8 %, and the cap of 205 leaves 149."""
    made = plan(component={"cap": {"amount": 205}})
    found = pay_next([month(made, 1_120)], [made], deal(more), 1).row(0, named=True)
    assert (found["more_amount"], found["worth_amount"], found["account_name"]) == (more, worth, "Hoa Sen")


def test_a_deal_is_worth_what_all_components_pay_that_count_it() -> None:
    """80 more at 5 %, and 10 % of every own sale; what counts the channel, or one product only, has no part in it."""
    flat = {"scale": "whole", "rate": "10%", "note": "n"}
    tiers = [{"from": 0, "to": 1, "rate": "5%"}, {"from": 1, "to": None, "rate": "8%"}]
    first = {"name": "c", "credit": "direct", "scale": "marginal", "bounds": "quota", "note": "n", "tiers": tiers}
    beside: list[dict[str, Any]] = [{"name": "all", "credit": "direct"}, {"name": "web", "credit": "channel"}]
    beside.append({"name": "fans", "credit": "direct", "where": {"product_group": "Fans"}})
    made = plan(components=[first, *(part | flat for part in beside)])
    assert pay_next([month(made, 1_120)], [made], deal(80), 1)["worth_amount"].item() == 4 + 8


def test_the_cap_of_the_plan_counts() -> None:
    made = plan(cap={"amount": 60})
    assert pay_next([month(made, 1_120)], [made], deal(150), 1)["worth_amount"].item() == 4


@pytest.mark.parametrize(("credit", "more"), [(1_100, 100), (300, 30), (1_500, 150), (0, 1)])
def test_without_a_deal_the_way_to_a_near_step_or_a_tenth_is_asked(credit: int, more: int) -> None:
    """1,200 is near from 1,100; from 300 on it is farther than what is credited, and 1,500 is past it."""
    made = plan()
    assert pay_next([month(made, credit)], [made], NOBODY, 1)["more_amount"].item() == more
    payment = month(made, credit).payment
    assert payment is not None
    assert way_on(payment.payouts[0], 1) == more


def test_the_deal_furthest_along_counts_the_larger_of_equals() -> None:
    keys = ("person_id", "opportunity_id", "stage", "amount", "account_name", "name")
    rows = [
        ("P1", "a", "Proposal", 900, "A", None),
        ("P1", "b", "Negotiation", 100, None, "B"),
        ("P1", "c", "Negotiation", 100, "C", None),
        ("P1", "d", "Negotiation", 90, "D", None),
        (None, "e", "Negotiation", 90, "E", None),
        ("P2", "f", "Proposal", 0, "F", None),
    ]
    deals = pl.DataFrame([dict(zip(keys, row, strict=True)) for row in rows])
    assert open_deals(deals, ["Proposal", "Negotiation"]).rows() == [("P1", "B", "Negotiation", 100)]


def test_whose_payment_is_stopped_is_promised_nothing() -> None:
    made = plan()
    stopped = PersonMonth("P1", "An", "representative", "", None, None, date(2026, 10, 1), made)
    assert pay_next([stopped], [made], deal(80), 1).is_empty()
