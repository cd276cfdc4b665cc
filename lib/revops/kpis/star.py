"""The star schema for BI tools: facts with whole-number keys, and the dimensions that they point to.

Keys begin at 1, in the order of the members; 0 is what a fact does not tell, ALL what a target sets for all members
together. Days are keys too, as 20261031. Amounts are decimals in whole currency. Customers have no name, telephone or
e-mail: a key, their id, group, region and segment. Facts end with the as-of day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from revops import holidays
from revops.company import Company
from revops.kpis import recurring, revenue
from revops.kpis.facts import Scan
from revops.money import RATE_SCALE
from revops.periods import Period, add_months, months_between

NONE, ALL = 0, -1
MEMBERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "product": ("product_id", ("products", "order_lines", "returns")),
    "product_group": ("product_group", ("products", "targets", "opportunities", "history")),
    "channel": ("channel", ("orders", "returns", "targets", "history")),
    "region": ("region", ("orders", "returns", "targets", "opportunities", "customers", "people", "history")),
    "person": ("person_id", ("people", "orders", "opportunities")),
    "customer": ("customer_id", ("customers", "orders", "subscriptions")),
}
"""Each dimension: the column that names its members, and the tables that do."""
SET_FOR_ALL = ("product_group", "channel", "region")
DATE_KEY, TARGETS = "date_key", "fact_targets"
UNKNOWN = date(2000, 1, 1)  # a calendar of one year where no fact has a day


@dataclass(frozen=True)
class Star:
    """The tables of a star schema, lazily, by their names; `revenue` is what fact_sales sums to, by another way."""

    tables: dict[str, pl.LazyFrame]
    revenue: int


def build(scan: Scan, company: Company, as_of: date, segments: pl.LazyFrame | None = None) -> Star:
    """The star schema of a company's canonical tables; `segments` has customer_id and segment, where there are any."""
    end = as_of + timedelta(days=1)
    members = {name: _members(scan, column, tables) for name, (column, tables) in MEMBERS.items()}
    sold = (
        scan("orders").filter(pl.col("ordered_on") < end),
        scan("order_lines"),
        scan("returns").filter(pl.col("returned_on") < end),
    )
    money = _Money(company.money_decimals)
    rates = recurring.Rates.of(scan("fx_rates"), company.money_decimals)
    facts = {
        "fact_sales": _sales(revenue.movements(*sold, scan("products")), money),
        "fact_history": _history(scan("history"), end, money),
        TARGETS: _targets(scan("targets"), money),
        "fact_pipeline": _pipeline(scan("opportunities").filter(pl.col("snapshot_on") < end), money),
        "fact_mrr": _mrr(scan("subscriptions").filter(pl.col("start_on") < end), rates, end, money),
    }
    keyed = {name: _keyed(frame, members, ALL if name == TARGETS else NONE) for name, frame in facts.items()}
    attributes = {
        "product": scan("products").select("product_id", "name", "product_group"),
        "person": _people(scan("people"), end),
        "customer": _customers(scan("customers"), segments),
    }
    dimensions = {f"dim_{name}": _dimension(name, members, attributes.get(name)) for name in MEMBERS}
    total = revenue.canonical_revenue(*sold).select(pl.col("net_amount").sum())
    return Star(
        {**dimensions, "dim_date": _dates(facts, company).lazy(), **keyed},
        int(total.collect(engine="streaming").item() or 0),
    )


@dataclass(frozen=True)
class _Money:
    """Amounts in whole currency, exact."""

    decimals: int

    def __call__(self, *names: str) -> list[pl.Expr]:
        whole = pl.col(names).cast(pl.Decimal(38, self.decimals))
        return [(whole / 10**self.decimals).cast(pl.Decimal(18, self.decimals))]


def _members(scan: Scan, column: str, tables: Sequence[str]) -> pl.DataFrame:
    """The members of a dimension with their keys, in order."""
    frames = [scan(name).select(pl.col(column)).unique() for name in tables]
    found = pl.concat(frames).unique().drop_nulls().sort(column).collect(engine="streaming")
    return found.with_row_index("key", offset=1).with_columns(pl.col("key").cast(pl.Int64))


