"""Plans: the gallery of errors, and the worked cases of every plan that is committed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from revops.company import Company
from revops.incentives.cases import run_cases
from revops.incentives.plan_files import load_plan, load_plans
from revops.problems import InputError
from revops.run.call import check_plans

ROOT = Path(__file__).resolve().parents[2]
PLANS = [p for p in sorted(ROOT.glob("data/demo/plans/*.yaml")) if ".cases." not in p.name]
AW_PLANS = [p for p in sorted(ROOT.glob("tests/adventureworks/plans/**/*.yaml")) if ".cases." not in p.name]
GOOD: dict[str, Any] = {
    "plan": "T",
    "title": "Test",
    "roles": ["rep"],
    "effective_from": "2026-01-01",
    "source": "Sales policy 2026, section 3",
    "checked_on": "2026-01-05",
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
    assert len(PLANS) == 10
    assert len(AW_PLANS) == 5


def test_a_day_of_no_calendar_is_told_with_its_line(tmp_path: Path) -> None:
    text = dump(GOOD).replace("'2026-01-01'", "2026-13-01")
    assert "plan.yaml, line 5, effective_from: found 2026-13-01, expected a valid date" in message(tmp_path, text)


def test_a_good_plan_is_read(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path, dump(GOOD)))
    assert [tier.rate for tier in plan.components[0].tiers or []] == [10_000_000, 20_000_000]


TIERS = """plan: T
title: Test
roles: [rep]
effective_from: 2026-01-01
source: Sales policy 2026, section 3
checked_on: 2026-01-05
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
            "plan.yaml, line 18, components.0.tiers.1: found a gap between tiers: one ends at 60%, the next "
            "starts at 65%, "
            "expected tiers that cover [0, ∞) with no gap and no overlap. Next: start this tier at 60%.",
            id="gap",
        ),
        pytest.param(
            ["{from: 0%, to: 60%, rate: 1%}", "{from: 55%, to: null, rate: 2%}"],
            "plan.yaml, line 18, components.0.tiers.1: found an overlap between tiers: one ends at 60%, the "
            "next starts at 55%, "
            "expected tiers that cover [0, ∞) with no gap and no overlap. Next: start this tier at 60%.",
            id="overlap",
        ),
        pytest.param(
            ["{from: 10%, to: null, rate: 1%}"],
            "plan.yaml, line 17, components.0.tiers.0: found a gap between tiers: one ends at 0%, the next "
            "starts at 10%, "
            "expected tiers that cover [0, ∞) with no gap and no overlap. Next: start this tier at 0%.",
            id="gap at the start",
        ),
        pytest.param(
            ["{from: 0%, to: 60%, rate: 1%}", "{from: 60%, to: 100%, rate: 2%}"],
            "plan.yaml, line 18, components.0.tiers.1: found the last tier ends at 100%, expected an open end "
            "(to: null). "
            "Next: remove its upper bound.",
            id="closed end",
        ),
        pytest.param(
            ["{from: 0%, to: null, rate: 1%}", "{from: 60%, to: null, rate: 2%}"],
            "plan.yaml, line 18, components.0.tiers.1: found a tier from 60% after an open end, expected no "
            "tier after the "
            "open end. Next: give the earlier tier its upper bound.",
            id="after the open end",
        ),
        pytest.param(
            ["{from: 0%, to: 0%, rate: 1%}", "{from: 0%, to: null, rate: 2%}"],
            "plan.yaml, line 17, components.0.tiers.0: found from 0% to 0%, expected an upper bound above the lower. "
            "Next: correct the bounds.",
            id="empty tier",
        ),
    ],
)
def test_tiers_that_do_not_cover_everything_are_refused(tmp_path: Path, tiers: list[str], expected: str) -> None:
    assert message(tmp_path, TIERS + "".join(f"      - {tier}\n" for tier in tiers)) == expected


