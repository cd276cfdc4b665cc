"""How effective sales people are: money, deals and activities for each day of presence; ramp; discounts; selling days.

A person who was there for half of the period counts half: Σ ÷ people, weighted by days present, is

    Σ revenue × days of the period ÷ Σ days present

of the people who sell: those whom an order, a deal or an activity ever named. Two people, one of them there for 15 of
30 days, and 90 of revenue: 90 × 30 ÷ (30 + 15) = 60 a person. Figures of one person stand with the number of deals
they rest on and say so below `stages.LUCK`; nobody is ranked by them.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops import holidays
from revops.kpis import survival
from revops.kpis.commerce import sold
from revops.kpis.fact_tables import FactTable, first_of, flow
from revops.kpis.frames import opened
from revops.kpis.spans import Span, begins
from revops.periods import add_months, months_between

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

TRAITS = ("role", "team", "region")
SUMS = ("net_amount", "gross_amount", "discount_amount")


def sellers(facts: "Facts") -> pl.DataFrame:
    """One row per person whom an order, a deal or an activity ever named."""
    names = [facts.scan(table).select("person_id") for table in ("orders", "activities")]
    named = pl.concat([*names, facts.deals.lazy().select("person_id")]).drop_nulls().unique()
    return named.collect(engine="streaming").sort("person_id")


def presence(people: pl.DataFrame) -> pl.DataFrame:
    """One row per person and role with [from_on, to_on), cut to the time between hiring and leaving; `to_on` may be
    null.
    """
    start = pl.max_horizontal("start_on", "hired_on")
    rows = people.with_columns(from_on=start, to_on=pl.min_horizontal("end_on", "left_on"))
    return rows.filter(pl.col("to_on").is_null() | (pl.col("to_on") > pl.col("from_on")))


def days_present(people: pl.DataFrame, spans: Sequence[Span], worked: pl.Series) -> pl.DataFrame:
    """One row per person, stretch and span in which they were there: start_on, days, work_days (of those `worked`)."""
    parts = []
    for start, end in spans:
        here = presence(people).with_columns(
            first=pl.max_horizontal("from_on", pl.lit(start)),
            last=pl.min_horizontal(pl.col("to_on").fill_null(end), pl.lit(end)),
        ).filter(pl.col("last") > pl.col("first"))  # fmt: skip
        counts = [
            int(worked.is_between(first, last, closed="left").sum())
            for first, last in here.select("first", "last").iter_rows()
        ]
        parts.append(here.select(
            "person_id", start_on=pl.lit(start, pl.Date),
            days=(pl.col("last") - pl.col("first")).dt.total_days(), work_days=pl.Series(counts, dtype=pl.Int64),
        ))  # fmt: skip
    return pl.concat(parts)


def _worked(facts: "Facts", spans: Sequence[Span]) -> pl.Series:
    """The days worked from the first span to the last, by the company's calendar."""
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    days = holidays.worked(start, end, facts.company.calendar, facts.company.working_week)
    return pl.Series(days, dtype=pl.Date)


