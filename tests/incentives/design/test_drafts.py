"""Today against a draft, person by person: who gains, through what, and that the parts sum to the difference."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.incentives.design.drafts import Compared, compare, in_force, parts, replaced
from revops.incentives.plans import Plan

from .planted import months_of, plan

START = date(2026, 7, 1)
AMOUNTS = ("low", "high", "terms", "cap", "extra", "settled")
STEEP = [{"from": 0, "to": 1, "rate": "4%"}, {"from": 1, "to": None, "rate": "12%"}]


def replayed(draft: Plan, sold: dict[str, list[int]], today: Plan | None = None) -> list[dict[str, Any]]:
    today = today or plan()
    now, then = months_of(today, sold), months_of(in_force(draft, [today], START), sold)
    frame = compare(now, then, [plan.plan for plan in replaced([today], draft)])
    Compared.validate(frame)
    return frame.to_dicts()


def test_who_gains_and_who_loses_and_in_which_months() -> None:
    """P1: 90,000 at 4 % for 5 % is −900; 150,000 at 4,000 + 6,000 for 5,000 + 4,000 is +1,000. P2: −900 twice."""
    one, two = replayed(plan({"tiers": STEEP}, plan="D"), {"P1": [90_000, 150_000], "P2": [90_000, 90_000]})
    assert (one["now_amount"], one["then_amount"], one["difference"]) == (13_500, 13_600, 100)
    assert (one["low_amount"], one["high_amount"], one["low_months"], one["months"]) == (-900, 1_000, 1, 2)
    assert (two["difference"], two["low_amount"], two["high_amount"]) == (-1_800, -1_800, 0)


def test_a_cap_that_goes_is_its_own_part() -> None:
    [row] = replayed(plan(plan="D"), {"P1": [120_000]}, plan({"cap": {"amount": 6_000}}))
    assert (row["difference"], row["cap_amount"], row["high_amount"]) == (600, 600, 0)


def test_a_hurdle_and_a_guarantee_have_parts_of_their_own() -> None:
    held = {"key": "a", "hurdle": {"of": "a", "below": "95%", "limit": "10%"}, "target": 5_000}
    draw = {"kind": "non_recoverable_guarantee", "amount": 2_000}
    [row] = replayed(plan(held, plan="D", draw=draw), {"P1": [90_000]})
    assert (row["terms_amount"], row["settled_amount"], row["difference"]) == (500 - 4_500, 1_500, -2_500)


def test_the_draft_replaces_the_plans_of_its_roles_from_the_first_month_on() -> None:
    today, other = plan(roles=["representative", "team_lead"]), plan(plan="X", roles=["channel_manager"])
    draft = plan(plan="D", effective_from="2027-01-01", effective_to="2027-07-01")
    held = in_force(draft, [today, other], START)
    assert [gone.plan for gone in replaced([today, other], draft)] == ["T"]
    assert (held.plan, held.effective_from, held.effective_to) == ("D", START, None)


def test_spiffs_of_today_go_on_under_a_draft_that_has_none() -> None:
    spiff = {"key": "s", "name": "s", "start_on": "2026-07-01", "end_on": "2026-08-01", "at_least": 1, "pay": 5,
             "every": "time"}  # fmt: skip
    today, own = plan(spiffs=[spiff]), {**spiff, "key": "own"}
    kept = [in_force(draft, [today], START).spiffs[0].key for draft in (plan(plan="D"), plan(plan="D", spiffs=[own]))]
    assert kept == ["s", "own"]


def test_whom_the_draft_does_not_pay_and_who_is_on_another_plan_is_not_compared() -> None:
    assert replayed(plan(plan="D", roles=["team_lead"]), {"P1": [90_000]}) == []
    assert replayed(plan(plan="D"), {"P1": [90_000]}, plan(plan="X", roles=["team_lead"])) == []


@pytest.mark.parametrize("rounding", [1, 3, 7])
def test_a_payment_is_the_sum_of_its_parts(rounding: int) -> None:
    held = plan({"key": "a", "cap": {"amount": 5_000 + rounding}}, {"rate": "0.33%", "tiers": None, "bounds": None})
    for month in months_of(held, {"P1": [99_999 + rounding, 120_001]}):
        assert month.payment
        assert sum(parts(month.payment).values()) == month.paid


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-5_000, 300_000), min_size=1, max_size=6), st.integers(1, 20), st.integers(3_000, 20_000))
def test_the_parts_of_every_difference_sum_to_it(sold: list[int], rate: int, cap: int) -> None:
    tiers = [{"from": 0, "to": 1, "rate": f"{rate}%"}, {"from": 1, "to": None, "rate": "8.5%"}]
    for row in replayed(plan({"tiers": tiers, "cap": {"amount": cap}}, plan="D"), {"P1": sold}):
        assert row["then_amount"] - row["now_amount"] == row["difference"]
        assert sum(row[f"{part}_amount"] for part in AMOUNTS) == row["difference"]
