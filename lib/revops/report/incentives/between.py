"""What stands between earned and paid: one row per person with a draw, a clawback, pay held, capped or carried."""

from collections.abc import Mapping
from typing import Any

from revops.incentives.desk import Desk
from revops.incentives.earnings import Payment
from revops.incentives.payments import Item
from revops.incentives.payouts import PersonMonth
from revops.incentives.reasons import why
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.incentives.words import scope
from revops.report.tables import Column, table
from revops.workspace import Workspace

STEPS: Mapping[str, tuple[str, ...]] = {
    "advanced": ("draw", "recovery"),
    "taken": ("clawback",),
    "held": ("held",),
    "released": ("released",),
    "carried": ("carried_in", "payment_cap", "carried_out"),
    "corrected": ("adjustment", "manual", "owed_in", "owed_out", "closed"),
}


def between(ws: Workspace, desk: Desk) -> Row | Html:
    """The people whose payment is not what they earned, or who have something open; all others in one row."""
    paid = [(person, person.payment) for person in desk.current if person.payment and not person.problems]
    mine = [(person, payment) for person, payment in paid if payment.items or _open(person)]
    if not mine:
        return text(ws.t("finance.between.none"))
    rows = [_row(ws, person, payment) for person, payment in mine]
    others = [payment.paid for person, payment in paid if not (payment.items or _open(person))]
    if others:
        name = ws.words.capital(ws.words.n("finance.between.others", len(others)))
        rows.append({"name": name, "earned": sum(others), "paid": sum(others)})
    total: dict[str, Any] = {key: sum(r.get(key) or 0 for r in rows) for key in ("earned", *STEPS, "paid", "open")}
    shown = [key for key in STEPS if any(r.get(key) for r in rows)]
    heads = [Column("name", ws.t("incentives.head.person"), note="why"), Column("earned", _t(ws, "earned"), "money")]
    heads += [Column(key, _t(ws, key), "money", signed=True, better="none") for key in shown]
    heads.append(Column("paid", ws.t("incentives.head.paid"), "money", strong=True))
    heads.append(Column("open", _t(ws, "open"), "money"))
    rows.append({"name": ws.t("incentives.statement.total"), **total})
    changed = sum(bool(payment.items) for _, payment in mine)
    title = ws.words.n("finance.between.title", changed, earned=ws.words.money_short(total["earned"]),
                       paid=ws.words.money_short(total["paid"]))  # fmt: skip
    who = ws.t("finance.between.who", scope=scope(ws))
    listed = table(rows, heads, ws.words.capital(title), who, words=ws.words, total=True)
    return row(listed, _steps(ws, total, shown), widths=(8, 4)) if shown else listed


def _steps(ws: Workspace, total: Mapping[str, Any], shown: list[str]) -> Figure:
    lines = [{"name": _t(ws, key), "amount": total[key]} for key in shown]
    drawing = charts.bridge(lines, ws.words, start=_t(ws, "earned"), end=_t(ws, "paid"), better="none")
    gap = ws.words.money_short(total["paid"] - total["earned"], signed=True)
    return figure(drawing, ws.t("finance.between.steps", gap=gap), scope(ws))


def _open(person: PersonMonth) -> int:
    """What is still owed to the person, less advances that are to be paid back."""
    return person.state.held_amount + person.state.carried - person.state.draw


def _row(ws: Workspace, person: PersonMonth, payment: Payment) -> dict[str, Any]:
    told = [_why(ws, kind, [item for item in payment.items if item.kind == kind]) for kind in _kinds(payment)]
    if not told and person.state.draw:
        told = [ws.t("finance.between.advance", amount=ws.words.money_plain(person.state.draw))]
    steps = {key: payment.sum_of(*kinds) or None for key, kinds in STEPS.items()}
    return {"name": person.name, "why": " · ".join(filter(None, told)), "earned": payment.earned, **steps,
            "paid": payment.paid, "open": _open(person)}  # fmt: skip


def _kinds(payment: Payment) -> list[str]:
    return list(dict.fromkeys(item.kind for item in payment.items))


def _why(ws: Workspace, kind: str, items: list[Item]) -> str:
    """The reason of one item; of several of a kind how many they are, since the statement tells each."""
    if len(items) == 1:
        return why(ws.words, kind, items[0].figures)
    name = ws.words.t(f"pay.name.{kind}")
    return str(ws.t("finance.between.several", n=ws.words.number(len(items)), name=name[:1].lower() + name[1:]))


def _t(ws: Workspace, key: str) -> str:
    return str(ws.t(f"finance.head.{key}"))
