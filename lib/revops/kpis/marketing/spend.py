"""What is spent to win customers, what each platform got for it, how many visits become purchases."""

from datetime import date

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, growth, missing, price, ratio
from revops.kpis.pipeline.funnel import inside
from revops.kpis.spans import Span
from revops.money import round_ratio
from revops.periods import add_months, months_back, months_between

COUNTS = ("clicks", "impressions", "conversions")


def spend_days(ad_spend: Frame) -> Frame:
    """One row per day, platform and campaign: spend; clicks, impressions and conversions, 0 where none are told.

    `conversions` are as the platform counts them: a platform's own are never added to another's.
    """
    rows = opened(ad_spend).with_columns(*(nw.col(name).fill_null(0) for name in COUNTS))
    keys, sums = ("spent_on", "platform", "campaign"), ("spend_amount", *COUNTS)
    summed = rows.group_by(*keys).agg(nw.col(*sums).sum())
    return native(summed.select(*keys, *(nw.col(name).cast(nw.Int64) for name in sums)))


def costs_in(costs: pl.DataFrame, start: date, end: date) -> int:
    """Costs that lie in [start, end): whole months whole, a part of a month by its share of days."""
    total = 0
    for month in months_between(start, end):
        after = add_months(month, 1)
        days = (min(end, after) - max(start, month)).days
        sum_ = int(costs.filter(pl.col("month_on") == month)["cost_amount"].sum())
        total += round_ratio(sum_ * days, (after - month).days)
    return total


def web_conversion(sessions: pl.DataFrame, channel: str | None, start: date, end: date) -> Value:
    """Visits with at least one purchase ÷ visits of a sales channel in [start, end); days that name no purchases are
    left out.
    """
    rows = sessions.filter(inside("day_on", start, end) & pl.col("purchases").is_not_null())
    if channel is not None:
        rows = rows.filter(pl.col("channel") == channel)
    if sessions.is_empty():
        return missing("no_source")
    return ratio(int(rows["purchases"].sum()), int(rows["sessions"].sum()))


def platform_changes(spend: pl.DataFrame, start: date, end: date, before: tuple[date, date]) -> pl.DataFrame:
    """One row per platform: spend in [start, end), spend in `before`, the difference and growth; largest rise
    first.
    """
    sums = [
        spend.filter(inside("spent_on", *span)).group_by("platform").agg(pl.col("spend_amount").sum())
        for span in ((start, end), before)
    ]
    both = sums[0].join(sums[1], on="platform", how="full", coalesce=True, suffix="_before")
    both = both.with_columns(pl.col("spend_amount", "spend_amount_before").fill_null(0))
    rise = pl.col("spend_amount") - pl.col("spend_amount_before")
    share = [growth(now, old) for now, old in both.select("spend_amount", "spend_amount_before").iter_rows()]
    return both.with_columns(difference=rise, growth=pl.Series(share, dtype=pl.Float64)).sort(rise * -1, "platform")


def platform_results(spend: pl.DataFrame, start: date, end: date) -> pl.DataFrame:
    """One row per platform with spend in [start, end): spend_amount, clicks, conversions as it counts them, cpa.

    cpa is spend ÷ conversions, null where the platform names none; there is no total of conversions over platforms.
    """
    rows = spend.filter(inside("spent_on", start, end)).group_by("platform")
    sums = rows.agg(pl.col("spend_amount", "clicks", "conversions").sum()).filter(pl.col("spend_amount") > 0)
    costs = [price(*row).value for row in sums.select("spend_amount", "conversions").iter_rows()]
    return sums.with_columns(cpa=pl.Series(costs, dtype=pl.Int64)).sort(
        "spend_amount", "platform", descending=[True, False]
    )


def acquisition_cost(spend: pl.DataFrame, costs: pl.DataFrame, start: date, end: date, lag_months: int = 0) -> int:
    """Ad spend and sales and marketing costs of [start, end), or of the same days `lag_months` before."""
    first, last = earlier((start, end), lag_months)
    ads = int(spend.filter(inside("spent_on", first, last))["spend_amount"].sum())
    return ads + costs_in(costs, first, last)


def earlier(span: Span, lag_months: int) -> Span:
    """The same days so many months before."""
    return months_back(span[0], lag_months), months_back(span[1], lag_months)


def platforms_of(spend: pl.DataFrame) -> pl.DataFrame:
    """One row per campaign that ever had spend: its platform, the first by name where it runs on several."""
    return spend.filter(pl.col("spend_amount") > 0).group_by("campaign").agg(pl.col("platform").min())


def named_by_orders(credits: pl.DataFrame) -> pl.Series:
    """The campaigns that ever led to an order: what the others bring, such as leads, cannot be traced to revenue."""
    return credits.filter(pl.col("orders") > 0)["campaign"].unique()
