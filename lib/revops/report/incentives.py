"""What 04_incentives shows: the desk as sentences, tables and charts, and the notes for the index."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Any

import polars as pl

from revops.incentives import simulation
from revops.incentives.desk import Desk
from revops.incentives.gamification import flagged
from revops.incentives.payouts import PersonMonth
from revops.incentives.scales import units
from revops.incentives.terms import Tier, text_in
from revops.money import RATE_SCALE
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.leaderboard import LEVEL
from revops.report.leaderboard import headline as league_headline
from revops.report.statement import file_of as statement_file
from revops.report.statement_marks import rate_text
from revops.report.tables import Column, table
from revops.workspace import Workspace

RULES = {"direct": 0, "split": 1, "channel": 2, "rollup": 3}


def _t(ws: Workspace, key: str, **values: Any) -> str:
    return str(ws.t(f"incentives.{key}", **values))


def name_of(ws: Workspace, value: str | None) -> str:
    """A product group, channel or region in the report's language."""
    return ws.words.capital(ws.words.name("kpis.names", value)) if value else str(ws.t("common.nothing"))


# what goes in


def inventory(ws: Workspace, desk: Desk) -> Html:
    """One row per table that pay is computed from: rows, first and last day."""
    spans = [
        ("movements", desk.movements, "moved_on"),
        ("people", desk.people, "start_on"),
        ("quotas", ws.read("quotas"), "start_on"),
        ("person_rates", ws.read("person_rates"), "start_on"),
        ("credit_splits", desk.splits, None),
        ("opportunities", ws.read("opportunities"), "snapshot_on"),
    ]
    rows = [
        {
            "table": _t(ws, f"inputs.{name}"),
            "rows": frame.height,
            "first": frame[day].min() if day and frame.height else None,
            "last": frame[day].max() if day and frame.height else None,
        }
        for name, frame, day in spans
    ]
    heads = [Column("table", _t(ws, "head.table")), Column("rows", _t(ws, "head.rows"), "number")]
    heads += [Column("first", _t(ws, "head.first"), "date"), Column("last", _t(ws, "head.last"), "date")]
    return table(rows, heads, _t(ws, "title.inputs"), _scope(ws), words=ws.words)


def _scope(ws: Workspace) -> str:
    return f"{ws.words.capital(ws.words.period(ws.period))} · {_t(ws, 'as_of', day=ws.words.date(ws.as_of))}"


# plans


def plans(ws: Workspace, desk: Desk) -> Html:
    """One row per plan: whom it pays, since when, for which credits, on which scale; how many people this month."""
    if not desk.plans:
        return text(_t(ws, "no_plans"))
    counts = {plan.plan: sum(p.plan is plan for p in desk.current) for plan in desk.plans}
    rows = [
        {
            "plan": f"{plan.plan} · {text_in(plan.title, ws.language)}",
            "note": text_in(plan.note, ws.language),
            "roles": ", ".join(ws.words.name("incentives.roles", role) for role in plan.roles),
            "from": plan.effective_from,
            "credit": ", ".join(_t(ws, f"rule.{part.credit}") for part in plan.components),
            "scale": ", ".join(_scale(ws, part) for part in plan.components),
            "people": counts[plan.plan],
        }
        for plan in desk.plans
    ]
    heads = [
        Column("plan", _t(ws, "head.plan"), note="note"),
        Column("roles", _t(ws, "head.roles")),
        Column("from", _t(ws, "head.from"), "date"),
        Column("credit", _t(ws, "head.credit_rule")),
        Column("scale", _t(ws, "head.scale")),
        Column("people", _t(ws, "head.people"), "number"),
    ]
    return table(rows, heads, _plans_title(ws, desk), _scope(ws), words=ws.words)


def _scale(ws: Workspace, part: Any) -> str:
    if part.rate == "person":
        return _t(ws, "scale.person")
    if part.tiers is None:
        return _t(ws, "scale.flat", rate=rate_text(ws.words, Fraction(part.rate, RATE_SCALE)))
    if part.curve is not None:
        points = [f"{ws.words.percent(float(at), 0)} = {ws.words.percent(float(share), 0)}" for at, share in part.curve]
        return _t(ws, "scale.curve", points=", ".join(points))
    return _t(ws, f"scale.{part.scale}", rates=" → ".join(_tier(ws, tier) for tier in part.tiers))


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
        return text(_t(ws, "say.everybody_on_a_plan"))
    key = "say.not_on_a_plan_fault" if faults else "say.not_on_a_plan"
    return text(_t(ws, key, names=ws.words.join(names)))


