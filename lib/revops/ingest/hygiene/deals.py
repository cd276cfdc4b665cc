"""Open deals: whether somebody works on them, and whether their dates and amounts can be meant."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.verdict import Unjudged, Verdict, folded, judged, lacking, together
from revops.ingest.text import fold

TABLE = "opportunities"


def stale(records: Records) -> Verdict:
    """OPP-STALE: more days without activity than its size of account may be; deals without any are another rule's."""
    deals = _with_last_activity(records)
    if isinstance(deals, Unjudged):
        return deals
    deals = deals.filter(pl.col("last_on").is_not_null())
    days, limit = records.days_ago("last_on"), pl.col("limit")
    return judged(deals, "stale", days > limit, days, limit, unit="days")


def without_activity(records: Records) -> Verdict:
    """OPP-NOACT: no activity was ever recorded, though the first should be over."""
    deals = _with_last_activity(records)
    if isinstance(deals, Unjudged):
        return deals
    due = deals.filter(records.days_ago("created_on") > records.bounds.response_days)
    return judged(due, "no_activity", pl.col("last_on").is_null()) if due.height else Unjudged("no_records", TABLE)


def past_close(records: Records) -> Verdict:
    """OPP-PAST: open, and the close date is over."""
    if why := lacking(records.open_deals, TABLE, "close_on"):
        return why
    deals = records.open_deals.filter(pl.col("close_on").is_not_null())
    return judged(deals, "past_close", pl.col("close_on") < records.as_of, pl.col("close_on"), unit="date")


def far_close(records: Records) -> Verdict:
    """OPP-FAR: the close date lies too far ahead, or is a day that stands for 'some time'."""
    if why := lacking(records.open_deals, TABLE, "close_on"):
        return why
    deals = records.open_deals.filter(pl.col("close_on").is_not_null())
    limit = records.as_of + timedelta(days=records.bounds.far_days)
    filler = pl.Series(records.bounds.placeholder_days, dtype=pl.String).implode()
    is_filler = pl.col("close_on").dt.strftime("%m-%d").is_in(filler) | pl.col("close_on").cast(pl.String).is_in(filler)
    far = pl.col("close_on") > limit
    return pl.concat([
        judged(deals, "far_close", far, pl.col("close_on"), pl.lit(limit), unit="date"),
        judged(deals, "placeholder_close", is_filler & ~far, pl.col("close_on"), unit="date"),
    ])  # fmt: skip


def no_amount(records: Records) -> Verdict:
    """OPP-NOAMT: no amount where the stage needs one; rows whose amount is a word wait in quarantine and count here."""
    unread = records.rejected(TABLE, "unreadable_money", "amount")
    words = judged(unread, "amount_in_words", pl.lit(True), pl.col("found"))
    return together(missing(records, "amount", "no_amount"), *([words] if unread.height else []))


def zero_amount(records: Records) -> Verdict:
    """OPP-ZERO: an amount of 0."""
    return _by_amount(records, "zero_amount", pl.col("amount") == 0)


def negative_amount(records: Records) -> Verdict:
    """OPP-NEG: an amount below 0."""
    return _by_amount(records, "negative_amount", pl.col("amount") < 0)


def outlier_amount(records: Records) -> Verdict:
    """OPP-OUTLIER: an amount far beyond those of the other open deals."""
    if why := lacking(records.open_deals, TABLE, "amount"):
        return why
    amounts = records.open_deals["amount"].drop_nulls()
    if amounts.len() < records.bounds.minimum_count:
        return Unjudged("few_cases", TABLE)
    top, middle = (int(amounts.quantile(q, "higher") or 0) for q in (0.99, 0.5))
    limits = [top * records.bounds.outlier_p99, middle * records.bounds.outlier_median]
    limit = min((bound for bound in limits if bound > 0), default=None)
    return _by_amount(records, "outlier_amount", pl.col("amount") > pl.lit(limit), pl.lit(limit))


def missing(records: Records, field: str, problem: str) -> Verdict:
    """Open deals without a field that their stage needs; an account may also be named only."""
    frame = records.open_deals
    value = pl.coalesce("account_id", "account_name") if field == "account_id" else pl.col(field)
    frame = frame.with_columns(value.alias("value"))
    if why := lacking(frame, TABLE, "value"):
        return Unjudged("empty_column", f"{TABLE}.{field}") if why.reason == "empty_column" else why
    needed = frame.filter(needs(records, field))
    empty = pl.col("value").is_null() | (pl.col("value").cast(pl.String).str.strip_chars() == "")
    return judged(needed, problem, empty) if needed.height else Unjudged("no_records", TABLE)


