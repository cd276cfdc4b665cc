"""What campaigns cost and bring by each rule of attribution, what platforms claim, whether a customer pays back."""

from typing import Any

import polars as pl

from revops.kpis.catalogue import declared
from revops.kpis.facts import Facts
from revops.kpis.marketing.attribution import DIRECT, RULES
from revops.kpis.marketing.campaigns import BY_RULE, UNATTRIBUTED, openers
from revops.kpis.pipeline.funnel import inside
from revops.kpis.spans import Span
from revops.money import RATE_SCALE
from revops.report.display import Html, row, text
from revops.report.kpis.shown import Shown, missing, named, show_change, show_value, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace


def campaigns(ws: Workspace, rows: pl.DataFrame) -> Shown:
    """What each campaign spent and brought by the company's rule; what no visit led to has its own row."""
    if not rows["spend_amount"].sum():
        return missing(ws, "ad_spend")
    lines = [_line(ws, line) for line in rows.to_dicts()]
    sums = {key: rows[key].sum() for key in ("spend_amount", "leads", "net_amount", "new_customers")}
    lines.append({"name": ws.t("kpis.total"), **sums, "leads": sums["leads"] or None})
    columns = [
        Column("name", ws.t("kpis.column.campaign"), note="note"),
        Column("spend_amount", ws.t("kpis.column.spend"), "money_short", digits=1),
        Column("net_amount", ws.t("kpis.column.attributed"), "money_short", digits=1, strong=True),
        Column("roas", "ROAS", "number", digits=1),
        Column("roi", ws.t("marketing.column.roi"), tone="tone", right=True),
        Column("new_customers", ws.t("kpis.column.new_customers"), "number", digits=1),
        Column("cac", ws.t("kpis.column.campaign_cac"), "money_short", digits=1),
        Column("leads", ws.t("kpis.column.leads"), "number", digits=0),
    ]
    kpis = ws.company.kpis
    rule = ws.t(f"marketing.rule.{kpis.attribution}")
    period = ws.words.period(ws.period)
    who = ws.t("marketing.who.campaigns", period=period, rule=rule, days=kpis.lookback_days)
    return table(lines, columns, _campaign_title(ws, rows), who, words=ws.words, total=True, fine=True)


