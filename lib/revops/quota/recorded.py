"""Quotas of record, as a range of days sees them."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import polars as pl

from revops.money import round_ratio
from revops.quota.shape import LEVEL, Shape


def quota_of(
    quotas: pl.DataFrame,
    start: date,
    end: date,
    person: str | None = None,
    *,
    measure: str = "revenue",
    shape: Shape = LEVEL,
    by_days: bool = True,
) -> pl.DataFrame:
    """One row per person with a quota of record in [start, end): `quota_amount`, `covered_days`, sorted by person_id.

    A quota period inside the range counts whole. Of one that reaches over a bound, the part inside counts: by days,
    or with `by_days` false by the months' usual weights (`shape`). Parts of adjoining ranges sum to the whole quota.

    >>> record = pl.DataFrame({"person_id": ["a"], "measure": ["revenue"], "start_on": [date(2026, 1, 1)],
    ...                        "end_on": [date(2026, 4, 1)], "quota_amount": [900]})
    >>> quota_of(record, date(2026, 1, 1), date(2026, 2, 1)).rows()
    [('a', 310, 31)]
    """
    rows = quotas.filter((pl.col("measure") == measure) & (pl.col("start_on") < end) & (pl.col("end_on") > start))
    if person is not None:
        rows = rows.filter(pl.col("person_id") == person)
    sums: dict[str, tuple[int, int]] = {}
    for row in rows.sort("person_id", "start_on").iter_rows(named=True):
        first, last = max(start, row["start_on"]), min(end, row["end_on"])
        amount = _up_to(row, last, shape, by_days) - _up_to(row, first, shape, by_days)
        before = sums.get(row["person_id"], (0, 0))
        sums[row["person_id"]] = (before[0] + amount, before[1] + (last - first).days)
    schema = {"person_id": pl.String, "quota_amount": pl.Int64, "covered_days": pl.Int64}
    return pl.DataFrame([(p, *values) for p, values in sorted(sums.items())], schema=schema, orient="row")


def _up_to(row: Mapping[str, object], day: date, shape: Shape, by_days: bool) -> int:
    """The part of a quota that lies before `day`, rounded once, so that differences of it sum exactly."""
    start, end, amount = row["start_on"], row["end_on"], row["quota_amount"]
    assert isinstance(start, date)
    assert isinstance(end, date)
    assert isinstance(amount, int)
    part = Fraction((day - start).days, (end - start).days) if by_days else shape.share(start, day, end)
    return round_ratio(amount * part.numerator, part.denominator)
