"""A thousand statements: the demo's people 40 times over, rendered from saved tables of pay and written as files."""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from revops.pipeline import run
from revops.report import statement
from revops.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[2]
PERIOD, TIMES, BOUND, LARGEST = "2026-10", 40, 60.0, 100_000


def many(tables: Path) -> None:
    """Every table of pay with its people 40 times, under other ids."""
    others = pl.DataFrame({"n": [f"-{n}" for n in range(TIMES)]})
    for path in tables.glob("pay_*.parquet"):
        frame = pl.read_parquet(path)
        if "person_id" in frame.columns:
            told = frame.join(others, how="cross").with_columns(person_id=pl.col("person_id") + pl.col("n")).drop("n")
            told.write_parquet(path)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        shutil.copytree(ROOT / "data" / "demo", place / "demo")
        with (place / "log").open("w") as log:
            run(place / "demo", PERIOD, reports=place / "reports", build=place / "build", language="en", stream=log)
        build = place / "build" / "demo" / PERIOD
        many(build / "tables")
        ws = open_workspace("incentives", place / "demo", PERIOD, "", "en", str(build))
        people = statement.people(ws)
        start, sizes = time.perf_counter(), []
        for n, person in enumerate(people):
            sizes.append((place / f"{n}.html").write_bytes(statement.render(ws, person).encode()))
        seconds = time.perf_counter() - start
    print(f"{len(people)} statements: {seconds:.1f} s, bound {BOUND:.0f} s; "
          f"{statistics.median(sizes) / 1000:.0f} KB each, the largest {max(sizes) / 1000:.0f} KB")  # fmt: skip
    sys.exit(len(people) < 1_000 or seconds > BOUND or max(sizes) > LARGEST)


if __name__ == "__main__":
    main()
