"""How fair quotas were: bounds of 'reached' and 'within', undefined figures with reasons, and who is recommended."""

from itertools import permutations

import pytest

from revops.quota.compare.scores import Outcome, Score, least_luck, pearson


def _outcomes(*attained: int, potential: tuple[int, ...] = (), quota: int = 10_000) -> list[Outcome]:
    potentials = potential or (None,) * len(attained)
    return [Outcome(quota, actual, size) for actual, size in zip(attained, potentials, strict=True)]


@pytest.mark.parametrize(
    ("actual", "reached", "within"),
    [
        (7_999, 0, 0),
        (8_000, 0, 1),
        (9_999, 0, 1),
        (10_000, 1, 1),
        (12_000, 1, 1),
        (12_001, 1, 0),
        (-1, 0, 0),
    ],
)
def test_reached_is_all_of_it_and_near_is_80_to_120_per_cent_with_both_ends(actual, reached, within):
    score = Score.of(_outcomes(actual))
    assert (score.reached, score.within) == (reached, within)


def test_error_bias_and_spread():
    score = Score.of(_outcomes(9_000, 10_000, 13_000))
    assert score.wape.value == 4_000 / 32_000
    assert score.bias.value == -2_000 / 32_000  # asked 30,000 of people who brought 32,000
    assert score.spread.value == pytest.approx((0.26 / 9) ** 0.5)  # population, of 0.9, 1.0, 1.3


@pytest.mark.parametrize(
    ("pairs", "value", "reason"),
    [
        ([(1, 0.8), (2, 0.9), (3, 1.0)], 1.0, None),
        ([(1, 1.0), (2, 0.9), (3, 0.8)], -1.0, None),
        ([(1, 0.8), (2, 0.9)], None, "few_people"),
        ([], None, "no_potential"),
        ([(5, 0.8), (5, 0.9), (5, 1.0)], None, "no_variation"),
        ([(1, 1.0), (2, 1.0), (3, 1.0)], None, "no_variation"),
    ],
)
def test_correlation_is_told_of_three_people_who_differ(pairs, value, reason):
    found = pearson(pairs)
    assert found.value == (None if value is None else pytest.approx(value))
    assert found.reason == reason


def test_nothing_tested_is_undefined_everywhere_and_never_0():
    score = Score.of([])
    figures = (score.wape, score.bias, score.spread, score.correlation, score.pay)
    assert [(f.value, f.reason is not None) for f in figures] == [(None, True)] * 5


def test_pay_of_all_is_unknown_where_one_persons_is():
    assert Score.of([Outcome(10, 9, pay=5), Outcome(10, 9, pay=6)]).pay.value == 11
    assert Score.of([Outcome(10, 9, pay=5), Outcome(10, 9)]).pay.reason == "no_pay"


def test_order_of_people_does_not_matter():
    rows = [Outcome(100, 90, 1), Outcome(100, 101, 7), Outcome(90, 130, 4), Outcome(70, 90, 3)]
    assert len({Score.of(order) for order in permutations(rows)}) == 1


EVEN = Score.of(_outcomes(9_500, 10_500, 9_500, 10_500, potential=(1, 1, 2, 2)))  # nothing by potential, spread 5 %
WIDE = Score.of(_outcomes(8_000, 12_000, 8_000, 12_000, potential=(1, 1, 2, 2)))  # nothing by potential, spread 20 %
RISING = Score.of(_outcomes(9_900, 9_900, 10_100, 10_100, potential=(1, 1, 2, 2)))  # all by potential, spread 1 %
FALLING = Score.of(_outcomes(10_101, 10_100, 9_900, 9_900, potential=(1, 1, 2, 2)))  # nearly all, the other way round
BLIND = Score.of(_outcomes(9_900, 10_100))  # nobody's potential is known, spread 1 %


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"a": WIDE, "b": EVEN}, "b"),
        ({"a": EVEN, "b": EVEN}, "a"),
        ({"a": RISING, "b": WIDE}, "b"),  # 1 % that follows potential is less fair than 20 % that does not
        ({"a": FALLING, "b": WIDE}, "b"),  # less for more potential, too
        ({"a": RISING, "b": FALLING}, "b"),  # where all follow it, the smaller correlation
        ({"a": EVEN, "b": BLIND}, "b"),  # an undefined correlation follows nothing
        ({"a": Score.of([])}, None),
        ({}, None),
    ],
)
def test_recommended_is_the_least_luck(scores, expected):
    assert least_luck(scores) == expected


@pytest.mark.parametrize(("third", "follows"), [(10_340, True), (10_350, False)], ids=["t is 2.05", "t is 1.99"])
def test_attainment_follows_potential_where_t_is_two_or_more(third, follows):
    score = Score.of(_outcomes(9_800, 9_900, third, 10_100, 10_250, potential=(1, 2, 3, 4, 5)))
    r = score.correlation.value
    assert score.follows is follows is (abs(r) * (3 / (1 - r * r)) ** 0.5 >= 2)
