"""What the months to come will bring, by product group × channel × region: parts that add up, with honest intervals.

The total is forecast on its own series; what the cells would bring by their own series shares it out, exactly, so that
every cut sums to the same total. Intervals hold COVERS of the errors that the method in use had in the past, measured
by a rolling origin (`revops.kpis.forecast.backtest`). Pure functions: the last known month is an argument.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from revops.kpis.facts import KEYS, Facts
from revops.kpis.forecast import backtest
from revops.kpis.forecast.extrapolate import ENOUGH, Past
from revops.kpis.forecast.feasts import tet_factors
from revops.kpis.measure import Value
from revops.kpis.spans import Span, Spans
from revops.money import round_ratio, split
from revops.periods import add_months, months_between

HORIZON = 12
LATE = 3  # a first month whose first day comes later than this is not a whole one
TOTAL = "total"
NODE = {"metric": pl.String, "level": pl.String, **dict.fromkeys(KEYS, pl.String)}
SCHEMA: dict[str, Any] = NODE | {
    "month_on": pl.Date, "lead": pl.Int64, "forecast": pl.Int64, "low": pl.Int64, "high": pl.Int64,
    "method": pl.String,
}  # fmt: skip
ACCURACY: dict[str, Any] = NODE | {
    "origin": pl.String, "lead": pl.Int64, "months": pl.Int64, "wape": pl.Float64, "bias": pl.Float64,
    "mase": pl.Float64, "naive_wape": pl.Float64, "hits": pl.Int64, "judged": pl.Int64, "method": pl.String,
    "actual": pl.Int64, "error": pl.Int64, "absolute_error": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """A metric's months to come: nodes are the total, each value of each dimension, and the cells, in this order.

    `values` is node × lead, whole numbers; the cells of any node add up to it. `told` is what would have been said at
    each origin of `trial`, made the same way.
    """

    metric: str
    by: tuple[str, ...]
    nodes: list[dict[str, str | None]]
    levels: list[str]
    trial: backtest.Trial
    values: list[list[int]]
    told: Any

    @property
    def months(self) -> list[date]:
        """First days of the months to come."""
        past = self.trial.past
        return [past.month(past.length + lead) for lead in range(len(self.values[0]))]

    @property
    def has_season(self) -> bool:
        """Whether the history is long enough to tell a season."""
        return self.trial.past.length >= ENOUGH

    def node(self, level: str = TOTAL, name: str | None = None) -> int:
        """The place of a node: the total, or one value of a dimension."""
        return next(i for i, node in enumerate(self.nodes) if self.levels[i] == level and
                    (level == TOTAL or node[level] == name))  # fmt: skip

    def known(self, node: int, place: int) -> int | None:
        """What a node brought in the month at a place of the past; None where it is not known."""
        past = self.trial.past
        return round(float(past.values[node, place])) if 0 <= place < past.length else None

    def interval(self, node: int, leads: Sequence[int]) -> tuple[int, int] | None:
        """[low, high] of the sum over neighbouring leads, counted from 0; None with too few past errors."""
        half = self.trial.width(node, leads[-1] + 1, months=len(leads))
        if half is None:
            return None
        told = sum(self.values[node][lead] for lead in leads)
        return round(told * (1 - half)), round(told * (1 + half))

    def rows(self) -> pl.DataFrame:
        """One row per node and month to come, by SCHEMA; `low` and `high` are null with too few past errors."""
        found = []
        for place, (node, level) in enumerate(zip(self.nodes, self.levels, strict=True)):
            for lead, month in enumerate(self.months):
                low, high = (self.interval(place, [lead]) or (None, None)) if level != "cell" else (None, None)
                found.append({"metric": self.metric, "level": level, **node, "month_on": month, "lead": lead + 1,
                              "forecast": self.values[place][lead], "low": low, "high": high,
                              "method": self.trial.method(place)})  # fmt: skip
        return pl.DataFrame(found, schema=SCHEMA)


def project(
    monthly: pl.DataFrame, metric: str, end: date, *, by: Sequence[str] = (), value: str = "net_amount",
    horizon: int = HORIZON, feasts: Callable[[date], Sequence[float]] = lambda known_to: (),
) -> Outlook | None:  # fmt: skip
    """The outlook from the month of `end` on. One row of `monthly` per month and cell: month_on, `by`, `value`.

    A month without a row is 0. None where nothing is known before `end`.
    """
    known = monthly.filter(pl.col("month_on") < end.replace(day=1))
    if known.is_empty():
        return None
    first = known["month_on"].min()
    months = months_between(first, end.replace(day=1))  # type: ignore[arg-type]
    cells, matrix = _matrix(known, tuple(by), value, months)
    nodes, levels, parts = _nodes(cells, tuple(by))
    past = Past((parts @ matrix).astype(float), months[0], feasts)
    trial = backtest.rolling(past, horizon)
    return Outlook(metric, tuple(by), nodes, levels, trial, _shared(trial, parts), _told(trial, parts))


def _matrix(
    known: pl.DataFrame, by: tuple[str, ...], value: str, months: list[date]
) -> tuple[list[dict[str, Any]], Any]:
    """The cells in order and cell × month; without `by` one cell."""
    sums = known.group_by("month_on", *by).agg(pl.col(value).sum()).sort("month_on")
    cells = sums.select(by).unique().sort(by, nulls_last=True).to_dicts() if by else [{}]
    place = {tuple(cell.values()): i for i, cell in enumerate(cells)}
    matrix = np.zeros((len(cells), len(months)), dtype=np.int64)
    for month, *key, amount in sums.select("month_on", *by, value).iter_rows():
        matrix[place[tuple(key)], months.index(month)] = amount
    return cells, matrix


def _nodes(cells: list[dict[str, Any]], by: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[str], Any]:
    """Total, values of each dimension, cells: their dimensions, levels, and node × cell as 0 or 1."""
    found: list[tuple[str, dict[str, Any], list[bool]]] = [(TOTAL, {}, [True] * len(cells))]
    for name in by if len(by) > 1 else ():
        for value in dict.fromkeys(cell[name] for cell in cells):
            found.append((name, {name: value}, [cell[name] == value for cell in cells]))
    if by:
        found += [("cell", cell, [other is cell for other in cells]) for cell in cells]
    nothing = dict.fromkeys(KEYS)
    return (
        [nothing | node for _, node, _ in found],
        [level for level, _, _ in found],
        np.array([p for _, _, p in found]),
    )


def _shared(trial: backtest.Trial, parts: Any) -> list[list[int]]:
    """Today's values, node × lead: the total's own, split over the cells by theirs, every other node their sum."""
    ahead, count = trial.told[-1], parts.shape[1]
    cells = []
    for lead in range(ahead.shape[1]):
        weights = [max(0, round(float(value))) for value in ahead[-count:, lead]]
        cells.append(split(round(float(ahead[0, lead])), weights if any(weights) else [1] * count))
    return [[int(sum(np.array(values, dtype=object)[mask])) for values in cells] for mask in parts.astype(bool)]


def _told(trial: backtest.Trial, parts: Any) -> Any:
    """What the same procedure said at every origin: origin × node × lead."""
    told, count = trial.told, parts.shape[1]
    cells = np.maximum(told[:, -count:], 0)
    sums = cells.sum(axis=1, keepdims=True)
    scaled = cells * np.where(sums > 0, told[:, :1] / np.where(sums > 0, sums, 1), 0)
    found = np.einsum("nc,ocl->onl", parts.astype(float), scaled)
    found[:, 0] = told[:, 0]
    return found


def accuracy(outlook: Outlook, lead: int, node: int = 0) -> dict[str, Any]:
    """One row of ACCURACY from the rolling origin: forecasts of one node, `lead` months ahead, against what came."""
    trial, past = outlook.trial, outlook.trial.past
    here = [i for i, known in enumerate(trial.origins) if known + lead <= past.length]
    actual = [round(float(trial.came[i, node, lead - 1])) for i in here]
    told = [round(float(outlook.told[i, node, lead - 1])) for i in here]
    naive = backtest.NAMES.index("seasonal" if outlook.has_season else "naive")
    plain = [round(float(value)) for value in trial.tried[naive, here, node, lead - 1] if not np.isnan(value)]
    before = [round(float(value)) for value in past.values[node, : trial.origins[0]]]
    hits, judged = trial.coverage(node, lead)
    return told_row(
        outlook.metric, outlook.levels[node], outlook.nodes[node], "backtest", lead, actual, told,
        mase=backtest.mase([f - a for a, f in zip(actual, told, strict=True)], before),
        naive=backtest.wape(actual, plain) if len(plain) == len(actual) else None,
        hits=hits, judged=judged, method=trial.method(node),
    )  # fmt: skip


def told_row(
    metric: str, level: str, node: Mapping[str, Any], origin: str, lead: int, actual: list[int], told: list[int], *,
    mase: Value | None = None, naive: Value | None = None, hits: int = 0, judged: int = 0, method: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One row of ACCURACY from what was told and what came."""
    return {
        "metric": metric, "level": level, **node, "origin": origin, "lead": lead, "months": len(actual),
        "wape": backtest.wape(actual, told).value, "bias": backtest.bias(actual, told).value,
        "mase": mase.value if mase else None, "naive_wape": naive.value if naive else None, "hits": hits,
        "judged": judged, "method": method, "actual": sum(actual), "error": sum(told) - sum(actual),
        "absolute_error": sum(abs(f - a) for a, f in zip(actual, told, strict=True)),
    }  # fmt: skip


