"""The engine asked at any attainment gives what it pays; costs, moved terms and one more deal follow from it."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from revops.incentives.design import bases, cost
from revops.incentives.design.asked import Asked, asked
from revops.incentives.design.moved import Moves, changed
from revops.incentives.design.shape import estimated, jumps
from revops.incentives.plans import Plan
from revops.incentives.scales import marginal, whole

from .planted import QUOTA, months_of, plan

CURVE = {"scale": None, "bounds": None, "tiers": None}
POINTS = [["50%", "0%"], ["100%", "100%"], ["120%", "150%"]]
PAIR = [
    {"key": "a", "hurdle": {"of": "b", "below": "95%", "limit": "100%"}, "target": 5_000},
    {"key": "b", "scale": "whole", "bounds": None, "tiers": None, "rate": "1%", "quota": "revenue"},
]
SHARES = [Fraction(n, 100) for n in (0, 20, 49, 50, 95, 99, 100, 101, 120, 150, 200)]


def one(of: Plan, sold: int = QUOTA, **change: Any) -> Asked:
    [found] = asked(months_of(of, {"P1": [sold]}, **change), [of])
    return found


@pytest.mark.parametrize(
    "of",
    [
        plan(),
        plan({"scale": "whole"}),
        plan({**CURVE, "curve": POINTS, "target": 10_000}),
        plan({"cap": {"amount": 6_600}}),
        plan({"threshold": "50%"}),
        plan(*PAIR),
        plan(
            {"key": "a", "multiplier": {"of": "a", "tiers": [{"from": 0, "to": "100%", "times": "50%"},
                                                            {"from": "100%", "to": None, "times": "110%"}]}}
        ),
        plan({**CURVE, "key": "a", "target": 1_000, "matrix": {"of": "a", "rows": [0, "100%"], "columns": [0, "120%"],
                                                              "pays": [[0, 1], [1, 2]]}}),
    ],
    ids=["marginal", "whole", "curve", "cap", "threshold", "hurdle", "multiplier", "matrix"],
)  # fmt: skip
def test_what_is_asked_is_what_is_paid_and_the_shape_is_its_estimate(of: Plan) -> None:
    shapes = one(of).shapes
    for share in SHARES:
        [month] = months_of(of, {"P1": [int(share * QUOTA)]})
        assert month.payment
        paid = [payout.stages[-1].now for payout in month.payment.payouts]
        assert list(one(of).each(share)) == paid
        told = [float(estimated(shape, np.array([float(share)]))[0]) for shape in shapes]
        assert told == pytest.approx([float(amount) for amount in paid], abs=1e-4)


def test_a_component_without_a_quota_is_credited_as_in_a_month_at_the_quota() -> None:
    """60,000 at 60 % of the quota of component a: 100,000 at 100 % for component b, which has no quota, too."""
    of = plan({"key": "a"}, {"bounds": None, "tiers": None, "scale": "whole", "rate": "1%"})
    assert one(of, 60_000).each(Fraction(1)) == (5_000, 1_000)


def test_the_cost_of_a_plan_at_every_attainment_sums_its_people_and_keeps_its_cap() -> None:
    of = plan(cap={"amount": 6_000})
    windows = asked(months_of(of, {"P1": [50_000], "P2": [120_000]}), [of])
    frame = cost.at(windows, [Fraction(0), Fraction(1), Fraction(3, 2)])
    assert frame.rows() == [
        (0.0, cost.ALL, 2, 0, 0, None), (0.0, 0, 2, 0, 0, None),
        (1.0, cost.ALL, 2, 200_000, 10_000, 0.05), (1.0, 0, 2, 200_000, 10_000, 0.05),
        (1.5, cost.ALL, 2, 300_000, 12_000, 0.04), (1.5, 0, 2, 300_000, 18_000, 0.06),
    ]  # fmt: skip


def test_a_window_of_a_quarter_costs_a_third_of_it_a_month() -> None:
    of = plan({"window": "quarter"})
    months = months_of(of, {"P1": [100_000, 100_000, 100_000]})
    [window] = asked(months, [of])
    assert window.each(Fraction(1)) == (15_000,)
    assert cost.at([window], [Fraction(1)])["pay_amount"].to_list() == [5_000, 5_000]


@pytest.mark.parametrize(("more", "worth"), [(0, 0), (80, 4), (150, 10), (3_000, 149), (-100, -5)])
def test_what_one_more_deal_is_worth(more: int, worth: int) -> None:
    """1,120 of 1,200 (here ×100) earn 56; the next 80 earn 5 %, what lies beyond 8 %, and the cap of 205 leaves 149."""
    of = plan({"cap": {"amount": 205}})
    [month] = asked(months_of(of, {"P1": [1_120]}), [of])
    held = month.moved(of, Fraction(1_200, QUOTA))
    assert held.more(more, [0]) == worth


@pytest.mark.parametrize(("treat", "worth"), [("none", 11_000), ("review", 0), ("carve_out", 3_000), ("part", 5_750)])
def test_one_more_deal_may_be_a_windfall(treat: str, worth: int) -> None:
    """Quota 100,000, 10 % and 20 %, 90,000 so far, a deal of 60,000: in part 25 % of the quota, the rest at 5 %."""
    tiers = [{"from": 0, "to": 1, "rate": "10%"}, {"from": 1, "to": None, "rate": "20%"}]
    flat = {"rate": "5%"} if treat in ("carve_out", "part") else {}
    share = {"quota_share": "25%"} if treat == "part" else {}
    of = plan({"tiers": tiers, "windfall": {"over": 50_000, "treat": treat, **flat, **share}})
    assert one(of, 90_000).more(60_000, [0]) == worth


def test_one_more_deal_counts_where_every_booked_deal_does() -> None:
    of = plan({}, {"where": {"product_group": "Fans"}}, {"credit": "rollup"}, {"basis": "margin"})
    assert one(of).open == [0]


def test_the_cap_of_the_plan_bounds_what_one_more_deal_earns() -> None:
    of = plan(cap={"amount": 5_100})
    assert one(of).more(10_000, [0]) == 100


@pytest.mark.parametrize(
    ("moves", "at_quota", "at_twice"),
    [
        (Moves(), 5_000, 10_000),
        (Moves(rates=Decimal("0.1")), 5_500, 10_000),
        (Moves(cap=Decimal("0.5")), 5_000, 13_000),
        (Moves(bounds=Decimal("-0.2")), 5_600, 10_000),
    ],
    ids=["nothing", "rates", "cap", "bounds"],
)
def test_moved_terms(moves: Moves, at_quota: int, at_twice: int) -> None:
    """5 % and 8 %, at most 10,000: rates a tenth up, the cap half up, the tier from 80 % on."""
    of = plan({"cap": {"amount": 10_000}})
    new = one(of).moved(changed(of, moves), Fraction(1))
    assert [new.each(Fraction(share))[0] for share in (1, 2)] == [at_quota, at_twice]


def test_moved_quotas_move_the_tiers_and_not_the_credits() -> None:
    """Credits of 100,000 against a quota of 80,000: 4,000 + 20,000 × 8 %."""
    of = plan()
    assert one(of).moved(of, Fraction(4, 5)).earned == 5_600


def test_nothing_moved_is_the_same_plan() -> None:
    curved = plan({**CURVE, "curve": POINTS, "target": 10_000, "cap": {"times_target": 2}})
    for of in (plan({"threshold": "50%"}), curved):
        assert changed(of, Moves()) == of


def test_the_three_bases_of_tiers_on_the_worked_deals() -> None:
    """164 each alone, 285 cumulated, 485 at the reached rate."""
    tiers = [(Fraction(a), Fraction(r, 100)) for a, r in ((0, 1), (1000, 2), (3000, 3), (8000, 5))]
    deals = [200, 300, 1500, 1200, 2000, 4500]
    assert bases.three(marginal(tiers), whole(tiers), [Fraction(deal) for deal in deals]) == (164, 285, 485)
    bounds = [0, 1000, 3000, 8000, None]
    shaped = [{"from": a, "to": b, "rate": f"{r}%"} for a, b, r in zip(bounds, bounds[1:], (1, 2, 3, 5), strict=False)]
    of = plan({"bounds": "amount", "tiers": shaped})
    window = one(of, sum(deals))
    orders = [(f"O{n}", deal) for n, deal in enumerate(deals)]
    [row] = bases.side_by_side([window], {("P1", "T", 0, window.window): orders}).to_dicts()
    assert [row[f"{key}_amount"] for key in ("alone", "marginal", "whole")] == [164, 285, 485]
    assert (row["deals"], row["scale"]) == (6, "marginal")


def test_a_jump_of_a_whole_scale_is_named_with_its_height() -> None:
    assert jumps(one(plan({"scale": "whole"})).shapes[0]) == [(1, 3_000)]
