"""The run as a scheduler sees it: exit status, messages, and what lies in the folders afterwards."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import yaml

from revops import pipeline
from revops.problems import InputError

from .conftest import SAVE
from .helpers import wait_until

SLEEP = "import time\ntime.sleep(60)"
WAIT = "import pathlib, time\npathlib.Path({flag!r}).touch()\ntime.sleep({seconds})"
WRONG_INPUT = """from revops.problems import InputError, Problem
raise InputError([Problem("raw/pos.csv", "no column Ngày", "the column Ngày", "export it again"),
                  Problem("raw/web.csv, row 7", "31/13/2026", "a day", "correct the cell")])"""


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, without the timings."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "run.log.json"]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_a_run_puts_pages_tables_and_manifest_in_place(tiny):
    result = pipeline.run(tiny.company, "2026-10", **tiny.places)
    assert (result.folder, result.changed, result.faults, result.exit_status) == (tiny.report, True, [], 0)
    files = set(content(tiny.report))
    assert files >= {
        "index.html", "01_ingest.html", "02_kpis.html", "03_quota.html", "restricted/04_incentives.html",
        "workbook.xlsx", "tables/kpi_months.parquet", "restricted/tables/pay_lines.parquet", "run.json",
    }  # fmt: skip
    assert not any(name.endswith(".ipynb") for name in files)
    log = json.loads((tiny.report / "run.log.json").read_text())
    assert {"01_ingest en: cells", "04_incentives en: kernel start", "pages"} <= set(log["seconds"])


def test_run_json_tells_what_went_in_and_out(tiny):
    pipeline.run(tiny.company, "2026-10", parameters={"growth": "0.5"}, **tiny.places)
    text = (tiny.report / "run.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert {k: data[k] for k in ("company", "period", "as_of", "languages", "parameters", "faults")} == {
        "company": "acme", "period": "2026-10", "as_of": "2026-10-31", "languages": ["en"],
        "parameters": {"growth": 0.5}, "faults": [],
    }  # fmt: skip
    assert data["tables"]["kpi_months"]["rows"] == 1
    assert {"python", "polars", "papermill"} <= set(data["versions"])
    assert str(tiny.folder) not in text
    assert list(data) == sorted(data)
    sheet = openpyxl.load_workbook(tiny.report / "workbook.xlsx")["kpi_months"]
    assert sheet["B2"].value == 50


def test_two_runs_from_separate_empty_builds_give_the_same_bytes(tiny):
    first = tiny.places
    second = {**first, "reports": tiny.folder / "other" / "reports", "build": tiny.folder / "other" / "build"}
    for places in (first, second):
        pipeline.run(tiny.company, "2026-10", **places)
    one, other = (content(places["reports"] / "acme" / "2026-10") for places in (first, second))
    assert {k: v for k, v in one.items() if not k.endswith(".html")} == {
        k: v for k, v in other.items() if not k.endswith(".html")
    }
    assert "tables/kpi_months.parquet" in one


def test_what_has_not_changed_is_not_computed_again(tiny):
    def run(**options):
        return pipeline.run(tiny.company, "2026-10", **tiny.places, **options).changed

    assert run()
    assert not run()
    assert run(force=True)
    assert run(parameters={"growth": 0.2})
    assert run()
    (tiny.company / "raw").mkdir()
    (tiny.company / "raw" / "pos.csv").write_text("a\n1\n")
    assert run()
    assert not run()
    tiny.replace("03_quota", "1 + 1")
    assert run()
    (tiny.company / "record").mkdir()
    (tiny.company / "record" / "quotas.csv").write_text("a\n1\n")
    assert run()
    assert not run()


LOAD = """from revops import ingest
from revops.workspace import open_workspace
ws = open_workspace("01_ingest", company, period, as_of, language, build)
ingest.load(ws)
ws.write_notes()"""


def rewrite(path, content: str, day: int = 1_790_000_000):
    """Other content in the same place, of the same size and with the same time stamp."""
    with path.open("r+b") as stream:
        stream.write(content.encode())
    os.utime(path, (day, day))


def test_a_change_that_keeps_size_and_time_stamp_is_seen_with_verify_only(tiny):
    columns = {"order_id": "order", "ordered_on": "day", "quantity": "qty", "unit_price": "price"}
    source = {"kind": "table", "table": "order_lines", "files": "raw/*.csv", "columns": columns,
              "constants": {"channel": "Shop"}}  # fmt: skip
    settings = {"name": "Tí Hon", "currency": "VND", "money_decimals": 0, "sources": {"shop": source}}
    (tiny.company / "company.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    tiny.replace("01_ingest", LOAD)
    raw = tiny.company / "raw" / "shop.csv"
    raw.parent.mkdir()
    raw.write_text("order,day,qty,price\n1,2026-10-01,1,100\n")
    rewrite(raw, raw.read_text())

    def run(**options):
        changed = pipeline.run(tiny.company, "2026-10", **tiny.places, **options).changed
        return changed, pl.read_parquet(tiny.report / "tables" / "order_lines.parquet")["net_amount"].to_list()

    assert run() == (True, [100])
    rewrite(raw, raw.read_text().replace("100", "900"))
    assert run() == (False, [100])
    assert run(verify=True) == (True, [900])
    assert run(verify=True) == (False, [900])
    assert run() == (False, [900])


def test_a_lookup_outside_the_companys_folder_counts_as_input(tiny):
    outside = tiny.folder / "lists"
    outside.mkdir()
    (outside / "regions.csv").write_text("shop,region\n1,North\n")
    lookup = {"file": "lists:regions.csv", "key": "shop", "value": "region"}
    source = {"kind": "table", "table": "costs", "files": "raw/*.csv", "columns": {"region": "shop"},
              "lookups": {"region": [lookup]}}  # fmt: skip
    settings = {"name": "Tí Hon", "currency": "VND", "money_decimals": 0, "roots": {"lists": str(outside)}}
    text = yaml.safe_dump({**settings, "sources": {"costs": source}}, allow_unicode=True)
    (tiny.company / "company.yaml").write_text(text, encoding="utf-8")

    def run():
        return pipeline.run(tiny.company, "2026-10", **tiny.places).changed

    assert run()
    assert not run()
    (outside / "regions.csv").write_text("shop,region\n1,South\n")
    assert run()


def test_a_table_that_is_no_longer_made_does_not_stay(tiny):
    pipeline.run(tiny.company, "2026-10", **tiny.places)
    tiny.replace("02_kpis", "1 + 1")
    pipeline.run(tiny.company, "2026-10", **tiny.places)
    assert not (tiny.report / "tables" / "kpi_months.parquet").exists()
    assert not (tiny.folder / "build" / "acme" / "2026-10" / "tables" / "kpi_months.parquet").exists()


def test_a_range_runs_in_order(tiny):
    results = pipeline.run_range(tiny.company, "2026-09..2026-10", **tiny.places)
    assert [r.period for r in results] == ["2026-09", "2026-10"]
    assert all(r.index.is_file() for r in results)


def test_a_second_language_stands_beside_the_first(tiny):
    text = (tiny.company / "company.yaml").read_text(encoding="utf-8")
    (tiny.company / "company.yaml").write_text(text + "second_language: vi\n", encoding="utf-8")
    words = SAVE.format(name="03_quota", table="quota_people")
    words += '\nws.save("kpi_words", pl.DataFrame({"language": [language]}))'
    tiny.replace("03_quota", words)
    pipeline.run(tiny.company, "2026-10", **tiny.places)
    assert 'lang="en"' in (tiny.report / "02_kpis.html").read_text(encoding="utf-8")
    assert 'lang="vi"' in (tiny.report / "vi" / "02_kpis.html").read_text(encoding="utf-8")
    assert (tiny.report / "vi" / "index.html").is_file()
    build = tiny.folder / "build" / "acme" / "2026-10"
    assert [
        pl.read_parquet(place / "tables" / "kpi_words.parquet")["language"].item() for place in (tiny.report, build)
    ] == [
        "en",
        "en",
    ], "the tables are those of the first language, whichever ended last"
    pipeline.run(tiny.company, "2026-10", language="vi", **tiny.places)
    assert 'lang="vi"' in (tiny.report / "02_kpis.html").read_text(encoding="utf-8")
    assert not (tiny.report / "vi").exists()


def test_the_command_names_the_page_to_open(tiny):
    done = tiny.revops()
    assert (done.returncode, done.stdout) == (0, f"{tiny.report / 'index.html'}\n")
    assert "acme 2026-10: 01_ingest en done in" in done.stderr


def test_the_command_ends_with_one_line_of_rows_and_faults(tiny):
    log = 'pl.DataFrame({"rows_read": [7, 3], "rows_kept": [5, 1], "rows_quarantined": [1, 0], '
    log += '"rows_merged": [1, 0], "rows_left_out": [0, 2]})'
    source = SAVE.format(name="01_ingest", table="import_log").splitlines()
    tiny.replace("01_ingest", "\n".join([*source[:4], f'ws.save("import_log", {log})', source[-1]]))
    line = "2026-10: rows 10 read, 6 kept, 1 quarantined, 1 merged, 2 left out; 0 faults"
    for _ in ("made", "unchanged"):
        assert tiny.revops().stderr.splitlines()[-1] == line


def test_wrong_input_that_a_notebook_finds_exits_2_and_writes_nothing(tiny):
    tiny.replace("01_ingest", WRONG_INPUT)
    before = tiny.files()
    done = tiny.revops()
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "raw/pos.csv: found no column Ngày, expected the column Ngày. Next: export it again.",
        "raw/web.csv, row 7: found 31/13/2026, expected a day. Next: correct the cell.",
    ]
    kept = {"build", "build/acme", "build/acme/files", "build/acme/files/hashes.json"}  # spares the next run's reading
    assert tiny.files() - kept == before


@pytest.mark.parametrize("name", ["02_kpis", "04_incentives"])
def test_a_failed_notebook_is_kept_and_named_and_the_last_good_reports_stand(tiny, name):
    pipeline.run(tiny.company, "2026-10", **tiny.places)
    good = content(tiny.report)
    tiny.replace(name, "print('so far')", "1 / 0")
    done = tiny.revops()
    page = tiny.report.parent / ".failed" / "2026-10" / ("restricted" if name[:2] == "04" else "") / f"{name}.html"
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"{name} failed: ZeroDivisionError: division by zero. Its report: {page}"
    text = page.read_text(encoding="utf-8")
    assert "so far" in text
    assert "ZeroDivisionError" in text
    assert content(tiny.report) == good
    assert not list(tiny.folder.rglob("*.partial"))


def test_wrong_input_beside_a_failure_is_told_as_wrong_input(tiny):
    tiny.replace("02_kpis", WRONG_INPUT)
    tiny.replace("03_quota", SLEEP.replace("60", "0.5"), "1 / 0")
    with pytest.raises(InputError, match="raw/pos.csv"):
        pipeline.run(tiny.company, "2026-10", **tiny.places)


def test_a_dead_kernel_fails_the_run(tiny):
    tiny.replace("03_quota", "import os\nos.kill(os.getpid(), 9)")
    done = tiny.revops()
    assert done.returncode == 1
    assert "03_quota failed: DeadKernelError: Kernel died. Its report: " in done.stderr


def test_a_good_run_clears_the_failed_one(tiny):
    tiny.replace("03_quota", "1 / 0")
    assert tiny.revops().returncode == 1
    tiny.replace("03_quota", "1 / 1")
    assert tiny.revops().returncode == 0
    assert not (tiny.report.parent / ".failed" / "2026-10").exists()


def test_a_second_run_of_the_same_period_exits_1(tiny):
    flag = tiny.folder / "flag"
    tiny.replace("02_kpis", WAIT.format(flag=str(flag), seconds=5))
    first = tiny.start()
    wait_until(flag.exists)
    second = tiny.revops()
    assert second.returncode == 1
    assert second.stderr == "2026-10: another run of this period is at work; wait until it has ended\n"
    assert first.wait() == 0
    first.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_exits_1_and_leaves_the_last_good_reports(tiny, number):
    pipeline.run(tiny.company, "2026-10", **tiny.places)
    good = content(tiny.report)
    flag = tiny.folder / "flag"
    tiny.replace("02_kpis", WAIT.format(flag=str(flag), seconds=60))
    process = tiny.start()
    wait_until(flag.exists)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "02_kpis failed: interrupted. Its report: " in errors
    assert content(tiny.report) == good
    assert not list(tiny.folder.rglob("*.partial"))


SWALLOWS = """
import os, signal, sys, weakref
from concurrent.futures import Future
from revops.run import jobs
class Thing:
    pass
