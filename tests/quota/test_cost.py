"""What quotas would cost at the pay curve: both sides of each point, and the curves that are refused."""

from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.planning import Quota
from revops.problems import InputError
from revops.quota.compare.cost import PayCurve
from revops.quota.hierarchy import of_person
from revops.run.call import check_quota

CURVE = PayCurve.of([["0%", 0], ["80%", "50%"], ["100%", 1], ["150%", 2]])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (-1, 0),
        (0, 0),
        (4_000, 250_000),
        (7_999, 499_938),  # 499,937.5, half away from zero
        (8_000, 500_000),
        (8_001, 500_250),
        (10_000, 1_000_000),
        (10_001, 1_000_200),
        (15_000, 2_000_000),
        (15_001, 2_000_000),
    ],
)
def test_pay_of_a_million_against_a_quota_of_10_000(actual, expected):
    assert CURVE.pay(1_000_000, actual, 10_000) == expected


@pytest.mark.parametrize(
    "points",
    [
        [[0, 0]],
        [["10%", 0], [1, 1]],
        [[0, 0], [1, 1], [1, 2]],
        [[0, 0], [1, 1], ["90%", 1]],
        [[0, 0], ["80%", 1], [1, "90%"]],
        [[0, "-10%"], [1, 1]],
        [[0, 0], ["all", 1]],
    ],
)
def test_a_curve_that_does_not_rise_from_zero_is_refused(points):
    with pytest.raises(InputError, match=r"quota\.pay\.curve.* attainment rising, pay never falling"):
        PayCurve.of(points)


def test_a_company_without_a_curve_has_none():
    assert PayCurve.of([]) is None


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_who_brings_more_is_never_paid_less(actual, more, quota):
    assert CURVE.pay(10**9, actual, quota) <= CURVE.pay(10**9, actual + more, quota)


@pytest.mark.parametrize(("attainment", "share"), [("1/3", "5/24"), ("9/10", "3/4"), ("5/4", "3/2")])
def test_shares_between_points_are_exact(attainment, share):
    assert CURVE.share(Fraction(attainment)) == Fraction(share)


@pytest.mark.parametrize(
    ("team", "role", "expected"),
    [
        ("Sales/Online/Shop", "lead", 7),
        ("Sales/Online", "lead", 7),
        ("Sales/Onlineshop", "lead", 3),
        ("Sales/North", "lead", 3),
        ("Sales/North", "director", None),
    ],
)
def test_the_nearest_team_speaks_before_the_role(team, role, expected):
    assert of_person({"Sales/Online": 7, "lead": 3}, team, role) == expected


def test_a_check_before_the_run_tells_what_is_wrong_with_pay_and_productivity(tmp_path):
    pay = {"curve": [["0%", "0%"], ["100%", "-1%"]], "target": {"representative": "ten"}}
    quota = Quota(pay=pay, capacity={"productivity": {"Sales/North": -1}})
    problems = check_quota(tmp_path, SimpleNamespace(quota=quota, money_decimals=0, roots={}), {})
    assert [(problem.where, problem.found) for problem in problems] == [
        ("company.yaml, quota.pay.target.representative", "ten"),
        ("company.yaml, quota.capacity.productivity.Sales/North", "-1"),
        ("company.yaml, quota.pay.curve", "[['0%', '0%'], ['100%', '-1%']]"),
    ]
