"""Quotas of 100,000 people against PyPI's b2b-revenue-forecasting on the same table: `make bench`.

- full: the year, the months with both margins exact, and a table with a row a person and month; full_joiners: the same
  where every tenth person comes during the year. The bound is 3 s.
- year: the other's part of it, one year and no months: from the table to a number for each person.
- pin: one pin on a plan of 53,000 nodes; pin_subset: the other is told to which part of the plan it may confine itself.
- Where sums are off: parents whose children do not sum to them in the table that is handed out, level by level; and
  what is lost where teams of two product groups have one name.

Each run is a process of its own, in turns; seconds are the processor's, ratios the median of the ratios within a round.
Reading the table and a first small round are not counted.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from bench_facts import ENVIRONMENT, call_of
from bench_run import machine

CASES = {
    "full": ("revops", "people", "at most 3 s"),
    "full_joiners": ("revops", "people", "at most 3 s"),
    "year": ("both", "people", "100 times"),
    "pin": ("both", "plan", "50 times"),
    "pin_subset": ("both", "plan", "50 times"),
}
LEVELS = ("company", "product group", "region", "area", "team")


def people(count: int, groups: int = 4, *, same_names: bool = False) -> pl.DataFrame:
    """So many people in teams of ten, each for one product group, in no order."""
    chance, each = np.random.default_rng(1), count // groups
    rows = pl.DataFrame({"nr": np.arange(each * groups), "weight": chance.integers(1, 10**9, each * groups)})
    group, place = pl.col("nr") // each, pl.col("nr") % each
    area = pl.format("A{}", place // (each // 50)) if same_names else pl.format("G{}-A{}", group, place // (each // 50))
    return rows.select(
        product_group=pl.format("G{}", group),
        region=pl.format("G{}-R{}", group, place // (each // 5)),
        area=area,
        team=pl.format("T{}", pl.col("nr") // 10),
        person=pl.format("p{}", pl.col("nr")),
        weight="weight",
    ).sample(fraction=1, shuffle=True, seed=1)


def plan(count: int, groups: int = 4) -> pl.DataFrame:
    """So many people, each for every product group."""
    one = people(count, 1).drop("product_group")
    return pl.concat([one.select(pl.lit(f"G{nr}").alias("product_group"), pl.all()) for nr in range(groups)])


def contend(way: str, case: str, table: Path) -> dict:
    """One run in a process of its own."""
    call = [*call_of("quota_contenders.py"), way, case, str(table)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{way}, {case} ended with {done.returncode}:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def show(case: str, runs: dict[str, list[dict]], wanted: str) -> None:
    """One line a way: median, parts, how often the other's seconds hold ours."""
    for way, found in runs.items():
        median = statistics.median(run["processor"] for run in found)
        parts = {name: statistics.median(run["parts"][name] for run in found) for name in found[0]["parts"]}
        told = " + ".join(f"{name} {value:.3f}" for name, value in parts.items())
        pairs = zip(runs["revops"], found, strict=True)
        times = statistics.median(theirs["processor"] / ours["processor"] for ours, theirs in pairs)
        ratio = f"{times:,.0f} times" if way != "revops" else ""
        is_wanted = way != "revops" or len(runs) == 1
        print(f"| {case} | {way} | {median:.3f} | {told} | {ratio} | {wanted if is_wanted else ''} |", flush=True)


def show_sums(title: str, runs: dict[str, dict]) -> None:
    """Parents that differ from the sum of their children, by level and way."""
    print(f"\n{title}\n\n| level | parents | revops: differ | by | the other: differ | by |\n|---|---|---|---|---|---|")
    for level, ours, theirs in zip(LEVELS, runs["revops"]["levels"], runs["peer"]["levels"], strict=True):
        print(f"| {level} | {ours[0]:,} | {ours[1]:,} | {ours[2]:,} | {theirs[1]:,} | {theirs[2]:,.2f} |")
    off = [runs[way]["sum"] for way in ("revops", "peer")]
    print(f"| all people less the top number | | | {off[0]:,} | | {off[1]:,.2f} |")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--people", type=int, default=100_000)
    given = options.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="revops-bench-") as place:
        tables = {
            "people": people(given.people),
            "plan": plan(given.people * 3 // 25),
            "same": people(given.people // 5, same_names=True),
        }
        paths = {name: Path(place) / f"{name}.parquet" for name in tables}
        for name, table in tables.items():
            table.write_parquet(paths[name])
        print(f"\n{tables['people'].height:,} people; a plan of {tables['plan'].height:,} people × product groups")
        print("\n| case | way | median processor s | parts | the other ÷ revops | wanted |\n|---|---|---|---|---|---|")
        last: dict[str, dict] = {}
        for case, (who, table, wanted) in CASES.items():
            ways = ["revops", "peer"] if who == "both" else ["revops"]
            runs: dict[str, list[dict]] = {way: [] for way in ways}
            for _ in range(given.rounds):
                for way in ways:
                    runs[way].append(contend(way, case, paths[table]))
            show(case, runs, wanted)
            last |= {way: found[-1] for way, found in runs.items() if case == "year"}
        show_sums("Where the sums of the year are off, in units of money", last)
        same = {way: contend(way, "year", paths["same"]) for way in ("revops", "peer")}
        show_sums(
            f"The same for {tables['same'].height:,} people whose areas have one name in every product group", same
        )
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
