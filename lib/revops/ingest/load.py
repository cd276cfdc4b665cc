"""From a company's raw files to its canonical tables: everything is checked first, then written, then remembered."""

import hashlib
import json
from collections.abc import Iterator
from collections.abc import Mapping as Map
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from revops import record, tables
from revops.company import Lookup, Mapping, file_at
from revops.ingest.canonical import Canonical, build, settle, unknown_people
from revops.ingest.corrections import NOTES, RAW_HASH, RAW_ROW, Corrections, file_name, hash_of
from revops.ingest.doubts import doubts
from revops.ingest.fields import FATE, RECEIVED, TOLD
from revops.ingest.files import HASHES, Digests, RawFile, Unread, files_of, first_seen, remember
from revops.ingest.intake import ID, SourceRows, quarantined, take_in
from revops.ingest.kinds import mapping_of
from revops.ingest.ledger import check_files, fate_table, import_amounts, import_log
from revops.ingest.reader import ROW, read_table
from revops.ingest.signed import FILE as SIGNED
from revops.ingest.signed import in_force, signed
from revops.ingest.silence import rhythms, silences
from revops.ingest.stage import Lookups, Stage, code_id, tidy
from revops.ingest.text import no_formulas
from revops.ingest.totals import disagreements
from revops.problems import InputError, Problem, refuse_if_any
from revops.whole import whole
from revops.workspace import SPOOL, Workspace

MANIFEST = "ingest.json"
LOGS = ("import_log", "import_amounts", "import_fates", "quarantine", "customer_merges")
EVENTS = {
    "orders", "returns", "leads", "opportunities", "opportunity_stage_history", "tickets", "ad_spend", "sessions",
    "subscriptions", "invoices", "payments", "budget_actuals",
}  # fmt: skip


class Tables(Map[str, pl.DataFrame]):
    """The canonical tables that were made, read when asked for; `scan` gives one as a plan."""

    def __init__(self, folder: Path, names: list[str]):
        self.folder, self.names = folder, names

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.scan(name).collect()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def plans(self) -> dict[str, pl.LazyFrame]:
        """All tables as plans."""
        return {name: self.scan(name) for name in self.names}

    def scan(self, name: str) -> pl.LazyFrame:
        """The table as a plan. Raises KeyError where no source feeds it."""
        if name not in self.names:
            raise KeyError(name)
        return pl.scan_parquet(self.folder / f"{name}.parquet")


@dataclass
class Loaded:
    """What came in: log by file, amounts and fates, quarantined rows, merged customers, tables, faults."""

    log: pl.DataFrame
    amounts: pl.DataFrame
    fates: pl.DataFrame
    quarantine: pl.DataFrame
    merges: pl.DataFrame
    tables: Tables
    faults: list[Problem]
    from_cache: bool


def load(ws: Workspace, verify: bool = False) -> Loaded:
    """Read, check and save everything company.yaml names; or give what is stored where nothing has changed.

    A file counts as unchanged by its size and time stamp; with `verify` every file and table is hashed. Every fault of
    configuration, files and columns is raised at once as InputError before a table is written; a period without data
    likewise. Raises IdentityError where the ledger does not add up.
    """
    digests = Digests(ws.files / HASHES, verify)
    mappings, files = _found(ws, ws.build / SPOOL, digests)
    late = [f for f in files if _is_snapshot(mappings[f.source]) and f.received_on and f.received_on > ws.as_of]
    files = [f for f in files if f not in late]
    helpers = _lookup_files(ws, mappings, digests)
    corrections = Corrections(ws.folder)
    today = datetime.now(ws.company.zone).date()
    seen, new = first_seen(ws.folder, files, today)
    state = _state(ws, [*files, *helpers.values()], late, seen, corrections)
    digests.save()
    loaded = _stored(ws, state, verify)
    if loaded is None:
        stage = Stage(ws.files, ws.company, corrections)
        loaded = _read(ws, stage, mappings, files, late, helpers, seen, state)
        remember(ws.folder, new, today)
        tidy(ws.files)
    for fault in loaded.faults:
        ws.fault(fault)
    return loaded


