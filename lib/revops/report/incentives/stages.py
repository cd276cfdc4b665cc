"""What each step of the order of operations adds: for everybody together, and component by component."""

from typing import Any

from revops.incentives.desk import Desk
from revops.incentives.earnings import Payout
from revops.incentives.payouts import PersonMonth
from revops.incentives.scales import rounded
from revops.incentives.terms import text_in
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.incentives.pay import steps_after
from revops.report.incentives.words import scope, t
from revops.report.tables import Column, table
from revops.workspace import Workspace

AFTER = ("column", "windfall", "hurdle", "multiplier", "cap")
BESIDE = ("spiff", "objectives", "plan_cap")


def stages(ws: Workspace, desk: Desk) -> Row | Html:
    """One row per step, in order: how many people it moves, what it adds or takes, what everybody comes to."""
    moved: dict[str, dict[str, int]] = {}
    for person, payout in _payouts(desk):
        _add(moved, "scale", person, payout.rounded)
        for key, amount in steps_after(payout).items():
            _add(moved, key, person, amount)
    for person in desk.paid:
        for extra in person.payment.extras if person.payment else ():
            _add(moved, extra.kind, person, extra.amount)
    if not moved:
        return text(t(ws, "say.nobody_paid"))
    rows: list[dict[str, Any]] = []
    for key in ("scale", *AFTER, *BESIDE):
        by_person = {person: amount for person, amount in moved.get(key, {}).items() if amount}
        if by_person or key == "scale":
            adds = sum(by_person.values())
            after = adds + (rows[-1]["after"] if rows else 0)
            rows.append({"step": _t(ws, key), "people": len(by_person), "adds": adds, "after": after})
    earned = rows[-1]["after"] if rows else 0
    rows.append({"step": _t(ws, "earned"), "people": len(desk.paid), "after": earned})
    heads = [
        Column("step", _t(ws, "step")),
        Column("people", _t(ws, "people"), "number"),
        Column("adds", _t(ws, "adds"), "money", signed=True, better="none"),
        Column("after", _t(ws, "after"), "money", strong=True),
    ]
    title = ws.words.capital(_t(ws, "title", earned=ws.words.money(earned)))
    listed = table(rows, heads, title, _t(ws, "who", scope=scope(ws)), words=ws.words, total=True)
    return row(listed, _bridge(ws, rows), widths=(6, 5)) if len(rows) > 2 else listed


def _bridge(ws: Workspace, rows: list[dict[str, Any]]) -> Figure:
    """The same steps as a picture."""
    lines = [{"name": one["step"], "amount": one["adds"]} for one in rows[1:-1]]
    drawing = charts.bridge(lines, ws.words, start=rows[0]["step"], end=rows[-1]["step"], better="none")
    gap = ws.words.money_short(sum(one["amount"] for one in lines), signed=True)
    return figure(drawing, _t(ws, "bridge", gap=gap), scope(ws))


def parts(ws: Workspace, desk: Desk) -> Html:
    """One row per person and component: credits before and in the month, attainment, the scale, every step after it."""
    rows: list[dict[str, Any]] = [
        {
            "name": person.name,
            "part": f"{payout.plan} · {text_in(payout.component.name, ws.language)}",
            "before": rounded(payout.start) or None,
            "credit": rounded(payout.credit),
            "attained": None if payout.attained is None else float(payout.attained),
            "scale": payout.rounded,
            **{key: amount for key, amount in steps_after(payout).items() if amount},
            "paid": payout.pay,
        }
        for person, payout in _payouts(desk)
    ]
    if not rows:
        return text(t(ws, "say.nobody_paid"))
    shown = [key for key in AFTER if any(one.get(key) for one in rows)]
    people = len({one["name"] for one in rows})
    title = ws.words.n("plans.stages.parts_title", len(rows), people=ws.words.number(people))
    total = {key: sum(one.get(key) or 0 for one in rows) for key in ("scale", *shown, "paid")}
    rows.append({"name": t(ws, "statement.total"), **total})
    heads = [Column("name", t(ws, "head.person")), Column("part", ws.t("plans.head.part"))]
    heads += [Column("before", _t(ws, "before"), "number")] if any(one.get("before") for one in rows) else []
    heads += [
        Column("credit", _t(ws, "counted"), "number"),
        Column("attained", t(ws, "head.attained"), "heat", digits=1),
        Column("scale", _t(ws, "on_scale"), "money"),
    ]
    heads += [Column(key, _t(ws, key), "money", signed=True, better="none") for key in shown]
    heads.append(Column("paid", _t(ws, "paid"), "money", strong=True))
    who = _t(ws, "parts_who", scope=scope(ws))
    return table(rows, heads, ws.words.capital(title), who, words=ws.words, total=True)


def _payouts(desk: Desk) -> list[tuple[PersonMonth, Payout]]:
    return [(person, payout) for person in desk.paid if person.payment for payout in person.payment.payouts]


def _add(moved: dict[str, dict[str, int]], key: str, person: PersonMonth, amount: int) -> None:
    mine = moved.setdefault(key, {})
    mine[person.person_id] = mine.get(person.person_id, 0) + amount


def _t(ws: Workspace, key: str, **values: Any) -> str:
    return str(ws.t(f"plans.stages.{key}", **values))