def net_revenue(facts: Facts, end: date, horizon: int = HORIZON) -> Outlook | None:
    """The outlook of net revenue by product group, channel and region from the months before that of `end`."""
    months, made = whole_months(facts), f"net_revenue from {end} for {horizon}"
    if months.is_empty():
        return None
    if made not in facts.memo:
        factors = feasts(facts, months["month_on"].min())
        facts.memo[made] = project(months, "net_revenue", end, by=KEYS, horizon=horizon, feasts=factors)
    found: Outlook | None = facts.memo[made]
    return found


def feasts(facts: Facts, first: Any) -> Callable[[date], Sequence[float]]:
    """What Tết makes of the months from `first` on, where the company lives by it."""
    if not facts.company.keeps_tet:
        return lambda known_to: ()
    return tet_factors(facts.days, first, len(months_between(first, facts.end)) + 2 * HORIZON)


def whole_months(facts: Facts) -> pl.DataFrame:
    """`facts.monthly()` from the first month that is known as a whole."""
    monthly, detail = facts.monthly(), facts.first_month
    is_late = facts.days.height and facts.days["period_on"].min().day > LATE  # type: ignore[union-attr]
    if is_late and not monthly.filter(pl.col("month_on") < detail).height:
        return monthly.filter(pl.col("month_on") > detail)
    return monthly


