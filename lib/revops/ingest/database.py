"""A database as a source: one query that only reads, kept as a file of text columns like any other raw file.

Rows come in chunks, so that memory does not grow with the table. They stand in the order that the query asks for: an
ORDER BY is required, and where it ends in the row's key, row 17 is the same row at the next reading and the file's hash
changes only with its content. Passwords come from the environment only and are told to nobody: of what a driver says
when a connection fails only the kind of failure is told, of what it says to a query one line without its secrets.
"""

import hashlib
import importlib.util
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from revops.company import Company, Database, Source, file_at, from_environment
from revops.ingest.celltext import as_text, cell_text, refused_types
from revops.ingest.files import RawFile
from revops.problems import InputError, Problem, refuse_if_any
from revops.whole import whole
from revops.workspace import HELD

EXTRA = "revops-workspace[database]"
ROWS = 50_000  # rows of one piece of the file, and the most that are held at once besides the driver's chunk
CHUNK_BYTES = 4_000_000
DUCKDB_MEMORY = "512MB"
SECONDS_TO_CONNECT = 10
_PACKAGES = {
    "postgresql": {"adbc_driver_manager": "adbc-driver-manager", "adbc_driver_postgresql": "adbc-driver-postgresql"},
    "duckdb": {"adbc_driver_manager": "adbc-driver-manager", "duckdb": "duckdb"},
    "sqlite": {},
}
_LOSSY = ("UHUGEINT", "TIME WITH TIME ZONE")  # types that DuckDB hands over changed
_NO_CODE = re.compile(
    r"--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$|\b[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\"", re.DOTALL
)
_WRITES = re.compile(r"\b(insert\s+into|delete\s+from|update\s+\S+\s+set|merge\s+into)\b", re.IGNORECASE)
_FAILURES = {
    r"password authentication failed|no password supplied|role .* does not exist": "user or password refused",
    r"database .* does not exist": "a server without that database",
    r"Connection refused|could not translate|timeout expired|unreachable|No such file|server closed|No route": (
        "no server that answers"
    ),
    r"starting up|shutting down|too many|remaining connection slots": "a server that takes no connection now",
    r"no pg_hba\.conf entry|SSL|permission denied for database": "a server that does not let this user in",
}


def spool(folder: Path, company: Company, name: str, source: Source, into: Path) -> RawFile:
    """Run the query of source `name` and keep its rows in `into`/<name>.parquet; `folder` is the company's.

    Where `read_all` has filled `into`, the file that it made is given again. Raises InputError with one problem,
    without any secret, where the query may not run, cannot run, or gives nothing.
    """
    assert source.database is not None
    target = into / f"{quote(name, safe='')}.parquet"
    if not ((into / HELD).exists() and target.exists()):
        where = f"company.yaml, sources.{name}.database"
        _refuse_unless_reading(source.database.query, f"{where}.query")
        with whole(target) as partial:
            _write(_chunks(folder, company, source.database, where, into), partial, f"{where}.query")
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return RawFile(name, f"{name}:query", target, digest, target.stat().st_size, None)


def read_all(folder: Path, company: Company, into: Path) -> None:
    """Run every query of a company once, for all notebooks and languages of one run; all problems are told at once."""
    problems = list[Problem]()
    for name, source in company.sources.items():
        try:
            if source.database:
                spool(folder, company, name, source, into)
        except InputError as error:
            problems += error.problems
    refuse_if_any(problems)
    (into / HELD).touch()


def _write(chunks: Iterable[pl.DataFrame], path: Path, where: str) -> None:
    """All rows as text columns in pieces of ROWS rows, so that equal rows make equal bytes however they came."""
    writer: pq.ParquetWriter | None = None
    try:
        for piece in _pieces(chunks):
            table = piece.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=ROWS)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise InputError(Problem(where, "no rows", "at least one row", "correct the query"))


