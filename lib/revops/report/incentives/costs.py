"""What a plan costs: at every attainment, and as a distribution of twelve months."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from revops.incentives.design import cost
from revops.incentives.design.chance import Array
from revops.incentives.design.shape import NEAR, jumps
from revops.incentives.design.spread import DRAWS, quantile
from revops.incentives.design.study import Study
from revops.incentives.plans import Plan
from revops.incentives.terms import text_in
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.knobs import Knob, choice
from revops.report.tables import Column, table
from revops.workspace import Workspace

SHOWN = tuple(Fraction(n, 100) for n in (0, 50, 80, 100, 120, 150, 200))
BINS = 36


def title_of(ws: Workspace, plan: Plan) -> str:
    """A plan by its short name and title."""
    return f"{plan.plan} · {text_in(plan.title, ws.language)}"


def plan_knobs(ws: Workspace, study: Study) -> dict[str, Knob]:
    """The plan to look at, at first the one that pays most people; nothing where no plan pays."""
    counts = {name: len(study.last(name)) for name in study.plans}
    if not counts:
        return {}
    names = {name: title_of(ws, plan) for name, plan in study.plans.items()}
    return {"plan": choice(max(counts, key=lambda name: counts[name]), names, ws.t("design.knob.plan"))}


def plan_cost(ws: Workspace, study: Study) -> Callable[..., Row | Html]:
    """What the knob shows: the cost of a plan at every attainment, as a picture and in figures."""
    if not study.plans:
        return lambda: text(ws.t("incentives.say.no_plan_pays"))
    return lambda plan: row(_curve(ws, study, plan), _figures(ws, study, plan), widths=(6, 5))


def _curve(ws: Workspace, study: Study, name: str) -> Figure:
    """Pay of everybody of the plan by attainment; each component a line of its own where there are several."""
    windows, plan = study.last(name), study.plans[name]
    steps = {at - NEAR for one in windows for shape in one.shapes for at, _ in jumps(shape)}
    steps |= {at + NEAR for at in steps}
    frame = cost.at(windows, sorted({*cost.SHARES, *(at for at in steps if at <= 2)}))
    names = {n: text_in(part.name, ws.language) for n, part in enumerate(plan.components)}
    names[cost.ALL] = ws.t("design.cost.all") if len(names) > 1 else next(iter(names.values()))
    shown = frame.filter(pl.lit(len(names) > 2) | (pl.col("component") == cost.ALL))
    points = shown.select(x="share", y="pay_amount", series=pl.col("component").replace_strict(names))
    heads = [ws.t(f"design.head.{key}") for key in ("attained", "component", "pay")]
    people = ws.words.n("design.people", len({one.person.person_id for one in windows}))
    who = ws.t("design.cost.who", month=ws.words.month(windows[0].person.month_on), people=people)
    return figure(charts.paths(points, ws.words, heads, chosen=names[cost.ALL]), _title(ws, study, name), who)


def _title(ws: Workspace, study: Study, name: str) -> str:
    at = cost.at(study.last(name), (Fraction(1),)).filter(component=cost.ALL).row(0, named=True)
    values = {"plan": text_in(study.plans[name].title, ws.language), "rate": ws.words.percent(at["rate"], 2)}
    return ws.t("design.cost.title", amount=ws.words.money_short(at["pay_amount"]), **values)


def _figures(ws: Workspace, study: Study, name: str) -> Html:
    """One row per attainment: one person, everybody, and what a unit of credit costs."""
    frame = cost.at(study.last(name), SHOWN).filter(component=cost.ALL)
    rows = [{**line, "one": line["pay_amount"] // line["people"]} for line in frame.to_dicts()]
    heads = [
        Column("share", ws.t("design.head.attained"), "percent", digits=0),
        Column("one", ws.t("design.head.one"), "money"),
        Column("pay_amount", ws.t("design.head.everybody"), "money", strong=True),
        Column("rate", ws.t("design.head.rate"), "percent", digits=2, reason="why"),
    ]
    return table(rows, heads, ws.t("design.cost.figures"), ws.t("design.cost.figures_who"), words=ws.words)


def every_plan(ws: Workspace, study: Study) -> Html:
    """One row per plan, draft and component: what everybody of it costs in a pay month at some attainments."""
    rows = [line for name in study.plans for line in _at_each(ws, study, name)]
    heads = [
        Column("name", ws.t("design.head.plan"), note="note"),
        *(Column(f"{share}", ws.words.percent(float(share), 0), "money_short", digits=2) for share in SHOWN[1:]),
        Column("rate", ws.t("design.cost.at_quota"), "percent", digits=2),
    ]
    empty = ws.t("incentives.say.no_plan_pays")
    return table(rows, heads, ws.t("design.cost.every"), ws.t("design.cost.every_who"), words=ws.words, empty=empty)


def _at_each(ws: Workspace, study: Study, name: str) -> list[dict[str, Any]]:
    """A plan's row, and one for each component where there are several."""
    plan, lines = study.plans[name], cost.at(study.last(name), SHOWN[1:])
    people = ws.words.n("design.people", len({one.person.person_id for one in study.last(name)}))
    rows = []
    for number in lines["component"].unique().sort().to_list()[: None if len(plan.components) > 1 else 1]:
        mine = lines.filter(component=number)
        at = {f"{share}": pay for share, pay in zip(SHOWN[1:], mine["pay_amount"], strict=True)}
        part = "· " + text_in(plan.components[number].name, ws.language) if number != cost.ALL else title_of(ws, plan)
        note = people if number == cost.ALL else None
        rows.append({"name": part, "note": note, "rate": mine["rate"][SHOWN.index(Fraction(1)) - 1], **at})
    return rows