# credits


def one_order(ws: Workspace, desk: Desk) -> Html:
    """One order explained: each credit of it by rule and person; a split one where the period has one."""
    credits = desk.now_credits
    if credits.is_empty():
        return text(_t(ws, "say.no_credits"))
    split = credits.filter((pl.col("rule") == "split") & (pl.col("kind") == "sale")).sort("net_amount", "order_id")
    rules = credits.group_by("order_id").agg(pl.col("rule").n_unique().alias("n"), pl.col("net_amount").max())
    order = split["order_id"][-1] if split.height else rules.sort("n", "net_amount", "order_id")["order_id"][-1]
    mine = credits.filter(pl.col("order_id") == order)
    names = {p.person_id: p.name for p in desk.months}
    order_of_rules = pl.col("rule").replace_strict(RULES, return_dtype=pl.Int64)
    rows = [
        {
            "line": line["line_id"] or line["movement_id"],
            "group": name_of(ws, line["product_group"]),
            "person": names.get(line["person_id"], line["person_id"]),
            "rule": _t(ws, f"rule.{line['rule']}"),
            "amount": line["net_amount"],
            "share": line["share"] / RATE_SCALE,
            "credit": line["credit_amount"],
        }
        for line in mine.sort("line_id", "movement_id", order_of_rules, "person_id").to_dicts()
    ][:18]
    heads = [
        Column("line", _t(ws, "head.line")),
        Column("group", _t(ws, "head.product_group")),
        Column("person", _t(ws, "head.person")),
        Column("rule", _t(ws, "head.rule")),
        Column("amount", _t(ws, "head.line_amount"), "money"),
        Column("share", _t(ws, "head.share"), "percent", digits=0),
        Column("credit", _t(ws, "head.credit"), "money"),
    ]
    first = mine.row(0, named=True)
    where = _t(ws, "who.lineage", source=first["source"], file=first["file"], row=ws.words.number(first["row"]))
    return table(rows, heads, _t(ws, "title.one_order", order=order), where, words=ws.words)


def credited(ws: Workspace, desk: Desk) -> Html:
    """Revenue = what is credited directly + what stayed uncredited, by reason; channel and roll-up stand beside."""
    credits, moved = desk.now_credits, desk.now_movements
    sums = dict(credits.group_by("rule").agg(pl.col("credit_amount").sum()).rows())
    counts = dict(credits.group_by("rule").agg(pl.len()).rows())
    left = desk.uncredited.group_by("reason", "channel").agg(pl.len().alias("n"), pl.col("net_amount").sum())
    rows = [
        {"what": _t(ws, f"rule.{rule}"), "n": counts[rule], "amount": sums[rule]}
        for rule in ("direct", "split")
        if rule in sums
    ]
    rows += [
        {
            "what": _t(ws, f"reason.{r['reason']}", channel=name_of(ws, r["channel"])),
            "n": r["n"],
            "amount": r["net_amount"],
        }
        for r in left.sort("reason", "channel").to_dicts()
    ]
    rows.append({"what": _t(ws, "head.revenue"), "n": moved.height, "amount": int(moved["net_amount"].sum())})
    heads = [
        Column("what", _t(ws, "head.what")),
        Column("n", _t(ws, "head.rows"), "number"),
        Column("amount", _t(ws, "head.amount"), "money"),
    ]
    total = int(moved["net_amount"].sum())
    own = sum(sums.get(rule, 0) for rule in ("direct", "split"))
    title = _t(ws, "title.credited", share=ws.words.percent(own / total if total else None))
    beside = sum(sums.get(rule, 0) for rule in ("channel", "rollup"))
    who = _t(ws, "who.credited", multiple=ws.words.number((own + beside) / total if total else None, 2))
    return table(rows, heads, title, who, words=ws.words, total=True)


# pay


