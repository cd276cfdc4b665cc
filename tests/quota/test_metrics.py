"""What a quota can count: units, margin, new customers, recurring revenue, credited by the rule of revenue."""

from datetime import date, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from revops import tables
from revops.company import Company
from revops.kpis.revenue import movements
from revops.quota import actuals
from revops.quota.much.metrics import credited, year_ends

COMPANY = Company(name="C", currency="VND", money_decimals=0)
NOTHING = {pl.Int64: 0, pl.String: "x", pl.Boolean: False, pl.Date: date(2026, 1, 1), pl.Datetime: datetime(2026, 1, 1)}
# order, day, customer, person; each line: order, number, product, quantity, net
ORDERS = [
    ("o1", date(2025, 3, 1), "c1", "an"),
    ("o2", date(2026, 3, 1), "c1", "bi"),
    ("o3", date(2026, 5, 1), "c2", "bi"),
    ("o4", date(2026, 6, 1), None, None),
]
LINES = [("o1", 1, "fan", 2, 100), ("o2", 1, "fan", 1, 50), ("o3", 1, "tap", 5, 30), ("o3", 2, "fan", 3, 150),
         ("o4", 1, "fan", 1, 50)]  # fmt: skip
RETURNS = [("r1", date(2026, 7, 1), "o2", "fan", 1, 50)]
PRODUCTS = [("fan", "Fans", 200_000), ("tap", "Water", None)]  # a fan costs 20
CONTRACTS = [("s1", "c1", date(2024, 5, 1), date(2026, 1, 1), 10), ("s2", "c2", date(2025, 12, 31), None, 7),
             ("s3", "c3", date(2026, 6, 30), None, 5), ("s4", "c1", date(2026, 9, 1), None, 99)]  # fmt: skip


def table(name, columns, rows):
    schema, given = tables.schema_of(name), [dict(zip(columns, row, strict=True)) for row in rows]
    contract = tables.CANONICAL[name].columns()
    empty = {c: None if contract[c].nullable else NOTHING.get(dtype.base_type()) for c, dtype in schema.items()}
    return pl.DataFrame([empty | row for row in given], schema=schema)


def desk(history=0):
    known = {
        "orders": table("orders", ("order_id", "ordered_on", "customer_id", "person_id", "ordered_at"),
                        [(*row, datetime.combine(row[1], datetime.min.time())) for row in ORDERS]),
        "order_lines": table("order_lines", ("order_id", "line_id", "product_id", "quantity", "net_amount"),
                             [(o, f"{o}:{n}", p, q, net) for o, n, p, q, net in LINES]),
        "returns": table("returns", ("return_id", "returned_on", "order_id", "product_id", "quantity", "net_amount"),
                         RETURNS),
        "products": table("products", ("product_id", "product_group", "unit_cost"), PRODUCTS),
        "subscriptions": table("subscriptions", ("subscription_id", "customer_id", "start_on", "end_on", "mrr",
                                                 "product_group"), [(*row, "Water") for row in CONTRACTS]),
        "accounts": table("accounts", ("account_id", "customer_id", "person_id"), [("a1", "c1", "an"),
                                                                                   ("a2", "c2", "bi")]),
        "credit_splits": tables.empty("credit_splits"), "fx_rates": tables.empty("fx_rates"),
    }  # fmt: skip
    facts = movements(*(known[name].lazy() for name in ("orders", "order_lines", "returns", "products")))
    as_of = date(2026, 6, 30)
    days = actuals.person_days(facts, known["credit_splits"], [], as_of)
    ws = SimpleNamespace(company=COMPANY, read=known.get, scan=lambda name: known[name].lazy())
    return SimpleNamespace(ws=ws, facts=facts, days=days, people=tables.empty("people"), as_of=as_of,
                           cut=date(2026, 7, 1), before=pl.DataFrame({"x": [1] * history}))  # fmt: skip


def found(metric, **given):
    rows = credited(desk(**given), metric)
    return rows.select("person_id", "moved_on", "product_group", "amount").rows()


def test_units_are_sold_pieces_before_returns():
    assert found("units") == [
        ("an", date(2025, 3, 1), "Fans", 2),
        ("bi", date(2026, 3, 1), "Fans", 1),
        ("bi", date(2026, 5, 1), "Fans", 3),
        ("bi", date(2026, 5, 1), "Water", 5),
        (None, date(2026, 6, 1), "Fans", 1),
    ]


def test_margin_leaves_out_what_has_no_cost():
    assert found("gross_margin") == [
        ("an", date(2025, 3, 1), "Fans", 100 - 2 * 20),
        ("bi", date(2026, 3, 1), "Fans", 50 - 20),
        ("bi", date(2026, 5, 1), "Fans", 150 - 3 * 20),
        (None, date(2026, 6, 1), "Fans", 50 - 20),
    ]


def test_a_new_customer_counts_once_with_the_largest_line_of_the_first_order():
    assert found("new_customers") == [("an", date(2025, 3, 1), "Fans", 1), ("bi", date(2026, 5, 1), "Fans", 1)]


def test_who_is_new_is_unknown_in_the_first_year_of_detail_of_an_older_company():
    assert found("new_customers", history=1) == [("bi", date(2026, 5, 1), "Fans", 1)]


def test_recurring_revenue_stands_at_each_years_end_with_the_accounts_owner():
    assert year_ends(desk()) == [date(2025, 1, 1), date(2026, 1, 1), date(2026, 7, 1)]
    assert found("recurring_revenue") == [
        ("an", date(2024, 12, 31), "Water", 10),
        ("an", date(2025, 12, 31), "Water", 10),
        ("bi", date(2025, 12, 31), "Water", 7),
        ("bi", date(2026, 6, 30), "Water", 7),
        (None, date(2026, 6, 30), "Water", 5),
    ]


@pytest.mark.parametrize("metric", ["units", "gross_margin", "new_customers", "recurring_revenue"])
def test_a_company_without_the_source_has_none(metric):
    bare = desk()
    bare.ws.read = bare.ws.scan = None
    empty = {name: tables.empty(name) for name in tables.CANONICAL}
    bare.ws.read, bare.ws.scan = empty.get, lambda name: empty[name].lazy()
    bare.facts = movements(*(empty[name].lazy() for name in ("orders", "order_lines", "returns", "products")))
    assert credited(bare, metric).height == 0
