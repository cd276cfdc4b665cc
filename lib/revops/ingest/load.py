"""From a company's raw files to its canonical tables: everything is checked first, then written, then remembered."""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from revops import tables
from revops.company import Lookup, Mapping, file_at
from revops.ingest.canonical import build, settle
from revops.ingest.fields import FATE, RECEIVED
from revops.ingest.files import RawFile, files_of, first_seen, remember
from revops.ingest.intake import SourceRows, quarantined, take_in
from revops.ingest.kinds import mapping_of
from revops.ingest.ledger import check_files, fate_table, import_amounts, import_log
from revops.ingest.reader import RawTable, read_table
from revops.ingest.silence import rhythms, silences
from revops.ingest.text import no_formulas
from revops.ingest.totals import disagreements
from revops.problems import InputError, Problem, refuse_if_any
from revops.workspace import SPOOL, Workspace

MANIFEST = "ingest.json"
LOGS = ("import_log", "import_amounts", "import_fates", "quarantine", "customer_merges")
EVENTS = (
    "orders", "returns", "leads", "opportunities", "opportunity_stage_history", "tickets", "ad_spend", "sessions",
    "subscriptions",
)  # fmt: skip
Lookups = dict[tuple[str, str, str], dict[str, str]]


@dataclass
class Loaded:
    """What came in: log by file, amounts and fates, quarantined rows, merged customers, tables, faults."""

    log: pl.DataFrame
    amounts: pl.DataFrame
    fates: pl.DataFrame
    quarantine: pl.DataFrame
    merges: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    faults: list[Problem]
    from_cache: bool


def load(ws: Workspace) -> Loaded:
    """Read, check and save everything company.yaml names; or give what is stored where nothing has changed.

    Every fault of configuration, files and columns is raised at once as InputError before anything is written; a
    period without data likewise. Raises IdentityError where the ledger does not add up.
    """
    mappings, files = _found(ws, ws.build / SPOOL)
    late = [f for f in files if _is_snapshot(mappings[f.source]) and f.received_on and f.received_on > ws.as_of]
    files = [f for f in files if f not in late]
    helpers = _lookup_files(ws, mappings)
    today = datetime.now(ws.company.zone).date()
    seen, new = first_seen(ws.folder, files, today)
    state = _state(ws, [*files, *helpers.values()], late, seen)
    loaded = _stored(ws, state)
    if loaded is None:
        loaded = _read(ws, mappings, files, late, helpers, seen, state)
        remember(ws.folder, new, today)
    for fault in loaded.faults:
        ws.fault(fault)
    return loaded


def look(ws: Workspace) -> list[Problem]:
    """Everything that `load` would refuse in sources, files and columns; nothing is written."""
    try:
        with TemporaryDirectory() as spooled:
            mappings, files = _found(ws, Path(spooled))
            lookups = _lookups(mappings, _lookup_files(ws, mappings))
            _sources(ws, mappings, files, lookups, first_seen(ws.folder, files, ws.as_of)[0])
    except InputError as error:
        return error.problems
    return []


def _is_snapshot(mapping: Mapping) -> bool:
    """Whether each file is a whole state as of its day: those received after as_of are not read."""
    return RECEIVED in mapping.constants.values()


def _found(ws: Workspace, spooled: Path) -> tuple[dict[str, Mapping], list[RawFile]]:
    """Mappings by source and all raw files; every problem of company.yaml's sources at once."""
    mappings, files, problems = dict[str, Mapping](), list[RawFile](), list[Problem]()
    for name, source in ws.company.sources.items():
        mappings[name], faults = mapping_of(name, source)
        try:
            found, missing = files_of(ws.folder, ws.company, name, source, spooled)
        except InputError as error:
            found, missing = [], error.problems
        files += found
        problems += [*faults, *missing]
    if not ws.company.sources:
        problems = [Problem("company.yaml", "no sources", "at least one source", "add sources")]
    refuse_if_any(problems)
    return mappings, files


