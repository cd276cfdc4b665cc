"""Events: what can be credited, one signed row each, by the basis that a component counts.

A basis is what a plan pays for: money `booked`, `invoiced` or `collected`, its `margin`, `units`, net new `recurring`
revenue, and the counts `orders`, `new_customers`, `meetings`. Every basis gives the same columns with the file and row
behind each event; `net_amount` counts money units, or pieces where the basis is a count. A negative event names the
line that it reverses and has that line's person, customer and day of the exchange rate: only its day is its own.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import narwhals.stable.v2 as nw

from revops.exact import quotient, ratio, share_of
from revops.kpis.customers.buying import first_orders
from revops.kpis.frames import Frame, native, opened, typed
from revops.kpis.revenue import movements
from revops.money import PRICE_SCALE

EVENT_SCHEMA: dict[str, Any] = {
    "basis": nw.String,
    "movement_id": nw.String,
    "kind": nw.String,
    "moved_on": nw.Date,
    "rated_on": nw.Date,
    "currency": nw.String,
    "order_id": nw.String,
    "line_id": nw.String,
    "product_id": nw.String,
    "product_group": nw.String,
    "channel": nw.String,
    "region": nw.String,
    "customer_group": nw.String,
    "customer_id": nw.String,
    "account_id": nw.String,
    "person_id": nw.String,
    "quantity": nw.Int64,
    "net_amount": nw.Int64,
    "source": nw.String,
    "file": nw.String,
    "row": nw.Int64,
}
POINT: dict[str, Any] = {"order_id": nw.String, "paid_on": nw.Date, "paid": nw.Int64, "due": nw.Int64}


def booked(orders: Frame, lines: Frame, returns: Frame, products: Frame) -> Frame:
    """One row per revenue movement; its exchange rate is that of the order's day."""
    moved = opened(movements(orders, lines, returns, products, ("ordered_on", "currency")))
    return native(_events(moved.with_columns(rated_on=nw.col("ordered_on")), "booked"))


def invoiced(orders: Frame, invoices: Frame) -> Frame:
    """One row per invoice that counts, on its day; one that adjusts another names it and goes with it."""
    heads = opened(orders).select("order_id", "channel", "currency", "ordered_on", seller=nw.col("person_id"))
    kept = opened(invoices).filter(~nw.col("is_cancelled")).join(heads, on="order_id", how="left")
    kept = kept.with_columns(
        movement_id=nw.col("invoice_id"),
        kind=nw.when(nw.col("net_amount") < 0).then(nw.lit("return")).otherwise(nw.lit("sale")),
        moved_on=nw.col("issued_on"),
        rated_on=nw.coalesce("ordered_on", "issued_on"),
        line_id=nw.coalesce("corrects_id", "invoice_id"),
        person_id=nw.coalesce("person_id", "seller"),
    )
    return native(_events(kept, "invoiced"))


def collected_shares(moves: Frame, invoices: Frame, payments: Frame) -> Frame:
    """One row per order with money in and day on which its share changes: order_id, paid_on, share (billionths).

    `share` is what was paid until that day ÷ what was due until then, between 0 and 1, cut: the invoices with VAT
    (payments pay them), or, of an order without invoices, its lines less what was returned. A payment that names no
    order goes to the order of its invoice.
    """
    billed = opened(invoices).filter(~nw.col("is_cancelled") & ~nw.col("order_id").is_null())
    of = opened(invoices).select("invoice_id", billed_order=nw.col("order_id"))
    money = opened(payments).join(of, on="invoice_id", how="left")
    money = money.with_columns(order_id=nw.coalesce("order_id", "billed_order")).filter(~nw.col("order_id").is_null())
    whose = money.select("order_id").unique()
    owed = opened(moves).join(whose, on="order_id", how="semi").join(billed, on="order_id", how="anti")
    zero = nw.lit(0)
    points = [
        money.with_columns(paid=nw.col("payment_amount"), due=zero),
        billed.join(whose, on="order_id", how="semi").with_columns(
            paid_on=nw.col("issued_on"), paid=zero, due=nw.coalesce("total_amount", "net_amount")
        ),
        owed.with_columns(paid_on=nw.col("moved_on"), paid=zero, due=nw.col("net_amount")),
    ]
    days = nw.concat([typed(part, POINT) for part in points], how="vertical")
    days = typed(days.group_by("order_id", "paid_on").agg(nw.col("paid", "due").sum()), POINT)
    so_far = days.with_columns(nw.col("paid", "due").cum_sum().over("order_id", order_by="paid_on"))
    shares = so_far.with_columns(share=ratio(nw.col("paid"), nw.col("due")))
    shares = shares.with_columns(before=_before("share", "order_id", "paid_on"))
    changed = shares.filter(nw.col("share") != nw.col("before"))
    return native(typed(changed, {"order_id": nw.String, "paid_on": nw.Date, "share": nw.Int64}))


