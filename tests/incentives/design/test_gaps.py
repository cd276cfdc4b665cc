"""Planted plans: each pays for nothing in one way, and the finding says where, how much and whom it met."""

from fractions import Fraction
from typing import Any

import pytest

from revops.incentives.design.asked import asked
from revops.incentives.design.gaps import KINDS, Gap, gaps
from revops.incentives.plans import Plan

from .planted import QUOTA, months_of, plan

CURVE = {"scale": None, "bounds": None, "tiers": None, "target": 1_000}


def found_in(of: Plan, sold: dict[str, list[int]], orders: dict[str, list[int]] | None = None) -> dict[str, list[Gap]]:
    """Everything found, by kind; `orders`: what a person's month is made of."""
    months = months_of(of, sold)
    windows = asked(months, [of])
    deals = {
        (who, "T", 0, one.window): [(f"O{n}", amount) for n, amount in enumerate(amounts)]
        for who, amounts in (orders or {}).items()
        for one in windows
        if one.person.person_id == who
    }
    every = gaps(windows, months, deals)
    return {kind: [gap for gap in every if gap.kind == kind] for kind in KINDS}


def test_a_marginal_plan_whose_tiers_are_all_reached_has_no_gap() -> None:
    every = found_in(plan(), {"P1": [50_000, 120_000]})
    assert not [gap for kind in every.values() for gap in kind]


@pytest.mark.parametrize(
    ("sold", "missed"),
    [([97_999], 0), ([98_000], 3_000), ([99_999], 3_000), ([100_000], 0), ([99_000, 99_500, 120_000], 6_000)],
)
def test_a_cliff_names_its_height_and_who_just_missed_it(sold: list[int], missed: int) -> None:
    """5 % below the quota and 8 % on everything from it on: 3,000 at once."""
    [cliff] = found_in(plan({"scale": "whole"}), {"P1": sold})["cliff"]
    assert (cliff.start, cliff.height, cliff.amount) == (1, 3_000, missed)
    assert len(cliff.met) == missed // 3_000


def test_a_threshold_is_a_cliff_and_a_dead_zone_below_it() -> None:
    every = found_in(plan({"threshold": "50%"}), {"P1": [30_000], "P2": [49_500], "P3": [80_000]})
    [cliff], [dead] = every["cliff"], every["dead"]
    assert (cliff.start, cliff.height, cliff.people) == (Fraction(1, 2), 2_500, ["P2"])
    assert (dead.start, dead.end, dead.amount, dead.people) == (0, Fraction(1, 2), 79_500, ["P1", "P2"])


def test_a_piece_of_a_curve_that_is_flat_is_a_dead_zone() -> None:
    """Nothing more between 100 % and 120 %: 110,000 sold 10,000 for nothing."""
    curve = [["0%", "0%"], ["100%", "100%"], ["120%", "100%"], ["150%", "200%"]]
    [dead] = found_in(plan({**CURVE, "curve": curve}), {"P1": [110_000], "P2": [130_000]})["dead"]
    assert (dead.start, dead.end, dead.amount, dead.people) == (1, Fraction(6, 5), 10_000, ["P1"])


def test_a_cap_tells_what_it_took() -> None:
    """120,000 earn 6,600 and 150,000 earn 9,000; at most 6,000 are paid."""
    [cap] = found_in(plan({"cap": {"amount": 6_000}}), {"P1": [120_000, 150_000, 90_000]})["cap"]
    assert (cap.amount, cap.people, len(cap.met)) == (600 + 3_000, ["P1"], 2)


def test_the_cap_of_the_plan_is_one_of_its_own() -> None:
    [cap] = found_in(plan(cap={"amount": 6_000}), {"P1": [120_000]})["cap"]
    assert (cap.component, cap.amount) == ("", 600)


@pytest.mark.parametrize(("sold", "is_gap"), [(99_999, True), (100_000, False)])
def test_a_tier_that_nobody_reached_is_told_with_the_best(sold: int, is_gap: bool) -> None:
    unreached = found_in(plan(), {"P1": [sold], "P2": [40_000]})["unreached"]
    assert [(gap.start, gap.reached) for gap in unreached] == ([(1, Fraction(99_999, 100_000))] if is_gap else [])


def test_a_guarantee_is_pay_without_attainment_only_for_what_was_not_earned() -> None:
    """At least 2,000: 500 of sales earn 25, so 1,975 are given; 100,000 earn 5,000 and nothing is given."""
    held = plan(draw={"kind": "non_recoverable_guarantee", "amount": 2_000})
    [given] = found_in(held, {"P1": [500, 100_000]})["without"]
    assert (given.amount, given.people, len(given.met)) == (1_975, ["P1"], 1)


@pytest.mark.parametrize(("orders", "luck"), [([60_000, 60_000], 3_600), ([59_999, 30_001, 30_000], 0)])
def test_one_deal_that_made_the_month_is_luck(orders: list[int], luck: int) -> None:
    """120,000 earn 6,600; without one deal of 60,000 the month earns 3,000."""
    every: dict[str, Any] = found_in(plan(), {"P1": [sum(orders)]}, {"P1": orders})
    assert sum(gap.amount for gap in every["luck"]) == luck


def test_a_stopped_payment_is_no_evidence() -> None:
    stopped = {("P1", months_of(plan(), {"P1": [QUOTA]})[0].month_on): ["told elsewhere"]}
    months = months_of(plan({"scale": "whole"}), {"P1": [99_999]}, stopped=stopped)
    assert gaps(asked(months, [plan({"scale": "whole"})]), months, {}) == []


def test_where_tiers_are_amounts_places_are_amounts_whatever_the_quota() -> None:
    """Nothing below 50,000 and 5 % of everything from it on, for everybody alike; 60,000 is not reached."""
    tiers = [{"from": 0, "to": 50_000, "rate": "0%"}, {"from": 50_000, "to": 60_000, "rate": "5%"},
             {"from": 60_000, "to": None, "rate": "6%"}]  # fmt: skip
    every = found_in(plan({"scale": "whole", "bounds": "amount", "tiers": tiers}), {"P1": [49_500], "P2": [20_000]})
    first, last = every["cliff"]
    assert (first.start, first.unit, first.height, first.people) == (50_000, "money", 2_500, ["P1"])
    assert (last.start, last.height, last.people) == (60_000, 600, [])
    [dead] = every["dead"]
    assert (dead.start, dead.end, dead.amount) == (0, 50_000, 69_500)
    assert [(gap.start, gap.reached) for gap in every["unreached"]] == [(50_000, 49_500), (60_000, 49_500)]
