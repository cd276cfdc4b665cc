"""Where customers fall between marketing, sales and service: one row per hand-over, and the records behind it.

A hand-over leaks where nobody took the record over: a lead without owner or without an answer, a conversion without
a deal, a won deal that nothing followed, a contract that ended without anyone speaking to its customer, an account on
which two people work apart. Each leak is counted against the records to which it could have happened (`of`), those of
a span; where the sources do not record what it asks for, it has a reason and no figure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.ingest.text import fold
from revops.kpis.pipeline.funnel import closed_in, inside
from revops.kpis.spans import Span
from revops.money import round_ratio

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

RECORD: dict[str, Any] = {
    "leak": pl.String, "record_id": pl.String, "person_id": pl.String, "since_on": pl.Date, "amount": pl.Int64
}  # fmt: skip
LEAK: dict[str, Any] = {
    "leak": pl.String, "giver": pl.String, "taker": pl.String, "cases": pl.Int64, "of": pl.Int64, "amount": pl.Int64,
    "person_id": pl.String, "person_cases": pl.Int64, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """The records of one leak, how many could have leaked, and why it cannot be told."""

    records: pl.DataFrame
    of: int | None
    reason: str | None = None


def unknown(reason: str) -> Leak:
    """A leak of which the sources tell nothing."""
    return Leak(pl.DataFrame(schema=RECORD), None, reason)


def leaks(facts: "Facts", span: Span) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(one row per hand-over, one row per leaked record) of the span, as known at its end.

    cases of `of`; amount in money: that of the deals, twelve months of the contracts, and for leads what a lead of the
    last judged months brought on average; person_id is who holds most of the cases, person_cases how many.
    """
    rows, records = [], []
    for name, giver, taker, found in HANDOVERS:
        leak = found(facts, span)
        own = leak.records.with_columns(leak=pl.lit(name)).select(pl.col(n).cast(kind) for n, kind in RECORD.items())
        rows.append(
            {"leak": name, "giver": giver, "taker": taker, "of": leak.of, "reason": leak.reason} | _summed(own, leak)
        )
        records.append(own.sort("since_on", "record_id"))
    return pl.DataFrame(rows, schema=LEAK), pl.concat(records)


def _summed(records: pl.DataFrame, leak: Leak) -> dict[str, Any]:
    if leak.reason is not None:
        return dict.fromkeys(("cases", "amount", "person_id", "person_cases"))
    held = (
        records.drop_nulls("person_id")
        .group_by("person_id")
        .agg(n=pl.len().cast(pl.Int64))
        .sort(pl.col("n") * -1, "person_id")
    )
    top = held.row(0) if held.height else (None, None)
    known = records["amount"].drop_nulls()
    amount = int(known.sum()) if known.len() or records.is_empty() else None
    return {"cases": records.height, "amount": amount, "person_id": top[0], "person_cases": top[1]}


def _is_status(statuses: Sequence[str]) -> pl.Expr:
    known = [fold(status) for status in statuses]
    return pl.col("status").map_elements(fold, return_dtype=pl.String).is_in(known)


def _leads(facts: "Facts", span: Span) -> pl.DataFrame:
    """The leads of the span with `converted` and the amount that one of them is worth."""
    done = _is_status(facts.company.hygiene.converted_statuses)
    made = facts.leads.filter(inside("created_on", *span))
    worth = lead_worth(facts, span)
    return made.with_columns(
        converted=pl.col("converted_on").is_not_null() | done | pl.col("opportunity_id").is_not_null(),
        record_id="lead_id", since_on="created_on", amount=pl.lit(worth, dtype=pl.Int64),
    )  # fmt: skip


def lead_worth(facts: "Facts", span: Span) -> int | None:
    """Amount won ÷ leads, of the leads created in the year before those that are still too young; None without any."""
    end = span[1] - timedelta(days=facts.company.funnel.lead_window_days)
    old = facts.leads.filter(inside("created_on", end - timedelta(days=365), end))
    won = facts.deals.filter("is_won").select("opportunity_id", value="amount")
    brought = old.join(won, on="opportunity_id")["value"].sum()
    return round_ratio(int(brought), old.height) if old.height else None


