"""How long customers of a shop without contracts stay away, and from when on one of them counts as inactive.

Nobody who merely has not bought for a while has left: such customers are called inactive, never churned, and the days
T after which they are called so are always told. T is the company's own, or the 90th percentile of the gaps between
purchases on different days: nine of ten who came back did so within T days. Business accounts, which reorder by the
week, have a T of their own. Gaps that are still open are in no percentile, so T leans to the short side.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.customers import buying
from revops.kpis.frames import Frame, day_number, native, opened

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

PERCENTILE = 90


def gaps(turns: Frame) -> Frame:
    """One row per kind of customer and length of a gap between purchases on different days: is_account, days, gaps.

    `turns` is `buying.in_turn`.
    """
    rows = opened(turns).filter(~nw.col("previous_on").is_null() & (nw.col("ordered_on") > nw.col("previous_on")))
    rows = rows.with_columns(
        day_number("ordered_on"), day_number("previous_on"), is_account=~nw.col("account_id").is_null()
    )
    rows = rows.with_columns(days=nw.col("ordered_on") - nw.col("previous_on"))
    counted = rows.group_by("is_account", "days").agg(nw.len().alias("gaps"))
    return native(counted.select("is_account", nw.col("days").cast(nw.Int64), nw.col("gaps").cast(nw.Int64)))


def inactive_after(found: pl.DataFrame, percentile: int = PERCENTILE) -> int | None:
    """The fewest days within which so many per cent of the gaps of `gaps` ended; None without any gap.

    >>> inactive_after(pl.DataFrame({"days": [1, 30, 200], "gaps": [5, 4, 1]}))
    30
    >>> inactive_after(pl.DataFrame({"days": [1, 30, 200], "gaps": [5, 3, 2]}))
    200
    """
    if found.is_empty():
        return None
    rising = found.sort("days").with_columns(pl.col("gaps").cum_sum())
    enough = rising.filter(pl.col("gaps") * 100 >= int(found["gaps"].sum()) * percentile)
    return int(enough["days"][0])


def turns(facts: "Facts") -> Any:
    """`buying.in_turn` of a company's orders up to the as-of day; lazy."""
    return buying.in_turn(opened(facts.scan("orders")).filter(nw.col("ordered_on") < facts.end))


def limits(facts: "Facts") -> pl.DataFrame:
    """T by kind of customer, two rows: is_account, inactive_days; null where nobody of the kind came twice."""
    own, found = facts.company.kpis.inactive_days, gaps(turns(facts)).collect()
    kinds = [(kind, found.filter(pl.col("is_account") == kind)) for kind in (False, True)]
    days = [(kind, own if own is not None else inactive_after(part)) for kind, part in kinds]
    return pl.DataFrame(days, schema={"is_account": pl.Boolean, "inactive_days": pl.Int64}, orient="row")


def with_state(rows: pl.DataFrame, found: pl.DataFrame, end: date) -> pl.DataFrame:
    """Customers (is_account, last_on) with away_days, the days from the last order to the last before `end`, and
    is_inactive: whether they are more than T.

    >>> rows = pl.DataFrame({"is_account": [False, False], "last_on": [date(2026, 1, 1), date(2026, 1, 2)]})
    >>> t = pl.DataFrame({"is_account": [False], "inactive_days": [30]})
    >>> with_state(rows, t, date(2026, 2, 2)).select("away_days", "is_inactive").rows()
    [(31, True), (30, False)]
    """
    away = (pl.lit(end - timedelta(days=1)) - pl.col("last_on")).dt.total_days()
    joined = rows.join(found, on="is_account", how="left", maintain_order="left").with_columns(away_days=away)
    return joined.with_columns(is_inactive=(pl.col("away_days") > pl.col("inactive_days")).fill_null(False))
