"""What is paid, in three sentences, the totals for everybody and what is saved."""

import polars as pl

from revops.incentives.desk import Desk
from revops.incentives.games.watch import flagged
from revops.report.display import Html, text
from revops.report.incentives.words import pay_scope, t
from revops.report.tables import Column, table
from revops.workspace import Workspace


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
        first = t(ws, "say.no_plan_pays")
    second = (
        ws.t(f"incentives.answer.reached.{'one' if reached == 1 else 'other'}", n=reached, of=len(known))
        if known
        else t(ws, "answer.no_quota")
    )
    third = _third(ws, desk)
    ws.headline(f"{words.capital(first)} {words.capital(second)}", pay_scope(ws, desk))
    ws.notes.extra["pay_title"] = ws.notes.headline  # totals only: the page for everyone says the same
    ws.notes.extra["pay"] = pay_totals(ws, desk, total, share, reached, len(known))
    return text(" ".join(words.capital(sentence) for sentence in (first, second, third)))


def _third(ws: Workspace, desk: Desk) -> str:
    words, people = ws.words, flagged(desk.league.bunched).height
    parts = [words.n("incentives.answer.faults", len(desk.faults)) if desk.faults else t(ws, "answer.no_faults")]
    parts.append(words.n("incentives.answer.gaming", people) if people else t(ws, "answer.no_gaming"))
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
        ("reached", t(ws, "total.of", part=words.number(reached), all=words.number(known))),
        ("returns", words.number(_returns(desk))),
        ("cap", words.signed_money(cap)),
        ("stopped", words.number(stopped)),
    ]
    values.append(("apart", t(ws, "total.where")))
    return [{"name": t(ws, f"total.{key}"), "value": value} for key, value in values]


def _returns(desk: Desk) -> int:
    back = desk.now_credits.filter((pl.col("kind") == "return") & pl.col("rule").is_in(["direct", "split", "channel"]))
    return int(back["movement_id"].n_unique())


def saved(ws: Workspace, names: list[str]) -> Html:
    """What the notebook saved: one row per table that the catalogue tells."""
    rows = [
        {"table": name, "rows": ws.scan(name).select(pl.len()).collect().item(), "what": t(ws, f"saved.{name}")}
        for name in names
        if ws.words.has(f"incentives.saved.{name}")
    ]
    heads = [
        Column("table", t(ws, "head.table")),
        Column("rows", t(ws, "head.rows"), "number"),
        Column("what", t(ws, "head.what")),
    ]
    return table(rows, heads, t(ws, "title.saved"), t(ws, "who.saved"), words=ws.words)
