"""Stages of deals: how long they stay, whether they go in order, and what a stage says against the other columns."""

import polars as pl

from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.verdict import Unjudged, Verdict, folded, judged, lacking, together
from revops.ingest.text import fold
from revops.money import RATE_SCALE

TABLE, HISTORY = "opportunities", "opportunity_stage_history"
CATEGORIES = ("pipeline", "best case", "commit", "most likely", "forecast", "closed", "omitted")


def stuck(records: Records) -> Verdict:
    """OPP-STUCK: longer in its stage than the deals that advanced from it stayed."""
    visits = _visits(records)
    if isinstance(visits, Unjudged):
        return visits
    entered = visits.group_by("record_id", "stage").agg(pl.col("entered_on").max())
    deals = records.open_deals.join(entered, on=["record_id", "stage"]).join(
        _limits(records, visits), on="stage", how="left"
    )
    if deals.is_empty():
        return Unjudged("no_records", TABLE)
    days, limit = records.days_ago("entered_on"), pl.col("limit").fill_null(records.bounds.stuck_days)
    return judged(deals, "stuck", days > limit, days, limit, unit="days")


def regressed(records: Records) -> Verdict:
    """OPP-REGR: back to an earlier stage; from won or lost only where deals may not be opened again."""
    visits = _visits(records)
    if isinstance(visits, Unjudged):
        return visits
    funnel = records.company.funnel
    visits = records.visits.filter(pl.col("place").is_not_null() | (pl.col("stage") == funnel.lost))
    was = pl.col("stage").shift(1).over("record_id")
    before = pl.col("place").forward_fill().shift(1).over("record_id")
    opened = was.is_in([funnel.won, funnel.lost]) & pl.lit(records.bounds.may_reopen)
    back = (pl.col("place") < before) & ~opened
    return _steps(records, visits.with_columns(back.fill_null(False).alias("bad"), was.alias("was")), "regressed")


def skipped(records: Records) -> Verdict:
    """OPP-SKIP: stages passed at once, seen from the furthest stage so far."""
    visits = _visits(records)
    if isinstance(visits, Unjudged):
        return visits
    furthest = pl.col("place").cum_max().shift(1).over("record_id")
    was = pl.col("stage").shift(1).over("record_id")
    jump = (pl.col("place") - furthest) >= records.bounds.skip_stages
    return _steps(records, visits.with_columns(jump.fill_null(False).alias("bad"), was.alias("was")), "skipped")


def out_of_order(records: Records) -> Verdict:
    """OPP-ORDER: left a stage before it was entered."""
    visits = _visits(records)
    if isinstance(visits, Unjudged):
        return visits
    bad = visits.filter(pl.col("left_on") < pl.col("entered_on")).unique("record_id", keep="first", maintain_order=True)
    deals = _judged_deals(records, visits).join(bad, on="record_id", how="left")
    found, entered = pl.col("left_on"), pl.col("entered_on")
    return judged(deals, "left_before_entry", found.is_not_null(), found, entered, unit="date")


def probability(records: Records) -> Verdict:
    """OPP-PROB: a probability or forecast category that the stage contradicts."""
    deals = records.deals
    parts: list[Verdict] = []
    if why := lacking(deals, TABLE, "probability"):
        parts.append(why)
    else:
        known, chance = deals.filter(pl.col("probability").is_not_null()), pl.col("probability")
        is_open, won = ~pl.col("is_closed"), pl.col("is_won")
        wrong = (is_open & (chance >= RATE_SCALE)) | (won & (chance != RATE_SCALE))
        wrong |= pl.col("is_closed") & ~won & (chance != 0)
        parts.append(judged(known, "probability", wrong, chance, pl.col("stage"), unit="share"))
    if why := lacking(deals, TABLE, "forecast_category"):
        parts.append(why)
    else:
        told = deals.with_columns(folded("forecast_category").alias("told"))
        told = told.filter(pl.col("told").is_in(CATEGORIES))
        is_closed, won = pl.col("is_closed"), pl.col("is_won")
        wrong = (~is_closed & (pl.col("told") == "closed")) | (won & (pl.col("told") != "closed"))
        wrong |= is_closed & ~won & ~pl.col("told").is_in(["omitted", "closed"])
        parts.append(judged(told, "forecast_category", wrong, pl.col("forecast_category"), pl.col("stage")))
    return together(*parts)


