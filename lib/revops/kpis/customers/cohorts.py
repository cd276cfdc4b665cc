"""Cohorts of first orders: who came again, who ever came again, what they brought.

A cohort is the customers whose first order lies in one month (or quarter). Its row has a full spine: a month in which
nobody came is 0, one that has not ended is null. `active` counts who ordered in the month (N-month retention), `later`
who ordered in it or after it (unbounded retention), so `later` never rises and is never less than `active`.
"""

from datetime import date, timedelta
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened, typed
from revops.money import round_ratio
from revops.periods import add_months

MONTHS = {"month": 1, "quarter": 3}
KEYS = ["cohort_on", "month_on"]
COLUMNS = ["cohort_on", "month_number", "month_on", "customers", "active", "share", "later", "later_share",
           "net_amount", "net_per_customer"]  # fmt: skip
CELLS: dict[str, Any] = {
    "cohort_on": nw.Date,
    "month_on": nw.Date,
    "active": nw.Int64,
    "last": nw.Int64,
    "net_amount": nw.Int64,
}


def cells(months: Frame) -> Frame:
    """One row per cohort and month in which it ordered or returned: active, last (customers whose last order it is),
    net_amount.

    `months` has a row per customer and month (or quarter): customer_id, month_on, orders, net_amount. What a customer
    returns before the first order known belongs to no cohort.
    """
    rows = opened(months)
    one, zero = nw.lit(1), nw.lit(0)
    bought = rows.filter(nw.col("orders") > 0).group_by("customer_id")
    lives = bought.agg(nw.col("month_on").min().alias("cohort_on"), nw.col("month_on").max().alias("last_on"))
    joined = rows.join(lives, on="customer_id", how="inner").filter(nw.col("month_on") >= nw.col("cohort_on"))
    joined = joined.with_columns(
        active=nw.when(nw.col("orders") > 0).then(one).otherwise(zero),
        last=nw.when(nw.col("month_on") == nw.col("last_on")).then(one).otherwise(zero),
    )
    summed = joined.group_by("cohort_on", "month_on").agg(nw.col("active", "last", "net_amount").sum())
    return native(typed(summed, CELLS))


def table(
    months: pl.DataFrame, end: date, count: int = 12, every: str = "month", fiscal_year_starts: int = 1
) -> pl.DataFrame:
    """One row per cohort and number of months (or fiscal quarters) since, 0 … count: the last `count` cohorts.

    customers (the cohort's size), active, share, later, later_share, net_amount, net_per_customer (in the money's
    unit); all but the size null from the month on that has `end` in it or after it.

    >>> rows = pl.DataFrame({"customer_id": ["a", "a", "b"], "orders": [1, 1, 1], "net_amount": [50, 30, 20],
    ...     "month_on": [date(2026, 1, 1), date(2026, 3, 1), date(2026, 1, 1)]})
    >>> found = table(rows, date(2026, 4, 1), 3).filter(pl.col("cohort_on") == date(2026, 1, 1))
    >>> found["active"].to_list(), found["later"].to_list(), found["net_per_customer"].to_list()
    ([2, 0, 1, None], [2, 1, 1, None], [35, 0, 15, None])
    """
    step = MONTHS[every]
    known = months.filter(pl.col("month_on") < end)
    if every != "month":
        known = known.with_columns(month_on=_begin_of(pl.col("month_on"), fiscal_year_starts))
        known = known.group_by("customer_id", "month_on").agg(pl.col("orders", "net_amount").sum())
    found = cells(known)
    until = _open_from(end, step, fiscal_year_starts)
    size = found.group_by("cohort_on").agg(customers=pl.col("last").sum())
    full = _spine(until, count, step).join(size, on="cohort_on", how="inner")
    full = full.join(found, on=["cohort_on", "month_on"], how="left").join(_gone(full, found), on=KEYS, how="left")
    full = full.with_columns(later=pl.col("customers") - pl.col("gone").fill_null(0))
    counted = [pl.col(name).fill_null(0) for name in ("active", "later", "net_amount")]
    full = full.with_columns(pl.when(pl.col("month_on") < until).then(column) for column in counted)
    pairs = full.select("net_amount", "customers").iter_rows()
    each = [None if amount is None else round_ratio(amount, customers) for amount, customers in pairs]
    full = full.with_columns(
        share=pl.col("active") / pl.col("customers"),
        later_share=pl.col("later") / pl.col("customers"),
        net_per_customer=pl.Series(each, dtype=pl.Int64),
    )
    return full.select(COLUMNS).sort("cohort_on", "month_number")


def _gone(full: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """One row per cell: the cohort's customers whose last order lies before its month."""
    ends = found.select("cohort_on", "last", last_on="month_on")
    earlier = full.select(KEYS).join(ends, on="cohort_on", how="inner").filter(pl.col("last_on") < pl.col("month_on"))
    return earlier.group_by(KEYS).agg(gone=pl.col("last").sum())


def _begin_of(month: pl.Expr, fiscal_year_starts: int) -> pl.Expr:
    """The first month of the fiscal quarter of a month."""
    index = month.dt.year().cast(pl.Int32) * 12 + month.dt.month().cast(pl.Int32) - 1
    first = index - (index + 1 - fiscal_year_starts) % 3
    return pl.date(first // 12, first % 12 + 1, 1)


def _open_from(end: date, step: int, fiscal_year_starts: int) -> date:
    """The first month (or quarter) that begins at `end` or later: a running one counts as far as it got."""
    last = end - timedelta(days=1)
    return add_months(last, step - (last.month - fiscal_year_starts) % step)


def _spine(until: date, count: int, step: int) -> pl.DataFrame:
    """Every cohort × every number: cohort_on, month_number, month_on."""
    cohorts_on = [add_months(until, -step * back) for back in range(count, 0, -1)]
    rows = [(cohort, k, add_months(cohort, step * k)) for cohort in cohorts_on for k in range(count + 1)]
    return pl.DataFrame(
        rows, schema={"cohort_on": pl.Date, "month_number": pl.Int64, "month_on": pl.Date}, orient="row"
    )
