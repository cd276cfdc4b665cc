"""Budget against what was booked: costs by department and line, income beside them, never added together."""

from typing import Any

import polars as pl

from revops.kpis.forecast import budget
from revops.kpis.spans import Span, Spans
from revops.report.display import Html, row
from revops.report.kpis.shown import Shown, missing
from revops.report.tables import Column, table
from revops.words import EVEN
from revops.workspace import Workspace

SIDES = {budget.COST: "lower", budget.INCOME: "higher"}


def budgets(ws: Workspace, rows: pl.DataFrame, spans: Spans) -> Shown:
    """Costs, then income, of the fiscal year to date by department and line; `rows` of `budget.against`."""
    span = _months(ws, spans)
    kinds = [kind for kind in SIDES if span and not _of(rows, span, kind).is_empty()]
    if span is None or not kinds:
        return missing(ws, "budgets")
    return row(*(_side(ws, rows, span, kind) for kind in kinds))


def _months(ws: Workspace, spans: Spans) -> Span | None:
    """The months of the fiscal year that had ended by the last day; None before the first one has."""
    start, end = spans.to_date[0], spans.now[1].replace(day=1)
    return (start, end) if end > start else None


def _of(rows: pl.DataFrame, span: Span, kind: str, by: tuple[str, ...] = ()) -> pl.DataFrame:
    return budget.compared(rows, span, by).filter(pl.col("account_type") == kind)


def _side(ws: Workspace, rows: pl.DataFrame, span: Span, kind: str) -> Html:
    """One account type: departments with their lines, the largest difference first, and the sum."""
    whole = _of(rows, span, kind).row(0, named=True)
    lines = _of(rows, span, kind, ("department", "budget_line"))
    listed: list[dict[str, Any]] = []
    departments = _of(rows, span, kind, ("department",)).sort(pl.col("variance").abs() * -1, "department")
    for head in departments.iter_rows(named=True):
        mine = lines.filter(pl.col("department").eq_missing(pl.lit(head["department"], pl.String)))
        name = _name(ws, head["department"]) if head["department"] else ws.t("forecast.budget.all_departments")
        listed.append(head | {"name": name, "level": 0})
        ordered = mine.sort(pl.col("variance").abs() * -1, "budget_line")
        listed += [
            line | {"name": _name(ws, line["budget_line"]), "level": 1} for line in ordered.iter_rows(named=True)
        ]
    listed.append(whole | {"name": ws.t("kpis.total"), "level": 0})
    columns = [
        Column("name", ws.t("forecast.column.line")),
        Column("budget", ws.t("forecast.column.budget"), "money_short"),
        Column("actual", ws.t("forecast.column.booked"), "money_short", strong=True),
        Column("variance", ws.t("forecast.column.variance"), "bar", better=SIDES[kind]),
        Column("share", ws.t("forecast.column.variance_share"), "pin", better=SIDES[kind]),
    ]
    last = ws.words.month(_last(rows, span))
    who = ws.t(f"forecast.who.budget_{kind}", start=ws.words.month(span[0]), end=last)
    return table(
        listed, columns, _title(ws, whole, lines, kind), who, words=ws.words, total=True, level="level", fine=True
    )


def _name(ws: Workspace, value: str) -> str:
    return ws.words.name("forecast.names", value)


def _last(rows: pl.DataFrame, span: Span) -> Any:
    return rows.filter((pl.col("month_on") >= span[0]) & (pl.col("month_on") < span[1]))["month_on"].max()


def _title(ws: Workspace, whole: dict[str, Any], lines: pl.DataFrame, kind: str) -> str:
    """How far from budget, and the line that is furthest off in the same direction; neutral within half a percent."""
    share = whole["share"]
    if share is None or abs(share) < EVEN:
        return ws.t(f"forecast.title.budget_{kind}_level")
    sign = 1 if whole["variance"] > 0 else -1
    top = lines.sort(pl.col("variance") * -sign, "department", "budget_line").row(0, named=True)
    key = f"forecast.title.budget_{kind}_{'over' if sign > 0 else 'under'}"
    amount, by = ws.words.money_short(abs(whole["variance"]), 2), ws.words.signed_money_short(top["variance"], 2)
    return ws.t(key, share=ws.words.percent(abs(share)), amount=amount, line=_name(ws, top["budget_line"]), by=by)
