"""A database as a source: its rows as exact text, in a stable order, read-only, and no password anywhere."""

# ruff: noqa: E501  (queries and messages stand as they are)

import hashlib
import importlib.util
import os
import re
import socket
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
import yaml

from revops.company import Company, Database, Source, load_company
from revops.ingest import database
from revops.ingest.celltext import FAR, as_text, refused_types
from revops.ingest.database import ROWS, address, read_all, spool
from revops.ingest.files import RawFile
from revops.problems import InputError

from .server import OWNER, PASSWORD
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


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("340282366920938463463374607431768211455::uhugeint", "UHUGEINT"),
        ("'10:00:00+07'::timetz", "TIME WITH TIME ZONE"),
        ("'101'::bit", "binary"),
        ("{'a': 1}", "struct<a: int32>"),
    ],
)
@pytest.mark.parametrize(
    "query", ["select 1 as a, {} as b order by a", "with t as (select {} as b) select b from t order by 1"]
)
def test_a_type_that_duckdb_hands_over_changed_is_refused(tmp_path, expression, kind, query):
    duckdb_file(tmp_path / "crm.db")
    told = refusal(lambda: read(tmp_path, "duckdb", "crm.db", query.format(expression)))
    assert told[0].startswith(f"company.yaml, sources.crm.database.query: found column b of type {kind}, expected text")


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
    assert (logged["file"], logged["encoding"], logged["rows_read"]) == ("shop:query", driver, 2)
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


CRM = (
    "create table deals (id text, name text, stage text, amount numeric, probability integer, closes date, made date, seen date)",
    "insert into deals values ('1', 'Fans', 'Proposal', 100, 60, '2026-10-20', '2026-09-01', '2026-09-30'),"
    " ('1', 'Fans', 'Closed Won', 120, 100, '2026-10-20', '2026-09-01', '2026-10-31')",
)
DEALS = (
    'select id as "Opportunity ID", name as "Opportunity Name", stage as "Stage", amount as "Amount", probability as '
    '"Probability (%)", closes as "Close Date", made as "Created Date", seen as "Seen on" from deals order by id, seen'
)


def test_a_query_may_be_of_any_kind_and_its_rows_say_of_which_day_they_are(shop):
    sqlite_file(shop.folder / "crm.db", *CRM)
    described = {"kind": "salesforce_opportunities", "database": {"driver": "sqlite", "uri": "crm.db", "query": DEALS}}
    assert refusal(shop.write({}, {"crm": described}).load) == [
        "company.yaml, sources.crm.columns: found no column for snapshot_on, expected the day of each row's state, as a"
        " query has no day of receipt. Next: give the query such a column and name it as snapshot_on."
    ]
    described["columns"] = {"snapshot_on": "Seen on"}
    shop.write({}, {"crm": described}, received_on=r"(\d{4}-\d{2}-\d{2})")
    opportunities = shop.load("2026-10").tables["opportunities"].sort("snapshot_on")
    assert opportunities.select("snapshot_on", "stage", "amount").rows() == [
        (date(2026, 9, 30), "Proposal", 100),
        (date(2026, 10, 31), "Closed Won", 120),
    ]
    earlier = shop.load("2026-09", build="earlier")
    assert earlier.tables["opportunities"]["snapshot_on"].to_list() == [date(2026, 9, 30)]
    assert earlier.log.select("rows_kept", "rows_left_out").rows() == [(1, 1)]


def test_the_example_of_the_manual_is_true(shop, acme, root):
    (example,) = re.findall(r"```yaml\n(sources:.*?)```", (root / "docs" / "company.md").read_text("utf-8"), re.DOTALL)
    acme.run(
        "create table sales (order_no int, sold_at timestamptz, item text, qty int, price numeric(12,2), shop text)",
        "insert into sales values (2, '2026-10-31 17:30+00', 'fan', 1, 10.50, 'Huế'), (1, '2026-10-02 01:00+00', 'fan', 2, 99, 'Huế')",
    )
    loaded = shop.write({}, yaml.safe_load(example)["sources"], money_decimals=2, currency="USD").load()
    assert loaded.tables["order_lines"].select("order_id", "gross_amount", "row").rows() == [("1", 19800, 1)]
    assert loaded.log.select("rows_kept", "rows_left_out").rows() == [(1, 1)]


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