def _keyed(frame: pl.LazyFrame, members: dict[str, pl.DataFrame], unnamed: int) -> pl.LazyFrame:
    """A fact with keys in place of names and days; `unnamed` is the key where it names no member."""
    columns = frame.collect_schema()
    for name, (column, _) in MEMBERS.items():
        if column in columns:
            known = members[name].lazy().select(column, pl.col("key").alias(f"{name}_key"))
            frame = frame.join(known, on=column, how="left").with_columns(pl.col(f"{name}_key").fill_null(unnamed))
            frame = frame.drop(column)
    days = [name for name, kind in columns.items() if kind == pl.Date]
    frame = frame.with_columns(date_key(pl.col(day)).fill_null(NONE).alias(_key_of(day)) for day in days).drop(days)
    keys = sorted(column for column in frame.collect_schema() if column.endswith("_key"))
    rest = [column for column in frame.collect_schema() if column not in keys]
    return frame.select(*keys, *rest).sort(rest[0], *keys)  # the same inputs give the same bytes


def _key_of(day: str) -> str:
    return DATE_KEY if day == "day_on" else f"{day.removesuffix('_on')}_{DATE_KEY}"


def date_key(day: pl.Expr) -> pl.Expr:
    """A day as the whole number 20261031.

    >>> pl.select(date_key(pl.lit(date(2026, 10, 31)))).item()
    20261031
    """
    return (day.dt.year().cast(pl.Int64) * 100 + day.dt.month()) * 100 + day.dt.day()


def _sales(moves: pl.LazyFrame, money: _Money) -> pl.LazyFrame:
    """One row per movement: a sold line, a returned line (negative), a header's difference to its lines."""
    names = ("product_id", "product_group", "channel", "region", "person_id", "customer_id")
    amounts = money("gross_amount", "discount_amount", "net_amount")
    group = pl.when(pl.col("kind") != "header_rounding").then(pl.col("product_group"))
    rows = moves.with_columns(*amounts, product_group=group, day_on=pl.col("moved_on"))
    return rows.select(
        "movement_id", "kind", "day_on", *names, "order_id", "quantity", "gross_amount", "discount_amount", "net_amount"
    )


def _history(history: pl.LazyFrame, end: date, money: _Money) -> pl.LazyFrame:
    """One row per month or year, product group, channel and region before detailed data begin."""
    known = history.filter(pl.col("end_on") <= end).with_columns(money("net_amount"))
    return known.select("start_on", "end_on", "product_group", "channel", "region", "orders", "net_amount")


def _targets(targets: pl.LazyFrame, money: _Money) -> pl.LazyFrame:
    """One row per target: in whole currency, a count, or a share."""
    in_money, shares = _units()
    target = (
        pl.when(pl.col("metric").is_in(in_money)).then(pl.col("target") / 10**money.decimals)
        .when(pl.col("metric").is_in(shares)).then(pl.col("target") / RATE_SCALE)
        .otherwise(pl.col("target"))
    )  # fmt: skip
    columns = targets.collect_schema()
    names = [column for column, _ in MEMBERS.values() if column in columns]
    return targets.select("metric", pl.col("month_on").alias("day_on"), *names, target.cast(pl.Float64).alias("target"))


def _units() -> tuple[list[str], list[str]]:
    """The metrics in money, and those that are shares."""
    from revops.kpis.catalogue import metrics

    units = {key: metric.unit for key, metric in metrics().items()}
    return [k for k, unit in units.items() if unit in ("money", "price")], [k for k, u in units.items() if u == "share"]


def _pipeline(deals: pl.LazyFrame, money: _Money) -> pl.LazyFrame:
    """One row per deal and CRM export; `is_last` marks the last export."""
    return deals.with_columns(
        *money("amount"),
        probability=pl.col("probability") / RATE_SCALE,
        is_last=pl.col("snapshot_on") == pl.col("snapshot_on").max(),
    ).select(
        "opportunity_id", "snapshot_on", "created_on", "close_on", "person_id", "region", "product_group", "stage",
        "is_closed", "is_won", "is_last", "amount", "probability",
    )  # fmt: skip


