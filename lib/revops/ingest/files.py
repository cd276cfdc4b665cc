"""The raw files of a company: which there are, their hashes, and the day each was received."""

import csv
import hashlib
import io
import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from revops.company import Company, Source, find_files, resolve
from revops.problems import Problem
from revops.whole import whole

SEEN = "record/files.csv"
HASHES = "hashes.json"  # below the folder that keeps the rows of raw files
DOUBT_NS = 2_000_000_000


@dataclass(frozen=True)
class RawFile:
    """One raw file: `name` is its path below the company's folder, or 'root:path'."""

    source: str
    name: str
    path: Path
    sha256: str
    size: int
    received_on: date | None


def files_of(
    folder: Path, company: Company, name: str, source: Source, spooled: Path, digests: "Digests | Unread"
) -> tuple[list[RawFile], list[Problem]]:
    """The files of one source by name, and what is wrong: no file, or a name without the day it was received.

    A database's rows are written below `spooled`.
    """
    if source.files is None:
        from revops.ingest.database import spool  # it needs a raw file's type from here

        return [spool(folder, company, name, source, spooled)], []
    where = f"company.yaml, sources.{name}.files"
    paths = find_files(folder, company, source.files, where)
    base, _ = resolve(folder, company, source.files, where)
    root, colon, _ = source.files.partition(":")
    if colon and not base.is_dir():
        expected, next_step = "an existing folder", "correct the root, or mount the folder"
        return [], [Problem(f"company.yaml, roots.{root}", f"no folder {base}", expected, next_step)]
    if not paths:
        problem = Problem(
            where, f"no file {source.files}", "at least one file", "add the file, or correct or remove the source"
        )
        return [], [problem]
    prefix = f"{root}:" if colon else ""
    files, problems = [], []
    for path in paths:
        shown = prefix + path.relative_to(base).as_posix()
        day, fault = _received(shown, source.received_on or company.received_on, name)
        problems += fault
        digest, size = digests.of(path)
        files.append(RawFile(name, shown, path, digest, size, day))
    return files, problems


class Digests:
    """Hashes of files, kept beside their size and time stamp: a file of which neither changed is not read again.

    A time stamp of the last seconds before it was looked at does not count, since a file may change within one.
    `verify` hashes every file anew.
    """

    def __init__(self, path: Path, verify: bool = False):
        self.path, self.verify, self.known, self.changed = path, verify, dict[str, list[Any]](), False
        if not verify:
            with suppress(OSError, ValueError):
                self.known = json.loads(path.read_text("utf-8"))

    def of(self, path: Path) -> tuple[str, int]:
        """SHA-256 and size of a file's content."""
        stat = path.stat()
        facts = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        stored = self.known.get(str(path))
        if stored and stored[:3] == facts and stored[3] - stat.st_mtime_ns > DOUBT_NS:
            return stored[4], stat.st_size
        with path.open("rb") as stream:
            looked_at = time.time_ns()
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self.known[str(path)] = [*facts, looked_at, digest]
        self.changed = True
        return digest, stat.st_size

    def save(self) -> None:
        """Keep what was found; whole or not at all."""
        if self.changed:
            with whole(self.path) as partial:
                partial.write_text(json.dumps(self.known), "utf-8")


class Unread:
    """For a first look: no file is hashed."""

    def of(self, path: Path) -> tuple[str, int]:
        """An empty hash and the size of a file."""
        return "", path.stat().st_size


def _received(shown: str, pattern: str | None, source: str) -> tuple[date | None, list[Problem]]:
    """The day in a file's name by `pattern`, a month as its last day; null where there is no pattern."""
    if not pattern:
        return None, []
    found = re.search(pattern, shown)
    digits = re.sub(r"\D", "", found[1] if found and found.groups() else "")
    try:
        return datetime.strptime(digits, "%Y%m%d").date(), []
    except ValueError:
        problem = Problem(
            shown,
            "no day that received_on finds",
            f"a day as 2026-10-31 where {pattern} looks",
            f"rename the file or correct sources.{source}.received_on",
        )
        return None, [problem]


def first_seen(folder: Path, files: list[RawFile], today: date) -> tuple[dict[str, date], dict[str, str]]:
    """When each file's content was first seen, by hash, and the files that are new.

    It orders files that overlap and whose names do not tell when they were received; nothing depends on it otherwise.
    """
    seen = dict(_seen(folder / SEEN))
    new = {f.sha256: f.name for f in files if f.received_on is None and f.sha256 not in seen}
    return {**dict.fromkeys(new, today), **seen}, new


def remember(folder: Path, new: dict[str, str], today: date) -> None:
    """Append the new files to record/files.csv, which only grows; whole or not at all."""
    if not new:
        return
    path = folder / SEEN
    text = path.read_text("utf-8") if path.exists() else "sha256,first_seen_on,file\n"
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows((sha, today, name) for sha, name in sorted(new.items()))
    with whole(path) as partial:
        partial.write_text(text + buffer.getvalue(), "utf-8")


def _seen(path: Path) -> Iterator[tuple[str, date]]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield row["sha256"], date.fromisoformat(row["first_seen_on"])
