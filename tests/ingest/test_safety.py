"""What a company's configuration and data cannot do: read elsewhere, show a password, or write a formula."""

# ruff: noqa: E501  (queries and messages stand as they are)

import csv
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from revops.company import Company, Mapping, file_at, find_files
from revops.incentives.plan_files import load_plans
from revops.ingest.reader import read_table
from revops.market import read_market
from revops.problems import InputError
from revops.workspace import HELD

from .server import PASSWORD
from .small import HEAD, LINES

LINE = HEAD + "A1,2026-10-05,X,2,1000,Stores\n"
OUTSIDE = "a file that really lies below the company's folder or a named root"
MONTH = "2026-10"


def refusal(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    assert len(caught.value.problems) == 1
    return str(caught.value)


@pytest.fixture
def outside(tmp_path) -> Path:
    """A folder beside the company's with a file that everything below could use."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "lines.csv").write_text(LINE, "utf-8")
    return folder


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


# Files


@pytest.mark.parametrize(
    ("place", "target", "pattern", "shown"),
    [
        ("raw/lines.csv", "lines.csv", "raw/*.csv", "raw/lines.csv"),
        ("raw/deep", ".", "raw/deep/*.csv", "raw/deep/lines.csv"),
        ("raw/deep", ".", "raw/*/*.csv", "raw/deep/lines.csv"),
        ("raw", ".", "raw/*.csv", "raw/lines.csv"),
    ],
)
def test_a_link_does_not_lead_a_source_outside(shop, outside, place, target, pattern, shown):
    link(shop.folder / place, outside / target)
    shop.write({}, {"shop": {**LINES, "files": pattern}})
    assert refusal(shop.load) == (
        f"company.yaml, sources.shop.files: found {shown}, a link that leads outside, expected {OUTSIDE}."
        " Next: put the file itself there."
    )
    assert not (shop.folder / "build").exists()


def test_a_link_inside_the_folder_and_one_to_a_named_root_are_followed(shop, outside):
    shop.write({"real/a.csv": LINE}, {"shop": LINES}, roots={"books": str(outside)})
    link(shop.folder / "raw" / "a.csv", shop.folder / "real" / "a.csv")
    link(shop.folder / "raw" / "b.csv", outside / "lines.csv")
    assert shop.load().log["file"].to_list() == ["raw/a.csv", "raw/b.csv"]


def test_a_root_does_not_lead_outside_by_a_link_either(shop, outside, tmp_path):
    (tmp_path / "books").mkdir()
    link(tmp_path / "books" / "lines.csv", outside / "lines.csv")
    shop.write({}, {"shop": {**LINES, "files": "books:*.csv"}}, roots={"books": str(tmp_path / "books")})
    assert "found lines.csv, a link that leads outside" in refusal(shop.load)


def test_a_company_folder_that_is_a_link_itself_is_its_target(shop, tmp_path):
    shop.write({"raw/a.csv": LINE})
    link(tmp_path / "linked", shop.folder)
    company = Company(name="A", currency="VND", money_decimals=0)
    assert [path.name for path in find_files(tmp_path / "linked", company, "raw/*.csv")] == ["a.csv"]


def test_a_root_whose_variable_is_not_set_is_nobody_s_place(tmp_path, outside, monkeypatch):
    monkeypatch.delenv("BOOKS", raising=False)
    company = Company(name="A", currency="VND", money_decimals=0, roots={"books": "${BOOKS}"})
    link(tmp_path / "company" / "a.csv", outside / "lines.csv")
    assert "a link that leads outside" in refusal(lambda: file_at(tmp_path / "company", company, "a.csv"))


@pytest.fixture(params=["look-up", "market", "plan", "sqlite", "duckdb"])
def named_file(request, shop):
    """One function per place where company.yaml names one file: it reads `name` there."""

    def read(name: str) -> None:
        company = Company(
            name="A",
            currency="VND",
            money_decimals=0,
            quota={"market": name},
            plans=[name],
            roots={"books": "/nowhere"},
        )
        if request.param == "look-up":
            step = {"file": name, "key": "order", "value": "channel"}
            shop.write({"raw/a.csv": LINE}, {"shop": {**LINES, "lookups": {"channel": [step]}}}).load()
        elif request.param == "market":
            read_market(shop.folder, company)
        elif request.param == "plan":
            load_plans(shop.folder, company)
        else:
            own = {key: LINES[key] for key in ("kind", "table", "columns")}
            query = {"driver": request.param, "uri": name, "query": "select 1 as a order by a"}
            shop.write({}, {"shop": {**own, "database": query}}).load()

    return read


@pytest.mark.parametrize("name", ["../elsewhere/lines.csv", "raw/../../elsewhere/lines.csv", "/etc/hostname"])
def test_a_named_file_lies_below_the_folder(named_file, outside, name):
    told = refusal(lambda: named_file(name))
    assert told.startswith("company.yaml, ")
    assert f"found {name}, expected a path that stays below the company's folder or a named root." in told


def test_a_named_file_is_no_link_that_leads_outside(named_file, shop, outside):
    link(shop.folder / "kept" / "file.csv", outside / "lines.csv")
    told = refusal(lambda: named_file("kept/file.csv"))
    assert f"found kept/file.csv, a link that leads outside, expected {OUTSIDE}." in told


def test_a_root_is_named_not_written(named_file):
    assert "found root 'elsewhere', expected a root that company.yaml names under roots." in refusal(
        lambda: named_file("elsewhere:lines.csv")
    )


# Secrets


def told_by(folder: Path) -> str:
    """All that lies in a folder as text, workbooks and their parts too."""
    parts = list[bytes]()
    for path in folder.rglob("*"):
        if path.is_file():
            parts.append(str(path).encode() + path.read_bytes())
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as book:
                    parts += [book.read(name) for name in book.namelist()]
    return b"\n".join(parts).decode("utf-8", errors="ignore")


def revops(folder: Path, *arguments: str, uri: str, root: Path) -> subprocess.CompletedProcess[str]:
    places = ["--reports", str(folder / "reports"), "--build", str(folder / "build")]
    options = [*places, "--period", MONTH] if arguments[0] == "run" else []
    return subprocess.run(
        [sys.executable, "-m", "revops.cli", *arguments, str(folder / "company"), *options],
        env={**os.environ, "PYTHONPATH": str(root / "lib"), "ACME_DB_URI": uri}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture
def acme(shop, postgresql):
    """A company whose order lines are a query that gives other rows each time it is asked."""
    own = {key: LINES[key] for key in ("kind", "table", "columns")}
    query = (
        "select 'A' || i as \"order\", date '2026-10-01' + i % 30 as day, 'X' as item,"
        " 1 + (random() * 1000)::int as qty, 1000.5::numeric(18, 4) as price, 'Stores' as channel from generate_series(1, 200) i order by i"
    )
    described = {"driver": "postgresql", "uri": "${ACME_DB_URI}", "query": query}
    return shop.write({}, {"shop": {**own, "database": described}}, second_language="vi")


SECRETS = [PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD), PASSWORD.replace("&", "&amp;")]


@pytest.mark.slow
def test_one_run_reads_once_and_no_password_is_left_anywhere(acme, postgresql, root, tmp_path):
    done = revops(tmp_path, "run", uri=postgresql.uri, root=root)
    assert done.returncode == 0, done.stderr
    build = tmp_path / "build" / "company" / MONTH
    first, second = (place / "spool" / "shop.parquet" for place in (build, build / "vi"))
    assert first.read_bytes() == second.read_bytes()
    assert not list(tmp_path.rglob(HELD))
    assert sorted(path.name for path in build.parent.iterdir()) == [MONTH, "files"]
    everything = told_by(tmp_path) + done.stdout + done.stderr
    assert "shop:query" in everything
    assert [secret for secret in [*SECRETS, postgresql.uri] if secret in everything] == []


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_refused_password_ends_a_run_before_anything_is_written(acme, postgresql, root, tmp_path, command):
    wrong = re.sub(r":[^:@]+@", ":Kh0ng_dung@", postgresql.uri)
    done = revops(tmp_path, command, uri=wrong, root=root)
    assert done.returncode == 2
    assert re.search(
        r"company\.yaml, line \d+, sources\.shop\.database\.uri: found user or password refused, expected a server, a "
        r"database and a user that may read\. Next: correct the address or its variables\.",
        done.stdout + done.stderr,
    )
    assert not (tmp_path / "build").exists()
    assert not (tmp_path / "reports").exists()
    assert "Kh0ng_dung" not in told_by(tmp_path) + done.stdout + done.stderr


# Formulas


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x.example";"Lan")', "+84 (Lan)", "@SUM(A1)", "-2+3", "Lan", "-5"])
def test_a_quarantined_row_carries_no_formula_and_reads_back_as_it_was(shop, name):
    cell = '"' + name.replace('"', '""') + '"'
    shop.write(
        {"raw/a.csv": LINE.replace("channel\n", "channel,=note\n") + f"A2,no day,{cell},2,1000,Stores,\n"}
    ).load()
    (path,) = (shop.folder / "build" / "quarantine").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == 1
    assert [text for text in (*header, *rows[0]) if text.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    table = read_table(path.read_bytes(), Mapping(columns=LINES["columns"]), path.name)
    assert table.frame.select("order", "item").rows() == [("A2", name)]


def test_the_quarantined_rows_of_a_query_have_a_file_named_after_it(shop, postgresql, monkeypatch):
    monkeypatch.setenv("ACME_DB_URI", postgresql.uri)
    own = {key: LINES[key] for key in ("kind", "table", "columns")}
    good, bad = ("select '{}' as \"order\", '{}' as day, 'X' as item, 1 as qty, 5 as price, 'Stores' as channel".format(*row)
                 for row in (("A1", "2026-10-05"), ("A2", "no day")))  # fmt: skip
    described = {"driver": "postgresql", "uri": "${ACME_DB_URI}", "query": f"{good} union all {bad} order by 1"}
    shop.write({}, {"shop": {**own, "database": described}}).load()
    assert [path.name for path in (shop.folder / "build" / "quarantine").iterdir()] == ["shop.shop_query.csv"]
