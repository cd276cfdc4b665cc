"""Attainment by team path: each parent is the sum of its teams, by who stood where on each day."""

from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from revops.quota import hierarchy


def by_team(
    quotas: pl.DataFrame, days: pl.DataFrame, people: pl.DataFrame, managers: Iterable[str], as_of: date
) -> pl.DataFrame:
    """One row per team path and each path above it: quota and actual to date of the people in it, on each day.

    Quotas count for the team of their first day, revenue for the team of its own day, so that a move takes only what
    comes after it. People above others (`managers`) are left out: their quota is the team's. `level` counts the path.
    """
    own = quotas.filter(~pl.col("person_id").is_in(sorted(managers)))
    goals = hierarchy.place(own.select("person_id", "quota_amount", from_on="start_on"), people, "from_on", ["team"])
    inside = (
        own.select("person_id", "start_on", "end_on")
        .join(days, on="person_id")
        .filter(
            pl.col("moved_on").is_between("start_on", "end_on", closed="left")
            & (pl.col("moved_on") < as_of + timedelta(days=1))
        )
    )
    done = hierarchy.place(inside.select("person_id", "moved_on", "amount"), people, "moved_on", ["team"])
    columns = {"quota_amount": goals.rename({"quota_amount": "amount"}), "actual_amount": done}
    sums: dict[tuple[str, ...], dict[str, int]] = {}
    for column, frame in columns.items():
        for team, amount in frame.group_by("team").agg(pl.col("amount").sum()).iter_rows():
            path = tuple((team or hierarchy.NOBODY).split("/"))
            for depth in range(1, len(path) + 1):
                cell = sums.setdefault(path[:depth], dict.fromkeys(columns, 0))
                cell[column] += amount
    rows = [{"team": "/".join(path), "level": len(path), **cell} for path, cell in sorted(sums.items())]
    return pl.DataFrame(rows, schema=TEAMS)


TEAMS = {"team": pl.String, "level": pl.Int64, "quota_amount": pl.Int64, "actual_amount": pl.Int64}