def _line(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    """A campaign in words: where it runs, or why its return is unknown; without spend no ratio and no sum of 0."""
    is_paid = line["spend_amount"] > 0
    traced = line["roas"] is not None
    note = None if not is_paid else line["platform"] if traced else ws.t("kpis.never_named")
    shown = line | {"name": _source(ws, line["campaign"]), "note": note}
    shown |= {key: line[key] or None for key in ("spend_amount", "new_customers", "leads")}
    shown["cac"] = None if line["cac"] is None else round(line["cac"])
    roi = "" if not traced else ws.words.percent(line["roi"], 0, signed=True)
    return shown | {"roi": roi, "tone": ws.words.tone(line["roi"], shown=roi) if line["roi"] is not None else ""}


def _source(ws: Workspace, campaign: str) -> str:
    special = {UNATTRIBUTED: "marketing.no_visit", DIRECT: "marketing.direct"}
    return ws.t(special[campaign]) if campaign in special else named(ws, campaign)


def _campaign_title(ws: Workspace, rows: pl.DataFrame) -> str:
    traced = rows.drop_nulls("roas")
    spend, gained = int(traced["spend_amount"].sum()), int(traced["net_amount"].sum())
    if not spend:
        return ws.t("kpis.title.campaigns_plain")
    return ws.t("kpis.title.campaigns", spend=ws.words.money_short(spend), roas=ws.words.number(gained / spend, 1))


def by_rule(ws: Workspace, rows: pl.DataFrame) -> Html:
    """Revenue of each campaign by the five rules beside each other; the campaign that the last visit hides leads."""
    known = rows.filter(pl.any_horizontal(pl.col(BY_RULE) != 0))
    if known.filter(pl.col("campaign") != UNATTRIBUTED).is_empty():
        return silent()
    lines: list[dict[str, Any]] = [
        line | {"name": _source(ws, line["campaign"]), "change": line["first_amount"] - line["last_amount"]}
        for line in known.filter(pl.col("campaign") != UNATTRIBUTED).to_dicts()
    ]
    reached = known.filter(pl.col("campaign") != UNATTRIBUTED).select(pl.col(BY_RULE).sum()).row(0, named=True)
    lines.append({"name": ws.t("marketing.reached"), **reached})
    columns = [
        Column("name", ws.t("kpis.column.campaign")),
        *(_rule_column(ws, rule) for rule in RULES),
        Column("change", ws.t("marketing.column.opens"), "bar", width=150, better="none"),
    ]
    top = openers(rows).drop_nulls("lift").head(1).to_dicts()
    title = ws.t("marketing.title.rules")
    if top:
        lift = ws.words.number(top[0]["lift"], 1)
        title = ws.t("marketing.title.opener", campaign=_source(ws, top[0]["campaign"]), lift=lift)
    who = ws.t("marketing.who.rules", period=ws.words.period(ws.period), days=ws.company.kpis.lookback_days)
    return table(lines, columns, title, who, words=ws.words, total=True, fine=True)


def _rule_column(ws: Workspace, rule: str) -> Column:
    strong = rule == ws.company.kpis.attribution
    return Column(f"{rule}_amount", ws.t(f"marketing.column.{rule}"), "money_short", strong=strong)


def worth(ws: Workspace, rows: pl.DataFrame, platforms: pl.DataFrame) -> Shown:
    """What a customer costs, when it has paid back, what it is worth; beside it what each platform claims."""
    if rows["value"].null_count() == rows.height:
        return silent()
    value = dict(rows.select("metric", "value").iter_rows())
    reason = dict(rows.select("metric", "reason").iter_rows())
    chosen = [key for key in value if key != "capped_ltv" or reason["ltv"] == "no_churn"]
    lines = [
        {
            "name": ws.t(f"marketing.worth.{key}"),
            "basis": _basis(ws, key),
            "value": _worth_value(ws, key, value[key])
            if value[key] is not None
            else ws.t(f"kpis.reason.{reason[key]}"),
        }
        for key in chosen
    ]
    columns = [
        Column("name", ws.t("kpis.column.metric"), note="basis"),
        Column("value", ws.t("kpis.column.actual"), strong=True, right=True),
    ]
    title = ws.t("marketing.title.worth")
    if value["payback"] is not None:
        months = ws.words.number(value["payback"], 1)
        title = ws.t("marketing.title.pays_back", cac=ws.words.money_short(int(value["cac"])), months=months)
    who = ws.t("marketing.who.worth", period=ws.words.period(ws.period))
    left = table(lines, columns, title, who, words=ws.words)
    return row(left, _platforms(ws, platforms), widths=(1.3, 1)) if platforms.height else left


def _basis(ws: Workspace, key: str) -> str:
    """The convention of a measure; one of the catalogue's metrics has it there."""
    if key in ("cac", "paid_cac"):
        return ws.words.said(declared(key).formula)
    return ws.t(f"marketing.basis.{key}")


def _worth_value(ws: Workspace, key: str, value: float) -> str:
    if key == "payback":
        return ws.t("marketing.months", months=ws.words.number(value, 1))
    return ws.words.number(value, 1) if key == "ltv_cac" else show_value(ws, "money", value)


def _platforms(ws: Workspace, rows: pl.DataFrame) -> Html:
    """Spend and what each platform says it brought; no sum, for both may count the same order."""
    columns = [
        Column("platform", ws.t("marketing.column.platform")),
        Column("spend_amount", ws.t("kpis.column.spend"), "money_short"),
        Column("conversions", ws.t("marketing.column.claimed"), "number"),
        Column("cpa", "CPA", "money"),
    ]
    return table(rows, columns, ws.t("marketing.title.platforms"), ws.t("marketing.who.platforms"), words=ws.words)


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


def check_attribution(ws: Workspace, facts: Facts, span: Span) -> None:
    """By every rule the weights sum to the orders that visits led to, and what is credited to those orders' revenue."""
    traced = facts.traced.filter(inside("day_on", *span)).select(pl.col("net_amount", "orders").sum()).row(0)
    credits = facts.credits.filter(inside("day_on", *span))
    sums = [
        credits.filter(pl.col("rule") == rule).select(pl.col("net_amount", "orders").sum()).row(0) for rule in RULES
    ]
    off = [sum(abs(amount - traced[0]) for amount, _ in sums), sum(abs(w - RATE_SCALE * traced[1]) for _, w in sums)]
    ws.check("marketing.check.weights", traced[1] + off[1], traced[1])
    ws.check("marketing.check.credited", traced[0] + off[0], traced[0], money=True)