def _mrr(subscriptions: pl.LazyFrame, rates: recurring.Rates, end: date, money: _Money) -> pl.LazyFrame:
    """One row per customer and month end (the as-of day for a running month) with recurring revenue above 0."""
    first = subscriptions.select(pl.col("start_on").min()).collect().item() or end
    ends = [add_months(month, 1) for month in months_between(first.replace(day=1), end)]
    moments = [min(day, end) for day in ends] or [end]
    at = recurring.mrr_at(subscriptions, moments).collect()
    rows = pl.concat([recurring.standing(at, day, rates, day).with_columns(end=pl.lit(day)) for day in moments]).lazy()
    return rows.with_columns(*money("mrr"), day_on=pl.col("end").dt.offset_by("-1d")).drop("end")


def _people(people: pl.LazyFrame, end: date) -> pl.LazyFrame:
    """Each person as last known before `end`."""
    known = people.filter(pl.col("start_on") < end).sort("person_id", "start_on")
    return known.unique("person_id", keep="last").select("person_id", "name", "role", "team", "region", "channel")


def _customers(customers: pl.LazyFrame, segments: pl.LazyFrame | None) -> pl.LazyFrame:
    """Each customer by what may be told of one."""
    known = customers.select("customer_id", "customer_group", "region")
    if segments is None:
        return known.with_columns(segment=pl.lit(None, pl.String))
    return known.join(segments.select("customer_id", "segment"), on="customer_id", how="left")


def _dimension(name: str, members: dict[str, pl.DataFrame], told: pl.LazyFrame | None) -> pl.LazyFrame:
    """The members of a dimension with their key and what is known of them; 0 and ALL are members without a name."""
    column = MEMBERS[name][0]
    keys = [NONE, ALL] if name in SET_FOR_ALL else [NONE]
    empty = pl.DataFrame({"key": keys, column: [None] * len(keys)}, schema={"key": pl.Int64, column: pl.String})
    rows = pl.concat([empty, members[name].select("key", column)]).rename({"key": f"{name}_key"}).lazy()
    return rows if told is None else rows.join(told, on=column, how="left").sort(f"{name}_key")


def _dates(facts: dict[str, pl.LazyFrame], company: Company) -> pl.DataFrame:
    """One row per day of every year that a fact names, and one for no day: calendar, fiscal, ISO week, Tết."""
    found = [
        frame.select(pl.col(day).min().alias("first"), pl.col(day).max().alias("last"))
        for frame in facts.values()
        for day, kind in frame.collect_schema().items()
        if kind == pl.Date
    ]
    ends = pl.concat(pl.collect_all(found, engine="streaming"))
    first, last = ends.select(pl.col("first").min(), pl.col("last").max()).row(0)
    start, end = date((first or UNKNOWN).year, 1, 1), date((last or UNKNOWN).year + 1, 1, 1)
    days = pl.DataFrame({"day_on": pl.date_range(start, end, closed="left", eager=True)})
    day = pl.col("day_on")
    rows = days.select(
        date_key(day).alias(DATE_KEY), "day_on", year=day.dt.year(), quarter=day.dt.quarter(), month=day.dt.month(),
        month_on=day.dt.truncate("1mo"), day=day.dt.day(), weekday=day.dt.weekday(), iso_year=day.dt.iso_year(),
        iso_week=day.dt.week(),
    )  # fmt: skip
    rows = rows.with_columns(
        pl.Series(name, [of(one) for one in days["day_on"]], dtype=kind)
        for name, of, kind in _of_days(company, start, end)
    )
    events = holidays.calendar(start, end, company.calendar).sort("event")
    events = events.group_by("day_on").agg(pl.col("event").str.join(", "))
    nothing = pl.DataFrame({DATE_KEY: [NONE]}, schema={DATE_KEY: pl.Int64})
    return pl.concat([nothing, rows.join(events, on="day_on", how="left").sort("day_on")], how="diagonal")


def _of_days(company: Company, start: date, end: date) -> list[tuple[str, Callable[[date], Any], Any]]:
    """What is computed day by day in [start, end): column, value, type."""
    starts = company.fiscal_year_starts
    worked = set(holidays.worked(start, end, company.calendar, company.working_week))

    def fiscal(day: date) -> Period:
        return Period.of_month(day, starts).fiscal_year

    return [
        ("fiscal_year", lambda day: int(fiscal(day).name), pl.Int32),
        ("fiscal_quarter", lambda day: (day.month - starts) % 12 // 3 + 1, pl.Int8),
        ("is_working_day", lambda day: day in worked, pl.Boolean),
        ("days_to_tet", holidays.days_to_tet, pl.Int32),
    ]
