"""Deals that are won or lost: whether what they say can be true, and whether the books agree."""

import polars as pl

from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.verdict import Unjudged, Verdict, judged, lacking

TABLE = "opportunities"


def won_badly(records: Records) -> Verdict:
    """OPP-WONBAD: won without amount, in the future, before it was created, or without any order or invoice near it."""
    won = records.deals.filter("is_won")
    if won.is_empty():
        return Unjudged("no_records", TABLE)
    closed, created = pl.col("close_on"), pl.col("created_on")
    parts = [
        judged(won, "won_without_amount", pl.col("amount").fill_null(0) <= 0),
        judged(won, "won_in_future", closed > records.as_of, closed, pl.lit(records.as_of), unit="date"),
        judged(won, "won_before_creation", closed < created, closed, created, unit="date"),
    ]
    sold = _sold(records)
    if sold.height:
        parts.append(_without_order(records, won, sold))
    return pl.concat(parts)


def lost_without_reason(records: Records) -> Verdict:
    """OPP-LOSTREASON: lost, and nobody says why."""
    lost = records.deals.filter(pl.col("is_closed") & ~pl.col("is_won"))
    if lost.is_empty():
        return Unjudged("no_records", TABLE)
    if why := lacking(lost, TABLE, "lost_reason"):
        return why
    empty = pl.col("lost_reason").is_null() | (pl.col("lost_reason").str.strip_chars() == "")
    return judged(lost, "no_lost_reason", empty)


def account_months(records: Records) -> pl.DataFrame:
    """One row per account and month with won deals: `record_id`, the won amount and what was invoiced in it."""
    month = {"won": pl.col("close_on").dt.truncate("1mo"), "billed": pl.col("issued_on").dt.truncate("1mo")}
    key = ["account_id", "month_on"]
    won = records.deals.filter(pl.col("is_won") & pl.col("account_id").is_not_null() & pl.col("close_on").is_not_null())
    won = won.filter(pl.col("close_on") <= records.as_of).sort("close_on", "record_id")
    sums = won.group_by("account_id", month["won"].alias("month_on"), maintain_order=True).agg(
        pl.col("amount").sum(),
        *(pl.col(c).first() for c in ("account_name", "person_id", "source", "file", "row")),
    )
    bills = records.table("invoices").filter(~pl.col("is_cancelled") & (pl.col("issued_on") <= records.as_of))
    billed = bills.group_by("account_id", month["billed"].alias("month_on")).agg(
        pl.col("net_amount").sum().alias("billed")
    )
    return sums.join(billed, on=key, how="left").with_columns(
        pl.format("{} {}", "account_id", pl.col("month_on").dt.strftime("%Y-%m")).alias("record_id"),
        pl.col("account_name").alias("name"),
        pl.col("billed").fill_null(0),
    )


def against_invoices(records: Records) -> Verdict:
    """RECON: the won amount of an account and month differs from its invoices by more than the share of them."""
    if why := lacking(records.table("invoices"), "invoices", "account_id"):
        return why
    months = account_months(records)
    if months.is_empty():
        return Unjudged("no_records", TABLE)
    parts = round(records.bounds.reconcile_share * 1_000_000)
    gap = (pl.col("amount") - pl.col("billed")).abs().cast(pl.Int128) * 1_000_000
    bad = gap > pl.col("billed").abs().cast(pl.Int128) * parts
    return judged(months, "not_invoiced", bad, pl.col("amount"), pl.col("billed"), unit="money")


def _sold(records: Records) -> pl.DataFrame:
    """account_id, day of every order and invoice of a business account."""
    orders = records.table("orders").filter(~pl.col("is_cancelled")).select("account_id", day="ordered_on")
    bills = records.table("invoices").filter(~pl.col("is_cancelled")).select("account_id", day="issued_on")
    return pl.concat([orders, bills]).drop_nulls().unique()


def _without_order(records: Records, won: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Won deals of known accounts for which the time for an order is over."""
    days = records.bounds.order_days
    due = pl.col("close_on").dt.offset_by(f"{days}d") < records.as_of
    judgeable = won.filter(due & pl.col("account_id").is_not_null())
    near = judgeable.join(sold, on="account_id").filter(
        (pl.col("day") - pl.col("close_on")).dt.total_days().abs() <= days
    )
    lonely = ~pl.col("record_id").is_in(near["record_id"].unique().implode())
    return judged(judgeable, "won_without_order", lonely, pl.col("close_on"), unit="date")
