"""Does the open pipeline reach: what is left of each quota of the quarter, against the deals that are due in it.

coverage = open pipeline due by the quarter's end ÷ (quota − revenue so far). It has to be about 1 ÷ win rate: of deals
that win one time in three, three times the rest is needed. Revenue that never passes through the CRM needs none, so a
low coverage is a question and no verdict.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis import people, pipeline
from revops.kpis.pipeline import facts as deal_facts
from revops.kpis.spans import Span
from revops.periods import fiscal_quarter

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

COVER: dict[str, Any] = {
    "person_id": pl.String, "quota_amount": pl.Int64, "revenue_amount": pl.Int64, "left_amount": pl.Int64,
    "due_deals": pl.Int64, "due_amount": pl.Int64, "weighted_amount": pl.Int64, "coverage": pl.Float64,
    "reason": pl.String,
}  # fmt: skip


def quarter_of(facts: "Facts", span: Span) -> Span:
    """The fiscal quarter that is running at the end of the span: of 31 December it is the next one."""
    return fiscal_quarter(span[1], facts.company.fiscal_year_starts)


def cover_table(facts: "Facts", span: Span) -> pl.DataFrame:
    """One row per person with a quota and open deals, and a last one for all of them (person_id null).

    quota_amount of the quarter that runs at the span's end, revenue_amount of it up to then, left_amount, the open
    deals due by its end in number, amount and weighted amount, coverage (null with its reason). No rows where nobody
    has both.
    """
    start, end = quarter_of(facts, span)
    quotas = facts.scan("quotas").filter(
        (pl.col("measure") == "revenue") & (pl.col("start_on") >= start) & (pl.col("end_on") <= end)
    )
    quota = quotas.group_by("person_id").agg(quota_amount=pl.col("quota_amount").sum()).collect()
    worth = pipeline.weighted(facts.deals, deal_facts.stays(facts), facts.end)
    due = worth.filter(pl.col("close_on") < end).group_by("person_id").agg(
        due_deals=pl.len(), due_amount=pl.col("amount").sum(), weighted_amount=pl.col("weighted_amount").sum()
    )  # fmt: skip
    owners = quota.join(worth.select("person_id").unique(), on="person_id", how="semi")
    rows = owners.join(due, on="person_id", how="left")
    sold = pl.DataFrame(schema={"person_id": pl.String, "revenue_amount": pl.Int64})
    if start <= span[1] - timedelta(days=1):
        sums = (
            people.sales(facts, [(start, span[1])]).group_by("person_id").agg(revenue_amount=pl.col("net_amount").sum())
        )
        sold = sums.collect(engine="streaming")
    rows = (
        rows.join(sold, on="person_id", how="left")
        .sort("person_id")
        .with_columns(pl.col(pl.Int64, pl.UInt32).fill_null(0))
    )
    lines = rows.to_dicts()
    names = ("quota_amount", "revenue_amount", "due_deals", "due_amount", "weighted_amount")
    if lines:
        lines.append({"person_id": None} | {name: sum(line[name] for line in lines) for name in names})
    return pl.DataFrame([line | _covered(line) for line in lines], schema=COVER)


def _covered(line: dict[str, Any]) -> dict[str, Any]:
    found = pipeline.coverage(line["due_amount"], line["quota_amount"], line["revenue_amount"])
    return {"left_amount": found.denominator, "coverage": found.value, "reason": found.reason}
