"""The rule that makes all engines agree: conditions are computed first, then plain columns are aggregated."""

import ast
from pathlib import Path

import pytest

from revops import kpis

FOLDER = Path(kpis.__file__).parent
LAZY = ["customers", "funnel", "marketing", "recurring", "revenue"]


def conditions_in_aggregates(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "agg":
            names = {
                n.attr for part in [*node.args, *node.keywords] for n in ast.walk(part) if isinstance(n, ast.Attribute)
            }
            if names & {"when", "filter", "over"}:
                found.append(ast.unparse(node)[:120])
    return found


@pytest.mark.parametrize("name", LAZY)
def test_no_condition_stands_inside_an_aggregate(name):
    assert conditions_in_aggregates((FOLDER / f"{name}.py").read_text(encoding="utf-8")) == []


def test_the_check_itself_sees_one():
    assert conditions_in_aggregates("frame.group_by('a').agg(nw.when(nw.col('b')).then(1).sum())") != []


def test_no_measure_asks_the_clock():
    for path in FOLDER.glob("*.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert not names & {"today", "now_utc", "utcnow"}, path.name
