"""Ten million dirty rows to checked Parquet with quarantine, against what a user would write by hand.

Every contender reads the same file and leaves the same three tables (lines with their rows in the file, one row an
order, one a customer), the rows it could not use with their reasons and a ledger of rows and money by fate; it looks at
the keys and gaps of what it wrote, and agrees on how many rows there are. Each runs in a process of its own, in turns;
medians, ratios and peak memory. Then a second run of an unchanged file, and workbooks.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
CONTENDERS = ("revops", "duckdb", "pandas")
LABELS = {
    "revops": "revops: read, check, stage, tables, ledger, quarantine",
    "duckdb": "DuckDB: read_csv with store_rejects, the same checks in SQL",
    "pandas": "pandas: read_csv, the same checks by hand",
    "again": "revops, nothing changed",
    "verified": "revops --verify, nothing changed: every file and table hashed",
}
COMPANY = """\
name: Bench
currency: VND
money_decimals: 0
sources:
  shop:
    kind: table
    table: order_lines
    files: raw/*.csv
    columns:
      order_id: order
      line_number: line
      ordered_at: placed
      customer_id: customer
      product_id: item
      quantity: qty
      unit_price: price
      discount_amount: discount
      channel: channel
    values:
      channel: {Online shop: Online shop, Stores: Stores, Dealers: Dealers, Marketplace: Marketplace}
    required: [product_id]
  products:
    kind: table
    table: products
    files: products.csv
    columns: {product_id: item, name: name, product_group: group}
"""


def prepare(folder: Path, rows: int) -> None:
    """The company's folder: company.yaml, products, and the file of order lines."""
    from dirty import PRODUCTS, write

    (folder / "raw").mkdir(parents=True)
    (folder / "company.yaml").write_text(COMPANY, "utf-8")
    items = (f"SP-{n:04},Item {n},Group {n % 9}\n" for n in range(PRODUCTS))
    (folder / "products.csv").write_text("item,name,group\n" + "".join(items), "utf-8")
    write(folder / "raw" / "lines.csv", rows)


def contend(name: str, folder: Path, out: Path) -> dict:
    """One run in a process of its own: seconds, processor seconds, peak memory in GB, and the rows it found."""
    call = [sys.executable, str(HERE / "contenders.py"), name, str(folder), str(out)]
    done = subprocess.run(
        call, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "lib")}
    )
    if done.returncode:
        sys.exit(f"{name} ended with {done.returncode}:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(folder: Path, rounds: int) -> dict[str, list[dict]]:
    """Results of each contender, `rounds` of each in turns."""
    results: dict[str, list[dict]] = {}
    for _ in range(rounds):
        for name in CONTENDERS:
            out = folder / f"out-{name}"
            shutil.rmtree(out, ignore_errors=True)
            results.setdefault(name, []).append(contend(name, folder, out))
            if name == "revops":
                for again in ("again", "verified"):
                    results.setdefault(again, []).append(contend(again, folder, out))
        found = {name: results[name][-1]["rows"] for name in CONTENDERS}
        if len({json.dumps(rows, sort_keys=True) for rows in found.values()}) > 1:
            sys.exit(f"they do not agree: {found}")
    return results


def workbooks(folder: Path, rounds: int) -> list[tuple[str, float]]:
    """Median seconds to read a workbook of 50,000 order lines as text: this reader, and pandas with openpyxl."""
    import pandas as pd
    import polars as pl

    from revops.company import Mapping
    from revops.ingest.reader import read_table

    path = folder / "lines.xlsx"
    pl.read_csv(
        folder / "raw" / "lines.csv", n_rows=50_000, infer_schema=False, truncate_ragged_lines=True
    ).write_excel(path)
    calls = {
        "revops": lambda: read_table(path.read_bytes(), Mapping(columns={"order_id": "order"}), path.name).frame.height,
        "pandas with openpyxl": lambda: len(pd.read_excel(path, dtype=str, engine="openpyxl")),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            if call() != 50_000:
                sys.exit(f"{name} did not read 50,000 rows")
            times[name].append(time.perf_counter() - start)
    return [(name, statistics.median(values)) for name, values in times.items()]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--rows", type=int, default=10_000_000)
    given = options.parse_args()
    sys.path[:0] = [str(ROOT / "lib"), str(HERE)]
    from bench_run import machine

    print(machine())
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as place:
        folder = Path(place) / "company"
        prepare(folder, given.rows)
        size = (folder / "raw" / "lines.csv").stat().st_size / 1e6
        results = measure(folder, given.rounds)
        books = workbooks(folder, given.rounds)
    median = {name: statistics.median(r["seconds"] for r in found) for name, found in results.items()}
    print(f"\n| {given.rows:,} dirty rows, {size:,.0f} MB | median s | min | max | processor s | peak GB | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name, label in LABELS.items():
        seconds = [r["seconds"] for r in results[name]]
        cpu = statistics.median(r["processor"] for r in results[name])
        peak = max(r["peak"] for r in results[name])
        spread = f"{median[name]:.2f} | {min(seconds):.2f} | {max(seconds):.2f}"
        print(f"| {label} | {spread} | {cpu:.1f} | {peak:.2f} | {median[name] / median['revops']:.3f} |")
    slower, faster = median["revops"] / median["duckdb"], median["pandas"] / median["revops"]
    print(f"\nrows: {results['revops'][0]['rows']}; {given.rounds} rounds in turns")
    print(f"revops takes {slower:.2f} times as long as DuckDB and is {faster:.1f} times as fast as pandas")
    print("\n| workbook of 50,000 rows | median s | ratio |\n|---|---|---|")
    for name, seconds in books:
        print(f"| {name} | {seconds:.2f} | {seconds / books[0][1]:.1f} |")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