# What is refused


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("delete from lines", "delete"),
        ("insert into lines values (1) order by 1", "insert"),
        ("create table z as select 1 order by 1", "create"),
        ("pragma table_info(lines)", "pragma"),
        ("copy lines to '/tmp/x' order by 1", "copy"),
        ("", "nothing"),
        ("-- only a comment", "nothing"),
        ("with gone as (delete from lines returning *) select * from gone order by 1", "delete from"),
        ("with n as (select 1) update lines set qty = 0 order by 1", "update lines set"),
        ("select 1 as a order by a; drop table lines", "more than one statement"),
        ("select 1 as a order by a; -- \n select 2", "more than one statement"),
    ],
)
def test_only_one_reading_query_is_run(shop, lines, query, found):
    driver, uri, _ = lines
    (problem,) = refusal(shop.write({}, source(driver, uri, query)).load)
    assert problem == (
        f"company.yaml, sources.shop.database.query: found {found}, expected one SELECT or WITH."
        " Next: write one query that only reads."
    )


@pytest.mark.parametrize(
    "query",
    [
        "select a from (values (1)) as t(a)",
        "select max(a) over (order by a) as a from (values (1)) as t(a)",
        "select a from (select 1 as a order by a) as t",
        "select 'order by a' as a",
        "select 1 as a -- order by a",
    ],
)
def test_rows_need_an_order_of_their_own(tmp_path, query):
    duckdb_file(tmp_path / "crm.db")
    assert refusal(lambda: read(tmp_path, "duckdb", "crm.db", query)) == [
        "company.yaml, sources.crm.database.query: found no ORDER BY, expected rows in an order that stays."
        " Next: end it in ORDER BY the row's key."
    ]


@pytest.mark.parametrize(
    "query",
    [
        "select 1 as a order by a;",
        "SELECT 1 AS a ORDER\n BY a -- the end; of it",
        "with t as (select 1 as a) select a from t order by a /* ; */",
        "select ';--' as a, 'delete from x' as b, 'it''s' as \"c;d\" order by a",
    ],
)
def test_what_only_looks_like_more_is_read(tmp_path, acme, query):
    duckdb_file(tmp_path / "a.db")
    sqlite_file(tmp_path / "b.db")
    for driver, uri in (("duckdb", "a.db"), ("sqlite", "b.db"), ("postgresql", "${ACME_DB_URI}")):
        assert len(cells(read(tmp_path, driver, uri, query))) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("select * from nowhere order by 1", "nowhere"),
        ('select "none_such" from lines as l(a) order by 1', ""),
        ("select qty from from lines order by 1", "syntax error"),
    ],
)
def test_what_the_database_says_is_told_in_one_line(shop, lines, query, found):
    driver, uri, _ = lines
    (problem,) = refusal(shop.write({}, source(driver, uri, query)).load)
    assert problem.startswith("company.yaml, sources.shop.database.query: found ")
    assert found in problem
    assert problem.endswith(", expected a query that the database runs. Next: correct the query.")
    assert "\n" not in problem
    assert str(shop.folder) not in problem


def test_a_query_that_gives_nothing_is_told(shop, lines):
    driver, uri, _ = lines
    query = QUERY.replace("order by", "where qty > 5 order by")
    assert refusal(shop.write({}, source(driver, uri, query)).load) == [
        "company.yaml, sources.shop.database.query: found no rows, expected at least one row. Next: correct the query."
    ]


def test_two_columns_of_one_name_are_told(tmp_path, lines):
    driver, uri, _ = lines
    problems = refusal(
        lambda: read(tmp_path / "company", driver, uri, "select item, price as item from lines order by 1")
    )
    assert problems[0].startswith(
        "company.yaml, sources.crm.database.query: found two columns item, expected each column once."
    )


def test_a_failed_reading_leaves_the_last_one(tmp_path, lines):
    driver, uri, run = lines
    folder = tmp_path / "company"
    before = read(folder, driver, uri, QUERY)
    run("drop table lines")
    refusal(lambda: read(folder, driver, uri, QUERY))
    assert [path.name for path in (folder / "spool").iterdir()] == ["crm.parquet"]
    assert hashlib.sha256(before.path.read_bytes()).hexdigest() == before.sha256


def test_all_databases_are_asked_before_problems_are_told(tmp_path):
    sources = {name: {**source("sqlite", uri)["shop"]} for name, uri in (("one", "one.db"), ("two", "two.db"))}
    company = Company(name="A", currency="VND", money_decimals=0, sources=sources)
    assert [text.split(":")[0] for text in refusal(lambda: read_all(tmp_path, company, tmp_path / "spool"))] == [
        "company.yaml, sources.one.database.uri",
        "company.yaml, sources.two.database.uri",
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [(None, "no file raw/crm.db"), (b"no database at all" * 100, "")],
    ids=["no file", "no database"],
)
@pytest.mark.parametrize("driver", ["sqlite", "duckdb"])
def test_a_file_that_is_no_database_is_told(shop, driver, content, found):
    described = source(driver, "raw/crm.db")
    (problem,) = refusal(shop.write({"raw/crm.db": content} if content else {}, described).load)
    assert problem.startswith(f"company.yaml, sources.shop.database.{'query' if content else 'uri'}: found {found}")
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("driver", "module", "found"),
    [
        ("postgresql", "adbc_driver_postgresql", "no package adbc-driver-postgresql"),
        ("postgresql", "adbc_driver", "no package adbc-driver-manager or adbc-driver-postgresql"),
        ("duckdb", "duckdb", "no package duckdb"),
    ],
)
def test_a_missing_driver_says_what_to_install(tmp_path, monkeypatch, driver, module, found):
    present = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith(module) else present(name))
    assert refusal(lambda: read(tmp_path, driver, "crm.db", "select 1 as a order by a")) == [
        f"company.yaml, sources.crm.database.driver: found {found}, expected the packages that read {driver}."
        " Next: install them: pip install 'revops-workspace[database]'."
    ]