def look(ws: Workspace) -> list[Problem]:
    """What `load` would refuse in sources, files and columns, as far as the beginnings of files tell."""
    problems = list[Problem]()
    try:
        with TemporaryDirectory() as spooled:
            mappings, files = _found(ws, Path(spooled), Unread())
            stage = Stage(None, ws.company, Corrections(ws.folder))
            lookups = _lookups(mappings, _lookup_files(ws, mappings, Unread()))
            for name, mapping in mappings.items():
                problems += stage.look(name, mapping, [f for f in files if f.source == name], _own(lookups, mapping))
    except InputError as error:
        return error.problems
    return problems


def _is_snapshot(mapping: Mapping) -> bool:
    """Whether each file is a whole state as of its day: those received after as_of are not read."""
    return RECEIVED in mapping.constants.values()


def _found(ws: Workspace, spooled: Path, digests: Digests | Unread) -> tuple[dict[str, Mapping], list[RawFile]]:
    """Mappings by source and all raw files; every problem of company.yaml's sources at once."""
    mappings, files, problems = dict[str, Mapping](), list[RawFile](), list[Problem]()
    for name, source in ws.company.sources.items():
        mappings[name], faults = mapping_of(name, source)
        try:
            found, missing = files_of(ws.folder, ws.company, name, source, spooled, digests)
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
    stage: Stage,
    mappings: dict[str, Mapping],
    files: list[RawFile],
    late: list[RawFile],
    helpers: dict[str, RawFile],
    seen: dict[str, date],
    state: str,
) -> Loaded:
    sources = _sources(ws, stage, mappings, files, _lookups(mappings, helpers), seen)
    settle(sources, ws.company)
    told = fate_table(sources)
    _refuse_empty_period(ws, sources)
    canonical = build(sources, ws.company, ws.as_of)
    versions = signed(ws.folder, ws.as_of)
    if not versions.is_empty():
        sheet = canonical.tables.get("quotas", tables.empty("quotas").lazy()).collect()
        canonical.tables["quotas"] = in_force(sheet, versions).lazy()
    kinds = {name: source.kind for name, source in ws.company.sources.items()}
    log, amounts = import_log(sources, told, ws.company), import_amounts(told)
    check_files(log, amounts)
    loaded = Loaded(
        log=_with_late(log, late, kinds),
        amounts=amounts,
        fates=told.drop("first_on", "last_on"),
        quarantine=pl.concat([quarantined(source) for source in sources]).sort("source", "file", "row"),
        merges=canonical.merges,
        tables=Tables(ws.build / "tables", list(canonical.tables)),
        faults=[
            *stage.corrections.unclaimed(files),
            *canonical.faults,
            *(fault for source in sources for fault in disagreements(source, ws.company)),
            *doubts(log, told),
        ],
        from_cache=False,
    )
    _save(ws, stage, loaded, sources, canonical, state)
    return loaded


def _sources(
    ws: Workspace,
    stage: Stage,
    mappings: dict[str, Mapping],
    files: list[RawFile],
    lookups: Lookups,
    seen: dict[str, date],
) -> list[SourceRows]:
    rows, problems = list[SourceRows](), list[Problem]()
    for name, mapping in mappings.items():
        mine = [file for file in files if file.source == name]
        if not mine:
            continue
        try:
            staged, faults = stage.of(name, mapping, mine, _own(lookups, mapping))
            problems += faults
            rows += [take_in(name, mapping, staged, ws.company.currency, ws.as_of, seen)] if not problems else []
        except InputError as error:
            problems += error.problems
    refuse_if_any(problems)
    return rows


