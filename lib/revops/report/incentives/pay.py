"""How credits become pay: one person slice by slice, and what everybody is paid."""

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.earnings import Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.reasons import rate as rate_text
from revops.incentives.scales import Slice, Step, allocate
from revops.money import RATE_SCALE
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.incentives.words import name_of, pay_scope, t
from revops.report.statement import file_of as statement_file
from revops.report.tables import Column, table
from revops.workspace import Workspace


def example(desk: Desk) -> tuple[PersonMonth, Payout] | None:
    """The payout whose arithmetic is shown: cut into most slices of money, the larger credit of equals."""
    able = [(person, payout) for person in desk.paid if person.payment for payout in person.payment.payouts]
    money = [(person, payout) for person, payout in able if payout.component.scale and not payout.component.counts]
    return max(money, key=lambda pair: (len(_slices(pair[1])), pair[1].credit), default=None)


def _slices(payout: Payout) -> list[Slice]:
    """The window's credits so far, cut by the steps of the scale."""
    return payout.scale.slices(payout.start + payout.credit)


def arithmetic(ws: Workspace, desk: Desk) -> Html:
    """One payout slice by slice: credit × rate, less what the window paid before; every step after it; what is paid."""
    found = example(desk)
    if found is None:
        return text(t(ws, "say.no_tiers"))
    person, payout = found
    slices, before = _slices(payout), payout.stages[0].before
    exact = [part.commission for part in slices] + ([-before] if before else [])
    amounts = allocate(exact, payout.step, payout.rounded)
    rows: list[dict[str, Any]] = [
        {
            "what": _slice_name(ws, part.step, payout),
            "credit": int(part.credit),
            "rate": rate_text(ws.words, part.step.rate),
            "pay": pay,
        }
        for part, pay in zip(slices, amounts, strict=False)
    ]
    rows += [{"what": str(ws.t("plans.stages.paid_before")), "pay": amounts[-1]}] if before else []
    rows += [
        {"what": str(ws.t(f"plans.stages.{key}")), "pay": amount}
        for key, amount in steps_after(payout).items()
        if amount
    ]
    others = sum(p.pay for p in person.payment.payouts if p is not payout) if person.payment else 0
    beside = sum(extra.amount for extra in person.payment.extras) if person.payment else 0
    settled = sum(item.amount for item in person.payment.items) if person.payment else 0
    for key, amount in (("others", others), ("beside", beside), ("settled", settled)):
        rows += [{"what": str(ws.t(f"plans.stages.{key}")), "pay": amount}] if amount else []
    rows.append({"what": t(ws, "head.paid"), "pay": person.paid})
    heads = [
        Column("what", t(ws, "head.slice")),
        Column("credit", t(ws, "head.credit"), "money"),
        Column("rate", t(ws, "head.rate"), right=True),
        Column("pay", t(ws, "head.commission"), "money"),
    ]
    reached = ws.words.percent(float(payout.attained) if payout.attained is not None else None)
    title = t(ws, "title.arithmetic", name=person.name, paid=ws.words.money(person.paid))
    return table(rows, heads, title, t(ws, "who.arithmetic", share=reached), words=ws.words, total=True)


def steps_after(payout: Payout) -> dict[str, int]:
    """What each step after the scale adds, rounded so that they lead from the scale to what is paid."""
    totals = [stage.rounded(payout.step) for stage in payout.stages]
    return {
        stage.key: after - before for stage, (before, after) in zip(payout.stages[1:], pairwise(totals), strict=True)
    }


def _slice_name(ws: Workspace, step: Step, payout: Payout) -> str:
    words = ws.words

    def bound(amount: Fraction) -> str:
        if payout.quota and payout.component.needs_quota:
            return words.percent(float(amount / payout.quota), 0)
        return words.money_short(int(amount))

    if step.end is None and step.start == 0:
        return t(ws, "slice.all")
    if payout.component.scale == "whole":
        return t(ws, "slice.whole", start=bound(step.start))
    return (
        t(ws, "slice.open", start=bound(step.start))
        if step.end is None
        else t(ws, "slice.between", start=bound(step.start), end=bound(step.end))
    )


