"""The committed notebooks: run again they show the same, and they keep the form that readers and schedules rely on."""

import ast
import os
import re
import subprocess
import sys

import nbformat
import pytest

from revops.words import FOLDER, Words, catalogue, placeholders
from revops.workspace import NOTEBOOKS, root

COMMON = {"company": "data/demo", "period": "2026-10", "as_of": "", "language": "", "build": ""}
ALL = (*NOTEBOOKS, "template")
SILENT = {"ws", "ingest", "kpis", "quota", "incentives"}
MACHINE = re.compile(r"/(?:home|root|tmp|Users|work)/| at 0x[0-9a-f]{6}")


def read(name: str):
    return nbformat.read(root() / "notebooks" / f"{name}.ipynb", as_version=4)


def code_cells(name: str) -> list:
    return [cell for cell in read(name).cells if cell.cell_type == "code"]


def tagged(name: str, tag: str) -> list:
    return [cell for cell in read(name).cells if tag in cell.metadata.get("tags", [])]


def shows(cell) -> bool:
    """Whether the cell ends in something shown: a value or a display, not a call of a stage or the workspace."""
    last = ast.parse(cell.source).body[-1:]
    if not last or not isinstance(last[0], ast.Expr):
        return False
    name = ast.unparse(last[0].value).partition("(")[0]
    return name.partition(".")[0] not in SILENT and name != "report.begin"


@pytest.mark.slow
def test_run_again_the_notebooks_show_what_is_committed():
    paths = [f"notebooks/{name}.ipynb" for name in ALL]
    call = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-o", "addopts=", *paths]
    call += ["-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        call, cwd=root(), env={**environment, "REVOPS_STATIC": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", ALL)
def test_code_cells_were_run_once_from_top_to_bottom(name):
    counts = [cell.execution_count for cell in code_cells(name)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("name", ALL)
def test_what_shows_something_is_committed_with_it(name):
    assert [cell.source for cell in code_cells(name) if shows(cell) and not cell.outputs] == []
    assert sum(bool(cell.outputs) for cell in code_cells(name)) >= 5


@pytest.mark.parametrize("name", ALL)
def test_no_output_is_an_error_a_warning_or_names_a_machine(name):
    for cell in code_cells(name):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.get("text")
            assert MACHINE.search(str(output)) is None, cell.source
        assert MACHINE.search(cell.source) is None


@pytest.mark.parametrize("name", ALL)
def test_the_five_common_parameters_come_first_with_types_and_demo_defaults(name):
    (cell,) = tagged(name, "parameters")
    assert cell.id == code_cells(name)[0].id
    lines = ast.parse(cell.source).body
    assert all(isinstance(line, ast.AnnAssign) and isinstance(line.annotation, ast.Name) for line in lines)
    given = {line.target.id: ast.literal_eval(line.value) for line in lines}
    assert list(given.items())[:5] == list(COMMON.items())
    for line in cell.source.splitlines():
        assert "=" not in line.partition("#")[2], f"papermill cannot read: {line}"
        assert "|" not in line, f"papermill cannot read: {line}"
        assert "#" in line, f"not explained: {line}"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_setup_cell_opens_this_notebook_and_the_last_cell_finishes_it(name):
    (cell,) = tagged(name, "setup")
    assert f'open_workspace("{name}", company, period, as_of, language, build)' in cell.source
    assert cell.id == code_cells(name)[1].id
    assert code_cells(name)[-1].source.strip().endswith("report.finish(ws)")


@pytest.mark.parametrize("name", ALL)
def test_notebooks_hold_no_definitions_and_short_cells(name):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.With)
    for cell in code_cells(name):
        assert [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)] == [], cell.source
        assert len(cell.source.strip().splitlines()) <= 12, cell.source


@pytest.mark.parametrize("name", ALL)
def test_prose_stands_before_code(name):
    cells = read(name).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    prose = [cell for cell in cells if cell.cell_type == "markdown"]
    assert len(prose) >= 5
    assert len({cell.id for cell in cells}) == len(cells)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_markdown_cell_has_a_vietnamese_text_and_none_is_left_over(name):
    words = Words("vi", "VND", 0)
    ids = {cell.id for cell in read(name).cells if cell.cell_type == "markdown"}
    prefix = f"{name.partition('_')[2]}.cells."
    known = {key.removeprefix(prefix) for key in catalogue(FOLDER, "vi") if key.startswith(prefix)}
    assert ids == known
    assert [cell_id for cell_id in ids if not (words.cell(name, cell_id) or "").strip()] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_heading_in_vietnamese_is_of_the_same_level(name):
    words = Words("vi", "VND", 0)
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            levels = [
                re.findall(r"^(#+) ", text, re.MULTILINE) for text in (cell.source, words.cell(name, cell.id) or "")
            ]
            assert levels[0] == levels[1], cell.id


def test_each_text_exists_in_both_languages_and_asks_for_the_same_values():
    english, vietnamese = (catalogue(FOLDER, language) for language in ("en", "vi"))
    texts = {key for key in vietnamese if ".cells." not in key}
    assert set(english) == texts
    assert [key for key in sorted(english) if placeholders(english[key]) != placeholders(vietnamese[key])] == []


def test_each_key_that_the_code_names_is_in_the_catalogue():
    known = set(catalogue(FOLDER, "en"))
    sources = [path.read_text(encoding="utf-8") for path in sorted((root() / "lib" / "revops").rglob("*.py"))]
    sources += [cell.source for name in NOTEBOOKS for cell in code_cells(name)]
    named = {key for source in sources for key in re.findall(r"""\bt\(\s*"((?:\w+\.)+\w+)"[,)]""", source)}
    assert len(named) > 20
    assert sorted(named - known) == []
