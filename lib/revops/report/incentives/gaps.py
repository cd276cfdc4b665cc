"""Where a plan pays for nothing, or nothing for something; and the same deals on another basis of tiers."""

from fractions import Fraction
from typing import Any

import polars as pl

from revops.incentives.design import bases
from revops.incentives.design.gaps import Gap
from revops.incentives.design.study import Study
from revops.incentives.terms import text_in
from revops.report.display import Html, text
from revops.report.incentives.words import t
from revops.report.tables import Column, table
from revops.workspace import Workspace

NAMED = 3


def gaps(ws: Workspace, study: Study) -> Html:
    """One row per finding: where in which plan, what it does, how much, whom it met in these months."""
    words, found = ws.words, study.gaps
    if not found:
        return text(ws.t("design.gaps.none"))
    rows = [
        {
            "what": ws.t(f"design.gap.{gap.kind}"),
            "where": ": ".join(filter(None, [gap.plan, text_in(gap.component, ws.language)])),
            "effect": _effect(ws, gap),
            "amount": gap.amount or None if (gap.kind, gap.unit) != ("dead", "count") else None,
            "met": words.n("design.months", len(gap.met)) if gap.met else None,
            "names": _names(ws, gap.people),
        }
        for gap in found
    ]
    heads = [
        Column("what", ws.t("design.head.gap"), width=120),
        Column("where", ws.t("design.head.where")),
        Column("effect", ws.t("design.head.effect"), width=260),
        Column("amount", ws.t("incentives.head.amount"), "money"),
        Column("met", ws.t("design.head.met"), note="names"),
    ]
    first, last = (words.month(month) for month in (study.months[0], study.months[-1]))
    return table(rows, heads, _title(ws, found), ws.t("design.gaps.who", first=first, last=last), words=words)


def _title(ws: Workspace, found: list[Gap]) -> str:
    """The dearest finding in words: what missed a cliff, or what a cap took."""
    dear = max(found, key=lambda gap: gap.amount if gap.kind != "dead" else 0)
    key = f"design.gaps.title.{dear.kind}" if dear.amount and dear.kind != "dead" else "design.gaps.title.none"
    values = {"plan": dear.plan, "amount": ws.words.money_short(dear.amount), "start": _place(ws, dear, dear.start)}
    return ws.words.capital(ws.t(key, people=ws.words.n("design.people", len(dear.people)), **values))


def _effect(ws: Workspace, gap: Gap) -> str:
    key = f"{gap.kind}_none" if gap.kind in ("cliff", "dead") and not gap.met else gap.kind
    return ws.t(f"design.effect.{key}", **_values(ws, gap))


def _values(ws: Workspace, gap: Gap) -> dict[str, str]:
    return {
        "start": _place(ws, gap, gap.start),
        "end": _place(ws, gap, gap.end),
        "height": ws.words.money_short(gap.height),
        "reached": _place(ws, gap, gap.reached),
    }


def _place(ws: Workspace, gap: Gap, at: Fraction | None) -> str:
    """An attainment, an amount or a count."""
    if at is None:
        return ""
    if gap.unit == "count":
        return ws.words.number(float(at))
    if gap.unit == "money":
        return ws.words.money_short(int(at * 10**ws.words.money_decimals))
    return ws.words.percent(float(at), 0 if (at * 100).denominator == 1 else 1)


def _names(ws: Workspace, people: list[str]) -> str:
    more = ws.t("design.more", n=ws.words.number(len(people) - NAMED)) if len(people) > NAMED else ""
    return ", ".join(filter(None, [*people[:NAMED], more]))


def other_bases(ws: Workspace, study: Study) -> Html:
    """Everybody's deals of the pay month each alone, cumulated, and at the rate that their sum reaches."""
    last = [one for one in study.windows if one.person.month_on == study.months[-1]]
    frame = bases.side_by_side(last, study.deals)
    if frame.is_empty():
        return text(t(ws, "say.no_tiers"))
    own = pl.when(pl.col("scale") == "whole").then(pl.col("whole_amount")).otherwise(pl.col("marginal_amount"))
    rows = frame.with_columns(own_amount=own).to_dicts()
    amounts = ("alone_amount", "marginal_amount", "whole_amount")
    sums: dict[str, Any] = {key: sum(line[key] for line in rows) for key in (*amounts, "own_amount")}
    rows = [{**line, "own": t(ws, f"kind.{line['scale']}")} for line in rows]
    heads = [
        Column("name", t(ws, "head.person")),
        Column("plan", t(ws, "head.plan")),
        Column("own", t(ws, "head.own_scale")),
        Column("deals", ws.t("design.head.deals"), "number"),
        Column("attainment", t(ws, "head.attained"), "percent"),
        *(Column(key, ws.t(f"design.basis.{key.removesuffix('_amount')}"), "money") for key in amounts),
    ]
    values = {key.removesuffix("_amount"): ws.words.money_short(amount) for key, amount in sums.items()}
    title = ws.t("design.basis.title", **values)
    total = {"name": t(ws, "statement.total"), **sums}
    return table([*rows, total], heads, title, ws.t("design.basis.who"), words=ws.words, total=True)
