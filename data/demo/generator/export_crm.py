"""Salesforce reports: opportunities as they stood at four month-ends, stage history, leads."""

from datetime import date
from pathlib import Path

from crm import CRM_TO, PROBABILITY, Crm, Deal, Lead
from dice import Dice
from people import written
from writing import Row, dmy, write_csv

SNAPSHOTS = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), CRM_TO]
OPPORTUNITY = [
    "Opportunity ID", "Employee Number", "Territory Region", "Account Number", "Account Name",
    "Opportunity Name", "Stage", "Amount", "Probability (%)", "Close Date", "Created Date", "Lead Source",
    "Product Group", "Closed Lost Reason",
]  # fmt: skip
HISTORY = ["Opportunity ID", "Stage", "Entered On", "Left On"]
LEAD = [
    "Lead ID", "Employee Number", "Full Name", "Company / Account", "Email", "Phone", "Region", "Lead Source",
    "Campaign", "Lead Status", "Create Date", "Converted Date", "Converted Opportunity ID",
]  # fmt: skip


def export_crm(crm: Crm, raw: Path) -> None:
    """Everything quoted, with the footer lines that the system adds."""
    folder = raw / "crm"
    for day in SNAPSHOTS:
        rows = [_opportunity(deal, day) for deal in crm.deals if deal.created <= day]
        rows += _dirt(rows, day) if day == CRM_TO else []
        write_csv(folder / f"opportunities_{day}.csv", [OPPORTUNITY, *rows, *footer(len(rows))], quote_all=True)
    visits: list[Row] = [
        [deal.number, stage, dmy(entered), dmy(left)] for deal in crm.deals for stage, entered, left in deal.visits
    ]
    write_csv(folder / f"opportunity_history_{CRM_TO}.csv", [HISTORY, *visits, *footer(len(visits))], quote_all=True)
    dice = Dice("lead export")
    leads = [_lead(lead, dice) for lead in crm.leads]
    write_csv(folder / f"leads_{CRM_TO}.csv", [LEAD, *leads, *footer(len(leads))], quote_all=True)


def _opportunity(deal: Deal, day: date) -> Row:
    stage = deal.stage_on(day)
    return [
        deal.number, deal.person, deal.account.region, deal.account.code, deal.account.name,
        deal.name, stage, f"{deal.amount}.00", PROBABILITY[stage], dmy(deal.close_on(day)), dmy(deal.created),
        deal.source, deal.group, deal.reason if stage == "Closed Lost" else "",
    ]  # fmt: skip


def _lead(lead: Lead, dice: Dice) -> Row:
    return [
        lead.number, lead.person, lead.name, lead.company, lead.email, written(lead.phone, dice),
        lead.region, lead.source, lead.campaign, lead.status, dmy(lead.created),
        dmy(lead.converted), lead.deal.number if lead.deal else "",
    ]  # fmt: skip


def _dirt(rows: list[Row], day: date) -> list[Row]:
    dice = Dice(f"crm dirt {day}")
    out: list[Row] = []
    faults = {"Amount": "250k", "Created Date": "", "Stage": "", "Close Date": "31/31/2026"}
    for i, (column, value) in enumerate(list(faults.items()) * 3):
        row = list(dice.pick(rows))
        row[0] = f"0065g99{i:05d}AAQ"
        row[OPPORTUNITY.index(column)] = value
        out.append(row)
    return out


def footer(count: int) -> list[Row]:
    """The lines the system adds below a report."""
    return [
        [],
        [f"Grand Totals ({count} records)"],
        ["Confidential Information - Do Not Distribute"],
        ["Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."],
    ]
