"""Windows, active days and stages: worked numbers, and what holds for any plan and any split into pay periods."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from revops.incentives import scales
from revops.incentives.earnings import Payout, payouts_of
from revops.incentives.plans import Component, Plan
from revops.incentives.windows import Career, Held, Span, Stretch, Sum, careers, overlap, periods_in, window_spans

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
Q1 = (JAN, APR)
YEAR = (JAN, date(2027, 1, 1))
DAY_10, DAY_20 = date(2026, 1, 10), date(2026, 1, 20)


def plan(**change: Any) -> Plan:
    part = {"name": "c", "credit": "direct", "scale": "whole", "rate": "1%", "note": "n"}
    parts = change.pop("components", [{}])
    head = {"plan": "T", "title": "t", "roles": ["r"], "effective_from": "2026-01-01", "measure": "net_revenue"}
    kept = [{k: v for k, v in {**part, **one}.items() if v is not None} for one in parts]
    return Plan.model_validate({**head, "quota": "revenue", "period": "month", "components": kept, **change})


def career(one: Plan, start: date = JAN, away: Sequence[Span] = (), hired_on: date | None = None) -> Career:
    return Career("P1", [Held(start, date.max, "r", one)], hired_on or start, away)


@pytest.mark.parametrize(
    ("start", "away", "active", "quota"),
    [
        (JAN, [], 90, Fraction(300_000)),
        (date(2026, 2, 15), [], 45, Fraction(150_000)),
        (JAN, [(DAY_10, DAY_20)], 80, Fraction(800_000, 3)),
        (JAN, [(DAY_10, date(2026, 1, 15)), (date(2026, 1, 12), DAY_20)], 80, Fraction(800_000, 3)),
        (JAN, [(date(2025, 12, 1), date(2026, 1, 11)), (date(2026, 3, 31), APR)], 79, Fraction(790_000, 3)),
        (APR, [], 0, Fraction(0)),
    ],
    ids=["all", "hired on 15 February", "ten days of leave", "leave told twice", "leave across bounds", "not yet"],
)  # fmt: skip
def test_a_quota_of_300_000_shrinks_to_the_active_days(start: date, away: Any, active: int, quota: Fraction) -> None:
    one = plan(proration={"quota": True})
    mine = career(one, start, away)
    assert mine.active(one, Q1) == active
    assert 300_000 * mine.share(one, Q1) == quota


@pytest.mark.parametrize(
    ("hired", "window", "of"),
    [
        (MAR, YEAR, Fraction(75_000, 120_000)),
        (MAR, (MAR, APR), Fraction(0)),
        (MAR, (date(2026, 6, 1), date(2026, 7, 1)), Fraction(3, 4)),
        (MAR, (date(2026, 7, 1), date(2026, 8, 1)), Fraction(1)),
        (date(2026, 3, 17), (APR, date(2026, 5, 1)), Fraction(1, 4)),
        (date(2020, 1, 1), YEAR, Fraction(1)),
    ],
)
def test_a_ramp_grows_month_by_month_from_hiring(hired: date, window: Span, of: Fraction) -> None:
    one = plan(proration={"ramp": ["0%", "25%", "50%", "75%", "100%"]})
    assert career(one, max(hired, JAN), hired_on=hired).share(one, window) == of


def test_a_change_of_plan_splits_the_target_by_days() -> None:
    old, new = plan(effective_to="2026-02-01"), plan(plan="U", effective_from="2026-02-01")
    (mine,) = careers([row()], [old, new], {}).values()
    assert [scales.rounded(target * mine.share(one, Q1)) for target, one in ((750_000, old), (900_000, new))] == [
        258_333, 590_000,
    ]  # fmt: skip


def row(**change: Any) -> dict[str, Any]:
    base = {"person_id": "P1", "start_on": JAN, "end_on": None, "role": "r", "hired_on": None, "left_on": None}
    return {**base, **change}


def test_days_of_a_role_without_a_plan_are_known_as_such() -> None:
    one = plan(effective_from="2026-02-01", effective_to="2026-03-01")
    (mine,) = careers([row(left_on=APR)], [one], {}).values()
    assert [(held.start, held.end, held.plan) for held in mine.held] == [
        (JAN, FEB, None), (FEB, MAR, one), (MAR, APR, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("window", "starts", "expected"),
    [
        ("period", 1, (FEB, MAR)), ("quarter", 1, Q1), ("year", 1, YEAR),
        ("quarter", 2, (FEB, date(2026, 5, 1))), ("year", 2, (FEB, date(2027, 2, 1))),
        ("quarter", 3, (date(2025, 12, 1), MAR)),
    ],
)  # fmt: skip
def test_windows_are_fiscal(window: str, starts: int, expected: Span) -> None:
    one = plan(components=[{"window": window}])
    assert window_spans(one.components[0], one, (FEB, MAR), starts, []) == [expected]


@pytest.mark.parametrize(
    ("window", "period", "count"),
    [(Q1, "month", 3), (YEAR, "month", 12), (YEAR, "quarter", 4), ((JAN, date(2026, 2, 15)), "month", Fraction(3, 2))],
)
def test_a_window_holds_so_many_pay_periods(window: Span, period: str, count: Fraction) -> None:
    assert periods_in(window, plan(period=period)) == count


# --- what holds for every plan ----------------------------------------------------------------------------------------
SHARES = st.integers(0, 30).map(lambda n: f"{n * 10}%")


@st.composite
def component(draw: st.DrawFn) -> dict[str, Any]:
    """Any component over a quarter with quota 1,000 and target 500; another one, `b`, is looked at."""
    bounds = [f"{n * 20}%" for n in sorted(draw(st.sets(st.integers(1, 10), min_size=1, max_size=3)))]
    way = draw(st.sampled_from(["tiers", "curve", "matrix"]))
    part: dict[str, Any] = {"key": "a", "window": "quarter", "target": 500, "rate": None}
    if way == "tiers":
        ends = [*bounds, None]
        rates = draw(st.lists(st.integers(0, 20), min_size=len(ends), max_size=len(ends)))
        tiers = [{"from": a, "to": b, "rate": f"{r}%"} for a, b, r in zip(["0%", *bounds], ends, rates, strict=True)]
        part |= {"scale": draw(st.sampled_from(["marginal", "whole"])), "bounds": "quota", "tiers": tiers}
    elif way == "curve":
        part |= {"scale": None, "curve": [["0%", "0%"], [bounds[0], draw(SHARES)], ["300%", "400%"]]}
    else:
        pays = draw(st.lists(st.lists(SHARES, min_size=2, max_size=2), min_size=2, max_size=2))
        part |= {"scale": None, "matrix": {"of": "b", "rows": [0, bounds[0]], "columns": [0, 1], "pays": pays}}
    if draw(st.booleans()):
        part["hurdle"] = {"of": "b", "below": "80%", "limit": draw(SHARES)}
    if draw(st.booleans()):
        tiers = [{"from": 0, "to": 1, "times": draw(SHARES)}, {"from": 1, "to": None, "times": draw(SHARES)}]
        part["multiplier"] = {"of": "b", "tiers": tiers}
    if draw(st.booleans()):
        treat = draw(st.sampled_from([{"treat": "review"}, {"treat": "carve_out", "rate": "5%"},
                                      {"treat": "part", "quota_share": "20%", "rate": "5%"}]))  # fmt: skip
        part["windfall"] = {"over": 200, **treat}
    if draw(st.booleans()):
        part["cap"] = {"times_target": 2}
    return part


EVENTS = st.lists(
    st.tuples(st.integers(0, 89), st.sampled_from("ab"), st.integers(-300, 700), st.sampled_from("XYZ")), max_size=12
)


def paid(one: Plan, events: Sequence[tuple[int, str, int, str]], cuts: Sequence[int]) -> list[Payout]:
    """Component `a` over the quarter, run in pieces that end before the days `cuts`."""
    found = []
    for start, end in zip([0, *cuts], [*cuts, 90], strict=True):
        stretches = []
        for n, part in enumerate(one.components):
            at = [sum_of(part, [e for e in events if e[0] < day]) for day in (start, end)]
            given = Stretch(n, part, Q1, at[1], at[0] if start else None, Fraction(1_000), Fraction(500), Fraction(3))
            stretches.append(given)
        found.append(payouts_of(one, stretches, 1)[0])
    return found


def sum_of(part: Component, events: Sequence[tuple[int, str, int, str]]) -> Sum:
    mine = [event for event in events if event[1] == part.key]
    deals: dict[str, int] = {}
    for _, _, amount, order in mine:
        deals[order] = deals.get(order, 0) + amount
    return Sum(sum(event[2] for event in mine), deals if part.windfall else {})


B = {"key": "b", "window": "quarter", "scale": "whole", "rate": "1%"}


@given(component(), EVENTS, st.sets(st.integers(1, 89), max_size=5), st.randoms())
def test_any_split_into_pay_periods_and_any_order_pay_the_same(
    part: dict[str, Any], events: list[Any], cuts: set[int], random: Any
) -> None:
    one = plan(components=[part, B])
    (whole,) = paid(one, events, [])
    shuffled = list(events)
    random.shuffle(shuffled)
    pieces = paid(one, shuffled, sorted(cuts))
    assert sum(payout.pay for payout in pieces) == whole.pay
    assert sum(payout.stages[-1].amount for payout in pieces) == whole.stages[-1].amount
    assert pieces[-1].attained == whole.attained


@given(component(), EVENTS, st.integers(1, 89), st.sampled_from([1, 10]))
def test_lines_of_the_scale_sum_to_it_and_steps_lead_to_the_pay(
    part: dict[str, Any], events: list[Any], cut: int, step: int
) -> None:
    """What is on the scale runs on from where the window stood; two rounded sums may be a unit off their difference."""
    one = plan(components=[part, B])
    last = replace(paid(one, events, [cut])[-1], step=step)
    credits = [event[2] for event in events if event[1] == "a" and event[0] >= cut and event[3] not in last.off_scale]
    before, lines = last.scale.earned(last.start), list[Fraction]()
    for n in range(1, len(credits) + 1):
        lines.append(last.scale.earned(last.start + sum(credits[:n])) - before - sum(lines))
    assert sum(credits) == last.credited
    assert sum(lines) == last.earned
    if lines:
        assert sum(scales.allocate(lines, step, last.rounded)) == last.rounded
    totals = [stage.rounded(step) for stage in last.stages]
    assert totals[0] + sum(b - a for a, b in zip(totals, totals[1:], strict=False)) == last.pay


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)), max_size=6), st.integers(0, 60), st.integers(1, 60))
def test_active_days_are_those_of_no_leave(leaves: list[tuple[int, int]], first: int, days: int) -> None:
    one = plan()
    spans = [(JAN + timedelta(a), JAN + timedelta(a + n)) for a, n in leaves]
    window = (JAN + timedelta(first), JAN + timedelta(first + days))
    free = [n for n in range(days) if not any(a <= window[0] + timedelta(n) < b for a, b in spans)]
    assert career(one, away=spans).active(one, window) == len(free)


def test_days_in_both_spans() -> None:
    assert overlap((JAN, MAR), (FEB, APR)) == (FEB, MAR)
    assert overlap((JAN, FEB), (FEB, APR)) is None
