"""Drivers of a deviation in the business: price and discount, visits and conversion, returns, accounts, advertising.

A driver here is what moved at the same time and in the right direction; the words say so and never claim more. What is
compared is the period with the three months before it, day by day.
"""

from datetime import date, timedelta
from typing import Any

import polars as pl

from revops.kpis import counting, customers, marketing
from revops.kpis.findings.cases import Case, is_in, length
from revops.kpis.marketing import campaigns
from revops.kpis.measure import Value, growth
from revops.kpis.pipeline.funnel import closed_in, inside, slippage
from revops.kpis.spans import Span, back, covers
from revops.periods import add_months

PRICE_MOVED, DISCOUNT_MOVED = 0.03, 0.02
SHARE_MOVED = 0.10
SPEND_MOVED = 0.20
ACCOUNT_MONTHS = 3  # an account that bought in each of so many months before is a regular one


def discount(case: Case) -> dict[str, Any] | None:
    """The price paid moved against the revenue because discounts fell; `since_on` where a day parts the two."""
    moved = _price_moved(case)
    return moved if moved and _less_discount(moved) else None


def price(case: Case) -> dict[str, Any] | None:
    """The price paid moved against the revenue, at discounts as before."""
    moved = _price_moved(case)
    return moved if moved and not _less_discount(moved) else None


def _less_discount(moved: dict[str, Any]) -> bool:
    return bool(moved["discount_before"] - moved["discount_now"] >= DISCOUNT_MOVED)


def _price_moved(case: Case) -> dict[str, Any] | None:
    if not covers(case.facts.products["moved_on"], case.spans.before):
        return None
    moved = price_change(case.here(case.facts.products), case.spans.now, case.spans.before)
    return moved if moved and abs(moved["price"]) >= PRICE_MOVED and moved["price"] * case.delta < 0 else None


def price_change(sold: pl.DataFrame, now: Span, before: Span) -> dict[str, Any] | None:
    """How the price paid changed for the same basket: Σ units now × price now ÷ Σ units now × price before − 1.

    Also the discount rates of both spans and the change of units a day; None where no product was sold in both.
    """
    sums = [_by_product(sold, span) for span in (now, before)]
    both = sums[0].join(sums[1], on="product_id", suffix="_0")
    both = both.filter((pl.col("quantity") > 0) & (pl.col("quantity_0") > 0))
    paid, paid_0 = (pl.col(f"gross_amount{s}") - pl.col(f"discount_amount{s}") for s in ("", "_0"))
    at_old = both.select((paid_0 / pl.col("quantity_0") * pl.col("quantity")).sum()).item()
    if at_old <= 0:
        return None
    units = [int(frame["quantity"].sum()) / length(span) for frame, span in zip(sums, (now, before), strict=True)]
    return {
        "price": both.select(paid.sum()).item() / at_old - 1,
        "discount_now": _rate(sums[0]),
        "discount_before": _rate(sums[1]),
        "units": units[0] / units[1] - 1,
        "since_on": discount_ended(sold, now),
    }


def discount_ended(sold: pl.DataFrame, now: Span) -> date | None:
    """The day in the span that parts days with discounts from days with less than half of them best; None without
    one.

    The best cut is the one that explains most of the scatter of daily discount rates, over the span and the 30 days
    before.
    """
    daily = sold.group_by("moved_on").agg(pl.col("gross_amount", "discount_amount").sum()).sort("moved_on")
    daily = daily.filter(inside("moved_on", now[0] - timedelta(days=30), now[1]))
    best, most = None, 0.0
    for day in daily.filter(inside("moved_on", *now))["moved_on"]:
        parts = daily.filter(pl.col("moved_on") < day), daily.filter(pl.col("moved_on") >= day)
        weight = [int(part["gross_amount"].sum()) for part in parts]
        rates = [_rate(part) for part in parts]
        parted = weight[0] * weight[1] / (sum(weight) or 1) * (rates[0] - rates[1]) ** 2
        if rates[1] < rates[0] / 2 and parted > most:
            best, most = day, parted
    return best


