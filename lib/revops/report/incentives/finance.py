"""What Finance books: the month's accrual by plan, how the liability moved, costs of contracts over time."""

from typing import Any

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.terms import text_in
from revops.report.display import Html, text
from revops.report.incentives.words import scope
from revops.report.tables import Column, table
from revops.workspace import Workspace

MOVES = ("opening", "earned", "granted", "clawback", "lost", "corrected", "paid", "closing")
PARTS = ("held", "carried", "advanced", "owed")
ALWAYS = {"opening", "earned", "paid", "closing"}
LAST = 12
AHEAD = 3


def accruals(ws: Workspace, desk: Desk) -> Html:
    """One row per plan: the effective rate of twelve months × the month's credits against what is paid."""
    rows = desk.finance.accruals.to_dicts()
    if not rows:
        return text(ws.t("incentives.say.nobody_paid"))
    names = {plan.plan: f"{plan.plan} · {text_in(plan.title, ws.language)}" for plan in desk.plans}
    rows = [{**line, "plan": names[line["plan"]]} for line in rows]
    sums = {
        key: sum(r[key] or 0 for r in rows) for key in ("accrued_amount", "paid_amount", "liability_amount", "people")
    }
    rows.append({"plan": ws.t("incentives.statement.total"), "credit_amount": None, "effective_rate": None, **sums})
    heads = [
        Column("plan", ws.t("incentives.head.plan")),
        Column("people", ws.t("incentives.head.people"), "number"),
        Column("credit_amount", ws.t("incentives.head.credit"), "money"),
        Column("effective_rate", _t(ws, "rate"), "percent", digits=2, reason="none"),
        Column("accrued_amount", _t(ws, "accrued"), "money"),
        Column("paid_amount", ws.t("incentives.head.paid"), "money"),
        Column("liability_amount", _t(ws, "liability"), "money", signed=True, better="none", strong=True),
    ]
    key = "over" if sums["liability_amount"] >= 0 else "under"
    values = {
        "accrued": ws.words.money_short(sums["accrued_amount"]),
        "paid": ws.words.money_short(sums["paid_amount"]),
    }
    gap = ws.words.money_short(abs(sums["liability_amount"]))
    title = ws.t(f"finance.accrual.{key}", gap=gap, **values)
    who = ws.t("finance.accrual.who", scope=scope(ws))
    return table(rows, heads, title, who, words=ws.words, total=True)


def liability(ws: Workspace, desk: Desk) -> Html:
    """One row per month of the last twelve: opening + movements − paid = closing, over everybody, and what it is."""
    names = [*MOVES, *PARTS]
    found = desk.finance.liability.group_by("month_on").agg(
        pl.col(f"{name}_amount").sum().alias(name) for name in names
    )
    rows = [_taken_off(line) for line in found.sort("month_on").tail(LAST).to_dicts()]
    if not rows:
        return text(ws.t("incentives.say.nobody_paid"))
    shown = [name for name in names if name in ALWAYS or any(line[name] for line in rows)]
    heads = [Column("month_on", _t(ws, "month"), "month")]
    heads += [Column(name, _t(ws, name), "money", strong=name == "closing") for name in shown]
    last = rows[-1]
    waits, back = last["held"] + max(0, last["carried"]), -(last["advanced"] + last["owed"] + min(0, last["carried"]))
    key = "both" if waits and back else "waits" if waits else "back" if back else "none"
    title = ws.t(f"finance.liability.{key}", waits=ws.words.money_short(waits), back=ws.words.money_short(back))
    rows = [{name: amount or (0 if name in ALWAYS else None) for name, amount in line.items()} for line in rows]
    return table(rows, heads, title, ws.t("finance.liability.who", scope=scope(ws)), words=ws.words)


def _taken_off(line: dict[str, Any]) -> dict[str, Any]:
    """What is taken off has its minus, so that the columns add up."""
    return {**line, **{name: -line[name] for name in ("paid", "advanced", "owed")}}


def contract_costs(ws: Workspace, desk: Desk) -> Html:
    """One row per month: capitalised costs of contracts as they moved, and the next months as they will."""
    months, schedule = ws.company.incentives.contract_months, desk.finance.schedule
    if months is None:
        return text(ws.t("finance.contracts.expensed"))
    if schedule.is_empty():
        return text(ws.t("finance.contracts.none", months=ws.words.number(months)))
    past = schedule.filter(~pl.col("is_planned")).tail(LAST)
    rows: list[dict[str, Any]] = [*past.to_dicts(), *schedule.filter("is_planned").head(AHEAD).to_dicts()]
    for line in rows:
        line["when"] = ws.words.month(line["month_on"])
        line["why"] = ws.t("finance.contracts.planned") if line["is_planned"] else None
        line["gone"], line["off"] = -line["spread_amount"], -line["written_off_amount"]
    heads = [
        Column("when", _t(ws, "month"), note="why"),
        Column("opening_amount", _t(ws, "opening"), "money"),
        Column("cost_amount", _t(ws, "capitalised"), "money"),
        Column("gone", _t(ws, "spread"), "money"),
        Column("off", _t(ws, "written_off"), "money"),
        Column("closing_amount", _t(ws, "closing"), "money", strong=True),
    ]
    now = past.row(-1, named=True)
    values = {name: ws.words.money_short(now[f"{name}_amount"]) for name in ("closing", "spread", "written_off")}
    title = ws.words.n("finance.contracts.title", _running(desk), **values)
    return table(rows, heads, title, ws.t("finance.contracts.who", months=ws.words.number(months)), words=ws.words)


def _running(desk: Desk) -> int:
    left = desk.finance.contracts.filter(pl.col("left_amount") != 0)
    return int(left["contract_id"].n_unique())


def _t(ws: Workspace, key: str) -> str:
    return str(ws.t(f"finance.head.{key}"))
