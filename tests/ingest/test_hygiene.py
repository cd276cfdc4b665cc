"""Hygiene of the CRM: each rule's nearest good and first bad record, what cannot be judged, scores, who acts."""

# ruff: noqa: E501  (an example and its nearest neighbour stand on one line)

import json
from datetime import date

import nbformat
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.company import load_company
from revops.ingest.hygiene import OBJECTS, RULES, Records, check, examine
from revops.ingest.hygiene.contracts import HYGIENE_TABLES
from revops.ingest.hygiene.records import natural
from revops.ingest.hygiene.verdict import folded
from revops.ingest.text import fold
from revops.problems import InputError
from revops.report import hygiene as page
from revops.run.exports import copy_tables, write_workbook
from revops.words import FOLDER, catalogue

from .crm import AS_OF, KEYS, SNAPSHOTS, ago, changed, checkup, clean, company, frame, hits, records
from .small import HEAD, LINES

ONE, TWO, THREE = SNAPSHOTS
ORDER = "A1,2026-10-05,X,2,1000,Stores\n"
NEW = {"email": None, "phone": None, "phone_as_written": None}


def contact(number=3, like="C1", **values):
    return {"contacts": [{"contact_id": f"C{number}", "like": like, "name": f"Người {number}", **NEW, **values}]}


def account(**values):
    one = {"account_id": "A3", "like": "A1", "name": "Hợp tác xã Mây", "domain": None, **values}
    return {"accounts": [one], "contacts": [{"contact_id": "C2", "account_id": "A2"},
            {"contact_id": "C9", "like": "C1", "name": "Chị Mây", **NEW, "account_id": "A3"}]}  # fmt: skip


def deal(**values):
    return {"opportunities": [{"opportunity_id": "D1", **values}]}


def copy_of(**values):
    """A second open deal D3 that is worked on as well as D1 is."""
    one = {"opportunity_id": "D3", "like": "D1", "name": "Việc khác", "amount": 40_000_000, **values}
    acts = [{"activity_id": f"{v}x", "like": v, "opportunity_id": "D3"} for v in ("V1", "V3")]
    return {"opportunities": [one], "activities": acts}


def visit(stage, entered, left=None, deal="D2"):
    return {
        "opportunity_id": deal,
        "stage": stage,
        "entered_on": ago(entered),
        "left_on": None if left is None else ago(left),
    }


def refused(reason, field, found=None, table="opportunities", file="opportunities.csv"):
    row = {"row": 99, "file": file, "reason": reason, "field": field, "found": found, "table": table}
    return {"quarantine": [row]}


def pushes(*closes):
    return {
        "opportunities": [
            {"opportunity_id": "D1", "snapshot_on": day, "close_on": ago(-c)}
            for day, c in zip(SNAPSHOTS, closes, strict=True)
        ]
    }


def lead(**values):
    return {"leads": [{"lead_id": "Q1", **values}]}


