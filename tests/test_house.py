"""The house in order: two environment files that agree, a lock without addresses, a clean tree, ruff and mypy."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

CONDA_NAMES = {"tzdata": "python-tzdata", "duckdb": "python-duckdb"}  # the others are the same, in lower case
PLACES = [
    "https?://[^\\s)\"']*(?:pypi|pythonhosted|anaconda|npmjs)",
    "/(root|home|work)/\\w",
    "C:\\\\Users",
    "/opt/\\w",
]
LOCKS = ["requirements.lock", "requirements-test.lock"]


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tracked(root):
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [root / name for name in done.stdout.split("\0") if name and (root / name).is_file()]


def named(requirement: str) -> tuple[str, str]:
    """Name and version bounds of 'polars>=2.0', the name in lower case with hyphens."""
    found = re.fullmatch(r"([A-Za-z0-9._-]+?)\s*((?:[<>=!~]=?[\w.*]+,?)*)", requirement.strip())
    assert found, f"{requirement} is not a plain requirement"
    return re.sub(r"[._]+", "-", found[1]).lower(), found[2]


def locked(path) -> dict[str, set[str]]:
    """Names in a lock file with the hashes of each."""
    entries: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if head := re.match(r"([a-z0-9._-]+)==\S+", line):
            name = named(head[1])[0]
            entries.setdefault(name, set())
        elif found := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            entries[name].add(found[1])
    return entries


def test_environment_yml_says_the_same_as_pyproject(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    wanted = dict(map(named, project["project"]["dependencies"]))
    conda = {CONDA_NAMES.get(name, name): bounds for name, bounds in wanted.items()}
    assert dict(map(named, plain)) == {**conda, "python": project["project"]["requires-python"], "pip": ""}
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}
    assert environment["channels"] == ["conda-forge"]


def test_environment_yml_names_what_a_database_needs(root, project):
    extra = dict(map(named, project["project"]["optional-dependencies"]["database"]))
    told = re.search(r"needs also: (.*)", (root / "environment.yml").read_text(encoding="utf-8"))
    assert dict(map(named, told[1].split())) == {CONDA_NAMES.get(name, name): bounds for name, bounds in extra.items()}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address_stands_in_the_lock(root, name):
    entries = locked(root / name)
    assert len(entries) > 100
    assert [package for package, hashes in entries.items() if not hashes] == []
    text = (root / name).read_text(encoding="utf-8")
    assert re.findall(r"https?:|file:|--index|--find-links|--extra", text) == []


def test_the_locks_hold_what_pyproject_names_and_not_the_slow_one(root, project):
    runtime, test = (locked(root / name) for name in LOCKS)
    groups = project["dependency-groups"]
    assert {named(line)[0] for line in project["project"]["dependencies"] + groups["build"]} <= set(runtime)
    extras = [line for lines in project["project"]["optional-dependencies"].values() for line in lines]
    assert {named(line)[0] for line in groups["test"] + extras} <= set(test)
    assert runtime.items() <= test.items()
    assert "rfc3987-syntax" not in test


def test_the_slow_schema_check_is_never_loaded(root):
    code = "import revops, altair, papermill, sys; print(sys.modules['rfc3987_syntax'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root / "lib", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_the_licence_is_mit_and_names_the_contributors(root, project):
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License\n")
    assert "the RevOps workspace contributors" in text
    assert project["project"]["license"] == "MIT"


def test_no_tracked_file_names_a_machine_or_a_registry(tracked, root):
    found = []
    for path in tracked:
        if path.name in {"test_house.py", "test_notebooks.py"} or path.suffix in {".xlsx", ".png", ".parquet"}:
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(root)}: {hit}" for place in PLACES for hit in re.findall(place, text)[:3]]
    assert found == []


def test_no_made_or_private_file_is_tracked(tracked, root):
    names = [path.relative_to(root).as_posix() for path in tracked]
    made = re.compile(
        r"^(build|\.venv|reports/(?!README\.md)|data/(?!demo/|README\.md)|data/demo/record/(?!forecasts\.csv))|__pycache__|checkpoint"
    )
    assert [name for name in names if made.search(name)] == []


def test_the_demo_company_takes_at_most_8_mb(tracked, root):
    size = sum(path.stat().st_size for path in tracked if path.is_relative_to(root / "data" / "demo"))
    assert size <= 8_000_000


def test_ruff_finds_nothing(root):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "."], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_finds_nothing(root):
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


IMPORTS_RUN_ONE_WAY = {
    "ingest": {"kpis", "quota", "incentives", "report", "pipeline", "run", "cli"},
    "kpis": {"quota", "incentives", "report", "pipeline", "run", "cli"},
    "quota": {"incentives", "report", "pipeline", "run", "cli"},
    "incentives": {"report", "pipeline", "run", "cli"},
    "report": {"pipeline", "run", "cli"},
}


@pytest.mark.parametrize("stage", IMPORTS_RUN_ONE_WAY)
def test_imports_run_one_way(root, stage):
    backwards = []
    for path in sorted((root / "lib" / "revops" / stage).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        imported = set(re.findall(r"^\s*(?:from|import) revops\.(\w+)", text, re.MULTILINE))
        for line in re.findall(r"^\s*from revops import ([\w, ]+)", text, re.MULTILINE):
            imported |= {name.strip().split(" ")[0] for name in line.split(",")}
        backwards += [f"{path.relative_to(root)} imports {name}" for name in imported & IMPORTS_RUN_ONE_WAY[stage]]
    assert backwards == []


SKIPPING = "import pytest\ndef test_a():\n    pytest.skip('no files here')\n"
SKIPPING_FILE = "import pytest\npytest.skip('no files here', allow_module_level=True)\n"


@pytest.mark.parametrize("text", [SKIPPING, SKIPPING_FILE], ids=["a test", "a file"])
@pytest.mark.parametrize(("switch", "status"), [("1", "failed"), ("0", "skipped")])
def test_a_skip_fails_under_the_switch_and_says_its_reason(root, tmp_path, text, switch, status):
    shutil.copy(root / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "--rootdir", str(tmp_path), str(tmp_path)],
        env={**os.environ, "REVOPS_NO_SKIPS": switch},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "no files here" in done.stdout
    assert (done.returncode in (1, 2)) == (status == "failed"), done.stdout


PYTHONS = ["python", "python3", *(f"python3.{minor}" for minor in range(11, 15))]


@pytest.fixture
def a_machine_with(root, tmp_path, monkeypatch):
    """A copy of the Makefile where each Python is a script of the given text."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")

    def build(script: str):
        (tmp_path / "bin").mkdir()
        for name in PYTHONS:
            (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (tmp_path / "bin" / name).chmod(0o755)
        shutil.copy(root / "Makefile", tmp_path)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        call = ["make", "--no-print-directory", "PYTHON=", ".venv/bin/python"]
        return subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)

    return build


def test_a_python_that_is_too_old_is_told(a_machine_with):
    done = a_machine_with("exit 1")
    assert done.returncode == 2
    assert "No Python 3.11 or newer was found." in done.stderr


def test_a_python_without_its_venv_module_is_told(a_machine_with):
    done = a_machine_with('[ "$1" != -m ]')
    assert done.returncode == 2
    assert "python3 cannot make a virtual environment: install its venv module" in done.stderr
