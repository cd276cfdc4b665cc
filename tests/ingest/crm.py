"""A CRM of a few records without a fault, and changes to it: what the tests of hygiene start from."""

from datetime import date, timedelta

import polars as pl

from revops import tables
from revops.company import Company
from revops.ingest.hygiene import Records, examine

AS_OF = date(2026, 10, 31)
STAGES = ["Qualified", "Demo", "Proposal", "Negotiation"]
SNAPSHOTS = [date(2026, 8, 31), date(2026, 9, 30), AS_OF]
KEYS = {
    "contacts": "contact_id", "accounts": "account_id", "opportunities": "opportunity_id", "leads": "lead_id",
    "activities": "activity_id", "orders": "order_id", "order_lines": "line_id", "people": "person_id",
    "invoices": "invoice_id", "products": "product_id", "customers": "customer_id", "quarantine": "row",
    "opportunity_stage_history": None,
}  # fmt: skip
QUARANTINE = {
    "source": pl.String, "file": pl.String, "row": pl.Int64, "reason": pl.String, "field": pl.String,
    "found": pl.String, "amount": pl.Int64, "currency": pl.String, "day_on": pl.Date, "table": pl.String,
}  # fmt: skip


def ago(days: int) -> date:
    """The day so many days before as_of."""
    return AS_OF - timedelta(days=days)


def company(**hygiene) -> Company:
    return Company.model_validate(
        {
            "name": "Gió Mới",
            "currency": "VND",
            "money_decimals": 0,
            "funnel": {"stages": STAGES},
            "findings": {"owners": {"default": "P9"}},
            "hygiene": {"minimum_count": 2, **hygiene},
        }
    )


def _contact(number: int, **values) -> dict:
    return {
        "contact_id": f"C{number}", "name": ["Lê An", "Vũ Bình"][number - 1], "account_id": f"A{number}",
        "email": f"nguoi{number}@khach{number}.example", "phone": f"+8491200000{number}",
        "phone_as_written": f"091200000{number}", "created_on": ago(200), "last_activity_on": ago(20),
        "person_id": "P1",
    } | values  # fmt: skip


def _deal(name: str, account: str, stage: str, **values) -> dict:
    won, closed = stage == "Closed Won", stage.startswith("Closed")
    chance = {"Closed Won": 1_000_000_000, "Closed Lost": 0}.get(stage, 300_000_000)
    return {
        "opportunity_id": name, "name": f"Đơn {name}", "account_id": account, "person_id": "P1", "stage": stage,
        "lead_source": "Referral", "region": "North", "product_group": "Fans", "amount": 50_000_000,
        "probability": chance, "created_on": ago(90), "close_on": ago(30) if closed else ago(-30),
        "is_closed": closed, "is_won": won, "lost_reason": "Price" if closed and not won else None,
        "next_step": None if closed else "Gửi báo giá",
        "forecast_category": {"Closed Won": "Closed", "Closed Lost": "Omitted"}.get(stage, "Pipeline"),
    } | values  # fmt: skip


def _visits(deal: str, *stays: tuple[str, int, int | None]) -> list[dict]:
    return [
        {"opportunity_id": deal, "stage": stage, "entered_on": ago(start), "left_on": end if end is None else ago(end)}
        for stage, start, end in stays
    ]


