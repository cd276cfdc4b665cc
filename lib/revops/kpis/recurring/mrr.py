"""Recurring revenue: what happened to MRR between two moments, customer by customer.

    opening + new + expansion + reactivation − contraction − churn ± exchange rates = closing

Every movement is signed here (contraction and churn negative), so that they simply add up. Active on a day: start_on
≤ day < end_on and MRR above 0. Churn is seen when the paid time has ended. A contract in another currency is worth what
the rate of the moment makes of it; who stays is measured at the opening's rate, and what the rate moved stands apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis.frames import Frame, native, opened
from revops.kpis.measure import Value, missing, ratio
from revops.money import RATE_SCALE, times_rate

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

MOVES = ("new", "expansion", "reactivation", "contraction", "churn")
EFFECTS = (*MOVES, "fx")
SOURCE_DECIMALS = 4


@dataclass(frozen=True)
class Rates:
    """Exchange rates by currency, oldest first: (first day, company currency for one unit in billionths)."""

    decimals: int = 0
    known: dict[str, list[tuple[date, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, rates: pl.LazyFrame, decimals: int) -> "Rates":
        """The rows of the canonical table `fx_rates`."""
        known: dict[str, list[tuple[date, int]]] = {}
        found = rates.select("currency", "start_on", "rate").sort("start_on").collect()
        for currency, day, rate in found.iter_rows():
            known.setdefault(currency, []).append((day, rate))
        return cls(decimals, known)

    def on(self, day: date) -> dict[str, int]:
        """The rate of each currency on a day: the last that began by then, else the first."""
        return {name: next((r for d, r in reversed(all_) if d <= day), all_[0][1]) for name, all_ in self.known.items()}

    def valued(self, rows: pl.DataFrame, end: date) -> pl.DataFrame:
        """The rows with `mrr` at the rates of the last day before `end`; what has no rate stays as it was booked."""
        rates = self.on(end - timedelta(days=1))
        if not rates:
            return rows
        rate = pl.col("currency").replace_strict(rates, default=None, return_dtype=pl.Int64)
        scale = RATE_SCALE * 10 ** (max(SOURCE_DECIMALS, self.decimals) - self.decimals)
        now = times_rate(pl.col("source_mrr"), rate.fill_null(0), scale)
        return rows.with_columns(
            mrr=pl.when(rate.is_not_null() & (pl.col("source_mrr") != 0)).then(now).otherwise("mrr")
        )


HOME = Rates()


def rates_of(facts: "Facts") -> Rates:
    """The company's exchange rates."""
    return Rates.of(facts.scan("fx_rates"), facts.company.money_decimals)


CELL = ("customer_id", "product_group", "region", "currency")


def mrr_at(subscriptions: Frame, ends: Sequence[date]) -> Frame:
    """One row per customer, product group, region, currency and moment with MRR above 0: mrr as booked, source_mrr.

    `end` is the first day after the moment, as in [start, end).
    """
    rows = opened(subscriptions).filter(nw.col("mrr") > 0).with_columns(nw.col("source_mrr").fill_null(0))
    return native(nw.concat([_at(rows, end) for end in sorted(set(ends))], how="vertical"))


def _at(rows: Any, end: date) -> Any:
    day = nw.lit(end - timedelta(days=1)).cast(nw.Date)
    active = rows.filter((nw.col("start_on") <= day) & (nw.col("end_on").is_null() | (nw.col("end_on") > day)))
    summed = active.group_by(*CELL).agg(nw.col("mrr", "source_mrr").sum())
    sums = [nw.col(name).cast(nw.Int64) for name in ("mrr", "source_mrr")]
    return summed.select(*CELL, *sums, nw.lit(end).cast(nw.Date).alias("end"))


def first_paid(subscriptions: Frame) -> Frame:
    """One row per customer: first_on, the first paid day ever."""
    rows = opened(subscriptions).filter(nw.col("mrr") > 0)
    return native(rows.group_by("customer_id").agg(nw.col("start_on").min().alias("first_on")))


def standing(at: pl.DataFrame, end: date, rates: Rates, day: date, by: Sequence[str] = ()) -> pl.DataFrame:
    """One row per customer (and cell of `by`) of `mrr_at` at `end`: mrr at the rates of `day`."""
    rows = rates.valued(at.filter(pl.col("end") == end), day)
    return rows.group_by("customer_id", *by).agg(pl.col("mrr").sum())