def _days(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """The days that people who sell were there."""
    people = facts.scan("people").collect().join(sellers(facts), on="person_id", how="semi")
    days = days_present(people, spans, _worked(facts, spans)).lazy()
    return days.join(_traits(facts), on="person_id", how="left")


def _crm_days(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """The same of those whom an activity ever named: nobody else records what they do."""
    active = facts.scan("activities").select("person_id").drop_nulls().unique()
    return _days(facts, spans).join(active, on="person_id", how="semi")


def _by_person(facts: "Facts", rows: Any, day: str, spans: Sequence[Span], sums: Sequence[str]) -> Any:
    """Events of people in their spans with their traits, and each sum also × the days of its span (`<sum>_days`)."""
    events = opened(flow(opened(rows).filter(~nw.col("person_id").is_null()), day, spans))
    length: Any = nw.lit(0)
    for start, end in spans:
        length = nw.when(nw.col("start_on") == start).then(nw.lit((end - start).days)).otherwise(length)
    days = {f"{name}_days": nw.col(name) * nw.col("length") for name in sums}
    events = events.with_columns(length=length.cast(nw.Int64)).with_columns(length=nw.col("length"), **days)
    return nw.to_native(events).join(_traits(facts), on="person_id", how="left")


def _traits(facts: "Facts") -> pl.LazyFrame:
    """One row per person: role and team as they are at the end; the region of the person, not of the buyer."""
    last = facts.scan("people").filter(pl.col("start_on") < facts.end).sort("person_id", "start_on")
    return last.unique("person_id", keep="last", maintain_order=True).select("person_id", *TRAITS)


def sales(facts: "Facts", spans: Sequence[Span]) -> Any:
    """The revenue movements that name a person, in their spans, with the person's traits; lazy."""
    rows = opened(sold(facts)).select("moved_on", "person_id", *SUMS)
    return _by_person(facts, nw.to_native(rows), "moved_on", spans, ("net_amount",))


def _won(facts: "Facts", spans: Sequence[Span]) -> Any:
    won = facts.deals.lazy().filter("is_won").select("close_on", "person_id", won=pl.lit(1, pl.Int64))
    return _by_person(facts, won, "close_on", spans, ("won",))


def _done(facts: "Facts", spans: Sequence[Span]) -> Any:
    done = facts.scan("activities").filter(pl.col("done_on") < facts.end)
    done = done.select("done_on", "person_id", done=pl.lit(1, pl.Int64))
    return _by_person(facts, done, "done_on", spans, ("done",))


def _active(facts: "Facts", spans: Sequence[Span]) -> Any:
    """One row per person and working day on which an activity with or for a customer was done."""
    done = facts.scan("activities").filter(pl.col("done_on") < facts.end).select("done_on", "person_id").unique()
    worked = _worked(facts, spans).rename("done_on").to_frame().lazy()
    rows = done.join(worked, on="done_on", how="semi").with_columns(active_days=pl.lit(1, pl.Int64))
    return _by_person(facts, rows, "done_on", spans, ())


def person_months(facts: "Facts") -> pl.DataFrame:
    """One row per person and month with an order: net_amount, gross_amount, discount_amount."""
    rows = opened(sold(facts)).filter(~nw.col("person_id").is_null())
    rows = rows.with_columns(month_on=nw.col("moved_on").dt.truncate("1mo").cast(nw.Date))
    summed = nw.to_native(rows.group_by("person_id", "month_on").agg(nw.col(*SUMS).sum()))
    return summed.collect(engine="streaming").sort("person_id", "month_on")


def ramp(facts: "Facts", months: pl.DataFrame) -> pl.DataFrame:
    """One row per person hired since detailed lines begin: role, hired_on, months until revenue reached the median of
    the role, running (1: not yet).

    The median is that of the others of the role who were there for the whole month. The month of hiring is month 1;
    who left before counts as running up to then.
    """
    people = facts.scan("people").filter(pl.col("start_on") < facts.end).collect()
    first, ends = facts.first_month, presence(people)
    hired = ends.drop_nulls("hired_on").filter(pl.col("hired_on") >= (first or date.max))
    hired = hired.join(sellers(facts), on="person_id", how="semi").sort("person_id", "start_on")
    rows = []
    for (person,), part in hired.group_by("person_id", maintain_order=True):
        on, role = part["hired_on"][0], part["role"][-1]
        until = min([facts.end, *part["left_on"].drop_nulls()])
        rows.append(
            {"person_id": person, "role": role, "hired_on": on} | _ramped(person, role, on, until, ends, months)
        )
    schema = {"person_id": pl.String, "role": pl.String, "hired_on": pl.Date, "months": pl.Int64, "running": pl.Int64}
    return pl.DataFrame(rows, schema=schema)


def _ramped(
    person: Any, role: str, hired: date, until: date, ends: pl.DataFrame, months: pl.DataFrame
) -> dict[str, int]:
    own = dict(months.filter(pl.col("person_id") == person).select("month_on", "net_amount").iter_rows())
    whole = [month for month in months_between(hired.replace(day=1), until) if add_months(month, 1) <= until]
    for number, month in enumerate(whole, 1):
        middle = team_median(ends, months, role, month, person)
        if middle is not None and own.get(month, 0) >= middle:
            return {"months": number, "running": 0}
    return {"months": len(whole), "running": 1}


def team_median(
    ends: pl.DataFrame, months: pl.DataFrame, role: str, month: date, without: str | None = None
) -> float | None:
    """The median revenue of a month of the people of a role who were there for all of it; no sale is 0."""
    there = ends.filter(
        (pl.col("role") == role) & (pl.col("from_on") <= month)
        & (pl.col("to_on").is_null() | (pl.col("to_on") >= add_months(month, 1)))
    )  # fmt: skip
    team = there.select("person_id").unique().filter(pl.col("person_id") != (without or ""))
    sums = team.join(months.filter(pl.col("month_on") == month), on="person_id", how="left")
    middle = sums["net_amount"].fill_null(0).median()
    return None if middle is None else float(middle)  # type: ignore[arg-type]


def ramp_time(ramps: pl.DataFrame) -> dict[str, Any]:
    """Median months until a new person sells like the team (open ones running), how many got there and how many not."""
    seen = ramps.select(days="months", ended=1 - pl.col("running"), running="running")
    return {"median": survival.lasting(survival.curve(seen), 0.5), "reached": int(seen["ended"].sum()),
            "running": int(seen["running"].sum())}  # fmt: skip


def person_table(facts: "Facts", span: Span, wide: Span) -> pl.DataFrame:
    """One row per person who sells and was there in the span, by team and name: presence, revenue, deals, activities.

    days, work_days, net_amount, gross_amount, discount_amount, active_days (null where nobody records activities) are
    of `span`; won, closed, won_amount, cycle_days (median of won deals) of the longer `wide`, as deals are rare.
    """
    spans = [span]
    names = facts.scan("people").filter(pl.col("start_on") < span[1]).sort("start_on").collect()
    names = names.unique("person_id", keep="last", maintain_order=True).select("person_id", "name")
    days = _days(facts, spans).collect().group_by("person_id").agg(pl.col("days", "work_days").sum())
    traits = _traits(facts).collect()
    money = sales(facts, spans).group_by("person_id").agg(pl.col(SUMS).sum()).collect(engine="streaming")
    active = _active(facts, spans).group_by("person_id").agg(pl.col("active_days").sum()).collect()
    records = _crm_days(facts, spans).select("person_id").unique().with_columns(records=pl.lit(True)).collect()
    rows = days.join(names, on="person_id").join(traits, on="person_id", how="left")
    for part in (money, active, records, _deals_of(facts.deals, wide)):
        rows = rows.join(part, on="person_id", how="left")
    first = first_of("activities", "done_on")(facts)
    is_known = pl.col("records").fill_null(False) & pl.lit(first is not None and first <= span[0])
    rows = rows.with_columns(
        pl.col(*SUMS, "won", "closed", "won_amount").fill_null(0),
        active_days=pl.when(is_known).then(pl.col("active_days").fill_null(0)),
    )
    return rows.drop("records").sort("team", "name", "person_id")


def _deals_of(deals: pl.DataFrame, wide: Span) -> pl.DataFrame:
    inside = pl.col("is_closed") & pl.col("close_on").is_between(*wide, closed="left")
    days = (pl.col("close_on") - pl.col("created_on")).dt.total_days()
    closed = deals.filter(inside).with_columns(
        closed=pl.lit(1, pl.Int64), won=pl.col("is_won").cast(pl.Int64),
        cycle=pl.when(pl.col("is_won") & (days >= 0)).then(days),
        won_amount=pl.when("is_won").then(pl.col("amount").fill_null(0)).otherwise(0),
    )  # fmt: skip
    sums = [pl.col("closed", "won", "won_amount").sum(), pl.col("cycle").median().alias("cycle_days")]
    return closed.group_by("person_id").agg(sums)


NAMED = ("person_id", *TRAITS)
FACTS = {
    "person_days": FactTable(("people",), NAMED, ("days", "work_days"), _days),
    "recorded_days": FactTable(("people",), NAMED, ("days", "work_days"), _crm_days),
    "person_sales": FactTable(
        ("orders",), NAMED, (*SUMS, "net_amount_days"), sales, first=lambda facts: facts.first_month
    ),
    "person_wins": FactTable(
        ("opportunities",), NAMED, ("won", "won_days"), _won, first=lambda facts: begins(facts.deals["created_on"])
    ),
    "person_activities": FactTable(
        ("activities",), NAMED, ("done", "done_days"), _done, first=first_of("activities", "done_on")
    ),
    "selling_days": FactTable(
        ("activities",), NAMED, ("active_days",), _active, first=first_of("activities", "done_on")
    ),
}  # fmt: skip
"""The fact tables that the catalogue's metrics of people count; a person's traits are those of the as-of day."""