def not_in_dictionary(records: Records) -> Verdict:
    """OPP-STAGEDICT: a stage that company.yaml does not name, or one written otherwise."""
    if not records.stages:
        return Unjudged("no_funnel")
    if why := lacking(records.deals, TABLE):
        return why
    known = [*records.stages, records.company.funnel.lost]
    folds = {fold(stage): stage for stage in known}
    names = pl.Series(list(folds), dtype=pl.String), pl.Series(list(folds.values()), dtype=pl.String)
    deals = records.deals.with_columns(folded("stage").alias("key"))
    meant = pl.col("key").replace_strict(*names, default=None, return_dtype=pl.String)
    stranger = ~pl.col("stage").is_in(known)
    refused = records.rejected(TABLE, "unknown_value", "stage")
    return pl.concat([
        judged(deals, "stage_spelling", stranger & meant.is_not_null(), pl.col("stage"), meant),
        judged(deals, "stage_unknown", stranger & meant.is_null(), pl.col("stage")),
        judged(refused, "stage_unknown", pl.lit(True), pl.col("found")),
    ])  # fmt: skip


def no_stage(records: Records) -> Verdict:
    """OPP-NOSTAGE: a deal must have a stage to be kept, so the rows without one are counted in quarantine."""
    refused = records.rejected(TABLE, "empty", "stage")
    if records.deals.is_empty() and refused.is_empty():
        return Unjudged("empty_table", TABLE)
    return pl.concat(
        [judged(records.deals, "no_stage", pl.lit(False)), judged(refused, "no_stage", pl.lit(True))],
    )


def _visits(records: Records) -> pl.DataFrame | Unjudged:
    if not records.stages:
        return Unjudged("no_funnel")
    if why := lacking(records.visits, HISTORY):
        return why
    visits = records.visits.filter(pl.col("place").is_not_null())
    return visits if _judged_deals(records, visits).height else Unjudged("no_records", TABLE)


def _judged_deals(records: Records, visits: pl.DataFrame) -> pl.DataFrame:
    return records.deals.join(visits, on="record_id", how="semi").select("record_id")


def _steps(records: Records, visits: pl.DataFrame, problem: str) -> pl.DataFrame:
    """One row per deal: its last bad step, from one stage to another."""
    bad = visits.filter("bad").unique("record_id", keep="last", maintain_order=True)
    deals = _judged_deals(records, visits).join(bad, on="record_id", how="left")
    return judged(deals, problem, pl.col("bad"), pl.col("was"), pl.col("stage"))


def _limits(records: Records, visits: pl.DataFrame) -> pl.DataFrame:
    """stage → days: from the stays after which deals went on to a later stage or were won; only from enough of them."""
    won = records.snapshots.filter("is_won")["record_id"].unique()
    last = pl.col("place").max().over("record_id")
    advanced = (pl.col("place") < last) | pl.col("record_id").is_in(won.implode())
    days = (pl.col("left_on") - pl.col("entered_on")).dt.total_days()
    stays = visits.filter(advanced & (pl.col("left_on") >= pl.col("entered_on"))).select("stage", days.alias("days"))
    by_middle = records.bounds.stuck_by == "twice_median"
    limit = pl.col("days").median() * 2 if by_middle else pl.col("days").quantile(0.75, "linear")
    enough = pl.col("cases") >= records.bounds.minimum_count
    made = stays.group_by("stage").agg(limit.floor().cast(pl.Int64).alias("limit"), pl.len().alias("cases"))
    return made.filter(enough).select("stage", "limit")
