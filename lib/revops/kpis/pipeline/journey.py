"""One funnel from lead to renewal: what became of the leads of a span, step by step.

    lead → qualified (taken over by sales) → deal → won → customer (ordered or signed) → renewed (bought again)

Each step counts the leads that came to it; those that did not are open while they still may, and dropped after that.
conversion = came to the next step ÷ (came to the next step + dropped); open ones stand apart. Days are those of the
leads that came to the next step (most of the others never will, so they tell nothing of its length); open_days is how
long the open ones have been waiting.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis import survival
from revops.kpis.measure import ratio
from revops.kpis.pipeline.funnel import inside
from revops.kpis.pipeline.handover import followed
from revops.kpis.spans import Span

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

STEPS = ("lead", "qualified", "deal", "won", "customer", "renewed")
JOURNEY: dict[str, Any] = {
    "step": pl.String, "reached": pl.Int64, "passed": pl.Int64, "open": pl.Int64, "dropped": pl.Int64,
    "conversion": pl.Float64, "days_median": pl.Int64, "days_p90": pl.Int64,
    "open_days": pl.Float64, "reason": pl.String,
}  # fmt: skip


def journey(facts: "Facts", span: Span) -> pl.DataFrame:
    """One row per step: reached, of these passed (came to the next), open, dropped; days to the next step.

    The last step has no next one. Steps of which the sources tell nothing are null with a reason; no rows without
    leads.
    """
    if not facts.has("leads"):
        return pl.DataFrame(schema=JOURNEY)
    rows = steps(facts, span)
    limits = {"lead": facts.company.funnel.lead_window_days, "qualified": facts.company.hygiene.response_days,
              "won": facts.company.hygiene.order_days, "customer": 365}  # fmt: skip
    table: list[dict[str, Any]] = []
    for here, following in zip(STEPS, (*STEPS[1:], None), strict=True):
        if rows[here].dtype == pl.Null:
            table.append({"step": here, "reason": "not_recorded"})
        elif following is None or rows[following].dtype == pl.Null:
            table.append({"step": here, "reached": rows[here].count()})
        else:
            table.append(_row(rows, here, following, facts.end, limits.get(here)))
    return pl.DataFrame(table, schema=JOURNEY)


def steps(facts: "Facts", span: Span) -> pl.DataFrame:
    """One row per lead created in the span with the day of each step, null where it never came to it; `is_closed`."""
    leads = facts.leads.filter(inside("created_on", *span)).select("lead_id", "opportunity_id", lead="created_on",
                                                                   taken="converted_on")  # fmt: skip
    won = pl.when("is_won").then("close_on")
    deals = facts.deals.select("opportunity_id", "account_id", "is_closed", deal="created_on", won=won)
    rows = leads.join(deals, on="opportunity_id", how="left").sort("lead_id")
    rows = rows.with_columns(qualified=pl.coalesce("taken", "deal"), deal=pl.max_horizontal("lead", "deal"))
    rows = rows.with_columns(deal=pl.when(pl.col("opportunity_id").is_not_null()).then("deal"))
    deals_won = rows.drop_nulls("won").select("opportunity_id", "account_id", close_on="won").unique("opportunity_id")
    after = followed(facts, deals_won.drop_nulls("account_id"))
    if after is None:
        return rows.with_columns(customer=pl.lit(None), renewed=pl.lit(None))
    first = after.group_by("opportunity_id").agg(customer=pl.col("day_on").min())
    later = after.join(first, on="opportunity_id")
    later = later.filter(pl.col("day_on") > pl.col("customer") + timedelta(days=facts.company.hygiene.order_days))
    again = later.group_by("opportunity_id").agg(renewed=pl.col("day_on").min())
    return (
        rows.join(first, on="opportunity_id", how="left").join(again, on="opportunity_id", how="left").sort("lead_id")
    )


def _row(rows: pl.DataFrame, here: str, following: str, end: date, limit: int | None) -> dict[str, Any]:
    """One step: a deal is open until it is closed; anything else while it is not older than the step's limit."""
    came = rows.drop_nulls(here).with_columns(age=(pl.lit(end) - pl.col(here)).dt.total_days() - 1)
    is_open = ~pl.col("is_closed") if limit is None else pl.col("age") < limit
    passed = came.drop_nulls(following)
    waiting = came.filter(pl.col(following).is_null() & is_open)
    dropped = came.height - passed.height - waiting.height
    days = (passed[following] - passed[here]).dt.total_days().clip(0)
    lives = survival.curve(pl.DataFrame({"days": days}).with_columns(ended=1, running=0))
    return {
        "step": here, "reached": came.height, "passed": passed.height, "open": waiting.height, "dropped": dropped,
        "conversion": ratio(passed.height, passed.height + dropped).value,
        "days_median": survival.lasting(lives, 0.5), "days_p90": survival.lasting(lives, 0.9),
        "open_days": waiting["age"].median(),
    }  # fmt: skip