def _read(
    ws: Workspace,
    mappings: dict[str, Mapping],
    files: list[RawFile],
    late: list[RawFile],
    helpers: dict[str, RawFile],
    seen: dict[str, date],
    state: str,
) -> Loaded:
    sources, raw = _sources(ws, mappings, files, _lookups(mappings, helpers), seen)
    settle(sources, ws.company)
    canonical = build(sources, ws.company, ws.as_of)
    _refuse_empty_period(ws, sources)
    kinds = {name: source.kind for name, source in ws.company.sources.items()}
    log, amounts = import_log(files, raw, sources, kinds), import_amounts(sources)
    check_files(log, amounts)
    kept_out = pl.concat([quarantined(source) for source in sources]).sort("source", "file", "row")
    loaded = Loaded(
        log=_with_late(log, late, kinds),
        amounts=amounts,
        fates=fate_table(sources),
        quarantine=kept_out,
        merges=canonical.merges,
        tables=canonical.tables,
        faults=[
            *canonical.faults,
            *(fault for source in sources for fault in disagreements(source, ws.company)),
            *silences(rhythms(canonical.tables, ws.as_of), ws.company.sources, ws.as_of),
        ],
        from_cache=False,
    )
    _save(ws, loaded, raw, state)
    return loaded


def _sources(
    ws: Workspace, mappings: dict[str, Mapping], files: list[RawFile], lookups: Lookups, seen: dict[str, date]
) -> tuple[list[SourceRows], dict[RawFile, RawTable]]:
    raw, problems = dict[RawFile, RawTable](), list[Problem]()
    for file in files:
        try:
            raw[file] = read_table(file.path.read_bytes(), mappings[file.source], file.name)
        except InputError as error:
            problems += error.problems
    rows = []
    for name, mapping in mappings.items():
        mine = {f: raw[f] for f in files if f.source == name and f in raw}
        if not mine:
            continue
        try:
            taken, faults = take_in(name, mapping, mine, lookups, ws.company, ws.as_of, seen)
        except InputError as error:
            taken, faults = None, error.problems
        problems += faults
        rows += [taken] if taken is not None else []
    refuse_if_any(problems)
    return rows, raw


def _lookup_files(ws: Workspace, mappings: dict[str, Mapping]) -> dict[str, RawFile]:
    """The files that look-ups read, by the path that names them."""
    found, problems = dict[str, RawFile](), list[Problem]()
    for name, mapping in mappings.items():
        for step in _steps(mapping):
            where = f"company.yaml, sources.{name}.lookups"
            path = file_at(ws.folder, ws.company, step.file, where)
            if not path.is_file():
                problems.append(Problem(where, f"no file {step.file}", "an existing file", "correct the path"))
            elif step.file not in found:
                data = path.read_bytes()
                digest = hashlib.sha256(data).hexdigest()
                found[step.file] = RawFile(name, step.file, path, digest, len(data), None)
    refuse_if_any(problems)
    return found


def _lookups(mappings: dict[str, Mapping], helpers: dict[str, RawFile]) -> Lookups:
    """For each look-up step its dictionary from key to value; a key that comes twice keeps the first."""
    lookups, problems = Lookups(), list[Problem]()
    for mapping in mappings.values():
        for step in _steps(mapping):
            columns = {"key": step.key, "value": step.value}
            table = read_table(helpers[step.file].path.read_bytes(), Mapping(columns=dict(columns)), step.file)
            key, value = table.find(step.key), table.find(step.value)
            if key is None or value is None:
                missing = step.key if key is None else step.value
                problems.append(Problem(step.file, f"no column {missing}", "the look-up's columns", "correct lookups"))
                continue
            pairs = table.frame.select(key, pl.col(value).alias("_v")).drop_nulls().unique(key, keep="first")
            lookups[step.file, step.key, step.value] = dict(pairs.iter_rows())
    refuse_if_any(problems)
    return lookups


def _steps(mapping: Mapping) -> list[Lookup]:
    return [step for steps in mapping.lookups.values() for step in steps]


def _refuse_empty_period(ws: Workspace, sources: list[SourceRows]) -> None:
    """Refuse a period in which nothing happened, and say which months have data."""
    columns = pl.col(FATE).fill_null("kept").alias("fate"), pl.col("_day").alias("day")
    events = [s.frame.select(columns) for s in sources if set(EVENTS) & set(s.mapping.tables)]
    rows = pl.concat(events) if events else pl.DataFrame(schema={"fate": pl.String, "day": pl.Date})
    inside = pl.col("day").is_between(ws.period.start, ws.period.end, closed="left")
    if rows.filter((pl.col("fate") == "kept") & inside).is_empty():
        every = rows.filter(pl.col("fate").is_in(["kept", "left_out"]))["day"].drop_nulls()
        have = f"data from {str(every.min())[:7]} to {str(every.max())[:7]}" if every.len() else "no data at all"
        where, next_step = f"period {ws.period.name}", "choose another period"
        raise InputError(Problem(where, f"no rows; there is {have}", "a period with data", next_step))