def without_owner(facts: "Facts", span: Span) -> Leak:
    """Leads that nobody owns."""
    leads = _leads(facts, span)
    return (
        Leak(leads.filter(pl.col("person_id").is_null()), leads.height) if facts.has("leads") else unknown("no_source")
    )


def unanswered(facts: "Facts", span: Span) -> Leak:
    """Leads with an owner and no activity within `hygiene.response_days`; those younger are not judged.

    Where no activity belongs to a lead and no lead names its last one, a lead still in a new status is unanswered.
    """
    limit, bounds = timedelta(days=facts.company.hygiene.response_days), facts.company.hygiene
    if not facts.has("leads"):
        return unknown("no_source")
    leads = _leads(facts, span).filter(pl.col("person_id").is_not_null() & (pl.col("created_on") + limit < span[1]))
    done = facts.scan("activities").filter(pl.col("lead_id").is_not_null() & (pl.col("done_on") < span[1]))
    first = done.group_by("lead_id").agg(first_on=pl.col("done_on").min()).collect()
    is_new = _is_status(bounds.new_statuses) & ~pl.col("converted")
    if first.is_empty() and not facts.leads["last_activity_on"].count():
        return Leak(leads.filter(is_new), leads.height) if leads.filter(_is_status(bounds.new_statuses)).height \
            else unknown("not_recorded")  # fmt: skip
    leads = leads.join(first, on="lead_id", how="left")
    answered = pl.coalesce("first_on", pl.when("converted").then("converted_on"), "last_activity_on")
    late = answered.is_null() | (answered > pl.col("created_on") + limit)
    return Leak(leads.filter(late), leads.height)


def into_nothing(facts: "Facts", span: Span) -> Leak:
    """Leads that were converted, but no deal of the export carries them on."""
    if not facts.has("leads"):
        return unknown("no_source")
    if not facts.leads["opportunity_id"].count():
        return unknown("not_recorded")
    converted = _leads(facts, span).filter("converted")
    return Leak(converted.join(facts.deals, on="opportunity_id", how="anti"), converted.height)


def followed(facts: "Facts", won: pl.DataFrame) -> pl.DataFrame | None:
    """One row per won deal and day on which its account ordered or signed a contract, from the close on; None where
    neither names accounts.
    """
    known = facts.scan("accounts").select("account_id", "customer_id").drop_nulls()
    theirs = won.select("account_id").drop_nulls().unique().lazy()
    orders = facts.scan("orders").filter(~pl.col("is_cancelled") & (pl.col("ordered_on") < facts.end))
    by_account = orders.select("account_id", day_on="ordered_on").drop_nulls()
    by_customer = known.join(orders.select("customer_id", day_on="ordered_on"), on="customer_id").drop("customer_id")
    signed = known.join(facts.scan("subscriptions").select("customer_id", day_on="start_on"), on="customer_id")
    days = pl.concat([by_account, by_customer, signed.select("account_id", "day_on")]).join(
        theirs, on="account_id", how="semi"
    )
    made = days.filter(pl.col("day_on") < facts.end).unique().collect(engine="streaming")
    if made.is_empty() and by_account.head(1).collect().is_empty():
        return None
    closed = won.select("opportunity_id", "account_id", "close_on")
    return (
        closed.join(made, on="account_id")
        .filter(pl.col("day_on") >= pl.col("close_on"))
        .sort("opportunity_id", "day_on")
    )


