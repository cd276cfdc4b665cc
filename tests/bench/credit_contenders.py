"""What bench_credits.py lets run against each other, one process each: `credit_contenders.py WAY FOLDER LINES`.

Prints seconds, processor seconds, peak memory in GB, the lines and a number over all of them as one line of JSON.
"""

import importlib
import json
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import polars as pl
from credit_cases import FIRST, QUARTERS, TIERS, TRACED, quota_of

BY_HAND = {"polars": "credits_in_polars", "duckdb": "credits_in_sql", "pandas": "credits_in_pandas"}


def plans():
    """The plan of the sellers and that of their managers."""
    from revops.incentives.plans import Plan

    ends = [*(bound for bound, _ in TIERS[1:]), None]
    tiers = [
        {"from": f"{bound}%", "to": end and f"{end}%", "rate": rate / 1000}
        for (bound, rate), end in zip(TIERS, ends, strict=True)
    ]
    part = {"name": "c", "scale": "marginal", "bounds": "quota", "tiers": tiers, "note": "n"}
    return [
        Plan.model_validate(
            {
                "plan": role,
                "title": role,
                "roles": [role],
                "effective_from": "2020-01-01",
                "measure": "net_revenue",
                "quota": "revenue",
                "period": "quarter",
                "source": "bench",
                "checked_on": "2026-01-01",
                "components": [part | {"credit": credit}],
            }
        )
        for role, credit in (("seller", "direct"), ("manager", "rollup"))
    ]


def library(folder: Path, out: Path, lines: int) -> None:
    """The library: credits of a quarter, what they pay, their traced lines."""
    from revops.incentives import lines as pay
    from revops.incentives.crediting import Crediting
    from revops.incentives.earnings import payouts_of
    from revops.incentives.windows import Stretch, Sum
    from revops.periods import add_months
    from revops.workspace import open_workspace

    ws = open_workspace("04_incentives", folder, "2025-12", build=str(folder))
    made = plans()
    end = add_months(FIRST, 3 * QUARTERS)
    crediting = Crediting(ws, made, ws.read("people"), ws.read("credit_splits"), end)
    needed = [*(name for name in TRACED if name != "pay_amount"), "plan", "component"]
    quota = {"seller": Fraction(quota_of(lines)), "manager": Fraction(10 * quota_of(lines))}
    for n in range(QUARTERS):
        span = add_months(FIRST, 3 * n), add_months(FIRST, 3 * n + 3)
        counted = crediting.counted(span, needed)
        sums = counted.group_by("person_id", "plan").agg(pl.col("credit_amount").sum()).sort("plan", "person_id")
        steps = []
        for person, plan, credit in sums.rows():
            mine = next(one for one in made if one.plan == plan)
            stretch = Stretch(0, mine.components[0], span, Sum(credit), quota=quota[plan], periods=Fraction(1))
            steps.append(pay.steps_of(person, *span, payouts_of(mine, [stretch], 1)[0]))
        paid = pay.pay_lines(counted, steps).select(TRACED)
        paid.write_parquet(out / f"{span[0]}.parquet", compression="zstd", compression_level=1)


def reference(folder: Path, out: Path, lines: int) -> None:
    """One person's fractions, line by line: what the scale and the rounding of a payout do, for a quarter."""
    from revops.incentives import scales

    quota = quota_of(lines)
    tiers = [(Fraction(bound * quota, 100), Fraction(rate, 1000)) for bound, rate in TIERS]
    months = [folder / "tables" / "order_lines" / f"2021-0{n}.parquet" for n in (1, 2, 3)]
    credits = pl.scan_parquet(months).select("net_amount").head(100_000).collect()["net_amount"].to_list()
    parts = scales.marginal(tiers).lines([Fraction(credit) for credit in credits])
    pl.DataFrame({"pay_amount": scales.allocate(parts)}).write_parquet(out / "lines.parquet")


def number(out: Path) -> list[int]:
    """A number over all lines whatever their order: the same for the same lines."""
    total = count = 0
    for path in sorted(out.rglob("*.parquet")):
        frame = pl.read_parquet(path)
        kinds = {"moved_on": pl.Date, "credit_amount": pl.Int64, "pay_amount": pl.Int64, "row": pl.Int64}
        texts = [pl.col(name).cast(kinds.get(name, pl.String)) for name in sorted(set(TRACED) & set(frame.columns))]
        total, count = total + frame.select(texts).hash_rows(seed=1).cast(pl.Int128).sum(), count + frame.height
    return [count, total]


def main() -> None:
    """Run one contender and print."""
    name, folder, lines = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    run = (
        importlib.import_module(BY_HAND[name]).run
        if name in BY_HAND
        else {"revops": library, "reference": reference}[name]
    )
    if name in ("revops", "reference"):
        import revops.incentives
        import revops.workspace  # noqa: F401  (imports are no part of the work)
    elif name == "duckdb":
        import duckdb  # noqa: F401
    with tempfile.TemporaryDirectory(dir=folder) as place:
        start, used = time.perf_counter(), time.process_time()
        run(folder, Path(place), lines)
        seconds, processor = time.perf_counter() - start, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({"seconds": seconds, "processor": processor, "peak": peak, "lines": number(Path(place))}))


if __name__ == "__main__":
    main()
