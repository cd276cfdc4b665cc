"""What was closed, what has changed since, and what people have decided about pay."""

from datetime import date
from typing import Any

import polars as pl

from revops.incentives.closing import adjustments, disputes
from revops.incentives.closing.differences import Change
from revops.incentives.desk import Desk
from revops.incentives.reasons import changed
from revops.report.display import Html, stack, text
from revops.report.tables import Column, table
from revops.workspace import Workspace

TOP = 12


def closed(ws: Workspace, desk: Desk) -> Html:
    """Since when the period is closed, or up to where closing has come; and each result that came out otherwise."""
    changes = [change for change in desk.settled.changes if change.problem is None]
    if not changes:
        return text(" ".join(filter(None, (_stamp(ws, desk), _nothing(ws, desk)))))
    return stack(text(_stamp(ws, desk)), _changes(ws, desk, changes), _causes(ws, desk))


def decided(ws: Workspace, desk: Desk) -> Html:
    """One row per adjustment by hand of the period and per dispute about its lines."""
    through, names = ws.period.last_month, _names(desk)
    mine = pl.col("period") == through
    rows: list[dict[str, Any]] = []
    for row in adjustments(ws.folder, through).filter(mine).to_dicts():
        what = ws.t("closing.released", order=row["order_id"]) if row["order_id"] else ws.t("closing.adjusted")
        rows.append({**row, "what": what, "state": None})
    for row in disputes(ws.folder, through).filter(mine).to_dicts():
        told = {"by": names.get(row["answered_by"], row["answered_by"]), "answer": row["answer"]}
        state = ws.t(f"closing.state.{row['state']}", **told)
        rows.append({**row, "what": row["line"], "state": state, "adjusted_amount": None})
    for row in rows:
        row.update({key: names.get(row[key], row[key]) for key in ("person_id", "by")})
    if not rows:
        return text(ws.t("closing.nothing_decided"))
    heads = [
        Column("person_id", ws.t("incentives.head.person")),
        Column("what", ws.t("closing.head.what"), note="state"),
        Column("reason", ws.t("closing.head.reason")),
        Column("by", ws.t("closing.head.by")),
        Column("made_on", ws.t("closing.head.made_on"), "date"),
        Column("adjusted_amount", ws.t("incentives.head.amount"), "money", signed=True, better="none"),
    ]
    total = sum(row["adjusted_amount"] or 0 for row in rows)
    title = ws.words.capital(ws.words.n("closing.decided", len(rows), sum=ws.words.money(total, signed=True)))
    return table(
        rows, heads, title, str(ws.t("closing.who_decided", month=ws.words.month(desk.last_month))), words=ws.words
    )


def _stamp(ws: Workspace, desk: Desk) -> str:
    words, known = ws.words, desk.closings.periods
    if row := desk.closings.of(ws.period.name):
        by = ws.t("closing.by", name=_names(desk).get(str(row["by"]), row["by"])) if row["by"] else ""
        told = {"day": words.date(row["made_on"]), "by": by, "paid": words.money(row["paid_amount"])}
        return words.capital(ws.t("closing.stamp", period=words.period(ws.period), **told))
    if not known:
        key = "closing.none" if ws.period.kind == "month" else "closing.none_yet"
        return str(ws.t(key, period=ws.period.name))
    key = "closing.until" if len(known) > 1 else "closing.only"
    return str(ws.t(key, first=words.month(_day(known[0])), last=words.month(_day(known[-1]))))


def _nothing(ws: Workspace, desk: Desk) -> str:
    return str(ws.t("closing.nothing_changed")) if desk.closings.periods else ""


def _changes(ws: Workspace, desk: Desk, changes: list[Change]) -> Html:
    words = ws.words
    rows: list[dict[str, Any]] = [
        {
            "name": change.name,
            "month_on": change.month_on,
            "versions": f"{change.before.version} → {change.version}",
            "before": change.before.amount,
            "after": change.after,
            "difference": change.difference,
        }
        for change in changes
    ]
    rows.append({"name": ws.t("incentives.statement.total"), "versions": ""}
                | {key: sum(row[key] for row in rows) for key in ("before", "after", "difference")})  # fmt: skip
    heads = [
        Column("name", ws.t("incentives.head.person")),
        Column("month_on", ws.t("incentives.head.month"), "month"),
        Column("versions", ws.t("closing.head.versions"), right=True),
        Column("before", ws.t("closing.head.before"), "money"),
        Column("after", ws.t("closing.head.after"), "money"),
        Column("difference", ws.t("incentives.head.difference"), "money", signed=True, strong=True, better="none"),
    ]
    key = "closing.waiting" if desk.closings.of(ws.period.name) else "closing.changed"
    title = words.n(key, len(changes), sum=words.money(rows[-1]["difference"], signed=True))
    return table(rows, heads, words.capital(title), str(ws.t("closing.who")), words=words, total=True)


def _causes(ws: Workspace, desk: Desk) -> Html:
    """The largest differences by order: what made closed results come out otherwise."""
    words, names = ws.words, _names(desk)
    if desk.pay_changes.is_empty():
        return text("")  # a closed month has its own, as it was closed
    made = desk.pay_changes.with_columns(difference=pl.col("after_amount") - pl.col("before_amount"))
    found = made.sort(pl.col("difference").abs(), "person_id", "number", descending=[True, False, False])
    rows = [{**change, "name": names.get(change["person_id"], change["person_id"]), "what": changed(words, change),
             "where": ws.t("pay.explain.at_row", **change) if change["file"] else None}
            for change in found.head(TOP).to_dicts()]  # fmt: skip
    heads = [
        Column("name", ws.t("incentives.head.person"), note="month_name"),
        Column("what", ws.t("closing.head.what"), note="where"),
        Column("before_amount", ws.t("closing.head.before"), "money"),
        Column("after_amount", ws.t("closing.head.after"), "money"),
        Column("difference", ws.t("incentives.head.difference"), "money", signed=True, strong=True, better="none"),
    ]
    for row in rows:
        row["month_name"] = words.month(row["month_on"])
    title = words.capital(words.n("closing.causes", made.height))
    who = str(ws.t("closing.who_causes", n=len(rows), all=made.height))
    return table(rows, heads, title, who, words=words)


def _names(desk: Desk) -> dict[str, str]:
    return dict(desk.people.sort("start_on").select("person_id", "name").iter_rows())


def _day(period: str) -> date:
    return date.fromisoformat(f"{period}-01")
