"""Where a deviation sits and what goes with it: the narrowest part that holds it, prices, conversion, silent days,
products.

A cause here is what moved at the same time and in the right direction; the words say so and never claim more.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import polars as pl

from revops.kpis import marketing, targets
from revops.kpis.facts import KEYS, Facts
from revops.kpis.funnel import inside
from revops.kpis.headline import daily
from revops.kpis.measure import growth
from revops.kpis.spans import Span, Spans, covers
from revops.periods import add_months

HELD = 0.8  # a narrower part stands for a wider one when it holds four fifths of its deviation
PRICE_MOVED = 0.03
SHARE_MOVED = 0.10
STEADY = 0.6  # a cell that sold on fewer days is silent often enough by itself


def focus(cells: pl.DataFrame, minimum: int, minimum_share: float, most: int = 12) -> Iterator[dict[str, Any]]:
    """One dict per part with a deviation of at least `minimum` and `minimum_share` of its target, largest first.

    `cells` has one row per product group, channel and region with net_amount, target, delta. A part is a product
    group, alone or with a channel or a region or both (null: all); of parts of one product group that hold at least
    four fifths of its largest deviation, the narrowest is taken. Its cells are then set aside, so no đồng is told
    twice.
    """
    parts = _parts(cells).filter((pl.col("delta").abs() >= minimum) & (pl.col("target") > 0))
    parts = parts.filter(pl.col("delta").abs() >= pl.col("target") * minimum_share)
    for _ in range(most):
        if parts.is_empty():
            return
        order = [pl.col("delta").abs() * -1, "width", *KEYS]
        top = parts.sort(order, nulls_last=True).row(0, named=True)
        same = parts.filter(
            (pl.col("product_group") == top["product_group"])
            & (pl.col("delta") * (1 if top["delta"] > 0 else -1) >= abs(top["delta"]) * HELD)
        )
        narrow = same.sort("width", pl.col("delta").abs() * -1, *KEYS, nulls_last=True).row(0, named=True)
        yield narrow
        parts = parts.filter(~_overlaps(narrow))


def _overlaps(part: dict[str, Any]) -> pl.Expr:
    """Whether a part shares a cell with `part`: in each dimension one of the two means all, or both mean the same."""
    return pl.all_horizontal(
        pl.col(key).is_null() | (pl.col(key) == part[key]) for key in KEYS if part[key] is not None
    )


def _parts(cells: pl.DataFrame) -> pl.DataFrame:
    """All parts of the cells; width counts the cells of a part."""
    frames = []
    for count in range(3):
        for extra in combinations(KEYS[1:], count):
            keys = [KEYS[0], *extra]
            sums = cells.group_by(keys).agg(
                pl.col("net_amount", "target", "delta").sum(), width=pl.len().cast(pl.Int64)
            )
            frames.append(sums)
    return pl.concat(frames, how="diagonal").select(*KEYS, "net_amount", "target", "delta", "width")


def _is_in(where: dict[str, Any]) -> pl.Expr:
    named = [pl.col(key) == where[key] for key in KEYS if where.get(key) is not None]
    return pl.all_horizontal(named) if named else pl.lit(True)


def explain(facts: Facts, spans: Spans, where: dict[str, Any], delta: int) -> list[tuple[str, dict[str, Any]]]:
    """Causes of a deviation with their evidence, the strongest first; an empty list where nothing else moved."""
    found: list[tuple[str, dict[str, Any]]] = []
    is_known = covers(facts.products["moved_on"], spans.before)
    price = price_change(facts.products.filter(_is_in(where)), spans.now, spans.before) if is_known else None
    if price and abs(price["price"]) >= PRICE_MOVED and price["price"] * delta < 0:
        fell = price["discount_before"] - price["discount_now"] >= 0.02
        cause = "price" if not fell else "price_discount" if price["since_on"] is None else "price_discount_since"
        found.append((cause, price))
    if where["channel"] is not None:
        visits = about(facts.sessions, where["channel"], where["product_group"])
        is_known = covers(visits["day_on"], spans.before)
        moved = conversion_change(visits, where["channel"], spans.now, spans.before) if is_known else None
        if moved and moved["change"] * delta > 0 and abs(moved["change"]) >= SHARE_MOVED:
            found.append(("conversion", {"channel": where["channel"], **moved}))
    silent = _silent_product(facts, spans, where) if delta < 0 else None
    if silent:
        found.insert(0, ("silent_product", silent))
    mix = product_share(facts, spans.now, where)
    if delta > 0 and mix:
        found.append(("product_share", mix))
    if not found or (delta > 0 and not mix):
        found += _growth(facts, spans, where, delta)
    return found


def action_of(why: Sequence[tuple[str, dict[str, Any]]], is_good: bool) -> str:
    """The action that fits the first cause."""
    first = why[0][0] if why else "none"
    fits = {"missing_days": "look_for_file", "price": "review_price", "price_discount": "fund_voucher",
            "price_discount_since": "fund_voucher",
            "conversion": "check_channel", "silent_product": "restock"}  # fmt: skip
    if is_good:
        return "copy_product" if first == "product_share" else "copy_success"
    return fits.get(first, "review_mix")


def price_change(sold: pl.DataFrame, now: Span, before: Span) -> dict[str, Any] | None:
    """How the price paid changed for the same basket: Σ units now × price now ÷ Σ units now × price before − 1.

    Also the discount rates of both spans and the change of units a day; None where no product was sold in both.
    """
    sums = [_by_product(sold, span) for span in (now, before)]
    both = (
        sums[0]
        .join(sums[1], on="product_id", suffix="_0")
        .filter((pl.col("quantity") > 0) & (pl.col("quantity_0") > 0))
    )
    if both.is_empty():
        return None
    paid, paid_0 = (pl.col(f"gross_amount{s}") - pl.col(f"discount_amount{s}") for s in ("", "_0"))
    at_old = both.select((paid_0 / pl.col("quantity_0") * pl.col("quantity")).sum()).item()
    if not at_old or at_old <= 0:
        return None
    rates = [_rate(frame) for frame in sums]
    days = [(span[1] - span[0]).days for span in (now, before)]
    units = [int(frame["quantity"].sum()) for frame in sums]
    return {
        "price": both.select(paid.sum()).item() / at_old - 1,
        "discount_now": rates[0],
        "discount_before": rates[1],
        "units": units[0] / days[0] / (units[1] / days[1]) - 1,
        "since_on": discount_ended(sold, now),
        "models": both.height,
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
        earlier, later = daily.filter(pl.col("moved_on") < day), daily.filter(pl.col("moved_on") >= day)
        weight = [int(part["gross_amount"].sum()) for part in (earlier, later)]
        rates = [_rate(part) for part in (earlier, later)]
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


def conversion_change(sessions: pl.DataFrame, channel: str, now: Span, before: Span) -> dict[str, Any] | None:
    """Conversion of a channel now and before, and the relative change; None without visits in both."""
    values = [marketing.web_conversion(sessions, channel, *span) for span in (now, before)]
    if values[0].value is None or not values[1].value:
        return None
    return {"now": values[0].value, "before": values[1].value, "change": values[0].value / values[1].value - 1,
            "purchases": values[0].numerator}  # fmt: skip


def about(sessions: pl.DataFrame, channel: str, product_group: str | None) -> pl.DataFrame:
    """The visits of a channel whose source names the product group; all of the channel where none does."""
    here = sessions.filter(pl.col("channel") == channel)
    named = here.filter(pl.col("traffic_source").str.ends_with(product_group)) if product_group else here.clear()
    return named if named.height else here


def conversion_fall(
    sessions: pl.DataFrame, channel: str, now: Span, least: float, most: int = 6
) -> dict[str, Any] | None:
    """The longest run of months up to now in which conversion lies below the median of the twelve months before the
    run.

    Below means by more than `least` of it in every month. None where there is no such run or too little history.
    """
    month = add_months(now[1] - timedelta(days=1), 0)
    rows = sessions.filter(
        (pl.col("channel") == channel) & pl.col("purchases").is_not_null() & (pl.col("day_on") < now[1])
    )
    monthly = rows.group_by(month_on=pl.col("day_on").dt.truncate("1mo")).agg(pl.col("sessions", "purchases").sum())
    monthly = monthly.filter(pl.col("sessions") > 0).with_columns(rate=pl.col("purchases") / pl.col("sessions"))
    rates = dict(monthly.select("month_on", "rate").iter_rows())
    run: tuple[date, float] | None = None
    for k in range(most):
        first = add_months(month, -k)
        past = [rates[m] for m in (add_months(first, -i) for i in range(1, 13)) if m in rates]
        here = [rates.get(add_months(first, i)) for i in range(k + 1)]
        if len(past) < 12 or any(rate is None for rate in here):
            break
        usual = float(pl.Series(past).median())  # type: ignore[arg-type]
        if all(rate is not None and rate < usual * (1 - least) for rate in here):
            run = (first, usual)
    if run is None:
        return None
    value = marketing.web_conversion(sessions, channel, *now)
    if value.value is None or value.value >= run[1] * (1 - least):
        return None
    return {
        "since_month": run[0],
        "before": run[1],
        "now": value.value,
        "sessions": value.denominator,
        "purchases": value.numerator,
    }


def is_broad(sessions: pl.DataFrame, channel: str, now: Span, least: float) -> bool:
    """Whether a channel's fall stays when any one product group that its visits name is left out."""
    here = sessions.filter(pl.col("channel") == channel)
    groups = here.select(pl.col("traffic_source").str.split(" · ").list.last()).to_series().unique().sort()
    parts = [here.filter(~pl.col("traffic_source").str.ends_with(group)) for group in groups]
    if not all(part.height for part in parts):
        return True
    return all(conversion_fall(part, channel, now, least) is not None for part in parts)


