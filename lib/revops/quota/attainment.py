"""Attainment: what a person has of the quota of record, against the pace of the season, to the day `as_of`.

Measured on the quota's own periods, also when these are irregular: only revenue of their days counts. The basis
is credited revenue (`actuals.person_days`); a manager's is the team's on each day, where the company says so.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from revops.money import round_ratio
from revops.periods import Period
from revops.problems import Problem
from revops.quota import hierarchy
from revops.quota.shape import LEVEL, Shape


def carried_days(days: pl.DataFrame, people: pl.DataFrame, managers: str) -> pl.DataFrame:
    """Revenue that counts for each person: `days` as they are, or with the managers' teams ('team')."""
    credited = days.drop_nulls("person_id")
    return hierarchy.roll_up(credited, people) if managers == "team" else credited


def by_period(quotas: pl.DataFrame, days: pl.DataFrame, as_of: date, measure: str = "revenue") -> pl.DataFrame:
    """One row per person and quota period that has begun: quota, `actual_amount` of its days up to `as_of`.

    `attainment` is actual ÷ quota, null where the quota is not above 0 (`reason` says so); `is_complete` where the
    period has ended. Sorted by person_id and start_on.
    """
    rows = quotas.filter((pl.col("measure") == measure) & (pl.col("start_on") <= as_of)).sort("person_id", "start_on")
    rows = rows.select("person_id", "start_on", "end_on", "quota_amount").with_row_index("nr")
    upto = days.filter(pl.col("moved_on") <= as_of).group_by("person_id", "moved_on").agg(pl.col("amount").sum())
    inside = rows.join(upto, on="person_id", how="inner").filter(
        pl.col("moved_on").is_between("start_on", "end_on", closed="left")
    )
    sums = inside.group_by("nr").agg(pl.col("amount").sum().alias("actual_amount"))
    out = rows.join(sums, on="nr", how="left").with_columns(pl.col("actual_amount").fill_null(0)).sort("nr").drop("nr")
    above = pl.col("quota_amount") > 0
    return out.with_columns(
        attainment=pl.when(above).then(pl.col("actual_amount") / pl.col("quota_amount")),
        reason=pl.when(~above).then(pl.lit("no_quota")),
        is_complete=pl.col("end_on") <= as_of + timedelta(days=1),
    )


def quota_window(quotas: pl.DataFrame, year: Period, measure: str = "revenue") -> pl.DataFrame:
    """The quota periods of a fiscal year, whole: those that begin in it."""
    inside = (pl.col("start_on") >= year.start) & (pl.col("start_on") < year.end)
    return quotas.filter((pl.col("measure") == measure) & inside).sort("person_id", "start_on")


