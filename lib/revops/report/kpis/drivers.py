"""What drives revenue: each driver as it is and was, what its change moved, and what turning one would be worth."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from revops.kpis import targets
from revops.kpis.facts import Facts
from revops.kpis.forecast import drivers
from revops.kpis.forecast.drivers import Driver, Model
from revops.kpis.measure import growth
from revops.kpis.spans import Spans
from revops.money import RATE_SCALE
from revops.report.display import Html, text
from revops.report.knobs import interact, slider
from revops.report.kpis.shown import missing, show_value, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace

START = {"conversion": 0.10}  # where sliders start; the others at 0


def driver_tables(ws: Workspace, facts: Facts, spans: Spans) -> list[Html]:
    """One table a model: value, plan and last year of each driver, and its part in the change since last year."""
    found = drivers.models(facts, spans, _plans(facts, spans))
    if not found:
        return [missing(ws, "drivers")]
    for model, _ in found:
        ws.check(f"forecast.check.{model.key}", model.modelled + sum(model.rest.values()), model.actual, money=True)
    return [_table(ws, *pair) for pair in found]


def _plans(facts: Facts, spans: Spans) -> dict[str, Fraction]:
    """What the targets say of rates that are drivers."""
    rates = {key: targets.plan_rate(facts.targets, key, *spans.now) for key in ("web_conversion", "win_rate")}
    return {key: Fraction(rate, RATE_SCALE) for key, rate in rates.items() if rate is not None}


def _table(ws: Workspace, model: Model, past: Model | None) -> Html:
    moved = drivers.effects(past, model) if past else {}
    lines = [_line(ws, model, driver, past, moved) for driver in model.drivers]
    change = model.actual - past.actual if past else None
    lines.append({"name": ws.t("forecast.driver.rest"), "note": _rest(ws, model), "effect": moved.get("rest"),
                  "value": ws.words.signed_money_short(sum(model.rest.values())),
                  "past": ws.words.signed_money_short(sum(past.rest.values())) if past else ""})  # fmt: skip
    lines.append({"name": ws.t(f"forecast.model.{model.key}"), "value": ws.words.money_short(model.actual),
                  "past": ws.words.money_short(past.actual) if past else "", "effect": change})  # fmt: skip
    columns = [
        Column("name", ws.t("forecast.column.driver"), note="note"),
        Column("value", ws.words.period_short(ws.period), right=True, strong=True, note="plan"),
        Column("past", ws.words.period_short(ws.period.previous_year()), right=True),
        Column("change", ws.t("forecast.column.change"), "pin"),
        Column("effect", ws.t("forecast.column.effect"), "bar", digits=1),
        Column("worth", ws.t("forecast.column.worth"), "money_short", digits=1),
    ]
    who = ws.t(f"forecast.who.{model.key}", period=ws.words.period(ws.period))
    return table(lines, columns, _title(ws, model, moved, change), who, words=ws.words, total=True)


def _rest(ws: Workspace, model: Model) -> str:
    parts = [ws.t(f"forecast.rest.{name}", amount=ws.words.signed_money_short(amount))
             for name, amount in model.rest.items() if amount]  # fmt: skip
    return " · ".join(parts)


def _line(ws: Workspace, model: Model, driver: Driver, past: Model | None, moved: dict[str, int]) -> dict[str, Any]:
    before = next((d.value for d in past.drivers if d.key == driver.key), None) if past else None
    change = growth(float(driver.value), float(before)) if before else None
    return {"key": driver.key, "name": ws.t(f"forecast.driver.{driver.key}"), "value": _shown(ws, driver, driver.value),
            "plan": _plan(ws, driver), "past": _shown(ws, driver, before), "change": change,
            "effect": moved.get(driver.key), "worth": drivers.at_plan(model, driver.key)}  # fmt: skip


def _plan(ws: Workspace, driver: Driver) -> str:
    """The plan of a driver that has one, to stand under its value."""
    return f"{ws.t('forecast.column.plan')} {_shown(ws, driver, driver.plan)}" if driver.plan is not None else ""


def _shown(ws: Workspace, driver: Driver, value: Any) -> str:
    return "" if value is None else show_value(ws, driver.kind, float(value))


def _title(ws: Workspace, model: Model, moved: dict[str, int], change: int | None) -> str:
    """The driver that moved most, where the whole moved the same way; else neutral."""
    own = {key: amount for key, amount in moved.items() if key != "rest"}
    top = max(own, key=lambda key: abs(own[key]), default="")
    if not change or not own or own[top] * change <= 0:
        return ws.t(f"forecast.title.{model.key}")
    side = "fell" if change < 0 else "rose"
    return ws.t(
        f"forecast.title.{model.key}_{side}", driver=ws.t(f"forecast.driver.{top}").lower(),
        amount=ws.words.money_short(abs(change), 2), part=ws.words.signed_money_short(own[top], 2),
    )  # fmt: skip


def turn_drivers(ws: Workspace, facts: Facts, spans: Spans) -> Html | None:
    """Sliders for the web's drivers, and what its revenue would be; nothing where it has no model."""
    model = drivers.web(facts, spans.now)
    if model is None:
        return silent()
    names = {driver.key: ws.t(f"forecast.driver.{driver.key}") for driver in model.drivers}
    knobs = {key: slider(START.get(key, 0.0), -0.5, 0.5, 0.01, name, is_percent=True) for key, name in names.items()}
    interact(lambda **changes: turned(ws, model, changes), words=ws.words, **knobs)
    return None


def turned(ws: Workspace, model: Model, changes: Mapping[str, float]) -> Html:
    """What the product would be with drivers turned by shares."""
    new = drivers.what_if(model, changes)
    said = [
        ws.t(
            "forecast.turned.driver",
            driver=ws.t(f"forecast.driver.{key}").lower(),
            change=ws.words.signed_percent(by, 0),
        )
        for key, by in changes.items()
        if by
    ]
    amounts = {"amount": ws.words.money_short(new), "now": ws.words.money_short(model.modelled)}
    amounts["change"] = ws.words.signed_money_short(new - model.modelled)
    return text(ws.t("forecast.turned.web", changes=ws.words.join(said) or ws.t("forecast.turned.nothing"), **amounts))