def _before(column: str, by: str, order: str) -> Any:
    return nw.col(column).shift(1).over(by, order_by=order).fill_null(0)


def collected(moves: Frame, shares: Frame) -> Frame:
    """One row per movement and change of its order's collected share: what has come in for it, from its own day on.

    The rows of an order that is paid in full sum to its movements; a movement after the payment is collected at once.
    """
    changes = opened(shares).with_columns(before=_before("share", "order_id", "paid_on"))
    rows = opened(moves).join(changes, on="order_id", how="inner").with_columns(
        net_amount=share_of(nw.col("net_amount"), nw.col("share")) - share_of(nw.col("net_amount"), nw.col("before")),
        movement_id=nw.concat_str([nw.col("movement_id"), nw.col("paid_on").cast(nw.String)], separator="@"),
        moved_on=nw.when(nw.col("paid_on") > nw.col("moved_on")).then("paid_on").otherwise("moved_on"),
    )  # fmt: skip
    return native(_events(rows, "collected"))


def margin(moves: Frame, products: Frame, money_decimals: int) -> Frame:
    """One row per movement of a product with a cost: net revenue less standard cost.

    The cost of a line is rounded once over all its events so far, so that a line returned in pieces cancels.
    """
    costs = opened(products).select("product_id", "unit_cost")
    rows = opened(moves).join(costs, on="product_id", how="left").filter(~_lacks_cost())
    kept = rows.with_columns(unit_cost=nw.col("unit_cost").fill_null(0), of=nw.coalesce("line_id", "movement_id"))
    kept = kept.with_columns(after=nw.col("quantity").cum_sum().over("of", order_by=["moved_on", "movement_id"]))
    before, after = (nw.col("after") - nw.col("quantity"), nw.col("after"))
    cost = _cost(after, money_decimals) - _cost(before, money_decimals)
    return native(_events(kept.with_columns(net_amount=nw.col("net_amount") - cost), "margin"))


def _cost(quantity: Any, money_decimals: int) -> Any:
    size = quantity.abs() * nw.col("unit_cost") * 10**money_decimals
    size = quotient(2 * size + PRICE_SCALE, nw.lit(2 * PRICE_SCALE))
    return nw.when(quantity < 0).then(-size).otherwise(size)


def _lacks_cost() -> Any:
    return ~nw.col("product_id").is_null() & nw.col("unit_cost").is_null()


def without_cost(moves: Frame, products: Frame) -> Frame:
    """One row per movement whose product has no cost: it has no margin, which is a fault of those it is credited to."""
    costs = opened(products).select("product_id", "unit_cost")
    return native(opened(moves).join(costs, on="product_id", how="left").filter(_lacks_cost()).drop("unit_cost"))


def units(moves: Frame) -> Frame:
    """One row per sold or returned line: pieces."""
    rows = opened(moves).filter(nw.col("kind") != "header_rounding")
    return native(_events(rows.with_columns(net_amount=nw.col("quantity")), "units"))


def recurring(subscriptions: Frame, accounts: Frame) -> Frame:
    """One row per change of a contract's monthly recurring revenue: start (+), change (±) or end (−), on its day.

    Credited is the owner of the customer's account. A price that follows another without a gap is a change by the
    difference; the rows of a contract sum to what it pays a month now.
    """
    spans = opened(subscriptions)
    key = ["subscription_id", "start_on"]
    gone = spans.filter(~nw.col("end_on").is_null())
    after = spans.select("subscription_id", end_on=nw.col("start_on"), next_mrr=nw.col("mrr"))
    ends = gone.join(after, on=["subscription_id", "end_on"], how="left").filter(nw.col("next_mrr").is_null())
    ends = ends.with_columns(kind=nw.lit("end"), moved_on=nw.col("end_on"), net_amount=-nw.col("mrr"))
    before = gone.select("subscription_id", start_on=nw.col("end_on"), last_mrr=nw.col("mrr"))
    begun = spans.join(before, on=key, how="left").with_columns(
        kind=nw.when(nw.col("last_mrr").is_null()).then(nw.lit("start")).otherwise(nw.lit("change")),
        moved_on=nw.col("start_on"),
        net_amount=nw.col("mrr") - nw.col("last_mrr").fill_null(0),
    )
    columns = [*key, "kind", "moved_on", "net_amount", "customer_id", "product_group", "region", "currency",
               "source", "file", "row"]  # fmt: skip
    rows = nw.concat([begun.select(columns), ends.select(columns)], how="vertical")
    owners = opened(accounts).filter(~nw.col("customer_id").is_null()).group_by("customer_id")
    rows = rows.join(owners.agg(nw.col("account_id", "person_id").min()), on="customer_id", how="left")
    name = [nw.col("subscription_id"), nw.col("kind"), nw.col("moved_on").cast(nw.String)]
    rows = rows.with_columns(
        movement_id=nw.concat_str(name, separator=":"), line_id=nw.col("subscription_id"), rated_on=nw.col("moved_on"),
        quantity=nw.lit(0),
    )  # fmt: skip
    return native(_events(rows, "recurring"))