def attainment(
    quotas: pl.DataFrame,
    days: pl.DataFrame,
    as_of: date,
    shape: Shape = LEVEL,
    pipeline: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """One row per person with quotas in `quotas`, all its periods together, sorted by person_id.

    Columns: `start_on`, `end_on` (of all periods), `quota_amount` of all periods, `actual_amount` to date,
    `attainment` (actual ÷ whole quota), `pace` (share of the quota that the season usually brings by `as_of`),
    `against_pace` (points as a share), `projected_amount` (actual ÷ pace), `projected` (÷ quota), `gap_amount`
    (quota − actual, 0 where met), `pipeline_amount` (open, due by end_on; null for people who work without deals),
    `coverage` (pipeline ÷ gap) and `reason` for a null: 'no_quota', 'not_begun', 'met', 'no_pipeline'.
    """
    rows = [_row(person[0], part, days, as_of, shape, pipeline or {}) for person, part in quotas.group_by("person_id")]
    return pl.DataFrame(rows, schema=ATTAINMENT).sort("person_id")


ATTAINMENT = {
    "person_id": pl.String,
    "start_on": pl.Date,
    "end_on": pl.Date,
    "quota_amount": pl.Int64,
    "actual_amount": pl.Int64,
    "attainment": pl.Float64,
    "pace": pl.Float64,
    "against_pace": pl.Float64,
    "projected_amount": pl.Int64,
    "projected": pl.Float64,
    "gap_amount": pl.Int64,
    "pipeline_amount": pl.Int64,
    "coverage": pl.Float64,
    "reason": pl.String,
}


def _row(
    person: object, quotas: pl.DataFrame, days: pl.DataFrame, as_of: date, shape: Shape, pipeline: Mapping[str, int]
) -> dict[str, object]:
    spans = sorted(quotas.select("start_on", "end_on").iter_rows())
    quota = int(quotas["quota_amount"].sum())
    own = days.filter((pl.col("person_id") == person) & (pl.col("moved_on") <= as_of))
    inside = pl.any_horizontal(pl.col("moved_on").is_between(start, end, closed="left") for start, end in spans)
    actual = int(own.filter(inside)["amount"].sum())
    pace = _pace(spans, as_of + timedelta(days=1), shape)
    projected = round_ratio(actual * pace.denominator, pace.numerator) if pace else None
    ratio = actual / quota if quota > 0 else None
    gap = max(0, quota - actual) if quota > 0 else 0
    open_amount = pipeline.get(str(person))
    return {
        "person_id": person, "start_on": spans[0][0], "end_on": spans[-1][1], "quota_amount": quota,
        "actual_amount": actual, "attainment": ratio, "pace": float(pace),
        "against_pace": ratio - float(pace) if ratio is not None else None,
        "projected_amount": projected,
        "projected": projected / quota if projected is not None and quota > 0 else None,
        "gap_amount": gap, "pipeline_amount": open_amount,
        "coverage": open_amount / gap if gap and open_amount is not None else None,
        "reason": _reason(quota, pace, gap, open_amount),
    }  # fmt: skip


def _reason(quota: int, pace: Fraction, gap: int, open_amount: int | None) -> str | None:
    """Why a figure of the row is undefined; the first that applies."""
    if quota <= 0:
        return "no_quota"
    if not pace:
        return "not_begun"
    if not gap:
        return "met"
    return "no_pipeline" if open_amount is None else None


def _pace(spans: list[tuple[date, date]], cut: date, shape: Shape) -> Fraction:
    """The season's share of the days of all periods that lies before `cut`."""
    whole = sum((shape.weight(start, end) for start, end in spans), Fraction(0))
    come = sum((shape.weight(start, min(end, cut)) for start, end in spans if start < cut), Fraction(0))
    return (
        come / whole
        if whole
        else Fraction(sum(max(0, (min(e, cut) - s).days) for s, e in spans), sum((e - s).days for s, e in spans))
    )


def open_pipeline(opportunities: pl.DataFrame, as_of: date, end: date) -> dict[str, int]:
    """person_id → amount of the deals open in the last snapshot up to `as_of` that are due before `end`.

    Everyone who ever owned a deal is there, with 0 where none is due; people who work without deals are not. Deals
    without an amount or an owner count nothing; a due day that has passed counts, the deal is still open.
    """
    known = opportunities.filter(pl.col("snapshot_on") <= as_of)
    owners = dict.fromkeys(sorted(known["person_id"].drop_nulls().unique()), 0)
    last = known.filter(pl.col("snapshot_on") == pl.col("snapshot_on").max())
    due = last.filter(~pl.col("is_closed") & (pl.col("close_on") < end) & (pl.col("amount") > 0))
    return owners | dict(due.drop_nulls("person_id").group_by("person_id").agg(pl.col("amount").sum()).iter_rows())


def roll_up_pipeline(pipeline: Mapping[str, int], people: pl.DataFrame, as_of: date) -> dict[str, int]:
    """The same with the managers above, by the hierarchy of `as_of`."""
    flat = pl.DataFrame(list(pipeline.items()), schema={"person_id": pl.String, "amount": pl.Int64}, orient="row")
    days = flat.with_columns(moved_on=pl.lit(as_of)).select("person_id", "moved_on", "amount")
    return dict(hierarchy.roll_up(days, people).select("person_id", "amount").iter_rows())


def by_team(
    quotas: pl.DataFrame, days: pl.DataFrame, people: pl.DataFrame, managers: set[str], as_of: date
) -> pl.DataFrame:
    """One row per team path and each path above it: quota and actual to date of the people in it, on each day.

    Quotas count for the team of their first day, revenue for the team of its own day, so that a move takes only what
    comes after it. People above others (`managers`) are left out: their quota is the team's. `level` counts the path.
    """
    own = quotas.filter(~pl.col("person_id").is_in(sorted(managers)))
    goals = hierarchy.place(
        own.select("person_id", "start_on", "quota_amount").rename({"start_on": "from_on"}), people, "from_on", ["team"]
    )
    inside = (
        own.select("person_id", "start_on", "end_on")
        .join(days, on="person_id")
        .filter(pl.col("moved_on").is_between("start_on", "end_on", closed="left") & (pl.col("moved_on") <= as_of))
    )
    done = hierarchy.place(inside.select("person_id", "moved_on", "amount"), people, "moved_on", ["team"])
    sums: dict[tuple[str, ...], list[int]] = {}
    for column, frame in enumerate((goals.select("team", "quota_amount"), done.select("team", "amount"))):
        for team, amount in frame.iter_rows():
            path = tuple((team or hierarchy.NOBODY).split("/"))
            for depth in range(1, len(path) + 1):
                sums.setdefault(path[:depth], [0, 0])[column] += amount
    rows = [("/".join(path), len(path), quota, actual) for path, (quota, actual) in sorted(sums.items())]
    schema = {"team": pl.String, "level": pl.Int64, "quota_amount": pl.Int64, "actual_amount": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def scan_quotas(quotas: pl.DataFrame) -> Iterator[Problem]:
    """One problem per quota that is not above 0, and per quota that overlaps another of its person and measure."""
    rows = quotas.sort("person_id", "measure", "start_on").with_columns(
        before=pl.col("end_on").shift().over("person_id", "measure")
    )
    for row in rows.filter(pl.col("quota_amount") <= 0).iter_rows(named=True):
        yield Problem(
            f"quotas, {row['person_id']}, {row['start_on']}",
            f"quota {row['quota_amount']}",
            "a quota above 0",
            "correct the quota",
        )
    for row in rows.filter(pl.col("before") > pl.col("start_on")).iter_rows(named=True):
        yield Problem(
            f"quotas, {row['person_id']}, {row['start_on']}",
            f"a quota that still runs until {row['before']}",
            "one quota a day",
            f"end the earlier quota on {row['start_on']}",
        )
