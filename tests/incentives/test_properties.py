"""What holds for every ledger: lines sum to the payment, any order pays the same, a full return cancels."""

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from revops.incentives import credits, scales
from revops.incentives.scales import Step

AMOUNTS = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12)
SCALE = st.sampled_from(["marginal", "whole"])
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=5).filter(any)


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    inner = sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))
    bounds = [0, *inner]
    ends = [*inner, None]
    rates = draw(st.lists(st.integers(0, 10**8), min_size=len(bounds), max_size=len(bounds)))
    return [
        Step(Fraction(a), None if b is None else Fraction(b), Fraction(r, 10**9))
        for a, b, r in zip(bounds, ends, rates, strict=True)
    ]


@given(SCALE, steps(), AMOUNTS, st.sampled_from([1, 100, 10_000]))
def test_lines_sum_to_the_payment(scale: str, ladder: list[Step], amounts: list[int], step: int) -> None:
    parts = scales.line_commissions(scale, ladder, [Fraction(a) for a in amounts])
    total = scales.earned(scale, ladder, Fraction(sum(amounts)))
    assert sum(parts) == total
    assert sum(scales.allocate(parts, step)) == scales.rounded(total, step)


@given(SCALE, steps(), AMOUNTS, st.randoms())
def test_any_order_of_events_pays_the_same(scale: str, ladder: list[Step], amounts: list[int], random: object) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = scales.line_commissions(scale, ladder, [Fraction(a) for a in amounts])
    other = scales.line_commissions(scale, ladder, [Fraction(a) for a in shuffled])
    assert sum(one) == sum(other)


@given(SCALE, steps(), AMOUNTS)
def test_a_full_return_cancels_the_pay(scale: str, ladder: list[Step], amounts: list[int]) -> None:
    both = [Fraction(a) for a in amounts] + [Fraction(-a) for a in amounts]
    assert sum(scales.line_commissions(scale, ladder, both)) == 0


@given(st.lists(st.fractions(), min_size=1, max_size=10), st.sampled_from([1, 100]))
def test_allocation_turns_its_signs_and_stays_within_a_unit(parts: list[Fraction], step: int) -> None:
    shown = scales.allocate(parts, step)
    assert scales.allocate([-part for part in parts], step) == [-amount for amount in shown]
    assert all(abs(amount - part) < 2 * step for amount, part in zip(shown, parts, strict=True))


@given(steps(), st.integers(0, 2 * 10**9))
def test_marginal_pay_never_falls_when_sales_rise(ladder: list[Step], credit: int) -> None:
    now = scales.earned("marginal", ladder, Fraction(credit))
    assert scales.earned("marginal", ladder, Fraction(credit + 1)) >= now


@settings(max_examples=200)
@given(st.integers(0, 10**9), WEIGHTS, st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_returns_in_pieces_cancel_the_shares_of_the_sale(amount: int, weights: list[int], cuts: list[int]) -> None:
    pieces = [amount * cut // sum(cuts) for cut in cuts]
    pieces[-1] += amount - sum(pieces)
    events = [("sale", amount), *((n, -piece) for n, piece in enumerate(pieces))]
    parts = credits.share_out(events, weights)
    assert [sum(person) for person in zip(*parts, strict=True)] == [0] * len(weights)
    assert [sum(part) for part in parts] == [amount for _, amount in events]


@pytest.mark.parametrize("amount", [0, 1, -1, 10_001])
def test_credits_of_a_line_sum_to_the_line(amount: int) -> None:
    assert sum(credits.share_out([("sale", amount)], [1, 1, 1])[0]) == amount