def silent_days(days: pl.DataFrame, now: Span, before: Span, by: Sequence[str]) -> pl.DataFrame:
    """One row per cell of `by` with a run of days without an order that is too long for chance.

    silent: days of the longest run, first_on: its first day, daily_amount: the cell's average net revenue a day
    before. A run of L days is too long where so many days with an average of m orders would show one less than once
    in a hundred times: days × e^(−m × L) < 0.01, and only where the cell sold on `STEADY` of the days before.
    """
    sold = days.filter((pl.col("units") > 0) & pl.all_horizontal(pl.col(name).is_not_null() for name in by))
    length = (before[1] - before[0]).days
    usual = (
        sold.filter(inside("period_on", *before))
        .group_by(by)
        .agg(seen=pl.col("period_on").n_unique(), orders=pl.col("orders").sum(), net=pl.col("net_amount").sum())
    )
    rows = []
    for cell in usual.filter(pl.col("seen") >= STEADY * length).sort(by).to_dicts():
        here = sold.filter(pl.all_horizontal(pl.col(name) == cell[name] for name in by))
        first_on, run = _longest_gap(set(here["period_on"]), now)
        chance = (now[1] - now[0]).days * math.exp(-cell["orders"] / length * run)
        if run >= 2 and chance < 0.01 and first_on is not None:
            keys = {name: cell[name] for name in by}
            rows.append(keys | {"silent": run, "first_on": first_on, "daily_amount": cell["net"] // length})
    kinds: dict[str, Any] = dict.fromkeys(by, pl.String) | {
        "silent": pl.Int64,
        "first_on": pl.Date,
        "daily_amount": pl.Int64,
    }
    return pl.DataFrame(rows, schema=kinds)


def _longest_gap(sold: set[date], now: Span) -> tuple[date | None, int]:
    """First day and length of the longest run of days in the span that are not in `sold`; the earliest of equals."""
    best: tuple[date | None, int] = (None, 0)
    first, run = None, 0
    for n in range((now[1] - now[0]).days):
        day = now[0] + timedelta(days=n)
        first, run = (None, 0) if day in sold else (first or day, run + 1)
        if run > best[1]:
            best = (first, run)
    return best


def shortfall(facts: Facts, spans: Spans, where: dict[str, Any]) -> int | None:
    """How much less the part brought than its plan, or than last year without a plan; None where neither is known."""
    by = tuple(key for key in KEYS if where[key] is not None)
    plan = targets.plan_by(facts.targets, "net_revenue", *spans.now, by, daily(facts)).filter(_is_in(where))
    actual = int(facts.net_cells(spans.now).filter(_is_in(where))["net_amount"].sum())
    if plan.height:
        return int(plan["target"].sum()) - actual
    if not facts.knows(spans.previous_year):
        return None
    return int(facts.net_cells(spans.previous_year).filter(_is_in(where))["net_amount"].sum()) - actual


def _silent_product(facts: Facts, spans: Spans, where: dict[str, Any]) -> dict[str, Any] | None:
    """Days on which a product group that usually sells daily in a channel and region sold nothing there."""
    if where["channel"] is None or where["region"] is None:
        return None
    here = facts.days.filter(_is_in(where))
    rows = silent_days(here, spans.now, spans.before, KEYS)
    if rows.is_empty():
        return None
    return {"days": rows["silent"][0], "first_on": rows["first_on"][0]}


def product_share(facts: Facts, now: Span, where: dict[str, Any], least: float = SHARE_MOVED) -> dict[str, Any] | None:
    """The product whose share of the group's units in the part exceeds its share elsewhere the most (by `least` or
    more).
    """
    group = facts.products.filter(inside("moved_on", *now) & (pl.col("product_group") == where["product_group"]))
    if where["channel"] is None and where["region"] is None:
        return None
    here, there = (
        part.group_by("product_id").agg(pl.col("quantity").sum())
        for part in (group.filter(_is_in(where)), group.filter(~_is_in(where)))
    )
    both = here.join(there, on="product_id", how="left", suffix="_there").with_columns(
        pl.col("quantity_there").fill_null(0)
    )
    if both.is_empty() or not there["quantity"].sum() or not here["quantity"].sum():
        return None
    share = pl.col("quantity") / pl.col("quantity").sum()
    there_share = pl.col("quantity_there") / int(there["quantity"].sum())
    top = both.with_columns(share=share, elsewhere=there_share, gain=share - there_share)
    row = top.sort(pl.col("gain") * -1, "product_id").row(0, named=True)
    if row["gain"] < least:
        return None
    return {"product_id": row["product_id"], "product": facts.names.get(row["product_id"], row["product_id"]),
            "share_here": row["share"], "share_there": row["elsewhere"], "units": row["quantity"]}  # fmt: skip


def _growth(facts: Facts, spans: Spans, where: dict[str, Any], delta: int) -> list[tuple[str, dict[str, Any]]]:
    """Net revenue against last year, in the part and in the rest of the product group, where the two differ the same
    way.
    """
    group = {"product_group": where["product_group"]}
    here, whole = (_net_pair(facts, spans, place) for place in (where, group))
    grown = growth(*here)
    rest = growth(whole[0] - here[0], whole[1] - here[1]) if whole[1] != here[1] else None
    if grown is None:
        return []
    if rest is None:
        return [("growth", {"growth": grown})]
    values = {"growth": grown, "elsewhere": rest}
    return [("growth_elsewhere", values)] if (grown - rest) * delta > 0 else []


def _net_pair(facts: Facts, spans: Spans, where: dict[str, Any]) -> tuple[int, int]:
    known = [span if facts.knows(span) else None for span in (spans.now, spans.previous_year)]
    sums = [int(facts.net_cells(span).filter(_is_in(where))["net_amount"].sum()) if span else 0 for span in known]
    return sums[0], sums[1]


def monthly_conversion(sessions: pl.DataFrame, end: date, count: int = 13) -> pl.DataFrame:
    """One row per month of the last `count` and channel: month_on, channel, rate (purchases ÷ visits)."""
    first = add_months(end - timedelta(days=1), 1 - count)
    rows = sessions.filter(pl.col("purchases").is_not_null() & inside("day_on", first, end))
    monthly = rows.group_by("channel", month_on=pl.col("day_on").dt.truncate("1mo")).agg(
        pl.col("sessions", "purchases").sum()
    )
    shares = monthly.filter(pl.col("sessions") > 0).with_columns(rate=pl.col("purchases") / pl.col("sessions"))
    return shares.select("month_on", "channel", "rate").sort("channel", "month_on")


def orders_in(facts: Facts, now: Span, where: dict[str, Any]) -> int:
    """Orders with a line in the part: the number of cases that its figures rest on."""
    rows = facts.days.filter(inside("period_on", *now) & _is_in(where))
    return int(rows["orders"].sum())