def _pieces(chunks: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    held, count = list[pl.DataFrame](), 0
    for chunk in chunks:
        held.append(chunk)
        count += chunk.height
        if count >= ROWS:
            rows = pl.concat(held)
            for start in range(0, count - ROWS + 1, ROWS):
                yield rows.slice(start, ROWS)
            held, count = [rows.slice(count - count % ROWS)], count % ROWS
    if count:
        yield pl.concat(held)


def _chunks(folder: Path, company: Company, database: Database, where: str, into: Path) -> Iterator[pl.DataFrame]:
    """The query's rows as text, chunk by chunk."""
    missing = [
        package for module, package in _PACKAGES[database.driver].items() if not importlib.util.find_spec(module)
    ]
    if missing:
        found, expected = f"no package {' or '.join(missing)}", f"the packages that read {database.driver}"
        raise InputError(Problem(f"{where}.driver", found, expected, f"install them: pip install '{EXTRA}'"))
    query = _one_statement(database.query) + "\n"  # a comment at its end stays one
    if database.driver == "postgresql":
        yield from _of_postgresql(address(database.uri, f"{where}.uri"), query, where)
        return
    path = file_at(folder, company, database.uri, f"{where}.uri")
    if not path.is_file():
        raise InputError(Problem(f"{where}.uri", f"no file {database.uri}", "an existing file", "correct the path"))
    if database.driver == "sqlite":
        yield from _of_sqlite(path, query, where, {str(path): database.uri})
    else:
        yield from _of_duckdb(path, query, where, {str(path): database.uri}, into)


def _of_postgresql(uri: str, query: str, where: str) -> Iterator[pl.DataFrame]:
    dbapi = import_module("adbc_driver_postgresql.dbapi")
    try:
        connection = dbapi.connect(_patient(uri), autocommit=True)
    except (dbapi.Error, OSError) as error:
        raise InputError(_no_connection(str(error), f"{where}.uri")) from None
    with closing(connection), closing(connection.cursor()) as cursor, _told(f"{where}.query", secrets(uri)):
        cursor.execute("SET default_transaction_read_only = on")
        cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(CHUNK_BYTES)})
        yield from _of_arrow(cursor, query, f"{where}.query")


