"""Pay lines: every credit line's exact part of what its component earns on its scale, on any engine.

A scale is a function of the window's credits, straight between its bounds. In event order (day, then id) a line earns
f(cumulated) − f(cumulated before), on a whole scale what the reached rate gives it. In whole numbers over a common
denominator nothing is rounded before the end: every part is cut to payable units, and the largest remainders take what
is missing to the rounded sum, the first of equals first. The lines of one pay period are all that is in memory.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, lcm
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.incentives import scales
from revops.incentives.credits import COUNTED
from revops.incentives.earnings import Payout
from revops.kpis.engine import beside, joined, placed, running, wide
from revops.kpis.frames import Frame, native, opened, typed
from revops.money import RATE_SCALE

PAID: dict[str, Any] = {
    **COUNTED,
    "start_on": nw.Date,
    "line_no": nw.Int64,
    "after_amount": nw.Int64,
    "step_from": nw.Int64,
    "step_to": nw.Int64,
    "pay_amount": nw.Int64,
}
"""Columns of pay lines: the counted line, the first day of its stretch, its place in it, the window's credits with it,
the steps of the scale that hold its beginning and its end, what it is paid."""
_MOST = 2**62


@dataclass(frozen=True)
class Steps:
    """How one payout's credits earn: of [start_on, end_on) the lines of a person, plan and component.

    From credits `bounds[i]` on (before the factor; the first has none), credits c earn (slopes[i] × c + bases[i]) ÷
    `unit` payable units of `step`; the lines sum to `total` money units. Orders in `off_scale` earn nothing here.
    """

    person_id: str
    plan: str
    component: int
    start_on: date
    end_on: date
    before: int
    bounds: tuple[int, ...]
    slopes: tuple[int, ...]
    bases: tuple[int, ...]
    unit: int
    step: int
    total: int
    off_scale: frozenset[str] = frozenset()


def steps_of(person_id: str, start_on: date, end_on: date, payout: Payout) -> Steps:
    """The steps of a payout whose pay period's lines are those of [start_on, end_on)."""
    pieces = list(_pieces(payout))
    numbers = [number for _, slope, base in pieces for number in (slope, base)]
    unit = lcm(*(number.denominator for number in numbers))
    return Steps(
        person_id, payout.plan, payout.number, start_on, end_on, payout.before,
        bounds=tuple(bound for bound, *_ in pieces[1:]),
        slopes=tuple(int(slope * unit) for _, slope, _ in pieces),
        bases=tuple(int(base * unit) for *_, base in pieces),
        unit=unit * payout.step,
        step=payout.step,
        total=payout.rounded - scales.rounded(beside_lines(payout), payout.step),
        off_scale=payout.off_scale,
    )  # fmt: skip


def beside_lines(payout: Payout) -> Fraction:
    """What a payout's scale pays that no line of the pay period earns: exact, mostly 0.

    On a whole scale over a longer window what the newly reached rate adds to earlier credits; else what is paid for the
    first step before anything was sold.
    """
    start, end = payout.before, payout.before + payout.credited
    pieces = list(_pieces(payout))
    return payout.earned - (_at(pieces, end) - _at(pieces, start))


def _pieces(payout: Payout) -> Iterable[tuple[int, Fraction, Fraction]]:
    """(first credit, slope, base) of each straight piece over credits before the factor; the first has no bound."""
    factor, steps = Fraction(payout.component.factor, RATE_SCALE), payout.scale.steps
    if payout.scale.is_whole:
        total = payout.start + payout.credit
        yield 0, (payout.scale.earned(total) / total if total else steps[0].rate) * factor, Fraction(0)
        return
    yield 0, steps[0].rate * factor, Fraction(0)
    for step in steps if steps[0].paid else steps[1:]:
        if factor:
            yield min(ceil(step.start / factor), _MOST), step.rate * factor, step.paid - step.rate * step.start


def _at(pieces: Iterable[tuple[int, Fraction, Fraction]], credit: int) -> Fraction:
    held = [(slope, base) for n, (bound, slope, base) in enumerate(pieces) if n == 0 or credit >= bound]
    return held[-1][0] * credit + held[-1][1]


def pay_lines(counted: Frame, steps: Collection[Steps]) -> Frame:
    """One row per counted credit line that a payout pays, with its part: see PAID. The parts of a payout sum to it.

    Needed are the key, moved_on, movement_id and credit_amount, and order_id where orders are off the scale.
    """
    rows = opened(counted)
    rows = _cumulated(rows, steps, _whole_type(rows, steps))
    after, before = nw.col("after_amount"), nw.col("after_amount") - nw.col("on_scale")
    (exact, step_to), (earlier, step_from) = (_earned(amount, steps) for amount in (after, before))
    rows = rows.with_columns(exact=exact - earlier, step_to=step_to, step_from=step_from)
    rows = rows.with_columns(rest=nw.col("exact").abs() % nw.col("unit"))
    rows = rows.with_columns(part=((nw.col("exact").abs() - nw.col("rest")) / nw.col("unit")).round().cast(nw.Int64))
    sign = nw.when(nw.col("exact") < 0).then(nw.lit(-1)).otherwise(nw.lit(1))
    rows = rows.with_columns(part=nw.col("part") * sign, rest=nw.col("rest") * sign)
    known = {*rows.collect_schema().names(), "pay_amount"}
    return native(typed(_allocated(rows), {name: kind for name, kind in PAID.items() if name in known}))


