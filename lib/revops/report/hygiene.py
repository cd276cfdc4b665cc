"""Can the CRM be trusted? Scores with their denominators, the rules that were hit, who has to put what right."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.ingest.hygiene import OBJECTS, Checkup
from revops.report.display import Html
from revops.report.ingest import name_of
from revops.report.tables import Column, table
from revops.words import Words
from revops.workspace import Workspace

CATEGORIES = ("duplicates", "completeness", "activity", "consistency", "references")
GRAVE = ("high", "medium")
ROWS = 12
DAYS = 7
NEARLY = 0.9994  # a score below 1 is never shown as 100%


def scores(ws: Workspace, checkup: Checkup) -> Html:
    """One row per kind of record: its score, the categories it is made of, and the denominators."""
    rows = [_score_row(ws, checkup, name) for name in OBJECTS]
    rows = [row for row in rows if row["records"]]
    rows.sort(key=lambda row: (row["value"] is None, row["value"], row["object"]))
    columns = [
        Column("object", ws.t("hygiene.head.object")),
        Column("score", ws.t("hygiene.head.score"), right=True, strong=True, note="reason"),
        *(Column(name, ws.t(f"hygiene.category.{name}"), right=True) for name in CATEGORIES),
        *(Column(name, ws.t(f"hygiene.head.{name}"), "number") for name in ("records", "applicable", "hit")),
        Column("open_amount", ws.t("hygiene.head.open_amount"), "money_short"),
    ]
    judged = [row for row in rows if row["value"] is not None]
    title = ws.t("hygiene.title.scores_clean")
    if judged and judged[0]["value"] < 1:
        worst = {"worst": judged[0]["object"], "score": judged[0]["score"]}
        title = ws.words.capital(ws.words.n("hygiene.title.scores", len(judged), **worst))
    return table(rows, columns, title if judged else "", ws.t("hygiene.who.scores"), words=ws.words, empty=_none(ws))


def rules(ws: Workspace, checkup: Checkup) -> Html:
    """One row per rule and kind of record that was hit: how many were judged, hit, and what is at stake."""
    hit = checkup.rules.filter(pl.col("hit") > 0).sort("open_amount", "hit", "rule", descending=[True, True, False])
    rows = [
        row
        | {
            "name": ws.t(f"hygiene.rule.{row['rule']}"),
            "where": f"{row['rule']} · {ws.t('hygiene.object.' + row['object'])}",
            "severity": ws.t(f"hygiene.severity.{row['severity']}"),
            "open_amount": row["open_amount"] or None,
        }
        for row in hit.iter_rows(named=True)
    ]
    columns = [
        Column("name", ws.t("hygiene.head.rule"), note="where"),
        Column("severity", ws.t("hygiene.head.severity")),
        Column("applicable", ws.t("hygiene.head.applicable"), "number"),
        Column("hit", ws.t("hygiene.head.hit"), "number", strong=True),
        Column("share", ws.t("hygiene.head.share"), "percent"),
        Column("open_amount", ws.t("hygiene.head.open_amount"), "money_short"),
    ]
    title = ws.words.capital(ws.words.n("hygiene.title.rules", len(rows)))
    return table(
        rows, columns, title, ws.t("hygiene.who.rules"), words=ws.words, empty=str(ws.t("hygiene.empty.rules"))
    )


def unjudged(ws: Workspace, checkup: Checkup) -> Html:
    """One row per reason: the rules that could judge nothing for it."""
    blank = checkup.rules.filter(pl.col("reason").is_not_null())
    rows = blank.group_by("reason", maintain_order=True).agg(pl.col("rule").unique(maintain_order=True).str.join(", "))
    columns = [Column("reason", ws.t("hygiene.head.reason")), Column("rule", ws.t("hygiene.head.rule"))]
    title = ws.words.capital(ws.words.n("hygiene.title.unjudged", blank["rule"].n_unique()))
    empty = str(ws.t("hygiene.empty.unjudged"))
    return table(rows, columns, title, ws.t("hygiene.who.unjudged"), words=ws.words, empty=empty)


def by_owner(ws: Workspace, checkup: Checkup) -> Html:
    """One row per person who acts: findings by severity, the open pipeline they touch, and what comes first."""
    due = checkup.findings.filter(pl.col("severity") != "info")
    rows: list[dict[str, Any]] = []
    for (_, person), mine in due.group_by("person_id", "person", maintain_order=True):
        counts = {name: mine.filter(pl.col("severity") == name).height or None for name in ("high", "medium", "low")}
        rows.append(
            {
                "person": person or ws.t("ingest.nobody"), "findings": mine.height, **counts, "first": _first(mine),
                "open_amount": checkup.amount_of(mine) or None,
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (-row["findings"], -(row["high"] or 0), str(row["person"])))
    columns = [
        Column("person", ws.t("hygiene.head.person")),
        Column("findings", ws.t("hygiene.head.findings"), "number", strong=True),
        *(Column(name, ws.t(f"hygiene.head.{name}"), "number") for name in ("high", "medium", "low")),
        Column("open_amount", ws.t("hygiene.head.open_amount"), "money_short"),
        Column("first", ws.t("hygiene.head.first")),
    ]
    title = ws.words.n("hygiene.title.owners", rows[0]["findings"], person=rows[0]["person"]) if rows else ""
    empty = str(ws.t("hygiene.empty.owners"))
    return table(rows, columns, title, ws.t("hygiene.who.owners"), words=ws.words, empty=empty)


def costly(ws: Workspace, checkup: Checkup) -> Html:
    """The largest open deals with a grave or middling fault, all of a deal's together; a finding of the index too."""
    grave = checkup.findings.filter((pl.col("object") == "opportunities") & pl.col("severity").is_in(GRAVE))
    amount = checkup.amount_of(grave)
    share = amount / checkup.open_amount if checkup.open_amount else 0.0
    if amount >= _enough(ws) and share >= ws.company.findings.minimum_share:
        ws.finding(**_finding(ws, checkup, grave, amount, share))
    whole = (
        grave.filter(pl.col("open_amount") > 0)
        .group_by("record_id", maintain_order=True)
        .agg(pl.col("name", "person", "fix", "open_amount").first(), pl.col("evidence").str.join(" · "))
    )
    first = whole.sort("open_amount", descending=True, maintain_order=True).head(ROWS)
    rows = [
        row
        | {
            "record": row["name"] or row["record_id"],
            "person": row["person"] or ws.t("ingest.nobody"),
        }
        for row in first.iter_rows(named=True)
    ]
    columns = [
        Column("record", ws.t("hygiene.head.record"), note="record_id"),
        Column("open_amount", ws.t("hygiene.head.amount"), "money_short"),
        Column("evidence", ws.t("hygiene.head.evidence")),
        Column("fix", ws.t("hygiene.head.fix")),
        Column("person", ws.t("hygiene.head.person")),
    ]
    values = {"share": ws.words.percent(share, 0), "amount": ws.words.money_short(checkup.open_amount)}
    title = ws.t("hygiene.title.costly", **values) if amount else ws.t("hygiene.title.costly_clean")
    empty = str(ws.t("hygiene.empty.costly"))
    return table(rows, columns, title, ws.t("hygiene.who.costly"), words=ws.words, empty=empty)