def test_sqlite_needs_no_package_and_drivers_are_loaded_when_asked(root):
    code = (
        "import revops.pipeline, revops.ingest, sys; print([m for m in sys.modules if 'adbc' in m or m == '_duckdb'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root / "lib", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("files: a.csv\n    database: {driver: sqlite, uri: a.db, query: select 1}", "found the keys kind, files, database, expected either files or database."),
        ("ended_on: 2026-01-01", "found the keys kind, ended_on, expected either files or database."),
        ("database: {driver: mysql, uri: a, query: select 1}", "found mysql, expected 'postgresql', 'sqlite' or 'duckdb'."),
        ("database: {driver: sqlite, uri: a.db}", "found nothing, expected the key query."),
        ("database: {driver: sqlite, url: a.db, uri: a.db, query: x}", "found unknown key url (did you mean uri?)"),
    ],
)  # fmt: skip
def test_a_source_has_files_or_a_database(tmp_path, text, expected):
    head = "name: A\ncurrency: VND\nmoney_decimals: 0\nsources:\n  shop:\n    kind: table\n    "
    (tmp_path / "company.yaml").write_text(head + text, "utf-8")
    (problem,) = refusal(lambda: load_company(tmp_path))
    assert expected in problem


# Read-only, whatever a query tries


@pytest.mark.parametrize(
    "query",
    [
        "select nextval('counter') as a order by a",
        "select set_config('default_transaction_read_only', 'off', false) as a, nextval('counter') as b order by a",
        "select set_config('transaction_read_only', 'off', false) as a, nextval('counter') as b order by a",
        "select count_up() as a order by a",
    ],
)
def test_a_session_of_postgresql_only_reads(acme, tmp_path, query):
    acme.run(
        "create sequence counter",
        "create table counted (n int)",
        "create function count_up() returns int language sql as 'insert into counted values (1) returning n'",
    )
    (problem,) = refusal(lambda: read(tmp_path, "postgresql", "${ACME_DB_URI}", query))
    assert (
        "in a read-only transaction" in problem or "transaction read-write mode must be set before any query" in problem
    )


@pytest.mark.parametrize(
    "query",
    ["select * from read_text('/etc/hostname') order by 1", "select * from glob('/*') order by 1", "select * from '../other.csv' order by 1"],
)  # fmt: skip
def test_a_query_of_duckdb_reaches_no_other_file(tmp_path, query):
    (tmp_path / "other.csv").write_text("a\n1\n")
    duckdb_file(tmp_path / "company" / "crm.db")
    (problem,) = refusal(lambda: read(tmp_path / "company", "duckdb", "crm.db", query))
    assert "disabled by configuration" in problem


def test_a_query_of_sqlite_changes_nothing(tmp_path):
    file = sqlite_file(tmp_path / "crm.db", CREATE, ROWS_OF_LINES)
    before = file.read_bytes()
    read(tmp_path, "sqlite", "crm.db", QUERY)
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crm.db", "spool"]


# Addresses and secrets


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("${DB}", "postgresql://an:a%2Fb@db/sales"),
        (" ${DB} ", "postgresql://an:a%2Fb@db/sales"),
        ("postgresql://an:${PW}@db/sales", "postgresql://an:a%2Fb%40%20%27%5C%C4%91@db/sales"),
        ("host=db user=an password=${PW}", r"host=db user=an password='a/b@ \'\\đ'"),
        ("postgresql://an@db/sales", "postgresql://an@db/sales"),
    ],
)
def test_a_variable_is_the_address_or_a_part_of_it(monkeypatch, uri, expected):
    monkeypatch.setenv("DB", "postgresql://an:a%2Fb@db/sales")
    monkeypatch.setenv("PW", "a/b@ '\\đ")
    assert address(uri, "here") == expected