def _with_late(log: pl.DataFrame, late: list[RawFile], kinds: dict[str, str]) -> pl.DataFrame:
    """Files received after as_of are not read, but listed."""
    if not late:
        return log
    rows = pl.DataFrame(
        [
            {"source": f.source, "kind": kinds[f.source], "file": f.name, "sha256": f.sha256, "bytes": f.size,
             "received_on": f.received_on, "warnings": "received after as_of: not read"}
            for f in late
        ]
    )  # fmt: skip
    numbers = [c for c in log.columns if c.startswith("rows_")]
    both = pl.concat([log, rows], how="diagonal_relaxed").select(log.columns)
    return both.with_columns(pl.col(numbers).fill_null(0)).sort("source", "file")


def _save(ws: Workspace, loaded: Loaded, raw: dict[RawFile, RawTable], state: str) -> None:
    """Canonical tables by contract, then the logs, last the manifest: a killed run leaves no valid manifest."""
    (ws.build / MANIFEST).unlink(missing_ok=True)
    for name in sorted(tables.CANONICAL):
        old = ws.build / "tables" / f"{name}.parquet"
        if name in loaded.tables:
            ws.save(name, loaded.tables[name], tables.CANONICAL[name])
        else:
            old.unlink(missing_ok=True)
    for name in LOGS:
        ws.save(name, _log_frame(loaded, name))
    _quarantine_files(ws, loaded.quarantine, raw)
    written = {p.stem: _digest(p) for p in sorted((ws.build / "tables").glob("*.parquet")) if p.stem in _names(loaded)}
    manifest = {"state": state, "tables": written, "faults": [fault.as_dict() for fault in loaded.faults]}
    partial = ws.build / f".{MANIFEST}.{os.getpid()}"
    partial.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    os.replace(partial, ws.build / MANIFEST)


def _names(loaded: Loaded) -> set[str]:
    return {*loaded.tables, *LOGS}


def _log_frame(loaded: Loaded, name: str) -> pl.DataFrame:
    return {
        "import_log": loaded.log,
        "import_amounts": loaded.amounts,
        "import_fates": loaded.fates,
        "quarantine": loaded.quarantine,
        "customer_merges": loaded.merges,
    }[name]


def _quarantine_files(ws: Workspace, rows: pl.DataFrame, raw: dict[RawFile, RawTable]) -> None:
    """One CSV per raw file with its quarantined rows as they were read, to be corrected and put beside the raw file."""
    folder = ws.build / "quarantine"
    for old in folder.glob("*.csv"):
        old.unlink()
    for file, table in raw.items():
        mine = rows.filter((pl.col("source") == file.source) & (pl.col("file") == file.name))
        if mine.is_empty():
            continue
        faults = mine.select("row", "reason", "field", "found")
        cells = table.frame.select("row", *table.headers).join(faults, on="row", how="inner", suffix="_why").drop("row")
        folder.mkdir(parents=True, exist_ok=True)
        name = Path(file.name.replace(":", "_").replace("/", "_")).stem
        no_formulas(cells).write_csv(folder / f"{file.source}.{name}.csv", include_bom=True)


def _state(ws: Workspace, files: list[RawFile], late: list[RawFile], seen: dict[str, date]) -> str:
    """A hash of everything the tables depend on: files, company.yaml, period, as_of, the library's code, polars."""
    digest = hashlib.sha256()
    facts: list[Any] = [ws.period.name, ws.as_of.isoformat(), pl.__version__]
    facts += [(f.source, f.name, f.sha256, str(f.received_on or seen.get(f.sha256))) for f in [*files, *late]]
    digest.update(json.dumps(facts).encode())
    digest.update((ws.folder / "company.yaml").read_bytes())
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("kinds/*.yaml"), *here.parent.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stored(ws: Workspace, state: str) -> Loaded | None:
    """What an earlier call stored, where it came from the same state and every table is still the one written."""
    try:
        manifest = json.loads((ws.build / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    folder = ws.build / "tables"
    paths = {name: folder / f"{name}.parquet" for name in manifest["tables"]}
    if manifest["state"] != state or any(
        not path.exists() or _digest(path) != manifest["tables"][name] for name, path in paths.items()
    ):
        return None
    frames = {name: pl.read_parquet(path) for name, path in paths.items()}
    return Loaded(
        log=frames["import_log"],
        amounts=frames["import_amounts"],
        fates=frames["import_fates"],
        quarantine=frames["quarantine"],
        merges=frames["customer_merges"],
        tables={name: frame for name, frame in frames.items() if name in tables.CANONICAL},
        faults=[Problem(**fault) for fault in manifest["faults"]],
        from_cache=True,
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
