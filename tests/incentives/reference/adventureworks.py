"""AdventureWorks as the reference reads it: its raw files, and who is paid by which plan from what."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from .crediting import credited
from .days import day
from .numbers import ZERO, in_fifty_digits, number
from .timeline import timeline

Row = dict[str, Any]
GROUPS = {"North America": "274", "Europe": "287", "Pacific": "285"}
DIRECTOR, FIRST = "273", date(2011, 5, 1)
LAST_QUOTA = date(2014, 6, 1)


def rows(folder: Path, name: str) -> list[Row]:
    """One raw file."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def people(folder: Path) -> list[Row]:
    """Who held which role when: representatives by territory, three managers of groups, the director."""
    group = {row["TerritoryID"]: row["Group"] for row in rows(folder, "SalesTerritory")}
    hired = {row["BusinessEntityID"]: day(row["HireDate"][:10]) for row in rows(folder, "Employee")}
    found: list[Row] = [{"id": DIRECTOR, "role": "director", "start_on": hired[DIRECTOR], "manager": None}]
    for manager in GROUPS.values():
        found.append({"id": manager, "role": "manager", "start_on": hired[manager], "manager": DIRECTOR})
    for row in rows(folder, "SalesTerritoryHistory"):
        last = row["EndDate"][:10]
        found.append(
            {"id": row["BusinessEntityID"], "role": "representative", "start_on": day(row["StartDate"][:10]),
             "end_on": day(last) + timedelta(days=1) if last else None, "manager": GROUPS[group[row["TerritoryID"]]]}
        )  # fmt: skip
    gap = {"id": "280", "role": "representative", "start_on": date(2012, 9, 30), "manager": GROUPS["North America"]}
    return [{**row, "hired_on": hired[row["id"]]} for row in [*found, gap]]


def quotas(folder: Path, company: Path) -> dict[str, list[Row]]:
    """Quotas by person: the stored ones run to the next date, those of teams as they are written."""
    found: dict[str, list[Row]] = {}
    for row in rows(folder, "SalesPersonQuotaHistory"):
        told = {"start_on": day(row["QuotaDate"][:10]), "amount": row["SalesQuota"], "measure": "revenue"}
        found.setdefault(row["BusinessEntityID"], []).append(told)
    for mine in found.values():
        mine.sort(key=lambda row: row["start_on"])
        for one, following in zip(mine, [*mine[1:], {"start_on": LAST_QUOTA}], strict=True):
            one["end_on"] = following["start_on"]
    for row in rows(company, "team_quotas"):
        told = {"start_on": day(row["start_on"]), "end_on": day(row["end_on"]), "amount": row["quota_amount"]}
        found.setdefault(row["person_id"], []).append({**told, "measure": "team"})
    return found


def credits_by_day(folder: Path, held: list[Row]) -> dict[tuple[str, str], list[Row]]:
    """What each person is credited with a day, by direct and rollup."""
    sold: dict[tuple[date, str], Any] = {}
    for row in rows(folder, "SalesOrderHeader"):
        if row["SalesPersonID"]:
            key = day(row["OrderDate"][:10]), row["SalesPersonID"]
            sold[key] = sold.get(key, ZERO) + number(row["SubTotal"])
    movements = [
        {"id": f"{on} {who}", "order": f"{on} {who}", "on": on, "person": who, "amount": amount}
        for (on, who), amount in sorted(sold.items())
    ]
    found: dict[tuple[str, str], list[Row]] = {}
    days = {movement["id"]: movement["on"] for movement in movements}
    for row in credited(movements, held, {}, {"rollup": ["manager", "director"]}, 4):
        told = {"on": days[row["id"]], "amount": row["amount"], "id": row["id"]}
        found.setdefault((row["person"], row["rule"]), []).append(told)
    return found


@in_fifty_digits
def paid(folder: Path, company: Path, months: int) -> Iterator[tuple[str, list[Row]]]:
    """Every person with the months since May 2011, by the plan of the role."""
    held, amounts = people(folder), quotas(folder, company)
    credit = credits_by_day(folder, held)
    rates = {row["BusinessEntityID"]: row["CommissionPct"] for row in rows(folder, "SalesPerson")}
    plans = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((company / "plans").glob("*[a-z].yaml"))]
    by_role = {role: plan for plan in plans if "plan" in plan for role in plan["roles"]}
    for who in sorted({row["id"] for row in held}):
        mine = [row for row in held if row["id"] == who]
        plan = by_role[mine[0]["role"]]
        person = {
            "id": who, "hired_on": mine[0]["hired_on"], "rate": rates.get(who), "quotas": amounts.get(who, []),
            "tenure": [{"start_on": row["start_on"], "end_on": row.get("end_on")} for row in mine],
            "credits": [
                {**line, "of": part["key"]}
                for part in plan["components"]
                for line in credit.get((who, part["credit"]), [])
            ],
        }  # fmt: skip
        yield who, timeline(plan, person, FIRST, months, fiscal_start=7)
