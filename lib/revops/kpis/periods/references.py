"""What a period's revenue is held against: the plan, the period before, last year, last year by Tết, two months.

Each reference is a pair of spans that hold as many days where the period still runs; the plan stands beside last year's
prices, discounts and returns. A reference that is not known in detail is left out, never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from revops.kpis import revenue, targets
from revops.kpis.facts import KEYS, Facts
from revops.kpis.headline import daily
from revops.kpis.periods import bridge, contributions, currency, movers
from revops.kpis.spans import Span, Spans

NAMES = ("plan", "previous", "previous_year", "tet", "both_months")
MAIN = ("tet", "previous_year", "previous")  # the first one known is what customers and parts are held against
DIMENSIONS = ("product_group", "channel", "region", "product_id", "person_id")
EFFECTS = {"reference": pl.String, "start_on": pl.Date, "end_on": pl.Date, "effect": pl.String, "amount": pl.Int64}


@dataclass(frozen=True)
class Reference:
    """A name of NAMES, the days that are told, and the days they are held against."""

    name: str
    now: Span
    before: Span


def known(facts: Facts, spans: Spans) -> list[Reference]:
    """The references of a period whose days all lie in the detailed lines, in the order of NAMES."""
    found = [
        Reference("plan", spans.now, spans.previous_year),
        Reference("previous", spans.now, spans.previous),
        Reference("previous_year", spans.now, spans.previous_year),
    ]
    if spans.tet_year and facts.company.keeps_tet:
        found.append(Reference("tet", spans.now, spans.tet_year))
    if spans.both_months and facts.company.keeps_tet:
        found.append(Reference("both_months", *spans.both_months))
    return [one for one in found if _is_detailed(facts, one) and (one.name != "plan" or _plan(facts, one).height)]


def named(facts: Facts, spans: Spans, name: str) -> Reference | None:
    """The known reference with this name; None where it is not known."""
    return next((one for one in known(facts, spans) if one.name == name), None)


def main(facts: Facts, spans: Spans) -> Reference | None:
    """The past reference that says most: last year by Tết, last year, else the period before; None: none is known."""
    found = {one.name: one for one in known(facts, spans)}
    return next((found[name] for name in MAIN if name in found), None)


def cells_of(facts: Facts, one: Reference) -> pl.DataFrame:
    """The cube that a bridge starts from: the reference's cells, or the plan at last year's prices and rates."""
    past = facts.cells(one.before)
    return bridge.plan_cells(_plan(facts, one), past, KEYS) if one.name == "plan" else past


def revenue_bridge(facts: Facts, spans: Spans, name: str = "plan") -> pl.DataFrame:
    """`bridge.bridge` of the period against a reference; no rows where the reference is unknown."""
    one = named(facts, spans, name)
    if one is None:
        return pl.DataFrame(schema={"effect": pl.String, "amount": pl.Int64})
    return _bridge(facts, one, cells_of(facts, one), spans.period.kind)


def bridges(facts: Facts, spans: Spans) -> pl.DataFrame:
    """One row per known reference and effect: reference, its days start_on to end_on, effect, amount."""
    parts = [
        _bridge(facts, one, cells_of(facts, one), spans.period.kind).select(
            pl.lit(one.name).alias("reference"),
            pl.lit(one.before[0]).alias("start_on"),
            pl.lit(one.before[1]).alias("end_on"),
            "effect",
            "amount",
        )
        for one in known(facts, spans)
    ]
    return pl.concat([pl.DataFrame(schema=EFFECTS), *parts])


def _bridge(facts: Facts, one: Reference, cells: pl.DataFrame, kind: str) -> pl.DataFrame:
    by: Sequence[str] = KEYS if kind != "week" else KEYS[:2]
    return bridge.bridge(facts.cells(one.now), cells, by, currency_cells(facts, one, by))


def currency_cells(facts: Facts, one: Reference, by: Sequence[str]) -> pl.DataFrame:
    """`currency.effect` of a reference by cell; no rows where nothing is sold in a foreign currency."""
    orders, lines, products = (facts.scan(name) for name in ("orders", "order_lines", "products"))
    sales = currency.foreign_sales(orders, lines, products, facts.company.currency, one.now, one.before)
    return currency.effect(sales.collect(), by)


def customer_bridge(facts: Facts, one: Reference) -> pl.DataFrame:
    """`movers.bridge` of a reference of past days; its amounts sum to the difference of detailed revenue."""
    moves = revenue.movements(
        facts.scan("orders"), facts.scan("order_lines"), facts.scan("returns"), facts.scan("products")
    )
    kinds = movers.customer_kinds(moves, facts.firsts.lazy(), one.now, one.before)
    return movers.bridge(kinds.collect(engine="streaming"))


def customer_moves(facts: Facts, spans: Spans) -> pl.DataFrame:
    """`customer_bridge` of every known past reference; columns as `contracts.CustomerMoves`."""
    past = [one for one in known(facts, spans) if one.name != "plan"]
    told = [
        customer_bridge(facts, one)
        .rename({"reference": "before"})
        .select(pl.lit(one.name).alias("reference"), pl.all())
        for one in past
    ]
    return pl.concat(told) if told else pl.DataFrame()


def parts(facts: Facts, spans: Spans) -> pl.DataFrame:
    """What each part of DIMENSIONS adds to the difference to the main reference; as `contracts.Contributions`."""
    one = main(facts, spans)
    if one is None:
        return pl.DataFrame()
    found = [
        contributions.of_metric(facts, "net_revenue", by, one.now, one.before).select(
            pl.lit(one.name).alias("reference"), pl.lit(by).alias("dimension"), pl.col(by).alias("part"),
            "actual", pl.col("reference").alias("before"), "delta", "share",
        )
        for by in DIMENSIONS
    ]  # fmt: skip
    return pl.concat(found)


def _plan(facts: Facts, one: Reference) -> pl.DataFrame:
    return targets.plan_by(facts.targets, "net_revenue", *one.now, KEYS, daily(facts))


def _is_detailed(facts: Facts, one: Reference) -> bool:
    return facts.first_month is not None and one.before[0] >= facts.first_month
