"""The situations of situations/*.yaml: what is given and what must come out, as plain dicts.

A file names its plans, each a whole plan or the terms of its one component, and its situations. A situation tells:

    plan        the name of a plan of the file, or its terms
    month       first pay month, 2026-01 where nothing is said; every list below is one value a month from then on
    credits     amounts, or by component key · events: [day, amount, order] or rows with day, amount, order, of, kind
    quota       amounts of the window of the plan, or by measure (also of a component by its key) · quotas: rows
    paid        what must come out, a value or a list; null: no pay day
    carried, balance, held, lines, pays, attainment, fault: what else must come out

A plan that draws is met in the first pay month, unless hired_on says otherwise.
Everything else (rate, hired_on, left_on, absences, scores, units, collected, released, currency) goes as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from .reference.days import calendar_window, day, month_of

FOLDER = Path(__file__).with_name("situations")
PLAN: dict[str, Any] = {
    "plan": "T", "title": "A plan", "roles": ["seller"], "effective_from": date(2020, 1, 1), "measure": "net_revenue",
    "period": "month", "source": "a situation", "checked_on": date(2026, 1, 1),
}  # fmt: skip
PART = {"credit": "direct", "name": "Commission", "note": "A situation."}
PERSON = ("rate", "hired_on", "left_on", "absences", "released", "tenure")
Row = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """One situation: the plan in full, the person as the reference reads it, and what must come out."""

    file: str
    plan: Row
    person: Row
    others: list[Row]
    first: date
    count: int
    told: Row

    @property
    def fiscal_start(self) -> int:
        """First month of the fiscal year."""
        return int(self.told.get("fiscal_year_starts", 1))

    def each(self, key: str) -> list[Any] | None:
        """What must come out in each month; None where the situation does not say."""
        if key not in self.told:
            return None
        return _listed(self.told[key])


def situations() -> list[Situation]:
    """All situations of all files."""
    return [one for path in sorted(FOLDER.glob("*.yaml")) for one in _of(path)]


def _of(path: Path) -> Iterator[Situation]:
    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    for told in text["situations"]:
        terms = told["plan"] if isinstance(told["plan"], dict) else text["plans"][told["plan"]]
        yield situation(path.stem, terms, told)


def situation(file: str, terms: Row, told: Row) -> Situation:
    """A situation as it is told, in full."""
    plan = full_plan(terms)
    first = day(told.get("month", date(2026, 1, 1)))
    lists = [told[key] for key in ("credits", "paid", "months") if isinstance(told.get(key), list)]
    count = max([len(rows) for rows in lists], default=int(told.get("months", 1)))
    person: Row = {"id": "P1", **{key: told[key] for key in PERSON if key in told}}
    starts = int(told.get("fiscal_year_starts", 1))
    if "draw" in plan:
        person.setdefault("hired_on", first)
    person["credits"] = list(_credits(plan, told, first))
    person["quotas"] = list(_quotas(plan, told, first, starts))
    person["collected"] = [{**row, "on": day(row["day"])} for row in told.get("collected", [])]
    person["units"] = [_unit(row) for row in told.get("units", [])]
    if "scores" in told:
        person["scores"] = {calendar_window(plan["period"], first, starts)[0]: told["scores"]}
    others = [{"id": "P2", "credits": [], "units": [_unit(row) for row in told["others"]]}] if "others" in told else []
    return Situation(file, plan, person, others, first, count, told)


def full_plan(terms: Row) -> Row:
    """A plan in full from the terms that matter."""
    plan = {**PLAN, **(terms if "components" in terms else {"components": [terms]})}
    plan["components"] = [{**PART, "key": f"c{n}", **part} for n, part in enumerate(plan["components"])]
    needs = any(part.get("bounds") == "quota" or "curve" in part or "matrix" in part for part in plan["components"])
    return {"quota": "revenue", **plan} if needs else plan


def _credits(plan: Row, told: Row, first: date) -> Iterator[Row]:
    for n, event in enumerate(told.get("events", [])):
        row = event if isinstance(event, dict) else dict(zip(("day", "amount", "order"), event, strict=False))
        yield {"id": f"{n:03}", **row, "on": day(row["day"])}
    given = told.get("credits", [])
    for key, amounts in given.items() if isinstance(given, dict) else ((None, given),):
        for n, amount in enumerate(_listed(amounts)):
            on = month_of(first, n).replace(day=10)
            hired = told.get("hired_on")
            row = {"id": f"{key}{n}", "on": max(on, day(hired)) if hired else on, "amount": amount}
            yield row if key is None else {**row, "of": key}


def _quotas(plan: Row, told: Row, first: date, starts: int) -> Iterator[Row]:
    for row in told.get("quotas", []):
        yield {"measure": plan.get("quota"), **row}
    given = told.get("quota", [])
    by_key = {part["key"]: part.get("quota", plan.get("quota")) for part in plan["components"]}
    kind = plan["components"][0].get("window", "period")
    for key, amounts in given.items() if isinstance(given, dict) else ((None, given),):
        for n, amount in enumerate(_listed(amounts)):
            is_monthly = isinstance(amounts, list) or kind in ("period", "quota")
            window = calendar_window(plan["period"] if is_monthly else kind, month_of(first, n), starts)
            measure = plan.get("quota") if key is None else by_key.get(key, key)
            yield {"measure": measure, "start_on": window[0], "end_on": window[1], "amount": amount}


def _unit(row: Sequence[Any]) -> Row:
    on, order, units, *group = row
    return {"on": day(on), "order": order, "units": units, "product_group": group[0] if group else "Fans"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
