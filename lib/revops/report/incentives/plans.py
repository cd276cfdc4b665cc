"""What goes in, and which plan pays whom."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from revops.incentives.desk import Desk
from revops.incentives.reasons import rate as rate_text
from revops.incentives.scales import units
from revops.incentives.terms import Tier, text_in
from revops.money import RATE_SCALE
from revops.report.display import Html, text
from revops.report.incentives.words import scope, t
from revops.report.tables import Column, table
from revops.workspace import Workspace


def inventory(ws: Workspace, desk: Desk) -> Html:
    """One row per table that pay is computed from: rows, first and last day."""
    spans = [
        ("people", desk.people, "start_on"),
        ("quotas", ws.read("quotas"), "start_on"),
        ("person_rates", ws.read("person_rates"), "start_on"),
        ("credit_splits", desk.splits, None),
        ("opportunities", ws.read("opportunities"), "snapshot_on"),
    ]
    rows = [
        {
            "table": t(ws, f"inputs.{name}"),
            "rows": frame.height,
            "first": frame[day].min() if day and frame.height else None,
            "last": frame[day].max() if day and frame.height else None,
        }
        for name, frame, day in spans
    ]
    count, first, last = desk.crediting.extent
    rows.insert(0, {"table": t(ws, "inputs.movements"), "rows": count, "first": first, "last": last})
    heads = [Column("table", t(ws, "head.table")), Column("rows", t(ws, "head.rows"), "number")]
    heads += [Column("first", t(ws, "head.first"), "date"), Column("last", t(ws, "head.last"), "date")]
    return table(rows, heads, t(ws, "title.inputs"), scope(ws), words=ws.words)


def plans(ws: Workspace, desk: Desk) -> Html:
    """One row per plan: whom it pays, since when, for which credits, on which scale; how many people this month."""
    if not desk.plans:
        return text(t(ws, "no_plans"))
    counts = {plan.plan: sum(p.plan is plan for p in desk.current) for plan in desk.plans}
    rows = [
        {
            "plan": f"{plan.plan} · {text_in(plan.title, ws.language)}",
            "note": text_in(plan.note, ws.language),
            "roles": ", ".join(ws.words.name("incentives.roles", role) for role in plan.roles),
            "from": plan.effective_from,
            "credit": ", ".join(t(ws, f"rule.{part.credit}") for part in plan.components),
            "scale": ", ".join(_scale(ws, part) for part in plan.components),
            "people": counts[plan.plan],
        }
        for plan in desk.plans
    ]
    heads = [
        Column("plan", t(ws, "head.plan"), note="note"),
        Column("roles", t(ws, "head.roles")),
        Column("from", t(ws, "head.from"), "date"),
        Column("credit", t(ws, "head.credit_rule")),
        Column("scale", t(ws, "head.scale")),
        Column("people", t(ws, "head.people"), "number"),
    ]
    return table(rows, heads, _plans_title(ws, desk), scope(ws), words=ws.words)


def _scale(ws: Workspace, part: Any) -> str:
    if part.rate == "person":
        return t(ws, "scale.person")
    if part.curve is not None:
        points = [f"{ws.words.percent(float(at), 0)} = {ws.words.percent(float(share), 0)}" for at, share in part.curve]
        return t(ws, "scale.curve", points=", ".join(points))
    if part.matrix is not None:
        return t(ws, "scale.matrix", of=part.matrix.of)
    if part.tiers is None:
        return t(ws, "scale.flat", rate=rate_text(ws.words, Fraction(part.rate, RATE_SCALE)))
    return t(ws, f"scale.{part.scale}", rates=" → ".join(_tier(ws, tier) for tier in part.tiers))


def _tier(ws: Workspace, tier: Tier) -> str:
    """How a tier pays: 1.2 %, 1.5× the target, an amount."""
    if tier.rate is not None:
        return rate_text(ws.words, Fraction(tier.rate, RATE_SCALE))
    if tier.times is not None:
        return f"{ws.words.number(float(tier.times), 2).rstrip('0').rstrip('.,')}×"
    return ws.words.money_short(int(units(tier.pay or Decimal(0), ws.company.money_decimals)))


def _plans_title(ws: Workspace, desk: Desk) -> str:
    on_plan = sum(p.plan is not None for p in desk.current)
    used = len({p.plan.plan for p in desk.current if p.plan})
    return ws.words.capital(ws.words.n("incentives.title.plans", on_plan, plans=ws.words.count(used)))


def unpaid(ws: Workspace, desk: Desk) -> Html:
    """Who is with the company and on no plan, and whether that is meant so."""
    names = [f"{p.name} ({ws.words.name('incentives.roles', p.role)})" for p in desk.current if p.plan is None]
    faults = [p for p in desk.current if p.plan is None and p.problems]
    if not names:
        return text(t(ws, "say.everybody_on_a_plan"))
    key = "say.not_on_a_plan_fault" if faults else "say.not_on_a_plan"
    return text(t(ws, key, names=ws.words.join(names)))
