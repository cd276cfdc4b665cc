"""Account plans, from the bottom up: what each account is planned to bring next year, as its owner wrote it down.

The sheet (account_plans.csv) has the columns account, amount (in the currency) and person (blank: the account's owner).

>>> split(100_000_000, [40_000_000, 30_000_000, 25_000_000])  # 950k of plans against 1,000k, closed pro rata, in cents
[42105263, 31578947, 26315790]
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from revops.company import Company, file_at
from revops.money import split, to_units
from revops.problems import InputError, Problem, refuse_if_any

COLUMNS = ("account", "person", "amount")
__all__ = ["read_plans", "split"]


def read_plans(folder: Path, company: Company, owners: Mapping[str, str | None]) -> dict[str, int]:
    """person_id → sum of their account plans in money units; empty where there is no such sheet.

    `owners`: account → person. Refused at once, all together: a column that is missing, an account nobody knows, one
    without an owner or with two plans, an amount that is none or below 0.
    """
    name = company.quota.account_plans
    path = file_at(folder, company, name, "company.yaml, quota.account_plans")
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
        if missing:
            expected = f"the columns {', '.join(COLUMNS)}"
            raise InputError(Problem(name, f"no column {', '.join(missing)}", expected, "add the column"))
        rows = [{column: (row[column] or "").strip() for column in COLUMNS} for row in reader]
    decimals = company.quota.decimals(company.money_decimals)
    refuse_if_any(_scan(name, rows, owners, decimals))
    sums: dict[str, int] = {}
    for row in rows:
        person = row["person"] or owners[row["account"]] or ""
        sums[person] = sums.get(person, 0) + to_units(row["amount"], decimals)
    return dict(sorted(sums.items()))


def _scan(name: str, rows: list[dict[str, str]], owners: Mapping[str, str | None], decimals: int) -> Iterator[Problem]:
    seen = set[str]()
    for number, row in enumerate(rows, 2):
        where, account = f"{name}, row {number}", row["account"]
        if account not in owners:
            yield Problem(f"{where}, account", account or "nothing", "an account of the company", "correct the cell")
        elif account in seen:
            yield Problem(f"{where}, account", f"{account}, a second plan", "one plan an account", "remove one")
        elif not (row["person"] or owners[account]):
            yield Problem(f"{where}, person", "nothing", "who carries it: the account has no owner", "name a person")
        seen.add(account)
        if not _is_amount(row["amount"], decimals):
            yield Problem(f"{where}, amount", row["amount"] or "nothing", "an amount of 0 or more", "correct the cell")


def _is_amount(text: str, decimals: int) -> bool:
    try:
        return to_units(text, decimals) >= 0
    except (ValueError, OverflowError):
        return False
