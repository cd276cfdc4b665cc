"""The rule that makes all engines agree: conditions are computed first, then plain columns are aggregated."""

import ast
from pathlib import Path

import pytest

import revops
from revops import kpis

LIBRARY, FOLDER = Path(revops.__file__).parent, Path(kpis.__file__).parent
PLAIN = {"col", "len", "sum", "min", "max", "mean", "count", "n_unique", "alias"}
NOT_ALONE = (ast.BinOp, ast.Compare, ast.UnaryOp, ast.BoolOp)
LAZY = sorted(
    path.relative_to(LIBRARY).as_posix()
    for path in LIBRARY.rglob("*.py")
    if "import narwhals" in path.read_text(encoding="utf-8")
)


def not_plain(source: str) -> list[str]:
    """The aggregates over Narwhals that take more than a plain column."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "agg":
            parts = [n for part in [*node.args, *node.keywords] for n in ast.walk(part)]
            names = {n.attr for n in parts if isinstance(n, ast.Attribute)}
            is_lazy = any(isinstance(n, ast.Name) and n.id == "nw" for n in parts)
            if is_lazy and (names - PLAIN or any(isinstance(n, NOT_ALONE) for n in parts)):
                found.append(ast.unparse(node)[:120])
    return found


def test_the_modules_of_facts_are_looked_at():
    assert {"kpis/revenue.py", "kpis/customers/buying.py", "kpis/pipeline/funnel.py", "quota/actuals.py"} <= set(LAZY)


@pytest.mark.parametrize("name", LAZY)
def test_only_plain_columns_are_aggregated(name):
    assert not_plain((LIBRARY / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "aggregate",
    [
        "nw.when(nw.col('b')).then(1).sum()",
        "nw.col('b').filter(nw.col('c')).n_unique()",
        "total=nw.col('b').sum() - nw.col('c').sum()",
        "(nw.col('a') * nw.col('b')).sum()",
        "*(nw.col(name).fill_null(0).sum() for name in names)",
        "nw.col('b').sum().over('c')",
    ],
)
def test_the_check_itself_sees_what_is_not_plain(aggregate):
    assert not_plain(f"frame.group_by('a').agg({aggregate})") != []


@pytest.mark.parametrize("aggregate", ["nw.col('b', 'c').sum()", "*(nw.col(n).max() for n in names)", "n=nw.len()"])
def test_plain_columns_pass(aggregate):
    assert not_plain(f"frame.group_by('a').agg({aggregate})") == []


def test_no_measure_asks_the_clock():
    for path in FOLDER.rglob("*.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert not names & {"today", "now_utc", "utcnow"}, path.name
