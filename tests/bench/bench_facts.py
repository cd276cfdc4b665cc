"""The facts of millions of order lines against what a user would write by hand: `make bench`, `make bench-large`.

Monthly cube, cohorts, RFM and funnel in four ways over the same Parquet files: the library, native polars, SQL in
DuckDB, pandas; and the read floor, which only looks at the columns that the case cannot do without. Each in a process
of its own, in turns; every way must find the same cells. Ratios are medians over rounds of the ratio within a round, of
seconds and of processor seconds (the steadier ones on a busy machine). `--large` takes the cube month by month from 20
to 100 million.
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
CASES, WAYS = ("cube", "cohorts", "rfm", "funnel"), ("revops", "polars", "duckdb", "pandas", "floor")
WANTED = {
    "polars": "at most 1.1 times",
    "duckdb": "faster",
    "pandas": "4 (cube) or 3 times as fast",
    "floor": "2 times",
}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
COMPANY = "name: Bench\ncurrency: VND\nmoney_decimals: 0\n"


def prepare(folder: Path, lines: int) -> Path:
    """A company of so many order lines, and a fifth as many deals."""
    subprocess.run([*call_of("sales.py"), str(folder), str(lines)], check=True, env=ENVIRONMENT)
    (folder / "company.yaml").write_text(COMPANY, "utf-8")
    return folder


def call_of(name: str) -> list[str]:
    """The call of a file beside this one."""
    return [sys.executable, str(HERE / name)]


def contend(way: str, case: str, folder: Path) -> dict:
    """One run in a process of its own: seconds, processor seconds, peak memory in GB, a number over the cells."""
    call = [*call_of("fact_contenders.py"), way, case, str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{way}, {case} ended with {done.returncode}:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(case: str, folder: Path, ways: tuple[str, ...], rounds: int) -> dict[str, list[dict]]:
    """Results of each way, in turns."""
    results: dict[str, list[dict]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            results[way].append(contend(way, case, folder))
        cells = {way: results[way][-1]["cells"] for way in ways if way != "floor"}
        if len({json.dumps(found) for found in cells.values()}) > 1:
            sys.exit(f"{case}: they do not agree: {cells}")
    return results


def show(case: str, results: dict[str, list[dict]]) -> None:
    """One line a way: medians, peak, and revops ÷ the way."""
    for way, runs in results.items():
        seconds, processor = (statistics.median(run[key] for run in runs) for key in ("seconds", "processor"))
        shares = [
            statistics.median(a[key] / b[key] for a, b in zip(results["revops"], runs, strict=True))
            for key in ("seconds", "processor")
        ]
        peak = max(run["peak"] for run in runs)
        ratios = f"{shares[0]:.2f} | {shares[1]:.2f} | {WANTED[way]}" if way != "revops" else " | | "
        print(f"| {case} | {way} | {seconds:.2f} | {processor:.2f} | {peak:.2f} | {ratios} |", flush=True)


def facts(scratch: Path, sizes: list[int], rounds: int) -> None:
    """Every case at every size."""
    for lines in sizes:
        folder = prepare(scratch / str(lines), lines)
        print(f"\n{lines:,} order lines, {lines // 5:,} deals; {rounds} rounds in turns")
        print("\n| case | way | median s | processor s | peak GB | revops ÷ it: s | processor s | wanted |")
        print("|---|---|---|---|---|---|---|---|")
        for case in CASES:
            show(case, measure(case, folder, WAYS, rounds))


def large(scratch: Path, sizes: list[int], rounds: int) -> None:
    """The cube at two sizes: what the larger costs of the smaller."""
    print("\n| lines | way | median s | processor s | peak GB | times the smaller: s | processor s | wanted |")
    print("|---|---|---|---|---|---|---|---|")
    first: dict[str, tuple[float, float]] = {}
    for lines in sizes:
        folder = prepare(scratch / str(lines), lines)
        for way, runs in measure("cube", folder, ("revops", "duckdb"), rounds).items():
            now = tuple(statistics.median(run[key] for run in runs) for key in ("seconds", "processor"))
            base = first.setdefault(way, now)
            peak = max(run["peak"] for run in runs)
            wanted = "at most 5.5 times, 10 GB" if way == "revops" and lines != sizes[0] else ""
            times = f"{now[0] / base[0]:.2f} | {now[1] / base[1]:.2f}"
            print(f"| {lines:,} | {way} | {now[0]:.2f} | {now[1]:.2f} | {peak:.2f} | {times} | {wanted} |", flush=True)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--large", action="store_true", help="the cube at 20 and 100 million lines")
    options.add_argument("--lines", type=int, nargs="+", help="sizes to take instead")
    given = options.parse_args()
    sys.path[:0] = [str(ROOT / "lib"), str(HERE)]
    from bench_run import machine

    print(machine())
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as place:
        take, sizes = (large, [20_000_000, 100_000_000]) if given.large else (facts, [5_000_000, 20_000_000])
        take(Path(place), given.lines or sizes, given.rounds)
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