def _of_duckdb(path: Path, query: str, where: str, words: dict[str, str], into: Path) -> Iterator[pl.DataFrame]:
    """From a DuckDB file: opened for reading only, and its SQL reaches no other file and no network."""
    dbapi = import_module("adbc_driver_manager.dbapi")
    library = importlib.util.find_spec("_duckdb")
    with tempfile.TemporaryDirectory(dir=into) as overflow, _told(f"{where}.query", words):
        options = {
            "path": str(path),
            "access_mode": "READ_ONLY",
            "memory_limit": DUCKDB_MEMORY,
            "temp_directory": overflow,
        }
        entry = {"driver": library.origin if library else "duckdb", "entrypoint": "duckdb_adbc_init"}
        with (
            closing(dbapi.connect(**entry, db_kwargs=options, autocommit=True)) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute("SET enable_external_access = false")
            cursor.execute("SET lock_configuration = true")
            cursor.execute(f"DESCRIBE {query}")
            lossy = {name: kind for name, kind, *_ in cursor.fetchall() if kind in _LOSSY}
            refuse_if_any(_wrong_columns([], lossy, f"{where}.query"))
            yield from _of_arrow(cursor, query, f"{where}.query")


def _of_arrow(cursor: Any, query: str, where: str) -> Iterator[pl.DataFrame]:
    cursor.execute(query)
    reader = cursor.fetch_record_batch()
    refuse_if_any(_wrong_columns(reader.schema.names, refused_types(reader.schema), where))
    for batch in reader:
        if batch.num_rows:
            yield as_text(batch)


def _of_sqlite(path: Path, query: str, where: str, words: dict[str, str]) -> Iterator[pl.DataFrame]:
    """From a SQLite file, cell by cell: its columns have no type, so a driver that decides one changes values."""
    with (
        _told(f"{where}.query", words),
        closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection,
    ):
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        refuse_if_any(_wrong_columns(names, {}, f"{where}.query"))
        while rows := cursor.fetchmany(ROWS):
            columns = dict(zip(names, zip(*rows, strict=True), strict=True))
            blobs = {name: "blob" for name, cells in columns.items() if any(isinstance(cell, bytes) for cell in cells)}
            refuse_if_any(_wrong_columns([], blobs, f"{where}.query"))
            yield pl.DataFrame(
                {name: map(cell_text, cells) for name, cells in columns.items()}, dict.fromkeys(names, pl.String)
            )


def _wrong_columns(names: list[str], refused: dict[str, str], where: str) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(where, f"two columns {name}", "each column once", "give one of them another name with AS")
    for name, kind in refused.items():
        to = "numeric" if kind == "money" else "text"
        expected = "text, a number, a day, an instant or a flag"
        yield Problem(
            where, f"column {name} of type {kind}", expected, f"cast it to {to} in the query, or leave it out"
        )


@contextmanager
def _told(where: str, words: dict[str, str]) -> Iterator[None]:
    """What a driver says to the query as one problem of one line, with `words` replaced."""
    errors: tuple[type[Exception], ...] = (OSError, sqlite3.Error, pa.ArrowException)
    if importlib.util.find_spec("adbc_driver_manager"):
        errors += (import_module("adbc_driver_manager").Error,)
    try:
        yield
    except errors as error:
        said = _line(str(error))
        for word in sorted(words, key=len, reverse=True):
            said = said.replace(word, words[word])
        raise InputError(Problem(where, said, "a query that the database runs", "correct the query")) from None


def _line(text: str) -> str:
    """The one line of a driver's message that says what is wrong.

    >>> _line("NOT_FOUND: Failed to prepare query: ERROR:  relation x does not exist" + chr(10) + "LINE 1: select")
    'relation x does not exist'
    """
    first = re.sub(r"^(\[?[A-Z_]+\]?:? )+", "", text.partition("ERROR:  ")[2] or text).strip().split("\n")[0]
    return " ".join(first.split())[:160] or "an error without words"


def _no_connection(text: str, where: str) -> Problem:
    found = next(
        (told for pattern, told in _FAILURES.items() if re.search(pattern, text)), "an address that is not read"
    )
    return Problem(
        where, found, "a server, a database and a user that may read", "correct the address or its variables"
    )


def _refuse_unless_reading(query: str, where: str) -> None:
    """Refuse what is not one SELECT or WITH, and one without an order; the session is read-only besides."""
    bare = _NO_CODE.sub(" ", _one_statement(query))
    first = next(iter(re.findall(r"\w+", bare)), "nothing")
    found = None
    if first.lower() not in ("select", "with"):
        found = first
    elif ";" in bare:
        found = "more than one statement"
    elif writes := _WRITES.search(bare):
        found = " ".join(writes[0].split())
    if found:
        raise InputError(Problem(where, found, "one SELECT or WITH", "write one query that only reads"))
    while bare != (outer := re.sub(r"\([^()]*\)", " ", bare)):
        bare = outer
    if not re.search(r"\border\s+by\b", bare, re.IGNORECASE):
        raise InputError(
            Problem(where, "no ORDER BY", "rows in an order that stays", "end it in ORDER BY the row's key")
        )


def _one_statement(query: str) -> str:
    return query.strip().removesuffix(";").rstrip()


def address(uri: str, where: str) -> str:
    """The server's address with ${NAME} replaced: a variable that is the whole of it as it is, a part of it quoted."""
    is_whole = re.fullmatch(r"\$\{\w+\}", uri.strip())

    def quoted(value: str) -> str:
        if is_whole:
            return value
        return quote(value, safe="") if "://" in uri else "'" + re.sub(r"([\\'])", r"\\\1", value) + "'"

    return from_environment(uri.strip(), where, "the database's address", quoted)


def secrets(uri: str) -> dict[str, str]:
    """What of an address nobody may read and what stands in its place: the whole, its password in either spelling.

    >>> sorted(secrets("postgresql://an:a%40b@db/sales"))
    ['a%40b', 'a@b', 'postgresql://an:a%40b@db/sales']
    """
    found = re.findall(r"://[^:/@\s]*:(\S+)@|password\s*=\s*(?:'((?:\\.|[^'])*)'|([^\s&]+))", uri, re.IGNORECASE)
    passwords = {word for groups in found for word in groups if word}
    return dict.fromkeys({uri, *passwords, *map(unquote, passwords)}, "***")


def _patient(uri: str) -> str:
    """The address with a bound on the seconds that a connection may take."""
    if "connect_timeout" in uri:
        return uri
    if "://" not in uri:
        return f"{uri} connect_timeout={SECONDS_TO_CONNECT}"
    return f"{uri}{'&' if '?' in uri.rpartition('@')[2] else '?'}connect_timeout={SECONDS_TO_CONNECT}"
