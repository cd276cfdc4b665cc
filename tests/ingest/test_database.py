"""A database as a source: its rows as exact text, in a stable order, read-only, and no password anywhere."""

# ruff: noqa: E501  (queries and messages stand as they are)

import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from revops.company import Company, Database, Source
from revops.ingest.celltext import FAR, as_text, refused_types
from revops.ingest.database import ROWS, read_all, spool
from revops.ingest.files import RawFile
from revops.problems import InputError

from .small import LINES

COLUMNS = LINES["columns"]
QUERY = 'select "order", day, item, qty, price, channel from lines order by "order", item'
CREATE = 'create table lines ("order" text, day date, item text, qty bigint, price numeric(18,4), channel text)'
ROWS_OF_LINES = "insert into lines values ('A1', '2026-10-05', 'X', 2, 1250.0000, 'Stores'), ('A2', '2026-10-06', 'Y', 1, 99000.0000, 'Stores')"
NO_RECORD = Company(name="A", currency="VND", money_decimals=0)


def source(driver: str, uri: str, query: str = QUERY, **settings) -> dict:
    own = {key: LINES[key] for key in ("kind", "table", "columns")}
    return {"shop": {**own, "database": {"driver": driver, "uri": uri, "query": query}, **settings}}


def read(folder: Path, driver: str, uri: str, query: str, into: str = "spool") -> RawFile:
    described = Source(kind="table", database=Database(driver=driver, uri=uri, query=query))
    return spool(folder, NO_RECORD, "crm", described, folder / into)


def cells(file: RawFile) -> list[tuple]:
    frame = pl.read_parquet(file.path)
    assert set(frame.dtypes) == {pl.String}
    return frame.rows()


def refusal(call) -> list[str]:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.__cause__ is None
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def acme(postgresql, monkeypatch):
    """The server's address in the environment, and a schema without tables."""
    monkeypatch.setenv("ACME_DB_URI", postgresql.uri)
    postgresql.run("drop schema public cascade", "create schema public")
    return postgresql


def sqlite_file(path: Path, *statements: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path


def duckdb_file(path: Path, *statements: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def lines(request, tmp_path):
    """The same two order lines in each database: its driver, its address, and a way to run statements in it."""
    if request.param == "postgresql":
        server = request.getfixturevalue("acme")
        server.run(CREATE, ROWS_OF_LINES)
        return request.param, "${ACME_DB_URI}", server.run
    make = sqlite_file if request.param == "sqlite" else duckdb_file
    file = make(tmp_path / "company" / "raw" / "crm.db", CREATE, ROWS_OF_LINES)
    return request.param, "raw/crm.db", lambda *statements: make(file, *statements)


# What a cell becomes


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1234567890123.4500::numeric(18,4)", "1234567890123.4500"),
        ("-0.00000001::numeric", "-0.00000001"),
        ("123456789012345678901234567890::numeric", "123456789012345678901234567890"),
        ("'NaN'::numeric", "nan"),
        ("9007199254740993::bigint", "9007199254740993"),
        ("(-32768)::smallint", "-32768"),
        ("0.1::float8", "0.1"),
        ("0.1::float4", "0.1"),
        ("1e22::float8", "10000000000000000000000"),
        ("1e-7::float8", "0.0000001"),
        ("123456789.12345679::float8", "123456789.12345679"),
        ("'NaN'::float8", "NaN"),
        ("date '2026-10-31'", "2026-10-31"),
        ("date '0001-01-01'", "0001-01-01"),
        ("date '9999-12-31'", "9999-12-31"),
        ("date '10000-01-01'", FAR),
        ("date 'infinity'", FAR),
        ("timestamptz '2026-11-01 03:00:00+07'", "2026-10-31T20:00:00+00:00"),
        ("timestamptz '2026-11-01 03:00:00.123456+07'", "2026-10-31T20:00:00.123456+00:00"),
        ("timestamptz '-infinity'", FAR),
        ("timestamp '2026-10-31 20:00:00'", "2026-10-31T20:00:00"),
        ("time '08:05:00'", "08:05:00"),
        ("true", "true"),
        ("false", "false"),
        ("null::int", None),
        ("null::date", None),
        ("''", ""),
        ("E'a \"b\",\\n''c''\\tĐà Nẵng'", "a \"b\",\n'c'\tĐà Nẵng"),
        ("'ab'::char(4)", "ab  "),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("'{\"a\": 1}'::jsonb", '{"a": 1}'),
    ],
)
def test_a_cell_of_postgresql_is_exact_text(acme, tmp_path, expression, text):
    file = read(tmp_path, "postgresql", "${ACME_DB_URI}", f"select {expression} as cell order by 1")
    assert cells(file) == [(text,)]


