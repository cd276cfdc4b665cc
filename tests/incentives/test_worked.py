"""The worked situations of situations.yaml: given, expected."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from revops.incentives import scales
from revops.incentives.games import ranks
from revops.incentives.given import Given, pay
from revops.incentives.payments import State
from revops.incentives.plans import Component, Plan
from revops.money import rate_units, split, to_units

SITUATIONS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("situations.yaml").read_text(encoding="utf-8"))


def of(section: str) -> Any:
    rows = SITUATIONS[section]
    return pytest.mark.parametrize("case", rows, ids=[row["name"] for row in rows])


def component(case: dict[str, Any]) -> Component:
    names = ("scale", "bounds", "tiers", "curve", "threshold", "target", "cap")
    fields = {key: case[key] for key in names if key in case}
    own = {} if "curve" in case else {"bounds": "amount"}
    return Component.model_validate({"name": "c", "credit": "direct", "note": "n", **own, **fields})


def plan(part: Component) -> Plan:
    return Plan(
        plan="T",
        title="t",
        roles=["r"],
        effective_from="2026-01-01",
        measure="net_revenue",
        quota="revenue",
        period="month",
        components=[part],
    )


@of("pay")
def test_pay(case: dict[str, Any]) -> None:
    debt = to_units(case.get("carried_in", 0), 2)
    quota = to_units(case["quota"], 2) if "quota" in case else None
    credit = {"direct": to_units(case["credits"], 2)}
    given = Given(credit, {} if quota is None else {"revenue": quota})
    payment = pay(plan(component(case)), given, State(carried=debt), decimals=2)
    assert payment.paid == to_units(case["expected"], 2)
    assert payment.carried_out == to_units(case.get("carried_out", 0), 2)


@of("lines")
def test_lines(case: dict[str, Any]) -> None:
    scale = scales.scale_of(component(case), case.get("quota"), None, 0)
    parts = scale.lines([Fraction(c) for c in case["credits"]])
    assert parts == case["expected"]
    assert sum(parts) == scale.earned(Fraction(sum(case["credits"]))) == case["total"]


@of("splits")
def test_splits(case: dict[str, Any]) -> None:
    assert split(to_units(case["amount"], 2), case["weights"]) == [to_units(part, 2) for part in case["expected"]]


@of("ranks")
def test_ranks(case: dict[str, Any]) -> None:
    assert ranks.competition_ranks(case["values"]) == case["expected"]


@of("streaks")
def test_streaks(case: dict[str, Any]) -> None:
    assert ranks.streak(case["months"]) == (case["current"], case["best"])


def test_a_small_team_wins_by_head() -> None:
    assert ranks.per_head(500_000, 5) == 100_000
    assert ranks.per_head(240_000, 2) == 120_000


def test_a_team_without_people_has_no_score() -> None:
    assert ranks.per_head(500_000, 0) is None


def test_the_persons_own_rate_pays_the_whole_amount() -> None:
    part = Component(name="c", credit="direct", scale="whole", rate="person", note="n")
    given = Given({"direct": 100_000_500_000}, rate=rate_units("1.2%"))
    payment = pay(plan(part), given, decimals=6, step=10_000)
    assert payment.payouts[0].earned == 1_200_006_000
    assert payment.paid == 1_200_010_000


def test_a_factor_scales_the_credits_of_a_team() -> None:
    part = Component(name="c", credit="rollup", factor="50%", scale="whole", rate="1%", note="n")
    payment = pay(plan(part), Given({"rollup": 10_000, "direct": 99}))
    assert payment.payouts[0].credit == 5_000
    assert payment.paid == 50
