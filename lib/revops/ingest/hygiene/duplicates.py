"""One thing twice: of contacts, accounts and open deals that say the same, all but the oldest are repeats."""

import polars as pl

from revops.ingest.customers import name_key
from revops.ingest.hygiene.records import Records, natural
from revops.ingest.hygiene.verdict import Verdict, folded, judged, lacking, together


def contacts_by_email(records: Records) -> Verdict:
    """DUP-C: contacts with one e-mail address; an empty address is never a repeat."""
    contacts = records.contacts
    if why := lacking(contacts, "contacts", "email"):
        return why
    email = pl.col("email").str.strip_chars().str.to_lowercase()
    keyed = contacts.with_columns(pl.when(email != "").then(email).alias("key")).filter(pl.col("key").is_not_null())
    return _repeats(_oldest(keyed, "key"), "same_email")


def contacts_by_phone_or_name(records: Records) -> Verdict:
    """DUP-C2: contacts with one telephone number, or one name at one account, that DUP-C does not name already."""
    contacts = records.contacts
    if why := lacking(contacts, "contacts"):
        return why
    named = contacts_by_email(records)
    known = named if isinstance(named, pl.DataFrame) else contacts.select("record_id", problem=None)
    left = contacts.filter(~pl.col("record_id").is_in(_hit(known).implode()))
    phone = _repeats(_oldest(left.filter(pl.col("phone").is_not_null()), "phone"), "same_phone")
    again = _hit(phone)
    firm = pl.coalesce("account_id", name_key(pl.col("account_name")))
    people = left.with_columns(folded("name").alias("person"), firm.alias("firm"))
    people = people.filter(~pl.col("record_id").is_in(again.implode())).drop_nulls(["person", "firm"])
    return pl.concat([phone, _repeats(_oldest(people, "person", "firm"), "same_person")])


def accounts_by_domain_or_name(records: Records) -> Verdict:
    """DUP-A: accounts with one internet domain, else with one name without its legal form."""
    accounts = records.accounts
    if why := lacking(accounts, "accounts"):
        return why
    shared = pl.Series(records.bounds.free_mail, dtype=pl.String)
    keyed = accounts.with_columns(domain_key(pl.col("domain")).alias("host"), name_key(pl.col("name")).alias("firm"))
    hosts = keyed.filter(pl.col("host").is_not_null() & ~pl.col("host").is_in(shared.implode()))
    by_domain = _repeats(_oldest(hosts, "host"), "same_domain")
    again = _hit(by_domain)
    firms = keyed.filter(pl.col("firm").is_not_null() & ~pl.col("record_id").is_in(again.implode()))
    return pl.concat([by_domain, _repeats(_oldest(firms, "firm"), "same_firm", "medium")])


def open_deals(records: Records) -> Verdict:
    """DUP-O: open deals of one account with one amount created within days of each other, or with one name."""
    deals = records.open_deals
    if why := lacking(deals, "opportunities", "account"):
        return why
    deals = deals.with_columns(folded("name").alias("title")).filter(pl.col("account").is_not_null())
    ordered = _aged(deals.filter(pl.col("amount").is_not_null()))
    group = ["account", "amount"]
    since = (pl.col("created_on") - pl.col("created_on").shift(1).over(group)).dt.total_days()
    close = ordered.with_columns(pl.col("record_id").shift(1).over(group).alias("first"), since.alias("since"))
    by_amount = judged(close, "same_amount", pl.col("since") <= records.bounds.duplicate_days, expected=pl.col("first"))
    again = _hit(by_amount)
    titled = deals.filter(pl.col("title").is_not_null() & ~pl.col("record_id").is_in(again.implode()))
    return together(by_amount, _repeats(_oldest(titled, "account", "title"), "same_title"))


def domain_key(domain: pl.Expr) -> pl.Expr:
    """A domain for comparison: without scheme, www, path, port and what stands before an @; null where none is left.

    >>> hosts = ["https://www.AnPhat.vn/lien-he", "an.phat@anphat.vn", "anphat.vn:8080", " "]
    >>> pl.DataFrame({"d": hosts}).select(domain_key(pl.col("d"))).to_series().to_list()
    ['anphat.vn', 'anphat.vn', 'anphat.vn', None]
    """
    bare = domain.str.strip_chars().str.to_lowercase().str.replace(r"^[a-z]+://", "").str.replace(r"^[^@/]*@", "")
    host = bare.str.replace(r"[/:?#].*$", "").str.replace(r"^www\d?\.", "").str.strip_chars_end(".")
    return pl.when(host != "").then(host)


def _oldest(frame: pl.DataFrame, *key: str) -> pl.DataFrame:
    """The rows with `first`: the oldest record of their key."""
    shared = pl.struct(key).is_duplicated()
    groups = _aged(frame.filter(shared)).with_columns(pl.col("record_id").first().over(key).alias("first"))
    return pl.concat([frame.filter(~shared).with_columns(pl.col("record_id").alias("first")), groups.drop("age")])


def _aged(frame: pl.DataFrame) -> pl.DataFrame:
    """Oldest first: by day of creation where it is known, then by number."""
    ages = natural(frame["record_id"])
    return frame.join(ages, on="record_id", how="left").sort("created_on", "age", nulls_last=True)


def _repeats(frame: pl.DataFrame, problem: str, severity: str | None = None) -> pl.DataFrame:
    repeat = pl.col("record_id") != pl.col("first")
    return judged(frame, problem, repeat, expected=pl.col("first"), severity=pl.lit(severity, pl.String))


def _hit(verdict: pl.DataFrame) -> pl.Series:
    return verdict.filter(pl.col("problem").is_not_null())["record_id"]