def _rate(frame: pl.DataFrame) -> float:
    gross = int(frame["gross_amount"].sum())
    return int(frame["discount_amount"].sum()) / gross if gross else 0.0


def _by_product(sold: pl.DataFrame, span: Span) -> pl.DataFrame:
    sums = pl.col("quantity", "gross_amount", "discount_amount").sum()
    return sold.filter(inside("moved_on", *span)).group_by("product_id").agg(sums).sort("product_id")


def conversion(case: Case) -> dict[str, Any] | None:
    """The conversion of the channel's visits that are about the product moved the same way."""
    now, before = _visited(case)
    if now.value is None or not before.value:
        return None
    change = now.value / before.value - 1
    values = {"now": now.value, "before": before.value, "change": change, "purchases": now.numerator}
    return values if abs(change) >= SHARE_MOVED and change * case.delta > 0 else None


def traffic(case: Case) -> dict[str, Any] | None:
    """The number of the channel's visits that are about the product moved the same way."""
    now, before = _visited(case)
    if not now.denominator or not before.denominator:
        return None
    days = length(case.spans.before) / length(case.spans.now)
    change = now.denominator / before.denominator * days - 1
    return {"visits": change} if abs(change) >= SHARE_MOVED and change * case.delta > 0 else None


def _visited(case: Case) -> tuple[Value, Value]:
    if case.of("channel") is None:
        return Value(None), Value(None)
    rows = about(case.facts.sessions, str(case.of("channel")), case.of("product_group"))
    if not covers(rows["day_on"], case.spans.before):
        return Value(None), Value(None)
    now, before = (marketing.web_conversion(rows, None, *span) for span in (case.spans.now, case.spans.before))
    return now, before


def about(sessions: pl.DataFrame, channel: str, product_group: str | None) -> pl.DataFrame:
    """The visits of a channel whose source names the product group; all of the channel where none does."""
    here = sessions.filter(pl.col("channel") == channel)
    named = here.filter(pl.col("traffic_source").str.ends_with(product_group)) if product_group else here.clear()
    return named if named.height else here


def monthly_conversion(sessions: pl.DataFrame, end: date, count: int = 13) -> pl.DataFrame:
    """One row per month of the last `count` and channel: month_on, channel, rate (purchases ÷ visits)."""
    rows = sessions.filter(pl.col("purchases").is_not_null() & inside("day_on", *back(end, count)))
    monthly = rows.group_by("channel", month_on=pl.col("day_on").dt.truncate("1mo")).agg(
        pl.col("sessions", "purchases").sum()
    )
    shares = monthly.filter(pl.col("sessions") > 0).with_columns(rate=pl.col("purchases") / pl.col("sessions"))
    return shares.select("month_on", "channel", "rate").sort("channel", "month_on")


def one_source(case: Case) -> dict[str, Any] | None:
    """One source of visits that alone makes a channel's conversion fall: without it, nothing fell."""
    rows = case.here(case.facts.sessions)
    spans = (case.spans.now, case.spans.before)
    for name in rows["traffic_source"].unique().sort():
        alone = pl.col("traffic_source") == name
        now, before = (marketing.web_conversion(rows.filter(alone), None, *span) for span in spans)
        rest, rest_before = (marketing.web_conversion(rows.filter(~alone), None, *span) for span in spans)
        fell = now.value is not None and before.value and now.value < before.value * (1 - SHARE_MOVED)
        held = rest.value is not None and rest_before.value and rest.value >= rest_before.value * (1 - SHARE_MOVED / 2)
        if fell and held and (rest.numerator or 0) >= case.facts.company.findings.minimum_count:
            return {"traffic_source": name, "source_now": now.value, "source_before": before.value}
    return None


