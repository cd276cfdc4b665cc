"""Events: one row for each thing that can be credited, on every basis, and what a share of the money brings in."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from revops.incentives import events
from revops.money import RATE_SCALE

from .frames import frame

OCT = date(2026, 10, 1)
DAYS = [date(2026, 10, n) for n in range(1, 32)]


def order(order_id: str, on: date = OCT, **more: Any) -> dict[str, Any]:
    base = {"ordered_on": on, "channel": "Dealers", "region": "North", "customer_id": "K1", "person_id": "P1"}
    return {"order_id": order_id, **base, "is_cancelled": False, "currency": "VND", **more}


def line(order_id: str, net: int, n: int = 1, **more: Any) -> dict[str, Any]:
    return {"line_id": f"{order_id}-{n}", "order_id": order_id, "product_id": "fan", "quantity": 1,
            "net_amount": net, "gross_amount": net, "discount_amount": 0, **more}  # fmt: skip


def back(of: str, net: int, on: date, quantity: int = 1, n: int = 1) -> dict[str, Any]:
    base = {"return_id": f"R-{of}-{on.day}", "returned_on": on, "order_id": of, "line_id": f"{of}-{n}"}
    return {
        **base,
        "product_id": "fan",
        "channel": "Dealers",
        "region": "North",
        "quantity": quantity,
        "net_amount": net,
    }


def invoice(name: str, total: int, on: date, order_id: str = "O1", **more: Any) -> dict[str, Any]:
    base = {"invoice_id": name, "issued_on": on, "order_id": order_id, "net_amount": total, "total_amount": total}
    return {**base, "is_cancelled": False, **more}


def paid(amount: int, on: date, **more: Any) -> dict[str, Any]:
    return {"payment_id": f"Z{on.day}{amount}", "paid_on": on, "payment_amount": amount, "order_id": "O1", **more}


PRODUCTS = frame("products", [{"product_id": "fan", "name": "Fan", "product_group": "Fans", "unit_cost": 600_000}])


def booked(orders: list[dict], lines: list[dict], returns: list[dict] = ()) -> pl.DataFrame:
    return events.booked(
        frame("orders", orders), frame("order_lines", lines), frame("returns", list(returns)), PRODUCTS
    )


def shares(moves: pl.DataFrame, payments: list[dict], invoices: list[dict] = ()) -> list[tuple[int, float]]:
    found = events.collected_shares(moves, frame("invoices", list(invoices)), frame("payments", payments))
    return [(row["paid_on"].day, row["share"] / RATE_SCALE) for row in found.sort("paid_on").to_dicts()]


BILL = invoice("I1", 10_800, DAYS[1])
SALE = ([order("O1")], [line("O1", 10_000)])


@pytest.mark.parametrize(
    ("payments", "invoices", "returns", "found"),
    [
        pytest.param([paid(5_000, DAYS[9])], [], [], [(10, 0.5)], id="5,000 of 10,000"),
        pytest.param([paid(5_000, DAYS[9]), paid(5_000, DAYS[19])], [], [], [(10, 0.5), (20, 1.0)], id="in two parts"),
        pytest.param([paid(12_000, DAYS[9])], [], [], [(10, 1.0)], id="more than is due is all of it"),
        pytest.param([paid(6_000, DAYS[9])], [], [back("O1", 4_000, DAYS[19])], [(10, 0.6), (20, 1.0)],
                     id="what was returned is no longer due"),
        pytest.param([paid(10_000, DAYS[9]), paid(-4_000, DAYS[20])], [], [back("O1", 4_000, DAYS[19])], [(10, 1.0)],
                     id="a refund of what was returned takes nothing"),
        pytest.param([paid(10_000, DAYS[9]), paid(-10_000, DAYS[14])], [], [], [(10, 1.0), (15, 0.0)], id="paid back"),
        pytest.param([paid(5_400, DAYS[9])], [BILL], [], [(10, 0.5)],
                     id="of the invoice with its VAT"),
        pytest.param([paid(2_700, DAYS[9], order_id=None, invoice_id="I1")], [BILL], [],
                     [(10, 0.25)], id="a payment names its invoice alone"),
        pytest.param([paid(5_400, DAYS[9])], [BILL, invoice("I2", -5_400, DAYS[14])], [], [(10, 0.5), (15, 1.0)],
                     id="a credit note lowers what is due"),
        pytest.param([paid(5_400, DAYS[9])], [BILL, invoice("I2", 99, DAYS[1], is_cancelled=True)], [], [(10, 0.5)],
                     id="a cancelled invoice is not due"),
        pytest.param([paid(3_333, DAYS[9])], [], [], [(10, 0.3333)], id="cut, never more than came in"),
        pytest.param([], [], [], [], id="no money, no row"),
    ],
)  # fmt: skip
def test_the_share_of_an_order_that_is_collected(payments, invoices, returns, found) -> None:
    assert shares(booked(*SALE, returns), payments, invoices) == found


def test_what_is_collected_sums_back_to_the_lines() -> None:
    """In thirds of a day each: no unit is lost or made, whatever the lines."""
    moves = booked([order("O1")], [line("O1", 7_001), line("O1", 2_999, 2)], [back("O1", 1, DAYS[24])])
    payments = [paid(3_333, DAYS[4]), paid(3_333, DAYS[9]), paid(3_333, DAYS[19])]
    shared = events.collected_shares(moves, frame("invoices", []), frame("payments", payments))
    rows = events.collected(moves, shared)
    assert rows.filter(pl.col("moved_on") <= DAYS[9])["net_amount"].sum() == 6_666
    per_line = rows.group_by("line_id").agg(pl.col("net_amount").sum()).sort("line_id").rows()
    assert per_line == [("O1-1", 7_000), ("O1-2", 2_999)]
    assert rows.filter(pl.col("kind") == "return")["moved_on"].to_list() == [DAYS[24]] * 4
    assert rows["file"].unique().sort().to_list() == ["order_lines.csv", "returns.csv"]


def test_margin_is_net_revenue_less_cost_and_cancels_in_pieces() -> None:
    """Unit cost 60 and a half: 3 pieces cost 182, returned one by one −61, −60, −61."""
    costs = PRODUCTS.with_columns(unit_cost=pl.lit(605_000, pl.Int64))
    returns = [back("O1", 100, DAYS[n]) for n in (5, 6, 7)]
    moves = booked([order("O1")], [line("O1", 300, quantity=3)], returns)
    rows = events.margin(moves, costs, 0).sort("moved_on")
    assert rows["net_amount"].to_list() == [118, -39, -40, -39]
    assert rows["net_amount"].sum() == 0


def test_a_product_without_a_cost_has_no_margin_and_is_listed() -> None:
    bare = PRODUCTS.with_columns(unit_cost=pl.lit(None, pl.Int64))
    moves = booked(*SALE)
    assert events.margin(moves, bare, 0).is_empty()
    assert events.without_cost(moves, bare)["movement_id"].to_list() == ["O1-1"]
    assert events.without_cost(moves, PRODUCTS).is_empty()


def test_units_count_pieces_kept() -> None:
    moves = booked([order("O1", net_amount=301)], [line("O1", 300, quantity=3)], [back("O1", 100, DAYS[5])])
    assert sorted(events.units(moves)["net_amount"].to_list()) == [-1, 3]


def test_an_invoice_stands_on_its_day_and_a_credit_note_names_it() -> None:
    invoices = [invoice("I1", 1_000, DAYS[3]), invoice("I2", -400, DAYS[8], corrects_id="I1"),
                invoice("I3", 9, DAYS[8], is_cancelled=True)]  # fmt: skip
    rows = events.invoiced(frame("orders", [order("O1")]), frame("invoices", invoices)).sort("moved_on")
    told = rows.select("moved_on", "kind", "line_id", "net_amount", "person_id", "channel").rows()
    assert told == [(DAYS[3], "sale", "I1", 1_000, "P1", "Dealers"), (DAYS[8], "return", "I1", -400, "P1", "Dealers")]


def contract(start: date, mrr: int, end: date | None = None, name: str = "S1") -> dict[str, Any]:
    return {"subscription_id": name, "start_on": start, "end_on": end, "customer_id": "K1", "mrr": mrr}


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        pytest.param([contract(DAYS[0], 500)], [("start", 1, 500)], id="it starts"),
        pytest.param([contract(DAYS[0], 500, DAYS[9]), contract(DAYS[9], 700)],
                     [("start", 1, 500), ("change", 10, 200)], id="a price that follows is the difference"),
        pytest.param([contract(DAYS[0], 500, DAYS[9])], [("start", 1, 500), ("end", 10, -500)], id="it ends"),
        pytest.param([contract(DAYS[0], 500, DAYS[9]), contract(DAYS[19], 500)],
                     [("start", 1, 500), ("end", 10, -500), ("start", 20, 500)], id="a gap is an end and a start"),
    ],
)  # fmt: skip
def test_recurring_revenue_is_credited_by_what_it_changes(spans, found) -> None:
    accounts = frame("accounts", [{"account_id": "A1", "customer_id": "K1", "name": "A", "person_id": "P7"}])
    rows = events.recurring(frame("subscriptions", spans), accounts).sort("moved_on")
    assert [(r["kind"], r["moved_on"].day, r["net_amount"]) for r in rows.to_dicts()] == found
    assert rows["person_id"].unique().to_list() == ["P7"]
    assert rows["movement_id"].n_unique() == rows.height


def test_an_order_counts_one_and_the_first_of_a_customer_one_customer() -> None:
    heads = frame("orders", [order("O2", DAYS[4]), order("O1", DAYS[4]), order("O3", is_cancelled=True)]).with_columns(
        ordered_at=pl.col("ordered_on").cast(pl.Datetime)
    )
    assert sorted(events.orders(heads).select("order_id", "net_amount").rows()) == [("O1", 1), ("O2", 1)]
    assert events.new_customers(heads).select("order_id", "net_amount").rows() == [("O1", 1)]


def test_a_meeting_counts_when_it_was_held() -> None:
    done = [
        {"activity_id": f"V{n}", "activity_type": kind, "done_on": on, "person_id": "P1"}
        for n, (kind, on) in enumerate([("Meeting", OCT), ("meeting", None), ("call", OCT), (None, OCT)])
    ]
    assert events.meetings(frame("activities", done)).select("movement_id", "net_amount").rows() == [("V0", 1)]


def test_the_group_of_the_account_goes_before_that_of_the_customer() -> None:
    moves = booked([order("O1", account_id="A1"), order("O2")], [line("O1", 1), line("O2", 1)])
    accounts = frame("accounts", [{"account_id": "A1", "name": "A", "customer_group": "dealers"}])
    customers = frame("customers", [{"customer_id": "K1", "merged_ids": "K1", "customer_group": "projects"}])
    found = events.with_groups(moves, accounts, customers).sort("order_id")
    assert found["customer_group"].to_list() == ["dealers", "projects"]