def example(desk: Desk) -> PersonMonth | None:
    """The person whose arithmetic is shown: the one whose pay is cut into most slices, the larger credit of equals."""
    able = [(p, p.payment.payouts[0]) for p in desk.paid if p.payment and p.payment.payouts]
    found = max(able, key=lambda pair: (len(pair[1].scale.slices(pair[1].credit)), pair[1].credit), default=None)
    return found and found[0]


def arithmetic(ws: Workspace, desk: Desk) -> Html:
    """One person's month slice by slice: credit × rate = commission, then the cap, then what is paid."""
    person = example(desk)
    if person is None or person.payment is None:
        return text(_t(ws, "say.nobody_paid"))
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
            rows.append({"what": _t(ws, "statement.cap"), "credit": None, "rate": None, "pay": payout.cut_by_cap})
    if person.payment.carried_in:
        rows.append(
            {"what": _t(ws, "statement.carried_in"), "credit": None, "rate": None, "pay": person.payment.carried_in}
        )
    rows.append({"what": _t(ws, "head.paid"), "credit": None, "rate": None, "pay": person.paid})
    heads = [
        Column("what", _t(ws, "head.slice")),
        Column("credit", _t(ws, "head.credit"), "money"),
        Column("rate", _t(ws, "head.rate"), "percent", digits=2),
        Column("pay", _t(ws, "head.commission"), "money"),
    ]
    reached = ws.words.percent(float(person.attainment) if person.attainment is not None else None)
    title = _t(ws, "title.arithmetic", name=person.name, paid=ws.words.money(person.paid))
    return table(rows, heads, title, _t(ws, "who.arithmetic", share=reached), words=ws.words, total=True)


def _slice_name(ws: Workspace, step: Any, person: PersonMonth) -> str:
    words, quota = ws.words, person.quota.amount if person.quota else None
    part = person.plan.components[0] if person.plan else None

    def bound(amount: Fraction) -> str:
        if quota and part and part.needs_quota:
            return words.percent(float(amount / quota), 0)
        return words.money_short(int(amount))

    if step.end is None and step.start == 0:
        return _t(ws, "slice.all")
    if part and part.scale == "whole":
        return _t(ws, "slice.whole", start=bound(step.start))
    return (
        _t(ws, "slice.open", start=bound(step.start))
        if step.end is None
        else _t(ws, "slice.between", start=bound(step.start), end=bound(step.end))
    )


def ladder(ws: Workspace, desk: Desk) -> Figure | Html:
    """The same person's tiers as steps: the area is money."""
    person = example(desk)
    if person is None or person.payment is None:
        return text(_t(ws, "say.nobody_paid"))
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
    return figure(drawing, _t(ws, "title.ladder"), _t(ws, f"who.ladder_{payout.component.shape}", name=person.name))


def payments(ws: Workspace, desk: Desk) -> Html:
    """One row per person on a plan: credit, quota, attainment, commission, what was carried, what is paid."""
    rows = [
        {
            **line,
            "what": f"{line['plan'] or ''} · {name_of(ws, line['region'] or line['channel'])}",
            "carried": (line["carried_in_amount"] or 0) - (line["carried_out_amount"] or 0) or None,
            "why": _t(ws, "stopped") if line["fault"] else None,
        }
        for line in desk.pay_statements.filter(pl.col("month_on") == desk.last_month)
        .sort("plan", "person_id")
        .to_dicts()
    ]
    if not rows:
        return text(_t(ws, "say.no_plan_pays"))
    total = {key: sum(r[key] or 0 for r in rows) for key in ("commission_amount", "paid_amount")}
    rows.append({"name": _t(ws, "statement.total"), "why": None, "carried": None, **total})
    heads = [
        Column("name", _t(ws, "head.person")),
        Column("what", _t(ws, "head.plan")),
        Column("credit_amount", _t(ws, "head.credit"), "money"),
        Column("quota_amount", _t(ws, "head.quota"), "money"),
        Column("attainment", _t(ws, "head.attained"), "heat", digits=1),
        Column("commission_amount", _t(ws, "head.commission"), "money"),
        Column("carried", _t(ws, "head.carried"), "money", signed=True),
        Column("paid_amount", _t(ws, "head.paid"), "money", strong=True, note="why"),
    ]
    count = sum(p.paid is not None for p in desk.current)
    title = ws.words.n("incentives.title.payments", count, amount=ws.words.money(total["paid_amount"]))
    shown = table(rows, heads, ws.words.capital(title), _pay_scope(ws, desk), words=ws.words, total=True)
    return Html(shown.html + _statement_links(ws, rows[:-1]), shown.plain, shown.role)


