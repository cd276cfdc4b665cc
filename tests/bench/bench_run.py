"""The monthly run against the same cells in one plain Python process, side by side: `make bench`.

Runs and plain processes take turns, so that a busy machine slows both; medians, and the ratio of the medians. Then what
each part of the median run cost, from its run.log.json (parts overlap: their sum is more than the run), and the run in
which nothing has changed.
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

ROOT = Path(__file__).resolve().parents[2]
PERIOD = "2026-10"
ENVIRONMENT = {**os.environ, "REVOPS_STATIC": "1", "PYTHONPATH": str(ROOT / "lib")}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # warm: modules are compiled


def seconds(call: list[str]) -> float:
    """Wall time of a command; its output is shown only where it fails."""
    start = time.perf_counter()
    done = subprocess.run(call, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(call)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.perf_counter() - start


def machine() -> str:
    """Cores, load and Python, as they stand now."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{cores} cores, load {load} (1/5/15 min), Python {sys.version.split()[0]}"


def languages() -> list[str]:
    """The languages that a run of the demo makes."""
    from revops.company import load_company

    company = load_company(ROOT / "data" / "demo")
    second = company.second_language
    return [company.language, *([second] if second and second != company.language else [])]


def measure(rounds: int, scratch: Path) -> dict[str, list[float]]:
    """Seconds of each kind of run, `rounds` of each in turns, after one of each that warms up."""
    python = sys.executable
    run = [python, "-m", "revops.cli", "run", "data/demo", "--period", PERIOD]
    run += ["--reports", str(scratch / "reports"), "--build", str(scratch / "build")]
    both = languages()
    plain = [python, str(ROOT / "tests/bench/plain.py"), str(scratch / "plain")]
    calls = {
        "run": [*run, "--force"],
        "plain": [*plain, *both],
        "plain, one language": [*plain, both[0]],
        "unchanged": run,
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            shutil.rmtree(scratch / "plain", ignore_errors=True)  # both read the raw files in the first language
            spent = seconds(call)
            if number:
                times[name].append(spent)
            if name == "run":
                shutil.copy(scratch / "reports" / "demo" / PERIOD / "run.log.json", scratch / f"log.{number}.json")
    return times


def parts(scratch: Path, times: list[float]) -> list[tuple[str, float]]:
    """Seconds of each part of the run whose time is the (lower) median."""
    number = times.index(statistics.median_low(times)) + 1
    log = json.loads((scratch / f"log.{number}.json").read_text(encoding="utf-8"))
    return list(log["seconds"].items())


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    print(machine())
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as folder:
        scratch = Path(folder)
        times = measure(rounds, scratch)
        medians = {name: statistics.median(values) for name, values in times.items()}
        print(f"\n| demo company, {PERIOD} | median s | min | max | ratio |\n|---|---|---|---|---|")
        for name, label in LABELS.items():
            values = times[name]
            ratio = medians[name] / medians["plain"]
            print(f"| {label} | {medians[name]:.2f} | {min(values):.2f} | {max(values):.2f} | {ratio:.2f} |")
        print(
            f"\n{rounds} rounds in turns; ratio to the plain process with the same languages ({', '.join(languages())})"
        )
        print("\n| part of the median run | s |\n|---|---|")
        for part, spent in parts(scratch, times["run"]):
            print(f"| {part} | {spent:.2f} |")
    print(f"\n{machine()}")


LABELS = {
    "run": "revops run --force: kernels, notebooks, pages, tables, workbook, manifest",
    "plain": "the same cells in one plain Python process",
    "plain, one language": "the same cells, first language only",
    "unchanged": "revops run, nothing changed",
}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "lib"))
    main()
