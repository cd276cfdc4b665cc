"""The sheets that a planner keeps beside company.yaml, as CSV or workbook: further columns, rules, moves by hand.

    territory.accounts    account, and a column for each further dimension
    territory.rules       a column for each dimension (blank or *: any), owner, priority, start_on, end_on
    territory.overrides   account, product_group (blank: all), owner, start_on, end_on, reason

Headers are compared without case, accents and punctuation. Ranges are [start_on, end_on), open where blank.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from revops.company import Company, Mapping, file_at
from revops.ingest.reader import RawTable, read_table
from revops.ingest.text import day_order, stamp
from revops.problems import InputError, Problem, nearest, refuse_if_any

ANY = "*"
ACCOUNT = ["account", "account_id", "account code", "account number", "Mã khách hàng", "Mã KH"]
OWNER = ["owner", "owner ID", "person", "person_id", "Mã nhân viên", "Nhân viên phụ trách", "Mã NV phụ trách"]


def read_columns(folder: Path, company: Company) -> pl.DataFrame:
    """One row per account of territory.accounts: account_id and every other column as text, spelt_like_this."""
    name = company.territory.accounts
    if not name:
        return pl.DataFrame(schema={"account_id": pl.String})
    raw = _read(folder, company, name, "accounts", {"account_id": ACCOUNT}, ["account_id"])
    account = raw.find(ACCOUNT)
    others = {h: "_".join(h.lower().split()) for h in raw.headers if h != account}
    frame = raw.frame.select(
        pl.col(account or "").alias("account_id"), pl.col(list(others)).name.map(others.__getitem__)
    )
    twice = frame.filter(pl.col("account_id").is_duplicated())["account_id"].unique().sort().to_list()
    if twice:
        raise InputError(Problem(name, f"{twice[0]} in several rows", "one row an account", "remove the others"))
    return frame.drop_nulls("account_id")


def read_rules(folder: Path, company: Company, dimensions: Sequence[str]) -> pl.DataFrame:
    """One row per rule: `rule` (its row), the dimensions it may name (null: any), owner, priority, start_on, end_on.

    Of `dimensions` those that the sheet has; a column that is none of them is refused, for it would narrow no rule.
    """
    name = company.territory.rules
    rest = {"owner": OWNER, "priority": ["priority", "Ưu tiên"], "start_on": FROM, "end_on": UNTIL}
    if not name:
        return pl.DataFrame(schema=_schema(rest))
    raw = _read(folder, company, name, "rules", {d: [d] for d in dimensions} | rest, ["owner"])
    taken = {raw.find(headers) for headers in [*rest.values(), NOTE]}
    named = {d: [d] for d in dimensions if raw.find(d) not in {*taken, None}}
    known = taken | {raw.find(d) for d in named}
    refuse_if_any(
        Problem(
            name,
            f"a column {h}{nearest(h, dimensions)}",
            f"one of {', '.join(dimensions)}",
            "correct or remove the column",
        )
        for h in raw.headers
        if h not in known
    )
    frame = _columns(raw, named | rest, name)
    return frame.with_columns(pl.when(pl.col(d) != ANY).then(pl.col(d)).alias(d) for d in named)


def read_overrides(folder: Path, company: Company) -> pl.DataFrame:
    """One row per move by hand: `rule` (its row), account_id, product_group (null: all), owner, days, reason."""
    name = company.territory.overrides
    wanted = {
        "account_id": ACCOUNT, "product_group": ["product_group", "Nhóm hàng", "Nhóm sản phẩm"], "owner": OWNER,
        "start_on": FROM, "end_on": UNTIL, "reason": ["reason", "Lý do"],
    }  # fmt: skip
    if not name:
        return pl.DataFrame(schema=_schema(wanted))
    raw = _read(folder, company, name, "overrides", wanted, ["account_id", "owner", "reason"])
    return _columns(raw, wanted, name, must=["account_id", "owner", "reason"])


NOTE = ["note", "name", "Ghi chú"]
FROM = ["start_on", "from", "Từ ngày"]
UNTIL = ["end_on", "until", "to", "Đến ngày"]
TYPES: dict[str, type[pl.DataType]] = {"priority": pl.Int64, "start_on": pl.Date, "end_on": pl.Date}


def _schema(wanted: dict[str, list[str]]) -> dict[str, type[pl.DataType]]:
    return {"rule": pl.Int64, **{field: TYPES.get(field, pl.String) for field in wanted}}


def _read(
    folder: Path, company: Company, name: str, setting: str, wanted: dict[str, list[str]], must: Sequence[str]
) -> RawTable:
    where = f"company.yaml, territory.{setting}"
    path = file_at(folder, company, name, where)
    if not path.is_file():
        raise InputError(
            Problem(where, f"{name}, no such file", "a sheet below the company's folder", "correct the path")
        )
    raw = read_table(path.read_bytes(), Mapping(columns=dict(wanted)), name)
    lacking = [wanted[field][0] for field in must if raw.find(wanted[field]) is None]
    refuse_if_any(Problem(name, f"no column {column}", f"the column {column}", "add the column") for column in lacking)
    return raw


def _columns(raw: RawTable, wanted: dict[str, list[str]], name: str, must: Sequence[str] = ("owner",)) -> pl.DataFrame:
    """The wanted fields in their types, `rule` the row's number; a cell that is none of its type is refused."""
    found = {field: raw.find(headers) for field, headers in wanted.items()}
    texts = raw.frame.select(
        pl.col("row").alias("rule"),
        *((pl.col(header) if header else pl.lit(None, pl.String)).alias(field) for field, header in found.items()),
    )
    days = pl.concat([texts["start_on"], texts["end_on"]]).drop_nulls()
    order = day_order(days)
    if order is None:
        told = "days written as 2026-10-31"
        raise InputError(Problem(name, f"{days[0]}, which can be read in two ways", told, "write the year first"))
    readers = {
        "start_on": stamp(pl.col("start_on"), order, ZoneInfo("UTC")).dt.date(),
        "end_on": stamp(pl.col("end_on"), order, ZoneInfo("UTC")).dt.date(),
        "priority": pl.col("priority").cast(pl.Int64, strict=False),
    }
    typed = texts.with_columns(reader.alias(field) for field, reader in readers.items() if field in wanted)
    refuse_if_any(_scan(texts, typed, name, must))
    return typed


EXPECTED = {"priority": "a whole number, 1 first", "start_on": "a day", "end_on": "a day"}


def _scan(texts: pl.DataFrame, typed: pl.DataFrame, name: str, must: Sequence[str]) -> Iterator[Problem]:
    for field in (f for f in EXPECTED if f in texts.columns):
        lost = texts.filter(texts[field].is_not_null() & typed[field].is_null())
        for row, text in lost.select("rule", field).iter_rows():
            yield Problem(f"{name}, row {row}, {field}", text, EXPECTED[field], "correct the cell")
    for field in must:
        for row in texts.filter(pl.col(field).is_null())["rule"]:
            yield Problem(f"{name}, row {row}, {field}", "nothing", "a text", "fill the cell")
    for row in typed.filter(pl.col("end_on") <= pl.col("start_on"))["rule"]:
        yield Problem(f"{name}, row {row}", "an end before the start", "start_on < end_on", "correct the days")