W1, FILLER = "W1", date(2026, 12, 31)
LONG = "Công ty Cổ phần GIÓ MỚI"
# rule, problem and record that is hit · the change that is hit · the nearest change that is clean
CASES = [
    ("DUP-C", "same_email", "C3", contact(email=" NGUOI1@khach1.example "), contact(email="nguoi1b@khach1.example")),
    ("DUP-C", "same_email", "C10", contact(10, email="nguoi1@khach1.example"), contact(10, email=None)),
    ("DUP-C2", "same_phone", "C3", contact(phone="+84912000001"), contact(phone="+84912000003")),
    ("DUP-C2", "same_person", "C3", contact(name="LE AN"), contact(name="Lê Anh")),
    ("DUP-C2", "same_person", "C3", contact(name="LE AN"), contact(name="Lê An", account_id="A2")),
    ("DUP-A", "same_domain", "A3", account(domain="https://www.Khach1.example/vi"), account(domain="khach3.example")),
    ("DUP-A", "same_firm", "A3", account(name=LONG), account(name="Công ty TNHH Gió Mới Hơn")),
    ("DUP-O", "same_amount", "D3", copy_of(amount=50_000_000, created_on=ago(83)),
     copy_of(amount=50_000_000, created_on=ago(82))),
    ("DUP-O", "same_amount", "D3", copy_of(amount=50_000_000), copy_of(amount=50_000_001)),
    ("DUP-O", "same_amount", "D3", copy_of(amount=50_000_000), copy_of(amount=50_000_000, account_id="A2")),
    ("DUP-O", "same_title", "D3", copy_of(name="ĐƠN d1"), copy_of(name="Đơn D1 bổ sung")),
    ("OPP-STALE", "stale", "D1", {"activities": [{"activity_id": "V1", "done_on": ago(31)}, {"activity_id": "V9", "done_on": ago(9), "person_id": "P1"}]},
     {"activities": [{"activity_id": "V1", "done_on": ago(30)}]}),
    ("OPP-STALE", "stale", "D2", {"activities": [{"activity_id": "V2", "done_on": ago(15)}]},
     {"activities": [{"activity_id": "V2", "done_on": ago(14)}]}),
    ("OPP-NOACT", "no_activity", "D1", {"activities": [{"activity_id": "V1", "opportunity_id": None}]},
     {"activities": [{"activity_id": "V1", "opportunity_id": None}], **deal(last_activity_on=ago(30))}),
    ("OPP-NOACT", "no_activity", "D3", {"opportunities": copy_of(created_on=ago(4))["opportunities"],
                                        "activities": [{"activity_id": "V3x", "like": "V3", "opportunity_id": "D3"}]},
     {"opportunities": copy_of(created_on=ago(3))["opportunities"],
      "activities": [{"activity_id": "V3x", "like": "V3", "opportunity_id": "D3"}]}),
    ("OPP-PAST", "past_close", "D1", deal(close_on=ago(1)), deal(close_on=AS_OF)),
    ("OPP-FAR", "far_close", "D1", deal(close_on=ago(-366)), deal(close_on=ago(-365))),
    ("OPP-FAR", "placeholder_close", "D1", deal(close_on=FILLER), deal(close_on=date(2026, 12, 30))),
    ("OPP-FAR", "far_close", "D1", deal(close_on=date(2099, 1, 1)), deal(close_on=date(2027, 1, 1))),
    ("OPP-NOAMT", "no_amount", "D1", deal(amount=None), deal(amount=1)),
    ("OPP-NOAMT", "amount_in_words", "opportunities.csv:99", refused("unreadable_money", "amount", "250k"),
     refused("key_twice", "", "D1")),
    ("OPP-ZERO", "zero_amount", "D1", deal(amount=0), deal(amount=1)),
    ("OPP-NEG", "negative_amount", "D1", deal(amount=-1), deal(amount=1)),
    ("OPP-OUTLIER", "outlier_amount", "D1", {"opportunities": [
        {"opportunity_id": "D1", "amount": 601}, {"opportunity_id": "D2", "amount": 10},
        *({"opportunity_id": f"E{i}", "like": "D2", "name": f"Việc {i}", "amount": 60, "created_on": ago(80 - 8 * i)} for i in range(3))],
        "activities": [{"activity_id": f"{v}{i}", "like": v, "opportunity_id": f"E{i}"} for v in ("V2", "V4") for i in range(3)]},
     {"opportunities": [{"opportunity_id": "D1", "amount": 600}, {"opportunity_id": "D2", "amount": 10},
        *({"opportunity_id": f"E{i}", "like": "D2", "name": f"Việc {i}", "amount": 60, "created_on": ago(80 - 8 * i)} for i in range(3))],
        "activities": [{"activity_id": f"{v}{i}", "like": v, "opportunity_id": f"E{i}"} for v in ("V2", "V4") for i in range(3)]}),
    ("OPP-NOCLOSE", "no_close", "D1", deal(close_on=None), deal(close_on=AS_OF)),
    ("OPP-NOSTAGE", "no_stage", "opportunities.csv:99", refused("empty", "stage"), refused("empty", "created_on")),
    ("OPP-NOSTAGE", "no_stage", "opportunities.csv:99", refused("empty", "stage"),
     refused("empty", "stage", file="opportunities_of_last_month.csv")),
    ("OPP-NOOWNER", "no_owner", "D1", deal(person_id=None), deal(person_id="P1")),
    ("OPP-NOACCT", "no_account", "D1", deal(account_id=None), deal(account_id=None, account_name="Gió Mới")),
    ("OPP-NOSOURCE", "no_source", "D1", deal(lead_source=" "), deal(lead_source="Fair")),
    ("OPP-NONEXT", "no_next_step", "D1", deal(next_step=None), {"opportunities": [{"opportunity_id": "D2", "next_step": None}]}),
    ("OPP-NONEXT", "nothing_planned", "D1", {"activities": [{"activity_id": "V3", "due_on": ago(1)}]},
     {"activities": [{"activity_id": "V3", "due_on": AS_OF}]}),
    ("OPP-NONEXT", "nothing_planned", "D1", {"activities": [{"activity_id": "V3", "done_on": AS_OF}]},
     {"activities": [{"activity_id": "V3", "done_on": None}]}),
    ("OPP-PUSH", "pushed", "D1", pushes(1, 2, 3), pushes(1, 1, 3)),
    ("OPP-PUSH", "pushed", "D1", pushes(1, 2, 3), pushes(1, 3, 2)),
    ("OPP-REGR", "regressed", "D2", {"opportunity_stage_history": [visit("Qualified", 5)]},
     {"opportunity_stage_history": [visit("Demo", 5)]}),
    ("OPP-SKIP", "skipped", "D2", {"opportunity_stage_history": [visit("Negotiation", 5)]},
     {"opportunity_stage_history": [visit("Proposal", 5)]}),
    ("OPP-ORDER", "left_before_entry", "D2", {"opportunity_stage_history": [visit("Demo", 5, 6)]},
     {"opportunity_stage_history": [visit("Demo", 5, 5)]}),
    ("OPP-WONBAD", "won_in_future", "W1", {"opportunities": [{"opportunity_id": W1, "close_on": ago(-1)}], "invoices": [{"invoice_id": "I1", "issued_on": ago(-1)}]},
     {"opportunities": [{"opportunity_id": W1, "close_on": AS_OF}]}),
    ("OPP-WONBAD", "won_before_creation", "W1", {"opportunities": [{"opportunity_id": W1, "created_on": ago(29)}]},
     {"opportunities": [{"opportunity_id": W1, "created_on": ago(30)}]}),
    ("OPP-LOSTREASON", "no_lost_reason", "L1", {"opportunities": [{"opportunity_id": "L1", "lost_reason": ""}, {"opportunity_id": "L2", "like": "L1"}]},
     {"opportunities": [{"opportunity_id": "L1", "lost_reason": "Price"}]}),
    ("OPP-PROB", "probability", "D1", deal(probability=1_000_000_000), deal(probability=999_999_999)),
    ("OPP-PROB", "probability", "W1", {"opportunities": [{"opportunity_id": W1, "probability": 999_999_999}]},
     {"opportunities": [{"opportunity_id": W1, "probability": None}]}),
    ("OPP-PROB", "probability", "L1", {"opportunities": [{"opportunity_id": "L1", "probability": 1}]},
     {"opportunities": [{"opportunity_id": "L1", "probability": 0}]}),
    ("OPP-PROB", "forecast_category", "D1", deal(forecast_category="CLOSED"), deal(forecast_category="Commit")),
    ("OPP-PROB", "forecast_category", "W1", {"opportunities": [{"opportunity_id": W1, "forecast_category": "Commit"}]},
     {"opportunities": [{"opportunity_id": W1, "forecast_category": "Theo kế hoạch"}]}),
    ("OPP-STAGEDICT", "stage_spelling", "D2", {"opportunities": [{"opportunity_id": "D2", "stage": "DEMO"}]},
     {"opportunities": [{"opportunity_id": "D2", "stage": "Demo"}]}),
    ("OPP-STAGEDICT", "stage_unknown", "D2", {"opportunities": [{"opportunity_id": "D2", "stage": "Chờ ký"}]},
     {"opportunities": [{"opportunity_id": "D2", "stage": "Demo"}]}),
    ("OPP-STAGEDICT", "stage_unknown", "opportunities.csv:99", refused("unknown_value", "stage", "Chờ ký"),
     refused("unknown_value", "region", "Tây")),
    ("OWN-INACT", "owner_gone", "P2", {"people": [{"person_id": "P2", "left_on": AS_OF}]},
     {"people": [{"person_id": "P2", "left_on": ago(-1)}]}),
    ("OWN-INACT", "owner_idle", "P2", {"activities": [{"activity_id": "V2", "done_on": ago(31)}], **deal()},
     {"activities": [{"activity_id": "V2", "done_on": ago(30)}], "accounts": [{"account_id": "A2", "size": "large"}]}),
    ("LEAD-ORPHAN", "lead_without_owner", "Q3", {"leads": [{"lead_id": "Q3", "like": "Q1", "person_id": None}]},
     {"leads": [{"lead_id": "Q3", "like": "Q2", "person_id": None}]}),
    ("LEAD-ORPHAN", "lead_unanswered", "Q1", lead(created_on=ago(8)), lead(created_on=ago(7))),
    ("LEAD-ORPHAN", "lead_unanswered", "Q3", {"leads": [{"lead_id": "Q3", "like": "Q1", "created_on": ago(4)}]},
     {"leads": [{"lead_id": "Q3", "like": "Q1", "created_on": ago(3)}]}),
    ("LEAD-STUCK", "lead_untouched", "Q1", {**lead(created_on=ago(15)), "activities": [{"activity_id": "V5", "done_on": ago(12)}]},
     {**lead(created_on=ago(14)), "activities": [{"activity_id": "V5", "done_on": ago(12)}]}),
    ("LEAD-STUCK", "lead_untouched", "Q1", {**lead(created_on=ago(15)), "activities": [{"activity_id": "V5", "done_on": ago(12)}]},
     {**lead(created_on=ago(15), status="Contacted"), "activities": [{"activity_id": "V5", "done_on": ago(12)}]}),
    ("LEAD-STUCK", "lead_still_open", "Q2", {"leads": [{"lead_id": "Q2", "status": "OPEN"}]},
     {"leads": [{"lead_id": "Q2", "status": "Nurturing"}]}),
    ("LEAD-STUCK", "lead_into_nothing", "Q3", {"leads": [{"lead_id": "Q3", "like": "Q2", "opportunity_id": None}]},
     {"leads": [{"lead_id": "Q3", "like": "Q2", "opportunity_id": "D2"}]}),
    ("CON-ORPHAN", "contact_alone", "C3", contact(account_id=None), contact(account_id=None, account_name="Gió Mới")),
    ("CON-ORPHAN", "account_alone", "A3", {"accounts": [{"account_id": "A3", "like": "A1", "name": "Mây", "domain": None}]},
     {"accounts": [{"account_id": "A3", "like": "A1", "name": "Mây", "domain": None}], **contact(account_id="A3")}),
    ("CON-INVALID", "bad_email", "C3", contact(email="an@khach"), contact(email="an@khach.vn")),
    ("CON-INVALID", "bad_email", "C3", contact(email="an..le@khach.vn"), contact(email="an.le@khach.vn")),
    ("CON-INVALID", "mistyped_email", "C3", contact(email="an@khach.con"), contact(email="an@khach.com")),
    ("CON-INVALID", "role_mailbox", "C3", contact(email="info@khach.vn"), contact(email="infoan@khach.vn")),
    ("CON-INVALID", "bad_phone", "C3", contact(phone_as_written="0912 00"), contact(phone_as_written=None)),
    ("CON-DECAY", "decayed", "C3", contact(last_activity_on=ago(366)), contact(last_activity_on=ago(365))),
    ("CON-DECAY", "decayed", "C3", contact(last_activity_on=None, created_on=ago(366)),
     contact(last_activity_on=None, created_on=ago(365))),
    ("REF-BROKEN", "unknown_account", "D1", deal(account_id="A9"), deal(account_id="A1")),
    ("REF-BROKEN", "unknown_product_group", "D1", deal(product_group="Lamps"), deal(product_group=None)),
    ("REF-BROKEN", "unknown_region", "D1", deal(region="Tây"), deal(region=None)),
    ("REF-BROKEN", "unknown_account", "C3", contact(account_id="A9"), contact(account_id="A2")),
    ("REF-BROKEN", "unknown_deal", "Q2", {"leads": [{"lead_id": "Q2", "opportunity_id": "D9"}]},
     {"leads": [{"lead_id": "Q2", "opportunity_id": "L1"}]}),
    *(("REF-BROKEN", f"unknown_{what}", "V6", {"activities": [{"activity_id": "V6", column: "?9"}]},
       {"activities": [{"activity_id": "V6", column: good}]})
      for what, column, good in (("deal", "opportunity_id", "L1"), ("account", "account_id", "A1"),
                                 ("contact", "contact_id", "C1"), ("lead", "lead_id", "Q2"))),
    ("REF-BROKEN", "orders_without_customer", "O1", {"orders": [{"order_id": "O1", "customer_id": "K9"}]},
     {"orders": [{"order_id": "O1", "customer_id": None}]}),
    ("REF-BROKEN", "orders_without_account", "O3", {"orders": [{"order_id": "O3", "like": "O1", "account_id": "A9"}]},
     {"orders": [{"order_id": "O3", "like": "O1", "account_id": None}]}),
    ("REF-BROKEN", "lines_without_product", "lines.csv:99", refused("unknown_product", "product_id", "Z", "order_lines", "lines.csv"),
     refused("no_rate", "currency", "USD", "order_lines", "lines.csv")),
    ("REF-BROKEN", "lines_without_order", "lines.csv:99", refused("unknown_order", "order_id", "O9", "order_lines", "lines.csv"),
     refused("order_not_kept", "order_id", "O9", "order_lines", "lines.csv")),
    ("DATE-BAD", "created_in_future", "D1", deal(created_on=ago(-1)), deal(created_on=AS_OF)),
    ("DATE-BAD", "created_in_future", "C3", contact(created_on=ago(-1)), contact(created_on=AS_OF)),
    ("DATE-BAD", "created_too_early", "C3", contact(created_on=date(1999, 12, 31)), contact(created_on=date(2000, 1, 1))),
    ("DATE-BAD", "created_too_early", "A3", account(created_on=date(1900, 1, 1)), account(created_on=date(2000, 1, 1))),
    ("DATE-BAD", "unreadable_date", "opportunities.csv:99", refused("unreadable_day", "close_on", "31/31/2026"),
     refused("key_twice", "", "D1")),
    ("RECON", "not_invoiced", "A1 2026-10", {"opportunities": [{"opportunity_id": W1, "amount": 105_000_001}], "invoices": [{"invoice_id": "I1", "net_amount": 100_000_000}]},
     {"opportunities": [{"opportunity_id": W1, "amount": 105_000_000}], "invoices": [{"invoice_id": "I1", "net_amount": 100_000_000}]}),
    ("RECON", "not_invoiced", "A1 2026-10", {"opportunities": [{"opportunity_id": W1, "amount": 94_999_999}], "invoices": [{"invoice_id": "I1", "net_amount": 100_000_000}]},
     {"opportunities": [{"opportunity_id": W1, "amount": 95_000_000}], "invoices": [{"invoice_id": "I1", "net_amount": 100_000_000}]}),
]  # fmt: skip


