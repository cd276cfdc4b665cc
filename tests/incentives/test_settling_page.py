"""The parts of 04 between earned and paid, and for Finance: what they say, and that they sum to the payments."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from revops.incentives import Desk, open_desk, save_tables
from revops.incentives.payments.balances import PayBalances
from revops.report import incentives as page
from revops.run.exports import is_pay
from revops.workspace import Workspace, open_workspace

from .frames import frame
from .test_desk import OCT, REP, build

HOLD = "hold: collected\nclawback: {by: original}\npayment_cap: {amount: 50000, carry: true}\n"
CONTRACTS = """  - {name: Contracts, credit: direct, basis: recurring, scale: whole, rate: 50%, note: why}
"""
GUARANTEE = "draw: {kind: recoverable_guarantee, amount: 90000}\n"
PAID = [{"payment_id": f"Z{n}", "order_id": f"O{n}", "paid_on": date(2026, 10, 28), "payment_amount": amount}
        for n, amount in ((2, 450_000), (3, 300_007), (4, 500_000))]  # fmt: skip


def with_terms(folder: Path, terms: str, language: str = "en", more: str = "", pay: int = 8) -> Workspace:
    ws = build(folder, language)
    ws.save("payments", frame("payments", PAID))
    path = ws.folder / "plans" / "rep.yaml"
    contracts = CONTRACTS if pay == 58 else ""
    path.write_text(REP.replace("components:", terms + "components:") + contracts, encoding="utf-8")
    cases = f"cases: [{{name: at quota, credits: {{direct: 100}}, quota: 100, pay: {pay}}}]\n"
    path.with_name("rep.cases.yaml").write_text(cases, encoding="utf-8")
    company = (ws.folder / "company.yaml").read_text(encoding="utf-8")
    (ws.folder / "company.yaml").write_text(company.replace("contact: M1", f"contact: M1{more}"), encoding="utf-8")
    return open_workspace("04_incentives", ws.folder, "2026-10", "", language, str(ws.build))


def plain(shown: Any) -> str:
    html = "".join(getattr(part, "html", "") or str(part) for part in getattr(shown, "items", [shown]))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.replace("\N{NO-BREAK SPACE}", " ")))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """P1 earns 67,201 on 840,007 at 8 %: half of O2 is paid for; what came back nobody was paid for."""
    return open_desk(with_terms(tmp_path, HOLD))


def test_one_row_per_person_with_anything_between_and_it_sums_to_the_payments(desk: Desk) -> None:
    said = plain(page.between(desk.ws, desk))
    assert "people are paid more or less than they earned" in said
    assert "O2: the customer has paid 50% so far" in said
    sums = {p.person_id: p.payment.earned + sum(i.amount for i in p.payment.items) for p in desk.current if p.payment}
    assert sums == {p.person_id: p.paid for p in desk.current if p.payment}
    assert f"{sum(sums.values()):,}" in said


def test_who_is_paid_what_was_earned_stands_in_one_row(desk: Desk) -> None:
    assert "One other, paid what was earned" in plain(page.between(desk.ws, desk))


def test_without_draws_holds_and_debts_there_is_one_sentence(tmp_path: Path) -> None:
    desk = open_desk(with_terms(tmp_path, ""))
    assert plain(page.between(desk.ws, desk)).strip() == (
        "Everybody is paid what they earned; nothing is advanced, taken back, held or carried."
    )


def test_the_identity_of_the_notebook_holds(desk: Desk) -> None:
    sums = desk.finance.to_date
    assert (sums.due, sums.unbalanced) == (sums.paid + sums.owed, 0)
    assert sums.owed > 0
    PayBalances.validate(desk.finance.balances)


def test_what_finance_books_is_what_payroll_pays(desk: Desk) -> None:
    booked = desk.finance.liability.filter(month_on=OCT)["paid_amount"].sum()
    assert booked == desk.pay_statements["paid_amount"].sum() == desk.finance.accruals["paid_amount"].sum()


def test_the_liability_says_what_waits(desk: Desk) -> None:
    said = plain(page.liability(desk.ws, desk))
    waits = desk.finance.balances.filter(month_on=OCT).select(pl.sum("held_amount") + pl.sum("carried_amount")).item()
    assert f"₫{waits / 1000:.1f}k waits to be paid" in said


def test_the_accrual_stands_plan_by_plan(desk: Desk) -> None:
    said = plain(page.accruals(desk.ws, desk))
    assert "REP · Sales" in said
    assert "BOSS · Team" in said
    assert "effective rate: earned ÷ credits of twelve months" in said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("", "Commission on contracts is expensed as it is paid"),
        (", contract_months: 24", "Commission on contracts is spread over 24 months; no plan has paid any yet."),
    ],
)
def test_contract_costs_say_where_there_are_none(tmp_path: Path, more: str, sentence: str) -> None:
    desk = open_desk(with_terms(tmp_path, HOLD, more=more))
    assert sentence in plain(page.contract_costs(desk.ws, desk))


def test_contract_costs_stand_month_by_month(tmp_path: Path) -> None:
    """A contract of 2,000 a month pays 1,000, spread over ten months; another of 600 ended in its own month."""
    ws = with_terms(tmp_path, "", more=", contract_months: 10", pay=58)
    span = {"customer_id": "K1", "product_group": "Fans", "region": "North", "start_on": date(2026, 10, 5)}
    rows = [
        {**span, "subscription_id": "C1", "mrr": 2_000, "end_on": None},
        {**span, "subscription_id": "C2", "mrr": 600, "end_on": date(2026, 10, 25)},
    ]
    ws.save("subscriptions", frame("subscriptions", rows))
    ws.save("accounts", frame("accounts", [{"account_id": "A1", "customer_id": "K1", "name": "A", "person_id": "P1"}]))
    desk = open_desk(ws)
    assert desk.finance.contracts.select("contract_id", "cost_amount", "spread_amount", "left_amount").rows() == [
        ("C1", 1_000, 100, 900)
    ]
    said = plain(page.contract_costs(ws, desk))
    assert "₫900 of commission on one contract" in said
    assert said.count("planned") == 3


def test_the_tables_are_saved_with_their_contracts_and_are_pay(desk: Desk) -> None:
    names = [name for name, *_ in desk.finance.tables]
    assert set(names) <= set(save_tables(desk.ws, desk))
    assert all(is_pay(name) for name in names)


@pytest.mark.parametrize(("terms", "pay"), [(HOLD, 8), ("", 8), (GUARANTEE, 90_000)])
def test_both_languages_say_it(tmp_path: Path, terms: str, pay: int) -> None:
    desk = open_desk(with_terms(tmp_path, terms, "vi", pay=pay))
    for view in (page.between, page.accruals, page.liability, page.contract_costs):
        assert "finance." not in plain(view(desk.ws, desk))