def returns(case: Case) -> dict[str, Any] | None:
    """A share of what was sold came back that is other than before."""
    sums = [case.days(span).select(pl.col("gross_amount", "discount_amount", "returned_amount").sum()).row(0)
            for span in (case.spans.now, case.spans.before)]  # fmt: skip
    sold = [gross - off for gross, off, _ in sums]
    if not all(part > 0 for part in sold):
        return None
    rates = [one[2] / part for one, part in zip(sums, sold, strict=True)]
    effect = (rates[1] - rates[0]) * sold[0]
    return {"returned_now": rates[0], "returned_before": rates[1]} if case.explains(effect) else None


def lost_accounts(case: Case) -> dict[str, Any] | None:
    """Business accounts that bought in each of the three months before and not in this one."""
    first = case.spans.now[0]
    if case.delta >= 0 or length(case.spans.now) < 28:
        return None
    months = [(add_months(first, -n), add_months(first, 1 - n)) for n in range(ACCOUNT_MONTHS, 0, -1)]
    where = {key: value for key, value in case.where.items() if value is not None}
    bought = counting.measure(case.facts, ["net_revenue"], [*months, case.spans.now], ["account_id"], where)
    known = bought.filter(pl.col("account_id").is_not_null() & (pl.col("value") > 0)).with_columns(
        now=pl.col("start_on") == first
    )
    by = known.group_by("account_id").agg(
        pl.col("now").any(), months=pl.col("start_on").n_unique(), amount=pl.col("value").sum()
    )
    gone = by.filter(~pl.col("now") & (pl.col("months") == ACCOUNT_MONTHS))
    amount = round(gone["amount"].sum() / ACCOUNT_MONTHS)
    return {"accounts": gone.height, "amount": amount} if case.explains(-amount) else None


def slipped(case: Case) -> dict[str, Any] | None:
    """Deals about the part that were due in the period and were pushed out of it."""
    channel, orders = case.of("channel"), case.facts.scan("orders")
    if case.delta >= 0 or case.facts.deals.is_empty():
        return None
    named = orders.filter(pl.col("account_id").is_not_null() & is_in({"channel": channel}, ["channel"]))
    if named.head(1).collect().is_empty():
        return None  # deals are made with accounts, and none buys here
    slip = slippage(case.here(case.facts.opportunities), *case.spans.now)
    if not slip["slipped"] or not case.explains(-slip["slipped_amount"]):
        return None
    return {"deals": slip["slipped"], "amount": slip["slipped_amount"]}


def lost_reason(case: Case) -> dict[str, Any] | None:
    """The reason given for lost deals whose share grew most against the year before."""
    shares = []
    for span in (back(case.spans.now[0], 12), case.spans.now):
        lost = case.here(closed_in(case.facts.deals, *span)).filter(~pl.col("is_won")).drop_nulls("lost_reason")
        shares.append(dict(lost["lost_reason"].value_counts(normalize=True).iter_rows()))
    before, now = shares
    if case.delta >= 0 or not before or not now:
        return None
    name = max(sorted(now), key=lambda reason: now[reason] - before.get(reason, 0))
    if now[name] - before.get(name, 0) < SHARE_MOVED:
        return None
    return {"lost_reason": name, "reason_now": now[name], "reason_before": before.get(name, 0.0)}


def ads(case: Case) -> dict[str, Any] | None:
    """Advertising, which brings visits to the web channel, moved the same way."""
    web = case.facts.company.kpis.web_channel
    if not web or case.of("channel") != web or not covers(case.facts.spend["spent_on"], case.spans.before):
        return None
    now, before = (int(case.facts.spend.filter(inside("spent_on", *span))["spend_amount"].sum()) / length(span)
                   for span in (case.spans.now, case.spans.before))  # fmt: skip
    change = growth(now, before)
    return {"spend": change} if change and abs(change) >= SPEND_MOVED and change * case.delta > 0 else None