def test_a_clean_crm_has_no_finding_and_exactly_100_and_every_rule_can_judge_it():
    found = checkup(clean())
    assert hits(found) == set()
    assert set(found.scores["score"]) == {1.0}
    assert found.rules.filter(pl.col("reason").is_not_null() | (pl.col("applicable") == 0)).is_empty()
    assert found.amount_of(found.findings) == 0


@pytest.mark.parametrize(
    ("rule", "problem", "record", "bad", "good"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_the_first_record_that_is_hit_and_the_nearest_that_is_not(rule, problem, record, bad, good):
    assert (rule, record, problem) in hits(checkup(changed(**bad)))
    assert hits(checkup(changed(**good))) == set()


def test_every_problem_of_every_rule_has_a_case_here_or_below():
    below = {"stuck", "owner_loaded", "won_without_amount", "won_without_order"}
    assert {p for rule in RULES for p in rule.problems} - {case[1] for case in CASES} == below
    assert {rule.id for rule in RULES} - {case[0] for case in CASES} == {"OPP-STUCK"}


# --- rules that depend on the other records ---------------------------------------------------------------------------


def stays(*days):
    """Deals that advanced from Demo after so many days, beside D2, which is there since day 40."""
    old = [
        {"opportunity_id": f"H{i}", "stage": stage, "entered_on": ago(first), "left_on": ago(last)}
        for i, n in enumerate(days)
        for stage, first, last in (("Demo", 300, 300 - n), ("Proposal", 300 - n, 200))
    ]
    mine = [{**visit("Demo", 40), "stage": "Demo"}]
    return [row for row in clean()["opportunity_stage_history"] if row["opportunity_id"] == "D1"] + mine + old


@pytest.mark.parametrize(
    ("days", "by", "enough", "stuck"),
    [
        ((10, 20, 39, 39), "p75", 5, True),  # with D1's 30: 75% of 10, 20, 30, 39, 39 stay at most 39 days
        ((10, 20, 40, 40), "p75", 5, False),
        ((10, 20, 40, 40), "p75", 6, True),  # too few: 30 days
        ((10, 20, 41), "p75", 4, True),  # between 30 and 41 at a quarter of the way: 32 days
        ((19, 19, 19, 50), "twice_median", 5, True),
        ((20, 20, 20, 50), "twice_median", 5, False),
    ],
)
def test_a_deal_is_stuck_after_three_quarters_of_those_who_advanced(days, by, enough, stuck):
    rows = clean() | {"opportunity_stage_history": stays(*days)}
    found = hits(checkup(rows, stuck_by=by, minimum_count=enough))
    assert (("OPP-STUCK", "D2", "stuck") in found) == stuck


def test_stays_of_deals_that_were_lost_set_no_limit():
    rows = clean()
    rows["opportunity_stage_history"] = stays(90, 90, 90, 90)
    lost = {f"H{i}" for i in range(4)}
    rows["opportunity_stage_history"] = [
        row for row in rows["opportunity_stage_history"] if row["opportunity_id"] not in lost or row["stage"] == "Demo"
    ]
    assert ("OPP-STUCK", "D2", "stuck") in hits(checkup(rows))


@pytest.mark.parametrize(("deals", "loaded"), [(3, False), (4, True)])
def test_an_owner_with_far_more_deals_than_the_mean_is_told_of_without_cost(deals, loaded):
    """Of four owners three have one deal: twice the mean is 3 for 3 + 3 deals, and 3.5 for 4 + 3."""
    others = [{"opportunity_id": f"E{i}", "like": "D2", "person_id": f"P{i}", "name": f"a{i}"} for i in (3, 4)]
    mine = [{"opportunity_id": f"F{i}", "like": "D1", "name": f"b{i}", "account_id": f"A{i}"} for i in range(deals - 1)]
    found = checkup(changed(opportunities=[*others, *mine]), owner_load=2)
    told = found.findings.filter(pl.col("problem") == "owner_loaded")
    assert (told["record_id"].to_list() == ["P1"]) == loaded
    assert set(told["severity"]) <= {"info"}


@pytest.mark.parametrize(("days", "hit"), [(161, True), (160, False), (40, False), (39, True)])
@pytest.mark.parametrize("table", ["orders", "invoices"])
def test_a_won_deal_has_an_order_or_invoice_within_two_months(table, days, hit):
    """W2 was won 100 days ago."""
    rows = clean() | {"orders": [], "invoices": []}
    day = {"orders": "ordered_on", "invoices": "issued_on"}[table]
    rows[table] = [{**row, day: ago(days)} for row in clean()[table] if row["account_id"] == "A2"]
    assert (("OPP-WONBAD", "W2", "won_without_order") in hits(checkup(rows))) == hit


@pytest.mark.parametrize(("closed", "hit"), [(60, False), (61, True)])
def test_a_won_deal_is_given_two_months_for_its_order(closed, hit):
    rows = changed(opportunities=[{"opportunity_id": "W1", "close_on": ago(closed), "created_on": ago(190)}])
    rows |= {"orders": [row for row in rows["orders"] if row["account_id"] == "A2"], "invoices": []}
    assert (("OPP-WONBAD", "W1", "won_without_order") in hits(checkup(rows))) == hit


def test_won_without_amount_is_no_order_of_zero():
    bad = hits(checkup(changed(opportunities=[{"opportunity_id": "W1", "amount": None}])))
    zero = hits(checkup(changed(opportunities=[{"opportunity_id": "W1", "amount": 0}])))
    one = hits(checkup(changed(opportunities=[{"opportunity_id": "W1", "amount": 1}])))
    problem = ("OPP-WONBAD", "W1", "won_without_amount")
    assert [problem in found for found in (bad, zero, one)] == [True, True, False]


@pytest.mark.parametrize(("closes", "severity"), [((1, 2, 3, 3), "medium"), ((1, 2, 3, 4), "high")])
def test_the_third_push_is_grave(closes, severity):
    first = {"opportunity_id": "D1", "like": "D1"}
    rows = clean()
    again = [{**row, "snapshot_on": date(2026, 7, 31)} for row in rows["opportunities"] if row["snapshot_on"] == ONE]
    rows["opportunities"] += again
    for row in rows["opportunities"]:
        if row["opportunity_id"] == first["opportunity_id"]:
            row["close_on"] = ago(-closes[[date(2026, 7, 31), *SNAPSHOTS].index(row["snapshot_on"])])
    assert checkup(rows).findings.select("rule", "record_id", "severity").rows() == [("OPP-PUSH", "D1", severity)]


def test_a_deal_may_be_opened_again_where_the_company_says_so():
    again = [visit("Closed Lost", 30, deal="D1"), visit("Qualified", 25, 20, deal="D1")]
    rows = changed(opportunity_stage_history=again)
    assert ("OPP-REGR", "D1", "regressed") in hits(checkup(rows))
    assert hits(checkup(rows, may_reopen=True)) == set()


@pytest.mark.parametrize(
    ("first", "missing"),
    [(None, {"D1", "D2"}), ("all", {"D1", "D2"}), ("Demo", {"D1", "D2"}), ("Proposal", {"D1"}),
     ("Negotiation", set()), ("none", set())],
)  # fmt: skip
def test_a_field_is_needed_from_the_stage_that_the_company_names(first, missing):
    """D1 is in Proposal, D2 in Demo; D3 has a source."""
    rows = copy_of(lead_source="Fair")
    rows["opportunities"] += [{"opportunity_id": name, "lead_source": None} for name in ("D1", "D2")]
    found = hits(checkup(changed(**rows), required_from={"lead_source": first} if first else {}))
    assert found == {("OPP-NOSOURCE", name, "no_source") for name in missing}


def test_a_policy_for_an_unknown_stage_is_refused(tmp_path):
    text = "name: a\ncurrency: VND\nmoney_decimals: 0\nfunnel: {stages: [Demo]}\nhygiene:\n  required_from: {amount: Dmo}\n"
    (tmp_path / "company.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="line 5, hygiene: .*one of all, none, Demo in required_from.amount, not Dmo"):
        load_company(tmp_path)


# --- what cannot be judged --------------------------------------------------------------------------------------------


def reasons(found) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (r, o): (why, what) for r, o, why, what in found.rules.select("rule", "object", "reason", "what").rows() if why
    }


UNJUDGED = [
    # table, column that is empty in every row (None: the table is) · rules that cannot judge · what they lack
    ("contacts", None, {"DUP-C", "DUP-C2", "CON-INVALID", "CON-DECAY"}, ("empty_table", "contacts")),
    ("contacts", "email", {"DUP-C"}, ("empty_column", "contacts.email")),
    ("accounts", None, {"DUP-A"}, ("empty_table", "accounts")),
    ("opportunity_stage_history", None, {"OPP-STUCK", "OPP-REGR", "OPP-SKIP", "OPP-ORDER"},
     ("empty_table", "opportunity_stage_history")),
    ("opportunities", None, {"OPP-STALE", "OPP-PAST", "OPP-NOAMT", "OPP-STAGEDICT"}, ("empty_table", "opportunities")),
    ("opportunities", "amount", {"OPP-NOAMT", "OPP-ZERO", "OPP-NEG", "OPP-OUTLIER"},
     ("empty_column", "opportunities.amount")),
    ("opportunities", "close_on", {"OPP-PAST", "OPP-FAR", "OPP-NOCLOSE"}, ("empty_column", "opportunities.close_on")),
    ("opportunities", "person_id", {"OPP-NOOWNER"}, ("empty_column", "opportunities.person_id")),
    ("opportunities", "lead_source", {"OPP-NOSOURCE"}, ("empty_column", "opportunities.lead_source")),
    ("opportunities", "lost_reason", {"OPP-LOSTREASON"}, ("empty_column", "opportunities.lost_reason")),
    ("activities", None, {"OPP-STALE", "OPP-NOACT"}, ("empty_column", "opportunities.last_activity_on")),
    ("leads", None, {"LEAD-ORPHAN", "LEAD-STUCK"}, ("empty_table", "leads")),
    ("invoices", None, {"RECON"}, ("empty_table", "invoices")),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "rules", "lack"), UNJUDGED, ids=lambda v: v if isinstance(v, str) else "")
def test_a_rule_whose_data_are_missing_judges_nothing_and_says_why(table, column, rules, lack):
    rows = clean()
    rows[table] = [{**row, column: None} for row in rows[table]] if column else []
    found = checkup(rows)
    why = {rule: reason for (rule, _), reason in reasons(found).items() if rule in rules}
    assert why == dict.fromkeys(rules, lack)
    blank = found.rules.filter(pl.col("reason").is_not_null())
    assert blank.select(pl.col("applicable", "hit", "share", "open_amount").count()).row(0) == (0, 0, 0, 0)


@pytest.mark.parametrize(("exports", "reason"), [(2, ("no_exports", "opportunities")), (3, None)])
def test_pushes_need_three_exports(exports, reason):
    rows = clean()
    rows["opportunities"] = [row for row in rows["opportunities"] if row["snapshot_on"] in SNAPSHOTS[-exports:]]
    assert reasons(checkup(rows)).get(("OPP-PUSH", "opportunities")) == reason


@pytest.mark.parametrize(("deals", "reason"), [(3, ("few_cases", "opportunities")), (2, None)])
def test_an_outlier_needs_enough_deals_to_compare_with(deals, reason):
    assert reasons(checkup(clean(), minimum_count=deals)).get(("OPP-OUTLIER", "opportunities")) == reason


def test_without_a_funnel_no_rule_judges_stages():
    there = records(clean())
    bare = there.company.model_copy(update={"funnel": type(there.company.funnel)()})
    found = examine(Records(there.tables, there.quarantine, bare, AS_OF))
    named = {rule for (rule, _), why in reasons(found).items() if why == ("no_funnel", "")}
    assert named == {"OPP-STUCK", "OPP-REGR", "OPP-SKIP", "OPP-ORDER", "OPP-STAGEDICT"}


def test_a_company_without_any_record_has_no_score_and_no_finding():
    found = examine(Records({}, frame("quarantine", []), company(), AS_OF))
    assert found.findings.is_empty()
    assert found.rules["reason"].null_count() == 0
    assert found.scores["category"].to_list() == ["all"] * len(OBJECTS)
    assert found.scores["score"].null_count() == found.scores.height
    assert (found.open_deals, found.open_amount) == (0, 0)


@settings(max_examples=25)
@given(st.data())
def test_whatever_is_missing_nothing_breaks_and_every_share_has_its_denominator(data):
    rows = clean()
    for name in data.draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=4, unique=True)):
        columns = sorted({column for row in rows[name] for column in row} - {KEYS[name], "snapshot_on", "start_on"})
        columns = [c for c in columns if not c.startswith("is_") and c not in ("entered_on", "stage", "status", "name")]
        column = data.draw(st.sampled_from(["", *columns]))
        rows[name] = [{**row, column: None} for row in rows[name]] if column else []
    found = checkup(rows)
    judged = found.rules.filter(pl.col("reason").is_null())
    assert judged.filter((pl.col("hit") > pl.col("applicable")) | (pl.col("applicable") > pl.col("records"))).is_empty()
    scores = found.scores
    assert scores.filter((pl.col("hit") > pl.col("applicable")) | (pl.col("applicable") > pl.col("records"))).is_empty()
    assert scores.filter(~pl.col("score").is_between(0, 1)).is_empty()
    assert scores.filter(pl.col("score").is_null() == pl.col("reason").is_null()).is_empty()


