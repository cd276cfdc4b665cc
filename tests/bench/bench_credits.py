"""Credits and traced pay lines of millions of order lines against what a user would write by hand: `make bench`.

Sold and returned lines become direct, shared and team credits, and these traced pay lines: five years, by the quarter,
on marginal tiers, exact and rounded once, each with its file and row; see credit_cases.py. In four ways over the same
Parquet files: the library, native polars, SQL in DuckDB, pandas, each in a process of its own, in turns; all must write
the same lines. Ratios are medians over rounds of the ratio within a round, of seconds and of processor seconds (the
steadier ones on a busy machine). And line by line in one person's fractions: the reference.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
WAYS = ("revops", "polars", "duckdb", "pandas")
WANTED = {"polars": "at most 1.2 times", "duckdb": "faster", "pandas": "2.5 times as fast"}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
COMPANY = "name: Bench\ncurrency: VND\nmoney_decimals: 0\n"


def prepare(folder: Path, lines: int) -> Path:
    """A company of so many order lines, its people and shared orders."""
    for call in ([sys.executable, str(HERE / "sales.py"), str(folder), str(lines)],
                 [sys.executable, str(HERE / "credit_cases.py"), str(folder)]):  # fmt: skip
        subprocess.run(call, check=True, env=ENVIRONMENT)
    (folder / "company.yaml").write_text(COMPANY, "utf-8")
    return folder


def contend(way: str, folder: Path, lines: int) -> dict:
    """One run in a process of its own: seconds, processor seconds, peak memory in GB, the lines and their number."""
    call = [sys.executable, str(HERE / "credit_contenders.py"), way, str(folder), str(lines)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{way} ended with {done.returncode}:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(folder: Path, lines: int, ways: tuple[str, ...], rounds: int) -> dict[str, list[dict]]:
    """Results of each way, in turns; all must have written the same lines."""
    results: dict[str, list[dict]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            results[way].append(contend(way, folder, lines))
        found = {way: results[way][-1]["lines"] for way in ways}
        if len({json.dumps(one) for one in found.values()}) > 1:
            sys.exit(f"they do not agree: {found}")
    return results


def show(results: dict[str, list[dict]]) -> None:
    """One line a way: medians, peak, and revops ÷ the way."""
    print("\n| way | median s | processor s | peak GB | revops ÷ it: s | processor s | wanted |")
    print("|---|---|---|---|---|---|---|")
    for way, runs in results.items():
        seconds, processor = (statistics.median(run[key] for run in runs) for key in ("seconds", "processor"))
        shares = [
            statistics.median(a[key] / b[key] for a, b in zip(results["revops"], runs, strict=True))
            for key in ("seconds", "processor")
        ]
        peak = max(run["peak"] for run in runs)
        ratios = f"{shares[0]:.2f} | {shares[1]:.2f} | {WANTED[way]}" if way in WANTED else " | | "
        print(f"| {way} | {seconds:.2f} | {processor:.2f} | {peak:.2f} | {ratios} |", flush=True)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--lines", type=int, nargs="+", default=[20_000_000])
    options.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="only these; revops is always there")
    given = options.parse_args()
    sys.path[:0] = [str(ROOT / "lib"), str(HERE)]
    from bench_run import machine

    print(machine())
    ways = tuple(way for way in WAYS if way in {*given.ways, "revops"})
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as place:
        for lines in given.lines:
            folder = prepare(Path(place) / str(lines), lines)
            results = measure(folder, lines, ways, given.rounds)
            count = results["revops"][0]["lines"][0]
            print(f"\n{lines:,} order lines, {count:,} pay lines; {given.rounds} rounds in turns")
            show(results)
            slow = contend("reference", folder, lines)
            each = slow["seconds"] / slow["lines"][0]
            ours = statistics.median(run["seconds"] for run in results["revops"]) / count
            print(f"\nreference: {1e6 * each:.1f} µs a line, {each / ours:,.0f} times ours (wanted: 1,000)")
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
