"""AdventureWorks month after month by one command, each closed before the next: what was closed is the reference's.

REVOPS_AW_MONTHS says how many months from May 2011 on; `make months` takes all 37.
"""

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from revops.workspace import root

from .reference.adventureworks import FIRST, paid
from .reference.days import month_of

pytestmark = [pytest.mark.aw, pytest.mark.slow]
MONTHS = int(os.environ.get("REVOPS_AW_MONTHS", "2"))
LAST = month_of(FIRST, MONTHS - 1)


def revops(company: Path, *words: str) -> str:
    """What the command says; it must end well."""
    command = [sys.executable, "-m", "revops.cli", "run", str(company), "--period", f"{FIRST:%Y-%m}..{LAST:%Y-%m}"]
    folders = ["--build", str(company.parent / "build"), "--reports", str(company.parent / "reports")]
    done = subprocess.run([*command, *folders, *words], cwd=root(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def company(aw_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose months were closed one after another by one command."""
    made = shutil.copytree(root() / "tests/adventureworks", tmp_path_factory.mktemp("closed") / "adventureworks")
    revops(made, "--close", "--by", "273")
    return made


def test_every_closed_payment_is_the_references(company: Path, aw_data: Path) -> None:
    expected = {
        (person, row["month"]): row["paid"]
        for person, rows in paid(aw_data, company, MONTHS)
        for row in rows
        if row["paid"] is not None
    }
    found = {}
    for month in (month_of(FIRST, n) for n in range(MONTHS)):
        closed = pl.read_parquet(company / "record" / "closed" / f"{month:%Y-%m}" / "pay_statements.parquet")
        rows = closed.filter(pl.col("month_on") == month).select("person_id", "month_on", "paid_amount").rows()
        found |= {(person, on): Decimal(amount).scaleb(-6) for person, on, amount in rows if amount is not None}
    assert found == expected


def test_every_later_month_found_the_earlier_ones_unchanged(company: Path) -> None:
    index = pl.read_csv(company / "record" / "closed.csv", infer_schema=False)
    assert index["period"].to_list() == [f"{month_of(FIRST, n):%Y-%m}" for n in range(MONTHS)]
    assert set(index["changes"]) == {"0"}


def test_replaying_closes_nothing_again_and_finds_no_difference(company: Path) -> None:
    before = (company / "record" / "closed.csv").read_bytes()
    revops(company, "--force")
    assert (company / "record" / "closed.csv").read_bytes() == before
    tables = sorted((company.parent / "build" / "adventureworks").glob("*/tables/pay_versions.parquet"))
    assert len(tables) == MONTHS
    assert [pl.read_parquet(path).filter(pl.col("version") > 1).height for path in tables] == [0] * MONTHS
