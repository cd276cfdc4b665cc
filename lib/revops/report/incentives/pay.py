"""How credits become pay: one person slice by slice, and what everybody is paid."""

from fractions import Fraction
from html import escape
from typing import Any

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.payouts import PersonMonth
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.incentives.words import name_of, pay_scope, t
from revops.report.statement import file_of as statement_file
from revops.report.tables import Column, table
from revops.workspace import Workspace


def example(desk: Desk) -> PersonMonth | None:
    """The person whose arithmetic is shown: the one whose pay is cut into most slices, the larger credit of equals."""
    able = [(p, p.payment.payouts[0]) for p in desk.paid if p.payment and p.payment.payouts]
    found = max(able, key=lambda pair: (len(pair[1].scale.slices(pair[1].credit)), pair[1].credit), default=None)
    return found and found[0]


def arithmetic(ws: Workspace, desk: Desk) -> Html:
    """One person's month slice by slice: credit × rate = commission, then the cap, then what is paid."""
    person = example(desk)
    if person is None or person.payment is None:
        return text(t(ws, "say.nobody_paid"))
    rows: list[dict[str, Any]] = []
    for payout in person.payment.payouts:
        for part in payout.scale.slices(payout.credit):
            rows.append(
                {
                    "what": _slice_name(ws, part.step, person),
                    "credit": int(part.credit),
                    "rate": float(part.step.rate),
                    "pay": int(part.commission),
                }
            )
        if payout.cut_by_cap:
            rows.append({"what": t(ws, "statement.cap"), "credit": None, "rate": None, "pay": payout.cut_by_cap})
    if person.payment.carried_in:
        rows.append(
            {"what": t(ws, "statement.carried_in"), "credit": None, "rate": None, "pay": person.payment.carried_in}
        )
    rows.append({"what": t(ws, "head.paid"), "credit": None, "rate": None, "pay": person.paid})
    heads = [
        Column("what", t(ws, "head.slice")),
        Column("credit", t(ws, "head.credit"), "money"),
        Column("rate", t(ws, "head.rate"), "percent", digits=2),
        Column("pay", t(ws, "head.commission"), "money"),
    ]
    reached = ws.words.percent(float(person.attainment) if person.attainment is not None else None)
    title = t(ws, "title.arithmetic", name=person.name, paid=ws.words.money(person.paid))
    return table(rows, heads, title, t(ws, "who.arithmetic", share=reached), words=ws.words, total=True)


def _slice_name(ws: Workspace, step: Any, person: PersonMonth) -> str:
    words, quota = ws.words, person.quota.amount if person.quota else None
    part = person.plan.components[0] if person.plan else None

    def bound(amount: Fraction) -> str:
        if quota and part and part.needs_quota:
            return words.percent(float(amount / quota), 0)
        return words.money_short(int(amount))

    if step.end is None and step.start == 0:
        return t(ws, "slice.all")
    if part and part.scale == "whole":
        return t(ws, "slice.whole", start=bound(step.start))
    return (
        t(ws, "slice.open", start=bound(step.start))
        if step.end is None
        else t(ws, "slice.between", start=bound(step.start), end=bound(step.end))
    )


def ladder(ws: Workspace, desk: Desk) -> Figure | Html:
    """The same person's tiers as steps: the area is money."""
    person = example(desk)
    if person is None or person.payment is None:
        return text(t(ws, "say.nobody_paid"))
    payout = person.payment.payouts[0]
    steps = [
        {"from_amount": int(s.start), "to_amount": None if s.end is None else int(s.end), "rate": float(s.rate)}
        for s in payout.scale.steps
    ]
    drawing = charts.tier_ladder(
        steps,
        ws.words,
        credited=max(0, int(payout.credit)),
        attainment=None if person.attainment is None else float(person.attainment),
        whole=payout.scale.is_whole,
    )
    return figure(drawing, t(ws, "title.ladder"), t(ws, f"who.ladder_{payout.component.shape}", name=person.name))


def pay_and_ladder(ws: Workspace, desk: Desk) -> Row | Html:
    """The arithmetic beside its picture."""
    one, other = arithmetic(ws, desk), ladder(ws, desk)
    return row(one, other, widths=(5, 6))


def payments(ws: Workspace, desk: Desk) -> Html:
    """One row per person on a plan: credit, quota, attainment, commission, what was carried, what is paid."""
    rows = [
        {
            **line,
            "what": f"{line['plan'] or ''} · {name_of(ws, line['region'] or line['channel'])}",
            "carried": (line["carried_in_amount"] or 0) - (line["carried_out_amount"] or 0) or None,
            "why": t(ws, "stopped") if line["fault"] else None,
        }
        for line in desk.pay_statements.filter(pl.col("month_on") == desk.last_month)
        .sort("plan", "person_id")
        .to_dicts()
    ]
    if not rows:
        return text(t(ws, "say.no_plan_pays"))
    total = {key: sum(r[key] or 0 for r in rows) for key in ("commission_amount", "paid_amount")}
    rows.append({"name": t(ws, "statement.total"), "why": None, "carried": None, **total})
    heads = [
        Column("name", t(ws, "head.person")),
        Column("what", t(ws, "head.plan")),
        Column("credit_amount", t(ws, "head.credit"), "money"),
        Column("quota_amount", t(ws, "head.quota"), "money"),
        Column("attainment", t(ws, "head.attained"), "heat", digits=1),
        Column("commission_amount", t(ws, "head.commission"), "money"),
        Column("carried", t(ws, "head.carried"), "money", signed=True),
        Column("paid_amount", t(ws, "head.paid"), "money", strong=True, note="why"),
    ]
    count = sum(p.paid is not None for p in desk.current)
    title = ws.words.n("incentives.title.payments", count, amount=ws.words.money(total["paid_amount"]))
    shown = table(rows, heads, ws.words.capital(title), pay_scope(ws, desk), words=ws.words, total=True)
    return Html(shown.html + _statement_links(ws, rows[:-1]), shown.plain, shown.role)


def _statement_links(ws: Workspace, rows: list[dict[str, Any]]) -> str:
    """Each person's statement, as a run writes it beside the restricted page; none where the period is no pay month."""
    if ws.period.kind != "month":
        return ""
    links = " · ".join(
        f"<a href='{escape(statement_file(line['person_id']))}'>{escape(line['name'])}</a>" for line in rows
    )
    return f"<p class='say'>{escape(t(ws, 'say.statements'))} {links}</p>"
