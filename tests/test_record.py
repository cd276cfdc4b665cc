"""What runs remember: who sees which rows, what freezes, what a person has added, what a broken file says."""

from datetime import date
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from tests.pipeline.conftest import Tiny

from revops import pipeline, record
from revops.ingest.files import Digests
from revops.problems import InputError
from revops.run import manifest

D = date
END = date(2030, 1, 1)


class Told(dy.Schema):
    """One row per period and rule."""

    period = dy.String(primary_key=True)
    made_on = dy.Date()
    rule = dy.String(primary_key=True)
    amount = dy.Int64(nullable=True)
    done = dy.String(nullable=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path


def keep(place: Path, period: str, made_on: date, **amounts: int) -> None:
    """One run that keeps an amount a rule."""
    build = place / "build" / period
    rows = pl.DataFrame(
        {"rule": list(amounts), "amount": list(amounts.values())}, {"rule": pl.String, "amount": pl.Int64}
    )
    record.offer(build, "told", rows, ["rule"], period, made_on)
    record.publish(build, place)


def told(place: Path, before: date = END) -> list[tuple]:
    return record.seen(place, "told", before, Told).select("period", "rule", "amount").rows()


def test_a_record_holds_what_each_period_told_in_order_of_the_day(place):
    keep(place, "2026-09", D(2026, 9, 30), b=2, a=1)
    keep(place, "2026-10", D(2026, 10, 31), a=3)
    assert told(place) == [("2026-09", "a", 1), ("2026-09", "b", 2), ("2026-10", "a", 3)]
    text = (place / "record" / "told.csv").read_text()
    assert (
        text == "period,made_on,rule,amount\n2026-09,2026-09-30,a,1\n2026-09,2026-09-30,b,2\n2026-10,2026-10-31,a,3\n"
    )


def test_a_run_sees_only_what_was_made_before_its_own_day(place):
    keep(place, "2026-09", D(2026, 9, 30), a=1)
    keep(place, "2026-10", D(2026, 10, 31), a=2)
    assert told(place, D(2026, 9, 30)) == []
    assert told(place, D(2026, 10, 31)) == [("2026-09", "a", 1)]
    assert told(place, D(2026, 11, 1))[-1] == ("2026-10", "a", 2)


def test_the_latest_period_may_be_told_anew_and_what_it_no_longer_says_goes(place):
    keep(place, "2026-10", D(2026, 10, 31), a=1, b=2)
    keep(place, "2026-10", D(2026, 10, 31), a=9)
    assert told(place) == [("2026-10", "a", 9)]
    keep(place, "2026-10", D(2026, 10, 31))
    assert told(place) == []


def test_an_earlier_period_stays_as_it_was_told(place):
    keep(place, "2026-09", D(2026, 9, 30), a=1)
    keep(place, "2026-10", D(2026, 10, 31), a=2)
    keep(place, "2026-09", D(2026, 9, 30), a=7)
    assert told(place)[0] == ("2026-09", "a", 1)


def test_a_gap_is_filled(place):
    keep(place, "2026-10", D(2026, 10, 31), a=2)
    keep(place, "2026-09", D(2026, 9, 30), a=7)
    assert told(place) == [("2026-09", "a", 7), ("2026-10", "a", 2)]


def test_a_later_week_does_not_freeze_a_month(place):
    keep(place, "2026-10", D(2026, 10, 31), a=1)
    keep(place, "2026-W45", D(2026, 11, 8), a=5)
    keep(place, "2026-10", D(2026, 10, 31), a=2)
    assert told(place) == [("2026-10", "a", 2), ("2026-W45", "a", 5)]


def test_what_a_person_has_added_stays_with_its_row(place):
    keep(place, "2026-10", D(2026, 10, 31), a=1, b=2)
    file = place / "record" / "told.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([f"{lines[0]},done,mine", f"{lines[1]},yes,x", f"{lines[2]},,"]) + "\n")
    keep(place, "2026-10", D(2026, 10, 31), a=3, c=4)
    assert file.read_text().splitlines()[1:] == ["2026-10,2026-10-31,a,3,yes,x", "2026-10,2026-10-31,c,4,,"]
    assert record.seen(place, "told", D(2027, 1, 1), Told)["done"].to_list() == ["yes", None]


def test_nothing_kept_is_no_rows(place):
    assert told(place) == []
    record.publish(place / "build", place)
    assert not (place / "record").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rule,amount\na,1\n", "columns rule, amount, or rows without them"),
        ("period,made_on,rule,amount\n,2026-10-31,a,1\n", "columns period, made_on, or rows without them"),
    ],
)
def test_a_broken_file_is_told(place, text, found):
    (place / "record").mkdir()
    (place / "record" / "told.csv").write_text(text)
    with pytest.raises(InputError) as error:
        told(place)
    assert str(error.value) == (
        f"record/told.csv: found {found}, expected a table that begins with period and made_on. "
        "Next: restore the file, or remove it."
    )


