"""Cohorts of first orders: who orders again, by month; who came again at all and what a customer brings, by quarter."""

import polars as pl

from revops.kpis import customers
from revops.kpis.facts import Facts
from revops.kpis.spans import Spans
from revops.money import round_ratio
from revops.report import grids
from revops.report.kpis.shown import Shown, missing, silent
from revops.report.tables import Column
from revops.workspace import Workspace

QUARTERS = 8
YEAR = 4


def cohorts(ws: Workspace, rows: pl.DataFrame, count: int = 12) -> Shown:
    """Cohorts of first orders: the share that ordered again in month 1 to 11."""
    if rows.is_empty():
        return missing(ws, "cohorts")
    wide = rows.filter(pl.col("month_number").is_between(1, count - 1)).pivot(
        "month_number", index=["cohort_on", "customers"], values="share", sort_columns=False
    )
    names = [name for name in wide.columns if name.isdigit()]
    first = Column("cohort_on", ws.t("kpis.column.cohort"), "month")
    size = Column("customers", ws.t("kpis.column.buyers"), "number")
    small = (rows.filter(pl.col("month_number") > 0)["share"].max() or 0) < 0.1  # type: ignore[operator]
    return grids.heat(
        wide.sort("cohort_on"),
        first,
        names,
        _cohort_title(ws, rows),
        ws.t("kpis.who.cohorts"),
        words=ws.words,
        extra=[size],
        digits=int(small),
    )


def _cohort_title(ws: Workspace, rows: pl.DataFrame) -> str:
    """A cohort that keeps buying clearly more than the others in the same months; else neutral."""
    seen = rows.filter((pl.col("month_number") >= 1) & pl.col("active").is_not_null())
    usual = seen.with_columns(usual=pl.col("share").median().over("month_number"))
    gain = usual.group_by("cohort_on").agg(
        gain=(pl.col("share") - pl.col("usual")).mean(),
        months=pl.len(),
        lift=pl.col("share").sum() / pl.col("usual").sum(),
    )
    top = gain.filter((pl.col("months") >= 3) & (pl.col("lift") >= 1.15) & (pl.col("gain") >= 0.01)).sort(
        pl.col("gain") * -1, "cohort_on"
    )
    if top.is_empty() or top["gain"][0] is None:
        return ws.t("kpis.title.cohorts")
    return ws.t(
        "kpis.title.cohort_best", month=ws.words.month(top["cohort_on"][0]), points=ws.words.points(top["gain"][0])
    )


def cohort_quarters(facts: Facts, spans: Spans) -> pl.DataFrame:
    """`customers.cohorts.table` of the last two years, by fiscal quarter."""
    return customers.cohorts.table(facts.customers, spans.now[1], QUARTERS, "quarter", facts.company.fiscal_year_starts)


def later(ws: Workspace, rows: pl.DataFrame) -> Shown:
    """The share of each cohort that came again in a quarter or after it; blank where the quarter is to come."""
    if rows.is_empty():
        return silent()
    shares = _wide(rows.filter(pl.col("month_number").is_between(1, QUARTERS - 1)), "later_share")
    title, who = ws.t("customers.title.later"), ws.t("customers.who.later")
    return grids.heat(shares, _first(ws), _numbers(shares), title, who, words=ws.words, extra=[_size(ws)])


def brought(ws: Workspace, rows: pl.DataFrame) -> Shown:
    """Net revenue for one customer of the cohort: of its first quarter, and of each after it."""
    if rows.is_empty():
        return silent()
    after = rows.filter(pl.col("month_number").is_between(1, QUARTERS - 1))
    first = rows.filter(pl.col("month_number") == 0).select("cohort_on", first="net_per_customer")
    amounts = _wide(after, "net_per_customer").join(first, on="cohort_on", how="left")
    unit = ws.words.unit(max((abs(amount) for amount in after["net_per_customer"].drop_nulls()), default=0))[1]
    who, own = ws.t("customers.who.brought", unit=unit), Column("first", ws.t("customers.column.first"), "money_short")
    extra, title = [_size(ws), own], _brought_title(ws, rows)
    return grids.heat(amounts, _first(ws), _numbers(amounts), title, who, words=ws.words, extra=extra, money=True)


def _brought_title(ws: Workspace, rows: pl.DataFrame) -> str:
    """What the cohorts brought whose first year is over: Σ money ÷ Σ customers; neutral without one."""
    whole = rows.filter(pl.col("net_amount").is_not_null() & (pl.col("month_number") <= YEAR))
    ripe = whole.filter(pl.len().over("cohort_on") == YEAR + 1)
    if ripe.is_empty():
        return ws.t("customers.title.brought_plain")
    size = int(ripe.filter(pl.col("month_number") == 0)["customers"].sum())
    first = int(ripe.filter(pl.col("month_number") == 0)["net_amount"].sum())
    rest = int(ripe.filter(pl.col("month_number") > 0)["net_amount"].sum())
    said = {key: ws.words.money_short(round_ratio(amount, size)) for key, amount in (("first", first), ("rest", rest))}
    return ws.t("customers.title.brought", **said)


def _wide(rows: pl.DataFrame, values: str) -> pl.DataFrame:
    wide = rows.pivot("month_number", index=["cohort_on", "customers"], values=values, sort_columns=False)
    return wide.sort("cohort_on")


def _numbers(wide: pl.DataFrame) -> list[str]:
    return [name for name in wide.columns if name.isdigit()]


def _first(ws: Workspace) -> Column:
    return Column("cohort_on", ws.t("customers.column.cohort"), "month")


def _size(ws: Workspace) -> Column:
    return Column("customers", ws.t("customers.column.buyers"), "number")