def mrr_moves(
    at: pl.DataFrame, firsts: pl.DataFrame, start: date, end: date, rates: Rates = HOME, by: Sequence[str] = ()
) -> pl.DataFrame:
    """One row per customer (and cell of `by`) with MRR at `start` or `end`: movement, amount, fx, before, after.

    new: nothing before and never paid; reactivation: nothing before, but paid at some time; churn: nothing after;
    null: nothing but the rate moved. before + amount + fx = after: who stays moves at the rates of `start`, and `fx`
    is what the rates of `end` make of it.
    """
    key = ["customer_id", *by]
    frames = [standing(at, start, rates, start, by).rename({"mrr": "before"}),
              standing(at, end, rates, end, by).rename({"mrr": "after"}),
              standing(at, end, rates, start, by).rename({"mrr": "steady"})]  # fmt: skip
    both = frames[0].join(frames[1], on=key, how="full", coalesce=True, nulls_equal=True)
    both = both.join(frames[2], on=key, how="left", nulls_equal=True)
    both = both.join(firsts, on=[c for c in firsts.columns if c != "first_on"], how="left", nulls_equal=True)
    both = both.with_columns(pl.col("before", "after", "steady").fill_null(0))
    stays = (pl.col("before") > 0) & (pl.col("after") > 0)
    both = both.with_columns(steady=pl.when(stays).then("steady").otherwise("after"))
    movement = (
        pl.when((pl.col("before") == 0) & (pl.col("first_on") < start))
        .then(pl.lit("reactivation"))
        .when(pl.col("before") == 0)
        .then(pl.lit("new"))
        .when(pl.col("after") == 0)
        .then(pl.lit("churn"))
        .when(pl.col("steady") > pl.col("before"))
        .then(pl.lit("expansion"))
        .when(pl.col("steady") < pl.col("before"))
        .then(pl.lit("contraction"))
    )
    return both.select(
        *key,
        "before",
        "after",
        movement=movement,
        amount=pl.col("steady") - pl.col("before"),
        fx=pl.col("after") - pl.col("steady"),
    ).sort(key, nulls_last=True)


def mrr_bridge(subscriptions: pl.DataFrame, ends: Sequence[date], rates: Rates = HOME) -> pl.DataFrame:
    """One row per step between neighbouring ends: opening, the five movements, fx, closing, customers, passing.

    `passing` counts customers who began and ended inside the step, whom no snapshot can see.
    """
    at, firsts = mrr_at(subscriptions, ends), first_paid(subscriptions)
    days = sorted(set(ends))
    rows = []
    for start, end in zip(days, days[1:], strict=False):
        moves = mrr_moves(at, firsts, start, end, rates)
        inside = subscriptions.filter((pl.col("mrr") > 0) & (pl.col("start_on") >= start) & (pl.col("start_on") < end))
        passing = inside.join(moves, on="customer_id", how="anti")["customer_id"].n_unique()
        rows.append({"start_on": start, "end_on": end, **summed(moves), "passing": passing})
    return pl.DataFrame(rows)


def summed(moves: pl.DataFrame) -> dict[str, int]:
    """Opening, movements, fx, closing and the customers of each, of the rows of `mrr_moves`."""
    parts = {name: moves.filter(pl.col("movement") == name) for name in MOVES}
    opening, closing = (moves.filter(pl.col(name) > 0) for name in ("before", "after"))
    money = {"opening": opening["before"], **{name: part["amount"] for name, part in parts.items()}, "fx": moves["fx"],
             "closing": closing["after"]}  # fmt: skip
    counts = {"opening": opening, **parts, "closing": closing}
    found = {name: int(amounts.sum()) for name, amounts in money.items()}
    return found | {f"{name}_customers": part.height for name, part in counts.items()}


def arr(bridge: pl.DataFrame) -> Value:
    """Annual run rate: 12 × MRR at the end of the last step."""
    return Value(12 * int(bridge["closing"][-1])) if bridge.height else missing("no_source")


def customer_churn(bridge: pl.DataFrame) -> Value:
    """Customers lost ÷ customers at the start, over the steps: Σ ÷ Σ, so a rate per step."""
    return ratio(int(bridge["churn_customers"].sum()), int(bridge["opening_customers"].sum()))


def gross_churn(bridge: pl.DataFrame) -> Value:
    """(churn + contraction) ÷ opening MRR, over the steps."""
    return ratio(-_sum(bridge, "churn", "contraction"), _sum(bridge, "opening"))


def net_churn(bridge: pl.DataFrame) -> Value:
    """(churn + contraction − expansion − reactivation) ÷ opening MRR, over the steps; below 0 where more came."""
    moved = _sum(bridge, "churn", "contraction", "expansion", "reactivation")
    return ratio(-moved, _sum(bridge, "opening"))


def quick_ratio(bridge: pl.DataFrame) -> Value:
    """(new + expansion + reactivation) ÷ (churn + contraction), over the steps; undefined where nothing was lost."""
    lost = -_sum(bridge, "churn", "contraction")
    found = ratio(_sum(bridge, "new", "expansion", "reactivation"), lost)
    return found if lost else missing("no_churn")


def _sum(bridge: pl.DataFrame, *columns: str) -> int:
    return sum(int(bridge[name].sum()) for name in columns)