def test_a_file_that_holds_something_else_is_told(place):
    (place / "record").mkdir()
    (place / "record" / "told.csv").write_text("period,made_on,rule,amount\n2026-09,2026-09-30,a,many\n")
    with pytest.raises(InputError, match=r"^record/told\.csv: found .*Next: restore the file, or remove it\.$"):
        told(place)


KEEP = """import polars as pl
from revops.workspace import open_workspace
ws = open_workspace("02_kpis", company, period, as_of, language, build)
ws.save("kpi_months", pl.DataFrame({{"month": [period]}}))
ws.keep("told", pl.DataFrame({{"rule": ["a"], "amount": [{amount}]}}), ["rule"])
ws.write_notes()
{end}"""


def tiny_that_keeps(tmp_path: Path, end: str = "") -> Tiny:
    tiny = Tiny(tmp_path)
    tiny.replace("02_kpis", KEEP.format(amount=1, end=end))
    return tiny


def test_a_run_adds_what_its_notebooks_keep_and_nothing_is_computed_again_for_it(tmp_path):
    tiny = tiny_that_keeps(tmp_path)
    assert [r.changed for r in pipeline.run_range(tiny.company, "2026-08..2026-09", **tiny.places)] == [True, True]
    assert told(tiny.company) == [("2026-08", "a", 1), ("2026-09", "a", 1)]
    assert [r.changed for r in pipeline.run_range(tiny.company, "2026-08..2026-09", **tiny.places)] == [False, False]


def test_what_another_period_keeps_later_is_no_reason_to_compute_again_but_what_it_kept_before_is(tmp_path):
    day, digests = D(2026, 9, 30), Digests(tmp_path / "hashes.json")
    keep(tmp_path, "2026-08", D(2026, 8, 31), a=1)
    first = manifest.record_id(tmp_path, digests, day, "2026-09")
    keep(tmp_path, "2026-10", D(2026, 10, 31), a=1)
    assert manifest.record_id(tmp_path, digests, day, "2026-09") == first
    (tmp_path / "record" / "told.csv").write_text("period,made_on,rule,amount\n2026-08,2026-08-31,a,2\n")
    assert manifest.record_id(tmp_path, digests, day, "2026-09") != first


def test_what_is_written_of_a_periods_pay_counts_for_it_and_later_ones_whenever_it_was_written(tmp_path):
    digests = Digests(tmp_path / "hashes.json")

    def seen(through):
        return manifest.record_id(tmp_path, digests, D(2026, 1, 1), through)

    before = seen("2026-08"), seen("2026-09")
    (tmp_path / "record" / "closed" / "2026-09").mkdir(parents=True)
    (tmp_path / "record" / "closed" / "2026-09" / "pay_lines.parquet").write_bytes(b"\xff")
    (tmp_path / "record" / "approvals.csv").write_text("period,made_on\n2026-08,2026-01-01\n")
    assert (seen("2026-08"), seen("2026-09")) == before
    (tmp_path / "record" / "adjustments.csv").write_text("period,made_on\n2026-09,2027-01-01\n")
    assert seen("2026-08") == before[0]
    assert seen("2026-09") != before[1]


def test_a_run_that_fails_keeps_nothing(tmp_path):
    tiny = tiny_that_keeps(tmp_path, end="1 / 0")
    with pytest.raises(pipeline.RunFailed):
        pipeline.run(tiny.company, "2026-09", **tiny.places)
    assert not (tiny.company / "record").exists()


def test_before_its_period_has_ended_a_run_keeps_nothing(tmp_path):
    tiny = tiny_that_keeps(tmp_path)
    pipeline.run(tiny.company, "2026-09", as_of="2026-09-29", **tiny.places)
    assert told(tiny.company) == []