# --- scores -----------------------------------------------------------------------------------------------------------


def scored(found, name) -> dict[str, tuple[int, int, float]]:
    mine = found.scores.filter(pl.col("object") == name)
    return {category: rest for category, *rest in mine.select("category", "applicable", "hit", "score").rows()}


def test_a_record_costs_by_its_gravest_hit_once_in_a_category_and_once_in_each():
    """Four contacts: C3 repeats an address (high) in one category and has it from a role mailbox (medium) in another."""
    third = {"contact_id": "C3", "like": "C1", "email": "info@khach1.example", "phone": None, "phone_as_written": "09"}
    rows = changed(contacts=[third, {**third, "contact_id": "C4"}])
    found = scored(checkup(rows), "contacts")
    assert found["duplicates"] == [4, 2, 1 - (1.0 + 0.5) / 4]  # C4 the address, C3 the name of C1
    assert found["consistency"] == [4, 2, 1 - (0.5 + 0.5) / 4]  # mailbox and number: once for each record
    assert found["activity"] == [4, 0, 1.0]
    assert found["references"] == [4, 0, 1.0]
    assert found["all"] == [4, 2, pytest.approx(1 - (1.5 / 4 + 1.0 / 4) / 4)]


def test_orders_that_name_one_unknown_account_are_one_finding_and_each_costs():
    """Of four orders two name A9, one of them an unknown customer too, and one names an unknown customer only."""
    stray = {"like": "O2", "account_id": "A9"}
    rows = changed(
        orders=[
            {"order_id": "O3", **stray},
            {"order_id": "O4", **stray, "customer_id": "K9"},
            {"order_id": "O1", "customer_id": "K9"},
        ]
    )
    found = checkup(rows)
    mine = found.findings.filter(pl.col("object") == "orders").select(
        "record_id", "problem", "found", "expected", "stands_for"
    )
    assert sorted(mine.rows()) == [
        ("O1", "orders_without_customer", "K9", "1", 1), ("O3", "orders_without_account", "A9", "2", 2),
    ]  # fmt: skip
    assert found.rules.filter(pl.col("object") == "orders").select("applicable", "hit").row(0) == (4, 3)
    assert scored(found, "orders")["all"] == [4, 3, 1 - 3 / 4]


