"""At the desk: what moved terms of a plan do to everybody on it, and what one person would earn for more sales."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from revops.incentives.design import cost
from revops.incentives.design.asked import Asked
from revops.incentives.design.moved import Moves, changed
from revops.incentives.design.study import Study
from revops.incentives.terms import text_in
from revops.money import to_units
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.incentives.costs import plan_knobs
from revops.report.knobs import Knob, choice, slider
from revops.report.tables import Column, table
from revops.workspace import Workspace

POINTS = 40


def turn_knobs(ws: Workspace, study: Study) -> dict[str, Knob]:
    """The plan or draft, and what may be moved in it; nothing where no plan pays."""
    said = {name: ws.t(f"design.knob.{name}") for name in ("rates", "quotas", "bounds", "cap")}
    moves = {
        "rates": slider(0.1, -0.5, 0.5, 0.01, said["rates"], is_percent=True),
        "quotas": slider(0.0, -0.3, 0.3, 0.01, said["quotas"], is_percent=True),
        "bounds": slider(0.0, -0.2, 0.2, 0.01, said["bounds"], is_percent=True),
        "cap": slider(0.0, -0.5, 1.0, 0.05, said["cap"], is_percent=True),
    }
    picked = plan_knobs(ws, study)
    return picked | moves if picked else {}


def turned(ws: Workspace, study: Study) -> Callable[..., Row | Html]:
    """What the knobs show: everybody's month before and after, and both curves of cost."""
    if not study.plans:
        return lambda: text(ws.t("incentives.say.no_plan_pays"))

    def shown(plan: str, rates: float, quotas: float, bounds: float, cap: float) -> Row | Html:
        moves = Moves(*(Decimal(str(value)) for value in (rates, bounds, cap)))
        new, factor = changed(study.plans[plan], moves), 1 + Fraction(str(quotas))
        then = [one.moved(new, factor) for one in study.last(plan)]
        people = {one.person.person_id for one in then}
        month = then[0].person.month_on
        now = [o for o in study.windows if o.person.person_id in people and o.person.month_on == month]
        return row(_people(ws, study, plan, now, then), _both(ws, now, then), widths=(6, 5))

    return shown


def _people(ws: Workspace, study: Study, plan: str, now: Sequence[Asked], then: Sequence[Asked]) -> Html:
    """One row per person of the plan: the month as it is on today's plan, and moved."""
    before, after = _sums(now), _sums(then)
    names = {one.person.person_id: one.person.name for one in then}
    rows: list[dict[str, Any]] = [
        {"name": names[who], "now": before.get(who, 0), "then": paid, "change": paid - before.get(who, 0)}
        for who, paid in sorted(after.items())
    ]
    total = {key: sum(line[key] for line in rows) for key in ("now", "then", "change")}
    heads = [
        Column("name", ws.t("incentives.head.person")),
        Column("now", ws.t("design.head.before"), "money"),
        Column("then", ws.t("design.head.after"), "money"),
        Column("change", ws.t("incentives.head.difference"), "bar", better="none", width=130),
    ]
    key = "design.turn.title" if total["change"] else "design.turn.none"
    title = ws.t(key, plan=text_in(study.plans[plan].title, ws.language), change=ws.words.signed_money(total["change"]))
    who = ws.t("design.turn.who", month=ws.words.month(then[0].person.month_on))
    return table([*rows, {"name": ws.t("incentives.statement.total"), **total}], heads, title, who, words=ws.words,
                 total=True)  # fmt: skip


def _sums(windows: Sequence[Asked]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in windows:
        found[one.person.person_id] = found.get(one.person.person_id, 0) + one.earned
    return found


def _both(ws: Workspace, now: Sequence[Asked], then: Sequence[Asked]) -> Figure:
    """Cost by attainment, as it is and moved."""
    names = {ws.t("design.turn.today"): now, ws.t("design.turn.moved"): then}
    rows = [
        {"x": line["share"], "y": line["pay_amount"], "series": name}
        for name, windows in names.items()
        for line in cost.at(windows).filter(component=cost.ALL).to_dicts()
    ]
    heads = [ws.t(f"design.head.{key}") for key in ("attained", "plans", "pay")]
    drawing = charts.paths(rows, ws.words, heads, chosen=ws.t("design.turn.moved"), height=200)
    people = ws.words.n("design.people", len({one.person.person_id for one in then}))
    who = ws.t("design.cost.who", month=ws.words.month(then[0].person.month_on), people=people)
    return figure(drawing, ws.t("design.turn.curve"), who)


def worth_knobs(ws: Workspace, study: Study) -> dict[str, Knob]:
    """One person, and how much more is sold; nothing where nobody is paid on booked deals."""
    able = _open(study)
    if not able:
        return {}
    power, unit = _unit(ws, able)
    top = max(1, round(max(part.quota or part.credit for one in able for part in one.parts) / _one(ws, power)))
    names = {one.person.person_id: one.person.name for one in sorted(able, key=lambda one: one.person.name)}
    return {
        "person": choice(able[0].person.person_id, names, ws.t("design.knob.person")),
        "amount": slider(max(1, top // 5), 1, top, 1, ws.t("design.knob.amount", unit=unit)),
    }


def worth(ws: Workspace, study: Study) -> Callable[..., Figure | Html]:
    """What the knobs show: 'if I sell so much more, I earn so much more', for one person and the month."""
    able = _open(study)
    if not able:
        return lambda: text(ws.t("design.worth.nobody"))
    power, unit = _unit(ws, able)

    def shown(person: str, amount: int) -> Figure:
        mine, words = [one for one in able if one.person.person_id == person], ws.words
        end = max(amount * 2, 2)
        sold = [round(Fraction(n * end, POINTS) * _one(ws, power)) for n in range(POINTS + 1)]
        rows = [{"x": x, "y": _more(mine, x), "series": ""} for x in sold]
        more, extra = _more(mine, amount * _one(ws, power)), words.money_short(amount * _one(ws, power))
        values = {"name": mine[0].person.name, "more": words.money(more), "amount": extra}
        heads = [ws.t("design.head.sold"), "", ws.t("design.head.more")]
        drawing = charts.paths(rows, words, heads, across="money", marks=[(amount * _one(ws, power), extra)])
        title = ws.t("design.worth.title" if more else "design.worth.none", **values)
        return figure(drawing, title, ws.t("design.worth.who", month=words.month(mine[0].person.month_on)))

    return shown


def _more(windows: Sequence[Asked], amount: int) -> int:
    return sum(one.more(amount, one.open) for one in windows)


def _open(study: Study) -> list[Asked]:
    """The windows of the last month that count every booked deal of somebody."""
    return [one for one in study.windows if one.open and one.person.month_on == study.months[-1]]


def _unit(ws: Workspace, able: Sequence[Asked]) -> tuple[int, str]:
    """The unit in which sales are typed: one step below that of the smallest quota or credit."""
    least = min(int(part.quota or part.credit) for one in able for part in one.parts)
    return ws.words.unit(max(1, least // 10))


def _one(ws: Workspace, power: int) -> int:
    return to_units(10**power, ws.words.money_decimals)