def platform_spend(case: Case) -> dict[str, Any] | None:
    """The platform whose spend rose most against the period before, beside the growth of new customers."""
    before = case.spans.previous
    parts = [part for part in case.facts.spend.partition_by("platform") if covers(part["spent_on"], before)]
    rises = marketing.platform_changes(pl.concat([case.facts.spend.clear(), *parts]), *case.spans.now, before)
    if case.delta >= 0 or rises.is_empty() or rises["difference"][0] <= 0 or rises["growth"][0] is None:
        return None  # of a platform that begins later no growth is known
    new = [customers.new_customers(case.facts.firsts, *span) for span in (case.spans.now, before)]
    top = rises.row(0, named=True)
    return {"platform": top["platform"], "rise": top["growth"], "customers_growth": growth(*new)}


def campaign_return(case: Case) -> dict[str, Any] | None:
    """Of that platform the campaign with the poorest return of the period, and the one anywhere with the best."""
    spent = platform_spend(case)
    if spent is None:
        return None
    running = case.facts.spend.filter(inside("spent_on", *case.spans.now))["campaign"].unique()
    table = campaigns.campaign_table(case.facts, case.spans.now)
    table = table.filter(pl.col("roas").is_not_null() & pl.col("campaign").is_in(running.implode()))
    here = table.filter(pl.col("platform") == spent["platform"]).sort("roas", "campaign")
    best = table.sort("roas", "campaign", descending=[True, False])
    if here.is_empty() or here["campaign"][0] == best["campaign"][0]:
        return None
    poor, good = here.row(0, named=True), best.row(0, named=True)
    return {"platform": spent["platform"], "poor": poor["campaign"], "poor_roas": poor["roas"],
            "good": good["campaign"], "good_roas": good["roas"]}  # fmt: skip


def product_share(case: Case) -> dict[str, Any] | None:
    """The product whose share of the group's units in the part exceeds its share elsewhere the most."""
    place = {key: value for key, value in case.where.items() if key != "product_group" and value is not None}
    if case.delta <= 0 or not place:
        return None
    sold = case.facts.products.filter(inside("moved_on", *case.spans.now))
    group = sold.filter(pl.col("product_group") == case.of("product_group"))
    here, there = (part.group_by("product_id").agg(pl.col("quantity").sum())
                   for part in (group.filter(is_in(place)), group.filter(~is_in(place))))  # fmt: skip
    whole = [int(part["quantity"].sum()) for part in (here, there)]
    if not all(whole):
        return None
    both = here.join(there, on="product_id", how="left", suffix="_there").with_columns(
        share=pl.col("quantity") / whole[0], elsewhere=pl.col("quantity_there").fill_null(0) / whole[1]
    )
    row = both.sort(pl.col("elsewhere") - pl.col("share"), "product_id").row(0, named=True)
    if row["share"] - row["elsewhere"] < SHARE_MOVED:
        return None
    name = case.facts.names.get(row["product_id"], row["product_id"])
    return {"product": name, "share_here": row["share"], "share_there": row["elsewhere"]}


def growth_here(case: Case) -> dict[str, Any] | None:
    """Revenue against last year in the part and, where it differs the same way, in the rest of the product group."""
    group = {"product_group": case.of("product_group")}
    (now, past), (all_now, all_past) = (_net_pair(case, place) for place in (case.where, group))
    grown = growth(now, past)
    rest = growth(all_now - now, all_past - past)
    if grown is None or (rest is not None and (grown - rest) * case.delta <= 0):
        return None
    return {"growth": grown} | ({"elsewhere": rest} if rest is not None else {})


def _net_pair(case: Case, where: Any) -> tuple[int, int]:
    spans = (case.spans.now, case.spans.previous_year)
    sums = [int(case.facts.net_cells(span).filter(is_in(where))["net_amount"].sum()) if case.facts.knows(span) else 0
            for span in spans]  # fmt: skip
    return sums[0], sums[1]
