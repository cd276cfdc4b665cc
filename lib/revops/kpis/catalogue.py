"""The catalogue of metrics: each is declared once, in `catalogue/<area>.yaml`, and counted here by any dimension.

A metric is a sum of columns of fact tables, or such a sum ÷ another. Ratios are Σ numerator ÷ Σ denominator over the
cells that are asked for, never a mean of ratios; a denominator of 0 gives null with its reason, never 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import narwhals.stable.v2 as nw
import polars as pl
from pydantic import Field, RootModel

from revops.company import Section, load_model
from revops.kpis import commerce, customers, forecast, marketing, people, pipeline, retention, service
from revops.kpis.fact_tables import FactTable
from revops.kpis.facts import Facts
from revops.kpis.frames import collected, native, opened
from revops.kpis.spans import Span, back
from revops.money import round_ratio
from revops.periods import parse_range
from revops.problems import InputError, Problem, nearest

FOLDER = Path(__file__).with_name("catalogue")
AREAS = ("commerce", "marketing", "pipeline", "recurring", "customers", "people", "service", "forecast")
FACT_TABLES: dict[str, FactTable] = {
    name: table
    for module in (commerce, marketing, pipeline, people, retention, service, customers, forecast)
    for name, table in module.FACTS.items()
}
VALUE: dict[str, Any] = {"value": pl.Float64, "numerator": pl.Int64, "denominator": pl.Int64, "reason": pl.String}


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
    numerator: list[str] = Field(min_length=1, description="terms fact.column; a minus before one subtracts it")
    denominator: list[str] = Field(default_factory=list, description="terms; none: the numerator is the metric")
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
        """The fact tables that it counts, each once."""
        return [FACT_TABLES[name] for name in dict.fromkeys(term.fact for term in self.terms())]

    def dimensions(self) -> list[str]:
        """The dimensions that all its fact tables know."""
        tables = self.fact_tables()
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


def metric(
    facts: Facts, key: str, periods: str, by: str | Sequence[str] = (), where: Mapping[str, Any] | None = None,
    *, pandas: bool = False,
) -> Any:  # fmt: skip
    """One row per period and cell of `by`: start_on, end_on, the dimensions, value, numerator, denominator, reason.

    `periods` is a period or a range as '2026-01..2026-10', '2025-Q1..2026-Q3', '2026-W40..2026-W43'. `value` is in
    whole currency, a count or a share; numerator and denominator are the exact counts it was made of (money in 10 **
    -money_decimals). Where `value` is null, `reason` says why. A period that still runs at the as-of day is counted up
    to it. polars, or pandas where `pandas` is set.
    """
    declared(key)
    cells = measure(facts, [key], _spans(facts, periods), (by,) if isinstance(by, str) else tuple(by), where).drop(
        "metric"
    )
    if declared(key).kind == "money":
        cells = cells.with_columns(pl.col("value") / 10**facts.company.money_decimals)
    return cells.to_pandas() if pandas else cells


def trace(facts: Facts, key: str, period: str, where: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """One row per raw row behind a metric in a period: what was counted of it, its keys, its file and row.

    `counted` names the column, `amount` what the row adds to it (signed), null where the row is counted by its id.
    Amounts of a metric without a denominator sum to its exact count; a source that is summed by day comes as days.
    """
    one, spans = declared(key), _spans(facts, period)
    _refuse_unknown_dimensions({key: one}, where or {})
    months = _setting(facts, one.trailing_months)
    frames = []
    for term in one.terms():
        table = FACT_TABLES[term.fact]
        wide = [back(span[1], months) if months else span for span in spans]
        (rows,) = collected([native(_only(table.rows(facts, wide), where or {}))])
        found, is_sum = pl.col(term.column), term.column in table.sums
        told = rows.filter((found != 0) if is_sum else found.is_not_null())
        amount = found.cast(pl.Int64) * term.sign * one.times if is_sum else pl.lit(None, pl.Int64)
        frames.append(told.with_columns(counted=pl.lit(f"{term.fact}.{term.column}"), amount=amount))
    whole, first = pl.concat(frames, how="diagonal_relaxed"), ("counted", "amount", "file", "row")
    keys = [name for name in whole.columns if name not in first and (name.endswith("_id") or name in one.dimensions())]
    told = whole.select(*(name for name in first if name in whole.columns), *keys)
    return told.sort(*(name for name in (first[0], *first[2:], *keys) if name in told.columns), nulls_last=True)


def _spans(facts: Facts, periods: str) -> list[Span]:
    """The periods of a range as spans, a running one up to the as-of day, none that begins later."""
    found = parse_range(periods, facts.company.fiscal_year_starts)
    return [(period.start, min(period.end, facts.end)) for period in found if period.start < facts.end]


def measure(
    facts: Facts, keys: Sequence[str], spans: Sequence[Span], by: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """One row per metric, span and cell of `by`; money in 10 ** -money_decimals of the currency.

    Every cell that occurs in any of the spans has a row in all of them, so that silence is a row. All metrics are
    counted in one pass over each fact table.
    """
    chosen = {key: declared(key) for key in keys}
    _refuse_unknown_dimensions(chosen, [*by, *(where or {})])
    counted = _Counted(facts, list(dict.fromkeys(spans)), tuple(by), dict(where or {}))
    counted.count(chosen.values())
    empty = pl.DataFrame(schema={"metric": pl.String, "start_on": pl.Date, "end_on": pl.Date})
    return pl.concat([empty, *(counted.rows(key, one) for key, one in chosen.items())], how="diagonal")


def _refuse_unknown_dimensions(chosen: Mapping[str, Metric], names: Iterable[str]) -> None:
    for key, one in chosen.items():
        for name in names:
            if name not in one.dimensions():
                known = ", ".join(one.dimensions()) or "none"
                found = f"{name}{nearest(name, one.dimensions())}"
                raise InputError(Problem(f"metric {key}, by", found, f"one of its dimensions ({known})", "choose one"))


class _Counted:
    """Sums of fact tables by span and cell, counted once and used by every metric of a call."""

    def __init__(self, facts: Facts, spans: list[Span], by: tuple[str, ...], where: dict[str, Any]):
        self.facts, self.spans, self.by, self.where = facts, spans, by, where
        self.sums: dict[tuple[Any, ...], list[pl.DataFrame]] = {}

    def count(self, chosen: Iterable[Metric]) -> None:
        """Count every term of the metrics, all fact tables in one collection."""
        wanted: dict[tuple[str, int | None], list[str]] = {}
        for one in chosen:
            for term in one.terms():
                columns = wanted.setdefault((term.fact, self._months(one)), [])
                columns += [term.column] if term.column not in columns else []
        parts = [
            (fact, column, months, dict(batch), query)
            for (fact, months), columns in wanted.items()
            if any(map(self.facts.has, FACT_TABLES[fact].tables))
            for batch in _apart(self._wide(months))
            for column, query in self._queries(FACT_TABLES[fact], columns, batch)
        ]
        for (fact, column, months, ends, _), frame in zip(parts, collected([part[-1] for part in parts]), strict=True):
            self.sums.setdefault((fact, column, months), []).append(_with_ends(frame, column, ends))

    def _months(self, one: Metric) -> int | None:
        return _setting(self.facts, one.trailing_months)

    def _wide(self, months: int | None) -> list[Span]:
        """The spans, or the trailing months that end with each: a running month counts as one."""
        return list(dict.fromkeys(back(span[1], months) if months else span for span in self.spans))

    def _queries(self, table: FactTable, columns: list[str], batch: list[Span]) -> list[tuple[str, Any]]:
        fit = table.fit([*self.by, *self.where])
        rows = _only(fit.rows(self.facts, batch), self.where)
        keys = ["start_on", *self.by]
        queries = []
        for column in columns:
            if column in fit.sums:
                summed = rows.group_by(*keys).agg(nw.col(column).sum())
            else:
                once = rows.select(*keys, column).filter(~nw.col(column).is_null()).unique()
                summed = once.group_by(*keys).agg(nw.len().alias(column))
            queries.append((column, native(summed.select(*keys, column))))
        return queries

    def rows(self, key: str, one: Metric) -> pl.DataFrame:
        """One row per span and cell of one metric."""
        keys = ["start_on", "end_on", *self.by]
        over = self._side(one, one.numerator, one.times)
        under = self._side(one, one.denominator).rename({"numerator": "denominator"})
        cells = self._cells(one, pl.concat([side.select(self.by) for side in (over, under)]).unique())
        rows = cells.join(over, on=keys, how="left", nulls_equal=True)
        rows = rows.join(under, on=keys, how="left", nulls_equal=True)
        filled = rows.with_columns(pl.col("numerator", "denominator").fill_null(0), start_on="asked_on")
        filled = filled.drop("asked_on")
        reasons = {span: self._reason(one, span) for span in self.spans}
        done = [row | _valued(one, row, reasons[row["start_on"], row["end_on"]]) for row in filled.to_dicts()]
        schema = {name: filled.schema[name] for name in keys} | VALUE
        frame = pl.DataFrame(done, schema=schema)
        return frame.select(pl.lit(key).alias("metric"), *schema).sort(keys, nulls_last=True)

    def _side(self, one: Metric, terms: Sequence[str], times: int = 1) -> pl.DataFrame:
        """`times` × Σ of the terms by span and cell, as `numerator`."""
        keys, months = ["start_on", "end_on", *self.by], self._months(one)
        parts = [
            part.with_columns(pl.col("amount") * term.sign)
            for term in map(Term.parse, terms)
            for part in self.sums.get((term.fact, term.column, months), [])
        ]
        if not parts:
            kinds = {name: pl.Date if name.endswith("_on") else pl.String for name in keys}
            return pl.DataFrame(schema=kinds | {"numerator": pl.Int64})
        return pl.concat(parts).group_by(keys).agg(numerator=pl.col("amount").sum() * times)

    def _cells(self, one: Metric, found: pl.DataFrame) -> pl.DataFrame:
        """Every cell that occurs × every span: `start_on` as it is counted, `asked_on` as it was asked for."""
        months = self._months(one)
        spans = pl.DataFrame(
            [(back(span[1], months)[0] if months else span[0], span[1], span[0]) for span in self.spans],
            schema={"start_on": pl.Date, "end_on": pl.Date, "asked_on": pl.Date},
            orient="row",
        )
        return spans.join(found, how="cross") if self.by else spans

    def _reason(self, one: Metric, span: Span) -> str | None:
        """Why the metric cannot be told for the span: of a sum, a term without any source adds nothing."""
        wide = back(span[1], months) if (months := self._months(one)) else span
        days = _setting(self.facts, one.matures_days)
        sides = [[FACT_TABLES[Term.parse(term).fact].reason(self.facts, wide) for term in side]
                 for side in (one.numerator, one.denominator) if side]  # fmt: skip
        for side in sides:
            if all(reason == "no_source" for reason in side):
                return "no_source"
        for reason in (reason for side in sides for reason in side if reason not in (None, "no_source")):
            return reason
        if set(one.within) - {*self.by, *self.where}:
            return "not_added"
        return "not_mature" if days and (self.facts.end - span[1]).days < days else None


def _with_ends(frame: pl.DataFrame, column: str, ends: Mapping[date, date]) -> pl.DataFrame:
    """The counted column as `amount`, with the end of the span that `start_on` names."""
    end = pl.col("start_on").replace_strict(ends, return_dtype=pl.Date)
    return frame.rename({column: "amount"}).with_columns(pl.col("amount").cast(pl.Int64), end_on=end)


def _valued(one: Metric, row: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """value, numerator, denominator, reason of one cell."""
    over, under = row["numerator"] * one.per, row["denominator"] * one.scale
    if reason is not None:
        return {"value": None, "numerator": None, "denominator": None, "reason": reason}
    if not one.denominator:
        return {"value": over if one.scale == 1 else round_ratio(over, one.scale), "denominator": None, "reason": None}
    if under == 0:
        return {"value": None, "reason": "no_cases"}
    return {"value": round_ratio(over, under) if one.unit == "price" else over / under, "reason": None}


def _only(rows: Any, where: Mapping[str, Any]) -> Any:
    """The rows of one cell; None stands for what carries no value."""
    found = opened(rows)
    for name, value in where.items():
        found = found.filter(nw.col(name).is_null() if value is None else nw.col(name) == value)
    return found


def _setting(facts: Facts, value: int | str | None) -> int | None:
    """A number, or the one that company.yaml has under a dotted path such as 'funnel.lead_window_days'."""
    if not isinstance(value, str):
        return value
    found: Any = facts.company
    for part in value.split("."):
        found = getattr(found, part)
    return int(found)


def _apart(spans: Sequence[Span]) -> list[list[Span]]:
    """The spans in groups without overlaps, as few as a greedy look gives.

    >>> one, two, three, four = (date(2026, month, 1) for month in (1, 2, 3, 4))
    >>> [len(group) for group in _apart([(one, three), (two, four), (three, four)])]
    [2, 1]
    """
    groups: list[list[Span]] = []
    for span in sorted(spans):
        home = next((group for group in groups if group[-1][1] <= span[0]), None)
        groups.append([span]) if home is None else home.append(span)
    return groups


def browse(facts: Facts | None = None, language: str = "en") -> pl.DataFrame:
    """One row per metric of the catalogue: what it is, by what it can be cut, and whether its tables are there."""
    rows = []
    for key, one in metrics().items():
        needs = sorted({name for table in one.fact_tables() for name in table.tables})
        said = {name: getattr(getattr(one, name), language) for name in ("name", "formula", "convention", "date")}
        missing = [] if facts is None else [name for name in needs if not facts.has(name)]
        rows.append({"metric": key, **said, "unit": one.unit, "over_time": one.over_time, "better": one.better,
                     "by": ", ".join(one.dimensions()), "needs": ", ".join(needs), "missing": ", ".join(missing),
                     "source": one.source})  # fmt: skip
    return pl.DataFrame(rows)