def _lookup_files(ws: Workspace, mappings: dict[str, Mapping], digests: Digests | Unread) -> dict[str, RawFile]:
    """The files that look-ups read, by the path that names them."""
    found, problems = dict[str, RawFile](), list[Problem]()
    for name, mapping in mappings.items():
        for step in _steps(mapping):
            where = f"company.yaml, sources.{name}.lookups"
            path = file_at(ws.folder, ws.company, step.file, where)
            if not path.is_file():
                problems.append(Problem(where, f"no file {step.file}", "an existing file", "correct the path"))
            elif step.file not in found:
                found[step.file] = RawFile(name, step.file, path, *digests.of(path), None)
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


def _own(lookups: Lookups, mapping: Mapping) -> Lookups:
    """The look-ups that a mapping asks for."""
    steps = {(step.file, step.key, step.value) for step in _steps(mapping)}
    return {key: pairs for key, pairs in lookups.items() if key in steps}


def _steps(mapping: Mapping) -> list[Lookup]:
    return [step for steps in mapping.lookups.values() for step in steps]


def _refuse_empty_period(ws: Workspace, sources: list[SourceRows]) -> None:
    """Refuse a period in which nothing happened, and say which months have data."""
    inside = pl.col("_day").is_between(ws.period.start, ws.period.end, closed="left")
    events = [source for source in sources if source.fed(*EVENTS)]
    for source in events:
        found = source.rows.filter(pl.col(TOLD).is_null() & inside).select(ID)
        if found.head(source.later.height + 1).collect(engine="streaming").height > source.later.height:
            return
        if found.join(source.later.lazy(), on=ID, how="anti").collect(engine="streaming").height:
            return
    days = [source.fates().filter(pl.col(FATE).is_null() | (pl.col(FATE) == "left_out")) for source in events]
    span = pl.concat([d.select(pl.col("_day").min().alias("a"), pl.col("_day").max().alias("b")) for d in days]) if (
        days) else pl.LazyFrame(schema={"a": pl.Date, "b": pl.Date})  # fmt: skip
    first, last = span.select(pl.col("a").min(), pl.col("b").max()).collect().row(0)
    have = f"data from {str(first)[:7]} to {str(last)[:7]}" if first else "no data at all"
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


def _save(
    ws: Workspace, stage: Stage, loaded: Loaded, sources: list[SourceRows], canonical: Canonical, state: str
) -> None:
    """Canonical tables by contract, then the logs, last the manifest: a killed run leaves no valid manifest."""
    (ws.build / MANIFEST).unlink(missing_ok=True)
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(_quarantine_files, ws, stage, loaded.quarantine, sources)
        for name in sorted(tables.CANONICAL):
            if name in canonical.tables:
                ws.save(name, canonical.tables[name], tables.CANONICAL[name])
            else:
                (ws.build / "tables" / f"{name}.parquet").unlink(missing_ok=True)
        loaded.quarantine = waiting.result()
    made = loaded.tables.plans()
    loaded.faults += [*unknown_people(made), *silences(rhythms(made, ws.as_of), ws.company.sources, ws.as_of)]
    for name in LOGS:
        ws.save(name, _log_frame(loaded, name))
    names = {*loaded.tables, *LOGS}
    written = {p.stem: _facts(p) for p in sorted((ws.build / "tables").glob("*.parquet")) if p.stem in names}
    manifest = {"state": state, "tables": written, "faults": [fault.as_dict() for fault in loaded.faults]}
    with whole(ws.build / MANIFEST) as partial:
        partial.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")


def _log_frame(loaded: Loaded, name: str) -> pl.DataFrame:
    return {
        "import_log": loaded.log,
        "import_amounts": loaded.amounts,
        "import_fates": loaded.fates,
        "quarantine": loaded.quarantine,
        "customer_merges": loaded.merges,
    }[name]


