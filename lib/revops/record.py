"""What a company remembers from run to run: one file a table, <company>/record/<name>.csv.

A notebook hands over what is to be remembered (`ws.keep`); the run adds it to the file when all else has ended well.
`ws.kept` gives what earlier days have left. Each row names the period that told it and the day it was made on:

- A run sees only rows made before its own as-of day, so a period done again gives the same report, whatever came later.
- Rows of a kind's latest period are replaced when it is done again; older ones stand as they were first told.
- Columns that a person has added to the file stay with their rows, found again by the table's key.
- Where a person and no run makes rows (`extend`), they are added below the others and stay.
- What is written of a period's pay (closed, adjusted, disputed) belongs to its period, whenever that was done: runs of
  that and of later periods see it.
"""

import csv
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dataframely as dy
import polars as pl

from revops.periods import Period
from revops.problems import InputError, Problem
from revops.whole import whole

FOLDER = "record"
WHEN = ["period", "made_on"]
OF_PAY = ("closed.csv", "adjustments.csv", "disputes.csv")
NOT_READ = ("closed/", "approvals.csv")  # runs do not: the first is hashed in closed.csv, the second follows a run
EVER = date.max


def offer(build: Path, name: str, frame: pl.DataFrame, key: Sequence[str], period: str, made_on: date) -> None:
    """Lay the rows of one table into the build, whole or not at all, for `publish` to add to the company's record."""
    rows = frame.select(pl.all().cast(pl.String))
    told = {"key": ",".join(key), "period": period, "made_on": made_on.isoformat()}
    with whole(build / FOLDER / f"{name}.parquet") as partial:
        rows.write_parquet(partial, metadata=told)


def publish(build: Path, folder: Path) -> None:
    """Add what a finished run offers to the company's record; each file is replaced whole or not at all."""
    offers = sorted((build / FOLDER).glob("*.parquet"))
    if not offers:
        return
    (folder / FOLDER).mkdir(exist_ok=True)
    with _alone(folder / FOLDER):
        for path in offers:
            place = folder / FOLDER / f"{path.stem}.csv"
            told = pl.read_parquet_metadata(path)
            old = read(place)
            merged = merge(old, pl.read_parquet(path), told["key"].split(","), told["period"], told["made_on"])
            if not merged.equals(old):
                with whole(place) as partial:
                    merged.write_csv(partial)


def extend(folder: Path, name: str, make: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Add below a table of the record the rows that `make` gives for those in it, all text; gives them back.

    Whole or not at all, and nobody else writes between the reading and the writing.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    place = folder / FOLDER / f"{name}.csv"
    with _alone(folder / FOLDER):
        old = read(place)
        new = make(old)
        own = [column for column in old.columns if column not in new.columns]
        with whole(place) as partial:
            both = pl.concat([old, new.select(pl.all().cast(pl.String))], how="diagonal")
            both.select(*new.columns, *own).write_csv(partial)
    return new


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Runs of other periods wait here until this one has added what it keeps."""
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def merge(old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str], period: str, made_on: str) -> pl.DataFrame:
    """The rows of a record with those of one period in place of what it told before, by day, period and key; all text.

    >>> old = pl.DataFrame({"period": ["2026-08", "2026-09"], "made_on": ["2026-08-31", "2026-09-30"],
    ...                     "rule": ["a", "b"], "amount": ["1", "2"], "done": [None, "yes"]})
    >>> new = pl.DataFrame({"rule": ["b"], "amount": ["3"]})
    >>> merge(old, new, ["rule"], "2026-09", "2026-09-30").rows()[1]
    ('2026-09', '2026-09-30', 'b', '3', 'yes')
    >>> merge(old, new, ["rule"], "2026-08", "2026-08-31").equals(old)
    True
    """
    mine, later = pl.col("period") == period, (pl.col("made_on") > made_on) & _is_kind_of(old, period)
    if old.filter(mine).height and old.filter(later).height:
        return old
    added = [column for column in old.columns if column not in (*new.columns, *WHEN)]
    if added:
        new = new.join(old.filter(mine).select(*key, *added), on=list(key), how="left", nulls_equal=True)
    new = new.select(pl.lit(period).alias("period"), pl.lit(made_on).alias("made_on"), *new.columns)
    both = pl.concat([old.filter(~mine), new], how="diagonal")
    return both.select(new.columns).sort("made_on", "period", *key)


def read(path: Path) -> pl.DataFrame:
    """One file of the record, all columns text; without rows where there is none. Raises InputError on a broken one."""
    if not path.exists():
        return pl.DataFrame(schema=dict.fromkeys(WHEN, pl.String))
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise _broken(path, str(error).splitlines()[0]) from None
    if rows.columns[:2] != WHEN or rows.select(pl.any_horizontal(pl.col(WHEN).is_null()).any()).item():
        raise _broken(path, f"columns {', '.join(rows.columns[:2])}, or rows without them")
    return rows


def seen(folder: Path, name: str, before: date, contract: type[dy.Schema]) -> pl.DataFrame:
    """The rows of one table made before a day, by their contract; columns that it does not name are left out.

    Where it names `row`, that is the row's number in the file, as a spreadsheet shows it. Raises InputError where the
    file does not hold what the contract says.
    """
    path = folder / FOLDER / f"{name}.csv"
    rows = read(path)
    if "row" in contract.column_names():
        rows = rows.drop("row", strict=False).with_row_index("row", offset=2)
    rows = rows.filter(pl.col("made_on") < before.isoformat())
    if rows.is_empty():
        return contract.create_empty()
    lacking = [column for column in contract.column_names() if column not in rows.columns]
    rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(column) for column in lacking)
    try:
        return contract.validate(rows.select(_read_as(*column) for column in contract.columns().items()))
    except (pl.exceptions.PolarsError, dy.exc.ValidationError) as error:
        raise _broken(path, str(error).splitlines()[0]) from None


def seen_id(path: Path, before: date, through: str = "") -> str | None:
    """One hash over the rows of a file that a run of that day and pay month sees, '' where it sees none.

    None: no file of `keep`.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        head = next(rows, [])
        if head[:2] != WHEN:
            return None
        if path.name in OF_PAY:
            mine = [row for row in rows if row[:1] <= [through]]
        else:
            mine = [row for row in rows if row[1:2] < [before.isoformat()]]
    return hashlib.sha256(repr(mine).encode()).hexdigest() if mine else ""


def _is_kind_of(rows: pl.DataFrame, period: str) -> pl.Series:
    """Which rows were told by a period of the same kind: months freeze months, weeks weeks."""
    kind = Period.parse(period).kind
    return pl.Series([Period.parse(other).kind == kind for other in rows["period"]], dtype=pl.Boolean)


def _read_as(name: str, column: dy.Column) -> pl.Expr:
    """A column of text as what its contract says."""
    text = pl.col(name)
    if column.dtype == pl.Date:
        return text.str.to_date("%Y-%m-%d")
    if column.dtype == pl.Boolean:
        return text == "true"
    return text.cast(column.dtype)


def _broken(path: Path, found: str) -> InputError:
    where = f"{FOLDER}/{path.name}"
    return InputError(
        Problem(where, found, f"a table that begins with {' and '.join(WHEN)}", "restore the file, or remove it")
    )