def clean() -> dict[str, list[dict]]:
    """Rows by table: every rule can judge, and none finds anything."""
    deals = [
        _deal("D1", "A1", "Proposal"),
        _deal("D2", "A2", "Demo", person_id="P2", amount=60_000_000),
        _deal("W1", "A1", "Closed Won"),
        _deal("W2", "A2", "Closed Won", person_id="P2", amount=60_000_000, close_on=ago(100), created_on=ago(190)),
        _deal("L1", "A2", "Closed Lost", person_id="P2"),
    ]
    stays = (("Qualified", 90, 80), ("Demo", 80, 70), ("Proposal", 70, 40), ("Negotiation", 40, 30))
    old = tuple((stage, start + 100, end + 100) for stage, start, end in stays)
    return {
        "people": [
            {"person_id": p, "name": n, "start_on": date(2020, 1, 1), "role": "r", "team": "t", "manager_id": m,
             "region": "North"}
            for p, n, m in (("P1", "Đỗ Hà", "P9"), ("P2", "Bùi Long", "P9"), ("P9", "Hồ Mai", None))
        ],
        "products": [{"product_id": "X", "name": "Quạt", "product_group": "Fans"}],
        "accounts": [
            {"account_id": f"A{n}", "name": name, "domain": f"khach{n}.example", "size": size, "region": "North",
             "created_on": ago(400), "person_id": f"P{n}"}
            for n, name, size in ((1, "Công ty TNHH Gió Mới", "large"), (2, "Công ty CP Nắng Ấm", "small"))
        ],
        "contacts": [_contact(1), _contact(2)],
        "opportunities": [{**deal, "snapshot_on": day} for deal in deals for day in SNAPSHOTS],
        "opportunity_stage_history": [
            *_visits("D1", ("Qualified", 60, 50), ("Demo", 50, 20), ("Proposal", 20, None)),
            *_visits("D2", ("Qualified", 60, 10), ("Demo", 10, None)),
            *_visits("W1", *stays), *_visits("W2", *old),
        ],
        "activities": [
            {"activity_id": "V1", "opportunity_id": "D1", "account_id": "A1", "contact_id": "C1", "person_id": "P1",
             "created_on": ago(14), "done_on": ago(14)},
            {"activity_id": "V2", "opportunity_id": "D2", "account_id": "A2", "contact_id": "C2", "person_id": "P2",
             "created_on": ago(14), "done_on": ago(14)},
            {"activity_id": "V3", "opportunity_id": "D1", "person_id": "P1", "created_on": ago(1), "due_on": AS_OF},
            {"activity_id": "V4", "opportunity_id": "D2", "person_id": "P2", "created_on": ago(1), "due_on": ago(-9)},
            {"activity_id": "V5", "lead_id": "Q1", "person_id": "P1", "created_on": ago(4), "done_on": ago(4)},
        ],
        "leads": [
            {"lead_id": "Q1", "status": "New", "person_id": "P1", "created_on": ago(7)},
            {"lead_id": "Q2", "status": "Converted", "person_id": "P1", "created_on": ago(95), "converted_on": ago(90),
             "opportunity_id": "D1"},
        ],
        "customers": [{"customer_id": "K1", "merged_ids": "K1"}],
        "orders": [
            _order("O1", "A1", ago(30), customer_id="K1"), _order("O2", "A2", ago(100)),
        ],
        "order_lines": [{"line_id": "O1-1", "order_id": "O1", "product_id": "X", "quantity": 1}],
        "invoices": [_bill("I1", "A1", ago(30), 50_000_000), _bill("I2", "A2", ago(100), 60_000_000)],
        "quarantine": [],
    }  # fmt: skip


def _order(name: str, account: str, day: date, **values) -> dict:
    return {"order_id": name, "account_id": account, "ordered_on": day, "is_cancelled": False, **values}


def _bill(name: str, account: str, day: date, amount: int) -> dict:
    return {"invoice_id": name, "account_id": account, "issued_on": day, "net_amount": amount, "is_cancelled": False}


def changed(**changes: list[dict]) -> dict[str, list[dict]]:
    """The clean CRM with changes: a row whose key is known changes it, one with `like` is a copy with another key."""
    made = clean()
    for name, patches in changes.items():
        for patch in patches:
            made[name] = _patched(made[name], KEYS[name], dict(patch))
    return made


def _patched(rows: list[dict], key: str | None, patch: dict) -> list[dict]:
    like = patch.pop("like", None)
    if like is not None:
        return rows + [{**row, **patch} for row in rows if row[key] == like]
    if key is None or all(row.get(key) != patch.get(key) for row in rows):
        return [*rows, patch]
    day = patch.get("snapshot_on")
    mine = [row[key] == patch[key] and day in (None, row.get("snapshot_on")) for row in rows]
    return [{**row, **patch} if own else row for row, own in zip(rows, mine, strict=True)]


def frame(name: str, rows: list[dict]) -> pl.DataFrame:
    """Rows as a canonical table; a row's place is its row number."""
    schema = QUARANTINE if name == "quarantine" else tables.schema_of(name)
    full = [{"source": "crm", "file": f"{name}.csv", "row": i, **row} for i, row in enumerate(rows, 2)]
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in full], schema=schema)


def records(rows: dict[str, list[dict]], as_of: date = AS_OF, received=None, **hygiene) -> Records:
    found = {name: frame(name, part) for name, part in rows.items()}
    return Records(found, found.pop("quarantine"), company(**hygiene), as_of, received or {})


def checkup(rows: dict[str, list[dict]], as_of: date = AS_OF, received=None, **hygiene):
    return examine(records(rows, as_of, received, **hygiene))


def hits(found) -> set[tuple[str, str, str]]:
    """Rule, record and problem of every finding."""
    return set(found.findings.select("rule", "record_id", "problem").rows())
