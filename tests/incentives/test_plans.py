"""Plans: the gallery of errors, and the worked cases of every plan that is committed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from revops.company import Company
from revops.incentives.cases import run_cases
from revops.incentives.plans import load_plan, load_plans
from revops.problems import InputError

ROOT = Path(__file__).resolve().parents[2]
PLANS = [p for p in sorted(ROOT.glob("data/demo/plans/*.yaml")) if ".cases." not in p.name]
AW_PLANS = [p for p in sorted(ROOT.glob("tests/adventureworks/plans/*.yaml")) if ".cases." not in p.name]
GOOD: dict[str, Any] = {
    "plan": "T",
    "title": "Test",
    "roles": ["rep"],
    "effective_from": "2026-01-01",
    "measure": "net_revenue",
    "quota": "revenue",
    "period": "month",
    "components": [
        {
            "name": "Commission",
            "credit": "direct",
            "scale": "marginal",
            "bounds": "quota",
            "tiers": [{"from": "0%", "to": "60%", "rate": "1%"}, {"from": "60%", "to": None, "rate": "2%"}],
            "note": "why",
        }
    ],
}


def write(folder: Path, text: str, name: str = "plan.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def dump(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False)


def message(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as error:
        load_plan(write(folder, text))
    return str(error.value)


@pytest.mark.parametrize(
    ("path", "currency", "decimals"), [(p, "VND", 0) for p in PLANS] + [(p, "USD", 6) for p in AW_PLANS]
)
def test_worked_cases_come_out(path: Path, currency: str, decimals: int) -> None:
    assert [str(problem) for problem in run_cases(path, currency, decimals)] == []


def test_committed_plans_exist() -> None:
    assert len(PLANS) == 5
    assert len(AW_PLANS) == 2


def test_a_good_plan_is_read(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path, dump(GOOD)))
    assert [tier.rate for tier in plan.components[0].tiers or []] == [10_000_000, 20_000_000]


TIERS = """plan: T
title: Test
roles: [rep]
effective_from: 2026-01-01
measure: net_revenue
quota: revenue
period: month
components:
  - name: Commission
    credit: direct
    scale: marginal
    bounds: quota
    note: why
    tiers:
