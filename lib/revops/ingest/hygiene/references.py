"""What a record points to must exist, and its day of creation must be possible."""

import polars as pl

from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.verdict import Unjudged, Verdict, judged, lacking, together

UNREADABLE = ("unreadable_day", "unreadable_stamp")
OF_ORDERS = {"customers": "customer_id", "accounts": "account_id"}


def of_deals(records: Records) -> Verdict:
    """REF-BROKEN of opportunities: account, product group and region."""
    deals = records.deals
    if why := lacking(deals, "opportunities"):
        return why
    regions = pl.concat([records.table(name)["region"] for name in ("accounts", "people")])
    return together(
        _found(deals, "opportunities", "account_id", records.accounts["account_id"], "accounts", "unknown_account"),
        _found(deals, "opportunities", "product_group", records.table("products")["product_group"], "products",
               "unknown_product_group"),
        _found(deals, "opportunities", "region", regions, "accounts", "unknown_region"),
    )  # fmt: skip


def of_contacts(records: Records) -> Verdict:
    """REF-BROKEN of contacts: account."""
    known = records.table("accounts")["account_id"]
    return _found(records.contacts, "contacts", "account_id", known, "accounts", "unknown_account")


def of_leads(records: Records) -> Verdict:
    """REF-BROKEN of leads: the deal they became."""
    known = records.table("opportunities")["opportunity_id"]
    return _found(records.leads, "leads", "opportunity_id", known, "opportunities", "unknown_deal")


def of_activities(records: Records) -> Verdict:
    """REF-BROKEN of activities: deal, account, contact and lead; not of plans that may be younger than as_of."""
    targets = {
        "opportunity_id": ("opportunities", "unknown_deal"), "account_id": ("accounts", "unknown_account"),
        "contact_id": ("contacts", "unknown_contact"), "lead_id": ("leads", "unknown_lead"),
    }  # fmt: skip
    young = (records.received_on > records.as_of) & pl.col("created_on").is_null() & pl.col("done_on").is_null()
    known = records.activities.filter(~young)
    parts = [
        _found(known, "activities", column, records.table(table)[column], table, problem)
        for column, (table, problem) in targets.items()
    ]
    return together(*parts)


def of_orders(records: Records) -> Verdict:
    """REF-BROKEN of orders: customer and account; only the orders that point nowhere are listed."""
    orders = records.table("orders")
    if why := lacking(orders, "orders"):
        return why
    named = orders.select(pl.col("order_id").alias("record_id"), "customer_id", "account_id")
    customers, accounts = (records.table(name)[column] for name, column in OF_ORDERS.items())
    return together(
        _found(named, "orders", "customer_id", customers, "customers", "unknown_customer", only_hits=True),
        _found(named, "orders", "account_id", accounts, "accounts", "unknown_account", only_hits=True),
    )


def of_order_lines(records: Records) -> Verdict:
    """REF-BROKEN of order lines: product and order; lines that point nowhere wait in quarantine and count here."""
    if records.count("order_lines") == 0:
        return Unjudged("empty_table", "order_lines")
    products = records.rejected("order_lines", "unknown_product")
    orders = records.rejected("order_lines", "unknown_order")
    return pl.concat([
        judged(products, "unknown_product", pl.lit(True), pl.col("found")),
        judged(orders, "unknown_order", pl.lit(True), pl.col("found")),
    ])  # fmt: skip


def dates(records: Records, name: str) -> Verdict:
    """DATE-BAD: created after its own file was made or before `earliest_on`, or a day in quarantine nobody can read."""
    frame = records.deals if name == "opportunities" else getattr(records, name)
    unread = pl.concat([records.rejected(name, reason) for reason in UNREADABLE])
    refused = judged(unread, "unreadable_date", pl.lit(True), pl.col("found"))
    if why := lacking(frame, name, "created_on"):
        return refused if unread.height else why
    dated = frame.filter(pl.col("created_on").is_not_null())
    created, earliest = pl.col("created_on"), records.bounds.earliest_on
    known = pl.col("snapshot_on") if name == "opportunities" else records.received_on
    return pl.concat([
        judged(dated, "created_in_future", created > known, created, known, unit="date"),
        judged(dated, "created_too_early", created < earliest, created, pl.lit(earliest), unit="date"),
        refused,
    ])  # fmt: skip


def _found(
    frame: pl.DataFrame,
    table: str,
    column: str,
    known: pl.Series,
    target: str,
    problem: str,
    *,
    only_hits: bool = False,
) -> Verdict:
    if why := lacking(frame, table, column):
        return why
    values = known.drop_nulls().unique()
    if values.is_empty():
        return Unjudged("empty_table", target)
    unknown = ~pl.col(column).is_in(values.implode())
    pointing = frame.filter(pl.col(column).is_not_null() & (unknown | pl.lit(not only_hits)))
    return judged(pointing, problem, unknown, pl.col(column))
