"""Service: how many tickets, how long they take (open ones running), how content customers are, whom they cost.

    tickets per 100 customers   tickets opened × 100 ÷ customers served in the period
    time to close               hours from opening to closing; a ticket still open counts as running until the end
    first reply, opened again   only where the help desk tells it: else not_recorded, never 0

Customers served are those with a paid contract on a day of the period; where no contracts are kept, those who bought
in the twelve months up to its end.
"""

from calendar import isleap
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis import survival
from revops.kpis.fact_tables import FactTable, events, first_of
from revops.kpis.frames import Frame, native, opened, typed
from revops.kpis.spans import Span, back

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

CUTS = ("topic", "product_group", "region", "customer_id")
COUNTED: dict[str, Any] = {
    "ticket_id": nw.String, **dict.fromkeys(CUTS, nw.String), "opened_at": nw.Datetime, "closed_at": nw.Datetime,
    "first_reply_at": nw.Datetime, "opened_on": nw.Date,
    **dict.fromkeys(("opened", "closed", "rated", "score", "content", "reopened"), nw.Int64),
}  # fmt: skip
LONG_DAYS = 14  # a ticket open for longer than this before a renewal is a warning


def counted(tickets: Frame, end: date) -> Frame:
    """One row per ticket opened before `end`, with opened_on and what is counted of it (columns as in COUNTED).

    A ticket closed from `end` on is still open; content is a score of 4 or 5.
    """
    instant = nw.lit(datetime.combine(end, datetime.min.time()))
    rows = opened(tickets).filter(nw.col("opened_at") < instant)
    one, none = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
    is_closed = (~nw.col("closed_at").is_null()) & (nw.col("closed_at") < instant)
    is_rated = is_closed & ~nw.col("satisfaction").is_null()
    rows = rows.with_columns(
        opened_on=nw.col("opened_at").cast(nw.Date),
        opened=one,
        closed=nw.when(is_closed).then(one).otherwise(none),
        rated=nw.when(is_rated).then(one).otherwise(none),
        score=nw.when(is_rated).then(nw.col("satisfaction")).otherwise(none),
        content=nw.when(is_rated & (nw.col("satisfaction") >= 4)).then(one).otherwise(none),
        reopened=nw.when(nw.col("reopens") > 0).then(one).otherwise(none),
    )
    return native(typed(rows, COUNTED))


def _tickets(facts: "Facts") -> Any:
    return counted(facts.scan("tickets"), facts.end)


def _replied(facts: "Facts") -> pl.LazyFrame:
    """The tickets with a first reply, and its minutes."""
    minutes = (pl.col("first_reply_at") - pl.col("opened_at")).dt.total_minutes()
    rows = _tickets(facts).filter(pl.col("first_reply_at").is_not_null() & (minutes >= 0))
    return rows.with_columns(replied=pl.lit(1, pl.Int64), minutes=minutes)