def test_weights_are_the_company_s():
    rows = changed(contacts=[{"contact_id": "C1", "email": "info@khach1.example"}])
    weights = {"medium": 0.25}
    assert scored(checkup(rows), "contacts")["consistency"][2] == 1 - 0.5 / 2
    assert scored(checkup(rows, weights=weights), "contacts")["consistency"][2] == 1 - 0.25 / 2


def test_the_score_of_an_object_is_the_weighted_sum_of_its_categories():
    rows = changed(
        **contact(email="info@khach1.example", account_id="A9"), opportunities=[{"opportunity_id": "D1", "amount": -1}]
    )
    for name, mine in checkup(rows).scores.group_by("object"):
        whole, parts = mine.filter(pl.col("category") == "all"), mine.filter(pl.col("category") != "all")
        assert parts["weight"].sum() == pytest.approx(1), name
        lost = (parts["weight"] * (1 - parts["score"])).sum()
        assert whole["score"].item() == pytest.approx(1 - lost), name


def test_open_pipeline_counts_each_deal_once():
    """D1 (50m) is hit twice, its account and two of the account's contacts touch it too; D2 (60m) is not."""
    bad = {"email": "info@khach1.example", **NEW}
    rows = changed(
        opportunities=[{"opportunity_id": "D1", "close_on": ago(1), "lead_source": None}],
        contacts=[
            {"contact_id": f"C{i}", "like": "C1", "name": f"Người {i}", **bad, "email": "info@x.example"}
            for i in (3, 4)
        ],
    )
    found = checkup(rows)
    assert found.findings.filter(pl.col("object") == "opportunities")["open_amount"].to_list() == [50_000_000] * 2
    assert found.amount_of(found.findings) == 50_000_000
    assert found.open_amount == 110_000_000
    assert set(found.rules.filter(pl.col("hit") > 0)["open_amount"]) == {50_000_000}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed):
    rows = changed(**copy_of(amount=50_000_000), **contact(email="nguoi1@khach1.example"))
    there = records(rows)
    mixed = {name: part.sample(fraction=1, shuffle=True, seed=seed) for name, part in there.tables.items()}
    one, other = examine(there), examine(Records(mixed, there.quarantine, there.company, AS_OF))
    assert one.findings.equals(other.findings)
    assert one.scores.equals(other.scores)