def _statement_links(ws: Workspace, rows: list[dict[str, Any]]) -> str:
    """Each person's statement, as a run writes it beside the restricted page; none where the period is no pay month."""
    if ws.period.kind != "month":
        return ""
    links = " · ".join(
        f"<a href='{escape(statement_file(line['person_id']))}'>{escape(line['name'])}</a>" for line in rows
    )
    return f"<p class='say'>{escape(_t(ws, 'say.statements'))} {links}</p>"


def _pay_scope(ws: Workspace, desk: Desk) -> str:
    key = "who.payments" if desk.is_payable else "who.to_date"
    return _t(ws, key, month=ws.words.month(desk.last_month), day=ws.words.date(desk.until - timedelta(days=1)))


# what is wrong, what is unusual


def faults(ws: Workspace, desk: Desk) -> Html:
    """Every fault that stops a payment, for this page and the top of the index."""
    found = desk.faults
    for problem in found:
        ws.fault(problem)
    if not found:
        return text(_t(ws, "say.no_faults"))
    heads = [Column(key, str(ws.t(f"common.index.faults.{key}"))) for key in ("where", "found", "expected")]
    heads.append(Column("next_step", str(ws.t("common.index.faults.next"))))
    title = ws.words.capital(ws.words.n("incentives.title.faults", len(found)))
    return table([problem.as_dict() for problem in found], heads, title, _scope(ws), words=ws.words)


def gaming(ws: Workspace, desk: Desk) -> Html:
    """Months whose bookings bunch in the last days, end just above a tier and come back; a finding for each person."""
    people = flagged(desk.bunched)
    for person in people.to_dicts():
        ws.finding(**_gaming_finding(ws, desk, person))
    if people.is_empty():
        return text(_t(ws, "say.no_gaming"))
    mine = desk.bunched.filter(pl.col("person_id").is_in(people["person_id"].implode()))
    rows = [
        {**line, "orders": line["orders"] if line["is_proven"] else _t(ws, "say.not_known_yet")}
        for line in mine.to_dicts()
    ]
    heads = [
        Column("name", _t(ws, "head.person")),
        Column("month_on", _t(ws, "head.month"), "month"),
        Column("attainment", _t(ws, "head.attained"), "percent"),
        Column("last_amount", _t(ws, "head.last_days", days=ws.company.incentives.gaming.last_days), "money"),
        Column("last_share", _t(ws, "head.of_month"), "percent", digits=0),
        Column("returned_amount", _t(ws, "head.given_back"), "money"),
        Column("orders", _t(ws, "head.orders_back")),
    ]
    return table(rows, heads, _gaming_title(ws, people), _t(ws, "who.gaming", **_gaming_rule(ws)), words=ws.words)


def _gaming_title(ws: Workspace, people: pl.DataFrame) -> str:
    """The restricted page names the person where it is one; months are those that meet the whole rule."""
    words, months = ws.words, int(people["months"].sum())
    values = {"months": words.count(months), "returned": words.money_short(int(people["returned_amount"].sum()))}
    if people.height == 1:
        form = "one" if months == 1 else "other"
        return _t(ws, f"title.gaming_named.{form}", name=people["name"][0], **values)
    return str(words.capital(words.n("incentives.title.gaming", people.height, **values)))


def _gaming_rule(ws: Workspace) -> dict[str, str]:
    rules, words = ws.company.incentives.gaming, ws.words
    return {
        "share": words.percent(rules.minimum_share, 0),
        "days": words.count(rules.last_days),
        "above": words.number(rules.above * 100),
        "returned": words.percent(rules.returned_share, 0),
    }