def test_a_variable_that_is_not_set_is_told(monkeypatch):
    monkeypatch.delenv("ACME_DB_URI", raising=False)
    assert refusal(lambda: address("${ACME_DB_URI}", "company.yaml, sources.crm.database.uri")) == [
        "company.yaml, sources.crm.database.uri: found environment variable ACME_DB_URI is not set, expected the "
        "database's address. Next: set ACME_DB_URI and run again."
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://{user}:${{PW}}@127.0.0.1:{port}/postgres",
        "host=127.0.0.1 port={port} user={user} password=${{PW}} dbname=postgres",
    ],
)
def test_a_password_of_any_signs_opens_the_server(postgresql, tmp_path, monkeypatch, uri):
    monkeypatch.setenv("PW", PASSWORD)
    file = read(tmp_path, "postgresql", uri.format(user=OWNER, port=postgresql.port), "select 1 as a order by a")
    assert cells(file) == [("1",)]


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://an:S3cret@db/sales",
        "postgresql://an:S3cret@db:5432/sales?sslmode=require",
        "postgresql://an:S3c${PW}ret@db/sales",
        "postgresql://an:S3/c@r#et@db/sales",
        "postgresql://an@db/sales?password=S3cret",
        "host=db user=an password=S3cret",
        "host=db user=an password = 'S3 cret'",
        "host=db user=an sslpassword=S3cret dbname=sales",
    ],
)
def test_a_password_in_company_yaml_is_refused_and_not_repeated(tmp_path, uri):
    settings = {"name": "A", "currency": "VND", "money_decimals": 0, "sources": source("postgresql", uri)}
    (tmp_path / "company.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    (problem,) = refusal(lambda: load_company(tmp_path))
    assert "expected an address without a password: write ${NAME} and set NAME in the environment." in problem
    assert not re.search("S3|cret", problem)


@pytest.mark.parametrize(
    "uri",
    [
        "${DB}",
        "postgresql://an@db/sales",
        "postgresql://an:${PW}@db:5432/sales?sslmode=require",
        "host=db password=${PW} user=an",
        "postgresql://db:5432/sales",
    ],
)
def test_an_address_without_a_password_is_taken(uri):
    assert Database(driver="postgresql", uri=uri, query="select 1 order by 1").uri == uri


def test_a_password_in_the_wrong_place_of_company_yaml_is_not_repeated(tmp_path):
    head = "name: A\ncurrency: VND\nmoney_decimals: 0\nsources:\n  shop: {kind: table, database: 'postgresql://an:S3cret@db/x'}\n"
    (tmp_path / "company.yaml").write_text(head, "utf-8")
    assert "S3cret" not in "".join(refusal(lambda: load_company(tmp_path)))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda uri: re.sub(r":[^:@]+@", ":Kh%C3%B4ng-%C4%91%C3%BAng@", uri), "user or password refused"),
        (lambda uri: re.sub(r":[^:@]+@", "@", uri), "user or password refused"),
        (lambda uri: uri.replace(OWNER, "nobody_here"), "user or password refused"),
        (lambda uri: uri.replace("/postgres", "/no_such"), "a server without that database"),
        (lambda uri: re.sub(r":\d+/", ":1/", uri), "no server that answers"),
        (lambda uri: uri.replace("127.0.0.1", "no.such.host.invalid"), "no server that answers"),
        (lambda uri: uri.replace("%", " "), "an address that is not read"),
        (lambda uri: uri + "?no_such_option=1", "an address that is not read"),
        (lambda uri: "just words", "an address that is not read"),
    ],
)
def test_a_connection_that_fails_tells_its_kind_only(acme, tmp_path, monkeypatch, change, found):
    monkeypatch.setenv("ACME_DB_URI", change(acme.uri))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert refusal(lambda: read(tmp_path, "postgresql", "${ACME_DB_URI}", "select 1 as a order by a")) == [
        f"company.yaml, sources.crm.database.uri: found {found}, expected a server, a database and a user that may read."
        " Next: correct the address or its variables."
    ]


def test_a_server_that_never_answers_is_given_up(tmp_path, monkeypatch):
    """A port that takes connections and says nothing: the wait has an end."""
    monkeypatch.setattr(database, "SECONDS_TO_CONNECT", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("ACME_DB_URI", f"postgresql://an:x@127.0.0.1:{silent.getsockname()[1]}/sales")
        (problem,) = refusal(lambda: read(tmp_path, "postgresql", "${ACME_DB_URI}", "select 1 as a order by a"))
    assert "found no server that answers" in problem


def test_a_password_that_a_query_repeats_is_not_told(acme, tmp_path):
    """The server repeats a wrong number in its message."""
    query = "select cast('" + PASSWORD.replace("'", "''") + "' as int) as a order by a"
    (problem,) = refusal(lambda: read(tmp_path, "postgresql", "${ACME_DB_URI}", query))
    assert 'invalid input syntax for type integer: "***"' in problem