def served(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """One row per span and customer served in it, with the region and product group of the contract."""
    parts = []
    for start, end in spans:
        if facts.has("subscriptions"):
            ends_later = pl.col("end_on").is_null() | (pl.col("end_on") > start)
            rows = facts.subscriptions.filter((pl.col("mrr") > 0) & (pl.col("start_on") < end) & ends_later)
            rows = rows.select("customer_id", "product_group", "region")
        else:
            year = back(end, 12)
            bought = pl.col("ordered_on").is_between(*year, closed="left") & ~pl.col("is_cancelled")
            rows = facts.scan("orders").filter(bought).select("customer_id", "region").unique().collect()
            rows = rows.with_columns(product_group=pl.lit(None, dtype=pl.String)).drop_nulls("customer_id")
        parts.append(rows.select("customer_id", "product_group", "region", start_on=pl.lit(start, pl.Date)))
    return pl.concat(parts).lazy()


def _recorded(column: str) -> Callable[["Facts", Span], str | None]:
    def known(facts: "Facts", span: Span) -> str | None:
        return None if facts.scan("tickets").select(pl.col(column).count()).collect().item() else "not_recorded"

    return known


FACTS = {
    "tickets": FactTable(
        ("tickets",), CUTS, ("opened", "closed"), events(_tickets, "opened_on"), first=first_of("tickets", "opened_at"),
    ),
    "ratings": FactTable(
        ("tickets",), CUTS, ("rated", "score", "content"), events(_tickets, "opened_on"),
        first=first_of("tickets", "opened_at"), known=_recorded("satisfaction"),
    ),
    "reopenings": FactTable(
        ("tickets",), CUTS, ("closed", "reopened"), events(_tickets, "opened_on"),
        first=first_of("tickets", "opened_at"), known=_recorded("reopens"),
    ),
    "replies": FactTable(
        ("tickets",), CUTS, ("replied", "minutes"), events(_replied, "opened_on"),
        first=first_of("tickets", "opened_at"), known=_recorded("first_reply_at"),
    ),
    "served_customers": FactTable(
        ("subscriptions", "orders"), ("product_group", "region"), (), served, ("customer_id",)
    ),
}  # fmt: skip
"""The fact tables that the catalogue's service metrics count."""


def topic_table(tickets: pl.DataFrame, span: Span, end: date) -> pl.DataFrame:
    """One row per topic of the tickets opened in the span, the most frequent first, and a last one for all (null).

    opened, open, hours_p50 and hours_p90 to close (open ones running; null: not so many have closed), rated,
    satisfaction (Σ score ÷ rated). `tickets` are `counted`; a ticket without topic stands under ''.
    """
    rows = tickets.filter(pl.col("opened_on").is_between(*span, closed="left"))
    until = (
        pl.when(pl.col("closed") == 1).then("closed_at").otherwise(pl.lit(datetime.combine(end, datetime.min.time())))
    )
    hours = (until - pl.col("opened_at")).dt.total_hours()
    rows = rows.with_columns(pl.col("topic").fill_null(""), days=hours, ended="closed", running=1 - pl.col("closed"))
    topics = [part | {"topic": name} for name, part in _parts(rows)]
    whole = [_topic(rows) | {"topic": None}] if rows.height else []
    order = [pl.col("opened") * -1, "topic"]
    return pl.concat([pl.DataFrame(topics, schema=TOPIC).sort(order), pl.DataFrame(whole, schema=TOPIC)])


TOPIC: dict[str, Any] = {
    "topic": pl.String, "opened": pl.Int64, "open": pl.Int64, "hours_p50": pl.Int64, "hours_p90": pl.Int64,
    "rated": pl.Int64, "satisfaction": pl.Float64,
}  # fmt: skip


def _parts(rows: pl.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    return [(str(key[0]), _topic(part)) for key, part in rows.group_by("topic")]


def _topic(rows: pl.DataFrame) -> dict[str, Any]:
    lives = survival.curve(rows.filter(pl.col("days") >= 0))
    rated = int(rows["rated"].sum())
    return {
        "opened": rows.height, "open": int(rows["running"].sum()),
        "hours_p50": survival.lasting(lives, 0.5), "hours_p90": survival.lasting(lives, 0.9),
        "rated": rated, "satisfaction": int(rows["score"].sum()) / rated if rated else None,
    }  # fmt: skip


def renewal_on(start: date, end: date | None, day: date) -> date:
    """The next day on which a contract is renewed or ends, on or after `day`: its end, else its next anniversary.

    >>> renewal_on(date(2024, 11, 15), None, date(2026, 11, 1)), renewal_on(date(2024, 2, 29), None, date(2026, 1, 5))
    (datetime.date(2026, 11, 15), datetime.date(2026, 2, 28))
    """
    if end is not None and end >= day:
        return end
    this_year = _anniversary(start, day.year)
    return this_year if this_year >= day else _anniversary(start, day.year + 1)


def _anniversary(start: date, year: int) -> date:
    """The same day of another year; 28 February for the 29th where the year has none."""
    is_29th = (start.month, start.day) == (2, 29)
    return date(year, 2, 28) if is_29th and not isleap(year) else start.replace(year=year)


def running_contracts(subscriptions: pl.DataFrame, day: date) -> pl.DataFrame:
    """One row per contract that runs on the day: customer_id, began_on, mrr, renews_on."""
    paid = subscriptions.filter(pl.col("mrr") > 0)
    began = paid.group_by("subscription_id").agg(began_on=pl.col("start_on").min())
    runs = (pl.col("start_on") <= day) & (pl.col("end_on").is_null() | (pl.col("end_on") > day))
    rows = paid.filter(runs).join(began, on="subscription_id").sort("subscription_id")
    days = [renewal_on(a, b, day) for a, b in rows.select("began_on", "end_on").iter_rows()]
    return rows.select(
        "subscription_id", "customer_id", "region", "mrr", "began_on", renews_on=pl.Series(days, dtype=pl.Date)
    )


def endangered(
    subscriptions: pl.DataFrame, tickets: pl.DataFrame, end: date, ahead: int = 90, open_days: int = LONG_DAYS
) -> pl.DataFrame:
    """One row per running contract that is renewed or ends within `ahead` days while its customer has waited longer
    than `open_days` for an open ticket: renews_on, mrr, ticket_id (the oldest), topic, days.
    """
    last = end - timedelta(days=1)
    due = running_contracts(subscriptions, last).filter(pl.col("renews_on") < end + timedelta(days=ahead))
    open_ = tickets.filter((pl.col("closed") == 0) & pl.col("customer_id").is_not_null())
    open_ = open_.with_columns(days=(pl.lit(last) - pl.col("opened_on")).dt.total_days())
    oldest = open_.filter(pl.col("days") > open_days).sort("opened_at", "ticket_id").unique("customer_id", keep="first")
    rows = due.join(oldest.select("customer_id", "ticket_id", "topic", "days"), on="customer_id")
    return rows.sort("renews_on", "subscription_id")


def churn_after_wait(
    subscriptions: pl.DataFrame, tickets: pl.DataFrame, span: Span, open_days: int = LONG_DAYS
) -> pl.DataFrame:
    """Two rows, waited True and False: contracts that came to an anniversary or their end in the span, those ended.

    waited: in the 90 days before, the customer had a ticket that was open for longer than `open_days` by then. A
    contract counts once, with its end if it ended in the span, else with its anniversary.
    """
    paid = subscriptions.filter(pl.col("mrr") > 0)
    whole = paid.group_by("subscription_id", "customer_id").agg(
        began_on=pl.col("start_on").min(), last_on=pl.col("end_on").max(), runs=pl.col("end_on").is_null().any()
    )
    rows = whole.with_columns(end_on=pl.when(~pl.col("runs")).then("last_on")).sort("subscription_id")
    days = [_turn(a, b, span) for a, b in rows.select("began_on", "end_on").iter_rows()]
    rows = rows.with_columns(turn_on=pl.Series(days, dtype=pl.Date)).drop_nulls("turn_on")
    rows = rows.with_columns(ended=(pl.col("end_on") == pl.col("turn_on")).fill_null(False))
    waits = rows.join(
        tickets.drop_nulls("customer_id").select("customer_id", "opened_on", "closed_at"), on="customer_id"
    )
    until = pl.min_horizontal(pl.col("closed_at").dt.date(), "turn_on")
    is_near = (until > pl.col("turn_on") - timedelta(days=90)) & (pl.col("opened_on") < pl.col("turn_on"))
    long = (until - pl.col("opened_on")).dt.total_days() > open_days
    waited = waits.filter(is_near & long).select("subscription_id").unique().with_columns(waited=pl.lit(True))
    sides = rows.join(waited, on="subscription_id", how="left").with_columns(pl.col("waited").fill_null(False))
    sums = sides.group_by("waited").agg(contracts=pl.len().cast(pl.Int64), ended=pl.col("ended").sum().cast(pl.Int64))
    both = pl.DataFrame({"waited": [True, False]}).join(sums, on="waited", how="left", maintain_order="left")
    return both.with_columns(pl.col("contracts", "ended").fill_null(0))


def _turn(began: date, end: date | None, span: Span) -> date | None:
    """The end or anniversary of a contract in a span; the end where it has both, never the first day."""
    if end is not None and end < span[0]:
        return None
    day = (
        end
        if end is not None and end < span[1]
        else renewal_on(began, None, max(span[0], _anniversary(began, began.year + 1)))
    )
    return day if span[0] <= day < span[1] and (end is None or day <= end) else None
