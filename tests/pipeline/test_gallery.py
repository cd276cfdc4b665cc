"""Bad input: each fault one clear message (where, found, expected, next step), exit 2, nothing written."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from revops.company import load_company
from revops.workspace import root


def replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(company: Path) -> None:
        file = company / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda company: (company / path).unlink()


GALLERY = [
    (
        "unknown key in company.yaml",
        replace("company.yaml", "currency: VND", "currency: VND\nlangage: vi"),
        [],
        r".+/company/company\.yaml, line 4, langage: found unknown key langage \(did you mean language\?\), "
        r"expected one of .*\. Next: correct or remove the key\.",
    ),
    (
        "missing file",
        remove("raw/service/tickets.csv"),
        [],
        r".+/company/company\.yaml, line \d+, sources\.tickets\.files: found no file raw/service/tickets\.csv, "
        r"expected at least one file\. Next: add the file, or correct or remove the source\.",
    ),
    (
        "missing column",
        replace("raw/service/tickets.csv", "ticket|opened|closed", "ticket|begun|closed"),
        [],
        r".+/company/raw/service/tickets\.csv.*: found .*, expected .*opened.*\. Next: .*\.",
    ),
    (
        "unknown parameter",
        lambda company: None,
        ["-p", "growht=0.2"],
        r"parameter growht: found an unknown name.*, expected .*\. Next: correct the name\.",
    ),
    (
        "a period without data",
        lambda company: None,
        ["--period", "2031-01"],
        r"period 2031-01: found no rows; there is data from 20\d\d-\d\d to 2026-10, expected a period with data\. "
        r"Next: choose another period\.",
    ),
    (
        "a plan with a gap between tiers",
        replace("plans/dealer_rep.yaml", "{from: 60%, to: 100%, rate: 1.2%}", "{from: 65%, to: 100%, rate: 1.2%}"),
        [],
        r".+/company/plans/dealer_rep\.yaml, line 35, components\.0\.tiers\.1: found a gap between tiers: "
        r"one ends at 60%, the next starts at 65%, expected tiers that cover \[0, ∞\) with no gap and no overlap\. "
        r"Next: start this tier at 60%\.",
    ),
    (
        "a plan file that is not there",
        remove("plans/dealer_rep.yaml"),
        [],
        r".+/company/plans/dealer_rep\.yaml.*: found no such file, expected .*\. Next: .*\.",
    ),
]


@pytest.fixture
def demo(tmp_path) -> Path:
    company = tmp_path / "company"
    shutil.copytree(root() / "data" / "demo", company, ignore=shutil.ignore_patterns("generator", "record"))
    return company


def revops(command: str, company: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "revops.cli", command, str(company), *arguments]
    return subprocess.run(
        call, env={**os.environ, "PYTHONPATH": str(root() / "lib")}, capture_output=True, text=True, check=False
    )


def files(folder: Path) -> set[Path]:
    """What lies there, but for the rows of raw files that were read well: the next run needs not read them again."""
    kept = folder / "build" / "company" / "files"
    return {p for p in folder.rglob("*") if not p.is_relative_to(kept) and p not in kept.parents}


@pytest.mark.parametrize(("change", "arguments", "message"), [c[1:] for c in GALLERY], ids=[c[0] for c in GALLERY])
def test_wrong_input_is_told_and_neither_a_table_nor_a_report_is_written(demo, tmp_path, change, arguments, message):
    change(demo)
    before = files(tmp_path)
    places = ["--reports", str(tmp_path / "reports"), "--build", str(tmp_path / "build")]
    done = revops("run", demo, "--period", "2026-10", "--language", "en", *places, *arguments)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(message, done.stderr.strip()), done.stderr
    assert files(tmp_path) == before


def test_check_tells_everything_at_once_and_writes_nothing(demo, tmp_path):
    for name in ("missing column", "a plan with a gap between tiers", "a plan file that is not there"):
        change = next(c[1] for c in GALLERY if c[0] == name)
        change(demo) if name != "a plan file that is not there" else (demo / "plans" / "store_lead.yaml").unlink()
    before = files(tmp_path)
    done = revops("check", demo)
    assert done.returncode == 2
    for name in ("tickets.csv", "dealer_rep.yaml", "store_lead.yaml"):
        assert name in done.stderr
    assert files(tmp_path) == before


def test_check_finds_nothing_wrong_with_the_demo(demo):
    done = revops("check", demo)
    *sources, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr, last) == (0, "", f"{demo}: nothing wrong found")
    assert "stores: kiotviet_invoices, 7 files, 8,172 rows, 2023-11-01 to 2026-10-31" in sources
    assert len(sources) == len(load_company(demo).sources)


def test_a_plan_whose_case_does_not_hold_is_refused(demo, tmp_path):
    replace("plans/dealer_rep.yaml", "{from: 100%, to: 120%, rate: 2%}", "{from: 100%, to: 120%, rate: 2.1%}")(demo)
    done = revops("run", demo, "--period", "2026-10", "--reports", str(tmp_path / "reports"))
    assert done.returncode == 2
    assert "plans/dealer_rep.cases.yaml, line " in done.stderr