def _gaming_finding(ws: Workspace, desk: Desk, person: dict[str, Any]) -> dict[str, Any]:
    """The finding for everybody's page: it names nobody and no order; the owner is the top of the hierarchy."""
    words = ws.words
    values = {
        "months": words.count(person["months"]),
        "first": words.month(person["first_on"]),
        "last": words.month(person["last_on"]),
        "amount": words.money_short(person["last_amount"]),
        "returned": words.money_short(person["returned_amount"]),
        "days": words.count(ws.company.incentives.gaming.last_days),
    }
    return {
        "amount": -person["returned_amount"],
        "basis": _t(ws, "finding.gaming.basis"),
        "title": words.n("incentives.finding.gaming.title", person["months"], **values),
        "why": _t(ws, "finding.gaming.why", **values),
        "action": _t(ws, "finding.gaming.action", **values),
        "owner": _owner(desk, person["person_id"]),
        "due_on": ws.as_of + timedelta(days=10),
        "href": "",
        "is_good": False,
    }


def _owner(desk: Desk, person_id: str) -> str:
    """The top of the hierarchy; nobody where the person has no manager, for that would name the person."""
    top = desk.top_of(person_id)
    names = {p.person_id: p.name for p in desk.months}
    return names.get(top, top) if top else ""


# what if


def what_if(ws: Workspace, desk: Desk, rates: float = 0.0, sales: float = 0.0) -> Html:
    """Cost by plan as it is and with moved rates and sales, commission after caps, before debts."""
    frame = simulation.cost(desk.current, **desk.scales, rates=rates, sales=sales)
    titles = {plan.plan: text_in(plan.title, ws.language) for plan in desk.plans}
    rows = [{**line, "name": f"{line['plan']} · {titles[line['plan']]}"} for line in frame.to_dicts()]
    keys = ("people", "credit_amount", "now_amount", "then_amount", "difference")
    rows.append({"name": _t(ws, "statement.total"), **{key: sum(r[key] for r in rows) for key in keys}})
    total = rows[-1]
    for line in rows:
        line["share"] = line["then_amount"] / line["credit_amount"] / (1 + sales) if line["credit_amount"] > 0 else None
    total["credit_amount"] = total["share"] = None
    heads = [
        Column("name", _t(ws, "head.plan")),
        Column("people", _t(ws, "head.people"), "number"),
        Column("now_amount", _t(ws, "head.cost_now"), "money"),
        Column("then_amount", _t(ws, "head.cost_then"), "money"),
        Column("difference", _t(ws, "head.difference"), "money", signed=True, better="none"),
        Column("share", _t(ws, "head.cost_share"), "percent", digits=2),
    ]
    values = {"rates": ws.words.signed_percent(rates), "sales": ws.words.signed_percent(sales)}
    change = ws.words.signed_money(total["difference"])
    return table(
        rows, heads, _t(ws, "title.what_if", change=change, **values), _t(ws, "who.what_if"), words=ws.words, total=True
    )


def both_scales(ws: Workspace, desk: Desk) -> Html:
    """Everybody's month as it is, and on a marginal and on a whole scale of the same tiers."""
    frame = simulation.side_by_side(desk.current, **desk.scales)
    if frame.is_empty():
        return text(_t(ws, "say.no_tiers"))
    rows = [{**line, "own": _t(ws, f"kind.{line['scale']}")} for line in frame.to_dicts()]
    sums = {
        key: sum(line[key] for line in rows) for key in ("now_amount", "marginal_amount", "whole_amount", "difference")
    }
    rows.append({"name": _t(ws, "statement.total"), **sums})
    heads = [
        Column("name", _t(ws, "head.person")),
        Column("plan", _t(ws, "head.plan")),
        Column("own", _t(ws, "head.own_scale")),
        Column("attainment", _t(ws, "head.attained"), "percent"),
        Column("now_amount", _t(ws, "head.cost_now"), "money"),
        Column("marginal_amount", _t(ws, "head.all_marginal"), "money"),
        Column("whole_amount", _t(ws, "head.all_whole"), "money"),
        Column("difference", _t(ws, "head.whole_less"), "money", signed=True, better="none"),
    ]
    money = {"cost": ws.words.money(sums["whole_amount"]), "now": ws.words.money(sums["now_amount"])}
    title = _t(ws, "title.both_scales", change=ws.words.signed_money(sums["difference"]), **money)
    return table(rows, heads, title, _t(ws, "who.both_scales"), words=ws.words, total=True)