def needs(records: Records, field: Any) -> pl.Expr:
    """Whether a deal's stage needs the field, by `required_from`."""
    stages = records.company.funnel.stages
    middle = stages[len(stages) // 2] if stages else "all"
    first = records.bounds.required_from.get(field, middle if field == "next_step" else "all")
    if first in ("all", "none"):
        return pl.lit(first == "all")
    return (pl.col("place") >= stages.index(first)).fill_null(False)


def no_next_step(records: Records) -> Verdict:
    """OPP-NONEXT: no next step as written, or no activity planned from as_of on."""
    written = missing(records, "next_step", "no_next_step")
    planned = records.activities.filter(pl.col("done_on").is_null() & pl.col("opportunity_id").is_not_null())
    if why := lacking(planned, "activities", "due_on"):
        return together(written, why)
    ahead = planned.filter(pl.col("due_on") >= records.as_of)["opportunity_id"].unique()
    deals = records.open_deals.filter(needs(records, "next_step"))
    if deals.is_empty():
        return together(written, Unjudged("no_records", TABLE))
    return together(written, judged(deals, "nothing_planned", ~pl.col("record_id").is_in(ahead.implode())))


def pushed(records: Records) -> Verdict:
    """OPP-PUSH: the close date moved later again and again between the exports that were kept."""
    exports = records.snapshots["snapshot_on"].n_unique()
    if exports <= records.bounds.push_count:
        return Unjudged("no_exports", TABLE)
    seen = records.snapshots.filter(~pl.col("is_closed") & pl.col("close_on").is_not_null())
    seen = seen.sort("record_id", "snapshot_on").with_columns(
        (pl.col("close_on") > pl.col("close_on").shift(1).over("record_id")).fill_null(False).alias("later")
    )
    moves = seen.group_by("record_id").agg(pl.col("later").sum().alias("moves"), pl.len().alias("exports"))
    deals = records.open_deals.join(moves, on="record_id").filter(pl.col("exports") > records.bounds.push_count)
    if deals.is_empty():
        return Unjudged("no_exports", TABLE)
    often, limit = pl.col("moves") >= records.bounds.push_often, records.bounds.push_count
    severity = pl.when(often).then(pl.lit("high")).otherwise(pl.lit("medium"))
    bad = pl.col("moves") >= limit
    return judged(deals, "pushed", bad, pl.col("moves"), pl.lit(limit), unit="count", severity=severity)


def _by_amount(records: Records, problem: str, bad: pl.Expr, limit: pl.Expr | None = None) -> Verdict:
    if why := lacking(records.open_deals, TABLE, "amount"):
        return why
    deals = records.open_deals.filter(pl.col("amount").is_not_null())
    return judged(deals, problem, bad, pl.col("amount"), limit, unit="money")


def _with_last_activity(records: Records) -> pl.DataFrame | Unjudged:
    """Open deals with `last_on`, the day of the last activity that any source tells, and `limit` in days."""
    done = records.activities.filter(pl.col("done_on").is_not_null() & pl.col("opportunity_id").is_not_null())
    deals = records.open_deals
    if why := lacking(deals, TABLE):
        return why
    if done.is_empty() and (why := lacking(deals, TABLE, "last_activity_on")):
        return why
    by_deal = done.group_by(pl.col("opportunity_id").alias("record_id")).agg(pl.col("done_on").max())
    sizes = records.accounts.with_columns(folded("size").alias("size_key"))
    deals = deals.join(by_deal, on="record_id", how="left").join(
        sizes.select("account_id", "size_key"), on="account_id", how="left"
    )
    by_size = {fold(size): days for size, days in records.bounds.stale_days_by_size.items()}
    names, days = pl.Series(list(by_size), dtype=pl.String), pl.Series(list(by_size.values()), dtype=pl.Int64)
    return deals.with_columns(
        pl.max_horizontal("last_activity_on", "done_on").alias("last_on"),
        pl.col("size_key").replace_strict(names, days, default=records.bounds.stale_days).alias("limit"),
    )