def _cumulated(rows: Any, steps: Collection[Steps], size: Any) -> Any:
    """The lines of each stretch in event order with `line_no`, the window's credits so far, the steps as `size`."""
    off = [(n, order) for n, one in enumerate(steps) for order in one.off_scale]
    few, exact = _table(steps)
    table = beside(rows, few).with_columns(nw.col(exact).cast(size))
    whose = ["stretch", "person_id", "of_plan", "of_component", "start_on", "end_on"]
    days = (nw.col("start_on") <= nw.col("moved_on")) & (nw.col("moved_on") < nw.col("end_on"))
    is_its = (nw.col("plan") == nw.col("of_plan")) & (nw.col("component") == nw.col("of_component"))
    rows = joined(rows, table.select(whose), "person_id").filter(is_its & days)
    rows = rows.drop("of_plan", "of_component", "end_on").with_columns(
        on_scale=nw.col("credit_amount"), one=nw.col("stretch") * 0 + 1
    )
    if off:
        few = pl.DataFrame(off, schema={"stretch": pl.Int64, "order_id": pl.String}, orient="row")
        gone = beside(rows, few.with_columns(is_off=pl.lit(True)))
        rows = rows.join(gone, on=["stretch", "order_id"], how="left")
        rows = rows.with_columns(on_scale=nw.when(nw.col("is_off").is_null()).then("on_scale").otherwise(nw.lit(0)))
    rows = running(rows, ["stretch"], ["moved_on", "movement_id"], after_amount="on_scale", line_no="one")
    rows = joined(rows, table.drop(whose[1:]), "stretch")
    return rows.with_columns(after_amount=nw.col("after_amount") + nw.col("before"))


def _allocated(rows: Any) -> Any:
    """The rows with `pay_amount`: the parts, and a unit more or less for the largest remainders."""
    rows = rows.with_columns(left=nw.col("total") - nw.col("part").sum().over("stretch"))
    short = nw.when(nw.col("left") > 0).then(nw.col("rest") * -1).otherwise(nw.col("rest"))
    rows = placed(rows.with_columns(short=short), "place", "stretch", "short", "line_no")
    zero = nw.lit(0)
    more = nw.when(nw.col("place") <= nw.col("left")).then(nw.lit(1)).otherwise(zero)
    less = nw.when(nw.col("place") <= -nw.col("left")).then(nw.lit(-1)).otherwise(zero)
    return rows.with_columns(pay_amount=(nw.col("part") + more + less) * nw.col("step"))


def _table(steps: Collection[Steps]) -> tuple[pl.DataFrame, list[str]]:
    """The steps as rows, numbered by `stretch`, and the columns of whole numbers of any size, written as text."""
    pieces = _pieces_of(steps)
    rows = [
        {
            "stretch": n, "person_id": one.person_id, "of_plan": one.plan, "of_component": one.component,
            "start_on": one.start_on, "end_on": one.end_on, "before": one.before, "unit": str(one.unit),
            "step": one.step, "total": one.total // one.step,
            **{f"bound_{i}": bound for i, bound in enumerate(one.bounds, start=1)},
            **{f"slope_{i}": str(slope) for i, slope in enumerate(one.slopes)},
            **{f"base_{i}": str(base) for i, base in enumerate(one.bases)},
        }
        for n, one in enumerate(steps)
    ]  # fmt: skip
    exact = ["unit", *(f"{name}_{i}" for name in ("slope", "base") for i in range(pieces))]
    whole = ["stretch", "of_component", "before", "step", "total", *(f"bound_{i}" for i in range(1, pieces))]
    schema = dict.fromkeys(whole, pl.Int64) | dict.fromkeys(("start_on", "end_on"), pl.Date)
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(["person_id", "of_plan", *exact], pl.String)), exact


def _pieces_of(steps: Collection[Steps]) -> int:
    return max((len(one.slopes) for one in steps), default=1)


def _earned(credit: Any, steps: Collection[Steps]) -> tuple[Any, Any]:
    """What credits earn, over the unit, and the number of the step that holds them."""
    earned, number = credit * nw.col("slope_0") + nw.col("base_0"), nw.lit(0)
    for i in range(1, _pieces_of(steps)):
        reached = credit >= nw.col(f"bound_{i}")
        earned = nw.when(reached).then(credit * nw.col(f"slope_{i}") + nw.col(f"base_{i}")).otherwise(earned)
        number = nw.when(reached).then(nw.lit(i)).otherwise(number)
    return earned, number


def _whole_type(rows: Any, steps: Collection[Steps]) -> Any:
    """64 bits where the largest product that the rows in memory can make fits into them, else the engine's widest."""
    table = native(rows)
    if not isinstance(table, pl.DataFrame):
        return wide(rows)
    most = int(table["credit_amount"].abs().cast(pl.Int128).sum()) + max((abs(one.before) for one in steps), default=0)
    slopes = max((abs(slope) for one in steps for slope in one.slopes), default=0)
    bases = max((abs(base) for one in steps for base in one.bases), default=0)
    units = max((one.unit for one in steps), default=1)
    return nw.Int64 if max(4 * most * slopes, 4 * bases, units) < _MOST else wide(rows)
