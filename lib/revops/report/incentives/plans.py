"""What goes in, and which plan pays whom."""

from fractions import Fraction

from revops.incentives.desk import Desk
from revops.incentives.plans import Plan
from revops.incentives.scales import rounded
from revops.incentives.terms import text_in
from revops.incentives.windows import Span, overlap
from revops.periods import add_months
from revops.report.display import Html, text
from revops.report.incentives import terms
from revops.report.incentives.words import scope, t
from revops.report.tables import Column, table
from revops.workspace import Workspace


def inventory(ws: Workspace, desk: Desk) -> Html:
    """One row per table that pay is computed from: rows, first and last day."""
    spans = [
        ("people", desk.people, "start_on"),
        ("quotas", ws.read("quotas"), "start_on"),
        ("person_rates", ws.read("person_rates"), "start_on"),
        ("absences", ws.read("absences"), "start_on"),
        ("scores", ws.read("scores"), "period_on"),
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
    """One row per plan that pays somebody: whom, since when, what stands beside its components, where it comes from."""
    if not desk.plans:
        return text(t(ws, "no_plans"))
    counts = {plan.plan: sum(p.plan is plan for p in desk.current) for plan in desk.plans}
    rows = [
        {
            "plan": f"{plan.plan} · {text_in(plan.title, ws.language)}",
            "note": text_in(plan.note, ws.language),
            "roles": ", ".join(ws.words.name("incentives.roles", role) for role in plan.roles),
            "days": _in_force(ws, plan),
            "beside": ws.words.capital(" · ".join(terms.beside(ws, plan))),
            "source": text_in(plan.source, ws.language),
            "checked": ws.t("plans.checked", day=ws.words.date(plan.checked_on)) if plan.checked_on else "",
            "people": counts[plan.plan],
        }
        for plan in _used(desk)
    ]
    heads = [
        Column("plan", t(ws, "head.plan"), note="note"),
        Column("roles", t(ws, "head.roles"), note="days"),
        Column("beside", ws.t("plans.head.beside")),
        Column("source", ws.t("plans.head.source"), note="checked"),
        Column("people", t(ws, "head.people"), "number"),
    ]
    return table(rows, heads, _plans_title(ws, desk), scope(ws), words=ws.words)


def components(ws: Workspace, desk: Desk) -> Html:
    """One row per component of the plans that pay somebody: what counts, how it pays, what limits it."""
    rows = [
        {
            "part": f"{plan.plan} · {text_in(part.name, ws.language)}",
            "note": text_in(part.note, ws.language),
            "credited": terms.credited(ws, part),
            "scale": ws.words.capital(terms.scale(ws, part, plan)),
            "limits": ws.words.capital("; ".join(terms.limits(ws, part, plan))),
        }
        for plan in _used(desk)
        for part in plan.components
    ]
    if not rows:
        return text(t(ws, "say.no_plan_pays"))
    heads = [Column("part", ws.t("plans.head.part"), note="note")]
    heads += [Column(key, ws.t(f"plans.head.{key}")) for key in ("credited", "scale", "limits")]
    title = ws.words.capital(ws.words.n("plans.title_parts", len(rows)))
    return table(rows, heads, title, ws.t("plans.who_parts"), words=ws.words)


def partial(ws: Workspace, desk: Desk) -> Html:
    """Who does not hold one plan for the whole window: active days, and quota and target as they count."""
    rows = [
        {
            "name": person.name,
            "part": f"{payout.plan} · {text_in(payout.component.name, ws.language)}",
            "days": _active(ws, desk, payout.stretch.share, payout.window),
            "counted": rounded(payout.quota) if payout.quota is not None and not payout.component.counts else None,
            "target": rounded(payout.target) or None,
        }
        for person in desk.current
        for payout in (person.payment.payouts if person.payment else person.to_date)
        if payout.stretch.share != 1
    ]
    if not rows:
        return text(ws.t("plans.partial.none"))
    heads = [
        Column("name", t(ws, "head.person")),
        Column("part", ws.t("plans.head.part")),
        Column("days", ws.t("plans.partial.days"), right=True),
        Column("counted", ws.t("plans.partial.counted"), "money"),
        Column("target", ws.t("plans.partial.target"), "money"),
    ]
    title = ws.words.capital(ws.words.n("plans.partial.title", len({row["name"] for row in rows})))
    return table(rows, heads, title, ws.t("plans.partial.who"), words=ws.words)


def _active(ws: Workspace, desk: Desk, share: Fraction, window: Span) -> str:
    days = (window[1] - window[0]).days
    return str(ws.t("plans.partial.of", active=ws.words.number(float(share * days), 0), days=ws.words.number(days)))


def _used(desk: Desk) -> list[Plan]:
    """The plans that are in force on a day of the pay months shown."""
    end = add_months(desk.last_month, 1)
    return [
        plan for plan in desk.plans if overlap((plan.effective_from, plan.effective_to or end), (desk.window[0], end))
    ]


def _in_force(ws: Workspace, plan: Plan) -> str:
    start, end = ws.words.date(plan.effective_from), ws.words.date(plan.effective_to)
    return str(ws.t("plans.in_force_until", start=start, end=end) if end else ws.t("plans.in_force", start=start))


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
