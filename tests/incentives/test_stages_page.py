"""Plans in words, and what each step adds: every term is told, and the steps lead to what is earned."""

import re
from typing import Any

import pytest

from revops.incentives import Desk, open_desk
from revops.incentives.plans import Plan
from revops.report import incentives as page
from revops.report.incentives import terms
from revops.workspace import Workspace

from .test_desk import build


@pytest.fixture(scope="module", params=["en", "vi"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Desk]:
    ws = build(tmp_path_factory.mktemp(request.param), request.param)
    return ws, open_desk(ws)


def plan(**change: Any) -> Plan:
    part = {"key": "a", "name": "A", "credit": "direct", "scale": "whole", "rate": "1.25%", "note": "n"}
    parts = [{**part, **change.pop("first", {})}, {**part, "key": "b", "name": "B"}]
    head = {"plan": "T", "title": "t", "roles": ["r"], "effective_from": "2026-01-01", "measure": "net_revenue"}
    kept = [{key: value for key, value in one.items() if value is not None} for one in parts]
    return Plan.model_validate({**head, "period": "month", "components": kept, **change})


TIERS = {"rate": None, "scale": "marginal", "bounds": "quota"}
CURVE = {"rate": None, "scale": None, "target": 5}


@pytest.mark.parametrize(
    ("first", "en", "vi"),
    [
        ({}, "1.25% on everything", "1,25% trên toàn bộ"),
        ({"rate": "person"}, "own rate", "tỷ lệ riêng"),
        ({**TIERS, "tiers": [{"from": 0, "to": 1, "rate": "5%"}, {"from": 1, "rate": "8%"}]},
         "inside each tier: 0% → 5%, 100% → 8%", "trong từng bậc: 0% → 5%, 100% → 8%"),
        ({**TIERS, "scale": "whole", "target": 9, "tiers": [{"from": 0, "times": 1.5}]},
         "tier reached: 0% → 1.5×", "0% → 1,5×"),
        ({**TIERS, "basis": "units", "bounds": "amount", "tiers": [{"from": 0, "each": 5000}]},
         "0 → ₫5,000 each", "0 → 5.000"),
        ({**TIERS, "tiers": [{"from": 0, "to": 1, "pay": 700}, {"from": 1, "pay": 0}]},
         "0% → ₫700, 100% → ₫0", "0% → 700"),
        ({**CURVE, "curve": [["50%", 0], [1, 1]]}, "50% → 0%, 100% → 100%; straight between", "50% → 0%, 100% → 100%"),
        ({**CURVE, "matrix": {"of": "b", "rows": [0], "columns": [0], "pays": [[1]]}}, "and that of B", "và của B"),
    ],
)  # fmt: skip
def test_each_way_of_paying_is_told(both: tuple[Workspace, Desk], first: dict[str, Any], en: str, vi: str) -> None:
    one = plan(first=first)
    assert (en if both[0].language == "en" else vi) in terms.scale(both[0], one.components[0], one).replace("\xa0", " ")


LIMITS = {
    "threshold": "40%", "bounds": "quota", "target": 9,
    "windfall": {"over": 100, "treat": "part", "quota_share": "20%", "rate": "0.5%"},
    "hurdle": {"of": "b", "below": "95%", "limit": 1},
    "multiplier": {"of": "b", "tiers": [{"from": 0, "to": 1, "times": 1}, {"from": 1, "times": 1.15}]},
    "cap": {"times_target": 2},
}  # fmt: skip


def test_each_limit_is_told_in_the_order_of_operations(both: tuple[Workspace, Desk]) -> None:
    ws, one = both[0], plan(first=LIMITS)
    found = list(terms.limits(ws, one.components[0], one))
    assert [re.findall(r"\d[\d.,]*(?=[%×])|₫\d+", text.replace("1,15", "1.15")) for text in found][1:] == [
        ["₫100", "20", "0.5"] if ws.language == "en" else ["20", "0,5"],
        ["95", "100"],
        ["0", "1", "100", "1.15"],
        ["2"],
    ]
    assert "40%" in found[0]


BESIDE = {
    "objectives": {"target": 5, "objectives": [{"key": "x", "name": "X", "weight": 1}]},
    "spiffs": [{"key": "f", "name": "Fans", "start_on": "2026-10-01", "end_on": "2026-11-01", "at_least": 1, "pay": 1,
                "every": "time"}],
    "cap": {"amount": 7}, "clawback": {"by": "original"}, "hold": "collected", "pay_currency": "EUR",
    "payment_cap": {"amount": 8, "carry": False}, "proration": {"ramp": ["0%", "50%"]},
    "draw": {"kind": "recoverable", "amount": 6},
}  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["recoverable", "non_recoverable", "recoverable_guarantee", "non_recoverable_guarantee"]
)
def test_all_that_stands_beside_the_components_is_told(both: tuple[Workspace, Desk], kind: str) -> None:
    one = plan(**{**BESIDE, "draw": {"kind": kind, "amount": 6}})
    assert len(list(terms.beside(both[0], one))) == len(BESIDE)
    assert list(terms.beside(both[0], plan())) == []


def test_the_steps_lead_to_what_is_earned(both: tuple[Workspace, Desk]) -> None:
    ws, desk = both
    earned = sum(person.payment.earned for person in desk.paid if person.payment)
    shown = page.stages(ws, desk)
    first = shown.items[0] if hasattr(shown, "items") else shown
    assert f"<td class='num strong'>{ws.words.number(earned)}</td></tr></tbody>" in first.html
    assert str(ws.words.number(earned)) in page.parts(ws, desk).html


def test_every_plan_names_where_its_numbers_come_from(both: tuple[Workspace, Desk]) -> None:
    shown = page.plans(*both).html
    assert shown.count("Sales policy 2026") == 2
    assert shown.count(both[0].words.date(both[1].plans[0].checked_on)) == 2


def test_who_is_there_the_whole_month_is_told_in_one_sentence(both: tuple[Workspace, Desk]) -> None:
    assert "<table" not in page.partial(*both).html
