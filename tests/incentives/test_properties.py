"""What holds for every ledger: lines sum to the payment, any order pays the same, a full return cancels."""

from fractions import Fraction

import hypothesis.strategies as st
from hypothesis import given

from revops.incentives import scales
from revops.incentives.scales import Scale, curve, from_threshold, marginal, whole

AMOUNTS = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12)


@st.composite
def scales_of_any_kind(draw: st.DrawFn, kinds: tuple[str, ...] = ("marginal", "whole", "curve", "threshold")) -> Scale:
    starts = [0, *sorted(draw(st.sets(st.integers(1, 10**9), min_size=1, max_size=4)))]
    rates = draw(st.lists(st.integers(0, 10**8), min_size=len(starts), max_size=len(starts)))
    kind = draw(st.sampled_from(kinds))
    if kind == "curve":
        return curve([(Fraction(a), Fraction(r)) for a, r in zip(starts, sorted(rates), strict=True)])
    tiers = [(Fraction(a), Fraction(r, 10**9)) for a, r in zip(starts, rates, strict=True)]
    if kind == "threshold":
        return from_threshold(draw(st.sampled_from([marginal, whole]))(tiers), Fraction(draw(st.integers(1, 10**9))))
    return (whole if kind == "whole" else marginal)(tiers)


@given(scales_of_any_kind(), AMOUNTS, st.sampled_from([1, 100, 10_000]))
def test_lines_and_slices_sum_to_the_payment(scale: Scale, amounts: list[int], step: int) -> None:
    parts = scale.lines([Fraction(a) for a in amounts])
    total = scale.earned(Fraction(sum(amounts)))
    assert sum(parts) == total == sum(cut.commission for cut in scale.slices(Fraction(sum(amounts))))
    assert sum(scales.allocate(parts, step)) == scales.rounded(total, step)


@given(scales_of_any_kind(), AMOUNTS, st.randoms())
def test_any_order_of_events_pays_the_same(scale: Scale, amounts: list[int], random: object) -> None:
    shuffled = list(amounts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (sum(scale.lines([Fraction(a) for a in order])) for order in (amounts, shuffled))
    assert one == other


@given(scales_of_any_kind(("marginal", "whole", "threshold")), AMOUNTS)
def test_a_full_return_cancels_the_pay(scale: Scale, amounts: list[int]) -> None:
    both = [Fraction(a) for a in amounts] + [Fraction(-a) for a in amounts]
    assert sum(scale.lines(both)) == 0


@given(scales_of_any_kind(), st.integers(0, 2 * 10**9))
def test_steps_cover_everything_from_0_on_without_a_gap(scale: Scale, credit: int) -> None:
    starts, ends = [step.start for step in scale.steps], [step.end for step in scale.steps]
    assert (starts[0], ends[:-1], ends[-1]) == (0, starts[1:], None)
    assert scale.at(Fraction(credit)).start <= credit


@given(st.lists(st.fractions(), min_size=1, max_size=10), st.sampled_from([1, 100]))
def test_allocation_turns_its_signs_and_stays_within_a_unit(parts: list[Fraction], step: int) -> None:
    shown = scales.allocate(parts, step)
    assert scales.allocate([-part for part in parts], step) == [-amount for amount in shown]
    assert all(abs(amount - part) < 2 * step for amount, part in zip(shown, parts, strict=True))


@given(scales_of_any_kind(("marginal", "curve", "threshold")), st.integers(0, 2 * 10**9))
def test_pay_never_falls_when_sales_rise(scale: Scale, credit: int) -> None:
    if not scale.is_whole:
        assert scale.earned(Fraction(credit + 1)) >= scale.earned(Fraction(credit))
