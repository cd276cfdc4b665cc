"""Worked cases beside a plan: what they can give, and what is told of one that does not come out."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from revops.incentives.cases import run_cases

TOLD: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
HEAD = {
    "plan": "T", "title": "Test", "roles": ["rep"], "effective_from": date(2026, 1, 1), "source": "Policy",
    "checked_on": date(2026, 1, 5), "measure": "net_revenue", "quota": "revenue", "period": "month",
}  # fmt: skip
SPIFF = {"name": "Fans", "start_on": date(2026, 10, 1), "end_on": date(2026, 11, 1)}


def problems(folder: Path, told: dict[str, Any], *cases: dict[str, Any]) -> list[str]:
    terms = {key: value for key, value in told.items() if key not in ("plan", "cases")}
    terms["components"] = [{"name": "c", "credit": "direct", "note": "n", **part} for part in told["components"]]
    terms["spiffs"] = [{**SPIFF, **spiff} for spiff in told.get("spiffs", [])]
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump({**HEAD, **terms}), encoding="utf-8")
    (folder / "plan.cases.yaml").write_text(yaml.safe_dump({"cases": list(cases)}), encoding="utf-8")
    return [str(problem) for problem in run_cases(path, "USD", 2)]


EACH = [pytest.param(told, case, id=f"{told['plan']}: {case['name']}") for told in TOLD for case in told["cases"]]


@pytest.mark.parametrize(("told", "case"), EACH)
def test_the_case_comes_out(tmp_path: Path, told: dict[str, Any], case: dict[str, Any]) -> None:
    assert problems(tmp_path, told, case) == []


@pytest.mark.parametrize(("told", "case"), EACH)
def test_a_cent_more_does_not(tmp_path: Path, told: dict[str, Any], case: dict[str, Any]) -> None:
    (found,) = problems(tmp_path, told, {**case, "pay": case["pay"] + 0.01})
    assert found.startswith(f"plan.cases.yaml, line 2, {case['name']}: found pay ")


TIERS = TOLD[0]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (
            {"credits": {"direct": 5}},
            "found no quota of revenue above 0, expected inputs that the plan can",
        ),
        ({"credits": {"direct": 5}, "quota": 0}, "found no quota of revenue above 0"),
        ({"credits": {"rollup": 5}, "quota": 1}, "found rollup in credits, where the plan has direct"),
        ({"credits": {"direct": 5.001}, "quota": 1}, "found 5.001 is finer than 2 decimals"),
    ],
)
def test_a_case_that_cannot_be_computed_says_why(tmp_path: Path, case: dict[str, Any], expected: str) -> None:
    (found,) = problems(tmp_path, TIERS, {"name": "half", "pay": 1, **case})
    assert found.startswith("plan.cases.yaml, line 2, half: ")
    assert expected in found


def test_a_missing_score_is_told(tmp_path: Path) -> None:
    told = next(told for told in TOLD if "objectives" in told)
    (found,) = problems(tmp_path, told, {"name": "half", "scores": {"x": "100%"}, "pay": 1})
    assert "found no score of y, z, expected inputs" in found
