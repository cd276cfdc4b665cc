"""Where reports of a period lie, and how a finished run takes their place in one step.

    reports/<company>/<period>                  a link to the current version
    reports/<company>/.versions/<period>/<n>    versions: the current one and one before
    reports/<company>/.failed/<period>/         what is left of the last run that failed

A run builds `<n>.partial` and renames it when complete; then the link is replaced atomically. Killed at any moment, the
link points to a complete version. What a killed run left is removed by the next one.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from revops.problems import InputError, Problem
from revops.whole import flush

PARTIAL = ".partial"
STORED = "ingest.json"


class Busy(Exception):
    """Another run of the same period holds the lock (exit status 1)."""


class Shelf:
    """The versions of one period's reports."""

    def __init__(self, reports: Path, period: str):
        self.link = reports / period
        self.versions = reports / ".versions" / period
        self.failed = reports / ".failed" / period
        self.lock_file = reports / ".versions" / f"{period}.lock"
        if self.link.exists() and not self.link.is_symlink():
            raise InputError(
                Problem(
                    str(self.link), "a folder or file", "a link that the run has made", "move it away and run again"
                )
            )

    def current(self) -> Path | None:
        """The version that the link points to."""
        return self.link.resolve() if self.link.exists() else None

    def stage(self) -> Path:
        """An empty folder for the next version; leftovers of killed runs are removed. Call it with the lock held."""
        for stale in self.versions.glob(f"*{PARTIAL}"):
            shutil.rmtree(stale)
        place = self.versions / f"{self._next()}{PARTIAL}"
        place.mkdir(parents=True)
        return place

    def publish(self, staged: Path) -> Path:
        """Make the staged folder the current version in one step; keep one version before it."""
        version = staged.with_name(staged.name.removesuffix(PARTIAL))
        flush(staged)
        os.rename(staged, version)
        fresh_link = self.versions / ".link"
        fresh_link.unlink(missing_ok=True)
        before = self.current()
        fresh_link.symlink_to(Path(".versions") / self.link.name / version.name)
        os.replace(fresh_link, self.link)
        shutil.rmtree(self.failed, ignore_errors=True)
        for other in self._numbered():
            if other not in (version, before):
                shutil.rmtree(other, ignore_errors=True)
        return version

    def discard(self, staged: Path) -> None:
        """Remove a staged folder and whatever folders are empty then."""
        shutil.rmtree(staged, ignore_errors=True)
        remove_empty(self.versions, self.versions.parent, self.versions.parent.parent)

    def _numbered(self) -> list[Path]:
        return [p for p in self.versions.glob("*") if p.name.isdigit()]

    def _next(self) -> int:
        return max((int(p.name) for p in self._numbered()), default=0) + 1


@contextmanager
def lock(path: Path, period: str) -> Iterator[None]:
    """Hold the lock of a period; it dies with the process. Raises Busy where another run holds it."""
    made = [folder for folder in path.parents if not folder.exists()]
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Busy(f"{period}: another run of this period is at work; wait until it has ended") from None
        if path.exists() and path.stat().st_ino == os.fstat(handle).st_ino:
            break
        os.close(handle)  # its holder removed the file between our open and our lock
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)
        remove_empty(*made)


def share(tables: Path, other: Path) -> None:
    """Give a second language the tables that the first has made so far; what it saves itself does not touch them."""
    other.mkdir(parents=True, exist_ok=True)
    for path in [*tables.glob("*.parquet"), tables.parent / STORED]:
        target = other / path.name if path.suffix == ".parquet" else other.parent / STORED
        with suppress(FileNotFoundError, FileExistsError):
            os.link(path, target)


def link_files(place: Path, other: Path) -> None:
    """Give another folder the files of `place`; nothing where there are none."""
    for path in place.glob("*"):
        other.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.link(path, other / path.name)


def seed(place: Path, fresh: Path) -> None:
    """Give a fresh build what 01 stored in the one before; it takes it only where its inputs are still the same."""
    try:
        stored = json.loads((place / STORED).read_text(encoding="utf-8"))["tables"]
    except (OSError, ValueError, KeyError):
        return
    names = [STORED, *(f"tables/{name}.parquet" for name in stored)]
    names += [path.relative_to(place).as_posix() for path in place.glob("quarantine/*.csv")]
    for name in names:
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            os.link(place / name, fresh / name)  # files of a build are replaced, never written into


def swap_folder(fresh: Path, place: Path) -> None:
    """Put `fresh` where `place` is; what was there is removed."""
    old = place.with_name(f".{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    with suppress(FileNotFoundError):
        os.rename(place, old)
    os.rename(fresh, place)
    shutil.rmtree(old, ignore_errors=True)


def remove_empty(*folders: Path) -> None:
    """Remove those folders, inner ones first, that hold nothing."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
