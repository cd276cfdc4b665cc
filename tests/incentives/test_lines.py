"""Pay lines at scale: the same parts as one person's fractions, on any kind of scale, and their sum is the payout."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from revops.incentives import lines, scales
from revops.incentives.credits import COUNTED
from revops.incentives.earnings import Payout, payouts_of
from revops.incentives.plans import Plan
from revops.incentives.windows import Stretch, Sum
from revops.kpis.frames import native, opened, typed

START, END = date(2026, 10, 1), date(2026, 11, 1)
PIECES = [{"from": 0, "to": 1_000, "rate": "1%"}, {"from": 1_000, "to": 3_000, "rate": "2%"},
          {"from": 3_000, "to": 8_000, "rate": "3%"}, {"from": 8_000, "to": None, "rate": "5%"}]  # fmt: skip
DEALS = [200, 300, 1_500, 1_200, 2_000, 4_500]


def payout(
    credits: int, before: int | None = None, quota: int | None = None, step: int = 1, off=(), **part: Any
) -> Payout:
    """What one component pays for a month's credits, after those of its window before."""
    base = {"key": "c", "name": "c", "credit": "direct", "note": "n", "target": 10_000}
    plan = Plan.model_validate(
        {"plan": "T", "title": "t", "roles": ["r"], "effective_from": "2020-01-01", "measure": "net_revenue",
         "quota": "revenue", "period": "month", "components": [base | part], "source": "s", "checked_on": "2026-01-05"}
    )  # fmt: skip
    stretch = Stretch(
        number=0, component=plan.components[0], window=(START, END), now=Sum(credits + (before or 0), dict(off)),
        before=None if before is None else Sum(before), quota=None if quota is None else Fraction(quota),
        target=Fraction(10_000),
    )  # fmt: skip
    return payouts_of(plan, [stretch], step)[0]


def counted(amounts: list[int], orders: list[str] | None = None) -> pl.DataFrame:
    rows = [
        {"basis": "booked", "movement_id": f"M{n:03}", "person_id": "P1", "rule": "direct", "kind": "sale", "plan": "T",
         "component": 0, "moved_on": START + timedelta(days=n % 31), "credit_amount": amount, "net_amount": amount,
         "order_id": orders[n] if orders else f"O{n}"}
        for n, amount in enumerate(amounts)
    ]  # fmt: skip
    text = pl.DataFrame(rows, schema_overrides={"moved_on": pl.Date})
    missing = [pl.lit(None).alias(name) for name in COUNTED if name not in text.columns]
    return native(typed(opened(text.with_columns(missing)), COUNTED))


def paid(amounts: list[int], mine: Payout, orders: list[str] | None = None) -> list[int]:
    rows = lines.pay_lines(counted(amounts, orders), [lines.steps_of("P1", START, END, mine)])
    return rows.sort("line_no")["pay_amount"].to_list()


TIERS = {"scale": "marginal", "bounds": "amount", "tiers": PIECES}
THRESHOLD = {"scale": "marginal", "bounds": "quota", "threshold": "50%", "tiers": [{"from": "0%", "rate": "10%"}]}
EACH = {"scale": "marginal", "bounds": "amount", "basis": "units",
        "tiers": [{"from": 0, "to": 10, "each": 3}, {"from": 10, "each": 5}]}  # fmt: skip
CURVE = {"curve": [("50%", "0%"), ("100%", "100%"), ("120%", "150%")]}


@pytest.mark.parametrize(
    ("part", "amounts", "more", "found"),
    [
        pytest.param(TIERS, DEALS, {}, [2, 3, 25, 26, 60, 169], id="marginal, cumulative: 285"),
        pytest.param(TIERS | {"scale": "whole"}, DEALS, {}, [10, 15, 75, 60, 100, 225], id="whole on the total: 485"),
        pytest.param(TIERS, [900, 200], {}, [9, 3], id="a line over a bound"),
        pytest.param(TIERS, [1_000, -1_000, 1_000], {}, [10, -10, 10], id="what comes back takes what it gave"),
        pytest.param(TIERS, [-500, 500], {}, [-5, 5], id="below nothing at the first rate"),
        pytest.param(TIERS, [500, 500], {"before": 2_500}, [10, 15], id="the window goes on: 2,500 before"),
        pytest.param(TIERS, [2_000], {"before": 1_000, "step": 10}, [40], id="payable in tens"),
        pytest.param(TIERS | {"factor": "50%"}, [2_000, 2_000], {}, [10, 20], id="half of each line counts"),
        pytest.param(CURVE, [49, 41, 20, 20], {"quota": 100}, [0, 8_000, 4_500, 5_000], id="a curve"),
        pytest.param(THRESHOLD, [40, 20, 40], {"quota": 100}, [0, 6, 4], id="everything once the threshold is reached"),
        pytest.param(EACH, [8, 4], {}, [24, 16], id="so much each"),
        pytest.param({"scale": "whole", "rate": "1%"}, [50, 50, 50], {}, [1, 1, 0], id="1.5 is 2: the first of equals"),
        pytest.param({"scale": "whole", "rate": "1%"}, [-50, -50, -50], {}, [-1, -1, 0], id="and its return"),
    ],
)  # fmt: skip
def test_the_lines_of_a_payout(part, amounts, more, found) -> None:
    mine = payout(sum(amounts), **more, **part)
    assert paid(amounts, mine) == found
    assert sum(found) == mine.rounded