# --- the day, and who acts --------------------------------------------------------------------------------------------


def test_on_an_earlier_day_only_what_was_known_then_is_judged():
    rows = changed(
        opportunities=[{"opportunity_id": "D1", "snapshot_on": THREE, "amount": -1}],
        contacts=[{"contact_id": "C2", "created_on": ago(3), "email": "x"}],
    )
    received = {f"{name}.csv": AS_OF for name in ("contacts", "activities", "leads")}
    assert {("OPP-NEG", "D1", "negative_amount"), ("CON-INVALID", "C2", "bad_email")} <= hits(
        checkup(rows, AS_OF, received)
    )
    before = checkup(rows, TWO, received)
    assert not {"OPP-NEG", "CON-INVALID", "DATE-BAD", "REF-BROKEN"} & {rule for rule, *_ in hits(before)}


def test_a_record_made_after_its_own_file_was_received_has_a_wrong_day():
    rows = changed(**contact(created_on=AS_OF))
    received = {"contacts.csv": ago(1)}
    assert hits(checkup(rows, ago(5), received)) >= {("DATE-BAD", "C3", "created_in_future")}
    assert not {row for row in hits(checkup(rows, ago(5), {"contacts.csv": AS_OF})) if row[1] == "C3"}


def test_closed_deals_and_leads_are_judged_for_a_year():
    old = {"opportunity_id": "L1", "lost_reason": None}
    reason = {"opportunity_id": "L2", "like": "L1"}
    for days, judged in ((365, True), (366, False)):
        rows = changed(opportunities=[reason, {**old, "close_on": ago(days)}])
        assert (("OPP-LOSTREASON", "L1", "no_lost_reason") in hits(checkup(rows))) == judged


