"""The fact tables of customers: who bought, who is new, who came back, who is known, kept, worth what.

Channel and region are the order's where orders are counted, and those of the first order where customers are. A
customer's segment is that of the last day of each span.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from revops.kpis.commerce import detail_begins
from revops.kpis.customers import activity, buying, lifetime, segments
from revops.kpis.fact_tables import FactTable, flow
from revops.kpis.spans import Span, back
from revops.money import PRICE_SCALE
from revops.periods import add_months

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

Rows = Callable[["Facts", Sequence[Span]], pl.LazyFrame]
WHERE = ("channel", "region", "customer_group", "customer_id")


def _grouped(facts: "Facts", rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with the customer's group."""
    return rows.join(facts.scan("customers").select("customer_id", "customer_group"), on="customer_id", how="left")


def _buyers(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """One row per row of `buying.buying` that lies in a span; `buyer_id` is the customer where it is an order."""
    rows = flow(buying.bought(facts), "bought_on", spans)
    return _grouped(facts, rows.with_columns(buyer_id=pl.when(pl.col("orders") > 0).then("customer_id")))


def _comers(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """One row per order in a span: returning_id, the customer whose first order lies before the span, reactivated_id,
    the one who had been inactive until this order.
    """
    turns = activity.turns(facts).with_columns(
        first_on=pl.col("ordered_on").min().over("customer_id"), is_account=pl.col("account_id").is_not_null()
    )
    rows = flow(turns, "ordered_on", spans).join(activity.limits(facts).lazy(), on="is_account", how="left")
    away = (pl.col("ordered_on") - pl.col("previous_on")).dt.total_days()
    rows = rows.with_columns(
        returning_id=pl.when(pl.col("first_on") < pl.col("start_on")).then("customer_id"),
        reactivated_id=pl.when(away > pl.col("inactive_days")).then("customer_id"),
    )
    return _grouped(facts, rows)


def _new(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    return _grouped(facts, flow(facts.firsts.lazy(), "first_on", spans))


def _base(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """One row per span and customer who ordered before its end: `repeat`, `inactive` (1 or 0), what they brought."""
    found, bought = activity.limits(facts), buying.bought(facts)
    lives = pl.collect_all([buying.lives(bought, end) for _, end in spans], engine="streaming")
    rows = [
        activity.with_state(life, found, end).with_columns(start_on=pl.lit(start))
        for life, (start, end) in zip(lives, spans, strict=True)
    ]
    states = pl.concat(rows).with_columns(
        customers=pl.lit(1, dtype=pl.Int64),
        repeat=(pl.col("orders") >= 2).cast(pl.Int64),
        inactive=pl.col("is_inactive").cast(pl.Int64),
        life_amount=pl.col("net_amount"),
    )
    return _placed(facts, states)


def _kept(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """One row per span and customer of `buying.kept_customers` at its end; `was` is 1."""
    one = pl.lit(1, dtype=pl.Int64)
    kept = [buying.kept_customers(facts.customers, end) for _, end in spans]
    dated = [rows.with_columns(start_on=pl.lit(span[0]), was=one) for rows, span in zip(kept, spans, strict=True)]
    return _placed(facts, pl.concat(dated))


def _placed(facts: "Facts", customers: pl.DataFrame) -> pl.LazyFrame:
    """Rows of customers with group, and channel and region of the first order."""
    first = facts.firsts.select("customer_id", "channel", "region")
    return _grouped(facts, customers.join(first, on="customer_id", how="left").lazy())


def _predicted(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """One row per span and consumer known at its end whose worth to come is modelled."""
    rows = []
    for start, end in spans:
        found = lifetime.of_company(facts, end).customers.filter(pl.col("worth_amount").is_not_null())
        rows.append(
            found.select("customer_id", "worth_amount", start_on=pl.lit(start), modelled=pl.lit(1, dtype=pl.Int64))
        )
    return _placed(facts, pl.concat(rows))


def _worth(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
    """The months of customers as they stand in each span: `worth` in 1/10,000 of the money's unit.

    Margin, or net revenue where any line of the span has no standard cost; a running month counts as a whole one.
    `buyer_id` is the customer where the month has an order.
    """
    rows = flow(facts.customers, "month_on", spans)
    unit = 10**facts.company.money_decimals
    cost = pl.when(pl.col("uncosted").sum().over("start_on") == 0).then(pl.col("cost_units") * unit).otherwise(0)
    buyer = pl.when(pl.col("orders") > 0).then("customer_id")
    return _placed(facts, rows.with_columns(worth=pl.col("net_amount") * PRICE_SCALE - cost, buyer_id=buyer))


def _segmented(rows: Rows) -> Rows:
    """The rows with the segment that their customer has on the last day of the span."""

    def with_segment(facts: "Facts", spans: Sequence[Span]) -> pl.LazyFrame:
        found = [
            segments.of_customers(facts, end).select("customer_id", "segment", start_on=pl.lit(start))
            for start, end in spans
        ]
        return rows(facts, spans).join(pl.concat(found).lazy(), on=["start_on", "customer_id"], how="left")

    return with_segment


def _worth_known(facts: "Facts", span: Span) -> str | None:
    first = facts.customers["month_on"].min()
    return "no_history" if first is None or first > span[0] else None  # type: ignore[operator]


def _new_known(facts: "Facts", span: Span) -> str | None:
    """Who is new is not known in the first year of detailed lines where the company is older than they are."""
    if facts.first_month is None:
        return "no_source"
    return "no_history" if facts.past.height and span[0] < add_months(facts.first_month, 12) else None


def _two_years(facts: "Facts", span: Span) -> str | None:
    return _worth_known(facts, back(span[1], 24))


def _modelled(facts: "Facts", span: Span) -> str | None:
    return lifetime.of_company(facts, span[1]).model.value_reason


def _table(rows: Rows, sums: tuple[str, ...], distinct: tuple[str, ...] = (), **more: Any) -> FactTable:
    """A fact table by channel, region, group, customer and, where it is asked for, segment."""
    names = tuple(name for name in WHERE if name not in distinct)
    plain = FactTable(("orders",), names, sums, rows, distinct)
    return FactTable(("orders",), (*names, "segment"), sums, _segmented(rows), distinct, summed=plain, **more)


FACTS = {
    "buyers": _table(_buyers, ("orders", "net_amount"), ("buyer_id",), first=detail_begins),
    "comers": _table(_comers, (), ("returning_id", "reactivated_id"), first=detail_begins, known=_new_known),
    "new_customers": _table(_new, (), ("customer_id",), first=detail_begins, known=_new_known),
    "customer_base": _table(_base, ("customers", "repeat", "inactive", "life_amount"), first=detail_begins),
    "kept_customers": _table(_kept, ("was", "kept"), known=_two_years),
    "customer_worth": _table(_worth, ("worth",), ("buyer_id",), known=_worth_known),
    "predicted": _table(_predicted, ("worth_amount", "modelled"), known=_modelled),
}
"""The fact tables that the catalogue's customer metrics count."""