def ladder(ws: Workspace, desk: Desk) -> Figure | Html:
    """The same payout's tiers as steps: the area is money."""
    found = example(desk)
    if found is None:
        return text(t(ws, "say.no_tiers"))
    person, payout = found
    steps = [
        {
            "from_amount": int(s.start),
            "to_amount": None if s.end is None else int(s.end),
            "rate": int(s.rate * RATE_SCALE),
        }
        for s in payout.scale.steps
    ]
    drawing = charts.tier_ladder(
        steps,
        ws.words,
        credited=max(0, int(payout.start + payout.credit)),
        attainment=None if payout.attained is None else float(payout.attained),
        whole=payout.scale.is_whole,
    )
    return figure(drawing, t(ws, "title.ladder"), t(ws, f"who.ladder_{payout.component.shape}", name=person.name))


def pay_and_ladder(ws: Workspace, desk: Desk) -> Row | Html:
    """The arithmetic beside its picture; no picture where nobody is paid by tiers."""
    one = arithmetic(ws, desk)
    return row(one, ladder(ws, desk), widths=(5, 6)) if example(desk) else one


def payments(ws: Workspace, desk: Desk) -> Html:
    """One row per person on a plan: credit, quota, attainment, commission, what was carried, what is paid."""
    spans = _spans(ws, desk)
    rows = [
        {
            **line,
            "what": " · ".join(filter(None, (line["plan"], _place(ws, line), spans.get(line["person_id"])))),
            "statement": statement_file(line["person_id"]) if ws.period.kind == "month" else None,
            "extra_amount": line["extra_amount"] or None,
            "between": _between(line),
            "why": t(ws, "stopped") if line["fault"] else None,
        }
        for line in desk.pay_statements.filter(pl.col("month_on") == desk.last_month)
        .sort("plan", "person_id")
        .to_dicts()
    ]
    if not rows:
        return text(t(ws, "say.no_plan_pays"))
    sums = ("commission_amount", "extra_amount", "between", "paid_amount")
    total = {key: sum(r[key] or 0 for r in rows) for key in sums}
    rows.append({"name": t(ws, "statement.total"), "why": None, **total})
    heads = [
        Column("name", t(ws, "head.person"), link="statement"),
        Column("what", t(ws, "head.plan")),
        Column("credit_amount", t(ws, "head.credit"), "money"),
        Column("quota_amount", t(ws, "head.quota"), "money"),
        Column("attainment", t(ws, "head.attained"), "heat", digits=1),
        Column("commission_amount", t(ws, "head.commission"), "money"),
        Column("extra_amount", str(ws.t("plans.stages.beside_short")), "money", signed=True, better="none"),
        Column("between", str(ws.t("plans.stages.settled_short")), "money", signed=True, better="none"),
        Column("paid_amount", t(ws, "head.paid"), "money", strong=True, note="why"),
    ]
    count = sum(p.paid is not None for p in desk.current)
    title = ws.words.n("incentives.title.payments", count, amount=ws.words.money(total["paid_amount"]))
    return table(rows, heads, ws.words.capital(title), pay_scope(ws, desk), words=ws.words, total=True)


def _spans(ws: Workspace, desk: Desk) -> dict[str, str]:
    """By person, the months that the attainment runs over where they are several: 'Oct–Dec'."""
    found = {}
    for line in desk.pay_summary.filter(pl.col("month_on") == desk.last_month, pl.col("part") == 0).to_dicts():
        first, last = line["window_from"], line["window_until"] - timedelta(days=1)
        if (first.year, first.month) != (last.year, last.month):
            found[line["person_id"]] = f"{ws.words.month_short(first)}–{ws.words.month_short(last)}"
    return found


def _place(ws: Workspace, line: dict[str, Any]) -> str:
    """Where somebody sells: the region, or the channel; nothing for who has neither."""
    place = line["region"] or line["channel"]
    return name_of(ws, place) if place else ""


def _between(line: dict[str, Any]) -> int | None:
    """What stands between earned and paid; None where nothing does or the payment is stopped."""
    if line["paid_amount"] is None:
        return None
    return line["paid_amount"] - (line["commission_amount"] or 0) - (line["extra_amount"] or 0) or None