def _score_row(ws: Workspace, checkup: Checkup, name: str) -> dict[str, Any]:
    mine = checkup.scores.filter(pl.col("object") == name)
    whole = mine.filter(pl.col("category") == "all").row(0, named=True)
    parts = dict(mine.filter(pl.col("category") != "all").select("category", "score").iter_rows())
    return {
        **whole, "open_amount": whole["open_amount"] or None, "object": ws.t(f"hygiene.object.{name}"),
        "value": whole["score"], "score": shown(ws.words, whole["score"]),
        **{category: shown(ws.words, parts[category]) if category in parts else "" for category in CATEGORIES},
    }  # fmt: skip


def shown(words: Words, score: float | None) -> str:
    """A score as a percentage: 100.0% is said of 1 only.

    >>> shown(Words("en", "VND", 0), 1.0), shown(Words("en", "VND", 0), 0.99999), shown(Words("en", "VND", 0), 0.9651)
    ('100.0%', '99.9%', '96.5%')
    """
    return words.percent(score if score in (None, 1) else min(score or 0.0, NEARLY))


def _finding(ws: Workspace, checkup: Checkup, grave: pl.DataFrame, amount: int, share: float) -> dict[str, Any]:
    """What the index says: no amount of its own, for the pipeline that is touched is not money lost."""
    deals = checkup.touched.join(grave, on=["object", "record_id"], how="semi")["deal"].n_unique()
    values = {
        "share": ws.words.percent(share, 0), "amount": ws.words.money_short(amount), "deals": ws.words.number(deals),
        "whole": ws.words.money_short(checkup.open_amount), "count": ws.words.number(checkup.open_deals),
        "first": ws.t(f"hygiene.rule.{_costliest(checkup, grave)}"),
    }  # fmt: skip
    owners = ws.company.findings.owners
    person = owners.get("pipeline", owners.get("default", ""))
    return {
        "amount": None,
        "basis": ws.t("hygiene.finding.basis"),
        "title": ws.t("hygiene.finding.title", **values),
        "why": ws.t("hygiene.finding.why", **values),
        "action": ws.t("hygiene.finding.action"),
        "owner": name_of(ws, person),
        "due_on": (ws.as_of + timedelta(days=DAYS)).isoformat(),
        "href": "01_ingest.html#crm-costly",
        "is_good": False,
    }


def _costliest(checkup: Checkup, grave: pl.DataFrame) -> str:
    """The rule whose hits touch the most open pipeline."""
    amounts = {str(rule): checkup.amount_of(part) for (rule,), part in grave.group_by("rule")}
    return max(sorted(amounts), key=lambda rule: amounts[rule])


def _first(mine: pl.DataFrame) -> str:
    """What to do about the gravest and costliest; the findings are in that order."""
    return str(mine["fix"][0])


def _enough(ws: Workspace) -> int:
    return max(1, ws.company.findings.minimum_amount * int(10**ws.company.money_decimals))


def _none(ws: Workspace) -> str:
    return str(ws.t("hygiene.empty.scores"))
