"""The cost of months as a distribution, held against what theory says and against months that came."""

from dataclasses import replace

import numpy as np
import pytest

from revops.incentives.design import spread
from revops.incentives.design.asked import asked
from revops.periods import add_months

from .planted import JULY, months_of, plan

FLAT = {"tiers": None, "bounds": None, "scale": "whole", "rate": "5%", "quota": "revenue"}
RANDOM = np.random.default_rng(11)
SOLD = {f"P{n}": [int(x) for x in RANDOM.normal(100_000, 20_000, 24)] for n in range(8)}
PAST = months_of(plan(), SOLD)


def drawn(of, months=12, draws=4_000, **kind):
    """Windows of the last months, their dates, and the fitted chance with its draws."""
    dates = [add_months(JULY, n) for n in range(24)][-months:]
    every = months_of(of, SOLD)
    windows = asked([month for month in every if month.month_on in dates], [of])
    chance = spread.fitted(PAST, windows)
    return windows, dates, chance, chance.draw(draws, months, seed=3, **kind)


def test_history_is_what_everybody_attained_by_month() -> None:
    rows = spread.history(PAST)
    assert len(rows) == 8 * 24
    assert rows[0].share == pytest.approx(SOLD[rows[0].person_id][0] / 100_000)


def test_a_window_of_a_quarter_is_history_once_in_the_month_it_ends() -> None:
    rows = spread.history(months_of(plan({"window": "quarter"}), {"P1": [60_000, 60_000, 180_000]}))
    assert [(row.month_on.month, row.share) for row in rows] == [(9, 1.0)]


def test_the_middle_of_a_linear_plan_is_twelve_months_at_the_levels() -> None:
    windows, dates, chance, luck = drawn(plan(FLAT), kind="normal")
    costs = spread.costs(windows, dates, chance, luck).total
    assert spread.quantile(costs, 0.5) == pytest.approx(12 * 5_000 * chance.level.sum(), rel=0.005)
    assert spread.quantile(costs, 0.9) > spread.quantile(costs, 0.5)


def test_the_months_that_came_lie_inside_what_was_told() -> None:
    windows, dates, chance, luck = drawn(plan())
    came = sum(month.payment.earned for month in months_of(plan(), SOLD) if month.month_on in dates)
    costs = spread.costs(windows, dates, chance, luck).total
    assert spread.quantile(costs, 0.02) < came < spread.quantile(costs, 0.98)


def test_an_accelerator_costs_more_than_its_pay_at_the_mean() -> None:
    """Jensen: months below and above the quota do not cancel where the rate rises."""
    windows, dates, chance, luck = drawn(plan())
    at_levels = np.repeat(chance.level[None, None, :], 12, axis=1)
    mean = spread.costs(windows, dates, chance, luck).total.mean()
    assert mean > spread.costs(windows, dates, chance, at_levels).total.item()


def test_the_cap_of_a_plan_bounds_every_draw() -> None:
    windows, dates, chance, luck = drawn(plan(cap={"amount": 6_000}))
    assert spread.costs(windows, dates, chance, luck).total.max() <= 12 * 8 * 6_000


def test_a_window_counts_by_the_part_that_lies_in_the_months() -> None:
    """One month of a quarter at 100 %: 30 of 92 days of 15,000 (July to September, replayed September alone)."""
    of = plan({"window": "quarter"})
    windows = asked(months_of(of, {"P1": [100_000] * 3}), [of])
    chance = replace(spread.fitted(PAST, windows), people=("P1",))
    costs = spread.costs(windows, [add_months(JULY, 2)], chance, np.ones((1, 1, 1)))
    assert costs.total.item() == pytest.approx(15_000 * 30 / 92)


def test_the_same_luck_costs_the_same_in_any_order_of_rows() -> None:
    windows, dates, chance, luck = drawn(plan())
    one, other = (spread.costs(order, dates, chance, luck) for order in (windows, windows[::-1]))
    assert one.total == pytest.approx(other.total)


def test_nobody_costs_nothing() -> None:
    assert spread.Spread({}).total.tolist() == [0.0]


def test_without_any_quota_credits_count_against_the_persons_own_mean() -> None:
    of = plan({"tiers": None, "bounds": None, "scale": "whole", "rate": "5%"}, quota=None)
    rows = spread.history(months_of(of, {"P1": [50_000, 150_000], "P2": [0, 0]}))
    assert [(row.person_id, row.share) for row in rows] == [("P1", 0.5), ("P1", 1.5)]
