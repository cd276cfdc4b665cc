"""Who reports to whom, on which day. The people table is effective-dated: every question names a day.

A team is a path from the top, 'Sales/North/Dealers': two teams named 'Dealers' under two regions are two teams.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from revops.problems import Problem, refuse_if_any

NOBODY = "(nobody)"


def check_people(people: pl.DataFrame) -> pl.DataFrame:
    """The people table unchanged, or one InputError with every overlap and every cycle in it."""
    refuse_if_any([*scan_overlaps(people), *scan_cycles(people)])
    return people


def scan_overlaps(people: pl.DataFrame) -> Iterator[Problem]:
    """One problem per person and day from which two rows hold at once: two managers, two teams."""
    rows = people.sort("person_id", "start_on", "end_on", nulls_last=True).with_columns(
        before_end=pl.col("end_on").shift().over("person_id"),
        before_start=pl.col("start_on").shift().over("person_id"),
    )
    clash = rows.filter(
        pl.col("before_start").is_not_null()
        & (pl.col("before_end").is_null() | (pl.col("before_end") > pl.col("start_on")))
    )
    for row in clash.iter_rows(named=True):
        yield Problem(
            f"people, {row['person_id']}, {row['start_on']}",
            f"a row from {row['before_start']} that still holds",
            "one role, manager and team a day",
            f"end the earlier row on {row['start_on']}",
        )


def scan_cycles(people: pl.DataFrame) -> Iterator[Problem]:
    """One problem per circle of managers, on the first day it holds."""
    told: set[frozenset[str]] = set()
    for day in sorted(set(people["start_on"].to_list())):
        boss = dict(on_day(people, day).select("person_id", "manager_id").iter_rows())
        for person in sorted(boss):
            circle = _circle(person, boss)
            if circle and frozenset(circle) not in told:
                told.add(frozenset(circle))
                yield Problem(
                    f"people, {circle[0]}, {day}",
                    "reports to itself: " + " → ".join([*circle, circle[0]]),
                    "a tree of managers",
                    "correct manager_id",
                )


def _circle(person: str, boss: dict[str, str | None]) -> list[str]:
    """The people of the circle that `person` stands in, or nothing."""
    seen = [person]
    above = boss.get(person)
    while above is not None and above not in seen:
        seen.append(above)
        above = boss.get(above)
    return seen if above == person else []


def on_day(people: pl.DataFrame, day: date) -> pl.DataFrame:
    """One row per person at work on `day`, sorted by person_id."""
    holds = (pl.col("start_on") <= day) & (pl.col("end_on").is_null() | (pl.col("end_on") > day))
    here = pl.col("left_on").is_null() | (pl.col("left_on") > day)
    return people.filter(holds & here).sort("person_id")


def managers_on(people: pl.DataFrame, day: date) -> set[str]:
    """person_ids who have at least one report on `day`."""
    return set(on_day(people, day)["manager_id"].drop_nulls())


def place(frame: pl.DataFrame, people: pl.DataFrame, day: str, columns: list[str]) -> pl.DataFrame:
    """`frame` with `columns` of the people table as they stood on each row's own `day`; null where nobody stood.

    Many rows to one: each row of `frame` comes back once, sorted by `day` and person_id.
    """
    spans = people.select("person_id", "start_on", pl.col("end_on").alias("_end"), *columns).sort("start_on")
    joined = frame.sort(day, "person_id").join_asof(
        spans, left_on=day, right_on="start_on", by="person_id", strategy="backward", check_sortedness=False
    )
    over = pl.col("_end").is_not_null() & (pl.col("_end") <= pl.col(day))
    cleared = [pl.when(over).then(None).otherwise(pl.col(column)).alias(column) for column in columns]
    return joined.with_columns(cleared).drop("_end", "start_on")


def first_days(people: pl.DataFrame) -> dict[str, date]:
    """person_id → first working day: hired_on, or the first row's start where hired_on is unknown."""
    firsts = people.group_by("person_id").agg(pl.col("hired_on").min(), pl.col("start_on").min())
    return {row["person_id"]: row["hired_on"] or row["start_on"] for row in firsts.iter_rows(named=True)}


def roll_up(days: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """`days` (person_id, moved_on, amount …) with one more row per manager above, on the day of each row.

    A manager's rows are the sum of the team that reported to them on that day, whatever the level, and their own
    sales. Rows of nobody stay as they are. Raises InputError where the managers form a circle.
    """
    levels, level = [days], days
    check_people(people)
    while level.height:
        above = place(level.drop_nulls("person_id"), people, "moved_on", ["manager_id"])
        level = above.drop_nulls("manager_id").with_columns(person_id=pl.col("manager_id")).select(days.columns)
        levels.append(level)
    keys = [column for column in days.columns if column != "amount"]
    return pl.concat(levels).group_by(keys).agg(pl.col("amount").sum()).select(days.columns).sort(keys, nulls_last=True)


def of_person(amounts: Mapping[str, int], team: str, role: str) -> int | None:
    """The amount declared for a person: their team's, else that of the nearest team above, else their role's.

    >>> of_person({"Sales/Online": 7, "lead": 3}, "Sales/Online/Shop", "lead"), of_person({"lead": 3}, "Sales", "lead")
    (7, 3)
    """
    steps = team.split("/")
    teams = ("/".join(steps[:depth]) for depth in range(len(steps), 0, -1))
    return next((amounts[key] for key in (*teams, role) if key in amounts), None)
