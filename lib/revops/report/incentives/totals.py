"""What is paid in sum: by plan and what it pays for, and by team; both sum to the ledger of payment lines."""

from html import escape
from typing import Any

import polars as pl

from revops.incentives import explain
from revops.incentives.desk import Desk
from revops.report.display import Html, Row, row, text
from revops.report.incentives.pay import example
from revops.report.incentives.words import pay_scope, t
from revops.report.tables import Column, table
from revops.workspace import Workspace

KEY = ["person_id", "month_on"]


def totals(ws: Workspace, desk: Desk) -> Row | Html:
    """By plan and component on the left, by team on the right."""
    lines = desk.pay_lines.filter(pl.col("month_on") == desk.last_month)
    if lines.is_empty():
        return text(t(ws, "say.nobody_paid"))
    return row(_by_component(ws, desk, lines), _by_team(ws, desk, lines), widths=(3, 2))


def _by_component(ws: Workspace, desk: Desk, lines: pl.DataFrame) -> Html:
    """One row per plan and component, or kind of line beside: people and pay; plans in order of what they pay."""
    name = f"name_{ws.language}"
    parts = desk.pay_summary.select(*KEY, "part", "plan", part_name=name)
    plans = desk.pay_statements.select(*KEY, paid_by="plan")
    named = lines.join(parts, on=[*KEY, "part"], how="left", validate="m:1").join(plans, on=KEY, how="left")
    kinds = {kind: ws.t(f"pay.name.{kind}") for kind in named["kind"].unique()}
    told = named.with_columns(
        plan=pl.coalesce("plan", "paid_by").fill_null(""),
        what=pl.coalesce("part_name", name, pl.col("kind").replace_strict(kinds, return_dtype=pl.String)),
    )
    sums = told.group_by("plan", "what").agg(pl.col("person_id").n_unique().alias("people"), pl.col("pay_amount").sum())
    of_plan = pl.col("pay_amount").sum().over("plan")
    order = [of_plan, pl.col("plan"), pl.col("pay_amount"), pl.col("what")]
    rows: list[dict[str, Any]] = sums.sort(order, descending=[True, False, True, False]).to_dicts()
    rows.append({"plan": t(ws, "statement.total"), "pay_amount": int(lines["pay_amount"].sum())})
    heads = [
        Column("plan", t(ws, "head.plan")),
        Column("what", t(ws, "head.what")),
        Column("people", t(ws, "head.people"), "number"),
        Column("pay_amount", t(ws, "head.paid"), "money"),
    ]
    return table(rows, heads, t(ws, "title.by_component"), pay_scope(ws, desk), words=ws.words, total=True)


def _by_team(ws: Workspace, desk: Desk, lines: pl.DataFrame) -> Html:
    """One row per team: people and pay."""
    teams = desk.pay_statements.select(*KEY, "team")
    sums = lines.join(teams, on=KEY, how="left", validate="m:1").group_by("team")
    rows: list[dict[str, Any]] = (
        sums.agg(pl.col("person_id").n_unique().alias("people"), pl.col("pay_amount").sum())
        .sort("pay_amount", "team", descending=[True, False])
        .to_dicts()
    )
    rows.append({"team": t(ws, "statement.total"), "pay_amount": int(lines["pay_amount"].sum())})
    heads = [
        Column("team", t(ws, "head.team")),
        Column("people", t(ws, "head.people"), "number"),
        Column("pay_amount", t(ws, "head.paid"), "money"),
    ]
    return table(rows, heads, t(ws, "title.by_team"), t(ws, "who.by_team"), words=ws.words, total=True)


def explained(ws: Workspace, desk: Desk) -> Html:
    """The largest line, if possible of the person whose arithmetic is shown, walked back; reads the saved tables."""
    found, lines = example(desk), desk.pay_lines.filter(month_on=desk.last_month)
    if lines.is_empty():
        return text(t(ws, "say.nobody_paid"))
    own = pl.col("person_id") == (found[0].person_id if found else "")
    line = lines.sort(own, "pay_amount", "line_no", descending=[True, True, False])["line"][0]
    walk = str(explain(ws, line))
    title, _, rest = walk.partition("\n\n")
    head = f"<h3 class='msg'>{escape(title)}</h3>"
    return Html(f'{head}<div class="scroll" tabindex="0"><pre>{escape(rest)}</pre></div>', walk)
