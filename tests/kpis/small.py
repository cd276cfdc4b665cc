"""Small canonical tables for examples: name the columns that matter, the rest is filled with what means nothing."""

from datetime import date, datetime
from typing import Any

import polars as pl

from revops import tables
from revops.company import Company
from revops.kpis import Spans, gather
from revops.periods import Period

D = date
NOTHING: dict[Any, Any] = {pl.Int64: 0, pl.Float64: 0.0, pl.String: "x", pl.Boolean: False, pl.Date: date(2026, 1, 1)}


def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a canonical table; nullable columns that are not named are null, the others an empty value."""
    schema, columns = tables.schema_of(name), tables.CANONICAL[name].columns()
    filled = [
        {
            c: row[c] if c in row else None if columns[c].nullable else NOTHING.get(kind.base_type())
            for c, kind in schema.items()
        }
        for row in rows
    ]
    return pl.DataFrame(filled, schema=schema)


def order(order_id: str, day: date, *, channel: str = "Web", region: str = "North", **more: Any) -> dict[str, Any]:
    """One order; a customer of its own unless one is named."""
    at = datetime(day.year, day.month, day.day, 9)
    base = {
        "order_id": order_id,
        "ordered_on": day,
        "ordered_at": at,
        "channel": channel,
        "region": region,
        "currency": "VND",
    }
    return base | {"customer_id": f"c-{order_id}"} | more


def line(
    order_id: str, net: int, *, product: str = "fan", quantity: int = 1, discount: int = 0, n: int = 1
) -> dict[str, Any]:
    """One order line by its net amount."""
    return {
        "line_id": f"{order_id}-{n}",
        "order_id": order_id,
        "product_id": product,
        "quantity": quantity,
        "gross_amount": net + discount,
        "discount_amount": discount,
        "net_amount": net,
    }


def back(
    return_id: str, day: date, order_id: str, net: int, *, product: str = "fan", quantity: int = 1
) -> dict[str, Any]:
    """One returned line."""
    return {
        "return_id": return_id,
        "returned_on": day,
        "order_id": order_id,
        "product_id": product,
        "channel": "Web",
        "region": "North",
        "quantity": quantity,
        "net_amount": net,
    }


def touch(
    order_id: str | None, day: date, campaign: str | None = None, *, visitor: str = "", hour: int = 8, **more: Any
) -> dict[str, Any]:
    """One visit; without a visitor it is the order's own record of what brought it."""
    at = datetime(day.year, day.month, day.day, hour)
    base = {"touch_id": f"{visitor or order_id} {at} {campaign}", "visitor_id": visitor or order_id, "touched_at": at}
    return base | {"touched_on": day, "campaign": campaign, "order_id": order_id, "is_direct": False} | more


def contracts(*rows: tuple[str, date, date | None, int]) -> pl.DataFrame:
    """Subscriptions, each its customer, first day, first day without it and monthly amount."""
    names = ("customer_id", "start_on", "end_on", "mrr")
    found = [dict(zip(names, row, strict=True)) | {"subscription_id": str(i)} for i, row in enumerate(rows)]
    return table("subscriptions", found)


PRODUCTS = table(
    "products",
    [
        {"product_id": "fan", "product_group": "Fans", "name": "Fan", "unit_cost": 600_000},
        {"product_id": "pot", "product_group": "Pots", "name": "Pot", "unit_cost": 400_000},
    ],
)


def company(**more: Any) -> Company:
    """A company that has nothing but a name and a currency."""
    return Company.model_validate({"name": "Gió Mộc", "currency": "VND", "money_decimals": 0} | more)


def world(as_of: date, settings: Company | None = None, **found: list[dict[str, Any]] | pl.DataFrame):
    """The facts of a company that has the tables named and no other."""
    made = {name: rows if isinstance(rows, pl.DataFrame) else table(name, rows) for name, rows in found.items()}
    made.setdefault("products", PRODUCTS)
    return gather(lambda name: made.get(name, tables.empty(name)).lazy(), settings or company(), as_of)


def spans(period: str, as_of: date | None = None, data_end: date | None = None) -> Spans:
    """The spans of a period at its end, or at `as_of`."""
    parsed = Period.parse(period)
    return Spans.of(parsed, as_of or parsed.last_day, data_end)
