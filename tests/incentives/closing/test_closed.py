"""The record of closings: whole or not at all, one after another, never changed without a word."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from revops.incentives.closing import closed
from revops.problems import InputError


def close(folder: Path, period: str, amount: int = 1) -> pl.DataFrame:
    row = {"period": period, "made_on": "2026-12-01", "by": "NV-9", "as_of": f"{period}-28", "inputs_id": "abc",
           "people": 1, "paid_amount": amount, "changes": 0, "held": None, "approved_by": None}  # fmt: skip
    return closed.add(folder, row, lambda place: pay(amount).write_parquet(place / "pay_statements.parquet"))


def pay(amount: int) -> pl.DataFrame:
    return pl.DataFrame({"person_id": ["NV-1"], "paid_amount": [amount]})


def refused(folder: Path, period: str = "") -> str:
    with pytest.raises(InputError) as error:
        close(folder, period) if period else closed.closings(folder)
    return str(error.value)


def test_what_was_closed_is_read_as_it_was(tmp_path: Path) -> None:
    close(tmp_path, "2026-10", 7)
    known = closed.closings(tmp_path)
    assert known.table("2026-10", "pay_statements").equals(pay(7))
    assert (known.periods, known.of("2026-10")["by"], known.of("2026-11")) == (["2026-10"], "NV-9", None)
    assert sorted(p.name for p in (tmp_path / "record").rglob("*")) == [
        "2026-10", "closed", "closed.csv", "pay_statements.parquet",
    ]  # fmt: skip


def test_a_run_sees_the_closings_of_its_own_and_earlier_periods(tmp_path: Path) -> None:
    for period in ("2026-10", "2026-11", "2026-12"):
        close(tmp_path, period)
    assert [len(closed.closings(tmp_path, period).periods) for period in ("2026-09", "2026-10", "2026-12")] == [0, 1, 3]


def test_a_closed_period_is_not_closed_again(tmp_path: Path) -> None:
    close(tmp_path, "2026-10")
    before = (tmp_path / "record/closed.csv").read_bytes()
    assert refused(tmp_path, "2026-10") == (
        "period 2026-10: found closed on 2026-12-01 by NV-9, expected an open period. "
        "Next: correct it in the open period: revops adjust … --period 2026-11."
    )
    assert (tmp_path / "record/closed.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ("2027-01",
         "period 2027-01: found 2026-12 is not closed yet, expected periods closed one after another. "
         "Next: close it first: revops close … --period 2026-12."),
        ("2026-10",
         "period 2026-10: found a period before 2026-11, with which closing began, expected 2026-12, the open period. "
         "Next: correct what it paid in the open period: revops adjust … --period 2026-12."),
    ],
)  # fmt: skip
def test_periods_are_closed_one_after_another(tmp_path: Path, period: str, message: str) -> None:
    close(tmp_path, "2026-11")
    assert refused(tmp_path, period) == message
    assert closed.closings(tmp_path).periods == ["2026-11"]


def two(tmp_path: Path) -> Path:
    for period in ("2026-10", "2026-11"):
        close(tmp_path, period)
    return tmp_path / "record"


CHANGED = (
    "record/closed/2026-10, record/closed.csv: found not what was closed, expected what was closed on 2026-12-01 by "
    "NV-9. Next: restore it from a backup; what was closed is corrected by revops adjust."
)


def another_amount(record: Path) -> None:
    pay(1_000).write_parquet(record / "closed/2026-10/pay_statements.parquet")


def another_file(record: Path) -> None:
    (record / "closed/2026-10/more.csv").write_text("")


def no_folder(record: Path) -> None:
    os.rename(record / "closed/2026-10", record.parent / "gone")


def another_row(record: Path) -> None:
    path = record / "closed.csv"
    path.write_text(path.read_text().replace("2026-10,2026-12-01,NV-9,2026-10-28,abc,1,1", "2026-10,2026-12-01,NV-9,2026-10-28,abc,1,2"))  # fmt: skip # noqa: E501


@pytest.mark.parametrize("change", [another_amount, another_file, no_folder, another_row])
def test_a_change_by_hand_is_noticed(tmp_path: Path, change) -> None:
    change(two(tmp_path))
    assert refused(tmp_path) == CHANGED


@pytest.mark.parametrize(("line", "period"), [(1, "2026-11"), (2, "2026-11")])
def test_a_row_that_was_taken_out_is_noticed(tmp_path: Path, line: int, period: str) -> None:
    path = two(tmp_path) / "closed.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:line] + lines[line + 1 :]))
    assert f"closed/{period}" in refused(tmp_path)


def test_two_at_once_close_it_once(tmp_path: Path) -> None:
    def attempt(amount: int) -> str:
        try:
            close(tmp_path, "2026-10", amount)
        except InputError as error:
            return error.problems[0].found
        return "closed"

    with ThreadPoolExecutor(8) as at_once:
        said = list(at_once.map(attempt, range(8)))
    assert sorted(said) == ["closed", *["closed on 2026-12-01 by NV-9"] * 7]
    amount = closed.closings(tmp_path).of("2026-10")["paid_amount"]
    assert closed.closings(tmp_path).table("2026-10", "pay_statements")["paid_amount"].to_list() == [amount]


def test_a_full_disk_closes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    close(tmp_path, "2026-10")
    with monkeypatch.context() as patched:
        patched.setattr(pl.DataFrame, "write_parquet", full)
        with pytest.raises(OSError, match="No space left"):
            close(tmp_path, "2026-11")
    assert closed.closings(tmp_path).periods == ["2026-10"]
    close(tmp_path, "2026-11")
    assert closed.closings(tmp_path).periods == ["2026-10", "2026-11"]


def test_killed_between_its_row_and_its_name_a_period_is_closed(tmp_path: Path, monkeypatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(closed, "_finish", lambda *_: None)
        close(tmp_path, "2026-10", 7)
    assert [p.name for p in (tmp_path / "record/closed").iterdir()] == [".2026-10"]
    assert closed.closings(tmp_path).table("2026-10", "pay_statements").equals(pay(7))
    close(tmp_path, "2026-11")
    assert sorted(p.name for p in (tmp_path / "record/closed").iterdir()) == ["2026-10", "2026-11"]


CLOSE = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.incentives.closing.test_closed import close
print("ready", flush=True)
sys.stdin.readline()
close(Path({folder!r}), "2026-10", 7)
"""


def test_killed_at_any_moment_a_period_is_closed_whole_or_not_at_all(tmp_path: Path, root: Path) -> None:
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        code = CLOSE.format(tests=str(root), folder=str(folder))
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdin.write(b"\n")
            process.stdin.flush()
            time.sleep(number * 0.004)
            process.send_signal(signal.SIGKILL)
            process.wait()
        found = closed.closings(folder).periods
        if not found:
            close(folder, "2026-10", 7)
        assert closed.closings(folder).table("2026-10", "pay_statements").equals(pay(7))
        close(folder, "2026-11")
