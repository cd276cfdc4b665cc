"""games.yaml: validated whole, every fault with file and line."""

from pathlib import Path

import pytest
import yaml

from revops.company import load_company
from revops.incentives.games.rules import Games, load_games
from revops.problems import InputError

ROOT = Path(__file__).parents[3]
COMPANY = "name: Thử Nghiệm\ncurrency: VND\nmoney_decimals: 0\n"


def load(folder: Path, text: str | None, company: str = COMPANY) -> Games:
    (folder / "company.yaml").write_text(company, encoding="utf-8")
    if text is not None:
        (folder / "games.yaml").write_text(text, encoding="utf-8")
    return load_games(folder, load_company(folder))


def test_without_a_file_the_league_is_on_attainment(tmp_path: Path) -> None:
    rules = load(tmp_path, None)
    assert (rules.league.by, [rule.key for rule in rules.points.rules], rules.badges) == (
        "attainment",
        ["percent", "order"],
        [],
    )


def test_the_company_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "thi-dua.yaml").write_text("league: {by: improvement}\n", encoding="utf-8")
    assert load(tmp_path, None, COMPANY + "incentives: {games: thi-dua.yaml}\n").league.by == "improvement"


def test_the_demos_rules_are_right() -> None:
    folder = ROOT / "data" / "demo"
    rules = load_games(folder, load_company(folder))
    assert [badge.key for badge in rules.badges] == ["top", "six", "purifiers", "customers", "comeback"]


CASES = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_faults_are_told_with_file_and_line(tmp_path: Path, case: dict[str, str]) -> None:
    with pytest.raises(InputError) as error:
        load(tmp_path, case["text"])
    assert "games.yaml, line " in str(error.value)
    assert case["told"] in str(error.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        load(tmp_path, "levels: [{name: a, from: 5}]\nprivacy: {names: some}\nleague: {roles: x}\n")
    assert len(error.value.problems) == 3