def test_a_whole_scale_over_a_longer_window_pays_the_newly_reached_rate_on_earlier_credits_beside_the_lines() -> None:
    """900 at 1 % were paid 9; with 200 more all is paid 2 %: 4 for the lines, 9 for the earlier ones."""
    mine = payout(200, before=900, **TIERS | {"scale": "whole"})
    assert (mine.rounded, paid([150, 50], mine), lines.beside_lines(mine)) == (13, [3, 1], 9)


def test_the_lines_of_an_order_off_the_scale_earn_nothing() -> None:
    part = {"scale": "marginal", "rate": "10%", "windfall": {"over": 500, "treat": "carve_out", "rate": "1%"}}
    mine = payout(1_000, off={"BIG": 700}, **part)
    assert paid([100, 400, 200, 300], mine, ["A", "BIG", "B", "BIG"]) == [10, 0, 20, 0]


def test_lines_tell_their_steps_and_the_credits_so_far() -> None:
    mine = payout(sum(DEALS), **TIERS)
    rows = lines.pay_lines(counted(DEALS), [lines.steps_of("P1", START, END, mine)]).sort("line_no")
    assert rows["after_amount"].to_list() == [200, 500, 2_000, 3_200, 5_200, 9_700]
    assert list(zip(rows["step_from"], rows["step_to"], strict=True)) == [
        (0, 0),
        (0, 0),
        (0, 1),
        (1, 2),
        (2, 2),
        (2, 3),
    ]


def test_only_the_days_and_the_person_of_a_payout_are_paid() -> None:
    mine = payout(300, **TIERS)
    rows = counted([100, 100, 100])
    other = rows.with_columns(person_id=pl.lit("P2"))
    early = lines.steps_of("P1", START, START + timedelta(days=2), mine)
    assert lines.pay_lines(pl.concat([rows, other]), [early])["movement_id"].sort().to_list() == ["M000", "M001"]


@st.composite
def scaled(draw: st.DrawFn) -> tuple[dict[str, Any], int | None]:
    """A component of any kind of scale, and its quota."""
    quota = draw(st.integers(1, 10**12))
    starts = ["0", *map(str, sorted(draw(st.sets(st.integers(1, 300), min_size=0, max_size=4))))]
    ends = [*starts[1:], None]
    rates = draw(st.lists(st.integers(0, 10**8), min_size=len(starts), max_size=len(starts)))
    if draw(st.booleans()):
        points = sorted(draw(st.sets(st.integers(0, 300), min_size=2, max_size=5)))
        shares = sorted(draw(st.lists(st.integers(0, 300), min_size=len(points), max_size=len(points))))
        return {"curve": [(f"{a}%", f"{b}%") for a, b in zip(points, shares, strict=True)]}, quota
    tiers = [
        {"from": f"{a}%", "to": b and f"{b}%", "rate": rate / 10**9}
        for a, b, rate in zip(starts, ends, rates, strict=True)
    ]
    kind = draw(st.sampled_from(["marginal", "whole"]))
    part = {"scale": kind, "bounds": "quota", "tiers": tiers, "factor": draw(st.integers(1, 10**9)) / 10**9}
    return part | ({"threshold": "50%"} if draw(st.booleans()) else {}), quota


@settings(max_examples=150, deadline=None)
@given(scaled(), st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=9), st.sampled_from([1, 100]))
def test_lines_are_those_of_one_persons_fractions(given_: tuple[dict[str, Any], int], amounts: list[int], step) -> None:
    part, quota = given_
    mine = payout(sum(amounts), quota=quota, step=step, **part)
    factor = Fraction(mine.component.factor, 10**9)
    beside = lines.beside_lines(mine)
    parts = mine.scale.lines([amount * factor for amount in amounts])
    parts[0] -= beside
    total = mine.rounded - scales.rounded(beside, step)
    assert paid(amounts, mine) == scales.allocate(parts, step, total)
