"""What a quota can count, credited to people as revenue is: one row per person, day, product group, channel, region.

- net_revenue: sales less returns, in money units
- units: pieces sold, before returns
- gross_margin: net revenue − standard cost of units kept, each movement rounded to the money unit; movements whose
  product has no cost are left out
- new_customers: 1 on the day of a customer's first order, in the product group of its largest line; unknown in the
  first year of detail where the company is older
- recurring_revenue: a stock, the MRR standing at the end of each fiscal year and on the last day known, to the owner of
  the customer's account
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from revops.kpis.customers import first_orders
from revops.kpis.recurring.mrr import Rates, mrr_at, standing
from revops.money import PRICE_SCALE
from revops.periods import Period, add_months
from revops.quota import actuals

if TYPE_CHECKING:
    from revops.quota.desk import Desk

STOCK = "recurring_revenue"


def credited(desk: "Desk", metric: str) -> pl.DataFrame:
    """The metric up to the desk's day by DAY_KEYS: `amount`. person_id null: nobody carries it."""
    if metric == "net_revenue":
        return desk.days
    if metric == STOCK:
        return _standing(desk)
    moves = COUNTED[metric](desk)
    splits = desk.ws.read("credit_splits")
    days = actuals.person_days(moves, splits, desk.ws.company.quota.channels, desk.as_of)
    return actuals.hold_channels(days, desk.people)


def _units(desk: "Desk") -> pl.LazyFrame:
    return desk.facts.filter(pl.col("kind") == "sale").with_columns(net_amount=pl.col("quantity"))


def _margins(desk: "Desk") -> pl.LazyFrame:
    costs = desk.ws.scan("products").select("product_id", "unit_cost").drop_nulls()
    cost = pl.col("quantity") * pl.col("unit_cost") * 10**desk.ws.company.money_decimals
    rounded = (2 * cost.abs() + PRICE_SCALE) // (2 * PRICE_SCALE) * cost.sign()
    return desk.facts.join(costs, on="product_id").with_columns(net_amount=pl.col("net_amount") - rounded)


def _first_sales(desk: "Desk") -> pl.LazyFrame:
    """One movement per customer: the largest line of the first order."""
    orders = desk.ws.scan("orders").filter(pl.col("ordered_on") <= desk.as_of)
    firsts = first_orders(orders).select(order_id="first_order_id")
    sales = desk.facts.filter(pl.col("kind") == "sale").join(firsts, on="order_id", how="semi")
    largest = sales.sort("order_id", "net_amount", "movement_id", descending=[False, True, False])
    one = largest.unique("order_id", keep="first", maintain_order=True).with_columns(net_amount=pl.lit(1, pl.Int64))
    detail = desk.days["moved_on"].min()
    known = add_months(detail, 12) if desk.before.height and isinstance(detail, date) else date.min
    return one.filter(pl.col("moved_on") >= known)


COUNTED: Mapping[str, Callable[["Desk"], pl.LazyFrame]] = {
    "units": _units, "gross_margin": _margins, "new_customers": _first_sales,
}  # fmt: skip


def _standing(desk: "Desk") -> pl.DataFrame:
    """What stands at the end of each year and of what is known of the last, dated on the last day."""
    ws, ends = desk.ws, year_ends(desk)
    paid = ws.read("subscriptions")
    rates = Rates.of(ws.scan("fx_rates"), ws.company.money_decimals)
    parts = [
        standing(mrr_at(paid, [end]), end, rates, end, ("product_group", "region")).with_columns(
            moved_on=pl.lit(end - timedelta(days=1)), channel=pl.lit(None, pl.String)
        )
        for end in ends
    ]
    schema = {**dict.fromkeys(actuals.DAY_KEYS, pl.String), "moved_on": pl.Date, "amount": pl.Int64}
    if not parts:
        return pl.DataFrame(schema=schema)
    owners = ws.read("accounts").drop_nulls("customer_id").sort("account_id").unique("customer_id", keep="first")
    rows = pl.concat(parts).join(owners.select("customer_id", "person_id"), on="customer_id", how="left")
    sums = rows.group_by(actuals.DAY_KEYS).agg(amount=pl.col("mrr").sum())
    return sums.select(list(schema)).sort(actuals.DAY_KEYS, nulls_last=True)


def year_ends(desk: "Desk") -> Sequence[date]:
    """The end of each fiscal year since the first contract, and of what is known of the year under way."""
    first = desk.ws.read("subscriptions")["start_on"].min()
    if not isinstance(first, date) or first > desk.as_of:
        return []
    year, ends = Period.of_month(first, desk.ws.company.fiscal_year_starts).fiscal_year, []
    while year.end <= desk.cut:
        ends.append(year.end)
        year = Period.of_month(year.end, year.fiscal_year_starts).fiscal_year
    return ends if ends and ends[-1] == desk.cut else [*ends, desk.cut]
