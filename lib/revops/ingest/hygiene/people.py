"""People of the CRM: owners who are gone or idle, leads that nobody takes, contacts that cannot be reached."""

import polars as pl

from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.verdict import Unjudged, Verdict, folded, judged, lacking, together
from revops.ingest.text import fold

WRONG_ENDS = ("con", "cmo", "ocm", "comm", "cpm", "coom", "vnn", "nte", "ogr")
EMAIL = r"^[^@\s,;<>()]+@[^@\s,;<>()]+\.[A-Za-z]{2,}$"


def owners(records: Records) -> pl.DataFrame:
    """One row per owner of open deals: `record_id` and `person_id`, deals, and where the first of them was read."""
    owned = records.open_deals.filter(pl.col("person_id").is_not_null()).sort("record_id")
    return (
        owned.group_by("person_id", maintain_order=True)
        .agg(pl.len().alias("deals"), *(pl.col(c).first() for c in ("source", "file", "row")))
        .with_columns(pl.col("person_id").alias("record_id"))
    )


def present(records: Records) -> pl.DataFrame:
    """The people who work for the company on as_of, with name and manager."""
    people, today = records.table("people"), records.as_of
    here = (pl.col("start_on") <= today) & (pl.col("end_on").fill_null(pl.date(9999, 1, 1)) > today)
    return people.filter(here & (pl.col("left_on").fill_null(pl.date(9999, 1, 1)) > today))


def inactive_owners(records: Records) -> Verdict:
    """OWN-INACT: the owner of open deals is gone, does nothing, or has far more of them than the others."""
    everyone = owners(records)
    if everyone.is_empty():
        return Unjudged("no_records", "opportunities")
    return together(_gone(records, everyone), _idle(records, everyone), _loaded(records, everyone))


def _gone(records: Records, everyone: pl.DataFrame) -> Verdict:
    if why := lacking(records.table("people"), "people"):
        return why
    known = pl.concat([present(records)[column] for column in ("person_id", "name")]).implode()
    return judged(everyone, "owner_gone", ~pl.col("record_id").is_in(known))


def _idle(records: Records, everyone: pl.DataFrame) -> Verdict:
    done = records.activities.filter(pl.col("done_on").is_not_null())
    if why := lacking(done, "activities", "person_id"):
        return why
    last = done.group_by("person_id").agg(pl.col("done_on").max())
    active = everyone.join(last, on="person_id", how="left")
    days, limit = records.days_ago("done_on"), records.bounds.owner_days
    return judged(active, "owner_idle", days.is_null() | (days > limit), days, pl.lit(limit), unit="days")


