"""How much recurring revenue stays, how long contracts last, which are up for renewal."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis import survival
from revops.kpis.measure import ratio
from revops.kpis.recurring.mrr import Rates, mrr_at, rates_of, standing
from revops.periods import add_months

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

MONTHS = 12
DIMENSIONS = ("product_group", "region")


def base(at: pl.DataFrame, start: date, end: date, rates: Rates, by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per customer (and cell of `by`) with MRR at `start`: base, now, least, all at the rates of `start`.

    `now` is what it pays at `end`, 0 where it has left; `least` the smaller of the two: growth counts for nothing.
    """
    key = ["customer_id", *by]
    then = standing(at, start, rates, start, by).rename({"mrr": "base"})
    now = standing(at, end, rates, start, by).rename({"mrr": "now"})
    both = then.join(now, on=key, how="left", nulls_equal=True).with_columns(pl.col("now").fill_null(0))
    return both.with_columns(least=pl.min_horizontal("base", "now")).sort(key, nulls_last=True)


def kept(at: pl.DataFrame, start: date, end: date, rates: Rates, by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per cell of `by` (one in all): customers, base, now, least, stayed; nrr, grr, logo_churn.

    nrr is Σ now ÷ Σ base of the customers of `start`, grr the same without anybody's growth, so at most 1; logo_churn
    is customers who left ÷ customers. New ones count in none.
    """
    rows = base(at, start, end, rates, by).with_columns(
        customers=pl.lit(1, pl.Int64), stayed=(pl.col("now") > 0).cast(pl.Int64)
    )
    sums = pl.col("customers", "base", "now", "least", "stayed").sum()
    found = rows.group_by(by).agg(sums).sort(by, nulls_last=True) if by else rows.select(sums)
    parts = found.select("customers", "base", "now", "least", "stayed").to_dicts()
    values: dict[str, list[float | int | None]] = {
        "nrr": [ratio(row["now"], row["base"]).value for row in parts],
        "grr": [ratio(row["least"], row["base"]).value for row in parts],
        "logo_churn": [ratio(row["customers"] - row["stayed"], row["customers"]).value for row in parts],
    }
    return found.with_columns(pl.Series(name, column, dtype=pl.Float64) for name, column in values.items())


def kept_in_year(facts: "Facts", end: date, by: Sequence[str] = ()) -> pl.DataFrame:
    """`kept` of the twelve months up to `end`."""
    start = add_months(end, -MONTHS) if end.day == 1 else add_months(end, 1 - MONTHS)
    return kept(mrr_at(facts.subscriptions, [start, end]), start, end, rates_of(facts), by)


def retention_table(facts: "Facts", end: date) -> pl.DataFrame:
    """The rows of `kept_in_year` by product group, by region and in all: dimension, cell; no single cell."""
    parts = []
    for dimension in DIMENSIONS:
        rows = kept_in_year(facts, end, (dimension,))
        parts += [rows.rename({dimension: "cell"}).with_columns(dimension=pl.lit(dimension))] if rows.height > 1 else []
    whole = kept_in_year(facts, end)
    parts.append(whole.with_columns(cell=pl.lit(None, pl.String), dimension=pl.lit("all")))
    return pl.concat(parts, how="diagonal")


def lives(subscriptions: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per unbroken stretch of a contract that began before `end`: product_group, region, days, ended, running.

    A change of price ends nothing; a gap does. What ends at or after `end` is still running.
    """
    rows = subscriptions.filter((pl.col("mrr") > 0) & (pl.col("start_on") < end)).sort("subscription_id", "start_on")
    gap = pl.col("start_on") > pl.col("end_on").shift(1).over("subscription_id")
    runs = rows.with_columns(run=gap.fill_null(False).cast(pl.Int64).cum_sum().over("subscription_id"))
    whole = runs.group_by("subscription_id", "run").agg(
        pl.col("product_group", "region").first(), pl.col("start_on").min(), pl.col("end_on").last()
    )
    ended = pl.col("end_on") < end
    last = pl.when(ended).then("end_on").otherwise(pl.lit(end))
    return whole.sort("subscription_id", "run").select(
        "subscription_id",
        "product_group",
        "region",
        days=(last - pl.col("start_on")).dt.total_days(),
        ended=ended.fill_null(False).cast(pl.Int64),
        running=(~ended.fill_null(False)).cast(pl.Int64),
    )


def survival_by_month(subscriptions: pl.DataFrame, end: date, months: int = 24) -> pl.DataFrame:
    """One row per month of age from 0 to `months`: kept, the share of contracts that last longer; contracts at risk.

    By Kaplan and Meier, so that the running ones count as long as they have been seen. It stops where none is older.
    """
    seen = lives(subscriptions, end)
    curve = survival.curve(seen)
    rows = []
    for month in range(months + 1):
        days = round(month * 365 / 12)
        at_risk = seen.filter(pl.col("days") >= days).height
        if not at_risk:
            break
        past = curve.filter(pl.col("days") <= days)["kept"]
        rows.append({"month": month, "kept": float(past[-1]) if past.len() else 1.0, "at_risk": at_risk})
    return pl.DataFrame(rows, schema={"month": pl.Int64, "kept": pl.Float64, "at_risk": pl.Int64})


def renewals(facts: "Facts", days: int = 90) -> pl.DataFrame:
    """One row per contract that is due in the `days` after the as-of day: due_on, is_ending, mrr, term_amount.

    A contract with an end in them is ending; one without renews every `contract_months` from its first day on.
    term_amount is its MRR × these months: what the renewal is worth.
    """
    first, after = facts.end, facts.end + timedelta(days=days)
    paid = facts.subscriptions.filter(pl.col("mrr") > 0)
    begun = paid.group_by("subscription_id").agg(began_on=pl.col("start_on").min())
    running = paid.filter((pl.col("start_on") < first) & (pl.col("end_on").is_null() | (pl.col("end_on") >= first)))
    running = running.join(begun, on="subscription_id")
    term = facts.company.kpis.contract_months
    rows = []
    for row in running.sort("subscription_id").to_dicts():
        due = row["end_on"] or anniversary(row["began_on"], term, first)
        if first <= due < after:
            rows.append(row | {"due_on": due, "is_ending": row["end_on"] is not None, "term_amount": term * row["mrr"]})
    kinds: dict[str, Any] = {"due_on": pl.Date, "subscription_id": pl.String, "customer_id": pl.String,
                             "product_group": pl.String, "region": pl.String, "is_ending": pl.Boolean,
                             "mrr": pl.Int64, "term_amount": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds).sort("due_on", "subscription_id")


def anniversary(began_on: date, months: int, day: date) -> date:
    """The first day at or after `day` that lies a whole number of terms of `months` months after the beginning.

    >>> anniversary(date(2024, 2, 29), 12, date(2026, 2, 1)), anniversary(date(2026, 1, 15), 3, date(2026, 4, 15))
    (datetime.date(2026, 2, 28), datetime.date(2026, 4, 15))
    """
    terms = max(0, ((day.year - began_on.year) * 12 + day.month - began_on.month) // months)
    due = _moved(began_on, terms * months)
    return due if due >= day else _moved(began_on, (terms + 1) * months)


def _moved(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    first = add_months(day, months)
    return min(first + timedelta(days=day.day - 1), add_months(first, 1) - timedelta(days=1))