ACTORS = [
    # owner of the deal · changes of people · who acts
    ("P1", [], "P1"),
    ("Đỗ Hà", [], "P1"),
    ("P1", [{"person_id": "P1", "left_on": ago(9)}], "P9"),
    ("P1", [{"person_id": "P1", "left_on": ago(9)}, {"person_id": "P9", "left_on": ago(9)}], "P8"),
    ("X7", [], "P8"),
    (None, [], "P8"),
]


@pytest.mark.parametrize(("owner", "people", "acts"), ACTORS)
def test_the_owner_acts_else_the_manager_else_whom_the_company_names(owner, people, acts):
    there = records(changed(**deal(person_id=owner, close_on=ago(1)), people=people))
    named = there.company.model_copy(
        update={"findings": there.company.findings.model_copy(update={"owners": {"data": "P8", "default": "P9"}})}
    )
    found = examine(Records(there.tables, there.quarantine, named, AS_OF)).findings
    assert found.filter(pl.col("rule") == "OPP-PAST")["person_id"].to_list() == [acts]


def test_numbers_in_ids_count_as_numbers():
    assert natural(pl.Series(["9", "10", "A-10", "A-9", "9"]))["record_id"].to_list() == ["9", "10", "A-9", "A-10"]


@given(st.text("aĐđẰằỹ Ỹ12%.,-()_&", max_size=12))
def test_a_column_is_folded_as_a_text_is(text):
    known = pl.DataFrame({"t": [text]}).select(folded("t")).item()
    assert known == (fold(text) or None)


