"""How bookings become credits: one order explained, and revenue credited or listed with the reason."""

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.terms import text_in
from revops.money import RATE_SCALE
from revops.report.display import Html, text
from revops.report.incentives import terms
from revops.report.incentives.words import name_of, t
from revops.report.tables import Column, table
from revops.workspace import Workspace

RULES = {"direct": 0, "split": 1, "channel": 2, "rollup": 3, "overlay": 4}


def one_order(ws: Workspace, desk: Desk) -> Html:
    """One order explained: each credit of it by rule and person; a split one where the period has one."""
    credits = desk.now_credits
    if credits.is_empty():
        return text(t(ws, "say.no_credits"))
    split = credits.filter((pl.col("rule") == "split") & (pl.col("kind") == "sale")).sort("net_amount", "order_id")
    rules = credits.group_by("order_id").agg(pl.col("rule").n_unique().alias("n"), pl.col("net_amount").max())
    order = split["order_id"][-1] if split.height else rules.sort("n", "net_amount", "order_id")["order_id"][-1]
    mine = credits.filter((pl.col("order_id") == order) & (pl.col("net_amount") != 0))
    names = {p.person_id: p.name for p in desk.months}
    order_of_rules = pl.col("rule").replace_strict(RULES, return_dtype=pl.Int64)
    rows = [
        {
            "line": line["line_id"] or line["movement_id"],
            "group": name_of(ws, line["product_group"]),
            "person": names.get(line["person_id"], line["person_id"]),
            "rule": t(ws, f"rule.{line['rule']}"),
            "amount": line["net_amount"],
            "share": line["share"] / RATE_SCALE,
            "credit": line["credit_amount"],
        }
        for line in mine.sort("line_id", "movement_id", order_of_rules, "person_id").to_dicts()
    ][:18]
    heads = [
        Column("line", t(ws, "head.line")),
        Column("group", t(ws, "head.product_group")),
        Column("person", t(ws, "head.person")),
        Column("rule", t(ws, "head.rule")),
        Column("amount", t(ws, "head.line_amount"), "money"),
        Column("share", t(ws, "head.share"), "percent", digits=0),
        Column("credit", t(ws, "head.credit"), "money"),
    ]
    first = mine.row(0, named=True)
    where = t(ws, "who.lineage", source=first["source"], file=first["file"], row=ws.words.number(first["row"]))
    return table(rows, heads, t(ws, "title.one_order", order=order), where, words=ws.words)


def credited(ws: Workspace, desk: Desk) -> Html:
    """Revenue = what is credited directly + what stayed uncredited, by reason; the other rules stand beside."""
    credits, moved = desk.now_credits, desk.now_movements
    sums = dict(credits.group_by("rule").agg(pl.col("credit_amount").sum()).rows())
    counts = dict(credits.group_by("rule").agg(pl.len()).rows())
    left = desk.uncredited.group_by("reason", "channel").agg(pl.len().alias("n"), pl.col("net_amount").sum())
    rows = [
        {"what": t(ws, f"rule.{rule}"), "n": counts[rule], "amount": sums[rule]}
        for rule in ("direct", "split")
        if rule in sums
    ]
    rows += [
        {
            "what": t(ws, f"reason.{r['reason']}", channel=name_of(ws, r["channel"])),
            "n": r["n"],
            "amount": r["net_amount"],
        }
        for r in left.sort("reason", "channel").to_dicts()
    ]
    rows.append({"what": t(ws, "head.revenue"), "n": moved.height, "amount": int(moved["net_amount"].sum())})
    heads = [
        Column("what", t(ws, "head.what")),
        Column("n", t(ws, "head.rows"), "number"),
        Column("amount", t(ws, "head.amount"), "money"),
    ]
    total = int(moved["net_amount"].sum())
    own = sum(sums.get(rule, 0) for rule in ("direct", "split"))
    title = t(ws, "title.credited", share=ws.words.percent(own / total if total else None))
    beside = sum(sums.get(rule, 0) for rule in ("channel", "rollup", "overlay"))
    who = t(ws, "who.credited", multiple=ws.words.number((own + beside) / total if total else None, 2))
    return table(rows, heads, title, who, words=ws.words, total=True)


def counted(ws: Workspace, desk: Desk) -> Html:
    """One row per component that counts something in the period's pay months: lines, people, sum."""
    inside = desk.counted.filter(pl.col("moved_on") >= desk.span[0])
    key = ["plan", "component"]
    sums = inside.group_by(key).agg(pl.len(), pl.col("person_id").n_unique(), pl.col("credit_amount").sum())
    of = {plan.plan: plan for plan in desk.plans}
    rows = []
    for plan, number, lines, people, credit in sums.sort(key).rows():
        part = of[plan].components[number]
        shown = ws.words.number(credit) if part.counts else ws.words.money(credit)
        told = {"part": f"{plan} · {text_in(part.name, ws.language)}", "what": terms.credited(ws, part), "sum": shown}
        rows.append({**told, "lines": lines, "people": people})
    if not rows:
        return text(t(ws, "say.no_credits"))
    heads = [Column("part", ws.t("plans.head.part")), Column("what", ws.t("plans.head.credited"))]
    heads += [Column(key, ws.t(f"credits.head.{key}"), "number") for key in ("lines", "people")]
    heads.append(Column("sum", ws.t("credits.head.sum"), right=True))
    title = ws.words.capital(ws.words.n("credits.title", len(rows)))
    return table(rows, heads, title, ws.t("credits.who"), words=ws.words)
