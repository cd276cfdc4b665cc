"""Versions are swapped in one step, leftovers go, and one run at a time holds a period."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from revops.problems import InputError
from revops.run.staging import Busy, Shelf, lock, seed, swap_folder
from revops.workspace import root


def publish(shelf: Shelf, text: str) -> Path:
    staged = shelf.stage()
    (staged / "index.html").write_text(text)
    return shelf.publish(staged)


def test_the_link_leads_to_the_last_version(tmp_path):
    shelf = Shelf(tmp_path, "2026-10")
    for text in ("first", "second", "third"):
        publish(shelf, text)
        assert (tmp_path / "2026-10" / "index.html").read_text() == text
    assert sorted(p.name for p in shelf.versions.iterdir()) == ["2", "3"], "one version before the current is kept"


def test_what_is_staged_cannot_be_seen(tmp_path):
    shelf = Shelf(tmp_path, "2026-10")
    publish(shelf, "good")
    (shelf.stage() / "index.html").write_text("half")
    assert (tmp_path / "2026-10" / "index.html").read_text() == "good"


def test_the_link_is_relative_so_that_the_folder_can_move(tmp_path):
    publish(Shelf(tmp_path / "a", "2026-10"), "good")
    os.rename(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "2026-10" / "index.html").read_text() == "good"


def test_leftovers_of_a_killed_run_are_removed(tmp_path):
    shelf = Shelf(tmp_path, "2026-10")
    publish(shelf, "good")
    left = shelf.stage()
    (left / "half.html").write_text("half")
    staged = shelf.stage()
    assert list(staged.iterdir()) == []
    assert sorted(p.name for p in shelf.versions.iterdir()) == ["1", "2.partial"]


def test_a_version_that_was_never_linked_does_not_stop_the_next_run(tmp_path):
    """Killed between the version's rename and the link's replacement."""
    shelf = Shelf(tmp_path, "2026-10")
    publish(shelf, "good")
    staged = shelf.stage()
    os.rename(staged, shelf.versions / "2")
    (shelf.versions / ".link").symlink_to("nowhere")
    assert (tmp_path / "2026-10" / "index.html").read_text() == "good"
    publish(shelf, "next")
    assert (tmp_path / "2026-10" / "index.html").read_text() == "next"
    assert sorted(p.name for p in shelf.versions.iterdir()) == ["1", "3"]


def test_a_discarded_first_version_leaves_nothing(tmp_path):
    shelf = Shelf(tmp_path / "reports" / "acme", "2026-10")
    shelf.discard(shelf.stage())
    assert not (tmp_path / "reports" / "acme").exists()


def test_a_folder_in_the_links_place_is_refused(tmp_path):
    (tmp_path / "2026-10").mkdir()
    with pytest.raises(InputError, match="expected a link that the run has made. Next: move it away"):
        Shelf(tmp_path, "2026-10")


HOLD = """
import sys
from pathlib import Path
from revops.run.staging import lock
with lock(Path(sys.argv[1]), "2026-10"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root() / "lib")},
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_does_not_get_the_lock(tmp_path):
    path = tmp_path / "deep" / "2026-10.lock"
    first = holder(path)
    with pytest.raises(Busy, match="2026-10: another run of this period is at work"), lock(path, "2026-10"):
        pass
    first.communicate("")
    with lock(path, "2026-10"):
        assert path.exists()
    assert not path.parent.exists(), "the lock leaves nothing behind"


def test_the_lock_dies_with_its_process(tmp_path):
    path = tmp_path / "2026-10.lock"
    first = holder(path)
    first.kill()
    first.communicate()
    with lock(path, "2026-10"):
        assert path.exists()


def test_periods_have_locks_of_their_own(tmp_path):
    with lock(tmp_path / "2026-09.lock", "2026-09"), lock(tmp_path / "2026-10.lock", "2026-10"):
        assert len(list(tmp_path.iterdir())) == 2


def test_a_build_takes_the_place_of_the_one_before(tmp_path):
    for text in ("first", "second"):
        fresh = tmp_path / ".2026-10.partial"
        fresh.mkdir()
        (fresh / text).write_text(text)
        swap_folder(fresh, tmp_path / "2026-10")
    assert [p.name for p in (tmp_path / "2026-10").iterdir()] == ["second"]
    assert [p.name for p in tmp_path.iterdir()] == ["2026-10"]


def test_a_fresh_build_starts_from_what_01_stored(tmp_path):
    before, fresh = tmp_path / "2026-10", tmp_path / "fresh"
    for name in ("tables/orders.parquet", "tables/kpi_months.parquet", "quarantine/pos.csv"):
        (before / name).parent.mkdir(parents=True, exist_ok=True)
        (before / name).write_text(name)
    (before / "ingest.json").write_text('{"tables": {"orders": "hash", "gone": "hash"}}')
    seed(before, fresh)
    found = sorted(p.relative_to(fresh).as_posix() for p in fresh.rglob("*") if p.is_file())
    assert found == ["ingest.json", "quarantine/pos.csv", "tables/orders.parquet"]


def test_a_build_without_an_import_gives_nothing(tmp_path):
    seed(tmp_path / "nowhere", tmp_path / "fresh")
    assert not (tmp_path / "fresh").exists()
