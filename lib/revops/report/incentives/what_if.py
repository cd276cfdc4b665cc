"""What if rates, sales or scales were other."""

from revops.incentives import simulation
from revops.incentives.desk import Desk
from revops.incentives.terms import text_in
from revops.report.display import Html, text
from revops.report.figures import Figure, figure
from revops.report.incentives.words import t
from revops.report.tables import Column, table
from revops.workspace import Workspace


def what_if(ws: Workspace, desk: Desk, rates: float = 0.0, sales: float = 0.0) -> Html:
    """Cost by plan as it is and with moved rates and sales, commission after caps, before debts."""
    frame = simulation.cost(desk.current, **desk.scales, rates=rates, sales=sales)
    titles = {plan.plan: text_in(plan.title, ws.language) for plan in desk.plans}
    rows = [{**line, "name": f"{line['plan']} · {titles[line['plan']]}"} for line in frame.to_dicts()]
    keys = ("people", "credit_amount", "now_amount", "then_amount", "difference")
    rows.append({"name": t(ws, "statement.total"), **{key: sum(r[key] for r in rows) for key in keys}})
    total = rows[-1]
    for line in rows:
        line["share"] = line["then_amount"] / line["credit_amount"] / (1 + sales) if line["credit_amount"] > 0 else None
    total["credit_amount"] = total["share"] = None
    heads = [
        Column("name", t(ws, "head.plan")),
        Column("people", t(ws, "head.people"), "number"),
        Column("now_amount", t(ws, "head.cost_now"), "money"),
        Column("then_amount", t(ws, "head.cost_then"), "money"),
        Column("difference", t(ws, "head.difference"), "money", signed=True, better="none"),
        Column("share", t(ws, "head.cost_share"), "percent", digits=2),
    ]
    values = {"rates": ws.words.signed_percent(rates), "sales": ws.words.signed_percent(sales)}
    change = ws.words.signed_money(total["difference"])
    return table(
        rows, heads, t(ws, "title.what_if", change=change, **values), t(ws, "who.what_if"), words=ws.words, total=True
    )


def both_scales(ws: Workspace, desk: Desk) -> Html:
    """Everybody's month as it is, and on a marginal and on a whole scale of the same tiers."""
    frame = simulation.side_by_side(desk.current, **desk.scales)
    if frame.is_empty():
        return text(t(ws, "say.no_tiers"))
    rows = [{**line, "own": t(ws, f"kind.{line['scale']}")} for line in frame.to_dicts()]
    sums = {
        key: sum(line[key] for line in rows) for key in ("now_amount", "marginal_amount", "whole_amount", "difference")
    }
    rows.append({"name": t(ws, "statement.total"), **sums})
    heads = [
        Column("name", t(ws, "head.person")),
        Column("plan", t(ws, "head.plan")),
        Column("own", t(ws, "head.own_scale")),
        Column("attainment", t(ws, "head.attained"), "percent"),
        Column("now_amount", t(ws, "head.cost_now"), "money"),
        Column("marginal_amount", t(ws, "head.all_marginal"), "money"),
        Column("whole_amount", t(ws, "head.all_whole"), "money"),
        Column("difference", t(ws, "head.whole_less"), "money", signed=True, better="none"),
    ]
    money = {"cost": ws.words.money(sums["whole_amount"]), "now": ws.words.money(sums["now_amount"])}
    title = t(ws, "title.both_scales", change=ws.words.signed_money(sums["difference"]), **money)
    return table(rows, heads, title, t(ws, "who.both_scales"), words=ws.words, total=True)


def cliff(ws: Workspace, desk: Desk) -> Figure | Html:
    """Pay by attainment under both kinds of scale, for the tiers of a plan on a whole scale (else of any plan)."""
    able = [(p.plan, p.quota) for p in desk.paid if p.plan and p.plan.components[0].needs_quota and p.quota]
    if not able:
        return text(t(ws, "say.no_tiers"))
    plan, held = max(able, key=lambda pair: (pair[0].components[0].scale == "whole", pair[1].amount, pair[0].plan))
    part, quota = plan.components[0], held.amount
    shares = sorted(
        {n / 100 for n in range(50, 141, 5)} | {float(t.start) - 0.0001 for t in part.tiers or [] if t.start > 0}
    )
    points = simulation.curve(part, quota, desk.book.money_decimals, [s for s in shares if s >= 0.5])
    import altair as alt

    power, unit = ws.words.unit(max(whole for _, _, whole in points))
    names = {"marginal": t(ws, "kind.marginal"), "whole": t(ws, "kind.whole")}
    rows = [
        {"share": round(share * 100, 2), "kind": names[kind], "pay": ws.words.in_unit(amount, power)}
        for share, marginal, whole in points
        for kind, amount in (("marginal", marginal), ("whole", whole))
    ]
    ends = rows[-2:]
    ticks = alt.Axis(values=list(range(50, 141, 10)))
    x = alt.X(
        "share:Q", title=t(ws, "head.attained") + ", %", scale=alt.Scale(domain=[50, 152], nice=False), axis=ticks
    )
    y = alt.Y(
        "pay:Q", title=f"{t(ws, 'head.commission')}, {unit}", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4)
    )
    colour = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=list(names.values()), range=["var(--ac)", "var(--accent)"])
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, color=colour)
    label = alt.Chart(alt.Data(values=ends)).mark_text(align="left", dx=6, fontWeight=600)
    chart = alt.layer(base.mark_line(strokeWidth=2), label.encode(x=x, y=y, text="kind:N", color=colour)).properties(
        height=220
    )
    title = t(ws, "title.cliff", plan=text_in(plan.title, ws.language))
    lines = [
        {names["marginal"]: ws.words.money(m), names["whole"]: ws.words.money(w), "%": ws.words.number(s * 100, 2)}
        for s, m, w in points
    ]
    return figure(chart, title, t(ws, "who.cliff", quota=ws.words.money_short(quota)), lines)