jobs.stop_at_signals()
thing = Thing()
reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), {number}))
del thing
try:
    next(jobs._as_they_end({{Future(): None}}))
except KeyboardInterrupt:
    sys.exit(42)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_whose_exception_python_drops_is_heard_all_the_same(number):
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWS.format(number=int(number))], capture_output=True, text=True, timeout=60
    )
    assert "Exception ignored" in done.stderr
    assert done.returncode == 42


def test_faults_stand_but_do_not_stop_the_run(tiny):
    source = "from revops.problems import Problem\nfrom revops.workspace import open_workspace\n"
    source += 'ws = open_workspace("04_incentives", company, period, as_of, language, build)\n'
    source += 'ws.fault(Problem("person NV-01", "no plan", "one plan", "add a plan"))\nws.write_notes()'
    tiny.replace("04_incentives", source)
    message = "2026-10: fault: person NV-01: found no plan, expected one plan. Next: add a plan."
    for arguments, status in ([], 0), (["--strict"], 1), (["--strict", "--force"], 1):
        done = tiny.revops(*arguments)
        assert (done.returncode, message in done.stderr) == (status, True)
    assert "person NV-01" in (tiny.report / "index.html").read_text(encoding="utf-8")


CALLS = [
    (["-p", "growht=1"], "parameter growht: found an unknown name (did you mean growth?), expected one of growth."),
    (["-p", "growth=much"], "parameter growth: found 'much', expected a value of type float."),
    (["--period", "2026-13"], "period: found 2026-13, expected a month 2026-10"),
    (
        ["--period", "2026-10...2026-11"],
        "found 2026-10...2026-11, expected a month 2026-10, a quarter 2026-Q4, "
        "an ISO week 2026-W43 or a year 2026, or a range 2026-01..2026-10. Next: correct the period.",
    ),
    (["--period", "2026-10..2026-09"], "period: found 2026-10..2026-09, expected two periods of one kind"),
    (["--as-of", "31/10/2026"], "parameter as_of: found 31/10/2026, expected a day as 2026-10-31."),
    (["--period", "2026-09..2026-10", "--as-of", "2026-10-31"], "found 2026-10-31 with a range, expected one period."),
    (["--language", "fr"], "parameter language: found fr, expected en or vi."),
    (["-p", "growth"], "growth: found no =, expected NAME=VALUE."),
]


@pytest.mark.parametrize(("arguments", "message"), CALLS)
def test_a_wrong_call_exits_2_and_writes_nothing(tiny, arguments, message):
    before = tiny.files()
    done = tiny.revops(*arguments)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert tiny.files() == before


def test_every_fault_of_a_call_is_told_at_once(tiny):
    (tiny.company / "company.yaml").write_text("name: A\ncurrency: dong\nmoney_decimals: 0\nlangage: vi\n")
    done = tiny.revops("-p", "growht=1", "--period", "2026-13")
    assert len(done.stderr.splitlines()) == 4, done.stderr


def test_a_missing_company_is_told(tiny):
    with pytest.raises(InputError, match="found no such file, expected a company.yaml"):
        pipeline.run(tiny.folder / "nowhere", "2026-10", **tiny.places)
