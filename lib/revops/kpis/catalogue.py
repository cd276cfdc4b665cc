"""The catalogue of metrics: each is declared once, in `catalogue/<area>.yaml`, and counted by `counting`.

A metric is a sum of columns of fact tables, or such a sum ÷ another.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import Field, RootModel, model_validator

from revops.company import load_model
from revops.kpis import commerce, customers, forecast, marketing, people, pipeline, recurring, service
from revops.kpis.fact_tables import FactTable
from revops.kpis.facts import Facts
from revops.problems import InputError, Problem, nearest
from revops.section import Section

FOLDER = Path(__file__).with_name("catalogue")
AREAS = ("commerce", "marketing", "pipeline", "recurring", "customers", "people", "service", "forecast")
FACT_TABLES: dict[str, FactTable] = {
    name: table
    for module in (commerce, marketing, pipeline, people, recurring, service, customers, forecast)
    for name, table in module.FACTS.items()
}


class Said(Section):
    """A text in the languages of the pages."""

    en: str
    vi: str


class Metric(Section):
    """One metric: what it is called, how it is counted, how it may be added up, where its definition comes from."""

    name: Said = Field(description="name")
    formula: Said = Field(description="formula in words")
    convention: Said = Field(description="basis, date rule and exclusions, printed beside the number")
    date: Said = Field(description="which day decides the period")
    numerator: list[str] = Field(default_factory=list, description="terms fact.column; a minus before one subtracts")
    denominator: list[str] = Field(default_factory=list, description="terms; none: the numerator is the metric")
    of: list[str] = Field(default_factory=list, description="metrics that it is composed of, in kpis/composed.py")
    unit: Literal["money", "count", "share", "price", "ratio", "days"] = Field(description="price: money per case")
    over_time: Literal["sum", "last", "none"] = Field(description="what may be done with the values of several periods")
    better: Literal["higher", "lower", "neither"] = Field(description="the good direction")
    source: str = Field(description="where the definition comes from")
    times: int = Field(1, description="the numerator counts this many times, such as 12 for a year")
    scale: int = Field(1, description="the numerator is in this fraction of the unit, such as 10000 for costs")
    per: int = Field(1, description="the denominator is in this fraction of one, such as 1000000000 for credited parts")
    within: list[str] = Field(default_factory=list, description="dimensions over which it must not be added up")
    trailing_months: int | str | None = Field(None, description="the last months up to the period's end, or a setting")
    matures_days: int | str | None = Field(None, description="so many days after the period it can be judged")

    @model_validator(mode="after")
    def _is_counted_one_way(self) -> "Metric":
        if bool(self.numerator) == bool(self.of):
            raise ValueError("either a numerator, or the metrics that it is composed of")
        return self

    @property
    def kind(self) -> Literal["money", "number", "percent"]:
        """How its value is shown."""
        if self.unit in ("money", "price"):
            return "money"
        return "percent" if self.unit == "share" else "number"

    def terms(self) -> list["Term"]:
        """The terms of both sides."""
        return [*map(Term.parse, self.numerator), *map(Term.parse, self.denominator)]

    def fact_tables(self) -> list[FactTable]:
        """The fact tables that it counts, or that the metrics it is composed of count, each once."""
        return [FACT_TABLES[name] for name in dict.fromkeys(self._facts())]

    def _facts(self) -> list[str]:
        """The names of these fact tables, in the order of its terms."""
        return [term.fact for term in self.terms()] + [name for key in self.of for name in declared(key)._facts()]

    def needs(self) -> list[str]:
        """The canonical tables behind them, by name."""
        return sorted({name for table in self.fact_tables() for name in table.tables})

    def is_there(self, facts: Facts) -> bool:
        """Whether each of its fact tables has any row to count."""
        return all(table.is_there(facts) for table in self.fact_tables())

    def dimensions(self) -> list[str]:
        """The dimensions that all its fact tables know; none of a composed metric."""
        tables = [] if self.of else self.fact_tables()
        if not tables:
            return []
        return [name for name in tables[0].dimensions if all(name in table.dimensions for table in tables)]


@dataclass(frozen=True)
class Term:
    """A column of a fact table, added or subtracted.

    >>> Term.parse("-sales.discount_amount")
    Term(fact='sales', column='discount_amount', sign=-1)
    """

    fact: str
    column: str
    sign: int

    @classmethod
    def parse(cls, text: str) -> "Term":
        """Read 'fact.column' or '-fact.column'."""
        fact, _, column = text.removeprefix("-").partition(".")
        return cls(fact, column, -1 if text.startswith("-") else 1)


class Area(RootModel[dict[str, Metric]]):
    """One file of the catalogue."""


@cache
def metrics() -> dict[str, Metric]:
    """Every declared metric by its key, in the order of the areas."""
    return {key: one for name in AREAS for key, one in area(name).items()}


def area(name: str) -> dict[str, Metric]:
    """The metrics of one file of the catalogue."""
    path = FOLDER / f"{name}.yaml"
    return load_model(path, Area, f"catalogue/{path.name}").root if path.exists() else {}


def declared(key: str) -> Metric:
    """One metric; an unknown key is refused with the nearest known one."""
    if key not in metrics():
        found = f"{key}{nearest(key, metrics())}"
        raise InputError(Problem("metric", found, "a key of the catalogue", "see docs/metrics.md for all of them"))
    return metrics()[key]


def browse(facts: Facts | None = None, language: str = "en") -> pl.DataFrame:
    """One row per metric of the catalogue: what it is, by what it can be cut, and whether its tables are there."""
    rows = []
    for key, one in metrics().items():
        needs = one.needs()
        said = {name: getattr(getattr(one, name), language) for name in ("name", "formula", "convention", "date")}
        missing = [] if facts is None else [name for name in needs if not facts.has(name)]
        rows.append({"metric": key, **said, "unit": one.unit, "over_time": one.over_time, "better": one.better,
                     "by": ", ".join(one.dimensions()), "needs": ", ".join(needs), "missing": ", ".join(missing),
                     "source": one.source})  # fmt: skip
    return pl.DataFrame(rows)