@pytest.mark.parametrize(
    ("expression", "kind", "to"),
    [
        ("'12.50'::money", "money", "numeric"),
        ("'\\x00ff'::bytea", "bytea", "text"),
        ("interval '1 day'", "interval", "text"),
        ("array[1, 2]", "_int4", "text"),
        ("inet '10.0.0.1'", "inet", "text"),
    ],
)
def test_a_type_without_one_exact_text_is_refused(acme, tmp_path, expression, kind, to):
    query = f"select 1 as a, {expression} as b order by 1"
    assert refusal(lambda: read(tmp_path, "postgresql", "${ACME_DB_URI}", query)) == [
        f"company.yaml, sources.crm.database.query: found column b of type {kind}, expected text, a number, a day, an "
        f"instant or a flag. Next: cast it to {to} in the query, or leave it out."
    ]
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1234567890123.4500::decimal(18,4)", "1234567890123.4500"),
        ("0.00000001::decimal(18,8)", "0.00000001"),
        ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727"),
        ("18446744073709551615::ubigint", "18446744073709551615"),
        ("0.1::double", "0.1"),
        ("1e22::double", "10000000000000000000000"),
        ("date '2026-10-31'", "2026-10-31"),
        ("timestamptz '2026-11-01 03:00:00+07'", "2026-10-31T20:00:00+00:00"),
        ("timestamp_ns '2026-10-31 20:00:00.123456789'", "2026-10-31T20:00:00.123456789"),
        ("timestamp '2026-10-31 20:00:00.5'", "2026-10-31T20:00:00.500000"),
        ("true", "true"),
        ("null", None),
        ("'Huế'", "Huế"),
        ("'b'::enum('a', 'b')", "b"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ],
)
def test_a_cell_of_duckdb_is_exact_text(tmp_path, expression, text):
    duckdb_file(tmp_path / "crm.db")
    assert cells(read(tmp_path, "duckdb", "crm.db", f"select {expression} as cell order by 1")) == [(text,)]


def test_a_column_of_sqlite_may_hold_all_types_and_each_cell_stays_exact(tmp_path):
    values = "(null), (1), (9007199254740993), (0.1), (1234567.89), (1e22), ('2026-10-31'), ('x'), ('')"
    sqlite_file(tmp_path / "crm.db", "create table t (cell)", f"insert into t values {values}")
    file = read(tmp_path, "sqlite", "crm.db", "select cell from t order by rowid")
    assert [cell for (cell,) in cells(file)] == [
        None, "1", "9007199254740993", "0.1", "1234567.89", "10000000000000000000000", "2026-10-31", "x", "",
    ]  # fmt: skip


def test_bytes_in_sqlite_are_refused(tmp_path):
    sqlite_file(tmp_path / "crm.db", "create table t (a, b)", "insert into t values (1, 'x'), (2, x'00ff')")
    assert refusal(lambda: read(tmp_path, "sqlite", "crm.db", "select a, b from t order by a"))[0].startswith(
        "company.yaml, sources.crm.database.query: found column b of type blob, expected text"
    )


def test_wide_decimals_that_cannot_be_carried_are_refused():
    wide = pa.schema({"a": pa.decimal256(50, 2), "b": pa.decimal128(5, -2), "c": pa.decimal128(38, 8)})
    assert list(refused_types(wide)) == ["a", "b"]


def test_a_chunk_without_rows_keeps_its_columns():
    empty = pa.record_batch({"day": pa.array([], pa.date32()), "at": pa.array([], pa.timestamp("us", "UTC"))})
    assert as_text(empty).schema == {"day": pl.String, "at": pl.String}


# From the query to canonical tables


def test_a_query_is_a_source_like_any_file(shop, lines):
    driver, uri, _ = lines
    loaded = shop.write({}, source(driver, uri)).load()
    assert loaded.tables["order_lines"].select("order_id", "quantity", "gross_amount", "file", "row").rows() == [
        ("A1", 2, 2500, "shop:query", 1),
        ("A2", 1, 99000, "shop:query", 2),
    ]
    logged = loaded.log.row(0, named=True)
    spooled = shop.folder / "build" / "spool" / "shop.parquet"
    assert logged["sha256"] == hashlib.sha256(spooled.read_bytes()).hexdigest()
    assert (logged["file"], logged["encoding"], logged["rows_read"]) == ("shop:query", "parquet", 2)
    assert (shop.folder / "record" / "files.csv").read_text("utf-8").splitlines()[1].endswith(",shop:query")


def test_a_price_with_three_decimals_is_no_thousand(shop, tmp_path):
    """In a text file of a currency without decimals 1.250 is 1250; a database's numbers know their decimal mark."""
    sqlite_file(
        shop.folder / "crm.db",
        CREATE.replace("numeric(18,4)", "text"),
        "insert into lines values ('A1', '2026-10-05', 'X', 1, '1.250', 'Stores')",
    )
    described = source("sqlite", "crm.db")
    assert shop.write({}, described).load().tables["order_lines"]["gross_amount"].to_list() == [1]
    described["shop"]["formats"] = {"unit_price": ","}
    assert shop.write({}, described).load().tables["order_lines"]["gross_amount"].to_list() == [1250]


