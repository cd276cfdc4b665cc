"""The worked numbers of situations.yaml: given, expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from revops.incentives.games import ranks
from revops.money import split, to_units

SITUATIONS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("situations.yaml").read_text(encoding="utf-8"))


def of(section: str) -> Any:
    rows = SITUATIONS[section]
    return pytest.mark.parametrize("case", rows, ids=[row["name"] for row in rows])


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
