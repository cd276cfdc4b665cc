"""Attainment by person: to date, against the pace of the season, projected between bounds, and what covers the gap."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from revops.money import round_ratio
from revops.quota import hierarchy
from revops.quota.attainment.interval import Interval
from revops.quota.attainment.spans import Spans, amount_in, pace, spans_of, stretches
from revops.quota.shape import LEVEL, Shape

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
    "low_amount": pl.Int64,
    "high_amount": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "interval_reason": pl.String,
    "gap_amount": pl.Int64,
    "pipeline_amount": pl.Int64,
    "weighted_amount": pl.Int64,
    "coverage": pl.Float64,
    "weighted_coverage": pl.Float64,
    "reason": pl.String,
}
Deals = Mapping[str, tuple[int, int | None]]


def carried_days(days: pl.DataFrame, people: pl.DataFrame, managers: str) -> pl.DataFrame:
    """Revenue that counts for each person: `days` as they are, or with the managers' teams ('team')."""
    credited = days.drop_nulls("person_id")
    return hierarchy.roll_up(credited, people) if managers == "team" else credited


def attainment(
    quotas: pl.DataFrame,
    days: pl.DataFrame,
    as_of: date,
    shape: Shape = LEVEL,
    pipeline: Deals | None = None,
    intervals: Mapping[str, Interval] | None = None,
) -> pl.DataFrame:
    """One row per person with quotas in `quotas`, all its periods together, sorted by person_id.

    Columns: `start_on`, `end_on` (of all periods), `quota_amount` of all periods, `actual_amount` to date,
    `attainment` (actual ÷ whole quota), `pace` (share of the quota that the season usually brings by `as_of`),
    `against_pace` (points as a share), `projected_amount` (actual ÷ pace), `projected` (÷ quota), `low_amount` and
    `high_amount` (the interval of it; null with `interval_reason`), `gap_amount` (quota − actual, 0 where met),
    `pipeline_amount` (open, due by end_on; null for people who work without deals), `weighted_amount` (× win rates),
    `coverage` and `weighted_coverage` (÷ gap) and `reason` for a null: 'no_quota', 'not_begun', 'met', 'no_pipeline'.
    """
    cut = as_of + timedelta(days=1)
    until = pl.max_horizontal("start_on", pl.min_horizontal("end_on", pl.lit(cut)))
    ranges = stretches(quotas).with_columns(until=until)
    parts = ranges.with_columns(amount_in(ranges, days, end="until").alias("actual"))
    actual = dict(parts.group_by("person_id").agg(pl.col("actual").sum()).iter_rows())
    quota = dict(quotas.group_by("person_id").agg(pl.col("quota_amount").sum()).iter_rows())
    spans, paces = spans_of(quotas), dict[Spans, Fraction]()
    rows = []
    for person, own in spans.items():
        if own not in paces:
            paces[own] = pace(own, cut, shape)
        deals, interval = (pipeline or {}).get(person), (intervals or {}).get(person, UNKNOWN)
        rows.append({"person_id": person, "start_on": own[0][0], "end_on": own[-1][1]}
                    | _figures(quota[person], actual[person], paces[own], deals, interval))  # fmt: skip
    return pl.DataFrame(rows, schema=ATTAINMENT).sort("person_id")


UNKNOWN = Interval(None, None, "short_history")


def _figures(
    quota: int, actual: int, come: Fraction, deals: tuple[int, int | None] | None, interval: Interval
) -> dict[str, Any]:
    projected = actual / come if come else None
    low, high = (_whole(projected, bound) for bound in (interval.low, interval.high))
    gap = max(0, quota - actual) if quota > 0 else 0
    open_amount, weighted = deals or (None, None)
    told = _ratio(actual, quota)
    amount = _whole(projected, Fraction(1))
    return {
        "quota_amount": quota, "actual_amount": actual, "attainment": told, "pace": float(come),
        "against_pace": None if told is None else told - float(come),
        "projected_amount": amount, "projected": _ratio(amount, quota),
        "low_amount": low, "high_amount": high, "low": _ratio(low, quota), "high": _ratio(high, quota),
        "interval_reason": None if low is not None else interval.reason if come else "not_begun",
        "gap_amount": gap, "pipeline_amount": open_amount, "weighted_amount": weighted,
        "coverage": _ratio(open_amount, gap), "weighted_coverage": _ratio(weighted, gap),
        "reason": _reason(quota, come, gap, open_amount),
    }  # fmt: skip


def _whole(projected: Fraction | None, error: Fraction | None) -> int | None:
    """projected × error, rounded once."""
    if projected is None or error is None:
        return None
    exact = projected * error
    return round_ratio(exact.numerator, exact.denominator)


def _ratio(part: int | None, whole: int) -> float | None:
    return part / whole if part is not None and whole > 0 else None


def _reason(quota: int, come: Fraction, gap: int, open_amount: int | None) -> str | None:
    """Why a figure of the row is undefined; the first that applies."""
    if quota <= 0:
        return "no_quota"
    if not come:
        return "not_begun"
    if not gap:
        return "met"
    return "no_pipeline" if open_amount is None else None