# --- words, tables, page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_rule_and_problem_has_words(language):
    texts = catalogue(FOLDER, language)
    keys = {f"rule.{rule.id}" for rule in RULES} | {f"object.{name}" for name in OBJECTS}
    keys |= {f"{kind}.{problem}" for rule in RULES for problem in rule.problems for kind in ("evidence", "fix")}
    assert sorted(key for key in keys if f"hygiene.{key}" not in texts) == []


def crm_files() -> dict[str, str]:
    deals = "Opportunity ID,Employee Number,Account Number,Opportunity Name,Stage,Amount,Close Date,Created Date\n"
    return {
        "raw/opportunities_2026-10-31.csv": deals
        + "D1,P1,A1,Quạt 10,Proposal,50000000,2026-10-30,2026-09-20\n"
        + "D2,P1,A1,=1+1,Proposal,60000000,2026-11-20,2026-09-21\n"
        + "D3,P1,A1,Quạt 30,,70000000,2026-11-20,2026-09-21\n",
    }


CRM = {"crm": {"kind": "salesforce_opportunities", "files": "raw/opp*.csv", "received_on": r"_(\d{4}-\d\d-\d\d)"}}
SETTINGS = {
    "funnel": {"stages": ["Demo", "Proposal"]},
    "findings": {"minimum_amount": 1000, "owners": {"default": "P9"}},
}


def test_findings_name_file_row_person_evidence_and_what_to_do(shop):
    shop.write(crm_files(), CRM, **SETTINGS)
    ws, loaded = shop.open(), shop.load()
    told = check(ws, loaded).findings.select(
        "rule", "record_id", "file", "row", "person_id", "evidence", "fix", "open_amount"
    )
    name = "raw/opportunities_2026-10-31.csv"
    assert told.rows() == [
        ("OPP-PAST", "D1", name, 2, "P1", "Open, with close date 30 Oct 2026",
         "Set the date the customer named, or close the deal", 50_000_000),
        ("OPP-NOSTAGE", f"{name}:4", name, 4, "P9", "No stage", "Enter the stage", 0),
    ]  # fmt: skip


def test_the_tables_keep_their_contracts_and_reach_the_report(shop, tmp_path):
    shop.write(crm_files(), CRM, **SETTINGS)
    check(shop.open(), shop.load())
    tables = shop.folder / "build" / "tables"
    for name, contract in HYGIENE_TABLES.items():
        contract.validate(pl.read_parquet(tables / f"{name}.parquet"))
    copy_tables(tables, tmp_path / "report")
    assert {f"{name}.parquet" for name in HYGIENE_TABLES} <= {
        path.name for path in (tmp_path / "report" / "tables").iterdir()
    }
    write_workbook(tables, tmp_path / "book.xlsx", 0, "en")
    assert "hygiene_findings" in pl.read_excel(tmp_path / "book.xlsx", sheet_id=0)


PARTS = (page.scores, page.rules, page.unjudged, page.by_owner, page.costly)


def shown(shop, language="en", **settings):
    shop.write(
        settings.pop("files", crm_files()), settings.pop("sources", CRM), **{**SETTINGS, **settings}, language=language
    )
    ws, loaded = shop.open(), shop.load()
    ws = type(ws)(**{**vars(ws), "language": language, "words": type(ws.words)(language, "VND", 0)})
    checkup = check(ws, loaded)
    return [part(ws, checkup) for part in PARTS], ws.notes.findings


def test_the_page_says_how_many_were_judged_who_acts_and_what_it_touches(shop):
    (scores, rules, unjudged, owners, costly), findings = shown(shop)
    assert (
        scores.plain == "Deals score 79.2%"
    )  # (1 + 2/3 + 1/2 + 1) ÷ 4: one of three without stage, one of two overdue
    assert rules.plain == "Two rules were hit"
    assert owners.plain == "P1 has the most to put right: one finding"
    assert costly.plain == "45% of the open pipeline of ₫110m has a grave or middling fault"
    assert "Quạt 10" in costly.html
    assert "=1+1" not in costly.html
    assert [(f["amount"], f["title"], f["owner"], f["href"]) for f in findings] == [
        (
            None,
            "45% of the open pipeline cannot be taken at its word: ₫50.0m of ₫110m",
            "P9",
            "01_ingest.html#crm-costly",
        )
    ]
    assert "RECON" in unjudged.html


def test_the_page_in_vietnamese_has_no_english_word_of_the_rules(shop):
    parts, findings = shown(shop, "vi")
    text = " ".join(part.html for part in parts) + json.dumps(findings, ensure_ascii=False)
    assert "Ngày chốt đã qua" in text
    assert "Close date" not in text


@pytest.mark.parametrize(("minimum", "count"), [(50_000_000, 1), (50_000_001, 0)])
def test_the_index_hears_of_it_where_it_matters(shop, minimum, count):
    assert len(shown(shop, findings={"minimum_amount": minimum})[1]) == count


def test_a_company_without_crm_has_a_page_that_says_so(shop):
    (scores, rules, unjudged, owners, costly), findings = shown(
        shop, files={"raw/a.csv": HEAD + ORDER}, sources={"shop": LINES}
    )
    assert findings == []
    assert "Order" in scores.html
    assert "No rule was hit." in rules.html
    assert "Nobody has anything to put right." in owners.html
    assert "No open deal has a grave or middling fault." in costly.html


def test_the_notebook_shows_every_part(root):
    cells = nbformat.read(root / "notebooks" / "01_ingest.ipynb", as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert [part.__name__ for part in PARTS if f"crm.{part.__name__}(ws, checkup)" not in source] == []