def _loaded(records: Records, everyone: pl.DataFrame) -> Verdict:
    if everyone.height < 3:
        return Unjudged("few_cases", "opportunities")
    limit = int(int(everyone["deals"].sum()) * records.bounds.owner_load // everyone.height)
    deals = pl.col("deals")
    return judged(everyone, "owner_loaded", deals > limit, deals, pl.lit(limit), unit="count", severity="info")


def orphaned_leads(records: Records) -> Verdict:
    """LEAD-ORPHAN: no owner, or an owner who did nothing in the days after it was created."""
    leads = records.leads.filter(pl.col("converted_on").is_null() & pl.col("opportunity_id").is_null())
    if leads.is_empty():
        return Unjudged("empty_table" if records.table("leads").is_empty() else "no_records", "leads")
    owned = lacking(leads, "leads", "person_id") or judged(leads, "lead_without_owner", pl.col("person_id").is_null())
    return together(owned, _answered(records, leads))


def _answered(records: Records, leads: pl.DataFrame) -> Verdict:
    done = records.activities.filter(pl.col("done_on").is_not_null() & pl.col("lead_id").is_not_null())
    if done.is_empty() and (why := lacking(leads, "leads", "last_activity_on")):
        return why
    limit = records.bounds.response_days
    first = done.group_by(pl.col("lead_id").alias("record_id")).agg(pl.col("done_on").min())
    waiting = leads.filter(pl.col("person_id").is_not_null()).join(first, on="record_id", how="left")
    answered = pl.coalesce("done_on", "last_activity_on", pl.lit(records.as_of))
    days = (answered - pl.col("created_on")).dt.total_days()
    only_last = pl.col("done_on").is_null() & pl.col("last_activity_on").is_not_null()
    return judged(waiting, "lead_unanswered", (days > limit) & ~only_last, days, pl.lit(limit), unit="days")


def stuck_leads(records: Records) -> Verdict:
    """LEAD-STUCK: untouched for days, converted into nothing, or converted and still open."""
    leads = records.leads
    if why := lacking(leads, "leads"):
        return why
    leads = leads.with_columns(folded("status").alias("key"), records.days_ago("created_on").alias("days"))
    new, done = ([fold(status) for status in names] for names in _statuses(records))
    is_new, converted = pl.col("key").is_in(new), pl.col("converted_on").is_not_null() | pl.col("key").is_in(done)
    limit = records.bounds.lead_days
    old = is_new & ~converted & (pl.col("days") > limit)
    parts = [
        judged(leads, "lead_untouched", old, pl.col("days"), pl.lit(limit), unit="days"),
        judged(leads, "lead_still_open", converted & is_new, pl.col("status")),
    ]
    if not lacking(leads, "leads", "opportunity_id"):
        parts.append(judged(leads, "lead_into_nothing", converted & pl.col("opportunity_id").is_null()))
    return pl.concat(parts)


def orphaned_contacts(records: Records) -> Verdict:
    """CON-ORPHAN: a contact of no account."""
    firm = pl.coalesce("account_id", "account_name")
    contacts = records.contacts.with_columns(firm.alias("account"))
    return lacking(contacts, "contacts", "account") or judged(contacts, "contact_alone", pl.col("account").is_null())


def orphaned_accounts(records: Records) -> Verdict:
    """CON-ORPHAN: an account without contact and without deal."""
    if why := lacking(records.accounts, "accounts"):
        return why
    named = pl.concat([records.contacts["account_id"], records.snapshots["account_id"]]).drop_nulls()
    if named.is_empty():
        return Unjudged("empty_column", "contacts.account_id")
    return judged(records.accounts, "account_alone", ~pl.col("record_id").is_in(named.unique().implode()))


def invalid_contacts(records: Records) -> Verdict:
    """CON-INVALID: an e-mail address or telephone number that reaches nobody, or nobody in person."""
    contacts = records.contacts
    mail, digits = lacking(contacts, "contacts", "email"), lacking(contacts, "contacts", "phone_as_written")
    parts: list[Verdict] = [mail] if mail else [_addresses(records, contacts.filter(pl.col("email").is_not_null()))]
    if digits:
        parts.append(digits)
    else:
        written = contacts.filter(pl.col("phone_as_written").is_not_null())
        parts.append(judged(written, "bad_phone", pl.col("phone").is_null(), pl.col("phone_as_written")))
    return together(*parts)


def _addresses(records: Records, contacts: pl.DataFrame) -> pl.DataFrame:
    email = pl.col("email").str.strip_chars().str.to_lowercase()
    good = email.str.contains(EMAIL) & ~email.str.contains(r"\.\.|^\.|\.@|@\.|@-")
    typo = good & email.str.contains(rf"\.(?:{'|'.join(WRONG_ENDS)})$")
    roles = email.str.extract(r"^([^@]*)@").is_in(records.bounds.role_mailboxes)
    shown = email.str.replace(r"^(.{1,2})[^@]*@", "$1…@")
    return pl.concat([
        judged(contacts, "bad_email", ~good, shown),
        judged(contacts, "mistyped_email", typo, shown),
        judged(contacts, "role_mailbox", good & roles, shown),
    ])  # fmt: skip


def decayed_contacts(records: Records) -> Verdict:
    """CON-DECAY: no activity for a year; a contact that never had one counts from its creation."""
    contacts = records.contacts
    done = records.activities.filter(pl.col("done_on").is_not_null() & pl.col("contact_id").is_not_null())
    if why := lacking(contacts, "contacts"):
        return why
    if done.is_empty() and (why := lacking(contacts, "contacts", "last_activity_on")):
        return why
    last = done.group_by(pl.col("contact_id").alias("record_id")).agg(pl.col("done_on").max())
    later = (pl.col("last_activity_on") > records.as_of).fill_null(False)
    known = contacts.filter(~later).join(last, on="record_id", how="left").with_columns(
        pl.coalesce(pl.max_horizontal("last_activity_on", "done_on"), "created_on").alias("last_on")
    ).filter(pl.col("last_on").is_not_null())  # fmt: skip
    days, limit = records.days_ago("last_on"), records.bounds.decay_days
    return judged(known, "decayed", days > limit, days, pl.lit(limit), unit="days")


def _statuses(records: Records) -> tuple[list[str], list[str]]:
    return records.bounds.new_statuses, records.bounds.converted_statuses


def who_acts(records: Records, person_id: str | None, *, about_owner: bool = False) -> str | None:
    """Who puts a record right: its owner; the manager of one who is gone or is the finding; else the data's owner."""
    here, everyone, owners_of = present(records), records.table("people"), records.company.findings.owners
    staff = {known: person for person, name in here.select("person_id", "name").rows() for known in (name, person)}
    if person_id and not about_owner and (everyone.is_empty() or person_id in staff):
        return staff.get(person_id, person_id)
    managers = dict(everyone.sort("start_on").select("person_id", "manager_id").rows())
    manager = managers.get(staff.get(person_id or "", person_id or ""))
    return manager if manager in staff else owners_of.get("data", owners_of.get("default"))