def nothing_followed(facts: "Facts", span: Span) -> Leak:
    """Won deals that no order, contract or activity followed within `hygiene.order_days`; younger ones wait."""
    if not facts.has("opportunities"):
        return unknown("no_source")
    limit = timedelta(days=facts.company.hygiene.order_days)
    won = closed_in(facts.deals, span[0] - limit, span[1] - limit).filter("is_won" & pl.col("account_id").is_not_null())
    after = followed(facts, won)
    done = facts.scan("activities").filter(pl.col("done_on") < facts.end)
    touched = done.select("opportunity_id", day_on="done_on").drop_nulls().collect()
    if after is None and touched.is_empty():
        return unknown("not_recorded")
    days = won.select("opportunity_id", "close_on").join(touched, on="opportunity_id")
    days = days.filter(pl.col("day_on") > pl.col("close_on"))
    days = pl.concat([days.drop("close_on"), (after if after is not None else days).select("opportunity_id", "day_on")])
    in_time = won.select("opportunity_id", "close_on").join(days, on="opportunity_id")
    in_time = in_time.filter(pl.col("day_on") <= pl.col("close_on") + limit)
    left = won.join(in_time, on="opportunity_id", how="anti")
    return Leak(left.with_columns(record_id="opportunity_id", since_on="close_on"), won.height)


def not_spoken_to(facts: "Facts", span: Span) -> Leak:
    """Contracts that ended in the span, were not continued, and on whose customer nobody was active in the
    `hygiene.order_days` before; the amount is twelve months of the contract.
    """
    if not facts.has("subscriptions"):
        return unknown("no_source")
    paid = facts.subscriptions.filter(pl.col("mrr") > 0)
    ended = paid.filter(inside("end_on", *span))
    limit = timedelta(days=facts.company.hygiene.order_days)
    later = paid.select("customer_id", next_on="start_on", until_on="end_on")
    kept = ended.join(later, on="customer_id").filter(
        (pl.col("next_on") <= pl.col("end_on") + limit)
        & (pl.col("until_on").is_null() | (pl.col("until_on") > pl.col("end_on")))
    )
    lost = ended.join(kept, on=["subscription_id", "start_on"], how="anti")
    known = facts.scan("accounts").select("account_id", "customer_id", "person_id").drop_nulls("customer_id")
    done = facts.scan("activities").filter(pl.col("done_on") < span[1])
    spoken = done.join(known, on="account_id").select("customer_id", "done_on").collect()
    if spoken.join(paid, on="customer_id", how="semi").is_empty():
        return unknown("not_recorded")
    near = lost.select("subscription_id", "customer_id", "end_on").join(spoken, on="customer_id")
    near = near.filter(inside_days(pl.col("done_on"), pl.col("end_on") - limit, pl.col("end_on")))
    left = lost.join(near, on="subscription_id", how="anti").join(known.collect(), on="customer_id", how="left")
    return Leak(
        left.with_columns(record_id="subscription_id", since_on="end_on", amount=12 * pl.col("mrr")), ended.height
    )


def inside_days(day: pl.Expr, start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whether a day lies in [start, end]."""
    return (day >= start) & (day <= end)


def two_apart(facts: "Facts", span: Span) -> Leak:
    """Accounts with open deals of two people, or with a fresh lead that another one owns than the open deal."""
    if not facts.has("opportunities"):
        return unknown("no_source")
    open_ = facts.deals.filter(~pl.col("is_closed") & pl.col("account_id").is_not_null())
    fresh = _leads(facts, span).filter(~pl.col("converted")).select("account_name", other="person_id").drop_nulls()
    names = open_.select("account_id", "account_name").drop_nulls().unique()
    other = names.join(fresh, on="account_name").select("account_id", person_id="other")
    both = pl.concat([open_.select("account_id", "person_id"), other]).drop_nulls().unique()
    shared = both.group_by("account_id").agg(n=pl.len()).filter(pl.col("n") > 1)
    sums = (
        open_.sort("created_on", "opportunity_id")
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("amount").fill_null(0).sum(), pl.col("person_id").first(), since_on=pl.col("created_on").last())
    )
    return Leak(sums.join(shared, on="account_id", how="semi").rename({"account_id": "record_id"}), sums.height)


HANDOVERS: tuple[tuple[str, str, str, Callable[["Facts", Span], Leak]], ...] = (
    ("without_owner", "marketing", "sales", without_owner),
    ("unanswered", "marketing", "sales", unanswered),
    ("into_nothing", "marketing", "sales", into_nothing),
    ("two_apart", "sales", "sales", two_apart),
    ("nothing_followed", "sales", "service", nothing_followed),
    ("not_spoken_to", "service", "sales", not_spoken_to),
)
