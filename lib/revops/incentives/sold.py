"""Units that spiffs look at: net of each order, person and pay period, from the direct and split credits."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import narwhals.stable.v2 as nw
import polars as pl

from revops.incentives.credits import matches
from revops.incentives.extras import Sold
from revops.incentives.hierarchy import held
from revops.incentives.plans import Plan
from revops.incentives.windows import pay_period
from revops.kpis.engine import beside
from revops.kpis.frames import Frame, native, opened, typed
from revops.money import RATE_SCALE

SOLD = {"plan": nw.String, "spiff": nw.String, "person_id": nw.String, "order_id": nw.String, "month_on": nw.Date,
        "day": nw.Date, "units": nw.Int64}  # fmt: skip


def sold(own: Frame, people: pl.DataFrame, plans: Sequence[Plan]) -> Frame:
    """One row per spiff, person, order and month: the last day and the units, in billionths, that the spiff counts."""
    rows = opened(own).filter(~nw.col("order_id").is_null()).with_columns(units=nw.col("quantity") * nw.col("share"))
    parts = []
    for plan in plans:
        who = beside(rows, held(people, plan.roles).select("person_id", "from_on", "until_on")) if plan.spiffs else None
        for spiff in plan.spiffs:
            start, end = max(spiff.start_on, plan.effective_from), min(spiff.end_on, plan.effective_to or date.max)
            inside = (nw.col("moved_on") >= start) & (nw.col("moved_on") < end) & matches(spiff)
            mine = rows.filter(inside).join(who, on="person_id", how="inner")
            mine = mine.filter((nw.col("from_on") <= nw.col("moved_on")) & (nw.col("moved_on") < nw.col("until_on")))
            sums = mine.group_by("person_id", "order_id", "month_on").agg(
                nw.col("units").sum(), nw.col("moved_on").max().alias("day")
            )
            parts.append(typed(sums.with_columns(plan=nw.lit(plan.plan), spiff=nw.lit(spiff.key)), SOLD))
    return native(nw.concat(parts, how="vertical"))


def sold_in(rows: pl.DataFrame, plans: Sequence[Plan], fiscal_year_starts: int) -> dict[tuple[str, str], list[Sold]]:
    """What each (plan, spiff) looks at: the units of an order and person in one pay period, summed over its months."""
    of = {plan.plan: plan for plan in plans}
    found: dict[tuple[str, str, str, str, date], tuple[date, int]] = {}
    for plan, spiff, person, order, month, day, units in rows.select(list(SOLD)).rows():
        period = pay_period(of[plan], month, fiscal_year_starts)[0]
        last, count = found.get((plan, spiff, person, order, period), (day, 0))
        found[plan, spiff, person, order, period] = max(day, last), count + units
    sums: dict[tuple[str, str], list[Sold]] = {}
    for (plan, spiff, person, order, period), (day, count) in sorted(found.items()):
        sums.setdefault((plan, spiff), []).append(Sold(day, order, person, Fraction(count, RATE_SCALE), period))
    return sums
