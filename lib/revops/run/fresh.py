"""What the result of a run depends on, as one key: where it is that of the last run, nothing has changed since."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revops.problems import Problem, refuse_if_any
from revops.run import manifest, staging
from revops.run.call import Call, gathering
from revops.run.places import placed
from revops.workspace import SPOOL

if TYPE_CHECKING:
    from revops.ingest.files import Digests


def inputs_of(call: Call, spooled: Path, digests: "Digests") -> str:
    """One hash over all that a run of the call reads; see manifest.inputs_id."""
    return manifest.inputs_id(call.folder, call.company, call.notebooks.values(), call.facts(), spooled, digests)


def key_of(call: Call, inputs: str, digests: "Digests") -> str:
    """The inputs, and what a run of the call sees of the company's record."""
    return f"{inputs}-{manifest.record_id(call.folder, digests, call.day, call.period.last_month)}"


@contextmanager
def queried(call: Call) -> Iterator[Path]:
    """A folder with the rows of the company's databases, read once for a whole run; it goes when the run has ended."""
    place = call.build.with_name(f".{call.build.name}.{SPOOL}")
    shutil.rmtree(place, ignore_errors=True)
    try:
        if any(source.database for source in call.company.sources.values()):
            _read_databases(call, place)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _read_databases(call: Call, place: Path) -> None:
    from revops.ingest import database

    problems: list[Problem] = []
    with gathering(problems):
        database.read_all(call.folder, call.company, place)
    refuse_if_any(placed(problems, call.folder))


def unchanged(shelf: staging.Shelf, key: str) -> dict[str, Any] | None:
    """The manifest of the last run where it had the same key."""
    current = shelf.current()
    try:
        log = json.loads((current / "run.log.json").read_text("utf-8")) if current else {}
        return json.loads((current / "run.json").read_text("utf-8")) if current and log["key"] == key else None
    except (OSError, ValueError, KeyError):
        return None
