"""The outlook of any metric of the catalogue that is a sum or a state: orders, leads, recurring revenue, …"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from revops.kpis.catalogue import declared
from revops.kpis.counting import measure
from revops.kpis.facts import Facts
from revops.kpis.forecast import Outlook, outlook, project
from revops.periods import add_months, months_between
from revops.problems import InputError, Problem

OTHERS = ("orders", "leads", "service_arr")


def of_metric(facts: Facts, key: str, end: date, horizon: int = outlook.HORIZON) -> Outlook | None:
    """The outlook of a metric's monthly values before `end`; None where no month is known.

    A ratio has none: its numerator and denominator are forecast, each on its own.
    """
    if declared(key).over_time == "none":
        expected = "a metric that adds up over months or is a state at their end"
        raise InputError(Problem(f"metric {key}, outlook", "a ratio", expected, "forecast what it is made of"))
    first = outlook.whole_months(facts)["month_on"].min()
    if first is None:
        return None
    months = months_between(first, end.replace(day=1))  # type: ignore[arg-type]
    rows = measure(facts, [key], [(month, add_months(month, 1)) for month in months]) if months else pl.DataFrame()
    if rows.is_empty() or rows["value"].null_count() == rows.height:
        return None
    begins = rows.drop_nulls("value")["start_on"].min()
    known = rows.filter(pl.col("start_on") >= begins).select(
        month_on="start_on", amount=pl.col("value").fill_null(0).round().cast(pl.Int64)
    )
    return project(known, key, end, value="amount", horizon=horizon, feasts=outlook.feasts(facts, begins))


def others(facts: Facts, end: date, keys: Sequence[str] = OTHERS) -> list[Outlook]:
    """The outlooks of metrics beside net revenue, of those that are known."""
    return [found for key in keys if (found := of_metric(facts, key, end)) is not None]
