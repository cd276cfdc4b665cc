"""What CRM exports leave open: numbers not there, stages by other names, visits without an end, merged records.

Each function takes a source's rows as typed fields and gives them back.
"""

import polars as pl

from revops.company import Funnel, Mapping
from revops.ingest.fields import STOOD_IN, reject
from revops.ingest.text import fold
from revops.money import RATE_SCALE


def stood_in(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """A record in a file without its number is known by the fields that stand for it; null where all are empty."""
    for field, parts in mapping.stand_in.items():
        key = pl.concat_str([pl.col(part).cast(pl.String) for part in parts], separator=" · ", ignore_nulls=True)
        named = pl.when(key != "").then(key)
        frame = frame.with_columns(pl.when(pl.col(field) == STOOD_IN).then(named).otherwise(pl.col(field)).alias(field))
    return frame


def shares(frame: pl.DataFrame) -> pl.DataFrame:
    """Probabilities as shares: a file in which one is above 1 writes them in percent."""
    if "probability" not in frame.columns:
        return frame
    share = pl.col("probability")
    percent = (share > RATE_SCALE).any().over("file")
    return frame.with_columns(pl.when(percent).then(share // 100).otherwise(share).alias("probability"))


def closings(frame: pl.DataFrame, funnel: Funnel) -> pl.DataFrame:
    """`close_on` of closed deals: the day told as `closed_on`.

    Where a source has one day for the expected and the actual close, and tells the last change (`changed_on`), a deal
    was not closed later than that; such a day is marked as estimated.
    """
    have = frame.columns
    stage = "opportunities.stage" if "opportunities.stage" in have else "stage"
    if stage not in have:
        return frame
    ends = [_bare(funnel.won), _bare(funnel.lost)]
    named = [name for name in frame[stage].unique().drop_nulls() if _bare(name) in ends]
    flags = [pl.col(flag).fill_null(False) for flag in ("is_closed", "is_won") if flag in have]
    closed = pl.any_horizontal([pl.col(stage).is_in(named).fill_null(False), *flags])
    expected = pl.col("close_on") if "close_on" in have else pl.lit(None, pl.Date)
    told = pl.col("closed_on") if "closed_on" in have else pl.lit(None, pl.Date)
    changed = pl.col("changed_on") if "changed_on" in have else pl.lit(None, pl.Date)
    day = pl.when(closed).then(pl.coalesce(told, pl.min_horizontal(expected, changed))).otherwise(expected)
    estimated = pl.when(closed & told.is_null() & changed.is_not_null()).then(True)
    return frame.with_columns(day.alias("close_on"), estimated.alias("is_close_estimated"))


def visits(frame: pl.DataFrame, here: pl.Expr) -> pl.DataFrame:
    """A visit (rows `here`) whose end is not told ends where the deal moves on.

    That is the next change from the same stage where the file says what a change was from, else the next entry.
    """
    entry = "entered_at" if "entered_at" in frame.columns else "entered_on"
    frame = frame.with_row_index("_n")
    following = pl.col(entry).shift(-1).over("file", "opportunity_id", here, order_by=[entry, "_n"])
    if "from_stage" in frame.columns:
        frame = _with_exits(frame, here, entry)
        following = pl.when(pl.col("from_stage").is_not_null().any().over("file")).then("_exit").otherwise(following)
    told = pl.col("left_on") if "left_on" in frame.columns else pl.lit(None, pl.Date)
    left = pl.coalesce(told, pl.when(here).then(following.cast(pl.Date)))
    return frame.with_columns(left.alias("left_on")).drop("_n", "_exit", strict=False)


def _with_exits(frame: pl.DataFrame, here: pl.Expr, entry: str) -> pl.DataFrame:
    """`_exit`: the first change from the stage at or after its entry."""
    rows = frame.filter(here & pl.col(entry).is_not_null()).sort(entry)
    moved = rows.filter(pl.col("from_stage") != pl.col("stage"))
    by = ["file", "opportunity_id", "stage"]
    exits = moved.select("file", "opportunity_id", pl.col("from_stage").alias("stage"), pl.col(entry).alias("_exit"))
    found = rows.select("_n", entry, *by).join_asof(
        exits, left_on=entry, right_on="_exit", by=by, strategy="forward", check_sortedness=False
    )
    return frame.join(found.select("_n", "_exit"), on="_n", how="left", maintain_order="left")


def in_funnel(frame: pl.DataFrame, column: str, funnel: Funnel) -> pl.DataFrame:
    """Stages as the funnel spells them: 'closedwon' and 'Closed won' are its 'Closed Won'; others stay as they are."""
    spelled = {_bare(stage): stage for stage in (*funnel.stages, funnel.won, funnel.lost) if _bare(stage)}
    seen = frame[column].unique().drop_nulls()
    as_known = pl.Series([spelled.get(_bare(stage), stage) for stage in seen], dtype=pl.String)
    return frame.with_columns(pl.col(column).replace(seen, as_known))


def _bare(stage: str) -> str:
    return fold(stage).replace(" ", "")


def without_absorbed(frame: pl.DataFrame, mapping: Mapping, snapshot: pl.Expr) -> pl.DataFrame:
    """Records that another one says were merged into it are merged; an earlier `snapshot` keeps them as they were."""
    for field, listed in mapping.absorbs.items():
        day = pl.col("snapshot_on") if "snapshot_on" in frame.columns else pl.lit(None, pl.Date)
        into = frame.select(
            pl.col(field).alias("_into"), pl.col(listed).str.split(";").alias("_gone"), day.alias("_since")
        ).explode("_gone", empty_as_null=True, keep_nulls=True)
        into = into.with_columns(pl.col("_gone").str.strip_chars()).filter(pl.col("_gone") != pl.col("_into"))
        into = into.sort("_since", "_into").unique("_gone", keep="first", maintain_order=True)
        frame = frame.join(into, left_on=field, right_on="_gone", how="left", maintain_order="left")
        bad = pl.col("_into").is_not_null() & ~(snapshot & (day < pl.col("_since")).fill_null(False))
        frame = reject(frame, bad, "merged", "absorbed", field, pl.col("_into")).drop("_into", "_since")
    return frame
