"""The demo company through the real notebooks: complete, repeatable, and safe to kill at any moment."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import polars as pl
import pytest

from revops.workspace import NOTEBOOKS, root

from .helpers import command

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(root() / "lib")}
MOMENTS = 10


class Demo:
    """A copy of the demo company with folders of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.company = folder / "demo"
        self.reports = folder / "reports"
        self.build = folder / "build" / "demo" / "2026-10"
        shutil.copytree(root() / "data" / "demo", self.company, ignore=shutil.ignore_patterns("generator", "record"))

    @property
    def report(self) -> Path:
        return self.reports / "demo" / "2026-10"

    def command(self, *arguments: str) -> list[str]:
        places = {"reports": self.reports, "build": self.folder / "build"}
        return command(self.company, places, *arguments)

    def run(self, *arguments: str) -> None:
        done = subprocess.run(self.command(*arguments), env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def content(self, *names: str) -> dict[str, bytes]:
        files = [p for p in sorted(self.report.rglob("*")) if p.is_file()]
        found = {p.relative_to(self.report).as_posix(): p for p in files}
        return {name: path.read_bytes() for name, path in found.items() if re.search("|".join(names), name)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Demo:
    """The demo after one run in both its languages."""
    company = Demo(tmp_path_factory.mktemp("demo"))
    company.run()
    return company


def test_a_report_folder_holds_what_it_should(demo):
    names = set(demo.content("."))
    pages = {"index", "01_ingest", "02_kpis", "03_quota", "incentives", "leaderboard", "restricted/04_incentives"}
    assert names >= {f"{page}.html" for page in pages} | {f"vi/{page}.html" for page in pages}
    assert names >= {"workbook.xlsx", "run.json", "run.log.json", "vi/workbook.xlsx", "restricted/payroll.csv"}
    assert any(name.startswith("restricted/statements/") for name in names)
    assert any(name.startswith("vi/restricted/statements/") for name in names)


def test_the_star_schema_sums_to_the_report(demo):
    star = {path.stem: pl.scan_parquet(path) for path in (demo.report / "exports" / "star").glob("*.parquet")}
    facts = [star["fact_sales"].select("date_key", "net_amount"), star["fact_history"].select(
        pl.col("start_date_key").alias("date_key"), "net_amount")]  # fmt: skip
    months = pl.concat(facts).group_by(pl.col("date_key") // 100).agg(pl.col("net_amount").sum().cast(pl.Int64))
    report = pl.scan_parquet(demo.report / "tables" / "kpi_monthly.parquet")
    report = report.group_by(pl.col("month_on").dt.strftime("%Y%m").cast(pl.Int64).alias("date_key"))
    report = report.agg(pl.col("net_amount").sum()).collect()
    found = months.collect().filter(pl.col("date_key").is_in(report["date_key"].implode()))
    assert found.sort("date_key").equals(report.sort("date_key"))


def test_pay_lies_under_restricted_only(demo):
    apart = [name for name in demo.content(".") if re.search(r"pay_|credit_|person_rates|statement|payroll", name)]
    assert len(apart) > 5
    assert [name for name in apart if "restricted/" not in name] == []


def test_every_link_leads_to_a_file(demo):
    broken = []
    for name, page in demo.content(r"\.html$").items():
        for target in re.findall(r'href="([^"#:]+)["#]', page.decode()):
            if not ((demo.report / name).parent / target).is_file():
                broken.append((name, target))
    assert broken == []


def test_two_runs_from_separate_empty_builds_give_the_same_bytes(demo, tmp_path):
    other = Demo(tmp_path)
    other.run()
    machine = (r"\.parquet$", r"^run\.json$", r"\.xlsx$", r"\.csv$")
    first, second = demo.content(*machine), other.content(*machine)
    assert len(first) > 40
    assert [name for name in first if first[name] != second.get(name)] == []
    assert set(first) == set(second)


def test_run_json_accounts_for_every_file_and_table(demo):
    data = json.loads(demo.content("^run.json$")["run.json"])
    files = {p.relative_to(demo.company).as_posix() for p in demo.company.rglob("raw/*/*") if p.is_file()}
    assert files <= {line["file"] for line in data["inputs"]}
    assert set(data["tables"]) == {Path(name).stem for name in demo.content(r"^(restricted/)?tables/")}
    assert all(check["difference"] == 0 for checks in data["identities"].values() for check in checks)
    assert sum(map(len, data["identities"].values())) > 5
    assert str(root()) not in json.dumps(data)
    assert str(demo.folder) not in json.dumps(data)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_papermill_alone_runs_a_notebook(demo, tmp_path, name):
    build = tmp_path / "build"
    shutil.copytree(demo.build, build)
    call = [sys.executable, "-m", "papermill", "--no-progress-bar", str(root() / "notebooks" / f"{name}.ipynb")]
    values = {"company": demo.company, "period": "2026-10", "build": build}
    call += [str(tmp_path / "out.ipynb"), *(word for k, v in values.items() for word in ("-p", k, str(v)))]
    done = subprocess.run(call, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert [c.execution_count for c in cells if c.cell_type == "code"][-1] is not None


def killed_after(command: list[str], share: float, measured: float) -> float | None:
    """Start a run and kill it after that share of a measured run; the seconds it took where it was faster than that."""
    start = time.monotonic()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert process.wait(measured * share) == 0
        return time.monotonic() - start
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def test_a_run_killed_at_any_moment_leaves_the_last_report_complete(demo):
    """Ten moments over a measured run from nothing: what the link leads to is always one whole version."""
    demo.run("--force", "--language", "en")
    start = time.monotonic()
    demo.run("--force", "--language", "en")
    measured, kills = time.monotonic() - start, 0
    good = demo.content(".")
    moments = [number / (MOMENTS + 1) for number in range(1, MOMENTS + 1)]
    for moment in [*moments, *moments]:  # the second round is for those that a faster run has missed
        if kills == MOMENTS:
            break
        faster = killed_after(demo.command("--force", "--language", "en"), moment, measured)
        measured, kills = faster or measured, kills + (faster is None)
        after = demo.content(".")
        assert after.keys() == good.keys()
        assert machine_made(after) == machine_made(good)
    assert kills == MOMENTS
    demo.run("--force", "--language", "en")
    assert machine_made(demo.content(".")) == machine_made(good)
    assert [p.name for p in demo.folder.rglob("*.partial")] == []
    assert len(list((demo.reports / "demo" / ".versions" / "2026-10").iterdir())) == 2


def machine_made(files: dict[str, bytes]) -> dict[str, bytes]:
    """What is the same in every run of the same inputs: not the pages, which tell when they were made."""
    return {name: data for name, data in files.items() if not re.search(r"\.html$|run\.log\.json$", name)}
