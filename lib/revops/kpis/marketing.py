"""Marketing: what new customers cost, what campaigns spend and bring, how many visits become purchases."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.fact_tables import FactTable, events
from revops.kpis.frames import Frame, native, opened
from revops.kpis.funnel import inside
from revops.kpis.measure import Value, growth, missing, price, ratio
from revops.kpis.spans import Span, begins
from revops.money import round_ratio
from revops.periods import add_months, months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

UNATTRIBUTED = "(unattributed)"


def spend_days(ad_spend: Frame) -> Frame:
    """One row per day, platform and campaign: spend, clicks, impressions (0 where a platform tells none)."""
    rows = opened(ad_spend).with_columns(
        clicks=nw.col("clicks").fill_null(0), impressions=nw.col("impressions").fill_null(0)
    )
    keys = ("spent_on", "platform", "campaign")
    summed = rows.group_by(*keys).agg(nw.col("spend_amount", "clicks", "impressions").sum())
    return native(
        summed.select(*keys, *(nw.col(name).cast(nw.Int64) for name in ("spend_amount", "clicks", "impressions")))
    )


def costs_in(costs: pl.DataFrame, start: date, end: date) -> int:
    """Costs that lie in [start, end): whole months whole, a part of a month by its share of days."""
    total = 0
    for month in months_between(start, end):
        after = add_months(month, 1)
        days = (min(end, after) - max(start, month)).days
        sum_ = int(costs.filter(pl.col("month_on") == month)["cost_amount"].sum())
        total += round_ratio(sum_ * days, (after - month).days)
    return total


def cac(spend: pl.DataFrame, costs: pl.DataFrame, new_customers: int, start: date, end: date) -> Value:
    """(ad spend + sales and marketing costs) ÷ customers whose first order ever lies in [start, end).

    Blended and fully loaded. Undefined without new customers; without any spend or cost the source is missing.
    """
    if spend.is_empty() and costs.is_empty():
        return missing("no_source")
    ads = int(spend.filter(inside("spent_on", start, end))["spend_amount"].sum())
    return price(ads + costs_in(costs, start, end), new_customers)


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


def touched_revenue(moves: Frame, touches: Frame) -> Frame:
    """One row per day, order and its campaign: net revenue of the movements of orders that name a campaign."""
    flow = opened(moves)
    named = opened(touches).select("order_id", "campaign")
    joined = flow.join(named, on="order_id", how="inner")
    summed = joined.group_by("moved_on", "order_id", "campaign").agg(nw.col("net_amount").sum())
    return native(summed.with_columns(net_amount=nw.col("net_amount").cast(nw.Int64)))


def credited(touched: pl.DataFrame) -> pl.DataFrame:
    """The rows of `touched_revenue` with `credited_amount`: an order's revenue in equal parts over its campaigns.

    Parts are whole units and sum to the order's revenue; the first campaigns by name take what is left over.

    >>> rows = pl.DataFrame({"moved_on": [1, 1], "order_id": ["a", "a"], "campaign": ["x", "y"], "net_amount": [5, 5]})
    >>> credited(rows)["credited_amount"].to_list()
    [3, 2]
    """
    keys = ["moved_on", "order_id"]
    ordered = touched.sort(*keys, "campaign")
    count, place = pl.len().over(keys), pl.int_range(pl.len()).over(keys)
    size = pl.col("net_amount").abs()
    part = size // count + (place < size % count).cast(pl.Int64)
    return ordered.with_columns(credited_amount=(part * pl.col("net_amount").sign()).cast(pl.Int64))


def campaigns(
    spend: pl.DataFrame,
    touched: pl.DataFrame,
    touches: pl.DataFrame,
    firsts: pl.DataFrame,
    leads: pl.DataFrame,
    revenue: int,
    start: date,
    end: date,
) -> pl.DataFrame:
    """One row per campaign with spend or revenue in [start, end) and one '(unattributed)': revenue sums to `revenue`.

    spend, clicks, impressions; net_amount credited to it; roas = revenue ÷ spend (null
    without spend, and where no order ever named the campaign: its return cannot be traced);
    new_customers whose first order names it; cac = spend ÷ those. Ordered by spend.
    """
    paid = spend.filter(inside("spent_on", start, end)).group_by("campaign")
    ads = paid.agg(pl.col("platform").min(), pl.col("spend_amount", "clicks", "impressions").sum())
    gained = credited(touched.filter(inside("moved_on", start, end))).group_by("campaign")
    money = gained.agg(net_amount=pl.col("credited_amount").sum(), orders=pl.col("order_id").n_unique().cast(pl.Int64))
    new = firsts.filter(inside("first_on", start, end)).join(
        touches.select("campaign", first_order_id="order_id"), on="first_order_id"
    )
    fresh = new.group_by("campaign").agg(new_customers=pl.len().cast(pl.Int64))
    asked = leads.filter(inside("created_on", start, end) & pl.col("campaign").is_not_null())
    made = asked.group_by("campaign").agg(leads=pl.len().cast(pl.Int64))
    table = ads.join(money, on="campaign", how="full", coalesce=True).join(fresh, on="campaign", how="left")
    table = table.join(made, on="campaign", how="left")
    rest = revenue - int(table["net_amount"].sum())
    other: dict[str, Any] = {"campaign": UNATTRIBUTED, "net_amount": rest}  # no spend, no clicks
    table = pl.concat([table, pl.DataFrame([other], schema_overrides={"net_amount": pl.Int64})], how="diagonal")
    counts = ("spend_amount", "clicks", "impressions", "net_amount", "orders", "new_customers", "leads")
    table = table.with_columns(pl.col(counts).fill_null(0))
    spent = (pl.col("spend_amount") > 0) & pl.col("campaign").is_in(touches["campaign"].unique().implode())
    return table.with_columns(
        roas=pl.when(spent).then(pl.col("net_amount") / pl.col("spend_amount")),
        cac=pl.when(spent & (pl.col("new_customers") > 0)).then(pl.col("spend_amount") / pl.col("new_customers")),
    ).sort(pl.col("spend_amount") * -1, "campaign")


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


def _visits(facts: "Facts") -> pl.DataFrame:
    """The visits of the company's web channel whose purchases are known; of every channel where it names none."""
    web = facts.company.kpis.web_channel
    rows = facts.sessions.filter(pl.col("purchases").is_not_null())
    return rows.filter(pl.col("channel") == web) if web else rows


def _spread_costs(facts: "Facts", spans: Sequence[Span]) -> pl.DataFrame:
    """One row per span with `cost_amount`: whole months whole, a part of a month by its share of days."""
    rows = [{"start_on": span[0], "cost_amount": costs_in(facts.costs, *span)} for span in spans]
    return pl.DataFrame(rows, schema={"start_on": pl.Date, "cost_amount": pl.Int64})


FACTS = {
    "web_visits": FactTable(
        ("sessions",), ("channel", "traffic_source"), ("sessions", "purchases"),
        events(_visits, "day_on"), first=lambda facts: begins(_visits(facts)["day_on"]),
    ),
    "spend": FactTable(
        ("ad_spend",), ("platform", "campaign"), ("spend_amount", "clicks", "impressions"),
        events(lambda facts: facts.spend, "spent_on"), first=lambda facts: begins(facts.spend["spent_on"]),
    ),
    "costs": FactTable(
        ("costs",), (), ("cost_amount",), _spread_costs, first=lambda facts: begins(facts.costs["month_on"]),
    ),
}  # fmt: skip
"""The fact tables that the catalogue's marketing metrics count."""
