"""Counting the metrics of the catalogue: any metric by any dimension and period, and the raw rows behind it.

Ratios are Σ numerator ÷ Σ denominator over the cells that are asked for, never a mean of ratios; a denominator of 0
gives null with its reason, never 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.catalogue import FACT_TABLES, Metric, Term, declared
from revops.kpis.fact_tables import FactTable
from revops.kpis.facts import Facts
from revops.kpis.frames import collected, native, opened
from revops.kpis.measure import missing
from revops.kpis.spans import Span, back
from revops.money import round_ratio
from revops.periods import parse_range
from revops.problems import InputError, Problem, nearest

EARLIEST = date(1900, 1, 1)
VALUE: dict[str, Any] = {"value": pl.Float64, "numerator": pl.Int64, "denominator": pl.Int64, "reason": pl.String}


def metric(
    facts: Facts, key: str, periods: str, by: str | Sequence[str] = (), where: Mapping[str, Any] | None = None,
    *, pandas: bool = False,
) -> Any:  # fmt: skip
    """One row per period and cell of `by`: start_on, end_on, the dimensions, value, numerator, denominator, reason.

    `periods` is a period or a range as '2026-01..2026-10', '2025-Q1..2026-Q3', '2026-W40..2026-W43'. `where` keeps a
    value of a dimension or a list of them, None for what carries none. `value` is in whole currency, a count or a
    share; numerator and denominator are the exact counts it was made of (money in 10 ** -money_decimals). Where `value`
    is null, `reason` says why. A period that still runs at the as-of day is counted up to it. polars, or pandas where
    `pandas` is set.
    """
    declared(key)
    cells = measure(facts, [key], _spans(facts, periods), (by,) if isinstance(by, str) else tuple(by), where).drop(
        "metric"
    )
    if where and (not cells["numerator"].sum() or any(len(_listed(wanted)) > 1 for wanted in where.values())):
        _refuse_unknown_values(facts, declared(key), where)
    if declared(key).kind == "money":
        cells = cells.with_columns(pl.col("value") / 10**facts.company.money_decimals)
    return cells.to_pandas() if pandas else cells


def trace(facts: Facts, key: str, period: str, where: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """One row per raw row behind a metric in a period: what was counted of it, its keys, its file and row.

    `counted` names the column, `amount` what the row adds to it (signed), null where the row is counted by its id.
    Amounts of a metric without a denominator sum to its exact count.
    """
    one, spans = declared(key), _spans(facts, period)
    if one.of:
        raise InputError(Problem(f"metric {key}", "composed of others", f"one of {', '.join(one.of)}", "trace these"))
    _refuse_unknown_dimensions({key: one}, where or {})
    months = _setting(facts, one.trailing_months)
    frames = []
    for term in one.terms():
        table = FACT_TABLES[term.fact]
        wide = [_widened(span, months) for span in spans]
        (rows,) = collected([native(_only((table.raw or table.rows)(facts, wide), where or {}))])
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
    counted.count(one for one in chosen.values() if not one.of)
    empty = pl.DataFrame(schema={"metric": pl.String, "start_on": pl.Date, "end_on": pl.Date})
    made = [_composed(facts, key, counted.spans) if one.of else counted.rows(key, one) for key, one in chosen.items()]
    return pl.concat([empty, *made], how="diagonal")


def _composed(facts: Facts, key: str, spans: Sequence[Span]) -> pl.DataFrame:
    """One row per span of a metric that is composed of others."""
    from revops.kpis.composed import COMPOSED  # it counts metrics itself

    is_there = declared(key).is_there(facts)
    values = {span: COMPOSED[key](facts, span) if is_there else missing("no_source") for span in sorted(spans)}
    rows = [{"metric": key, "start_on": span[0], "end_on": span[1], **vars(value)} for span, value in values.items()]
    return pl.DataFrame(rows, schema={"metric": pl.String, "start_on": pl.Date, "end_on": pl.Date} | VALUE)


def _refuse_unknown_dimensions(chosen: Mapping[str, Metric], names: Iterable[str]) -> None:
    for key, one in chosen.items():
        for name in names:
            if name not in one.dimensions():
                known = ", ".join(one.dimensions()) or "none"
                found = f"{name}{nearest(name, one.dimensions())}"
                raise InputError(Problem(f"metric {key}, by", found, f"one of its dimensions ({known})", "choose one"))


def _refuse_unknown_values(facts: Facts, one: Metric, where: Mapping[str, Any]) -> None:
    """A value that no row up to the as-of day has is a slip of the pen and no 0; it is refused with the nearest."""
    for name, wanted in where.items():
        rows = [native(opened(table.rows(facts, [(EARLIEST, facts.end)])).select(name)) for table in one.fact_tables()]
        known = {value for frame in collected(rows) for value in frame[name].unique() if value is not None}
        for value in set(_listed(wanted)) - known - {None}:
            found = f"{value}{nearest(str(value), map(str, known))}"
            raise InputError(Problem(f"where, {name}", found, "a value that occurs in the data", "correct it"))


def _listed(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, (list, tuple, set)) else [wanted]


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
            if FACT_TABLES[fact].is_there(self.facts)
            for batch in _apart(self._wide(months))
            for column, query in self._queries(FACT_TABLES[fact], columns, batch)
        ]
        for (fact, column, months, ends, _), frame in zip(parts, collected([part[-1] for part in parts]), strict=True):
            self.sums.setdefault((fact, column, months), []).append(_with_ends(frame, column, ends))

    def _months(self, one: Metric) -> int | None:
        return _setting(self.facts, one.trailing_months)

    def _wide(self, months: int | None) -> list[Span]:
        return list(dict.fromkeys(_widened(span, months) for span in self.spans))

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
            [(*_widened(span, months), span[0]) for span in self.spans],
            schema={"start_on": pl.Date, "end_on": pl.Date, "asked_on": pl.Date},
            orient="row",
        )
        return spans.join(found, how="cross") if self.by else spans

    def _reason(self, one: Metric, span: Span) -> str | None:
        """Why the metric cannot be told for the span: of a sum, a term without any source adds nothing."""
        wide = _widened(span, self._months(one))
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


def _widened(span: Span, months: int | None) -> Span:
    """The span, or the trailing months that end with it: a running month counts as one."""
    return back(span[1], months) if months else span


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
    """The rows of one cell, or of several where a list of values is given; None stands for what carries no value."""
    found = opened(rows)
    for name, wanted in where.items():
        values = _listed(wanted)
        kept = nw.col(name).is_in([value for value in values if value is not None])
        found = found.filter(kept | nw.col(name).is_null() if None in values else kept)
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