def test_a_faulty_row_waits_in_quarantine_with_its_number_in_the_query(shop, lines):
    driver, uri, run = lines
    run("insert into lines values ('A0', '2026-10-05', 'X', null, 1, 'Stores')")
    loaded = shop.write({}, source(driver, uri)).load()
    assert loaded.quarantine.select("file", "row", "reason", "field").rows() == [("shop:query", 1, "empty", "quantity")]
    assert loaded.log.select("rows_read", "rows_kept", "rows_quarantined").rows() == [(3, 2, 1)]


def test_a_day_that_never_comes_waits_in_quarantine(shop, acme):
    acme.run(CREATE, ROWS_OF_LINES, "insert into lines values ('A3', 'infinity', 'X', 1, 1, 'Stores')")
    quarantine = shop.write({}, source("postgresql", "${ACME_DB_URI}")).load().quarantine
    assert quarantine.select("row", "reason", "found").rows() == [(3, "unreadable_day", FAR)]


def test_a_second_reading_changes_nothing_and_a_changed_row_is_seen(shop, lines):
    driver, uri, run = lines
    first = shop.write({}, source(driver, uri)).load()
    again = shop.load()
    assert (first.from_cache, again.from_cache) == (False, True)
    assert again.log.equals(first.log)
    run("update lines set price = 1300 where item = 'X'")
    changed = shop.load()
    assert not changed.from_cache
    assert changed.tables["order_lines"]["gross_amount"].to_list() == [2600, 99000]


def test_a_column_that_the_query_does_not_give_is_told(shop, lines):
    driver, uri, _ = lines
    query = 'select "order", day, item, qty as pieces, price, channel from lines order by 1'
    assert refusal(shop.write({}, source(driver, uri, query)).load) == [
        "shop:query: found no column qty among order, day, item, pieces, price, channel, expected a column for quantity."
        " Next: export it with that column, or set sources.shop.columns.quantity."
    ]


def test_a_first_look_reads_the_database_and_leaves_nothing(shop, lines):
    from revops import ingest

    driver, uri, _ = lines
    shop.write({}, source(driver, uri))
    before = sorted(shop.folder.rglob("*"))
    assert ingest.look(shop.open()) == []
    assert sorted(shop.folder.rglob("*")) == before


def test_what_one_run_has_read_is_not_read_again_by_its_notebooks(tmp_path, lines):
    driver, uri, run = lines
    company = Company(name="A", currency="VND", money_decimals=0, sources=source(driver, uri))
    folder, into = tmp_path / "company", tmp_path / "spool"
    read_all(folder, company, into)
    held = spool(folder, company, "shop", company.sources["shop"], into)
    run("delete from lines where item = 'X'")
    assert spool(folder, company, "shop", company.sources["shop"], into) == held
    (into / ".held").unlink()
    assert spool(folder, company, "shop", company.sources["shop"], into).sha256 != held.sha256


# Size


@pytest.mark.parametrize("count", [ROWS - 1, ROWS, ROWS + 1, 2 * ROWS])
def test_rows_around_the_size_of_a_piece_all_come(tmp_path, count):
    duckdb_file(tmp_path / "a.db", f"create table t as select range as i from range({count})")
    sqlite_file(
        tmp_path / "b.db",
        "create table t (i integer)",
        f"insert into t with recursive n(i) as (values (0) union all select i + 1 from n where i < {count - 1}) select i from n",
    )
    files = [
        read(tmp_path, driver, uri, "select i from t order by i", driver)
        for driver, uri in (("duckdb", "a.db"), ("sqlite", "b.db"))
    ]
    expected = pl.Series("i", range(count)).cast(pl.String)
    assert [pl.read_parquet(file.path)["i"].equals(expected) for file in files] == [True, True]
    assert files[0].sha256 == files[1].sha256


MEASURED = """
import resource, sys
from pathlib import Path
from revops.company import Company, Database, Source
from revops.ingest.database import spool
driver, uri, query, into = sys.argv[1:]
source = Source(kind="table", database=Database(driver=driver, uri=uri, query=query))
company = Company(name="A", currency="VND", money_decimals=0)
spool(Path("."), company, "warm", source.model_copy(update={"database": Database(driver=driver, uri=uri, query="select 1 as a order by 1")}), Path(into))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spool(Path("."), company, "big", source, Path(into))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_large_table_is_read_in_bounded_memory(acme, root, tmp_path):
    """200,000 rows of a kilobyte are 200 MB of text: reading them takes a fraction of it."""
    acme.run(
        "create table big as select i, i::numeric(18,4) / 3 as n, repeat(md5(i::text), 32) as note from generate_series(1, 200000) i"
    )
    query = "select i, n, note from big order by i"
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "postgresql", "${ACME_DB_URI}", query, str(tmp_path)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root / "lib")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    frame = pl.scan_parquet(tmp_path / "big.parquet").select("i", "n").collect()
    assert frame.row(199_999) == ("200000", "66666.666666666667")
    assert frame.height == 200_000
    assert int(done.stdout) < 150, f"{done.stdout.strip()} MB"
