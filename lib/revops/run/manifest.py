"""run.json: what went in and what came out, byte-identical for the same inputs; run.log.json: timings.

run.json has no clock, no absolute path and sorted keys. `inputs_id` is one hash over everything that a run reads, taken
before it starts: where it is the same as in the last run's log, nothing has to be computed again.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revops import record
from revops.company import Company, file_at, find_files, resolve
from revops.workspace import root

if TYPE_CHECKING:
    from revops.ingest.files import Digests

LIBRARIES = ("polars", "narwhals", "pandas", "altair", "dataframely", "pydantic", "papermill", "nbclient", "nbconvert",
             "ipykernel", "xlsxwriter", "revops-workspace")  # fmt: skip


def sha256(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Python, the main libraries and this library."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def code_id() -> str:
    """One hash over the library."""
    return _digest((name, sha256(path)) for name, path in _files(root() / "lib" / "revops"))


def inputs_id(
    folder: Path, company: Company, notebooks: Iterable[Path], call: dict[str, Any], spooled: Path, digests: "Digests"
) -> str:
    """One hash over the company's files, those under its roots, notebooks, code, versions and the call's parameters.

    Rows of databases count by their files in `spooled`. Raw files that `digests` knows are not read again.
    """
    files = {("company", name): path for name, path in _files(folder) if not name.startswith("record/")}
    for name, source in company.sources.items():
        base, _ = resolve(folder, company, source.files) if source.files else (folder, "")
        if source.files and not base.is_relative_to(folder):
            found = find_files(folder, company, source.files)
            files |= {(name, path.relative_to(base).as_posix()): path for path in found}
        for file in sorted({step.file for steps in source.lookups.values() for step in steps}):
            path = file_at(folder, company, file)
            files |= {("lookup", file): path} if path.is_file() and not path.is_relative_to(folder) else {}
    hashes = {key: digests.of(path)[0] for key, path in files.items()}
    hashes |= {("query", path.name): sha256(path) for path in spooled.glob("*.parquet")}
    hashes |= {("notebook", path.name): sha256(path) for path in notebooks}
    parts = [("/".join(key), digest) for key, digest in sorted(hashes.items())]
    return _digest(
        [*parts, ("code", code_id()), ("versions", str(versions())), ("call", json.dumps(call, sort_keys=True))]
    )


def record_id(folder: Path, digests: "Digests", as_of: date, through: str) -> str:
    """One hash over what a run sees of record/, which it may extend: taken when it has ended, compared before the next.

    Of the tables that runs keep, rows of its own day and later ones do not count; of what is written of pay, rows of
    periods after `through`, the run's last month.
    """
    place = folder / record.FOLDER
    files = [(name, path) for name, path in _files(place) if not name.startswith(record.NOT_READ)]
    seen = {name: record.seen_id(path, as_of, through) for name, path in files}
    return _digest((name, seen[name] or digests.of(path)[0]) for name, path in files if seen[name] != "")


def table_facts(folder: Path) -> dict[str, dict[str, Any]]:
    """Rows and hash of each table of the build."""
    import polars as pl

    return {
        p.stem: {"rows": pl.scan_parquet(p).select(pl.len()).collect().item(), "sha256": sha256(p)}
        for p in sorted(folder.glob("*.parquet"))
    }


def input_files(tables: Path) -> list[dict[str, Any]]:
    """The raw files as 01 logged them."""
    import polars as pl

    log = tables / "import_log.parquet"
    return pl.read_parquet(log).to_dicts() if log.exists() else []


def row_sums(inputs: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Rows of all raw files: read, kept, quarantined, merged and left out.

    >>> row_sums([{"rows_read": 3, "rows_kept": 2, "rows_left_out": 1}, {"rows_read": 1, "rows_kept": 1}])
    {'read': 4, 'kept': 3, 'quarantined': 0, 'merged': 0, 'left out': 1}
    """
    files = list(inputs)
    fates = ("read", "kept", "quarantined", "merged", "left out")
    return {fate: sum(file.get(f"rows_{fate.replace(' ', '_')}") or 0 for file in files) for fate in fates}


def write_json(path: Path, data: Any) -> None:
    """Sorted keys, one ending newline."""
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and "__pycache__" not in name:
            yield name, path


def _digest(parts: Iterable[tuple[str, str]]) -> str:
    total = hashlib.sha256()
    for name, value in parts:
        total.update(f"{name}\0{value}\n".encode())
    return total.hexdigest()
