"""Recurring revenue and what campaigns bring."""

from datetime import timedelta

import polars as pl

from revops.kpis import marketing, recurring
from revops.kpis.facts import Facts
from revops.kpis.measure import growth
from revops.report import charts
from revops.report.display import Html, text
from revops.report.figures import figure
from revops.report.kpis.shown import Shown, missing, show_change, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace


def mrr(ws: Workspace, steps: pl.DataFrame) -> Shown:
    """The movements of MRR over the last twelve months as a bridge."""
    if steps.is_empty() or not steps["closing"].max():
        return missing(ws, "subscriptions")
    sums = [(name, int(steps[name].sum())) for name in recurring.MOVES]
    lines = [{"name": ws.t(f"kpis.mrr.{name}"), "amount": amount} for name, amount in sums]
    opening, closing = int(steps["opening"][0]), int(steps["closing"][-1])
    ends = [
        ws.t(f"kpis.mrr.{n}", amount=ws.words.money_short(a)) for n, a in (("opening", opening), ("closing", closing))
    ]
    rise = growth(closing, opening)
    key = "kpis.title.mrr" if rise is None else "kpis.title.mrr_rose" if rise >= 0 else "kpis.title.mrr_fell"
    title = ws.t(key, arr=ws.words.money_short(12 * closing), share=ws.words.percent(abs(rise or 0)))
    ends_on = steps["end_on"][-1] - timedelta(days=1)
    who = ws.t("kpis.who.mrr", start=ws.words.date(steps["start_on"][0]), end=ws.words.date(ends_on))
    return figure(charts.bridge(lines, ws.words, start=ends[0], end=ends[1]), title, who)


def mrr_words(ws: Workspace, facts: Facts, steps: pl.DataFrame) -> Html:
    """Churn by customers and by money, net and gross retention over the year."""
    if steps.is_empty() or not steps["closing"].max():
        return silent()
    words = ws.words
    churn, gross = recurring.customer_churn(steps), recurring.gross_churn(steps)
    start, end = steps["start_on"][0], steps["end_on"][-1]
    net, least = recurring.kept(recurring.mrr_at(facts.subscriptions, [start, end]), start, end)
    shares = {"churn": churn.value, "gross": gross.value, "nrr": net.value, "grr": least.value}
    return text(ws.t("kpis.say.mrr", **{key: words.percent(value) for key, value in shares.items()}))


def campaigns(ws: Workspace, rows: pl.DataFrame) -> Shown:
    """What each campaign spent and brought, unattributed revenue as its own row."""
    paid = rows.filter(pl.col("spend_amount") > 0)
    if paid.is_empty():
        return missing(ws, "ad_spend")
    lines = rows.to_dicts()
    for line in lines:
        is_rest = line["campaign"] == marketing.UNATTRIBUTED
        line["name"] = ws.t("kpis.unattributed") if is_rest else line["campaign"]
        line["cac"] = None if line["cac"] is None else round(line["cac"])
        line["spend_amount"] = None if is_rest else line["spend_amount"]
        for key in ("clicks", "leads", "new_customers"):
            line[key] = None if is_rest else line[key]
        line["note"] = ws.t("kpis.never_named") if line["roas"] is None and not is_rest else line["platform"]
    sums = {key: int(rows[key].sum()) for key in ("spend_amount", "clicks", "leads", "net_amount", "new_customers")}
    lines.append({"name": ws.t("kpis.total"), **sums})
    columns = [
        Column("name", ws.t("kpis.column.campaign"), note="note"),
        Column("spend_amount", ws.t("kpis.column.spend"), "money"),
        Column("clicks", ws.t("kpis.column.clicks"), "number"),
        Column("leads", ws.t("kpis.column.leads"), "number"),
        Column("net_amount", ws.t("kpis.column.attributed"), "money"),
        Column("roas", "ROAS", "number", digits=1),
        Column("new_customers", ws.t("kpis.column.new_customers"), "number"),
        Column("cac", ws.t("kpis.column.campaign_cac"), "money"),
    ]
    who = ws.t("kpis.who.campaigns", period=ws.words.period(ws.period))
    return table(lines, columns, _campaign_title(ws, paid), who, words=ws.words, total=True)


def _campaign_title(ws: Workspace, paid: pl.DataFrame) -> str:
    named = paid.drop_nulls("roas")
    spend, gained = int(named["spend_amount"].sum()), int(named["net_amount"].sum())
    if not spend:
        return ws.t("kpis.title.campaigns_plain")
    return ws.t("kpis.title.campaigns", spend=ws.words.money_short(spend), roas=ws.words.number(gained / spend, 1))


def cac_words(ws: Workspace, numbers: pl.DataFrame) -> Html:
    """What a new customer costs, against plan and the period before."""
    line = numbers.row(by_predicate=pl.col("metric") == "cac", named=True)
    if line["value"] is None:
        return silent()
    words = ws.words
    against = [show_change(ws, "money", line["value"], line[key]) for key in ("plan", "previous")]
    cost = {"cost": words.money_short(line["numerator"]), "customers": words.number(line["denominator"])}
    return text(
        ws.t("kpis.say.cac", cac=words.money_short(int(line["value"])), plan=against[0], previous=against[1], **cost)
    )
