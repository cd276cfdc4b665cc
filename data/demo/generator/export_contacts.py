"""Salesforce reports of the people at the accounts, and of what was done for the deals that were open of late."""

from datetime import date, timedelta
from pathlib import Path

from catalogue import Account
from crm import CRM_TO, Crm, Deal
from dice import Dice
from export_crm import footer
from people import Buyer, Buyers, plain, written
from writing import Row, dmy, write_csv

CONTACT = [
    "Contact ID", "Employee Number", "Last Name", "Account Number", "Account Name", "Email", "Phone", "Created Date",
    "Last Activity",
]  # fmt: skip
ACTIVITY = ["Activity ID", "Employee Number", "Subject", "Date", "Status", "Opportunity ID"]
OPEN_SINCE = date(2026, 7, 31)
STUCK_DAYS = 21
WORK = ["Call", "Visit", "Email", "Quote"]


def export_contacts(crm: Crm, accounts: list[Account], raw: Path) -> None:
    """Contacts with the dirt that years leave behind; activities of every deal that an export shows as open."""
    contacts = _with_dirt(_contacts(accounts))
    write_csv(raw / "crm" / f"contacts_{CRM_TO}.csv", [CONTACT, *contacts, *footer(len(contacts))], quote_all=True)
    deals = [deal for deal in crm.deals if deal.closed is None or deal.closed > OPEN_SINCE]
    done = _numbered("00T", [row for i, deal in enumerate(deals) for row in _activities(deal, i)])
    write_csv(raw / "crm" / f"activities_{CRM_TO}.csv", [ACTIVITY, *done, *footer(len(done))], quote_all=True)


def _contacts(accounts: list[Account]) -> list[Row]:
    dice, people = Dice("contacts"), Buyers("contact people", 900_000)
    rows: list[Row] = []
    for account in [account for account in accounts if not account.is_export]:
        for _ in range(dice.whole(1, 3) if account.size == "large" else dice.whole(1, 2)):
            rows.append(_contact(account, people.new(account.region), dice))
    return _numbered("003", rows)


def _contact(account: Account, person: Buyer, dice: Dice) -> Row:
    created = date(2023, 1, 1) + timedelta(days=dice.whole(0, 1200))
    quiet = dice.whole(370, 700) if dice.chance(0.07) else dice.whole(2, 160)
    last = max(created, CRM_TO - timedelta(days=quiet))
    given, family = (plain(person.name.split()[i]) for i in (-1, 0))
    email = f"{given}.{family}@{_domain(account)}"
    phone = written(person.phone, dice)
    return [account.owner, person.name, account.code, account.name, email, phone, dmy(created), dmy(last)]


def _domain(account: Account) -> str:
    """An address that cannot exist, by the account's own name and number."""
    return "".join(plain(word) for word in account.name.split()[-2:]) + account.code[2:] + ".example"


def _with_dirt(rows: list[Row]) -> list[Row]:
    """Contacts entered twice, mailboxes of nobody, numbers cut short, accounts that are missing or wrong."""
    dice, made = Dice("contact dirt"), [list(row) for row in rows]
    spoiled = dice.shuffled(made)
    for row in spoiled[:5]:
        made.append([f"{row[0][:6]}9{row[0][7:]}", *row[1:7], "12/08/2026", "12/08/2026"])
    for row in spoiled[5:9]:
        made.append([f"{row[0][:6]}9{row[0][7:]}", *row[1:5], "", row[6], "03/09/2026", "03/09/2026"])
    for row in spoiled[9:13]:
        row[5] = "info@" + row[5].partition("@")[2]
    for row in spoiled[13:16]:
        row[5] = row[5].replace("@", " ")
    for row in spoiled[16:20]:
        row[6] = row[6][:7]
    for row in spoiled[20:23]:
        row[3] = row[4] = ""
    spoiled[23][3] = "DL199"
    return made


def _activities(deal: Deal, i: int) -> list[Row]:
    """Something about every week while a deal moves; of the deals that are stuck two in three are left alone."""
    dice, rows, last = Dice(f"activities {deal.number}"), list[Row](), CRM_TO
    stuck = deal.closed is None and deal.visits[-1][0] == "Proposal" and _age(deal) > STUCK_DAYS
    if stuck and i % 3:
        last = deal.visits[-1][1] + timedelta(days=dice.whole(0, 4))
    day = deal.created + timedelta(days=dice.whole(0, 2))
    while day <= min(last, deal.closed or CRM_TO):
        rows.append([deal.person, dice.pick(WORK), dmy(day), "Completed", deal.number])
        day += timedelta(days=dice.whole(5, 11))
    if deal.closed is None and last == CRM_TO and not (stuck or dice.chance(0.12)):
        rows.append([deal.person, dice.pick(WORK), dmy(max(day, CRM_TO + timedelta(days=1))), "Open", deal.number])
    return rows


def _age(deal: Deal) -> int:
    return (CRM_TO - deal.visits[-1][1]).days


def _numbered(prefix: str, rows: list[Row]) -> list[Row]:
    return [[f"{prefix}5g{i + 1:07d}AAQ", *row] for i, row in enumerate(rows)]
