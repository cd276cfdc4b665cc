"""Marketing: what new customers cost, what campaigns spend and bring, how many visits become purchases."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.fact_tables import FactTable, events
from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, growth, missing, price, ratio
from revops.kpis.pipeline.funnel import inside
from revops.kpis.spans import Span, begins
from revops.money import PRICE_SCALE, round_ratio
from revops.periods import add_months, months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts


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
    first, last = (_months_before(day, lag_months) for day in (start, end))
    ads = int(spend.filter(inside("spent_on", first, last))["spend_amount"].sum())
    return ads + costs_in(costs, first, last)


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last where it is shorter.

    >>> _months_before(date(2026, 3, 31), 1), _months_before(date(2026, 3, 1), 0)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))
    """
    first = add_months(day, -months)
    return min(first + timedelta(days=day.day - 1), add_months(first, 1) - timedelta(days=1))


def _visits(facts: "Facts") -> pl.DataFrame:
    """The visits of the company's web channel whose purchases are known; of every channel where it names none."""
    web = facts.company.kpis.web_channel
    rows = facts.sessions.filter(pl.col("purchases").is_not_null())
    return rows.filter(pl.col("channel") == web) if web else rows


def _acquisition(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """One row per span with `cost_amount`: what it cost to win customers, by the company's lag."""
    lag = facts.company.kpis.cost_lag_months
    rows = [(span[0], acquisition_cost(facts.spend, facts.costs, *span, lag)) for span in spans]
    return pl.DataFrame(rows, schema={"start_on": pl.Date, "cost_amount": pl.Int64}, orient="row")


def _acquisition_begins(facts: "Facts") -> date | None:
    """The first month of which spend and costs both tell, moved by the lag."""
    days = [begins(facts.spend["spent_on"]), begins(facts.costs["month_on"])]
    first = max((day for day in days if day is not None), default=None)
    return None if first is None else add_months(first, facts.company.kpis.cost_lag_months)


def platforms_of(spend: pl.DataFrame) -> pl.DataFrame:
    """One row per campaign that ever had spend: its platform, the first by name where it runs on several."""
    return spend.filter(pl.col("spend_amount") > 0).group_by("campaign").agg(pl.col("platform").min())


def named_by_orders(credits: pl.DataFrame) -> pl.Series:
    """The campaigns that ever led to an order: what the others bring, such as leads, cannot be traced to revenue."""
    return credits.filter(pl.col("orders") > 0)["campaign"].unique()


def _spend(facts: "Facts") -> pl.DataFrame:
    """Spend by day, platform and campaign, and its part whose return can be traced (`_units`: 1/10,000)."""
    traced = pl.col("campaign").is_in(named_by_orders(facts.credits).implode())
    rows = facts.spend.with_columns(traced_amount=pl.when(traced).then(pl.col("spend_amount")).otherwise(0))
    return rows.with_columns(traced_units=pl.col("traced_amount") * PRICE_SCALE)


def _credits(facts: "Facts") -> pl.DataFrame:
    """The company's own rule: what it credits by day and campaign, and the part of campaigns with spend.

    `worth` is revenue less standard cost in 1/10,000 of the smallest unit of money.
    """
    rows = facts.credits.filter(pl.col("rule") == facts.company.kpis.attribution)
    rows = rows.join(platforms_of(facts.spend), on="campaign", how="left")
    paid = [
        pl.when(pl.col("platform").is_not_null()).then(pl.col(name)).otherwise(0).alias(f"paid_{name}")
        for name in ("net_amount", "worth", "new_customers")
    ]
    worth = pl.col("net_amount") * PRICE_SCALE - pl.col("cost_units") * 10**facts.company.money_decimals
    return rows.with_columns(worth=worth).with_columns(paid)


def _is_costed(facts: "Facts", span: Span) -> str | None:
    """Margins are unknown where an order that a visit led to holds a product without a cost."""
    return "no_costs" if facts.credits.filter(inside("day_on", *span))["uncosted"].sum() else None


_CREDITED = ("net_amount", "orders", "new_customers", "leads", "paid_net_amount", "paid_new_customers")
FACTS = {
    "web_visits": FactTable(
        ("sessions",), ("channel", "traffic_source"), ("sessions", "purchases"),
        events(_visits, "day_on"), first=lambda facts: begins(_visits(facts)["day_on"]),
    ),
    "spend": FactTable(
        ("ad_spend",), ("platform", "campaign"), ("spend_amount", "traced_amount", "traced_units", *COUNTS),
        events(_spend, "spent_on"), first=lambda facts: begins(facts.spend["spent_on"]),
    ),
    "acquisition": FactTable(("ad_spend", "costs"), (), ("cost_amount",), _acquisition, first=_acquisition_begins),
    "credits": FactTable(
        ("touches",), ("campaign", "platform"), _CREDITED, events(_credits, "day_on"),
        first=lambda facts: begins(facts.credits["day_on"]),
    ),
    "credited_margins": FactTable(
        ("touches",), ("campaign", "platform"), ("worth", "paid_worth"), events(_credits, "day_on"),
        first=lambda facts: begins(facts.credits["day_on"]), known=_is_costed,
    ),
}  # fmt: skip
"""The fact tables that the catalogue's marketing metrics count."""