def spread(ws: Workspace, study: Study) -> Row | Html:
    """The total as a distribution, today and with the first draft, and by plan."""
    if not study.windows:
        return text(ws.t("incentives.say.no_plan_pays"))
    return row(_bells(ws, study), _quantiles(ws, study), widths=(6, 5))


def _bells(ws: Workspace, study: Study) -> Figure:
    now, words, today = study.spread_of().total, ws.words, ws.t("design.spread.today")
    lines = {today: now}
    lines |= {draft.plan: study.spread_of(draft).total for draft in study.drafts[:1]}
    edges = np.linspace(
        min(costs.min() for costs in lines.values()), max(costs.max() for costs in lines.values()), BINS
    )
    points = [point for name, costs in lines.items() for point in _bell(name, costs, edges)]
    marks = [(quantile(now, share), f"{today}: P{share * 100:.0f}") for share in (0.5, 0.9)]
    heads = [ws.t(f"design.head.{key}") for key in ("cost", "plans", "chance")]
    chosen = study.drafts[0].plan if study.drafts else today
    drawing = charts.paths(points, words, heads, across="money", up=None, marks=marks, chosen=chosen, height=200)
    middle, dear = (words.money_short(quantile(now, share)) for share in (0.5, 0.9))
    title = words.capital(words.n("design.spread.title", len(study.months), middle=middle, dear=dear))
    return figure(drawing, title, ws.t("design.spread.who", draws=words.number(DRAWS), **_model(ws, study)))


def _bell(name: str, costs: Array, edges: Array) -> list[dict[str, Any]]:
    counts = np.histogram(costs, bins=edges)[0].astype(float)
    for _ in range(3):  # the grain of the draws, evened out over neighbours
        counts = np.convolve(counts, [0.25, 0.5, 0.25], mode="same")
    middles = (edges[:-1] + edges[1:]) / 2
    told = [(int(x), float(n)) for x, n in zip(middles, counts / len(costs), strict=True)]
    return [{"x": x, "y": n, "series": name} for x, n in told]


def _model(ws: Workspace, study: Study) -> dict[str, str]:
    words, chance = ws.words, study.chance
    return {
        "months": words.number(len(chance.quantiles)),
        "within": words.number(chance.within, 2),
        "across": words.number(chance.across, 2),
    }


def _quantiles(ws: Workspace, study: Study) -> Html:
    """One row per plan and the total: what came, the middle, one year in ten; then the total with each draft."""
    now, words = study.spread_of(), ws.words
    rows = [_row(title_of(ws, study.plans[name]), costs, study.came[name]) for name, costs in now.by_plan.items()]
    rows.sort(key=lambda line: -line["middle"])
    rows.append(_row(ws.t("design.spread.all"), now.total, sum(study.came.values())))
    for draft in study.drafts:
        costs = study.spread_of(draft).total
        dearer = words.percent(float((costs > now.total).mean()), 0)
        name = ws.t("design.spread.with", draft=title_of(ws, draft))
        rows.append({**_row(name, costs, None), "note": ws.t("design.spread.dearer", share=dearer)})
    heads = [
        Column("name", ws.t("design.head.plan"), note="note"),
        Column("came", ws.t("design.head.came"), "money_short"),
        Column("middle", "P50", "money_short", strong=True),
        Column("dear", "P90", "money_short"),
    ]
    before = study.spread_before.total
    low, high = (words.money_short(quantile(before, share)) for share in (0.1, 0.9))
    who = ws.t("design.spread.test", low=low, high=high, came=words.money_short(sum(study.came.values())))
    return table(rows, heads, ws.t("design.spread.figures"), who, words=words)


def _row(name: str, costs: Array, came: int | None) -> dict[str, Any]:
    return {"name": name, "came": came, "middle": quantile(costs, 0.5), "dear": quantile(costs, 0.9)}