SPIFF = {
    "key": "fans", "name": "Fans", "start_on": "2026-10-01", "end_on": "2026-11-01", "at_least": 10, "pay": 250,
    "every": "time",
}  # fmt: skip
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


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"source": None},
            "plan.yaml, line 1, source: found nothing, expected the document that the numbers come from.",
        ),
        ({"checked_on": None}, "line 1, checked_on: found nothing, expected the day on which the numbers were last"),
        ({"effective_to": "2026-01-01"}, "effective_to: found 2026-01-01 to 2026-01-01, expected a day after"),
        ({"quota": None}, "components.0.quota: found no quota, expected a measure of the quotas table"),
        ({"cap": {"times_target": 2}}, "cap: found a multiple of the target, and no target, expected target"),
        ({"is_spiff_capped": True}, "is_spiff_capped: found no cap, expected a cap of the plan"),
        ({"spiffs": [SPIFF, SPIFF]}, "spiffs.1.key: found fans again, expected a key of its own"),
        ({"spiffs": [{**SPIFF, "end_on": "2026-10-01"}]}, "spiffs.0.end_on: found 2026-10-01 to 2026-10-01"),
        ({"spiffs": [{**SPIFF, "start_on": "2025-12-31"}]}, "expected days of the plan, 2026-01-01 to open"),
        ({"spiffs": [SPIFF], "effective_to": "2026-10-31"}, "expected days of the plan, 2026-01-01 to 2026-10-31"),
    ],
)
def test_faults_of_a_plan_are_named_with_their_line(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    kept = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    found = message(tmp_path, dump(kept))
    assert expected in found
    assert found.startswith("plan.yaml, line ")


B = {"key": "b", "name": "B", "credit": "direct", "scale": "whole", "rate": "1%", "note": "n"}
HURDLE = {"of": "b", "below": "95%", "limit": "100%"}
TIMES_OF_B = {"of": "b", "tiers": [{"from": 0, "to": None, "times": 1}]}
UNITS = {"basis": "units", "bounds": "amount", "quota": "fans"}
TARGET = {"amount": 100, "per": "period"}


@pytest.mark.parametrize(
    ("plan", "first", "expected"),
    [
        ({}, {"hurdle": {**HURDLE, "of": "c"}, "target": 1}, "hurdle.of: found c, expected the key of a component (b)"),
        ({}, {"hurdle": HURDLE, "target": 1, "window": "quarter"},
         "hurdle.of: found b, which runs over the period, not the quarter, expected a component of the same window"),
        ({"quota": None}, {"quota": "revenue", "multiplier": TIMES_OF_B}, "components.1.quota: found no quota"),
        ({}, {"multiplier": {"of": "b", "tiers": [{"from": 0, "to": 1, "times": 1}]}},
         "components.0.multiplier.tiers.0: found the last tier ends at 100%, expected an open end"),
        ({}, {"multiplier": {"of": "b", "tiers": [{"from": "10%", "times": 1}]}},
         "components.0.multiplier.tiers.0: found a gap between tiers: one ends at 0%, the next starts at 10%"),
        ({}, UNITS, "components.0.tiers.0.rate: found rate, expected each, since units is a count"),
        ({}, {"tiers": [{"from": 0, "each": 5}]}, "tiers.0.each: found each, expected rate, since booked is money"),
        ({}, {**UNITS, "quota": None, "bounds": "quota", "tiers": [{"from": 0, "each": 5}]},
         "components.0.quota: found the quota revenue for units, expected a quota of its own"),
        ({"target": TARGET}, {"weight": "60%"}, "components: found weights that sum to 60%, expected weights that sum"),
        ({}, {"weight": "60%"}, "target: found nothing, expected a target, since components have a weight of it"),
        ({"target": TARGET}, {}, "components: found weights that sum to 0%"),
        ({}, {"key": "b"}, "components.1.key: found b again, expected a key of its own"),
        ({"quota": None}, {"window": "quota", "bounds": "amount"}, "components.0.window: found quota, and no quota"),
        ({"quota": None}, {"bounds": "amount", "windfall": {"over": 9, "treat": "part", "quota_share": 1, "rate": 0}},
         "components.0.quota: found no quota"),
        ({}, {"where": {"colour": "red"}}, "components.0.where.colour"),
    ],
)  # fmt: skip
def test_components_that_do_not_fit_together_are_refused(
    tmp_path: Path, plan: dict[str, Any], first: dict[str, Any], expected: str
) -> None:
    part = {**GOOD["components"][0], **first}
    kept = {key: value for key, value in part.items() if value is not None}
    found = message(tmp_path, dump({**GOOD, **plan, "components": [kept, B]}))
    assert expected in found
    assert found.startswith("plan.yaml, line ")
    assert "line 1," not in found or "target" in expected


def test_every_fault_of_a_plan_is_told_at_once(tmp_path: Path) -> None:
    text = TIERS + "      - {from: 5%, to: 60%, rate: 1%}\n      - {from: 70%, to: 80%, rate: 2%}\n"
    assert message(tmp_path, text.replace("source: Sales policy 2026, section 3\n", "")).count("plan.yaml, line") == 4


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


def test_all_plans_are_checked_with_their_cases_at_once(tmp_path: Path) -> None:
    """A fault in one file hides neither the fault nor the failing case of another."""
    write(tmp_path, dump({**GOOD, "source": ""}), "one.yaml")
    write(tmp_path, dump({**GOOD, "plan": "U", "roles": ["lead"]}), "two.yaml")
    cases = "cases:\n  - {name: half, credits: {direct: 50}, quota: 100, pay: 2}\n"
    for name in ("one.cases.yaml", "two.cases.yaml"):
        write(tmp_path, cases, name)
    company = Company(name="c", currency="VND", money_decimals=0, plans=["one.yaml", "two.yaml"])
    assert [problem.where for problem in check_plans(tmp_path, company)] == [
        "one.yaml, line 6, source",
        "two.cases.yaml, line 2, half",
    ]