def cliff(ws: Workspace, desk: Desk) -> Figure | Html:
    """Pay by attainment under both kinds of scale, for the tiers of a plan on a whole scale (else of any plan)."""
    able = [(p.plan, p.quota) for p in desk.paid if p.plan and p.plan.components[0].needs_quota and p.quota]
    if not able:
        return text(_t(ws, "say.no_tiers"))
    plan, held = max(able, key=lambda pair: (pair[0].components[0].scale == "whole", pair[1].amount, pair[0].plan))
    part, quota = plan.components[0], held.amount
    shares = sorted(
        {n / 100 for n in range(50, 141, 5)} | {float(t.start) - 0.0001 for t in part.tiers or [] if t.start > 0}
    )
    points = simulation.curve(part, quota, desk.book.money_decimals, [s for s in shares if s >= 0.5])
    import altair as alt

    power, unit = ws.words.unit(max(whole for _, _, whole in points))
    names = {"marginal": _t(ws, "kind.marginal"), "whole": _t(ws, "kind.whole")}
    rows = [
        {"share": round(share * 100, 2), "kind": names[kind], "pay": ws.words.in_unit(amount, power)}
        for share, marginal, whole in points
        for kind, amount in (("marginal", marginal), ("whole", whole))
    ]
    ends = rows[-2:]
    ticks = alt.Axis(values=list(range(50, 141, 10)))
    x = alt.X(
        "share:Q", title=_t(ws, "head.attained") + ", %", scale=alt.Scale(domain=[50, 152], nice=False), axis=ticks
    )
    y = alt.Y(
        "pay:Q", title=f"{_t(ws, 'head.commission')}, {unit}", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4)
    )
    colour = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=list(names.values()), range=["var(--ac)", "var(--accent)"])
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, color=colour)
    label = alt.Chart(alt.Data(values=ends)).mark_text(align="left", dx=6, fontWeight=600)
    chart = alt.layer(base.mark_line(strokeWidth=2), label.encode(x=x, y=y, text="kind:N", color=colour)).properties(
        height=220
    )
    title = _t(ws, "title.cliff", plan=text_in(plan.title, ws.language))
    lines = [
        {names["marginal"]: ws.words.money(m), names["whole"]: ws.words.money(w), "%": ws.words.number(s * 100, 2)}
        for s, m, w in points
    ]
    return figure(chart, title, _t(ws, "who.cliff", quota=ws.words.money_short(quota)), lines)


# league


def league(ws: Workspace, desk: Desk) -> Html:
    """The league of the month: rank, move, attainment, streak, points, badges. No pay."""
    badges = ws.company.incentives.badges
    rows = [
        {**line, "place": " · ".join(name_of(ws, p) for p in (line["region"], line["channel"]) if p),
         "names": ", ".join(text_in(badges[n].name, ws.language) for n in line["badges"]),
         "change": 0.0 if line["change"] is not None and abs(line["change"]) < LEVEL else line["change"]}
        for line in desk.leaderboard.to_dicts()
    ]  # fmt: skip
    if not rows:
        return text(_t(ws, "league.nobody_why"))
    heads = [
        Column("rank", _t(ws, "league.rank"), "number"),
        Column(
            "move", _t(ws, "league.move", month=ws.words.month_short(_before(desk))), "number", signed=True, arrow=True
        ),
        Column("name", _t(ws, "head.person"), note="place"),
        Column("attainment", _t(ws, "league.attained"), "heat"),
        Column(
            "change", _t(ws, "league.change", month=ws.words.month_short(_before(desk))), "points", digits=0, arrow=True
        ),
        Column("streak", _t(ws, "league.streak"), "number"),
        Column("orders", _t(ws, "head.orders"), "number"),
        Column("points", _t(ws, "league.points"), "number"),
        Column("names", _t(ws, "league.badge")),
    ]
    title = league_headline(ws, [line for line in rows if line["rank"] is not None])
    return table(rows, heads, title, _t(ws, "league.fair"), words=ws.words, empty=_t(ws, "league.nobody"))


def _before(desk: Desk) -> Any:
    return (desk.last_month - timedelta(days=1)).replace(day=1)