"""


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        pytest.param(
            ["{from: 0%, to: 60%, rate: 1%}", "{from: 65%, to: null, rate: 2%}"],
            "plan.yaml, line 16, components.0.tiers.1: found a gap between tiers: one ends at 60%, the next "
            "starts at 65%, "
            "expected tiers that cover [0, ∞) with no gap and no overlap. Next: start this tier at 60%.",
            id="gap",
        ),
        pytest.param(
            ["{from: 0%, to: 60%, rate: 1%}", "{from: 55%, to: null, rate: 2%}"],
            "plan.yaml, line 16, components.0.tiers.1: found an overlap between tiers: one ends at 60%, the "
            "next starts at 55%, "
            "expected tiers that cover [0, ∞) with no gap and no overlap. Next: start this tier at 60%.",
            id="overlap",
        ),
        pytest.param(
            ["{from: 10%, to: null, rate: 1%}"],
            "plan.yaml, line 15, components.0.tiers.0: found a gap between tiers: one ends at 0%, the next "
            "starts at 10%, "
            "expected tiers that cover [0, ∞) with no gap and no overlap. Next: start this tier at 0%.",
            id="gap at the start",
        ),
        pytest.param(
            ["{from: 0%, to: 60%, rate: 1%}", "{from: 60%, to: 100%, rate: 2%}"],
            "plan.yaml, line 16, components.0.tiers.1: found the last tier ends at 100%, expected an open end "
            "(to: null). "
            "Next: remove its upper bound.",
            id="closed end",
        ),
        pytest.param(
            ["{from: 0%, to: null, rate: 1%}", "{from: 60%, to: null, rate: 2%}"],
            "plan.yaml, line 16, components.0.tiers.1: found a tier from 60% after an open end, expected no "
            "tier after the "
            "open end. Next: give the earlier tier its upper bound.",
            id="after the open end",
        ),
        pytest.param(
            ["{from: 0%, to: 0%, rate: 1%}", "{from: 0%, to: null, rate: 2%}"],
            "plan.yaml, line 15, components.0.tiers.0: found from 0% to 0%, expected an upper bound above the lower. "
            "Next: correct the bounds.",
            id="empty tier",
        ),
    ],
)
def test_tiers_that_do_not_cover_everything_are_refused(tmp_path: Path, tiers: list[str], expected: str) -> None:
    assert message(tmp_path, TIERS + "".join(f"      - {tier}\n" for tier in tiers)) == expected


CURVE = {"scale": None, "bounds": None, "tiers": None, "curve": [["50%", "0%"], ["100%", "100%"]], "target": 100}
TIMES = {"tiers": [{"from": 0, "times": 1}], "target": 100}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"scale": None}, "expected a scale (marginal or whole) with rate or tiers, none with a curve"),
        ({"scale": "sliding"}, "components.0.scale: found sliding, expected 'marginal' or 'whole'"),
        ({"bounds": None}, "expected bounds (quota or amount) together with tiers"),
        ({"tiers": None, "bounds": None}, "expected one of rate, tiers, curve and matrix"),
        ({"rate": "1%"}, "expected one of rate, tiers, curve and matrix"),
        ({**CURVE, "scale": "marginal"}, "expected a scale (marginal or whole) with rate or tiers, none with a curve"),
        ({**CURVE, "target": None}, "expected a target, since it is what attainment pays"),
        ({**CURVE, "curve": [["50%", "0%"], ["50%", "100%"]]}, "expected a curve whose points rise"),
        ({**CURVE, "curve": [["50%", "10%"], ["60%", "9%"]]}, "expected a curve whose points rise"),
        ({**CURVE, "curve": [["50%", "0%"]]}, "components.0.curve: found "),
        ({**CURVE, "threshold": "50%"}, "expected bounds (quota or amount) together with tiers or a threshold"),
        ({"tiers": [{"from": 0, "times": 1}]}, "expected a target, since it is what attainment pays"),
        ({**TIMES, "bounds": "amount"}, "expected bounds: quota, since times pays for attainment"),
        ({"tiers": [{"from": 0, "rate": 1, "times": 1}]}, "expected one of rate, each, times and pay"),
        ({"tiers": [{"from": 0}]}, "expected one of rate, each, times and pay"),
        ({"tiers": [{"from": 0, "pay": 5}]}, "expected an upper bound, since the amount is spread over the tier"),
        ({"threshold": 0}, "components.0.threshold: found 0"),
        ({"note": None}, "components.0.note: found nothing, expected the key note"),
        ({"cap": {"times_target": 2}}, "expected a target, since the cap or hurdle is a multiple of it"),
        ({"cap": {}}, "expected one of amount and times_target"),
        ({"tires": []}, "unknown key tires (did you mean tiers?)"),
        ({"cap": {"amount": "a lot"}}, "expected a number as 25000, 0.6 or '60%'"),
    ],
)
def test_faults_of_a_component_are_named(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    part = {**GOOD["components"][0], **change}
    kept = {key: value for key, value in part.items() if value is not None}
    found = message(tmp_path, dump({**GOOD, "components": [kept]}))
    assert expected in found
    assert found.startswith("plan.yaml, line ")


def test_tiers_of_a_quota_need_a_quota(tmp_path: Path) -> None:
    assert "a quota, since tiers are shares of it" in message(tmp_path, dump({**GOOD, "quota": None}))


def test_no_role_has_two_plans_on_one_day(tmp_path: Path) -> None:
    write(tmp_path, dump(GOOD), "one.yaml")
    write(tmp_path, dump({**GOOD, "plan": "U", "effective_from": "2026-07-01"}), "two.yaml")
    company = Company(name="c", currency="VND", money_decimals=0, plans=["one.yaml", "two.yaml"])
    with pytest.raises(InputError, match="two.yaml: found role rep, which one.yaml pays too from 2026-07-01"):
        load_plans(tmp_path, company)


def test_a_plan_that_ends_where_the_next_starts_is_fine(tmp_path: Path) -> None:
    write(tmp_path, dump({**GOOD, "effective_to": "2026-07-01"}), "one.yaml")
    write(tmp_path, dump({**GOOD, "plan": "U", "effective_from": "2026-07-01"}), "two.yaml")
    company = Company(name="c", currency="VND", money_decimals=0, plans=["one.yaml", "two.yaml"])
    assert [plan.plan for plan in load_plans(tmp_path, company)] == ["T", "U"]


def test_a_missing_plan_file_and_a_broken_one_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, dump({**GOOD, "period": "week"}), "two.yaml")
    company = Company(name="c", currency="VND", money_decimals=0, plans=["one.yaml", "two.yaml"])
    with pytest.raises(InputError) as error:
        load_plans(tmp_path, company)
    assert len(error.value.problems) == 2


def test_a_failing_case_names_file_line_and_both_amounts(tmp_path: Path) -> None:
    path = write(tmp_path, dump(GOOD))
    write(
        tmp_path, "cases:\n  - name: half\n    credits: {direct: 50}\n    quota: 100\n    pay: 2\n", "plan.cases.yaml"
    )
    assert [str(problem) for problem in run_cases(path)] == [
        "plan.cases.yaml, line 2, half: found pay 1, expected 2. Next: correct the plan, or the case where the "
        "plan is meant so."
    ]


def test_a_plan_without_cases_is_told(tmp_path: Path) -> None:
    found = run_cases(write(tmp_path, dump(GOOD)))
    assert [problem.expected for problem in found] == ["worked cases beside every plan"]


def test_a_case_without_its_quota_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, dump(GOOD))
    write(tmp_path, "cases:\n  - name: half\n    credits: {direct: 50}\n    pay: 2\n", "plan.cases.yaml")
    assert [problem.found for problem in run_cases(path)] == ["no quota of revenue above 0"]
