"""What today's consumers will bring: the models of `clv` on a company's orders, checked before they are believed.

Only customers without contract and without account: a purchase is a day with an order, its value what was sold before
returns. Where fewer than REPEATERS bought again, or how much a purchase is worth goes with how often somebody buys
(correlation above CORRELATION either way), the model is refused and the reason given.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl

from revops.kpis.customers import buying, clv
from revops.kpis.frames import Frame, native, opened
from revops.kpis.spans import back
from revops.money import PRICE_SCALE, round_ratio

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

REPEATERS = 200
CORRELATION = 0.3
WEEKS_IN_MONTH = 365.25 / 12 / 7


def purchase_days(bought: Frame) -> Frame:
    """One row per consumer and day with an order: customer_id, bought_on, sold_amount; from `buying.buying`."""
    rows = opened(bought).filter(nw.col("account_id").is_null())
    summed = rows.group_by("customer_id", "bought_on").agg(nw.col("orders", "sold_amount").sum())
    kept = summed.filter(nw.col("orders") > 0)
    return native(kept.select("customer_id", "bought_on", nw.col("sold_amount").cast(nw.Int64)))


def histories(days: pl.DataFrame, end: date) -> pl.DataFrame:
    """One row per consumer with a purchase before `end`: customer_id, first_on, repeats (days with a purchase after the
    first), recency and age in weeks since the first, mean_amount of a repeat purchase (0 without one).

    >>> rows = pl.DataFrame({"customer_id": ["a", "a"], "sold_amount": [10, 30],
    ...     "bought_on": [date(2026, 1, 1), date(2026, 1, 15)]})
    >>> histories(rows, date(2026, 1, 30)).row(0)[2:]
    (1, 2.0, 4.0, 30.0)
    """
    known = days.filter(pl.col("bought_on") < end).sort("customer_id", "bought_on")
    lives = known.group_by("customer_id", maintain_order=True).agg(
        first_on=pl.col("bought_on").first(),
        last_on=pl.col("bought_on").last(),
        repeats=pl.len().cast(pl.Int64) - 1,
        repeat_amount=pl.col("sold_amount").sum() - pl.col("sold_amount").first(),
    )
    last_day = pl.lit(end - timedelta(days=1))
    return lives.select(
        "customer_id",
        "first_on",
        "repeats",
        recency=(pl.col("last_on") - pl.col("first_on")).dt.total_days() / 7,
        age=(last_day - pl.col("first_on")).dt.total_days() / 7,
        mean_amount=pl.when(pl.col("repeats") > 0).then(pl.col("repeat_amount") / pl.col("repeats")).otherwise(0.0),
    )


@dataclass(frozen=True)
class Outlook:
    """The models of a company at one day, or the reason why there are none.

    `reason` (no_source, few_repeaters) refuses both models, `value_reason` (few_repeaters, tied_value, no_mean) that
    of values. `correlation` is that of repeat purchases and their mean value over `repeaters`.
    """

    customers: pl.DataFrame
    repeaters: int
    correlation: float | None = None
    reason: str | None = None
    value_reason: str | None = None
    buying: clv.Buying | None = None
    spending: clv.Spending | None = None


def outlook(found: pl.DataFrame) -> Outlook:
    """The models fitted to `histories`, each where its assumptions hold."""
    again = found.filter(pl.col("repeats") > 0)
    if again.height < REPEATERS:
        reason = "few_repeaters" if found.height else "no_source"
        return Outlook(found, again.height, reason=reason, value_reason=reason)
    buying = clv.fit_buying(*(found[name].to_numpy() for name in ("repeats", "recency", "age")))
    paid = again.filter(pl.col("mean_amount") > 0)
    tie = (
        float(np.corrcoef(paid["repeats"].to_numpy(), paid["mean_amount"].to_numpy())[0, 1]) if paid.height > 1 else 0.0
    )
    tie = 0.0 if np.isnan(tie) else tie  # everybody the same: nothing goes with anything
    if paid.height < REPEATERS or abs(tie) > CORRELATION:
        reason = "few_repeaters" if paid.height < REPEATERS else "tied_value"
        return Outlook(found, again.height, tie, value_reason=reason, buying=buying)
    spending = clv.fit_spending(paid["repeats"].to_numpy(), paid["mean_amount"].to_numpy())
    has_mean = spending.q > 1
    return Outlook(
        found, again.height, tie, None, None if has_mean else "no_mean", buying, spending if has_mean else None
    )


def predicted(model: Outlook, months: int, discount_rate: float, margin: float) -> pl.DataFrame:
    """One row per consumer: customer_id, p_alive (null where nobody can tell: no repeat purchase yet), orders expected
    in the next months, and their worth.

    worth_amount = Σ over the months of (purchases expected in the month × the mean value expected of the customer ×
    `margin`), each discounted from the middle of its month at a yearly rate; rounded once, to the money's unit. Null
    where values are not modelled. No rows where nothing is.
    """
    schema = {"customer_id": pl.String, "p_alive": pl.Float64, "orders": pl.Float64, "worth_amount": pl.Int64}
    if model.buying is None:
        return pl.DataFrame(schema=schema)
    kinds = model.customers.select("repeats", "recency", "age").unique(maintain_order=True)
    x, t_x, age = (kinds[name].to_numpy() for name in kinds.columns)
    ends = [model.buying.expected_of(x, t_x, age, WEEKS_IN_MONTH * month) for month in range(1, months + 1)]
    each = np.diff(np.vstack([np.zeros(len(x)), *ends]), axis=0)
    weights = np.array([(1 + discount_rate) ** (-(month + 0.5) / 12) for month in range(months)])
    kinds = kinds.with_columns(
        p_alive=pl.Series(model.buying.alive(x, t_x, age)).fill_nan(None), orders=ends[-1], discounted=weights @ each
    )
    rows = model.customers.join(kinds, on=["repeats", "recency", "age"], how="left", maintain_order="left")
    worth: Any = pl.lit(None, dtype=pl.Float64)
    if model.spending is not None:
        value = model.spending.expected_of(rows["repeats"].to_numpy(), rows["mean_amount"].to_numpy())
        worth = pl.col("discounted") * pl.Series(value) * margin
    return rows.select(
        "customer_id", "p_alive", "orders", worth_amount=worth.round(0, "half_away_from_zero").cast(pl.Int64)
    )


@dataclass(frozen=True)
class Prospects:
    """A company's consumers at one day: the model, `predicted` of each of them, and what it was made with."""

    days: pl.DataFrame
    model: Outlook
    margin: float
    customers: pl.DataFrame