def contest(ws: Workspace, desk: Desk) -> Html:
    """Teams by credited revenue a head."""
    rows = [{**line, "name": name_of(ws, line["team"])} for line in desk.contest.to_dicts()]
    if not rows:
        return text(_t(ws, "say.no_teams"))
    heads = [
        Column("name", _t(ws, "head.team")),
        Column("people", _t(ws, "head.people"), "number"),
        Column("credit_amount", _t(ws, "head.credit"), "money"),
        Column("per_head_amount", _t(ws, "head.per_head"), "share"),
    ]
    title = _t(ws, "league.contest", team=rows[0]["name"])
    return table(rows, heads, title, _t(ws, "league.per_head"), words=ws.words)


# the answer


def answer(ws: Workspace, desk: Desk) -> Html:
    """Three sentences: what is paid, whom it reaches, what needs a decision; also the notes for the index."""
    words, paid = ws.words, desk.paid
    total = sum(p.paid or 0 for p in paid)
    credit = int(desk.now_movements.filter(pl.col("moved_on") >= desk.last_month)["net_amount"].sum())
    known = [p for p in paid if p.attainment is not None]
    reached = sum(p.attainment >= 1 for p in known if p.attainment is not None)
    share = words.percent(total / credit if credit else None, 2)
    values = {"amount": words.money(total), "month": words.month_name(desk.last_month), "share": share}
    first = words.n("incentives.answer.paid" if desk.is_payable else "incentives.answer.to_date", len(paid), **values)
    if not any(p.plan for p in desk.current):
        first = _t(ws, "say.no_plan_pays")
    second = (
        ws.t(f"incentives.answer.reached.{'one' if reached == 1 else 'other'}", n=reached, of=len(known))
        if known
        else _t(ws, "answer.no_quota")
    )
    third = _third(ws, desk)
    ws.headline(f"{words.capital(first)} {words.capital(second)}", _pay_scope(ws, desk))
    ws.notes.extra["pay_title"] = ws.notes.headline  # totals only: the page for everyone says the same
    ws.notes.extra["pay"] = pay_totals(ws, desk, total, share, reached, len(known))
    return text(" ".join(words.capital(sentence) for sentence in (first, second, third)))


def _third(ws: Workspace, desk: Desk) -> str:
    words, people = ws.words, flagged(desk.bunched).height
    parts = [words.n("incentives.answer.faults", len(desk.faults)) if desk.faults else _t(ws, "answer.no_faults")]
    parts.append(words.n("incentives.answer.gaming", people) if people else _t(ws, "answer.no_gaming"))
    return words.join(parts) + "."


def pay_totals(ws: Workspace, desk: Desk, total: int, share: str, reached: int, known: int) -> list[dict[str, str]]:
    """Totals for the page that everybody may read: never a person's pay."""
    words = ws.words
    stopped = sum(bool(p.problems) for p in desk.current)
    cap = int(desk.pay_summary.filter(pl.col("month_on") == desk.last_month)["cap_amount"].sum())
    values = [
        ("paid", words.money(total)),
        ("share", share),
        ("people", words.number(len(desk.paid))),
        ("reached", _t(ws, "total.of", part=words.number(reached), all=words.number(known))),
        ("returns", words.number(_returns(desk))),
        ("cap", words.signed_money(cap)),
        ("stopped", words.number(stopped)),
    ]
    values.append(("apart", _t(ws, "total.where")))
    return [{"name": _t(ws, f"total.{key}"), "value": value} for key, value in values]


def _returns(desk: Desk) -> int:
    back = desk.now_credits.filter((pl.col("kind") == "return") & pl.col("rule").is_in(["direct", "split", "channel"]))
    return int(back["movement_id"].n_unique())


def saved(ws: Workspace, names: list[str]) -> Html:
    """What the notebook saved: one row per table."""
    rows = [
        {"table": name, "rows": ws.scan(name).select(pl.len()).collect().item(), "what": _t(ws, f"saved.{name}")}
        for name in names
    ]
    heads = [
        Column("table", _t(ws, "head.table")),
        Column("rows", _t(ws, "head.rows"), "number"),
        Column("what", _t(ws, "head.what")),
    ]
    return table(rows, heads, _t(ws, "title.saved"), _t(ws, "who.saved"), words=ws.words)


def pay_and_ladder(ws: Workspace, desk: Desk) -> Row | Html:
    """The arithmetic beside its picture."""
    one, other = arithmetic(ws, desk), ladder(ws, desk)
    return row(one, other, widths=(5, 6))