def orders(orders: Frame) -> Frame:
    """One row per order that is not cancelled: it counts 1 for whom it is credited to."""
    return native(_counted(opened(orders).filter(~nw.col("is_cancelled")), "orders"))


def new_customers(orders: Frame) -> Frame:
    """One row per customer: the first order ever, not cancelled, counts 1."""
    firsts = opened(first_orders(orders)).select(order_id=nw.col("first_order_id"))
    return native(_counted(opened(orders).join(firsts, on="order_id", how="semi"), "new_customers"))


def _counted(heads: Any, basis: str) -> Any:
    return _events(
        heads.with_columns(
            movement_id=nw.col("order_id"), kind=nw.lit("sale"), moved_on=nw.col("ordered_on"),
            rated_on=nw.col("ordered_on"), quantity=nw.lit(1), net_amount=nw.lit(1),
        ),
        basis,
    )  # fmt: skip


def meetings(activities: Frame) -> Frame:
    """One row per meeting that was held: an activity of a type that starts with `meeting`, done; it counts 1."""
    held = opened(activities).filter(
        nw.col("activity_type").str.to_lowercase().str.starts_with("meeting") & ~nw.col("done_on").is_null()
    )
    return native(
        _events(
            held.with_columns(
                movement_id=nw.col("activity_id"), kind=nw.lit("meeting"), moved_on=nw.col("done_on"),
                rated_on=nw.col("done_on"), quantity=nw.lit(1), net_amount=nw.lit(1),
            ),
            "meetings",
        )
    )  # fmt: skip


def with_groups(events: Frame, accounts: Frame, customers: Frame) -> Frame:
    """The events with the customer group of the account, else of the customer."""
    told = opened(events).drop("customer_group")
    account = opened(accounts).select("account_id", account_group=nw.col("customer_group"))
    buyer = opened(customers).select("customer_id", buyer_group=nw.col("customer_group"))
    told = told.join(account, on="account_id", how="left").join(buyer, on="customer_id", how="left")
    return native(typed(told.with_columns(customer_group=nw.coalesce("account_group", "buyer_group")), EVENT_SCHEMA))


def of_moves(
    bases: Collection[str], moves: Frame, products: Frame, shares: Callable[[], Frame], money_decimals: int
) -> dict[str, Any]:
    """The events of bases that are made of the booked events `moves`, by name."""
    make: Mapping[str, Callable[[], Any]] = {
        "booked": lambda: moves,
        "collected": lambda: collected(moves, shares()),
        "margin": lambda: margin(moves, products, money_decimals),
        "units": lambda: units(moves),
    }
    return {basis: make[basis]() for basis in bases if basis in make}


def of_tables(bases: Collection[str], scan: Callable[[str], Frame]) -> dict[str, Any]:
    """The events of all other bases, by name; `scan` gives a canonical table."""
    make: Mapping[str, Callable[[], Any]] = {
        "invoiced": lambda: invoiced(scan("orders"), scan("invoices")),
        "recurring": lambda: recurring(scan("subscriptions"), scan("accounts")),
        "orders": lambda: orders(scan("orders")),
        "new_customers": lambda: new_customers(scan("orders")),
        "meetings": lambda: meetings(scan("activities")),
    }
    return {basis: make[basis]() for basis in bases if basis in make}


def _events(rows: Any, basis: str) -> Any:
    """The rows in the shape of events: what they do not know is null."""
    known = set(rows.collect_schema().names()) - {"basis"}
    lacking = {name: nw.lit(None) for name in EVENT_SCHEMA if name not in known}
    return typed(rows.with_columns(**lacking | {"basis": nw.lit(basis)}), EVENT_SCHEMA)
