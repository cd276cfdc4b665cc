"""What bench_facts.py lets run against each other, one process each: `fact_contenders.py WAY CASE FOLDER`.

Prints seconds, processor seconds, peak memory in GB and a number over all cells as one line of JSON.
"""

import importlib
import json
import resource
import sys
import time
from pathlib import Path

import polars as pl
from fact_cases import CUBE, FROM, READ, STAY, UNTIL, scan
from sales import STAGES

BY_HAND = {"polars": "Polars", "duckdb": "Duckdb", "pandas": "Pandas"}


class Floor:
    """The needed columns, read and looked at once."""

    def run(self, case: str, folder: Path) -> pl.DataFrame:
        looks = []
        for name, columns in READ[case].items():
            frame = scan(folder, name)
            texts = [c for c in columns if frame.collect_schema()[c] == pl.String]
            rest = [c for c in columns if c not in texts]
            looks.append(frame.select(pl.col(texts).str.len_bytes().sum(), pl.col(rest).max()))
        pl.collect_all(looks, engine="streaming")
        return pl.DataFrame({"n": [0]})

    cube = cohorts = rfm = funnel = None


class Revops:
    """The library, on polars streaming; lines month by month, as they lie."""

    def cube(self, folder: Path) -> pl.DataFrame:
        from revops.kpis import engine, revenue
        from revops.workspace import open_workspace

        ws = open_workspace("02_kpis", folder, "2025-12", build=str(folder))
        months = [[read(name) for name in ("orders", "order_lines", "returns")] for read in ws.months()]
        products = ws.scan("products")
        return engine.in_parts(months, lambda *part: revenue.cube(part[0], part[1], part[2], products), CUBE)

    def _bought(self, folder: Path) -> pl.LazyFrame:
        from revops.kpis.customers import buying

        return buying.buying(*(scan(folder, name) for name in ("orders", "order_lines", "returns")))

    def cohorts(self, folder: Path) -> pl.DataFrame:
        from revops.kpis.customers import buying, cohorts

        return cohorts.cells(buying.customer_months(self._bought(folder))).collect(engine="streaming")

    def rfm(self, folder: Path) -> pl.DataFrame:
        from revops.kpis.customers import rfm

        return rfm.scored(rfm.windows(self._bought(folder), FROM, UNTIL)).collect(engine="streaming")

    def funnel(self, folder: Path) -> pl.DataFrame:
        from revops.kpis.pipeline import stages

        stood = stages.stays(scan(folder, "history"), scan(folder, "deals"), STAGES, UNTIL)
        cube = stages.stage_cube(stood, FROM, UNTIL).collect(engine="streaming")
        return cube.group_by(STAY).agg(pl.col("deals", "amount").sum())


def number(cells) -> list[int]:
    """A number over all cells whatever the order of rows and the types: the same for the same cells."""
    frame = cells if isinstance(cells, pl.DataFrame) else pl.from_pandas(cells)
    as_read = []
    for name in sorted(frame.columns):
        kind = frame.schema[name]
        plain = pl.Date if kind.is_temporal() else pl.Int64 if kind.is_numeric() else pl.String
        as_read.append(pl.col(name).cast(plain))
    return [frame.height, frame.select(as_read).hash_rows(seed=1).sum()]


def main() -> None:
    """Run one contender and print."""
    name, case, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if name in BY_HAND:
        module = {"duckdb": "facts_in_sql"}.get(name, f"facts_in_{name}")
        contender = getattr(importlib.import_module(module), BY_HAND[name])()
    else:
        contender = {"floor": Floor, "revops": Revops}[name]()
    if name == "revops":
        import revops.kpis  # noqa: F401  (imports are no part of the work)
    elif name in ("duckdb", "pandas"):
        __import__(name)
    start, used = time.perf_counter(), time.process_time()
    cells = contender.run(case, folder) if name == "floor" else getattr(contender, case)(folder)
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"seconds": seconds, "processor": processor, "peak": peak, "cells": number(cells)}))


if __name__ == "__main__":
    main()
