"""Who reports to whom on which day: the stretches of roles and of lines of managers, half-open [from_on, until_on)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import polars as pl

from revops.incentives.plans import Plan

FAR = date(9999, 1, 1)
ABOVE = {"person_id": pl.String, "above_id": pl.String, "from_on": pl.Date, "until_on": pl.Date}
HELD = {"person_id": pl.String, "role": pl.String, "region": pl.String, "channel": pl.String, "from_on": pl.Date,
        "until_on": pl.Date}  # fmt: skip
PAID = {"person_id": pl.String, "plan": pl.String, "component": pl.Int64, "basis": pl.String, "credit": pl.String,
        "from_on": pl.Date, "until_on": pl.Date}  # fmt: skip


def ancestors(people: pl.DataFrame) -> pl.DataFrame:
    """One row per person, manager above (at any height) and stretch of days [from_on, until_on)."""
    rows = people.select("person_id", "manager_id", "start_on", "end_on").sort("person_id", "start_on").rows()
    days = sorted({row[2] for row in rows} | {row[3] for row in rows if row[3]} | {FAR})
    found: list[tuple[str, str, date, date]] = []
    open_at: dict[tuple[str, str], date] = {}
    for day in days:
        manager = {p: m for p, m, start, end in rows if start <= day < (end or FAR)}
        now = {(person, above) for person in manager for above in chain(manager, person)}
        found += [(*pair, open_at.pop(pair), day) for pair in set(open_at) - now]
        open_at |= dict.fromkeys(now - set(open_at), day)
    return pl.DataFrame(found, schema=ABOVE, orient="row").sort("person_id", "above_id", "from_on")


def chain(manager: dict[str, str | None], person: str) -> Iterable[str]:
    """The managers above a person, nearest first; `manager` holds whom each reports to."""
    seen, above = {person}, manager.get(person)
    while above is not None and above in manager and above not in seen:
        yield above
        seen.add(above)
        above = manager.get(above)


def held(people: pl.DataFrame, roles: Iterable[str]) -> pl.DataFrame:
    """One row per person and stretch of days in one of the roles, with the region and channel of that time.

    Who has left holds none.
    """
    kept = people.filter(pl.col("role").is_in(list(roles)))
    ends = pl.min_horizontal("end_on", "left_on").fill_null(FAR)
    rows = kept.select("person_id", "role", "region", "channel", from_on="start_on", until_on=ends)
    return rows.filter(pl.col("from_on") < pl.col("until_on")).sort("person_id", "from_on")


def above_in(people: pl.DataFrame, roles: Iterable[str]) -> pl.DataFrame:
    """One row per person and manager above who holds one of the roles, for the days on which both is so."""
    managers = held(people, roles).select(above_id="person_id", role_from="from_on", role_until="until_on")
    both = ancestors(people).join(managers, on="above_id", how="inner")
    return both.select(
        "person_id", "above_id", from_on=pl.max_horizontal("from_on", "role_from"),
        until_on=pl.min_horizontal("until_on", "role_until"),
    ).filter(pl.col("from_on") < pl.col("until_on"))  # fmt: skip


def paid_for(people: pl.DataFrame, plans: Sequence[Plan]) -> pl.DataFrame:
    """One row per person, component and stretch of days on which the person's role is on its plan.

    `credit` is the kind of credit that it counts; two stretches of a component that meet are two rows.
    """
    rows = list[tuple[Any, ...]]()
    for plan in plans:
        for person in held(people, plan.roles).to_dicts():
            start = max(person["from_on"], plan.effective_from)
            end = min(person["until_on"], plan.effective_to or FAR)
            if start < end:
                who = (person["person_id"], plan.plan)
                rows += [(*who, n, c.basis, c.credit, start, end) for n, c in enumerate(plan.components)]
    return pl.DataFrame(rows, schema=PAID, orient="row")