def of_company(facts: "Facts", end: date) -> Prospects:
    """What the company's consumers will bring from `end` on, by its settings kpis.clv_horizon_months and
    discount_rate.
    """
    settings = facts.company.kpis
    days = purchase_days(buying.bought(facts)).collect()
    model, share = outlook(histories(days, end)), kept_share(facts, days, end)
    return Prospects(days, model, share, predicted(model, settings.clv_horizon_months, settings.discount_rate, share))


def kept_share(facts: "Facts", days: pl.DataFrame, end: date) -> float:
    """What stays of what consumers buy, over the last kpis.clv_months: (net revenue after returns − standard cost) ÷
    sold before returns; without the cost where a line has none. 0 where nothing was sold.
    """
    start, end = back(end, facts.company.kpis.clv_months)
    sold = int(days.filter(pl.col("bought_on").is_between(start, end, closed="left"))["sold_amount"].sum())
    months = facts.customers.filter(pl.col("month_on").is_between(start, end, closed="left"))
    months = months.join(days.select("customer_id").unique(), on="customer_id", how="semi")
    worth = int(months["net_amount"].sum())
    if buying.has_costs(months):
        worth -= round_ratio(int(months["cost_units"].sum()) * 10**facts.company.money_decimals, PRICE_SCALE)
    return worth / sold if sold else 0.0
