"""Budget against what was booked, by account type, line, department and organisation.

More income than budgeted is good, less cost is: the sign is the account type's, and types are never added together. A
line that is budgeted for all departments together stands in a row of its own whose department is null.

>>> is_good("income", 5), is_good("cost", 5), is_good(None, -5), is_good("cost", 0)
(True, False, True, None)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.fact_tables import FactTable, first_of, flow
from revops.kpis.measure import Value, missing, ratio
from revops.kpis.spans import Span

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

INCOME, COST = "income", "cost"
CUTS = ("budget_line", "department", "organisation")
CELL = ("month_on", *CUTS, "account_type")
SIDES = ("budget_income", "actual_income", "budget_cost", "actual_cost")


def is_good(account_type: str | None, variance: int) -> bool | None:
    """Whether actual − budget is to the good; None where they are equal or the type says nothing."""
    if variance == 0 or account_type not in (None, INCOME, COST):
        return None
    return (variance > 0) == (account_type == INCOME)


def against(budgets: pl.DataFrame, actuals: pl.DataFrame) -> pl.DataFrame:
    """One row per month, line, department, organisation and account type: budget_amount, actual_amount.

    Only months that have a budget; null where a side has no row. A cost's account type may be left out.
    """
    months = budgets["month_on"].unique().implode()
    sides = []
    for frame, name in (
        (budgets, "budget_amount"),
        (actuals.filter(pl.col("month_on").is_in(months)), "actual_amount"),
    ):
        typed = frame.with_columns(pl.col("account_type").fill_null(COST))
        sides.append(typed.group_by(CELL).agg(pl.col(name).sum()))
    return sides[0].join(sides[1], on=CELL, how="full", coalesce=True, nulls_equal=True).sort(CELL, nulls_last=True)


def compared(rows: pl.DataFrame, span: Span, by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per account type and cell of `by`: budget, actual, variance (actual − budget), share, is_good.

    `rows` of `against`; the months that begin in the span. `share` is null where the budget is not above 0.
    """
    inside = rows.filter((pl.col("month_on") >= span[0]) & (pl.col("month_on") < span[1]))
    sums = inside.group_by("account_type", *by).agg(
        budget=pl.col("budget_amount").sum(), actual=pl.col("actual_amount").sum()
    )
    variance = pl.col("actual") - pl.col("budget")
    told = sums.with_columns(variance=variance, share=pl.when(pl.col("budget") > 0).then(variance / pl.col("budget")))
    good = [is_good(kind, amount) for kind, amount in told.select("account_type", "variance").iter_rows()]
    return told.with_columns(is_good=pl.Series(good, dtype=pl.Boolean)).sort(
        "account_type", *by, descending=[True] + [False] * len(by), nulls_last=True
    )


def used(rows: pl.DataFrame, span: Span, account_type: str = COST) -> Value:
    """Actual ÷ budget of one account type in the span."""
    mine = compared(rows, span).filter(pl.col("account_type") == account_type)
    if mine.is_empty():
        return missing("no_source")
    return ratio(int(mine["actual"][0]), int(mine["budget"][0]))


def _rows(facts: "Facts") -> pl.DataFrame:
    return against(facts.scan("budgets").collect(), facts.scan("budget_actuals").collect())


def _sides(facts: "Facts", spans: Sequence[Span]) -> Any:
    """Income and cost in columns of their own, so that no metric can add them up."""
    rows = _rows(facts).filter(pl.col("month_on") < facts.end)
    columns = {
        f"{side}_{kind}": pl.when(pl.col("account_type") == kind)
        .then(pl.col(f"{side}_amount").fill_null(0))
        .otherwise(0)
        for kind in (INCOME, COST)
        for side in ("budget", "actual")
    }
    return flow(rows.with_columns(**columns).lazy(), "month_on", spans)


FACTS = {"budget": FactTable(("budgets",), CUTS, SIDES, _sides, first=first_of("budgets", "month_on"))}
"""The fact table that the catalogue's budget metrics count."""
