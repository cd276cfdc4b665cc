"""Hygiene of the CRM: each rule's nearest good and first bad record, what cannot be judged, scores, who acts."""

# ruff: noqa: E501  (an example and its nearest neighbour stand on one line)

from datetime import date

import polars as pl
import pytest

from revops.ingest.hygiene import RULES

from .crm import AS_OF, SNAPSHOTS, ago, changed, checkup, clean, hits

ONE, TWO, THREE = SNAPSHOTS
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
    ("OPP-WONBAD", "won_without_order", "W2", {"orders": [{"order_id": "O2", "ordered_on": ago(39)}], "invoices": [{"invoice_id": "I2", "account_id": "A1", "issued_on": ago(3)}]},
     {"orders": [{"order_id": "O2", "ordered_on": ago(40)}], "invoices": [{"invoice_id": "I2"}]}),
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
    ("REF-BROKEN", "unknown_customer", "O1", {"orders": [{"order_id": "O1", "customer_id": "K9"}]},
     {"orders": [{"order_id": "O1", "customer_id": None}]}),
    ("REF-BROKEN", "unknown_account", "O3", {"orders": [{"order_id": "O3", "like": "O1", "account_id": "A9"}]},
     {"orders": [{"order_id": "O3", "like": "O1", "account_id": None}]}),
    ("REF-BROKEN", "unknown_product", "lines.csv:99", refused("unknown_product", "product_id", "Z", "order_lines", "lines.csv"),
     refused("no_rate", "currency", "USD", "order_lines", "lines.csv")),
    ("REF-BROKEN", "unknown_order", "lines.csv:99", refused("unknown_order", "order_id", "O9", "order_lines", "lines.csv"),
     refused("order_not_kept", "order_id", "O9", "order_lines", "lines.csv")),
    ("DATE-BAD", "created_in_future", "D1", deal(created_on=ago(-1)), deal(created_on=AS_OF)),
    ("DATE-BAD", "created_in_future", "C3", contact(created_on=ago(-1)), contact(created_on=AS_OF)),
    ("DATE-BAD", "created_too_early", "C3", contact(created_on=date(1999, 12, 31)), contact(created_on=date(2000, 1, 1))),
    ("DATE-BAD", "created_too_early", "A3", account(created_on=date(1900, 1, 1)), account(created_on=date(2000, 1, 1))),
    ("DATE-BAD", "unreadable_date", "opportunities.csv:99", refused("unreadable_day", "close_on", "31/31/2026"),
     refused("key_twice", "", "D1")),
    ("RECON", "not_invoiced", "A1 2026-10", {"invoices": [{"invoice_id": "I1", "net_amount": 47_619_047}]},
     {"invoices": [{"invoice_id": "I1", "net_amount": 47_619_048}]}),
    ("RECON", "not_invoiced", "A1 2026-10", {"invoices": [{"invoice_id": "I1", "net_amount": 52_631_579}]},
     {"invoices": [{"invoice_id": "I1", "net_amount": 52_631_578}]}),
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


def test_every_problem_of_every_rule_has_a_case():
    elsewhere = {"stuck", "owner_loaded", "won_without_amount"}
    assert {p for rule in RULES for p in rule.problems} - {case[1] for case in CASES} == elsewhere
    assert {rule.id for rule in RULES} - {case[0] for case in CASES} == {"OPP-STUCK"}
