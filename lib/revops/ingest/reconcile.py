"""Does what came in add up? The identities of the ledger and of revenue, asserted and kept for the report."""

import polars as pl

from revops import tables
from revops.ingest.ledger import FATES, own_units
from revops.ingest.load import Loaded
from revops.problems import IdentityError
from revops.workspace import Workspace


def reconcile(ws: Workspace, loaded: Loaded) -> None:
    """Rows and money of the files against the canonical tables; raises IdentityError where they differ."""
    rows = {name: int(loaded.log[f"rows_{name}"].sum()) for name in ("read", *FATES)}
    ws.check("ingest.check.rows", rows["read"], sum(rows[fate] for fate in FATES))
    _amounts(ws, loaded.amounts)
    _lines(ws, loaded)
    _revenue(ws, loaded)
    ws.notes.extra["stamp"] = {"data_through": ws.as_of.isoformat(), **rows}


def _amounts(ws: Workspace, amounts: pl.DataFrame) -> None:
    """What the files' rows amount to = what was kept, quarantined, merged and left out, by currency."""
    for currency, part in _by_currency(amounts):
        accounted = sum(int(part[f"amount_{fate}"].sum()) for fate in FATES)
        _check(ws, "ingest.check.amounts", currency, int(part["amount_read"].sum()), accounted)


def _lines(ws: Workspace, loaded: Loaded) -> None:
    """Order lines kept in the files = order lines of the canonical table, by currency, before conversion."""
    kept = loaded.amounts.filter(pl.col("table") == "order_lines")
    if kept.is_empty():
        return
    orders, lines = _plans(loaded)
    sold = lines.join(orders.select("order_id", "currency"), on="order_id")
    sums = sold.group_by("currency").agg(pl.col("source_net_amount").sum()).collect(engine="streaming")
    canonical = dict(sums.iter_rows())
    for currency, part in _by_currency(kept):
        _check(ws, "ingest.check.lines", currency, int(part["amount_kept"].sum()), int(canonical.get(currency, 0)))


def _revenue(ws: Workspace, loaded: Loaded) -> None:
    """Revenue by orders = lines of orders not cancelled; what headers say beyond their lines is 'header rounding'."""
    orders, lines = _plans(loaded)
    if orders.head(1).collect().is_empty():
        return
    sums = lines.group_by("order_id").agg(pl.col("net_amount").sum().alias("lines"))
    sold = orders.filter(~pl.col("is_cancelled")).join(sums, on="order_id", how="left")
    by_lines = pl.col("lines").fill_null(0)
    by_order = pl.coalesce("net_amount", by_lines)
    found = sold.select(
        by_order.sum().alias("headers"), by_lines.sum().alias("lines"), (by_order - by_lines).sum().alias("rounding")
    ).collect(engine="streaming")
    headers, detail, rounding = (int(amount) for amount in found.row(0))
    ws.check("ingest.check.revenue", headers, detail, money=True, explained=rounding)


def _plans(loaded: Loaded) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Orders and order lines; empty where no source feeds them."""
    plans = loaded.tables.plans()
    orders, lines = (plans.get(name, tables.empty(name).lazy()) for name in ("orders", "order_lines"))
    return orders, lines


def _by_currency(amounts: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    return [(str(key[0]), part) for key, part in sorted(amounts.group_by("currency"), key=lambda item: str(item[0]))]


def _check(ws: Workspace, name: str, currency: str, left: int, right: int) -> None:
    """Assert equality to the last digit; the report shows the amounts rounded, foreign ones without decimals."""
    if left != right:
        raise IdentityError(f"{ws.notebook}, {name}, {currency}: {left} against {right}, expected the same")
    own = currency == ws.company.currency
    shown = own_units(left, ws.company) if own else own_units(left, ws.company) // 10**ws.company.money_decimals
    ws.check(name if own else f"{name}_foreign", shown, shown, money=own)