def _quarantine_files(ws: Workspace, stage: Stage, quarantine: pl.DataFrame, sources: list[SourceRows]) -> pl.DataFrame:
    """Write one CSV per raw file with its quarantined rows as they were read, to be corrected and read again.

    Gives the quarantined rows with the column `as_read`: all that stood in the row.
    """
    folder, texts = ws.build / "quarantine", list[pl.DataFrame]()
    for old in folder.glob("*.csv"):
        old.unlink()
    for source in sources:
        mine = quarantine.filter(pl.col("source") == source.name)
        for staged in source.files:
            faults = mine.filter(pl.col("file") == staged.file.name)
            if faults.is_empty():
                continue
            cells = stage.raw_rows(source.mapping, staged, faults["row"].unique())
            headers = cells.columns[1:]
            said = [pl.format("{}={}", pl.lit(header), pl.col(header)) for header in headers]
            as_read = pl.concat_str(said, separator=" | ", ignore_nulls=True).alias("as_read")
            texts.append(
                cells.select(pl.lit(source.name).alias("source"), pl.lit(staged.file.name).alias("file"), ROW, as_read)
            )
            notes = [
                pl.col(column).alias(note) for column, note in zip(("reason", "field", "found"), NOTES, strict=True)
            ]
            rows = faults.select(ROW, *notes).unique(ROW, keep="first", maintain_order=True)
            folder.mkdir(parents=True, exist_ok=True)
            inert = no_formulas(cells.join(rows, on=ROW, maintain_order="left").drop(ROW))
            known = pl.Series(RAW_HASH, [hash_of(staged.file)]).new_from_index(0, cells.height)
            numbered = inert.insert_column(0, cells[ROW].alias(RAW_ROW)).insert_column(1, known)
            numbered.write_csv(folder / file_name(staged.file), include_bom=True)
    none = pl.DataFrame(schema={"source": pl.String, "file": pl.String, ROW: pl.Int64, "as_read": pl.String})
    return quarantine.join(pl.concat([none, *texts]), on=["source", "file", ROW], how="left", maintain_order="left")


def _state(
    ws: Workspace, files: list[RawFile], late: list[RawFile], seen: dict[str, date], corrections: Corrections
) -> str:
    """A hash of all that the tables depend on: files, signed quotas, company.yaml, period, as_of, code, polars."""
    digest, versions = hashlib.sha256(), ws.folder / SIGNED
    facts: list[Any] = [ws.period.name, ws.as_of.isoformat(), pl.__version__, code_id()]
    facts += [
        (f.source, f.name, f.sha256, str(f.received_on or seen.get(f.sha256)), corrections.digest(f))
        for f in [*files, *late]
    ]
    facts += [record.seen_id(versions, ws.as_of)] if versions.exists() else []
    digest.update(json.dumps(facts).encode())
    digest.update((ws.folder / "company.yaml").read_bytes())
    return digest.hexdigest()


def _stored(ws: Workspace, state: str, verify: bool) -> Loaded | None:
    """What an earlier call stored, where it came from the same state and every table is still the one written."""
    try:
        manifest = json.loads((ws.build / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    folder = ws.build / "tables"
    if manifest["state"] != state or not all(
        _is_same(folder / f"{name}.parquet", facts, verify) for name, facts in manifest["tables"].items()
    ):
        return None
    logs = {name: pl.read_parquet(folder / f"{name}.parquet") for name in LOGS}
    return Loaded(
        log=logs["import_log"],
        amounts=logs["import_amounts"],
        fates=logs["import_fates"],
        quarantine=logs["quarantine"],
        merges=logs["customer_merges"],
        tables=Tables(folder, [name for name in tables.CANONICAL if name in manifest["tables"]]),
        faults=[Problem(**fault) for fault in manifest["faults"]],
        from_cache=True,
    )


def _facts(path: Path) -> list[Any]:
    stat = path.stat()
    with path.open("rb") as stream:
        return [stat.st_size, stat.st_mtime_ns, hashlib.file_digest(stream, "sha256").hexdigest()]


def _is_same(path: Path, facts: list[Any], verify: bool) -> bool:
    """Whether a table is the one that was written, by size and time stamp; with `verify` by its hash."""
    try:
        stat = path.stat()
        return [stat.st_size, stat.st_mtime_ns] == facts[:2] and (not verify or _facts(path) == facts)
    except OSError:
        return False
