"""The fact tables of commerce: revenue, sales by line, orders, what came back of them, money billed and collected.

Revenue is known from detailed lines, and before them from the company's history rows, never from both for a day.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import polars as pl

from revops.kpis import revenue
from revops.kpis.fact_tables import FactTable, events, first_of, flow
from revops.kpis.frames import native, opened
from revops.kpis.spans import Span
from revops.money import less_cost

if TYPE_CHECKING:
    from revops.kpis.facts import Facts

KEYS = ("product_group", "channel", "region")
WHO = ("product_id", "customer_group", "customer_id", "account_id", "person_id", "source")
ROW = ("order_id", "line_id", "file", "row")
SUMS = (*revenue.SUMS, "rows", "worth")


def sold(facts: "Facts") -> Any:
    """One row per movement with everything that is counted of it and its customer's group; lazy.

    `worth` is net revenue less standard cost, in 1/10,000 of the money's unit; `rows` is 1.
    """
    products = facts.scan("products")
    moves = revenue.movements(facts.scan("orders"), facts.scan("order_lines"), facts.scan("returns"), products)
    groups = opened(facts.scan("customers")).select("customer_id", "customer_group")
    flow_ = opened(revenue.measured(moves, products)).join(groups, on="customer_id", how="left")
    return native(
        flow_.with_columns(
            orders=nw.col("sold_order"),
            rows=nw.col("net_amount") * 0 + 1,
            worth=less_cost(nw.col("net_amount"), nw.col("cost_units"), facts.company.money_decimals),
        )
    )


def _days(facts: "Facts", spans: Sequence[Span]) -> Any:
    """The cube's rows by day: the same sums without the movements."""
    worth = less_cost(pl.col("net_amount"), pl.col("cost_units"), facts.company.money_decimals)
    return flow(facts.days.lazy().with_columns(worth=worth), "period_on", spans)


def _older(facts: "Facts", names: Sequence[str], spans: Sequence[Span]) -> Any:
    """The history rows that lie wholly in a span, before detail begins."""
    parts = [facts.past_in(span).with_columns(start_on=pl.lit(span[0], dtype=pl.Date)) for span in spans]
    return pl.concat(parts).lazy().select("start_on", *names)


def _net_days(facts: "Facts", spans: Sequence[Span]) -> Any:
    names = (*KEYS, "net_amount")
    return pl.concat([_days(facts, spans).select("start_on", *names), _older(facts, names, spans)])


def _net(facts: "Facts", spans: Sequence[Span]) -> Any:
    detail = flow(sold(facts), "moved_on", spans).select("start_on", *KEYS, *WHO, *ROW, "net_amount")
    return pl.concat([detail, _older(facts, (*KEYS, "net_amount"), spans)], how="diagonal")


def _order_days(facts: "Facts", spans: Sequence[Span]) -> Any:
    names = ("channel", "region", "orders")
    detail = flow(facts.orders.lazy(), "ordered_on", spans).select("start_on", *names)
    return pl.concat([detail, _older(facts, names, spans)])


def _knows(facts: "Facts", span: Span) -> str | None:
    """Revenue is known from detail, or from history rows that tile what lies before it."""
    if facts.knows(span):
        return None
    return "no_history" if facts.days.height else "no_source"


def _knows_orders(facts: "Facts", span: Span) -> str | None:
    return _knows(facts, span) or ("no_history" if facts.past_in(span)["orders"].null_count() else None)


def detail_begins(facts: "Facts") -> date | None:
    """The first month with detailed lines."""
    return facts.first_month


def _costed(facts: "Facts", span: Span) -> str | None:
    """Margin is known where every product sold in the span has a standard cost."""
    sums = facts.cells(span, ("product_group",)).drop_nulls("product_group").select("rows", "cost_rows").sum().row(0)
    return None if sums[0] == sums[1] else "no_costs"


def order_cohorts(facts: "Facts") -> Any:
    """One row per sold or returned line on the day of its order: sold_amount and came_back_amount; lazy."""
    ordered = opened(facts.scan("orders")).select("order_id", "ordered_on")
    rows = opened(sold(facts)).join(ordered, on="order_id", how="left")
    day = nw.when(nw.col("ordered_on").is_null()).then(nw.col("moved_on")).otherwise(nw.col("ordered_on"))
    sales = nw.col("gross_amount") - nw.col("discount_amount")
    return native(rows.with_columns(day_on=day, sold_amount=sales, came_back_amount=nw.col("returned_amount")))


def _dated(table: str, day: str, *, kept: Any = None) -> Any:
    """The rows of a canonical table as events on a day."""

    def frame(facts: "Facts") -> Any:
        rows = opened(facts.scan(table))
        return native(rows.filter(kept) if kept is not None else rows)

    return events(frame, day)


BOUGHT = ("orders", "history")
FACTS = {
    "revenue": FactTable(
        BOUGHT, (*KEYS, *WHO), ("net_amount",), _net, known=_knows,
        summed=FactTable(BOUGHT, KEYS, ("net_amount",), _net_days),
    ),
    "orders": FactTable(
        BOUGHT, (*KEYS, *WHO), (), events(sold, "moved_on"), ("orders",), known=_knows_orders,
        summed=FactTable(BOUGHT, ("channel", "region"), ("orders",), _order_days),
    ),
    "sales": FactTable(
        ("orders",), (*KEYS, *WHO), SUMS, events(sold, "moved_on"), ("orders", "customer_id"), first=detail_begins,
        summed=FactTable(("orders",), KEYS, SUMS, _days),
    ),
    "margins": FactTable(
        ("orders",), (*KEYS, *WHO), ("worth", "net_amount"), events(sold, "moved_on"),
        first=detail_begins, known=_costed,
        summed=FactTable(("orders",), KEYS, ("worth", "net_amount"), _days),
    ),
    "order_cohorts": FactTable(
        ("orders",), (*KEYS, *WHO), ("sold_amount", "came_back_amount"), events(order_cohorts, "day_on"),
        first=detail_begins,
    ),
    "invoices": FactTable(
        ("invoices",), ("region", "customer_id", "account_id", "person_id", "source"), ("net_amount",),
        _dated("invoices", "issued_on", kept=~nw.col("is_cancelled")), first=first_of("invoices", "issued_on"),
    ),
    "payments": FactTable(
        ("payments",), ("customer_id", "source"), ("payment_amount",), _dated("payments", "paid_on"),
        first=first_of("payments", "paid_on"),
    ),
}  # fmt: skip
"""The fact tables that the catalogue's commerce metrics count."""
