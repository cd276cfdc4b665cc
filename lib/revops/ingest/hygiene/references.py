"""What a record points to must exist, and its day of creation must be possible."""

import polars as pl

from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.verdict import Unjudged, Verdict, judged, lacking, together

UNREADABLE = ("unreadable_day", "unreadable_stamp")


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
    """REF-BROKEN of orders: account, else customer; one row per unknown number, which stands for all its orders."""
    orders = records.table("orders").select(pl.col("order_id").alias("record_id"), "account_id", "customer_id")
    accounts, customers = records.table("accounts")["account_id"], records.table("customers")["customer_id"]
    if why := lacking(orders, "orders"):
        return why
    named = _found(orders, "orders", "account_id", accounts, "accounts", "orders_without_account", by_value="record_id")
    known = pl.col("account_id").is_in(accounts.implode()) | pl.col("account_id").is_null() | accounts.is_empty()
    rest = orders.filter(known)
    bought = _found(
        rest, "orders", "customer_id", customers, "customers", "orders_without_customer", by_value="record_id"
    )
    return together(named, bought)


def of_order_lines(records: Records) -> Verdict:
    """REF-BROKEN of order lines: product and order; such lines wait in quarantine and count here, by unknown number."""
    if records.count("order_lines") == 0:
        return Unjudged("empty_table", "order_lines")
    return pl.concat([
        _by_value(records.rejected("order_lines", reason).sort("file", "row"), "found", problem)
        for reason, problem in (("unknown_product", "lines_without_product"), ("unknown_order", "lines_without_order"))
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
    frame: pl.DataFrame, table: str, column: str, known: pl.Series, target: str, problem: str, *, by_value: str = ""
) -> Verdict:
    """Whether what the column says is known; with `by_value`, the column to sort by, unknown values only, each once."""
    if why := lacking(frame, table, column):
        return why
    values = known.drop_nulls().unique()
    if values.is_empty():
        return Unjudged("empty_table", target)
    unknown = ~pl.col(column).is_in(values.implode())
    pointing = frame.filter(pl.col(column).is_not_null())
    if by_value:
        return _by_value(pointing.filter(unknown).sort(by_value), column, problem)
    return judged(pointing, problem, unknown, pl.col(column))


def _by_value(frame: pl.DataFrame, column: str, problem: str) -> pl.DataFrame:
    """One row per value: its first record, which stands for all."""
    counts = frame.group_by(column, maintain_order=True).agg(pl.col("record_id").first(), pl.len().alias("records"))
    return judged(counts, problem, pl.lit(True), pl.col(column), pl.col("records"), stands_for=pl.col("records"))