def year_end(
    facts: Facts, spans: Spans, outlook: Outlook, plan: int | None = None, left: tuple[int, int] = (1, 1)
) -> dict[str, Any]:
    """Where the fiscal year will end: actual so far, to_come with low and high, forecast, plan, previous_year.

    Of the outlook's first month, only the share `left` (part, whole) is still to come where the month is running.
    """
    year, end = spans.period.fiscal_year, spans.now[1]
    actual = _revenue(facts, (year.start, end))
    leads = [lead for lead, month in enumerate(outlook.months) if month < year.end]
    whole = [outlook.values[0][lead] for lead in leads]
    full = sum(whole)
    if leads and end > outlook.months[0]:
        whole[0] = round_ratio(whole[0] * left[0], left[1])
    span = outlook.interval(0, leads) if leads else None
    to_come = sum(whole)
    share = to_come / full if full else 0.0
    return {
        "actual": actual, "to_come": to_come, "months": len(leads), "plan": plan,
        "forecast": None if actual is None else actual + to_come,
        "low": None if span is None or actual is None else actual + round(span[0] * share),
        "high": None if span is None or actual is None else actual + round(span[1] * share),
        "previous_year": _revenue(facts, (add_months(year.start, -12), year.start)),
    }  # fmt: skip


def _revenue(facts: Facts, span: Span) -> int | None:
    return int(facts.net_cells(span, ())["net_amount"][0]) if facts.knows(span) else None
