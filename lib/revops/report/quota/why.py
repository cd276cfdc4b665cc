"""Why is this my number: a sentence of values for each person, and the steps behind it as a table that sums."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from revops.quota.compare import PARTS
from revops.quota.quotas import Proposal
from revops.report.display import Html
from revops.report.quota.names import needs_people
from revops.report.tables import Column, table
from revops.workspace import Workspace

MOST = 3  # parts told in a sentence
LEAST = 0.005  # of the base year: a smaller part is not told
LIMITS = ("pin", "lock", "least", "most")


def sentence(ws: Workspace, row: Mapping[str, Any], year: str) -> str:
    """One row of `compare.bridge` in words: the rule it starts from, then its largest parts, the largest first."""
    said = _said(ws, row, ("growth", "share", "presence", "over", "limits", "step"))
    return said or str(ws.words.capital(ws.t("compare.why.nothing", year=year)))


def own_words(ws: Workspace, row: Mapping[str, Any]) -> str:
    """The same without what everyone gets alike: the company's growth and over-assignment."""
    return _said(ws, row, ("share", "presence", "limits")) or str(ws.words.capital(ws.t("compare.why.plain")))


def _said(ws: Workspace, row: Mapping[str, Any], parts: Sequence[str]) -> str:
    rules = [rule for rule in str(row["rules"] or "").split(",") if ws.words.has(f"compare.why.rule.{rule}")]
    said = [ws.t(f"compare.why.rule.{rule}") for rule in rules[:1]]
    size = abs(row["base_amount"]) or abs(row["quota_amount"])
    if not row["base_amount"]:  # with no year of their own only what follows the weights can be told
        parts = [part for part in parts if part not in ("growth", "share")]
    told = [part for part in parts if size and abs(row[f"{part}_amount"]) >= max(1, LEAST * size)]
    told = sorted(told, key=lambda part: -abs(row[f"{part}_amount"]))[: MOST - len(said)]
    said += [_part(ws, row, part, size) for part in told]
    return str(ws.words.capital("; ".join(said)))


def _part(ws: Workspace, row: Mapping[str, Any], part: str, size: int) -> str:
    change = ws.words.percent(row[f"{part}_amount"] / size, 0, signed=True)
    if part == "share":
        return _share(ws, row, change)
    if part == "presence":
        months = ws.words.number(12 * row["present"], 0 if (12 * row["present"]).is_integer() else 1)
        return str(ws.t("compare.why.presence", months=months, change=change))
    key = row["bind"] if part == "limits" and row["bind"] in LIMITS else part
    return str(ws.t(f"compare.why.{key}", change=change, amount=ws.words.money_short(row["quota_amount"])))


def _share(ws: Workspace, row: Mapping[str, Any], change: str) -> str:
    """The weights' part; with potential among them, what the person has of it beside what they have of sales."""
    by = str(row["by"]).split(",")
    if "potential" in by and row["potential_part"] is not None and row["base_part"] is not None:
        shares = {name: ws.words.percent(row[f"{name}_part"]) for name in ("potential", "base")}
        return str(ws.t("compare.why.potential", **shares, change=change))
    names = [ws.t(f"compare.why.by.{name}") for name in by if name != "potential"] or [ws.t("compare.why.by.history")]
    return str(ws.t("compare.why.share", by=ws.words.join(names), change=change))


@needs_people
def bridges(ws: Workspace, proposal: Proposal, chosen: str, parts: pl.DataFrame) -> Html:
    """Every person's number as the steps that make it, the company as their sum; steps too small to see stay out."""
    names = {base.person_id: base.name for base in proposal.bases}
    power = ws.words.unit(int(parts["quota_amount"].sum()))[0]
    used = [p for p in PARTS if p == "base" or _shows(ws, parts[f"{p}_amount"], power)]
    order = {base.person_id: nr for nr, base in enumerate(proposal.bases)}
    rows = sorted(parts.to_dicts(), key=lambda row: order[row["person_id"]])
    shown = [{"name": names[row["person_id"]], **row} for row in rows]
    sums = {f"{p}_amount": int(parts[f"{p}_amount"].sum()) for p in (*PARTS, "quota")}
    columns = [Column("name", ws.t("quota.head.person"))]
    heads = {p: ws.t(f"compare.head.{p}", year=proposal.base.name) for p in used}
    columns += [Column(f"{p}_amount", heads[p], "money_short" if p == "base" else "delta", better="none") for p in used]
    quota = ws.t("compare.head.quota", year=proposal.target.name)
    columns.append(Column("quota_amount", quota, "money_short", strong=True))
    title = ws.t(
        f"compare.bridge.{'title' if 'share' in used else 'growth'}",
        year=proposal.base.name,
        target=proposal.target.name,
        growth=ws.words.money_short(sums["growth_amount"], signed=True),
        share=ws.words.money_short(int(parts.filter(pl.col("share_amount") > 0)["share_amount"].sum())),
    )
    who = ws.t("compare.bridge.who", letter=proposal.scenario(chosen).letter)
    total = {"name": ws.t("quota.strips.company"), **sums}
    return table([*shown, total], columns, title, who, words=ws.words, total=True)


def _shows(ws: Workspace, amounts: pl.Series, power: int) -> bool:
    """Whether some amount is not 0 in a table of that unit, with two decimals."""
    return any(round(ws.words.in_unit(amount, power) or 0, 2) for amount in amounts)
