"""How fast the market grows, as somebody outside says: read from the company's market file, with source and date.

The file (market.csv) has the columns product_group (blank: the market as a whole), growth of a year ('6.5%' or 0.065),
source, as_of. A growth without source or date is refused: a quota must be able to name its reason.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from revops.company import Company, file_at
from revops.money import rate_units
from revops.problems import InputError, Problem, refuse_if_any

COLUMNS = ("product_group", "growth", "source", "as_of")
SCHEMA = {"product_group": pl.String, "growth": pl.Int64, "source": pl.String, "dated_on": pl.Date}


def read_market(folder: Path, company: Company) -> pl.DataFrame:
    """One row per product group (null: the whole market) and day: `growth` in billionths, `source`, `dated_on`.

    No rows where the company has no such file. Every fault of the file is told at once as InputError.
    """
    name = company.quota.market
    path = file_at(folder, company, name, "company.yaml, quota.market")
    if not path.is_file():
        return pl.DataFrame(schema=SCHEMA)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
        if missing:
            raise InputError(
                Problem(name, f"no column {', '.join(missing)}", f"the columns {', '.join(COLUMNS)}", "add the column")
            )
        rows = list(reader)
    refuse_if_any(problem for number, row in enumerate(rows, 2) for problem in _scan(f"{name}, row {number}", row))
    return pl.DataFrame([_read(row) for row in rows], schema=SCHEMA).sort("product_group", "dated_on", nulls_last=True)


def _scan(where: str, row: dict[str, str]) -> Iterator[Problem]:
    for field, reader, expected in (
        ("growth", rate_units, "a rate as 6.5% or 0.065"),
        ("as_of", _day, "a day as 2026-09-30"),
    ):
        try:
            reader(row[field] or "")
        except ValueError:
            yield Problem(f"{where}, {field}", row[field] or "nothing", expected, "correct the cell")
    if not (row["source"] or "").strip():
        yield Problem(f"{where}, source", "nothing", "who says so", "name the source of the growth")


def _day(text: str) -> date:
    return date.fromisoformat(text.strip())


def _read(row: dict[str, str]) -> dict[str, object]:
    return {
        "product_group": row["product_group"].strip() or None,
        "growth": rate_units(row["growth"]),
        "source": row["source"].strip(),
        "dated_on": _day(row["as_of"]),
    }


def growth_for(market: pl.DataFrame, as_of: date) -> dict[str | None, int]:
    """product_group (null: the whole market) → the last growth that was known on `as_of`.

    Nothing where no row is known: then nothing can follow the market.
    """
    known = market.filter(pl.col("dated_on") <= as_of).sort("dated_on")
    return dict(known.select("product_group", "growth").iter_rows())
